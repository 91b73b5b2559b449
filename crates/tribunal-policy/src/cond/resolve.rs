//! Syntax to the typed tree: names are looked up, types are checked, inline terms become lists of their own.

use std::collections::BTreeMap;

use tribunal_text::Folds;

use super::ast::{Cond, CondKind, Counted, Literal, Near, Op, Operand, Set, Subject, SubjectForm, Test, Value};
use super::parse;
use super::syntax::{CountedX, Expr, ExprKind, LiteralKind, LiteralX, Name, OperandX, Place, RightX, SetX, SubjectX, TestX, ValueKind, ValueX};
use crate::codes::{self, Code};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::fields::{self, Field, FieldType};
use crate::ids::{FieldId, ListId, RuleId, ScoreId};
use crate::model::{Entry, Force, List, Match};
use crate::num::Decimal;
use crate::source::{Sources, Span};
use crate::suggest;
use crate::yaml::Scalar;

/// The names a condition may use.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    pub(crate) fields: Vec<Field>,
    pub(crate) lists: BTreeMap<String, ListId>,
    pub(crate) rules: BTreeMap<String, RuleId>,
    pub(crate) scores: BTreeMap<String, ScoreId>,
}

/// What a value is compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Duration,
    Bool,
    Text,
    Time,
}

/// Resolves the conditions of one policy.
pub(crate) struct Resolver<'a> {
    pub(crate) symbols: &'a Symbols,
    pub(crate) sources: &'a Sources,
    /// All lists; inline terms are put behind the named ones.
    pub(crate) lists: &'a mut Vec<List>,
    pub(crate) out: &'a mut Diagnostics,
}

impl Resolver<'_> {
    /// The condition of a scalar; `None` with a diagnostic when it has a mistake.
    pub(crate) fn condition(&mut self, scalar: &Scalar) -> Option<Cond> {
        let block = matches!(scalar.style, crate::yaml::ScalarStyle::Literal | crate::yaml::ScalarStyle::Folded);
        if !block && let Some(comment) = scalar.trailing_comment {
            self.out.push(
                Diagnostic::new(&codes::CONDITION_COMMENT, comment, "a comment after a one-line condition")
                    .help("put it on a line of its own, or write the condition as a block after `|`, where `#` begins a comment of the condition"),
            );
        }
        let (expr, problems) = parse::parse(&scalar.text);
        let mut broken = false;
        for problem in problems {
            let code: &'static Code = if problem.warning { &codes::MIXED_AND_OR } else { &codes::CONDITION_SYNTAX };
            broken |= !problem.warning;
            self.out.push(Diagnostic::new(code, scalar.source_span(problem.place), problem.message).help_opt(problem.help));
        }
        let before = self.out.len();
        let cond = expr.and_then(|expr| InText { scalar }.cond(self, expr)).filter(|_| !broken);
        // Whatever cannot be used has to be said, or a rule would vanish in silence.
        let said = broken || self.out.as_slice().get(before..).unwrap_or_default().iter().any(|found| found.severity == Severity::Error);
        if cond.is_none() && !said {
            self.out
                .push(Diagnostic::new(&codes::CONDITION_SYNTAX, scalar.span, "this condition cannot be read").help("write it as in the language reference"));
        }
        cond
    }

    fn unknown(&mut self, code: &'static Code, what: &str, name: &str, span: Span, known: Option<String>, fallback: &str) {
        let help = known.unwrap_or_else(|| fallback.to_owned());
        self.out.push(Diagnostic::new(code, span, format!("there is no {what} `{name}`")).help(help));
    }

    fn inline(&mut self, written: String, text: &str, span: Span, mode: (Match, Folds)) -> ListId {
        let line = self.sources.line(span);
        let place = format!("{}:{line}", self.sources.path(span.file));
        let entry = Entry {
            text: text.to_owned(),
            allow: false,
            term: 0,
            modes: vec![mode],
            turkish: false,
            lang: None,
            markets: Vec::new(),
            force: Force::default(),
            since: None,
            until: None,
            only_lang: None,
            sense: None,
            source: None,
            note: None,
            evasions: Vec::new(),
            span,
            place,
        };
        let id = ListId(u32::try_from(self.lists.len()).unwrap_or(u32::MAX));
        self.lists.push(List {
            name: written,
            span,
            inline: true,
            sensitive: false,
            description: None,
            owner: None,
            entries: vec![entry],
            terms: 1,
            scope: None,
        });
        id
    }
}

