//! Explanations as text for a moderator.

use std::fmt::Write as _;

use tribunal_policy::render::neutral_line;

use crate::decision::{AxisValue, Hit};
use crate::explanation::{ConditionExplanation, Explanation, RuleExplanation};

impl Explanation {
    /// A page for a moderator. Control characters of the item are made visible; hits stand between `[` and `]`.
    ///
    /// ```
    /// let moderator = tribunal::Moderator::from_text(r#"
    /// policy: {id: demo, version: "1"}
    /// terms: {firearms: [glock]}
    /// rules:
    ///   - {id: gun, clause: "5.1", when: any text has firearms, effect: {routing: review}}
    /// "#)?;
    /// let page = moderator.explain_json(r#"{"id": "7", "caption": "selling my gl0ck"}"#)?.to_text();
    /// assert!(page.starts_with("item 7\npolicy demo 1 b3:"));
    /// assert!(page.contains("gun — fired · clause 5.1"));
    /// assert!(page.contains("caption: selling my [gl0ck]"));
    /// # Ok::<(), tribunal::Error>(())
    /// ```
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let decision = &self.decision;
        let market = decision.market.as_deref().map_or_else(String::new, |market| format!(", market {market}"));
        let _ = writeln!(out, "item {}{market}", neutral_line(decision.id.as_deref().unwrap_or("without id")));
        let digest: String = decision.policy.digest.chars().take(11).collect();
        let _ = writeln!(out, "policy {} {} {digest}…", decision.policy.id, neutral_line(&decision.policy.version));
        out.push_str("decision");
        for (axis, value) in &decision.decision {
            let _ = write!(out, "  {axis}: {}", value_text(value));
        }
        out.push('\n');
        if let Some(why) = &decision.incomplete {
            let _ = writeln!(out, "the item is over a limit ({why}): part of it was not judged");
        }
        if let Some(market) = &decision.problems.unknown_market {
            let _ = writeln!(out, "the market {} is not one of the policy's: judged without overlays", neutral_line(market));
        }
        if !decision.problems.wrong_type.is_empty() {
            let _ = writeln!(out, "fields of a wrong type, taken as unknown: {}", decision.problems.wrong_type.join(", "));
        }
        if self.rules.is_empty() {
            out.push_str("\nno rule fired, and none was left unjudged\n");
        }
        for rule in &self.rules {
            self.rule(&mut out, rule);
        }
        if !self.nearest.is_empty() {
            out.push_str("\nnearest misses: one condition short\n");
        }
        for miss in &self.nearest {
            let seen = if miss.seen.is_empty() { String::new() } else { format!(" ({})", neutral_line(&miss.seen.join(", "))) };
            let _ = writeln!(out, "  {}: would have needed {}{seen}", miss.rule, negated(&miss.condition));
            for hit in &miss.hits {
                let _ = writeln!(out, "      {}", hit_text(hit));
            }
        }
        out
    }

    fn rule(&self, out: &mut String, rule: &RuleExplanation) {
        let clause = rule.clause.as_deref().map_or_else(String::new, |clause| format!(" · clause {}", neutral_line(clause)));
        let title = rule.title.as_deref().map_or_else(String::new, |title| format!(" · {}", neutral_line(title)));
        let outcome = match (rule.outcome.as_str(), rule.stage.as_str()) {
            ("fired", "shadow") => "fired in shadow, without effect",
            ("fired", _) => "fired",
            ("exempt", _) => "did not fire: an exception holds",
            _ => "not judged",
        };
        let _ = writeln!(out, "\n{} — {outcome}{clause}{title}", rule.rule);
        if !rule.effect.is_empty() && rule.outcome != "exempt" {
            let effects: Vec<String> = rule.effect.iter().map(|(axis, value)| format!("{axis}: {}", value_text(value))).collect();
            let because = if rule.because.is_some() { " (because it could not be judged)" } else { "" };
            let verb = if rule.outcome == "fired" && rule.stage == "live" || rule.because.is_some() { "effect" } else { "effect if it fires live" };
            let _ = writeln!(out, "  {verb}  {}{because}", effects.join("  "));
        }
        for overlay in &rule.overlays {
            let basis = overlay.legal_basis.as_deref().map_or_else(String::new, |basis| format!(" [{}]", neutral_line(basis)));
            let _ = writeln!(out, "  changed by {}: {}{basis}", overlay.market, neutral_line(&overlay.reason));
        }
        let mut fields: Vec<&str> = rule.hits.iter().map(|hit| hit.field.as_str()).collect();
        fields.dedup();
        for field in fields {
            if let Some(text) = self.texts.get(field) {
                let hits: Vec<&Hit> = rule.hits.iter().filter(|hit| hit.field == field).collect();
                let _ = writeln!(out, "  {field}: {}", marked(text, &hits));
            }
        }
        if !rule.missing.is_empty() {
            let _ = writeln!(out, "  not judged for want of {}", rule.missing.join(", "));
        }
        out.push_str("  condition\n");
        condition(out, &rule.when, 2);
        for exception in &rule.exceptions {
            let reason = exception.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", neutral_line(reason)));
            let _ = writeln!(out, "  exception {} ({}){reason}", exception.exception, exception.does);
            condition(out, &exception.when, 2);
        }
    }
}

