//! Who approved what, and what has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::launch::Reading;
use crate::report::gates::Outcome;

/// Who approved what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signoff {
    /// Version of this form.
    pub format: u32,
    /// Who.
    pub by: String,
    /// As what.
    pub role: String,
    /// When, as stated.
    pub on: Option<String>,
    /// Digest of the report.
    pub report: String,
    /// Digest of the new policy.
    pub policy: String,
    /// Digest of the old policy.
    pub old: Option<String>,
    /// Digests of the data.
    pub data: Vec<String>,
    /// Digest of the labels, if any.
    pub labels: Option<String>,
    /// Gates and how they ended.
    pub gates: Vec<(String, Outcome)>,
    /// What each live rule means, as a digest: a rule that is only worded otherwise for people is still signed for.
    pub rules: BTreeMap<String, String>,
    /// What each rule means that the report put in force for its run, without stage, rollout and dates: it may go live as it was replayed.
    #[serde(default)]
    pub launched: BTreeMap<String, String>,
}

/// Signs a report off.
///
/// # Errors
///
/// When the report cannot be read, or the policy is not the one it was made with.
pub fn signoff(folder: &Path, policy: &Path, by: &str, role: &str, on: Option<&str>, labels: Option<&Path>) -> Result<Signoff, Error> {
    let report = crate::report::read(folder)?;
    let digest = |path: &Path| crate::digest(path).map_err(|error| Error::File(path.display().to_string(), error));
    let changed: BTreeSet<String> = report.manifest.launched.changed_rules.iter().cloned().collect();
    let (found, rules, mut launched) = meanings(policy, &changed)?;
    match report.manifest.reading {
        Reading::AsLaunched => launched.retain(|rule, _| changed.contains(rule)),
        Reading::AsWritten => launched.clear(),
    }
    if found != report.manifest.new.digest {
        return Err(Error::Usage(format!("{}: is not the policy of the report ({} there, {found} here)", policy.display(), report.manifest.new.digest)));
    }
    Ok(Signoff {
        format: 1,
        by: by.to_owned(),
        role: role.to_owned(),
        on: on.map(str::to_owned),
        report: digest(&folder.join("report.json"))?,
        policy: report.manifest.new.digest.clone(),
        old: report.manifest.old.as_ref().map(|old| old.digest.clone()),
        data: report.manifest.data.iter().map(|file| file.digest.clone()).collect(),
        labels: labels.map(digest).transpose()?,
        gates: report.gates.iter().map(|gate| (gate.gate.clone(), gate.outcome)).collect(),
        rules,
        launched,
    })
}

/// Rules of a policy that are live somewhere and mean something else than what was signed for.
///
/// # Errors
///
/// When the policy cannot be used.
pub fn unsigned(signoff: &Signoff, policy: &Path) -> Result<Vec<String>, Error> {
    let (_, rules, lifted) = meanings(policy, &signoff.launched.keys().cloned().collect())?;
    let signed = |name: &String, meaning: &String| {
        signoff.rules.get(name) == Some(meaning) || signoff.launched.get(name).is_some_and(|launched| lifted.get(name) == Some(launched))
    };
    Ok(rules.into_iter().filter(|(name, meaning)| !signed(name, meaning)).map(|(name, _)| name).collect())
}

/// The digest of a policy, what its live rules mean, and what they would mean with some rules put in force.
type Meanings = (String, BTreeMap<String, String>, BTreeMap<String, String>);

fn meanings(path: &Path, lifted: &BTreeSet<String>) -> Result<Meanings, Error> {
    let moderator = tribunal::Moderator::from_path(path)?;
    let policy = moderator.policy();
    let mut launched = tribunal_policy::load(path).policy.ok_or_else(|| Error::Usage(format!("{}: cannot be read again", path.display())))?;
    crate::launch::lift(&mut launched, lifted);
    Ok((format!("b3:{}", policy.digest), crate::launch::live_meanings(policy), crate::launch::live_meanings(&launched)))
}
