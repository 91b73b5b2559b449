//! Occurrences to hits (Exact meaning 11): allowed spans hide, then each term keeps the leftmost and longest.

use tribunal_policy::ListId;

use crate::engine::Engine;
use crate::eval::Fields;
use crate::scratch::{Context, Hit, RawHit, Texts};

/// Sorts out the occurrences of one list, as far as the texts were scanned; its hits are appended, and where is told.
pub(crate) fn of_list(engine: &Engine, fields: &Fields<'_>, texts: &mut Texts, context: &Context, list: ListId) -> (u32, u32) {
    let begin = texts.hits.len();
    let patterns = engine.patterns.range(list);
    if !patterns.is_empty() {
        sort(texts);
        let mut raw = std::mem::take(&mut texts.raw);
        if !texts.occurrences.is_empty() {
            // What is read for this list alone is kept apart: the others are sorted.
            texts.raw = std::mem::take(&mut texts.spare);
            super::late(engine, fields, texts, context, patterns.clone());
            texts.spare = std::mem::take(&mut texts.raw);
        }
        let early = raw.partition_point(|hit| hit.pattern < patterns.start)..raw.partition_point(|hit| hit.pattern < patterns.end);
        texts.spare.extend_from_slice(raw.get(early).unwrap_or_default());
        let found = std::mem::take(&mut texts.spare);
        sort_out(engine, texts, list, &found);
        texts.late.extend_from_slice(&found);
        texts.spare = found;
        texts.spare.clear();
        std::mem::swap(&mut texts.raw, &mut raw);
    }
    let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (short(begin), short(texts.hits.len()))
}

fn sort(texts: &mut Texts) {
    if !texts.sorted {
        texts.sorted = true;
        texts.raw.sort_unstable_by_key(|hit| hit.pattern);
    }
}

fn sort_out(engine: &Engine, texts: &mut Texts, list: ListId, found: &[RawHit]) {
    let begin = texts.hits.len();
    let has_allow = engine.has_allow.get(list.index()) == Some(&true);
    let is_allow = |hit: &RawHit| has_allow && engine.patterns.get(hit.pattern as usize).is_some_and(|info| info.allow);
    for hit in found {
        if is_allow(hit) {
            continue;
        }
        let hides = |allow: &RawHit| allow.segment == hit.segment && allow.start <= hit.start && hit.end <= allow.end && is_allow(allow);
        if has_allow && found.iter().any(hides) {
            continue;
        }
        let Some(info) = engine.patterns.get(hit.pattern as usize) else { continue };
        texts.hits.push(Hit { list, term: info.term, segment: hit.segment, start: hit.start, end: hit.end, evasive: hit.evasive, pattern: hit.pattern });
    }
    // Leftmost first, then longest; a plain reading before a disguised one of the same span.
    let block = texts.hits.get_mut(begin..).unwrap_or_default();
    block.sort_unstable_by(|a, b| {
        (a.term, a.segment, a.start).cmp(&(b.term, b.segment, b.start)).then(b.end.cmp(&a.end)).then((a.evasive, a.pattern).cmp(&(b.evasive, b.pattern)))
    });
    let (mut kept, mut last) = (begin, None::<Hit>);
    for at in begin..texts.hits.len() {
        let Some(hit) = texts.hits.get(at).copied() else { break };
        if last.is_some_and(|last| (last.term, last.segment) == (hit.term, hit.segment) && hit.start < last.end) {
            continue;
        }
        last = Some(hit);
        if let Some(place) = texts.hits.get_mut(kept) {
            *place = hit;
        }
        kept += 1;
    }
    texts.hits.truncate(kept);
}
