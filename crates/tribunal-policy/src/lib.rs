//! Policies as data: source files to a typed tree with the place of everything, checked, localised, formatted.
//!
//! ```
//! let loaded = tribunal_policy::load_str("demo.yaml", r#"
//! policy: {id: demo, version: "1"}
//! terms:
//!   firearms: [glock, "ar-15"]
//! rules:
//!   - id: firearm-mention
//!     when: any text has firearms
//!     effect: {routing: review}
//! "#);
//! assert!(loaded.diagnostics.is_empty());
//! let policy = loaded.policy.expect("no errors");
//! assert_eq!(policy.print(&policy.rules[0].when), "any text has firearms");
//! ```

pub mod codes;
pub mod cond;
pub mod diagnostic;
pub mod fields;
pub mod fmt;
mod ids;
pub mod keys;
pub mod model;
pub mod num;
pub mod render;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod time;
#[cfg(feature = "xlsx")]
pub mod workbook;
pub mod yaml;

mod check;
mod effective;
mod load;

pub use ids::{AxisId, ExceptionId, FieldId, ListId, MarketId, RuleId, ScoreId};
pub use load::effects::default_axes;
pub use load::terms::term_key;
pub use load::{COMPILED, Loaded, MAX_LIST_BYTES, MAX_YAML_BYTES, load, load_again, load_files, load_str, primary};
pub use model::Policy;
