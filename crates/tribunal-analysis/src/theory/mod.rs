//! What an item can be like, as far as the conditions of some policies can tell.

pub(crate) mod budget;
pub(crate) mod encode;
pub(crate) mod logic;
pub(crate) mod product;
pub(crate) mod samples;
pub(crate) mod sets;
pub(crate) mod side;
pub(crate) mod smaller;
pub(crate) mod vars;
pub(crate) mod witness;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use batsat::{Solver, SolverInterface as _, SolverOpts, lbool};

use budget::{Budget, Steps};
use logic::{Lit, Node};
use sets::Sets;
use vars::{Counting, Kind, Measure, Quantity, Var, Vars};

/// Values of variables; what is not named does not matter.
pub(crate) type Model = BTreeMap<u32, bool>;

/// The answer to a question about items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An item may be like this.
    Maybe(Model),
    /// No item is.
    Never,
    /// Not known: the budget did not reach.
    Open,
}

/// The theory.
#[derive(Debug)]
pub(crate) struct Theory {
    pub(crate) vars: Vars,
    pub(crate) sets: Sets,
    /// Fields that another value stands in for when they are absent.
    pub(crate) stand_ins: BTreeSet<String>,
    /// Language tags that are written somewhere, in any of the policies.
    pub(crate) langs: BTreeSet<String>,
    /// Fields that are of one type in one of two policies and of another in the other.
    pub(crate) retyped: BTreeSet<String>,
    /// How often the solver was asked.
    pub(crate) calls: u64,
    /// What questions may cost.
    pub(crate) budget: Budget,
    near_reach: u32,
}

impl Theory {
    pub(crate) fn new(budget: Budget) -> Theory {
        Theory {
            vars: Vars::new(),
            sets: Sets::default(),
            stand_ins: BTreeSet::new(),
            langs: BTreeSet::new(),
            retyped: BTreeSet::new(),
            calls: 0,
            budget,
            near_reach: 0,
        }
    }

    /// Remembers how far apart hits have to be not to be near.
    pub(crate) fn reach(&mut self, within: u32) {
        self.near_reach = self.near_reach.max(within);
    }

    /// More words than any `near` allows.
    pub(crate) fn far(&self) -> u32 {
        self.near_reach.saturating_add(1).min(64)
    }

    /// Which sets are looked for in which way: by these, or by any.
    pub(crate) fn used(&self, by: Option<&[Lit]>) -> HashSet<(Kind, u32)> {
        let seen = |var: &u32| self.vars.vars.get(*var);
        let vars: Vec<&Var> = match by {
            None => self.vars.vars.list.iter().collect(),
            Some(lits) => {
                let nodes = self.vars.graph.cone(lits).into_iter().map(|at| self.vars.graph.node(at));
                let vars: Vec<u32> = nodes.filter_map(|node| if let Node::Var(var) = node { Some(var) } else { None }).collect();
                vars.iter().filter_map(seen).collect()
            }
        };
        let counted: Option<BTreeSet<u32>> =
            by.map(|_| vars.iter().filter_map(|var| if let Var::Count { count, .. } = var { Some(*count) } else { None }).collect());
        let kind = |place: &u32| self.vars.places.get(*place).map(|place| place.kind);
        let mut used = HashSet::new();
        for var in vars {
            match var {
                Var::Hit { place, set } => used.extend(kind(place).map(|kind| (kind, *set))),
                Var::Near { place, left, right, .. } => used.extend(left.iter().chain(right).filter_map(|set| Some((kind(place)?, *set)))),
                _ => {}
            }
        }
        let counts = (0_u32..).zip(&self.vars.counts.list).filter(|(id, _)| counted.as_ref().is_none_or(|counted| counted.contains(id)));
        for (_, count) in counts {
            for place in count.places.iter().filter_map(kind) {
                used.extend(count.sets.iter().map(|set| (place, *set)));
            }
        }
        used
    }

