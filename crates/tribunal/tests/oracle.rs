//! Engine and oracle on generated policies and items. `TRIBUNAL_PAIRS` and `TRIBUNAL_SEED` set how many and from where;
//! the seed of every difference is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod common;

use rayon::prelude::*;
use tribunal::Scratch;
use tribunal::policy::load_str;
use tribunal_oracle::{generate, judge};

/// Items for each policy.
const ITEMS: u64 = 50;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// One policy with its items; what differs.
fn one_policy(seed: u64) -> Vec<String> {
    let text = generate::generate_policy(seed);
    let switches = common::switches();
    let turn = usize::try_from(seed).unwrap() % switches.len();
    let (name, options) = switches.into_iter().nth(turn).unwrap();
    let moderator = common::moderator(load_str("policy.yaml", &text), options, None);
    let policy = std::sync::Arc::clone(moderator.policy());
    // Every third policy decides after it was saved and loaded.
    // With all switches on, the rules of every second policy wait for what is rare in a few items.
    let sample: Vec<String> = (0..4).map(|at| generate::generate_item(&policy, seed.wrapping_mul(7_000_003).wrapping_add(at)).to_string()).collect();
    let by_sample = turn == 0 && seed.is_multiple_of(2);
    let moderator = if by_sample { common::profiled(&moderator, sample.iter().map(String::as_str), None) } else { moderator };
    let moderator = if seed.is_multiple_of(3) { common::reloaded(&moderator, None) } else { moderator };
    let mut scratch = Scratch::new();
    let mut differences = Vec::new();
    for at in 0..ITEMS {
        let item = generate::generate_item(&policy, seed.wrapping_mul(1_000_003).wrapping_add(at));
        let mut expected = judge(&policy, &item, None);
        let mut found = match common::outcome(&moderator, &item.to_string(), &mut scratch) {
            Ok(found) => found,
            Err(error) => {
                differences.push(format!("seed {seed} item {at}: {error}\n{item}"));
                continue;
            }
        };
        // The oracle knows no limits.
        expected.incomplete = found.incomplete.take();
        if expected != found {
            differences.push(format!("seed {seed} item {at} ({name})\n  item     {item}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    differences
}

#[test]
fn engine_and_oracle_agree() {
    let pairs = setting("TRIBUNAL_PAIRS", 5_000);
    let seed = setting("TRIBUNAL_SEED", 1);
    let policies = pairs.div_ceil(ITEMS);
    println!("seed {seed}: {policies} policies, {} pairs", policies * ITEMS);
    let differences: Vec<String> = (seed..seed + policies).into_par_iter().flat_map_iter(one_policy).collect();
    assert!(
        differences.is_empty(),
        "{} differences of {}:\n{}",
        differences.len(),
        policies * ITEMS,
        differences.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
}
