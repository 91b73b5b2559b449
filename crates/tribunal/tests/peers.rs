//! What the test cases of other moderation libraries promise, and where this one differs, each difference by a named
//! reason. The table is `docs/reference/peers.md`; `TRIBUNAL_WRITE=1` writes it anew.
//!
//! The cases are looked for in `TRIBUNAL_DATA`, or in `../shared/data` beside the checkout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use tribunal::{Moderator, Outcome};
use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared, Reading, ViewKind, fold_to_string, props, verify, words};

use tribunal_oracle::data_folder;

const AGREES: &str = "";

fn root() -> PathBuf {
    PathBuf::from("../..")
}

/// Lines of a data file, packed or not, as JSON.
fn lines(name: &str) -> Option<Vec<Value>> {
    let plain = data_folder().join(name);
    let packed = data_folder().join(format!("{name}.zst"));
    let text = match std::fs::read_to_string(&plain) {
        Ok(text) => text,
        Err(_) => String::from_utf8(zstd::decode_all(std::fs::read(packed).ok()?.as_slice()).ok()?).ok()?,
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// A list of terms as this engine and as a matcher of substrings would use it.
struct List {
    moderator: Moderator,
    patterns: Vec<Pattern>,
}

/// What a text holds of a list.
#[derive(Default)]
struct Found {
    whole: bool,
    disguised: bool,
    part: bool,
    text: Option<String>,
    start: Option<u32>,
}

impl List {
    fn new(terms: &BTreeSet<String>, allow: &BTreeSet<String>) -> List {
        let policy = json!({
            "policy": {"id": "peers", "version": "1"},
            "terms": {
                "listed": {"match": "phrase", "folds": "evasive", "terms": terms, "allow": allow},
                "parts": {"match": "substring", "folds": "evasive", "terms": terms},
            },
            "rules": [
                {"id": "word", "when": "caption has listed", "effect": {"routing": "review"}},
                {"id": "part", "when": "caption has parts", "effect": {"routing": "review"}},
            ],
        });
        let patterns = terms.iter().filter_map(|term| Pattern::new(term, Mode::Phrase, Folds::EVASIVE, false).ok()).collect();
        List { moderator: build(&policy).unwrap_or_else(|error| panic!("{error}")), patterns }
    }

    fn find(&self, text: &str) -> Found {
        let mut found = Found::default();
        for evidence in decide(&self.moderator, text) {
            let hit = &evidence.hits[0];
            if evidence.rule == "word" {
                (found.whole, found.text, found.start) = (true, Some(hit.text.clone()), Some(hit.start));
                found.disguised =
                    evidence.hits.iter().all(|hit| !hit.undone.iter().all(|fold| ["case", "width", "diacritics", "invisibles"].contains(&fold.as_str())));
            } else {
                found.part = true;
            }
        }
        found
    }

    /// The guard that refused a disguised reading of some term.
    fn refused(&self, text: &str) -> Option<&'static str> {
        let ordinary = Ordinary::shipped();
        let mut field = Prepared::new();
        field.prepare(text, &ordinary);
        let coarse = Coarse::build(self.patterns.iter().enumerate().map(|(id, pattern)| (u32::try_from(id).unwrap(), pattern)));
        let mut guards = BTreeSet::new();
        let mut candidates = Vec::new();
        let _ = coarse.candidates(&field, &ordinary, &mut CoarseScratch::new(), &mut |id, span| candidates.push((id, span)));
        for (id, span) in candidates {
            if let Reading::Refused(guard) = verify(&self.patterns[id as usize], &field, span, &ordinary) {
                guards.insert(guard.name());
            }
        }
        guards.into_iter().next()
    }
}

fn build(policy: &Value) -> Result<Moderator, String> {
    Moderator::builder().evidence(true).from_text(&policy.to_string()).map_err(|error| error.to_string())
}

fn decide(moderator: &Moderator, caption: &str) -> Vec<tribunal::RuleEvidence> {
    match moderator.decide_json(&json!({ "caption": caption }).to_string()).unwrap() {
        Outcome::Complete(decision) | Outcome::Incomplete(decision) => decision.evidence.unwrap_or_default(),
    }
}

/// Lists by name, made when they are first asked for.
#[derive(Default)]
struct Lists {
    made: BTreeMap<String, List>,
}

impl Lists {
    fn named(&mut self, name: &str, lang: &str) -> &List {
        let key = format!("{name} {lang}");
        self.made.entry(key).or_insert_with(|| {
            let harmful = |row: &Value| {
                let axis = |name: &str| row[name].as_i64().unwrap_or(2);
                ["profane", "offensive", "sexual", "mean"].iter().any(|name| axis(name) >= 1)
            };
            let rows = lines(&format!("terms/open/{name}.jsonl")).unwrap();
            let of_lang = |row: &&Value| name != "ldnoobw" || row["lang"] == lang;
            let terms = rows.iter().filter(of_lang).filter(|row| harmful(row)).map(|row| row["term"].as_str().unwrap().to_owned()).collect();
            let allowed = std::fs::read_to_string(data_folder().join(format!("allow/open/{name}-false-positives.txt"))).unwrap_or_default();
            List::new(&terms, &allowed.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect())
        })
    }
}

fn strings(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Why we and they differ about whether a text holds a term of a list; empty where we agree.
fn detection(list: &List, text: &str, expected: bool, known: bool) -> &'static str {
    let found = list.find(text);
    let squeezed: String = text.chars().filter(|c| props::is_lmd(*c) || "@$!|+(<*".contains(*c)).collect();
    match (expected, found.whole) {
        (true, true) | (false, false) => AGREES,
        (false, true) if !known => "their word list is not at hand",
        (false, true) if found.disguised => "a disguise that we undo and they do not",
        (false, true) => "a term as it is listed: they weigh or allow it",
        (true, false) if found.part => "inside a longer word: they match substrings",
        (true, false) if list.refused(text).is_some() => "a guard refuses the reading",
        (true, false) if list.find(&squeezed).part => "across words or symbols: they drop what is between",
        (true, false) if !text.chars().any(props::is_letter) => "a drawing or a number, no word",
        (true, false) if !known => "their word list is not at hand",
        (true, false) if loosely(list, text) => "letters missing, doubled or changed: they compare more loosely",
        (true, false) => "no term of the list: their filter knows more than the list",
    }
}

/// Whether a word of the text is one letter from a term, or the term with its doubled letters made one.
fn loosely(list: &List, text: &str) -> bool {
    let plain = fold_to_string(ViewKind::PLAIN, text);
    let single = |text: &str| {
        let mut out: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        out.dedup();
        out
    };
    let tokens: Vec<Vec<char>> = plain.split_whitespace().map(single).chain([single(&plain)]).filter(|t| t.len() > 2).collect();
    list.patterns.iter().map(|pattern| single(pattern.term())).filter(|term| term.len() > 2).any(|term| tokens.iter().any(|token| near(token, &term)))
}

/// At most one letter in three put in, left out or changed.
fn near(one: &[char], other: &[char]) -> bool {
    let most = other.len().max(3) / 3;
    if one.len().abs_diff(other.len()) > most {
        return false;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[other.len()] <= most
}

/// A pattern of YARA: a text with modifiers, or a regular expression with flags.
fn yara(case: &Value) -> &'static str {
    let (pattern, input, expected) = (case["pattern"].as_str().unwrap(), case["input"].as_str().unwrap_or_default(), &case["expect"]);
    let quote = pattern.chars().next().unwrap();
    let Some(end) = pattern.rfind(quote).filter(|end| *end > 0) else { return "patterns of bytes" };
    let (body, rest) = (&pattern[1..end], &pattern[end + 1..]);
    let flags: BTreeSet<&str> = rest.split_whitespace().collect();
    let short = flags.iter().find(|f| f.len() <= 2 && f.chars().all(|c| "is".contains(c))).copied().unwrap_or_default();
    if ["wide", "xor", "base64", "base64wide"].iter().any(|f| flags.contains(f)) || quote == '{' {
        return "patterns of bytes";
    }
    let (nocase, full) = (flags.contains("nocase") || short.contains('i'), flags.contains("fullword"));
    if input.chars().any(|c| c == '\0') || body.contains("\\x") || body.contains("\\0") {
        return "patterns of bytes";
    }
    let list = if quote == '"' {
        let mode = if full { "word" } else { "substring" };
        json!({"match": mode, "folds": if nocase { "case" } else { "none" }, "terms": [body.replace("\\\"", "\"")]})
    } else {
        let mut prefix = if nocase { String::new() } else { "(?-i)".to_owned() };
        prefix.push_str(if short.contains('s') { "(?s)" } else { "" });
        json!({"match": "regex", "terms": [format!("{prefix}{body}")]})
    };
    let policy = json!({
        "policy": {"id": "peers", "version": "1"}, "terms": {"list": list},
        "rules": [{"id": "word", "when": "caption has list", "effect": {"routing": "review"}}],
    });
    let moderator = match build(&policy) {
        Ok(moderator) => moderator,
        Err(error) if error.contains("empty") => return "a regular expression that matches nothing at all is an error here",
        Err(_) => return "not in the syntax of regular expressions here",
    };
    let hits: Vec<String> = decide(&moderator, input).into_iter().flat_map(|evidence| evidence.hits).map(|hit| hit.text).collect();
    let wanted = expected.as_str();
    let agrees = match wanted {
        Some(text) => hits.first().is_some_and(|hit| hit == text),
        None => expected.as_bool() == Some(!hits.is_empty()),
    };
    match () {
        () if agrees => AGREES,
        () if full && quote == '/' => "`fullword` on a regular expression: `\\b` says it here",
        () if full && input.contains('_') => "`_` separates words here",
        () if wanted.is_some() && !hits.is_empty() => "they look for the longest match, or at every place",
        () if input.contains(['\n', '\r']) => "line ends: `.` and `$` of another dialect",
        () => "unexplained",
    }
}

/// Cases of kinds that are not about a list.
fn other(case: &Value) -> &'static str {
    let input = case["input"].as_str().unwrap_or_default();
    match case["kind"].as_str().unwrap() {
        "normalize" => {
            let expected = case["expect"].as_str().unwrap();
            let found = List::new(&BTreeSet::from([expected.to_owned()]), &BTreeSet::new()).find(input);
            match (found.whole, input.chars().any(|c| c.is_ascii_digit()) && input.ends_with(|c: char| c.is_ascii_lowercase())) {
                (true, _) => AGREES,
                (false, true) => "a number beside a word is no disguise of letters",
                _ => "unexplained",
            }
        }
        "tokenize" => {
            let mut ours = Vec::new();
            words::words(input, |range| ours.push(fold_to_string(ViewKind::PLAIN, &input[range])));
            let theirs: Vec<String> = strings_in_order(&case["expect"]);
            let plain: Vec<String> = theirs.iter().map(|word| fold_to_string(ViewKind::PLAIN, word)).collect();
            match () {
                () if ours == plain => AGREES,
                () if input.chars().any(tribunal_text::props::is_spaceless) => "each grapheme of a script without spaces is a word here",
                () if input.starts_with('@') => "an invalid handle has no tokens there",
                () if theirs.iter().any(|word| word.contains(['*', '_', '#'])) => "masks and `_` separate words here",
                () => "unexplained",
            }
        }
        "extract_urls" => "only links with a scheme or www. are counted here",
        "misleading_url" => "no counterpart: the text of a link against its target",
        "transform" => "no counterpart: remapping characters at will",
        _ => "unexplained",
    }
}

