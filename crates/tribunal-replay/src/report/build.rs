//! From merged counts to a report.

use std::collections::{BTreeMap, BTreeSet};

use tribunal::PolicyRef;
use tribunal_policy::model::Stage;
use tribunal_policy::{MarketId, Policy, time};

use super::gates;
use super::rate::{Cell, Design, Rate};
use super::view::{Groups, View};
use super::{
    Changes, DataFile, DayRow, FORMAT, FieldShare, InSlices, Kept, Manifest, Moved, OutcomeRates, Overlap, Paired, Quality, Report, Review, RuleRates,
    RuleSlice, Sample, Slice, Transition, Unknown, ValueRates,
};
use crate::anytime::Anytime;
use crate::axes::{Direction, Packed};
use crate::cube::{Count, Cube, Group, ONE, Outcomes, PairSlice, RuleCount, Side, Truth, is_change};
use crate::error::Error;
use crate::launch::Reading;
use crate::plan::{Old, Plan};
use crate::stats::multiple::{benjamini_hochberg, e_bh};
use crate::stats::paired::{EProcess, e_value, mcnemar_exact};
use crate::stats::queue;
use crate::watch::{Watching, watch};

/// What is known beside the counts.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// How items were drawn.
    pub design: Design,
    /// Files of items.
    pub data: Vec<DataFile>,
    /// Gates, as written.
    pub gates: Vec<String>,
    /// Names of columns.
    pub map: Vec<String>,
    /// Items a day that the platform gets.
    pub items_a_day: Option<f64>,
    /// Seconds that a review takes.
    pub handling_s: Option<f64>,
    /// What new and edited rules are held against.
    pub watching: Option<Watching>,
    /// The test that goes on from run to run, as it stood before.
    pub anytime: Option<Anytime>,
}

const OVERLAPS: usize = 100;

/// Computes a report.
///
/// # Errors
///
/// When a gate makes no sense, when the design goes by strata and no item says its own, or when the items of an anytime test have been
/// counted before.
pub fn build(plan: &Plan, cube: &Cube, facts: &Facts) -> Result<Report, Error> {
    if let (Design::Stratified, Some(field)) = (facts.design, &plan.options.stratum)
        && cube.items.n > 0
        && cube.groups.iter().all(|(group, _)| group.stratum.is_empty())
    {
        return Err(Error::Usage(format!("--stratum {field}: no item says of which stratum it is")));
    }
    let view = View::new(cube, facts.design);
    let mut rules = rules(plan, &view);
    let moved_family = moved(plan, facts.design, &mut rules);
    let idle = idle_rules(plan, cube);
    let family = rules.len() as u64;
    let has_old = !matches!(plan.old, Old::None);
    let gates = facts.gates.iter().map(|gate| gates::judge(gate, plan, &view, &idle)).collect::<Result<Vec<_>, _>>()?;
    let changed = cube.examples.iter().filter(|((old, new), _)| is_change(old, new));
    let kept = changed.fold(Kept::default(), |sum, (_, class)| Kept { changed: sum.changed + class.of.n, kept: sum.kept + class.items.len() as u64 });
    Ok(Report {
        format: FORMAT.to_owned(),
        manifest: manifest(plan, facts),
        sample: sample(plan, cube),
        caveats: caveats(plan, cube, facts, &idle),
        changes: has_old.then(|| changes(&view)),
        decisions: decisions(&view, has_old),
        transitions: if has_old { transitions(&view) } else { Vec::new() },
        overlaps: overlaps(cube),
        slices: slices(plan, &view, has_old),
        quality: plan.options.judges_labels().then(|| quality(&view, has_old)),
        review: review(&view, facts, has_old),
        unknowns: pairs(&cube.missing).map(|(side, rule, field, items, slices)| Unknown { side, rule, field, items, slices }).collect(),
        days: days(cube, has_old),
        moved_family,
        outcomes: outcomes(cube, facts.design),
        watch: facts.watching.as_ref().map(|watching| watch(&rules, watching, effective(&cube.items))),
        anytime: match &facts.anytime {
            Some(before) => Some(before.clone().go_on(plan, cube, &facts.data)?),
            None => None,
        },
        rules,
        gates,
        family,
        kept,
        not_checked: not_checked(plan, facts),
    })
}

