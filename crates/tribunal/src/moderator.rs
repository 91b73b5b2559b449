//! The one thing an embedder holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use tribunal_core::{Call, Engine, Item, Limits, Scratch, Value};
use tribunal_policy::model::{AxisKind, AxisValue, EffectiveRule, Stage};
use tribunal_policy::{FieldId, Loaded, MarketId, Policy};

use crate::decision::{self, Decision, RuleEvidence};
use crate::error::Error;
use crate::explanation::{self, Explanation};
use crate::json::{JsonItem, Schema};

/// Items of a program's own type, bound to the fields of policies by name and without going through JSON.
pub trait Fields {
    /// The fields it provides, as policies name them.
    const NAMES: &'static [&'static str];

    /// The value of the field at `index` of [`Fields::NAMES`].
    fn get(&self, index: usize) -> Value<'_>;

    /// Whether that field is still to come.
    fn is_pending(&self, index: usize) -> bool {
        let _ = index;
        false
    }
}

/// A decision, and whether the item was judged as a whole.
#[must_use = "an item over a limit is not allowed by default: look at both cases"]
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The item was judged as a whole.
    Complete(Decision),
    /// Part of the item is over a limit and was not judged; the policy's `on_incomplete` is part of the decision.
    Incomplete(Decision),
}

impl Outcome {
    /// The decision of an item that was judged as a whole; otherwise what is known, as an error.
    ///
    /// # Errors
    ///
    /// The decision so far, when part of the item is over a limit.
    #[expect(clippy::result_large_err, reason = "both sides are the same decision")]
    pub fn complete(self) -> Result<Decision, Decision> {
        match self {
            Outcome::Complete(decision) => Ok(decision),
            Outcome::Incomplete(decision) => Err(decision),
        }
    }

    /// The decision, for a caller that looks at [`Decision::incomplete`] itself.
    pub fn into_decision_looking_at_incomplete(self) -> Decision {
        match self {
            Outcome::Complete(decision) | Outcome::Incomplete(decision) => decision,
        }
    }

    fn new(decision: Decision) -> Outcome {
        if decision.incomplete.is_some() { Outcome::Incomplete(decision) } else { Outcome::Complete(decision) }
    }
}

/// What is asked of a policy before it is taken.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    axes: Option<BTreeMap<String, BTreeSet<String>>>,
    provides: Option<BTreeSet<String>>,
    may_miss: BTreeSet<String>,
    compile: tribunal_core::Options,
    as_of: Option<i64>,
    evidence: bool,
}

