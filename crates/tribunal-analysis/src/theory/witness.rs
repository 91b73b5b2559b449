//! From values of variables to an item.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::Policy;
use tribunal_policy::fields::FieldType;

use super::sets::Sample;
use super::vars::{Counting, Kind, Measure, UNIT, Var};
use super::{Model, Theory, samples};
use crate::item::{Draft, Val};

/// A word that stands for nothing.
const FILLER: &str = "zq";
/// An id that nothing asks for.
const OTHER: &str = "other";
/// The moment of items whose moment does not matter: 2026-01-01.
const NOW: i64 = 1_767_225_600;

/// Makes items for one market.
pub(crate) struct Maker<'t> {
    pub(crate) theory: &'t Theory,
    pub(crate) policies: &'t [&'t Policy],
    pub(crate) market: Option<&'t str>,
}

/// What is known of one quantity.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    /// Above it, or at it.
    low: Option<(i128, bool)>,
    high: Option<(i128, bool)>,
}

impl Range {
    fn pick(self, whole: bool) -> i128 {
        let step = UNIT;
        let inside = |value: i128| {
            self.low.is_none_or(|(low, at)| value > low || at && value == low) && self.high.is_none_or(|(high, at)| value < high || at && value == high)
        };
        let around = [self.low, self.high].into_iter().flatten().flat_map(|(bound, _)| {
            let floor = bound.div_euclid(UNIT) * UNIT;
            [floor, floor + step, floor - step]
        });
        let mut candidates: Vec<i128> = around.filter(|value| inside(*value)).collect();
        candidates.sort_by_key(|value| (*value < 0, value.unsigned_abs()));
        if let Some(value) = candidates.first() {
            return *value;
        }
        if inside(0) || whole {
            return self.low.or(self.high).map_or(0, |(bound, _)| bound);
        }
        match (self.low, self.high) {
            (Some((low, _)), Some((high, _))) => low + (high - low) / 2,
            (Some((low, _)), None) => low + step / 2,
            (None, Some((high, _))) => high - step / 2,
            (None, None) => 0,
        }
    }
}

/// A text field being written.
#[derive(Debug, Default)]
struct Words {
    pieces: Vec<String>,
    /// Hits have to stay apart.
    apart: bool,
    alone: Option<String>,
}