fn strings_in_order(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Offsets of matches, in UTF-16 units with inclusive ends.
fn positions(case: &Value) -> &'static str {
    let input = case["input"].as_str().unwrap();
    let policy = json!({
        "policy": {"id": "peers", "version": "1"}, "terms": {"list": {"match": "substring", "folds": "none", "terms": case["patterns"]}},
        "rules": [{"id": "word", "when": "caption has list", "effect": {"routing": "review"}}],
    });
    let wide = |at: u32| input[..at as usize].encode_utf16().count();
    let ours: Vec<(usize, usize)> =
        decide(&build(&policy).unwrap(), input).iter().flat_map(|evidence| &evidence.hits).map(|hit| (wide(hit.start), wide(hit.end) - 1)).collect();
    let theirs: Vec<(usize, usize)> = case["expect"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| (usize::try_from(hit["start"].as_u64().unwrap()).unwrap(), usize::try_from(hit["end_inclusive"].as_u64().unwrap()).unwrap()))
        .collect();
    if ours == theirs { AGREES } else { "unexplained" }
}

/// One case: empty where we agree, else the reason.
fn judge(case: &Value, lists: &mut Lists, own: &BTreeMap<String, BTreeSet<String>>) -> &'static str {
    let peer = case["peer"].as_str().unwrap();
    let kind = case["kind"].as_str().unwrap();
    match kind {
        "pattern" => return yara(case),
        "positions" => return positions(case),
        "detect" | "censor" | "extract" => {}
        _ => return other(case),
    }
    let input = case["input"].as_str().unwrap_or_default();
    let expected = match &case["expect"] {
        Value::Bool(expected) => *expected,
        Value::String(text) if kind == "censor" => text != input,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    };
    let given = strings(&case["terms"]);
    if !given.is_empty() {
        return detection(&List::new(&given, &strings(&case["allow"])), input, expected, true);
    }
    if let Some(terms) = own.get(peer) {
        return detection(&List::new(terms, &strings(&case["allow"])), input, expected, true);
    }
    let reference = case["terms_ref"].as_str().unwrap_or_default();
    if ["rustrict-profanity", "go-away", "better-profanity-wordlist"].contains(&reference) {
        return detection(lists.named(reference, "en"), input, expected, true);
    }
    let lang = case["lang"].as_str().unwrap_or("en");
    let lang = if lines("terms/open/ldnoobw.jsonl").unwrap().iter().any(|row| row["lang"] == lang) { lang } else { "en" };
    detection(lists.named("ldnoobw", lang), input, expected, false)
}

