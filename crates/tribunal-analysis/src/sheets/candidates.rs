//! Candidates of a report of trends, brought back: what was ticked becomes terms, what was turned down is remembered.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tribunal_policy::{Policy, suggest};

use super::codes;
use super::edit::{Edits, list_edits};
use super::import::{ListCounts, SheetCounts, planned};
use super::merge::ListPlan;
use super::problem::Problem;
use super::row::{Kind, TermRow, is_yes};
use super::table::{Table, short};
use super::written::WrittenList;
use crate::workbook::{Book, BookSheet};

const COLUMNS: &[&str] = &["key", "list", "term", "accept", "reason", "owner", "since", "until"];

/// What a candidate is known by, though its list be sensitive and its text masked: a digest of both, letters in lower case.
///
/// ```
/// use tribunal_analysis::sheets::candidate_key;
///
/// assert_eq!(candidate_key("arms", "Gl0ck"), candidate_key("arms", "gl0ck"));
/// assert_ne!(candidate_key("arms", "gl0ck"), candidate_key("drugs", "gl0ck"));
/// ```
pub fn candidate_key(list: &str, term: &str) -> String {
    let text = format!("{list}\u{1F}{}", term.to_lowercase());
    blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
}

/// A candidate that somebody turned down: a line of the file that lies with the policy.
///
/// ```
/// let line = r#"{"key":"0f3a","list":"arms","reason":"a town"}"#;
/// let read = tribunal_analysis::sheets::TurnedDown::read(line).unwrap();
/// assert_eq!((read[0].key.as_str(), read[0].reason.as_str()), ("0f3a", "a town"));
/// assert_eq!(tribunal_analysis::sheets::TurnedDown::read("{}").unwrap_err().0, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnedDown {
    /// By [`candidate_key`].
    pub key: String,
    /// The list it was proposed for.
    pub list: String,
    /// The text; left out where the list is sensitive.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub term: String,
    /// Why.
    pub reason: String,
    /// Who said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
}

impl TurnedDown {
    /// Reads the file, one JSON object a line.
    ///
    /// # Errors
    ///
    /// The line, from 1, and what is wrong with it.
    pub fn read(text: &str) -> Result<Vec<TurnedDown>, (usize, String)> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(at, line)| serde_json::from_str(line).map_err(|error| (at + 1, error.to_string()))).collect()
    }

    fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// What came of a sheet of candidates.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub(crate) sheet: SheetCounts,
    pub(crate) lists: Vec<ListCounts>,
    /// The entries each changed list will have.
    pub(crate) expected: BTreeMap<String, Vec<TermRow>>,
    /// Lines for what is newly turned down.
    pub(crate) turned_down: String,
}

/// What an import of candidates needs to know beside the sheet.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// The first day of terms that state none.
    pub(crate) since: Option<&'a str>,
    /// Keys of what was turned down before.
    pub(crate) turned_down: &'a BTreeSet<String>,
}

