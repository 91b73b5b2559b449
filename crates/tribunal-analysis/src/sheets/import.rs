//! A workbook back into a policy's text files.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tribunal_policy::Policy;
use tribunal_policy::diagnostic::Severity as PolicySeverity;

use super::base::{About, BASE, Base, read_base};
use super::edit::{Edits, list_edits};
use super::merge::{ListPlan, Merger};
use super::problem::{At, Problem, Severity};
use super::row::TermRow;
use super::table::{Table, term_columns, term_rows};
use super::written::{Documents, WrittenList, lists};
use super::{FORMAT, TERMS_FORMAT, accepted, candidates, codes, new_lists, overrides, tests_sheet};
use crate::report::REPORT_FORMAT;
use crate::workbook::{Book, BookError, BookSheet, read_csv, read_xlsx};

/// Which side wins where both were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// The workbook.
    Sheet,
    /// The policy.
    Policy,
}

/// How an import is done.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Who wins a conflict; `None`: nobody, it is an error.
    pub prefer: Option<Prefer>,
    /// Entries whose row did not come back are deleted.
    pub delete_missing: bool,
    /// Lists that may lose more than a tenth of their entries.
    pub accept_shrink: BTreeSet<String>,
    /// The first day of terms taken from candidates that state none themselves, `2026-12-01`.
    pub since: Option<String>,
    /// Candidates that were turned down before, by [`candidate_key`](super::candidate_key).
    pub turned_down: BTreeSet<String>,
}

/// What an import did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Version of this form.
    pub format: u32,
    /// The policy's id.
    pub policy: String,
    /// The workbook.
    pub workbook: String,
    /// Errors: nothing was taken.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// By list.
    pub lists: Vec<ListCounts>,
    /// Overlays and tests.
    pub sheets: Vec<SheetCounts>,
    /// Candidates that are newly turned down.
    #[serde(default)]
    pub turned_down: u64,
    /// Text files that change.
    pub files: Vec<String>,
    /// Everything there is to say, by place.
    pub problems: Vec<Problem>,
}

/// What becomes of one list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCounts {
    /// The list.
    pub list: String,
    /// Rows of the sheet.
    pub rows: u64,
    /// As exported.
    pub unchanged: u64,
    /// New ones.
    pub new: u64,
    /// Changed ones.
    pub changed: u64,
    /// Retired.
    pub retired: u64,
    /// Retired before, active again.
    pub taken_back: u64,
    /// Deleted.
    pub deleted: u64,
    /// Changed in the policy since the export, and kept as the policy has them.
    pub kept_as_policy: u64,
    /// Entries whose row did not come back; they stay unless deletion was asked for. Masked for a sensitive list.
    pub missing: Vec<String>,
}

/// What becomes of overlays or tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetCounts {
    /// `Overrides` or `Tests`.
    pub sheet: String,
    /// Rows.
    pub rows: u64,
    /// As exported.
    pub unchanged: u64,
    /// New ones.
    pub new: u64,
    /// Changed ones.
    pub changed: u64,
    /// Rows that did not come back; what they stood for stays.
    pub missing: Vec<String>,
}

/// A report, and the files as they would be.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What happened.
    pub report: ImportReport,
    /// Changed files by path; empty when there is an error.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Lines for the file of what was turned down; empty when there are none, or an error.
    pub turned_down: String,
}

/// Reads a workbook or CSV file by its name and first bytes. Of a CSV file the name is that of the list.
///
/// # Errors
///
/// [`BookError`]: a sentence that says what to save it as.
pub fn open(name: &str, bytes: &[u8]) -> Result<Book, BookError> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    match ending.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => read_csv(name, stem, bytes),
        "xlsm" => Err(BookError::Macros),
        _ => read_xlsx(name, bytes),
    }
}

