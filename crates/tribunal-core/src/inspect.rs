//! What an engine holds, what each rule takes of it, and what costs something on every item.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::{ListId, RuleId};

use crate::artefact::Part;
use crate::compile::patterns::Expression;
use crate::compile::program::{Node, Program};
use crate::engine::Engine;

/// A rule's share of the memory. A list that several rules read is shared out among them.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Engine, Limits};
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {firearms: [glock, revolver]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
///   - {id: short, when: length(caption) < 3, effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let shares = Engine::new(policy, Limits::default())?.rule_shares();
/// assert_eq!((shares[0].terms, shares[0].lists, shares[0].always_awake), (2, 1, false));
/// assert!(shares[1].terms == 0 && shares[1].always_awake && shares[0].bytes > shares[1].bytes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleShare {
    /// Which rule.
    pub rule: RuleId,
    /// Lists that its conditions read, in all markets.
    pub lists: usize,
    /// Entries of these lists, each once for each of its modes.
    pub terms: usize,
    /// Regular expressions among them.
    pub expressions: usize,
    /// Nodes of its conditions.
    pub conditions: usize,
    /// Its share of patterns, tables and conditions, in bytes.
    pub bytes: usize,
    /// Evaluated for every item.
    pub always_awake: bool,
}

/// How full a table is.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Engine, Limits};
///
/// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: {folds: plain, terms: [glock, revolver]}}\nrules: [{id: gun, when: any text has firearms, effect: {routing: review}}]";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let tables = Engine::new(policy, Limits::default())?.tables();
/// assert_eq!((tables[0].name, tables[0].tier, tables[0].keys, tables[0].entries), ("words", 1, 2, 2));
/// assert!(tables[0].longest_run >= 1 && tables[0].slots > tables[0].keys);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFill {
    /// What is looked for in it.
    pub name: &'static str,
    /// 1: looked for in every item; 2: when a rule asks.
    pub tier: usize,
    /// The folds of the texts it is for, plain ones.
    pub folds: tribunal_text::Folds,
    /// Different keys.
    pub keys: usize,
    /// What stands behind them.
    pub entries: usize,
    /// Places for keys.
    pub slots: usize,
    /// The longest run of taken places: looking for a key ends behind it.
    pub longest_run: usize,
    /// Bytes on the heap.
    pub bytes: usize,
}

/// What a regular expression waits for before it runs on a text.
///
/// ```
/// use tribunal_core::WaitsFor;
///
/// assert_eq!(WaitsFor::ALL.map(WaitsFor::name), ["literal", "letters", "character", "nothing"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitsFor {
    /// One of some literals, as they are written.
    Literal,
    /// One of some words whose letters may be stretched, spaced or replaced: sought in the letters of the text alone.
    Letters,
    /// One of some characters.
    Character,
    /// Nothing: it runs on every text.
    Nothing,
}

impl WaitsFor {
    /// All of them, the cheapest first.
    pub const ALL: [WaitsFor; 4] = [WaitsFor::Literal, WaitsFor::Letters, WaitsFor::Character, WaitsFor::Nothing];

    /// As written in reports.
    ///
    /// ```
    /// assert_eq!(tribunal_core::WaitsFor::Letters.name(), "letters");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            WaitsFor::Literal => "literal",
            WaitsFor::Letters => "letters",
            WaitsFor::Character => "character",
            WaitsFor::Nothing => "nothing",
        }
    }
}

/// The regular expressions of a tier that wait alike.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Engine, Limits, WaitsFor};
///
/// let text = "policy: {id: demo, version: '1'}\nrules: [{id: invite, when: 'caption has /join\\.example\\/[a-z0-9]+/', effect: {routing: review}}]";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let families = Engine::new(policy, Limits::default())?.expressions();
/// assert_eq!((families[0].waits_for, families[0].count), (WaitsFor::Literal, 1));
/// assert!(families.len() == 1 && families[0].bytes > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpressionFamily {
    /// What they wait for.
    pub waits_for: WaitsFor,
    /// 1: looked for in every item; 2: when a rule asks.
    pub tier: usize,
    /// How many.
    pub count: usize,
    /// Bytes on the heap, without what their searches keep for themselves.
    pub bytes: usize,
}

/// Where the memory of an engine goes, in bytes as far as they are known.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Engine, Limits};
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {firearms: {folds: plain, terms: [glock, revolver]}}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let size = Engine::new(policy, Limits::default())?.size();
/// assert_eq!((size.patterns, size.variants, size.always_awake), (2, 1, 0));
/// assert!(size.tables.iter().sum::<usize>() > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Patterns of all lists: an entry under each of its modes, and its spellings with twin letters.
    pub patterns: usize,
    /// Tables of both tiers.
    pub tables: [usize; 2],
    /// Rows of patterns, conditions and rules, without the tables that find them.
    pub rows: usize,
    /// Forms of rules over all markets.
    pub variants: usize,
    /// Different atoms of all conditions.
    pub atoms: usize,
    /// Rules without a cover: evaluated for every item.
    pub always_awake: usize,
    /// Forms of rules that are judged by column.
    pub columned: usize,
    /// Bytes of the columns.
    pub columns: usize,
}

