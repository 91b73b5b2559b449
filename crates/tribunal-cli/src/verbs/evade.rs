//! `tribunal evade`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use tribunal::policy::diagnostic::Severity;
use tribunal::policy::load;
use tribunal::policy::render::neutral_line;
use tribunal_analysis::evade::{Collisions, Evade, ListSurvival, Missed, Options, TacticSurvival, Words, survey};

use crate::Ended;
use crate::ui::{Format, Ui, count, require, thousands};

/// Write every term in many disguises and see which are still found; and which ordinary words terms hit
#[derive(Debug, clap::Args)]
#[command(after_help = "Each term is written as people write it who do not want it found (digits, look-alikes, separators, masks and \
    so on), inside a caption of its script, and looked for with the term's own mode and folds. What a guard refuses is told with its name.\n\n\
    Exit status: 1 when fewer disguises are caught than `--at-least` says, 2 when the policy cannot be used.\n\n\
    Example:\n  tribunal evade community-guidelines --list firearms --words english-words.tsv")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// Only this list of terms
    #[arg(long, value_name = "LIST")]
    list: Option<String>,
    /// Only this tactic
    #[arg(long, value_name = "TACTIC")]
    tactic: Option<String>,
    /// Ordinary words that should not be hit: one a line, after a tab how often it occurs
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
    /// Other disguises of the same tactics
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Fail when fewer percent of all disguises are caught
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    at_least: Option<f64>,
    /// Terms of sensitive lists: masked, or in full
    #[arg(long, value_enum, default_value = "masked")]
    content: Content,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// `--content`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Content {
    /// The first letter and the length
    Masked,
    /// As written
    Full,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse::<f64>().map_err(|_| "not a number".to_owned())?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("not between 0 and 100".to_owned()) }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    require(&args.policy)?;
    let loaded = load(&args.policy);
    let Some(policy) = loaded.policy else {
        let errors: Vec<_> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
        return ui.refuse(&args.policy, &errors, &loaded.sources);
    };
    let words = args.words.as_deref().map(read_words).transpose()?;
    let options = Options {
        list: args.list.as_deref(),
        tactic: args.tactic.as_deref(),
        words: words.as_ref(),
        seed: args.seed,
        full_content: args.content == Content::Full,
    };
    let found = survey(&policy, &options)?;
    match args.format {
        Format::Human => ui.print(&text(&found))?,
        Format::Json => ui.print_json(&found)?,
    }
    let (tried, caught) = found.total();
    let failed = args.at_least.is_some_and(|least| tried > 0 && share(tried, caught) < least);
    Ok(if failed { Ended::Findings } else { Ended::Fine })
}

pub(super) fn read_words(path: &std::path::Path) -> anyhow::Result<Words> {
    let shown = || neutral_line(&path.display().to_string());
    let text = std::fs::read_to_string(path).with_context(shown)?;
    Words::parse(&text).with_context(shown)
}

/// Percent.
fn share(tried: u64, caught: u64) -> f64 {
    if tried == 0 { 100.0 } else { caught as f64 * 100.0 / tried as f64 }
}

/// Rounded down, so that 100 means all.
fn shown(cell: &TacticSurvival) -> String {
    match (cell.tried, cell.tried - cell.caught) {
        (0, _) => "-".to_owned(),
        (_, 0) => "100".to_owned(),
        _ => format!("{:.1}", (share(cell.tried, cell.caught) * 10.0).floor() / 10.0),
    }
}

/// Lists side by side in one table.
const COLUMNS: usize = 5;
/// Examples of one kind of miss.
const EXAMPLES: usize = 3;
/// The most collisions that are told of one list.
const COLLISIONS: usize = 20;

fn text(found: &Evade) -> String {
    let mut out = String::new();
    for lists in found.lists.chunks(COLUMNS) {
        table(&mut out, found, lists);
    }
    for list in &found.lists {
        missed(&mut out, list);
        dropped(&mut out, list);
    }
    if let Some(collisions) = &found.collisions {
        collided(&mut out, collisions);
    }
    let (tried, caught) = found.total();
    let _ = writeln!(out, "{}: {} caught, {}", count(tried, "disguise"), thousands(caught), thousands(tried - caught) + " missed");
    out
}

