//! Effects, axes and rollouts as written.

use std::collections::{BTreeMap, BTreeSet};

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::fields::{self, Field};
use crate::ids::{AxisId, FieldId};
use crate::keys;
use crate::load::head::NO_FIELD;
use crate::load::reader::{self, Map};
use crate::model::{Axis, AxisChange, AxisKind, AxisValue, Effect, Rollout};
use crate::source::Span;
use crate::suggest;
use crate::yaml::{Node, Value};

/// The axes of a policy that declares none.
///
/// ```
/// use tribunal_policy::model::AxisKind;
///
/// let axes = tribunal_policy::default_axes();
/// let names: Vec<_> = axes.iter().map(|axis| axis.name.as_str()).collect();
/// assert_eq!(names, ["distribution", "audience", "annotation", "routing", "account"]);
/// assert!(matches!(&axes[0].kind, AxisKind::Ordered(values) if values.last().is_some_and(|strictest| strictest == "removed")));
/// ```
pub fn default_axes() -> Vec<Axis> {
    let ordered =
        |name: &str, values: &[&str]| Axis { name: name.to_owned(), kind: AxisKind::Ordered(values.iter().map(|value| (*value).to_owned()).collect()) };
    vec![
        ordered("distribution", &["normal", "search_limited", "feed_ineligible", "removed"]),
        ordered("audience", &["everyone", "adults"]),
        Axis { name: "annotation".to_owned(), kind: AxisKind::Set(None) },
        ordered("routing", &["none", "review", "escalate"]),
        ordered("account", &["none", "warn", "strike", "restrict", "ban_review"]),
    ]
}

/// `axes:` as written; `None` when nothing of it can be used.
pub(crate) fn axes(node: &Node, out: &mut Diagnostics) -> Option<Vec<Axis>> {
    let entries = match &node.value {
        Value::Map(entries) if !entries.is_empty() => entries,
        Value::Invalid => return None,
        _ => {
            out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span, "expected a map from axis names to their values")
                    .help("for example `axes: {routing: {kind: ordered, values: [none, review]}}`"),
            );
            return None;
        }
    };
    let mut axes = Vec::new();
    for entry in entries {
        reader::checked_name(&entry.key.text, entry.key.span, "axis", out);
        if let Some(kind) = axis_kind(&entry.value, out) {
            axes.push(Axis { name: entry.key.text.clone(), kind });
        }
    }
    Some(axes)
}

fn axis_kind(node: &Node, out: &mut Diagnostics) -> Option<AxisKind> {
    let map = Map::new(node, &keys::AXIS, out)?;
    let kind = map.choice("kind", keys::AXIS_KINDS, out)?;
    let values = map.texts("values", out);
    if kind == "ordered" {
        return ordered(values, node.span, out);
    }
    Some(AxisKind::Set(map.get("values").map(|_| values.into_iter().map(|(label, _)| label).collect())))
}

fn ordered(values: Vec<(String, Span)>, span: Span, out: &mut Diagnostics) -> Option<AxisKind> {
    let mut seen = BTreeSet::new();
    for (value, place) in &values {
        if !seen.insert(value.as_str()) {
            out.push(
                Diagnostic::new(&codes::DUPLICATE_NAME, *place, format!("the value `{value}` stands twice on this axis"))
                    .help("name each value once, the mildest first"),
            );
        }
    }
    if values.len() < 2 || values.len() > 255 {
        out.push(
            Diagnostic::new(&codes::WRONG_VALUE, span, format!("an ordered axis has 2 to 255 values, this one has {}", values.len()))
                .help("write them with the mildest first: `values: [none, review, escalate]`"),
        );
        return None;
    }
    Some(AxisKind::Ordered(values.into_iter().map(|(value, _)| value).collect()))
}

/// Reads effects against the axes of the policy.
pub(crate) struct Effects<'a> {
    pub(crate) axes: &'a [Axis],
    pub(crate) fields: &'a [Field],
}

