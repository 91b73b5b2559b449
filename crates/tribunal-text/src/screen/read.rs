//! Following the readings that begin at one place, in every way.

use super::line;
use super::look::Look;
use super::masks::is_blank;
use super::table::{self, Ends, Spelling};
use crate::verify::MAX_SPAN_UNITS;
use crate::{entities, glyph};

/// How many signs deep one reading is followed.
const DEPTH: u32 = 24;
/// Steps from one place.
const STEPS_PER_START: usize = 200;

/// What has been read of a word.
#[derive(Clone, Copy, Default)]
pub(super) struct Reading {
    spelling: Spelling,
    ends: Ends,
    start: usize,
    /// Separators so far: none, all this byte, or several kinds.
    separator: u8,
    /// Every piece so far is one letter.
    singles: bool,
    /// Not plain.
    special: bool,
    letter: bool,
    masked: bool,
    crossed: bool,
    /// Only letters so far, in one piece.
    pure: bool,
    elements: u32,
    /// Letters read so far, repetitions too.
    letters: u32,
    /// Masked letters so far, at most.
    masks: u32,
    depth: u32,
}

const SEVERAL: u8 = 0xff;

impl Reading {
    /// Nothing read yet, from `start` on.
    pub(super) fn from(start: usize) -> Reading {
        Reading { start, singles: true, pure: true, ..Reading::default() }
    }
}

