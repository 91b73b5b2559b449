//! The forms that rules take in markets.
//!
//! A policy has a hundred thousand rules and thirty markets, and a market changes a handful: rules have one form everywhere, and
//! what a market changes is kept beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use tribunal_policy::cond::Cond;
use tribunal_policy::model::{EffectiveRule, OnUnknown, Rollout, Stage};
use tribunal_policy::{MarketId, Policy, RuleId, ScoreId};

use super::CompileError;
use crate::artefact::column::Column;
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::engine::EffectCode;

/// What many rules have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) stage: Stage,
    pub(crate) rollout: Option<Rollout>,
    pub(crate) cancels: Vec<u32>,
    pub(crate) softens: Vec<(u32, EffectCode)>,
    pub(crate) on_unknown: OnUnknown,
    pub(crate) effect: EffectCode,
    pub(crate) points: Vec<(ScoreId, i64)>,
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// One form that a rule takes in some markets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant<'e> {
    pub(crate) rule: RuleId,
    pub(crate) when: u32,
    pub(crate) frame: &'e Frame,
}

impl Deref for Variant<'_> {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        self.frame
    }
}

/// All forms.
#[derive(Debug, Default)]
pub(crate) struct Variants {
    /// Rule, condition, frame. [`EVERYWHERE`] is set in the rule where no market has another form.
    rows: Column<[u32; 3]>,
    frames: Vec<Frame>,
}

/// Beside the number of a rule.
const EVERYWHERE: u32 = 1 << 31;

/// All forms, being put together.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    rows: Vec<[u32; 3]>,
    frames: Vec<Frame>,
    known: HashMap<Frame, u32>,
}

impl Draft {
    pub(crate) fn add(&mut self, rule: RuleId, when: u32, frame: Frame) {
        let next = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        let frames = &mut self.frames;
        let frame = *self.known.entry(frame).or_insert_with_key(|frame| {
            frames.push(frame.clone());
            next
        });
        self.rows.push([rule.0, when, frame]);
    }

    /// The forms; where each rule has which.
    pub(crate) fn finish(mut self, slots: &Slots) -> Variants {
        for (form, row) in (0..).zip(&mut self.rows) {
            if slots.base.get(row[0] as usize) == Some(&form) {
                row[0] |= EVERYWHERE;
            }
        }
        Variants { rows: self.rows.into(), frames: self.frames }
    }
}

impl Variants {
    #[inline]
    pub(crate) fn get(&self, id: u32) -> Option<Variant<'_>> {
        let [rule, when, frame] = *self.rows.get(id as usize)?;
        Some(Variant { rule: RuleId(rule & !EVERYWHERE), when, frame: self.frames.get(frame as usize)? })
    }

    /// The rule of a form, and whether it has no other.
    #[inline]
    pub(crate) fn rule(&self, id: u32) -> Option<(RuleId, bool)> {
        self.rows.get(id as usize).map(|[rule, ..]| (RuleId(rule & !EVERYWHERE), rule & EVERYWHERE != 0))
    }

    /// The condition of a form.
    #[inline]
    pub(crate) fn when(&self, id: u32) -> Option<u32> {
        self.rows.get(id as usize).map(|[_, when, _]| *when)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, Variant<'_>)> {
        (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).filter_map(|id| Some((id, self.get(id)?)))
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let lists = |frame: &Frame| {
            let code = |code: &EffectCode| code.levels.len() * 8 + code.labels.len() * 4;
            let softens: usize = frame.softens.iter().map(|(_, effect)| size_of::<(u32, EffectCode)>() + code(effect)).sum();
            frame.cancels.len() * 4 + softens + code(&frame.effect) + frame.points.len() * 16
        };
        self.rows.len() * 12 + self.frames.iter().map(|frame| size_of::<Frame>() + lists(frame)).sum::<usize>()
    }
}

impl Variants {
    pub(crate) fn save(&self, out: &mut Writer) {
        out.column(Part::Rules, &self.rows);
        out.value(Part::Rules, &self.frames);
    }

    pub(crate) fn load(from: &mut Reader) -> Result<Variants, LoadError> {
        Ok(Variants { rows: from.column(Part::Rules)?, frames: from.value(Part::Rules)? })
    }
}

/// Which form a rule has where. Slot 0 is for items without a market.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    /// By rule: its form wherever no market says otherwise. [`VARIES`] is set where one does; [`NONE`]: it is not judged.
    base: Column<u32>,
    /// By market, rules ascending, each with its form there.
    changed: Vec<Vec<[u32; 2]>>,
}

