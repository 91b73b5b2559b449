//! Finding one's way: where things are, the register, what falls due.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use tribunal_analysis::finding_way::{due, register, register_workbook, where_rule, where_text};
use tribunal_analysis::masking::{Masker, Reveal};
use tribunal_policy::Policy;

const POLICY: &str = r#"policy: {id: t, version: "1"}
terms:
  firearms: {terms: [glock, {term: spud gun, match: tag}, {term: hi-power, until: 2026-12-01}, {term: peashooter, until: 2026-12-01}], allow: [glockenspiel]}
  slurs: {sensitive: true, terms: [slurone], allow: [slurone valley]}
  idle: [drat]
rules:
  - id: gun
    owner: goods-team
    when: any text has firearms
    effect: {distribution: removed}
    review_by: 2026-11-01
    notice: {en: No firearms.}
    points: {risk: 1}
  - {id: slur, when: any text has slurs, unless: rule(gun), effect: {routing: review}, until: 2026-11-30}
  - {id: risky, when: score(risk) >= 1, effect: {account: warn}}
markets:
  - market: BR
    languages: [pt]
    overrides:
      - {rule: gun, effect: {distribution: feed_ineligible}, reason: Law 1., review_by: 2026-12-24, approved_by: counsel}
      - {terms: firearms, add: [pistola], reason: Local.}
    terms: {local: [oitao]}
    rules: [{id: local-gun, when: caption has local, effect: {routing: review}}]
"#;

fn policy() -> Arc<Policy> {
    let loaded = tribunal_policy::load_str("t.yaml", POLICY);
    Arc::new(loaded.policy.unwrap())
}

#[test]
fn a_text_is_found_as_the_engine_finds_it() {
    let policy = policy();
    let found = where_text(&policy, "my gl0ck").unwrap();
    assert_eq!(found.hits.len(), 1);
    let hit = &found.hits[0];
    assert_eq!((hit.list.as_str(), hit.term.as_str(), hit.place.as_str(), hit.field.as_str()), ("firearms", "glock", "t.yaml:3", "caption"));
    assert_eq!((hit.undone.join(","), hit.markets.join(","), hit.read_by.join(",")), ("leet".to_owned(), "all".to_owned(), "gun".to_owned()));
    assert_eq!(found.rules.iter().map(|rule| rule.rule.as_str()).collect::<Vec<_>>(), ["gun", "risky"]);

    let tag = where_text(&policy, "SPUDGUN").unwrap();
    assert_eq!((tag.hits[0].field.as_str(), tag.hits[0].term.as_str()), ("hashtags", "spud gun"));
    let local = where_text(&policy, "pistola").unwrap();
    assert_eq!((local.hits[0].markets.join(","), local.listed[0].markets.join(",")), ("BR".to_owned(), "BR".to_owned()));
    assert_eq!(where_text(&policy, "oitao").unwrap().hits[0].markets, ["BR"], "a list of one market");
    let idle = where_text(&policy, "drat").unwrap();
    assert!(idle.hits[0].read_by.is_empty() && idle.rules.is_empty());
    let hidden = where_text(&policy, "slurone").unwrap();
    assert_eq!(hidden.hits[0].term, "s••••••");
    assert!(where_text(&policy, "glockenspiel").unwrap().hits.is_empty());
    assert_eq!(where_text(&policy, "glockenspiel").unwrap().listed[0].kind, "allow");
}

#[test]
fn what_hangs_on_a_rule() {
    let policy = policy();
    let gun = where_rule(&policy, policy.rule("gun").unwrap()).unwrap();
    assert_eq!(gun.referred_by, ["risky", "slur"], "by its name and by its points");
    assert_eq!((gun.place.as_str(), gun.lists[0].name.as_str()), ("t.yaml:7", "firearms"));
    assert_eq!((gun.markets[0].name.as_str(), gun.markets[0].reason.as_deref()), ("BR", Some("Law 1.")));
    assert_eq!(where_rule(&policy, policy.rule("risky").unwrap()).unwrap().refers_to, ["score(risk)"]);
}

#[test]
fn what_falls_due() {
    let on = tribunal_policy::time::parse("2026-11-22").unwrap().seconds;
    let lines = |days: u32| {
        let lines = due(&policy(), on, days).lines;
        lines.into_iter().map(|line| format!("{} {} {} {} {}", line.date, line.days, line.kind, line.name, line.terms)).collect::<Vec<_>>()
    };
    assert_eq!(lines(7), ["2026-11-01 -21 review gun 0"]);
    assert_eq!(lines(8), ["2026-11-01 -21 review gun 0", "2026-11-30 8 ends slur 0"]);
    assert_eq!(lines(9), ["2026-11-01 -21 review gun 0", "2026-11-30 8 ends slur 0", "2026-12-01 9 ends firearms 2"]);
    assert_eq!(lines(32).last().unwrap(), "2026-12-24 32 review gun 0");
    let market = due(&policy(), on, 32).lines.pop().unwrap();
    assert_eq!((market.market.as_deref(), market.owner.as_deref()), (Some("BR"), Some("counsel")));
}

#[test]
fn the_register_says_where_markets_differ() {
    let register = register(&policy());
    let gun = register.rules.iter().find(|rule| rule.rule == "gun").unwrap();
    assert_eq!((gun.markets[0].market.as_str(), gun.markets[0].effect.as_str(), gun.markets[0].condition), ("BR", "distribution: feed_ineligible", false));
    assert_eq!(gun.missing_notices, ["BR: pt"]);
    let local = register.rules.iter().find(|rule| rule.rule == "local-gun").unwrap();
    assert_eq!((local.stage.as_deref(), local.markets[0].stage.as_deref()), (None, Some("live")));
    let book = register_workbook(&register);
    assert_eq!(
        book.sheets.iter().map(|sheet| (sheet.name.as_str(), sheet.rows.len())).collect::<Vec<_>>(),
        [("About", 4), ("Rules", 4), ("Markets", 2), ("Missing", 1), ("Glossary", 36)]
    );
}

