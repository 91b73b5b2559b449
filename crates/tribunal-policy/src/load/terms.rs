//! Term lists: from YAML, and the checks every term has to pass wherever it comes from.

use std::collections::BTreeMap;

use tribunal_text::{Folds, Pattern, ViewKind};

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ids::MarketId;
use crate::keys;
use crate::load::reader::{self, Map};
use crate::model::{Entry, Force, List, Match};
use crate::source::{Sources, Span};
use crate::suggest;
use crate::time::Instant;
use crate::yaml::{Node, Value};

/// How terms are matched unless they say otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) matches: Option<Vec<Match>>,
    pub(crate) folds: Option<FoldSpec>,
    pub(crate) lang: Option<String>,
    pub(crate) source: Option<String>,
}

/// `folds:` as written: what is put in and what is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoldSpec {
    add: Option<Folds>,
    subtract: Folds,
}

impl FoldSpec {
    /// What it makes of a mode: `[-leet]` alone subtracts from the mode's default in the term's language.
    fn of(self, mode: Match, lang: Option<&str>) -> Folds {
        if mode == Match::Regex {
            return Folds::CASE;
        }
        self.add.unwrap_or_else(|| mode.default_folds_in(lang)).minus(self.subtract)
    }
}

/// Values of one term before they become an [`Entry`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) allow: bool,
    pub(crate) matches: Option<Vec<Match>>,
    pub(crate) folds: Option<FoldSpec>,
    pub(crate) lang: Option<String>,
    pub(crate) only_lang: Option<String>,
    pub(crate) markets: Vec<MarketId>,
    pub(crate) since: Option<Instant>,
    pub(crate) until: Option<Instant>,
    pub(crate) sense: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) evasions: Vec<String>,
}

/// What is known while lists are read.
pub(crate) struct Terms<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) markets: &'a BTreeMap<String, MarketId>,
    pub(crate) out: &'a mut Diagnostics,
}

