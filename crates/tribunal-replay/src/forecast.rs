//! A forecast set against what happened: the shares of a report, and the decisions that were made afterwards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cube::Side;
use crate::report::Report;
use crate::report::rate::Rate;
use crate::stats::multiple::benjamini_hochberg;
use crate::stats::proportion::newcombe;
use crate::stats::rates::conditional;
use crate::stats::{Interval, real};

/// Version of the form of [`Forecast`].
pub const FORMAT: &str = "tribunal-forecast/1";
const ALPHA: f64 = 0.05;

/// How a forecast did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Version of this form.
    pub format: String,
    /// Digest of the policy of the forecast.
    pub policy: String,
    /// Decisions that were read, and rows that are none.
    pub decisions: (u64, u64),
    /// Decisions by the digest of the policy that made them; "" where it is not said.
    pub made_by: BTreeMap<String, u64>,
    /// Figures that were tested: what the false discovery rate of 0.05 goes over.
    pub family: u64,
    /// Decisions, rules and markets, those that came out otherwise first.
    pub rows: Vec<Row>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// `decision`, `rule` or `market`.
    pub kind: String,
    /// `axis: value`, the rule, or the share of items acted on in a market.
    pub name: String,
    /// The forecast.
    pub forecast: Rate,
    /// Items it happened on, and all.
    pub actual: (u64, u64),
    /// Actual less forecast, with Newcombe's interval; absent where the design of the forecast is not stated.
    pub difference: Option<Interval>,
    /// The p-value of the exact conditional test, adjusted for all figures (Benjamini and Hochberg).
    pub q: Option<f64>,
}

impl Row {
    /// Whether it came out otherwise than forecast, as far as all figures together can say.
    pub fn differs(&self) -> bool {
        self.q.is_some_and(|q| q <= ALPHA)
    }
}

/// How many figures that do not differ people are shown.
const SHOWN: usize = 10;

/// Decisions as they were logged, counted.
#[derive(Clone, Debug, Default)]
pub struct Actual {
    decisions: u64,
    broken: u64,
    made_by: BTreeMap<String, u64>,
    values: BTreeMap<(String, String), u64>,
    axes: BTreeMap<String, u64>,
    rules: BTreeMap<String, u64>,
    with_rules: u64,
    markets: BTreeMap<String, (u64, u64)>,
}

#[derive(Deserialize)]
struct Made {
    decision: BTreeMap<String, Value>,
    rules: Option<Vec<String>>,
    market: Option<String>,
    policy: Option<By>,
}

#[derive(Deserialize)]
struct By {
    digest: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    One(String),
    Many(Vec<String>),
}

impl Actual {
    /// Takes up one decision: an object with `decision` by axis, and where known `rules`, `market`, `policy.digest`.
    pub fn add(&mut self, json: &str, mildest: &BTreeMap<String, String>) {
        let Ok(made) = serde_json::from_str::<Made>(json) else {
            self.broken += 1;
            return;
        };
        self.decisions += 1;
        *self.made_by.entry(made.policy.map(|by| by.digest).unwrap_or_default()).or_default() += 1;
        let mut acts = false;
        for (axis, value) in made.decision {
            *self.axes.entry(axis.clone()).or_default() += 1;
            let values = match value {
                Value::One(value) => {
                    acts |= mildest.get(&axis).is_none_or(|mildest| *mildest != value);
                    vec![value]
                }
                Value::Many(values) => {
                    acts |= !values.is_empty();
                    values
                }
            };
            for value in values {
                *self.values.entry((axis.clone(), value)).or_default() += 1;
            }
        }
        if let Some(rules) = made.rules {
            self.with_rules += 1;
            for rule in rules {
                *self.rules.entry(rule).or_default() += 1;
            }
        }
        if let Some(market) = made.market {
            let slot = self.markets.entry(market.to_ascii_uppercase()).or_default();
            slot.0 += u64::from(acts);
            slot.1 += 1;
        }
    }

    /// Counts a row that is no decision.
    pub fn broken(&mut self) {
        self.broken += 1;
    }
}

/// The mildest value of every ordered axis, as the report has them.
pub fn mildest(report: &Report) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for value in &report.decisions {
        // Values come from the mildest to the strictest.
        out.entry(value.axis.clone()).or_insert_with(|| value.value.clone());
    }
    out
}

