//! The report as a workbook: one table a sheet, machine names in row 1, strings never formulas, the same bytes for the same inputs.

use tribunal_analysis::workbook::{Cell, Column, Sheet, Shown, Workbook, XlsxError, to_xlsx};

use super::flips::{Content, Flip};
use super::human::{direction, fit, heading};
use super::rate::{Rate, Status};
use super::{Report, Slice};
use crate::cube::Side;

/// The rows at which a sheet of the workbook stops unless a caller says otherwise.
pub const MAX_ROWS: usize = 100_000;

/// Columns of shares: shown in percent, kept as they are.
const SHARES: [&str; 10] = ["estimate", "lo", "hi", "old_estimate", "difference", "precision", "precision_lo", "precision_hi", "old_acts", "changed"];

/// A sheet as one table, columns as wide as their texts, bars behind the numbers of some.
fn sheet(name: &str, columns: &[&str], rows: Vec<Vec<Cell>>, bars: &[&str]) -> Sheet {
    let column = |(at, name): (usize, &&str)| {
        let texts = rows.iter().filter_map(|row| match row.get(at) {
            Some(Cell::Text(text)) => text.lines().map(|line| line.chars().count()).max(),
            _ => None,
        });
        // The header has a button beside it.
        let widest = texts.max().unwrap_or(0).max(name.len() + 4).clamp(if at == 0 { 28 } else { 10 }, 60);
        let shown = match *name {
            "per_10k" => Shown::Tenths,
            name if SHARES.contains(&name) => Shown::Percent,
            _ => Shown::Plain,
        };
        Column { shown, bars: bars.contains(name), ..Column::new(*name, u16::try_from(widest).unwrap_or(60)) }
    };
    Sheet { name: name.to_owned(), columns: columns.iter().enumerate().map(column).collect(), rows, table: true, ..Sheet::default() }
}

const RATE: [&str; 8] = ["k", "n", "estimate", "lo", "hi", "per_10k", "status", "why"];

fn rate(rate: &Rate) -> Vec<Cell> {
    let status = match rate.status {
        Status::Ok => "ok",
        Status::UpperBound => "upper_bound",
        Status::TooFew => "too_few",
        Status::NotEstimable => "not_estimable",
    };
    vec![
        rate.k.into(),
        rate.n.into(),
        rate.estimate.into(),
        rate.lo.into(),
        rate.hi.into(),
        rate.estimate.map(|share| share * 10_000.0).into(),
        status.into(),
        rate.why.as_deref().unwrap_or_default().into(),
    ]
}

fn side(side: Side) -> Cell {
    if side == Side::Old { "old".into() } else { "new".into() }
}

/// The bytes of the workbook; a sheet stops at `most` rows, and `About` says what it left out.
pub(super) fn workbook(report: &Report, flips: &[Flip], content: Content, most: usize) -> Result<Vec<u8>, XlsxError> {
    let mut sheets = vec![
        summary(report),
        rules(report),
        rule_slices(report),
        overlaps(report),
        markets(report),
        decisions(report),
        transitions(report),
        days(report),
        flip_rows(flips, most),
        unknowns(report),
        samples(report),
        glossary(),
    ];
    let mut left_out = Vec::new();
    for sheet in sheets.iter_mut().filter(|sheet| sheet.name != "Glossary") {
        let (all, whole) = if sheet.name == "Flips" { (flips.len(), "flips.parquet and flips.jsonl") } else { (sheet.rows.len(), "report.json") };
        if all > most {
            sheet.rows.truncate(most);
            left_out.push((sheet.name.clone(), all - most, whole));
        }
    }
    sheets.insert(0, about(report, content, &left_out));
    to_xlsx(&Workbook { sheets })
}

