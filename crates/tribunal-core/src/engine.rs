//! The compiled policy.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use tribunal_policy::fields::Field;
use tribunal_policy::{AxisId, FieldId, MarketId, Policy, RuleId};
use tribunal_text::Ordinary;

use crate::artefact::column::Column;
use crate::compile::columns::Columns;
use crate::compile::patterns::Patterns;
use crate::compile::program::Program;
use crate::compile::variants::{Slots, Variant, Variants};
use crate::compile::wake::Wake;
use crate::compile::{self, CompileError, Options};
use crate::eval::contributions::Contribution;
use crate::facts::Facts;
use crate::item::Item;
use crate::kernel::Kernel;
use crate::limits::Limits;
use crate::names::Names;
use crate::profile::Profile;
use crate::scan::tier::Tier;
use crate::scratch::Scratch;
use crate::truth::Truth;
use crate::verdict::Verdict;

/// A policy compiled for deciding. Shared between threads; each thread brings its own [`Scratch`].
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
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let caption = policy.field("caption").ok_or("built in")?;
/// let engine = Arc::new(Engine::new(policy, Limits::default())?);
/// let threads: Vec<_> = ["my gl0ck", "my bike"]
///     .map(|text| (text, Arc::clone(&engine)))
///     .map(|(text, engine)| std::thread::spawn(move || engine.classify(&Post(text, caption), Call::default(), &mut Scratch::new()).rules.len()))
///     .into();
/// let fired: Vec<usize> = threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
/// assert_eq!(fired, [1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    pub(crate) facts: Facts,
    /// The whole policy; of an engine that was loaded, once somebody has asked.
    pub(crate) policy: OnceLock<Arc<Policy>>,
    /// Of an engine that was loaded: its policy's files.
    pub(crate) source: Column<u8>,
    pub(crate) options: Options,
    /// What it was compiled by, beside the policy.
    pub(crate) profile: Option<Profile>,
    pub(crate) patterns: Patterns,
    pub(crate) has_allow: Vec<bool>,
    /// Few lists are compared exactly.
    pub(crate) exact: Vec<Option<Box<Exact>>>,
    /// Fields in which terms are matched.
    pub(crate) text_fields: Vec<TextField>,
    /// Fields of text.
    pub(crate) text_bits: FieldBits,
    pub(crate) kernel: Kernel,
    /// Lists that are looked for in every item.
    pub(crate) first_tier: Vec<bool>,
    pub(crate) tiers: [Tier; 2],
    pub(crate) program: Program,
    pub(crate) wake: Wake,
    /// Rules that scalar fields decide.
    pub(crate) columns: Columns,
    pub(crate) variants: Variants,
    pub(crate) slots: Slots,
    /// For each field that wakes rules, whether its absence does.
    pub(crate) absent_wakes: Vec<bool>,
    /// Variants that give points, by score.
    pub(crate) scores: Vec<Vec<u32>>,
    pub(crate) labels: Vec<(AxisId, String)>,
    pub(crate) on_incomplete: EffectCode,
    pub(crate) review: EffectCode,
    pub(crate) ordinary: Ordinary,
}

/// Fields, a bit each; the last bit is for all those that have none of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldBits(u64);

impl FieldBits {
    const OTHERS: u32 = 63;

    pub(crate) fn with(self, field: FieldId) -> FieldBits {
        FieldBits(self.0 | 1 << field.0.min(FieldBits::OTHERS))
    }

    pub(crate) fn and(self, others: FieldBits) -> FieldBits {
        FieldBits(self.0 | others.0)
    }

    pub(crate) fn meets(self, others: FieldBits) -> bool {
        self.0 & others.0 != 0
    }

    /// Those of these fields that hold text and have a bit of their own.
    pub(crate) fn texts(fields: &[Field]) -> FieldBits {
        let texts = (0..FieldBits::OTHERS).zip(fields).filter(|(_, field)| field.ty.is_text());
        texts.fold(FieldBits::default(), |all, (id, _)| all.with(FieldId(id)))
    }

    pub(crate) fn are_among(self, others: FieldBits) -> bool {
        self.0 & !others.0 == 0
    }
}

