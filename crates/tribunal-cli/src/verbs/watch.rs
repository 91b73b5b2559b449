//! `tribunal analyze --watch`: what an edit of the policy changes of the findings, each time a file is saved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::anyhow;
use tribunal::policy::diagnostic::{Diagnostic, Severity};
use tribunal::policy::{Policy, load, render};
use tribunal_analysis::{Analysis, Finding, Options, Session};

use crate::Ended;
use crate::ui::{Ui, count};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(300);

/// Files by path: when each was written, and its length.
type Stamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Goes along with the edits of a policy until it is interrupted or nobody reads any more. `first` says what was found at the beginning.
pub(crate) fn watch(path: &Path, policy: &Arc<Policy>, options: &Options, notes: bool, first: &dyn Fn(&Analysis) -> String, ui: &Ui) -> anyhow::Result<Ended> {
    let mut seen = stamps(path);
    let mut session = Session::open(policy, options).map_err(|error| anyhow!("the policy cannot be compiled: {error}"))?;
    ui.print(&first(session.analysis()))?;
    ui.remark(&format!("watching {}; Ctrl-C ends it", path.display()));
    loop {
        std::thread::sleep(EVERY);
        let now = stamps(path);
        if now == seen {
            continue;
        }
        let changed: Vec<String> = now.iter().filter(|(path, stamp)| seen.get(*path) != Some(stamp)).map(|(path, _)| name(path)).collect();
        let gone = seen.keys().filter(|path| !now.contains_key(*path)).map(|path| name(path));
        ui.print(&format!("\n{}\n", changed.into_iter().chain(gone).collect::<Vec<_>>().join(", ")))?;
        seen = now;
        let loaded = load(path);
        let Some(edited) = loaded.policy else {
            let errors: Vec<Diagnostic> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
            let number = count(errors.len() as u64, "error");
            ui.print(&format!("{}\n{number}; the findings are those of the last policy without\n", render::human(&errors, &loaded.sources, true)))?;
            continue;
        };
        let before = lines(session.analysis(), notes);
        let text = match session.edit(&Arc::new(edited)) {
            Ok(analysis) => told(&before, analysis, notes, &loaded.sources),
            Err(error) => format!("the policy cannot be compiled: {error}\n"),
        };
        ui.print(&text)?;
    }
}

fn name(path: &Path) -> String {
    render::neutral_line(&path.display().to_string())
}

/// What makes a finding the same after an edit; places move.
fn key(finding: &Finding) -> String {
    format!("{} {:?} {:?} {}", finding.code, finding.subjects, finding.markets, finding.message)
}

/// Findings in a line each, by their keys.
fn lines(analysis: &Analysis, notes: bool) -> BTreeMap<String, String> {
    let line = |finding: &Finding| format!("{} `{}`", finding.code, render::neutral_line(finding.subjects.first().map_or("", String::as_str)));
    shown(analysis, notes).map(|finding| (key(finding), line(finding))).collect()
}

fn shown(analysis: &Analysis, notes: bool) -> impl Iterator<Item = &Finding> {
    analysis.findings.iter().filter(move |finding| notes || finding.severity != "note")
}

/// New findings in full, the others by number.
fn told(before: &BTreeMap<String, String>, analysis: &Analysis, notes: bool, sources: &tribunal::policy::source::Sources) -> String {
    let new: Vec<Diagnostic> = shown(analysis, notes).filter(|finding| !before.contains_key(&key(finding))).filter_map(Finding::diagnostic).collect();
    let mut text = render::human(&new, sources, true);
    if !text.is_empty() {
        text.push('\n');
    }
    let now: BTreeSet<String> = lines(analysis, notes).into_keys().collect();
    for (_, line) in before.iter().filter(|(key, _)| !now.contains(*key)) {
        text.push_str(&format!("gone: {line}\n"));
    }
    let stay = before.keys().filter(|key| now.contains(*key)).count();
    text.push_str(&format!(
        "{}, {}; {} new, {stay} as before\n",
        count(analysis.errors, "error"),
        count(analysis.warnings, "warning"),
        now.len().saturating_sub(stay)
    ));
    text
}

/// Every file of the policy; hidden ones are an editor's.
fn stamps(path: &Path) -> Stamps {
    let mut out = Stamps::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(about) = std::fs::metadata(&path) else { continue };
        if !about.is_dir() {
            out.insert(path, (about.modified().ok(), about.len()));
            continue;
        }
        let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
        open.extend(entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).map(|entry| entry.path()));
    }
    out
}
