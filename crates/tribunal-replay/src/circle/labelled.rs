//! Labels read back: what they say of the decisions of a report, with the design carried along, and of each other.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Batch, BatchStratum, FORMAT};
use crate::error::Error;
use crate::labels::{LabelProblem, LabelRow, LabelRows};
use crate::report::rate::{Rate, Status};
use crate::stats::agreement::{Scale, bootstrap, cohen, fleiss, krippendorff};
use crate::stats::proportion::{Stratum, jeffreys, stratified_share};
use crate::stats::random::Random;
use crate::stats::{Interval, beta_quantile, real};

/// What labels say about a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// Version of this form.
    pub format: String,
    /// Items with a label that counts.
    pub labelled: u64,
    /// Items of the batch without one.
    pub open: u64,
    /// Labels `unsure`.
    pub unsure: u64,
    /// Rows whose id is of the batch.
    #[serde(default)]
    pub matched: u64,
    /// Rows whose id is not of the batch.
    pub unmatched: u64,
    /// Rows that say again what one before them says.
    #[serde(default)]
    pub doubled: u64,
    /// Where the first of them stands.
    #[serde(default)]
    pub doubled_at: Option<String>,
    /// Labels about one rule by its name: they say nothing of the item as a whole, so the shares leave them out.
    #[serde(default)]
    pub about_rules: BTreeMap<String, u64>,
    /// Of the items that a rule acts on and that are labelled for it, the share of violations, by rule.
    #[serde(default)]
    pub rule_precision: BTreeMap<String, Rate>,
    /// Labels given by another version of the policy than the report's, by that version: they count, and are flagged.
    #[serde(default)]
    pub other_versions: BTreeMap<String, u64>,
    /// First and last day a label was given, where days are stated.
    #[serde(default)]
    pub days: Option<(String, String)>,
    /// Share of violations among the items acted on by the old policy.
    pub old_precision: Rate,
    /// The same for the new policy.
    pub new_precision: Rate,
    /// Of the violations, the share acted on by the old policy.
    pub old_recall: Rate,
    /// The same for the new policy.
    pub new_recall: Rate,
    /// How far labellers agree.
    pub agreement: Agreement,
    /// Items on which labellers differ and no majority decides: to adjudicate.
    pub disagreements: Vec<String>,
    /// What weight of the sample has no labels: left out of the shares.
    pub unlabelled_share: f64,
}

/// How far labellers agree, on the items as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Labellers.
    pub labellers: u64,
    /// Items that all of them labelled: those that both kappas go over.
    pub by_all: u64,
    /// Cohen's kappa, where there are two labellers.
    pub cohen: Option<f64>,
    /// Fleiss' kappa, where there are two or more.
    pub fleiss: Option<f64>,
    /// Krippendorff's alpha (nominal), over all items that two or more labelled.
    pub alpha: Option<f64>,
    /// Its interval, by bootstrap.
    pub alpha_interval: Option<Interval>,
}

