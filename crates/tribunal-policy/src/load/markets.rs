//! Markets: the tree, and the overlays on rules and lists.

use std::collections::BTreeMap;

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ids::{ListId, MarketId};
use crate::keys;
use crate::load::effects::Effects;
use crate::load::reader::{self, Map};
use crate::load::rules::{self, Rules};
use crate::load::terms::{Defaults, Terms};
use crate::model::{List, ListChange, Market, Override, Prose, RuleChange, Target, WhenChange};
use crate::source::Span;
use crate::suggest;
use crate::yaml::{Node, Value};

/// A market's file before anything in it is resolved.
pub(crate) struct Raw<'a> {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) parent: Option<(String, Span)>,
    pub(crate) title: Option<Prose>,
    pub(crate) languages: Vec<String>,
    /// The language of the policy.
    pub(crate) lang: Option<&'a str>,
    pub(crate) node: &'a Node,
}

pub(crate) fn unknown(name: &str, span: Span, markets: &BTreeMap<String, MarketId>) -> Diagnostic {
    let help = suggest::did_you_mean(name, markets.keys().map(String::as_str))
        .unwrap_or_else(|| "declare it under `markets/`, or under `markets:` in a single file".to_owned());
    Diagnostic::new(&codes::UNKNOWN_MARKET, span, format!("there is no market `{name}`")).help(help)
}

/// The head of a market.
pub(crate) fn raw<'a>(node: &'a Node, lang: Option<&'a str>, out: &mut Diagnostics) -> Option<Raw<'a>> {
    let map = Map::new(node, &keys::MARKET, out)?;
    let named = map.get("market")?;
    let name = reader::text(named, out)?.to_owned();
    if !reader::is_market_name(&name) {
        out.push(
            Diagnostic::new(&codes::BAD_NAME, named.span, format!("`{name}` cannot name a market"))
                .help("a market is an upper-case letter, then upper-case letters, digits, `_` or `-`"),
        );
    }
    let parent = map.get("inherits").and_then(|node| Some((reader::text(node, out)?.to_owned(), node.span)));
    Some(Raw { name, span: named.span, parent, title: map.prose("title", lang, out), languages: map.langs("languages", out), lang, node })
}

/// Parents before children; doubled names, unknown parents and cycles are reported.
pub(crate) fn order<'a>(raws: Vec<Raw<'a>>, out: &mut Diagnostics) -> (Vec<Raw<'a>>, BTreeMap<String, MarketId>) {
    let mut by_name: BTreeMap<String, Raw<'a>> = BTreeMap::new();
    for raw in raws {
        if let Some(first) = by_name.get(&raw.name) {
            out.push(
                Diagnostic::new(&codes::DUPLICATE_NAME, raw.span, format!("the market `{}` is defined twice", raw.name))
                    .secondary(first.span, "first here")
                    .help("put both into one file"),
            );
            continue;
        }
        by_name.insert(raw.name.clone(), raw);
    }
    let names: BTreeMap<String, MarketId> = by_name.keys().map(|name| (name.clone(), MarketId(0))).collect();
    let mut ordered: Vec<Raw<'a>> = Vec::new();
    let mut ids: BTreeMap<String, MarketId> = BTreeMap::new();
    loop {
        // A market is ready when the one above it is placed, or is not there at all.
        let ready: Vec<String> = by_name
            .values()
            .filter(|raw| raw.parent.as_ref().is_none_or(|(parent, _)| ids.contains_key(parent) || !names.contains_key(parent)))
            .map(|raw| raw.name.clone())
            .collect();
        if ready.is_empty() {
            break;
        }
        for name in ready {
            if let Some(raw) = by_name.remove(&name) {
                if let Some((parent, span)) = &raw.parent
                    && !names.contains_key(parent)
                {
                    out.push(unknown(parent, *span, &names));
                }
                ids.insert(name, MarketId(u32::try_from(ordered.len()).unwrap_or(u32::MAX)));
                ordered.push(raw);
            }
        }
    }
    report_cycles(&by_name, out);
    (ordered, ids)
}

