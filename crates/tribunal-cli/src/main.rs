//! The command line of Tribunal.
//!
//! A verb is a function of a library that returns a versioned value; what is here reads arguments and files, and writes.

mod input;
mod output;
mod progress;
mod rows;
mod ui;
mod verbs;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Content moderation rules for short videos: policies as data, decisions with explanations.
#[derive(Debug, Parser)]
#[command(
    name = "tribunal",
    version,
    arg_required_else_help = true,
    after_help = "Exit status: 0 fine, 1 findings or a failed gate, 2 unusable input.\n\
                  Results go to standard output, messages to standard error.\n\n\
                  Example:\n  tribunal check community-guidelines\n  \
                  tribunal classify community-guidelines items.jsonl.zst -o decisions.jsonl"
)]
pub(crate) struct Cli {
    /// When to use colours: only on a terminal, always, or never
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: ui::Color,
    /// No progress bar and no summary; errors are still told
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(verbs::check::Args),
    Fmt(verbs::fmt::Args),
    Test(verbs::test::Args),
    Compile(verbs::compile::Args),
    Inspect(verbs::inspect::Args),
    Classify(verbs::classify::Args),
    Explain(verbs::explain::Args),
    Show(verbs::show::Args),
    Evade(verbs::evade::Args),
    Analyze(verbs::analyze::Args),
    Diff(verbs::diff::Args),
    Replay(Box<verbs::replay::Args>),
    Signoff(verbs::signoff::Args),
    Bench(verbs::bench::Args),
    Trends(verbs::trends::Args),
    Sheet(verbs::sheet::Args),
    Where(verbs::where_::Args),
    Register(verbs::register::Args),
    Due(verbs::due::Args),
    Docs(verbs::docs::Args),
    Brief(verbs::brief::Args),
    Schema(verbs::schema::Args),
    Completions(verbs::completions::Args),
    Man(verbs::man::Args),
}

/// How a verb ended, when it could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing to object to.
    Fine,
    /// Findings, or a gate that failed.
    Findings,
}

fn run(cli: Cli) -> anyhow::Result<Ended> {
    let ui = ui::Ui::new(cli.color, cli.quiet);
    match cli.verb {
        Verb::Check(args) => verbs::check::run(&args, &ui),
        Verb::Fmt(args) => verbs::fmt::run(&args, &ui),
        Verb::Test(args) => verbs::test::run(&args, &ui),
        Verb::Compile(args) => verbs::compile::run(&args, &ui),
        Verb::Inspect(args) => verbs::inspect::run(&args, &ui),
        Verb::Classify(args) => verbs::classify::run(&args, &ui),
        Verb::Explain(args) => verbs::explain::run(&args, &ui),
        Verb::Show(args) => verbs::show::run(&args, &ui),
        Verb::Evade(args) => verbs::evade::run(&args, &ui),
        Verb::Analyze(args) => verbs::analyze::run(&args, &ui),
        Verb::Diff(args) => verbs::diff::run(&args, &ui),
        Verb::Replay(args) => verbs::replay::run(&args, &ui),
        Verb::Signoff(args) => verbs::signoff::run(&args, &ui),
        Verb::Bench(args) => verbs::bench::run(&args, &ui),
        Verb::Trends(args) => verbs::trends::run(&args, &ui),
        Verb::Sheet(args) => verbs::sheet::run(&args, &ui),
        Verb::Where(args) => verbs::where_::run(&args, &ui),
        Verb::Register(args) => verbs::register::run(&args, &ui),
        Verb::Due(args) => verbs::due::run(&args, &ui),
        Verb::Docs(args) => verbs::docs::run(&args, &ui),
        Verb::Brief(args) => verbs::brief::run(&args, &ui),
        Verb::Schema(args) => verbs::schema::run(&args, &ui),
        Verb::Completions(args) => verbs::completions::run(&args, &ui),
        Verb::Man(args) => verbs::man::run(&args, &ui),
    }
}

fn main() -> ExitCode {
    output::clean_up_when_interrupted();
    match run(Cli::parse()) {
        Ok(Ended::Fine) => ExitCode::SUCCESS,
        Ok(Ended::Findings) => ExitCode::from(1),
        // A reader that has seen enough, `… | head`, is no error.
        Err(error) if ui::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            ui::complain(&error);
            ExitCode::from(2)
        }
    }
}
