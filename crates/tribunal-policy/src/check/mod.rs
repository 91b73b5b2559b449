//! What has to hold, or had better hold, of a policy as a whole.

mod cycles;
mod floors;
pub(crate) mod force;
mod lints;
mod scopes;

use crate::diagnostic::Diagnostics;
use crate::ids::MarketId;
use crate::model::Policy;

/// All checks on a policy whose parts are sound.
pub(crate) fn all(policy: &Policy, folder: bool, out: &mut Diagnostics) {
    scopes::check(policy, out);
    scopes::windows(policy, out);
    cycles::check(policy, out);
    floors::check(policy, out);
    lints::check(policy, folder, out);
}

/// No market, then every market.
pub(crate) fn places(policy: &Policy) -> impl Iterator<Item = Option<MarketId>> {
    let count = u32::try_from(policy.markets.len()).unwrap_or(u32::MAX);
    std::iter::once(None).chain((0..count).map(|at| Some(MarketId(at))))
}
