//! The files of a policy and places in them.

use std::fmt;

/// A file of a policy: an index into [`Sources`].
///
/// ```
/// use tribunal_policy::source::{FileId, Sources};
///
/// let mut sources = Sources::new();
/// assert_eq!([sources.add("policy.yaml", ""), sources.add("rules/guns.yaml", "")], [FileId(0), FileId(1)]);
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct FileId(pub u32);

/// A range of bytes in one file, end exclusive.
///
/// ```
/// use tribunal_policy::source::{Sources, Span};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "when: caption has firearms");
/// let (when, list) = (Span::new(file, 0, 4), Span::new(file, 18, 26));
/// assert_eq!((sources.slice(list), list.len(), list.range()), ("firearms", 8, 18..26));
/// assert_eq!(sources.slice(when.to(list)), "when: caption has firearms");
/// assert!(list.at_start().is_empty() && list.at_end().start == 26);
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`; offsets beyond 4 GiB saturate.
    ///
    /// ```
    /// use tribunal_policy::source::{FileId, Span};
    ///
    /// let span = Span::new(FileId(0), 3, 8);
    /// assert_eq!((span.start, span.end), (3, 8));
    /// ```
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Span { file, start: offset(start), end: offset(end.max(start)) }
    }

    /// An empty span at its first byte.
    pub fn at_start(self) -> Self {
        Span { end: self.start, ..self }
    }

    /// An empty span after its last byte.
    pub fn at_end(self) -> Self {
        Span { start: self.end, ..self }
    }

    /// The smallest span that covers both; `self` where they lie in different files.
    ///
    /// ```
    /// use tribunal_policy::source::{FileId, Span};
    ///
    /// let (first, second) = (Span::new(FileId(0), 3, 8), Span::new(FileId(0), 20, 24));
    /// assert_eq!(second.to(first), Span::new(FileId(0), 3, 24));
    /// assert_eq!(first.to(Span::new(FileId(1), 0, 4)), first);
    /// ```
    pub fn to(self, other: Span) -> Self {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether it covers no byte.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The bytes as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.end.max(self.start)) as usize
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// One file as it was read.
///
/// ```
/// use tribunal_policy::source::Sources;
///
/// let mut sources = Sources::new();
/// let (text, workbook) = (sources.add("demo.yaml", "rules: []"), sources.add("terms/firearms.xlsx", [0xFF, 0xFE]));
/// let file = sources.file(text).ok_or("added")?;
/// assert_eq!((file.path.as_str(), file.text(), file.bytes().len(), file.is_text()), ("demo.yaml", "rules: []", 9, true));
/// assert!(sources.file(workbook).is_some_and(|file| !file.is_text() && file.text().is_empty()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SourceFile {
    /// Path relative to the policy's folder, parts separated by `/`.
    pub path: String,
    content: Content,
    /// Offsets of the first byte of each line; empty for a file that is not text.
    line_starts: Vec<u32>,
}

#[derive(Clone)]
enum Content {
    Text(String),
    Binary(Vec<u8>),
}

impl SourceFile {
    /// The bytes as on disk.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
        }
    }

    /// The text, or "" where the bytes are not UTF-8.
    pub fn text(&self) -> &str {
        match &self.content {
            Content::Text(text) => text,
            Content::Binary(_) => "",
        }
    }

    /// Whether the bytes are UTF-8.
    pub fn is_text(&self) -> bool {
        matches!(self.content, Content::Text(_))
    }
}

impl fmt::Debug for SourceFile {
    /// Content may be large and offensive: only its length is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).field("bytes", &self.bytes().len()).finish()
    }
}

