//! Regular expressions: which of them may match a text, and their matches.

use regex_automata::{Anchored, Input};

use super::Scan;
use super::grams::Grams;
use super::literals::{ByteSet, Literal, Required, Stands, is_edge};
use super::squeezed::{CLASSES, rows};
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::engine::Engine;
use crate::inspect::WaitsFor;
use crate::kernel::Kernel;
use crate::limits::Incomplete;
use crate::scratch::Waking;

/// Regular expressions behind their literals.
#[derive(Debug, Default)]
pub(crate) struct Regexes {
    /// What they cannot match without, each with its pattern [beside](Stands::beside) how they stand in a match.
    literals: Grams,
    /// The same, in squeezed texts.
    squeezed: Grams,
    /// Those without any literal, each with bytes of which every match holds one.
    bytes: Vec<(u32, ByteSet)>,
    /// Those without even such bytes: run on every text.
    always: Vec<u32>,
    /// All of them, for texts in which case folding crosses ASCII.
    all: Vec<u32>,
}

/// Expressions while they are collected.
#[derive(Default)]
pub(crate) struct Draft {
    regexes: Regexes,
    written: Vec<(Vec<u8>, u32)>,
    squeezed: Vec<(Vec<u8>, u32)>,
}

impl Draft {
    /// Adds an expression; with `None` it is run on every text.
    pub(crate) fn add(&mut self, pattern: u32, required: Option<Required>) {
        let numbered = |literals: Vec<Literal>| literals.into_iter().map(move |literal| (literal.bytes, literal.stands.beside(pattern)));
        self.regexes.all.push(pattern);
        match required {
            Some(Required::Written(literals)) => self.written.extend(numbered(literals)),
            Some(Required::Squeezed(literals)) => self.squeezed.extend(numbered(literals)),
            Some(Required::Byte(bytes)) => self.regexes.bytes.push((pattern, bytes)),
            None => self.regexes.always.push(pattern),
        }
    }

    pub(crate) fn finish(self, filtered: bool) -> Regexes {
        Regexes { literals: Grams::build(self.written, filtered), squeezed: Grams::build(self.squeezed, filtered), ..self.regexes }
    }
}

impl Regexes {
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Bytes on the heap.
    pub(crate) fn heap(&self) -> usize {
        self.literals.bytes() + self.squeezed.bytes() + size_of::<(u32, ByteSet)>() * self.bytes.len() + 4 * (self.always.len() + self.all.len())
    }

    /// What each expression waits for.
    pub(crate) fn waits(&self) -> impl Iterator<Item = (u32, WaitsFor)> {
        let patterns = |grams: &Grams| {
            let mut ids: Vec<u32> = grams.numbers().iter().map(|number| Stands::split(*number).0).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.into_iter()
        };
        let literals = patterns(&self.literals).map(|id| (id, WaitsFor::Literal));
        let letters = patterns(&self.squeezed).map(|id| (id, WaitsFor::Letters));
        let bytes = self.bytes.iter().map(|(id, _)| (*id, WaitsFor::Character));
        literals.chain(letters).chain(bytes).chain(self.always.iter().map(|id| (*id, WaitsFor::Nothing)))
    }

    /// Those that have no literal to wait for.
    pub(crate) fn without_literal(&self) -> impl Iterator<Item = u32> {
        self.always.iter().copied().chain(self.bytes.iter().map(|(id, _)| *id))
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        self.literals.save(Part::Expressions, out);
        self.squeezed.save(Part::Expressions, out);
        out.value(Part::Expressions, &(&self.bytes, &self.always, &self.all));
    }

    pub(crate) fn load(from: &mut Reader) -> Result<Regexes, LoadError> {
        let (literals, squeezed) = (Grams::load(Part::Expressions, from)?, Grams::load(Part::Expressions, from)?);
        let (bytes, always, all) = from.value(Part::Expressions)?;
        Ok(Regexes { literals, squeezed, bytes, always, all })
    }

    /// Notes the expressions that may match a text, of which at most so many by literals as they are written: what is left of a
    /// squeezed text was not written by anybody. Returns how many places passed a filter.
    fn wake(&self, kernel: Kernel, text: &str, most: usize, waking: &mut Waking) -> Result<usize, Incomplete> {
        waking.woken.clear();
        waking.places.clear();
        // The two characters that fold into ASCII from outside make literals of ASCII blind.
        if !text.is_ascii() && text.contains(['\u{17f}', '\u{212a}']) {
            waking.woken.extend_from_slice(&self.all);
            return Ok(0);
        }
        waking.woken.extend_from_slice(&self.always);
        if !self.bytes.is_empty() {
            let here = ByteSet::of(text);
            waking.woken.extend(self.bytes.iter().filter(|(_, bytes)| bytes.meets(here)).map(|(pattern, _)| *pattern));
        }
        let always = waking.woken.len();
        let mut passes = 0;
        if !self.literals.is_empty() {
            passes += self.wake_written(kernel, text.as_bytes(), always, most, waking);
            if waking.woken.len() - always > most {
                return Err(Incomplete::TooManyRegexes);
            }
        }
        if !self.squeezed.is_empty() {
            passes += self.wake_squeezed(kernel, text.as_bytes(), always, waking);
        }
        Ok(passes)
    }

