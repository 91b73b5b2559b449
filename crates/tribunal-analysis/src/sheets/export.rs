//! A policy as a workbook.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::model::{Exception, List, Rule, RuleChange, Target, WhenChange};
use tribunal_policy::{ListId, Policy};

use super::base::{About, base_sheet};
use super::measured::Measured;
use super::row::{COLUMNS, Kind};
use super::written::{Documents, WrittenList, lists};
use super::{TERMS_FORMAT, overrides, tests_sheet};
use crate::masking::{Masker, Reveal};
use crate::workbook::{Cell, Column, MAX_CELL, Sheet, Workbook};

/// How much of the terms leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// As they are: the workbook can come back. Sensitive lists leave by name only, unless asked for.
    #[default]
    Full,
    /// First letter and length: to be looked at only.
    Masked,
}

/// What is exported.
#[derive(Clone, Debug, Default)]
pub struct ExportOptions {
    /// Only these lists; empty: all.
    pub lists: Vec<String>,
    /// How much of the terms.
    pub content: Content,
    /// Sensitive lists too.
    pub sensitive: bool,
    /// Figures about terms, in columns that are only read.
    pub measured: Measured,
}

/// Names that a sheet of a list cannot have, in lower case.
const FIXED: &[&str] = &["about", "lists", "overrides", "tests", "base", "problems", "history"];

/// A policy as a workbook: lists, overlays and tests. The same policy gives the same workbook.
///
/// # Errors
///
/// A sentence when a list that was asked for is not there, or when a text does not fit into a cell.
pub fn export(policy: &Policy, options: &ExportOptions) -> Result<Workbook, String> {
    let documents = Documents::parse(&policy.sources);
    let all = lists(policy, &documents);
    wanted_exist(&all, options)?;
    let readers = readers(policy);
    let chosen: Vec<&WrittenList<'_>> = all.iter().filter(|list| options.lists.is_empty() || options.lists.contains(&list.name)).collect();
    let mut pages = Vec::new();
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    let mut base: Vec<(String, String, String)> = Vec::new();
    for (at, list) in chosen.iter().enumerate() {
        if withheld(list, options) {
            continue;
        }
        let fits = list.name.len() <= 31 && !FIXED.contains(&list.name.as_str());
        let name = if fits { list.name.clone() } else { format!("list-{}", at + 1) };
        names.insert(&list.name, name.clone());
        pages.push(list_sheet(policy, list, name, options, readers.get(&list.name)));
        base.extend(list.entries.iter().map(|entry| (list.name.clone(), entry.key.clone(), entry.row.to_json())));
    }
    let mut sheets = vec![lists_sheet(policy, &chosen, &names)];
    let mut kept_back = Vec::new();
    sheets.append(&mut pages);
    if options.lists.is_empty() && options.content == Content::Full {
        for ((mut sheet, mut rows), name) in [(overrides::export(policy), overrides::BASE_NAME), (tests_sheet::export(policy), tests_sheet::BASE_NAME)] {
            if !options.sensitive {
                kept_back.extend(keep_back(policy, &mut sheet, &mut rows)?);
            }
            base.extend(rows.into_iter().map(|(key, content)| (name.to_owned(), key, content)));
            sheets.push(sheet);
        }
    }
    if options.content == Content::Full {
        fits(&sheets)?;
        sheets.push(base_sheet(base.into_iter()));
    }
    let mut about = About(vec![
        ("format".to_owned(), TERMS_FORMAT.to_owned()),
        ("policy".to_owned(), policy.id.clone()),
        ("version".to_owned(), policy.version.clone()),
        ("base".to_owned(), format!("b3:{}", policy.digest)),
        ("content".to_owned(), if options.content == Content::Full { "full" } else { "masked" }.to_owned()),
    ]);
    for sheet in sheets.iter().filter(|sheet| !sheet.hidden) {
        about.0.push((format!("rows.{}", sheet.name), sheet.rows.len().to_string()));
    }
    let left: Vec<&str> = chosen.iter().filter(|list| withheld(list, options)).map(|list| list.name.as_str()).collect();
    if !left.is_empty() {
        about.0.push(("sensitive lists left out".to_owned(), left.join(", ")));
    }
    about.0.extend(kept_back);
    about.0.extend(options.measured.sources.iter().cloned());
    sheets.insert(0, about.sheet());
    Ok(Workbook { sheets })
}

