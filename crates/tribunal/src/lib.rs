//! Content moderation rules for short videos: policies as data, decisions with explanations.
//!
//! [`Moderator`] is all that a pipeline needs; see its example.

mod decision;
mod error;
mod explanation;
mod json;
mod moderator;
mod words;

pub use decision::{AxisValue, Decision, EngineRef, FORMAT, Hit, NotJudged, PolicyRef, Problems, RuleEvidence, mask};
pub use error::Error;
pub use explanation::{ConditionExplanation, ExceptionExplanation, Explanation, NearestMiss, OverlayExplanation, RuleExplanation};
pub use json::JsonItem;
pub use moderator::{Bound, Builder, Fields, Moderator, Outcome};
pub use tribunal_core::{Call, Engine, Incomplete, Item, Limits, List, Scratch, Truth, Value, Verdict};
pub use tribunal_policy as policy;