fn about(report: &Report, content: Content, left_out: &[(String, usize, &str)]) -> Sheet {
    let manifest = &report.manifest;
    let mut rows: Vec<(&str, String)> = vec![
        ("format", report.format.clone()),
        ("compared", heading(report)),
        ("policy", manifest.new.id.clone()),
        ("version", manifest.new.version.clone()),
        ("new", manifest.new.digest.clone()),
        ("old", manifest.old.as_ref().map(|old| old.digest.clone()).or_else(|| manifest.logged.clone()).unwrap_or_default()),
        ("content", format!("{content:?}").to_lowercase()),
        ("design", manifest.design.words().to_owned()),
        ("seed", manifest.seed.to_string()),
        ("level", manifest.level.to_string()),
        ("program", manifest.program.clone()),
        ("intervals of rules", report.family.to_string()),
        ("changed items", report.kept.changed.to_string()),
        ("changed items kept", report.kept.kept.to_string()),
    ];
    rows.extend(left_out.iter().map(|(sheet, rows, whole)| ("rows left out", format!("{sheet}: {rows}; the whole is in {whole}"))));
    rows.extend(manifest.data.iter().map(|file| ("data", format!("{} ({} bytes, {})", file.name, file.bytes, file.digest))));
    rows.extend(report.watch.iter().flat_map(|watch| &watch.alarms).map(|alarm| ("alarm", alarm.words())));
    rows.extend(report.watch.iter().map(|watch| ("watch", super::human::watched(watch))));
    rows.extend(report.anytime.iter().flat_map(crate::anytime::Anytime::words).map(|sentence| ("anytime test", sentence)));
    for (name, definition, figure) in report.quality.iter().flat_map(super::Quality::prevalence_rows) {
        rows.push((name, format!("{figure}: {definition}")));
    }
    for (name, definition, rate) in report.outcomes.iter().flat_map(super::OutcomeRates::rows) {
        rows.push((name, format!("{}: {definition}", rate.percent())));
    }
    rows.extend(report.review.iter().filter_map(super::Review::load).map(|load| ("review queue", load)));
    rows.extend(report.caveats.iter().map(|caveat| ("note", caveat.clone())));
    rows.extend(report.not_checked.iter().map(|text| ("not checked", text.clone())));
    let rows = rows.into_iter().map(|(key, value)| vec![key.into(), Cell::text(value)]).collect();
    sheet("About", &["key", "value"], rows, &[])
}

fn summary(report: &Report) -> Sheet {
    let mut rows = Vec::new();
    let mut add = |what: &str, of: &str, value: &Rate| {
        let mut row: Vec<Cell> = vec![what.into(), of.into()];
        row.extend(rate(value));
        rows.push(row);
    };
    if let Some(changes) = &report.changes {
        for (name, value) in [("changed", &changes.changed), ("stricter", &changes.stricter), ("milder", &changes.milder), ("other", &changes.other)] {
            add(name, "decision changes", value);
        }
    }
    for value in &report.decisions {
        let name = format!("{}: {}", value.axis, value.value);
        if let Some(old) = &value.old {
            add(&name, "old", old);
        }
        add(&name, "new", &value.new);
    }
    for transition in &report.transitions {
        add(&format!("{} → {}", transition.old, transition.new), direction(transition.direction), &transition.rate);
    }
    if let Some(quality) = &report.quality {
        add("prevalence", "labels", &quality.prevalence);
        for (name, of, value) in [
            ("precision", "old", quality.old_precision.as_ref()),
            ("precision", "new", Some(&quality.new_precision)),
            ("recall", "old", quality.old_recall.as_ref()),
            ("recall", "new", Some(&quality.new_recall)),
        ] {
            if let Some(value) = value {
                add(name, of, value);
            }
        }
    }
    if let Some(review) = &report.review {
        if let Some(old) = &review.old {
            add("to review", "old", old);
        }
        add("to review", "new", &review.new);
    }
    for (name, _, value) in report.outcomes.iter().flat_map(super::OutcomeRates::rows) {
        add(name, "outcomes", value);
    }
    sheet("Summary", &[&["what", "of"], RATE.as_slice()].concat(), rows, &["per_10k"])
}

fn rules(report: &Report) -> Sheet {
    let rows = report.rules.iter().map(|rule| {
        let mut row = vec![rule.rule.as_str().into(), side(rule.side), if rule.changed { "yes".into() } else { Cell::from("") }];
        row.extend(rate(&rule.fired));
        row.extend([rule.gained, rule.lost].map(Cell::from));
        row.extend([rule.moved.map(|moved| moved.q), rule.moved.map(|moved| moved.e)].map(Cell::from));
        row.push(if rule.moved.is_some_and(|moved| moved.stands) { "yes".into() } else { "".into() });
        row.extend([rule.sole, rule.pivotal, rule.shadow, rule.not_judged].map(Cell::from));
        row.extend([rule.precision.estimate.into(), rule.precision.lo.into(), rule.precision.hi.into(), rule.precision.n.into()]);
        row
    });
    let moved = ["newly", "no_longer", "q", "e_value", "stands"];
    let more = ["sole", "decisive", "shadow", "not_judged", "precision", "precision_lo", "precision_hi", "precision_n"];
    let columns = [&["rule", "side", "changed"], RATE.as_slice(), moved.as_slice(), more.as_slice()].concat();
    sheet("Rules", &columns, rows.collect(), &["per_10k", "sole"])
}

