//! Items from files and standard input, line by line, in bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use anyhow::{Context as _, bail};

/// The longest line that is read as an item, in bytes without its line end.
pub(crate) const MAX_LINE: usize = 16 << 20;
/// Lines of a batch.
const BATCH_LINES: usize = 4096;
/// A batch ends with the line that takes it past this many bytes.
const BATCH_BYTES: usize = 8 << 20;

/// One place items come from.
struct Source {
    /// As given; `-` is `<stdin>`.
    name: Arc<str>,
    reader: BufReader<Box<dyn Read + Send>>,
    /// Items may come slowly, as from a pipe.
    is_live: bool,
}

/// Everything items are read from, opened.
pub(crate) struct Inputs {
    sources: Vec<Source>,
    /// Bytes read so far, before decompression.
    pub(crate) read: Arc<AtomicU64>,
    /// Bytes there are, where that is known.
    pub(crate) total: Option<u64>,
}

/// A line of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// First byte in [`Batch::bytes`].
    pub(crate) start: usize,
    /// First byte behind it, line end included.
    pub(crate) end: usize,
    /// Its number in its file, from 1.
    pub(crate) number: u64,
}

/// Lines of one file that are not blank.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The file.
    pub(crate) name: Arc<str>,
    /// The lines.
    pub(crate) lines: Vec<Line>,
    /// Their bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Batch {
    /// A line with its line end.
    pub(crate) fn raw(&self, line: Line) -> &[u8] {
        self.bytes.get(line.start..line.end).unwrap_or_default()
    }
}

/// What the reading thread hands over, in the order of the input.
#[derive(Debug)]
pub(crate) enum Event {
    /// Lines.
    Lines(Batch),
    /// A line that is too long begins.
    Long { name: Arc<str>, number: u64 },
    /// Some of its bytes.
    LongPart(Vec<u8>),
    /// It ended.
    LongEnd,
    /// Reading failed.
    Failed(anyhow::Error),
}

impl Inputs {
    /// Opens everything, so that a missing file is told before the first item is read.
    pub(crate) fn open(paths: &[PathBuf]) -> anyhow::Result<Inputs> {
        let read = Arc::new(AtomicU64::new(0));
        if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
            bail!("standard input (`-`) can be read only once");
        }
        let mut total = Some(0_u64);
        let mut sources = Vec::with_capacity(paths.len());
        for path in paths {
            let (source, size) = open(path, &read)?;
            total = total.zip(size).map(|(total, size)| total + size);
            sources.push(source);
        }
        Ok(Inputs { sources, read, total })
    }

    /// Reads on a thread of its own. The thread ends with the input, or when nobody listens any more.
    pub(crate) fn events(self) -> Receiver<Event> {
        let (sender, receiver) = sync_channel(2);
        std::thread::spawn(move || {
            for source in self.sources {
                let name = Arc::clone(&source.name);
                match pump(source, &sender) {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err((number, error)) => {
                        let message = match error.kind() {
                            io::ErrorKind::UnexpectedEof => "the compressed data ends early".to_owned(),
                            _ => error.to_string(),
                        };
                        let _ = sender.send(Event::Failed(anyhow::anyhow!("{name}:{number}: cannot be read further: {message}")));
                        return;
                    }
                }
            }
        });
        receiver
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens a source; compression is seen by its first bytes, and has to be there where the name says so.
fn open(path: &Path, read: &Arc<AtomicU64>) -> anyhow::Result<(Source, Option<u64>)> {
    let name: Arc<str> = if is_stdin(path) { "<stdin>".into() } else { path.display().to_string().into() };
    let (raw, size): (Box<dyn Read + Send>, Option<u64>) = if is_stdin(path) {
        (Box::new(io::stdin()), None)
    } else {
        let meta = std::fs::metadata(path).with_context(|| name.to_string())?;
        if meta.is_dir() {
            bail!("{name}: is a folder, not a file of items");
        }
        let file = File::open(path).with_context(|| name.to_string())?;
        (Box::new(file), meta.is_file().then_some(meta.len()))
    };
    let mut raw = buffered(Counted { raw, read: Arc::clone(read) });
    let magic = raw.fill_buf().with_context(|| name.to_string())?;
    let is_gzip = magic.starts_with(&[0x1F, 0x8B]);
    let is_zstd = magic.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) || matches!(magic.get(..4), Some([0x50..=0x5F, 0x2A, 0x4D, 0x18]));
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let reader = match ending.as_deref() {
        Some("gz") if !is_gzip => bail!("{name}: is named .gz and is not gzip"),
        Some("zst") if !is_zstd => bail!("{name}: is named .zst and is not Zstandard"),
        _ if is_gzip => buffered(flate2::bufread::MultiGzDecoder::new(raw)),
        _ if is_zstd => buffered(zstd::Decoder::with_buffer(raw)?),
        _ => raw,
    };
    Ok((Source { name, reader, is_live: size.is_none() }, size))
}

