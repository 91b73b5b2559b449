//! `tribunal diff`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use tribunal::policy::diagnostic::{Diagnostic, Severity};
use tribunal::policy::{Policy, load, render};
use tribunal_analysis::{Attribution, Change, DiffOptions, DiffReport, PolicyName, Shown, Verdict, Way, diff, markets};

use crate::Ended;
use crate::ui::{Format, Ui, count, require};

/// Say what a new version means: where it is stricter or milder, for whom, and which edit does it
#[derive(Debug, clap::Args)]
#[command(after_help = "`the same` means: every item is decided alike, checked exhaustively, for items without fields that are pending, of a wrong \
    type or over a limit. Every item that is shown was decided by both engines.\n\n\
    Exit status: 1 when `--fail-on` applies, 2 when a policy cannot be used.\n\n\
    Example:\n  tribunal diff guidelines-v41 guidelines-v42\n  \
    tribunal diff old new --fail-on milder:distribution --except BR:memo-2026-14")]
pub(crate) struct Args {
    /// The old policy's folder or single file
    old: PathBuf,
    /// The new policy's folder or single file
    new: PathBuf,
    /// Fail when decisions become `milder`, `stricter` or change at all (`any`), on one axis or on all: `milder:distribution`
    #[arg(long, value_name = "WAY[:AXIS]")]
    fail_on: Vec<Gate>,
    /// A market that `--fail-on` does not look at, with the reason: `BR:memo-2026-14` (`*` for items without a market)
    #[arg(long, value_name = "MARKET:REASON")]
    except: Vec<Exempt>,
    /// Only these markets
    #[arg(long, value_name = "MARKET")]
    market: Vec<String>,
    /// Do not look for whom it changes
    #[arg(long)]
    no_slices: bool,
    /// Steps that the solver may take in all; what it does not reach is not known. Without it there is no end
    #[arg(long, value_name = "STEPS")]
    budget: Option<u64>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Debug)]
struct Gate {
    text: String,
    way: Option<Way>,
    axis: Option<String>,
}

impl std::str::FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Gate, String> {
        let (way, axis) = match text.split_once(':') {
            Some((way, axis)) => (way, Some(axis.to_owned())),
            None => (text, None),
        };
        let way = match way {
            "milder" | "looser" => Some(Way::Milder),
            "stricter" | "tighter" => Some(Way::Stricter),
            "any" => None,
            _ => return Err("`milder`, `stricter` or `any`, then perhaps `:AXIS`".to_owned()),
        };
        Ok(Gate { text: text.to_owned(), way, axis })
    }
}

#[derive(Clone, Debug)]
struct Exempt {
    market: String,
    reason: String,
}

impl std::str::FromStr for Exempt {
    type Err = String;

