//! Terms and patterns that do not suit their use, and what rules leave unsaid (N4, N5, P1, H1, H7).

use std::fmt::Write as _;
use std::sync::Arc;

use tribunal_policy::model::{Match, Rollout, Stage};
use tribunal_policy::source::Span;
use tribunal_policy::{ListId, RuleId};
use tribunal_text::props::is_spaceless;

use super::{Context, price};
use crate::findings::{self, Finding, Status};
use crate::item::{Draft, Val};

pub(super) fn check(context: &mut Context) {
    terms(context);
    slow(context);
    hygiene(context);
}

fn terms(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    for (_, list) in (0_u32..).map(ListId).zip(&policy.lists).filter(|(id, _)| context.wants_list(*id)).collect::<Vec<_>>() {
        for entry in list.entries.iter().filter(|entry| !entry.allow) {
            let shown = super::term(list, &entry.text);
            let letters = entry.text.chars().filter(|c| c.is_alphanumeric()).count();
            // One character of these stands for a syllable or a word, or is no letter.
            let dense = |c: char| !c.is_ascii() && (is_spaceless(c) || ('\u{ac00}'..='\u{d7a3}').contains(&c) || !c.is_alphanumeric());
            let anywhere = entry.modes.iter().any(|(mode, _)| matches!(mode, Match::Substring | Match::Prefix | Match::Suffix));
            if anywhere && letters < 3 && !entry.text.chars().any(dense) {
                let message = format!("`{shown}` of `{}` is matched inside words and has only {letters} letters", list.name);
                context.push(Finding::new(&findings::DEGENERATE_TERM, Status::Read, entry.span, message).about([list.name.clone(), shown.clone()]));
            }
            let (Some(first), Some(last)) = (entry.text.chars().next(), entry.text.chars().next_back()) else { continue };
            if is_spaceless(first) && entry.modes.iter().any(|(mode, _)| matches!(mode, Match::Prefix | Match::Suffix)) {
                let message = format!("`{shown}` of `{}` is matched at the edge of words, which its script does not have", list.name);
                let mut finding = Finding::new(&findings::MODE_MISMATCH, Status::Read, entry.span, message).about([list.name.clone(), shown]);
                let inside = format!("{last}{}{first}", entry.text);
                if !list.sensitive && context.hits(list, &inside, entry) {
                    let mut draft = Draft::default();
                    draft.set("caption", Val::Text(inside));
                    finding = finding.item(context.shown("inside running text", &draft));
                }
                context.push(finding);
            }
        }
    }
}

fn slow(context: &mut Context) {
    if context.edit.is_some() || !context.options.only.is_empty() {
        return;
    }
    let Some(part) = context.lab.bench.parts.first() else { return };
    let mut places: Vec<String> = part.slow_regexes().into_iter().map(str::to_owned).collect();
    places.sort();
    places.dedup();
    let policy = Arc::clone(&context.policy);
    for place in places {
        let lists = (0_u32..).map(ListId).zip(&policy.lists);
        let mut entries = lists.flat_map(|(id, list)| list.entries.iter().enumerate().map(move |(at, entry)| (id, at, entry)));
        let entry = entries.find(|(_, _, entry)| entry.place == place && entry.modes.iter().any(|(mode, _)| *mode == Match::Regex));
        let span = entry.map_or_else(Span::default, |(_, _, entry)| entry.span);
        let mut message = "this regular expression has no literal to wait for, so it runs on every text with a fitting character".to_owned();
        let price = entry.and_then(|(list, at, _)| price::of(&policy, list, at));
        if let Some(price) = &price {
            let (whole, tenth) = (price.worst / 10, price.worst % 10);
            if price.captions > 0 {
                let _ = write!(message, ": on {} of {} captions of the examples", price.ran, price.captions);
            }
            let _ = write!(message, "; up to {whole}.{tenth} places of it are followed at each byte");
        }
        let mut finding = Finding::new(&findings::SLOW_PATTERN, Status::Read, span, message).about([place]);
        // What nearly matches tells of it too.
        let sensitive = entry.and_then(|(list, ..)| policy.lists.get(list.index())).is_some_and(|list| list.sensitive);
        if let Some(price) = price.filter(|_| !sensitive) {
            let mut draft = Draft::default();
            draft.set("caption", Val::Text(price.text));
            finding = finding.item(context.shown("what costs most", &draft));
        }
        context.push(finding);
    }
}

/// What is tried out: a rule without effect, or with an effect on some.
pub(super) fn trial(stage: Stage, rollout: Option<Rollout>) -> Option<&'static str> {
    match stage {
        Stage::Shadow => Some("on trial in shadow"),
        Stage::Live if rollout.is_some_and(|rollout| rollout.threshold.is_some()) => Some("in force for a share of the items"),
        _ => None,
    }
}

fn hygiene(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    for (at, rule) in policy.rules.iter().enumerate() {
        let Some(id) = u32::try_from(at).ok().map(RuleId).filter(|id| context.wants_rule(*id)) else { continue };
        if rule.stage < Stage::Shadow {
            continue;
        }
        if let (Some(trial), None, None) = (trial(rule.stage, rule.rollout), rule.review_by, rule.effective_until) {
            let message = format!("`{}` is {trial}, with no `review_by` and no `until`", rule.name);
            context.push(Finding::new(&findings::OPEN_ENDED, Status::Read, context.rule_span(id), message).about([rule.name.clone()]));
        }
        let says = [("owner", rule.owner.is_some()), ("category", rule.category.is_some()), ("rationale", rule.rationale.is_some() || rule.reason.is_some())];
        let lacking: Vec<&str> = says.iter().filter(|(_, there)| !there).map(|(key, _)| *key).collect();
        if lacking.is_empty() {
            continue;
        }
        let message = format!("`{}` does not say its {}", rule.name, lacking.join(", "));
        context.push(Finding::new(&findings::HYGIENE, Status::Read, context.rule_span(id), message).about([rule.name.clone()]));
    }
}
