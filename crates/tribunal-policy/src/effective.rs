//! A policy in one market: overlays applied from the root down, exceptions attached.

use std::collections::BTreeSet;

use crate::cond::{Cond, CondKind};
use crate::ids::{MarketId, RuleId};
use crate::load::exception_ids;
use crate::model::{AxisChange, AxisValue, EffectiveRule, ExceptionSource, Override, Policy, Rule, RuleChange, Target, Unless, WhenChange};

/// A rule on its way down the markets.
#[derive(Clone)]
pub(crate) struct Working {
    pub(crate) rule: EffectiveRule,
    pub(crate) unless: Option<Unless>,
}

impl Policy {
    /// The rules in force in a market (`None`: items without one), each with its overlays and exceptions. Rules of other
    /// markets are not among them; rules that are off or drafts are.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules: [{id: lottery, when: any text has "lottery", effect: {routing: review}}]
    /// markets:
    ///   - {market: BR, rules: [{id: bicho, when: any text has "jogo do bicho", effect: {routing: review}}]}
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let names = |market| policy.effective(market).iter().map(|rule| policy.rules[rule.rule.index()].name.clone()).collect::<Vec<_>>();
    /// assert_eq!((names(None), names(policy.market("BR"))), (vec!["lottery".to_owned()], vec!["bicho".to_owned(), "lottery".to_owned()]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn effective(&self, market: Option<MarketId>) -> Vec<EffectiveRule> {
        self.effective_in(market, None, &|_| true)
    }

    /// Those of the rules that are asked for, by a caller who knows that the others are as they are without a market.
    pub fn effective_of(&self, market: Option<MarketId>, wanted: &dyn Fn(RuleId) -> bool) -> Vec<EffectiveRule> {
        self.effective_in(market, None, wanted)
    }

    /// The same as if one override, given by its market and its index there, had not been written.
    pub fn effective_without(&self, market: Option<MarketId>, skip: (MarketId, u32), wanted: &dyn Fn(RuleId) -> bool) -> Vec<EffectiveRule> {
        self.effective_in(market, Some(skip), wanted)
    }

    /// Of the rules in force in a market those that may be otherwise there than without a market: rules of the market itself,
    /// rules that an override of its line changes, and those that an exception of its line serves.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
    ///   - {id: gun, when: any text has "glock", effect: {routing: review}}
    /// markets:
    ///   - {market: BR, overrides: [{rule: gun, effect: {distribution: removed}, reason: Local law.}]}
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let changed = policy.effective_where_changed(policy.market("BR").ok_or("declared")?);
    /// assert_eq!(changed.iter().map(|rule| rule.rule).collect::<Vec<_>>(), [policy.rule("gun").ok_or("declared")?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn effective_where_changed(&self, market: MarketId) -> Vec<EffectiveRule> {
        let line = self.lineage(market);
        let here = |scope: Option<MarketId>| scope.is_some_and(|scope| line.contains(&scope));
        let overrides = line.iter().filter_map(|at| self.markets.get(at.index())).flat_map(|market| &market.overrides);
        let changed: BTreeSet<RuleId> = overrides
            .filter_map(|change| match &change.target {
                Target::Rule(id, _) => Some(*id),
                Target::List(..) => None,
            })
            .collect();
        let exceptions: Vec<_> = self.exceptions.iter().filter(|exception| here(exception.scope)).collect();
        let served = |id: RuleId, rule: &Rule| exceptions.iter().flat_map(|exception| &exception.applies_to).any(|selector| selector.picks(id, rule));
        self.effective_along(&line, None, |id, rule| here(rule.scope) || changed.contains(&id) || served(id, rule))
    }

    fn effective_in(&self, market: Option<MarketId>, skip: Option<(MarketId, u32)>, wanted: &dyn Fn(RuleId) -> bool) -> Vec<EffectiveRule> {
        let line = market.map(|market| self.lineage(market)).unwrap_or_default();
        self.effective_along(&line, skip, |id, _| wanted(id))
    }

    fn effective_along(&self, line: &[MarketId], skip: Option<(MarketId, u32)>, wanted: impl Fn(RuleId, &Rule) -> bool) -> Vec<EffectiveRule> {
        let ids = self.rules.iter().enumerate().filter_map(|(at, rule)| Some((RuleId(u32::try_from(at).ok()?), rule)));
        ids.filter(|(id, rule)| rule.scope.is_none_or(|scope| line.contains(&scope)) && wanted(*id, rule))
            .map(|(id, rule)| {
                let mut working = Working::start(id, rule);
                for at in line {
                    let overrides = self.markets.get(at.index()).map(|market| market.overrides.as_slice()).unwrap_or_default();
                    working.apply(*at, overrides, skip);
                }
                self.attach(working, rule, line)
            })
            .collect()
    }

    /// Joins the rule's own exception and the shared ones.
    fn attach(&self, working: Working, rule: &Rule, line: &[MarketId]) -> EffectiveRule {
        let Working { rule: mut effective, unless } = working;
        if let Some(own) = unless {
            match own.becomes {
                None => effective.cancels.push((ExceptionSource::Own, own.when)),
                Some(effect) => effective.softens.push((ExceptionSource::Own, own.when, effect)),
            }
        }
        for (id, exception) in exception_ids(self) {
            let here = exception.scope.is_none_or(|scope| line.contains(&scope));
            let picked = exception.applies_to.iter().any(|selector| selector.picks(effective.rule, rule));
            let never = exception.never.iter().any(|selector| selector.picks(effective.rule, rule));
            if !here || !picked || never {
                continue;
            }
            let source = ExceptionSource::Shared(id);
            match &exception.becomes {
                None => effective.cancels.push((source, exception.when.clone())),
                Some(effect) => effective.softens.push((source, exception.when.clone(), effect.clone())),
            }
        }
        effective
    }
}

