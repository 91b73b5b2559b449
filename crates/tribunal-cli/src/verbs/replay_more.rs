//! What stands beside a replay: sample sizes, blind label sheets, labels read back.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde::Serialize;
use tribunal_replay::circle::{self, Batch, Draw};
use tribunal_replay::labels::LabelRows;
use tribunal_replay::stats::plan;

use super::told;
use crate::Ended;
use crate::output::OutputFile;
use crate::ui::{Format, Ui, count};

#[derive(Debug, Subcommand)]
pub(crate) enum More {
    Plan(PlanArgs),
    Sample(SampleArgs),
    Labelled(LabelledArgs),
}

/// Draw items of a report for labelling: blind sheets, and beside them the batch with classes and chances
#[derive(Debug, clap::Args)]
#[command(after_help = "The sheets hold content; the batch (LABELS.batch.json) holds what labellers must not see.\n\n\
    Example:\n  tribunal replay sample out --per-change 50 --labellers 2 --values bad,ok -o labels.xlsx")]
pub(crate) struct SampleArgs {
    /// The folder of a report
    report: PathBuf,
    /// Items of each class whose decision changes
    #[arg(long, value_name = "N", default_value_t = 50)]
    per_change: usize,
    /// Items of each class whose decision does not change: recall needs them
    #[arg(long, value_name = "N", default_value_t = 20)]
    per_same: usize,
    /// Labellers, each with a sheet of their own
    #[arg(long, value_name = "N", default_value_t = 1)]
    labellers: usize,
    /// What a label may be; the first one means a violation
    #[arg(long, value_name = "LABEL", value_delimiter = ',', default_value = "violation,ok")]
    values: Vec<String>,
    /// The workbook
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Read label sheets back: precision and recall with intervals by design, agreement, what to adjudicate
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tribunal replay labelled labels.batch.json labels.xlsx")]
pub(crate) struct LabelledArgs {
    /// The batch that was written beside the sheets
    batch: PathBuf,
    /// Workbooks or CSV files with labels
    #[arg(required = true)]
    labels: Vec<PathBuf>,
    /// For people or programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// How many items a question needs
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tribunal replay plan --rate 1% --within 0.1%      items for a share of about 1 % to within 0.1 points\n  \
    tribunal replay plan --rate 2% --against 1%       items of each of two samples to tell 2 % from 1 %\n  \
    tribunal replay plan --stricter 0.2% --milder 0.1%  items judged by both policies to see which way decisions move\n  \
    tribunal replay plan --none-above 0.1%            items without a hit that put the share below 0.1 %")]
pub(crate) struct PlanArgs {
    /// The share one expects
    #[arg(long, value_parser = share, value_name = "SHARE")]
    rate: Option<f64>,
    /// Half the width of its interval
    #[arg(long, value_parser = share, value_name = "SHARE", requires = "rate")]
    within: Option<f64>,
    /// Items there are at all
    #[arg(long, value_name = "N", requires = "within")]
    population: Option<f64>,
    /// The share to tell it from
    #[arg(long, value_parser = share, value_name = "SHARE", requires = "rate")]
    against: Option<f64>,
    /// Share of items that become stricter
    #[arg(long, value_parser = share, value_name = "SHARE", requires = "milder")]
    stricter: Option<f64>,
    /// Share of items that become milder
    #[arg(long, value_parser = share, value_name = "SHARE", requires = "stricter")]
    milder: Option<f64>,
    /// A bound for something never seen
    #[arg(long, value_parser = share, value_name = "SHARE")]
    none_above: Option<f64>,
    /// The chance to see what is there
    #[arg(long, value_parser = share, value_name = "SHARE", default_value = "0.8")]
    power: f64,
    /// The chance of a false alarm
    #[arg(long, value_parser = share, value_name = "SHARE", default_value = "0.05")]
    alpha: f64,
    /// For people or programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// A number above 0.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("write a number above 0".to_owned()),
    }
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').map_or(text.parse::<f64>(), |percent| percent.trim().parse::<f64>().map(|percent| percent / 100.0));
    match number {
        Ok(number) if number > 0.0 && number < 1.0 => Ok(number),
        _ => Err("write a share above 0 and below 1, such as 0.01 or 1%".to_owned()),
    }
}

/// An answer of `replay plan`.
#[derive(Debug, Serialize)]
struct Needed {
    /// What was asked.
    question: String,
    /// Items.
    items: f64,
}

pub(crate) fn run(more: &More, ui: &Ui) -> anyhow::Result<Ended> {
    match more {
        More::Plan(args) => sizes(args, ui),
        More::Sample(args) => sample(args, ui),
        More::Labelled(args) => labelled(args, ui),
    }
}

fn sample(args: &SampleArgs, ui: &Ui) -> anyhow::Result<Ended> {
    if args.values.len() < 2 {
        bail!("--values: at least two labels, the first one a violation");
    }
    if let Some(label) = args.values.iter().enumerate().find_map(|(at, label)| args.values.iter().skip(at + 1).find(|other| *other == label)) {
        bail!("--values names `{label}` twice");
    }
    if args.labellers == 0 || args.per_change + args.per_same == 0 {
        bail!("nothing would be drawn: --labellers, and one of --per-change and --per-same, are 1 or more");
    }
    let draw = Draw { per_change: args.per_change, per_same: args.per_same, labellers: args.labellers };
    let (batch, book) = circle::sample(&args.report, draw, &args.values)?;
    let beside = args.output.with_extension("batch.json");
    let mut text = serde_json::to_vec_pretty(&batch)?;
    text.push(b'\n');
    let (book, text) = (OutputFile::with(&args.output, &book)?, OutputFile::with(&beside, &text)?);
    book.finish()?;
    text.finish()?;
    ui.remark(&format!(
        "{} of {} classes of decisions in {}, the batch in {}",
        count(batch.items.len() as u64, "item"),
        batch.strata.len(),
        args.output.display(),
        beside.display()
    ));
    Ok(Ended::Fine)
}

fn labelled(args: &LabelledArgs, ui: &Ui) -> anyhow::Result<Ended> {
    let shown = args.batch.display().to_string();
    let batch: Batch = serde_json::from_slice(&std::fs::read(&args.batch).with_context(|| shown.clone())?).with_context(|| shown)?;
    let mut read = LabelRows::default();
    for path in &args.labels {
        read.add(path)?;
    }
    let found = circle::labelled(&batch, &read)?;
    let mut text = format!(
        "{} labelled, {} open, {} unsure; rows: {} matched, {} not of the batch, {} doubled\n",
        found.labelled, found.open, found.unsure, found.matched, found.unmatched, found.doubled
    );
    if let Some(place) = &found.doubled_at {
        text.push_str(&format!("  warning: {} said twice by one labeller, first at {place}: counted once\n", count(found.doubled, "label")));
    }
    for (rule, count) in &found.about_rules {
        let rate = found.rule_precision.get(rule).map(|rate| format!("; its precision {}", rate.percent())).unwrap_or_default();
        text.push_str(&format!("  {count} about the rule {rule}, left out of the shares of items as a whole{rate}\n"));
    }
    for (version, count) in &found.other_versions {
        text.push_str(&format!("  warning: {count} given by version {version} of the policy, the report is of {}\n", batch.policy_version));
    }
    if let Some((first, last)) = &found.days {
        text.push_str(&format!("  given from {first} to {last}\n"));
    }
    text.push_str(&format!("  old: precision {}; recall {}\n", found.old_precision.percent(), found.old_recall.percent()));
    text.push_str(&format!("  new: precision {}; recall {}\n", found.new_precision.percent(), found.new_recall.percent()));
    let agreement = &found.agreement;
    for (name, kappa) in [("Cohen's", agreement.cohen), ("Fleiss'", agreement.fleiss)] {
        if let Some(kappa) = kappa {
            text.push_str(&format!(
                "  {name} kappa of {} labellers on the {} that all of them labelled: {kappa:.3}\n",
                agreement.labellers,
                count(agreement.by_all, "item")
            ));
        }
    }
    if let Some(alpha) = agreement.alpha {
        let ends = agreement.alpha_interval.map(|ends| format!(" ({:.3}–{:.3})", ends.lo, ends.hi)).unwrap_or_default();
        text.push_str(&format!("  Krippendorff's alpha, on all items with two labels or more: {alpha:.3}{ends}\n"));
    }
    if found.unlabelled_share > 0.0 {
        text.push_str(&format!("  classes without a label, {:.1} % of all items, are left out of precision\n", found.unlabelled_share * 100.0));
    }
    if !found.disagreements.is_empty() {
        text.push_str(&format!("  to adjudicate: {}\n", found.disagreements.join(", ")));
    }
    told(ui, args.format, &found, &text)?;
    Ok(Ended::Fine)
}

fn sizes(args: &PlanArgs, ui: &Ui) -> anyhow::Result<Ended> {
    let (power, alpha) = (args.power, args.alpha);
    let mut out = Vec::new();
    let mut add = |question: String, items: f64| out.push(Needed { question, items: items.ceil() });
    if let (Some(rate), Some(within)) = (args.rate, args.within) {
        add(format!("a share of about {rate} to within {within}"), plan::share(rate, within, args.population, alpha));
    }
    if args.against.is_some() && args.rate == args.against || args.stricter.is_some() && args.stricter == args.milder {
        bail!("two shares that are the same cannot be told apart: say how far apart they are at least");
    }
    if let (Some(rate), Some(against)) = (args.rate, args.against) {
        add(format!("to tell {rate} from {against}, in each of two samples"), plan::two_shares(rate, against, power, alpha));
    }
    if let (Some(stricter), Some(milder)) = (args.stricter, args.milder) {
        add(format!("to tell {stricter} stricter from {milder} milder, items judged by both policies"), plan::paired(stricter, milder, power, alpha));
    }
    if let Some(bound) = args.none_above {
        add(format!("without a single hit, for a share below {bound}"), plan::none_below(bound, alpha));
    }
    if out.is_empty() {
        bail!("nothing to plan: give --rate with --within or --against, --stricter with --milder, or --none-above");
    }
    let text: String = out.iter().map(|needed| format!("{:>12}  {}\n", crate::ui::thousands(needed.items as u64), needed.question)).collect();
    told(ui, args.format, &out, &format!("{text}(chance of a false alarm {alpha}, of seeing what is there {power})\n"))?;
    Ok(Ended::Fine)
}
