//! Occurrences to hits (Exact meaning 11): allowed spans hide, then each term keeps the leftmost and longest.

use crate::engine::Engine;
use crate::scratch::{Hit, RawHit, Texts};

/// Sorts out the occurrences of everything scanned so far.
pub(crate) fn finish(engine: &Engine, texts: &mut Texts) {
    texts.hits.clear();
    texts.allowed.clear();
    let info = |hit: &RawHit| engine.patterns.get(hit.pattern as usize);
    texts.allowed.extend(texts.raw.iter().filter(|hit| info(hit).is_some_and(|info| info.allow)));
    for hit in &texts.raw {
        let Some(info) = info(hit) else { continue };
        if info.allow {
            continue;
        }
        let hidden = engine.has_allow.get(info.list.index()) == Some(&true)
            && texts.allowed.iter().any(|allow| {
                allow.segment == hit.segment && allow.start <= hit.start && hit.end <= allow.end && engine.patterns.list(allow.pattern) == Some(info.list)
            });
        if !hidden {
            texts.hits.push(Hit {
                list: info.list,
                term: info.term,
                segment: hit.segment,
                start: hit.start,
                end: hit.end,
                evasive: hit.evasive,
                pattern: hit.pattern,
            });
        }
    }
    // Leftmost first, then longest; a plain reading before a disguised one of the same span.
    texts.hits.sort_unstable_by(|a, b| {
        (a.list, a.term, a.segment, a.start)
            .cmp(&(b.list, b.term, b.segment, b.start))
            .then(b.end.cmp(&a.end))
            .then((a.evasive, a.pattern).cmp(&(b.evasive, b.pattern)))
    });
    let mut last: Option<Hit> = None;
    texts.hits.retain(|hit| {
        let overlaps = last.is_some_and(|last| (last.list, last.term, last.segment) == (hit.list, hit.term, hit.segment) && hit.start < last.end);
        if !overlaps {
            last = Some(*hit);
        }
        !overlaps
    });
}
