//! Conditions (Exact meaning 12 to 19) and rules (20 to 23) in three values.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::Policy;
use tribunal_policy::cond::{Cond, CondKind, Counted, Literal, Near, Op, Operand, Set, Subject, SubjectForm, Test, Value};
use tribunal_policy::fields::FieldType;
use tribunal_policy::model::{EffectiveRule, Entry, List, Rollout, Stage, lang_matches};
use tribunal_policy::{FieldId, ListId, MarketId, RuleId, ScoreId};
use tribunal_text::{Folds, Ordinary, signals, words};

use crate::hits::{self, RawHit};
use crate::item::{Known, Quantity, State, known};

/// Kleene's values; `min` is *and*, `max` is *or*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    pub(crate) fn of(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }

    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

/// A known value of a comparison.
enum Val {
    Text(String),
    Bool(bool),
    Time(i64),
    /// From, to; `None`: no upper end.
    Range(Quantity, Option<Quantity>),
}

/// One item against one policy.
pub(crate) struct Eval<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) market: Option<MarketId>,
    pub(crate) states: Vec<State>,
    pub(crate) rules: Vec<EffectiveRule>,
    pub(crate) ordinary: Ordinary,
    pub(crate) known_hits: RefCell<BTreeMap<(ListId, FieldId, bool), Vec<RawHit>>>,
    pub(crate) known_rules: RefCell<BTreeMap<RuleId, Truth>>,
}

