//! What settles most of what shows: no key begins with the first classes that a reading would have.
//!
//! Every reading has a class for each letter, and a key is the classes in order. The classes of what stands first are taken
//! without following anything, and one bit of a filter is asked for. Where a sign may be a letter or none, or where a reading
//! might end before four classes are together, nothing is said.

use super::line;
use super::look::Look;
use super::masks::{Masks, is_blank};
use super::table::{self, HEAD, Spelling};

/// Bytes gone over from one place at most.
const REACH: usize = 16;

/// Signs that may be a letter, mask one, begin several, or end every reading.
const UNSURE: u8 = table::LEET | table::MASK | table::SEQUENCE | table::FIRST | table::LAST | table::CLOSED;

impl Look<'_> {
    /// Whether no reading begins in the token, inside itself. `false` says nothing.
    #[inline]
    pub(super) fn begins_nothing(&mut self, masks: &Masks, from: usize, to: usize) -> bool {
        if to - from > 64 {
            return false;
        }
        // Alone it is most of the signs that begin a word to this look.
        let token = self.bytes.get(from..to).unwrap_or_default();
        if token == b"&amp;" {
            return true;
        }
        // Nor is anything read in a link, but parts of longer terms.
        if token.starts_with(b"http") && !self.screen.phrases && Self::is_link(token) && self.line.is_none() {
            return true;
        }
        let mut places = masks.beginnings(from, to);
        while places != 0 {
            let at = from + places.trailing_zeros() as usize;
            places &= places - 1;
            if self.at(at) == b'&'
                && let Some((_, length)) = self.sign_at(at)
            {
                // Nothing begins inside of it.
                places &= u64::MAX.checked_shl(u32::try_from(at + length - from).unwrap_or(64)).unwrap_or(0);
            } else if !self.begins_no_word(at) {
                return false;
            }
        }
        true
    }

    /// Whether no reading begins at `at` inside a token.
    #[inline]
    pub(super) fn begins_no_word(&mut self, at: usize) -> bool {
        let mut spelling = Spelling::default();
        let first = self.at(at);
        let flags = self.table.flags(first);
        if flags & table::WORD == 0 {
            // A sign at the beginning is a letter, or nothing begins with it.
            if flags & table::FIRST == 0 && first != b'&' {
                return true;
            }
            if first == b'&' {
                return self.is_mere_sign(at);
            }
            if flags & table::SEQUENCE != 0 && self.table.class(first) == 0 {
                return !self.begins_sequence(at);
            }
            if flags & (table::SEQUENCE | table::MASK) != 0 || self.table.class(first) == 0 {
                return false;
            }
        }
        spelling.push(self.table.class(first));
        let mut i = at + 1;
        let end = at + REACH;
        if flags & table::WORD == 0 {
            // A run of the sign is one letter too.
            while i < end && self.at(i) == first {
                i += 1;
            }
        }
        let mut asked = false;
        while i < end {
            let byte = self.at(i);
            let flags = self.table.flags(byte);
            if flags & table::WORD != 0 {
                if self.screen.tags && byte.is_ascii_digit() {
                    return false;
                }
                if spelling.push(self.table.class(byte)) && spelling.count == HEAD {
                    return self.begins_no_key(&spelling);
                }
                asked = false;
            } else {
                if flags & UNSURE != 0 {
                    // Behind a letter no reading passes an apostrophe.
                    return flags & table::CLOSED != 0 && self.is_no_key(&spelling);
                }
                // A reading may end before a sign, or at the end of the token.
                if !asked && !self.is_no_key(&spelling) {
                    return false;
                }
                if is_blank(byte) {
                    return true;
                }
                asked = true;
                if byte == b'&' && self.reference_at(i).is_some() {
                    let Some((sign, length)) = self.sign_at(i) else { return false };
                    if self.is_closed(sign) {
                        return true;
                    }
                    i += length;
                    continue;
                }
            }
            i += 1;
        }
        false
    }

    fn is_link(token: &[u8]) -> bool {
        let rest = token.get(4..).unwrap_or_default();
        rest.strip_prefix(b"s").unwrap_or(rest).strip_prefix(b"://").is_some_and(|rest| !rest.is_empty())
    }

    /// Whether the last sign of the run of one sign at `at` begins a sequence.
    pub(super) fn begins_sequence(&self, at: usize) -> bool {
        let byte = self.at(at);
        let mut next = at + 1;
        while self.at(next) == byte {
            next += 1;
        }
        self.table.begins_sequence(byte, self.at(next))
    }

    /// Whether no reading begins with the `&` at `at`: it is none of a character reference, or of one that is a sign.
    pub(super) fn is_mere_sign(&self, at: usize) -> bool {
        self.reference_at(at).is_none_or(|(original, length)| self.is_sign(stands_for(original)) && !self.is_edited(at + length, at + length))
    }

    /// What stands for a reference at `at` that is one of a sign, and its length; nothing where some term reads it sign by
    /// sign.
    #[inline]
    pub(super) fn sign_at(&self, at: usize) -> Option<(u8, usize)> {
        let (original, length) = self.reference_at(at).filter(|_| !self.screen.raw_references)?;
        let byte = stands_for(original);
        ((self.is_sign(byte) || self.is_closed(byte)) && !self.is_edited(at, at + length)).then_some((byte, length))
    }

    /// Whether no reading passes it.
    pub(super) fn is_closed(&self, byte: u8) -> bool {
        self.table.flags(byte) & table::CLOSED != 0
    }

    fn is_sign(&self, byte: u8) -> bool {
        self.table.flags(byte) & (UNSURE | table::WORD) == 0
    }

    /// Whether something is not written as it stands. A mark on the last sign of a reference makes it none.
    fn is_edited(&self, from: usize, to: usize) -> bool {
        self.line.is_some_and(|line| line.is_edited(from, to))
    }

    /// Whether no row of single letters begins with the one at `at`.
    #[inline]
    pub(super) fn begins_no_row(&mut self, at: usize) -> bool {
        let mut spelling = Spelling::default();
        let mut letters = 0;
        let mut i = at;
        let end = at + REACH;
        while i < end {
            let Some(byte) = self.bytes.get(i).copied() else { return letters < 3 };
            let flags = self.table.flags(byte);
            if flags & table::WORD != 0 {
                if self.table.is_word(self.at(i + 1)) {
                    if !self.pair(i + 1) {
                        // A longer word ends the row.
                        return letters < 3;
                    }
                    i += 1;
                }
                letters += 1;
                if spelling.push(self.table.class(byte)) && spelling.count == HEAD {
                    return self.begins_no_key(&spelling);
                }
                // A row may end here, with a key of fewer classes.
                if letters > 2 || (self.screen.tags && byte.is_ascii_digit()) {
                    return false;
                }
            } else if flags & UNSURE != 0 || byte == b'&' {
                return flags & table::CLOSED != 0 && letters < 3;
            }
            i += 1;
        }
        false
    }

    /// Whether no word is just this.
    #[inline]
    fn is_no_key(&mut self, spelling: &Spelling) -> bool {
        spelling.count < self.screen.shortest || self.begins_no_key(spelling)
    }

    #[inline]
    fn begins_no_key(&mut self, spelling: &Spelling) -> bool {
        self.found.keys += 1;
        !self.screen.keys.may_begin(spelling.head)
    }
}

fn stands_for(reference: char) -> u8 {
    if reference.is_ascii() { reference as u8 } else { line::stand_in(reference) }
}
