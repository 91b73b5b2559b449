//! The policy as documentation that people read: taxonomy, clauses, what is and is not allowed, examples, markets.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::model::{Category, EffectiveRule, ExceptionSource, Prose, Rule, Target};
use tribunal_policy::{Policy, RuleId, time};

use crate::document::{Block, Document, Item, Span, plain};
use crate::finding_way::{effect_text, market_name, markets, place};
use crate::languages::{Speaker, missing_part, notice};
use crate::rehearsal::{Rehearsal, RenderError};

/// Who reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Users: live rules, clauses, what happens. No conditions, lists, owners or inner reasons.
    Public,
    /// Those who decide: conditions and examples too.
    #[default]
    Moderator,
    /// The owners: everything, with places, dates and law.
    Internal,
}

/// What a handbook is for.
#[derive(Clone, Debug)]
pub struct HandbookOptions {
    /// Who reads it.
    pub audience: Audience,
    /// The language of titles, rationales, reasons and notices. What is not written in it stands in the policy's own language, which is
    /// said of each text and at the end.
    pub lang: String,
}

/// Writes the handbook. Every example is run again first.
///
/// # Errors
///
/// When an example comes out otherwise than it says.
pub fn handbook(rehearsal: &Rehearsal<'_>, options: &HandbookOptions) -> Result<Document, RenderError> {
    let wrong = rehearsal.mismatches();
    if !wrong.is_empty() {
        return Err(RenderError::Mismatch(wrong));
    }
    let policy = &rehearsal.policy;
    let speaker = Speaker::new(&options.lang);
    let writer = Writer { rehearsal, policy, options, speaker: &speaker, effective: markets(policy).map(|market| policy.effective(market)).collect() };
    let title = policy.title.as_ref().map_or_else(|| policy.id.clone(), |title| speaker.say(title, || "the policy".to_owned(), "title"));
    let mut blocks = vec![Block::Text(vec![plain(format!("{} {}", policy.id, policy.version))])];
    let live = rehearsal.live_somewhere();
    let shown = |id: RuleId| options.audience != Audience::Public || live.contains(&id);
    let mut by_category: BTreeMap<&str, Vec<(RuleId, &Rule)>> = BTreeMap::new();
    for (id, rule) in (0_u32..).map(RuleId).zip(&policy.rules).filter(|(id, _)| shown(*id)) {
        by_category.entry(rule.category.as_deref().unwrap_or("")).or_default().push((id, rule));
    }
    // The order of the taxonomy, then what it does not name.
    let mut names: Vec<&str> = policy.taxonomy.iter().map(|category| category.name.as_str()).collect();
    names.extend(by_category.keys().copied().filter(|name| !policy.taxonomy.iter().any(|category| category.name == *name)));
    for name in names {
        let category = policy.taxonomy.iter().find(|category| category.name == name);
        let Some(rules) = by_category.get(name) else {
            if options.audience == Audience::Internal
                && !policy.rules.iter().any(|rule| rule.category.as_deref().is_some_and(|own| own.starts_with(&format!("{name}/"))))
            {
                blocks.push(Block::Heading(2, category_title(&speaker, category, name)));
                blocks.push(Block::Text(vec![plain("No rule speaks of this category.")]));
            }
            continue;
        };
        blocks.push(Block::Heading(2, category_title(&speaker, category, name)));
        if let Some(scope) = category.filter(|category| !category.markets.is_empty()) {
            blocks.push(Block::Text(vec![plain(format!("In scope in {} only.", scope.markets.join(", ")))]));
        }
        let mut rules = rules.clone();
        rules.sort_by_key(|(_, rule)| (rule.clause.clone(), rule.name.clone()));
        for (id, rule) in rules {
            writer.rule(id, rule, &mut blocks);
        }
    }
    writer.markets(&mut blocks);
    if options.audience != Audience::Public {
        writer.lists(&mut blocks);
    }
    missing_part(&options.lang, &speaker.missing(), &mut blocks);
    let mut page = Document { title, lang: options.lang.clone(), blocks };
    scrub(&mut page, rehearsal);
    Ok(page)
}

pub(crate) fn category_title(speaker: &Speaker<'_>, category: Option<&Category>, name: &str) -> String {
    match category.and_then(|category| category.title.as_ref()) {
        Some(title) => speaker.say(title, || format!("the category `{name}`"), "title"),
        None if name.is_empty() => "Without a category".to_owned(),
        None => name.to_owned(),
    }
}