fn rule_slices(report: &Report) -> Sheet {
    let rows = report.rules.iter().flat_map(|rule| rule.slices.iter().map(move |slice| (rule, slice))).map(|(rule, slice)| {
        let mut row = vec![rule.rule.as_str().into(), side(rule.side), slice.by.as_str().into(), slice.value.as_str().into()];
        let (labelled, violations) = slice.labelled;
        let counts = [slice.fired, slice.sole, slice.pivotal, slice.gained, slice.lost, slice.not_judged, labelled, violations];
        row.extend(counts.map(Cell::from));
        row
    });
    let columns = ["rule", "side", "by", "value", "fired", "sole", "decisive", "newly", "no_longer", "not_judged", "labelled", "violations"];
    sheet("RuleSlices", &columns, rows.collect(), &["fired"])
}

/// A row for all items, and one for each slice.
fn sliced(first: &[&str], of: Side, items: u64, slices: &[(String, String, u64)]) -> Vec<Vec<Cell>> {
    let all = [("all", "", items)];
    let each = all.into_iter().chain(slices.iter().map(|(by, value, items)| (by.as_str(), value.as_str(), *items)));
    let row =
        |(by, value, items): (&str, &str, u64)| first.iter().map(|name| (*name).into()).chain([side(of), by.into(), value.into(), items.into()]).collect();
    each.map(row).collect()
}

fn overlaps(report: &Report) -> Sheet {
    let rows = report.overlaps.iter().flat_map(|row| sliced(&[&row.first, &row.second], row.side, row.items, &row.slices));
    sheet("Overlaps", &["rule", "and", "side", "by", "value", "items"], rows.collect(), &["items"])
}

fn days(report: &Report) -> Sheet {
    let rows = report.days.iter().map(|day| {
        let optional = |count: Option<u64>| count.map_or(Cell::Blank, Cell::from);
        vec![day.day.as_str().into(), day.items.into(), optional(day.old_acts), day.new_acts.into(), optional(day.changed)]
    });
    sheet("Trends", &["day", "items", "old_acts_items", "new_acts_items", "changed_items"], rows.collect(), &["new_acts_items", "changed_items"])
}

fn markets(report: &Report) -> Sheet {
    let rows = report.slices.iter().map(|slice| {
        let mut row: Vec<Cell> = vec![slice.by.as_str().into(), slice.value.as_str().into(), slice.items.into()];
        row.extend(rate(&slice.new_acts));
        row.push(slice.old_acts.as_ref().and_then(|old| old.estimate).into());
        row.push(slice.changed.as_ref().and_then(|changed| changed.estimate).into());
        row.extend([slice.stricter, slice.milder].map(Cell::from));
        row
    });
    let columns = [&["by", "value", "items"], RATE.as_slice(), &["old_acts", "changed", "stricter", "milder"]].concat();
    sheet("Markets", &columns, rows.collect(), &["per_10k", "changed"])
}

/// Everything, and each slice: what it is sliced by, the value, its part of the report.
fn all_and_slices<'r, T>(all: &'r [T], part: fn(&'r Slice) -> &'r [T], slices: &'r [Slice]) -> impl Iterator<Item = (&'r str, &'r str, &'r T)> {
    let each = slices.iter().flat_map(move |slice| part(slice).iter().map(|row| (slice.by.as_str(), slice.value.as_str(), row)));
    all.iter().map(|row| ("all", "", row)).chain(each)
}

fn decisions(report: &Report) -> Sheet {
    let rows = all_and_slices(&report.decisions, |slice| &slice.decisions, &report.slices).map(|(by, value, row)| {
        let old = row.old.as_ref();
        let mut cells: Vec<Cell> = vec![by.into(), value.into(), row.axis.as_str().into(), row.value.as_str().into()];
        cells.extend([old.map(|old| old.k).map_or(Cell::Blank, Cell::from), old.and_then(|old| old.estimate).into()]);
        cells.extend(rate(&row.new));
        cells.push(row.difference.as_ref().map(|difference| difference.value).into());
        cells
    });
    let columns = [&["by", "value", "axis", "decision", "old_k", "old_estimate"], RATE.as_slice(), &["difference"]].concat();
    sheet("Decisions", &columns, rows.collect(), &["k"])
}

