//! Where questions about policies are asked and every answer is tried on the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::{Call, CompileError, Engine, Limits, RuleTrace, Scratch, Truth};
use tribunal_policy::model::{Effect, OnUnknown, Stage, Target};
use tribunal_policy::{AxisId, MarketId, Policy, RuleId};

use crate::item::Draft;
use crate::theory::budget::Budget;
use crate::theory::encode::Setting;
use crate::theory::logic::Lit;
use crate::theory::side::{self, Changed, Demand, Side, SideCache};
use crate::theory::witness::{Maker, smallest};
use crate::theory::{Answer, Model, Theory};

/// A policy being looked at.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) policy: Arc<Policy>,
    pub(crate) engine: Engine,
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
        let verdict = part.engine.classify(&draft.bind(&part.policy), Call::default(), &mut self.scratch);
        Outcome {
            levels: verdict.levels.clone(),
            labels: verdict.labels.iter().filter_map(|label| part.engine.label(*label)).map(|(axis, name)| (axis, name.to_owned())).collect(),
            fired: verdict.rules.iter().chain(&verdict.without_effect).copied().collect(),
            shadow: verdict.shadow.iter().copied().collect(),
            unknown: verdict.unknown.iter().map(|unjudged| unjudged.rule).collect(),
            incomplete: verdict.incomplete.is_some(),
        }
    }

    /// How a rule came to its end.
    pub(crate) fn trace(&mut self, part: usize, draft: &Draft, rule: RuleId) -> Option<RuleTrace> {
        let part = self.parts.get(part)?;
        self.runs += 1;
        part.engine.trace(&draft.bind(&part.policy), Call::default(), &mut self.scratch, &mut |id, _| id == rule).into_iter().next()
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
}

/// How often a refuted item is replaced by another before giving up.
const ROUNDS: usize = 8;
const TURNS: usize = 4;

impl Lab {
    /// For one policy, or for two that are compared.
    pub(crate) fn new(policies: &[Arc<Policy>], steps: Option<u64>) -> Result<Lab, CompileError> {
        let mut bench = Bench::default();
        for policy in policies {
            bench.parts.push(Part { policy: Arc::clone(policy), engine: Engine::new(Arc::clone(policy), Limits::default())? });
        }
        let words = |policy: &Policy| {
            let list = policy.ordinary_words.and_then(|id| policy.lists.get(id.index()))?;
            Some(list.entries.iter().map(|entry| entry.text.clone()).collect::<Vec<_>>())
        };
        // Disguises are read otherwise under other ordinary words, so that hits of the two are different questions then.
        let differ = policies.windows(2).any(|pair| matches!(pair, [a, b] if words(a) != words(b)));
        let salts = policies.iter().enumerate().map(|(at, _)| if differ && at > 0 { "new " } else { "" }).collect();
        let caches = policies.iter().map(|_| SideCache::default()).collect();
        let general = policies.iter().map(|_| None).collect();
        Ok(Lab { theory: Theory::new(Budget::new(steps)), bench, caches, salts, general })
    }

    pub(crate) fn policy(&self, part: usize) -> Option<Arc<Policy>> {
        self.bench.parts.get(part).map(|part| Arc::clone(&part.policy))
    }

    /// A policy in a market.
    pub(crate) fn side(&mut self, part: usize, market: Option<MarketId>) -> Option<Side> {
        let setting = self.setting(part, market)?;
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
        Some(side)
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
                *changed.get_mut(list.index())? = cache.lists.in_force(&mut self.theory, *list, of, force);
                sets = Arc::from(changed);
                policy.effective_of(Some(market), &|rule| rules.contains(&rule))
            }
        };
        Some(side::side(&mut self.theory, cache, &setting, effective, sets, Some(Changed { from: side, rules })))
    }

    /// Asks the engine about every term that the sides so far ask for.
    pub(crate) fn learn(&mut self) -> Result<(), CompileError> {
        let used = self.theory.used();
        let Some(base) = self.policy(0) else { return Ok(()) };
        self.theory.sets.learn(&base, &used)
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
            refuted.push(model);
            if refuted.len() > ROUNDS {
                return Found::Suspected;
            }
        }
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
