//! What is in a compiled policy, and what each rule takes of it.

use serde::Serialize;
use tribunal_core::Engine;

use crate::decision::{self, FORMAT, PolicyRef};

/// What an engine holds.
///
/// ```
/// use tribunal::{Moderator, inspect};
///
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules: [{id: gun, when: caption has \"glock\", effect: {routing: review}}]")?;
/// let found = inspect(moderator.engine(), None, 10);
/// assert_eq!((found.rules, found.patterns, found.largest[0].rule.as_str()), (1, 1, "gun"));
/// assert!(found.memory_bytes > 0 && found.always_awake.is_empty());
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "What an engine holds."))]
pub struct Inspection {
    /// Version of this shape.
    pub format: u32,
    /// Which policy.
    pub policy: PolicyRef,
    /// Bytes of the compiled file, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<u64>,
    /// The items by which the rules' triggers were chosen, when there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileRow>,
    /// Bytes in memory, as far as they are counted.
    pub memory_bytes: u64,
    /// The same by part.
    pub parts: Vec<PartBytes>,
    /// Rules of the policy.
    pub rules: u64,
    /// Forms that they take over all markets.
    pub forms: u64,
    /// Entries of lists that are looked for, once for each of their modes.
    pub patterns: u64,
    /// Different conditions without parts.
    pub conditions: u64,
    /// How full the tables are.
    pub tables: Vec<TableRow>,
    /// Regular expressions by what they wait for.
    pub expressions: Vec<ExpressionRow>,
    /// Rules that no text and no value wakes: they are evaluated for every item.
    pub always_awake: Vec<String>,
    /// Places of regular expressions without a literal to wait for: they run on every text.
    pub slow_regexes: Vec<String>,
    /// The rules that take most, most first.
    pub largest: Vec<RuleBytes>,
}

/// What a policy was compiled by, beside itself.
///
/// ```
/// # use tribunal::{Moderator, Sampler};
/// # let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nterms: {guns: [glock]}")?;
/// let mut sampler = Sampler::new(moderator.policy(), Default::default())?;
/// sampler.see(&moderator.read_json(r#"{"caption": "my glock"}"#)?);
/// let found = tribunal::inspect(&sampler.compile()?, None, 10);
/// assert_eq!(found.profile.map(|profile| profile.items), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileRow {
    /// How many items were counted.
    pub items: u64,
    /// BLAKE3 of what was counted in them.
    pub digest: String,
}

impl ProfileRow {
    /// The row of a profile.
    pub fn of(profile: &tribunal_core::Profile) -> ProfileRow {
        ProfileRow { items: profile.items, digest: format!("b3:{}", profile.digest) }
    }
}

/// Bytes of a part.
///
/// ```
/// # use tribunal::{Moderator, inspect};
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}")?;
/// assert_eq!(inspect(moderator.engine(), None, 10).parts[0].part, "facts");
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "Bytes of a part."))]
pub struct PartBytes {
    /// Its name.
    pub part: String,
    /// Bytes in memory.
    pub bytes: u64,
}

/// How full a table is.
///
/// ```
/// # use tribunal::{Moderator, inspect};
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules: [{id: gun, when: caption has \"glock\", effect: {routing: review}}]")?;
/// assert_eq!(inspect(moderator.engine(), None, 10).tables[0].keys, 1);
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "How full a table is."))]
pub struct TableRow {
    /// What is looked for in it.
    pub table: String,
    /// 1: in every item; 2: when a rule asks.
    pub tier: u64,
    /// Plain folds of the texts it is for.
    pub folds: String,
    /// Different keys.
    pub keys: u64,
    /// What stands behind them.
    pub entries: u64,
    /// Places for keys.
    pub slots: u64,
    /// The longest run of taken places: looking for a key ends behind it.
    pub longest_run: u64,
    /// Bytes in memory.
    pub bytes: u64,
}

