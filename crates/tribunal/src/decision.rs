//! Decisions with names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tribunal_core::{Engine, Evidence as CoreEvidence, Facts, Item, Value, Verdict};
use tribunal_policy::model::AxisKind;
use tribunal_policy::render::mask;
use tribunal_policy::{FieldId, Policy, RuleId};

/// Version of the JSON form of [`Decision`] and [`crate::Explanation`].
pub const FORMAT: u32 = 1;

/// What was decided about one item.
///
/// ```
/// use tribunal::{AxisValue, Moderator};
///
/// let moderator = Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {distribution: removed, annotation: [warning_screen]}}
/// "#)?;
/// let decision = moderator.decide_json(r#"{"id": "7", "caption": "my gl0ck"}"#)?.into_decision_looking_at_incomplete();
/// // Every axis of the policy has a value: the mildest one where no rule says more.
/// assert_eq!(decision.decision["distribution"], AxisValue::Level("removed".into()));
/// assert_eq!(decision.decision["annotation"], AxisValue::Labels(vec!["warning_screen".into()]));
/// assert_eq!(decision.decision["routing"], AxisValue::Level("none".into()));
/// assert_eq!((decision.id.as_deref(), decision.rules), (Some("7"), vec!["gun".to_owned()]));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "What was decided about one item."))]
pub struct Decision {
    /// Version of this form.
    pub format: u32,
    /// The item's id.
    pub id: Option<String>,
    /// The market whose overlay decided.
    pub market: Option<String>,
    /// The policy that decided.
    pub policy: PolicyRef,
    /// The value of each axis.
    pub decision: BTreeMap<String, AxisValue>,
    /// Live rules that fired and have an effect.
    pub rules: Vec<String>,
    /// Rules in shadow that fired: without effect.
    pub shadow: Vec<String>,
    /// Rules that could not be judged, and for want of which fields.
    pub unknown: Vec<NotJudged>,
    /// Rules that wait for pending fields alone.
    pub pending: Vec<NotJudged>,
    /// Why the item was not judged as a whole; `null` when it was.
    pub incomplete: Option<String>,
    /// What was wrong with the item.
    #[serde(default, skip_serializing_if = "Problems::is_empty")]
    pub problems: Problems,
    /// Texts for those concerned, by rule and language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notices: BTreeMap<String, BTreeMap<String, String>>,
    /// What decided.
    pub engine: EngineRef,
    /// Hits behind the rules, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Vec<RuleEvidence>>,
}

/// Which policy.
///
/// ```
/// let moderator = tribunal::Moderator::from_text("policy: {id: demo, version: '5.10'}")?;
/// let decision = moderator.decide_json("{}")?.into_decision_looking_at_incomplete();
/// assert_eq!((decision.policy.id.as_str(), decision.policy.version.as_str()), ("demo", "5.10"));
/// assert_eq!(decision.policy.digest, format!("b3:{}", moderator.policy().digest));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "Which policy."))]
pub struct PolicyRef {
    /// Its id.
    pub id: String,
    /// Its version, as written.
    pub version: String,
    /// `b3:` and BLAKE3 over its files.
    pub digest: String,
}

/// Which engine.
///
/// ```
/// let moderator = tribunal::Moderator::from_text("policy: {id: demo, version: '1'}")?;
/// let engine = moderator.decide_json("{}")?.into_decision_looking_at_incomplete().engine;
/// // Two decisions can be compared when the policy and all of this are equal.
/// assert_eq!((engine.language, engine.version.as_str()), (1, env!("CARGO_PKG_VERSION")));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "Which engine."))]
pub struct EngineRef {
    /// Version of the program.
    pub version: String,
    /// Version of the policy language.
    pub language: u32,
    /// Version of Unicode.
    pub unicode: String,
}

/// A value on an axis.
///
/// ```
/// use tribunal::AxisValue;
///
/// // In JSON: a text for an ordered axis, a list for a set axis.
/// assert_eq!(serde_json::to_string(&AxisValue::Level("removed".into()))?, r#""removed""#);
/// assert_eq!(serde_json::from_str::<AxisValue>(r#"["warning_screen"]"#)?, AxisValue::Labels(vec!["warning_screen".into()]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A value on an axis."))]
#[serde(untagged)]
pub enum AxisValue {
    /// Of an ordered axis.
    Level(String),
    /// Of a set axis.
    Labels(Vec<String>),
}

