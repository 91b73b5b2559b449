//! What one thread counts: quick, then made into a [`Cube`].

mod judge;
mod meta;
mod names;

use std::collections::BTreeMap;

use tribunal::JsonItem;
use tribunal_core::{Call, Engine, Item, Present, Scratch, Truth as Judged, Unjudged, Value, Verdict};
use tribunal_policy::{FieldId, RuleId};

use crate::axes::{Mapping, Packed};
use crate::cube::{Count, Cube, Example, Group, MAX_WEIGHT, ONE, Outcomes, Reservoir, RuleCount, Side, Truth, is_change, put};
use crate::keys::Gather;
use crate::numbers::Own;
use crate::plan::{Column, Old, Plan};

pub(crate) use judge::truth;
use judge::{at_path, digest, one_rule, pivotal, shown};
pub(crate) use meta::KEYS;
use meta::Meta;
use names::Names;

/// What counts are sliced by; from [`BY`] on the fields of `--by`, in their order.
const ALL: u32 = 0;
const MARKET: u32 = 1;
const LANG: u32 = 2;
const STRATUM: u32 = 3;
const BY: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    market: u32,
    lang: u32,
    label: u32,
    truth: Truth,
    stratum: u32,
    by: u32,
    old: Option<u32>,
    new: u32,
}

/// What a policy says about the item at hand.
#[derive(Debug, Default)]
struct Said {
    decision: Packed,
    /// Live rules that fired, with an effect.
    rules: Vec<RuleId>,
    /// Live rules that fired, without one.
    silent: Vec<RuleId>,
    shadow: Vec<RuleId>,
    unknown: Vec<RuleId>,
    /// Rule and field.
    missing: Vec<(RuleId, FieldId)>,
    pivotal: Vec<RuleId>,
}

impl Said {
    /// Live rules that fired, with an effect or without.
    fn fired(&self) -> impl Iterator<Item = RuleId> {
        self.rules.iter().chain(&self.silent).copied()
    }

    /// Whether no rule did anything, nor could not be judged.
    fn is_silent(&self) -> bool {
        self.rules.is_empty() && self.silent.is_empty() && self.shadow.is_empty() && self.unknown.is_empty()
    }

    fn take(&mut self, verdict: &Verdict, map: &Mapping) {
        map.pack(verdict, &mut self.decision);
        let copy = |to: &mut Vec<RuleId>, from: &[RuleId]| {
            to.clear();
            to.extend_from_slice(from);
        };
        copy(&mut self.rules, &verdict.rules);
        copy(&mut self.silent, &verdict.without_effect);
        copy(&mut self.shadow, &verdict.shadow);
        self.unknown.clear();
        self.missing.clear();
        self.pivotal.clear();
        let unjudged = || verdict.unknown.iter().chain(&verdict.pending);
        self.unknown.extend(unjudged().map(|unjudged: &Unjudged| unjudged.rule));
        self.missing.extend(unjudged().flat_map(|unjudged| verdict.missing(unjudged).iter().map(|field| (unjudged.rule, *field))));
    }
}

/// A part of a replay: what one thread or shard has counted so far.
#[derive(Debug)]
pub struct Part<'p> {
    plan: &'p Plan,
    cube: Cube,
    names: Names,
    groups: Own<Key, Count>,
    /// Side, rule, what is sliced by ([`ALL`] and the others), value.
    rules: Own<(Side, RuleId, u32, u32), RuleCount>,
    /// As `rules`, with a second rule or a field.
    together: Own<(Side, RuleId, RuleId, u32, u32), Count>,
    missing: Own<(Side, RuleId, FieldId, u32, u32), Count>,
    present: Vec<u64>,
    classes: Own<(Option<u32>, u32), (Reservoir, u64)>,
    keys: Gather,
    scratches: [Scratch; 3],
    said: [Said; 2],
    buffer: String,
    hashed: Vec<u8>,
    slices: Vec<(u32, u32)>,
}

