//! Small numbers that stand for the named things of one policy.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// Its place in the policy's table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A field: an index into [`crate::Policy::fields`].
    FieldId
);
id!(
    /// A term list: an index into [`crate::Policy::lists`].
    ListId
);
id!(
    /// A rule: an index into [`crate::Policy::rules`], which is sorted by name.
    RuleId
);
id!(
    /// A score: an index into [`crate::Policy::scores`].
    ScoreId
);
id!(
    /// A shared exception: an index into [`crate::Policy::exceptions`].
    ExceptionId
);
id!(
    /// A market: an index into [`crate::Policy::markets`].
    MarketId
);
id!(
    /// An effect axis: an index into [`crate::Policy::axes`].
    AxisId
);

impl FieldId {
    /// `id`.
    pub const ID: FieldId = FieldId(0);
    /// `market`.
    pub const MARKET: FieldId = FieldId(1);
    /// `lang`.
    pub const LANG: FieldId = FieldId(2);
    /// `as_of`.
    pub const AS_OF: FieldId = FieldId(3);
}
