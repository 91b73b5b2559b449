//! What a reading must satisfy word by word, and the guards.

use crate::items::{Item, continues};
use crate::pattern::is_apostrophe;
use crate::prepared::is_neutral;
use crate::verify::{How, Scratch, Search, Step};
use crate::{Guard, glyph, masks, props, signals};
use std::ops::Range;

/// What the conditions say of one word of a reading.
pub(crate) enum Outcome {
    /// The folds do not allow it.
    Not,
    /// They do, but a guard refuses it.
    Refused(Guard),
    /// Allowed.
    Fine,
}

/// Judges the steps of word `word`, the last that was read.
pub(crate) fn check(search: &Search<'_>, scratch: &mut Scratch, word: usize) -> Outcome {
    let Some(items) = search.pattern.items().words.get(word).cloned() else { return Outcome::Not };
    let first = scratch.steps().iter().rposition(|s| s.item < items.start).map_or(0, |i| i + 1);
    let mut text = std::mem::take(&mut scratch.word);
    let w = Word { search, items, steps: scratch.steps().get(first..).unwrap_or_default() };
    let outcome = w.judge(&mut text);
    scratch.word = text;
    outcome
}

/// The steps of one word of a reading.
pub(crate) struct Word<'a, 'b> {
    pub(crate) search: &'a Search<'b>,
    pub(crate) items: Range<usize>,
    pub(crate) steps: &'a [Step],
}

/// How the separators of a word lie.
#[derive(PartialEq, Eq)]
enum Split {
    None,
    Chain,
    Same,
}

impl Word<'_, '_> {
    pub(crate) fn letter(&self, item: usize) -> Option<char> {
        match self.search.pattern.items().list.get(item)? {
            Item::Letter(c, _) => Some(*c),
            _ => None,
        }
    }

    /// Letters of the term's word, marks aside.
    pub(crate) fn length(&self) -> usize {
        self.items.clone().filter_map(|i| self.letter(i)).filter(|c| !continues(*c)).count()
    }

