//! `tribunal sheet`.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use tribunal::Moderator;
use tribunal::policy::diagnostic::Severity as PolicySeverity;
use tribunal::policy::render::neutral_line;
use tribunal::policy::time;
use tribunal::policy::{Policy, load};
use tribunal_analysis::sheets::{
    Content, ExportOptions, HitCounter, ImportOptions, ImportReport, Imported, Measured, Prefer, Severity, TurnedDown, annotate, export, export_csv, import,
    open,
};
use tribunal_analysis::workbook::{Book, to_csv, to_xlsx};

use tribunal_replay::input::Inputs;
use tribunal_replay::input::columns::Columns;

use super::replay::maps;
use crate::Ended;
use crate::output::{OutputFile, apart};
use crate::rows::{Row, each_row, passed_over};
use crate::ui::{Format, Ui, count, require};

/// Term lists, overlays and tests as a workbook: out of a policy, checked, and back into its text files
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write a workbook (`.xlsx`), or one list as `.csv`
    #[command(after_help = "Sensitive lists leave by name only unless `--sensitive` is given.\n\n\
        Example:\n  tribunal sheet export community-guidelines -o lists.xlsx\n  tribunal sheet export community-guidelines --list firearms -o firearms.csv")]
    Export(ExportArgs),
    /// Say everything that is wrong with a workbook, and what importing it would change
    #[command(after_help = "Exit status: 2 when there are errors.\n\nExample:\n  tribunal sheet check community-guidelines lists.xlsx --annotate marked.xlsx")]
    Check(ImportArgs),
    /// Bring a workbook back into the policy's text files; with any error nothing is changed
    #[command(
        after_help = "A row that is gone deletes nothing unless `--delete-missing` is given.\n\nExample:\n  tribunal sheet import community-guidelines lists.xlsx"
    )]
    Import(ImportArgs),
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// A policy's folder or single file
    policy: PathBuf,
    /// The workbook, or a CSV file for one list
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Only this list; may be given several times
    #[arg(long, value_name = "NAME")]
    list: Vec<String>,
    /// How much of the terms
    #[arg(long, value_enum, default_value = "full")]
    content: ContentArg,
    /// Sensitive lists too
    #[arg(long)]
    sensitive: bool,
    /// Count in these items (files, folders or globs) how often each term is found: columns `~hits` and `~sole_hits` (the only term of its
    /// list in the item)
    #[arg(long, value_name = "ITEMS")]
    items: Vec<PathBuf>,
    /// A field of those items stands in another column: caption=desc; or a file of such lines
    #[arg(long, value_name = "FIELD=COLUMN|FILE", value_delimiter = ',', requires = "items")]
    map: Vec<String>,
    /// Ordinary words, one a line, after a tab how often each occurs: column `~ordinary_words`, those that a term hits
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
    /// Write each term in many disguises: column `~survival`, the percent that are found (`tribunal evade` says which are not)
    #[arg(long)]
    survival: bool,
    /// How to say what was written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ContentArg {
    /// As they are: the workbook can come back
    Full,
    /// First letter and length: to look at only
    Masked,
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// A policy's folder or single file
    policy: PathBuf,
    /// The workbook (`.xlsx`), or a CSV file named as its list
    workbook: PathBuf,
    /// Who wins where both sides were changed
    #[arg(long, value_enum, value_name = "SIDE")]
    prefer: Option<PreferArg>,
    /// Delete entries whose row is gone
    #[arg(long)]
    delete_missing: bool,
    /// This list may lose more than a tenth of its entries
    #[arg(long, value_name = "LIST")]
    accept_shrink: Vec<String>,
    /// The first day of terms taken from candidates of `trends`; today without it
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Write the workbook back with its problems beside the rows
    #[arg(long, value_name = "FILE")]
    annotate: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PreferArg {
    /// The workbook
    Sheet,
    /// The policy
    Policy,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    match &args.what {
        What::Export(args) => exported(args, ui),
        What::Check(args) => imported(args, false, ui),
        What::Import(args) => imported(args, true, ui),
    }
}

