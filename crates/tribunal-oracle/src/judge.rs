//! The verdict of one item (Exact meaning 28 to 30).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tribunal_policy::Policy;
use tribunal_policy::cond::{Cond, CondKind, Operand, Subject, Test, Value};
use tribunal_policy::model::{AxisKind, AxisValue, Effect, EffectiveRule, OnUnknown, Stage};
use tribunal_policy::{FieldId, ListId, RuleId};
use tribunal_text::Ordinary;

use crate::eval::{Eval, Truth};
use crate::hits::RawHit;
use crate::item::{self, Known};

/// What a policy says about an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By axis: one value, or the labels in order.
    pub decision: BTreeMap<String, Vec<String>>,
    /// Live rules that fired and contribute an effect, sorted.
    pub rules: Vec<String>,
    /// Rules in shadow that fired, sorted.
    pub shadow: Vec<String>,
    /// Rules that could not be judged, sorted.
    pub unknown: Vec<Unjudged>,
    /// Rules that only fields still to come keep from being judged, sorted.
    pub pending: Vec<Unjudged>,
    /// Why the item could not be read whole. There are no limits here: always `None`.
    pub incomplete: Option<String>,
    /// The hits that made rules fire, by rule, field, start, end, list, term.
    pub evidence: Vec<Hit>,
}

/// A rule that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unjudged {
    /// The rule.
    pub rule: String,
    /// The fields wanted, sorted.
    pub missing: Vec<String>,
}

/// A hit as an explanation shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The rule it is evidence of.
    pub rule: String,
    /// The field; an element of a list is `hashtags[2]`.
    pub field: String,
    /// First byte in the original text of the field or element.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The original text.
    pub text: String,
    /// The term as its list has it.
    pub term: String,
    /// The list.
    pub list: String,
    /// Where the term is written.
    pub source: String,
    /// Names of the folds undone, in the order of the fold list.
    pub undone: Vec<String>,
}

/// Judges an item. `as_of` is the caller's, in seconds since 1970-01-01 UTC; an item's own wins.
pub fn judge(policy: &Policy, item: &Json, as_of: Option<i64>) -> Outcome {
    let eval = prepare(policy, item, as_of);
    let mut outcome = Outcome::default();
    let mut total = Effect::default();
    let mut evidence = BTreeMap::new();
    for rule in &eval.rules {
        if let Some(stage) = eval.stage(rule.rule) {
            one_rule(&eval, rule, stage, &mut outcome, &mut total);
            if eval.rule(rule.rule) == Truth::True {
                collect(&eval, rule.rule, &rule.when, stage, false, &mut evidence);
            }
        }
    }
    outcome.decision = decision(policy, &total);
    outcome.rules.sort();
    outcome.shadow.sort();
    outcome.unknown.sort();
    outcome.pending.sort();
    outcome.evidence = evidence.into_values().map(|(_, hit)| hit).collect();
    outcome
}

/// Whether a rule fires on an example (Exact meaning 32): as if it were live and in its dates.
pub fn fires(policy: &Policy, rule: RuleId, example: &Json) -> bool {
    let mut eval = prepare(policy, example, None);
    for own in eval.rules.iter_mut().filter(|effective| effective.rule == rule) {
        (own.stage, own.rollout, own.effective_from, own.effective_until) = (Stage::Live, None, None, None);
    }
    eval.rule(rule) == Truth::True
}

fn prepare<'a>(policy: &'a Policy, item: &Json, as_of: Option<i64>) -> Eval<'a> {
    let states = item::read(policy, item, as_of);
    let market = match states.get(FieldId::MARKET.index()).and_then(|state| state.value.as_ref()) {
        Some(Known::Texts(texts)) => texts.first().and_then(|name| policy.market(name)),
        _ => None,
    };
    Eval {
        policy,
        market,
        states,
        rules: policy.effective(market),
        ordinary: ordinary(policy),
        known_hits: RefCell::default(),
        known_rules: RefCell::default(),
    }
}

/// The words that guards call ordinary: the shipped ones, and the policy's own list if it names one.
fn ordinary(policy: &Policy) -> Ordinary {
    let Some(list) = policy.ordinary_words.and_then(|list| policy.lists.get(list.index())) else { return Ordinary::shipped() };
    Ordinary::with_words(list.entries.iter().filter(|entry| !entry.allow).map(|entry| entry.text.as_str()))
}

fn one_rule(eval: &Eval<'_>, rule: &EffectiveRule, stage: Stage, outcome: &mut Outcome, total: &mut Effect) {
    let policy = eval.policy;
    let name = policy.rules.get(rule.rule.index()).map(|rule| rule.name.clone()).unwrap_or_default();
    let truth = eval.rule(rule.rule);
    let mut wanted = BTreeSet::new();
    eval.rule_wants(rule.rule, &mut wanted);
    let is_pending = |field: &FieldId| eval.states.get(field.index()).is_some_and(|state| state.pending);
    let waits = !wanted.is_empty() && wanted.iter().all(is_pending);
    if truth == Truth::Unknown || !wanted.is_empty() {
        let mut missing: Vec<String> = wanted.iter().filter_map(|field| policy.fields.get(field.index())).map(|field| field.name.clone()).collect();
        missing.sort();
        let unjudged = Unjudged { rule: name.clone(), missing };
        if waits { outcome.pending.push(unjudged) } else { outcome.unknown.push(unjudged) }
    }
    match (truth, stage, rule.on_unknown) {
        (Truth::True, Stage::Shadow, _) => outcome.shadow.push(name),
        (Truth::True, ..) => {
            let effect = contribution(eval, rule, stage);
            if !effect.0.is_empty() {
                outcome.rules.push(name);
            }
            total.merge(&effect);
        }
        (Truth::Unknown, Stage::Live, OnUnknown::Apply) if !waits => total.merge(&rule.effect),
        (Truth::Unknown, Stage::Live, OnUnknown::Review) if !waits => total.merge(&review(policy)),
        _ => {}
    }
}