/// All files of a policy, in the order they were added.
///
/// ```
/// use tribunal_policy::source::Sources;
///
/// let mut sources = Sources::new();
/// let file = sources.add("rules/guns.yaml", "rules:\n  - {id: gun}\n");
/// assert_eq!((sources.path(file), sources.text(file).len(), sources.bytes(file).len()), ("rules/guns.yaml", 21, 21));
/// assert_eq!(sources.find("rules/guns.yaml"), Some(file));
/// assert!(sources.files().map(|(id, _)| id).eq([file]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// No files yet.
    ///
    /// ```
    /// let sources = tribunal_policy::source::Sources::new();
    /// assert_eq!(sources.files().len(), 0);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. Bytes that are not UTF-8 are kept, but have no text.
    ///
    /// ```
    /// use tribunal_policy::source::Sources;
    ///
    /// let mut sources = Sources::new();
    /// let (good, broken) = (sources.add("terms/sale.txt", "selling\n"), sources.add("terms/old.txt", b"caf\xE9\n"));
    /// assert_eq!((sources.text(good), sources.text(broken), sources.bytes(broken).len()), ("selling\n", "", 5));
    /// ```
    pub fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> FileId {
        let id = FileId(offset(self.files.len()));
        let content = match String::from_utf8(bytes.into()) {
            Ok(text) => Content::Text(text),
            Err(error) => Content::Binary(error.into_bytes()),
        };
        let line_starts = match &content {
            Content::Text(text) => line_starts(text),
            Content::Binary(_) => Vec::new(),
        };
        self.files.push(SourceFile { path: path.into(), content, line_starts });
        id
    }

    /// The file, if there is one.
    pub fn file(&self, file: FileId) -> Option<&SourceFile> {
        self.files.get(file.0 as usize)
    }

    /// All files with their ids.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(offset(at)), file))
    }

    /// The id of the file of this path.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.files().find(|(_, file)| file.path == path).map(|(id, _)| id)
    }

    /// The text of a file: "" where it is not UTF-8 or not there.
    pub fn text(&self, file: FileId) -> &str {
        self.file(file).map_or("", SourceFile::text)
    }

    /// The bytes of a file, empty where it is not there.
    pub fn bytes(&self, file: FileId) -> &[u8] {
        self.file(file).map_or(&[], SourceFile::bytes)
    }

    /// The path of a file, "" where it is not there.
    pub fn path(&self, file: FileId) -> &str {
        self.file(file).map_or("", |file| file.path.as_str())
    }

    /// The text under a span, "" where the span is not one of the file's text.
    ///
    /// ```
    /// use tribunal_policy::source::{Sources, Span};
    ///
    /// let mut sources = Sources::new();
    /// let file = sources.add("demo.yaml", "when: any text has firearms");
    /// assert_eq!(sources.slice(Span::new(file, 6, 14)), "any text");
    /// assert_eq!(sources.slice(Span::new(file, 6, 140)), "");
    /// ```
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// Line and column of a span's first byte, both from 1; the column counts characters.
    /// In a file that is not text the line is 1 and the column counts bytes.
    ///
    /// ```
    /// use tribunal_policy::source::{Sources, Span};
    ///
    /// let mut sources = Sources::new();
    /// let file = sources.add("terms/sale.txt", "selling\nпродам дешево\n");
    /// let span = Span::new(file, 21, 33);
    /// assert_eq!(sources.slice(span), "дешево");
    /// // Columns are characters: an editor jumps there.
    /// assert_eq!((sources.line_col(span), sources.end_line_col(span), sources.line(span)), ((2, 8), (2, 14), 2));
    /// ```
    pub fn line_col(&self, span: Span) -> (u32, u32) {
        self.offset_line_col(span.file, span.start)
    }

    /// The line of a span's first byte, from 1. Costs a search among the lines, however long this one is.
    pub fn line(&self, span: Span) -> u32 {
        let starts = self.file(span.file).map_or(&[][..], |file| file.line_starts.as_slice());
        offset(starts.partition_point(|&start| start <= span.start).max(1))
    }

    /// Line and column of one past a span's last byte, both from 1.
    pub fn end_line_col(&self, span: Span) -> (u32, u32) {
        self.offset_line_col(span.file, span.end.max(span.start))
    }

    fn offset_line_col(&self, file: FileId, at: u32) -> (u32, u32) {
        let Some(source) = self.file(file) else { return (1, 1) };
        let line = source.line_starts.partition_point(|&start| start <= at);
        let Some(&start) = line.checked_sub(1).and_then(|index| source.line_starts.get(index)) else {
            return (1, at.saturating_add(1));
        };
        let text = source.text();
        let at = (at as usize).min(text.len());
        let before = text.as_bytes().get(start as usize..at).unwrap_or(&[]);
        // UTF-8 continuation bytes are not counted, so an offset inside a character is that character's column.
        let column = before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        (offset(line), offset(column).saturating_add(1))
    }
}

/// Lines end at `\n`; the `\r` of `\r\n` is the last character of its line.
fn line_starts(text: &str) -> Vec<u32> {
    let mut starts = vec![0];
    starts.extend(text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| offset(at + 1)));
    starts
}

/// The letters that a spreadsheet gives a zero-based column.
///
/// ```
/// use tribunal_policy::source::column_letters;
///
/// assert_eq!([0, 25, 26].map(column_letters), ["A", "Z", "AA"]);
/// ```
pub fn column_letters(mut column: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    out.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "a\r\nüß: x\n\nlast".as_bytes());
        let at = |start: usize| sources.line_col(Span::new(file, start, start));
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(7), (2, 3));
        assert_eq!(at(11), (3, 1));
        assert_eq!(at(12), (4, 1));
        assert_eq!(at(16), (4, 5));
        assert_eq!(at(99), (4, 5));
        assert!([0, 3, 7, 11, 12, 16, 99].iter().all(|&start| sources.line(Span::new(file, start, start)) == at(start).0));
        assert_eq!(sources.slice(Span::new(file, 3, 7)), "üß");
        assert_eq!(sources.slice(Span::new(file, 4, 7)), "", "not at a character boundary");
    }

    #[test]
    fn bytes_that_are_not_text_have_places_too() {
        let mut sources = Sources::new();
        let file = sources.add("a.xlsx", vec![b'P', 0xFF, b'\n', 0x80]);
        assert_eq!(sources.text(file), "");
        assert_eq!(sources.bytes(file).len(), 4);
        assert_eq!(sources.line_col(Span::new(file, 3, 4)), (1, 4));
        assert_eq!(sources.line_col(Span::new(FileId(9), 3, 4)), (1, 1));
        assert_eq!(sources.find("a.xlsx"), Some(file));
    }
}
