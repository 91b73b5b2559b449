//! What each character folds to on its own: a table for folding texts run by run, made from [`View`] itself.
//!
//! Most characters fold alike wherever they stand. Those that do not (marks, joiners outside emoji, halves of flags, what an
//! override turns round) say so, and whoever folds by this table leaves the stretch around them to a view.

use std::sync::OnceLock;

use crate::view::{View, ViewKind};
use crate::{Folds, edge_after, grapheme, props};

/// Characters of a block.
const BLOCK: usize = 128;
/// The table ends here: what is beyond (rare ideographs, tags) is left to a view.
const END: usize = 0x2_0000;

/// What a character beyond ASCII does to a text.
///
/// ```
/// use tribunal_text::{CharFold, Chars, ViewKind};
///
/// let chars = Chars::of(ViewKind::PLAIN);
/// assert_eq!(chars.fold('ж'), CharFold::Same { word: true });
/// assert_eq!(chars.fold('É'), CharFold::Bytes { bytes: b"e", word: true });
/// assert_eq!(chars.fold('…'), CharFold::Bytes { bytes: b"...", word: false });
/// assert_eq!(chars.fold('\u{200b}'), CharFold::Nothing);
/// assert_eq!(chars.fold('😀'), CharFold::Emoji);
/// assert_eq!(chars.fold('\u{301}'), CharFold::Joined, "it belongs to what stands before it");
/// assert_eq!(chars.fold('℠'), CharFold::Unsure, "`glock℠` is also `glock`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharFold<'t> {
    /// It stays as it is.
    Same {
        /// Whether it is part of a word that edges do not cut.
        word: bool,
    },
    /// It becomes these bytes.
    Bytes {
        /// Text in UTF-8.
        bytes: &'t [u8],
        /// As for `Same`.
        word: bool,
    },
    /// It drops out.
    Nothing,
    /// It stays as it is where [`emoji_length`](Chars::emoji_length) finds an emoji; without selectors and skin tones behind it.
    Emoji,
    /// What it becomes depends on its neighbours.
    Joined,
    /// Where the words of its text end is a matter of the whole text.
    Unsure,
}

/// The folds of all characters under one kind of view.
///
/// ```
/// use tribunal_text::{CharFold, Chars, Folds, ViewKind};
///
/// let case = Chars::of(ViewKind { folds: Folds::CASE, turkish: false });
/// assert_eq!(case.fold('É'), CharFold::Bytes { bytes: "e\u{301}".as_bytes(), word: true });
/// ```
#[derive(Debug)]
pub struct Chars {
    index: Vec<u16>,
    blocks: Vec<u32>,
    pool: Vec<u8>,
}

/// Low bits of an entry.
const SAME: u32 = 0;
const BYTES: u32 = 1;
const NOTHING: u32 = 2;
const EMOJI: u32 = 3;
const JOINED: u32 = 4;
const UNSURE: u32 = 5;
const TAG: u32 = 7;
const WORD: u32 = 1 << 3;
/// Four bits for the length of the bytes, the rest for where they begin.
const LENGTH_SHIFT: u32 = 4;
const START_SHIFT: u32 = 10;
const LONGEST: usize = 63;

