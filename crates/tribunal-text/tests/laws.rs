//! Laws that hold for every term and text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

use proptest::prelude::*;
use std::collections::BTreeSet;
use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared, Reading, View, ViewKind, fold_to_string, plain_match, undone, verify};

const MODES: [Mode; 7] = [Mode::Word, Mode::Phrase, Mode::Prefix, Mode::Suffix, Mode::Substring, Mode::Tag, Mode::Whole];

/// Texts made of what disguises are made of.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(vec!["a", "b", "e", "g", "i", "l", "o", "s", "t", "k", "u", "v", "p", "h", "x"]).prop_map(str::to_owned),
        3 => proptest::sample::select(vec![" ", " ", " ", "  ", ".", "-", "_", "*", "#", "'", "\n"]).prop_map(str::to_owned),
        3 => proptest::sample::select(vec!["0", "1", "3", "5", "@", "$", "!", "|", "+", "(", "<", "()", "|<", "\\/", "vv", "ph", "&#111;", "&shy;"]).prop_map(str::to_owned),
        2 => proptest::sample::select(vec!["о", "е", "ѕ", "і", "в", "ж", "S", "Е", "é", "e\u{301}", "\u{200b}", "\u{ad}", "🔥", "❌", "🅱", "€", "ß", "ᴏ", "ø", "\u{202e}", "\u{202c}", "買", "が"]).prop_map(str::to_owned),
        1 => "\\PC",
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|v| v.concat())
}

fn term() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => proptest::sample::select(vec!["a", "b", "e", "g", "i", "l", "o", "s", "t", "k", "u", "v", "f", "x"]).prop_map(str::to_owned),
        1 => proptest::sample::select(vec![" ", "-", "'", "1", "5", "о", "в", "é", "🔥", "."]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 1..6).prop_map(|v| v.concat())
}

fn folds() -> impl Strategy<Value = Folds> {
    prop_oneof![3 => Just(Folds::EVASIVE.bits()), 1 => 0..1024u16].prop_map(|b| Folds::from_bits(b).unwrap())
}

/// Terms of other scripts, of digits, of emoji.
fn foreign_term() -> impl Strategy<Value = String> {
    let whole = proptest::sample::select(vec![
        "ขายของ",
        "ဈေး",
        "ขายของဈေး",
        "กุ้งปี",
        "नमस्ते",
        "ស្រី",
        "ສິ່ງ",
        "買い物",
        "がぎぐ",
        "カワイイ",
        "대박",
        "سلاح",
        "שָׁלוֹם",
        "привет",
        "ёлка",
        "ılık",
        "İpek",
        "sınıf",
        "666",
        "420",
        "1488",
        "6",
        "b2b",
        "ar-15",
        "1️⃣",
        "1️⃣sale",
        "sale🔥",
        "👨‍👩‍👧",
        "🇩🇪x",
        "naïve",
        "at&t",
        "o_o",
    ]);
    let piece = proptest::sample::select(vec![
        "ก", "ี", "ุ", "่", "า", "ဈ", "ေ", "း", "न", "े", "्", "買", "が", "ı", "i", "1", "4", "٣", "a", "é", "ё", "й", "1️⃣", "🔥", " ", "-",
    ]);
    // Bases with vowel signs: what is set apart letter by letter where marks count as no letters.
    let cluster = proptest::sample::select(vec!["က", "ခ", "ဈေး", "ေ", "း", "ป", "กี", "ข", "า", "กุ", "ी", "न", "ស", "ី", "が", "1"]);
    prop_oneof![
        2 => whole.prop_map(str::to_owned),
        1 => proptest::collection::vec(piece, 1..6).prop_map(|v| v.concat()),
        2 => proptest::collection::vec(cluster, 3..7).prop_map(|v| v.concat()),
    ]
}

/// A text that is likely to hold a term of other scripts in disguise: set apart by one separator or by several, letter by
/// letter or here and there.
fn foreign() -> impl Strategy<Value = (String, String)> {
    let separators = || {
        proptest::sample::select(vec![" ", " ", " ", "  ", ".", "-", "_", "*", "🔥", "1️⃣", "&nbsp;", "&#46;", "\u{200b}", "\u{301}", "", "'", "\u{34f}", "၊"])
    };
    let around =
        || proptest::sample::select(vec!["", "", " ", "BADWORd ", "🔥good", "ก", "ေ", "ุ", "x", "7", "1️⃣", "&amp;", "ı", " ж", "\u{202e}", "'s", "#", "."]);
    (foreign_term(), around(), around(), separators(), separators(), proptest::collection::vec(0..32u8, 6)).prop_map(
        |(term, before, after, one, other, tricks)| {
            let every = tricks[5] % 4;
            let mut text = before.to_owned();
            for (i, c) in term.chars().enumerate() {
                if i > 0 && (every < 2 || tricks[i % 5] == 3) {
                    text.push_str(if every == 1 && tricks[i % 5] > 23 { other } else { one });
                }
                match tricks[i % 5] {
                    0 => text.extend(c.to_uppercase()),
                    1 => text.extend([c, c, c]),
                    2 => text.push_str(&format!("&#{};", c as u32)),
                    4 => text.push_str(match c {
                        'ı' | 'İ' => "i",
                        'i' => "ı",
                        '1' => "l",
                        '6' => "b",
                        '4' => "a",
                        '0' => "o",
                        'е' => "e",
                        'р' => "p",
                        'ี' => "ิ",
                        _ => "*",
                    }),
                    5 => text.extend([c, '\u{301}']),
                    6 => text.extend([c, '\u{200d}']),
                    _ => text.push(c),
                }
            }
            (term, text + after)
        },
    )
}

