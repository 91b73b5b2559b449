//! The mergeable result of a replay: counts by group, counts by rule, and examples kept by hash.
//!
//! Counts are integers, weights included (fixed point, 2^-20), so that any number of threads or shards, merged in any order,
//! gives the same cube. Everything derived is computed once, from the merged integers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::axes::{Axes, Packed};
use crate::error::Error;
pub use crate::keys::Keys;

/// Version of the form of [`Cube`].
pub const FORMAT: u32 = 2;
/// One, as a weight.
pub const ONE: u64 = 1 << 20;
/// The largest weight, as a multiple of one.
pub const MAX_WEIGHT: f64 = 1e9;
/// How many broken rows are kept with their place.
const BROKEN_KEPT: usize = 10_000;

/// A weighted count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Items.
    pub n: u64,
    /// Sum of weights, in units of 2^-20.
    pub w: u128,
    /// Sum of squared weights, in units of 2^-40.
    pub w2: u128,
    /// Sum of weights times views, in units of 2^-20.
    pub views: u128,
}

impl Count {
    /// One item.
    pub fn one(weight: u64, views: u64) -> Count {
        let w = u128::from(weight);
        Count { n: 1, w, w2: w * w, views: w * u128::from(views) }
    }

    /// Adds the items of another count.
    pub fn add(&mut self, other: &Count) {
        self.n += other.n;
        self.w = self.w.saturating_add(other.w);
        self.w2 = self.w2.saturating_add(other.w2);
        self.views = self.views.saturating_add(other.views);
    }

    /// The sum of weights.
    #[expect(clippy::cast_precision_loss, reason = "a number for people")]
    pub fn weight(&self) -> f64 {
        self.w as f64 / ONE as f64
    }

    /// The sum of squared weights.
    #[expect(clippy::cast_precision_loss, reason = "a number for people")]
    pub fn squared(&self) -> f64 {
        self.w2 as f64 / (ONE as f64 * ONE as f64)
    }

    /// The sum of views.
    #[expect(clippy::cast_precision_loss, reason = "a number for people")]
    pub fn viewed(&self) -> f64 {
        self.views as f64 / ONE as f64
    }
}

/// Old or new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The old policy.
    Old,
    /// The new policy.
    New,
}

/// Whether an item violates, as its label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// Not labelled, `unsure`, or nobody said which labels are violations.
    Unlabelled,
    /// Labelled, and no violation.
    Negative,
    /// Labelled a violation.
    Positive,
}

/// What a group has in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Group {
    /// The item's market as written; "" without one.
    pub market: String,
    /// Primary subtag of its language; "" without one.
    pub lang: String,
    /// Its label; "" without one.
    pub label: String,
    /// What the label says.
    pub truth: Truth,
    /// Its stratum; "" without one.
    pub stratum: String,
    /// Values of the fields of `--by`, joined by U+001F.
    pub by: String,
    /// The old decision; `None` where there is none to compare with.
    pub old: Option<Packed>,
    /// The new decision.
    pub new: Packed,
}

/// Counts of one rule in one slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Items on which it fired, live.
    pub fired: Count,
    /// Of these, items on which it had no effect of its own: it gave points, or other rules refer to it.
    pub silent: Count,
    /// Of `fired`, items on which no other live rule with an effect fired.
    pub sole: Count,
    /// Of these, items whose decision would be another one without it.
    pub pivotal: Count,
    /// Items on which it fired in shadow.
    pub shadow: Count,
    /// Items on which it could not be judged.
    pub unjudged: Count,
    /// Of `fired`, labelled items.
    pub labelled: Count,
    /// Of `fired`, items labelled violations.
    pub positive: Count,
    /// Under the new policy: items on which it fires and the rule of that name in the old policy does not.
    pub gained: Count,
    /// Under the new policy: items on which it does not fire and the rule of that name in the old policy does.
    pub lost: Count,
}

impl RuleCount {
    /// Whether the rule did anything, now or before; where it could not be judged is told by field.
    pub(crate) fn fires(&self) -> bool {
        self.fired.n + self.shadow.n + self.lost.n > 0
    }

    fn add(&mut self, other: &RuleCount) {
        let RuleCount { fired, silent, sole, pivotal, shadow, unjudged, labelled, positive, gained, lost } = other;
        for (mine, theirs) in [
            (&mut self.fired, fired),
            (&mut self.silent, silent),
            (&mut self.sole, sole),
            (&mut self.pivotal, pivotal),
            (&mut self.shadow, shadow),
            (&mut self.unjudged, unjudged),
            (&mut self.labelled, labelled),
            (&mut self.positive, positive),
            (&mut self.gained, gained),
            (&mut self.lost, lost),
        ] {
            mine.add(theirs);
        }
    }
}

/// What became of items: `actioned`, `reported`, `appealed`, `overturned`, as the items say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Items on which the platform acted.
    pub actioned: Count,
    /// Of these, items that say whether anybody had reported them before.
    pub told: Count,
    /// Of these, items that nobody had reported before.
    pub unreported: Count,
    /// Of the actioned items, those appealed against.
    pub appealed: Count,
    /// Of the appealed ones, those where the action was reversed.
    pub overturned: Count,
}

