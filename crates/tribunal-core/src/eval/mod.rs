//! Deciding one item: wake rules, evaluate them, put their effects together.

mod atoms;
pub(crate) mod columns;
pub(crate) mod contributions;
mod fields;
mod missing;
pub(crate) mod sample;
pub(crate) mod steps;
pub(crate) mod trace;
mod values;

use tribunal_policy::model::{OnUnknown, Stage};
use tribunal_policy::num::Num;
use tribunal_policy::{FieldId, ListId, RuleId};

pub(crate) use atoms::FoundHit;
pub(crate) use fields::Fields;
pub(crate) use values::counted;

use crate::compile::program::{Atom, Node, Program};
use crate::compile::variants::Variant;
use crate::engine::{Call, Engine, FieldBits};
use crate::item::Item;
use crate::kernel;
use crate::names::Names;
use crate::scan;
use crate::scratch::{RuleStamp, RuleState, Scratch, Stamped};
use crate::truth::Truth;
use fields::Seen;

/// One item being decided.
pub(crate) struct Eval<'e, 's> {
    pub(crate) engine: &'e Engine,
    pub(crate) fields: Fields<'e>,
    pub(crate) scratch: &'s mut Scratch,
}

/// Decides an item into the scratch's verdict.
pub(crate) fn classify(engine: &Engine, item: &dyn Item, call: Call, scratch: &mut Scratch) {
    // A field that turns out to be over a limit while rules are being evaluated is unknown from the start.
    scratch.texts.over_limit.clear();
    scratch.texts.incomplete = None;
    loop {
        let before = scratch.texts.over_limit.len();
        let mut eval = Eval::new(engine, item, scratch);
        eval.begin(call);
        eval.wake();
        let woken = eval.scratch.texts.over_limit.len();
        eval.decide(&mut |_, _| {});
        if scratch.texts.over_limit.len() == woken || scratch.texts.over_limit.len() == before {
            return;
        }
    }
}

/// Judges one rule as if it were live and in its dates.
pub(crate) fn fires(engine: &Engine, rule: RuleId, item: &dyn Item, call: Call, scratch: &mut Scratch) -> Truth {
    scratch.texts.over_limit.clear();
    scratch.texts.incomplete = None;
    let mut eval = Eval::new(engine, item, scratch);
    eval.begin(call);
    eval.scan(0);
    eval.mark_lists();
    let Some((_, variant)) = engine.variant_of(rule, eval.scratch.context.slot) else { return Truth::False };
    match eval.judge_in(variant, false, Truth::True) {
        RuleState::False => Truth::False,
        RuleState::Unknown => Truth::Unknown,
        RuleState::Fired { .. } => Truth::True,
    }
}

impl<'e, 's> Eval<'e, 's> {
    pub(crate) fn new(engine: &'e Engine, item: &'e dyn Item, scratch: &'s mut Scratch) -> Eval<'e, 's> {
        Eval { engine, fields: Fields::new(engine, item), scratch }
    }

    fn begin(&mut self, call: Call) {
        let (engine, scratch) = (self.engine, &mut *self.scratch);
        scratch.epoch = scratch.epoch.wrapping_add(1);
        if scratch.epoch == 0 {
            scratch.atoms.clear();
            scratch.rules.clear();
            scratch.lists.clear();
            scratch.blocks.clear();
            scratch.columned = columns::Columned::default();
            scratch.epoch = 1;
        }
        let grow = |stamps: usize, wanted: usize| wanted.max(stamps);
        let atoms = grow(scratch.atoms.len(), engine.program.atoms());
        scratch.atoms.resize(atoms, Stamped { epoch: 0, value: Truth::False });
        let variants = grow(scratch.rules.len(), engine.variants.len());
        scratch.rules.resize(variants, RuleStamp::default());
        let lists = grow(scratch.lists.len(), engine.facts.lists);
        scratch.lists.resize(lists, Stamped { epoch: 0, value: FieldBits::default() });
        scratch.blocks.resize(lists, Stamped { epoch: 0, value: (0, 0) });
        scratch.candidates.clear();
        scratch.chain = 0;
        scratch.texts.work.items += 1;
        scratch.texts.clear();
        scratch.verdict.clear(engine.facts.axes.len());

        self.fields.keep(&mut scratch.verdict.wrong_type);
        let context = &mut scratch.context;
        context.as_of = self.fields.as_of(call.as_of);
        context.lang = match self.fields.see(FieldId::LANG) {
            Seen::Text(text) => {
                context.lang_buffer.clear();
                context.lang_buffer.push_str(text);
                true
            }
            _ => false,
        };
        let market = match self.fields.see(FieldId::MARKET) {
            Seen::Text(text) => {
                let found = engine.facts.market(text);
                scratch.verdict.unknown_market = found.is_none() && !text.is_empty();
                found
            }
            _ => None,
        };
        scratch.verdict.market = market;
        scratch.context.slot = engine.slot(market);
    }

