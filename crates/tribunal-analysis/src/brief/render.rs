//! A briefing as a page and as a workbook. What is printed was run again by the engine first.

use super::{Briefing, GuideTree, MarketCell, Sample, verify};
use crate::document::{Block, Document, Item, Span, plain};
use crate::handbook::{Audience, category_title};
use crate::languages::{Speaker, missing_part};
use crate::rehearsal::{Rehearsal, RenderError};
use crate::workbook::{Cell, Column, Sheet, Workbook};

/// The briefing as a page.
///
/// # Errors
///
/// When an item comes to another decision than the one that would be printed.
pub fn brief_document(briefing: &Briefing, old: &Rehearsal<'_>, new: &Rehearsal<'_>) -> Result<Document, RenderError> {
    verify(briefing, old, new)?;
    let speaker = Speaker::new(&briefing.lang);
    let title = new.policy.title.as_ref().map_or_else(|| new.policy.id.clone(), |title| title.shown(&briefing.lang));
    let short = |digest: &str| digest.chars().take(11).collect::<String>();
    let (old_name, new_name) = (&briefing.old, &briefing.new);
    let head = format!("OLD {} {}… → NEW {} {}…", old_name.version, short(&old_name.digest), new_name.version, short(&new_name.digest));
    let mut blocks = vec![Block::Text(vec![plain(head)])];
    blocks.push(Block::Items(briefing.summary.iter().map(|line| Item::new(vec![plain(line)])).collect()));
    changed_rules(briefing, &mut blocks);
    changed_lists(briefing, &mut blocks);
    let parts = [
        ("Now matches", &briefing.now_matches),
        ("No longer matches", &briefing.no_longer_matches),
        ("Same rules, another decision", &briefing.other_decision),
        ("Unchanged, though one might think otherwise", &briefing.unchanged),
    ];
    for (title, samples) in parts {
        blocks.push(Block::Heading(2, title.to_owned()));
        sample_table(samples, &mut blocks);
    }
    let named = |category: &str| category_title(&speaker, new.policy.taxonomy.iter().find(|known| known.name == category), category);
    market_table(briefing, &named, &mut blocks);
    forecast(briefing, &mut blocks);
    guide(briefing, &named, &mut blocks);
    quiz(briefing, &mut blocks);
    blocks.push(Block::Heading(2, "Not checked".to_owned()));
    blocks.push(Block::Items(briefing.not_checked.iter().map(|line| Item::new(vec![plain(line)])).collect()));
    missing_part(&briefing.lang, &briefing.not_in_language, &mut blocks);
    let mut page = Document { title: format!("What changes: {title} {}", new_name.version), lang: briefing.lang.clone(), blocks };
    // What the old version must not say, the new one must not either.
    crate::handbook::scrub(&mut page, new);
    crate::handbook::scrub(&mut page, old);
    Ok(page)
}

fn changed_rules(briefing: &Briefing, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "What changed".to_owned()));
    if briefing.changes.is_empty() {
        blocks.push(Block::Text(vec![plain("No rule changed.")]));
    }
    for change in &briefing.changes {
        let clause = change.clause.as_deref().map_or_else(String::new, |clause| format!("{clause} "));
        blocks.push(Block::Heading(3, format!("{clause}{} ({})", change.title.as_deref().unwrap_or(&change.rule), change.kind)));
        if let Some(why) = &change.why {
            blocks.push(Block::Text(vec![Span::Strong("Why: ".to_owned()), plain(why)]));
        }
        let rows = change.lines.iter().map(|line| {
            let why = line.why.clone().unwrap_or_default();
            vec![vec![Span::Code(line.key.clone())], vec![plain(&line.was)], vec![Span::Changed(line.now.clone())], vec![plain(why)]]
        });
        if !change.lines.is_empty() {
            blocks.push(Block::Table(["What", "Before", "Now", "Why"].map(str::to_owned).to_vec(), rows.collect()));
        }
        let mut facts = Vec::new();
        let texts =
            [("From", &change.from), ("Until", &change.until), ("Law", &change.legal_basis), ("Owner", &change.owner), ("What users are told", &change.notice)];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            facts.push(Item::new(vec![Span::Strong(format!("{name}: ")), plain(text)]));
        }
        if !change.markets.is_empty() {
            facts.push(Item::new(vec![Span::Strong("Live in: ".to_owned()), plain(change.markets.join(", "))]));
        }
        if !facts.is_empty() {
            blocks.push(Block::Items(facts));
        }
    }
}

