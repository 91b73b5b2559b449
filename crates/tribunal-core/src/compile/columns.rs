//! Rules over scalar fields, kept by column: for each field, which rules a value satisfies, as one bit a rule.
//!
//! A rule belongs here when no text can wake it and its condition is, or has as necessary parts, conditions on one scalar field each. The bounds of a
//! number or a time cut its axis into stretches; the rules that hold change from one to the next, and every so many changes the whole set is written
//! down. Equality goes by the text. An item's rules are the conjunction of the sets of its fields, whatever the number of rules.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tribunal_policy::cond::{Cond, CondKind, Literal, Op, Operand, Set, Value};
use tribunal_policy::fields::FieldType;
use tribunal_policy::model::EffectiveRule;
use tribunal_policy::num::Num;
use tribunal_policy::{FieldId, Policy, RuleId};

use super::variants::Slots;
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::names::Names;

/// Columns that an item's missing values are remembered for: a bit each.
const MOST_COLUMNS: usize = 64;
/// Changes between two sets that are written down, at least.
const LEAST_STRIDE: usize = 64;

/// One bit a rule.
pub(crate) type Bits = Vec<u64>;

/// A rule of the columns.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) variant: u32,
    pub(crate) rule: RuleId,
    /// Rules of one class have the same effect, stage and answer to what is unknown.
    pub(crate) class: u32,
}

/// Rules that values wake and, as far as they ask for nothing else, decide.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Columns {
    /// The rule of each bit, by variant.
    pub(crate) heads: Vec<Head>,
    /// A variant of each class.
    pub(crate) classes: Vec<u32>,
    /// By slot, the rules that have this form there.
    pub(crate) slots: Vec<Bits>,
    /// Rules that are nothing but their columns.
    pub(crate) whole: Bits,
    pub(crate) columns: Vec<Column>,
}

/// One field.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) field: FieldId,
    /// Rules that ask for it.
    pub(crate) asks: Bits,
    pub(crate) values: Values,
}

/// Which rules a value satisfies; those that do not ask for it among them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Values {
    Axis(Axis),
    Texts(Texts),
}

/// Numbers, times and truth values (0 and 1).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Axis {
    /// Where a rule changes: from the bound on, or only behind it. Ascending.
    bounds: Vec<(Num, bool)>,
    /// The rule that changes there.
    changes: Vec<u32>,
    /// The set before change 0, `stride`, 2 `stride`…, one after another.
    sets: Vec<u64>,
    stride: usize,
}

/// Texts compared exactly.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Texts {
    /// For a text that no rule names.
    pub(crate) base: Bits,
    #[serde(serialize_with = "crate::names::in_order")]
    keys: Names<u32>,
    sets: Vec<Named>,
}

/// What a text that is named changes.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Named {
    on: Members,
    off: Members,
}

/// A set of rules, as numbers while they are few.
#[derive(Debug, Serialize, Deserialize)]
enum Members {
    Few(Vec<u32>),
    Many(Bits),
}

impl Default for Members {
    fn default() -> Members {
        Members::Few(Vec::new())
    }
}

/// Words of 64 bits for so many.
pub(crate) fn words(bits: usize) -> usize {
    bits.div_ceil(64)
}

pub(crate) fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn clear(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word &= !(1 << (at % 64));
    }
}

pub(crate) fn has(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 != 0)
}

