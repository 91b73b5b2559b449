//! The one thing an embedder holds.

mod builder;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use rayon::prelude::*;
use tribunal_core::{Call, Engine, Item, Present, Scratch, Value, Verdict};
use tribunal_policy::model::EffectiveRule;
use tribunal_policy::{FieldId, Policy};

use crate::decision::{self, Decision, RuleEvidence};
use crate::error::Error;
use crate::explanation::{self, Explanation};
use crate::json::{JsonItem, Schema};
use crate::written::Parts;

pub use builder::Builder;
use builder::provided;

/// Items of a program's own type, bound to the fields of policies by name and without going through JSON.
///
/// ```
/// use tribunal::{Fields, List, Moderator, Value};
///
/// struct Upload {
///     caption: String,
///     hashtags: Vec<String>,
///     transcript: Option<String>,
/// }
///
/// impl Fields for Upload {
///     const NAMES: &'static [&'static str] = &["caption", "hashtags", "transcript"];
///
///     fn get(&self, index: usize) -> Value<'_> {
///         match index {
///             0 => Value::Text(&self.caption),
///             1 => Value::List(List::Owned(&self.hashtags)),
///             _ => self.transcript.as_deref().map_or(Value::Missing, Value::Text),
///         }
///     }
///
///     // Speech recognition takes minutes: until then the transcript is not missing but still to come.
///     fn is_pending(&self, index: usize) -> bool {
///         index == 2 && self.transcript.is_none()
///     }
/// }
///
/// let moderator = Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: any text has "glock", effect: {routing: review}}
/// "#)?;
/// let upload = Upload { caption: "listen".into(), hashtags: vec!["GLOCK".into()], transcript: None };
/// let decision = moderator.bind::<Upload>()?.decide(&upload).into_decision_looking_at_incomplete();
/// assert_eq!(decision.rules, ["gun"]);
/// # Ok::<(), tribunal::Error>(())
/// ```
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
///
/// ```
/// use tribunal::{Moderator, Outcome};
///
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
/// let flood = format!(r#"{{"caption": "{}"}}"#, "a".repeat(300_000));
/// let Outcome::Incomplete(decision) = moderator.decide_json(&flood)? else { unreachable!("a caption of 300 kB") };
/// assert_eq!(decision.incomplete.as_deref(), Some("text-too-long"));
/// # Ok::<(), tribunal::Error>(())
/// ```
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
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}")?;
    /// match moderator.decide_json(r#"{"caption": "hello"}"#)?.complete() {
    ///     Ok(decision) => assert_eq!(decision.incomplete, None),
    ///     Err(decision) => println!("for a person to look at: {:?}", decision.incomplete),
    /// }
    /// # Ok::<(), tribunal::Error>(())
    /// ```
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
    ///
    /// ```
    /// use tribunal::{AxisValue, Moderator};
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// let flood = format!(r#"{{"caption": "{}"}}"#, "a".repeat(300_000));
    /// let decision = moderator.decide_json(&flood)?.into_decision_looking_at_incomplete();
    /// // `on_incomplete` of the policy took part: by default somebody reviews it.
    /// assert!(decision.incomplete.is_some());
    /// assert_eq!(decision.decision["routing"], AxisValue::Level("review".into()));
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    pub fn into_decision_looking_at_incomplete(self) -> Decision {
        match self {
            Outcome::Complete(decision) | Outcome::Incomplete(decision) => decision,
        }
    }

    fn new(decision: Decision) -> Outcome {
        if decision.incomplete.is_some() { Outcome::Incomplete(decision) } else { Outcome::Complete(decision) }
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
    parts: Parts,
    /// Live rules in their forms, once somebody asks what they read.
    rules: OnceLock<Vec<EffectiveRule>>,
    warnings: Vec<tribunal_policy::diagnostic::Diagnostic>,
    options: Builder,
    pool: Mutex<Vec<Scratch>>,
}

impl Moderator {
    /// A moderator of a folder or single file, taken as it is.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// # let path = std::env::temp_dir().join(format!("tribunal-from-path-{}.yaml", std::process::id()));
    /// # std::fs::write(&path, "policy: {id: demo, version: '1'}")?;
    /// let moderator = Moderator::from_path(&path)?;
    /// assert!(moderator.warnings().is_empty());
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the policy has mistakes or cannot be compiled.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Moderator, Error> {
        Builder::default().from_path(path)
    }

