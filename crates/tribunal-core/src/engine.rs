//! The compiled policy.

use std::collections::HashMap;
use std::sync::Arc;

use tribunal_policy::model::{OnUnknown, Rollout, Stage};
use tribunal_policy::{AxisId, FieldId, MarketId, Policy, RuleId, ScoreId};
use tribunal_text::Ordinary;

use crate::compile::patterns::{EntryInfo, PatternInfo};
use crate::compile::program::Program;
use crate::compile::wake::Wake;
use crate::compile::{self, CompileError, Options};
use crate::item::Item;
use crate::limits::Limits;
use crate::scan::tier::Tier;
use crate::scratch::Scratch;
use crate::truth::Truth;
use crate::verdict::Verdict;

/// A policy compiled for deciding. Shared between threads; each thread brings its own [`Scratch`].
#[derive(Debug)]
pub struct Engine {
    pub(crate) policy: Arc<Policy>,
    pub(crate) options: Options,
    pub(crate) patterns: Vec<PatternInfo>,
    /// By list, by entry.
    pub(crate) entries: Vec<Vec<EntryInfo>>,
    pub(crate) has_allow: Vec<bool>,
    pub(crate) exact: Vec<Option<Exact>>,
    /// Fields in which terms are matched, and whether they are lists.
    pub(crate) text_fields: Vec<(FieldId, bool)>,
    /// Lists that are looked for in every item.
    pub(crate) first_tier: Vec<bool>,
    pub(crate) tiers: [Tier; 2],
    pub(crate) program: Program,
    pub(crate) wake: Wake,
    pub(crate) variants: Vec<Variant>,
    /// Slot 0 is for items without a market; `u32::MAX` where a rule is not judged.
    pub(crate) by_slot: Vec<Vec<u32>>,
    /// Variants that give points, by score.
    pub(crate) scores: Vec<Vec<u32>>,
    pub(crate) labels: Vec<(AxisId, String)>,
    pub(crate) on_incomplete: EffectCode,
    pub(crate) review: EffectCode,
    pub(crate) ordinary: Ordinary,
}

/// Entries by their text.
#[derive(Debug, Default)]
pub(crate) struct Exact {
    pub(crate) texts: HashMap<String, Vec<u32>>,
    /// In lower case, for hosts.
    pub(crate) hosts: HashMap<String, Vec<u32>>,
    /// Allow entries, in lower case.
    pub(crate) allowed_hosts: HashMap<String, Vec<u32>>,
}

/// An effect by numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EffectCode {
    /// It names an axis, if only to say that no label is given.
    pub(crate) some: bool,
    pub(crate) levels: Vec<(AxisId, u8)>,
    /// Indices into [`Engine::labels`].
    pub(crate) labels: Vec<u32>,
}

/// One form that a rule takes in some markets.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) rule: RuleId,
    pub(crate) stage: Stage,
    pub(crate) rollout: Option<Rollout>,
    pub(crate) when: u32,
    pub(crate) cancels: Vec<u32>,
    pub(crate) softens: Vec<(u32, EffectCode)>,
    pub(crate) on_unknown: OnUnknown,
    pub(crate) effect: EffectCode,
    pub(crate) points: Vec<(ScoreId, i64)>,
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// What stands outside an item: the moment it is judged for, where the item does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Seconds since 1970-01-01 UTC; an item's own `as_of` wins.
    pub as_of: Option<i64>,
}

/// Where the memory of an engine goes, in bytes as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Patterns of all lists.
    pub patterns: usize,
    /// Tables and automata of both tiers.
    pub tables: [usize; 2],
    /// Forms of rules over all markets.
    pub variants: usize,
    /// Different atoms of all conditions.
    pub atoms: usize,
    /// Rules without a cover: evaluated for every item.
    pub always_awake: usize,
}

impl Engine {
    /// Compiles a policy.
    ///
    /// # Errors
    ///
    /// [`CompileError`] when a regular expression or the policy as a whole is over a limit.
    pub fn new(policy: Arc<Policy>, limits: Limits) -> Result<Engine, CompileError> {
        compile::compile(policy, &Options { limits, ..Options::default() })
    }

    /// Compiles with switches, for tests.
    #[doc(hidden)]
    pub fn with_options(policy: Arc<Policy>, options: &Options) -> Result<Engine, CompileError> {
        compile::compile(policy, options)
    }

    /// The policy it was compiled from.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The caps in force.
    pub fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// The label of a verdict: its axis and its name.
    pub fn label(&self, label: u32) -> Option<(AxisId, &str)> {
        self.labels.get(label as usize).map(|(axis, name)| (*axis, name.as_str()))
    }

    /// Decides an item. The verdict lives in the scratch until the next call; nothing is allocated once the scratch has
    /// grown to the size of the items.
    pub fn classify<'s>(&self, item: &dyn Item, call: Call, scratch: &'s mut Scratch) -> &'s Verdict {
        crate::eval::classify(self, item, call, scratch);
        &scratch.verdict
    }

    /// An engine for running the examples of rules: it only answers [`Engine::fires`].
    ///
    /// # Errors
    ///
    /// As [`Engine::new`].
    pub fn rehearsal(policy: Arc<Policy>, limits: Limits) -> Result<Engine, CompileError> {
        compile::compile(policy, &Options { limits, rehearse: true, ..Options::default() })
    }

    /// Whether a rule fires on an item, as if it were live and in its dates (Exact meaning 32). On an engine that is no
    /// [rehearsal](Engine::rehearsal), rules that are off or drafts never do.
    pub fn fires(&self, rule: RuleId, item: &dyn Item, call: Call, scratch: &mut Scratch) -> Truth {
        crate::eval::fires(self, rule, item, call, scratch)
    }

    /// Rules that no text and no value wakes: they are evaluated for every item.
    pub fn always_awake(&self) -> Vec<RuleId> {
        let mut rules: Vec<RuleId> = self.wake.always.iter().filter_map(|at| self.variants.get(*at as usize)).map(|variant| variant.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Places of regular expressions that have no literal to wait for: they run on every text.
    pub fn slow_regexes(&self) -> Vec<&str> {
        let ids = self.tiers.iter().flat_map(|tier| tier.regexes.always.iter());
        let infos = ids.filter_map(|id| self.patterns.get(*id as usize));
        infos.filter_map(|info| Some(self.policy.lists.get(info.list.index())?.entries.get(info.entry as usize)?.place.as_str())).collect()
    }

    /// Where its memory goes.
    pub fn size(&self) -> Size {
        let [first, second] = &self.tiers;
        Size {
            patterns: self.patterns.len(),
            tables: [first.bytes(), second.bytes()],
            variants: self.variants.len(),
            atoms: self.program.atoms.len(),
            always_awake: self.wake.always.len(),
        }
    }

    pub(crate) fn slot(&self, market: Option<MarketId>) -> usize {
        market.map_or(0, |market| market.index() + 1)
    }

    /// The form a rule has in a slot.
    pub(crate) fn variant_of(&self, rule: RuleId, slot: usize) -> Option<(u32, &Variant)> {
        let at = *self.by_slot.get(slot)?.get(rule.index())?;
        self.variants.get(at as usize).map(|variant| (at, variant))
    }
}
