//! The report as one page that needs nothing else: no request leaves it, it prints, it works without a mouse.

mod slices;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tribunal_analysis::document::escape_html as text;

use super::chart::{self, Bar};
use super::flips::{Content, Flip, Piece};
use super::human::{changed, direction, fit, heading};
use super::rate::Rate;
use super::{Report, RuleRates, Transition};
use crate::cube::Side;

const STYLE: &str = include_str!("../../assets/page.css");
const SCRIPT: &str = include_str!("../../assets/page.js");
/// Flips that the page carries; all kept ones stand in `flips.jsonl`.
const FLIPS: usize = 2_000;
/// Characters of a text that the page shows.
const TEXT: usize = 800;
/// Bars of a chart.
const BARS: usize = 20;

/// Cuts a text that would fill screens; `flips.jsonl` has it whole.
fn cut(pieces: &mut Vec<Piece>) {
    let mut left = TEXT;
    let all: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
    if all <= left {
        return;
    }
    pieces.retain_mut(|piece| {
        let mine = piece.text.chars().count();
        if mine > left {
            piece.text = piece.text.chars().take(left).collect();
        }
        left -= mine.min(left);
        !piece.text.is_empty()
    });
    pieces.push(Piece { text: format!(" … {} characters more in flips.jsonl", all - TEXT), hit: false });
}

/// JSON that cannot end its script element.
fn data(flips: &[Flip]) -> String {
    let mut shown = flips.to_vec();
    shown.truncate(FLIPS);
    shown.iter_mut().flat_map(|flip| flip.texts.values_mut()).for_each(cut);
    for piece in shown.iter_mut().flat_map(|flip| flip.texts.values_mut()).flatten() {
        piece.text = piece.text.chars().map(|c| if matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') { '\u{FFFD}' } else { c }).collect();
    }
    serde_json::to_string(&shown).unwrap_or_else(|_| "[]".to_owned()).replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// The page.
pub(super) fn page(report: &Report, flips: &[Flip], content: Content) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(report, flips, content, &mut out);
    out
}

fn write_page(report: &Report, flips: &[Flip], content: Content, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>Replay: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>",
        text(&heading(report))
    )?;
    writeln!(out, "<h1>Replay</h1>\n<p class=\"code\">{}</p>", text(&heading(report)))?;
    let fitness: Vec<String> = fit(report).into_iter().take(3).chain([report.manifest.design.words().to_owned()]).collect();
    writeln!(out, "<p class=\"mute\">Sample: {}</p>", text(&fitness.join(" · ")))?;
    for alarm in report.watch.iter().flat_map(|watch| &watch.alarms) {
        writeln!(out, "<p class=\"alarm\" role=\"alert\"><b>Alarm</b> {}</p>", text(&alarm.words()))?;
    }
    summary(report, out)?;
    if let Some(watch) = &report.watch {
        writeln!(out, "<p class=\"mute\">{}</p>", text(&super::human::watched(watch)))?;
    }
    for caveat in &report.caveats {
        writeln!(out, "<p class=\"note\">{}</p>", text(caveat))?;
    }
    gates(report, out)?;
    changes(report, out)?;
    flip_list(report, flips, content, out)?;
    decisions(report, out)?;
    rules(report, out)?;
    overlaps(report, out)?;
    quality(report, out)?;
    if let Some(load) = report.review.as_ref().and_then(super::Review::load) {
        writeln!(out, "<h2>Review queue</h2><p>{}</p>", text(&load))?;
    }
    outcomes(report, out)?;
    slices::markets(report, out)?;
    slices::decisions(report, out)?;
    slices::transitions(report, out)?;
    days(report, out)?;
    unknowns(report, out)?;
    sample(report, out)?;
    writeln!(out, "</main>")?;
    if report.changes.is_some() {
        writeln!(out, "<script type=\"application/json\" id=\"flips-data\">{}</script>\n<script>\n{SCRIPT}</script>", data(flips))?;
    }
    writeln!(out, "</body>\n</html>")
}

