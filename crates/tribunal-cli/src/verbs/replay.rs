//! `tribunal replay`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tribunal::policy::time;
use tribunal_replay::anytime::Anytime;
use tribunal_replay::cube::Keep;
use tribunal_replay::forecast::Actual;
use tribunal_replay::input::Inputs;
use tribunal_replay::input::columns::Columns;
use tribunal_replay::labels::Labels;
use tribunal_replay::launch::Reading;
use tribunal_replay::manifest::{self, Manifest};
use tribunal_replay::report::rate::Design;
use tribunal_replay::report::{Content, Facts};
use tribunal_replay::watch::Watching;
use tribunal_replay::{Error, Options, Plan, Report, report};

use crate::Ended;
use crate::output::OutputFile;
use crate::progress::Progress;
use crate::rows::{Row, each_row};
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
    Exit status: 1 when a gate did not pass, a watched rule raised an alarm, a report made again is not the same, or a forecast did not come true; 2 when the policy or an input cannot be used.\n\n\
    Example:\n  tribunal replay --old main --new draft items.jsonl.zst --design simple --report out\n  \
    tribunal replay --new draft items/ --positive hate,offensive --gate 'new.precision >= 90 %'\n  \
    tribunal replay --old main --new draft today.jsonl --negative ok --continue test.json --watch-rules=2%\n  \
    tribunal replay --manifest out\n  \
    tribunal replay --forecast out --actual decisions.jsonl\n  \
    tribunal replay plan --rate 1% --within 0.1%\n  \
    tribunal replay sample out --per-change 50 --labellers 2 -o labels.xlsx"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    more: Option<more::More>,
    #[command(flatten)]
    run: RunArgs,
    /// Write the report into this folder, whole or not at all
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Make a report again, as its manifest says (a report's folder, or the file), and tell whether every byte is the same
    #[arg(long, value_name = "FILE", conflicts_with_all = ["items", "old", "new", "report", "continue_"])]
    manifest: Option<PathBuf>,
    /// Set the forecast of this report against --actual
    #[arg(long, value_name = "REPORT", requires = "actual", conflicts_with_all = ["items", "old", "new", "report", "manifest", "continue_"])]
    forecast: Option<PathBuf>,
    /// Decisions that were made since, as `tribunal classify` writes them
    #[arg(long, value_name = "DECISIONS", requires = "forecast", num_args = 1..)]
    actual: Vec<PathBuf>,
    /// Write broken rows to this file, as they were
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Threads; all cores by default. The report is the same for any number
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// A page of text, one screen of Markdown, the report as JSON, or gates and alarms as JUnit
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
}

/// What a report depends on: the same again gives the same bytes.
#[derive(Clone, Debug, PartialEq, clap::Args, Serialize, Deserialize)]
pub(crate) struct RunArgs {
    /// Files, folders or globs of items; `-` is standard input
    items: Vec<PathBuf>,
    /// The policy as it is today, or `logged:COLUMN` for decisions that the items carry
    #[arg(long, value_name = "POLICY")]
    old: Option<String>,
    /// The policy as it would be
    #[arg(long, value_name = "POLICY")]
    new: Option<PathBuf>,
    /// Only items on which this condition holds, in the language of policies
    #[arg(long = "where", value_name = "CONDITION")]
    only: Option<String>,
    /// Take each item with this chance, by the hash of its id; weights follow
    #[arg(long, value_parser = more::share, value_name = "SHARE")]
    sample: Option<f64>,
    /// Count by this field too
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    by: Vec<String>,
    /// A field stands in another column: caption=desc; or a file of such lines
    #[arg(long, value_name = "FIELD=COLUMN|FILE", value_delimiter = ',')]
    map: Vec<String>,
    /// Labels by id, as CSV or workbook
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Labels that mean a violation; all but --negative where only that is given
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    positive: Vec<String>,
    /// Labels that mean none; all but --positive where only that is given
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
    /// Raise an alarm when a new or edited rule fires on more than this share of items, or otherwise than before
    #[arg(long, value_parser = more::share, value_name = "SHARE", num_args = 0..=1, require_equals = true, default_missing_value = "5%")]
    watch_rules: Option<f64>,
    /// The report of an earlier time that --watch-rules holds rules against; without it the old policy on these items
    #[arg(long, value_name = "REPORT", requires = "watch_rules")]
    history: Option<PathBuf>,
    /// Go on with the anytime test whose state is in this file; it is made where there is none
    #[arg(long = "continue", id = "continue_", value_name = "STATE")]
    #[serde(skip)]
    continue_: Option<PathBuf>,
    /// Items a day that the platform gets, for the load of the review queue
    #[arg(long, value_parser = more::positive, value_name = "N")]
    items_a_day: Option<f64>,
    /// Seconds that a review takes
    #[arg(long, value_parser = more::positive, value_name = "SECONDS", default_value = "60")]
    handling: f64,
    /// How much content leaves: hits masked, all, or no texts
    #[arg(long, value_enum, default_value = "masked")]
    content: ContentArg,
    /// Keep this many items of each class of change
    #[arg(long, value_name = "N", default_value_t = Keep::default().changed)]
    examples: usize,
    /// Rows at which a sheet of the workbook stops; what is left out is told in its sheet About
    #[arg(long, value_name = "N", default_value_t = report::MAX_ROWS, value_parser = rows)]
    #[serde(default = "default_rows")]
    max_rows: usize,
    /// Seed of all hashes
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

fn default_rows() -> usize {
    report::MAX_ROWS
}

fn rows(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|rows| *rows > 0).ok_or_else(|| "a whole number, 1 or more".to_owned())
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    if let Some(path) = &args.manifest {
        return again(path, args, ui);
    }
    if let Some(path) = &args.forecast {
        return forecast(path, args, ui);
    }
    if args.run.items.is_empty() {
        bail!("no items: name files, folders or globs behind the options");
    }
    let before = match &args.run.continue_ {
        None => None,
        Some(path) if !path.exists() => Some(None),
        Some(path) => {
            let shown = path.display().to_string();
            Some(Some(Anytime::read(&shown, &std::fs::read(path).with_context(|| shown.clone())?)?))
        }
    };
    let made = make(&args.run, before, args.report.is_some(), args, ui)?;
    if let Some(folder) = &args.report {
        let written = report::write(folder, &made.files, &made.manifest)?;
        ui.remark(&format!("{}: {}", written.folder.display(), written.files.join(", ")));
    }
    // Last: a state that has gone on refuses these files, so a report that cannot be written must not leave one behind.
    if let (Some(path), Some(state)) = (&args.run.continue_, &made.report.anytime) {
        let mut text = serde_json::to_vec_pretty(state)?;
        text.push(b'\n');
        OutputFile::with(path, &text)?.finish()?;
    }
    let found = &made.report;
    match args.format {
        ReportFormat::Human => ui.print(&tribunal::policy::render::neutral(&found.human()))?,
        ReportFormat::Markdown => ui.print(&tribunal::policy::render::neutral(&found.markdown()))?,
        ReportFormat::Junit => ui.print(&tribunal::policy::render::neutral(&found.junit()))?,
        ReportFormat::Json => ui.print_json(found)?,
    }
    Ok(if found.passed() { Ended::Fine } else { Ended::Findings })
}

