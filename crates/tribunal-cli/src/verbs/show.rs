//! `tribunal show`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use tribunal::policy::diagnostic::Severity;
use tribunal::policy::render::neutral_line;
use tribunal::policy::{Policy, load, suggest};
use tribunal::show::{Effective, Line, Matrix, effective_in, matrix_in};
use tribunal_analysis::workbook::{Workbook, to_xlsx};

use super::docs::language;
use super::matrix_book::{market_workbook, matrix_workbook};
use super::show_users::{self, Users};
use crate::Ended;
use crate::output::{OutputFile, apart};
use crate::ui::{Format, Ui, count, require};

/// Show what a policy is in a market, with the origin of every line, or all markets side by side
#[derive(Debug, clap::Args)]
#[command(after_help = "Without a market the policy is shown as it holds for items without one.\n\n\
    Example:\n  tribunal show community-guidelines --market BR\n  tribunal show community-guidelines --matrix\n  tribunal show community-guidelines --market BR --users\n  tribunal show community-guidelines --matrix -o markets.xlsx\n  tribunal show community-guidelines --market BR -o brazil.xlsx")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// The market
    #[arg(long, value_name = "NAME", conflicts_with = "matrix")]
    market: Option<String>,
    /// Only this rule
    #[arg(long, value_name = "NAME", conflicts_with = "matrix")]
    rule: Option<String>,
    /// Rules by markets, and what each market changes
    #[arg(long)]
    matrix: bool,
    /// What the overlays mean for users: what they take away and what they give, each with an item that is decided both ways
    #[arg(long, conflicts_with = "rule")]
    users: bool,
    /// Language of titles and reasons; the policy's own without it
    #[arg(long, value_name = "LANG", value_parser = language)]
    lang: Option<String>,
    /// A workbook (`.xlsx`) to write: of the market, line by line, or of the matrix, with what each market changes
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
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
    if args.matrix {
        return matrix_of(args, policy, ui);
    }
    let market = match &args.market {
        None => None,
        Some(name) => match policy.market(name) {
            Some(market) => Some(market),
            None => return unknown("market", name, policy.markets.iter().map(|market| market.name.as_str())),
        },
    };
    let mut shown = effective_in(&policy, market, args.lang.as_deref());
    if let Some(name) = &args.rule {
        if policy.rule(name).is_none() {
            return unknown("rule", name, policy.rules.iter().map(|rule| rule.name.as_str()));
        }
        shown.rules.retain(|rule| rule.rule == *name);
        shown.lists.clear();
    }
    let users = match (&shown.market, args.users) {
        (_, false) => None,
        (Some(name), true) => Some(show_users::of(&Arc::new(policy), vec![name.clone()], ui)?),
        (None, true) => bail!("--users asks about a market: name it with --market, or all of them with --matrix"),
    };
    if let Some(path) = &args.output {
        let mut book = market_workbook(&shown);
        show_users::put_into(&mut book, users.as_deref());
        return written(path, args, &book, ui);
    }
    said(args, &text(&shown), &shown, users.as_deref(), ui)
}

/// All markets side by side.
fn matrix_of(args: &Args, policy: Policy, ui: &Ui) -> anyhow::Result<Ended> {
    let matrix = matrix_in(&policy, args.lang.as_deref());
    let book = args.output.is_some().then(|| matrix_workbook(&policy, &matrix, args.lang.as_deref()));
    let names = policy.markets.iter().map(|market| market.name.clone()).collect();
    let users = if args.users { Some(show_users::of(&Arc::new(policy), names, ui)?) } else { None };
    if let (Some(path), Some(mut book)) = (&args.output, book) {
        show_users::put_into(&mut book, users.as_deref());
        return written(path, args, &book, ui);
    }
    said(args, &matrix_text(&matrix), &matrix, users.as_deref(), ui)
}

fn said(args: &Args, text: &str, value: &impl serde::Serialize, users: Option<&[Users]>, ui: &Ui) -> anyhow::Result<Ended> {
    match (args.format, users) {
        (Format::Human, None) => ui.print(text)?,
        (Format::Human, Some(users)) => ui.print(&(text.to_owned() + &show_users::text(users)))?,
        (Format::Json, None) => ui.print_json(value)?,
        (Format::Json, Some(users)) => {
            let mut value = serde_json::to_value(value)?;
            if let Some(map) = value.as_object_mut() {
                map.insert("users".to_owned(), serde_json::to_value(users)?);
            }
            ui.print_json(&value)?;
        }
    }
    Ok(Ended::Fine)
}

