//! How many disguises of ordinary words are caught, by tactic and writing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

mod evade_data;

use std::collections::BTreeMap;

use tribunal_analysis::evade::context;
use tribunal_analysis::evade::find::{Fate, Finder};
use tribunal_analysis::evade::tactics::{TACTICS, Writing};
use tribunal_text::{Folds, Mode, Ordinary, Pattern};

/// Words per writing.
const WORDS: usize = 300;
const SEED: u64 = 2;
const WRITINGS: [Writing; 8] =
    [Writing::Latin, Writing::Cyrillic, Writing::Greek, Writing::Arabic, Writing::Devanagari, Writing::Thai, Writing::Japanese, Writing::Korean];

#[derive(Default, Clone, Copy)]
struct Cell {
    tried: u32,
    caught: u32,
}

impl Cell {
    fn share(self) -> f64 {
        f64::from(self.caught) / f64::from(self.tried.max(1))
    }

    fn shown(self) -> String {
        if self.tried == 0 { "–".to_owned() } else { format!("{:.1} ({})", 100.0 * self.share(), self.tried) }
    }
}

fn finder(words: &[String]) -> Finder {
    let patterns = words.iter().enumerate().map(|(n, w)| (n, Pattern::new(w, Mode::Phrase, Folds::EVASIVE, false).unwrap())).collect();
    Finder::new(patterns, Vec::new(), Ordinary::shipped())
}

#[test]
fn disguises_are_caught() {
    let Some(data) = evade_data::data("disguises_are_caught") else { return };
    let counts = evade_data::counted(&evade_data::texts(&data));
    let mut cells: BTreeMap<(usize, Writing), Cell> = BTreeMap::new();
    let mut missed: Vec<String> = Vec::new();
    for writing in WRITINGS {
        let words = match writing {
            Writing::Latin => evade_data::english(&data, &counts, 5..=10, 5, WORDS),
            _ => evade_data::others(&counts, writing, WORDS),
        };
        println!("{}: {} words", writing.name(), words.len());
        let mut finder = finder(&words);
        let (before, after) = context(writing);
        for (number, word) in words.iter().enumerate() {
            for (row, tactic) in TACTICS.iter().enumerate() {
                let Some(disguise) = tactic.disguise(word, SEED) else { continue };
                let text = format!("{before}{disguise}{after}");
                let fate = finder.fate(number, &text, before.len()..before.len() + disguise.len(), false);
                let cell = cells.entry((row, writing)).or_default();
                cell.tried += 1;
                cell.caught += u32::from(fate == Fate::Caught);
                if fate != Fate::Caught {
                    missed.push(format!("{}\t{}\t{word}\t{disguise}\t{fate:?}", tactic.name, writing.name()));
                }
            }
        }
    }
    print_table(&cells);
    if let Some(place) = std::env::var_os("TRIBUNAL_MISSED") {
        std::fs::write(place, missed.join("\n")).unwrap();
    }
    let mut all = Cell::default();
    let mut poor = Vec::new();
    for (row, tactic) in TACTICS.iter().enumerate() {
        let mut sum = Cell::default();
        for ((_, _), cell) in cells.range((row, Writing::Latin)..=(row, Writing::Other)) {
            sum.tried += cell.tried;
            sum.caught += cell.caught;
        }
        all.tried += sum.tried;
        all.caught += sum.caught;
        if sum.tried > 0 && sum.share() < 0.95 {
            poor.push((tactic.name, sum.caught, sum.tried));
        }
    }
    println!("all: {} of {} = {:.2} %", all.caught, all.tried, 100.0 * all.share());
    assert!(all.share() >= 0.99, "{} of {} caught", all.caught, all.tried);
    assert!(poor.is_empty(), "below 95 %: {poor:?}");
}

fn print_table(cells: &BTreeMap<(usize, Writing), Cell>) {
    let names: Vec<&str> = WRITINGS.iter().map(|w| w.name()).collect();
    println!("| tactic | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    for (row, tactic) in TACTICS.iter().enumerate() {
        let shown: Vec<String> = WRITINGS.iter().map(|w| cells.get(&(row, *w)).copied().unwrap_or_default().shown()).collect();
        println!("| {} | {} |", tactic.name, shown.join(" | "));
    }
}
