//! Conditions of a policy in terms of the theory's variables.

use std::collections::HashMap;
use std::sync::Arc;

use tribunal_policy::cond::{Cond, CondKind, Counted, Literal, Near, Op, Operand, Set, Subject, SubjectForm, Test, Value};
use tribunal_policy::fields::{FieldType, Missing};
use tribunal_policy::model::lang_matches;
use tribunal_policy::num::Decimal;
use tribunal_policy::{FieldId, ListId, MarketId, Policy, RuleId, ScoreId};

use super::Theory;
use super::logic::{Lit, Rail};
use super::sets::Entries;
use super::vars::{Count, Counting, Kind, Measure, Place, Quantity, UNIT, Var, scaled};

/// What conditions ask of the rest of their policy.
pub(crate) trait Others {
    /// Whether a rule fires, as the asking rule sees it.
    fn rule(&mut self, theory: &mut Theory, rule: RuleId) -> Rail;
    /// The least and the greatest sum of a score, each with when it is that, as the asking rule sees it; `None`: too many.
    fn score(&mut self, theory: &mut Theory, score: ScoreId) -> Option<Sums>;
}

/// Possible sums, in thousandths: of the least and of the greatest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) least: Vec<(i64, Lit)>,
    pub(crate) greatest: Vec<(i64, Lit)>,
}

/// A policy in one market.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) policy: Arc<Policy>,
    pub(crate) market: Option<MarketId>,
    /// Names the policy where its ordinary words make texts mean something else than in another one.
    pub(crate) salt: &'static str,
}

/// Term sets of the lists of a policy, by the entries in force.
#[derive(Debug, Default)]
pub(crate) struct ListCache {
    known: HashMap<ListId, Vec<(Vec<bool>, u32)>>,
    /// The set of a list that is the same in all markets.
    everywhere: HashMap<ListId, Option<u32>>,
}

impl ListCache {
    /// The sets that the lists of a policy are in a market.
    pub(crate) fn sets(&mut self, theory: &mut Theory, policy: &Arc<Policy>, market: Option<MarketId>) -> Vec<u32> {
        (0..policy.lists.len()).map(|at| self.set(theory, policy, ListId(u32::try_from(at).unwrap_or(u32::MAX)), market)).collect()
    }

    pub(crate) fn set(&mut self, theory: &mut Theory, policy: &Arc<Policy>, list: ListId, market: Option<MarketId>) -> u32 {
        if let Some(Some(set)) = self.everywhere.get(&list) {
            return *set;
        }
        let Some(of) = policy.lists.get(list.index()) else { return u32::MAX };
        let force: Vec<bool> = of.entries.iter().map(|entry| entry.force.in_market(market)).collect();
        let set = self.in_force(theory, policy, list, force);
        let same = || of.entries.iter().all(|entry| entry.force.markets.iter().all(|there| *there == entry.force.global));
        self.everywhere.entry(list).or_insert_with(|| same().then_some(set));
        set
    }

    /// The set that a list is with these entries in force.
    pub(crate) fn in_force(&mut self, theory: &mut Theory, policy: &Arc<Policy>, list: ListId, force: Vec<bool>) -> u32 {
        let Some(of) = policy.lists.get(list.index()) else { return u32::MAX };
        let known = self.known.entry(list).or_default();
        if let Some((_, set)) = known.iter().find(|(other, _)| *other == force) {
            return *set;
        }
        let entries = if force.iter().all(|on| *on) {
            Entries::All(Arc::clone(policy), list)
        } else {
            Entries::Some(of.entries.iter().zip(&force).filter(|(_, on)| **on).map(|(entry, _)| entry.clone()).collect())
        };
        let set = theory.sets.add(of, entries);
        known.push((force, set));
        set
    }
}

/// Writes conditions down.
pub(crate) struct Encoder<'a> {
    pub(crate) theory: &'a mut Theory,
    pub(crate) setting: &'a Setting,
    /// The sets that the policy's lists are here.
    pub(crate) sets: &'a [u32],
}

/// When a quantity has no value.
enum Absent {
    Unknown(Lit),
    /// It is this then.
    Is(Lit, i128),
}

