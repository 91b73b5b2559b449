//! Disguises of listed terms that nothing hits: by a form that disguises leave alone, by letters, by sound.

use std::collections::{BTreeSet, HashMap, HashSet};

use tribunal::{Moderator, Scratch, mask};
use tribunal_analysis::sheets::candidate_key;
use tribunal_policy::model::Match;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Asks, Corpus, Options, Variant};
use crate::stats::real;

/// A form that disguises leave alone: letters decomposed, look-alikes and digits read as letters, marks, signs and repeats gone.
fn skeleton(text: &str) -> String {
    let mut out = String::new();
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        let c = match c {
            '0' | 'о' | 'ο' | 'օ' => 'o',
            '1' | '!' | '|' | 'l' | 'і' | 'ι' | 'ı' | 'j' => 'i',
            '3' | '€' | 'е' | 'є' | 'ε' => 'e',
            '4' | '@' | 'а' | 'α' => 'a',
            '5' | '$' | 'ѕ' | 'z' => 's',
            '7' | '+' | 'т' | 'τ' => 't',
            '8' | 'ß' | 'в' | 'β' => 'b',
            '9' | 'ɡ' | 'q' => 'g',
            'с' | 'ϲ' | 'k' | 'к' | 'κ' => 'c',
            'р' | 'ρ' => 'p',
            'у' | 'γ' => 'y',
            'х' | 'χ' => 'x',
            'м' => 'm',
            'н' => 'h',
            'ν' => 'v',
            'п' | 'η' => 'n',
            'υ' => 'u',
            'ԁ' => 'd',
            c => c,
        };
        if c.is_alphanumeric() && !out.ends_with(c) {
            out.push(c);
        }
    }
    out.replace("vv", "w").replace("ph", "f")
}

/// Edits between two words, up to `most` (optimal string alignment: neighbours swapped are one).
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let width = b.len() + 1;
    let mut rows: Vec<usize> = vec![0; (a.len() + 1) * width];
    let at = |rows: &[usize], i: usize, j: usize| rows.get(i * width + j).copied().unwrap_or(usize::MAX / 2);
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let cost = if i == 0 || j == 0 {
                i + j
            } else {
                let same = a.get(i - 1) == b.get(j - 1);
                let mut best = (at(&rows, i - 1, j) + 1).min(at(&rows, i, j - 1) + 1).min(at(&rows, i - 1, j - 1) + usize::from(!same));
                if i > 1 && j > 1 && a.get(i - 1) == b.get(j - 2) && a.get(i - 2) == b.get(j - 1) {
                    best = best.min(at(&rows, i - 2, j - 2) + 1);
                }
                best
            };
            if let Some(slot) = rows.get_mut(i * width + j) {
                *slot = cost;
            }
        }
    }
    Some(at(&rows, a.len(), b.len())).filter(|found| *found <= most)
}

/// What a word becomes with up to `most` letters left out, itself included: words so many edits apart share one of these.
fn shorter(word: &str, most: usize) -> BTreeSet<String> {
    let mut all = BTreeSet::from([word.to_owned()]);
    let mut last = all.clone();
    for _ in 0..most {
        last = last
            .iter()
            .flat_map(|word| {
                let chars: Vec<char> = word.chars().collect();
                (0..chars.len())
                    .map(move |at| chars.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, c)| *c).collect::<String>())
                    .collect::<Vec<_>>()
            })
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// How an English word sounds: its consonants as Metaphone groups them (Philips 1990), vowels only at the beginning. Short codes
/// tell nothing: `None`. A table of a few rows, where a library would bring a parser and a generator with it.
fn sound(word: &str) -> Option<String> {
    if word.len() < 5 || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    const GROUPS: [(&str, &str); 17] = [
        ("tch", "x"),
        ("sch", "sk"),
        ("sh", "x"),
        ("ch", "x"),
        ("ph", "f"),
        ("gh", ""),
        ("kn", "n"),
        ("wr", "r"),
        ("mb", "m"),
        ("ck", "k"),
        ("qu", "kw"),
        ("ce", "se"),
        ("ci", "si"),
        ("cy", "si"),
        ("dge", "j"),
        ("ge", "je"),
        ("gi", "ji"),
    ];
    let lower = word.to_ascii_lowercase();
    let (mut code, mut last) = (String::new(), ' ');
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        let group = GROUPS.iter().find(|(letters, _)| rest.starts_with(letters));
        let (letters, sounds) = group.copied().unwrap_or_else(|| (rest.get(..1).unwrap_or_default(), rest.get(..1).unwrap_or_default()));
        for c in sounds.chars() {
            let c = match c {
                'c' | 'q' | 'g' => 'k',
                'z' => 's',
                'v' => 'f',
                'd' => 't',
                'b' => 'p',
                'y' => 'i',
                c => c,
            };
            let vowel = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'h' | 'w');
            if (!vowel || code.is_empty()) && c != last {
                code.push(c);
            }
            last = c;
        }
        rest = rest.get(letters.len().max(first.len_utf8())..).unwrap_or_default();
    }
    Some(code).filter(|code| code.len() >= 4)
}

