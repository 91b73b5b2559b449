//! Content moderation rules for short videos: policies as data, decisions with explanations.
//!
//! [`Moderator`] is all that a pipeline needs; see its example.

mod check;
mod decision;
mod error;
mod explanation;
mod formatting;
mod json;
mod moderator;
#[cfg(feature = "schema")]
pub mod schema;
pub mod show;
mod tally;
mod testing;
mod words;

pub use check::{CheckReport, Checked, Contents, check};
pub use decision::{AxisValue, Decision, EngineRef, FORMAT, Hit, NotJudged, PolicyRef, Problems, RuleEvidence, mask};
pub use error::Error;
pub use explanation::{ConditionExplanation, ExceptionExplanation, Explanation, NearestMiss, OverlayExplanation, RuleExplanation};
pub use formatting::{FormatReport, Formatted, FormattedFile, format_policy};
pub use json::JsonItem;
pub use moderator::{Bound, Builder, Fields, Moderator, Outcome};
pub use tally::Tally;
pub use testing::{BrokenTest, Difference, TestCount, TestFailure, TestReport, run_tests};
pub use tribunal_core::{Call, Engine, Incomplete, Item, Limits, List, Scratch, Truth, Value, Verdict};
pub use tribunal_policy as policy;