fn tile(out: &mut String, name: &str, old: Option<&Rate>, rate: &Rate) -> std::fmt::Result {
    let share = |share: f64| format!("{:.*} %", if share >= 0.1 { 1 } else { 2 }, share * 100.0);
    let figure = rate.estimate.map_or_else(|| "–".to_owned(), share);
    let before = old.and_then(|old| old.estimate).map(|old| format!("<i>{} →</i> ", share(old))).unwrap_or_default();
    writeln!(out, "<div class=\"tile\"><span>{}</span><b>{before}{figure}</b><span class=\"mute\">{}</span></div>", text(name), text(&rate.percent()))
}

fn summary(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<div class=\"tiles\">")?;
    if let Some(changes) = &report.changes {
        tile(out, "decision changes", None, &changes.changed)?;
        tile(out, "stricter", None, &changes.stricter)?;
        tile(out, "milder", None, &changes.milder)?;
    }
    if let Some(quality) = &report.quality {
        tile(out, "precision", quality.old_precision.as_ref(), &quality.new_precision)?;
        tile(out, "recall", quality.old_recall.as_ref(), &quality.new_recall)?;
    }
    if let Some(review) = &report.review {
        tile(out, "to review", review.old.as_ref(), &review.new)?;
    }
    writeln!(out, "</div>")
}