fn changed_lists(briefing: &Briefing, blocks: &mut Vec<Block>) {
    if briefing.lists.is_empty() || briefing.audience == Audience::Public {
        return;
    }
    blocks.push(Block::Heading(2, "Term lists".to_owned()));
    let rows = briefing.lists.iter().map(|list| {
        let shown = |terms: &[String], number: u64| if terms.is_empty() { number.to_string() } else { format!("{number}: {}", terms.join(", ")) };
        let cells = [list.list.clone(), shown(&list.added, list.added_count), shown(&list.removed, list.removed_count), list.rules.join(", ")];
        cells.map(|cell| vec![plain(cell)]).to_vec()
    });
    blocks.push(Block::Table(["List", "Added", "Removed", "Rules"].map(str::to_owned).to_vec(), rows.collect()));
}

fn sample_table(samples: &[Sample], blocks: &mut Vec<Block>) {
    if samples.is_empty() {
        blocks.push(Block::Text(vec![plain("Among the examples and labelled items: none.")]));
        return;
    }
    let rows = samples.iter().map(|sample| {
        let now = if sample.was == sample.now { plain(sample.now.text()) } else { Span::Changed(sample.now.text()) };
        vec![
            vec![Span::Quote(sample.text.clone())],
            vec![plain(sample.was.text())],
            vec![now],
            vec![plain(sample.now.rules.join(", "))],
            vec![plain(&sample.source)],
        ]
    });
    blocks.push(Block::Table(["Item", "Before", "Now", "Rules now", "From"].map(str::to_owned).to_vec(), rows.collect()));
}

/// Markets that fare alike are one row: a table with a column for each does not fit on paper.
fn market_table(briefing: &Briefing, title: &dyn Fn(&str) -> String, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "Markets".to_owned()));
    blocks.push(Block::Text(vec![plain("The strictest that the live rules of a category do; marked where it was otherwise.")]));
    let mut rows = Vec::new();
    for row in &briefing.markets.rows {
        let mut groups: Vec<(&MarketCell, Vec<&str>)> = Vec::new();
        for (market, cell) in briefing.markets.markets.iter().zip(&row.cells) {
            match groups.iter_mut().find(|(known, _)| (&known.now, known.changed) == (&cell.now, cell.changed)) {
                Some((_, markets)) => markets.push(market),
                None => groups.push((cell, vec![market])),
            }
        }
        let alone = groups.len() == 1;
        for (at, (cell, markets)) in groups.into_iter().enumerate() {
            // The first one is that of items without a market.
            let place = match (at, alone) {
                (0, true) => "everywhere".to_owned(),
                (0, false) => "everywhere else".to_owned(),
                _ => markets.join(", "),
            };
            let now = if cell.now.is_empty() { "no live rule" } else { &cell.now };
            let now = if cell.changed { Span::Changed(now.to_owned()) } else { plain(now) };
            rows.push(vec![vec![plain(title(&row.category))], vec![plain(place)], vec![now]]);
        }
    }
    blocks.push(Block::Table(["Category", "Markets", "What is done"].map(str::to_owned).to_vec(), rows));
}

fn forecast(briefing: &Briefing, blocks: &mut Vec<Block>) {
    let Some(forecast) = &briefing.forecast else { return };
    blocks.push(Block::Heading(2, "What to expect".to_owned()));
    blocks.push(Block::Text(vec![plain(format!("By a replay of {}.", forecast.design))]));
    let rows = forecast.lines.iter().map(|line| vec![vec![plain(&line.what)], vec![plain(&line.old)], vec![Span::Strong(line.new.clone())]]);
    blocks.push(Block::Table(["Share of items", "Before", "Now"].map(str::to_owned).to_vec(), rows.collect()));
    if !forecast.caveats.is_empty() {
        blocks.push(Block::Items(forecast.caveats.iter().map(|line| Item::new(vec![plain(line)])).collect()));
    }
}

