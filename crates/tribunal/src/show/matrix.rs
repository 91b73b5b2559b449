//! All markets side by side.

use serde::{Deserialize, Serialize};
use tribunal_policy::{MarketId, Policy};

use super::{Lines, effective_in, lines};
use crate::decision::{self, FORMAT, PolicyRef};

/// Rules by markets.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - {market: BR, overrides: [{rule: lottery, stage: off, reason: Licensed here.}]}
///   - {market: DE}
/// "#;
/// let matrix = show::matrix(&policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// // A column for items without a market, then one for each.
/// assert_eq!(matrix.markets, [None, Some("BR".to_owned()), Some("DE".to_owned())]);
/// let stages: Vec<_> = matrix.rules[0].cells.iter().map(|cell| cell.stage.as_deref()).collect();
/// assert_eq!(stages, [Some("live"), Some("off"), Some("live")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "Rules by markets."))]
pub struct Matrix {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyRef,
    /// The columns; `null`, the first, is the policy without overlays.
    pub markets: Vec<Option<String>>,
    /// The rows, by rule.
    pub rules: Vec<MatrixRow>,
    /// What each market changes itself, by market and rule.
    pub changes: Vec<MatrixChange>,
}

/// One rule in all markets.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// markets:
///   - market: BR
///     rules: [{id: bicho, when: any text has "jogo do bicho", effect: {routing: review}}]
/// "#;
/// let matrix = show::matrix(&policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let row = &matrix.rules[0];
/// assert_eq!((row.rule.as_str(), row.cells.len()), ("bicho", matrix.markets.len()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "One rule in all markets."))]
pub struct MatrixRow {
    /// The rule.
    pub rule: String,
    /// A cell for each column.
    pub cells: Vec<MatrixCell>,
}

/// One rule in one market.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - market: BR
///     overrides: [{rule: lottery, effect: {routing: escalate}, reason: Needs a licence.}]
///     rules: [{id: bicho, when: any text has "jogo do bicho", effect: {routing: review}}]
/// "#;
/// let matrix = show::matrix(&policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let [bicho, lottery] = &matrix.rules[..] else { return Err("two rules".into()) };
/// assert_eq!((bicho.cells[0].stage.as_deref(), bicho.cells[1].stage.as_deref()), (None, Some("live")));
/// assert_eq!((&bicho.cells[1].differs[..], &lottery.cells[1].differs[..]), (&["rule".to_owned()][..], &["effect.routing".to_owned()][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "One rule in one market."))]
pub struct MatrixCell {
    /// Its stage; `null` where it does not exist.
    pub stage: Option<String>,
    /// What differs from the policy without overlays, by key (`stage`, `when`, `effect.AXIS`, …); `rule` where only this market
    /// and those below it have the rule.
    pub differs: Vec<String>,
}

/// What a market changes itself.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - {market: BR, overrides: [{rule: lottery, effect: {routing: escalate}, reason: Needs a licence.}]}
/// "#;
/// let matrix = show::matrix(&policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let change = &matrix.changes[0];
/// assert_eq!((change.market.as_str(), change.rule.as_str(), change.key.as_str()), ("BR", "lottery", "effect.routing"));
/// assert_eq!((change.was.as_deref(), change.value.as_str()), (Some("review"), "escalate"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "What a market changes itself."))]
pub struct MatrixChange {
    /// The market.
    pub market: String,
    /// The rule.
    pub rule: String,
    /// What is changed.
    pub key: String,
    /// The value above; `null` where there was none.
    pub was: Option<String>,
    /// The value in the market.
    pub value: String,
    /// Where that is written.
    pub place: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// All rules in all markets.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - {market: BR, overrides: [{rule: lottery, stage: off, reason: Licensed here.}]}
///   - {market: DE}
/// "#;
/// let matrix = show::matrix(&policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// // The cells in which a market is not as the rest of the world.
/// for (market, cell) in matrix.markets.iter().zip(&matrix.rules[0].cells) {
///     assert_eq!(cell.differs.is_empty(), market.as_deref() != Some("BR"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn matrix(policy: &Policy) -> Matrix {
    matrix_in(policy, None)
}

