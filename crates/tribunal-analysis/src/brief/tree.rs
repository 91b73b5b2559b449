//! A decision tree of a category: which question to ask first, so that as few as possible are asked.
//!
//! Questions are the parts of the rules' conditions. The next one is the one with the greatest gain of information (Quinlan 1986) over
//! the cells that are left: one cell for each choice of answers that can hold together, all alike in weight. Numbers and texts of one
//! field are told apart at the values that the conditions name, and terms near each other, or several of them, are terms all the same,
//! so that no question is asked whose answer follows from another one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tribunal_policy::cond::{Cond, CondKind, Literal, Op, Operand, Set, Subject, SubjectForm, Test, Value};
use tribunal_policy::model::{AxisValue, Effect, EffectiveRule};
use tribunal_policy::{FieldId, ListId, Policy};

use crate::finding_way::effect_text;

/// What to ask, or what happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuideTree {
    /// A question, and where its answers lead.
    Ask {
        /// What is to be so.
        question: String,
        /// It is.
        yes: Box<GuideTree>,
        /// It is not.
        no: Box<GuideTree>,
    },
    /// What happens.
    Then(String),
    /// What happens at least, and the rules that are to be looked at one by one, as the tree would go too deep.
    Rules {
        /// What happens whatever they say.
        then: String,
        /// The rules.
        rules: Vec<String>,
    },
}

impl GuideTree {
    /// It asks more than one thing.
    pub(super) fn is_deep(&self) -> bool {
        matches!(self, GuideTree::Ask { yes, no, .. } if [yes, no].iter().any(|branch| matches!(branch.as_ref(), GuideTree::Ask { .. })))
    }
}

/// Questions in a row, at most.
const DEPTH: usize = 6;
/// Cells that are counted for the gain of a question; where there are more, the question of most rules comes first.
const CELLS: usize = 4_096;

#[derive(Clone, Debug)]
enum Formula {
    Atom(usize),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    Not(Box<Formula>),
}

#[derive(Clone, Debug, PartialEq)]
enum Point {
    Number(f64),
    Text(String),
    Other,
}

/// A question: free, or about a field, with the answer at each of its points.
#[derive(Clone, Debug)]
struct Atom {
    text: String,
    field: Option<(FieldId, Vec<bool>)>,
    /// Questions that are answered with yes where this one is.
    implies: Vec<usize>,
}

struct Rule {
    name: String,
    when: Formula,
    cancels: Vec<Formula>,
    softens: Vec<(Formula, Effect)>,
    effect: Effect,
}

/// What has been answered: the points that are left of each field, and free questions.
#[derive(Clone, Debug)]
struct Known {
    points: BTreeMap<FieldId, Vec<usize>>,
    free: BTreeMap<usize, bool>,
}

struct Tree<'p> {
    policy: &'p Policy,
    atoms: Vec<Atom>,
    rules: Vec<Rule>,
}

/// The tree of these rules, the strictest first, for items of which all is known. `None`: no rule does anything.
pub(super) fn tree(policy: &Policy, rules: &[EffectiveRule], print: &dyn Fn(&Cond) -> String) -> Option<GuideTree> {
    let mut leaves: Vec<(String, Cond)> = Vec::new();
    let mut formula = |cond: &Cond| formula(cond, &mut leaves, print);
    let rules: Vec<Rule> = rules
        .iter()
        .filter(|rule| rule.effect.0.values().any(|value| *value != AxisValue::Level(0)))
        .map(|rule| Rule {
            name: policy.rules.get(rule.rule.index()).map_or_else(String::new, |rule| rule.name.clone()),
            when: formula(&rule.when),
            cancels: rule.cancels.iter().map(|(_, cond)| formula(cond)).collect(),
            softens: rule.softens.iter().map(|(_, cond, effect)| (formula(cond), effect.clone())).collect(),
            effect: rule.effect.clone(),
        })
        .collect();
    if rules.is_empty() {
        return None;
    }
    let mut values: BTreeMap<FieldId, Vec<&Literal>> = BTreeMap::new();
    let told_apart: Vec<Option<(FieldId, Vec<Literal>)>> = leaves.iter().map(|(_, cond)| named(cond)).collect();
    for (field, named) in told_apart.iter().flatten() {
        values.entry(*field).or_default().extend(named);
    }
    let points: BTreeMap<FieldId, Vec<Point>> = values.into_iter().map(|(field, values)| (field, points_of(&values))).collect();
    let implied: Vec<Vec<usize>> =
        leaves.iter().map(|(_, one)| (0..leaves.len()).filter(|at| leaves.get(*at).is_some_and(|(_, other)| implies(one, other))).collect()).collect();
    let atoms = leaves.into_iter().zip(implied).map(|((text, cond), implies)| {
        let field = named(&cond).and_then(|(field, _)| Some((field, points.get(&field)?.iter().map(|point| holds(&cond, point)).collect())));
        Atom { text, field, implies }
    });
    let tree = Tree { policy, atoms: atoms.collect(), rules };
    let known = Known { points: points.into_iter().map(|(field, points)| (field, (0..points.len()).collect())).collect(), free: BTreeMap::new() };
    Some(tree.grow(&known, DEPTH))
}

