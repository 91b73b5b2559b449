//! Whether a term says that another one is hit too, by how both are written.

use std::collections::HashSet;

use tribunal_policy::model::{Entry, Match};
use tribunal_text::{Folds, ViewKind};

use super::super::product;
use super::super::vars::Kind;
use super::TermSet;

/// Whether every text that hits the term (an entry of `of`) is sure to hit `other` too. The engine has seen both hit the term's
/// plain forms; what is asked here is that nothing the term's folds undo, no allow entry and no limit comes between.
pub(super) fn implies(of: &TermSet, term: &Entry, other: &TermSet, kind: Kind) -> bool {
    let same = other.texts.get(&term.text.to_lowercase()).into_iter().flatten().filter_map(|at| other.entries.get(*at));
    let mut covered = same.filter(|entry| unlimited(entry, term) && entry.turkish == term.turkish);
    // Their hits are the same stretch of text, which the one hides where the other does.
    if other.allowed().all(|entry| of.allows(entry)) && covered.any(|entry| covers(term, entry)) {
        return true;
    }
    // A part of a hit may lie in an exempt text where the whole does not.
    if other.allowed().any(|allow| other.entries.iter().any(|entry| !entry.allow && may_hide(allow, entry))) {
        return false;
    }
    // Plain folds change both sides alike, so that the plain forms stand for all texts.
    let folds = term.modes.iter().fold(Folds::NONE, |all, (_, folds)| all.union(*folds));
    let by_plain = term.modes.iter().all(plain)
        && stands_whole(&term.text.to_lowercase(), |part| other.texts.contains_key(part))
        && other.entries.iter().filter(|entry| !entry.allow).all(|entry| {
            unlimited(entry, term) && entry.turkish == term.turkish && entry.modes.iter().all(|(mode, more)| *mode != Match::Regex && more.contains(folds))
        });
    by_plain
        || matches!(kind, Kind::Text | Kind::List) && (is_pattern(term) || other.patterns > 0) && other.entries.len() <= PATTERNS && {
            let mut entries = other.entries.iter().filter(|entry| !entry.allow && (is_pattern(term) || is_pattern(entry)) && unlimited(entry, term));
            entries.any(|entry| matched_within(term, entry))
        }
}

/// Sets of more entries are not looked through for patterns.
const PATTERNS: usize = 256;

pub(super) fn is_pattern(entry: &Entry) -> bool {
    entry.modes.iter().any(|(mode, _)| *mode == Match::Regex)
}

/// In force whenever the other term is.
fn unlimited(entry: &Entry, term: &Entry) -> bool {
    entry.since.is_none() && entry.until.is_none() && (entry.only_lang.is_none() || entry.only_lang == term.only_lang)
}

fn plain((mode, folds): &(Match, Folds)) -> bool {
    folds.directed().is_empty() && !matches!(mode, Match::Regex | Match::Tag | Match::Whole)
}

/// Of two entries with one text: whether the second's ways to match find all that the first's do.
fn covers(term: &Entry, entry: &Entry) -> bool {
    let one_word = !term.text.contains(char::is_whitespace);
    term.modes.iter().all(|(mode, folds)| {
        entry.modes.iter().any(|(wider, more)| {
            let text = entry.text == term.text || more.contains(Folds::CASE) && *wider != Match::Regex;
            let mode = wider == mode
                || one_word
                    && matches!(
                        (mode, wider),
                        (Match::Word | Match::Prefix | Match::Suffix, Match::Substring)
                            | (Match::Word, Match::Prefix | Match::Suffix | Match::Phrase)
                            | (Match::Phrase, Match::Word)
                    )
                    && folds.directed().is_empty();
            text && mode && more.contains(*folds)
        })
    })
}

/// Whether the automata of both say that every text the first hits is one that the second hits.
fn matched_within(term: &Entry, entry: &Entry) -> bool {
    term.modes.iter().all(|(mode, folds)| {
        let Some(narrow) = product::at_least(term, *mode, *folds) else { return false };
        let mut wides = entry.modes.iter().filter_map(|(mode, folds)| product::at_most(entry, *mode, *folds));
        wides.any(|wide| product::includes(&narrow, &wide) == Some(true))
    })
}

