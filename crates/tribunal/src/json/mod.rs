//! Items as JSON, one object each.

mod reader;
mod schema;
mod sound;

use std::borrow::Cow;
use std::collections::HashSet;

pub(crate) use schema::Schema;
use schema::{Object, Place};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sound::sound;
use tribunal_core::{Item, List, Present, Value};
use tribunal_policy::FieldId;
use tribunal_policy::fields::{FieldType, UNREADABLE};

#[derive(Clone, Debug, Default, PartialEq)]
enum Slot<'a> {
    #[default]
    Missing,
    Wrong,
    Text(Cow<'a, str>),
    List(Vec<Cow<'a, str>>),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// An item read from JSON by the schema of one policy. Texts without escapes are borrowed.
///
/// ```
/// use tribunal::{Item, Moderator, Value};
///
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}")?;
/// // An integral id is its digits; keys that the policy does not know are counted, not refused.
/// let item = moderator.read_json(r#"{"id": 7, "author": {"age": 16}, "colour": "red"}"#)?;
/// assert_eq!((item.id(), item.unknown_keys()), (Some("7"), 1));
/// let age = moderator.policy().field("author.age").ok_or("built in")?;
/// assert!(matches!(item.value(age), Value::Int(16)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonItem<'a> {
    /// The fields that have a value, in the order read; the first one counts.
    slots: Vec<(FieldId, Slot<'a>)>,
    pending: Vec<FieldId>,
    unknown_keys: u32,
}

impl<'a> JsonItem<'a> {
    /// Reads a JSON object.
    ///
    /// # Errors
    ///
    /// When the text is no JSON object, repeats a key, or holds a broken escape.
    pub(crate) fn parse(schema: &Schema, text: &'a str) -> Result<JsonItem<'a>, serde_json::Error> {
        match reader::read(schema, text, None) {
            Some(item) => Ok(item),
            None => JsonItem::parse_slowly(schema, text),
        }
    }

    /// As [`JsonItem::parse`], with the keys of the item itself and their values as written.
    pub(crate) fn parse_with_keys(schema: &Schema, text: &'a str, keys: &mut Keys<'a>) -> Result<JsonItem<'a>, serde_json::Error> {
        keys.clear();
        match reader::read(schema, text, Some(&mut |key, raw| keys.push((Cow::Borrowed(key), raw)))) {
            Some(item) => Ok(item),
            None => {
                keys.clear();
                let item = JsonItem::parse_slowly(schema, text)?;
                serde_json::Deserializer::from_str(text).deserialize_map(Tell(keys))?;
                Ok(item)
            }
        }
    }

    /// Reads a JSON object by `serde_json` alone.
    pub(crate) fn parse_slowly(schema: &Schema, text: &'a str) -> Result<JsonItem<'a>, serde_json::Error> {
        let mut item = JsonItem::default();
        let mut aliases: Vec<(FieldId, Slot<'a>)> = Vec::new();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let walk = Walk { schema, object: &schema.root, item: &mut item, aliases: &mut aliases, top: true };
        walk.deserialize(&mut deserializer)?;
        deserializer.end()?;
        item.slots.append(&mut aliases);
        Ok(item)
    }

    fn slot(&self, field: FieldId) -> Option<&Slot<'a>> {
        self.slots.iter().find(|(known, _)| *known == field).map(|(_, slot)| slot)
    }

    /// The item's id, if it has one.
    pub fn id(&self) -> Option<&str> {
        match self.slot(FieldId::ID) {
            Some(Slot::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// How many of its keys the policy does not know.
    pub fn unknown_keys(&self) -> u32 {
        self.unknown_keys
    }
}

impl Item for JsonItem<'_> {
    fn value(&self, field: FieldId) -> Value<'_> {
        match self.slot(field) {
            None | Some(Slot::Missing) => Value::Missing,
            Some(Slot::Wrong) => Value::WrongType,
            Some(Slot::Text(text)) => Value::Text(text),
            Some(Slot::List(items)) => Value::List(List::Cows(items)),
            Some(Slot::Int(number)) => Value::Int(*number),
            Some(Slot::Float(number)) => Value::Float(*number),
            Some(Slot::Bool(value)) => Value::Bool(*value),
        }
    }

    fn is_pending(&self, field: FieldId) -> bool {
        self.pending.contains(&field)
    }

    fn present(&self) -> Present {
        let fields = self.slots.iter().map(|(field, _)| field).chain(&self.pending);
        fields.fold(Present::NONE, |present, field| present.with(*field))
    }
}

/// The keys of an item and their values, as written.
pub(crate) type Keys<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// Reads nothing but the keys of an object.
struct Tell<'a, 'k>(&'k mut Keys<'a>);

impl<'de> Visitor<'de> for Tell<'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key<'de>>()? {
            self.0.push((key.0, map.next_value::<&'de RawValue>()?.get()));
        }
        Ok(())
    }
}

/// Reads one object of the item.
struct Walk<'a, 's, 'i> {
    schema: &'s Schema,
    object: &'s Object,
    item: &'i mut JsonItem<'a>,
    aliases: &'i mut Vec<(FieldId, Slot<'a>)>,
    top: bool,
}

impl<'de> DeserializeSeed<'de> for Walk<'de, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Walk<'de, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let key = key.0;
            if seen.contains(&key) {
                return Err(stands_twice(&key));
            }
            let raw = map.next_value::<&'de RawValue>()?.get();
            let object = self.object;
            match object.find(&key, key.as_bytes()) {
                Some((_, place)) => self.take(place, raw).map_err(serde::de::Error::custom)?,
                None if self.top && key == "pending" => pending(self.schema, raw, self.item).map_err(serde::de::Error::custom)?,
                None => {
                    sound(raw).map_err(serde::de::Error::custom)?;
                    self.item.unknown_keys += u32::from(!(self.top && UNREADABLE.contains(&key.as_ref())));
                }
            }
            seen.insert(key);
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text))
            }
        }
        deserializer.deserialize_str(Text).map(Key)
    }
}

