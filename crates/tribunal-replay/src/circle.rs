//! The labelling circle: blind sheets from a report, labels read back into precision with the design carried along, sign-off.

mod labelled;
mod signoff;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tribunal::PolicyRef;
use tribunal_analysis::workbook::{Cell, Column, Sheet, Workbook, to_xlsx};

use crate::cube::{Cube, Side, is_change};
use crate::error::Error;
use crate::input::columns::Columns;
use crate::input::{Event, Inputs, trimmed};
use crate::report::Report;
use crate::stats::random::Random;

pub use labelled::{Labelled, labelled};
pub use signoff::{Signoff, signoff, unsigned};

/// Version of the form of a batch and of sheets of labels.
pub const FORMAT: &str = "tribunal-labels/1";

/// Columns of a sheet of labels. The rule stays blank where the item as a whole is labelled; the version is filled in.
const COLUMNS: [&str; 12] =
    ["id", "label", "rule", "labeller", "labelled_on", "policy_version", "note", "~batch", "~caption", "~transcript", "~ocr", "~market"];

/// Items drawn for labelling, with their chances: what the sheets must not show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Version of this form.
    pub format: String,
    /// Digest of the report it was drawn from.
    pub report: String,
    /// Version of the new policy: labels given by another one are flagged.
    #[serde(default)]
    pub policy_version: String,
    /// What a label may be; the first ones are violations.
    pub values: Vec<String>,
    /// Labels that are violations.
    pub positive: Vec<String>,
    /// Classes of old and new decision.
    pub strata: Vec<BatchStratum>,
    /// Items.
    pub items: Vec<BatchItem>,
    /// Rules of the new policy: what a label may be about. None in batches of old.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// A class of old and new decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchStratum {
    /// The old decision, in words.
    pub old: String,
    /// The new decision, in words.
    pub new: String,
    /// The old decision does something.
    pub old_acts: bool,
    /// The new decision does something.
    pub new_acts: bool,
    /// Items of the class.
    pub size: u64,
    /// Of these, drawn.
    pub drawn: u64,
}

/// An item drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    /// Its number in the sheets.
    pub number: String,
    /// Its id.
    pub id: String,
    /// Its class.
    pub stratum: usize,
    /// Rules of the new policy that acted on it: what the sheets must not show either.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// How many items are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// Of each class whose decision changes.
    pub per_change: usize,
    /// Of each class whose decision does not change: recall needs them.
    pub per_same: usize,
    /// Labellers, each with a sheet of their own.
    pub labellers: usize,
}