/// A report with its files and how it was made.
struct Made {
    report: Report,
    files: Vec<(&'static str, Vec<u8>)>,
    manifest: Manifest<RunArgs>,
}

/// Replays; `before` is the state of the anytime test: absent, new, or as it was. Files are made only where somebody wants them.
fn make(run: &RunArgs, before: Option<Option<Anytime>>, files: bool, args: &Args, ui: &Ui) -> anyhow::Result<Made> {
    let map = maps(&run.map)?;
    let plan = plan(run, ui)?;
    let policies = std::iter::once(&plan.new).chain(plan.old_policy()).map(|moderator| moderator.policy().as_ref());
    let columns = Columns::new(policies, &map)?;
    let logged = run.old.as_deref().and_then(|old| old.strip_prefix("logged:"));
    columns.check(&run.by.iter().chain(&run.stratum).map(String::as_str).chain(logged).collect::<Vec<_>>())?;
    run.gate.iter().try_for_each(|gate| report::gates::check(gate, &plan))?;
    let inputs = Inputs::open_all(&run.items, columns)?;
    let data = inputs.data()?;
    let anytime = before.map(|state| state.unwrap_or_else(|| Anytime::new(&plan)));
    anytime.iter().try_for_each(|state| state.check(&plan, &data))?;
    let mut read = std::collections::BTreeMap::new();
    let history_file = run.history.as_ref().map(|path| if path.is_dir() { path.join("report.json") } else { path.clone() });
    for path in run.labels.iter().chain(&history_file).chain(run.map.iter().filter(|entry| !entry.contains('=')).map(PathBuf::from).collect::<Vec<_>>().iter())
    {
        let shown = path.display().to_string();
        read.insert(shown.clone(), tribunal_replay::digest(path).with_context(|| shown)?);
    }
    let watching = match run.watch_rules {
        None => None,
        Some(share) => Some(Watching { share, history: run.history.as_deref().map(report::read).transpose()?.map(Box::new) }),
    };
    let progress = Progress::new(ui, inputs.read.clone(), inputs.total);
    let mut rejects = args.rejects.as_deref().map(OutputFile::create).transpose()?;
    let cube = tribunal_replay::run(&plan, inputs, args.threads, &|items| progress.items(items), rejects.as_mut().map(|file| file as &mut dyn std::io::Write));
    progress.finish();
    let cube = cube?;
    if let Some(mut rejects) = rejects {
        rejects.flush()?;
        rejects.finish()?;
    }
    let facts = Facts {
        design: run.design()?,
        data,
        gates: run.gate.clone(),
        map,
        items_a_day: run.items_a_day,
        handling_s: run.items_a_day.map(|_| run.handling),
        watching,
        anytime,
    };
    let found = report::build(&plan, &cube, &facts)?;
    let files = if files { report::files(&plan, &cube, &found, run.content.into(), run.max_rows)? } else { Vec::new() };
    let manifest = Manifest::new(run.clone(), &found, read, facts.anytime, &files);
    Ok(Made { report: found, files, manifest })
}

/// `--manifest`: the same run again.
fn again(path: &Path, args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let was: Manifest<RunArgs> = manifest::read(path)?;
    let made = make(&was.run, was.before.clone().map(Some), true, args, ui)?;
    let mut differences = was.differences(&made.manifest);
    let old = if path.is_dir() { path.join("report.json") } else { path.with_file_name("report.json") };
    let new = made.files.iter().find(|(name, _)| *name == "report.json");
    if let (false, Ok(old), Some((_, new))) = (differences.is_empty(), std::fs::read(&old), new) {
        differences.extend(manifest::figures(&old, new, 20)?.into_iter().map(|figure| format!("report.json {figure}")));
    }
    let text = match differences.as_slice() {
        [] => format!("same bytes: {} files\n", was.files.len()),
        some => format!("not the same:\n{}", some.iter().map(|line| format!("  {line}\n")).collect::<String>()),
    };
    let format = if args.format == ReportFormat::Json { Format::Json } else { Format::Human };
    told(ui, format, &serde_json::json!({"same": differences.is_empty(), "differences": differences}), &text)?;
    Ok(if differences.is_empty() { Ended::Fine } else { Ended::Findings })
}

/// `--forecast`: a report against decisions that were made since.
fn forecast(path: &Path, args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let report = report::read(path)?;
    let mildest = tribunal_replay::forecast::mildest(&report);
    let mut actual = Actual::default();
    let inputs = Inputs::open_all(&args.actual, Columns::new([], &[])?)?;
    let broken = each_row(ui, inputs, &mut |text| {
        actual.add(text, &mildest);
        Ok(Row::Taken)
    })?;
    (0..broken).for_each(|_| actual.broken());
    let found = tribunal_replay::forecast::forecast(&report, &actual);
    if found.decisions.0 == 0 {
        bail!("--actual: no row is a decision; write them with `tribunal classify`");
    }
    told(ui, if args.format == ReportFormat::Json { Format::Json } else { Format::Human }, &found, &found.human())?;
    Ok(if found.rows.iter().any(tribunal_replay::forecast::Row::differs) { Ended::Findings } else { Ended::Fine })
}

impl RunArgs {
    /// The design, a drawn sample of these items included.
    fn design(&self) -> anyhow::Result<Design> {
        Ok(match (self.design, self.sample) {
            (design, None) => design.into(),
            (DesignArg::None | DesignArg::Census | DesignArg::Poisson, Some(_)) => Design::Poisson,
            (DesignArg::Simple | DesignArg::Stratified, Some(_)) => {
                bail!("--sample draws from all items there are, or from a Poisson sample: leave it out where the items are a sample of another design")
            }
        })
    }
}

fn plan(args: &RunArgs, ui: &Ui) -> anyhow::Result<Plan> {
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
    if args.stratum.is_some() && !matches!(args.design, DesignArg::Stratified) {
        bail!("--stratum is for --design stratified; counts by a field are --by FIELD");
    }
    if let Some((_, field)) = args.by.iter().enumerate().find(|(at, field)| args.by.iter().skip(at + 1).any(|other| other == *field)) {
        bail!("--by names `{field}` twice");
    }
    if let Some(both) = args.positive.iter().find(|label| args.negative.contains(label)) {
        bail!("the label `{both}` is both --positive and --negative");
    }
    let options = Options {
        reading: if args.as_written { Reading::AsWritten } else { Reading::AsLaunched },
        as_of,
        by: args.by.clone(),
        only: args.only.clone(),
        positive: args.positive.clone(),
        negative: args.negative.clone(),
        stratum: args.stratum.clone(),
        sample: args.sample,
        seed: args.seed,
        keep: Keep { changed: args.examples, ..Keep::default() },
    };
    let plan = usable(Plan::new(args.old.as_deref(), new, options), new, ui)?;
    Ok(match &args.labels {
        Some(path) => plan.with_labels(Labels::read(path)?),
        None => plan,
    })
}

/// Shows what is wrong with a policy that cannot be used.
pub(crate) fn usable<T>(made: Result<T, Error>, policy: &Path, ui: &Ui) -> anyhow::Result<T> {
    match made {
        Err(Error::Policy(tribunal::Error::Policy { diagnostics, sources })) => {
            let errors: Vec<_> = diagnostics.into_iter().filter(|found| found.severity == tribunal::policy::diagnostic::Severity::Error).collect();
            ui.refuse(policy, &errors, &sources)
        }
        made => Ok(made?),
    }
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

/// Prints a value for programs or a text for people.
pub(crate) fn told(ui: &Ui, format: Format, value: &impl serde::Serialize, text: &str) -> anyhow::Result<()> {
    match format {
        Format::Json => ui.print_json(value),
        Format::Human => Ok(ui.print(&tribunal::policy::render::neutral(text))?),
    }
}
