//! The report as text: for a terminal, a pull request, a build server.

use std::fmt::Write as _;

use tribunal::PolicyRef;

use super::gates::Outcome;
use super::{Report, Transition};
use crate::axes::Direction;
use crate::cube::Side;
use crate::watch::Watch;

/// How many rows of a table are shown.
const ROWS: usize = 15;
/// How many broken rows are named.
const BROKEN: usize = 3;

/// A share of items in percent: never all where some lack, never none where there is one.
fn part(count: u64, of: u64) -> String {
    match count * 1_000 / of.max(1) {
        0 => "below 0.1 %".to_owned(),
        share => format!("{}.{} %", share / 10, share % 10),
    }
}

fn policy(policy: &PolicyRef) -> String {
    format!("{} v{} {}…", policy.id, policy.version, policy.digest.get(..7).unwrap_or_default())
}

/// `OLD … → NEW …`.
pub(super) fn heading(report: &Report) -> String {
    let manifest = &report.manifest;
    let new = policy(&manifest.new);
    match (&manifest.old, &manifest.logged) {
        (Some(old), _) => format!("OLD {} → NEW {new}", policy(old)),
        (None, Some(column)) => format!("OLD decisions in `{column}` → NEW {new}"),
        (None, None) => format!("NEW {new}"),
    }
}

pub(super) fn changed(report: &Report) -> impl Iterator<Item = &Transition> {
    report.transitions.iter().filter(|transition| transition.direction != Direction::Same)
}

pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Same => "same",
        Direction::Stricter => "stricter",
        Direction::Milder => "milder",
        Direction::Other => "stricter for some, milder for others",
    }
}

/// Sentences about the sample.
pub(super) fn fit(report: &Report) -> Vec<String> {
    let sample = &report.sample;
    let mut out = vec![format!(
        "items {}; broken rows {}; doubled ids {}{}",
        sample.items,
        sample.broken,
        if sample.doubled_exact { "" } else { "about " },
        sample.doubled
    )];
    match &sample.days {
        Some((first, last)) => out.push(format!("made {first} to {last} ({} of {} dated)", sample.dated, sample.items)),
        None => out.push("no item has a date".to_owned()),
    }
    let named = |rows: &[(String, u64)]| {
        let shown: Vec<String> = rows.iter().take(6).map(|(name, count)| format!("{} {count}", if name.is_empty() { "none" } else { name })).collect();
        let more = rows.len().saturating_sub(6);
        if more > 0 { format!("{}, {more} more", shown.join(", ")) } else { shown.join(", ") }
    };
    out.push(format!("markets: {}", named(&sample.markets)));
    out.push(format!("labels: {}", named(&sample.labels)));
    let absent: Vec<&str> = sample.fields.iter().filter(|field| field.present == 0).map(|field| field.field.as_str()).collect();
    if !absent.is_empty() {
        out.push(format!("read by rules, in no item: {}", absent.join(", ")));
    }
    let partly: Vec<String> = sample
        .fields
        .iter()
        .filter(|field| field.present > 0 && field.present < sample.items)
        .map(|field| format!("{} {}", field.field, part(field.present, sample.items)))
        .collect();
    if !partly.is_empty() {
        out.push(format!("in some items only: {}", partly.join(", ")));
    }
    let wrong: Vec<String> =
        sample.fields.iter().filter(|field| field.wrong_type > 0).map(|field| format!("{} {}", field.field, part(field.wrong_type, sample.items))).collect();
    if !wrong.is_empty() {
        out.push(format!("of a wrong type: {}", wrong.join(", ")));
    }
    if let Some(joined) = &sample.joined {
        let about_rules = if joined.about_rules > 0 { format!(", {} about one rule only (left out)", joined.about_rules) } else { String::new() };
        out.push(format!(
            "labels joined by id: {} matched, {} without an item, {} doubled, {} blank{about_rules}",
            joined.matched, joined.unmatched, joined.doubled, joined.unlabelled
        ));
    }
    if let Some(share) = report.manifest.sample {
        out.push(format!("drawn by hash with the chance {share}: {} of {}", sample.items, sample.items + sample.not_drawn));
    }
    if sample.left_out.0 > 0 {
        out.push(format!("left out by --where: {} items, {} of them because it could not be judged", sample.left_out.0, sample.left_out.1));
    }
    out
}

/// The first broken rows, with what is wrong.
pub(super) fn broken(report: &Report) -> impl Iterator<Item = String> {
    report.sample.broken_at.iter().take(BROKEN).map(|(place, why)| format!("broken: {place}: {why}"))
}