/// One condition being resolved: knows where its text stands.
struct InText<'a> {
    scalar: &'a Scalar,
}

impl InText<'_> {
    fn span(&self, place: &Place) -> Span {
        self.scalar.source_span(place.clone())
    }

    fn all(&self, r: &mut Resolver<'_>, parts: Vec<Expr>) -> Option<Vec<Cond>> {
        // Every part is resolved before giving up, so that all mistakes are reported.
        let resolved: Vec<Option<Cond>> = parts.into_iter().map(|part| self.cond(r, part)).collect();
        resolved.into_iter().collect()
    }

    fn cond(&self, r: &mut Resolver<'_>, expr: Expr) -> Option<Cond> {
        let span = self.span(&expr.place);
        let kind = match expr.kind {
            ExprKind::And(parts) => CondKind::And(self.all(r, parts)?),
            ExprKind::Or(parts) => CondKind::Or(self.all(r, parts)?),
            ExprKind::Not(inner) => CondKind::Not(Box::new(self.cond(r, *inner)?)),
            ExprKind::Has(subject, test) => self.has(r, subject, test)?,
            ExprKind::Compare(value, op, right) => self.compare(r, value, op, right, span)?,
            ExprKind::In(value, negated, set) => self.membership(r, value, negated, set)?,
            ExprKind::Rule(name) => CondKind::Rule(self.rule(r, &name)?),
            ExprKind::IsMissing(name) => CondKind::IsMissing(self.field(r, &name)?),
            ExprKind::Flag(name) => self.flag(r, &name)?,
        };
        Some(Cond { span, kind })
    }

    fn field(&self, r: &mut Resolver<'_>, name: &Name) -> Option<FieldId> {
        if let Some(id) = fields::find(&r.symbols.fields, &name.text) {
            return Some(id);
        }
        let span = self.span(&name.place);
        if fields::UNREADABLE.contains(&name.text.as_str()) || fields::UNREADABLE.iter().any(|key| name.text.starts_with(&format!("{key}."))) {
            r.out.push(
                Diagnostic::new(&codes::UNKNOWN_FIELD, span, format!("`{}` cannot be read by a condition", name.text))
                    .help("labels, weights and their kind are for measuring; a decision that read them would judge itself"),
            );
            return None;
        }
        let known = suggest::did_you_mean(&name.text, r.symbols.fields.iter().map(|field| field.name.as_str()));
        let fallback = "declare it under `fields:` with its type, or use a built-in field";
        r.unknown(&codes::UNKNOWN_FIELD, "field", &name.text, span, known, fallback);
        None
    }

    fn ty(&self, r: &Resolver<'_>, field: FieldId) -> FieldType {
        r.symbols.fields.get(field.index()).map_or(FieldType::Text, |field| field.ty)
    }

    fn wrong_type(&self, r: &mut Resolver<'_>, place: &Place, message: String, help: &str) {
        r.out.push(Diagnostic::new(&codes::WRONG_TYPE, self.span(place), message).help(help));
    }

    /// A field of one of these types.
    fn typed(&self, r: &mut Resolver<'_>, name: &Name, wanted: &[FieldType], what: &str) -> Option<FieldId> {
        let field = self.field(r, name)?;
        let ty = self.ty(r, field);
        if wanted.contains(&ty) {
            return Some(field);
        }
        self.wrong_type(r, &name.place, format!("`{}` is of type {}", name.text, ty.name()), &format!("{what} needs a field of type {}", type_names(wanted)));
        None
    }

    fn rule(&self, r: &mut Resolver<'_>, name: &Name) -> Option<RuleId> {
        if let Some(id) = r.symbols.rules.get(&name.text) {
            return Some(*id);
        }
        let known = suggest::did_you_mean(&name.text, r.symbols.rules.keys().map(String::as_str));
        r.unknown(&codes::UNKNOWN_RULE, "rule", &name.text, self.span(&name.place), known, "name a rule of this policy");
        None
    }

    fn list(&self, r: &mut Resolver<'_>, name: &Name) -> Option<ListId> {
        if let Some(id) = r.symbols.lists.get(&name.text) {
            return Some(*id);
        }
        let known = suggest::did_you_mean(&name.text, r.symbols.lists.keys().map(String::as_str));
        let fallback = "declare it under `terms:`; a single term is written as a text: has \"…\"";
        r.unknown(&codes::UNKNOWN_LIST, "term list", &name.text, self.span(&name.place), known, fallback);
        None
    }

    fn flag(&self, r: &mut Resolver<'_>, name: &Name) -> Option<CondKind> {
        let field = self.field(r, name)?;
        let ty = self.ty(r, field);
        if ty == FieldType::Bool {
            return Some(CondKind::Flag(field));
        }
        let help = if ty.is_text() { "a text is asked with `has`, for example `caption has firearms`" } else { "compare it, for example `>= 18`" };
        self.wrong_type(r, &name.place, format!("`{}` is of type {}, not true or false", name.text, ty.name()), help);
        None
    }

    fn subject(&self, r: &mut Resolver<'_>, subject: SubjectX) -> Option<Subject> {
        match subject {
            SubjectX::AnyText => {
                let content = r.symbols.fields.iter().enumerate().filter(|(_, field)| field.content);
                let fields = content.filter_map(|(at, _)| Some(FieldId(u32::try_from(at).ok()?))).collect();
                Some(Subject { fields, form: SubjectForm::AnyText })
            }
            SubjectX::Any(names) => {
                let found: Vec<Option<FieldId>> = names.iter().map(|name| self.searchable(r, name)).collect();
                Some(Subject { fields: found.into_iter().collect::<Option<_>>()?, form: SubjectForm::Any })
            }
            SubjectX::Field(name) => Some(Subject { fields: vec![self.searchable(r, &name)?], form: SubjectForm::Field }),
            SubjectX::Domains(name) => {
                let field = self.typed(r, &name, &[FieldType::Text, FieldType::TextList], "`domains(…)`")?;
                Some(Subject { fields: vec![field], form: SubjectForm::Domains })
            }
        }
    }

    fn searchable(&self, r: &mut Resolver<'_>, name: &Name) -> Option<FieldId> {
        let field = self.field(r, name)?;
        let ty = self.ty(r, field);
        if ty.is_text() || ty == FieldType::IdList {
            return Some(field);
        }
        let help = if ty == FieldType::Id { "an id is compared: `= \"…\"` or `in list`" } else { "`has` needs a text, a list of texts or a list of ids" };
        self.wrong_type(r, &name.place, format!("`{}` is of type {}", name.text, ty.name()), help);
        None
    }

    fn operands(&self, r: &mut Resolver<'_>, operands: Vec<OperandX>) -> Option<Vec<ListId>> {
        let found: Vec<Option<ListId>> = operands.into_iter().map(|operand| self.operand(r, operand)).collect();
        found.into_iter().collect()
    }

    fn operand(&self, r: &mut Resolver<'_>, operand: OperandX) -> Option<ListId> {
        match operand {
            OperandX::List(name) => self.list(r, &name),
            OperandX::Text(text, place) => {
                let span = self.span(&place);
                if !crate::load::terms::check_term(&text, Match::Phrase, Folds::PLAIN, false, span, r.out) {
                    return None;
                }
                Some(r.inline(format!("\"{text}\""), &text, span, (Match::Phrase, Folds::PLAIN)))
            }
            OperandX::Regex(text, place) => {
                let span = self.span(&place);
                if !crate::load::terms::check_term(&text, Match::Regex, Folds::CASE, false, span, r.out) {
                    return None;
                }
                Some(r.inline(format!("/{text}/"), &text, span, (Match::Regex, Folds::CASE)))
            }
        }
    }

    fn has(&self, r: &mut Resolver<'_>, subject: SubjectX, test: TestX) -> Option<CondKind> {
        let subject = self.subject(r, subject);
        let test = match test {
            TestX::Any(operands) => self.operands(r, operands).map(Test::Any),
            TestX::All(operands) => self.operands(r, operands).map(Test::All),
            TestX::AtLeast(count, operands, place) => {
                if count == 0 || count as usize > operands.len() {
                    let message = format!("`at least {count}` of {} is {}", operands.len(), if count == 0 { "always true" } else { "never true" });
                    r.out.push(Diagnostic::new(&codes::WRONG_VALUE, self.span(&place), message).help("write a number from 1 to the number of lists"));
                }
                self.operands(r, operands).map(|lists| Test::AtLeast(count, lists))
            }
            TestX::Near { left, right, within, ordered } => {
                let left = self.operands(r, left);
                let right = self.operands(r, right);
                left.zip(right).map(|(left, right)| Test::Near(Near { left, right, within, ordered }))
            }
        };
        let (subject, test) = (subject?, test?);
        if matches!(test, Test::Near(_)) {
            let exact = subject.form == SubjectForm::Domains || subject.fields.iter().any(|field| !self.ty(r, *field).is_text());
            if exact {
                let span = self.span(&(0..self.scalar.text.len()));
                r.out.push(Diagnostic::new(&codes::WRONG_TYPE, span, "distances are measured in texts only").help("use `has all of (…)` for ids and hosts"));
                return None;
            }
        }
        Some(CondKind::Has(subject, test))
    }

    fn counted(&self, r: &mut Resolver<'_>, counted: CountedX) -> Option<Counted> {
        let subject = self.subject(r, counted.subject);
        let lists = self.operands(r, counted.side);
        Some(Counted { subject: subject?, lists: lists?, per_field: counted.per_field })
    }

    fn value(&self, r: &mut Resolver<'_>, value: ValueX) -> Option<(Value, Kind)> {
        const TEXTS: &[FieldType] = &[FieldType::Text, FieldType::TextList];
        match value.kind {
            ValueKind::Field(name) => {
                let field = self.field(r, &name)?;
                let kind = match self.ty(r, field) {
                    FieldType::Number => Kind::Number,
                    FieldType::Bool => Kind::Bool,
                    FieldType::Time => Kind::Time,
                    FieldType::Text | FieldType::Id => Kind::Text,
                    ty @ (FieldType::TextList | FieldType::IdList) => {
                        let help = "ask it with `has`, or compare `count(…)`";
                        self.wrong_type(r, &name.place, format!("`{}` is of type {}", name.text, ty.name()), help);
                        return None;
                    }
                };
                Some((Value::Field(field), kind))
            }
            ValueKind::Derived(function, name) => {
                let what = format!("`{function}(…)`");
                let (wanted, kind): (&[FieldType], Kind) = match function {
                    "age" => (&[FieldType::Time], Kind::Duration),
                    "count" => (&[FieldType::TextList, FieldType::IdList], Kind::Number),
                    _ => (TEXTS, Kind::Number),
                };
                let field = self.typed(r, &name, wanted, &what)?;
                let value = match function {
                    "length" => Value::Length(field),
                    "words" => Value::Words(field),
                    "uppercase_ratio" => Value::UppercaseRatio(field),
                    "emoji_count" => Value::EmojiCount(field),
                    "link_count" => Value::LinkCount(field),
                    "age" => Value::Age(field),
                    _ => Value::CountList(field),
                };
                Some((value, kind))
            }
            ValueKind::Counted(function, counted) => {
                let counted = self.counted(r, *counted)?;
                let value = match function {
                    "count" => Value::Count(counted),
                    "distinct" => Value::Distinct(counted),
                    _ => Value::Evasion(counted),
                };
                Some((value, Kind::Number))
            }
            ValueKind::Score(name) => {
                if let Some(id) = r.symbols.scores.get(&name.text) {
                    return Some((Value::Score(*id), Kind::Number));
                }
                let known = suggest::did_you_mean(&name.text, r.symbols.scores.keys().map(String::as_str));
                let fallback = "a score exists when a rule gives points to it: `points: {name: 1}`";
                r.unknown(&codes::UNKNOWN_SCORE, "score", &name.text, self.span(&name.place), known, fallback);
                None
            }
        }
    }

    fn compare(&self, r: &mut Resolver<'_>, left: ValueX, op: Op, right: RightX, span: Span) -> Option<CondKind> {
        let place = left.place.clone();
        let left = self.value(r, left);
        let operand = match right {
            RightX::Value(value) => {
                let place = value.place.clone();
                let (value, kind) = self.value(r, value)?;
                let (_, wanted) = left.as_ref()?;
                if !comparable(*wanted, kind) {
                    self.wrong_type(r, &place, "these two are of different types".to_owned(), "only values of one type can be compared");
                    return None;
                }
                Operand::Value(value)
            }
            RightX::Literal(literal) => {
                let (_, kind) = left.as_ref()?;
                if let LiteralKind::Word(word) = &literal.kind
                    && fields::find(&r.symbols.fields, word).is_some()
                {
                    let name = Name { text: word.clone(), place: literal.place.clone() };
                    let value = ValueX { place: literal.place, kind: ValueKind::Field(name) };
                    return self.compare_again(r, left, op, value, span);
                }
                Operand::Literal(self.literal(r, literal, *kind)?)
            }
        };
        let (value, kind) = left?;
        if !matches!(op, Op::Eq | Op::Ne) && matches!(kind, Kind::Text | Kind::Bool) {
            let help = if kind == Kind::Text {
                "compare texts with `=` or `!=`; how long a text is says `length(…)`"
            } else {
                "compare with `=` or `!=`, or write the field alone"
            };
            self.wrong_type(r, &place, format!("`{}` needs a number or a time", op.symbol()), help);
            return None;
        }
        Some(CondKind::Compare(value, op, operand))
    }

    fn compare_again(&self, r: &mut Resolver<'_>, left: Option<(Value, Kind)>, op: Op, right: ValueX, _span: Span) -> Option<CondKind> {
        let place = right.place.clone();
        let (right, kind) = self.value(r, right)?;
        let (left, wanted) = left?;
        if !comparable(wanted, kind) {
            self.wrong_type(
                r,
                &place,
                "these two are of different types".to_owned(),
                "only values of one type can be compared; a literal text stands in quotes",
            );
            return None;
        }
        Some(CondKind::Compare(left, op, Operand::Value(right)))
    }

    fn literal(&self, r: &mut Resolver<'_>, literal: LiteralX, kind: Kind) -> Option<Literal> {
        let mismatch = |r: &mut Resolver<'_>, help: &str| {
            let what = match kind {
                Kind::Number => "a number",
                Kind::Duration => "a span of time",
                Kind::Bool => "`true` or `false`",
                Kind::Text => "a text",
                Kind::Time => "a time",
            };
            self.wrong_type(r, &literal.place, format!("expected {what} here"), help);
        };
        match (&literal.kind, kind) {
            (LiteralKind::Text(text) | LiteralKind::Word(text), Kind::Text) => Some(Literal::Text(text.clone())),
            (LiteralKind::Number(digits, None), Kind::Text) => Some(Literal::Text(digits.clone())),
            (LiteralKind::Bool(value), Kind::Bool) => Some(Literal::Bool(*value)),
            (LiteralKind::Text(text), Kind::Time) => {
                let time = crate::time::parse(text);
                if time.is_none() {
                    mismatch(r, "write it as \"2026-11-01\" or \"2026-11-01T10:00:00Z\"");
                }
                time.map(|instant| Literal::Time(instant.seconds))
            }
            (LiteralKind::Number(digits, None), Kind::Time) => {
                let seconds = Decimal::parse(digits).filter(|number| number.scale == 0);
                if seconds.is_none() {
                    mismatch(r, "a time is a text such as \"2026-11-01\", or whole epoch seconds");
                }
                seconds.map(|number| Literal::Time(number.mantissa))
            }
            (LiteralKind::Number(digits, unit), Kind::Number | Kind::Duration) => {
                let number = number(digits, unit.as_deref());
                if number.is_none() {
                    mismatch(r, "a number is at most 9223372036854775807, its digits after the point counted in");
                }
                if kind == Kind::Duration && unit.as_deref() == Some("%") {
                    mismatch(r, "give the unit, for example `7 days`; without one it is seconds");
                    return None;
                }
                number.map(Literal::Number)
            }
            (_, Kind::Time) => {
                mismatch(r, "a time is a text such as \"2026-11-01\", or whole epoch seconds");
                None
            }
            (_, Kind::Duration) => {
                mismatch(r, "for example `7 days`; units are seconds, minutes, hours, days, weeks");
                None
            }
            (_, Kind::Text) => {
                mismatch(r, "texts stand in double quotes; a word of letters may stand alone");
                None
            }
            (_, Kind::Bool) => {
                mismatch(r, "the left side is true or false: write `= true`, or the field alone");
                None
            }
            (_, Kind::Number) => {
                mismatch(r, "the left side is a number: compare it with one, for example `>= 18`");
                None
            }
        }
    }

    fn membership(&self, r: &mut Resolver<'_>, value: ValueX, negated: bool, set: SetX) -> Option<CondKind> {
        let place = value.place.clone();
        let value = self.value(r, value);
        let set = match set {
            SetX::List(name) => {
                let list = self.list(r, &name)?;
                let (_, kind) = value.as_ref()?;
                if *kind != Kind::Text {
                    self.wrong_type(r, &place, "only a text can be in a term list".to_owned(), "numbers are compared with a range `1..5` or a group `(1, 2)`");
                    return None;
                }
                Set::List(list)
            }
            SetX::Literals(items) => {
                let kind = value.as_ref()?.1;
                let found: Vec<Option<Literal>> = items.into_iter().map(|item| self.literal(r, item, kind)).collect();
                Set::Literals(found.into_iter().collect::<Option<_>>()?)
            }
            SetX::Range(low, high) => {
                let kind = value.as_ref()?.1;
                let span = low.place.start..high.place.end;
                if !matches!(kind, Kind::Number | Kind::Duration) {
                    self.wrong_type(r, &span, "a range is of numbers".to_owned(), "compare with `>=` and `<=`");
                    return None;
                }
                let (Literal::Number(low), Literal::Number(high)) = (self.literal(r, low, kind)?, self.literal(r, high, kind)?) else {
                    return None;
                };
                if low.to_num().compare(high.to_num()).is_some_and(std::cmp::Ordering::is_gt) {
                    r.out.push(
                        Diagnostic::new(&codes::WRONG_VALUE, self.span(&span), "this range is empty: its first end is the greater")
                            .help("write the smaller number first"),
                    );
                }
                Set::Range(low, high)
            }
        };
        Some(CondKind::In(value?.0, negated, set))
    }
}

fn comparable(left: Kind, right: Kind) -> bool {
    left == right || matches!((left, right), (Kind::Number | Kind::Duration, Kind::Number | Kind::Duration))
}

fn type_names(types: &[FieldType]) -> String {
    types.iter().map(|ty| ty.name()).collect::<Vec<_>>().join(" or ")
}

fn number(digits: &str, unit: Option<&str>) -> Option<Decimal> {
    let number = Decimal::parse(digits)?;
    match unit {
        None | Some("second" | "seconds") => Some(number),
        Some("%") => Some(number.percent()),
        Some("minute" | "minutes") => number.times(60),
        Some("hour" | "hours") => number.times(3_600),
        Some("day" | "days") => number.times(86_400),
        Some(_) => number.times(604_800),
    }
}
