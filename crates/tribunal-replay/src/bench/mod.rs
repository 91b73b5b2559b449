//! How fast policies decide: interleaved rounds over items in memory, so that a busy machine is equally unfair to both.

mod rules;

use std::time::Instant;

use serde::{Deserialize, Serialize};
use tribunal::{Call, Moderator, Scratch};

pub use rules::{RuleCost, Saves};

use crate::error::Error;
use crate::stats::random::Random;
use crate::stats::{Interval, real};

/// Version of the form of [`Bench`].
pub const FORMAT: u32 = 2;

/// What a measurement showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// Version of this form.
    pub format: u32,
    /// Items a round.
    pub items: u64,
    /// Bytes of JSON they have.
    pub bytes: u64,
    /// Rounds.
    pub rounds: u64,
    /// The old policy.
    pub old: Option<Engine>,
    /// The new policy.
    pub new: Engine,
    /// Time of the new policy over the time of the old one, the median of rounds.
    pub ratio: Option<f64>,
    /// Its interval, by bootstrap over rounds.
    pub ratio_interval: Option<Interval>,
    /// Gates on sizes and times, and whether they hold.
    pub gates: Vec<(String, bool)>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    /// Its digest.
    pub digest: String,
    /// Milliseconds from files to engine.
    pub compile_ms: f64,
    /// Bytes of its tables.
    pub table_bytes: u64,
    /// Bytes it takes in memory, regular expressions and what only explaining needs aside.
    pub memory_bytes: u64,
    /// Bytes of the compiled policy.
    pub artefact_bytes: u64,
    /// Patterns.
    pub patterns: u64,
    /// Different atoms.
    pub atoms: u64,
    /// Rules evaluated for every item.
    pub always_awake: Vec<String>,
    /// Regular expressions that run on every text.
    pub slow_regexes: Vec<String>,
    /// Items a second, the median of rounds, deciding alone.
    pub items_per_s: f64,
    /// Microseconds an item: half of them, 99 in 100, 999 in 1,000.
    pub p50_us: f64,
    /// As above.
    pub p99_us: f64,
    /// As above.
    pub p999_us: f64,
    /// How much work the items are, by the names of [`tribunal::Work`]: the same on every machine.
    #[serde(default)]
    pub work: std::collections::BTreeMap<String, u64>,
    /// Nanoseconds an item of what no rule does alone: reading fields, the first look for terms.
    pub shared_ns: f64,
    /// Rules, the costliest first.
    pub rules: Vec<RuleCost>,
}

/// How to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rounds over the items.
    pub rounds: usize,
    /// For so many rules, the costliest first, it is measured what would be saved without them.
    pub saves: usize,
    /// Gates on sizes, work and times.
    pub gates: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { rounds: 15, saves: 10, gates: Vec::new() }
    }
}

/// Measures. `compile` times are handed in by whoever compiled.
///
/// # Errors
///
/// When there are no items, or a gate cannot be read.
pub fn bench(old: Option<(&Moderator, f64)>, new: (&Moderator, f64), items: &[String], options: &Options) -> Result<Bench, Error> {
    if items.is_empty() {
        return Err(Error::Usage("no items to measure with".to_owned()));
    }
    let mut times: [Vec<f64>; 2] = Default::default();
    let mut latencies: [Vec<f64>; 2] = Default::default();
    let mut scratch = Scratch::new();
    let rounds = options.rounds.max(3);
    for round in 0..=rounds {
        // The order turns from round to round; the first round warms up and is not counted.
        let mut order = vec![(1, Some(new.0)), (0, old.map(|old| old.0))];
        if round % 2 == 1 {
            order.reverse();
        }
        for (at, moderator) in order.into_iter().filter_map(|(at, moderator)| Some((at, moderator?))) {
            let spent = one_round(moderator, items, &mut scratch, if round == 1 { latencies.get_mut(at) } else { None })?;
            if round > 0
                && let Some(times) = times.get_mut(at)
            {
                times.push(spent);
            }
        }
    }
    let [old_times, new_times] = &times;
    let [old_latencies, new_latencies] = latencies;
    let mut ratios: Vec<f64> = new_times.iter().zip(old_times).map(|(new, old)| new / old).collect();
    ratios.sort_by(f64::total_cmp);
    let new = engine(new, items, new_times, new_latencies, options.saves)?;
    let old = old.map(|old| engine(old, items, old_times, old_latencies, 0)).transpose()?;
    let mut out = Bench {
        format: FORMAT,
        items: items.len() as u64,
        bytes: items.iter().map(|item| item.len() as u64).sum(),
        rounds: rounds as u64,
        ratio: median(&ratios),
        ratio_interval: interval(&ratios),
        old,
        new,
        gates: Vec::new(),
    };
    let gates = options.gates.iter().flat_map(|gate| expanded(gate, &out.new));
    out.gates = gates.map(|gate| Ok((gate.clone(), holds(&out, &gate)?))).collect::<Result<_, Error>>()?;
    Ok(out)
}