fn transitions(report: &Report) -> Sheet {
    let rows = all_and_slices(&report.transitions, |slice| &slice.transitions, &report.slices).map(|(by, value, row)| {
        let mut cells: Vec<Cell> = vec![by.into(), value.into(), row.old.as_str().into(), row.new.as_str().into(), direction(row.direction).into()];
        cells.extend(rate(&row.rate));
        cells
    });
    sheet("Transitions", &[&["by", "value", "old", "new", "direction"], RATE.as_slice()].concat(), rows.collect(), &["k"])
}

fn flip_rows(flips: &[Flip], most: usize) -> Sheet {
    let joined = |decision: &std::collections::BTreeMap<String, String>| {
        let shown: Vec<String> = decision.iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
        Cell::text(shown.join("\n"))
    };
    let rows = flips.iter().take(most).map(|flip| {
        let text: Vec<String> =
            flip.texts.iter().map(|(field, pieces)| format!("{field}: {}", pieces.iter().map(|piece| piece.text.as_str()).collect::<String>())).collect();
        vec![
            flip.id.as_str().into(),
            flip.market.as_str().into(),
            flip.lang.as_str().into(),
            flip.label.as_str().into(),
            direction(flip.direction).into(),
            if flip.boundary { "yes".into() } else { Cell::from("") },
            joined(&flip.old),
            joined(&flip.new),
            Cell::text(flip.old_only.join("\n")),
            Cell::text(flip.new_only.join("\n")),
            Cell::text(text.join("\n")),
            flip.place.as_str().into(),
        ]
    });
    let columns = ["id", "market", "lang", "label", "direction", "boundary", "old", "new", "old_only", "new_only", "texts", "place"];
    sheet("Flips", &columns, rows.collect(), &[])
}

fn unknowns(report: &Report) -> Sheet {
    // All and by market; `report.json` has the other slices.
    let by_market = |row: &super::Unknown| row.slices.iter().filter(|(by, ..)| by == "market").cloned().collect::<Vec<_>>();
    let rows = report.unknowns.iter().flat_map(|row| sliced(&[&row.rule, &row.field], row.side, row.items, &by_market(row)));
    sheet("Unknowns", &["rule", "field", "side", "by", "value", "items"], rows.collect(), &["items"])
}

fn samples(report: &Report) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = fit(report).iter().map(|line| vec!["sample".into(), line.as_str().into(), Cell::Blank, Cell::Blank]).collect();
    rows.extend(report.sample.fields.iter().map(|field| vec!["field".into(), field.field.as_str().into(), field.present.into(), field.wrong_type.into()]));
    rows.extend(report.sample.broken_at.iter().map(|(place, why)| vec!["broken".into(), Cell::text(format!("{place}: {why}")), Cell::Blank, Cell::Blank]));
    sheet("Samples", &["kind", "what", "items", "wrong_type"], rows, &[])
}

fn glossary() -> Sheet {
    Sheet::glossary(&[
        ("k", "items that count"),
        ("n", "items looked at"),
        ("estimate", "the share, weighted where items have weights; blank when it cannot be told"),
        ("lo, hi", "ends of the 95 % interval; blank without a design"),
        ("per_10k", "the share in 10,000"),
        ("status", "ok; upper_bound: nothing was hit, only hi means something; too_few: fewer than ten items; not_estimable: why says why"),
        ("sole", "items on which no other rule with an effect fired"),
        ("decisive", "items whose decision would be another one without the rule"),
        ("old_k, old_estimate, difference", "the same under the old policy, and the new share less the old one, on the same items"),
        ("newly, no_longer", "items on which the rule fires now and did not before, and the other way round"),
        ("q", "McNemar's exact p-value for these two, adjusted for all changed rules (Benjamini and Hochberg); for simple random samples"),
        ("e_value, stands", "the anytime test of the same; yes where it stands at a false discovery rate of 0.05 over all changed rules (e-BH)"),
        ("old_acts_items, new_acts_items, changed_items", "items of that day on which the policy acts, and whose decision changes"),
        ("by, value", "what counts are sliced by; all: nothing"),
        ("shadow", "items on which the rule fired in shadow"),
        ("not_judged", "items on which the rule could not be judged"),
        ("precision", "share of violations among the labelled items the rule fired on"),
        ("acts", "the decision is not the mildest"),
        ("boundary", "the sets of rules that fired differ in one rule"),
        ("stricter, milder", "nearer to the strict or the mild end of an axis, and on no axis the other way"),
    ])
}