/// Reads labels back.
///
/// # Errors
///
/// Every problem of the sheets, those that were found when they were read and these: a label is none of the allowed ones, a
/// rule is not of the report, an item has two labels of one labeller for one rule. Without any: when too few rows are of the batch.
pub fn labelled(batch: &Batch, read: &LabelRows) -> Result<Labelled, Error> {
    let known: BTreeMap<&str, usize> = batch.items.iter().map(|item| (item.id.as_str(), item.stratum)).collect();
    let join = Join::of(batch, &known, read)?;
    let given = &join.items;
    let about = About::of(batch, &read.rows);
    let mut counts: Vec<(u64, u64)> = vec![(0, 0); batch.strata.len()];
    let mut disagreements = Vec::new();
    let mut labelled = 0;
    for (id, labels) in given {
        let Some(violation) = majority(batch, labels) else {
            disagreements.push((*id).to_owned());
            continue;
        };
        labelled += 1;
        if let Some((n, hits)) = known.get(id).and_then(|stratum| counts.get_mut(*stratum)) {
            *n += 1;
            *hits += u64::from(violation);
        }
    }
    let strata: Vec<(&BatchStratum, u64, u64)> = batch.strata.iter().zip(&counts).map(|(stratum, (n, hits))| (stratum, *n, *hits)).collect();
    let all: u64 = batch.strata.iter().map(|stratum| stratum.size).sum();
    let without: u64 = strata.iter().filter(|(_, n, _)| *n == 0).map(|(stratum, ..)| stratum.size).sum();
    Ok(Labelled {
        format: FORMAT.to_owned(),
        labelled,
        open: batch.items.len() as u64 - given.len() as u64,
        unsure: join.unsure,
        matched: join.matched,
        unmatched: join.unmatched,
        doubled: join.doubled,
        doubled_at: join.doubled_at.clone(),
        rule_precision: by_rule(batch, &join.rules),
        about_rules: about.rules,
        other_versions: about.versions,
        days: about.days,
        old_precision: precision(&strata, |stratum| stratum.old_acts),
        new_precision: precision(&strata, |stratum| stratum.new_acts),
        old_recall: recall(&strata, |stratum| stratum.old_acts),
        new_recall: recall(&strata, |stratum| stratum.new_acts),
        agreement: agreement(batch, given),
        disagreements,
        unlabelled_share: if all > 0 { real(without) / real(all) } else { 0.0 },
    })
}

/// Whether most labels of an item say that it is a violation; `None` where no more say so than not.
fn majority(batch: &Batch, labels: &BTreeMap<&str, &str>) -> Option<bool> {
    let positive = labels.values().filter(|label| batch.positive.iter().any(|known| known == *label)).count();
    (positive * 2 != labels.len()).then_some(positive * 2 > labels.len())
}

/// A share as a posterior draw has it: `hits` of `n`, under the prior of Jeffreys.
fn drawn_share(hits: u64, n: u64, random: &mut Random) -> f64 {
    beta_quantile(real(hits) + 0.5, real(n - hits) + 0.5, random.share())
}

/// The middle 95 of a hundred of many draws.
fn middle(draw: impl FnMut() -> f64) -> (Option<f64>, Option<f64>) {
    const DRAWS: usize = 1_000;
    let mut drawn: Vec<f64> = std::iter::repeat_with(draw).take(DRAWS).collect();
    drawn.sort_by(f64::total_cmp);
    (drawn.get(DRAWS / 40).copied(), drawn.get(DRAWS - DRAWS / 40 - 1).copied())
}

/// Labels by what they are about.
#[derive(Default)]
struct Join<'r> {
    /// Labels by labeller, by item.
    items: BTreeMap<&'r str, BTreeMap<&'r str, &'r str>>,
    /// The same by rule.
    rules: BTreeMap<&'r str, BTreeMap<&'r str, BTreeMap<&'r str, &'r str>>>,
    unsure: u64,
    matched: u64,
    unmatched: u64,
    doubled: u64,
    doubled_at: Option<String>,
}

