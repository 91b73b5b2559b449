//! The scalar meaning of text: folds, words, term patterns, and when a disguised reading of a term counts.
//!
//! Everything above this crate (the engine, the oracle, the analysis) calls the same functions, so that a word,
//! a fold or a guard means the same everywhere. Nothing here is tuned for many terms at once.
//!
//! ```
//! use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, plain_match, undone, verify};
//!
//! let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
//! assert!(plain_match(&glock, "my Glock", 3..8));
//!
//! let ordinary = Ordinary::shipped();
//! let mut field = Prepared::new();
//! field.prepare("my G-l-0-c-k", &ordinary);
//! assert_eq!(verify(&glock, &field, 3..12, &ordinary), Reading::Evasive);
//! assert_eq!(undone(&glock, &field, 3..12, &ordinary).to_string(), "case, leet, separators");
//! ```

pub mod props;
pub mod signals;
pub mod words;

mod chars;
mod coarse;
mod edges;
mod entities;
mod folds;
mod glyph;
mod grapheme;
mod guards;
mod items;
mod masks;
mod ordinary;
mod pattern;
mod plain;
mod prepared;
mod screen;
mod steps;
mod tables;
mod twins;
mod verify;
mod view;
mod whole;
mod word_checks;

pub use chars::{CharFold, Chars};
pub use coarse::{CAPS, Caps, Coarse, CoarseDraft, CoarseScratch, LimitReached, Work};
pub use edges::{edge_after, edge_before};
pub use folds::Folds;
pub use glyph::{Strength, resemblance};
pub use guards::Guard;
pub use ordinary::Ordinary;
pub use pattern::{Form, Mode, Pattern, PatternError, Symbol};
pub use plain::{plain_match, plain_match_element, tag_spans};
pub use prepared::{Prepared, may_be_disguised};
pub use screen::{Block, Classify, classify};
pub use steps::Steps;
pub use twins::{Twins, twin_guard};
pub use verify::{Reading, undone, verify};
pub use view::{FIRST, LAST, Unit, View, ViewKind, fold_to_string};

/// Version of the Unicode Character Database behind every table.
///
/// ```
/// assert!(tribunal_text::UNICODE_VERSION.starts_with("17."));
/// ```
pub const UNICODE_VERSION: &str = tables::props::UNICODE_VERSION;

/// Version of the fold and disguise tables: raised whenever one of them changes what a text means.
///
/// ```
/// // Kept beside a stored verdict, it tells whether the verdict was made with these tables.
/// assert!(tribunal_text::TABLES_VERSION >= 6);
/// ```
pub const TABLES_VERSION: u32 = 6;
