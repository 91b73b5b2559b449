//! Files that are written whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context as _;

/// Files on their way, for an end by Ctrl-C.
static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Lets Ctrl-C and a polite `kill` leave no half-written file behind.
pub(crate) fn clean_up_when_interrupted() {
    // Without a handler, as where a test harness has set one, the system's own end of the process stays.
    let _ = ctrlc::set_handler(|| {
        for part in PARTS.lock().iter().flat_map(|parts| parts.iter()) {
            let _ = std::fs::remove_file(part);
        }
        // As shells count an end by SIGINT.
        std::process::exit(130);
    });
}

/// A file on its way: beside its place under another name until [`OutputFile::finish`]; left out, nothing has happened.
/// What is no regular file (a device, a pipe) is written to directly.
pub(crate) struct OutputFile {
    path: PathBuf,
    temporary: Option<tempfile::TempPath>,
    writer: Encoder,
}

enum Encoder {
    Plain(BufWriter<File>),
    Gzip(Box<flate2::write::GzEncoder<BufWriter<File>>>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<File>>>),
}

impl OutputFile {
    /// Begins a file; a name that ends in `.gz` or `.zst` is compressed.
    pub(crate) fn create(path: &Path) -> anyhow::Result<OutputFile> {
        let shown = || format!("{}: cannot be written", path.display());
        // A link stays a link: what it points to is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let there = std::fs::metadata(&path).ok();
        if there.as_ref().is_some_and(|meta| !meta.is_file()) {
            let file = File::options().write(true).open(&path).with_context(shown)?;
            return Ok(OutputFile { path, temporary: None, writer: Encoder::Plain(BufWriter::new(file)) });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut options = tempfile::Builder::new();
        options.prefix(".tribunal-").suffix(".part");
        match there {
            Some(meta) => options.permissions(meta.permissions()),
            None => new_file_permissions(&mut options),
        };
        let (file, temporary) = options.tempfile_in(folder).with_context(shown)?.into_parts();
        if let Ok(mut parts) = PARTS.lock() {
            parts.push(temporary.to_path_buf());
        }
        let file = BufWriter::with_capacity(1 << 16, file);
        let writer = match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Encoder::Gzip(Box::new(flate2::write::GzEncoder::new(file, flate2::Compression::default()))),
            Some("zst") => Encoder::Zstd(Box::new(zstd::Encoder::new(file, 3).with_context(shown)?)),
            _ => Encoder::Plain(file),
        };
        Ok(OutputFile { path, temporary: Some(temporary), writer })
    }

    /// A whole file, not in its place yet.
    pub(crate) fn with(path: &Path, bytes: &[u8]) -> anyhow::Result<OutputFile> {
        let mut file = OutputFile::create(path)?;
        file.write_all(bytes).with_context(|| format!("{}: cannot be written", path.display()))?;
        Ok(file)
    }

    /// Puts the file in its place.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let OutputFile { path, temporary, writer } = self;
        let shown = || format!("{}: cannot be written", path.display());
        let mut file = match writer {
            Encoder::Plain(file) => file,
            Encoder::Gzip(encoder) => encoder.finish().with_context(shown)?,
            Encoder::Zstd(encoder) => encoder.finish().with_context(shown)?,
        };
        file.flush().with_context(shown)?;
        if let Some(temporary) = temporary {
            file.get_ref().sync_all().with_context(shown)?;
            let part = temporary.to_path_buf();
            temporary.persist(&path).with_context(shown)?;
            if let Ok(mut parts) = PARTS.lock() {
                parts.retain(|other| *other != part);
            }
        }
        Ok(())
    }
}

/// Refuses to write over what is read: a file given as input, or one of a policy's folder.
pub(crate) fn apart<'p>(output: &Path, read: impl IntoIterator<Item = &'p Path>) -> anyhow::Result<()> {
    // What is not there yet cannot be lost; a device is no file that could be replaced.
    let Ok(output_place) = output.canonicalize() else { return Ok(()) };
    if !output_place.is_file() {
        return Ok(());
    }
    for input in read {
        let Ok(place) = input.canonicalize() else { continue };
        let part = output_place.strip_prefix(&place).ok().and_then(|rest| rest.components().next()).map(|part| part.as_os_str().to_owned());
        let of_a_policy = place.is_dir() && part.is_some_and(|part| ["policy.yaml", "terms", "rules", "markets", "tests"].iter().any(|name| part == *name));
        if output_place == place || of_a_policy {
            anyhow::bail!("{}: this file is read here and would be lost; name another one to write", output.display());
        }
    }
    Ok(())
}

/// What a new file may be, before the user's mask is taken off by the system.
fn new_file_permissions<'o, 'n>(options: &'o mut tempfile::Builder<'n, 'n>) -> &'o mut tempfile::Builder<'n, 'n> {
    #[cfg(unix)]
    options.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    options
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Encoder::Plain(file) => file.write(bytes),
            Encoder::Gzip(encoder) => encoder.write(bytes),
            Encoder::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Encoder::Plain(file) => file.flush(),
            Encoder::Gzip(encoder) => encoder.flush(),
            Encoder::Zstd(encoder) => encoder.flush(),
        }
    }
}
