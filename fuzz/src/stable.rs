//! The laws without a fuzzer, for a machine with nothing but a stable compiler: random and mutated inputs for some seconds.
//!
//! `cargo run --no-default-features --bin stable -- [LAW|all] [SECONDS] [SEED]`. What breaks a law is written to
//! `artifacts/LAW/` and the run fails.

use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use laws::{LAWS, Law, seeds};
use tribunal_oracle::generate::Rng;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.first().map_or("all", String::as_str);
    let seconds = arguments.get(1).and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(1);
    let chosen: Vec<&(&str, Law)> = LAWS.iter().filter(|(name, _)| wanted == "all" || wanted == *name).collect();
    if chosen.is_empty() {
        eprintln!("no law is called {wanted}");
        return ExitCode::FAILURE;
    }
    let mut broken = false;
    for (name, law) in chosen {
        broken |= !run(name, *law, Duration::from_secs(seconds), seed);
    }
    if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Tries to break a law for so long; whether it held.
fn run(name: &str, law: Law, time: Duration, seed: u64) -> bool {
    let mut corpus = seeds(name);
    let mut rng = Rng::new(seed);
    let begin = Instant::now();
    let mut tried = 0_u64;
    let given = corpus.len();
    while begin.elapsed() < time {
        let input = match usize::try_from(tried) {
            Ok(at) if at < given => corpus.get(at).cloned().unwrap_or_default(),
            _ => mutate(&mut rng, &corpus),
        };
        tried += 1;
        if catch_unwind(|| law(&input)).is_err() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(name);
            let file = folder.join(format!("crash-{seed}-{tried}"));
            let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, &input));
            println!("{name}: BROKEN after {tried} inputs; {}", written.map_or_else(|error| error.to_string(), |()| file.display().to_string()));
            return false;
        }
        // Without coverage, a random walk: some inputs become the start of others.
        if corpus.len() < given + 2_000 && rng.chance(2) {
            corpus.push(input);
        }
    }
    println!("{name}: held for {tried} inputs in {:.0} s", begin.elapsed().as_secs_f64());
    true
}

/// Pieces that mean something to some parser.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    "\n",
    "\n  ",
    "- ",
    "#",
    "|",
    ">",
    "&a",
    "*a",
    "!!",
    "\t",
    "\\",
    "/",
    "(",
    ")",
    "not ",
    " and ",
    " or ",
    " has ",
    "any text",
    "near",
    "within 8 words",
    "count(",
    "15..60",
    "30%",
    "-1",
    "1e400",
    "9223372036854775808",
    "null",
    "true",
    "\u{200b}",
    "\u{202e}",
    "\u{301}",
    "🔥",
    "é",
    "ß",
    "İ",
    "\u{fe0f}",
    "\u{1f3fd}",
    "&#0;",
    "&#x110000;",
    "\\ud800",
    "\u{feff}",
    "*",
    "$",
    "0",
    "vv",
    "\0",
    "when: ",
    "terms:",
    "match: regex",
    "(a|b)*",
    "folds: [evasive, -leet]",
    "since: 2026-13-01",
    "caption",
    "hashtags",
    "pending",
];

fn mutate(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = rng.pick(corpus).cloned().unwrap_or_default();
    for _ in 0..rng.between(1, 6) {
        let at = rng.below(input.len() + 1);
        let until = (at + rng.below(24)).min(input.len());
        match rng.below(7) {
            0 => drop(input.drain(at..until)),
            1 => drop(input.splice(at..at, rng.word(PIECES).bytes())),
            2 => drop(input.splice(at..until, rng.word(PIECES).bytes())),
            3 => {
                let piece: Vec<u8> = input.get(at..until).unwrap_or_default().to_vec();
                let to = rng.below(input.len() + 1);
                drop(input.splice(to..to, piece));
            }
            4 => {
                let other = rng.pick(corpus).cloned().unwrap_or_default();
                let from = rng.below(other.len() + 1);
                let piece = other.get(from..(from + rng.below(64)).min(other.len())).unwrap_or_default().to_vec();
                drop(input.splice(at..at, piece));
            }
            5 => {
                let byte = u8::try_from(rng.below(256)).unwrap_or(0);
                drop(input.splice(at..at, [byte]));
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << rng.below(8);
                }
            }
        }
    }
    input.truncate(16 << 10);
    input
}
