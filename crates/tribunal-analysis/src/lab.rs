//! Where questions about policies are asked and every answer is tried on the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::{Call, CompileError, Engine, RuleTrace, Scratch, Truth};
use tribunal_policy::model::{Effect, OnUnknown, Stage, Target};
use tribunal_policy::{AxisId, MarketId, Policy, RuleId};

use crate::beside::{Edited, langs, pruned, retyped};
use crate::item::{Bound, Draft};
use crate::theory::budget::Budget;
use crate::theory::encode::Setting;
use crate::theory::logic::Lit;
use crate::theory::side::{self, Changed, Demand, Side, SideCache};
use crate::theory::smaller::smallest;
use crate::theory::witness::Maker;
use crate::theory::{Answer, Model, Theory};

/// A policy being looked at.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) policy: Arc<Policy>,
    pub(crate) judge: Judge,
}

/// What decides by it.
#[derive(Debug)]
pub(crate) enum Judge {
    /// Its engine.
    Whole(Arc<Engine>),
    /// The engine of the policy before, and one of the rules that are edited.
    Beside(Box<Beside>),
}

/// An engine for some thousand short items. Without the first look, which pays from millions on, it is made in less time; what it says is
/// the same (the corpus is run either way).
pub(crate) fn engine(policy: &Arc<Policy>) -> Result<Engine, CompileError> {
    Engine::with_options(Arc::clone(policy), &tribunal_core::Options { screen: false, ..tribunal_core::Options::default() })
}

/// An engine of the rules that were edited, for use beside the one of the policy before.
#[derive(Debug)]
pub(crate) struct Beside {
    /// The policy before.
    old: Arc<Policy>,
    before: Arc<Engine>,
    edited: Edited,
    engine: Engine,
    /// The new number of a rule of the policy before.
    new_of_old: Vec<Option<RuleId>>,
    old_of_new: Vec<Option<RuleId>>,
}

impl Part {
    /// Expressions that run on every text.
    pub(crate) fn slow_regexes(&self) -> Vec<&str> {
        match &self.judge {
            Judge::Whole(engine) => engine.slow_regexes(),
            Judge::Beside(beside) => beside.engine.slow_regexes(),
        }
    }
}

impl Beside {
    pub(crate) fn new((old, before): (&Arc<Policy>, &Arc<Engine>), new: &Policy, edited: Edited) -> Result<Beside, CompileError> {
        let engine = engine(&Arc::new(pruned(new, &edited.new, &BTreeSet::new())))?;
        let map = |from: &Policy, to: &Policy| from.rules.iter().map(|rule| to.rule(&rule.name)).collect();
        Ok(Beside { old: Arc::clone(old), before: Arc::clone(before), edited, engine, new_of_old: map(old, new), old_of_new: map(new, old) })
    }
}

/// What the engine decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) levels: Vec<u8>,
    pub(crate) labels: BTreeSet<(AxisId, String)>,
    /// Live rules that fired, with or without an effect.
    pub(crate) fired: BTreeSet<RuleId>,
    pub(crate) shadow: BTreeSet<RuleId>,
    pub(crate) unknown: BTreeSet<RuleId>,
    pub(crate) incomplete: bool,
}

impl Outcome {
    pub(crate) fn has(&self, demand: &Demand) -> bool {
        match demand {
            Demand::Level(axis, level) => self.levels.get(axis.index()).is_some_and(|given| given >= level),
            Demand::Label(axis, label) => self.labels.contains(&(*axis, label.clone())),
        }
    }

    /// It fired, live or in shadow.
    pub(crate) fn fires(&self, rule: RuleId) -> bool {
        self.fired.contains(&rule) || self.shadow.contains(&rule)
    }
}

/// The engines.
#[derive(Debug, Default)]
pub(crate) struct Bench {
    pub(crate) parts: Vec<Part>,
    scratch: Scratch,
    /// How many items were run.
    pub(crate) runs: u64,
}

