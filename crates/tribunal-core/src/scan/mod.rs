//! Texts to hits.

pub(crate) mod folded;
pub(crate) mod grams;
pub(crate) mod hits;
pub(crate) mod literals;
pub(crate) mod plain;
pub(crate) mod regexes;
pub(crate) mod squeezed;
pub(crate) mod table;
mod tags;
pub(crate) mod tier;
mod units;
mod words;

use tribunal_policy::FieldId;
use tribunal_text::{Prepared, Reading, ViewKind, verify};

use crate::engine::Engine;
use crate::eval::Fields;
use crate::limits::Incomplete;
use crate::scratch::{Context, RawHit, Segment, Texts};
use folded::Folded;
use tier::{KindIndex, Tier};

impl Texts {
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.raw.clear();
        self.late.clear();
        self.hits.clear();
        self.occurrences.clear();
        self.sorted = false;
        self.scanned = [false; 2];
    }

    pub(crate) fn limit(&mut self, why: Incomplete) {
        self.incomplete.get_or_insert(why);
    }
}

/// Scans every text of the item with one tier.
pub(crate) fn scan(engine: &Engine, fields: &Fields<'_>, texts: &mut Texts, context: &Context, tier_index: usize) {
    let Some(tier) = engine.tiers.get(tier_index) else { return };
    if let Some(done) = texts.scanned.get_mut(tier_index) {
        if *done {
            return;
        }
        *done = true;
    }
    if texts.used == 0 {
        segments(engine, fields, texts);
    }
    if tier.kinds.is_empty() && tier.regexes.is_empty() {
        return;
    }
    texts.sorted = false;
    let mut all = std::mem::take(&mut texts.segments);
    // The segments of a field stand together.
    let mut last = None;
    for (at, segment) in all.iter_mut().enumerate().take(texts.used) {
        let field = FieldId(segment.field);
        if texts.over_limit.contains(&field) {
            continue;
        }
        let elements = match last {
            Some((known, elements)) if known == field => elements,
            _ => fields.texts(field),
        };
        last = Some((field, elements));
        let Some(text) = elements.and_then(|elements| elements.get(segment.element as usize)) else { continue };
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let mut scan = Scan { engine, tier, texts, context, at, text, late: tier_index == 1 };
        if let Err(why) = scan.segment(segment) {
            // The field is not judged at all: half a text would be judged in silence.
            texts.limit(why);
            texts.over_limit.push(field);
        }
    }
    texts.segments = all;
    if !texts.over_limit.is_empty() {
        let (segments, over) = (&texts.segments, &texts.over_limit);
        let kept = |segment: u32| segments.get(segment as usize).is_none_or(|segment| !over.contains(&FieldId(segment.field)));
        texts.raw.retain(|hit| kept(hit.segment));
        texts.occurrences.retain(|occurrence| kept(occurrence.segment));
    }
}

/// Reads the occurrences of one entry of the second tier for the patterns of a list.
pub(crate) fn late(engine: &Engine, fields: &Fields<'_>, texts: &mut Texts, context: &Context, patterns: std::ops::Range<u32>) {
    let Some(tier) = engine.tiers.get(1) else { return };
    for at in 0..texts.occurrences.len() {
        let Some(occurrence) = texts.occurrences.get(at).copied() else { continue };
        let Some(index) = tier.kinds.get(occurrence.kind as usize) else { continue };
        let postings = if occurrence.pair { index.pairs.postings(occurrence.entry) } else { index.words.postings(occurrence.entry) };
        let number = |posting: u32| if occurrence.pair { posting >> tier::BEFORE_BITS } else { posting };
        let from = postings.partition_point(|posting| number(*posting) < patterns.start);
        let asked = postings.get(from..).unwrap_or_default();
        if asked.first().is_none_or(|posting| number(*posting) >= patterns.end) {
            continue;
        }
        let mut all = std::mem::take(&mut texts.segments);
        if let Some(segment) = all.get_mut(occurrence.segment as usize)
            && let Some(text) = fields.text_of(segment)
        {
            let field = FieldId(segment.field);
            let mut scan = Scan { engine, tier, texts, context, at: occurrence.segment, text, late: false };
            for posting in asked.iter().take_while(|posting| number(**posting) < patterns.end) {
                let (slot, place) = (occurrence.slot as usize, occurrence.at as usize);
                let read = if occurrence.pair { scan.pair_hit(segment, slot, place, *posting) } else { scan.word_hit(segment, slot, place, *posting) };
                if let Err(why) = read
                    && !scan.texts.over_limit.contains(&field)
                {
                    scan.texts.limit(why);
                    scan.texts.over_limit.push(field);
                }
            }
        }
        texts.segments = all;
    }
}

