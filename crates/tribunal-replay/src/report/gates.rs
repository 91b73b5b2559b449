//! Gates: conditions on the figures of a replay, which pass, fail, or cannot be told from so few items.
//!
//! ```text
//! new.removed.rate <= old.removed.rate * 1.1      a share against a share, on the same items
//! new.removed.rate@BR <= 2 %                      of one market, against a number
//! changed.rate <= 50 in 10000                     also stricter, milder
//! new.rule.gore.rate <= 0.01                      a rule fires; of one market: new.rule.gore.rate@BR
//! new.precision >= 90 %                           also recall; new.rule.gore.precision
//! ```

use serde::{Deserialize, Serialize};
use tribunal_policy::suggest::did_you_mean;

use std::collections::BTreeMap;

use super::rate::{Cell, Design, Rate, enough};
use super::view::View;
use crate::axes::Direction;
use crate::cube::{Count, Group, Side, Truth, is_change};
use crate::error::Error;
use crate::plan::{Old, Plan};
use crate::stats::beta_quantile;
use crate::stats::random::Random;

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

impl GateResult {
    /// What was found, and how many items would do where there were not enough.
    pub fn said(&self) -> String {
        self.would_do.map_or_else(|| self.found.clone(), |n| format!("{}; about {n} items would do", self.found))
    }
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

impl What {
    /// A quality is told in percent, a share of items in 10,000, as everywhere else.
    fn is_quality(&self) -> bool {
        matches!(self, What::RulePrecision(..) | What::Precision(_) | What::Recall(_))
    }
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

/// Whether a gate makes sense for a replay, so that a mistake in it is told before the first item is read.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(text: &str, plan: &Plan) -> Result<(), Error> {
    parse(text, plan).map(drop)
}

fn parse(text: &str, plan: &Plan) -> Result<(Term, Order, Right), Error> {
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
    Ok((left, order, right))
}

/// Judges one gate.
pub(super) fn judge(text: &str, plan: &Plan, view: &View<'_>, idle: &[String]) -> Result<GateResult, Error> {
    let (left, order, right) = parse(text, plan)?;
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
                    _ if !known => {
                        let names = policy.into_iter().flat_map(|policy| &policy.rules).map(|rule| rule.name.as_str());
                        let help = did_you_mean(rule, names).map(|help| format!("; {help}")).unwrap_or_default();
                        return Err(format!("there is no rule `{rule}`{help}"));
                    }
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
                            let labels = axes.labels.iter().filter_map(|label| label.split_once(": ")).map(|(_, label)| label);
                            let values = axes.ordered.iter().flat_map(|axis| &axis.values).map(String::as_str);
                            let help = did_you_mean(value, values.chain(labels)).map(|help| format!("; {help}")).unwrap_or_default();
                            return Err(format!("no axis has the value `{value}`{help}"));
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
        What::Fires(..) | What::RulePrecision(..) if term.market.is_some() => in_market(view, &term.what, term.market.as_deref().unwrap_or_default()),
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

/// A rule's figure in one market.
fn in_market(view: &View<'_>, what: &What, market: &str) -> Rate {
    let (What::Fires(side, rule) | What::RulePrecision(side, rule)) = what else { return Rate::not_estimable("no rule") };
    if view.design == Design::Stratified {
        return Rate::not_estimable("what a rule does is counted by market and by stratum, not by both together");
    }
    let count = view.rule_slice(*side, rule, "market", market);
    let cell = if matches!(what, What::Fires(..)) {
        let mut all = Count::default();
        view.cube.groups.iter().filter(|(group, _)| group.market == market).for_each(|(_, count)| all.add(count));
        Cell { hits: count.fired, all }
    } else {
        Cell { hits: count.positive, all: count.labelled }
    };
    Rate::new(view.design, &[cell])
}

fn compare(text: &str, view: &View<'_>, left: &Term, order: Order, right: &Right) -> GateResult {
    let result = |outcome, found, would_do| GateResult { gate: text.to_owned(), outcome, found, would_do };
    let rate = of(view, left);
    let said = |rate: &Rate| if left.what.is_quality() { rate.percent() } else { rate.words() };
    let Some(estimate) = rate.estimate else { return result(Outcome::NotEnoughData, said(&rate), None) };
    match right {
        Right::Number(bound) => {
            let (lo, hi) = (rate.lo.unwrap_or(estimate), rate.hi.unwrap_or(estimate));
            let outcome = within(lo, hi, *bound, order);
            let would_do = if outcome == Outcome::NotEnoughData { enough(estimate, *bound) } else { None };
            result(outcome, said(&rate), would_do)
        }
        Right::Share(other, factor) => {
            let second = of(view, other);
            let found = format!("{} against {}", said(&rate), said(&second));
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
    let mut strata: BTreeMap<&str, [Count; 4]> = BTreeMap::new();
    for (group, count) in view.cube.groups.iter().filter(|(group, _)| here(group)) {
        let value = |what: &What| usize::from(holds(view, what, group).unwrap_or(false));
        let cells = strata.entry(if view.design == Design::Stratified { group.stratum.as_str() } else { "" }).or_default();
        if let Some(cell) = cells.get_mut(2 * value(&left.what) + value(&right.what)) {
            cell.add(count);
        }
    }
    let all: f64 = strata.values().flatten().map(Count::weight).sum();
    if all <= 0.0 {
        return None;
    }
    let difference = |shares: [f64; 4]| {
        let [_, right, left, both] = shares;
        left + both - factor * (right + both)
    };
    if matches!(view.design, Design::Census | Design::None) {
        let exact: f64 = strata.values().map(|cells| difference(cells.map(|cell| cell.weight() / all))).sum();
        return Some((exact, exact));
    }
    let posteriors: Vec<(f64, [f64; 4])> = strata
        .values()
        .map(|cells| {
            let (weight, n) = (cells.iter().map(Count::weight).sum::<f64>(), crate::stats::real(cells.iter().map(|cell| cell.n).sum()));
            // Where weights differ, as many items as would have told as much without (Kish).
            let squared: f64 = cells.iter().map(Count::squared).sum();
            let effective = if view.design == Design::Poisson && squared > 0.0 { (weight * weight / squared).min(n) } else { n };
            (weight / all, cells.map(|cell| cell.weight() / weight.max(f64::MIN_POSITIVE) * effective))
        })
        .collect();
    Some(multinomial(&posteriors, difference))
}

/// The 95 % interval of a linear figure of four shares by stratum: Jeffreys' posterior, Dirichlet with one half added to each count,
/// by seeded draws. Like Jeffreys' for one share it keeps its word where nothing was hit, and Wald's would have no width.
fn multinomial(strata: &[(f64, [f64; 4])], figure: impl Fn([f64; 4]) -> f64) -> (f64, f64) {
    let draws = (40_000 / strata.len().max(1)).clamp(500, 4_000);
    let mut random = Random::new(1);
    let mut drawn: Vec<f64> = (0..draws)
        .map(|_| {
            strata
                .iter()
                .map(|(share, counts)| {
                    // A Dirichlet by breaking a stick: what is left after each part goes to the later ones.
                    let mut left = 1.0;
                    let mut rest: f64 = counts.iter().sum::<f64>() + 2.0;
                    let parts = counts.map(|count| {
                        rest -= count + 0.5;
                        let part = if rest > 1e-9 { beta_quantile(count + 0.5, rest, random.share()) } else { 1.0 };
                        let mine = left * part;
                        left -= mine;
                        mine
                    });
                    share * figure(parts)
                })
                .sum()
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |place: usize| drawn.get(place).copied().unwrap_or(f64::NAN);
    (at(draws / 40), at(draws - draws / 40 - 1))
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
    fn nothing_hit_is_not_sure() {
        // None of twenty removed by either policy: the difference may still be some percent.
        let difference = |[_, right, left, both]: [f64; 4]| left + both - 1.1 * (right + both);
        let (lo, hi) = multinomial(&[(1.0, [20.0, 0.0, 0.0, 0.0])], difference);
        assert!(lo < -0.01 && hi > 0.01, "{lo} {hi}");
        let (lo, hi) = multinomial(&[(1.0, [9_000.0, 500.0, 400.0, 100.0])], difference);
        assert!((f64::midpoint(lo, hi) - (0.05 - 1.1 * 0.06)).abs() < 2e-3 && hi - lo < 0.02, "{lo} {hi}");
    }

    #[test]
    fn three_ends() {
        assert_eq!(within(0.1, 0.2, 0.3, Order::AtMost), Outcome::Passed);
        assert_eq!(within(0.4, 0.5, 0.3, Order::AtMost), Outcome::Failed);
        assert_eq!(within(0.2, 0.5, 0.3, Order::AtMost), Outcome::NotEnoughData);
        assert_eq!(within(0.4, 0.5, 0.3, Order::AtLeast), Outcome::Passed);
    }
}