/// Whether a hit of an entry may lie in what an allow entry lets pass; where it is not said that it cannot, it may.
pub(crate) fn may_hide(allow: &Entry, entry: &Entry) -> bool {
    let letters = |of: &Entry| -> String {
        let folded = tribunal_text::fold_to_string(ViewKind { folds: Folds::PLAIN, turkish: of.turkish }, &of.text);
        folded.chars().filter(|c| c.is_alphanumeric()).collect()
    };
    let read_otherwise = |of: &Entry| of.modes.iter().any(|(mode, folds)| *mode == Match::Regex || !folds.directed().is_empty());
    read_otherwise(allow) || read_otherwise(entry) || allow.turkish != entry.turkish || letters(allow).contains(&letters(entry))
}

/// Whether one term of a list hits every text that another one hits, where nothing is exempt: sure, or not said.
pub(crate) fn entry_implies(term: &Entry, entry: &Entry) -> bool {
    let there = entry.markets.iter().all(|market| term.markets.contains(market)) && (entry.markets.is_empty() || !term.markets.is_empty());
    let forced = (!term.force.global || entry.force.global) && term.force.markets.iter().zip(&entry.force.markets).all(|(one, other)| !*one || *other);
    if !there || !forced || !unlimited(entry, term) || entry.turkish != term.turkish {
        return false;
    }
    let (text, inner) = (term.text.to_lowercase(), entry.text.to_lowercase());
    if text == inner && covers(term, entry) {
        return true;
    }
    if is_pattern(term) || is_pattern(entry) {
        return matched_within(term, entry);
    }
    // A term inside another, where both sides change alike.
    let stands = |wider: Match| match wider {
        Match::Substring => true,
        Match::Prefix => text.starts_with(&inner),
        Match::Suffix => text.ends_with(&inner),
        _ => false,
    };
    let one_word = !text.contains(char::is_whitespace) && !inner.contains(char::is_whitespace);
    one_word
        && stands_whole(&text, |part| part == inner)
        && term.modes.iter().all(|(mode, folds)| {
            plain(&(*mode, *folds))
                && entry.modes.iter().any(|(wider, more)| {
                    let edge = match wider {
                        Match::Prefix => matches!(mode, Match::Word | Match::Phrase | Match::Prefix),
                        Match::Suffix => matches!(mode, Match::Word | Match::Phrase | Match::Suffix),
                        _ => true,
                    };
                    edge && stands(*wider) && more.contains(*folds) && (more.contains(Folds::CASE) || term.text.contains(&entry.text))
                })
        })
}

/// Whether one of the wanted texts is a part of a text, at ends that no single character spans: `ish` is a part of `fish`, but where
/// `fi` is written as one character (U+FB01) a hit of `fish` holds none of `ish`, as characters are matched whole.
fn stands_whole(text: &str, wanted: impl Fn(&str) -> bool) -> bool {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let splits = |at: usize| match (at.checked_sub(1).and_then(|before| chars.get(before)), chars.get(at)) {
        (Some((_, before)), Some((_, after))) => !one_character().contains(&(*before, *after)),
        _ => true,
    };
    let end = |at: usize| chars.get(at).map_or(text.len(), |(offset, _)| *offset);
    let starts: Vec<usize> = (0..chars.len()).filter(|at| splits(*at)).collect();
    starts.into_iter().any(|start| (start + 1..=chars.len()).any(|stop| text.get(end(start)..end(stop)).is_some_and(&wanted) && splits(stop)))
}

/// Pairs of neighbouring characters that some one character folds to.
fn one_character() -> &'static HashSet<(char, char)> {
    static PAIRS: std::sync::OnceLock<HashSet<(char, char)>> = std::sync::OnceLock::new();
    PAIRS.get_or_init(|| {
        let mut pairs = HashSet::new();
        let mut one = [0; 4];
        // Ideographs and Hangul syllables, which fold to one character, are left out.
        for c in (0x80..0x3400_u32).chain(0xF900..0x1_0000).chain(0x1_0000..0x2_0000).filter_map(char::from_u32) {
            let folded: Vec<char> = tribunal_text::fold_to_string(tribunal_text::ViewKind::PLAIN, c.encode_utf8(&mut one)).chars().collect();
            pairs.extend(folded.windows(2).filter_map(|pair| if let [a, b] = pair { Some((*a, *b)) } else { None }));
        }
        pairs
    })
}
