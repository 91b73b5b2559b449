//! One look at a text: from what shows to the places at which a reading may begin.

use super::line;
use super::line::Line;
use super::masks::{Carry, Masks, is_blank};
use super::read::Reading;
use super::table::{self, Bytes, Spelling};
use super::{Found, Screen};
use crate::{Ordinary, signals};

/// Longest token in which a link is sought: the guard against links looks no further (in characters, on each side).
const LINK_REACH: usize = 512;

pub(super) struct Look<'a> {
    pub(super) screen: &'a Screen,
    pub(super) table: &'static Bytes,
    pub(super) bytes: &'a [u8],
    /// Where the bytes are not those of the text.
    pub(super) line: Option<&'a Line>,
    pub(super) ordinary: &'a Ordinary,
    pub(super) found: &'a mut Found,
    pub(super) steps: usize,
    /// One doubled letter alone may be a disguise.
    pub(super) lone: bool,
    /// Letters one by one, across white space; else inside a token.
    pub(super) chain: bool,
    pub(super) hit: bool,
    /// Inside a link or a name, where a word by itself is never read.
    pub(super) linked: bool,
    pub(super) budget: usize,
    /// Steps before the place at hand.
    pub(super) begun: usize,
}

impl Look<'_> {
    #[inline]
    pub(super) fn at(&self, i: usize) -> u8 {
        self.bytes.get(i).copied().unwrap_or(b' ')
    }

    pub(super) fn run(mut self, masks: &mut Masks) {
        self.silence_references(masks);
        let masks = &*masks;
        let (mut done, mut run_done, mut carry) = (0, 0, Carry::default());
        for i in 0..masks.len() {
            let shows = masks.shows(i, self.lone, self.screen.phrases, &mut carry);
            let mut events = shows.events;
            while events != 0 {
                let at = i * 64 + events.trailing_zeros() as usize;
                events &= events - 1;
                if at >= done {
                    done = self.token(masks, at);
                }
                // Two letters that stand for one may begin a row.
                if self.pair(at) {
                    self.begin(at - 1, at, true);
                }
            }
            let mut signs = shows.signs;
            while signs != 0 {
                let at = i * 64 + signs.trailing_zeros() as usize;
                signs &= signs - 1;
                if at >= run_done {
                    run_done = self.row(at);
                }
            }
            let mut singles = shows.singles;
            while singles != 0 {
                let at = i * 64 + singles.trailing_zeros() as usize;
                singles &= singles - 1;
                if !self.begins_no_row(at) {
                    self.begin(at, at + 1, true);
                }
            }
            if !self.screen.soft.is_empty() && !self.found.phrase {
                let mut words = masks.word_starts(i);
                while words != 0 && !self.found.phrase {
                    self.found.phrase = self.begins_soft(i * 64 + words.trailing_zeros() as usize);
                    words &= words - 1;
                }
            }
            if self.steps > self.budget {
                self.found.exhausted = true;
                break;
            }
        }
        self.found.steps += self.steps as u64;
        if self.found.starts.len() > 1 {
            self.found.starts.sort_unstable();
        }
    }

    /// References of signs are as quiet as these.
    #[inline]
    fn silence_references(&mut self, masks: &mut Masks) {
        for i in 0..masks.len() {
            let mut amps = masks.amps(i);
            while amps != 0 {
                let at = i * 64 + amps.trailing_zeros() as usize;
                amps &= amps - 1;
                if let Some((sign, length)) = self.sign_at(at) {
                    self.found.phrase = self.found.phrase || (self.screen.phrases && self.is_gap_of_phrase(at));
                    masks.silence(at, at + length, self.is_closed(sign));
                }
            }
        }
    }

    /// Rows of single letters that begin with a sign of the run around `at`; returns where it ends.
    #[inline]
    fn row(&mut self, at: usize) -> usize {
        let inside = |i: usize| self.bytes.get(i).is_some_and(|b| !self.table.is_letter(*b) && !is_blank(*b));
        let (mut from, mut to) = (at, at);
        while from > 0 && inside(from - 1) {
            from -= 1;
        }
        let (mut letter, mut reference) = (false, false);
        while inside(to) {
            let byte = self.at(to);
            if byte == b'&' {
                reference |= !self.is_mere_sign(to);
                self.found.phrase |= self.screen.phrases && self.is_gap_of_phrase(to);
            }
            letter |= self.table.flags(byte) & table::FIRST != 0 && !byte.is_ascii_digit();
            to += 1;
        }
        if reference || (letter && self.single_after(to)) {
            self.rows(from, to);
        }
        to
    }

    /// Whether the `&` at `at` begins a character reference that may stand between the words of a term: the word before it,
    /// if it is written plainly, is a word of one.
    fn is_gap_of_phrase(&self, at: usize) -> bool {
        if self.reference_at(at).is_none_or(|(c, _)| crate::props::is_lmd(c)) {
            return false;
        }
        let before = self.bytes.get(..at).unwrap_or_default();
        let is_word = |b: &u8| self.table.is_word(*b);
        let Some(last) = before.iter().rposition(is_word) else { return false };
        let gap = before.get(last + 1..).unwrap_or_default();
        let first = before.get(..last).unwrap_or_default().iter().rposition(|b| !is_word(b)).map_or(0, |i| i + 1);
        let mut spelling = Spelling::default();
        before.get(first..=last).unwrap_or_default().iter().for_each(|b| {
            spelling.push(self.table.class(*b));
        });
        let words = self.screen.keys.get(spelling.hash).iter().filter_map(|word| self.screen.keys.word(*word));
        // Where something cannot be told the text is walked.
        let unsure = |b: Option<&u8>| b.is_some_and(|b| matches!(*b, line::SKIP | line::ANY | line::BARRIER));
        words.into_iter().any(|word| word.among) || gap.iter().any(|b| unsure(Some(b))) || unsure(first.checked_sub(1).and_then(|i| before.get(i)))
    }

    /// Whether the letter at `at` ends a word of `vv` or `ph`, which is one letter.
    #[inline]
    pub(super) fn pair(&self, at: usize) -> bool {
        let letter = |i: Option<usize>| i.map_or(b' ', |i| self.at(i).to_ascii_lowercase());
        let last = letter(Some(at));
        if !matches!(last, b'v' | b'h') {
            return false;
        }
        let word = |i: Option<usize>| i.is_some_and(|i| self.table.is_word(self.at(i)));
        matches!((letter(at.checked_sub(1)), last), (b'v', b'v') | (b'p', b'h')) && !word(at.checked_sub(2)) && !word(Some(at + 1))
    }

    /// Whether the next piece is one letter of a row, or may be.
    fn single_after(&self, at: usize) -> bool {
        let rest = self.bytes.get(at..at + 16).unwrap_or_else(|| self.bytes.get(at..).unwrap_or_default());
        let next = rest.iter().position(|b| self.table.is_word(*b)).unwrap_or(rest.len());
        let gap = rest.get(..next).unwrap_or_default();
        if gap.len() == 16 || gap.iter().any(|b| *b == b'&' || self.table.flags(*b) & table::FIRST != 0) {
            return true;
        }
        next < rest.len() && (!self.table.is_word(self.at(at + next + 1)) || self.pair(at + next + 1))
    }

    /// Rows of single letters that begin with a sign of a run. A sign that touches the word before begins none.
    fn rows(&mut self, from: usize, to: usize) {
        let mut i = from;
        while i < to {
            let byte = self.at(i);
            let mut end = i + 1;
            while end < to && self.at(end) == byte {
                end += 1;
            }
            let before = i.checked_sub(1).map_or(b' ', |p| self.at(p));
            let flags = self.table.flags(byte);
            let starts = match byte {
                b'&' => !self.is_mere_sign(end - 1),
                _ if flags & table::SEQUENCE != 0 && self.table.class(byte) == 0 => self.begins_sequence(i),
                _ => flags & table::FIRST != 0 && !byte.is_ascii_digit(),
            };
            if starts && (end > i + 1 || !self.table.is_word(before)) {
                self.begin(i, end, true);
            }
            i = end;
        }
    }

    fn keep(&mut self, from: usize, to: usize) {
        let short = |n: usize| u32::try_from(self.line.map_or(n, |line| line.place(n))).unwrap_or(u32::MAX);
        // A place may be one of several letters that one character folds to.
        let (from, to) = (short(from), short(to));
        self.found.starts.push((from, to.max(from.saturating_add(1))));
    }

    /// Reads the token around `at`, inside itself; returns where it ends.
    fn token(&mut self, masks: &Masks, at: usize) -> usize {
        let (from, to) = masks.token(at, self.bytes.len());
        if !self.begins_nothing(masks, from, to) {
            self.read_token(from, to);
        }
        to
    }

    fn read_token(&mut self, from: usize, to: usize) {
        let token = self.bytes.get(from..to).unwrap_or_default();
        let mut last = to;
        // The guard against links reads what is written.
        if token.len() <= LINK_REACH && !self.line.is_some_and(|line| line.is_edited(from.saturating_sub(1), to)) {
            let link = may_hold_link(token);
            if !link && is_name(token) {
                last = from;
            } else if link {
                last = std::str::from_utf8(token).ok().and_then(signals::first_link).map_or(to, |link| from + link);
            }
        }
        self.linked = false;
        self.words(from, last);
        // What a guard refuses to a word may be part of a longer term.
        if last < to && self.screen.phrases {
            self.linked = true;
            self.words(last, to);
            self.linked = false;
        }
    }

    /// Reads from every place between at which a word may begin.
    fn words(&mut self, from: usize, last: usize) {
        let mut i = from;
        while i < last {
            let byte = self.at(i);
            let before = i.checked_sub(1).map_or(b' ', |p| self.at(p));
            let mut end = i + 1;
            if self.table.is_word(byte) {
                if !self.table.is_word(before) && !self.begins_no_word(i) {
                    self.begin(i, i + 1, false);
                }
                while self.table.is_word(self.at(end)) {
                    end += 1;
                }
            } else {
                while end < last && self.at(end) == byte {
                    end += 1;
                }
                // What a run of `&` begins, its last does.
                let first = if byte == b'&' { end - 1 } else { i };
                if byte == b'&'
                    && let Some((_, length)) = self.sign_at(first)
                {
                    i = first + length;
                    continue;
                }
                if (end > i + 1 || !self.table.is_word(before)) && !self.begins_no_word(first) {
                    self.begin(i, end, false);
                }
            }
            i = end;
        }
    }

    /// Follows every reading from `from`; keeps the place when a key is held.
    fn begin(&mut self, from: usize, to: usize, chain: bool) {
        if self.steps > self.budget {
            return;
        }
        self.chain = chain;
        self.hit = false;
        self.begun = self.steps;
        self.found.places += 1;
        self.follow(from, Reading::from(from));
        if self.hit {
            self.found.phrase |= self.screen.phrases;
            if !self.linked {
                self.keep(from, to);
            }
        }
    }
}

