//! A policy to an engine.

pub(crate) mod columns;
pub(crate) mod cover;
pub(crate) mod parallel;
pub(crate) mod patterns;
pub(crate) mod program;
pub(crate) mod rarity;
pub(crate) mod variants;
pub(crate) mod wake;

use std::sync::{Arc, OnceLock};

use tribunal_policy::cond::{Cond, CondKind, Set, Subject, SubjectForm, Test};
use tribunal_policy::fields::{Field, FieldType, Missing};
use tribunal_policy::model::{AxisValue, Effect, EffectiveRule, Entry, Rollout};
use tribunal_policy::{FieldId, ListId, Policy, RuleId};
use tribunal_text::Ordinary;

use crate::artefact::column::Column;
use crate::engine::{EffectCode, Engine, Exact, ExactEntry, FieldBits, TextField};
use crate::facts::Facts;
use crate::kernel::{Kernel, Simd};
use crate::limits::Limits;
use crate::profile::Counted;
use crate::scan::tier::Tier;
use cover::{Context, Cover, Trigger};
use patterns::{Forces, PatternInfo};
use variants::{Frame, Variants};
use wake::Wake;

/// Switches for what makes the engine fast and must not change what it says. All on by default.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Limits, Options, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("my glock", policy.field("caption").ok_or("built in")?);
/// let fast = Engine::new(Arc::clone(&policy), Limits::default())?;
/// let plain = Engine::with_options(policy, &Options { wake: false, two_tiers: false, tokens: false, ..Options::default() })?;
/// let (mut one, mut other) = (Scratch::new(), Scratch::new());
/// assert_eq!(fast.classify(&post, Call::default(), &mut one), plain.classify(&post, Call::default(), &mut other));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Options {
    /// Rules wake up; off: every rule is evaluated for every item.
    pub wake: bool,
    /// Rules over scalar fields are judged by column; off: one by one, woken by their values.
    pub columns: bool,
    /// Context lists are looked for only when a rule asks; off: everything at once.
    pub two_tiers: bool,
    /// Words by hash and phrases by pair; off: everything by what it begins with.
    pub tokens: bool,
    /// Regular expressions wait for their literals.
    pub regex_literals: bool,
    /// Texts are folded by runs; off: unit by unit.
    pub runs: bool,
    /// Bit filters stand before tables; off: they let everything pass.
    pub filters: bool,
    /// Whether a list occurs is told by the fields it was found in, where that is enough; off: its hits are sorted out every time.
    pub marks: bool,
    /// The instructions of the loops over bytes; those that the machine does not have are none.
    #[serde(skip, default = "Simd::best")]
    pub simd: Simd,
    /// Several threads compile; off: one.
    pub parallel: bool,
    /// A first look passes over texts in which no term can be disguised; off: each is walked through all terms.
    pub screen: bool,
    /// Rules of every stage are compiled, for running examples (Exact meaning 32); such an engine classifies nothing.
    pub rehearse: bool,
    /// How often things happen, from a [sample](crate::Sampler) of items for this very policy; none: guessed from the lists.
    #[serde(skip)]
    pub profile: Option<Arc<Counted>>,
    /// Caps.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            wake: true,
            columns: true,
            two_tiers: true,
            tokens: true,
            regex_literals: true,
            runs: true,
            filters: true,
            marks: true,
            simd: Simd::best(),
            parallel: true,
            screen: true,
            rehearse: false,
            profile: None,
            limits: Limits::default(),
        }
    }
}

/// Why a checked policy cannot be compiled.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{CompileError, Engine, Limits};
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: code, when: 'caption has /[a-z]{400}/', effect: {routing: review}}";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let tight = Limits { regex_bytes: 1_000, ..Limits::default() };
/// let Err(error @ CompileError::Regex { .. }) = Engine::new(policy, tight) else { return Err("it is larger".into()) };
/// assert!(error.to_string().contains("demo.yaml:3") && error.to_string().contains("it takes more than"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// A regular expression is too large.
    Regex {
        /// Where it is written, `file:line`.
        place: String,
        /// Its list.
        list: String,
        /// What the compiler said.
        error: String,
    },
    /// More terms, rules or references than [`Limits`] allow.
    OverLimit {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: usize,
        /// How much there may be.
        limit: usize,
    },
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::Regex { place, list, error } => write!(f, "{place}: a regular expression of `{list}` cannot be compiled: {error}"),
            CompileError::OverLimit { what, found, limit } => write!(f, "{found} {what}, the limit is {limit}"),
        }
    }
}

