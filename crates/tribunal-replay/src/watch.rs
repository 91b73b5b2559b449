//! The watch over new and edited rules: a rule that fires far more than it should raises an alarm. It is shown, and nothing
//! is switched off by it.
//!
//! Two questions, each an exact test on counts, Bonferroni over all that were asked: does the rule fire on more than the share
//! of items that was granted (AbuseFilter's emergency threshold), and does it fire otherwise than it did before.

use serde::{Deserialize, Serialize};

use crate::report::{Report, RuleRates};
use crate::stats::rates::{at_least, conditional};
use crate::stats::real;

/// The chance of a false alarm, over all rules and questions together.
pub const ALPHA: f64 = 0.05;

/// What rules are held against.
#[derive(Clone, Debug)]
pub struct Watching {
    /// The share of items that no single rule may exceed.
    pub share: f64,
    /// A report of an earlier time, under the policy that was in force then.
    pub history: Option<Box<Report>>,
}

/// What the watch saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// New and edited rules that were looked at.
    pub rules: u64,
    /// The share of items that no single rule may exceed.
    pub share: f64,
    /// What rules were held against: `report`, `old policy on these items`, or `nothing`.
    pub history: String,
    /// Questions asked: each alarm has its p-value below 0.05 by this.
    pub family: u64,
    /// Rules that went wrong.
    pub alarms: Vec<Alarm>,
}

/// What is wrong with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It fires on more than the share that was granted.
    OverShare,
    /// It fires more often than before.
    Rose,
    /// It fires more seldom than before.
    Fell,
}

/// A rule that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub kind: Kind,
    /// Items it fired on, and all items (where items have weights, as many as would have done without).
    pub now: (u64, u64),
    /// The same before; for [`Kind::OverShare`] absent.
    pub before: Option<(u64, u64)>,
    /// The p-value of its test, not adjusted.
    pub p: f64,
}

impl Alarm {
    /// In words.
    pub fn words(&self) -> String {
        let share = |(k, n): (u64, u64)| format!("{:.2} % of items ({k} of {n})", 100.0 * real(k) / real(n.max(1)));
        let found = share(self.now);
        match (self.kind, self.before) {
            (Kind::Rose, Some(before)) => format!("{} fires on {found}, before on {}: p = {:.1e}", self.rule, share(before), self.p),
            (Kind::Fell, Some(before)) => format!("{} fires on {found} only, before on {}: p = {:.1e}", self.rule, share(before), self.p),
            _ => format!("{} fires on {found}, more than it was granted: p = {:.1e}", self.rule, self.p),
        }
    }
}

/// Hits and items as if there were no weights: the number of items that would have told as much (Kish).
fn counts(rule: &RuleRates, effective: f64) -> Option<(u64, u64)> {
    let share = rule.fired.estimate?;
    let n = real(rule.fired.n) * effective;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of items")]
    Some(if (effective - 1.0).abs() < 1e-9 { (rule.fired.k, rule.fired.n) } else { ((share * n).round() as u64, n.round() as u64) })
}

/// Looks at the changed rules; `effective` is the share of items that counts where weights differ, 1 without.
pub(crate) fn watch(rules: &[RuleRates], watching: &Watching, effective: f64) -> Watch {
    use crate::cube::Side;
    let changed: Vec<&RuleRates> = rules.iter().filter(|rule| rule.side == Side::New && rule.changed).collect();
    let before = |name: &str| -> Option<(u64, u64)> {
        match &watching.history {
            Some(history) => history.rules.iter().find(|rule| rule.side == Side::New && rule.rule == name).and_then(|rule| counts(rule, 1.0)),
            None => rules.iter().find(|rule| rule.side == Side::Old && rule.rule == name).and_then(|rule| counts(rule, effective)),
        }
    };
    let mut asked: Vec<Alarm> = Vec::new();
    for rule in &changed {
        let Some(now @ (k, n)) = counts(rule, effective) else { continue };
        asked.push(Alarm { rule: rule.rule.clone(), kind: Kind::OverShare, now, before: None, p: at_least(k, n, watching.share) });
        if let Some(before) = before(&rule.rule) {
            let rose = real(k) * real(before.1) > real(before.0) * real(n);
            let kind = if rose { Kind::Rose } else { Kind::Fell };
            asked.push(Alarm { rule: rule.rule.clone(), kind, now, before: Some(before), p: conditional(now, before) });
        }
    }
    let family = asked.len() as u64;
    let mut alarms: Vec<Alarm> = asked.into_iter().filter(|alarm| alarm.p * real(family) <= ALPHA).collect();
    alarms.sort_by(|a, b| a.p.total_cmp(&b.p).then_with(|| a.rule.cmp(&b.rule)));
    let history = match &watching.history {
        Some(_) => "report",
        None if rules.iter().any(|rule| rule.side == Side::Old) => "old policy on these items",
        None => "nothing",
    };
    Watch { rules: changed.len() as u64, share: watching.share, history: history.to_owned(), family, alarms }
}
