//! How often things happen, counted in a sample of items: what the rules wait for is chosen by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tribunal_policy::num::Num;
use tribunal_policy::{FieldId, ListId, Policy};

use crate::compile::cover::Trigger;
use crate::compile::{self, CompileError, Options};
use crate::engine::Engine;
use crate::eval;
use crate::item::Item;
use crate::limits::Limits;
use crate::scratch::Scratch;

/// So many items are counted, and those behind them passed over: a share does not grow more certain, the memory for values does.
const MOST_ITEMS: u64 = 1 << 20;
/// So many different texts of a field are counted; what comes later counts as rare.
const MOST_NAMES: usize = 1 << 16;
/// Nobody asks for a longer text by name.
const LONGEST_NAME: usize = 64;
/// The guess that stands where nothing was counted weighs as many items as these.
const GUESS: f64 = 10.0;

/// Counts in a sample of items how often terms and values occur, then compiles the policy so that each rule waits for what is
/// rarest in them. Decisions are the same as without; what is done for them is not.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Limits, Sampler, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {tags: [fyp], families: [family]}
/// rules:
///   - {id: both, when: caption has tags and caption has families, effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("fyp my bike", policy.field("caption").ok_or("built in")?);
/// let mut sampler = Sampler::new(&policy, Limits::default())?;
/// (0..1_000).for_each(|_| sampler.see(&post));
/// let engine = sampler.compile()?;
/// assert_eq!(engine.profile().map(|profile| profile.items), Some(1_000));
/// let mut scratch = Scratch::new();
/// assert!(engine.classify(&post, Call::default(), &mut scratch).rules.is_empty());
/// // `fyp` is no English word and was taken for a rare one: here it stands in every item, and wakes nothing.
/// assert_eq!(scratch.take_work().candidates, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sampler {
    policy: Arc<Policy>,
    engine: Engine,
    scratch: Scratch,
    counts: Counts,
}

impl Sampler {
    /// A sampler that has seen nothing. It holds the policy compiled with all lists looked for in every item.
    ///
    /// # Errors
    ///
    /// As [`Engine::new`].
    pub fn new(policy: &Arc<Policy>, limits: Limits) -> Result<Sampler, CompileError> {
        let engine = compile::compile(Arc::clone(policy), &Options { two_tiers: false, limits, ..Options::default() })?;
        let counts = Counts { items: 0, lists: vec![0; policy.lists.len()], fields: policy.fields.iter().map(|_| FieldCounts::default()).collect() };
        Ok(Sampler { policy: Arc::clone(policy), engine, scratch: Scratch::new(), counts })
    }

    /// Counts an item. The first million is counted; more is passed over.
    pub fn see(&mut self, item: &dyn Item) {
        if self.counts.items < MOST_ITEMS {
            eval::sample::count(&self.engine, item, &mut self.scratch, &mut self.counts);
        }
    }

    /// The counts, for [`Options`].
    #[doc(hidden)]
    pub fn counted(mut self) -> Arc<Counted> {
        for field in &mut self.counts.fields {
            field.numbers.sort_by(|a, b| a.compare(*b).unwrap_or(std::cmp::Ordering::Equal));
        }
        let digest = blake3::hash(&postcard::to_stdvec(&self.counts).unwrap_or_default()).to_hex().to_string();
        Arc::new(Counted { policy: self.policy.digest.clone(), profile: Profile { items: self.counts.items, digest }, counts: self.counts })
    }

    /// The policy, compiled by what was seen.
    ///
    /// # Errors
    ///
    /// As [`Engine::new`].
    pub fn compile(self) -> Result<Engine, CompileError> {
        let (policy, limits) = (Arc::clone(&self.policy), self.engine.limits().clone());
        compile::compile(policy, &Options { limits, profile: Some(self.counted()), ..Options::default() })
    }
}

/// What an engine was compiled by; see [`Sampler`] for an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// How many items were counted.
    pub items: u64,
    /// BLAKE3 of the counts, hex: the same items in another order give the same.
    pub digest: String,
}

/// What was counted, and of which policy.
#[doc(hidden)]
#[derive(Debug)]
pub struct Counted {
    policy: String,
    pub(crate) profile: Profile,
    counts: Counts,
}

impl PartialEq for Counted {
    fn eq(&self, other: &Counted) -> bool {
        (&self.policy, &self.profile) == (&other.policy, &other.profile)
    }
}

