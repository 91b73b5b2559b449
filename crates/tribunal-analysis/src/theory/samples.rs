//! Texts that hit a term: its canonical forms, and some of its disguises.

use regex_syntax::hir::{Class, Hir, HirKind};
use tribunal_policy::model::{Entry, Match};
use tribunal_text::Folds;

use super::vars::Kind;

/// Forms that every way of writing the term shares its surroundings with: what all of them hit, every plain hit of the term hits.
pub(crate) fn forms(entry: &Entry, kind: Kind) -> Vec<String> {
    let text = entry.text.as_str();
    let mut out = Vec::new();
    match kind {
        Kind::Ids => return vec![text.to_owned()],
        Kind::Hosts => return vec![format!("https://{text}/")],
        Kind::Text | Kind::List => {}
    }
    for (mode, _) in &entry.modes {
        match mode {
            Match::Word | Match::Whole => out.push(text.to_owned()),
            Match::Phrase => {
                out.push(text.to_owned());
                let words: Vec<&str> = text.split_whitespace().collect();
                if words.len() > 1 {
                    out.extend(["-", "!? ", "\n"].map(|gap| words.join(gap)));
                }
            }
            Match::Prefix => out.extend([text.to_owned(), format!("{text}zq")]),
            Match::Suffix => out.extend([text.to_owned(), format!("zq{text}")]),
            Match::Substring => out.extend([text.to_owned(), format!("zq{text}zq")]),
            Match::Tag => {
                let words: Vec<&str> = text.trim_start_matches(['#', '＃']).split_whitespace().collect();
                let sign = if kind == Kind::Text { "#" } else { "" };
                out.push(format!("{sign}{}", words.concat()));
                if words.len() > 1 {
                    out.push(format!("{sign}{}", words.join("_")));
                }
            }
            Match::Regex => out.extend(regex(text)),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|form| seen.insert(form.clone()));
    out
}

/// A text that the term hits.
pub(crate) fn first_form(entry: &Entry) -> String {
    forms(entry, Kind::Text).into_iter().next().unwrap_or_else(|| entry.text.clone())
}

/// Disguised forms, for a term whose plain forms hit other lists too.
pub(crate) fn disguises(entry: &Entry) -> Vec<String> {
    let text = entry.text.as_str();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let all = |folds: Folds| entry.modes.iter().any(|(mode, has)| *mode != Match::Regex && has.contains(folds));
    let mut out = Vec::new();
    if all(Folds::SEPARATORS) && letters >= 3 {
        for gap in [".", " "] {
            out.push(text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_string()).collect::<Vec<_>>().join(gap));
        }
    }
    if all(Folds::LEET) {
        for (from, to) in [('o', '0'), ('e', '3'), ('a', '4'), ('i', '1'), ('s', '$'), ('a', '@')] {
            if text.contains(from) {
                out.push(text.replacen(from, &to.to_string(), 1));
            }
        }
    }
    if all(Folds::REPEATS)
        && let Some(vowel) = text.chars().find(|c| "aeiou".contains(*c))
    {
        out.push(text.replacen(vowel, &vowel.to_string().repeat(4), 1));
    }
    if all(Folds::CONFUSABLES) {
        for (from, to) in [('o', 'ο'), ('a', 'а'), ('e', 'е')] {
            if text.contains(from) {
                out.push(text.replacen(from, &to.to_string(), 1));
            }
        }
    }
    if all(Folds::CASE) {
        out.push(text.to_uppercase());
    }
    out.retain(|form| form != text);
    out
}

const MOST: usize = 8;

/// Texts that a regular expression matches; none where its shape is too odd.
fn regex(pattern: &str) -> Vec<String> {
    let Ok(hir) = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(pattern) else { return Vec::new() };
    let mut out = sample(&hir);
    out.retain(|text| !text.is_empty());
    out
}

fn sample(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => vec![String::from_utf8_lossy(&literal.0).into_owned()],
        HirKind::Class(class) => vec![of_class(class).map(String::from).unwrap_or_default()],
        HirKind::Repetition(repetition) => {
            let inner = sample(&repetition.sub);
            let least = repetition.min.max(u32::from(repetition.max != Some(0))) as usize;
            let mut out: Vec<String> = inner.iter().map(|text| text.repeat(least)).collect();
            if repetition.min == 0 {
                out.insert(0, String::new());
            }
            out.truncate(MOST);
            out
        }
        HirKind::Capture(capture) => sample(&capture.sub),
        HirKind::Alternation(branches) => branches.iter().flat_map(sample).take(MOST).collect(),
        HirKind::Concat(parts) => parts.iter().fold(vec![String::new()], |heads, part| {
            let tails = sample(part);
            let mut out: Vec<String> = Vec::new();
            for head in &heads {
                out.extend(tails.iter().map(|tail| format!("{head}{tail}")));
            }
            out.truncate(MOST);
            out
        }),
    }
}

fn of_class(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect(),
    };
    let within = |c: &char| ranges.iter().any(|(start, end)| start <= c && c <= end);
    let small = || ranges.iter().map(|(start, _)| *start).find(|c| c.is_lowercase());
    "1az -_.".chars().find(within).or_else(small).or_else(|| ranges.first().map(|(start, _)| *start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_matched() {
        for pattern in [r"\bglock\d{2}\b", "a|bc|d+e", r"(?:\+\d{1,3}[ .-]?)?(?:\(?\d{2,4}\)?[ .-]?){2}\d{3,4}\b", "x[^0-9]y?"] {
            let found = regex(pattern);
            assert!(!found.is_empty(), "{pattern}");
        }
        assert_eq!(regex("ab{2}"), ["abb"]);
    }
}
