//! From what happens to an item to the rules that may care.

use std::collections::HashMap;

use tribunal_policy::num::Num;
use tribunal_policy::{FieldId, ListId};

use super::cover::Trigger;

/// Bounds of one field, sorted, each with the rules it wakes.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    /// Ascending: a value wakes every bound up to it.
    pub(crate) at_least: Vec<(Num, u32)>,
    /// Ascending: a value wakes every bound from it on.
    pub(crate) at_most: Vec<(Num, u32)>,
}

/// What the values of one field wake.
#[derive(Debug, Default)]
pub(crate) struct FieldWake {
    pub(crate) unknown: Vec<u32>,
    pub(crate) missing: Vec<u32>,
    pub(crate) bounds: Bounds,
    pub(crate) equals: HashMap<String, Vec<u32>>,
    pub(crate) flags: [Vec<u32>; 2],
}

impl FieldWake {
    pub(crate) fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.missing.is_empty() && !self.reads_value()
    }

    fn reads_value(&self) -> bool {
        !(self.bounds.at_least.is_empty() && self.bounds.at_most.is_empty() && self.equals.is_empty() && self.flags.iter().all(Vec::is_empty))
    }
}

/// The index of all covers.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    /// Where the rules of each list begin in `woken`, and the end.
    first: Vec<u32>,
    woken: Vec<u32>,
    /// List and variant, while building.
    by_list: Vec<(u32, u32)>,
    /// Fields that wake anything.
    pub(crate) fields: Vec<(FieldId, FieldWake)>,
    /// Rules without a cover.
    pub(crate) always: Vec<u32>,
}

impl Wake {
    /// The rules that wait for a list.
    #[inline]
    pub(crate) fn of_list(&self, list: ListId) -> &[u32] {
        let Some([from, to]) = self.first.get(list.index()..list.index() + 2) else { return &[] };
        self.woken.get(*from as usize..*to as usize).unwrap_or_default()
    }

    /// Has the triggers wake a variant.
    pub(crate) fn add(&mut self, variant: u32, triggers: &[Trigger]) {
        for trigger in triggers {
            match trigger {
                Trigger::List(list) => self.by_list.push((list.0, variant)),
                Trigger::Unknown(field) => self.field(*field).unknown.push(variant),
                Trigger::Missing(field) => self.field(*field).missing.push(variant),
                Trigger::AtLeast(field, bound) => self.field(*field).bounds.at_least.push((*bound, variant)),
                Trigger::AtMost(field, bound) => self.field(*field).bounds.at_most.push((*bound, variant)),
                Trigger::Equals(field, text) => self.field(*field).equals.entry(text.clone()).or_default().push(variant),
                Trigger::Flag(field, value) => {
                    if let Some(rules) = self.field(*field).flags.get_mut(usize::from(*value)) {
                        rules.push(variant);
                    }
                }
            }
        }
    }

    fn field(&mut self, field: FieldId) -> &mut FieldWake {
        let at = match self.fields.iter().position(|(known, _)| *known == field) {
            Some(at) => at,
            None => {
                self.fields.push((field, FieldWake::default()));
                self.fields.len() - 1
            }
        };
        #[expect(clippy::indexing_slicing, reason = "found or pushed just above")]
        &mut self.fields[at].1
    }

    /// Sorts what has to be sorted.
    pub(crate) fn finish(&mut self, lists: usize) {
        let mut by_list = std::mem::take(&mut self.by_list);
        by_list.sort_unstable();
        self.first = vec![0; lists + 1];
        for (list, _) in &by_list {
            if let Some(count) = self.first.get_mut(*list as usize + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for first in &mut self.first {
            before += *first;
            *first = before;
        }
        self.woken = by_list.into_iter().map(|(_, variant)| variant).collect();
        for (_, field) in &mut self.fields {
            let order = |a: &(Num, u32), b: &(Num, u32)| a.0.compare(b.0).unwrap_or(std::cmp::Ordering::Equal);
            field.bounds.at_least.sort_by(order);
            field.bounds.at_most.sort_by(order);
        }
        self.fields.retain(|(_, field)| !field.is_empty());
    }
}

impl Bounds {
    /// The rules that a value wakes.
    pub(crate) fn woken(&self, value: Num) -> impl Iterator<Item = u32> + '_ {
        let up_to = self.at_least.partition_point(|(bound, _)| bound.compare(value).is_some_and(std::cmp::Ordering::is_le));
        let from = self.at_most.partition_point(|(bound, _)| bound.compare(value).is_some_and(std::cmp::Ordering::is_lt));
        let low = self.at_least.get(..up_to).unwrap_or_default();
        let high = self.at_most.get(from..).unwrap_or_default();
        low.iter().chain(high).map(|(_, variant)| *variant)
    }
}
