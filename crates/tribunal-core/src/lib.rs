//! The engine: compiles a policy into tables and decides items.
//!
//! Everything here speaks of rules, fields and lists by number; names and sentences are the business of the crate `tribunal`.
//!
//! ```
//! use std::sync::Arc;
//! use tribunal_core::{Call, Engine, Item, Limits, Scratch, Value};
//!
//! struct Caption<'a>(&'a str, tribunal_policy::FieldId);
//! impl Item for Caption<'_> {
//!     fn value(&self, field: tribunal_policy::FieldId) -> Value<'_> {
//!         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
//!     }
//! }
//!
//! let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock]}\nrules:\n  - {id: r, when: any text has firearms, effect: {routing: review}}";
//! let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.expect("no errors"));
//! let caption = policy.field("caption").expect("built in");
//! let engine = Engine::new(policy, Limits::default()).expect("within the limits");
//! let mut scratch = Scratch::new();
//! assert_eq!(engine.classify(&Caption("my GLOCK", caption), Call::default(), &mut scratch).rules.len(), 1);
//! assert_eq!(engine.classify(&Caption("glockenspiel", caption), Call::default(), &mut scratch).rules.len(), 0);
//! ```

mod artefact;
mod compile;
mod engine;
mod eval;
mod facts;
mod inspect;
mod item;
mod kernel;
mod limits;
mod names;
mod profile;
mod scan;
mod scratch;
mod truth;
mod verdict;
mod work;

pub use artefact::{LoadError, Part};
pub use compile::{CompileError, Options};
pub use engine::{Call, Engine};
pub use eval::contributions::Contribution;
pub use eval::steps::DecisionStep;
pub use eval::trace::{Evidence, RuleTrace, SeenValue, Step};
pub use facts::Facts;
pub use inspect::{ExpressionFamily, RuleShare, Size, TableFill, WaitsFor};
pub use item::{Item, List, Present, Value};
pub use kernel::{Simd, stops};
pub use limits::{Incomplete, Limits};
#[doc(hidden)]
pub use profile::Counted;
pub use profile::{Profile, Sampler};
pub use scan::folded::fold_words;
pub use scratch::Scratch;
pub use truth::Truth;
pub use verdict::{Unjudged, Verdict};
pub use work::Work;