fn guide(briefing: &Briefing, title: &dyn Fn(&str) -> String, blocks: &mut Vec<Block>) {
    if briefing.guide.is_empty() {
        return;
    }
    blocks.push(Block::Heading(2, "How to decide".to_owned()));
    for category in &briefing.guide {
        blocks.push(Block::Heading(3, title(&category.category)));
        if let Some(tree) = &category.tree {
            blocks.push(Block::Items(branches(tree)));
            blocks.push(Block::Mermaid(mermaid(tree)));
        }
        let steps = category.steps.iter().map(|step| {
            let mut items: Vec<Item> = step.when.iter().map(|cond| Item::new(vec![plain("is it so that "), Span::Code(cond.clone()), plain("?")])).collect();
            items.extend(step.unless.iter().map(|cond| Item::new(vec![plain("unless "), Span::Code(cond.clone())])));
            items.push(Item::new(vec![plain("then "), Span::Strong(step.then.clone())]));
            Item { spans: vec![Span::Strong(step.rule.clone())], items }
        });
        blocks.push(Block::Items(steps.collect()));
    }
}

/// The tree as a list of lists.
fn branches(tree: &GuideTree) -> Vec<Item> {
    match tree {
        GuideTree::Ask { question, yes, no } => {
            let answer = |text: &str, branch: &GuideTree| Item { spans: vec![Span::Strong(text.to_owned())], items: branches(branch) };
            vec![Item { spans: vec![Span::Code(question.clone()), plain("?")], items: vec![answer("yes", yes), answer("no", no)] }]
        }
        GuideTree::Then(then) => vec![Item::new(vec![Span::Strong(then.clone())])],
        GuideTree::Rules { then, rules } => {
            vec![Item::new(vec![Span::Strong(then.clone()), plain("; then look at "), Span::Code(rules.join(", ")), plain(" one by one")])]
        }
    }
}

