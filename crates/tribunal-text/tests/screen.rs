//! What the first look passes over holds no disguised reading of any term.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

use std::collections::BTreeSet;
use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared, Reading, plain_match, verify};

/// A generator of numbers, the same at every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const TERMS: [&str; 49] = [
    "glock",
    "seggs",
    "heck",
    "badword",
    "fun",
    "phone",
    "wave",
    "vow",
    "aaa",
    "ab",
    "abc",
    "abba",
    "coffee",
    "cofe",
    "a",
    "slurone",
    "bb",
    "fph",
    "hph",
    "ppl",
    "h0ps",
    "b2b",
    "xxxa",
    "lol",
    "illicit",
    "good",
    "god",
    "what",
    "papa",
    "off",
    "phph",
    "kill yourself",
    "ar-15",
    "e-mail",
    "don't",
    "c++",
    "a.k.a",
    "n o",
    "buy now",
    "heck it",
    "go fun",
    "a god",
    "w8",
    "ab-cd-ef",
    "up-to-it",
    "u.f.o. now",
    "e/e-mail",
    "pop-phone",
    "kılıç",
];

const PIECES: [&str; 66] = [
    "@",
    "$",
    "!",
    "!!",
    "|",
    "(",
    "<",
    "+",
    "*",
    "**",
    "***",
    "#",
    ".",
    "..",
    "-",
    "_",
    " ",
    " ",
    "  ",
    "\n",
    "'",
    "`",
    "\"",
    "&amp;",
    "&#97;",
    "&#8217;",
    "&#8220;",
    "&#128514;",
    "&lt;",
    "&#32;",
    "&#x67;",
    "&oacute;",
    "&shy;",
    "&#8230;",
    "&#8482;",
    "|<",
    "\\/",
    "()",
    "|)",
    "/\\",
    "><",
    "|3",
    "vv",
    "ph",
    "0",
    "1",
    "3",
    "4",
    "8",
    "a",
    "b",
    "h",
    "p",
    "o",
    "k",
    "x",
    "www.",
    "http://",
    "t.co/",
    "@user",
    "@name_1",
    "me@mail.com",
    "ok",
    "the",
    ",",
    "&",
];

/// Terms beyond ASCII.
const WIDE_TERMS: [&str; 35] = [
    "нож",
    "нож сон",
    "сон",
    "ёлка",
    "йод",
    "привет",
    "сор",
    "вода",
    "λόγος",
    "σοφος",
    "ıssız",
    "café",
    "سلاح",
    "كتابي",
    "סוד",
    "שלום",
    "ㅋㅋ",
    "대박",
    "ขาย",
    "買い",
    "नमस",
    "glосk",
    "ﬀx",
    "ѕех",
    "ожог",
    "нож-сон",
    "שָלוֹם",
    "カラ",
    "한국-말",
    "บาท",
    "女優",
    "हिंदी",
    "dmくださ",
    "รหัส otp",
    "синий лёд",
];

/// What is written beside letters, and for them, beyond ASCII.
const WIDE_PIECES: [&str; 100] = [
    "\u{20000}",
    "\u{2f800}",
    "&#1043214;",
    "\u{fe01}",
    "о",
    "е",
    "ѕ",
    "і",
    "в",
    "ж",
    "с",
    "р",
    "а",
    "у",
    "х",
    "к",
    "м",
    "п",
    "я",
    "О",
    "Н",
    "В",
    "д",
    "й",
    "ё",
    "é",
    "ö",
    "e\u{301}",
    "и\u{306}",
    "\u{301}",
    "\u{336}",
    "\u{20dd}",
    "\u{20e3}",
    "1\u{fe0f}\u{20e3}",
    "\u{200b}",
    "\u{200d}",
    "\u{ad}",
    "\u{fe0f}",
    "\u{202e}",
    "\u{202c}",
    "🔥",
    "❌",
    "🅱",
    "🅰",
    "⭕",
    "👍🏽",
    "❤\u{fe0f}",
    "👩\u{200d}🚀",
    "🇺🇸",
    "🇬🇱",
    "🇽",
    "€",
    "£",
    "ß",
    "æ",
    "ᴏ",
    "ꜱ",
    "ø",
    "ł",
    "買",
    "二",
    "が",
    "ー",
    "カ",
    "ﾊﾞ",
    "’",
    "“",
    "”",
    "…",
    "—",
    "·",
    "•",
    "\u{a0}",
    "\u{2003}",
    "\u{2028}",
    "´",
    "˜",
    "™",
    "½",
    "ﬀ",
    "＠",
    "＃",
    "ａ",
    "Ｇ",
    "𝓰",
    "𝗼",
    "ⓖ",
    "ο",
    "ς",
    "Σ",
    "α",
    "ν",
    "ا",
    "ـ",
    "\u{64e}",
    "ڪ",
    "١",
    "가",
    "ㅋ",
    "גּ",
];