/// The share of items that counts where weights differ (Kish): 1 without.
fn effective(items: &Count) -> f64 {
    if items.squared() > 0.0 { (items.weight() * items.weight() / items.squared() / crate::stats::real(items.n)).min(1.0) } else { 1.0 }
}

/// What became of items; `None` where none says it.
fn outcomes(cube: &Cube, design: Design) -> Option<OutcomeRates> {
    if cube.outcomes.is_empty() {
        return None;
    }
    let mut all: BTreeMap<&str, Count> = BTreeMap::new();
    cube.groups.iter().for_each(|(group, count)| all.entry(&group.stratum).or_default().add(count));
    let rate = |hits: fn(&Outcomes) -> Count, of: Option<fn(&Outcomes) -> Count>| {
        let none = Outcomes::default();
        let cells: Vec<Cell> = all
            .iter()
            .map(|(stratum, count)| {
                let mine = cube.outcomes.get(*stratum).unwrap_or(&none);
                Cell { hits: hits(mine), all: of.map_or(*count, |of| of(mine)) }
            })
            .filter(|cell| cell.all.n > 0)
            .collect();
        Rate::new(design, &cells)
    };
    Some(OutcomeRates {
        actioned: rate(|of| of.actioned, None),
        proactive: rate(|of| of.unreported, Some(|of| of.told)),
        appealed: rate(|of| of.appealed, Some(|of| of.actioned)),
        overturned_of_appealed: rate(|of| of.overturned, Some(|of| of.appealed)),
        overturned_of_actioned: rate(|of| of.overturned, Some(|of| of.actioned)),
    })
}

fn policy_ref(policy: &Policy) -> PolicyRef {
    PolicyRef { id: policy.id.clone(), version: policy.version.clone(), digest: format!("b3:{}", policy.digest) }
}

fn manifest(plan: &Plan, facts: &Facts) -> Manifest {
    let options = &plan.options;
    Manifest {
        old: plan.old_policy().map(|old| policy_ref(old.policy())),
        logged: match &plan.old {
            Old::Logged(column) => Some(column.clone()),
            _ => None,
        },
        new: policy_ref(plan.new.policy()),
        data: facts.data.clone(),
        reading: options.reading,
        launched: plan.launched.clone(),
        as_of: options.as_of,
        only: options.only.clone(),
        by: options.by.clone(),
        positive: options.positive.clone(),
        negative: options.negative.clone(),
        stratum: options.stratum.clone(),
        design: facts.design,
        sample: options.sample,
        seed: options.seed,
        level: 0.95,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        map: facts.map.clone(),
    }
}