    /// A moderator of the text of a single file.
    ///
    /// ```
    /// let moderator = tribunal::Moderator::from_text("policy: {id: demo, version: '1'}")?;
    /// assert_eq!(moderator.policy().id, "demo");
    ///
    /// let error = tribunal::Moderator::from_text("policy: {id: demo}").unwrap_err();
    /// assert!(error.to_string().contains("version"));
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Moderator::from_path`].
    pub fn from_text(text: &str) -> Result<Moderator, Error> {
        Builder::default().from_text(text)
    }

    /// Says what the embedder understands and provides.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let moderator = Moderator::builder().provides(["caption"]).from_text("policy: {id: demo, version: '1'}")?;
    /// assert_eq!(moderator.policy().version, "1");
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The policy.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: gun, title: Firearms, when: any text has "glock", effect: {routing: review}}
    /// "#;
    /// let moderator = tribunal::Moderator::from_text(text)?;
    /// let titles: Vec<_> = moderator.policy().rules.iter().map(|rule| rule.title.as_deref()).collect();
    /// assert_eq!(titles, [Some("Firearms")]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    pub fn policy(&self) -> &Arc<Policy> {
        self.engine.policy()
    }

    /// The engine, for those who want verdicts by number.
    ///
    /// ```
    /// use tribunal::{Call, Moderator, Scratch};
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// let mut scratch = Scratch::new();
    /// let item = moderator.read_json(r#"{"caption": "my GLOCK"}"#)?;
    /// let verdict = moderator.engine().classify(&item, Call::default(), &mut scratch);
    /// assert_eq!(verdict.rules, [moderator.policy().rule("gun").ok_or("declared")?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Warnings of the policy.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: gun, when: 'caption has "glock" and author.age < 18 or author.verified', effect: {routing: review}}
    /// "#;
    /// let moderator = tribunal::Moderator::from_text(text)?;
    /// let codes: Vec<_> = moderator.warnings().iter().map(|warning| warning.code.id).collect();
    /// assert_eq!(codes, ["mixed-and-or"]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
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
    ///
    /// ```
    /// use tribunal::{Moderator, Scratch};
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// // One scratch for each worker thread.
    /// let mut scratch = Scratch::new();
    /// let mut hits = 0;
    /// for line in [r#"{"caption": "my GLOCK"}"#, r#"{"caption": "my glockenspiel"}"#] {
    ///     let item = moderator.read_json(line)?;
    ///     hits += moderator.decide_with(&item, &mut scratch).into_decision_looking_at_incomplete().rules.len();
    /// }
    /// assert_eq!(hits, 1);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
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

