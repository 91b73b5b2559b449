//! What changed in the text of two versions, rule by rule, market by market.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::model::{EffectiveRule, ExceptionSource, Prose, Stage};
use tribunal_policy::{MarketId, Policy, RuleId, time};

use super::{BriefOptions, LineBrief, ListBrief, RuleBrief};
use crate::finding_way::{effect_text, market_name, markets};
use crate::handbook::Audience;
use crate::languages::{Speaker, notice};
use crate::rehearsal::Rehearsal;

/// Everything about a rule in one market that decides, by key.
type Lines = BTreeMap<String, String>;

fn lines(policy: &Policy, rule: &EffectiveRule, audience: Audience) -> Lines {
    let mut lines = Lines::new();
    lines.insert("stage".to_owned(), rule.stage.name().to_owned());
    lines.insert("effect".to_owned(), effect_text(policy, &rule.effect));
    if let Some(rollout) = rule.rollout {
        lines.insert("rollout".to_owned(), format!("{}%", f64::from(rollout.share) / 10_000.0));
    }
    for (key, date) in [("from", rule.effective_from), ("until", rule.effective_until)] {
        if let Some(date) = date {
            lines.insert(key.to_owned(), time::display(date.seconds));
        }
    }
    // Users are told what happens, not how it is found.
    if audience != Audience::Public {
        lines.insert("when".to_owned(), policy.print(&rule.when));
        let name = |source: &ExceptionSource| match source {
            ExceptionSource::Own => "unless".to_owned(),
            ExceptionSource::Shared(id) => format!("exception {}", policy.exceptions.get(id.index()).map_or("", |exception| exception.name.as_str())),
        };
        for (source, cond) in &rule.cancels {
            lines.insert(name(source), policy.print(cond));
        }
        for (source, cond, becomes) in &rule.softens {
            lines.insert(name(source), format!("{} becomes {}", policy.print(cond), effect_text(policy, becomes)));
        }
    }
    lines
}

/// By market name (empty: without one), by rule name: what decides, and the overlays behind it.
type AllLines = BTreeMap<String, BTreeMap<String, (Lines, Vec<(MarketId, u32)>)>>;

fn all_lines(policy: &Policy, audience: Audience) -> AllLines {
    let mut all = BTreeMap::new();
    for market in markets(policy) {
        let name = market.map_or_else(String::new, |_| market_name(policy, market));
        let rules = policy.effective(market).into_iter().filter_map(|rule| {
            let named = policy.rules.get(rule.rule.index())?.name.clone();
            Some((named, (lines(policy, &rule, audience), rule.overlays.clone())))
        });
        all.insert(name, rules.collect());
    }
    all
}

pub(super) fn rules(old: &Rehearsal<'_>, new: &Rehearsal<'_>, options: &BriefOptions, speaker: &Speaker<'_>) -> Vec<RuleBrief> {
    let (before, after) = (all_lines(&old.policy, options.audience), all_lines(&new.policy, options.audience));
    let names: BTreeSet<&str> = old.policy.rules.iter().chain(&new.policy.rules).map(|rule| rule.name.as_str()).collect();
    let live = [old, new].map(Rehearsal::live_somewhere);
    let mut found = Vec::new();
    for name in names {
        let (was, now) = (old.policy.rule(name), new.policy.rule(name));
        let is_live = was.is_some_and(|id| live.first().is_some_and(|live| live.contains(&id)))
            || now.is_some_and(|id| live.get(1).is_some_and(|live| live.contains(&id)));
        if options.audience == Audience::Public && !is_live {
            continue;
        }
        let inner = options.audience != Audience::Public;
        let lines = rule_lines(name, (&before, &after), &new.policy, inner.then_some(speaker));
        let kind = match (was, now) {
            (None, _) => "new",
            (_, None) => "gone",
            _ if lines.is_empty() => continue,
            _ => "changed",
        };
        let policy = if now.is_some() { &new.policy } else { &old.policy };
        let Some(rule) = now.or(was).and_then(|id| policy.rules.get(id.index())) else { continue };
        let rehearsal = if now.is_some() { new } else { old };
        let say = |text: &Prose, key| rehearsal.scrub(&speaker.say(text, || format!("the rule `{}`", rule.name), key));
        let reason = rule.reason.as_ref().filter(|_| inner);
        found.push(RuleBrief {
            rule: rule.name.clone(),
            title: rule.title.as_ref().map(|text| say(text, "title")),
            clause: rule.clause.clone(),
            kind: kind.to_owned(),
            lines: lines.into_iter().map(|line| scrubbed(line, new)).collect(),
            why: reason.map(|text| say(text, "reason")).or_else(|| rule.rationale.as_ref().map(|text| say(text, "rationale"))),
            legal_basis: rule.legal_basis.clone().map(|text| rehearsal.scrub(&text)),
            owner: rule.owner.clone().filter(|_| options.audience == Audience::Internal),
            from: rule.effective_from.map(|at| time::display(at.seconds)),
            until: rule.effective_until.map(|at| time::display(at.seconds)),
            notice: notice(policy, rule).map(|text| say(&text, "notice")),
            markets: now.map(|id| live_in(&new.policy, id)).unwrap_or_default(),
        });
    }
    found
}

