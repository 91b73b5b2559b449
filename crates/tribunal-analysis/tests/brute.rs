//! Tiny policies against the enumeration of all their kinds of items with the engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::broad::Broad;
use common::tiny::{TERMS, Tiny, cond, effect, tiny};
use common::{Bound, Rng, Thing, load, setting};
use tribunal_analysis::{Cell, DiffOptions, Options, Verdict, analyze, diff};
use tribunal_core::{Call, Engine, Limits, Scratch};
use tribunal_policy::Policy;
use tribunal_policy::model::{AxisValue, Stage};

const COUNTED: &str = "caption has at least 2 of (a, b, c)";

/// A text for every set of terms that one word can hit.
const TOKENS: &[&str] = &["glock", "gl0ck", "glox", "zlockz", "heck", "h3ck", "seggs", "s3ggs", "zeggs"];
fn things() -> Vec<Thing> {
    let mut out = Vec::new();
    for market in [None, Some("US")] {
        // One word for each of four lists is enough for any set of lists.
        for subset in (0u32..1 << TOKENS.len()).filter(|subset| subset.count_ones() <= 4) {
            let words: Vec<&str> = TOKENS.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1).map(|(_, word)| *word).collect();
            for age in [None, Some(12.0), Some(13.0), Some(15.0), Some(18.0), Some(20.0)] {
                for verified in [None, Some(true), Some(false)] {
                    let mut thing = Thing::default();
                    thing.texts.insert("caption", words.join(" ~ "));
                    thing.texts.extend(market.map(|market: &str| ("market", market.to_owned())));
                    thing.numbers.extend(age.map(|age| ("author.age", age)));
                    thing.flags.extend(verified.map(|flag| ("author.verified", flag)));
                    out.push(thing);
                }
            }
        }
    }
    out
}

/// What a rule gives: level by axis, or labels.
type Given = BTreeMap<(usize, String), u8>;

struct Seen {
    levels: Vec<u8>,
    labels: BTreeSet<(usize, String)>,
    fired: BTreeSet<usize>,
}

fn run(policy: &Arc<Policy>, things: &[Thing]) -> Vec<Seen> {
    let engine = Engine::new(Arc::clone(policy), Limits::default()).unwrap();
    let mut scratch = Scratch::new();
    things
        .iter()
        .map(|thing| {
            let verdict = engine.classify(&Bound { policy, thing }, Call::default(), &mut scratch);
            Seen {
                levels: verdict.levels.clone(),
                labels: verdict.labels.iter().map(|label| engine.label(*label).map(|(axis, name)| (axis.index(), name.to_owned())).unwrap()).collect(),
                fired: verdict.rules.iter().map(|rule| rule.index()).collect(),
            }
        })
        .collect()
}

fn given(policy: &Policy, market: bool) -> BTreeMap<usize, Given> {
    let market = if market { policy.market("US") } else { None };
    let mut out = BTreeMap::new();
    for rule in policy.effective(market).into_iter().filter(|rule| rule.stage == Stage::Live) {
        let mut given = Given::new();
        for (axis, value) in &rule.effect.0 {
            match value {
                AxisValue::Level(0) => {}
                AxisValue::Level(level) => {
                    given.insert((axis.index(), String::new()), *level);
                }
                AxisValue::Labels(labels) => labels.iter().for_each(|label| {
                    given.insert((axis.index(), label.clone()), 1);
                }),
            }
        }
        out.insert(rule.rule.index(), given);
    }
    out
}

/// Rules that are live somewhere, fire somewhere, and never decide anything.
fn never_decisive(policy: &Policy, things: &[Thing], seen: &[Seen]) -> BTreeSet<usize> {
    let by_market = [given(policy, false), given(policy, true)];
    let mut fires = BTreeSet::new();
    let mut decides = BTreeSet::new();
    for (thing, seen) in things.iter().zip(seen) {
        let given = &by_market[usize::from(thing.texts.contains_key("market"))];
        for rule in &seen.fired {
            fires.insert(*rule);
            let others = seen.fired.iter().filter(|other| *other != rule);
            let others: Vec<&Given> = others.filter_map(|other| given.get(other)).collect();
            let alone = given[rule].iter().any(|(key, level)| !others.iter().any(|other| other.get(key).is_some_and(|theirs| theirs >= level)));
            if alone {
                decides.insert(*rule);
            }
        }
    }
    fires.difference(&decides).copied().collect()
}

