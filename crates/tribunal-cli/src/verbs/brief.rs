//! `tribunal brief`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use tribunal_analysis::brief::{BriefOptions, Witness, brief, brief_document, brief_workbook, forecast};
use tribunal_analysis::rehearsal::Rehearsal;
use tribunal_analysis::workbook::to_xlsx;
use tribunal_analysis::{DiffOptions, PolicyName, diff};

use super::docs::{AudienceArg, ContentArg, Reader, language, page_language};
use crate::Ended;
use crate::output::{OutputFile, apart};
use crate::ui::{Format, Ui};

/// The moderators' briefing about a new version: what changed and why, items that change, markets, a guide, a quiz
#[derive(Debug, clap::Args)]
#[command(after_help = "Without `-o` the briefing is printed as Markdown. Every item in it is decided again by both versions.\n\n\
    Example:\n  tribunal brief guidelines-v41 guidelines-v42 -o briefing.html\n  tribunal brief guidelines-v41 guidelines-v42 -o briefing.xlsx --audience internal")]
pub(crate) struct Args {
    /// The policy before
    old: PathBuf,
    /// The policy after
    new: PathBuf,
    /// A page (`.md`, `.html`) or workbook (`.xlsx`) to write; may be given several times
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// Who reads it
    #[arg(long, value_enum, default_value = "moderator")]
    audience: AudienceArg,
    /// Language of titles, rationales, reasons and notices; the policy's own without it
    #[arg(long, value_name = "LANG", value_parser = language)]
    lang: Option<String>,
    /// Whether hits in items are masked
    #[arg(long, value_enum, default_value = "masked")]
    content: ContentArg,
    /// Items of each kind
    #[arg(long, value_name = "N", default_value = "3")]
    samples: usize,
    /// Minimal made-up items of the semantic difference too, labelled SYNTHETIC
    #[arg(long)]
    synthetic: bool,
    /// Further items to show where they change their decision, one JSON object a line
    #[arg(long, value_name = "FILE")]
    witnesses: Option<PathBuf>,
    /// The `report.json` of a replay of these two versions: what to expect
    #[arg(long, value_name = "REPORT")]
    replay: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let (old_reader, new_reader) = (Reader::of(&args.old, ui)?, Reader::of(&args.new, ui)?);
    let old = Rehearsal::new(old_reader.policy(), &old_reader, args.content.reveal())?;
    let new = Rehearsal::new(new_reader.policy(), &new_reader, args.content.reveal())?;
    let mut witnesses = Vec::new();
    if let Some(path) = &args.witnesses {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            if let Err(error) = new_reader.0.read_json(line) {
                bail!("{}:{number}: {error}", path.display());
            }
            witnesses.push(Witness { item: line.to_owned(), source: format!("witness {number}") });
        }
    }
    if args.synthetic {
        let report = diff(old_reader.policy(), new_reader.policy(), &DiffOptions::default())?;
        witnesses.extend(report.changes.iter().map(|change| Witness { item: change.new.item.to_string(), source: "SYNTHETIC".to_owned() }));
    }
    let forecast = match &args.replay {
        None => None,
        Some(path) => {
            let shown = || path.display().to_string();
            let json = std::fs::read_to_string(path).with_context(shown)?;
            Some(forecast(&json, &PolicyName::of(&old.policy), &PolicyName::of(&new.policy)).with_context(shown)?)
        }
    };
    let options =
        BriefOptions { forecast, audience: args.audience.audience(), lang: page_language(args.lang.as_deref(), &new.policy), samples: args.samples, witnesses };
    let briefing = brief(&old, &new, &options)?;
    let page = brief_document(&briefing, &old, &new)?;
    let mut ready = Vec::new();
    for path in &args.output {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        apart(path, [args.old.as_path(), args.new.as_path()])?;
        let bytes = match ending.as_deref() {
            Some("md") => page.markdown().into_bytes(),
            Some("html") => page.html().into_bytes(),
            Some("xlsx") => to_xlsx(&brief_workbook(&briefing, &old, &new)?)?,
            _ => bail!("{}: name the file .md, .html or .xlsx", path.display()),
        };
        ready.push(OutputFile::with(path, &bytes)?);
    }
    for file in ready {
        file.finish()?;
    }
    args.output.iter().for_each(|path| ui.remark(&format!("wrote {}", path.display())));
    match args.format {
        Format::Json => ui.print_json(&briefing)?,
        Format::Human if args.output.is_empty() => ui.print(&page.markdown())?,
        Format::Human => {}
    }
    Ok(Ended::Fine)
}