/// One list as a sheet for CSV.
///
/// # Errors
///
/// A sentence when there is no such list, or when it is sensitive and that was not asked for.
pub fn export_csv(policy: &Policy, list: &str, options: &ExportOptions) -> Result<Sheet, String> {
    let documents = Documents::parse(&policy.sources);
    let all = lists(policy, &documents);
    let options = ExportOptions { lists: vec![list.to_owned()], ..options.clone() };
    wanted_exist(&all, &options)?;
    let Some(found) = all.iter().find(|found| found.name == list) else { return Err(format!("the policy has no list `{list}`")) };
    if withheld(found, &options) {
        return Err(format!("the list `{list}` is sensitive and leaves by name only; ask for it with --sensitive"));
    }
    let sheet = list_sheet(policy, found, list.to_owned(), &options, readers(policy).get(list));
    fits(std::slice::from_ref(&sheet))?;
    Ok(sheet)
}

/// Takes out rows that quote a sensitive term; they stay in the policy, as every row does that does not come back.
fn keep_back(policy: &Policy, sheet: &mut Sheet, base: &mut Vec<(String, String)>) -> Result<Option<(String, String)>, String> {
    if !policy.lists.iter().any(|list| list.sensitive) {
        return Ok(None);
    }
    let masker = Masker::new(policy, Reveal::Full).map_err(|error| error.to_string())?;
    let quotes = |cell: &Cell| matches!(cell, Cell::Text(text) if masker.is_sensitive(text));
    let before = sheet.rows.len();
    let kept: Vec<bool> = sheet.rows.iter().map(|row| !row.iter().any(quotes)).collect();
    // Rows and what is kept of them stand in the same order.
    let mut flags = kept.iter();
    sheet.rows.retain(|_| flags.next().copied().unwrap_or(true));
    let mut flags = kept.iter();
    base.retain(|_| flags.next().copied().unwrap_or(true));
    let gone = before - sheet.rows.len();
    Ok((gone > 0).then(|| (format!("{}: rows left out", sheet.name), format!("{gone} that quote sensitive terms; they stay in the policy"))))
}

