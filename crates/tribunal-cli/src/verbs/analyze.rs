//! `tribunal analyze`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use tribunal::policy::diagnostic::{Diagnostic, Severity};
use tribunal::policy::source::Sources;
use tribunal::policy::{Policy, load, render, time};
use tribunal_analysis::evade::Words;
use tribunal_analysis::report::{analysis_document, analysis_workbook};
use tribunal_analysis::workbook::to_xlsx;
use tribunal_analysis::{Analysis, LeftOpen, Options, Status, Why, WordList, analyze, code, sarif};

use crate::Ended;
use crate::output::OutputFile;
use crate::ui::{Deny, ReportFormat, Ui, count, require};

/// Look for contradictions, dead rules, idle exceptions and gaps, each with an item that shows it
#[derive(Debug, clap::Args)]
#[command(after_help = "Every finding has been tried on the engine: an item that is shown was decided just as it says, and what is said \
    of all items was checked exhaustively, for items without fields that are pending, of a wrong type or over a limit.\n\n\
    Exit status: 1 when there are errors (with `--deny warnings` also warnings), 2 when the policy cannot be used.\n\n\
    Example:\n  tribunal analyze community-guidelines\n  tribunal analyze community-guidelines --watch\n  tribunal analyze community-guidelines --disable exception-bypass --format sarif > analyze.sarif")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// Leave out a kind of finding, by its code or short id (`shadowed-rule`, `C5`)
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    disable: Vec<String>,
    /// Only findings about this rule
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// The day for dates of review and of acceptance (ISO 8601); today without it
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
    /// Ordinary words that terms should not hit, one a line with how often it occurs after a tab; `LANG=FILE` says their language
    #[arg(long, value_name = "[LANG=]FILE")]
    words: Vec<String>,
    /// Steps that the solver may take in all; questions it does not reach are left open, and named. Without it there is no end
    #[arg(long, value_name = "STEPS")]
    budget: Option<u64>,
    /// Write the findings as a workbook (`.xlsx`) whose `accept`, `reason`, `until` and `owner` come back by `sheet import`, or as a
    /// page (`.html`, `.md`)
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
    /// Stay, and say after each saved edit which findings are new and which are gone; ends with Ctrl-C
    #[arg(long, conflicts_with_all = ["report", "format", "deny"])]
    watch: bool,
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
        None => Some(super::now()),
    };
    let words = args.words.iter().map(|text| read_words(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let options = Options { disabled: args.disable.clone(), today, only: args.rule.clone(), words, budget: args.budget };
    if args.watch {
        let first = |analysis: &Analysis| human(analysis, &loaded.sources, args.notes);
        return super::watch::watch(&args.policy, &policy, &options, args.notes, &first, ui);
    }
    let analysis = analyze(&policy, &options).map_err(|error| anyhow!("the policy cannot be compiled: {error}"))?;
    written(&analysis, &policy, &args.report, ui)?;
    match args.format {
        ReportFormat::Human => ui.print(&human(&analysis, &loaded.sources, args.notes))?,
        ReportFormat::Json => ui.print_json(&analysis)?,
        ReportFormat::Sarif => ui.print_json(&sarif(&analysis, args.notes, &loaded.sources))?,
    }
    let bad = analysis.errors > 0 || args.deny.is_some() && analysis.warnings > 0;
    Ok(if bad { Ended::Findings } else { Ended::Fine })
}

fn human(analysis: &Analysis, sources: &Sources, notes: bool) -> String {
    let shown = analysis.findings.iter().filter(|finding| notes || finding.severity != "note");
    let diagnostics: Vec<Diagnostic> = shown.filter_map(tribunal_analysis::Finding::diagnostic).collect();
    let mut text = render::human(&diagnostics, sources, true);
    if !text.is_empty() {
        text.push('\n');
    }
    summary(&mut text, analysis, notes);
    text
}

fn read_words(text: &str) -> anyhow::Result<WordList> {
    let is_tag = |tag: &str| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let (lang, path) = match text.split_once('=') {
        Some((lang, path)) if is_tag(lang) => (Some(lang.to_owned()), path),
        _ => (None, text),
    };
    let shown = || render::neutral_line(path);
    let content = std::fs::read_to_string(path).with_context(shown)?;
    Ok(WordList { lang, words: Words::parse(&content).with_context(shown)? })
}

/// All files are made before the first is put in its place.
fn written(analysis: &Analysis, policy: &Policy, files: &[PathBuf], ui: &Ui) -> anyhow::Result<()> {
    let mut ready = Vec::new();
    for path in files {
        let bytes = match path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("xlsx") => to_xlsx(&analysis_workbook(analysis, policy))?,
            Some("html") => analysis_document(analysis).html().into_bytes(),
            Some("md") => analysis_document(analysis).markdown().into_bytes(),
            _ => bail!("{}: name the file .xlsx, .html or .md", path.display()),
        };
        ready.push(OutputFile::with(path, &bytes)?);
    }
    for file in ready {
        file.finish()?;
    }
    files.iter().for_each(|path| ui.remark(&format!("wrote {}", path.display())));
    Ok(())
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
    for accepted in &analysis.accepted {
        let finding = &accepted.finding;
        let until = accepted.until.as_ref().map_or_else(String::new, |until| format!(" (until {until})"));
        let about = finding.subjects.first().map_or("", String::as_str);
        let _ = writeln!(text, "accepted: {} `{}`: {}{until}", finding.code, render::neutral_line(about), render::neutral_line(&accepted.reason));
    }
    coverage(text, analysis);
    left_open(text, &analysis.left_open);
    for line in &analysis.not_checked {
        let _ = writeln!(text, "not checked: {}", render::neutral_line(line));
    }
}

/// The cells of the taxonomy without a working rule, by category.
fn coverage(text: &mut String, analysis: &Analysis) {
    let mut empty: BTreeMap<&str, u64> = BTreeMap::new();
    for cell in analysis.coverage.iter().filter(|cell| cell.rules.is_empty()) {
        *empty.entry(&cell.category).or_default() += 1;
    }
    if empty.is_empty() {
        return;
    }
    let all = count(empty.values().sum(), "cell");
    let named: Vec<String> = empty.iter().take(SHOWN).map(|(category, cells)| format!("`{}` {cells}", render::neutral_line(category))).collect();
    let more = if empty.len() > SHOWN { ", …" } else { "" };
    let _ = writeln!(text, "coverage: {all} of the taxonomy without a working rule, of {}: {}{more}", analysis.coverage.len(), named.join(", "));
    text.push_str("  (`--report` and JSON have each with an item that passes)\n");
}

/// Questions without an answer, by their code.
fn left_open(text: &mut String, open: &[LeftOpen]) {
    for group in open.chunk_by(|one, other| one.code == other.code && one.why == other.why) {
        let Some(first) = group.first() else { continue };
        let about: Vec<String> = group.iter().take(SHOWN).map(|open| format!("`{}`", render::neutral_line(&open.about.join("` and `")))).collect();
        let more = group.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more (all of them in JSON)") } else { String::new() };
        let about = format!("{}{more}", about.join(", "));
        let _ = match first.why {
            Why::Budget => writeln!(text, "left open: `{}` about {about}: the budget ran out", first.code),
            Why::Refuted => writeln!(text, "not shown: {} suspected `{}`, which the engine did not confirm: {about}", group.len(), first.code),
        };
    }
}

/// Questions of one code that are named.
const SHOWN: usize = 12;