/// Texts that authors wrote may quote what must not leave; names and examples are masked where they are made.
pub(crate) fn scrub(page: &mut Document, rehearsal: &Rehearsal<'_>) {
    fn spans(spans: &mut [Span], mask: &dyn Fn(&str) -> String) {
        for span in spans {
            if let Span::Plain(text) | Span::Strong(text) | Span::Changed(text) | Span::Code(text) = span {
                *text = mask(text);
            }
        }
    }
    fn items(all: &mut [Item], mask: &dyn Fn(&str) -> String) {
        for item in all {
            spans(&mut item.spans, mask);
            items(&mut item.items, mask);
        }
    }
    let mask = |text: &str| rehearsal.scrub(text);
    page.title = mask(&page.title);
    for block in &mut page.blocks {
        match block {
            Block::Heading(_, text) | Block::Mermaid(text) => *text = mask(text),
            Block::Text(all) => spans(all, &mask),
            Block::Items(all) => items(all, &mask),
            Block::Table(head, rows) => {
                head.iter_mut().for_each(|cell| *cell = mask(cell));
                rows.iter_mut().flatten().for_each(|cell| spans(cell, &mask));
            }
        }
    }
}

struct Writer<'w> {
    rehearsal: &'w Rehearsal<'w>,
    policy: &'w Policy,
    options: &'w HandbookOptions,
    speaker: &'w Speaker<'w>,
    /// By column of [`markets`].
    effective: Vec<Vec<EffectiveRule>>,
}

