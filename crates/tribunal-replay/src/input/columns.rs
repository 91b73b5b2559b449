//! Foreign names and tables without types: which column is which field, and what its cells mean.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Number, Value};
use tribunal_policy::Policy;
use tribunal_policy::fields::FieldType;

use crate::error::Error;
use crate::part::KEYS;

/// What an item says of itself to others than a replay: fields that are still to come, and what was decided about it.
const OWN: [&str; 2] = ["pending", "decision"];

/// How columns become fields.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Source column by field.
    map: BTreeMap<String, String>,
    types: HashMap<String, FieldType>,
}

impl Columns {
    /// Columns of the fields of a policy; `map` holds `field=column`.
    ///
    /// # Errors
    ///
    /// When an entry has no `=`, or names a field twice.
    pub fn new<'a>(policies: impl IntoIterator<Item = &'a Policy>, map: &[String]) -> Result<Columns, Error> {
        let mut columns = Columns::default();
        for field in policies.into_iter().flat_map(|policy| &policy.fields) {
            for name in std::iter::once(field.name.as_str()).chain(field.alias) {
                columns.types.insert(name.to_owned(), field.ty);
            }
        }
        for entry in map {
            let Some((field, column)) = entry.split_once('=') else {
                return Err(Error::Usage(format!("--map {entry}: write FIELD=COLUMN, for example caption=desc")));
            };
            if columns.map.insert(field.trim().to_owned(), column.trim().to_owned()).is_some() {
                return Err(Error::Usage(format!("--map names the field `{}` twice", field.trim())));
            }
        }
        Ok(columns)
    }

    /// Whether something is read under each name that a column is given: fields, what an item says of itself, and `others`.
    ///
    /// # Errors
    ///
    /// The first name that nothing reads.
    pub fn check(&self, others: &[&str]) -> Result<(), Error> {
        let known = || self.types.keys().map(String::as_str).chain(KEYS).chain(OWN).chain(others.iter().copied());
        match self.map.keys().find(|field| !known().any(|name| name == **field)) {
            None => Ok(()),
            Some(field) => {
                let help = tribunal_policy::suggest::did_you_mean(field, known()).map(|help| format!("; {help}")).unwrap_or_default();
                Err(Error::Usage(format!("--map: nothing reads a field `{field}`{help}")))
            }
        }
    }

    /// Reads entries of a map file: one `field=column` a line, `#` begins a remark.
    pub fn entries(text: &str) -> Vec<String> {
        text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Whether any column has another name.
    pub fn renames(&self) -> bool {
        !self.map.is_empty()
    }

    /// The field that a column of a table is.
    pub(crate) fn field_of<'a>(&'a self, column: &'a str) -> &'a str {
        self.map.iter().find(|(_, source)| *source == column).map_or(column, |(field, _)| field)
    }

    /// An object with its keys renamed; what is not mapped stays.
    pub(crate) fn renamed(&self, mut row: Map<String, Value>) -> Value {
        let taken: Vec<(&str, Value)> = self.map.iter().filter_map(|(field, column)| Some((field.as_str(), take(&mut row, column)?))).collect();
        for (field, value) in taken {
            put(&mut row, field, value);
        }
        Value::Object(row)
    }

    /// A cell of a table without types, by the type of its field. `None`: the cell is empty.
    ///
    /// # Errors
    ///
    /// An id that a spreadsheet has rounded.
    pub(crate) fn cell(&self, field: &str, text: &str) -> Result<Option<Value>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let plain = || Value::String(text.to_owned());
        Ok(Some(match self.types.get(field) {
            Some(FieldType::Number) => number(text).unwrap_or_else(plain),
            Some(FieldType::Time) => number(text).unwrap_or_else(plain),
            Some(FieldType::Bool) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" | "x" => Value::Bool(true),
                "false" | "no" | "0" => Value::Bool(false),
                _ => plain(),
            },
            Some(FieldType::TextList | FieldType::IdList) => list(text),
            Some(FieldType::Id) => {
                rounded(text).map_err(|why| format!("{field}: {why}"))?;
                plain()
            }
            Some(FieldType::Text) => plain(),
            None if field == "weight" || field == "pi" => number(text).unwrap_or_else(plain),
            // What an item says of itself, as in JSON.
            None if field == "pending" => list(text),
            None => plain(),
        }))
    }
}