/// A field in which terms are matched.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct TextField {
    pub(crate) field: FieldId,
    pub(crate) is_list: bool,
    /// The policy has a text stand in for an absent one.
    pub(crate) stands_in: bool,
}

/// An entry that is compared exactly.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExactEntry {
    pub(crate) text: Box<str>,
    /// Index into the list's entries.
    pub(crate) entry: u32,
    pub(crate) term: u32,
    pub(crate) force: u32,
    pub(crate) allow: bool,
}

/// Entries by their text; the numbers are places in `entries`.
#[derive(Debug, Default)]
pub(crate) struct Exact {
    pub(crate) entries: Vec<ExactEntry>,
    texts: Names<Vec<u32>>,
    /// In lower case, for hosts.
    hosts: Names<Vec<u32>>,
    /// Allow entries, as written and in lower case.
    allowed: Names<Vec<u32>>,
    allowed_hosts: Names<Vec<u32>>,
}

impl Exact {
    pub(crate) fn new(entries: Vec<ExactEntry>) -> Exact {
        let mut exact = Exact::default();
        for (at, entry) in entries.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let (texts, hosts) = if entry.allow { (&mut exact.allowed, &mut exact.allowed_hosts) } else { (&mut exact.texts, &mut exact.hosts) };
            texts.entry(entry.text.clone()).or_default().push(at);
            hosts.entry(entry.text.to_lowercase().into()).or_default().push(at);
        }
        exact.entries = entries;
        exact
    }

    fn behind<'x>(&'x self, index: &'x Names<Vec<u32>>, key: &str) -> impl Iterator<Item = &'x ExactEntry> {
        index.get(key).into_iter().flatten().filter_map(|at| self.entries.get(*at as usize))
    }

    /// Bytes on the heap, roughly: each entry stands in two indices.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| size_of::<ExactEntry>() + 3 * entry.text.len() + 2 * (size_of::<(Box<str>, Vec<u32>)>() + 4)).sum()
    }

    pub(crate) fn text(&self, text: &str) -> impl Iterator<Item = &ExactEntry> {
        self.behind(&self.texts, text)
    }

    pub(crate) fn host(&self, host: &str) -> impl Iterator<Item = &ExactEntry> {
        self.behind(&self.hosts, host)
    }

    pub(crate) fn allowed(&self, text: &str) -> impl Iterator<Item = &ExactEntry> {
        self.behind(&self.allowed, text)
    }

    pub(crate) fn allowed_host(&self, host: &str) -> impl Iterator<Item = &ExactEntry> {
        self.behind(&self.allowed_hosts, host)
    }
}

/// An effect by numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct EffectCode {
    /// It names an axis, if only to say that no label is given.
    pub(crate) some: bool,
    pub(crate) levels: Vec<(AxisId, u8)>,
    /// Indices into [`Engine::labels`].
    pub(crate) labels: Vec<u32>,
}

/// What stands outside an item: the moment it is judged for, where the item does not say it.
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
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: election, until: 2026-11-01, when: caption has \"vote by text\", effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("vote by text", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits::default())?;
/// let mut scratch = Scratch::new();
/// let election_day = tribunal_policy::time::parse("2026-11-01T12:00Z").map(|at| at.seconds);
/// assert_eq!(engine.classify(&post, Call { as_of: election_day }, &mut scratch).rules.len(), 1);
/// // Without a moment a rule with dates cannot be judged; nothing here looks at a clock.
/// assert_eq!(engine.classify(&post, Call::default(), &mut scratch).unknown.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Seconds since 1970-01-01 UTC; an item's own `as_of` wins.
    pub as_of: Option<i64>,
}

impl Engine {
    /// Compiles a policy.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{CompileError, Engine, Limits};
    ///
    /// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock, revolver]}";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// assert!(Engine::new(Arc::clone(&policy), Limits::default()).is_ok());
    /// let tight = Limits { terms: 1, ..Limits::default() };
    /// assert!(matches!(Engine::new(policy, tight), Err(CompileError::OverLimit { found: 2, limit: 1, .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CompileError`] when a regular expression or the policy as a whole is over a limit.
    pub fn new(policy: Arc<Policy>, limits: Limits) -> Result<Engine, CompileError> {
        compile::compile(policy, &Options { limits, ..Options::default() })
    }

