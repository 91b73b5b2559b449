//! A policy's own tests: the examples of its rules, and its labelled items.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use tribunal_core::{Call, Engine, Limits, Scratch, Truth};
use tribunal_policy::model::{AxisKind, Example, Stage, Target, TestLine};
use tribunal_policy::{Policy, RuleId, suggest};

use crate::decision::{self, AxisValue, Decision, FORMAT, PolicyRef};
use crate::error::Error;
use crate::json::{JsonItem, Schema};

/// What a policy's own tests showed.
///
/// ```
/// use std::sync::Arc;
/// use tribunal::{TestCount, policy, run_tests};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - id: gun
///     when: any text has "glock"
///     effect: {routing: review}
///     examples: {violates: [my GLOCK], allowed: [my glockenspiel]}
/// "#;
/// let policy = Arc::new(policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let report = run_tests(&policy)?;
/// assert!(report.passed());
/// assert_eq!((report.examples, report.items), (TestCount { run: 2, failed: 0 }, TestCount::default()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "What a policy's own tests showed."))]
pub struct TestReport {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyRef,
    /// Examples of rules.
    pub examples: TestCount,
    /// Lines of `tests/*.jsonl`.
    pub items: TestCount,
    /// Tests that cannot be run as they are written.
    pub broken: Vec<BrokenTest>,
    /// Tests that came out otherwise.
    pub failures: Vec<TestFailure>,
}

/// How many tests of a kind there are.
///
/// ```
/// use tribunal::TestCount;
///
/// let count = TestCount { run: 40, failed: 1 };
/// assert_eq!(serde_json::to_string(&count)?, r#"{"run":40,"failed":1}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "How many tests of a kind there are."))]
pub struct TestCount {
    /// Run, broken ones not counted.
    pub run: u64,
    /// Of these, came out otherwise.
    pub failed: u64,
}

/// A test that cannot be run.
///
/// ```
/// use std::{collections::BTreeMap, sync::Arc};
/// use tribunal::{policy, run_tests};
///
/// let files = BTreeMap::from([
///     ("policy.yaml".to_owned(), b"policy: {id: demo, version: '1'}".to_vec()),
///     ("tests/a.jsonl".to_owned(), br#"{"item": {"caption": "hello"}, "expect": {"routng": "none"}}"#.to_vec()),
/// ]);
/// let report = run_tests(&Arc::new(policy::load_files(files).policy.ok_or("no errors")?))?;
/// assert_eq!(report.broken[0].place, "tests/a.jsonl:1");
/// assert!(report.broken[0].message.contains("did you mean `routing`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A test that cannot be run."))]
pub struct BrokenTest {
    /// `tests/markets.jsonl:7`.
    pub place: String,
    /// Why not.
    pub message: String,
}

/// A test that came out otherwise.
///
/// ```
/// use std::{collections::BTreeMap, sync::Arc};
/// use tribunal::{policy, run_tests};
///
/// let files = BTreeMap::from([
///     ("policy.yaml".to_owned(), b"policy: {id: demo, version: '1'}".to_vec()),
///     ("tests/a.jsonl".to_owned(), br#"{"item": {"id": "7", "caption": "my glock"}, "expect": {"routing": "review"}}"#.to_vec()),
/// ]);
/// let report = run_tests(&Arc::new(policy::load_files(files).policy.ok_or("no errors")?))?;
/// let failure = &report.failures[0];
/// assert_eq!((failure.place.as_str(), failure.kind.as_str(), failure.id.as_deref()), ("tests/a.jsonl:1", "item", Some("7")));
/// assert_eq!((&failure.differences[0].expected[..], &failure.differences[0].found[..]), (&["review".to_owned()][..], &["none".to_owned()][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A test that came out otherwise."))]
pub struct TestFailure {
    /// Where it is written, `rules/safety.yaml:31`.
    pub place: String,
    /// `example` or `item`.
    pub kind: String,
    /// The rule of an example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The id of the item, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The item as JSON.
    pub item: String,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What may have led to it: an unknown market, fields of a wrong type, rules that could not be judged.
    pub notes: Vec<String>,
}

