//! The page's tables by market, language and the fields of `--by`.

use std::fmt::Write as _;

use tribunal_analysis::document::escape_html as text;

use super::super::chart::{self, Bar};
use super::super::rate::Rate;
use super::super::{Report, Slice};
use super::{BARS, becomes, folded};
use crate::axes::Direction;

/// Rows that are written at all; `report.json` has the others.
const MOST: usize = 500;

/// A table that stops at [`MOST`] rows, and says so.
fn table(out: &mut String, head: &str, mut rows: Vec<String>) -> std::fmt::Result {
    let more = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    folded(out, head, &rows, "rows")?;
    if more > 0 {
        writeln!(out, "<p class=\"mute\">{more} more stand in report.json.</p>")?;
    }
    Ok(())
}

/// The cells that say which slice a row is of.
fn named(by: &str, value: &str) -> String {
    format!("<td>{}</td><td>{}</td>", text(by), text(if value.is_empty() { "(none)" } else { value }))
}

pub(super) fn markets(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>By market and other slices</h2>")?;
    let slices = || report.slices.iter().filter(|slice| slice.by == "market" && !slice.value.is_empty());
    let bars: Vec<Bar<'_>> = slices().take(BARS).map(|slice| Bar { name: &slice.value, old: slice.old_acts.as_ref(), new: &slice.new_acts }).collect();
    chart::bars(out, "Share of items acted on by market, before and now", &bars)?;
    let rows: Vec<String> = report
        .slices
        .iter()
        .map(|slice| {
            format!(
                "<tr>{}<td class=\"n\">{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                named(&slice.by, &slice.value),
                slice.items,
                text(&slice.new_acts.percent()),
                text(&slice.changed.as_ref().map(Rate::percent).unwrap_or_default()),
                slice.stricter,
                slice.milder
            )
        })
        .collect();
    let head =
        "<th>by</th><th>value</th><th class=\"n\">items</th><th>acted on now</th><th>changes</th><th class=\"n\">stricter</th><th class=\"n\">milder</th>";
    table(out, head, rows)
}

/// A table an axis: what is decided in each slice, before and now.
pub(super) fn decisions(report: &Report, out: &mut String) -> std::fmt::Result {
    let has_old = report.changes.is_some();
    let mut axes: Vec<&str> = report.decisions.iter().map(|value| value.axis.as_str()).collect();
    axes.dedup();
    for axis in axes {
        let occurs = |name: &str| report.slices.iter().flat_map(|slice| &slice.decisions).any(|value| value.axis == axis && value.value == name);
        let values: Vec<&str> =
            report.decisions.iter().filter(|value| value.axis == axis).map(|value| value.value.as_str()).filter(|name| occurs(name)).collect();
        if values.is_empty() {
            continue;
        }
        let cell = |slice: &Slice, name: &str| {
            let Some(value) = slice.decisions.iter().find(|value| value.axis == axis && value.value == name) else { return "<td></td>".to_owned() };
            match value.old.as_ref().map(|old| old.k) {
                Some(old) if old != value.new.k => format!("<td class=\"n\">{old} → <b>{}</b></td>", value.new.k),
                _ => format!("<td class=\"n\">{}</td>", value.new.k),
            }
        };
        let row = |slice: &Slice| {
            let cells: String = values.iter().map(|name| cell(slice, name)).collect();
            format!("<tr>{}<td class=\"n\">{}</td>{cells}</tr>\n", named(&slice.by, &slice.value), slice.items)
        };
        let rows: Vec<String> = report.slices.iter().map(row).collect();
        let what = if has_old { "items before → now, one figure where they are the same" } else { "items" };
        writeln!(out, "<h3>{} by market and other slices</h3><p class=\"mute\">{what}</p>", text(axis))?;
        let heads: String = values.iter().map(|name| format!("<th class=\"n\">{}</th>", text(name))).collect();
        table(out, &format!("<th>by</th><th>value</th><th class=\"n\">items</th>{heads}"), rows)?;
    }
    Ok(())
}

/// Which decision becomes which, in each slice; what stays the same is left out.
pub(super) fn transitions(report: &Report, out: &mut String) -> std::fmt::Result {
    let each = report.slices.iter().flat_map(|slice| slice.transitions.iter().map(move |transition| (slice, transition)));
    let mut changed: Vec<_> = each.filter(|(_, transition)| transition.direction != Direction::Same).collect();
    // Slices of one kind stand together; within them what is most frequent comes first.
    let kinds: Vec<&str> = report.slices.iter().map(|slice| slice.by.as_str()).collect();
    let kind = |slice: &Slice| kinds.iter().position(|by| *by == slice.by);
    changed.sort_by_key(|(slice, transition)| (kind(slice), std::cmp::Reverse(transition.rate.k)));
    let rows: Vec<String> =
        changed.into_iter().map(|(slice, transition)| format!("<tr>{}{}</tr>\n", named(&slice.by, &slice.value), becomes(transition))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>What changes by market and other slices</h3>")?;
    table(out, "<th>by</th><th>value</th><th>before</th><th>now</th><th>which way</th><th class=\"n\">items</th><th>of the slice</th>", rows)
}

/// Changed rules by market and other slices.
pub(super) fn rules(report: &Report, out: &mut String) -> std::fmt::Result {
    let changed = report.rules.iter().filter(|rule| rule.changed && report.changes.is_some());
    // Where a rule's hits move comes first, then where it hits most.
    let mut slices: Vec<_> = changed.flat_map(|rule| rule.slices.iter().map(move |slice| (rule, slice))).collect();
    slices.sort_by_key(|(_, slice)| std::cmp::Reverse((slice.gained + slice.lost, slice.fired)));
    let rows: Vec<String> = slices
        .into_iter()
        .filter(|(_, slice)| slice.fired + slice.gained + slice.lost > 0)
        .map(|(rule, slice)| {
            format!(
                "<tr><td>{}</td>{}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                text(&rule.rule),
                named(&slice.by, &slice.value),
                slice.fired,
                slice.gained,
                slice.lost,
                slice.pivotal,
                slice.not_judged
            )
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let head = "<th>changed rule</th><th>by</th><th>value</th><th class=\"n\">now</th><th class=\"n\">newly</th><th class=\"n\">no longer</th>\
                <th class=\"n\">decisive</th><th class=\"n\">not judged</th>";
    table(out, head, rows)
}
