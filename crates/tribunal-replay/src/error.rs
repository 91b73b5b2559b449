//! What may go wrong in a replay.

use crate::labels::LabelProblem;

/// Why a replay could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Items cannot be read.
    #[error("{0}")]
    Input(String),
    /// Labels cannot be taken: every problem, by cell.
    #[error("{} in the labels, nothing is taken{}", counted(.0.len()), listed(.0))]
    Labels(Vec<LabelProblem>),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Counts of different runs cannot be put together.
    #[error("these counts cannot be put together: {0}")]
    Merge(String),
    /// A policy cannot be used.
    #[error(transparent)]
    Policy(#[from] tribunal::Error),
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// A workbook cannot be written.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] tribunal_analysis::workbook::XlsxError),
    /// A report or a state is not of a form that is known.
    #[error("{0}: {1}")]
    Form(String, serde_json::Error),
}

fn counted(number: usize) -> String {
    if number == 1 { "1 problem".to_owned() } else { format!("{number} problems") }
}

fn listed(problems: &[LabelProblem]) -> String {
    problems.iter().map(|found| format!("\n  {}: {} [{}]", found.place, found.message, found.code)).collect()
}
