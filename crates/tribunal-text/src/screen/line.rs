//! A text as the [screen](super) reads it: one byte for each folded character.
//!
//! ASCII stays as it is. Other characters become what they may be to a reading, by one table from code point to stand-in that
//! is filled as characters are met: the folded ASCII character, a letter that looks like one, a letter of its own, a sign, or
//! something no reading passes. Only letters of a script that the text also uses for what looks like nothing else lose their
//! looks, as in [`Prepared`](crate::Prepared). Everything here may be read in more ways than the text itself, never in fewer.

use super::reach::Reach;
use super::table::merged;
use crate::items::continues;
use crate::pattern::is_apostrophe;
use crate::view::{View, ViewKind};
use crate::{glyph, props};
use std::sync::OnceLock;

/// A letter that looks like one of ASCII, from `a` on: it shows.
pub(crate) const LOOKS: u8 = 0x80;
/// The last of them.
pub(crate) const LOOKS_END: u8 = LOOKS + 25;
/// A sign that stands for nothing: an emoji, a quotation mark.
pub(crate) const SIGN: u8 = 0xb0;
/// A letter of a script without spaces: readings begin and end beside it, none passes it.
pub(crate) const BARRIER: u8 = 0xb1;
/// A mark that a reading leaves out, which shows.
pub(crate) const SKIP: u8 = 0xb2;
/// What may be several letters: a reading that comes to it is followed no further, its place is kept.
pub(crate) const ANY: u8 = 0xb3;
/// A letter of no look; from here on, by its class.
pub(crate) const OTHER: u8 = 0xc0;

/// Nothing at all.
pub(crate) const DROP: u8 = 0xa0;
/// What needs more than its stand-in.
const MARK: u8 = 0xa1;
const ODD: u8 = 0xa2;
const REGIONAL: u8 = 0xa3;
const SEVERAL: u8 = 0xa4;
const HANGUL: u8 = 0xa5;
/// A letter of its own that shows: [`OTHER`] and [`SKIP`].
const SHOWS: u8 = 0xa6;

/// Flags of a character beside its stand-in.
const LETTER: u8 = 1;
/// Looks like no Latin letter, in a script of its own.
const UNLIKE: u8 = 2;
/// Marks on it drop out under the plain folds.
const BARE: u8 = 4;
/// Its looks count only where its script has no letter that looks like nothing else, or in a word of several scripts.
const CONDITIONAL: u8 = 8;

/// What a character is: stand-in, flags, script, and what is left of it when its looks do not count.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    code: u8,
    flags: u8,
    script: u8,
    own: u8,
    /// Scripts of the letters that it is read as.
    reach: Reach,
}

/// Characters of a block of the table, which is filled as a whole when one of them is met.
const BLOCK: usize = 128;
/// Blocks: the first two planes.
const BLOCKS: usize = 0x2_0000 / BLOCK;

static TABLE: [OnceLock<[Known; BLOCK]>; BLOCKS] = [const { OnceLock::new() }; BLOCKS];

/// The stand-in of a character beyond ASCII by itself.
pub(crate) fn stand_in(c: char) -> u8 {
    match known(c).code {
        SEVERAL | HANGUL | SHOWS | REGIONAL | ODD | MARK => ANY,
        code => code,
    }
}

fn known(c: char) -> Known {
    let code = c as usize;
    let Some(block) = TABLE.get(code / BLOCK) else { return far(c) };
    let block = block.get_or_init(|| {
        let (mut block, mut view) = ([Known::default(); BLOCK], View::new());
        for (code, known) in (code / BLOCK * BLOCK..).zip(&mut block) {
            if let Some(c) = u32::try_from(code).ok().and_then(char::from_u32) {
                *known = Known { reach: Reach::of_char(c, &mut view), ..judge(c, &mut view) };
            }
        }
        block
    });
    block.get(code % BLOCK).copied().unwrap_or_default()
}

/// What a character beyond the table is: ideographs, private use, nothing. Needs no memory.
fn far(c: char) -> Known {
    let reach = Reach::ALL;
    let plain = |code: u8| Known { code, flags: 0, script: 0, own: code, reach };
    let other = looks(c, c).next().is_some() || ('\u{2f800}'..='\u{2fa1f}').contains(&c);
    match (props::is_lmd(c), props::is_spaceless(c)) {
        _ if props::is_default_ignorable(c) => plain(DROP),
        (false, _) if !other => plain(SIGN),
        (true, true) if !other => Known { flags: LETTER | UNLIKE, script: props::script(c).number(), ..plain(BARRIER) },
        _ => plain(ANY),
    }
}

