//! `tribunal replay`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use tribunal::policy::time;
use tribunal_replay::cube::Keep;
use tribunal_replay::input::Inputs;
use tribunal_replay::input::columns::Columns;
use tribunal_replay::labels::Labels;
use tribunal_replay::launch::Reading;
use tribunal_replay::report::rate::Design;
use tribunal_replay::report::{Content, DataFile, Facts};
use tribunal_replay::{Error, Options, Plan, report};

use crate::Ended;
use crate::output::OutputFile;
use crate::progress::Progress;
use crate::ui::{Format, Ui, require};

#[path = "replay_more.rs"]
mod more;

/// What a policy would have done to sampled items, and what changes from another one
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Items are NDJSON (plain, gzip, Zstandard), CSV or Parquet: files, folders, globs. Without --as-written, what changed counts as live, \
    at 100 % and in force.\n\n\
    Exit status: 1 when a gate did not pass, 2 when the policy or an input cannot be used.\n\n\
    Example:\n  tribunal replay --old main --new draft items.jsonl.zst --design simple --report out\n  \
    tribunal replay --new draft items/ --positive hate,offensive --gate 'new.precision >= 90 %'\n  \
    tribunal replay plan --rate 1% --within 0.1%\n  \
    tribunal replay sample out --per-change 50 --labellers 2 -o labels.xlsx"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    more: Option<more::More>,
    /// Files, folders or globs of items; `-` is standard input
    items: Vec<PathBuf>,
    /// The policy as it is today, or `logged:COLUMN` for decisions that the items carry
    #[arg(long, value_name = "POLICY")]
    old: Option<String>,
    /// The policy as it would be
    #[arg(long, value_name = "POLICY", required = true)]
    new: Option<PathBuf>,
    /// Write the report into this folder, whole or not at all
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Only items on which this condition holds, in the language of policies
    #[arg(long = "where", value_name = "CONDITION")]
    only: Option<String>,
    /// Count by this field too
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    by: Vec<String>,
    /// A field stands in another column: caption=desc; or a file of such lines
    #[arg(long, value_name = "FIELD=COLUMN|FILE", value_delimiter = ',')]
    map: Vec<String>,
    /// Labels by id, as CSV or workbook
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Labels that mean a violation
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    positive: Vec<String>,
    /// Labels that mean none; all others by default
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    negative: Vec<String>,
    /// How the items were drawn: there are no intervals without it
    #[arg(long, value_enum, value_name = "DESIGN", default_value = "none", hide_default_value = true)]
    design: DesignArg,
    /// The field that names an item's stratum, for --design stratified
    #[arg(long, value_name = "FIELD")]
    stratum: Option<String>,
    /// Take stage, rollout and dates as written
    #[arg(long)]
    as_written: bool,
    /// The moment for items that do not say it: ISO 8601 or seconds since 1970
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// A condition on the figures: `new.removed.rate <= old.removed.rate * 1.1`
    #[arg(long, value_name = "GATE")]
    gate: Vec<String>,
    /// Items a day that the platform gets, for the load of the review queue
    #[arg(long, value_name = "N")]
    items_a_day: Option<f64>,
    /// Seconds that a review takes
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    handling: f64,
    /// How much content leaves: hits masked, all, or no texts
    #[arg(long, value_enum, default_value = "masked")]
    content: ContentArg,
    /// Keep this many items of each class of change
    #[arg(long, value_name = "N", default_value_t = Keep::default().changed)]
    examples: usize,
    /// Seed of all hashes
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write broken rows to this file, as they were
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Threads; all cores by default. The report is the same for any number
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// A page of text, one screen of Markdown, or the report as JSON
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// For people
    Human,
    /// One screen for a pull request
    Markdown,
    /// For programs: a versioned form
    Json,
    /// The gates, for build servers
    Junit,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DesignArg {
    /// Not stated
    None,
    /// All items there are
    Census,
    /// A simple random sample
    Simple,
    /// Each item by its own chance: `pi`, or `weight` as one over it
    Poisson,
    /// Simple random samples of strata
    Stratified,
}

