//! `tribunal compile`.

use std::path::PathBuf;

use serde::Serialize;
use tribunal::policy::render::neutral_line;
use tribunal::{Engine, Limits, Moderator, PolicyRef, ProfileRow, Sampler};
use tribunal_replay::input::Inputs;
use tribunal_replay::input::columns::Columns;

use crate::Ended;
use crate::output::OutputFile;
use crate::rows::{Row, each_row, passed_over};
use crate::ui::{Format, Ui, count, thousands};

use super::replay::maps;

/// Compile a policy into one file that loads at once and decides as the policy does
#[derive(Debug, clap::Args)]
#[command(after_help = "The file takes the place of the policy in `classify`, `explain`, `test` and `replay`, and in programs: \
    `Moderator::from_path`. It holds the policy's own files too, so it says nothing less. The same policy, with the same profile, gives the same bytes. A program whose \
    tables of folds, list of ordinary words or file format differ refuses it: compile it with the version that decides.\n\n\
    Exit status: 2 when the policy cannot be used or the file cannot be written.\n\n\
    Example:\n  tribunal compile community-guidelines -o community-guidelines.tribunal\n  tribunal classify community-guidelines.tribunal items.jsonl\n  \
    tribunal compile community-guidelines --profile last-week.jsonl.zst -o community-guidelines.tribunal")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// The file to write, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Items (files, folders or globs) in which terms and values are counted: each rule then waits for what is rarest in them. Decisions are the
    /// same as without, at less cost where the items are like those
    #[arg(long, value_name = "ITEMS")]
    profile: Vec<PathBuf>,
    /// A field of those items stands in another column: caption=desc; or a file of such lines
    #[arg(long, value_name = "FIELD=COLUMN|FILE", value_delimiter = ',', requires = "profile")]
    map: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Compiled {
    format: u32,
    policy: PolicyRef,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileRow>,
    bytes: u64,
    /// BLAKE3 over the file.
    hash: String,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    if args.output.extension().is_some_and(|ending| ending == "gz" || ending == "zst") {
        anyhow::bail!("{}: a compiled policy is packed already and is not compressed again: choose another ending", args.output.display());
    }
    let moderator = ui.moderator(Moderator::builder(), &args.policy)?;
    let profiled = if args.profile.is_empty() { None } else { Some(profiled(args, &moderator, ui)?) };
    let engine = profiled.as_ref().unwrap_or(moderator.engine());
    let bytes = engine.to_bytes();
    OutputFile::with(&args.output, &bytes)?.finish()?;
    let facts = engine.facts();
    let compiled = Compiled {
        format: tribunal::FORMAT,
        policy: PolicyRef { id: facts.id.clone(), version: facts.version.clone(), digest: format!("b3:{}", facts.digest) },
        file: args.output.display().to_string(),
        profile: engine.profile().map(ProfileRow::of),
        bytes: bytes.len() as u64,
        hash: format!("b3:{}", blake3::hash(&bytes).to_hex()),
    };
    match args.format {
        Format::Json => ui.print_json(&compiled)?,
        Format::Human => {
            let short = |digest: &str| digest.chars().take(11).collect::<String>();
            ui.print(&format!(
                "{} v{} {} -> {}: {} bytes, {}\n",
                neutral_line(&compiled.policy.id),
                neutral_line(&compiled.policy.version),
                short(&compiled.policy.digest),
                neutral_line(&compiled.file),
                thousands(compiled.bytes),
                compiled.hash
            ))?;
            if let Some(profile) = &compiled.profile {
                ui.print(&format!("rules wait for what is rarest in {} ({})\n", count(profile.items, "item"), short(&profile.digest)))?;
            }
        }
    }
    Ok(Ended::Fine)
}

/// The same policy, compiled by a sample of items.
fn profiled(args: &Args, moderator: &Moderator, ui: &Ui) -> anyhow::Result<Engine> {
    let mut sampler = Sampler::new(moderator.policy(), Limits::default())?;
    let columns = Columns::new([moderator.policy().as_ref()], &maps(&args.map)?)?;
    let mut items = 0_u64;
    let broken = each_row(ui, Inputs::open_all(&args.profile, columns)?, &mut |text| {
        let Ok(item) = moderator.read_json(text) else { return Ok(Row::Broken) };
        sampler.see(&item);
        items += 1;
        Ok(Row::Taken)
    })?;
    passed_over(ui, broken);
    if items == 0 {
        anyhow::bail!(
            "there is no item to count in {}: give a sample of items, or leave --profile out",
            args.profile.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(sampler.compile()?)
}