fn policy(path: &Path, ui: &Ui) -> anyhow::Result<Policy> {
    require(path)?;
    let loaded = load(path);
    match loaded.policy {
        Some(policy) => Ok(policy),
        None => {
            let errors: Vec<_> = loaded.diagnostics.into_iter().filter(|found| found.severity == PolicySeverity::Error).collect();
            ui.refuse(path, &errors, &loaded.sources)
        }
    }
}

fn exported(args: &ExportArgs, ui: &Ui) -> anyhow::Result<Ended> {
    let policy = policy(&args.policy, ui)?;
    let content = if args.content == ContentArg::Full { Content::Full } else { Content::Masked };
    let options = ExportOptions { lists: args.list.clone(), content, sensitive: args.sensitive, measured: measured(args, &policy, ui)? };
    let ending = args.output.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let bytes = match (ending.as_deref(), args.list.as_slice()) {
        (Some("csv"), [list]) => to_csv(&export_csv(&policy, list, &options).map_err(anyhow::Error::msg)?)?,
        (Some("csv"), _) => bail!("a CSV file holds one list: name it with --list, or write a workbook"),
        (Some("xlsx"), _) => to_xlsx(&export(&policy, &options).map_err(anyhow::Error::msg)?)?,
        _ => bail!("{}: name the file .xlsx, or .csv for one list", args.output.display()),
    };
    apart(&args.output, [args.policy.as_path()])?;
    OutputFile::with(&args.output, &bytes)?.finish()?;
    match args.format {
        Format::Human => ui.remark(&format!("wrote {}", args.output.display())),
        Format::Json => ui.print_json(&serde_json::json!({ "format": 1, "wrote": args.output }))?,
    }
    Ok(Ended::Fine)
}

/// The figures about terms that were asked for.
fn measured(args: &ExportArgs, policy: &Policy, ui: &Ui) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    if !args.items.is_empty() {
        let moderator = ui.moderator(Moderator::builder(), &args.policy)?;
        let mut counter = HitCounter::new(policy)?;
        let columns = Columns::new([policy], &maps(&args.map)?)?;
        let broken = each_row(ui, Inputs::open_all(&args.items, columns)?, &mut |text| {
            let Ok(item) = moderator.read_json(text) else { return Ok(Row::Broken) };
            counter.see(&item);
            Ok(Row::Taken)
        })?;
        passed_over(ui, broken);
        measured.hits(counter, &args.items.iter().map(|path| name_of(path)).collect::<Vec<_>>().join(", "));
    }
    if let Some(path) = &args.words {
        measured.words(policy, &super::evade::read_words(path)?, &name_of(path));
    }
    if args.survival {
        measured.survival(policy);
    }
    Ok(measured)
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn read(path: &Path) -> anyhow::Result<Book> {
    let name = name_of(path);
    if name.starts_with("~$") || name.starts_with(".~lock") || name.starts_with("._") {
        bail!("{}: is left behind by an editor, not a workbook", path.display());
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            bail!("{}: {error}; if it is open in Excel, close it there and try again", path.display())
        }
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    open(&name, &bytes).with_context(|| path.display().to_string())
}

fn imported(args: &ImportArgs, write: bool, ui: &Ui) -> anyhow::Result<Ended> {
    let policy = policy(&args.policy, ui)?;
    let book = read(&args.workbook)?;
    let options = ImportOptions {
        prefer: args.prefer.map(|side| if matches!(side, PreferArg::Sheet) { Prefer::Sheet } else { Prefer::Policy }),
        delete_missing: args.delete_missing,
        accept_shrink: args.accept_shrink.iter().cloned().collect(),
        since: Some(match &args.since {
            Some(day) if day.len() == 10 && time::parse(day).is_some() => day.clone(),
            Some(day) => bail!("--since {day}: write a day as 2026-12-01"),
            None => today(),
        }),
        turned_down: turned_down(&args.policy)?.into_iter().map(|row| row.key).collect(),
    };
    let Imported { report, files, turned_down } = import(&policy, &book, &options);
    if let Some(path) = &args.annotate {
        apart(path, [args.policy.as_path(), args.workbook.as_path()])?;
        OutputFile::with(path, &to_xlsx(&annotate(&book, &report.problems))?)?.finish()?;
    }
    match args.format {
        Format::Human => ui.print(&text(&report, write))?,
        Format::Json => ui.print_json(&report)?,
    }
    if report.errors > 0 {
        bail!("{}: {}, so nothing was taken", neutral_line(&report.workbook), count(report.errors, "error"));
    }
    if write {
        // All of them are written before the first is put in its place.
        let folder = args.policy.is_dir();
        let place = |path: &str| if folder { args.policy.join(path) } else { args.policy.clone() };
        for path in files.keys() {
            if let Some(parent) = place(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
                std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
            }
        }
        let mut ready = files.iter().map(|(path, bytes)| OutputFile::with(&place(path), bytes)).collect::<anyhow::Result<Vec<_>>>()?;
        if !turned_down.is_empty() {
            let path = turned_down_file(&args.policy);
            let mut all = std::fs::read_to_string(&path).unwrap_or_default();
            if !all.is_empty() && !all.ends_with('\n') {
                all.push('\n');
            }
            ready.push(OutputFile::with(&path, (all + &turned_down).as_bytes())?);
        }
        for file in ready {
            file.finish()?;
        }
    }
    Ok(Ended::Fine)
}

