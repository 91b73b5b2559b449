//! What rises in content, what goes with violations, and disguises of listed terms that nothing hits.
//!
//! Candidates with evidence, for people to look at; nothing is ever put into a policy from here.

mod sheet;
mod variants;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tribunal::{Call, Moderator, Scratch, mask};
use tribunal_core::Truth;
use unicode_normalization::char::is_combining_mark;

use crate::cube::Truth as Judged;
use crate::error::Error;
use crate::stats::association::log_odds;
use crate::stats::burst;
use crate::stats::multiple::benjamini_hochberg;
use crate::stats::{normal_cdf, real};

/// Version of the form of [`Trends`].
pub const FORMAT: &str = "tribunal-trends/1";

/// Fewest different authors behind a candidate: one spammer is no trend, and rare words give people away.
pub const MIN_AUTHORS: usize = 5;

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trends {
    /// Version of this form.
    pub format: String,
    /// Id of the policy.
    #[serde(default)]
    pub policy_id: String,
    /// Digest of the policy.
    pub policy: String,
    /// Items looked at, and items of the baseline.
    pub items: (u64, u64),
    /// What the first are compared with: `baseline`, or `items without effect`.
    pub against: String,
    /// Candidates that were tested: what the false discovery rate of 0.05 goes over.
    pub family: u64,
    /// Rising or associated features, the strongest first.
    pub rising: Vec<Rising>,
    /// Disguises of listed terms that nothing hits, the likeliest first.
    pub variants: Vec<Variant>,
    /// Labelled violations that nothing catches, grouped by a word they share.
    pub gaps: Vec<Gap>,
}

/// A feature that stands out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rising {
    /// The market it stands out in; "" for all together.
    pub market: String,
    /// `tag`, `word`, `phrase`, `emoji`, `sound` or `effect`.
    pub kind: String,
    /// The feature; masked where a sensitive list hits it.
    pub text: String,
    /// Items that have it, and items of the other side.
    pub count: (u64, u64),
    /// Different authors, up to a hundred.
    pub authors: u64,
    /// Log-odds with an informative Dirichlet prior, in standard errors.
    pub z: f64,
    /// The p-value, adjusted for all features (Benjamini and Hochberg).
    pub q: f64,
    /// Of the items that have it, the share on which the policy does something.
    pub acted: f64,
    /// It comes in a burst of days.
    pub burst: bool,
    /// Markets it was seen in, the largest first.
    pub markets: Vec<String>,
    /// Whether some list hits it already.
    pub listed: bool,
}

/// A disguise of a listed term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// What it is known by, masked or not.
    #[serde(default)]
    pub key: String,
    /// As it was written; masked for a sensitive list.
    pub text: String,
    /// The term it is near; masked for a sensitive list.
    pub term: String,
    /// The list of the term.
    pub list: String,
    /// What was done to it.
    pub transformation: String,
    /// Items.
    pub count: u64,
    /// Different authors, up to a hundred.
    pub authors: u64,
    /// Of these items, the share on which the policy does something anyway.
    pub acted: f64,
    /// What it is ranked by.
    pub score: f64,
}

/// Violations that nothing catches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The word they share.
    pub text: String,
    /// Violations that have it and are not acted on.
    pub missed: u64,
    /// All labelled items that have it and are not acted on.
    pub items: u64,
    /// The share of violations among these: the precision a rule would have had here.
    pub precision: f64,
    /// A condition to begin with.
    pub condition: String,
}

/// How to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// Labels that mean a violation.
    pub positive: Vec<String>,
    /// Labels that mean none; where one of the two is empty, all others belong to it.
    pub negative: Vec<String>,
    /// The most rows of each table.
    pub most: usize,
    /// Fewest different authors of a candidate.
    pub min_authors: usize,
    /// Candidates that somebody turned down, by their keys: they are not proposed again.
    pub rejected: BTreeSet<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { positive: Vec::new(), negative: Vec::new(), most: 500, min_authors: MIN_AUTHORS, rejected: BTreeSet::new() }
    }
}