/// A rule that could not be judged.
///
/// ```
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: vape-minor, when: any text has "vape" and author.age < 18, effect: {distribution: removed}}
/// "#)?;
/// // Nobody knows the age: the rule is neither fired nor dismissed.
/// let decision = moderator.decide_json(r#"{"caption": "new vape"}"#)?.into_decision_looking_at_incomplete();
/// assert!(decision.rules.is_empty());
/// assert_eq!((decision.unknown[0].rule.as_str(), &decision.unknown[0].missing[..]), ("vape-minor", &["author.age".to_owned()][..]));
/// // The same field announced as still to come: to be decided again then.
/// let decision = moderator.decide_json(r#"{"caption": "new vape", "pending": ["author.age"]}"#)?.into_decision_looking_at_incomplete();
/// assert_eq!((decision.unknown.len(), decision.pending.len()), (0, 1));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A rule that could not be judged."))]
pub struct NotJudged {
    /// Which rule.
    pub rule: String,
    /// The fields it could not do without, sorted.
    pub missing: Vec<String>,
}

/// What was wrong with an item; nothing of it is decided in silence.
///
/// ```
/// let moderator = tribunal::Moderator::from_text("policy: {id: demo, version: '1'}")?;
/// let item = r#"{"caption": 7, "market": "ATLANTIS"}"#;
/// let problems = moderator.decide_json(item)?.into_decision_looking_at_incomplete().problems;
/// assert_eq!(problems.unknown_market.as_deref(), Some("ATLANTIS"));
/// assert_eq!(problems.wrong_type, ["caption"]);
/// assert!(!problems.is_empty());
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "What was wrong with an item; nothing of it is decided in silence."))]
pub struct Problems {
    /// A market that the policy does not have: decided without overlays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_market: Option<String>,
    /// Fields whose value has the wrong type: taken as unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong_type: Vec<String>,
}

impl Problems {
    /// Nothing was wrong.
    pub fn is_empty(&self) -> bool {
        self.unknown_market.is_none() && self.wrong_type.is_empty()
    }
}

/// The hits behind one rule.
///
/// ```
/// let moderator = tribunal::Moderator::builder().evidence(true).from_text(r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// "#)?;
/// let decision = moderator.decide_json(r#"{"hashtags": ["fyp", "gl0ck"]}"#)?.into_decision_looking_at_incomplete();
/// let evidence = decision.evidence.unwrap_or_default();
/// assert_eq!((evidence[0].rule.as_str(), evidence[0].hits.len()), ("gun", 1));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "The hits behind one rule."))]
pub struct RuleEvidence {
    /// The rule.
    pub rule: String,
    /// Its hits, by field and place.
    pub hits: Vec<Hit>,
}

/// A term found in a field.
///
/// ```
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// "#)?;
/// let hashtag = "my_gl0ck";
/// let explanation = moderator.explain_json(&format!(r#"{{"hashtags": ["fyp", "{hashtag}"]}}"#))?;
/// let hit = &explanation.rules[0].hits[0];
/// assert_eq!((hit.field.as_str(), &hashtag[hit.start as usize..hit.end as usize]), ("hashtags[1]", "gl0ck"));
/// assert_eq!((hit.text.as_str(), hit.term.as_str(), hit.list.as_str()), ("gl0ck", "glock", "firearms"));
/// assert_eq!((hit.source.as_str(), &hit.undone[..]), ("policy.yaml:3", &["leet".to_owned()][..]));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A term found in a field."))]
pub struct Hit {
    /// The field; an element of a list is `hashtags[2]`.
    pub field: String,
    /// First byte in the field's original UTF-8 text.
    pub start: u32,
    /// First byte behind it.
    pub end: u32,
    /// The original text; masked for a sensitive list.
    pub text: String,
    /// The term as the list writes it; masked for a sensitive list.
    pub term: String,
    /// The list, or the term itself when it stands in the condition.
    pub list: String,
    /// Where the term is written.
    pub source: String,
    /// The folds that had to be undone, in the order of the fold list.
    pub undone: Vec<String>,
}

/// Who decides.
pub(crate) fn engine_ref(language: u32) -> EngineRef {
    EngineRef { version: env!("CARGO_PKG_VERSION").to_owned(), language, unicode: tribunal_text::UNICODE_VERSION.to_owned() }
}

pub(crate) fn policy_ref(policy: &Policy) -> PolicyRef {
    PolicyRef { id: policy.id.clone(), version: policy.version.clone(), digest: format!("b3:{}", policy.digest) }
}

/// The same of an engine's facts.
pub(crate) fn policy_of(facts: &Facts) -> PolicyRef {
    PolicyRef { id: facts.id.clone(), version: facts.version.clone(), digest: format!("b3:{}", facts.digest) }
}

pub(crate) fn rule_name(policy: &Policy, rule: RuleId) -> String {
    policy.rules.get(rule.index()).map(|rule| rule.name.clone()).unwrap_or_default()
}