impl Working {
    pub(crate) fn start(id: RuleId, rule: &Rule) -> Working {
        Working {
            rule: EffectiveRule {
                rule: id,
                stage: rule.stage,
                rollout: rule.rollout,
                when: rule.when.clone(),
                cancels: Vec::new(),
                softens: Vec::new(),
                on_unknown: rule.on_unknown,
                effect: rule.effect.clone(),
                points: rule.points.clone(),
                effective_from: rule.effective_from,
                effective_until: rule.effective_until,
                overlays: Vec::new(),
            },
            unless: rule.unless.clone(),
        }
    }

    fn apply(&mut self, market: MarketId, overrides: &[Override], skip: Option<(MarketId, u32)>) {
        for (at, change) in overrides.iter().enumerate() {
            if skip.is_some_and(|(of, index)| of == market && index as usize == at) {
                continue;
            }
            let Target::Rule(id, rule_change) = &change.target else { continue };
            if *id == self.rule.rule {
                self.change(rule_change);
                self.rule.overlays.push((market, u32::try_from(at).unwrap_or(u32::MAX)));
            }
        }
    }

    pub(crate) fn change(&mut self, change: &RuleChange) {
        let rule = &mut self.rule;
        if let Some(stage) = change.stage {
            rule.stage = stage;
        }
        if change.rollout.is_some() {
            rule.rollout = change.rollout;
        }
        for (axis, change) in &change.effect {
            match change {
                AxisChange::Replace(value) => {
                    rule.effect.0.insert(*axis, value.clone());
                }
                AxisChange::Edit { add, remove } => {
                    let value = rule.effect.0.entry(*axis).or_insert_with(|| AxisValue::Labels(Default::default()));
                    if let AxisValue::Labels(labels) = value {
                        labels.extend(add.iter().cloned());
                        labels.retain(|label| !remove.contains(label));
                    }
                }
            }
        }
        if let Some(unless) = &change.unless {
            self.unless = unless.clone();
        }
        match &change.when {
            None => {}
            Some(WhenChange::Replace(when)) => rule.when = when.clone(),
            Some(WhenChange::Tighten(also)) => rule.when = joined(CondKind::Or, &rule.when, also),
            Some(WhenChange::Loosen(only)) => rule.when = joined(CondKind::And, &rule.when, only),
        }
        if let Some(points) = &change.points {
            rule.points = points.clone();
        }
        if change.effective_from.is_some() {
            rule.effective_from = change.effective_from;
        }
        if change.effective_until.is_some() {
            rule.effective_until = change.effective_until;
        }
    }
}

fn joined(kind: fn(Vec<Cond>) -> CondKind, first: &Cond, second: &Cond) -> Cond {
    Cond { span: second.span, kind: kind(vec![first.clone(), second.clone()]) }
}
