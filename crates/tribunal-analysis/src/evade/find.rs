//! Whether a term is found in a text, the way the engine finds it.

use std::ops::Range;

use super::spelled::Spelled;
use tribunal_policy::model::{Entry, Match};
use tribunal_text::{
    Coarse, CoarseScratch, Guard, Mode, Ordinary, Pattern, Prepared, Reading, edge_after, edge_before, plain_match, plain_match_element, props, verify,
};

/// What became of a disguise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The term is found.
    Caught,
    /// It could be read, but a guard refuses.
    Refused(Guard),
    /// It is found, but an allow entry of the list hides it.
    Allowed,
    /// No fold of the term reads it.
    Missed,
}

/// The patterns of some entries, searched together.
#[derive(Debug)]
pub struct Finder {
    /// Of each pattern: the entry it belongs to.
    owners: Vec<usize>,
    patterns: Vec<Pattern>,
    coarse: Coarse,
    spelled: Spelled,
    ordinary: Ordinary,
    field: Prepared,
    scratch: CoarseScratch,
    allow: Vec<Pattern>,
}

impl Finder {
    /// The finder of terms with their patterns, by number of the term.
    #[must_use]
    pub fn new(patterns: Vec<(usize, Pattern)>, allow: Vec<Pattern>, ordinary: Ordinary) -> Finder {
        let (owners, patterns): (Vec<usize>, Vec<Pattern>) = patterns.into_iter().unzip();
        let coarse = Coarse::build((0u32..).zip(&patterns));
        let spelled = Spelled::new((0u32..).zip(&patterns), &ordinary);
        Finder { owners, patterns, coarse, spelled, ordinary, field: Prepared::new(), scratch: CoarseScratch::default(), allow }
    }

    /// The finder of the entries of a list. Regular expressions are left out: nothing of a disguise is undone for them.
    #[must_use]
    pub fn of_entries<'e>(entries: impl Iterator<Item = (usize, &'e Entry)>, ordinary: Ordinary) -> Finder {
        let (mut patterns, mut allow) = (Vec::new(), Vec::new());
        for (number, entry) in entries {
            for (mode, folds) in &entry.modes {
                let Some(Ok(pattern)) = mode.mode().map(|mode| Pattern::new(&entry.text, mode, *folds, entry.turkish)) else { continue };
                if entry.allow { allow.push(pattern) } else { patterns.push((number, pattern)) }
            }
        }
        Finder::new(patterns, allow, ordinary)
    }

    /// Whether term `owner` is found at `place` of a text or, with `element`, of an element of a list field: inside the place
    /// and reaching over at least half of it.
    pub fn fate(&mut self, owner: usize, text: &str, place: Range<usize>, element: bool) -> Fate {
        if element {
            self.field.prepare_element(text, &self.ordinary);
        } else {
            self.field.prepare(text, &self.ordinary);
        }
        let inner = trimmed(text, place.clone());
        let covers =
            |span: &Range<u32>| place.start <= span.start as usize && span.end as usize <= place.end && (span.end - span.start) as usize * 2 >= inner.len();
        let mut found: Vec<Range<u32>> = Vec::new();
        let own = |at: u32| self.owners.get(at as usize) == Some(&owner);
        let read = if element { plain_match_element } else { plain_match };
        for (pattern, _) in self.patterns.iter().zip(&self.owners).filter(|(_, o)| **o == owner) {
            for span in [&inner, &place] {
                let span = short(span.start)..short(span.end);
                if read(pattern, text, span.clone()) {
                    found.push(span);
                }
            }
        }
        let mut refused: Option<Guard> = None;
        let (field, patterns, ordinary) = (&self.field, &self.patterns, &self.ordinary);
        let mut look = |at: u32, span: Range<u32>| {
            if !own(at) || !covers(&span) {
                return;
            }
            let Some(pattern) = patterns.get(at as usize) else { return };
            match verify(pattern, field, span.clone(), ordinary) {
                Reading::Evasive => found.push(span),
                Reading::Refused(guard) => refused = Some(refused.map_or(guard, |known| known.min(guard))),
                Reading::No => {}
            }
        };
        self.spelled.places(field, &mut look);
        let searched = self.coarse.candidates(field, ordinary, &mut self.scratch, &mut look);
        // A text over the limits of the search is for people to look at: it is not let through.
        if searched.is_err() {
            return Fate::Caught;
        }
        if found.is_empty() {
            // Places that a guard rules out beforehand are not looked for: ask for the name of the guard.
            for (pattern, _) in self.patterns.iter().zip(&self.owners).filter(|(_, o)| **o == owner) {
                if let Reading::Refused(guard) = verify(pattern, field, short(inner.start)..short(inner.end), ordinary) {
                    refused.get_or_insert(guard);
                }
            }
            return refused.map_or(Fate::Missed, Fate::Refused);
        }
        let hidden = |span: &Range<u32>| self.allow.iter().any(|allow| allows(allow, text, span, element));
        if found.iter().all(hidden) { Fate::Allowed } else { Fate::Caught }
    }

    /// Calls `out` with every disguised reading of every term in a text: the term's number and the span.
    ///
    /// # Errors
    ///
    /// When the text is over the limits of the search.
    pub fn disguised(&mut self, text: &str, out: &mut impl FnMut(usize, Range<u32>)) -> Result<(), tribunal_text::LimitReached> {
        self.field.prepare(text, &self.ordinary);
        let (field, patterns, owners, ordinary) = (&self.field, &self.patterns, &self.owners, &self.ordinary);
        let mut seen: Vec<(u32, Range<u32>)> = Vec::new();
        let mut look = |at: u32, span: Range<u32>| {
            let key = (at, span.clone());
            if seen.contains(&key) {
                return;
            }
            seen.push(key);
            let Some(pattern) = patterns.get(at as usize) else { return };
            if verify(pattern, field, span.clone(), ordinary) == Reading::Evasive {
                out(owners.get(at as usize).copied().unwrap_or_default(), span);
            }
        };
        self.spelled.places(field, &mut look);
        self.coarse.candidates(field, ordinary, &mut self.scratch, &mut look)
    }
}

/// A mode in which a text is looked for as an element of a list field.
pub(crate) fn is_tag(mode: Match) -> bool {
    mode.mode() == Some(Mode::Tag)
}

fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A place without the invisible characters at its ends.
fn trimmed(text: &str, place: Range<usize>) -> Range<usize> {
    let inside = text.get(place.clone()).unwrap_or_default();
    let start = place.end - inside.trim_start_matches(props::is_default_ignorable).len();
    start..start.max(place.start + inside.trim_end_matches(props::is_default_ignorable).len())
}

/// Whether an allow entry is found around a span: it is looked for plainly, from every place before it to every place after.
fn allows(allow: &Pattern, text: &str, span: &Range<u32>, element: bool) -> bool {
    let read = if element { plain_match_element } else { plain_match };
    let boundaries = || text.char_indices().map(|(at, _)| at).chain([text.len()]).map(short);
    boundaries().filter(|start| *start <= span.start && !(allow.first_edge() && edge_before(text, *start as usize))).any(|start| {
        let ends = boundaries().filter(|end| *end >= span.end && !(allow.last_edge() && edge_after(text, *end as usize)));
        ends.into_iter().any(|end| read(allow, text, start..end))
    })
}
