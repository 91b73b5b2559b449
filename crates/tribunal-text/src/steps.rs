//! A folded term in as few bytes as it needs.

use crate::Folds;
use crate::pattern::{Form, Mode, Symbol};

/// Bytes that no UTF-8 text has stand for what is no character.
const GAP: u8 = 0xff;
const SOFT_GAP: u8 = 0xfe;
const GLUE: u8 = 0xfd;

/// The [symbols](Symbol) of a term as bytes: its characters in UTF-8, a blank for a run of white space, one byte for each gap. A
/// term of one word is its own bytes. Bytes that are no term end it; reading never fails.
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern, Steps};
///
/// let term = Pattern::new("Oh, Glock", Mode::Phrase, Folds::PLAIN, false).expect("letters are left");
/// let mut bytes = Vec::new();
/// Steps::encode(term.symbols(), &mut bytes);
/// assert_eq!(bytes.len(), "oh?glock".len());
/// assert!(Steps::new(&bytes).iter().eq(term.symbols().iter().copied()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps<'a>(&'a [u8]);

impl<'a> Steps<'a> {
    /// The steps that these bytes stand for.
    ///
    /// ```
    /// use tribunal_text::{Steps, Symbol};
    ///
    /// assert_eq!(Steps::new(b"a b").iter().nth(1), Some(Symbol::Space));
    /// ```
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Steps<'a> {
        Steps(bytes)
    }

    /// Appends the bytes of symbols.
    ///
    /// ```
    /// use tribunal_text::{Steps, Symbol};
    ///
    /// let mut bytes = Vec::new();
    /// Steps::encode(&[Symbol::Char('é'), Symbol::Gap { soft: true }], &mut bytes);
    /// assert_eq!((bytes.len(), Steps::new(&bytes).iter().last()), (3, Some(Symbol::Gap { soft: true })));
    /// ```
    pub fn encode(symbols: &[Symbol], out: &mut Vec<u8>) {
        for symbol in symbols {
            match symbol {
                Symbol::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Symbol::Space => out.push(b' '),
                Symbol::Gap { soft: false } => out.push(GAP),
                Symbol::Gap { soft: true } => out.push(SOFT_GAP),
                Symbol::Glue => out.push(GLUE),
            }
        }
    }

    /// Appends the bytes of a term without preparing it, where nothing can happen to it: words of ASCII letters and digits with
    /// single blanks between, as most terms are. `None`, and nothing is appended, where it has to be
    /// [prepared](crate::Pattern::new).
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Steps};
    ///
    /// let mut bytes = Vec::new();
    /// let form = Steps::of_plain("My Glock", Mode::Word, Folds::PLAIN, false, &mut bytes).expect("nothing can happen to it");
    /// assert!(form.first_edge && bytes == b"my glock");
    /// assert_eq!(Steps::of_plain("ar-15", Mode::Word, Folds::PLAIN, false, &mut bytes), None);
    /// ```
    pub fn of_plain(term: &str, mode: Mode, folds: Folds, turkish: bool, out: &mut Vec<u8>) -> Option<Form> {
        let blank = match mode {
            Mode::Word => b' ',
            Mode::Phrase => GAP,
            _ => return None,
        };
        let bytes = term.as_bytes();
        let plain = |pair: &[u8]| pair.iter().any(u8::is_ascii_alphanumeric);
        let ends = [bytes.first()?, bytes.last()?].into_iter().all(u8::is_ascii_alphanumeric);
        if turkish || !ends || !bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b' ') || !bytes.windows(2).all(plain) {
            return None;
        }
        let lower = folds.contains(Folds::CASE);
        out.extend(bytes.iter().map(|byte| match byte {
            b' ' => blank,
            byte if lower => byte.to_ascii_lowercase(),
            byte => *byte,
        }));
        Some(Form { mode, folds, turkish, first_edge: true, last_edge: true })
    }

    /// The bytes.
    ///
    /// ```
    /// assert_eq!(tribunal_text::Steps::new(b"glock").bytes(), b"glock");
    /// ```
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether a byte of the encoding, which begins a step, is a gap of a phrase.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, Steps};
    ///
    /// let term = Pattern::new("fake id", Mode::Phrase, Folds::PLAIN, false)?;
    /// let mut bytes = Vec::new();
    /// Steps::encode(term.symbols(), &mut bytes);
    /// assert!(Steps::is_gap(bytes[4]) && !Steps::is_gap(bytes[3]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn is_gap(byte: u8) -> bool {
        matches!(byte, GAP | SOFT_GAP)
    }

    /// Whether terms one behind the other are all of whole characters, each from where it begins on: what [`Steps::encode`] has written is.
    ///
    /// ```
    /// use tribunal_text::Steps;
    ///
    /// let terms = "glockcafé".as_bytes();
    /// assert!(Steps::are_whole(terms, [0, 5].into_iter()));
    /// assert!(!Steps::are_whole(&terms[..9], [0, 5].into_iter()), "the last one is cut");
    /// assert!(!Steps::are_whole("é".as_bytes(), [0, 1].into_iter()), "one begins inside of a character");
    /// ```
    #[must_use]
    pub fn are_whole(bytes: &[u8], mut starts: impl Iterator<Item = usize>) -> bool {
        let begins = |start: usize| bytes.get(start).is_none_or(|byte| byte & 0xc0 != 0x80);
        starts.all(begins) && bytes.split(|byte| *byte >= GLUE).all(|part| std::str::from_utf8(part).is_ok())
    }

    /// Whether every step is a character: then the bytes are the folded text that the term stands for, byte for byte.
    ///
    /// ```
    /// use tribunal_text::Steps;
    ///
    /// assert!(Steps::new("né".as_bytes()).is_text() && !Steps::new(b"a b").is_text());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_text(self) -> bool {
        !self.0.iter().any(|byte| *byte == b' ' || *byte >= GLUE)
    }

    /// The first step and the others.
    ///
    /// ```
    /// use tribunal_text::{Steps, Symbol};
    ///
    /// assert_eq!(Steps::new(b"go").split_first(), Some((Symbol::Char('g'), Steps::new(b"o"))));
    /// assert_eq!(Steps::new(b"").split_first(), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn split_first(self) -> Option<(Symbol, Steps<'a>)> {
        let (first, rest) = self.0.split_first()?;
        Some(match *first {
            b' ' => (Symbol::Space, Steps(rest)),
            byte if byte.is_ascii() => (Symbol::Char(char::from(byte)), Steps(rest)),
            GAP => (Symbol::Gap { soft: false }, Steps(rest)),
            SOFT_GAP => (Symbol::Gap { soft: true }, Steps(rest)),
            GLUE => (Symbol::Glue, Steps(rest)),
            byte => {
                let length = match byte {
                    0xc0..0xe0 => 2,
                    0xe0..0xf0 => 3,
                    _ => 4,
                };
                let (head, rest) = self.0.split_at_checked(length)?;
                (Symbol::Char(std::str::from_utf8(head).ok()?.chars().next()?), Steps(rest))
            }
        })
    }

    /// The first step.
    ///
    /// ```
    /// assert_eq!(tribunal_text::Steps::new(b"").first(), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn first(self) -> Option<Symbol> {
        self.split_first().map(|(first, _)| first)
    }

    /// One after another.
    ///
    /// ```
    /// assert_eq!(tribunal_text::Steps::new("né".as_bytes()).iter().count(), 2);
    /// ```
    pub fn iter(self) -> impl Iterator<Item = Symbol> + use<'a> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let (first, after) = rest.split_first()?;
            rest = after;
            Some(first)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_term_end_it() {
        for bytes in [&b"ab\xc3"[..], b"\xf0\x9f", b"ab\x80", b"\xe2\x28\xa1"] {
            assert!(Steps::new(bytes).iter().count() <= 2);
        }
    }
}