    fn wake(&mut self) {
        let engine = self.engine;
        for variant in &engine.wake.always {
            self.candidate(*variant);
        }
        for ((field, wake), absent) in engine.wake.fields.iter().zip(&engine.absent_wakes) {
            if !absent && !self.fields.present.has(*field) {
                continue;
            }
            match *self.fields.seen(*field, &mut Seen::Unknown) {
                Seen::Unknown => wake.unknown.iter().for_each(|variant| self.candidate(*variant)),
                Seen::Number(number) => wake.bounds.woken(number).for_each(|variant| self.candidate(variant)),
                Seen::Time(seconds) => wake.bounds.woken(Num::Int(seconds)).for_each(|variant| self.candidate(variant)),
                Seen::Bool(value) => wake.flags.get(usize::from(value)).into_iter().flatten().for_each(|variant| self.candidate(*variant)),
                Seen::Text(text) => self.wake_text(*field, text, &wake.equals),
                Seen::List(elements) => {
                    for text in (0..elements.len()).filter_map(|at| elements.get(at)) {
                        self.wake_text(*field, text, &wake.equals);
                    }
                }
            }
            if *field == FieldId::AS_OF && self.scratch.context.as_of.is_some() {
                // The caller's moment stands in for an absent one.
                let now = Num::Int(self.scratch.context.as_of.unwrap_or(0));
                wake.bounds.woken(now).for_each(|variant| self.candidate(variant));
            }
            if !wake.missing.is_empty() && fields::is_missing(engine, self.fields.item, *field) {
                wake.missing.iter().for_each(|variant| self.candidate(*variant));
            }
        }
        self.wake_columns();
        self.scan(0);
        self.mark_lists();
        // Texts over a limit are unknown too.
        for at in 0..self.scratch.texts.over_limit.len() {
            let Some(field) = self.scratch.texts.over_limit.get(at).copied() else { continue };
            let wake = engine.wake.fields.iter().find(|(known, _)| *known == field);
            wake.into_iter().flat_map(|(_, wake)| &wake.unknown).for_each(|variant| self.candidate(*variant));
        }
    }

    /// Marks the lists that occur in the texts and wakes the rules that wait for them.
    fn mark_lists(&mut self) {
        let engine = self.engine;
        let raw = &self.scratch.texts.raw;
        for list in raw.iter().filter_map(|hit| engine.patterns.list(hit.pattern)) {
            kernel::prefetch(&self.scratch.lists, list.index());
            engine.wake.prefetch(list);
        }
        for at in 0..self.scratch.texts.raw.len() {
            if let Some(list) = self.mark(at) {
                for variant in engine.wake.of_list(list) {
                    self.candidate(*variant);
                }
            }
        }
    }

    /// Notes in which field the list of an occurrence occurs; tells the list when it is the first of it.
    fn mark(&mut self, at: usize) -> Option<ListId> {
        let texts = &self.scratch.texts;
        let hit = texts.raw.get(at)?;
        let list = self.engine.patterns.list(hit.pattern)?;
        let field = FieldBits::default().with(FieldId(texts.segments.get(hit.segment as usize)?.field));
        let epoch = self.scratch.epoch;
        let stamp = self.scratch.lists.get_mut(list.index())?;
        if stamp.epoch == epoch {
            stamp.value = stamp.value.and(field);
            return None;
        }
        *stamp = Stamped { epoch, value: field };
        Some(list)
    }

    /// Scans the texts with the second tier, once for an item.
    fn second(&mut self) {
        if self.scratch.texts.scanned[1] {
            return;
        }
        let before = self.scratch.texts.raw.len();
        self.scan(1);
        for at in before..self.scratch.texts.raw.len() {
            self.mark(at);
        }
    }

