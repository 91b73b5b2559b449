//! Rule sets of one shape in four sizes, each a prefix of the next.
//!
//! A rule holds when any of its first group occurs, and any of its second group (a fifth of the rules), and none of its
//! exceptions (15 %), in some markets (10 %) or above a length (10 %). A group is one to eight terms.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::corpus::{Corpus, REGIONS, read};
use crate::rng::{Rng, Weighted};

/// How terms meet the text. ASCII letters match in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    /// No letter or digit before or after.
    Words,
    /// Anywhere.
    Substrings,
}

/// One rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    pub(crate) any: Vec<String>,
    /// Beside `any`, or in its place.
    pub(crate) regexes: Vec<String>,
    pub(crate) context: Vec<String>,
    pub(crate) except: Vec<String>,
    /// A bit for each of [`REGIONS`]; 0 is all.
    pub(crate) regions: u16,
    /// Only items longer than this.
    pub(crate) over: Option<i64>,
}

/// Rules for one race.
#[derive(Clone, Debug)]
pub(crate) struct RuleSet {
    pub(crate) name: String,
    pub(crate) matching: Matching,
    pub(crate) rules: Vec<Rule>,
}

impl RuleSet {
    pub(crate) fn prefix(&self, name: &str, count: usize) -> RuleSet {
        RuleSet { name: name.to_owned(), matching: self.matching, rules: self.rules.iter().take(count).cloned().collect() }
    }
}

/// Document frequencies of words, and of pairs and triples of words with one space between.
struct Counts {
    words: HashMap<String, u32>,
    pairs: HashMap<String, u32>,
    triples: HashMap<String, u32>,
    items: f64,
}

impl Counts {
    fn of(corpus: &Corpus) -> Counts {
        let mut counts = Counts { words: HashMap::new(), pairs: HashMap::new(), triples: HashMap::new(), items: corpus.items.len() as f64 };
        for item in &corpus.items {
            let lower = item.caption.to_ascii_lowercase();
            let spans = spans(&lower);
            let (mut words, mut pairs, mut triples) = (HashSet::new(), HashSet::new(), HashSet::new());
            let glued = |a: (usize, usize), b: (usize, usize)| &lower[a.1..b.0] == " ";
            for (at, first) in spans.iter().enumerate() {
                words.insert(&lower[first.0..first.1]);
                let Some(second) = spans.get(at + 1).filter(|second| glued(*first, **second)) else { continue };
                pairs.insert(&lower[first.0..second.1]);
                let Some(third) = spans.get(at + 2).filter(|third| glued(*second, **third)) else { continue };
                triples.insert(&lower[first.0..third.1]);
            }
            for (found, into) in [(words, &mut counts.words), (pairs, &mut counts.pairs), (triples, &mut counts.triples)] {
                for text in found {
                    *into.entry(text.to_owned()).or_default() += 1;
                }
            }
        }
        counts
    }

    fn occurs(&self, text: &str) -> bool {
        self.words.contains_key(text) || self.pairs.contains_key(text) || self.triples.contains_key(text)
    }
}

fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match spans.last_mut() {
            _ if !byte.is_ascii_alphanumeric() => {}
            Some(span) if span.1 == at => span.1 = at + 1,
            _ => spans.push((at, at + 1)),
        }
    }
    spans
}

/// Draws terms and rules from what a corpus holds.
pub(crate) struct Generator {
    lexicon: Vec<String>,
    next: usize,
    rare: [Vec<String>; 3],
    context: Vec<String>,
    except: Vec<String>,
    words: Vec<String>,
    weights: Weighted,
    counts: Counts,
    used: HashSet<String>,
    rng: Rng,
}

impl Generator {
    /// `data` gives a lexicon of real terms; without it there are none, and the rare words of the corpus stand in.
    pub(crate) fn new(corpus: &Corpus, data: Option<&Path>) -> Generator {
        let counts = Counts::of(corpus);
        let n = counts.items;
        let all = |map: &HashMap<String, u32>, keep: &dyn Fn(&str, f64) -> bool| {
            let mut kept: Vec<String> = map.iter().filter(|(text, count)| keep(text, f64::from(**count))).map(|(text, _)| text.clone()).collect();
            kept.sort_unstable();
            kept
        };
        let few = (0.0003 * n).max(2.0);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let rare = [
            all(&counts.words, &|text, count| count <= (0.00005 * n).max(2.0) && text.len() >= 5 && !digits(text)),
            all(&counts.pairs, &|text, count| (2.0..=few).contains(&count) && text.len() >= 8),
            all(&counts.triples, &|text, count| (2.0..=few).contains(&count) && text.len() >= 12),
        ];
        let context = all(&counts.words, &|text, count| (0.0005 * n..=0.01 * n).contains(&count) && text.len() >= 3);
        let except = all(&counts.words, &|text, count| (0.001 * n..=0.02 * n).contains(&count) && text.len() >= 3);
        let words = all(&counts.words, &|text, _| text.len() >= 3);
        let weights = Weighted::new(words.iter().map(|word| f64::from(counts.words[word]).sqrt()));
        let mut rng = Rng::new(42);
        let mut lexicon = data.map_or_else(Vec::new, |data| lexicon(data, &counts));
        rng.shuffle(&mut lexicon);
        Generator { lexicon, next: 0, rare, context, except, words, weights, counts, used: HashSet::new(), rng }
    }