impl Eq for Counted {}

/// In how many items each thing was.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) items: u64,
    pub(crate) lists: Vec<u64>,
    pub(crate) fields: Vec<FieldCounts>,
}

/// The values of one field.
#[derive(Debug, Default, Serialize)]
pub(crate) struct FieldCounts {
    pub(crate) unknown: u64,
    pub(crate) missing: u64,
    /// Numbers and times, one for each item that has one; ascending once all are there.
    pub(crate) numbers: Vec<Num>,
    pub(crate) yes: u64,
    pub(crate) no: u64,
    /// Names that rules ask for; of `market` and `lang`, also what they lie below.
    names: BTreeMap<String, u64>,
}

impl FieldCounts {
    pub(crate) fn name(&mut self, name: &str) {
        if let Some(count) = self.names.get_mut(name) {
            *count += 1;
        } else if self.names.len() < MOST_NAMES && name.len() <= LONGEST_NAME {
            self.names.insert(name.to_owned(), 1);
        }
    }
}

impl Counted {
    /// Whether these are counts of this policy: numbers of lists mean nothing in another.
    pub(crate) fn is_of(&self, policy: &Policy) -> bool {
        self.policy == policy.digest
    }

    /// The share of items in which a list occurs, told what was guessed.
    pub(crate) fn list(&self, list: ListId, guess: f64) -> f64 {
        self.share(self.counts.lists.get(list.index()).copied().unwrap_or(0), guess.min(1.0))
    }

    /// The share of items in which a value sets a trigger off. Nobody knows the moments that callers will give.
    pub(crate) fn value(&self, trigger: &Trigger) -> f64 {
        let of = |field: &FieldId| self.counts.fields.get(field.index()).filter(|_| *field != FieldId::AS_OF);
        let count = match trigger {
            Trigger::List(list) => return self.list(*list, 1.0),
            Trigger::Unknown(field) => of(field).map(|of| of.unknown),
            Trigger::Missing(field) => of(field).map(|of| of.missing),
            Trigger::AtLeast(field, bound) => of(field).map(|of| (of.numbers.len() - of.below(*bound, false)) as u64),
            Trigger::AtMost(field, bound) => of(field).map(|of| of.below(*bound, true) as u64),
            Trigger::Equals(field, text) => of(field).map(|of| of.names.get(text).copied().unwrap_or(0)),
            Trigger::Flag(field, value) => of(field).map(|of| if *value { of.yes } else { of.no }),
        };
        count.map_or(1.0, |count| self.share(count, 1.0))
    }

    fn share(&self, count: u64, guess: f64) -> f64 {
        (count as f64 + GUESS * guess) / (self.counts.items as f64 + GUESS)
    }
}

impl FieldCounts {
    /// How many numbers are less than a bound, or, with the bound, no more.
    fn below(&self, bound: Num, with: bool) -> usize {
        self.numbers.partition_point(|number| number.compare(bound).is_some_and(|order| order.is_lt() || with && order.is_eq()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let numbers = vec![Num::Int(1), Num::Int(5), Num::Int(5), Num::Int(9)];
        let field = FieldCounts { unknown: 6, numbers, ..FieldCounts::default() };
        let mut fields: Vec<FieldCounts> = (0..20).map(|_| FieldCounts::default()).collect();
        fields[7] = field;
        let counts = Counts { items: 10, lists: vec![0, 10], fields };
        let counted = Counted { policy: String::new(), profile: Profile { items: 10, digest: String::new() }, counts };
        let of = |trigger| counted.value(&trigger);
        assert_eq!(of(Trigger::AtLeast(FieldId(7), Num::Int(5))), 13.0 / 20.0);
        assert_eq!(of(Trigger::AtMost(FieldId(7), Num::Int(5))), 13.0 / 20.0);
        assert_eq!(of(Trigger::AtMost(FieldId(7), Num::Int(0))), 10.0 / 20.0);
        assert_eq!(of(Trigger::Unknown(FieldId(7))), 16.0 / 20.0);
        assert_eq!(of(Trigger::AtLeast(FieldId::AS_OF, Num::Int(5))), 1.0);
        assert!(counted.list(ListId(0), 1e-4) < counted.list(ListId(1), 1e-4));
        assert_eq!(counted.list(ListId(1), 3.0), 1.0);
    }
}
