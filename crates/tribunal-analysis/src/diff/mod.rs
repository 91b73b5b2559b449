//! What a new version of a policy means: where it is stricter or milder, with an item each time.

mod causes;
mod slices;
pub(crate) mod text;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tribunal_core::CompileError;
use tribunal_policy::model::AxisKind;
use tribunal_policy::{AxisId, Policy, RuleId};

use crate::PolicyName;
use crate::beside::Edited;
use crate::checks::shown;
use crate::compare::{Asked, Difference, difference};
use crate::findings::{Effort, FORMAT, LeftOpen, Shown, Why};
use crate::item::{Draft, Val};
use crate::lab::Lab;
use crate::theory::logic::Lit;
use crate::theory::side::{Demand, Side};

use causes::Causes;
pub use text::Edit;

/// What to compare.
#[derive(Clone, Debug, Default)]
pub struct DiffOptions {
    /// Only these markets (`*`: items without one); empty: all.
    pub markets: Vec<String>,
    /// Leave out for whom it changes (minors, adults, surfaces, languages).
    pub no_slices: bool,
    /// How many steps the solver may take in all, as [`crate::Options::budget`].
    pub budget: Option<u64>,
}

/// Which way a decision changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// More is done than before.
    Stricter,
    /// Less is done than before.
    Milder,
}

/// How a market fares on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every item is decided alike, checked exhaustively.
    Same,
    /// Stricter for some items, milder for none.
    Stricter,
    /// Milder for some items, stricter for none.
    Milder,
    /// Stricter for some, milder for others.
    Both,
    /// The engine would not confirm what the theory found, or the budget did not reach: it may be stricter, milder or both, also where
    /// items show one of these.
    NotKnown,
}

/// A market and an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The market; `*`: items without one.
    pub market: String,
    /// The axis.
    pub axis: String,
    /// How it fares.
    pub verdict: Verdict,
}

/// One change of decisions, with an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The rule that asks for more than the other policy gives: of the new policy for stricter, of the old one for milder.
    pub rule: String,
    /// Markets in which it is so; `*`: items without one.
    pub markets: Vec<String>,
    /// The axes on which the item shows it.
    pub axes: Vec<String>,
    /// Which way.
    pub way: Way,
    /// Whom or what it reaches: `minors`, `adults`, `age unknown`, surfaces, languages. Empty: not looked at.
    pub reaches: Vec<String>,
    /// Whom it does not reach, checked exhaustively.
    pub spares: Vec<String>,
    /// A smallest item, decided by the old policy.
    pub old: Shown,
    /// The same item, decided by the new one.
    pub new: Shown,
    /// The edits that bring it about.
    pub caused_by: Vec<String>,
    /// How that is known.
    #[serde(default)]
    pub causes: Attribution,
}

/// How the edits behind a change are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attribution {
    /// Each was reverted alone, and the item is decided as before without it.
    Alone,
    /// Each was reverted alone, and the item is still decided otherwise: they bring it about together, or each by itself.
    Together,
    /// Not reverted: what the rules that decide the item rest on.
    #[default]
    Rests,
}

/// What a new version means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffReport {
    /// Version of this form.
    pub format: u32,
    /// The old policy.
    pub old: PolicyName,
    /// The new policy.
    pub new: PolicyName,
    /// Every market and axis.
    pub cells: Vec<Cell>,
    /// Changes of decisions.
    pub changes: Vec<Change>,
    /// Edits of the text.
    pub edits: Vec<Edit>,
    /// Axes that are not the same in both and were not compared.
    pub axes_not_compared: Vec<String>,
    /// Differences that the engine would not confirm.
    pub suspected: u64,
    /// Rules and markets that the budget did not reach.
    #[serde(default)]
    pub left_open: Vec<LeftOpen>,
    /// What was not looked at.
    pub not_checked: Vec<String>,
    /// What it cost.
    pub effort: Effort,
}

impl DiffReport {
    /// Whether no decision changes, for any item that was looked at.
    pub fn is_same(&self) -> bool {
        self.cells.iter().all(|cell| cell.verdict == Verdict::Same)
    }
}

/// Compares two versions of a policy.
///
/// # Errors
///
/// [`CompileError`] when no engine can be built of one of them.
pub fn diff(old: &Arc<Policy>, new: &Arc<Policy>, options: &DiffOptions) -> Result<DiffReport, CompileError> {
    let mut work = Work::new(old, new, options)?;
    work.run();
    Ok(work.report(options))
}

