//! Twin letters: ordinary letters written for others of the same look or sound (`rn` for m, `fuk` for a word in ck).
//!
//! They leave no mark in a text, so nothing is undone when it is read: a term is spelled with them beforehand, and a text
//! that reads one of its spellings plainly is a disguised reading of the term, under `leet`. Spellings that are ordinary
//! words are left out.

use crate::pattern::{Pattern, written};
use crate::plain::matches_in;
use crate::prepared::Prepared;
use crate::tables::disguises::{Place, TWINS, Twin};
use crate::verify::Reading;
use crate::view::{ViewKind, fold_to_string, folded};
use crate::whole::in_link;
use crate::{Folds, Guard, Mode, Ordinary, props};
use std::ops::Range;

/// Most spellings kept of one term.
pub(crate) const MOST: usize = 8;
/// Behind each spelling that is kept, and behind each that is left out because it is an ordinary word.
const KEPT: char = '\0';
const DROPPED: char = '\u{1}';

/// The spellings of a term with twin letters, those that are ordinary words among them.
///
/// ```
/// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Twins};
///
/// let twins = Twins::of("Mister", Mode::Word, Folds::EVASIVE, false);
/// assert_eq!(twins.kept(&Ordinary::shipped()).next(), Some("rnister"));
/// let pattern = Pattern::new("Mister", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// assert!(pattern.twins().eq(twins.kept(&Ordinary::shipped())), "nothing has to be prepared for them");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Twins {
    /// The term under its plain folds; empty where there are no spellings.
    term: Box<str>,
    /// All of them in one text, since a large list has many.
    spellings: Box<str>,
}

impl Twins {
    /// Those of a term as it is written: for each row of the table at each place, then at all of them.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Twins};
    ///
    /// assert_eq!(Twins::of("mister", Mode::Word, Folds::PLAIN, false), Twins::default(), "they are disguises");
    /// ```
    #[must_use]
    pub fn of(term: &str, mode: Mode, folds: Folds, turkish: bool) -> Twins {
        Twins::of_written(written(term, mode), folds, turkish)
    }

    pub(crate) fn of_written(source: &str, folds: Folds, turkish: bool) -> Twins {
        if !folds.contains(Folds::LEET) || source.contains([KEPT, DROPPED]) {
            return Twins::default();
        }
        let plain = ViewKind { folds: folds.plain(), turkish };
        // Where a letter has a mark, the mark tells how it is written out.
        let written = folded(ViewKind { folds: plain.folds.minus(Folds::DIACRITICS), ..plain }, source);
        let (mut out, mut count) = (String::new(), 0);
        let mut term = None;
        for row in &TWINS {
            let places: Vec<usize> = places(row, &written);
            let single = places.iter().map(std::slice::from_ref);
            for chosen in single.chain((places.len() > 1).then_some(places.as_slice())) {
                let spelled = replaced(&written, row, chosen);
                let spelled = folded(plain, &spelled);
                let term: &str = term.get_or_insert_with(|| folded(plain, source));
                // What is not noted because there are too many is not noted the next time either.
                if *spelled == *term || each(&out).any(|(known, _)| *known == *spelled) {
                    continue;
                }
                let end = if is_ordinary(&spelled, term, &Ordinary::shipped()) { DROPPED } else { KEPT };
                if end == DROPPED || count < MOST {
                    count += usize::from(end == KEPT);
                    out.push_str(&spelled);
                    out.push(end);
                }
            }
        }
        if out.is_empty() {
            return Twins::default();
        }
        Twins { term: term.unwrap_or_default().into(), spellings: out.into() }
    }

    /// Those that `ordinary` does not know as words, and the shipped words neither. At most eight.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Twins};
    ///
    /// let twins = Twins::of("mister", Mode::Word, Folds::EVASIVE, false);
    /// assert_eq!(twins.kept(&Ordinary::with_words(["rnister"])).count(), 0);
    /// ```
    pub fn kept<'t>(&'t self, ordinary: &Ordinary) -> impl Iterator<Item = &'t str> {
        let known = move |spelling: &&str| ordinary.has_own() && is_ordinary(spelling, &self.term, ordinary);
        self.each().filter_map(|(spelling, kept)| kept.then_some(spelling)).filter(move |spelling| !known(spelling))
    }

    fn each(&self) -> impl Iterator<Item = (&str, bool)> {
        each(&self.spellings)
    }
}

