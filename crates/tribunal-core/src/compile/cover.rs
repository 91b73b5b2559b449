//! Covers: for each rule a set of triggers, one of which goes off in every item for which the rule is true or unknown.
//!
//! On negation normal form: a positive text atom is covered by its lists and by its fields being unknown; a metadata atom
//! by the values that satisfy it and by its field being unknown; a conjunction by its cheapest part; a disjunction by all
//! of its parts. What has no cover keeps its rule always awake.

use std::cmp::Ordering;

use tribunal_policy::cond::{Cond, CondKind, Literal, Op, Operand, Set, Subject, SubjectForm, Test, Value};
use tribunal_policy::fields::FieldType;
use tribunal_policy::num::{Decimal, Num};
use tribunal_policy::{FieldId, ListId, Policy, RuleId, ScoreId};

use crate::profile::Counted;

/// Something that happens to an item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trigger {
    /// A term of the list is hit somewhere.
    List(ListId),
    /// The field is unknown.
    Unknown(FieldId),
    /// The field has no value.
    Missing(FieldId),
    /// Its number or time is at least this.
    AtLeast(FieldId, Num),
    /// Its number or time is at most this.
    AtMost(FieldId, Num),
    /// Its text is this; of `market` and `lang` in lower case, and then also one that it lies below.
    Equals(FieldId, String),
    /// Its truth value is this.
    Flag(FieldId, bool),
}

/// Triggers and how often one is expected to go off, relative to others.
#[derive(Clone, Debug)]
pub(crate) struct Cover {
    pub(crate) cost: f64,
    pub(crate) triggers: Vec<Trigger>,
}

/// Where nothing was counted: a metadata trigger goes off far more often than a term is hit.
const METADATA_COST: f64 = 1_000.0;

/// What covers need to know of rules and scores: all variants of each.
pub(crate) struct Context<'a> {
    pub(crate) policy: &'a Policy,
    /// Every condition that some market gives a rule.
    pub(crate) whens: &'a [Vec<&'a Cond>],
    /// Rules that give points in some market, by score.
    pub(crate) contributors: &'a [Vec<RuleId>],
    pub(crate) depth: usize,
    /// How often each list is [expected](super::rarity) to be hit.
    pub(crate) costs: &'a [f64],
    /// How often values set off a trigger, where that was counted.
    pub(crate) profile: Option<&'a Counted>,
}

