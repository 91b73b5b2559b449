//! JSON Schema (draft 2020-12) of what the crate returns.

pub use schemars::JsonSchema;

/// The schema of a type.
pub fn of<T: JsonSchema>() -> serde_json::Value {
    schemars::schema_for!(T).to_value()
}
