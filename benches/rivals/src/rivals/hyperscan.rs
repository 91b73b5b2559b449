//! Hyperscan, as literals with a boundary check of our own and as regular expressions.

use super::{Right, Rival, Rules, leak};
use crate::conditions::{State, bounded};
use crate::corpus::Item;
use crate::hyperscan::Block;
use crate::rules::Matching;

/// Terms through `hs_compile_lit_multi`; regular expressions, where there are some, in a database beside it.
pub(crate) fn literals(rules: Rules) -> Result<Rival, String> {
    let database: &'static Block = leak(Block::new(&rules.program.terms, true)?);
    let lengths: &'static Vec<usize> = leak(rules.program.terms.iter().map(String::len).collect());
    let words = rules.set.matching == Matching::Words;
    let regexes = if rules.program.regexes.is_empty() { None } else { Some(leak(Block::new(&rules.program.regexes, false)?)) };
    let first_regex = rules.program.terms.len() as u32;
    let mut rival = Rival::new(Right::Ascii, move || {
        let (mut state, mut scratch) = (State::new(rules.program), database.scratch());
        let mut second = regexes.map(|regexes| (regexes, regexes.scratch()));
        move |item: &Item, out: &mut Vec<u32>| {
            let text = item.caption.as_bytes();
            state.begin();
            database.scan(&mut scratch, text, |id, end| {
                let start = lengths.get(id as usize).map_or(0, |length| end - length);
                if !words || bounded(text, start, end) {
                    state.hit(id);
                }
            });
            if let Some((regexes, scratch)) = &mut second {
                regexes.scan(scratch, text, |id, _| state.hit(first_regex + id));
            }
            state.finish(item, out);
        }
    });
    rival.outside = database.size() + regexes.map_or(0, |regexes| regexes.size());
    rival.note = database.info();
    Ok(rival)
}

/// All in one database, terms as `\bterm\b`.
pub(crate) fn everything(rules: Rules) -> Result<Rival, String> {
    let bound = if rules.set.matching == Matching::Words { r"\b" } else { "" };
    let terms = rules.program.terms.iter().map(|term| format!("{bound}{term}{bound}"));
    let database: &'static Block = leak(Block::new(&terms.chain(rules.program.regexes.iter().cloned()).collect::<Vec<_>>(), false)?);
    let mut rival = Rival::new(Right::Ascii, move || {
        let (mut state, mut scratch) = (State::new(rules.program), database.scratch());
        move |item: &Item, out: &mut Vec<u32>| {
            state.begin();
            database.scan(&mut scratch, item.caption.as_bytes(), |id, _| state.hit(id));
            state.finish(item, out);
        }
    });
    rival.outside = database.size();
    rival.note = database.info();
    Ok(rival)
}
