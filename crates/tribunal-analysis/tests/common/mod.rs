//! Items and policies for tests.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

pub(crate) mod broad;
pub(crate) mod tiny;

use std::collections::BTreeMap;
use std::sync::Arc;

use tribunal_core::{Item, Value};
use tribunal_policy::{FieldId, Policy};

/// A generator of numbers (xorshift64*, Vigna 2016): the same seed, the same policies.
pub(crate) struct Rng(pub u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Rng {
        let mut rng = Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        rng.next();
        rng
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from((self.next() >> 33) % n as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

pub(crate) fn load(text: &str) -> Arc<Policy> {
    let loaded = tribunal_policy::load_str("p.yaml", text);
    let Some(policy) = loaded.policy else { panic!("{text}\n{:#?}", loaded.diagnostics) };
    Arc::new(policy)
}

/// An item by field name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Thing {
    pub(crate) texts: BTreeMap<&'static str, String>,
    pub(crate) numbers: BTreeMap<&'static str, f64>,
    pub(crate) flags: BTreeMap<&'static str, bool>,
}

pub(crate) struct Bound<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) thing: &'a Thing,
}

impl Item for Bound<'_> {
    fn value(&self, field: FieldId) -> Value<'_> {
        let name = self.policy.fields[field.index()].name.as_str();
        if let Some(text) = self.thing.texts.get(name) {
            return Value::Text(text);
        }
        if let Some(number) = self.thing.numbers.get(name) {
            return Value::Float(*number);
        }
        if let Some(flag) = self.thing.flags.get(name) {
            return Value::Bool(*flag);
        }
        Value::Missing
    }
}

pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