impl<'a> Walk<'a, '_, '_> {
    fn take(&mut self, place: &Place, raw: &'a str) -> Result<(), serde_json::Error> {
        if let Some((field, alias)) = place.field {
            let ty = self.schema.types.get(field.index()).copied().unwrap_or(FieldType::Text);
            let slot = match raw.as_bytes().first() {
                // A market and a language have names, not numbers.
                Some(b'-' | b'0'..=b'9') if matches!(field, FieldId::MARKET | FieldId::LANG) => Slot::Wrong,
                _ => slot(ty, raw)?,
            };
            self.put(field, alias, slot);
        }
        let Some(inner) = &place.inner else { return Ok(()) };
        match raw.as_bytes().first() {
            Some(b'{') => {
                let walk = Walk { schema: self.schema, object: inner, item: &mut *self.item, aliases: &mut *self.aliases, top: false };
                walk.deserialize(&mut serde_json::Deserializer::from_str(raw))
            }
            Some(b'n') => Ok(()),
            // Something else where an object belongs: every field below it has a wrong type.
            _ => {
                sound(raw)?;
                inner.each(&mut |field, alias| self.put(field, alias, Slot::Wrong));
                Ok(())
            }
        }
    }

    fn put(&mut self, field: FieldId, alias: bool, slot: Slot<'a>) {
        if !matches!(slot, Slot::Missing) {
            if alias { self.aliases.push((field, slot)) } else { self.item.slots.push((field, slot)) }
        }
    }
}

/// The fields that are still to come. What cannot be read here breaks the line: a field that is to come would be taken for absent.
fn pending(schema: &Schema, raw: &str, item: &mut JsonItem<'_>) -> Result<(), serde_json::Error> {
    use serde::de::Error;
    let names: Option<Vec<Cow<'_, str>>> = serde_json::from_str(raw).map_err(|_| serde_json::Error::custom("`pending` has to be a list of names of fields"))?;
    for name in names.unwrap_or_default() {
        match schema.names.get(name.as_ref()) {
            Some(field) => item.pending.push(*field),
            None => item.unknown_keys += 1,
        }
    }
    Ok(())
}