fn formula(cond: &Cond, leaves: &mut Vec<(String, Cond)>, print: &dyn Fn(&Cond) -> String) -> Formula {
    match &cond.kind {
        CondKind::And(parts) => Formula::And(parts.iter().map(|part| formula(part, leaves, print)).collect()),
        CondKind::Or(parts) => Formula::Or(parts.iter().map(|part| formula(part, leaves, print)).collect()),
        CondKind::Not(inner) => Formula::Not(Box::new(formula(inner, leaves, print))),
        _ => {
            let text = print(cond);
            let at = leaves.iter().position(|(known, other)| *known == text && other.kind == cond.kind);
            Formula::Atom(at.unwrap_or_else(|| {
                leaves.push((text, cond.clone()));
                leaves.len() - 1
            }))
        }
    }
}

/// What is found wherever a condition holds: where, and lists of which one has a hit there.
fn finds(cond: &Cond) -> Vec<(&Subject, &[ListId])> {
    match &cond.kind {
        CondKind::Has(subject, Test::Any(lists)) => vec![(subject, lists)],
        CondKind::Has(subject, Test::All(lists)) => lists.chunks(1).map(|list| (subject, list)).collect(),
        CondKind::Has(subject, Test::AtLeast(1.., lists)) => vec![(subject, lists)],
        CondKind::Has(subject, Test::Near(near)) => vec![(subject, &near.left), (subject, &near.right)],
        CondKind::Compare(Value::Count(of) | Value::Distinct(of) | Value::Evasion(of), op, Operand::Literal(Literal::Number(number)))
            if !op.holds(0_f64.total_cmp(&number.to_f64())) =>
        {
            vec![(&of.subject, &of.lists)]
        }
        _ => Vec::new(),
    }
}

/// Whether the other condition holds wherever this one does, because it asks for some of the same terms.
fn implies(one: &Cond, other: &Cond) -> bool {
    let CondKind::Has(wide, Test::Any(lists)) = &other.kind else { return false };
    let domains = |subject: &Subject| subject.form == SubjectForm::Domains;
    finds(one).into_iter().any(|(subject, found)| {
        domains(subject) == domains(wide) && subject.fields.iter().all(|field| wide.fields.contains(field)) && found.iter().all(|list| lists.contains(list))
    })
}

/// The values that a condition tells apart from others.
fn named(cond: &Cond) -> Option<(FieldId, Vec<Literal>)> {
    let plain = |literal: &Literal| matches!(literal, Literal::Number(_) | Literal::Text(_));
    match &cond.kind {
        CondKind::Compare(Value::Field(field), _, Operand::Literal(number @ Literal::Number(_))) => Some((*field, vec![number.clone()])),
        CondKind::Compare(Value::Field(field), Op::Eq | Op::Ne, Operand::Literal(text @ Literal::Text(_))) => Some((*field, vec![text.clone()])),
        CondKind::In(Value::Field(field), _, Set::Range(low, high)) => Some((*field, [low, high].map(|number| Literal::Number(*number)).to_vec())),
        CondKind::In(Value::Field(field), _, Set::Literals(literals)) if literals.iter().all(plain) => Some((*field, literals.clone())),
        _ => None,
    }
}

