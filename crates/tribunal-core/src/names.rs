//! Values by name, where a name of the policy is looked up for every item.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Serialize, Serializer};

use crate::scan::table;

/// Values by name. All names are the policy's, so nobody who writes items can make them collide.
pub(crate) type Names<V> = HashMap<Box<str>, V, BuildHasherDefault<NameHasher>>;

/// The hash that words have: the one of the standard library takes a tenth of an item of a small policy.
#[derive(Default)]
pub(crate) struct NameHasher(u64);

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= table::hash(bytes);
    }

    /// What ends a text says nothing: a name is hashed alone.
    #[inline]
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The same policy gives the same bytes.
pub(crate) fn in_order<V: Serialize, S: Serializer>(names: &Names<V>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(names.iter().collect::<BTreeMap<_, _>>())
}