/// The effect of a rule that fires: its own, or that of the exceptions that soften it.
fn contribution(eval: &Eval<'_>, rule: &EffectiveRule, stage: Stage) -> Effect {
    let mut softened: Option<Effect> = None;
    for (_, when, becomes) in &rule.softens {
        if eval.cond(when, stage) == Truth::True {
            softened.get_or_insert_default().merge(becomes);
        }
    }
    softened.unwrap_or_else(|| rule.effect.clone())
}

fn review(policy: &Policy) -> Effect {
    let mut effect = Effect::default();
    if let Some(id) = policy.axis("routing")
        && let Some(AxisKind::Ordered(values)) = policy.axes.get(id.index()).map(|axis| &axis.kind)
        && let Some(level) = values.iter().position(|value| value == "review")
    {
        effect.0.insert(id, AxisValue::Level(u8::try_from(level).unwrap_or(u8::MAX)));
    }
    effect
}

fn decision(policy: &Policy, total: &Effect) -> BTreeMap<String, Vec<String>> {
    let mut decision = BTreeMap::new();
    for axis in &policy.axes {
        let contributed = policy.axis(&axis.name).and_then(|id| total.0.get(&id));
        let values = match (&axis.kind, contributed) {
            (AxisKind::Ordered(values), Some(AxisValue::Level(level))) => values.get(usize::from(*level)).cloned().into_iter().collect(),
            (AxisKind::Ordered(values), _) => values.first().cloned().into_iter().collect(),
            (AxisKind::Set(_), Some(AxisValue::Labels(labels))) => labels.iter().cloned().collect(),
            (AxisKind::Set(_), _) => Vec::new(),
        };
        decision.insert(axis.name.clone(), values);
    }
    decision
}

/// Sorts hits and drops those that several parts of one rule share.
type Key = (String, String, usize, usize, usize, String, String);

/// Each hit with its list and entry by number.
type Found = BTreeMap<Key, ((usize, usize), Hit)>;

/// The hits of every true part that is not under an odd number of `not`.
fn collect(eval: &Eval<'_>, rule: RuleId, cond: &Cond, stage: Stage, negated: bool, out: &mut Found) {
    match &cond.kind {
        CondKind::And(parts) | CondKind::Or(parts) => {
            parts.iter().for_each(|part| collect(eval, rule, part, stage, negated, out));
        }
        CondKind::Not(inner) => collect(eval, rule, inner, stage, !negated, out),
        _ if negated || eval.cond(cond, stage) != Truth::True => {}
        CondKind::Has(subject, Test::Near(near)) => {
            for field in &subject.fields {
                for pair in eval.pairs(subject.form, near, *field).unwrap_or_default() {
                    pair.iter().for_each(|(list, hit)| put(eval, rule, *list, *field, hit, out));
                }
            }
        }
        CondKind::Has(subject, test) => all_hits(eval, rule, subject, &test.lists().collect::<Vec<_>>(), false, out),
        CondKind::Compare(left, _, right) => {
            value_hits(eval, rule, left, out);
            if let Operand::Value(right) = right {
                value_hits(eval, rule, right, out);
            }
        }
        CondKind::In(left, ..) => value_hits(eval, rule, left, out),
        CondKind::Rule(_) | CondKind::IsMissing(_) | CondKind::Flag(_) => {}
    }
}

fn value_hits(eval: &Eval<'_>, rule: RuleId, value: &Value, out: &mut Found) {
    if let Value::Count(counted) | Value::Distinct(counted) | Value::Evasion(counted) = value {
        all_hits(eval, rule, &counted.subject, &counted.lists, matches!(value, Value::Evasion(_)), out);
    }
}

fn all_hits(eval: &Eval<'_>, rule: RuleId, subject: &Subject, lists: &[ListId], evasive_only: bool, out: &mut Found) {
    for field in &subject.fields {
        for list in lists {
            for hit in eval.hits(subject.form, *list, *field).unwrap_or_default() {
                if hit.evasive || !evasive_only {
                    put(eval, rule, *list, *field, &hit, out);
                }
            }
        }
    }
}

fn put(eval: &Eval<'_>, rule: RuleId, list: ListId, id: FieldId, hit: &RawHit, out: &mut Found) {
    let policy = eval.policy;
    let (Some(rule), Some(found_in)) = (policy.rules.get(rule.index()), policy.lists.get(list.index())) else { return };
    let (Some(at), Some(entry)) = (policy.fields.get(id.index()), found_in.entries.get(hit.entry)) else { return };
    let field = if at.ty.is_list() { format!("{}[{}]", at.name, hit.element) } else { at.name.clone() };
    let key = (rule.name.clone(), at.name.clone(), hit.element, hit.start, hit.end, found_in.name.clone(), entry.text.clone());
    let text = eval.original(id, hit);
    let found = Hit {
        rule: rule.name.clone(),
        field,
        start: hit.start,
        end: hit.end,
        text,
        term: entry.text.clone(),
        list: found_in.name.clone(),
        source: entry.place.clone(),
        undone: hit.undone.names().map(str::to_owned).collect(),
    };
    // Inline lists share a name: of their equal terms the one declared first gives the place.
    let declared = (list.index(), hit.entry);
    out.entry(key)
        .and_modify(|kept| {
            if declared < kept.0 {
                *kept = (declared, found.clone())
            }
        })
        .or_insert((declared, found));
}