/// The points of a field: each number, one between each two neighbours and one beyond either end, so that every interval that the
/// conditions tell apart has a point; each text, and one that no condition names. A field of numbers has no other value.
fn points_of(values: &[&Literal]) -> Vec<Point> {
    let number = |literal: &&Literal| if let Literal::Number(number) = literal { Some(number.to_f64()) } else { None };
    let mut numbers: Vec<f64> = values.iter().filter_map(number).collect();
    numbers.sort_by(f64::total_cmp);
    let mut all: Vec<f64> = numbers.windows(2).filter_map(|pair| if let [one, other] = pair { Some(one.midpoint(*other)) } else { None }).collect();
    all.extend(numbers.first().map(|least| least - 1.0));
    all.extend(numbers.last().map(|most| most + 1.0));
    all.extend(&numbers);
    all.sort_by(f64::total_cmp);
    all.dedup();
    let texts: BTreeSet<&str> = values.iter().filter_map(|literal| if let Literal::Text(text) = literal { Some(text.as_str()) } else { None }).collect();
    let other = numbers.is_empty().then_some(Point::Other);
    other.into_iter().chain(all.into_iter().map(Point::Number)).chain(texts.into_iter().map(|text| Point::Text(text.to_owned()))).collect()
}

fn holds(cond: &Cond, point: &Point) -> bool {
    let equal = |literal: &Literal| match (literal, point) {
        (Literal::Text(text), Point::Text(other)) => text == other,
        (Literal::Number(number), Point::Number(other)) => number.to_f64().total_cmp(other).is_eq(),
        _ => false,
    };
    match &cond.kind {
        CondKind::Compare(_, op, Operand::Literal(literal @ Literal::Text(_))) => equal(literal) == (*op == Op::Eq),
        CondKind::Compare(_, op, Operand::Literal(Literal::Number(number))) => match point {
            Point::Number(other) => op.holds(other.total_cmp(&number.to_f64())),
            // A field with numbers has no other value.
            _ => false,
        },
        CondKind::In(_, not, Set::Range(low, high)) => matches!(point, Point::Number(other) if *other >= low.to_f64() && *other <= high.to_f64()) != *not,
        CondKind::In(_, not, Set::Literals(literals)) => literals.iter().any(equal) != *not,
        _ => false,
    }
}