/// `@` with letters only, or with a low line and figures too, as the guard against links reads a token.
fn is_name(token: &[u8]) -> bool {
    let begins = |b: &u8| matches!(b, b'(' | b'"' | b'\'');
    let ends = |b: &u8| matches!(b, b'.' | b',' | b'!' | b'?' | b':' | b';' | b')' | b'"' | b'\'');
    let from = token.iter().position(|b| !begins(b)).unwrap_or(0);
    let Some((b'@', name)) = token.get(from..).and_then(<[u8]>::split_first) else { return false };
    let length = name.iter().rposition(|b| !ends(b)).map_or(0, |last| last + 1);
    let name = name.get(..length).unwrap_or_default();
    let length = name.iter().rposition(|b| b.is_ascii_alphanumeric() || *b == b'_').map_or(0, |last| last + 1);
    let name = name.get(..length).unwrap_or_default();
    let parts = name.contains(&b'_');
    !name.is_empty() && name.iter().all(|b| b.is_ascii_alphabetic() || (parts && (b.is_ascii_digit() || matches!(b, b'_' | b'.'))))
}

fn may_hold_link(token: &[u8]) -> bool {
    token.windows(2).any(|pair| matches!(pair, b":/" | b"ww" | b"WW" | b"wW" | b"Ww"))
}