/// A text that is likely to hold the term in disguise.
fn disguised() -> impl Strategy<Value = (String, String)> {
    (term(), hostile(), hostile(), proptest::collection::vec(0..12u8, 6)).prop_map(|(term, before, after, tricks)| {
        let mut text = before;
        for (i, c) in term.chars().enumerate() {
            match tricks[i % tricks.len()] {
                0 => text.extend(c.to_uppercase()),
                1 => text.extend([c, c, c]),
                2 => text.extend([c, c]),
                3 => text.extend([c, '.']),
                4 => text.extend([c, ' ']),
                5 => text.push('*'),
                6 => text.push_str(match c {
                    'o' => "0",
                    'e' => "3",
                    's' => "$",
                    'a' => "@",
                    'i' => "1",
                    'l' => "|",
                    't' => "+",
                    _ => "x",
                }),
                7 => text.push_str(match c {
                    'o' => "о",
                    'e' => "е",
                    's' => "ѕ",
                    'a' => "а",
                    'i' => "і",
                    'k' => "|<",
                    'v' => "\\/",
                    _ => "x",
                }),
                8 => text.push_str(&format!("&#{};", c as u32)),
                _ => text.push(c),
            }
        }
        (term, text + &after)
    })
}

fn spans(text: &str) -> impl Iterator<Item = std::ops::Range<u32>> {
    let ends: Vec<u32> = (0..=text.len()).filter(|i| text.is_char_boundary(*i)).map(|i| i as u32).collect();
    let all: Vec<_> = ends.iter().flat_map(|a| ends.iter().filter(move |b| *b > a).map(move |b| *a..*b)).collect();
    all.into_iter()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn folding_is_closed(text in hostile(), bits in 0..32u16) {
        let kind = ViewKind { folds: Folds::from_bits(bits & 15).unwrap(), turkish: bits > 15 };
        let once = fold_to_string(kind, &text);
        prop_assert_eq!(fold_to_string(kind, &once), once);
    }

    #[test]
    fn units_lie_on_character_boundaries(text in "\\PC*", bits in 0..16u16) {
        let mut view = View::new();
        view.fold(ViewKind { folds: Folds::from_bits(bits).unwrap(), turkish: false }, &text);
        for unit in &view.units {
            prop_assert!(text.is_char_boundary(unit.start as usize) && text.is_char_boundary(unit.end as usize) && unit.start < unit.end);
        }
    }

    #[test]
    fn a_term_matches_itself(term in prop_oneof![term(), hostile(), "\\PC{1,8}"], folds in folds(), mode in proptest::sample::select(MODES.to_vec())) {
        let source = term.trim();
        let Ok(pattern) = Pattern::new(source, mode, folds, false) else { return Ok(()) };
        // Of a text whose ends fold away, the span is what is left; a tag drops what is not of a word.
        let mut view = View::new();
        view.fold(pattern.kind(), source);
        let span = view.span(0..view.units.len());
        if mode != Mode::Tag && span == (0..source.len() as u32) {
            prop_assert!(plain_match(&pattern, source, span));
        }
    }

    #[test]
    fn candidates_hold_every_disguised_reading((term, text) in prop_oneof![disguised(), foreign()], turkish in proptest::bool::weighted(0.2), folds in folds(), mode in proptest::sample::select(MODES.to_vec()), own in any::<bool>()) {
        let ordinary = if own { Ordinary::with_words(["good"]) } else { Ordinary::shipped() };
        let Ok(pattern) = Pattern::new(&term, mode, folds, turkish) else { return Ok(()) };
        let mut field = Prepared::new();
        field.prepare(&text, &ordinary);
        let coarse = Coarse::build([(7, &pattern)].into_iter());
        let mut found = BTreeSet::new();
        coarse.candidates(&field, &ordinary, &mut CoarseScratch::new(), &mut |id, span| {
            assert_eq!(id, 7);
            found.insert((span.start, span.end));
        }).unwrap();
        for span in spans(&text) {
            if verify(&pattern, &field, span.clone(), &ordinary) == Reading::Evasive {
                // A spelling with twin letters is looked for plainly, beside the search for marks.
                let spelled = || pattern.twin_patterns(&ordinary).any(|spelled| plain_match(&spelled, &text, span.clone()));
                prop_assert!(found.contains(&(span.start, span.end)) || spelled(), "{term:?} at {span:?} of {text:?} under {folds}");
                let needed = undone(&pattern, &field, span.clone(), &ordinary);
                prop_assert!(!needed.directed().is_empty(), "{term:?} at {span:?} of {text:?} under {folds}: {needed}");
                prop_assert!(!plain_match(&pattern, &text, span));
            }
        }
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|v| v.parse().ok()).unwrap_or(400)
}
