//! How much work a small policy is on invented items: pinned, because what time shows only on a quiet machine counts show everywhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

use tribunal::{Call, Moderator, Scratch, Work};

/// Eight rules over four lists, one of regular expressions, and values.
const POLICY: &str = r#"
policy: {id: work, version: "1"}
terms:
  firearms: [glock, revolver, ghost gun]
  sale: [selling, for sale, dm me]
  codes: {match: regex, folds: case, terms: ['g+r+a+m+s?', 'item[ -]?[0-9]{4}']}
rules:
  - {id: gun-sale, when: any text has firearms and any text has sale, effect: {distribution: removed}}
  - {id: gun, when: caption has firearms and author.age < 18, effect: {routing: review}}
  - {id: code, when: caption has codes, effect: {routing: review}}
  - {id: young, when: author.age < 13, effect: {routing: review}}
  - {id: long, when: video.duration_s > 600 and author.age < 16, effect: {routing: review}}
  - {id: abroad, when: 'market in (BR, MX) and author.followers >= 1000', effect: {routing: review}}
  - {id: quiet, when: not any text has sale and video.duration_s in 3..5, effect: {routing: review}}
  - {id: tags, when: count(hashtags) > 3 and hashtags has firearms, effect: {routing: review}}
"#;

/// The same on every run: words without meaning, with a term in every tenth, a disguise in every thirtieth.
fn items() -> Vec<String> {
    let words = ["river", "bread", "yellow", "seven", "walks", "opera", "tiny", "cloud", "paper", "under"];
    let item = |at: usize| {
        let mut caption: Vec<String> = (0..12).map(|word| words[(at * 7 + word * (at % 3 + 1)) % words.len()].to_owned()).collect();
        match at % 30 {
            0 => caption[3] = "gl0ck".to_owned(),
            10 => caption[3] = "my glock".to_owned(),
            20 => caption[5] = "ggraammm item 1234".to_owned(),
            5 => caption[5] = "selling a revolver".to_owned(),
            _ => {}
        }
        let market = ["BR", "US", "MX", "FR"][at % 4];
        serde_json::json!({"id": at.to_string(), "caption": caption.join(" "), "market": market, "hashtags": ["fyp", words[at % 10]],
            "author": {"age": 10 + at % 30, "followers": at * 37 % 5_000}, "video": {"duration_s": at % 700}})
        .to_string()
    };
    (0..600).map(item).collect()
}

fn work(options: tribunal_core::Options) -> (Work, usize) {
    let loaded = tribunal::policy::load_str("work.yaml", POLICY);
    let moderator = Moderator::builder().compile_options(options).build(loaded).unwrap();
    let (mut scratch, mut fired) = (Scratch::new(), 0);
    for line in items() {
        let item = moderator.read_json(&line).unwrap();
        fired += moderator.engine().classify(&item, Call::default(), &mut scratch).rules.len();
    }
    (scratch.take_work(), fired)
}

#[test]
fn counts_are_pinned() {
    let (counted, fired) = work(tribunal_core::Options::default());
    let wanted = Work {
        items: 600,
        tokens: 9_428,
        // Forty of them are literals of expressions.
        filter_passes: 100,
        probes: 100,
        verifications: 20,
        coarse_keys: 100,
        regexes_woken: 40,
        candidates: 495,
        rules_evaluated: 203,
    };
    // A lower count is good news, and belongs here; a higher one needs a reason.
    assert_eq!((counted, fired), (wanted, 374));
}

#[test]
fn what_each_switch_saves() {
    let on = tribunal_core::Options::default;
    let (counted, fired) = work(on());
    let (unwoken, same) = work(tribunal_core::Options { wake: false, ..on() });
    assert_eq!(fired, same);
    assert!(counted.rules_evaluated * 10 < unwoken.rules_evaluated, "{counted:?} {unwoken:?}");
    let (one_by_one, same) = work(tribunal_core::Options { columns: false, ..on() });
    assert_eq!(fired, same);
    assert!(counted.rules_evaluated < one_by_one.rules_evaluated, "{counted:?} {one_by_one:?}");
    let (unwaiting, same) = work(tribunal_core::Options { regex_literals: false, ..on() });
    assert_eq!(fired, same);
    assert!(counted.regexes_woken * 10 < unwaiting.regexes_woken, "{counted:?} {unwaiting:?}");
}

/// A rule waits for what is rare in the sample: nothing is known of `zorblax` but that it is no English word.
#[test]
fn what_a_profile_saves() {
    const POLICY: &str = r#"
policy: {id: profile, version: "1"}
terms: {tags: [zorblax], families: [family], sale: [selling]}
rules:
  - {id: both, when: any text has tags and any text has families, effect: {routing: review}}
  - {id: young, when: any text has tags and author.age < 13, effect: {routing: review}}
  - {id: either, when: any text has families or any text has sale, effect: {routing: review}}
"#;
    let plain = Moderator::from_text(POLICY).unwrap();
    let item = |at: usize| {
        let caption = if at.is_multiple_of(50) { "zorblax family bread" } else { "zorblax river bread" };
        serde_json::json!({"id": at.to_string(), "caption": caption, "author": {"age": 10 + at % 60}}).to_string()
    };
    let lines: Vec<String> = (0..1_200).map(item).collect();
    let sampler = |lines: &mut dyn Iterator<Item = &String>| {
        let mut sampler = tribunal::Sampler::new(plain.policy(), tribunal::Limits::default()).unwrap();
        lines.for_each(|line| sampler.see(&plain.read_json(line).unwrap()));
        sampler
    };
    let profiled = sampler(&mut lines.iter()).compile().unwrap();
    let decide = |engine: &tribunal::Engine| {
        let mut scratch = Scratch::new();
        let rules = lines.iter().map(|line| engine.classify(&plain.read_json(line).unwrap(), Call::default(), &mut scratch).rules.clone());
        (rules.collect::<Vec<_>>(), scratch.take_work())
    };
    let ((same, guessed), (decided, counted)) = (decide(plain.engine()), decide(&profiled));
    assert_eq!(same, decided);
    // Two rules an item that waits for the tag; then one for the family, and one for the age.
    assert_eq!((guessed.candidates, counted.candidates), (2_424, 108), "{guessed:?} {counted:?}");
    // The same items in another order are the same profile, and the same file; it is told by whoever loads it.
    let bytes = profiled.to_bytes();
    assert_eq!(bytes, sampler(&mut lines.iter().rev()).compile().unwrap().to_bytes());
    assert_ne!(bytes, plain.engine().to_bytes());
    assert_eq!(tribunal::Engine::from_bytes(&bytes).unwrap().profile(), profiled.profile());
    assert_eq!(profiled.profile().map(|profile| profile.items), Some(1_200));
}
