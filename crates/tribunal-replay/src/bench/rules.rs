//! What each rule costs: counted over all items, timed on a sample, and what would be saved without it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tribunal::policy::RuleId;
use tribunal::policy::model::{Stage, Target};
use tribunal::{Call, Engine, Moderator, Scratch};
use tribunal_core::DecisionStep;

use super::work;
use crate::error::Error;
use crate::stats::real;

/// Items that are timed rule by rule.
const SAMPLE: usize = 1_000;
/// Times that each of them is timed; the quickest counts, the others were disturbed.
const TIMES: usize = 5;

/// What a rule costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleCost {
    /// The rule.
    pub rule: String,
    /// Its place by time, from 1.
    pub rank: u64,
    /// Items on which something woke it.
    pub candidates: u64,
    /// How often its condition was evaluated.
    pub evaluations: u64,
    /// Terms compared with places of texts while it was judged, as by the lists that it is the first to ask for.
    pub verifications: u64,
    /// Places at which the first look found terms that it waits for; a place counts for every rule that waits.
    pub places: u64,
    /// Items on which it fired.
    pub fired: u64,
    /// Items on which it could not be judged.
    pub not_judged: u64,
    /// Nanoseconds of judging it, the mean over the timed items.
    pub ns: f64,
    /// Share of that in the whole decision, the shared look for terms included.
    pub share: f64,
    /// What would be saved without it; only for the first by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saves: Option<Saves>,
}

/// What a policy without a rule has less: measured, by compiling it and deciding all items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saves {
    /// Bytes in memory.
    pub memory_bytes: i64,
    /// Bytes of the compiled policy.
    pub artefact_bytes: i64,
    /// Patterns.
    pub patterns: i64,
    /// Work by the names of [`tribunal::Work`]; what is as before is left out.
    pub work: BTreeMap<String, i64>,
}

/// Costs of all rules, and nanoseconds an item of what they share; `whole` is the policy with all of them.
pub(super) fn costs(moderator: &Moderator, items: &[String], saves: usize, whole: &Whole) -> Result<(Vec<RuleCost>, f64), Error> {
    let mut costs: Vec<RuleCost> = moderator.policy().rules.iter().map(|rule| RuleCost { rule: rule.name.clone(), ..RuleCost::default() }).collect();
    counted(moderator, items, &mut costs)?;
    let shared = timed(moderator, items, &mut costs)?;
    let all = shared + costs.iter().map(|cost| cost.ns).sum::<f64>();
    for cost in &mut costs {
        cost.share = if all > 0.0 { cost.ns / all } else { 0.0 };
    }
    let mut order: Vec<(usize, RuleCost)> = costs.into_iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| b.ns.total_cmp(&a.ns).then_with(|| a.rule.cmp(&b.rule)));
    for (rule, cost) in order.iter_mut().take(saves).filter(|(_, cost)| cost.candidates > 0) {
        let without = without(moderator, RuleId(u32::try_from(*rule).unwrap_or(u32::MAX)))?;
        cost.saves = Some(whole.less(&Whole::of(moderator, &without, items)?));
    }
    Ok(((1..).zip(order).map(|(rank, (_, cost))| RuleCost { rank, ..cost }).collect(), shared))
}

/// Counts over all items: the same on every machine.
fn counted(moderator: &Moderator, items: &[String], costs: &mut [RuleCost]) -> Result<(), Error> {
    let mut scratch = Scratch::new();
    for (at, text) in items.iter().enumerate() {
        let item = moderator.read_json(text).map_err(|error| Error::Input(format!("item {}: {error}", at + 1)))?;
        moderator.engine().steps(&item, Call::default(), &mut scratch, &mut |step, work| match step {
            DecisionStep::Shared => {}
            DecisionStep::Waited { rule, places } => {
                if let Some(cost) = costs.get_mut(rule.index()) {
                    cost.places += places;
                }
            }
            DecisionStep::Judged(rule) => {
                if let Some(cost) = costs.get_mut(rule.index()) {
                    cost.candidates += work.candidates;
                    cost.evaluations += work.rules_evaluated;
                    cost.verifications += work.verifications;
                }
            }
        });
        let verdict = scratch.verdict();
        for rule in verdict.rules.iter().chain(&verdict.without_effect).chain(&verdict.shadow) {
            if let Some(cost) = costs.get_mut(rule.index()) {
                cost.fired += 1;
            }
        }
        for unjudged in &verdict.unknown {
            if let Some(cost) = costs.get_mut(unjudged.rule.index()) {
                cost.not_judged += 1;
            }
        }
    }
    Ok(())
}