/// As [`matrix`], with reasons in a language, as in [`effective_in`](super::effective_in).
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: lottery, when: any text has "lottery", effect: {routing: review}}]
/// markets: [{market: BR, overrides: [{rule: lottery, stage: off, reason: {en: Licensed here., pt: Com licença.}}]}]
/// "#;
/// let matrix = show::matrix_in(&policy::load_str("demo.yaml", text).policy.ok_or("no errors")?, Some("pt"));
/// assert_eq!(matrix.changes[0].reason.as_deref(), Some("Com licença."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn matrix_in(policy: &Policy, lang: Option<&str>) -> Matrix {
    let ids: Vec<MarketId> = (0..u32::try_from(policy.markets.len()).unwrap_or(u32::MAX)).map(MarketId).collect();
    let columns: Vec<Option<MarketId>> = std::iter::once(None).chain(ids.iter().copied().map(Some)).collect();
    // By column, by rule.
    let mut all: Vec<Vec<Option<Lines>>> = Vec::new();
    for market in &columns {
        let mut column = vec![None; policy.rules.len()];
        for rule in policy.effective(*market) {
            if let Some(place) = column.get_mut(rule.rule.index()) {
                *place = Some(lines(policy, &rule));
            }
        }
        all.push(column);
    }
    let cell = |column: usize, rule: usize| all.get(column).and_then(|column| column.get(rule)).and_then(Option::as_ref);
    let rows = policy.rules.iter().enumerate().map(|(at, rule)| MatrixRow {
        rule: rule.name.clone(),
        cells: (0..columns.len())
            .map(|column| MatrixCell {
                stage: cell(column, at).and_then(|lines| lines.get("stage").cloned()),
                differs: match (cell(0, at), cell(column, at)) {
                    (Some(global), Some(here)) => differing(global, here),
                    (None, Some(_)) => vec!["rule".to_owned()],
                    _ => Vec::new(),
                },
            })
            .collect(),
    });
    let mut changes = Vec::new();
    for id in &ids {
        let shown = effective_in(policy, Some(*id), lang);
        let market = shown.market.clone().unwrap_or_default();
        for rule in shown.rules {
            let mine = rule.lines.into_iter().filter_map(|line| Some((line.changed.clone().filter(|by| by.market == market)?, line)));
            changes.extend(mine.map(|(by, line)| MatrixChange {
                market: market.clone(),
                rule: rule.rule.clone(),
                key: line.key,
                was: by.was,
                value: line.value,
                place: line.place,
                reason: by.reason,
            }));
        }
    }
    Matrix {
        format: FORMAT,
        policy: decision::policy_ref(policy),
        markets: columns.iter().map(|market| market.map(|market| super::market_name(policy, market))).collect(),
        rules: rows.collect(),
        changes,
    }
}

fn differing(global: &Lines, here: &Lines) -> Vec<String> {
    let mut keys: Vec<String> = global.keys().chain(here.keys()).filter(|key| global.get(*key) != here.get(*key)).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_inherits_and_changes() {
        let policy = tribunal_policy::load_str("t.yaml", super::super::tests::POLICY).policy.unwrap();
        let matrix = matrix(&policy);
        assert_eq!(matrix.markets, [None, Some("LATAM".to_owned()), Some("BR".to_owned()), Some("BR-SP".to_owned())]);
        let differs: Vec<&[String]> = matrix.rules[0].cells.iter().map(|cell| cell.differs.as_slice()).collect();
        assert_eq!(
            differs,
            [
                &[][..],
                &["when".to_owned()],
                &["effect.distribution".to_owned(), "when".to_owned()],
                &["effect.distribution".to_owned(), "unless".to_owned(), "when".to_owned()]
            ]
        );
        let changes: Vec<(&str, &str)> = matrix.changes.iter().map(|change| (change.market.as_str(), change.key.as_str())).collect();
        assert_eq!(changes, [("LATAM", "or"), ("BR", "and"), ("BR", "effect.distribution"), ("BR-SP", "when"), ("BR-SP", "unless")]);
    }
}
