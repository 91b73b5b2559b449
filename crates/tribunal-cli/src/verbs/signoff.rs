//! `tribunal signoff`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use tribunal_replay::circle::{self, Signoff};
use tribunal_replay::report::gates::Outcome;

use super::replay::told;
use crate::Ended;
use crate::output::OutputFile;
use crate::ui::{Format, Ui, count, require};

/// Record who approved a report, or see what changed since
#[derive(Debug, clap::Args)]
#[command(after_help = "The record binds digests of policies, data, report and labels, how the gates ended, and what each live rule means.\n\n\
    Exit status: 1 when live rules mean something else than what was signed for.\n\n\
    Example:\n  tribunal signoff out --policy draft --by \"A. Reviewer\" --role policy-lead --on 2026-11-22\n  \
    tribunal signoff out --policy draft --verify")]
pub(crate) struct Args {
    /// The folder of a report
    report: PathBuf,
    /// The new policy of the report
    #[arg(long, value_name = "POLICY")]
    policy: PathBuf,
    /// Who approves
    #[arg(long, value_name = "NAME", required_unless_present = "verify")]
    by: Option<String>,
    /// As what
    #[arg(long, value_name = "ROLE", required_unless_present = "verify")]
    role: Option<String>,
    /// When
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// The labels it rests on
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Name live rules of the policy that mean something else than what was signed for
    #[arg(long, conflicts_with_all = ["by", "role", "on", "labels"])]
    verify: bool,
    /// For people or programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    require(&args.policy)?;
    let path = args.report.join("signoff.json");
    let shown = path.display().to_string();
    if args.verify {
        let signoff: Signoff = serde_json::from_slice(&std::fs::read(&path).with_context(|| shown.clone())?).with_context(|| shown)?;
        let changed = circle::unsigned(&signoff, &args.policy)?;
        let text = match changed.as_slice() {
            [] => format!("every live rule is as {} ({}) signed for\n", signoff.by, signoff.role),
            names => format!("not signed for by {} ({}): {}\n", signoff.by, signoff.role, names.join(", ")),
        };
        told(ui, args.format, &changed, &text)?;
        return Ok(if changed.is_empty() { Ended::Fine } else { Ended::Findings });
    }
    let stated = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (Some(by), Some(role)) = (&stated(&args.by), &stated(&args.role)) else { bail!("--by and --role say who approves") };
    let signoff = circle::signoff(&args.report, &args.policy, by, role, args.on.as_deref(), args.labels.as_deref())?;
    let mut text = serde_json::to_vec_pretty(&signoff)?;
    text.push(b'\n');
    OutputFile::with(&path, &text)?.finish()?;
    let open: Vec<&str> = signoff.gates.iter().filter(|(_, ended)| *ended != Outcome::Passed).map(|(gate, _)| gate.as_str()).collect();
    if !open.is_empty() {
        ui.remark(&format!("warning: {} did not pass: {}", count(open.len() as u64, "gate"), open.join("; ")));
    }
    let told_text = format!("{by} ({role}) signed for {} under {}: {}\n", count(signoff.rules.len() as u64, "live rule"), signoff.policy, path.display());
    told(ui, args.format, &signoff, &told_text)?;
    Ok(Ended::Fine)
}