impl Eval<'_> {
    fn state(&self, field: FieldId) -> Option<&State> {
        self.states.get(field.index())
    }

    fn is_unknown(&self, field: FieldId) -> bool {
        self.state(field).is_none_or(|state| state.value.is_none())
    }

    fn texts(&self, field: FieldId) -> Option<&[String]> {
        match self.state(field)?.value.as_ref()? {
            Known::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    /// The text of a scalar field.
    pub(crate) fn text(&self, field: FieldId) -> Option<&str> {
        self.texts(field)?.first().map(String::as_str)
    }

    /// The text a hit covers.
    pub(crate) fn original(&self, field: FieldId, hit: &RawHit) -> String {
        let text = self.texts(field).and_then(|texts| texts.get(hit.element)).and_then(|text| text.get(hit.start..hit.end));
        text.unwrap_or("").to_owned()
    }

    pub(crate) fn as_of(&self) -> Option<i64> {
        match self.state(FieldId::AS_OF)?.value {
            Some(Known::Time(seconds)) => Some(seconds),
            _ => None,
        }
    }

    /// Exact meaning 9.
    fn in_force(&self, entry: &Entry) -> bool {
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        let dated = self.as_of().is_none_or(|now| entry.since.is_none_or(|since| since.seconds <= now) && entry.until.is_none_or(|until| now < until.end()));
        let spoken = match (&entry.only_lang, self.text(FieldId::LANG)) {
            (Some(only), Some(lang)) => primary(only) == primary(lang),
            _ => true,
        };
        dated && spoken && entry.force.in_market(self.market)
    }

    /// The hits of a list in a field; `None` when the field is unknown.
    pub(crate) fn hits(&self, form: SubjectForm, list: ListId, field: FieldId) -> Option<Vec<RawHit>> {
        let texts = self.texts(field)?;
        let key = (list, field, form == SubjectForm::Domains);
        if let Some(hits) = self.known_hits.borrow().get(&key) {
            return Some(hits.clone());
        }
        let ty = self.policy.fields.get(field.index())?.ty;
        let list = self.policy.lists.get(list.index())?;
        let mut found = Vec::new();
        for (element, text) in texts.iter().enumerate() {
            if form == SubjectForm::Domains {
                for link in signals::links(text) {
                    let (start, end) = host(text, link);
                    let host = text.get(start..end).unwrap_or("").to_lowercase();
                    found.extend(self.same(list, element, start, end, |entry| {
                        let name = entry.text.to_lowercase();
                        host == name || host.ends_with(&format!(".{name}"))
                    }));
                }
            } else if ty.is_text() {
                let in_force = |entry: &Entry| self.in_force(entry);
                found.extend(hits::find(list, &in_force, &self.ordinary, element, ty == FieldType::TextList, text));
            } else {
                found.extend(self.same(list, element, 0, text.len(), |entry| entry.text == *text));
            }
        }
        self.known_hits.borrow_mut().insert(key, found.clone());
        Some(found)
    }

    /// Hits of entries that are compared with a whole span.
    fn same(&self, list: &List, element: usize, start: usize, end: usize, equal: impl Fn(&Entry) -> bool) -> Vec<RawHit> {
        let equal: Vec<(usize, &Entry)> = list.entries.iter().enumerate().filter(|(_, entry)| self.in_force(entry) && equal(entry)).collect();
        if equal.iter().any(|(_, entry)| entry.allow) {
            return Vec::new();
        }
        let mut by_term = BTreeMap::new();
        for (index, entry) in equal {
            let hit = RawHit { element, start, end, term: entry.term, entry: index, undone: Folds::NONE, evasive: false };
            by_term.entry(entry.term).or_insert(hit);
        }
        by_term.into_values().collect()
    }

    /// Whether a subject holds something that `test` finds in the hits of a field: the *or* over its fields.
    fn or_over(&self, subject: &Subject, test: impl Fn(FieldId) -> Option<bool>) -> Truth {
        let of_field = |field: &FieldId| test(*field).map_or(Truth::Unknown, Truth::of);
        subject.fields.iter().map(of_field).max().unwrap_or(Truth::False)
    }

    fn holds(&self, subject: &Subject, list: ListId) -> Truth {
        self.or_over(subject, |field| Some(!self.hits(subject.form, list, field)?.is_empty()))
    }

    fn has(&self, subject: &Subject, test: &Test) -> Truth {
        let each = |lists: &[ListId]| -> Vec<Truth> { lists.iter().map(|list| self.holds(subject, *list)).collect() };
        match test {
            Test::Any(lists) => each(lists).into_iter().max().unwrap_or(Truth::False),
            Test::All(lists) => each(lists).into_iter().min().unwrap_or(Truth::True),
            Test::AtLeast(n, lists) => {
                let operands = each(lists);
                let at_least = |truth: Truth| operands.iter().filter(|operand| **operand >= truth).count() >= *n as usize;
                if at_least(Truth::True) {
                    Truth::True
                } else if at_least(Truth::Unknown) {
                    Truth::Unknown
                } else {
                    Truth::False
                }
            }
            Test::Near(near) => self.or_over(subject, |field| Some(!self.pairs(subject.form, near, field)?.is_empty())),
        }
    }

    /// The satisfying pairs of `near` in a field; `None` when it is unknown.
    pub(crate) fn pairs(&self, form: SubjectForm, near: &Near, field: FieldId) -> Option<Vec<[(ListId, RawHit); 2]>> {
        let side = |lists: &[ListId]| -> Option<Vec<(ListId, RawHit)>> {
            let mut all = Vec::new();
            for list in lists {
                all.extend(self.hits(form, *list, field)?.into_iter().map(|hit| (*list, hit)));
            }
            Some(all)
        };
        let texts = self.texts(field)?;
        let mut pairs = Vec::new();
        for left in side(&near.left)? {
            for right in side(&near.right)? {
                let (a, b) = (&left.1, &right.1);
                let (first, second) = if a.end <= b.start { (a, b) } else { (b, a) };
                let in_order = !near.ordered || a.end <= b.start;
                if a.element != b.element || first.end > second.start || !in_order {
                    continue;
                }
                let mut between = 0;
                words::words(texts.get(a.element).map_or("", String::as_str), |word| {
                    between += u32::from(first.end <= word.start && word.end <= second.start);
                });
                if between <= near.within {
                    pairs.push([left.clone(), right]);
                }
            }
        }
        Some(pairs)
    }

    /// `count`, `distinct`, `evasion` over the known fields.
    fn counted(&self, counted: &Counted, distinct: bool, evasive_only: bool) -> i64 {
        let mut largest: BTreeMap<(ListId, u32), i64> = BTreeMap::new();
        // A list or field that is named twice counts once.
        let (lists, fields): (BTreeSet<&ListId>, BTreeSet<&FieldId>) = (counted.lists.iter().collect(), counted.subject.fields.iter().collect());
        for field in fields {
            let mut here: BTreeMap<(ListId, u32), i64> = BTreeMap::new();
            for list in &lists {
                for hit in self.hits(counted.subject.form, **list, *field).unwrap_or_default() {
                    if hit.evasive || !evasive_only {
                        here.insert((**list, hit.term), here.get(&(**list, hit.term)).unwrap_or(&0) + 1);
                    }
                }
            }
            for (term, n) in here {
                let old = largest.get(&term).copied().unwrap_or(0);
                largest.insert(term, if counted.per_field { old + n } else { old.max(n) });
            }
        }
        if distinct { i64::try_from(largest.len()).unwrap_or(i64::MAX) } else { largest.values().sum() }
    }

    /// No more terms than these can be hit.
    fn terms_in_force(&self, counted: &Counted) -> Quantity {
        let mut terms = BTreeSet::new();
        for id in &counted.lists {
            let entries = self.policy.lists.get(id.index()).map(|list| list.entries.as_slice()).unwrap_or_default();
            terms.extend(entries.iter().filter(|entry| !entry.allow && self.in_force(entry)).map(|entry| (*id, entry.term)));
        }
        Quantity::int(i64::try_from(terms.len()).unwrap_or(i64::MAX))
    }

    /// `None`: unknown.
    fn value(&self, value: &Value, stage: Stage) -> Option<Val> {
        let exactly = |n: i64| Val::Range(Quantity::int(n), Some(Quantity::int(n)));
        let sum = |field: FieldId, of: &dyn Fn(&str) -> u64| -> Option<Val> {
            let total: u64 = self.texts(field)?.iter().map(|text| of(text)).sum();
            Some(exactly(i64::try_from(total).unwrap_or(i64::MAX)))
        };
        Some(match value {
            Value::Field(field) => val(self.state(*field)?.value.as_ref()?)?,
            Value::Length(field) => sum(*field, &|text| text.chars().map(|_| 1).sum())?,
            Value::Words(field) => sum(*field, &|text| words::count(text) as u64)?,
            Value::EmojiCount(field) => sum(*field, &signals::emoji_count)?,
            Value::LinkCount(field) => sum(*field, &|text| signals::links(text).count() as u64)?,
            Value::CountList(field) => sum(*field, &|_| 1)?,
            Value::UppercaseRatio(field) => {
                let (mut upper, mut cased) = (0, 0);
                for text in self.texts(*field)? {
                    let (more_upper, more_cased) = signals::upper_cased(text);
                    (upper, cased) = (upper + more_upper, cased + more_cased);
                }
                #[expect(clippy::cast_precision_loss, reason = "counts of characters are far below 2^53")]
                let ratio = if cased == 0 { 0.0 } else { upper as f64 / cased as f64 };
                Val::Range(Quantity::Double(ratio), Some(Quantity::Double(ratio)))
            }
            Value::Age(field) => match self.state(*field)?.value {
                Some(Known::Time(since)) => exactly(self.as_of()?.saturating_sub(since)),
                _ => return None,
            },
            Value::Count(counted) | Value::Distinct(counted) => {
                let distinct = matches!(value, Value::Distinct(_));
                let least = Quantity::int(self.counted(counted, distinct, false));
                let open = counted.subject.fields.iter().any(|field| self.is_unknown(*field));
                Val::Range(
                    least,
                    if !open {
                        Some(least)
                    } else if distinct {
                        Some(self.terms_in_force(counted))
                    } else {
                        None
                    },
                )
            }
            Value::Evasion(counted) => {
                if counted.subject.fields.iter().any(|field| self.is_unknown(*field)) {
                    return None;
                }
                exactly(self.counted(counted, false, true))
            }
            Value::Score(score) => {
                let (mut least, mut greatest) = (0, 0);
                for (rule, points) in self.contributors(*score, stage) {
                    match self.rule(rule) {
                        Truth::False => {}
                        Truth::True => (least, greatest) = (least + points, greatest + points),
                        Truth::Unknown => (least, greatest) = (least + points.min(0), greatest + points.max(0)),
                    }
                }
                Val::Range(Quantity::thousandths(least), Some(Quantity::thousandths(greatest)))
            }
        })
    }

    /// The rules that may give points to a score, as a rule of that stage sees them.
    fn contributors(&self, score: ScoreId, stage: Stage) -> Vec<(RuleId, i128)> {
        let points = |rule: &EffectiveRule| rule.points.get(&score).map(|points| (rule.rule, i128::from(*points)));
        self.rules.iter().filter_map(points).filter(|(rule, _)| self.sees(stage, *rule)).collect()
    }

    fn compare(&self, left: &Value, op: Op, right: &Operand, stage: Stage) -> Truth {
        let other = match right {
            Operand::Value(value) => self.value(value, stage),
            Operand::Literal(literal) => val(&known(literal)),
        };
        let (Some(mine), Some(other)) = (self.value(left, stage), other) else { return Truth::Unknown };
        match (mine, other) {
            (Val::Text(mine), Val::Text(other)) => match (op, right) {
                (Op::Eq, Operand::Literal(_)) => Truth::of(self.same_text(left, &mine, &other)),
                (Op::Ne, Operand::Literal(_)) => Truth::of(!self.same_text(left, &mine, &other)),
                _ => Truth::of(op.holds(mine.cmp(&other))),
            },
            (Val::Bool(mine), Val::Bool(other)) => Truth::of(op.holds(mine.cmp(&other))),
            (Val::Time(mine), Val::Time(other)) => Truth::of(op.holds(mine.cmp(&other))),
            (Val::Range(a, b), Val::Range(c, d)) => compare_ranges(op, (a, b), (c, d)),
            _ => Truth::False,
        }
    }

    /// Exact meaning 16: `lang` and `market` have their own equality with literals.
    fn same_text(&self, left: &Value, mine: &str, literal: &str) -> bool {
        match left {
            Value::Field(FieldId::LANG) => lang_matches(mine, literal),
            Value::Field(FieldId::MARKET) => self.policy.market_matches(mine, literal),
            _ => mine == literal,
        }
    }

    fn member(&self, left: &Value, set: &Set, stage: Stage) -> Truth {
        let literals: Vec<Literal> = match set {
            Set::Range(from, to) => {
                let bound = |op, decimal| self.compare(left, op, &Operand::Literal(Literal::Number(decimal)), stage);
                return bound(Op::Ge, *from).min(bound(Op::Le, *to));
            }
            Set::Literals(literals) => literals.clone(),
            Set::List(list) => {
                let entries = self.policy.lists.get(list.index()).map(|list| list.entries.as_slice()).unwrap_or_default();
                let members = entries.iter().filter(|entry| !entry.allow && self.in_force(entry));
                members.map(|entry| Literal::Text(entry.text.clone())).collect()
            }
        };
        if self.value(left, stage).is_none() {
            return Truth::Unknown;
        }
        let equals = |literal| self.compare(left, Op::Eq, &Operand::Literal(literal), stage);
        literals.into_iter().map(equals).max().unwrap_or(Truth::False)
    }

    /// The value of a condition inside a rule of that stage.
    pub(crate) fn cond(&self, cond: &Cond, stage: Stage) -> Truth {
        match &cond.kind {
            CondKind::And(parts) => parts.iter().map(|part| self.cond(part, stage)).min().unwrap_or(Truth::True),
            CondKind::Or(parts) => parts.iter().map(|part| self.cond(part, stage)).max().unwrap_or(Truth::False),
            CondKind::Not(inner) => self.cond(inner, stage).not(),
            CondKind::Has(subject, test) => self.has(subject, test),
            CondKind::Compare(left, op, right) => self.compare(left, *op, right, stage),
            CondKind::In(left, false, set) => self.member(left, set, stage),
            CondKind::In(left, true, set) => self.member(left, set, stage).not(),
            CondKind::Rule(rule) => {
                if self.sees(stage, *rule) {
                    self.rule(*rule)
                } else {
                    Truth::False
                }
            }
            CondKind::IsMissing(field) => Truth::of(self.state(*field).is_none_or(|state| state.missing)),
            CondKind::Flag(field) => match self.state(*field).and_then(|state| state.value.as_ref()) {
                Some(Known::Bool(flag)) => Truth::of(*flag),
                _ => Truth::Unknown,
            },
        }
    }

    /// The fields for want of which a condition is unknown: down from it through unknown parts only.
    pub(crate) fn wants(&self, cond: &Cond, stage: Stage, out: &mut BTreeSet<FieldId>) {
        if self.cond(cond, stage) != Truth::Unknown {
            return;
        }
        let mut of_value = |value: &Value| {
            value.fields(&mut |field| out.extend(Some(field).filter(|field| self.is_unknown(*field))));
            if let Value::Score(score) = value {
                for (rule, points) in self.contributors(*score, stage) {
                    if points != 0 && self.rule(rule) == Truth::Unknown {
                        self.rule_wants(rule, out);
                    }
                }
            }
        };
        match &cond.kind {
            CondKind::And(parts) | CondKind::Or(parts) => parts.iter().for_each(|part| self.wants(part, stage, out)),
            CondKind::Not(inner) => self.wants(inner, stage, out),
            CondKind::Has(subject, _) => out.extend(subject.fields.iter().filter(|field| self.is_unknown(**field))),
            CondKind::Compare(left, _, right) => {
                of_value(left);
                if let Operand::Value(right) = right {
                    of_value(right);
                }
            }
            CondKind::In(left, ..) => of_value(left),
            CondKind::Rule(rule) => self.rule_wants(*rule, out),
            CondKind::IsMissing(_) => {}
            CondKind::Flag(field) => out.extend([*field]),
        }
    }

    fn effective(&self, rule: RuleId) -> Option<&EffectiveRule> {
        self.rules.iter().find(|effective| effective.rule == rule)
    }

    /// `Live` or `Shadow` for this item; `None` for a rule that is not judged.
    pub(crate) fn stage(&self, rule: RuleId) -> Option<Stage> {
        let effective = self.effective(rule)?;
        match (effective.stage, &effective.rollout) {
            (Stage::Off | Stage::Draft, _) => None,
            (Stage::Shadow, _) => Some(Stage::Shadow),
            (Stage::Live, None) => Some(Stage::Live),
            (Stage::Live, Some(rollout)) => Some(if self.in_share(rule, rollout) { Stage::Live } else { Stage::Shadow }),
        }
    }

    /// Exact meaning 22.
    fn in_share(&self, rule: RuleId, rollout: &Rollout) -> bool {
        let Some(threshold) = rollout.threshold else { return true };
        let (Some(key), Some(rule)) = (self.text(rollout.by), self.policy.rules.get(rule.index())) else { return false };
        let bytes = [rule.name.as_bytes(), &[0], key.as_bytes()].concat();
        let hash = blake3::hash(&bytes);
        let first = hash.as_bytes().iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        first < threshold
    }

    /// Exact meaning 21: whether a rule of that stage sees the other one.
    fn sees(&self, stage: Stage, other: RuleId) -> bool {
        self.stage(other).is_some_and(|other| stage == Stage::Shadow || other == Stage::Live)
    }

    fn dates(&self, rule: &EffectiveRule) -> Truth {
        if rule.effective_from.is_none() && rule.effective_until.is_none() {
            return Truth::True;
        }
        let Some(now) = self.as_of() else { return Truth::Unknown };
        let begun = rule.effective_from.is_none_or(|from| from.seconds <= now);
        Truth::of(begun && rule.effective_until.is_none_or(|until| now < until.end()))
    }

    /// The one value of a rule for this item (Exact meaning 20).
    pub(crate) fn rule(&self, id: RuleId) -> Truth {
        if let Some(truth) = self.known_rules.borrow().get(&id) {
            return *truth;
        }
        let (Some(rule), Some(stage)) = (self.effective(id), self.stage(id)) else { return Truth::False };
        let exempt = rule.cancels.iter().any(|(_, unless)| self.cond(unless, stage) == Truth::True);
        let body = self.dates(rule).min(self.cond(&rule.when, stage));
        let truth = if exempt { Truth::False } else { body };
        self.known_rules.borrow_mut().insert(id, truth);
        truth
    }

    /// The fields for want of which a rule, or an exception that it fires past, is unknown.
    pub(crate) fn rule_wants(&self, id: RuleId, out: &mut BTreeSet<FieldId>) {
        let (Some(rule), Some(stage)) = (self.effective(id), self.stage(id)) else { return };
        match self.rule(id) {
            Truth::False => return,
            Truth::True => {}
            Truth::Unknown => {
                if self.dates(rule) == Truth::Unknown {
                    out.insert(FieldId::AS_OF);
                }
                self.wants(&rule.when, stage, out);
            }
        }
        rule.cancels.iter().for_each(|(_, cond)| self.wants(cond, stage, out));
        rule.softens.iter().for_each(|(_, cond, _)| self.wants(cond, stage, out));
    }
}

fn val(known: &Known) -> Option<Val> {
    Some(match known {
        Known::Texts(texts) => Val::Text(texts.first()?.clone()),
        Known::Number(number) => Val::Range(*number, Some(*number)),
        Known::Bool(flag) => Val::Bool(*flag),
        Known::Time(seconds) => Val::Time(*seconds),
    })
}

type Range = (Quantity, Option<Quantity>);

/// True when every number of the one stands so to every number of the other, false when none does.
fn compare_ranges(op: Op, mine: Range, other: Range) -> Truth {
    // Every (no) number of `a` is below every number of `b`.
    let all_below = |a: Range, b: Range| a.1.is_some_and(|end| end.cmp(b.0).is_lt());
    let none_below = |a: Range, b: Range| b.1.is_some_and(|end| a.0.cmp(end).is_ge());
    let below = |a: Range, b: Range| {
        if all_below(a, b) {
            Truth::True
        } else if none_below(a, b) {
            Truth::False
        } else {
            Truth::Unknown
        }
    };
    match op {
        Op::Lt => below(mine, other),
        Op::Gt => below(other, mine),
        Op::Ge => below(mine, other).not(),
        Op::Le => below(other, mine).not(),
        Op::Eq if below(mine, other) == Truth::True || below(other, mine) == Truth::True => Truth::False,
        // Neither can be below the other: both are one and the same number.
        Op::Eq if below(mine, other) == Truth::False && below(other, mine) == Truth::False => Truth::True,
        Op::Eq => Truth::Unknown,
        Op::Ne => compare_ranges(Op::Eq, mine, other).not(),
    }
}

/// The host of a link: after the scheme and any `user@`, up to `/ ? # :`.
fn host(text: &str, link: std::ops::Range<usize>) -> (usize, usize) {
    let url = text.get(link.clone()).unwrap_or("");
    // A link begins with `http://`, `https://` or `www.`; a scheme further on belongs to its path.
    let scheme = if url.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www.")) { 0 } else { url.find("://").map_or(0, |at| at + 3) };
    let rest = url.get(scheme..).unwrap_or("");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let user = authority.rfind('@').map_or(0, |at| at + 1);
    let name = authority.get(user..).unwrap_or("").split(':').next().unwrap_or("");
    let start = link.start + scheme + user;
    (start, start + name.len())
}
