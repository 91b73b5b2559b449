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

/// The fields of an item as conditions see them. Once [kept](Fields::keep), most of them need not be asked for again.
pub(crate) struct Fields<'a> {
    engine: &'a Engine,
    pub(crate) item: &'a dyn Item,
    pub(crate) present: Present,
    /// For each of the first fields, where its value is kept, one more than the place; 0 where the item has to be asked.
    places: [u8; PLACED],
    kept: [Seen<'a>; KEPT],
}

/// Fields that may be kept, by their numbers: those of the built-in schema are among them.
const PLACED: usize = 64;
/// So many values are kept: more than most items have.
const KEPT: usize = 16;

impl<'a> Fields<'a> {
    /// The fields of an item; nothing has been asked for.
    pub(crate) fn new(engine: &'a Engine, item: &'a dyn Item) -> Fields<'a> {
        Fields { engine, item, present: item.present(), places: [0; PLACED], kept: [Seen::Unknown; KEPT] }
    }

    /// Asks for every value that there may be, and tells the fields whose value is of a wrong type.
    pub(crate) fn keep(&mut self, wrong: &mut Vec<FieldId>) {
        let known = &self.engine.facts.fields;
        let mut count = 0u8;
        self.present.each_field(known.len(), |field| {
            let Some(known) = known.get(field.index()) else { return };
            let pending = self.item.is_pending(field);
            let mut unkept = Seen::Unknown;
            let place = match (self.places.get_mut(field.index()), self.kept.get_mut(usize::from(count))) {
                (Some(at), Some(place)) => {
                    count += 1;
                    *at = count;
                    place
                }
                _ => &mut unkept,
            };
            // Put in place by parts: a value that is moved as a whole just after it was written part by part waits for the writing.
            match (known.ty, self.item.value(field)) {
                (FieldType::Text, Value::Text(text)) => *place = Seen::Text(text),
                (FieldType::TextList, Value::List(list)) => *place = Seen::List(Elements::Item(list)),
                (FieldType::Number, Value::Int(number)) => *place = Seen::Number(Num::Int(number)),
                (ty, value) => match typed(ty, value) {
                    Ok(Some(seen)) => *place = seen,
                    Ok(None) => *place = absent(known),
                    Err(()) => wrong.push(field),
                },
            }
            if pending {
                *place = Seen::Unknown;
            }
        });
    }

    /// As [`Fields::see`], where the value lies, or is put: a copy of all of it waits for what was written by parts.
    #[inline]
    pub(crate) fn seen<'s>(&'s self, field: FieldId, asked: &'s mut Seen<'a>) -> &'s Seen<'a> {
        match self.kept(field) {
            Some(seen) => seen,
            None => {
                *asked = self.ask(field);
                asked
            }
        }
    }

    /// The value that is kept of a field.
    #[inline]
    fn kept(&self, field: FieldId) -> Option<&Seen<'a>> {
        let place = self.places.get(field.index()).and_then(|at| usize::from(*at).checked_sub(1))?;
        self.kept.get(place)
    }

    /// The field as conditions see it; the item is not asked for what it [has no value](crate::Item::present) for.
    #[inline]
    pub(crate) fn see(&self, field: FieldId) -> Seen<'a> {
        match self.kept(field) {
            Some(seen) => *seen,
            None => self.ask(field),
        }
    }

    fn ask(&self, field: FieldId) -> Seen<'a> {
        let Some(known) = self.engine.facts.fields.get(field.index()) else { return Seen::Unknown };
        if !self.present.has(field) {
            return absent(known);
        }
        if self.item.is_pending(field) { Seen::Unknown } else { or_absent(known, typed(known.ty, self.item.value(field))) }
    }

    /// The texts of a text field; `None` when it is unknown.
    #[inline]
    pub(crate) fn texts(&self, field: FieldId) -> Option<Elements<'a>> {
        match self.seen(field, &mut Seen::Unknown) {
            Seen::Text(text) => Some(Elements::One(text)),
            Seen::List(elements) => Some(*elements),
            _ => None,
        }
    }

    /// The text of a segment.
    #[inline]
    pub(crate) fn text_of(&self, segment: &Segment) -> Option<&'a str> {
        self.texts(FieldId(segment.field))?.get(segment.element as usize)
    }

    /// The moment the item is judged for: its own, else the caller's, else what the policy has stand in.
    pub(crate) fn as_of(&self, caller: Option<i64>) -> Option<i64> {
        let lacks = || matches!(self.item.value(FieldId::AS_OF), Value::Missing) && !self.item.is_pending(FieldId::AS_OF);
        let absent = !self.present.has(FieldId::AS_OF) || lacks();
        if let (true, Some(caller)) = (absent, caller) {
            return Some(caller);
        }
        match self.see(FieldId::AS_OF) {
            Seen::Time(seconds) => Some(seconds),
            _ => None,
        }
    }
}

/// A value as conditions see it, or what stands in for it.
#[inline]
fn or_absent<'a>(field: &'a Field, value: Result<Option<Seen<'a>>, ()>) -> Seen<'a> {
    match value {
        Ok(Some(seen)) => seen,
        Err(()) => Seen::Unknown,
        Ok(None) => absent(field),
    }
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use super::*;
    use crate::limits::Limits;

    /// Number fields by number, each its own value; every third is pending, every fifth a text.
    struct Many(Present);

    impl Item for Many {
        fn value(&self, field: FieldId) -> Value<'_> {
            match field.0 {
                id if !self.0.has(field) => unreachable!("nobody asks for {id}, which is not there"),
                id if id % 5 == 0 => Value::Text("a text"),
                id => Value::Int(i64::from(id)),
            }
        }

        fn is_pending(&self, field: FieldId) -> bool {
            field.0.is_multiple_of(3)
        }

        fn present(&self) -> Present {
            self.0
        }
    }

    /// More fields than are kept, some with a number too high to be kept, some that cannot be among those that are there.
    #[test]
    fn kept_as_asked() {
        let mut text = "policy: {id: t, version: '1'}\nfields:\n".to_owned();
        for at in 0..140 {
            let _ = writeln!(text, "  x.f{at}: {{type: number}}");
        }
        let policy = tribunal_policy::load_str("t.yaml", &text).policy.expect("no mistakes");
        let numbers: Vec<FieldId> = (0..140).filter_map(|at| policy.field(&format!("x.f{at}"))).collect();
        let engine = Engine::new(Arc::new(policy), Limits::default()).expect("it compiles");
        for step in [1, 3, 7] {
            let present = numbers.iter().step_by(step).fold(Present::NONE, |present, field| present.with(*field));
            let item = Many(present);
            let asked = Fields::new(&engine, &item);
            let mut kept = Fields::new(&engine, &item);
            let mut wrong = Vec::new();
            kept.keep(&mut wrong);
            for field in &numbers {
                let there = present.has(*field);
                let number = |seen: Seen<'_>| if let Seen::Number(number) = seen { Some(number) } else { None };
                let wanted = (there && field.0 % 3 != 0 && field.0 % 5 != 0).then(|| Num::Int(i64::from(field.0)));
                assert_eq!((number(kept.see(*field)), number(asked.see(*field))), (wanted, wanted), "{field:?} of every {step}");
                // A wrong type is told of what is pending too.
                assert_eq!(wrong.contains(field), there && field.0.is_multiple_of(5), "{field:?} of every {step}");
            }
        }
    }
}