fn table(out: &mut String, found: &Evade, lists: &[ListSurvival]) {
    let first = found.tactics.iter().map(|tactic| tactic.tactic.len()).max().unwrap_or(0).max("tactic".len());
    let widths: Vec<usize> = lists.iter().map(|list| list.list.chars().count().max(6)).collect();
    let mut row = |name: &str, cells: Vec<String>| {
        let _ = write!(out, "{name:<first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    };
    row("tactic", lists.iter().map(|list| neutral_line(&list.list)).collect());
    for (at, tactic) in found.tactics.iter().enumerate() {
        let cells: Vec<String> = lists.iter().map(|list| list.tactics.get(at).map_or_else(String::new, shown)).collect();
        if cells.iter().any(|cell| cell != "-") {
            row(&tactic.tactic, cells);
        }
    }
    if lists.iter().any(|list| list.evasions.tried > 0) {
        row("evasions", lists.iter().map(|list| shown(&list.evasions)).collect());
    }
    row("terms", lists.iter().map(|list| thousands(list.terms)).collect());
    for list in lists.iter().filter(|list| list.plain + list.regexes > 0) {
        let mut parts = Vec::new();
        if list.plain > 0 {
            parts.push(format!("{} with plain folds only", count(list.plain, "term")));
        }
        if list.regexes > 0 {
            parts.push(format!("{} not tried", count(list.regexes, "regular expression")));
        }
        let _ = writeln!(out, "{}: {}", neutral_line(&list.list), parts.join(", "));
    }
    out.push('\n');
}

fn missed(out: &mut String, list: &ListSurvival) {
    let mut by: BTreeMap<(&str, &str), Vec<&Missed>> = BTreeMap::new();
    for miss in &list.missed {
        by.entry((&miss.tactic, miss.guard.as_deref().unwrap_or(&miss.fate))).or_default().push(miss);
    }
    if by.is_empty() {
        return;
    }
    if list.plain == list.terms {
        let _ = writeln!(out, "{}: missed: {}, for no term of the list has a fold that undoes disguises\n", neutral_line(&list.list), list.missed.len());
        return;
    }
    let _ = writeln!(out, "{}: missed", neutral_line(&list.list));
    for ((tactic, why), misses) in by {
        let why = match (why, misses.first().and_then(|miss| miss.reason.as_deref())) {
            (guard, Some(reason)) => format!("guard {guard}: {reason}"),
            ("allowed", _) => "hidden by an allow entry".to_owned(),
            _ => "no fold of the term reads it".to_owned(),
        };
        let _ = writeln!(out, "  {tactic}: {} ({why})", misses.len());
        for miss in misses.iter().take(EXAMPLES) {
            let _ = writeln!(out, "    {} as {} ({})", neutral_line(&miss.term), neutral_line(&miss.text), neutral_line(&miss.place));
        }
    }
    out.push('\n');
}

/// Spellings that are left out since they are words of their own.
fn dropped(out: &mut String, list: &ListSurvival) {
    if list.dropped.is_empty() {
        return;
    }
    let _ =
        writeln!(out, "{}: {} with twin letters not read, for they are ordinary words", neutral_line(&list.list), count(list.dropped.len() as u64, "spelling"));
    for one in list.dropped.iter().take(COLLISIONS) {
        let _ = writeln!(out, "  {} as {} ({})", neutral_line(&one.term), neutral_line(&one.word), neutral_line(&one.place));
    }
    if list.dropped.len() > COLLISIONS {
        let _ = writeln!(out, "  and {} more", list.dropped.len() - COLLISIONS);
    }
    out.push('\n');
}

fn collided(out: &mut String, collisions: &Collisions) {
    for list in &collisions.lists {
        let share = if collisions.weighted { format!(", {:.3} % of their mass", list.share * 100.0) } else { String::new() };
        let _ = writeln!(out, "{}: hits {} of {}{share}", neutral_line(&list.list), count(list.words, "ordinary word"), thousands(collisions.words));
        for hit in list.hits.iter().take(COLLISIONS) {
            let undone = if hit.undone.is_empty() { String::new() } else { format!(", undone: {}", hit.undone.join(", ")) };
            let _ = writeln!(out, "  {} in {} ({}{undone})", neutral_line(&hit.term), neutral_line(&hit.word), hit.mode);
        }
        if list.hits.len() > COLLISIONS {
            let _ = writeln!(out, "  and {} more", list.hits.len() - COLLISIONS);
        }
    }
    out.push('\n');
}