impl Maker<'_> {
    /// An item like the model; `turn` chooses among several.
    pub(crate) fn draft(&self, model: &Model, turn: usize) -> Draft {
        let mut draft = Draft::default();
        if let Some(market) = self.market {
            draft.set("market", Val::Text(market.to_owned()));
        }
        let mut samples = Vec::new();
        let mut fields = self.words(model, turn, &mut samples);
        self.values(model, &mut draft);
        let ranges = self.ranges(model);
        self.numbers(model, &ranges, &mut draft);
        for (field, (kind, words)) in &mut fields {
            self.write(field, *kind, words, &mut draft);
        }
        self.shape(&ranges, &mut draft);
        self.limits(model, &samples, &mut draft);
        self.pairs(model, &mut draft);
        self.shares(model, &mut draft);
        draft
    }

    fn var(&self, id: u32) -> Option<&Var> {
        self.theory.vars.vars.get(id)
    }

    fn ty(&self, field: &str) -> Option<FieldType> {
        self.policies.iter().find_map(|policy| Some(policy.fields.get(policy.field(field)?.index())?.ty))
    }

    /// Chooses texts for what has to be hit, by field.
    fn words(&self, model: &Model, turn: usize, chosen: &mut Vec<Sample>) -> BTreeMap<String, (Kind, Words)> {
        let mut wanted: BTreeMap<u32, (BTreeSet<u32>, BTreeSet<u32>)> = BTreeMap::new();
        for (id, value) in model {
            if let Some(Var::Hit { place, set }) = self.var(*id) {
                let (hit, not) = wanted.entry(*place).or_default();
                if *value {
                    hit.insert(*set)
                } else {
                    not.insert(*set)
                };
            }
        }
        let mut out: BTreeMap<String, (Kind, Words)> = BTreeMap::new();
        for (at, (hit, not)) in &wanted {
            let Some(place) = self.theory.vars.places.get(*at) else { continue };
            let field = place.field.split(' ').next_back().unwrap_or_default().to_owned();
            let mut covered: BTreeSet<u32> = BTreeSet::new();
            let mut pieces = Vec::new();
            let mut alone = None;
            let mut apart = false;
            let take = |set: u32, nth: usize, covered: &mut BTreeSet<u32>, chosen: &mut Vec<Sample>| {
                let sample = self.sample(place.kind, set, hit, not, nth)?;
                covered.extend(sample.0.iter().copied());
                chosen.push(sample.1.clone());
                Some(sample.1.clone())
            };
            for (id, value) in model {
                let Some(Var::Near { place: there, left, right, .. }) = self.var(*id) else { continue };
                if there != at {
                    continue;
                }
                apart |= !value;
                let side = |sets: &[u32]| sets.iter().copied().find(|set| hit.contains(set)).or_else(|| sets.first().copied());
                if let (true, Some(left), Some(right)) = (*value, side(left), side(right))
                    && let (Some(first), Some(second)) = (take(left, turn, &mut covered, chosen), take(right, turn / 2, &mut covered, chosen))
                {
                    pieces.push(format!("{} {}", first.text, second.text));
                }
            }
            for set in hit {
                if !covered.contains(set)
                    && let Some(sample) = take(*set, turn, &mut covered, chosen)
                {
                    if sample.alone {
                        alone = Some(sample.text.clone());
                    }
                    pieces.push(sample.text);
                }
            }
            pieces.extend(self.more(model, *at, place.kind, hit, not, turn));
            if pieces.is_empty() {
                continue;
            }
            let words = &mut out.entry(field).or_insert_with(|| (place.kind, Words::default())).1;
            words.pieces.extend(pieces);
            words.apart |= apart;
            words.alone = alone;
        }
        out
    }

    /// Further hits, where they are counted.
    fn more(&self, model: &Model, at: u32, kind: Kind, hit: &BTreeSet<u32>, not: &BTreeSet<u32>, turn: usize) -> Vec<String> {
        let mut most: BTreeMap<u32, u64> = BTreeMap::new();
        for (id, value) in model {
            if let (Some(Var::Count { count, at_least }), true) = (self.var(*id), value) {
                let least = most.entry(*count).or_default();
                *least = (*least).max(*at_least);
            }
        }
        let enough = self.not_counted(model, at);
        let mut out = Vec::new();
        for (count, least) in most {
            let Some(count) = self.theory.vars.counts.get(count) else { continue };
            // The first place that has a hit takes all of them.
            let first = count.places.iter().find(|place| {
                model
                    .iter()
                    .any(|(id, value)| *value && matches!(self.var(*id), Some(Var::Hit { place: there, set }) if there == *place && count.sets.contains(set)))
            });
            if first != Some(&at) {
                continue;
            }
            let mut sets: Vec<u32> = count.sets.iter().copied().filter(|set| hit.contains(set)).collect();
            sets.dedup();
            let Some(set) = sets.first().copied() else { continue };
            // A text counts in each list that holds the same.
            let each = |set: u32| count.sets.iter().filter(|other| **other == set).count().max(1);
            let least = usize::try_from(least.min(64)).unwrap_or(64).div_ceil(sets.iter().map(|set| each(*set)).min().unwrap_or(1));
            match count.what {
                Counting::Hits => {
                    let spared: Vec<String> = sets.iter().flat_map(|set| self.terms(kind, *set, &enough).0).collect();
                    if spared.is_empty() {
                        let texts = (1..least).filter_map(|_| self.sample(kind, set, hit, not, turn)).map(|(_, sample)| sample.text.clone());
                        out.extend(texts);
                    } else {
                        // What stands for the hit itself may be one of them.
                        out.extend(spared.into_iter().cycle().take(least.saturating_sub(turn % 2)));
                    }
                }
                Counting::Terms => {
                    let (spared, others): (Vec<_>, Vec<_>) = sets.iter().map(|set| self.terms(kind, *set, &enough)).unzip();
                    // Just as many as are needed where another count must not come to as much, those first that it does not have.
                    let most = if spared.iter().all(Vec::is_empty) { least + 1 } else { least };
                    out.extend(spared.into_iter().chain(others).flatten().take(most));
                }
                Counting::Evasions => {
                    let entries = sets.iter().filter_map(|set| self.theory.sets.get(*set)).flat_map(|set| set.entries.iter()).filter(|entry| !entry.allow);
                    let forms: Vec<String> = entries.flat_map(samples::disguises).skip(turn * 3).take(3).collect();
                    out.extend(forms.iter().cycle().take(if forms.is_empty() { 0 } else { least }).cloned());
                }
            }
        }
        out
    }

    /// Sets of which not so many hits may be counted in a place.
    fn not_counted(&self, model: &Model, at: u32) -> Vec<u32> {
        let counts = model.iter().filter_map(|(id, value)| match self.var(*id) {
            Some(Var::Count { count, .. }) if !value => self.theory.vars.counts.get(*count),
            _ => None,
        });
        counts.filter(|count| count.places.contains(&at)).flat_map(|count| count.sets.iter().copied()).collect()
    }

    /// A text for each of the set's terms: of those that none of the other sets has, where they have others of it, and of the rest.
    fn terms(&self, kind: Kind, set: u32, others: &[u32]) -> (Vec<String>, Vec<String>) {
        let Some(of) = self.theory.sets.get(set) else { return Default::default() };
        let versions = self.theory.sets.versions(set);
        let others: Vec<u32> = others.iter().copied().filter(|other| *other != set && versions.contains(other)).collect();
        let within: Vec<_> =
            others.iter().filter(|other| self.theory.sets.lies_within(**other, set)).filter_map(|other| self.theory.sets.get(*other)).collect();
        let mut seen = BTreeSet::new();
        let (mut spared, mut rest) = (Vec::new(), Vec::new());
        for entry in of.entries.iter().filter(|entry| !entry.allow && seen.insert(entry.term)) {
            let common = within.is_empty() || within.iter().any(|other| other.has(&entry.text));
            if let Some(text) = samples::forms(entry, kind).into_iter().next() {
                if common { &mut rest } else { &mut spared }.push(text);
            }
        }
        if spared.is_empty() && !others.is_empty() {
            // What the others hide.
            let hidden = self.theory.sets.signatures(kind, set).iter().filter(|signature| !signature.sets.iter().any(|set| others.contains(set)));
            spared.extend(hidden.flat_map(|signature| &signature.samples).map(|sample| sample.text.clone()));
        }
        (spared, rest)
    }

    /// A text that hits a set and as little as can be beside what is wanted.
    fn sample(&self, kind: Kind, set: u32, hit: &BTreeSet<u32>, not: &BTreeSet<u32>, nth: usize) -> Option<(&[u32], &Sample)> {
        let mut ranked = Vec::new();
        for signature in self.theory.sets.signatures(kind, set) {
            let unwanted = signature.sets.iter().filter(|set| not.contains(set)).count();
            let extra = signature.sets.iter().filter(|set| !hit.contains(set)).count();
            for sample in &signature.samples {
                // Plain forms, and those that need nothing else of the item, come first.
                let rank = (unwanted, sample.disguised, sample.lang.is_some() || sample.as_of.is_some(), extra);
                ranked.push((rank, signature.sets.as_slice(), sample));
            }
        }
        ranked.sort_by_key(|(rank, ..)| *rank);
        let count = ranked.len().clamp(1, 16);
        ranked.get(nth % count).map(|(_, sets, sample)| (*sets, *sample))
    }

    fn write(&self, field: &str, kind: Kind, words: &Words, draft: &mut Draft) {
        match kind {
            Kind::List | Kind::Ids => {
                let mut list = words.pieces.clone();
                list.dedup();
                draft.set(field, Val::List(list));
            }
            Kind::Text | Kind::Hosts => {
                let between = if words.apart { format!(" {} ", vec![FILLER; self.theory.far() as usize].join(" ")) } else { " ~ ".to_owned() };
                let text = match (&words.alone, words.pieces.len()) {
                    (Some(text), 1) => text.clone(),
                    _ => words.pieces.join(&between),
                };
                draft.set(field, Val::Text(text));
            }
        }
    }

    fn values(&self, model: &Model, draft: &mut Draft) {
        let mut fields: BTreeMap<&str, Vec<(&Var, bool)>> = BTreeMap::new();
        for (id, value) in model {
            if let Some(var @ (Var::Value { field, .. } | Var::Among { field, .. } | Var::Missing { field })) = self.var(*id) {
                fields.entry(field).or_default().push((var, *value));
            }
        }
        for (field, known) in fields {
            if known.iter().any(|(var, value)| *value && matches!(var, Var::Missing { .. })) || self.market.is_some() && field == "market" {
                continue;
            }
            let Some(ty) = self.ty(field) else { continue };
            let text = known.iter().find_map(|(var, value)| match var {
                Var::Value { text, .. } if *value => Some(text.clone()),
                _ => None,
            });
            let sets = |wanted: bool| {
                known.iter().filter_map(move |(var, value)| {
                    if let Var::Among { set, .. } = var
                        && *value == wanted
                    {
                        self.theory.sets.get(*set)
                    } else {
                        None
                    }
                })
            };
            let member = |text: &str, set: &super::sets::TermSet| set.entries.iter().any(|entry| !entry.allow && entry.text == text);
            let of_set = || {
                let refused = |text: &str| {
                    sets(false).any(|set| member(text, set))
                        || known.iter().any(|(var, value)| !value && matches!(var, Var::Value { text: other, .. } if other == text))
                };
                let mut all = sets(true).flat_map(|set| set.entries.iter().filter(|entry| !entry.allow));
                all.find(|entry| sets(true).all(|set| member(&entry.text, set)) && !refused(&entry.text)).map(|entry| entry.text.clone())
            };
            match ty {
                FieldType::Bool => draft.set(field, Val::Bool(text.is_some())),
                FieldType::Id | FieldType::Text => {
                    let other = if field == "lang" { "zz".to_owned() } else { OTHER.to_owned() };
                    let asked = known.iter().any(|(var, _)| !matches!(var, Var::Missing { .. })) || ty == FieldType::Id;
                    let text = text.or_else(of_set).unwrap_or(if asked { other } else { FILLER.to_owned() });
                    draft.set(field, Val::Text(text));
                }
                FieldType::Number => draft.set(field, Val::Int(0)),
                FieldType::Time => draft.set(field, Val::Int(NOW)),
                FieldType::TextList | FieldType::IdList => draft.set(field, Val::List(vec![FILLER.to_owned()])),
            }
        }
    }

    fn ranges(&self, model: &Model) -> Vec<(Measure, String, Range)> {
        let mut found: BTreeMap<u32, Range> = BTreeMap::new();
        for (id, value) in model {
            let Some(Var::Bound { quantity, bound, inclusive }) = self.var(*id) else { continue };
            let range = found.entry(*quantity).or_default();
            if *value {
                let tighter = range.high.is_none_or(|(high, at)| *bound < high || *bound == high && at && !inclusive);
                if tighter {
                    range.high = Some((*bound, *inclusive));
                }
            } else {
                let tighter = range.low.is_none_or(|(low, at)| *bound > low || *bound == low && at && *inclusive);
                if tighter {
                    range.low = Some((*bound, !*inclusive));
                }
            }
        }
        let named = |(id, range): (u32, Range)| self.theory.vars.quantities.get(id).map(|quantity| (quantity.measure, quantity.field.clone(), range));
        found.into_iter().filter_map(named).collect()
    }

    fn is_missing(&self, model: &Model, field: &str) -> bool {
        let var = Var::Missing { field: field.to_owned() };
        self.theory.vars.vars.find(&var).and_then(|id| model.get(&id)).copied().unwrap_or(false)
    }

    fn numbers(&self, model: &Model, ranges: &[(Measure, String, Range)], draft: &mut Draft) {
        for (measure, field, range) in ranges {
            if self.is_missing(model, field) || !matches!(measure, Measure::Number | Measure::Time) {
                continue;
            }
            draft.set(field, number(range.pick(measure.is_whole())));
        }
        for (measure, field, range) in ranges {
            if *measure != Measure::Age || self.is_missing(model, field) || self.is_missing(model, "as_of") {
                continue;
            }
            let now = match draft.values.get("as_of") {
                Some(Val::Int(now)) => *now,
                _ => NOW,
            };
            draft.set("as_of", Val::Int(now));
            let age = i64::try_from(range.pick(true).div_euclid(UNIT)).unwrap_or(0);
            draft.set(field, Val::Int(now.saturating_sub(age)));
        }
    }

    /// Gives texts their length, their capitals and the like.
    fn shape(&self, ranges: &[(Measure, String, Range)], draft: &mut Draft) {
        // Capitals come last: what fills a text up has to be raised too.
        let (capitals, others): (Vec<_>, Vec<_>) = ranges.iter().partition(|(measure, ..)| *measure == Measure::Uppercase);
        for (measure, field, range) in others.into_iter().chain(capitals) {
            let wanted = usize::try_from(range.pick(true).div_euclid(UNIT).clamp(0, 5_000)).unwrap_or(0);
            if *measure == Measure::Elements {
                let mut list = match draft.values.get(field) {
                    Some(Val::List(list)) => list.clone(),
                    _ => Vec::new(),
                };
                for at in list.len()..wanted {
                    list.push(format!("{FILLER}{at}"));
                }
                if !list.is_empty() {
                    draft.set(field, Val::List(list));
                }
                continue;
            }
            let (text, elements) = match draft.values.get(field) {
                Some(Val::Text(text)) => (text.clone(), None),
                Some(Val::List(list)) => (list.first().cloned().unwrap_or_default(), Some(list.clone())),
                _ => (String::new(), (self.ty(field) == Some(FieldType::TextList)).then(Vec::new)),
            };
            let text = shaped(*measure, text, wanted, range);
            if text.is_empty() {
                continue;
            }
            draft.set(
                field,
                match elements {
                    None => Val::Text(text),
                    Some(list) => Val::List(std::iter::once(text).chain(list.into_iter().skip(1)).collect()),
                },
            );
        }
    }

    /// What the chosen terms ask of the item.
    fn limits(&self, model: &Model, samples: &[Sample], draft: &mut Draft) {
        for sample in samples {
            if let Some(lang) = &sample.lang
                && !draft.values.contains_key("lang")
                && !self.is_missing(model, "lang")
            {
                draft.set("lang", Val::Text(lang.clone()));
            }
            if let Some(as_of) = sample.as_of
                && !draft.values.contains_key("as_of")
                && !self.is_missing(model, "as_of")
            {
                draft.set("as_of", Val::Int(as_of));
            }
        }
    }

    /// Fields that are compared with each other: values that stand so. Nothing else is known of such a comparison, and the engine judges it.
    fn pairs(&self, model: &Model, draft: &mut Draft) {
        for (id, value) in model {
            let Some(Var::Free { text }) = self.var(*id) else { continue };
            let parts: Vec<&str> = text.trim_start_matches("new ").split(' ').collect();
            let [left, op, right] = parts.as_slice() else { continue };
            let (Some(ty), Some(other)) = (self.ty(left), self.ty(right)) else { continue };
            if ty != other || self.is_missing(model, left) || self.is_missing(model, right) {
                continue;
            }
            match ty {
                FieldType::Id | FieldType::Text => {
                    let first = match draft.values.get(*left) {
                        Some(Val::Text(text)) => text.clone(),
                        _ => OTHER.to_owned(),
                    };
                    let alike = (*op == "=") == *value;
                    draft.set(right, Val::Text(if alike { first.clone() } else { format!("{first}2") }));
                    draft.set(left, Val::Text(first));
                }
                FieldType::Number | FieldType::Time => {
                    let holds = |order: std::cmp::Ordering| match *op {
                        "<" => order.is_lt(),
                        "<=" => order.is_le(),
                        ">" => order.is_gt(),
                        ">=" => order.is_ge(),
                        "=" => order.is_eq(),
                        _ => order.is_ne(),
                    };
                    if let Some((one, two)) = [(1, 2), (2, 1), (1, 1)].into_iter().find(|(one, two): &(i64, i64)| holds(one.cmp(two)) == *value) {
                        draft.set(left, Val::Int(one));
                        draft.set(right, Val::Int(two));
                    }
                }
                _ => {}
            }
        }
    }

    /// An id that is in, and not in, the shares it has to be.
    fn shares(&self, model: &Model, draft: &mut Draft) {
        let mut by: BTreeMap<&str, Vec<(&str, u64, bool)>> = BTreeMap::new();
        for (id, value) in model {
            if let Some(Var::Rollout { rule, share, by: field }) = self.var(*id) {
                let threshold = u64::try_from((u128::from(*share) << 64) / 1_000_000).unwrap_or(u64::MAX);
                by.entry(field).or_default().push((rule, threshold, *value));
            }
        }
        for (field, wanted) in by {
            let chosen = draft.values.get(field).is_some_and(|value| *value != Val::Text(OTHER.to_owned()));
            if self.is_missing(model, field) || chosen {
                continue;
            }
            let fits = |key: &String| wanted.iter().all(|(rule, threshold, inside)| (share(rule, key) < *threshold) == *inside);
            let key = (1..20_000).map(|at| at.to_string()).find(fits);
            draft.set(field, Val::Text(key.unwrap_or_else(|| "1".to_owned())));
        }
    }
}