#[test]
fn every_disagreement_has_a_reason() {
    let Some(cases) = lines("peers/cases.jsonl") else {
        tribunal_oracle::skipped("every_disagreement_has_a_reason", &format!("no peers/cases.jsonl in {} (set TRIBUNAL_DATA)", data_folder().display()));
        return;
    };
    // Those whose list is nothing but what their cases expect.
    let mut own: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases.iter().filter(|case| case["kind"] == "extract" && case["terms_ref"].is_null()) {
        let terms = own.entry(case["peer"].as_str().unwrap().to_owned()).or_default();
        terms.extend(strings(&case["expect"]));
        terms.extend(case["expect"].as_str().filter(|text| !text.is_empty()).map(str::to_owned));
    }
    let mut lists = Lists::default();
    let mut table: BTreeMap<&str, (usize, usize, BTreeMap<&'static str, usize>)> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for case in &cases {
        let reason = judge(case, &mut lists, &own);
        let row = table.entry(case["peer"].as_str().unwrap()).or_default();
        row.0 += 1;
        if reason == AGREES {
            row.1 += 1;
        } else {
            *row.2.entry(reason).or_default() += 1;
        }
        if reason == "unexplained" || std::env::var("TRIBUNAL_SHOW").is_ok_and(|shown| reason.starts_with(&shown)) {
            unexplained.push(format!("{} ({reason}): {:?} -> {}", case["id"], case["input"].as_str().unwrap_or_default(), case["expect"]));
        }
    }
    let page = page(&table);
    println!("{page}");
    if std::env::var_os("TRIBUNAL_SHOW").is_some() {
        println!("{}", unexplained.join("\n"));
        return;
    }
    assert!(unexplained.is_empty(), "{} unexplained:\n{}", unexplained.len(), unexplained.join("\n"));
    assert_eq!(cases.len(), 2_053);
    let path = root().join("docs/reference/peers.md");
    if std::env::var_os("TRIBUNAL_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), page, "docs/reference/peers.md is not what the cases give (TRIBUNAL_WRITE=1 writes it)");
}

fn page(table: &BTreeMap<&str, (usize, usize, BTreeMap<&'static str, usize>)>) -> String {
    let mut out = String::from(
        "# Test cases of other libraries\n\n\
         What other moderation and matching libraries promise in their own tests, asked of this engine: the terms they name, as\n\
         `match: phrase, folds: evasive`, on their inputs. A case is what its library promises, not a law; where this engine\n\
         answers otherwise, the reason is one of those below. Written by the test `peers`.\n\n\
         | library | cases | agree | reasons for the others |\n|---|---|---|---|\n",
    );
    for (peer, (cases, agree, reasons)) in table {
        let list: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} ({count})")).collect();
        let _ = writeln!(out, "| {peer} | {cases} | {agree} | {} |", list.join("; "));
    }
    let (cases, agree) = table.values().fold((0, 0), |(c, a), (cases, agree, _)| (c + cases, a + agree));
    let _ = writeln!(out, "| all | {cases} | {agree} | |");
    out
}
