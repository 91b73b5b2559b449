//! Subjects, values and literals.

use super::super::lex::TokenKind;
use super::super::syntax::{CountedX, LiteralKind, LiteralX, RightX, SetX, SubjectX, ValueKind, ValueX};
use super::{DERIVED, FUNCTIONS, KEYWORDS, Parsed, Parser, Stop, UNITS};

impl Parser<'_> {
    pub(super) fn subject(&mut self) -> Parsed<SubjectX> {
        if self.is_word(0, "domains") && self.is_punct(1, "(") {
            self.at += 2;
            let field = self.field()?;
            self.need_punct(")", "after the field")?;
            return Ok(SubjectX::Domains(field));
        }
        if !self.eat_word("any") {
            return Ok(SubjectX::Field(self.field()?));
        }
        if self.eat_word("text") {
            return Ok(SubjectX::AnyText);
        }
        if !self.eat_punct("(") {
            return self.expected("`text` or `(` after `any`", Some("`any text has …`, or `any (caption, ocr) has …`"));
        }
        let mut fields = vec![self.field()?];
        while self.eat_punct(",") {
            fields.push(self.field()?);
        }
        self.need_punct(")", "or `,` after the field")?;
        Ok(SubjectX::Any(fields))
    }

    pub(super) fn value(&mut self) -> Parsed<ValueX> {
        let start = self.place().start;
        let function = FUNCTIONS.iter().copied().find(|function| self.is_word(0, function) && self.is_punct(1, "("));
        let kind = match function {
            None => {
                if *self.peek() == TokenKind::Word && self.is_punct(1, "(") {
                    let place = self.place();
                    let known = crate::suggest::closest(self.slice(0), FUNCTIONS.iter().copied());
                    let help = known.map_or_else(|| format!("the functions are {}", FUNCTIONS.join(", ")), |name| format!("did you mean `{name}`?"));
                    let message = format!("`{}` is not a function", self.slice(0));
                    self.problem(place, message, Some(&help));
                    return Err(Stop);
                }
                ValueKind::Field(self.field()?)
            }
            Some(function) => {
                self.at += 2;
                let kind = self.function(function)?;
                self.need_punct(")", "to close the function")?;
                kind
            }
        };
        Ok(ValueX { place: self.since(start), kind })
    }

    pub(super) fn function(&mut self, function: &'static str) -> Parsed<ValueKind> {
        if function == "score" {
            return Ok(ValueKind::Score(self.any_name("a score")?));
        }
        if DERIVED.contains(&function) {
            return Ok(ValueKind::Derived(function, self.field()?));
        }
        if !matches!(function, "count" | "distinct" | "evasion") {
            return self.expected("a value", Some("`rule(…)`, `is_missing(…)` and `domains(…)` are not values to compare"));
        }
        let subject = self.subject()?;
        if function == "count"
            && !self.is_word(0, "has")
            && let SubjectX::Field(field) = subject
        {
            return Ok(ValueKind::Derived("count", field));
        }
        if !self.eat_word("has") {
            return self.expected("`has`", Some("for example `count(any text has slurs) >= 3`"));
        }
        let side = self.side()?;
        let per_field = self.eat_word("per");
        if per_field && !self.eat_word("field") {
            return self.expected("`field` after `per`", None);
        }
        Ok(ValueKind::Counted(function, Box::new(CountedX { subject, side, per_field })))
    }

    pub(super) fn literal(&mut self) -> Parsed<LiteralX> {
        let start = self.place().start;
        let kind = match self.peek().clone() {
            TokenKind::Str(text) => {
                self.at += 1;
                LiteralKind::Text(text)
            }
            TokenKind::Word if self.is_word(0, "true") || self.is_word(0, "false") => {
                let value = self.is_word(0, "true");
                self.at += 1;
                LiteralKind::Bool(value)
            }
            TokenKind::Word if !KEYWORDS.contains(&self.slice(0)) => {
                let word = self.slice(0).to_owned();
                self.at += 1;
                LiteralKind::Word(word)
            }
            TokenKind::Number => {
                let digits = self.slice(0).to_owned();
                self.at += 1;
                self.bare_date(start)?;
                let unit = if self.eat_punct("%") {
                    Some("%".to_owned())
                } else if *self.peek() == TokenKind::Word && UNITS.contains(&self.slice(0)) {
                    let unit = self.slice(0).to_owned();
                    self.at += 1;
                    Some(unit)
                } else {
                    None
                };
                LiteralKind::Number(digits, unit)
            }
            _ => return self.expected("a value", Some("a number, \"a text\", a word, `true` or `false`")),
        };
        Ok(LiteralX { place: self.since(start), kind })
    }

    /// `2026-11-01` is three numbers to the lexer: says that a date is a text.
    pub(super) fn bare_date(&mut self, start: usize) -> Parsed<()> {
        let adjacent = |parser: &Self| {
            let end = parser.since(start).end;
            parser.token(0).is_some_and(|token| token.kind == TokenKind::Number && token.range.start == end && parser.slice(0).starts_with('-'))
        };
        if !adjacent(self) {
            return Ok(());
        }
        while adjacent(self) {
            self.at += 1;
        }
        self.problem(self.since(start), "a date stands in double quotes", Some("write it as \"2026-11-01\" or \"2026-11-01T10:00:00Z\""));
        Err(Stop)
    }

    pub(super) fn right(&mut self) -> Parsed<RightX> {
        let is_word = *self.peek() == TokenKind::Word;
        if is_word && (self.is_punct(1, "(") || self.is_punct(1, ".")) {
            return Ok(RightX::Value(self.value()?));
        }
        Ok(RightX::Literal(self.literal()?))
    }

    pub(super) fn set(&mut self) -> Parsed<SetX> {
        if *self.peek() == TokenKind::Number {
            let low = self.literal()?;
            self.need_punct("..", "between the two ends of the range")?;
            return Ok(SetX::Range(low, self.literal()?));
        }
        if !self.eat_punct("(") {
            return Ok(SetX::List(self.name("a list, a range or a group in parentheses")?));
        }
        let mut items = Vec::new();
        loop {
            if self.is_punct(0, ")") && !items.is_empty() {
                break;
            }
            items.push(self.literal()?);
            if !self.eat_punct(",") {
                break;
            }
        }
        self.need_punct(")", "or `,` in the group")?;
        Ok(SetX::Literals(items))
    }
}
