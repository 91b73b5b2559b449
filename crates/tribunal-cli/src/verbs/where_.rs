//! `tribunal where`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use tribunal::policy::diagnostic::Severity;
use tribunal::policy::load;
use tribunal::policy::render::neutral_line;
use tribunal_analysis::PolicyName;
use tribunal_analysis::finding_way::{RulePlace, WhereRule, WhereText, where_rule, where_text};

use crate::Ended;
use crate::ui::{Format, Ui, require};

/// Say where a text or a rule is: what the engine would hit with the text, lists, lines or cells, rules, markets
#[derive(Debug, clap::Args)]
#[command(after_help = "A name of a rule is taken as the rule; `--text` takes it as a text all the same.\n\n\
    Example:\n  tribunal where gl0ck community-guidelines\n  tribunal where firearm-sale community-guidelines")]
pub(crate) struct Args {
    /// A text, or a rule's name
    query: String,
    /// A policy's folder or single file
    policy: PathBuf,
    /// Take it as a text
    #[arg(long)]
    text: bool,
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
    let rule = policy.rule(&args.query).filter(|_| !args.text);
    if let Some(found) = rule.and_then(|rule| where_rule(&policy, rule)) {
        match args.format {
            Format::Human => ui.print(&rule_text(&found))?,
            Format::Json => ui.print_json(&found)?,
        }
        return Ok(Ended::Fine);
    }
    let found = where_text(&Arc::new(policy), &args.query)?;
    match args.format {
        Format::Human => ui.print(&text(&found))?,
        Format::Json => ui.print_json(&found)?,
    }
    Ok(Ended::Fine)
}

/// `community-guidelines 2026.11.1 b3:9f3c21d0…`.
pub(crate) fn head(policy: &PolicyName) -> String {
    let digest: String = policy.digest.chars().take(11).collect();
    format!("{} {} {digest}…", policy.id, neutral_line(&policy.version))
}

fn text(found: &WhereText) -> String {
    let line = |text: &str| neutral_line(text);
    let mut out = format!("{}\n", head(&found.policy));
    let _ = writeln!(out, "\nhits in “{}”, list by list", line(&found.text));
    for hit in &found.hits {
        let undone = if hit.undone.is_empty() { String::new() } else { format!(", undone: {}", hit.undone.join(", ")) };
        let tag = if hit.field == "hashtags" { ", as a hashtag" } else { "" };
        let read = if hit.read_by.is_empty() { "read by no rule".to_owned() } else { format!("read by {}", hit.read_by.join(", ")) };
        let _ =
            writeln!(out, "  {} in {} ({}){tag}{undone}\n    markets: {}; {read}", line(&hit.term), line(&hit.list), line(&hit.place), hit.markets.join(", "));
    }
    if found.hits.is_empty() {
        out.push_str("  none\n");
    }
    out.push_str("\nlisted as it is, case and accents aside\n");
    for entry in &found.listed {
        let window = match (&entry.since, &entry.until) {
            (None, None) => String::new(),
            (since, until) => format!(", {}–{}", since.as_deref().unwrap_or(""), until.as_deref().unwrap_or("")),
        };
        let _ = writeln!(
            out,
            "  {} {} in {} ({}){window}; markets: {}",
            entry.kind,
            line(&entry.term),
            line(&entry.list),
            line(&entry.place),
            entry.markets.join(", ")
        );
    }
    if found.listed.is_empty() {
        out.push_str("  nowhere\n");
    }
    out.push_str("\nrules that fire on this caption alone\n");
    for rule in &found.rules {
        let _ = writeln!(out, "  {} ({}); markets: {}", rule.rule, rule.stage, rule.markets.join(", "));
    }
    if found.rules.is_empty() {
        out.push_str("  none\n");
    }
    out
}

fn rule_text(found: &WhereRule) -> String {
    let mut out = format!("{}\n\n{} ({})\n", head(&found.policy), found.rule, neutral_line(&found.place));
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = writeln!(out, "  {name}: {}", neutral_line(value));
        }
    };
    line("title", found.title.as_deref());
    line("category", found.category.as_deref());
    line("clause", found.clause.as_deref());
    line("owner", found.owner.as_deref());
    line("stage", Some(&found.stage));
    line("when", Some(&found.when));
    let joined = |names: &[String]| if names.is_empty() { None } else { Some(names.join(", ")) };
    line("refers to", joined(&found.refers_to).as_deref());
    line("referred to by", joined(&found.referred_by).as_deref());
    line("tests", joined(&found.tests).as_deref());
    places(&mut out, "lists", &found.lists);
    places(&mut out, "shared exceptions", &found.exceptions);
    places(&mut out, "changed by markets", &found.markets);
    out
}

fn places(out: &mut String, title: &str, places: &[RulePlace]) {
    if places.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {title}:");
    for found in places {
        let reason = found.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", neutral_line(reason)));
        let _ = writeln!(out, "    {} ({}){reason}", found.name, neutral_line(&found.place));
    }
}