/// Letters of a term, each disguised or not, with or without something between.
fn disguised(random: &mut Random, term: &str, wide: bool) -> String {
    let mut text = String::new();
    let between = random.pick(&["", "", "", ".", " ", "-", "*", " . ", "&#8203;"]);
    let often = random.below(6);
    for letter in term.chars() {
        let sign = match letter {
            'a' => "@",
            'b' => "8",
            'c' => "(",
            'e' => "3",
            'f' => "ph",
            'g' => "6",
            'i' | 'l' => "!",
            'k' => "|<",
            'o' => "0",
            's' => "$",
            't' => "7",
            'v' => "\\/",
            'w' => "vv",
            _ => "*",
        };
        let written = letter.to_string();
        let looks = match letter {
            'a' => "а",
            'b' => "в",
            'c' => "с",
            'e' => "е",
            'g' => "ɡ",
            'i' | 'l' => "і",
            'k' => "к",
            'o' => "ο",
            's' => "ѕ",
            'x' => "х",
            'о' => "o",
            'с' => "c",
            'а' => "a",
            'н' => "h",
            'в' => "B",
            _ => random.pick(&WIDE_PIECES),
        };
        if wide && random.below(4 + often * 4) == 0 {
            text.push_str(if random.below(3) == 0 { random.pick(&WIDE_PIECES) } else { looks });
            continue;
        }
        match random.below(12 + often * 12) {
            0 | 1 => text.push_str(sign),
            2 => text.push('*'),
            3 => text.push_str(&written.repeat(random.below(4) + 1)),
            4 => text.push_str(&written.to_uppercase()),
            5 => text.push_str(&format!("&#{};", letter as u32)),
            6 => text.push_str(random.pick(&PIECES)),
            7 => text.push_str(&sign.repeat(random.below(4) + 1)),
            _ => text.push_str(&written),
        }
        text.push_str(between);
    }
    text
}

fn term<'a>(random: &mut Random, wide: bool) -> &'a str {
    if wide && random.below(3) == 0 { random.pick(&WIDE_TERMS) } else { random.pick(&TERMS) }
}

fn text(random: &mut Random, wide: bool) -> String {
    let mut text = String::new();
    for _ in 0..random.below(5) + 1 {
        match random.below(if wide { 4 } else { 3 }) {
            0 | 3 => {
                let term = term(random, wide);
                text.push_str(&disguised(random, term, wide));
            }
            1 => text.push_str(term(random, wide)),
            _ if wide => {
                for _ in 0..random.below(4) {
                    let from: &[&str] = if random.below(3) == 0 { &PIECES } else { &WIDE_PIECES };
                    text.push_str(random.pick(from));
                }
            }
            _ => (0..random.below(4)).for_each(|_| text.push_str(random.pick(&PIECES))),
        }
        text.push_str(random.pick(&["", " ", " ", ".", "#", "/"]));
    }
    let end = (0..=text.len().min(40)).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text
}

#[test]
fn every_disguised_reading_is_among_the_candidates() {
    every_reading(false);
}

#[test]
fn every_disguised_reading_beyond_ascii_is_among_the_candidates() {
    every_reading(true);
}

fn every_reading(wide: bool) {
    let rounds: u64 = std::env::var("SCREEN_CASES").ok().and_then(|v| v.parse().ok()).unwrap_or(4_000);
    let folds = [Folds::EVASIVE, Folds::EVASIVE, Folds::EVASIVE, Folds::PLAIN.union(Folds::LEET), Folds::PLAIN.union(Folds::SEPARATORS)];
    let (mut readings, mut passed, mut ends) = (0, 0, 0);
    for seed in 0..rounds {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
        let mode = [Mode::Word, Mode::Word, Mode::Phrase, Mode::Phrase, Mode::Tag, Mode::Tag, Mode::Substring][random.below(7)];
        let ordinary = if random.below(4) == 0 { Ordinary::with_words(["good"]) } else { Ordinary::shipped() };
        // One term alone leaves the filters nearly empty.
        let count = [1, 8][random.below(2)];
        let patterns: Vec<Pattern> =
            (0..count).filter_map(|_| Pattern::new(term(&mut random, wide), mode, folds[random.below(folds.len())], random.below(3) == 0).ok()).collect();
        let coarse = Coarse::build(patterns.iter().enumerate().map(|(i, p)| (i as u32, p)));
        let (mut field, mut scratch) = (Prepared::new(), CoarseScratch::new());
        let text = text(&mut random, wide);
        let element = random.below(2) == 0;
        if element {
            field.prepare_element(&text, &ordinary)
        } else {
            field.prepare(&text, &ordinary)
        }
        let mut found = BTreeSet::new();
        let may = coarse.may_hold(&text, &ordinary, &mut scratch);
        passed += u64::from(!may);
        coarse
            .candidates(&field, &ordinary, &mut scratch, &mut |id, span| {
                found.insert((id, span.start, span.end));
            })
            .unwrap();
        for (id, pattern) in patterns.iter().enumerate() {
            for a in (0..text.len() as u32).filter(|a| text.is_char_boundary(*a as usize)) {
                for b in (a + 1..=text.len() as u32).filter(|b| text.is_char_boundary(*b as usize)) {
                    if verify(pattern, &field, a..b, &ordinary) == Reading::Evasive {
                        readings += 1;
                        let term = pattern.term();
                        // A spelling with twin letters is looked for plainly, beside the search for marks.
                        let spelled = || pattern.twin_patterns(&ordinary).any(|spelled| plain_match(&spelled, &text, a..b));
                        assert!(
                            (may && found.contains(&(id as u32, a, b))) || spelled(),
                            "seed {seed}: {term:?} at {a}..{b} of {text:?} ({mode:?}, {})",
                            pattern.folds()
                        );
                        ends += u64::from(b as usize == text.len());
                    }
                }
            }
        }
    }
    println!("{rounds} texts, {passed} passed over, {readings} disguised readings, {ends} of them at the end");
    assert!(readings > rounds / 160 && passed > rounds / 20, "{readings} readings, {passed} passed over: the texts show nothing");
}
