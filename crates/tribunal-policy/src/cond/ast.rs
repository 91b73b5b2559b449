//! The typed condition tree: names resolved, types checked, every node with the place it was written at.

use crate::ids::{FieldId, ListId, RuleId, ScoreId};
use crate::num::Decimal;
use crate::source::Span;

/// A condition. Evaluates to true, false or unknown.
///
/// ```
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\" and author.age < 18, effect: {routing: review}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let mut parts = Vec::new();
/// policy.rules[0].when.walk(&mut |cond| parts.push(policy.sources.slice(cond.span)));
/// assert_eq!(parts, ["caption has \"glock\" and author.age < 18", "caption has \"glock\"", "author.age < 18"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cond {
    /// Where it was written.
    pub span: Span,
    /// What it says.
    pub kind: CondKind,
}

/// The forms of a condition.
///
/// ```
/// use tribunal_policy::cond::CondKind;
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\" and not author.verified, effect: {routing: review}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::And(parts) = &policy.rules[0].when.kind else { return Err("two parts".into()) };
/// let CondKind::Not(inner) = &parts[1].kind else { return Err("the contrary of a flag".into()) };
/// assert!(matches!(inner.kind, CondKind::Flag(field) if policy.field_name(field) == "author.verified"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use tribunal_policy::cond::{CondKind, SubjectForm};
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: any text has \"glock\", effect: {routing: review}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::Has(subject, _) = &policy.rules[0].when.kind else { return Err("it asks for terms".into()) };
/// let fields: Vec<_> = subject.fields.iter().map(|field| policy.field_name(*field)).collect();
/// assert_eq!((subject.form, &fields[..]), (SubjectForm::AnyText, &["caption", "transcript", "ocr", "sound.title", "hashtags"][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Subject {
    /// The fields, in the order written; `any text` is written out.
    pub fields: Vec<FieldId>,
    /// How it was written.
    pub form: SubjectForm,
}

/// How a subject was written.
///
/// ```
/// use tribunal_policy::cond::{CondKind, SubjectForm};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: link, when: 'domains(caption) has "gems.example"', effect: {routing: review}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// assert!(matches!(&policy.rules[0].when.kind, CondKind::Has(subject, _) if subject.form == SubjectForm::Domains));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
///
/// ```
/// use tribunal_policy::cond::{CondKind, Test};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock], sale: [selling]}
/// rules:
///   - {id: offer, when: 'caption has at least 2 of (firearms, sale, "dm me")', effect: {routing: review}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::Has(_, test) = &policy.rules[0].when.kind else { return Err("it asks for terms".into()) };
/// assert!(matches!(test, Test::AtLeast(2, _)));
/// assert_eq!(test.lists().map(|list| policy.list_name(list)).collect::<Vec<_>>(), ["firearms", "sale", "\"dm me\""]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
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
///
/// ```
/// use tribunal_policy::cond::{CondKind, Test};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock], sale: [selling]}
/// rules:
///   - {id: offer, when: caption has sale before firearms within 8 words, effect: {routing: review}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::Has(_, Test::Near(near)) = &policy.rules[0].when.kind else { return Err("a distance".into()) };
/// assert_eq!((policy.list_name(near.left[0]), policy.list_name(near.right[0]), near.within, near.ordered), ("sale", "firearms", 8, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
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
///
/// ```
/// use tribunal_policy::cond::{CondKind, Value};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock, revolver]}
/// rules:
///   - {id: many, when: count(any text has firearms per field) >= 3, effect: {routing: review}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::Compare(Value::Count(counted), ..) = &policy.rules[0].when.kind else { return Err("it counts".into()) };
/// assert_eq!((policy.list_name(counted.lists[0]), counted.per_field), ("firearms", true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Counted {
    /// Where.
    pub subject: Subject,
    /// Terms of these lists.
    pub lists: Vec<ListId>,
    /// Summed over fields instead of the largest one for each term.
    pub per_field: bool,
}