/// One expectation that was not met.
///
/// ```
/// use std::sync::Arc;
/// use tribunal::{Difference, policy, run_tests};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: any text has "glock", effect: {routing: review}, examples: {violates: [my bike]}}
/// "#;
/// let report = run_tests(&Arc::new(policy::load_str("demo.yaml", text).policy.ok_or("no errors")?))?;
/// let expected = Difference { what: "fires".into(), expected: vec!["fires".into()], found: vec!["does not fire".into()] };
/// assert_eq!(report.failures[0].differences, [expected]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "One expectation that was not met."))]
pub struct Difference {
    /// An axis, `rules`, `has_rules`, `not_rules`, or `fires` for an example.
    pub what: String,
    /// What was written.
    pub expected: Vec<String>,
    /// What came out; of `has_rules` and `not_rules` all rules that fired.
    pub found: Vec<String>,
}

impl TestReport {
    /// Whether every test could be run and came out as written.
    pub fn passed(&self) -> bool {
        self.broken.is_empty() && self.failures.is_empty()
    }
}

/// Runs the examples of every rule, as if it were live and in its dates, and every labelled item.
///
/// ```
/// use std::sync::Arc;
/// use tribunal::{policy, run_tests};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - id: minor-vape
///     stage: draft
///     when: any text has "vape" and author.age < 18
///     effect: {distribution: removed}
///     examples:
///       violates: [{caption: my new vape, author.age: 16}]
///       allowed: [{caption: my new bike, author.age: 16}]
/// "#;
/// // A rule that is still a draft decides nothing, but its examples are run.
/// let report = run_tests(&Arc::new(policy::load_str("demo.yaml", text).policy.ok_or("no errors")?))?;
/// assert!(report.passed() && report.examples.run == 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::Compile`] when no engine can be built of the policy.
pub fn run_tests(policy: &Arc<Policy>) -> Result<TestReport, Error> {
    let schema = Schema::new(policy);
    let rehearsal = Engine::rehearsal(Arc::clone(policy), Limits::default()).map_err(Error::Compile)?;
    let engine = Engine::new(Arc::clone(policy), Limits::default()).map_err(Error::Compile)?;
    let mut report = TestReport {
        format: FORMAT,
        policy: decision::policy_ref(policy),
        examples: TestCount::default(),
        items: TestCount::default(),
        broken: Vec::new(),
        failures: Vec::new(),
    };
    let mut runner = Runner { policy, schema, scratch: Scratch::new() };
    for (at, rule) in policy.rules.iter().enumerate() {
        let id = RuleId(u32::try_from(at).unwrap_or(u32::MAX));
        if is_off(policy, id) {
            continue;
        }
        let examples = rule.examples.violates.iter().map(|example| (example, true));
        for (example, expected) in examples.chain(rule.examples.allowed.iter().map(|example| (example, false))) {
            runner.example(&rehearsal, id, example, expected, &mut report);
        }
    }
    for line in &policy.tests {
        runner.line(&engine, line, &mut report);
    }
    Ok(report)
}

/// Off, and nowhere given another stage: its examples are not run.
fn is_off(policy: &Policy, rule: RuleId) -> bool {
    let off = policy.rules.get(rule.index()).is_some_and(|rule| rule.stage == Stage::Off);
    let mut overrides = policy.markets.iter().flat_map(|market| &market.overrides);
    off && !overrides.any(|change| matches!(&change.target, Target::Rule(id, change) if *id == rule && change.stage.is_some()))
}

struct Runner<'p> {
    policy: &'p Policy,
    schema: Schema,
    scratch: Scratch,
}

