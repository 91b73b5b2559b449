//! The report of a replay: everything derived, computed once from the merged counts.

mod build;
mod chart;
pub mod flips;
pub mod gates;
mod html;
mod human;
pub mod rate;
mod table;
mod view;
mod workbook;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tribunal::PolicyRef;

use crate::anytime::Anytime;
use crate::axes::Direction;
use crate::cube::Side;
use crate::labels::Joined;
use crate::launch::{Launched, Reading};
use crate::stats::paired::EProcess;
use crate::stats::queue::Staffing;
use crate::watch::Watch;
pub use build::{Facts, build};
pub use flips::Content;
use gates::GateResult;
use rate::{Design, Mean, Rate};
pub use workbook::MAX_ROWS;
pub use write::{Written, files, read, write};

/// Version of the form of [`Report`].
pub const FORMAT: &str = "tribunal-report/1";

/// What a replay showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this form.
    pub format: String,
    /// What it is a report of.
    pub manifest: Manifest,
    /// Whether the sample is fit.
    pub sample: Sample,
    /// What a reader has to know before the figures.
    pub caveats: Vec<String>,
    /// How often decisions change.
    pub changes: Option<Changes>,
    /// By axis and value.
    pub decisions: Vec<ValueRates>,
    /// Old decision to new decision, the most frequent first; unchanged ones are among them.
    pub transitions: Vec<Transition>,
    /// By rule.
    pub rules: Vec<RuleRates>,
    /// Rules that fire together most.
    pub overlaps: Vec<Overlap>,
    /// By market, language and other fields.
    pub slices: Vec<Slice>,
    /// How good decisions are, where items are labelled.
    pub quality: Option<Quality>,
    /// What would have to be reviewed.
    pub review: Option<Review>,
    /// Rules that could not be judged, by missing field.
    pub unknowns: Vec<Unknown>,
    /// What became of items afterwards, where they say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<OutcomeRates>,
    /// New and edited rules that do what they should not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// The test that goes on from run to run, this run included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anytime: Option<Anytime>,
    /// Items by the day they were made.
    #[serde(default)]
    pub days: Vec<DayRow>,
    /// Changed rules whose hits were tested for moving one way: what `q` and `stands` go over.
    #[serde(default)]
    pub moved_family: u64,
    /// Gates and how they ended.
    pub gates: Vec<GateResult>,
    /// How many intervals of rules are shown: what "significant" would have to be weighed against.
    pub family: u64,
    /// Changed items in all, and how many of them are kept as examples.
    pub kept: Kept,
    /// What was not looked at.
    pub not_checked: Vec<String>,
}

/// What a report is a report of. No clock, no host: the same inputs give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The old policy.
    pub old: Option<PolicyRef>,
    /// The column that decisions were read from.
    pub logged: Option<String>,
    /// The new policy.
    pub new: PolicyRef,
    /// Files of items, their size and digest.
    pub data: Vec<DataFile>,
    /// Which way stage, rollout and dates were read.
    pub reading: Reading,
    /// What was put in force.
    pub launched: Launched,
    /// The moment for items that do not say it.
    pub as_of: Option<i64>,
    /// Only items on which this holds.
    pub only: Option<String>,
    /// Fields that counts are sliced by.
    pub by: Vec<String>,
    /// Labels that count as violations.
    pub positive: Vec<String>,
    /// Labels that count as none; empty: all others.
    pub negative: Vec<String>,
    /// The field that names strata.
    pub stratum: Option<String>,
    /// How items were drawn.
    pub design: Design,
    /// The chance with which each item was taken, by the hash of its id; absent: all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<f64>,
    /// Seed of all hashes.
    pub seed: u64,
    /// Level of all intervals.
    pub level: f64,
    /// Version of the program.
    pub program: String,
    /// Names of columns that stand for fields.
    pub map: Vec<String>,
}

/// A file of items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Its name.
    pub name: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// BLAKE3 of them, `b3:…`; of an object the tag that its store gives it, `etag:…`; of a pipe `not taken`.
    pub digest: String,
}

