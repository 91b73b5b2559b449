//! What a policy is in its markets, as workbooks: all of them side by side, or one with the origin of every line.

use tribunal::policy::model::AxisKind;
use tribunal::policy::{MarketId, Policy};
use tribunal::show::{Effective, EffectiveList, EffectiveRuleShown, Line, Matrix, MatrixChange, effective_in};
use tribunal_analysis::workbook::{Cell, Column, Sheet, Workbook};

/// Stages by what they let happen.
const STAGES: [&str; 4] = ["off", "draft", "shadow", "live"];

fn page(name: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>, table: bool) -> Sheet {
    Sheet { name: name.to_owned(), columns, rows, table, ..Sheet::default() }
}

fn of(columns: &[(&str, u16)]) -> Vec<Column> {
    columns.iter().map(|(name, width)| Column::new(*name, *width)).collect()
}

/// Sheets and columns of both workbooks.
const GLOSSARY: &[(&str, &str)] = &[
    ("Matrix", "a cell is the rule's stage in the market, one column a market; marked: what differs from the policy without overlays"),
    ("Changes", "what each market changes of the rules"),
    ("Rules", "each rule line by line, as it holds in the market; marked: a market has changed the line"),
    ("Lists", "the lists that can be read; terms that a market puts into a list or takes out; a term put into a list that excuses is milder"),
    ("rule", "the name of a rule"),
    ("market", "a market; in `Rules` and `Lists` of one market: the market whose change it is, that market or one above it"),
    ("what", "the line of a rule: its stage, condition (`or` and `and`: what markets add to it), exceptions, effects by axis, points"),
    ("was", "what stood there before the change"),
    ("value", "what holds"),
    ("direction", "stricter or milder for users than above, where one value can be compared with the other; else `to be judged`"),
    ("reason", "why the market differs"),
    ("legal_basis", "the law that it rests on"),
    ("place", "where it is written; blank: nobody wrote it and the default holds"),
    ("title", "the title of a rule"),
    ("category", "the category of a rule"),
    ("clause", "the public clause"),
    ("list", "the name of a term list"),
    ("terms", "terms in the list"),
    ("allowed", "allow entries in the list"),
    ("change", "add, remove, allow or disallow"),
    ("term", "the term; masked where the list is sensitive"),
    ("name", "a name in this table"),
];

/// One market, line by line.
pub(crate) fn market_workbook(shown: &Effective) -> Workbook {
    let lineage = shown.lineage.join(" > ");
    let market = shown.market.as_deref().unwrap_or("(none)");
    let about = [
        ("format", "tribunal-report/1"),
        ("policy", &shown.policy.id),
        ("version", &shown.policy.version),
        ("digest", &shown.policy.digest),
        ("market", market),
        ("lineage", &lineage),
    ];
    let about = about.into_iter().map(|(name, value)| vec![Cell::text(name), Cell::text(value)]).collect();
    let rules = shown.rules.iter().flat_map(|rule| rule.lines.iter().map(move |line| line_row(rule, line)));
    let rule_columns = [
        ("rule", 28),
        ("title", 34),
        ("category", 24),
        ("clause", 8),
        ("what", 22),
        ("value", 50),
        ("was", 34),
        ("market", 10),
        ("reason", 44),
        ("legal_basis", 24),
        ("place", 30),
    ];
    let list_columns = [("list", 22), ("terms", 8), ("allowed", 9), ("change", 10), ("term", 28), ("market", 10), ("reason", 44), ("place", 30)];
    Workbook {
        sheets: vec![
            page("About", of(&[("name", 14), ("value", 80)]), about, false),
            page("Rules", of(&rule_columns), rules.collect(), true),
            page("Lists", of(&list_columns), shown.lists.iter().flat_map(list_rows_shown).collect(), true),
            Sheet::glossary(GLOSSARY),
        ],
    }
}

fn line_row(rule: &EffectiveRuleShown, line: &Line) -> Vec<Cell> {
    let text = |text: Option<&String>| Cell::text(text.cloned().unwrap_or_default());
    let by = line.changed.as_ref();
    vec![
        Cell::text(&rule.rule),
        text(rule.title.as_ref()),
        text(rule.category.as_ref()),
        text(rule.clause.as_ref()),
        Cell::text(&line.key),
        if by.is_some() { Cell::Marked(line.value.clone()) } else { Cell::text(&line.value) },
        text(by.and_then(|by| by.was.as_ref())),
        text(by.map(|by| &by.market)),
        text(by.and_then(|by| by.reason.as_ref())),
        text(by.and_then(|by| by.legal_basis.as_ref())),
        text(line.place.as_ref()),
    ]
}

