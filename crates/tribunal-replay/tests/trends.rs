//! Disguises of listed terms among clean text, one word in ten thousand: how many are found, and how many of the first are true.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use tribunal_oracle::data;

use tribunal::Moderator;
use tribunal_analysis::random::Random;
use tribunal_replay::input::columns::Columns;
use tribunal_replay::input::{Event, Inputs, trimmed};
use tribunal_replay::trends::{Corpus, Options, Trends, trends};

/// Mild stand-ins, of five letters and more.
const TERMS: [&str; 40] = [
    "glock",
    "handgun",
    "silencer",
    "heckface",
    "dimwit",
    "badword",
    "revolver",
    "ammunition",
    "holster",
    "blorpian",
    "zindarian",
    "slurone",
    "knucklehead",
    "numbskull",
    "nitwit",
    "scumbag",
    "sportsbook",
    "jackpot",
    "moonshine",
    "switchblade",
    "contraband",
    "smuggler",
    "painkiller",
    "steroid",
    "firecracker",
    "detonator",
    "shrapnel",
    "bayonet",
    "musket",
    "crossbow",
    "cigarette",
    "tobacco",
    "vaporizer",
    "roulette",
    "blackjack",
    "bookmaker",
    "quickshot",
    "phantomgun",
    "knockoff",
    "counterfeit",
];

/// Words that stand next to listed ones and mean no harm.
const INNOCENT: [&str; 24] = [
    "clock",
    "block",
    "flock",
    "handful",
    "handgrip",
    "silence",
    "password",
    "revolve",
    "bolster",
    "rooster",
    "musketry",
    "cashew",
    "bucket",
    "basket",
    "biscuit",
    "tomato",
    "potato",
    "vapor",
    "rollout",
    "blackbird",
    "bookmark",
    "quickest",
    "sportscar",
    "counterpart",
];

/// A term under the `at`-th way of hiding it.
fn disguised(term: &str, at: usize, random: &mut Random) -> String {
    let chars: Vec<char> = term.chars().collect();
    let inner = 1 + random.below(chars.len() - 2);
    let swap = |pairs: &[(char, char)]| -> Option<String> {
        let place = chars.iter().position(|c| pairs.iter().any(|(from, _)| from == c))?;
        let to = pairs.iter().find(|(from, _)| *from == chars[place])?.1;
        Some(chars.iter().enumerate().map(|(at, c)| if at == place { to } else { *c }).collect())
    };
    let joined = |by: &str| chars.iter().map(char::to_string).collect::<Vec<_>>().join(by);
    let put = |at: usize, text: &str| format!("{}{text}{}", chars[..at].iter().collect::<String>(), chars[at..].iter().collect::<String>());
    match at % 10 {
        0 => swap(&[('o', '0'), ('e', '3'), ('a', '4'), ('i', '1'), ('s', '5')]).unwrap_or_else(|| joined(".")),
        1 => joined(" "),
        2 => joined("."),
        3 => put(inner, &chars[inner].to_string().repeat(3)),
        // Cyrillic and Greek look-alikes.
        4 => swap(&[('a', 'а'), ('e', 'е'), ('o', 'ο'), ('c', 'с'), ('p', 'р')]).unwrap_or_else(|| joined("-")),
        5 => chars.iter().enumerate().map(|(at, c)| if at == inner { '*' } else { *c }).collect(),
        6 => {
            let mut chars = chars.clone();
            chars.swap(inner, inner - 1);
            if chars.iter().collect::<String>() == term { joined("_") } else { chars.into_iter().collect() }
        }
        7 => swap(&[('a', '@'), ('s', '$'), ('i', '!'), ('t', '7'), ('b', '8')]).unwrap_or_else(|| joined("~")),
        8 => put(inner, "\u{200B}").replacen(chars[0], &format!("{}\u{301}", chars[0]), 1),
        _ => put(inner, &chars[inner].to_string()),
    }
}

fn moderator() -> Moderator {
    let text = format!(
        "policy: {{id: t, version: '1'}}\nterms: {{mild: {{match: word, folds: plain, terms: [{}]}}}}\nrules:\n  - {{id: a, when: any text has mild, effect: {{routing: review}}}}\n",
        TERMS.join(", ")
    );
    Moderator::from_text(&text).unwrap()
}

/// Disguises that no list hits and no clean text holds, each another one.
fn injected(moderator: &Moderator, many: usize, clean: &BTreeSet<String>) -> BTreeMap<String, &'static str> {
    let mut random = Random::new(11);
    let mut out = BTreeMap::new();
    for at in 0.. {
        if out.len() == many {
            break;
        }
        assert!(at < 20_000, "there are not so many disguises");
        let term = TERMS[at % TERMS.len()];
        let form = disguised(term, at / TERMS.len() + at, &mut random);
        let item = serde_json::json!({"caption": form}).to_string();
        let item = moderator.read_json(&item).unwrap();
        let hit = !moderator.engine().classify(&item, tribunal::Call::default(), &mut tribunal::Scratch::new()).rules.is_empty();
        if !hit && !clean.contains(&form.to_lowercase()) {
            out.insert(form, term);
        }
    }
    out
}

/// What was found of the injected ones: recall among the first 500, precision of the first 100.
fn measured(found: &Trends, injected: &BTreeMap<String, &'static str>) -> (f64, f64) {
    let named: BTreeMap<String, &str> = injected.iter().map(|(form, term)| (form.to_lowercase(), *term)).collect();
    let right = |row: &tribunal_replay::trends::Variant| named.get(&row.text.to_lowercase()).is_some_and(|term| *term == row.term);
    let recall = found.variants.iter().take(500).filter(|row| right(row)).count() as f64 / injected.len() as f64;
    let precision = found.variants.iter().take(100).filter(|row| right(row)).count() as f64 / 100.0;
    (recall, precision)
}

