//! What of a policy a decision is written with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tribunal_policy::fields::Field;
use tribunal_policy::model::Axis;
use tribunal_policy::{FieldId, MarketId, Policy, RuleId};

use crate::artefact::column::Pieces;
use crate::artefact::{LoadError, Part, Reader, Writer};

/// What of a policy a decision is written with: its identity, its fields, axes and markets, the names of its rules and their
/// notices. An engine that was loaded from a compiled policy has them at hand; the whole policy it reads when asked.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Engine, Limits};
///
/// let text = "policy: {id: demo, version: '5.10'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}, notice: {en: Not here.}}";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let (gun, engine) = (policy.rule("gun").ok_or("declared")?, Engine::new(policy, Limits::default())?);
/// let facts = engine.facts();
/// assert_eq!((facts.id.as_str(), facts.version.as_str(), facts.rule_name(gun)), ("demo", "5.10", "gun"));
/// assert_eq!(facts.notice(gun).ok_or("written")?["en"], "Not here.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Facts {
    /// `policy.id`.
    pub id: String,
    /// `policy.version`, as written.
    pub version: String,
    /// BLAKE3 over the policy's files, 64 hex digits.
    pub digest: String,
    /// Version of the language it is written in.
    pub language: u32,
    /// Built-in fields first, then declared ones.
    pub fields: Vec<Field>,
    /// Effect axes in the order declared.
    pub axes: Vec<Axis>,
    pub(crate) markets: Vec<MarketFacts>,
    pub(crate) lists: usize,
    rules: Pieces,
    /// By rule, postcard; empty where a rule has none.
    notices: Pieces,
}

/// A market's name and the one above it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MarketFacts {
    pub(crate) name: String,
    pub(crate) parent: Option<MarketId>,
}

/// As it is kept in a file.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    version: String,
    language: u32,
    fields: Vec<Field>,
    axes: Vec<Axis>,
    markets: Vec<MarketFacts>,
    lists: u32,
}

impl Facts {
    pub(crate) fn of(policy: &Policy) -> Facts {
        let notice = |notice: &BTreeMap<String, String>| if notice.is_empty() { Vec::new() } else { postcard::to_stdvec(notice).unwrap_or_default() };
        Facts {
            id: policy.id.clone(),
            version: policy.version.clone(),
            digest: policy.digest.clone(),
            language: policy.language,
            fields: policy.fields.clone(),
            axes: policy.axes.clone(),
            markets: policy.markets.iter().map(|market| MarketFacts { name: market.name.clone(), parent: market.parent }).collect(),
            lists: policy.lists.len(),
            rules: Pieces::new(policy.rules.iter().map(|rule| rule.name.as_bytes())),
            notices: if policy.rules.iter().any(|rule| !rule.notice.is_empty()) {
                Pieces::new(policy.rules.iter().map(|rule| notice(&rule.notice)))
            } else {
                Pieces::default()
            },
        }
    }

    /// The name of a rule; empty when there is no such rule.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tribunal_core::{Engine, Limits};
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert_eq!(Engine::new(policy, Limits::default())?.facts().rule_name(tribunal_policy::RuleId(7)), "");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rule_name(&self, rule: RuleId) -> &str {
        self.rules.text(rule.index())
    }

    /// How many rules there are.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tribunal_core::{Engine, Limits};
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert_eq!(Engine::new(policy, Limits::default())?.facts().rules(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// What a rule says to those concerned, by language; `None` when nothing.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tribunal_core::{Engine, Limits};
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert_eq!(Engine::new(policy, Limits::default())?.facts().notice(tribunal_policy::RuleId(7)), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notice(&self, rule: RuleId) -> Option<BTreeMap<String, String>> {
        let bytes = self.notices.get(rule.index());
        if bytes.is_empty() { None } else { postcard::from_bytes(bytes).ok() }
    }

    /// The name of a field; empty when there is no such field.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tribunal_core::{Engine, Limits};
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert_eq!(Engine::new(policy, Limits::default())?.facts().field_name(tribunal_policy::FieldId::MARKET), "market");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn field_name(&self, field: FieldId) -> &str {
        self.fields.get(field.index()).map_or("", |field| field.name.as_str())
    }

    /// The name of a market.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tribunal_core::{Engine, Limits};
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}\nmarkets: [{market: BR}]").policy.ok_or("no errors")?);
    /// assert_eq!(Engine::new(policy, Limits::default())?.facts().market_name(tribunal_policy::MarketId(0)), Some("BR"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn market_name(&self, market: MarketId) -> Option<&str> {
        self.markets.get(market.index()).map(|market| market.name.as_str())
    }

    /// The market of that name (ASCII case ignored).
    pub(crate) fn market(&self, name: &str) -> Option<MarketId> {
        // Asked for every item: most markets differ in their first letter.
        let first = name.as_bytes().first()?.to_ascii_lowercase();
        let begins = |market: &MarketFacts| market.name.as_bytes().first().is_some_and(|byte| byte.to_ascii_lowercase() == first);
        let at = self.markets.iter().position(|market| begins(market) && market.name.eq_ignore_ascii_case(name))?;
        Some(MarketId(u32::try_from(at).ok()?))
    }

    /// A market and those above it, from below.
    pub(crate) fn line(&self, market: Option<MarketId>) -> impl Iterator<Item = (MarketId, &MarketFacts)> {
        let found = |id: MarketId| Some((id, self.markets.get(id.index())?));
        // A chain is no longer than there are markets.
        std::iter::successors(market.and_then(found), move |(_, market)| market.parent.and_then(found)).take(self.markets.len())
    }

    /// Whether a market is one of that name or lies below it.
    pub(crate) fn market_matches(&self, market: &str, literal: &str) -> bool {
        market.eq_ignore_ascii_case(literal) || self.market(literal).is_some_and(|wanted| self.line(self.market(market)).any(|(market, _)| market == wanted))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rules.size() + self.notices.size()
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        out.value(
            Part::Facts,
            &Kept {
                id: self.id.clone(),
                version: self.version.clone(),
                language: self.language,
                fields: self.fields.clone(),
                axes: self.axes.clone(),
                markets: self.markets.clone(),
                lists: u32::try_from(self.lists).unwrap_or(u32::MAX),
            },
        );
        out.pieces(Part::Facts, &self.rules);
        out.pieces(Part::Facts, &self.notices);
    }

    pub(crate) fn load(from: &mut Reader) -> Result<Facts, LoadError> {
        let digest = from.digest();
        let Kept { id, version, language, mut fields, axes, markets, lists } = from.value(Part::Facts)?;
        for field in &mut fields {
            field.alias = tribunal_policy::fields::alias_of(&field.name);
        }
        Ok(Facts {
            id,
            version,
            digest,
            language,
            fields,
            axes,
            markets,
            lists: lists as usize,
            rules: from.pieces(Part::Facts)?,
            notices: from.pieces(Part::Facts)?,
        })
    }
}
