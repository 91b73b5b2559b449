//! Frequent, mild words of eight languages, sought in real items of their scripts: how many hits needed a fold beyond
//! `plain`. `TRIBUNAL_SHOW=ar` prints those of a language with what stands around them, to be read by somebody who reads it.
//!
//! The items are looked for in `TRIBUNAL_DATA`, or in `../shared/data` beside the checkout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value, json};
use tribunal::{Moderator, Outcome};

/// A language: the range of letters by which its items are known, and words that are frequent in it.
struct Language {
    name: &'static str,
    letters: &'static [std::ops::RangeInclusive<char>],
    words: &'static str,
    /// Most hits that may need a directed fold: a few more than have been read one by one by somebody who reads the language.
    most: usize,
}

const LANGUAGES: [Language; 8] = [
    Language {
        name: "th",
        letters: &['\u{e00}'..='\u{e7f}'],
        words: "ไม่ ได้ เป็น ที่ และ เรา เธอ รัก เที่ยว เวียดนาม ดานัง บ้าน กิน น้ำ คน ไทย สวย ดี มาก เพลง วันนี้ เพื่อน ทำ เลย ชาย หญิง ขาย ซื้อ เล่น แล้ว",
        most: 5,
    },
    Language {
        name: "ar",
        letters: &['\u{600}'..='\u{6ff}'],
        words: "على علي اكسبلور مشاهير الله إلى اللهم حركة أحد السعودية مصر حلو أنا هذا حب لايك متابعة رقص أغنية ضحك مدرسة بنت شباب جديد أمي صديقي كويتي عربي حياة فولو",
        most: 20,
    },
    Language {
        name: "hi",
        letters: &['\u{900}'..='\u{97f}'],
        words: "और नहीं है एक बड़ा ज़रूर सरकार देश भारत लोग काम बात सड़क दिल प्यार जय आज कल पानी लड़की लड़का पढ़ना गाना अच्छा बहुत हिन्दी ज़िंदगी फिर रोज़ साल",
        most: 70,
    },
    Language {
        name: "vi",
        letters: &['ạ'..='ỹ', 'đ'..='đ', 'ơ'..='ơ', 'ư'..='ư'],
        words: "người được bạn đẹp biển đường trời tiền khách sạn phòng ăn ngon nước mẹ yêu thương nhiều không biết việt nam hà nội đà nẵng chơi vui xinh quá cảm ơn",
        most: 30,
    },
    Language {
        name: "ru",
        letters: &['\u{400}'..='\u{4ff}'],
        words: "хочу рек любовь лучший вьетнам туториал помощь переписка человек день друзья бабушка аниме обзор смешно вода видео привет деньги школа мама песня танец море отель еда красиво подписка лайк ещё",
        most: 3,
    },
    Language {
        name: "zh",
        letters: &['\u{4e00}'..='\u{9fff}'],
        words: "哈哈 不是 说实话 为什么 兄弟 黑人 恶心 河南 中国人 东北 平等 支持 学校 女人 男人 美国 韩国 广东 孩子 结婚 工作 喜欢 朋友 视频 老师 农村 女权 日本 城市 歧视",
        most: 185,
    },
    Language {
        name: "ja",
        letters: &['\u{3040}'..='\u{30ff}'],
        words: "ウイグル アニメ ホテル ガンダム クリスマス ベトナム おすすめ ワンピース ティックトック ありがとう ヤクザ 天使 悪魔 東京 すごい かわいい バカ アホ レビュー プール テレビ ゲーム 日本 これ そう ダンス パンツ ドラマ がんばれ ください",
        most: 3,
    },
    Language {
        name: "ko",
        letters: &['\u{ac00}'..='\u{d7a3}', '\u{3131}'..='\u{318e}'],
        words: "추천 블랙핑크 또봇 펜트하우스 너무 떡상 진짜 강아지 빈센조 베트남 애니 하트 한국어 많이 연기 그냥 드라마 여행 사람 좋은 사랑 노래 학교 친구 오늘 얼마나 정말 완전 귀여운 기사",
        most: 3,
    },
];

