//! `tribunal completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::ui::Ui;
use crate::{Cli, Ended};

/// Print shell completions
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tribunal completions bash > ~/.local/share/bash-completion/completions/tribunal")]
pub(crate) struct Args {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tribunal", &mut script);
    ui.print(&String::from_utf8_lossy(&script))?;
    Ok(Ended::Fine)
}
