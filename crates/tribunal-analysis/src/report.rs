//! An analysis as a workbook that can come back, and as a page.

use std::collections::BTreeMap;

use tribunal_policy::Policy;
use tribunal_policy::model::Stage;

use crate::document::{Block, Document, Item, Span, plain, sentence};
use crate::finding_way::{market_name, markets};
use crate::findings::{Analysis, CoverageCell, Finding, LeftOpen, Shown, Why, code, markets as market_list};
use crate::workbook::{Cell, Column, Sheet, Workbook};

/// The format named on the sheet `About`.
pub const REPORT_FORMAT: &str = "tribunal-report/1";

/// What a shown item was decided to be, in words.
pub fn decided(shown: &Shown) -> String {
    let values: Vec<String> = shown.decision.iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
    let values = if values.is_empty() { "nothing".to_owned() } else { values.join(", ") };
    if shown.rules.is_empty() { values } else { format!("{values} by {}", shown.rules.join(", ")) }
}

fn items(finding: &Finding) -> String {
    let lines: Vec<String> = finding.items.iter().map(|shown| format!("{}: {} → {}", shown.what, shown.item, decided(shown))).collect();
    lines.join("\n")
}

fn sheet(name: &str, columns: &[(&str, u16)], rows: Vec<Vec<Cell>>, table: bool) -> Sheet {
    Sheet { name: name.to_owned(), columns: columns.iter().map(|(name, width)| Column::new(*name, *width)).collect(), rows, table, ..Sheet::default() }
}

/// Sheets and columns of an analysis.
const GLOSSARY: &[(&str, &str)] = &[
    (
        "Findings",
        "one row a finding; set `accept` to yes, say the `reason`, perhaps `until` (2026-12-31) and `owner`, and bring the workbook back with `tribunal sheet import`",
    ),
    ("Summary", "findings by their code"),
    ("Accepted", "findings that the policy accepts"),
    ("Coverage", "which live rules of a category can fire, where the taxonomy says that it is in scope"),
    ("Matrix", "a rule's stage in each market, one column a market; marked: it is otherwise than without a market"),
    ("code", "the name of a kind of finding"),
    ("id", "its short name"),
    ("severity", "error, warning or note"),
    ("n", "how many"),
    ("meaning", "what a kind of finding says"),
    ("status", "proved: holds for all items; confirmed: the engine has decided the items shown just so; read: read off the policy's text"),
    ("about", "the rules, lists or markets that it is about"),
    ("markets", "where it is so; blank: everywhere"),
    ("message", "the finding"),
    ("items", "items that show it, and how the engine decided each"),
    ("because", "what it rests on"),
    ("place", "where in the policy"),
    ("advice", "what to do about findings of this kind"),
    ("accept", "yes: it is meant to be so"),
    ("reason", "why it is accepted"),
    ("until", "the last day on which it is accepted"),
    ("owner", "who answers for it; filled in with the owner of the rule or list"),
    ("accepted at", "where in the policy it is accepted"),
    ("category", "a category of the taxonomy"),
    ("market", "a market; `(none)`: items without one"),
    ("field", "a field of items; `any`: the taxonomy names none for this category"),
    ("language", "a language of items; `any`: the taxonomy names none for this category"),
    ("covered", "`covered` where a live rule can fire, else `empty`"),
    ("rules", "the rules that can"),
    ("through", "an item that passes where it is empty"),
    ("rule", "a rule"),
    ("name", "a name in this table"),
    ("value", "its value"),
];

/// Who answers for what a finding is about: the owner of its first rule, else of its first list.
fn owner<'p>(finding: &Finding, policy: &'p Policy) -> &'p str {
    let rule = |name: &String| policy.rule(name).and_then(|rule| policy.rules.get(rule.index())).and_then(|rule| rule.owner.as_deref());
    let list = |name: &String| policy.lists.iter().find(|list| list.name == *name).and_then(|list| list.owner.as_deref());
    let subjects = &finding.subjects;
    subjects.iter().find_map(rule).or_else(|| subjects.iter().find_map(list)).unwrap_or("")
}

