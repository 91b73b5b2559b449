//! Whether every text that holds a match of one pattern holds one of another: a walk over the product of their automata.
//!
//! An answer that would take too many states, or looks around itself in a way that an automaton cannot, is no answer: nothing is
//! ever proved from it.

use std::collections::{HashSet, VecDeque};

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start::Config as Start;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look};

use tribunal_policy::model::{Entry, Match};
use tribunal_text::Folds;

/// States of the product that are looked at, and bytes of one automaton.
const STATES: usize = 100_000;
const BYTES: usize = 4 << 20;

/// Whether every text that the first holds in is one that the second holds in; `None`: too large to say.
pub(crate) fn includes(narrow: &Hir, wide: &Hir) -> Option<bool> {
    walk(&automaton(narrow)?, &automaton(wide)?)
}

type Dfa = dense::DFA<Vec<u32>>;

fn automaton(hir: &Hir) -> Option<Dfa> {
    let config = thompson::Config::new().nfa_size_limit(Some(BYTES)).utf8(true);
    let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
    let config = dense::Config::new().start_kind(StartKind::Unanchored).dfa_size_limit(Some(BYTES)).determinize_size_limit(Some(2 * BYTES));
    dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()
}

/// Where a text of UTF-8 stands: at a boundary, or before so many further bytes of a character, the first of which lies between
/// two bounds (RFC 3629, section 4).
type Place = (u8, u8, u8);

const BOUNDARY: Place = (0, 0, 0);

fn utf8(place: Place, byte: u8) -> Option<Place> {
    if let (more @ 1.., low, high) = place {
        return (low..=high).contains(&byte).then_some(if more == 1 { BOUNDARY } else { (more - 1, 0x80, 0xBF) });
    }
    match byte {
        0x00..=0x7F => Some(BOUNDARY),
        0xC2..=0xDF => Some((1, 0x80, 0xBF)),
        0xE0 => Some((2, 0xA0, 0xBF)),
        0xE1..=0xEC | 0xEE..=0xEF => Some((2, 0x80, 0xBF)),
        0xED => Some((2, 0x80, 0x9F)),
        0xF0 => Some((3, 0x90, 0xBF)),
        0xF1..=0xF3 => Some((3, 0x80, 0xBF)),
        0xF4 => Some((3, 0x80, 0x8F)),
        _ => None,
    }
}

/// One of each kind of bytes that neither automaton nor UTF-8 tells apart.
fn kinds(first: &Dfa, second: &Dfa) -> Vec<u8> {
    let mut seen = HashSet::new();
    let shape = |byte: u8| match byte {
        0x80..=0x8F => 1,
        0x90..=0x9F => 2,
        0xA0..=0xBF => 3,
        byte => utf8(BOUNDARY, byte).map_or(0, |(more, low, high)| 4 + u32::from(more) * 65_536 + u32::from(low) * 256 + u32::from(high)),
    };
    (0..=u8::MAX).filter(|byte| seen.insert((first.byte_classes().get(*byte), second.byte_classes().get(*byte), shape(*byte)))).collect()
}

/// Breadth first: a text, so far, that the first pattern has matched in (`None`), or has not, and the second has not.
fn walk(narrow: &Dfa, wide: &Dfa) -> Option<bool> {
    let start = |dfa: &Dfa| dfa.start_state(&Start::new()).ok();
    let bytes = kinds(narrow, wide);
    let first = (Some(start(narrow)?), start(wide)?, BOUNDARY);
    let mut seen: HashSet<(Option<StateID>, StateID, Place)> = HashSet::from([first]);
    let mut open = VecDeque::from([first]);
    while let Some((one, other, place)) = open.pop_front() {
        if place == BOUNDARY {
            let ends = one.is_none_or(|one| narrow.is_match_state(narrow.next_eoi_state(one)));
            if ends && !wide.is_match_state(wide.next_eoi_state(other)) {
                return Some(false);
            }
        }
        for byte in &bytes {
            let Some(place) = utf8(place, *byte) else { continue };
            let after = wide.next_state(other, *byte);
            if wide.is_match_state(after) {
                // However the text goes on, the second has matched.
                continue;
            }
            let next = one.map(|one| narrow.next_state(one, *byte));
            if wide.is_quit_state(after) || next.is_some_and(|next| narrow.is_quit_state(next)) {
                return None;
            }
            if next.is_some_and(|next| narrow.is_dead_state(next)) {
                continue;
            }
            let state = (next.filter(|next| !narrow.is_match_state(*next)), after, place);
            if seen.insert(state) {
                if seen.len() > STATES {
                    return None;
                }
                open.push_back(state);
            }
        }
    }
    Some(true)
}

