//! What is asked of one item and its decisions, whatever has been counted.

use tribunal::JsonItem;
use tribunal_core::{Engine, Item, Scratch, Value};
use tribunal_policy::RuleId;

use super::Said;
use crate::axes::{Gift, Mapping};
use crate::cube::Truth;
use crate::plan::{Column, Plan};

/// What a label says, by the labels that count as violations and as none.
pub(crate) fn truth(positive: &[String], negative: &[String], label: &str) -> Truth {
    let among = |labels: &[String]| labels.iter().any(|known| known == label);
    match (positive, negative) {
        ([], []) => Truth::Unlabelled,
        _ if label.is_empty() || label == "unsure" => Truth::Unlabelled,
        _ if among(positive) => Truth::Positive,
        _ if among(negative) => Truth::Negative,
        // Only one side was named: all other labels are the other one.
        ([], _) => Truth::Positive,
        (_, []) => Truth::Negative,
        _ => Truth::Unlabelled,
    }
}

/// Rules without which the decision would be another one; rules that refer to them are judged as before. The scratch holds the verdict.
pub(super) fn pivotal(engine: &Engine, item: &JsonItem<'_>, scratch: &mut Scratch, map: &Mapping, said: &Said) -> Vec<RuleId> {
    let mut gifts: Vec<(Option<RuleId>, Gift)> = Vec::new();
    engine.contributions_to_last(item, scratch, &mut |gift| {
        gifts.push((gift.rule, (gift.levels.iter().map(|(axis, level)| (axis.index(), *level)).collect(), gift.labels.to_vec())));
    });
    let without = |rule: RuleId| map.join(gifts.iter().filter(|(of, _)| *of != Some(rule)).map(|(_, gift)| gift));
    said.rules.iter().copied().filter(|rule| without(*rule) != said.decision).collect()
}

/// Whether an item hangs by one rule: one rule fired on one side only, or on both sides and differs between them.
pub(super) fn one_rule(plan: &Plan, old: &Said, new: &Said) -> bool {
    fn names<'n>(said: &Said, policy: &'n tribunal_policy::Policy) -> Vec<&'n str> {
        said.rules.iter().filter_map(|rule| policy.rules.get(rule.index())).map(|rule| rule.name.as_str()).collect()
    }
    let Some(before) = plan.old_policy() else { return false };
    let (before, after) = (names(old, before.policy()), names(new, plan.new.policy()));
    let changed = |rule: &str| plan.launched.changed_rules.iter().any(|name| name == rule);
    let gone = before.iter().filter(|rule| !after.contains(rule)).count();
    gone + after.iter().filter(|rule| !before.contains(rule) || changed(rule)).count() == 1
}

pub(super) fn digest(json: &str) -> String {
    blake3::hash(json.as_bytes()).to_hex().get(..16).unwrap_or_default().to_owned()
}

pub(super) fn at_path<'v>(value: &'v serde_json::Value, path: &str) -> Option<&'v serde_json::Value> {
    value.get(path).or_else(|| {
        let (head, rest) = path.split_once('.')?;
        at_path(value.get(head)?, rest)
    })
}

/// A value in a few letters; "" where there is none.
pub(super) fn shown(column: &Column, item: &JsonItem<'_>, tree: Option<&serde_json::Value>) -> String {
    match column {
        Column::Field(field) => match item.value(*field) {
            Value::Missing | Value::WrongType => String::new(),
            Value::Text(text) => text.to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::List(list) => list.iter().collect::<Vec<_>>().join(" "),
        },
        Column::Path(path) => match tree.and_then(|tree| at_path(tree, path)) {
            None | Some(serde_json::Value::Null) => String::new(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        },
    }
}
