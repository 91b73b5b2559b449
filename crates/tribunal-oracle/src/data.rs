//! Labelled data that is not part of the project: tests that read it find it here.

use std::io::Write as _;
use std::path::PathBuf;

/// Where the data is looked for: `TRIBUNAL_DATA`, else `../shared/data` beside the project.
///
/// ```
/// assert!(std::env::var_os("TRIBUNAL_DATA").is_some() || tribunal_oracle::data_folder().ends_with("shared/data"));
/// ```
pub fn data_folder() -> PathBuf {
    // The crate that cargo runs; what was compiled in may name another checkout that shares the target folder. All crates lie equally deep.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    std::env::var_os("TRIBUNAL_DATA").map_or_else(|| here.join("../../../shared/data"), PathBuf::from)
}

/// The folder with the data; without it the test that asks is told [skipped].
///
/// ```
/// if let Some(folder) = tribunal_oracle::data("an_example") {
///     assert!(folder.join("items").is_dir());
/// }
/// ```
pub fn data(test: &str) -> Option<PathBuf> {
    let place = data_folder();
    if place.join("items").is_dir() {
        return Some(place);
    }
    skipped(test, &format!("no data at {} (set TRIBUNAL_DATA)", place.display()));
    None
}

/// Says that a test is skipped, and why, past the harness: that keeps what passing tests print to itself.
///
/// ```
/// tribunal_oracle::skipped("an_example", "it only shows how");
/// ```
pub fn skipped(test: &str, why: &str) {
    // Nobody is left to tell when this fails.
    let _ = writeln!(std::io::stderr().lock(), "SKIPPED: {test}: {why}");
}
