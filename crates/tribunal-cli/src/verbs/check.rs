//! `tribunal check`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tribunal::policy::{load, render};
use tribunal::{CheckReport, check};
use tribunal_replay::circle::{self, Signoff};

use crate::Ended;
use crate::ui::{Deny, ReportFormat, Ui, count, require};

/// Check a policy: names, types, markets, floors, and what is dear to evaluate
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 1 when there are errors (with `--deny warnings` also warnings), 2 when there is no such policy.\n\n\
    Example:\n  tribunal check community-guidelines --deny warnings\n  tribunal check community-guidelines --format sarif > check.sarif\n  \
    tribunal check community-guidelines --require-signoff out")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// What counts as an error
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Name live rules that mean something else than what was signed for: the folder of a report, or its signoff.json
    #[arg(long, value_name = "SIGNOFF")]
    require_signoff: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    require(&args.policy)?;
    let mut checked = check(load(&args.policy), args.deny.is_some());
    let unsigned = match &args.require_signoff {
        Some(path) if checked.report.policy.is_some() => unsigned(path, &args.policy)?,
        _ => Vec::new(),
    };
    checked.report.errors += unsigned.len() as u64;
    match args.format {
        ReportFormat::Human => {
            let mut text = render::human(&checked.diagnostics, &checked.sources, true);
            if !text.is_empty() {
                text.push('\n');
            }
            for rule in &unsigned {
                let _ = writeln!(text, "error: the rule `{rule}` is live and not as it was signed for: replay it, and have it signed");
            }
            summary(&mut text, &checked.report);
            ui.print(&text)?;
        }
        ReportFormat::Json if args.require_signoff.is_some() => {
            let mut report = serde_json::to_value(&checked.report)?;
            if let Some(report) = report.as_object_mut() {
                report.insert("unsigned".to_owned(), serde_json::to_value(&unsigned)?);
            }
            ui.print_json(&report)?;
        }
        ReportFormat::Json => ui.print_json(&checked.report)?,
        ReportFormat::Sarif => ui.print_json(&render::sarif(&checked.diagnostics, &checked.sources))?,
    }
    if args.format == ReportFormat::Sarif {
        unsigned.iter().for_each(|rule| ui.say(&format!("the rule `{rule}` is live and not as it was signed for")));
    }
    if let (ReportFormat::Sarif, Some(error)) = (args.format, &checked.report.not_compiled) {
        ui.say(&format!("the policy cannot be compiled: {error}"));
    }
    Ok(if checked.report.errors > 0 { Ended::Findings } else { Ended::Fine })
}

/// Live rules that mean something else than what was signed for.
fn unsigned(path: &Path, policy: &Path) -> anyhow::Result<Vec<String>> {
    let path = if path.is_dir() { path.join("signoff.json") } else { path.to_owned() };
    let shown = path.display().to_string();
    let signoff: Signoff = serde_json::from_slice(&std::fs::read(&path).with_context(|| shown.clone())?).with_context(|| shown)?;
    Ok(circle::unsigned(&signoff, policy)?)
}

fn summary(text: &mut String, report: &CheckReport) {
    let line = render::neutral_line;
    if let Some(error) = &report.not_compiled {
        let _ = writeln!(text, "error: the policy cannot be compiled: {}", line(error));
    }
    for (place, nanos) in report.slow_regexes.iter().zip(&report.slow_regex_ns) {
        let place = line(place);
        let _ = writeln!(
            text,
            "note: {place}: this regular expression has no literal to wait for, so it runs on every text with a fitting character; here a caption takes it {nanos} ns"
        );
    }
    if !report.always_awake.is_empty() {
        let _ = writeln!(text, "note: evaluated for every item, whatever it holds: {}", report.always_awake.join(", "));
    }
    if let (Some(policy), Some(contents)) = (&report.policy, &report.contents) {
        let digest: String = policy.digest.chars().take(11).collect();
        let contents = [
            (contents.rules, "rule"),
            (contents.lists, "term list"),
            (contents.terms, "term"),
            (contents.markets, "market"),
            (contents.tests, "labelled item"),
        ];
        let contents: Vec<String> = contents.into_iter().map(|(number, noun)| count(number, noun)).collect();
        let _ = writeln!(text, "{} {} {digest}…: {}", policy.id, line(&policy.version), contents.join(", "));
    }
    let _ = writeln!(text, "{}, {}", count(report.errors, "error"), count(report.warnings, "warning"));
}
