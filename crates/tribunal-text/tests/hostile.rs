//! Hostile texts: linear work, or a limit that is reported.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

use tribunal_text::{CAPS, Coarse, CoarseScratch, Folds, LimitReached, Mode, Ordinary, Pattern, Prepared, View, ViewKind, Work, signals, verify, words};

fn patterns() -> Vec<Pattern> {
    ["glock", "badword", "seggs", "assassin", "kill yourself", "ar-15", "aaa", "illicit", "e-mail"]
        .iter()
        .flat_map(|t| [Mode::Phrase, Mode::Substring].map(|m| Pattern::new(t, m, Folds::EVASIVE, false).unwrap()))
        .collect()
}

fn search(text: &str) -> (Work, Result<(), LimitReached>) {
    let patterns = patterns();
    let coarse = Coarse::build(patterns.iter().enumerate().map(|(i, p)| (i as u32, p)));
    let ordinary = Ordinary::shipped();
    let mut field = Prepared::new();
    let mut scratch = CoarseScratch::new();
    field.prepare(text, &ordinary);
    let mut found = Vec::new();
    let result = coarse.candidates(&field, &ordinary, &mut scratch, &mut |id, span| {
        if found.len() < 32 {
            found.push((id, span));
        }
    });
    for (id, span) in &found {
        let _ = verify(&patterns[*id as usize], &field, span.clone(), &ordinary);
    }
    (scratch.work(), result)
}

#[test]
fn work_is_bounded() {
    let pieces = [
        "a.b.c.",
        "@@@@",
        "****",
        "aaaa",
        "a*",
        "i1l|",
        "g l o c k ",
        "|<",
        "&#97;",
        "\u{202e}a\u{202c}",
        "e\u{301}",
        "👍🏽\u{200d}",
        "((((",
        "_a",
        "ss",
        "$a",
        "a\u{200b}",
        "k1ll ",
    ];
    for piece in pieces {
        let text = piece.repeat(65_536 / piece.len());
        let (work, result) = search(&text);
        println!("{piece:?}: {work:?}, {result:?}");
        // What it catches is quadratic work. Every tree has its own states, and a start its last few beyond them.
        let bytes = text.len() as u64;
        let states = (bytes * CAPS.states_per_unit as u64 + CAPS.states_per_field as u64 + CAPS.states_per_start as u64) * 8;
        assert!(work.steps <= 2 * bytes + 16_384, "{piece:?}: {work:?}");
        // From one place at most three keys are asked for before anything is followed.
        assert!(work.states <= states && work.keys <= work.steps + 3 * bytes, "{piece:?}: {work:?}");
        let mut view = View::new();
        view.fold(ViewKind::PLAIN, &text);
        let _ = (words::count(&text), signals::emoji_count(&text), signals::links(&text).count());
    }
}

#[test]
fn a_word_stretched_beyond_the_limit_is_reported() {
    let (_, result) = search(&format!("gl{}ck", "o".repeat(400)));
    assert_eq!(result, Err(LimitReached));
    let (_, result) = search(&"plain words only ".repeat(3_000));
    assert_eq!(result, Ok(()));
}