const VARIES: u32 = 1 << 31;
const NONE: u32 = VARIES - 1;

impl Slots {
    #[inline]
    pub(crate) fn variant(&self, rule: RuleId, slot: usize) -> Option<u32> {
        let base = *self.base.get(rule.index())?;
        let mut form = base & !VARIES;
        if base & VARIES != 0
            && let Some(changed) = slot.checked_sub(1).and_then(|market| self.changed.get(market))
            && let Ok(at) = changed.binary_search_by_key(&rule.0, |[rule, _]| *rule)
        {
            form = changed.get(at).map_or(NONE, |[_, form]| *form);
        }
        (form != NONE).then_some(form)
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        out.column(Part::Rules, &self.base);
        out.value(Part::Rules, &self.changed);
    }

    pub(crate) fn load(from: &mut Reader) -> Result<Slots, LoadError> {
        Ok(Slots { base: from.column(Part::Rules)?, changed: from.value(Part::Rules)? })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.changed.len() + 1
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.base.len() * 4 + self.changed.iter().map(|market| 24 + market.len() * 8).sum::<usize>()
    }
}

/// Every different form that a rule takes in some market, and which one it takes where.
pub(crate) fn variants(policy: &Policy, rehearse: bool) -> (Vec<EffectiveRule>, Slots) {
    let judged = |rule: &EffectiveRule| rule.stage > Stage::Draft || rehearse;
    let mut all: Vec<EffectiveRule> = Vec::new();
    let mut base = vec![NONE; policy.rules.len()];
    let mut by_market = Vec::new();
    let push = |all: &mut Vec<EffectiveRule>, rule: EffectiveRule| {
        all.push(rule);
        u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
    };
    for rule in policy.effective(None) {
        let at = rule.rule.index();
        if judged(&rule)
            && let Some(base) = base.get_mut(at)
        {
            *base = push(&mut all, rule);
        }
    }
    let mut of_rule: HashMap<RuleId, Vec<u32>> = HashMap::new();
    for market in 0..u32::try_from(policy.markets.len()).unwrap_or(u32::MAX) {
        let mut changed = Vec::new();
        for mut rule in policy.effective_where_changed(MarketId(market)) {
            // Where the change comes from matters for explaining only.
            rule.overlays.clear();
            let id = rule.rule;
            let Some(base) = base.get_mut(id.index()) else { continue };
            let form = if judged(&rule) {
                let known = of_rule.entry(id).or_default();
                let mut forms = std::iter::once(*base & !VARIES).chain(known.iter().copied());
                forms.find(|at| all.get(*at as usize) == Some(&rule)).unwrap_or_else(|| {
                    let form = push(&mut all, rule);
                    known.push(form);
                    form
                })
            } else {
                NONE
            };
            if form != *base & !VARIES {
                *base |= VARIES;
                changed.push([id.0, form]);
            }
        }
        changed.sort_unstable();
        by_market.push(changed);
    }
    (all, Slots { base: base.into(), changed: by_market })
}

/// How deep chains of references go; recursion follows them.
pub(crate) fn depth(all: &[EffectiveRule], slots: &Slots, limit: usize) -> Result<(), CompileError> {
    if !all.iter().any(|rule| rule.conditions().any(refers)) {
        return Ok(());
    }
    for slot in 0..slots.count() {
        let rules = (0..slots.base.len()).filter_map(|rule| slots.variant(RuleId(u32::try_from(rule).ok()?), slot));
        let here: Vec<EffectiveRule> = rules.filter_map(|at| all.get(at as usize).cloned()).collect();
        let next: BTreeMap<RuleId, Vec<RuleId>> = here.iter().map(|rule| (rule.rule, rule.refers_to(&here).into_iter().collect())).collect();
        // Peel off what refers to nothing, layer by layer.
        let mut open: Vec<RuleId> = next.iter().filter(|(_, to)| !to.is_empty()).map(|(rule, _)| *rule).collect();
        let mut layers = 0;
        while !open.is_empty() {
            layers += 1;
            super::over("references in a chain", layers, limit)?;
            let still: BTreeSet<RuleId> = open.iter().copied().collect();
            let before = open.len();
            open.retain(|rule| next.get(rule).is_some_and(|to| to.iter().any(|to| still.contains(to))));
            if open.len() == before {
                break;
            }
        }
    }
    Ok(())
}

fn refers(cond: &Cond) -> bool {
    let mut found = false;
    cond.references(&mut |_| found = true);
    found
}
