//! What a replay has shown, taken from its report: how much more or less there will be. Numbers are the replay's own; nothing is
//! computed here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::PolicyName;

/// The format of the reports that can be read.
const FORMAT: &str = "tribunal-report/1";

/// Figures of a replay of the same two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// How the items were drawn, and how many they are.
    pub design: String,
    /// What has to be known before the figures.
    pub caveats: Vec<String>,
    /// One line a figure.
    pub lines: Vec<ForecastLine>,
}

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastLine {
    /// Of what.
    pub what: String,
    /// Before, where there is one.
    pub old: String,
    /// After.
    pub new: String,
}

/// Why a report cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForecastError {
    /// It is not the JSON of a replay.
    #[error("this is no report.json of `tribunal replay`: {0}")]
    NotAReport(String),
    /// It is of another form.
    #[error("the report is `{0}`, not `{FORMAT}`: run the replay again with this program")]
    OtherFormat(String),
    /// It is about another policy.
    #[error("the report is about {side} {found}, not {expected}: run the replay again")]
    OtherPolicy {
        /// `the old policy` or `the new policy`.
        side: &'static str,
        /// The digest in the report.
        found: String,
        /// The digest of the policy given.
        expected: String,
    },
}

/// Reads the figures of a report about these two versions.
///
/// # Errors
///
/// [`ForecastError`] when it is no report, or one about something else.
pub fn forecast(json: &str, old: &PolicyName, new: &PolicyName) -> Result<Forecast, ForecastError> {
    let report: Value = serde_json::from_str(json).map_err(|error| ForecastError::NotAReport(error.to_string()))?;
    let format = report.get("format").and_then(Value::as_str).ok_or_else(|| ForecastError::NotAReport("it has no `format`".to_owned()))?;
    if format != FORMAT {
        return Err(ForecastError::OtherFormat(format.chars().take(40).collect()));
    }
    for (side, key, policy) in [("the old policy", "old", old), ("the new policy", "new", new)] {
        let found = report.pointer(&format!("/manifest/{key}/digest")).and_then(Value::as_str).unwrap_or("no policy");
        if found != policy.digest {
            let short = |digest: &str| digest.chars().take(11).collect::<String>();
            return Err(ForecastError::OtherPolicy { side, found: short(found), expected: short(&policy.digest) });
        }
    }
    let mut found = Forecast { design: design(&report), ..Forecast::default() };
    found.caveats = report.get("caveats").and_then(Value::as_array).into_iter().flatten().filter_map(|line| Some(line.as_str()?.to_owned())).collect();
    let mut push = |what: String, old: Option<&Value>, new: Option<&Value>| {
        if let Some(new) = new {
            found.lines.push(ForecastLine { what, old: old.map(rate).unwrap_or_default(), new: rate(new) });
        }
    };
    for (what, key) in [("another decision", "changed"), ("a stricter one", "stricter"), ("a milder one", "milder"), ("stricter and milder in one", "other")] {
        push(what.to_owned(), None, report.pointer(&format!("/changes/{key}")));
    }
    for row in report.get("decisions").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        push(format!("{}: {}", text("axis"), text("value")), row.get("old").filter(|old| !old.is_null()), row.get("new"));
    }
    push("to be reviewed".to_owned(), report.pointer("/review/old").filter(|old| !old.is_null()), report.pointer("/review/new"));
    Ok(found)
}

fn design(report: &Value) -> String {
    let items = report.pointer("/sample/items").and_then(Value::as_u64).unwrap_or(0);
    let words = match report.pointer("/manifest/design").and_then(Value::as_str).unwrap_or("none") {
        "none" => "items that nobody has drawn: shares of these items, without intervals",
        "census" => "all items there are",
        "simple" => "items of a simple random sample",
        "poisson" => "items drawn each by its own chance",
        "stratified" => "items of a stratified sample",
        _ => "items",
    };
    let level = report.pointer("/manifest/level").and_then(Value::as_f64).unwrap_or(0.95);
    format!("{items} {words}; intervals of {:.0} %", level * 100.0)
}

/// A share, with its interval where there is one.
fn rate(value: &Value) -> String {
    let number = |key: &str| value.get(key).and_then(Value::as_f64);
    let whole = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let interval = number("lo").zip(number("hi")).map_or_else(String::new, |(lo, hi)| format!(" ({} to {})", percent(lo), percent(hi)));
    match value.get("status").and_then(Value::as_str).unwrap_or("") {
        "not_estimable" => "not known".to_owned(),
        "upper_bound" => number("hi").map_or_else(|| format!("none of {}", whole("n")), |hi| format!("none of {}, at most {}", whole("n"), percent(hi))),
        "too_few" => format!("{} of {}", whole("k"), whole("n")),
        _ => number("estimate").map_or_else(|| format!("{} of {}", whole("k"), whole("n")), |share| format!("{}{interval}", percent(share))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(digest: &str) -> PolicyName {
        PolicyName { id: "p".to_owned(), version: "1".to_owned(), digest: digest.to_owned() }
    }

    fn report() -> Value {
        serde_json::json!({
            "format": FORMAT,
            "manifest": {"old": {"digest": "b3:a"}, "new": {"digest": "b3:b"}, "design": "simple", "level": 0.95},
            "sample": {"items": 1000},
            "caveats": ["Labels are older than the policy."],
            "changes": {"changed": {"k": 12, "n": 1000, "estimate": 0.012, "lo": 0.0069, "hi": 0.0208}, "milder": {"k": 0, "n": 1000, "hi": 0.003, "status": "upper_bound"}},
            "decisions": [{"axis": "distribution", "value": "removed", "old": {"estimate": 0.1}, "new": {"estimate": 0.2}}, {"axis": "routing", "value": "review", "old": null, "new": {"status": "not_estimable"}}],
            "review": {"old": {"k": 3, "n": 9, "status": "too_few"}, "new": {"k": 4, "n": 9, "status": "too_few"}}
        })
    }

    #[test]
    fn figures_are_those_of_the_replay() {
        let found = forecast(&report().to_string(), &policy("b3:a"), &policy("b3:b")).unwrap();
        assert_eq!(found.design, "1000 items of a simple random sample; intervals of 95 %");
        assert_eq!(found.caveats, ["Labels are older than the policy."]);
        let lines: Vec<(&str, &str, &str)> = found.lines.iter().map(|line| (line.what.as_str(), line.old.as_str(), line.new.as_str())).collect();
        assert_eq!(
            lines,
            [
                ("another decision", "", "1.20 % (0.69 % to 2.08 %)"),
                ("a milder one", "", "none of 1000, at most 0.30 %"),
                ("distribution: removed", "10.00 %", "20.00 %"),
                ("routing: review", "", "not known"),
                ("to be reviewed", "3 of 9", "4 of 9"),
            ]
        );
    }

    #[test]
    fn a_report_of_something_else_is_refused() {
        let (old, new) = (policy("b3:a"), policy("b3:b"));
        let turned = forecast(&report().to_string(), &new, &old);
        assert!(matches!(turned, Err(ForecastError::OtherPolicy { side: "the old policy", .. })), "{turned:?}");
        let mut other = report();
        other["format"] = Value::from("tribunal-report/9");
        assert!(matches!(forecast(&other.to_string(), &old, &new), Err(ForecastError::OtherFormat(_))));
        for text in ["", "[]", "{}", "{\"format\": 1}"] {
            assert!(matches!(forecast(text, &old, &new), Err(ForecastError::NotAReport(_))), "{text}");
        }
    }
}