    fn word(&mut self, least: usize) -> String {
        loop {
            let word = &self.words[self.weights.draw(&mut self.rng)];
            if word.len() >= least {
                return word.clone();
            }
        }
    }

    /// A term that no item holds: phrases of real words, misspellings, digits for letters, words with numbers.
    fn cold(&mut self) -> String {
        loop {
            let kind = self.rng.unit();
            let text = if kind < 0.40 {
                let count = *self.rng.pick(&[2, 2, 3]);
                (0..count).map(|_| self.word(3)).collect::<Vec<_>>().join(" ")
            } else if kind < 0.70 {
                let mut word = self.word(4).into_bytes();
                let at = self.rng.below(word.len());
                let letter = b'a' + self.rng.below(26) as u8;
                match self.rng.below(3) {
                    0 => word[at] = letter,
                    1 => word.insert(at, letter),
                    _ => drop(word.remove(at)),
                }
                String::from_utf8_lossy(&word).into_owned()
            } else if kind < 0.90 {
                let word = self.word(4);
                word.chars().map(|c| if self.rng.chance(0.6) { leet(c) } else { c }).collect()
            } else {
                format!("{}{}", self.word(3), 10 + self.rng.below(9_989))
            };
            if text.len() >= 4 && !self.counts.occurs(&text) && self.used.insert(text.clone()) {
                return text;
            }
        }
    }

    /// A term of the rule at `at`: the first thousand rules have the lexicon and more terms that do occur.
    fn term(&mut self, at: usize) -> String {
        if at < 1_000
            && self.rng.chance(0.6)
            && let Some(term) = self.lexicon.get(self.next)
        {
            self.next += 1;
            return term.clone();
        }
        let warm = match at {
            0..1_000 => 0.3,
            1_000..10_000 => 0.08,
            _ => 0.02,
        };
        if self.rng.chance(warm) {
            let kind = self.rng.unit();
            let of = if kind < 0.5 { 0 } else { 1 + usize::from(kind >= 0.85) };
            if !self.rare[of].is_empty() {
                return self.rng.pick(&self.rare[of]).clone();
            }
        }
        self.cold()
    }

    fn rule(&mut self, at: usize) -> Rule {
        let count = *self.rng.pick(&[1, 1, 2, 2, 3, 3, 4, 5, 6, 8]);
        let mut rule = Rule { any: (0..count).map(|_| self.term(at)).collect(), ..Rule::default() };
        if self.rng.chance(0.20) {
            let count = 1 + self.rng.below(3);
            rule.context = (0..count).map(|_| self.rng.pick(&self.context).clone()).collect();
        }
        if self.rng.chance(0.15) {
            let count = 1 + self.rng.below(2);
            rule.except = (0..count).map(|_| self.rng.pick(&self.except).clone()).collect();
        }
        let kind = self.rng.unit();
        if kind < 0.10 {
            for _ in 0..1 + self.rng.below(6) {
                rule.regions |= 1 << self.rng.below(REGIONS.len());
            }
        } else if kind < 0.20 {
            rule.over = Some(5 + self.rng.below(115) as i64);
        }
        for group in [&mut rule.any, &mut rule.context, &mut rule.except] {
            group.sort_unstable();
            group.dedup();
        }
        rule
    }

    /// So many rules of terms.
    pub(crate) fn terms(&mut self, count: usize) -> RuleSet {
        RuleSet { name: format!("R{count}"), matching: Matching::Words, rules: (0..count).map(|at| self.rule(at)).collect() }
    }

    /// The same rules, a tenth with one or two regular expressions in place of their first group.
    pub(crate) fn with_regexes(&mut self, terms: &RuleSet, count: usize) -> RuleSet {
        let mut set = terms.prefix(&format!("{}re", terms.name), count);
        let kept = std::mem::replace(&mut self.rng, Rng::new(99));
        for rule in set.rules.iter_mut().skip(3).step_by(10) {
            let count = *self.rng.pick(&[1, 1, 2]);
            rule.any.clear();
            rule.regexes = (0..count).map(|_| self.regex()).collect();
            rule.regexes.sort_unstable();
            rule.regexes.dedup();
        }
        self.rng = kept;
        set
    }

    fn regex(&mut self) -> String {
        let kind = self.rng.unit();
        let word = loop {
            let word = self.word(4);
            if word.len() <= 9 && word.bytes().all(|byte| byte.is_ascii_lowercase()) {
                break word;
            }
        };
        let spell = |between: &str| word.chars().map(String::from).collect::<Vec<_>>().join(between);
        if kind < 0.35 {
            format!(r"\b{}+\b", spell("+"))
        } else if kind < 0.60 {
            let between = if self.rng.chance(0.3) { r"\s*" } else { "[ .*-]" };
            format!(r"\b{}\b", spell(between))
        } else if kind < 0.80 {
            format!(r"\b{}s?\b", word.chars().map(leet_class).collect::<String>())
        } else if kind < 0.90 {
            format!(r"\b{word}\s+([a-z0-9]+\s+){{0,2}}{}\b", self.word(3))
        } else if kind < 0.94 {
            format!(r"\b[0-9]+ ?(mg|grams?|oz|lbs?) (of )?{word}\b")
        } else if kind < 0.97 {
            format!(r"\b(t|wa|{})\.me/[a-z0-9]+", &word[..4])
        } else {
            format!(r"\b{}[-. ][0-9]{{3}}[-. ][0-9]{{4}}\b", 200 + self.rng.below(799))
        }
    }

