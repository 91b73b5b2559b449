//! Gates: conditions on the figures of a replay, which pass, fail, or cannot be told from so few items.
//!
//! ```text
//! new.removed.rate <= old.removed.rate * 1.1      a share against a share, on the same items
//! new.removed.rate@BR <= 2 %                      of one market, against a number
//! changed.rate <= 50 in 10000                     also stricter, milder
//! new.rule.gore.rate <= 0.01                      a rule fires
//! new.precision >= 90 %                           also recall; new.rule.gore.precision
//! ```

use serde::{Deserialize, Serialize};

use super::build::View;
use super::rate::{Design, Rate, enough};
use crate::axes::Direction;
use crate::cube::{Group, Side, Truth, is_change};
use crate::error::Error;
use crate::plan::{Old, Plan};

/// How a gate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds, and the interval says so.
    Passed,
    /// It does not hold, and the interval says so.
    Failed,
    /// The interval has both.
    NotEnoughData,
}

impl Outcome {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::NotEnoughData => "not enough data",
        }
    }
}

/// A gate and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// As written.
    pub gate: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found.
    pub found: String,
    /// Items that would be likely to settle it.
    pub would_do: Option<u64>,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    what: What,
    market: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Changed,
    Towards(Direction),
    /// A value of an ordered axis or a label.
    Value(Side, String),
    Acts(Side),
    Fires(Side, String),
    RulePrecision(Side, String),
    Precision(Side),
    Recall(Side),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    AtMost,
    AtLeast,
}

enum Right {
    Number(f64),
    Share(Term, f64),
}

/// Judges one gate.
pub(crate) fn judge(text: &str, plan: &Plan, view: &View<'_>, idle: &[String]) -> Result<GateResult, Error> {
    let wrong = |why: &str| Error::Usage(format!("--gate `{text}`: {why}"));
    let (left, order, right) = ["<=", ">=", "<", ">"]
        .iter()
        .find_map(|op| text.split_once(op).map(|(left, right)| (left, if op.starts_with('<') { Order::AtMost } else { Order::AtLeast }, right)))
        .ok_or_else(|| wrong("write FIGURE <= FIGURE or FIGURE >= FIGURE, for example `new.removed.rate <= old.removed.rate * 1.1`"))?;
    let left = term(left, plan).map_err(|why| wrong(&why))?;
    let right = match number(right) {
        Some(number) => Right::Number(number),
        None => {
            let (figure, factor) = match right.split_once('*') {
                Some((figure, factor)) => (figure, number(factor).ok_or_else(|| wrong("behind `*` stands a number"))?),
                None => (right, 1.0),
            };
            Right::Share(term(figure, plan).map_err(|why| wrong(&why))?, factor)
        }
    };
    let mut result = compare(text, view, &left, order, &right);
    if view.design == Design::None && result.outcome != Outcome::NotEnoughData {
        result.outcome = Outcome::NotEnoughData;
        result.found.push_str("; the design of the sample is not stated (--design)");
    }
    if !idle.is_empty() && result.outcome != Outcome::NotEnoughData {
        result.outcome = Outcome::NotEnoughData;
        result.found.push_str(&format!("; in force for no item: {}", idle.join(", ")));
    }
    Ok(result)
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(percent) = text.strip_suffix('%') {
        return Some(percent.trim().parse::<f64>().ok()? / 100.0);
    }
    if let Some((count, of)) = text.split_once(" in ") {
        return Some(count.trim().parse::<f64>().ok()? / of.trim().replace(',', "").parse::<f64>().ok()?);
    }
    text.parse().ok()
}

