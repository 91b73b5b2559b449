//! Policies with nearly all that the language has, made by chance: too many kinds of items to be enumerated.

use std::fmt::Write as _;

use super::{Rng, Thing};

const TERMS: &[&str] = &[
    "glock",
    "heck",
    "{term: heck, folds: plain}",
    "{term: lock, match: substring, folds: plain}",
    "{term: glo, match: prefix}",
    "{term: glock heck, match: phrase, folds: plain}",
    "{term: 'gl[o0]ck', match: regex}",
    "{term: film, folds: plain}",
    "{term: heck, until: 2026-01-31}",
    "{term: glock, since: 2026-02-01}",
    "{term: film, only_lang: pt}",
];
const EXEMPT: &[&str] = &[
    "glock film",
    "heck film",
    "{term: glock film, until: 2026-01-31}",
    "{term: heck film, only_lang: pt}",
    "{term: glock film, match: whole}",
    "{term: glock, match: regex}",
    "film glock",
];
const IDS: &[&str] = &["u1", "u2", "{term: u1, until: 2026-01-31}", "{term: u2, since: 2026-02-01}"];
const LISTS: &[&str] = &["a", "b", "c"];
const SUBJECTS: &[&str] = &["caption", "caption", "any text", "ocr"];
const LANGS: &[&str] = &["pt", "pt-BR", "en", "PT-br"];
const FIELDS: &[&str] = &["ocr: {missing: unknown}", "author.age: {missing: 12}", "author.verified: {missing: false}", "lang: {missing: pt}"];

#[derive(Clone, Debug)]
struct Rule {
    when: String,
    unless: Option<String>,
    /// Lines of the rule beside its effect.
    more: Vec<String>,
    effect: String,
}

/// A policy in parts.
#[derive(Clone, Debug)]
pub(crate) struct Broad {
    fields: Vec<&'static str>,
    lists: Vec<(Vec<&'static str>, Vec<&'static str>)>,
    ids: Vec<&'static str>,
    rules: Vec<Rule>,
    overrides: Vec<String>,
}

