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
//! A term whose gaps may be left out (`e-mail`) is a disguise where nothing shows: all stretches of its words are among the
//! keys, and the words of every text are compared with it ([`soft`]). Such a term, too, asks for the walk of a whole text.
//!
//! Terms in scripts without spaces, syllables of several steps and terms inside of words are not among the keys. For those the
//! look tells which scripts the letters are of that the text may be read in ([`reach`]): a reading shows a letter of its term.
//!
//! Most of what shows is settled by its first four classes alone, without following anything ([`quick`]).
//!
//! Tried: classes of 64 bytes without vector instructions cost 800 instructions a block and were a third of a look, so that a
//! caller may hand them over; classifying byte by byte took 59 % of the time of a text beyond ASCII; letters that may be of
//! several classes as letters of each instead of [`line::ANY`] is not done, since most are Russian and lose their looks in
//! Russian texts; a test before the masks for blocks whose signs all stand still took as much as it saved.

mod line;
mod look;
mod masks;
mod quick;
pub(crate) mod reach;
mod read;
mod soft;
mod table;

use crate::items::{Item, Items, continues};
use crate::pattern::{Mode, Pattern};
use crate::view::ViewKind;
use crate::{Folds, Ordinary, glyph, props};
use line::Line;
use look::Look;
use masks::Masks;
use reach::Reach;
use soft::Soft;
use std::ops::Range;
use table::{Bytes, Ends, Keys, Spelling, Word};

pub use masks::{Block, Classify, classify};

/// Bytes of a text for each step, and steps beside those, after which the text is not judged.
const BYTES_PER_STEP: usize = 2;
const STEPS: usize = 8_192;

/// The keys of many terms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Screen {
    keys: Keys,
    /// The most and the fewest classes a word has.
    longest: u32,
    shortest: u32,
    /// Some term is a tag, behind which digits may be left over.
    tags: bool,
    /// Some term has several words.
    phrases: bool,
    /// Some term reads the signs of a character reference one by one.
    raw_references: bool,
    /// Terms with gaps that may be left out.
    soft: Soft,
    /// Whether to tell which scripts a text may be read in.
    tells_reach: bool,
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
    /// Scripts of the letters that the text may be read in, when they are told.
    pub(crate) reach: Reach,
    /// Keys asked for.
    pub(crate) keys: u64,
    /// Keys that the table held.
    pub(crate) held: u64,
    /// Tokens and rows looked at.
    pub(crate) places: u64,
    /// Steps of the readings there.
    pub(crate) steps: u64,
}

/// Memory of a look beside what it found.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    masks: Masks,
    line: Line,
}

impl Sight {
    /// Sets what classifies bytes.
    pub(crate) fn classify_with(&mut self, by: Classify) {
        self.masks.by = Some(by);
    }
}

/// Whether a pattern is one that [`Screen`] takes: words of letters, with both edges, under all plain folds. The letters
/// that are one in Turkish (`i ı I İ`) are of one class.
pub(crate) fn takes(pattern: &Pattern) -> bool {
    let items = pattern.items();
    pattern.kind().folds == ViewKind::PLAIN.folds
        && matches!(pattern.mode(), Mode::Word | Mode::Phrase | Mode::Tag)
        && pattern.first_edge()
        && pattern.last_edge()
        && !items.words.is_empty()
        && items.list.iter().zip(before(items)).all(|(i, before)| match i {
            Item::Letter(c, _) => is_spelled(*c) || is_part(before, *c),
            Item::Glue | Item::Space | Item::Gap { .. } => true,
            Item::Literal(_) => false,
        })
        && (!items.has_soft_gap() || soft::takes(items))
}

/// What stands before each step of a term.
fn before(items: &Items) -> impl Iterator<Item = Option<&Item>> {
    std::iter::once(None).chain(items.list.iter().map(Some))
}

