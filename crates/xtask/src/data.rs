//! The reviewed data files of `tribunal-text/data`: tab-separated, `#` starts a comment line, every row has a reason.

use crate::{Outcome, emit};
use std::path::Path;

/// Rows of a data file; every row has at least `columns` cells that are not empty.
pub(crate) fn rows(path: &Path, columns: usize) -> Outcome<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut rows = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with("# ") || line == "#" {
            continue;
        }
        let row: Vec<String> = line.split('\t').map(str::to_owned).collect();
        if row.len() < columns || row.iter().take(columns).any(String::is_empty) {
            return Err(format!("{}:{}: expected {columns} cells", path.display(), i + 1).into());
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A character written as `U+0131`, or as itself.
pub(crate) fn code_point(text: &str) -> Outcome<char> {
    let parsed = match text.strip_prefix("U+") {
        Some(hex) => u32::from_str_radix(hex, 16).ok().and_then(char::from_u32),
        None => {
            let mut chars = text.chars();
            chars.next().filter(|_| chars.next().is_none())
        }
    };
    parsed.ok_or_else(|| format!("`{text}` is not one character").into())
}

/// The table of guards: name, reason, example term, example text.
pub(crate) fn generate_guards(data: &Path) -> Outcome<String> {
    let mut out = emit::header("Guards: why a disguised reading is refused.");
    let list: Vec<String> = rows(&data.join("guards.tsv"), 4)?
        .iter()
        .map(|row| format!("({})", row.iter().take(4).map(|c| emit::string(c)).collect::<Vec<_>>().join(", ")))
        .collect();
    emit::array(&mut out, "Name, reason, a term and a text where the guard refuses, in the order of `Guard`.", "GUARDS", "(&str, &str, &str, &str)", &list);
    Ok(out)
}