fn gates(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.gates.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Gates</h2>\n<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>gate</th><th>ended</th><th>found</th><th class=\"n\">items that would do</th></tr></thead><tbody>"
    )?;
    for gate in &report.gates {
        let style = gate.outcome.words().replace(' ', "_");
        let would = gate.would_do.map(|n| n.to_string()).unwrap_or_default();
        writeln!(
            out,
            "<tr><td class=\"code\">{}</td><td class=\"{style}\">{}</td><td>{}</td><td class=\"n\">{would}</td></tr>",
            text(&gate.gate),
            gate.outcome.words(),
            text(&gate.found)
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn decisions(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>Decisions</h2>")?;
    let values: Vec<_> = report.decisions.iter().filter(|value| value.new.k > 0 || value.old.as_ref().is_some_and(|old| old.k > 0)).collect();
    let names: Vec<String> = values.iter().map(|value| format!("{}: {}", value.axis, value.value)).collect();
    // The mildest value of an axis covers nearly all items and would flatten the others.
    let bars: Vec<Bar<'_>> = values
        .iter()
        .zip(&names)
        .filter(|(value, _)| value.new.estimate.is_some_and(|share| share < 0.5))
        .take(BARS)
        .map(|(value, name)| Bar { name, old: value.old.as_ref(), new: &value.new })
        .collect();
    chart::bars(out, "Decisions before and now", &bars)?;
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>decision</th><th class=\"n\">before</th><th class=\"n\">now</th><th>now, of all items</th></tr></thead><tbody>"
    )?;
    for (value, name) in values.iter().zip(&names) {
        let before = value.old.as_ref().map(|old| old.k.to_string()).unwrap_or_default();
        writeln!(
            out,
            "<tr><td>{}</td><td class=\"n\">{before}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            text(name),
            value.new.k,
            text(&value.new.words())
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    Ok(())
}

/// Rows shown at first; what is behind them can be opened.
const ROWS: usize = 20;

/// Rows of a table that come after the first ones: behind a line that opens them.
fn folded(out: &mut String, head: &str, rows: &[String], more: &str) -> std::fmt::Result {
    let (first, rest) = rows.split_at(rows.len().min(ROWS));
    let table = |out: &mut String, rows: &[String]| {
        writeln!(out, "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{head}</tr></thead><tbody>\n{}</tbody></table></div>", rows.concat())
    };
    table(out, first)?;
    if !rest.is_empty() {
        writeln!(out, "<details><summary>{} more {more}</summary>", rest.len())?;
        table(out, rest)?;
        writeln!(out, "</details>")?;
    }
    Ok(())
}

/// The cells of what becomes what.
fn becomes(transition: &Transition) -> String {
    format!(
        "<td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td>",
        text(&transition.old),
        text(&transition.new),
        direction(transition.direction),
        transition.rate.k,
        text(&transition.rate.percent())
    )
}

fn changes(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(changes) = &report.changes else { return Ok(()) };
    writeln!(out, "<h2>What changes</h2>")?;
    chart::directions(out, changes.stricter.k, changes.other.k, changes.milder.k)?;
    let rows: Vec<String> = changed(report).take(200).map(|transition| format!("<tr>{}</tr>\n", becomes(transition))).collect();
    folded(out, "<th>before</th><th>now</th><th>which way</th><th class=\"n\">items</th><th>of all</th>", &rows, "kinds of change")
}

fn rules(report: &Report, out: &mut String) -> std::fmt::Result {
    let old = |name: &str| report.rules.iter().find(|rule| rule.side == Side::Old && rule.rule == name);
    let mut rows: Vec<&RuleRates> = report.rules.iter().filter(|rule| rule.side == Side::New).collect();
    rows.sort_by(|a, b| b.changed.cmp(&a.changed).then(b.fired.k.cmp(&a.fired.k)).then_with(|| a.rule.cmp(&b.rule)));
    writeln!(out, "<h2>Rules</h2><p class=\"mute\">Changed rules first. {} intervals are shown: of so many, some miss by chance.</p>", report.family)?;
    let bars: Vec<Bar<'_>> = rows
        .iter()
        .filter(|rule| rule.fired.k > 0)
        .take(BARS)
        .map(|rule| Bar { name: &rule.rule, old: old(&rule.rule).map(|rule| &rule.fired), new: &rule.fired })
        .collect();
    chart::bars(out, "How often rules fire, before and now", &bars)?;
    // Columns that say nothing take the room of those that do.
    let (has_old, has_shadow) = (report.changes.is_some(), rows.iter().any(|rule| rule.shadow > 0));
    let count = |name: &'static str, count: &dyn Fn(&RuleRates) -> String| -> (&'static str, Vec<String>) {
        (name, rows.iter().map(|rule| format!("<td class=\"n\">{}</td>", count(rule))).collect())
    };
    let mut counts = Vec::new();
    if has_old {
        counts.push(count("before", &|rule| old(&rule.rule).map(|rule| rule.fired.k.to_string()).unwrap_or_default()));
        counts.push(count("now", &|rule| rule.fired.k.to_string()));
        counts.push(count("newly", &|rule| rule.gained.to_string()));
        counts.push(count("no longer", &|rule| rule.lost.to_string()));
    }
    counts.push(count("alone", &|rule| rule.sole.to_string()));
    counts.push(count("decisive", &|rule| rule.pivotal.to_string()));
    if has_shadow {
        counts.push(count("in shadow", &|rule| rule.shadow.to_string()));
    }
    counts.push(count("not judged", &|rule| rule.not_judged.to_string()));
    let head: String = counts.iter().map(|(name, _)| format!("<th class=\"n\">{name}</th>")).collect();
    let lines: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(at, rule)| {
            let mark = if rule.changed && has_old { " <span class=\"tag\">changed</span>" } else { "" };
            let cells: String = counts.iter().filter_map(|(_, cells)| cells.get(at)).map(String::as_str).collect();
            let (fired, precision) = (rule.fired.words(), rule.precision.percent());
            format!("<tr><td>{}{mark}</td><td>{}</td>{cells}<td>{}</td></tr>\n", text(&rule.rule), text(&fired), text(&precision))
        })
        .collect();
    folded(out, &format!("<th>rule</th><th>now, of all items</th>{head}<th>precision</th>"), &lines, "rules")?;
    for rule in report.rules.iter().filter(|rule| rule.gained + rule.lost > 0) {
        if let Some(moved) = rule.moved {
            writeln!(out, "<p class=\"mute\">{}: newly {}, no longer {}: {}</p>", text(&rule.rule), rule.gained, rule.lost, moved.words(report.moved_family))?;
        }
    }
    slices::rules(report, out)
}

fn overlaps(report: &Report, out: &mut String) -> std::fmt::Result {
    let rows: Vec<String> = report
        .overlaps
        .iter()
        .filter(|row| row.side == Side::New)
        .map(|row| format!("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>\n", text(&row.first), text(&row.second), row.items))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Rules that fire together</h2>")?;
    folded(out, "<th>rule</th><th>and</th><th class=\"n\">items</th>", &rows, "pairs")
}

fn days(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.days.len() < 2 {
        return Ok(());
    }
    let share = |count: u64, of: u64| format!("{count} ({:.1} %)", 100.0 * crate::stats::real(count) / crate::stats::real(of.max(1)));
    let rows: Vec<String> = report
        .days
        .iter()
        .map(|day| {
            let optional = |count: Option<u64>| count.map(|count| share(count, day.items)).unwrap_or_default();
            format!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                day.day,
                day.items,
                optional(day.old_acts),
                share(day.new_acts, day.items),
                optional(day.changed)
            )
        })
        .collect();
    writeln!(out, "<h2>By day</h2><p class=\"mute\">Items by the day they were made; shares of these items, without intervals.</p>")?;
    folded(
        out,
        "<th>day</th><th class=\"n\">items</th><th class=\"n\">acted on before</th><th class=\"n\">acted on now</th><th class=\"n\">changes</th>",
        &rows,
        "days",
    )
}

