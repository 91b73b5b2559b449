//! Small numbers that stand for the named things of one policy.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            /// Its place in the policy's table.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A field: an index into [`crate::Policy::fields`].
    ///
    /// ```
    /// use tribunal_policy::FieldId;
    ///
    /// let policy = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?;
    /// let caption = policy.field("caption").ok_or("built in")?;
    /// assert_eq!((policy.fields[caption.index()].name.as_str(), policy.field_name(caption)), ("caption", "caption"));
    /// // A few have the same number in every policy.
    /// assert_eq!(policy.field("market"), Some(FieldId::MARKET));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    FieldId
);
id!(
    /// A term list: an index into [`crate::Policy::lists`].
    ///
    /// ```
    /// use tribunal_policy::ListId;
    ///
    /// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock], sale: [selling]}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// assert_eq!((policy.list_name(ListId(1)), policy.lists[ListId(1).index()].entries.len()), ("sale", 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ListId
);
id!(
    /// A rule: an index into [`crate::Policy::rules`], which is sorted by name.
    ///
    /// ```
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, title: Firearms, when: any text has \"glock\", effect: {routing: review}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let gun = policy.rule("gun").ok_or("declared")?;
    /// assert_eq!(policy.rules[gun.index()].title.as_deref(), Some("Firearms"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    RuleId
);
id!(
    /// A score: an index into [`crate::Policy::scores`].
    ///
    /// ```
    /// use tribunal_policy::ScoreId;
    ///
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: links, when: link_count(caption) > 3, points: {spam: 2.5}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// assert_eq!((policy.scores[0].as_str(), policy.rules[0].points[&ScoreId(0)]), ("spam", 2_500));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ScoreId
);
id!(
    /// A shared exception: an index into [`crate::Policy::exceptions`].
    ///
    /// ```
    /// use tribunal_policy::{ExceptionId, model::ExceptionSource};
    ///
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules: [{id: gun, when: any text has "glock", effect: {routing: review}}]
    /// exceptions: [{id: news, applies_to: [gun], when: any text has "police reports"}]
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// assert_eq!(policy.effective(None)[0].cancels[0].0, ExceptionSource::Shared(ExceptionId(0)));
    /// assert_eq!(policy.exceptions[ExceptionId(0).index()].name, "news");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ExceptionId
);
id!(
    /// A market: an index into [`crate::Policy::markets`].
    ///
    /// ```
    /// let text = "policy: {id: demo, version: '1'}\nmarkets: [{market: LATAM}, {market: BR, inherits: LATAM}]";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let brazil = policy.market("br").ok_or("declared")?;
    /// assert_eq!(policy.markets[brazil.index()].parent, policy.market("LATAM"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    MarketId
);
id!(
    /// An effect axis: an index into [`crate::Policy::axes`].
    ///
    /// ```
    /// let policy = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?;
    /// let routing = policy.axis("routing").ok_or("a default axis")?;
    /// assert_eq!(policy.axes[routing.index()].name, "routing");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