/// Regular expressions that wait alike.
///
/// ```
/// # use tribunal::{Moderator, inspect};
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules: [{id: code, when: 'caption has /[a-z]{4}[0-9]{4}/', effect: {routing: review}}]")?;
/// let found = inspect(moderator.engine(), None, 10);
/// assert_eq!((found.expressions[0].waits_for.as_str(), found.expressions[0].count), ("character", 1));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "Regular expressions that wait alike."))]
pub struct ExpressionRow {
    /// `literal`, `letters` (of words that may be stretched, spaced or replaced), `character`, or `nothing`: those run on every text.
    pub waits_for: String,
    /// 1: in every item; 2: when a rule asks.
    pub tier: u64,
    /// How many.
    pub count: u64,
    /// Bytes in memory.
    pub bytes: u64,
}

/// What a rule takes. A list that several rules read is shared out among them.
///
/// ```
/// # use tribunal::{Moderator, inspect};
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}\nrules: [{id: gun, when: caption has \"glock\", effect: {routing: review}}]")?;
/// let gun = &inspect(moderator.engine(), None, 10).largest[0];
/// assert_eq!((gun.terms, gun.share), (1, 1.0));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "What a rule takes."))]
pub struct RuleBytes {
    /// Its name.
    pub rule: String,
    /// Lists that it reads.
    pub lists: u64,
    /// Their entries, once for each of their modes.
    pub terms: u64,
    /// Regular expressions among them.
    pub expressions: u64,
    /// Nodes of its conditions.
    pub conditions: u64,
    /// Bytes of patterns, tables and conditions.
    pub bytes: u64,
    /// Its share of what all rules take, 0 to 1.
    pub share: f64,
}

/// Looks into an engine; `most` rules are told. `file_bytes`: of a compiled file.
///
/// ```
/// # use tribunal::{Moderator, inspect};
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}")?;
/// assert_eq!(inspect(moderator.engine(), Some(700), 10).file_bytes, Some(700));
/// # Ok::<(), tribunal::Error>(())
/// ```
pub fn inspect(engine: &Engine, file_bytes: Option<u64>, most: usize) -> Inspection {
    let facts = engine.facts();
    let size = engine.size();
    let parts: Vec<PartBytes> = engine.parts().into_iter().map(|(part, bytes)| PartBytes { part: part.name().to_owned(), bytes: bytes as u64 }).collect();
    let tables = engine.tables().into_iter().map(|table| TableRow {
        table: table.name.to_owned(),
        tier: table.tier as u64,
        folds: table.folds.to_string(),
        keys: table.keys as u64,
        entries: table.entries as u64,
        slots: table.slots as u64,
        longest_run: table.longest_run as u64,
        bytes: table.bytes as u64,
    });
    let expressions = engine.expressions().into_iter().map(|family| ExpressionRow {
        waits_for: family.waits_for.name().to_owned(),
        tier: family.tier as u64,
        count: family.count as u64,
        bytes: family.bytes as u64,
    });
    let mut shares = engine.rule_shares();
    let all: usize = shares.iter().map(|share| share.bytes).sum();
    shares.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.rule.cmp(&b.rule)));
    let largest = shares.iter().take(most).map(|share| RuleBytes {
        rule: facts.rule_name(share.rule).to_owned(),
        lists: share.lists as u64,
        terms: share.terms as u64,
        expressions: share.expressions as u64,
        conditions: share.conditions as u64,
        bytes: share.bytes as u64,
        share: (share.bytes as f64 / all.max(1) as f64 * 10_000.0).round() / 10_000.0,
    });
    Inspection {
        format: FORMAT,
        policy: decision::policy_of(facts),
        file_bytes,
        profile: engine.profile().map(ProfileRow::of),
        memory_bytes: parts.iter().map(|part| part.bytes).sum(),
        parts,
        rules: facts.rules() as u64,
        forms: size.variants as u64,
        patterns: size.patterns as u64,
        conditions: size.atoms as u64,
        tables: tables.collect(),
        expressions: expressions.collect(),
        always_awake: engine.always_awake().iter().map(|rule| facts.rule_name(*rule).to_owned()).collect(),
        slow_regexes: engine.slow_regexes().into_iter().map(str::to_owned).collect(),
        largest: largest.collect(),
    }
}
