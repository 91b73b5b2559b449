//! From an item to the smallest one that shows the same.

use crate::item::{Draft, Val};

/// Takes away whatever the item does not need for `holds`, one thing at a time (Zeller's delta debugging, greedy).
pub(crate) fn smallest(draft: &Draft, holds: &mut dyn FnMut(&Draft) -> bool) -> Draft {
    let mut best = draft.clone();
    let mut budget = 400u32;
    let mut attempt = |candidate: Draft, best: &mut Draft, budget: &mut u32| -> bool {
        if *budget == 0 || candidate == *best {
            return false;
        }
        *budget -= 1;
        let better = holds(&candidate);
        if better {
            *best = candidate;
        }
        better
    };
    let names: Vec<String> = best.values.keys().filter(|name| name.as_str() != "market").cloned().collect();
    // Ids are texts too, but no captions.
    let texts = |name: &String| name.contains("title") || matches!(name.as_str(), "transcript" | "ocr");
    for name in &names {
        let mut without = best.clone();
        without.values.remove(name);
        attempt(without, &mut best, &mut budget);
    }
    for name in &names {
        match best.values.get(name).cloned() {
            Some(Val::Text(text)) => shorten(name, &text, &mut best, &mut budget, &mut attempt),
            Some(Val::List(list)) => {
                let mut at = list.len();
                while at > 0 {
                    at -= 1;
                    let Some(Val::List(now)) = best.values.get(name) else { break };
                    let mut fewer = now.clone();
                    if at < fewer.len() {
                        fewer.remove(at);
                    }
                    let mut candidate = best.clone();
                    candidate.set(name, Val::List(fewer));
                    attempt(candidate, &mut best, &mut budget);
                }
            }
            _ => {}
        }
    }
    // A caption is what people read first.
    for name in names.iter().filter(|name| texts(name)) {
        if let (Some(Val::Text(text)), false) = (best.values.get(name).cloned(), best.values.contains_key("caption")) {
            let mut candidate = best.clone();
            candidate.values.remove(name);
            candidate.set("caption", Val::Text(text));
            attempt(candidate, &mut best, &mut budget);
        }
    }
    best
}

fn shorten(name: &str, text: &str, best: &mut Draft, budget: &mut u32, attempt: &mut dyn FnMut(Draft, &mut Draft, &mut u32) -> bool) {
    let mut words: Vec<&str> = text.split(' ').collect();
    let mut size = words.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < words.len() && words.len() > 1 {
            let end = (at + size).min(words.len());
            let fewer: Vec<&str> = words.iter().enumerate().filter(|(index, _)| *index < at || *index >= end).map(|(_, word)| *word).collect();
            let mut candidate = best.clone();
            candidate.set(name, Val::Text(fewer.join(" ")));
            if attempt(candidate, best, budget) {
                words = fewer;
            } else {
                at = end;
            }
        }
        size /= 2;
    }
}
