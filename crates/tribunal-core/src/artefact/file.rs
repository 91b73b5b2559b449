//! Header, sections and hash.

use std::borrow::Cow;
use std::sync::Arc;

use bytemuck::Pod;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::column::{Buffer, Column, Pieces};
use crate::compile::parallel;

pub(crate) use tribunal_policy::COMPILED as MAGIC;

/// Raised with every change of the layout.
pub(crate) const FORMAT: u32 = 9;

/// Version of the policy language that this program reads.
const LANGUAGE: u32 = 1;

/// Bytes before the table of sections.
const HEADER: usize = 64;
/// Bytes of a row of the table of sections: what it is, bytes of one of its numbers, its bytes in memory and in the file. Where
/// these differ it is packed.
const ROW: usize = 24;
/// No packed byte stands for more.
const MOST_PACKED: usize = 255;
const HASH: usize = 32;

/// What a section of the file is for; [`Engine::parts`](crate::Engine::parts) counts memory by them.
///
/// ```
/// use tribunal_core::Part;
///
/// assert_eq!(Part::Patterns.name(), "patterns");
/// assert!(Part::ALL.contains(&Part::Source));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Names of rules, fields, axes and markets: what a decision is written with.
    Facts,
    /// Every entry of every list under each of its modes, with its folded text.
    Patterns,
    /// Terms of one word.
    Words,
    /// Terms of several words.
    Phrases,
    /// Terms that are a whole tag, text or element.
    Wholes,
    /// Terms that may stand inside words: substrings, affixes, scripts without spaces.
    Substrings,
    /// Terms in disguise.
    Disguises,
    /// Regular expressions and their literals.
    Expressions,
    /// Entries that are compared exactly: ids, hosts, sets.
    Exact,
    /// Conditions.
    Conditions,
    /// Rules in their forms over the markets.
    Rules,
    /// Which hits and values wake which rules.
    Wake,
    /// The policy's own files, compressed: read when a decision is explained.
    Source,
}

impl Part {
    /// All of them, in the order of the file.
    pub const ALL: [Part; 13] = [
        Part::Facts,
        Part::Patterns,
        Part::Words,
        Part::Phrases,
        Part::Wholes,
        Part::Substrings,
        Part::Disguises,
        Part::Expressions,
        Part::Exact,
        Part::Conditions,
        Part::Rules,
        Part::Wake,
        Part::Source,
    ];

    /// As written in reports.
    ///
    /// ```
    /// assert_eq!(tribunal_core::Part::Disguises.name(), "disguises");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Part::Facts => "facts",
            Part::Patterns => "patterns",
            Part::Words => "words",
            Part::Phrases => "phrases",
            Part::Wholes => "wholes",
            Part::Substrings => "substrings",
            Part::Disguises => "disguises",
            Part::Expressions => "expressions",
            Part::Exact => "exact",
            Part::Conditions => "conditions",
            Part::Rules => "rules",
            Part::Wake => "wake",
            Part::Source => "source",
        }
    }

    fn number(self) -> u32 {
        Part::ALL.iter().position(|part| *part == self).and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
    }
}

/// Why a compiled policy cannot be loaded.
///
/// ```
/// use tribunal_core::{Engine, LoadError};
///
/// assert!(matches!(Engine::from_bytes(b"policy: {id: demo}"), Err(LoadError::NotCompiled)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// It does not begin as a compiled policy does.
    NotCompiled,
    /// It is shorter than it says, or its hash is another: it was cut off or damaged on its way.
    Damaged,
    /// It was compiled by a program that lays files out, reads texts or reads policies otherwise.
    Version {
        /// What differs.
        what: &'static str,
        /// The file's.
        found: u32,
        /// This program's.
        wanted: u32,
    },
    /// Its hash is right, but its tables are not those of a policy.
    Malformed(&'static str),
    /// The tables are little-endian, this machine is not.
    Machine,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::NotCompiled => f.write_str("this is no compiled policy"),
            LoadError::Damaged => f.write_str("this compiled policy is damaged or cut off: its bytes are not those that were written"),
            LoadError::Version { what, found, wanted } => {
                write!(f, "this policy was compiled with {what} {found}, and this program has {wanted}")
            }
            LoadError::Malformed(what) => write!(f, "this compiled policy is not well formed: {what}"),
            LoadError::Machine => f.write_str("compiled policies can only be loaded on little-endian machines"),
        }
    }
}

