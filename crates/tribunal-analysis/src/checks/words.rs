//! Terms against ordinary words that somebody gives with how often they occur (N1 to N4).
//!
//! Frequencies are of any unit: what is told is the share of all words, a million of them. Every word and pair of words that is
//! shown has been run through the engine.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tribunal_policy::Policy;
use tribunal_policy::model::{Entry, List, Match};
use tribunal_text::{Folds, ViewKind, fold_to_string};

use super::{Context, WordList};
use crate::evade::collisions::of_list;
use crate::evade::ordinary_words;
use crate::findings::{self, Finding, Status};
use crate::item::{Draft, Val};

/// A collision is told from this many of a million words on.
const PER_MILLION: f64 = 1.0;
/// A term is a common word of another language from this many of a million on.
const COMMON: f64 = 20.0;
/// The commonest words of a language are no terms.
const STOP_WORDS: usize = 100;
/// Pairs of words are looked at among the commonest.
const PAIRED: usize = 5_000;
/// How many words of a term are shown.
const SHOWN: usize = 5;

pub(super) fn check(context: &mut Context) {
    let lists = context.options.words.clone();
    for words in lists.iter().filter(|words| words.words.is_weighted() && words.words.mass() > 0.0) {
        innocent(context, words);
        paired(context, words);
        common(context, words);
    }
}

fn named(words: &WordList) -> String {
    words.lang.as_deref().map_or_else(String::new, |lang| format!(" of {lang}"))
}

fn folded(text: &str) -> String {
    fold_to_string(ViewKind::PLAIN, text)
}

/// `terms`, `termed`: another form of the word is no other word. English endings, which are the ones that lists leave out most.
fn inflected(term: &str, word: &str) -> bool {
    let endings = ["s", "es", "'s", "ed", "d", "er", "ers", "ing", "ings", "y"];
    let stem = term.strip_suffix('e').unwrap_or(term);
    let doubled = term.chars().next_back().map(|last| format!("{term}{last}")).unwrap_or_default();
    word == term || [term, stem, doubled.as_str()].iter().any(|base| word.strip_prefix(base).is_some_and(|rest| endings.contains(&rest)))
}

/// A word that a term hits, with how often it occurs.
type Hit = (String, f64);

/// N1: words that a term stands in, or is read in.
fn innocent(context: &mut Context, words: &WordList) {
    if !context.wants(&findings::INNOCENT_COLLISION) {
        return;
    }
    let policy = Arc::clone(&context.policy);
    let ordinary = ordinary_words(&policy);
    let million = 1_000_000.0 / words.words.mass();
    for list in lists(context, &policy) {
        // Masks are put on below, where the word itself is no secret.
        let found = of_list(list, &words.words, &ordinary, true);
        let mut by_term: BTreeMap<String, Vec<Hit>> = BTreeMap::new();
        for hit in found.hits {
            if !inflected(&folded(&hit.term), &folded(&hit.word)) {
                by_term.entry(hit.term).or_default().push((hit.word, hit.frequency * million));
            }
        }
        let mut ranked: Vec<(String, Vec<Hit>, f64)> = by_term
            .into_iter()
            .map(|(term, mut hits)| {
                hits.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                hits.dedup_by(|a, b| a.0 == b.0);
                let mass = hits.iter().map(|(_, share)| share).sum();
                (term, hits, mass)
            })
            .filter(|(_, _, mass)| *mass >= PER_MILLION)
            .collect();
        ranked.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        for (term, hits, mass) in ranked {
            let Some(entry) = list.entries.iter().find(|entry| !entry.allow && entry.text == term) else { continue };
            let confirmed: Vec<Hit> = hits.into_iter().filter(|(word, _)| context.hits(list, word, entry)).take(SHOWN).collect();
            let Some((first, _)) = confirmed.first().cloned() else { continue };
            let told: Vec<String> = confirmed.iter().map(|(word, share)| format!("{} ({share:.1})", super::term(list, word))).collect();
            let message =
                format!("`{}` of `{}` hits {mass:.1} of a million ordinary words{}: {}", super::term(list, &term), list.name, named(words), told.join(", "));
            push(context, &findings::INNOCENT_COLLISION, list, entry, message, &first);
        }
    }
}

fn lists<'p>(context: &Context, policy: &'p Policy) -> Vec<&'p List> {
    context.text_lists().into_iter().filter_map(|id| policy.lists.get(id.index())).collect()
}

fn push(context: &mut Context, code: &'static tribunal_policy::codes::Code, list: &List, entry: &Entry, message: String, text: &str) {
    let mut draft = Draft::default();
    draft.set("caption", Val::Text(text.to_owned()));
    let shown = context.shown("as the engine decides it", &draft);
    context.push(Finding::new(code, Status::Confirmed, entry.span, message).about([list.name.clone(), super::term(list, &entry.text)]).item(shown));
}

/// Words with their share, by one of their ends.
type Halves<'w> = HashMap<String, Vec<(&'w str, f64)>>;