    pub(crate) fn read(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|s| !matches!(s.how, How::Separator | How::Skip))
    }

    fn judge(&self, text: &mut String) -> Outcome {
        if matches!(self.steps.last(), Some(Step { how: How::Separator, .. }) | None) {
            return Outcome::Not;
        }
        let Some(split) = self.split() else { return Outcome::Not };
        if !masks::fit(self) {
            return Outcome::Not;
        }
        let visible = self.read().filter(|s| !s.stretch && self.is_visible(s)).count();
        // A sign that looks like a letter (a currency, an emoji) counts as one that stands for it.
        let leet = self.read().any(|s| match s.how {
            How::Leet | How::Sequence => true,
            How::LookAlike(_) => !s.entity && !props::is_letter(self.search.marked.ch(s.from)),
            _ => false,
        });
        if leet && visible == 0 {
            return Outcome::Not;
        }
        let guard = (split != Split::None && (self.figures_only() || self.has_a_number()))
            .then_some(Guard::Number)
            .or_else(|| self.ordinary(text))
            .or_else(|| (leet && (self.too_few(visible) || (split == Split::Chain && self.too_few_apart(visible)))).then_some(Guard::Letters))
            .or_else(|| masks::another(self, text).then_some(Guard::Ordinary))
            .or_else(|| self.doubling(text))
            .or_else(|| self.script().then_some(Guard::Script))
            .or_else(|| self.apostrophe().then_some(Guard::Apostrophe))
            .or_else(|| (split == Split::Same && (self.ends_a_sentence() || self.pieces_ordinary(text))).then_some(Guard::Split))
            .or_else(|| (split == Split::Chain && self.part_of_chain(text)).then_some(Guard::Chain));
        guard.map_or(Outcome::Fine, Outcome::Refused)
    }

    /// Whether a step shows a letter.
    fn is_visible(&self, step: &Step) -> bool {
        match step.how {
            How::Direct | How::LookAlike(_) => step.entity || props::is_letter(self.search.marked.ch(step.from)),
            How::Sequence => (step.from..step.to).all(|u| props::is_letter(self.search.marked.ch(u))),
            _ => false,
        }
    }

    /// Guard 2: of a word set apart, a piece of several digits is a number (`P.19`).
    fn has_a_number(&self) -> bool {
        let marked = self.search.marked;
        let mut pieces = self.steps.split(|s| s.how == How::Separator);
        pieces.any(|piece| {
            let digits = piece.iter().all(|s| !s.entity && props::is_digit(marked.ch(s.from)));
            piece.len() > 1 && digits && piece.iter().any(|s| s.how == How::Leet)
        })
    }

    /// Guard 3 for letters set apart: of a short word, half of them show (`5 o 6` is no word).
    fn too_few_apart(&self, visible: usize) -> bool {
        self.length() < 5 && visible * 2 < self.length()
    }

    /// Guard 3: fewer letters show than a word is known by. Signs among the figures make a number unlikely.
    fn too_few(&self, visible: usize) -> bool {
        let sign = |s: &Step| s.how == How::Sequence || (s.how == How::Leet && !self.search.marked.ch(s.from).is_ascii_digit());
        let share = if self.read().any(sign) { 8 } else { 5 };
        visible < 5 && visible * share < self.length()
    }

    /// Guard 2: figures alone (`6.66`, `10:30`), keycaps too, are a number, whatever stands between them.
    fn figures_only(&self) -> bool {
        let figure = |c: char| props::is_digit(c) || (props::is_mark(c) && !props::is_letter(c));
        self.read().all(|s| !s.entity && figure(self.search.marked.ch(s.from)))
    }

    /// How the separators lie; `None` when `separators` does not allow it.
    fn split(&self) -> Option<Split> {
        let marked = self.search.marked;
        let text_of = |s: &Step| marked.view.units.get(s.from..s.to).unwrap_or_default().iter().map(|u| u.ch);
        let invisible = |s: &Step| s.entity && marked.arc_at(s.from).is_some_and(|a| props::is_default_ignorable(a.folded));
        let (mut same, mut every, mut any, mut gap, mut letters) = (true, true, false, true, 0);
        let mut known: Option<&Step> = None;
        for step in self.steps {
            match step.how {
                How::Separator if invisible(step) => {}
                How::Separator => {
                    let blank =
                        text_of(step).any(props::is_white_space) || (step.entity && marked.arc_at(step.from).is_some_and(|a| props::is_white_space(a.folded)));
                    same &= !blank && known.is_none_or(|k| text_of(k).eq(text_of(step)));
                    known = known.or(Some(step));
                    (any, gap) = (true, true);
                }
                How::Skip => {}
                // Read together with the step before, by one reference.
                _ if step.from == step.to => {}
                _ if continues(marked.ch(step.from)) && !step.entity => {}
                _ => {
                    every &= gap;
                    gap = false;
                    letters += 1;
                }
            }
        }
        match any {
            false => Some(Split::None),
            true if every && letters >= 3 && self.stands_alone() => Some(Split::Chain),
            true if same => Some(Split::Same),
            true => None,
        }
    }

    /// Whether no letter touches the word: a chain is separated at its ends too.
    fn stands_alone(&self) -> bool {
        let marked = self.search.marked;
        let span = self.span();
        let after = (span.end..marked.view.units.len()).map(|i| marked.ch(i)).find(|c| !continues(*c));
        let before = span.start.checked_sub(1).map(|i| marked.ch(i));
        !before.is_some_and(props::is_lmd) && !after.is_some_and(props::is_lmd)
    }

    /// The letter that begins at a step of the word, with its marks.
    fn text_of(&self, letter: &Range<usize>) -> impl Iterator<Item = char> {
        letter.clone().filter_map(|i| self.letter(i))
    }

    /// Runs of the term's word: the letter, how often the term has it, how often the text. A letter with marks is one.
    fn runs(&self) -> impl Iterator<Item = (Range<usize>, usize, usize)> {
        let items = self.search.pattern.items();
        let mut item = self.items.start;
        std::iter::from_fn(move || {
            while item < self.items.end && self.letter(item).is_none() {
                item += 1;
            }
            let letter = items.letter_from(item);
            if letter.end > self.items.end {
                return None;
            }
            let (mut wanted, mut seen) = (0, 0);
            while item < self.items.end {
                let next = items.letter_from(item);
                if self.letter(item).is_none() {
                    item += 1;
                } else if self.text_of(&next).eq(self.text_of(&letter)) {
                    wanted += 1;
                    seen += self.times(&next);
                    item = next.end;
                } else {
                    break;
                }
            }
            Some((letter, wanted, seen))
        })
    }

    /// How often a step of the term was read.
    fn count(&self, item: usize) -> usize {
        self.read().filter(|s| s.item == item).count()
    }

    /// How often a letter was read with all of its marks. A mask stands for all of it.
    fn times(&self, letter: &Range<usize>) -> usize {
        letter.clone().map(|i| self.count(i)).filter(|n| *n > 0).min().unwrap_or(0)
    }

    /// How often the parts of letters were read that were stretched by themselves: a base, a vowel sign.
    fn stretched_parts(&self) -> impl Iterator<Item = usize> {
        let letters = self.items.clone().map(|i| self.search.pattern.items().letter_from(i)).filter(|letter| letter.len() > 1);
        letters.flat_map(move |letter| {
            let times = self.times(&letter);
            letter.map(move |i| self.count(i).saturating_sub(times)).filter(|extra| *extra > 0).map(|extra| extra + 1)
        })
    }

    /// Writes the word as stretched, runs cut to `most`.
    fn spell(&self, most: usize, text: &mut String) {
        text.clear();
        for (letter, wanted, seen) in self.runs() {
            let times = if seen > wanted { seen.min(most.max(wanted)) } else { wanted };
            for _ in 0..times {
                text.extend(self.text_of(&letter));
            }
        }
    }

    /// Writes the word with the letters that stand twice, those that stand more often as the term has them.
    fn spell_doubles(&self, text: &mut String) {
        text.clear();
        for (letter, wanted, seen) in self.runs() {
            for _ in 0..if seen == 2 { 2 } else { wanted } {
                text.extend(self.text_of(&letter));
            }
        }
    }

    /// Guard 1: with everything undone but the stretching it is another ordinary word.
    fn ordinary(&self, text: &mut String) -> Option<Guard> {
        let ordinary = self.search.ordinary;
        if self.runs().any(|(_, wanted, seen)| seen > wanted) {
            self.spell(usize::MAX, text);
            if ordinary.contains(text) {
                return Some(Guard::Ordinary);
            }
            self.spell(2, text);
            if ordinary.contains(text) && !self.is_term(text) {
                return Some(Guard::Ordinary);
            }
            // A letter that stands twice among others that are stretched further is a doubled one (`steepppp`).
            self.spell_doubles(text);
            if ordinary.contains(text) && !self.is_term(text) {
                return Some(Guard::Ordinary);
            }
        }
        // Letters alone (`vv`, `ph`): the word as it stands.
        if self.read().any(|s| s.how == How::Sequence) && self.steps.iter().all(|s| !matches!(s.how, How::Separator | How::Mask | How::Leet)) {
            text.clear();
            text.extend((self.span().start..self.span().end).map(|u| self.search.marked.ch(u)));
            if ordinary.contains(text) && !self.is_term(text) {
                return Some(Guard::Ordinary);
            }
        }
        None
    }

    pub(crate) fn is_term(&self, text: &str) -> bool {
        self.items.clone().filter_map(|i| self.letter(i)).eq(text.chars())
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.steps.first().map_or(0, |s| s.from)..self.steps.last().map_or(0, |s| s.to)
    }

    /// Guard 4: a letter twice where the term has it once, and nothing else stretched. A policy's own list of ordinary
    /// words lifts the guard for what is not on it.
    fn doubling(&self, text: &mut String) -> Option<Guard> {
        let longer = self.runs().filter(|(_, wanted, seen)| seen > wanted).count() + self.stretched_parts().count();
        let lone = self.runs().any(|(_, wanted, seen)| seen > wanted && seen <= 2) || self.stretched_parts().any(|seen| seen <= 2);
        if !lone || longer >= 2 {
            return None;
        }
        self.spell(usize::MAX, text);
        (!self.search.ordinary.has_own() || self.search.ordinary.contains(text)).then_some(Guard::Doubling)
    }

    /// Guard 6: whether a look-alike counts in the word it stands in.
    fn script(&self) -> bool {
        self.steps.iter().any(|s| match s.how {
            How::LookAlike(strength) if !s.entity => !self.script_fits(s, strength),
            _ => false,
        })
    }

    fn script_fits(&self, step: &Step, strength: glyph::Strength) -> bool {
        let marked = self.search.marked;
        let u = step.from;
        if strength == glyph::Strength::Beside {
            return props::is_letter(marked.ch(step.to)) || u.checked_sub(1).is_some_and(|p| props::is_letter(marked.ch(p)));
        }
        let script = props::script(marked.ch(u));
        let neutral = is_neutral(script) || !props::is_letter(marked.ch(u));
        let target = self.letter(step.item).map_or(props::Script::LATIN, props::script);
        if strength == glyph::Strength::Strong && (neutral || script == target) {
            return true;
        }
        // Letters that writers put for each other, but that tell short words apart.
        if script == target && !neutral {
            return self.length() >= 4;
        }
        let mut word = self.word_around(u);
        if word.clone().filter(|i| props::is_letter(marked.ch(*i))).count() < 2 {
            word = self.span();
        }
        let letters = || word.clone().filter(|i| props::is_letter(marked.ch(*i)));
        let mixed = letters().any(|i| {
            let other = props::script(marked.ch(i));
            other != script && !is_neutral(other)
        });
        let latin = target == props::Script::LATIN || target == props::Script::COMMON;
        let looks = || !marked.is_unlike(script) && letters().all(|i| marked.looks_latin(self.search.field.text(), i));
        letters().count() > 1 && (mixed || (strength == glyph::Strength::Strong && latin && looks()))
    }

    /// The run of letters, marks and digits around a unit, at most 64 on each side.
    fn word_around(&self, u: usize) -> Range<usize> {
        let lmd = |i: &usize| props::is_lmd(self.search.marked.ch(*i));
        let left = (u.saturating_sub(64)..u).rev().take_while(lmd).count();
        let right = (u..u + 64).take_while(lmd).count();
        u - left..u + right
    }

    /// Guard 7: an apostrophe among the separators.
    fn apostrophe(&self) -> bool {
        let marked = self.search.marked;
        let by_entity = |s: &Step| s.entity && marked.arc_at(s.from).is_some_and(|a| is_apostrophe(a.folded));
        self.steps.iter().any(|s| s.how == How::Separator && (is_apostrophe(marked.ch(s.from)) || by_entity(s)))
    }

    /// Guard 8: whether a stop or comma of a script without spaces stands between: what follows it is another sentence.
    fn ends_a_sentence(&self) -> bool {
        let marked = self.search.marked;
        let spaceless = self.read().any(|s| props::is_spaceless(marked.ch(s.from)));
        spaceless && self.steps.iter().any(|s| s.how == How::Separator && "。！？，、；：!?,;:".contains(marked.ch(s.from)))
    }

    /// Guard 8: whether every piece is an ordinary word, all of them of one language. A consonant alone is no word.
    fn pieces_ordinary(&self, text: &mut String) -> bool {
        text.clear();
        let mut after = false;
        let mut languages = u8::MAX;
        let mut known = |text: &str| {
            languages &= self.search.ordinary.languages_of(text);
            let consonant = text.len() == 1 && !text.starts_with(['a', 'e', 'i', 'o', 'u', 'y']);
            languages != 0 && !consonant
        };
        for step in self.steps {
            if step.how == How::Separator {
                after = true;
                continue;
            }
            if after && !text.is_empty() {
                if !known(text) {
                    return false;
                }
                text.clear();
            }
            after = false;
            text.extend(self.letter(step.item));
        }
        // `sack(s`, `she.s`: an ending, not a piece.
        text == "s" || known(text)
    }

    /// Guard 9: the letters go on beyond the word, or spell another ordinary word.
    fn part_of_chain(&self, text: &mut String) -> bool {
        let (mut left, mut right) = (['\0'; 3], ['\0'; 3]);
        // Letters inside the span belong to other words of the term.
        let (span, range) = (self.span(), &self.search.range);
        let lefts = if span.start == range.start { self.leftovers(false, &mut left) } else { 0 };
        let rights = if span.end == range.end { self.leftovers(true, &mut right) } else { 0 };
        let alone = |c: &char| "aiurynokx24".contains(*c);
        let leftovers = || left.iter().take(lefts).chain(right.iter().take(rights));
        if lefts > 2 || rights > 2 || !leftovers().all(alone) {
            return true;
        }
        text.clear();
        text.extend(left.iter().take(lefts).rev());
        text.extend(self.read().filter_map(|s| self.letter(s.item)));
        text.extend(right.iter().take(rights));
        self.search.ordinary.contains(text) && !self.is_term(text)
    }

    /// Single letters beyond the word on one side, nearest first; at most three are looked at.
    fn leftovers(&self, right: bool, out: &mut [char; 3]) -> usize {
        let marked = self.search.marked;
        let span = self.span();
        let count = marked.view.units.len();
        let mut at = if right { span.end } else { span.start };
        let step = |at: usize| if right { (at < count).then_some((at, at + 1)) } else { at.checked_sub(1).map(|p| (p, p)) };
        let mut found = 0;
        for slot in out.iter_mut() {
            let mut gap = 0;
            while let Some((_, next)) = step(at).filter(|(i, _)| gap < 32 && !props::is_lmd(marked.ch(*i))) {
                at = next;
                gap += 1;
            }
            let Some((i, next)) = step(at).filter(|_| gap < 32) else { break };
            if step(next).is_some_and(|(j, _)| props::is_lmd(marked.ch(j))) || !props::is_lmd(marked.ch(i)) {
                break;
            }
            *slot = marked.ch(i);
            found += 1;
            at = next;
        }
        found
    }
}