fn one_round(moderator: &Moderator, items: &[String], scratch: &mut Scratch, mut latencies: Option<&mut Vec<f64>>) -> Result<f64, Error> {
    let mut spent = 0.0;
    for (at, text) in items.iter().enumerate() {
        let item = moderator.read_json(text).map_err(|error| Error::Input(format!("item {}: {error}", at + 1)))?;
        let begun = Instant::now();
        std::hint::black_box(moderator.engine().classify(&item, Call::default(), scratch).rules.len());
        let one = begun.elapsed().as_secs_f64();
        spent += one;
        if let Some(latencies) = latencies.as_deref_mut() {
            latencies.push(one * 1e6);
        }
    }
    Ok(spent)
}

fn engine((moderator, compile_ms): (&Moderator, f64), items: &[String], times: &[f64], mut latencies: Vec<f64>, saves: usize) -> Result<Engine, Error> {
    let (engine, policy) = (moderator.engine(), moderator.policy());
    let size = engine.size();
    latencies.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
    let place = |p: f64| latencies.get(((p * real(latencies.len() as u64)) as usize).min(latencies.len().saturating_sub(1))).copied().unwrap_or(0.0);
    let name = |rule: tribunal_policy::RuleId| policy.rules.get(rule.index()).map(|rule| rule.name.clone()).unwrap_or_default();
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let whole = rules::Whole::of(moderator, engine, items)?;
    let (rules, shared_ns) = rules::costs(moderator, items, saves, &whole)?;
    Ok(Engine {
        digest: format!("b3:{}", policy.digest),
        compile_ms,
        table_bytes: size.tables.iter().map(|bytes| *bytes as u64).sum(),
        memory_bytes: whole.memory,
        artefact_bytes: whole.artefact,
        patterns: whole.patterns,
        atoms: size.atoms as u64,
        always_awake: engine.always_awake().into_iter().map(name).collect(),
        slow_regexes: engine.slow_regexes().into_iter().map(str::to_owned).collect(),
        items_per_s: median(&sorted).map_or(0.0, |seconds| real(items.len() as u64) / seconds),
        p50_us: place(0.5),
        p99_us: place(0.99),
        p999_us: place(0.999),
        work: whole.work,
        shared_ns,
        rules,
    })
}

/// One round over the items, counted: they are read as `moderator` does, and decided by `engine`.
fn work(moderator: &Moderator, engine: &tribunal::Engine, items: &[String]) -> Result<std::collections::BTreeMap<String, u64>, Error> {
    let mut scratch = Scratch::new();
    for (at, text) in items.iter().enumerate() {
        let item = moderator.read_json(text).map_err(|error| Error::Input(format!("item {}: {error}", at + 1)))?;
        engine.classify(&item, Call::default(), &mut scratch);
    }
    Ok(scratch.take_work().named().map(|(name, count)| (name.to_owned(), count)).into())
}

