//! Three ways at once: the row as exported, as it came back, and as the policy has it now.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::Policy;
use tribunal_policy::diagnostic::Severity as PolicySeverity;
use tribunal_text::{Folds, ViewKind, fold_to_string};

use super::codes;
use super::edit::Change;
use super::import::{ImportOptions, ListCounts, Prefer};
use super::problem::Problem;
use super::row::{COLUMNS, TermRow};
use super::table::{SheetRow, Table, short};
use super::written::WrittenList;

/// What an import does to one list.
#[derive(Debug, Default)]
pub(crate) struct ListPlan {
    pub(crate) changes: BTreeMap<usize, Change>,
    pub(crate) inserts: Vec<TermRow>,
    pub(crate) counts: ListCounts,
}

/// A row that is taken, with the row of the sheet it stands in.
struct TakenRow<'r> {
    sheet: &'r SheetRow,
    /// The entry it replaces.
    entry: Option<usize>,
}

pub(crate) struct Merger<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) list: &'a WrittenList<'a>,
    pub(crate) table: &'a Table<'a>,
    /// Rows as exported; `None` without a manifest: rows can only be added.
    pub(crate) base: Option<&'a BTreeMap<String, TermRow>>,
    pub(crate) options: &'a ImportOptions,
}

impl Merger<'_> {
    /// Compares the rows of a sheet; what is wrong goes to `problems`.
    pub(crate) fn plan(&self, rows: &[SheetRow], problems: &mut Vec<Problem>) -> ListPlan {
        let mut plan =
            ListPlan { counts: ListCounts { list: self.list.name.clone(), rows: rows.len() as u64, ..ListCounts::default() }, ..ListPlan::default() };
        let current: BTreeMap<&str, usize> = self.list.entries.iter().enumerate().map(|(at, entry)| (entry.key.as_str(), at)).collect();
        let rows: Vec<SheetRow> = rows.iter().map(|row| self.as_known(row, &current)).collect();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut taken: Vec<TakenRow<'_>> = Vec::new();
        for row in &rows {
            if row.key.is_empty() {
                taken.push(TakenRow { sheet: row, entry: None });
                continue;
            }
            if let Some(first) = seen.insert(&row.key, row.row) {
                let first = self.table.place(first, "key");
                let help = format!("the first is at {first}; clear the key of the row that is new");
                problems.push(self.problem(&codes::DOUBLED_KEY, row, "key", "this key stands twice", help));
                continue;
            }
            self.keyed(row, &current, &mut plan, &mut taken, problems);
        }
        self.missing(&current, &seen, &mut plan);
        for row in &taken {
            problems.extend(row.sheet.problems.iter().cloned());
        }
        self.duplicates(&taken, &plan, problems);
        self.valid(&taken, problems);
        for row in taken {
            let clean = row.sheet.clean.clone();
            match row.entry {
                Some(at) => self.replace(at, clean, &mut plan),
                None if clean.is_retired() => {
                    problems.push(self.problem(&codes::WRONG_VALUE, row.sheet, "status", "a new row is retired already", "leave the row out"));
                }
                None => {
                    plan.counts.new += 1;
                    plan.inserts.push(clean);
                }
            }
        }
        self.shrink(&plan, problems);
        plan
    }

    /// A cell that nobody touched stays to the letter, whatever could be said of it.
    fn as_known(&self, row: &SheetRow, current: &BTreeMap<&str, usize>) -> SheetRow {
        let entry = current.get(row.key.as_str()).and_then(|at| self.list.entries.get(*at)).map(|entry| &entry.row);
        let known = self.base.and_then(|base| base.get(&row.key)).or(entry);
        let mut row = row.clone();
        let Some(known) = known else { return row };
        for (name, ..) in COLUMNS.iter().filter(|(name, ..)| row.exact.get(name) == known.get(name)) {
            row.clean.set_exact(name, known.get(name));
            let column = self.table.columns.get(*name).map(|column| column + 1);
            row.problems.retain(|problem| Some(problem.column) != column);
        }
        row
    }

    fn problem(&self, code: &codes::SheetCode, row: &SheetRow, column: &str, message: impl Into<String>, help: impl Into<String>) -> Problem {
        self.table.problem(code, Some(row.row), self.table.columns.get(column).copied(), message, help)
    }

    fn keyed<'r>(&self, row: &'r SheetRow, current: &BTreeMap<&str, usize>, plan: &mut ListPlan, taken: &mut Vec<TakenRow<'r>>, problems: &mut Vec<Problem>) {
        let same = |known: &TermRow| row.exact == *known || row.clean == *known;
        let exported = self.base.and_then(|base| base.get(&row.key));
        match (current.get(row.key.as_str()), exported) {
            (Some(at), _) => {
                let known = self.list.entries.get(*at).map(|entry| &entry.row);
                if known.is_some_and(same) {
                    plan.counts.unchanged += 1;
                } else if self.base.is_none() {
                    let help = "export the workbook again: its sheet `About` says what it was made from";
                    problems.push(self.problem(&codes::CONFLICT, row, "term", "this row was changed, and without `About` rows can only be added", help));
                } else {
                    taken.push(TakenRow { sheet: row, entry: Some(*at) });
                }
            }
            (None, Some(base)) if same(base) => plan.counts.kept_as_policy += 1,
            (None, Some(base)) => self.conflict(row, base, current, plan, taken, problems),
            (None, None) => {
                let help = "clear `key` in a row that is new; keys come from an export of this list";
                problems.push(self.problem(
                    &codes::UNKNOWN_KEY,
                    row,
                    "key",
                    format!("the key `{}` belongs to no row that was exported", short(&row.key)),
                    help,
                ));
            }
        }
    }

    /// The row was touched, and the policy has changed its entry since.
    fn conflict<'r>(
        &self,
        row: &'r SheetRow,
        base: &TermRow,
        current: &BTreeMap<&str, usize>,
        plan: &mut ListPlan,
        taken: &mut Vec<TakenRow<'r>>,
        problems: &mut Vec<Problem>,
    ) {
        // What became of the entry: one with its term that was not exported as it is.
        let changed = |at: &usize| self.base.is_none_or(|base| !self.list.entries.get(*at).is_some_and(|entry| base.contains_key(&entry.key)));
        let term = |at: &usize| self.list.entries.get(*at).is_some_and(|entry| entry.row.term() == base.term() || entry.row == row.clean);
        let mut found: Vec<usize> = current.values().copied().filter(|at| changed(at) && term(at)).collect();
        found.sort_by_key(|at| self.list.entries.get(*at).is_none_or(|entry| entry.row != row.clean && entry.row.is_allow() != base.is_allow()));
        let policys = found.first().and_then(|at| self.list.entries.get(*at).map(|entry| (*at, entry)));
        if policys.is_some_and(|(_, entry)| entry.row == row.clean) {
            plan.counts.unchanged += 1;
            return;
        }
        match self.options.prefer {
            Some(Prefer::Policy) => plan.counts.kept_as_policy += 1,
            Some(Prefer::Sheet) => taken.push(TakenRow { sheet: row, entry: policys.map(|(at, _)| at) }),
            None => {
                let show = |row: &TermRow| if self.list.sensitive { crate::mask(row.term()) } else { row.to_yaml(true) };
                let now = policys.map_or_else(|| "gone".to_owned(), |(_, entry)| format!("{} ({})", show(&entry.row), entry.place));
                let message = format!("changed on both sides. exported: {}; policy: {now}; sheet: {}", show(base), show(&row.clean));
                problems.push(self.problem(&codes::CONFLICT, row, "term", message, "make the two agree, or choose with --prefer sheet or --prefer policy"));
            }
        }
    }

    /// Rows that were exported, are still in the policy, and did not come back.
    fn missing(&self, current: &BTreeMap<&str, usize>, seen: &BTreeMap<&str, usize>, plan: &mut ListPlan) {
        let Some(base) = self.base else { return };
        for key in base.keys().filter(|key| !seen.contains_key(key.as_str())) {
            let Some(at) = current.get(key.as_str()) else { continue };
            let Some(entry) = self.list.entries.get(*at) else { continue };
            let term = entry.row.term();
            plan.counts.missing.push(if self.list.sensitive { crate::mask(term) } else { term.to_owned() });
            if self.options.delete_missing {
                plan.counts.deleted += 1;
                plan.changes.insert(*at, Change::Delete);
            }
        }
        plan.counts.missing.sort();
    }

    fn replace(&self, at: usize, row: TermRow, plan: &mut ListPlan) {
        let was_retired = self.list.entries.get(at).is_some_and(|entry| entry.row.is_retired());
        match (was_retired, row.is_retired()) {
            (false, true) => plan.counts.retired += 1,
            (true, false) => plan.counts.taken_back += 1,
            _ => plan.counts.changed += 1,
        }
        plan.changes.insert(at, Change::Replace(row));
    }

    /// A row that would stand there twice.
    fn duplicates(&self, taken: &[TakenRow<'_>], plan: &ListPlan, problems: &mut Vec<Problem>) {
        let replaced: BTreeSet<usize> = taken.iter().filter_map(|row| row.entry).chain(plan.changes.keys().copied()).collect();
        let turkish = |row: &TermRow| matches!(row.get("lang").split(['-', '_']).next(), Some("tr" | "az"));
        let folded = |row: &TermRow| (row.is_allow(), fold_to_string(ViewKind { folds: Folds::PLAIN, turkish: turkish(row) }, row.term()));
        let mut known: BTreeMap<_, String> = BTreeMap::new();
        let mut alike: BTreeMap<_, (String, String)> = BTreeMap::new();
        for (_, entry) in self.list.entries.iter().enumerate().filter(|(at, _)| !replaced.contains(at)) {
            known.entry(entry.row.identity()).or_insert_with(|| entry.place.clone());
            alike.entry(folded(&entry.row)).or_insert_with(|| (entry.row.term().to_owned(), entry.place.clone()));
        }
        for row in taken.iter().filter(|row| !row.sheet.clean.term().is_empty()) {
            let clean = &row.sheet.clean;
            let here = self.table.place(row.sheet.row, "term");
            let same_identity = row.entry.and_then(|at| self.list.entries.get(at)).is_some_and(|entry| entry.row.identity() == clean.identity());
            if let Some(other) = known.get(&clean.identity()).filter(|_| !same_identity) {
                let message = format!("this entry is there already: {other}");
                problems.push(self.problem(&codes::DUPLICATE_ROW, row.sheet, "term", message, format!("keep one of {here} and {other}")));
            } else if let Some((_, other)) = alike.get(&folded(clean)).filter(|(term, _)| term != clean.term() && row.entry.is_none()) {
                let message = format!("this term differs only in what folds undo from the one at {other}");
                problems.push(self.problem(
                    &codes::FOLDED_DUPLICATE,
                    row.sheet,
                    "term",
                    message,
                    "it is the same term to the engine: one of the two is enough",
                ));
            }
            known.entry(clean.identity()).or_insert_with(|| here.clone());
            alike.entry(folded(clean)).or_insert((clean.term().to_owned(), here));
        }
    }

    /// Asks the loader of policies about every row that is taken, so that a sheet is held to the same rules as a file.
    fn valid(&self, taken: &[TakenRow<'_>], problems: &mut Vec<Problem>) {
        let rows: Vec<&TakenRow<'_>> = taken.iter().filter(|row| !row.sheet.clean.term().is_empty()).collect();
        if rows.is_empty() {
            return;
        }
        let columns: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).filter(|name| *name != "status").collect();
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let mut lines = Vec::new();
        let mut line = 2;
        let mut broken = writer.write_record(&columns).is_err();
        for row in &rows {
            let cells: Vec<&str> = columns.iter().map(|name| row.sheet.clean.get(name)).collect();
            lines.push(line);
            line += 1 + u32::try_from(cells.iter().map(|cell| cell.matches('\n').count()).sum::<usize>()).unwrap_or(0);
            broken |= writer.write_record(&cells).is_err();
        }
        let Ok(bytes) = writer.into_inner() else { return };
        if broken {
            return;
        }
        let files = BTreeMap::from([("policy.yaml".to_owned(), self.little_policy().into_bytes()), ("terms/rows.csv".to_owned(), bytes)]);
        let loaded = tribunal_policy::load_files(files);
        let file = loaded.sources.find("terms/rows.csv");
        for found in loaded.diagnostics.iter().filter(|found| found.severity == PolicySeverity::Error) {
            let Some(span) = found.span().filter(|span| Some(span.file) == file) else { continue };
            let line = loaded.sources.line(span);
            let at = lines.partition_point(|first| *first <= line);
            let Some(row) = at.checked_sub(1).and_then(|at| rows.get(at)) else { continue };
            let column = self.column_of(&found.message, &row.sheet.clean);
            let message = if self.list.sensitive { found.code.title.to_owned() } else { found.message.clone() };
            // What is said of a cell already is not said again in the loader's words.
            let cell = self.table.columns.get(column).map(|column| column + 1);
            let known = problems.iter().any(|known| {
                known.row == row.sheet.row + 1 && Some(known.column) == cell && known.sheet == self.table.sheet.name && known.severity == super::Severity::Error
            });
            if !known {
                let help = super::import::help_of(found, "correct the cell");
                problems.push(self.problem(&codes::POLICY_FINDING, row.sheet, column, format!("{message} ({})", found.code.id), help));
            }
        }
    }

    /// The markets and the list's own options are all that a row can depend on.
    fn little_policy(&self) -> String {
        let quoted = |text: &str| tribunal_policy::fmt::inline(text);
        let markets: Vec<String> = self.policy.markets.iter().map(|market| format!("  - {{market: {}}}\n", quoted(&market.name))).collect();
        let markets = if markets.is_empty() { String::new() } else { format!("markets:\n{}", markets.concat()) };
        let [matches, folds, ..] = &self.list.options;
        let option = |name: &str, value: &str| -> String {
            let words: Vec<String> = value.split("; ").filter(|word| !word.is_empty()).map(quoted).collect();
            if words.is_empty() { String::new() } else { format!("{name}: [{}], ", words.join(", ")) }
        };
        let options = format!("{}{}", option("match", matches), option("folds", folds));
        format!("policy: {{id: rows, version: \"1\"}}\n{markets}terms: {{rows: {{{options}file: terms/rows.csv}}}}\n")
    }

    /// The column whose value a message of the loader quotes.
    fn column_of(&self, message: &str, row: &TermRow) -> &'static str {
        let quoted = |name: &str| row.get(name).split('\n').any(|value| !value.is_empty() && message.contains(&format!("`{}`", value.trim_start_matches('-'))));
        let named = COLUMNS.iter().map(|(name, ..)| *name).find(|name| *name != "term" && quoted(name));
        named.unwrap_or("term")
    }

    fn shrink(&self, plan: &ListPlan, problems: &mut Vec<Problem>) {
        let before = self.list.entries.iter().filter(|entry| !entry.row.is_retired()).count() as u64;
        let gone = plan.counts.retired + plan.counts.deleted;
        let emptied = gone > 0 && before + plan.counts.new + plan.counts.taken_back <= gone;
        if (gone * 10 > before || emptied) && gone > 0 && !self.options.accept_shrink.contains(&self.list.name) {
            let message = format!("{gone} of {before} entries of `{}` would go", self.list.name);
            let help = format!("if that is meant, say --accept-shrink {}", self.list.name);
            problems.push(self.table.problem(&codes::SHRINK, None, None, message, help));
        }
    }
}
