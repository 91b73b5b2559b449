//! What generated texts are made of: mild stand-ins, in several scripts and with everything that makes matching hard.

/// Terms: words, phrases, doubles, digits, symbols, marks, spaceless scripts, emoji.
pub(super) const TERMS: &[&str] = &[
    "glock",
    "heck",
    "seggs",
    "badword",
    "unalive",
    "good",
    "book",
    "butter",
    "hello",
    "bass",
    "kk",
    "x",
    "ab",
    "sale",
    "deal",
    "classic",
    "ar-15",
    "c++",
    "b2b",
    "666",
    "420",
    "dm me",
    "for sale",
    "le dollar bean",
    "free  bird",
    "rock'n'roll",
    "e.g.",
    "at&t",
    "o_o",
    "café",
    "straße",
    "naïve",
    "Ünal",
    "ılık",
    "İpek",
    "ökonom",
    "Øre",
    "Škoda",
    "ﬁne",
    "Ⅷ",
    "привет",
    "ёлка",
    "сыр",
    "топ",
    "λόγος",
    "σήμα",
    "سلاح",
    "שלום",
    "नमस्ते",
    "대박",
    "한국",
    "枪",
    "买枪",
    "すし",
    "カワイイ",
    "ขายของ",
    "ဈေး",
    "🔥",
    "🌽",
    "👍",
    "👨‍👩‍👧",
    "🇩🇪",
    "1️⃣",
    "hot 🔥",
    "🔥sale",
];

/// Regular expressions, none of which matches the empty text.
pub(super) const REGEXES: &[&str] =
    &["gl[o0]ck", r"\bheck\b", "h+e+", "(?-i)Deal", r"\d{3,}", "^sale", "sale$", "buy|sell|bu", "s.le", r"[^a-z\s]+", "(?i:é)x?"];

/// Words around terms.
pub(super) const NEUTRAL: &[&str] = &[
    "the",
    "a",
    "my",
    "and",
    "cat",
    "video",
    "today",
    "I",
    "we're",
    "in",
    "2026",
    "10k",
    "y",
    "no",
    "la",
    "über",
    "один",
    "今天",
    "มาก",
    "ok",
    "www.example.com/x",
    "https://Shop.example:80/a?b",
    "http://u@bad.test#x",
    "user@mail.test",
    "@glockfan",
    "#tag",
    "it's",
];

/// Between words.
pub(super) const JOINTS: &[&str] = &[" ", " ", " ", " ", " ", "  ", ", ", ". ", "! ", "-", "_", "", "/", "\n", " 🔥 ", "🔥", "\u{200b}", "'", "…", " #", "*"];

/// Hosts and their parents.
pub(super) const HOSTS: &[&str] = &["example.com", "shop.example", "bad.test", "www.example.com", "Example"];

/// Ids.
pub(super) const IDS: &[&str] = &["u1", "u2", "U1", "s-9", "42", "007", "fx.blur", "glock"];

/// Language tags.
pub(super) const LANGS: &[&str] = &["en", "de", "pt-BR", "tr", "EN-us", "zh_Hant"];