fn ranks(found: &Trends, forms: &[&str]) -> Vec<usize> {
    found.variants.iter().enumerate().filter(|(_, row)| forms.contains(&row.text.as_str())).map(|(at, _)| at).collect()
}

/// Words like those of a language: syllables, the n-th word about n times rarer than the first (Zipf).
fn vocabulary(random: &mut Random) -> Vec<String> {
    const HEADS: [&str; 20] = ["b", "br", "c", "ch", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr"];
    const TAILS: [&str; 16] = ["a", "e", "i", "o", "u", "an", "el", "in", "or", "us", "ea", "ing", "er", "ot", "ame", "ist"];
    let mut words: BTreeSet<String> = BTreeSet::new();
    while words.len() < 20_000 {
        let syllables = 1 + random.below(3);
        words.insert((0..=syllables).map(|_| format!("{}{}", HEADS[random.below(HEADS.len())], TAILS[random.below(TAILS.len())])).collect());
    }
    let mut words: Vec<String> = words.into_iter().filter(|word| !TERMS.contains(&word.as_str())).collect();
    // In an order that chance made.
    for at in (1..words.len()).rev() {
        words.swap(at, random.below(at + 1));
    }
    // Innocent neighbours, from frequent to rare.
    for (at, word) in INNOCENT.iter().enumerate() {
        words.insert((at + 1) * 120, (*word).to_owned());
    }
    words
}

fn one_of<'w>(words: &'w [String], random: &mut Random) -> &'w str {
    let rank = ((words.len() as f64).powf(random.share()) - 1.0) as usize;
    &words[rank.min(words.len() - 1)]
}

#[test]
fn disguises_among_two_million_clean_words() {
    const WORDS: usize = 100;
    const ITEMS: usize = 20_000;
    let moderator = moderator();
    let mut random = Random::new(3);
    let words = vocabulary(&mut random);
    let hidden = injected(&moderator, ITEMS * WORDS / 10_000, &words.iter().cloned().collect());
    assert_eq!(hidden.len(), 200);
    let forms: Vec<&String> = hidden.keys().collect();
    let (mut corpus, options) = (Corpus::default(), Options::default());
    for at in 0..ITEMS {
        let mut caption: Vec<&str> = (0..WORDS).map(|_| one_of(&words, &mut random)).collect();
        if at % (ITEMS / forms.len()) == 0 {
            caption[WORDS / 2] = forms[at / (ITEMS / forms.len())];
        }
        let item = serde_json::json!({"caption": caption.join(" "), "author": {"id": at.to_string()}});
        corpus.add(&moderator, &item.to_string(), &options).unwrap();
    }
    let found = trends(&moderator, &corpus, None, &options).unwrap();
    let (recall, precision) = measured(&found, &hidden);
    println!("recall@500 {recall:.3}, precision@100 {precision:.3}");
    assert!(recall >= 0.9 && precision >= 0.8, "recall@500 {recall}, precision@100 {precision}");
    let real: Vec<usize> = ranks(&found, &forms.iter().map(|form| form.as_str()).collect::<Vec<_>>());
    let last_true = real[real.len() * 9 / 10];
    let innocent = ranks(&found, &INNOCENT);
    assert!(innocent.iter().all(|rank| *rank > last_true), "innocent words at {innocent:?}, nine of ten disguises before {last_true}");
}

/// Natural text of many languages, as it was written: with misspellings and disguises of its own.
#[test]
fn disguises_among_what_people_wrote() {
    let Some(data) = data("disguises_among_what_people_wrote") else { return };
    let moderator = moderator();
    let texts = || {
        let inputs = Inputs::open_all(&[data.join("items/open"), data.join("items/restricted")], Columns::new([], &[]).unwrap()).unwrap();
        inputs.events().into_iter().flat_map(|event| match event {
            Event::Lines(batch) => batch.lines.iter().map(|line| String::from_utf8_lossy(trimmed(batch.raw(*line))).into_owned()).collect::<Vec<_>>(),
            _ => Vec::new(),
        })
    };
    let (mut words, mut clean) = (0, BTreeSet::new());
    for text in texts() {
        let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
        for field in ["caption", "transcript", "ocr"] {
            for word in tree[field].as_str().unwrap_or_default().split_whitespace() {
                words += 1;
                clean.insert(word.to_lowercase());
            }
        }
    }
    let hidden = injected(&moderator, words / 10_000, &clean);
    let forms: Vec<&String> = hidden.keys().collect();
    let (mut corpus, options) = (Corpus::default(), Options::default());
    let items = texts().count();
    for (at, text) in texts().enumerate() {
        let mut tree: serde_json::Value = serde_json::from_str(&text).unwrap();
        if let (0, Some(form)) = (at % (items / forms.len()), forms.get(at / (items / forms.len()))) {
            tree["caption"] = format!("{} {form}", tree["caption"].as_str().unwrap_or_default()).into();
        }
        let _ = corpus.add(&moderator, &tree.to_string(), &options);
    }
    let found = trends(&moderator, &corpus, None, &options).unwrap();
    let (recall, precision) = measured(&found, &hidden);
    println!("{words} words, {} disguises: recall@500 {recall:.3}, precision@100 {precision:.3}", hidden.len());
    assert!(hidden.len() > 100 && recall >= 0.9 && precision >= 0.8, "recall@500 {recall}, precision@100 {precision}");
}
