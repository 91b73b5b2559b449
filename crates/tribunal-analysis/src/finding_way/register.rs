//! All rules in one table.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use tribunal_policy::model::{EffectiveRule, OnUnknown, Rule};
use tribunal_policy::time::Instant;
use tribunal_policy::{ListId, Policy, RuleId, time};

use super::{FORMAT, effect_text, market_name, markets, place};
use crate::PolicyName;
use crate::languages::texts;
use crate::workbook::{Cell, Column, Sheet, Workbook};

/// Every rule with what people ask of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyName,
    /// By name.
    pub rules: Vec<RegisterRule>,
    /// What is not written in a language of a market in which it is read, by market and language. A text of which no language is known is
    /// not among them.
    pub missing: Vec<MissingText>,
}

/// A text that readers of a language do not find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingText {
    /// The market.
    pub market: String,
    /// The language, which is one of the market's.
    pub lang: String,
    /// `policy`, `category`, `rule`, `exception`, `market` or `override`.
    pub of: String,
    /// Its name; of an override the rule or list that it changes.
    pub name: String,
    /// `title`, `rationale`, `reason` or `notice`.
    pub text: String,
    /// Languages in which it is written.
    pub written_in: Vec<String>,
    /// Where the thing is written; `null` for categories and the policy itself.
    pub place: Option<String>,
}

/// A rule of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRule {
    /// Its name.
    pub rule: String,
    /// Its title.
    pub title: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// The public clause.
    pub clause: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Severity.
    pub severity: Option<String>,
    /// Stage without overlays; `null` where only some markets have the rule.
    pub stage: Option<String>,
    /// Effect without overlays.
    pub effect: String,
    /// When it cannot be judged.
    pub on_unknown: String,
    /// No market may be milder.
    pub floor: bool,
    /// Law it rests on.
    pub legal_basis: Option<String>,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// Why it exists.
    pub rationale: Option<String>,
    /// First day.
    pub effective_from: Option<String>,
    /// Last day.
    pub until: Option<String>,
    /// When somebody has to look again.
    pub review_by: Option<String>,
    /// Lists its condition reads.
    pub lists: Vec<String>,
    /// Examples it must fire on.
    pub violates: u64,
    /// Examples it must not fire on.
    pub allowed: u64,
    /// Languages that have a notice.
    pub notices: Vec<String>,
    /// Languages of a market that have none, `BR: pt`; only for rules that have notices.
    pub missing_notices: Vec<String>,
    /// Languages of a market in which its title is not written, likewise.
    pub missing_titles: Vec<String>,
    /// Languages of a market in which its rationale is not written, likewise.
    pub missing_rationales: Vec<String>,
    /// Where it is written.
    pub place: String,
    /// Markets in which stage, effect or condition differ.
    pub markets: Vec<RegisterMarket>,
}

/// A rule in a market that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterMarket {
    /// The market.
    pub market: String,
    /// Stage there; `null` where it does not exist.
    pub stage: Option<String>,
    /// Effect there.
    pub effect: String,
    /// The condition, or an exception, differs too.
    pub condition: bool,
}

/// The register of a policy.
pub fn register(policy: &Policy) -> Register {
    let all: Vec<Vec<EffectiveRule>> = markets(policy).map(|market| policy.effective(market)).collect();
    let missing = missing(policy, all.get(1..).unwrap_or_default());
    let mut of_rules: HashMap<(&str, &str), Vec<String>> = HashMap::new();
    for text in missing.iter().filter(|text| text.of == "rule") {
        of_rules.entry((&text.name, &text.text)).or_default().push(format!("{}: {}", text.market, text.lang));
    }
    let rules = (0_u32..).map(RuleId).zip(&policy.rules).map(|(id, rule)| line(policy, id, rule, &all, &of_rules));
    Register { format: FORMAT, policy: PolicyName::of(policy), rules: rules.collect(), missing }
}

/// What is not written in a language of a market in which it is read. `effective` holds the rules of each market.
fn missing(policy: &Policy, effective: &[Vec<EffectiveRule>]) -> Vec<MissingText> {
    let mut found = Vec::new();
    for text in texts(policy, effective) {
        for market in text.markets.iter().filter_map(|id| policy.markets.get(id.index())) {
            found.extend(market.languages.iter().filter(|lang| text.text.lacks(lang)).map(|lang| MissingText {
                market: market.name.clone(),
                lang: lang.clone(),
                of: text.of.to_owned(),
                name: text.name.clone(),
                text: text.key.to_owned(),
                written_in: text.text.texts().map(|(lang, _)| lang.to_owned()).collect(),
                place: text.span.map(|span| place(policy, span)),
            }));
        }
    }
    found.sort_by(|a, b| (&a.market, &a.lang).cmp(&(&b.market, &b.lang)));
    found
}