impl DataFile {
    /// Whether its digest tells it from others.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.digest.as_str(), "not taken" | "etag:none")
    }
}

/// Whether the sample is fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Items.
    pub items: u64,
    /// Their weights together.
    pub weight: f64,
    /// Rows that are no item.
    pub broken: u64,
    /// The first of them: place and what is wrong.
    pub broken_at: Vec<(String, String)>,
    /// Items that repeat an id.
    pub doubled: u64,
    /// Whether that is exact or an estimate from a sample of ids.
    pub doubled_exact: bool,
    /// Items without an id.
    pub without_id: u64,
    /// Items that `--where` left out, and of these those for which it could not be judged.
    pub left_out: (u64, u64),
    /// Items that were not drawn (`--sample`).
    #[serde(default)]
    pub not_drawn: u64,
    /// Items whose weight is no number and was taken as 1.
    pub bad_weight: u64,
    /// Items whose logged decision cannot be read.
    pub bad_logged: u64,
    /// Items over a limit, `side: reason`.
    pub over_limit: BTreeMap<String, u64>,
    /// Items of a market the policy does not have.
    pub unknown_market: u64,
    /// First and last day, `2026-11-01`.
    pub days: Option<(String, String)>,
    /// Items with a date.
    pub dated: u64,
    /// Items by market, the largest first.
    pub markets: Vec<(String, u64)>,
    /// Items by label.
    pub labels: Vec<(String, u64)>,
    /// Every field that the policy reads: in how many items it has a value, and a wrong type.
    pub fields: Vec<FieldShare>,
    /// How labels of a file of their own were joined.
    pub joined: Option<Joined>,
}

/// How often a field has a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldShare {
    /// The field.
    pub field: String,
    /// Items in which it has a value.
    pub present: u64,
    /// Items in which it has a wrong type.
    pub wrong_type: u64,
}

/// How often decisions change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// In any way.
    pub changed: Rate,
    /// To the strict side only.
    pub stricter: Rate,
    /// To the mild side only.
    pub milder: Rate,
    /// Stricter for some, milder for others: both in one decision, or other labels.
    pub other: Rate,
}

/// A value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueRates {
    /// The axis.
    pub axis: String,
    /// The value or label.
    pub value: String,
    /// Under the old policy.
    pub old: Option<Rate>,
    /// Under the new policy.
    pub new: Rate,
    /// New minus old, on the same items.
    pub difference: Option<Mean>,
}

/// A pair of decisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The old decision.
    pub old: String,
    /// The new decision.
    pub new: String,
    /// Which way it goes.
    pub direction: Direction,
    /// How often.
    pub rate: Rate,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleRates {
    /// Under which policy.
    pub side: Side,
    /// The rule.
    pub rule: String,
    /// It differs from the old policy.
    pub changed: bool,
    /// It fired, live.
    pub fired: Rate,
    /// And had no effect of its own: it gave points, or other rules refer to it.
    #[serde(default)]
    pub silent: u64,
    /// And no other rule with an effect did.
    pub sole: u64,
    /// And without it the decision would be another one.
    pub pivotal: u64,
    /// It fired in shadow.
    pub shadow: u64,
    /// It was not judged.
    pub not_judged: u64,
    /// Of the labelled items it fired on, the share of violations.
    pub precision: Rate,
    /// Items on which it fires now and did not before, where there is an old policy.
    #[serde(default)]
    pub gained: u64,
    /// Items on which it fired before and does not now.
    #[serde(default)]
    pub lost: u64,
    /// Whether these go one way, for a changed rule and items of equal weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// The same counts by market, language, stratum and the fields of `--by`, where it fired.
    #[serde(default)]
    pub slices: Vec<RuleSlice>,
}

/// Whether a rule's hits move one way: old against new on the same items.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// McNemar's exact p-value.
    pub p: f64,
    /// The same, adjusted for all changed rules (Benjamini and Hochberg).
    pub q: f64,
    /// The e-value, which may be looked at at any time.
    pub e: f64,
    /// Whether it stands at a false discovery rate of 0.05 over all changed rules, however they hang together (e-BH).
    pub stands: bool,
}