/// What a character is by itself.
fn judge(c: char, view: &mut View) -> Known {
    let plain = |code: u8| Known { code, own: code, ..Known::default() };
    if c == '\u{202e}' || c == '\u{20e3}' {
        return plain(ODD);
    }
    if props::is_regional_indicator(c) {
        return plain(REGIONAL);
    }
    if glyph::is_optional(c) {
        return plain(SKIP);
    }
    if props::is_droppable_mark(c) {
        return plain(MARK);
    }
    if ('\u{ac00}'..='\u{d7a3}').contains(&c) {
        return plain(if looks(c, c).next().is_some() { SEVERAL } else { HANGUL });
    }
    view.fold(ViewKind::PLAIN, c.encode_utf8(&mut [0; 4]));
    // A sign that is read as letters (`™`) has none of their edges.
    if !(props::is_edge(c) || props::is_spaceless(c)) && view.units.iter().any(|u| props::is_lmd(u.ch)) {
        return plain(ANY);
    }
    match view.units.as_slice() {
        [] => plain(if props::is_default_ignorable(c) { DROP } else { MARK }),
        [one] => unit(one.ch, c),
        [base, marks @ ..] if marks.iter().all(|m| glyph::is_letter_with(base.ch, m.ch)) => unit(base.ch, c),
        all if all.iter().all(|u| is_mere_sign(u.ch)) && !looks(c, c).any(|_| true) => plain(SIGN),
        _ => plain(SEVERAL),
    }
}

/// A character of the text that separates and nothing else.
fn is_mere_sign(c: char) -> bool {
    !(props::is_lmd(c) || props::is_white_space(c) || is_apostrophe(c) || glyph::is_mask(c) || glyph::starts_sequence(c) || c == '&')
        && glyph::leet(c).is_empty()
        && looks(c, c).next().is_none()
}

/// Classes of the letters that a character looks like, folded or as written.
fn looks(folded: char, original: char) -> impl Iterator<Item = char> {
    let written = (original != folded).then(|| glyph::look_alikes(original));
    glyph::look_alikes(folded).chain(written.into_iter().flatten()).map(|(letter, _)| letter)
}

/// The stand-in of a letter by its class, if it has one among the letters of ASCII.
fn latin(class: u32) -> Option<u8> {
    u8::try_from(class).ok().filter(u8::is_ascii_lowercase)
}

fn byte(class: u32) -> u8 {
    u8::try_from(class).unwrap_or(ANY)
}

/// A folded character, and the character that was written.
fn unit(ch: char, original: char) -> Known {
    let own = merged(glyph::class(ch));
    let looks_like = || looks(ch, original);
    let same = || looks_like().all(|letter| merged(glyph::class(letter)) == own);
    let shows = looks_like().next().is_some();
    let script = props::script(ch);
    let mut known = Known { code: SIGN, flags: 0, script: script.number(), own: SIGN, ..Known::default() };
    if ch.is_ascii() && !shows {
        known.code = if original == '\u{ff06}' { SIGN } else { byte(ch.to_ascii_lowercase() as u32) };
        known.flags = if ch.is_ascii_alphabetic() { LETTER | BARE } else { 0 };
    } else if ch.is_ascii() {
        known.code = latin(own).filter(|_| same() && ch.is_ascii_alphanumeric()).map_or(ANY, |letter| letter - b'a' + LOOKS);
        known.flags = if ch.is_ascii_alphabetic() { LETTER | BARE } else { 0 };
    } else if props::is_white_space(ch) {
        known.code = b' ';
    } else if props::is_lmd(ch) {
        return letter(ch, original, known, own, shows && !same());
    } else if shows {
        known.code = ANY;
    } else if is_apostrophe(ch) {
        known.code = b'\'';
    } else if glyph::is_mask(ch) {
        known.code = b'*';
    }
    known.own = known.code;
    known
}

/// A letter, mark or digit beyond ASCII; `several`: it looks like letters of several classes.
fn letter(ch: char, original: char, mut known: Known, own: u32, several: bool) -> Known {
    let script = props::script(ch);
    let shows = looks(ch, original).next().is_some();
    let spaceless = props::is_spaceless(ch);
    let own_script = props::has_own_script(ch);
    let strong = |(letter, strength): (char, glyph::Strength)| letter.is_ascii() && strength == glyph::Strength::Strong;
    let latin_look = glyph::look_alikes(ch).any(strong) || glyph::look_alikes(original).any(strong);
    let kin = looks(ch, original).any(|letter| props::script(letter) == script);
    let sought = |letter: char| !props::is_spaceless(letter);
    known.own = if spaceless { BARRIER } else { latin(own).unwrap_or(byte(own)) };
    known.code = match (shows, latin(own)) {
        (false, _) => known.own,
        (true, _) if spaceless => {
            if looks(ch, original).any(|letter| sought(letter) || char::from_u32(glyph::class(letter)).is_some_and(sought)) {
                ANY
            } else {
                BARRIER
            }
        }
        (true, _) if several => ANY,
        (true, Some(letter)) => letter - b'a' + LOOKS,
        (true, None) => SHOWS,
    };
    known.flags = if props::is_letter(ch) && !props::is_neutral(script) { LETTER } else { 0 };
    known.flags |= if own_script && !latin_look && !continues(ch) { UNLIKE } else { 0 };
    known.flags |= if own_script && shows && !kin { CONDITIONAL } else { 0 };
    known.flags |= if props::loses_marks(ch) && props::is_letter(ch) { BARE } else { 0 };
    known
}