impl std::error::Error for CompileError {}

/// Builds the engine of a policy.
pub(crate) fn compile(policy: Arc<Policy>, options: &Options) -> Result<Engine, CompileError> {
    let limits = &options.limits;
    let terms = policy.lists.iter().map(|list| list.entries.len()).sum();
    over("terms", terms, limits.terms)?;
    over("rules", policy.rules.len(), limits.rules)?;
    let (effective, slots) = variants::variants(&policy, options.rehearse);
    variants::depth(&effective, &slots, limits.reference_depth)?;

    let whens = whens(&policy, &effective);
    let contributors = contributors(&policy, &effective);
    let profile = options.profile.as_deref().filter(|counted| counted.is_of(&policy));
    let threads = if options.parallel { parallel::available() } else { 1 };
    let costs = rarity::of_lists(&policy, profile, threads);
    let context = Context { policy: &policy, whens: &whens, contributors: &contributors, depth: limits.reference_depth, costs: &costs, profile };
    let of_rules = |rules: &[EffectiveRule]| rules.iter().map(|rule| if options.wake { context.of(&rule.when) } else { None }).collect::<Vec<_>>();
    let covers: Vec<Option<Cover>> = parallel::chunks(&effective, threads, of_rules).into_iter().flatten().collect();

    let uses = Uses::of(&policy, &effective);
    let mut columns = columns::Builder::default();
    let mut wake = Wake::default();
    let mut first_tier = vec![!options.two_tiers; policy.lists.len()];
    for (at, cover) in covers.iter().enumerate() {
        let variant = u32::try_from(at).unwrap_or(u32::MAX);
        let by_text = cover.as_ref().is_some_and(|cover| cover.triggers.iter().any(|trigger| matches!(trigger, Trigger::List(_))));
        if options.wake
            && options.columns
            && !by_text
            && let Some(rule) = effective.get(at)
            && columns.take(&policy, &uses.fields, variant, rule)
        {
            continue;
        }
        match cover {
            None => wake.always.push(variant),
            Some(cover) => {
                wake.add(variant, &cover.triggers);
                for trigger in &cover.triggers {
                    if let Trigger::List(list) = trigger
                        && let Some(first) = first_tier.get_mut(list.index())
                    {
                        *first = true;
                    }
                }
            }
        }
    }
    wake.finish(policy.lists.len());

    let columns = columns.finish(&slots);
    let mut forces = Forces::default();
    let ordinary = match policy.ordinary_words.and_then(|list| policy.lists.get(list.index())) {
        Some(list) => Ordinary::with_words(list.entries.iter().map(|entry| entry.text.as_str())),
        None => Ordinary::shipped(),
    };
    let mut patterns = patterns::of_lists(&policy, &uses.matched, &ordinary, limits.regex_bytes, &mut forces, threads)?;
    let exact = exact(&policy, &uses, &mut forces);
    patterns.forces = forces.all;
    over("patterns", patterns.len(), crate::scan::tier::MOST_PATTERNS - 1)?;
    let in_first = |info: &PatternInfo<'_>| !options.two_tiers || (!info.allow && first_tier.get(info.list.index()) == Some(&true));
    let tiers = || [Tier::build(&patterns, &in_first, options), Tier::build(&patterns, &|info| !in_first(info), options)];
    let deep = |list: ListId| first_tier.get(list.index()) != Some(&true);
    let (tiers, rules) = parallel::both(threads, tiers, || Rules::of(&policy, &effective, &slots, &deep));
    let Rules { program, codes, labels, on_incomplete } = rules;
    let review = review(&policy);
    let scores = scores(&policy, &codes);
    Ok(Engine {
        profile: profile.map(|counted| counted.profile.clone()),
        kernel: Kernel::new(options.simd),
        absent_wakes: absent_wakes(&policy.fields, &wake),
        has_allow: policy.lists.iter().map(|list| list.entries.iter().any(|entry| entry.allow)).collect(),
        exact,
        text_fields: text_fields(&policy, &uses),
        text_bits: FieldBits::texts(&policy.fields),
        first_tier,
        patterns,
        tiers,
        program,
        wake,
        columns,
        variants: codes,
        slots,
        scores,
        labels,
        on_incomplete,
        review,
        ordinary,
        options: options.clone(),
        facts: Facts::of(&policy),
        source: Column::default(),
        policy: OnceLock::from(policy),
    })
}

