//! One space of decisions for both policies: a decision is a few bytes that mean the same in every shard.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tribunal_core::{Engine, Verdict};
use tribunal_policy::model::AxisKind;

/// A decision as bytes: a level for each ordered axis, then the numbers of its labels, two bytes each, sorted.
pub type Packed = Vec<u8>;

/// The axes of both policies, those of the new one first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axes {
    /// Ordered axes and their values from the mildest to the strictest; values that only the old policy has come last.
    pub ordered: Vec<OrderedAxis>,
    /// Labels of set axes, `axis: label`.
    pub labels: Vec<String>,
}

/// An ordered axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedAxis {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<String>,
    /// How many of them the new policy has; only these are in order.
    pub in_order: usize,
}

/// Which way a decision changes on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// As before.
    Same,
    /// Nearer to the strict end.
    Stricter,
    /// Nearer to the mild end.
    Milder,
    /// Stricter on one axis and milder on another, or other labels.
    Other,
}

impl Axes {
    /// The axes of one or two engines.
    pub fn new<'e>(new: &'e Engine, old: Option<&'e Engine>) -> Axes {
        let mut axes = Axes::default();
        let mut labels: BTreeSet<String> = BTreeSet::new();
        for engine in std::iter::once(new).chain(old) {
            let policy = engine.policy();
            for axis in &policy.axes {
                let AxisKind::Ordered(values) = &axis.kind else { continue };
                match axes.ordered.iter_mut().find(|known| known.name == axis.name) {
                    Some(known) => {
                        let more: Vec<String> = values.iter().filter(|value| !known.values.contains(value)).cloned().collect();
                        known.values.extend(more);
                    }
                    None => axes.ordered.push(OrderedAxis { name: axis.name.clone(), values: values.clone(), in_order: values.len() }),
                }
            }
            let named = (0..).map_while(|at| engine.label(at));
            labels.extend(named.filter_map(|(axis, label)| Some(format!("{}: {label}", policy.axes.get(axis.index())?.name))));
        }
        axes.labels = labels.into_iter().collect();
        axes
    }

    /// How one engine's numbers become ours.
    pub fn mapping(&self, engine: &Engine) -> Mapping {
        let policy = engine.policy();
        let levels = self.ordered.iter().map(|axis| {
            let (at, own) = policy.axes.iter().enumerate().find(|(_, own)| own.name == axis.name)?;
            let AxisKind::Ordered(values) = &own.kind else { return None };
            let values = values.iter().map(|value| place(&axis.values, value)).collect();
            Some((at, values))
        });
        let named = (0..).map_while(|at| engine.label(at));
        let labels = named.map(|(axis, label)| {
            let axis = policy.axes.get(axis.index()).map_or("", |axis| axis.name.as_str());
            let name = format!("{axis}: {label}");
            u16::try_from(self.labels.binary_search(&name).unwrap_or(0)).unwrap_or(u16::MAX)
        });
        let own = policy.axes.iter().map(|axis| self.ordered.iter().position(|known| known.name == axis.name));
        Mapping { levels: levels.collect(), labels: labels.collect(), own: own.collect() }
    }

    /// The decision of an item on which nothing fires.
    pub fn mildest(&self) -> Packed {
        vec![0; self.ordered.len()]
    }

    /// A decision with names.
    pub fn names(&self, packed: &[u8]) -> BTreeMap<String, String> {
        let mut out: BTreeMap<String, String> = self
            .ordered
            .iter()
            .zip(packed)
            .map(|(axis, level)| (axis.name.clone(), axis.values.get(usize::from(*level)).cloned().unwrap_or_default()))
            .collect();
        for label in self.label_names(packed) {
            let (axis, name) = label.split_once(": ").unwrap_or(("", label));
            let entry = out.entry(axis.to_owned()).or_default();
            if !entry.is_empty() {
                entry.push_str(" + ");
            }
            entry.push_str(name);
        }
        out
    }

    /// A decision in a few words: what is not the mildest.
    pub fn short(&self, packed: &[u8]) -> String {
        let levels = self.ordered.iter().zip(packed).filter(|(_, level)| **level != 0);
        let mut parts: Vec<String> =
            levels.map(|(axis, level)| format!("{}: {}", axis.name, axis.values.get(usize::from(*level)).map_or("", String::as_str))).collect();
        parts.extend(self.label_names(packed).map(str::to_owned));
        if parts.is_empty() { "no effect".to_owned() } else { parts.join(", ") }
    }

    fn label_numbers(&self, packed: &[u8]) -> impl Iterator<Item = usize> {
        let (pairs, _) = packed.get(self.ordered.len()..).unwrap_or_default().as_chunks::<2>();
        pairs.iter().map(|pair| usize::from(u16::from_be_bytes(*pair)))
    }

    fn label_names<'a>(&'a self, packed: &'a [u8]) -> impl Iterator<Item = &'a str> {
        self.label_numbers(packed).filter_map(|at| self.labels.get(at)).map(String::as_str)
    }

    /// Whether a decision holds the label of this number in [`Axes::labels`].
    pub(crate) fn has_label(&self, packed: &[u8], at: usize) -> bool {
        self.label_numbers(packed).any(|label| label == at)
    }

    /// Whether a decision does anything.
    pub fn acts(&self, packed: &[u8]) -> bool {
        packed.len() > self.ordered.len() || packed.iter().any(|level| *level != 0)
    }

    /// Which way a decision changes as a whole.
    pub fn direction(&self, old: &[u8], new: &[u8]) -> Direction {
        if old == new {
            return Direction::Same;
        }
        let (mut stricter, mut milder) = (false, false);
        for ((axis, old), new) in self.ordered.iter().zip(old).zip(new) {
            if usize::from(*old).max(usize::from(*new)) >= axis.in_order && old != new {
                return Direction::Other;
            }
            stricter |= new > old;
            milder |= new < old;
        }
        match (stricter, milder) {
            (true, false) => Direction::Stricter,
            (false, true) => Direction::Milder,
            _ => Direction::Other,
        }
    }

    /// A decision from names, as logs have them. `None` when a name is not known.
    pub fn pack(&self, names: &BTreeMap<String, Vec<String>>) -> Option<Packed> {
        let mut packed = self.mildest();
        let mut labels = Vec::new();
        for (axis, values) in names {
            match self.ordered.iter().position(|known| known.name == *axis) {
                Some(at) => {
                    let known = self.ordered.get(at)?;
                    let [value] = values.as_slice() else { return None };
                    if !known.values.contains(value) {
                        return None;
                    }
                    *packed.get_mut(at)? = place(&known.values, value);
                }
                None => {
                    for value in values {
                        labels.push(u16::try_from(self.labels.binary_search(&format!("{axis}: {value}")).ok()?).ok()?);
                    }
                }
            }
        }
        append(&mut packed, labels);
        Some(packed)
    }
}