fn term(text: &str, plan: &Plan) -> Result<Term, String> {
    let text = text.trim();
    let (figure, market) = text.split_once('@').map_or((text, None), |(figure, market)| (figure, Some(market.trim().to_ascii_uppercase())));
    let figure = figure.trim();
    let has_old = !matches!(plan.old, Old::None);
    let what = match figure {
        "changed.rate" => What::Changed,
        "stricter.rate" => What::Towards(Direction::Stricter),
        "milder.rate" => What::Towards(Direction::Milder),
        _ => {
            let (side, rest) = figure.split_once('.').ok_or_else(|| format!("`{figure}` is no figure"))?;
            let side = match side {
                "new" => Side::New,
                "old" => Side::Old,
                _ => return Err(format!("`{figure}` begins with neither `new.` nor `old.`")),
            };
            if let Some(rule) = rest.strip_prefix("rule.") {
                let (rule, kind) = rule.rsplit_once('.').ok_or_else(|| format!("`{figure}` lacks `.rate` or `.precision`"))?;
                let policy = if side == Side::New { Some(plan.new.policy()) } else { plan.old_policy().map(tribunal::Moderator::policy) };
                let known = policy.is_some_and(|policy| policy.rule(rule).is_some());
                match kind {
                    _ if !known => return Err(format!("there is no rule `{rule}`")),
                    "rate" => What::Fires(side, rule.to_owned()),
                    "precision" => What::RulePrecision(side, rule.to_owned()),
                    _ => return Err(format!("`{kind}` is neither `rate` nor `precision`")),
                }
            } else {
                match rest {
                    "precision" => What::Precision(side),
                    "recall" => What::Recall(side),
                    "acts.rate" => What::Acts(side),
                    _ => {
                        let value = rest.strip_suffix(".rate").ok_or_else(|| format!("`{figure}` lacks `.rate`"))?;
                        let axes = &plan.header().axes;
                        let known = axes.ordered.iter().any(|axis| axis.values.iter().any(|known| known == value))
                            || axes.labels.iter().any(|label| label.split_once(": ").is_some_and(|(_, label)| label == value));
                        if !known {
                            return Err(format!("no axis has the value `{value}`"));
                        }
                        What::Value(side, value.to_owned())
                    }
                }
            }
        }
    };
    let old_needed = matches!(
        what,
        What::Changed | What::Towards(_) | What::Value(Side::Old, _) | What::Acts(Side::Old) | What::Precision(Side::Old) | What::Recall(Side::Old)
    );
    if old_needed && !has_old {
        return Err(format!("`{figure}` needs an old policy (--old)"));
    }
    if market.is_some() && matches!(what, What::Fires(..) | What::RulePrecision(..)) {
        return Err("a market goes with decisions, not with a rule".to_owned());
    }
    Ok(Term { what, market })
}

/// Whether a term holds for a group, where it is a share of all (compared) items.
fn holds(view: &View<'_>, what: &What, group: &Group) -> Option<bool> {
    let axes = &view.cube.header.axes;
    let decision = |side: &Side| if *side == Side::New { Some(&group.new) } else { group.old.as_ref() };
    Some(match what {
        What::Changed => is_change(&group.old, &group.new),
        What::Towards(wanted) => group.old.as_ref().is_some_and(|old| axes.direction(old, &group.new) == *wanted),
        What::Value(side, value) => {
            decision(side).is_some_and(|decision| axes.names(decision).values().any(|known| known.split(" + ").any(|known| known == value)))
        }
        What::Acts(side) => decision(side).is_some_and(|decision| axes.acts(decision)),
        What::Fires(..) | What::RulePrecision(..) | What::Precision(_) | What::Recall(_) => return None,
    })
}

fn of(view: &View<'_>, term: &Term) -> Rate {
    let here = |group: &Group| term.market.as_ref().is_none_or(|market| group.market == *market);
    let axes = &view.cube.header.axes;
    let acts = |side: Side, group: &Group| if side == Side::New { axes.acts(&group.new) } else { group.old.as_ref().is_some_and(|old| axes.acts(old)) };
    let needs_old = matches!(&term.what, What::Changed | What::Towards(_) | What::Value(Side::Old, _) | What::Acts(Side::Old));
    match &term.what {
        What::Fires(side, rule) => view.rule_rate(*side, rule, |count| count.fired, |_| None),
        What::RulePrecision(side, rule) => view.rule_rate(*side, rule, |count| count.positive, |count| Some(count.labelled)),
        What::Precision(side) => {
            view.rate(|group| here(group) && group.truth != Truth::Unlabelled && acts(*side, group), |group| group.truth == Truth::Positive)
        }
        What::Recall(side) => {
            let unhit = view.cube.groups.iter().any(|(group, _)| group.truth != Truth::Unlabelled && !acts(*side, group));
            if unhit {
                view.rate(|group| here(group) && group.truth == Truth::Positive, |group| acts(*side, group))
            } else {
                Rate::not_estimable("no labelled items among those that are not acted on")
            }
        }
        what => view.rate(|group| here(group) && (!needs_old || group.old.is_some()), |group| holds(view, what, group).unwrap_or(false)),
    }
}