impl<'r> Join<'r> {
    fn of(batch: &Batch, known: &BTreeMap<&'r str, usize>, read: &'r LabelRows) -> Result<Join<'r>, Error> {
        let (mut join, mut problems) = (Join::default(), read.problems.clone());
        let mut wrong = |place: String, code, message| problems.push(LabelProblem { place, code, message });
        let mut said: BTreeMap<(&str, &str, &str), &LabelRow> = BTreeMap::new();
        for row in read.rows.iter().filter(|row| !row.label.is_empty()) {
            let unsure = row.label == "unsure";
            if !unsure && !batch.values.contains(&row.label) {
                let help = tribunal_policy::suggest::did_you_mean(&row.label, batch.values.iter().map(String::as_str))
                    .unwrap_or_else(|| format!("they are {}", batch.values.join(", ")));
                wrong(row.place.cell("label"), "unknown-label", format!("the label `{}` is none of the allowed ones; {help}", row.label));
                continue;
            }
            if !row.rule.is_empty() && !batch.rules.is_empty() && !batch.rules.contains(&row.rule) {
                let help = tribunal_policy::suggest::did_you_mean(&row.rule, batch.rules.iter().map(String::as_str));
                let help = help.map(|help| format!("; {help}")).unwrap_or_default();
                wrong(row.place.cell("rule"), "unknown-rule", format!("the report has no rule `{}`{help}", row.rule));
                continue;
            }
            let Some((id, _)) = known.get_key_value(row.id.as_str()) else {
                join.unmatched += 1;
                continue;
            };
            join.matched += 1;
            match said.insert((id, &row.rule, &row.labeller), row) {
                Some(before) if before.label != row.label => {
                    let (here, there) = (row.place.cell("label"), before.place.cell("label"));
                    let message = format!("one labeller says `{}` of the item `{id}` here and `{}` at {there}; keep one of the two", row.label, before.label);
                    wrong(here, "two-labels", message);
                    continue;
                }
                Some(_) => {
                    join.doubled += 1;
                    join.doubled_at.get_or_insert_with(|| row.place.cell("label"));
                    continue;
                }
                None => {}
            }
            if unsure {
                join.unsure += 1;
                continue;
            }
            let labels = if row.rule.is_empty() { &mut join.items } else { join.rules.entry(&row.rule).or_default() };
            labels.entry(id).or_default().insert(&row.labeller, &row.label);
        }
        if !problems.is_empty() {
            return Err(Error::Labels(problems));
        }
        let done = join.matched + join.unmatched;
        if join.unmatched * 100 > done * 5 {
            let unmatched = join.unmatched;
            return Err(Error::Input(format!("{unmatched} of {done} labels are of items that are not in the batch; below 95 % matched nothing is taken")));
        }
        Ok(join)
    }
}

/// Of the items each rule acts on, the share of violations. A class is as large in this as the share of its drawn items that the rule
/// acts on; both shares are uncertain, so the interval comes from draws of both posteriors.
fn by_rule(batch: &Batch, labels: &BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, &str>>>) -> BTreeMap<String, Rate> {
    let rates = labels.iter().map(|(rule, of)| ((*rule).to_owned(), rule_precision(batch, rule, of)));
    rates.collect()
}

/// What is known of a rule in one class: its items, those drawn, those of these it acts on, those of these labelled, and the violations.
struct Acted {
    size: u64,
    drawn: u64,
    acted: u64,
    labelled: u64,
    hits: u64,
}

fn rule_precision(batch: &Batch, rule: &str, labels: &BTreeMap<&str, BTreeMap<&str, &str>>) -> Rate {
    if batch.rules.is_empty() {
        return Rate::not_estimable("the batch does not say which rules acted: draw it again");
    }
    let mut classes: Vec<Acted> =
        batch.strata.iter().map(|stratum| Acted { size: stratum.size, drawn: stratum.drawn, acted: 0, labelled: 0, hits: 0 }).collect();
    for item in batch.items.iter().filter(|item| item.rules.iter().any(|of| of == rule)) {
        let Some(class) = classes.get_mut(item.stratum) else { continue };
        class.acted += 1;
        if let Some(violation) = labels.get(item.id.as_str()).and_then(|labels| majority(batch, labels)) {
            class.labelled += 1;
            class.hits += u64::from(violation);
        }
    }
    classes.retain(|class| class.acted > 0);
    let (k, n) = classes.iter().fold((0, 0), |sum, class| (sum.0 + class.hits, sum.1 + class.labelled));
    if n == 0 {
        return Rate::not_estimable("no item that this rule acts on is labelled for it");
    }
    if classes.iter().any(|class| class.labelled == 0) {
        return Rate::not_estimable("in some class of decisions no item that this rule acts on is labelled for it");
    }
    let ratio = |shares: &mut dyn FnMut(&Acted) -> (f64, f64)| {
        let (top, all) = classes.iter().fold((0.0, 0.0), |sum, class| {
            let (acted, hits) = shares(class);
            let size = real(class.size) * acted;
            (sum.0 + size * hits, sum.1 + size)
        });
        top / all
    };
    let estimate = ratio(&mut |class| (real(class.acted) / real(class.drawn), real(class.hits) / real(class.labelled)));
    let mut random = Random::new(1);
    let (lo, hi) = middle(|| {
        ratio(&mut |class| {
            // A class that was drawn, or labelled, to the last item leaves nothing to chance there.
            let mut share = |hits: u64, n: u64, whole: bool| if whole { real(hits) / real(n) } else { drawn_share(hits, n, &mut random) };
            let all = class.drawn >= class.size;
            (share(class.acted, class.drawn, all), share(class.hits, class.labelled, all && class.labelled == class.acted))
        })
    });
    let (lo, hi) = (if k == 0 { Some(0.0) } else { lo }, if k == n { Some(1.0) } else { hi });
    Rate { k, n, estimate: Some(estimate), lo, hi, status: if k == 0 { Status::UpperBound } else { Status::Ok }, why: None }
}

