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
    /// From `market` to `incomplete` where there is no market, no axis has an effect and no rule is told of: most decisions.
    calm: Vec<u8>,
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
        let mut calm = Vec::new();
        parts.write_market(None, &mut calm);
        parts.write_axes(&[], |_, out| out.extend_from_slice(b"[]"), &mut calm);
        calm.extend_from_slice(b"},\"rules\":[],\"shadow\":[],\"unknown\":[],\"pending\":[],\"incomplete\":null");
        parts.calm = calm;
        parts
    }

    /// Writes a verdict as the JSON of its decision, byte for byte as [`Decision`](crate::Decision) is written.
    pub(crate) fn write(&self, engine: &Engine, item: &dyn Item, verdict: &Verdict, out: &mut Vec<u8>) {
        let facts = engine.facts();
        out.extend_from_slice(&self.head);
        let id = item.value(FieldId::ID);
        maybe(out, if let Value::Text(id) = &id { Some(id) } else { None });
        if is_calm(verdict) {
            out.extend_from_slice(&self.calm);
        } else {
            self.write_effects(engine, verdict, out);
        }
        problems(facts, item, verdict, out);
        if verdict.rules.iter().any(|rule| facts.notice(*rule).is_some()) {
            out.extend_from_slice(b",\"notices\":");
            put(out, &decision::notices(facts, verdict));
        }
        out.extend_from_slice(&self.engine);
    }

    /// From `market` to `incomplete`.
    fn write_effects(&self, engine: &Engine, verdict: &Verdict, out: &mut Vec<u8>) {
        let facts = engine.facts();
        self.write_market(verdict.market.and_then(|market| facts.market_name(market)), out);
        let labels = |axis: usize, out: &mut Vec<u8>| list(&decision::labels(engine, verdict, axis), out, |label, out| text(out, label));
        self.write_axes(&verdict.levels, labels, out);
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
    }

    fn write_market(&self, market: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"market\":");
        maybe(out, market);
        out.extend_from_slice(&self.policy);
    }

    fn write_axes(&self, levels: &[u8], labels: impl Fn(usize, &mut Vec<u8>), out: &mut Vec<u8>) {
        for (number, axis) in self.axes.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            let level = if axis.is_set { 0 } else { usize::from(levels.get(axis.at).copied().unwrap_or(0)) };
            out.extend_from_slice(axis.values.get(level).map(Vec::as_slice).unwrap_or_default());
            if axis.is_set {
                labels(axis.at, out);
            }
        }
    }
}

/// Whether nothing is said but what every decision says.
fn is_calm(verdict: &Verdict) -> bool {
    let silent = verdict.rules.is_empty() && verdict.shadow.is_empty() && verdict.unknown.is_empty() && verdict.pending.is_empty();
    silent && verdict.labels.is_empty() && verdict.levels.iter().all(|level| *level == 0) && verdict.market.is_none() && verdict.incomplete.is_none()
}

/// What was wrong with the item, if anything was.
fn problems(facts: &Facts, item: &dyn Item, verdict: &Verdict, out: &mut Vec<u8>) {
    let market = if verdict.unknown_market { item.value(FieldId::MARKET) } else { Value::Missing };
    match market {
        Value::Text(market) => {
            out.extend_from_slice(b",\"problems\":{\"unknown_market\":");
            text(out, market);
        }
        _ if verdict.wrong_type.is_empty() => return,
        _ => out.extend_from_slice(b",\"problems\":{"),
    }
    if !verdict.wrong_type.is_empty() {
        out.extend_from_slice(if matches!(market, Value::Text(_)) { b",\"wrong_type\":" } else { b"\"wrong_type\":" });
        list(&verdict.wrong_type, out, |field, out| text(out, facts.field_name(*field)));
    }
    out.push(b'}');
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
