//! Many literals at once, of which few occur: some bytes of each by a table of hashes, then the literal itself.

use super::literals::frequency;
use super::table::Table;
use crate::artefact::column::{Column, Pieces};
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::kernel::{Kernel, Passed, Shape};

/// Literals, each with the numbers it stands for.
///
/// A literal is found by as many of its bytes as the widest of [`WIDTHS`] that it has, the rarest of them: a text is gone through
/// once for each width that occurs. What passes the filter of such a table is compared with the whole literal.
#[derive(Debug, Default)]
pub(crate) struct Grams {
    /// By width, with which bytes stand where: from the hash of so many bytes to `literal << PLACE_BITS | place`, the place being where they stand in it.
    tables: Vec<(Shape, Table)>,
    literals: Pieces,
    /// Where the numbers of each literal begin, and the end.
    first: Column<u32>,
    numbers: Column<u32>,
}

/// Bytes that literals are found by. Two characters of Chinese are six; a word of English with four bytes in common with none of
/// some thousand others is not common.
const WIDTHS: [usize; 5] = [6, 4, 3, 2, 1];
/// So few literals go with narrower ones, if those have so many bytes: some more looks cost less than going through a text once more.
const FEW: usize = 128;
const LEAST_SHARED: usize = 3;
/// Bits that say where in its literal a gram stands.
const PLACE_BITS: u32 = 6;

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn bytes(gram: &[u8]) -> u64 {
    gram.iter().rev().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte))
}

/// The widths that literals are found by, descending: of those that the literals have, where they are worth going through a text for.
fn widths(literals: &Pieces) -> Vec<usize> {
    let mut counts = WIDTHS.map(|width| (width, 0));
    for at in 0..literals.len() {
        if let Some((_, count)) = counts.iter_mut().find(|(width, _)| literals.get(at).len() >= *width) {
            *count += 1;
        }
    }
    let (mut kept, mut rest) = (Vec::new(), counts.as_mut_slice());
    while let Some(((width, count), narrower)) = rest.split_first_mut() {
        let shared = narrower.iter_mut().find(|(width, count)| *width >= LEAST_SHARED && *count > 0);
        match shared {
            Some((_, others)) if *count < FEW => *others += *count,
            _ if *count > 0 => kept.push(*width),
            _ => {}
        }
        rest = narrower;
    }
    kept
}