fn written(path: &Path, args: &Args, book: &Workbook, ui: &Ui) -> anyhow::Result<Ended> {
    if path.extension().and_then(|ending| ending.to_str()) != Some("xlsx") {
        bail!("{}: name the file .xlsx", path.display());
    }
    apart(path, [args.policy.as_path()])?;
    OutputFile::with(path, &to_xlsx(book)?)?.finish()?;
    ui.remark(&format!("wrote {}", path.display()));
    Ok(Ended::Fine)
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> anyhow::Result<Ended> {
    let help = suggest::did_you_mean(name, known).map_or_else(String::new, |help| format!("; {help}"));
    bail!("the policy has no {what} `{}`{help}", neutral_line(name))
}

fn head(policy: &tribunal::PolicyRef) -> String {
    let digest: String = policy.digest.chars().take(11).collect();
    format!("{} {} {digest}…", policy.id, neutral_line(&policy.version))
}

fn text(shown: &Effective) -> String {
    let mut out = head(&shown.policy);
    match &shown.market {
        Some(_) => out.push_str(&format!(", market {}\n", shown.lineage.join(" > "))),
        None => out.push_str(", items without a market\n"),
    }
    for rule in &shown.rules {
        let title = rule.title.as_deref().map_or_else(String::new, |title| format!(" · {}", neutral_line(title)));
        let scope = rule.declared_in.as_deref().map_or_else(String::new, |market| format!(" · only in {market} and below"));
        let _ = writeln!(out, "\n{} ({}){title}{scope}", rule.rule, neutral_line(&rule.place));
        for line in &rule.lines {
            rule_line(&mut out, line);
        }
    }
    if !shown.lists.is_empty() {
        out.push_str("\nterm lists\n");
    }
    for list in &shown.lists {
        let sensitive = if list.sensitive { ", sensitive" } else { "" };
        let allow = if list.allow > 0 { format!(", {} allowed", list.allow) } else { String::new() };
        let _ = writeln!(out, "  {} ({}): {}{allow}{sensitive}", list.list, neutral_line(&list.place), count(list.terms, "term"));
        for change in &list.changes {
            let (place, term, reason) = (neutral_line(&change.place), neutral_line(&change.term), neutral_line(&change.reason));
            let _ = writeln!(out, "    {} {term}   {place}, {}: {reason}", change.change, change.market);
        }
    }
    out
}

fn rule_line(out: &mut String, line: &Line) {
    let place = line.place.as_deref().map_or_else(|| "by default".to_owned(), neutral_line);
    let _ = write!(out, "  {}: {}   {place}", line.key, neutral_line(&line.value));
    if let Some(by) = &line.changed {
        let was = by.was.as_deref().map_or_else(String::new, |was| format!(" (was {})", neutral_line(was)));
        let reason = by.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", neutral_line(reason)));
        let basis = by.legal_basis.as_deref().map_or_else(String::new, |basis| format!(" [{}]", neutral_line(basis)));
        let _ = write!(out, ", changed by {}{was}{reason}{basis}", by.market);
    }
    out.push('\n');
}

/// What stands in a cell for a stage.
fn sign(stage: Option<&str>) -> &'static str {
    match stage {
        Some("live") => "live",
        Some("shadow") => "shad",
        Some("draft") => "drft",
        Some("off") => "off",
        _ => "-",
    }
}

fn matrix_text(matrix: &Matrix) -> String {
    let mut out = head(&matrix.policy);
    out.push_str("\n\n");
    let names: Vec<&str> = matrix.markets.iter().map(|market| market.as_deref().unwrap_or("(none)")).collect();
    let widths: Vec<usize> = names.iter().map(|name| name.chars().count().max(5)).collect();
    let first = matrix.rules.iter().map(|row| row.rule.len()).max().unwrap_or(0);
    let _ = write!(out, "{:first$}", "");
    for (name, width) in names.iter().zip(&widths) {
        let _ = write!(out, "  {name:width$}");
    }
    out = out.trim_end().to_owned();
    out.push('\n');
    for row in &matrix.rules {
        let mut line = format!("{:first$}", row.rule);
        for (cell, width) in row.cells.iter().zip(&widths) {
            let mark = if cell.differs.is_empty() { "" } else { "*" };
            let _ = write!(line, "  {:width$}", format!("{}{mark}", sign(cell.stage.as_deref())));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str(
        "\n* differs from the policy without overlays; - is not there; shad: shadow, drft: draft\n\
        changes of term lists are not among these: see --market\n",
    );
    let mut market = "";
    for change in &matrix.changes {
        if market != change.market {
            market = &change.market;
            let _ = writeln!(out, "\n{market}");
        }
        let value = match (&change.was, change.key.as_str()) {
            (_, key @ ("or" | "and")) => format!("when … {key} ({})", neutral_line(&change.value)),
            (Some(was), key) => format!("{key}: {} → {}", neutral_line(was), neutral_line(&change.value)),
            (None, key) => format!("{key}: {}", neutral_line(&change.value)),
        };
        let place = change.place.as_deref().map(neutral_line).unwrap_or_default();
        let reason = change.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", neutral_line(reason)));
        let _ = writeln!(out, "  {} {value}   {place}{reason}", change.rule);
    }
    out
}
