//! The condition language: text to tokens, to syntax, to a typed tree, and back to text.

mod ast;
mod lex;
mod parse;
mod print;
mod resolve;
mod syntax;

pub use ast::{Cond, CondKind, Counted, Literal, Near, Op, Operand, Reference, Set, Subject, SubjectForm, Test, Value};
pub(crate) use resolve::{Resolver, Symbols};

/// Words that cannot name a list or a field.
pub(crate) fn is_keyword(word: &str) -> bool {
    parse::KEYWORDS.contains(&word)
}
