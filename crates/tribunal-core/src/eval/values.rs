//! The left and right sides of comparisons.

use std::cmp::Ordering;

use tribunal_policy::cond::{Counted, Literal, Op, Operand, Set, SubjectForm, Value};
use tribunal_policy::model::lang_matches;
use tribunal_policy::num::{Decimal, Num};
use tribunal_policy::{FieldId, ListId, ScoreId};
use tribunal_text::{signals, words};

use super::Eval;
use super::fields::{Elements, Seen};
use crate::engine::ExactEntry;
use crate::scratch::RuleState;
use crate::truth::{Truth, interval};

/// A value of a comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Val<'a> {
    Unknown,
    Number(Num),
    /// A whole number between two ends; no upper end when `None`.
    Range(u64, Option<u64>),
    /// Thousandths between two ends.
    Points(i64, i64),
    Text(&'a str),
    Bool(bool),
    Time(i64),
}

/// What counts hits.
pub(crate) fn counted(value: &Value) -> Option<&Counted> {
    match value {
        Value::Count(counted) | Value::Distinct(counted) | Value::Evasion(counted) => Some(counted),
        _ => None,
    }
}

impl<'e> Eval<'e, '_> {
    pub(crate) fn value(&mut self, value: &Value, shadow: bool) -> Val<'e> {
        match value {
            Value::Field(FieldId::AS_OF) => self.scratch.context.as_of.map_or(Val::Unknown, Val::Time),
            Value::Field(field) => match self.see(*field) {
                Seen::Unknown | Seen::List(_) => Val::Unknown,
                Seen::Text(text) => Val::Text(text),
                Seen::Number(number) => Val::Number(number),
                Seen::Bool(value) => Val::Bool(value),
                Seen::Time(seconds) => Val::Time(seconds),
            },
            Value::Length(field) => self.sum(*field, |text| text.chars().count() as u64),
            Value::Words(field) => self.sum(*field, |text| words::count(text) as u64),
            Value::EmojiCount(field) => self.sum(*field, signals::emoji_count),
            Value::LinkCount(field) => self.sum(*field, |text| signals::links(text).count() as u64),
            Value::UppercaseRatio(field) => self.uppercase_ratio(*field),
            Value::Age(field) => match (self.see(*field), self.scratch.context.as_of) {
                (Seen::Time(then), Some(now)) => Val::Number(Num::Int(now.saturating_sub(then))),
                _ => Val::Unknown,
            },
            Value::CountList(field) => match self.see(*field) {
                Seen::List(elements) => whole(elements.len() as u64),
                _ => Val::Unknown,
            },
            Value::Count(counted) | Value::Distinct(counted) | Value::Evasion(counted) => self.hits_value(value, counted),
            Value::Score(score) => {
                let (low, high) = self.score(*score, shadow);
                Val::Points(low, high)
            }
        }
    }

    /// The field, unknown when it is over a limit.
    pub(crate) fn see(&self, field: FieldId) -> Seen<'e> {
        if !self.scratch.texts.over_limit.is_empty() && self.scratch.texts.over_limit.contains(&field) {
            return Seen::Unknown;
        }
        self.fields.see(field)
    }

    fn sum(&self, field: FieldId, of: fn(&str) -> u64) -> Val<'e> {
        match self.see(field) {
            Seen::Text(text) => whole(of(text)),
            Seen::List(elements) => whole((0..elements.len()).filter_map(|at| elements.get(at)).map(of).sum()),
            _ => Val::Unknown,
        }
    }

    fn uppercase_ratio(&self, field: FieldId) -> Val<'e> {
        let (upper, cased) = match self.see(field) {
            Seen::Text(text) => signals::upper_cased(text),
            Seen::List(elements) => {
                (0..elements.len()).filter_map(|at| elements.get(at)).map(signals::upper_cased).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
            }
            _ => return Val::Unknown,
        };
        #[expect(clippy::cast_precision_loss, reason = "texts are far shorter than 2^52 characters")]
        Val::Number(Num::Float(if cased == 0 { 0.0 } else { upper as f64 / cased as f64 }))
    }

    fn hits_value(&mut self, value: &Value, counted: &Counted) -> Val<'e> {
        self.ensure(&counted.lists, counted.subject.form);
        let unknown = counted.subject.fields.iter().any(|field| self.field_unknown(*field));
        if unknown && matches!(value, Value::Evasion(_)) {
            return Val::Unknown;
        }
        let evasive_only = matches!(value, Value::Evasion(_));
        let mut total = 0u64;
        let mut distinct = 0u64;
        for (at, list) in counted.lists.iter().enumerate() {
            // A list that is named twice counts once.
            if counted.lists.iter().take(at).any(|earlier| earlier == list) {
                continue;
            }
            let (sum, terms) = self.count_list(*list, counted, evasive_only);
            total += sum;
            distinct += terms;
        }
        match value {
            Value::Distinct(_) => {
                let most = if unknown { self.terms_in_force(&counted.lists) } else { distinct };
                Val::Range(distinct, Some(most.max(distinct)))
            }
            _ => Val::Range(total, (!unknown).then_some(total)),
        }
    }

    /// For each term the largest number of its hits in one field (or the sum over fields), summed over terms; and how many
    /// terms have a hit.
    fn count_list(&mut self, list: ListId, counted: &Counted, evasive_only: bool) -> (u64, u64) {
        let fields = &counted.subject.fields;
        let mut found = std::mem::take(&mut self.scratch.counts);
        found.clear();
        self.each_hit(list, &counted.subject, &mut |hit| {
            if hit.evasive || !evasive_only {
                let at = fields.iter().position(|field| *field == hit.field).unwrap_or(0);
                found.push((hit.term, u32::try_from(at).unwrap_or(u32::MAX)));
            }
        });
        found.sort_unstable();
        let (mut total, mut terms) = (0, 0);
        for term in found.chunk_by(|a, b| a.0 == b.0) {
            let by_field = term.chunk_by(|a, b| a.1 == b.1).map(|hits| hits.len() as u64);
            total += if counted.per_field { by_field.sum::<u64>() } else { by_field.max().unwrap_or(0) };
            terms += 1;
        }
        self.scratch.counts = found;
        (total, terms)
    }

    fn terms_in_force(&mut self, lists: &[ListId]) -> u64 {
        let engine = self.engine;
        let mut found = std::mem::take(&mut self.scratch.counts);
        found.clear();
        for list in lists {
            // A list is matched in texts, compared exactly, or both.
            let matched = engine.patterns.of_list(*list).map(|info| (info.allow, info.force, info.term));
            let exact = engine.exact.get(list.index()).and_then(Option::as_ref).into_iter().flat_map(|exact| &exact.entries);
            for (allow, force, term) in matched.chain(exact.map(|entry| (entry.allow, entry.force, entry.term))) {
                if !allow && self.in_force(force) {
                    found.push((list.0, term));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        let count = found.len() as u64;
        self.scratch.counts = found;
        count
    }

    /// The least and the greatest sum that the unknown rules allow.
    fn score(&mut self, score: ScoreId, shadow: bool) -> (i64, i64) {
        let engine = self.engine;
        let (mut low, mut high) = (0i64, 0i64);
        for at in engine.scores.get(score.index()).map(Vec::as_slice).unwrap_or_default() {
            let Some(variant) = engine.variants.get(*at) else { continue };
            let here = engine.variant_of(variant.rule, self.scratch.context.slot).map(|(id, _)| id);
            if here != Some(*at) || !self.sees(variant, shadow) {
                continue;
            }
            let Some(points) = variant.points.iter().find(|(of, _)| *of == score).map(|(_, points)| *points) else { continue };
            match self.state(*at) {
                RuleState::False => {}
                RuleState::Fired { .. } => {
                    low = low.saturating_add(points);
                    high = high.saturating_add(points);
                }
                RuleState::Unknown => {
                    low = low.saturating_add(points.min(0));
                    high = high.saturating_add(points.max(0));
                }
            }
        }
        (low, high)
    }

    pub(crate) fn compare(&mut self, left: &Value, op: Op, right: &Operand, shadow: bool) -> Truth {
        let found = self.value(left, shadow);
        match right {
            Operand::Literal(literal) => {
                if let (Value::Field(field), Val::Text(text), Literal::Text(wanted)) = (left, found, literal) {
                    return Truth::from(self.text_is(*field, text, wanted) == (op == Op::Eq));
                }
                literal_compare(found, op, literal)
            }
            Operand::Value(right) => {
                let other = self.value(right, shadow);
                value_compare(found, op, other)
            }
        }
    }

    /// Whether a text is a literal: `lang` and `market` hold for what lies below too.
    fn text_is(&self, field: FieldId, text: &str, wanted: &str) -> bool {
        match field {
            FieldId::LANG => lang_matches(text, wanted),
            FieldId::MARKET => self.engine.facts.market_matches(text, wanted),
            _ => text == wanted,
        }
    }

    pub(crate) fn membership(&mut self, value: &Value, negated: bool, set: &Set, shadow: bool) -> Truth {
        let found = self.value(value, shadow);
        if matches!(found, Val::Unknown) {
            return Truth::Unknown;
        }
        let truth = match set {
            Set::Range(low, high) => literal_compare(found, Op::Ge, &Literal::Number(*low)).and(literal_compare(found, Op::Le, &Literal::Number(*high))),
            Set::Literals(items) => items.iter().fold(Truth::False, |truth, item| {
                truth.or(match (value, found, item) {
                    (Value::Field(field), Val::Text(text), Literal::Text(wanted)) => Truth::from(self.text_is(*field, text, wanted)),
                    _ => literal_compare(found, Op::Eq, item),
                })
            }),
            Set::List(list) => match found {
                Val::Text(text) => Truth::from(self.in_list(value, text, *list)),
                _ => Truth::Unknown,
            },
        };
        if negated { !truth } else { truth }
    }

    fn in_list(&self, value: &Value, text: &str, list: ListId) -> bool {
        let Some(exact) = self.engine.exact.get(list.index()).and_then(Option::as_ref) else { return false };
        if let Value::Field(field @ (FieldId::LANG | FieldId::MARKET)) = value {
            return exact.entries.iter().any(|entry| !entry.allow && self.in_force(entry.force) && self.text_is(*field, text, &entry.text));
        }
        exact.text(text).any(|entry| self.in_force(entry.force))
    }

    /// Hosts of the links of a field, or elements of an id list, that a list holds.
    pub(crate) fn each_exact(&self, list: ListId, form: SubjectForm, field: FieldId, found: &mut dyn FnMut(ExactHit)) {
        let elements = match self.see(field) {
            Seen::Text(text) => Elements::One(text),
            Seen::List(elements) => elements,
            _ => return,
        };
        let Some(exact) = self.engine.exact.get(list.index()).and_then(Option::as_ref) else { return };
        for element in 0..elements.len() {
            let Some(text) = elements.get(element) else { continue };
            if form == SubjectForm::Domains {
                for link in signals::links(text) {
                    let Some(url) = text.get(link.clone()) else { continue };
                    let place = signals::host_range(url);
                    let (mut stack, mut heap) = ([0u8; 256], String::new());
                    let host = lower(url.get(place.clone()).unwrap_or_default(), &mut stack, &mut heap);
                    // The host itself, then every domain it lies in.
                    if domains(host).any(|domain| exact.allowed_host(domain).any(|entry| self.in_force(entry.force))) {
                        continue;
                    }
                    for entry in domains(host).flat_map(|domain| exact.host(domain)) {
                        self.exact_hit(entry, field, element, link.start + place.start, link.start + place.end, found);
                    }
                }
            } else {
                if exact.allowed(text).any(|entry| self.in_force(entry.force)) {
                    continue;
                }
                for entry in exact.text(text) {
                    self.exact_hit(entry, field, element, 0, text.len(), found);
                }
            }
        }
    }

    fn exact_hit(&self, entry: &ExactEntry, field: FieldId, element: usize, start: usize, end: usize, found: &mut dyn FnMut(ExactHit)) {
        if !self.in_force(entry.force) {
            return;
        }
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        found(ExactHit { field, element: short(element), start: short(start), end: short(end), term: entry.term, entry: entry.entry });
    }
}

/// A host or an element that a list holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactHit {
    pub(crate) field: FieldId,
    pub(crate) element: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) term: u32,
    pub(crate) entry: u32,
}