/// Kind and text.
type Feature = (&'static str, String);

#[derive(Clone, Debug, Default)]
struct Seen {
    items: u64,
    acted: u64,
    missed: u64,
    labelled_idle: u64,
    authors: HashSet<u64>,
    markets: BTreeMap<String, InMarket>,
    days: BTreeMap<i64, u64>,
}

/// What was seen in one market.
#[derive(Clone, Debug, Default)]
struct InMarket {
    items: u64,
    acted: u64,
    /// Different authors, up to [`MOST_AUTHORS`].
    authors: HashSet<u64>,
}

/// Authors of a market that are told apart.
const MOST_AUTHORS: usize = 20;

/// One side of a comparison.
#[derive(Debug, Default)]
pub struct Corpus {
    items: u64,
    acted: u64,
    features: HashMap<Feature, Seen>,
    tokens: HashMap<String, Seen>,
    days: BTreeMap<i64, u64>,
    /// Items by market, and those acted on.
    markets: BTreeMap<String, (u64, u64)>,
    scratch: Scratch,
}

impl Corpus {
    /// Takes up an item.
    ///
    /// # Errors
    ///
    /// When the text is no item.
    pub fn add(&mut self, moderator: &Moderator, json: &str, options: &Options) -> Result<(), String> {
        let tree: Json = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let item = moderator.read_json(json).map_err(|error| error.to_string())?;
        let verdict = moderator.engine().classify(&item, Call::default(), &mut self.scratch);
        let acted = verdict.levels.iter().any(|level| *level > 0) || !verdict.labels.is_empty();
        let text = |path: &str| tree.pointer(path).and_then(Json::as_str).unwrap_or_default();
        let list = |path: &str| tree.pointer(path).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let author = tree.pointer("/author/id").map_or_else(|| json.to_owned(), ToString::to_string);
        let author = blake3::hash(author.as_bytes()).as_bytes().first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let market = if text("/market").is_empty() { text("/region") } else { text("/market") }.to_ascii_uppercase();
        let day = match tree.pointer("/video/created_at").or_else(|| tree.pointer("/as_of")) {
            Some(Json::Number(seconds)) => seconds.as_i64(),
            Some(Json::String(text)) => tribunal_policy::time::parse(text).map(|instant| instant.seconds),
            _ => None,
        }
        .map(|seconds| seconds.div_euclid(86_400));
        let label = match tree.get("label") {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(_) | Json::Bool(_)) => tree.get("label").map(ToString::to_string).unwrap_or_default(),
            _ => String::new(),
        };
        let truth = crate::part::truth(&options.positive, &options.negative, &label);
        let (labelled, bad) = (truth != Judged::Unlabelled, truth == Judged::Positive);

        let mut features: BTreeSet<Feature> = BTreeSet::new();
        let mut tokens: BTreeSet<String> = BTreeSet::new();
        for tag in list("/hashtags") {
            features.insert(("tag", tag.to_lowercase()));
            tokens.insert(tag.to_owned());
        }
        for field in ["/caption", "/transcript", "/ocr"] {
            read_text(text(field), &mut features, &mut tokens);
        }
        for sound in [text("/sound/title"), text("/video/music_title")].into_iter().filter(|title| !title.is_empty()) {
            features.insert(("sound", sound.to_lowercase()));
        }
        features.extend(list("/effects").map(|effect| ("effect", effect.to_owned())));

        self.items += 1;
        self.acted += u64::from(acted);
        if !market.is_empty() {
            let here = self.markets.entry(market.clone()).or_default();
            here.0 += 1;
            here.1 += u64::from(acted);
        }
        if let Some(day) = day {
            *self.days.entry(day).or_default() += 1;
        }
        let note = |seen: &mut Seen| {
            seen.items += 1;
            seen.acted += u64::from(acted);
            seen.missed += u64::from(bad && !acted);
            seen.labelled_idle += u64::from(labelled && !acted);
            if seen.authors.len() < 100 {
                seen.authors.insert(author);
            }
            if !market.is_empty() {
                // Most features of a market are there already: no new name for each.
                if !seen.markets.contains_key(&market) {
                    seen.markets.insert(market.clone(), InMarket::default());
                }
                if let Some(here) = seen.markets.get_mut(&market) {
                    here.items += 1;
                    here.acted += u64::from(acted);
                    if here.authors.len() < MOST_AUTHORS {
                        here.authors.insert(author);
                    }
                }
            }
            if let Some(day) = day {
                *seen.days.entry(day).or_default() += 1;
            }
        };
        features.into_iter().for_each(|feature| note(self.features.entry(feature).or_default()));
        tokens.into_iter().for_each(|token| note(self.tokens.entry(token).or_default()));
        Ok(())
    }
}

