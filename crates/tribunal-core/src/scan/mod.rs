//! Texts to hits.

pub(crate) mod folded;
pub(crate) mod hits;
pub(crate) mod literals;
pub(crate) mod plain;
pub(crate) mod table;
pub(crate) mod tier;

use regex_automata::Input;
use tribunal_text::{FIRST, LAST, Prepared, Reading, Unit, View, ViewKind, props, verify};

use crate::engine::Engine;
use crate::item::Item;
use crate::limits::Incomplete;
use crate::scratch::{Context, RawHit, Segment, Texts};
use folded::Folded;
use tier::{KindIndex, Regexes, Tier};

impl Texts {
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.raw.clear();
        self.hits.clear();
        self.scanned = [false; 2];
    }

    pub(crate) fn limit(&mut self, why: Incomplete) {
        self.incomplete.get_or_insert(why);
    }
}

/// Scans every text of the item with one tier.
pub(crate) fn scan(engine: &Engine, item: &dyn Item, texts: &mut Texts, context: &Context, tier_index: usize) {
    let Some(tier) = engine.tiers.get(tier_index) else { return };
    if let Some(done) = texts.scanned.get_mut(tier_index) {
        if *done {
            return;
        }
        *done = true;
    }
    if texts.used == 0 {
        segments(engine, item, texts);
    }
    if tier.kinds.is_empty() && tier.regexes.all.is_empty() {
        return;
    }
    let mut all = std::mem::take(&mut texts.segments);
    for (at, segment) in all.iter_mut().enumerate().take(texts.used) {
        let field = tribunal_policy::FieldId(segment.field);
        if texts.over_limit.contains(&field) {
            continue;
        }
        let Some(text) = crate::eval::segment_text(engine, item, segment) else { continue };
        let mut scan = Scan { engine, tier, texts, context, at: u32::try_from(at).unwrap_or(u32::MAX), text };
        if let Err(why) = scan.segment(segment) {
            // The field is not judged at all: half a text would be judged in silence.
            texts.limit(why);
            texts.over_limit.push(field);
        }
    }
    texts.segments = all;
    if !texts.over_limit.is_empty() {
        let (segments, over) = (&texts.segments, &texts.over_limit);
        texts.raw.retain(|hit| segments.get(hit.segment as usize).is_none_or(|segment| !over.contains(&tribunal_policy::FieldId(segment.field))));
    }
}

