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
//! Most of what shows is settled by its first three classes alone, without following anything ([`quick`]).
//!
//! Tried: classes of 64 bytes without vector instructions cost 800 instructions a block and were a third of a look, so that a
//! caller may hand them over; classifying byte by byte took 59 % of the time of a text beyond ASCII; letters that may be of
//! several classes as letters of each instead of [`line::ANY`] is not done, since most are Russian and lose their looks in
//! Russian texts.

mod line;
mod look;
mod masks;
mod quick;
mod read;
mod table;

use crate::items::{Item, continues};
use crate::pattern::{Mode, Pattern};
use crate::view::ViewKind;
use crate::{Ordinary, glyph, props};
use line::Line;
use look::Look;
use masks::Masks;
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
        for letter in word.letters.chars() {
            if spelling.push(table::merged(glyph::class(letter))) {
                ends.push(spelling.last, true);
            }
        }
        self.shortest = if self.longest == 0 { spelling.count } else { self.shortest.min(spelling.count) };
        self.longest = self.longest.max(spelling.count);
        drafts.push((spelling.hash, spelling.head, ends, word));
    }

    /// Looks at a text. Places are bytes of it at which a character begins.
    pub(crate) fn look(&self, text: &str, ordinary: &Ordinary, sight: &mut Sight, found: &mut Found) {
        found.starts.clear();
        (found.phrase, found.exhausted, found.odd) = (false, false, false);
        if self.longest == 0 {
            return;
        }
        let Sight { masks, line } = sight;
        let ascii = masks::is_ascii(text.as_bytes());
        found.odd = !ascii && !line.fill(text);
        if !found.odd {
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
