//! `tribunal explain`.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use tribunal::policy::render::neutral_line;
use tribunal::{Explanation, Moderator};

use crate::Ended;
use crate::input::Inputs;
use crate::rows::{Row, each_row, passed_over};
use crate::ui::{Format, Ui};
use crate::verbs::classify::as_of;
use crate::verbs::docs::language;

/// Explain a decision: rules, conditions with what they saw, hits, exceptions, nearest misses
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 2 when the item cannot be read, or no item has the id.\n\n\
    Example:\n  tribunal explain community-guidelines --item '{\"caption\": \"selling my gl0ck\", \"market\": \"US\"}'\n  \
    tribunal explain community-guidelines --id v0002 items.jsonl")]
pub(crate) struct Args {
    /// A policy's folder or single file, or a compiled policy
    policy: PathBuf,
    /// The item itself, a JSON object
    #[arg(long, value_name = "JSON", conflicts_with_all = ["id", "items"], required_unless_present = "id")]
    item: Option<String>,
    /// The id of the item; every item that has it is explained
    #[arg(long, value_name = "ID", requires = "items")]
    id: Option<String>,
    /// Files of items to look for the id in; `-` is standard input
    items: Vec<PathBuf>,
    /// The moment for items that do not say it: ISO 8601 or seconds since 1970
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Language of titles and reasons, a tag such as `pt-BR`; a text that is not written in it stands there with its own behind it
    #[arg(long, value_name = "LANG", value_parser = language)]
    lang: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let mut builder = as_of(Moderator::builder(), args.as_of.as_deref())?;
    if let Some(lang) = &args.lang {
        builder = builder.lang(lang);
    }
    match (&args.item, &args.id) {
        (Some(item), _) => {
            let moderator = ui.moderator(builder, &args.policy)?;
            let explanation = moderator.explain_json(item).map_err(|error| anyhow!("--item: {error}"))?;
            print(ui, args.format, &explanation)?;
        }
        (None, Some(id)) => {
            let inputs = Inputs::open(&args.items)?;
            let moderator = ui.moderator(builder, &args.policy)?;
            let mut found = 0;
            each_with_id(ui, &moderator, inputs, id, &mut |explanation| {
                if found > 0 && args.format == Format::Human {
                    ui.print("\n")?;
                }
                found += 1;
                print(ui, args.format, explanation)
            })?;
            if found == 0 {
                bail!("no item has the id `{}`", neutral_line(id));
            }
        }
        (None, None) => bail!("give an item: --item or --id"),
    }
    Ok(Ended::Fine)
}

fn print(ui: &Ui, format: Format, explanation: &Explanation) -> anyhow::Result<()> {
    match format {
        Format::Human => Ok(ui.print(&explanation.to_text())?),
        Format::Json => ui.print_json(explanation),
    }
}

fn each_with_id(ui: &Ui, moderator: &Moderator, inputs: Inputs, id: &str, found: &mut dyn FnMut(&Explanation) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let broken = each_row(ui, inputs, &mut |text| {
        let Ok(item) = moderator.read_json(text) else { return Ok(Row::Broken) };
        if item.id() == Some(id) {
            found(&moderator.explain_item(&item))?;
        }
        Ok(Row::Taken)
    })?;
    passed_over(ui, broken);
    Ok(())
}