/// The rules as they are evaluated.
struct Rules {
    program: program::Program,
    codes: Variants,
    labels: Vec<(tribunal_policy::AxisId, String)>,
    on_incomplete: EffectCode,
}

impl Rules {
    fn of(policy: &Policy, effective: &[EffectiveRule], slots: &variants::Slots, deep: &dyn Fn(ListId) -> bool) -> Rules {
        let (mut program, mut labels, mut codes) = (program::Draft::default(), Labels::default(), variants::Draft::default());
        for rule in effective {
            let when = program.add(&rule.when, deep);
            codes.add(rule.rule, when, frame(rule, &mut program, deep, &mut labels));
        }
        let on_incomplete = labels.code(&policy.on_incomplete);
        Rules { program: program.finish(), codes: codes.finish(slots), labels: labels.names, on_incomplete }
    }
}

pub(crate) fn over(what: &'static str, found: usize, limit: usize) -> Result<(), CompileError> {
    if found > limit { Err(CompileError::OverLimit { what, found, limit }) } else { Ok(()) }
}

fn whens<'a>(policy: &Policy, all: &'a [EffectiveRule]) -> Vec<Vec<&'a Cond>> {
    let mut whens: Vec<Vec<&Cond>> = vec![Vec::new(); policy.rules.len()];
    for rule in all {
        if let Some(of_rule) = whens.get_mut(rule.rule.index()) {
            of_rule.push(&rule.when);
        }
    }
    whens
}

fn contributors(policy: &Policy, all: &[EffectiveRule]) -> Vec<Vec<RuleId>> {
    let mut found: Vec<Vec<RuleId>> = vec![Vec::new(); policy.scores.len()];
    for rule in all {
        for score in rule.points.keys() {
            if let Some(rules) = found.get_mut(score.index())
                && !rules.contains(&rule.rule)
            {
                rules.push(rule.rule);
            }
        }
    }
    found
}

fn scores(policy: &Policy, variants: &Variants) -> Vec<Vec<u32>> {
    let mut found: Vec<Vec<u32>> = vec![Vec::new(); policy.scores.len()];
    for (at, variant) in variants.iter() {
        for (score, _) in &variant.points {
            if let Some(list) = found.get_mut(score.index()) {
                list.push(at);
            }
        }
    }
    found
}

/// Labels of set axes, numbered over all axes.
#[derive(Default)]
struct Labels {
    names: Vec<(tribunal_policy::AxisId, String)>,
}

impl Labels {
    fn code(&mut self, effect: &Effect) -> EffectCode {
        let mut code = EffectCode { some: !effect.0.is_empty(), ..EffectCode::default() };
        for (axis, value) in &effect.0 {
            match value {
                AxisValue::Level(level) => code.levels.push((*axis, *level)),
                AxisValue::Labels(labels) => {
                    for label in labels {
                        let at = self.names.iter().position(|(known, name)| known == axis && name == label).unwrap_or_else(|| {
                            self.names.push((*axis, label.clone()));
                            self.names.len() - 1
                        });
                        code.labels.push(u32::try_from(at).unwrap_or(u32::MAX));
                    }
                }
            }
        }
        code
    }
}

fn frame(rule: &EffectiveRule, program: &mut program::Draft, deep: &dyn Fn(ListId) -> bool, labels: &mut Labels) -> Frame {
    Frame {
        stage: rule.stage,
        rollout: rule.rollout.filter(|rollout: &Rollout| rollout.threshold.is_some()),
        cancels: rule.cancels.iter().map(|(_, cond)| program.add(cond, deep)).collect(),
        softens: rule.softens.iter().map(|(_, cond, effect)| (program.add(cond, deep), labels.code(effect))).collect(),
        on_unknown: rule.on_unknown,
        effect: labels.code(&rule.effect),
        points: rule.points.iter().map(|(score, points)| (*score, *points)).collect(),
        from: rule.effective_from.map(|instant| instant.seconds),
        until: rule.effective_until.map(tribunal_policy::time::Instant::end),
    }
}

