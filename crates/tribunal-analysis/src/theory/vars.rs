//! The open questions about an item that conditions ask, shared between markets and policies.

use std::collections::HashMap;

use super::logic::{Graph, Lit};

/// What a variable says about an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Var {
    /// A text holds a term of a set.
    Hit { place: u32, set: u32 },
    /// Two hits lie close together in a text.
    Near { place: u32, left: Vec<u32>, right: Vec<u32>, within: u32, ordered: bool },
    /// At least so many of what is counted.
    Count { count: u32, at_least: u64 },
    /// A quantity lies below a bound, or at most at it. Bounds are in units of 10^-18.
    Bound { quantity: u32, bound: i128, inclusive: bool },
    /// A field has no value.
    Missing { field: String },
    /// A field (not missing) has this value; a flag has the values `true` and, by itself, `false`.
    Value { field: String, text: String },
    /// The value of a field is one of a set.
    Among { field: String, set: u32 },
    /// The item is in a rule's share; `by` is the field that is hashed.
    Rollout { rule: String, share: u32, by: String },
    /// Something that is not looked into.
    Free { text: String },
}

/// Where terms are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A list of texts.
    List,
    /// The hosts of links.
    Hosts,
    /// A list of ids, compared whole.
    Ids,
}

/// A field in which terms are matched in one way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) field: String,
    pub(crate) kind: Kind,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Count {
    pub(crate) what: Counting,
    pub(crate) places: Vec<u32>,
    pub(crate) sets: Vec<u32>,
    pub(crate) per_field: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Counting {
    Hits,
    Terms,
    Evasions,
}

/// A number that is compared with constants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Quantity {
    pub(crate) measure: Measure,
    pub(crate) field: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Measure {
    Number,
    Time,
    Length,
    Words,
    Uppercase,
    Emoji,
    Links,
    Age,
    Elements,
}

impl Measure {
    /// Takes whole numbers only.
    pub(crate) fn is_whole(self) -> bool {
        !matches!(self, Measure::Number | Measure::Uppercase)
    }

    /// Never below zero.
    pub(crate) fn is_natural(self) -> bool {
        !matches!(self, Measure::Number | Measure::Time | Measure::Age)
    }
}

/// Numbers for things that are met again and again.
#[derive(Debug)]
pub(crate) struct Table<T> {
    pub(crate) list: Vec<T>,
    known: HashMap<T, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table { list: Vec::new(), known: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Table<T> {
    pub(crate) fn id(&mut self, value: T) -> u32 {
        if let Some(id) = self.known.get(&value) {
            return *id;
        }
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(value.clone());
        self.known.insert(value, id);
        id
    }

    pub(crate) fn find(&self, value: &T) -> Option<u32> {
        self.known.get(value).copied()
    }

    pub(crate) fn get(&self, id: u32) -> Option<&T> {
        self.list.get(id as usize)
    }
}

/// Everything that is open.
#[derive(Debug)]
pub(crate) struct Vars {
    pub(crate) graph: Graph,
    pub(crate) vars: Table<Var>,
    pub(crate) places: Table<Place>,
    pub(crate) counts: Table<Count>,
    pub(crate) quantities: Table<Quantity>,
}

impl Vars {
    pub(crate) fn new() -> Vars {
        Vars { graph: Graph::new(), vars: Table::default(), places: Table::default(), counts: Table::default(), quantities: Table::default() }
    }

    pub(crate) fn lit(&mut self, var: Var) -> Lit {
        let id = self.vars.id(var);
        self.graph.var(id)
    }

    /// `quantity < bound`, or `<=`.
    pub(crate) fn below(&mut self, quantity: Quantity, bound: i128, inclusive: bool) -> Lit {
        let (mut bound, mut inclusive) = (bound, inclusive);
        if quantity.measure.is_whole() {
            // x < 3 and x < 2.5 are x <= 2.
            let whole = bound.div_euclid(UNIT);
            bound = if !inclusive && bound.rem_euclid(UNIT) == 0 { whole - 1 } else { whole } * UNIT;
            inclusive = true;
        }
        if quantity.measure.is_natural() && (bound < 0 || (bound == 0 && !inclusive)) {
            return Lit::FALSE;
        }
        if quantity.measure == Measure::Uppercase && bound >= UNIT && (inclusive || bound > UNIT) {
            return Lit::TRUE;
        }
        let quantity = self.quantities.id(quantity);
        self.lit(Var::Bound { quantity, bound, inclusive })
    }
}

/// One, in the units of bounds.
pub(crate) const UNIT: i128 = 1_000_000_000_000_000_000;

/// A literal in the units of bounds.
pub(crate) fn scaled(number: tribunal_policy::num::Decimal) -> i128 {
    let digits = 18u32.saturating_sub(u32::from(number.scale));
    let scaled = i128::from(number.mantissa).saturating_mul(10i128.pow(digits));
    // `percent` may have gone past 18 decimals: what is smaller than a unit cannot be told apart by anything written.
    match u32::from(number.scale).saturating_sub(18) {
        0 => scaled,
        more => scaled.div_euclid(10i128.pow(more.min(18))),
    }
}