/// How many letters of a word may differ: short words have too many neighbours.
fn edits_of(letters: usize) -> usize {
    match letters {
        0..=4 => 0,
        5..=7 => 1,
        _ => 2,
    }
}

struct Listed {
    term: String,
    list: String,
    sensitive: bool,
}

/// The terms of a policy by what is left of them under a disguise.
struct Terms {
    /// As they are listed, in lower case.
    listed: HashSet<String>,
    by_skeleton: HashMap<String, Listed>,
    /// Skeletons by what they become with letters left out.
    near: HashMap<String, Vec<String>>,
    /// Skeletons by sound, English terms alone.
    sounds: HashMap<String, Vec<String>>,
}

/// How near a word is to a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// So many letters differ.
    Edits(usize),
    Sound,
}

impl Terms {
    fn new(moderator: &Moderator) -> Terms {
        let mut terms = Terms { listed: HashSet::new(), by_skeleton: HashMap::new(), near: HashMap::new(), sounds: HashMap::new() };
        for list in moderator.policy().lists.iter().filter(|list| !list.inline) {
            for entry in list.entries.iter().filter(|entry| !entry.allow && entry.modes.iter().any(|(mode, _)| !matches!(mode, Match::Regex))) {
                let bones = skeleton(&entry.text);
                let letters = entry.text.chars().count();
                if bones.chars().count() < 4 || letters > 30 {
                    continue;
                }
                terms.listed.insert(entry.text.to_lowercase());
                for part in shorter(&bones, edits_of(letters)) {
                    terms.near.entry(part).or_default().push(bones.clone());
                }
                let english = entry.only_lang.as_ref().is_none_or(|lang| lang.starts_with("en"));
                if english && let Some(sound) = sound(&entry.text) {
                    terms.sounds.entry(sound).or_default().push(bones.clone());
                }
                terms.by_skeleton.entry(bones).or_insert_with(|| Listed { term: entry.text.clone(), list: list.name.clone(), sensitive: list.sensitive });
            }
        }
        terms
    }

    /// The listed term a word is near.
    fn nearest(&self, token: &str, bones: &str) -> Option<(&Listed, Nearness)> {
        if let Some(listed) = self.by_skeleton.get(bones) {
            return Some((listed, Nearness::Edits(0)));
        }
        let chars: Vec<char> = bones.chars().collect();
        let most = edits_of(token.chars().filter(|c| c.is_alphanumeric()).count());
        let candidates: BTreeSet<&String> = shorter(bones, most).iter().filter_map(|part| self.near.get(part)).flatten().collect();
        let edited = candidates.into_iter().filter_map(|term| Some((distance(&chars, &term.chars().collect::<Vec<_>>(), most)?, term))).min();
        if let Some((edits, term)) = edited {
            return Some((self.by_skeleton.get(term)?, Nearness::Edits(edits)));
        }
        let alike = self.sounds.get(&sound(token)?)?;
        Some((self.by_skeleton.get(alike.iter().min()?)?, Nearness::Sound))
    }
}

/// What a word looks like beside its term.
#[derive(Clone, Copy, Debug)]
struct Looks {
    /// Signs, digits or letters of another script stand for letters.
    marked: bool,
    /// Letters carry marks.
    accented: bool,
    /// A letter stands three times in a row.
    stretched: bool,
    /// Letters stand apart.
    apart: bool,
}

impl Looks {
    fn of(token: &str, term: &str) -> Looks {
        let letters: Vec<char> = token.to_lowercase().chars().collect();
        // A letter with a mark is a letter of many languages; a digit or a letter of another script inside a word is none.
        let latin = |c: &char| c.nfkd().next().is_some_and(|base| base.is_ascii_alphabetic());
        let plain = term.is_ascii();
        Looks {
            marked: plain && letters.iter().any(|c| !latin(c) && *c != ' ' && *c != '\'' && !is_combining_mark(*c)),
            accented: plain && letters.iter().any(|c| !c.is_ascii() && (latin(c) || is_combining_mark(*c))),
            stretched: letters.windows(3).any(|three| three.iter().all(|c| three.first() == Some(c))),
            apart: token.contains(' ') && !term.contains(' '),
        }
    }
}

/// Whether a token has letters enough to be a word: `2014` reads as letters, and is none.
fn is_word(token: &str) -> bool {
    let (letters, digits) = token.chars().fold((0, 0), |(letters, digits), c| (letters + u32::from(c.is_alphabetic()), digits + u32::from(c.is_numeric())));
    letters > 0 && letters >= digits
}

/// What often written words that are not listed become with a letter left out: a rare word beside one of them is its misspelling.
fn ordinary(items: &Corpus, baseline: Option<&Corpus>, terms: &Terms) -> HashSet<String> {
    let mut out = HashSet::new();
    for corpus in std::iter::once(items).chain(baseline) {
        for token in
            corpus.tokens.iter().filter(|(token, seen)| seen.items >= ORDINARY && !terms.listed.contains(&token.to_lowercase())).map(|(token, _)| token)
        {
            let bones = skeleton(token);
            if bones.chars().count() >= 4 && !terms.by_skeleton.contains_key(&bones) {
                out.extend(shorter(&bones, 1));
            }
        }
    }
    out
}

