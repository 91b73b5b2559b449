//! The second, slower pass: why a verdict is as it is.

use tribunal_policy::cond::{Cond, CondKind, Operand, Test, Value};
use tribunal_policy::model::{EffectiveRule, ExceptionSource, Match};
use tribunal_policy::num::Num;
use tribunal_policy::{FieldId, ListId, RuleId};
use tribunal_text::{Folds, Pattern, undone};

use super::Eval;
use super::atoms::{FoundHit, Origin};
use super::fields::Seen;
use super::values::Val;
use crate::engine::{Call, Engine};
use crate::item::Item;
use crate::scratch::{RuleState, Scratch};
use crate::truth::Truth;

/// A hit as evidence.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("my gl0ck", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits::default())?;
/// let mut scratch = Scratch::new();
/// engine.classify(&post, Call::default(), &mut scratch);
/// let hit = &engine.evidence(&post, Call::default(), &mut scratch)[0].1[0];
/// let list = &engine.policy().lists[hit.list.index()];
/// assert_eq!((&post.0[hit.start as usize..hit.end as usize], list.entries[hit.entry as usize].text.as_str()), ("gl0ck", "glock"));
/// assert_eq!((hit.field, hit.element, hit.undone), (post.1, None, tribunal_text::Folds::LEET));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The field.
    pub field: FieldId,
    /// The element of a list field.
    pub element: Option<u32>,
    /// First byte in the original text of the field or element.
    pub start: u32,
    /// First byte behind it.
    pub end: u32,
    /// The list.
    pub list: ListId,
    /// The entry of the list that explains the span with the fewest folds.
    pub entry: u32,
    /// What had to be undone.
    pub undone: Folds,
}

/// A value that a condition saw.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch, SeenValue};
/// use tribunal_policy::num::Num;
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: shouting, when: uppercase_ratio(caption) > 80% and author.age < 18, effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("MY NEW BIKE", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits::default())?;
/// let traces = engine.trace(&post, Call::default(), &mut Scratch::new(), &mut |_, _| true);
/// let [ratio, age] = &traces[0].when.parts[..] else { return Err("two parts".into()) };
/// assert_eq!(ratio.seen, [SeenValue::Number(Num::Float(1.0))]);
/// assert_eq!(age.seen, [SeenValue::Unknown]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum SeenValue {
    /// Not known: missing, pending, of a wrong type, or over a limit.
    Unknown,
    /// A text or an id.
    Text(String),
    /// A number.
    Number(Num),
    /// A whole number between two ends.
    Range(u64, Option<u64>),
    /// Points, in thousandths, between two ends.
    Points(i64, i64),
    /// True or false.
    Bool(bool),
    /// Seconds since 1970-01-01 UTC.
    Time(i64),
    /// A list of ids or texts: how many elements.
    List(usize),
}

/// A condition with its truth.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch, Step, Truth};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: gun, when: caption has \"glock\" and not caption has \"toy\", effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("a toy glock", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits::default())?;
/// let traces = engine.trace(&post, Call::default(), &mut Scratch::new(), &mut |_, _| true);
/// let Step { truth, parts, .. } = &traces[0].when;
/// assert_eq!((*truth, parts[0].truth, parts[1].truth), (Truth::False, Truth::True, Truth::False));
/// assert_eq!(engine.policy().print(&parts[1].cond), "not caption has \"toy\"");
/// assert_eq!((parts[0].hits.len(), parts[1].parts[0].hits.len()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The condition.
    pub cond: Cond,
    /// Its truth.
    pub truth: Truth,
    /// Values that a comparison saw, left then right.
    pub seen: Vec<SeenValue>,
    /// Hits that make it true.
    pub hits: Vec<Evidence>,
    /// Fields for want of which it is unknown.
    pub missing: Vec<FieldId>,
    /// Its parts.
    pub parts: Vec<Step>,
}

