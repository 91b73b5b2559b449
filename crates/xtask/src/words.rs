//! Ordinary words by language.

use crate::{Outcome, emit};
use std::path::Path;

/// The table of ordinary words.
pub(crate) fn generate(data: &Path) -> Outcome<String> {
    let mut out = emit::header("Ordinary words by language.");
    let mut list = Vec::new();
    for entry in std::fs::read_dir(data.join("ordinary"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        let language = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(&path)?;
        for word in text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace) {
            list.push((word.to_owned(), language.clone()));
        }
    }
    list.sort();
    list.dedup();
    let words: Vec<String> = list.iter().map(|(w, l)| format!("({}, {})", emit::string(w), emit::string(l))).collect();
    emit::array(&mut out, "Folded words and their language, sorted.", "ORDINARY", "(&str, &str)", &words);
    Ok(out)
}
