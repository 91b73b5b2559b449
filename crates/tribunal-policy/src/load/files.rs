//! Which files make a policy, and reading them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// The most bytes of a YAML file.
pub const MAX_YAML_BYTES: usize = 4 << 20;
/// The most bytes of a term list as a sheet or a plain text, and of a file of tests.
pub const MAX_LIST_BYTES: usize = 64 << 20;

/// The first bytes of a compiled policy, which `tribunal compile` writes. No text begins with them.
pub const COMPILED: [u8; 8] = *b"\x89TRIBNL\n";

/// Files by path relative to the policy's folder.
pub(crate) type Files = BTreeMap<String, Content>;

/// What a file of a policy is, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Yaml,
    Csv,
    Txt,
    Xlsx,
    Tests,
}

/// The role that a file's ending gives it.
pub(crate) fn role(path: &str) -> Option<Role> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "yaml" | "yml" => Role::Yaml,
        "csv" => Role::Csv,
        "txt" => Role::Txt,
        "xlsx" => Role::Xlsx,
        "jsonl" => Role::Tests,
        _ => return None,
    })
}

/// Whether a file of that path is read without being named: `policy.yaml` and the standard folders.
pub(crate) fn is_standard(path: &str) -> bool {
    let role = role(path);
    match path.split_once('/') {
        None => path == "policy.yaml" || path == "policy.yml",
        Some((_, rest)) if rest.contains('/') => false,
        Some(("terms", _)) => matches!(role, Some(Role::Yaml | Role::Csv | Role::Txt | Role::Xlsx)),
        Some(("rules" | "markets", _)) => role == Some(Role::Yaml),
        Some(("tests", _)) => role == Some(Role::Tests),
        Some(_) => false,
    }
}

/// Whether it lies in one of the folders that are read as a whole.
pub(crate) fn is_in_standard_folder(path: &str) -> bool {
    matches!(path.split_once('/'), Some(("terms" | "rules" | "markets" | "tests", _)))
}

/// What is said of a compiled policy where a policy's text is needed.
pub(crate) fn is_compiled(path: &str) -> Diagnostic {
    Diagnostic::at_place(&codes::COMPILED_POLICY, path, "this is a compiled policy, and this needs the text it was compiled from")
        .help("give the policy's folder or file; `tribunal inspect` tells what a compiled policy holds")
}

/// Left behind by editors and spreadsheet programs.
fn is_litter(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("~$") || name.ends_with('~')
}

/// Every file below a folder, by relative path with `/`; links to folders are not followed.
pub(crate) fn list(folder: &Path, out: &mut Diagnostics) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), folder.to_owned())];
    while let Some((prefix, path)) = open.pop() {
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                out.push(
                    Diagnostic::at_place(&codes::FILE_UNREADABLE, prefix, format!("this folder cannot be read: {error}")).help("check who may read the folder"),
                );
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_litter(&name) {
                continue;
            }
            let relative = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push((relative, entry.path())),
                _ => found.push((relative, entry.path())),
            }
        }
    }
    found.sort();
    found
}

/// A file of a folder: its bytes, or where to read them once something names it.
pub(crate) enum Content {
    Here(Vec<u8>),
    At(PathBuf),
}

impl Content {
    /// Its bytes; what stands in their way is reported.
    pub(crate) fn read(self, relative: &str, out: &mut Diagnostics) -> Option<Vec<u8>> {
        match self {
            Content::Here(bytes) => Some(bytes),
            // A pipe in a folder would be waited for, a device read for ever.
            Content::At(path) if std::fs::metadata(&path).is_ok_and(|data| !data.is_file()) => {
                out.push(unreadable(relative, "it is no regular file"));
                None
            }
            Content::At(path) => read(relative, &path, out),
        }
    }
}

/// Reads a file unless it is over the limit of its role.
pub(crate) fn read(relative: &str, path: &Path, out: &mut Diagnostics) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let limit = match role(relative) {
        Some(Role::Yaml) | None => MAX_YAML_BYTES,
        Some(_) => MAX_LIST_BYTES,
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path);
    let size = opened.as_ref().ok().and_then(|file| file.metadata().ok()).map_or(0, |data| data.len());
    // Whatever its size is said to be, no more than the limit is read.
    match opened.and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes)) {
        Ok(read) if read > limit => {
            out.push(too_large(relative, size.max(read as u64), limit));
            None
        }
        Ok(_) => Some(bytes),
        Err(error) => {
            out.push(unreadable(relative, &error.to_string()));
            None
        }
    }
}

fn unreadable(relative: &str, why: &str) -> Diagnostic {
    Diagnostic::at_place(&codes::FILE_UNREADABLE, relative, format!("this file cannot be read: {why}")).help("check the path, and who may read the file")
}

pub(crate) fn too_large(relative: &str, size: u64, limit: usize) -> Diagnostic {
    Diagnostic::at_place(&codes::FILE_TOO_LARGE, relative, format!("this file has {size} bytes, the limit is {limit}"))
        .help("split it; long term lists are better kept as CSV or TXT")
}

/// A file that should be text and is not, by the place of its first byte that begins no character.
pub(crate) fn not_utf8(path: String, bytes: &[u8], valid: usize) -> Diagnostic {
    let line = bytes.iter().take(valid).filter(|&&byte| byte == b'\n').count() + 1;
    let byte = bytes.get(valid).copied().unwrap_or(0);
    let message = format!("the file is not UTF-8: byte 0x{byte:02X} at offset {valid}, in line {line}, begins no character");
    let help = match role(&path) {
        Some(Role::Csv) => "save it as UTF-8; spreadsheet programs call this \"CSV UTF-8\"",
        _ if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) => "the file is UTF-16: save it as UTF-8",
        _ => "save it as UTF-8; older Windows programs write another encoding",
    };
    Diagnostic::at_place(&codes::FILE_ENCODING, path, message).help(help)
}

/// Whether a path written in a policy stays inside its folder.
pub(crate) fn is_inside(path: &str) -> bool {
    !path.starts_with('/') && !path.contains('\\') && !path.contains(':') && path.split('/').all(|part| part != ".." && !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_files() {
        for path in ["policy.yaml", "terms/a.csv", "rules/b.yml", "markets/BR.yaml", "tests/x.jsonl"] {
            assert!(is_standard(path), "{path}");
        }
        for path in ["notes.yaml", "terms/deep/a.csv", "rules/a.txt", "tests/a.yaml", "README.md"] {
            assert!(!is_standard(path), "{path}");
        }
        assert!(is_inside("a/b.csv") && !is_inside("../a") && !is_inside("/a") && !is_inside("a//b"));
    }
}
