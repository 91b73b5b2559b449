//! Markets: inheritance, every kind of override, lists, exceptions, floors and cycles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use tribunal_policy::model::{AxisValue, Effect, EffectiveRule, ExceptionSource, Stage};
use tribunal_policy::{Loaded, MarketId, Policy, load_str};

const HEAD: &str = "policy: {id: demo, version: \"1\"}\n";

fn load(text: &str) -> Loaded {
    load_str("p.yaml", &format!("{HEAD}{text}"))
}

fn findings(loaded: &Loaded) -> Vec<String> {
    let place = |span| loaded.sources.line_col(span);
    loaded.diagnostics.iter().map(|found| format!("{} {}", found.span().map_or((0, 0), place).0, found.code.id)).collect()
}

fn policy(text: &str) -> Policy {
    let loaded = load(text);
    assert!(loaded.policy.is_some(), "{:#?}", loaded.diagnostics);
    loaded.policy.unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    load(text).diagnostics.iter().map(|found| found.code.id).collect()
}

fn market(policy: &Policy, name: &str) -> Option<MarketId> {
    if name.is_empty() { None } else { Some(policy.market(name).unwrap()) }
}

/// The rule as it is in a market; "" is none.
fn rule(policy: &Policy, place: &str, name: &str) -> Option<EffectiveRule> {
    let id = policy.rule(name).unwrap();
    policy.effective(market(policy, place)).into_iter().find(|rule| rule.rule == id)
}

fn when(policy: &Policy, place: &str, name: &str) -> String {
    policy.print(&rule(policy, place, name).unwrap().when)
}

/// An effect in words, axes in their order.
fn words(policy: &Policy, effect: &Effect) -> Vec<String> {
    let value = |axis: usize, value: &AxisValue| match (value, &policy.axes[axis].kind) {
        (AxisValue::Level(level), tribunal_policy::model::AxisKind::Ordered(values)) => values[usize::from(*level)].clone(),
        (AxisValue::Labels(labels), _) => labels.iter().cloned().collect::<Vec<_>>().join("+"),
        (AxisValue::Level(_), _) => panic!("a level on a set"),
    };
    effect.0.iter().map(|(axis, found)| format!("{}={}", policy.axes[axis.index()].name, value(axis.index(), found))).collect()
}

fn effect(policy: &Policy, place: &str, name: &str) -> Vec<String> {
    words(policy, &rule(policy, place, name).unwrap().effect)
}

/// The terms of a list that are in force in a market.
fn in_force(policy: &Policy, place: &str, list: &str, allow: bool) -> Vec<String> {
    let place = market(policy, place);
    let list = policy.lists.iter().find(|found| found.name == list).unwrap();
    let entries = list.entries.iter().filter(|entry| entry.allow == allow && entry.force.in_market(place));
    entries.map(|entry| entry.text.clone()).collect()
}

const BASE: &str = r#"
terms:
  guns: {terms: [glock, revolver], allow: [glue]}
rules:
  - id: sale
    category: goods/guns
    when: caption has guns or author.seller
    unless: author.verified
    effect: {distribution: removed, annotation: [disclosure, warning_screen], routing: review}
    points: {spam: 2, risk: 1}
    rollout: 50%
    effective_from: 2026-01-01
    until: 2026-12-31
markets:
  - market: LATAM
    overrides:
OVERRIDES
  - {market: BR, inherits: LATAM}
  - market: AR
    inherits: LATAM
    overrides:
      - {rule: sale, stage: shadow, reason: memo}
  - {market: US}
"#;

/// The base policy with one override of the rule in LATAM, which BR inherits.
fn with(change: &str) -> Policy {
    policy(&BASE.replace("OVERRIDES", &format!("      - {{rule: sale, reason: memo 2026-14, {change}}}")))
}

