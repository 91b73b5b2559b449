//! What comes out, by numbers.

use tribunal_policy::{AxisId, FieldId, MarketId, RuleId};

use crate::limits::Incomplete;

/// A rule that could not be judged; its fields are in [`Verdict::missing`].
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: vape-minor, when: caption has \"vape\" and author.age < 18, effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("new vape", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits::default())?;
/// let mut scratch = Scratch::new();
/// let verdict = engine.classify(&post, Call::default(), &mut scratch);
/// let names: Vec<_> = verdict.unknown.iter().map(|unjudged| engine.policy().rules[unjudged.rule.index()].name.as_str()).collect();
/// assert_eq!(names, ["vape-minor"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Unjudged {
    /// Which.
    pub rule: RuleId,
    first: u32,
    count: u32,
}

/// The decision about one item. Two verdicts are equal when they say the same.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: gun, when: caption has \"glock\", effect: {distribution: removed}}
///   - {id: gun-trial, stage: shadow, when: caption has \"glock\", effect: {account: strike}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("my glock", policy.field("caption").ok_or("built in")?);
/// let distribution = policy.axis("distribution").ok_or("a default axis")?;
/// let engine = Engine::new(policy, Limits::default())?;
/// let mut scratch = Scratch::new();
/// // It is borrowed from the scratch: clone what has to outlive the next item.
/// let verdict = engine.classify(&post, Call::default(), &mut scratch).clone();
/// assert_eq!((verdict.rules.len(), verdict.shadow.len(), verdict.incomplete), (1, 1, None));
/// // Levels count from the mildest value of an axis: normal, search_limited, feed_ineligible, removed.
/// assert_eq!(verdict.levels[distribution.index()], 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// For each ordered axis of the policy its value; 0 for set axes.
    pub levels: Vec<u8>,
    /// Labels of set axes, by their numbers in the engine.
    pub labels: Vec<u32>,
    /// Live rules that fired and have an effect, sorted.
    pub rules: Vec<RuleId>,
    /// Live rules that fired and have no effect of their own (they may give points), sorted.
    pub without_effect: Vec<RuleId>,
    /// Rules in shadow that fired, sorted.
    pub shadow: Vec<RuleId>,
    /// Rules that could not be judged, sorted.
    pub unknown: Vec<Unjudged>,
    /// Rules that could not be judged for want of pending fields alone, sorted.
    pub pending: Vec<Unjudged>,
    /// Why the item was not judged as a whole.
    pub incomplete: Option<Incomplete>,
    /// The market whose overlay decided.
    pub market: Option<MarketId>,
    /// The item names a market that the policy does not have.
    pub unknown_market: bool,
    /// Fields whose value has the wrong type.
    pub wrong_type: Vec<FieldId>,
    fields: Vec<FieldId>,
}

impl PartialEq for Verdict {
    fn eq(&self, other: &Verdict) -> bool {
        // Where the missing fields are stored depends on the order in which rules were judged.
        let same = |mine: &[Unjudged], theirs: &[Unjudged]| {
            mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(a, b)| a.rule == b.rule && self.missing(a) == other.missing(b))
        };
        self.levels == other.levels
            && self.labels == other.labels
            && self.rules == other.rules
            && self.without_effect == other.without_effect
            && self.shadow == other.shadow
            && same(&self.unknown, &other.unknown)
            && same(&self.pending, &other.pending)
            && self.incomplete == other.incomplete
            && self.market == other.market
            && self.unknown_market == other.unknown_market
            && self.wrong_type == other.wrong_type
    }
}

impl Eq for Verdict {}

impl Verdict {
    pub(crate) fn clear(&mut self, axes: usize) {
        self.levels.clear();
        self.levels.resize(axes, 0);
        self.labels.clear();
        self.rules.clear();
        self.without_effect.clear();
        self.shadow.clear();
        self.unknown.clear();
        self.pending.clear();
        self.incomplete = None;
        self.market = None;
        self.unknown_market = false;
        self.wrong_type.clear();
        self.fields.clear();
    }

    /// The fields that a rule could not be judged without, sorted by id.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Call, Engine, Limits, Scratch};
    /// # use tribunal_core::{Item, Value};
    /// # use tribunal_policy::FieldId;
    /// # struct Post(&'static str, FieldId);
    /// # impl Item for Post {
    /// #     fn value(&self, field: FieldId) -> Value<'_> {
    /// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
    /// #     }
    /// # }
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: young, when: author.age < 13, effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let post = Post("hello", policy.field("caption").ok_or("built in")?);
    /// let engine = Engine::new(policy, Limits::default())?;
    /// let mut scratch = Scratch::new();
    /// let verdict = engine.classify(&post, Call::default(), &mut scratch);
    /// let missing: Vec<_> = verdict.missing(&verdict.unknown[0]).iter().map(|field| engine.policy().field_name(*field)).collect();
    /// assert_eq!(missing, ["author.age"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing(&self, unjudged: &Unjudged) -> &[FieldId] {
        let first = unjudged.first as usize;
        self.fields.get(first..first + unjudged.count as usize).unwrap_or_default()
    }

    pub(crate) fn unjudged(&mut self, rule: RuleId, fields: &[FieldId], pending: bool) {
        let place = self.fields(fields);
        self.unjudged_for(rule, place, pending);
    }

    /// Keeps the names of fields that several rules lack.
    pub(crate) fn fields(&mut self, fields: &[FieldId]) -> (u32, u32) {
        let first = u32::try_from(self.fields.len()).unwrap_or(u32::MAX);
        self.fields.extend_from_slice(fields);
        (first, u32::try_from(fields.len()).unwrap_or(u32::MAX))
    }

    /// A rule that lacks fields whose names are [kept](Verdict::fields).
    pub(crate) fn unjudged_for(&mut self, rule: RuleId, (first, count): (u32, u32), pending: bool) {
        let unjudged = Unjudged { rule, first, count };
        if pending { self.pending.push(unjudged) } else { self.unknown.push(unjudged) }
    }

    pub(crate) fn contribute(&mut self, levels: &[(AxisId, u8)], labels: &[u32]) {
        for (axis, level) in levels {
            if let Some(mine) = self.levels.get_mut(axis.index()) {
                *mine = (*mine).max(*level);
            }
        }
        for label in labels {
            if !self.labels.contains(label) {
                self.labels.push(*label);
            }
        }
    }

    pub(crate) fn sort(&mut self) {
        self.labels.sort_unstable();
        self.rules.sort_unstable();
        self.without_effect.sort_unstable();
        self.shadow.sort_unstable();
        self.unknown.sort_unstable_by_key(|unjudged| unjudged.rule);
        self.pending.sort_unstable_by_key(|unjudged| unjudged.rule);
        self.wrong_type.sort_unstable();
        self.wrong_type.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_whatever_the_order_of_judging() {
        let judged = |order: [u32; 2]| {
            let mut verdict = Verdict::default();
            for rule in order {
                verdict.unjudged(RuleId(rule), &[FieldId(rule + 7)], false);
            }
            verdict.sort();
            verdict
        };
        assert_eq!(judged([1, 2]), judged([2, 1]));
        let mut other = judged([1, 2]);
        other.fields.swap(0, 1);
        assert_ne!(judged([1, 2]), other);
    }
}
