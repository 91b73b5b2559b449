//! `tribunal man`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::output::OutputFile;
use crate::ui::Ui;
use crate::{Cli, Ended};

/// Print the manual page, or write one for each verb
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tribunal man -o ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Write `tribunal.1` and a page for each verb into this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.output else {
        ui.print(&String::from_utf8_lossy(&page(command)?))?;
        return Ok(Ended::Fine);
    };
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("tribunal-{}", verb.get_name());
        let verb = verb.clone().name(name.clone()).display_name(&name);
        OutputFile::with(&folder.join(format!("{name}.1")), &page(verb)?)?.finish()?;
    }
    OutputFile::with(&folder.join("tribunal.1"), &page(command)?)?.finish()?;
    Ok(Ended::Fine)
}

fn page(command: clap::Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}
