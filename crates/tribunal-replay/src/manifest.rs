//! How a report was made, so that it can be made again; and what differs when the second one is not the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::anytime::Anytime;
use crate::error::Error;
use crate::report::{DataFile, Report};

/// Version of the form of [`Manifest`].
pub const FORMAT: &str = "tribunal-manifest/1";

/// How a report was made. `R` is whatever the caller needs to run again: its options and paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest<R> {
    /// Version of this form.
    pub format: String,
    /// Version of the program.
    pub program: String,
    /// Options and paths.
    pub run: R,
    /// Digests of the old and the new policy.
    pub policies: (Option<String>, String),
    /// Files of items.
    pub data: Vec<DataFile>,
    /// Digests of other files that were read: labels, a history.
    pub read: BTreeMap<String, String>,
    /// The test that goes on, as it stood before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Anytime>,
    /// Digests of the files of the report.
    pub files: BTreeMap<String, String>,
}

impl<R> Manifest<R> {
    /// Of a report and its files.
    pub fn new(run: R, report: &Report, read: BTreeMap<String, String>, before: Option<Anytime>, files: &[(&'static str, Vec<u8>)]) -> Manifest<R> {
        Manifest {
            format: FORMAT.to_owned(),
            program: report.manifest.program.clone(),
            run,
            policies: (report.manifest.old.as_ref().map(|old| old.digest.clone()), report.manifest.new.digest.clone()),
            data: report.manifest.data.clone(),
            read,
            before,
            files: files.iter().map(|(name, bytes)| ((*name).to_owned(), format!("b3:{}", blake3::hash(bytes).to_hex()))).collect(),
        }
    }

    /// What is not as it was, causes first; empty where every byte is the same.
    pub fn differences(&self, again: &Manifest<R>) -> Vec<String> {
        let mut out = Vec::new();
        let mut tell = |what: &str, was: &str, is: &str| {
            if was != is {
                out.push(format!("{what}: was {was}, is {is}"));
            }
        };
        let none = || "none".to_owned();
        tell("program", &self.program, &again.program);
        tell("old policy", &self.policies.0.clone().unwrap_or_else(none), &again.policies.0.clone().unwrap_or_else(none));
        tell("new policy", &self.policies.1, &again.policies.1);
        let digests = |files: &[DataFile]| -> BTreeMap<String, String> { files.iter().map(|file| (file.name.clone(), file.digest.clone())).collect() };
        for (kind, was, is) in
            [("items", &digests(&self.data), &digests(&again.data)), ("read", &self.read, &again.read), ("file of the report", &self.files, &again.files)]
        {
            let names: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
            for name in names {
                let digest = |of: &BTreeMap<String, String>| of.get(name).cloned().unwrap_or_else(none);
                tell(&format!("{kind}, {name}"), &digest(was), &digest(is));
            }
        }
        out
    }
}

/// Reads a manifest: of a report's folder, or the file itself.
///
/// # Errors
///
/// When it is not there, or of another version.
pub fn read<R: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<Manifest<R>, Error> {
    let path = if path.is_dir() { path.join("manifest.json") } else { path.to_owned() };
    let shown = path.display().to_string();
    let bytes = std::fs::read(&path).map_err(|error| Error::File(shown.clone(), error))?;
    let manifest: Manifest<R> = serde_json::from_slice(&bytes).map_err(|error| Error::Form(shown.clone(), error))?;
    if manifest.format != FORMAT {
        return Err(Error::Usage(format!("{shown}: is a `{}`, this program knows `{FORMAT}`", manifest.format)));
    }
    Ok(manifest)
}

/// Which figures of two reports differ, `path: was → is`, the first `most` of them.
///
/// # Errors
///
/// When one of them cannot be read as JSON.
pub fn figures(was: &[u8], is: &[u8], most: usize) -> Result<Vec<String>, Error> {
    let parsed = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).map_err(|error| Error::Form("report.json".to_owned(), error));
    let mut out = Vec::new();
    differ("", &parsed(was)?, &parsed(is)?, most, &mut out);
    Ok(out)
}

fn differ(path: &str, was: &serde_json::Value, is: &serde_json::Value, most: usize, out: &mut Vec<String>) {
    use serde_json::Value::{Array, Object};
    if out.len() >= most || was == is {
        return;
    }
    match (was, is) {
        (Object(was), Object(is)) => {
            for (key, value) in was {
                differ(&format!("{path}/{key}"), value, is.get(key).unwrap_or(&serde_json::Value::Null), most, out);
            }
        }
        (Array(was), Array(is)) if was.len() == is.len() => {
            for (at, (was, is)) in was.iter().zip(is).enumerate() {
                differ(&format!("{path}/{at}"), was, is, most, out);
            }
        }
        _ => {
            let short = |value: &serde_json::Value| value.to_string().chars().take(80).collect::<String>();
            out.push(format!("{path}: {} → {}", short(was), short(is)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_differ_are_named() {
        let found = figures(br#"{"a":{"n":1,"m":2},"b":[1,2]}"#, br#"{"a":{"n":1,"m":3},"b":[1,5]}"#, 10).unwrap();
        assert_eq!(found, ["/a/m: 2 → 3", "/b/1: 2 → 5"]);
        assert!(figures(b"{}", b"{}", 10).unwrap().is_empty() && figures(b"", b"{}", 10).is_err());
    }
}
