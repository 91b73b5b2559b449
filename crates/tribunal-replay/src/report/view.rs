//! A cube as a report asks it: shares and means of groups and rules.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::rate::{Cell, Design, Mean, Rate, mean};
use crate::axes::Packed;
use crate::cube::{Count, Cube, Group, RuleCount, Side};

/// The counts of a rule by what they are sliced by and its value.
type Slices<'a> = Vec<(&'a str, &'a str, &'a RuleCount)>;

/// Groups of items, all of a cube or those of one slice.
pub(super) struct Groups<'a> {
    pub(super) cube: &'a Cube,
    pub(super) design: Design,
    pub(super) groups: Vec<&'a (Group, Count)>,
}

/// All groups, and what rules did: those are counted by slice where they are counted.
pub(super) struct View<'a> {
    all: Groups<'a>,
    /// Counts by rule, so that a thousand rules are not sought a thousand times.
    pub(super) by_rule: BTreeMap<(Side, &'a str), Slices<'a>>,
    /// All items by stratum; under "" where the design has none.
    totals: BTreeMap<&'a str, Count>,
}

impl<'a> Deref for View<'a> {
    type Target = Groups<'a>;

    fn deref(&self) -> &Groups<'a> {
        &self.all
    }
}

impl<'a> Groups<'a> {
    /// Some of the groups alone.
    pub(super) fn part(&self, groups: Vec<&'a (Group, Count)>) -> Groups<'a> {
        Groups { cube: self.cube, design: self.design, groups }
    }

    /// The share of the items that `of` picks for which `hit` holds.
    pub(super) fn rate(&self, of: impl Fn(&Group) -> bool, hit: impl Fn(&Group) -> bool) -> Rate {
        let mut cells: BTreeMap<&str, Cell> = BTreeMap::new();
        for (group, count) in self.groups.iter().filter(|(group, _)| of(group)) {
            let cell = cells.entry(group.stratum.as_str()).or_default();
            cell.all.add(count);
            if hit(group) {
                cell.hits.add(count);
            }
        }
        Rate::new(self.design, &cells.into_values().collect::<Vec<_>>())
    }

    /// Items that `of` picks.
    pub(super) fn items(&self, of: impl Fn(&Group) -> bool) -> u64 {
        self.groups.iter().filter(|(group, _)| of(group)).map(|(_, count)| count.n).sum()
    }

    /// The mean of a variable over the items that `of` picks.
    pub(super) fn mean(&self, of: impl Fn(&Group) -> bool, y: impl Fn(&Group) -> f64) -> Option<Mean> {
        let values: Vec<(&str, f64, Count)> =
            self.groups.iter().filter(|(group, _)| of(group)).map(|(group, count)| (group.stratum.as_str(), y(group), *count)).collect();
        mean(self.design, &values)
    }

    pub(super) fn level(&self, axis: usize, level: u8) -> impl Fn(&Packed) -> bool {
        move |decision| decision.get(axis) == Some(&level)
    }
}

impl<'a> View<'a> {
    pub(super) fn new(cube: &'a Cube, design: Design) -> View<'a> {
        let mut by_rule: BTreeMap<(Side, &str), Slices<'_>> = BTreeMap::new();
        for ((side, rule, by, value), count) in &cube.rules {
            by_rule.entry((*side, rule)).or_default().push((by, value, count));
        }
        let mut totals: BTreeMap<&str, Count> = BTreeMap::new();
        for (group, count) in &cube.groups {
            totals.entry(if design == Design::Stratified { group.stratum.as_str() } else { "" }).or_default().add(count);
        }
        View { all: Groups { cube, design, groups: cube.groups.iter().collect() }, by_rule, totals }
    }

    /// The share of items on which a rule's count of some kind rises, by stratum where there are strata.
    pub(super) fn rule_rate(&self, side: Side, rule: &str, hit: impl Fn(&RuleCount) -> Count, all: impl Fn(&RuleCount) -> Option<Count>) -> Rate {
        let wanted = if self.design == Design::Stratified { "stratum" } else { "all" };
        let mut cells: BTreeMap<&str, Cell> = self.totals.iter().map(|(stratum, all)| (*stratum, Cell { hits: Count::default(), all: *all })).collect();
        let mut own: BTreeMap<&str, Cell> = BTreeMap::new();
        for (_, value, count) in self.by_rule.get(&(side, rule)).into_iter().flatten().filter(|(by, ..)| *by == wanted) {
            if let Some(cell) = cells.get_mut(value) {
                cell.hits = hit(count);
            }
            if let Some(all) = all(count) {
                own.insert(value, Cell { hits: hit(count), all });
            }
        }
        let cells = if own.is_empty() { cells } else { own };
        Rate::new(self.design, &cells.into_values().collect::<Vec<_>>())
    }

    /// What a rule did in one slice.
    pub(super) fn rule_slice(&self, side: Side, rule: &str, by: &str, value: &str) -> RuleCount {
        let slices = self.by_rule.get(&(side, rule)).into_iter().flatten();
        slices.filter(|(of, is, _)| *of == by && *is == value).map(|(.., count)| **count).next().unwrap_or_default()
    }
}