impl Bench {
    /// Decides an item by the policy of that number.
    pub(crate) fn decide(&mut self, part: usize, draft: &Draft) -> Outcome {
        let Some(part) = self.parts.get(part) else { return Outcome::default() };
        self.runs += 1;
        match &part.judge {
            Judge::Whole(engine) => outcome(engine, &draft.bind(&part.policy), &mut self.scratch, None),
            Judge::Beside(beside) => {
                let before = outcome(&beside.before, &draft.bind(&beside.old), &mut self.scratch, Some((&beside.edited.old, false)));
                let edited = outcome(&beside.engine, &draft.bind(&part.policy), &mut self.scratch, Some((&beside.edited.new, true)));
                beside.joined(before, edited)
            }
        }
    }

    /// How a rule came to its end.
    pub(crate) fn trace(&mut self, part: usize, draft: &Draft, rule: RuleId) -> Option<RuleTrace> {
        let part = self.parts.get(part)?;
        self.runs += 1;
        let (engine, policy, rule) = match &part.judge {
            Judge::Whole(engine) => (engine.as_ref(), &part.policy, rule),
            Judge::Beside(beside) if beside.edited.new.contains(&rule) => (&beside.engine, &part.policy, rule),
            Judge::Beside(beside) => (beside.before.as_ref(), &beside.old, beside.old_of_new.get(rule.index()).copied().flatten()?),
        };
        engine.trace(&draft.bind(policy), Call::default(), &mut self.scratch, &mut |id, _| id == rule).into_iter().next()
    }

    /// What a rule contributed to a decision.
    pub(crate) fn contribution(&mut self, part: usize, side: &Side, draft: &Draft, outcome: &Outcome, rule: RuleId) -> Effect {
        let Some(model) = side.rules.get(&rule) else { return Effect::default() };
        let effective = &model.effective;
        if outcome.fired.contains(&rule) {
            if effective.softens.is_empty() {
                return effective.effect.clone();
            }
            let Some(trace) = self.trace(part, draft, rule) else { return Effect::default() };
            let mut softened: Option<Effect> = None;
            for (source, _, step) in trace.exceptions.iter().filter(|(_, cancels, step)| !cancels && step.truth == Truth::True) {
                let _ = step;
                if let Some((_, _, effect)) = effective.softens.iter().find(|(own, ..)| own == source) {
                    softened.get_or_insert_with(Effect::default).merge(effect);
                }
            }
            return softened.unwrap_or_else(|| effective.effect.clone());
        }
        if !outcome.unknown.contains(&rule) || effective.stage != Stage::Live || effective.on_unknown == OnUnknown::Ignore {
            return Effect::default();
        }
        if effective.rollout.is_some() && !self.trace(part, draft, rule).is_some_and(|trace| trace.live) {
            return Effect::default();
        }
        match (effective.on_unknown, &side.review) {
            (OnUnknown::Apply, _) => effective.effect.clone(),
            (OnUnknown::Review, Some(Demand::Level(axis, level))) => Effect(BTreeMap::from([(*axis, tribunal_policy::model::AxisValue::Level(*level))])),
            _ => Effect::default(),
        }
    }

    /// The rules that give what is demanded.
    pub(crate) fn givers(&mut self, part: usize, side: &Side, draft: &Draft, outcome: &Outcome, demand: &Demand) -> Vec<RuleId> {
        let rules: Vec<RuleId> = outcome.fired.iter().chain(&outcome.unknown).copied().collect();
        rules.into_iter().filter(|rule| demand.given_by(&self.contribution(part, side, draft, outcome, *rule))).collect()
    }
}

/// What one rule gives to a decision.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// `None`: the policy, as the item is over a limit.
    pub(crate) rule: Option<RuleId>,
    levels: Vec<(AxisId, u8)>,
    labels: Vec<(AxisId, String)>,
}

impl Share {
    pub(crate) fn gives(&self, demand: &Demand) -> bool {
        match demand {
            Demand::Level(axis, level) => self.levels.iter().any(|(of, given)| of == axis && given >= level),
            Demand::Label(axis, label) => self.labels.iter().any(|(of, given)| of == axis && given == label),
        }
    }
}

