//! Analysis of Tribunal policies: survival of terms under disguise, findings with witnesses, semantic differences.

mod beside;
pub mod brief;
mod checks;
mod compare;
mod diff;
pub mod document;
pub mod evade;
pub mod finding_way;
pub mod findings;
pub mod handbook;
mod item;
mod lab;
mod languages;
pub mod masking;
mod overlay;
pub mod random;
pub mod rehearsal;
pub mod report;
pub mod sheets;
mod theory;
pub mod workbook;

pub use checks::session::Session;
pub use checks::{Options, WordList, analyze};
pub use diff::{Attribution, Cell, Change, DiffOptions, DiffReport, Edit, Verdict, Way, diff};
pub use findings::{Accepted, Analysis, CODES, CoverageCell, Effort, FORMAT, Finding, LeftOpen, Shown, Status, Why, code, markets, sarif, short_id};

pub use overlay::overlays;
pub use tribunal_policy::render::mask;

/// Which policy something is about.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PolicyName {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `b3:` and its digest.
    pub digest: String,
}

impl PolicyName {
    /// Of a policy.
    pub fn of(policy: &tribunal_policy::Policy) -> PolicyName {
        PolicyName { id: policy.id.clone(), version: policy.version.clone(), digest: format!("b3:{}", policy.digest) }
    }
}