    /// Which sets are hit in a model, and in which way.
    pub(crate) fn hit_in(&self, model: &Model) -> HashSet<(Kind, u32)> {
        let hit = model.iter().filter(|(_, value)| **value).filter_map(|(var, _)| self.vars.vars.get(*var));
        let key = |var: &Var| if let Var::Hit { place, set } = var { Some((self.vars.places.get(*place)?.kind, *set)) } else { None };
        hit.filter_map(key).collect()
    }

    /// Whether an item can satisfy all of `all`, none of `excluded` among the models.
    pub(crate) fn ask(&mut self, all: &[Lit], excluded: &[Model]) -> Answer {
        if all.contains(&Lit::FALSE) {
            return Answer::Never;
        }
        self.calls += 1;
        let mut roots: Vec<Lit> = all.iter().copied().filter(|lit| *lit != Lit::TRUE).collect();
        roots.sort_unstable();
        roots.dedup();
        let allowed = self.budget.allowed();
        let (answer, left) = match Query::new(self, &roots, allowed) {
            None => (Answer::Open, 0),
            Some(mut query) => {
                query.constrain();
                for model in excluded {
                    query.exclude(model);
                }
                (query.solve(&roots), query.solver.cb().left())
            }
        };
        self.spend(allowed, left, answer == Answer::Open);
        answer
    }

    /// A question that is too large to be put has taken all that it was allowed.
    fn spend(&mut self, allowed: u64, left: u64, open: bool) {
        self.budget.spend(allowed - left.min(allowed));
        if open {
            self.budget.leave_open();
        }
    }
}

impl Theory {
    /// Some of `parts` that, with `base`, cannot all hold; `None`: they can, or the budget did not reach. Not the fewest.
    pub(crate) fn conflict(&mut self, base: &[Lit], parts: &[Lit]) -> Option<Vec<usize>> {
        if base.contains(&Lit::FALSE) {
            return Some(Vec::new());
        }
        if let Some(at) = parts.iter().position(|lit| *lit == Lit::FALSE) {
            return Some(vec![at]);
        }
        self.calls += 1;
        let mut roots: Vec<Lit> = base.iter().chain(parts).copied().filter(|lit| *lit != Lit::TRUE).collect();
        roots.sort_unstable();
        roots.dedup();
        let allowed = self.budget.allowed();
        let (found, left) = match Query::new(self, &roots, allowed) {
            None => (None, 0),
            Some(mut query) => {
                query.constrain();
                (query.conflict(base, parts), query.solver.cb().left())
            }
        };
        self.spend(allowed, left, false);
        found
    }
}

/// Whether each set of the first has a set of the second to itself within which it lies: of two lists that hold the same each counts.
fn each_within(sets: &Sets, narrow: &[u32], wide: &[u32]) -> bool {
    let mut free = wide.to_vec();
    // Those that are equal first, so that they do not take what another one needs.
    let rest: Vec<u32> = narrow.iter().copied().filter(|set| free.iter().position(|other| other == set).map(|at| free.swap_remove(at)).is_none()).collect();
    rest.into_iter().all(|set| free.iter().position(|other| sets.lies_within(set, *other)).map(|at| free.swap_remove(at)).is_some())
}

/// One question to a fresh solver, over no more variables than it needs.
struct Query<'t> {
    theory: &'t Theory,
    solver: Solver<Steps>,
    nodes: HashMap<u32, batsat::Lit>,
    vars: BTreeMap<u32, batsat::Lit>,
}