/// Everything about one rule and one item.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Scratch, Truth};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: gun, when: caption has \"glock\", unless: caption has \"police reports\", effect: {routing: review}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("police reports: a glock was found", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits::default())?;
/// let traces = engine.trace(&post, Call::default(), &mut Scratch::new(), &mut |_, _| true);
/// let trace = &traces[0];
/// assert_eq!((trace.fired, trace.when.truth, trace.live, trace.dates), (Truth::False, Truth::True, true, Truth::True));
/// let (_, cancels, exception) = &trace.exceptions[0];
/// assert_eq!((*cancels, exception.truth), (true, Truth::True));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTrace {
    /// The rule as it is in the item's market.
    pub effective: EffectiveRule,
    /// True: it fired. Unknown: it could not be judged.
    pub fired: Truth,
    /// Live for this item (by stage and rollout), else in shadow.
    pub live: bool,
    /// Whether the item is inside its dates.
    pub dates: Truth,
    /// The condition.
    pub when: Step,
    /// Exceptions: where from, whether they cancel, their condition.
    pub exceptions: Vec<(ExceptionSource, bool, Step)>,
    /// Evidence: hits of true parts not under an odd number of `not`.
    pub evidence: Vec<Evidence>,
}

impl Engine {
    /// Decides an item and says of every rule that `wanted` picks how it came to its end. Of the rules that did not fire,
    /// those judged in the item's market are asked about too.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Call, Engine, Limits, Scratch, Truth};
    /// # use tribunal_core::{Item, Value};
    /// # use tribunal_policy::FieldId;
    /// # struct Post(&'static str, FieldId);
    /// # impl Item for Post {
    /// #     fn value(&self, field: FieldId) -> Value<'_> {
    /// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
    /// #     }
    /// # }
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: gun, when: caption has \"glock\", effect: {routing: review}}
    ///   - {id: vape, when: caption has \"vape\", effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let post = Post("my glock", policy.field("caption").ok_or("built in")?);
    /// let engine = Engine::new(policy, Limits::default())?;
    /// // Only what fired: the others cost nothing.
    /// let traces = engine.trace(&post, Call::default(), &mut Scratch::new(), &mut |_, fired| fired == Truth::True);
    /// let rules: Vec<_> = traces.iter().map(|trace| engine.policy().rules[trace.effective.rule.index()].name.as_str()).collect();
    /// assert_eq!(rules, ["gun"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trace(&self, item: &dyn Item, call: Call, scratch: &mut Scratch, wanted: &mut dyn FnMut(RuleId, Truth) -> bool) -> Vec<RuleTrace> {
        super::classify(self, item, call, scratch);
        let market = scratch.verdict.market;
        let mut eval = Eval::new(self, item, scratch);
        let mut found = Vec::new();
        for effective in self.policy().effective(market) {
            let Some((id, variant)) = self.variant_of(effective.rule, eval.scratch.context.slot) else { continue };
            let fired = match eval.state(id) {
                RuleState::False => Truth::False,
                RuleState::Unknown => Truth::Unknown,
                RuleState::Fired { .. } => Truth::True,
            };
            if !wanted(effective.rule, fired) {
                continue;
            }
            let live = eval.is_live(variant);
            let dates = eval.dates(variant);
            let when = eval.step(&effective.when, !live);
            let cancels = effective.cancels.iter().map(|(source, cond)| (*source, true, cond));
            let softens = effective.softens.iter().map(|(source, cond, _)| (*source, false, cond));
            let exceptions = cancels.chain(softens).map(|(source, cancels, cond)| (source, cancels, eval.step(cond, !live))).collect();
            let mut evidence = Vec::new();
            if fired == Truth::True {
                collect(&when, false, &mut evidence);
                eval.sort(&mut evidence);
            }
            found.push(RuleTrace { effective, fired, live, dates, when, exceptions, evidence });
        }
        found
    }

    /// The evidence of the rules that fired, live or in shadow, after [`Engine::classify`] with the same item, call and scratch.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Call, Engine, Limits, Scratch};
    /// # use tribunal_core::{Item, Value};
    /// # use tribunal_policy::FieldId;
    /// # struct Post(&'static str, FieldId);
    /// # impl Item for Post {
    /// #     fn value(&self, field: FieldId) -> Value<'_> {
    /// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
    /// #     }
    /// # }
    ///
    /// let text = "
    /// policy: {id: demo, version: '1'}
    /// rules:
    ///   - {id: gun, when: caption has \"glock\", effect: {routing: review}}
    /// ";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let post = Post("glock, glock, glock", policy.field("caption").ok_or("built in")?);
    /// let engine = Engine::new(policy, Limits::default())?;
    /// let mut scratch = Scratch::new();
    /// // Evidence is a second look: only at items on which something fired.
    /// if !engine.classify(&post, Call::default(), &mut scratch).rules.is_empty() {
    ///     let evidence = engine.evidence(&post, Call::default(), &mut scratch);
    ///     let places: Vec<_> = evidence[0].1.iter().map(|hit| hit.start..hit.end).collect();
    ///     assert_eq!(places, [0..5, 7..12, 14..19]);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn evidence(&self, item: &dyn Item, call: Call, scratch: &mut Scratch) -> Vec<(RuleId, Vec<Evidence>)> {
        let fired: Vec<RuleId> = {
            let verdict = &scratch.verdict;
            verdict.rules.iter().chain(&verdict.without_effect).chain(&verdict.shadow).copied().collect()
        };
        if fired.is_empty() {
            return Vec::new();
        }
        let _ = call;
        let mut eval = Eval::new(self, item, scratch);
        let mut found = Vec::new();
        for rule in fired {
            let Some((_, variant)) = self.variant_of(rule, eval.scratch.context.slot) else { continue };
            let shadow = !eval.is_live(variant);
            let mut evidence = Vec::new();
            eval.node_evidence(variant.when, shadow, false, &mut evidence);
            eval.sort(&mut evidence);
            found.push((rule, evidence));
        }
        found.sort_by_key(|(rule, _)| *rule);
        found
    }
}