fn share(rule: &str, key: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(rule.as_bytes()).update(&[0]).update(key.as_bytes());
    let hash = hasher.finalize();
    hash.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn number(value: i128) -> Val {
    if value.rem_euclid(UNIT) == 0
        && let Ok(whole) = i64::try_from(value.div_euclid(UNIT))
    {
        return Val::Int(whole);
    }
    #[expect(clippy::cast_precision_loss, reason = "a made-up value between two bounds; the engine judges it")]
    Val::Float(value as f64 / UNIT as f64)
}

fn shaped(measure: Measure, text: String, wanted: usize, range: &Range) -> String {
    let join = |text: String, more: &str| if text.is_empty() { more.to_owned() } else { format!("{text} {more}") };
    match measure {
        Measure::Length => {
            let mut text = text;
            let mut length = text.chars().count();
            let mut filler = " zq".chars().cycle();
            while length < wanted {
                text.extend(filler.next().filter(|c| !(text.is_empty() && *c == ' ')).or(Some('z')));
                length += 1;
            }
            text
        }
        Measure::Words => {
            let count = text.split_whitespace().filter(|word| *word != "~").count();
            let missing = wanted.saturating_sub(count);
            if missing == 0 { text } else { join(text, &vec![FILLER; missing].join(" ")) }
        }
        Measure::Uppercase => {
            let text = if text.is_empty() && range.low.is_some() { FILLER.to_owned() } else { text };
            if range.low.is_some() && range.high.is_none() { text.to_uppercase() } else { text }
        }
        Measure::Emoji => (0..wanted).fold(text, |text, _| join(text, "🙂")),
        Measure::Links => (0..wanted).fold(text, |text, at| join(text, &format!("https://{FILLER}{at}.example"))),
        _ => text,
    }
}
