//! Tags and whole texts: one key for all of it.

use tribunal_text::{LAST, Unit, View, ViewKind, props};

use super::tier::KindIndex;
use super::{Scan, plain, prepare, table};
use crate::limits::Incomplete;
use crate::scratch::Segment;

impl Scan<'_> {
    /// The whole text, white space at its ends aside.
    pub(super) fn whole(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex) -> Result<(), Incomplete> {
        if segment.folded.get(slot).is_some_and(|(_, folded)| folded.ascii) && !self.may_be_whole(segment, slot, index) {
            return Ok(());
        }
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
        for pattern in index.wholes.get(table::hash(&self.texts.buffer)).iter() {
            self.reads_exactly(segment, index.kind, *pattern, (span.start, span.end))?;
        }
        Ok(())
    }

    /// Whether a text of ASCII characters is the whole of some term.
    fn may_be_whole(&mut self, segment: &Segment, slot: usize, index: &KindIndex) -> bool {
        let Some((_, folded)) = segment.folded.get(slot) else { return false };
        let blank = |byte: &u8| matches!(byte, b' ' | 0x09..=0x0d);
        let buffer = &mut self.texts.buffer;
        buffer.clear();
        for word in folded.bytes().split(blank).filter(|word| !word.is_empty()) {
            if !buffer.is_empty() {
                buffer.push(b' ');
            }
            buffer.extend_from_slice(word);
        }
        !index.wholes.get(table::hash(buffer)).is_empty()
    }

    /// A hashtag: the element, or what follows `#` in a running text; digits at its end may be left over.
    pub(super) fn tags(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex) -> Result<(), Incomplete> {
        let is_ascii = segment.folded.get(slot).is_some_and(|(_, folded)| folded.ascii);
        if !segment.is_element && !self.text.contains('#') && (is_ascii || !self.text.contains('＃')) {
            return Ok(());
        }
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
        let result = spans.iter().try_for_each(|(start, end)| self.tag(segment, slot, index, (*start, *end)));
        self.texts.spans = spans;
        result
    }

    fn tag(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex, (start, end): (u32, u32)) -> Result<(), Incomplete> {
        let mut end = end;
        loop {
            let tail = self.text.get(start as usize..end as usize).unwrap_or_default();
            let seen = tail.trim_end_matches(props::is_default_ignorable);
            // Invisible characters at the end belong to no tag, unless the term keeps them.
            for cut in [tail, seen] {
                self.tag_key(segment, slot, index, (start, start + u32::try_from(cut.len()).unwrap_or(0)))?;
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
    fn tag_key(&mut self, segment: &mut Segment, slot: usize, index: &KindIndex, (start, end): (u32, u32)) -> Result<(), Incomplete> {
        let buffer = &mut self.texts.buffer;
        buffer.clear();
        let ascii = segment.folded.get(slot).filter(|(_, folded)| folded.ascii).and_then(|(_, folded)| folded.bytes().get(start as usize..end as usize));
        if let Some(bytes) = ascii {
            buffer.extend(bytes.iter().copied().filter(|byte| *byte != b'_').take(index.longest_tag + 1));
        } else {
            prepare(self.engine, self.text, segment);
            for unit in units_within(segment.prepared.view(index.kind), start, end).filter(|unit| unit.ch != '_') {
                buffer.extend_from_slice(unit.ch.encode_utf8(&mut [0; 4]).as_bytes());
                if buffer.len() > index.longest_tag {
                    break;
                }
            }
        }
        if buffer.len() > index.longest_tag {
            return Ok(());
        }
        for pattern in index.tags.get(table::hash(buffer)).iter() {
            self.reads_exactly(segment, index.kind, *pattern, (start, end))?;
        }
        Ok(())
    }

    /// A pattern that has to read exactly the span; its mode's places are the caller's.
    fn reads_exactly(&mut self, segment: &mut Segment, kind: ViewKind, pattern: u32, span: (u32, u32)) -> Result<(), Incomplete> {
        self.texts.work.verifications += 1;
        prepare(self.engine, self.text, segment);
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