fn quality(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(quality) = &report.quality else { return Ok(()) };
    writeln!(
        out,
        "<h2>Against labels</h2><p>{} labelled items, {} violations. Precision: of the labelled items acted on, the share of violations. Recall: of the violations, the share acted on. \
         Acted on means: the decision is not the mildest.</p><ul>",
        quality.labelled, quality.positive
    )?;
    for (name, rate) in [
        ("precision before", quality.old_precision.as_ref()),
        ("precision now", Some(&quality.new_precision)),
        ("recall before", quality.old_recall.as_ref()),
        ("recall now", Some(&quality.new_recall)),
    ] {
        if let Some(rate) = rate {
            writeln!(out, "<li>{name}: {}</li>", text(&rate.percent()))?;
        }
    }
    for (name, definition, figure) in quality.prevalence_rows() {
        writeln!(out, "<li>{name}: {} <span class=\"mute\">({definition})</span></li>", text(&figure))?;
    }
    if let Some(paired) = &quality.paired {
        writeln!(out, "<li>{}</li>", text(&paired.words()))?;
    }
    for sentence in report.anytime.iter().flat_map(crate::anytime::Anytime::words) {
        writeln!(out, "<li>{}</li>", text(&sentence))?;
    }
    writeln!(out, "</ul>")
}

fn outcomes(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(outcomes) = &report.outcomes else { return Ok(()) };
    writeln!(out, "<h2>What became of items</h2><p class=\"mute\">As the items say it.</p><ul>")?;
    for (name, definition, rate) in outcomes.rows() {
        writeln!(out, "<li>{name}: {} <span class=\"mute\">({definition})</span></li>", text(&rate.percent()))?;
    }
    writeln!(out, "</ul>")
}

fn unknowns(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.unknowns.is_empty() {
        return Ok(());
    }
    // A line a rule: the fields it lacked, the one that is missing most first.
    let mut by_rule: BTreeMap<(Side, &str), Vec<(u64, &str)>> = BTreeMap::new();
    for row in &report.unknowns {
        by_rule.entry((row.side, &row.rule)).or_default().push((row.items, &row.field));
    }
    let mut rows: Vec<_> = by_rule.into_iter().collect();
    for (_, fields) in &mut rows {
        fields.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    }
    rows.sort_by_key(|((side, rule), fields)| (std::cmp::Reverse(fields.first().map_or(0, |(items, _)| *items)), *side, *rule));
    let rows: Vec<String> = rows
        .into_iter()
        .map(|((side, rule), fields)| {
            let side = if side == Side::Old { "old" } else { "new" };
            let lacked: Vec<String> = fields.iter().map(|(items, field)| format!("{field} ({items})")).collect();
            format!("<tr><td>{}</td><td>{side}</td><td>{}</td></tr>\n", text(rule), text(&lacked.join(", ")))
        })
        .collect();
    writeln!(
        out,
        "<h2>Not judged</h2><p class=\"mute\">A rule that lacks a field is neither true nor false: these are the items it could not be judged on.</p>"
    )?;
    folded(out, "<th>rule</th><th>policy</th><th>for want of (items)</th>", &rows, "rules")
}