impl Runner<'_> {
    fn example(&mut self, engine: &Engine, rule: RuleId, example: &Example, expected: bool, report: &mut TestReport) {
        let sources = &self.policy.sources;
        let place = format!("{}:{}", sources.path(example.span.file), sources.line(example.span));
        let item = match JsonItem::parse(&self.schema, &example.item) {
            Ok(item) => item,
            Err(error) => {
                report.broken.push(BrokenTest { place, message: format!("this example is no item: {error}") });
                return;
            }
        };
        report.examples.run += 1;
        let truth = engine.fires(rule, &item, Call::default(), &mut self.scratch);
        if (truth == Truth::True) == expected {
            return;
        }
        report.examples.failed += 1;
        let said = |fires: bool| if fires { "fires" } else { "does not fire" }.to_owned();
        let found = if truth == Truth::Unknown { "cannot be judged".to_owned() } else { said(truth == Truth::True) };
        let scope = self.policy.rules.get(rule.index()).and_then(|rule| rule.scope).and_then(|market| self.policy.markets.get(market.index()));
        let notes =
            scope.filter(|_| expected).map(|market| format!("the rule is in force in {} and below only: the example has to name a market", market.name));
        report.failures.push(TestFailure {
            place,
            kind: "example".to_owned(),
            rule: Some(decision::rule_name(self.policy, rule)),
            id: item.id().map(str::to_owned),
            item: example.item.clone(),
            differences: vec![Difference { what: "fires".to_owned(), expected: vec![said(expected)], found: vec![found] }],
            notes: notes.into_iter().collect(),
        });
    }

    fn line(&mut self, engine: &Engine, line: &TestLine, report: &mut TestReport) {
        let text = self.policy.sources.slice(line.span);
        let place = format!("{}:{}", self.policy.sources.path(line.span.file), line.line);
        let labelled = match Labelled::read(text, self.policy) {
            Ok(labelled) => labelled,
            Err(message) => {
                report.broken.push(BrokenTest { place, message });
                return;
            }
        };
        let item = match JsonItem::parse(&self.schema, labelled.item) {
            Ok(item) => item,
            Err(error) => {
                report.broken.push(BrokenTest { place, message: format!("this item cannot be read: {error}") });
                return;
            }
        };
        report.items.run += 1;
        let verdict = engine.classify(&item, Call::default(), &mut self.scratch);
        let decided = decision::decision(engine, &item, verdict);
        let differences: Vec<Difference> = labelled.expect.into_iter().filter_map(|expected| expected.differs(&decided)).collect();
        if differences.is_empty() {
            return;
        }
        report.items.failed += 1;
        report.failures.push(TestFailure {
            place,
            kind: "item".to_owned(),
            rule: None,
            id: decided.id.clone(),
            item: labelled.item.to_owned(),
            differences,
            notes: notes(&decided),
        });
    }
}

/// What may have led to another decision than the one expected.
fn notes(decided: &Decision) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(market) = &decided.problems.unknown_market {
        notes.push(format!("the policy has no market `{market}`: decided without overlays"));
    }
    for field in &decided.problems.wrong_type {
        notes.push(format!("`{field}` has a wrong type and is taken as unknown"));
    }
    for unjudged in decided.unknown.iter().chain(&decided.pending) {
        notes.push(format!("`{}` was not judged for want of {}", unjudged.rule, unjudged.missing.join(", ")));
    }
    if let Some(why) = &decided.incomplete {
        notes.push(format!("item over a limit: {why}"));
    }
    notes
}

/// A line of `tests/*.jsonl`.
struct Labelled<'a> {
    item: &'a str,
    expect: Vec<Expected>,
}

/// One thing a line expects; names sorted.
struct Expected {
    what: String,
    kind: Kind,
    names: Vec<String>,
}

enum Kind {
    Axis,
    Rules,
    HasRules,
    NotRules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow)]
    item: &'a RawValue,
    expect: Pairs,
}

