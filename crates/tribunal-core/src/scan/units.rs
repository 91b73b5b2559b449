//! Words and phrases of a text that had to be taken unit by unit.

use tribunal_text::{ViewKind, props};

use super::tier::{BEFORE_BITS, BEGINNING, KindIndex};
use super::{Scan, plain, prepare, table};
use crate::limits::Incomplete;
use crate::scratch::Segment;

impl Scan<'_> {
    pub(super) fn tokens(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex) -> Result<(), Incomplete> {
        if index.words.is_empty() && index.pairs.is_empty() {
            return Ok(());
        }
        prepare(self.engine, self.text, segment);
        let (tokens, soft) = segment.folded.get(slot).map_or((0, false), |(_, folded)| (folded.units.tokens.len(), folded.units.soft));
        self.texts.work.tokens += tokens as u64;
        for at in 0..tokens {
            self.token(segment, slot, index, at)?;
        }
        if soft && !index.beginnings.is_empty() {
            self.everywhere(segment, slot, index)?;
        }
        Ok(())
    }

    fn token(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex, at: usize) -> Result<(), Incomplete> {
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        let Some(token) = folded.units.tokens.get(at).copied() else { return Ok(()) };
        let soft = folded.units.soft;
        let bytes = folded.bytes().get(token.from as usize..token.to as usize).unwrap_or_default();
        self.texts.work.probes += 1;
        if let Some(entry) = index.words.entry(token.hash, bytes, |pattern| self.engine.patterns.spelt(pattern)) {
            // A run that can be cut, or read backwards, has its edges looked at in the original.
            let view = segment.prepared.view(index.kind);
            let span = view.span(token.unit as usize..token.unit_end as usize);
            let whole = view.range_of(&span) == Some(token.unit as usize..token.unit_end as usize);
            if whole && plain::edges_hold(self.text, span.start, span.end, true, true) {
                for pattern in index.words.postings(entry).iter() {
                    self.hit(*pattern, span.start, span.end, false)?;
                }
            }
        }
        if index.pairs.is_empty() {
            return Ok(());
        }
        // The next word, over what is no letter.
        let mut next = token.unit_end as usize;
        let units = &segment.prepared.view(index.kind).units;
        while units.get(next).is_some_and(|unit| !props::is_lmd(unit.ch)) {
            next += 1;
        }
        if next == token.unit_end as usize && !soft {
            return Ok(());
        }
        let from = at + 1;
        let mut probe = from;
        while let Some(second) = segment.folded.get(slot).and_then(|(_, folded)| folded.units.tokens.get(probe)).copied() {
            if second.unit as usize > next {
                break;
            }
            probe += 1;
            if (second.unit as usize) != next {
                continue;
            }
            let key = table::pair(token.hash, second.hash);
            for posting in index.pairs.get(key).iter() {
                self.pair(segment, slot, index, at, *posting)?;
            }
        }
        Ok(())
    }

    /// A pair of a term stands at token `at`: where does the term begin?
    fn pair(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex, at: usize, posting: u32) -> Result<(), Incomplete> {
        let (pattern, before) = (posting >> BEFORE_BITS, (posting & ((1 << BEFORE_BITS) - 1)) as usize);
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        if before > 0 && folded.units.soft {
            // Found from the beginning, see `everywhere`.
            return Ok(());
        }
        let Some(unit) = at.checked_sub(before).and_then(|first| folded.units.tokens.get(first)).map(|token| token.unit as usize) else { return Ok(()) };
        self.verify_at(segment, index.kind, pattern, unit)
    }

    /// Where runs can be cut in several ways, terms of several runs are tried wherever a word may begin.
    fn everywhere(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex) -> Result<(), Incomplete> {
        let mut last = None;
        for at in 0.. {
            let Some((_, folded)) = segment.folded.get(slot) else { break };
            let Some(token) = folded.units.tokens.get(at) else { break };
            let unit = token.unit as usize;
            if last.replace(unit) == Some(unit) {
                continue;
            }
            // A first run that is shorter than a beginning is one as a whole.
            let rest = folded.bytes().get(token.from as usize..).unwrap_or_default();
            let mut keys = [None; BEGINNING];
            for (key, length) in keys.iter_mut().zip(1..) {
                *key = rest.get(..length).map(table::hash);
            }
            for key in keys.into_iter().flatten() {
                for pattern in index.beginnings.get(key).iter() {
                    self.verify_at(segment, index.kind, *pattern, unit)?;
                }
            }
        }
        Ok(())
    }

    /// Reads a pattern from a unit on.
    pub(super) fn verify_at(&mut self, segment: &mut Segment, kind: ViewKind, pattern: u32, unit: usize) -> Result<(), Incomplete> {
        self.texts.work.verifications += 1;
        prepare(self.engine, self.text, segment);
        let Some(info) = self.engine.patterns.get(pattern as usize) else { return Ok(()) };
        let Some(known) = info.pattern else { return Ok(()) };
        let view = segment.prepared.view(kind);
        let mut first: Option<(u32, u32)> = None;
        let mut more = false;
        plain::ends(known.symbols(), &view.units, unit, &mut |end| {
            let span = view.span(unit..end);
            if !view.is_reversed() || view.range_of(&span) == Some(unit..end) {
                more |= first.is_some();
                first.get_or_insert((span.start, span.end));
            }
        });
        let Some(found) = first else { return Ok(()) };
        if !more {
            return self.edges(pattern, &known, found);
        }
        let mut ends = Vec::new();
        plain::ends(known.symbols(), &view.units, unit, &mut |end| ends.push(view.span(unit..end)));
        for span in ends {
            self.edges(pattern, &known, (span.start, span.end))?;
        }
        Ok(())
    }
}
