//! Rules and shared exceptions.

use std::collections::BTreeMap;

use crate::codes;
use crate::cond::{Cond, Resolver};
use crate::diagnostic::Diagnostic;
use crate::ids::{MarketId, RuleId, ScoreId};
use crate::keys;
use crate::load::effects::Effects;
use crate::load::reader::{self, Map};
use crate::model::{Example, Examples, Exception, OnUnknown, Rule, Selector, SelectorKind, Stage, Unless};
use crate::num::Decimal;
use crate::source::Span;
use crate::suggest;
use crate::yaml::{Node, Value};

/// Reads rules once all names are known.
pub(crate) struct Rules<'a, 'b> {
    pub(crate) resolver: &'b mut Resolver<'a>,
    pub(crate) effects: Effects<'a>,
    /// Every rule has to say its stage.
    pub(crate) folder: bool,
    /// Categories of the taxonomy and of rules, for selectors.
    pub(crate) categories: &'b std::collections::BTreeSet<String>,
    /// The taxonomy is declared: categories outside it are mistakes.
    pub(crate) taxonomy: bool,
    /// The language of the policy.
    pub(crate) lang: Option<&'b str>,
}

/// The stage as written.
pub(crate) fn stage(map: &Map<'_>, out: &mut crate::diagnostic::Diagnostics) -> Option<Stage> {
    Some(match map.choice("stage", keys::STAGES, out)? {
        "off" => Stage::Off,
        "draft" => Stage::Draft,
        "shadow" => Stage::Shadow,
        _ => Stage::Live,
    })
}

pub(crate) fn on_unknown(map: &Map<'_>, out: &mut crate::diagnostic::Diagnostics) -> Option<OnUnknown> {
    Some(match map.choice("on_unknown", keys::ON_UNKNOWN, out)? {
        "review" => OnUnknown::Review,
        "apply" => OnUnknown::Apply,
        _ => OnUnknown::Ignore,
    })
}

impl Rules<'_, '_> {
    /// A rule; `None` when it has no condition that can be used.
    pub(crate) fn rule(&mut self, name: &str, node: &Node, scope: Option<MarketId>) -> Option<Rule> {
        let map = Map::new(node, &keys::RULE, self.resolver.out)?;
        let when = self.condition(&map, "when");
        let unless = map.get("unless").and_then(|node| self.unless(node));
        let out = &mut *self.resolver.out;
        let stage = stage(&map, out);
        if stage.is_none() && map.get("stage").is_none() && self.folder {
            let span = map.key_span("id").unwrap_or(map.span);
            out.push(
                Diagnostic::new(&codes::MISSING_STAGE, span, format!("the rule `{name}` does not say its stage"))
                    .help("in a folder every rule says `stage:` off, draft, shadow or live, so that nothing goes live unseen"),
            );
        }
        let says_on_unknown = map.get("on_unknown").is_some();
        let on_unknown = on_unknown(&map, out).unwrap_or_default();
        let effect = map.get("effect").map(|node| self.effects.effect(node, out)).unwrap_or_default();
        let rollout = map.get("rollout").and_then(|node| self.effects.rollout(node, out));
        if on_unknown == OnUnknown::Review && self.effects.review().is_none() {
            out.push(
                Diagnostic::new(
                    &codes::UNKNOWN_AXIS_VALUE,
                    map.get("on_unknown").map_or(map.span, |node| node.span),
                    "`on_unknown: review` needs an axis `routing` with the value `review`",
                )
                .help("declare it under `axes:`: `routing: {kind: ordered, values: [none, review]}`"),
            );
        }
        let category = map.text("category", out);
        if let (Some(category), true) = (&category, self.taxonomy)
            && !self.categories.contains(category)
        {
            let help = suggest::did_you_mean(category, self.categories.iter().map(String::as_str)).unwrap_or_else(|| "add it to `taxonomy:`".to_owned());
            let span = map.get("category").map_or(map.span, |node| node.span);
            out.push(Diagnostic::new(&codes::UNKNOWN_CATEGORY, span, format!("the taxonomy has no category `{category}`")).help(help));
        }
        let until = map.date("until", out);
        let effective_until = map.date("effective_until", out).or(until);
        let effective_from = map.date("effective_from", out);
        window(effective_from, effective_until, map.span_of(&["effective_until", "until"]), out);
        let points = map.get("points").map(|node| self.points(node)).unwrap_or_default();
        let examples = self.examples(&map);
        let lang = self.lang;
        let out = &mut *self.resolver.out;
        let notice = map.get("notice").map(|node| reader::by_lang(node, out)).unwrap_or_default();
        Some(Rule {
            name: name.to_owned(),
            span: node.span,
            title: map.prose("title", lang, out),
            category,
            clause: map.text("clause", out),
            stage: stage.unwrap_or(Stage::Live),
            rollout,
            when: when?,
            unless,
            on_unknown,
            says_on_unknown,
            effect,
            points,
            severity: map.text("severity", out),
            rationale: map.prose("rationale", lang, out),
            owner: map.text("owner", out),
            reason: map.prose("reason", lang, out),
            legal_basis: map.text("legal_basis", out),
            effective_from,
            effective_until,
            review_by: map.date("review_by", out),
            floor: map.boolean("floor", out).unwrap_or(false),
            notice,
            examples,
            scope,
        })
    }