/// Lays out the texts of the item: one segment for a text, one for each element of a list.
fn segments(engine: &Engine, item: &dyn Item, texts: &mut Texts) {
    let limits = &engine.options.limits;
    for (field, is_list) in &engine.text_fields {
        if texts.over_limit.contains(field) {
            continue;
        }
        let Some(elements) = crate::eval::seen_texts(engine, item, *field) else { continue };
        if *is_list && elements > limits.list_elements {
            texts.limit(Incomplete::ListTooLong);
            texts.over_limit.push(*field);
            continue;
        }
        for element in 0..elements {
            if texts.segments.len() <= texts.used {
                texts.segments.push(Segment::default());
            }
            let Some(segment) = texts.segments.get_mut(texts.used) else { continue };
            segment.field = field.0;
            segment.element = u32::try_from(element).unwrap_or(u32::MAX);
            segment.is_element = *is_list;
            segment.folded_used = 0;
            segment.is_prepared = false;
            segment.has_words = false;
            let Some(text) = crate::eval::segment_text(engine, item, segment) else { continue };
            if text.len() > limits.text_bytes {
                texts.limit(Incomplete::TextTooLong);
                texts.over_limit.push(*field);
                break;
            }
            if text.is_empty() {
                continue;
            }
            segment.ascii = engine.options.ascii && text.is_ascii();
            texts.used += 1;
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
}

impl Scan<'_> {
    fn segment(&mut self, segment: &mut Segment) -> Result<(), Incomplete> {
        let tier = self.tier;
        for index in &tier.kinds {
            let slot = self.fold(segment, index.kind);
            self.plain(segment, slot, index)?;
        }
        if let Some(coarse) = &tier.coarse
            && coarse.may_hold(self.text, &self.engine.ordinary, &mut self.texts.coarse)
        {
            prepare(self.engine, self.text, segment);
            self.disguises(segment, coarse)?;
        }
        self.regexes(&tier.regexes)
    }

    /// The folded text under a kind, made once for both tiers.
    fn fold(&mut self, segment: &mut Segment, kind: ViewKind) -> usize {
        let number = kind.number();
        if let Some(known) = segment.folded.iter().take(segment.folded_used).position(|(known, _)| *known == number) {
            return known;
        }
        let slot = segment.folded_used;
        segment.folded_used += 1;
        if segment.folded.len() <= slot {
            segment.folded.push((number, Folded::default()));
        }
        if !segment.ascii {
            prepare(self.engine, self.text, segment);
        }
        if let Some((known, folded)) = segment.folded.get_mut(slot) {
            *known = number;
            if segment.ascii { folded.ascii(kind, self.text) } else { folded.view(segment.prepared.view(kind), self.text) }
        }
        slot
    }

    fn hit(&mut self, pattern: u32, start: u32, end: u32, evasive: bool) -> Result<(), Incomplete> {
        let Some(info) = self.engine.patterns.get(pattern as usize) else { return Ok(()) };
        if !self.engine.patterns.in_force(info.force, self.context.slot, self.context.as_of, self.context.lang()) {
            return Ok(());
        }
        if self.texts.raw.len() >= self.engine.options.limits.hits {
            return Err(Incomplete::TooManyHits);
        }
        self.texts.raw.push(RawHit { pattern, segment: self.at, start, end, evasive });
        Ok(())
    }

    fn plain(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex) -> Result<(), Incomplete> {
        if !(index.words.is_empty() && index.pairs.is_empty()) {
            let tokens = segment.folded.get(slot).map_or(0, |(_, folded)| folded.tokens.len());
            for at in 0..tokens {
                self.token(segment, slot, index, at)?;
            }
            if segment.folded.get(slot).is_some_and(|(_, folded)| folded.soft) && !index.beginnings.is_empty() {
                self.everywhere(segment, slot, index)?;
            }
        }
        if let Some(automaton) = &index.bytes {
            let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
            let mut found = std::mem::take(&mut self.texts.spans);
            found.clear();
            for hit in automaton.find_overlapping_iter(&folded.bytes) {
                if let Some(unit) = folded.unit_at(hit.start()) {
                    found.push((u32::try_from(unit).unwrap_or(u32::MAX), hit.pattern().as_u32()));
                }
                if found.len() > self.engine.options.limits.hits {
                    return Err(Incomplete::TooManyHits);
                }
            }
            for (unit, needle) in &found {
                for pattern in index.needles.get(*needle as usize).map(Vec::as_slice).unwrap_or_default() {
                    self.verify_at(segment, index.kind, *pattern, *unit as usize)?;
                }
            }
            self.texts.spans = found;
        }
        if !index.wholes.is_empty() {
            self.whole(segment, index)?;
        }
        if !index.tags.is_empty() {
            self.tags(segment, index)?;
        }
        Ok(())
    }

    fn token(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex, at: usize) -> Result<(), Incomplete> {
        let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
        let Some(token) = folded.tokens.get(at).copied() else { return Ok(()) };
        let soft = folded.soft;
        if index.words.may_hold(token.hash) {
            let bytes = folded.bytes.get(token.from as usize..token.to as usize).unwrap_or_default();
            for pattern in index.words.get(token.hash) {
                if self.engine.patterns.get(*pattern as usize).and_then(|info| info.pattern).is_none_or(|known| known.steps.bytes() != bytes) {
                    continue;
                }
                let (start, end) = if segment.ascii {
                    (token.unit, token.unit_end)
                } else {
                    let span = segment.prepared.view(index.kind).span(token.unit as usize..token.unit_end as usize);
                    (span.start, span.end)
                };
                // A run that can be cut, or read backwards, has its edges looked at in the original.
                if soft || !segment.ascii {
                    let whole = segment.prepared.view(index.kind).range_of(&(start..end)) == Some(token.unit as usize..token.unit_end as usize);
                    if !whole || !plain::edges_hold(self.text, start, end, true, true) {
                        continue;
                    }
                }
                self.hit(*pattern, start, end, false)?;
            }
        }
        if index.pairs.is_empty() {
            return Ok(());
        }
        // The next word, over what is no letter.
        let mut next = token.unit_end as usize;
        if segment.ascii {
            while folded.bytes.get(next).is_some_and(|byte| !byte.is_ascii_alphanumeric()) {
                next += 1;
            }
        } else {
            let units = &segment.prepared.view(index.kind).units;
            while units.get(next).is_some_and(|unit| !props::is_lmd(unit.ch)) {
                next += 1;
            }
        }
        if next == token.unit_end as usize && !soft {
            return Ok(());
        }
        let from = at + 1;
        let mut probe = from;
        while let Some(second) = segment.folded.get(slot).and_then(|(_, folded)| folded.tokens.get(probe)).copied() {
            if second.unit as usize > next {
                break;
            }
            probe += 1;
            if (second.unit as usize) != next {
                continue;
            }
            let key = table::pair(token.hash, second.hash);
            if !index.pairs.may_hold(key) {
                continue;
            }
            for entry in index.pairs.get(key) {
                let Some(entry) = index.pair_entries.get(*entry as usize).copied() else { continue };
                self.pair(segment, slot, index, at, &entry)?;
            }
        }
        Ok(())
    }

    /// A pair of a term stands at token `at`: where does the term begin?
    fn pair(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex, at: usize, entry: &tier::PairEntry) -> Result<(), Incomplete> {
        let begins = |segment: &Segment, at: usize| segment.folded.get(slot).and_then(|(_, folded)| folded.tokens.get(at)).map(|token| token.unit as usize);
        if entry.runs_before == 0 {
            let Some(unit) = begins(segment, at) else { return Ok(()) };
            return self.verify_at(segment, index.kind, entry.pattern, unit);
        }
        let soft = segment.folded.get(slot).is_some_and(|(_, folded)| folded.soft);
        if soft {
            // Found from the beginning, see `everywhere`.
            return Ok(());
        }
        let Some(first) = at.checked_sub(entry.runs_before as usize) else { return Ok(()) };
        let Some(unit) = begins(segment, first) else { return Ok(()) };
        self.verify_at(segment, index.kind, entry.pattern, unit)
    }

    /// Where runs can be cut in several ways, terms of several runs are tried at every place they could begin at.
    fn everywhere(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex) -> Result<(), Incomplete> {
        prepare(self.engine, self.text, segment);
        let units = segment.prepared.view(index.kind).units.len();
        for unit in 0..units {
            let key = {
                let Some((_, folded)) = segment.folded.get(slot) else { return Ok(()) };
                let start = folded.offsets.get(unit).copied().unwrap_or(0) as usize;
                let first = segment.prepared.view(index.kind).units.get(unit).is_some_and(|unit| unit.flags & FIRST != 0);
                if !first {
                    continue;
                }
                folded.bytes.get(start..).map(|rest| (tier::beginning(rest), table::hash(rest.get(..1).unwrap_or_default())))
            };
            let Some((two, one)) = key else { continue };
            for key in [two, one] {
                for pattern in index.beginnings.get(key) {
                    self.verify_at(segment, index.kind, *pattern, unit)?;
                }
            }
        }
        Ok(())
    }

    /// Reads a pattern from a unit on.
    fn verify_at(&mut self, segment: &mut Segment, kind: ViewKind, pattern: u32, unit: usize) -> Result<(), Incomplete> {
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
            return self.edges(pattern, found);
        }
        let mut ends = Vec::new();
        plain::ends(known.symbols(), &view.units, unit, &mut |end| ends.push(view.span(unit..end)));
        for span in ends {
            self.edges(pattern, (span.start, span.end))?;
        }
        Ok(())
    }

    fn edges(&mut self, pattern: u32, (start, end): (u32, u32)) -> Result<(), Incomplete> {
        let Some(known) = self.engine.patterns.get(pattern as usize).and_then(|info| info.pattern) else { return Ok(()) };
        if plain::edges_hold(self.text, start, end, known.first_edge(), known.last_edge()) {
            self.hit(pattern, start, end, false)?;
        }
        Ok(())
    }

    /// The whole text, white space at its ends aside.
    fn whole(&mut self, segment: &mut Segment, index: &KindIndex) -> Result<(), Incomplete> {
        prepare(self.engine, self.text, segment);
        let units = &segment.prepared.view(index.kind).units;
        let margin = |c: char| props::is_white_space(c) || props::is_default_ignorable(c);
        let Some(first) = units.iter().position(|unit| !margin(unit.ch)) else { return Ok(()) };
        let last = units.iter().rposition(|unit| !margin(unit.ch)).unwrap_or(first);
        let buffer = &mut self.texts.buffer;
        buffer.clear();
        for unit in units.get(first..=last).unwrap_or_default() {
            if !props::is_white_space(unit.ch) {
                buffer.extend_from_slice(unit.ch.encode_utf8(&mut [0; 4]).as_bytes());
            } else if buffer.last() != Some(&b' ') {
                buffer.push(b' ');
            }
        }
        let span = segment.prepared.view(index.kind).span(first..last + 1);
        let margins = [self.text.get(..span.start as usize), self.text.get(span.end as usize..)];
        if !margins.iter().flatten().all(|rest| rest.chars().all(margin)) {
            return Ok(());
        }
        for pattern in index.wholes.get(table::hash(&self.texts.buffer)) {
            self.reads_exactly(segment, index.kind, *pattern, (span.start, span.end))?;
        }
        Ok(())
    }

    /// A hashtag: the element, or what follows `#` in a running text; digits at its end may be left over.
    fn tags(&mut self, segment: &mut Segment, index: &KindIndex) -> Result<(), Incomplete> {
        if !segment.is_element && !self.text.contains(['#', '＃']) {
            return Ok(());
        }
        prepare(self.engine, self.text, segment);
        let mut spans = std::mem::take(&mut self.texts.spans);
        spans.clear();
        if segment.is_element {
            let margin = |c: char| props::is_white_space(c) || props::is_default_ignorable(c);
            let left = self.text.trim_start_matches(margin);
            let left = left.strip_prefix(['#', '＃']).map_or(left, |rest| rest.trim_start_matches(margin));
            let start = self.text.len() - left.len();
            let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let end = start + left.trim_end_matches(margin).len();
            spans.push((short(start), short(end)));
            // An invisible character at the end may belong to an emoji.
            let visible = start + left.trim_end_matches(props::is_white_space).len();
            if visible > end {
                spans.push((short(start), short(visible)));
            }
        } else {
            let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            tribunal_text::tag_spans(self.text, |range| {
                spans.push((short(range.start), short(range.end)));
                // Invisible characters behind the sign belong to no tag, unless the term keeps them.
                let seen = self.text.get(range.clone()).map_or(0, |tag| tag.trim_start_matches(props::is_default_ignorable).len());
                if seen > 0 && seen < range.len() {
                    spans.push((short(range.end - seen), short(range.end)));
                }
            });
        }
        let result = spans.iter().try_for_each(|(start, end)| self.tag(segment, index, *start, *end));
        self.texts.spans = spans;
        result
    }

    fn tag(&mut self, segment: &mut Segment, index: &KindIndex, start: u32, end: u32) -> Result<(), Incomplete> {
        let mut end = end;
        loop {
            let tail = self.text.get(start as usize..end as usize).unwrap_or_default();
            let seen = tail.trim_end_matches(props::is_default_ignorable);
            // Invisible characters at the end belong to no tag, unless the term keeps them.
            for cut in [tail, seen] {
                self.tag_key(segment, index, start, start + u32::try_from(cut.len()).unwrap_or(0))?;
                if cut.len() == seen.len() {
                    break;
                }
            }
            match seen.chars().next_back() {
                Some(c) if props::is_digit(c) => end = start + u32::try_from(seen.len() - c.len_utf8()).unwrap_or(0),
                _ => return Ok(()),
            }
        }
    }

    /// The characters of a tag as one key. A tag longer than every term is not looked at: `#111…` would cost its square.
    fn tag_key(&mut self, segment: &mut Segment, index: &KindIndex, start: u32, end: u32) -> Result<(), Incomplete> {
        let view = segment.prepared.view(index.kind);
        let buffer = &mut self.texts.buffer;
        buffer.clear();
        for unit in units_within(view, start, end).filter(|unit| unit.ch != '_') {
            buffer.extend_from_slice(unit.ch.encode_utf8(&mut [0; 4]).as_bytes());
            if buffer.len() > index.longest_tag {
                return Ok(());
            }
        }
        for pattern in index.tags.get(table::hash(buffer)) {
            self.reads_exactly(segment, index.kind, *pattern, (start, end))?;
        }
        Ok(())
    }

    /// A pattern that has to read exactly the span; its mode's places are the caller's.
    fn reads_exactly(&mut self, segment: &mut Segment, kind: ViewKind, pattern: u32, span: (u32, u32)) -> Result<(), Incomplete> {
        let Some(known) = self.engine.patterns.get(pattern as usize).and_then(|info| info.pattern) else { return Ok(()) };
        let view = segment.prepared.view(kind);
        // Units that the span covers, its own invisible ends aside.
        let Some(first) = first_within(view, span.0, span.1) else { return Ok(()) };
        let count = units_within(view, span.0, span.1).count();
        let covered = view.span(first..first + count);
        if view.range_of(&covered) != Some(first..first + count) {
            return Ok(());
        }
        // What the units leave uncovered has to be invisible: a mark that was dropped is not.
        let margin = |from: u32, to: u32| {
            self.text.get(from as usize..to as usize).is_some_and(|rest| rest.chars().all(|c| props::is_default_ignorable(c) || props::is_white_space(c)))
        };
        if !margin(span.0, covered.start) || !margin(covered.end, span.1) {
            return Ok(());
        }
        let mut fits = false;
        plain::ends(known.symbols(), &view.units, first, &mut |end| fits |= end == first + count);
        let whole = view.units.get(first + count - 1).is_some_and(|unit| unit.flags & LAST != 0);
        if fits && whole {
            self.hit(pattern, covered.start, covered.end, false)?;
        }
        Ok(())
    }

    fn disguises(&mut self, segment: &mut Segment, coarse: &tribunal_text::Coarse) -> Result<(), Incomplete> {
        let mut scratch = std::mem::take(&mut self.texts.coarse);
        let mut pattern = std::mem::take(&mut self.texts.pattern);
        let mut result = Ok(());
        let searched = {
            let engine = self.engine;
            let prepared: &Prepared = &segment.prepared;
            coarse.candidates(prepared, &engine.ordinary, &mut scratch, &mut |id, span| {
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

    /// The matches of one expression, leftmost first. One that matches the empty text is refused with the policy, so every
    /// match moves on.
    fn regex(&mut self, pattern: u32) -> Result<(), Incomplete> {
        let Some(expression) = self.engine.patterns.expression(pattern) else { return Ok(()) };
        let beyond = expression.beyond_ascii.as_ref().filter(|_| !self.text.is_ascii());
        let mut at = 0;
        loop {
            let found = match beyond {
                Some(regex) => regex.search(&Input::new(self.text).range(at..)).map(|found| found.range()),
                None => expression.regex.find_at(self.text, at).map(|found| found.range()),
            };
            let Some(found) = found.filter(|found| found.end > at) else { return Ok(()) };
            at = found.end;
            self.hit(pattern, u32::try_from(found.start).unwrap_or(u32::MAX), u32::try_from(found.end).unwrap_or(u32::MAX), false)?;
        }
    }

    fn regexes(&mut self, regexes: &Regexes) -> Result<(), Incomplete> {
        if regexes.all.is_empty() {
            return Ok(());
        }
        let mut woken = std::mem::take(&mut self.texts.woken);
        woken.clear();
        // The two characters that fold into ASCII from outside make literals of ASCII blind.
        if !self.text.is_ascii() && self.text.contains(['\u{17f}', '\u{212a}']) {
            woken.extend_from_slice(&regexes.all);
        } else {
            woken.extend_from_slice(&regexes.always);
            let always = woken.len();
            if let Some(literals) = &regexes.literals {
                for hit in literals.find_overlapping_iter(self.text.as_bytes()) {
                    if let Some(pattern) = regexes.by_literal.get(hit.pattern().as_usize())
                        && !woken.contains(pattern)
                    {
                        woken.push(*pattern);
                        if woken.len() - always > self.engine.options.limits.regexes_woken {
                            self.texts.woken = woken;
                            return Err(Incomplete::TooManyRegexes);
                        }
                    }
                }
            }
        }
        let mut result = Ok(());
        for pattern in &woken {
            result = self.regex(*pattern);
            if result.is_err() {
                break;
            }
        }
        self.texts.woken = woken;
        result
    }
}

/// The first unit that lies in a span of the original.
fn first_within(view: &View, start: u32, end: u32) -> Option<usize> {
    let inside = |unit: &Unit| unit.start >= start && unit.end <= end;
    if view.is_reversed() {
        return view.units.iter().position(inside);
    }
    let first = view.units.partition_point(|unit| unit.start < start);
    view.units.get(first).is_some_and(inside).then_some(first)
}

/// The units from there on that lie in the span.
fn units_within(view: &View, start: u32, end: u32) -> impl Iterator<Item = &Unit> {
    let first = first_within(view, start, end).unwrap_or(view.units.len());
    view.units.get(first..).unwrap_or_default().iter().take_while(move |unit| unit.start >= start && unit.end <= end)
}

/// Prepares the segment's text for views and disguises, once for an item.
pub(crate) fn prepare(engine: &Engine, text: &str, segment: &mut Segment) {
    if segment.is_prepared {
        return;
    }
    segment.is_prepared = true;
    if segment.is_element { segment.prepared.prepare_element(text, &engine.ordinary) } else { segment.prepared.prepare(text, &engine.ordinary) }
}