fn line(policy: &Policy, id: RuleId, rule: &Rule, all: &[Vec<EffectiveRule>], missing: &HashMap<(&str, &str), Vec<String>>) -> RegisterRule {
    let here = |column: usize| all.get(column).and_then(|rules| rules.iter().find(|found| found.rule == id));
    let global = here(0);
    let mut differing = Vec::new();
    for (column, market) in markets(policy).enumerate().skip(1) {
        let local = here(column);
        let same = match (global, local) {
            (Some(a), Some(b)) => a.stage == b.stage && a.effect == b.effect && a.when == b.when && a.cancels == b.cancels && a.softens == b.softens,
            (None, None) => true,
            _ => false,
        };
        if !same {
            differing.push(RegisterMarket {
                market: market_name(policy, market),
                stage: local.map(|local| local.stage.name().to_owned()),
                effect: local.map_or_else(String::new, |local| effect_text(policy, &local.effect)),
                condition: match (global, local) {
                    (Some(a), Some(b)) => a.when != b.when || a.cancels != b.cancels || a.softens != b.softens,
                    _ => false,
                },
            });
        }
    }
    let mut lists: BTreeSet<ListId> = BTreeSet::new();
    rule.when.lists(&mut |list, _| {
        lists.insert(list);
    });
    let date = |at: Option<Instant>| at.map(|at| time::display(at.seconds));
    let missing = |text: &str| missing.get(&(rule.name.as_str(), text)).cloned().unwrap_or_default();
    RegisterRule {
        rule: rule.name.clone(),
        title: rule.title.as_deref().map(str::to_owned),
        category: rule.category.clone(),
        clause: rule.clause.clone(),
        owner: rule.owner.clone(),
        severity: rule.severity.clone(),
        stage: global.map(|rule| rule.stage.name().to_owned()),
        effect: effect_text(policy, &rule.effect),
        on_unknown: match rule.on_unknown {
            OnUnknown::Ignore => "ignore",
            OnUnknown::Review => "review",
            OnUnknown::Apply => "apply",
        }
        .to_owned(),
        floor: rule.floor || policy.floors.iter().any(|selector| selector.picks(id, rule)),
        legal_basis: rule.legal_basis.clone(),
        reason: rule.reason.as_deref().map(str::to_owned),
        rationale: rule.rationale.as_deref().map(str::to_owned),
        effective_from: date(rule.effective_from),
        until: date(rule.effective_until),
        review_by: date(rule.review_by),
        lists: lists.into_iter().filter_map(|list| policy.lists.get(list.index())).filter(|list| !list.inline).map(|list| list.name.clone()).collect(),
        violates: rule.examples.violates.len() as u64,
        allowed: rule.examples.allowed.len() as u64,
        notices: rule.notice.keys().cloned().collect(),
        missing_titles: missing("title"),
        missing_rationales: missing("rationale"),
        missing_notices: missing("notice"),
        place: place(policy, rule.span),
        markets: differing,
    }
}

/// The columns of the sheet of rules, with their widths.
const COLUMNS: &[(&str, u16)] = &[
    ("rule", 26),
    ("title", 36),
    ("category", 26),
    ("clause", 8),
    ("owner", 18),
    ("severity", 10),
    ("stage", 9),
    ("effect", 40),
    ("on_unknown", 11),
    ("floor", 7),
    ("effective_from", 14),
    ("until", 12),
    ("review_by", 12),
    ("legal_basis", 24),
    ("reason", 36),
    ("rationale", 44),
    ("lists", 28),
    ("violates", 9),
    ("allowed", 9),
    ("notices", 10),
    ("missing_notices", 18),
    ("missing_titles", 18),
    ("missing_rationales", 18),
    ("markets", 20),
    ("place", 34),
];

/// Sheets and columns of a register.
const GLOSSARY: &[(&str, &str)] = &[
    ("Rules", "one row a rule, as it is without overlays"),
    ("Markets", "one row for each market in which a rule differs"),
    ("rule", "the name of a rule"),
    ("title", "its title"),
    ("category", "its category of the taxonomy"),
    ("clause", "the public clause"),
    ("owner", "who answers for it"),
    ("severity", "its severity"),
    ("stage", "live, shadow, draft or off; blank or `not there`: the market has no such rule"),
    ("effect", "what it does when it fires, by axis"),
    ("on_unknown", "what it does where it cannot be judged: ignore, review or apply"),
    ("floor", "yes: no market may be milder"),
    ("effective_from", "its first day"),
    ("until", "its last day"),
    ("review_by", "when somebody has to look again"),
    ("legal_basis", "the law that it rests on"),
    ("reason", "why it is as it is"),
    ("rationale", "why it exists"),
    ("lists", "term lists that its condition reads"),
    ("violates", "examples that it has to fire on"),
    ("allowed", "examples that it must not fire on"),
    ("notices", "languages in which users are told"),
    ("missing_notices", "languages of a market in which they are not, `BR: pt`"),
    ("missing_titles", "languages of a market in which its title is not written"),
    ("missing_rationales", "languages of a market in which its rationale is not written"),
    ("Missing", "one row for each text that is not written in a language of a market in which it is read"),
    ("lang", "a language of the market"),
    ("of", "what the text belongs to: the policy, a category, rule, exception, market, or what a market overrides"),
    ("text", "which text: title, rationale, reason, notice"),
    ("written_in", "languages in which it is written"),
    ("markets", "markets in which it differs"),
    ("place", "where it is written"),
    ("market", "a market"),
    ("condition", "`differs` where the condition or an exception is another one there"),
    ("name", "a name in this table"),
    ("value", "its value"),
];