fn today() -> String {
    time::display(super::now()).chars().take(10).collect()
}

/// Where a policy keeps what was turned down: in its folder, or beside its file.
fn turned_down_file(policy: &Path) -> PathBuf {
    if policy.is_dir() { policy.join("turned-down.jsonl") } else { policy.with_extension("turned-down.jsonl") }
}

/// Candidates for this policy that somebody turned down.
pub(crate) fn turned_down(policy: &Path) -> anyhow::Result<Vec<TurnedDown>> {
    let path = turned_down_file(policy);
    match std::fs::read_to_string(&path) {
        Ok(text) => TurnedDown::read(&text).map_err(|(line, why)| anyhow::anyhow!("{}:{line}: {why}", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn text(report: &ImportReport, write: bool) -> String {
    let mut out = String::new();
    for problem in &report.problems {
        let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(
            out,
            "{severity}: {}: {} [{}]\n  {}",
            neutral_line(&problem.place),
            neutral_line(&problem.message),
            problem.code,
            neutral_line(&problem.help)
        );
    }
    for list in &report.lists {
        let mut parts = vec![format!("{} as exported", list.unchanged)];
        let numbers = [
            (list.new, "new"),
            (list.changed, "changed"),
            (list.retired, "retired"),
            (list.taken_back, "taken back"),
            (list.deleted, "deleted"),
            (list.kept_as_policy, "kept as the policy has them"),
        ];
        parts.extend(numbers.into_iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")));
        let _ = writeln!(out, "{}: {} ({})", list.list, count(list.rows, "row"), parts.join(", "));
        missing(&mut out, &list.missing, list.deleted > 0);
    }
    for sheet in &report.sheets {
        let _ = writeln!(out, "{}: {} ({} as exported, {} new, {} changed)", sheet.sheet, count(sheet.rows, "row"), sheet.unchanged, sheet.new, sheet.changed);
        missing(&mut out, &sheet.missing, false);
    }
    let verb = if write { "changed" } else { "would change" };
    if report.turned_down > 0 {
        let verb = if write { "not" } else { "which would not be" };
        let _ = writeln!(out, "{} turned down, {verb} proposed again", count(report.turned_down, "candidate"));
    }
    if report.errors == 0 {
        match report.files.as_slice() {
            [] if report.turned_down > 0 => {}
            [] => out.push_str("no file changes\n"),
            files => {
                for file in files {
                    let _ = writeln!(out, "{verb}: {}", neutral_line(file));
                }
            }
        }
    }
    let _ = writeln!(out, "{}, {}", count(report.errors, "error"), count(report.warnings, "warning"));
    out
}

fn missing(out: &mut String, missing: &[String], deleted: bool) {
    if missing.is_empty() {
        return;
    }
    let shown: Vec<String> = missing.iter().take(10).map(|name| neutral_line(name)).collect();
    let more = if missing.len() > 10 { ", …" } else { "" };
    let what = if deleted { "deleted" } else { "not in the sheet any more, kept" };
    let _ = writeln!(out, "  {} {what}: {}{more}", missing.len(), shown.join(", "));
}
