//! The typed condition tree: names resolved, types checked, every node with the place it was written at.

use crate::ids::{FieldId, ListId, RuleId, ScoreId};
use crate::num::Decimal;
use crate::source::Span;

/// A condition. Evaluates to true, false or unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Cond {
    /// Where it was written.
    pub span: Span,
    /// What it says.
    pub kind: CondKind,
}

/// The forms of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum CondKind {
    /// All of them (Kleene); never empty.
    And(Vec<Cond>),
    /// One of them (Kleene); never empty.
    Or(Vec<Cond>),
    /// The contrary; unknown stays unknown.
    Not(Box<Cond>),
    /// Fields hold terms.
    Has(Subject, Test),
    /// `left op right`.
    Compare(Value, Op, Operand),
    /// `value [not] in set`.
    In(Value, bool, Set),
    /// `rule(name)`.
    Rule(RuleId),
    /// `is_missing(field)`.
    IsMissing(FieldId),
    /// A lone field of type bool.
    Flag(FieldId),
}

/// What is looked at by `has`: the *or* over its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The fields, in the order written; `any text` is written out.
    pub fields: Vec<FieldId>,
    /// How it was written.
    pub form: SubjectForm,
}

/// How a subject was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectForm {
    /// `any text`: every field of the content text class.
    AnyText,
    /// `any (a, b)`.
    Any,
    /// One field.
    Field,
    /// `domains(field)`: the hosts of the links in it (one field).
    Domains,
}

/// What `has` asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `has x`, `has any of (…)`: one of them.
    Any(Vec<ListId>),
    /// `has all of (…)`.
    All(Vec<ListId>),
    /// `has at least n of (…)`: n operands, each on the whole subject.
    AtLeast(u32, Vec<ListId>),
    /// `has a near|before b within n words`.
    Near(Near),
}

/// Two hits by word distance in one field or element.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// One side: a hit of any of these lists.
    pub left: Vec<ListId>,
    /// The other side.
    pub right: Vec<ListId>,
    /// At most so many words touch neither hit between them.
    pub within: u32,
    /// `before`: left's end at or before right's start.
    pub ordered: bool,
}

/// Hits that are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Where.
    pub subject: Subject,
    /// Terms of these lists.
    pub lists: Vec<ListId>,
    /// Summed over fields instead of the largest one for each term.
    pub per_field: bool,
}

/// The left side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The value of a field.
    Field(FieldId),
    /// `length(f)`: code points.
    Length(FieldId),
    /// `words(f)`: words.
    Words(FieldId),
    /// `uppercase_ratio(f)`: 0 to 1.
    UppercaseRatio(FieldId),
    /// `emoji_count(f)`.
    EmojiCount(FieldId),
    /// `link_count(f)`.
    LinkCount(FieldId),
    /// `age(f)`: seconds between the time `f` and `as_of`.
    Age(FieldId),
    /// `count(f)`: elements of a list field.
    CountList(FieldId),
    /// `count(S has L)`: hits.
    Count(Counted),
    /// `distinct(S has L)`: distinct terms.
    Distinct(Counted),
    /// `evasion(S has L)`: hits that needed a fold beyond `plain`.
    Evasion(Counted),
    /// `score(s)`: points.
    Score(ScoreId),
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Op {
    /// Whether an ordering satisfies it.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Op::Eq => ordering.is_eq(),
            Op::Ne => ordering.is_ne(),
            Op::Lt => ordering.is_lt(),
            Op::Le => ordering.is_le(),
            Op::Gt => ordering.is_gt(),
            Op::Ge => ordering.is_ge(),
        }
    }

    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
        }
    }
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Another value of the same type.
    Value(Value),
    /// A literal, already of the left side's type.
    Literal(Literal),
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A string or a bare word.
    Text(String),
    /// A number; percent and units of time already applied (seconds).
    Number(Decimal),
    /// `true`, `false`.
    Bool(bool),
    /// Seconds since 1970-01-01 UTC.
    Time(i64),
}

/// The right side of `in`.
#[derive(Clone, Debug, PartialEq)]
pub enum Set {
    /// The texts of a list's entries, no folds.
    List(ListId),
    /// Literals of the left side's type.
    Literals(Vec<Literal>),
    /// Both ends included.
    Range(Decimal, Decimal),
}

