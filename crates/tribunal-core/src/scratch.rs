//! Working memory for deciding items one after another.

use tribunal_policy::{FieldId, ListId};
use tribunal_text::{CoarseScratch, Pattern, Prepared};

use crate::engine::FieldBits;
use crate::eval::FoundHit;
use crate::eval::columns::Columned;
use crate::kernel::Passed;
use crate::limits::Incomplete;
use crate::scan::folded::Folded;
use crate::truth::Truth;
use crate::verdict::Verdict;
use crate::work::Work;

/// Memory that one thread reuses from item to item, for any number of engines.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let mut scratch = Scratch::new();
/// // The old and the new version of a policy, side by side in one thread.
/// for (version, term) in [("1", "glock"), ("2", "revolver")] {
///     let text = format!("policy: {{id: demo, version: '{version}'}}\nrules:\n  - {{id: gun, when: caption has \"{term}\", effect: {{routing: review}}}}");
///     let policy = Arc::new(tribunal_policy::load_str("demo.yaml", &text).policy.ok_or("no errors")?);
///     let post = Post("my glock", policy.field("caption").ok_or("built in")?);
///     let engine = Engine::new(policy, Limits::default())?;
///     assert_eq!(engine.classify(&post, Call::default(), &mut scratch).rules.len(), usize::from(version == "1"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) verdict: Verdict,
    pub(crate) epoch: u32,
    pub(crate) atoms: Vec<Stamped<Truth>>,
    pub(crate) rules: Vec<RuleStamp>,
    pub(crate) candidates: Vec<u32>,
    /// How many rules are being judged for the sake of another.
    pub(crate) chain: usize,
    pub(crate) texts: Texts,
    pub(crate) context: Context,
    pub(crate) fields: Vec<FieldId>,
    /// Lists with an occurrence in this item, and the fields in which they occur.
    pub(crate) lists: Vec<Stamped<FieldBits>>,
    /// Where the hits of each list stand once they are sorted out, by epoch.
    pub(crate) blocks: Vec<Stamped<(u32, u32)>>,
    pub(crate) counts: Vec<(u32, u32)>,
    pub(crate) lower: String,
    pub(crate) columned: Columned,
    /// Keys and spans of disguises that [`Scratch::take_work`] has told.
    pub(crate) coarse_work: (u64, u64),
    pub(crate) left: Vec<FoundHit>,
    pub(crate) right: Vec<FoundHit>,
}

impl Scratch {
    /// Empty memory; it grows with the first items.
    pub fn new() -> Scratch {
        Scratch::default()
    }

    /// The verdict of the item that was decided last, until the next one; [`Engine::classify`](crate::Engine::classify) returns the same.
    ///
    /// ```
    /// // Nothing has been decided yet.
    /// assert!(tribunal_core::Scratch::new().verdict().rules.is_empty());
    /// ```
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// What was done for the items since this was last asked; see [`Work`] for an example.
    pub fn take_work(&mut self) -> Work {
        let mut work = std::mem::take(&mut self.texts.work);
        // The search for disguises counts for itself, and never begins again.
        let (now, before) = (self.texts.coarse.work(), self.coarse_work);
        work.coarse_keys += now.keys - before.0;
        work.verifications += now.candidates - before.1;
        self.coarse_work = (now.keys, now.candidates);
        work
    }
}

/// A value that holds for one item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamped<T> {
    pub(crate) epoch: u32,
    pub(crate) value: T,
}

/// A rule in the items last of which it was woken and judged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RuleStamp {
    /// Epoch in which it was taken up.
    pub(crate) awake: u32,
    /// Epoch in which it was judged.
    pub(crate) judged: u32,
    pub(crate) state: RuleState,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RuleState {
    #[default]
    False,
    Unknown,
    /// It fired; `past_unknown`: an exception could not be judged.
    Fired {
        past_unknown: bool,
    },
}

/// What of the item selects terms and rules.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) slot: usize,
    pub(crate) as_of: Option<i64>,
    /// Whether the language is known; its text is in the buffer.
    pub(crate) lang: bool,
    pub(crate) lang_buffer: String,
}

impl Context {
    pub(crate) fn lang(&self) -> Option<&str> {
        self.lang.then_some(self.lang_buffer.as_str())
    }
}

/// The texts of the item and the hits in them.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) segments: Vec<Segment>,
    /// How many of the segments belong to this item; the others are memory.
    pub(crate) used: usize,
    /// Fields that are unknown for this item although they have a value.
    pub(crate) over_limit: Vec<FieldId>,
    /// What was done, for all items.
    pub(crate) work: Work,
    pub(crate) raw: Vec<RawHit>,
    /// Whether `raw` is in the order of patterns.
    pub(crate) sorted: bool,
    /// Words and pairs of the second tier: read when a list is asked for.
    pub(crate) occurrences: Vec<Occurrence>,
    /// What has been read for lists that were asked for.
    pub(crate) late: Vec<RawHit>,
    /// Hits of lists that were asked for, list by list.
    pub(crate) hits: Vec<Hit>,
    /// Which tiers have been scanned.
    pub(crate) scanned: [bool; 2],
    pub(crate) coarse: CoarseScratch,
    /// The term that a disguise is compared with.
    pub(crate) pattern: Pattern,
    pub(crate) waking: Waking,
    pub(crate) buffer: Vec<u8>,
    pub(crate) passed: Passed,
    /// Words that may be the first of two.
    pub(crate) firsts: Passed,
    pub(crate) ends: Vec<usize>,
    pub(crate) spare: Vec<RawHit>,
    pub(crate) spans: Vec<(u32, u32)>,
    pub(crate) incomplete: Option<Incomplete>,
}

/// What is noted while it is seen which regular expressions may match a text.
#[derive(Debug, Default)]
pub(crate) struct Waking {
    pub(crate) woken: Vec<u32>,
    pub(crate) buffer: Vec<u8>,
    pub(crate) passed: Passed,
    /// Where matches may begin, of expressions of which that is known.
    pub(crate) places: Vec<(u32, u32)>,
    /// For each letter of a squeezed text the byte at which its row begins.
    pub(crate) begins: Vec<u32>,
}

/// One text: a field or an element of a list field.
#[derive(Debug, Default)]
pub(crate) struct Segment {
    pub(crate) field: u32,
    /// Element of a list field.
    pub(crate) element: u32,
    pub(crate) is_element: bool,
    /// The text under each kind of view that some tier asks for.
    pub(crate) folded: Vec<(usize, Folded)>,
    pub(crate) folded_used: usize,
    pub(crate) prepared: Prepared,
    pub(crate) is_prepared: bool,
    pub(crate) words: Vec<(u32, u32)>,
    pub(crate) has_words: bool,
}

/// An occurrence of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawHit {
    pub(crate) pattern: u32,
    pub(crate) segment: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) evasive: bool,
}

/// A word of the second tier, or a pair of them, that stands in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence {
    pub(crate) segment: u32,
    /// Which of the segment's folded texts.
    pub(crate) slot: u32,
    /// Which kind of the tier.
    pub(crate) kind: u32,
    /// Entry of the table of words or of pairs.
    pub(crate) entry: u32,
    /// Which word of the text.
    pub(crate) at: u32,
    pub(crate) pair: bool,
}

/// A hit as rules count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) list: ListId,
    pub(crate) term: u32,
    pub(crate) segment: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) evasive: bool,
    pub(crate) pattern: u32,
}
