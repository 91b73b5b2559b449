//! Rules over scalar fields, by column: one conjunction of sets for an item.

use tribunal_policy::FieldId;
use tribunal_policy::model::{OnUnknown, Stage};
use tribunal_policy::num::Num;

use super::Eval;
use super::fields::Seen;
use crate::compile::columns::{Bits, Column, Columns, Texts, Values, has};
use crate::scratch::RuleState;

/// What the columns say of an item.
#[derive(Debug, Default)]
pub(crate) struct Columned {
    /// Rules no part of which is false.
    possible: Bits,
    /// Rules a part of which is unknown.
    unknown: Bits,
    satisfied: Bits,
    /// Columns whose field is unknown.
    lacking: Vec<u32>,
    /// By class of rules, the item in which it last gave its effect, and its answer to what is unknown.
    gave: Vec<(u32, u32)>,
}

/// Fields that rules lack: the columns, where the verdict keeps their names, and whether all are pending.
#[derive(Clone, Copy)]
struct Lack {
    columns: u64,
    place: (u32, u32),
    waits: bool,
}

impl Eval<'_, '_> {
    /// Finds the rules that the values allow, and wakes those that ask for more than values.
    pub(crate) fn wake_columns(&mut self) {
        let columns = &self.engine.columns;
        if columns.heads.is_empty() {
            return;
        }
        let mut state = std::mem::take(&mut self.scratch.columned);
        let Columned { possible, unknown, satisfied, lacking, gave } = &mut state;
        possible.clear();
        possible.extend_from_slice(columns.slots.get(self.scratch.context.slot).map(Vec::as_slice).unwrap_or_default());
        unknown.clear();
        unknown.resize(possible.len(), 0);
        satisfied.resize(possible.len(), 0);
        lacking.clear();
        if gave.len() < columns.classes.len() {
            gave.resize(columns.classes.len(), (0, 0));
        }
        for (at, column) in columns.columns.iter().enumerate() {
            if self.satisfied(column, satisfied) {
                possible.iter_mut().zip(&*satisfied).for_each(|(word, holds)| *word &= holds);
            } else {
                unknown.iter_mut().zip(&column.asks).for_each(|(word, asks)| *word |= asks);
                lacking.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        for (at, (word, whole)) in possible.iter().zip(&columns.whole).enumerate() {
            each_bit(word & !whole, at, |rule| {
                if let Some(head) = columns.heads.get(rule) {
                    self.candidate(head.variant);
                }
            });
        }
        self.scratch.columned = state;
    }

    /// The rules that the item's value satisfies; `false` when the field is unknown.
    fn satisfied(&mut self, column: &Column, out: &mut Bits) -> bool {
        let seen = if column.field == FieldId::AS_OF { self.scratch.context.as_of.map_or(Seen::Unknown, Seen::Time) } else { self.see(column.field) };
        match (&column.values, seen) {
            (Values::Axis(axis), Seen::Number(number)) => axis.satisfied(number, out),
            (Values::Axis(axis), Seen::Time(seconds)) => axis.satisfied(Num::Int(seconds), out),
            (Values::Axis(axis), Seen::Bool(value)) => axis.satisfied(Num::Int(i64::from(value)), out),
            (Values::Texts(texts), Seen::Text(text)) => self.texts_satisfied(column.field, text, texts, out),
            _ => return false,
        }
        true
    }

    fn texts_satisfied(&mut self, field: FieldId, text: &str, texts: &Texts, out: &mut Bits) {
        out.clone_from(&texts.base);
        self.each_name(field, text, &mut |_, name| texts.apply(name, out));
    }

    /// Judges the rules that the columns say all of.
    pub(crate) fn decide_columns(&mut self) {
        let columns = &self.engine.columns;
        if columns.heads.is_empty() {
            return;
        }
        let mut state = std::mem::take(&mut self.scratch.columned);
        let mut lack: Option<Lack> = None;
        for at in 0..state.possible.len() {
            let of = |bits: &Bits| bits.get(at).copied().unwrap_or(0);
            let (here, unknown) = (of(&state.possible) & of(&columns.whole), of(&state.unknown));
            let gave = &mut state.gave;
            each_bit(here & !unknown, at, |rule| self.fired(columns, rule, gave));
            each_bit(here & unknown, at, |rule| {
                let found = lacked(columns, &state.lacking, rule);
                let known = match lack {
                    Some(known) if known.columns == found => known,
                    _ => *lack.insert(self.lack(columns, found)),
                };
                self.unjudged(columns, rule, known, gave);
            });
        }
        self.scratch.columned = state;
    }

    fn fired(&mut self, columns: &Columns, rule: usize, gave: &mut [(u32, u32)]) {
        let Some(head) = columns.heads.get(rule) else { return };
        self.stamp(head.variant, RuleState::Fired { past_unknown: false });
        let Some(variant) = columns.classes.get(head.class as usize).and_then(|of| self.engine.variants.get(*of)) else { return };
        let verdict = &mut self.scratch.verdict;
        if variant.stage != Stage::Live {
            return verdict.shadow.push(head.rule);
        }
        let epoch = self.scratch.epoch;
        if let Some((last, _)) = gave.get_mut(head.class as usize)
            && *last != epoch
        {
            *last = epoch;
            verdict.contribute(&variant.effect.levels, &variant.effect.labels);
        }
        if variant.effect.some { verdict.rules.push(head.rule) } else { verdict.without_effect.push(head.rule) }
    }

    fn unjudged(&mut self, columns: &Columns, rule: usize, lack: Lack, gave: &mut [(u32, u32)]) {
        let Some(head) = columns.heads.get(rule) else { return };
        self.stamp(head.variant, RuleState::Unknown);
        let Some(variant) = columns.classes.get(head.class as usize).and_then(|of| self.engine.variants.get(*of)) else { return };
        let verdict = &mut self.scratch.verdict;
        verdict.unjudged_for(head.rule, lack.place, lack.waits);
        let epoch = self.scratch.epoch;
        if variant.stage == Stage::Live
            && !lack.waits
            && let Some((_, last)) = gave.get_mut(head.class as usize)
            && *last != epoch
        {
            *last = epoch;
            match variant.on_unknown {
                OnUnknown::Ignore => {}
                OnUnknown::Review => verdict.contribute(&self.engine.review.levels, &self.engine.review.labels),
                OnUnknown::Apply => verdict.contribute(&variant.effect.levels, &variant.effect.labels),
            }
        }
    }

    /// The rule is judged: whoever asks for it, or for what it gave, need not judge it again.
    fn stamp(&mut self, variant: u32, state: RuleState) {
        let epoch = self.scratch.epoch;
        if let Some(stamp) = self.scratch.rules.get_mut(variant as usize) {
            (stamp.judged, stamp.state) = (epoch, state);
        }
        self.scratch.candidates.push(variant);
    }

    fn lack(&mut self, columns: &Columns, found: u64) -> Lack {
        let mut fields = std::mem::take(&mut self.scratch.fields);
        fields.clear();
        each_bit(found, 0, |at| fields.extend(columns.columns.get(at).map(|column| column.field)));
        let waits = !fields.is_empty() && fields.iter().all(|field| self.fields.item.is_pending(*field));
        let place = self.scratch.verdict.fields(&fields);
        self.scratch.fields = fields;
        Lack { columns: found, place, waits }
    }
}

/// The columns that a rule asks for and that are unknown.
fn lacked(columns: &Columns, lacking: &[u32], rule: usize) -> u64 {
    if let [only] = lacking {
        return 1 << only;
    }
    let asks = |at: &&u32| columns.columns.get(**at as usize).is_some_and(|column| has(&column.asks, rule));
    lacking.iter().filter(asks).fold(0, |found, at| found | 1 << at)
}

/// The bits of word `at`.
#[inline]
fn each_bit(word: u64, at: usize, mut found: impl FnMut(usize)) {
    let mut left = word;
    while left != 0 {
        found(at * 64 + left.trailing_zeros() as usize);
        left &= left - 1;
    }
}