    /// Compiles with switches, for tests.
    #[doc(hidden)]
    pub fn with_options(policy: Arc<Policy>, options: &Options) -> Result<Engine, CompileError> {
        compile::compile(policy, options)
    }

    /// The policy it was compiled from. An engine that was loaded reads it from the file when first asked, which takes as long
    /// as reading a policy does; where that cannot be done (no reader of workbooks, a file made to mislead) it is empty. What
    /// decisions need is among the [facts](Engine::facts).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// let engine = Engine::new(Arc::clone(&policy), Limits::default())?;
    /// assert!(Arc::ptr_eq(engine.policy(), &policy));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn policy(&self) -> &Arc<Policy> {
        self.policy.get_or_init(|| Arc::new(crate::artefact::policy(&self.source, &self.facts.digest).unwrap_or_default()))
    }

    /// What of the policy a decision is written with.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert_eq!(Engine::new(policy, Limits::default())?.facts().id, "demo");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The sample by which the rules' triggers were chosen; see [`Sampler`](crate::Sampler).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert_eq!(Engine::new(policy, Limits::default())?.profile(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// The caps in force.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// let engine = Engine::new(policy, Limits { hits: 500, ..Limits::default() })?;
    /// assert_eq!((engine.limits().hits, engine.limits().text_bytes), (500, 256 << 10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// The label of a verdict: its axis and its name.
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
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: gun, when: caption has \"glock\", effect: {annotation: [warning_screen]}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let post = Post("my glock", policy.field("caption").ok_or("built in")?);
    /// let engine = Engine::new(policy, Limits::default())?;
    /// let mut scratch = Scratch::new();
    /// let verdict = engine.classify(&post, Call::default(), &mut scratch);
    /// let (axis, name) = engine.label(verdict.labels[0]).ok_or("a label of this engine")?;
    /// assert_eq!((engine.policy().axes[axis.index()].name.as_str(), name), ("annotation", "warning_screen"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn label(&self, label: u32) -> Option<(AxisId, &str)> {
        self.labels.get(label as usize).map(|(axis, name)| (*axis, name.as_str()))
    }

    /// Decides an item. The verdict lives in the scratch until the next call; nothing is allocated once the scratch has
    /// grown to the size of the items.
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
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// terms: {firearms: [glock]}
    /// rules:
    ///   - {id: gun, when: any text has firearms, effect: {distribution: removed}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let caption = policy.field("caption").ok_or("built in")?;
    /// let engine = Engine::new(policy, Limits::default())?;
    /// let mut scratch = Scratch::new();
    /// for (text, fires) in [("my gl0ck", true), ("my glockenspiel", false), ("", false)] {
    ///     let verdict = engine.classify(&Post(text, caption), Call::default(), &mut scratch);
    ///     assert_eq!(verdict.rules == [engine.policy().rule("gun").ok_or("declared")?], fires);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn classify<'s>(&self, item: &dyn Item, call: Call, scratch: &'s mut Scratch) -> &'s Verdict {
        crate::eval::classify(self, item, call, scratch);
        &scratch.verdict
    }

    /// Decides an item and tells what each rule gave to the decision; a rule that gave nothing is left out.
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
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: gun, when: caption has \"glock\", effect: {distribution: removed}}
    ///   - {id: sale, when: caption has \"selling\", effect: {distribution: search_limited}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let post = Post("selling a glock", policy.field("caption").ok_or("built in")?);
    /// let engine = Engine::new(policy, Limits::default())?;
    /// // What would the decision be without one of the rules? Each one's share says so.
    /// let mut shares = Vec::new();
    /// engine.contributions(&post, Call::default(), &mut Scratch::new(), &mut |part| {
    ///     let name = part.rule.map_or("on_incomplete", |rule| engine.policy().rules[rule.index()].name.as_str());
    ///     shares.push((name, part.levels[0].1));
    /// });
    /// shares.sort();
    /// assert_eq!(shares, [("gun", 3), ("sale", 1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contributions(&self, item: &dyn Item, call: Call, scratch: &mut Scratch, tell: &mut dyn FnMut(Contribution<'_>)) {
        crate::eval::classify(self, item, call, scratch);
        crate::eval::contributions::contributions(self, item, scratch, tell);
    }

    /// As [`Engine::contributions`], of the verdict that the scratch holds: nothing is decided anew. This engine must have decided this
    /// item last with this scratch; of another one, what is told means nothing.
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
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {distribution: removed}}\n";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let post = Post("a glock", policy.field("caption").ok_or("built in")?);
    /// let engine = Engine::new(policy, Limits::default())?;
    /// let mut scratch = Scratch::new();
    /// assert_eq!(engine.classify(&post, Call::default(), &mut scratch).rules.len(), 1);
    /// let mut shares = 0;
    /// engine.contributions_to_last(&post, &mut scratch, &mut |_| shares += 1);
    /// assert_eq!(shares, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contributions_to_last(&self, item: &dyn Item, scratch: &mut Scratch, tell: &mut dyn FnMut(Contribution<'_>)) {
        crate::eval::contributions::contributions(self, item, scratch, tell);
    }

    /// Decides an item as [`Engine::classify`] does, and tells after each step what it took: see [`DecisionStep`](crate::DecisionStep) for
    /// an example. Whoever wants times takes them between two calls of `tell`. An item over a limit is decided once, without that field's
    /// being unknown from the start.
    pub fn steps(&self, item: &dyn Item, call: Call, scratch: &mut Scratch, tell: &mut dyn FnMut(crate::DecisionStep, crate::Work)) {
        crate::eval::steps::steps(self, item, call, scratch, tell);
    }

    /// An engine for running the examples of rules: it only answers [`Engine::fires`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Call, Engine, Limits, Scratch, Truth};
    /// # use tribunal_core::{Item, Value};
    /// # use tribunal_policy::FieldId;
    /// # struct Post(&'static str, FieldId);
    /// # impl Item for Post {
    /// #     fn value(&self, field: FieldId) -> Value<'_> {
    /// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
    /// #     }
    /// # }
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: gun, stage: draft, when: caption has \"glock\", effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let gun = policy.rule("gun").ok_or("declared")?;
    /// let post = Post("my glock", policy.field("caption").ok_or("built in")?);
    /// let (rehearsal, engine) = (Engine::rehearsal(Arc::clone(&policy), Limits::default())?, Engine::new(policy, Limits::default())?);
    /// let mut scratch = Scratch::new();
    /// assert_eq!(rehearsal.fires(gun, &post, Call::default(), &mut scratch), Truth::True);
    /// assert_eq!(engine.fires(gun, &post, Call::default(), &mut scratch), Truth::False);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Engine::new`].
    pub fn rehearsal(policy: Arc<Policy>, limits: Limits) -> Result<Engine, CompileError> {
        compile::compile(policy, &Options { limits, rehearse: true, ..Options::default() })
    }

    /// Whether a rule fires on an item, as if it were live and in its dates (Exact meaning 32). On an engine that is no
    /// [rehearsal](Engine::rehearsal), rules that are off or drafts never do.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Call, Engine, Limits, Scratch, Truth};
    /// # use tribunal_core::{Item, Value};
    /// # use tribunal_policy::FieldId;
    /// # struct Post(&'static str, FieldId);
    /// # impl Item for Post {
    /// #     fn value(&self, field: FieldId) -> Value<'_> {
    /// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
    /// #     }
    /// # }
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: young, when: author.age < 13, effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let young = policy.rule("young").ok_or("declared")?;
    /// let post = Post("hello", policy.field("caption").ok_or("built in")?);
    /// let engine = Engine::rehearsal(policy, Limits::default())?;
    /// // An example of a rule has to hold the fields that the rule reads.
    /// assert_eq!(engine.fires(young, &post, Call::default(), &mut Scratch::new()), Truth::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fires(&self, rule: RuleId, item: &dyn Item, call: Call, scratch: &mut Scratch) -> Truth {
        crate::eval::fires(self, rule, item, call, scratch)
    }

    pub(crate) fn slot(&self, market: Option<MarketId>) -> usize {
        market.map_or(0, |market| market.index() + 1)
    }

    /// The form a rule has in a slot.
    #[inline]
    pub(crate) fn variant_of(&self, rule: RuleId, slot: usize) -> Option<(u32, Variant<'_>)> {
        let at = self.slots.variant(rule, slot)?;
        self.variants.get(at).map(|variant| (at, variant))
    }
}
