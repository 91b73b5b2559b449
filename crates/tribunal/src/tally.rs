//! What was met in a run over many items.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use tribunal_core::{Item, Value, Verdict};
use tribunal_policy::{FieldId, Policy};

use crate::decision::{Decision, FORMAT};
use crate::json::JsonItem;

/// Counts of a run; those of parts of a run add up to those of the whole.
///
/// ```
/// use tribunal::{Moderator, Tally};
///
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}")?;
/// let count = |lines: &[&str]| {
///     let mut tally = Tally::default();
///     for line in lines {
///         let Ok(item) = moderator.read_json(line) else {
///             tally.broken();
///             continue;
///         };
///         let decision = moderator.decide_with(&item, &mut Default::default()).into_decision_looking_at_incomplete();
///         tally.decided(&decision, item.unknown_keys());
///     }
///     tally
/// };
/// let mut whole = count(&[r#"{"caption": "my GLOCK"}"#, "no item"]);
/// whole.add(&count(&[r#"{"caption": 7, "colour": "red"}"#]));
/// assert_eq!((whole.items, whole.broken, whole.matched, whole.unknown_keys), (2, 1, 1, 1));
/// assert_eq!(whole.wrong_type["caption"], 1);
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "Counts of a run; those of parts of a run add up to those of the whole."))]
pub struct Tally {
    /// Version of this form.
    pub format: u32,
    /// Items that were decided.
    pub items: u64,
    /// Lines that are no item.
    pub broken: u64,
    /// Items on which a live rule with an effect fired.
    pub matched: u64,
    /// Items with a rule that could not be judged.
    pub not_judged: u64,
    /// Items that name a market the policy does not have.
    pub unknown_market: u64,
    /// Items over a limit, by the reason.
    pub over_limit: BTreeMap<String, u64>,
    /// Items in which a field has a wrong type, by field.
    pub wrong_type: BTreeMap<String, u64>,
    /// Items with keys that the policy does not know.
    pub unknown_keys: u64,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            format: FORMAT,
            items: 0,
            broken: 0,
            matched: 0,
            not_judged: 0,
            unknown_market: 0,
            over_limit: BTreeMap::new(),
            wrong_type: BTreeMap::new(),
            unknown_keys: 0,
        }
    }
}

impl Tally {
    /// Counts a decision; `unknown_keys` is [`crate::JsonItem::unknown_keys`].
    pub fn decided(&mut self, decision: &Decision, unknown_keys: u32) {
        self.items += 1;
        self.matched += u64::from(!decision.rules.is_empty());
        self.not_judged += u64::from(!decision.unknown.is_empty());
        self.unknown_market += u64::from(decision.problems.unknown_market.is_some());
        self.unknown_keys += u64::from(unknown_keys > 0);
        if let Some(why) = &decision.incomplete {
            *self.over_limit.entry(why.clone()).or_default() += 1;
        }
        for field in &decision.problems.wrong_type {
            *self.wrong_type.entry(field.clone()).or_default() += 1;
        }
    }

    /// Counts a verdict as [`Tally::decided`] counts its decision.
    ///
    /// ```
    /// use tribunal::{Moderator, Scratch, Tally};
    ///
    /// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}")?;
    /// let item = moderator.read_json(r#"{"caption": 7, "colour": "red"}"#)?;
    /// let (mut scratch, mut tallies) = (Scratch::new(), [Tally::default(), Tally::default()]);
    /// let verdict = moderator.decide_into(&item, &mut scratch, &mut Vec::new());
    /// tallies[0].judged(moderator.policy(), &item, verdict);
    /// tallies[1].decided(&moderator.decide_with(&item, &mut scratch).into_decision_looking_at_incomplete(), item.unknown_keys());
    /// assert_eq!(tallies[0], tallies[1]);
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    pub fn judged(&mut self, policy: &Policy, item: &JsonItem<'_>, verdict: &Verdict) {
        self.items += 1;
        self.matched += u64::from(!verdict.rules.is_empty());
        self.not_judged += u64::from(!verdict.unknown.is_empty());
        // A market that the policy has stand in is none that the item names.
        let named = matches!(item.value(FieldId::MARKET), Value::Text(_));
        self.unknown_market += u64::from(verdict.unknown_market && named);
        self.unknown_keys += u64::from(item.unknown_keys() > 0);
        if let Some(why) = verdict.incomplete {
            *self.over_limit.entry(why.name().to_owned()).or_default() += 1;
        }
        for field in &verdict.wrong_type {
            *self.wrong_type.entry(policy.field_name(*field).to_owned()).or_default() += 1;
        }
    }

    /// Counts a line that is no item.
    pub fn broken(&mut self) {
        self.broken += 1;
    }

    /// Adds the counts of another part of the run.
    pub fn add(&mut self, other: &Tally) {
        let Tally { format: _, items, broken, matched, not_judged, unknown_market, over_limit, wrong_type, unknown_keys } = other;
        self.items += items;
        self.broken += broken;
        self.matched += matched;
        self.not_judged += not_judged;
        self.unknown_market += unknown_market;
        self.unknown_keys += unknown_keys;
        for (mine, theirs) in [(&mut self.over_limit, over_limit), (&mut self.wrong_type, wrong_type)] {
            for (name, count) in theirs {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
    }
}