    /// Whether a list occurs in one of these fields, where that is all there is to it: fields of text, and no entry hides another. Nothing
    /// where the hits have to be sorted out to tell.
    fn occurs(&mut self, lists: &[ListId], fields: FieldBits) -> Option<bool> {
        // The marks of a field that went over a limit later on are stale.
        let fresh = |eval: &Self| eval.scratch.texts.over_limit.is_empty();
        if !self.engine.options.marks || !fields.are_among(self.engine.text_bits) || !fresh(self) {
            return None;
        }
        for list in lists {
            if self.engine.has_allow.get(list.index()) != Some(&false) {
                return None;
            }
            if self.engine.first_tier.get(list.index()) != Some(&true) {
                self.second();
                if !self.scratch.texts.occurrences.is_empty() || !fresh(self) {
                    return None;
                }
            }
            let stamp = self.scratch.lists.get(list.index())?;
            if stamp.epoch == self.scratch.epoch && stamp.value.meets(fields) {
                return Some(true);
            }
        }
        Some(false)
    }

    fn wake_text(&mut self, field: FieldId, text: &str, equals: &Names<Vec<u32>>) {
        if !equals.is_empty() {
            self.each_name(field, text, &mut |eval, name| equals.get(name).into_iter().flatten().for_each(|variant| eval.candidate(*variant)));
        }
    }

    /// The names under which rules ask for a text: itself; of `market` and `lang`, in lower case, also everything that it lies below.
    fn each_name(&mut self, field: FieldId, text: &str, found: &mut dyn FnMut(&mut Self, &str)) {
        if field != FieldId::LANG && field != FieldId::MARKET {
            return found(self, text);
        }
        let mut buffer = std::mem::take(&mut self.scratch.lower);
        let lower = |buffer: &mut String, text: &str| {
            buffer.clear();
            buffer.push_str(text);
            buffer.make_ascii_lowercase();
        };
        lower(&mut buffer, text);
        if field == FieldId::LANG {
            let mut tag = Some(buffer.as_str());
            while let Some(name) = tag {
                found(self, name);
                tag = name.rfind(['-', '_']).and_then(|at| name.get(..at));
            }
        } else {
            found(self, &buffer);
            // Every market above it.
            let engine = self.engine;
            for (_, market) in engine.facts.line(self.scratch.verdict.market).skip(1) {
                lower(&mut buffer, &market.name);
                found(self, &buffer);
            }
        }
        self.scratch.lower = buffer;
    }

    /// The rule that has this form for the item's market.
    fn rule_here(&self, variant: u32) -> Option<RuleId> {
        let (rule, everywhere) = self.engine.variants.rule(variant)?;
        (everywhere || self.engine.slots.variant(rule, self.scratch.context.slot) == Some(variant)).then_some(rule)
    }

    /// Takes a rule up if it has this form for the item's market.
    fn candidate(&mut self, variant: u32) {
        if self.rule_here(variant).is_none() {
            return;
        }
        let epoch = self.scratch.epoch;
        if let Some(stamp) = self.scratch.rules.get_mut(variant as usize)
            && stamp.awake != epoch
        {
            stamp.awake = epoch;
            self.scratch.candidates.push(variant);
            self.engine.variants.when(variant).into_iter().for_each(|when| self.engine.program.prefetch(when));
        }
    }

    pub(crate) fn scan(&mut self, tier: usize) {
        let scratch = &mut *self.scratch;
        scan::scan(self.engine, &self.fields, &mut scratch.texts, &scratch.context, tier);
    }

    /// Sees to it that the hits of these lists are all found and sorted out.
    pub(crate) fn ensure(&mut self, lists: &[ListId], form: tribunal_policy::cond::SubjectForm) {
        if form == tribunal_policy::cond::SubjectForm::Domains {
            return;
        }
        let epoch = self.scratch.epoch;
        for list in lists {
            if self.scratch.blocks.get(list.index()).is_none_or(|block| block.epoch == epoch) {
                continue;
            }
            let first = self.engine.first_tier.get(list.index()) == Some(&true);
            let occurs = self.scratch.lists.get(list.index()).is_some_and(|stamp| stamp.epoch == epoch);
            if first && !occurs {
                // Nothing to sort out.
                self.block(*list, (0, 0));
                continue;
            }
            // What hides hits is in the second tier too.
            if !first || self.engine.has_allow.get(list.index()) == Some(&true) {
                self.second();
            }
            let scratch = &mut *self.scratch;
            let block = scan::hits::of_list(self.engine, &self.fields, &mut scratch.texts, &scratch.context, *list);
            self.block(*list, block);
        }
    }

    fn block(&mut self, list: ListId, value: (u32, u32)) {
        let epoch = self.scratch.epoch;
        if let Some(block) = self.scratch.blocks.get_mut(list.index()) {
            *block = Stamped { epoch, value };
        }
    }