/// Compares a workbook with what it was exported from and with the policy as it is, and gives the changed text files. Any error:
/// nothing is taken.
pub fn import(policy: &Policy, book: &Book, options: &ImportOptions) -> Imported {
    let documents = Documents::parse(&policy.sources);
    let all = lists(policy, &documents);
    let mut work = Work { policy, book, options, problems: Vec::new(), about: About::read(book), base: read_base(book) };
    let mut edits = Edits::default();
    let mut counts = Vec::new();
    let mut sheets = Vec::new();
    let mut expected: BTreeMap<String, Vec<TermRow>> = BTreeMap::new();
    let mut turned_down = String::new();
    let manifest = work.manifest();
    if manifest && work.is_report() {
        let (findings, candidates) = (book.sheet("Findings"), book.sheet("Candidates"));
        if let Some(sheet) = findings {
            sheets.extend(accepted::import(policy, &documents, book, sheet, &mut edits, &mut work.problems));
        }
        if let Some(sheet) = candidates {
            let known = candidates::Known { since: options.since.as_deref(), turned_down: &options.turned_down };
            if let Some(decided) = candidates::import(policy, &all, book, sheet, known, &mut edits, &mut work.problems) {
                sheets.push(decided.sheet);
                counts.extend(decided.lists);
                expected.extend(decided.expected);
                turned_down = decided.turned_down;
            }
        }
        if findings.is_none() && candidates.is_none() {
            let message = "the report has neither a sheet `Findings` nor `Candidates`";
            work.whole(&codes::UNKNOWN_SHEET, "", message, "only findings and candidates of a report can come back");
        }
    } else if manifest {
        let (begun, pages) = work.lists(&all, &mut edits);
        let pages = work.pages(&all, &begun).into_iter().chain(pages.iter().filter_map(|(at, sheet)| Some((begun.get(*at)?, *sheet))));
        for (list, sheet) in pages.collect::<Vec<_>>() {
            let plan = work.list(list, sheet);
            if work.errors() == 0 {
                let is_new = begun.iter().any(|new| new.name == list.name);
                let done = if is_new {
                    new_lists::write(policy, list, &plan.inserts, &mut edits)
                } else {
                    list_edits(policy, list, &plan.changes, &plan.inserts, &mut edits)
                };
                if let Err(message) = done {
                    work.whole(&codes::NOT_EDITABLE, &sheet.name, message, "change it there, or leave the row as it was exported");
                }
                expected.insert(list.name.clone(), planned(list, &plan));
            }
            counts.push(plan.counts);
        }
        if let Some(sheet) = book.sheet("Overrides") {
            sheets.extend(overrides::import(policy, &documents, book, sheet, work.base.1.get(overrides::BASE_NAME), &mut edits, &mut work.problems));
        }
        if let Some(sheet) = book.sheet("Tests") {
            sheets.extend(tests_sheet::import(policy, book, sheet, work.base.1.get(tests_sheet::BASE_NAME), &mut edits, &mut work.problems));
        }
    }
    let mut files = BTreeMap::new();
    if work.errors() == 0 {
        match edits.apply(&policy.sources) {
            Ok(changed) if changed.is_empty() => {}
            Ok(changed) => {
                if work.holds(&changed, &expected) {
                    files = changed;
                }
            }
            Err(message) => work.whole(&codes::NOT_EDITABLE, "", message, "the other rows can be imported first"),
        }
    }
    let mut problems = work.problems;
    problems.sort_by(|a, b| (&a.sheet, a.row, a.column, &a.code).cmp(&(&b.sheet, b.row, b.column, &b.code)));
    problems.dedup();
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        turned_down.clear();
    }
    let number = |severity: Severity| problems.iter().filter(|problem| problem.severity == severity).count() as u64;
    let report = ImportReport {
        format: FORMAT,
        policy: policy.id.clone(),
        workbook: book.name.clone(),
        errors: number(Severity::Error),
        warnings: number(Severity::Warning),
        lists: counts,
        sheets,
        turned_down: turned_down.lines().count() as u64,
        files: files.keys().cloned().collect(),
        problems,
    };
    Imported { report, files, turned_down }
}

/// The entries a list will have.
pub(super) fn planned(list: &WrittenList<'_>, plan: &ListPlan) -> Vec<TermRow> {
    let mut rows: Vec<TermRow> = Vec::new();
    for (at, entry) in list.entries.iter().enumerate() {
        match plan.changes.get(&at) {
            None => rows.push(entry.row.clone()),
            Some(super::edit::Change::Replace(row)) => rows.push(row.clone()),
            Some(super::edit::Change::Delete) => {}
        }
    }
    rows.extend(plan.inserts.iter().cloned());
    rows.sort();
    rows
}

