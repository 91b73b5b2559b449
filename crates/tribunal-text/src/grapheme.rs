//! Grapheme clusters (UAX #29, extended) and emoji graphemes.

use crate::props::{self, record};
use crate::tables::props as t;

/// Length in bytes of the extended grapheme cluster at the start of `text`; zero for an empty text.
/// ASCII stands for itself unless something follows that extends it.
pub(crate) fn length(text: &str) -> usize {
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    let mut state = State::start(first);
    for (i, c) in chars {
        if state.breaks_before(c) {
            return i;
        }
    }
    text.len()
}

/// What rules GB3 to GB13 need to know of the characters before a position.
struct State {
    previous: u32,
    regional: bool,
    pictographic: bool,
    zwj_after_pictographic: bool,
    consonant: bool,
    linker: bool,
}

fn class(record: u32) -> u32 {
    (record >> 16) & 15
}

fn conjunct(record: u32) -> u32 {
    (record >> 25) & 3
}

impl State {
    fn start(first: char) -> State {
        let r = record(first);
        State {
            previous: class(r),
            regional: class(r) == t::GCB_RI,
            pictographic: r & t::PICTOGRAPHIC != 0,
            zwj_after_pictographic: false,
            consonant: conjunct(r) == t::INCB_CONSONANT,
            linker: false,
        }
    }

    /// Whether a cluster ends before `c`; otherwise takes `c` in.
    fn breaks_before(&mut self, c: char) -> bool {
        let r = record(c);
        let (before, after) = (self.previous, class(r));
        let control = |x| x == t::GCB_CR || x == t::GCB_LF || x == t::GCB_CONTROL;
        let joined = if before == t::GCB_CR && after == t::GCB_LF {
            true
        } else if control(before) || control(after) {
            false
        } else {
            hangul(before, after)
                || after == t::GCB_EXTEND
                || after == t::GCB_ZWJ
                || after == t::GCB_SPACING
                || before == t::GCB_PREPEND
                || (self.consonant && self.linker && conjunct(r) == t::INCB_CONSONANT)
                || (self.zwj_after_pictographic && r & t::PICTOGRAPHIC != 0)
                || (self.regional && before == t::GCB_RI && after == t::GCB_RI)
        };
        if !joined {
            return true;
        }
        self.take(r, after);
        false
    }

    fn take(&mut self, r: u32, after: u32) {
        self.zwj_after_pictographic = self.pictographic && after == t::GCB_ZWJ;
        self.regional = after == t::GCB_RI && self.previous != t::GCB_RI;
        if after != t::GCB_EXTEND && after != t::GCB_ZWJ {
            self.pictographic = r & t::PICTOGRAPHIC != 0;
        }
        match conjunct(r) {
            t::INCB_CONSONANT => {
                self.consonant = true;
                self.linker = false;
            }
            t::INCB_LINKER => self.linker = true,
            t::INCB_EXTEND => {}
            _ => self.consonant = false,
        }
        self.previous = after;
    }
}

fn hangul(before: u32, after: u32) -> bool {
    match before {
        t::GCB_L => [t::GCB_L, t::GCB_V, t::GCB_LV, t::GCB_LVT].contains(&after),
        t::GCB_LV | t::GCB_V => after == t::GCB_V || after == t::GCB_T,
        t::GCB_LVT | t::GCB_T => after == t::GCB_T,
        _ => false,
    }
}

/// Length in bytes of the emoji grapheme at the start of `text`, if there is one: a keycap (U+20E3), a pair of regional
/// indicators or one alone, or a pictograph with its selectors, skin tones, tags and ZWJ sequence. A text-style
/// pictograph (no Emoji_Presentation, no U+FE0F) counts unless it is a letter, as `ℹ` and `🅱` are.
pub(crate) fn emoji_length(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let r = record(first);
    if r & (t::EMOJI | t::PICTOGRAPHIC) == 0 {
        return None;
    }
    if props::is_regional_indicator(first) {
        let pair = chars.next().filter(|c| props::is_regional_indicator(*c));
        return Some(first.len_utf8() + pair.map_or(0, char::len_utf8));
    }
    if r & t::PICTOGRAPHIC == 0 && r & t::EMOJI_PRESENTATION == 0 {
        // Digits, `#`, `*`: only a keycap is an emoji.
        let rest = chars.as_str();
        let after = rest.strip_prefix('\u{fe0f}').unwrap_or(rest);
        return after.strip_prefix('\u{20e3}').map(|end| text.len() - end.len());
    }
    let mut end = first.len_utf8();
    let mut selected = false;
    loop {
        let tail = text.get(end..).unwrap_or_default();
        let Some(c) = tail.chars().next() else { break };
        let tag = ('\u{e0020}'..='\u{e007f}').contains(&c);
        if c == '\u{200d}' {
            let after = tail.get(c.len_utf8()..).and_then(|t| t.chars().next());
            let Some(next) = after.filter(|n| props::is_pictographic(*n)) else { break };
            selected = true;
            end += c.len_utf8() + next.len_utf8();
        } else if tag || matches!(c, '\u{fe0f}' | '\u{fe0e}' | '\u{20e3}') || props::is_emoji_modifier(c) {
            selected |= c != '\u{fe0e}';
            end += c.len_utf8();
        } else {
            break;
        }
    }
    (selected || r & t::EMOJI_PRESENTATION != 0 || r & t::LETTER == 0).then_some(end)
}