/// N2: the end of one word and the beginning of the next, apart or glued in a hashtag. The share of a pair is the product of both shares, as if words came
/// independently of each other.
fn paired(context: &mut Context, words: &WordList) {
    if !context.wants(&findings::CROSS_WORD_COLLISION) {
        return;
    }
    let policy = Arc::clone(&context.policy);
    let mass = words.words.mass();
    let common: Vec<(&str, f64)> = words.words.iter().take(PAIRED).map(|(word, count)| (word, count / mass)).collect();
    let (mut ends, mut begins) = (Halves::new(), Halves::new());
    for (word, share) in &common {
        let letters: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        for at in letters {
            let (head, tail) = word.split_at(at);
            ends.entry(tail.to_owned()).or_default().push((word, *share));
            if !head.is_empty() {
                begins.entry(head.to_owned()).or_default().push((word, *share));
            }
        }
        begins.entry((*word).to_owned()).or_default().push((word, *share));
    }
    let none = Vec::new();
    for list in lists(context, &policy) {
        for entry in list.entries.iter().filter(|entry| !entry.allow) {
            let apart = entry.modes.iter().any(|(_, folds)| folds.contains(Folds::SEPARATORS));
            let glued = entry.modes.iter().any(|(mode, _)| *mode == Match::Substring);
            if !apart && !glued {
                continue;
            }
            let term = folded(&entry.text);
            if term.contains(char::is_whitespace) || term.chars().count() < 3 {
                continue;
            }
            let mut pairs: Vec<Hit> = Vec::new();
            for (at, _) in term.char_indices().skip(1) {
                let (left, right) = term.split_at(at);
                for (first, a) in ends.get(left).unwrap_or(&none).iter().take(50) {
                    for (second, b) in begins.get(right).unwrap_or(&none).iter().take(50) {
                        // A hashtag glues them together; in a text there is a space.
                        if glued {
                            pairs.push((format!("#{first}{second}"), a * b * 1_000_000.0));
                        }
                        if apart {
                            pairs.push((format!("{first} {second}"), a * b * 1_000_000.0));
                        }
                    }
                }
            }
            pairs.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            pairs.dedup_by(|a, b| a.0 == b.0);
            // The guards of readings refuse most of them: only what the engine reads counts.
            let confirmed: Vec<Hit> = pairs.into_iter().take(40).filter(|(pair, _)| context.hits(list, pair, entry)).collect();
            let total: f64 = confirmed.iter().map(|(_, share)| share).sum();
            let Some((first, _)) = confirmed.first().cloned().filter(|_| total >= PER_MILLION) else { continue };
            let told: Vec<String> = confirmed.iter().take(SHOWN).map(|(pair, share)| format!("{} ({share:.1})", super::term(list, pair))).collect();
            let message = format!(
                "`{}` of `{}` is read across words in {total:.1} of a million pairs{}: {}",
                super::term(list, &entry.text),
                list.name,
                named(words),
                told.join(", ")
            );
            push(context, &findings::CROSS_WORD_COLLISION, list, entry, message, &first);
        }
    }
}

/// N3 and N4: terms that are common words of another language, or among the commonest of any.
fn common(context: &mut Context, words: &WordList) {
    let policy = Arc::clone(&context.policy);
    let million = 1_000_000.0 / words.words.mass();
    let shares: HashMap<String, (usize, f64)> = words.words.iter().enumerate().map(|(rank, (word, count))| (folded(word), (rank, count * million))).collect();
    for list in lists(context, &policy) {
        for entry in list.entries.iter().filter(|entry| !entry.allow && entry.modes.iter().any(|(mode, _)| *mode != Match::Regex)) {
            let Some((rank, share)) = shares.get(&folded(&entry.text)).copied() else { continue };
            let primary = |lang: &str| lang.split(['-', '_']).next().unwrap_or(lang).to_ascii_lowercase();
            let own: BTreeSet<String> = entry.lang.iter().chain(&entry.only_lang).map(|lang| primary(lang)).collect();
            let here = words.lang.as_deref().map(primary);
            let foreign = here.as_ref().is_some_and(|here| !own.is_empty() && !own.contains(here)) && entry.only_lang.is_none();
            if foreign && share >= COMMON && context.wants(&findings::CROSS_LANGUAGE) && context.hits(list, &entry.text, entry) {
                let message = format!(
                    "`{}` of `{}` ({}) is a common word{}: {share:.0} of a million",
                    super::term(list, &entry.text),
                    list.name,
                    own.into_iter().collect::<Vec<_>>().join(", "),
                    named(words)
                );
                push(context, &findings::CROSS_LANGUAGE, list, entry, message, &entry.text);
            } else if rank < STOP_WORDS && !foreign && context.wants(&findings::DEGENERATE_TERM) && context.hits(list, &entry.text, entry) {
                let message = format!("`{}` of `{}` is one of the {STOP_WORDS} commonest words{}", super::term(list, &entry.text), list.name, named(words));
                push(context, &findings::DEGENERATE_TERM, list, entry, message, &entry.text);
            }
        }
    }
}