/// A condition as the columns take it apart: parts that all have to hold.
struct Taken<'c> {
    axes: Vec<(FieldId, Vec<&'c Cond>)>,
    texts: Vec<(FieldId, bool, Vec<&'c str>)>,
    /// There are no other parts.
    whole: bool,
}

impl<'c> Taken<'c> {
    /// `None` when no part asks for one scalar field alone. `matched` are fields in whose texts terms are sought: what becomes of them is known late.
    fn new(policy: &Policy, matched: &[bool], when: &'c Cond) -> Option<Taken<'c>> {
        let mut taken = Taken { axes: Vec::new(), texts: Vec::new(), whole: true };
        taken.part(policy, matched, when);
        (!taken.axes.is_empty() || !taken.texts.is_empty()).then_some(taken)
    }

    fn fields(&self) -> impl Iterator<Item = FieldId> + '_ {
        self.axes.iter().map(|(field, _)| *field).chain(self.texts.iter().map(|(field, ..)| *field))
    }

    fn part(&mut self, policy: &Policy, matched: &[bool], part: &'c Cond) {
        if let CondKind::And(parts) = &part.kind {
            return parts.iter().for_each(|part| self.part(policy, matched, part));
        }
        if let Some(field) = axis_field(policy, part) {
            match self.axes.iter_mut().find(|(known, _)| *known == field) {
                Some((_, parts)) => parts.push(part),
                None => self.axes.push((field, vec![part])),
            }
        } else if let Some((field, wanted, texts)) = named(policy, part, true)
            && matched.get(field.index()) != Some(&true)
            && self.texts.iter().all(|(known, ..)| *known != field)
        {
            self.texts.push((field, wanted, texts));
        } else {
            self.whole = false;
        }
    }
}

/// The field of numbers, times or truth values that is all a condition asks for.
fn axis_field(policy: &Policy, cond: &Cond) -> Option<FieldId> {
    let ty = |field: FieldId| policy.fields.get(field.index()).map(|field| field.ty);
    match &cond.kind {
        CondKind::And(parts) | CondKind::Or(parts) => {
            let mut fields = parts.iter().map(|part| axis_field(policy, part));
            let first = fields.next()??;
            fields.all(|field| field == Some(first)).then_some(first)
        }
        CondKind::Not(inner) => axis_field(policy, inner),
        CondKind::Flag(field) => (ty(*field)? == FieldType::Bool).then_some(*field),
        CondKind::Compare(Value::Field(field), op, Operand::Literal(literal)) => {
            let fits = fits(ty(*field)?, literal) && (ty(*field)? != FieldType::Bool || matches!(op, Op::Eq | Op::Ne));
            fits.then_some(*field)
        }
        CondKind::In(Value::Field(field), _, Set::Literals(items)) => items.iter().all(|item| ty(*field).is_some_and(|ty| fits(ty, item))).then_some(*field),
        CondKind::In(Value::Field(field), _, Set::Range(..)) => (ty(*field)? == FieldType::Number).then_some(*field),
        _ => None,
    }
}

fn fits(ty: FieldType, literal: &Literal) -> bool {
    matches!((ty, literal), (FieldType::Number, Literal::Number(_)) | (FieldType::Time, Literal::Time(_)) | (FieldType::Bool, Literal::Bool(_)))
}

/// The texts of a field one of which a condition wants, or none of which.
fn named<'c>(policy: &Policy, cond: &'c Cond, wanted: bool) -> Option<(FieldId, bool, Vec<&'c str>)> {
    let text = |literal: &'c Literal| if let Literal::Text(text) = literal { Some(text.as_str()) } else { None };
    let (field, wanted, texts) = match &cond.kind {
        CondKind::Not(inner) => return named(policy, inner, !wanted),
        CondKind::Compare(Value::Field(field), op @ (Op::Eq | Op::Ne), Operand::Literal(literal)) => (*field, (*op == Op::Eq) == wanted, vec![text(literal)?]),
        CondKind::In(Value::Field(field), not, Set::Literals(items)) => (*field, *not != wanted, items.iter().map(text).collect::<Option<_>>()?),
        _ => return None,
    };
    let ty = policy.fields.get(field.index())?.ty;
    matches!(ty, FieldType::Text | FieldType::Id).then_some((field, wanted, texts))
}

/// A literal on the axis of its field.
fn place(literal: &Literal) -> Num {
    match literal {
        Literal::Number(number) => number.to_num(),
        Literal::Time(seconds) => Num::Int(*seconds),
        Literal::Bool(value) => Num::Int(i64::from(*value)),
        Literal::Text(_) => Num::Int(0),
    }
}

fn bounds(cond: &Cond, out: &mut Vec<Num>) {
    match &cond.kind {
        CondKind::And(parts) | CondKind::Or(parts) => parts.iter().for_each(|part| bounds(part, out)),
        CondKind::Not(inner) => bounds(inner, out),
        CondKind::Flag(_) => out.push(Num::Int(1)),
        CondKind::Compare(_, _, Operand::Literal(literal)) => out.push(place(literal)),
        CondKind::In(_, _, Set::Literals(items)) => out.extend(items.iter().map(place)),
        CondKind::In(_, _, Set::Range(low, high)) => out.extend([low.to_num(), high.to_num()]),
        _ => {}
    }
}

/// Whether a condition of one field holds where `order` says how the value stands to a bound.
fn holds(cond: &Cond, order: &dyn Fn(Num) -> Ordering) -> bool {
    match &cond.kind {
        CondKind::And(parts) => parts.iter().all(|part| holds(part, order)),
        CondKind::Or(parts) => parts.iter().any(|part| holds(part, order)),
        CondKind::Not(inner) => !holds(inner, order),
        CondKind::Flag(_) => order(Num::Int(1)).is_eq(),
        CondKind::Compare(_, op, Operand::Literal(literal)) => op.holds(order(place(literal))),
        CondKind::In(_, not, Set::Literals(items)) => items.iter().any(|item| order(place(item)).is_eq()) != *not,
        CondKind::In(_, not, Set::Range(low, high)) => (order(low.to_num()).is_ge() && order(high.to_num()).is_le()) != *not,
        _ => false,
    }
}

fn compare(a: Num, b: Num) -> Ordering {
    a.compare(b).unwrap_or(Ordering::Equal)
}