fn collect(step: &Step, negated: bool, out: &mut Vec<Evidence>) {
    let negated = negated != matches!(step.cond.kind, CondKind::Not(_));
    if step.truth == Truth::True && !negated {
        out.extend(step.hits.iter().cloned());
    }
    step.parts.iter().for_each(|part| collect(part, negated, out));
}

impl Eval<'_, '_> {
    /// By field, element, start, end, list, term; each hit once. Of equal terms of inline lists (all are named by their field) the one
    /// that the policy declares first gives the place.
    fn sort(&self, evidence: &mut Vec<Evidence>) {
        let policy = self.engine.policy();
        let key = |hit: &Evidence| {
            let list = policy.lists.get(hit.list.index());
            let term = list.and_then(|list| list.entries.get(hit.entry as usize)).map_or("", |entry| entry.text.as_str());
            (policy.field_name(hit.field), hit.element, hit.start, hit.end, policy.list_name(hit.list), term)
        };
        evidence.sort_by(|a, b| key(a).cmp(&key(b)).then((a.list, a.entry).cmp(&(b.list, b.entry))));
        evidence.dedup_by(|a, b| key(a) == key(b));
    }

    fn step(&mut self, cond: &Cond, shadow: bool) -> Step {
        let mut step = Step { cond: cond.clone(), truth: Truth::False, seen: Vec::new(), hits: Vec::new(), missing: Vec::new(), parts: Vec::new() };
        match &cond.kind {
            CondKind::And(parts) => {
                step.parts = parts.iter().map(|part| self.step(part, shadow)).collect();
                step.truth = step.parts.iter().fold(Truth::True, |truth, part| truth.and(part.truth));
            }
            CondKind::Or(parts) => {
                step.parts = parts.iter().map(|part| self.step(part, shadow)).collect();
                step.truth = step.parts.iter().fold(Truth::False, |truth, part| truth.or(part.truth));
            }
            CondKind::Not(inner) => {
                step.parts = vec![self.step(inner, shadow)];
                step.truth = step.parts.first().map_or(Truth::False, |part| !part.truth);
            }
            leaf => {
                step.truth = self.leaf(leaf, shadow);
                self.hits_of(leaf, &mut step.hits);
                step.seen = self.seen_by(leaf, shadow);
                if step.truth == Truth::Unknown {
                    if let CondKind::Rule(rule) = leaf {
                        if let Some((id, _)) = self.engine.variant_of(*rule, self.scratch.context.slot) {
                            self.missing(id, &mut step.missing);
                        }
                    } else {
                        self.missing_leaf(leaf, shadow, &mut step.missing);
                    }
                    step.missing.sort_unstable();
                    step.missing.dedup();
                }
            }
        }
        step
    }

