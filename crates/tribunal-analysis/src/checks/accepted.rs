//! Findings that the policy says are accepted (`allow:`), and entries that accept nothing (A1).

use tribunal_policy::model::Allowed;
use tribunal_policy::time;

use super::Context;
use crate::findings::{self, Accepted, Finding, Status, place};

/// Takes the accepted findings out; those whose time is over stay, and say so.
pub(super) fn apply(context: &Context, all: &mut Vec<Finding>) -> Vec<Accepted> {
    let mut accepted = Vec::new();
    let mut kept = Vec::new();
    let policy = &context.policy;
    let mut used = vec![false; policy.allowed.len()];
    for mut finding in std::mem::take(all) {
        let fits: Vec<usize> = policy.allowed.iter().enumerate().filter(|(_, allowed)| covers(allowed, &finding)).map(|(at, _)| at).collect();
        fits.iter().for_each(|at| used.iter_mut().skip(*at).take(1).for_each(|used| *used = true));
        let all: Vec<&Allowed> = fits.iter().filter_map(|at| policy.allowed.get(*at)).collect();
        let over = |allowed: &Allowed| allowed.until.zip(context.options.today).is_some_and(|(until, today)| until.end() <= today);
        match all.iter().find(|allowed| !over(allowed)) {
            Some(allowed) => accepted.push(Accepted {
                finding,
                reason: allowed.reason.clone(),
                until: allowed.until.map(|until| time::display(until.seconds)),
                owner: allowed.owner.clone(),
                place: place(&policy.sources, allowed.span),
            }),
            None => {
                finding.accepted_until = all.first().and_then(|allowed| allowed.until).map(|until| time::display(until.seconds));
                kept.push(finding);
            }
        }
    }
    *all = kept;
    if context.wants(&findings::UNUSED_ACCEPTANCE) && context.options.only.is_empty() {
        for (allowed, _) in policy.allowed.iter().zip(&used).filter(|(_, used)| !**used) {
            all.extend(unused(context, allowed));
        }
    }
    accepted
}

/// The code is the finding's, and everything that the entry names is among what it is about.
fn covers(allowed: &Allowed, finding: &Finding) -> bool {
    let code = allowed.code == finding.code || allowed.code.eq_ignore_ascii_case(&finding.id);
    let about = allowed.about.as_deref().is_none_or(|about| about.split(',').map(str::trim).all(|name| finding.subjects.iter().any(|subject| subject == name)));
    let market = allowed.market.as_ref().is_none_or(|market| finding.markets.contains(market) || finding.subjects.contains(market));
    code && about && market
}

fn unused(context: &Context, allowed: &Allowed) -> Option<Finding> {
    let message = match findings::code(&allowed.code) {
        // What was not looked for, or not to the end, may well be there.
        Some(code) if !context.wants(code) || needs_more(context, code.id) || is_cut_short(context, code.id) => return None,
        Some(code) => {
            let about = allowed.about.as_ref().map_or_else(String::new, |about| format!(" about `{about}`"));
            format!("there is no `{}`{about} to accept (any more)", code.id)
        }
        None => format!("`{}` is the code of no finding", allowed.code),
    };
    let mut finding = Finding::new(&findings::UNUSED_ACCEPTANCE, Status::Read, allowed.span, message).about(allowed.about.clone());
    finding.place = place(&context.policy.sources, allowed.span);
    Some(finding)
}

/// The budget ran out, so that one finding may be there for another; or what was found has not been seen on an item.
fn is_cut_short(context: &Context, code: &str) -> bool {
    !context.lab.theory.budget.open().is_empty() || context.refuted.iter().any(|(refuted, _)| refuted == code)
}

/// The check asks for more than was given this time: a day, or words.
fn needs_more(context: &Context, code: &str) -> bool {
    let words = [findings::INNOCENT_COLLISION.id, findings::CROSS_WORD_COLLISION.id, findings::CROSS_LANGUAGE.id, findings::DEGENERATE_TERM.id];
    code == findings::STALE_OVERLAY.id && context.options.today.is_none() || words.contains(&code) && context.options.words.is_empty()
}