/// What rows say beside their labels.
#[derive(Default)]
struct About {
    rules: BTreeMap<String, u64>,
    versions: BTreeMap<String, u64>,
    days: Option<(String, String)>,
}

impl About {
    fn of(batch: &Batch, rows: &[LabelRow]) -> About {
        let mut about = About::default();
        for row in rows.iter().filter(|row| !row.label.is_empty()) {
            if !row.rule.is_empty() {
                *about.rules.entry(row.rule.clone()).or_default() += 1;
            }
            if !row.policy_version.is_empty() && !batch.policy_version.is_empty() && row.policy_version != batch.policy_version {
                *about.versions.entry(row.policy_version.clone()).or_default() += 1;
            }
        }
        // Days are ISO dates: their order is that of their letters.
        let days = || rows.iter().filter(|row| !row.label.is_empty() && !row.labelled_on.is_empty()).map(|row| &row.labelled_on);
        about.days = days().min().zip(days().max()).map(|(first, last)| (first.clone(), last.clone()));
        about
    }
}

fn precision(strata: &[(&BatchStratum, u64, u64)], acts: impl Fn(&BatchStratum) -> bool) -> Rate {
    // Classes nobody labelled are left out; their weight is told beside.
    let mine: Vec<_> = strata.iter().filter(|(stratum, n, _)| acts(stratum) && *n > 0).collect();
    let (k, n) = mine.iter().fold((0, 0), |sum, (_, n, hits)| (sum.0 + hits, sum.1 + n));
    let size: u64 = mine.iter().map(|(stratum, ..)| stratum.size).sum();
    if size == 0 {
        return Rate::not_estimable("no labelled item is acted on");
    }
    // A class that is labelled to the last item leaves nothing to chance.
    let (whole, parts): (Vec<_>, Vec<_>) = mine.into_iter().partition(|(stratum, n, _)| *n >= stratum.size);
    let share = |stratum: &BatchStratum| real(stratum.size) / real(size);
    let sure: f64 = whole.iter().map(|(stratum, n, hits)| share(stratum) * real(*hits) / real(*n)).sum();
    let rest: f64 = parts.iter().map(|(stratum, ..)| share(stratum)).sum();
    let strata: Vec<Stratum> = parts.iter().map(|(stratum, n, hits)| Stratum { share: share(stratum) / rest, n: *n, hits: *hits }).collect();
    let part = if strata.is_empty() { Interval { lo: 0.0, hi: 0.0 } } else { jeffreys(&strata, 0.05) };
    let estimate = sure + if strata.is_empty() { 0.0 } else { rest * stratified_share(&strata) };
    let interval = Interval { lo: sure + rest * part.lo, hi: sure + rest * part.hi }.around(estimate);
    Rate {
        k,
        n,
        estimate: Some(estimate),
        lo: Some(interval.lo),
        hi: Some(interval.hi),
        status: if k == 0 { Status::UpperBound } else { Status::Ok },
        why: None,
    }
}