    fn node_evidence(&mut self, node: u32, shadow: bool, negated: bool, out: &mut Vec<Evidence>) {
        use crate::compile::program::{Atom, Node, Program};
        let Some(found) = self.engine.program.node(node) else { return };
        match found {
            Node::And { first, count } | Node::Or { first, count } => {
                for child in Program::parts(first, count) {
                    self.node_evidence(child, shadow, negated, out);
                }
            }
            Node::Not(inner) => self.node_evidence(inner, shadow, !negated, out),
            Node::Rule(_) => {}
            Node::List { atom, .. } | Node::Atom(atom) | Node::Score(atom) => {
                if !negated && self.node(node, shadow) == Truth::True {
                    let engine = self.engine;
                    match engine.program.atom(atom) {
                        Some(Atom::List(subject, list)) => self.list_hits(subject, &[list], false, out),
                        Some(Atom::Other(kind)) => self.hits_of(kind, out),
                        None => {}
                    }
                }
            }
        }
    }

    /// The hits behind a leaf, whether it is true or not.
    fn hits_of(&mut self, leaf: &CondKind, out: &mut Vec<Evidence>) {
        match leaf {
            CondKind::Has(subject, Test::Near(near)) => {
                let mut found: Vec<FoundHit> = Vec::new();
                self.each_pair(subject, near, &mut |a, b| {
                    found.extend([a, b]);
                    true
                });
                found.iter().for_each(|hit| out.extend(self.explain(hit)));
            }
            CondKind::Has(subject, test) => {
                let lists: Vec<ListId> = test.lists().collect();
                self.list_hits(subject, &lists, false, out);
            }
            CondKind::Compare(left, _, right) => {
                self.counted_hits(left, out);
                if let Operand::Value(right) = right {
                    self.counted_hits(right, out);
                }
            }
            CondKind::In(value, ..) => self.counted_hits(value, out),
            _ => {}
        }
    }

    fn counted_hits(&mut self, value: &Value, out: &mut Vec<Evidence>) {
        if let Some(counted) = super::counted(value) {
            self.list_hits(&counted.subject, &counted.lists, matches!(value, Value::Evasion(_)), out);
        }
    }

    fn list_hits(&mut self, subject: &tribunal_policy::cond::Subject, lists: &[ListId], evasive_only: bool, out: &mut Vec<Evidence>) {
        self.ensure(lists, subject.form);
        let mut found: Vec<FoundHit> = Vec::new();
        for list in lists {
            self.each_hit(*list, subject, &mut |hit| {
                if hit.evasive || !evasive_only {
                    found.push(hit);
                }
            });
        }
        found.iter().for_each(|hit| out.extend(self.explain(hit)));
    }

