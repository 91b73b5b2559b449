//! The scalar meaning of text: folds, words, term patterns, and when a disguised reading of a term counts.
//!
//! Everything above this crate (the engine, the oracle, the analysis) calls the same functions, so that a word,
//! a fold or a guard means the same everywhere. Nothing here is tuned for many terms at once.

pub mod props;
pub mod signals;
pub mod words;

mod coarse;
mod edges;
mod entities;
mod folds;
mod glyph;
mod grapheme;
mod guards;
mod items;
mod ordinary;
mod pattern;
mod plain;
mod prepared;
mod tables;
mod verify;
mod view;
mod word_checks;

pub use coarse::{CAPS, Caps, Class, Coarse, CoarseScratch, LimitReached};
pub use edges::{edge_after, edge_before};
pub use folds::Folds;
pub use guards::Guard;
pub use ordinary::Ordinary;
pub use pattern::{Mode, Pattern, PatternError, Symbol};
pub use plain::{plain_match, plain_match_element, tag_spans};
pub use prepared::{Prepared, may_be_disguised};
pub use verify::{Reading, undone, verify};
pub use view::{FIRST, LAST, Unit, View, ViewKind, fold_to_string};

/// Version of the Unicode Character Database behind every table.
pub const UNICODE_VERSION: &str = tables::props::UNICODE_VERSION;

/// Version of the fold and disguise tables: raised whenever one of them changes what a text means.
pub const TABLES_VERSION: u32 = 2;