/// Captions, transcripts, on-screen texts and hashtags of every item, as one text each.
fn texts(place: &Path) -> Vec<String> {
    let folders = ["open", "restricted"].map(|class| place.join("items").join(class));
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap();
        let bytes = if file.extension().is_some_and(|ending| ending == "zst") { zstd::decode_all(bytes.as_slice()).unwrap() } else { bytes };
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| {
                let item: Value = serde_json::from_str(line).unwrap();
                let mut all: Vec<&str> = ["caption", "transcript", "ocr"].iter().filter_map(|field| item[*field].as_str()).collect();
                all.extend(item["hashtags"].as_array().into_iter().flatten().filter_map(Value::as_str));
                all.join(" | ")
            })
            .collect::<Vec<_>>()
    };
    files.par_iter().flat_map(read).collect()
}

/// The text around a hit.
fn around(text: &str, start: u32, end: u32) -> String {
    let (start, end) = (start as usize, end as usize);
    let before: String = text[..start].chars().rev().take(14).collect::<Vec<_>>().into_iter().rev().collect();
    let after: String = text[end..].chars().take(14).collect();
    format!("{before}⟦{}⟧{after}", &text[start..end]).replace('\n', " ")
}

#[test]
fn frequent_words_in_eight_languages() {
    let Some(place) = tribunal_oracle::data("languages") else { return };
    let texts = texts(&place);
    let shown = std::env::var("TRIBUNAL_SHOW").unwrap_or_default();
    let mut too_many = Vec::new();
    for language in &LANGUAGES {
        let terms: Vec<&str> = language.words.split_whitespace().collect();
        let policy = json!({
            "policy": {"id": "languages", "version": "1"},
            "terms": {"listed": {"match": "phrase", "folds": "evasive", "terms": terms}},
            "rules": [{"id": "hit", "when": "caption has listed", "effect": {"routing": "review"}}],
        });
        let moderator = Moderator::builder().evidence(true).from_text(&policy.to_string()).unwrap_or_else(|error| panic!("{error}"));
        let own = |text: &&String| text.chars().filter(|c| language.letters.iter().any(|range| range.contains(c))).count() >= 3;
        let texts: Vec<&String> = texts.iter().filter(own).collect();
        let found: Vec<(usize, Vec<(String, String)>)> = texts
            .par_iter()
            .map(|text| {
                let line = json!({ "caption": text }).to_string();
                let (Outcome::Complete(decision) | Outcome::Incomplete(decision)) = moderator.decide_json(&line).unwrap();
                let hits: Vec<_> = decision.evidence.into_iter().flatten().flat_map(|evidence| evidence.hits).collect();
                let directed = |hit: &&tribunal::Hit| !hit.undone.iter().all(|fold| ["case", "width", "diacritics", "invisibles"].contains(&fold.as_str()));
                let evasive: Vec<_> =
                    hits.iter().filter(directed).map(|hit| (hit.undone.join("+"), format!("{} {}", hit.term, around(text, hit.start, hit.end)))).collect();
                (hits.len() - evasive.len(), evasive)
            })
            .collect();
        let plain: usize = found.iter().map(|(plain, _)| plain).sum();
        let mut folds: BTreeMap<&str, usize> = BTreeMap::new();
        for (undone, place) in found.iter().flat_map(|(_, evasive)| evasive) {
            *folds.entry(undone).or_default() += 1;
            if shown == language.name {
                println!("{undone}: {place}");
            }
        }
        let evasive: usize = folds.values().sum();
        println!("{}: {} texts, {} words, {plain} plain hits, {evasive} others {folds:?}", language.name, texts.len(), terms.len());
        assert!(plain > 0, "{}: no word is found at all", language.name);
        if evasive > language.most {
            too_many.push(format!("{}: {evasive} hits beyond plain, more than the {} that were read", language.name, language.most));
        }
    }
    assert!(too_many.is_empty(), "{}", too_many.join("\n"));
}