/// An object that may not repeat a key.
struct Pairs(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs: Vec<(String, Json)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Json>()? {
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(serde::de::Error::custom(format_args!("the key `{}` stands twice", key.escape_debug())));
                    }
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl<'a> Labelled<'a> {
    fn read(text: &'a str, policy: &Policy) -> Result<Labelled<'a>, String> {
        let raw: Raw<'a> = serde_json::from_str(text).map_err(|error| format!("this line is no `{{\"item\": {{…}}, \"expect\": {{…}}}}`: {error}"))?;
        let expect = raw.expect.0.into_iter().map(|(key, value)| Expected::read(key, &value, policy)).collect::<Result<Vec<_>, _>>()?;
        if expect.is_empty() {
            return Err("`expect` is empty: the line tests nothing".to_owned());
        }
        Ok(Labelled { item: raw.item.get(), expect })
    }
}

impl Expected {
    fn read(what: String, value: &Json, policy: &Policy) -> Result<Expected, String> {
        let kind = match what.as_str() {
            "rules" => Kind::Rules,
            "has_rules" => Kind::HasRules,
            "not_rules" => Kind::NotRules,
            axis if policy.axis(axis).is_some() => Kind::Axis,
            other => {
                let keys = policy.axes.iter().map(|axis| axis.name.as_str()).chain(["rules", "has_rules", "not_rules"]);
                return Err(unknown("`expect` has no key", other, keys));
            }
        };
        let axis = policy.axis(&what).and_then(|axis| policy.axes.get(axis.index()));
        let level = matches!((&kind, axis.map(|axis| &axis.kind)), (Kind::Axis, Some(AxisKind::Ordered(_))));
        let mut names: Vec<String> = match value {
            Json::String(name) if matches!(kind, Kind::Axis) => vec![name.clone()],
            Json::Array(names) if !level => {
                let texts = names.iter().map(|name| name.as_str().map(str::to_owned));
                texts.collect::<Option<_>>().ok_or_else(|| format!("`{what}` holds something that is no text"))?
            }
            _ if level => return Err(format!("`{what}` expects one of its values, as a text")),
            _ => return Err(format!("`{what}` expects a list of names")),
        };
        names.sort();
        names.dedup();
        for name in &names {
            match (&kind, axis.map(|axis| &axis.kind)) {
                (Kind::Axis, Some(AxisKind::Ordered(values))) if !values.contains(name) => {
                    return Err(unknown(&format!("the axis `{what}` has no value"), name, values.iter().map(String::as_str)));
                }
                (Kind::Axis, Some(AxisKind::Set(Some(labels)))) if !labels.contains(name) => {
                    return Err(unknown(&format!("the axis `{what}` has no label"), name, labels.iter().map(String::as_str)));
                }
                (Kind::Axis, _) => {}
                _ if policy.rule(name).is_none() => {
                    return Err(unknown("there is no rule", name, policy.rules.iter().map(|rule| rule.name.as_str())));
                }
                _ => {}
            }
        }
        Ok(Expected { what, kind, names })
    }

    fn differs(self, decided: &Decision) -> Option<Difference> {
        let fired = || decided.rules.clone();
        let all: BTreeSet<&String> = decided.rules.iter().collect();
        let (agrees, found) = match self.kind {
            Kind::Rules => (self.names == decided.rules, fired()),
            Kind::HasRules => (self.names.iter().all(|name| all.contains(name)), fired()),
            Kind::NotRules => (!self.names.iter().any(|name| all.contains(name)), fired()),
            Kind::Axis => {
                let found = match decided.decision.get(&self.what) {
                    Some(AxisValue::Level(level)) => vec![level.clone()],
                    Some(AxisValue::Labels(labels)) => labels.clone(),
                    None => Vec::new(),
                };
                (self.names == found, found)
            }
        };
        if agrees { None } else { Some(Difference { what: self.what, expected: self.names, found }) }
    }
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let help = suggest::did_you_mean(name, known).map_or_else(String::new, |help| format!("; {help}"));
    format!("{what} `{name}`{help}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn run(rule: &str, lines: &str) -> TestReport {
        let policy = format!(
            "policy: {{id: t, version: '1'}}\nterms: {{firearms: [glock]}}\nrules:\n  - {{id: gun, stage: live, when: caption has firearms and author.age < 18, effect: {{routing: review}}, {rule}}}\n"
        );
        let files = BTreeMap::from([("policy.yaml".to_owned(), policy.into_bytes()), ("tests/a.jsonl".to_owned(), lines.as_bytes().to_vec())]);
        let loaded = tribunal_policy::load_files(files);
        run_tests(&Arc::new(loaded.policy.unwrap())).unwrap()
    }

    #[test]
    fn examples_are_run() {
        let report = run("examples: {violates: [{caption: gl0ck, author.age: 17}, glock], allowed: [glockenspiel, {caption: glock, author.age: 12}]}", "");
        assert_eq!(report.examples, TestCount { run: 4, failed: 2 });
        assert_eq!(report.failures[0].differences[0].found, ["cannot be judged"]);
        assert_eq!(report.failures[0].place, "policy.yaml:4");
        assert_eq!(report.failures[1].differences[0].expected, ["does not fire"]);
        assert!(!report.passed());
    }

    #[test]
    fn a_rule_that_is_off_everywhere_has_no_examples_to_run() {
        let examples = |markets: &str| {
            let text = format!(
                "policy: {{id: t, version: '1'}}\nrules:\n  - {{id: gun, stage: off, when: caption has \"glock\", effect: {{routing: review}}, examples: {{violates: [a, glock]}}}}\n{markets}"
            );
            run_tests(&Arc::new(tribunal_policy::load_str("t.yaml", &text).policy.unwrap())).unwrap().examples
        };
        assert_eq!(examples(""), TestCount { run: 0, failed: 0 });
        let live = "markets:\n  - {market: BR, overrides: [{rule: gun, stage: live, reason: Local law.}]}\n";
        assert_eq!(examples(live), TestCount { run: 2, failed: 1 });
    }

    #[test]
    fn only_what_is_written_is_checked() {
        let report = run(
            "title: x",
            concat!(
                "{\"item\": {\"id\": 7, \"caption\": \"glock\", \"author\": {\"age\": 9}}, \"expect\": {\"routing\": \"review\", \"has_rules\": [\"gun\"], \"annotation\": []}}\n",
                "{\"item\": {\"id\": \"8\", \"caption\": \"glock\"}, \"expect\": {\"rules\": [\"gun\"], \"not_rules\": [\"gun\"]}}\n",
            ),
        );
        assert_eq!(report.items, TestCount { run: 2, failed: 1 });
        let failure = &report.failures[0];
        assert_eq!((failure.place.as_str(), failure.id.as_deref()), ("tests/a.jsonl:2", Some("8")));
        assert_eq!(failure.differences, [Difference { what: "rules".into(), expected: vec!["gun".into()], found: Vec::new() }]);
        assert_eq!(failure.notes, ["`gun` was not judged for want of author.age"]);
    }

    #[test]
    fn a_line_that_tests_nothing_or_something_unknown_is_broken() {
        let lines = [
            (r#"{"item": {}, "expect": {}}"#, "tests nothing"),
            (r#"{"item": {}, "expect": {"routng": "review"}}"#, "did you mean `routing`"),
            (r#"{"item": {}, "expect": {"routing": "revew"}}"#, "did you mean `review`"),
            (r#"{"item": {}, "expect": {"has_rules": ["gum"]}}"#, "there is no rule `gum`"),
            (r#"{"item": {}, "expect": {"rules": "gun"}}"#, "a list of names"),
            (r#"{"item": {}, "expect": {"rules": [1]}}"#, "no text"),
            (r#"{"item": {}, "expect": {"rules": [], "rules": ["gun"]}}"#, "stands twice"),
            (r#"{"item": {"id": 1, "id": 2}, "expect": {"rules": []}}"#, "cannot be read"),
            (r#"{"item": {}}"#, "expect"),
            (r#"{"item": {}, "expect": {"rules": []}, "note": 1}"#, "note"),
            ("{", "no `"),
        ];
        for (line, message) in lines {
            let report = run("title: x", line);
            assert_eq!(report.broken.len(), 1, "{line}");
            assert!(report.broken[0].message.contains(message), "{line}: {}", report.broken[0].message);
            assert_eq!(report.items.run, 0);
        }
    }
}