/// Words, pairs of words and emoji of a text; and its pieces between white space, for disguises.
fn read_text(text: &str, features: &mut BTreeSet<Feature>, tokens: &mut BTreeSet<String>) {
    // An apostrophe is written in two ways, and both are quotes too.
    let lower = text.to_lowercase().replace('’', "'");
    let words = lower.split(|c: char| !(c.is_alphanumeric() || c == '\'' || is_combining_mark(c)));
    let words: Vec<&str> = words.map(|word| word.trim_matches('\'')).filter(|word| word.chars().count() > 1).collect();
    features.extend(words.iter().map(|word| ("word", (*word).to_owned())));
    features.extend(words.windows(2).map(|pair| ("phrase", pair.join(" "))));
    features.extend(text.chars().filter(|c| matches!(u32::from(*c), 0x2600..=0x27BF | 0x1F300..=0x1FAFF)).map(|c| ("emoji", c.to_string())));
    // What stands beside a word is no disguise of it, but for the signs that stand for letters.
    let beside = |c: char| {
        (c.is_ascii_punctuation() && !matches!(c, '@' | '$' | '!'))
            || matches!(c, '‘'..='‟' | '«' | '»' | '‹' | '›' | '…' | '–' | '—' | '¡' | '¿' | '、' | '。' | '「'..='』' | '，' | '！' | '？')
    };
    let pieces: Vec<&str> = text.split_whitespace().map(|piece| piece.trim_matches(beside)).collect();
    tokens.extend(pieces.iter().filter(|piece| (4..=40).contains(&piece.chars().count())).map(|piece| (*piece).to_owned()));
    // Letters one by one: `g l o c k`.
    let mut chain: Vec<&str> = Vec::new();
    for piece in pieces.iter().copied().chain([""]) {
        if piece.chars().count() == 1 && piece.chars().all(char::is_alphanumeric) {
            chain.push(piece);
        } else {
            if chain.len() >= 4 {
                tokens.insert(chain.join(" "));
            }
            chain.clear();
        }
    }
}

/// Looks for what stands out; without a baseline, items with an effect against those without.
///
/// # Errors
///
/// When the policy's lists cannot be asked.
pub fn trends(moderator: &Moderator, items: &Corpus, baseline: Option<&Corpus>, options: &Options) -> Result<Trends, Error> {
    let asks = Asks::new(moderator)?;
    let (rising, family) = rising(items, baseline, options, &asks);
    Ok(Trends {
        format: FORMAT.to_owned(),
        policy_id: moderator.policy().id.clone(),
        policy: format!("b3:{}", moderator.policy().digest),
        items: (items.items, baseline.map_or(0, |baseline| baseline.items)),
        against: if baseline.is_some() { "baseline" } else { "items without effect" }.to_owned(),
        family,
        rising,
        variants: variants::variants(moderator, items, baseline, options, &asks),
        gaps: gaps(items, options, &asks),
    })
}

/// An engine that asks some lists alone.
type Asked = Option<(tribunal_core::Engine, tribunal_policy::RuleId)>;

/// Whether any list of the policy hits a text.
struct Asks<'m> {
    moderator: &'m Moderator,
    any: Asked,
    sensitive: Asked,
}

impl<'m> Asks<'m> {
    fn new(moderator: &'m Moderator) -> Result<Asks<'m>, Error> {
        let policy = moderator.policy();
        let asked = |wanted: &dyn Fn(&tribunal_policy::model::List) -> bool| -> Result<Asked, Error> {
            let named: Vec<&str> =
                policy.lists.iter().filter(|list| !list.inline && list.scope.is_none() && wanted(list)).map(|list| list.name.as_str()).collect();
            if named.is_empty() { Ok(None) } else { Ok(Some(crate::plan::only(policy, &format!("any text has any of ({})", named.join(", ")))?)) }
        };
        Ok(Asks { moderator, any: asked(&|_| true)?, sensitive: asked(&|list| list.sensitive)? })
    }

    fn ask(&self, asked: &Asked, text: &str, scratch: &mut Scratch) -> bool {
        let Some((engine, rule)) = asked else { return false };
        let json = serde_json::json!({"caption": text, "hashtags": [text]}).to_string();
        self.moderator.read_json(&json).is_ok_and(|item| engine.fires(*rule, &item, Call::default(), scratch) == Truth::True)
    }

    fn hit(&self, text: &str, scratch: &mut Scratch) -> bool {
        self.ask(&self.any, text, scratch)
    }

    /// A text as it may be shown.
    fn shown(&self, text: &str, scratch: &mut Scratch) -> String {
        if self.ask(&self.sensitive, text, scratch) { mask(text) } else { text.to_owned() }
    }
}

/// A feature and how it stands out, in one market ("" is all of them).
struct Candidate<'c> {
    market: &'c str,
    feature: &'c Feature,
    seen: &'c Seen,
    count: (u64, u64),
    authors: u64,
    z: f64,
}

