//! What each rule gave to a decision: for those who ask what would be without one of them.

use tribunal_policy::model::OnUnknown;
use tribunal_policy::{AxisId, RuleId};

use super::Eval;
use crate::engine::{EffectCode, Engine};
use crate::item::Item;
use crate::scratch::{RuleState, Scratch};
use crate::truth::Truth;

/// What one rule gave to a decision.
#[derive(Clone, Copy, Debug)]
pub struct Contribution<'c> {
    /// The rule; `None` stands for the policy's `on_incomplete`.
    pub rule: Option<RuleId>,
    /// Its values by ordered axis.
    pub levels: &'c [(AxisId, u8)],
    /// Its labels, by their numbers in the engine.
    pub labels: &'c [u32],
}

/// Tells what each rule gave to the verdict that the scratch holds for this item.
pub(crate) fn contributions(engine: &Engine, item: &dyn Item, scratch: &mut Scratch, tell: &mut dyn FnMut(Contribution<'_>)) {
    let mut eval = Eval::new(engine, item, scratch);
    if eval.scratch.texts.incomplete.is_some() {
        tell(Contribution { rule: None, levels: &engine.on_incomplete.levels, labels: &engine.on_incomplete.labels });
    }
    for at in 0..eval.scratch.candidates.len() {
        let Some(id) = eval.scratch.candidates.get(at).copied() else { continue };
        let Some(variant) = engine.variants.get(id) else { continue };
        if !eval.is_live(variant) {
            continue;
        }
        let mut give = |code: &EffectCode| {
            if !code.levels.is_empty() || !code.labels.is_empty() {
                tell(Contribution { rule: Some(variant.rule), levels: &code.levels, labels: &code.labels });
            }
        };
        match eval.state(id) {
            RuleState::False => {}
            RuleState::Unknown => {
                let waits = eval.scratch.verdict.pending.iter().any(|unjudged| unjudged.rule == variant.rule);
                match variant.on_unknown {
                    _ if waits => {}
                    OnUnknown::Ignore => {}
                    OnUnknown::Review => give(&engine.review),
                    OnUnknown::Apply => give(&variant.frame.effect),
                }
            }
            RuleState::Fired { .. } => {
                let mut softened = false;
                for (cond, effect) in &variant.frame.softens {
                    if eval.node(*cond, false) == Truth::True {
                        softened = true;
                        give(effect);
                    }
                }
                if !softened {
                    give(&variant.frame.effect);
                }
            }
        }
    }
}
