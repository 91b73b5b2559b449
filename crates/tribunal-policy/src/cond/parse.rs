//! Text to syntax tree by recursive descent, with recovery at the next `and`, `or` or closing parenthesis, so that
//! every broken predicate of a condition is reported in one run.

mod values;

use super::ast::Op;
use super::lex::{LexError, Token, TokenKind};
use super::syntax::{Expr, ExprKind, Name, OperandX, Place, SubjectX, TestX, ValueKind};

/// Words that cannot name a list or a field.
pub(crate) const KEYWORDS: &[&str] =
    &["and", "or", "not", "has", "in", "any", "all", "of", "at", "least", "near", "before", "within", "word", "words", "text", "per", "field", "true", "false"];

/// Functions on one field.
const DERIVED: &[&str] = &["length", "words", "uppercase_ratio", "emoji_count", "link_count", "age"];
const FUNCTIONS: &[&str] =
    &["length", "words", "uppercase_ratio", "emoji_count", "link_count", "age", "count", "distinct", "evasion", "score", "rule", "is_missing", "domains"];
const UNITS: &[&str] = &["second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks"];

/// How deep parentheses and `not` may nest.
const MAX_DEPTH: usize = 64;

/// A mistake or a warning of the syntax.
pub(crate) struct Problem {
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) warning: bool,
}

/// Reads a condition; `None` when nothing of it could be used. Problems that are not warnings make it unusable.
pub(crate) fn parse(text: &str) -> (Option<Expr>, Vec<Problem>) {
    let (tokens, errors) = super::lex::tokens(text);
    let problems: Vec<Problem> = errors.into_iter().map(|LexError { range, message, help }| Problem { place: range, message, help, warning: false }).collect();
    let lexical = !problems.is_empty();
    let places = problems.iter().map(|problem| problem.place.clone()).collect();
    let mut parser = Parser { text, tokens, at: 0, depth: 0, problems, lexical: places };
    if matches!(parser.peek(), TokenKind::End) {
        if !lexical {
            parser.problem(0..text.len(), "this condition is empty", Some("write what has to hold, for example `caption has firearms`"));
        }
        return (None, parser.problems);
    }
    let expr = parser.disjunction();
    if !matches!(parser.peek(), TokenKind::End) && !lexical {
        let place = parser.place();
        let found = parser.describe();
        let help = if found == "`)`" { "there is no `(` for it" } else { "join conditions with `and` or `or`" };
        parser.problem(place, format!("did not expect {found} here"), Some(help));
    }
    (expr, parser.problems)
}

/// Stops a predicate; the problem is already noted.
struct Stop;
type Parsed<T> = Result<T, Stop>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    problems: Vec<Problem>,
    /// Places of characters that are no tokens.
    lexical: Vec<Place>,
}

