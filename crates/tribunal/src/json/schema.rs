//! Which key of an object is which field.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};

use tribunal_policy::fields::{Field, FieldType};
use tribunal_policy::{FieldId, Policy};

/// Where the fields of a policy stand in a JSON object.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(super) root: Object,
    pub(super) types: Vec<FieldType>,
    pub(super) names: HashMap<String, FieldId>,
}

#[derive(Debug, Default)]
pub(super) struct Object {
    keys: Vec<(Name, Place)>,
    /// Places in `keys` plus one by the hash of the key, next free slot; 0 is free. A power of two, at most a quarter full.
    table: Vec<u32>,
    /// What hashes are made with.
    seed: u64,
    /// The key that came first.
    pub(super) first: Seen,
}

/// A place in `keys` plus one that was seen, and stays; 0 until then. Items of one source have their keys in one order: which key comes next is
/// guessed from the first one that did, and looked up where the guess is wrong.
#[derive(Debug, Default)]
pub(super) struct Seen(AtomicU32);

impl Seen {
    #[inline]
    fn guess(&self) -> Option<usize> {
        (self.0.load(Ordering::Relaxed) as usize).checked_sub(1)
    }

    pub(super) fn see(&self, at: usize) {
        if self.0.load(Ordering::Relaxed) == 0 {
            self.0.store(u32::try_from(at + 1).unwrap_or(0), Ordering::Relaxed);
        }
    }
}

/// A key with what tells it from others at a glance.
#[derive(Debug)]
pub(super) struct Name {
    text: Box<str>,
    pub(super) glance: Glance,
    /// In quotes and with the colon, where that has at most sixteen bytes.
    quoted: Option<u128>,
}

impl Name {
    fn new(text: &str) -> Name {
        let quoted = format!("\"{text}\":");
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let quoted = (plain && quoted.len() <= 16).then(|| Glance::of(&quoted, &[]).bytes);
        Name { text: text.into(), glance: Glance::of(text, &[]), quoted }
    }

    /// Whether the text begins with the key in quotes and its colon; at the very end of a line it does not say so.
    #[inline]
    pub(super) fn begins(&self, there: &[u8]) -> bool {
        let (Some(sixteen), Some(mask)) = (there.first_chunk::<16>(), MASKS.get(self.glance.length + 3)) else { return false };
        self.quoted == Some(u128::from_le_bytes(*sixteen) & mask)
    }
}

/// The length of a key and its first sixteen bytes, with zeros behind its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glance {
    pub(super) length: usize,
    bytes: u128,
}

#[derive(Debug, Default)]
pub(super) struct Place {
    /// The field, and whether this is its other name.
    pub(super) field: Option<(FieldId, bool)>,
    pub(super) inner: Option<Object>,
    /// The key that came behind it.
    pub(super) next: Seen,
}

impl Schema {
    pub(crate) fn new(policy: &Policy) -> Schema {
        Schema::of(&policy.fields)
    }

    /// The schema of these fields.
    pub(crate) fn of(fields: &[Field]) -> Schema {
        let mut schema = Schema { types: fields.iter().map(|field| field.ty).collect(), ..Schema::default() };
        for (at, field) in fields.iter().enumerate() {
            let id = FieldId(u32::try_from(at).unwrap_or(u32::MAX));
            for (name, alias) in std::iter::once((field.name.as_str(), false)).chain(field.alias.map(|name| (name, true))) {
                schema.names.insert(name.to_owned(), id);
                schema.root.place(name).field = Some((id, alias));
            }
        }
        schema.root.finish();
        schema
    }
}

impl Object {
    fn place(&mut self, name: &str) -> &mut Place {
        let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
        let at = self.keys.iter().position(|(key, _)| *key.text == *head).unwrap_or_else(|| {
            self.keys.push((Name::new(head), Place::default()));
            self.keys.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed just above")]
        let place = &mut self.keys[at].1;
        match rest {
            None => place,
            Some(rest) => place.inner.get_or_insert_default().place(rest),
        }
    }

    /// Builds the tables, once all keys are there.
    fn finish(&mut self) {
        let size = (4 * self.keys.len()).next_power_of_two();
        // Of some numbers the one with which most keys are found where they are looked for first.
        let seeds = (0..200u64).map(|number| 0x9E37_79B9_7F4A_7C15u64.wrapping_mul(2 * number + 1));
        let apart = |seed: &u64| self.keys.iter().map(|(key, _)| key.glance.hash(*seed, size - 1)).collect::<HashSet<usize>>().len();
        self.seed = seeds.max_by_key(apart).unwrap_or(1);
        self.table = vec![0; size];
        for (at, (key, place)) in self.keys.iter_mut().enumerate() {
            let mut slot = key.glance.hash(self.seed, size - 1);
            while self.table.get(slot).is_some_and(|taken| *taken != 0) {
                slot = (slot + 1) & (size - 1);
            }
            if let Some(free) = self.table.get_mut(slot) {
                *free = u32::try_from(at + 1).unwrap_or(u32::MAX);
            }
            if let Some(inner) = &mut place.inner {
                inner.finish();
            }
        }
    }

    /// A key's number and what it means; `there` is the key and what stands behind it.
    #[inline]
    pub(super) fn find(&self, key: &str, there: &[u8]) -> Option<(usize, &Place)> {
        let glance = Glance::of(key, there);
        let mask = self.table.len().wrapping_sub(1);
        let mut slot = glance.hash(self.seed, mask);
        loop {
            let at = (*self.table.get(slot)? as usize).checked_sub(1)?;
            match self.keys.get(at) {
                Some((known, place)) if known.glance == glance && (glance.length <= 16 || *known.text == *key) => return Some((at, place)),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// The key that is guessed to stand behind another one, or first, and its number.
    #[inline]
    pub(super) fn guess(&self, before: Option<&Place>) -> Option<(usize, &(Name, Place))> {
        let at = before.map_or(&self.first, |place| &place.next).guess()?;
        self.keys.get(at).map(|key| (at, key))
    }

    /// Every field below it.
    pub(super) fn each(&self, visit: &mut dyn FnMut(FieldId, bool)) {
        for (_, place) in &self.keys {
            if let Some((field, alias)) = place.field {
                visit(field, alias);
            }
            if let Some(inner) = &place.inner {
                inner.each(visit);
            }
        }
    }
}

/// For each length the bits of so many bytes.
const MASKS: [u128; 17] = {
    let mut masks = [u128::MAX; 17];
    let mut length = 0;
    while length < 16 {
        #[expect(clippy::indexing_slicing, reason = "computed by the compiler, which refuses a place outside")]
        let mask = &mut masks[length];
        *mask = (1 << (8 * length)) - 1;
        length += 1;
    }
    masks
};

impl Glance {
    /// Sixteen bytes are read whole where there are as many, whatever the length of the key.
    #[inline]
    fn of(key: &str, there: &[u8]) -> Glance {
        let length = key.len();
        let bytes = match there.first_chunk::<16>() {
            Some(sixteen) => u128::from_le_bytes(*sixteen) & MASKS.get(length).unwrap_or(&u128::MAX),
            None => key.bytes().rev().fold(0, |all, byte| all << 8 | u128::from(byte)),
        };
        Glance { length, bytes }
    }

    /// Of the length and the first bytes. The keys in the table are the policy's own: nobody outside picks what collides.
    #[inline]
    fn hash(self, seed: u64, mask: usize) -> usize {
        let mixed = (self.bytes as u64 ^ ((self.bytes >> 64) as u64).rotate_left(29) ^ self.length as u64).wrapping_mul(seed);
        (mixed >> 48) as usize & mask
    }
}
