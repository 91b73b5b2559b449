//! Fields as conditions see them: what is missing, what stands in, what is unknown (Exact meaning 2).

use tribunal_policy::cond::Literal;
use tribunal_policy::fields::{Field, FieldType, Missing};
use tribunal_policy::num::Num;
use tribunal_policy::{FieldId, time};

use crate::engine::Engine;
use crate::item::{Item, List, Present, Value};
use crate::scratch::Segment;

/// A field's value with its type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    Unknown,
    Text(&'a str),
    List(Elements<'a>),
    Number(Num),
    Bool(bool),
    Time(i64),
}

/// Elements of a list field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elements<'a> {
    Item(List<'a>),
    /// A policy's stand-in, or a text that is no list.
    One(&'a str),
    None,
}

impl<'a> Elements<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Elements::Item(list) => list.len(),
            Elements::One(_) => 1,
            Elements::None => 0,
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&'a str> {
        match self {
            Elements::Item(list) => list.get(index),
            Elements::One(text) => (index == 0).then_some(text),
            Elements::None => None,
        }
    }
}

/// A value as its field's type; `Err` when it has another.
fn typed(ty: FieldType, value: Value<'_>) -> Result<Option<Seen<'_>>, ()> {
    Ok(Some(match (ty, value) {
        (_, Value::Missing) => return Ok(None),
        (FieldType::Text | FieldType::Id, Value::Text(text)) => Seen::Text(text),
        (FieldType::TextList | FieldType::IdList, Value::List(list)) => Seen::List(Elements::Item(list)),
        (FieldType::Number, Value::Int(number)) => Seen::Number(Num::Int(number)),
        (FieldType::Number, Value::Float(number)) if number.is_finite() => Seen::Number(Num::Float(number)),
        (FieldType::Bool, Value::Bool(value)) => Seen::Bool(value),
        (FieldType::Time, Value::Int(seconds)) => Seen::Time(seconds),
        (FieldType::Time, Value::Float(seconds)) => Seen::Time(time::whole(seconds).ok_or(())?),
        (FieldType::Time, Value::Text(text)) => Seen::Time(time::parse(text).ok_or(())?.seconds),
        _ => return Err(()),
    }))
}

/// The field as conditions see it.
pub(crate) fn see<'a>(engine: &'a Engine, item: &'a dyn Item, field: FieldId) -> Seen<'a> {
    let Some(known) = engine.facts.fields.get(field.index()) else { return Seen::Unknown };
    if item.is_pending(field) {
        return Seen::Unknown;
    }
    match typed(known.ty, item.value(field)) {
        Ok(Some(seen)) => seen,
        Err(()) => Seen::Unknown,
        Ok(None) => absent(known),
    }
}

/// The field as conditions see it; the item is not asked for what it [has no value](crate::Item::present) for.
pub(crate) fn see_present<'a>(engine: &'a Engine, item: &'a dyn Item, present: Present, field: FieldId) -> Seen<'a> {
    if present.has(field) { see(engine, item, field) } else { see_absent(engine, field) }
}

/// The field as conditions see it where the item [has no value](crate::Item::present).
pub(crate) fn see_absent(engine: &Engine, field: FieldId) -> Seen<'_> {
    engine.facts.fields.get(field.index()).map_or(Seen::Unknown, absent)
}

/// What stands in for a value.
fn absent(field: &Field) -> Seen<'_> {
    match &field.missing {
        Missing::Unknown => Seen::Unknown,
        Missing::Empty if field.ty.is_list() => Seen::List(Elements::None),
        Missing::Empty => Seen::Text(""),
        Missing::Value(Literal::Text(text)) if field.ty.is_list() => Seen::List(Elements::One(text)),
        Missing::Value(Literal::Text(text)) => Seen::Text(text),
        Missing::Value(Literal::Number(number)) => Seen::Number(number.to_num()),
        Missing::Value(Literal::Bool(value)) => Seen::Bool(*value),
        Missing::Value(Literal::Time(seconds)) => Seen::Time(*seconds),
    }
}

/// Whether the item has no value to read, whatever stands in: absent, pending, or of a wrong type.
pub(crate) fn is_missing(engine: &Engine, item: &dyn Item, field: FieldId) -> bool {
    let ty = engine.facts.fields.get(field.index()).map(|field| field.ty);
    item.is_pending(field) || ty.is_none_or(|ty| !matches!(typed(ty, item.value(field)), Ok(Some(_))))
}

/// Whether the item has a value of another type.
pub(crate) fn is_wrong_type(engine: &Engine, item: &dyn Item, field: FieldId) -> bool {
    let ty = engine.facts.fields.get(field.index()).map(|field| field.ty);
    ty.is_some_and(|ty| typed(ty, item.value(field)).is_err())
}

/// The texts of a text field; `None` when it is unknown.
pub(crate) fn seen_texts<'a>(engine: &'a Engine, item: &'a dyn Item, present: Present, field: FieldId) -> Option<Elements<'a>> {
    match see_present(engine, item, present, field) {
        Seen::Text(text) => Some(Elements::One(text)),
        Seen::List(elements) => Some(elements),
        _ => None,
    }
}

/// The text of a segment.
pub(crate) fn segment_text<'a>(engine: &'a Engine, item: &'a dyn Item, present: Present, segment: &Segment) -> Option<&'a str> {
    seen_texts(engine, item, present, FieldId(segment.field))?.get(segment.element as usize)
}

/// The moment the item is judged for: its own, else the caller's, else what the policy has stand in.
pub(crate) fn as_of(engine: &Engine, item: &dyn Item, present: Present, caller: Option<i64>) -> Option<i64> {
    let absent = !present.has(FieldId::AS_OF) || (matches!(item.value(FieldId::AS_OF), Value::Missing) && !item.is_pending(FieldId::AS_OF));
    if let (true, Some(caller)) = (absent, caller) {
        return Some(caller);
    }
    match see_present(engine, item, present, FieldId::AS_OF) {
        Seen::Time(seconds) => Some(seconds),
        _ => None,
    }
}