/// What is left over lies on a cycle or below one; each cycle is reported once, those below it not at all.
fn report_cycles(left: &BTreeMap<String, Raw<'_>>, out: &mut Diagnostics) {
    let above = |name: &str| left.get(name).and_then(|raw| raw.parent.as_ref()).map(|(parent, _)| parent.as_str());
    for (name, raw) in left {
        let mut way = vec![name.as_str()];
        let mut at = above(name);
        while let Some(next) = at.filter(|next| *next != name && !way.contains(next)) {
            way.push(next);
            at = above(next);
        }
        // The first name of a cycle speaks for all of it.
        if at != Some(name.as_str()) || way.iter().any(|other| *other < name.as_str()) {
            continue;
        }
        let span = raw.parent.as_ref().map_or(raw.span, |(_, span)| *span);
        let names: Vec<&str> = way.iter().copied().chain([name.as_str()]).collect();
        let mut found = Diagnostic::new(&codes::MARKET_CYCLE, span, format!("the market `{name}` inherits from itself: {}", names.join(" → ")));
        for other in way.iter().skip(1) {
            if let Some((_, span)) = left.get(*other).and_then(|raw| raw.parent.as_ref()) {
                found = found.secondary(*span, "and this");
            }
        }
        out.push(found.help("one of these `inherits:` has to go, or to name a market above"));
    }
}

/// The market without its overrides.
pub(crate) fn market(raw: &Raw<'_>, ids: &BTreeMap<String, MarketId>) -> Market {
    Market {
        name: raw.name.clone(),
        span: raw.span,
        parent: raw.parent.as_ref().and_then(|(parent, _)| ids.get(parent).copied()),
        title: raw.title.clone(),
        languages: raw.languages.clone(),
        overrides: Vec::new(),
        floors: Vec::new(),
    }
}

/// One override of a rule or a list.
pub(crate) fn rule_override(rules: &mut Rules<'_, '_>, effects: &Effects<'_>, node: &Node, seen: &mut BTreeMap<String, Span>) -> Option<Override> {
    let map = Map::new(node, &keys::OVERRIDE, rules.resolver.out)?;
    let reason = reason(&map, rules.lang, rules.resolver.out);
    let named = map.get("rule")?;
    let name = reader::text(named, rules.resolver.out)?.to_owned();
    once(seen, &name, named.span, "rule", rules.resolver.out);
    let rule = rules.rule_id(&name, named.span)?;
    for key in ["add", "remove", "allow", "disallow"] {
        if let Some(span) = map.key_span(key) {
            rules.resolver.out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, span, format!("`{key}` changes a list, not a rule")).help("write an override with `terms:` for the list"),
            );
        }
    }
    let mut change = RuleChange::default();
    let given: Vec<&str> = ["when", "tighten", "loosen"].into_iter().filter(|key| map.get(key).is_some()).collect();
    if let [_, second, ..] = given.as_slice() {
        let span = map.span_of(&[second]);
        rules.resolver.out.push(
            Diagnostic::new(&codes::WRONG_SHAPE, span, "an override has one of `when`, `tighten` and `loosen`")
                .help("`when` replaces the condition, `tighten` adds `or …` to it, `loosen` adds `and …`"),
        );
    }
    change.when = match given.first() {
        Some(&"when") => rules.condition(&map, "when").map(WhenChange::Replace),
        Some(&"tighten") => rules.condition(&map, "tighten").map(WhenChange::Tighten),
        Some(_) => rules.condition(&map, "loosen").map(WhenChange::Loosen),
        None => None,
    };
    if let Some(node) = map.get("unless") {
        change.unless = match &node.value {
            Value::Scalar(scalar) if scalar.text == "none" => Some(None),
            _ => rules.unless(node).map(Some),
        };
    }
    if let Some(node) = map.get("points") {
        change.points = Some(rules.points(node));
    }
    let out = &mut *rules.resolver.out;
    change.stage = rules::stage(&map, out);
    change.rollout = map.get("rollout").and_then(|node| effects.rollout(node, out));
    change.effect = map.get("effect").map(|node| effects.changes(node, true, out)).unwrap_or_default();
    change.effective_from = map.date("effective_from", out);
    let until = map.date("until", out);
    change.effective_until = map.date("effective_until", out).or(until);
    Some(finish(&map, node.span, Target::Rule(rule, Box::new(change)), reason, out))
}

