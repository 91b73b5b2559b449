//! Data for the measurements of disguises: `TRIBUNAL_DATA`, or `../shared/data` beside the checkout. Read in place, never copied.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tribunal_analysis::evade::tactics::Writing;
use tribunal_text::props;

pub use tribunal_oracle::data;

/// A file as text, decompressed when it ends in `.zst`.
pub fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let bytes = if path.extension().is_some_and(|ending| ending == "zst") { zstd::decode_all(bytes.as_slice()).unwrap() } else { bytes };
    String::from_utf8(bytes).unwrap()
}

/// The objects of a file of JSON lines.
pub fn lines(path: &Path) -> Vec<serde_json::Value> {
    text(path).split('\n').filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A text of an item: which file, which field, and the text.
pub struct Text {
    pub source: String,
    pub text: String,
}

/// Every caption, transcript and on-screen text of the item files, without repetitions.
pub fn texts(data: &Path) -> Vec<Text> {
    gathered(data, |item| ["caption", "transcript", "ocr"].iter().filter_map(|field| item[field].as_str().map(str::to_owned)).collect())
}

/// As [`texts`], and what else people write of themselves and their videos: a row of hashtags, what an author says of itself, the
/// title of a sound, and the titles of what it was verified for.
pub fn every_text(data: &Path) -> Vec<Text> {
    gathered(data, |item| {
        let mut found: Vec<String> = ["caption", "transcript", "ocr"].iter().filter_map(|field| item[field].as_str().map(str::to_owned)).collect();
        let of = |group: &str, field: &str| item[group][field].as_str().map(str::to_owned);
        found.extend([of("author", "bio"), of("video", "music_title"), of("author", "custom_verify"), of("author", "enterprise_verify")].into_iter().flatten());
        let tags: Vec<String> = item["hashtags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str()).map(|tag| format!("#{tag}")).collect();
        found.push(tags.join(" "));
        found
    })
}

fn gathered(data: &Path, of: impl Fn(&serde_json::Value) -> Vec<String>) -> Vec<Text> {
    let mut files: Vec<PathBuf> =
        ["open", "restricted"].iter().flat_map(|class| std::fs::read_dir(data.join("items").join(class)).unwrap()).map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().split('.').next().unwrap().to_owned();
        for item in lines(&file) {
            for text in of(&item) {
                if !text.trim().is_empty() && seen.insert(text.clone()) {
                    found.push(Text { source: name.clone(), text });
                }
            }
        }
    }
    found
}

/// A fixed order without any relation to the alphabet (FNV-1a).
pub fn fixed_hash(word: &str) -> u64 {
    let mixed = word.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    (mixed ^ (mixed >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// How often each word of letters and marks occurs in the texts, in small letters.
pub fn counted(texts: &[Text]) -> BTreeMap<String, u32> {
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    for text in texts {
        for word in text.text.split(|c| !(props::is_letter(c) || props::is_mark(c))).filter(|word| !word.is_empty()) {
            *known.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    known
}

/// The English dictionary, small letters only.
pub fn dictionary(data: &Path) -> Vec<String> {
    text(&data.join("allow/open/american-english.txt.zst"))
        .lines()
        .filter(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}

/// `most` ordinary English words of `letters` letters that occur at least `least` times in the texts, by a fixed hash.
pub fn english(data: &Path, counts: &BTreeMap<String, u32>, letters: std::ops::RangeInclusive<usize>, least: u32, most: usize) -> Vec<String> {
    let mut words: Vec<String> = dictionary(data).into_iter().filter(|w| letters.contains(&w.len()) && counts.get(w).is_some_and(|n| *n >= least)).collect();
    words.sort_by_key(|word| fixed_hash(word));
    words.truncate(most);
    words
}

/// `most` words of another writing, the most frequent first, then by a fixed hash.
pub fn others(counts: &BTreeMap<String, u32>, writing: Writing, most: usize) -> Vec<String> {
    let fits = |word: &str| {
        let letters = word.chars().filter(|c| props::is_letter(*c)).count();
        let least = if matches!(writing, Writing::Korean | Writing::Japanese) { 3 } else { 4 };
        (least..=12).contains(&letters)
            && word.chars().next().is_some_and(props::is_letter)
            && word.chars().all(|c| Writing::of(&c.to_string()) == writing || props::is_mark(c) || c == 'ー')
    };
    let mut words: Vec<(&String, &u32)> = counts.iter().filter(|(word, _)| fits(word)).collect();
    words.sort_by_key(|(word, count)| (std::cmp::Reverse(**count), fixed_hash(word)));
    words.into_iter().take(most).map(|(word, _)| word.clone()).collect()
}