    pub(crate) fn condition(&mut self, map: &Map<'_>, key: &str) -> Option<Cond> {
        let scalar = reader::scalar(map.get(key)?, self.resolver.out)?;
        self.resolver.condition(scalar)
    }

    /// `unless: condition` or `unless: {when, becomes}`.
    pub(crate) fn unless(&mut self, node: &Node) -> Option<Unless> {
        if let Value::Map(_) = &node.value {
            let map = Map::new(node, &keys::UNLESS, self.resolver.out)?;
            let when = self.condition(&map, "when");
            let becomes = map.get("becomes").map(|node| self.effects.effect(node, self.resolver.out));
            map.prose("reason", self.lang, self.resolver.out);
            return Some(Unless { when: when?, becomes });
        }
        let scalar = reader::scalar(node, self.resolver.out)?;
        Some(Unless { when: self.resolver.condition(scalar)?, becomes: None })
    }

    pub(crate) fn points(&mut self, node: &Node) -> BTreeMap<ScoreId, i64> {
        let out = &mut *self.resolver.out;
        let mut points = BTreeMap::new();
        let Value::Map(entries) = &node.value else {
            out.push(Diagnostic::new(&codes::WRONG_SHAPE, node.span, "expected a map from scores to numbers").help("for example `points: {spam: 2.5}`"));
            return points;
        };
        for entry in entries {
            let Some(text) = reader::text(&entry.value, out) else { continue };
            let Some(value) = Decimal::parse(text).and_then(Decimal::thousandths) else {
                out.push(
                    Diagnostic::new(&codes::WRONG_VALUE, entry.value.span, format!("`{text}` is no number of points"))
                        .help("points have at most three decimals"),
                );
                continue;
            };
            if let Some(score) = self.resolver.symbols.scores.get(&entry.key.text) {
                points.insert(*score, value);
            }
        }
        points
    }

    fn examples(&mut self, map: &Map<'_>) -> Examples {
        let out = &mut *self.resolver.out;
        let Some(node) = map.get("examples") else { return Examples::default() };
        let Some(inner) = Map::new(node, &keys::EXAMPLES, out) else { return Examples::default() };
        let mut read = |key: &str| -> Vec<Example> {
            let items = inner.get(key).map(|node| reader::items(node, "examples", true, out)).unwrap_or_default();
            items.iter().filter_map(|node| super::items::example(node, &self.resolver.symbols.fields, out)).collect()
        };
        Examples { violates: read("violates"), allowed: read("allowed") }
    }

