//! What an item says of itself beside the fields that policies read.

use std::borrow::Cow;

/// The keys that [`Meta::read`] knows.
pub(crate) const KEYS: [&str; 8] = ["id", "label", "weight", "pi", "actioned", "reported", "appealed", "overturned"];

/// Keys of an item that no policy reads.
#[derive(Default)]
pub(super) struct Meta<'a> {
    /// As written.
    pub(super) id: Option<&'a str>,
    pub(super) label: Option<Cow<'a, str>>,
    pub(super) weight: Option<f64>,
    pub(super) pi: Option<f64>,
    pub(super) actioned: Option<bool>,
    pub(super) reported: Option<bool>,
    pub(super) appealed: Option<bool>,
    pub(super) overturned: Option<bool>,
}

impl<'a> Meta<'a> {
    pub(super) fn read(keys: &[(Cow<'a, str>, &'a str)]) -> Result<Meta<'a>, String> {
        let mut meta = Meta::default();
        let number = |key: &str, raw: &str| serde_json::from_str(raw).map_err(|error| format!("`{key}`: {error}"));
        for (key, raw) in keys {
            match key.as_ref() {
                "id" => meta.id = Some(raw),
                "label" => meta.label = label(raw)?,
                "weight" => meta.weight = number(key, raw)?,
                "pi" => meta.pi = number(key, raw)?,
                "actioned" => meta.actioned = flag(raw),
                "reported" => meta.reported = flag(raw),
                "appealed" => meta.appealed = flag(raw),
                "overturned" => meta.overturned = flag(raw),
                _ => {}
            }
        }
        Ok(meta)
    }
}

/// A label: a text, or a number or truth value as it is written; borrowed where no escape stands in it.
fn label(raw: &str) -> Result<Option<Cow<'_, str>>, String> {
    let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).filter(|inside| !inside.contains('\\'));
    if inside.is_some() {
        return Ok(inside.map(Cow::Borrowed));
    }
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw).map(|text| Some(Cow::Owned(text))).map_err(|error| format!("`label`: {error}")),
        Some(b'n') => Ok(None),
        Some(b'[' | b'{') => Err("`label` is a list or an object; write one label, as a text".to_owned()),
        _ => Ok(Some(Cow::Borrowed(raw))),
    }
}

/// Yes or no as JSON or a sheet writes it; anything else is not said.
fn flag(raw: &str) -> Option<bool> {
    match serde_json::from_str(raw).ok()? {
        serde_json::Value::Bool(yes) => Some(yes),
        serde_json::Value::Number(number) => number.as_i64().map(|number| number != 0),
        serde_json::Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" | "x" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let read = |keys: &[&'static str]| Meta::read(&keys.iter().map(|key| (Cow::Borrowed(*key), "1")).collect::<Vec<_>>()).unwrap();
        for key in KEYS {
            let Meta { id, label, weight, pi, actioned, reported, appealed, overturned } = read(&[key]);
            let told = [id.is_some(), label.is_some(), weight.is_some(), pi.is_some()];
            let more = [actioned, reported, appealed, overturned].map(|flag| flag.is_some());
            assert_eq!(told.iter().chain(&more).filter(|is| **is).count(), 1, "{key}");
        }
        assert!(read(&["colour"]).id.is_none());
    }
}
