//! Texts on their way out: what the lists of a policy hit in them is masked.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use tribunal_core::{Call, CompileError, Engine, Item, Limits, Scratch, Value};
use tribunal_policy::cond::{Cond, CondKind, Literal, Op, Operand, Test};
use tribunal_policy::model::{Override, Target};
use tribunal_policy::{FieldId, ListId, MarketId, Policy, RuleId};

use crate::finding_way::{market_name, markets, probe};

/// How much of a text leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reveal {
    /// Hits keep their first letter, and so does what some rule acts on by itself, where no rule fires too: an allowed example quotes it.
    /// Sensitive ones are replaced by the list's name.
    #[default]
    Masked,
    /// Only sensitive hits are replaced.
    Full,
}

/// Masks texts by the engine's own hits, so that a disguise is masked as well as the term.
pub struct Masker {
    engine: Engine,
    policy: Arc<Policy>,
    caption: Option<FieldId>,
    reveal: Reveal,
    /// Sensitive terms in lower case, with their list: wherever they stand, inside an allowed phrase too.
    sensitive: Vec<(String, String)>,
    /// Lists of which one term is enough for a rule to act.
    alone: BTreeSet<ListId>,
    scratch: Mutex<Scratch>,
}

struct Caption<'a>(&'a str, Option<FieldId>, Option<&'a str>);

impl Item for Caption<'_> {
    fn value(&self, field: FieldId) -> Value<'_> {
        match self.2 {
            _ if Some(field) == self.1 => Value::Text(self.0),
            Some(market) if field == FieldId::MARKET => Value::Text(market),
            _ => Value::Missing,
        }
    }
}

impl Masker {
    /// A masker for the texts of a policy.
    ///
    /// # Errors
    ///
    /// When no engine can be built of the policy.
    pub fn new(policy: &Policy, reveal: Reveal) -> Result<Masker, CompileError> {
        // It has the lists and markets of the policy, and a rule for each list.
        let probe = Arc::new(probe(policy));
        let engine = Engine::new(Arc::clone(&probe), Limits::default())?;
        let lists = policy.lists.iter().filter(|list| list.sensitive);
        let terms = lists.flat_map(|list| list.entries.iter().filter(|entry| !entry.allow).map(|entry| (entry.text.to_lowercase(), list.name.clone())));
        let mut sensitive: Vec<(String, String)> = terms.filter(|(term, _)| !term.trim().is_empty()).collect();
        // The longest first: a term may be part of another.
        sensitive.sort_by_key(|(term, _)| std::cmp::Reverse(term.len()));
        let alone = if reveal == Reveal::Masked { acting_alone(policy) } else { BTreeSet::new() };
        Ok(Masker { engine, alone, caption: policy.field("caption"), policy: probe, reveal, sensitive, scratch: Mutex::default() })
    }

    /// The text as it may leave: `hits` keep their first letter unless all is revealed, sensitive terms are replaced by the name of
    /// their list.
    pub fn mask(&self, text: &str, hits: &[Range<usize>]) -> String {
        let mut spans = self.own_hits(text);
        hits.iter().filter(|_| self.reveal == Reveal::Masked).for_each(|range| join(&mut spans, range.clone(), None));
        spans.sort_by_key(|(range, _)| range.start);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, name) in spans.into_iter().filter(|(range, _)| text.get(range.clone()).is_some()) {
            if range.start < at {
                continue;
            }
            out.push_str(text.get(at..range.start).unwrap_or(""));
            match name {
                Some(list) => out.push_str(&format!("[{list}]")),
                None => out.push_str(&crate::mask(text.get(range.clone()).unwrap_or(""))),
            }
            at = range.end;
        }
        out.push_str(text.get(at..).unwrap_or(""));
        self.scrub(out)
    }

    /// Whether a text holds a sensitive term, disguised or not.
    pub fn is_sensitive(&self, text: &str) -> bool {
        self.own_hits(text).iter().any(|(_, name)| name.is_some()) || self.scrub(text.to_owned()) != text
    }

    /// Where the engine finds sensitive terms, with their list, and those on which a rule acts by themselves; disguised ones too, whether
    /// a rule fires on them or not.
    fn own_hits(&self, text: &str) -> Vec<(Range<usize>, Option<String>)> {
        let mut found: Vec<(Range<usize>, Option<String>)> = Vec::new();
        if self.sensitive.is_empty() && self.alone.is_empty() {
            return found;
        }
        let mut scratch = self.scratch.lock().map(|mut scratch| std::mem::take(&mut *scratch)).unwrap_or_default();
        // Lists and terms of one market are looked for there only.
        let scoped = self.policy.lists.iter().any(|list| list.scope.is_some() || list.entries.iter().any(|entry| !entry.force.global));
        for market in markets(&self.policy).take(if scoped { usize::MAX } else { 1 }) {
            let name = market_name(&self.policy, market);
            let item = Caption(text, self.caption, market.map(|_| name.as_str()));
            self.engine.classify(&item, Call::default(), &mut scratch);
            for hit in self.engine.evidence(&item, Call::default(), &mut scratch).iter().flat_map(|(_, hits)| hits) {
                let Some(list) = self.policy.lists.get(hit.list.index()) else { continue };
                if !list.sensitive && !self.alone.contains(&hit.list) {
                    continue;
                }
                join(&mut found, hit.start as usize..hit.end as usize, list.sensitive.then(|| list.name.clone()));
            }
        }
        if let Ok(mut slot) = self.scratch.lock() {
            *slot = scratch;
        }
        found
    }

    /// Takes out sensitive terms that are left, whatever surrounds them.
    pub(crate) fn scrub(&self, mut text: String) -> String {
        for (term, list) in &self.sensitive {
            let shown = format!("[{}]", if list.to_lowercase().contains(term.as_str()) { "sensitive" } else { list });
            let mut from = 0;
            while let Some(range) = text.get(from..).and_then(|rest| find_ignoring_case(rest, term)) {
                let start = from + range.start;
                text.replace_range(start..from + range.end, &shown);
                from = start + shown.len();
            }
        }
        text
    }
}