fn some(rng: &mut Rng, of: &[&'static str], most: usize) -> Vec<&'static str> {
    (0..rng.below(most + 1)).map(|_| *rng.pick(of)).collect()
}

fn entries(rng: &mut Rng) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut terms = some(rng, TERMS, 2);
    terms.push(*rng.pick(TERMS));
    let exempt = if rng.one_in(2) { some(rng, EXEMPT, 2) } else { Vec::new() };
    (terms, exempt)
}

fn leaf(rng: &mut Rng, rules: usize) -> String {
    let op = *rng.pick(&["<", "<=", ">", ">=", "=", "!="]);
    let (subject, list, other) = (*rng.pick(SUBJECTS), *rng.pick(LISTS), *rng.pick(LISTS));
    let lists = if rng.one_in(2) { list.to_owned() } else { format!("any of ({list}, {other})") };
    let per = if rng.one_in(3) { " per field" } else { "" };
    let what = *rng.pick(&["count", "count", "distinct", "evasion"]);
    match rng.below(18) {
        0..=3 => format!("{subject} has {list}"),
        4 => format!("{subject} has {} ({list}, {other}, c)", rng.pick(&["any of", "all of", "at least 2 of"])),
        5 => format!("caption has {list} {} {other} within {} words", rng.pick(&["near", "before"]), rng.below(3)),
        6..=8 => format!("{what}({subject} has {lists}{per}) {op} {}", rng.below(4)),
        9 => format!("{what}(caption has {list}) {op} {what}({subject} has {lists})"),
        10 => format!("author.age {op} {}", rng.pick(&["12", "13", "18"])),
        11 => rng.pick(&["is_missing(author.age)", "is_missing(lang)", "author.verified", "author.verified = false"]).to_string(),
        12 => format!("lang {} \"{}\"", rng.pick(&["=", "!="]), rng.pick(LANGS)),
        13 => format!("lang {} (\"{}\", \"{}\")", rng.pick(&["in", "not in"]), rng.pick(LANGS), rng.pick(LANGS)),
        14 => format!("author.id {} {}", rng.pick(&["in", "not in"]), rng.pick(&["ids", "(u1, u3)"])),
        15 => format!("length(caption) {op} {}", rng.pick(&["length(ocr)", "0", "12"])),
        16 => format!("score(risk) {op} {}", rng.below(4)),
        _ if rules > 0 => format!("rule(r{})", rng.below(rules)),
        _ => "market = US".to_owned(),
    }
}

fn cond(rng: &mut Rng, depth: usize, rules: usize) -> String {
    if depth == 0 || rng.one_in(3) {
        return leaf(rng, rules);
    }
    match rng.below(5) {
        0 | 1 => format!("({}) and ({})", cond(rng, depth - 1, rules), cond(rng, depth - 1, rules)),
        2 | 3 => format!("({}) or ({})", cond(rng, depth - 1, rules), cond(rng, depth - 1, rules)),
        _ => format!("not ({})", cond(rng, depth - 1, rules)),
    }
}

/// A rule gives points and asks for none, or the other way round: no score asks about itself.
fn rule(rng: &mut Rng, at: usize) -> Rule {
    let depth = rng.below(3);
    let (mut when, mut unless) = (cond(rng, depth, at), rng.one_in(3).then(|| cond(rng, 1, at)));
    let mut more = Vec::new();
    if rng.one_in(3) {
        more.push(format!("points: {{risk: {}}}", rng.pick(&["1", "2", "-1", "1.5"])));
        let free = |text: &str| text.replace("score(risk)", "author.age").replace("rule(r", "is_missing(author.age) and not author.age in (1");
        (when, unless) = (free(&when), unless.map(|unless| free(&unless)));
    }
    if rng.one_in(3) {
        more.push(format!("on_unknown: {}", rng.pick(&["ignore", "review", "apply"])));
    }
    if rng.one_in(5) {
        more.push(rng.pick(&["until: 2026-01-31", "effective_from: 2026-02-01"]).to_string());
    }
    Rule { when, unless, more, effect: super::tiny::effect(rng) }
}

fn overriding(rng: &mut Rng, rules: usize) -> String {
    let at = rng.below(rules);
    let list = *rng.pick(LISTS);
    match rng.below(9) {
        0 => format!("rule: r{at}, stage: {}", rng.pick(&["off", "shadow"])),
        1 => format!("rule: r{at}, effect: {}", super::tiny::effect(rng)),
        2 => format!("rule: r{at}, {}: '{}'", rng.pick(&["tighten", "loosen", "when"]), leaf(rng, 0).replace("score(risk)", "author.age")),
        3 => format!("rule: r{at}, unless: '{}'", leaf(rng, 0).replace("score(risk)", "author.age")),
        4 | 5 => format!("terms: {list}, add: [{}]", rng.pick(TERMS)),
        6 => format!("terms: {list}, allow: [{}]", rng.pick(EXEMPT)),
        7 => format!("terms: {list}, remove: [{}]", rng.pick(&["glock", "heck", "film"])),
        _ => format!("terms: {list}, disallow: [{}]", rng.pick(&["glock film", "heck film"])),
    }
}

impl Broad {
    pub(crate) fn new(rng: &mut Rng) -> Broad {
        let mut lists: Vec<_> = LISTS.iter().map(|_| entries(rng)).collect();
        if rng.one_in(2) {
            lists[1] = lists[0].clone();
        }
        let rules: Vec<Rule> = (0..2 + rng.below(3)).map(|at| rule(rng, at)).collect();
        let overrides = (0..rng.below(3)).map(|_| overriding(rng, rules.len())).collect();
        Broad { fields: if rng.one_in(3) { some(rng, FIELDS, 2) } else { Vec::new() }, lists, ids: some(rng, IDS, 3), rules, overrides }
    }

    /// The same with one thing changed.
    pub(crate) fn edited(&self, rng: &mut Rng) -> Broad {
        let mut new = self.clone();
        let (at, list) = (rng.below(new.rules.len()), rng.below(LISTS.len()));
        match rng.below(9) {
            0 => new.rules[at] = rule(rng, at),
            1 => new.rules[at].effect = super::tiny::effect(rng),
            2 => new.rules[at].unless = Some(leaf(rng, 0).replace("score(risk)", "author.age")),
            3 => new.lists[list].0.push(*rng.pick(TERMS)),
            4 => new.lists[list].1.push(*rng.pick(EXEMPT)),
            5 => {
                new.lists[list].0.remove(0);
            }
            6 => new.ids = some(rng, IDS, 3),
            7 => new.fields = some(rng, FIELDS, 2),
            _ => new.overrides = (0..rng.below(3)).map(|_| overriding(rng, new.rules.len())).collect(),
        }
        new
    }

    pub(crate) fn rules(&self) -> usize {
        self.rules.len()
    }

    /// The policy as text; `silent`: that rule has no effect, wherever.
    pub(crate) fn text(&self, silent: Option<usize>) -> String {
        let mut out = String::from("policy: {id: t, version: '1'}\n");
        if !self.fields.is_empty() {
            let mut fields = self.fields.clone();
            fields.sort_unstable();
            fields.dedup();
            writeln!(out, "fields: {{{}}}", fields.join(", ")).unwrap();
        }
        out.push_str("terms:\n");
        for (name, (terms, exempt)) in LISTS.iter().zip(&self.lists) {
            writeln!(out, "  {name}: {{terms: [{}], allow: [{}]}}", terms.join(", "), exempt.join(", ")).unwrap();
        }
        writeln!(out, "  ids: {{match: whole, terms: [{}]}}\nrules:", self.ids.join(", ")).unwrap();
        out.push_str("  - {id: given, when: author.age > 90, points: {risk: 1}, effect: {}}\n");
        for (at, rule) in self.rules.iter().enumerate() {
            let effect = if silent == Some(at) { "{}" } else { &rule.effect };
            writeln!(out, "  - id: r{at}\n    when: {}\n    effect: {effect}", rule.when).unwrap();
            for line in rule.more.iter().filter(|line| silent != Some(at) || !line.starts_with("on_unknown")) {
                writeln!(out, "    {line}").unwrap();
            }
            if let Some(unless) = &rule.unless {
                writeln!(out, "    unless: {unless}").unwrap();
            }
        }
        out.push_str("markets:\n  - market: US\n    overrides:\n");
        for change in self.overrides.iter().filter(|change| silent.is_none_or(|at| !change.starts_with(&format!("rule: r{at}, effect")))) {
            writeln!(out, "      - {{{change}, reason: R.}}").unwrap();
        }
        if out.ends_with("overrides:\n") {
            out.truncate(out.len() - "    overrides:\n".len());
        }
        out
    }
}

/// What the conditions of such policies ask about.
pub(crate) fn item(rng: &mut Rng) -> Thing {
    const WORDS: &[&str] =
        &["glock", "heck", "film", "gl0ck", "h3ck", "glock heck", "glock film", "heck film", "film glock", "glockheck", "lock", "the", "zq zq zq", "GLOCK"];
    let mut thing = Thing::default();
    for field in ["caption", "ocr", "transcript"] {
        if rng.one_in(if field == "caption" { 8 } else { 2 }) {
            continue;
        }
        let words: Vec<&str> = (0..rng.below(4)).map(|_| *rng.pick(WORDS)).collect();
        thing.texts.insert(field, words.join([" ", " ", ". ", ""][rng.below(4)]));
    }
    let mut choose = |name: &'static str, of: &[&str]| {
        if !rng.one_in(3) {
            thing.texts.insert(name, (*rng.pick(of)).to_owned());
        }
    };
    choose("lang", &["pt", "pt-BR", "pt-PT", "en", "fr"]);
    choose("author.id", &["u1", "u2", "u3"]);
    choose("as_of", &["2026-01-15", "2026-01-31", "2026-02-01", "2026-03-01"]);
    if rng.one_in(2) {
        thing.texts.insert("market", "US".to_owned());
    }
    if !rng.one_in(3) {
        thing.numbers.insert("author.age", [11.5, 12.0, 13.0, 17.5, 18.0, 95.0][rng.below(6)]);
    }
    if !rng.one_in(3) {
        thing.flags.insert("author.verified", rng.one_in(2));
    }
    thing
}