struct Work<'a> {
    policy: &'a Policy,
    book: &'a Book,
    options: &'a ImportOptions,
    problems: Vec<Problem>,
    about: Option<About>,
    base: (Base, BTreeMap<String, BTreeMap<String, String>>),
}

impl<'a> Work<'a> {
    fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    fn whole(&mut self, code: &codes::SheetCode, sheet: &str, message: impl Into<String>, help: impl Into<String>) {
        let at = At { file: &self.book.name, csv: self.book.csv, sheet, row: None, column: None };
        self.problems.push(Problem::new(code, &at, message, help));
    }

    /// Whether the manifest lets it be imported.
    fn manifest(&mut self) -> bool {
        let Some(about) = self.about.clone() else { return true };
        let (format, policy) = (about.get("format").unwrap_or("").to_owned(), about.get("policy").unwrap_or("").to_owned());
        if format != TERMS_FORMAT && format != REPORT_FORMAT {
            let message = format!("the workbook is `{}`, not `{TERMS_FORMAT}`", super::table::short(&format));
            self.whole(&codes::UNKNOWN_FORMAT, "About", message, "export it again with this program");
        } else if policy != self.policy.id {
            let message = format!("the workbook was exported from the policy `{}`, not `{}`", super::table::short(&policy), self.policy.id);
            self.whole(&codes::OTHER_POLICY, "About", message, "name the policy it belongs to");
        } else if format == TERMS_FORMAT && about.get("content") == Some("masked") {
            self.whole(&codes::MASKED, "About", "the workbook is masked: its terms are not there", "export it with --content full");
        }
        self.errors() == 0
    }

    /// It is a report, of which the accepted findings are taken.
    fn is_report(&self) -> bool {
        self.about.as_ref().and_then(|about| about.get("format")) == Some(REPORT_FORMAT)
    }

    /// The sheets of lists.
    fn pages<'l, 'd>(&mut self, all: &'l [WrittenList<'d>], begun: &[WrittenList<'d>]) -> Vec<(&'l WrittenList<'d>, &'a BookSheet)> {
        let book = self.book;
        let mut named: BTreeMap<String, String> = BTreeMap::new();
        if let Some(sheet) = book.sheet("Lists") {
            let text = |row: usize, column: usize| match sheet.cell(row, column) {
                crate::workbook::Input::Text(text) => text.trim().to_owned(),
                _ => String::new(),
            };
            let column = |name: &str| sheet.rows.get(&0).and_then(|cells| cells.keys().copied().find(|column| text(0, *column).eq_ignore_ascii_case(name)));
            if let (Some(list), Some(page)) = (column("list"), column("~sheet")) {
                for row in sheet.rows.keys().filter(|row| **row > 0) {
                    named.insert(text(*row, page).to_lowercase(), text(*row, list));
                }
            }
        }
        let mut pages = Vec::new();
        for sheet in &book.sheets {
            let lower = sheet.name.to_lowercase();
            if matches!(lower.as_str(), "about" | "lists" | "overrides" | "tests" | "problems") || sheet.name == BASE {
                continue;
            }
            let name = named.get(&lower).cloned().unwrap_or(lower);
            if begun.iter().any(|list| list.name.eq_ignore_ascii_case(&name)) {
                continue;
            }
            match all.iter().find(|list| list.name == name) {
                Some(list) => pages.push((list, sheet)),
                None => {
                    let help = tribunal_policy::suggest::did_you_mean(&name, all.iter().map(|list| list.name.as_str()));
                    let help = help.unwrap_or_else(|| "a new list has a row on the sheet `Lists` too".to_owned());
                    let message = format!("the policy has no list `{}`", super::table::short(&name));
                    self.whole(&codes::UNKNOWN_SHEET, &sheet.name, message, help);
                }
            }
        }
        pages
    }

