//! Items whose decision changes, ready to be shown: who fired, what was hit, masked unless asked otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tribunal::{Item as _, JsonItem, Moderator, Scratch, Value, mask};
use tribunal_policy::FieldId;

use crate::axes::Direction;
use crate::cube::{Cube, Example, is_change};
use crate::plan::{Old, Plan};

/// How much of the content leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Texts, each hit by its first letter and its length.
    #[default]
    Masked,
    /// Texts as they are; hits of sensitive lists stay masked.
    Full,
    /// No texts.
    None,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// A rule's term was found here.
    pub hit: bool,
}

/// An item whose decision changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// Its id; without one file and line.
    pub id: String,
    /// File and line.
    pub place: String,
    /// Its market.
    pub market: String,
    /// Its language.
    pub lang: String,
    /// Its label.
    pub label: String,
    /// Which way the decision changes.
    pub direction: Direction,
    /// It hangs by one rule.
    pub boundary: bool,
    /// The old decision by axis.
    pub old: BTreeMap<String, String>,
    /// The new decision by axis.
    pub new: BTreeMap<String, String>,
    /// Rules that fired under the old policy alone.
    pub old_only: Vec<String>,
    /// Rules that fired under the new policy alone.
    pub new_only: Vec<String>,
    /// Rules that fired under both.
    pub both: Vec<String>,
    /// Rules of the new policy that were not judged.
    pub not_judged: Vec<String>,
    /// Texts with their hits.
    pub texts: BTreeMap<String, Vec<Piece>>,
}

/// The changed items that were kept, those that hang by one rule first, then by hash.
pub fn flips(plan: &Plan, cube: &Cube, content: Content) -> Vec<Flip> {
    let mut kept: BTreeMap<(bool, &String), (&Example, Direction, bool)> = BTreeMap::new();
    for ((old, new), class) in cube.examples.iter().filter(|((old, new), _)| is_change(old, new)) {
        let direction = old.as_ref().map_or(Direction::Other, |old| cube.header.axes.direction(old, new));
        for (hash, example) in class.boundary.iter().chain(&class.items) {
            let boundary = class.boundary.contains_key(hash);
            kept.insert((!boundary, hash), (example, direction, boundary));
        }
    }
    let mut scratch = Scratch::new();
    kept.values().filter_map(|(example, direction, boundary)| flip(plan, example, *direction, *boundary, content, &mut scratch)).collect()
}

fn flip(plan: &Plan, example: &Example, direction: Direction, boundary: bool, content: Content, scratch: &mut Scratch) -> Option<Flip> {
    let axes = &plan.header().axes;
    let item = plan.new.read_json(&example.json).ok()?;
    let mut new = Vec::new();
    let verdict = plan.new.engine().classify(&item, call(plan), scratch);
    plan.new_map.pack(verdict, &mut new);
    let named = |moderator: &Moderator, rules: &[tribunal_policy::RuleId]| -> Vec<String> {
        rules.iter().filter_map(|rule| moderator.policy().rules.get(rule.index())).map(|rule| rule.name.clone()).collect()
    };
    let new_rules = named(&plan.new, &verdict.rules);
    let not_judged: Vec<_> = verdict.unknown.iter().map(|unjudged| unjudged.rule).collect();
    let not_judged = named(&plan.new, &not_judged);
    let mut hits = spans(&plan.new, &item, scratch, plan);
    let (mut old, mut old_rules) = (BTreeMap::new(), Vec::new());
    if let (Old::Policy(before), Some(map)) = (&plan.old, &plan.old_map) {
        let item = before.read_json(&example.json).ok()?;
        let verdict = before.engine().classify(&item, call(plan), scratch);
        let mut packed = Vec::new();
        map.pack(verdict, &mut packed);
        old = axes.names(&packed);
        old_rules = named(before, &verdict.rules);
        hits.extend(spans(before, &item, scratch, plan));
    }
    let text = |field: FieldId| match item.value(field) {
        Value::Text(text) => text.to_owned(),
        _ => String::new(),
    };
    let tree: serde_json::Value = serde_json::from_str(&example.json).unwrap_or_default();
    let place = format!("{}:{}", example.file, example.line);
    let only = |these: &[String], those: &[String]| these.iter().filter(|rule| !those.contains(rule)).cloned().collect();
    Some(Flip {
        id: item.id().map_or_else(|| place.clone(), str::to_owned),
        place,
        market: text(FieldId::MARKET),
        lang: text(FieldId::LANG),
        label: tree.get("label").and_then(|label| label.as_str()).unwrap_or_default().to_owned(),
        direction,
        boundary,
        old,
        new: axes.names(&new),
        old_only: only(&old_rules, &new_rules),
        new_only: only(&new_rules, &old_rules),
        both: new_rules.iter().filter(|rule| old_rules.contains(rule)).cloned().collect(),
        not_judged,
        texts: texts(plan, &item, &hits, content),
    })
}