fn buffered(raw: impl Read + Send + 'static) -> BufReader<Box<dyn Read + Send>> {
    BufReader::with_capacity(1 << 16, Box::new(raw))
}

/// Counts what is read for the progress bar.
struct Counted {
    raw: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.raw.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Sends a source's lines; `false` when nobody listens, an error with the number of the line it happened in.
fn pump(source: Source, sender: &SyncSender<Event>) -> Result<bool, (u64, io::Error)> {
    let Source { name, mut reader, is_live } = source;
    let mut number = 0;
    let mut batch = Batch { name: Arc::clone(&name), ..Batch::default() };
    loop {
        number += 1;
        let start = batch.bytes.len();
        // Room for a byte order mark and a line end of two bytes, so that a line of exactly the limit is seen as a whole.
        let mut limited = reader.by_ref().take(MAX_LINE as u64 + 5);
        limited.read_until(b'\n', &mut batch.bytes).map_err(|error| (number, error))?;
        if batch.bytes.len() == start {
            return Ok(batch.lines.is_empty() || sender.send(Event::Lines(batch)).is_ok());
        }
        if number == 1 && batch.bytes.starts_with(b"\xEF\xBB\xBF") {
            batch.bytes.drain(..3);
        }
        let raw = batch.bytes.get(start..).unwrap_or_default();
        let ended = raw.ends_with(b"\n");
        if trimmed(raw).len() > MAX_LINE {
            let head = batch.bytes.split_off(start);
            let whole = std::mem::replace(&mut batch, Batch { name: Arc::clone(&name), ..Batch::default() });
            let listens = (whole.lines.is_empty() || sender.send(Event::Lines(whole)).is_ok())
                && sender.send(Event::Long { name: Arc::clone(&name), number }).is_ok()
                && sender.send(Event::LongPart(head)).is_ok();
            if !listens || !rest_of_long(&mut reader, ended, sender).map_err(|error| (number, error))? {
                return Ok(false);
            }
            continue;
        }
        if raw.trim_ascii().is_empty() {
            batch.bytes.truncate(start);
            continue;
        }
        batch.lines.push(Line { start, end: batch.bytes.len(), number });
        if batch.lines.len() >= BATCH_LINES || batch.bytes.len() >= BATCH_BYTES {
            let whole = std::mem::replace(&mut batch, Batch { name: Arc::clone(&name), ..Batch::default() });
            if sender.send(Event::Lines(whole)).is_err() {
                return Ok(false);
            }
        } else if is_live && reader.buffer().is_empty() {
            // The next read may wait: what is there is handed over, unless there is work enough.
            let whole = std::mem::replace(&mut batch, Batch { name: Arc::clone(&name), ..Batch::default() });
            match sender.try_send(Event::Lines(whole)) {
                Ok(()) => {}
                Err(TrySendError::Full(Event::Lines(kept))) => batch = kept,
                Err(_) => return Ok(false),
            }
        }
    }
}

/// The rest of a line that is too long, in pieces.
fn rest_of_long(reader: &mut dyn BufRead, mut ended: bool, sender: &SyncSender<Event>) -> io::Result<bool> {
    while !ended {
        let mut part = Vec::new();
        reader.take(1 << 20).read_until(b'\n', &mut part)?;
        if part.is_empty() {
            break;
        }
        ended = part.ends_with(b"\n");
        if sender.send(Event::LongPart(part)).is_err() {
            return Ok(false);
        }
    }
    Ok(sender.send(Event::LongEnd).is_ok())
}

/// A line without its line end.
pub(crate) fn trimmed(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    raw.strip_suffix(b"\r").unwrap_or(raw)
}