fn candidates<'c>(items: &'c Corpus, baseline: Option<&Corpus>, options: &Options) -> Vec<Candidate<'c>> {
    let sides = |items: u64, acted: u64, before: u64| if baseline.is_some() { (items, before) } else { (acted, items - acted) };
    let all = sides(items.items, items.acted, baseline.map_or(0, |baseline| baseline.items));
    let z = |(y1, y2): (u64, u64), (n1, n2): (u64, u64)| {
        // The prior weighs as much as a tenth of what was seen: with less, words that the other side never has are held back too much.
        let a0 = (real(n1 + n2) * 0.1).max(1.0);
        let a = (a0 * real(y1 + y2) / real((n1 + n2).max(1))).max(0.01);
        log_odds(y1, n1, y2, n2, a, a0).z
    };
    let mut found = Vec::new();
    for (feature, seen) in items.features.iter().filter(|(_, seen)| seen.authors.len() >= options.min_authors) {
        let other = baseline.and_then(|baseline| baseline.features.get(feature));
        let count = sides(seen.items, seen.acted, other.map_or(0, |other| other.items));
        found.push(Candidate { market: "", feature, seen, count, authors: seen.authors.len() as u64, z: z(count, all) });
        for (market, here) in seen.markets.iter().filter(|(_, here)| here.authors.len() >= options.min_authors.min(MOST_AUTHORS)) {
            let (n, acted) = items.markets.get(market).copied().unwrap_or_default();
            let n = sides(n, acted, baseline.and_then(|baseline| baseline.markets.get(market)).map_or(0, |other| other.0));
            // With nothing of the market on one side there is nothing to compare with.
            if n.0 > 0 && n.1 > 0 {
                let count = sides(here.items, here.acted, other.and_then(|other| other.markets.get(market)).map_or(0, |other| other.items));
                found.push(Candidate { market, feature, seen, count, authors: here.authors.len() as u64, z: z(count, n) });
            }
        }
    }
    found
}

fn rising(items: &Corpus, baseline: Option<&Corpus>, options: &Options, asks: &Asks<'_>) -> (Vec<Rising>, u64) {
    let found = candidates(items, baseline, options);
    let p: Vec<f64> = found.iter().map(|candidate| 1.0 - normal_cdf(candidate.z)).collect();
    let family = found.len() as u64;
    let mut rows: Vec<_> = found.into_iter().zip(benjamini_hochberg(&p)).filter(|(candidate, q)| *q <= 0.05 && candidate.z > 0.0).collect();
    rows.sort_by(|(a, _), (b, _)| b.z.total_cmp(&a.z).then_with(|| (a.feature, a.market).cmp(&(b.feature, b.market))));
    rows.truncate(options.most);
    let mut scratch = Scratch::new();
    let rows = rows.into_iter().map(|(Candidate { market, feature: (kind, text), seen, count, authors, z }, q)| {
        let batches: Vec<(u64, u64)> = items.days.iter().map(|(day, all)| (seen.days.get(day).copied().unwrap_or(0), *all)).collect();
        let bursts = burst::batches(&batches, 2.0, 1.0);
        let mut markets: Vec<(&String, u64)> = seen.markets.iter().map(|(market, here)| (market, here.items)).collect();
        markets.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        Rising {
            market: market.to_owned(),
            kind: (*kind).to_owned(),
            text: asks.shown(text, &mut scratch),
            count,
            authors,
            z,
            q,
            acted: real(seen.acted) / real(seen.items.max(1)),
            burst: bursts.iter().any(|on| *on) && !bursts.iter().all(|on| *on),
            markets: markets.into_iter().take(5).map(|(market, _)| market.clone()).collect(),
            listed: asks.hit(text, &mut scratch),
        }
    });
    (rows.collect(), family)
}