impl Cond {
    /// Calls `visit` on it and every condition below, parents first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Cond)) {
        visit(self);
        match &self.kind {
            CondKind::And(parts) | CondKind::Or(parts) => parts.iter().for_each(|part| part.walk(visit)),
            CondKind::Not(inner) => inner.walk(visit),
            _ => {}
        }
    }

    /// Calls `visit` on every field read directly by it (not through other rules).
    pub fn fields(&self, visit: &mut dyn FnMut(FieldId)) {
        self.walk(&mut |cond| match &cond.kind {
            CondKind::Has(subject, _) => subject.fields.iter().for_each(|f| visit(*f)),
            CondKind::Compare(value, _, operand) => {
                value.fields(visit);
                if let Operand::Value(value) = operand {
                    value.fields(visit);
                }
            }
            CondKind::In(value, _, _) => value.fields(visit),
            CondKind::IsMissing(field) | CondKind::Flag(field) => visit(*field),
            _ => {}
        });
    }

    /// Calls `visit` on every list it reads, with whether it stands under an odd number of `not`.
    pub fn lists(&self, visit: &mut dyn FnMut(ListId, bool)) {
        self.lists_under(false, visit);
    }

    fn lists_under(&self, negated: bool, visit: &mut dyn FnMut(ListId, bool)) {
        match &self.kind {
            CondKind::And(parts) | CondKind::Or(parts) => {
                for part in parts {
                    part.lists_under(negated, visit);
                }
            }
            CondKind::Not(inner) => inner.lists_under(!negated, visit),
            CondKind::Has(_, test) => test.lists().for_each(|list| visit(list, negated)),
            CondKind::Compare(value, _, operand) => {
                value.lists().iter().for_each(|list| visit(*list, negated));
                if let Operand::Value(value) = operand {
                    value.lists().iter().for_each(|list| visit(*list, negated));
                }
            }
            CondKind::In(value, not, set) => {
                value.lists().iter().for_each(|list| visit(*list, negated));
                if let Set::List(list) = set {
                    visit(*list, negated != *not);
                }
            }
            CondKind::Rule(_) | CondKind::IsMissing(_) | CondKind::Flag(_) => {}
        }
    }

    /// Calls `visit` on every rule and score it refers to.
    pub fn references(&self, visit: &mut dyn FnMut(Reference)) {
        self.walk(&mut |cond| match &cond.kind {
            CondKind::Rule(rule) => visit(Reference::Rule(*rule)),
            CondKind::Compare(left, _, right) => {
                if let Value::Score(score) = left {
                    visit(Reference::Score(*score));
                }
                if let Operand::Value(Value::Score(score)) = right {
                    visit(Reference::Score(*score));
                }
            }
            CondKind::In(Value::Score(score), ..) => visit(Reference::Score(*score)),
            _ => {}
        });
    }
}

/// Something a condition refers to by name and that is itself computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `rule(…)`.
    Rule(RuleId),
    /// `score(…)`.
    Score(ScoreId),
}

impl Test {
    /// Every list it names.
    pub fn lists(&self) -> impl Iterator<Item = ListId> + '_ {
        let (first, second): (&[ListId], &[ListId]) = match self {
            Test::Any(lists) | Test::All(lists) | Test::AtLeast(_, lists) => (lists, &[]),
            Test::Near(near) => (&near.left, &near.right),
        };
        first.iter().chain(second).copied()
    }
}

impl Value {
    /// Calls `visit` on every field it reads.
    pub fn fields(&self, visit: &mut dyn FnMut(FieldId)) {
        match self {
            Value::Field(f)
            | Value::Length(f)
            | Value::Words(f)
            | Value::UppercaseRatio(f)
            | Value::EmojiCount(f)
            | Value::LinkCount(f)
            | Value::CountList(f) => visit(*f),
            Value::Age(f) => {
                visit(*f);
                visit(FieldId::AS_OF);
            }
            Value::Count(c) | Value::Distinct(c) | Value::Evasion(c) => {
                c.subject.fields.iter().for_each(|f| visit(*f));
            }
            Value::Score(_) => {}
        }
    }

    /// The lists whose hits it counts.
    pub fn lists(&self) -> &[ListId] {
        match self {
            Value::Count(c) | Value::Distinct(c) | Value::Evasion(c) => &c.lists,
            _ => &[],
        }
    }
}
