//! Automata by hand: every overlapping match, a boundary check of our own, the conditions of `conditions`.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use daachorse::bytewise::{DoubleArrayAhoCorasick, DoubleArrayAhoCorasickBuilder};
use daachorse::charwise::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use super::{Right, Rival, Rules, leak};
use crate::conditions::{State, bounded};
use crate::corpus::Item;
use crate::rules::Matching;

pub(crate) fn automaton(rules: Rules, kind: AhoCorasickKind) -> Result<&'static AhoCorasick, String> {
    let built = AhoCorasickBuilder::new().ascii_case_insensitive(true).kind(Some(kind)).build(&rules.program.terms);
    built.map(leak).map_err(|error| error.to_string())
}

pub(crate) fn aho_corasick(rules: Rules, kind: AhoCorasickKind) -> Result<Rival, String> {
    let found = automaton(rules, kind)?;
    let words = rules.set.matching == Matching::Words;
    Ok(Rival::new(Right::Ascii, move || {
        let mut state = State::new(rules.program);
        move |item: &Item, out: &mut Vec<u32>| {
            let text = item.caption.as_bytes();
            state.begin();
            for hit in found.find_overlapping_iter(text) {
                if !words || bounded(text, hit.start(), hit.end()) {
                    state.hit(hit.pattern().as_u32());
                }
            }
            state.finish(item, out);
        }
    }))
}

pub(crate) fn daachorse_bytes(rules: Rules) -> Result<Rival, String> {
    let found: &'static DoubleArrayAhoCorasick<u32> =
        leak(DoubleArrayAhoCorasickBuilder::new().build(&rules.program.terms).map_err(|error| error.to_string())?);
    let words = rules.set.matching == Matching::Words;
    Ok(Rival::new(Right::Ascii, move || {
        let (mut state, mut lower) = (State::new(rules.program), Vec::new());
        move |item: &Item, out: &mut Vec<u32>| {
            lower.clear();
            lower.extend_from_slice(item.caption.as_bytes());
            lower.make_ascii_lowercase();
            state.begin();
            for hit in found.find_overlapping_iter(&lower) {
                if !words || bounded(&lower, hit.start(), hit.end()) {
                    state.hit(hit.value());
                }
            }
            state.finish(item, out);
        }
    }))
}

pub(crate) fn daachorse_chars(rules: Rules) -> Result<Rival, String> {
    let found: &'static CharwiseDoubleArrayAhoCorasick<u32> =
        leak(CharwiseDoubleArrayAhoCorasickBuilder::new().build(&rules.program.terms).map_err(|error| error.to_string())?);
    let words = rules.set.matching == Matching::Words;
    Ok(Rival::new(Right::Ascii, move || {
        let (mut state, mut lower) = (State::new(rules.program), String::new());
        move |item: &Item, out: &mut Vec<u32>| {
            lower.clear();
            lower.push_str(&item.caption);
            lower.make_ascii_lowercase();
            state.begin();
            for hit in found.find_overlapping_iter(&lower) {
                if !words || bounded(lower.as_bytes(), hit.start(), hit.end()) {
                    state.hit(hit.value());
                }
            }
            state.finish(item, out);
        }
    }))
}