#[test]
fn sensitive_terms_are_masked_disguised_or_not() {
    let masker = Masker::new(&policy(), Reveal::Full).unwrap();
    assert_eq!(
        masker.mask("you $lur0ne, s l u r o n e, SLURONE Valley, my glock", &[]),
        "you [slurs], [slurs], [sensitive] Valley, my glock".replace("[sensitive]", "[slurs]")
    );
    assert!(masker.is_sensitive("sl\u{200b}urone") && !masker.is_sensitive("slurp"));
    let masked = Masker::new(&policy(), Reveal::Masked).unwrap();
    assert_eq!(masked.mask("my glock", std::slice::from_ref(&(3..8))), "my g••••");
    assert_eq!(masked.mask("ปืน glock", std::slice::from_ref(&(10..15))), "ปืน g••••");
}

#[test]
fn what_a_rule_acts_on_by_itself_is_masked_where_none_fires() {
    let text = r#"policy: {id: t, version: "1"}
terms:
  insults: [badword]
  sale: [selling]
  arms: [musket]
  reported: [quoted]
  parts: [barrel]
  paired: [trigger]
  local: [cannon]
  balls: [musket ball]
  secret: {sensitive: true, terms: [ball]}
rules:
  - {id: insult, when: any text has insults and not author.verified, unless: any text has reported, effect: {routing: review}}
  - {id: twice, when: count(caption has parts) > 0 or count(caption has paired) >= 2 or hashtags has "spud gun", effect: {routing: review}}
  - {id: offer, when: any text has arms near sale within 5 words, effect: {routing: review}}
  - {id: points, when: any text has sale, points: {risk: 1}}
  - {id: young, when: author.age < 13, effect: {audience: adults}}
  - {id: whole, when: any text has balls, effect: {audience: adults}}
markets:
  - {market: M, overrides: [{rule: young, tighten: any text has local, reason: Law.}]}
"#;
    let policy = tribunal_policy::load_str("t.yaml", text).policy.unwrap();
    let masked = Masker::new(&policy, Reveal::Masked).unwrap();
    assert_eq!(
        masked.mask("he quoted b4dword, selling no musket, one barrel, a spud gun", &[]),
        "he quoted b••••••, selling no musket, one b•••••, a s••• •••"
    );
    // One of what counts from two on only is no act yet; what a market alone acts on is one.
    assert_eq!(masked.mask("trigger and cannon", &[]), "trigger and c•••••");
    // A sensitive term inside a longer one takes the whole of it along, however it comes.
    assert_eq!(masked.mask("no musket ball here", &[]), "no [secret] here");
    assert_eq!(masked.mask("a ballroom, a red ball", std::slice::from_ref(&(14..22))), "a [secret]room, a [secret]");
    let full = Masker::new(&policy, Reveal::Full).unwrap();
    assert_eq!(full.mask("he quoted badword", &[]), "he quoted badword");
}

#[test]
fn what_is_missing_in_a_language() {
    let text = r#"policy: {id: t, version: "1", lang: en, title: {en: Rules, pt: Regras}}
taxonomy:
  goods: {title: Goods}
  far: {title: Far away, markets: [CH]}
rules:
  - {id: gun, category: goods, title: {en: Guns, pt-BR: Armas}, rationale: Nobody needs one., when: caption has "glock", effect: {routing: review}}
  - {id: toy, category: goods, title: Toys, stage: shadow, when: caption has "toy", effect: {routing: review}, notice: {en: No toys., pt_PT: Sem brinquedos.}}
exceptions:
  - {id: news, applies_to: [goods], when: caption has "police", reason: {en: Reporting., fr: Reportage.}}
markets:
  - {market: BR, title: {en: Brazil, pt: Brasil}, languages: [pt-BR], overrides: [{rule: toy, stage: off, reason: {en: Law., pt: Lei.}}]}
  - {market: CH, title: Switzerland, languages: [de, fr-CH]}
"#;
    let told = |text: &str| -> Vec<String> {
        let policy = tribunal_policy::load_str("t.yaml", text).policy.unwrap();
        register(&policy).missing.into_iter().map(|text| format!("{} {} {} {} {}", text.market, text.lang, text.of, text.name, text.text)).collect()
    };
    let missing = told(text);
    // A rule that is off in a market says nothing there; a country's text is not that of another one, a language's is.
    let brazil: Vec<&String> = missing.iter().filter(|text| text.starts_with("BR")).collect();
    assert_eq!(brazil, ["BR pt-BR category goods title", "BR pt-BR rule gun rationale", "BR pt-BR exception news reason"]);
    let german: Vec<&String> = missing.iter().filter(|text| text.starts_with("CH de")).collect();
    assert_eq!(german.len(), 9, "{german:?}");
    assert!(missing.contains(&"CH fr-CH rule toy notice".to_owned()) && !missing.contains(&"CH fr-CH exception news reason".to_owned()));
    // Of a text whose language nobody knows nothing is said.
    let unsaid = told(&text.replace(", lang: en", ""));
    assert!(!unsaid.iter().any(|text| text.contains("Goods") || text.ends_with("goods title") || text.ends_with("toy title")), "{unsaid:?}");
    assert!(unsaid.contains(&"CH de rule gun title".to_owned()));
    // Who is read in no language of its own misses nothing.
    assert!(told(&text.replace("languages: [pt-BR]", "languages: [en]").replace("languages: [de, fr-CH]", "languages: [en-GB]")).is_empty());
}