impl Tree<'_> {
    fn atom(&self, at: usize, known: &Known) -> Option<bool> {
        match self.atoms.get(at).and_then(|atom| atom.field.as_ref()) {
            None => known.free.get(&at).copied(),
            Some((field, truths)) => {
                let mut left = known.points.get(field).into_iter().flatten().filter_map(|point| truths.get(*point).copied());
                let first = left.next()?;
                left.all(|truth| truth == first).then_some(first)
            }
        }
    }

    fn truth(&self, formula: &Formula, known: &Known) -> Option<bool> {
        let all = |parts: &[Formula], neutral: bool| {
            let mut open = false;
            for part in parts {
                match self.truth(part, known) {
                    Some(truth) if truth != neutral => return Some(!neutral),
                    Some(_) => {}
                    None => open = true,
                }
            }
            (!open).then_some(neutral)
        };
        match formula {
            Formula::Atom(at) => self.atom(*at, known),
            Formula::And(parts) => all(parts, true),
            Formula::Or(parts) => all(parts, false),
            Formula::Not(inner) => self.truth(inner, known).map(|truth| !truth),
        }
    }

    /// The effect of a rule, where it is known.
    fn effect(&self, rule: &Rule, known: &Known) -> Option<Effect> {
        let mut fires = self.truth(&rule.when, known);
        for cancel in &rule.cancels {
            match self.truth(cancel, known) {
                Some(true) => return Some(Effect::default()),
                Some(false) => {}
                None => fires = if fires == Some(false) { fires } else { None },
            }
        }
        if !fires? {
            return Some(Effect::default());
        }
        let mut softened: Option<Effect> = None;
        for (cond, effect) in &rule.softens {
            if self.truth(cond, known)? {
                softened.get_or_insert_with(Effect::default).merge(effect);
            }
        }
        Some(softened.unwrap_or_else(|| rule.effect.clone()))
    }

    /// What happens for sure, and the rules that may add to it.
    fn status(&self, known: &Known) -> (Effect, Vec<&Rule>) {
        let mut sure = Effect::default();
        let mut open = Vec::new();
        for rule in &self.rules {
            match self.effect(rule, known) {
                Some(effect) => sure.merge(&effect),
                None => open.push(rule),
            }
        }
        let adds = |effect: &Effect| {
            let mut more = sure.clone();
            more.merge(effect);
            more != sure
        };
        open.retain(|rule| adds(&rule.effect) || rule.softens.iter().any(|(_, effect)| adds(effect)));
        (sure, open)
    }

    fn grow(&self, known: &Known, depth: usize) -> GuideTree {
        let (sure, open) = self.status(known);
        let then = if sure.0.values().all(|value| *value == AxisValue::Level(0)) { "no action".to_owned() } else { effect_text(self.policy, &sure) };
        if open.is_empty() {
            return GuideTree::Then(then);
        }
        let mut asked = BTreeSet::new();
        for rule in &open {
            self.open_atoms(&rule.when, known, &mut asked);
            rule.cancels.iter().chain(rule.softens.iter().map(|(cond, _)| cond)).for_each(|cond| self.open_atoms(cond, known, &mut asked));
        }
        let best = if depth == 0 { None } else { self.best(&asked, &open, known) };
        let Some(atom) = best else { return GuideTree::Rules { then, rules: open.iter().map(|rule| rule.name.clone()).collect() } };
        let branch = |answer: bool| Box::new(self.grow(&self.answered(known, atom, answer), depth - 1));
        let (yes, no) = (branch(true), branch(false));
        if yes == no {
            return *yes;
        }
        GuideTree::Ask { question: self.atoms.get(atom).map_or_else(String::new, |atom| atom.text.clone()), yes, no }
    }

    fn open_atoms(&self, formula: &Formula, known: &Known, found: &mut BTreeSet<usize>) {
        if self.truth(formula, known).is_some() {
            return;
        }
        match formula {
            Formula::Atom(at) => {
                found.insert(*at);
            }
            Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| self.open_atoms(part, known, found)),
            Formula::Not(inner) => self.open_atoms(inner, known, found),
        }
    }

    fn answered(&self, known: &Known, at: usize, answer: bool) -> Known {
        let mut known = known.clone();
        match self.atoms.get(at).and_then(|atom| atom.field.as_ref()) {
            None => {
                let follows = |one: usize, other: usize| self.atoms.get(one).is_some_and(|atom| atom.implies.contains(&other));
                let others = (0..self.atoms.len()).filter(|other| *other == at || if answer { follows(at, *other) } else { follows(*other, at) });
                known.free.extend(others.map(|other| (other, answer)));
            }
            Some((field, truths)) => {
                if let Some(points) = known.points.get_mut(field) {
                    points.retain(|point| truths.get(*point) == Some(&answer));
                }
            }
        }
        known
    }

    /// The question with the greatest gain; of equals the first one of the strictest rule.
    fn best(&self, asked: &BTreeSet<usize>, open: &[&Rule], known: &Known) -> Option<usize> {
        match self.cells(asked, known) {
            Some(cells) => {
                let outcomes: Vec<String> = cells.iter().map(|cell| format!("{:?}", self.status(cell).0)).collect();
                let gain = |atom: usize| {
                    let by = |answer: bool| {
                        let of = cells.iter().zip(&outcomes).filter(|(cell, _)| self.atom(atom, cell) == Some(answer));
                        of.map(|(_, outcome)| outcome.as_str()).collect::<Vec<_>>()
                    };
                    weighted(&by(true)) + weighted(&by(false))
                };
                asked
                    .iter()
                    .copied()
                    .map(|atom| (gain(atom), atom))
                    .min_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)))
                    .map(|(_, atom)| atom)
            }
            None => {
                let uses = |atom: usize| {
                    let reads = |rule: &&&Rule| {
                        let mut found = BTreeSet::new();
                        self.open_atoms(&rule.when, known, &mut found);
                        found.contains(&atom)
                    };
                    open.iter().filter(reads).count()
                };
                asked.iter().copied().max_by_key(|atom| (uses(*atom), std::cmp::Reverse(*atom)))
            }
        }
    }

    /// All answers to these questions that can hold together; `None`: too many.
    fn cells(&self, asked: &BTreeSet<usize>, known: &Known) -> Option<Vec<Known>> {
        let mut cells = vec![known.clone()];
        for at in asked {
            let mut next = Vec::new();
            for cell in cells {
                match self.atom(*at, &cell) {
                    Some(_) => next.push(cell),
                    None => next.extend([true, false].map(|answer| self.answered(&cell, *at, answer))),
                }
            }
            if next.len() > CELLS {
                return None;
            }
            cells = next;
        }
        Some(cells)
    }
}

