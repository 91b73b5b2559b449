//! Decides the items of the example policy for a counter of instructions: `benches/instructions.sh` runs it under Callgrind.
#![allow(clippy::unwrap_used, missing_docs, reason = "a program that is run by hand")]

use tribunal::{Call, JsonItem, Moderator, Scratch};

/// What is counted, from its beginning to its end: no closure may have its name. Everything that grows has grown before.
#[inline(never)]
fn measured(moderator: &Moderator, items: &[JsonItem<'_>], scratch: &mut Scratch) -> usize {
    decided(moderator, items, scratch)
}

fn decided(moderator: &Moderator, items: &[JsonItem<'_>], scratch: &mut Scratch) -> usize {
    items.iter().map(|item| moderator.engine().classify(item, Call::default(), scratch).rules.len()).sum()
}

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let (policy, items) = (arguments.next().unwrap(), arguments.next().unwrap());
    // Instructions that every machine has, so that every machine counts the same.
    let options = tribunal_core::Options { simd: tribunal_core::Simd::Sse2, ..Default::default() };
    let moderator = Moderator::builder().compile_options(options).build(tribunal::policy::load(policy.as_ref())).unwrap();
    let lines = std::fs::read_to_string(items).unwrap();
    let items: Vec<JsonItem<'_>> = lines.lines().map(|line| moderator.read_json(line).unwrap()).collect();
    let mut scratch = Scratch::new();
    let warm: usize = (0..11).map(|_| decided(&moderator, &items, &mut scratch)).sum();
    let fired = measured(&moderator, &items, &mut scratch);
    assert_eq!(warm, 11 * fired);
    println!("{} {fired}", items.len());
}
