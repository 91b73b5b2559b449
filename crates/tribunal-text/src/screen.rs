//! A first look at a text: at which places may a disguised word begin?
//!
//! Every word of the terms is one key, the hash of its letters' classes with runs collapsed. The look finds what shows in the
//! bytes (block masks), spells each possible reading there as a key, and asks a bit filter and a table. A place without a key
//! in the table holds no disguised reading of a screened term: every way in which [`verify`](crate::verify()) reads a text is
//! followed, and where following would not end soon the place is kept.
//!
//! Terms of several words have each word among the keys: a disguised phrase has a disguised word, and only a text with one
//! is walked through the phrases. Names with `@` and links are then read too, since a guard refuses in them single words only.
//!
//! Tried: classes of 64 bytes without vector instructions cost 800 instructions a block and were a third of a look, so that a
//! caller may hand them over; classifying byte by byte took 59 % of the time of a text beyond ASCII; letters that may be of
//! several classes as letters of each instead of [`line::ANY`] is not done, since most are Russian and lose their looks in
//! Russian texts.

use crate::pattern::{Mode, Pattern};
use crate::screen_masks::{Masks, is_blank};
use crate::screen_table::{self as table, Bytes, Ends, Keys, Spelling, Word};
use crate::verify::MAX_SPAN_UNITS;
use crate::view::ViewKind;
use crate::{Ordinary, entities, glyph, items::Item, items::continues, props, screen_line as line, signals};
use line::Line;

/// Longest token in which a link is sought: the guard against links looks no further (in characters, on each side).
const LINK_REACH: usize = 512;
/// Steps for a text, for each of its bytes and beside them, after which the text is not judged.
const STEPS_PER_BYTE: usize = 2;
const STEPS: usize = 8_192;
/// How many signs deep one reading is followed.
const DEPTH: u32 = 24;
/// Steps from one place.
const STEPS_PER_START: usize = 200;

/// The keys of many terms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Screen {
    keys: Keys,
    /// The most classes a term has.
    longest: u32,
    /// Some term is a tag, behind which digits may be left over.
    tags: bool,
    /// Some term has several words.
    phrases: bool,
}

/// Work and result of one look.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Bytes at which a reading may begin, ascending, whole runs of one sign.
    pub(crate) starts: Vec<(u32, u32)>,
    /// A word of a term of several words may be disguised.
    pub(crate) phrase: bool,
    /// The text is beyond what is looked at.
    pub(crate) exhausted: bool,
    /// The text is not one for this look.
    pub(crate) odd: bool,
    /// Keys asked for.
    pub(crate) keys: u64,
    /// Keys that the table held.
    pub(crate) held: u64,
    /// Tokens and rows looked at.
    pub(crate) places: u64,
    /// Steps of the readings there.
    pub(crate) steps: u64,
    pub(crate) masks: Masks,
    line: Line,
}

/// Whether a pattern is one that [`Screen`] takes: words of letters, with both edges, under all plain folds.
pub(crate) fn takes(pattern: &Pattern) -> bool {
    let items = pattern.items();
    pattern.kind() == ViewKind::PLAIN
        && matches!(pattern.mode(), Mode::Word | Mode::Phrase | Mode::Tag)
        && pattern.first_edge()
        && pattern.last_edge()
        && !items.words.is_empty()
        && !(items.has_soft_gap() || items.has_clusters())
        && items.list.iter().all(|i| match i {
            Item::Letter(c, _) => is_spelled(*c),
            Item::Glue | Item::Space | Item::Gap { soft: false } => true,
            _ => false,
        })
}

/// Whether a letter stands by itself in a script with spaces, and no sign of ASCII without a letter of its own looks like it.
fn is_spelled(letter: char) -> bool {
    let class = char::from_u32(glyph::class(letter));
    !props::is_spaceless(letter) && !continues(letter) && class.is_none_or(|class| !class.is_ascii() || class.is_ascii_alphanumeric())
}

