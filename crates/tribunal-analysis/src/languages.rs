//! What a policy says to people, in which languages, and what is not there in one of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::model::{EffectiveRule, Prose, Rule, Stage, Target};
use tribunal_policy::source::Span;
use tribunal_policy::{MarketId, Policy, RuleId};

use crate::document::{Block, Item, plain, sentence};

/// A text of a policy for people.
pub(crate) struct PolicyText {
    /// `policy`, `category`, `rule`, `exception`, `market`, `override`.
    pub(crate) of: &'static str,
    /// Its name; of an override the rule or list that it changes.
    pub(crate) name: String,
    /// The key: `title`, `rationale`, `reason`, `notice`.
    pub(crate) key: &'static str,
    /// What is written.
    pub(crate) text: Prose,
    /// Where the thing that it speaks of is written; of a category this is not kept.
    pub(crate) span: Option<Span>,
    /// Markets in which it is read.
    pub(crate) markets: Vec<MarketId>,
}

/// The texts that tell those concerned what happened, as one text.
pub(crate) fn notice(policy: &Policy, rule: &Rule) -> Option<Prose> {
    Prose::by_lang(rule.notice.clone(), policy.lang.as_deref())
}

/// Every text of a policy for people. `effective` holds the rules of each market, in their order.
pub(crate) fn texts(policy: &Policy, effective: &[Vec<EffectiveRule>]) -> Vec<PolicyText> {
    let ids = || (0_u32..).map(MarketId).zip(&policy.markets);
    let all = || ids().map(|(id, _)| id).collect::<Vec<_>>();
    let mut found = Vec::new();
    let mut put = |of, name: &str, span, markets: Vec<MarketId>, texts: &[(&'static str, Option<Prose>)]| {
        for (key, text) in texts {
            if let Some(text) = text.clone() {
                found.push(PolicyText { of, name: name.to_owned(), key, text, span, markets: markets.clone() });
            }
        }
    };
    put("policy", &policy.id, None, all(), &[("title", policy.title.clone())]);
    for category in &policy.taxonomy {
        let scope = |name: &str| category.markets.is_empty() || category.markets.iter().any(|scope| policy.market_matches(name, scope));
        let markets = ids().filter(|(_, market)| scope(&market.name)).map(|(id, _)| id).collect();
        put("category", &category.name, None, markets, &[("title", category.title.clone())]);
    }
    for (id, rule) in (0_u32..).map(RuleId).zip(&policy.rules) {
        let there = |rules: &Vec<EffectiveRule>| rules.iter().any(|here| here.rule == id && here.stage != Stage::Off);
        let markets = ids().zip(effective).filter(|(_, rules)| there(rules)).map(|((id, _), _)| id).collect();
        let texts = [("title", rule.title.clone()), ("rationale", rule.rationale.clone()), ("reason", rule.reason.clone()), ("notice", notice(policy, rule))];
        put("rule", &rule.name, Some(rule.span), markets, &texts);
    }
    for exception in &policy.exceptions {
        let markets = ids().map(|(id, _)| id).filter(|id| exception.scope.is_none_or(|scope| policy.is_within(*id, scope))).collect();
        put("exception", &exception.name, Some(exception.span), markets, &[("reason", exception.reason.clone())]);
    }
    for (id, market) in ids() {
        put("market", &market.name, Some(market.span), vec![id], &[("title", market.title.clone())]);
        for change in &market.overrides {
            let name = match &change.target {
                Target::Rule(rule, _) => policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone()),
                // A rule may have the name of a list.
                Target::List(list, _) => format!("list {}", policy.list_name(*list)),
            };
            put("override", &name, Some(change.span), vec![id], &[("reason", Some(change.reason.clone()))]);
        }
    }
    found
}

/// Puts texts on a page in one language, and keeps which of them are not written in it.
pub(crate) struct Speaker<'l> {
    lang: &'l str,
    missing: RefCell<BTreeMap<String, BTreeSet<&'static str>>>,
}

impl<'l> Speaker<'l> {
    pub(crate) fn new(lang: &'l str) -> Speaker<'l> {
        Speaker { lang, missing: RefCell::default() }
    }

    /// The text in the language of the page, else in its own with that behind it. `of` names what it belongs to.
    pub(crate) fn say(&self, text: &Prose, of: impl FnOnce() -> String, key: &'static str) -> String {
        if text.lacks(self.lang) {
            self.missing.borrow_mut().entry(of()).or_default().insert(key);
        }
        text.shown(self.lang).trim().to_owned()
    }

    /// What was said in another language: a line for each thing.
    pub(crate) fn missing(&self) -> Vec<String> {
        let said = self.missing.borrow();
        said.iter().map(|(of, keys)| format!("{of}: {}", keys.iter().copied().collect::<Vec<_>>().join(", "))).collect()
    }
}

/// The part of a page that says what is not there in its language.
pub(crate) fn missing_part(lang: &str, missing: &[String], blocks: &mut Vec<Block>) {
    if missing.is_empty() {
        return;
    }
    blocks.push(Block::Heading(2, format!("Not written in {lang}")));
    blocks.push(Block::Text(vec![plain("These texts stand here in another language, which is named behind each of them.")]));
    blocks.push(Block::Items(missing.iter().map(|line| Item::new(sentence(line))).collect()));
}