fn flip_list(report: &Report, flips: &[Flip], content: Content, out: &mut String) -> std::fmt::Result {
    if report.changes.is_none() {
        return Ok(());
    }
    let kept = report.kept;
    let masked = match content {
        Content::Masked => "Hits are masked: first letter and length.",
        Content::Full => "Texts are shown as they are: this page holds content.",
        Content::None => "Texts are left out.",
    };
    writeln!(
        out,
        "<h2>Items whose decision changes</h2><p class=\"mute\">{} items change, {} are kept, those that hang by one rule first, then by hash{}. {masked}</p>",
        kept.changed,
        kept.kept,
        if flips.len() > FLIPS { format!("; this page has {FLIPS}, flips.jsonl all kept ones") } else { String::new() }
    )?;
    writeln!(out, "<div class=\"filters\">")?;
    for (id, name) in [("rule", "Rule"), ("market", "Market"), ("direction", "Which way")] {
        writeln!(out, "<label for=\"{id}\">{name}<select id=\"{id}\"><option value=\"\">all</option></select></label>")?;
    }
    writeln!(out, "<label for=\"search\">Id holds<input id=\"search\" type=\"search\"></label></div>")?;
    writeln!(
        out,
        "<p id=\"found\" role=\"status\"></p><div id=\"flips\"></div><button id=\"more\" type=\"button\" hidden>Show more</button><noscript>The list needs JavaScript; flips.jsonl has the same items.</noscript>"
    )
}

fn sample(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>Sample and manifest</h2><ul>")?;
    for line in fit(report) {
        writeln!(out, "<li>{}</li>", text(&line))?;
    }
    for line in super::human::broken(report) {
        writeln!(out, "<li>{}</li>", text(&line))?;
    }
    let manifest = &report.manifest;
    writeln!(out, "<li>design: {}</li><li>seed {}, intervals at {} %</li>", manifest.design.words(), manifest.seed, manifest.level * 100.0)?;
    for file in &manifest.data {
        writeln!(out, "<li class=\"code\">{} · {} bytes · {}</li>", text(&file.name), file.bytes, text(&file.digest))?;
    }
    for (name, policy) in [("old", manifest.old.as_ref()), ("new", Some(&manifest.new))] {
        if let Some(policy) = policy {
            writeln!(out, "<li class=\"code\">{name}: {} v{} {}</li>", text(&policy.id), text(&policy.version), text(&policy.digest))?;
        }
    }
    writeln!(out, "<li>program {}</li></ul><p class=\"mute\">Not checked: {}</p>", text(&manifest.program), text(&report.not_checked.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(text("<b onload='x'>\u{202E}&"), "&lt;b onload=&#39;x&#39;&gt;&lt;U+202E&gt;&amp;");
        let piece = super::super::flips::Piece { text: "</script><script>alert(1)</script>\u{202E}".to_owned(), hit: false };
        let flip = Flip {
            id: "</script>".to_owned(),
            place: String::new(),
            market: String::new(),
            lang: String::new(),
            label: String::new(),
            direction: crate::axes::Direction::Other,
            boundary: false,
            old: Default::default(),
            new: Default::default(),
            old_only: vec![],
            new_only: vec![],
            both: vec![],
            not_judged: vec![],
            texts: [("caption".to_owned(), vec![piece])].into(),
        };
        let json = data(&[flip]);
        assert!(!json.contains('<') && !json.contains('\u{202E}'), "{json}");
    }
}