#[test]
fn an_override_holds_where_it_is_and_below() {
    let policy = with("stage: draft");
    let stage = |place: &str| rule(&policy, place, "sale").unwrap().stage;
    assert_eq!([stage(""), stage("US"), stage("LATAM"), stage("BR"), stage("AR")], [Stage::Live, Stage::Live, Stage::Draft, Stage::Draft, Stage::Shadow]);
    let overlays = |place: &str| rule(&policy, place, "sale").unwrap().overlays.len();
    assert_eq!([overlays(""), overlays("US"), overlays("LATAM"), overlays("BR"), overlays("AR")], [0, 0, 1, 1, 2]);
    let names: Vec<&str> = policy.markets.iter().map(|market| market.name.as_str()).collect();
    assert_eq!(names, ["LATAM", "US", "AR", "BR"], "parents before children");
    assert_eq!(&*policy.markets[0].overrides[0].reason, "memo 2026-14");
}

#[test]
fn one_of_when_tighten_and_loosen() {
    let condition = |change: &str| when(&with(change), "BR", "sale");
    assert_eq!(condition("when: ocr has guns"), "ocr has guns");
    assert_eq!(condition("tighten: ocr has guns"), "(caption has guns or author.seller) or ocr has guns");
    assert_eq!(condition("loosen: ocr has guns"), "(caption has guns or author.seller) and ocr has guns");
    assert_eq!(condition("loosen: ocr has guns or author.private"), "(caption has guns or author.seller) and (ocr has guns or author.private)");
    let two = BASE.replace("OVERRIDES", "      - {rule: sale, reason: memo, when: author.seller, loosen: author.private}");
    assert_eq!(codes(&two), ["wrong-shape"]);
    // Each on the result above it.
    let nested = policy(
        r#"
rules: [{id: r, when: author.seller or author.private}]
markets:
  - {market: A, overrides: [{rule: r, tighten: author.verified, reason: x}]}
  - {market: B, inherits: A, overrides: [{rule: r, loosen: video.is_ad, reason: x}]}
  - {market: C, inherits: B, overrides: [{rule: r, when: author.private, reason: x}]}
  - {market: D, inherits: C, overrides: [{rule: r, tighten: video.is_ad, reason: x}]}
"#,
    );
    assert_eq!(when(&nested, "B", "r"), "((author.seller or author.private) or author.verified) and video.is_ad");
    assert_eq!(when(&nested, "D", "r"), "author.private or video.is_ad");
}

#[test]
fn an_effect_replaces_the_axes_it_names_and_edits_labels() {
    let changed = |change: &str| effect(&with(change), "BR", "sale");
    assert_eq!(changed("effect: {distribution: feed_ineligible}"), ["distribution=feed_ineligible", "annotation=disclosure+warning_screen", "routing=review"]);
    assert_eq!(changed("effect: {account: warn}")[3], "account=warn");
    assert_eq!(changed("effect: {annotation: [ai_generated]}")[1], "annotation=ai_generated");
    assert_eq!(changed("effect: {annotation: []}")[1], "annotation=");
    assert_eq!(changed("effect: {annotation: {add: [ai_generated]}}")[1], "annotation=ai_generated+disclosure+warning_screen");
    assert_eq!(changed("effect: {annotation: {remove: disclosure, add: [ai_generated]}}")[1], "annotation=ai_generated+warning_screen");
    // Only an override edits.
    assert_eq!(codes("rules: [{id: r, when: author.seller, effect: {annotation: {add: [x]}}}]\n"), ["wrong-shape"]);
}

#[test]
fn exception_points_dates_and_share() {
    let exempt = |change: &str| {
        let policy = with(change);
        let rule = rule(&policy, "BR", "sale").unwrap();
        (rule.cancels.iter().map(|(_, cond)| policy.print(cond)).collect::<Vec<_>>(), rule.softens.len())
    };
    assert_eq!(exempt("unless: none"), (vec![], 0));
    assert_eq!(exempt("unless: author.private"), (vec!["author.private".to_owned()], 0));
    assert_eq!(exempt("unless: {when: author.private, becomes: {routing: none}}"), (vec![], 1));
    let policy = with("points: {spam: 0.5}");
    let points: Vec<i64> = rule(&policy, "BR", "sale").unwrap().points.into_values().collect();
    assert_eq!(points, [500], "the points are replaced as a whole");
    let policy = with("effective_from: 2026-02-01, until: 2026-02-28");
    let changed = rule(&policy, "BR", "sale").unwrap();
    assert_eq!((changed.effective_from.unwrap().seconds, changed.effective_until.unwrap().end()), (1_769_904_000, 1_772_323_200));
    let policy = with("rollout: {share: 5%, by: author.id}");
    assert_eq!((rule(&policy, "BR", "sale").unwrap().rollout.unwrap().share, rule(&policy, "US", "sale").unwrap().rollout.unwrap().share), (50_000, 500_000));
}