impl Screen {
    pub(crate) fn build<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Screen {
        let mut screen = Screen::default();
        let mut drafts = Vec::new();
        for pattern in patterns {
            let items = pattern.items();
            let among = items.words.len() > 1;
            screen.phrases |= among;
            screen.tags |= pattern.mode() == Mode::Tag;
            for word in &items.words {
                let letters = items.list.get(word.clone()).unwrap_or_default().iter().filter_map(|item| match item {
                    Item::Letter(c, _) => Some(*c),
                    _ => None,
                });
                let word = Word { letters: letters.collect(), alone: !among, among };
                screen.enter(word, &mut drafts);
            }
        }
        screen.keys = Keys::build(drafts);
        screen
    }

    fn enter(&mut self, word: Word, drafts: &mut Vec<table::Draft>) {
        let (mut spelling, mut ends) = (Spelling::default(), Ends::default());
        let mut head = 0;
        for letter in word.letters.chars() {
            if spelling.push(table::merged(glyph::class(letter))) {
                ends.push(spelling.last, true);
                if spelling.count == table::HEAD {
                    head = spelling.hash;
                }
            }
        }
        self.longest = self.longest.max(spelling.count);
        drafts.push((spelling.hash, if spelling.count >= table::HEAD { head } else { spelling.hash }, ends, word));
    }

    /// Looks at a text. Places are bytes of it at which a character begins.
    pub(crate) fn look(&self, text: &str, ordinary: &Ordinary, found: &mut Found) {
        found.starts.clear();
        (found.phrase, found.exhausted, found.odd) = (false, false, false);
        if self.longest == 0 {
            return;
        }
        let (mut masks, mut line) = (std::mem::take(&mut found.masks), std::mem::take(&mut found.line));
        let ascii = text.is_ascii();
        if ascii || line.fill(text) {
            let bytes = if ascii { text.as_bytes() } else { line.bytes.as_slice() };
            masks.fill(bytes);
            let look = Look {
                screen: self,
                table: Bytes::table(),
                bytes,
                line: (!ascii).then_some(&line),
                ordinary,
                found,
                steps: 0,
                lone: ordinary.has_own(),
                chain: false,
                hit: false,
                linked: false,
                budget: text.len() * STEPS_PER_BYTE + STEPS,
                begun: 0,
            };
            look.run(&masks);
        } else {
            found.odd = true;
        }
        (found.masks, found.line) = (masks, line);
    }
}

/// A run of signs and digits.
#[derive(Clone, Copy, Default)]
struct Signs {
    end: usize,
    /// A word of its token may be disguised.
    shows: bool,
    /// Some sign may be a letter by itself.
    letter: bool,
    /// Some sign may begin a row of single letters.
    row: bool,
    /// A character reference may begin here; its letters say nothing about what follows it.
    reference: bool,
    /// A mark is left out, or a letter may be several.
    skips: bool,
}

struct Look<'a> {
    screen: &'a Screen,
    table: &'static Bytes,
    bytes: &'a [u8],
    /// Where the bytes are not those of the text.
    line: Option<&'a Line>,
    ordinary: &'a Ordinary,
    found: &'a mut Found,
    steps: usize,
    lone: bool,
    /// Letters one by one, across white space; else inside a token.
    chain: bool,
    hit: bool,
    /// Inside a link or a name, where a word by itself is never read.
    linked: bool,
    budget: usize,
    /// Steps before the place at hand.
    begun: usize,
}

/// What has been read of a word.
#[derive(Clone, Copy, Default)]
struct Reading {
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
    depth: u32,
}

const SEVERAL: u8 = 0xff;

