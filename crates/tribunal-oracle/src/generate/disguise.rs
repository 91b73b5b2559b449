//! Ways in which people write a word so that it is not found.

use super::Rng;
use super::words::JOINTS;

/// Letters and what stands for them: leet first, then look-alikes and styled forms.
const LOOKS: &[(char, &[&str])] = &[
    ('a', &["4", "@", "а", "á", "ａ", "𝐚"]),
    ('b', &["8", "6", "|3", "ь", "𝓫"]),
    ('c', &["(", "<", "с", "ç", "ⓒ"]),
    ('d', &["|)", "ԁ", "đ"]),
    ('e', &["3", "е", "é", "&#101;", "ｅ"]),
    ('g', &["9", "6", "ɡ", "ğ"]),
    ('h', &["#", "һ", "&#x68;"]),
    ('i', &["1", "!", "|", "і", "ı", "í"]),
    ('k', &["|<", "к", "κ", "ⓚ"]),
    ('l', &["1", "|", "ӏ", "ł"]),
    ('n', &["|\\|", "ñ", "п"]),
    ('o', &["0", "о", "ο", "ö", "()", "°"]),
    ('r', &["я", "®"]),
    ('s', &["$", "5", "ѕ", "š", "z"]),
    ('t', &["7", "+", "т", "τ"]),
    ('u', &["v", "υ", "ü", "|_|"]),
    ('v', &["\\/", "ν"]),
    ('w', &["vv", "\\/\\/", "ω"]),
    ('x', &["х", "×", "*"]),
    ('y', &["у", "ý"]),
    ('z', &["2", "ž"]),
];
const HIDDEN: &[&str] = &["\u{200b}", "\u{200d}", "\u{ad}", "\u{301}", "\u{fe0f}", "\u{2060}", "\u{e0061}"];
const SEPARATORS: &[&str] = &[".", "-", " ", "_", "*", "·", "🔥", "..", "'", "|", ", "];

/// The term as somebody might write it; sometimes as it is.
pub(super) fn disguise(rng: &mut Rng, term: &str) -> String {
    let mut text = term.to_owned();
    let times = *rng.pick(&[0, 0, 1, 1, 1, 1, 2]).unwrap_or(&0);
    for _ in 0..times {
        text = once(rng, &text);
    }
    text
}

fn once(rng: &mut Rng, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = rng.below(letters.len());
    let each = |rng: &mut Rng, change: &dyn Fn(&mut Rng, usize, char) -> String| -> String {
        letters.iter().enumerate().map(|(nth, c)| change(rng, nth, *c)).collect()
    };
    match rng.below(14) {
        0 => text.to_uppercase(),
        1 => each(rng, &|rng, _, c| if rng.chance(50) { c.to_uppercase().collect() } else { c.to_string() }),
        2 | 3 => each(rng, &|rng, nth, c| if nth == at { look(rng, c) } else { c.to_string() }),
        4 => each(rng, &|rng, _, c| if rng.chance(50) { look(rng, c) } else { c.to_string() }),
        5 => {
            let times = rng.between(2, 5);
            each(rng, &|_, nth, c| if nth == at { c.to_string().repeat(times) } else { c.to_string() })
        }
        6 => each(rng, &|rng, _, c| c.to_string().repeat(if rng.chance(30) { 2 } else { 1 })),
        7 => {
            let separator = rng.word(SEPARATORS).to_owned();
            each(rng, &|_, nth, c| if nth == 0 { c.to_string() } else { format!("{separator}{c}") })
        }
        8 => {
            let separator = rng.word(SEPARATORS).to_owned();
            each(rng, &|_, nth, c| if nth == at && nth > 0 { format!("{separator}{c}") } else { c.to_string() })
        }
        9 => {
            let mask = rng.word(&["*", "•", "#", "**"]).to_owned();
            each(rng, &|_, nth, c| if nth == at && nth > 0 { mask.clone() } else { c.to_string() })
        }
        10 => each(rng, &|rng, _, c| if rng.chance(40) { format!("{c}{}", rng.word(HIDDEN)) } else { c.to_string() }),
        11 => each(rng, &|_, _, c| fullwidth(c)),
        12 => format!("\u{202e}{}\u{202c}", letters.iter().rev().collect::<String>()),
        _ => {
            let (before, after) = (rng.word(&["", "#", "x", "(", "_", "7", "枪"]), rng.word(&["", "'s", "s", "!", ")", "19", "_", "枪"]));
            format!("{before}{text}{after}")
        }
    }
}

fn look(rng: &mut Rng, c: char) -> String {
    let looks = LOOKS.iter().find(|(letter, _)| c.to_ascii_lowercase() == *letter);
    looks.map_or_else(|| c.to_string(), |(_, looks)| rng.word(looks).to_owned())
}

fn fullwidth(c: char) -> String {
    let wide = if ('!'..='~').contains(&c) { char::from_u32(u32::from(c) + 0xFEE0) } else { None };
    wide.unwrap_or(c).to_string()
}

/// Pieces joined as captions are.
pub(super) fn join(rng: &mut Rng, pieces: &[String]) -> String {
    let mut out = String::new();
    for (nth, piece) in pieces.iter().enumerate() {
        if nth > 0 {
            out.push_str(rng.word(JOINTS));
        }
        out.push_str(piece);
    }
    out
}
