//! The one thing an embedder holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use tribunal_core::{Call, Engine, Item, Limits, Scratch, Value};
use tribunal_policy::model::{AxisKind, AxisValue, EffectiveRule, Stage};
use tribunal_policy::{FieldId, Loaded, MarketId, Policy, RuleId};

use crate::decision::{self, Decision, RuleEvidence};
use crate::error::Error;
use crate::explanation::{self, Explanation};
use crate::json::{JsonItem, Schema};

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

/// What is asked of a policy before it is taken.
///
/// ```
/// use tribunal::{Error, Moderator};
///
/// let policy = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: caption has "glock", effect: {distribution: removed}}
/// "#;
/// let builder = Moderator::builder().provides(["caption"]).understands([("distribution", ["removed"].as_slice()), ("routing", ["review"].as_slice())]);
/// let moderator = builder.from_text(policy)?;
/// assert_eq!(moderator.policy().id, "demo");
/// # Ok::<(), Error>(())
/// ```
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
    ///
    /// ```
    /// use tribunal::{Error, Moderator};
    ///
    /// let policy = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: gun, when: caption has "glock", effect: {distribution: search_limited}}
    /// "#;
    /// // A value that nobody acts on would be a rule without effect: it is refused before the first item.
    /// let builder = Moderator::builder().understands([("distribution", ["removed"].as_slice()), ("routing", ["review"].as_slice())]);
    /// let Err(Error::NotUnderstood(values)) = builder.from_text(policy) else { unreachable!("search_limited is not declared") };
    /// assert!(values["distribution: search_limited"].contains("gun"));
    /// ```
    #[must_use]
    pub fn understands<'a>(mut self, axes: impl IntoIterator<Item = (&'a str, &'a [&'a str])>) -> Builder {
        let axes = axes.into_iter().map(|(axis, values)| (axis.to_owned(), values.iter().map(|value| (*value).to_owned()).collect()));
        self.axes = Some(axes.collect());
        self
    }

    /// Declares the fields that items will have. A policy whose live rules read another one is refused with their names.
    ///
    /// ```
    /// use tribunal::{Error, Moderator};
    ///
    /// let policy = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: minor, when: author.age < 18, effect: {audience: adults}}
    /// "#;
    /// let Err(Error::NotProvided(fields)) = Moderator::builder().provides(["caption"]).from_text(policy) else { unreachable!("no age") };
    /// assert!(fields["author.age"].contains("minor"));
    /// ```
    #[must_use]
    pub fn provides<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> Builder {
        self.provides = Some(fields.into_iter().map(str::to_owned).collect());
        self
    }

    /// Fields that may be missing all the same: rules that read them are then not judged.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let policy = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: minor, when: author.age < 18, effect: {audience: adults}}
    /// "#;
    /// let moderator = Moderator::builder().provides(["caption"]).may_miss(["author.age"]).from_text(policy)?;
    /// let decision = moderator.decide_json(r#"{"caption": "hello"}"#)?.into_decision_looking_at_incomplete();
    /// assert_eq!(decision.unknown[0].missing, ["author.age"]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    #[must_use]
    pub fn may_miss<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> Builder {
        self.may_miss.extend(fields.into_iter().map(str::to_owned));
        self
    }

    /// Caps on items and on what is compiled.
    ///
    /// ```
    /// use tribunal::{Limits, Moderator, Outcome};
    ///
    /// let limits = Limits { text_bytes: 100, ..Limits::default() };
    /// let policy = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}";
    /// let moderator = Moderator::builder().limits(limits).from_text(policy)?;
    /// let item = format!(r#"{{"caption": "{}"}}"#, "a".repeat(101));
    /// assert!(matches!(moderator.decide_json(&item)?, Outcome::Incomplete(_)));
    /// # Ok::<(), tribunal::Error>(())
    /// ```
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
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let policy = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: election, until: 2026-11-01, when: any text has "vote by text", effect: {routing: review}}
    /// "#;
    /// let moderator = Moderator::builder().as_of(1_793_836_800).from_text(policy)?; // 2026-11-05
    /// let rules = |item: &str| moderator.decide_json(item).map(|outcome| outcome.into_decision_looking_at_incomplete().rules);
    /// assert!(rules(r#"{"caption": "vote by text"}"#)?.is_empty());
    /// // The item's own moment goes before.
    /// assert_eq!(rules(r#"{"caption": "vote by text", "as_of": "2026-10-31T12:00:00Z"}"#)?, ["election"]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    #[must_use]
    pub fn as_of(mut self, seconds: i64) -> Builder {
        self.as_of = Some(seconds);
        self
    }

    /// Decisions carry the hits behind them.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let policy = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}";
    /// let moderator = Moderator::builder().evidence(true).from_text(policy)?;
    /// let decision = moderator.decide_json(r#"{"caption": "my GLOCK"}"#)?.into_decision_looking_at_incomplete();
    /// let hit = &decision.evidence.unwrap_or_default()[0].hits[0];
    /// assert_eq!((hit.text.as_str(), hit.start, hit.end), ("GLOCK", 3, 8));
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    #[must_use]
    pub fn evidence(mut self, on: bool) -> Builder {
        self.evidence = on;
        self
    }

    /// A moderator from a folder or a single file.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// # let folder = std::env::temp_dir().join(format!("tribunal-builder-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # std::fs::write(folder.join("policy.yaml"), "policy: {id: demo, version: '1'}")?;
    /// let moderator = Moderator::builder().evidence(true).from_path(&folder)?;
    /// assert_eq!(moderator.policy().id, "demo");
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the policy has mistakes, cannot be compiled, or is not what was asked for.
    pub fn from_path(self, path: impl AsRef<Path>) -> Result<Moderator, Error> {
        self.build(tribunal_policy::load(path.as_ref()))
    }

    /// A moderator from the text of a single file.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let builder = Moderator::builder().provides(["caption", "hashtags"]);
    /// // A builder may be used for every version of the policy that comes in.
    /// let first = builder.clone().from_text("policy: {id: demo, version: '1'}")?;
    /// let second = builder.from_text("policy: {id: demo, version: '2'}")?;
    /// assert_ne!(first.policy().digest, second.policy().digest);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Builder::from_path`].
    pub fn from_text(self, text: &str) -> Result<Moderator, Error> {
        self.build(tribunal_policy::load_str("policy.yaml", text))
    }

    /// A moderator from a policy that was loaded already.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use tribunal::{Moderator, policy};
    ///
    /// // A policy that comes from a store: the files of its folder, by path.
    /// let files = BTreeMap::from([
    ///     ("policy.yaml".to_owned(), b"policy: {id: demo, version: '1'}".to_vec()),
    ///     ("terms/firearms.txt".to_owned(), b"glock\nrevolver\n".to_vec()),
    ///     ("rules/guns.yaml".to_owned(), b"rules:\n  - {id: gun, stage: live, when: any text has firearms, effect: {routing: review}}".to_vec()),
    /// ]);
    /// let moderator = Moderator::builder().build(policy::load_files(files))?;
    /// let decision = moderator.decide_json(r#"{"caption": "my gl0ck"}"#)?.into_decision_looking_at_incomplete();
    /// assert_eq!(decision.rules, ["gun"]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
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
        self.with_scratch(|scratch| explanation::explain(&self.engine, item, self.call(), scratch))
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
    let mut forms: BTreeMap<RuleId, Vec<EffectiveRule>> = BTreeMap::new();
    for mut rule in places.flat_map(|market| policy.effective(market)).filter(|rule| rule.stage == Stage::Live) {
        rule.overlays.clear();
        let known = forms.entry(rule.rule).or_default();
        if !known.contains(&rule) {
            known.push(rule);
        }
    }
    forms.into_values().flatten().collect()
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
