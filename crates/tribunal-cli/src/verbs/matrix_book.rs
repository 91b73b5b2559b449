//! The matrix of rules and markets as a workbook.

use tribunal::policy::model::AxisKind;
use tribunal::policy::{MarketId, Policy};
use tribunal::show::{Matrix, MatrixChange, effective};
use tribunal_analysis::workbook::{Cell, Column, Sheet, Workbook};

/// Stages by what they let happen.
const STAGES: [&str; 4] = ["off", "draft", "shadow", "live"];

/// The matrix with differing cells marked, what each market changes and whether that is stricter, and its changes of lists.
pub(crate) fn workbook(policy: &Policy, matrix: &Matrix) -> Workbook {
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
    let glossary = [
        ("Matrix", "a cell is the rule's stage in the market; marked: what differs from the policy without overlays"),
        ("direction", "stricter or milder for users than above, where one value can be compared with the other; else `to be judged`"),
        ("Lists", "terms that a market puts into a list or takes out; a term put into a list that excuses is milder"),
    ];
    let page = |name: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>, table: bool| Sheet { name: name.to_owned(), columns, rows, table, ..Sheet::default() };
    let of = |columns: &[(&str, u16)]| columns.iter().map(|(name, width)| Column::new(*name, *width)).collect::<Vec<_>>();
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
            page("Lists", of(&[("market", 10), ("list", 22), ("change", 10), ("term", 28), ("reason", 50), ("place", 30)]), list_rows(policy), true),
            page(
                "Glossary",
                of(&[("name", 14), ("meaning", 100)]),
                glossary.into_iter().map(|(name, text)| vec![Cell::text(name), Cell::text(text)]).collect(),
                false,
            ),
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

fn list_rows(policy: &Policy) -> Vec<Vec<Cell>> {
    let ids = (0..u32::try_from(policy.markets.len()).unwrap_or(u32::MAX)).map(MarketId);
    let mut rows = Vec::new();
    for shown in ids.map(|id| effective(policy, Some(id))) {
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
