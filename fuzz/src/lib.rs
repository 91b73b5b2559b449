//! The laws that the fuzz targets try to break. Each function takes arbitrary bytes and panics when its law does not hold.
//! `README.md` states them; `tests/crashes.rs` keeps what once broke them.

mod engine;
mod language;
mod seeds;
mod text;

pub use engine::{compiled_load, engine_oracle, item_json};
pub use language::{condition_parse_print, fmt_idempotent, policy_load};
pub use seeds::seeds;
pub use text::{text_fold, text_runs, text_screen};

/// A law over arbitrary bytes.
pub type Law = fn(&[u8]);

/// Every law by the name of its target.
pub const LAWS: &[(&str, Law)] = &[
    ("policy_load", policy_load),
    ("condition_parse_print", condition_parse_print),
    ("item_json", item_json),
    ("engine_oracle", engine_oracle),
    ("compiled_load", compiled_load),
    ("fmt_idempotent", fmt_idempotent),
    ("text_fold", text_fold),
    ("text_runs", text_runs),
    ("text_screen", text_screen),
];

/// The root of the repository.
#[must_use]
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