impl Terms<'_> {
    /// A list written in YAML: a map with options, or just its terms.
    pub(crate) fn list(&mut self, name: &str, span: Span, node: &Node) -> (List, Defaults, Option<(String, Span)>) {
        let mut list = empty(name, span);
        let mut defaults = Defaults::default();
        if let Value::Seq(items) = &node.value {
            for item in items {
                self.entry(item, false, &defaults, &mut list.entries);
            }
            return (list, defaults, None);
        }
        let Some(map) = Map::new(node, &keys::LIST, self.out) else { return (list, defaults, None) };
        defaults.matches = self.matches(&map);
        defaults.folds = self.folds(&map);
        defaults.lang = map.text("lang", self.out);
        defaults.source = map.text("source", self.out);
        list.sensitive = map.boolean("sensitive", self.out).unwrap_or(false);
        list.owner = map.text("owner", self.out);
        list.description = map.text("description", self.out);
        for (key, allow) in [("terms", false), ("allow", true)] {
            for item in map.get(key).map(|node| reader::items(node, "terms", true, self.out)).unwrap_or_default() {
                self.entry(item, allow, &defaults, &mut list.entries);
            }
        }
        let file = map.get("file").and_then(|node| Some((reader::text(node, self.out)?.to_owned(), node.span)));
        if map.get("terms").is_none() && file.is_none() {
            self.out.push(
                Diagnostic::new(&codes::EMPTY_LIST, span, format!("the list `{name}` has no terms"))
                    .help("write `terms: […]`, or `file:` with a CSV, TXT or XLSX file"),
            );
        }
        (list, defaults, file)
    }

    fn matches(&mut self, map: &Map<'_>) -> Option<Vec<Match>> {
        map.get("match")?;
        let written = map.texts("match", self.out);
        Some(self.match_words(&written))
    }

    pub(crate) fn match_words(&mut self, written: &[(String, Span)]) -> Vec<Match> {
        let mut found = Vec::new();
        for (word, span) in written {
            match Match::ALL.iter().find(|mode| mode.name() == word) {
                Some(mode) if !found.contains(mode) => found.push(*mode),
                Some(_) => {}
                None => self.out.push(reader::not_a_choice("match", word, *span, keys::MATCHES)),
            }
        }
        found
    }

    fn folds(&mut self, map: &Map<'_>) -> Option<FoldSpec> {
        map.get("folds")?;
        let written = map.texts("folds", self.out);
        Some(self.fold_words(&written))
    }

    pub(crate) fn fold_words(&mut self, written: &[(String, Span)]) -> FoldSpec {
        let mut spec = FoldSpec { add: None, subtract: Folds::NONE };
        for (word, span) in written {
            let (subtract, name) = word.strip_prefix('-').map_or((false, word.as_str()), |rest| (true, rest));
            match Folds::from_name(name) {
                Some(folds) if subtract => spec.subtract = spec.subtract.union(folds),
                Some(folds) => spec.add = Some(spec.add.unwrap_or(Folds::NONE).union(folds)),
                None => {
                    let known = Folds::EVASIVE.names().chain(["plain", "evasive", "none"]);
                    let help = suggest::did_you_mean(name, known).unwrap_or_else(|| {
                        format!("the folds are plain, evasive, none, {}; `-name` subtracts", Folds::EVASIVE.names().collect::<Vec<_>>().join(", "))
                    });
                    self.out.push(Diagnostic::new(&codes::WRONG_VALUE, *span, format!("there is no fold `{name}`")).help(help));
                }
            }
        }
        spec
    }

    pub(crate) fn market_names(&mut self, written: &[(String, Span)]) -> Vec<MarketId> {
        let mut found = Vec::new();
        for (name, span) in written {
            match self.markets.get(name) {
                Some(id) => found.push(*id),
                None => self.out.push(super::markets::unknown(name, *span, self.markets)),
            }
        }
        found
    }

    /// One entry of a YAML list.
    pub(crate) fn entry(&mut self, node: &Node, allow: bool, defaults: &Defaults, entries: &mut Vec<Entry>) {
        let (row, span) = if let Value::Map(_) = &node.value {
            let Some(map) = Map::new(node, &keys::TERM, self.out) else { return };
            let Some(term) = map.get("term") else { return };
            let Some(text) = reader::text(term, self.out) else { return };
            let markets = map.texts("markets", self.out);
            let row = Row {
                text: text.to_owned(),
                allow: map.boolean("allow", self.out).unwrap_or(false) || allow,
                matches: self.matches(&map),
                folds: self.folds(&map),
                lang: map.text("lang", self.out),
                only_lang: map.text("only_lang", self.out),
                markets: self.market_names(&markets),
                since: map.date("since", self.out),
                until: map.date("until", self.out),
                sense: map.text("sense", self.out),
                source: map.text("source", self.out),
                note: map.text("note", self.out),
                evasions: map.texts("evasions", self.out).into_iter().map(|(text, _)| text).collect(),
            };
            (row, term.span)
        } else {
            let Some(text) = reader::text(node, self.out) else { return };
            (Row { text: text.to_owned(), allow, ..Row::default() }, node.span)
        };
        let line = self.sources.line(span);
        let place = format!("{}:{line}", self.sources.path(span.file));
        if let Some(entry) = self.finish(row, defaults, span, place) {
            entries.push(entry);
        }
    }

    /// A row as an entry, checked.
    pub(crate) fn finish(&mut self, row: Row, defaults: &Defaults, span: Span, place: String) -> Option<Entry> {
        let lang = row.lang.or_else(|| defaults.lang.clone());
        let turkish = lang.as_deref().is_some_and(|lang| ["tr", "az"].iter().any(|turkic| primary(lang).eq_ignore_ascii_case(turkic)));
        let own_match = row.matches.is_some();
        let matches = row.matches.or_else(|| if row.allow { None } else { defaults.matches.clone() });
        let matches = matches.filter(|modes| !modes.is_empty()).unwrap_or_else(|| vec![Match::Word]);
        let folds = row.folds.or(if row.allow { None } else { defaults.folds });
        let with_folds = matches.into_iter().map(|mode| {
            // An allow entry is whole words under case, width and invisibles unless it says otherwise.
            let chosen = match folds {
                Some(spec) => spec.of(mode, lang.as_deref()),
                None if row.allow && (!own_match || mode == Match::Word) => Folds::CASE.union(Folds::WIDTH).union(Folds::INVISIBLES),
                None => mode.default_folds_in(lang.as_deref()),
            };
            (mode, chosen)
        });
        let mut modes: Vec<(Match, Folds)> = with_folds.collect();
        // A list of words and tags may hold an emoji, which is no tag: the ways that its list brings it need not all fit.
        let fits = |(mode, folds): &(Match, Folds)| mode.mode().is_none_or(|mode| Pattern::check(&row.text, mode, *folds, turkish).is_ok());
        if !own_match && modes.iter().any(fits) {
            modes.retain(fits);
        }
        if !modes.iter().all(|(mode, folds)| check_term(&row.text, *mode, *folds, turkish, span, self.out)) {
            return None;
        }
        if let (Some(since), Some(until)) = (row.since, row.until)
            && since.seconds >= until.end()
        {
            self.out.push(
                Diagnostic::new(&codes::EMPTY_WINDOW, span, "`until` comes before `since`: this term is never in force")
                    .help("`until` is the last day in force; swap the two dates, or correct one"),
            );
        }
        Some(Entry {
            text: row.text,
            allow: row.allow,
            term: 0,
            modes,
            turkish,
            lang,
            markets: row.markets,
            force: Force::default(),
            since: row.since,
            until: row.until,
            only_lang: row.only_lang,
            sense: row.sense,
            source: row.source.or_else(|| defaults.source.clone()),
            note: row.note,
            evasions: row.evasions,
            span,
            place,
        })
    }
}