/// Spellings, and whether each is kept.
fn each(spellings: &str) -> impl Iterator<Item = (&str, bool)> {
    spellings.split_inclusive([KEPT, DROPPED]).map(|s| (s.trim_end_matches([KEPT, DROPPED]), s.ends_with(KEPT)))
}

/// Where the letters of a row stand in a term, in words that are long enough, without overlaps.
fn places(row: &Twin, written: &str) -> Vec<usize> {
    let mut after = 0;
    let mut found = Vec::new();
    for (at, _) in written.match_indices(row.letters) {
        let end = at + row.letters.len();
        let (before, rest) = (written.get(..at).unwrap_or_default(), written.get(end..).unwrap_or_default());
        let word = |c: &char| props::is_lmd(*c);
        let letter = |c: &char| props::is_letter(*c);
        // A mark behind the letters belongs to them: ü is no u.
        let whole = !rest.chars().next().is_some_and(props::is_mark) || row.letters.chars().next_back().is_some_and(props::is_mark);
        let fits = match row.place {
            Place::Any => true,
            Place::Inside => before.chars().next_back().as_ref().is_some_and(word),
            Place::End => !rest.chars().next().as_ref().is_some_and(word),
        };
        let letters = before.chars().rev().take_while(word).filter(letter).count()
            + row.letters.chars().filter(letter).count()
            + rest.chars().take_while(word).filter(letter).count();
        // Twins of other lengths overlap themselves: `ccc`.
        if whole && fits && letters >= row.least && at >= after {
            found.push(at);
            after = end;
        }
    }
    found
}

fn replaced(written: &str, row: &Twin, places: &[usize]) -> String {
    let (mut out, mut from) = (String::with_capacity(written.len() + places.len() * row.spelled.len()), 0);
    for at in places {
        out.push_str(written.get(from..*at).unwrap_or_default());
        out.push_str(row.spelled);
        from = at + row.letters.len();
    }
    out.push_str(written.get(from..).unwrap_or_default());
    out
}

/// Whether a word of the spelling that the folded term does not have is an ordinary one.
fn is_ordinary(spelled: &str, term: &str, ordinary: &Ordinary) -> bool {
    words(&folded(ViewKind::PLAIN, spelled)).any(|word| !words(term).any(|own| own == word) && ordinary.contains(word))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !props::is_lmd(c)).filter(|word| !word.is_empty())
}

/// Whether a span is a plain reading of a spelling of the term.
pub(crate) fn read(pattern: &Pattern, field: &Prepared, range: &Range<usize>, span: &Range<u32>, ordinary: &Ordinary) -> Reading {
    let twins = pattern.all_twins();
    if twins.spellings.is_empty() {
        return Reading::No;
    }
    let kind = pattern.kind();
    let marked = field.marked(kind);
    let letters = || range.clone().map(|u| marked.ch(u)).filter(|c| props::is_lmd(*c));
    for (spelling, kept) in twins.each() {
        // Only to save time: the letters have to be the same, whatever the mode wants between them.
        if !spelling.chars().filter(|c| props::is_lmd(*c)).eq(letters()) {
            continue;
        }
        let Ok(spelled) = Pattern::new(spelling, pattern.mode(), kind.folds, kind.turkish) else { continue };
        if !matches_in(&spelled, &marked.view, field.text(), span.clone(), field.is_element()) {
            continue;
        }
        if !kept || ordinary.has_own() && is_ordinary(spelling, &twins.term, ordinary) {
            return Reading::Refused(Guard::Ordinary);
        }
        return twin_guard(field.text(), span, ordinary).map_or(Reading::Evasive, Reading::Refused);
    }
    Reading::No
}

/// Why a text that reads a spelling of a term with twin letters at a span is no disguise all the same: the span is a part of an
/// ordinary word, or of a link.
///
/// ```
/// use tribunal_text::{Guard, Ordinary, twin_guard};
///
/// let ordinary = Ordinary::shipped();
/// assert_eq!(twin_guard("a clumsy hand", &(2..7), &ordinary), Some(Guard::Ordinary), "`clums` stands in a word of its own");
/// assert_eq!(twin_guard("www.rnister.com", &(4..11), &ordinary), Some(Guard::Url));
/// assert_eq!(twin_guard("a rnister", &(2..9), &ordinary), None);
/// ```
#[must_use]
pub fn twin_guard(text: &str, span: &Range<u32>, ordinary: &Ordinary) -> Option<Guard> {
    let (start, end) = (span.start as usize, span.end as usize);
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let of_word = |c: &char| props::is_lmd(*c) || props::is_default_ignorable(*c);
    let left: usize = before.chars().rev().take(64).take_while(of_word).map(char::len_utf8).sum();
    let right: usize = after.chars().take(64).take_while(of_word).map(char::len_utf8).sum();
    let word = text.get(start - left..end + right).unwrap_or_default();
    if left + right > 0 && ordinary.contains(&fold_to_string(ViewKind::PLAIN, word)) {
        return Some(Guard::Ordinary);
    }
    in_link(text, span).then_some(Guard::Url)
}

