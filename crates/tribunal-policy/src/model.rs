//! The typed tree of a policy: what the files say, names resolved, every part with its place.

mod overlay;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_text::Folds;

use crate::cond::Cond;
use crate::fields::Field;
use crate::ids::{AxisId, ExceptionId, FieldId, ListId, MarketId, RuleId, ScoreId};
use crate::source::{Sources, Span};
use crate::time::Instant;

pub use overlay::{AxisChange, ListChange, Market, Override, RuleChange, Target, WhenChange};

/// A checked policy. Made by [`crate::load`]; every id in it is valid in its tables.
#[derive(Debug)]
pub struct Policy {
    /// `policy.id`.
    pub id: String,
    /// `policy.version`, as written.
    pub version: String,
    /// `policy.title`.
    pub title: Option<String>,
    /// Version of the language it is written in (1).
    pub language: u32,
    /// BLAKE3 over the files (Exact meaning 33), 64 hex digits.
    pub digest: String,
    /// Built-in fields first (fixed ids), then declared ones.
    pub fields: Vec<Field>,
    /// Effect axes in the order declared.
    pub axes: Vec<Axis>,
    /// Term lists by name, then the inline terms of conditions.
    pub lists: Vec<List>,
    /// Rules, sorted by name.
    pub rules: Vec<Rule>,
    /// Names of scores, sorted.
    pub scores: Vec<String>,
    /// Shared exceptions, sorted by name.
    pub exceptions: Vec<Exception>,
    /// Markets, parents before children.
    pub markets: Vec<Market>,
    /// Floors of the whole policy.
    pub floors: Vec<Selector>,
    /// What an item over a limit contributes.
    pub on_incomplete: Effect,
    /// The list that says which words are ordinary (guards of disguised readings).
    pub ordinary_words: Option<ListId>,
    /// Declared categories.
    pub taxonomy: Vec<Category>,
    /// Which fields a deployment scans, by surface.
    pub surfaces: BTreeMap<String, Vec<FieldId>>,
    /// Labelled items of `tests/*.jsonl`, as text lines.
    pub tests: Vec<TestLine>,
    /// The files.
    pub sources: Arc<Sources>,
}

/// A category of the taxonomy.
#[derive(Clone, Debug, Default)]
pub struct Category {
    /// Its path, `a/b`.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// Markets, languages and fields in which it is in scope; empty: all.
    pub markets: Vec<String>,
    /// Languages in scope.
    pub languages: Vec<String>,
    /// Fields in scope.
    pub fields: Vec<String>,
}

/// One labelled item of a policy's own tests.
#[derive(Clone, Debug)]
pub struct TestLine {
    /// Where it stands (a JSON line without its line end).
    pub span: Span,
    /// 1-based line number.
    pub line: u32,
}

/// An axis of effects.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// How contributions combine.
    pub kind: AxisKind,
}

/// How the contributions to an axis combine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// Values from the mildest to the strictest; the strictest contribution holds, the first one without any.
    Ordered(Vec<String>),
    /// Labels; the union holds. `Some`: only these are allowed.
    Set(Option<BTreeSet<String>>),
}

/// What a rule does: a value on some axes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Effect(pub BTreeMap<AxisId, AxisValue>);

/// A value on an axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AxisValue {
    /// Index into the values of an ordered axis.
    Level(u8),
    /// Labels of a set axis.
    Labels(BTreeSet<String>),
}

impl Effect {
    /// Takes up another effect: the strictest level, the union of labels.
    pub fn merge(&mut self, other: &Effect) {
        for (axis, value) in &other.0 {
            match (self.0.get_mut(axis), value) {
                (Some(AxisValue::Level(mine)), AxisValue::Level(theirs)) => *mine = (*mine).max(*theirs),
                (Some(AxisValue::Labels(mine)), AxisValue::Labels(theirs)) => mine.extend(theirs.iter().cloned()),
                _ => {
                    self.0.insert(*axis, value.clone());
                }
            }
        }
    }
}