/// Whether a mark is part of the letter before it, as in й: the look takes it for that letter.
fn is_part(before: Option<&Item>, mark: char) -> bool {
    matches!(before, Some(Item::Letter(base, _)) if glyph::is_letter_with(*base, mark))
}

/// Whether a letter stands by itself in a script with spaces, and no sign of ASCII without a letter of its own looks like it.
fn is_spelled(letter: char) -> bool {
    let class = char::from_u32(glyph::class(letter));
    !props::is_spaceless(letter) && !continues(letter) && class.is_none_or(|class| !class.is_ascii() || class.is_ascii_alphanumeric())
}

/// The letters of some steps of a term, without the marks that are parts of them.
fn letters(items: &Items, steps: Range<usize>) -> impl Iterator<Item = char> {
    items.list.iter().zip(before(items)).take(steps.end).skip(steps.start).filter_map(|(item, before)| match item {
        Item::Letter(c, _) if !is_part(before, *c) => Some(*c),
        _ => None,
    })
}

/// A screen being built.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    screen: Screen,
    keys: Vec<table::Draft>,
}

impl Draft {
    pub(crate) fn add(&mut self, pattern: &Pattern) {
        let items = pattern.items();
        // Whether such a term occurs is for the walk to say, as of one of several words.
        let among = items.words.len() > 1 || items.has_soft_gap();
        self.screen.phrases |= among;
        self.screen.tags |= pattern.mode() == Mode::Tag;
        self.screen.raw_references |= !pattern.folds().contains(Folds::ENTITIES);
        if items.has_soft_gap() {
            self.screen.soft.add(items);
        }
        for stretch in soft::stretches(items) {
            let word = Word { letters: letters(items, stretch).collect(), alone: !among, among };
            self.screen.enter(word, &mut self.keys);
        }
    }

    /// `tells_reach`: some term is not among the patterns.
    pub(crate) fn finish(self, tells_reach: bool) -> Screen {
        let mut screen = Screen { tells_reach, ..self.screen };
        screen.keys = Keys::build(self.keys);
        screen.soft.finish();
        screen
    }
}

impl Screen {
    fn enter(&mut self, word: Word, drafts: &mut Vec<table::Draft>) {
        let (mut spelling, mut ends) = (Spelling::default(), Ends::default());
        for letter in word.letters.chars() {
            if spelling.push(table::merged(glyph::class(letter))) {
                ends.push(spelling.last, true);
            }
        }
        self.shortest = if self.longest == 0 { spelling.count } else { self.shortest.min(spelling.count) };
        self.longest = self.longest.max(spelling.count);
        drafts.push((spelling.hash, spelling.head, ends, word));
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.keys.bytes() + self.soft.bytes()
    }

    /// Looks at a text. Places are bytes of it at which a character begins.
    pub(crate) fn look(&self, text: &str, ordinary: &Ordinary, sight: &mut Sight, found: &mut Found) {
        found.starts.clear();
        (found.phrase, found.exhausted, found.odd, found.reach) = (false, false, false, Reach::ALL);
        if self.longest == 0 && !self.tells_reach {
            return;
        }
        let Sight { masks, line } = sight;
        let ascii = masks::is_ascii(text.as_bytes());
        found.odd = !ascii && !line.fill(text);
        if self.tells_reach && !found.odd {
            found.reach = reach::of_text(text, if ascii { Reach::default() } else { line.reach }, &mut line.spare);
        }
        if !found.odd && self.longest > 0 {
            let bytes = if ascii { text.as_bytes() } else { line.bytes.as_slice() };
            masks.fill(bytes);
            let look = Look {
                screen: self,
                table: Bytes::table(),
                bytes,
                line: (!ascii).then_some(line),
                ordinary,
                found,
                steps: 0,
                lone: ordinary.has_own(),
                chain: false,
                hit: false,
                linked: false,
                budget: text.len() / BYTES_PER_STEP + STEPS,
                begun: 0,
            };
            look.run(masks);
        }
    }
}
