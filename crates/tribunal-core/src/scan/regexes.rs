//! Regular expressions: which of them may match a text, and their matches.

use regex_automata::Input;

use super::Scan;
use super::grams::Grams;
use super::literals::{ByteSet, Edges, Literal, Required, is_edge};
use super::squeezed::{CLASSES, edges};
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::engine::Engine;
use crate::inspect::WaitsFor;
use crate::kernel::Kernel;
use crate::limits::Incomplete;
use crate::scratch::Waking;

/// Regular expressions behind their literals.
#[derive(Debug, Default)]
pub(crate) struct Regexes {
    /// What they cannot match without, each with its pattern [beside](Edges::beside) the ends that stand at an edge.
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
        let numbered = |literals: Vec<Literal>| literals.into_iter().map(move |literal| (literal.bytes, literal.edges.beside(pattern)));
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

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Bytes on the heap.
    pub(crate) fn heap(&self) -> usize {
        self.literals.bytes() + self.squeezed.bytes() + size_of::<(u32, ByteSet)>() * self.bytes.len() + 4 * (self.always.len() + self.all.len())
    }

    /// What each expression waits for.
    pub(crate) fn waits(&self) -> impl Iterator<Item = (u32, WaitsFor)> {
        let patterns = |grams: &Grams| {
            let mut ids: Vec<u32> = grams.numbers().iter().map(|number| Edges::split(*number).0).collect();
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
        let Waking { woken, buffer, passed, edges: at_edges } = waking;
        woken.clear();
        // The two characters that fold into ASCII from outside make literals of ASCII blind.
        if !text.is_ascii() && text.contains(['\u{17f}', '\u{212a}']) {
            woken.extend_from_slice(&self.all);
            return Ok(0);
        }
        woken.extend_from_slice(&self.always);
        if !self.bytes.is_empty() {
            let here = ByteSet::of(text);
            woken.extend(self.bytes.iter().filter(|(_, bytes)| bytes.meets(here)).map(|(pattern, _)| *pattern));
        }
        let always = woken.len();
        let wake = |woken: &mut Vec<u32>, numbers: &[u32], here: Edges| {
            for (pattern, wanted) in numbers.iter().map(|number| Edges::split(*number)) {
                if here.hold(wanted) && !woken.get(always..).unwrap_or_default().contains(&pattern) {
                    woken.push(pattern);
                }
            }
        };
        let mut passes = 0;
        if !self.literals.is_empty() {
            buffer.clear();
            buffer.extend_from_slice(text.as_bytes());
            buffer.make_ascii_lowercase();
            passes += self.literals.find(kernel, buffer, passed, &mut |literal, start| {
                let end = start + self.literals.length(literal);
                let here = Edges::NONE.with(Edges::FIRST, is_edge(buffer, start)).with(Edges::LAST, is_edge(buffer, end));
                wake(woken, self.literals.numbers_of(literal), here);
                woken.len() - always <= most
            });
            if woken.len() - always > most {
                return Err(Incomplete::TooManyRegexes);
            }
        }
        if !self.squeezed.is_empty() {
            kernel.squeeze(&CLASSES, text.as_bytes(), buffer);
            at_edges.clear();
            passes += self.squeezed.find(kernel, buffer, passed, &mut |literal, start| {
                if at_edges.is_empty() {
                    edges(text.as_bytes(), at_edges);
                }
                let end = start + self.squeezed.length(literal);
                let is = |at: Option<usize>, edge: Edges| at.and_then(|at| at_edges.get(at)).is_some_and(|here| here.hold(edge));
                let here = Edges::NONE.with(Edges::FIRST, is(Some(start), Edges::FIRST)).with(Edges::LAST, is(end.checked_sub(1), Edges::LAST));
                wake(woken, self.squeezed.numbers_of(literal), here);
                true
            });
        }
        Ok(passes)
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
            waking.woken.iter().try_for_each(|pattern| self.regex(*pattern))
        });
        self.texts.waking = waking;
        result
    }

    fn regex(&mut self, pattern: u32) -> Result<(), Incomplete> {
        let (engine, text) = (self.engine, self.text);
        let mut result = Ok(());
        each_match(engine, pattern, text, &mut |start, end| {
            result = self.hit(pattern, u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX), false);
            result.is_ok()
        });
        result
    }
}

/// The matches of one expression, leftmost first, until `found` has seen enough. One that matches the empty text is refused
/// with the policy, so every match moves on.
pub(crate) fn each_match(engine: &Engine, pattern: u32, text: &str, found: &mut dyn FnMut(usize, usize) -> bool) {
    let Some(expression) = engine.patterns.expression(pattern) else { return };
    let beyond = expression.beyond_ascii.as_ref().filter(|_| !text.is_ascii());
    let regex = beyond.unwrap_or(&expression.regex);
    let mut at = 0;
    loop {
        let Some(next) = regex.search(&Input::new(text).range(at..)).filter(|next| next.end() > at) else { return };
        at = next.end();
        if !found(next.start(), next.end()) {
            return;
        }
    }
}
