//! What the laws are tried with first.

use std::path::{Path, PathBuf};

/// Inputs to begin with: files of the repository that are of the law's kind.
#[must_use]
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    let root = crate::root();
    let mut found = Vec::new();
    match name {
        "policy_load" | "fmt_idempotent" => {
            files(&root.join("examples/community-guidelines"), &mut found);
            files(&root.join("tests/diagnostics"), &mut found);
            // Small inputs get further in the time.
            found.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
        }
        "condition_parse_print" => {
            let conditions = include_str!("conditions.txt").lines();
            return conditions.map(|line| line.as_bytes().to_vec()).collect();
        }
        "item_json" => {
            let text = std::fs::read_to_string(root.join("examples/items.jsonl")).unwrap_or_default();
            return text.lines().map(|line| line.as_bytes().to_vec()).collect();
        }
        "compiled_load" => return (0..64_u64).map(|n| (n * 7_919).to_le_bytes().repeat(6)).collect(),
        "engine_oracle" => return (0..64_u64).map(|n| (n * 7_919).to_le_bytes().repeat(9)).collect(),
        _ => {
            let texts = ["glock g l 0 c k", "seggs s\u{20ac}g.gs", "\u{202e}kcolg\u{202c}", "heck h*ck &#104;eck", "😀👍🏽 買glock枪", "ıIİi straße"];
            return texts.iter().map(|text| [&[0xff, 0x03, 5], text.as_bytes()].concat()).collect();
        }
    }
    found.sort();
    found.iter().filter_map(|file| std::fs::read(file).ok()).collect()
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}
