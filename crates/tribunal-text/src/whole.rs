//! The guards that judge a reading as a whole: numbers, edges, links.

use crate::items::Item;
use crate::prepared::Marked;
use crate::verify::{How, Scratch, Search, Step};
use crate::{Guard, entities, glyph, props, signals};
use std::ops::Range;

/// The guards that judge the reading as a whole: number, edge, link.
pub(crate) fn check(search: &Search<'_>, scratch: &mut Scratch) -> Option<Guard> {
    let mut text = std::mem::take(&mut scratch.word);
    let guard = if is_too_short(search) {
        Some(Guard::Letters)
    } else if is_all_digits(search) || is_number(search, scratch.steps(), &mut text) {
        Some(Guard::Number)
    } else if at_edge(search, scratch.steps(), &mut text) {
        Some(Guard::Edge)
    } else if in_link(search.field.text(), &search.span) {
        Some(Guard::Url)
    } else if inside_signs(search) {
        Some(Guard::Edge)
    } else {
        None
    };
    scratch.word = text;
    guard
}

/// Guard 3 for a gap that was left out: two letters side by side (`s&m`: `sm`) are too few to tell the term by.
fn is_too_short(search: &Search<'_>) -> bool {
    let pattern = search.pattern;
    let letters = pattern.items().list.iter().filter(|i| matches!(i, Item::Letter(..))).count();
    letters < 3 && pattern.has_soft_gap() && search.range.clone().all(|u| props::is_lmd(search.marked.ch(u)))
}

/// Guard 2: a term of digits alone, keycaps too, has no disguise, whatever stands between them (`66-6`). One of signs alone may be
/// written as references.
fn is_all_digits(search: &Search<'_>) -> bool {
    let mut letters = search.pattern.items().list.iter().filter_map(|item| if let Item::Letter(c, _) = item { Some(*c) } else { None }).peekable();
    letters.peek().is_some() && !letters.any(props::is_letter)
}

fn at_edge(search: &Search<'_>, steps: &[Step], text: &mut String) -> bool {
    let marked = search.marked;
    // A bracket is one however it is written.
    let sign_of = |s: &Step| if s.entity { marked.arc_at(s.from).map_or(' ', |a| a.folded) } else { marked.ch(s.from) };
    let leet = |s: Option<&Step>| s.filter(|s| s.how == How::Leet).map(sign_of);
    // A face: `:<`, `=(`.
    let face = |s: &Step| {
        s.how == How::Leet && matches!(marked.ch(s.from), '(' | '<' | '|') && s.from.checked_sub(1).is_some_and(|p| matches!(marked.ch(p), ':' | ';' | '='))
    };
    // Several exclamation marks before a blank end a sentence.
    let shout = |s: &Step| {
        s.how == How::Leet && marked.ch(s.from) == '!' && props::is_white_space(marked.ch(s.to)) && s.from.checked_sub(1).is_some_and(|p| marked.ch(p) == '!')
    };
    // A row of signs at the edge is punctuation or a rule (`+++in`, `!!!! I`); a dollar is doubled as its letter is.
    let row = |s: Option<&Step>| {
        s.filter(|s| s.how == How::Leet && !s.entity).map(|s| (s, marked.ch(s.from))).is_some_and(|(s, sign)| {
            matches!(sign, '!' | '+' | '|') && (marked.ch(s.to) == sign || s.from.checked_sub(1).is_some_and(|p| marked.ch(p) == sign))
        })
    };
    let opens = |s: Option<&Step>| matches!(leet(s), Some('(' | '<'));
    let closes = |s: Option<&Step>| matches!(leet(s), Some('(' | '<' | '!'));
    // A word beside a gap has edges as the whole has.
    let word = |s: &Step| search.pattern.items().word_of(s.item);
    let gap = |a: &Step, b: &Step| a.to < b.from && word(a) != word(b);
    opens(steps.first())
        || closes(steps.last())
        || steps.windows(2).any(|pair| matches!(pair, [a, b] if gap(a, b) && (closes(Some(a)) || opens(Some(b)))))
        || row(steps.first())
        || row(steps.last())
        || steps.iter().any(|s| shout(s) || face(s))
        || plus_behind_a_word(search, steps, text)
        || sign_beside_a_chain(marked, steps)
}