    /// Evaluates the candidates, telling each that was, and puts their effects together.
    fn decide(&mut self, judged: &mut dyn FnMut(&mut Scratch, RuleId)) {
        let engine = self.engine;
        for at in 0..self.scratch.candidates.len() {
            let Some(id) = self.scratch.candidates.get(at).copied() else { continue };
            let Some(variant) = engine.variants.get(id) else { continue };
            self.one(id, variant);
            self.scratch.texts.work.candidates += 1;
            judged(self.scratch, variant.rule);
        }
        // Columns take up the rules that they decide.
        let woken = self.scratch.candidates.len();
        self.decide_columns();
        self.scratch.texts.work.candidates += (self.scratch.candidates.len() - woken) as u64;
        if let Some(why) = self.scratch.texts.incomplete {
            self.scratch.verdict.incomplete = Some(why);
            self.scratch.verdict.contribute(&engine.on_incomplete.levels, &engine.on_incomplete.labels);
        }
        self.scratch.verdict.sort();
    }

    fn one(&mut self, id: u32, variant: Variant<'e>) {
        let state = self.state(id);
        let unjudged = match state {
            RuleState::False => return,
            RuleState::Unknown => true,
            RuleState::Fired { past_unknown } => past_unknown,
        };
        let live = self.is_live(variant);
        let mut waits = false;
        if unjudged {
            let mut fields = std::mem::take(&mut self.scratch.fields);
            fields.clear();
            self.missing(id, &mut fields);
            fields.sort_unstable();
            fields.dedup();
            waits = !fields.is_empty() && fields.iter().all(|field| self.fields.item.is_pending(*field));
            self.scratch.verdict.unjudged(variant.rule, &fields, waits);
            self.scratch.fields = fields;
        }
        if state == RuleState::Unknown {
            if live && !waits {
                let code = match variant.on_unknown {
                    OnUnknown::Ignore => return,
                    OnUnknown::Review => &self.engine.review,
                    OnUnknown::Apply => &variant.frame.effect,
                };
                self.scratch.verdict.contribute(&code.levels, &code.labels);
            }
            return;
        }
        if !live {
            self.scratch.verdict.shadow.push(variant.rule);
            return;
        }
        let mut softened = false;
        let mut has_effect = false;
        for (cond, effect) in &variant.frame.softens {
            if self.node(*cond, false) == Truth::True {
                softened = true;
                has_effect |= effect.some;
                self.scratch.verdict.contribute(&effect.levels, &effect.labels);
            }
        }
        if !softened {
            has_effect = variant.effect.some;
            self.scratch.verdict.contribute(&variant.effect.levels, &variant.effect.labels);
        }
        let verdict = &mut self.scratch.verdict;
        if has_effect { verdict.rules.push(variant.rule) } else { verdict.without_effect.push(variant.rule) }
    }

    /// Live for this item: by its stage, and in its rollout.
    pub(crate) fn is_live(&self, variant: Variant<'_>) -> bool {
        if variant.stage != Stage::Live {
            return false;
        }
        let Some(rollout) = variant.rollout else { return true };
        let Some(threshold) = rollout.threshold else { return true };
        let Seen::Text(key) = self.see(rollout.by) else { return false };
        share_of(self.engine.facts.rule_name(variant.rule), key) < threshold
    }

    /// Whether a rule that is asked about is seen by one that is live (or in shadow).
    pub(crate) fn sees(&self, variant: Variant<'_>, shadow: bool) -> bool {
        variant.stage >= Stage::Shadow && (shadow || self.is_live(variant))
    }

    /// What became of a rule, decided once for the item.
    pub(crate) fn state(&mut self, id: u32) -> RuleState {
        let epoch = self.scratch.epoch;
        if let Some(known) = self.scratch.rules.get(id as usize)
            && known.judged == epoch
        {
            return known.state;
        }
        // Compiling has seen to it that no chain of references is longer; of a file that was made on purpose it is seen here.
        let state = match self.engine.variants.get(id) {
            Some(_) if self.scratch.chain > self.engine.options.limits.reference_depth => return RuleState::Unknown,
            Some(variant) => {
                self.scratch.chain += 1;
                let state = self.judge(variant);
                self.scratch.chain -= 1;
                state
            }
            None => RuleState::False,
        };
        if let Some(stamp) = self.scratch.rules.get_mut(id as usize) {
            (stamp.judged, stamp.state) = (epoch, state);
        }
        state
    }

    fn judge(&mut self, variant: Variant<'e>) -> RuleState {
        self.judge_in(variant, !self.is_live(variant), self.dates(variant))
    }

