//! One policy in thirty markets.

use std::fmt::Write as _;

use crate::corpus::REGIONS;
use crate::policies::{Folder, Reading, folder};
use crate::rules::RuleSet;

/// A policy with thirty markets, each with another effect for twenty of the rules: the rules that fire stay the same.
pub(crate) fn thirty(set: &RuleSet) -> Folder {
    let mut files = folder(set, Reading::Whole);
    let more = (REGIONS.len()..30).map(|at| format!("M{at}"));
    for (at, market) in REGIONS.iter().map(|name| (*name).to_owned()).chain(more).enumerate() {
        let mut text = format!("market: {market}\noverrides:\n");
        for step in 0..20 {
            let rule = (at * 31 + step * 47) % set.rules.len();
            let _ = writeln!(text, "  - {{rule: r{rule:06}, effect: {{distribution: removed, audience: adults}}, reason: local law}}");
        }
        files.insert(format!("markets/{market}.yaml"), text.into_bytes());
    }
    files
}
