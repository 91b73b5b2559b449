//! What lists and rules should not look like (H2 to H6).

use std::collections::BTreeMap;
use std::sync::Arc;

use tribunal_policy::ListId;
use tribunal_policy::model::{Entry, List, Stage};
use tribunal_text::props;

use super::Context;
use crate::findings::{self, Finding, Status};

pub(super) fn check(context: &mut Context) {
    titles(context);
    let policy = Arc::clone(&context.policy);
    for (_, list) in (0_u32..).map(ListId).zip(&policy.lists).filter(|(id, list)| !list.inline && context.wants_list(*id)).collect::<Vec<_>>() {
        for entry in &list.entries {
            term(context, list, entry);
        }
        doubled(context, list);
    }
}

/// H2: titles that tell two rules apart for nobody.
fn titles(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    let mut by_title: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, rule) in policy.rules.iter().enumerate().filter(|(_, rule)| rule.stage > Stage::Off) {
        if let Some(title) = &rule.title {
            by_title.entry(title.trim().to_lowercase()).or_default().push(at);
        }
    }
    for rules in by_title.values().filter(|rules| rules.len() > 1) {
        let rules: Vec<_> = rules.iter().filter_map(|at| policy.rules.get(*at)).collect();
        let Some((first, title)) = rules.first().and_then(|rule| Some((rule, rule.title.as_ref()?))) else { continue };
        let names: Vec<String> = rules.iter().map(|rule| rule.name.clone()).collect();
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("{} have the same title, “{title}”", quoted.join(" and "));
        context.push(Finding::new(&findings::TITLE_COLLISION, Status::Read, first.span.at_start(), message).about(names));
    }
}

/// H3, H4, H6: how a term is written.
fn term(context: &mut Context, list: &List, entry: &Entry) {
    let shown = super::term(list, &entry.text);
    let mut tell = |code, message: String| {
        context.push(Finding::new(code, Status::Read, entry.span, message).about([list.name.clone(), shown.clone()]));
    };
    // A joiner inside an emoji or a word of Persian or Hindi belongs there.
    let hidden =
        entry.text.chars().find(|c| (props::is_default_ignorable(*c) || c.is_control()) && !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0F}' | '\n' | '\t'));
    if let Some(c) = hidden {
        tell(&findings::INVISIBLE_IN_TERM, format!("`{shown}` of `{}` holds U+{:04X}, which nobody sees", list.name, u32::from(c)));
    }
    let pairs = entry.text.chars().zip(entry.text.chars().skip(1));
    if pairs.into_iter().any(|(letter, mark)| is_apart(letter, mark)) {
        tell(&findings::NOT_NFC, format!("`{shown}` of `{}` is written with marks apart from their letters", list.name));
    }
    if is_number(&entry.text) {
        tell(&findings::NUMBER_IN_TERM, format!("`{shown}` of `{}` looks like a number that a spreadsheet has rewritten", list.name));
    }
}

/// A letter and a mark for which there is one character: the common ones of Latin.
fn is_apart(letter: char, mark: char) -> bool {
    "aeiouncszyAEIOUNCSZY".contains(letter) && matches!(mark, '\u{300}'..='\u{303}' | '\u{308}' | '\u{30A}' | '\u{30C}' | '\u{327}')
}

/// `1488.0`, `7.3E+18`.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = text.strip_suffix(".0").is_some_and(digits);
    let scientific = text.split_once("E+").is_some_and(|(head, power)| {
        let mantissa = head.split_once('.').map_or_else(|| digits(head), |(whole, rest)| digits(whole) && digits(rest));
        mantissa && digits(power)
    });
    whole || scientific
}

/// H5: entries that are one term and in force together.
fn doubled(context: &mut Context, list: &List) {
    let mut by_term: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for entry in list.entries.iter().filter(|entry| !entry.allow) {
        by_term.entry(entry.term).or_default().push(entry);
    }
    for entries in by_term.values().filter(|entries| entries.len() > 1) {
        for (at, entry) in entries.iter().enumerate() {
            let together = |other: &&&Entry| {
                let here = entry.force.global && other.force.global || entry.force.markets.iter().zip(&other.force.markets).any(|(one, two)| *one && *two);
                here && entry.since == other.since && entry.until == other.until && entry.only_lang == other.only_lang && entry.modes == other.modes
            };
            let Some(first) = entries.iter().take(at).find(together) else { continue };
            let shown = super::term(list, &entry.text);
            let message = format!("`{shown}` of `{}` is the term that stands at {}", list.name, first.place);
            let finding = Finding::new(&findings::DUPLICATE_TERM, Status::Read, entry.span, message);
            context.push(finding.about([list.name.clone(), shown]));
        }
    }
}
