//! `tribunal fmt`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use tribunal::format_policy;
use tribunal::policy::render::neutral_line;

use crate::Ended;
use crate::output::OutputFile;
use crate::ui::{Format, Ui, count, require};

/// Put the YAML files of a policy into canonical form; comments are kept
#[derive(Debug, clap::Args)]
#[command(after_help = "All files are formatted and written beside their places before the first is put there; when one cannot be, none is.\n\n\
    Exit status: 1 with `--check` when a file would change, 2 when a file cannot be formatted.\n\n\
    Example:\n  tribunal fmt community-guidelines\n  tribunal fmt community-guidelines --check")]
pub(crate) struct Args {
    /// A policy's folder or a single file
    policy: PathBuf,
    /// Write nothing; say which files would change
    #[arg(long)]
    check: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    require(&args.policy)?;
    let formatted = format_policy(&args.policy)?;
    if !formatted.diagnostics.is_empty() {
        if args.format == Format::Json {
            ui.print_json(&formatted.report)?;
        }
        return ui.refuse(&args.policy, &formatted.diagnostics, &formatted.sources);
    }
    if formatted.report.files.is_empty() {
        bail!("{}: there is no YAML file in this folder", args.policy.display());
    }
    if !args.check {
        let written: Vec<OutputFile> = formatted.contents.iter().map(|(path, text)| OutputFile::with(path, text.as_bytes())).collect::<anyhow::Result<_>>()?;
        written.into_iter().try_for_each(OutputFile::finish)?;
    }
    match args.format {
        Format::Json => ui.print_json(&formatted.report)?,
        Format::Human => {
            let mut out = String::new();
            let verb = if args.check { "would change" } else { "formatted" };
            for file in formatted.report.files.iter().filter(|file| file.changed) {
                let _ = writeln!(out, "{verb}: {}", neutral_line(&file.path));
            }
            let changed = formatted.contents.len() as u64;
            let unchanged = formatted.report.files.len() as u64 - changed;
            let _ = writeln!(out, "{} {verb}, {unchanged} in canonical form already", count(changed, "file"));
            ui.print(&out)?;
        }
    }
    Ok(if args.check && !formatted.contents.is_empty() { Ended::Findings } else { Ended::Fine })
}
