//! `tribunal inspect`.

use std::fmt::Write as _;
use std::path::PathBuf;

use tribunal::policy::render::neutral_line;
use tribunal::{Engine, Inspection, Moderator, inspect};

use crate::Ended;
use crate::ui::{Format, Ui, count, thousands};

/// Show what a compiled policy holds: memory by part and by rule, how full its tables are, what never sleeps
#[derive(Debug, clap::Args)]
#[command(after_help = "Bytes are those of the tables in memory; regular expressions and what only explaining needs are not counted. A list that \
    several rules read is shared out among them.\n\n\
    Exit status: 2 when the policy cannot be used.\n\n\
    Example:\n  tribunal inspect community-guidelines.tribunal --rules 20\n  tribunal inspect community-guidelines --format json")]
pub(crate) struct Args {
    /// A compiled policy, or a policy's folder or single file, which is then compiled first
    policy: PathBuf,
    /// So many rules, those that take most
    #[arg(long, value_name = "N", default_value_t = 10)]
    rules: usize,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let moderator = ui.moderator(Moderator::builder(), &args.policy)?;
    let found = inspect(moderator.engine(), compiled_bytes(&args.policy), args.rules);
    match args.format {
        Format::Json => ui.print_json(&found)?,
        Format::Human => ui.print(&text(&found))?,
    }
    Ok(Ended::Fine)
}

/// Bytes of the file, when it is a compiled policy.
fn compiled_bytes(path: &std::path::Path) -> Option<u64> {
    let mut head = [0; 16];
    let mut file = std::fs::File::open(path).ok()?;
    let read = std::io::Read::read(&mut file, &mut head).ok()?;
    let compiled = Engine::is_compiled(head.get(..read).unwrap_or_default());
    if compiled { Some(file.metadata().ok()?.len()) } else { None }
}

fn text(found: &Inspection) -> String {
    let digest: String = found.policy.digest.chars().take(11).collect();
    let mut out = format!("{} v{} {digest}\n", neutral_line(&found.policy.id), neutral_line(&found.policy.version));
    let _ = writeln!(
        out,
        "{}, {} over all markets, {}, {}",
        count(found.rules, "rule"),
        count(found.forms, "form"),
        count(found.patterns, "pattern"),
        count(found.conditions, "condition")
    );
    if let Some(bytes) = found.file_bytes {
        let _ = writeln!(out, "{} bytes on disk", thousands(bytes));
    }
    if let Some(profile) = &found.profile {
        let digest: String = profile.digest.chars().take(11).collect();
        let _ = writeln!(out, "rules wait for what is rarest in {} ({digest})", count(profile.items, "item"));
    }
    let _ = writeln!(out, "{} bytes in memory\n", thousands(found.memory_bytes));
    for part in found.parts.iter().filter(|part| part.bytes > 0) {
        let _ = writeln!(out, "  {:<14}{:>14}", part.part, thousands(part.bytes));
    }
    if !found.tables.is_empty() {
        let _ = writeln!(out, "\n{:<14}{:>4}  {:>9}{:>10}{:>10}{:>6}  folds", "table", "tier", "keys", "slots", "bytes", "run");
    }
    for table in &found.tables {
        let _ = writeln!(
            out,
            "{:<14}{:>4}  {:>9}{:>10}{:>10}{:>6}  {}",
            table.table,
            table.tier,
            thousands(table.keys),
            thousands(table.slots),
            thousands(table.bytes),
            table.longest_run,
            table.folds
        );
    }
    if !found.expressions.is_empty() {
        let _ = writeln!(out, "\n{:<14}{:>4}  {:>9}{:>10}", "regexes", "tier", "count", "bytes");
    }
    for family in &found.expressions {
        let waits = match family.waits_for.as_str() {
            "letters" => "the letters of a word, stretched or spaced",
            "character" => "a character",
            "nothing" => "nothing: they run on every text",
            _ => "a literal",
        };
        let _ = writeln!(out, "{:<14}{:>4}  {:>9}{:>10}  wait for {waits}", family.waits_for, family.tier, thousands(family.count), thousands(family.bytes));
    }
    if !found.largest.is_empty() {
        let _ = writeln!(out, "\n{:>10}{:>8}{:>8}{:>8}  rule", "bytes", "share", "terms", "regexes");
    }
    for rule in &found.largest {
        let share = format!("{:.2} %", rule.share * 100.0);
        let _ = writeln!(
            out,
            "{:>10}{share:>8}{:>8}{:>8}  {}",
            thousands(rule.bytes),
            thousands(rule.terms),
            thousands(rule.expressions),
            neutral_line(&rule.rule)
        );
    }
    out.push('\n');
    match found.always_awake.as_slice() {
        [] => out.push_str("every rule waits for a term or a value\n"),
        rules => {
            let _ = writeln!(out, "evaluated for every item, whatever it holds: {}", neutral_line(&rules.join(", ")));
        }
    }
    for place in &found.slow_regexes {
        let _ = writeln!(out, "{}: this regular expression has no literal to wait for, so it runs on every text with a fitting character", neutral_line(place));
    }
    out
}