impl std::error::Error for LoadError {}

/// What the meaning of texts depends on: the tables of folds and disguises, and the ordinary words.
fn versions() -> [(&'static str, u32); 4] {
    let unicode = tribunal_text::UNICODE_VERSION.split('.').fold(0, |version: u32, part| (version << 8) | part.parse::<u32>().unwrap_or(0));
    [
        ("policy language", LANGUAGE),
        ("fold tables", tribunal_text::TABLES_VERSION),
        ("the word list", tribunal_text::Ordinary::fingerprint()),
        ("Unicode tables", unicode),
    ]
}

/// Writes sections.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    sections: Vec<(Part, usize, Vec<u8>)>,
}

impl Writer {
    /// A table as it lies in memory.
    pub(crate) fn column<T: Pod>(&mut self, part: Part, numbers: &[T]) {
        self.sections.push((part, size_of::<T>(), bytemuck::cast_slice(numbers).to_vec()));
    }

    pub(crate) fn pieces(&mut self, part: Part, pieces: &Pieces) {
        let (starts, bytes) = pieces.columns();
        self.column(part, starts);
        self.column(part, bytes);
    }

    /// Something small, by its fields.
    pub(crate) fn value(&mut self, part: Part, value: &impl Serialize) {
        // Nothing here can fail: memory is the only sink, and every length is known.
        let bytes = postcard::to_stdvec(value).unwrap_or_default();
        self.sections.push((part, 1, bytes));
    }

    /// The file. `digest` is that of the policy, 64 hex digits.
    pub(crate) fn finish(self, digest: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.sections.iter().map(|(.., bytes)| bytes.len() + 64).sum::<usize>() + HEADER);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        for (_, version) in versions() {
            out.extend_from_slice(&version.to_le_bytes());
        }
        out.extend_from_slice(&u32::try_from(self.sections.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&hex(digest));
        let packed: Vec<Cow<'_, [u8]>> = self.sections.iter().map(|(part, _, bytes)| pack(*part, bytes)).collect();
        for ((part, size, bytes), packed) in self.sections.iter().zip(&packed) {
            out.extend_from_slice(&part.number().to_le_bytes());
            out.extend_from_slice(&u32::try_from(*size).unwrap_or(0).to_le_bytes());
            out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            out.extend_from_slice(&(packed.len() as u64).to_le_bytes());
        }
        for bytes in packed {
            out.extend_from_slice(&bytes);
        }
        let hash = blake3::hash(&out);
        out.extend_from_slice(hash.as_bytes());
        out
    }
}

/// A section as it lies in the file: packed (LZ4, the fastest to unpack) where that saves an eighth. What is packed already is
/// not tried.
fn pack(part: Part, bytes: &[u8]) -> Cow<'_, [u8]> {
    if part != Part::Source {
        let packed = lz4_flex::block::compress(bytes);
        if packed.len() < bytes.len() / 8 * 7 {
            return packed.into();
        }
    }
    bytes.into()
}

/// The 32 bytes of 64 hex digits.
fn hex(digits: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
        *byte = pair.iter().fold(0, |byte, c| byte << 4 | digit(*c));
    }
    bytes
}

/// Reads sections in the order they were written in.
#[derive(Debug)]
pub(crate) struct Reader {
    buffer: Arc<Buffer>,
    digest: [u8; 32],
    /// Part, bytes of a number, where it begins, how many bytes.
    sections: std::vec::IntoIter<Section>,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    number(bytes, at).map(u32::from_le_bytes)
}

/// A section: its two numbers as they are stored, where it begins in the buffer, and its length.
type Section = (u32, u32, usize, usize);