impl Effects<'_> {
    pub(crate) fn effect(&self, node: &Node, out: &mut Diagnostics) -> Effect {
        let mut effect = Effect::default();
        for (axis, change) in self.changes(node, false, out) {
            if let AxisChange::Replace(value) = change {
                effect.0.insert(axis, value);
            }
        }
        effect
    }

    /// Axis by axis; `edits` allows `{add, remove}` on set axes.
    pub(crate) fn changes(&self, node: &Node, edits: bool, out: &mut Diagnostics) -> BTreeMap<AxisId, AxisChange> {
        let mut found = BTreeMap::new();
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Invalid => return found,
            _ => {
                let message = format!("expected a map from axes to values, found {}", node.kind_name());
                out.push(Diagnostic::new(&codes::WRONG_SHAPE, node.span, message).help("for example `effect: {distribution: removed, routing: review}`"));
                return found;
            }
        };
        for entry in entries {
            let name = entry.key.text.as_str();
            let Some(at) = self.axes.iter().position(|axis| axis.name == name) else {
                let help = suggest::did_you_mean(name, self.axes.iter().map(|axis| axis.name.as_str()))
                    .unwrap_or_else(|| format!("the axes are {}", self.axes.iter().map(|axis| axis.name.as_str()).collect::<Vec<_>>().join(", ")));
                out.push(Diagnostic::new(&codes::UNKNOWN_AXIS, entry.key.span, format!("there is no axis `{name}`")).help(help));
                continue;
            };
            let (Some(axis), Ok(id)) = (self.axes.get(at), u32::try_from(at)) else { continue };
            let change = match &axis.kind {
                AxisKind::Ordered(values) => level(name, values, &entry.value, out).map(|level| AxisChange::Replace(AxisValue::Level(level))),
                AxisKind::Set(allowed) => labels(name, allowed.as_ref(), &entry.value, edits, out),
            };
            if let Some(change) = change {
                found.insert(AxisId(id), change);
            }
        }
        found
    }

    /// The effect `routing: review`, if the axes have it.
    pub(crate) fn review(&self) -> Option<Effect> {
        let at = self.axes.iter().position(|axis| axis.name == "routing")?;
        let AxisKind::Ordered(values) = &self.axes.get(at)?.kind else { return None };
        let level = values.iter().position(|value| value == "review")?;
        let axis = AxisId(u32::try_from(at).ok()?);
        Some(Effect(BTreeMap::from([(axis, AxisValue::Level(u8::try_from(level).ok()?))])))
    }

    pub(crate) fn rollout(&self, node: &Node, out: &mut Diagnostics) -> Option<Rollout> {
        let (share, by) = if let Value::Map(_) = &node.value {
            let map = Map::new(node, &keys::ROLLOUT, out)?;
            (map.get("share")?, map.get("by"))
        } else {
            (node, None)
        };
        let written = reader::text(share, out)?;
        let Some(share_value) = reader::share(written) else {
            out.push(
                Diagnostic::new(&codes::WRONG_VALUE, share.span, format!("`{written}` is no share"))
                    .help("write a percentage from 0% to 100% with at most four decimals, for example `10%`"),
            );
            return None;
        };
        let by = match by {
            None => FieldId::ID,
            Some(node) => {
                let name = reader::text(node, out)?;
                let Some(field) = fields::find(self.fields, name) else {
                    let help = suggest::did_you_mean(name, self.fields.iter().map(|field| field.name.as_str())).unwrap_or_else(|| NO_FIELD.to_owned());
                    out.push(Diagnostic::new(&codes::UNKNOWN_FIELD, node.span, format!("there is no field `{name}`")).help(help));
                    return None;
                };
                if self.fields.get(field.index()).is_some_and(|field| field.ty != fields::FieldType::Id) {
                    out.push(
                        Diagnostic::new(&codes::WRONG_TYPE, node.span, format!("`{name}` is not of type id"))
                            .help("items are told apart by an id, for example `author.id`"),
                    );
                    return None;
                }
                field
            }
        };
        let threshold = (share_value < 1_000_000).then(|| u64::try_from((u128::from(share_value) << 64) / 1_000_000).unwrap_or(u64::MAX));
        Some(Rollout { threshold, share: share_value, by })
    }
}

fn level(axis: &str, values: &[String], node: &Node, out: &mut Diagnostics) -> Option<u8> {
    let value = reader::text(node, out)?;
    let found = values.iter().position(|known| known == value);
    if found.is_none() {
        let help = suggest::did_you_mean(value, values.iter().map(String::as_str)).unwrap_or_else(|| format!("its values are {}", values.join(", ")));
        out.push(Diagnostic::new(&codes::UNKNOWN_AXIS_VALUE, node.span, format!("the axis `{axis}` has no value `{value}`")).help(help));
    }
    u8::try_from(found?).ok()
}

fn labels(axis: &str, allowed: Option<&BTreeSet<String>>, node: &Node, edits: bool, out: &mut Diagnostics) -> Option<AxisChange> {
    let read = |node: &Node, out: &mut Diagnostics| -> BTreeSet<String> {
        // An empty list is a value here: it takes every label away.
        let written = match &node.value {
            Value::Seq(items) if items.is_empty() => Vec::new(),
            _ => reader::texts(node, out),
        };
        for (label, span) in &written {
            if !reader::is_name(label) {
                reader::checked_name(label, *span, "label", out);
            } else if let Some(allowed) = allowed
                && !allowed.contains(label)
            {
                let help = suggest::did_you_mean(label, allowed.iter().map(String::as_str))
                    .unwrap_or_else(|| format!("its labels are {}", allowed.iter().map(String::as_str).collect::<Vec<_>>().join(", ")));
                out.push(Diagnostic::new(&codes::UNKNOWN_AXIS_VALUE, *span, format!("the axis `{axis}` has no label `{label}`")).help(help));
            }
        }
        written.into_iter().map(|(label, _)| label).collect()
    };
    let Value::Map(entries) = &node.value else {
        return Some(AxisChange::Replace(AxisValue::Labels(read(node, out))));
    };
    if !edits {
        out.push(
            Diagnostic::new(&codes::WRONG_SHAPE, node.span, "`{add, remove}` edits the labels of a rule in a market's override only")
                .help("write the labels as a list"),
        );
        return None;
    }
    let (mut add, mut remove) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        match entry.key.text.as_str() {
            "add" => add = read(&entry.value, out),
            "remove" => remove = read(&entry.value, out),
            other => out.push(
                Diagnostic::new(&codes::UNKNOWN_KEY, entry.key.span, format!("labels are edited with `add` and `remove`, not `{other}`"))
                    .help("or write the labels as a list, which replaces them"),
            ),
        }
    }
    Some(AxisChange::Edit { add, remove })
}
