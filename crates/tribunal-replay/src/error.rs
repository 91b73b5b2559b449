//! What may go wrong in a replay.

/// Why a replay could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Items cannot be read.
    #[error("{0}")]
    Input(String),
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
