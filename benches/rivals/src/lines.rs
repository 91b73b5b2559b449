//! Lines of JSON in, decisions out, against parsing the same lines and nothing else.

use std::borrow::Cow;
use std::hint::black_box;

use cpu_time::ThreadTime;
use serde::Deserialize;
use tribunal::{Call, Moderator, Scratch};

use crate::corpus::{Corpus, REGIONS};
use crate::policies::{Reading, folder};
use crate::rules::RuleSet;
use crate::tables::{table, three};

/// The fields that the rules read, borrowed where the text has no escape: what a program would write by hand.
#[derive(Deserialize)]
struct Known<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    caption: Cow<'a, str>,
    #[serde(borrow)]
    hashtags: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    region: Cow<'a, str>,
    author: Author,
    video: Video,
}

#[derive(Deserialize)]
struct Author {
    followers: i64,
}

#[derive(Deserialize)]
struct Video {
    duration_s: i64,
}

/// One line an item.
fn lines(corpus: &Corpus) -> Vec<String> {
    let line = |(at, item): (usize, &crate::corpus::Item)| {
        let tags: Vec<&str> = item.caption.split(' ').filter_map(|word| word.strip_prefix('#')).filter(|tag| !tag.is_empty()).collect();
        serde_json::json!({
            "id": at.to_string(), "caption": item.caption, "hashtags": tags, "region": REGIONS[usize::from(item.region)],
            "author": {"followers": item.followers}, "video": {"duration_s": item.duration},
        })
        .to_string()
    };
    corpus.items.iter().enumerate().map(line).collect()
}

/// The table of all sizes.
pub(crate) fn report(corpus: &Corpus, sets: &[RuleSet], rounds: usize) -> String {
    let lines = lines(corpus);
    let bytes: usize = lines.iter().map(String::len).sum();
    let time = |work: &mut dyn FnMut(&str)| {
        let mut rounds: Vec<f64> = (0..rounds)
            .map(|_| {
                let begin = ThreadTime::now();
                lines.iter().for_each(|line| work(line));
                begin.elapsed().as_secs_f64() * 1e9 / lines.len() as f64
            })
            .collect();
        rounds.sort_by(f64::total_cmp);
        rounds[rounds.len() / 2]
    };
    let typed = time(&mut |line| {
        if let Ok(known) = serde_json::from_str::<Known<'_>>(line) {
            black_box((known.id.len(), known.caption.len(), known.hashtags.len(), known.region.len(), known.author.followers, known.video.duration_s));
        }
    });
    let value = time(&mut |line| {
        black_box(serde_json::from_str::<serde_json::Value>(line).is_ok());
    });
    let row = |name: &str, ns: f64| {
        vec![name.to_owned(), three(ns), three(bytes as f64 / lines.len() as f64 * 1e3 / ns), format!("{:.2}", typed / ns), format!("{:.2}", value / ns)]
    };
    let mut rows = vec![row("serde_json, the known fields", typed), row("serde_json, any value", value)];
    for set in sets {
        let loaded = tribunal_policy::load_files(folder(set, Reading::Whole));
        let Ok(moderator) = Moderator::builder().build(loaded) else {
            rows.push(vec![format!("{}: not built", set.name)]);
            continue;
        };
        if set.name == "R100" {
            rows.push(row(
                "tribunal, read alone",
                time(&mut |line| {
                    black_box(moderator.read_json(line).is_ok());
                }),
            ));
        }
        let mut scratch = Scratch::new();
        let verdicts = time(&mut |line| {
            if let Ok(item) = moderator.read_json(line) {
                black_box(moderator.engine().classify(&item, Call::default(), &mut scratch).rules.len());
            }
        });
        rows.push(row(&format!("tribunal {}, read and verdict", set.name), verdicts));
        let mut written = Vec::new();
        let decisions = time(&mut |line| {
            if let Ok(item) = moderator.read_json(line) {
                written.clear();
                moderator.decide_into(&item, &mut scratch, &mut written);
                black_box(&written);
            }
        });
        rows.push(row(&format!("tribunal {}, read, decision, written", set.name), decisions));
    }
    table(&["what", "ns a line", "MB/s", "over known fields", "over any value"], &rows)
}
