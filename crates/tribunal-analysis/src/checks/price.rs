//! What a regular expression costs that waits for no literal (P1), counted and not timed: the same policy, the same figures.

use std::sync::Arc;

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;
use tribunal_core::{Call, Engine, Limits, Scratch};
use tribunal_policy::model::{Entry, Match, Rule};
use tribunal_policy::{ListId, Policy};

use crate::item::{Draft, Val};
use crate::theory::samples;
use crate::theory::vars::Kind;

/// The price of one expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Price {
    /// How many of the captions of the policy's own examples the engine ran it on, and how many there are.
    pub(super) ran: usize,
    pub(super) captions: usize,
    /// The most places of the expression that are followed at one time, on average over the bytes of a text, in tenths: 10 is what a
    /// word costs. A table of states saves most of it where it has room.
    pub(super) worst: u64,
    /// The text that takes it.
    pub(super) text: String,
}

/// Bytes of the texts that are tried.
const LENGTH: usize = 96;

/// `None`: it is no expression, or too large.
pub(super) fn of(policy: &Policy, list: ListId, number: usize) -> Option<Price> {
    let entry = policy.lists.get(list.index())?.entries.get(number)?;
    let nfa = nfa(entry)?;
    let (worst, text) =
        hard_texts(entry).into_iter().map(|text| (tenths(&nfa, &text), text)).max_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(&one.1)))?;
    let captions = captions(policy);
    let ran = ran_on(policy, list, number, &captions)?;
    Some(Price { ran, captions: captions.len(), worst, text })
}

fn nfa(entry: &Entry) -> Option<NFA> {
    let hir = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(&entry.text).ok()?;
    NFA::compiler().configure(NFA::config().nfa_size_limit(Some(1 << 20))).build_from_hir(&hir).ok()
}

/// Texts in which it begins over and over and does not come to its end, or does: what it matches, the same without its last or first
/// character, and each of its characters, repeated.
fn hard_texts(entry: &Entry) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for form in samples::forms(entry, Kind::Text) {
        let chars: Vec<char> = form.chars().collect();
        let (short, late) = (chars.split_last().map(|(_, rest)| rest), chars.split_first().map(|(_, rest)| rest));
        units.extend([short, late].into_iter().flatten().map(|chars| chars.iter().collect()));
        units.extend(chars.iter().map(char::to_string));
        units.push(form);
    }
    units.retain(|unit| !unit.is_empty());
    units.sort();
    units.dedup();
    units.into_iter().take(64).map(|unit| unit.repeat(LENGTH.div_ceil(unit.len()))).collect()
}

/// Places followed by the byte, in tenths.
fn tenths(nfa: &NFA, text: &str) -> u64 {
    let mut seen = vec![usize::MAX; nfa.states().len()];
    let (mut now, mut next): (Vec<StateID>, Vec<StateID>) = (Vec::new(), Vec::new());
    let mut steps = 0_u64;
    for (at, byte) in text.bytes().enumerate() {
        // A match may begin anywhere.
        follow(nfa, nfa.start_anchored(), at, &mut seen, &mut now);
        steps += now.len() as u64;
        for place in now.drain(..) {
            let to = match nfa.state(place) {
                State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
                State::Sparse(sparse) => sparse.matches_byte(byte),
                State::Dense(dense) => dense.matches_byte(byte),
                _ => None,
            };
            if let Some(to) = to {
                follow(nfa, to, at + 1, &mut seen, &mut next);
            }
        }
        std::mem::swap(&mut now, &mut next);
    }
    steps * 10 / (text.len() as u64).max(1)
}

/// Takes up the places that wait for a byte, from a state on, once for each place of the text. Of looks around it is taken that they hold.
fn follow(nfa: &NFA, state: StateID, at: usize, seen: &mut [usize], out: &mut Vec<StateID>) {
    let mut open = vec![state];
    while let Some(state) = open.pop() {
        match seen.get_mut(state.as_usize()) {
            Some(last) if *last != at => *last = at,
            _ => continue,
        }
        match nfa.state(state) {
            State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => out.push(state),
            State::Look { next, .. } | State::Capture { next, .. } => open.push(*next),
            State::Union { alternates } => open.extend(alternates.iter().copied()),
            State::BinaryUnion { alt1, alt2 } => open.extend([*alt1, *alt2]),
            State::Fail | State::Match { .. } => {}
        }
    }
}

/// The captions of the examples of a policy's rules.
fn captions(policy: &Policy) -> Vec<String> {
    let examples = policy.rules.iter().flat_map(|rule| rule.examples.violates.iter().chain(&rule.examples.allowed));
    let caption = |item: &str| serde_json::from_str::<serde_json::Value>(item).ok()?.get("caption")?.as_str().map(str::to_owned);
    examples.filter_map(|example| caption(&example.item)).collect()
}

/// On how many of these an engine of the expression alone ran it.
fn ran_on(policy: &Policy, list: ListId, number: usize, captions: &[String]) -> Option<usize> {
    let mut alone = crate::finding_way::probe(policy);
    for (id, of) in (0_u32..).map(ListId).zip(&mut alone.lists) {
        let mut at = 0..;
        of.entries.retain(|entry| at.next() == Some(number) && id == list && entry.modes.iter().any(|(mode, _)| *mode == Match::Regex));
        of.scope = None;
        of.entries.iter_mut().for_each(|entry| entry.force.global = true);
    }
    let reads = |rule: &Rule| {
        let mut reads = false;
        rule.when.lists(&mut |of, _| reads |= of == list);
        reads
    };
    alone.rules.retain(reads);
    alone.rules.iter_mut().for_each(|rule| rule.scope = None);
    let engine = Engine::new(Arc::new(alone), Limits::default()).ok()?;
    let mut scratch = Scratch::new();
    let mut ran = 0;
    for caption in captions {
        let mut draft = Draft::default();
        draft.set("caption", Val::Text(caption.clone()));
        engine.classify(&draft.bind(engine.policy()), Call::default(), &mut scratch);
        ran += usize::from(scratch.take_work().regexes_woken > 0);
    }
    Some(ran)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(expression: &str, examples: &str) -> Price {
        let text = format!(
            "policy: {{id: t, version: '1'}}\nterms: {{a: [{{term: '{expression}', match: regex}}]}}\n\
             rules:\n  - {{id: r, when: caption has a, effect: {{routing: review}}, examples: {{allowed: [{examples}]}}}}\n"
        );
        let policy = tribunal_policy::load_str("t.yaml", &text).policy.unwrap();
        of(&policy, ListId(0), 0).unwrap()
    }

    #[test]
    fn a_price_is_what_has_to_be_followed() {
        // One place a byte: each letter waits for a digit, or nothing has begun.
        let plain = price("[a-z][0-9]{3}x", "one two, no 7, 12345");
        // Each letter of a text may be any of the fifty, and a match may begin at each.
        let wide = price("[a-z]{1,50}[0-9]x", "one two");
        assert!(plain.worst < 30 && wide.worst > 10 * plain.worst, "{plain:?} {wide:?}");
        assert_eq!(wide.text.chars().filter(char::is_ascii_digit).count(), 0, "{wide:?}");
        assert_eq!((plain.captions, wide.captions), (3, 1), "{plain:?}");
        assert_eq!(price("[a-z][0-9]{3}x", "one two, no 7, 12345"), plain);
    }
}
