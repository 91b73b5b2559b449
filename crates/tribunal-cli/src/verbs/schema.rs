//! `tribunal schema`.

use clap::ValueEnum;
use tribunal::policy;

use crate::Ended;
use crate::ui::Ui;

/// Print the JSON Schema of a policy file, a decision, an explanation or a report
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tribunal schema policy > policy.schema.json\n  \
    # in an editor with a YAML language server, at the top of a policy file:\n  # yaml-language-server: $schema=policy.schema.json")]
pub(crate) struct Args {
    /// Of what
    #[arg(value_enum, default_value = "policy")]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// A policy file, for editors
    Policy,
    /// A line of `classify`
    Decision,
    /// What `explain --format json` prints
    Explanation,
    /// What `check --format json` prints
    Check,
    /// What `test --format json` prints
    Test,
    /// What `show --format json` prints
    Show,
    /// What `show --matrix --format json` prints
    Matrix,
    /// What `fmt --format json` prints
    Fmt,
    /// What `inspect --format json` prints
    Inspect,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let schema = match args.of {
        Of::Policy => policy::schema::schema(),
        Of::Decision => of::<tribunal::Decision>(),
        Of::Explanation => of::<tribunal::Explanation>(),
        Of::Check => of::<tribunal::CheckReport>(),
        Of::Test => of::<tribunal::TestReport>(),
        Of::Show => of::<tribunal::show::Effective>(),
        Of::Matrix => of::<tribunal::show::Matrix>(),
        Of::Fmt => of::<tribunal::FormatReport>(),
        Of::Inspect => of::<tribunal::Inspection>(),
    };
    ui.print_json(&schema)?;
    Ok(Ended::Fine)
}

fn of<T: tribunal::schema::JsonSchema>() -> serde_json::Value {
    tribunal::schema::of::<T>()
}
