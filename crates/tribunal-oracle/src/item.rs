//! The fields of an item (Exact meaning 2 and 3), read straight from its JSON.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value as Json;
use tribunal_policy::FieldId;
use tribunal_policy::cond::Literal;
use tribunal_policy::fields::{Field, FieldType, Missing};
use tribunal_policy::num::{Decimal, Num};
use tribunal_policy::{Policy, time};

/// A known value.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// Text and id fields have one text, list fields one an element.
    Texts(Vec<String>),
    /// A number.
    Number(Quantity),
    /// True or false.
    Bool(bool),
    /// Seconds since 1970-01-01 UTC.
    Time(i64),
}

/// A number: a decimal as far as it is exact, else a double.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Quantity {
    Exact(Decimal),
    Double(f64),
}

impl Quantity {
    pub(crate) fn int(value: i64) -> Quantity {
        Quantity::Exact(Decimal::int(value))
    }

    /// From thousandths, the unit of points; more than any sum of points saturates.
    pub(crate) fn thousandths(value: i128) -> Quantity {
        let mantissa = i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
        Quantity::Exact(Decimal { mantissa, scale: 3 })
    }

    /// Mathematical comparison; a literal meets a double as the double nearest to it.
    pub(crate) fn cmp(self, other: Quantity) -> Ordering {
        if let (Quantity::Exact(a), Quantity::Exact(b)) = (self, other) {
            let power = |scale: u8| 10i128.checked_pow(u32::from(scale));
            let cross = |x: Decimal, y: Decimal| i128::from(x.mantissa).checked_mul(power(y.scale)?);
            if let (Some(left), Some(right)) = (cross(a, b), cross(b, a)) {
                return left.cmp(&right);
            }
        }
        self.num().compare(other.num()).unwrap_or(Ordering::Equal)
    }

    fn num(self) -> Num {
        match self {
            Quantity::Exact(decimal) => decimal.to_num(),
            Quantity::Double(value) => Num::Float(value),
        }
    }
}

/// What an item says about a field.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// The item has no value to read, whatever stands in.
    pub(crate) missing: bool,
    /// Named in `pending`.
    pub(crate) pending: bool,
    /// `None`: unknown.
    pub(crate) value: Option<Known>,
}

/// The state of every field, in the order of the policy's fields.
pub(crate) fn read(policy: &Policy, item: &Json, as_of: Option<i64>) -> Vec<State> {
    let named = item.get("pending").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let pending: BTreeSet<FieldId> = named.iter().filter_map(Json::as_str).filter_map(|name| policy.field(name)).collect();
    let mut states = Vec::new();
    for (index, field) in policy.fields.iter().enumerate() {
        let is = |id: FieldId| id.index() == index;
        let pending = pending.iter().any(|id| is(*id));
        let mut found = lookup(item, &field.name);
        if matches!(found, Found::Absent)
            && let Some(alias) = field.alias
        {
            found = lookup(item, alias);
        }
        let (there, stands_in) = match found {
            _ if pending => (None, None),
            Found::Absent if is(FieldId::AS_OF) && as_of.is_some() => (None, as_of.map(Known::Time)),
            Found::Absent => (None, stand_in(field)),
            Found::Blocked => (None, None),
            // A market and a language have names, not numbers.
            Found::Value(Json::Number(_)) if is(FieldId::MARKET) || is(FieldId::LANG) => (None, None),
            Found::Value(json) => (typed(field.ty, json), None),
        };
        let missing = there.is_none();
        let value = there.or(stands_in);
        states.push(State { missing, pending, value });
    }
    states
}

enum Found<'a> {
    Absent,
    /// A part of the path is there and no object.
    Blocked,
    Value(&'a Json),
}

fn lookup<'a>(item: &'a Json, name: &str) -> Found<'a> {
    let mut at = item;
    for part in name.split('.') {
        let Some(object) = at.as_object() else { return Found::Blocked };
        match object.get(part) {
            None | Some(Json::Null) => return Found::Absent,
            Some(value) => at = value,
        }
    }
    Found::Value(at)
}

fn stand_in(field: &Field) -> Option<Known> {
    match &field.missing {
        Missing::Unknown => None,
        Missing::Empty if field.ty.is_list() => Some(Known::Texts(Vec::new())),
        Missing::Empty => Some(Known::Texts(vec![String::new()])),
        Missing::Value(literal) => Some(known(literal)),
    }
}

/// A literal as a value.
pub(crate) fn known(literal: &Literal) -> Known {
    match literal {
        Literal::Text(text) => Known::Texts(vec![text.clone()]),
        Literal::Number(decimal) => Known::Number(Quantity::Exact(*decimal)),
        Literal::Bool(flag) => Known::Bool(*flag),
        Literal::Time(seconds) => Known::Time(*seconds),
    }
}

fn typed(ty: FieldType, json: &Json) -> Option<Known> {
    Some(match ty {
        FieldType::Text => Known::Texts(vec![json.as_str()?.to_owned()]),
        FieldType::Id => Known::Texts(vec![id(json)?]),
        FieldType::TextList | FieldType::IdList => Known::Texts(json.as_array()?.iter().map(|e| Some(e.as_str()?.to_owned())).collect::<Option<_>>()?),
        FieldType::Bool => Known::Bool(json.as_bool()?),
        FieldType::Number => Known::Number(match json.as_i64() {
            Some(int) => Quantity::int(int),
            None => Quantity::Double(json.as_f64().filter(|value| value.is_finite())?),
        }),
        FieldType::Time => Known::Time(match json {
            Json::String(text) => time::parse(text)?.seconds,
            _ => json.as_i64().or_else(|| time::whole(json.as_f64()?))?,
        }),
    })
}

/// An id is a text, or an integer: its digits.
fn id(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}