impl Outcomes {
    pub(crate) fn add(&mut self, other: &Outcomes) {
        let Outcomes { actioned, told, unreported, appealed, overturned } = other;
        self.actioned.add(actioned);
        self.told.add(told);
        self.unreported.add(unreported);
        self.appealed.add(appealed);
        self.overturned.add(overturned);
    }
}

/// What was made on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Items.
    pub items: u64,
    /// Of these, items on which the old policy acts.
    pub old_acts: u64,
    /// Items on which the new policy acts.
    pub new_acts: u64,
    /// Items whose decision changes.
    pub changed: u64,
}

impl Day {
    fn add(&mut self, other: Day) {
        let Day { items, old_acts, new_acts, changed } = other;
        for (mine, theirs) in [(&mut self.items, items), (&mut self.old_acts, old_acts), (&mut self.new_acts, new_acts), (&mut self.changed, changed)] {
            *mine += theirs;
        }
    }
}

/// Two names of a rule's counts by slice: side, rule, the other name, what is sliced by, the value.
pub type PairSlice = (Side, String, String, String, String);

/// Where a rule's counts belong: side, rule, what is sliced by (`all`, `market`, `lang`, `stratum` or a field), the value.
pub type RuleSlice = (Side, String, String, String);

/// An item that is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Example {
    /// File and line.
    pub file: String,
    /// Its line or row.
    pub line: u64,
    /// The item.
    pub json: String,
    /// Rules of the new policy that acted on it.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// Items of one class of change, kept by hash: a simple random sample of the class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservoir {
    /// How many items the class has.
    pub of: Count,
    /// Those with the smallest hashes.
    pub items: BTreeMap<String, Example>,
    /// Items that hang by one rule, those with the smallest hashes.
    pub boundary: BTreeMap<String, Example>,
}

/// How many items of a class are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// Of a class whose decision changes.
    pub changed: usize,
    /// Of a class whose decision does not change.
    pub same: usize,
    /// Of those that hang by one rule.
    pub boundary: usize,
}

impl Default for Keep {
    fn default() -> Keep {
        Keep { changed: 500, same: 200, boundary: 40 }
    }
}

/// What has to be equal before cubes are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of this form.
    pub format: u32,
    /// Digest of the old policy or `logged:COLUMN`.
    pub old: Option<String>,
    /// Digest of the new policy.
    pub new: String,
    /// The space of decisions.
    pub axes: Axes,
    /// Fields that counts are sliced by.
    pub by: Vec<String>,
    /// Items with a hash below this were taken; absent: all.
    pub sample: Option<u64>,
    /// Seed of the hashes.
    pub seed: u64,
    /// How many examples are kept.
    pub keep: Keep,
}

/// The result of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cube {
    /// What it is a result of.
    pub header: Header,
    /// Items.
    pub items: Count,
    /// Rows that are no item.
    pub broken: u64,
    /// Where the first of them stand, and what is wrong.
    #[serde(with = "pairs")]
    pub broken_at: BTreeMap<(String, u64), String>,
    /// Items that `--where` left out.
    pub left_out: u64,
    /// Of these, items for which it could not be judged.
    pub left_out_unjudged: u64,
    /// Items that were not drawn.
    pub not_drawn: u64,
    /// Items whose weight is no positive number up to 10^9: taken as 1.
    pub bad_weight: u64,
    /// Items whose logged decision cannot be read.
    pub bad_logged: u64,
    /// Items over a limit, by side and reason.
    #[serde(with = "pairs")]
    pub incomplete: BTreeMap<(Side, String), u64>,
    /// Items that name a market the new policy does not have.
    pub unknown_market: u64,
    /// Items without an id.
    pub without_id: u64,
    /// Ids met.
    pub keys: Keys,
    /// Items by the day they were made (days since 1970-01-01).
    pub days: BTreeMap<i64, Day>,
    /// Items in which a field has a value.
    pub present: BTreeMap<String, u64>,
    /// Items in which a field has a wrong type.
    pub wrong_type: BTreeMap<String, u64>,
    /// Counts by group.
    pub groups: Vec<(Group, Count)>,
    /// Counts by rule and slice.
    pub rules: Vec<(RuleSlice, RuleCount)>,
    /// Items on which two rules fired together: rules in order, by slice.
    pub together: Vec<(PairSlice, Count)>,
    /// Items on which a rule could not be judged: rule and missing field, by slice.
    pub missing: Vec<(PairSlice, Count)>,
    /// Examples by class: old decision, new decision.
    pub examples: Vec<((Option<Packed>, Packed), Reservoir)>,
    /// Labelled items that one policy gets right and the other wrong, by hash: `true` where the new one is right.
    pub discordant: BTreeMap<String, bool>,
    /// What became of items afterwards, by stratum.
    pub outcomes: BTreeMap<String, Outcomes>,
}