/// Takes up a stretch of text. Those that overlap are one, for which the name of a sensitive list stands where one of them has such a name.
fn join(spans: &mut Vec<(Range<usize>, Option<String>)>, range: Range<usize>, name: Option<String>) {
    let meets = |other: &Range<usize>| other.start < range.end && range.start < other.end;
    let (met, rest): (Vec<_>, Vec<_>) = std::mem::take(spans).into_iter().partition(|(other, _)| meets(other));
    *spans = rest;
    let (mut whole, mut of) = (range.clone(), None);
    for (other, name) in met {
        whole = whole.start.min(other.start)..whole.end.max(other.end);
        of = of.or(name);
    }
    spans.push((whole, of.or(name)));
}

/// Lists of which one term is enough for a rule to act in some market, whatever the item is beside: what stands with other terms only, or
/// excuses, is not among them.
fn acting_alone(policy: &Policy) -> BTreeSet<ListId> {
    fn of(cond: &Cond) -> BTreeSet<ListId> {
        let asks = |cond: &&Cond| {
            let mut found = false;
            cond.lists(&mut |_, negated| found |= !negated);
            found
        };
        match &cond.kind {
            CondKind::Has(_, Test::Any(lists) | Test::AtLeast(1, lists)) => lists.iter().copied().collect(),
            // One hit is at least one, and more than any number below it.
            CondKind::Compare(value, op @ (Op::Ge | Op::Gt), Operand::Literal(Literal::Number(bound))) if op.holds(bound.cmp_thousandths(1000)) => {
                value.lists().iter().copied().collect()
            }
            CondKind::Or(parts) => parts.iter().flat_map(of).collect(),
            CondKind::And(parts) => match parts.iter().filter(asks).collect::<Vec<_>>().as_slice() {
                [only] => of(only),
                _ => BTreeSet::new(),
            },
            _ => BTreeSet::new(),
        }
    }
    let mut found: BTreeSet<ListId> = policy.rules.iter().filter(|rule| !rule.effect.0.is_empty()).flat_map(|rule| of(&rule.when)).collect();
    // Where a market puts another condition in place of a rule's own, adds to it, or gives it an effect.
    for (id, market) in (0_u32..).map(MarketId).zip(&policy.markets) {
        let target = |change: &Override| if let Target::Rule(rule, _) = change.target { Some(rule) } else { None };
        let changed: BTreeSet<RuleId> = market.overrides.iter().filter_map(target).collect();
        let here = policy.effective_of(Some(id), &|rule| changed.contains(&rule));
        found.extend(here.iter().filter(|rule| !rule.effect.0.is_empty()).flat_map(|rule| of(&rule.when)));
    }
    found
}

/// Where a text in lower case stands in another, case aside.
fn find_ignoring_case(text: &str, lower: &str) -> Option<Range<usize>> {
    text.char_indices().find_map(|(start, _)| {
        let mut wanted = lower.chars().peekable();
        for (offset, c) in text.get(start..)?.char_indices() {
            if wanted.peek().is_none() {
                return Some(start..start + offset);
            }
            if !c.to_lowercase().all(|c| wanted.next() == Some(c)) {
                return None;
            }
        }
        wanted.peek().is_none().then_some(start..text.len())
    })
}