/// Whether the word goes on beside the span with a sign that stands for a letter there (`a$$hat` is no `$hat`).
fn inside_signs(search: &Search<'_>) -> bool {
    let marked = search.marked;
    let sign = |u: usize| {
        let ch = marked.ch(u);
        !props::is_lmd(ch) && (matches!(ch, '$' | '@' | '€') || (!ch.is_ascii() && glyph::look_alikes(ch).next().is_some()))
    };
    let letter = |u: usize| props::is_letter(marked.ch(u));
    let (start, end) = (search.range.start, search.range.end);
    let before = (start.saturating_sub(4)..start).rev().take_while(|u| sign(*u)).last();
    let after = (end..end + 4).take_while(|u| sign(*u)).last();
    before.is_some_and(|u| u > 0 && letter(u - 1)) || after.is_some_and(|u| letter(u + 1))
}

/// Whether the last letter is a plus sign behind an ordinary word or a letter alone: one more of it (`bo+`, `c/u+`).
fn plus_behind_a_word(search: &Search<'_>, steps: &[Step], text: &mut String) -> bool {
    let marked = search.marked;
    let Some((last, rest)) = steps.split_last().filter(|(s, _)| s.how == How::Leet && !s.entity && marked.ch(s.from) == '+') else { return false };
    let before = rest.len() - rest.iter().rev().take_while(|s| s.how != How::Separator).count();
    text.clear();
    text.extend(rest.iter().skip(before).flat_map(|s| s.from..s.to).map(|u| marked.ch(u)));
    !props::is_lmd(marked.ch(last.to)) && (text.chars().count() < 2 || search.ordinary.contains(text))
}

/// Whether a letter at the edge of three letters set apart is a sign of its own: a figure (`7 a)D`), or a face (`vv ạ ><`).
fn sign_beside_a_chain(marked: &Marked, steps: &[Step]) -> bool {
    let letters = || steps.iter().filter(|s| !matches!(s.how, How::Separator | How::Skip));
    let apart = steps.windows(3).filter(|pair| matches!(pair, [_, Step { how: How::Separator, .. }, _])).count();
    let sign = |s: &Step| match s.how {
        How::Leet => props::is_digit(marked.ch(s.from)),
        How::Sequence => (s.from..s.to).any(|u| !props::is_letter(marked.ch(u))),
        _ => false,
    };
    letters().count() == 3 && apart > 0 && [letters().next(), letters().next_back()].into_iter().flatten().any(sign)
}

/// What follows a number and belongs to it.
static UNITS: [&str; 66] = [
    "st", "nd", "rd", "th", "k", "m", "b", "bn", "mn", "pm", "am", "s", "x", "h", "hr", "hrs", "min", "mins", "sec", "secs", "kg", "g", "mg", "lb", "lbs",
    "oz", "cm", "mm", "km", "ft", "in", "yo", "yr", "yrs", "p", "d", "fps", "mph", "kph", "kmh", "gb", "mb", "kb", "tb", "hz", "ghz", "mhz", "v", "w", "kw",
    "c", "f", "l", "ml", "cc", "usd", "eur", "gbp", "pt", "pts", "px", "ish", "wks", "mos", "cal", "y",
];