impl Bench {
    /// What each rule gives to the decision about an item, by the numbers of that part.
    pub(crate) fn shares(&mut self, part: usize, draft: &Draft) -> Vec<Share> {
        let Some(Part { policy, judge }) = self.parts.get(part) else { return Vec::new() };
        self.runs += 1;
        match judge {
            Judge::Whole(engine) => shares(engine, &draft.bind(policy), &mut self.scratch),
            Judge::Beside(beside) => {
                let stays = |share: &Share| share.rule.is_none_or(|rule| !beside.edited.old.contains(&rule));
                let renumbered = |mut share: Share| {
                    share.rule = share.rule.and_then(|rule| beside.new_of_old.get(rule.index()).copied().flatten());
                    share
                };
                let mut out: Vec<Share> =
                    shares(&beside.before, &draft.bind(&beside.old), &mut self.scratch).into_iter().filter(stays).map(renumbered).collect();
                out.extend(self.shares_of_edited(part, draft));
                out
            }
        }
    }

    /// What the edited rules give.
    pub(crate) fn shares_of_edited(&mut self, part: usize, draft: &Draft) -> Vec<Share> {
        let Some(Part { policy, judge: Judge::Beside(beside) }) = self.parts.get(part) else { return Vec::new() };
        self.runs += 1;
        let mut out = shares(&beside.engine, &draft.bind(policy), &mut self.scratch);
        out.retain(|share| share.rule.is_none_or(|rule| beside.edited.new.contains(&rule)));
        out
    }

    /// Whether an edited rule fires.
    pub(crate) fn edited_fires(&mut self, part: usize, draft: &Draft) -> bool {
        let Some(Part { policy, judge: Judge::Beside(beside) }) = self.parts.get(part) else { return false };
        self.runs += 1;
        let verdict = beside.engine.classify(&draft.bind(policy), Call::default(), &mut self.scratch);
        verdict.rules.iter().chain(&verdict.without_effect).any(|rule| beside.edited.new.contains(rule))
    }

    /// The same of another engine, of a policy with the same fields.
    pub(crate) fn shares_of(&mut self, engine: &Engine, policy: &Policy, draft: &Draft) -> Vec<Share> {
        self.runs += 1;
        shares(engine, &draft.bind(policy), &mut self.scratch)
    }
}

fn shares(engine: &Engine, item: &Bound<'_>, scratch: &mut Scratch) -> Vec<Share> {
    let mut out = Vec::new();
    let label = |label: &u32| engine.label(*label).map(|(axis, name)| (axis, name.to_owned()));
    engine.contributions(item, Call::default(), scratch, &mut |part| {
        out.push(Share { rule: part.rule, levels: part.levels.to_vec(), labels: part.labels.iter().filter_map(label).collect() });
    });
    out
}

/// What an engine decides; with rules that alone count, or that do not.
fn outcome(engine: &Engine, item: &Bound<'_>, scratch: &mut Scratch, only: Option<(&BTreeSet<RuleId>, bool)>) -> Outcome {
    let counts = |rule: RuleId| only.is_none_or(|(rules, wanted)| rules.contains(&rule) == wanted);
    let verdict = engine.classify(item, Call::default(), scratch);
    let fired = || verdict.rules.iter().chain(&verdict.without_effect).copied();
    let unknown = || verdict.unknown.iter().map(|unjudged| unjudged.rule);
    let label = |label: &u32| engine.label(*label).map(|(axis, name)| (axis, name.to_owned()));
    let mut out = Outcome {
        levels: verdict.levels.clone(),
        labels: verdict.labels.iter().filter_map(label).collect(),
        fired: fired().filter(|rule| counts(*rule)).collect(),
        shadow: verdict.shadow.iter().copied().filter(|rule| counts(*rule)).collect(),
        unknown: unknown().filter(|rule| counts(*rule)).collect(),
        incomplete: verdict.incomplete.is_some(),
    };
    if fired().chain(unknown()).all(counts) {
        return out;
    }
    out.levels.fill(0);
    out.labels.clear();
    engine.contributions(item, Call::default(), scratch, &mut |part| {
        if part.rule.is_none_or(counts) {
            for (axis, level) in part.levels {
                if let Some(slot) = out.levels.get_mut(axis.index()) {
                    *slot = (*slot).max(*level);
                }
            }
            out.labels.extend(part.labels.iter().filter_map(label));
        }
    });
    out
}

