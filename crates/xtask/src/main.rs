//! Repository tasks.
//!
//! `cargo run -p xtask -- tables` writes the generated tables of `tribunal-text`;
//! with `--check` it only compares them with what is committed and fails when they differ. `docs` does the same for the
//! pages of `docs/reference`. `edges` fails when a crate depends on one that it may not know.

mod confusables;
mod data;
mod docs;
mod edges;
mod emit;
mod folds;
mod props;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a task returns: nothing, or a sentence for the person who ran it.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["tables"] => tables(false),
        ["tables", "--check"] => tables(true),
        ["docs"] => docs::docs(false),
        ["docs", "--check"] => docs::docs(true),
        ["edges"] => edges::check(),
        ["confusables", source] => confusables::derive(Path::new(source), &text_crate().join("data/confusables.tsv")),
        _ => Err("usage: xtask tables [--check] | docs [--check] | edges | confusables FILE".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of this crate, as the cargo that runs it says: several checkouts may share one target folder, and what was compiled in names
/// the one that compiled last.
fn here() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// The folder of `tribunal-text`.
fn text_crate() -> PathBuf {
    here().join("../tribunal-text")
}

/// Generates every table; writes them, or with `check` reports the first that differs.
fn tables(check: bool) -> Outcome<()> {
    let data = text_crate().join("data");
    let files = [
        ("props.rs", props::generate(&data)?),
        ("folds.rs", folds::generate(&data)?),
        ("disguises.rs", confusables::generate(&data)?),
        ("guards.rs", data::generate_guards(&data)?),
        ("ordinary.rs", words::generate(&data)?),
    ];
    let folder = text_crate().join("src/tables");
    for (name, content) in files {
        let path = folder.join(name);
        if check {
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            if committed != content {
                return Err(format!("{name} differs from what its sources give; run `xtask tables`").into());
            }
        } else {
            std::fs::create_dir_all(&folder)?;
            std::fs::write(&path, content)?;
            println!("wrote {name}");
        }
    }
    Ok(())
}