#[test]
fn what_an_override_has_to_say() {
    let overridden = |change: &str| codes(&BASE.replace("OVERRIDES", &format!("      - {change}")));
    assert_eq!(overridden("{rule: sale, stage: shadow}"), ["missing-reason"]);
    assert_eq!(overridden("{rule: sale, stage: shadow, reason: ''}"), ["empty-value"]);
    assert_eq!(overridden("{rule: sael, stage: shadow, reason: x}"), ["unknown-rule"]);
    assert_eq!(overridden("{terms: gusn, add: [x], reason: x}"), ["unknown-list"]);
    assert_eq!(overridden("{stage: shadow, reason: x}"), ["missing-key"]);
    assert_eq!(overridden("{rule: sale, terms: guns, add: [x], reason: x}"), ["wrong-shape"]);
    assert_eq!(overridden("{rule: sale, add: [x], reason: x}"), ["wrong-shape"]);
    assert_eq!(overridden("{terms: guns, stage: shadow, reason: x}"), ["wrong-shape"]);
    assert_eq!(overridden("{rule: sale, on_unknown: review, reason: x}"), ["unknown-key"]);
    let twice = "{rule: sale, stage: shadow, reason: x}\n      - {rule: sale, stage: draft, reason: y}";
    assert_eq!(overridden(twice), ["duplicate-name"]);
    let twice = "{terms: guns, add: [x], reason: x}\n      - {terms: guns, add: [y], reason: y}";
    assert_eq!(overridden(twice), ["duplicate-name"]);
}

const LISTS: &str = r#"
terms:
  guns: {match: prefix, terms: [glock, revolver, {term: arma, markets: [LATAM]}], allow: [glue]}
rules:
  - {id: sale, when: caption has guns, effect: {routing: review}}
markets:
  - market: LATAM
    overrides:
      - {terms: guns, reason: memo, add: [pistola, {term: fierro, match: word}], remove: [revolver], allow: [pistolero], disallow: [glue]}
  - market: BR
    inherits: LATAM
    overrides:
      - {terms: guns, reason: memo, add: [revolver], remove: [pistola]}
  - {market: MX, inherits: LATAM}
  - {market: US}
"#;

#[test]
fn lists_change_from_the_root_down() {
    let policy = policy(LISTS);
    let terms = |place: &str| in_force(&policy, place, "guns", false);
    assert_eq!(terms(""), ["glock", "revolver"]);
    assert_eq!(terms("US"), ["glock", "revolver"]);
    assert_eq!(terms("LATAM"), ["glock", "arma", "pistola", "fierro"]);
    assert_eq!(terms("MX"), terms("LATAM"));
    assert_eq!(terms("BR"), ["glock", "arma", "fierro", "revolver"]);
    let allowed = |place: &str| in_force(&policy, place, "guns", true);
    assert_eq!((allowed("US"), allowed("BR")), (vec!["glue".to_owned()], vec!["pistolero".to_owned()]));
    let entry = |text: &str| policy.lists[0].entries.iter().find(|entry| entry.text == text).unwrap();
    assert_eq!(entry("pistola").modes[0].0.name(), "prefix", "an added term has the options of its list");
    assert_eq!(entry("fierro").modes[0].0.name(), "word", "and may have its own");
}