impl Look<'_> {
    pub(super) fn follow(&mut self, mut i: usize, mut r: Reading) {
        r.depth += 1;
        if r.depth > DEPTH {
            self.hit = true;
        }
        while !self.hit && i < r.start + MAX_SPAN_UNITS {
            self.steps += 1;
            if self.steps - self.begun > STEPS_PER_START {
                self.hit = true;
                return;
            }
            let Some(byte) = self.bytes.get(i).copied() else { return };
            if self.table.is_word(byte) {
                let Some(end) = self.piece(i, &mut r) else { return };
                i = end;
                continue;
            }
            r.pure = false;
            if is_blank(byte) {
                if !self.chain || r.spelling.count == 0 {
                    return;
                }
                (r.separator, r.crossed) = (SEVERAL, true);
                i += 1;
                continue;
            }
            let Some(next) = self.sign(i, byte, &mut r) else { return };
            i = next;
        }
    }

    /// Reads a run of letters and digits; every one of them is read.
    fn piece(&mut self, from: usize, r: &mut Reading) -> Option<usize> {
        let mut end = from;
        let (mut run, mut doublings, mut previous) = (0, 0, 0);
        r.special |= r.start != from;
        while let Some(byte) = self.bytes.get(end).copied().filter(|b| self.table.is_word(*b)) {
            let folded = byte.to_ascii_lowercase();
            run = if folded == previous { run + 1 } else { 1 };
            if folded.is_ascii_digit() {
                // A tag may end before the digits that are left over.
                if self.screen.tags {
                    self.end(end, r, false);
                }
                (r.special, r.pure) = (true, false);
            } else {
                r.letter = true;
                r.special |= (line::LOOKS..=line::LOOKS_END).contains(&folded);
                r.pure &= folded.is_ascii();
                doublings += usize::from(run == 2);
                r.special |= run > 2 || doublings > 1 || (run == 2 && (self.lone || folded == b'v')) || (previous == b'p' && folded == b'h');
            }
            if !self.push(r, self.table.class(folded)) {
                return None;
            }
            previous = folded;
            end += 1;
        }
        let length = end - from;
        r.letters += short(length);
        self.steps += length / 4;
        let single = length == 1 || (length == 2 && self.pair(from + 1));
        r.singles &= single;
        if !single && (self.chain || r.separator == SEVERAL) {
            return None;
        }
        r.elements += 1;
        self.end(end, r, false);
        Some(end)
    }

    /// Takes a class; `false` when no term goes on so.
    fn push(&mut self, r: &mut Reading, class: u32) -> bool {
        if r.ends.unknown && class == table::H {
            // Behind a masked letter it may be the second half of `ph`.
            return true;
        }
        if r.spelling.push(class) {
            r.ends.push(class, !r.masked);
            if r.masked {
                // A masked letter may be the same as the one beside it.
                return r.spelling.count <= 2 * self.screen.longest + 2;
            }
            return r.spelling.count <= self.screen.longest && (r.spelling.count != table::HEAD || self.screen.keys.may_begin(r.spelling.head));
        }
        true
    }

    /// Reads a run of one sign in every way; returns where to go on when it is passed as separators.
    fn sign(&mut self, at: usize, byte: u8, r: &mut Reading) -> Option<usize> {
        let flags = self.table.flags(byte);
        if flags & table::CLOSED != 0 {
            return None;
        }
        if byte == line::ANY {
            self.hit = true;
            return None;
        }
        let mut end = at + 1;
        while self.at(end) == byte && self.bytes.len() > end {
            end += 1;
        }
        let first = r.spelling.count == 0;
        if byte == line::SKIP {
            r.special = true;
            self.end(end, r, true);
            return Some(end);
        }
        // A run may be several letters of a row, the others between them separators.
        let run = short(end - at);
        let elements = r.elements + run;
        if flags & table::SEQUENCE != 0 {
            self.sequences(at, end - 1, r);
        }
        if byte == b'&' {
            if let Some((sign, length)) = self.sign_at(end - 1) {
                r.special = true;
                if is_blank(sign) {
                    (r.separator, r.crossed) = (SEVERAL, true);
                }
                return (!first && !self.is_closed(sign)).then_some(end - 1 + length);
            }
            self.reference(end - 1, r);
        }
        if flags & table::LEET != 0 && !(first && matches!(byte, b'(' | b'<')) {
            let mut read = Reading { special: true, elements, letters: r.letters + run, ..*r };
            if self.push(&mut read, self.table.class(byte)) {
                if flags & table::LAST != 0 {
                    // A reading may end before the run does.
                    self.end(at + 1, &read, true);
                }
                self.follow(end, read);
            }
        }
        if first {
            return None;
        }
        if flags & table::MASK != 0 && !self.hit {
            let mut read = Reading { special: true, masked: true, elements, masks: r.masks + run, ..*r };
            read.ends.mask();
            read.spelling.last = 0;
            // One at the very end is a footnote. A reading may end before the run does.
            let least = at + if r.ends.unknown { 1 } else { 2 };
            if end >= least {
                self.end(least, &read, true);
            }
            self.follow(end, read);
        }
        // Between the words of a tag `_` is none.
        if !(byte == b'_' && self.screen.tags) {
            r.separator = if r.separator == 0 || r.separator == byte { byte } else { SEVERAL };
        }
        r.special = true;
        (r.separator != SEVERAL || r.singles).then_some(end)
    }

    /// Sequences that begin with the last of a run of one sign.
    fn sequences(&mut self, from: usize, at: usize, r: &Reading) {
        if !self.table.begins_sequence(self.at(at), self.at(at + 1)) {
            return;
        }
        for (sequence, letter) in glyph::sequences() {
            if self.bytes.get(at..at + sequence.len()) != Some(sequence.as_bytes()) {
                continue;
            }
            let end = at + sequence.len();
            let class = table::merged(glyph::class(*letter));
            for read_before in [false, true] {
                let sign = self.table.class(self.at(from));
                let mut read = Reading { special: true, elements: r.elements + 1, letters: r.letters + short(end - from), ..*r };
                if read_before && (from == at || sign == 0 || !self.push(&mut read, sign)) {
                    continue;
                }
                if self.push(&mut read, class) {
                    self.end(end, &read, true);
                    self.follow(end, read);
                }
            }
        }
    }

    pub(super) fn reference_at(&self, at: usize) -> Option<(char, usize)> {
        entities::parse_bytes(self.bytes.get(at..)?)
    }

    /// A character reference: any letter it may stand for, or a separator.
    fn reference(&mut self, at: usize, r: &Reading) {
        let Some((original, length)) = self.reference_at(at) else { return };
        self.steps += 8;
        let end = at + length;
        let byte = if original.is_ascii() { original.to_ascii_lowercase() as u8 } else { line::stand_in(original) };
        let flags = self.table.flags(byte);
        // A mark on the last sign of a reference is no part of it, nor is the sign then.
        if matches!(byte, line::ANY | line::SKIP) || self.line.is_some_and(|line| line.is_edited(end, end)) {
            self.hit = true;
            return;
        }
        if flags & (table::LEET | table::WORD) != 0 {
            let mut read = Reading { special: true, letter: true, elements: r.elements + 1, letters: r.letters + 1, ..*r };
            if self.push(&mut read, self.table.class(byte)) {
                self.end(end, &read, true);
                self.follow(end, read);
            }
        }
        if r.spelling.count > 0 && flags & (table::WORD | table::CLOSED) == 0 {
            let mut passed = Reading { special: true, ..*r };
            if is_blank(byte) {
                (passed.separator, passed.crossed) = (SEVERAL, true);
            }
            self.follow(end, passed);
        }
    }

    /// A reading may end here: is there such a term?
    fn end(&mut self, end: usize, r: &Reading, sign: bool) {
        if !r.special || self.hit || (self.table.is_word(self.at(end)) && (sign || !self.screen.tags)) {
            return;
        }
        if !r.letter || (self.chain && !(r.crossed && r.elements > 2)) {
            return;
        }
        self.found.keys += 1;
        if r.masked {
            // Each mask hides one letter, and half of the letters show.
            self.hit |= self.screen.keys.may_fit(r.ends, r.letters + r.masks.min(r.letters));
            return;
        }
        let terms = self.screen.keys.get(r.spelling.hash);
        if terms.is_empty() || (r.pure && self.is_plain(r.start, end, terms)) {
            return;
        }
        self.found.held += 1;
        for word in terms.iter().filter_map(|term| self.screen.keys.word(*term)) {
            self.hit |= word.alone && !self.linked;
            self.found.phrase |= word.among;
        }
    }

    /// Whether a word of letters alone is no disguise of any of the terms: it is the term itself, or ordinary.
    fn is_plain(&self, from: usize, to: usize, terms: &[u32]) -> bool {
        let Some(word) = self.bytes.get(from..to) else { return false };
        if terms.iter().filter_map(|term| self.screen.keys.word(*term)).all(|term| term.letters.as_bytes().eq_ignore_ascii_case(word)) {
            return true;
        }
        let mut buffer = [0u8; 32];
        let Some(folded) = buffer.get_mut(..word.len()) else { return false };
        folded.copy_from_slice(word);
        folded.make_ascii_lowercase();
        std::str::from_utf8(folded).is_ok_and(|folded| self.ordinary.contains(folded))
    }
}

fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
