//! Words and phrases of a text that was folded by runs: all its words against a table at once.

use super::tier::{BEFORE_BITS, KindIndex};
use super::{Scan, plain, table};
use crate::compile::patterns::{Known, Patterns};
use crate::limits::Incomplete;
use crate::scratch::{Occurrence, Segment};

impl Scan<'_> {
    pub(super) fn words(&mut self, segment: &mut Segment, slot: usize, number: usize, index: &KindIndex) -> Result<(), Incomplete> {
        let (mut passed, mut firsts) = (std::mem::take(&mut self.texts.passed), std::mem::take(&mut self.texts.firsts));
        passed.clear();
        firsts.clear();
        let hashes = segment.folded.get(slot).map_or(&[][..], |(_, folded)| folded.hashes());
        let (slots, pairs) = (index.words.slots(), &index.pairs.slots);
        self.engine.kernel.anchors(index.anchors.filter(), hashes, &mut passed, &mut firsts);
        let words = passed.len();
        for hash in passed.get().iter().filter_map(|at| hashes.get(*at as usize)) {
            slots.prefetch(*hash);
        }
        for at in firsts.get() {
            if let Some([first, second]) = hashes.get(*at as usize..*at as usize + 2) {
                let key = table::pair(*first, *second);
                if pairs.may_hold(key) {
                    pairs.prefetch(key);
                    passed.push(*at);
                }
            }
        }
        self.ask_ahead(index, hashes, passed.get(), words);
        let work = &mut self.texts.work;
        work.tokens += hashes.len() as u64;
        work.filter_passes += passed.len() as u64;
        work.probes += passed.len() as u64;
        let mut result = Ok(());
        for (n, at) in passed.get().iter().enumerate() {
            result = self.candidate(segment, slot, (number, index), *at, n >= words);
            if result.is_err() {
                break;
            }
        }
        (self.texts.passed, self.texts.firsts) = (passed, firsts);
        result
    }

    /// Asks for what stands behind the slots of all that passed, and for what that spells, before any of it is read: in large tables each look
    /// is a miss of the cache, and so they are waited for together.
    fn ask_ahead(&self, index: &KindIndex, hashes: &[u64], passed: &[u32], words: usize) {
        let patterns = &self.engine.patterns;
        let behind = |n: usize, at: usize| {
            let hash = hashes.get(at)?;
            if n < words {
                return index.words.table().only(*hash);
            }
            index.pairs.only(table::pair(*hash, *hashes.get(at + 1)?)).map(|posting| posting >> BEFORE_BITS)
        };
        for ask in [Patterns::prefetch, Patterns::prefetch_spelt] {
            for (n, at) in passed.iter().enumerate() {
                if let Some(pattern) = behind(n, *at as usize) {
                    ask(patterns, pattern);
                }
            }
        }
    }

    /// A word, or a word and the next, that passed the filter.
    fn candidate(&mut self, segment: &mut Segment, slot: usize, (number, index): (usize, &KindIndex), at: u32, pair: bool) -> Result<(), Incomplete> {
        let place = at as usize;
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        let Some(hash) = folded.hashes().get(place).copied() else { return Ok(()) };
        let entry = if pair {
            folded.hashes().get(place + 1).and_then(|next| index.pairs.entry(table::pair(hash, *next)))
        } else {
            folded.word(place).and_then(|(from, to)| index.words.entry(hash, folded.bytes().get(from..to)?, |pattern| self.engine.patterns.spelt(pattern)))
        };
        let Some(entry) = entry else { return Ok(()) };
        if self.late {
            if self.texts.raw.len() + self.texts.occurrences.len() >= self.engine.options.limits.hits {
                return Err(Incomplete::TooManyHits);
            }
            let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            self.texts.occurrences.push(Occurrence { segment: self.at, slot: short(slot), kind: short(number), entry, at, pair });
            return Ok(());
        }
        if pair {
            index.pairs.postings(entry).iter().try_for_each(|posting| self.pair_hit(segment, slot, place, *posting))
        } else {
            index.words.postings(entry).iter().try_for_each(|pattern| self.word_hit(segment, slot, place, *pattern))
        }
    }

    /// A term of one word that stands at a word.
    pub(super) fn word_hit(&mut self, segment: &Segment, slot: usize, at: usize, pattern: u32) -> Result<(), Incomplete> {
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        let Some((from, to)) = folded.word(at) else { return Ok(()) };
        let (start, end) = folded.span(from, to);
        // Beside what dropped out there may stand what an edge minds.
        if !folded.ascii && !plain::edges_hold(self.text, start, end, true, true) {
            return Ok(());
        }
        self.hit(pattern, start, end, false)
    }

    /// A term of several words whose rarest pair stands at a word: where does it begin?
    pub(super) fn pair_hit(&mut self, segment: &Segment, slot: usize, at: usize, posting: u32) -> Result<(), Incomplete> {
        let before = (posting & ((1 << BEFORE_BITS) - 1)) as usize;
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        let Some((from, _)) = at.checked_sub(before).and_then(|first| folded.word(first)) else { return Ok(()) };
        self.verify_bytes(segment, slot, posting >> BEFORE_BITS, from, 0)
    }

    /// Reads a pattern from a folded byte on, of which so many bytes are known to stand there.
    pub(super) fn verify_bytes(&mut self, segment: &Segment, slot: usize, pattern: u32, from: usize, known: usize) -> Result<(), Incomplete> {
        let engine = self.engine;
        self.texts.work.verifications += 1;
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        let Some(term) = engine.patterns.get(pattern as usize).and_then(|info| info.pattern) else { return Ok(()) };
        let spelt = term.steps.bytes();
        let to = from + spelt.len();
        // What is known are characters alone.
        let stands = spelt.len() == known;
        if stands || term.steps.is_text() {
            // One reading at most, byte for byte.
            let stands = (stands || folded.bytes().get(from..to) == Some(spelt)) && !folded.splits(from) && !folded.splits(to);
            return if stands { self.edges(pattern, &term, folded.span(from, to)) } else { Ok(()) };
        }
        let mut ends = std::mem::take(&mut self.texts.ends);
        ends.clear();
        plain::byte_ends(term.steps, folded, from, &mut |to| ends.push(to));
        let result = ends.iter().try_for_each(|to| self.edges(pattern, &term, folded.span(from, *to)));
        self.texts.ends = ends;
        result
    }

    /// A reading of a pattern: do its edges hold?
    pub(super) fn edges(&mut self, pattern: u32, term: &Known<'_>, (start, end): (u32, u32)) -> Result<(), Incomplete> {
        if plain::edges_hold(self.text, start, end, term.first_edge(), term.last_edge()) { self.hit(pattern, start, end, false) } else { Ok(()) }
    }
}