impl Beside {
    /// The decision of the rules that stay, by their old numbers, and that of the edited ones.
    fn joined(&self, before: Outcome, edited: Outcome) -> Outcome {
        let renumbered = |rules: BTreeSet<RuleId>| rules.into_iter().filter_map(|rule| self.new_of_old.get(rule.index()).copied().flatten());
        let mut out = edited;
        for (slot, level) in out.levels.iter_mut().zip(&before.levels) {
            *slot = (*slot).max(*level);
        }
        out.labels.extend(before.labels);
        out.fired.extend(renumbered(before.fired));
        out.shadow.extend(renumbered(before.shadow));
        out.unknown.extend(renumbered(before.unknown));
        out.incomplete |= before.incomplete;
        out
    }
}

/// What trying an item showed.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    /// It is what was looked for.
    Yes,
    /// The engine sees it otherwise than the theory.
    No,
    /// It is what was asked for, but these have to hold too.
    Also(Vec<Lit>),
}

/// The end of a search.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// No item is like that.
    Never,
    /// This one is: the engine has said so.
    Item(Draft),
    /// The theory has an item that the engine would not confirm.
    Suspected,
    /// Not known: the budget did not reach.
    Open,
}

/// The workshop.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) theory: Theory,
    pub(crate) bench: Bench,
    caches: Vec<SideCache>,
    salts: Vec<&'static str>,
    /// The policies without a market.
    general: Vec<Option<Side>>,
    /// The first policy in its markets.
    old_sides: BTreeMap<Option<MarketId>, Side>,
}

/// How often a refuted item is replaced by another before giving up.
const ROUNDS: usize = 8;
const TURNS: usize = 4;

impl Lab {
    /// For one policy, or for two that are compared.
    pub(crate) fn new(policies: &[Arc<Policy>], steps: Option<u64>) -> Result<Lab, CompileError> {
        let mut bench = Bench::default();
        let edited = if let [old, new] = policies { Edited::between(old, new) } else { None };
        for (at, policy) in policies.iter().enumerate() {
            let judge = match (&edited, bench.parts.first()) {
                (Some(edited), Some(Part { policy: old, judge: Judge::Whole(engine) })) if at == 1 => {
                    Judge::Beside(Box::new(Beside::new((old, engine), policy, edited.clone())?))
                }
                _ => Judge::Whole(Arc::new(engine(policy)?)),
            };
            bench.parts.push(Part { policy: Arc::clone(policy), judge });
        }
        let words = |policy: &Policy| {
            let list = policy.ordinary_words.and_then(|id| policy.lists.get(id.index()))?;
            Some(list.entries.iter().map(|entry| entry.text.clone()).collect::<Vec<_>>())
        };
        // Disguises are read otherwise under other ordinary words, so that hits of the two are different questions then.
        // So are fields that another value stands in for, or that are of another type.
        let fields = |policy: &Policy| policy.fields.iter().map(|field| (field.name.clone(), format!("{:?} {:?}", field.ty, field.missing))).collect();
        let otherwise = |a: &Policy, b: &Policy| {
            let (one, other): (BTreeMap<String, String>, BTreeMap<String, String>) = (fields(a), fields(b));
            words(a) != words(b) || one.iter().any(|(name, field)| other.get(name).is_some_and(|other| other != field))
        };
        let differ = policies.windows(2).any(|pair| matches!(pair, [a, b] if otherwise(a, b)));
        let mut theory = Theory::new(Budget::new(steps));
        theory.langs = policies.iter().flat_map(|policy| langs(policy)).collect();
        theory.retyped = policies.windows(2).flat_map(|pair| if let [old, new] = pair { retyped(old, new) } else { BTreeSet::new() }).collect();
        let salts = policies.iter().enumerate().map(|(at, _)| if differ && at > 0 { "new " } else { "" }).collect();
        let caches = policies.iter().map(|_| SideCache::default()).collect();
        let general = policies.iter().map(|_| None).collect();
        Ok(Lab { theory, bench, caches, salts, general, old_sides: BTreeMap::new() })
    }

    /// What the second policy changes of the first, where it is judged beside it.
    pub(crate) fn edited(&self) -> Option<&Edited> {
        match &self.bench.parts.get(1)?.judge {
            Judge::Beside(beside) => Some(&beside.edited),
            Judge::Whole(_) => None,
        }
    }

    pub(crate) fn policy(&self, part: usize) -> Option<Arc<Policy>> {
        self.bench.parts.get(part).map(|part| Arc::clone(&part.policy))
    }