/// A term list.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name; for an inline term its text as written, quotes included.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Written in a condition instead of a list.
    pub inline: bool,
    /// Leaves the house only by name.
    pub sensitive: bool,
    /// For people.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Terms and allow entries, in the order written; additions of markets behind them.
    pub entries: Vec<Entry>,
    /// How many different terms [`Entry::term`] tells apart.
    pub terms: u32,
    /// The market whose file declares it; it is empty elsewhere.
    pub scope: Option<MarketId>,
}

/// How a term is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Match {
    /// A word, white space inside being any run of it.
    Word,
    /// Words with any separators between.
    Phrase,
    /// The beginning of a word.
    Prefix,
    /// The end of a word.
    Suffix,
    /// Anywhere.
    Substring,
    /// A whole hashtag.
    Tag,
    /// A whole field or element.
    Whole,
    /// A regular expression on the original text.
    Regex,
}

impl Match {
    /// All of them, in the order of the specification.
    pub const ALL: [Match; 8] = [Match::Word, Match::Phrase, Match::Prefix, Match::Suffix, Match::Substring, Match::Tag, Match::Whole, Match::Regex];

    /// As written in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Match::Word => "word",
            Match::Phrase => "phrase",
            Match::Prefix => "prefix",
            Match::Suffix => "suffix",
            Match::Substring => "substring",
            Match::Tag => "tag",
            Match::Whole => "whole",
            Match::Regex => "regex",
        }
    }

    /// The folds of a term that says none (Exact meaning 6).
    pub fn default_folds(self) -> Folds {
        match self {
            Match::Word | Match::Phrase | Match::Tag => Folds::EVASIVE,
            Match::Prefix | Match::Suffix | Match::Substring | Match::Whole => Folds::PLAIN,
            Match::Regex => Folds::CASE,
        }
    }

    /// The mode of the text crate; `None` for a regular expression.
    pub fn mode(self) -> Option<tribunal_text::Mode> {
        Some(match self {
            Match::Word => tribunal_text::Mode::Word,
            Match::Phrase => tribunal_text::Mode::Phrase,
            Match::Prefix => tribunal_text::Mode::Prefix,
            Match::Suffix => tribunal_text::Mode::Suffix,
            Match::Substring => tribunal_text::Mode::Substring,
            Match::Tag => tribunal_text::Mode::Tag,
            Match::Whole => tribunal_text::Mode::Whole,
            Match::Regex => return None,
        })
    }
}

/// An entry of a list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The term exactly as written.
    pub text: String,
    /// A term, or a span that hides the hits inside it.
    pub allow: bool,
    /// Which term of the list it is: entries that are equal under `plain` share the number. Meaningless for allow entries.
    pub term: u32,
    /// Ways to match, each with its folds.
    pub modes: Vec<(Match, Folds)>,
    /// `lang` is tr or az: `i ı I İ` are one letter.
    pub turkish: bool,
    /// Its language; limits nothing.
    pub lang: Option<String>,
    /// In force in these markets and below; empty: everywhere. Additions and removals of overlays are in [`Entry::force`].
    pub markets: Vec<MarketId>,
    /// The overlays that touched it, in the order of [`Policy::markets`].
    pub force: Force,
    /// First second in force.
    pub since: Option<Instant>,
    /// Last moment in force.
    pub until: Option<Instant>,
    /// Only for items whose language has this primary subtag or is unknown.
    pub only_lang: Option<String>,
    /// For people.
    pub sense: Option<String>,
    /// Where the term was found.
    pub source: Option<String>,
    /// For people.
    pub note: Option<String>,
    /// Disguises the author wants caught.
    pub evasions: Vec<String>,
    /// Where it is written; for a workbook the file as a whole.
    pub span: Span,
    /// `terms/firearms.yaml:4`, or the cell of a workbook.
    pub place: String,
}

/// In which markets an entry is in force, overlays applied: `global` for items without a market, then one bit a market.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Force {
    /// For items without a (known) market.
    pub global: bool,
    /// By [`MarketId`].
    pub markets: Vec<bool>,
}

impl Force {
    /// Whether the entry is in force there.
    pub fn in_market(&self, market: Option<MarketId>) -> bool {
        match market {
            None => self.global,
            Some(id) => self.markets.get(id.index()).copied().unwrap_or(false),
        }
    }
}