/// A value by its own text: nothing is rounded that the field's type does not round.
fn slot<'a>(ty: FieldType, raw: &'a str) -> Result<Slot<'a>, serde_json::Error> {
    Ok(match (raw.as_bytes().first(), ty) {
        (Some(b'n'), _) => Slot::Missing,
        (Some(b'"'), FieldType::Text | FieldType::Id | FieldType::Time) => Slot::Text(text(raw)?),
        (Some(b'['), FieldType::TextList | FieldType::IdList) => list(raw)?,
        (Some(b't' | b'f'), FieldType::Bool) => Slot::Bool(raw == "true"),
        (Some(b'-' | b'0'..=b'9'), FieldType::Number | FieldType::Time) => number(raw),
        (Some(b'-' | b'0'..=b'9'), FieldType::Id) if is_integer(raw) => Slot::Text(Cow::Borrowed(raw)),
        // What is broken breaks the line whatever the field.
        _ => {
            sound(raw)?;
            Slot::Wrong
        }
    })
}

/// An integer, which as an id is its digits.
fn is_integer(raw: &str) -> bool {
    raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) && !raw.contains(['.', 'e', 'E'])
}

fn text<'a>(raw: &'a str) -> Result<Cow<'a, str>, serde_json::Error> {
    serde_json::from_str::<Key<'a>>(raw).map(|key| key.0)
}

/// One element of another type makes the list unknown.
fn list<'a>(raw: &'a str) -> Result<Slot<'a>, serde_json::Error> {
    let items: Vec<&'a RawValue> = serde_json::from_str(raw)?;
    let mut texts = Vec::with_capacity(items.len());
    let mut wrong = false;
    for item in items {
        let raw = item.get();
        if raw.starts_with('"') {
            texts.push(text(raw)?);
        } else {
            sound(raw)?;
            wrong = true;
        }
    }
    Ok(if wrong { Slot::Wrong } else { Slot::List(texts) })
}

fn stands_twice<E: serde::de::Error>(key: &str) -> E {
    E::custom(format_args!("the key `{}` stands twice", key.escape_debug()))
}