/// The texts that a term in this mode may hit: at least all of them. `None` where that cannot be said.
pub(crate) fn at_least(entry: &Entry, mode: Match, folds: Folds) -> Option<Hir> {
    match mode {
        Match::Regex => rewritten(&parse(&entry.text, true)?, Looks::Dropped),
        // Without other folds the term stands in the text as it is written, case aside.
        Match::Word | Match::Prefix | Match::Suffix | Match::Substring if Folds::CASE.contains(folds) && plain_word(entry) => parse(&entry.text, true),
        _ => None,
    }
}

/// Texts that a term in this mode is sure to hit: perhaps not all of them.
pub(crate) fn at_most(entry: &Entry, mode: Match, folds: Folds) -> Option<Hir> {
    const EDGE: &str = r"[^\p{L}\p{M}\p{N}\p{Default_Ignorable_Code_Point}]";
    if mode == Match::Regex {
        return rewritten(&parse(&entry.text, true)?, Looks::Exact);
    }
    if !plain_word(entry) || !folds.contains(Folds::CASE) {
        return None;
    }
    let (before, after) = (format!("(?:^|{EDGE})"), format!("(?:$|{EDGE})"));
    let text = &entry.text;
    match mode {
        Match::Substring => parse(text, true),
        Match::Word => parse(&format!("{before}{text}{after}"), true),
        Match::Prefix => parse(&format!("{before}{text}"), true),
        Match::Suffix => parse(&format!("{text}{after}"), true),
        _ => None,
    }
}

/// Letters and digits that mean nothing to a regular expression, and have no other canonical form.
fn plain_word(entry: &Entry) -> bool {
    !entry.text.is_empty() && entry.text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !entry.turkish
}

fn parse(pattern: &str, ignoring_case: bool) -> Option<Hir> {
    regex_syntax::ParserBuilder::new().case_insensitive(ignoring_case).build().parse(pattern).ok()
}

/// What becomes of looks that an automaton cannot follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// They are left out: more texts match.
    Dropped,
    /// The pattern is given up.
    Exact,
}

/// The pattern without word boundaries: at its ends they are written as characters, `\bfoo` as `(?:^|\W)foo`.
fn rewritten(hir: &Hir, looks: Looks) -> Option<Hir> {
    match hir.kind() {
        HirKind::Alternation(branches) => Some(Hir::alternation(branches.iter().map(|branch| rewritten(branch, looks)).collect::<Option<Vec<Hir>>>()?)),
        HirKind::Capture(capture) => rewritten(&capture.sub, looks),
        HirKind::Concat(parts) => {
            let last = parts.len() - 1;
            let mut out = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                let neighbour = if at == 0 { parts.get(1) } else { at.checked_sub(1).and_then(|at| parts.get(at)) };
                let at_end = (at == 0 || at == last) && neighbour.is_some_and(all_word);
                match part.kind() {
                    HirKind::Look(Look::WordUnicode) if at_end => {
                        let edge = Hir::look(if at == 0 { Look::Start } else { Look::End });
                        out.push(Hir::alternation(vec![edge, parse(r"\W", false)?]));
                    }
                    _ => out.push(inner(part, looks)?),
                }
            }
            Some(Hir::concat(out))
        }
        _ => inner(hir, looks),
    }
}

