//! The condition as written: names not yet looked up.

use std::ops::Range;

use super::ast::Op;

/// A range of bytes in the condition's text.
pub(crate) type Place = Range<usize>;

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) place: Place,
    pub(crate) kind: ExprKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Has(SubjectX, TestX),
    Compare(ValueX, Op, RightX),
    In(ValueX, bool, SetX),
    Rule(Name),
    IsMissing(Name),
    Flag(Name),
}

#[derive(Clone, Debug)]
pub(crate) enum SubjectX {
    AnyText,
    Any(Vec<Name>),
    Field(Name),
    Domains(Name),
}

#[derive(Clone, Debug)]
pub(crate) enum OperandX {
    List(Name),
    Text(String, Place),
    Regex(String, Place),
}

#[derive(Clone, Debug)]
pub(crate) enum TestX {
    Any(Vec<OperandX>),
    All(Vec<OperandX>),
    AtLeast(u32, Vec<OperandX>, Place),
    Near { left: Vec<OperandX>, right: Vec<OperandX>, within: u32, ordered: bool },
}

#[derive(Clone, Debug)]
pub(crate) struct CountedX {
    pub(crate) subject: SubjectX,
    pub(crate) side: Vec<OperandX>,
    pub(crate) per_field: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct ValueX {
    pub(crate) place: Place,
    pub(crate) kind: ValueKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ValueKind {
    Field(Name),
    /// `length` and its kind: function, field.
    Derived(&'static str, Name),
    Counted(&'static str, Box<CountedX>),
    Score(Name),
}

#[derive(Clone, Debug)]
pub(crate) struct LiteralX {
    pub(crate) place: Place,
    pub(crate) kind: LiteralKind,
}

#[derive(Clone, Debug)]
pub(crate) enum LiteralKind {
    Text(String),
    Word(String),
    Bool(bool),
    /// Digits and what follows them: `%`, a unit, or nothing.
    Number(String, Option<String>),
}

#[derive(Clone, Debug)]
pub(crate) enum RightX {
    Value(ValueX),
    /// A bare name is a field if one of that name exists, else a literal.
    Literal(LiteralX),
}

#[derive(Clone, Debug)]
pub(crate) enum SetX {
    List(Name),
    Literals(Vec<LiteralX>),
    Range(LiteralX, LiteralX),
}