/// Columns being collected.
#[derive(Default)]
pub(crate) struct Builder<'c> {
    rules: Vec<(Head, Taken<'c>)>,
    fields: Vec<FieldId>,
    classes: Vec<u32>,
    /// What rules of a class have in common, printed.
    known: HashMap<String, u32>,
}

impl<'c> Builder<'c> {
    /// Takes a form of a rule up if values can wake it; they come in ascending order. `matched` are fields in whose texts terms are sought.
    pub(crate) fn take(&mut self, policy: &Policy, matched: &[bool], variant: u32, rule: &'c EffectiveRule) -> bool {
        let Some(mut taken) = Taken::new(policy, matched, &rule.when) else { return false };
        let mut fields = self.fields.clone();
        fields.extend(taken.fields());
        fields.sort_unstable();
        fields.dedup();
        if fields.len() > MOST_COLUMNS {
            return false;
        }
        self.fields = fields;
        let dated = rule.effective_from.is_some() || rule.effective_until.is_some();
        taken.whole &= rule.cancels.is_empty() && rule.softens.is_empty() && !dated && rule.rollout.is_none();
        let next = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        let class = *self.known.entry(format!("{:?}", (&rule.effect, rule.stage, rule.on_unknown))).or_insert(next);
        if class == next {
            self.classes.push(variant);
        }
        self.rules.push((Head { variant, rule: rule.rule, class }, taken));
        true
    }

    /// `forms` gives the form of each rule in each slot.
    pub(crate) fn finish(self, forms: &Slots) -> Columns {
        let words = words(self.rules.len());
        let mut columns = Columns { slots: vec![vec![0; words]; forms.count()], whole: vec![0; words], ..Columns::default() };
        for (at, (head, taken)) in self.rules.iter().enumerate() {
            columns.heads.push(*head);
            if taken.whole {
                set(&mut columns.whole, at);
            }
            for (slot, bits) in columns.slots.iter_mut().enumerate() {
                if forms.variant(head.rule, slot) == Some(head.variant) {
                    set(bits, at);
                }
            }
        }
        columns.columns = self.fields.iter().map(|field| self.column(*field, words)).collect();
        columns.classes = self.classes;
        columns
    }

    fn column(&self, field: FieldId, words: usize) -> Column {
        let (mut asks, mut first) = (vec![0; words], vec![u64::MAX; words]);
        let mut changes: Vec<(Num, bool, u32)> = Vec::new();
        let mut texts: HashMap<Box<str>, (Vec<u32>, Vec<u32>)> = HashMap::new();
        let mut is_text = false;
        for (at, (_, taken)) in self.rules.iter().enumerate() {
            let rule = u32::try_from(at).unwrap_or(u32::MAX);
            if let Some((_, parts)) = taken.axes.iter().find(|(known, _)| *known == field) {
                set(&mut asks, at);
                if !stretches(parts, &mut |bound, behind| changes.push((bound, behind, rule))) {
                    clear(&mut first, at);
                }
            }
            if let Some((_, wanted, names)) = taken.texts.iter().find(|(known, ..)| *known == field) {
                is_text = true;
                set(&mut asks, at);
                if *wanted {
                    clear(&mut first, at);
                }
                for name in names {
                    let lower = field == FieldId::MARKET || field == FieldId::LANG;
                    let name = if lower { name.to_ascii_lowercase() } else { (*name).to_owned() };
                    let (on, off) = texts.entry(name.into()).or_default();
                    let rules = if *wanted { on } else { off };
                    if rules.last() != Some(&rule) {
                        rules.push(rule);
                    }
                }
            }
        }
        let values = if is_text { Values::Texts(Texts::new(first, texts, words)) } else { Values::Axis(Axis::new(&first, changes)) };
        Column { field, asks, values }
    }
}

/// Tells where on its axis the parts begin and cease to hold together; gives whether they do before every bound.
fn stretches(parts: &[&Cond], change: &mut dyn FnMut(Num, bool)) -> bool {
    let mut all = Vec::new();
    parts.iter().for_each(|part| bounds(part, &mut all));
    all.sort_by(|a, b| compare(*a, *b));
    all.dedup_by(|a, b| compare(*a, *b).is_eq());
    let whole = |order: &dyn Fn(Num) -> Ordering| parts.iter().all(|part| holds(part, order));
    let first = whole(&|_| Ordering::Less);
    let mut now = first;
    for bound in all {
        let at = whole(&|other| compare(bound, other));
        let behind = whole(&|other| compare(bound, other).then(Ordering::Greater));
        if at != now {
            change(bound, false);
        }
        if behind != at {
            change(bound, true);
        }
        now = behind;
    }
    first
}