/// Takes up every row that is decided; one without a reason is an error.
pub(crate) fn import(
    policy: &Policy,
    all: &[WrittenList<'_>],
    book: &Book,
    sheet: &BookSheet,
    known: Known<'_>,
    edits: &mut Edits,
    problems: &mut Vec<Problem>,
) -> Option<Decided> {
    let table = Table::new(book, sheet, &["list", "term", "accept", "reason"], COLUMNS, &|_| false, problems)?;
    let mut done = Decided { sheet: SheetCounts { sheet: sheet.name.clone(), ..SheetCounts::default() }, ..Decided::default() };
    let mut plans: BTreeMap<&str, (&WrittenList<'_>, ListPlan)> = BTreeMap::new();
    let mut seen: BTreeMap<String, (bool, usize)> = BTreeMap::new();
    for at in table.rows() {
        done.sheet.rows += 1;
        let before = problems.len();
        let Some(row) = Row::read(&table, at, all, known.since, problems) else {
            done.sheet.unchanged += u64::from(problems.len() == before);
            continue;
        };
        if let Some((accept, first)) = seen.insert(row.key.clone(), (row.accept, at)) {
            if accept != row.accept {
                let message = format!("this candidate is decided otherwise in row {}", first + 1);
                problems.push(table.problem(&codes::DUPLICATE_ROW, Some(at), table.columns.get("accept").copied(), message, "keep one of the two"));
            }
            done.sheet.unchanged += 1;
            continue;
        }
        if !row.accept {
            if known.turned_down.contains(&row.key) {
                done.sheet.unchanged += 1;
            } else {
                done.sheet.new += 1;
                let term = if row.list.sensitive { String::new() } else { row.term };
                done.turned_down.push_str(&TurnedDown { key: row.key, list: row.list.name.clone(), term, reason: row.reason, owner: row.owner }.line());
            }
            continue;
        }
        let (_, plan) = plans.entry(row.list.name.as_str()).or_insert_with(|| (row.list, ListPlan::default()));
        plan.counts.rows += 1;
        if row.list.entries.iter().any(|entry| !entry.row.is_allow() && !entry.row.is_retired() && entry.row.term() == row.term) {
            plan.counts.unchanged += 1;
            done.sheet.unchanged += 1;
        } else {
            plan.counts.new += 1;
            done.sheet.new += 1;
            plan.inserts.push(row.entry());
        }
    }
    for (name, (list, mut plan)) in plans {
        name.clone_into(&mut plan.counts.list);
        if !plan.inserts.is_empty() {
            if let Err(message) = list_edits(policy, list, &plan.changes, &plan.inserts, edits) {
                problems.push(table.problem(&codes::NOT_EDITABLE, None, None, message, "add these terms there"));
            }
            done.expected.insert(name.to_owned(), planned(list, &plan));
        }
        done.lists.push(plan.counts);
    }
    Some(done)
}

/// A row with a decision.
struct Row<'l, 'd> {
    list: &'l WrittenList<'d>,
    key: String,
    accept: bool,
    term: String,
    reason: String,
    owner: String,
    since: String,
    until: String,
}

impl<'l, 'd> Row<'l, 'd> {
    /// `None`: nothing is decided, or the row has a problem.
    fn read(table: &Table<'_>, at: usize, all: &'l [WrittenList<'d>], since: Option<&str>, problems: &mut Vec<Problem>) -> Option<Row<'l, 'd>> {
        let mut found = Vec::new();
        let accept = table.take(at, "accept", Kind::YesNo, &mut found).clean;
        if accept.is_empty() || !found.is_empty() {
            problems.append(&mut found);
            return None;
        }
        let accept = is_yes(&accept);
        let mut wrong = |code, column: &str, message: String, help: String| {
            problems.push(table.problem(code, Some(at), table.columns.get(column).copied(), message, help));
        };
        let mut text = |name: &str, kind: Kind| table.take(at, name, kind, &mut found).clean;
        let (name, term, reason, owner) = (text("list", Kind::Line), text("term", Kind::Line), text("reason", Kind::Text), text("owner", Kind::Line));
        let (key, stated, until) = (text("key", Kind::Line), text("since", Kind::Date), text("until", Kind::Date));
        let list = all.iter().find(|list| list.name == name);
        let masked = term.contains('•');
        for (column, value) in [("list", &name), ("term", &term), ("reason", &reason)] {
            if value.is_empty() {
                let help = if column == "reason" { "say why in `reason`" } else { "leave the column as it was written" };
                wrong(&codes::REQUIRED, column, format!("this candidate is decided, and `{column}` is blank"), help.to_owned());
            }
        }
        if list.is_none() && !name.is_empty() {
            let help = suggest::did_you_mean(&name, all.iter().map(|list| list.name.as_str()));
            let help = help.unwrap_or_else(|| "name a list of the policy".to_owned());
            wrong(&codes::WRONG_VALUE, "list", format!("the policy has no list `{}`", short(&name)), help);
        }
        if masked && accept {
            let help = "its list is sensitive: write the term over the mask, or add it to the list by hand";
            wrong(&codes::MASKED, "term", "the term is masked and cannot become one".to_owned(), help.to_owned());
        }
        let since = if stated.is_empty() { since.unwrap_or_default().to_owned() } else { stated };
        if accept && since.is_empty() {
            wrong(&codes::REQUIRED, "since", "this term has no first day".to_owned(), "fill in `since`, or say it for all of them".to_owned());
        }
        let fine = !found.iter().any(|problem| problem.severity == super::Severity::Error);
        problems.append(&mut found);
        let bad = name.is_empty() || term.is_empty() || reason.is_empty() || accept && (masked || since.is_empty()) || !fine;
        // Whoever writes a term over its mask, or mends it, has decided on what is there now.
        let key = if key.is_empty() || !masked { candidate_key(&name, &term) } else { key };
        Some(Row { list: list?, key, accept, term, reason, owner, since, until }).filter(|_| !bad)
    }

    fn entry(&self) -> TermRow {
        let mut entry = TermRow::default();
        entry.set_exact("term", &self.term);
        let source = if self.owner.is_empty() { "trends".to_owned() } else { format!("trends, {}", self.owner) };
        let note = self.reason.replace(['\n', '\r'], " ");
        for (name, value) in [("since", &self.since), ("until", &self.until), ("source", &source), ("note", &note)] {
            entry.set(name, value);
        }
        entry
    }
}
