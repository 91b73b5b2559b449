//! In which scripts a text may be read.
//!
//! A disguised reading shows the first letter of every word, and half of its letters: no more may be masked. What is shown stands
//! in the text as itself, or as something that looks like it. So a text in which nothing can be read as a letter of the scripts
//! of a term holds no disguise of it. Most texts are of one script, and so are most terms in scripts that the look leaves alone.

use crate::items::{Item, Items, continues};
use crate::view::{View, ViewKind};
use crate::{entities, glyph, props};
use std::ops::Range;
use std::sync::LazyLock;

/// Scripts, a bit each; many scripts share one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reach(u64);

impl Reach {
    pub(crate) const ALL: Reach = Reach(u64::MAX);

    #[inline]
    pub(crate) fn and(self, other: Reach) -> Reach {
        Reach(self.0 | other.0)
    }

    #[inline]
    pub(crate) fn meets(self, other: Reach) -> bool {
        self.0 & other.0 != 0
    }

    /// A character is written as a reference.
    const REFERENCE: Reach = Reach(1 << 63);

    /// One of the signs is that HTML cannot do without, and texts from its pages are full of.
    const ESCAPED: Reach = Reach(1 << 62);

    /// The script of the letters of a class.
    fn of_class(class: u32) -> Reach {
        char::from_u32(class).map_or(Reach::ALL, |letter| Reach(1 << (props::script(letter).number() % 63)))
    }

    /// Of the letters of a term one of which every reading shows, beyond what ASCII is read as; all where there are none.
    pub(crate) fn of_term(items: &Items) -> Reach {
        let shown = |word: &Range<usize>| {
            let steps = items.list.get(word.clone()).unwrap_or_default();
            // A mask hides a letter with its marks.
            let letters = || steps.iter().filter_map(Reach::of_letter);
            let beyond = || letters().filter(|reach| !reach.meets(*ASCII));
            let first = steps.first().and_then(Reach::of_letter).filter(|reach| !reach.meets(*ASCII));
            first.or_else(|| (2 * beyond().count() > letters().count()).then(|| beyond().fold(Reach::default(), Reach::and)))
        };
        // Of signs alone nothing is disguised but a sign that is written as a reference.
        let without = || {
            let escaped = items.list.iter().any(|item| matches!(item, Item::Literal(sign) if is_escaped(*sign)));
            let reach = Reach::REFERENCE.and(if escaped { Reach::ESCAPED } else { Reach::default() });
            if items.words.is_empty() && !items.has_soft_gap() { reach } else { Reach::ALL }
        };
        items.words.iter().find_map(shown).unwrap_or_else(without)
    }

    fn of_letter(item: &Item) -> Option<Reach> {
        match item {
            Item::Letter(letter, _) if !continues(*letter) => Some(Reach::of_class(glyph::class(*letter))),
            _ => None,
        }
    }

    /// Of what a character is read as by itself.
    pub(crate) fn of_char(c: char, view: &mut View) -> Reach {
        view.fold(ViewKind::PLAIN, c.encode_utf8(&mut [0; 4]));
        view.units.iter().map(|unit| read_as(unit.ch, c)).fold(read_as(c, c), Reach::and)
    }
}

fn is_escaped(sign: char) -> bool {
    matches!(sign, '&' | '<' | '>' | '"' | '\'')
}

/// What a folded character, and the one that was written, are read as.
fn read_as(folded: char, written: char) -> Reach {
    let looks = glyph::look_alikes(folded).chain(glyph::look_alikes(written)).map(|(letter, _)| glyph::class(letter));
    looks.map(Reach::of_class).fold(Reach::of_class(glyph::class(folded)), Reach::and)
}

/// What characters of ASCII are read as, one by one or several together.
static ASCII: LazyLock<Reach> = LazyLock::new(|| {
    let alone = ('\0'..='\x7f').map(|c| read_as(c.to_ascii_lowercase(), c));
    let together = glyph::sequences().iter().map(|(_, letter)| Reach::of_class(glyph::class(*letter)));
    alone.chain(together).fold(Reach::default(), Reach::and)
});

/// What a text may be read as whose characters beyond ASCII may be read as `beyond`.
pub(crate) fn of_text(text: &str, beyond: Reach, view: &mut View) -> Reach {
    let mut reach = beyond.and(*ASCII);
    for (at, _) in text.match_indices('&') {
        match text.get(at..).and_then(entities::parse) {
            None => {}
            // No letter is written in these signs that is not so without the reference.
            Some((c, _)) if is_escaped(c) => reach = reach.and(Reach::ESCAPED),
            Some((c, _)) => reach = reach.and(Reach::REFERENCE).and(Reach::of_char(c, view)),
        }
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Folds, Mode, Pattern};

    #[test]
    fn a_text_of_other_letters_holds_none_of_a_term() {
        let mut view = View::new();
        let mut reaches = |term: &str, text: &str| {
            let beyond = text.chars().filter(|c| !c.is_ascii()).fold(Reach::default(), |reach, c| reach.and(Reach::of_char(c, &mut view)));
            let term = Pattern::new(term, Mode::Phrase, Folds::EVASIVE, false).unwrap();
            Reach::of_term(term.items()).meets(of_text(text, beyond, &mut view))
        };
        for (term, text) in [
            ("買い", "g*n 🔥 &amp; é"),
            ("ขาย", "買 い"),
            ("नमस", "w8! привет"),
            ("🌽", "🌽 &lt;3"),
            ("カラー", "a-b 1"),
            ("dmくださ", "dm*"),
            ("รหัส otp", "otp"),
        ] {
            assert!(!reaches(term, text), "{term:?} in {text:?}");
        }
        for (term, text) in
            [("買い", "買*"), ("ขาย", "ข.า.ย"), ("買い", "&#36023;*"), ("🌽", "&#127805;"), ("カラー", "ｶﾗ"), ("αβ買", "a*"), ("12", "1-2"), ("٣ေ", "٣.ေ")]
        {
            assert!(reaches(term, text), "{term:?} in {text:?}");
        }
    }
}