/// What an item says about itself.
struct About {
    hash: u64,
    count: Count,
    truth: Truth,
    label: u32,
    market: u32,
    lang: u32,
    stratum: u32,
    by: u32,
    /// Dimension and value of every slice it belongs to.
    slices: Vec<(u32, u32)>,
    /// The day it was made.
    day: Option<i64>,
}

impl<'p> Part<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Part<'p> {
        Part {
            plan,
            cube: Cube { header: plan.header.clone(), ..Cube::default() },
            names: Names::default(),
            groups: Own::default(),
            rules: Own::default(),
            together: Own::default(),
            missing: Own::default(),
            present: vec![0; plan.read.len()],
            classes: Own::default(),
            keys: Gather::default(),
            scratches: Default::default(),
            said: Default::default(),
            buffer: String::new(),
            hashed: Vec::new(),
            slices: Vec::new(),
        }
    }

    /// Counts a row that is no item.
    pub fn broken(&mut self, file: &str, line: u64, why: &str) {
        self.cube.broken(file, line, why);
    }

    /// Replays an item given as a JSON object.
    ///
    /// # Errors
    ///
    /// Why the row is no item; it is counted as broken.
    pub fn add(&mut self, file: &str, line: u64, json: &str) -> Result<(), String> {
        self.item(file, line, json).inspect_err(|why| self.cube.broken(file, line, why))
    }

    fn item(&mut self, file: &str, line: u64, json: &str) -> Result<(), String> {
        let plan = self.plan;
        let mut keys = Vec::with_capacity(12);
        let item = plan.new.read_json_with_keys(json, &mut keys).map_err(|error| error.to_string())?;
        let meta = Meta::read(&keys)?;
        if let Some(raw) = meta.id
            && raw.starts_with(|first: char| first.is_ascii_digit() || first == '-')
            && !raw.parse::<i64>().is_ok_and(|id| id.unsigned_abs() < 1 << 53)
        {
            return Err(format!("the id {raw} is no whole number below 2^53: many programs round such numbers; write ids as texts"));
        }
        let old_item = match &plan.old {
            Old::Policy(old) if !plan.same_schema => Some(old.read_json(json).map_err(|error| error.to_string())?),
            _ => None,
        };
        if !self.wanted(&item) {
            return Ok(());
        }
        let hash = self.hash(item.id().unwrap_or(json));
        if plan.header.sample.is_some_and(|below| hash >= below) {
            self.cube.not_drawn += 1;
            return Ok(());
        }
        let tree: Option<serde_json::Value> = self.needs_tree().then(|| serde_json::from_str(json).ok()).flatten();
        let present = item.present();
        let mut about = self.about(&meta, &item, present, tree.as_ref(), hash);
        self.note(&item, present, &mut about);
        self.outcome(&meta, &about);
        self.judge(Side::New, &item);
        let old = match &plan.old {
            Old::None => None,
            Old::Policy(_) => {
                self.judge(Side::Old, old_item.as_ref().unwrap_or(&item));
                Some(std::mem::take(&mut self.said[0].decision))
            }
            Old::Logged(column) => {
                let logged = tree.as_ref().and_then(|tree| at_path(tree, column)).and_then(|value| self.logged(value));
                self.cube.bad_logged += u64::from(logged.is_none());
                logged
            }
        };
        self.rules_of(Side::New, &about);
        if matches!(plan.old, Old::Policy(_)) {
            self.rules_of(Side::Old, &about);
            self.moved(&about);
        }
        self.compare(&old, &about, file, line, json);
        // What is used again goes back.
        self.slices = about.slices;
        if let (Old::Policy(_), Some(old)) = (&plan.old, old) {
            self.said[0].decision = old;
        }
        Ok(())
    }

    fn needs_tree(&self) -> bool {
        let path = |column: &Column| matches!(column, Column::Path(_));
        matches!(self.plan.old, Old::Logged(_)) || self.plan.by.iter().any(path) || self.plan.stratum.as_ref().is_some_and(path)
    }

    fn wanted(&mut self, item: &JsonItem<'_>) -> bool {
        let Some((engine, rule)) = &self.plan.only else { return true };
        let call = Call { as_of: self.plan.options.as_of };
        let judged = engine.fires(*rule, item, call, &mut self.scratches[2]);
        self.cube.left_out += u64::from(judged != Judged::True);
        self.cube.left_out_unjudged += u64::from(judged == Judged::Unknown);
        judged == Judged::True
    }

    /// What an item is known by: chance that no result can have chosen.
    fn hash(&mut self, key: &str) -> u64 {
        self.hashed.clear();
        self.hashed.extend_from_slice(&self.plan.options.seed.to_be_bytes());
        self.hashed.extend_from_slice(key.as_bytes());
        blake3::hash(&self.hashed).as_bytes().first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    /// What became of the item afterwards, where it says so.
    fn outcome(&mut self, meta: &Meta<'_>, about: &About) {
        if meta.actioned != Some(true) {
            return;
        }
        let when = |yes: bool| if yes { about.count } else { Count::default() };
        let appealed = meta.appealed == Some(true);
        let of = Outcomes {
            actioned: about.count,
            told: when(meta.reported.is_some()),
            unreported: when(meta.reported == Some(false)),
            appealed: when(appealed),
            overturned: when(appealed && meta.overturned == Some(true)),
        };
        let stratum = self.names.text(about.stratum);
        self.cube.outcomes.entry(stratum).or_default().add(&of);
    }

    fn about(&mut self, meta: &Meta<'_>, item: &JsonItem<'_>, present: Present, tree: Option<&serde_json::Value>, hash: u64) -> About {
        let plan = self.plan;
        let id = item.id();
        self.cube.without_id += u64::from(id.is_none());
        if id.is_some() {
            self.keys.add(hash);
        }
        let weight = meta.weight.or(meta.pi.map(|pi| 1.0 / pi)).unwrap_or(1.0) / plan.options.sample.unwrap_or(1.0);
        let fine = weight > 0.0 && weight <= MAX_WEIGHT;
        self.cube.bad_weight += u64::from(!fine);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "checked: up to 2^50")]
        let weight = if fine { ((weight * ONE as f64).round() as u64).max(1) } else { ONE };
        let views = plan.views.filter(|field| present.has(*field)).map(|field| item.value(field)).map_or(0, |value| match value {
            Value::Int(views) => u64::try_from(views).unwrap_or(0),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
            Value::Float(views) => views as u64,
            _ => 0,
        });
        // Labels of a file of their own stand in the place of the items' own ones.
        let label = match &plan.labels {
            Some(labels) => id.and_then(|id| labels.get(id)),
            None => meta.label.as_deref(),
        };
        let label = label.unwrap_or_default();
        let truth = truth(&plan.options.positive, &plan.options.negative, label);
        let (mut slices, mut joined) = (std::mem::take(&mut self.slices), String::new());
        slices.clear();
        for (at, column) in plan.by.iter().enumerate() {
            let text = shown(column, item, tree);
            if at > 0 {
                joined.push('\u{1F}');
            }
            joined.push_str(&text);
            slices.push((u32::try_from(at).map_or(u32::MAX, |at| at.saturating_add(BY)), self.names.number(text.as_bytes())));
        }
        let stratum = plan.stratum.as_ref().map(|column| shown(column, item, tree)).unwrap_or_default();
        self.buffer.clear();
        if present.has(FieldId::MARKET)
            && let Value::Text(market) = item.value(FieldId::MARKET)
        {
            self.buffer.push_str(market);
            self.buffer.make_ascii_uppercase();
        }
        let market = self.names.number(self.buffer.as_bytes());
        self.buffer.clear();
        if present.has(FieldId::LANG)
            && let Value::Text(lang) = item.value(FieldId::LANG)
        {
            self.buffer.push_str(lang.split(['-', '_']).next().unwrap_or_default());
            self.buffer.make_ascii_lowercase();
        }
        let lang = self.names.number(self.buffer.as_bytes());
        let stratum = self.names.number(stratum.as_bytes());
        slices.extend([(ALL, 0), (MARKET, market), (LANG, lang)]);
        if plan.stratum.is_some() {
            slices.push((STRATUM, stratum));
        }
        About {
            hash,
            count: Count::one(weight, views),
            truth,
            label: self.names.number(label.as_bytes()),
            market,
            lang,
            stratum,
            by: self.names.number(joined.as_bytes()),
            slices,
            day: None,
        }
    }

    /// What makes a sample fit: dates, fields.
    fn note(&mut self, item: &JsonItem<'_>, present: Present, about: &mut About) {
        self.cube.items.add(&about.count);
        for (slot, (_, field)) in self.present.iter_mut().zip(&self.plan.read) {
            *slot += u64::from(present.has(*field) && !matches!(item.value(*field), Value::Missing | Value::WrongType));
        }
        let value = |field: FieldId| if present.has(field) { item.value(field) } else { Value::Missing };
        let made = match self.plan.made.map_or(Value::Missing, value) {
            Value::Missing | Value::WrongType => value(FieldId::AS_OF),
            made => made,
        };
        let seconds = match made {
            Value::Int(seconds) => Some(seconds),
            Value::Text(text) => tribunal_policy::time::parse(text).map(|instant| instant.seconds),
            _ => None,
        };
        about.day = seconds.map(|seconds| seconds.div_euclid(86_400));
    }

    fn judge(&mut self, side: Side, item: &JsonItem<'_>) {
        let plan = self.plan;
        let (at, engine, map): (usize, &Engine, Option<&Mapping>) = match (side, &plan.old) {
            (Side::Old, Old::Policy(old)) => (0, old.engine(), plan.old_map.as_ref()),
            _ => (1, plan.new.engine(), Some(&plan.new_map)),
        };
        let Some(map) = map else { return };
        let call = Call { as_of: plan.options.as_of };
        let (Some(scratch), Some(said)) = (self.scratches.get_mut(at), self.said.get_mut(at)) else { return };
        let verdict = engine.classify(item, call, scratch);
        said.take(verdict, map);
        if let Some(why) = verdict.incomplete {
            *self.cube.incomplete.entry((side, why.name().to_owned())).or_default() += 1;
        }
        if side == Side::New {
            self.cube.unknown_market += u64::from(verdict.unknown_market);
            for field in &verdict.wrong_type {
                *self.cube.wrong_type.entry(engine.policy().field_name(*field).to_owned()).or_default() += 1;
            }
        }
        let alone = verdict.unknown.is_empty() && verdict.incomplete.is_none() && said.rules.len() == 1;
        if alone {
            if plan.header.axes.acts(&said.decision) {
                said.pivotal.extend(said.rules.first());
            }
        } else if !said.rules.is_empty() {
            said.pivotal = pivotal(engine, item, scratch, map, said);
        }
    }

    fn logged(&self, value: &serde_json::Value) -> Option<Packed> {
        let axes = &self.plan.header.axes;
        let value = value.get("decision").unwrap_or(value);
        let names: BTreeMap<String, Vec<String>> = match value {
            serde_json::Value::String(name) => {
                let axis = axes.ordered.iter().find(|axis| axis.values.contains(name))?;
                BTreeMap::from([(axis.name.clone(), vec![name.clone()])])
            }
            serde_json::Value::Object(map) => map
                .iter()
                .map(|(axis, value)| {
                    let values = match value {
                        serde_json::Value::String(value) => vec![value.clone()],
                        serde_json::Value::Array(values) => values.iter().filter_map(|value| Some(value.as_str()?.to_owned())).collect(),
                        _ => return None,
                    };
                    Some((axis.clone(), values))
                })
                .collect::<Option<_>>()?,
            _ => return None,
        };
        axes.pack(&names)
    }

    fn rules_of(&mut self, side: Side, about: &About) {
        let Some(said) = self.said.get(usize::from(side == Side::New)).filter(|said| !said.is_silent()) else { return };
        let count = about.count;
        let rules = &mut self.rules;
        let mut each = |rule: RuleId, change: &dyn Fn(&mut RuleCount)| {
            for (dimension, value) in &about.slices {
                change(rules.entry((side, rule, *dimension, *value)).or_default());
            }
        };
        let sole = said.rules.len() == 1;
        for rule in said.rules.iter().chain(&said.silent) {
            let (acts, pivotal) = (said.rules.contains(rule), said.pivotal.contains(rule));
            let alone = sole && acts;
            each(*rule, &|slot| {
                slot.fired.add(&count);
                if !acts {
                    slot.silent.add(&count);
                }
                if alone {
                    slot.sole.add(&count);
                }
                if pivotal {
                    slot.pivotal.add(&count);
                }
                if about.truth != Truth::Unlabelled {
                    slot.labelled.add(&count);
                }
                if about.truth == Truth::Positive {
                    slot.positive.add(&count);
                }
            });
        }
        for rule in &said.shadow {
            each(*rule, &|slot| slot.shadow.add(&count));
        }
        for rule in &said.unknown {
            each(*rule, &|slot| slot.unjudged.add(&count));
        }
        for (dimension, value) in &about.slices {
            for (rule, field) in &said.missing {
                self.missing.entry((side, *rule, *field, *dimension, *value)).or_default().add(&count);
            }
            for (at, first) in said.rules.iter().enumerate() {
                for second in said.rules.iter().skip(at + 1) {
                    self.together.entry((side, *first, *second, *dimension, *value)).or_default().add(&count);
                }
            }
        }
    }

    /// Rules that fire under one policy and, by the same name, not under the other.
    fn moved(&mut self, about: &About) {
        let [old, new] = &self.said;
        let [before, after] = &self.plan.namesakes;
        let namesake = |map: &[Option<RuleId>], rule: RuleId| map.get(rule.index()).copied().flatten();
        let rules = &mut self.rules;
        let mut each = |rule: RuleId, change: fn(&mut RuleCount) -> &mut Count| {
            for (dimension, value) in &about.slices {
                change(rules.entry((Side::New, rule, *dimension, *value)).or_default()).add(&about.count);
            }
        };
        for rule in new.fired() {
            if !namesake(before, rule).is_some_and(|was| old.fired().any(|fired| fired == was)) {
                each(rule, |slot| &mut slot.gained);
            }
        }
        for rule in old.fired().filter_map(|rule| namesake(after, rule)) {
            if !new.fired().any(|fired| fired == rule) {
                each(rule, |slot| &mut slot.lost);
            }
        }
    }

    fn compare(&mut self, old: &Option<Packed>, about: &About, file: &str, line: u64, json: &str) {
        let axes = &self.plan.header.axes;
        let [old_said, new_said] = &self.said;
        let new = &new_said.decision;
        let key = Key {
            market: about.market,
            lang: about.lang,
            label: about.label,
            truth: about.truth,
            stratum: about.stratum,
            by: about.by,
            old: old.as_ref().map(|old| self.names.number(old)),
            new: self.names.number(new),
        };
        self.groups.entry(key).or_default().add(&about.count);
        if let Some(day) = about.day {
            let day = self.cube.days.entry(day).or_default();
            day.items += 1;
            day.old_acts += u64::from(old.as_ref().is_some_and(|old| axes.acts(old)));
            day.new_acts += u64::from(axes.acts(new));
            day.changed += u64::from(is_change(old, new));
        }
        if let (Some(old), true) = (old, about.truth != Truth::Unlabelled) {
            let right = |decision: &Packed| axes.acts(decision) == (about.truth == Truth::Positive);
            if right(old) != right(new) {
                self.cube.discordant.insert(format!("{:016x}{}", about.hash, digest(json)), right(new));
            }
        }
        let keep = self.plan.header.keep;
        let changed = is_change(old, new);
        let (class, last) = self.classes.entry((key.old, key.new)).or_insert_with(|| (Reservoir::default(), u64::MAX));
        class.of.add(&about.count);
        let hangs = changed && one_rule(self.plan, old_said, new_said);
        if about.hash > *last && !hangs {
            return;
        }
        let most = if changed { keep.changed } else { keep.same };
        let hash = format!("{:016x}{}", about.hash, digest(json));
        let name = |rule: &RuleId| self.plan.new.policy().rules.get(rule.index()).map(|rule| rule.name.clone());
        let example = || Example { file: file.to_owned(), line, json: json.to_owned(), rules: new_said.rules.iter().filter_map(name).collect() };
        if hangs {
            put(&mut class.boundary, hash.clone(), example, keep.boundary);
        }
        put(&mut class.items, hash, example, most);
        if class.items.len() >= most {
            let largest = class.items.last_key_value().and_then(|(hash, _)| hash.get(..16)).map(|hash| u64::from_str_radix(hash, 16));
            *last = largest.and_then(Result::ok).unwrap_or(u64::MAX);
        }
    }

    /// The part as a cube.
    pub fn finish(self) -> Cube {
        let Part { plan, mut cube, keys, names, groups, rules, together, missing, present, classes, .. } = self;
        cube.keys = keys.finish();
        let group = |key: Key| Group {
            market: names.text(key.market),
            lang: names.text(key.lang),
            label: names.text(key.label),
            truth: key.truth,
            stratum: names.text(key.stratum),
            by: names.text(key.by),
            old: key.old.map(|old| names.bytes(old).to_vec()),
            new: names.bytes(key.new).to_vec(),
        };
        let policy = |side: Side| match (side, &plan.old) {
            (Side::Old, Old::Policy(old)) => old.policy(),
            _ => plan.new.policy(),
        };
        let rule = |side: Side, rule: RuleId| policy(side).rules.get(rule.index()).map(|rule| rule.name.clone()).unwrap_or_default();
        let dimension = |at: u32| match at {
            ALL => "all".to_owned(),
            MARKET => "market".to_owned(),
            LANG => "lang".to_owned(),
            STRATUM => "stratum".to_owned(),
            at => plan.options.by.get((at - BY) as usize).cloned().unwrap_or_default(),
        };
        let value = |at: u32, value: u32| if at == ALL { String::new() } else { names.text(value) };
        let sorted = |cube: &mut Cube| {
            cube.groups = groups.iter().map(|(key, count)| (group(*key), *count)).collect();
            cube.rules = rules.iter().map(|((side, id, at, of), count)| ((*side, rule(*side, *id), dimension(*at), value(*at, *of)), *count)).collect();
            let pair = |side: Side, a: RuleId, b: String, at: u32, of: u32| (side, rule(side, a), b, dimension(at), value(at, of));
            cube.together = together.iter().map(|((side, a, b, at, of), count)| (pair(*side, *a, rule(*side, *b), *at, *of), *count)).collect();
            let field = |side: Side, field: FieldId| policy(side).field_name(field).to_owned();
            cube.missing = missing.iter().map(|((side, id, of, at, is), count)| (pair(*side, *id, field(*side, *of), *at, *is), *count)).collect();
        };
        sorted(&mut cube);
        cube.groups.sort_by(|a, b| a.0.cmp(&b.0));
        cube.rules.sort_by(|a, b| a.0.cmp(&b.0));
        cube.together.sort_by(|a, b| a.0.cmp(&b.0));
        cube.missing.sort_by(|a, b| a.0.cmp(&b.0));
        cube.present = plan.read.iter().zip(present).map(|((name, _), count)| (name.clone(), count)).collect();
        cube.examples =
            classes.into_iter().map(|((old, new), (class, _))| ((old.map(|old| names.bytes(old).to_vec()), names.bytes(new).to_vec()), class)).collect();
        cube.examples.sort_by(|a, b| a.0.cmp(&b.0));
        cube
    }
}
