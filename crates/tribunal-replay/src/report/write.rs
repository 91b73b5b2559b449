//! The files of a report: all of them or none.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::flips::{Content, flips};
use super::{Report, html, table, workbook};
use crate::cube::Cube;
use crate::error::Error;
use crate::plan::Plan;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// The files in it.
    pub files: Vec<String>,
}

/// Writes a report into a folder: what [`files`] gives, and `manifest.json` with how it was made (`run`) and the digest of every file.
///
/// Everything is written beside the folder first and moved there when it is whole.
///
/// # Errors
///
/// When a file cannot be written; the folder is then as it was.
pub fn write(folder: &Path, files: &[(&'static str, Vec<u8>)], manifest: &impl serde::Serialize) -> Result<Written, Error> {
    let shown = folder.display().to_string();
    let file = |error| Error::File(shown.clone(), error);
    if folder.exists() && !folder.join("report.json").exists() && fs::read_dir(folder).map_err(file)?.next().is_some() {
        return Err(Error::Usage(format!("{shown}: is there already and is no report; nothing is overwritten")));
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(file)?;
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or("report");
    let aside = parent.join(format!(".{name}.part"));
    let _ = fs::remove_dir_all(&aside);
    fs::create_dir(&aside).map_err(file)?;
    let done = fill(&aside, files, manifest);
    let moved = done.and_then(|files| {
        if folder.exists() {
            // Only our own report is replaced, and only now that the new one is whole.
            fs::remove_dir_all(folder).map_err(file)?;
        }
        fs::rename(&aside, folder).map_err(file)?;
        Ok(files)
    });
    if moved.is_err() {
        let _ = fs::remove_dir_all(&aside);
    }
    Ok(Written { folder: folder.to_owned(), files: moved? })
}

fn fill(folder: &Path, files: &[(&'static str, Vec<u8>)], manifest: &impl serde::Serialize) -> Result<Vec<String>, Error> {
    let mut text = serde_json::to_vec_pretty(manifest).map_err(|error| Error::Form("manifest.json".to_owned(), error))?;
    text.push(b'\n');
    let all = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).chain([("manifest.json", text.as_slice())]);
    let mut names = Vec::new();
    for (name, bytes) in all {
        let path = folder.join(name);
        let written = fs::File::create(&path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
        written.map_err(|error| Error::File(path.display().to_string(), error))?;
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The files of a report: `report.json`, `flips.jsonl`, `flips.parquet`, `report.xlsx`, `index.html`, `summary.md`, `junit.xml`,
/// `cube.json`. The same inputs give the same bytes. A sheet of the workbook stops at `max_rows` rows, below its header; over 1,048,575 it
/// goes on in another one.
///
/// # Errors
///
/// When one of them cannot be made.
pub fn files(plan: &Plan, cube: &Cube, report: &Report, content: Content, max_rows: usize) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let flips = flips(plan, cube, content);
    let json = |error| Error::Form("report".to_owned(), error);
    let mut lines = Vec::new();
    for flip in &flips {
        serde_json::to_writer(&mut lines, flip).map_err(json)?;
        lines.push(b'\n');
    }
    let mut text = serde_json::to_vec_pretty(report).map_err(json)?;
    text.push(b'\n');
    // Kept items are content: the state that goes with the report has the counts alone.
    let mut state = cube.clone();
    for (_, class) in &mut state.examples {
        if content != Content::Full {
            class.items.values_mut().chain(class.boundary.values_mut()).for_each(|example| example.json.clear());
        }
    }
    let state = serde_json::to_vec(&state).map_err(json)?;
    let table = table::parquet(&flips).map_err(|error| Error::File("flips.parquet".to_owned(), std::io::Error::other(error)))?;
    Ok(vec![
        ("report.json", text),
        ("flips.jsonl", lines),
        ("flips.parquet", table),
        ("report.xlsx", workbook::workbook(report, &flips, content, max_rows)?),
        ("index.html", html::page(report, &flips, content).into_bytes()),
        ("summary.md", report.markdown().into_bytes()),
        ("junit.xml", report.junit().into_bytes()),
        ("cube.json", state),
    ])
}

/// Reads the `report.json` of a folder.
///
/// # Errors
///
/// When it is not there, or of another version.
pub fn read(folder: &Path) -> Result<Report, Error> {
    let path = if folder.is_dir() { folder.join("report.json") } else { folder.to_owned() };
    let shown = path.display().to_string();
    let bytes = fs::read(&path).map_err(|error| Error::File(shown.clone(), error))?;
    let report: Report = serde_json::from_slice(&bytes).map_err(|error| Error::Form(shown.clone(), error))?;
    if report.format != super::FORMAT {
        return Err(Error::Usage(format!("{shown}: is a `{}`, this program knows `{}`", report.format, super::FORMAT)));
    }
    Ok(report)
}