/// How often a word is written that is one.
const ORDINARY: u64 = 5;

pub(super) fn variants(moderator: &Moderator, items: &Corpus, baseline: Option<&Corpus>, options: &Options, asks: &Asks<'_>) -> Vec<Variant> {
    let terms = Terms::new(moderator);
    let mut scratch = Scratch::new();
    let mut found: Vec<(&String, &super::Seen, &Listed, Nearness, Looks)> = Vec::new();
    for (token, seen) in &items.tokens {
        if terms.listed.contains(&token.to_lowercase()) || !is_word(token) {
            continue;
        }
        let Some((listed, nearness)) = terms.nearest(token, &skeleton(token)) else { continue };
        if !options.rejected.contains(&candidate_key(&listed.list, token)) && !asks.hit(token, &mut scratch) {
            found.push((token, seen, listed, nearness, Looks::of(token, &listed.term)));
        }
    }
    let ordinary = if found.is_empty() { HashSet::new() } else { ordinary(items, baseline, &terms) };
    let mut out: Vec<Variant> = found
        .into_iter()
        .map(|(token, seen, listed, nearness, looks)| {
            let common = seen.items + baseline.and_then(|baseline| baseline.tokens.get(token)).map_or(0, |other| other.items);
            let acted = real(seen.acted) / real(seen.items);
            let flag = |holds: bool, points: f64| if holds { points } else { 0.0 };
            let away = match nearness {
                Nearness::Edits(edits) => 1.5 * real(edits as u64),
                Nearness::Sound => 2.0,
            };
            let misspelt = nearness != Nearness::Edits(0) && shorter(&skeleton(token), 1).iter().any(|part| ordinary.contains(part));
            // A word of plain letters that is often written is more likely a word of its own than a disguise.
            let score = 3.0 - away + flag(looks.marked, 1.5) + flag(looks.accented, 0.5) + flag(looks.stretched, 1.0) + flag(looks.apart, 1.0) + acted
                - flag(misspelt, 1.5)
                - 0.5 * real(common).ln();
            let shown = |text: &str| if listed.sensitive { mask(text) } else { text.to_owned() };
            Variant {
                key: candidate_key(&listed.list, token),
                text: shown(token),
                term: shown(&listed.term),
                list: listed.list.clone(),
                transformation: transformation(looks, nearness),
                count: seen.items,
                authors: seen.authors.len() as u64,
                acted,
                score,
            }
        })
        .collect();
    out.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.text.cmp(&b.text)));
    out.truncate(options.most);
    out
}

fn transformation(looks: Looks, nearness: Nearness) -> String {
    let mut parts = Vec::new();
    for (holds, name) in
        [(looks.apart, "letters apart"), (looks.marked, "signs, digits or look-alikes"), (looks.accented, "accents"), (looks.stretched, "stretched")]
    {
        if holds {
            parts.push(name);
        }
    }
    match nearness {
        Nearness::Edits(0) if parts.is_empty() => parts.push("spelt alike"),
        Nearness::Edits(0) => {}
        Nearness::Edits(1) => parts.push("one letter different"),
        Nearness::Edits(_) => parts.push("two letters different"),
        Nearness::Sound => parts.push("sounds alike"),
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skeletons() {
        assert_eq!(skeleton("gl0ck"), skeleton("glock"));
        assert_eq!(skeleton("GLÖÖCK"), skeleton("glock"));
        assert_eq!(skeleton("g l o c k"), skeleton("glock"));
        assert_ne!(skeleton("clock"), skeleton("glock"));
        let distance = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), 1);
        assert_eq!(shorter("abc", 2).len(), 7);
        assert_eq!((distance("abcd", "abdc"), distance("abcd", "abxy"), distance("abc", "abcd")), (Some(1), None, Some(1)));
    }
    #[test]
    fn sounds_and_looks() {
        for (one, other) in [("quickshot", "kwikshott"), ("silencer", "cylenser"), ("phantomgun", "fantomgunn"), ("knucklehead", "nukkelhed")] {
            assert_eq!(sound(one), sound(other), "{one} {other}");
        }
        assert_ne!(sound("silencer"), sound("silverware"));
        let text = "policy: {id: t, version: '1'}\nterms: {arms: {match: word, folds: plain, terms: [silencer, knucklehead]}}\nrules:\n  - {id: a, when: any text has arms, effect: {routing: review}}\n";
        let terms = Terms::new(&Moderator::from_text(text).unwrap());
        let near = |token: &str| terms.nearest(token, &skeleton(token)).map(|(listed, nearness)| (listed.term.clone(), nearness));
        assert_eq!(near("cylenser"), Some(("silencer".to_owned(), Nearness::Sound)));
        assert_eq!(near("nukkelhed"), Some(("knucklehead".to_owned(), Nearness::Sound)));
        assert_eq!(near("silk"), None);
        assert!(Looks::of("s1lencer", "silencer").marked && !Looks::of("sïlencer", "silencer").marked && Looks::of("sïlencer", "silencer").accented);
        assert!(!is_word("2014") && is_word("6l0ck"));
    }
}