/// A part in which no look is known to stand at an end.
fn inner(hir: &Hir, looks: Looks) -> Option<Hir> {
    let set = hir.properties().look_set();
    let followed = |look: Look| matches!(look, Look::Start | Look::End);
    if set.iter().all(followed) {
        return Some(hir.clone());
    }
    if looks == Looks::Exact {
        return None;
    }
    Some(match hir.kind() {
        HirKind::Look(_) => Hir::empty(),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(|part| inner(part, looks)).collect::<Option<Vec<Hir>>>()?),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(|part| inner(part, looks)).collect::<Option<Vec<Hir>>>()?),
        HirKind::Capture(capture) => inner(&capture.sub, looks)?,
        HirKind::Repetition(repetition) => {
            let mut repetition = repetition.clone();
            repetition.sub = Box::new(inner(&repetition.sub, looks)?);
            Hir::repetition(repetition)
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
    })
}

/// Whether whatever a part matches is made of word characters, one at least.
fn all_word(hir: &Hir) -> bool {
    let word = || match parse(r"\w", false).map(Hir::into_kind) {
        Some(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    };
    match hir.kind() {
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).is_ok_and(|text| text.chars().all(|c| word().ranges().iter().any(|range| range.start() <= c && c <= range.end())))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut rest = class.clone();
            rest.difference(&word());
            rest.ranges().is_empty() && !class.ranges().is_empty()
        }
        HirKind::Repetition(repetition) => repetition.min > 0 && all_word(&repetition.sub),
        HirKind::Capture(capture) => all_word(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(all_word),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(narrow: &str, wide: &str) -> Option<bool> {
        let narrow = rewritten(&parse(narrow, true).unwrap(), Looks::Dropped).unwrap();
        includes(&narrow, &rewritten(&parse(wide, true).unwrap(), Looks::Exact)?)
    }

    #[test]
    fn inclusions() {
        for (narrow, wide, expected) in [
            (r"glock\d{2}", "glock", Some(true)),
            ("glock", r"glock\d{2}", Some(false)),
            (r"\bglock\d{2}\b", r"\bglock\d+\b", Some(true)),
            (r"\bglock\d+\b", r"\bglock\d{2}\b", Some(false)),
            ("^buy", "buy", Some(true)),
            ("buy", "^buy", Some(false)),
            ("a(b|c)d", "abd|acd|x", Some(true)),
            ("абв+", "б", Some(true)),
            (".", r"\S", Some(false)),
            (r"\d", "[0-9]", Some(false)),
            ("[0-9]", r"\d", Some(true)),
            // A boundary in the middle is given up on the wide side, and left out on the narrow one.
            ("a b", r"a\b b", None),
            (r"a\b b", "a b", Some(true)),
        ] {
            assert_eq!(within(narrow, wide), expected, "{narrow} in {wide}");
        }
    }

    #[test]
    fn too_large_is_not_known() {
        assert_eq!(within(r"(a|b)*a(a|b){18}", r"(a|b)*b(a|b){18}c"), None);
    }

    #[test]
    fn answers_agree_with_the_matcher() {
        let patterns = ["ab", "a+b", "(ab|ba)", "a.b", "^ab", "ab$", r"\bab\b", "b", "[ab]{2}", "aéb?"];
        let letters = ['a', 'b', 'é', ' '];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer: Vec<String> = texts.iter().flat_map(|text| letters.iter().map(move |c| format!("{text}{c}"))).collect();
            texts.extend(longer);
            texts.sort();
            texts.dedup();
        }
        for narrow in patterns {
            for wide in patterns {
                let (one, other) = (regex_automata::meta::Regex::new(narrow).unwrap(), regex_automata::meta::Regex::new(wide).unwrap());
                let refuted = texts.iter().any(|text| one.is_match(text.as_str()) && !other.is_match(text.as_str()));
                let said = within(narrow, wide);
                assert!(said != Some(true) || !refuted, "{narrow} in {wide} is said and refuted");
            }
        }
    }
}