/// Life cycle of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing.
    Off,
    /// Checked, examples run, never judged.
    Draft,
    /// Judged and listed, no effect.
    Shadow,
    /// In force.
    Live,
}

impl Stage {
    /// As written in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Off => "off",
            Stage::Draft => "draft",
            Stage::Shadow => "shadow",
            Stage::Live => "live",
        }
    }
}

/// What a live rule that cannot be judged contributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnUnknown {
    /// Nothing; it is listed.
    #[default]
    Ignore,
    /// `routing: review`.
    Review,
    /// Its effect.
    Apply,
}

/// A share of the items, sticky by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rollout {
    /// In, when the key's hash is below it; `None`: all (100 %).
    pub threshold: Option<u64>,
    /// Share in ten-thousandths of a percent (0 to 1,000,000).
    pub share: u32,
    /// The field whose value is hashed.
    pub by: FieldId,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The mapping it is written as.
    pub span: Span,
    /// For people.
    pub title: Option<String>,
    /// Node of the taxonomy.
    pub category: Option<String>,
    /// The public clause a statement of reasons cites.
    pub clause: Option<String>,
    /// Life cycle.
    pub stage: Stage,
    /// Sticky share.
    pub rollout: Option<Rollout>,
    /// Its condition.
    pub when: Cond,
    /// Its exception.
    pub unless: Option<Unless>,
    /// When it cannot be judged.
    pub on_unknown: OnUnknown,
    /// Whether `on_unknown` is written out.
    pub says_on_unknown: bool,
    /// What it does.
    pub effect: Effect,
    /// Points it gives to scores, in thousandths.
    pub points: BTreeMap<ScoreId, i64>,
    /// For people and reports.
    pub severity: Option<String>,
    /// Why the rule exists.
    pub rationale: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// Law it rests on.
    pub legal_basis: Option<String>,
    /// First second in force.
    pub effective_from: Option<Instant>,
    /// End of force.
    pub effective_until: Option<Instant>,
    /// When somebody has to look again.
    pub review_by: Option<Instant>,
    /// No market may be milder.
    pub floor: bool,
    /// Texts for those concerned, by language.
    pub notice: BTreeMap<String, String>,
    /// Items it must fire on and must not fire on.
    pub examples: Examples,
    /// The market whose file declares it; in force there and below only.
    pub scope: Option<MarketId>,
}

/// A rule's own exception.
#[derive(Clone, Debug, PartialEq)]
pub struct Unless {
    /// Its condition.
    pub when: Cond,
    /// The effect in place of the rule's own; `None`: the rule does not fire.
    pub becomes: Option<Effect>,
}

/// Examples of a rule.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// The rule fires on these.
    pub violates: Vec<Example>,
    /// The rule does not fire on these.
    pub allowed: Vec<Example>,
}

/// An item in an example.
#[derive(Clone, Debug)]
pub struct Example {
    /// Where it stands.
    pub span: Span,
    /// The item as a JSON object (a bare text is a caption).
    pub item: String,
}

/// A shared exception.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// The rules it serves.
    pub applies_to: Vec<Selector>,
    /// Rules it must never serve.
    pub never: Vec<Selector>,
    /// Its condition.
    pub when: Cond,
    /// The effect in place of the rules' own; `None`: they do not fire.
    pub becomes: Option<Effect>,
    /// Why.
    pub reason: Option<String>,
    /// The market whose file declares it.
    pub scope: Option<MarketId>,
}

/// Rules by name or by category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Where it is written.
    pub span: Span,
    /// What it picks.
    pub kind: SelectorKind,
}

/// What a selector picks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectorKind {
    /// One rule.
    Rule(RuleId),
    /// The rules of exactly this category.
    Category(String),
    /// `x/*`: the rules of `x` and of every category under it.
    Under(String),
    /// `*`: every rule.
    All,
}