fn text(text: &Option<String>) -> Cell {
    Cell::text(text.clone().unwrap_or_default())
}

fn rule_row(rule: &RegisterRule) -> Vec<Cell> {
    let changed: Vec<&str> = rule.markets.iter().map(|market| market.market.as_str()).collect();
    vec![
        Cell::text(&rule.rule),
        text(&rule.title),
        text(&rule.category),
        text(&rule.clause),
        text(&rule.owner),
        text(&rule.severity),
        text(&rule.stage),
        Cell::text(&rule.effect),
        Cell::text(&rule.on_unknown),
        Cell::text(if rule.floor { "yes" } else { "" }),
        text(&rule.effective_from),
        text(&rule.until),
        text(&rule.review_by),
        text(&rule.legal_basis),
        text(&rule.reason),
        text(&rule.rationale),
        Cell::text(rule.lists.join("\n")),
        Cell::count(rule.violates),
        Cell::count(rule.allowed),
        Cell::text(rule.notices.join("\n")),
        Cell::text(rule.missing_notices.join("\n")),
        Cell::text(rule.missing_titles.join("\n")),
        Cell::text(rule.missing_rationales.join("\n")),
        Cell::text(changed.join(", ")),
        Cell::text(&rule.place),
    ]
}

/// The register as a workbook: a sheet of rules, one of the markets in which they differ, one of the texts that are missing in a language.
pub fn register_workbook(register: &Register) -> Workbook {
    let main = Sheet {
        name: "Rules".to_owned(),
        columns: COLUMNS.iter().map(|(name, width)| Column::new(*name, *width)).collect(),
        rows: register.rules.iter().map(rule_row).collect(),
        table: true,
        ..Sheet::default()
    };
    let differing = register.rules.iter().flat_map(|rule| rule.markets.iter().map(move |market| (rule, market)));
    let markets = Sheet {
        name: "Markets".to_owned(),
        columns: [("rule", 26), ("market", 10), ("stage", 10), ("effect", 46), ("condition", 12), ("owner", 18)]
            .into_iter()
            .map(|(name, width)| Column::new(name, width))
            .collect(),
        rows: differing
            .map(|(rule, market)| {
                let stage = market.stage.clone().unwrap_or_else(|| "not there".to_owned());
                let condition = if market.condition { "differs" } else { "" };
                vec![
                    Cell::text(&rule.rule),
                    Cell::text(&market.market),
                    Cell::text(stage),
                    Cell::text(&market.effect),
                    Cell::text(condition),
                    text(&rule.owner),
                ]
            })
            .collect(),
        table: true,
        ..Sheet::default()
    };
    let about = Sheet {
        name: "About".to_owned(),
        columns: vec![Column::new("name", 20), Column::new("value", 80)],
        rows: [
            ("format", crate::report::REPORT_FORMAT),
            ("policy", &register.policy.id),
            ("version", &register.policy.version),
            ("digest", &register.policy.digest),
        ]
        .into_iter()
        .map(|(name, value)| vec![Cell::text(name), Cell::text(value)])
        .collect(),
        ..Sheet::default()
    };
    let missing = Sheet {
        name: "Missing".to_owned(),
        columns: [("market", 10), ("lang", 8), ("of", 11), ("name", 30), ("text", 11), ("written_in", 12), ("place", 40)]
            .into_iter()
            .map(|(name, width)| Column::new(name, width))
            .collect(),
        rows: register
            .missing
            .iter()
            .map(|text| {
                let written_in = text.written_in.join(", ");
                let place = text.place.as_deref().unwrap_or_default();
                [&text.market, &text.lang, &text.of, &text.name, &text.text, &written_in, place].map(Cell::text).to_vec()
            })
            .collect(),
        table: true,
        ..Sheet::default()
    };
    Workbook { sheets: vec![about, main, markets, missing, Sheet::glossary(GLOSSARY)] }
}