/// Lays out the texts of the item: one segment for a text, one for each element of a list.
fn segments(engine: &Engine, fields: &Fields<'_>, texts: &mut Texts) {
    let limits = &engine.options.limits;
    for known in &engine.text_fields {
        let field = known.field;
        if !(known.stands_in || fields.present.has(field)) || texts.over_limit.contains(&field) {
            continue;
        }
        let Some(elements) = fields.texts(field) else { continue };
        if known.is_list && elements.len() > limits.list_elements {
            texts.limit(Incomplete::ListTooLong);
            texts.over_limit.push(field);
            continue;
        }
        for element in 0..elements.len() {
            if texts.segments.len() <= texts.used {
                texts.segments.push(Segment::default());
            }
            let Some(segment) = texts.segments.get_mut(texts.used) else { continue };
            segment.field = field.0;
            segment.element = u32::try_from(element).unwrap_or(u32::MAX);
            segment.is_element = known.is_list;
            segment.folded_used = 0;
            segment.is_prepared = false;
            segment.has_words = false;
            let Some(text) = elements.get(element) else { continue };
            if text.len() > limits.text_bytes {
                texts.limit(Incomplete::TextTooLong);
                texts.over_limit.push(field);
                break;
            }
            if !text.is_empty() {
                texts.used += 1;
            }
        }
    }
}

/// One text being scanned.
struct Scan<'a> {
    engine: &'a Engine,
    tier: &'a Tier,
    texts: &'a mut Texts,
    context: &'a Context,
    at: u32,
    text: &'a str,
    /// Words and pairs are noted, and read only for the lists that are asked for.
    late: bool,
}