    /// A policy in a market.
    pub(crate) fn side(&mut self, part: usize, market: Option<MarketId>) -> Option<Side> {
        let setting = self.setting(part, market)?;
        if let (1, Some(edited)) = (part, self.edited().filter(|edited| edited.same_numbers).cloned()) {
            let known = self.old_sides.get(&setting.market).cloned();
            let from = match known {
                Some(side) => side,
                None => self.side(0, setting.market)?,
            };
            return self.side_beside(&from, &setting.policy, &edited);
        }
        if self.general.get(part).is_none_or(Option::is_none) && market.is_some() {
            self.side(part, None);
        }
        let general = self.general.get(part).cloned().flatten();
        let side = side::whole(&mut self.theory, self.caches.get_mut(part)?, &setting, general.as_ref());
        if market.is_none()
            && let Some(slot) = self.general.get_mut(part)
        {
            *slot = Some(side.clone());
        }
        if part == 0 {
            self.old_sides.insert(market, side.clone());
        }
        Some(side)
    }

    /// Nothing that was written down of a policy is of use for the next one.
    pub(crate) fn forget(&mut self) {
        self.caches = vec![SideCache::default()];
        self.general = vec![None];
        self.old_sides.clear();
    }

    /// An edited policy in a market, of which some rules are otherwise than on another side.
    pub(crate) fn side_beside(&mut self, from: &Side, policy: &Arc<Policy>, edited: &Edited) -> Option<Side> {
        let setting = &Setting { policy: Arc::clone(policy), ..from.setting.clone() };
        let mut sets = from.sets.to_vec();
        let cache = self.caches.last_mut()?;
        for list in &edited.lists {
            *sets.get_mut(list.index())? = cache.lists.set(&mut self.theory, policy, *list, setting.market);
        }
        let effective = setting.policy.effective_of(setting.market, &|rule| edited.new.contains(&rule));
        let changed = Changed { from, rules: edited.new.clone() };
        Some(side::side(&mut self.theory, cache, setting, effective, Arc::from(sets), Some(changed)))
    }

    fn setting(&self, part: usize, market: Option<MarketId>) -> Option<Setting> {
        Some(Setting { policy: self.policy(part)?, market, salt: self.salts.get(part).copied().unwrap_or("") })
    }

    /// A side with one override of its own market not written.
    pub(crate) fn side_without(&mut self, part: usize, side: &Side, index: usize) -> Option<Side> {
        let setting = side.setting.clone();
        let policy = Arc::clone(&setting.policy);
        let market = setting.market?;
        let change = policy.markets.get(market.index())?.overrides.get(index)?;
        let cache = self.caches.get_mut(part)?;
        let rules = cache.links(&policy).touched_by(&change.target);
        let mut sets = Arc::clone(&side.sets);
        let effective = match &change.target {
            Target::Rule(..) => policy.effective_without(Some(market), (market, u32::try_from(index).ok()?), &|rule| rules.contains(&rule)),
            Target::List(list, change) => {
                let of = policy.lists.get(list.index())?;
                let mut force: Vec<bool> = of.entries.iter().map(|entry| entry.force.in_market(Some(market))).collect();
                for (group, to) in [(&change.add, false), (&change.allow, false), (&change.remove, true), (&change.disallow, true)] {
                    for at in group {
                        if let Some(on) = force.get_mut(*at as usize) {
                            *on = to;
                        }
                    }
                }
                let mut changed = sets.to_vec();
                *changed.get_mut(list.index())? = cache.lists.in_force(&mut self.theory, &policy, *list, force);
                sets = Arc::from(changed);
                policy.effective_of(Some(market), &|rule| rules.contains(&rule))
            }
        };
        Some(side::side(&mut self.theory, cache, &setting, effective, sets, Some(Changed { from: side, rules })))
    }

    /// Asks the engine about every term that the sides so far ask for.
    pub(crate) fn learn(&mut self) -> Result<(), CompileError> {
        let used = self.theory.used(None);
        let Some(base) = self.policy(0) else { return Ok(()) };
        self.theory.sets.learn(&base, &used, &used)
    }

