//! The canonical form of all files of a policy.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tribunal_policy::diagnostic::{Diagnostic, Diagnostics};
use tribunal_policy::source::Sources;
use tribunal_policy::yaml::YamlLimits;
use tribunal_policy::{fmt, render};

use crate::decision::FORMAT;

/// What formatting a policy changes.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("tribunal-format-report-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// std::fs::write(folder.join("policy.yaml"), "policy: {id: demo\n")?;
/// let report = tribunal::format_policy(&folder)?.report;
/// // A file that is not well-formed is reported, not formatted.
/// assert!(!report.diagnostics.is_empty() && report.files.is_empty());
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "What formatting a policy changes."))]
pub struct FormatReport {
    /// Version of this form.
    pub format: u32,
    /// The files, by path.
    pub files: Vec<FormattedFile>,
    /// Why files cannot be formatted; then none is.
    pub diagnostics: Vec<serde_json::Value>,
}

/// One file.
///
/// ```
/// use tribunal::FormattedFile;
///
/// # let folder = std::env::temp_dir().join(format!("tribunal-formatted-file-{}", std::process::id()));
/// # std::fs::create_dir_all(folder.join("rules"))?;
/// std::fs::write(folder.join("rules/safety.yaml"), "rules: []\n")?;
/// let files = tribunal::format_policy(&folder)?.report.files;
/// assert_eq!(files, [FormattedFile { path: "rules/safety.yaml".into(), changed: false }]);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "One file."))]
pub struct FormattedFile {
    /// Its path below the policy's folder.
    pub path: String,
    /// Whether it is not in canonical form.
    pub changed: bool,
}

/// The canonical form of files, not written yet.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("tribunal-formatted-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let file = folder.join("policy.yaml");
/// std::fs::write(&file, "policy:   {id: demo,   version: '1'}\n")?;
/// // Nothing is written until the caller does so.
/// for (path, text) in tribunal::format_policy(&folder)?.contents {
///     std::fs::write(path, text)?;
/// }
/// assert_eq!(std::fs::read_to_string(&file)?, "policy: {id: demo, version: \"1\"}\n");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formatted {
    /// What changes.
    pub report: FormatReport,
    /// New contents of the files that change.
    pub contents: Vec<(PathBuf, String)>,
    /// The findings for rendering.
    pub diagnostics: Vec<Diagnostic>,
    /// The files they point into.
    pub sources: Sources,
}

/// Formats a file, or every YAML file of a folder and the folders in it; hidden ones and linked folders are left out.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("tribunal-format-policy-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let file = folder.join("policy.yaml");
/// std::fs::write(&file, "policy:\n    id: demo\n    version: \"1\"\n")?;
/// let formatted = tribunal::format_policy(&file)?;
/// assert!(formatted.report.files[0].changed && formatted.diagnostics.is_empty());
/// assert_eq!(formatted.contents, [(file, "policy:\n  id: demo\n  version: \"1\"\n".to_owned())]);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// When a folder or file cannot be read.
pub fn format_policy(path: &Path) -> std::io::Result<Formatted> {
    let mut found = Vec::new();
    if path.is_dir() {
        below(path, "", &mut found)?;
        found.sort();
    } else {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        found.push((name, path.to_owned()));
    }
    let mut sources = Sources::new();
    let mut findings = Diagnostics::new();
    let mut files = Vec::new();
    let mut contents = Vec::new();
    for (name, path) in found {
        let bytes = std::fs::read(&path).map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        if std::str::from_utf8(&bytes).is_err() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, format!("{}: the file is not UTF-8", path.display())));
        }
        let file = sources.add(name.as_str(), bytes);
        match fmt::format_file(file, &sources, &YamlLimits::default()) {
            Ok(text) => {
                let changed = text != sources.text(file);
                files.push(FormattedFile { path: name, changed });
                if changed {
                    contents.push((path, text));
                }
            }
            Err(errors) => findings.extend(errors),
        }
    }
    let diagnostics = findings.into_sorted(&sources);
    if !diagnostics.is_empty() {
        contents.clear();
    }
    let shown = render::json(&diagnostics, &sources);
    let shown = shown.get("diagnostics").and_then(|list| list.as_array()).cloned().unwrap_or_default();
    Ok(Formatted { report: FormatReport { format: FORMAT, files, diagnostics: shown }, contents, diagnostics, sources })
}

fn below(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let relative = format!("{prefix}{name}");
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        if entry.file_type()?.is_dir() {
            below(&entry.path(), &format!("{relative}/"), found)?;
        } else if matches!(ending.as_deref(), Some("yaml" | "yml")) && entry.path().is_file() {
            found.push((relative, entry.path()));
        }
    }
    Ok(())
}