fn reason(map: &Map<'_>, lang: Option<&str>, out: &mut Diagnostics) -> Prose {
    if map.get("reason").is_none() {
        let span = map.span_of(&["rule", "terms"]);
        out.push(
            Diagnostic::new(&codes::MISSING_REASON, span, "this override has no `reason`")
                .help("say why this market differs: the next reader, and an auditor, will ask"),
        );
    }
    // Without one there is an error, and no policy.
    map.prose("reason", lang, out).unwrap_or_else(|| Prose::plain(String::new(), lang))
}

fn once(seen: &mut BTreeMap<String, Span>, name: &str, span: Span, what: &str, out: &mut Diagnostics) {
    let key = format!("{what} {name}");
    if let Some(first) = seen.get(&key) {
        out.push(
            Diagnostic::new(&codes::DUPLICATE_NAME, span, format!("the {what} `{name}` is overridden twice in this market"))
                .secondary(*first, "first here")
                .help("put both changes into one override"),
        );
    }
    seen.entry(key).or_insert(span);
}

fn finish(map: &Map<'_>, span: Span, target: Target, reason: Prose, out: &mut Diagnostics) -> Override {
    Override {
        span,
        target,
        reason,
        legal_basis: map.text("legal_basis", out),
        approved_by: map.text("approved_by", out),
        review_by: map.date("review_by", out),
        intent: map.choice("intent", keys::INTENTS, out).map(str::to_owned),
    }
}

/// An override of a list: its new entries are put behind the list's own.
pub(crate) fn list_override(
    terms: &mut Terms<'_>,
    lists: &mut [List],
    defaults: &BTreeMap<ListId, Defaults>,
    names: &BTreeMap<String, ListId>,
    node: &Node,
    lang: Option<&str>,
    seen: &mut BTreeMap<String, Span>,
) -> Option<Override> {
    let map = Map::new(node, &keys::OVERRIDE, terms.out)?;
    let reason = reason(&map, lang, terms.out);
    let named = map.get("terms")?;
    let name = reader::text(named, terms.out)?.to_owned();
    once(seen, &name, named.span, "list", terms.out);
    for key in ["stage", "rollout", "effect", "when", "tighten", "loosen", "unless", "points", "effective_from", "effective_until", "until"] {
        if let Some(span) = map.key_span(key) {
            terms.out.push(Diagnostic::new(&codes::WRONG_SHAPE, span, format!("`{key}` changes a rule, not a list")).help("write an override with `rule:`"));
        }
    }
    let Some(id) = names.get(&name).copied() else {
        let help = suggest::did_you_mean(&name, names.keys().map(String::as_str)).unwrap_or_else(|| "declare it under `terms:`".to_owned());
        terms.out.push(Diagnostic::new(&codes::UNKNOWN_LIST, named.span, format!("there is no term list `{name}`")).help(help));
        return None;
    };
    let list = lists.get_mut(id.index())?;
    let defaults = defaults.get(&id).cloned().unwrap_or_default();
    let mut change = ListChange::default();
    for (key, allow) in [("add", false), ("allow", true)] {
        let items = map.get(key).map(|node| reader::items(node, "terms", true, terms.out)).unwrap_or_default();
        for item in items {
            let before = list.entries.len();
            terms.entry(item, allow, &defaults, &mut list.entries);
            let added = (before..list.entries.len()).filter_map(|at| u32::try_from(at).ok());
            if allow { change.allow.extend(added) } else { change.add.extend(added) }
        }
    }
    for (key, allow) in [("remove", false), ("disallow", true)] {
        for (text, span) in map.texts(key, terms.out) {
            let found: Vec<u32> = list
                .entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| entry.allow == allow && entry.text == text)
                .filter_map(|(at, _)| u32::try_from(at).ok())
                .collect();
            if found.is_empty() {
                let known = list.entries.iter().filter(|entry| entry.allow == allow).map(|entry| entry.text.as_str());
                let help = suggest::did_you_mean(&text, known).unwrap_or_else(|| "write it exactly as the list does".to_owned());
                terms.out.push(Diagnostic::new(&codes::REMOVE_MISSING, span, format!("the list `{name}` does not hold this entry here")).help(help));
            }
            if allow { change.disallow.extend(found) } else { change.remove.extend(found) }
        }
    }
    Some(finish(&map, node.span, Target::List(id, change), reason, terms.out))
}