impl Pattern {
    /// The spellings of the term with twin letters: ordinary letters of the same look or sound. A text that reads one of them
    /// plainly is a disguised reading of the term, under `leet`. At most eight; none that is an ordinary word.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let of = |folds| Pattern::new("mister", Mode::Word, folds, false).expect("letters are left");
    /// assert_eq!(of(Folds::EVASIVE).twins().next(), Some("rnister"));
    /// assert_eq!(of(Folds::PLAIN).twins().count(), 0);
    /// ```
    pub fn twins(&self) -> impl Iterator<Item = &str> {
        self.all_twins().each().filter_map(|(spelling, kept)| kept.then_some(spelling))
    }

    /// The spellings that are left out because they are ordinary words.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let term = Pattern::new("doses", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// assert_eq!(term.dropped_twins().collect::<Vec<_>>(), ["closes"]);
    /// ```
    pub fn dropped_twins(&self) -> impl Iterator<Item = &str> {
        self.all_twins().each().filter_map(|(spelling, kept)| (!kept).then_some(spelling))
    }

    /// The spellings as patterns of their own, under the plain folds of the term, without those that `ordinary` knows as words.
    /// Whoever looks for many terms at once looks for them plainly, and asks [`twin_guard`] of each place.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, plain_match};
    ///
    /// let term = Pattern::new("mister", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// let ordinary = Ordinary::shipped();
    /// let mut spelled = term.twin_patterns(&ordinary);
    /// assert!(spelled.next().is_some_and(|first| first.kind() == term.kind() && plain_match(&first, "RNISTER", 0..7)));
    /// assert_eq!(term.twin_patterns(&Ordinary::with_words(["rnister"])).count(), 0);
    /// ```
    pub fn twin_patterns(&self, ordinary: &Ordinary) -> impl Iterator<Item = Pattern> {
        let kind = self.kind();
        self.all_twins().kept(ordinary).filter_map(move |spelling| Pattern::new(spelling, self.mode(), kind.folds, kind.turkish).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Mode, verify};

    fn of(term: &str) -> Vec<String> {
        Pattern::new(term, Mode::Phrase, Folds::EVASIVE, false).unwrap().twins().map(str::to_owned).collect()
    }

    fn reads(term: &str, mode: Mode, text: &str) -> Reading {
        let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
        field.prepare(text, &ordinary);
        let start = u32::from(mode == Mode::Tag && text.starts_with('#'));
        verify(&Pattern::new(term, mode, Folds::EVASIVE, false).unwrap(), &field, start..text.len() as u32, &ordinary)
    }

    #[test]
    fn spellings() {
        assert_eq!(of("glock"), ["glokk", "glocc"]);
        assert_eq!(of("gun"), Vec::<String>::new());
        assert!(of("mummer").contains(&"rnurnrner".to_owned()) && of("dummidumms").len() == MOST);
        assert!(of("über").contains(&"ueber".to_owned()));
        assert!(!of("corner").contains(&"comer".to_owned()), "the text may stand for the term, never the reverse");
    }

    #[test]
    fn readings() {
        assert_eq!(reads("gamble", Mode::Word, "Garnble"), Reading::Evasive);
        assert_eq!(reads("dunk", Mode::Word, "clunk"), Reading::No, "of four letters too little is left");
        assert_eq!(reads("hanks", Mode::Word, "hankz"), Reading::Evasive);
        assert_eq!(reads("stern", Mode::Word, "stem"), Reading::No);
        assert_eq!(reads("sucker", Mode::Word, "suker"), Reading::Evasive);
        assert_eq!(reads("luck", Mode::Word, "luk"), Reading::No);
        assert_eq!(reads("kill mummy", Mode::Phrase, "kill, murnmy"), Reading::Evasive);
        assert_eq!(reads("gamble", Mode::Tag, "#garnble"), Reading::Evasive);
    }
}
