//! `tribunal docs`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;
use tribunal::policy::Policy;
use tribunal::policy::model::is_lang;
use tribunal::{Builder, Item, Moderator};
use tribunal_analysis::PolicyName;
use tribunal_analysis::handbook::{Audience, HandbookOptions, handbook};
use tribunal_analysis::masking::Reveal;
use tribunal_analysis::rehearsal::{ReadItems, Rehearsal};

use crate::Ended;
use crate::output::OutputFile;
use crate::ui::{Format, Ui};

/// The policy as a handbook: taxonomy, clauses, what is and is not allowed, examples, markets
#[derive(Debug, clap::Args)]
#[command(after_help = "Writes handbook.md and handbook.html. Every example is run again; one that comes out otherwise stops it.\n\n\
    Example:\n  tribunal docs community-guidelines -o handbook --audience public")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// The folder to write to
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Who reads it
    #[arg(long, value_enum, default_value = "moderator")]
    audience: AudienceArg,
    /// Language of titles, rationales, reasons and notices; the policy's own without it
    #[arg(long, value_name = "LANG", value_parser = language)]
    lang: Option<String>,
    /// Whether hits in examples are masked
    #[arg(long, value_enum, default_value = "masked")]
    content: ContentArg,
    /// How to print what was written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// `--lang`.
pub(crate) fn language(text: &str) -> Result<String, String> {
    if is_lang(text) { Ok(text.to_owned()) } else { Err("a language is written as a tag: `en`, `pt-BR`, `zh-Hant`".to_owned()) }
}

/// The language of a page.
pub(crate) fn page_language(asked: Option<&str>, policy: &Policy) -> String {
    asked.or(policy.lang.as_deref()).unwrap_or("en").to_owned()
}

/// `--audience`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AudienceArg {
    /// Users: clauses and what happens
    Public,
    /// Those who decide: conditions too
    Moderator,
    /// The owners: everything
    Internal,
}

impl AudienceArg {
    pub(crate) fn audience(self) -> Audience {
        match self {
            AudienceArg::Public => Audience::Public,
            AudienceArg::Moderator => Audience::Moderator,
            AudienceArg::Internal => Audience::Internal,
        }
    }
}

/// `--content` of pages.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ContentArg {
    /// A hit keeps its first letter
    Masked,
    /// As it is; sensitive lists leave by name all the same
    Full,
}

impl ContentArg {
    pub(crate) fn reveal(self) -> Reveal {
        match self {
            ContentArg::Masked => Reveal::Masked,
            ContentArg::Full => Reveal::Full,
        }
    }
}

/// Items as the engine's adapter reads them.
pub(crate) struct Reader(pub(crate) Moderator);

impl Reader {
    pub(crate) fn of(policy: &std::path::Path, ui: &Ui) -> anyhow::Result<Reader> {
        Ok(Reader(ui.moderator(Builder::default(), policy)?))
    }

    pub(crate) fn policy(&self) -> &Arc<Policy> {
        self.0.policy()
    }
}

impl ReadItems for Reader {
    fn read(&self, json: &str, run: &mut dyn FnMut(&dyn Item)) -> Result<(), String> {
        let item = self.0.read_json(json).map_err(|error| error.to_string())?;
        run(&item);
        Ok(())
    }
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    format: u32,
    policy: PolicyName,
    audience: Audience,
    files: Vec<String>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let reader = Reader::of(&args.policy, ui)?;
    let rehearsal = Rehearsal::new(reader.policy(), &reader, args.content.reveal())?;
    let page = handbook(&rehearsal, &HandbookOptions { audience: args.audience.audience(), lang: page_language(args.lang.as_deref(), reader.policy()) })?;
    std::fs::create_dir_all(&args.output).with_context(|| args.output.display().to_string())?;
    let mut files = Vec::new();
    for (name, text) in [("handbook.md", page.markdown()), ("handbook.html", page.html())] {
        let path = args.output.join(name);
        OutputFile::with(&path, text.as_bytes())?.finish()?;
        files.push(path.display().to_string());
    }
    match args.format {
        Format::Human => files.iter().for_each(|file| ui.remark(&format!("wrote {file}"))),
        Format::Json => ui.print_json(&Written { format: 1, policy: PolicyName::of(reader.policy()), audience: args.audience.audience(), files })?,
    }
    Ok(Ended::Fine)
}