    fn wake_written(&self, kernel: Kernel, text: &[u8], always: usize, most: usize, waking: &mut Waking) -> usize {
        let Waking { woken, buffer, passed, places, .. } = waking;
        buffer.clear();
        buffer.extend_from_slice(text);
        buffer.make_ascii_lowercase();
        self.literals.find(kernel, buffer, passed, &mut |literal, start| {
            let edges = [is_edge(buffer, start), is_edge(buffer, start + self.literals.length(literal))];
            let here = Stands::AT_BEGIN.with(Stands::FIRST_AT_EDGE, edges[0]).with(Stands::LAST_AT_EDGE, edges[1]);
            for (pattern, wanted) in self.literals.numbers_of(literal).iter().map(|number| Stands::split(*number)) {
                if here.hold(wanted) {
                    note(woken, always, pattern);
                    if wanted.hold(Stands::AT_BEGIN) {
                        places.push((pattern, u32::try_from(start).unwrap_or(u32::MAX)));
                    }
                }
            }
            woken.len() - always <= most
        })
    }

    fn wake_squeezed(&self, kernel: Kernel, text: &[u8], always: usize, waking: &mut Waking) -> usize {
        let Waking { woken, buffer, passed, places, rows: all } = waking;
        kernel.squeeze(&CLASSES, text, buffer);
        all.clear();
        self.squeezed.find(kernel, buffer, passed, &mut |literal, start| {
            if all.is_empty() {
                rows(text, all);
            }
            let last = (start + self.squeezed.length(literal)).checked_sub(1).and_then(|last| all.get(last));
            let (Some(first), Some(last)) = (all.get(start), last) else { return true };
            let here = Stands::AT_BEGIN
                .with(Stands::FIRST_AT_EDGE, first.stands.hold(Stands::FIRST_AT_EDGE))
                .with(Stands::LAST_AT_EDGE, last.stands.hold(Stands::LAST_AT_EDGE));
            for (pattern, wanted) in self.squeezed.numbers_of(literal).iter().map(|number| Stands::split(*number)) {
                if here.hold(wanted) {
                    note(woken, always, pattern);
                    if wanted.hold(Stands::AT_BEGIN) {
                        places.extend(first.places(text, wanted.hold(Stands::FIRST_AT_EDGE)).map(|place| (pattern, place)));
                    }
                }
            }
            true
        })
    }
}

/// Notes an expression that was not noted by a literal before.
fn note(woken: &mut Vec<u32>, always: usize, pattern: u32) {
    if !woken.get(always..).unwrap_or_default().contains(&pattern) {
        woken.push(pattern);
    }
}

impl Scan<'_> {
    pub(super) fn regexes(&mut self, regexes: &Regexes) -> Result<(), Incomplete> {
        if regexes.is_empty() {
            return Ok(());
        }
        let mut waking = std::mem::take(&mut self.texts.waking);
        let woken = regexes.wake(self.engine.kernel, self.text, self.engine.options.limits.regexes_woken, &mut waking);
        let result = woken.and_then(|passes| {
            let work = &mut self.texts.work;
            work.filter_passes += passes as u64;
            work.probes += passes as u64;
            work.regexes_woken += waking.woken.len() as u64;
            waking.places.sort_unstable();
            waking.places.dedup();
            waking.woken.iter().try_for_each(|pattern| self.regex(*pattern, &waking.places))
        });
        self.texts.waking = waking;
        result
    }

    /// Runs an expression, at the places where its matches may begin if they are known: in order, an expression may have several.
    fn regex(&mut self, pattern: u32, places: &[(u32, u32)]) -> Result<(), Incomplete> {
        let (engine, text) = (self.engine, self.text);
        let mut result = Ok(());
        let mut found = |start, end| {
            result = self.hit(pattern, u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX), false);
            result.is_ok()
        };
        let from = places.partition_point(|(of, _)| *of < pattern);
        let mut places = places.get(from..).unwrap_or_default().iter().map_while(|(of, place)| (*of == pattern).then_some(*place as usize)).peekable();
        if places.peek().is_some() {
            matches_at(engine, pattern, text, places, &mut found);
        } else {
            each_match(engine, pattern, text, &mut found);
        }
        result
    }
}

/// The matches of one expression that begin at such places, which ascend; the same as those of [`each_match`] where there are no others.
fn matches_at(engine: &Engine, pattern: u32, text: &str, places: impl Iterator<Item = usize>, found: &mut dyn FnMut(usize, usize) -> bool) {
    let Some(regex) = engine.patterns.expression(pattern).map(|expression| expression.for_text(text)) else { return };
    let mut at = 0;
    for place in places {
        if place < at {
            continue;
        }
        if let Some(next) = regex.search(&Input::new(text).range(place..).anchored(Anchored::Yes)) {
            at = next.end();
            if !found(next.start(), next.end()) {
                return;
            }
        }
    }
}

/// The matches of one expression, leftmost first, until `found` has seen enough. One that matches the empty text is refused
/// with the policy, so every match moves on.
pub(crate) fn each_match(engine: &Engine, pattern: u32, text: &str, found: &mut dyn FnMut(usize, usize) -> bool) {
    let Some(regex) = engine.patterns.expression(pattern).map(|expression| expression.for_text(text)) else { return };
    let mut at = 0;
    loop {
        let Some(next) = regex.search(&Input::new(text).range(at..)).filter(|next| next.end() > at) else { return };
        at = next.end();
        if !found(next.start(), next.end()) {
            return;
        }
    }
}