impl Moved {
    /// In words; never without the size of the family.
    pub fn words(&self, family: u64) -> String {
        let stands = if self.stands { ", stands by e-BH" } else { "" };
        let q = if self.q < 0.001 { "q below 0.001".to_owned() } else { format!("q = {:.3}", self.q) };
        format!("{q}, e-value {:.1}{stands}, of {family} rules tested", self.e)
    }
}

/// What a rule did in a slice, in items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSlice {
    /// `market`, `lang`, `stratum` or a field.
    pub by: String,
    /// Its value.
    pub value: String,
    /// It fired, live.
    pub fired: u64,
    /// And no other rule with an effect did.
    pub sole: u64,
    /// And without it the decision would be another one.
    pub pivotal: u64,
    /// It fires now and did not before.
    pub gained: u64,
    /// It fired before and does not now.
    pub lost: u64,
    /// It was not judged.
    pub not_judged: u64,
    /// Of `fired`, labelled items, and of these violations.
    pub labelled: (u64, u64),
}

/// What was made on one day, in items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// The day, `2026-11-28`.
    pub day: String,
    /// Items.
    pub items: u64,
    /// Of these, items on which the old policy acts; absent without one.
    pub old_acts: Option<u64>,
    /// Items on which the new policy acts.
    pub new_acts: u64,
    /// Items whose decision changes; absent without an old policy.
    pub changed: Option<u64>,
}

/// Items by slice: what is sliced by (`market`, `lang`, `stratum` or a field of `--by`), the value, items.
pub type InSlices = Vec<(String, String, u64)>;

/// Two rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// Under which policy.
    pub side: Side,
    /// One.
    pub first: String,
    /// The other.
    pub second: String,
    /// Items on which both fired.
    pub items: u64,
    /// The same by slice.
    #[serde(default)]
    pub slices: InSlices,
}

/// Items with something in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// `market`, `lang`, or a field.
    pub by: String,
    /// Its value.
    pub value: String,
    /// Items.
    pub items: u64,
    /// The decision does anything under the old policy.
    pub old_acts: Option<Rate>,
    /// The decision does anything under the new policy.
    pub new_acts: Rate,
    /// The decision changes.
    pub changed: Option<Rate>,
    /// Stricter.
    pub stricter: u64,
    /// Milder.
    pub milder: u64,
    /// By axis and value, those that occur.
    #[serde(default)]
    pub decisions: Vec<ValueRates>,
    /// Old decision to new decision, the most frequent first.
    #[serde(default)]
    pub transitions: Vec<Transition>,
}

/// How good decisions are. "Acts" means: the decision is not the mildest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Labelled items.
    pub labelled: u64,
    /// Of these, violations.
    pub positive: u64,
    /// Share of violations among all items, by items.
    pub prevalence: Rate,
    /// Share of views that fall on violations (violative view rate); `None` without views.
    pub prevalence_by_views: Option<f64>,
    /// Of the labelled items acted on, violations.
    pub old_precision: Option<Rate>,
    /// The same under the new policy.
    pub new_precision: Rate,
    /// Of the violations, those acted on.
    pub old_recall: Option<Rate>,
    /// The same under the new policy.
    pub new_recall: Rate,
    /// Old against new on labelled items.
    pub paired: Option<Paired>,
}

impl Quality {
    /// How frequent violations are: name, definition, figure.
    pub fn prevalence_rows(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut rows = vec![("prevalence", "violations, of all labelled items", self.prevalence.percent())];
        if let Some(share) = self.prevalence_by_views {
            let figure = format!("{:.2} % (no interval: views of one item hang together)", share * 100.0);
            rows.push(("prevalence by views", "views of violations, of all views of labelled items (violative view rate)", figure));
        }
        rows
    }
}

/// Old against new on labelled items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Items the new policy gets right and the old one wrong.
    pub mended: u64,
    /// Items the old policy gets right and the new one wrong.
    pub spoilt: u64,
    /// McNemar's exact p-value.
    pub p: f64,
    /// The anytime test, in the order of the items' hash.
    pub anytime: EProcess,
    /// Its e-value now.
    pub e: f64,
}

