//! The engine's answer in the oracle's words.

use std::collections::BTreeMap;

use tribunal::{AxisValue, Decision, Engine, Moderator, NotJudged, Outcome, Scratch};
use tribunal_core::{Options, Simd};
use tribunal_oracle::{Hit, Outcome as Expected, Unjudged};

/// Everything on, then each switch off, then all of them.
pub fn switches() -> Vec<(&'static str, Options)> {
    let on = Options::default;
    let off = Options {
        wake: false,
        two_tiers: false,
        tokens: false,
        regex_literals: false,
        runs: false,
        filters: false,
        marks: false,
        simd: Simd::Scalar,
        screen: false,
        ..on()
    };
    let name = |simd| match simd {
        Simd::Scalar => "without vectors",
        Simd::Neon => "with NEON",
        Simd::Sse2 => "with SSE2",
        Simd::Avx2 => "with AVX2",
        Simd::Avx512 => "with AVX-512",
    };
    let mut switches = vec![
        ("all on", on()),
        ("without waking", Options { wake: false, ..on() }),
        ("without marks of lists", Options { marks: false, ..on() }),
        ("without columns", Options { columns: false, ..on() }),
        ("in one tier", Options { two_tiers: false, ..on() }),
        ("without tokens", Options { tokens: false, ..on() }),
        ("without the first look for disguises", Options { screen: false, ..on() }),
        ("without literals of regular expressions", Options { regex_literals: false, ..on() }),
        ("unit by unit", Options { runs: false, ..on() }),
        ("without filters", Options { filters: false, ..on() }),
        ("all off", off),
    ];
    switches.extend(Simd::available().into_iter().map(|simd| (name(simd), Options { simd, ..on() })));
    switches
}

/// A moderator with these switches.
pub fn moderator(loaded: tribunal::policy::Loaded, options: Options, as_of: Option<i64>) -> Moderator {
    let mut builder = Moderator::builder().compile_options(options).evidence(true);
    if let Some(as_of) = as_of {
        builder = builder.as_of(as_of);
    }
    builder.build(loaded).unwrap_or_else(|error| panic!("{error}"))
}

/// The same after its engine was saved and loaded.
pub fn reloaded(moderator: &Moderator, as_of: Option<i64>) -> Moderator {
    let engine = Engine::from_bytes(&moderator.engine().to_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let builder = as_of.map_or_else(Moderator::builder, |as_of| Moderator::builder().as_of(as_of));
    builder.evidence(true).engine(engine).unwrap_or_else(|error| panic!("{error}"))
}

/// The decision as the oracle would say it; hits in the order of fields, elements and places.
pub fn outcome(moderator: &Moderator, text: &str, scratch: &mut Scratch) -> Result<Expected, tribunal::Error> {
    let item = moderator.read_json(text)?;
    let decision = match moderator.decide_with(&item, scratch) {
        Outcome::Complete(decision) | Outcome::Incomplete(decision) => decision,
    };
    Ok(expected(decision))
}

/// The decision as the oracle would say it.
pub fn expected(decision: Decision) -> Expected {
    let unjudged = |rules: Vec<NotJudged>| rules.into_iter().map(|rule| Unjudged { rule: rule.rule, missing: rule.missing }).collect();
    let mut values = BTreeMap::new();
    for (axis, value) in decision.decision {
        let names = match value {
            AxisValue::Level(level) => vec![level],
            AxisValue::Labels(labels) => labels,
        };
        values.insert(axis, names);
    }
    let hits = decision.evidence.unwrap_or_default().into_iter().flat_map(|evidence| {
        let rule = evidence.rule;
        evidence.hits.into_iter().map(move |hit| Hit {
            rule: rule.clone(),
            field: hit.field,
            start: hit.start as usize,
            end: hit.end as usize,
            text: hit.text,
            term: hit.term,
            list: hit.list,
            source: hit.source,
            undone: hit.undone,
        })
    });
    Expected {
        decision: values,
        rules: decision.rules,
        shadow: decision.shadow,
        unknown: unjudged(decision.unknown),
        pending: unjudged(decision.pending),
        incomplete: decision.incomplete,
        evidence: hits.collect(),
    }
}

/// The same compiled by a sample: these items, many times over, so that they outweigh every guess.
pub fn profiled<'i>(moderator: &Moderator, items: impl Iterator<Item = &'i str>, as_of: Option<i64>) -> Moderator {
    let mut sampler = tribunal::Sampler::new(moderator.policy(), tribunal::Limits::default()).unwrap_or_else(|error| panic!("{error}"));
    for item in items.filter_map(|text| moderator.read_json(text).ok()) {
        (0..50).for_each(|_| sampler.see(&item));
    }
    let engine = sampler.compile().unwrap_or_else(|error| panic!("{error}"));
    let builder = as_of.map_or_else(Moderator::builder, |as_of| Moderator::builder().as_of(as_of));
    builder.evidence(true).engine(engine).unwrap_or_else(|error| panic!("{error}"))
}