/// The sections in one buffer, each on whole words.
fn unpack(body: &[u8], count: usize) -> Result<(Buffer, Vec<Section>), LoadError> {
    let outside = LoadError::Malformed("a table lies outside");
    let wide = |at: usize| number(body, at).map(u64::from_le_bytes).and_then(|n| usize::try_from(n).ok());
    let mut rows = Vec::new();
    let (mut at, mut from) = (0usize, HEADER.saturating_add(count.saturating_mul(ROW)));
    for row in (0..count).map(|row| HEADER + row * ROW) {
        let (Some(part), Some(size), Some(length), Some(packed)) = (u32_at(body, row), u32_at(body, row + 4), wide(row + 8), wide(row + 16)) else {
            return Err(outside);
        };
        let Some(bytes) = body.get(from..from.saturating_add(packed)).filter(|bytes| length <= bytes.len().saturating_mul(MOST_PACKED)) else {
            return Err(outside);
        };
        rows.push(((part, size, at, length), bytes));
        from += packed;
        at = at.saturating_add(length.next_multiple_of(8));
    }
    let mut buffer = Buffer::zeroed(at);
    let mut places = Vec::new();
    let mut rest = buffer.bytes_mut();
    for ((_, _, _, length), bytes) in &rows {
        let (place, after) = rest.split_at_mut_checked(length.next_multiple_of(8)).ok_or(LoadError::Malformed("a table lies outside"))?;
        rest = after;
        places.push((*length, (place.get_mut(..*length).unwrap_or_default(), *bytes)));
    }
    let all = parallel::by_weight(places, parallel::available(), |(place, bytes): (&mut [u8], &[u8])| {
        if bytes.len() == place.len() {
            place.copy_from_slice(bytes);
            return true;
        }
        lz4_flex::block::decompress_into(bytes, place).is_ok_and(|length| length == place.len())
    });
    if !all {
        return Err(LoadError::Malformed("a table cannot be unpacked"));
    }
    Ok((buffer, rows.into_iter().map(|(row, _)| row).collect()))
}

impl Reader {
    /// Checks the header and the hash.
    pub(crate) fn new(bytes: &[u8]) -> Result<Reader, LoadError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(LoadError::NotCompiled);
        }
        if cfg!(target_endian = "big") {
            return Err(LoadError::Machine);
        }
        // The versions first: a newer file says that it is newer, whatever follows.
        let format = u32_at(bytes, MAGIC.len()).ok_or(LoadError::Damaged)?;
        if format != FORMAT {
            return Err(LoadError::Version { what: "file format", found: format, wanted: FORMAT });
        }
        let (body, hash) = bytes.len().checked_sub(HASH).and_then(|at| bytes.split_at_checked(at)).ok_or(LoadError::Damaged)?;
        if body.len() < HEADER || blake3::hash(body).as_bytes() != hash {
            return Err(LoadError::Damaged);
        }
        for (at, (what, wanted)) in versions().into_iter().enumerate() {
            let found = u32_at(bytes, 12 + at * 4).ok_or(LoadError::Damaged)?;
            if found != wanted {
                return Err(LoadError::Version { what, found, wanted });
            }
        }
        let digest = number(bytes, 32).ok_or(LoadError::Damaged)?;
        let count = u32_at(bytes, 28).ok_or(LoadError::Damaged)? as usize;
        let (buffer, sections) = unpack(body, count)?;
        Ok(Reader { buffer: Arc::new(buffer), digest, sections: sections.into_iter() })
    }

    /// BLAKE3 of the policy's files, hex.
    pub(crate) fn digest(&self) -> String {
        self.digest.iter().fold(String::new(), |mut text, byte| {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
            text
        })
    }

    /// Where the next section lies.
    fn section(&mut self, part: Part, size: usize) -> Result<(usize, usize), LoadError> {
        match self.sections.next() {
            Some((found, of, from, length)) if found == part.number() && of as usize == size => Ok((from, length)),
            _ => Err(LoadError::Malformed("a table is missing")),
        }
    }

    /// The next table, where it lies.
    pub(crate) fn column<T: Pod + Send + Sync>(&mut self, part: Part) -> Result<Column<T>, LoadError> {
        let (from, length) = self.section(part, size_of::<T>())?;
        Column::view(&self.buffer, from, length).ok_or(LoadError::Malformed("a table lies askew"))
    }

    /// The last table of the file.
    pub(crate) fn last(&mut self, part: Part) -> Result<Column<u8>, LoadError> {
        while self.sections.len() > 1 {
            self.sections.next();
        }
        self.column(part)
    }

    pub(crate) fn pieces(&mut self, part: Part) -> Result<Pieces, LoadError> {
        Ok(Pieces::of(self.column(part)?, self.column(part)?))
    }

    /// The next value, made anew.
    pub(crate) fn value<T: DeserializeOwned>(&mut self, part: Part) -> Result<T, LoadError> {
        let (from, length) = self.section(part, 1)?;
        let bytes = self.buffer.bytes().get(from..from + length).unwrap_or_default();
        match postcard::take_from_bytes(bytes) {
            Ok((value, [])) => Ok(value),
            _ => Err(LoadError::Malformed("a value cannot be read")),
        }
    }
}
