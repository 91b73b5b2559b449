//! Workbooks for exchange: term lists, overlays and tests out of a policy, checked and brought back into its text files.
//!
//! Text files are the source. [`export`] writes a workbook, [`import`] compares what came back with what was exported and with
//! the policy as it is now, and gives either every problem at its cell, or the changed text files: nothing else in them changes
//! a byte. A row that is gone deletes nothing; an entry changed on both sides is a conflict.

mod accepted;
mod annotate;
mod base;
mod candidates;
mod codes;
mod edit;
mod export;
mod import;
mod measured;
mod merge;
mod new_lists;
mod overrides;
mod problem;
mod row;
mod table;
mod tests_sheet;
mod written;

pub use annotate::annotate;
pub use candidates::{TurnedDown, candidate_key};
pub use codes::{ALL as CODES, SheetCode};
pub use export::{Content, ExportOptions, export, export_csv};
pub(crate) use export::{change_conditions, readers};
pub use import::{ImportOptions, ImportReport, Imported, ListCounts, Prefer, SheetCounts, import, open};
pub use measured::{HitCounter, Measured};
pub use problem::{Problem, Severity};

/// Version of the reports.
pub const FORMAT: u32 = 1;
/// The format named on the sheet `About`.
pub const TERMS_FORMAT: &str = "tribunal-terms/1";