impl Parser<'_> {
    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).or_else(|| self.tokens.last())
    }

    fn peek(&self) -> &TokenKind {
        self.token(0).map_or(&TokenKind::End, |token| &token.kind)
    }

    fn place(&self) -> Place {
        self.token(0).map_or(0..0, |token| token.range.clone())
    }

    fn slice(&self, ahead: usize) -> &str {
        self.token(ahead).and_then(|token| self.text.get(token.range.clone())).unwrap_or("")
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.token(ahead).is_some_and(|token| token.kind == TokenKind::Word) && self.slice(ahead) == word
    }

    fn is_punct(&self, ahead: usize, symbol: &str) -> bool {
        self.token(ahead).is_some_and(|token| matches!(token.kind, TokenKind::Punct(found) if found == symbol))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        if found {
            self.at += 1;
        }
        found
    }

    fn eat_punct(&mut self, symbol: &'static str) -> bool {
        let found = matches!(self.peek(), TokenKind::Punct(p) if *p == symbol);
        if found {
            self.at += 1;
        }
        found
    }

    fn describe(&self) -> String {
        match self.peek() {
            TokenKind::End => "the end of the condition".to_owned(),
            _ => format!("`{}`", self.slice(0)),
        }
    }

    fn problem(&mut self, place: Place, message: impl Into<String>, help: Option<&str>) {
        self.problems.push(Problem { place, message: message.into(), help: help.map(str::to_owned), warning: false });
    }

    fn expected<T>(&mut self, what: &str, help: Option<&str>) -> Parsed<T> {
        let place = self.place();
        if self.after_lexical_mistake() {
            return Err(Stop);
        }
        let message = format!("expected {what}, found {}", self.describe());
        self.problem(place, message, help.or(Some("the forms of conditions are in the language reference")));
        Err(Stop)
    }

    fn need_punct(&mut self, symbol: &'static str, why: &str) -> Parsed<()> {
        let help = if symbol == ")" { "every `(` needs its `)`" } else { "the parts stand between parentheses, separated by commas" };
        if self.eat_punct(symbol) { Ok(()) } else { self.expected(&format!("`{symbol}` {why}"), Some(help)) }
    }

    fn since(&self, start: usize) -> Place {
        let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |token| token.range.end);
        start..end.max(start)
    }

    fn disjunction(&mut self) -> Option<Expr> {
        let start = self.place().start;
        let mut parts = Vec::new();
        let mut mixed = None;
        loop {
            if let Some((part, bare_and)) = self.conjunction() {
                if bare_and && mixed.is_none() {
                    mixed = Some(part.place.clone());
                }
                parts.push(part);
            }
            if !self.eat_word("or") {
                break;
            }
            self.missing_operand("or");
        }
        if parts.len() < 2 {
            return parts.pop();
        }
        if let Some(place) = mixed {
            self.problems.push(Problem {
                place,
                message: "`and` and `or` are mixed without parentheses".to_owned(),
                help: Some("`and` binds tighter than `or`; put parentheses around the part that belongs together".to_owned()),
                warning: true,
            });
        }
        Some(Expr { place: self.since(start), kind: ExprKind::Or(parts) })
    }

    /// Also says whether it is an `and` of several parts without parentheses around it.
    fn conjunction(&mut self) -> Option<(Expr, bool)> {
        let start = self.place().start;
        let mut parts = Vec::new();
        loop {
            if let Some(part) = self.recovering_unary() {
                parts.push(part);
            }
            if !self.eat_word("and") {
                break;
            }
            self.missing_operand("and");
        }
        if parts.len() < 2 {
            return parts.pop().map(|part| (part, false));
        }
        Some((Expr { place: self.since(start), kind: ExprKind::And(parts) }, true))
    }

    fn missing_operand(&mut self, word: &str) {
        if self.is_word(0, "and") || self.is_word(0, "or") || self.is_punct(0, ")") || matches!(self.peek(), TokenKind::End) {
            let place = self.place();
            let message = format!("expected a condition after `{word}`, found {}", self.describe());
            let help = format!("write what else has to hold, or take `{word}` away");
            self.problem(place, message, Some(&help));
        }
    }

    fn recovering_unary(&mut self) -> Option<Expr> {
        if self.is_word(0, "and") || self.is_word(0, "or") {
            if self.at == 0 {
                let _: Parsed<()> = self.expected("a condition", None);
            }
            return None;
        }
        if self.is_punct(0, ")") || matches!(self.peek(), TokenKind::End) {
            // After `and` and `or` it was said already.
            let first = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).is_none_or(|before| before.kind == TokenKind::Punct("("));
            if first {
                let _: Parsed<()> = self.expected("a condition", Some("write what has to hold, for example `caption has firearms`"));
            }
            return None;
        }
        let start = self.at;
        match self.unary() {
            Ok(expr) => self.complete(expr),
            Err(Stop) => {
                self.skip(start);
                None
            }
        }
    }

    /// The predicate, if nothing follows that belongs to none; else reads on behind that.
    fn complete(&mut self, expr: Expr) -> Option<Expr> {
        let ends = matches!(self.peek(), TokenKind::End) || self.is_punct(0, ")") || self.is_word(0, "and") || self.is_word(0, "or");
        if ends {
            return Some(expr);
        }
        if self.after_lexical_mistake() {
            self.skip(self.at);
            return None;
        }
        let place = self.place();
        let found = self.describe();
        match (&expr.kind, self.peek()) {
            (ExprKind::Flag(name), TokenKind::Word | TokenKind::Str(_) | TokenKind::Regex(_)) => {
                let message = format!("expected `has` or a comparison after `{}`, found {found}", name.text);
                self.problem(place, message, Some("for example `caption has firearms`, or `author.age < 18`"));
            }
            _ => self.problem(place, format!("did not expect {found} here"), Some("join conditions with `and` or `or`")),
        }
        self.skip(self.at);
        None
    }

    /// Whether characters were left out just before this token: what is missing here was told there.
    fn after_lexical_mistake(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.range.end);
        let here = if matches!(self.peek(), TokenKind::End) { self.text.len() } else { self.place().start };
        self.lexical.iter().any(|mistake| mistake.start >= before && mistake.end <= here)
    }

    /// To the next `and`, `or` or closing parenthesis of the level that token `start` is on.
    fn skip(&mut self, start: usize) {
        let mut open = 0usize;
        for token in self.tokens.get(start..self.at).unwrap_or_default() {
            match token.kind {
                TokenKind::Punct("(") => open += 1,
                TokenKind::Punct(")") => open = open.saturating_sub(1),
                _ => {}
            }
        }
        loop {
            match self.peek() {
                TokenKind::End => return,
                TokenKind::Punct("(") => open += 1,
                TokenKind::Punct(")") if open == 0 => return,
                TokenKind::Punct(")") => open -= 1,
                TokenKind::Word if open == 0 && (self.is_word(0, "and") || self.is_word(0, "or")) => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.place().start;
        if self.depth >= MAX_DEPTH {
            let place = self.place();
            self.problem(place, format!("this condition nests deeper than {MAX_DEPTH} levels"), Some("split it into rules and use `rule(…)`"));
            self.at = self.tokens.len().saturating_sub(1);
            return Err(Stop);
        }
        if self.eat_word("not") {
            self.depth += 1;
            let inner = self.unary();
            self.depth -= 1;
            return Ok(Expr { kind: ExprKind::Not(Box::new(inner?)), place: self.since(start) });
        }
        if self.eat_punct("(") {
            self.depth += 1;
            let inner = self.disjunction();
            self.depth -= 1;
            self.need_punct(")", "to close the group")?;
            let mut inner = inner.ok_or(Stop)?;
            inner.place = self.since(start);
            return Ok(inner);
        }
        self.predicate()
    }

    fn predicate(&mut self) -> Parsed<Expr> {
        let start = self.place().start;
        if *self.peek() != TokenKind::Word {
            return self.expected("a condition", Some("it starts with a field, `any text` or a function, for example `caption has firearms`"));
        }
        if self.is_word(0, "any") || (self.is_word(0, "domains") && self.is_punct(1, "(")) {
            let subject = self.subject()?;
            return self.has(start, subject);
        }
        if self.is_punct(1, "(") && (self.is_word(0, "rule") || self.is_word(0, "is_missing")) {
            let is_rule = self.is_word(0, "rule");
            self.at += 2;
            let kind = if is_rule { ExprKind::Rule(self.any_name("a rule")?) } else { ExprKind::IsMissing(self.field()?) };
            self.need_punct(")", "after the name")?;
            return Ok(Expr { kind, place: self.since(start) });
        }
        let value = self.value()?;
        if self.is_word(0, "has") {
            let ValueKind::Field(name) = value.kind else {
                return self.expected("a comparison", Some("`has` follows a field; compare the value of a function, for example `>= 3`"));
            };
            return self.has(start, SubjectX::Field(name));
        }
        if let Some(op) = self.operator() {
            let right = self.right()?;
            if self.operator().is_some() {
                return self.expected("`and` or `or`", Some("comparisons do not chain: write `a < b and b < c`, or `x in 1..5`"));
            }
            return Ok(Expr { kind: ExprKind::Compare(value, op, right), place: self.since(start) });
        }
        let negated = self.is_word(0, "not") && self.is_word(1, "in");
        if negated {
            self.at += 1;
        }
        if self.eat_word("in") {
            let set = self.set()?;
            return Ok(Expr { kind: ExprKind::In(value, negated, set), place: self.since(start) });
        }
        match value.kind {
            ValueKind::Field(name) => Ok(Expr { place: self.since(start), kind: ExprKind::Flag(name) }),
            _ => self.expected("a comparison", Some("a function gives a number: compare it, for example `>= 3`")),
        }
    }

    fn operator(&mut self) -> Option<Op> {
        let op = match self.peek() {
            TokenKind::Punct("=") => Op::Eq,
            TokenKind::Punct("!=") => Op::Ne,
            TokenKind::Punct("<") => Op::Lt,
            TokenKind::Punct("<=") => Op::Le,
            TokenKind::Punct(">") => Op::Gt,
            TokenKind::Punct(">=") => Op::Ge,
            _ => return None,
        };
        self.at += 1;
        if op == Op::Eq && self.is_punct(0, "=") {
            let place = self.place();
            self.problem(place, "`==` is written `=`", Some("write a single `=`"));
            self.at += 1;
        }
        Some(op)
    }

    fn has(&mut self, start: usize, subject: SubjectX) -> Parsed<Expr> {
        if !self.eat_word("has") {
            return self.expected("`has`", Some("for example `any text has firearms`"));
        }
        let test = self.test()?;
        Ok(Expr { kind: ExprKind::Has(subject, test), place: self.since(start) })
    }

    fn test(&mut self) -> Parsed<TestX> {
        let start = self.place().start;
        if self.is_word(0, "all") && self.is_word(1, "of") {
            self.at += 2;
            return Ok(TestX::All(self.group()?));
        }
        if self.is_word(0, "at") && self.is_word(1, "least") {
            self.at += 2;
            let count = self.integer("a number after `at least`")?;
            if !self.eat_word("of") {
                return self.expected("`of`", Some("for example `at least 2 of (a, b, c)`"));
            }
            let group = self.group()?;
            return Ok(TestX::AtLeast(count, group, self.since(start)));
        }
        let left = self.side()?;
        let ordered = self.is_word(0, "before");
        if !ordered && !self.is_word(0, "near") {
            return Ok(TestX::Any(left));
        }
        self.at += 1;
        let right = self.side()?;
        if !self.eat_word("within") {
            return self.expected("`within … words`", Some("the distance is always written, for example `near sale within 8 words`"));
        }
        let within = self.integer("a number of words")?;
        if !self.eat_word("words") && !self.eat_word("word") {
            return self.expected("`words`", Some("for example `within 8 words`"));
        }
        Ok(TestX::Near { left, right, within, ordered })
    }

    fn side(&mut self) -> Parsed<Vec<OperandX>> {
        if self.is_word(0, "any") && self.is_word(1, "of") {
            self.at += 2;
            return self.group();
        }
        Ok(vec![self.operand()?])
    }

    fn group(&mut self) -> Parsed<Vec<OperandX>> {
        self.need_punct("(", "to open the group")?;
        let mut items = Vec::new();
        loop {
            if self.is_punct(0, ")") {
                if items.is_empty() {
                    let stop = self.expected("a list", Some("a group names at least one: an empty one is never true"));
                    self.at += 1;
                    return stop;
                }
                break;
            }
            items.push(self.operand()?);
            if !self.eat_punct(",") {
                break;
            }
        }
        self.need_punct(")", "or `,` in the group")?;
        Ok(items)
    }

    fn operand(&mut self) -> Parsed<OperandX> {
        let place = self.place();
        match self.peek().clone() {
            TokenKind::Str(text) => {
                self.at += 1;
                Ok(OperandX::Text(text, place))
            }
            TokenKind::Regex(text) => {
                self.at += 1;
                if self.token(0).is_some_and(|t| t.kind == TokenKind::Word && t.range.start == place.end) {
                    return self.expected("the end of the regular expression", Some("no flags after it: it ignores case unless it says `(?-i)`"));
                }
                Ok(OperandX::Regex(text, place))
            }
            _ => Ok(OperandX::List(self.name("a term list, \"a text\" or /a regex/")?)),
        }
    }

    fn integer(&mut self, what: &str) -> Parsed<u32> {
        if *self.peek() == TokenKind::Number
            && let Ok(number) = self.slice(0).parse()
        {
            self.at += 1;
            return Ok(number);
        }
        self.expected(what, Some("write it in digits, for example `2`"))
    }

    /// A NAME that is no keyword.
    fn name(&mut self, what: &str) -> Parsed<Name> {
        if *self.peek() != TokenKind::Word {
            return self.expected(what, None);
        }
        let name = Name { text: self.slice(0).to_owned(), place: self.place() };
        if KEYWORDS.contains(&name.text.as_str()) {
            return self.expected(what, Some("this word is a keyword and cannot be a name"));
        }
        self.at += 1;
        Ok(name)
    }

    /// The NAME of something that keywords may name too: a rule or a score.
    fn any_name(&mut self, what: &str) -> Parsed<Name> {
        if *self.peek() != TokenKind::Word {
            return self.expected(what, None);
        }
        let name = Name { text: self.slice(0).to_owned(), place: self.place() };
        self.at += 1;
        Ok(name)
    }

    /// A dotted field name.
    fn field(&mut self) -> Parsed<Name> {
        let mut name = self.name("a field")?;
        while self.is_punct(0, ".") {
            self.at += 1;
            if *self.peek() != TokenKind::Word {
                return self.expected("a name after `.`", None);
            }
            name.text = format!("{}.{}", name.text, self.slice(0));
            name.place.end = self.place().end;
            self.at += 1;
        }
        Ok(name)
    }
}
