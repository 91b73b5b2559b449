//! Items from files and standard input, in bounded memory: NDJSON (plain, gzip, Zstandard), CSV, Parquet.
//!
//! Whatever the format, a row arrives as one JSON object; broken rows arrive with their place.

pub mod columns;
mod csv;
mod parquet;
#[cfg_attr(not(feature = "s3"), path = "no_store.rs")]
mod store;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use columns::Columns;

use crate::error::Error;
use crate::report::DataFile;

/// The longest line that is read as an item, in bytes without its line end.
pub const MAX_LINE: usize = 16 << 20;
/// Lines of a batch.
const BATCH_LINES: usize = 4096;
/// A batch ends with the line that takes it past this many bytes.
const BATCH_BYTES: usize = 8 << 20;

/// One place items come from.
struct Source {
    /// As given; `-` is `<stdin>`.
    name: Arc<str>,
    place: Place,
}

enum Place {
    /// Standard input, or a pipe: open, and items may come slowly.
    Live(Kind),
    /// A file that was looked at, and is opened when its turn comes: there may be more of them than a program may have open.
    File(PathBuf),
    /// An object of a store.
    Object(store::Object),
}

type Bytes = BufReader<Box<dyn Read + Send>>;

enum Kind {
    Lines(Bytes),
    Csv(Bytes),
    /// With its place. An object of a store has none, and was counted as it came: of others the rows say how much is read.
    Parquet(File, Option<PathBuf>),
}

/// Everything items are read from, opened.
pub struct Inputs {
    sources: Vec<Source>,
    /// Bytes read so far, before decompression.
    pub read: Arc<AtomicU64>,
    /// Bytes there are, where that is known.
    pub total: Option<u64>,
    columns: Option<Arc<Columns>>,
    /// How many threads may read one file.
    readers: usize,
}

impl std::fmt::Debug for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.sources.iter().map(|source| &source.name)).finish()
    }
}

/// A line of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// First byte in [`Batch::bytes`].
    pub start: usize,
    /// First byte behind it, line end included.
    pub end: usize,
    /// Its number in its file, from 1.
    pub number: u64,
}

/// Lines of one file that are not blank.
#[derive(Debug, Default)]
pub struct Batch {
    /// The file.
    pub name: Arc<str>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Their bytes.
    pub bytes: Vec<u8>,
    spare: Spare,
}

/// Memory of batches that are done with, for those that come: what is given back to the system is cleared before it comes again.
#[derive(Clone, Debug, Default)]
struct Spare(Arc<Mutex<Vec<Memory>>>);

type Memory = (Vec<Line>, Vec<u8>);

/// How many batches' worth of memory waits at most.
const SPARE: usize = 8;

impl Drop for Batch {
    fn drop(&mut self) {
        let (mut lines, mut bytes) = (std::mem::take(&mut self.lines), std::mem::take(&mut self.bytes));
        let mut spare = self.spare.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A batch of one huge line is not kept for the small ones.
        if spare.len() < SPARE && bytes.capacity() <= 2 * BATCH_BYTES {
            lines.clear();
            bytes.clear();
            spare.push((lines, bytes));
        }
    }
}

impl Batch {
    fn of(name: &Arc<str>, spare: &Spare) -> Batch {
        let (lines, bytes) = spare.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        Batch { name: Arc::clone(name), lines, bytes, spare: spare.clone() }
    }

    /// A line with its line end.
    pub fn raw(&self, line: Line) -> &[u8] {
        self.bytes.get(line.start..line.end).unwrap_or_default()
    }
}

/// What the reading thread hands over, in the order of the input.
#[derive(Debug)]
pub enum Event {
    /// Lines.
    Lines(Batch),
    /// A line that is too long begins.
    Long {
        /// The file.
        name: Arc<str>,
        /// Its line.
        number: u64,
    },
    /// Some of its bytes.
    LongPart(Vec<u8>),
    /// It ended.
    LongEnd,
    /// Reading failed.
    Failed(Error),
    /// A row of a table that is no item.
    Broken {
        /// The file.
        name: Arc<str>,
        /// Its row, from 1; the header of a CSV is row 1.
        number: u64,
        /// What is wrong.
        why: String,
        /// The row as far as it could be read.
        raw: String,
    },
}

impl Inputs {
    /// Opens files of JSON lines, so that a missing file is told before the first item is read.
    ///
    /// # Errors
    ///
    /// When a file is not there, is a folder, or is not what its name says.
    pub fn open(paths: &[PathBuf]) -> Result<Inputs, Error> {
        let read = Arc::default();
        Inputs::of(paths.iter().map(|path| open(path, false, &read)).collect::<Result<_, Error>>()?, read, None)
    }