fn gaps(items: &Corpus, options: &Options, asks: &Asks<'_>) -> Vec<Gap> {
    let mut scratch = Scratch::new();
    let mut out: Vec<Gap> = items
        .features
        .iter()
        .filter(|((kind, _), seen)| matches!(*kind, "word" | "tag") && seen.missed >= 3 && seen.authors.len() >= options.min_authors)
        .map(|((kind, text), seen)| {
            let shown = asks.shown(text, &mut scratch);
            Gap {
                missed: seen.missed,
                items: seen.labelled_idle,
                precision: real(seen.missed) / real(seen.labelled_idle.max(1)),
                // A masked word is no condition: whoever may see the list knows where to look.
                condition: if shown == *text {
                    format!("{} has {}", if *kind == "tag" { "hashtags" } else { "any text" }, Json::String(shown.clone()))
                } else {
                    String::new()
                },
                text: shown,
            }
        })
        .filter(|gap| gap.precision >= 0.5)
        .collect();
    out.sort_by(|a, b| (b.precision * real(b.missed)).total_cmp(&(a.precision * real(a.missed))).then_with(|| a.text.cmp(&b.text)));
    out.truncate(options.most);
    out
}

impl Trends {
    /// Variants as entries of term lists, to be looked at by a person.
    pub fn proposals(&self) -> String {
        let mut lists: BTreeMap<&str, Vec<&Variant>> = BTreeMap::new();
        // Masked terms of sensitive lists cannot be proposed: they leave by name only.
        for variant in self.variants.iter().filter(|variant| !variant.text.contains('•')) {
            lists.entry(&variant.list).or_default().push(variant);
        }
        let mut out = "# Proposals, to be looked at one by one. Nothing here is in force.\n".to_owned();
        for (list, variants) in lists {
            out.push_str(&format!("{list}:\n"));
            for variant in variants {
                let quoted = |text: &str| Json::String(text.to_owned()).to_string();
                let note = format!("near {}: {}; {} items", variant.term, variant.transformation, variant.count);
                out.push_str(&format!("  - {{term: {}, source: trends, note: {}}}\n", quoted(&variant.text), quoted(&note)));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moderator() -> Moderator {
        let text = "policy: {id: t, version: '1'}\nterms: {arms: {match: word, folds: plain, terms: [glock, handgun, silencer]}}\nrules:\n  - {id: a, when: any text has arms, effect: {routing: review}}\n";
        Moderator::from_text(text).unwrap()
    }

    fn corpus(moderator: &Moderator, captions: &[(&str, u32)], options: &Options) -> Corpus {
        let mut corpus = Corpus::default();
        let mut author = 0;
        for (caption, times) in captions {
            for _ in 0..*times {
                author += 1;
                let item = serde_json::json!({"caption": caption, "author": {"id": format!("a{author}")}, "label": if caption.contains("boom") { "bad" } else { "ok" }});
                corpus.add(moderator, &item.to_string(), options).unwrap();
            }
        }
        corpus
    }

    #[test]
    fn quotes_are_no_part_of_a_word() {
        let (mut features, mut tokens) = (BTreeSet::new(), BTreeSet::new());
        read_text("“Glocks” aren’t ‘toys’… «gl0ck» 'mine' $afe!", &mut features, &mut tokens);
        let words: Vec<&str> = features.iter().filter(|(kind, _)| *kind == "word").map(|(_, word)| word.as_str()).collect();
        assert_eq!(words, ["afe", "aren't", "gl0ck", "glocks", "mine", "toys"]);
        assert_eq!(tokens.iter().map(String::as_str).collect::<Vec<_>>(), ["$afe!", "Glocks", "aren’t", "gl0ck", "mine", "toys"]);
    }

    #[test]
    fn disguises_that_nothing_hits() {
        let moderator = moderator();
        let options = Options::default();
        let items =
            corpus(&moderator, &[("my gl0ck today", 2), ("h@ndgun deal", 1), ("s i l e n c e r", 1), ("glock", 3), ("the clock is late", 50)], &options);
        let found = trends(&moderator, &items, None, &options).unwrap();
        let shown: Vec<(&str, &str)> = found.variants.iter().map(|variant| (variant.text.as_str(), variant.term.as_str())).collect();
        for wanted in [("gl0ck", "glock"), ("h@ndgun", "handgun"), ("s i l e n c e r", "silencer")] {
            let at = shown.iter().position(|row| *row == wanted).unwrap_or(usize::MAX);
            let innocent = shown.iter().position(|row| row.0 == "clock").unwrap_or(usize::MAX);
            assert!(at < innocent, "{wanted:?} {shown:?}");
        }
        assert!(!shown.iter().any(|row| row.0 == "glock"));
        assert!(found.proposals().contains("gl0ck"));
    }

    /// What rises in one market and falls in another stands still in all: only the market's row tells.
    #[test]
    fn what_rises_in_one_market() {
        let moderator = moderator();
        let options = Options::default();
        let of = |counts: [(&str, &str, u32); 4], alone: bool| {
            let (mut corpus, mut author) = (Corpus::default(), 0);
            for (market, caption, times) in counts {
                for _ in 0..times {
                    author += u32::from(!(alone && market == "BR"));
                    let item = serde_json::json!({"caption": caption, "market": market, "author": {"id": format!("a{author}")}});
                    corpus.add(&moderator, &item.to_string(), &options).unwrap();
                }
            }
            corpus
        };
        let counts = [("BR", "samba", 60), ("BR", "plain day", 340), ("DE", "samba", 10), ("DE", "plain day", 390)];
        let now = of(counts, false);
        let before = of([("BR", "samba", 10), ("BR", "plain day", 390), ("DE", "samba", 60), ("DE", "plain day", 340)], false);
        let found = trends(&moderator, &now, Some(&before), &options).unwrap();
        let rows: Vec<_> = found.rising.iter().filter(|row| row.text == "samba").map(|row| (row.market.as_str(), row.count, row.authors)).collect();
        // Of a market's authors twenty are told apart.
        assert_eq!(rows, [("BR", (60, 10), 20)], "{:?}", found.rising);
        // One author alone in that market is no trend there.
        let spam = trends(&moderator, &of(counts, true), Some(&before), &options).unwrap();
        assert!(spam.rising.iter().all(|row| row.text != "samba"), "{:?}", spam.rising);
    }

    /// Nothing of a sensitive list is shown: neither its terms, nor what is near them, nor a condition with them.
    #[test]
    fn sensitive_lists_are_masked() {
        let text = "policy: {id: t, version: '1'}\nterms: {names: {sensitive: true, match: word, folds: plain, terms: [blockhead]}}\nrules:\n  - {id: a, when: author.age < 13 and any text has names, effect: {routing: review}}\n";
        let moderator = Moderator::from_text(text).unwrap();
        let options = Options { positive: vec!["bad".to_owned()], ..Options::default() };
        let items = corpus(&moderator, &[("boom you blockhead", 40), ("boom bl0ckhead", 20), ("plain day", 200)], &options);
        let before = corpus(&moderator, &[("plain day", 300)], &options);
        let found = trends(&moderator, &items, Some(&before), &options).unwrap();
        assert!(found.rising.iter().any(|row| row.text.contains('•') && row.listed) && found.gaps.iter().any(|gap| gap.text.contains('•')));
        assert!(found.variants.iter().any(|row| row.text.contains('•') && row.term.contains('•') && row.list == "names"), "{:?}", found.variants);
        let all = serde_json::to_string(&found).unwrap() + &found.proposals();
        assert!(!all.contains("blockhead"), "{all}");
        // What is near a term of a sensitive list is masked where it is shown as near; as a word of the items it is one like others.
        assert!(found.gaps.iter().filter(|gap| gap.text.contains('•')).all(|gap| gap.condition.is_empty()));
        // Turned down by its key, though nobody saw more than a mask.
        let rejected = found.variants.iter().map(|row| row.key.clone()).collect();
        let again = trends(&moderator, &items, Some(&before), &Options { rejected, ..options }).unwrap();
        assert!(again.variants.is_empty(), "{:?}", again.variants);
    }

    #[test]
    fn what_rises_and_what_is_missed() {
        let moderator = moderator();
        let options = Options { positive: vec!["bad".to_owned()], ..Options::default() };
        let items = corpus(&moderator, &[("boom boom party", 20), ("plain day", 200)], &options);
        let before = corpus(&moderator, &[("plain day", 300), ("party", 5)], &options);
        let found = trends(&moderator, &items, Some(&before), &options).unwrap();
        assert!(found.rising[0].text.contains("boom"), "{:?}", found.rising);
        assert!(found.rising.iter().all(|row| row.text != "plain" && !row.listed));
        assert_eq!(found.gaps[0].text, "boom");
        assert_eq!((found.gaps[0].missed, found.gaps[0].precision), (20, 1.0));
        // One author is no trend.
        let mut lone = Corpus::default();
        for _ in 0..50 {
            lone.add(&moderator, r#"{"caption":"zork","author":{"id":"same"}}"#, &options).unwrap();
        }
        assert!(trends(&moderator, &lone, Some(&before), &options).unwrap().rising.is_empty());
    }
}