fn counted<'a>(cube: &'a Cube, key: impl Fn(&'a Group) -> &'a str) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (group, count) in &cube.groups {
        *counts.entry(key(group)).or_default() += count.n;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

fn day(day: i64) -> String {
    time::display(day * 86_400).get(..10).unwrap_or_default().to_owned()
}

fn days(cube: &Cube, has_old: bool) -> Vec<DayRow> {
    let row = |(at, made): (&i64, &crate::cube::Day)| DayRow {
        day: day(*at),
        items: made.items,
        old_acts: has_old.then_some(made.old_acts),
        new_acts: made.new_acts,
        changed: has_old.then_some(made.changed),
    };
    cube.days.iter().map(row).collect()
}

fn sample(plan: &Plan, cube: &Cube) -> Sample {
    let days = cube.days.first_key_value().zip(cube.days.last_key_value());
    let (doubled, doubled_exact) = cube.keys.doubled();
    let side = |side: &Side| if *side == Side::Old { "old" } else { "new" };
    Sample {
        items: cube.items.n,
        weight: cube.items.weight(),
        broken: cube.broken,
        broken_at: cube.broken_at.iter().take(20).map(|((file, line), why)| (format!("{file}:{line}"), why.clone())).collect(),
        doubled,
        doubled_exact,
        without_id: cube.without_id,
        left_out: (cube.left_out, cube.left_out_unjudged),
        not_drawn: cube.not_drawn,
        bad_weight: cube.bad_weight,
        bad_logged: cube.bad_logged,
        over_limit: cube.incomplete.iter().map(|((of, why), count)| (format!("{}: {why}", side(of)), *count)).collect(),
        unknown_market: cube.unknown_market,
        days: days.map(|((first, _), (last, _))| (day(*first), day(*last))),
        dated: cube.days.values().map(|day| day.items).sum(),
        markets: counted(cube, |group| &group.market),
        labels: counted(cube, |group| &group.label),
        fields: cube
            .present
            .iter()
            .map(|(field, present)| FieldShare { field: field.clone(), present: *present, wrong_type: cube.wrong_type.get(field).copied().unwrap_or(0) })
            .collect(),
        joined: plan.labels.as_ref().map(crate::labels::Labels::joined),
    }
}

/// Changed rules that were in force for no item, by stage, dates and the markets that were met.
fn idle_rules(plan: &Plan, cube: &Cube) -> Vec<String> {
    let policy = plan.new.policy();
    let met: BTreeSet<Option<MarketId>> = cube.groups.iter().map(|(group, _)| policy.market(&group.market)).collect();
    let (first, last) = match (plan.options.as_of, cube.days.first_key_value(), cube.days.last_key_value()) {
        (Some(now), ..) => (Some(now), Some(now)),
        (None, Some((first, _)), Some((last, _))) => (Some(first * 86_400), Some(last * 86_400 + 86_399)),
        _ => (None, None),
    };
    let mut live: BTreeSet<&str> = BTreeSet::new();
    for rule in met.iter().flat_map(|market| policy.effective(*market)) {
        let begun = rule.effective_from.is_none_or(|from| last.is_some_and(|last| from.seconds <= last));
        let lasts = rule.effective_until.is_none_or(|until| first.is_some_and(|first| first < until.end()));
        if rule.stage == Stage::Live && begun && lasts {
            live.extend(policy.rules.get(rule.rule.index()).map(|rule| rule.name.as_str()));
        }
    }
    plan.launched.changed_rules.iter().filter(|name| !live.contains(name.as_str())).cloned().collect()
}

fn caveats(plan: &Plan, cube: &Cube, facts: &Facts, idle: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let launched = &plan.launched;
    out.push(match plan.options.reading {
        Reading::AsLaunched => format!(
            "as launched: what differs counts as live, at 100 % and in force (rules that differ: {}; put in force for this run only: {}{})",
            launched.changed_rules.len(),
            launched.lifted_rules.len(),
            if launched.lifted_terms > 0 { format!("; {} terms had their dates lifted", launched.lifted_terms) } else { String::new() }
        ),
        Reading::AsWritten => "as written: stage, rollout and dates hold as the policy says".to_owned(),
    });
    if !idle.is_empty() {
        out.push(format!("in force for no item of this sample: {}", idle.join(", ")));
    }
    if facts.design == Design::None {
        out.push("the design of the sample is not stated: shares are of these items only, and no interval is given".to_owned());
    }
    if cube.items.n == 0 {
        out.push("there is no item: nothing is known".to_owned());
    }
    for (at, field) in plan.options.by.iter().enumerate().filter(|_| cube.items.n > 0) {
        if cube.groups.iter().all(|(group, _)| group.by.split('\u{1F}').nth(at).is_none_or(str::is_empty)) {
            out.push(format!("--by {field}: no item has it"));
        }
    }
    if facts.design == Design::Poisson && plan.options.sample.is_none() && cube.items.n > 0 && cube.items.w == u128::from(cube.items.n) * u128::from(ONE) {
        out.push("drawn by weight, and every weight is 1: do the items lack `weight` or `pi`?".to_owned());
    }
    let mut tell = |count: u64, what: &str| {
        if count > 0 {
            out.push(format!("{what}: {count}"));
        }
    };
    tell(cube.broken, "rows that are no items, left out");
    tell(cube.bad_weight, "items whose weight is no positive number up to 10^9, taken as 1");
    tell(cube.bad_logged, "items whose logged decision cannot be read, not compared");
    tell(cube.unknown_market, "items of a market that the policy does not have");
    tell(cube.incomplete.values().sum(), "items over a limit, not judged as a whole");
    let unlabelled = cube.groups.iter().filter(|(group, _)| group.truth == Truth::Unlabelled).map(|(_, count)| count.n).sum::<u64>();
    if plan.options.judges_labels() && unlabelled > 0 {
        out.push(format!("items without a label that counts, left out of precision and recall: {unlabelled}"));
    }
    out
}

fn direction(view: &Groups<'_>, group: &Group) -> Option<Direction> {
    group.old.as_ref().map(|old| view.cube.header.axes.direction(old, &group.new))
}

fn changes(view: &Groups<'_>) -> Changes {
    let compared = |group: &Group| group.old.is_some();
    let which = |wanted: Direction| view.rate(compared, |group| direction(view, group) == Some(wanted));
    Changes {
        changed: view.rate(compared, |group| is_change(&group.old, &group.new)),
        stricter: which(Direction::Stricter),
        milder: which(Direction::Milder),
        other: which(Direction::Other),
    }
}

fn decisions(view: &Groups<'_>, has_old: bool) -> Vec<ValueRates> {
    let axes = &view.cube.header.axes;
    let mut out = Vec::new();
    let mut add = |axis: &str, value: &str, holds: &dyn Fn(&Packed) -> bool| {
        let compared = |group: &Group| group.old.is_some();
        let before = |group: &Group| group.old.as_ref().is_some_and(holds);
        out.push(ValueRates {
            axis: axis.to_owned(),
            value: value.to_owned(),
            old: has_old.then(|| view.rate(compared, before)),
            new: view.rate(|_| true, |group| holds(&group.new)),
            difference: if has_old { view.mean(compared, |group| f64::from(u8::from(holds(&group.new))) - f64::from(u8::from(before(group)))) } else { None },
        });
    };
    for (at, axis) in axes.ordered.iter().enumerate() {
        for (level, value) in axis.values.iter().enumerate() {
            add(&axis.name, value, &view.level(at, u8::try_from(level).unwrap_or(u8::MAX)));
        }
    }
    for (at, label) in axes.labels.iter().enumerate() {
        let (axis, name) = label.split_once(": ").unwrap_or(("", label));
        add(axis, name, &|decision| axes.has_label(decision, at));
    }
    out
}

fn transitions(view: &Groups<'_>) -> Vec<Transition> {
    let axes = &view.cube.header.axes;
    let pairs: BTreeSet<(&Packed, &Packed)> = view.groups.iter().filter_map(|(group, _)| Some((group.old.as_ref()?, &group.new))).collect();
    let mut out: Vec<Transition> = pairs
        .into_iter()
        .map(|(old, new)| Transition {
            old: axes.short(old),
            new: axes.short(new),
            direction: axes.direction(old, new),
            rate: view.rate(|group| group.old.is_some(), |group| group.old.as_ref() == Some(old) && group.new == *new),
        })
        .collect();
    out.sort_by(|a, b| b.rate.k.cmp(&a.rate.k).then_with(|| (&a.old, &a.new).cmp(&(&b.old, &b.new))));
    out
}

fn rules(plan: &Plan, view: &View<'_>) -> Vec<RuleRates> {
    let mut out = Vec::new();
    let sides = [(Side::New, Some(plan.new.policy())), (Side::Old, plan.old_policy().map(tribunal::Moderator::policy))];
    for (side, policy) in sides.into_iter().filter_map(|(side, policy)| Some((side, policy?))) {
        for rule in &policy.rules {
            let slices = || view.by_rule.get(&(side, rule.name.as_str())).into_iter().flatten();
            let count = slices().find(|(by, ..)| *by == "all").map_or_else(RuleCount::default, |(.., count)| **count);
            let labelled = |count: &RuleCount| Some(count.labelled);
            let precision = match (plan.options.judges_labels(), count.labelled.n) {
                (false, _) => Rate::not_estimable("no labels were said to be violations"),
                (_, 0) => Rate::not_estimable("it fired on no labelled item"),
                _ => view.rule_rate(side, &rule.name, |count| count.positive, labelled),
            };
            out.push(RuleRates {
                side,
                rule: rule.name.clone(),
                changed: side == Side::New && plan.launched.changed_rules.contains(&rule.name),
                fired: view.rule_rate(side, &rule.name, |count| count.fired, |_| None),
                silent: count.silent.n,
                sole: count.sole.n,
                pivotal: count.pivotal.n,
                shadow: count.shadow.n,
                not_judged: count.unjudged.n,
                precision,
                gained: count.gained.n,
                lost: count.lost.n,
                moved: None,
                slices: slices().filter(|(by, _, count)| *by != "all" && count.fires()).map(|(by, value, count)| rule_slice(by, value, count)).collect(),
            });
        }
    }
    out
}

fn rule_slice(by: &str, value: &str, count: &RuleCount) -> RuleSlice {
    RuleSlice {
        by: by.to_owned(),
        value: value.to_owned(),
        fired: count.fired.n,
        sole: count.sole.n,
        pivotal: count.pivotal.n,
        gained: count.gained.n,
        lost: count.lost.n,
        not_judged: count.unjudged.n,
        labelled: (count.labelled.n, count.positive.n),
    }
}

/// Tests whether the hits of changed rules move one way, where items were drawn and weigh the same; gives how many were tested.
fn moved(plan: &Plan, design: Design, rules: &mut [RuleRates]) -> u64 {
    if design != Design::Simple || plan.old_policy().is_none() {
        return 0;
    }
    let mut tested: Vec<&mut RuleRates> = rules.iter_mut().filter(|rule| rule.side == Side::New && rule.changed).collect();
    let p: Vec<f64> = tested.iter().map(|rule| mcnemar_exact(rule.gained, rule.lost)).collect();
    let e: Vec<f64> = tested.iter().map(|rule| e_value(rule.gained, rule.lost)).collect();
    let (adjusted, standing) = (benjamini_hochberg(&p), e_bh(&e, 0.05));
    for ((((rule, p), q), e), stands) in tested.iter_mut().zip(p).zip(adjusted).zip(e).zip(standing) {
        rule.moved = Some(Moved { p, q, e, stands });
    }
    tested.len() as u64
}

fn overlaps(cube: &Cube) -> Vec<Overlap> {
    let mut out: Vec<Overlap> = pairs(&cube.together).map(|(side, first, second, items, slices)| Overlap { side, first, second, items, slices }).collect();
    out.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| (a.side, &a.first, &a.second).cmp(&(b.side, &b.first, &b.second))));
    out.truncate(OVERLAPS);
    out
}