fn number<'a>(raw: &str) -> Slot<'a> {
    if let Ok(number) = raw.parse::<i64>() {
        return Slot::Int(number);
    }
    match raw.parse::<f64>() {
        Ok(number) if number.is_finite() => Slot::Float(number),
        _ => Slot::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use tribunal_policy::Policy;

    use super::*;

    fn schema() -> (Schema, Policy) {
        let policy = tribunal_policy::load_str("t.yaml", "policy: {id: t, version: '1'}").policy.unwrap();
        (Schema::new(&policy), policy)
    }

    #[test]
    fn types_aliases_and_gaps() {
        let (schema, policy) = schema();
        let line = r#"{"id": 12345678901234567890, "region": "BR", "author": {"age": 1e400, "verified": true}, "stats": 7, "hashtags": ["a", 1], "x": {}, "pending": ["ocr"], "label": "ok"}"#;
        let item = JsonItem::parse(&schema, line).unwrap();
        let field = |name: &str| policy.field(name).unwrap();
        assert_eq!(item.id(), Some("12345678901234567890"));
        assert!(matches!(item.value(field("market")), Value::Text("BR")));
        assert!(matches!(item.value(field("author.age")), Value::WrongType));
        assert!(matches!(item.value(field("author.verified")), Value::Bool(true)));
        assert!(matches!(item.value(field("stats.plays")), Value::WrongType));
        assert!(matches!(item.value(field("hashtags")), Value::WrongType));
        assert!(item.is_pending(field("ocr")) && !item.is_pending(field("caption")));
        assert_eq!(item.unknown_keys(), 1);
        let line =
            r#"{"author": {"id": 7}, "effects": ["8", 9], "sound": {"id": 1.0}, "pending": ["subtitles"], "labels": {"a": {"x": 1}, "b": {"x": 1e999}}}"#;
        let item = JsonItem::parse(&schema, line).unwrap();
        assert!(matches!(item.value(field("author.id")), Value::Text("7")));
        assert!(matches!(item.value(field("effects")), Value::WrongType));
        assert!(matches!(item.value(field("sound.id")), Value::WrongType));
        assert_eq!(item.unknown_keys(), 1);
    }

    #[test]
    fn broken_lines() {
        let (schema, _) = schema();
        for line in [
            r#"{"id": "1", "id": "2"}"#,
            r#"{"author": {"age": 1, "age": 2}}"#,
            r#"{"caption": "\ud800"}"#,
            "[1]",
            "{",
            "",
            r#"{"id":"1"} x"#,
            r#"{"author": {"age": 1}"#,
            // Also where no field reads it.
            r#"{"labels": {"x": [{"a": 1, "\u0061": 2}]}}"#,
            r#"{"colour": "\udc00"}"#,
            r#"{"caption": {"a": 1, "a": 2}}"#,
            r#"{"author": [{"a": 1, "a": 2}]}"#,
            r#"{"hashtags": [1, "\ud800"]}"#,
            // Taken for nothing, a field that is to come would count as absent.
            r#"{"pending": "transcript"}"#,
            r#"{"pending": ["transcript", 5]}"#,
        ] {
            assert!(JsonItem::parse(&schema, line).is_err(), "{line}");
        }
    }

    /// Lines that touch every branch of both readers, whole and cut at every place.
    const LINES: &[&str] = &[
        r#"{"id": "7", "caption": "a \"b\" \u00e9 \ud83d\ude00", "hashtags": ["x", "y\n"], "author": {"age": 16, "verified": false, "odd": [1, {"a": null}]}, "pending": ["ocr", "stats.plays"]}"#,
        r#" { "region" : "BR" , "market" : null , "stats" : { "plays" : -1.5e+3 , "likes" : 0 } , "x" : [ [ ] , { } , [ 1 , 2.0 , "q" , true ] ] } "#,
        r#"{"id":12,"created_at":"2026-01-01","ocr":["a",1],"transcript":5,"sound":{"title":["a"]},"label":"ok","unknown":{"id":1,"id":2},"caption":"\ud800"}"#,
        r#"{"id":1.0,"hashtags":"no list","author":[],"video":null,"lang":"pt","é":"ü","a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1,"r":1,"q":2}"#,
        r#"{"hashtags":[],"pending":"no list","region":"MX","market":"BR","created_at":1700000000,"duration":007}"#,
        r#"{"\u0069d":"7","caption":"tab	inside"}"#,
        r#"{"caption":"\"\\\/\b\f\n\r\t\u0041\u00e9\u0000é","hashtags":["\ud83d\ude00\n","\u00E9"],"id":"8"}"#,
        "{}",
    ];

    fn agree(schema: &Schema, line: &str) -> Option<bool> {
        let slow = JsonItem::parse_slowly(schema, line).ok();
        let mut told: Keys<'_> = Vec::new();
        let quick = reader::read(schema, line, Some(&mut |key, raw| told.push((Cow::Borrowed(key), raw))));
        match (&quick, &slow) {
            (Some(quick), Some(slow)) => {
                assert_eq!(quick, slow, "{line}");
                let mut keys = Vec::new();
                serde_json::Deserializer::from_str(line).deserialize_map(Tell(&mut keys)).unwrap();
                assert_eq!(told, keys, "{line}");
            }
            (Some(_), None) => panic!("{line}: only the quick reader takes it"),
            // What it leaves to the other one: escapes in keys, deep nesting.
            (None, Some(_)) => assert!(line.contains('\\') || line.matches(['[', '{']).count() > 64, "{line}: only the slow reader takes it"),
            (None, None) => {}
        }
        slow.map(|_| quick.is_some())
    }

    #[test]
    fn the_quick_reader_reads_what_serde_reads() {
        let (schema, _) = schema();
        let mut taken = 0;
        for line in LINES {
            for (at, c) in line.char_indices() {
                let (before, after) = (&line[..at], &line[at + c.len_utf8()..]);
                agree(&schema, before);
                // Every character lost, doubled, or another one in its place.
                for with in ["", "\"", "\\", "0", "-", ".", "e", ",", ":", "{", "}", "[", "]", " ", "\u{1}", "null", "é"] {
                    taken += u32::from(agree(&schema, &format!("{before}{with}{after}")) == Some(true));
                    agree(&schema, &format!("{before}{c}{with}{after}"));
                }
            }
        }
        // Not by leaving everything to the other one.
        assert!(taken > 1_000, "{taken}");
        let deep = |depth: usize| format!("{{\"x\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!([60, 65, 66, 5_000].map(|depth| agree(&schema, &deep(depth))), [Some(true), Some(true), Some(false), Some(false)]);
    }
}
