//! Examples and labelled items, read and run again: nothing is printed that the engine does not say.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use tribunal_core::{Call, CompileError, Engine, Item, Limits, Scratch, Truth};
use tribunal_policy::model::{AxisKind, Example, Stage};
use tribunal_policy::{Policy, RuleId};

use crate::finding_way::place;
use crate::masking::{Masker, Reveal};

/// Reads items as the adapter of the engine does, which this crate does not know.
pub trait ReadItems {
    /// Reads a JSON object and hands it on.
    ///
    /// # Errors
    ///
    /// A sentence when the text is no item.
    fn read(&self, json: &str, run: &mut dyn FnMut(&dyn Item)) -> Result<(), String>;
}

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The policy cannot be compiled.
    #[error("the policy cannot be compiled: {0}")]
    Compile(#[from] CompileError),
    /// Examples that the engine decides otherwise than they say, or that are no items.
    #[error("{} that the engine decides otherwise than it is written: {}", if .0.len() == 1 { "an example" } else { "examples" }, .0.join("; "))]
    Mismatch(Vec<String>),
}

/// What an item comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// Axes that are not at their mildest, `distribution: removed`.
    pub effects: Vec<String>,
    /// Live rules that fired.
    pub rules: Vec<String>,
    /// Rules that could not be judged.
    pub not_judged: Vec<String>,
}

impl Outcome {
    /// In words.
    pub fn text(&self) -> String {
        if self.effects.is_empty() { "no action".to_owned() } else { self.effects.join(", ") }
    }
}

/// A policy with both engines, its reader and its masker.
pub struct Rehearsal<'r> {
    /// The policy.
    pub policy: Arc<Policy>,
    engine: Engine,
    examples: Engine,
    reader: &'r dyn ReadItems,
    masker: Masker,
}

