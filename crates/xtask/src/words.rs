//! Ordinary words by language.

use crate::{Outcome, emit};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Characters of the blob on a line of source.
const LINE: usize = 140;

/// The table of ordinary words: one text of all words, sorted, where each ends, and its languages.
pub(crate) fn generate(data: &Path) -> Outcome<String> {
    let mut out = emit::header("Ordinary words by language.");
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut languages: BTreeSet<String> = BTreeSet::new();
    for entry in std::fs::read_dir(data.join("ordinary"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        let language = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(&path)?;
        for word in text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace) {
            if !word.bytes().all(|b| b.is_ascii_lowercase()) {
                return Err(format!("{}: `{word}` is not written in folded letters a to z", path.display()).into());
            }
            words.entry(word.to_owned()).or_default().insert(language.clone());
        }
        languages.insert(language);
    }
    if languages.len() > 16 {
        return Err("more languages than two bytes have bits".into());
    }
    let blob: String = words.keys().map(String::as_str).collect();
    let mut ends = vec![0usize];
    for word in words.keys() {
        ends.push(ends.last().copied().unwrap_or(0) + word.len());
    }
    let bits = |of: &BTreeSet<String>| languages.iter().enumerate().fold(0u32, |bits, (i, l)| bits | (u32::from(of.contains(l)) << i));
    let masks: Vec<u32> = words.values().map(bits).collect();
    // Of words that begin alike, the place of the first: cuts a search short.
    let firsts: Vec<usize> = (b'a'..=b'z' + 1).map(|b| words.keys().take_while(|w| w.as_bytes().first().is_some_and(|f| *f < b)).count()).collect();
    let names: Vec<String> = languages.iter().map(|l| emit::string(l)).collect();
    emit::array(&mut out, "The languages, by bit.", "LANGUAGES", "&str", &names);
    let bit = languages.iter().position(|l| l == "names").map_or(0, |at| 1u32 << at);
    let _ = writeln!(out, "/// The bit of names, which are words of no language.\npub(crate) const NAMES: u16 = {bit};\n");
    let _ = writeln!(out, "/// The folded words one after the other, sorted.\npub(crate) static WORDS: &str = \"\\");
    for line in blob.as_bytes().chunks(LINE) {
        let _ = writeln!(out, "{}\\", String::from_utf8_lossy(line));
    }
    out.push_str("\";\n\n");
    emit::array(&mut out, "Where each word ends, after a leading zero.", "ENDS", "u32", &ends);
    emit::array(&mut out, "Number of the first word of each letter from `a`, and of the end.", "FIRSTS", "u16", &firsts);
    emit::array(&mut out, "Languages of each word, as bits.", "LANGUAGE_BITS", "u16", &masks);
    Ok(out)
}