/// An id as a spreadsheet writes numbers that it cannot hold.
pub(crate) fn rounded(text: &str) -> Result<(), String> {
    let looks = text.len() > 3
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+'))
        && (text.contains(['e', 'E']) || text.ends_with(".0"))
        && text.parse::<f64>().is_ok();
    if looks { Err(format!("`{text}` is a number that a spreadsheet has rounded; export the column as text")) } else { Ok(()) }
}

fn number(text: &str) -> Option<Value> {
    let number: Number = serde_json::from_str(text.trim()).ok()?;
    Some(Value::Number(number))
}

fn list(text: &str) -> Value {
    if text.starts_with('[')
        && let Ok(value @ Value::Array(_)) = serde_json::from_str(text)
    {
        return value;
    }
    let parts = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
}

/// Takes the value at a dotted path out of an object.
fn take(row: &mut Map<String, Value>, path: &str) -> Option<Value> {
    if let Some(value) = row.remove(path) {
        return Some(value);
    }
    let (head, rest) = path.split_once('.')?;
    take(row.get_mut(head)?.as_object_mut()?, rest)
}

/// Puts a value at a dotted path.
pub(crate) fn put(row: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            row.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = row.entry(head).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn columns(map: &[&str]) -> Columns {
        let policy = tribunal_policy::load_str("t.yaml", "policy: {id: t, version: '1'}").policy.unwrap();
        Columns::new([&policy], &map.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn renamed_keys() {
        let columns = columns(&["caption=desc", "author.age=age", "id=video.vid"]);
        let row = json!({"desc": "hi", "age": 3, "video": {"vid": "7", "width": 1}});
        let found = columns.renamed(row.as_object().unwrap().clone());
        assert_eq!(found, json!({"caption": "hi", "author": {"age": 3}, "id": "7", "video": {"width": 1}}));
    }

    #[test]
    fn cells_by_type() {
        let columns = columns(&[]);
        let cell = |field, text| columns.cell(field, text);
        assert_eq!(cell("author.age", "12"), Ok(Some(json!(12))));
        assert_eq!(cell("author.age", "twelve"), Ok(Some(json!("twelve"))));
        assert_eq!(cell("author.verified", "TRUE"), Ok(Some(json!(true))));
        assert_eq!(cell("hashtags", "a; b"), Ok(Some(json!(["a", "b"]))));
        assert_eq!(cell("hashtags", r#"["a;b"]"#), Ok(Some(json!(["a;b"]))));
        assert_eq!(cell("pending", "transcript;ocr"), Ok(Some(json!(["transcript", "ocr"]))));
        assert_eq!(cell("caption", ""), Ok(None));
        assert_eq!(cell("id", "007"), Ok(Some(json!("007"))));
        assert!(cell("id", "7.3E+18").is_err() && cell("id", "730.0").is_err());
    }

    #[test]
    fn mistakes_in_maps() {
        assert!(Columns::new([], &["caption".to_owned()]).is_err());
        assert!(Columns::new([], &["a=b".to_owned(), "a=c".to_owned()]).is_err());
        let wrong = columns(&["captoin=desc"]).check(&["campaign"]).unwrap_err().to_string();
        assert!(wrong.contains("`captoin`") && wrong.contains("did you mean `caption`?"), "{wrong}");
        assert!(columns(&["caption=desc", "label=verdict", "campaign=x"]).check(&["campaign"]).is_ok());
        assert_eq!(Columns::entries("# foreign names\ncaption=desc # text\n\n"), ["caption=desc"]);
    }
}