impl Axis {
    fn new(first: &[u64], mut changes: Vec<(Num, bool, u32)>) -> Axis {
        changes.sort_by(|a, b| compare(a.0, b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let stride = first.len().max(LEAST_STRIDE);
        let mut axis = Axis { stride, ..Axis::default() };
        let mut now = first.to_vec();
        for (at, (bound, behind, rule)) in changes.into_iter().enumerate() {
            if at % stride == 0 {
                axis.sets.extend_from_slice(&now);
            }
            axis.bounds.push((bound, behind));
            axis.changes.push(rule);
            flip(&mut now, rule);
        }
        // The last set, for values behind the last stretch.
        if axis.changes.len().is_multiple_of(stride) {
            axis.sets.extend_from_slice(&now);
        }
        axis
    }

    /// The rules that a value satisfies.
    pub(crate) fn satisfied(&self, value: Num, out: &mut Bits) {
        let passed = self.bounds.partition_point(|(bound, behind)| match compare(value, *bound) {
            Ordering::Less => false,
            Ordering::Equal => !behind,
            Ordering::Greater => true,
        });
        let words = out.len();
        let last = (self.sets.len() / words.max(1)).saturating_sub(1);
        // From the nearer of the two sets around it.
        let near = ((passed + self.stride / 2) / self.stride).min(last);
        if let Some(known) = self.sets.get(near * words..(near + 1) * words) {
            out.copy_from_slice(known);
        }
        let from = near * self.stride;
        for rule in self.changes.get(from.min(passed)..from.max(passed)).unwrap_or_default() {
            flip(out, *rule);
        }
    }

    fn bytes(&self) -> usize {
        std::mem::size_of_val(self.bounds.as_slice()) + 4 * self.changes.len() + 8 * self.sets.len()
    }
}

#[inline]
fn flip(bits: &mut [u64], rule: u32) {
    if let Some(word) = bits.get_mut(rule as usize / 64) {
        *word ^= 1 << (rule % 64);
    }
}

impl Texts {
    fn new(base: Bits, texts: HashMap<Box<str>, (Vec<u32>, Vec<u32>)>, words: usize) -> Texts {
        let mut all = Texts { base, ..Texts::default() };
        let mut sorted: Vec<_> = texts.into_iter().collect();
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, (on, off)) in sorted {
            all.keys.insert(name, u32::try_from(all.sets.len()).unwrap_or(u32::MAX));
            all.sets.push(Named { on: Members::new(on, words), off: Members::new(off, words) });
        }
        all
    }

    /// What a text that the value is, or lies below, changes.
    pub(crate) fn apply(&self, name: &str, out: &mut Bits) {
        let Some(named) = self.keys.get(name).and_then(|at| self.sets.get(*at as usize)) else { return };
        match &named.on {
            Members::Few(rules) => rules.iter().for_each(|rule| set(out, *rule as usize)),
            Members::Many(bits) => out.iter_mut().zip(bits).for_each(|(word, on)| *word |= on),
        }
        match &named.off {
            Members::Few(rules) => rules.iter().for_each(|rule| clear(out, *rule as usize)),
            Members::Many(bits) => out.iter_mut().zip(bits).for_each(|(word, off)| *word &= !off),
        }
    }
}

impl Members {
    fn new(rules: Vec<u32>, words: usize) -> Members {
        if rules.len() < words.max(8) {
            return Members::Few(rules);
        }
        let mut bits = vec![0; words];
        rules.iter().for_each(|rule| set(&mut bits, *rule as usize));
        Members::Many(bits)
    }

    fn bytes(&self) -> usize {
        match self {
            Members::Few(rules) => 4 * rules.len(),
            Members::Many(bits) => 8 * bits.len(),
        }
    }
}

impl Columns {
    pub(crate) fn save(&self, out: &mut Writer) {
        out.value(Part::Wake, self);
    }

    pub(crate) fn load(from: &mut Reader) -> Result<Columns, LoadError> {
        let columns: Columns = from.value(Part::Wake)?;
        let strides = columns.columns.iter().all(|column| if let Values::Axis(axis) = &column.values { axis.stride > 0 } else { true });
        if strides && columns.columns.len() <= MOST_COLUMNS { Ok(columns) } else { Err(LoadError::Malformed("columns that are none")) }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let column = |column: &Column| {
            let values = match &column.values {
                Values::Axis(axis) => axis.bytes(),
                Values::Texts(texts) => {
                    let named = |named: &Named| named.on.bytes() + named.off.bytes();
                    8 * texts.base.len() + texts.keys.keys().map(|key| key.len() + 24).sum::<usize>() + texts.sets.iter().map(named).sum::<usize>()
                }
            };
            values + 8 * column.asks.len()
        };
        let sets = self.slots.iter().chain([&self.whole]).map(|bits| 8 * bits.len()).sum::<usize>();
        std::mem::size_of_val(self.heads.as_slice()) + sets + self.columns.iter().map(column).sum::<usize>()
    }
}
