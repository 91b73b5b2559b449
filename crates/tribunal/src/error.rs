//! What can go wrong before an item is decided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::CompileError;
use tribunal_policy::Loaded;
use tribunal_policy::diagnostic::Diagnostic;
use tribunal_policy::source::Sources;

/// Why there is no moderator, or no decision.
///
/// ```
/// use tribunal::{Error, Moderator};
///
/// // A mistake in the policy: all of them at once, with place and help.
/// let error = Moderator::from_text("policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: captoin has \"glock\"}").unwrap_err();
/// assert!(matches!(&error, Error::Policy { diagnostics, .. } if diagnostics.iter().any(|found| found.code.id == "unknown-field")));
/// assert!(error.to_string().contains("policy.yaml:3:"));
///
/// // A line that is no item: the pipeline keeps it for somebody to look at, and goes on.
/// let moderator = Moderator::from_text("policy: {id: demo, version: '1'}")?;
/// assert!(matches!(moderator.decide_json("[1, 2]"), Err(Error::Item(_))));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub enum Error {
    /// The policy has mistakes.
    Policy {
        /// All of them.
        diagnostics: Vec<Diagnostic>,
        /// The files, for rendering.
        sources: Arc<Sources>,
    },
    /// The policy is over a limit.
    Compile(CompileError),
    /// The policy can yield values that the embedder does not understand: `axis: value` to the rules that do.
    NotUnderstood(BTreeMap<String, BTreeSet<String>>),
    /// Live rules read fields that are not provided: fields to rules.
    NotProvided(BTreeMap<String, BTreeSet<String>>),
    /// An item is no JSON object, repeats a key, or holds a broken escape.
    Item(serde_json::Error),
}

impl Error {
    pub(crate) fn policy(loaded: Loaded) -> Error {
        Error::Policy { diagnostics: loaded.diagnostics, sources: loaded.sources }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Policy { diagnostics, sources } => f.write_str(&tribunal_policy::render::human(diagnostics, sources, false)),
            Error::Compile(error) => write!(f, "the policy cannot be compiled: {error}"),
            Error::NotUnderstood(values) => {
                f.write_str("the policy can yield values that are not understood here")?;
                rows(f, values)
            }
            Error::NotProvided(fields) => {
                f.write_str("live rules read fields that are not provided here")?;
                rows(f, fields)
            }
            Error::Item(error) => write!(f, "this item cannot be read: {error}"),
        }
    }
}

fn rows(f: &mut std::fmt::Formatter<'_>, rows: &BTreeMap<String, BTreeSet<String>>) -> std::fmt::Result {
    for (what, rules) in rows {
        write!(f, "\n  {what} ({})", rules.iter().map(String::as_str).collect::<Vec<_>>().join(", "))?;
    }
    Ok(())
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Compile(error) => Some(error),
            Error::Item(error) => Some(error),
            _ => None,
        }
    }
}