struct Slot {
    name: String,
    old: Side,
    new: Side,
}

impl Slot {
    fn market(&self) -> Option<&str> {
        (self.name != "*").then_some(self.name.as_str())
    }
}

/// That a rule gives nothing newly, for where these rules give the same.
struct Nothing {
    lit: Lit,
    demand: Demand,
    way: Way,
    given: Vec<(RuleId, Lit)>,
}

struct Work {
    old: Arc<Policy>,
    new: Arc<Policy>,
    lab: Lab,
    slots: Vec<Slot>,
    /// Axes of both, the same in both: old id, new id, name.
    axes: Vec<(AxisId, AxisId, String)>,
    not_compared: Vec<String>,
    edits: Vec<Edit>,
    reverting: Causes,
    /// Rules that mean something else in the other policy; `None`: any may.
    edited: Option<Edited>,
    nothing: Vec<Nothing>,
    /// When each rule gives a demand, by market, way and demand.
    givers: HashMap<(usize, Way, Demand), Arc<BTreeMap<RuleId, Lit>>>,
    changes: Vec<(Change, Draft)>,
    /// By market and axis: ways in which it changes, and whether the engine has confirmed them.
    known: BTreeMap<(usize, String), BTreeSet<(Way, bool)>>,
    slices: bool,
    forms: u64,
}

impl Work {
    fn new(old: &Arc<Policy>, new: &Arc<Policy>, options: &DiffOptions) -> Result<Work, CompileError> {
        let mut lab = Lab::new(&[Arc::clone(old), Arc::clone(new)], options.budget)?;
        let names: BTreeSet<String> = old.markets.iter().chain(&new.markets).map(|market| market.name.clone()).chain(["*".to_owned()]).collect();
        let wanted = |name: &String| options.markets.is_empty() || options.markets.iter().any(|other| other.eq_ignore_ascii_case(name));
        let mut slots = Vec::new();
        for name in names.into_iter().filter(wanted) {
            let (before, after) = (old.market(&name), new.market(&name));
            if let (Some(old), Some(new)) = (lab.side(0, before), lab.side(1, after)) {
                slots.push(Slot { name, old, new });
            }
        }
        match lab.edited().cloned() {
            None => lab.learn()?,
            Some(edited) => {
                let of = |side: &Side, rules: &BTreeSet<RuleId>| {
                    let models: Vec<_> = rules.iter().filter_map(|rule| side.rules.get(rule)).cloned().collect();
                    models.into_iter().flat_map(|model| [model.fires, model.unknown])
                };
                let lits: BTreeSet<Lit> = slots.iter().flat_map(|slot: &Slot| of(&slot.old, &edited.old).chain(of(&slot.new, &edited.new))).collect();
                lab.learn_of(&lits.into_iter().collect::<Vec<_>>())?;
            }
        }
        let mut axes = Vec::new();
        let mut not_compared = Vec::new();
        for axis in old.axes.iter().chain(&new.axes) {
            let same = |policy: &Policy| {
                policy.axis(&axis.name).filter(|id| policy.axes.get(id.index()).is_some_and(|other| kind_of(&other.kind) == kind_of(&axis.kind)))
            };
            match (same(old), same(new)) {
                (Some(before), Some(after)) if !axes.iter().any(|(_, _, name)| *name == axis.name) => axes.push((before, after, axis.name.clone())),
                (Some(_), Some(_)) => {}
                _ if !not_compared.contains(&axis.name) => not_compared.push(axis.name.clone()),
                _ => {}
            }
        }
        let edits = text::edits(old, new);
        let forms = slots.iter().map(|slot| slot.new.rules.values().count() as u64).sum();
        Ok(Work {
            old: Arc::clone(old),
            new: Arc::clone(new),
            slots,
            axes,
            not_compared,
            reverting: Causes::new(old, new, &edits, lab.edited()),
            edits,
            edited: lab.edited().cloned(),
            lab,
            nothing: Vec::new(),
            givers: HashMap::new(),
            changes: Vec::new(),
            known: BTreeMap::new(),
            slices: !options.no_slices,
            forms,
        })
    }

