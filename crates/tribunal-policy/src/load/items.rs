//! Items written in a policy: examples of rules and lines of tests.

use serde_json::{Map as JsonMap, Value as Json};

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::fields::{self, Field, FieldType};
use crate::load::head::NO_FIELD;
use crate::load::reader;
use crate::model::Example;
use crate::num::Decimal;
use crate::yaml::{Node, Value};

/// An example: a bare text is a caption, a map is an item whose keys are fields (dotted or nested).
pub(crate) fn example(node: &Node, fields: &[Field], out: &mut Diagnostics) -> Option<Example> {
    let item = if let Value::Map(_) = &node.value {
        let mut item = JsonMap::new();
        object(node, "", fields, &mut item, out);
        item
    } else {
        let text = reader::text(node, out)?;
        JsonMap::from_iter([("caption".to_owned(), Json::from(text))])
    };
    Some(Example { span: node.span, item: Json::Object(item).to_string() })
}

fn object(node: &Node, prefix: &str, fields: &[Field], item: &mut JsonMap<String, Json>, out: &mut Diagnostics) {
    let Value::Map(entries) = &node.value else { return };
    for entry in entries {
        let path = if prefix.is_empty() { entry.key.text.clone() } else { format!("{prefix}.{}", entry.key.text) };
        let field = fields::find(fields, &path).and_then(|id| fields.get(id.index()));
        if let (Value::Map(_), None) = (&entry.value.value, field) {
            object(&entry.value, &path, fields, item, out);
            continue;
        }
        let Some(value) = value(&entry.value, field.map(|field| field.ty), &path, out) else { continue };
        if field.is_none() && path != "pending" && !fields::UNREADABLE.contains(&path.as_str()) {
            let help = crate::suggest::did_you_mean(&path, fields.iter().map(|field| field.name.as_str())).unwrap_or_else(|| NO_FIELD.to_owned());
            out.push(Diagnostic::new(&codes::UNKNOWN_FIELD, entry.key.span, format!("there is no field `{path}`")).help(help));
            continue;
        }
        insert(item, &path, value);
    }
}

/// Puts a value at a dotted path, as nested objects.
fn insert(item: &mut JsonMap<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => {
            item.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = item.entry(head).or_insert_with(|| Json::Object(JsonMap::new()));
            if let Json::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// The place gives the type: a number field's scalar is a number.
fn value(node: &Node, ty: Option<FieldType>, path: &str, out: &mut Diagnostics) -> Option<Json> {
    if let Value::Seq(items) = &node.value {
        let values: Option<Vec<Json>> = items.iter().map(|item| value(item, None, "", out)).collect();
        return values.map(Json::Array);
    }
    // An empty text in quotes is a value of an item: known to be empty.
    let text = match &node.value {
        Value::Scalar(scalar) if !scalar.is_null() => scalar.text.as_str(),
        _ => reader::text(node, out)?,
    };
    match ty {
        Some(FieldType::Number) => {
            let number = Decimal::parse(text).map(Decimal::to_num);
            match number {
                Some(crate::num::Num::Int(value)) => Some(Json::from(value)),
                Some(crate::num::Num::Float(value)) => Some(Json::from(value)),
                None => {
                    out.push(
                        Diagnostic::new(&codes::WRONG_VALUE, node.span, format!("`{path}` needs a number, not `{text}`"))
                            .help("write digits, for example 18 or 2.5"),
                    );
                    None
                }
            }
        }
        Some(FieldType::Bool) => match text {
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ => {
                out.push(
                    Diagnostic::new(&codes::WRONG_VALUE, node.span, format!("`{path}` is `true` or `false`, not `{text}`"))
                        .help("other words, such as `yes` and `no`, are texts here"),
                );
                None
            }
        },
        Some(FieldType::TextList | FieldType::IdList) => Some(Json::Array(vec![Json::from(text)])),
        None if path == "pending" => Some(Json::Array(vec![Json::from(text)])),
        _ => Some(Json::from(text)),
    }
}
