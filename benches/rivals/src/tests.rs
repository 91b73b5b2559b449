#![allow(clippy::unwrap_used, reason = "tests")]

use crate::corpus::{Corpus, Item, short};
use crate::naive::Naive;
use crate::race::{Outcome, Plan, enter, run};
use crate::rivals::{Right, Rival, Rules, build};
use crate::rules::{Generator, RuleSet};
use crate::tables::{table, three};

fn invented() -> (Corpus, RuleSet) {
    let corpus = short(None);
    let set = Generator::new(&corpus, None).terms(1_000);
    (corpus, set)
}

/// FNV-1a over texts.
fn digest<'a>(texts: impl Iterator<Item = &'a String>) -> u64 {
    texts.flat_map(|text| text.bytes().chain([0])).fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn rules_and_items_are_the_same_on_every_machine() {
    let (corpus, set) = invented();
    assert_eq!(digest(corpus.items.iter().map(|item| &item.caption)), ITEMS);
    assert_eq!(digest(set.rules.iter().flat_map(|rule| rule.any.iter().chain(&rule.context).chain(&rule.except))), TERMS);
    let smaller = Generator::new(&corpus, None).terms(100);
    assert_eq!(digest(smaller.rules.iter().flat_map(|rule| &rule.any)), digest(set.prefix("R100", 100).rules.iter().flat_map(|rule| &rule.any)));
}

const ITEMS: u64 = 2_679_204_988_684_082_906;
const TERMS: u64 = 1_865_815_180_253_530_515;

#[test]
fn the_naive_reading_agrees_with_a_search_and_with_known_counts() {
    let (corpus, set) = invented();
    let naive = Naive::new(&set);
    assert!(corpus.items.iter().take(30).all(|item| naive.agrees_with_search(item)));
    let hit: Vec<usize> = corpus.items.iter().take(2_000).map(|item| naive.ascii(item).len()).collect();
    assert_eq!((hit.iter().filter(|rules| **rules > 0).count(), hit.iter().sum::<usize>()), (107, 110));
}

#[test]
fn everybody_who_needs_no_library_of_the_system_agrees() {
    let (corpus, set) = invented();
    let mut generator = Generator::new(&corpus, None);
    let with_regexes = generator.with_regexes(&generator_terms(&corpus), 100);
    let substrings = Generator::new(&corpus, None).substrings(200);
    for (set, names) in [
        (set.prefix("R300", 300), vec!["tribunal like", "tribunal whole", "aho-corasick nfa", "daachorse bytes", "daachorse chars", "regex-filtered"]),
        (with_regexes, vec!["tribunal like", "tribunal whole", "aho-corasick + RegexSet", "regex-filtered"]),
        (substrings, vec!["tribunal like", "tribunal whole", "aho-corasick nfa", "daachorse bytes"]),
    ] {
        let rules = Rules::new(set);
        let naive = Naive::new(rules.set);
        let right = |right: Right, item: &Item| Some(if right == Right::Folded { naive.folded(item) } else { naive.ascii(item) });
        let entrants = names.iter().map(|name| enter(name, || build(name, rules))).collect();
        for row in run(entrants, &corpus.items, &right, &Plan { rounds: 1, seconds: 0.001, checked: 300 }) {
            let figures = row.figures().unwrap_or_else(|| panic!("{}: {:?}", row.name, row.outcome));
            assert_eq!(figures.checked, 300, "{}", row.name);
        }
    }
}

fn generator_terms(corpus: &Corpus) -> RuleSet {
    Generator::new(corpus, None).terms(100)
}

#[test]
fn whoever_is_wrong_gets_no_figure() {
    let (corpus, _) = invented();
    let wrong = || Ok(Rival { right: Right::Ascii, make: Box::new(|| Box::new(|_: &Item, out: &mut Vec<u32>| out.push(7))), outside: 0, note: String::new() });
    let plan = Plan { rounds: 1, seconds: 0.001, checked: 10 };
    let rows = run(vec![enter("wrong", wrong)], &corpus.items, &|_, _| Some(Vec::new()), &plan);
    let Outcome::Withheld(why) = &rows.first().unwrap().outcome else { panic!("a wrong answer got a figure") };
    assert_eq!(why, "10 of 10 items differ; item 0: too many [7], missing []");
    // Nor does one that nobody can check.
    let rows = run(vec![enter("unchecked", wrong)], &corpus.items, &|_, _| None, &plan);
    assert!(matches!(&rows.first().unwrap().outcome, Outcome::Withheld(why) if why == "nothing to compare with"));
}

#[test]
fn tables_are_markdown() {
    assert_eq!(table(&["a", "long head"], &[vec!["x".to_owned(), "1".to_owned()]]), "| a   | long head |\n|-----|-----------|\n| x   | 1         |\n");
    assert_eq!([0.0123, 1.234, 12.34, 123.4, 12_345.6, f64::NAN].map(three), ["0.012", "1.23", "12.3", "123", "12,346", "–"]);
}