impl From<DesignArg> for Design {
    fn from(design: DesignArg) -> Design {
        match design {
            DesignArg::None => Design::None,
            DesignArg::Census => Design::Census,
            DesignArg::Simple => Design::Simple,
            DesignArg::Poisson => Design::Poisson,
            DesignArg::Stratified => Design::Stratified,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ContentArg {
    /// Each hit by its first letter and its length
    Masked,
    /// As it is
    Full,
    /// No texts
    None,
}

impl From<ContentArg> for Content {
    fn from(content: ContentArg) -> Content {
        match content {
            ContentArg::Masked => Content::Masked,
            ContentArg::Full => Content::Full,
            ContentArg::None => Content::None,
        }
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    if let Some(more) = &args.more {
        return more::run(more, ui);
    }
    if args.items.is_empty() {
        bail!("no items: name files, folders or globs behind the options");
    }
    let map = maps(&args.map)?;
    let plan = plan(args, ui)?;
    let policies = std::iter::once(&plan.new).chain(plan.old_policy()).map(|moderator| moderator.policy().as_ref());
    let inputs = Inputs::open_all(&args.items, Columns::new(policies, &map)?)?;
    let data = data_files(&inputs)?;
    let progress = Progress::new(ui, inputs.read.clone(), inputs.total);
    let mut rejects = args.rejects.as_deref().map(OutputFile::create).transpose()?;
    let cube = tribunal_replay::run(&plan, inputs, args.threads, &|items| progress.items(items), rejects.as_mut().map(|file| file as &mut dyn std::io::Write));
    progress.finish();
    let cube = cube?;
    if let Some(mut rejects) = rejects {
        rejects.flush()?;
        rejects.finish()?;
    }
    let handling_s = args.items_a_day.map(|_| args.handling);
    let facts = Facts { design: args.design.into(), data, gates: args.gate.clone(), map, items_a_day: args.items_a_day, handling_s };
    let found = report::build(&plan, &cube, &facts)?;
    if let Some(folder) = &args.report {
        let written = report::write(&plan, &cube, &found, folder, args.content.into())?;
        ui.remark(&format!("{}: {}", written.folder.display(), written.files.join(", ")));
    }
    match args.format {
        ReportFormat::Human => ui.print(&tribunal::policy::render::neutral(&found.human()))?,
        ReportFormat::Markdown => ui.print(&tribunal::policy::render::neutral(&found.markdown()))?,
        ReportFormat::Junit => ui.print(&tribunal::policy::render::neutral(&found.junit()))?,
        ReportFormat::Json => ui.print_json(&found)?,
    }
    Ok(if found.passed() { Ended::Fine } else { Ended::Findings })
}

fn plan(args: &Args, ui: &Ui) -> anyhow::Result<Plan> {
    let Some(new) = &args.new else { bail!("no policy: --new POLICY") };
    require(new)?;
    if let Some(old) = args.old.as_ref().filter(|old| !old.starts_with("logged:")) {
        require(Path::new(old))?;
    }
    let as_of = match &args.as_of {
        None => None,
        Some(text) => Some(time::parse(text).with_context(|| format!("--as-of: `{text}` is no moment"))?.seconds),
    };
    if matches!(args.design, DesignArg::Stratified) && args.stratum.is_none() {
        bail!("--design stratified needs --stratum FIELD");
    }
    let options = Options {
        reading: if args.as_written { Reading::AsWritten } else { Reading::AsLaunched },
        as_of,
        by: args.by.clone(),
        only: args.only.clone(),
        positive: args.positive.clone(),
        negative: args.negative.clone(),
        stratum: args.stratum.clone(),
        seed: args.seed,
        keep: Keep { changed: args.examples, ..Keep::default() },
    };
    let plan = match Plan::new(args.old.as_deref(), new, options) {
        Ok(plan) => plan,
        Err(Error::Policy(tribunal::Error::Policy { diagnostics, sources })) => {
            let errors: Vec<_> = diagnostics.into_iter().filter(|found| found.severity == tribunal::policy::diagnostic::Severity::Error).collect();
            return ui.refuse(new, &errors, &sources);
        }
        Err(error) => return Err(error.into()),
    };
    Ok(match &args.labels {
        Some(path) => plan.with_labels(Labels::read(path)?),
        None => plan,
    })
}

/// Entries of `--map`: `field=column`, or a file of them.
pub(crate) fn maps(given: &[String]) -> anyhow::Result<Vec<String>> {
    let mut out = Vec::new();
    for entry in given {
        if entry.contains('=') {
            out.push(entry.clone());
        } else {
            let text = std::fs::read_to_string(entry).with_context(|| format!("--map {entry}"))?;
            out.extend(Columns::entries(&text));
        }
    }
    Ok(out)
}

/// Size and digest of every file that is read.
pub(crate) fn data_files(inputs: &Inputs) -> anyhow::Result<Vec<DataFile>> {
    let mut out = Vec::new();
    for name in inputs.names() {
        if name == "<stdin>" {
            out.push(DataFile { name: name.to_owned(), bytes: 0, digest: "not taken".to_owned() });
            continue;
        }
        let meta = std::fs::metadata(name).with_context(|| name.to_owned())?;
        if !meta.is_file() {
            out.push(DataFile { name: name.to_owned(), bytes: 0, digest: "not taken".to_owned() });
            continue;
        }
        let digest = tribunal_replay::digest(Path::new(name)).with_context(|| name.to_owned())?;
        out.push(DataFile { name: name.to_owned(), bytes: meta.len(), digest });
    }
    Ok(out)
}

/// Prints a value for programs or a text for people.
pub(crate) fn told(ui: &Ui, format: Format, value: &impl serde::Serialize, text: &str) -> anyhow::Result<()> {
    match format {
        Format::Json => ui.print_json(value),
        Format::Human => Ok(ui.print(&tribunal::policy::render::neutral(text))?),
    }
}