/// A character of the text that is not ASCII: what stands for it from `line` on.
#[derive(Clone, Copy, Debug)]
struct Edit {
    line: u32,
    text: u32,
    line_end: u32,
    text_end: u32,
}

/// A run of letters and digits that has a letter beyond ASCII, while it is read.
#[derive(Debug)]
struct Word {
    /// Where it begins in the line.
    from: usize,
    script: u8,
    /// Letters of several scripts.
    mixed: bool,
    letters: usize,
    /// Looks noted before this word.
    conditional: usize,
}

/// A text beyond ASCII, as bytes.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
    edits: Vec<Edit>,
    /// Looks that count only in the right company: the place, the script, what is left of it.
    conditional: Vec<(u32, u8, u8)>,
    /// Scripts of the letters that its characters beyond ASCII are read as.
    pub(crate) reach: Reach,
    pub(crate) spare: View,
}

impl Line {
    /// Takes a text; `false` when it has to be looked at in full: a run may be reversed in it, or a key drawn.
    pub(crate) fn fill(&mut self, text: &str) -> bool {
        self.bytes.clear();
        self.edits.clear();
        self.conditional.clear();
        self.reach = Reach::default();
        Fill { line: self, text, word: None, unlike: [0; 4], bare: true }.run()
    }

    /// The byte of the text at which the character begins that stands at `at`.
    pub(crate) fn place(&self, at: usize) -> usize {
        let after = self.edits.partition_point(|e| e.line as usize <= at);
        let Some(edit) = after.checked_sub(1).and_then(|i| self.edits.get(i)) else { return at };
        if at < edit.line_end as usize { edit.text as usize } else { at - edit.line_end as usize + edit.text_end as usize }
    }

    /// Whether something from `from` to `to`, both included, is not written as it stands there.
    pub(crate) fn is_edited(&self, from: usize, to: usize) -> bool {
        let first = self.edits.partition_point(|e| (e.line as usize) < from);
        self.edits.get(first).is_some_and(|e| e.line as usize <= to)
    }
}

struct Fill<'a> {
    line: &'a mut Line,
    text: &'a str,
    word: Option<Word>,
    /// Scripts with a letter that looks like no Latin one.
    unlike: [u64; 4],
    /// The character before loses its marks under the plain folds.
    bare: bool,
}