    /// Decides any item and writes the decision as one JSON object, byte for byte as `serde_json` writes [`Decision`](crate::Decision), for those who
    /// write one decision an item and read none.
    ///
    /// ```
    /// use tribunal::{Moderator, Scratch};
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// let item = moderator.read_json(r#"{"id": "7", "caption": "my GLOCK"}"#)?;
    /// let (mut scratch, mut line) = (Scratch::new(), Vec::new());
    /// let fired = moderator.decide_into(&item, &mut scratch, &mut line).rules.len();
    /// let decision = moderator.decide_with(&item, &mut scratch).into_decision_looking_at_incomplete();
    /// assert_eq!((fired, line), (1, serde_json::to_vec(&decision)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_into<'s>(&self, item: &dyn Item, scratch: &'s mut Scratch, out: &mut Vec<u8>) -> &'s Verdict {
        if self.options.evidence {
            let decision = self.decide_with(item, scratch).into_decision_looking_at_incomplete();
            // Writing to memory does not fail, and nothing in a decision refuses to be written.
            let _ = serde_json::to_writer(&mut *out, &decision);
            return scratch.verdict();
        }
        let verdict = self.engine.classify(item, self.call(), scratch);
        self.parts.write(&self.engine, item, verdict, out);
        verdict
    }

    /// Reads an item from JSON.
    ///
    /// ```
    /// use tribunal::{Error, Moderator};
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}")?;
    /// assert_eq!(moderator.read_json(r#"{"id": "7"}"#)?.id(), Some("7"));
    /// assert!(matches!(moderator.read_json(r#"{"id": "7", "id": "8"}"#), Err(Error::Item(_))));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the text is no JSON object, repeats a key, or holds a broken escape.
    pub fn read_json<'a>(&self, text: &'a str) -> Result<JsonItem<'a>, Error> {
        JsonItem::parse(&self.schema, text).map_err(Error::Item)
    }

    /// Reads an item from JSON, and gives its keys with their values as written too: for programs that have keys of their own beside the
    /// policy's fields. What was in `keys` goes.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules: []")?;
    /// let mut keys = Vec::new();
    /// let item = moderator.read_json_with_keys(r#"{"id": "7", "weight": 2.5}"#, &mut keys)?;
    /// assert_eq!(item.id(), Some("7"));
    /// assert_eq!(keys, [("id".into(), "\"7\""), ("weight".into(), "2.5")]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Moderator::read_json`].
    pub fn read_json_with_keys<'a>(&self, text: &'a str, keys: &mut Vec<(std::borrow::Cow<'a, str>, &'a str)>) -> Result<JsonItem<'a>, Error> {
        JsonItem::parse_with_keys(&self.schema, text, keys).map_err(Error::Item)
    }

    /// Reads an item from JSON by `serde_json` alone: what [`Moderator::read_json`] means.
    ///
    /// # Errors
    ///
    /// As [`Moderator::read_json`].
    #[doc(hidden)]
    pub fn read_json_slowly<'a>(&self, text: &'a str) -> Result<JsonItem<'a>, Error> {
        JsonItem::parse_slowly(&self.schema, text).map_err(Error::Item)
    }

    /// Decides an item given as a JSON object.
    ///
    /// ```
    /// use tribunal::{Moderator, Outcome};
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// match moderator.decide_json(r#"{"id": "7", "caption": "my Glock"}"#)? {
    ///     Outcome::Complete(decision) => assert_eq!(decision.rules, ["gun"]),
    ///     Outcome::Incomplete(decision) => println!("for a person to look at: {:?}", decision.incomplete),
    /// }
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Moderator::read_json`].
    pub fn decide_json(&self, text: &str) -> Result<Outcome, Error> {
        let item = self.read_json(text)?;
        Ok(self.with_scratch(|scratch| self.decide_with(&item, scratch)))
    }

    /// Decides many items given as JSON, on all cores, in their order.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// let outcomes = moderator.decide_json_batch(&[r#"{"caption": "my GLOCK"}"#, "no item", r#"{"caption": "my bike"}"#]);
    /// let fired: Vec<Option<usize>> = outcomes.into_iter().map(|outcome| Some(outcome.ok()?.into_decision_looking_at_incomplete().rules.len())).collect();
    /// assert_eq!(fired, [Some(1), None, Some(0)]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    pub fn decide_json_batch<T: AsRef<str> + Sync>(&self, lines: &[T]) -> Vec<Result<Outcome, Error>> {
        let decide = |scratch: &mut Scratch, line: &T| Ok(self.decide_with(&self.read_json(line.as_ref())?, scratch));
        lines.par_iter().map_init(Scratch::new, decide).collect()
    }

    /// Explains the decision about an item.
    ///
    /// ```
    /// let moderator = tribunal::Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// let item = moderator.read_json(r#"{"caption": "my GLOCK"}"#)?;
    /// let explanation = moderator.explain_item(&item);
    /// assert_eq!(explanation.rules[0].hits[0].undone, ["case"]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    pub fn explain_item(&self, item: &dyn Item) -> Explanation {
        self.with_scratch(|scratch| explanation::explain(&self.engine, item, (self.call(), self.options.lang.as_deref()), scratch))
    }

    /// Explains the decision about an item given as a JSON object.
    ///
    /// ```
    /// let moderator = tribunal::Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// let explanation = moderator.explain_json(r#"{"caption": "my GLOCK"}"#)?;
    /// assert_eq!((explanation.rules[0].rule.as_str(), explanation.rules[0].when.truth.as_str()), ("gun", "true"));
    /// # Ok::<(), tribunal::Error>(())
    /// ```
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
    /// ```
    /// use tribunal::{Error, Fields, Moderator, Value};
    ///
    /// struct Comment(String);
    ///
    /// impl Fields for Comment {
    ///     const NAMES: &'static [&'static str] = &["caption"];
    ///
    ///     fn get(&self, _index: usize) -> Value<'_> {
    ///         Value::Text(&self.0)
    ///     }
    /// }
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
    /// let comments = moderator.bind::<Comment>()?;
    /// assert_eq!(comments.decide(&Comment("my GLOCK".into())).into_decision_looking_at_incomplete().rules, ["gun"]);
    ///
    /// // A live rule that reads what the type does not have is refused here, not found out later.
    /// let other = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: young, when: author.age < 13, effect: {routing: review}}")?;
    /// assert!(matches!(other.bind::<Comment>(), Err(Error::NotProvided(_))));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a live rule reads a field that the type does not provide and that is not allowed to be missing, or when the type
    /// names a field that the policy does not have.
    pub fn bind<T: Fields>(&self) -> Result<Bound<'_, T>, Error> {
        let policy = self.engine.policy();
        provided(policy, self.rules.get_or_init(|| builder::live_rules(policy)), &|name| T::NAMES.contains(&name) || self.options.may_miss.contains(name))?;
        let mut places = vec![None; policy.fields.len()];
        for (index, name) in T::NAMES.iter().enumerate() {
            // A policy need not know every field that a program has.
            if let Some(place) = policy.field(name).and_then(|field| places.get_mut(field.index())) {
                *place = Some(index);
            }
        }
        let known = places.iter().zip(0..).filter(|(place, _)| place.is_some()).map(|(_, field)| FieldId(field));
        let present = known.fold(Present::NONE, Present::with);
        Ok(Bound { moderator: self, places, present, item: std::marker::PhantomData })
    }
}

