//! `tribunal due`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use tribunal::policy::diagnostic::Severity;
use tribunal::policy::render::neutral_line;
use tribunal::policy::{load, time};
use tribunal_analysis::finding_way::{Due, due};

use super::where_::head;
use crate::Ended;
use crate::ui::{Format, Ui, count, require};

/// What ends, begins or is due for review: rules, overrides, terms
#[derive(Debug, clap::Args)]
#[command(after_help = "Reviews that are overdue are always listed.\n\nExample:\n  tribunal due community-guidelines --within 30d")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// How far to look ahead: days (`30d`) or weeks (`4w`)
    #[arg(long, value_name = "SPAN", default_value = "30d", value_parser = span)]
    within: u32,
    /// The day to count from; today without it
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

fn span(text: &str) -> Result<u32, String> {
    let (digits, days) = match text.strip_suffix('w') {
        Some(digits) => (digits, 7),
        None => (text.strip_suffix('d').unwrap_or(text), 1),
    };
    let number: u32 = digits.parse().map_err(|_| "write days as 30d or weeks as 4w".to_owned())?;
    number.checked_mul(days).filter(|days| *days <= 36_500).ok_or_else(|| "that is more than a hundred years".to_owned())
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    require(&args.policy)?;
    let on = match &args.on {
        Some(date) => match time::parse(date) {
            Some(at) if at.date_only => at.seconds,
            _ => bail!("`{}` is no date: write it as 2026-11-01", neutral_line(date)),
        },
        None => super::now(),
    };
    let loaded = load(&args.policy);
    let Some(policy) = loaded.policy else {
        let errors: Vec<_> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
        return ui.refuse(&args.policy, &errors, &loaded.sources);
    };
    let found = due(&policy, on, args.within);
    match args.format {
        Format::Human => ui.print(&text(&found))?,
        Format::Json => ui.print_json(&found)?,
    }
    Ok(Ended::Fine)
}

fn text(found: &Due) -> String {
    let mut out = format!("{}\n{}, {} ahead\n\n", head(&found.policy), found.on, count(u64::from(found.within_days), "day"));
    for line in &found.lines {
        let when = match line.days {
            days if days < 0 => format!("{} overdue", count(days.unsigned_abs(), "day")),
            0 => "today".to_owned(),
            days => format!("in {}", count(days.unsigned_abs(), "day")),
        };
        let kind = match line.kind.as_str() {
            "review" => "review",
            "ends" => "last day",
            _ => "begins",
        };
        let what = match (line.what.as_str(), &line.market) {
            ("terms", _) => format!("{} of {}", count(line.terms, "term"), line.name),
            (_, Some(market)) => format!("{} in {market}", line.name),
            _ => line.name.clone(),
        };
        let owner = line.owner.as_deref().map_or_else(String::new, |owner| format!(", {}", neutral_line(owner)));
        let _ = writeln!(out, "{} ({when}): {kind}: {what}{owner}   {}", line.date, neutral_line(&line.place));
    }
    if found.lines.is_empty() {
        out.push_str("nothing\n");
    }
    out
}