fn compare(text: &str, view: &View<'_>, left: &Term, order: Order, right: &Right) -> GateResult {
    let result = |outcome, found, would_do| GateResult { gate: text.to_owned(), outcome, found, would_do };
    let rate = of(view, left);
    let Some(estimate) = rate.estimate else { return result(Outcome::NotEnoughData, rate.words(), None) };
    match right {
        Right::Number(bound) => {
            let (lo, hi) = (rate.lo.unwrap_or(estimate), rate.hi.unwrap_or(estimate));
            let outcome = within(lo, hi, *bound, order);
            let would_do = if outcome == Outcome::NotEnoughData { enough(estimate, *bound) } else { None };
            result(outcome, rate.words(), would_do)
        }
        Right::Share(other, factor) => {
            let second = of(view, other);
            let found = format!("{} against {}", rate.words(), second.words());
            let paired = holds_both(view, left, other, *factor);
            let (lo, hi) = match (paired, second.estimate) {
                // Both on the same items: the difference has an interval of its own, much narrower than two intervals side by side.
                (Some((lo, hi)), _) => (lo, hi),
                (None, Some(mid)) => {
                    let scaled = |share: Option<f64>| share.unwrap_or(mid) * factor;
                    (rate.lo.unwrap_or(estimate) - scaled(second.hi), rate.hi.unwrap_or(estimate) - scaled(second.lo))
                }
                (None, None) => return result(Outcome::NotEnoughData, found, None),
            };
            let outcome = within(lo, hi, 0.0, order);
            let would_do = if outcome == Outcome::NotEnoughData { widened(view, lo, hi) } else { None };
            result(outcome, found, would_do)
        }
    }
}

/// The interval of left − factor · right, where both are shares of the same items.
fn holds_both(view: &View<'_>, left: &Term, right: &Term, factor: f64) -> Option<(f64, f64)> {
    if left.market != right.market {
        return None;
    }
    let (first, _) = view.cube.groups.first()?;
    holds(view, &left.what, first)?;
    holds(view, &right.what, first)?;
    let here = |group: &Group| left.market.as_ref().is_none_or(|market| group.market == *market) && group.old.is_some();
    let value = |what: &What, group: &Group| f64::from(u8::from(holds(view, what, group).unwrap_or(false)));
    let mean = view.mean(here, |group| value(&left.what, group) - factor * value(&right.what, group))?;
    Some(mean.interval.map_or((mean.value, mean.value), |interval| (interval.lo, interval.hi)))
}

fn within(lo: f64, hi: f64, bound: f64, order: Order) -> Outcome {
    let (fits, breaks) = match order {
        Order::AtMost => (hi <= bound, lo > bound),
        Order::AtLeast => (lo >= bound, hi < bound),
    };
    match (fits, breaks) {
        (true, _) => Outcome::Passed,
        (_, true) => Outcome::Failed,
        _ => Outcome::NotEnoughData,
    }
}

/// Items that would narrow the interval of a difference until it leaves zero.
fn widened(view: &View<'_>, lo: f64, hi: f64) -> Option<u64> {
    let (middle, half) = (f64::midpoint(lo, hi).abs(), (hi - lo) / 2.0);
    if middle <= 0.0 || half <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a round number for people")]
    let n = (crate::stats::real(view.cube.items.n) * (half / middle).powi(2)).ceil().min(1e15) as u64;
    Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!([number("0.5"), number(" 2 % "), number("50 in 10,000"), number("old.x.rate")], [Some(0.5), Some(0.02), Some(0.005), None]);
    }

    #[test]
    fn three_ends() {
        assert_eq!(within(0.1, 0.2, 0.3, Order::AtMost), Outcome::Passed);
        assert_eq!(within(0.4, 0.5, 0.3, Order::AtMost), Outcome::Failed);
        assert_eq!(within(0.2, 0.5, 0.3, Order::AtMost), Outcome::NotEnoughData);
        assert_eq!(within(0.4, 0.5, 0.3, Order::AtLeast), Outcome::Passed);
    }
}
