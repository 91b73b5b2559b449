//! What a reading must satisfy word by word, and the guards.

use crate::items::{Item, continues};
use crate::pattern::is_apostrophe;
use crate::verify::{How, Scratch, Search, Step};
use crate::{Guard, glyph, masks, props};
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

/// Of so many stretched letters of a word every one is tried as one letter and as two.
const CHOICES: usize = 3;

/// The most frequent English words that are another word with one of their letters doubled (bee, butt, inn, thee, wee). Of `as`,
/// `of` and `to` it is the other word that people stretch.
static FUNCTION_WORDS: [&str; 5] = ["be", "but", "in", "the", "we"];

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
        if !masks::fit(self, split == Split::Chain) {
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
        let alone = split != Split::None || leet;
        let guard = (split != Split::None && (self.figures_only() || self.has_a_number()))
            .then_some(Guard::Number)
            .or_else(|| self.ordinary(text))
            .or_else(|| (alone && self.two_letters()).then_some(Guard::Letters))
            .or_else(|| (leet && (self.too_few(visible) || (split == Split::Chain && self.too_few_apart(visible)))).then_some(Guard::Letters))
            .or_else(|| (self.one_letter() && (split != Split::None || self.is_stretched())).then_some(Guard::Letters))
            .or_else(|| masks::another(self, text, split == Split::Same).then_some(Guard::Ordinary))
            .or_else(|| self.doubling(text))
            .or_else(|| (split == Split::Same && self.stretched_across()).then_some(Guard::Doubling))
            .or_else(|| self.script().then_some(Guard::Script))
            .or_else(|| (self.apostrophe() || masks::behind_apostrophe(self)).then_some(Guard::Apostrophe))
            .or_else(|| {
                (split == Split::Same && (self.ends_a_sentence() || self.pieces_ordinary(text) || self.part_of_compound() || self.is_a_sign()))
                    .then_some(Guard::Split)
            })
            .or_else(|| (split == Split::Chain && (self.out_of_brackets() || self.part_of_chain(text))).then_some(Guard::Chain));
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

    /// Guard 3 for a word of one letter again and again (`xxx`, `iii`): stretched or set apart it is nothing but that letter.
    fn one_letter(&self) -> bool {
        self.runs().count() == 1 && self.length() > 1
    }

    /// Guard 3 for a term of two letters of an alphabet: a figure or a sign among them is a grade, a room, initials (`M3`, `A.B`).
    fn two_letters(&self) -> bool {
        let cased = |i: usize| self.letter(i).is_some_and(|c| props::case_of(c).is_some());
        self.search.pattern.items().list.len() == 2 && self.items.len() == 2 && self.items.clone().all(cased)
    }

    fn is_stretched(&self) -> bool {
        self.runs().any(|(_, wanted, seen)| seen > wanted)
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

    /// Writes the word with each of its stretched runs at full length, as two letters, or as the term has it: the choice for the
    /// first few of them is `choice` in base three, further ones are two letters.
    fn spell_choice(&self, choice: usize, text: &mut String) {
        text.clear();
        let mut rest = choice;
        for (stretched, (letter, wanted, seen)) in self.runs().scan(0, |n, run| {
            *n += usize::from(run.2 > run.1);
            Some((*n, run))
        }) {
            let mut times = wanted;
            if seen > wanted {
                let (how, more) = if stretched > CHOICES { (1, 0) } else { (rest % 3, rest / 3) };
                rest = more;
                times = [wanted, seen.min(wanted.max(2)), seen].get(how).copied().unwrap_or(wanted);
            }
            for _ in 0..times {
                text.extend(self.text_of(&letter));
            }
        }
    }

    /// Guard 1: with everything undone but the stretching it is another ordinary word.
    fn ordinary(&self, text: &mut String) -> Option<Guard> {
        let ordinary = self.search.ordinary;
        let stretched = self.runs().filter(|(_, wanted, seen)| seen > wanted).count();
        if stretched > 0 {
            self.spell(usize::MAX, text);
            if ordinary.contains(text) || self.stretched_marks() || self.is_function_word(text) {
                return Some(Guard::Ordinary);
            }
            // Each run may be meant as one letter or as two (`coooollll` is cool, not col; `steepppp` is steep).
            for choice in 1..3usize.pow(u32::try_from(stretched.min(CHOICES)).unwrap_or(0)) {
                self.spell_choice(choice, text);
                if ordinary.contains(text) && !self.is_term(text) {
                    return Some(Guard::Ordinary);
                }
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

    /// Whether what is stretched is one of the most frequent words, which the term is with a letter doubled (`beeee` is be).
    fn is_function_word(&self, text: &mut String) -> bool {
        text.clear();
        for (letter, wanted, seen) in self.runs() {
            for _ in 0..if seen > wanted { 1 } else { wanted } {
                text.extend(self.text_of(&letter));
            }
        }
        FUNCTION_WORDS.contains(&text.as_str()) && !self.is_term(text)
    }

    /// Whether a letter that the term has twice is stretched in the text from one that has a mark (`théee`): that is one letter
    /// and its echo, not two.
    fn stretched_marks(&self) -> bool {
        let (marked, text) = (self.search.marked, self.search.field.text());
        let written = |s: &Step| marked.view.units.get(s.from).and_then(|u| text.get(u.start as usize..u.end as usize)).unwrap_or_default();
        self.runs().any(|(letter, wanted, seen)| {
            let items = letter.start..letter.start + wanted * letter.len();
            if wanted < 2 || seen <= wanted {
                return false;
            }
            let mut steps = self.read().filter(|s| items.contains(&s.item) && s.how == How::Direct && !s.entity);
            let Some(first) = steps.next().map(|s| written(s).is_ascii()) else { return false };
            steps.any(|s| written(s).is_ascii() != first)
        })
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
        let neutral = props::is_neutral(script) || !props::is_letter(marked.ch(u));
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
            other != script && !props::is_neutral(other)
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

    /// Guard 8: whether what stands between in a script without spaces sets apart by itself: a stop or a comma, a bracket or a quote,
    /// a pause, what is more or is greater, the sign of a tag. Beside it there would be a blank in other scripts, and two pieces
    /// of words meet there all the time.
    fn ends_a_sentence(&self) -> bool {
        let marked = self.search.marked;
        let spaceless = self.read().any(|s| props::is_spaceless(marked.ch(s.from)));
        let apart = |c: char| "。！？，、；：!?,;:…()（）[]【】「」『』《》〈〉“”\"<>＜＞=＝+＋&＆#＃~～|｜".contains(c);
        let sign = |s: &Step| if s.entity { marked.arc_at(s.from).map_or(' ', |a| a.folded) } else { marked.ch(s.from) };
        let mut gaps = self.steps.iter().filter(|s| s.how == How::Separator).map(sign);
        let mut dots = self.steps.windows(2).map(|pair| pair.iter().all(|s| s.how == How::Separator && matches!(sign(s), '.' | '·' | '-' | '_')));
        let pause = |s: &Step| s.how == How::Separator && marked.original(self.search.field.text(), s.from) == '…';
        spaceless && (gaps.any(apart) || dots.any(|pair| pair) || self.steps.iter().any(pause))
    }

    /// Guard 4 for a word that is split: whether a letter goes on behind the separator (`TOO.ot`): each side has its own.
    fn stretched_across(&self) -> bool {
        let mut before: Option<usize> = None;
        let mut split = false;
        let mut across = |s: &Step| {
            if s.how == How::Separator {
                split = true;
                return false;
            }
            let same = s.stretch && split && before == Some(s.item);
            (before, split) = (Some(s.item), false);
            same
        };
        self.steps.iter().any(&mut across)
    }

    /// Guard 8: whether what stands behind the first separator is a face (`smile,D`), or what stands before it `with` (`w/it`).
    fn is_a_sign(&self) -> bool {
        let marked = self.search.marked;
        let mut pieces = self.steps.split(|s| s.how == How::Separator);
        let (first, second, more) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default(), pieces.next());
        let gap = self.steps.iter().find(|s| s.how == How::Separator).map_or(' ', |s| marked.ch(s.from));
        let alone = |piece: &[Step], of: &str| matches!(piece, [one] if of.contains(marked.ch(one.from)));
        more.is_none() && ((",:;=".contains(gap) && alone(second, "dpox")) || (gap == '/' && alone(first, "w")))
    }

    /// Guard 8: whether the word is a part of a longer compound (`In-N` of `In-N-Out`).
    fn part_of_compound(&self) -> bool {
        let marked = self.search.marked;
        let hyphen = |u: usize| matches!(marked.ch(u), '-' | '\u{2010}' | '\u{2011}' | '–');
        let span = self.span();
        let before = span.start.checked_sub(2).is_some_and(|u| hyphen(u + 1) && props::is_letter(marked.ch(u)));
        let own = self.steps.iter().any(|s| s.how == How::Separator && hyphen(s.from));
        own && (before || (hyphen(span.end) && props::is_letter(marked.ch(span.end + 1))))
    }

    /// Guard 9: whether a bracket is closed between the letters that was not opened there (`[C] O+ [D]`).
    fn out_of_brackets(&self) -> bool {
        let signs = self.steps.iter().filter(|s| s.how == How::Separator && !s.entity).flat_map(|s| s.from..s.to).map(|u| self.search.marked.ch(u));
        let mut open = 0usize;
        for sign in signs {
            match sign {
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' if open == 0 => return self.length() < 4,
                ')' | ']' | '}' => open -= 1,
                _ => {}
            }
        }
        false
    }

    /// Guard 8: whether every piece is an ordinary word, all of them of one language. A consonant alone is no word.
    fn pieces_ordinary(&self, text: &mut String) -> bool {
        text.clear();
        let mut after = false;
        let mut languages = u16::MAX;
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
        // An article, an I or an and needs something behind it.
        let last = rights.checked_sub(1).and_then(|n| right.get(n));
        let unfinished = last.is_some_and(|c| "ain".contains(*c)) && !self.goes_on_behind(rights);
        if lefts > 2 || rights > 2 || !leftovers().all(alone) || unfinished {
            return true;
        }
        // With what is left over on both sides, or on one: `a p e r u` is Peru behind an article.
        [(lefts, rights), (0, rights), (lefts, 0)].into_iter().any(|(before, behind)| {
            text.clear();
            text.extend(left.iter().take(before).rev());
            text.extend(self.read().filter_map(|s| self.letter(s.item)));
            text.extend(right.iter().take(behind));
            !self.is_term(text) && (self.search.ordinary.contains(text) || (before + behind > 0 && masks::is_known(text)))
        })
    }

    /// Whether a word follows in the same sentence behind so many single letters beyond the word.
    fn goes_on_behind(&self, letters: usize) -> bool {
        let marked = self.search.marked;
        let end = self.span().end;
        let behind = (end..end + 64).map(|u| marked.ch(u)).filter(|c| props::is_lmd(*c) || ".!?".contains(*c));
        behind.skip(letters).find(|c| !continues(*c)).is_some_and(props::is_lmd)
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