fn review(policy: &Policy) -> EffectCode {
    let mut code = EffectCode::default();
    if let Some(axis) = policy.axis("routing")
        && let Some(tribunal_policy::model::Axis { kind: tribunal_policy::model::AxisKind::Ordered(values), .. }) = policy.axes.get(axis.index())
        && let Some(level) = values.iter().position(|value| value == "review")
    {
        code.levels.push((axis, u8::try_from(level).unwrap_or(u8::MAX)));
    }
    code
}

/// How the lists are used.
#[derive(Default)]
struct Uses {
    /// Matched in texts.
    matched: Vec<bool>,
    /// Compared exactly: with ids, hosts, or after `in`.
    exact: Vec<bool>,
    /// Text fields in which something is matched.
    fields: Vec<bool>,
}

impl Uses {
    fn of(policy: &Policy, all: &[EffectiveRule]) -> Uses {
        let mut uses = Uses { matched: vec![false; policy.lists.len()], exact: vec![false; policy.lists.len()], fields: vec![false; policy.fields.len()] };
        let set = |flags: &mut Vec<bool>, at: usize| {
            if let Some(flag) = flags.get_mut(at) {
                *flag = true;
            }
        };
        let mut take = |subject: &Subject, lists: &mut dyn Iterator<Item = ListId>| {
            let lists: Vec<ListId> = lists.collect();
            for field in &subject.fields {
                let text = policy.fields.get(field.index()).is_some_and(|field| field.ty.is_text()) && subject.form != SubjectForm::Domains;
                for list in &lists {
                    set(if text { &mut uses.matched } else { &mut uses.exact }, list.index());
                }
                if text {
                    set(&mut uses.fields, field.index());
                }
            }
        };
        let mut sets: Vec<ListId> = Vec::new();
        for cond in all.iter().flat_map(EffectiveRule::conditions) {
            cond.walk(&mut |part| match &part.kind {
                CondKind::Has(subject, test) => take(subject, &mut Test::lists(test)),
                CondKind::Compare(left, _, right) => {
                    let right = match right {
                        tribunal_policy::cond::Operand::Value(value) => Some(value),
                        tribunal_policy::cond::Operand::Literal(_) => None,
                    };
                    for value in std::iter::once(left).chain(right) {
                        if let Some(counted) = crate::eval::counted(value) {
                            take(&counted.subject, &mut counted.lists.iter().copied());
                        }
                    }
                }
                CondKind::In(value, _, set) => {
                    if let Some(counted) = crate::eval::counted(value) {
                        take(&counted.subject, &mut counted.lists.iter().copied());
                    }
                    if let Set::List(list) = set {
                        sets.push(*list);
                    }
                }
                _ => {}
            });
        }
        sets.into_iter().for_each(|list| set(&mut uses.exact, list.index()));
        uses
    }
}

/// Entries of lists that are compared exactly.
fn exact(policy: &Policy, uses: &Uses, forces: &mut Forces) -> Vec<Option<Box<Exact>>> {
    let mut of = |entries: &[Entry]| {
        let entries = entries.iter().enumerate().map(|(at, entry)| ExactEntry {
            text: entry.text.as_str().into(),
            entry: u32::try_from(at).unwrap_or(u32::MAX),
            term: entry.term,
            force: forces.number(entry),
            allow: entry.allow,
        });
        Box::new(Exact::new(entries.collect()))
    };
    policy.lists.iter().zip(&uses.exact).map(|(list, used)| used.then(|| of(&list.entries))).collect()
}

fn text_fields(policy: &Policy, uses: &Uses) -> Vec<TextField> {
    let used = policy.fields.iter().enumerate().filter(|(at, _)| uses.fields.get(*at) == Some(&true));
    let text_field = |(at, field): (usize, &tribunal_policy::fields::Field)| TextField {
        field: FieldId(u32::try_from(at).unwrap_or(u32::MAX)),
        is_list: field.ty == FieldType::TextList,
        stands_in: matches!(field.missing, Missing::Value(_)),
    };
    used.map(text_field).collect()
}

/// Of the fields that wake rules, whether they may for want of a value.
pub(crate) fn absent_wakes(fields: &[Field], wake: &Wake) -> Vec<bool> {
    let one = |(field, wakes): &(FieldId, wake::FieldWake)| {
        let stands_in = fields.get(field.index()).map(|field| &field.missing);
        // The caller's moment stands in for an item's.
        *field == FieldId::AS_OF || !wakes.missing.is_empty() || !matches!(stands_in, Some(Missing::Empty)) || wakes.equals.contains_key("")
    };
    wake.fields.iter().map(one).collect()
}