    fn from_str(text: &str) -> Result<Exempt, String> {
        match text.split_once(':') {
            Some((market, reason)) if !market.is_empty() && !reason.trim().is_empty() => Ok(Exempt { market: market.to_owned(), reason: reason.to_owned() }),
            _ => Err("a market and the reason, as in `BR:memo-2026-14`".to_owned()),
        }
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let (old, new) = (read(&args.old, ui)?, read(&args.new, ui)?);
    if let Some(axis) = args.fail_on.iter().filter_map(|gate| gate.axis.as_ref()).find(|axis| old.axis(axis).or(new.axis(axis)).is_none()) {
        bail!("--fail-on: no policy has the axis `{axis}`");
    }
    for market in args.market.iter().chain(args.except.iter().map(|except| &except.market)) {
        if market != "*" && old.market(market).is_none() && new.market(market).is_none() {
            bail!("no policy has the market `{market}`");
        }
    }
    let options = DiffOptions { markets: args.market.clone(), no_slices: args.no_slices, budget: args.budget };
    let report = diff(&old, &new, &options).map_err(|error| anyhow!("a policy cannot be compiled: {error}"))?;
    let failed = failed(args, &report);
    match args.format {
        Format::Human => {
            let mut text = human(&report);
            for line in &failed {
                let _ = writeln!(text, "failed: {line}");
            }
            ui.print(&text)?;
        }
        Format::Json => ui.print_json(&serde_json::json!({ "format": 1, "report": report, "failed": failed }))?,
    }
    Ok(if failed.is_empty() { Ended::Fine } else { Ended::Findings })
}

fn read(path: &Path, ui: &Ui) -> anyhow::Result<Arc<Policy>> {
    require(path)?;
    let loaded = load(path);
    match loaded.policy {
        Some(policy) => Ok(Arc::new(policy)),
        None => {
            let errors: Vec<Diagnostic> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
            ui.refuse(path, &errors, &loaded.sources)
        }
    }
}

/// Which gates fail, and where.
fn failed(args: &Args, report: &DiffReport) -> Vec<String> {
    let mut out = Vec::new();
    for gate in &args.fail_on {
        let hits = |cell: &&tribunal_analysis::Cell| {
            let way = match cell.verdict {
                Verdict::Same => false,
                // What is not known cannot pass a gate.
                Verdict::Both | Verdict::NotKnown => true,
                Verdict::Stricter => gate.way != Some(Way::Milder),
                Verdict::Milder => gate.way != Some(Way::Stricter),
            };
            way && gate.axis.as_ref().is_none_or(|axis| *axis == cell.axis)
        };
        let mut names: Vec<String> = Vec::new();
        for cell in report.cells.iter().filter(hits) {
            let spared = args.except.iter().find(|except| except.market.eq_ignore_ascii_case(&cell.market));
            if spared.is_none() && !names.contains(&cell.market) {
                names.push(cell.market.clone());
            }
        }
        let axes: Vec<&String> = report.axes_not_compared.iter().filter(|axis| gate.axis.as_ref().is_none_or(|wanted| wanted == *axis)).collect();
        if !names.is_empty() {
            let reasons: Vec<String> = args.except.iter().map(|except| format!("{} ({})", except.market, except.reason)).collect();
            let but = if reasons.is_empty() { String::new() } else { format!(", beside {}", reasons.join(", ")) };
            out.push(format!("--fail-on {}: {}{but}", gate.text, markets(&names)));
        } else if !axes.is_empty() {
            out.push(format!(
                "--fail-on {}: the axis `{}` is not the same in both and was not compared",
                gate.text,
                axes.iter().map(|axis| axis.as_str()).collect::<Vec<_>>().join("`, `")
            ));
        }
    }
    out
}

fn name(policy: &PolicyName) -> String {
    let digest: String = policy.digest.chars().take(7).collect();
    format!("{} {} {digest}…", policy.id, render::neutral_line(&policy.version))
}

fn human(report: &DiffReport) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "OLD {} → NEW {}", name(&report.old), name(&report.new));
    let _ = writeln!(text);
    table(&mut text, report);
    for (at, change) in report.changes.iter().enumerate() {
        let _ = writeln!(text);
        self::change(&mut text, at + 1, change);
    }
    if !report.edits.is_empty() {
        let _ = writeln!(text, "\nEdits");
        for edit in &report.edits {
            let _ = writeln!(text, "  {} `{}` {}", edit.kind, render::neutral_line(&edit.name), edit.how);
            for detail in &edit.details {
                let _ = writeln!(text, "    {}", render::neutral_line(detail));
            }
        }
    }
    let _ = writeln!(text);
    if report.suspected > 0 {
        let _ = writeln!(text, "not known: {}, as the engine did not confirm what was suspected there, or the budget ran out", count(report.suspected, "cell"));
    }
    for open in &report.left_open {
        let _ = writeln!(text, "left open: {}: the budget ran out", render::neutral_line(&open.about.join(" in ")));
    }
    for line in &report.not_checked {
        let _ = writeln!(text, "not checked: {}", render::neutral_line(line));
    }
    text
}

/// Markets that fare alike, one line a group.
fn table(text: &mut String, report: &DiffReport) {
    /// What is said of each axis.
    type Row = Vec<(String, Verdict)>;
    let mut groups: Vec<(Row, Vec<String>)> = Vec::new();
    let mut names: Vec<&String> = report.cells.iter().map(|cell| &cell.market).collect();
    names.dedup();
    for name in names {
        let row: Row = report.cells.iter().filter(|cell| cell.market == *name).map(|cell| (cell.axis.clone(), cell.verdict)).collect();
        match groups.iter_mut().find(|(known, _)| *known == row) {
            Some((_, markets)) => markets.push(name.clone()),
            None => groups.push((row, vec![name.clone()])),
        }
    }
    for (row, names) in groups {
        let changed: Vec<String> =
            row.iter().filter(|(_, verdict)| *verdict != Verdict::Same).map(|(axis, verdict)| format!("{axis} {}", words(*verdict))).collect();
        let says = if changed.is_empty() { "the same, checked over all items".to_owned() } else { changed.join("; ") };
        let _ = writeln!(text, "{}: {says}", markets(&names));
    }
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "the same",
        Verdict::Stricter => "stricter",
        Verdict::Milder => "milder",
        Verdict::Both => "stricter for some, milder for others",
        Verdict::NotKnown => "not known",
    }
}

fn change(text: &mut String, number: usize, change: &Change) {
    let way = match change.way {
        Way::Stricter => "STRICTER",
        Way::Milder => "MILDER",
    };
    let _ = writeln!(text, "{number}. {way} in {}: {} (rule `{}`)", markets(&change.markets), change.axes.join(", "), change.rule);
    let _ = writeln!(text, "   item  {}", render::neutral_line(&change.new.item.to_string()));
    let _ = writeln!(text, "   old   {}", decided(&change.old));
    let _ = writeln!(text, "   new   {}", decided(&change.new));
    if !change.spares.is_empty() {
        let _ = writeln!(text, "   for   {} (not for {})", change.reaches.join(", "), change.spares.join(", "));
    }
    for cause in &change.caused_by {
        let _ = writeln!(text, "   by    {}", render::neutral_line(cause));
    }
    if change.causes == Attribution::Together {
        let _ = writeln!(text, "         (reverting one of them alone does not undo it)");
    }
}

fn decided(shown: &Shown) -> String {
    let values: Vec<String> = shown.decision.iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
    let values = if values.is_empty() { "nothing".to_owned() } else { values.join(", ") };
    if shown.rules.is_empty() { values } else { format!("{values} ({})", shown.rules.join(", ")) }
}
