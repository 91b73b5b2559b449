//! The moderators' briefing about a new version: what changed and why, items that change their decision, markets, a guide by
//! category, a quiz. One typed value, written as Markdown, HTML or a workbook.

mod changes;
mod forecast;
mod guide;
mod render;
mod samples;
mod tree;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use forecast::{Forecast, ForecastError, ForecastLine, forecast};
pub use render::{brief_document, brief_workbook};
pub use tree::GuideTree;

use crate::PolicyName;
use crate::handbook::Audience;
use crate::languages::Speaker;
use crate::rehearsal::{Outcome, Rehearsal, RenderError};

/// Version of the briefing.
pub const FORMAT: u32 = 1;

/// What a briefing is for.
#[derive(Clone, Debug)]
pub struct BriefOptions {
    /// Who reads it.
    pub audience: Audience,
    /// Language of titles, rationales, reasons and notices.
    pub lang: String,
    /// Items of each kind.
    pub samples: usize,
    /// Further items that are known to change their decision: minimal witnesses of a semantic difference, items of a replay.
    pub witnesses: Vec<Witness>,
    /// What a replay of both versions has shown.
    pub forecast: Option<Forecast>,
}

/// An item from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The item as JSON.
    pub item: String,
    /// Where it comes from, as shown: `SYNTHETIC`, or an id.
    pub source: String,
}

/// A briefing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Briefing {
    /// Version of this form.
    pub format: u32,
    /// Before.
    pub old: PolicyName,
    /// After.
    pub new: PolicyName,
    /// Who reads it.
    pub audience: Audience,
    /// Language of titles, rationales, reasons and notices.
    pub lang: String,
    /// Three lines.
    pub summary: Vec<String>,
    /// Rules that changed.
    pub changes: Vec<RuleBrief>,
    /// Term lists that changed.
    pub lists: Vec<ListBrief>,
    /// Categories by markets.
    pub markets: MarketTable,
    /// Items that rules match now and did not.
    pub now_matches: Vec<Sample>,
    /// Items that rules matched and do not any more.
    pub no_longer_matches: Vec<Sample>,
    /// Items on which the same rules fire, with another decision.
    pub other_decision: Vec<Sample>,
    /// Items near what changed whose decision is the same.
    pub unchanged: Vec<Sample>,
    /// What a replay has shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// How to decide, by category.
    pub guide: Vec<GuideCategory>,
    /// Ten items with key.
    pub quiz: Vec<Question>,
    /// What was not looked at.
    pub not_checked: Vec<String>,
    /// What is not written in the language of the briefing, and stands here in another one with that behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_in_language: Vec<String>,
}

/// A rule that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleBrief {
    /// The rule.
    pub rule: String,
    /// Its title in the language of the briefing, else in its own with that behind it: `Firearms (en)`; other texts likewise.
    pub title: Option<String>,
    /// The public clause.
    pub clause: Option<String>,
    /// `new`, `gone` or `changed`.
    pub kind: String,
    /// What changed; for a new rule what it is.
    pub lines: Vec<LineBrief>,
    /// Why: the rule's reason, else its rationale.
    pub why: Option<String>,
    /// Law it rests on.
    pub legal_basis: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub until: Option<String>,
    /// What users are told, in the language of the briefing.
    pub notice: Option<String>,
    /// Where it is live.
    pub markets: Vec<String>,
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBrief {
    /// What: `stage`, `effect`, `when`, `BR effect` …
    pub key: String,
    /// Before.
    pub was: String,
    /// After.
    pub now: String,
    /// Why, where a market changed it.
    pub why: Option<String>,
}

/// A term list that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListBrief {
    /// The list.
    pub list: String,
    /// It leaves by name only.
    pub sensitive: bool,
    /// Terms put in, masked; empty for a sensitive list and for the public.
    pub added: Vec<String>,
    /// How many were put in.
    pub added_count: u64,
    /// Terms taken out, masked.
    pub removed: Vec<String>,
    /// How many were taken out.
    pub removed_count: u64,
    /// Rules that read it.
    pub rules: Vec<String>,
}

/// The strictest that the live rules of a category do, by market.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketTable {
    /// The columns; `(none)` first: items without a market.
    pub markets: Vec<String>,
    /// The rows.
    pub rows: Vec<MarketRow>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketRow {
    /// The category.
    pub category: String,
    /// By column: what the live rules can do, and whether it was otherwise.
    pub cells: Vec<MarketCell>,
}

/// A cell of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketCell {
    /// The strictest.
    pub now: String,
    /// It was another.
    pub changed: bool,
}

/// An item with both decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The item in words, masked.
    pub text: String,
    /// Where it comes from.
    pub source: String,
    /// Before.
    pub was: Outcome,
    /// After.
    pub now: Outcome,
    /// The item itself; it does not leave.
    #[serde(skip)]
    item: String,
}

