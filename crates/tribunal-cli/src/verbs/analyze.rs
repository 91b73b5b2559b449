//! `tribunal analyze`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use tribunal::policy::diagnostic::{Diagnostic, Severity};
use tribunal::policy::{load, render, time};
use tribunal_analysis::{Analysis, Options, Status, analyze, code};

use crate::Ended;
use crate::ui::{Deny, ReportFormat, Ui, count, require};

/// Look for contradictions, dead rules, idle exceptions and gaps, each with an item that shows it
#[derive(Debug, clap::Args)]
#[command(after_help = "Every finding has been tried on the engine: an item that is shown was decided just as it says, and what is said \
    of all items was checked exhaustively, for items without fields that are pending, of a wrong type or over a limit.\n\n\
    Exit status: 1 when there are errors (with `--deny warnings` also warnings), 2 when the policy cannot be used.\n\n\
    Example:\n  tribunal analyze community-guidelines\n  tribunal analyze community-guidelines --disable exception-bypass --format sarif > analyze.sarif")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// Leave out a kind of finding, by its code or short id (`shadowed-rule`, `C5`)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    disable: Vec<String>,
    /// Only findings about this rule
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// The day for dates of review: ISO 8601
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
    /// Show notes too
    #[arg(long)]
    notes: bool,
    /// What counts as an error
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    require(&args.policy)?;
    if let Some(unknown) = args.disable.iter().find(|name| code(name).is_none()) {
        bail!("--disable {unknown}: no finding has this code");
    }
    let loaded = load(&args.policy);
    let Some(policy) = loaded.policy.map(Arc::new) else {
        let errors: Vec<Diagnostic> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
        return ui.refuse(&args.policy, &errors, &loaded.sources);
    };
    if let Some(unknown) = args.rule.iter().find(|name| policy.rule(name).is_none()) {
        bail!("--rule {unknown}: the policy has no such rule");
    }
    let today = match &args.today {
        Some(text) => Some(time::parse(text).ok_or_else(|| anyhow!("--today {text}: not a moment"))?.seconds),
        None => None,
    };
    let options = Options { disabled: args.disable.clone(), today, only: args.rule.clone() };
    let analysis = analyze(&policy, &options).map_err(|error| anyhow!("the policy cannot be compiled: {error}"))?;
    let diagnostics: Vec<Diagnostic> =
        analysis.findings.iter().filter(|finding| args.notes || finding.severity != "note").filter_map(tribunal_analysis::Finding::diagnostic).collect();
    match args.format {
        ReportFormat::Human => {
            let mut text = render::human(&diagnostics, &loaded.sources, true);
            if !text.is_empty() {
                text.push('\n');
            }
            summary(&mut text, &analysis, args.notes);
            ui.print(&text)?;
        }
        ReportFormat::Json => ui.print_json(&analysis)?,
        ReportFormat::Sarif => ui.print_json(&render::sarif(&diagnostics, &loaded.sources))?,
    }
    let bad = analysis.errors > 0 || args.deny.is_some() && analysis.warnings > 0;
    Ok(if bad { Ended::Findings } else { Ended::Fine })
}

fn summary(text: &mut String, analysis: &Analysis, notes: bool) {
    let digest: String = analysis.policy.digest.chars().take(11).collect();
    let proved = analysis.findings.iter().filter(|finding| finding.status == Status::Proved).count() as u64;
    let _ = writeln!(
        text,
        "{} {} {digest}…: {}, {}, {}{}; {proved} of them checked over all items",
        analysis.policy.id,
        render::neutral_line(&analysis.policy.version),
        count(analysis.errors, "error"),
        count(analysis.warnings, "warning"),
        count(analysis.notes, "note"),
        if notes || analysis.notes == 0 { "" } else { " (`--notes` shows them)" },
    );
    for (code, number) in &analysis.suspected {
        let _ = writeln!(text, "not shown: {number} suspected `{code}`, which the engine did not confirm");
    }
    for line in &analysis.not_checked {
        let _ = writeln!(text, "not checked: {}", render::neutral_line(line));
    }
}