pub(crate) fn empty(name: &str, span: Span) -> List {
    List { name: name.to_owned(), span, inline: false, sensitive: false, description: None, owner: None, entries: Vec::new(), terms: 0, scope: None }
}

/// The primary subtag of a language tag.
///
/// ```
/// assert_eq!(["pt-BR", "pt_br", "pt"].map(tribunal_policy::primary), ["pt", "pt", "pt"]);
/// ```
pub fn primary(lang: &str) -> &str {
    lang.split(['-', '_']).next().unwrap_or(lang)
}

/// Whether a term can be matched that way; says why not.
pub(crate) fn check_term(text: &str, mode: Match, folds: Folds, turkish: bool, span: Span, out: &mut Diagnostics) -> bool {
    let Some(mode) = mode.mode() else { return check_regex(text, span, out) };
    match Pattern::check(text, mode, folds, turkish) {
        Ok(()) => true,
        Err(error) => {
            out.push(
                Diagnostic::new(&codes::EMPTY_TERM, span, format!("this term cannot be matched: {error}"))
                    .help("write the characters that have to be there, or match it as `substring` under `folds: none`"),
            );
            false
        }
    }
}

fn check_regex(text: &str, span: Span, out: &mut Diagnostics) -> bool {
    let parsed = regex_syntax::ParserBuilder::new().case_insensitive(true).nest_limit(50).build().parse(text);
    match parsed {
        Ok(hir) if hir.properties().minimum_len().is_none_or(|least| least == 0) => {
            out.push(
                Diagnostic::new(&codes::BAD_REGEX, span, "this regular expression matches the empty text, so it would hit everywhere")
                    .help("make one part of it required, for example `+` in place of `*`"),
            );
            false
        }
        Ok(_) => true,
        Err(error) => {
            let reason = match &error {
                regex_syntax::Error::Parse(error) => error.kind().to_string(),
                regex_syntax::Error::Translate(error) => error.kind().to_string(),
                other => other.to_string(),
            };
            out.push(
                Diagnostic::new(&codes::BAD_REGEX, span, format!("this regular expression cannot be read: {reason}"))
                    .help("the syntax is that of the Rust `regex` crate: no look-around, no back-references"),
            );
            false
        }
    }
}

/// What two entries of a list have in common that are one term (Exact meaning 11): whether they are regular expressions, and their text
/// under plain folds.
///
/// ```
/// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [Glock, {term: glock, match: prefix}, revolver]}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let keys: Vec<_> = policy.lists[0].entries.iter().map(tribunal_policy::term_key).collect();
/// assert!(keys[0] == keys[1] && keys[1] != keys[2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn term_key(entry: &Entry) -> (bool, String) {
    let regex = entry.modes.iter().all(|(mode, _)| *mode == Match::Regex);
    let key = if regex { entry.text.clone() } else { tribunal_text::fold_to_string(ViewKind { folds: Folds::PLAIN, turkish: entry.turkish }, &entry.text) };
    (regex, key)
}

/// Numbers the terms of a list: entries that are equal under `plain` are one term.
pub(crate) fn number_terms(list: &mut List) {
    let mut known: BTreeMap<(bool, String), u32> = BTreeMap::new();
    for entry in list.entries.iter_mut().filter(|entry| !entry.allow) {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        entry.term = *known.entry(term_key(entry)).or_insert(next);
    }
    list.terms = u32::try_from(known.len()).unwrap_or(u32::MAX);
}