impl Builder {
    /// Declares what the embedder can act on: axes with their values (labels of a set axis too). A policy that can yield
    /// another value is refused with the names of the rules that do.
    #[must_use]
    pub fn understands<'a>(mut self, axes: impl IntoIterator<Item = (&'a str, &'a [&'a str])>) -> Builder {
        let axes = axes.into_iter().map(|(axis, values)| (axis.to_owned(), values.iter().map(|value| (*value).to_owned()).collect()));
        self.axes = Some(axes.collect());
        self
    }

    /// Declares the fields that items will have. A policy whose live rules read another one is refused with their names.
    #[must_use]
    pub fn provides<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> Builder {
        self.provides = Some(fields.into_iter().map(str::to_owned).collect());
        self
    }

    /// Fields that may be missing all the same: rules that read them are then not judged.
    #[must_use]
    pub fn may_miss<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> Builder {
        self.may_miss.extend(fields.into_iter().map(str::to_owned));
        self
    }

    /// Caps on items and on what is compiled.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.compile.limits = limits;
        self
    }

    /// Switches of the compiler, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn compile_options(mut self, options: tribunal_core::Options) -> Builder {
        self.compile = options;
        self
    }

    /// The moment items are judged for that do not say it themselves, in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn as_of(mut self, seconds: i64) -> Builder {
        self.as_of = Some(seconds);
        self
    }

    /// Decisions carry the hits behind them.
    #[must_use]
    pub fn evidence(mut self, on: bool) -> Builder {
        self.evidence = on;
        self
    }

    /// A moderator from a folder or a single file.
    ///
    /// # Errors
    ///
    /// When the policy has mistakes, cannot be compiled, or is not what was asked for.
    pub fn from_path(self, path: impl AsRef<Path>) -> Result<Moderator, Error> {
        self.build(tribunal_policy::load(path.as_ref()))
    }

    /// A moderator from the text of a single file.
    ///
    /// # Errors
    ///
    /// As [`Builder::from_path`].
    pub fn from_text(self, text: &str) -> Result<Moderator, Error> {
        self.build(tribunal_policy::load_str("policy.yaml", text))
    }

    /// A moderator from a policy that was loaded already.
    ///
    /// # Errors
    ///
    /// As [`Builder::from_path`].
    pub fn build(self, loaded: Loaded) -> Result<Moderator, Error> {
        let Loaded { policy: Some(policy), diagnostics, .. } = loaded else {
            return Err(Error::policy(loaded));
        };
        let policy = Arc::new(policy);
        let rules = live_rules(&policy);
        if let Some(axes) = &self.axes {
            understood(&policy, &rules, axes)?;
        }
        if let Some(fields) = &self.provides {
            provided(&policy, &rules, &|name| fields.contains(name) || self.may_miss.contains(name))?;
        }
        let engine = Engine::with_options(Arc::clone(&policy), &self.compile).map_err(Error::Compile)?;
        let schema = Schema::new(&policy);
        Ok(Moderator { engine, schema, rules, warnings: diagnostics, options: self, pool: Mutex::default() })
    }
}

/// A policy, compiled, with names: decides items and explains decisions. Shared freely between threads.
///
/// ```
/// use tribunal::{Moderator, Outcome};
///
/// let moderator = Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock, "ar-15"]}
/// rules:
///   - {id: firearm-mention, when: any text has firearms, effect: {routing: review}}
/// "#)?;
/// let outcome = moderator.decide_json(r#"{"id": "7", "caption": "selling my gl0ck"}"#)?;
/// let Outcome::Complete(decision) = outcome else { unreachable!("a short item") };
/// assert_eq!(decision.rules, ["firearm-mention"]);
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Debug)]
pub struct Moderator {
    engine: Engine,
    schema: Schema,
    rules: Vec<EffectiveRule>,
    warnings: Vec<tribunal_policy::diagnostic::Diagnostic>,
    options: Builder,
    pool: Mutex<Vec<Scratch>>,
}