fn subjects(analysis: &tribunal_analysis::Analysis, codes: &[&str]) -> BTreeSet<usize> {
    let index = |name: &String| name.strip_prefix('r').and_then(|number| number.parse::<usize>().ok());
    let mut out = BTreeSet::new();
    for finding in analysis.findings.iter().filter(|finding| codes.contains(&finding.code.as_str())) {
        let count = if finding.code == "duplicate-rule" { 2 } else { 1 };
        out.extend(finding.subjects.iter().take(count).filter_map(index));
    }
    out
}

fn check(seed: u64, things: &[Thing], variants: usize) -> Result<[usize; 5], String> {
    let mut rng = Rng::new(seed);
    let mut tiny = Tiny { variants, ..tiny(&mut rng) };
    if variants > 1 {
        // Two terms of one list would be two hits, which the texts at hand never have.
        for rule in &mut tiny.rules {
            rule.when = rule.when.replace(COUNTED, "caption has a");
            rule.unless.iter_mut().for_each(|unless| *unless = unless.replace(COUNTED, "caption has b"));
        }
        tiny.overrides.iter_mut().for_each(|(_, change)| *change = change.replace(COUNTED, "caption has c"));
    }
    let text = tiny.text(None);
    let policy = load(&text);
    let seen = run(&policy, things);
    let analysis = analyze(&policy, &Options::default()).map_err(|error| error.to_string())?;
    let mut counts = [0; 5];
    let expect = |what: &str, expected: &BTreeSet<usize>, found: &BTreeSet<usize>| {
        if expected == found {
            Ok(())
        } else {
            Err(format!("seed {seed}: {what}: enumeration {expected:?}, analysis {found:?}\n{text}\n{:#?}", analysis.findings))
        }
    };
    if analysis.suspected.iter().any(|(_, number)| *number > 0) {
        return Err(format!("seed {seed}: suspected {:?}\n{text}", analysis.suspected));
    }
    // Impossible in some market, always true in some market.
    let (mut impossible, mut always) = (BTreeSet::new(), BTreeSet::new());
    for market in [false, true] {
        let here: Vec<&Seen> = things.iter().zip(&seen).filter(|(thing, _)| thing.texts.contains_key("market") == market).map(|(_, seen)| seen).collect();
        for rule in given(&policy, market).keys() {
            let fires = here.iter().filter(|seen| seen.fired.contains(rule)).count();
            if fires == 0 {
                impossible.insert(*rule);
            }
            if fires == here.len() {
                always.insert(*rule);
            }
        }
    }
    expect("impossible", &impossible, &subjects(&analysis, &["impossible-rule", "exception-swallows"]))?;
    expect("always true", &always, &subjects(&analysis, &["always-true"]))?;
    let idle = never_decisive(&policy, things, &seen);
    expect("never decisive", &idle, &subjects(&analysis, &["duplicate-rule", "redundant-rule", "shadowed-rule"]))?;
    counts[0] = impossible.len();
    counts[1] = always.len();
    counts[2] = idle.len();
    // Overrides without effect.
    for skip in 0..tiny.overrides.len() {
        let bare = load(&tiny.text(Some(skip)));
        let same = run(&bare, things).iter().zip(&seen).all(|(one, other)| one.levels == other.levels && one.labels == other.labels);
        let rule = format!("r{}", tiny.overrides[skip].0);
        let told =
            analysis.findings.iter().any(|finding| ["overlay-no-effect", "disable-leak"].contains(&finding.code.as_str()) && finding.subjects.contains(&rule));
        if same != told {
            return Err(format!("seed {seed}: override {skip} of {rule}: enumeration says same = {same}, analysis {told}\n{text}"));
        }
        counts[3] += usize::from(same);
    }
    counts[4] = compare(seed, &mut rng, &tiny, &policy, (things, &seen))?;
    Ok(counts)
}