/// The sheets `About`, `Summary`, `Findings` (whose `accept`, `reason`, `until` and `owner` are read by `sheet import`),
/// `Accepted`, `Coverage`, `Matrix` and `Glossary`.
pub fn analysis_workbook(analysis: &Analysis, policy: &Policy) -> Workbook {
    let about = [
        ("format", REPORT_FORMAT.to_owned()),
        ("policy", analysis.policy.id.clone()),
        ("version", analysis.policy.version.clone()),
        ("base", analysis.policy.digest.clone()),
        ("content", "masked".to_owned()),
        ("not checked", analysis.not_checked.join("\n")),
        ("not answered", unanswered(analysis).join("\n")),
    ];
    let mut by_code: BTreeMap<&str, u64> = BTreeMap::new();
    analysis.findings.iter().for_each(|finding| *by_code.entry(&finding.code).or_default() += 1);
    let summary = by_code.iter().map(|(id, number)| {
        let (severity, title) = code(id).map_or(("", ""), |code| (code.severity.name(), code.title));
        vec![Cell::text(*id), Cell::text(severity), Cell::count(*number), Cell::text(title)]
    });
    let row = |finding: &Finding| -> Vec<Cell> {
        let advice = code(&finding.code).map_or("", |code| code.explanation);
        let place = finding.place.clone();
        let status = format!("{:?}", finding.status).to_lowercase();
        [
            finding.code.clone(),
            finding.id.clone(),
            finding.severity.clone(),
            status,
            finding.subjects.join(", "),
            finding.markets.join(", "),
            finding.message.clone(),
            items(finding),
            finding.because.join("\n"),
            place,
            advice.to_owned(),
        ]
        .map(Cell::text)
        .to_vec()
    };
    let columns = [
        ("code", 20),
        ("id", 5),
        ("severity", 9),
        ("status", 10),
        ("about", 26),
        ("markets", 12),
        ("message", 60),
        ("items", 50),
        ("because", 30),
        ("place", 26),
        ("advice", 50),
    ];
    let mut findings = sheet("Findings", &columns, analysis.findings.iter().map(row).collect(), true);
    findings.columns.push(Column::new("accept", 8).choices(&["yes", "no"]));
    findings.columns.extend([("reason", 40), ("until", 12), ("owner", 16)].map(|(name, width)| Column::new(name, width)));
    for (cells, finding) in findings.rows.iter_mut().zip(&analysis.findings) {
        cells.extend([Cell::Blank, Cell::Blank, Cell::Blank, Cell::text(owner(finding, policy))]);
    }
    let accepted = analysis.accepted.iter().map(|accepted| {
        let mut cells = row(&accepted.finding);
        cells.extend([&accepted.reason, accepted.until.as_ref().unwrap_or(&String::new()), accepted.owner.as_ref().unwrap_or(&String::new())].map(Cell::text));
        cells.push(Cell::text(&accepted.place));
        cells
    });
    let more: Vec<(&str, u16)> = columns.into_iter().chain([("reason", 40), ("until", 12), ("owner", 16), ("accepted at", 26)]).collect();
    let coverage = analysis.coverage.iter().map(|cell| {
        let rules = cell.rules.join(", ");
        let mut row = cell_place(cell).map(Cell::text).to_vec();
        row.push(if cell.rules.is_empty() { Cell::Marked("empty".to_owned()) } else { Cell::text("covered") });
        row.push(Cell::text(rules));
        row.push(Cell::text(cell.through.as_ref().map(|shown| format!("{} → {}", shown.item, decided(shown))).unwrap_or_default()));
        row
    });
    Workbook {
        sheets: vec![
            sheet("About", &[("name", 22), ("value", 80)], about.iter().map(|(name, value)| vec![Cell::text(*name), Cell::text(value)]).collect(), false),
            sheet("Summary", &[("code", 26), ("severity", 9), ("n", 6), ("meaning", 80)], summary.collect(), true),
            findings,
            sheet("Accepted", &more, accepted.collect(), true),
            sheet(
                "Coverage",
                &[("category", 30), ("market", 10), ("field", 14), ("language", 10), ("covered", 10), ("rules", 50), ("through", 60)],
                coverage.collect(),
                true,
            ),
            matrix(policy),
            Sheet::glossary(GLOSSARY),
        ],
    }
}

/// Category, market, field and language as people read them.
fn cell_place(cell: &CoverageCell) -> [&str; 4] {
    [&cell.category, or(&cell.market, "(none)"), or(&cell.field, "any"), or(&cell.language, "any")]
}

fn or<'t>(value: &'t str, none: &'t str) -> &'t str {
    if value == "*" { none } else { value }
}

/// Questions without an answer.
fn unanswered(analysis: &Analysis) -> Vec<String> {
    let why = |open: &LeftOpen| match open.why {
        Why::Budget => "the budget ran out",
        Why::Refuted => "suspected, and the engine did not confirm it",
    };
    analysis.left_open.iter().map(|open| format!("`{}` about {}: {}", open.code, open.about.join(" and "), why(open))).collect()
}

