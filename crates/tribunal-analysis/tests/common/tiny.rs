//! Tiny policies with few lists, made by chance.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Rng;

pub(crate) const TERMS: &[&str] = &[
    "{term: glock, match: word, folds: plain}",
    "{term: glock, match: word}",
    "{term: lock, match: substring}",
    "{term: glo, match: prefix}",
    "{term: heck, match: word, folds: plain}",
    "{term: heck, match: word}",
    "{term: seggs, match: word}",
    "{term: eggs, match: suffix}",
];
pub(crate) const LISTS: &[&str] = &["a", "b", "c", "d"];

/// A policy as text: lists, rules, what a market changes.
#[derive(Clone, Debug)]
pub(crate) struct Tiny {
    /// So many terms stand for each.
    pub(crate) variants: usize,
    pub(crate) lists: Vec<Vec<usize>>,
    pub(crate) rules: Vec<TinyRule>,
    pub(crate) overrides: Vec<(usize, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct TinyRule {
    pub(crate) when: String,
    pub(crate) unless: Option<String>,
    pub(crate) effect: String,
}

pub(crate) fn leaf(rng: &mut Rng) -> String {
    match rng.below(9) {
        0..=4 => format!("caption has {}", rng.pick(LISTS)),
        5 => format!("author.age {} {}", rng.pick(&["<", "<=", ">", ">=", "="]), rng.pick(&["13", "18"])),
        6 => "author.verified".to_owned(),
        7 => format!("caption has at least 2 of ({}, {}, c)", "a", "b"),
        _ => "is_missing(author.age)".to_owned(),
    }
}

pub(crate) fn cond(rng: &mut Rng, depth: usize) -> String {
    if depth == 0 || rng.one_in(3) {
        return leaf(rng);
    }
    match rng.below(5) {
        0 | 1 => format!("({}) and ({})", cond(rng, depth - 1), cond(rng, depth - 1)),
        2 | 3 => format!("({}) or ({})", cond(rng, depth - 1), cond(rng, depth - 1)),
        _ => format!("not ({})", cond(rng, depth - 1)),
    }
}

pub(crate) fn effect(rng: &mut Rng) -> String {
    (*rng.pick(&[
        "{distribution: removed}",
        "{distribution: feed_ineligible}",
        "{routing: review}",
        "{annotation: [warning_screen]}",
        "{distribution: removed, routing: review}",
        "{annotation: [warning_screen, disclosure]}",
    ]))
    .to_owned()
}

pub(crate) fn tiny(rng: &mut Rng) -> Tiny {
    let lists = LISTS.iter().map(|_| (0..1 + rng.below(2)).map(|_| rng.below(TERMS.len())).collect()).collect();
    let rule = |rng: &mut Rng| TinyRule { when: cond(rng, 2), unless: rng.one_in(3).then(|| cond(rng, 1)), effect: effect(rng) };
    let rules: Vec<TinyRule> = (0..2 + rng.below(3)).map(|_| rule(rng)).collect();
    let mut overrides = Vec::new();
    for at in 0..rules.len() {
        if rng.one_in(4) {
            let change = match rng.below(4) {
                0 => "stage: off".to_owned(),
                1 => format!("effect: {}", effect(rng)),
                2 => format!("tighten: {}", cond(rng, 1)),
                _ => format!("loosen: {}", cond(rng, 1)),
            };
            overrides.push((at, change));
        }
    }
    Tiny { variants: 1, lists, rules, overrides }
}

/// The same word as another term: two letters behind its first vowel, written as a digit or not. Variants hit each other nowhere.
pub(crate) fn variant(word: &str, at: usize) -> String {
    const LETTERS: &[u8] = b"bdfjmnpqrtvwy";
    let Some(place) = at.checked_sub(1) else { return word.to_owned() };
    let vowel = word.find(['o', 'e', '0', '3']).map_or(0, |at| at + 1);
    let letters = [place / LETTERS.len() + 1, place % LETTERS.len()].map(|at| char::from(LETTERS[at]));
    format!("{}{}{}{}", &word[..vowel], letters[0], letters[1], &word[vowel..])
}

impl Tiny {
    pub(crate) fn text(&self, skip: Option<usize>) -> String {
        let mut out = String::from("policy: {id: t, version: '1'}\nterms:\n");
        for (name, terms) in LISTS.iter().zip(&self.lists) {
            let of = |at: &usize| {
                let (word, more) = TERMS[*at].strip_prefix("{term: ").and_then(|term| term.split_once(',')).unwrap();
                (0..self.variants).map(move |at| format!("{{term: {},{more}", variant(word, at)))
            };
            let terms: BTreeSet<String> = terms.iter().flat_map(of).collect();
            writeln!(out, "  {name}: [{}]", terms.into_iter().collect::<Vec<_>>().join(", ")).unwrap();
        }
        out.push_str("rules:\n");
        for (at, rule) in self.rules.iter().enumerate() {
            writeln!(out, "  - id: r{at}\n    when: {}\n    effect: {}", rule.when, rule.effect).unwrap();
            if let Some(unless) = &rule.unless {
                writeln!(out, "    unless: {unless}").unwrap();
            }
        }
        out.push_str("markets:\n  - market: US\n");
        let kept: Vec<&(usize, String)> = self.overrides.iter().enumerate().filter(|(at, _)| Some(*at) != skip).map(|(_, change)| change).collect();
        if !kept.is_empty() {
            out.push_str("    overrides:\n");
            for (at, change) in kept {
                writeln!(out, "      - {{rule: r{at}, reason: because, {}}}", quote(change)).unwrap();
            }
        }
        out
    }
}

/// Conditions inside braces need quotes.
fn quote(change: &str) -> String {
    match change.split_once(": ") {
        Some((key @ ("tighten" | "loosen"), cond)) => format!("{key}: '{cond}'"),
        _ => change.to_owned(),
    }
}
