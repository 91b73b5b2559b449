//! `tribunal register`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use tribunal::policy::diagnostic::Severity;
use tribunal::policy::load;
use tribunal::policy::render::neutral_line;
use tribunal_analysis::finding_way::{Register, register, register_workbook};
use tribunal_analysis::workbook::to_xlsx;

use super::where_::head;
use crate::Ended;
use crate::output::{OutputFile, apart};
use crate::ui::{Format, Ui, count, require};

/// All rules with owner, clause, stage, effects by market, and dates
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tribunal register community-guidelines -o register.xlsx")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// A workbook to write
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
    let found = register(&policy);
    if let Some(path) = &args.output {
        if path.extension().and_then(|ending| ending.to_str()) != Some("xlsx") {
            bail!("{}: name the file .xlsx", path.display());
        }
        apart(path, [args.policy.as_path()])?;
        OutputFile::with(path, &to_xlsx(&register_workbook(&found))?)?.finish()?;
        ui.remark(&format!("wrote {}: {}", path.display(), count(found.rules.len() as u64, "rule")));
        return Ok(Ended::Fine);
    }
    match args.format {
        Format::Human => ui.print(&text(&found))?,
        Format::Json => ui.print_json(&found)?,
    }
    Ok(Ended::Fine)
}

/// What is not written in the languages of markets: numbers only, the rows stand in the JSON and in the workbook.
fn missing(found: &Register, out: &mut String) {
    let mut by_market: BTreeMap<(&str, &str), BTreeMap<&str, u64>> = BTreeMap::new();
    for text in &found.missing {
        *by_market.entry((&text.market, &text.lang)).or_default().entry(&text.text).or_default() += 1;
    }
    if by_market.is_empty() {
        return;
    }
    out.push_str("\nnot written in a language of the market:\n");
    for ((market, lang), texts) in by_market {
        let texts: Vec<String> = texts.into_iter().map(|(text, number)| count(number, text)).collect();
        let _ = writeln!(out, "  {market} ({}): {}", neutral_line(lang), texts.join(", "));
    }
}

fn text(found: &Register) -> String {
    let line = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), neutral_line);
    let mut out = format!("{}\n\n", head(&found.policy));
    for rule in &found.rules {
        let stage = rule.stage.as_deref().unwrap_or("only in markets");
        let _ = writeln!(out, "{} · {} · {stage} · clause {} · owner {}", rule.rule, line(&rule.title), line(&rule.clause), line(&rule.owner));
        let _ = writeln!(out, "  {}   {}", neutral_line(&rule.effect), neutral_line(&rule.place));
        let dates = [("from", &rule.effective_from), ("until", &rule.until), ("review by", &rule.review_by)];
        let dates: Vec<String> = dates.into_iter().filter_map(|(name, date)| date.as_ref().map(|date| format!("{name} {date}"))).collect();
        if !dates.is_empty() {
            let _ = writeln!(out, "  {}", dates.join(", "));
        }
        for market in &rule.markets {
            let condition = if market.condition { "; its condition differs" } else { "" };
            let _ = writeln!(out, "  {}: {} · {}{condition}", market.market, market.stage.as_deref().unwrap_or("not there"), neutral_line(&market.effect));
        }
    }
    missing(found, &mut out);
    let _ = writeln!(out, "\n{}", count(found.rules.len() as u64, "rule"));
    out
}