/// The stage of every rule in every market.
fn matrix(policy: &Policy) -> Sheet {
    let sides: Vec<(String, BTreeMap<usize, Stage>)> = markets(policy)
        .map(|market| (market_name(policy, market), policy.effective(market).iter().map(|rule| (rule.rule.index(), rule.stage)).collect()))
        .collect();
    let mut columns = vec![Column::new("rule", 28)];
    columns.extend(sides.iter().map(|(name, _)| Column::new(name, 9)));
    let rows = policy.rules.iter().enumerate().map(|(at, rule)| {
        let mut cells = vec![Cell::text(&rule.name)];
        let general = sides.first().and_then(|(_, stages)| stages.get(&at).copied());
        cells.extend(sides.iter().map(|(_, stages)| {
            let here = stages.get(&at).copied();
            let text = here.map_or("", Stage::name);
            if here == general { Cell::text(text) } else { Cell::Marked(if text.is_empty() { "-".to_owned() } else { text.to_owned() }) }
        }));
        cells
    });
    Sheet { name: "Matrix".to_owned(), rows: rows.collect(), columns, table: true, ..Sheet::default() }
}

/// The analysis as a page.
pub fn analysis_document(analysis: &Analysis) -> Document {
    let digest: String = analysis.policy.digest.chars().take(11).collect();
    let mut blocks = vec![Block::Text(vec![plain(format!(
        "{} {} ({digest}…). Errors: {}; warnings: {}; notes: {}; accepted: {}.",
        analysis.policy.id,
        analysis.policy.version,
        analysis.errors,
        analysis.warnings,
        analysis.notes,
        analysis.accepted.len()
    ))])];
    for (severity, title) in [("error", "Errors"), ("warning", "Warnings"), ("note", "Notes")] {
        let here: Vec<&Finding> = analysis.findings.iter().filter(|finding| finding.severity == severity).collect();
        if here.is_empty() {
            continue;
        }
        blocks.push(Block::Heading(2, title.to_owned()));
        let mut last = "";
        for finding in here {
            if last != finding.code {
                last = &finding.code;
                let title = code(last).map_or("", |code| code.title);
                blocks.push(Block::Heading(3, format!("{} {last}: {title}", finding.id)));
                blocks.push(Block::Text(sentence(code(last).map_or("", |code| code.explanation))));
            }
            blocks.push(Block::Items(vec![told(finding)]));
        }
    }
    if !analysis.accepted.is_empty() {
        blocks.push(Block::Heading(2, "Accepted".to_owned()));
        let cells = |texts: [String; 5]| texts.into_iter().map(|text| sentence(&text)).collect::<Vec<_>>();
        let rows = analysis.accepted.iter().map(|accepted| {
            let finding = &accepted.finding;
            let until = accepted.until.clone().unwrap_or_default();
            cells([finding.code.clone(), finding.message.clone(), accepted.reason.clone(), until, accepted.owner.clone().unwrap_or_default()])
        });
        blocks.push(Block::Table(["code", "finding", "reason", "until", "owner"].map(str::to_owned).to_vec(), rows.collect()));
    }
    let empty: Vec<_> = analysis.coverage.iter().filter(|cell| cell.rules.is_empty()).collect();
    if !analysis.coverage.is_empty() {
        blocks.push(Block::Heading(2, "Coverage of the taxonomy".to_owned()));
        let covered = analysis.coverage.len() - empty.len();
        blocks.push(Block::Text(vec![plain(format!("{covered} of {} cells have a live rule that can fire.", analysis.coverage.len()))]));
        if !empty.is_empty() {
            let rows = empty.iter().map(|cell| {
                let through = cell.through.as_ref().map_or_else(Vec::new, |shown| vec![Span::Quote(shown.item.to_string())]);
                let mut row: Vec<Vec<Span>> = cell_place(cell).map(|text| vec![plain(text)]).to_vec();
                row.push(through);
                row
            });
            blocks.push(Block::Table(["category", "market", "field", "language", "passes"].map(str::to_owned).to_vec(), rows.collect()));
        }
    }
    blocks.push(Block::Heading(2, "Not checked".to_owned()));
    blocks.push(Block::Items(analysis.not_checked.iter().chain(&unanswered(analysis)).map(|line| Item::new(sentence(line))).collect()));
    Document { title: format!("Analysis of {}", analysis.policy.id), lang: "en".to_owned(), blocks }
}

fn told(finding: &Finding) -> Item {
    let mut spans = sentence(&finding.message);
    spans.extend([plain(" "), Span::Code(finding.place.clone())]);
    if !finding.markets.is_empty() {
        spans.push(plain(format!(" in {}", market_list(&finding.markets))));
    }
    let mut items: Vec<Item> = finding.because.iter().map(|because| Item::new(sentence(because))).collect();
    items.extend(finding.items.iter().map(|shown| {
        Item::new([sentence(&format!("{}: ", shown.what)), vec![Span::Quote(shown.item.to_string()), plain(" → "), Span::Strong(decided(shown))]].concat())
    }));
    Item { spans, items }
}