/// Draws items of a report's folder; returns the batch and the workbook of blind sheets.
///
/// # Errors
///
/// When the report or its items cannot be read, or are not those the report was made from.
pub fn sample(folder: &Path, draw: Draw, values: &[String]) -> Result<(Batch, Vec<u8>), Error> {
    let report = crate::report::read(folder)?;
    let cube = read_cube(folder)?;
    let axes = &cube.header.axes;
    let mut wanted: BTreeMap<(String, u64), (String, usize)> = BTreeMap::new();
    let mut acted: BTreeMap<&str, &[String]> = BTreeMap::new();
    let mut strata = Vec::new();
    for ((old, new), class) in &cube.examples {
        let most = if is_change(old, new) { draw.per_change } else { draw.per_same };
        let at = strata.len();
        // Those with the smallest hashes are a simple random sample of the class.
        let drawn: Vec<_> = class.items.iter().take(most).collect();
        strata.push(BatchStratum {
            old: old.as_ref().map(|old| axes.short(old)).unwrap_or_default(),
            new: axes.short(new),
            old_acts: old.as_ref().is_some_and(|old| axes.acts(old)),
            new_acts: axes.acts(new),
            size: class.of.n,
            drawn: drawn.len() as u64,
        });
        acted.extend(drawn.iter().map(|(hash, example)| (hash.as_str(), example.rules.as_slice())));
        wanted.extend(drawn.into_iter().map(|(hash, example)| ((example.file.clone(), example.line), (hash.clone(), at))));
    }
    let found = reread(&report, &wanted)?;
    // The order tells nothing of classes: by a hash of the hash.
    let mut order: Vec<(String, usize, serde_json::Value, &[String])> = found
        .into_iter()
        .map(|(hash, stratum, item)| {
            let rules = acted.get(hash.as_str()).copied().unwrap_or_default();
            (blake3::hash(hash.as_bytes()).to_hex().to_string(), stratum, item, rules)
        })
        .collect();
    order.sort_by(|a, b| a.0.cmp(&b.0));
    let text = |item: &serde_json::Value, field: &str| item.get(field).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let id = |item: &serde_json::Value| match item.get("id") {
        Some(serde_json::Value::String(id)) => id.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let items: Vec<BatchItem> = (1..)
        .zip(&order)
        .map(|(at, (_, stratum, item, rules))| BatchItem { number: format!("{at:05}"), id: id(item), stratum: *stratum, rules: rules.to_vec() })
        .collect();
    let rows: Vec<[String; 6]> = order
        .iter()
        .zip(&items)
        .map(|((_, _, item, _), row)| {
            [row.id.clone(), row.number.clone(), text(item, "caption"), text(item, "transcript"), text(item, "ocr"), text(item, "market")]
        })
        .collect();
    let positive: Vec<String> = values.iter().take(1).cloned().collect();
    let batch = Batch {
        format: FORMAT.to_owned(),
        report: crate::digest(&folder.join("report.json")).map_err(|error| Error::File(folder.display().to_string(), error))?,
        policy_version: report.manifest.new.version.clone(),
        values: values.to_vec(),
        positive,
        strata,
        items,
        rules: report.rules.iter().filter(|rule| rule.side == Side::New).map(|rule| rule.rule.clone()).collect(),
    };
    let book = sheets(&report.manifest.new, &batch, &rows, draw.labellers)?;
    Ok((batch, book))
}

fn read_cube(folder: &Path) -> Result<Cube, Error> {
    let path = folder.join("cube.json");
    let shown = path.display().to_string();
    let bytes = std::fs::read(&path).map_err(|error| Error::File(shown.clone(), error))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::Form(shown, error))
}

/// The items at these places, from the files the report was made from.
fn reread(report: &Report, wanted: &BTreeMap<(String, u64), (String, usize)>) -> Result<Vec<(String, usize, serde_json::Value)>, Error> {
    let paths: Vec<_> = report.manifest.data.iter().map(|file| file.name.clone().into()).collect();
    let inputs = Inputs::open_all(&paths, Columns::new([], &report.manifest.map)?)?;
    if let Some((file, _)) = report.manifest.data.iter().zip(inputs.data()?).find(|(was, is)| *was != is) {
        return Err(Error::Input(format!("{}: is not the file that the report was made from", file.name)));
    }
    let mut out = Vec::new();
    for event in inputs.events() {
        match event {
            Event::Lines(batch) => {
                for line in &batch.lines {
                    let Some((hash, stratum)) = wanted.get(&(batch.name.to_string(), line.number)) else { continue };
                    let item =
                        serde_json::from_slice(trimmed(batch.raw(*line))).map_err(|error| Error::Form(format!("{}:{}", batch.name, line.number), error))?;
                    out.push((hash.clone(), *stratum, item));
                }
            }
            Event::Failed(error) => return Err(error),
            _ => {}
        }
    }
    Ok(out)
}

