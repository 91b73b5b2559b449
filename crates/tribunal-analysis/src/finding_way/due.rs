//! What falls due.

use serde::{Deserialize, Serialize};
use tribunal_policy::model::Target;
use tribunal_policy::time::Instant;
use tribunal_policy::{Policy, time};

use super::{FORMAT, place};
use crate::PolicyName;

/// What ends, begins or is to be looked at within some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyName,
    /// The day it is asked for.
    pub on: String,
    /// Days looked ahead.
    pub within_days: u32,
    /// By date.
    pub lines: Vec<DueLine>,
}

/// One thing that falls due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DueLine {
    /// The day; of an end the last day in force.
    pub date: String,
    /// Days from the day asked for; below zero: overdue.
    pub days: i64,
    /// `review`, `ends` or `begins`.
    pub kind: String,
    /// `rule`, `override` or `terms`.
    pub what: String,
    /// The rule or list.
    pub name: String,
    /// The market of an override.
    pub market: Option<String>,
    /// Terms that fall due on this day.
    pub terms: u64,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it is written; of terms the first.
    pub place: String,
}

/// Reviews that are overdue or fall within the days, and what ends or begins within them, counted from the day of `on` (seconds
/// since 1970-01-01 UTC).
pub fn due(policy: &Policy, on: i64, within_days: u32) -> Due {
    let day = on.div_euclid(86_400);
    let days = |at: Instant| at.seconds.div_euclid(86_400) - day;
    let ahead = |days: i64| (0..=i64::from(within_days)).contains(&days);
    let mut lines: Vec<DueLine> = Vec::new();
    let mut put = |at: Option<Instant>, kind: &str, line: &dyn Fn() -> DueLine| {
        let Some(at) = at else { return };
        let left = days(at);
        // A review that nobody made stays due; what has ended is history.
        if ahead(left) || (kind == "review" && left < 0) {
            lines.push(DueLine { date: time::display(at.seconds.div_euclid(86_400) * 86_400), days: left, kind: kind.to_owned(), ..line() });
        }
    };
    for rule in &policy.rules {
        let line = || DueLine { what: "rule".to_owned(), name: rule.name.clone(), owner: rule.owner.clone(), place: place(policy, rule.span), ..blank() };
        put(rule.review_by, "review", &line);
        put(rule.effective_until, "ends", &line);
        put(rule.effective_from, "begins", &line);
    }
    for (market, change) in policy.markets.iter().flat_map(|market| market.overrides.iter().map(move |change| (market, change))) {
        let (name, owner, window) = match &change.target {
            Target::Rule(id, own) => {
                let rule = policy.rules.get(id.index());
                (rule.map(|rule| rule.name.clone()), rule.and_then(|rule| rule.owner.clone()), Some(own))
            }
            Target::List(id, _) => {
                let list = policy.lists.get(id.index());
                (list.map(|list| list.name.clone()), list.and_then(|list| list.owner.clone()), None)
            }
        };
        let line = || DueLine {
            what: "override".to_owned(),
            name: name.clone().unwrap_or_default(),
            market: Some(market.name.clone()),
            owner: change.approved_by.clone().or_else(|| owner.clone()),
            place: place(policy, change.span),
            ..blank()
        };
        put(change.review_by, "review", &line);
        put(window.and_then(|own| own.effective_until), "ends", &line);
        put(window.and_then(|own| own.effective_from), "begins", &line);
    }
    for list in policy.lists.iter().filter(|list| !list.inline) {
        for entry in &list.entries {
            let line =
                || DueLine { what: "terms".to_owned(), name: list.name.clone(), terms: 1, owner: list.owner.clone(), place: entry.place.clone(), ..blank() };
            put(entry.until, "ends", &line);
            put(entry.since, "begins", &line);
        }
    }
    lines.sort();
    // Terms of one list on one day are one line.
    lines.dedup_by(|next, first| {
        let same = next.what == "terms" && (&next.date, &next.kind, &next.what, &next.name) == (&first.date, &first.kind, &first.what, &first.name);
        if same {
            first.terms += next.terms;
        }
        same
    });
    Due { format: FORMAT, policy: PolicyName::of(policy), on: time::display(day * 86_400), within_days, lines }
}

fn blank() -> DueLine {
    DueLine {
        date: String::new(),
        days: 0,
        kind: String::new(),
        what: String::new(),
        name: String::new(),
        market: None,
        terms: 0,
        owner: None,
        place: String::new(),
    }
}