#[test]
fn removing_what_is_not_there() {
    let check = |old: &str, new: &str| findings(&load(&LISTS.replace(old, new)));
    assert_eq!(check("remove: [pistola]", "remove: [pistol]"), ["14 remove-missing"]);
    assert_eq!(check("remove: [pistola]", "remove: [pistola, arma, pistolero]"), ["14 remove-missing"], "an allow entry is no term");
    assert_eq!(check("add: [revolver], remove: [pistola]", "remove: [revolver, glock]"), ["14 remove-missing"], "removed above already");
    assert_eq!(check("{market: US}", "{market: US, overrides: [{terms: guns, reason: x, remove: [fierro]}]}"), ["16 remove-missing"], "added elsewhere");
    assert_eq!(check("disallow: [glue]", "disallow: [glock]"), ["10 remove-missing"]);
}

#[test]
fn what_a_market_declares_is_in_force_there_and_below() {
    let text = r#"
rules:
  - {id: all, when: caption has local, effect: {routing: review}}
markets:
  - market: LATAM
    terms: {local: [fierro]}
    rules:
      - {id: latam, when: caption has "x", effect: {routing: review}}
    exceptions:
      - {id: news, applies_to: [all], when: caption has "news", reason: x}
  - {market: BR, inherits: LATAM}
  - {market: US}
"#;
    let policy = policy(text);
    assert!(rule(&policy, "BR", "latam").is_some() && rule(&policy, "US", "latam").is_none() && rule(&policy, "", "latam").is_none());
    assert_eq!(in_force(&policy, "BR", "local", false), ["fierro"]);
    assert_eq!((in_force(&policy, "US", "local", false).len(), in_force(&policy, "", "local", false).len()), (0, 0));
    let exempt = |place: &str| rule(&policy, place, "all").unwrap().cancels.len();
    assert_eq!([exempt("BR"), exempt("US"), exempt("")], [1, 0, 0]);
    // Elsewhere they cannot be overridden.
    let rules = text.replace("{market: US}", "{market: US, overrides: [{rule: latam, stage: shadow, reason: x}]}");
    assert_eq!(findings(&load(&rules)), ["13 unknown-rule"]);
    let lists = text.replace("{market: US}", "{market: US, overrides: [{terms: local, add: [y], reason: x}]}");
    assert_eq!(findings(&load(&lists)), ["13 unknown-list"]);
}

#[test]
fn markets_form_trees() {
    assert_eq!(codes("markets: [{market: A, inherits: B}]\n"), ["unknown-market"]);
    assert_eq!(codes("markets: [{market: A, inherits: A}]\n"), ["market-cycle"]);
    assert_eq!(codes("markets: [{market: A, inherits: B}, {market: B, inherits: C}, {market: C, inherits: A}, {market: D, inherits: A}]\n"), ["market-cycle"]);
    assert_eq!(
        codes("markets: [{market: A, inherits: B}, {market: B, inherits: A}, {market: C, inherits: D}, {market: D, inherits: C}]\n"),
        ["market-cycle", "market-cycle"]
    );
    assert_eq!(codes("markets: [{market: a}]\n"), ["bad-name"]);
    assert_eq!(codes("markets: [{inherits: A}]\n"), ["missing-key"]);
    let policy = policy("markets: [{market: C, inherits: B}, {market: B, inherits: A}, {market: A}, {market: D}]\n");
    let line: Vec<&str> = policy.lineage(policy.market("C").unwrap()).iter().map(|id| policy.markets[id.index()].name.as_str()).collect();
    assert_eq!(line, ["A", "B", "C"]);
    assert!(policy.market_matches("c", "A") && policy.market_matches("B", "b") && policy.market_matches("zz", "ZZ"));
    assert!(!policy.market_matches("A", "C") && !policy.market_matches("D", "A") && !policy.market_matches("zz", "A"));
}

const EXCEPTIONS: &str = r#"
rules:
  - {id: a, category: graphic/blood, when: caption has "a", unless: author.verified, effect: {distribution: removed}}
  - {id: b, category: graphic, when: caption has "b", effect: {distribution: removed}}
  - {id: c, category: graphical, when: caption has "c", effect: {distribution: removed}}
  - {id: d, category: graphic/minors, when: caption has "d", effect: {distribution: removed}}