impl Moderator {
    /// A moderator of a folder or single file, taken as it is.
    ///
    /// # Errors
    ///
    /// When the policy has mistakes or cannot be compiled.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Moderator, Error> {
        Builder::default().from_path(path)
    }

    /// A moderator of the text of a single file.
    ///
    /// # Errors
    ///
    /// As [`Moderator::from_path`].
    pub fn from_text(text: &str) -> Result<Moderator, Error> {
        Builder::default().from_text(text)
    }

    /// Says what the embedder understands and provides.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The policy.
    pub fn policy(&self) -> &Arc<Policy> {
        self.engine.policy()
    }

    /// The engine, for those who want verdicts by number.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Warnings of the policy.
    pub fn warnings(&self) -> &[tribunal_policy::diagnostic::Diagnostic] {
        &self.warnings
    }

    fn call(&self) -> Call {
        Call { as_of: self.options.as_of }
    }

    fn with_scratch<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        let pooled = self.pool.lock().ok().and_then(|mut pool| pool.pop());
        let mut scratch = pooled.unwrap_or_default();
        let result = work(&mut scratch);
        if let Ok(mut pool) = self.pool.lock() {
            pool.push(scratch);
        }
        result
    }

    /// Decides any item, with the caller's scratch.
    pub fn decide_with(&self, item: &dyn Item, scratch: &mut Scratch) -> Outcome {
        let call = self.call();
        let verdict = self.engine.classify(item, call, scratch);
        let mut decided = decision::decision(&self.engine, item, verdict);
        if self.options.evidence {
            let policy = self.engine.policy();
            let found = self.engine.evidence(item, call, scratch);
            decided.evidence = Some(
                found
                    .into_iter()
                    .map(|(rule, hits)| RuleEvidence {
                        rule: decision::rule_name(policy, rule),
                        hits: hits.iter().map(|hit| decision::hit(policy, item, hit)).collect(),
                    })
                    .collect(),
            );
        }
        Outcome::new(decided)
    }

    /// Reads an item from JSON.
    ///
    /// # Errors
    ///
    /// When the text is no JSON object, repeats a key, or holds a broken escape.
    pub fn read_json<'a>(&self, text: &'a str) -> Result<JsonItem<'a>, Error> {
        JsonItem::parse(&self.schema, text).map_err(Error::Item)
    }

    /// Decides an item given as a JSON object.
    ///
    /// # Errors
    ///
    /// As [`Moderator::read_json`].
    pub fn decide_json(&self, text: &str) -> Result<Outcome, Error> {
        let item = self.read_json(text)?;
        Ok(self.with_scratch(|scratch| self.decide_with(&item, scratch)))
    }

    /// Decides many items given as JSON, on all cores, in their order.
    pub fn decide_json_batch<T: AsRef<str> + Sync>(&self, lines: &[T]) -> Vec<Result<Outcome, Error>> {
        let decide = |scratch: &mut Scratch, line: &T| Ok(self.decide_with(&self.read_json(line.as_ref())?, scratch));
        lines.par_iter().map_init(Scratch::new, decide).collect()
    }

    /// Explains the decision about an item.
    pub fn explain_item(&self, item: &dyn Item) -> Explanation {
        self.with_scratch(|scratch| explanation::explain(&self.engine, item, self.call(), scratch))
    }

    /// Explains the decision about an item given as a JSON object.
    ///
    /// # Errors
    ///
    /// As [`Moderator::read_json`].
    pub fn explain_json(&self, text: &str) -> Result<Explanation, Error> {
        let item = self.read_json(text)?;
        Ok(self.explain_item(&item))
    }

    /// Binds a type of the program's own to the policy.
    ///
    /// # Errors
    ///
    /// When a live rule reads a field that the type does not provide and that is not allowed to be missing, or when the type
    /// names a field that the policy does not have.
    pub fn bind<T: Fields>(&self) -> Result<Bound<'_, T>, Error> {
        let policy = self.engine.policy();
        provided(policy, &self.rules, &|name| T::NAMES.contains(&name) || self.options.may_miss.contains(name))?;
        let mut places = vec![None; policy.fields.len()];
        for (index, name) in T::NAMES.iter().enumerate() {
            // A policy need not know every field that a program has.
            if let Some(place) = policy.field(name).and_then(|field| places.get_mut(field.index())) {
                *place = Some(index);
            }
        }
        Ok(Bound { moderator: self, places, item: std::marker::PhantomData })
    }
}

/// A moderator for items of one type.
#[derive(Debug)]
pub struct Bound<'m, T> {
    moderator: &'m Moderator,
    places: Vec<Option<usize>>,
    item: std::marker::PhantomData<fn(&T)>,
}

/// One item of a program's own type as the engine sees it.
struct Own<'a, T> {
    item: &'a T,
    places: &'a [Option<usize>],
}

impl<T: Fields> Item for Own<'_, T> {
    fn value(&self, field: FieldId) -> Value<'_> {
        self.places.get(field.index()).copied().flatten().map_or(Value::Missing, |index| self.item.get(index))
    }

    fn is_pending(&self, field: FieldId) -> bool {
        self.places.get(field.index()).copied().flatten().is_some_and(|index| self.item.is_pending(index))
    }
}