    /// Opens files, folders, globs and, with the feature `s3`, `s3://bucket/key` addresses, of any known format; columns are read as
    /// `columns` says.
    ///
    /// # Errors
    ///
    /// As [`Inputs::open`], and when a folder or glob has no file of items.
    pub fn open_all(paths: &[PathBuf], columns: Columns) -> Result<Inputs, Error> {
        let (mut sources, read) = (Vec::new(), Arc::default());
        for path in paths {
            match path.to_str().filter(|text| text.contains("://") && !path.exists()) {
                Some(url) => sources.extend(store::find(url)?.into_iter().map(|object| Source { name: Arc::clone(&object.url), place: Place::Object(object) })),
                None => {
                    let mut all = Vec::new();
                    files(path, &mut all)?;
                    for path in &all {
                        sources.push(open(path, true, &read)?);
                    }
                }
            }
        }
        Inputs::of(sources, read, Some(Arc::new(columns)))
    }

    fn of(sources: Vec<Source>, read: Arc<AtomicU64>, columns: Option<Arc<Columns>>) -> Result<Inputs, Error> {
        if sources.iter().filter(|source| *source.name == *STDIN).count() > 1 {
            return Err(Error::Input("standard input (`-`) can be read only once".to_owned()));
        }
        let total = sources.iter().map(|source| source.place.size()).sum();
        Ok(Inputs { sources, read, total, columns, readers: 1 })
    }

    /// With several threads that read row groups of one Parquet file: rows then come out of order.
    #[must_use]
    pub fn readers(self, readers: usize) -> Inputs {
        Inputs { readers, ..self }
    }

    /// What is read, in that order: sizes and digests of files, the version of a store's objects, only the name of a pipe.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn data(&self) -> Result<Vec<DataFile>, Error> {
        let of = |source: &Source| {
            let (bytes, digest) = match &source.place {
                Place::Live(_) => (0, "not taken".to_owned()),
                // A store knows its objects: they are not fetched once more for a digest.
                Place::Object(object) => (object.size, object.version.clone()),
                Place::File(path) => {
                    let failed = |error| Error::File(source.name.to_string(), error);
                    (std::fs::metadata(path).map_err(failed)?.len(), crate::digest(path).map_err(failed)?)
                }
            };
            Ok(DataFile { name: source.name.to_string(), bytes, digest })
        };
        self.sources.iter().map(of).collect()
    }

    /// Reads on a thread of its own. The thread ends with the input, or when nobody listens any more.
    pub fn events(self) -> Receiver<Event> {
        let (sender, receiver) = sync_channel(2);
        std::thread::spawn(move || {
            for source in self.sources {
                let (name, is_live) = (source.name, matches!(source.place, Place::Live(_)));
                let done =
                    source.place.kind(&name, self.columns.is_some(), &self.read).map_err(|error| (0, error)).and_then(|kind| match (kind, &self.columns) {
                        (Kind::Csv(reader), Some(columns)) => csv::pump(&name, reader, columns, &sender),
                        (Kind::Parquet(file, path), Some(columns)) => {
                            let source = parquet::Source { name: &name, file, path: path.as_deref(), read: path.is_some().then_some(&*self.read) };
                            parquet::pump(source, columns, self.readers, &sender)
                        }
                        (Kind::Lines(reader), Some(columns)) if columns.renames() => mapped(&name, reader, columns, &sender),
                        (Kind::Lines(reader) | Kind::Csv(reader), _) => pump(&name, reader, is_live, &sender),
                        (Kind::Parquet(..), None) => Err((0, io::Error::other("Parquet cannot be read here"))),
                    });
                match done {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err((number, error)) => {
                        let message = match error.kind() {
                            io::ErrorKind::UnexpectedEof => "the compressed data ends early".to_owned(),
                            _ => error.to_string(),
                        };
                        let _ = sender.send(Event::Failed(Error::Input(format!("{name}:{number}: cannot be read further: {message}"))));
                        return;
                    }
                }
            }
        });
        receiver
    }
}

impl Place {
    /// Bytes, where that is known.
    fn size(&self) -> Option<u64> {
        match self {
            Place::Live(_) => None,
            Place::File(path) => std::fs::metadata(path).ok().map(|meta| meta.len()),
            Place::Object(object) => Some(object.size),
        }
    }