pub(super) fn human(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_human(report, &mut out);
    out
}

fn write_human(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{}\n", heading(report))?;
    writeln!(out, "Sample")?;
    for line in fit(report).into_iter().chain(broken(report)) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "  design: {}", report.manifest.design.words())?;
    for caveat in &report.caveats {
        writeln!(out, "  note: {caveat}")?;
    }
    for alarm in report.watch.iter().flat_map(|watch| &watch.alarms) {
        writeln!(out, "\nALARM  {}", alarm.words())?;
    }
    if let Some(watch) = &report.watch {
        writeln!(out, "\n{}", watched(watch))?;
    }
    write_changes(report, out)?;
    writeln!(out, "\nDecisions")?;
    for value in &report.decisions {
        let before = value.old.as_ref().map(|old| format!("{} → ", old.k)).unwrap_or_default();
        if value.new.k > 0 || value.old.as_ref().is_some_and(|old| old.k > 0) {
            writeln!(out, "  {}: {}  {before}{}", value.axis, value.value, value.new.words())?;
        }
    }
    write_rules(report, out)?;
    write_quality(report, out)?;
    for sentence in report.anytime.iter().flat_map(crate::anytime::Anytime::words) {
        writeln!(out, "  {sentence}")?;
    }
    if let Some((review, load)) = report.review.as_ref().and_then(|review| Some((review, review.load()?))) {
        writeln!(out, "\nReview queue: {} of items\n  {load}", review.new.percent())?;
    }
    if let Some(outcomes) = &report.outcomes {
        writeln!(out, "\nWhat became of items, as they say it")?;
        for (name, definition, rate) in outcomes.rows() {
            writeln!(out, "  {name}: {}  ({definition})", rate.percent())?;
        }
    }
    if !report.unknowns.is_empty() {
        writeln!(out, "\nNot judged for want of a field")?;
        let mut rows: Vec<_> = report.unknowns.iter().filter(|row| row.side == Side::New).collect();
        rows.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| (&a.rule, &a.field).cmp(&(&b.rule, &b.field))));
        for row in rows.iter().take(ROWS) {
            writeln!(out, "  {:>8}  {} without {}", row.items, row.rule, row.field)?;
        }
        more(out, rows.len())?;
    }
    if !report.gates.is_empty() {
        writeln!(out, "\nGates")?;
        for gate in &report.gates {
            writeln!(out, "  {}: {}  ({})", gate.outcome.words(), gate.gate, gate.said())?;
        }
    }
    writeln!(out, "\nNot checked: {}", report.not_checked.join("; "))
}

fn write_changes(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(changes) = &report.changes else { return Ok(()) };
    writeln!(out, "\nDecision changes: {}", changes.changed.words())?;
    writeln!(out, "  stricter: {}", changes.stricter.words())?;
    writeln!(out, "  milder:   {}", changes.milder.words())?;
    if changes.other.k > 0 {
        writeln!(out, "  stricter for some, milder for others: {}", changes.other.words())?;
    }
    for transition in changed(report).take(ROWS) {
        writeln!(out, "  {:>8}  {} → {}", transition.rate.k, transition.old, transition.new)?;
    }
    more(out, changed(report).count())
}

fn write_quality(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(quality) = &report.quality else { return Ok(()) };
    writeln!(out, "\nAgainst labels ({} labelled, {} violations; \"acts\" means: the decision is not the mildest)", quality.labelled, quality.positive)?;
    if let (Some(old), Some(recall)) = (&quality.old_precision, &quality.old_recall) {
        writeln!(out, "  old: precision {}; recall {}", old.percent(), recall.percent())?;
    }
    writeln!(out, "  new: precision {}; recall {}", quality.new_precision.percent(), quality.new_recall.percent())?;
    for (name, definition, figure) in quality.prevalence_rows() {
        writeln!(out, "  {name}: {figure}  ({definition})")?;
    }
    if let Some(paired) = &quality.paired {
        writeln!(out, "  {}", paired.words())?;
    }
    Ok(())
}