/// The entropy of outcomes times how many they are, in bits.
#[expect(clippy::cast_precision_loss, reason = "thousands of cells")]
fn weighted(outcomes: &[&str]) -> f64 {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    outcomes.iter().for_each(|outcome| *counts.entry(outcome).or_default() += 1);
    let all = outcomes.len() as f64;
    counts.values().map(|count| *count as f64).map(|count| -count * (count / all).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{Draft, Val};
    use crate::lab::Lab;

    const TEXT: &str = "
policy: {id: t, version: '1'}
terms: {guns: [glock], sale: [buy]}
rules:
  - {id: sale, category: guns, when: caption has guns and caption has sale, effect: {distribution: removed}, unless: author.verified}
  - {id: young, category: guns, when: caption has guns and author.age < 13, effect: {distribution: removed}}
  - {id: minor, category: guns, when: caption has guns and author.age < 18, effect: {distribution: feed_ineligible}}
  - {id: talk, category: guns, when: caption has guns, effect: {annotation: [warning_screen]}}
";

    fn walk(tree: &GuideTree, answer: &dyn Fn(&str) -> bool) -> String {
        match tree {
            GuideTree::Then(then) => then.clone(),
            GuideTree::Rules { .. } => panic!("deep enough for all"),
            GuideTree::Ask { question, yes, no } => walk(if answer(question) { yes } else { no }, answer),
        }
    }

    #[test]
    fn the_tree_decides_as_the_engine_does() {
        let policy = std::sync::Arc::new(tribunal_policy::load_str("t.yaml", TEXT).policy.unwrap());
        let rules = policy.effective(None);
        let tree = tree(&policy, &rules, &|cond| policy.print(cond)).unwrap();
        // No gun, no further question.
        let GuideTree::Ask { question, no, .. } = &tree else { panic!("{tree:?}") };
        assert_eq!((question.as_str(), no.as_ref()), ("caption has guns", &GuideTree::Then("no action".to_owned())));
        let mut lab = Lab::new(std::slice::from_ref(&policy), None).unwrap();
        for caption in ["", "glock", "buy", "buy a glock"] {
            for age in [12, 13, 17, 18] {
                for verified in [true, false] {
                    let mut draft = Draft::default();
                    draft.set("caption", Val::Text(caption.to_owned()));
                    draft.set("author.age", Val::Int(age));
                    draft.set("author.verified", Val::Bool(verified));
                    let outcome = lab.bench.decide(0, &draft);
                    let mut effect = Effect::default();
                    rules.iter().filter(|rule| outcome.fired.contains(&rule.rule)).for_each(|rule| effect.merge(&rule.effect));
                    let expected = if effect == Effect::default() { "no action".to_owned() } else { effect_text(&policy, &effect) };
                    let answer = |question: &str| match question {
                        "caption has guns" => caption.contains("glock"),
                        "caption has sale" => caption.contains("buy"),
                        "author.age < 13" => age < 13,
                        "author.age < 18" => age < 18,
                        "author.verified" => verified,
                        other => panic!("{other}"),
                    };
                    assert_eq!(walk(&tree, &answer), expected, "{draft:?}\n{tree:#?}");
                }
            }
        }
    }

    #[test]
    fn close_thresholds_are_told_apart() {
        let text = "
policy: {id: t, version: '1'}
fields: {score: {type: number}}
rules:
  - {id: high, category: c, when: score >= 0.9, effect: {distribution: removed}}
  - {id: some, category: c, when: score > 0.8, effect: {distribution: feed_ineligible}}
  - {id: low, category: c, when: score > 0.1 and score < 0.2, effect: {routing: review}}
  - {id: none, category: c, when: score >= 0.5 or score < 0.5, effect: {annotation: [warning_screen]}}
";
        let loaded = tribunal_policy::load_str("t.yaml", text);
        let policy = std::sync::Arc::new(loaded.policy.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)));
        let rules = policy.effective(None);
        let tree = tree(&policy, &rules, &|cond| policy.print(cond)).unwrap();
        let mut lab = Lab::new(std::slice::from_ref(&policy), None).unwrap();
        for score in [-5.0, 0.0, 0.1, 0.15, 0.2, 0.4, 0.5, 0.8, 0.85, 0.9, 0.95, 40.0] {
            let mut draft = Draft::default();
            draft.set("score", Val::Float(score));
            let outcome = lab.bench.decide(0, &draft);
            let mut effect = Effect::default();
            rules.iter().filter(|rule| outcome.fired.contains(&rule.rule)).for_each(|rule| effect.merge(&rule.effect));
            let answer = |question: &str| {
                assert!(!question.contains("0.5"), "it is one or the other: {question}");
                let (op, at) = question.strip_prefix("score ").and_then(|rest| rest.split_once(' ')).unwrap();
                let at: f64 = at.parse().unwrap();
                match op {
                    ">" => score > at,
                    ">=" => score >= at,
                    "<" => score < at,
                    other => panic!("{other}"),
                }
            };
            assert_eq!(walk(&tree, &answer), effect_text(&policy, &effect), "{score}\n{tree:#?}");
        }
    }

    #[test]
    fn terms_near_others_are_terms_all_the_same() {
        let text = "
policy: {id: t, version: '1'}
terms: {rude: [heck, drat], aimed: [you]}
rules:
  - {id: aimed, category: c, when: any text has rude near aimed within 2 words, effect: {distribution: removed}}
  - {id: twice, category: c, when: distinct(any text has rude) >= 2, effect: {account: strike}}
  - {id: often, category: c, when: count(caption has rude) > 2, effect: {annotation: [warning_screen]}}
  - {id: some, category: c, when: 'any text has any of (rude, aimed)', effect: {routing: review}}
  - {id: few, category: c, when: count(any text has rude) < 9 and not any text has aimed, effect: {distribution: search_limited}}
";
        let loaded = tribunal_policy::load_str("t.yaml", text);
        let policy = std::sync::Arc::new(loaded.policy.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)));
        let rules = policy.effective(None);
        let tree = tree(&policy, &rules, &|cond| policy.print(cond)).unwrap();
        let mut lab = Lab::new(std::slice::from_ref(&policy), None).unwrap();
        for caption in ["", "heck", "you", "you heck", "heck and all that, you", "heck drat", "heck drat heck you", "heck heck heck"] {
            let mut draft = Draft::default();
            draft.set("caption", Val::Text(caption.to_owned()));
            let outcome = lab.bench.decide(0, &draft);
            let mut effect = Effect::default();
            rules.iter().filter(|rule| outcome.fired.contains(&rule.rule)).for_each(|rule| effect.merge(&rule.effect));
            let has = |word: &str| caption.contains(word);
            let count = caption.matches("heck").count() + caption.matches("drat").count();
            let answer = |question: &str| match question {
                "any text has rude near aimed within 2 words" => matches!(caption, "you heck" | "heck drat heck you"),
                "distinct(any text has rude) >= 2" => has("heck") && has("drat"),
                "count(caption has rude) > 2" => count > 2,
                "any text has any of (rude, aimed)" => has("heck") || has("drat") || has("you"),
                "count(any text has rude) < 9" => count < 9,
                "any text has aimed" => has("you"),
                other => panic!("{other}"),
            };
            assert_eq!(
                walk(&tree, &answer),
                if effect == Effect::default() { "no action".to_owned() } else { effect_text(&policy, &effect) },
                "{caption}\n{tree:#?}"
            );
        }
        // Once it is said that there is none of either, nothing of them is asked any more.
        fn none_of_either(tree: &GuideTree) -> Option<&GuideTree> {
            let GuideTree::Ask { question, yes, no } = tree else { return None };
            if question.contains("any of") { Some(no) } else { none_of_either(yes).or_else(|| none_of_either(no)) }
        }
        let below = none_of_either(&tree).unwrap_or_else(|| panic!("{tree:?}"));
        assert!(!format!("{below:?}").contains("near") && !format!("{below:?}").contains("distinct"), "{below:?}");
    }

    #[test]
    fn nothing_is_asked_that_follows() {
        fn questions(tree: &GuideTree, known: &mut Vec<(String, bool)>, all: &mut Vec<Vec<(String, bool)>>) {
            if let GuideTree::Ask { question, yes, no } = tree {
                for (answer, branch) in [(true, yes), (false, no)] {
                    known.push((question.clone(), answer));
                    questions(branch, known, all);
                    all.push(known.clone());
                    known.pop();
                }
            }
        }
        let policy = tribunal_policy::load_str("t.yaml", TEXT).policy.unwrap();
        let tree = tree(&policy, &policy.effective(None), &|cond| policy.print(cond)).unwrap();
        let mut all = Vec::new();
        questions(&tree, &mut Vec::new(), &mut all);
        let grown = ("author.age < 18".to_owned(), false);
        assert!(all.iter().any(|path| path.contains(&grown)));
        assert!(!all.iter().any(|path| path.contains(&grown) && path.iter().any(|(question, _)| question == "author.age < 13")), "{all:?}");
    }
}