impl Encoder<'_> {
    fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.setting.policy)
    }

    fn name(&self, field: FieldId) -> String {
        self.setting.policy.fields.get(field.index()).map_or_else(String::new, |field| field.name.clone())
    }

    fn ty(&self, field: FieldId) -> FieldType {
        self.setting.policy.fields.get(field.index()).map_or(FieldType::Text, |field| field.ty)
    }

    fn missing_means(&self, field: FieldId) -> Missing {
        self.setting.policy.fields.get(field.index()).map_or(Missing::Unknown, |field| field.missing.clone())
    }

    fn missing(&mut self, field: FieldId) -> Lit {
        if field == FieldId::MARKET && self.setting.market.is_some() {
            return Lit::FALSE;
        }
        let field = self.name(field);
        self.theory.vars.lit(Var::Missing { field })
    }

    fn set(&self, list: ListId) -> u32 {
        self.sets.get(list.index()).copied().unwrap_or(u32::MAX)
    }

    fn free(&mut self, text: String) -> Rail {
        let text = format!("{}{text}", self.setting.salt);
        Rail::sharp(self.theory.vars.lit(Var::Free { text }))
    }

    /// A condition's truth.
    pub(crate) fn cond(&mut self, cond: &Cond, others: &mut dyn Others) -> Rail {
        match &cond.kind {
            CondKind::And(parts) => {
                let parts: Vec<Rail> = parts.iter().map(|part| self.cond(part, others)).collect();
                self.theory.vars.graph.rail_all(&parts)
            }
            CondKind::Or(parts) => {
                let parts: Vec<Rail> = parts.iter().map(|part| self.cond(part, others)).collect();
                self.theory.vars.graph.rail_any(&parts)
            }
            CondKind::Not(inner) => !self.cond(inner, others),
            CondKind::Has(subject, test) => self.has(subject, test),
            CondKind::Compare(value, op, Operand::Literal(literal)) => self.compare(value, *op, literal, others),
            CondKind::Compare(left, op, Operand::Value(right)) => self.compare_values(left, *op, right),
            CondKind::In(value, not, set) => {
                let rail = self.among(value, set, others);
                if *not { !rail } else { rail }
            }
            CondKind::Rule(rule) => others.rule(self.theory, *rule),
            CondKind::IsMissing(field) => {
                // A text may be missing or empty; nothing else is asked of it then.
                Rail::sharp(self.missing(*field))
            }
            CondKind::Flag(field) => self.flag(*field, true),
        }
    }

    /// The truth of something about a field that is unknown, or stood in for, when the field is missing.
    fn present(&mut self, field: FieldId, there: Lit, stand_in: impl FnOnce(&Literal) -> bool) -> Rail {
        match self.missing_means(field) {
            Missing::Unknown => {
                let missing = self.missing(field);
                let graph = &mut self.theory.vars.graph;
                Rail { t: graph.and(there, !missing), f: graph.and(!there, !missing) }
            }
            Missing::Empty => Rail::sharp(there),
            Missing::Value(value) => {
                let missing = self.missing(field);
                let graph = &mut self.theory.vars.graph;
                let there = graph.and(there, !missing);
                Rail::sharp(if stand_in(&value) { graph.or(there, missing) } else { there })
            }
        }
    }

    fn flag(&mut self, field: FieldId, wanted: bool) -> Rail {
        let name = self.name(field);
        let yes = self.theory.vars.lit(Var::Value { field: name, text: "true".to_owned() });
        let there = if wanted { yes } else { !yes };
        self.present(field, there, |value| *value == Literal::Bool(wanted))
    }

    // Terms.

    fn place_of(&mut self, field: FieldId, form: SubjectForm) -> u32 {
        let kind = match (form, self.ty(field)) {
            (SubjectForm::Domains, _) => Kind::Hosts,
            (_, FieldType::TextList) => Kind::List,
            (_, FieldType::IdList) => Kind::Ids,
            _ => Kind::Text,
        };
        let field = format!("{}{}", self.setting.salt, self.name(field));
        self.theory.vars.places.id(Place { field, kind })
    }

    fn text_rail(&mut self, field: FieldId, hit: Lit) -> Rail {
        match self.missing_means(field) {
            Missing::Unknown => self.present(field, hit, |_| false),
            Missing::Empty => Rail::sharp(hit),
            Missing::Value(_) => {
                let name = self.name(field);
                self.theory.stand_ins.insert(name);
                Rail::sharp(hit)
            }
        }
    }

    fn hit(&mut self, field: FieldId, form: SubjectForm, list: ListId) -> Rail {
        let set = self.set(list);
        if self.theory.sets.is_empty(set) {
            return self.text_rail(field, Lit::FALSE);
        }
        let place = self.place_of(field, form);
        let hit = self.theory.vars.lit(Var::Hit { place, set });
        self.text_rail(field, hit)
    }

    fn has(&mut self, subject: &Subject, test: &Test) -> Rail {
        match test {
            Test::Any(lists) => {
                let parts = self.operands(subject, lists);
                self.theory.vars.graph.rail_any(&parts)
            }
            Test::All(lists) => {
                let parts = self.operands(subject, lists);
                self.theory.vars.graph.rail_all(&parts)
            }
            Test::AtLeast(n, lists) => {
                let parts = self.operands(subject, lists);
                let (sure, not): (Vec<Lit>, Vec<Lit>) = parts.iter().map(|part| (part.t, !part.f)).unzip();
                let graph = &mut self.theory.vars.graph;
                Rail { t: graph.at_least(*n as usize, &sure), f: !graph.at_least(*n as usize, &not) }
            }
            Test::Near(near) => {
                let parts: Vec<Rail> = subject.fields.iter().map(|field| self.near(*field, subject.form, near)).collect();
                self.theory.vars.graph.rail_any(&parts)
            }
        }
    }

    fn operands(&mut self, subject: &Subject, lists: &[ListId]) -> Vec<Rail> {
        let operand = |encoder: &mut Self, list: ListId| {
            let parts: Vec<Rail> = subject.fields.iter().map(|field| encoder.hit(*field, subject.form, list)).collect();
            encoder.theory.vars.graph.rail_any(&parts)
        };
        lists.iter().map(|list| operand(self, *list)).collect()
    }

    fn near(&mut self, field: FieldId, form: SubjectForm, near: &Near) -> Rail {
        let place = self.place_of(field, form);
        let side = |lists: &[ListId]| {
            let mut sets: Vec<u32> = lists.iter().map(|list| self.set(*list)).collect();
            sets.sort_unstable();
            sets.dedup();
            sets.retain(|set| !self.theory.sets.is_empty(*set));
            sets
        };
        let (mut left, mut right) = (side(&near.left), side(&near.right));
        if left.is_empty() || right.is_empty() {
            return self.text_rail(field, Lit::FALSE);
        }
        if !near.ordered && left > right {
            std::mem::swap(&mut left, &mut right);
        }
        // The hits exist as questions of their own, so that what is near is also hit.
        for set in left.iter().chain(&right) {
            self.theory.vars.lit(Var::Hit { place, set: *set });
        }
        self.theory.reach(near.within);
        let lit = self.theory.vars.lit(Var::Near { place, left, right, within: near.within, ordered: near.ordered });
        self.text_rail(field, lit)
    }

    // Numbers.

    fn compare(&mut self, value: &Value, op: Op, literal: &Literal, others: &mut dyn Others) -> Rail {
        match (value, literal) {
            (Value::Field(field), Literal::Bool(wanted)) => {
                let rail = self.flag(*field, *wanted);
                if op == Op::Ne { !rail } else { rail }
            }
            (Value::Field(field), Literal::Text(text)) => {
                let rail = self.equals(*field, text);
                if op == Op::Ne { !rail } else { rail }
            }
            (Value::Score(score), Literal::Number(number)) => {
                self.score(*score, others, &|sum| op.holds(number.cmp_thousandths(sum)), op == Op::Eq || op == Op::Ne)
            }
            (_, Literal::Number(number)) => self.number(value, op, scaled(*number)),
            (_, Literal::Time(seconds)) => self.number(value, op, i128::from(*seconds).saturating_mul(UNIT)),
            _ => self.free(format!("{value:?} {op:?} {literal:?}")),
        }
    }

    fn number(&mut self, value: &Value, op: Op, bound: i128) -> Rail {
        if let Some((what, counted)) = counted(value) {
            return self.count(what, counted, op, bound);
        }
        let Some((quantity, absent)) = self.quantity(value) else {
            return self.free(format!("{value:?} {op:?} {bound}"));
        };
        let vars = &mut self.theory.vars;
        let there = match op {
            Op::Lt => vars.below(quantity, bound, false),
            Op::Le => vars.below(quantity, bound, true),
            Op::Gt => !vars.below(quantity, bound, true),
            Op::Ge => !vars.below(quantity, bound, false),
            Op::Eq | Op::Ne => {
                let (most, less) = (vars.below(quantity.clone(), bound, true), vars.below(quantity, bound, false));
                let equal = vars.graph.and(most, !less);
                if op == Op::Eq { equal } else { !equal }
            }
        };
        match absent {
            None => Rail::sharp(there),
            Some(Absent::Unknown(missing)) => {
                let graph = &mut self.theory.vars.graph;
                Rail { t: graph.and(there, !missing), f: graph.and(!there, !missing) }
            }
            Some(Absent::Is(missing, value)) => {
                let graph = &mut self.theory.vars.graph;
                let there = graph.and(there, !missing);
                Rail::sharp(if op.holds(value.cmp(&bound)) { graph.or(there, missing) } else { there })
            }
        }
    }

    fn quantity(&mut self, value: &Value) -> Option<(Quantity, Option<Absent>)> {
        let (measure, field) = match value {
            Value::Field(field) if self.ty(*field) == FieldType::Time => (Measure::Time, *field),
            Value::Field(field) => (Measure::Number, *field),
            Value::Length(field) => (Measure::Length, *field),
            Value::Words(field) => (Measure::Words, *field),
            Value::UppercaseRatio(field) => (Measure::Uppercase, *field),
            Value::EmojiCount(field) => (Measure::Emoji, *field),
            Value::LinkCount(field) => (Measure::Links, *field),
            Value::CountList(field) => (Measure::Elements, *field),
            Value::Age(field) => (Measure::Age, *field),
            _ => return None,
        };
        let absent = match (measure, self.missing_means(field)) {
            (Measure::Age, means) => match (means, self.missing_means(FieldId::AS_OF)) {
                (Missing::Unknown, Missing::Unknown) => {
                    let (then, now) = (self.missing(field), self.missing(FieldId::AS_OF));
                    Some(Absent::Unknown(self.theory.vars.graph.or(then, now)))
                }
                _ => return None,
            },
            (_, Missing::Unknown) => Some(Absent::Unknown(self.missing(field))),
            (_, Missing::Empty) => None,
            (_, Missing::Value(Literal::Number(number))) => Some(Absent::Is(self.missing(field), scaled(number))),
            (_, Missing::Value(Literal::Time(seconds))) => Some(Absent::Is(self.missing(field), i128::from(seconds).saturating_mul(UNIT))),
            _ => return None,
        };
        Some((Quantity { measure, field: self.name(field) }, absent))
    }

    fn count(&mut self, what: Counting, counted: &Counted, op: Op, bound: i128) -> Rail {
        if counted.subject.fields.iter().any(|field| self.missing_means(*field) != Missing::Empty) {
            return self.free(format!("{what:?} {counted:?} {op:?} {bound}"));
        }
        let mut sets: Vec<u32> = counted.lists.iter().map(|list| self.set(*list)).collect();
        sets.sort_unstable();
        sets.dedup();
        let mut places: Vec<u32> = counted.subject.fields.iter().map(|field| self.place_of(*field, counted.subject.form)).collect();
        places.sort_unstable();
        places.dedup();
        for set in sets.iter().filter(|set| !self.theory.sets.is_empty(**set)) {
            for place in &places {
                self.theory.vars.lit(Var::Hit { place: *place, set: *set });
            }
        }
        let count = self.theory.vars.counts.id(Count { what, places, sets, per_field: counted.per_field });
        let at_least = |encoder: &mut Self, least: i128| match u64::try_from(least) {
            Ok(least) if least > 0 => encoder.theory.vars.lit(Var::Count { count, at_least: least }),
            _ => Lit::from(least <= 0),
        };
        let whole = bound.div_euclid(UNIT);
        let exact = bound.rem_euclid(UNIT) == 0;
        let (ge, gt) = (if exact { whole } else { whole + 1 }, whole + 1);
        let lit = match op {
            Op::Ge => at_least(self, ge),
            Op::Lt => !at_least(self, ge),
            Op::Gt => at_least(self, gt),
            Op::Le => !at_least(self, gt),
            Op::Eq | Op::Ne => {
                let (low, high) = (at_least(self, ge), at_least(self, gt));
                let equal = self.theory.vars.graph.and(low, !high);
                if op == Op::Eq { equal } else { !equal }
            }
        };
        Rail::sharp(lit)
    }

    /// A test of a score; `exact`: true only where least and greatest are one.
    fn score(&mut self, score: ScoreId, others: &mut dyn Others, holds: &dyn Fn(i64) -> bool, exact: bool) -> Rail {
        let Some(sums) = others.score(self.theory, score) else {
            return self.free(format!("score {}", score.0));
        };
        let graph = &mut self.theory.vars.graph;
        let mut rail = Rail { t: Lit::FALSE, f: Lit::FALSE };
        // For tests that are true from a number on (or below it) the two ends decide; for the others every sum between them counts.
        for (least, low) in &sums.least {
            for (greatest, high) in sums.greatest.iter().filter(|(greatest, _)| greatest >= least) {
                let both = graph.and(*low, *high);
                let (first, last) = (holds(*least), holds(*greatest));
                if first != last || exact && greatest - least > LONG {
                    continue;
                }
                let alike = !exact || (*least..=*greatest).all(|sum| holds(sum) == first);
                if alike && first {
                    rail.t = graph.or(rail.t, both);
                } else if alike {
                    rail.f = graph.or(rail.f, both);
                }
            }
        }
        rail
    }

    fn compare_values(&mut self, left: &Value, op: Op, right: &Value) -> Rail {
        let fields: Vec<FieldId> = [left, right]
            .iter()
            .flat_map(|value| {
                let mut fields = Vec::new();
                value.fields(&mut |field| fields.push(field));
                fields
            })
            .collect();
        let text = format!("{} {} {}", self.print(left), op.symbol(), self.print(right));
        let rail = self.free(text);
        if fields.iter().any(|field| !matches!(self.missing_means(*field), Missing::Unknown | Missing::Empty)) {
            return rail;
        }
        let unknown: Vec<Lit> =
            fields.iter().filter(|field| self.ty(**field).is_scalar()).copied().collect::<Vec<_>>().into_iter().map(|field| self.missing(field)).collect();
        let graph = &mut self.theory.vars.graph;
        let unknown = graph.any(unknown);
        Rail { t: graph.and(rail.t, !unknown), f: graph.and(rail.f, !unknown) }
    }

    fn print(&self, value: &Value) -> String {
        let mut out = String::new();
        self.setting.policy.print_value(&mut out, value);
        out
    }

    // Texts that are compared exactly.

    fn equals(&mut self, field: FieldId, literal: &str) -> Rail {
        let policy = self.policy();
        if field == FieldId::MARKET {
            if let Some(market) = self.setting.market.and_then(|market| policy.markets.get(market.index())) {
                return if policy.market_matches(&market.name, literal) { Rail::TRUE } else { Rail::FALSE };
            }
            // Without a market of the policy: none at all, or one that only this literal knows.
            let there = if policy.market(literal).is_some() { Lit::FALSE } else { self.value(field, &literal.to_ascii_uppercase()) };
            return self.present(field, there, |value| matches!(value, Literal::Text(text) if policy.market_matches(text, literal)));
        }
        if field == FieldId::LANG {
            // A tag and those below it that are written somewhere in this policy.
            let mut tags = vec![literal.to_ascii_lowercase()];
            tags.extend(langs(&policy).into_iter().filter(|tag| lang_matches(tag, literal)));
            tags.sort();
            tags.dedup();
            let there: Vec<Lit> = tags.iter().map(|tag| self.value(field, tag)).collect();
            let there = self.theory.vars.graph.any(there);
            return self.present(field, there, |value| matches!(value, Literal::Text(text) if lang_matches(text, literal)));
        }
        let there = self.value(field, literal);
        self.present(field, there, |value| matches!(value, Literal::Text(text) if text == literal))
    }

    fn value(&mut self, field: FieldId, text: &str) -> Lit {
        let field = self.name(field);
        self.theory.vars.lit(Var::Value { field, text: text.to_owned() })
    }

    fn among(&mut self, value: &Value, set: &Set, others: &mut dyn Others) -> Rail {
        match (value, set) {
            (_, Set::Literals(literals)) => {
                let parts: Vec<Rail> = literals.iter().map(|literal| self.compare(value, Op::Eq, literal, others)).collect();
                self.theory.vars.graph.rail_any(&parts)
            }
            (Value::Score(score), Set::Range(low, high)) => {
                let inside = |sum: i64| low.cmp_thousandths(sum).is_ge() && high.cmp_thousandths(sum).is_le();
                self.score(*score, others, &inside, true)
            }
            (_, Set::Range(low, high)) => {
                let (low, high): (&Decimal, &Decimal) = (low, high);
                let parts = [self.number(value, Op::Ge, scaled(*low)), self.number(value, Op::Le, scaled(*high))];
                self.theory.vars.graph.rail_all(&parts)
            }
            (Value::Field(field), Set::List(list)) if !matches!(*field, FieldId::MARKET | FieldId::LANG) && !self.dated(*list) => {
                let set = self.set(*list);
                let field_name = self.name(*field);
                let there = self.theory.vars.lit(Var::Among { field: field_name, set });
                let policy = self.policy();
                let market = self.setting.market;
                self.present(*field, there, |value| {
                    let entries = policy.lists.get(list.index()).map(|list| list.entries.as_slice()).unwrap_or_default();
                    matches!(value, Literal::Text(text) if entries.iter().any(|entry| !entry.allow && entry.text == *text && entry.force.in_market(market)))
                })
            }
            _ => {
                let text = format!("{} in {set:?} {:?}", self.print(value), self.setting.market);
                self.free(text)
            }
        }
    }

    /// Entries of the list come and go.
    fn dated(&self, list: ListId) -> bool {
        let entries = self.setting.policy.lists.get(list.index()).map(|list| list.entries.as_slice()).unwrap_or_default();
        entries.iter().any(|entry| entry.since.is_some() || entry.until.is_some() || entry.only_lang.is_some())
    }
}

