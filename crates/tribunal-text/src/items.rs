//! A term as a disguised reading walks it: letters in words, and what may stand between.

use crate::pattern::{Symbol, is_apostrophe, is_word_unit};
use crate::{Folds, glyph, props};
use std::ops::Range;

/// One step of a term for disguised readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A letter, mark or digit of a word, folded, with the number of its word.
    Letter(char, u8),
    /// Another character, as it is.
    Literal(char),
    /// A run of white space.
    Space,
    /// A run of characters that are neither letters, marks nor digits; `soft` may be nothing at all.
    Gap { soft: bool },
    /// Inside the word of a tag: `_` or nothing.
    Glue,
}

/// Longest term, in steps, that is sought in disguise.
pub(crate) const MAX_ITEMS: usize = 63;

/// A term walked step by step, with the range of steps of each word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Items {
    pub(crate) list: Vec<Item>,
    pub(crate) words: Vec<Range<usize>>,
    /// Letters that are several steps long: a base with the marks on it, a syllable of Hangul.
    clusters: Vec<Range<usize>>,
    /// Whether marks of the term that a writer may leave out are left out here.
    bare: bool,
}

impl Items {
    /// The steps of a term; none when it is too long or its folds are all plain.
    pub(crate) fn new(symbols: &[Symbol], folds: Folds) -> Items {
        let mut items = Items::default();
        items.fill(symbols, folds);
        items
    }

    /// The same in the memory at hand.
    pub(crate) fn fill(&mut self, symbols: &[Symbol], folds: Folds) {
        let items = self;
        items.list.clear();
        items.words.clear();
        items.clusters.clear();
        items.bare = false;
        if symbols.len() > MAX_ITEMS || folds.directed().is_empty() {
            return;
        }
        items.list.reserve(symbols.len());
        let soft = folds.contains(Folds::SEPARATORS);
        let mut open: Option<usize> = None;
        let mut i = 0;
        while let Some(symbol) = symbols.get(i) {
            let after_letter = matches!(items.list.last(), Some(Item::Letter(..)));
            if after_letter && folds.contains(Folds::CONFUSABLES) && matches!(symbol, Symbol::Char(c) if glyph::is_optional(*c)) {
                items.bare = true;
                i += 1;
                continue;
            }
            let item = match symbol {
                Symbol::Char(c) if props::is_lmd(*c) => Item::Letter(*c, u8::try_from(items.words.len()).unwrap_or(u8::MAX)),
                Symbol::Glue => Item::Glue,
                Symbol::Gap { soft: written } => Item::Gap { soft: soft && *written },
                Symbol::Char(_) | Symbol::Space => {
                    let end = i + symbols.get(i..).unwrap_or_default().iter().take_while(|s| is_joint(s)).count();
                    let run = symbols.get(i..end).unwrap_or_default();
                    if soft && is_soft(symbols, i, end) && !run.is_empty() {
                        i = end - 1;
                        Item::Gap { soft: true }
                    } else if let Symbol::Char(c) = symbol {
                        Item::Literal(*c)
                    } else {
                        Item::Space
                    }
                }
            };
            i += 1;
            let place = items.list.len();
            match (item, open) {
                (Item::Letter(..), None) => open = Some(place),
                (Item::Letter(..) | Item::Glue, _) => {}
                (_, Some(start)) => {
                    items.words.push(start..place);
                    open = None;
                }
                (_, None) => {}
            }
            items.list.push(item);
        }
        if let Some(start) = open {
            items.words.push(start..items.list.len());
        }
        items.find_clusters();
    }

    fn find_clusters(&mut self) {
        let mut start = 0;
        for i in 1..=self.list.len() {
            let joined = matches!((self.list.get(i - 1), self.list.get(i)), (Some(Item::Letter(..)), Some(Item::Letter(c, _))) if continues(*c));
            if !joined {
                if i - start > 1 {
                    self.clusters.push(start..i);
                }
                start = i;
            }
        }
    }

    /// The letter that begins at a step: that step, and those of the marks on it.
    pub(crate) fn letter_from(&self, i: usize) -> Range<usize> {
        self.clusters.iter().find(|c| c.start == i).cloned().unwrap_or(i..i + 1)
    }

    /// The letter of several steps that ends before a step.
    pub(crate) fn cluster_before(&self, i: usize) -> Option<Range<usize>> {
        self.clusters.iter().find(|c| c.end == i).cloned()
    }

    /// Whether some letter is several steps long.
    pub(crate) fn has_clusters(&self) -> bool {
        !self.clusters.is_empty()
    }

    /// The word of a step, or of a glue inside a word.
    pub(crate) fn word_of(&self, i: usize) -> Option<u8> {
        match self.list.get(i)? {
            Item::Letter(_, word) => Some(*word),
            Item::Glue => self.list.get(..i)?.iter().rev().find_map(|item| match item {
                Item::Letter(_, word) => Some(*word),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Whether some gap or mark may be left out, so that the disguise need not show anywhere.
    pub(crate) fn has_soft_gap(&self) -> bool {
        self.bare || self.list.contains(&Item::Gap { soft: true })
    }
}

/// Whether a character goes on with the letter before it: a mark, a vowel or an end of a Hangul syllable.
pub(crate) fn continues(c: char) -> bool {
    props::is_mark(c) || ('\u{1160}'..='\u{11ff}').contains(&c)
}

/// A character that may be a separator written in a term: neither of a word nor an emoji.
fn is_joint(symbol: &Symbol) -> bool {
    match symbol {
        Symbol::Char(c) => !is_word_unit(*c) && *c != '\u{200d}',
        Symbol::Space => true,
        _ => false,
    }
}

/// Whether `from..to` stands between letters and is written with something else than white space and apostrophes.
fn is_soft(symbols: &[Symbol], from: usize, to: usize) -> bool {
    let letter = |i: Option<usize>| i.and_then(|i| symbols.get(i)).is_some_and(|s| matches!(s, Symbol::Char(c) if props::is_lmd(*c)));
    let run = symbols.get(from..to).unwrap_or_default();
    let other = run.iter().any(|s| matches!(s, Symbol::Char(_)));
    let apostrophe = run.iter().any(|s| matches!(s, Symbol::Char(c) if is_apostrophe(*c)));
    letter(from.checked_sub(1)) && letter(Some(to)) && other && !apostrophe
}

#[cfg(test)]
mod tests {
    use crate::{Folds, Mode, Pattern};

    fn words(term: &str, mode: Mode) -> (usize, usize, bool) {
        let p = Pattern::new(term, mode, Folds::EVASIVE, false).unwrap();
        (p.items().list.len(), p.items().words.len(), p.items().has_soft_gap())
    }

    #[test]
    fn steps() {
        assert_eq!(words("ar-15", Mode::Word), (5, 2, true));
        assert_eq!(words("ar - 15", Mode::Phrase), (5, 2, true));
        assert_eq!(words("she'll", Mode::Word), (6, 2, false));
        assert_eq!(words("kill yourself", Mode::Tag), (13, 1, false));
        assert_eq!(words("kill yourself", Mode::Phrase), (13, 2, false));
        assert_eq!(words("c++", Mode::Word), (3, 1, false));
    }
}
