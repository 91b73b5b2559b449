//! How much work decisions are: counts that are the same on every machine.

/// What was done for the items of a [`Scratch`](crate::Scratch). The same items, policy and switches give the same counts, however fast or busy the machine: what
/// a gate can hold on to.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch, Work};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let caption = policy.field("caption").ok_or("built in")?;
/// let engine = Engine::new(policy, Limits::default())?;
/// let mut scratch = Scratch::new();
/// for text in ["my glock", "my bike"] {
///     engine.classify(&Post(text, caption), Call::default(), &mut scratch);
/// }
/// let work = scratch.take_work();
/// assert_eq!((work.items, work.tokens, work.candidates, work.rules_evaluated), (2, 4, 1, 1));
/// assert_eq!(scratch.take_work(), Work::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Items decided; one that turns out to be over a limit counts each time that it is begun again.
    pub items: u64,
    /// Words looked up, once for each way of folding and each tier: context terms look again where a rule asks for them.
    pub tokens: u64,
    /// Words, and words with the next one, that a bit filter lets through to a table.
    pub filter_passes: u64,
    /// Look-ups of terms in exact tables.
    pub probes: u64,
    /// Terms compared with a place in a text, disguises among them.
    pub verifications: u64,
    /// Coarse keys looked up for words that may be disguised.
    pub coarse_keys: u64,
    /// Regular expressions run on a text.
    pub regexes_woken: u64,
    /// Rules that a text, a value or its lack woke; those that no cover keeps asleep among them.
    pub candidates: u64,
    /// Rules whose condition was evaluated; those that columns decide are not.
    pub rules_evaluated: u64,
}

impl Work {
    /// The counts by name, in the order of their declaration.
    ///
    /// ```
    /// let work = tribunal_core::Work { items: 2, ..Default::default() };
    /// assert_eq!(work.named()[0], ("items", 2));
    /// ```
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 9] {
        let Work { items, tokens, filter_passes, probes, verifications, coarse_keys, regexes_woken, candidates, rules_evaluated } = *self;
        [
            ("items", items),
            ("tokens", tokens),
            ("filter_passes", filter_passes),
            ("probes", probes),
            ("verifications", verifications),
            ("coarse_keys", coarse_keys),
            ("regexes_woken", regexes_woken),
            ("candidates", candidates),
            ("rules_evaluated", rules_evaluated),
        ]
    }
}

impl std::ops::AddAssign for Work {
    fn add_assign(&mut self, other: Work) {
        self.items += other.items;
        self.tokens += other.tokens;
        self.filter_passes += other.filter_passes;
        self.probes += other.probes;
        self.verifications += other.verifications;
        self.coarse_keys += other.coarse_keys;
        self.regexes_woken += other.regexes_woken;
        self.candidates += other.candidates;
        self.rules_evaluated += other.rules_evaluated;
    }
}