    fn judge_in(&mut self, variant: Variant<'e>, shadow: bool, dates: Truth) -> RuleState {
        if dates == Truth::False {
            return RuleState::False;
        }
        self.scratch.texts.work.rules_evaluated += 1;
        let when = dates.and(self.node(variant.when, shadow));
        if when == Truth::False {
            return RuleState::False;
        }
        let mut exempt = Truth::False;
        for cond in &variant.frame.cancels {
            exempt = exempt.or(self.node(*cond, shadow));
        }
        match (when, exempt) {
            (_, Truth::True) => RuleState::False,
            (Truth::Unknown, _) => RuleState::Unknown,
            (_, exempt) => {
                let mut past_unknown = exempt == Truth::Unknown;
                for (cond, _) in &variant.frame.softens {
                    past_unknown |= self.node(*cond, shadow) == Truth::Unknown;
                }
                RuleState::Fired { past_unknown }
            }
        }
    }

    pub(crate) fn dates(&self, variant: Variant<'_>) -> Truth {
        if variant.from.is_none() && variant.until.is_none() {
            return Truth::True;
        }
        match self.scratch.context.as_of {
            None => Truth::Unknown,
            Some(now) => Truth::from(variant.from.is_none_or(|from| from <= now) && variant.until.is_none_or(|until| now < until)),
        }
    }

    pub(crate) fn rule(&mut self, rule: RuleId, shadow: bool) -> Truth {
        let Some((id, variant)) = self.engine.variant_of(rule, self.scratch.context.slot) else { return Truth::False };
        if !self.sees(variant, shadow) {
            return Truth::False;
        }
        match self.state(id) {
            RuleState::False => Truth::False,
            RuleState::Unknown => Truth::Unknown,
            RuleState::Fired { .. } => Truth::True,
        }
    }

    /// A node of the program.
    pub(crate) fn node(&mut self, node: u32, shadow: bool) -> Truth {
        let Some(node) = self.engine.program.node(node) else { return Truth::False };
        match node {
            Node::And { first, count } => {
                let mut truth = Truth::True;
                for child in Program::parts(first, count) {
                    truth = truth.and(self.node(child, shadow));
                    if truth == Truth::False {
                        break;
                    }
                }
                truth
            }
            Node::Or { first, count } => {
                let mut truth = Truth::False;
                for child in Program::parts(first, count) {
                    truth = truth.or(self.node(child, shadow));
                    if truth == Truth::True {
                        break;
                    }
                }
                truth
            }
            Node::Not(inner) => !self.node(inner, shadow),
            Node::Rule(rule) => self.rule(rule, shadow),
            Node::Score(atom) => self.atom(atom, shadow),
            Node::List { subject, list, atom } => {
                let program = &self.engine.program;
                match program.fields(subject).and_then(|fields| self.occurs(&[list], fields)) {
                    Some(true) => Truth::True,
                    Some(false) => program.subject(subject).map_or(Truth::False, |subject| self.or_unknown(subject)),
                    None => self.remembered(atom, shadow),
                }
            }
            Node::Atom(atom) => self.remembered(atom, shadow),
        }
    }

    /// An atom, looked at once for the item.
    fn remembered(&mut self, atom: u32, shadow: bool) -> Truth {
        let epoch = self.scratch.epoch;
        if let Some(known) = self.scratch.atoms.get(atom as usize)
            && known.epoch == epoch
        {
            return known.value;
        }
        let truth = self.atom(atom, shadow);
        if let Some(slot) = self.scratch.atoms.get_mut(atom as usize) {
            *slot = Stamped { epoch, value: truth };
        }
        truth
    }

    fn atom(&mut self, atom: u32, shadow: bool) -> Truth {
        match self.engine.program.atom(atom) {
            Some(Atom::List(subject, list)) => self.any_of(subject, &[list]),
            Some(Atom::Other(kind)) => self.leaf(kind, shadow),
            None => Truth::False,
        }
    }

    pub(crate) fn in_force(&self, force: u32) -> bool {
        let context = &self.scratch.context;
        self.engine.patterns.in_force(force, context.slot, context.as_of, context.lang())
    }

    /// Whether a text field is unknown.
    pub(crate) fn field_unknown(&self, field: FieldId) -> bool {
        matches!(self.see(field), Seen::Unknown)
    }
}

/// Where a key falls among 2^64 shares of a rule (Exact meaning 22).
fn share_of(rule: &str, key: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(rule.as_bytes());
    hasher.update(&[0]);
    hasher.update(key.as_bytes());
    let hash = hasher.finalize();
    hash.as_bytes().first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