/// Thousandths of points that are looked through one by one; a longer way counts as unknown.
const LONG: i64 = 100_000;

fn counted(value: &Value) -> Option<(Counting, &Counted)> {
    match value {
        Value::Count(counted) => Some((Counting::Hits, counted)),
        Value::Distinct(counted) => Some((Counting::Terms, counted)),
        Value::Evasion(counted) => Some((Counting::Evasions, counted)),
        _ => None,
    }
}

/// The language tags that conditions of a policy name, in lower case.
fn langs(policy: &Policy) -> Vec<String> {
    let mut found = Vec::new();
    let mut take = |literal: &Literal| {
        if let Literal::Text(text) = literal {
            found.push(text.to_ascii_lowercase());
        }
    };
    let conds = policy.rules.iter().flat_map(|rule| std::iter::once(&rule.when).chain(rule.unless.iter().map(|unless| &unless.when)));
    for cond in conds.chain(policy.exceptions.iter().map(|exception| &exception.when)) {
        cond.walk(&mut |part| match &part.kind {
            CondKind::Compare(Value::Field(FieldId::LANG), _, Operand::Literal(literal)) => take(literal),
            CondKind::In(Value::Field(FieldId::LANG), _, Set::Literals(literals)) => literals.iter().for_each(&mut take),
            _ => {}
        });
    }
    found.sort();
    found.dedup();
    found
}