fn call(plan: &Plan) -> tribunal::Call {
    tribunal::Call { as_of: plan.options.as_of }
}

struct Hit {
    field: String,
    element: Option<u32>,
    start: u32,
    end: u32,
    sensitive: bool,
}

fn spans(moderator: &Moderator, item: &JsonItem<'_>, scratch: &mut Scratch, plan: &Plan) -> Vec<Hit> {
    let policy = moderator.policy();
    let found = moderator.engine().evidence(item, call(plan), scratch);
    found
        .into_iter()
        .flat_map(|(_, hits)| hits)
        .map(|hit| Hit {
            field: policy.field_name(hit.field).to_owned(),
            element: hit.element,
            start: hit.start,
            end: hit.end,
            sensitive: policy.lists.get(hit.list.index()).is_some_and(|list| list.sensitive),
        })
        .collect()
}

/// The texts that rules look at; author fields leave as a hash.
fn texts(plan: &Plan, item: &JsonItem<'_>, hits: &[Hit], content: Content) -> BTreeMap<String, Vec<Piece>> {
    let mut out = BTreeMap::new();
    if content == Content::None {
        return out;
    }
    let policy = plan.new.policy();
    for (at, field) in policy.fields.iter().enumerate() {
        let id = FieldId(u32::try_from(at).unwrap_or(u32::MAX));
        if !field.ty.is_text() {
            continue;
        }
        let mut add = |name: String, text: &str, element: Option<u32>| {
            if text.is_empty() {
                return;
            }
            let mine: Vec<&Hit> = hits.iter().filter(|hit| hit.field == field.name && hit.element == element).collect();
            if content == Content::Masked && field.name.starts_with("author.") {
                let digest = blake3::hash(text.as_bytes()).to_hex();
                out.insert(name, vec![Piece { text: format!("#{}", digest.get(..12).unwrap_or_default()), hit: !mine.is_empty() }]);
            } else {
                out.insert(name, pieces(text, &mine, content));
            }
        };
        match item.value(id) {
            Value::Text(text) => add(field.name.clone(), text, None),
            Value::List(list) => {
                for (at, text) in list.iter().enumerate() {
                    add(format!("{}[{at}]", field.name), text, u32::try_from(at).ok());
                }
            }
            _ => {}
        }
    }
    out
}

fn pieces(text: &str, hits: &[&Hit], content: Content) -> Vec<Piece> {
    let mut spans: Vec<(usize, usize, bool)> = hits.iter().map(|hit| (hit.start as usize, hit.end as usize, hit.sensitive)).collect();
    spans.sort_unstable();
    let mut out: Vec<Piece> = Vec::new();
    let mut at = 0;
    for (start, end, sensitive) in spans {
        let start = start.max(at);
        if end <= start {
            continue;
        }
        let (Some(before), Some(hit)) = (text.get(at..start), text.get(start..end)) else { continue };
        if !before.is_empty() {
            out.push(Piece { text: before.to_owned(), hit: false });
        }
        out.push(Piece { text: if sensitive || content == Content::Masked { mask(hit) } else { hit.to_owned() }, hit: true });
        at = end;
    }
    if let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        out.push(Piece { text: rest.to_owned(), hit: false });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_masked_where_they_stand() {
        let hit = |start, end, sensitive| Hit { field: String::new(), element: None, start, end, sensitive };
        let (one, two) = (hit(3, 8, false), hit(6, 10, true));
        let shown = pieces("my glock heck", &[&two, &one], Content::Masked);
        assert_eq!(shown.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>(), ["my ", "g••••", " •", "eck"]);
        let full = pieces("my glock heck", &[&one], Content::Full);
        assert_eq!((full[1].text.as_str(), full[1].hit), ("glock", true));
    }
}
