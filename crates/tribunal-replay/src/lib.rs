//! Replay of items against Tribunal policies: mergeable counts, intervals, reports.
//!
//! A [`Plan`] holds two policies and the options; [`run`] feeds it items and gives a [`Cube`] of integers, the same for any
//! number of threads or shards; everything printed is computed once from the merged cube.

pub mod anytime;
pub mod axes;
pub mod bench;
pub mod circle;
pub mod cube;
mod error;
pub mod forecast;
pub mod input;
mod keys;
pub mod labels;
pub mod launch;
pub mod manifest;
mod numbers;
mod part;
mod plan;
pub mod report;
mod run;
pub mod stats;
pub mod trends;
pub mod watch;

pub use cube::Cube;
pub use error::Error;
pub use part::Part;
pub use plan::{Old, Options, Plan, launched};
pub use report::Report;
pub use run::run;

/// `b3:` and BLAKE3 over a file.
///
/// # Errors
///
/// When it cannot be read.
pub fn digest(path: &std::path::Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(format!("b3:{}", hasher.finalize().to_hex()))
}
