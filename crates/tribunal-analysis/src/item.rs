//! Made-up items: what a finding is shown with.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use tribunal_core::{Item, List, Value};
use tribunal_policy::{FieldId, Policy};

/// A value of a made-up item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    Text(String),
    List(Vec<String>),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// A made-up item: values by field name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) values: BTreeMap<String, Val>,
}

impl Draft {
    pub(crate) fn set(&mut self, field: &str, value: Val) {
        self.values.insert(field.to_owned(), value);
    }

    /// The item for the engine of a policy.
    pub(crate) fn bind<'a>(&'a self, policy: &Policy) -> Bound<'a> {
        let mut by_field = vec![None; policy.fields.len()];
        for (name, value) in &self.values {
            if let Some(slot) = policy.field(name).and_then(|field| by_field.get_mut(field.index())) {
                *slot = Some(value);
            }
        }
        Bound { by_field }
    }

    /// As an item of `items.jsonl`.
    pub(crate) fn to_json(&self) -> Json {
        let mut root = Map::new();
        for (name, value) in &self.values {
            let json = match value {
                Val::Text(text) => Json::from(text.clone()),
                Val::List(list) => Json::from(list.clone()),
                Val::Int(number) => Json::from(*number),
                Val::Float(number) => Json::from(*number),
                Val::Bool(value) => Json::from(*value),
            };
            let mut at = &mut root;
            let mut parts = name.split('.').peekable();
            while let Some(part) = parts.next() {
                if parts.peek().is_none() {
                    at.insert(part.to_owned(), json);
                    break;
                }
                let next = at.entry(part.to_owned()).or_insert_with(|| Json::Object(Map::new()));
                let Json::Object(inner) = next else { break };
                at = inner;
            }
        }
        Json::Object(root)
    }
}

/// A made-up item with its fields resolved.
#[derive(Clone, Debug)]
pub(crate) struct Bound<'a> {
    by_field: Vec<Option<&'a Val>>,
}

impl Item for Bound<'_> {
    fn value(&self, field: FieldId) -> Value<'_> {
        match self.by_field.get(field.index()).copied().flatten() {
            None => Value::Missing,
            Some(Val::Text(text)) => Value::Text(text),
            Some(Val::List(list)) => Value::List(List::Owned(list)),
            Some(Val::Int(number)) => Value::Int(*number),
            Some(Val::Float(number)) => Value::Float(*number),
            Some(Val::Bool(value)) => Value::Bool(*value),
        }
    }
}
