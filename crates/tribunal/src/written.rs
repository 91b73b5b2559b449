//! Decisions as JSON without a [`Decision`](crate::Decision) in between: for those who write millions of them.

use tribunal_core::{Engine, Facts, Item, Unjudged, Value, Verdict};
use tribunal_policy::model::AxisKind;
use tribunal_policy::{FieldId, RuleId};

use crate::decision::{self, FORMAT};

/// What all decisions of a policy have in common, written once.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Up to the value of `id`.
    head: Vec<u8>,
    /// From `policy` up to the opening brace of `decision`.
    policy: Vec<u8>,
    /// In the order of their names.
    axes: Vec<Axis>,
    /// From `engine` to the end.
    engine: Vec<u8>,
}

#[derive(Debug)]
struct Axis {
    at: usize,
    /// For an ordered axis its name with each of its values; for a set axis its name.
    values: Vec<Vec<u8>>,
    is_set: bool,
}

/// A text as JSON: most have nothing in them that is written otherwise.
fn text(out: &mut Vec<u8>, text: &str) {
    if text.bytes().fold(false, |found, byte| found | (byte < b' ' || byte == b'"' || byte == b'\\')) {
        return put(out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// The same of a text that may not be there.
fn maybe(out: &mut Vec<u8>, value: Option<&str>) {
    match value {
        Some(value) => text(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

/// What `serde` makes of itself, as JSON. Writing to memory does not fail, and nothing here refuses to be written.
fn put(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    let _ = serde_json::to_writer(out, value);
}

impl Parts {
    pub(crate) fn new(facts: &Facts) -> Parts {
        let mut parts = Parts::default();
        parts.head.extend_from_slice(b"{\"format\":");
        put(&mut parts.head, &FORMAT);
        parts.head.extend_from_slice(b",\"id\":");
        parts.policy.extend_from_slice(b",\"policy\":");
        put(&mut parts.policy, &decision::policy_of(facts));
        parts.policy.extend_from_slice(b",\"decision\":{");
        parts.engine.extend_from_slice(b",\"engine\":");
        put(&mut parts.engine, &decision::engine_ref(facts.language));
        parts.engine.push(b'}');
        let mut axes: Vec<_> = facts.axes.iter().enumerate().collect();
        axes.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        let named = |name: &str| {
            let mut named = Vec::new();
            text(&mut named, name);
            named.push(b':');
            named
        };
        for (at, axis) in axes {
            let values = match &axis.kind {
                AxisKind::Ordered(values) => values
                    .iter()
                    .map(|value| {
                        let mut named = named(&axis.name);
                        text(&mut named, value);
                        named
                    })
                    .collect(),
                AxisKind::Set(_) => vec![named(&axis.name)],
            };
            parts.axes.push(Axis { at, values, is_set: matches!(axis.kind, AxisKind::Set(_)) });
        }
        parts
    }

    /// Writes a verdict as the JSON of its decision, byte for byte as [`Decision`](crate::Decision) is written.
    pub(crate) fn write(&self, engine: &Engine, item: &dyn Item, verdict: &Verdict, out: &mut Vec<u8>) {
        let facts = engine.facts();
        out.extend_from_slice(&self.head);
        let id = item.value(FieldId::ID);
        maybe(out, if let Value::Text(id) = &id { Some(id) } else { None });
        out.extend_from_slice(b",\"market\":");
        maybe(out, verdict.market.and_then(|market| facts.market_name(market)));
        out.extend_from_slice(&self.policy);
        self.write_axes(engine, verdict, out);
        out.extend_from_slice(b"},\"rules\":");
        names(facts, &verdict.rules, out);
        out.extend_from_slice(b",\"shadow\":");
        names(facts, &verdict.shadow, out);
        out.extend_from_slice(b",\"unknown\":");
        unjudged(facts, verdict, &verdict.unknown, out);
        out.extend_from_slice(b",\"pending\":");
        unjudged(facts, verdict, &verdict.pending, out);
        out.extend_from_slice(b",\"incomplete\":");
        maybe(out, verdict.incomplete.map(tribunal_core::Incomplete::name));
        let problems = decision::problems(facts, item, verdict);
        if !problems.is_empty() {
            out.extend_from_slice(b",\"problems\":");
            put(out, &problems);
        }
        let notices = decision::notices(facts, verdict);
        if !notices.is_empty() {
            out.extend_from_slice(b",\"notices\":");
            put(out, &notices);
        }
        out.extend_from_slice(&self.engine);
    }

    fn write_axes(&self, engine: &Engine, verdict: &Verdict, out: &mut Vec<u8>) {
        for (number, axis) in self.axes.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            let level = if axis.is_set { 0 } else { usize::from(verdict.levels.get(axis.at).copied().unwrap_or(0)) };
            out.extend_from_slice(axis.values.get(level).map(Vec::as_slice).unwrap_or_default());
            if axis.is_set && verdict.labels.is_empty() {
                out.extend_from_slice(b"[]");
            } else if axis.is_set {
                put(out, &decision::labels(engine, verdict, axis.at));
            }
        }
    }
}

fn list<T>(items: &[T], out: &mut Vec<u8>, mut one: impl FnMut(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        one(item, out);
    }
    out.push(b']');
}

fn names(facts: &Facts, rules: &[RuleId], out: &mut Vec<u8>) {
    list(rules, out, |rule, out| text(out, facts.rule_name(*rule)));
}

fn unjudged(facts: &Facts, verdict: &Verdict, rules: &[Unjudged], out: &mut Vec<u8>) {
    list(rules, out, |unjudged, out| {
        out.extend_from_slice(b"{\"rule\":");
        text(out, facts.rule_name(unjudged.rule));
        out.extend_from_slice(b",\"missing\":");
        let fields = verdict.missing(unjudged);
        if let [only] = fields {
            list(&[*only], out, |field, out| text(out, facts.field_name(*field)));
        } else {
            let mut missing: Vec<&str> = fields.iter().map(|field| facts.field_name(*field)).collect();
            missing.sort_unstable();
            put(out, &missing);
        }
        out.push(b'}');
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_as_serde_writes_them() {
        for c in (0..0x250).chain([0x2028, 0xfeff, 0x1f33d]).filter_map(char::from_u32) {
            for written in [c.to_string(), format!("a{c}b")] {
                let mut out = Vec::new();
                super::text(&mut out, &written);
                assert_eq!(out, serde_json::to_vec(&written).unwrap(), "{written:?}");
            }
        }
    }
}