fn place(values: &[String], value: &str) -> u8 {
    u8::try_from(values.iter().position(|known| known == value).unwrap_or(0)).unwrap_or(u8::MAX)
}

fn append(packed: &mut Packed, mut labels: Vec<u16>) {
    labels.sort_unstable();
    labels.dedup();
    packed.extend(labels.into_iter().flat_map(u16::to_be_bytes));
}

/// What a rule gives, in the engine's numbers: levels by axis, labels.
pub(crate) type Gift = (Vec<(usize, u8)>, Vec<u32>);

/// One engine's numbers in terms of [`Axes`].
#[derive(Clone, Debug)]
pub struct Mapping {
    /// By ordered axis: its place in the engine's verdict, and our number of each of its values.
    levels: Vec<Option<(usize, Vec<u8>)>>,
    labels: Vec<u16>,
    /// By axis of the engine: its place among the ordered ones.
    own: Vec<Option<usize>>,
}

impl Mapping {
    /// A verdict as bytes, into a buffer that is used again.
    pub fn pack(&self, verdict: &Verdict, out: &mut Packed) {
        out.clear();
        for entry in &self.levels {
            let level = entry.as_ref().and_then(|(at, values)| values.get(usize::from(*verdict.levels.get(*at)?)));
            out.push(level.copied().unwrap_or(0));
        }
        if !verdict.labels.is_empty() {
            append(out, verdict.labels.iter().filter_map(|label| self.labels.get(*label as usize).copied()).collect());
        }
    }

    /// Puts together what some rules give.
    pub(crate) fn join<'c>(&self, gifts: impl Iterator<Item = &'c Gift>) -> Packed {
        let mut engine_levels: Vec<u8> = vec![0; self.own.len()];
        let mut labels = Vec::new();
        for (levels, own) in gifts {
            for (axis, level) in levels {
                if let Some(slot) = engine_levels.get_mut(*axis) {
                    *slot = (*slot).max(*level);
                }
            }
            labels.extend(own.iter().filter_map(|label| self.labels.get(*label as usize).copied()));
        }
        let mut packed: Packed = self
            .levels
            .iter()
            .map(|entry| entry.as_ref().and_then(|(at, values)| values.get(usize::from(*engine_levels.get(*at)?))).copied().unwrap_or(0))
            .collect();
        append(&mut packed, labels);
        packed
    }
}