/// An item that no enumeration would have made: disguises, mixtures, other fields.
fn wild(rng: &mut Rng) -> Thing {
    let mut thing = Thing::default();
    for field in ["caption", "ocr", "transcript"] {
        if field != "caption" && !rng.one_in(4) {
            continue;
        }
        let mut text = String::new();
        for _ in 0..rng.below(5) {
            let word = *rng.pick(&["glock", "heck", "seggs", "lock", "eggs", "glo", "glockenspiel", "check", "the", "a"]);
            for c in word.chars() {
                let c = match (rng.below(14), c) {
                    (0, 'o') => '0',
                    (0 | 1, 'e') => '3',
                    (0, 's') => '$',
                    (1, c) => c.to_ascii_uppercase(),
                    (2, 'o') => 'о',
                    (3, 'e') => 'é',
                    (4, _) => '*',
                    (5, _) => *rng.pick(&['\u{200b}', '-', '.', '_']),
                    (_, c) => c,
                };
                text.push(c);
                if rng.one_in(12) {
                    text.push(c);
                }
                if rng.one_in(15) {
                    text.push(*rng.pick(&[' ', '.', '\u{301}', '-']));
                }
            }
            text.push_str([" ", "  ", "", "\n", ". ", "-"][rng.below(6)]);
        }
        thing.texts.insert(field, text);
    }
    if rng.one_in(2) {
        thing.texts.insert("market", "US".to_owned());
    }
    if !rng.one_in(3) {
        thing.numbers.insert("author.age", [11.5, 12.0, 13.0, 17.5, 18.0, 40.0, -1.0][rng.below(7)]);
    }
    if !rng.one_in(3) {
        thing.flags.insert("author.verified", rng.one_in(2));
    }
    thing
}

/// Whatever is said of all items holds for these too.
fn attack(seed: u64, items: usize) -> Result<usize, String> {
    let mut rng = Rng::new(seed);
    // One in five has lists of 70 terms and more.
    let tiny = Tiny { variants: if seed.is_multiple_of(5) { 70 } else { 1 }, ..tiny(&mut rng) };
    let text = tiny.text(None);
    let policy = load(&text);
    let mut edited = tiny.clone();
    let at = rng.below(edited.rules.len());
    edited.rules[at].effect = effect(&mut rng);
    let new = load(&edited.text(None));
    let things: Vec<Thing> = (0..items).map(|_| wild(&mut rng)).collect();
    let (before, after) = (run(&policy, &things), run(&new, &things));
    let analysis = analyze(&policy, &Options::default()).map_err(|error| error.to_string())?;
    let report = diff(&policy, &new, &DiffOptions { no_slices: true, ..DiffOptions::default() }).map_err(|error| error.to_string())?;
    let refuted = |what: String, thing: &Thing| Err(format!("seed {seed}: {what}: {thing:?}\n{text}"));
    let by_market = [given(&policy, false), given(&policy, true)];
    let covered = subjects(&analysis, &["duplicate-rule", "redundant-rule", "shadowed-rule"]);
    let pairs: BTreeSet<usize> = subjects(&analysis, &["duplicate-rule"]);
    for (at, thing) in things.iter().enumerate() {
        let here = if thing.texts.contains_key("market") { "US" } else { "*" };
        let seen = &before[at];
        for finding in &analysis.findings {
            let holds = finding.markets.is_empty() || finding.markets.iter().any(|market| market == here);
            let rule = finding.subjects.first().and_then(|name| policy.rule(name)).map(|rule| rule.index());
            let fires = rule.is_some_and(|rule| seen.fired.contains(&rule));
            match finding.code.as_str() {
                "impossible-rule" | "exception-swallows" if holds && fires => return refuted(format!("{} fires", finding.subjects[0]), thing),
                "always-true" if holds && !fires => return refuted(format!("{} does not fire", finding.subjects[0]), thing),
                _ => {}
            }
        }
        let given = &by_market[usize::from(here == "US")];
        for rule in covered.iter().filter(|rule| !pairs.contains(rule) && seen.fired.contains(rule)) {
            let others: Vec<_> = seen.fired.iter().filter(|other| *other != rule).filter_map(|other| given.get(other)).collect();
            if given[rule].iter().any(|(key, level)| !others.iter().any(|other| other.get(key).is_some_and(|theirs| theirs >= level))) {
                return refuted(format!("r{rule} decides"), thing);
            }
        }
        if let Some(cell) = report.cells.iter().find(|cell| cell.market == here && !stands(cell, &new, seen, &after[at])) {
            return refuted(format!("{cell:?} is not so"), thing);
        }
    }
    Ok(things.len())
}

