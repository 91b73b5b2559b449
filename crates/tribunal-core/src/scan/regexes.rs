//! Regular expressions: which of them may match a text, and their matches.

use regex_automata::{Anchored, Input};

use super::Scan;
use super::grams::Grams;
use super::literals::{ByteSet, Literal, Required, Stands, is_edge};
use super::squeezed::{CLASSES, Row};
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::engine::Engine;
use crate::inspect::WaitsFor;
use crate::kernel::Kernel;
use crate::limits::Incomplete;
use crate::scratch::Waking;

/// Regular expressions behind their literals, by their numbers among all of the policy.
#[derive(Debug, Default)]
pub(crate) struct Regexes {
    /// What they cannot match without, each with its expression [beside](Stands::beside) how they stand in a match.
    literals: Grams,
    /// The same, in squeezed texts.
    squeezed: Grams,
    /// Those without any literal, each with bytes of which every match holds one.
    bytes: Vec<(u32, ByteSet)>,
    /// The same by byte.
    sets: ByteSets,
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
    pub(crate) fn add(&mut self, number: u32, required: Option<Required>) {
        let numbered = |literals: Vec<Literal>| literals.into_iter().map(move |literal| (literal.bytes, literal.stands.beside(number)));
        self.regexes.all.push(number);
        match required {
            Some(Required::Written(literals)) => self.written.extend(numbered(literals)),
            Some(Required::Squeezed(literals)) => self.squeezed.extend(numbered(literals)),
            Some(Required::Byte(bytes)) => self.regexes.bytes.push((number, bytes)),
            None => self.regexes.always.push(number),
        }
    }

    pub(crate) fn finish(self, filtered: bool) -> Regexes {
        let sets = ByteSets::new(&self.regexes.bytes);
        Regexes { literals: Grams::build(self.written, filtered), squeezed: Grams::build(self.squeezed, filtered), sets, ..self.regexes }
    }
}

/// Sets of bytes, told in one pass over a text which of them it meets.
#[derive(Debug, Default)]
struct ByteSets {
    /// For each byte the sets that it is of, a bit each.
    by_byte: Vec<u64>,
    /// For each expression the number of its set. The last one holds all that have no number of their own.
    of: Vec<u8>,
}

impl ByteSets {
    fn new(all: &[(u32, ByteSet)]) -> ByteSets {
        let mut known: Vec<ByteSet> = Vec::new();
        let mut sets = ByteSets { by_byte: if all.is_empty() { Vec::new() } else { vec![0; 256] }, of: Vec::new() };
        for (_, set) in all {
            let number = known.iter().position(|known| known == set).unwrap_or_else(|| {
                known.push(*set);
                known.len() - 1
            });
            let number = number.min(63);
            sets.of.push(u8::try_from(number).unwrap_or(63));
            for (byte, of) in (0..=u8::MAX).zip(&mut sets.by_byte) {
                *of |= u64::from(set.has(byte)) << number;
            }
        }
        sets
    }

    fn in_text(&self, text: &str) -> u64 {
        let Some(by_byte) = self.by_byte.first_chunk::<256>() else { return 0 };
        text.bytes().fold(0, |all, byte| all | by_byte.get(usize::from(byte)).copied().unwrap_or(0))
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
        let numbers = |grams: &Grams| {
            let mut ids: Vec<u32> = grams.numbers().iter().map(|number| Stands::split(*number).0).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.into_iter()
        };
        let literals = numbers(&self.literals).map(|id| (id, WaitsFor::Literal));
        let letters = numbers(&self.squeezed).map(|id| (id, WaitsFor::Letters));
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
        let (bytes, always, all): (Vec<(u32, ByteSet)>, _, _) = from.value(Part::Expressions)?;
        Ok(Regexes { literals, squeezed, sets: ByteSets::new(&bytes), bytes, always, all })
    }