    /// Rules whose terms match inside words too: four to seven letters cut out of words, one in five of a frequent one.
    pub(crate) fn substrings(mut self, count: usize) -> RuleSet {
        let mut set = RuleSet { name: "Rsub".to_owned(), matching: Matching::Substrings, rules: Vec::new() };
        for at in 0..count {
            let mut rule = self.rule(at);
            for term in &mut rule.any {
                *term = if self.rng.chance(0.2) { self.word(6) } else { self.cold().replace(' ', "") };
                let length = (4 + self.rng.below(4)).min(term.len());
                let from = self.rng.below(term.len() - length + 1);
                *term = term[from..from + length].to_owned();
            }
            rule.any.sort_unstable();
            rule.any.dedup();
            set.rules.push(rule);
        }
        set
    }

    /// Rules of one frequent word each, together about one word in twenty of all there are.
    pub(crate) fn frequent(&self) -> RuleSet {
        let mut words: Vec<(&String, &u32)> = self.counts.words.iter().filter(|(word, _)| word.len() >= 3).collect();
        words.sort_unstable_by_key(|(word, count)| (std::cmp::Reverse(**count), (*word).clone()));
        let all: u64 = self.counts.words.values().map(|count| u64::from(*count)).sum();
        let (mut share, mut rules) = (0, Vec::new());
        // The most frequent ones would be a handful; from the fortieth on there are about a hundred.
        for (word, count) in words.iter().skip(40) {
            if share * 20 >= all {
                break;
            }
            share += u64::from(**count);
            rules.push(Rule { any: vec![(*word).clone()], ..Rule::default() });
        }
        RuleSet { name: "Roften".to_owned(), matching: Matching::Words, rules }
    }
}

fn leet(c: char) -> char {
    match c {
        'a' => '4',
        'e' => '3',
        'i' => '1',
        'o' => '0',
        's' => '5',
        't' => '7',
        other => other,
    }
}

fn leet_class(c: char) -> String {
    match c {
        'a' => "[a4@]".to_owned(),
        'e' => "[e3]".to_owned(),
        'i' => "[i1!]".to_owned(),
        'o' => "[o0]".to_owned(),
        's' => "[s5$]".to_owned(),
        other => other.to_string(),
    }
}

/// English terms of a public list that at most three items in a thousand hold: labelled sets are full of the others, traffic is not.
fn lexicon(data: &Path, counts: &Counts) -> Vec<String> {
    let text = read(&data.join("terms/open/ldnoobw")).unwrap_or_default();
    let values = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let english = values.filter(|value| value["lang"] == "en").filter_map(|value| Some(value["term"].as_str()?.to_ascii_lowercase()));
    let plain = |term: &String| term.split(' ').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let maps = [&counts.words, &counts.pairs, &counts.triples];
    let share = |term: &String| maps.iter().filter_map(|map| map.get(term)).sum::<u32>();
    english.filter(plain).filter(|term| f64::from(share(term)) <= 0.003 * counts.items).collect()
}

/// A thousand rules of Chinese terms: a public list, or two to four characters cut out of the corpus.
pub(crate) fn chinese(corpus: &Corpus, data: Option<&Path>) -> RuleSet {
    let mut rng = Rng::new(17);
    let text = data.and_then(|data| read(&data.join("terms/open/sensitive-lexicon-zh"))).unwrap_or_default();
    let values = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let han = |term: &str| term.chars().all(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)) && term.chars().count() >= 2;
    let mut terms: Vec<String> = values.filter_map(|value| value["term"].as_str().map(str::to_owned)).filter(|term| han(term)).collect();
    terms.sort_unstable();
    terms.dedup();
    while terms.len() < 3_000 {
        let item = rng.pick(&corpus.items).caption.chars().collect::<Vec<_>>();
        let length = 2 + rng.below(3);
        let from = rng.below(item.len().saturating_sub(length).max(1));
        let cut: String = item.iter().skip(from).take(length).collect();
        if han(&cut) {
            terms.push(cut);
        }
    }
    rng.shuffle(&mut terms);
    let mut rules: Vec<Rule> = Vec::new();
    while rules.len() < 1_000 {
        let count = *rng.pick(&[1, 1, 2, 2, 3, 3, 4, 5]);
        let mut any: Vec<String> = (0..count).map(|_| rng.pick(&terms).clone()).collect();
        any.sort_unstable();
        any.dedup();
        rules.push(Rule { any, ..Rule::default() });
    }
    RuleSet { name: "Rzh".to_owned(), matching: Matching::Substrings, rules }
}