fn median(sorted: &[f64]) -> Option<f64> {
    sorted.get(sorted.len() / 2).copied()
}

fn interval(ratios: &[f64]) -> Option<Interval> {
    if ratios.len() < 5 {
        return None;
    }
    let mut random = Random::new(1);
    let mut medians: Vec<f64> = (0..500)
        .filter_map(|_| {
            let mut drawn: Vec<f64> = (0..ratios.len()).filter_map(|_| ratios.get(random.below(ratios.len())).copied()).collect();
            drawn.sort_by(f64::total_cmp);
            median(&drawn)
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    Some(Interval { lo: medians.get(12).copied()?, hi: medians.get(487).copied()? })
}

/// `work` stands for every count of work and the size of the compiled policy: at most a tenth more than the old policy's.
fn expanded(gate: &str, new: &Engine) -> Vec<String> {
    if gate.trim() != "work" {
        return vec![gate.to_owned()];
    }
    new.work.keys().filter(|name| *name != "items").map(String::as_str).chain(["artefact_bytes"]).map(|figure| format!("{figure} <= old * 1.1")).collect()
}

/// `table_bytes <= 1000000`, `always_awake <= 3`, `patterns <= old * 1.1`; `time <= old * 1.2` only when asked for.
fn holds(bench: &Bench, gate: &str) -> Result<bool, Error> {
    let wrong = || {
        Error::Usage(format!(
            "--gate `{gate}`: write FIGURE <= NUMBER or FIGURE <= old * NUMBER; figures are table_bytes, memory_bytes, artefact_bytes, patterns, atoms, always_awake, \
             slow_regexes, compile_ms, time, and the counts of work: tokens, filter_passes, probes, verifications, coarse_keys, regexes_woken, candidates, rules_evaluated; `work` stands for all of \
             these and artefact_bytes, each <= old * 1.1"
        ))
    };
    let (figure, bound) = gate.split_once("<=").ok_or_else(wrong)?;
    let of = |engine: &Engine| -> Option<f64> {
        Some(match figure.trim() {
            "table_bytes" => real(engine.table_bytes),
            "memory_bytes" => real(engine.memory_bytes),
            "artefact_bytes" => real(engine.artefact_bytes),
            "patterns" => real(engine.patterns),
            "atoms" => real(engine.atoms),
            "always_awake" => real(engine.always_awake.len() as u64),
            "slow_regexes" => real(engine.slow_regexes.len() as u64),
            "compile_ms" => engine.compile_ms,
            "time" => 1.0 / engine.items_per_s,
            counted => real(*engine.work.get(counted)?),
        })
    };
    let found = of(&bench.new).ok_or_else(wrong)?;
    let bound = match bound.trim().strip_prefix("old") {
        None => bound.trim().parse::<f64>().map_err(|_| wrong())?,
        Some(rest) => {
            let factor = rest.trim().strip_prefix('*').map_or(Ok(1.0), |factor| factor.trim().parse::<f64>()).map_err(|_| wrong())?;
            let old = bench.old.as_ref().ok_or_else(|| Error::Usage(format!("--gate `{gate}`: there is no old policy to hold it against (--old)")))?;
            factor * of(old).ok_or_else(wrong)?
        }
    };
    Ok(found <= bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_gates() {
        let policy = |rules: &str| {
            Moderator::from_text(&format!(
                "policy: {{id: t, version: '1'}}\nterms: {{w: {{folds: plain, terms: [heck]}}, g: {{folds: plain, terms: [glock]}}}}\nrules:\n{rules}"
            ))
            .unwrap()
        };
        let old = policy("  - {id: a, when: any text has w, effect: {routing: review}}\n");
        let new = policy("  - {id: a, when: any text has w, effect: {routing: review}}\n  - {id: b, when: not caption has g, effect: {routing: review}}\n");
        let items: Vec<String> = ["heck", "hello", "glock"].map(|caption| format!("{{\"caption\":\"{caption}\"}}")).into();
        let gates = ["patterns <= old * 2", "always_awake <= 0", "patterns <= 2", "rules_evaluated <= old * 2", "tokens <= 6"].map(str::to_owned);
        let options = |gates: &[String]| Options { rounds: 5, saves: 2, gates: gates.to_vec() };
        let found = bench(Some((&old, 1.0)), (&new, 1.0), &items, &options(&gates)).unwrap();
        assert_eq!(found.gates.iter().map(|(_, holds)| *holds).collect::<Vec<_>>(), [true, false, true, false, true]);
        assert_eq!(found.new.always_awake, ["b"]);
        assert!(found.ratio.is_some() && found.ratio_interval.is_some() && found.new.items_per_s > 0.0 && found.new.shared_ns > 0.0);
        assert!(found.new.artefact_bytes > found.old.as_ref().unwrap().artefact_bytes && found.new.memory_bytes > 0);
        let work = bench(Some((&old, 1.0)), (&new, 1.0), &items, &options(&["work".to_owned()])).unwrap();
        assert_eq!(work.gates.iter().find(|(gate, _)| gate.starts_with("rules_evaluated")), Some(&("rules_evaluated <= old * 1.1".to_owned(), false)));
        assert_eq!(work.gates.len(), 9, "eight counts and a size");
        let why = bench(None, (&new, 1.0), &items, &options(&["time <= old".to_owned()])).unwrap_err().to_string();
        assert!(why.contains("--old"), "{why}");
        assert!(bench(None, (&new, 1.0), &[], &options(&[])).is_err() && bench(None, (&new, 1.0), &items, &options(&["speed <= 1".to_owned()])).is_err());
    }

    #[test]
    fn what_a_rule_costs() {
        let text = "policy: {id: t, version: '1'}\nterms: {w: {folds: plain, terms: [heck]}, g: {folds: plain, terms: [glock, pistol]}}\nrules:\n  \
                    - {id: a, when: any text has w, effect: {routing: review}}\n  - {id: b, when: not caption has g, effect: {routing: review}}\n";
        let moderator = Moderator::from_text(text).unwrap();
        let items: Vec<String> = ["heck", "hello", "glock", "heck heck"].map(|caption| format!("{{\"caption\":\"{caption}\"}}")).into();
        let found = bench(None, (&moderator, 1.0), &items, &Options { rounds: 3, saves: 2, ..Options::default() }).unwrap().new;
        let of = |rule: &str| found.rules.iter().find(|cost| cost.rule == rule).unwrap();
        let counts = |cost: &RuleCost| (cost.candidates, cost.evaluations, cost.places, cost.fired, cost.not_judged);
        // `a` is woken where its word stands, `b` always.
        assert_eq!(counts(of("a")), (2, 2, 3, 2, 0));
        let awake = of("b");
        assert_eq!((awake.candidates, awake.evaluations, awake.fired), (4, 4, 3));
        assert_eq!(found.rules.iter().map(|cost| cost.rank).collect::<Vec<_>>(), [1, 2]);
        assert!(found.rules.iter().all(|cost| cost.ns > 0.0 && cost.share > 0.0 && cost.share < 1.0));
        // Without `b` its two terms are not looked for, and nothing is evaluated for every item.
        let saves = awake.saves.as_ref().unwrap();
        assert_eq!((saves.patterns, saves.work["rules_evaluated"], saves.work["candidates"]), (2, 4, 4));
        assert!(saves.artefact_bytes > 0 && !saves.work.contains_key("items"));
        // What is counted rule by rule is what is counted as a whole.
        assert_eq!(found.rules.iter().map(|cost| cost.evaluations).sum::<u64>(), found.work["rules_evaluated"]);
        assert_eq!(found.rules.iter().map(|cost| cost.candidates).sum::<u64>(), found.work["candidates"]);
    }
}