impl Look<'_> {
    fn at(&self, i: usize) -> u8 {
        self.bytes.get(i).copied().unwrap_or(b' ')
    }

    fn run(mut self, masks: &Masks) {
        let (mut done, mut carry) = (0, false);
        for i in 0..masks.len() {
            let shows = masks.shows(i, self.lone, &mut carry);
            let mut events = shows.events;
            while events != 0 {
                let at = i * 64 + events.trailing_zeros() as usize;
                events &= events - 1;
                self.event(masks, at, &mut done);
            }
            let mut singles = shows.singles;
            while singles != 0 {
                let at = i * 64 + singles.trailing_zeros() as usize;
                singles &= singles - 1;
                if self.single_after(at + 1) {
                    self.begin(at, at + 1, true);
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

    /// Something shows at `at`; tokens before `done` are read.
    #[inline]
    fn event(&mut self, masks: &Masks, at: usize, done: &mut usize) {
        let byte = self.at(at);
        if self.table.is_letter(byte) {
            if at >= *done {
                *done = self.token(masks, at);
            }
            if self.pair(at) {
                self.begin(at - 1, at, true);
            }
            return;
        }
        if byte == b'@' && self.is_mention(masks, at) && (!self.screen.phrases || self.begins_otherwise(at)) {
            return;
        }
        let signs = self.signs(at);
        if at >= *done && signs.shows {
            *done = self.token(masks, at);
        }
        if signs.row && (signs.reference || self.single_after(signs.end)) {
            self.rows(at, signs.end);
        }
    }

    /// Whether `@` begins a token of letters alone, three or more: most of them do, and none is read.
    #[inline]
    fn is_mention(&self, masks: &Masks, at: usize) -> bool {
        let length = masks.letters_after(at);
        let end = at + 1 + length;
        let blank = |i: usize| is_blank(self.at(i));
        (3..64).contains(&length)
            && at.checked_sub(1).is_none_or(blank)
            && (blank(end) || (blank(end + 1) && matches!(self.at(end), b'.' | b',' | b'!' | b'?' | b':')))
            && !self.line.is_some_and(|line| line.is_edited(at.saturating_sub(1), end + 1))
    }

    /// What a run of signs and digits shows that begins at `at`.
    fn signs(&self, at: usize) -> Signs {
        let before = at.checked_sub(1).map_or(b' ', |i| self.at(i));
        let mut signs = Signs { end: at, ..Signs::default() };
        let (mut flags, mut masks, mut digits) = (0, 0, false);
        while let Some(byte) = self.bytes.get(signs.end).filter(|b| !self.table.is_letter(**b) && !is_blank(**b)) {
            let of = self.table.flags(*byte);
            flags |= of;
            masks += u32::from(of & table::MASK != 0);
            digits |= byte.is_ascii_digit();
            signs.skips |= matches!(*byte, line::SKIP | line::ANY);
            signs.reference |= *byte == b'&';
            signs.letter |= *byte == b'&' || (of & table::FIRST != 0 && !byte.is_ascii_digit());
            signs.end += 1;
        }
        let after = self.at(signs.end);
        // A sign that touches the word before begins none.
        signs.row = signs.letter && (signs.end > at + 1 || !self.table.is_word(before));
        signs.shows = match (is_blank(before), is_blank(after)) {
            // Figures alone are no word, nor are signs, if they refer to none; what looks like a letter alone is none either.
            (true, true) => signs.reference || (signs.skips && signs.end > at + 1),
            (false, true) => flags & (table::LAST | table::SEQUENCE) != 0 || masks > 1 || self.at(at) == b';' || signs.letter || signs.skips,
            (true, false) => signs.letter || digits || signs.skips,
            (false, false) => signs.end > at + 1 || flags & table::CLOSED == 0,
        };
        signs
    }

    /// Whether the letter at `at` ends a word of `vv` or `ph`, which is one letter.
    fn pair(&self, at: usize) -> bool {
        let word = |i: Option<usize>| i.is_some_and(|i| self.table.is_word(self.at(i)));
        let letter = |i: Option<usize>| i.map_or(b' ', |i| self.at(i).to_ascii_lowercase());
        matches!((letter(at.checked_sub(1)), letter(Some(at))), (b'v', b'v') | (b'p', b'h')) && !word(at.checked_sub(2)) && !word(Some(at + 1))
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

    /// Rows of single letters that begin with a sign of a run.
    fn rows(&mut self, from: usize, to: usize) {
        let mut i = from;
        while i < to {
            let byte = self.at(i);
            let mut end = i + 1;
            while end < to && self.at(end) == byte {
                end += 1;
            }
            let before = i.checked_sub(1).map_or(b' ', |p| self.at(p));
            let starts = byte == b'&' || (self.table.flags(byte) & table::FIRST != 0 && !byte.is_ascii_digit());
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
        to
    }

    /// Reads from every place between at which a word may begin.
    fn words(&mut self, from: usize, last: usize) {
        let mut i = from;
        while i < last {
            let byte = self.at(i);
            let before = i.checked_sub(1).map_or(b' ', |p| self.at(p));
            let mut end = i + 1;
            if self.table.is_word(byte) {
                if !self.table.is_word(before) {
                    self.begin(i, i + 1, false);
                }
                while self.table.is_word(self.at(end)) {
                    end += 1;
                }
            } else {
                while end < last && self.at(end) == byte {
                    end += 1;
                }
                if (self.table.flags(byte) & table::FIRST != 0 || byte == b'&') && (end > i + 1 || !self.table.is_word(before)) {
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
        if !chain && self.begins_otherwise(from) {
            return;
        }
        let reading = Reading { start: from, singles: true, pure: true, ..Reading::default() };
        self.follow(from, reading);
        if self.hit {
            self.found.phrase |= self.screen.phrases;
            if !self.linked {
                self.keep(from, to);
            }
        }
    }

    /// Whether three letters of different classes stand at `from` with which no key begins.
    #[inline]
    fn begins_otherwise(&self, from: usize) -> bool {
        let Some([a, b, c]) = self.bytes.get(from..from + 3) else { return false };
        if !((self.table.is_letter(*a) || *a == b'@') && self.table.is_letter(*b) && self.table.is_letter(*c)) {
            return false;
        }
        let mut spelling = Spelling::default();
        let adds = [a, b, c].map(|byte| spelling.push(self.table.class(*byte)));
        adds == [true; 3] && !self.screen.keys.may_begin(spelling.hash)
    }

    fn follow(&mut self, mut i: usize, mut r: Reading) {
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
            return r.spelling.count <= self.screen.longest && (r.spelling.count != table::HEAD || self.screen.keys.may_begin(r.spelling.hash));
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
        let elements = r.elements + u32::try_from(end - at).unwrap_or(u32::MAX);
        if flags & table::SEQUENCE != 0 {
            self.sequences(at, end - 1, r);
        }
        if byte == b'&' {
            self.reference(end - 1, r);
        }
        if flags & table::LEET != 0 && !(first && matches!(byte, b'(' | b'<')) {
            let mut read = Reading { special: true, elements, ..*r };
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
            let mut read = Reading { special: true, masked: true, elements, ..*r };
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
        for (sequence, letter) in glyph::sequences() {
            if self.bytes.get(at..at + sequence.len()) != Some(sequence.as_bytes()) {
                continue;
            }
            let end = at + sequence.len();
            let class = table::merged(glyph::class(*letter));
            for read_before in [false, true] {
                let sign = self.table.class(self.at(from));
                let mut read = Reading { special: true, elements: r.elements + 1, ..*r };
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

    fn reference_at(&self, at: usize) -> Option<(char, usize)> {
        let rest = self.bytes.get(at..self.bytes.len().min(at + entities::LONGEST))?;
        let ascii = rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len());
        entities::parse(std::str::from_utf8(rest.get(..ascii)?).ok()?)
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
            let mut read = Reading { special: true, letter: true, elements: r.elements + 1, ..*r };
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
            self.hit |= self.screen.keys.may_fit(r.ends);
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