impl Paired {
    fn words(&self) -> String {
        let Paired { mended, spoilt, p, e, .. } = self;
        format!("new right and old wrong on {mended}, the reverse on {spoilt}: exact McNemar p = {p:.4}, e-value {e:.2}")
    }
}

/// What became of items, as they say it: shares of actions, which tell nothing of how frequent violations are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeRates {
    /// Items on which the platform acted.
    pub actioned: Rate,
    /// Of the actioned items that say so, those that nobody had reported before: the proactive rate.
    pub proactive: Rate,
    /// Of the actioned items, those appealed against.
    pub appealed: Rate,
    /// Of the appealed items, those where the action was reversed.
    pub overturned_of_appealed: Rate,
    /// Of the actioned items, those where the action was reversed on appeal.
    pub overturned_of_actioned: Rate,
}

impl OutcomeRates {
    /// Name, definition, figure.
    pub fn rows(&self) -> [(&'static str, &'static str, &Rate); 5] {
        [
            ("actioned", "items on which the platform acted", &self.actioned),
            ("proactive rate", "actioned before anybody reported it, of all actioned; says nothing on prevalence", &self.proactive),
            ("appealed", "appealed against, of all actioned", &self.appealed),
            ("overturn rate, of appealed", "reversed, of all appealed; who appeals chose to, so this is no error rate", &self.overturned_of_appealed),
            (
                "overturn rate, of actioned",
                "reversed on appeal, of all actioned; errors that nobody appealed against are not in it",
                &self.overturned_of_actioned,
            ),
        ]
    }
}

/// What would have to be reviewed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Under the old policy.
    pub old: Option<Rate>,
    /// Under the new policy.
    pub new: Rate,
    /// Items a day that the platform gets, as stated.
    pub items_a_day: Option<f64>,
    /// Seconds that a review takes.
    pub handling_s: Option<f64>,
    /// Reviews under way at once, on average: items a day, times the upper end of the share, times the handling time.
    #[serde(default)]
    pub erlangs: Option<f64>,
    /// Reviewers at work so that 80 % of items are taken up within the handling time (Erlang C).
    pub staffing: Option<Staffing>,
}

impl Review {
    /// The load of the queue in a sentence; `None` where nobody said how many items there are.
    pub fn load(&self) -> Option<String> {
        let (items, handling, erlangs) = (self.items_a_day?, self.handling_s?, self.erlangs?);
        let queue = format!(
            "of {} items a day, at {handling} s each and the upper end of the share, {erlangs:.1} reviews are under way at once (erlangs)",
            items.round()
        );
        Some(match &self.staffing {
            Some(found) => format!(
                "{queue}: {} reviewers at work at all hours take up {:.1} % within {handling} s; {:.1} % wait, {:.0} s on average over all (Erlang C)",
                found.reviewers,
                found.in_time * 100.0,
                found.waits * 100.0,
                found.mean_wait
            ),
            None => format!("{queue}: more than a million reviewers"),
        })
    }
}

/// A rule that could not be judged for want of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// Under which policy.
    pub side: Side,
    /// The rule.
    pub rule: String,
    /// The field.
    pub field: String,
    /// Items.
    pub items: u64,
    /// The same by slice.
    #[serde(default)]
    pub slices: InSlices,
}

/// How many changed items are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Items whose decision changes.
    pub changed: u64,
    /// Of these, in `flips.jsonl`.
    pub kept: u64,
}

impl Report {
    /// Whether every gate passed, and no rule raised an alarm.
    pub fn passed(&self) -> bool {
        self.gates.iter().all(|gate| gate.outcome == gates::Outcome::Passed) && self.watch.as_ref().is_none_or(|watch| watch.alarms.is_empty())
    }

    /// The report as a page of text.
    pub fn human(&self) -> String {
        human::human(self)
    }

    /// One screen of Markdown for a pull request.
    pub fn markdown(&self) -> String {
        human::markdown(self)
    }

    /// The gates in the form that build servers read (JUnit).
    pub fn junit(&self) -> String {
        human::junit(self)
    }
}