    /// Opens it; `read` counts what is read from now on.
    fn kind(self, name: &str, tables: bool, read: &Arc<AtomicU64>) -> io::Result<Kind> {
        let counted = |raw: Box<dyn Read + Send>| -> Box<dyn Read + Send> { Box::new(Counted { raw, read: Arc::clone(read) }) };
        match self {
            Place::Live(kind) => Ok(kind),
            Place::File(path) if tables && is_parquet(&path) => Ok(Kind::Parquet(File::open(&path)?, Some(path))),
            Place::File(path) => text(name, counted(Box::new(File::open(path)?)), tables),
            Place::Object(object) if tables && is_parquet(Path::new(name)) => Ok(Kind::Parquet(object.put_down(|raw| counted(Box::new(raw)))?, None)),
            Place::Object(object) => text(name, counted(Box::new(object.reader())), tables),
        }
    }
}

/// The files behind an argument: a file as it is; a folder's files of known endings; what a glob matches.
fn files(path: &Path, out: &mut Vec<PathBuf>) -> Result<(), Error> {
    let shown = path.display();
    let before = out.len();
    if path.is_dir() {
        let mut inside: Vec<PathBuf> =
            std::fs::read_dir(path).map_err(|error| Error::Input(format!("{shown}: {error}")))?.flatten().map(|entry| entry.path()).collect();
        inside.sort();
        for path in inside {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') {
                // A folder without items is fine inside another one.
                let _ = files(&path, out);
            } else if is_items(name) {
                out.push(path);
            }
        }
    } else if !is_stdin(path) && !path.exists() && path.to_str().is_some_and(is_glob) {
        let pattern = path.to_str().unwrap_or_default();
        let found = glob::glob(pattern).map_err(|error| Error::Input(format!("{shown}: {error}")))?;
        out.extend(found.flatten().filter(|path| path.is_file()));
    } else {
        out.push(path.to_owned());
    }
    if out.len() == before {
        return Err(Error::Input(format!("{shown}: {NO_ITEMS}")));
    }
    Ok(())
}

const NO_ITEMS: &str = "no files of items there (.jsonl, .ndjson, .csv, .parquet; .gz and .zst of the first three)";

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

