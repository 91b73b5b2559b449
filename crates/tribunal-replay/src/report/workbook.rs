//! The report as a workbook: one table a sheet, machine names in row 1, strings never formulas, the same bytes for the same inputs.

use rust_xlsxwriter::{ConditionalFormatDataBar, DocProperties, ExcelDateTime, Format, FormatAlign, Table, Workbook, Worksheet, XlsxError};

use super::Report;
use super::flips::{Content, Flip};
use super::human::{direction, fit, heading};
use super::rate::{Rate, Status};
use crate::cube::Side;

/// The longest text of a cell, in UTF-16 units.
const MAX_TEXT: usize = 32_767;
/// Rows of `Flips`; the others stand in `flips.jsonl`.
const MAX_FLIPS: usize = 100_000;

/// Columns of shares: shown in percent, kept as they are.
const SHARES: [&str; 8] = ["estimate", "lo", "hi", "precision", "precision_lo", "precision_hi", "old_acts", "changed"];

/// A cell.
enum Cell {
    Text(String),
    Number(f64),
    Blank,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::Number(crate::stats::real(number))
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Cell {
        number.filter(|number| number.is_finite()).map_or(Cell::Blank, Cell::Number)
    }
}

struct Sheet {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    /// Columns with data bars.
    bars: Vec<&'static str>,
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

/// The bytes of the workbook.
pub(super) fn workbook(report: &Report, flips: &[Flip], content: Content) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // No clock: the same inputs give the same bytes.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheets = [about(report, content), summary(report), rules(report), markets(report), flip_rows(flips), unknowns(report), samples(report), glossary()];
    for sheet in sheets {
        write(book.add_worksheet(), sheet)?;
    }
    book.save_to_buffer()
}

fn write(out: &mut Worksheet, sheet: Sheet) -> Result<(), XlsxError> {
    out.set_name(sheet.name)?;
    let text = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
    let [share, ten_thousand] = ["0.00%", "#,##0.0"].map(|shown| Format::new().set_num_format(shown).set_align(FormatAlign::Top));
    let plain = Format::new().set_align(FormatAlign::Top);
    let shown = |at: u16| match sheet.columns.get(usize::from(at)) {
        Some(&"per_10k") => &ten_thousand,
        Some(name) if SHARES.contains(name) => &share,
        _ => &plain,
    };
    for (at, name) in (0_u16..).zip(&sheet.columns) {
        out.write_string(0, at, *name)?;
    }
    let mut last = 0;
    for (row, cells) in (1_u32..).zip(&sheet.rows) {
        last = row;
        for (at, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(value) if value.is_empty() => {}
                Cell::Text(value) => {
                    out.write_string_with_format(row, at, short(value), &text)?;
                }
                Cell::Number(number) => {
                    out.write_number_with_format(row, at, *number, shown(at))?;
                }
                Cell::Blank => {}
            }
        }
    }
    let columns = u16::try_from(sheet.columns.len()).unwrap_or(1).max(1);
    if last > 0 {
        // A table brings the filter buttons with it.
        out.add_table(0, 0, last, columns - 1, &Table::new())?;
        for name in &sheet.bars {
            if let Some(at) = sheet.columns.iter().position(|column| column == name).and_then(|at| u16::try_from(at).ok()) {
                out.add_conditional_format(1, at, last, at, &ConditionalFormatDataBar::new())?;
            }
        }
    }
    out.set_freeze_panes(1, 0)?;
    for at in 0..columns {
        let texts = sheet.rows.iter().filter_map(|row| match row.get(usize::from(at)) {
            Some(Cell::Text(text)) => text.lines().map(|line| line.chars().count()).max(),
            _ => None,
        });
        let widest = texts.max().unwrap_or(0).clamp(if at == 0 { 28 } else { 10 }, 60);
        out.set_column_width(at, f64::from(u32::try_from(widest).unwrap_or(60)))?;
    }
    // On paper: the width of one sheet, the header on each.
    out.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}

/// A text that a cell can hold: cut between characters, and said so.
fn short(text: &str) -> String {
    if text.encode_utf16().count() <= MAX_TEXT {
        return text.to_owned();
    }
    let mut units = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= MAX_TEXT - 40
        })
        .collect();
    let cut = text.chars().count() - kept.chars().count();
    format!("{kept} … {cut} characters cut")
}

