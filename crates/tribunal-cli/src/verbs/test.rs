//! `tribunal test`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use tribunal::policy::diagnostic::Severity;
use tribunal::policy::render::neutral_line;
use tribunal::{Difference, TestReport, load, run_tests};

use crate::Ended;
use crate::ui::{Format, Ui, count, require};

/// Run a policy's own tests: the examples of its rules and its labelled items
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples are run as if their rule were live and in its dates. A line of `tests/*.jsonl` is \
    {\"item\": {…}, \"expect\": {…}}; what it may expect: the value of an axis, `rules` (exactly these), `has_rules`, `not_rules`.\n\n\
    Exit status: 1 when a test came out otherwise or cannot be run, 2 when the policy cannot be used.\n\n\
    Example:\n  tribunal test community-guidelines")]
pub(crate) struct Args {
    /// A policy's folder or single file, or a compiled policy
    policy: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    require(&args.policy)?;
    let loaded = load(&args.policy);
    let Some(policy) = loaded.policy else {
        let errors: Vec<_> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
        return ui.refuse(&args.policy, &errors, &loaded.sources);
    };
    let report = run_tests(&Arc::new(policy)).map_err(|error| anyhow::anyhow!("{error}"))?;
    match args.format {
        Format::Human => ui.print(&text(&report))?,
        Format::Json => ui.print_json(&report)?,
    }
    Ok(if report.passed() { Ended::Fine } else { Ended::Findings })
}

/// The most of an item that is quoted, in characters.
const QUOTED: usize = 160;

fn text(report: &TestReport) -> String {
    let mut out = String::new();
    for broken in &report.broken {
        let _ = writeln!(out, "{}: {}", neutral_line(&broken.place), neutral_line(&broken.message));
    }
    for failure in &report.failures {
        let what = match (&failure.rule, &failure.id) {
            (Some(rule), _) => format!("an example of {rule}"),
            (None, Some(id)) => format!("item {}", neutral_line(id)),
            (None, None) => "item without id".to_owned(),
        };
        let _ = writeln!(out, "{}: {what}", neutral_line(&failure.place));
        let quoted: String = failure.item.chars().take(QUOTED).collect();
        let more = if quoted.len() < failure.item.len() { "…" } else { "" };
        let _ = writeln!(out, "    {}{more}", neutral_line(&quoted));
        for difference in &failure.differences {
            let _ = writeln!(out, "  {}", sentence(difference));
        }
        for note in &failure.notes {
            let _ = writeln!(out, "  note: {}", neutral_line(note));
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    for (counted, noun) in [(report.examples, "example"), (report.items, "labelled item")] {
        let _ = writeln!(out, "{}: {} as written, {} otherwise", count(counted.run, noun), counted.run - counted.failed, counted.failed);
    }
    if !report.broken.is_empty() {
        let _ = writeln!(out, "{} cannot be run", count(report.broken.len() as u64, "test"));
    }
    out
}

fn sentence(difference: &Difference) -> String {
    let names = |names: &[String]| if names.is_empty() { "none".to_owned() } else { neutral_line(&names.join(", ")) };
    let Difference { what, expected, found } = difference;
    if what == "fires" {
        return format!("expected: {}; found: {}", names(expected), names(found));
    }
    format!("{what}: expected {}; found {}", names(expected), names(found))
}
