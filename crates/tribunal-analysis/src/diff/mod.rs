//! What a new version of a policy means: where it is stricter or milder, with an item each time.

mod slices;
mod text;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tribunal_core::CompileError;
use tribunal_policy::model::AxisKind;
use tribunal_policy::{AxisId, Policy, RuleId};

use crate::PolicyName;
use crate::checks::shown;
use crate::compare::{Difference, difference};
use crate::findings::{Effort, FORMAT, Shown};
use crate::item::{Draft, Val};
use crate::lab::Lab;
use crate::theory::logic::Lit;
use crate::theory::side::{Demand, Side};

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
    /// The engine would not confirm what the theory found.
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
    /// Edits that the rules which decide the item rest on.
    pub caused_by: Vec<String>,
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

/// A question, the same in many markets: who gives it now, who gave it before.
type Question = (Lit, Vec<Lit>, Demand, Way);

struct Work {
    old: Arc<Policy>,
    new: Arc<Policy>,
    lab: Lab,
    slots: Vec<Slot>,
    /// Axes of both, the same in both: old id, new id, name.
    axes: Vec<(AxisId, AxisId, String)>,
    not_compared: Vec<String>,
    edits: Vec<Edit>,
    /// Questions to which the answer is that there is no difference.
    none: HashSet<Question>,
    changes: Vec<(Change, Draft)>,
    known: BTreeMap<(usize, String), BTreeSet<Option<Way>>>,
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
        lab.learn()?;
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
        let forms = slots.iter().map(|slot| slot.new.rules.len() as u64).sum();
        Ok(Work {
            old: Arc::clone(old),
            new: Arc::clone(new),
            lab,
            slots,
            axes,
            not_compared,
            edits,
            none: HashSet::new(),
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
                let mut demands: BTreeSet<Demand> = BTreeSet::new();
                for model in to.rules.values() {
                    demands.extend(model.demands(to.review.as_ref()));
                }
                for demand in demands {
                    self.ask(at, way, (from, to), &demand);
                }
            }
        }
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

    fn ask(&mut self, at: usize, way: Way, (from, to): (&Side, &Side), demand: &Demand) {
        let Some((there, axis)) = self.translated(demand, way) else { return };
        let before: BTreeSet<Lit> = from.givers(&mut self.lab.theory, &there, None).into_iter().map(|(_, lit)| lit).collect();
        let after = to.givers(&mut self.lab.theory, demand, None);
        let parts = if way == Way::Stricter { (0, 1) } else { (1, 0) };
        let Some((name, market)) = self.slots.get(at).map(|slot| (slot.name.clone(), slot.market().map(str::to_owned))) else { return };
        for (rule, lit) in after.into_iter().filter(|(_, lit)| !before.contains(lit)) {
            let key = (lit, before.iter().copied().collect(), demand.clone(), way);
            if self.none.contains(&key) || self.is_shown(rule, way, (&there, demand), (&name, market.as_deref()), &axis) {
                self.note(at, &axis, way, self.none.contains(&key));
                continue;
            }
            match difference(&mut self.lab, (from, parts.0), (to, parts.1), (&there, demand), Some(rule), market.as_deref(), &[], &|_| true) {
                Difference::None => {
                    self.none.insert(key);
                }
                Difference::Suspected => {
                    self.known.entry((at, axis.clone())).or_default().insert(None);
                }
                Difference::Item(draft) => {
                    self.note(at, &axis, way, false);
                    let change = self.change(at, way, (from, to), (&there, demand), &draft, (axis.clone(), rule));
                    self.changes.push((change, draft));
                }
            }
        }
    }

    fn note(&mut self, at: usize, axis: &str, way: Way, none: bool) {
        if !none {
            self.known.entry((at, axis.to_owned())).or_default().insert(Some(way));
        }
    }

    /// Whether a change that was found already, in this market, shows this one too; it takes up the market and the axis then.
    fn is_shown(&mut self, rule: RuleId, way: Way, (there, demand): (&Demand, &Demand), (name, market): (&str, Option<&str>), axis: &str) -> bool {
        let (parts, policy) = if way == Way::Stricter { ((0, 1), &self.new) } else { ((1, 0), &self.old) };
        let Some(title) = policy.rules.get(rule.index()).map(|rule| rule.name.clone()) else { return false };
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
        let policy = if way == Way::Stricter { &self.new } else { &self.old };
        let title = policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone());
        let causes = text::touching(&self.edits, &[&self.old, &self.new], &title, market.as_deref());
        let mut caused_by: Vec<String> = causes.iter().filter_map(|at| self.edits.get(*at)).map(Edit::title).collect();
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
        }
    }

    fn policies_differ_in_market(&self, market: Option<&str>) -> bool {
        market.is_some_and(|market| self.old.market(market).is_none() != self.new.market(market).is_none())
    }

    fn reach(&mut self, at: usize, (from, to): (&Side, &Side), (there, demand): (&Demand, &Demand), draft: &Draft, way: Way) -> (Vec<String>, Vec<String>) {
        let parts = if way == Way::Stricter { (0, 1) } else { (1, 0) };
        let market = self.slots.get(at).and_then(|slot| slot.market().map(str::to_owned));
        let (mut reaches, mut spares) = (Vec::new(), Vec::new());
        for slice in slices::all(&mut self.lab.theory, &self.new) {
            let found = if (slice.holds)(draft) {
                Difference::Item(draft.clone())
            } else {
                difference(&mut self.lab, (from, parts.0), (to, parts.1), (there, demand), None, market.as_deref(), &slice.lits, slice.holds.as_ref())
            };
            match found {
                Difference::Item(_) => reaches.push(slice.name),
                Difference::None => spares.push(slice.name),
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
                suspected += u64::from(ways.contains(&None));
                let verdict = match (ways.contains(&Some(Way::Stricter)), ways.contains(&Some(Way::Milder)), ways.contains(&None)) {
                    (true, true, _) => Verdict::Both,
                    (true, false, _) => Verdict::Stricter,
                    (false, true, _) => Verdict::Milder,
                    (false, false, true) => Verdict::NotKnown,
                    (false, false, false) => Verdict::Same,
                };
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