fn about(report: &Report, content: Content) -> Sheet {
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
    rows.extend(manifest.data.iter().map(|file| ("data", format!("{} ({} bytes, {})", file.name, file.bytes, file.digest))));
    rows.extend(report.watch.iter().flat_map(|watch| &watch.alarms).map(|alarm| ("alarm", alarm.words())));
    rows.extend(report.watch.iter().map(|watch| ("watch", super::human::watched(watch))));
    rows.extend(report.anytime.iter().flat_map(crate::anytime::Anytime::words).map(|sentence| ("anytime test", sentence)));
    rows.extend(report.caveats.iter().map(|caveat| ("note", caveat.clone())));
    rows.extend(report.not_checked.iter().map(|text| ("not checked", text.clone())));
    let rows = rows.into_iter().map(|(key, value)| vec![key.into(), Cell::Text(value)]).collect();
    Sheet { name: "About", columns: vec!["key", "value"], rows, bars: vec![] }
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
    for (name, _, value) in report.outcomes.iter().flat_map(super::OutcomeRates::rows) {
        add(name, "outcomes", value);
    }
    Sheet { name: "Summary", columns: ["what", "of"].into_iter().chain(RATE).collect(), rows, bars: vec!["per_10k"] }
}

fn rules(report: &Report) -> Sheet {
    let rows = report.rules.iter().map(|rule| {
        let mut row = vec![rule.rule.as_str().into(), side(rule.side), if rule.changed { "yes".into() } else { Cell::from("") }];
        row.extend(rate(&rule.fired));
        row.extend([rule.sole, rule.pivotal, rule.shadow, rule.not_judged].map(Cell::from));
        row.extend([rule.precision.estimate.into(), rule.precision.lo.into(), rule.precision.hi.into(), rule.precision.n.into()]);
        row
    });
    let columns = ["rule", "side", "changed"].into_iter().chain(RATE);
    let columns = columns.chain(["sole", "decisive", "shadow", "not_judged", "precision", "precision_lo", "precision_hi", "precision_n"]).collect();
    Sheet { name: "Rules", columns, rows: rows.collect(), bars: vec!["per_10k", "sole"] }
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
    let columns = ["by", "value", "items"].into_iter().chain(RATE).chain(["old_acts", "changed", "stricter", "milder"]).collect();
    Sheet { name: "Markets", columns, rows: rows.collect(), bars: vec!["per_10k", "changed"] }
}

fn flip_rows(flips: &[Flip]) -> Sheet {
    let joined = |decision: &std::collections::BTreeMap<String, String>| {
        let shown: Vec<String> = decision.iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
        Cell::Text(shown.join("\n"))
    };
    let rows = flips.iter().take(MAX_FLIPS).map(|flip| {
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
            Cell::Text(flip.old_only.join("\n")),
            Cell::Text(flip.new_only.join("\n")),
            Cell::Text(text.join("\n")),
            flip.place.as_str().into(),
        ]
    });
    let columns = vec!["id", "market", "lang", "label", "direction", "boundary", "old", "new", "old_only", "new_only", "texts", "place"];
    Sheet { name: "Flips", columns, rows: rows.collect(), bars: vec![] }
}

fn unknowns(report: &Report) -> Sheet {
    let rows = report.unknowns.iter().map(|row| vec![row.rule.as_str().into(), side(row.side), row.field.as_str().into(), row.items.into()]);
    Sheet { name: "Unknowns", columns: vec!["rule", "side", "field", "items"], rows: rows.collect(), bars: vec!["items"] }
}

fn samples(report: &Report) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = fit(report).iter().map(|line| vec!["sample".into(), line.as_str().into(), Cell::Blank, Cell::Blank]).collect();
    rows.extend(report.sample.fields.iter().map(|field| vec!["field".into(), field.field.as_str().into(), field.present.into(), field.wrong_type.into()]));
    rows.extend(report.sample.broken_at.iter().map(|(place, why)| vec!["broken".into(), Cell::Text(format!("{place}: {why}")), Cell::Blank, Cell::Blank]));
    Sheet { name: "Samples", columns: vec!["kind", "what", "items", "wrong_type"], rows, bars: vec![] }
}

fn glossary() -> Sheet {
    let words = [
        ("k", "items that count"),
        ("n", "items looked at"),
        ("estimate", "the share, weighted where items have weights; blank when it cannot be told"),
        ("lo, hi", "ends of the 95 % interval; blank without a design"),
        ("per_10k", "the share in 10,000"),
        ("status", "ok; upper_bound: nothing was hit, only hi means something; too_few: fewer than ten items; not_estimable: why says why"),
        ("sole", "items on which no other rule with an effect fired"),
        ("decisive", "items whose decision would be another one without the rule"),
        ("shadow", "items on which the rule fired in shadow"),
        ("not_judged", "items on which the rule could not be judged"),
        ("precision", "share of violations among the labelled items the rule fired on"),
        ("acts", "the decision is not the mildest"),
        ("boundary", "the sets of rules that fired differ in one rule"),
        ("stricter, milder", "nearer to the strict or the mild end of an axis, and on no axis the other way"),
    ];
    Sheet {
        name: "Glossary",
        columns: vec!["name", "meaning"],
        rows: words.into_iter().map(|(name, text)| vec![name.into(), text.into()]).collect(),
        bars: vec![],
    }
}