impl Cube {
    /// Puts another part of the same run in.
    ///
    /// # Errors
    ///
    /// When it is of another run.
    pub fn merge(&mut self, other: Cube) -> Result<(), Error> {
        if self.header != other.header {
            return Err(Error::Merge("they are of other policies, slices, seeds or versions".to_owned()));
        }
        let Cube {
            header: _,
            items,
            broken,
            broken_at,
            left_out,
            left_out_unjudged,
            not_drawn,
            bad_weight,
            bad_logged,
            incomplete,
            unknown_market,
            without_id,
            keys,
            days,
            present,
            wrong_type,
            groups,
            rules,
            together,
            missing,
            examples,
            discordant,
            outcomes,
        } = other;
        self.items.add(&items);
        for (mine, theirs) in [
            (&mut self.broken, broken),
            (&mut self.left_out, left_out),
            (&mut self.left_out_unjudged, left_out_unjudged),
            (&mut self.not_drawn, not_drawn),
            (&mut self.bad_weight, bad_weight),
            (&mut self.bad_logged, bad_logged),
            (&mut self.unknown_market, unknown_market),
            (&mut self.without_id, without_id),
        ] {
            *mine += theirs;
        }
        self.broken_at.extend(broken_at);
        while self.broken_at.len() > BROKEN_KEPT {
            self.broken_at.pop_last();
        }
        sum(&mut self.incomplete, incomplete);
        days.into_iter().for_each(|(day, theirs)| self.days.entry(day).or_default().add(theirs));
        sum(&mut self.present, present);
        sum(&mut self.wrong_type, wrong_type);
        self.keys.merge(&keys);
        self.groups = merged(std::mem::take(&mut self.groups), groups, Count::add);
        self.rules = merged(std::mem::take(&mut self.rules), rules, RuleCount::add);
        self.together = merged(std::mem::take(&mut self.together), together, Count::add);
        self.missing = merged(std::mem::take(&mut self.missing), missing, Count::add);
        for (stratum, theirs) in outcomes {
            self.outcomes.entry(stratum).or_default().add(&theirs);
        }
        let keep = self.header.keep;
        let mut classes: BTreeMap<_, Reservoir> = std::mem::take(&mut self.examples).into_iter().collect();
        for (class, theirs) in examples {
            let changed = is_change(&class.0, &class.1);
            let mine = classes.entry(class).or_default();
            mine.of.add(&theirs.of);
            for (hash, example) in theirs.items {
                put(&mut mine.items, hash, || example, if changed { keep.changed } else { keep.same });
            }
            for (hash, example) in theirs.boundary {
                put(&mut mine.boundary, hash, || example, keep.boundary);
            }
        }
        self.examples = classes.into_iter().collect();
        self.discordant.extend(discordant);
        Ok(())
    }

    /// Notes a row that is no item.
    pub fn broken(&mut self, file: &str, line: u64, why: &str) {
        self.broken += 1;
        self.broken_at.insert((file.to_owned(), line), why.to_owned());
        while self.broken_at.len() > BROKEN_KEPT {
            self.broken_at.pop_last();
        }
    }
}

/// Whether a class is one of changed decisions.
pub fn is_change(old: &Option<Packed>, new: &Packed) -> bool {
    old.as_ref().is_some_and(|old| old != new)
}

/// Keeps the entries with the smallest keys; of two with one key the smaller.
pub(crate) fn put(items: &mut BTreeMap<String, Example>, hash: String, example: impl FnOnce() -> Example, most: usize) {
    if items.len() >= most && items.last_key_value().is_none_or(|(last, _)| *last < hash) {
        return;
    }
    let example = example();
    match items.get_mut(&hash) {
        Some(known) if *known <= example => {}
        Some(known) => *known = example,
        None => {
            items.insert(hash, example);
            if items.len() > most {
                items.pop_last();
            }
        }
    }
}

fn sum<K: Ord>(mine: &mut BTreeMap<K, u64>, theirs: BTreeMap<K, u64>) {
    for (key, count) in theirs {
        *mine.entry(key).or_default() += count;
    }
}

fn merged<K: Ord, V: Default>(mine: Vec<(K, V)>, theirs: Vec<(K, V)>, add: fn(&mut V, &V)) -> Vec<(K, V)> {
    let mut all: BTreeMap<K, V> = BTreeMap::new();
    for (key, value) in mine.into_iter().chain(theirs) {
        add(all.entry(key).or_default(), &value);
    }
    all.into_iter().collect()
}

/// Maps whose keys JSON has no place for, as lists of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_hashes_stay() {
        let example = |line| Example { file: "f".to_owned(), line, json: String::new(), rules: Vec::new() };
        let mut items = BTreeMap::new();
        for (at, hash) in ["d", "a", "c", "b", "a"].into_iter().enumerate() {
            put(&mut items, hash.to_owned(), || example(at as u64), 2);
        }
        assert_eq!(items.iter().map(|(hash, example)| (hash.as_str(), example.line)).collect::<Vec<_>>(), [("a", 1), ("b", 3)]);
    }

    #[test]
    fn other_runs_are_refused() {
        let mut cube = Cube::default();
        let other = Cube { header: Header { seed: 1, ..Header::default() }, ..Cube::default() };
        assert!(cube.merge(other).is_err());
    }
}