/// Guard 2: `1st`, `10k`, `5pm`, or a digit of 1 2 6 7 8 9 at the edge of an ordinary word.
fn is_number(search: &Search<'_>, steps: &[Step], text: &mut String) -> bool {
    let marked = search.marked;
    // An amount: `£50`, `3€`.
    let digit_at = |u: Option<usize>| u.is_some_and(|u| props::is_digit(marked.ch(u)));
    let currency = |s: &Step| props::is_currency(marked.ch(s.from)) && (digit_at(Some(s.to)) || digit_at(s.from.checked_sub(1)));
    if steps.iter().any(|s| s.how != How::Separator && currency(s)) {
        return true;
    }
    for step in steps.iter().filter(|s| s.how == How::Leet && marked.ch(s.from).is_ascii_digit()) {
        let lmd = |i: &usize| props::is_lmd(marked.ch(*i)) && !props::is_spaceless(marked.ch(*i));
        let left = (step.from.saturating_sub(64)..step.from).rev().take_while(lmd).count();
        let right = (step.from..step.from + 64).take_while(lmd).count();
        let token = step.from - left..step.from + right;
        // An amount in the currency beside it, whatever the sign is read as (`s £6`); times, or stars (`6*å`).
        let beside_it = [token.end, token.start.wrapping_sub(1)].map(|u| marked.ch(u));
        if beside_it.into_iter().any(props::is_currency) || (token.len() == 1 && glyph::is_mask(marked.ch(token.end))) {
            return true;
        }
        // A number stands by itself: what touches it is not read as a letter too, but for what an amount begins with
        // (`$1m`) and what may end a sentence or an amount.
        let beside = |s: &&Step| !matches!(s.how, How::Separator | How::Skip);
        let before = steps.iter().filter(beside).find(|s| s.to == token.start);
        let after = steps.iter().filter(beside).find(|s| s.from == token.end);
        let last = steps.last().map_or(0, |s| s.to);
        if before.is_some_and(|s| marked.ch(s.from) != '$' || s.how != How::Leet) || after.is_some_and(|s| s.entity || s.to < last) {
            continue;
        }
        text.clear();
        let (start, end) = (token.start, token.end);
        text.extend(token.clone().map(|i| marked.ch(i)));
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = text.len() - rest.len();
        // Square and cubic: `800m²`.
        let rest = rest.strip_suffix(['2', '3']).filter(|unit| unit.ends_with('m')).unwrap_or(rest);
        if digits > 0 && (UNITS.contains(&rest) || (digits > 1 && rest.chars().count() == 1)) {
            return true;
        }
        // The name of a model: `A55`.
        let mut name = text.chars();
        let capital = name.next().is_some_and(props::is_letter) && name.clone().count() > 1 && name.all(|c| c.is_ascii_digit());
        if capital && props::case_of(marked.original(search.field.text(), start)) == Some(props::Case::Upper) {
            return true;
        }
        // A number behind a word, or before it, is no stretching of its letter (`seagame33`, `5.000m`).
        let reads = |u: usize| steps.iter().any(|s| s.from == u && s.stretch && s.how == How::Leet);
        let tail = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if (digits > 1 && (start..start + digits).any(reads)) || (tail > 1 && (end - tail..end).any(reads)) {
            return true;
        }
        // What is told apart by number: one letter beside two figures (`9a8`), but those written for vowels alone (`h03`), and one figure
        // twice, as a doubled letter is written (`a55`).
        let figures = || text.chars().filter(char::is_ascii_digit);
        let same = figures().zip(figures().skip(1)).all(|(one, other)| one == other);
        if text.chars().count() == 3 && figures().count() == 2 && !same && figures().any(|c| !matches!(c, '0' | '3' | '4')) {
            return true;
        }
        let edge = |c: char| "126789".contains(c);
        let (head, tail) = (text.strip_prefix(edge), text.strip_suffix(edge));
        // For (`4ward`), where the rest is a longer word.
        let head_for = text.strip_prefix('4').filter(|word| word.len() > 2);
        if [head, tail, head_for].into_iter().flatten().any(|word| search.ordinary.contains(word)) {
            return true;
        }
    }
    false
}

/// Guard 10: whether the token around a span is a link, an e-mail address, or `@` with letters only.
pub(crate) fn in_link(text: &str, span: &Range<u32>) -> bool {
    let (start, end) = (span.start as usize, span.end as usize);
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let from = before.char_indices().rev().take(512).take_while(|(_, c)| !props::is_white_space(*c)).last().map_or(start, |(i, _)| i);
    let to = end + after.char_indices().take(512).take_while(|(_, c)| !props::is_white_space(*c)).last().map_or(0, |(i, c)| i + c.len_utf8());
    let token = text.get(from..to).unwrap_or_default();
    if token.chars().any(props::is_white_space) {
        return false;
    }
    if let Some(link) = signals::first_link(token) {
        return start >= from + link;
    }
    let token = token.trim_end_matches(['.', ',', '!', '?', ':', ';', ')', '"', '\'']);
    let token = behind_quotes(token);
    match token.split_once('@') {
        Some(("", name)) => {
            let name = name.trim_end_matches(|c| !props::is_lmd(c) && c != '_');
            // With a low line or a hyphen it is a name of several parts, which may have digits too.
            let parts = name.contains(['_', '-']);
            let of_name = |c: char| props::is_letter(c) || props::is_mark(c) || (parts && (props::is_digit(c) || "_-.".contains(c)));
            !name.is_empty() && name.chars().all(of_name)
        }
        Some((local, domain)) => {
            let part = |s: &str| !s.is_empty() && s.chars().all(|c| props::is_lmd(c) || "._-+".contains(c));
            part(local) && part(domain) && domain.split_once('.').is_some_and(|(a, b)| !a.is_empty() && b.len() > 1)
        }
        None => false,
    }
}

/// A token without the quotes and brackets before a name or an address, written as references too (`&#8220;@name`).
fn behind_quotes(mut token: &str) -> &str {
    loop {
        let sign = match (entities::parse(token), token.chars().next()) {
            (Some((c, length)), _) if !props::is_lmd(c) => length,
            (None, Some(c)) if !props::is_lmd(c) && c != '@' => c.len_utf8(),
            _ => return token,
        };
        token = token.get(sign..).unwrap_or_default();
    }
}