fn scrubbed(line: LineBrief, new: &Rehearsal<'_>) -> LineBrief {
    LineBrief { key: line.key, was: new.scrub(&line.was), now: new.scrub(&line.now), why: line.why.map(|text| new.scrub(&text)) }
}

/// What differs: without a market first, then where a market differs in another way. Without a speaker no reasons are given.
fn rule_lines<'s>(name: &str, (before, after): (&'s AllLines, &'s AllLines), policy: &Policy, speaker: Option<&Speaker<'_>>) -> Vec<LineBrief> {
    let empty = Lines::new();
    let mut found: Vec<LineBrief> = Vec::new();
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for market in all {
        // Where a market is not declared, the policy without overlays decides.
        let of = |side: &'s AllLines| side.get(market).or_else(|| side.get("")).and_then(|rules| rules.get(name));
        let (was, now) = (of(before), of(after));
        let (a, b) = (was.map_or(&empty, |(lines, _)| lines), now.map_or(&empty, |(lines, _)| lines));
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).filter(|key| a.get(*key) != b.get(*key)).collect();
        for key in keys {
            let of = |lines: &Lines| lines.get(key).cloned().unwrap_or_default();
            let (was, now_is) = (of(a), of(b));
            // The same change everywhere is said once.
            let same =
                |known: &LineBrief| known.key.split_once(": ").map_or(known.key.as_str(), |(_, key)| key) == key && known.was == was && known.now == now_is;
            if found.iter().any(same) {
                continue;
            }
            let key = if market.is_empty() { key.clone() } else { format!("{market}: {key}") };
            let why = now.zip(speaker).and_then(|((_, overlays), speaker)| reason(policy, overlays, speaker));
            found.push(LineBrief { key, was, now: now_is, why });
        }
    }
    found
}

/// The reason of the last overlay that touched the rule.
fn reason(policy: &Policy, overlays: &[(MarketId, u32)], speaker: &Speaker<'_>) -> Option<String> {
    let (market, at) = overlays.last()?;
    let market = policy.markets.get(market.index())?;
    market.overrides.get(*at as usize).map(|change| speaker.say(&change.reason, || format!("what `{}` changes", market.name), "reason"))
}

fn live_in(policy: &Policy, id: RuleId) -> Vec<String> {
    let live = |market| policy.effective(market).iter().any(|rule| rule.rule == id && rule.stage == Stage::Live);
    let here: Vec<Option<MarketId>> = markets(policy).filter(|market| live(*market)).collect();
    if here.len() == policy.markets.len() + 1 { vec!["everywhere".to_owned()] } else { here.into_iter().map(|market| market_name(policy, market)).collect() }
}

pub(super) fn lists(old: &Rehearsal<'_>, new: &Rehearsal<'_>, options: &BriefOptions) -> Vec<ListBrief> {
    let entries = |policy: &Policy| -> BTreeMap<String, (bool, BTreeSet<(bool, String)>)> {
        let named = policy.lists.iter().filter(|list| !list.inline);
        named.map(|list| (list.name.clone(), (list.sensitive, list.entries.iter().map(|entry| (entry.allow, entry.text.clone())).collect()))).collect()
    };
    let (before, after) = (entries(&old.policy), entries(&new.policy));
    let readers = crate::sheets::readers(&new.policy);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let empty = (false, BTreeSet::new());
        let (was, now) = (before.get(name).unwrap_or(&empty), after.get(name).unwrap_or(&empty));
        let sensitive = was.0 || now.0;
        let hidden = sensitive || options.audience == Audience::Public;
        let shown = |from: &BTreeSet<(bool, String)>, to: &BTreeSet<(bool, String)>| -> (Vec<String>, u64) {
            let terms: Vec<&(bool, String)> = to.difference(from).collect();
            let texts =
                terms.iter().filter(|_| !hidden).map(|(allow, text)| format!("{}{}", if *allow { "allow " } else { "" }, new.scrub(&crate::mask(text))));
            (texts.collect(), terms.len() as u64)
        };
        let ((added, added_count), (removed, removed_count)) = (shown(&was.1, &now.1), shown(&now.1, &was.1));
        if added_count + removed_count > 0 {
            let rules = readers.get(name).map(|rules| rules.iter().cloned().collect()).unwrap_or_default();
            found.push(ListBrief { list: name.clone(), sensitive, added, added_count, removed, removed_count, rules });
        }
    }
    found
}

/// The third line of the summary.
pub(super) fn markets_line(changes: &[RuleBrief]) -> String {
    let named: BTreeSet<&str> =
        changes.iter().flat_map(|change| &change.lines).filter_map(|line| line.key.split_once(": ")).map(|(market, _)| market).collect();
    if named.is_empty() {
        "No market changes on its own.".to_owned()
    } else {
        format!("Markets that change on their own: {}.", named.into_iter().collect::<Vec<_>>().join(", "))
    }
}