    pub(crate) fn exception(&mut self, name: &str, node: &Node, scope: Option<MarketId>, rules: &[Rule]) -> Option<Exception> {
        let map = Map::new(node, &keys::EXCEPTION, self.resolver.out)?;
        let when = self.condition(&map, "when");
        let applies = map.texts("applies_to", self.resolver.out);
        let never = map.texts("never", self.resolver.out);
        let applies_to = self.selectors(&applies);
        let never = self.selectors(&never);
        for selector in &applies_to {
            if let SelectorKind::Rule(id) = selector.kind
                && let Some(rule) = rules.get(id.index())
                && never.iter().any(|never| never.picks(id, rule))
            {
                self.resolver.out.push(
                    Diagnostic::new(&codes::EXCEPTION_NEVER, selector.span, format!("`never` of this exception covers the rule `{}`", rule.name))
                        .help("take the rule out of `applies_to`, or narrow `never`"),
                );
            }
        }
        let becomes = map.get("becomes").map(|node| self.effects.effect(node, self.resolver.out));
        let reason = map.prose("reason", self.lang, self.resolver.out);
        map.prose("title", self.lang, self.resolver.out);
        Some(Exception { name: name.to_owned(), span: node.span, applies_to, never, when: when?, becomes, reason, scope })
    }

    /// `rule-name`, `a/b`, `a/*`, `*`.
    pub(crate) fn selectors(&mut self, written: &[(String, Span)]) -> Vec<Selector> {
        written.iter().filter_map(|(text, span)| self.selector(text, *span)).collect()
    }

    fn selector(&mut self, text: &str, span: Span) -> Option<Selector> {
        let known =
            |prefix: &str| self.categories.iter().any(|category| category.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        let kind = if text == "*" {
            SelectorKind::All
        } else if let Some(prefix) = text.strip_suffix("/*") {
            if !known(prefix) {
                let help =
                    suggest::did_you_mean(prefix, self.categories.iter().map(String::as_str)).unwrap_or_else(|| "name a category that a rule has".to_owned());
                self.resolver.out.push(Diagnostic::new(&codes::UNKNOWN_CATEGORY, span, format!("no rule has a category under `{prefix}`")).help(help));
            }
            SelectorKind::Under(prefix.to_owned())
        } else if let Some(id) = self.resolver.symbols.rules.get(text) {
            SelectorKind::Rule(*id)
        } else if self.categories.contains(text) {
            SelectorKind::Category(text.to_owned())
        } else {
            let names = self.resolver.symbols.rules.keys().chain(self.categories.iter()).map(String::as_str);
            let help = suggest::did_you_mean(text, names).unwrap_or_else(|| "name a rule, a category, or all under a category with `x/*`".to_owned());
            self.resolver.out.push(Diagnostic::new(&codes::UNKNOWN_RULE, span, format!("there is no rule and no category `{text}`")).help(help));
            return None;
        };
        Some(Selector { span, kind })
    }

    /// The rule of that name, or a complaint.
    pub(crate) fn rule_id(&mut self, text: &str, span: Span) -> Option<RuleId> {
        let found = self.resolver.symbols.rules.get(text).copied();
        if found.is_none() {
            let help = suggest::did_you_mean(text, self.resolver.symbols.rules.keys().map(String::as_str))
                .unwrap_or_else(|| "name a rule of this policy by its `id`".to_owned());
            self.resolver.out.push(Diagnostic::new(&codes::UNKNOWN_RULE, span, format!("there is no rule `{text}`")).help(help));
        }
        found
    }
}

/// Complains about a window that is never open.
pub(crate) fn window(from: Option<crate::time::Instant>, until: Option<crate::time::Instant>, span: Span, out: &mut crate::diagnostic::Diagnostics) {
    if let (Some(from), Some(until)) = (from, until)
        && from.seconds >= until.end()
    {
        out.push(
            Diagnostic::new(&codes::EMPTY_WINDOW, span, "the end comes before the beginning: this rule is never in force")
                .help("a bare date as the end includes that day; swap the two dates, or correct one"),
        );
    }
}

impl Map<'_> {
    /// The place of the first of these keys that is there.
    pub(crate) fn span_of(&self, keys: &[&str]) -> Span {
        keys.iter().find_map(|key| self.key_span(key)).unwrap_or(self.span)
    }
}