/// How to decide in one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideCategory {
    /// The category.
    pub category: String,
    /// What to ask in which order, for items of which all is known; none where no rule does anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<GuideTree>,
    /// Its rules as questions, strictest outcome first.
    pub steps: Vec<GuideStep>,
}

/// A question of the guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideStep {
    /// The rule.
    pub rule: String,
    /// What has to hold, all of them.
    pub when: Vec<String>,
    /// What excuses it, with what happens then.
    pub unless: Vec<String>,
    /// What happens.
    pub then: String,
}

/// A question of the quiz.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// From 1.
    pub number: u32,
    /// The item in words, masked.
    pub text: String,
    /// The engine's answer.
    pub answer: Outcome,
    /// Clauses behind it.
    pub clauses: Vec<String>,
    /// The answer was another before.
    pub changed: bool,
    /// The item itself; it does not leave.
    #[serde(skip)]
    item: String,
}

/// Compares two versions of a policy. Every example of both is run again.
///
/// # Errors
///
/// When an example of the new version comes out otherwise than it says.
pub fn brief(old: &Rehearsal<'_>, new: &Rehearsal<'_>, options: &BriefOptions) -> Result<Briefing, RenderError> {
    let wrong = new.mismatches();
    if !wrong.is_empty() {
        return Err(RenderError::Mismatch(wrong));
    }
    let speaker = Speaker::new(&options.lang);
    let changes = changes::rules(old, new, options, &speaker);
    let lists = changes::lists(old, new, options);
    let pool = samples::pool(old, new, &options.witnesses);
    let samples::Picked { now_matches, no_longer_matches, other_decision, unchanged } = samples::pick(&pool, &changes, options.samples);
    let counted = |kind: &str| changes.iter().filter(|change| change.kind == kind).count();
    let changed_items = pool.iter().filter(|sample| sample.was != sample.now).count();
    let summary = vec![
        first_line(&[(counted("new"), "new"), (counted("changed"), "changed"), (counted("gone"), "gone")], lists.len()),
        format!("Of {} examples and labelled items, {changed_items} come to another decision.", pool.len()),
        changes::markets_line(&changes),
    ];
    let mut not_checked = vec!["items other than examples, labelled items and given witnesses".to_owned()];
    let silent = old.mismatches().len();
    if silent > 0 {
        not_checked.push(format!("{silent} examples of the old version that it decides otherwise than it says"));
    }
    let markets = guide::market_table(old, new);
    let guide = if options.audience == Audience::Public { Vec::new() } else { guide::guide(new) };
    if let Some(title) = &new.policy.title {
        speaker.say(title, || "the policy".to_owned(), "title");
    }
    let named: BTreeSet<&str> = markets.rows.iter().map(|row| row.category.as_str()).chain(guide.iter().map(|category| category.category.as_str())).collect();
    for category in new.policy.taxonomy.iter().filter(|category| named.contains(category.name.as_str())) {
        crate::handbook::category_title(&speaker, Some(category), &category.name);
    }
    Ok(Briefing {
        format: FORMAT,
        old: PolicyName::of(&old.policy),
        new: PolicyName::of(&new.policy),
        audience: options.audience,
        lang: options.lang.clone(),
        summary,
        markets,
        guide,
        forecast: options.forecast.clone(),
        quiz: samples::quiz(&pool, new),
        changes,
        lists,
        now_matches,
        no_longer_matches,
        other_decision,
        unchanged,
        not_checked,
        not_in_language: speaker.missing(),
    })
}

fn first_line(rules: &[(usize, &str)], lists: usize) -> String {
    let some = |number: usize, noun: &str, what: &str| format!("{number} {noun}{} {what}", if number == 1 { "" } else { "s" });
    let mut parts: Vec<String> = rules.iter().filter(|(number, _)| *number > 0).map(|(number, what)| some(*number, "rule", what)).collect();
    if lists > 0 {
        parts.push(some(lists, "term list", "changed"));
    }
    if parts.is_empty() { "No rule and no term list changed.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

/// Runs every item of a briefing again.
///
/// # Errors
///
/// The items whose decision is not the one that would be printed.
pub fn verify(briefing: &Briefing, old: &Rehearsal<'_>, new: &Rehearsal<'_>) -> Result<(), RenderError> {
    let mut wrong = Vec::new();
    for sample in briefing.now_matches.iter().chain(&briefing.no_longer_matches).chain(&briefing.other_decision).chain(&briefing.unchanged) {
        if new.decide(&sample.item).as_ref() != Ok(&sample.now) || old.decide(&sample.item).as_ref() != Ok(&sample.was) {
            wrong.push(sample.text.clone());
        }
    }
    for question in &briefing.quiz {
        if new.decide(&question.item).as_ref() != Ok(&question.answer) {
            wrong.push(question.text.clone());
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(RenderError::Mismatch(wrong)) }
}