/// A moderator for items of one type.
///
/// ```
/// use tribunal::{Fields, Moderator, Scratch, Value};
///
/// struct Comment(&'static str);
///
/// impl Fields for Comment {
///     const NAMES: &'static [&'static str] = &["caption"];
///
///     fn get(&self, _index: usize) -> Value<'_> {
///         Value::Text(self.0)
///     }
/// }
///
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
/// let comments = moderator.bind::<Comment>()?;
/// let item = Comment("my GLOCK");
/// // One at a time, with a scratch of the caller's own, and why.
/// let decision = comments.decide(&item).complete();
/// assert_eq!(decision, comments.decide_with(&item, &mut Scratch::new()).complete());
/// assert_eq!(comments.explain(&item).rules[0].rule, "gun");
/// // Many on all cores, in their order.
/// let outcomes = comments.decide_batch(&[item, Comment("my bike")]);
/// let fired: Vec<usize> = outcomes.into_iter().map(|outcome| outcome.into_decision_looking_at_incomplete().rules.len()).collect();
/// assert_eq!(fired, [1, 0]);
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Debug)]
pub struct Bound<'m, T> {
    moderator: &'m Moderator,
    places: Vec<Option<usize>>,
    present: Present,
    item: std::marker::PhantomData<fn(&T)>,
}

/// One item of a program's own type as the engine sees it.
struct Own<'a, T> {
    item: &'a T,
    places: &'a [Option<usize>],
    present: Present,
}

impl<T: Fields> Item for Own<'_, T> {
    fn value(&self, field: FieldId) -> Value<'_> {
        self.places.get(field.index()).copied().flatten().map_or(Value::Missing, |index| self.item.get(index))
    }

    fn is_pending(&self, field: FieldId) -> bool {
        self.places.get(field.index()).copied().flatten().is_some_and(|index| self.item.is_pending(index))
    }

    fn present(&self) -> Present {
        self.present
    }
}

impl<T: Fields> Bound<'_, T> {
    /// Decides an item.
    pub fn decide(&self, item: &T) -> Outcome {
        self.moderator.with_scratch(|scratch| self.decide_with(item, scratch))
    }

    /// Decides an item with the caller's scratch.
    pub fn decide_with(&self, item: &T, scratch: &mut Scratch) -> Outcome {
        self.moderator.decide_with(&Own { item, places: &self.places, present: self.present }, scratch)
    }

    /// Explains the decision about an item.
    pub fn explain(&self, item: &T) -> Explanation {
        self.moderator.explain_item(&Own { item, places: &self.places, present: self.present })
    }

    /// Decides many items, on all cores, in their order.
    pub fn decide_batch(&self, items: &[T]) -> Vec<Outcome>
    where
        T: Sync,
    {
        items.par_iter().map_init(Scratch::new, |scratch, item| self.decide_with(item, scratch)).collect()
    }
}
