//! Races as Markdown.

use crate::race::{Outcome, Row};

/// Rows of text under a head, aligned so that the source can be read too.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).chain([head[at].chars().count(), 3]).max().unwrap_or(3);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count()))));
        format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
    };
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut out = line(&head) + &line(&rule).replace("| -", "|--").replace("- |", "--|");
    rows.iter().for_each(|row| out += &line(row));
    out
}

/// Three digits that mean something.
pub(crate) fn three(value: f64) -> String {
    match value {
        value if !value.is_finite() => "–".to_owned(),
        value if value >= 10_000.0 => thousands(value.round() as u64),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 1.0 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Names of all entrants of some races, in order of entry.
fn names(races: &[(String, Vec<Row>)]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in races.iter().flat_map(|(_, rows)| rows) {
        if !names.contains(&row.name) {
            names.push(row.name.clone());
        }
    }
    names
}

/// One line an entrant, one column a race.
pub(crate) fn by_race(what: &str, races: &[(String, Vec<Row>)], cell: &dyn Fn(&Row) -> String) -> String {
    let head: Vec<&str> = std::iter::once(what).chain(races.iter().map(|(name, _)| name.as_str())).collect();
    let line = |name: &String| {
        let cells = races.iter().map(|(_, rows)| rows.iter().find(|row| &row.name == name).map_or_else(|| "–".to_owned(), cell));
        std::iter::once(name.clone()).chain(cells).collect()
    };
    table(&head, &names(races).iter().map(line).collect::<Vec<Vec<String>>>())
}

/// Megabytes a second: the median round and the best.
pub(crate) fn speed(row: &Row) -> String {
    match &row.outcome {
        Outcome::NotBuilt(_) => "not built".to_owned(),
        Outcome::Withheld(_) => "withheld".to_owned(),
        Outcome::Measured(figures) => format!("{} ({})", three(figures.mb_s()), three(figures.best_mb_s())),
    }
}

/// Microseconds an item, median and 99th percentile of the wall clock.
pub(crate) fn latency(row: &Row) -> String {
    row.figures().map_or_else(|| "–".to_owned(), |figures| format!("{} / {}", three(figures.p50 / 1e3), three(figures.p99 / 1e3)))
}

/// CPU seconds and megabytes.
pub(crate) fn build(row: &Row) -> String {
    match row.outcome {
        Outcome::NotBuilt(_) => "not built".to_owned(),
        _ => format!("{} / {}", three(row.compile.1), three(row.memory / 1e6)),
    }
}

/// Two threads over one, and allocations an item.
pub(crate) fn threads(row: &Row) -> String {
    row.figures().map_or_else(|| "–".to_owned(), |figures| format!("{:.2}× / {}", figures.two, three(figures.allocations)))
}

/// How many items were compared, and how many rules they have.
pub(crate) fn agreement(row: &Row) -> String {
    match &row.outcome {
        Outcome::NotBuilt(why) => why.clone(),
        Outcome::Withheld(why) => why.clone(),
        Outcome::Measured(figures) if figures.checked == 0 => "–".to_owned(),
        Outcome::Measured(figures) => format!("{} items, {} with a rule, {} rules", figures.checked, figures.hit, figures.rules),
    }
}
