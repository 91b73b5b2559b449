//! JSON Schema (draft 2020-12) of what the crate returns.

pub use schemars::JsonSchema;

/// The schema of a type.
///
/// ```
/// let schema = tribunal::schema::of::<tribunal::Decision>();
/// assert_eq!((schema["title"].as_str(), schema["description"].as_str()), (Some("Decision"), Some("What was decided about one item.")));
/// assert_eq!(schema["properties"]["rules"]["items"]["type"], "string");
/// ```
pub fn of<T: JsonSchema>() -> serde_json::Value {
    schemars::schema_for!(T).to_value()
}