    fn run(&mut self) {
        for at in 0..self.slots.len() {
            let Some((old, new)) = self.slots.get(at).map(|slot| (slot.old.clone(), slot.new.clone())) else { continue };
            for way in [Way::Stricter, Way::Milder] {
                // What is given newly: by the new policy for stricter, by the old one for milder.
                let (from, to) = if way == Way::Stricter { (&old, &new) } else { (&new, &old) };
                let rules = self.candidates(to, from, way);
                let mut demands: BTreeSet<Demand> = BTreeSet::new();
                for model in rules.iter().filter_map(|rule| to.rules.get(rule)) {
                    demands.extend(model.demands(to.review.as_ref()));
                }
                for demand in demands {
                    self.ask(at, way, (from, to), &demand, &rules);
                }
            }
        }
    }

    /// Rules that may give what the other side does not.
    fn candidates(&self, to: &Side, from: &Side, way: Way) -> BTreeSet<RuleId> {
        let differing = self.edited.as_ref().filter(|edited| edited.same_numbers).and_then(|_| to.rules.differing(&from.rules));
        match (differing, &self.edited) {
            (Some(rules), _) => rules,
            (None, Some(edited)) => {
                if way == Way::Stricter {
                    edited.new.clone()
                } else {
                    edited.old.clone()
                }
            }
            (None, None) => to.rules.iter().map(|(rule, _)| rule).collect(),
        }
    }

    /// Of these rules when each gives a demand that it does not give just so in the other policy.
    fn newly(&mut self, (from, to): (&Side, &Side), (there, demand): (&Demand, &Demand), way: Way, rules: &BTreeSet<RuleId>) -> Vec<(RuleId, Lit)> {
        let (policy, other) = if way == Way::Stricter { (&self.new, &self.old) } else { (&self.old, &self.new) };
        let mut found = Vec::new();
        for (rule, model) in rules.iter().filter_map(|rule| Some((*rule, to.rules.get(rule)?))) {
            let lit = model.gives(&mut self.lab.theory, demand, to.review.as_ref());
            let twin = policy.rules.get(rule.index()).and_then(|rule| other.rule(&rule.name)).and_then(|rule| from.rules.get(&rule));
            let was = twin.map(|model| model.gives(&mut self.lab.theory, there, from.review.as_ref()));
            if lit != Lit::FALSE && was != Some(lit) {
                found.push((rule, lit));
            }
        }
        found
    }

    fn givers_of(&mut self, at: usize, way: Way, from: &Side, there: &Demand) -> Arc<BTreeMap<RuleId, Lit>> {
        let theory = &mut self.lab.theory;
        let known = self.givers.entry((at, way, there.clone()));
        Arc::clone(known.or_insert_with(|| Arc::new(from.givers(theory, there, None).into_iter().collect())))
    }

    /// The demand as the other policy numbers its axes.
    fn translated(&self, demand: &Demand, way: Way) -> Option<(Demand, String)> {
        let axis = match demand {
            Demand::Level(axis, _) | Demand::Label(axis, _) => *axis,
        };
        let found = self.axes.iter().find(|(old, new, _)| if way == Way::Stricter { *new == axis } else { *old == axis })?;
        let other = if way == Way::Stricter { found.0 } else { found.1 };
        let demand = match demand {
            Demand::Level(_, level) => Demand::Level(other, *level),
            Demand::Label(_, label) => Demand::Label(other, label.clone()),
        };
        Some((demand, found.2.clone()))
    }

    fn ask(&mut self, at: usize, way: Way, (from, to): (&Side, &Side), demand: &Demand, rules: &BTreeSet<RuleId>) {
        let Some((there, axis)) = self.translated(demand, way) else { return };
        let parts = if way == Way::Stricter { (0, 1) } else { (1, 0) };
        let Some((name, market)) = self.slots.get(at).map(|slot| (slot.name.clone(), slot.market().map(str::to_owned))) else { return };
        for (rule, lit) in self.newly((from, to), (&there, demand), way, rules) {
            if self.gives_nothing(lit, demand, way, (from, &there)) {
                continue;
            }
            if self.is_shown(rule, way, (&there, demand), (&name, market.as_deref()), &axis) {
                self.note(at, &axis, way);
                continue;
            }
            let before = self.givers_of(at, way, from, &there);
            if before.values().any(|other| *other == lit) {
                continue;
            }
            let title = self.title(rule, way);
            self.lab.theory.budget.begin("diff", vec![title, name.clone()]);
            let asked = Asked { from: (from, parts.0), to: (to, parts.1), demands: (&there, demand), market: market.as_deref(), before: &before, new: &[lit] };
            match difference(&mut self.lab, &asked, &[], &|_| true) {
                Difference::None(used) => {
                    let given = used.into_iter().filter_map(|rule| Some((rule, *before.get(&rule)?))).collect();
                    self.nothing.push(Nothing { lit, demand: demand.clone(), way, given });
                }
                Difference::Suspected => {
                    self.known.entry((at, axis.clone())).or_default().insert((way, false));
                }
                Difference::Item(draft) => {
                    self.note(at, &axis, way);
                    let change = self.change(at, way, (from, to), (&there, demand), &draft, (axis.clone(), rule));
                    self.changes.push((change, draft));
                }
            }
        }
    }

