//! Values that no field reads.

use std::borrow::Cow;
use std::collections::HashSet;

use super::reader::FEW;
use super::{stands_twice, text};

/// Looks through a value that no field reads: a repeated key or a broken escape in it breaks the line as anywhere else.
/// The value is well-formed; how deep it goes does not matter.
pub(super) fn sound(raw: &str) -> Result<(), serde_json::Error> {
    if !raw.starts_with(['{', '[', '"']) || !raw.contains(['{', '\\']) {
        return Ok(());
    }
    let mut open: Vec<Option<Open<'_>>> = Vec::new();
    let mut keys: Vec<Cow<'_, str>> = Vec::new();
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let from = at;
        at += 1;
        match byte {
            b'{' => open.push(Some(Open { from: keys.len(), key_next: true, many: None })),
            b'[' => open.push(None),
            b'}' | b']' => {
                if let Some(Some(object)) = open.pop() {
                    keys.truncate(object.from);
                }
            }
            b'"' => {
                let written = raw.get(from..).unwrap_or_default();
                let written = written.get(..string_end(written)).unwrap_or_default();
                at = from + written.len().max(1);
                let text = text(written)?;
                if let Some(Some(object)) = open.last_mut()
                    && object.key_next
                {
                    object.add(text, &mut keys)?;
                }
            }
            b',' | b':' => {
                if let Some(Some(object)) = open.last_mut() {
                    object.key_next = *byte == b',';
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// An object that is being looked through.
struct Open<'a> {
    /// Its keys are those from here on, while they are few.
    from: usize,
    key_next: bool,
    /// All of them, once they are more. Objects in each other have few.
    #[expect(clippy::box_collection, reason = "lines may nest as deep as they are long: a level takes three words")]
    many: Option<Box<HashSet<Cow<'a, str>>>>,
}

impl<'a> Open<'a> {
    fn add(&mut self, key: Cow<'a, str>, keys: &mut Vec<Cow<'a, str>>) -> Result<(), serde_json::Error> {
        let mine = keys.get(self.from..).unwrap_or_default();
        if self.many.as_ref().is_some_and(|many| many.contains(&key)) || mine.contains(&key) {
            return Err(stands_twice(&key));
        }
        if mine.len() == FEW {
            self.many = Some(Box::new(keys.drain(self.from..).collect()));
        }
        match &mut self.many {
            Some(many) => {
                many.insert(key);
            }
            None => keys.push(key),
        }
        Ok(())
    }
}

/// Where the string at the beginning of a well-formed text ends.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let quote = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    quote.map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::super::{JsonItem, Schema};

    #[test]
    fn keys_that_nobody_reads_stand_once() {
        let policy = tribunal_policy::load_str("t.yaml", "policy: {id: t, version: '1'}").policy.unwrap();
        let schema = Schema::new(&policy);
        let read = |line: &str| JsonItem::parse(&schema, line).map(|item| item.unknown_keys());
        let many: Vec<String> = (0..40).map(|n| format!("\"k{n}\": {{\"k0\": [{n}]}}")).collect();
        assert_eq!(read(&format!("{{\"x\": {{{}}}}}", many.join(", "))).unwrap(), 1);
        // The same without anything inside of it: few keys and many.
        for (count, twice) in [(2, 1), (15, 14), (16, 0), (17, 16), (40, 3)] {
            let flat: Vec<String> = (0..count).map(|n| format!("\"k{n}\": [{n}, \"a\"]")).collect();
            assert_eq!(read(&format!("{{\"x\": {{{}}}}}", flat.join(", "))).unwrap(), 1, "{count}");
            assert!(read(&format!("{{\"x\": {{{}, \"k{twice}\": null}}}}", flat.join(", "))).is_err(), "{twice} of {count}");
        }
        assert!(read(r#"{"x": {"a": "\ud83d\ude00", "b": ["\u0061"]}}"#).is_ok());
        for broken in [r#"{"a": "\ud800"}"#, r#"{"a": ["\ud800"]}"#, r#""\ud800""#, r#"{"a": 1, "\u0061": 2}"#, r#"{"a": 01}"#, r#"{"a": nul}"#, r#"{"a": 1,}"#]
        {
            assert!(read(&format!("{{\"x\": {broken}}}")).is_err(), "{broken}");
        }
        assert_eq!(read(r#"{"x": [{"a": {"a": 1}, "b": "a"}, {"a": 2, "\u0062": {}}], "y": {"x": "}{\\\"a"}}"#).unwrap(), 2);
        for twice in ["0", "7", "16", "17", "39"] {
            assert!(read(&format!("{{\"x\": {{{}, \"k{twice}\": 1}}}}", many.join(", "))).is_err(), "{twice}");
        }
        let deep = |inner: &str| read(&format!("{{\"x\": {}{inner}{}}}", "[{\"a\": ".repeat(90), "}]".repeat(90)));
        assert!(deep(r#"{"a": 1, "b": 2}"#).is_ok() && deep(r#"{"a": 1, "b": 2, "a": 3}"#).is_err());
        for line in [r#"{"x": {"a": 1, "\u0061": 2}}"#, r#"{"x": [1, {"b": {"c": 1, "d": [], "c": 2}}]}"#, r#"{"x": {"a": {"b": 1}, "b": 2, "a": 3}}"#] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
