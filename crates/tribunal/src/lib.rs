//! Content moderation rules for short videos: policies as data, decisions with explanations.
//!
//! [`Moderator`] is all that a pipeline needs: it takes a policy, decides items and explains its decisions.
//!
//! ```
//! use tribunal::{AxisValue, Moderator, Outcome};
//!
//! let moderator = Moderator::from_text(r#"
//! policy: {id: demo, version: "1"}
//! terms:
//!   firearms: [glock, "ar-15"]
//!   sale: [selling, "for sale", dm me]
//! rules:
//!   - {id: firearm-sale, when: any text has firearms near sale within 8 words, effect: {distribution: removed}}
//! "#)?;
//! let item = r#"{"id": "7", "caption": "selling my gl0ck", "hashtags": ["fyp"]}"#;
//! match moderator.decide_json(item)? {
//!     Outcome::Complete(decision) => assert_eq!(decision.decision["distribution"], AxisValue::Level("removed".into())),
//!     // Over a limit: never allowed by default.
//!     Outcome::Incomplete(decision) => println!("for a person to look at: {:?}", decision.incomplete),
//! }
//! println!("{}", moderator.explain_json(item)?.to_text());
//! # Ok::<(), tribunal::Error>(())
//! ```
//!
//! Items of the program's own type go in by [`Fields`] and [`Moderator::bind`], without JSON. [`Builder`] refuses a policy that
//! the program cannot act on. [`check()`] and [`run_tests`] are for a pipeline that takes new versions of a policy, [`show`] for people
//! who ask what holds in a market.

mod check;
mod compiled;
mod current;
mod decision;
mod error;
mod explanation;
mod formatting;
mod inspect;
mod json;
mod moderator;
#[cfg(feature = "schema")]
pub mod schema;
pub mod show;
mod tally;
mod testing;
mod words;
mod written;

pub use check::{CheckReport, Checked, Contents, check};
pub use compiled::load;
pub use current::Current;
pub use decision::{AxisValue, Decision, EngineRef, FORMAT, Hit, NotJudged, PolicyRef, Problems, RuleEvidence};
pub use error::Error;
pub use explanation::{ConditionExplanation, ExceptionExplanation, Explanation, NearestMiss, OverlayExplanation, RuleExplanation};
pub use formatting::{FormatReport, Formatted, FormattedFile, format_policy};
pub use inspect::{ExpressionRow, Inspection, PartBytes, ProfileRow, RuleBytes, TableRow, inspect};
pub use json::JsonItem;
pub use moderator::{Bound, Builder, Fields, Moderator, Outcome};
pub use tally::Tally;
pub use testing::{BrokenTest, Difference, TestCount, TestFailure, TestReport, run_tests};
pub use tribunal_core::{Call, Engine, Incomplete, Item, Limits, List, LoadError, Present, Profile, Sampler, Scratch, Truth, Value, Verdict, Work};
pub use tribunal_policy as policy;
pub use tribunal_policy::render::mask;
