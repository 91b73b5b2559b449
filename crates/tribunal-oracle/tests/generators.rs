//! What the generators make is valid, and the same on every run.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use tribunal_oracle::generate::{generate_item, generate_policy};
use tribunal_oracle::judge;
use tribunal_policy::cond::CondKind;
use tribunal_policy::diagnostic::Severity;
use tribunal_policy::{MarketId, Policy, load_str, render};

fn load(seed: u64) -> Policy {
    let text = generate_policy(seed);
    let loaded = load_str("generated.yaml", &text);
    loaded.policy.unwrap_or_else(|| {
        let errors: Vec<_> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
        panic!("seed {seed}:\n{}\n{text}", render::human(&errors, &loaded.sources, false))
    })
}

#[test]
fn five_hundred_policies_load() {
    let ids: BTreeSet<String> = (0..500).map(|seed| load(seed).digest).collect();
    assert_eq!(ids.len(), 500, "every seed makes another policy");
}

#[test]
fn a_seed_makes_the_same_policy_and_item_again() {
    for seed in 0..20 {
        assert_eq!(generate_policy(seed), generate_policy(seed));
        let policy = load(seed);
        assert_eq!(generate_item(&policy, seed), generate_item(&policy, seed));
    }
}

/// A form of the language that is never made is never compared.
#[test]
fn every_form_of_a_condition_is_made() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut note = |form: String| seen.insert(form.chars().take_while(|c| c.is_alphanumeric()).collect());
    for seed in 0..200 {
        let policy = load(seed);
        for market in std::iter::once(None).chain((0..policy.markets.len()).map(|at| Some(MarketId(at.try_into().unwrap())))) {
            for rule in policy.effective(market) {
                rule.when.walk(&mut |cond| {
                    note(format!("{:?}", cond.kind));
                    match &cond.kind {
                        CondKind::Has(subject, test) => {
                            note(format!("subject{:?}", subject.form));
                            note(format!("test{test:?}"));
                        }
                        CondKind::Compare(left, op, right) => {
                            note(format!("value{left:?}"));
                            note(format!("{op:?}"));
                            note(format!("operand{right:?}"));
                        }
                        CondKind::In(_, negated, set) => {
                            note(format!("set{negated}{set:?}"));
                        }
                        _ => {}
                    }
                });
                note(format!("cancels{}", !rule.cancels.is_empty()));
                note(format!("softens{}", !rule.softens.is_empty()));
                note(format!("stage{:?}rollout{}", rule.stage, rule.rollout.is_some()));
                note(format!("dated{}", rule.effective_from.is_some() || rule.effective_until.is_some()));
                note(format!("overlays{}", !rule.overlays.is_empty()));
            }
        }
        for entry in policy.lists.iter().flat_map(|list| &list.entries) {
            for (mode, _) in &entry.modes {
                note(format!("mode{mode:?}allow{}", entry.allow));
            }
            note(format!("limited{}{}{}", entry.since.is_some(), entry.until.is_some(), entry.only_lang.is_some()));
            note(format!("turkish{}", entry.turkish));
        }
    }
    let wanted = "And Or Not Has Compare In Rule IsMissing Flag \
        subjectAnyText subjectAny subjectField subjectDomains testAny testAll testAtLeast testNear \
        valueField valueLength valueWords valueUppercaseRatio valueEmojiCount valueLinkCount valueAge valueCountList valueCount \
        valueDistinct valueEvasion valueScore Eq Ne Lt Le Gt Ge operandValue operandLiteral setfalseList setfalseLiterals \
        setfalseRange settrueList settrueLiterals settrueRange cancelstrue softenstrue stageLiverollouttrue stageShadowrolloutfalse \
        stageOffrolloutfalse stageDraftrolloutfalse datedtrue overlaystrue modeWordallowfalse modeWordallowtrue modePhraseallowfalse \
        modePrefixallowfalse modeSuffixallowfalse modeSubstringallowfalse modeTagallowfalse modeWholeallowfalse modeRegexallowfalse \
        limitedtruetruetrue turkishtrue";
    let never: Vec<&str> = wanted.split_whitespace().filter(|form| !seen.contains(*form)).collect();
    assert!(never.is_empty(), "never made: {never:?}");
}

/// Rules that never fire test nothing: over some policies and items, every part of the verdict has to occur.
#[test]
fn generated_items_reach_every_part_of_the_verdict() {
    let (mut fired, mut shadow, mut unknown, mut pending, mut disguised) = (0, 0, 0, 0, 0);
    for seed in 0..40 {
        let policy = load(seed);
        for nth in 0..5 {
            let outcome = judge(&policy, &generate_item(&policy, seed * 1000 + nth), Some(1_793_491_200));
            fired += outcome.rules.len();
            shadow += outcome.shadow.len();
            unknown += outcome.unknown.len();
            pending += outcome.pending.len();
            disguised += outcome.evidence.iter().filter(|hit| !hit.undone.is_empty()).count();
        }
    }
    let seen = [fired, shadow, unknown, pending, disguised];
    assert!(seen.iter().all(|n| *n > 0), "fired, shadow, unknown, pending, disguised: {seen:?}");
}