fn is_items(name: &str) -> bool {
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    // What offices and editors leave behind is no input.
    !name.starts_with(['.', '~']) && [".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"].iter().any(|ending| plain.ends_with(ending))
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The name of standard input in messages.
const STDIN: &str = "<stdin>";

/// Looks at a source, so that what is wrong with it is told before the first item is read.
fn open(path: &Path, tables: bool, read: &Arc<AtomicU64>) -> Result<Source, Error> {
    let live = |raw: Box<dyn Read + Send>| -> Box<dyn Read + Send> { Box::new(Counted { raw, read: Arc::clone(read) }) };
    if is_stdin(path) {
        let kind = text(STDIN, live(Box::new(io::stdin())), tables).map_err(|error| Error::Input(format!("{STDIN}: {error}")))?;
        return Ok(Source { name: STDIN.into(), place: Place::Live(kind) });
    }
    let name: Arc<str> = path.display().to_string().into();
    let broken = |error: io::Error| Error::Input(format!("{name}: {error}"));
    let meta = std::fs::metadata(path).map_err(broken)?;
    if meta.is_dir() {
        return Err(Error::Input(format!("{name}: is a folder, not a file of items")));
    }
    let file = Box::new(File::open(path).map_err(broken)?);
    if !meta.is_file() {
        return Ok(Source { place: Place::Live(text(&name, live(file), tables).map_err(broken)?), name });
    }
    if !(tables && is_parquet(path)) {
        text(&name, file, tables).map_err(broken)?;
    }
    Ok(Source { name, place: Place::File(path.to_owned()) })
}

/// A reader of lines or of a table; compression is seen by the first bytes, and has to be there where the name says so.
fn text(name: &str, raw: Box<dyn Read + Send>, tables: bool) -> io::Result<Kind> {
    let mut raw = BufReader::with_capacity(1 << 16, raw);
    let magic = raw.fill_buf()?;
    let is_gzip = magic.starts_with(&[0x1F, 0x8B]);
    let is_zstd = magic.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) || matches!(magic.get(..4), Some([0x50..=0x5F, 0x2A, 0x4D, 0x18]));
    let decoded = |raw: Box<dyn Read + Send>| BufReader::with_capacity(1 << 16, raw);
    let lower = name.to_ascii_lowercase();
    let reader: Bytes = match (lower.ends_with(".gz"), lower.ends_with(".zst")) {
        (true, _) if !is_gzip => return Err(io::Error::other("is named .gz and is not gzip")),
        (_, true) if !is_zstd => return Err(io::Error::other("is named .zst and is not Zstandard")),
        _ if is_gzip => decoded(Box::new(flate2::bufread::MultiGzDecoder::new(raw))),
        _ if is_zstd => decoded(Box::new(zstd::Decoder::with_buffer(raw)?)),
        _ => raw,
    };
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    let is_table = tables && [".csv", ".tsv"].iter().any(|ending| plain.ends_with(ending));
    Ok(if is_table { Kind::Csv(reader) } else { Kind::Lines(reader) })
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
fn pump(name: &Arc<str>, mut reader: Bytes, is_live: bool, sender: &SyncSender<Event>) -> Result<bool, (u64, io::Error)> {
    let mut number = 0;
    let spare = Spare::default();
    let mut batch = Batch::of(name, &spare);
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
            let whole = std::mem::replace(&mut batch, Batch::of(name, &spare));
            let listens = (whole.lines.is_empty() || sender.send(Event::Lines(whole)).is_ok())
                && sender.send(Event::Long { name: Arc::clone(name), number }).is_ok()
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
            let whole = std::mem::replace(&mut batch, Batch::of(name, &spare));
            if sender.send(Event::Lines(whole)).is_err() {
                return Ok(false);
            }
        } else if is_live && reader.buffer().is_empty() {
            // The next read may wait: what is there is handed over, unless there is work enough.
            let whole = std::mem::replace(&mut batch, Batch::of(name, &spare));
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
pub fn trimmed(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    raw.strip_suffix(b"\r").unwrap_or(raw)
}

/// Rows on their way from a table.
struct Rows<'a> {
    name: &'a Arc<str>,
    sender: &'a SyncSender<Event>,
    batch: Batch,
    spare: Spare,
}

impl<'a> Rows<'a> {
    fn new(name: &'a Arc<str>, sender: &'a SyncSender<Event>) -> Rows<'a> {
        let spare = Spare::default();
        Rows { name, sender, batch: Batch::of(name, &spare), spare }
    }

    /// Adds a row; `false` when nobody listens.
    fn add(&mut self, number: u64, row: &serde_json::Value) -> io::Result<bool> {
        let start = self.batch.bytes.len();
        serde_json::to_writer(&mut self.batch.bytes, row)?;
        self.end(start, number)
    }

    /// Adds a row that `write` writes as JSON.
    fn add_written(&mut self, number: u64, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<bool> {
        let start = self.batch.bytes.len();
        write(&mut self.batch.bytes)?;
        self.end(start, number)
    }

    fn end(&mut self, start: usize, number: u64) -> io::Result<bool> {
        self.batch.bytes.push(b'\n');
        self.batch.lines.push(Line { start, end: self.batch.bytes.len(), number });
        Ok(self.batch.lines.len() < BATCH_LINES && self.batch.bytes.len() < BATCH_BYTES || self.flush())
    }

    fn broken(&self, number: u64, why: String, raw: String) -> bool {
        self.sender.send(Event::Broken { name: Arc::clone(self.name), number, why, raw }).is_ok()
    }

    fn flush(&mut self) -> bool {
        let whole = std::mem::replace(&mut self.batch, Batch::of(self.name, &self.spare));
        whole.lines.is_empty() || self.sender.send(Event::Lines(whole)).is_ok()
    }
}

/// JSON lines whose keys have other names.
fn mapped(name: &Arc<str>, reader: Bytes, columns: &Columns, sender: &SyncSender<Event>) -> Result<bool, (u64, io::Error)> {
    let mut rows = Rows::new(name, sender);
    let mut number = 0;
    for line in reader.split(b'\n') {
        number += 1;
        let at = |error| (number, error);
        let line = line.map_err(at)?;
        let line = if number == 1 { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line) } else { &line };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let listens = match serde_json::from_slice::<serde_json::Value>(line) {
            Ok(serde_json::Value::Object(row)) => rows.add(number, &columns.renamed(row)).map_err(at)?,
            Ok(_) => rows.broken(number, "this line is no object".to_owned(), String::from_utf8_lossy(line).into_owned()),
            Err(error) => rows.broken(number, error.to_string(), String::from_utf8_lossy(line).into_owned()),
        };
        if !listens {
            return Ok(false);
        }
    }
    Ok(rows.flush())
}