fn condition(out: &mut String, step: &ConditionExplanation, depth: usize) {
    let truth = match step.truth.as_str() {
        "true" => "yes",
        "false" => "no",
        _ => "not judged",
    };
    let seen = if step.seen.is_empty() { String::new() } else { format!("   saw {}", neutral_line(&step.seen.join(", "))) };
    let missing = if step.missing.is_empty() { String::new() } else { format!("   for want of {}", step.missing.join(", ")) };
    let text = match step.text.as_str() {
        "and" => "all of:",
        "or" => "one of:",
        "not" => "not:",
        text => text,
    };
    let _ = writeln!(out, "{:indent$}{truth:<10}  {}{seen}{missing}", "", neutral_line(text), indent = depth * 2);
    for hit in &step.hits {
        let _ = writeln!(out, "{:indent$}{:12}{}", "", "", hit_text(hit), indent = depth * 2);
    }
    for part in &step.parts {
        condition(out, part, depth + 1);
    }
}

fn hit_text(hit: &Hit) -> String {
    let undone = if hit.undone.is_empty() { String::new() } else { format!(", undone: {}", hit.undone.join(", ")) };
    let list = if hit.list.starts_with(['"', '/']) { String::new() } else { format!(" of {}", hit.list) };
    format!("{} {}..{} “{}” is {}{list} ({}){undone}", hit.field, hit.start, hit.end, neutral_line(&hit.text), neutral_line(&hit.term), hit.source)
}

fn value_text(value: &AxisValue) -> String {
    match value {
        AxisValue::Level(level) => level.clone(),
        AxisValue::Labels(labels) if labels.is_empty() => "none".to_owned(),
        AxisValue::Labels(labels) => labels.join(" + "),
    }
}

/// What would have had to hold.
fn negated(condition: &str) -> String {
    format!("“{}” to be the other way round", neutral_line(condition))
}

/// The text with its hits between brackets; overlapping ones share a pair. Long texts are cut to the neighbourhood.
fn marked(text: &str, hits: &[&Hit]) -> String {
    let mut spans: Vec<(usize, usize)> = hits.iter().map(|hit| (hit.start as usize, hit.end as usize)).collect();
    spans.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut() {
            Some((_, last)) if start < *last => *last = (*last).max(end),
            _ => joined.push((start, end)),
        }
    }
    let mut out = String::new();
    let mut at = 0;
    for (start, end) in joined {
        let before = text.get(at..start).unwrap_or("");
        out.push_str(&neutral_line(&near(before, at == 0)));
        let _ = write!(out, "[{}]", neutral_line(text.get(start..end).unwrap_or("")));
        at = end;
    }
    let rest = text.get(at..).unwrap_or("");
    let short: String = rest.chars().take(60).collect();
    out.push_str(&neutral_line(&short));
    if short.len() < rest.len() {
        out.push('…');
    }
    out
}

/// The last characters of a long stretch before a hit.
fn near(text: &str, first: bool) -> String {
    let count = text.chars().count();
    if count <= 80 {
        return text.to_owned();
    }
    let tail: String = text.chars().skip(count - 40).collect();
    if first {
        return format!("…{tail}");
    }
    let head: String = text.chars().take(40).collect();
    format!("{head}…{tail}")
}