impl<'t> Query<'t> {
    /// `None`: the question alone is larger than what is allowed.
    fn new(theory: &'t Theory, roots: &[Lit], allowed: u64) -> Option<Query<'t>> {
        let steps = Steps::new(allowed);
        let cone = theory.vars.graph.cone(roots);
        if !steps.take(cone.len() as u64) {
            return None;
        }
        let mut query = Query { theory, solver: Solver::new(SolverOpts::default(), steps), nodes: HashMap::new(), vars: BTreeMap::new() };
        for at in cone {
            let lit = match theory.vars.graph.node(at) {
                Node::True => {
                    let lit = query.fresh();
                    query.clause([lit]);
                    lit
                }
                Node::Var(var) => query.var(var),
                Node::And(a, b) => {
                    let lit = query.fresh();
                    let (a, b) = (query.lit(a), query.lit(b));
                    query.clause([!lit, a]);
                    query.clause([!lit, b]);
                    query.clause([lit, !a, !b]);
                    lit
                }
            };
            query.nodes.insert(at, lit);
        }
        Some(query)
    }

    fn fresh(&mut self) -> batsat::Lit {
        batsat::Lit::new(self.solver.new_var_default(), true)
    }

    fn var(&mut self, var: u32) -> batsat::Lit {
        if let Some(lit) = self.vars.get(&var) {
            return *lit;
        }
        let lit = self.fresh();
        self.vars.insert(var, lit);
        lit
    }

    fn lit(&mut self, lit: Lit) -> batsat::Lit {
        let known = self.nodes.get(&lit.node()).copied();
        let found = known.unwrap_or(batsat::Lit::UNDEF);
        if lit.is_inverted() { !found } else { found }
    }

    fn clause(&mut self, lits: impl IntoIterator<Item = batsat::Lit>) {
        let mut lits: Vec<batsat::Lit> = lits.into_iter().collect();
        self.solver.add_clause_reuse(&mut lits);
    }

    fn implies(&mut self, a: batsat::Lit, b: batsat::Lit) {
        self.clause([!a, b]);
    }

    /// Takes up what the variables so far hang together with, then says how.
    fn constrain(&mut self) {
        self.close();
        let vars: Vec<(u32, batsat::Lit)> = self.vars.iter().map(|(var, lit)| (*var, *lit)).collect();
        self.bounds(&vars);
        self.values(&vars);
        self.hits(&vars);
        self.counts(&vars);
    }

    fn close(&mut self) {
        let theory = self.theory;
        let mut open: Vec<u32> = self.vars.keys().copied().collect();
        let mut seen: BTreeSet<u32> = open.iter().copied().collect();
        while let Some(var) = open.pop() {
            let mut more: Vec<Var> = Vec::new();
            match theory.vars.vars.get(var) {
                Some(Var::Near { place, left, right, .. }) => more.extend(left.iter().chain(right).map(|set| Var::Hit { place: *place, set: *set })),
                Some(Var::Count { count, .. }) => {
                    if let Some(count) = theory.vars.counts.get(*count) {
                        more.extend(count.places.iter().flat_map(|place| count.sets.iter().map(|set| Var::Hit { place: *place, set: *set })));
                    }
                }
                _ => {}
            }
            for id in more.iter().filter_map(|var| theory.vars.vars.find(var)) {
                if seen.insert(id) {
                    self.var(id);
                    open.push(id);
                }
            }
        }
    }

    fn bounds(&mut self, vars: &[(u32, batsat::Lit)]) {
        let theory = self.theory;
        let mut chains: BTreeMap<u32, Vec<(i128, bool, batsat::Lit)>> = BTreeMap::new();
        for (var, lit) in vars {
            if let Some(Var::Bound { quantity, bound, inclusive }) = theory.vars.vars.get(*var) {
                chains.entry(*quantity).or_default().push((*bound, *inclusive, *lit));
            }
        }
        for (_, mut chain) in chains {
            chain.sort_by_key(|(bound, inclusive, _)| (*bound, *inclusive));
            for pair in chain.windows(2) {
                if let [(.., low), (.., high)] = pair {
                    self.implies(*low, *high);
                }
            }
        }
    }

    /// A field has one value, and that value is or is not in each set.
    fn values(&mut self, vars: &[(u32, batsat::Lit)]) {
        let theory = self.theory;
        let mut fields: BTreeMap<&str, Vec<(&Var, batsat::Lit)>> = BTreeMap::new();
        for (var, lit) in vars {
            if let Some(var @ (Var::Value { field, .. } | Var::Among { field, .. } | Var::Missing { field })) = theory.vars.vars.get(*var) {
                fields.entry(field.as_str()).or_default().push((var, *lit));
            }
        }
        for group in fields.values() {
            // Every value that is written somewhere, by what is true of it; and any other value, of which nothing is.
            let mut rows: BTreeSet<Vec<bool>> = BTreeSet::new();
            let mut texts: BTreeSet<&str> = BTreeSet::new();
            for (var, _) in group {
                match var {
                    Var::Value { text, .. } => {
                        texts.insert(text);
                    }
                    Var::Among { set, .. } => texts.extend(
                        theory.sets.get(*set).into_iter().flat_map(|set| set.entries.iter()).filter(|entry| !entry.allow).map(|entry| entry.text.as_str()),
                    ),
                    _ => {}
                }
            }
            let row = |text: Option<&str>| -> Vec<bool> {
                let truth = |var: &Var| match var {
                    Var::Value { text: value, .. } => text == Some(value.as_str()),
                    Var::Among { set, .. } => {
                        text.is_some_and(|text| theory.sets.get(*set).is_some_and(|set| set.entries.iter().any(|entry| !entry.allow && entry.text == text)))
                    }
                    _ => false,
                };
                group.iter().map(|(var, _)| truth(var)).collect()
            };
            rows.extend(texts.iter().map(|text| row(Some(text))));
            rows.insert(row(None));
            rows.insert(group.iter().map(|(var, _)| matches!(var, Var::Missing { .. })).collect());
            let selectors: Vec<batsat::Lit> = rows.iter().map(|_| self.fresh()).collect();
            self.clause(selectors.iter().copied());
            for (selector, row) in selectors.iter().zip(&rows) {
                for ((_, lit), truth) in group.iter().zip(row) {
                    self.implies(*selector, if *truth { *lit } else { !*lit });
                }
            }
        }
    }

    fn find(&self, var: &Var) -> Option<batsat::Lit> {
        self.vars.get(&self.theory.vars.vars.find(var)?).copied()
    }

    fn hits(&mut self, vars: &[(u32, batsat::Lit)]) {
        let theory = self.theory;
        for (var, lit) in vars {
            match theory.vars.vars.get(*var) {
                Some(Var::Hit { place: at, set }) => {
                    let Some(place) = theory.vars.places.get(*at) else { continue };
                    if !theory.stand_ins.contains(&place.field)
                        && let Some(missing) = self.find(&Var::Missing { field: place.field.clone() })
                    {
                        self.implies(*lit, !missing);
                    }
                    let measures: &[Measure] = match place.kind {
                        Kind::Text => &[Measure::Length],
                        Kind::Hosts => &[Measure::Length, Measure::Links],
                        Kind::List | Kind::Ids => &[Measure::Elements],
                    };
                    for measure in measures {
                        self.not_none(*lit, &Quantity { measure: *measure, field: place.field.clone() });
                    }
                    self.needs(*lit, *at, place.kind, *set);
                    self.wider((*at, *set), *lit);
                }
                Some(Var::Near { place, left, right, .. }) => {
                    for side in [left, right] {
                        let hits: Vec<batsat::Lit> = side.iter().filter_map(|set| self.find(&Var::Hit { place: *place, set: *set })).collect();
                        // A set that nothing else asks about has no variable, and may be hit.
                        if hits.len() == side.len() {
                            self.clause(hits.into_iter().chain([!*lit]));
                        }
                    }
                    self.nearer(vars, *var, *lit);
                }
                _ => {}
            }
        }
    }

    /// What is hit is there: the quantity is not zero.
    fn not_none(&mut self, hit: batsat::Lit, quantity: &Quantity) {
        let Some(quantity) = self.theory.vars.quantities.find(quantity) else { return };
        if let Some(none) = self.find(&Var::Bound { quantity, bound: 0, inclusive: true }) {
            self.implies(hit, !none);
        }
    }

    fn needs(&mut self, hit: batsat::Lit, at: u32, kind: Kind, set: u32) {
        let Some(groups) = self.theory.sets.needs(kind, set) else { return };
        let projected: Vec<Vec<batsat::Lit>> =
            groups.iter().map(|group| group.iter().filter_map(|other| self.find(&Var::Hit { place: at, set: *other })).collect()).collect();
        if projected.iter().any(Vec::is_empty) {
            return;
        }
        let mut choice = vec![!hit];
        for group in projected {
            if let [one] = group.as_slice() {
                choice.push(*one);
                continue;
            }
            let selector = self.fresh();
            for other in group {
                self.implies(selector, other);
            }
            choice.push(selector);
        }
        self.clause(choice);
    }

    /// What hits a list hits it with further terms too.
    fn wider(&mut self, (place, set): (u32, u32), lit: batsat::Lit) {
        let theory = self.theory;
        for wide in theory.sets.versions(set).iter().copied().filter(|wide| *wide != set && theory.sets.lies_within(set, *wide)) {
            if let Some(other) = self.find(&Var::Hit { place, set: wide }) {
                self.implies(lit, other);
            }
        }
    }

    /// Near within few words is near within more, in order is near in any order, and fewer lists on a side is stricter.
    fn nearer(&mut self, vars: &[(u32, batsat::Lit)], this: u32, lit: batsat::Lit) {
        let theory = self.theory;
        let Some(Var::Near { place, left, right, within, ordered }) = theory.vars.vars.get(this) else { return };
        for (var, other) in vars.iter().filter(|(var, _)| *var != this) {
            if let Some(Var::Near { place: at, left: wide_left, right: wide_right, within: far, ordered: strict }) = theory.vars.vars.get(*var) {
                let covers = |wide: &[u32], narrow: &[u32]| narrow.iter().all(|set| wide.iter().any(|wide| theory.sets.lies_within(*set, *wide)));
                let straight = covers(wide_left, left) && covers(wide_right, right) && (*ordered || !strict);
                let crossed = !strict && covers(wide_left, right) && covers(wide_right, left);
                if at == place && far >= within && (straight || crossed) {
                    self.implies(lit, *other);
                }
            }
        }
    }

    fn counts(&mut self, vars: &[(u32, batsat::Lit)]) {
        let theory = self.theory;
        let mut chains: BTreeMap<u32, BTreeMap<u64, batsat::Lit>> = BTreeMap::new();
        for (var, lit) in vars {
            if let Some(Var::Count { count, at_least }) = theory.vars.vars.get(*var) {
                chains.entry(*count).or_default().insert(*at_least, *lit);
            }
        }
        for (id, chain) in &chains {
            let Some(count) = theory.vars.counts.get(*id) else { continue };
            let steps: Vec<batsat::Lit> = chain.values().copied().collect();
            for pair in steps.windows(2) {
                if let [fewer, more] = pair {
                    self.implies(*more, *fewer);
                }
            }
            let wanted = count.places.len() * count.sets.len();
            let hits: Vec<batsat::Lit> = count
                .places
                .iter()
                .flat_map(|place| count.sets.iter().map(|set| Var::Hit { place: *place, set: *set }))
                .filter_map(|var| self.find(&var))
                .collect();
            if let Some(first) = steps.first().copied()
                && hits.len() == wanted
            {
                self.clause(hits.iter().copied().chain([!first]));
            }
            // A hit counts in each list that holds the same.
            for alike in count.sets.chunk_by(|one, other| one == other).filter(|_| count.what != Counting::Evasions) {
                let [set, ..] = alike else { continue };
                let hits = count.places.iter().map(|place| Var::Hit { place: *place, set: *set });
                for hit in hits.filter_map(|var| self.find(&var)).collect::<Vec<_>>() {
                    chain.range(..=alike.len() as u64).for_each(|(_, counted)| self.implies(hit, *counted));
                }
            }
            // With further terms there is no less to count.
            for (other, more) in chains.iter().filter(|(other, _)| *other != id) {
                let Some(wide) = theory.vars.counts.get(*other) else { continue };
                let alike = (wide.what, wide.per_field, &wide.places) == (count.what, count.per_field, &count.places);
                if !alike || !each_within(&theory.sets, &count.sets, &wide.sets) {
                    continue;
                }
                for (least, lit) in chain {
                    for fewer in more.range(..=least).map(|(_, fewer)| *fewer) {
                        self.implies(*lit, fewer);
                    }
                }
            }
            // Every distinct term, and every disguised hit, is a hit.
            if count.what != Counting::Hits {
                let all = vars::Count { what: Counting::Hits, ..count.clone() };
                let Some(all) = theory.vars.counts.find(&all).and_then(|id| chains.get(&id)) else { continue };
                for (least, lit) in chain {
                    for other in all.range(..=least).map(|(_, other)| *other) {
                        self.implies(*lit, other);
                    }
                }
            }
        }
    }

    fn exclude(&mut self, model: &Model) {
        let lits: Vec<batsat::Lit> = model.iter().filter_map(|(var, value)| self.vars.get(var).map(|lit| if *value { !*lit } else { *lit })).collect();
        self.clause(lits);
    }

    fn conflict(&mut self, base: &[Lit], parts: &[Lit]) -> Option<Vec<usize>> {
        for root in base.iter().filter(|lit| **lit != Lit::TRUE) {
            let lit = self.lit(*root);
            self.clause([lit]);
        }
        let assumed: Vec<(usize, batsat::Lit)> = parts.iter().enumerate().filter(|(_, lit)| **lit != Lit::TRUE).map(|(at, lit)| (at, self.lit(*lit))).collect();
        let all: Vec<batsat::Lit> = assumed.iter().map(|(_, lit)| *lit).collect();
        if self.solver.solve_limited(&all) != lbool::FALSE {
            return None;
        }
        // Two parts may be one literal.
        let mut seen = HashSet::new();
        Some(assumed.into_iter().filter(|(_, lit)| self.solver.unsat_core_contains_var(lit.var()) && seen.insert(*lit)).map(|(at, _)| at).collect())
    }

    fn solve(&mut self, roots: &[Lit]) -> Answer {
        for root in roots {
            let lit = self.lit(*root);
            self.clause([lit]);
        }
        let found = self.solver.solve_limited(&[]);
        if found == lbool::FALSE {
            return Answer::Never;
        }
        if found != lbool::TRUE {
            return Answer::Open;
        }
        let value = |lit: batsat::Lit| self.solver.value_lit(lit) == lbool::TRUE;
        Answer::Maybe(self.vars.iter().map(|(var, lit)| (*var, value(*lit))).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::lab::Lab;

    use super::*;

    #[test]
    fn what_is_too_large_costs_the_same_whoever_asks() {
        let text =
            "policy: {id: t, version: '1'}\nterms: {a: [glock]}\nrules:\n  - {id: r, when: caption has a and author.age < 13, effect: {routing: review}}\n";
        let policy = Arc::new(tribunal_policy::load_str("t.yaml", text).policy.unwrap());
        // One step for each question.
        let mut lab = Lab::new(&[Arc::clone(&policy)], Some(200)).unwrap();
        let side = lab.side(0, None).unwrap();
        let fires = side.rules.get(&policy.rule("r").unwrap()).unwrap().fires;
        assert_eq!((lab.theory.ask(&[fires], &[]), lab.theory.budget.spent()), (Answer::Open, 1));
        assert_eq!((lab.theory.conflict(&[fires], &[!fires]), lab.theory.budget.spent()), (None, 2));
    }
}
