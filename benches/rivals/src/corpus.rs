//! Items. Real short texts when the development data is there, invented ones otherwise; both the same on every run.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::naive::fold;
use crate::rng::{Rng, Weighted};

/// Markets that items come from.
pub(crate) const REGIONS: [&str; 12] = ["US", "GB", "CA", "AU", "IN", "NG", "PH", "BR", "MX", "DE", "FR", "ID"];

/// One item, read already: every rival gets the same borrowed texts.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) caption: String,
    /// Index into [`REGIONS`].
    pub(crate) region: u8,
    pub(crate) duration: i64,
    pub(crate) followers: Option<i64>,
}

/// Items with where they come from.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    pub(crate) source: String,
    pub(crate) items: Vec<Item>,
}

impl Corpus {
    pub(crate) fn new(name: &'static str, source: String, captions: Vec<String>) -> Corpus {
        let mut rng = Rng::new(7);
        let mut captions = captions;
        // Any prefix is representative then, and the texts lie in memory in the order of the scan, as after a parser.
        rng.shuffle(&mut captions);
        let items = captions.iter().map(|caption| item(caption.clone(), &mut rng)).collect();
        Corpus { name, source, items }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.items.iter().map(|item| item.caption.len()).sum()
    }

    /// One line about it.
    pub(crate) fn describe(&self) -> String {
        let (items, bytes) = (self.items.len(), self.bytes());
        let mixed = self.items.iter().filter(|item| !item.caption.is_ascii()).count();
        let other: usize = self.items.iter().map(|item| item.caption.bytes().filter(|byte| !byte.is_ascii()).count()).sum();
        format!(
            "{}: {items} items, {:.2} MB, mean {:.0} bytes; {:.0} % of the items and {:.1} % of the bytes are not ASCII; {}",
            self.name,
            bytes as f64 / 1e6,
            bytes as f64 / items as f64,
            100.0 * mixed as f64 / items as f64,
            100.0 * other as f64 / bytes as f64,
            self.source
        )
    }
}

fn item(caption: String, rng: &mut Rng) -> Item {
    let followers = 10f64.powf(rng.unit() * 7.0) as i64;
    Item { caption, region: rng.below(REGIONS.len()) as u8, duration: 3 + rng.below(178) as i64, followers: Some(followers) }
}

/// The development data: `TRIBUNAL_DATA`, else `../shared/data` beside the project.
pub(crate) fn data() -> Option<PathBuf> {
    let folder = match std::env::var_os("TRIBUNAL_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    folder.join("items").is_dir().then_some(folder)
}

/// Short English texts: tweets of four labelled sets, or invented ones.
pub(crate) fn short(data: Option<&Path>) -> Corpus {
    let sets = ["open/davidson", "restricted/olid", "restricted/tweeteval-hate", "restricted/tweeteval-offensive"];
    let Some(texts) = data.and_then(|data| captions(data, &sets)) else {
        return Corpus::new("short", "invented".to_owned(), invented(24_000, &mut Rng::new(1)));
    };
    let mut seen = HashSet::new();
    let clean: Vec<String> = texts.iter().filter_map(|text| clean(text)).filter(|text| seen.insert(text.clone())).collect();
    let kept: Vec<String> = clean.iter().filter(|text| undisputed(text)).cloned().collect();
    let source = format!("tweets of {}; {} left out because rivals disagree where words end", sets.join(", "), clean.len() - kept.len());
    Corpus::new("short", source, kept)
}

/// Fifteen short texts in one.
pub(crate) fn long(short: &Corpus) -> Corpus {
    let texts = short.items.chunks_exact(15).map(|part| part.iter().map(|item| item.caption.as_str()).collect::<Vec<_>>().join(" "));
    Corpus::new("long", "fifteen items of `short` in one".to_owned(), texts.collect())
}

/// Chinese texts: posts of two labelled sets, or invented ones.
pub(crate) fn chinese(data: Option<&Path>) -> Corpus {
    let sets = ["open/coldataset", "restricted/toxicloakcn"];
    match data.and_then(|data| captions(data, &sets)) {
        Some(texts) => {
            let mut seen = HashSet::new();
            let kept = texts.iter().filter_map(|text| clean(text)).filter(|text| seen.insert(text.clone())).collect();
            Corpus::new("chinese", format!("posts of {}", sets.join(", ")), kept)
        }
        None => {
            let mut rng = Rng::new(3);
            let texts = (0..12_000).map(|_| {
                let length = 12 + rng.below(60);
                (0..length).map(|_| char::from_u32(0x4E00 + skewed(&mut rng, 3_000) as u32).unwrap_or('一')).collect()
            });
            Corpus::new("chinese", "invented".to_owned(), texts.collect())
        }
    }
}

/// Words of five languages and everyday ones in ASCII.
const WORDS: [&[&str]; 5] = [
    &["привет", "сегодня", "видео", "красивый", "город", "музыка", "друзья", "новый", "спасибо", "вместе", "утро", "дорога"],
    &["مرحبا", "اليوم", "فيديو", "جميل", "مدينة", "موسيقى", "أصدقاء", "جديد", "شكرا", "معا", "صباح", "طريق"],
    &["สวัสดีวันนี้", "วิดีโอสวยงาม", "เมืองใหม่", "ดนตรีและเพื่อน", "ขอบคุณมาก", "ตอนเช้า", "ถนนสายนี้", "ไปด้วยกัน"],
    &["こんにちは今日", "動画がきれい", "新しい街", "音楽と友だち", "ありがとう", "いっしょに", "朝の道", "楽しい一日"],
    &["você", "não", "música", "amanhã", "coração", "atenção", "mãe", "irmão", "lição", "pão", "também", "até"],
];

/// Captions in five languages of which six in ten bytes are not ASCII, the same captions spelt with ASCII letters, and for each
/// some of its words to be terms.
pub(crate) fn scripts() -> [(Corpus, Vec<String>); 2] {
    let ascii = ["new", "video", "link in bio", "follow", "tag", "2026", "music", "live", "part two", "dm me"];
    let mut rng = Rng::new(5);
    let (mut mixed, mut plain) = (Vec::new(), Vec::new());
    for at in 0..10_000 {
        let own = WORDS[at % WORDS.len()];
        let (mut text, mut other) = (String::new(), 0);
        while text.len() < 88 {
            let word = if other * 10 < text.len() * 6 || text.is_empty() { *rng.pick(own) } else { *rng.pick(&ascii) };
            other += word.bytes().filter(|byte| !byte.is_ascii()).count();
            text.push_str(word);
            text.push(' ');
        }
        plain.push(spelt(&text));
        mixed.push(text);
    }
    // Words that folding leaves as they are: the naive reading folds texts, not terms.
    let terms: Vec<String> = WORDS.iter().flat_map(|words| words.iter().filter(|word| fold(word) == **word).take(3)).map(|word| (*word).to_owned()).collect();
    let plain_terms = terms.iter().map(|term| spelt(term)).collect();
    [
        (Corpus::new("scripts", "invented, five languages".to_owned(), mixed), terms),
        (Corpus::new("scripts-ascii", "the same lengths and words in ASCII letters".to_owned(), plain), plain_terms),
    ]
}

/// As many bytes in ASCII letters: each byte of another script becomes one.
fn spelt(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii() { byte as char } else { (b'a' + byte % 26) as char }).collect()
}

