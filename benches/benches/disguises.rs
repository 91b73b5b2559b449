//! What looking for disguises costs: the same words under all folds and under the plain ones, on real captions and on hostile
//! texts. Prints the least time of many rounds, in nanoseconds an item (real) or a byte (hostile), of this thread's own time.
//!
//! `TRIBUNAL_ITEMS` names a file of items (JSON lines), `TRIBUNAL_WORDS` one of words; without them both are invented.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "benchmarks")]

use std::fmt::Write as _;
use std::hint::black_box;
use tribunal::{JsonItem, Moderator, Scratch};

const ROUNDS: usize = 15;

fn lines(variable: &str) -> Option<Vec<String>> {
    let path = std::env::var_os(variable)?;
    Some(std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect())
}

/// Words in an order of their own, the same at every run.
fn words() -> Vec<String> {
    let mut words = lines("TRIBUNAL_WORDS").unwrap_or_else(|| (0..100_000).map(invented).collect());
    words.retain(|w| w.len() >= 4 && w.bytes().all(|b| b.is_ascii_lowercase()));
    words.sort_by_cached_key(|w| w.bytes().fold(0x9E37_79B9_7F4A_7C15u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29)));
    words
}

fn invented(mut number: usize) -> String {
    const SYLLABLES: [&str; 16] = ["ba", "ko", "mi", "ru", "te", "za", "lo", "ni", "ve", "pu", "sha", "dri", "gor", "fen", "tul", "wex"];
    let mut word = String::new();
    for _ in 0..5 {
        word.push_str(SYLLABLES.get(number % 16).copied().unwrap_or(""));
        number /= 16;
    }
    word
}

fn policy(words: &[String], folds: &str) -> Moderator {
    let mut text = format!(
        "policy: {{id: many, version: \"1\"}}\nrules:\n  - {{id: r, when: any text has many, effect: {{routing: review}}}}\nterms:\n  many:\n    folds: {folds}\n    terms:\n"
    );
    for word in words {
        let _ = writeln!(text, "      - \"{word}\"");
    }
    Moderator::from_text(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// Time this thread has run, where the system tells; else the time that has passed.
fn now() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok().and_then(|s| s.split(' ').next()?.parse().ok());
    told.unwrap_or_else(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64))
}

fn least(moderators: &[&Moderator], items: &[Vec<JsonItem<'_>>], rounds: usize) -> Vec<f64> {
    let mut scratch = Scratch::new();
    let mut best = vec![f64::MAX; moderators.len()];
    for _ in 0..rounds {
        for ((moderator, items), best) in moderators.iter().zip(items).zip(&mut best) {
            // The clock moves by ticks of some milliseconds: a round takes many.
            let (start, mut count) = (now(), 0usize);
            while now() - start < 60_000_000 {
                for item in items {
                    black_box(moderator.engine().classify(item, tribunal::Call::default(), &mut scratch));
                }
                count += items.len();
            }
            *best = best.min((now() - start) as f64 / count as f64);
        }
    }
    best
}

fn read<'a>(moderator: &'a Moderator, lines: &'a [String]) -> Vec<JsonItem<'a>> {
    lines.iter().map(|line| moderator.read_json(line).unwrap()).collect()
}

const HOSTILE: [(&str, &str); 14] = [
    ("a.b.c.", "a.b.c."),
    ("@@@@", "@"),
    ("****", "*"),
    ("one long token", "abracadabraxyz"),
    ("digits and letters", "a1b2"),
    ("f-u-", "f-u-"),
    ("g l o c k", "g l o c k "),
    ("zalgo", "e\u{301}\u{302}\u{303}\u{304}"),
    ("overrides", "\u{202e}ab\u{202c}"),
    ("nested overrides", "\u{202e}ab"),
    ("bi*", "bi*"),
    ("@!", "@!"),
    ("&#97;", "&#97;"),
    ("emoji joined", "👍🏽\u{200d}"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().filter(|a| !a.starts_with("--")).skip(1).collect();
    let wants = |name: &str| arguments.is_empty() || arguments.iter().any(|a| a == name);
    let words = words();
    let invented_items = || {
        (0..1_000).map(|n| {
            format!(r#"{{"id": "{n}", "caption": "RT @{}: morning coffee &amp; the best song on repeat :) it's 10k... http://t.co/a1B2c3"}}"#, invented(n))
        })
    };
    let tweets = lines("TRIBUNAL_ITEMS").unwrap_or_else(|| invented_items().collect());
    for count in [300, 1_000, 10_000, 100_000] {
        let Some(some) = words.get(..count.min(words.len())) else { continue };
        let (plain, evasive) = (policy(some, "plain"), policy(some, "evasive"));
        if wants("tweets") {
            let items = [read(&plain, &tweets), read(&evasive, &tweets)];
            let best = least(&[&plain, &evasive], &items, ROUNDS);
            let [a, b] = best.as_slice() else { continue };
            println!("{:>6} words  plain {a:>7.1}  evasive {b:>7.1}  difference {:>7.1} ns an item ({} items)", some.len(), b - a, tweets.len());
        }
        if wants("hostile") {
            for (name, piece) in HOSTILE {
                let caption = piece.repeat(65_536 / piece.len());
                let line = [serde_line(&caption)];
                let items = [read(&evasive, &line)];
                let best = least(&[&evasive], &items, 3);
                println!("{:>6} words  {name:<20} {:>7.2} ns a byte", some.len(), best.first().unwrap() / caption.len() as f64);
            }
        }
    }
}

fn serde_line(caption: &str) -> String {
    format!(r#"{{"id": "h", "caption": "{caption}"}}"#)
}
