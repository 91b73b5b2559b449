//! The typed tree back to text: what explanations and `show` print. Reading it again gives the same tree.

use std::fmt::Write as _;

use super::ast::{Cond, CondKind, Counted, Literal, Near, Operand, Set, Subject, SubjectForm, Test, Value};
use crate::ids::{FieldId, ListId};
use crate::model::Policy;

/// How tightly the place binds that a condition is printed in.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Tight {
    Loose,
    Or,
    And,
    Not,
}

impl Policy {
    /// A condition in canonical form, on one line.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - id: gun
    ///     when: |
    ///       (caption has any of ("glock"))   # handguns
    ///       and not (author.age >= 18)
    ///     effect: {routing: review}
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// assert_eq!(policy.print(&policy.rules[0].when), "caption has \"glock\" and not author.age >= 18");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn print(&self, cond: &Cond) -> String {
        let mut out = String::new();
        self.print_cond(&mut out, cond, Tight::Loose);
        out
    }

    fn print_cond(&self, out: &mut String, cond: &Cond, place: Tight) {
        match &cond.kind {
            CondKind::And(parts) => self.print_parts(out, parts, " and ", place > Tight::Loose, Tight::And),
            CondKind::Or(parts) => self.print_parts(out, parts, " or ", place > Tight::Loose, Tight::Or),
            CondKind::Not(inner) => {
                out.push_str("not ");
                self.print_cond(out, inner, Tight::Not);
            }
            CondKind::Has(subject, test) => {
                self.print_subject(out, subject);
                out.push_str(" has ");
                self.print_test(out, test);
            }
            CondKind::Compare(left, op, right) => {
                self.print_value(out, left);
                let _ = write!(out, " {} ", op.symbol());
                match right {
                    Operand::Value(value) => self.print_value(out, value),
                    Operand::Literal(literal) => print_literal(out, literal, matches!(left, Value::Age(_))),
                }
            }
            CondKind::In(value, negated, set) => {
                self.print_value(out, value);
                out.push_str(if *negated { " not in " } else { " in " });
                self.print_set(out, set, matches!(value, Value::Age(_)));
            }
            CondKind::Rule(rule) => {
                let _ = write!(out, "rule({})", self.rules.get(rule.index()).map_or("?", |rule| rule.name.as_str()));
            }
            CondKind::IsMissing(field) => {
                let _ = write!(out, "is_missing({})", self.field_name(*field));
            }
            CondKind::Flag(field) => out.push_str(self.field_name(*field)),
        }
    }

    fn print_parts(&self, out: &mut String, parts: &[Cond], joint: &str, group: bool, place: Tight) {
        if group {
            out.push('(');
        }
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.push_str(joint);
            }
            self.print_cond(out, part, place);
        }
        if group {
            out.push(')');
        }
    }

    /// The name of a field.
    ///
    /// ```
    /// use tribunal_policy::FieldId;
    ///
    /// let policy = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?;
    /// assert_eq!(policy.field_name(FieldId::AS_OF), "as_of");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn field_name(&self, field: FieldId) -> &str {
        self.fields.get(field.index()).map_or("?", |field| field.name.as_str())
    }

    /// The name of a list; an inline term as written in a condition.
    ///
    /// ```
    /// use tribunal_policy::ListId;
    ///
    /// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock]}\nrules:\n  - {id: sale, when: caption has \"for sale\", effect: {routing: review}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// assert_eq!([0, 1].map(|at| policy.list_name(ListId(at))), ["firearms", "\"for sale\""]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list_name(&self, list: ListId) -> &str {
        self.lists.get(list.index()).map_or("?", |list| list.name.as_str())
    }

    fn print_list(&self, out: &mut String, id: ListId) {
        let Some(list) = self.lists.get(id.index()) else { return };
        match list.entries.first() {
            Some(entry) if list.inline && list.name.starts_with('/') => {
                let _ = write!(out, "/{}/", entry.text.replace('/', "\\/"));
            }
            Some(entry) if list.inline => print_string(out, &entry.text),
            _ => out.push_str(&list.name),
        }
    }

    fn print_lists(&self, out: &mut String, lists: &[ListId]) {
        out.push('(');
        for (at, list) in lists.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            self.print_list(out, *list);
        }
        out.push(')');
    }

    fn print_side(&self, out: &mut String, lists: &[ListId]) {
        match lists {
            [list] => self.print_list(out, *list),
            _ => {
                out.push_str("any of ");
                self.print_lists(out, lists);
            }
        }
    }

    /// What `has` looks at, as written.
    ///
    /// ```
    /// use tribunal_policy::cond::CondKind;
    ///
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: 'any (caption, ocr) has \"glock\"', effect: {routing: review}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let CondKind::Has(subject, _) = &policy.rules[0].when.kind else { return Err("it asks for terms".into()) };
    /// let mut out = String::new();
    /// policy.print_subject(&mut out, subject);
    /// assert_eq!(out, "any (caption, ocr)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn print_subject(&self, out: &mut String, subject: &Subject) {
        let names = || subject.fields.iter().map(|field| self.field_name(*field)).collect::<Vec<_>>().join(", ");
        match subject.form {
            SubjectForm::AnyText => out.push_str("any text"),
            SubjectForm::Any => {
                let _ = write!(out, "any ({})", names());
            }
            SubjectForm::Field => out.push_str(&names()),
            SubjectForm::Domains => {
                let _ = write!(out, "domains({})", names());
            }
        }
    }

    fn print_test(&self, out: &mut String, test: &Test) {
        match test {
            Test::Any(lists) => self.print_side(out, lists),
            Test::All(lists) => {
                out.push_str("all of ");
                self.print_lists(out, lists);
            }
            Test::AtLeast(count, lists) => {
                let _ = write!(out, "at least {count} of ");
                self.print_lists(out, lists);
            }
            Test::Near(Near { left, right, within, ordered }) => {
                self.print_side(out, left);
                out.push_str(if *ordered { " before " } else { " near " });
                self.print_side(out, right);
                let _ = write!(out, " within {within} word{}", if *within == 1 { "" } else { "s" });
            }
        }
    }

    fn print_counted(&self, out: &mut String, function: &str, counted: &Counted) {
        let _ = write!(out, "{function}(");
        self.print_subject(out, &counted.subject);
        out.push_str(" has ");
        self.print_side(out, &counted.lists);
        out.push_str(if counted.per_field { " per field)" } else { ")" });
    }

    /// A value as written in a comparison.
    ///
    /// ```
    /// use tribunal_policy::cond::CondKind;
    ///
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: new, when: age(author.created_at) < 2 days, effect: {routing: review}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let CondKind::Compare(value, ..) = &policy.rules[0].when.kind else { return Err("it compares".into()) };
    /// let mut out = String::new();
    /// policy.print_value(&mut out, value);
    /// assert_eq!(out, "age(author.created_at)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn print_value(&self, out: &mut String, value: &Value) {
        let (function, field) = match value {
            Value::Field(field) => return out.push_str(self.field_name(*field)),
            Value::Count(counted) => return self.print_counted(out, "count", counted),
            Value::Distinct(counted) => return self.print_counted(out, "distinct", counted),
            Value::Evasion(counted) => return self.print_counted(out, "evasion", counted),
            Value::Score(score) => {
                let _ = write!(out, "score({})", self.scores.get(score.index()).map_or("?", String::as_str));
                return;
            }
            Value::Length(field) => ("length", field),
            Value::Words(field) => ("words", field),
            Value::UppercaseRatio(field) => ("uppercase_ratio", field),
            Value::EmojiCount(field) => ("emoji_count", field),
            Value::LinkCount(field) => ("link_count", field),
            Value::Age(field) => ("age", field),
            Value::CountList(field) => ("count", field),
        };
        let _ = write!(out, "{function}({})", self.field_name(*field));
    }

    fn print_set(&self, out: &mut String, set: &Set, duration: bool) {
        match set {
            Set::List(list) => self.print_list(out, *list),
            Set::Literals(items) => {
                out.push('(');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    print_literal(out, item, duration);
                }
                out.push(')');
            }
            Set::Range(low, high) => {
                print_literal(out, &Literal::Number(*low), duration);
                out.push_str("..");
                print_literal(out, &Literal::Number(*high), duration);
            }
        }
    }
}

fn print_literal(out: &mut String, literal: &Literal, duration: bool) {
    match literal {
        Literal::Text(text) => print_string(out, text),
        Literal::Number(number) if duration => print_duration(out, *number),
        Literal::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Literal::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Literal::Time(seconds) => match crate::time::display(*seconds) {
            // Years beyond four digits have no form as a text; epoch seconds do.
            text if crate::time::parse(&text).is_some_and(|read| read.seconds == *seconds) => print_string(out, &text),
            _ => {
                let _ = write!(out, "{seconds}");
            }
        },
    }
}

fn print_duration(out: &mut String, number: crate::num::Decimal) {
    if number.scale == 0 && number.mantissa != 0 {
        for (seconds, unit) in [(604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute")] {
            if number.mantissa % seconds == 0 {
                let count = number.mantissa / seconds;
                let _ = write!(out, "{count} {unit}{}", if count == 1 { "" } else { "s" });
                return;
            }
        }
    }
    let _ = write!(out, "{number} seconds");
}

fn print_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || tribunal_text::props::is_default_ignorable(c) => {
                let _ = write!(out, "\\u{{{:X}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
