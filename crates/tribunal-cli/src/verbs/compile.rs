//! `tribunal compile`.

use std::path::PathBuf;

use serde::Serialize;
use tribunal::policy::render::neutral_line;
use tribunal::{Moderator, PolicyRef};

use crate::Ended;
use crate::output::OutputFile;
use crate::ui::{Format, Ui, thousands};

/// Compile a policy into one file that loads at once and decides as the policy does
#[derive(Debug, clap::Args)]
#[command(after_help = "The file takes the place of the policy in `classify`, `explain`, `test` and `replay`, and in programs: \
    `Moderator::from_path`. It holds the policy's own files too, so it says nothing less. The same policy gives the same bytes. A program whose \
    tables of folds, list of ordinary words or file format differ refuses it: compile it with the version that decides.\n\n\
    Exit status: 2 when the policy cannot be used or the file cannot be written.\n\n\
    Example:\n  tribunal compile community-guidelines -o community-guidelines.tribunal\n  tribunal classify community-guidelines.tribunal items.jsonl")]
pub(crate) struct Args {
    /// A policy's folder or single file
    policy: PathBuf,
    /// The file to write, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
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
    bytes: u64,
    /// BLAKE3 over the file.
    hash: String,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    if args.output.extension().is_some_and(|ending| ending == "gz" || ending == "zst") {
        anyhow::bail!("{}: a compiled policy is packed already and is not compressed again: choose another ending", args.output.display());
    }
    let moderator = ui.moderator(Moderator::builder(), &args.policy)?;
    let bytes = moderator.engine().to_bytes();
    OutputFile::with(&args.output, &bytes)?.finish()?;
    let facts = moderator.engine().facts();
    let compiled = Compiled {
        format: tribunal::FORMAT,
        policy: PolicyRef { id: facts.id.clone(), version: facts.version.clone(), digest: format!("b3:{}", facts.digest) },
        file: args.output.display().to_string(),
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
        }
    }
    Ok(Ended::Fine)
}