fn wanted_exist(all: &[WrittenList<'_>], options: &ExportOptions) -> Result<(), String> {
    for name in &options.lists {
        if !all.iter().any(|list| list.name == *name) {
            let help = tribunal_policy::suggest::did_you_mean(name, all.iter().map(|list| list.name.as_str()));
            return Err(format!("the policy has no list `{name}`{}", help.map_or_else(String::new, |help| format!("; {help}"))));
        }
    }
    Ok(())
}

fn withheld(list: &WrittenList<'_>, options: &ExportOptions) -> bool {
    list.sensitive && !options.sensitive
}

/// A text that is cut could not come back.
fn fits(sheets: &[Sheet]) -> Result<(), String> {
    for sheet in sheets {
        for (row, cells) in sheet.rows.iter().enumerate() {
            let long = cells.iter().any(|cell| matches!(cell, Cell::Text(text) if text.encode_utf16().count() > MAX_CELL));
            if long {
                return Err(format!(
                    "row {} of `{}` holds a text longer than a cell can ({MAX_CELL} characters): change it in the text files",
                    row + 2,
                    sheet.name
                ));
            }
        }
    }
    Ok(())
}

fn lists_sheet(policy: &Policy, chosen: &[&WrittenList<'_>], names: &BTreeMap<&str, String>) -> Sheet {
    let columns =
        [("list", 22), ("match", 14), ("folds", 20), ("sensitive", 10), ("owner", 18), ("description", 40), ("~sheet", 22), ("~file", 30), ("~rows", 8)];
    let rows = chosen.iter().map(|list| {
        let [matches, folds, owner, description] = &list.options;
        let sheet = names.get(list.name.as_str()).map_or("(left out: sensitive)", String::as_str);
        vec![
            Cell::text(&list.name),
            Cell::text(matches),
            Cell::text(folds),
            Cell::text(if list.sensitive { "yes" } else { "no" }),
            Cell::text(owner),
            Cell::text(description),
            Cell::text(sheet),
            Cell::text(home(policy, list)),
            Cell::count(list.entries.len() as u64),
        ]
    });
    Sheet {
        name: "Lists".to_owned(),
        columns: columns.into_iter().map(|(name, width)| Column::new(name, width)).collect(),
        rows: rows.collect(),
        ..Sheet::default()
    }
}

/// The file a list is in.
pub(super) fn home(policy: &Policy, list: &WrittenList<'_>) -> String {
    let file = list.file.as_ref().map(|file| file.id).or(list.yaml.map(|(file, _)| file));
    file.map_or_else(String::new, |file| policy.sources.path(file).to_owned())
}

fn list_sheet(policy: &Policy, list: &WrittenList<'_>, name: String, options: &ExportOptions, readers: Option<&BTreeSet<String>>) -> Sheet {
    let mut columns = vec![Column::new("key", 18)];
    columns.extend(COLUMNS.iter().map(|(name, kind, width)| match kind {
        Kind::Word(words) => Column::new(*name, *width).choices(words),
        _ => Column::new(*name, *width),
    }));
    columns.push(Column::new("~line", 26));
    columns.push(Column::new("~rules", 30));
    columns.extend(options.measured.columns());
    let rules = readers.map_or_else(String::new, |rules| rules.iter().map(String::as_str).collect::<Vec<_>>().join("; "));
    let masked = options.content == Content::Masked;
    let measured = options.measured.cells(policy, &list.name, &list.entries, masked);
    let rows = list.entries.iter().zip(measured).map(|(entry, measured)| {
        let mut cells = vec![Cell::text(if masked { "" } else { entry.key.as_str() })];
        cells.extend(COLUMNS.iter().map(|(name, kind, _)| {
            let shown = entry.row.cell(name, *kind);
            // The sentence about a term may hold it too.
            let hidden = masked && matches!(*name, "term" | "evasions" | "sense" | "note");
            Cell::text(if hidden { crate::mask(&shown) } else { shown })
        }));
        cells.push(Cell::text(&entry.place));
        cells.push(Cell::text(&rules));
        cells.extend(measured);
        cells
    });
    Sheet { name, columns, rows: rows.collect(), ..Sheet::default() }
}

/// The rules that read each list, overlays and shared exceptions included.
pub(crate) fn readers(policy: &Policy) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |list: ListId, rule: &str| {
        if let Some(list) = policy.lists.get(list.index()).filter(|list: &&List| !list.inline) {
            found.entry(list.name.clone()).or_default().insert(rule.to_owned());
        }
    };
    let serves = |exception: &Exception, id, rule: &Rule| exception.applies_to.iter().any(|selector| selector.picks(id, rule));
    for (at, rule) in (0_u32..).zip(&policy.rules) {
        rule.when.lists(&mut |list, _| note(list, &rule.name));
        if let Some(unless) = &rule.unless {
            unless.when.lists(&mut |list, _| note(list, &rule.name));
        }
        for exception in policy.exceptions.iter().filter(|exception| serves(exception, tribunal_policy::RuleId(at), rule)) {
            exception.when.lists(&mut |list, _| note(list, &rule.name));
        }
    }
    for change in policy.markets.iter().flat_map(|market| &market.overrides) {
        let Target::Rule(id, change) = &change.target else { continue };
        let Some(rule) = policy.rules.get(id.index()) else { continue };
        change_conditions(change, &mut |cond| cond.lists(&mut |list, _| note(list, &rule.name)));
    }
    found
}

/// The conditions that an override of a rule holds.
pub(crate) fn change_conditions<'c>(change: &'c RuleChange, visit: &mut dyn FnMut(&'c tribunal_policy::cond::Cond)) {
    match &change.when {
        Some(WhenChange::Replace(cond) | WhenChange::Tighten(cond) | WhenChange::Loosen(cond)) => visit(cond),
        None => {}
    }
    if let Some(Some(unless)) = &change.unless {
        visit(&unless.when);
    }
}