    /// Asks about the terms that these ask for alone.
    pub(crate) fn learn_of(&mut self, lits: &[Lit]) -> Result<(), CompileError> {
        let (wanted, used) = (self.theory.used(Some(lits)), self.theory.used(None));
        let Some(base) = self.policy(0) else { return Ok(()) };
        self.theory.sets.learn(&base, &wanted, &used)
    }

    /// Looks for a smallest item for which all of `base` hold and which `check` accepts.
    pub(crate) fn search(&mut self, market: Option<&str>, base: &[Lit], check: &mut dyn FnMut(&mut Bench, &Draft) -> Check) -> Found {
        match self.find(market, base, check) {
            Found::Item(draft) => Found::Item(smallest(&draft, &mut |smaller| matches!(check(&mut self.bench, smaller), Check::Yes))),
            other => other,
        }
    }

    /// Looks for any item like that.
    pub(crate) fn find(&mut self, market: Option<&str>, base: &[Lit], check: &mut dyn FnMut(&mut Bench, &Draft) -> Check) -> Found {
        let mut all: Vec<Lit> = base.to_vec();
        let mut refuted: Vec<Model> = Vec::new();
        'ask: loop {
            let model = match self.theory.ask(&all, &refuted) {
                Answer::Never if refuted.is_empty() => return Found::Never,
                Answer::Never => return Found::Suspected,
                Answer::Open => return Found::Open,
                Answer::Maybe(model) => model,
            };
            for turn in 0..TURNS {
                let draft = self.draft(market, &model, turn);
                match check(&mut self.bench, &draft) {
                    Check::Yes => return Found::Item(draft),
                    Check::Also(more) => {
                        let before = all.len();
                        for lit in more {
                            if !all.contains(&lit) {
                                all.push(lit);
                            }
                        }
                        if all.len() > before {
                            continue 'ask;
                        }
                    }
                    Check::No => {}
                }
            }
            // There may be no text yet for a list that nobody asked about, and of a long one texts of some terms only.
            if self.learn_hit(&model) {
                continue;
            }
            refuted.push(model);
            if refuted.len() > ROUNDS {
                return Found::Suspected;
            }
        }
    }

    /// Asks about the terms that these ask for; where some are new, about all again, as what a list always hits too may be among them.
    pub(crate) fn learn_anew(&mut self, lits: &[Lit]) -> Result<(), CompileError> {
        if self.theory.used(Some(lits)).into_iter().all(|key| self.theory.sets.is_known(key)) {
            return Ok(());
        }
        self.theory.sets.forget();
        self.learn()
    }

    /// Asks about the terms of the sets that are hit in a model, where that was not done, or not of all terms; whether it was now.
    fn learn_hit(&mut self, model: &Model) -> bool {
        let mut wanted = self.theory.hit_in(model);
        // Those that nobody asked about come first: the others may do then.
        if wanted.iter().all(|key| self.theory.sets.is_known(*key)) {
            self.theory.sets.look_closer(&wanted);
        }
        wanted.retain(|key| !self.theory.sets.is_known(*key));
        let Some(base) = self.policy(0).filter(|_| !wanted.is_empty()) else { return false };
        let used = self.theory.used(None);
        self.theory.sets.learn(&base, &wanted, &used).is_ok()
    }

    fn draft(&self, market: Option<&str>, model: &Model, turn: usize) -> Draft {
        let policies: Vec<&Policy> = self.bench.parts.iter().map(|part| part.policy.as_ref()).collect();
        Maker { theory: &self.theory, policies: &policies, market }.draft(model, turn)
    }

    /// A smallest part of `all` that cannot hold together with `base`, where all of it cannot.
    pub(crate) fn core(&mut self, base: &[Lit], all: &[Lit]) -> Vec<usize> {
        // The solver's own core first, then one by one.
        let mut keep: Vec<usize> = self.theory.conflict(base, all).unwrap_or_else(|| (0..all.len()).collect());
        let mut at = 0;
        while at < keep.len() {
            let fewer: Vec<Lit> =
                keep.iter().enumerate().filter(|(index, _)| *index != at).filter_map(|(_, part)| all.get(*part)).copied().chain(base.iter().copied()).collect();
            if self.theory.ask(&fewer, &[]) == Answer::Never {
                keep.remove(at);
            } else {
                at += 1;
            }
        }
        keep
    }
}