/// The tree as a diagram in the language of Mermaid.
fn mermaid(tree: &GuideTree) -> String {
    fn node(tree: &GuideTree, out: &mut String, next: &mut usize) -> usize {
        use std::fmt::Write as _;
        let at = *next;
        *next += 1;
        // Quotes and signs of the language are written as entities of their own.
        let text = |text: &str| {
            text.chars().map(|c| if c.is_alphanumeric() || " .,:=_-/".contains(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect::<String>()
        };
        match tree {
            GuideTree::Ask { question, yes, no } => {
                let _ = writeln!(out, "  n{at}{{\"{}\"}}", text(question));
                for (answer, branch) in [("yes", yes), ("no", no)] {
                    let to = node(branch, out, next);
                    let _ = writeln!(out, "  n{at} -->|{answer}| n{to}");
                }
            }
            GuideTree::Then(then) => {
                let _ = writeln!(out, "  n{at}[\"{}\"]", text(then));
            }
            GuideTree::Rules { then, rules } => {
                let _ = writeln!(out, "  n{at}[\"{}\"]", text(&format!("{then}; then {}", rules.join(", "))));
            }
        }
        at
    }
    let mut out = String::from("flowchart TD\n");
    node(tree, &mut out, &mut 0);
    out
}

fn quiz(briefing: &Briefing, blocks: &mut Vec<Block>) {
    if briefing.quiz.is_empty() {
        return;
    }
    blocks.push(Block::Heading(2, "Quiz".to_owned()));
    let questions = briefing.quiz.iter().map(|question| vec![vec![plain(question.number.to_string())], vec![Span::Quote(question.text.clone())]]);
    blocks.push(Block::Table(["", "What happens to this item?"].map(str::to_owned).to_vec(), questions.collect()));
    blocks.push(Block::Heading(2, "Key".to_owned()));
    let answers = briefing.quiz.iter().map(|question| {
        let clauses = if question.clauses.is_empty() { String::new() } else { format!("clause {}", question.clauses.join(", ")) };
        let changed = if question.changed { Span::Changed("changed".to_owned()) } else { plain("") };
        vec![vec![plain(question.number.to_string())], vec![Span::Strong(question.answer.text())], vec![plain(clauses)], vec![changed]]
    });
    blocks.push(Block::Table(["", "Answer", "Clause", ""].map(str::to_owned).to_vec(), answers.collect()));
}

fn sheet(name: &str, columns: &[(&str, u16)], rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet { name: name.to_owned(), columns: columns.iter().map(|(name, width)| Column::new(*name, *width)).collect(), rows, table: true, ..Sheet::default() }
}

fn change_rows(briefing: &Briefing) -> Vec<Vec<Cell>> {
    let rows = briefing.changes.iter().flat_map(|change| {
        let text = |text: &Option<String>| Cell::text(text.clone().unwrap_or_default());
        change.lines.iter().map(move |line| {
            vec![
                Cell::text(&change.rule),
                text(&change.title),
                text(&change.clause),
                Cell::text(&change.kind),
                Cell::text(&line.key),
                Cell::text(&line.was),
                Cell::Marked(line.now.clone()),
                Cell::text(line.why.clone().or_else(|| change.why.clone()).unwrap_or_default()),
                text(&change.from),
                text(&change.until),
            ]
        })
    });
    rows.collect()
}

/// Sheets and columns of a briefing.
const GLOSSARY: &[(&str, &str)] = &[
    ("Changes", "one row for each thing that changed about a rule"),
    ("Examples", "items and how they were and are decided; each was decided again by the engine when this was written"),
    ("Markets", "the strictest that the live rules of a category do, one column a market; marked: it was otherwise"),
    ("Quiz", "items to decide; their answers are on the sheet `Key`"),
    ("rule", "the name of a rule"),
    ("title", "its title"),
    ("clause", "the public clause"),
    ("kind", "what became of a rule; of an item: now matches, no longer matches, other decision, unchanged"),
    ("what", "what changed about it: stage, condition, effect on an axis"),
    ("before", "as it was"),
    ("now", "as it is"),
    ("why", "the reason that the policy gives"),
    ("from", "the first day"),
    ("until", "the last day"),
    ("item", "the text of an item"),
    ("rules", "the rules behind it"),
    ("source", "where an item is from: examples of rules, labelled items, items made for the difference"),
    ("category", "a category of the taxonomy"),
    ("list", "the name of a term list"),
    ("added", "how many terms came in"),
    ("added terms", "the terms"),
    ("removed", "how many terms went"),
    ("removed terms", "the terms"),
    ("number", "which question"),
    ("answer", "what happens to the item"),
    ("clauses", "the clauses that say so"),
    ("share of items", "of all items of the replay"),
    ("name", "a name in this table"),
    ("value", "its value"),
];

/// The briefing as a workbook.
///
/// # Errors
///
/// As [`brief_document`].
pub fn brief_workbook(briefing: &Briefing, old: &Rehearsal<'_>, new: &Rehearsal<'_>) -> Result<Workbook, RenderError> {
    verify(briefing, old, new)?;
    let names = [("old", &briefing.old), ("new", &briefing.new)];
    let mut summary: Vec<Vec<Cell>> =
        names.iter().map(|(name, policy)| vec![Cell::text(*name), Cell::text(format!("{} {} {}", policy.id, policy.version, policy.digest))]).collect();
    summary.extend(briefing.summary.iter().map(|line| vec![Cell::text("summary"), Cell::text(line)]));
    summary.extend(briefing.not_checked.iter().map(|line| vec![Cell::text("not checked"), Cell::text(line)]));
    summary.extend(briefing.not_in_language.iter().map(|line| vec![Cell::text(format!("not in {}", briefing.lang)), Cell::text(line)]));
    let parts = [
        ("now matches", &briefing.now_matches),
        ("no longer matches", &briefing.no_longer_matches),
        ("other decision", &briefing.other_decision),
        ("unchanged", &briefing.unchanged),
    ];
    let examples = parts.iter().flat_map(|(kind, samples)| {
        samples.iter().map(move |sample| {
            vec![
                Cell::text(*kind),
                Cell::text(&sample.text),
                Cell::text(sample.was.text()),
                Cell::text(sample.now.text()),
                Cell::text(sample.now.rules.join(", ")),
                Cell::text(&sample.source),
            ]
        })
    });
    let mut market_columns = vec![("category", 28)];
    market_columns.extend(briefing.markets.markets.iter().map(|market| (market.as_str(), 30)));
    let markets = briefing.markets.rows.iter().map(|row| {
        let mut cells = vec![Cell::text(&row.category)];
        cells.extend(row.cells.iter().map(|cell| if cell.changed { Cell::Marked(cell.now.clone()) } else { Cell::text(&cell.now) }));
        cells
    });
    let terms = briefing.lists.iter().map(|list| {
        vec![
            Cell::text(&list.list),
            Cell::count(list.added_count),
            Cell::text(list.added.join("\n")),
            Cell::count(list.removed_count),
            Cell::text(list.removed.join("\n")),
            Cell::text(list.rules.join("\n")),
        ]
    });
    let quiz = briefing.quiz.iter().map(|question| vec![Cell::count(u64::from(question.number)), Cell::text(&question.text)]);
    let key = briefing.quiz.iter().map(|question| {
        vec![
            Cell::count(u64::from(question.number)),
            Cell::text(question.answer.text()),
            Cell::text(question.clauses.join(", ")),
            Cell::text(question.answer.rules.join(", ")),
        ]
    });
    let forecast = briefing.forecast.iter().flat_map(|forecast| {
        let head = vec![Cell::text("by a replay of"), Cell::Blank, Cell::text(&forecast.design)];
        let lines = forecast.lines.iter().map(|line| [&line.what, &line.old, &line.new].map(Cell::text).to_vec());
        std::iter::once(head).chain(lines).chain(forecast.caveats.iter().map(|line| vec![Cell::text("to know"), Cell::Blank, Cell::text(line)]))
    });
    let audience = format!("{:?}", briefing.audience).to_lowercase();
    let about = [
        ("format", crate::report::REPORT_FORMAT),
        ("policy", &briefing.new.id),
        ("version", &briefing.new.version),
        ("base", &briefing.new.digest),
        ("audience", &audience),
        ("language", &briefing.lang),
    ];
    let about = about.into_iter().map(|(name, value)| vec![Cell::text(name), Cell::text(value)]).collect();
    let mut sheets = vec![
        Sheet { table: false, ..sheet("About", &[("name", 14), ("value", 100)], about) },
        sheet("Summary", &[("name", 14), ("value", 100)], summary),
        sheet(
            "Changes",
            &[("rule", 26), ("title", 34), ("clause", 8), ("kind", 9), ("what", 18), ("before", 40), ("now", 40), ("why", 44), ("from", 12), ("until", 12)],
            change_rows(briefing),
        ),
        sheet("Examples", &[("kind", 18), ("item", 60), ("before", 34), ("now", 34), ("rules", 30), ("source", 30)], examples.collect()),
        sheet("Markets", &market_columns, markets.collect()),
        sheet("Terms", &[("list", 22), ("added", 8), ("added terms", 34), ("removed", 9), ("removed terms", 34), ("rules", 30)], terms.collect()),
        sheet("Quiz", &[("number", 9), ("item", 90)], quiz.collect()),
        sheet("Key", &[("number", 9), ("answer", 50), ("clauses", 12), ("rules", 40)], key.collect()),
    ];
    if briefing.forecast.is_some() {
        sheets.push(sheet("Forecast", &[("share of items", 34), ("before", 34), ("now", 34)], forecast.collect()));
    }
    if briefing.audience == Audience::Public {
        sheets.retain(|sheet| sheet.name != "Terms");
    }
    sheets.push(Sheet::glossary(GLOSSARY));
    Ok(Workbook { sheets })
}