/// Rounds over all texts that an expression is timed for, of which the fastest counts: the first fill its tables.
const ROUNDS: usize = 50;

impl Engine {
    /// Rules that no text and no value wakes: they are evaluated for every item.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: gun, when: caption has \"glock\", effect: {routing: review}}
    ///   - {id: short, when: length(caption) < 3, effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let short = policy.rule("short").ok_or("declared")?;
    /// assert_eq!(Engine::new(policy, Limits::default())?.always_awake(), [short]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn always_awake(&self) -> Vec<RuleId> {
        let mut rules: Vec<RuleId> = self.wake.always.iter().filter_map(|at| self.variants.get(*at)).map(|variant| variant.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Places of regular expressions that have no literal to wait for: they run on every text with a fitting character.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: invite, when: 'caption has /join\\.example\\/[a-z0-9]+/', effect: {routing: review}}
    ///   - {id: code, when: 'caption has /[a-z]{4}[0-9]{4}/', effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// // The first waits for `join.example/`; nothing has to stand in a text for the second.
    /// assert_eq!(Engine::new(policy, Limits::default())?.slow_regexes(), ["demo.yaml:5"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn slow_regexes(&self) -> Vec<&str> {
        self.unwaiting().map(|(_, place)| place).collect()
    }

    /// The expressions that wait for nothing, with where they are written.
    fn unwaiting(&self) -> impl Iterator<Item = (u32, &str)> {
        let ids = self.tiers.iter().flat_map(|tier| tier.regexes.without_literal());
        ids.filter_map(|id| {
            let info = self.patterns.get(self.patterns.expressions.get(id as usize)?.pattern as usize)?;
            Some((id, self.policy().lists.get(info.list.index())?.entries.get(info.entry as usize)?.place.as_str()))
        })
    }

    /// Where its memory goes.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock, revolver]}";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// // A list that no rule reads takes no patterns.
    /// assert_eq!(Engine::new(policy, Limits::default())?.size().patterns, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn size(&self) -> Size {
        let [first, second] = &self.tiers;
        Size {
            patterns: self.patterns.len(),
            tables: [first.bytes(), second.bytes()],
            rows: self.patterns.bytes() + self.program.bytes() + self.variants.bytes() + self.slots.bytes(),
            variants: self.variants.len(),
            atoms: self.program.atoms(),
            always_awake: self.wake.always.len(),
            columned: self.columns.heads.len(),
            columns: self.columns.bytes(),
        }
    }

    /// What each of the [`slow_regexes`](Engine::slow_regexes) costs: seconds to search one of these texts for all it matches,
    /// the fastest of several rounds over all of them, on this machine. 0 without texts.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: code, when: 'caption has /[a-z]{4}[0-9]{4}/', effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let engine = Engine::new(policy, Limits::default())?;
    /// let [(place, seconds)] = engine.slow_regex_seconds(&["use code save2026 at the door"])[..] else { return Err("one expression".into()) };
    /// assert!(place == "demo.yaml:4" && seconds > 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn slow_regex_seconds(&self, texts: &[&str]) -> Vec<(&str, f64)> {
        let round = |id| {
            let begin = std::time::Instant::now();
            texts.iter().for_each(|text| crate::scan::regexes::each_match(self, id, text, &mut |_, _| true));
            begin.elapsed().as_secs_f64()
        };
        let fastest = |id| (0..ROUNDS).map(|_| round(id)).fold(f64::INFINITY, f64::min);
        self.unwaiting().map(|(id, place)| (place, fastest(id) / texts.len().max(1) as f64)).collect()
    }

    /// Regular expressions by tier and by what they wait for.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert!(Engine::new(policy, Limits::default())?.expressions().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn expressions(&self) -> Vec<ExpressionFamily> {
        let mut families: BTreeMap<(usize, WaitsFor), (usize, usize)> = BTreeMap::new();
        for (tier, number) in self.tiers.iter().zip(1..) {
            for (id, waits_for) in tier.regexes.waits() {
                let (count, bytes) = families.entry((number, waits_for)).or_default();
                *count += 1;
                *bytes += self.patterns.expressions.get(id as usize).map_or(0, Expression::bytes);
            }
        }
        families.into_iter().map(|((tier, waits_for), (count, bytes))| ExpressionFamily { waits_for, tier, count, bytes }).collect()
    }

    /// Bytes in memory by part, in the order of [`Part::ALL`]; what only explaining needs aside.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits, Part};
    ///
    /// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock, revolver]}\nrules: [{id: gun, when: any text has firearms, effect: {routing: review}}]";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let parts = Engine::new(policy, Limits::default())?.parts();
    /// assert!(parts.iter().any(|(part, bytes)| *part == Part::Words && *bytes > 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn parts(&self) -> Vec<(Part, usize)> {
        let mut bytes: BTreeMap<Part, usize> = Part::ALL.into_iter().map(|part| (part, 0)).collect();
        let mut add = |part: Part, more: usize| *bytes.entry(part).or_default() += more;
        add(Part::Facts, self.facts.bytes());
        add(Part::Patterns, self.patterns.bytes());
        add(Part::Conditions, self.program.bytes());
        add(Part::Rules, self.variants.bytes() + self.slots.bytes());
        add(Part::Wake, self.wake.bytes() + self.columns.bytes());
        add(Part::Source, self.source.len());
        add(Part::Expressions, self.patterns.expressions.iter().map(Expression::bytes).sum());
        for exact in self.exact.iter().flatten() {
            add(Part::Exact, exact.bytes());
        }
        for tier in &self.tiers {
            tier.parts(&mut add);
        }
        bytes.into_iter().collect()
    }

    /// How full the tables are, first tier first.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert!(Engine::new(policy, Limits::default())?.tables().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tables(&self) -> Vec<TableFill> {
        self.tiers.iter().zip(1..).flat_map(|(tier, number)| tier.fills(number)).collect()
    }

    /// What each rule takes, by rule; rules that are off or drafts take nothing.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// assert!(Engine::new(policy, Limits::default())?.rule_shares().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rule_shares(&self) -> Vec<RuleShare> {
        let mut reads: BTreeMap<RuleId, (BTreeSet<ListId>, usize)> = BTreeMap::new();
        for (_, variant) in self.variants.iter() {
            let (lists, nodes) = reads.entry(variant.rule).or_default();
            let exceptions = variant.frame.cancels.iter().chain(variant.frame.softens.iter().map(|(cond, _)| cond));
            for cond in std::iter::once(&variant.when).chain(exceptions) {
                self.lists_below(*cond, lists, nodes);
            }
        }
        let mut readers: BTreeMap<ListId, usize> = BTreeMap::new();
        for list in reads.values().flat_map(|(lists, _)| lists) {
            *readers.entry(*list).or_default() += 1;
        }
        let patterns = self.patterns.len().max(1);
        let tables: usize = self.tables().iter().map(|table| table.bytes).sum();
        let disguises: usize = self.tiers.iter().filter_map(|tier| tier.coarse.as_ref()).map(tribunal_text::Coarse::bytes).sum();
        let evasive = self.patterns.evasive().count().max(1);
        let awake: BTreeSet<RuleId> = self.always_awake().into_iter().collect();
        let share = |(rule, (lists, conditions)): (RuleId, (BTreeSet<ListId>, usize))| {
            let mut share =
                RuleShare { rule, lists: lists.len(), terms: 0, expressions: 0, conditions, bytes: conditions * 24, always_awake: awake.contains(&rule) };
            for list in lists {
                let (mut bytes, mut terms) = (0, 0);
                for (id, info) in self.patterns.range(list).filter_map(|id| Some((id, self.patterns.get(id as usize)?))) {
                    terms += usize::from(!info.twin);
                    share.expressions += usize::from(info.pattern.is_none());
                    let own = match info.pattern {
                        Some(known) => known.steps.bytes().len(),
                        None => self.patterns.expression(id).map_or(0, Expression::bytes),
                    };
                    let disguises = if info.evasive() { disguises / evasive } else { 0 };
                    bytes += 24 + own + tables / patterns + disguises;
                }
                share.terms += terms;
                share.bytes += bytes / readers.get(&list).copied().unwrap_or(1).max(1);
            }
            share
        };
        reads.into_iter().map(share).collect()
    }

    fn lists_below(&self, node: u32, lists: &mut BTreeSet<ListId>, nodes: &mut usize) {
        *nodes += 1;
        match self.program.node(node) {
            Some(Node::And { first, count } | Node::Or { first, count }) => {
                for part in Program::parts(first, count) {
                    self.lists_below(part, lists, nodes);
                }
            }
            Some(Node::Not(inner)) => self.lists_below(inner, lists, nodes),
            Some(Node::List { atom, .. } | Node::Atom(atom) | Node::Score(atom)) => self.program.lists(atom, &mut |list| {
                lists.insert(list);
            }),
            Some(Node::Rule(_)) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Limits;

    #[test]
    fn each_expression_is_of_one_family() {
        let text = r"
policy: {id: demo, version: '1'}
terms: {guns: [glock]}
rules:
  - {id: several, when: 'caption has /join|invite/', effect: {routing: review}}
  - {id: stretched, when: 'caption has /f+r+e+e+m+o+n+e+y+/', effect: {routing: review}}
  - {id: code, when: 'caption has /[a-z]{4}[0-9]{4}/', effect: {routing: review}}
  - {id: long, when: 'caption has /.{50}/', effect: {routing: review}}
  - {id: late, when: 'caption has guns and caption has /buy.?it/', effect: {routing: review}}
";
        let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.unwrap());
        let engine = Engine::new(policy, Limits::default()).unwrap();
        let families = engine.expressions();
        let names: BTreeSet<&str> = families.iter().map(|family| family.waits_for.name()).collect();
        assert_eq!(names, BTreeSet::from(["literal", "letters", "character", "nothing"]), "{families:?}");
        assert_eq!(families.iter().map(|family| family.tier).collect::<BTreeSet<_>>(), BTreeSet::from([1, 2]), "{families:?}");
        assert_eq!(families.iter().map(|family| family.count).sum::<usize>(), 5, "{families:?}");
    }
}