/// Of the violations, those acted on: a ratio over all classes, its interval by draws of the posteriors.
fn recall(strata: &[(&BatchStratum, u64, u64)], acts: impl Fn(&BatchStratum) -> bool) -> Rate {
    if strata.iter().any(|(stratum, n, _)| *n == 0 && !acts(stratum)) || strata.iter().all(|(stratum, ..)| acts(stratum)) {
        return Rate::not_estimable("no labels among the items that are not acted on (--per-same)");
    }
    let ratio = |shares: &mut dyn FnMut(u64, u64) -> f64| {
        let (mut top, mut all) = (0.0, 0.0);
        for (stratum, n, hits) in strata.iter().filter(|(_, n, _)| *n > 0) {
            // A class that is labelled to the last item leaves nothing to chance.
            let share = if *n >= stratum.size { real(*hits) / real(*n) } else { shares(*n, *hits) };
            let violations = real(stratum.size) * share;
            all += violations;
            if acts(stratum) {
                top += violations;
            }
        }
        if all > 0.0 { top / all } else { f64::NAN }
    };
    let estimate = ratio(&mut |n, hits| real(hits) / real(n));
    if estimate.is_nan() {
        return Rate::not_estimable("no violation among the labelled items");
    }
    let mut random = Random::new(1);
    let (lo, hi) = middle(|| ratio(&mut |n, hits| drawn_share(hits, n, &mut random)));
    let (lo, hi) = (lo.map(|lo| lo.min(estimate)), hi.map(|hi| hi.max(estimate)));
    let (k, n) = strata.iter().fold((0, 0), |sum, (stratum, _, hits)| (sum.0 + if acts(stratum) { *hits } else { 0 }, sum.1 + hits));
    Rate { k, n, estimate: Some(estimate), lo, hi, status: Status::Ok, why: None }
}