/// Hits and items of a forecast as simple random sampling would have had them; `None` without a design.
fn as_counts(rate: &Rate) -> Option<(u64, u64)> {
    let (share, lo, hi) = (rate.estimate?, rate.lo?, rate.hi?);
    let raw = real(rate.k) / real(rate.n.max(1));
    if (raw - share).abs() < 1e-9 || hi <= lo {
        return Some((rate.k, rate.n));
    }
    // The sample size that an interval of this width stands for, never more than there were items.
    let se = (hi - lo) / (2.0 * 1.96);
    let n = (share * (1.0 - share) / (se * se)).clamp(1.0, real(rate.n));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of items")]
    Some(((share * n).round() as u64, n.round() as u64))
}

/// Sets a report against what happened.
pub fn forecast(report: &Report, actual: &Actual) -> Forecast {
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |kind: &str, name: String, rate: &Rate, happened: (u64, u64)| {
        if happened.1 > 0 && rate.estimate.is_some() {
            let counts = as_counts(rate);
            rows.push(Row {
                kind: kind.to_owned(),
                name,
                forecast: rate.clone(),
                actual: happened,
                difference: counts.map(|counts| newcombe(happened, counts, ALPHA)),
                // The p-value; once all rows are there, it is turned into q.
                q: counts.map(|counts| conditional(happened, counts)),
            });
        }
    };
    for value in &report.decisions {
        let happened = actual.values.get(&(value.axis.clone(), value.value.clone())).copied().unwrap_or(0);
        add("decision", format!("{}: {}", value.axis, value.value), &value.new, (happened, actual.axes.get(&value.axis).copied().unwrap_or(0)));
    }
    // Decisions name the rules that had an effect: what fires without one cannot be held against them.
    for rule in report.rules.iter().filter(|rule| rule.side == Side::New && rule.silent == 0) {
        add("rule", rule.rule.clone(), &rule.fired, (actual.rules.get(&rule.rule).copied().unwrap_or(0), actual.with_rules));
    }
    for slice in report.slices.iter().filter(|slice| slice.by == "market" && !slice.value.is_empty()) {
        add("market", slice.value.clone(), &slice.new_acts, actual.markets.get(&slice.value).copied().unwrap_or_default());
    }
    let p: Vec<f64> = rows.iter().filter_map(|row| row.q).collect();
    let mut adjusted = benjamini_hochberg(&p).into_iter();
    for row in rows.iter_mut().filter(|row| row.q.is_some()) {
        row.q = adjusted.next();
    }
    rows.sort_by(|a, b| a.q.unwrap_or(1.0).total_cmp(&b.q.unwrap_or(1.0)).then_with(|| (&a.kind, &a.name).cmp(&(&b.kind, &b.name))));
    Forecast {
        format: FORMAT.to_owned(),
        policy: report.manifest.new.digest.clone(),
        decisions: (actual.decisions, actual.broken),
        made_by: actual.made_by.clone(),
        family: p.len() as u64,
        rows,
    }
}

impl Forecast {
    /// As people read it.
    pub fn human(&self) -> String {
        let mut out = format!("{} decisions, {} rows that are none\n", self.decisions.0, self.decisions.1);
        for (digest, count) in self.made_by.iter().filter(|(digest, _)| **digest != self.policy) {
            let by = if digest.is_empty() { "no stated policy" } else { digest };
            out.push_str(&format!("note: {count} decisions by {by}, the forecast is of {}\n", self.policy));
        }
        let differ = self.rows.iter().filter(|row| row.differs()).count();
        if self.family == 0 {
            out.push_str("the design of the forecast is not stated: shares are set side by side, and nothing is tested\n");
        } else {
            out.push_str(&format!("{differ} of {} figures came out otherwise (exact conditional test, false discovery rate 0.05)\n", self.family));
        }
        let rows = || self.rows.iter().filter(|row| row.actual.0 + row.forecast.k > 0);
        // Those that differ come first.
        let shown = differ + SHOWN;
        for row in rows().take(shown) {
            let (k, n) = row.actual;
            let ends = row.difference.map(|ends| format!("; difference {:+.2} to {:+.2} points", ends.lo * 100.0, ends.hi * 100.0)).unwrap_or_default();
            out.push_str(&format!(
                " {}{} {}: forecast {}; came out {:.1} %, {k} of {n}{ends}\n",
                if row.differs() { "*" } else { " " },
                row.kind,
                row.name,
                row.forecast.percent(),
                real(k) / real(n.max(1)) * 100.0
            ));
        }
        if rows().count() > shown {
            out.push_str(&format!("  … and {} more that do not differ, in --format json\n", rows().count() - shown));
        }
        out
    }
}