/// The left side of a comparison.
///
/// ```
/// use tribunal_policy::cond::{CondKind, Value};
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: loud, when: uppercase_ratio(caption) > 80%, effect: {routing: review}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::Compare(value, ..) = &policy.rules[0].when.kind else { return Err("it compares".into()) };
/// assert!(matches!(value, Value::UppercaseRatio(field) if Some(*field) == policy.field("caption")));
/// let mut read = Vec::new();
/// value.fields(&mut |field| read.push(policy.field_name(field)));
/// assert_eq!((read, value.lists().len()), (vec!["caption"], 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
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
///
/// ```
/// use std::cmp::Ordering;
/// use tribunal_policy::cond::Op;
///
/// assert_eq!((Op::Le.symbol(), Op::Le.holds(Ordering::Equal), Op::Le.holds(Ordering::Greater)), ("<=", true, false));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    ///
    /// ```
    /// use tribunal_policy::cond::Op;
    ///
    /// let age = 16;
    /// assert!(Op::Lt.holds(age.cmp(&18)) && !Op::Ge.holds(age.cmp(&18)) && Op::Ne.holds(age.cmp(&18)));
    /// ```
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
    ///
    /// ```
    /// use tribunal_policy::cond::Op;
    ///
    /// assert_eq!([Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge].map(Op::symbol), ["=", "!=", "<", "<=", ">", ">="]);
    /// ```
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
///
/// ```
/// use tribunal_policy::cond::{CondKind, Operand, Value};
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: bought, when: author.followers < author.following, effect: {routing: review}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::Compare(_, _, right) = &policy.rules[0].when.kind else { return Err("it compares".into()) };
/// assert!(matches!(right, Operand::Value(Value::Field(field)) if policy.field_name(*field) == "author.following"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Operand {
    /// Another value of the same type.
    Value(Value),
    /// A literal, already of the left side's type.
    Literal(Literal),
}

/// A literal.
///
/// ```
/// use tribunal_policy::{cond::{CondKind, Literal, Operand}, num::Decimal};
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: new, when: age(author.created_at) < 2 days, effect: {routing: review}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::Compare(_, _, Operand::Literal(days)) = &policy.rules[0].when.kind else { return Err("a literal".into()) };
/// // Units of time are seconds by now.
/// assert_eq!(*days, Literal::Number(Decimal::int(172_800)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
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
///
/// ```
/// use tribunal_policy::{cond::{CondKind, Set}, num::Decimal};
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: teen, when: author.age in 13..17, effect: {audience: adults}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let CondKind::In(_, negated, set) = &policy.rules[0].when.kind else { return Err("a range".into()) };
/// assert_eq!((*negated, set), (false, &Set::Range(Decimal::int(13), Decimal::int(17))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
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
    ///
    /// ```
    /// use tribunal_policy::cond::CondKind;
    ///
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\" and not (author.verified or author.seller), effect: {routing: review}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let mut flags = 0;
    /// policy.rules[0].when.walk(&mut |cond| flags += usize::from(matches!(cond.kind, CondKind::Flag(_))));
    /// assert_eq!(flags, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Cond)) {
        visit(self);
        match &self.kind {
            CondKind::And(parts) | CondKind::Or(parts) => parts.iter().for_each(|part| part.walk(visit)),
            CondKind::Not(inner) => inner.walk(visit),
            _ => {}
        }
    }

    /// Calls `visit` on every field read directly by it (not through other rules).
    ///
    /// ```
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\" and author.age < 18, effect: {routing: review}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let mut names = Vec::new();
    /// policy.rules[0].when.fields(&mut |field| names.push(policy.field_name(field)));
    /// assert_eq!(names, ["caption", "author.age"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// terms: {firearms: [glock], toys: [water gun]}
    /// rules:
    ///   - {id: gun, when: caption has firearms and not caption has toys, effect: {routing: review}}
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let mut lists = Vec::new();
    /// policy.rules[0].when.lists(&mut |list, under_not| lists.push((policy.list_name(list), under_not)));
    /// assert_eq!(lists, [("firearms", false), ("toys", true)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// use tribunal_policy::cond::Reference;
    ///
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: gun, when: caption has "glock", effect: {routing: review}}
    ///   - {id: young-gun, when: rule(gun) and author.age < 18, effect: {routing: escalate}}
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let mut found = Vec::new();
    /// policy.rules[1].when.references(&mut |reference| found.push(reference));
    /// assert_eq!(found, [Reference::Rule(policy.rule("gun").ok_or("declared")?)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
///
/// ```
/// use tribunal_policy::{ScoreId, cond::Reference};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: links, when: link_count(caption) > 3, points: {spam: 2}}
///   - {id: spam, when: score(spam) >= 2, effect: {routing: review}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// policy.rules[1].when.references(&mut |reference| assert_eq!(reference, Reference::Score(ScoreId(0))));
/// assert_eq!(policy.scores, ["spam"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
