//! Terms whose gaps, or some of whose marks, may be left out: a disguise of them need not show anywhere.
//!
//! What shows in one is found like any other word: every stretch of words between which gaps may be left out is a key. Where
//! nothing shows, the words stand there plainly, with nothing but signs between, and a word of the text begins with the first.

use super::look::Look;
use super::table::{self, Spelling};
use super::{letters, line};
use crate::glyph;
use crate::items::{Item, Items, MAX_ITEMS};
use crate::verify::MAX_SPAN_UNITS;
use std::ops::Range;

/// Most words of a term of which every stretch is a key.
const WORDS: usize = 6;

/// Classes that such a term has at least, after which its beginning is looked up.
const HEAD: u32 = 3;
/// So many classes of a [`Spelling`].
const BEGINNING: u32 = (1 << (8 * HEAD)) - 1;

/// Classes of the letters of terms, without repetitions, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Soft {
    terms: Vec<Box<[u8]>>,
    /// How each begins, a byte for each of the first [`HEAD`] classes, in order.
    heads: Vec<u32>,
    /// Most letters in a row that add no class, in a text in which nothing shows.
    same: usize,
}

/// Whether such a term is one for the look.
pub(crate) fn takes(items: &Items) -> bool {
    items.words.len() <= WORDS && spelling(items, |_| {}).count >= HEAD
}

/// Steps of a term that may be one word in a text: each word, and words together whose gaps may be left out.
pub(crate) fn stretches(items: &Items) -> impl Iterator<Item = Range<usize>> {
    let soft = |from: &Range<usize>, to: &Range<usize>| matches!(items.list.get(from.end..to.start), Some([Item::Gap { soft: true }]));
    items.words.iter().enumerate().flat_map(move |(at, first)| {
        let rest = items.words.get(at..).unwrap_or_default();
        let joined = rest.windows(2).take_while(move |pair| matches!(pair, [a, b] if soft(a, b))).count();
        rest.iter().take(joined + 1).map(move |last| first.start..last.end)
    })
}

/// Spells all letters of a term.
fn spelling(items: &Items, mut each: impl FnMut(u32)) -> Spelling {
    let mut spelling = Spelling::default();
    for letter in letters(items, 0..items.list.len()) {
        let class = table::merged(glyph::class(letter));
        if spelling.push(class) {
            each(class);
        }
    }
    spelling
}

impl Soft {
    pub(crate) fn add(&mut self, items: &Items) {
        let mut classes = Vec::new();
        let spelt = spelling(items, |class| classes.push(byte_of(class)));
        // In a row of one class each letter may be doubled; three of one show.
        self.same = self.same.max(2 * (items.list.len() - classes.len()) + 3);
        self.terms.push(classes.into());
        self.heads.push(spelt.head & BEGINNING);
    }

    pub(crate) fn finish(&mut self) {
        self.terms.sort_unstable();
        self.terms.dedup();
        self.heads.sort_unstable();
        self.heads.dedup();
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.terms.iter().map(|term| size_of_val(term) + term.len()).sum::<usize>() + 4 * self.heads.len()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl Look<'_> {
    /// Whether one of the terms may begin with the word that begins at `at`, with nothing but signs between its letters.
    pub(super) fn begins_soft(&self, at: usize) -> bool {
        let soft = &self.screen.soft;
        let (mut spelt, mut classes) = (Spelling::default(), [0u8; MAX_ITEMS]);
        let mut same = 0;
        // A letter may take two places of the line.
        for byte in self.bytes.get(at..).unwrap_or_default().iter().take(2 * MAX_SPAN_UNITS) {
            let count = spelt.count as usize;
            if *byte == line::ANY {
                return soft.terms.iter().any(|term| term.starts_with(classes.get(..count).unwrap_or_default()));
            }
            if *byte == line::BARRIER {
                return false;
            }
            if !self.table.is_word(*byte) {
                continue;
            }
            let class = self.table.class(*byte);
            if !spelt.push(class) {
                same += 1;
                if same > soft.same {
                    return false;
                }
                continue;
            }
            same = 0;
            let Some(slot) = classes.get_mut(count) else { return false };
            *slot = byte_of(class);
            if spelt.count == HEAD && soft.heads.binary_search(&spelt.head).is_err() {
                return false;
            }
            if spelt.count >= HEAD {
                let known = classes.get(..=count).unwrap_or_default();
                match soft.terms.get(soft.terms.partition_point(|term| **term < *known)) {
                    Some(term) if **term == *known => return true,
                    Some(term) if term.starts_with(known) => {}
                    _ => return false,
                }
            }
        }
        false
    }
}

fn byte_of(class: u32) -> u8 {
    u8::try_from(class).unwrap_or(line::ANY)
}