exceptions:
  - {id: news, applies_to: [graphic/*], never: [graphic/minors], when: caption has "news", reason: x}
  - {id: art, applies_to: [graphic, c], when: caption has "art", becomes: {distribution: feed_ineligible, annotation: [warning_screen]}, reason: x}
  - {id: everything, applies_to: "*", never: [c], when: author.private, reason: x}
"#;

#[test]
fn shared_exceptions_reach_the_rules_they_name() {
    let policy = policy(EXCEPTIONS);
    let reached = |name: &str| -> Vec<String> {
        let rule = rule(&policy, "", name).unwrap();
        let source = |source: ExceptionSource| match source {
            ExceptionSource::Own => "own".to_owned(),
            ExceptionSource::Shared(id) => policy.exceptions[id.index()].name.clone(),
        };
        let cancels = rule.cancels.iter().map(|(from, _)| source(*from));
        cancels.chain(rule.softens.iter().map(|(from, _, effect)| format!("{} {}", source(*from), words(&policy, effect).join(" ")))).collect()
    };
    assert_eq!(reached("a"), ["own", "everything", "news"], "x/* is everything under x");
    let softened = "art distribution=feed_ineligible annotation=warning_screen";
    assert_eq!(reached("b"), ["everything", "news", softened], "x/* is x too, and x alone is x alone");
    assert_eq!(reached("c"), [softened], "x/* is not what merely begins alike; a rule is named by its id");
    assert_eq!(reached("d"), ["everything"], "never");
}

#[test]
fn an_exception_that_names_what_it_must_never_serve() {
    let named = EXCEPTIONS.replace("applies_to: [graphic/*], never: [graphic/minors]", "applies_to: [d], never: [graphic/*]");
    assert_eq!(codes(&named), ["exception-never"]);
    assert_eq!(codes(&EXCEPTIONS.replace("[graphic/minors]", "[graphics/minors]")), ["unknown-rule"]);
    assert_eq!(codes(&EXCEPTIONS.replace("[graphic/*]", "[drugs/*]")), ["unknown-category"]);
    let declared = format!(
        "taxonomy: [graphic, graphic/blood, graphic/minors, drugs]\n{}",
        EXCEPTIONS.replace("category: graphical", "category: drugs").replace("[graphic/*]", "[drugs/*]")
    );
    assert!(load(&declared).policy.is_some());
    assert_eq!(codes(&format!("taxonomy: [graphic]\n{EXCEPTIONS}")), ["unknown-category", "unknown-category", "unknown-category", "unknown-rule"]);
}

const FLOOR: &str = r#"
terms: {guns: [glock], news: [report], shared: [knife]}
rules:
  - id: sale
    category: goods/guns
    when: caption has guns and rule(helper) and score(risk) >= 1
    unless: caption has news
    on_unknown: review
    STAGE
    effect: {distribution: feed_ineligible, annotation: [disclosure], routing: review}
    points: {spam: 2}
    FLOOR
  - {id: helper, when: any text has shared and not ocr has news, effect: {routing: none}}
  - {id: pointed, when: ocr has "knife", points: {risk: 1}}
markets:
  - market: BR
    overrides:
      - {CHANGE, reason: memo}
"#;

/// What is refused of a change of the rule, or of a list, under a floor.
fn refused(change: &str, stage: &str) -> Vec<String> {
    let text = FLOOR.replace("CHANGE", change).replace("STAGE", stage).replace("FLOOR", "floor: true");
    let loaded = load(&text);
    assert!(loaded.diagnostics.iter().all(|found| found.code.id == "below-floor"), "{change}: {:#?}", loaded.diagnostics);
    loaded.diagnostics.iter().map(|found| found.message.clone()).collect()
}

#[test]
fn a_floor_refuses_what_is_milder() {
    let live = "stage: live";
    for (change, stage, why) in [
        ("rule: sale, loosen: author.seller", live, "loosens the condition"),
        ("rule: sale, when: caption has guns", live, "replaces the condition"),
        ("rule: sale, unless: 'caption has any of (news, shared)'", live, "changes the exception"),
        ("rule: sale, stage: shadow", live, "sets a milder stage"),
        ("rule: sale, stage: \"off\"", "stage: draft", "sets a milder stage"),
        ("rule: sale, rollout: 10%", live, "rolls out to fewer items"),
        ("rule: sale, rollout: 10%", "rollout: 20%", "rolls out to fewer items"),
        ("rule: sale, rollout: {share: 20%, by: author.id}", "rollout: 20%", "rolls out to fewer items"),
        ("rule: sale, effective_from: 2026-01-01", live, "starts later"),
        ("rule: sale, until: 2026-12-31", live, "ends earlier"),
        ("rule: sale, effective_from: 2026-01-02", "effective_from: 2026-01-01", "starts later"),
        ("rule: sale, until: 2026-12-30", "until: 2026-12-31", "ends earlier"),
        ("rule: sale, effect: {distribution: normal}", live, "sets a milder effect"),
        ("rule: sale, effect: {annotation: [warning_screen]}", live, "drops a label"),
        ("rule: sale, effect: {annotation: {remove: [disclosure]}}", live, "drops a label"),
        ("rule: sale, points: {spam: 1.999}", live, "gives fewer points"),
        ("rule: sale, points: {extra: 5}", live, "gives fewer points"),
        ("terms: guns, remove: [glock]", live, "takes hits of the list `guns` away"),
        ("terms: guns, allow: [glockenspiel]", live, "takes hits of the list `guns` away"),
        ("terms: shared, remove: [knife]", live, "takes hits of the list `shared` away"),
        ("terms: news, add: [memoir]", live, "adds hits to the list `news`, which exempts"),
    ] {
        let found = refused(change, stage);
        assert_eq!(found.len(), 1, "{change} ({stage}): {found:?}");
        assert!(found[0].contains(why), "{change}: {}", found[0]);
    }
}

#[test]
fn a_floor_lets_pass_what_is_stricter() {
    for (change, stage) in [
        ("rule: sale, tighten: ocr has guns", "stage: live"),
        ("rule: sale, stage: live", "stage: shadow"),
        ("rule: sale, stage: live, rollout: 10%", "stage: shadow"),
        ("rule: sale, rollout: 30%", "rollout: 20%"),
        ("rule: sale, rollout: {share: 100%, by: author.id}", "rollout: 20%"),
        ("rule: sale, effective_from: 2025-01-01, until: 2028-01-01", "effective_from: 2026-01-01\n    until: 2027-01-01"),
        ("rule: sale, effect: {distribution: removed, annotation: {add: [warning_screen]}, account: warn}", "stage: live"),
        ("rule: sale, effect: {annotation: [disclosure, warning_screen]}", "stage: live"),
        ("rule: sale, points: {spam: 2, extra: 1}", "stage: live"),
        ("terms: guns, add: [revolver]", "stage: live"),
        ("terms: shared, add: [dagger]", "stage: live"),
    ] {
        assert_eq!(refused(change, stage), [""; 0], "{change}");
    }
}

#[test]
fn an_exception_of_a_market_cannot_reach_under_a_floor() {
    let text = FLOOR.replace("FLOOR", "floor: true").replace("STAGE", "stage: live").replace("CHANGE", "rule: sale, stage: live");
    let exception = |body: &str| codes(&format!("{text}    exceptions:\n      - {{id: local, {body}, when: author.verified, reason: x}}\n"));
    assert_eq!(exception("applies_to: [sale]"), ["below-floor"]);
    assert_eq!(exception("applies_to: [goods/*], becomes: {routing: none}"), ["below-floor"]);
    assert_eq!(exception("applies_to: [\"*\"], never: [goods/*]"), [""; 0]);
    // One of the whole policy is part of the rule itself.
    assert!(load(&format!("{text}exceptions:\n  - {{id: news, applies_to: [sale], when: author.verified, reason: x}}\n")).policy.is_some());
}

#[test]
fn floors_of_the_policy_and_of_markets() {
    let text = |floors: &str, floors_of_latam: &str| {
        format!(
            r#"
{floors}
rules:
  - {{id: a, category: goods/guns, on_unknown: ignore, when: caption has "a", effect: {{routing: review}}}}
  - {{id: b, category: goods, on_unknown: ignore, when: caption has "b", effect: {{routing: review}}}}
  - {{id: c, category: goodies, on_unknown: ignore, when: caption has "c", effect: {{routing: review}}}}
markets:
  - market: LATAM
    {floors_of_latam}
    overrides:
      - {{rule: a, stage: shadow, reason: x}}
  - market: BR
    inherits: LATAM
    overrides:
      - {{rule: a, stage: draft, reason: x}}
      - {{rule: b, stage: draft, reason: x}}
      - {{rule: c, stage: draft, reason: x}}
  - market: US
    overrides:
      - {{rule: b, stage: draft, reason: x}}
"#
        )
    };
    let lines = |floors: &str, of_latam: &str| findings(&load(&text(floors, of_latam)));
    assert_eq!(lines("", ""), [""; 0]);
    assert_eq!(lines("floors: [goods/*]", ""), ["12 below-floor", "16 below-floor", "17 below-floor", "21 below-floor"]);
    assert_eq!(lines("floors: [goods]", ""), ["17 below-floor", "21 below-floor"], "a category alone");
    assert_eq!(lines("floors: [c]", ""), ["18 below-floor"], "a rule");
    assert_eq!(lines("", "floors: [goods/*]"), ["16 below-floor", "17 below-floor"], "a market's floor binds those below it");
    assert_eq!(lines("floors: [toys/*]", ""), ["3 unknown-category"]);
    let silent = text("floors: [goods/*]", "").replace("category: goods, on_unknown: ignore", "category: goods");
    assert!(findings(&load(&silent)).contains(&"6 floor-on-unknown".to_owned()));
}

/// Under `not`, behind `rule()` and in comparisons a list may exempt as well as make fire.
#[test]
fn floors_follow_lists_in_both_directions() {
    let check = |condition: &str, change: &str| {
        codes(&format!(
            "terms: {{a: [x], b: [y]}}\nrules:\n  - {{id: r, floor: true, on_unknown: ignore, when: '{condition}', effect: {{routing: review}}}}\n  - {{id: uses-a, when: caption has a, points: {{s: 1, minus: -1}}}}\n  - {{id: spare, when: ocr has b}}\nmarkets:\n  - market: BR\n    overrides:\n      - {{terms: a, {change}, reason: x}}\n"
        ))
    };
    let (add, remove) = ("add: [z]", "remove: [x]");
    for (condition, takes, adds) in [
        ("caption has a", true, false),
        ("author.seller and not caption has a", false, true),
        ("not not caption has a", true, false),
        ("rule(uses-a)", true, false),
        ("not rule(uses-a)", false, true),
        ("score(s) >= 1", true, false),
        ("score(s) < 1", true, true),
        ("score(minus) >= 0", true, true),
        ("count(caption has a) >= 2", true, false),
        ("count(caption has a) < 2", true, true),
        ("count(caption has a) = 2", true, true),
        ("count(ocr has b) < count(caption has a)", true, false),
        ("sound.id in a", true, false),
        ("sound.id not in a", false, true),
        ("caption has b", false, false),
    ] {
        let expected = |refused: bool| if refused { vec!["below-floor"] } else { Vec::new() };
        assert_eq!(check(condition, remove), expected(takes), "remove: {condition}");
        assert_eq!(check(condition, add), expected(adds), "add: {condition}");
    }
}

#[test]
fn circles_are_sought_everywhere() {
    let circle = |text: &str| codes(text);
    for text in [
        "rules: [{id: a, when: rule(a)}]\n",
        "rules: [{id: a, when: rule(b)}, {id: b, when: rule(a)}]\n",
        "rules: [{id: a, when: author.seller, unless: rule(b)}, {id: b, when: rule(a)}]\n",
        "rules: [{id: a, when: author.seller, unless: {when: rule(b), becomes: {routing: none}}}, {id: b, when: not rule(a)}]\n",
        "rules: [{id: a, when: score(s) > 1, points: {s: 1}}]\n",
        "rules: [{id: a, when: score(s) in 1..2}, {id: b, when: rule(a), points: {s: 1}}]\n",
        "rules: [{id: a, when: author.seller, category: x}, {id: b, when: rule(a)}]\nexceptions: [{id: e, applies_to: [x], when: rule(b), reason: r}]\n",
        "rules: [{id: a, when: author.seller}, {id: b, when: rule(a)}]\nmarkets: [{market: BR, overrides: [{rule: a, tighten: rule(b), reason: x}]}]\n",
        "rules: [{id: a, when: author.seller}, {id: b, when: score(s) > 1}]\nmarkets: [{market: BR, overrides: [{rule: a, when: rule(b), points: {s: 1}, reason: x}]}]\n",
        "rules: [{id: a, when: author.seller}]\nmarkets: [{market: BR, rules: [{id: b, when: rule(a)}], exceptions: [{id: e, applies_to: [a], when: rule(b), reason: x}]}]\n",
        // A rule of another market stands in the way but leads nowhere.
        "rules: [{id: a, when: rule(aa) or rule(b)}, {id: b, when: rule(a)}]\nmarkets: [{market: BR, rules: [{id: aa, when: author.seller}]}]\n",
    ] {
        let found = circle(text);
        assert_eq!(found.iter().filter(|id| **id == "rule-cycle").count(), 1, "{text}: {found:?}");
    }
    let straight = "rules: [{id: a, when: author.seller, points: {s: 1}}, {id: b, when: rule(a) and score(s) > 0}, {id: c, when: rule(a) and rule(b)}]\n";
    assert_eq!(circle(straight), [""; 0]);
    // Three rules, two circles that share one of them.
    let two = "rules: [{id: a, when: rule(b) or rule(c)}, {id: b, when: rule(a)}, {id: c, when: rule(a)}]\n";
    assert_eq!(circle(two).len(), 2);
}

#[test]
fn a_live_rule_that_names_one_that_is_not() {
    let check = |text: &str| codes(text);
    assert_eq!(check("rules: [{id: a, stage: shadow, when: author.seller}, {id: b, when: rule(a)}]\n"), ["reference-not-live"]);
    assert_eq!(check("rules: [{id: a, stage: shadow, when: author.seller}, {id: b, stage: shadow, when: rule(a)}]\n"), [""; 0]);
    assert_eq!(
        check("rules: [{id: a, when: author.seller}, {id: b, when: rule(a)}]\nmarkets: [{market: BR, overrides: [{rule: a, stage: 'off', reason: x}]}]\n"),
        ["reference-not-live"]
    );
    assert_eq!(check("rules: [{id: b, when: rule(a)}]\nmarkets: [{market: BR, rules: [{id: a, when: author.seller}]}]\n"), ["reference-not-live"]);
}

/// Thousands of rules in dozens of markets, half of them under a floor, are checked in seconds (unoptimised).
#[test]
fn large_policies_are_checked_in_time() {
    let mut text = String::from("floors: [minor-safety/*]\nterms: {a: [x], b: [y]}\nrules:\n");
    for at in 0..4_000 {
        let category = if at % 2 == 0 { "minor-safety/contact" } else { "other" };
        let other = if at % 20 > 0 { format!(" or rule(r{})", at - 1) } else { String::new() };
        text.push_str(&format!("  - {{id: r{at}, category: {category}, on_unknown: ignore, when: 'caption has a{other}', effect: {{routing: review}}}}\n"));
    }
    text.push_str("markets:\n");
    for at in 0..30 {
        text.push_str(&format!("  - {{market: M{at}, overrides: [{{rule: r1, stage: shadow, reason: x}}, {{terms: b, add: [z], reason: x}}]}}\n"));
    }
    let started = std::time::Instant::now();
    let loaded = load(&text);
    // `r1` is in shadow in every market, which `r2` is told of once; no condition reads `b`.
    assert!(loaded.diagnostics.iter().all(|found| ["reference-not-live", "unused-list"].contains(&found.code.id)), "{:?}", findings(&loaded).first());
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