    /// Notes the expressions that may match a text, of which at most so many by literals as they are written: what is left of a
    /// squeezed text was not written by anybody. Returns how many places passed a filter.
    fn wake(&self, kernel: Kernel, text: &str, most: usize, waking: &mut Waking) -> Result<usize, Incomplete> {
        waking.woken.clear();
        waking.places.clear();
        // The two characters that fold into ASCII from outside make literals of ASCII blind.
        if may_fold_into_ascii(text.as_bytes()) && text.contains(['\u{17f}', '\u{212a}']) {
            waking.woken.extend_from_slice(&self.all);
            return Ok(0);
        }
        waking.woken.extend_from_slice(&self.always);
        if !self.bytes.is_empty() {
            let here = self.sets.in_text(text);
            waking.woken.extend(self.bytes.iter().zip(&self.sets.of).filter(|(_, set)| here >> **set & 1 != 0).map(|((regex, _), _)| *regex));
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
            for (regex, wanted) in self.literals.numbers_of(literal).iter().map(|number| Stands::split(*number)) {
                if here.hold(wanted) {
                    note(woken, always, regex);
                    if wanted.hold(Stands::AT_BEGIN) {
                        places.push((regex, u32::try_from(start).unwrap_or(u32::MAX)));
                    }
                }
            }
            woken.len() - always <= most
        })
    }

    fn wake_squeezed(&self, kernel: Kernel, text: &[u8], always: usize, waking: &mut Waking) -> usize {
        let Waking { woken, buffer, passed, places, begins } = waking;
        kernel.squeeze(&CLASSES, text, buffer, begins);
        self.squeezed.find(kernel, buffer, passed, &mut |literal, start| {
            let last = (start + self.squeezed.length(literal)).checked_sub(1).and_then(|last| Row::of(text, begins, last));
            let (Some(first), Some(last)) = (Row::of(text, begins, start), last) else { return true };
            let here = Stands::AT_BEGIN
                .with(Stands::FIRST_AT_EDGE, first.stands.hold(Stands::FIRST_AT_EDGE))
                .with(Stands::LAST_AT_EDGE, last.stands.hold(Stands::LAST_AT_EDGE));
            for (regex, wanted) in self.squeezed.numbers_of(literal).iter().map(|number| Stands::split(*number)) {
                if here.hold(wanted) {
                    note(woken, always, regex);
                    if wanted.hold(Stands::AT_BEGIN) {
                        places.extend(first.places(text, wanted.hold(Stands::FIRST_AT_EDGE)).map(|place| (regex, place)));
                    }
                }
            }
            true
        })
    }
}

/// Whether the first two bytes of `ſ` or of the Kelvin sign stand somewhere. All of the text is looked at, many bytes at a time.
fn may_fold_into_ascii(text: &[u8]) -> bool {
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    pairs.fold(false, |found, (first, second)| found | ((*first == 0xc5) & (*second == 0xbf)) | ((*first == 0xe2) & (*second == 0x84)))
}

/// Notes an expression that was not noted by a literal before.
fn note(woken: &mut Vec<u32>, always: usize, regex: u32) {
    if !woken.get(always..).unwrap_or_default().contains(&regex) {
        woken.push(regex);
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
            waking.woken.iter().try_for_each(|regex| self.regex(*regex, &waking.places))
        });
        self.texts.waking = waking;
        result
    }

    /// Runs an expression, at the places where its matches may begin if they are known: in order, an expression may have several.
    fn regex(&mut self, number: u32, places: &[(u32, u32)]) -> Result<(), Incomplete> {
        let (engine, text) = (self.engine, self.text);
        let Some(pattern) = engine.patterns.expressions.get(number as usize).map(|known| known.pattern) else { return Ok(()) };
        let mut result = Ok(());
        let mut found = |start, end| {
            result = self.hit(pattern, u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX), false);
            result.is_ok()
        };
        let from = places.partition_point(|(of, _)| *of < number);
        let mut places = places.get(from..).unwrap_or_default().iter().map_while(|(of, place)| (*of == number).then_some(*place as usize)).peekable();
        if places.peek().is_some() {
            matches_at(engine, number, text, places, &mut found);
        } else {
            each_match(engine, number, text, &mut found);
        }
        result
    }
}

/// The matches of one expression, by its number, that begin at such places, which ascend; the same as those of [`each_match`] where there are no others.
fn matches_at(engine: &Engine, number: u32, text: &str, places: impl Iterator<Item = usize>, found: &mut dyn FnMut(usize, usize) -> bool) {
    let Some(regex) = engine.patterns.expressions.get(number as usize).map(|expression| expression.for_text(text)) else { return };
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
pub(crate) fn each_match(engine: &Engine, number: u32, text: &str, found: &mut dyn FnMut(usize, usize) -> bool) {
    let Some(regex) = engine.patterns.expressions.get(number as usize).map(|expression| expression.for_text(text)) else { return };
    let mut at = 0;
    loop {
        let Some(next) = regex.search(&Input::new(text).range(at..)).filter(|next| next.end() > at) else { return };
        at = next.end();
        if !found(next.start(), next.end()) {
            return;
        }
    }
}
