//! The registry of what can be wrong with a workbook.

use super::problem::Severity;

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetCode {
    /// The stable slug.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
}

macro_rules! codes {
    ($($name:ident = $severity:ident $id:literal: $title:literal;)*) => {
        $(pub(crate) static $name: SheetCode = SheetCode { id: $id, severity: Severity::$severity, title: $title };)*

        /// Every code, by name.
        pub static ALL: &[&SheetCode] = &[$(&$name),*];
    };
}

codes! {
    BLANKS_TRIMMED = Warning "sheet-blanks-trimmed": "white space at the ends of a cell was taken off";
    CELL_KIND = Error "sheet-cell-kind": "a spreadsheet has made something else of a text";
    CONFLICT = Error "sheet-conflict": "a row was changed both in the workbook and in the policy";
    DOUBLED_COLUMN = Error "sheet-doubled-column": "a column stands twice";
    DOUBLED_KEY = Error "sheet-doubled-key": "a key stands twice";
    DUPLICATE_ROW = Error "sheet-duplicate-row": "a row is there already";
    FOLDED_DUPLICATE = Warning "sheet-folded-duplicate": "a term differs from another only by what folds undo";
    MASKED = Error "sheet-masked": "a masked workbook cannot be imported";
    MERGED_CELLS = Error "sheet-merged-cells": "a sheet has merged cells";
    MISSING_COLUMN = Error "sheet-missing-column": "a required column is not there";
    NOT_EDITABLE = Error "sheet-not-editable": "this cannot be changed through a workbook";
    NUMBER_TAKEN = Warning "sheet-number-taken": "a number was taken as its digits";
    ONE_LINE = Error "sheet-one-line": "a line break, or a broken character, in a cell of one line";
    OTHER_POLICY = Error "sheet-other-policy": "the workbook belongs to another policy";
    POLICY_FINDING = Error "sheet-policy-finding": "the policy would not be valid with this row";
    REQUIRED = Error "sheet-required": "a required cell is blank";
    SHRINK = Error "sheet-shrink": "an import takes much out of a list";
    UNKNOWN_COLUMN = Warning "sheet-unknown-column": "a column is not known and is ignored";
    UNKNOWN_FORMAT = Error "sheet-unknown-format": "the workbook is not of this format";
    UNKNOWN_KEY = Error "sheet-unknown-key": "a key belongs to no row that was exported";
    UNKNOWN_SHEET = Error "sheet-unknown-sheet": "a sheet belongs to nothing of the policy";
    WRONG_VALUE = Error "sheet-wrong-value": "a value that cannot stand in this column";
}