impl<'r> Rehearsal<'r> {
    /// For a policy.
    ///
    /// # Errors
    ///
    /// When no engine can be built of the policy.
    pub fn new(policy: &Arc<Policy>, reader: &'r dyn ReadItems, reveal: Reveal) -> Result<Rehearsal<'r>, CompileError> {
        Ok(Rehearsal {
            policy: Arc::clone(policy),
            engine: Engine::new(Arc::clone(policy), Limits::default())?,
            examples: Engine::rehearsal(Arc::clone(policy), Limits::default())?,
            reader,
            masker: Masker::new(policy, reveal)?,
        })
    }

    /// Every example that comes out otherwise than it says.
    pub fn mismatches(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (id, rule) in (0_u32..).map(RuleId).zip(&self.policy.rules) {
            let all = rule.examples.violates.iter().map(|example| (example, true)).chain(rule.examples.allowed.iter().map(|example| (example, false)));
            for (example, expected) in all {
                if self.fires(id, example) != Ok(expected) {
                    found.push(format!("{} of `{}`", place(&self.policy, example.span), rule.name));
                }
            }
        }
        found
    }

    fn fires(&self, rule: RuleId, example: &Example) -> Result<bool, String> {
        let mut fires = false;
        self.reader.read(&example.item, &mut |item| fires = self.examples.fires(rule, item, Call::default(), &mut Scratch::new()) == Truth::True)?;
        Ok(fires)
    }

    /// What the policy does with an item.
    ///
    /// # Errors
    ///
    /// A sentence when it is no item.
    pub fn decide(&self, json: &str) -> Result<Outcome, String> {
        let mut outcome = Outcome::default();
        self.reader.read(json, &mut |item| {
            let mut scratch = Scratch::new();
            let verdict = self.engine.classify(item, Call::default(), &mut scratch);
            let name = |rule: RuleId| self.policy.rules.get(rule.index()).map(|rule| rule.name.clone()).unwrap_or_default();
            let mut effects = Vec::new();
            for (at, axis) in self.policy.axes.iter().enumerate() {
                match &axis.kind {
                    AxisKind::Ordered(values) => {
                        let level = verdict.levels.get(at).copied().unwrap_or(0);
                        if level > 0 {
                            effects.push(format!("{}: {}", axis.name, values.get(usize::from(level)).map_or("", String::as_str)));
                        }
                    }
                    AxisKind::Set(_) => {
                        let mine = verdict.labels.iter().filter_map(|label| self.engine.label(*label)).filter(|(of, _)| of.index() == at);
                        let mut labels: Vec<&str> = mine.map(|(_, label)| label).collect();
                        labels.sort_unstable();
                        if !labels.is_empty() {
                            effects.push(format!("{}: {}", axis.name, labels.join(", ")));
                        }
                    }
                }
            }
            outcome = Outcome {
                effects,
                rules: verdict.rules.iter().map(|rule| name(*rule)).collect(),
                not_judged: verdict.unknown.iter().map(|unjudged| name(unjudged.rule)).collect(),
            };
        })?;
        Ok(outcome)
    }

    /// A text of an author as it may leave: sensitive terms are taken out, the rest stays readable.
    pub fn scrub(&self, text: &str) -> String {
        self.masker.scrub(text.to_owned())
    }

    /// An item in words: its caption, then what else it says; what rules hit in it is masked.
    pub fn describe(&self, json: &str) -> String {
        let Ok(Value::Object(item)) = serde_json::from_str::<Value>(json) else { return String::new() };
        let hits = self.hits(json);
        let mask = |field: &str, element: Option<usize>, text: &str| {
            let mine = hits.iter().filter(|(of, at, _)| of == field && *at == element);
            self.masker.mask(text, &mine.map(|(_, _, range)| range.clone()).collect::<Vec<_>>())
        };
        let mut parts = Vec::new();
        let caption = item.get("caption").and_then(Value::as_str).unwrap_or("");
        if !caption.is_empty() {
            parts.push(mask("caption", None, caption));
        }
        let mut flat = Vec::new();
        for (key, value) in item.iter().filter(|(key, _)| !matches!(key.as_str(), "caption" | "id" | "as_of" | "because")) {
            flatten(key, value, &mask, &mut flat);
        }
        parts.extend(flat.into_iter().map(|(key, value)| format!("{key}: {value}")));
        parts.join(" · ")
    }

    /// What the rules that fire hit in an item: field, element, bytes.
    fn hits(&self, json: &str) -> Vec<(String, Option<usize>, Range<usize>)> {
        let mut found = Vec::new();
        // An item that cannot be read has no hits; whoever decides it says so.
        let _ = self.reader.read(json, &mut |item| {
            let mut scratch = Scratch::new();
            self.engine.classify(item, Call::default(), &mut scratch);
            for hit in self.engine.evidence(item, Call::default(), &mut scratch).iter().flat_map(|(_, hits)| hits) {
                let field = self.policy.field_name(hit.field).to_owned();
                found.push((field, hit.element.map(|element| element as usize), hit.start as usize..hit.end as usize));
            }
        });
        found
    }

    /// Rules that are live somewhere.
    pub fn live_somewhere(&self) -> std::collections::BTreeSet<RuleId> {
        let all = crate::finding_way::markets(&self.policy).flat_map(|market| self.policy.effective(market));
        all.filter(|rule| rule.stage == Stage::Live).map(|rule| rule.rule).collect()
    }
}

fn flatten(path: &str, value: &Value, mask: &dyn Fn(&str, Option<usize>, &str) -> String, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&format!("{path}.{key}"), value, mask, out)),
        Value::Array(items) => {
            let texts = items.iter().enumerate().map(|(at, item)| match item.as_str() {
                Some(text) => mask(path, Some(at), text),
                None => item.to_string(),
            });
            out.push((path.to_owned(), texts.collect::<Vec<_>>().join(", ")));
        }
        Value::String(text) => out.push((path.to_owned(), mask(path, None, text))),
        other => out.push((path.to_owned(), other.to_string())),
    }
}