fn agreement(batch: &Batch, given: &BTreeMap<&str, BTreeMap<&str, &str>>) -> Agreement {
    let place = |label: &str| batch.values.iter().position(|value| value == label).unwrap_or(0);
    let rows: Vec<Vec<f64>> = given.values().map(|labels| labels.values().map(|label| real(place(label) as u64)).collect()).collect();
    let labellers: BTreeSet<&str> = given.values().flat_map(|labels| labels.keys().copied()).collect();
    let by_all: Vec<Vec<usize>> =
        given.values().filter(|labels| labels.len() == labellers.len()).map(|labels| labels.values().map(|label| place(label)).collect()).collect();
    let mut table = vec![vec![0_u64; batch.values.len()]; batch.values.len()];
    for pair in &by_all {
        if let [a, b] = pair.as_slice()
            && let Some(cell) = table.get_mut(*a).and_then(|row| row.get_mut(*b))
        {
            *cell += 1;
        }
    }
    let chosen = |labels: &Vec<usize>| (0..batch.values.len()).map(|value| labels.iter().filter(|label| **label == value).count() as u64).collect();
    let alpha = krippendorff(&rows, Scale::Nominal);
    Agreement {
        labellers: labellers.len() as u64,
        by_all: if labellers.len() > 1 { by_all.len() as u64 } else { 0 },
        cohen: if labellers.len() == 2 { cohen(&table) } else { None },
        fleiss: fleiss(&by_all.iter().map(chosen).collect::<Vec<_>>()),
        alpha,
        alpha_interval: alpha.and_then(|_| bootstrap(&rows, |rows| krippendorff(rows, Scale::Nominal), 500, 1, 0.05)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::BatchItem;
    use super::super::tests::batch;
    use super::*;
    use crate::labels::Place;

    fn labelled(batch: &Batch, rows: &[LabelRow]) -> Result<Labelled, Error> {
        super::labelled(batch, &LabelRows { rows: rows.to_vec(), problems: Vec::new() })
    }

    fn rows(labels: &[(&str, &str, &str)]) -> Vec<LabelRow> {
        labels
            .iter()
            .zip(2..)
            .map(|((id, labeller, label), row)| LabelRow {
                place: Place::line("s", row),
                id: (*id).to_owned(),
                label: (*label).to_owned(),
                labeller: (*labeller).to_owned(),
                rule: String::new(),
                labelled_on: String::new(),
                policy_version: String::new(),
            })
            .collect()
    }

    #[test]
    fn labels_come_back_with_their_weights() {
        let labels = [
            ("0", "a", "bad"),
            ("1", "a", "ok"),
            ("2", "a", "bad"),
            ("3", "a", "bad"),
            ("4", "a", "ok"),
            ("5", "a", "ok"),
            ("5", "b", "ok"),
            ("2", "b", "bad"),
        ];
        let found = labelled(&batch(), &rows(&labels)).unwrap();
        // 10 items half bad, 30 all bad.
        assert!((found.new_precision.estimate.unwrap() - 35.0 / 40.0).abs() < 1e-9);
        assert!((found.old_precision.estimate.unwrap() - 1.0).abs() < 1e-9);
        assert!((found.old_recall.estimate.unwrap() - 30.0 / 35.0).abs() < 1e-9);
        assert!(found.new_recall.estimate == Some(1.0) && found.new_recall.lo.unwrap() < 0.7, "{:?}", found.new_recall);
        assert_eq!((found.labelled, found.open, found.disagreements.len()), (6, 0, 0));
        assert_eq!((found.agreement.labellers, found.agreement.by_all, found.agreement.cohen), (2, 2, Some(1.0)));
    }

    /// By hand: of three items that all three labelled two are unanimous, one is 2 : 1; shares of the values are 5 / 9 and 4 / 9.
    /// Agreement (1 + 1 + 1 / 3) / 3 = 7 / 9, by chance (25 + 16) / 81 = 41 / 81: kappa (63 - 41) / (81 - 41) = 0.55.
    #[test]
    fn agreement_of_three() {
        let mut labels = Vec::new();
        for (id, said) in [("0", ["bad", "bad", "bad"]), ("1", ["ok", "ok", "ok"]), ("2", ["bad", "bad", "ok"])] {
            labels.extend(["a", "b", "c"].into_iter().zip(said).map(|(labeller, label)| (id, labeller, label)));
        }
        // What one of them left out is no part of it.
        labels.extend([("3", "a", "bad"), ("3", "b", "ok")]);
        let found = labelled(&batch(), &rows(&labels)).unwrap().agreement;
        assert_eq!((found.labellers, found.by_all, found.cohen), (3, 3, None));
        assert!((found.fleiss.unwrap() - 0.55).abs() < 1e-12, "{found:?}");
        assert!(found.alpha.is_some_and(|alpha| alpha < 0.55), "the item that two labelled counts: {found:?}");
        // One labeller agrees with nobody.
        let alone = labelled(&batch(), &rows(&[("0", "a", "bad"), ("2", "a", "bad")])).unwrap().agreement;
        assert_eq!(alone, Agreement { labellers: 1, ..Agreement::default() });
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let found = labelled(&batch(), &rows(&[("0", "a", "bad"), ("0", "b", "ok"), ("2", "a", "bad")])).unwrap();
        assert_eq!(found.disagreements, ["0"]);
        assert_eq!(found.new_recall.status, Status::NotEstimable);
        assert!(found.unlabelled_share > 0.9);
        let refused = |labels: &[(&str, &str, &str)]| labelled(&batch(), &rows(labels)).unwrap_err().to_string();
        assert!(refused(&[("0", "a", "badd")]).contains("did you mean `bad`?"));
        let all = refused(&[("0", "a", "badd"), ("1", "a", "ok"), ("1", "a", "bad"), ("2", "a", "whatever")]);
        assert!(all.starts_with("3 problems") && ["s:2 (label)", "s:4 (label)", "s:5 (label)"].iter().all(|cell| all.contains(cell)), "{all}");
        let twice = refused(&[("0", "a", "bad"), ("0", "a", "ok")]);
        assert!(twice.contains("s:3 (label)") && twice.contains("at s:2 (label)") && twice.contains("`ok`") && twice.contains("`bad`"), "both cells: {twice}");
        // Not sure is counted and says nothing.
        let unsure = labelled(&batch(), &rows(&[("0", "a", "unsure"), ("2", "a", "bad")])).unwrap();
        assert_eq!((unsure.unsure, unsure.labelled), (1, 1));
        assert!(labelled(&batch(), &rows(&[("77", "a", "bad")])).is_err());
    }

    #[test]
    fn labels_of_rules_and_of_other_versions() {
        let mut labels = rows(&[("0", "a", "bad"), ("1", "a", "ok"), ("2", "a", "bad"), ("0", "a", "ok"), ("0", "a", "")]);
        for (row, day) in labels.iter_mut().zip(["2026-11-02", "2026-10-30", "", "2026-11-01", "2026-12-01"]) {
            row.labelled_on = day.to_owned();
        }
        labels[0].policy_version = "2026.1".to_owned();
        labels[1].policy_version = "2026.2".to_owned();
        assert!(labelled(&batch(), &labels).is_err(), "two labels of the item as a whole");
        labels[3].rule = "slurs".to_owned();
        labels.push(labels[1].clone());
        let found = labelled(&batch(), &labels).unwrap();
        assert_eq!((found.labelled, found.about_rules), (3, BTreeMap::from([("slurs".to_owned(), 1)])));
        assert_eq!(found.other_versions, BTreeMap::from([("2026.1".to_owned(), 1)]));
        assert_eq!(found.days, Some(("2026-10-30".to_owned(), "2026-11-02".to_owned())), "a row that is not done has no day");
        assert_eq!((found.matched, found.unmatched, found.doubled), (5, 0, 1), "an equal double counts once");
        assert_eq!(found.rule_precision["slurs"].status, Status::NotEstimable, "this batch says nothing of rules");
        // The same rule labelled twice by one labeller.
        labels.push(LabelRow { label: "bad".to_owned(), ..labels[3].clone() });
        assert!(labelled(&batch(), &labels).is_err());
    }

    /// Two classes: of 100 items 10 drawn, the rule acting on 5 of them, 4 of these violations; and 20 items all drawn and acted on,
    /// half of them violations: (100 × ½ × 0.8 + 20 × ½) / (100 × ½ + 20) = 50 / 70.
    #[test]
    fn precision_of_a_rule() {
        let mut batch = batch();
        batch.rules = vec!["slurs".to_owned(), "arms".to_owned()];
        let stratum = |size, drawn| BatchStratum { old: String::new(), new: String::new(), old_acts: false, new_acts: true, size, drawn };
        batch.strata = vec![stratum(100, 10), stratum(20, 20)];
        let item = |at: usize| BatchItem {
            number: format!("{at:05}"),
            id: at.to_string(),
            stratum: usize::from(at >= 10),
            rules: if !(5..10).contains(&at) { vec!["slurs".to_owned()] } else { vec![] },
        };
        batch.items = (0..30).map(item).collect();
        let about = |at: usize, label: &str| LabelRow { rule: "slurs".to_owned(), ..rows(&[(&at.to_string(), "a", label)]).remove(0) };
        let mut labels: Vec<LabelRow> = (0..5).map(|at| about(at, if at < 4 { "bad" } else { "ok" })).collect();
        labels.extend((10..30).map(|at| about(at, if at < 20 { "bad" } else { "ok" })));
        let rate = labelled(&batch, &labels).unwrap().rule_precision.remove("slurs").unwrap();
        assert_eq!((rate.k, rate.n), (14, 25));
        assert!((rate.estimate.unwrap() - 50.0 / 70.0).abs() < 1e-12, "{rate:?}");
        assert!(rate.lo.unwrap() > 0.4 && rate.lo < rate.estimate && rate.estimate < rate.hi && rate.hi.unwrap() < 0.9, "{rate:?}");
        // A class of which nothing is labelled for the rule stands in the way.
        let rate = labelled(&batch, &labels[..5]).unwrap().rule_precision.remove("slurs").unwrap();
        assert_eq!((rate.status, rate.estimate), (Status::NotEstimable, None));
        labels[0].rule = "slur".to_owned();
        let error = labelled(&batch, &labels).unwrap_err().to_string();
        assert!(error.contains("no rule `slur`") && error.contains("slurs"), "{error}");
        // Unsure after a label is another answer of the same labeller.
        labels[0].rule = "slurs".to_owned();
        labels.push(about(0, "unsure"));
        assert!(labelled(&batch, &labels).is_err());
    }
}
