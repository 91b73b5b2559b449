//! From a policy to a moderator, with what the embedder asks of the policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use tribunal_core::{Engine, Limits};
use tribunal_policy::diagnostic::Diagnostic;
use tribunal_policy::model::{AxisKind, AxisValue, EffectiveRule, Stage};
use tribunal_policy::{FieldId, Loaded, MarketId, Policy, RuleId};

use super::Moderator;
use crate::compiled;
use crate::decision;
use crate::error::Error;
use crate::json::Schema;

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
    pub(super) may_miss: BTreeSet<String>,
    compile: tribunal_core::Options,
    pub(super) as_of: Option<i64>,
    pub(super) lang: Option<String>,
    pub(super) evidence: bool,
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

    /// The language of titles and reasons in explanations, a tag such as `pt-BR`: where a text is not written in it, its own
    /// stands there with that language behind it.
    ///
    /// ```
    /// use tribunal::Moderator;
    ///
    /// let policy = r#"
    /// policy: {id: demo, version: "1", lang: en}
    /// rules:
    ///   - {id: gun, title: {en: Firearms, pt: Armas}, when: caption has "glock", effect: {routing: review}}
    ///   - {id: toy, title: Toys, when: caption has "glock", effect: {routing: review}}
    /// "#;
    /// let explanation = Moderator::builder().lang("pt-BR").from_text(policy)?.explain_json(r#"{"caption": "my GLOCK"}"#)?;
    /// let titles: Vec<_> = explanation.rules.iter().filter_map(|rule| rule.title.as_deref()).collect();
    /// assert_eq!(titles, ["Armas", "Toys (en)"]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    #[must_use]
    pub fn lang(mut self, tag: &str) -> Builder {
        self.lang = Some(tag.to_owned());
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
        let path = path.as_ref();
        match compiled::read(path) {
            Some(Ok(engine)) => self.engine(engine),
            Some(Err(error)) => Err(Error::policy(compiled::refused(path, &error))),
            None => self.build(tribunal_policy::load(path)),
        }
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
        self.asked(&policy)?;
        let engine = Engine::with_options(policy, &self.compile).map_err(Error::Compile)?;
        Ok(self.around(engine, diagnostics))
    }

    /// Whether the policy is as the embedder asks.
    fn asked(&self, policy: &Policy) -> Result<(), Error> {
        if self.axes.is_none() && self.provides.is_none() {
            return Ok(());
        }
        let rules = live_rules(policy);
        if let Some(axes) = &self.axes {
            understood(policy, &rules, axes)?;
        }
        if let Some(fields) = &self.provides {
            provided(policy, &rules, &|name| fields.contains(name) || self.may_miss.contains(name))?;
        }
        Ok(())
    }

    /// A moderator around an engine that was compiled before, here or elsewhere: [`Engine::from_bytes`].
    ///
    /// ```
    /// # use tribunal::{Engine, Moderator};
    /// let bytes = Moderator::from_text("policy: {id: demo, version: '1'}\nrules: [{id: gun, when: caption has \"glock\", effect: {routing: review}}]")?.engine().to_bytes();
    /// let moderator = Moderator::builder().engine(Engine::from_bytes(&bytes)?)?;
    /// assert_eq!(moderator.decide_json(r#"{"caption": "my glock"}"#)?.into_decision_looking_at_incomplete().rules, ["gun"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotUnderstood`] and [`Error::NotProvided`]: asking that reads the policy in the file, which takes its time.
    pub fn engine(self, engine: Engine) -> Result<Moderator, Error> {
        if self.axes.is_some() || self.provides.is_some() {
            self.asked(engine.policy())?;
        }
        Ok(self.around(engine, Vec::new()))
    }

    fn around(self, engine: Engine, warnings: Vec<Diagnostic>) -> Moderator {
        let schema = Schema::of(&engine.facts().fields);
        let parts = crate::written::Parts::new(engine.facts());
        Moderator { engine, schema, parts, rules: OnceLock::new(), warnings, options: self, pool: Mutex::default() }
    }
}

/// Every rule that is live somewhere, in each of its forms.
pub(super) fn live_rules(policy: &Policy) -> Vec<EffectiveRule> {
    let count = u32::try_from(policy.markets.len()).unwrap_or(u32::MAX);
    let changed = (0..count).flat_map(|at| policy.effective_where_changed(MarketId(at)));
    let mut forms: BTreeMap<RuleId, Vec<EffectiveRule>> = BTreeMap::new();
    for mut rule in policy.effective(None).into_iter().chain(changed).filter(|rule| rule.stage == Stage::Live) {
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
pub(super) fn provided(policy: &Policy, rules: &[EffectiveRule], has: &dyn Fn(&str) -> bool) -> Result<(), Error> {
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