impl Grams {
    /// The literals of these pairs, of at least one byte; a literal may stand in several. With `filtered` off the filters let everything pass.
    pub(crate) fn build(mut pairs: Vec<(Vec<u8>, u32)>, filtered: bool) -> Grams {
        pairs.sort_unstable();
        pairs.dedup();
        let groups = || pairs.chunk_by(|a, b| a.0 == b.0);
        let literals = Pieces::new(groups().filter_map(|group| Some(&group.first()?.0)));
        let mut first = vec![0];
        first.extend(groups().scan(0, |end, group| {
            *end += narrow(group.len());
            Some(*end)
        }));
        let numbers: Vec<u32> = pairs.iter().map(|(_, number)| *number).collect();
        let all = if filtered { 0 } else { u8::MAX };
        let mut by_width = widths(&literals).into_iter().map(|width| (width, [all; 256], [all; 1024], Vec::new())).collect::<Vec<_>>();
        for at in 0..literals.len() {
            let literal = literals.get(at);
            let Some((width, places, pairs, keys)) = by_width.iter_mut().find(|(width, ..)| literal.len() >= *width) else { continue };
            let rarity = |gram: &[u8]| gram.iter().map(|byte| frequency(*byte)).product::<f64>();
            let grams = literal.windows(*width).take(1 << PLACE_BITS).enumerate();
            if let Some((place, gram)) = grams.min_by(|a, b| rarity(a.1).total_cmp(&rarity(b.1))) {
                keys.push((super::table::gram(bytes(gram)), narrow(at) << PLACE_BITS | narrow(place)));
                for (place, byte) in gram.iter().enumerate() {
                    if let Some(places) = places.get_mut(usize::from(*byte)) {
                        *places |= 1 << place;
                    }
                }
                for (place, two) in gram.windows(2).enumerate() {
                    if let [first, second] = two
                        && let Some(pairs) = pairs.get_mut(Shape::pair(*first, *second))
                    {
                        *pairs |= 1 << place;
                    }
                }
            }
        }
        let tables = by_width.into_iter().filter_map(|(width, places, pairs, keys)| Some((Shape::new(width, places, pairs)?, Table::build(keys, filtered))));
        Grams { tables: tables.collect(), literals, first: first.into(), numbers: numbers.into() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Tells every literal in a text, as its place among [`Grams::numbers_of`], and the byte at which it begins, as often as it occurs, until `found`
    /// has seen enough. Returns how many places passed a filter.
    pub(crate) fn find(&self, kernel: Kernel, text: &[u8], passed: &mut Passed, found: &mut dyn FnMut(u32, usize) -> bool) -> usize {
        let mut passes = 0;
        for (shape, table) in &self.tables {
            passed.clear();
            kernel.grams(table.slots.filter(), text, shape, passed);
            passes += passed.len();
            for at in passed.get() {
                let at = *at as usize;
                let key = super::table::gram(bytes(text.get(at..at + shape.width()).unwrap_or_default()));
                let Some(entry) = table.entry(key) else { continue };
                for posting in table.postings(entry).iter() {
                    if !self.look(text, at, *posting, found) {
                        return passes;
                    }
                }
            }
        }
        passes
    }

    #[inline]
    fn look(&self, text: &[u8], at: usize, posting: u32, found: &mut dyn FnMut(u32, usize) -> bool) -> bool {
        let (number, place) = ((posting >> PLACE_BITS) as usize, (posting & ((1 << PLACE_BITS) - 1)) as usize);
        let literal = self.literals.get(number);
        let Some(start) = at.checked_sub(place) else { return true };
        if text.get(start..).is_none_or(|rest| !rest.starts_with(literal)) {
            return true;
        }
        found(posting >> PLACE_BITS, start)
    }

    /// Bytes of a literal.
    pub(crate) fn length(&self, literal: u32) -> usize {
        self.literals.get(literal as usize).len()
    }

    /// What all of them stand for, some more than once.
    pub(crate) fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// What a literal stands for.
    pub(crate) fn numbers_of(&self, literal: u32) -> &[u32] {
        let literal = literal as usize;
        let Some([from, to]) = self.first.get(literal..literal.saturating_add(2)) else { return &[] };
        self.numbers.get(*from as usize..*to as usize).unwrap_or_default()
    }

    pub(crate) fn save(&self, part: Part, out: &mut Writer) {
        let widths: Vec<usize> = self.tables.iter().map(|(shape, _)| shape.width()).collect();
        out.value(part, &widths);
        for (shape, table) in &self.tables {
            out.column(part, shape.places());
            out.column(part, shape.pairs());
            table.save(part, out);
        }
        let (starts, bytes) = self.literals.columns();
        out.column(part, starts);
        out.column(part, bytes);
        out.column(part, &self.first);
        out.column(part, &self.numbers);
    }

    pub(crate) fn load(part: Part, from: &mut Reader) -> Result<Grams, LoadError> {
        let widths: Vec<usize> = from.value(part)?;
        if widths.len() > WIDTHS.len() || widths.iter().any(|width| !WIDTHS.contains(width)) {
            return Err(LoadError::Malformed("literals by a width that there is not"));
        }
        let mut tables = Vec::new();
        for width in widths {
            let (places, pairs): (Column<u8>, Column<u8>) = (from.column(part)?, from.column(part)?);
            let both = places.first_chunk().zip(pairs.first_chunk());
            let shape = both.and_then(|(places, pairs)| Shape::new(width, *places, *pairs)).ok_or(LoadError::Malformed("literals of no width or shape"))?;
            tables.push((shape, Table::load(part, from)?));
        }
        let literals = Pieces::of(from.column(part)?, from.column(part)?);
        Ok(Grams { tables, literals, first: from.column(part)?, numbers: from.column(part)? })
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.tables.iter().map(|(shape, table)| size_of_val(shape) + table.bytes()).sum::<usize>()
            + self.literals.size()
            + 4 * (self.first.len() + self.numbers.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Simd;

    #[test]
    fn finds_what_stands_there() {
        let literals = ["glock", "lock", "t.me/", "the", "aaa", "zzz", "aa", "z", "枪支买卖", "枪", "é", "a longer literal than the widest gram"];
        let texts = [
            "my glock at t.me/x",
            "",
            "th",
            "the",
            "aaaa",
            "other clocks",
            "gloc",
            "lo",
            "zz z",
            "xlockx",
            "买卖枪支买卖枪",
            "café",
            "ais a longer literal than the widest gram, is it",
        ];
        for (filtered, simd) in Simd::available().into_iter().flat_map(|simd| [(true, simd), (false, simd)]) {
            let grams = Grams::build((0u32..).zip(literals).map(|(at, text)| (text.into(), at)).collect(), filtered);
            for text in texts {
                let mut found = Vec::new();
                let passes = grams.find(Kernel::new(simd), text.as_bytes(), &mut Passed::default(), &mut |literal, start| {
                    found.extend(grams.numbers_of(literal).iter().map(|number| (*number, start)));
                    true
                });
                let places: usize = WIDTHS.iter().map(|width| (text.len() + 1).saturating_sub(*width)).sum();
                assert!(passes <= places && (passes > 0 || found.is_empty()));
                found.sort_unstable();
                let starts = |literal: &str| (0..text.len()).filter(|at| text.as_bytes()[*at..].starts_with(literal.as_bytes())).collect::<Vec<_>>();
                let wanted: Vec<(u32, usize)> =
                    (0u32..).zip(literals).flat_map(|(at, literal)| starts(literal).into_iter().map(move |start| (at, start))).collect();
                assert_eq!(found, wanted, "{text} with {simd:?}");
            }
        }
    }
}