/// A host and every domain it lies in.
fn domains(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |domain| domain.split_once('.').map(|(_, above)| above))
}

/// A host in lower case; the heap is needed only for hosts that are long or not ASCII.
fn lower<'b>(host: &str, stack: &'b mut [u8; 256], heap: &'b mut String) -> &'b str {
    if host.is_ascii()
        && let Some(place) = stack.get_mut(..host.len())
    {
        place.copy_from_slice(host.as_bytes());
        place.make_ascii_lowercase();
        if let Ok(lower) = std::str::from_utf8(place) {
            return lower;
        }
    }
    *heap = host.to_lowercase();
    heap
}

fn whole<'a>(value: u64) -> Val<'a> {
    Val::Range(value, Some(value))
}

fn as_num(value: u64) -> Num {
    Num::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn points(value: i64) -> Num {
    Decimal { mantissa: value, scale: 3 }.to_num()
}

/// Both ends of a number.
fn ends(value: Val<'_>) -> Option<(Num, Option<Num>)> {
    Some(match value {
        Val::Number(number) => (number, Some(number)),
        Val::Range(low, high) => (as_num(low), high.map(as_num)),
        Val::Points(low, high) => (points(low), Some(points(high))),
        _ => return None,
    })
}

fn literal_compare(found: Val<'_>, op: Op, literal: &Literal) -> Truth {
    match (found, literal) {
        (Val::Unknown, _) => Truth::Unknown,
        (Val::Points(low, high), Literal::Number(bound)) => interval(op, bound.cmp_thousandths(low), Some(bound.cmp_thousandths(high))),
        (Val::Bool(value), Literal::Bool(wanted)) => Truth::from((value == *wanted) == (op == Op::Eq)),
        (Val::Time(value), Literal::Time(bound)) => Truth::from(op.holds(value.cmp(bound))),
        (Val::Text(value), Literal::Text(wanted)) => Truth::from((value == wanted) == (op == Op::Eq)),
        (found, Literal::Number(bound)) => number_compare(found, op, bound.to_num()),
        _ => Truth::Unknown,
    }
}

fn number_compare(found: Val<'_>, op: Op, bound: Num) -> Truth {
    let Some((low, high)) = ends(found) else { return Truth::Unknown };
    let order = |number: Num| number.compare(bound).unwrap_or(Ordering::Equal);
    interval(op, order(low), high.map(order))
}

fn value_compare(left: Val<'_>, op: Op, right: Val<'_>) -> Truth {
    match (left, right) {
        (Val::Unknown, _) | (_, Val::Unknown) => Truth::Unknown,
        (Val::Text(a), Val::Text(b)) => Truth::from((a == b) == (op == Op::Eq)),
        (Val::Bool(a), Val::Bool(b)) => Truth::from((a == b) == (op == Op::Eq)),
        (Val::Time(a), Val::Time(b)) => Truth::from(op.holds(a.cmp(&b))),
        _ => two_intervals(left, op, right),
    }
}

/// True when it holds for every pair of numbers, false when for none.
fn two_intervals(left: Val<'_>, op: Op, right: Val<'_>) -> Truth {
    let (Some((low, high)), Some((other_low, other_high))) = (ends(left), ends(right)) else { return Truth::Unknown };
    if other_high.is_some_and(|high| high.compare(other_low) == Some(Ordering::Equal)) {
        return number_compare(left, op, other_low);
    }
    if high.is_some_and(|high| high.compare(low) == Some(Ordering::Equal)) {
        return number_compare(right, mirrored(op), low);
    }
    let above = |a: Option<Num>, b: Num, orders: fn(Ordering) -> bool| a.is_some_and(|a| b.compare(a).is_some_and(orders));
    let (always, never) = match op {
        Op::Gt => (above(other_high, low, Ordering::is_gt), above(high, other_low, Ordering::is_ge)),
        Op::Ge => (above(other_high, low, Ordering::is_ge), above(high, other_low, Ordering::is_gt)),
        Op::Lt => (above(high, other_low, Ordering::is_gt), above(other_high, low, Ordering::is_ge)),
        Op::Le => (above(high, other_low, Ordering::is_ge), above(other_high, low, Ordering::is_gt)),
        Op::Eq => (false, above(other_high, low, Ordering::is_gt) || above(high, other_low, Ordering::is_gt)),
        Op::Ne => (above(other_high, low, Ordering::is_gt) || above(high, other_low, Ordering::is_gt), false),
    };
    match (always, never) {
        (true, _) => Truth::True,
        (_, true) => Truth::False,
        _ => Truth::Unknown,
    }
}

fn mirrored(op: Op) -> Op {
    match op {
        Op::Lt => Op::Gt,
        Op::Le => Op::Ge,
        Op::Gt => Op::Lt,
        Op::Ge => Op::Le,
        same => same,
    }
}
