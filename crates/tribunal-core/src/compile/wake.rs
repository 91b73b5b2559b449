//! From what happens to an item to the rules that may care.

use serde::{Deserialize, Serialize};
use tribunal_policy::num::Num;
use tribunal_policy::{FieldId, ListId};

use super::cover::Trigger;
use crate::artefact::column::Column;
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::names::Names;

/// Bounds of one field, sorted, each with the rules it wakes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Bounds {
    /// Ascending: a value wakes every bound up to it.
    pub(crate) at_least: Vec<(Num, u32)>,
    /// Ascending: a value wakes every bound from it on.
    pub(crate) at_most: Vec<(Num, u32)>,
}

/// What the values of one field wake.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct FieldWake {
    pub(crate) unknown: Vec<u32>,
    pub(crate) missing: Vec<u32>,
    pub(crate) bounds: Bounds,
    #[serde(serialize_with = "crate::names::in_order")]
    pub(crate) equals: Names<Vec<u32>>,
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

const SEVERAL: u32 = 1 << 31;

/// The index of all covers.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    /// For each list the one rule that waits for it, or [`SEVERAL`] and where in `woken` the number of its rules stands, which follow.
    behind: Column<u32>,
    woken: Column<u32>,
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
        let Some([behind]) = self.behind.get(list.index()..=list.index()) else { return &[] };
        if behind & SEVERAL == 0 {
            return std::slice::from_ref(behind);
        }
        let Some((count, rules)) = self.woken.get((behind & !SEVERAL) as usize..).and_then(<[u32]>::split_first) else { return &[] };
        rules.get(..*count as usize).unwrap_or_default()
    }

    /// Asks for what stands behind a list.
    #[inline]
    pub(crate) fn prefetch(&self, list: ListId) {
        crate::kernel::prefetch(&self.behind, list.index());
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
                Trigger::Equals(field, text) => self.field(*field).equals.entry(text.as_str().into()).or_default().push(variant),
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
        // None wait for most lists: the number at the beginning is theirs.
        let (mut behind, mut woken) = (vec![SEVERAL; lists], vec![0]);
        for group in by_list.chunk_by(|a, b| a.0 == b.0) {
            let Some(place) = group.first().and_then(|(list, _)| behind.get_mut(*list as usize)) else { continue };
            match group {
                [(_, only)] if *only < SEVERAL => *place = *only,
                _ => {
                    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                    *place = SEVERAL | narrow(woken.len());
                    woken.push(narrow(group.len()));
                    woken.extend(group.iter().map(|(_, variant)| *variant));
                }
            }
        }
        (self.behind, self.woken) = (behind.into(), woken.into());
        for (_, field) in &mut self.fields {
            let order = |a: &(Num, u32), b: &(Num, u32)| a.0.compare(b.0).unwrap_or(std::cmp::Ordering::Equal);
            field.bounds.at_least.sort_by(order);
            field.bounds.at_most.sort_by(order);
        }
        self.fields.retain(|(_, field)| !field.is_empty());
    }
}

impl Wake {
    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let of_field = |field: &FieldWake| {
            let lists = field.unknown.len() + field.missing.len() + field.flags.iter().map(Vec::len).sum::<usize>();
            let equals: usize = field.equals.iter().map(|(text, rules)| text.len() + 48 + rules.len() * 4).sum();
            lists * 4 + equals + (field.bounds.at_least.len() + field.bounds.at_most.len()) * size_of::<(Num, u32)>()
        };
        (self.behind.len() + self.woken.len() + self.always.len()) * 4 + self.fields.iter().map(|(_, field)| of_field(field)).sum::<usize>()
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        out.column(Part::Wake, &self.behind);
        out.column(Part::Wake, &self.woken);
        out.value(Part::Wake, &(&self.fields, &self.always));
    }

    pub(crate) fn load(from: &mut Reader) -> Result<Wake, LoadError> {
        let (behind, woken) = (from.column(Part::Wake)?, from.column(Part::Wake)?);
        let (fields, always) = from.value(Part::Wake)?;
        Ok(Wake { behind, woken, fields, always, by_list: Vec::new() })
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
