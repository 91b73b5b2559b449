//! In which scripts a text may be read.
//!
//! A disguised reading of a term with letters shows one of them: signs and masks alone are no reading. What is shown stands in
//! the text as itself, or as something that looks like it. So a text in which nothing can be read as a letter of the scripts of
//! a term holds no disguise of it. Most texts are of one script, and so are most terms in scripts that the look leaves alone.

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

    /// The script of the letters of a class.
    fn of_class(class: u32) -> Reach {
        char::from_u32(class).map_or(Reach::ALL, |letter| Reach(1 << (props::script(letter).number() % 63)))
    }

    /// Of the letters of a term one of which every reading shows.
    pub(crate) fn of_term(items: &Items) -> Reach {
        let steps = |steps: Range<usize>| items.list.get(steps).unwrap_or_default().iter().filter_map(Reach::of_item);
        // Half of the letters of a word are never masked: where more are beyond what ASCII is read as, one of those shows.
        let beyond = |word: &Range<usize>| {
            let letters = || steps(word.clone()).filter(|(letter, _)| !continues(*letter)).map(|(_, reach)| reach);
            let foreign = || letters().filter(|reach| !reach.meets(*ASCII));
            (2 * foreign().count() > letters().count()).then(|| foreign().fold(Reach::default(), Reach::and))
        };
        let all = || steps(0..items.list.len());
        match all().map(|(_, reach)| reach).reduce(Reach::and) {
            Some(reach) if all().any(|(letter, _)| props::is_letter(letter)) => items.words.iter().find_map(beyond).unwrap_or(reach),
            // Of signs alone nothing is disguised but a sign that is written as a reference.
            None if !items.has_soft_gap() => Reach::REFERENCE,
            _ => Reach::ALL,
        }
    }

    fn of_item(item: &Item) -> Option<(char, Reach)> {
        if let Item::Letter(letter, _) = item { Some((*letter, Reach::of_class(glyph::class(*letter)))) } else { None }
    }

    /// Of the letters that a character is by itself.
    pub(crate) fn of_char(c: char, view: &mut View) -> Reach {
        Reach::of_units(c, view, props::is_letter)
    }

    fn of_units(c: char, view: &mut View, which: fn(char) -> bool) -> Reach {
        view.fold(ViewKind::PLAIN, c.encode_utf8(&mut [0; 4]));
        view.units.iter().filter(|unit| which(unit.ch)).map(|unit| read_as(unit.ch, c)).fold(Reach::default(), Reach::and)
    }
}

/// What a folded character, and the one that was written, are read as.
fn read_as(folded: char, written: char) -> Reach {
    let looks = glyph::look_alikes(folded).chain(glyph::look_alikes(written)).map(|(letter, _)| glyph::class(letter));
    looks.map(Reach::of_class).fold(Reach::of_class(glyph::class(folded)), Reach::and)
}

/// What letters of ASCII are read as, one by one or several together.
static ASCII: LazyLock<Reach> = LazyLock::new(|| {
    let alone = (b'a'..=b'z').map(|byte| read_as(char::from(byte), char::from(byte)));
    let together = glyph::sequences().iter().map(|(_, letter)| Reach::of_class(glyph::class(*letter)));
    alone.chain(together).fold(Reach::default(), Reach::and)
});

/// What a text may be read as whose characters beyond ASCII may be read as `beyond`.
pub(crate) fn of_text(text: &str, beyond: Reach, view: &mut View) -> Reach {
    let mut reach = beyond.and(*ASCII);
    for (at, _) in text.match_indices('&') {
        match text.get(at..).and_then(entities::parse) {
            None | Some(('&' | '<' | '>' | '"' | '\'', _)) => {}
            Some((c, _)) => reach = reach.and(Reach::REFERENCE).and(Reach::of_units(c, view, |_| true)),
        }
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Folds, Mode, Pattern};

    #[test]
    fn signs_of_common_references_look_like_letters_of_ascii_or_none() {
        let signs = ['&', '<', '>', '"', '\''].map(glyph::class);
        let letters = ('\0'..=char::MAX).filter(|c| props::is_lmd(*c) && !Reach::of_class(glyph::class(*c)).meets(*ASCII));
        let like = |c: &char| signs.contains(&glyph::class(*c));
        assert_eq!(letters.filter(like).collect::<Vec<_>>(), []);
    }

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
        for (term, text) in [("買い", "買*"), ("ขาย", "ข.า.ย"), ("買い", "&#36023;*"), ("🌽", "&#127805;"), ("カラー", "ｶﾗ"), ("αβ買", "a*"), ("12", "1-2")]
        {
            assert!(reaches(term, text), "{term:?} in {text:?}");
        }
    }
}