/// Whether what a cell of a difference says holds of what became of an item before and after.
fn stands(cell: &Cell, policy: &Policy, before: &Seen, after: &Seen) -> bool {
    let axis = policy.axis(&cell.axis).unwrap().index();
    let labels = |seen: &Seen| seen.labels.iter().filter(|label| label.0 == axis).cloned().collect::<BTreeSet<_>>();
    let stricter = after.levels[axis] > before.levels[axis] || labels(after).difference(&labels(before)).next().is_some();
    let milder = after.levels[axis] < before.levels[axis] || labels(before).difference(&labels(after)).next().is_some();
    match cell.verdict {
        Verdict::Same => !stricter && !milder,
        Verdict::Stricter => !milder,
        Verdict::Milder => !stricter,
        Verdict::Both | Verdict::NotKnown => true,
    }
}

/// The same of policies with nearly all that the language has. What a rule that never decides gives is taken away.
fn attack_broad(seed: u64, items: usize) -> Result<usize, String> {
    let mut rng = Rng::new(seed);
    // Some do not load, such as those that take a term away that is not there.
    let loads = |broad: &Broad| tribunal_policy::load_str("p.yaml", &broad.text(None)).policy.map(Arc::new);
    let (broad, policy) = std::iter::repeat_with(|| Broad::new(&mut rng)).find_map(|broad| loads(&broad).map(|policy| (broad, policy))).unwrap();
    let (new, edited) = std::iter::repeat_with(|| broad.edited(&mut rng)).find_map(|edited| Some((loads(&edited)?, edited.text(None)))).unwrap();
    let text = broad.text(None);
    let things: Vec<Thing> = (0..items).map(|_| common::broad::item(&mut rng)).collect();
    let (seen, after) = (run(&policy, &things), run(&new, &things));
    let here = |thing: &Thing| if thing.texts.contains_key("market") { "US" } else { "*" };
    let refuted = |what: String, thing: &Thing| Err(format!("seed {seed}: {what}: {thing:?}\nOLD\n{text}\nNEW\n{edited}"));
    let analysis = analyze(&policy, &Options::default()).map_err(|error| error.to_string())?;
    for finding in &analysis.findings {
        let Some(rule) = finding.subjects.first().and_then(|name| policy.rule(name)).map(|rule| rule.index()) else { continue };
        let holds = |thing: &Thing| finding.markets.is_empty() || finding.markets.iter().any(|market| market == here(thing));
        // A rule in shadow fires, and is not among those that did.
        let live = |market: bool| given(&policy, market).contains_key(&rule);
        let live = [live(false), live(true)];
        for (thing, seen) in things.iter().zip(&seen).filter(|(thing, _)| holds(thing) && live[usize::from(here(thing) == "US")]) {
            match finding.code.as_str() {
                "impossible-rule" | "exception-swallows" if seen.fired.contains(&rule) => return refuted(format!("r{rule} fires"), thing),
                "always-true" if !seen.fired.contains(&rule) => return refuted(format!("r{rule} does not fire"), thing),
                _ => {}
            }
        }
    }
    for rule in subjects(&analysis, &["duplicate-rule", "redundant-rule", "shadowed-rule"]) {
        let without = run(&load(&broad.text(Some(rule))), &things);
        for ((thing, one), other) in things.iter().zip(&seen).zip(&without) {
            if (&one.levels, &one.labels) != (&other.levels, &other.labels) {
                return refuted(format!("r{rule} decides"), thing);
            }
        }
    }
    let report = diff(&policy, &new, &DiffOptions { no_slices: true, ..DiffOptions::default() }).map_err(|error| error.to_string())?;
    for (at, thing) in things.iter().enumerate() {
        if let Some(cell) = report.cells.iter().find(|cell| cell.market == here(thing) && !stands(cell, &new, &seen[at], &after[at])) {
            return refuted(format!("{cell:?} is not so"), thing);
        }
    }
    Ok(items)
}