    fn list(&mut self, list: &WrittenList<'_>, sheet: &BookSheet) -> ListPlan {
        let known = term_columns();
        let Some(table) = Table::new(self.book, sheet, &["term"], &known, &|_| false, &mut self.problems) else { return ListPlan::default() };
        let rows = term_rows(&table);
        let empty = BTreeMap::new();
        let base = self.about.as_ref().map(|_| self.base.0.get(&list.name).unwrap_or(&empty));
        let merger = Merger { policy: self.policy, list, table: &table, base, options: self.options };
        merger.plan(&rows, &mut self.problems)
    }

    /// What the sheet `Lists` says: options that are changed, and lists that begin, each with its sheet.
    fn lists<'d>(&mut self, all: &[WrittenList<'d>], edits: &mut Edits) -> (Vec<WrittenList<'d>>, Vec<(usize, &'a BookSheet)>) {
        let (table, rows) = new_lists::rows(self.book, &mut self.problems);
        let (mut begun, mut pages) = (Vec::new(), Vec::new());
        let Some(table) = table else { return (begun, pages) };
        for row in rows {
            if let Some(list) = all.iter().find(|list| list.name == row.name) {
                let found = new_lists::options(self.policy, &table, &row, list, edits);
                // Of a list that is there already a cell was exported as it is, unless it cannot be taken at all.
                self.problems.extend(row.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned());
                self.problems.extend(found);
                continue;
            }
            self.problems.extend(row.problems.iter().cloned());
            match new_lists::sheet_of(self.book, &row) {
                Some(sheet) => {
                    pages.push((begun.len(), sheet));
                    begun.push(row.begun());
                }
                None => {
                    let message = format!("the policy has no list `{}`, and no sheet holds its terms", super::table::short(&row.name));
                    let column = table.columns.get("list").copied();
                    self.problems.push(table.problem(&codes::UNKNOWN_SHEET, Some(row.row), column, message, "add a sheet of this name, or take the row out"));
                }
            }
        }
        (begun, pages)
    }

    /// Loads the policy with its changed files, and compares every list with what the sheet asked for.
    fn holds(&mut self, changed: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<TermRow>>) -> bool {
        let loaded = reload(self.policy, changed);
        let Some(after) = loaded.policy else {
            for found in loaded.diagnostics.iter().filter(|found| found.severity == PolicySeverity::Error) {
                let place =
                    found.place.clone().or_else(|| found.span().map(|span| format!("{}:{}", loaded.sources.path(span.file), loaded.sources.line(span))));
                let help = help_of(found, "change the row it comes from");
                let message = format!("{} ({}, at {})", found.message, found.code.id, place.unwrap_or_default());
                self.whole(&codes::POLICY_FINDING, "", message, help);
            }
            return false;
        };
        let documents = Documents::parse(&after.sources);
        for list in lists(&after, &documents) {
            let Some(rows) = expected.get(&list.name) else { continue };
            let mut found: Vec<TermRow> = list.entries.iter().map(|entry| entry.row.clone()).collect();
            found.sort();
            if found != *rows {
                let message = format!("the list `{}` could not be changed as the sheet says without touching more of its file", list.name);
                self.whole(&codes::NOT_EDITABLE, &list.name, message, "make this change in the text file");
            }
        }
        self.errors() == 0
    }
}

/// The policy with some of its files changed.
pub(super) fn reload(policy: &Policy, changed: &BTreeMap<String, Vec<u8>>) -> tribunal_policy::Loaded {
    let kept = policy.sources.files().map(|(_, file)| (file.path.clone(), file.bytes().to_vec()));
    let mut files: BTreeMap<String, Vec<u8>> = kept.collect();
    let lone = files.len() == 1;
    files.extend(changed.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
    // A lone file is read as a policy in one file: nothing that a folder may hold is missing from it.
    match files.iter().next() {
        Some((name, bytes)) if lone && files.len() == 1 => tribunal_policy::load_str(name, std::str::from_utf8(bytes).unwrap_or("")),
        _ => tribunal_policy::load_files(files),
    }
}

/// What a diagnostic advises, in one sentence.
pub(super) fn help_of(found: &tribunal_policy::diagnostic::Diagnostic, otherwise: &str) -> String {
    if found.help.is_empty() { otherwise.to_owned() } else { found.help.join("; ") }
}