/// The guards that judge the reading as a whole: number, edge, link.
pub(crate) fn whole(search: &Search<'_>, scratch: &mut Scratch) -> Option<Guard> {
    let mut text = std::mem::take(&mut scratch.word);
    let guard = if is_too_short(search) {
        Some(Guard::Letters)
    } else if is_all_digits(search) || is_number(search, scratch.steps(), &mut text) {
        Some(Guard::Number)
    } else if at_edge(search, scratch.steps()) {
        Some(Guard::Edge)
    } else if in_link(search.field.text(), &search.span) {
        Some(Guard::Url)
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

/// Guard 2: a term of digits alone, keycaps too, has no disguise, whatever stands between them (`66-6`).
fn is_all_digits(search: &Search<'_>) -> bool {
    !search.pattern.items().list.iter().any(|item| matches!(item, Item::Letter(c, _) if props::is_letter(*c)))
}

fn at_edge(search: &Search<'_>, steps: &[Step]) -> bool {
    let marked = search.marked;
    // A bracket is one however it is written.
    let sign_of = |s: &Step| if s.entity { marked.arc_at(s.from).map_or(' ', |a| a.folded) } else { marked.ch(s.from) };
    let leet = |s: Option<&Step>| s.filter(|s| s.how == How::Leet).map(sign_of);
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
    matches!(leet(steps.first()), Some('(' | '<'))
        || matches!(leet(steps.last()), Some('(' | '<' | '!'))
        || row(steps.first())
        || row(steps.last())
        || steps.iter().any(shout)
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
    // An amount: `£50`, `3€`. A dollar is written for an s too often to tell.
    let digit_at = |u: Option<usize>| u.is_some_and(|u| props::is_digit(marked.ch(u)));
    let currency = |s: &Step| matches!(marked.ch(s.from), '£' | '€' | '¥' | '₹' | '₩') && (digit_at(Some(s.to)) || digit_at(s.from.checked_sub(1)));
    if steps.iter().any(|s| s.how != How::Separator && currency(s)) {
        return true;
    }
    for step in steps.iter().filter(|s| s.how == How::Leet && marked.ch(s.from).is_ascii_digit()) {
        let lmd = |i: &usize| props::is_lmd(marked.ch(*i)) && !props::is_spaceless(marked.ch(*i));
        let left = (step.from.saturating_sub(64)..step.from).rev().take_while(lmd).count();
        let right = (step.from..step.from + 64).take_while(lmd).count();
        let token = step.from - left..step.from + right;
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
        let start = token.start;
        text.extend(token.map(|i| marked.ch(i)));
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = text.len() - rest.len();
        if digits > 0 && (UNITS.contains(&rest) || (digits > 1 && rest.chars().count() == 1)) {
            return true;
        }
        // The name of a model: `A55`.
        let mut name = text.chars();
        let capital = name.next().is_some_and(props::is_letter) && name.clone().count() > 1 && name.all(|c| c.is_ascii_digit());
        if capital && props::case_of(marked.original(search.field.text(), start)) == Some(props::Case::Upper) {
            return true;
        }
        let edge = |c: char| "126789".contains(c);
        let (head, tail) = (text.strip_prefix(edge), text.strip_suffix(edge));
        if head.into_iter().chain(tail).any(|word| search.ordinary.contains(word)) {
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
    let token = token.trim_start_matches(['(', '"', '\'']);
    match token.split_once('@') {
        Some(("", name)) => {
            let name = name.trim_end_matches(|c| !props::is_lmd(c) && c != '_');
            // With a low line it is a name of several parts, which may have digits too.
            let parts = name.contains('_');
            let of_name = |c: char| props::is_letter(c) || props::is_mark(c) || (parts && (props::is_digit(c) || c == '_' || c == '.'));
            !name.is_empty() && name.chars().all(of_name)
        }
        Some((local, domain)) => {
            let part = |s: &str| !s.is_empty() && s.chars().all(|c| props::is_lmd(c) || "._-+".contains(c));
            part(local) && part(domain) && domain.split_once('.').is_some_and(|(a, b)| !a.is_empty() && b.len() > 1)
        }
        None => false,
    }
}