impl Fill<'_> {
    fn run(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let run = ascii_run(rest);
            if run > 0 {
                self.ascii(rest.get(..run).unwrap_or_default());
                at += run;
                continue;
            }
            let Some(c) = self.text.get(at..).and_then(|t| t.chars().next()) else { break };
            let line = short(self.line.bytes.len());
            let Some(length) = self.take(c, at) else { return false };
            let edit = Edit { line, text: short(at), line_end: short(self.line.bytes.len()), text_end: short(at + length) };
            self.line.edits.push(edit);
            at += length;
        }
        self.close(self.line.bytes.len());
        for (place, script, own) in &self.line.conditional {
            let known = self.unlike.get(usize::from(*script / 64)).is_some_and(|set| set >> (script % 64) & 1 != 0);
            if known && let Some(byte) = self.line.bytes.get_mut(*place as usize) {
                *byte = *own;
            }
        }
        true
    }

    fn ascii(&mut self, run: &[u8]) {
        let from = self.line.bytes.len();
        self.line.bytes.extend_from_slice(run);
        self.bare = true;
        let Some(word) = &mut self.word else { return };
        let end = run.iter().position(|b| !b.is_ascii_alphanumeric());
        let touching = run.get(..end.unwrap_or(run.len())).unwrap_or_default();
        word.mixed |= word.script != props::Script::LATIN.number() && touching.iter().any(u8::is_ascii_alphabetic);
        if let Some(end) = end {
            self.close(from + end);
        }
    }

    /// Takes a character beyond ASCII; its length, or that of the run it begins.
    fn take(&mut self, c: char, at: usize) -> Option<usize> {
        let known = known(c);
        self.line.reach = self.line.reach.and(known.reach);
        match known.code {
            DROP => {}
            MARK => {
                if !self.bare {
                    self.line.bytes.push(SKIP);
                }
            }
            ODD => return None,
            // An amount is refused, whatever it is read as: `£50`.
            ANY if props::is_currency(c) && self.beside_figure(at + c.len_utf8()) => self.put(Known { code: SIGN, ..Known::default() }),
            REGIONAL => return Some(self.regional(at)),
            SEVERAL => self.several(c),
            HANGUL => self.hangul(c),
            _ => self.put(known),
        }
        Some(c.len_utf8())
    }

    fn beside_figure(&self, next: usize) -> bool {
        let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        digit(self.text.as_bytes().get(next)) || digit(self.line.bytes.last())
    }

    /// Flags, or letters.
    fn regional(&mut self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let length = props::regional_run(rest);
        let run = rest.get(..length).unwrap_or_default();
        if props::are_regional_letters(run) {
            run.chars().for_each(|c| self.put(unit(props::regional_letter(c).to_ascii_lowercase(), c)));
        } else {
            self.put(Known { code: SIGN, ..Known::default() });
        }
        length.max(1)
    }

    /// A character that folds to several.
    fn several(&mut self, c: char) {
        let mut view = std::mem::take(&mut self.line.spare);
        view.fold(ViewKind::PLAIN, c.encode_utf8(&mut [0; 4]));
        for folded in &view.units {
            let left_out = props::is_droppable_mark(folded.ch) || glyph::is_optional(folded.ch);
            self.put(if left_out { Known { code: SKIP, ..Known::default() } } else { unit(folded.ch, c) });
        }
        self.line.spare = view;
    }

    /// A syllable of Hangul: its letters (Unicode Standard, section 3.12).
    fn hangul(&mut self, c: char) {
        let offset = (c as u32).wrapping_sub(0xac00);
        let trailing = offset % 28;
        let parts = [0x1100 + offset / 588, 0x1161 + offset % 588 / 28, 0x11a7 + trailing];
        for part in parts.into_iter().take(if trailing == 0 { 2 } else { 3 }).filter_map(char::from_u32) {
            self.put(known(part));
        }
    }

    fn put(&mut self, known: Known) {
        let at = self.line.bytes.len();
        if known.flags & LETTER != 0 {
            self.letter(&known, at);
        } else if matches!(known.code, SIGN | b' ' | b'\'' | b'*') || (known.code.is_ascii() && !known.code.is_ascii_alphanumeric()) {
            self.close(at);
        }
        if known.flags & UNLIKE != 0
            && let Some(set) = self.unlike.get_mut(usize::from(known.script / 64))
        {
            *set |= 1 << (known.script % 64);
        }
        if known.flags & CONDITIONAL != 0 {
            self.line.conditional.push((short(at), known.script, known.own));
        }
        if known.code == SHOWS {
            self.line.bytes.extend([known.own, SKIP]);
        } else {
            self.line.bytes.push(known.code);
        }
        self.bare = known.flags & BARE != 0;
    }

    /// Goes on with a word, or begins one.
    fn letter(&mut self, known: &Known, at: usize) {
        if let Some(word) = &mut self.word {
            word.mixed |= word.script != known.script;
            word.letters += 1;
        } else if !known.code.is_ascii() {
            let before = self.line.bytes.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b >= LOOKS && **b != SIGN);
            let (mut length, mut latin) = (0, false);
            for byte in before {
                length += 1;
                latin |= byte.is_ascii_alphabetic();
            }
            let mixed = latin && known.script != props::Script::LATIN.number();
            self.word = Some(Word { from: at - length, script: known.script, mixed, letters: 1, conditional: self.line.conditional.len() });
        }
    }

    /// Ends a word: in one of several scripts every look counts, and so do the letters of ASCII, which may look like others.
    /// A letter alone may be one of a row of several scripts.
    fn close(&mut self, end: usize) {
        let Some(word) = self.word.take().filter(|word| word.mixed || word.letters < 2) else { return };
        self.line.conditional.truncate(word.conditional);
        if !word.mixed {
            return;
        }
        for byte in self.line.bytes.get_mut(word.from..end).unwrap_or_default() {
            if let Some(letter) = latin(merged(glyph::class(char::from(*byte)))).filter(|_| byte.is_ascii_alphabetic()) {
                *byte = letter - b'a' + LOOKS;
            }
        }
    }
}

fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Bytes of ASCII at the start.
fn ascii_run(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (i, chunk) in chunks.iter().enumerate() {
        let high = u64::from_le_bytes(*chunk) & 0x8080_8080_8080_8080;
        if high != 0 {
            return i * 8 + high.trailing_zeros() as usize / 8;
        }
    }
    chunks.len() * 8 + rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len())
}