fn text(item: &dyn Item, field: FieldId) -> Option<String> {
    match item.value(field) {
        Value::Text(text) => Some(text.to_owned()),
        _ => None,
    }
}

/// The labels of a set axis, sorted.
pub(crate) fn labels<'e>(engine: &'e Engine, verdict: &Verdict, axis: usize) -> Vec<&'e str> {
    let mine = verdict.labels.iter().filter_map(|label| engine.label(*label)).filter(|(of, _)| of.index() == axis);
    let mut labels: Vec<&str> = mine.map(|(_, name)| name).collect();
    labels.sort_unstable();
    labels
}

pub(crate) fn problems(facts: &Facts, item: &dyn Item, verdict: &Verdict) -> Problems {
    Problems {
        unknown_market: if verdict.unknown_market { text(item, FieldId::MARKET) } else { None },
        wrong_type: verdict.wrong_type.iter().map(|field| facts.field_name(*field).to_owned()).collect(),
    }
}

pub(crate) fn notices(facts: &Facts, verdict: &Verdict) -> BTreeMap<String, BTreeMap<String, String>> {
    let told = verdict.rules.iter().filter_map(|rule| Some((*rule, facts.notice(*rule)?)));
    told.map(|(rule, notice)| (facts.rule_name(rule).to_owned(), notice)).collect()
}

/// A verdict with names.
pub(crate) fn decision(engine: &Engine, item: &dyn Item, verdict: &Verdict) -> Decision {
    let facts = engine.facts();
    let rule_name = |rule: RuleId| facts.rule_name(rule).to_owned();
    let mut values = BTreeMap::new();
    for (at, axis) in facts.axes.iter().enumerate() {
        let value = match &axis.kind {
            AxisKind::Ordered(names) => {
                let level = verdict.levels.get(at).copied().unwrap_or(0);
                AxisValue::Level(names.get(usize::from(level)).cloned().unwrap_or_default())
            }
            AxisKind::Set(_) => AxisValue::Labels(labels(engine, verdict, at).into_iter().map(str::to_owned).collect()),
        };
        values.insert(axis.name.clone(), value);
    }
    let names = |rules: &[RuleId]| rules.iter().map(|rule| rule_name(*rule)).collect();
    let unjudged = |rules: &[tribunal_core::Unjudged]| {
        rules
            .iter()
            .map(|unjudged| {
                let mut missing: Vec<String> = verdict.missing(unjudged).iter().map(|field| facts.field_name(*field).to_owned()).collect();
                missing.sort();
                NotJudged { rule: rule_name(unjudged.rule), missing }
            })
            .collect()
    };
    Decision {
        format: FORMAT,
        id: text(item, FieldId::ID),
        market: verdict.market.and_then(|market| facts.market_name(market)).map(str::to_owned),
        policy: policy_of(facts),
        decision: values,
        rules: names(&verdict.rules),
        shadow: names(&verdict.shadow),
        unknown: unjudged(&verdict.unknown),
        pending: unjudged(&verdict.pending),
        incomplete: verdict.incomplete.map(|why| why.name().to_owned()),
        problems: problems(facts, item, verdict),
        notices: notices(facts, verdict),
        engine: engine_ref(facts.language),
        evidence: None,
    }
}

/// A hit with names.
pub(crate) fn hit(policy: &Policy, item: &dyn Item, evidence: &CoreEvidence) -> Hit {
    let name = policy.field_name(evidence.field);
    let text = match (item.value(evidence.field), evidence.element) {
        (Value::Text(text), _) => text,
        (Value::List(list), Some(element)) => list.get(element as usize).unwrap_or(""),
        // A stand-in of the policy.
        _ => match policy.fields.get(evidence.field.index()).map(|field| &field.missing) {
            Some(tribunal_policy::fields::Missing::Value(tribunal_policy::cond::Literal::Text(text))) => text,
            _ => "",
        },
    };
    let found = text.get(evidence.start as usize..evidence.end as usize).unwrap_or("");
    let list = policy.lists.get(evidence.list.index());
    let entry = list.and_then(|list| list.entries.get(evidence.entry as usize));
    let sensitive = list.is_some_and(|list| list.sensitive);
    let shown = |text: &str| if sensitive { mask(text) } else { text.to_owned() };
    Hit {
        field: match evidence.element {
            Some(element) => format!("{name}[{element}]"),
            None => name.to_owned(),
        },
        start: evidence.start,
        end: evidence.end,
        text: shown(found),
        term: shown(entry.map_or("", |entry| entry.text.as_str())),
        list: list.map_or_else(String::new, |list| list.name.clone()),
        source: entry.map_or_else(String::new, |entry| entry.place.clone()),
        undone: evidence.undone.names().map(str::to_owned).collect(),
    }
}