impl Context<'_> {
    /// The cover of a condition.
    pub(crate) fn of(&self, cond: &Cond) -> Option<Cover> {
        self.cond(cond, false, 0)
    }

    fn cond(&self, cond: &Cond, negated: bool, depth: usize) -> Option<Cover> {
        match (&cond.kind, negated) {
            (CondKind::Not(inner), _) => self.cond(inner, !negated, depth),
            (CondKind::And(parts), false) | (CondKind::Or(parts), true) => {
                parts.iter().filter_map(|part| self.cond(part, negated, depth)).min_by(|a, b| a.cost.total_cmp(&b.cost))
            }
            (CondKind::Or(parts), false) | (CondKind::And(parts), true) => union(parts.iter().map(|part| self.cond(part, negated, depth))),
            (CondKind::Has(subject, test), false) => self.has(subject, test),
            (CondKind::Compare(value, op, Operand::Literal(literal)), _) => {
                let op = if negated { opposite(*op) } else { *op };
                self.compare(value, op, literal, depth)
            }
            (CondKind::In(Value::Field(field), not, set), _) if *not == negated => self.membership(*field, set),
            (CondKind::Flag(field), _) => Some(self.metadata(*field, vec![Trigger::Flag(*field, !negated)])),
            (CondKind::IsMissing(field), false) => {
                let triggers = vec![Trigger::Missing(*field)];
                Some(Cover { cost: self.value_cost(&triggers), triggers })
            }
            (CondKind::Rule(rule), false) => self.rule(*rule, depth),
            _ => None,
        }
    }

    fn rule(&self, rule: RuleId, depth: usize) -> Option<Cover> {
        if depth >= self.depth {
            return None;
        }
        let whens = self.whens.get(rule.index())?;
        if whens.is_empty() {
            return Some(Cover { cost: 0.0, triggers: Vec::new() });
        }
        union(whens.iter().map(|when| self.cond(when, false, depth + 1)))
    }

    fn has(&self, subject: &Subject, test: &Test) -> Option<Cover> {
        let unknown = subject.fields.iter().map(|field| Trigger::Unknown(*field));
        let lists: Vec<ListId> = match test {
            Test::Any(lists) => lists.clone(),
            Test::All(lists) => vec![*lists.iter().min_by(|a, b| self.list_cost(**a).total_cmp(&self.list_cost(**b)))?],
            Test::AtLeast(count, lists) => {
                let mut sorted = lists.clone();
                sorted.sort_by(|a, b| self.list_cost(*a).total_cmp(&self.list_cost(*b)));
                // With n of m needed, one of the m-n+1 rarest has to be there.
                let needed = usize::try_from(*count).unwrap_or(usize::MAX);
                if needed == 0 {
                    return None;
                }
                sorted.truncate((sorted.len() + 1).saturating_sub(needed));
                sorted
            }
            Test::Near(near) => {
                let cost = |lists: &[ListId]| lists.iter().map(|list| self.list_cost(*list)).sum::<f64>();
                if cost(&near.left) <= cost(&near.right) { near.left.clone() } else { near.right.clone() }
            }
        };
        // Hosts are found in links only when asked for.
        if subject.form == SubjectForm::Domains {
            return None;
        }
        let mut triggers: Vec<Trigger> = unknown.collect();
        // That a text is unknown is rare, as far as one can guess.
        let unknown = if self.profile.is_some() { self.value_cost(&triggers) } else { 0.0 };
        let mut cost = unknown + lists.iter().map(|list| self.list_cost(*list)).sum::<f64>();
        for field in subject.fields.iter().filter(|field| self.policy.fields.get(field.index()).is_some_and(|field| !field.ty.is_text())) {
            for entry in lists.iter().filter_map(|list| self.policy.lists.get(list.index())).flat_map(|list| &list.entries) {
                let trigger = Trigger::Equals(*field, entry.text.clone());
                cost += self.value_cost(std::slice::from_ref(&trigger));
                triggers.push(trigger);
            }
        }
        triggers.extend(lists.into_iter().map(Trigger::List));
        Some(Cover { cost, triggers })
    }

    /// How often a list is expected to be hit.
    fn list_cost(&self, list: ListId) -> f64 {
        self.costs.get(list.index()).copied().unwrap_or(0.0)
    }

    /// How often values are expected to set off one of these.
    fn value_cost(&self, triggers: &[Trigger]) -> f64 {
        match self.profile {
            Some(counted) => triggers.iter().map(|trigger| counted.value(trigger)).sum(),
            None => METADATA_COST * triggers.len() as f64,
        }
    }

    fn metadata(&self, field: FieldId, mut triggers: Vec<Trigger>) -> Cover {
        triggers.push(Trigger::Unknown(field));
        Cover { cost: self.value_cost(&triggers), triggers }
    }

    fn compare(&self, value: &Value, op: Op, literal: &Literal, depth: usize) -> Option<Cover> {
        match (value, literal) {
            (Value::Count(counted) | Value::Distinct(counted) | Value::Evasion(counted), Literal::Number(bound)) => {
                // Without a hit the value is 0.
                if op.holds(compare_zero(*bound)) {
                    return None;
                }
                self.has(&counted.subject, &Test::Any(counted.lists.clone()))
            }
            (Value::Score(score), Literal::Number(bound)) => {
                if op.holds(compare_zero(*bound)) {
                    None
                } else {
                    self.score(*score, depth)
                }
            }
            (Value::Field(field), Literal::Number(bound)) => Some(self.metadata(*field, numbers(*field, op, bound.to_num())?)),
            (Value::Field(field), Literal::Time(bound)) => Some(self.metadata(*field, numbers(*field, op, Num::Int(*bound))?)),
            (Value::Field(field), Literal::Bool(wanted)) => Some(self.metadata(*field, vec![Trigger::Flag(*field, *wanted == (op == Op::Eq))])),
            (Value::Field(field), Literal::Text(text)) if op == Op::Eq => Some(self.metadata(*field, vec![self.equals(*field, text)])),
            _ => None,
        }
    }

    fn score(&self, score: ScoreId, depth: usize) -> Option<Cover> {
        if depth >= self.depth {
            return None;
        }
        let rules = self.contributors.get(score.index())?;
        union(rules.iter().map(|rule| self.rule(*rule, depth + 1)))
    }

    fn equals(&self, field: FieldId, text: &str) -> Trigger {
        let lower = field == FieldId::MARKET || field == FieldId::LANG;
        Trigger::Equals(field, if lower { text.to_ascii_lowercase() } else { text.to_owned() })
    }

    fn membership(&self, field: FieldId, set: &Set) -> Option<Cover> {
        let ty = self.policy.fields.get(field.index())?.ty;
        let triggers = match set {
            Set::List(list) => {
                let entries = &self.policy.lists.get(list.index())?.entries;
                entries.iter().filter(|entry| !entry.allow).map(|entry| self.equals(field, &entry.text)).collect()
            }
            Set::Literals(items) => items
                .iter()
                .map(|item| match item {
                    Literal::Text(text) => Some(self.equals(field, text)),
                    Literal::Number(number) => Some(Trigger::AtLeast(field, number.to_num())),
                    Literal::Time(time) => Some(Trigger::AtLeast(field, Num::Int(*time))),
                    Literal::Bool(value) => Some(Trigger::Flag(field, *value)),
                })
                .collect::<Option<_>>()?,
            Set::Range(low, _) => vec![Trigger::AtLeast(field, low.to_num())],
        };
        (ty != FieldType::TextList && ty != FieldType::IdList).then(|| self.metadata(field, triggers))
    }
}

fn compare_zero(bound: Decimal) -> Ordering {
    Num::Int(0).compare(bound.to_num()).unwrap_or(Ordering::Equal)
}

fn numbers(field: FieldId, op: Op, bound: Num) -> Option<Vec<Trigger>> {
    Some(match op {
        Op::Ge | Op::Gt | Op::Eq => vec![Trigger::AtLeast(field, bound)],
        Op::Le | Op::Lt => vec![Trigger::AtMost(field, bound)],
        Op::Ne => return None,
    })
}

fn opposite(op: Op) -> Op {
    match op {
        Op::Eq => Op::Ne,
        Op::Ne => Op::Eq,
        Op::Lt => Op::Ge,
        Op::Ge => Op::Lt,
        Op::Gt => Op::Le,
        Op::Le => Op::Gt,
    }
}

fn union(parts: impl Iterator<Item = Option<Cover>>) -> Option<Cover> {
    let mut all = Cover { cost: 0.0, triggers: Vec::new() };
    for part in parts {
        let part = part?;
        all.cost += part.cost;
        for trigger in part.triggers {
            if !all.triggers.contains(&trigger) {
                all.triggers.push(trigger);
            }
        }
    }
    Some(all)
}