impl Writer<'_> {
    fn here(&self, column: usize, id: RuleId) -> Option<&EffectiveRule> {
        self.effective.get(column)?.iter().find(|rule| rule.rule == id)
    }

    fn rule(&self, id: RuleId, rule: &Rule, blocks: &mut Vec<Block>) {
        let policy = self.policy;
        let clause = rule.clause.as_deref().map_or_else(String::new, |clause| format!("{clause} "));
        let say = |text: &Prose, key| self.speaker.say(text, || format!("the rule `{}`", rule.name), key);
        let title = rule.title.as_ref().map_or_else(|| rule.name.clone(), |title| say(title, "title"));
        blocks.push(Block::Heading(3, format!("{clause}{title}")));
        if let Some(rationale) = &rule.rationale {
            blocks.push(Block::Text(vec![plain(say(rationale, "rationale"))]));
        }
        let mut facts = Vec::new();
        let mut fact = |name: &str, value: Span| facts.push(Item::new(vec![Span::Strong(format!("{name}: ")), value]));
        let effect = effect_text(policy, &rule.effect);
        fact("What happens", plain(if effect.is_empty() { "nothing by itself".to_owned() } else { effect }));
        if self.options.audience != Audience::Public {
            fact("Rule", Span::Code(rule.name.clone()));
            fact("Stage", plain(rule.stage.name()));
            fact("When", Span::Code(policy.print(&rule.when)));
            if let Some(severity) = &rule.severity {
                fact("Severity", plain(severity));
            }
        }
        if self.options.audience == Audience::Internal {
            let dates = [("From", rule.effective_from), ("Until", rule.effective_until), ("Review by", rule.review_by)];
            for (name, date) in dates.into_iter().filter_map(|(name, date)| Some((name, date?))) {
                fact(name, plain(time::display(date.seconds)));
            }
            let reason = rule.reason.as_ref().map(|reason| say(reason, "reason"));
            let texts = [("Owner", &rule.owner), ("Reason", &reason), ("Law", &rule.legal_basis)];
            for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
                fact(name, plain(text));
            }
            fact("Written in", Span::Code(place(policy, rule.span)));
        }
        if let Some(notice) = notice(policy, rule) {
            fact("What users are told", Span::Quote(self.rehearsal.scrub(&say(&notice, "notice"))));
        }
        blocks.push(Block::Items(facts));
        self.exceptions(id, blocks);
        for (title, examples) in [("Not allowed", &rule.examples.violates), ("Allowed", &rule.examples.allowed)] {
            if !examples.is_empty() {
                blocks.push(Block::Heading(4, title.to_owned()));
                let quotes = examples.iter().map(|example| Item::new(vec![Span::Quote(self.rehearsal.describe(&example.item))]));
                blocks.push(Block::Items(quotes.collect()));
            }
        }
        self.differences(id, blocks);
    }

    fn exceptions(&self, id: RuleId, blocks: &mut Vec<Block>) {
        let Some(rule) = (0..self.effective.len()).find_map(|column| self.here(column, id)) else { return };
        let cancels = rule.cancels.iter().map(|(source, cond)| (source, cond, None));
        let softens = rule.softens.iter().map(|(source, cond, becomes)| (source, cond, Some(becomes)));
        let mut items = Vec::new();
        for (source, cond, becomes) in cancels.chain(softens) {
            let mut spans = Vec::new();
            if let ExceptionSource::Shared(shared) = source
                && let Some(exception) = self.policy.exceptions.get(shared.index())
            {
                let reason = exception.reason.as_ref();
                let reason = reason.map(|reason| self.speaker.say(reason, || format!("the exception `{}`", exception.name), "reason"));
                let reason = reason.unwrap_or_else(|| exception.name.clone());
                spans.push(plain(reason));
            } else {
                spans.push(plain("An exception of the rule's own."));
            }
            if let Some(becomes) = becomes {
                spans.push(plain(format!(" Then: {}.", effect_text(self.policy, becomes))));
            }
            if self.options.audience != Audience::Public {
                spans.push(plain(" "));
                spans.push(Span::Code(self.policy.print(cond)));
            }
            items.push(Item::new(spans));
        }
        if !items.is_empty() {
            blocks.push(Block::Heading(4, "Exceptions".to_owned()));
            blocks.push(Block::Items(items));
        }
    }

    /// What a market does otherwise with a rule.
    fn differences(&self, id: RuleId, blocks: &mut Vec<Block>) {
        let global = self.here(0, id);
        let mut rows = Vec::new();
        for (column, market) in markets(self.policy).enumerate().skip(1) {
            let local = self.here(column, id);
            let told = match (global, local) {
                (Some(a), Some(b)) if a.stage == b.stage && a.effect == b.effect && a.when == b.when && a.cancels == b.cancels && a.softens == b.softens => {
                    continue;
                }
                (None, None) | (Some(_), None) => continue,
                (_, Some(local)) => format!("{} · {}", local.stage.name(), effect_text(self.policy, &local.effect)),
            };
            let mut reasons: BTreeSet<String> = BTreeSet::new();
            for (at, index) in local.map(|local| local.overlays.as_slice()).unwrap_or_default() {
                let Some(changed) = self.policy.markets.get(at.index()).filter(|_| self.options.audience != Audience::Public) else { continue };
                if let Some(change) = changed.overrides.get(*index as usize) {
                    reasons.insert(self.speaker.say(&change.reason, || format!("what `{}` changes", changed.name), "reason"));
                }
            }
            let why = reasons.into_iter().collect::<Vec<_>>().join(" ");
            rows.push(vec![vec![plain(market_name(self.policy, market))], vec![plain(told)], vec![plain(why)]]);
        }
        if !rows.is_empty() {
            blocks.push(Block::Heading(4, "Markets".to_owned()));
            blocks.push(Block::Table(vec!["Market".to_owned(), "There".to_owned(), "Why".to_owned()], rows));
        }
    }

    fn markets(&self, blocks: &mut Vec<Block>) {
        if self.policy.markets.is_empty() {
            return;
        }
        blocks.push(Block::Heading(2, "Markets".to_owned()));
        let rows = self.policy.markets.iter().map(|market| {
            let above = market.parent.and_then(|parent| self.policy.markets.get(parent.index())).map_or("", |parent| parent.name.as_str());
            let rules = market.overrides.iter().filter(|change| matches!(change.target, Target::Rule(..))).count();
            let title = market.title.as_ref().map(|title| self.speaker.say(title, || format!("the market `{}`", market.name), "title")).unwrap_or_default();
            [market.name.clone(), title, above.to_owned(), rules.to_string(), (market.overrides.len() - rules).to_string()]
                .map(|cell| vec![plain(cell)])
                .to_vec()
        });
        let head = ["Market", "Name", "Under", "Rules changed", "Lists changed"].map(str::to_owned).to_vec();
        blocks.push(Block::Table(head, rows.collect()));
    }

    fn lists(&self, blocks: &mut Vec<Block>) {
        blocks.push(Block::Heading(2, "Term lists".to_owned()));
        let rows = self.policy.lists.iter().filter(|list| !list.inline).map(|list| {
            let sensitive = if list.sensitive { "yes" } else { "" };
            let number = list.entries.iter().filter(|entry| !entry.allow).count().to_string();
            [list.name.clone(), list.description.clone().unwrap_or_default(), number, sensitive.to_owned()].map(|cell| vec![plain(cell)]).to_vec()
        });
        blocks.push(Block::Table(["List", "What it holds", "Terms", "Sensitive"].map(str::to_owned).to_vec(), rows.collect()));
    }
}