fn sheets(policy: &PolicyRef, batch: &Batch, rows: &[[String; 6]], labellers: usize) -> Result<Vec<u8>, Error> {
    let pairs = |pairs: Vec<(&str, &str)>| pairs.into_iter().map(|(name, value)| vec![Cell::text(name), Cell::text(value)]).collect();
    let count = rows.len().to_string();
    let facts = vec![
        ("format", FORMAT),
        ("policy", policy.id.as_str()),
        ("version", policy.version.as_str()),
        ("base", policy.digest.as_str()),
        ("content", "full"),
        ("rows", count.as_str()),
    ];
    let mut sheets = vec![page("About".to_owned(), vec![Column::new("key", 14), Column::new("value", 80)], pairs(facts))];
    let mut allowed: Vec<&str> = batch.values.iter().map(String::as_str).collect();
    allowed.push("unsure");
    for labeller in 1..=labellers.max(1) {
        // Each labeller has an order of their own.
        let mut order: Vec<&[String; 6]> = rows.iter().collect();
        let mut random = Random::new(labeller as u64);
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        let row = |[id, number, caption, transcript, ocr, market]: &[String; 6]| {
            let cells = [id, "", "", "", "", &batch.policy_version, "", number, caption, transcript, ocr, market];
            cells.map(|text| Cell::text(text.chars().take(16_000).collect::<String>())).into()
        };
        let column = |name: &str| match name {
            "label" => Column::new(name, 12).choices(&allowed),
            "~caption" | "~transcript" | "~ocr" => Column::new(name, 60),
            _ => Column::new(name, 14),
        };
        let name = if labellers > 1 { format!("Labels {labeller}") } else { "Labels".to_owned() };
        sheets.push(page(name, COLUMNS.map(column).into(), order.into_iter().map(row).collect()));
    }
    let meaning = |value: &str| if batch.positive.iter().any(|known| known == value) { "a violation" } else { "no violation" };
    let values = pairs(batch.values.iter().map(|value| (value.as_str(), meaning(value))).collect());
    sheets.push(page("Values".to_owned(), vec![Column::new("label", 14), Column::new("meaning", 30)], values));
    Ok(to_xlsx(&Workbook { sheets })?)
}

fn page(name: String, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet { name, columns, rows, ..Sheet::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::LabelRow;

    pub(super) fn batch() -> Batch {
        let stratum = |old_acts, new_acts, size| BatchStratum { old: String::new(), new: String::new(), old_acts, new_acts, size, drawn: 2 };
        let item = |at: usize| BatchItem { number: at.to_string(), id: at.to_string(), stratum: at / 2, rules: vec![] };
        Batch {
            format: FORMAT.to_owned(),
            report: String::new(),
            policy_version: "2026.2".to_owned(),
            values: vec!["bad".to_owned(), "ok".to_owned()],
            positive: vec!["bad".to_owned()],
            strata: vec![stratum(false, true, 10), stratum(true, true, 30), stratum(false, false, 960)],
            items: (0..6).map(item).collect(),
            rules: vec![],
        }
    }

    #[test]
    fn sheets_say_by_which_version_and_are_blind() {
        let policy = PolicyRef { id: "demo".to_owned(), version: "2026.2".to_owned(), digest: "b3:1".to_owned() };
        let content = ["7", "00001", "a caption", "", "", "DE"].map(str::to_owned);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.xlsx");
        std::fs::write(&path, sheets(&policy, &batch(), &[content], 2).unwrap()).unwrap();
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
        let range = calamine::Reader::worksheet_range(&mut book, "Labels 1").unwrap();
        let header: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(header, COLUMNS);
        let of = |name: &str| range.rows().nth(1).unwrap()[COLUMNS.iter().position(|column| *column == name).unwrap()].to_string();
        assert_eq!((of("policy_version"), of("~batch"), of("~caption"), of("~market")), ("2026.2".into(), "00001".into(), "a caption".into(), "DE".into()));
        let back = crate::labels::LabelRows::read(&path).unwrap().rows;
        let said = |row: &LabelRow| [&row.id, &row.label, &row.rule, &row.labeller, &row.labelled_on, &row.policy_version].map(String::clone);
        let expected = |labeller: &str| ["7", "", "", labeller, "", "2026.2"].map(str::to_owned);
        assert_eq!(back.iter().map(said).collect::<Vec<_>>(), [expected("1"), expected("2")]);
    }
}