/// Times a sample of the items, and returns nanoseconds an item of what rules share.
fn timed(moderator: &Moderator, items: &[String], costs: &mut [RuleCost]) -> Result<f64, Error> {
    let mut scratch = Scratch::new();
    let clock = clock();
    let (mut shared, mut timed) = (0.0, 0_u64);
    for (at, text) in items.iter().enumerate().step_by((items.len() / SAMPLE).max(1)) {
        let item = moderator.read_json(text).map_err(|error| Error::Input(format!("item {}: {error}", at + 1)))?;
        // By step, in an order that is the same each time.
        let mut quickest: Vec<(DecisionStep, f64)> = Vec::new();
        for turn in 0..TIMES {
            let (mut step_at, mut last) = (0, Instant::now());
            moderator.engine().steps(&item, Call::default(), &mut scratch, &mut |step, _| {
                let spent = (last.elapsed().as_secs_f64() * 1e9 - clock).max(0.0);
                match quickest.get_mut(step_at) {
                    Some((_, known)) => *known = known.min(spent),
                    None if turn == 0 => quickest.push((step, spent)),
                    None => {}
                }
                step_at += 1;
                last = Instant::now();
            });
        }
        for (step, spent) in quickest {
            match step {
                DecisionStep::Shared => shared += spent,
                // Telling it is all it takes.
                DecisionStep::Waited { .. } => {}
                DecisionStep::Judged(rule) => {
                    if let Some(cost) = costs.get_mut(rule.index()) {
                        cost.ns += spent;
                    }
                }
            }
        }
        timed += 1;
    }
    for cost in costs {
        cost.ns /= real(timed.max(1));
    }
    Ok(shared / real(timed.max(1)))
}

/// Nanoseconds that asking for the time takes.
fn clock() -> f64 {
    let once = || {
        let begun = Instant::now();
        begun.elapsed().as_secs_f64() * 1e9
    };
    (0..1_000).map(|_| once()).fold(f64::INFINITY, f64::min)
}

/// The policy with a rule switched off, in every market.
fn without(moderator: &Moderator, rule: RuleId) -> Result<Engine, Error> {
    let mut policy = moderator.policy().as_ref().clone();
    if let Some(rule) = policy.rules.get_mut(rule.index()) {
        rule.stage = Stage::Off;
    }
    for change in policy.markets.iter_mut().flat_map(|market| &mut market.overrides) {
        if let Target::Rule(target, change) = &mut change.target
            && *target == rule
        {
            change.stage = change.stage.map(|_| Stage::Off);
        }
    }
    Engine::new(Arc::new(policy), moderator.engine().limits().clone()).map_err(|error| Error::Usage(format!("without a rule: {error}")))
}

/// What is compared with and without a rule.
pub(super) struct Whole {
    /// Bytes in memory, as `inspect` counts them.
    pub(super) memory: u64,
    /// Bytes of the compiled policy.
    pub(super) artefact: u64,
    pub(super) patterns: u64,
    /// Of one round over the items.
    pub(super) work: BTreeMap<String, u64>,
}

impl Whole {
    pub(super) fn of(moderator: &Moderator, engine: &Engine, items: &[String]) -> Result<Whole, Error> {
        let memory: usize = engine.parts().iter().map(|(_, bytes)| bytes).sum();
        let (artefact, patterns) = (engine.to_bytes().len() as u64, engine.size().patterns as u64);
        Ok(Whole { memory: memory as u64, artefact, patterns, work: work(moderator, engine, items)? })
    }

    fn less(&self, without: &Whole) -> Saves {
        #[expect(clippy::cast_possible_wrap, reason = "sizes and counts far below 2^63")]
        let less = |with: u64, without: u64| with as i64 - without as i64;
        let work = self.work.iter().map(|(name, count)| (name.clone(), less(*count, without.work.get(name).copied().unwrap_or(0))));
        Saves {
            memory_bytes: less(self.memory, without.memory),
            artefact_bytes: less(self.artefact, without.artefact),
            patterns: less(self.patterns, without.patterns),
            work: work.filter(|(_, less)| *less != 0).collect(),
        }
    }
}