/// Captions of the sets that are there; nothing when one is missing.
fn captions(data: &Path, sets: &[&str]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(default)]
        caption: String,
    }
    let mut found = Vec::new();
    for set in sets {
        let text = read(&data.join("items").join(set))?;
        found.extend(text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()).map(|line| line.caption));
    }
    Some(found)
}

/// `NAME.jsonl` or `NAME.jsonl.zst`.
pub(crate) fn read(name: &Path) -> Option<String> {
    let plain = name.with_extension("jsonl");
    if let Ok(text) = std::fs::read_to_string(&plain) {
        return Some(text);
    }
    let packed = std::fs::read(name.with_extension("jsonl.zst")).ok()?;
    String::from_utf8(zstd::stream::decode_all(packed.as_slice()).ok()?).ok()
}

/// White space collapsed, HTML entities undone, `_` (a letter to some rivals and a separator to others) made `-`.
fn clean(text: &str) -> Option<String> {
    let text = entities(text).replace('_', "-").replace('\u{FFFD}', "");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (text.len() >= 30).then_some(text)
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        let sign = end.and_then(|end| match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            name => name.strip_prefix('#').and_then(|digits| digits.parse().ok()).and_then(char::from_u32),
        });
        match (sign, end) {
            (Some(sign), Some(end)) => {
                out.push(sign);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Whether all rivals see the same ends of ASCII words: none touches a letter, mark or invisible that is not ASCII. For some
/// rivals every such character ends a word, for us a letter does not.
fn undisputed(text: &str) -> bool {
    let wordy = |c: char| !c.is_ascii() && (c.is_alphanumeric() || is_combining_mark(c) || ignorable(c) || c.nfkd().any(char::is_alphanumeric));
    let mut before = ' ';
    for c in text.chars() {
        if (before.is_ascii_alphanumeric() && wordy(c)) || (wordy(before) && c.is_ascii_alphanumeric()) {
            return false;
        }
        before = c;
    }
    true
}

/// The default-ignorable code points that texts hold.
pub(crate) fn ignorable(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Small numbers more often than large ones.
fn skewed(rng: &mut Rng, n: usize) -> usize {
    let unit = rng.unit();
    ((unit * unit * unit) * n as f64) as usize
}

/// Texts of invented words with the frequencies of a language (Zipf), emoji and curly quotes in four of ten.
fn invented(count: usize, rng: &mut Rng) -> Vec<String> {
    const SYLLABLES: [&str; 24] = [
        "ba", "ko", "mi", "ru", "te", "za", "lo", "ni", "ve", "pu", "sha", "dri", "gor", "fen", "tul", "wex", "an", "el", "ing", "ost", "qua", "ri", "som",
        "ty",
    ];
    let mut words: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    while words.len() < 25_000 {
        let long = 1 + rng.below(2 + words.len().min(8_000) / 4_000);
        let word: String = (0..=long).map(|_| *rng.pick(&SYLLABLES)).collect();
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    let zipf = Weighted::new((0..words.len()).map(|rank| 1.0 / (rank as f64 + 2.7)));
    let mut texts = Vec::new();
    for _ in 0..count {
        let mut text = String::new();
        for at in 0..8 + rng.below(14) {
            if at > 0 {
                text.push_str(if rng.chance(0.08) { ", " } else { " " });
            }
            let word = &words[zipf.draw(rng)];
            match rng.below(40) {
                0 => text.push_str(&word.to_uppercase()),
                1 => text.push_str(&format!("#{word}")),
                2 => text.push_str(&format!("{word}!")),
                _ => text.push_str(word),
            }
        }
        if rng.chance(0.42) {
            text.push_str(rng.pick::<&str>(&[" 😂", " ❤️", " …", " “ok”", " 🔥🔥"]));
        }
        texts.push(text);
    }
    texts
}