/// Counts of a rule and something else, its slices together: side, rule, the other, items in all, items by slice.
type Pair = (Side, String, String, u64, InSlices);

fn pairs(counts: &[(PairSlice, Count)]) -> impl Iterator<Item = Pair> {
    let mut out: BTreeMap<(Side, &str, &str), (u64, InSlices)> = BTreeMap::new();
    for ((side, first, second, by, value), count) in counts {
        let slot = out.entry((*side, first, second)).or_default();
        if by == "all" { slot.0 = count.n } else { slot.1.push((by.clone(), value.clone(), count.n)) }
    }
    out.into_iter().map(|((side, first, second), (items, slices))| (side, first.to_owned(), second.to_owned(), items, slices))
}

/// What a group is sliced by.
type ValueOf = Box<dyn Fn(&Group) -> String>;

fn slices(plan: &Plan, view: &Groups<'_>, has_old: bool) -> Vec<Slice> {
    let axes = &view.cube.header.axes;
    let by_value = |at: usize| move |group: &Group| group.by.split('\u{1F}').nth(at).unwrap_or_default().to_owned();
    let market = |group: &Group| group.market.clone();
    let lang = |group: &Group| group.lang.clone();
    let mut dimensions: Vec<(String, ValueOf)> = vec![("market".to_owned(), Box::new(market)), ("lang".to_owned(), Box::new(lang))];
    for (at, name) in plan.options.by.iter().enumerate() {
        dimensions.push((name.clone(), Box::new(by_value(at))));
    }
    let mut out = Vec::new();
    for (by, value_of) in dimensions {
        let mut by_slice: BTreeMap<String, Vec<&(Group, Count)>> = BTreeMap::new();
        for row in &view.groups {
            by_slice.entry(value_of(&row.0)).or_default().push(row);
        }
        let mut parts: Vec<(String, Groups<'_>)> = by_slice.into_iter().map(|(value, groups)| (value, view.part(groups))).collect();
        parts.sort_by(|a, b| b.1.items(|_| true).cmp(&a.1.items(|_| true)).then_with(|| a.0.cmp(&b.0)));
        for (value, part) in parts {
            let compared = |group: &Group| group.old.is_some();
            let towards = |wanted: Direction| part.items(|group| compared(group) && direction(&part, group) == Some(wanted));
            let mut decisions = decisions(&part, has_old);
            decisions.retain(|value| value.new.k > 0 || value.old.as_ref().is_some_and(|old| old.k > 0));
            out.push(Slice {
                by: by.clone(),
                items: part.items(|_| true),
                old_acts: has_old.then(|| part.rate(compared, |group| group.old.as_ref().is_some_and(|old| axes.acts(old)))),
                new_acts: part.rate(|_| true, |group| axes.acts(&group.new)),
                changed: has_old.then(|| part.rate(compared, |group| is_change(&group.old, &group.new))),
                stricter: towards(Direction::Stricter),
                milder: towards(Direction::Milder),
                decisions,
                transitions: if has_old { transitions(&part) } else { Vec::new() },
                value,
            });
        }
    }
    out
}

fn quality(view: &Groups<'_>, has_old: bool) -> Quality {
    let axes = &view.cube.header.axes;
    let labelled = |group: &Group| group.truth != Truth::Unlabelled;
    let positive = |group: &Group| group.truth == Truth::Positive;
    let acts = |side: Side| move |group: &Group| if side == Side::New { axes.acts(&group.new) } else { group.old.as_ref().is_some_and(|old| axes.acts(old)) };
    let count = |of: &dyn Fn(&Group) -> bool| {
        view.cube.groups.iter().filter(|(group, _)| of(group)).fold(Count::default(), |mut sum, (_, count)| {
            sum.add(count);
            sum
        })
    };
    let precision = |side: Side| view.rate(|group| labelled(group) && acts(side)(group), positive);
    // Recall needs labels where nothing was hit: without them it would be a share of what was found anyway.
    let unhit = count(&|group| labelled(group) && !acts(Side::New)(group)).n;
    let recall = |side: Side| {
        if unhit == 0 { Rate::not_estimable("no labelled items among those that are not acted on") } else { view.rate(positive, acts(side)) }
    };
    let (all, bad) = (count(&labelled), count(&positive));
    let mut anytime = EProcess::new(0.05);
    view.cube.discordant.values().for_each(|new_is_right| anytime.add(*new_is_right));
    Quality {
        labelled: all.n,
        positive: bad.n,
        prevalence: view.rate(labelled, positive),
        prevalence_by_views: (all.views > 0).then(|| bad.viewed() / all.viewed()),
        old_precision: has_old.then(|| precision(Side::Old)),
        new_precision: precision(Side::New),
        old_recall: has_old.then(|| recall(Side::Old)),
        new_recall: recall(Side::New),
        paired: has_old.then(|| Paired { mended: anytime.b, spoilt: anytime.c, p: mcnemar_exact(anytime.b, anytime.c), e: anytime.e(), anytime }),
    }
}

fn review(view: &Groups<'_>, facts: &Facts, has_old: bool) -> Option<Review> {
    let axes = &view.cube.header.axes;
    let at = axes.ordered.iter().position(|axis| axis.name == "routing")?;
    let level = axes.ordered.get(at)?.values.iter().position(|value| value == "review")?;
    let holds = view.level(at, u8::try_from(level).ok()?);
    let new = view.rate(|_| true, |group| holds(&group.new));
    // Staffed for the upper end of the interval.
    let asked = facts.items_a_day.zip(facts.handling_s).zip(new.hi.or(new.estimate));
    let erlangs = asked.map(|((items, handling), share)| items * share * handling / 86_400.0);
    let staffing = erlangs.zip(facts.handling_s).and_then(|(erlangs, handling)| queue::staff(erlangs, handling, handling, 0.8));
    Some(Review {
        old: has_old.then(|| view.rate(|group| group.old.is_some(), |group| group.old.as_ref().is_some_and(&holds))),
        new,
        items_a_day: facts.items_a_day,
        handling_s: facts.handling_s,
        erlangs,
        staffing,
    })
}

fn not_checked(plan: &Plan, facts: &Facts) -> Vec<String> {
    let mut out = vec!["anything that is not in the sample".to_owned()];
    if !plan.options.judges_labels() {
        out.push("precision and recall: nobody said which labels are violations (--positive, --negative)".to_owned());
    }
    if facts.design == Design::None {
        out.push("how sure the shares are: the design is not stated (--design)".to_owned());
    }
    if matches!(plan.old, Old::None) {
        out.push("what changes: there is no old policy (--old)".to_owned());
    }
    out.push("rules that refer to a rule are judged with it when its own share is worked out".to_owned());
    out
}