impl Scan<'_> {
    fn segment(&mut self, segment: &mut Segment) -> Result<(), Incomplete> {
        let tier = self.tier;
        for (number, index) in tier.kinds.iter().enumerate() {
            let slot = self.fold(segment, index.kind);
            self.plain(segment, slot, number, index)?;
        }
        if let Some(coarse) = &tier.coarse {
            self.texts.coarse.classify_with(self.engine.kernel.classify());
            if coarse.may_hold(self.text, &self.engine.ordinary, &mut self.texts.coarse) {
                prepare(self.engine, self.text, segment);
                self.disguises(segment, coarse)?;
            }
        }
        self.regexes(&tier.regexes)
    }

    /// The folded text under a kind, made once for both tiers.
    fn fold(&mut self, segment: &mut Segment, kind: ViewKind) -> usize {
        let number = kind.number();
        let serves = |(known, folded): &(usize, Folded)| *known == number || folded.serves(kind);
        if let Some(known) = segment.folded.iter().take(segment.folded_used).position(serves) {
            return known;
        }
        let slot = segment.folded_used;
        segment.folded_used += 1;
        if segment.folded.len() <= slot {
            segment.folded.push((number, Folded::default()));
        }
        let options = &self.engine.options;
        if let Some((known, folded)) = segment.folded.get_mut(slot) {
            *known = number;
            if options.runs && folded.runs(self.engine.kernel, kind, self.text) {
                return slot;
            }
        }
        prepare(self.engine, self.text, segment);
        if let Some((_, folded)) = segment.folded.get_mut(slot) {
            folded.units(segment.prepared.view(kind), self.text);
        }
        slot
    }

    fn hit(&mut self, pattern: u32, start: u32, end: u32, evasive: bool) -> Result<(), Incomplete> {
        let Some(force) = self.engine.patterns.force(pattern) else { return Ok(()) };
        if !self.engine.patterns.in_force(force, self.context.slot, self.context.as_of, self.context.lang()) {
            return Ok(());
        }
        let (pattern, twin) = self.engine.patterns.owner(pattern);
        if twin && tribunal_text::twin_guard(self.text, &(start..end), &self.engine.ordinary).is_some() {
            return Ok(());
        }
        if self.texts.raw.len() + self.texts.occurrences.len() >= self.engine.options.limits.hits {
            return Err(Incomplete::TooManyHits);
        }
        self.texts.raw.push(RawHit { pattern, segment: self.at, start, end, evasive: evasive || twin });
        Ok(())
    }

    fn plain(&mut self, segment: &mut Segment, slot: usize, number: usize, index: &KindIndex) -> Result<(), Incomplete> {
        let by_units = segment.folded.get(slot).is_some_and(|(_, folded)| folded.by_units);
        if by_units {
            self.tokens(segment, slot, index)?;
        } else {
            self.words(segment, slot, number, index)?;
        }
        if !index.needles.is_empty() {
            self.needles(segment, slot, index)?;
        }
        if !index.wholes.is_empty() {
            self.whole(segment, slot, index)?;
        }
        if !index.tags.is_empty() {
            self.tags(segment, slot, index)?;
        }
        Ok(())
    }

    /// Terms whose edges may stand inside a run.
    fn needles(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex) -> Result<(), Incomplete> {
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        let (mut found, mut passed) = (std::mem::take(&mut self.texts.spans), std::mem::take(&mut self.texts.passed));
        found.clear();
        let most = self.engine.options.limits.hits;
        let passes = index.needles.find(self.engine.kernel, folded.bytes(), &mut passed, &mut |literal, start| {
            let place = if folded.by_units { folded.units.at_byte(start) } else { Some(start) };
            if let Some(place) = place {
                found.push((u32::try_from(place).unwrap_or(u32::MAX), literal));
            }
            found.len() <= most
        });
        self.texts.work.filter_passes += passes as u64;
        self.texts.work.probes += passes as u64;
        let mut result = if found.len() > most { Err(Incomplete::TooManyHits) } else { Ok(()) };
        for (place, literal) in &found {
            let length = index.needles.length(*literal);
            for pattern in index.needles.numbers_of(*literal) {
                result = result.and_then(|()| self.verify(segment, slot, index.kind, *pattern, (*place as usize, length)));
            }
        }
        (self.texts.spans, self.texts.passed) = (found, passed);
        result
    }

    /// Reads a pattern from a folded byte on, of which so many bytes stand there, or from a unit on where the text was taken unit by unit.
    fn verify(&mut self, segment: &mut Segment, slot: usize, kind: ViewKind, pattern: u32, (place, known): (usize, usize)) -> Result<(), Incomplete> {
        let by_units = segment.folded.get(slot).is_some_and(|(_, folded)| folded.by_units);
        if by_units { self.verify_at(segment, kind, pattern, place) } else { self.verify_bytes(segment, slot, pattern, place, known) }
    }

    fn disguises(&mut self, segment: &mut Segment, coarse: &tribunal_text::Coarse) -> Result<(), Incomplete> {
        let mut scratch = std::mem::take(&mut self.texts.coarse);
        let mut pattern = std::mem::take(&mut self.texts.pattern);
        let mut result = Ok(());
        let searched = {
            let engine = self.engine;
            let prepared: &Prepared = &segment.prepared;
            coarse.candidates_after_look(prepared, &mut scratch, &mut |id, span| {
                if result.is_err() {
                    return;
                }
                let Some(known) = engine.patterns.get(id as usize).and_then(|info| info.pattern) else { return };
                pattern.restore(known.form, known.steps);
                if verify(&pattern, prepared, span.clone(), &engine.ordinary) == Reading::Evasive {
                    result = self.hit(id, span.start, span.end, true);
                }
            })
        };
        self.texts.coarse = scratch;
        self.texts.pattern = pattern;
        if searched.is_err() {
            return Err(Incomplete::TooManyDisguises);
        }
        result
    }
}

/// Prepares the segment's text for views and disguises, once for an item.
pub(crate) fn prepare(engine: &Engine, text: &str, segment: &mut Segment) {
    if segment.is_prepared {
        return;
    }
    segment.is_prepared = true;
    if segment.is_element { segment.prepared.prepare_element(text, &engine.ordinary) } else { segment.prepared.prepare(text, &engine.ordinary) }
}