    /// The entry that explains a hit with the fewest folds, and which.
    fn explain(&mut self, hit: &FoundHit) -> Option<Evidence> {
        let is_list = self.engine.facts.fields.get(hit.field.index())?.ty.is_list();
        let mut evidence = Evidence {
            field: hit.field,
            element: is_list.then_some(hit.element),
            start: hit.start,
            end: hit.end,
            list: hit.list,
            entry: 0,
            undone: Folds::NONE,
        };
        let Origin::Pattern { segment } = hit.origin else {
            let Origin::Entry(entry) = hit.origin else { return None };
            evidence.entry = entry;
            return Some(evidence);
        };
        let engine = self.engine;
        let mut best: Option<(u32, u16, u32, Folds)> = None;
        for at in 0..self.scratch.texts.late.len() {
            let Some(raw) = self.scratch.texts.late.get(at).copied() else { continue };
            let Some(info) = engine.patterns.get(raw.pattern as usize) else { continue };
            if (raw.segment, raw.start, raw.end, info.list, info.term, info.allow) != (segment, hit.start, hit.end, hit.list, hit.term, false) {
                continue;
            }
            let folds = self.undone(raw.pattern, segment, hit.start, hit.end);
            // Fewer folds first, then the earlier in the order of the fold list, then the earlier entry.
            let rank = (folds.bits().count_ones(), u16::MAX - folds.bits().reverse_bits(), info.entry, folds);
            if best.is_none_or(|best| (rank.0, rank.1, rank.2) < (best.0, best.1, best.2)) {
                best = Some(rank);
            }
        }
        let (_, _, entry, folds) = best?;
        evidence.entry = entry;
        evidence.undone = folds;
        Some(evidence)
    }

    fn undone(&mut self, pattern: u32, segment: u32, start: u32, end: u32) -> Folds {
        let engine = self.engine;
        let Some(info) = engine.patterns.get(pattern as usize) else { return Folds::NONE };
        let Some(segment) = self.scratch.texts.segments.get_mut(segment as usize) else { return Folds::NONE };
        let Some(text) = self.fields.text_of(segment) else { return Folds::NONE };
        if info.mode == Match::Regex {
            // Undone is the case where the expression as written does not find the same span.
            let source = engine.patterns.expression(pattern).map_or("", |known| &*known.text);
            let exact = regex_automata::meta::Regex::new(source).ok();
            let same = exact.is_some_and(|exact| exact.find_iter(text).any(|found| (found.start(), found.end()) == (start as usize, end as usize)));
            return if same { Folds::NONE } else { Folds::CASE };
        }
        crate::scan::prepare(engine, text, segment);
        let (Some(known), Some(list)) = (info.pattern, engine.policy().lists.get(info.list.index())) else { return Folds::NONE };
        let Some(entry) = list.entries.get(info.entry as usize) else { return Folds::NONE };
        let pattern = Pattern::new(&entry.text, known.form.mode, known.form.folds, known.form.turkish);
        pattern.map_or(Folds::NONE, |pattern| undone(&pattern, &segment.prepared, start..end, &engine.ordinary))
    }

    fn seen_by(&mut self, leaf: &CondKind, shadow: bool) -> Vec<SeenValue> {
        match leaf {
            CondKind::Compare(left, _, right) => {
                let mut seen = vec![self.seen_value(left, shadow)];
                if let Operand::Value(right) = right {
                    seen.push(self.seen_value(right, shadow));
                }
                seen
            }
            CondKind::In(value, ..) => vec![self.seen_value(value, shadow)],
            CondKind::Flag(field) => vec![self.seen_field(*field)],
            _ => Vec::new(),
        }
    }

    fn seen_value(&mut self, value: &Value, shadow: bool) -> SeenValue {
        match self.value(value, shadow) {
            Val::Unknown => SeenValue::Unknown,
            Val::Number(number) => SeenValue::Number(number),
            Val::Range(low, high) => SeenValue::Range(low, high),
            Val::Points(low, high) => SeenValue::Points(low, high),
            Val::Text(text) => SeenValue::Text(text.to_owned()),
            Val::Bool(value) => SeenValue::Bool(value),
            Val::Time(seconds) => SeenValue::Time(seconds),
        }
    }

    fn seen_field(&self, field: FieldId) -> SeenValue {
        match self.see(field) {
            Seen::Unknown => SeenValue::Unknown,
            Seen::Text(text) => SeenValue::Text(text.to_owned()),
            Seen::List(elements) => SeenValue::List(elements.len()),
            Seen::Number(number) => SeenValue::Number(number),
            Seen::Bool(value) => SeenValue::Bool(value),
            Seen::Time(seconds) => SeenValue::Time(seconds),
        }
    }
}