fn write_rules(report: &Report, out: &mut String) -> std::fmt::Result {
    let mut rows: Vec<_> = report.rules.iter().filter(|rule| rule.side == Side::New && (rule.fired.k > 0 || rule.shadow > 0)).collect();
    rows.sort_by(|a, b| b.changed.cmp(&a.changed).then(b.fired.k.cmp(&a.fired.k)).then_with(|| a.rule.cmp(&b.rule)));
    let silent = report.rules.iter().filter(|rule| rule.side == Side::New).count() - rows.len();
    writeln!(out, "\nRules of the new policy ({} fired, {silent} did not; * changed)", rows.len())?;
    for rule in rows.iter().take(ROWS) {
        let mark = if rule.changed { "*" } else { " " };
        write!(out, " {mark}{}  {}; alone {}, decisive {}", rule.rule, rule.fired.words(), rule.sole, rule.pivotal)?;
        if rule.gained + rule.lost > 0 {
            write!(out, ", newly {}, no longer {}", rule.gained, rule.lost)?;
            if let Some(moved) = &rule.moved {
                write!(out, " ({})", moved.words(report.moved_family))?;
            }
        }
        if rule.shadow > 0 {
            write!(out, ", in shadow {}", rule.shadow)?;
        }
        if rule.precision.estimate.is_some() {
            write!(out, "; precision {}", rule.precision.percent())?;
        }
        writeln!(out)?;
    }
    more(out, rows.len())
}

fn more(out: &mut String, all: usize) -> std::fmt::Result {
    if all > ROWS { writeln!(out, "  … and {} more, in the report", all - ROWS) } else { Ok(()) }
}

/// Kinds of change on one screen.
const SCREEN: usize = 8;

pub(super) fn markdown(report: &Report) -> String {
    let mut out = format!("### Replay: {}\n\n", heading(report));
    for alarm in report.watch.iter().flat_map(|watch| &watch.alarms) {
        out.push_str(&format!("**ALARM:** {}  \n", cell(&alarm.words())));
    }
    if let Some(watch) = &report.watch {
        out.push_str(&format!("{}\n\n", cell(&watched(watch))));
    }
    if let Some(changes) = &report.changes {
        out.push_str(&format!("**Decision changes:** {}  \n", changes.changed.words()));
        out.push_str(&format!("stricter {}; milder {}", changes.stricter.words(), changes.milder.words()));
        if changes.other.k > 0 {
            out.push_str(&format!("; stricter for some, milder for others {}", changes.other.words()));
        }
        out.push_str("\n\n");
        let all = changed(report).count();
        if all > 0 {
            out.push_str("| old | new | items |\n|---|---|---:|\n");
        }
        for transition in changed(report).take(SCREEN) {
            out.push_str(&format!("| {} | {} | {} |\n", cell(&transition.old), cell(&transition.new), transition.rate.k));
        }
        if all > SCREEN {
            out.push_str(&format!("| … | {} more, in the report | |\n", all - SCREEN));
        }
        out.push('\n');
    }
    if !report.gates.is_empty() {
        out.push_str("| gate | | found |\n|---|---|---|\n");
        for gate in &report.gates {
            out.push_str(&format!("| `{}` | {} | {} |\n", gate.gate.replace('|', "\\|"), gate.outcome.words(), cell(&gate.said())));
        }
        out.push('\n');
    }
    out.push_str(&format!("Sample: {}. Design: {}.\n", fit(report).first().map_or("", String::as_str), report.manifest.design.words()));
    for caveat in &report.caveats {
        out.push_str(&format!("- {}\n", cell(caveat)));
    }
    out
}

/// What the watch over new and edited rules looked at.
pub(super) fn watched(watch: &Watch) -> String {
    let history = match watch.history.as_str() {
        "nothing" => String::new(),
        history => format!(" and against the {history}"),
    };
    format!(
        "Watch: {} new or edited rules held against {} % of items{history}; {} exact tests, {} alarms at a chance of {} of a false one over all; nothing is switched off by it",
        watch.rules,
        watch.share * 100.0,
        watch.family,
        watch.alarms.len(),
        crate::watch::ALPHA
    )
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

pub(super) fn junit(report: &Report) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let alarms = report.watch.as_ref().map_or(&[][..], |watch| &watch.alarms);
    let failed = report.gates.iter().filter(|gate| gate.outcome != Outcome::Passed).count() + alarms.len();
    let tests = report.gates.len() + alarms.len();
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"replay\" tests=\"{tests}\" failures=\"{failed}\">\n");
    for gate in &report.gates {
        out.push_str(&format!("  <testcase classname=\"replay\" name=\"{}\">", escape(&gate.gate)));
        if gate.outcome != Outcome::Passed {
            out.push_str(&format!("<failure message=\"{}\">{}</failure>", gate.outcome.words(), escape(&gate.said())));
        }
        out.push_str("</testcase>\n");
    }
    for alarm in alarms {
        out.push_str(&format!(
            "  <testcase classname=\"watch\" name=\"{}\"><failure message=\"alarm\">{}</failure></testcase>\n",
            escape(&alarm.rule),
            escape(&alarm.words())
        ));
    }
    out.push_str("</testsuite>\n");
    out
}