impl Chars {
    /// The table of a kind: made when it is first asked for, kept for the life of the process.
    pub fn of(kind: ViewKind) -> &'static Chars {
        static TABLES: [OnceLock<Chars>; 32] = [const { OnceLock::new() }; 32];
        #[expect(clippy::indexing_slicing, reason = "the number of a kind is below 32")]
        TABLES[kind.number() & 31].get_or_init(|| Chars::build(kind))
    }

    /// What a character does; of ASCII it says nothing (`Joined`).
    #[inline]
    #[must_use]
    pub fn fold(&self, c: char) -> CharFold<'_> {
        self.fold_code(c as u32)
    }

    /// As [`Chars::fold`], by the number of the character.
    #[inline]
    #[must_use]
    pub fn fold_code(&self, code: u32) -> CharFold<'_> {
        let code = code as usize;
        let block = self.index.get(code / BLOCK).copied().map_or(usize::MAX, usize::from);
        let entry = self.blocks.get(block.wrapping_mul(BLOCK) + code % BLOCK).copied().unwrap_or(JOINED);
        let word = entry & WORD != 0;
        match entry & TAG {
            SAME => CharFold::Same { word },
            BYTES => {
                let start = (entry >> START_SHIFT) as usize;
                let length = (entry >> LENGTH_SHIFT) as usize & LONGEST;
                CharFold::Bytes { bytes: self.pool.get(start..start + length).unwrap_or_default(), word }
            }
            NOTHING => CharFold::Nothing,
            EMOJI => CharFold::Emoji,
            UNSURE => CharFold::Unsure,
            _ => CharFold::Joined,
        }
    }

    /// Bytes of the emoji that `tail` begins with, and whether its characters stay as they are, selectors and skin tones
    /// aside; `None` where there is none.
    ///
    /// ```
    /// use tribunal_text::{Chars, ViewKind};
    ///
    /// let chars = Chars::of(ViewKind::PLAIN);
    /// assert_eq!(chars.emoji_length("👩🏽\u{200d}🚀!"), Some("👩🏽\u{200d}🚀".len()));
    /// assert_eq!(chars.emoji_length("ℹ"), None, "a letter, unless a selector makes it an emoji");
    /// ```
    #[must_use]
    pub fn emoji_length(&self, tail: &str) -> Option<usize> {
        let length = grapheme::emoji_length(tail)?;
        let joins = |c: char| Chars::drops_from_emoji(c) || matches!(c, '\u{200d}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}');
        let stays = |c: char| joins(c) || matches!(self.fold(c), CharFold::Emoji | CharFold::Same { .. });
        tail.get(..length)?.chars().all(stays).then_some(length)
    }

    /// Whether a character of an emoji, not its first, drops out: a selector or a skin tone.
    #[inline]
    #[must_use]
    pub fn drops_from_emoji(c: char) -> bool {
        matches!(c, '\u{fe0e}' | '\u{fe0f}') || props::is_emoji_modifier(c)
    }

    fn build(kind: ViewKind) -> Chars {
        let mut chars = Chars { index: Vec::with_capacity(END / BLOCK), blocks: Vec::new(), pool: Vec::new() };
        let mut known: std::collections::HashMap<Vec<u32>, u16> = std::collections::HashMap::new();
        let mut texts: std::collections::HashMap<Vec<u8>, u32> = std::collections::HashMap::new();
        let mut view = View::new();
        for block in 0..END / BLOCK {
            let entries: Vec<u32> = (block * BLOCK..(block + 1) * BLOCK)
                .map(|code| u32::try_from(code).ok().and_then(char::from_u32).map_or(JOINED, |c| chars.entry(kind, c, &mut view, &mut texts)))
                .collect();
            let next = u16::try_from(known.len()).unwrap_or(u16::MAX);
            let number = *known.entry(entries.clone()).or_insert(next);
            if number == next {
                chars.blocks.extend(entries);
            }
            chars.index.push(number);
        }
        chars
    }

    fn entry(&mut self, kind: ViewKind, c: char, view: &mut View, texts: &mut std::collections::HashMap<Vec<u8>, u32>) -> u32 {
        if c.is_ascii() || props::is_regional_indicator(c) || props::is_emoji_modifier(c) {
            return JOINED;
        }
        if matches!(c, '\u{202e}' | '\u{202c}') {
            return UNSURE;
        }
        if props::is_default_ignorable(c) {
            return if kind.folds.contains(Folds::INVISIBLES) { NOTHING } else { UNSURE };
        }
        if props::is_mark(c) || props::joins(c) || view_joins(kind, c) {
            return JOINED;
        }
        let mut buffer = [0; 4];
        let text: &str = c.encode_utf8(&mut buffer);
        if crate::view::is_fixed(c) {
            // No table of folds names it; that is most of the table.
            let edge = props::is_edge(c);
            return match (props::is_emoji(c) || props::is_pictographic(c), edge) {
                (true, true) => JOINED,
                (true, false) => EMOJI,
                (false, true) => SAME | WORD,
                (false, false) => SAME,
            };
        }
        view.fold(kind, text);
        let word = if edge_after(text, 0) { WORD } else { 0 };
        let bytes = view.text().into_bytes();
        let edge = view.units.iter().any(|unit| props::is_edge(unit.ch));
        if props::is_emoji(c) || props::is_pictographic(c) {
            // A letter that is an emoji only with what follows it is neither for certain.
            return if bytes == text.as_bytes() && !edge { EMOJI } else { JOINED };
        }
        if edge && word == 0 {
            return UNSURE;
        }
        if bytes == text.as_bytes() {
            return SAME | word;
        }
        if bytes.is_empty() || bytes.len() > LONGEST {
            return JOINED;
        }
        let length = u32::try_from(bytes.len()).unwrap_or(0);
        let pool = &mut self.pool;
        let start = *texts.entry(bytes).or_insert_with_key(|bytes| {
            let start = u32::try_from(pool.len()).unwrap_or(u32::MAX);
            pool.extend_from_slice(bytes);
            start
        });
        BYTES | word | length << LENGTH_SHIFT | start << START_SHIFT
    }
}

/// Whether the fold of a character begins with what joins the character before it.
fn view_joins(kind: ViewKind, c: char) -> bool {
    kind.folds.contains(Folds::WIDTH) && crate::view::wide(c).first().is_some_and(|first| props::joins(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character between two letters, under the kinds that matter most, folds as the view folds it there.
    #[test]
    fn a_character_folds_between_others_as_on_its_own() {
        for kind in [ViewKind::PLAIN, ViewKind { folds: Folds::CASE, turkish: false }, ViewKind { folds: Folds::PLAIN, turkish: true }] {
            let chars = Chars::of(kind);
            let mut view = View::new();
            for c in (0x80..END as u32).filter_map(char::from_u32) {
                let text = format!("a{c}b{c}");
                let once: &[u8] = match chars.fold(c) {
                    CharFold::Same { .. } => c.to_string().leak().as_bytes(),
                    CharFold::Bytes { bytes, .. } => bytes,
                    CharFold::Nothing => b"",
                    CharFold::Emoji | CharFold::Joined | CharFold::Unsure => continue,
                };
                view.fold(kind, &text);
                let want = [b"a", once, b"b", once].concat();
                assert_eq!(view.text().into_bytes(), want, "{c:?}");
            }
        }
    }

    #[test]
    fn most_of_writing_needs_no_view() {
        let chars = Chars::of(ViewKind::PLAIN);
        for c in "жЖßøłñÑ中あアパ가λΛשعحท”—…€".chars() {
            assert!(matches!(chars.fold(c), CharFold::Same { .. } | CharFold::Bytes { .. }), "{c:?}");
        }
        assert!(chars.blocks.len() < 400 * BLOCK, "{} blocks", chars.blocks.len() / BLOCK);
    }
}