    /// Whether it was shown elsewhere that nothing is given newly, for a reason that holds here too.
    fn gives_nothing(&mut self, lit: Lit, demand: &Demand, way: Way, (from, there): (&Side, &Demand)) -> bool {
        let theory = &mut self.lab.theory;
        self.nothing.iter().filter(|known| known.lit == lit && known.way == way && known.demand == *demand).any(|known| {
            let mut given = known.given.iter();
            given.all(|(rule, lit)| from.rules.get(rule).is_some_and(|model| model.gives(theory, there, from.review.as_ref()) == *lit))
        })
    }

    fn title(&self, rule: RuleId, way: Way) -> String {
        let policy = if way == Way::Stricter { &self.new } else { &self.old };
        policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone())
    }

    fn note(&mut self, at: usize, axis: &str, way: Way) {
        self.known.entry((at, axis.to_owned())).or_default().insert((way, true));
    }

    /// Whether a change that was found already, in this market, shows this one too; it takes up the market and the axis then.
    fn is_shown(&mut self, rule: RuleId, way: Way, (there, demand): (&Demand, &Demand), (name, market): (&str, Option<&str>), axis: &str) -> bool {
        let parts = if way == Way::Stricter { (0, 1) } else { (1, 0) };
        let title = self.title(rule, way);
        for (change, draft) in self.changes.iter_mut().filter(|(change, _)| change.rule == title && change.way == way) {
            let moved = moved(draft, market);
            if self.lab.bench.decide(parts.1, &moved).has(demand) && !self.lab.bench.decide(parts.0, &moved).has(there) {
                for (list, text) in [(&mut change.markets, name), (&mut change.axes, axis)] {
                    if !list.iter().any(|known| known == text) {
                        list.push(text.to_owned());
                    }
                }
                return true;
            }
        }
        false
    }

    fn change(
        &mut self,
        at: usize,
        way: Way,
        (from, to): (&Side, &Side),
        (there, demand): (&Demand, &Demand),
        draft: &Draft,
        (axis, rule): (String, RuleId),
    ) -> Change {
        let (name, market) = self.slots.get(at).map(|slot| (slot.name.clone(), slot.market().map(str::to_owned))).unwrap_or_default();
        let (first, second) = (self.lab.bench.decide(0, draft), self.lab.bench.decide(1, draft));
        let title = self.title(rule, way);
        let (causes, edits) = self.causes(draft, demand, way, &title, market.as_deref());
        let mut caused_by: Vec<String> = edits.iter().filter_map(|at| self.edits.get(*at)).map(Edit::title).collect();
        if self.policies_differ_in_market(market.as_deref()) {
            caused_by.push(format!("the market {name} is not in both"));
        }
        let (reaches, spares) = if self.slices { self.reach(at, (from, to), (there, demand), draft, way) } else { (Vec::new(), Vec::new()) };
        Change {
            rule: title,
            markets: vec![name],
            axes: vec![axis],
            way,
            reaches,
            spares,
            old: shown(&self.old, "old", draft, &first),
            new: shown(&self.new, "new", draft, &second),
            caused_by,
            causes,
        }
    }

    fn causes(&mut self, draft: &Draft, demand: &Demand, way: Way, title: &str, market: Option<&str>) -> (Attribution, Vec<usize>) {
        let alone = self.reverting.alone(&mut self.lab.bench, &self.edits, draft, demand, way == Way::Stricter);
        match alone {
            Some(edits) if !edits.is_empty() => (Attribution::Alone, edits),
            other => {
                let rests = text::touching(&self.edits, &[&self.old, &self.new], title, market).into_iter().collect();
                (if other.is_some() { Attribution::Together } else { Attribution::Rests }, rests)
            }
        }
    }

    fn policies_differ_in_market(&self, market: Option<&str>) -> bool {
        market.is_some_and(|market| self.old.market(market).is_none() != self.new.market(market).is_none())
    }

    fn reach(&mut self, at: usize, (from, to): (&Side, &Side), (there, demand): (&Demand, &Demand), draft: &Draft, way: Way) -> (Vec<String>, Vec<String>) {
        let parts = if way == Way::Stricter { (0, 1) } else { (1, 0) };
        let market = self.slots.get(at).and_then(|slot| slot.market().map(str::to_owned));
        let (mut reaches, mut spares) = (Vec::new(), Vec::new());
        let rules = self.candidates(to, from, way);
        let new: Vec<Lit> = self.newly((from, to), (there, demand), way, &rules).into_iter().map(|(_, lit)| lit).collect();
        let before = self.givers_of(at, way, from, there);
        let asked = Asked { from: (from, parts.0), to: (to, parts.1), demands: (there, demand), market: market.as_deref(), before: &before, new: &new };
        for slice in slices::all(&mut self.lab.theory, &self.new) {
            let found =
                if (slice.holds)(draft) { Difference::Item(draft.clone()) } else { difference(&mut self.lab, &asked, &slice.lits, slice.holds.as_ref()) };
            match found {
                Difference::Item(_) => reaches.push(slice.name),
                Difference::None(_) => spares.push(slice.name),
                Difference::Suspected => {}
            }
        }
        (reaches, spares)
    }

    fn report(self, options: &DiffOptions) -> DiffReport {
        let mut cells = Vec::new();
        let mut suspected = 0;
        for (at, slot) in self.slots.iter().enumerate() {
            for (_, _, axis) in &self.axes {
                let ways = self.known.get(&(at, axis.clone())).cloned().unwrap_or_default();
                suspected += u64::from(ways.iter().any(|(_, confirmed)| !confirmed));
                let verdict = verdict(&ways);
                cells.push(Cell { market: slot.name.clone(), axis: axis.clone(), verdict });
            }
        }
        let mut not_checked =
            vec!["items with fields that are pending, of a wrong type or over a limit".to_owned(), "rules in shadow, off or drafts".to_owned()];
        if !self.not_compared.is_empty() {
            not_checked.push(format!("axes that are not the same in both: {}", self.not_compared.join(", ")));
        }
        if !options.markets.is_empty() {
            not_checked.push("markets that were not asked for".to_owned());
        }
        DiffReport {
            format: FORMAT,
            old: PolicyName::of(&self.old),
            new: PolicyName::of(&self.new),
            cells,
            changes: self.changes.into_iter().map(|(change, _)| change).collect(),
            edits: self.edits,
            axes_not_compared: self.not_compared,
            suspected,
            left_open: self
                .lab
                .theory
                .budget
                .open()
                .iter()
                .map(|(code, about)| LeftOpen { code: code.clone(), about: about.clone(), why: Why::Budget })
                .collect(),
            not_checked,
            effort: Effort { forms: self.forms, solver_calls: self.lab.theory.calls, items_run: self.lab.bench.runs, steps: self.lab.theory.budget.spent() },
        }
    }
}

fn kind_of(kind: &AxisKind) -> Option<&[String]> {
    match kind {
        AxisKind::Ordered(values) => Some(values),
        AxisKind::Set(_) => None,
    }
}

/// What these ways come to. A way that is only suspected leaves open that there is none, unless an item shows it all the same.
fn verdict(ways: &BTreeSet<(Way, bool)>) -> Verdict {
    let of = |way: Way| (ways.contains(&(way, true)), ways.contains(&(way, false)));
    match (of(Way::Stricter), of(Way::Milder)) {
        ((true, _), (true, _)) => Verdict::Both,
        ((true, _), (false, false)) => Verdict::Stricter,
        ((false, false), (true, _)) => Verdict::Milder,
        ((false, false), (false, false)) => Verdict::Same,
        _ => Verdict::NotKnown,
    }
}

/// The item in another market.
fn moved(draft: &Draft, market: Option<&str>) -> Draft {
    let mut moved = draft.clone();
    match market {
        Some(market) => moved.set("market", Val::Text(market.to_owned())),
        None => {
            moved.values.remove("market");
        }
    }
    moved
}