impl<T: Fields> Bound<'_, T> {
    /// Decides an item.
    pub fn decide(&self, item: &T) -> Outcome {
        self.moderator.with_scratch(|scratch| self.decide_with(item, scratch))
    }

    /// Decides an item with the caller's scratch.
    pub fn decide_with(&self, item: &T, scratch: &mut Scratch) -> Outcome {
        self.moderator.decide_with(&Own { item, places: &self.places }, scratch)
    }

    /// Explains the decision about an item.
    pub fn explain(&self, item: &T) -> Explanation {
        self.moderator.explain_item(&Own { item, places: &self.places })
    }

    /// Decides many items, on all cores, in their order.
    pub fn decide_batch(&self, items: &[T]) -> Vec<Outcome>
    where
        T: Sync,
    {
        items.par_iter().map_init(Scratch::new, |scratch, item| self.decide_with(item, scratch)).collect()
    }
}

/// Every rule that is live somewhere, in each of its forms.
fn live_rules(policy: &Policy) -> Vec<EffectiveRule> {
    let count = u32::try_from(policy.markets.len()).unwrap_or(u32::MAX);
    let places = std::iter::once(None).chain((0..count).map(|at| Some(MarketId(at))));
    let mut rules: Vec<EffectiveRule> = Vec::new();
    for mut rule in places.flat_map(|market| policy.effective(market)).filter(|rule| rule.stage == Stage::Live) {
        rule.overlays.clear();
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

/// Refuses a policy that can yield a value the embedder did not declare.
fn understood(policy: &Policy, rules: &[EffectiveRule], axes: &BTreeMap<String, BTreeSet<String>>) -> Result<(), Error> {
    let mut strange: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let effects = rules.iter().flat_map(|rule| {
        let name = decision::rule_name(policy, rule.rule);
        std::iter::once(&rule.effect).chain(rule.softens.iter().map(|(_, _, effect)| effect)).map(move |effect| (name.clone(), effect))
    });
    for (rule, effect) in effects.chain(std::iter::once(("on_incomplete".to_owned(), &policy.on_incomplete))) {
        for (axis, value) in &effect.0 {
            let Some(axis) = policy.axes.get(axis.index()) else { continue };
            let known = axes.get(&axis.name);
            let names: Vec<&String> = match (value, &axis.kind) {
                (AxisValue::Level(level), AxisKind::Ordered(values)) => values.get(usize::from(*level)).into_iter().collect(),
                (AxisValue::Labels(labels), _) => labels.iter().collect(),
                _ => Vec::new(),
            };
            for name in names.into_iter().filter(|name| known.is_none_or(|known| !known.contains(*name))) {
                strange.entry(format!("{}: {name}", axis.name)).or_default().insert(rule.clone());
            }
        }
    }
    if strange.is_empty() { Ok(()) } else { Err(Error::NotUnderstood(strange)) }
}

/// Refuses a policy whose live rules read a field that is not provided.
fn provided(policy: &Policy, rules: &[EffectiveRule], has: &dyn Fn(&str) -> bool) -> Result<(), Error> {
    let mut missing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules {
        let mut read = |field: FieldId| {
            let Some(known) = policy.fields.get(field.index()) else { return };
            let names = std::iter::once(known.name.as_str()).chain(known.alias);
            if !names.into_iter().any(has) && field != FieldId::AS_OF {
                missing.entry(known.name.clone()).or_default().insert(decision::rule_name(policy, rule.rule));
            }
        };
        // `any text` means the texts there are; a field it names beside others may be absent.
        rule.conditions().for_each(|cond| {
            cond.walk(&mut |part| match &part.kind {
                tribunal_policy::cond::CondKind::Has(subject, _) if subject.form == tribunal_policy::cond::SubjectForm::AnyText => {
                    if !subject.fields.iter().any(|field| policy.fields.get(field.index()).is_some_and(|field| has(&field.name))) {
                        subject.fields.iter().for_each(|field| read(*field));
                    }
                }
                tribunal_policy::cond::CondKind::And(_) | tribunal_policy::cond::CondKind::Or(_) | tribunal_policy::cond::CondKind::Not(_) => {}
                _ => part.fields(&mut read),
            });
        });
        if let Some(rollout) = rule.rollout {
            read(rollout.by);
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Error::NotProvided(missing)) }
}
