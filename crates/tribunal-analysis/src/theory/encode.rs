//! Conditions of a policy in terms of the theory's variables.

use std::collections::{BTreeSet, HashMap};
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
    /// The least and the greatest sum of a score, each with when it is that, as the asking rule sees it; where there are too many, what
    /// the sum hangs on.
    fn score(&mut self, theory: &mut Theory, score: ScoreId) -> Result<Sums, String>;
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

    /// A question that is not looked into. Its text has to say all that the answer hangs on beside the item (entries in force rather than
    /// a list's name or number), as who asks the same in another market or policy gets the same answer.
    fn free(&mut self, text: &str) -> Lit {
        let text = format!("{}{text}", self.setting.salt);
        self.theory.vars.lit(Var::Free { text })
    }

    /// One whose answer may be unknown.
    fn open(&mut self, text: &str) -> Rail {
        let (yes, known) = (self.free(text), self.free(&format!("known: {text}")));
        let graph = &mut self.theory.vars.graph;
        Rail { t: graph.and(yes, known), f: graph.and(!yes, known) }
    }

    /// One whose answer is unknown where one of these fields is.
    fn open_without(&mut self, text: &str, fields: impl IntoIterator<Item = FieldId>) -> Rail {
        let yes = self.free(text);
        let unknown: Vec<FieldId> = fields.into_iter().filter(|field| self.missing_means(*field) == Missing::Unknown).collect();
        let unknown: Vec<Lit> = unknown.into_iter().map(|field| self.missing(field)).collect();
        let graph = &mut self.theory.vars.graph;
        let unknown = graph.any(unknown);
        Rail { t: graph.and(yes, !unknown), f: graph.and(!yes, !unknown) }
    }

    /// A condition's truth.
    pub(crate) fn cond(&mut self, cond: &Cond, others: &mut dyn Others) -> Rail {
        if !matches!(cond.kind, CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_)) && self.reads_otherwise(cond) {
            // Nobody else asks the same.
            let number = self.theory.vars.vars.list.len();
            return self.open(&format!("question {number}"));
        }
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
            CondKind::Compare(left, op, Operand::Value(right)) => self.compare_values(left, *op, right, others),
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
                let test = (format!("{} {number}", op.symbol()), |sum: i64| op.holds(number.cmp_thousandths(sum)));
                self.score(*score, others, (&test.0, &test.1), op == Op::Eq || op == Op::Ne)
            }
            (_, Literal::Number(number)) => self.number(value, op, scaled(*number), others),
            (_, Literal::Time(seconds)) => self.number(value, op, i128::from(*seconds).saturating_mul(UNIT), others),
            _ => {
                let text = format!("{} {} {literal:?}", self.asked(value, others), op.symbol());
                self.open(&text)
            }
        }
    }

    fn number(&mut self, value: &Value, op: Op, bound: i128, others: &mut dyn Others) -> Rail {
        let empty = |encoder: &Self, counted: &Counted| counted.subject.fields.iter().all(|field| encoder.missing_means(*field) == Missing::Empty);
        if let Some((what, counted)) = counted(value).filter(|(_, counted)| empty(self, counted)) {
            return self.count(what, counted, op, bound);
        }
        let Some((quantity, absent)) = self.quantity(value) else {
            let text = format!("{} {} {bound}", self.asked(value, others), op.symbol());
            return self.open(&text);
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
        let count = self.counted(what, counted);
        for set in &count.sets {
            for place in &count.places {
                self.theory.vars.lit(Var::Hit { place: *place, set: *set });
            }
        }
        let count = self.theory.vars.counts.id(count);
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

    fn counted(&mut self, what: Counting, counted: &Counted) -> Count {
        // A list that is named twice counts once, but of two lists that hold the same each counts: their set stands here twice.
        let lists: BTreeSet<ListId> = counted.lists.iter().copied().collect();
        let mut sets: Vec<u32> = lists.into_iter().map(|list| self.set(list)).filter(|set| !self.theory.sets.is_empty(*set)).collect();
        sets.sort_unstable();
        let mut places: Vec<u32> = counted.subject.fields.iter().map(|field| self.place_of(*field, counted.subject.form)).collect();
        places.sort_unstable();
        places.dedup();
        Count { what, places, sets, per_field: counted.per_field }
    }

    /// A test of a score, in words and by the sum; `exact`: true only where least and greatest are one.
    fn score(&mut self, score: ScoreId, others: &mut dyn Others, (words, holds): (&str, &dyn Fn(i64) -> bool), exact: bool) -> Rail {
        let sums = match others.score(self.theory, score) {
            Ok(sums) => sums,
            Err(of) => return self.open(&format!("{of} {words}")),
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

    fn compare_values(&mut self, left: &Value, op: Op, right: &Value, others: &mut dyn Others) -> Rail {
        let text = format!("{} {} {}", self.asked(left, others), op.symbol(), self.asked(right, others));
        if [left, right].iter().any(|value| counted(value).is_some() || matches!(value, Value::Score(_))) {
            return self.open(&text);
        }
        let mut fields = Vec::new();
        [left, right].iter().for_each(|value| value.fields(&mut |field| fields.push(field)));
        self.open_without(&text, fields)
    }

    /// What is asked of an item, with all that it hangs on.
    fn asked(&mut self, value: &Value, others: &mut dyn Others) -> String {
        if let Some((what, counted)) = counted(value) {
            return format!("{:?}", self.counted(what, counted));
        }
        if let Value::Score(score) = value {
            return others.score(self.theory, *score).map_or_else(|of| of, |sums| format!("{sums:?}"));
        }
        let mut out = String::new();
        self.setting.policy.print_value(&mut out, value);
        out
    }

    /// Whether a field is read that is of another type in the other policy: what an item has for it means something else there.
    fn reads_otherwise(&self, cond: &Cond) -> bool {
        let mut otherwise = false;
        if !self.setting.salt.is_empty() && !self.theory.retyped.is_empty() {
            cond.fields(&mut |field| otherwise |= self.theory.retyped.contains(&self.name(field)));
        }
        otherwise
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
            // A tag and those below it that are written somewhere.
            let mut tags = BTreeSet::from([literal.to_ascii_lowercase()]);
            tags.extend(self.theory.langs.iter().filter(|tag| lang_matches(tag, literal)).cloned());
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
                self.score(*score, others, (&format!("in {low}..{high}"), &inside), true)
            }
            (_, Set::Range(low, high)) => {
                let (low, high): (&Decimal, &Decimal) = (low, high);
                let parts = [self.number(value, Op::Ge, scaled(*low), others), self.number(value, Op::Le, scaled(*high), others)];
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
            (value, Set::List(list)) => {
                let market = self.setting.market.and_then(|market| self.setting.policy.markets.get(market.index())).map(|market| market.name.clone());
                let text = format!("{} in set {} in {market:?}", self.asked(value, others), self.set(*list));
                let mut fields = Vec::new();
                value.fields(&mut |field| fields.push(field));
                self.open_without(&text, fields)
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