/// A change of one rule or list; every cell of the difference against enumeration.
fn compare(seed: u64, rng: &mut Rng, tiny: &Tiny, old: &Arc<Policy>, (things, before): (&[Thing], &[Seen])) -> Result<usize, String> {
    let mut edited = tiny.clone();
    let at = rng.below(edited.rules.len());
    match rng.below(5) {
        0 => edited.rules[at].when = cond(rng, 2),
        1 => edited.rules[at].effect = effect(rng),
        2 => edited.rules[at].unless = Some(cond(rng, 1)),
        3 => {
            let list = rng.below(edited.lists.len());
            edited.lists[list] = vec![rng.below(TERMS.len())];
        }
        _ => edited.rules[at].when = format!("not (not ({}))", edited.rules[at].when),
    }
    if tiny.variants > 1 {
        edited.rules[at].when = edited.rules[at].when.replace(COUNTED, "caption has a");
        edited.rules[at].unless.iter_mut().for_each(|unless| *unless = unless.replace(COUNTED, "caption has b"));
    }
    let text = edited.text(None);
    let new = load(&text);
    let after = run(&new, things);
    let report = diff(old, &new, &DiffOptions { no_slices: true, ..DiffOptions::default() }).map_err(|error| error.to_string())?;
    let mut changed = 0;
    for cell in &report.cells {
        let axis = new.axis(&cell.axis).unwrap().index();
        let (mut stricter, mut milder) = (false, false);
        for ((_, one), (_, other)) in
            things.iter().zip(before).zip(things.iter().zip(&after)).filter(|((thing, _), _)| thing.texts.contains_key("market") == (cell.market == "US"))
        {
            stricter |= other.levels[axis] > one.levels[axis] || other.labels.iter().any(|label| label.0 == axis && !one.labels.contains(label));
            milder |= other.levels[axis] < one.levels[axis] || one.labels.iter().any(|label| label.0 == axis && !other.labels.contains(label));
        }
        let expected = match (stricter, milder) {
            (false, false) => Verdict::Same,
            (true, false) => Verdict::Stricter,
            (false, true) => Verdict::Milder,
            (true, true) => Verdict::Both,
        };
        if cell.verdict != expected {
            return Err(format!("seed {seed}: {cell:?}, enumeration {expected:?}\nOLD\n{}\nNEW\n{text}", tiny.text(None)));
        }
        changed += usize::from(expected != Verdict::Same);
    }
    Ok(changed)
}

/// `TRIBUNAL_TINY=10000` for the long run, `TRIBUNAL_SEED` for the first seed.
#[test]
fn analysis_and_difference_equal_enumeration() {
    let things = things();
    let (count, first) = (setting("TRIBUNAL_TINY", 60), setting("TRIBUNAL_SEED", 1));
    let mut totals = [0; 5];
    let mut failures = Vec::new();
    for seed in first..first + count {
        match check(seed, &things, 1) {
            Ok(counts) => totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count),
            Err(why) => failures.push(why),
        }
    }
    println!("{count} policies, {} kinds of items each; impossible, always true, never decisive, idle overrides, changed cells: {totals:?}", things.len());
    assert!(failures.is_empty(), "{} of {count} differ; the first:\n{}", failures.len(), failures.first().unwrap());
    // A rule that is always true is rare among a few.
    assert!(totals.iter().enumerate().all(|(at, total)| *total > 0 || at == 1 && count < 500), "every class has to occur: {totals:?}");
}

/// Lists of so many terms are not looked at term by term. `TRIBUNAL_LONG=500` for the long run.
#[test]
fn analysis_and_difference_of_long_lists_equal_enumeration() {
    let things = things();
    let (count, first) = (setting("TRIBUNAL_LONG", 20), setting("TRIBUNAL_SEED", 1));
    let failures: Vec<String> = (first..first + count).filter_map(|seed| check(seed, &things, 70).err()).collect();
    println!("{count} policies with lists of 70 terms and more");
    assert!(failures.is_empty(), "{} of {count} differ; the first:\n{}", failures.len(), failures.first().unwrap());
}

/// `TRIBUNAL_ATTACK=1000000` for the long run: items altogether, 2,000 a policy.
#[test]
fn proofs_stand_against_random_items() {
    let (count, first) = (setting("TRIBUNAL_ATTACK", 20_000), setting("TRIBUNAL_SEED", 1_000_000));
    let mut tried = 0;
    for seed in first..first + count.div_ceil(2_000) {
        // Every other policy is broad.
        let of = if seed.is_multiple_of(2) { attack_broad(seed, 2_000) } else { attack(seed, 2_000) };
        tried += of.unwrap_or_else(|why| panic!("{why}"));
    }
    println!("{tried} items, none refutes a proof");
    assert!(tried as u64 >= count);
}
