//! What the overlays of markets mean for users: what is taken away from them, what is given.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;
use tribunal::policy::Policy;
use tribunal::policy::render::neutral_line;
use tribunal_analysis::workbook::{Cell, Column, Sheet, Workbook};
use tribunal_analysis::{Change, Shown, Verdict, Way, overlays};

use crate::progress::Progress;
use crate::ui::Ui;

/// One market.
#[derive(Debug, Serialize)]
pub(crate) struct Users {
    market: String,
    /// Stricter with the overlays, or milder.
    changes: Vec<Change>,
    /// Axes on which the engine did not confirm all that was suspected.
    not_known: Vec<String>,
}

/// Asks the engine, market by market.
pub(crate) fn of(policy: &Arc<Policy>, markets: Vec<String>, ui: &Ui) -> anyhow::Result<Vec<Users>> {
    let bar = Progress::parts(ui, markets.len() as u64, "markets");
    let mut found = Vec::new();
    for market in markets {
        let report = overlays(policy, &market)?;
        let not_known = report.cells.iter().filter(|cell| cell.verdict == Verdict::NotKnown).map(|cell| cell.axis.clone()).collect();
        found.push(Users { market, changes: report.changes, not_known });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(found)
}

/// `takes away` or `gives`.
fn way(way: Way) -> &'static str {
    if way == Way::Stricter { "takes away" } else { "gives" }
}

fn decided(shown: &Shown) -> String {
    let values: Vec<String> = shown.decision.iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
    if values.is_empty() { "no action".to_owned() } else { values.join(", ") }
}

pub(crate) fn text(users: &[Users]) -> String {
    let mut out = String::new();
    for market in users {
        let _ = writeln!(out, "\nfor users in {}", neutral_line(&market.market));
        if market.changes.is_empty() && market.not_known.is_empty() {
            out.push_str("  every item is decided as without the overlays, checked over all items\n");
        }
        for wanted in [Way::Stricter, Way::Milder] {
            for change in market.changes.iter().filter(|change| change.way == wanted) {
                let _ = writeln!(out, "  {}: {} ({})", way(wanted), change.axes.join(", "), change.rule);
                let _ = writeln!(out, "    item     {}", neutral_line(&change.new.item.to_string()));
                let _ = writeln!(out, "    without  {}", decided(&change.old));
                let _ = writeln!(out, "    with     {}", decided(&change.new));
                let _ = writeln!(out, "    by       {}", neutral_line(&change.caused_by.join("; ")));
            }
        }
        if !market.not_known.is_empty() {
            let _ = writeln!(out, "  not known whether there is more: {} (the engine did not confirm what was suspected)", market.not_known.join(", "));
        }
    }
    out
}

/// Puts the sheet `Users` before the glossary, and its words into that.
pub(crate) fn put_into(book: &mut Workbook, users: Option<&[Users]>) {
    let Some(users) = users else { return };
    let columns = [("market", 10), ("way", 11), ("axes", 22), ("rule", 28), ("item", 60), ("without", 40), ("with", 40), ("by", 40)];
    let mut rows = Vec::new();
    for market in users {
        for wanted in [Way::Stricter, Way::Milder] {
            rows.extend(market.changes.iter().filter(|change| change.way == wanted).map(|change| {
                let cells = [
                    market.market.clone(),
                    way(wanted).to_owned(),
                    change.axes.join(", "),
                    change.rule.clone(),
                    change.new.item.to_string(),
                    decided(&change.old),
                    decided(&change.new),
                    change.caused_by.join("; "),
                ];
                cells.map(Cell::text).to_vec()
            }));
        }
        if !market.not_known.is_empty() {
            rows.push([market.market.clone(), "not known".to_owned(), market.not_known.join(", ")].map(Cell::text).to_vec());
        }
    }
    let sheet = Sheet {
        name: "Users".to_owned(),
        columns: columns.into_iter().map(|(name, width)| Column::new(name, width)).collect(),
        rows,
        table: true,
        ..Sheet::default()
    };
    let words = [
        ("Users", "what the overlays of a market, its own and inherited ones, take away from users and give to them, each with a smallest item"),
        ("way", "`takes away`: stricter with the overlays; `gives`: milder; `not known`: the engine did not confirm all that was suspected on these axes"),
        ("axes", "the axes on which the item shows it"),
        ("item", "an item that the engine decided both ways; terms of sensitive lists are masked"),
        ("without", "the decision without overlays"),
        ("with", "the decision with them"),
        ("by", "the override that does it"),
    ];
    if let Some(at) = book.sheets.iter().position(|sheet| sheet.name == "Glossary") {
        if let Some(glossary) = book.sheets.get_mut(at) {
            glossary.rows.extend(words.map(|(name, meaning)| vec![Cell::text(name), Cell::text(meaning)]));
        }
        book.sheets.insert(at, sheet);
    }
}