fn list_rows_shown(list: &EffectiveList) -> Vec<Vec<Cell>> {
    let blank = || Cell::Blank;
    let head = vec![Cell::text(&list.list), Cell::count(list.terms), Cell::count(list.allow), blank(), blank(), blank(), blank(), Cell::text(&list.place)];
    let changes = list.changes.iter().map(|change| {
        let mut row = vec![Cell::text(&list.list), blank(), blank()];
        row.extend([&change.change, &change.term, &change.market, &change.reason, &change.place].map(Cell::text));
        row
    });
    std::iter::once(head).chain(changes).collect()
}

/// The matrix with differing cells marked, what each market changes and whether that is stricter, and its changes of lists.
pub(crate) fn matrix_workbook(policy: &Policy, matrix: &Matrix, lang: Option<&str>) -> Workbook {
    let names: Vec<&str> = matrix.markets.iter().map(|market| market.as_deref().unwrap_or("(none)")).collect();
    let mut columns = vec![Column::new("rule", 28)];
    columns.extend(names.iter().map(|name| Column::new(*name, 16)));
    let rows = matrix.rules.iter().map(|row| {
        let mut cells = vec![Cell::text(&row.rule)];
        cells.extend(row.cells.iter().map(|cell| {
            let stage = cell.stage.as_deref().unwrap_or("");
            if cell.differs.is_empty() { Cell::text(stage) } else { Cell::Marked(format!("{stage}\n{}", cell.differs.join(", "))) }
        }));
        cells
    });
    let about = [("format", "tribunal-report/1"), ("policy", &matrix.policy.id), ("version", &matrix.policy.version), ("digest", &matrix.policy.digest)];
    let about = about.into_iter().map(|(name, value)| vec![Cell::text(name), Cell::text(value)]).collect();
    let changes = matrix.changes.iter().map(|change| {
        let was = change.was.clone().unwrap_or_default();
        [
            &change.market,
            &change.rule,
            &change.key,
            &was,
            &change.value,
            direction(policy, change),
            change.reason.as_deref().unwrap_or(""),
            change.place.as_deref().unwrap_or(""),
        ]
        .map(Cell::text)
        .to_vec()
    });
    Workbook {
        sheets: vec![
            page("About", of(&[("name", 14), ("value", 80)]), about, false),
            page("Matrix", columns, rows.collect(), true),
            page(
                "Changes",
                of(&[("market", 10), ("rule", 28), ("what", 24), ("was", 44), ("value", 44), ("direction", 14), ("reason", 50), ("place", 30)]),
                changes.collect(),
                true,
            ),
            page("Lists", of(&[("market", 10), ("list", 22), ("change", 10), ("term", 28), ("reason", 50), ("place", 30)]), list_rows(policy, lang), true),
            Sheet::glossary(GLOSSARY),
        ],
    }
}

/// What a change means for users.
fn direction<'d>(policy: &Policy, change: &MatrixChange) -> &'d str {
    let compared = |order: &dyn Fn(&str) -> Option<usize>| match (change.was.as_deref().and_then(order), order(&change.value)) {
        (Some(was), Some(now)) if now > was => "stricter",
        (Some(was), Some(now)) if now < was => "milder",
        (None, Some(_)) if change.was.is_none() => "stricter",
        _ => "to be judged",
    };
    match change.key.as_str() {
        // More is caught, or less.
        "or" => "stricter",
        "and" => "milder",
        "stage" => compared(&|text| STAGES.iter().position(|stage| *stage == text)),
        key => match key.strip_prefix("effect.").and_then(|axis| policy.axes.iter().find(|known| known.name == axis)).map(|axis| &axis.kind) {
            Some(AxisKind::Ordered(values)) => compared(&|text| values.iter().position(|value| value == text)),
            _ => "to be judged",
        },
    }
}

fn list_rows(policy: &Policy, lang: Option<&str>) -> Vec<Vec<Cell>> {
    let ids = (0..u32::try_from(policy.markets.len()).unwrap_or(u32::MAX)).map(MarketId);
    let mut rows = Vec::new();
    for shown in ids.map(|id| effective_in(policy, Some(id), lang)) {
        let market = shown.market.unwrap_or_default();
        for list in &shown.lists {
            // What markets above changed stands in their own rows.
            for change in list.changes.iter().filter(|change| change.market == market) {
                rows.push([&market, &list.list, &change.change, &change.term, &change.reason, &change.place].map(Cell::text).to_vec());
            }
        }
    }
    rows
}