impl Selector {
    /// Whether it picks the rule.
    pub fn picks(&self, id: RuleId, rule: &Rule) -> bool {
        let category = rule.category.as_deref().unwrap_or("");
        match &self.kind {
            SelectorKind::Rule(named) => *named == id,
            SelectorKind::Category(name) => category == name,
            SelectorKind::Under(name) => category.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            SelectorKind::All => true,
        }
    }
}

impl Policy {
    /// The rule of that name.
    pub fn rule(&self, name: &str) -> Option<RuleId> {
        let at = self.rules.binary_search_by(|rule| rule.name.as_str().cmp(name)).ok()?;
        Some(RuleId(u32::try_from(at).ok()?))
    }

    /// The market of that name (ASCII case ignored).
    pub fn market(&self, name: &str) -> Option<MarketId> {
        let at = self.markets.iter().position(|market| market.name.eq_ignore_ascii_case(name))?;
        Some(MarketId(u32::try_from(at).ok()?))
    }

    /// The axis of that name.
    pub fn axis(&self, name: &str) -> Option<AxisId> {
        let at = self.axes.iter().position(|axis| axis.name == name)?;
        Some(AxisId(u32::try_from(at).ok()?))
    }

    /// The field of that name (aliases included).
    pub fn field(&self, name: &str) -> Option<FieldId> {
        crate::fields::find(&self.fields, name)
    }

    /// The market and those above it, from the root down.
    pub fn lineage(&self, market: MarketId) -> Vec<MarketId> {
        let mut line = vec![market];
        let mut at = market;
        while let Some(parent) = self.markets.get(at.index()).and_then(|m| m.parent) {
            if line.contains(&parent) {
                break;
            }
            line.push(parent);
            at = parent;
        }
        line.reverse();
        line
    }

    /// Whether `market` is `ancestor` or below it.
    pub fn is_within(&self, market: MarketId, ancestor: MarketId) -> bool {
        // A chain is never longer than there are markets, whatever a broken policy says.
        let mut at = Some(market);
        for _ in 0..=self.markets.len() {
            match at {
                Some(here) if here == ancestor => return true,
                Some(here) => at = self.markets.get(here.index()).and_then(|market| market.parent),
                None => return false,
            }
        }
        false
    }

    /// Whether `market = literal` holds for an item's `market` text (Exact meaning 16): equal without regard to ASCII case,
    /// or a declared market below the literal.
    pub fn market_matches(&self, market: &str, literal: &str) -> bool {
        if market.eq_ignore_ascii_case(literal) {
            return true;
        }
        match (self.market(market), self.market(literal)) {
            (Some(market), Some(literal)) => self.is_within(market, literal),
            _ => false,
        }
    }
}

/// Whether `lang = literal` holds: equal without regard to ASCII case, or the literal followed by a subtag.
pub fn lang_matches(lang: &str, literal: &str) -> bool {
    lang.get(..literal.len()).is_some_and(|head| head.eq_ignore_ascii_case(literal)) && matches!(lang.as_bytes().get(literal.len()), None | Some(b'-' | b'_'))
}

/// Everything a rule is in one market: overlays applied, exceptions attached.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveRule {
    /// Which rule.
    pub rule: RuleId,
    /// Life cycle there.
    pub stage: Stage,
    /// Sticky share there.
    pub rollout: Option<Rollout>,
    /// Condition there.
    pub when: Cond,
    /// Exceptions that cancel: the rule fires when none of them is true.
    pub cancels: Vec<(ExceptionSource, Cond)>,
    /// Exceptions that soften: when true, their effect stands in place of the rule's own.
    pub softens: Vec<(ExceptionSource, Cond, Effect)>,
    /// When it cannot be judged.
    pub on_unknown: OnUnknown,
    /// What it does there.
    pub effect: Effect,
    /// Points, in thousandths.
    pub points: BTreeMap<ScoreId, i64>,
    /// First second in force.
    pub effective_from: Option<Instant>,
    /// End of force.
    pub effective_until: Option<Instant>,
    /// The overlays that changed it: market and index into its overrides, from the root down.
    pub overlays: Vec<(MarketId, u32)>,
}

/// Where an exception comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExceptionSource {
    /// The rule's own `unless`.
    Own,
    /// A shared one.
    Shared(ExceptionId),
}
