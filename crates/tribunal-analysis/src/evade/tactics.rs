//! Disguises by name.

use tribunal_text::props;

use super::looks;
use super::rng::Rng;

/// A way to write a word so that it is not found.
#[derive(Clone, Copy)]
pub struct Tactic {
    /// Its name, `leet-one`.
    pub name: &'static str,
    /// What it does, in a few words.
    pub what: &'static str,
    /// Whether it is two others together.
    pub combined: bool,
    make: fn(&mut Rng, &Word) -> Option<String>,
}

impl std::fmt::Debug for Tactic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tactic").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tactic {
    /// The term in this disguise; `None` where it cannot be applied: no letter of the term has such a form, its script has
    /// none, or the term has too few letters. The same seed gives the same text.
    #[must_use]
    pub fn disguise(&self, term: &str, seed: u64) -> Option<String> {
        let word = Word::new(term);
        let made = (self.make)(&mut Rng::new(seed, self.name, term), &word)?;
        (made != term).then_some(made)
    }

    /// The tactic of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Tactic> {
        TACTICS.iter().find(|tactic| tactic.name == name)
    }
}

/// How a term is written, by its first letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writing {
    /// Latin.
    Latin,
    /// Cyrillic.
    Cyrillic,
    /// Greek.
    Greek,
    /// Arabic.
    Arabic,
    /// Devanagari.
    Devanagari,
    /// Thai.
    Thai,
    /// Kana, or ideographs.
    Japanese,
    /// Hangul.
    Korean,
    /// Another script, or none.
    Other,
}

impl Writing {
    /// The writing of a term.
    #[must_use]
    pub fn of(term: &str) -> Writing {
        match term.chars().find(|c| props::is_letter(*c)).map(|c| props::script(c).name()) {
            Some("Latin") => Writing::Latin,
            Some("Cyrillic") => Writing::Cyrillic,
            Some("Greek") => Writing::Greek,
            Some("Arabic") => Writing::Arabic,
            Some("Devanagari") => Writing::Devanagari,
            Some("Thai") => Writing::Thai,
            Some("Hiragana" | "Katakana" | "Han") => Writing::Japanese,
            Some("Hangul") => Writing::Korean,
            _ => Writing::Other,
        }
    }

    /// Its name in English.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Writing::Latin => "Latin",
            Writing::Cyrillic => "Cyrillic",
            Writing::Greek => "Greek",
            Writing::Arabic => "Arabic",
            Writing::Devanagari => "Devanagari",
            Writing::Thai => "Thai",
            Writing::Japanese => "Japanese",
            Writing::Korean => "Korean",
            Writing::Other => "other",
        }
    }
}

/// A term cut into letters, each with the marks on it; white space and signs are pieces of their own.
struct Word {
    pieces: Vec<String>,
    writing: Writing,
}

impl Word {
    fn new(term: &str) -> Word {
        let mut pieces: Vec<String> = Vec::new();
        for c in term.chars() {
            match pieces.last_mut() {
                Some(last) if props::is_mark(c) || props::is_default_ignorable(c) => last.push(c),
                _ => pieces.push(c.to_string()),
            }
        }
        Word { pieces, writing: Writing::of(term) }
    }

    /// The pieces that are letters, by place.
    fn letters(&self) -> Vec<usize> {
        (0..self.pieces.len()).filter(|at| self.letter(*at).is_some()).collect()
    }

    /// The letter of a piece, small where ASCII.
    fn letter(&self, at: usize) -> Option<char> {
        self.pieces.get(at)?.chars().next().filter(|c| props::is_letter(*c)).map(|c| c.to_ascii_lowercase())
    }

    /// Letters inside a word, neither its first nor its last.
    fn inner(&self) -> Vec<usize> {
        let inside = |at: &usize| at.checked_sub(1).is_some_and(|before| self.letter(before).is_some()) && self.letter(at + 1).is_some();
        self.letters().into_iter().filter(inside).collect()
    }

    /// Letters followed by another letter: where something can be put between two.
    fn joints(&self) -> Vec<usize> {
        self.letters().into_iter().filter(|at| self.letter(at + 1).is_some()).collect()
    }

    /// Every piece through `change`; what it leaves alone stays.
    fn each(&self, mut change: impl FnMut(usize, &str) -> Option<String>) -> String {
        self.pieces.iter().enumerate().map(|(at, piece)| change(at, piece).unwrap_or_else(|| piece.clone())).collect()
    }

    /// At most `most` of the letters for which `of` has something, each changed to one of it. `None` where no letter has.
    fn swap(&self, rng: &mut Rng, most: usize, of: impl Fn(char) -> Vec<String>) -> Option<String> {
        let options: Vec<(usize, Vec<String>)> = self.letters().into_iter().map(|at| (at, self.letter(at).map(&of).unwrap_or_default())).collect();
        let open: Vec<usize> = options.iter().filter(|(_, forms)| !forms.is_empty()).map(|(at, _)| *at).collect();
        let chosen = rng.places(open, most);
        if chosen.is_empty() {
            return None;
        }
        Some(self.each(|at, _| {
            let (_, forms) = options.iter().find(|(place, _)| *place == at && chosen.contains(&at))?;
            rng.pick(forms).cloned()
        }))
    }

    /// The same between all letters.
    fn between(&self, mut separator: impl FnMut() -> String) -> Option<String> {
        let joints = self.joints();
        if joints.len() < 2 {
            return None;
        }
        Some(self.each(|at, piece| joints.contains(&at).then(|| format!("{piece}{}", separator()))))
    }

    /// Every letter in a styled form; `None` unless all have one.
    fn all(&self, of: impl Fn(char) -> Option<String>) -> Option<String> {
        let letters = self.letters();
        if letters.is_empty() || !letters.iter().all(|at| self.letter(*at).is_some_and(|c| of(c).is_some())) {
            return None;
        }
        Some(self.each(|at, _| self.letter(at).and_then(&of)))
    }

    fn has_case(&self) -> bool {
        matches!(self.writing, Writing::Latin | Writing::Cyrillic | Writing::Greek)
    }

    fn is_latin(&self) -> bool {
        self.writing == Writing::Latin
    }
}

const EVERY: usize = usize::MAX;
const INVISIBLE: &[&str] = &["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{ad}", "\u{feff}", "\u{34f}", "\u{e0061}"];
const EMOJI: &[&str] = &["🔥", "✨", "💀", "😂", "❤\u{fe0f}", "👉"];
const SEPARATORS: &[&str] = &[".", "-", "_", "*", " ", "·", "~"];
const ZALGO: &[char] = &['\u{300}', '\u{301}', '\u{308}', '\u{30d}', '\u{316}', '\u{317}', '\u{323}', '\u{332}', '\u{33f}', '\u{353}', '\u{35b}', '\u{360}'];

fn strings(chars: &str) -> Vec<String> {
    chars.chars().map(String::from).collect()
}

fn digits(c: char) -> Vec<String> {
    strings(looks::leet(c).0)
}

fn symbols(c: char) -> Vec<String> {
    strings(looks::leet(c).1)
}

fn either(c: char) -> Vec<String> {
    digits(c).into_iter().chain(symbols(c)).collect()
}

/// A bracket at the edge, or `!` at the end, is read as punctuation: nobody who wants to be read writes it there.
fn readable(text: String) -> Option<String> {
    let edge = text.starts_with(['(', '<']) || text.ends_with(['(', '<', '!']);
    let letter = text.chars().any(props::is_letter);
    (!edge && letter).then_some(text)
}

fn leet_all(rng: &mut Rng, word: &Word) -> Option<String> {
    word.swap(rng, EVERY, digits).and_then(readable)
}

fn repeat_one(rng: &mut Rng, word: &Word) -> Option<String> {
    let at = *rng.pick(&word.letters())?;
    let times = 3 + rng.below(3);
    Some(word.each(|place, piece| (place == at).then(|| piece.repeat(times))))
}

fn doubled_two(rng: &mut Rng, word: &Word) -> Option<String> {
    // Two runs of the word: doubling both letters of `oo` doubles one.
    let starts: Vec<usize> = word.letters().into_iter().filter(|at| *at == 0 || word.letter(at - 1) != word.letter(*at)).collect();
    let chosen = rng.places(starts, 2);
    (chosen.len() == 2).then(|| word.each(|at, piece| chosen.contains(&at).then(|| piece.repeat(2))))
}

fn homoglyphs(rng: &mut Rng, word: &Word, most: usize) -> Option<String> {
    word.swap(rng, most, |c| match word.writing {
        Writing::Latin => looks::cyrillic(c).map(String::from).into_iter().collect(),
        Writing::Cyrillic | Writing::Greek => looks::latin(c).map(String::from).into_iter().collect(),
        _ => Vec::new(),
    })
}

fn styled(word: &Word, first: u32) -> Option<String> {
    word.all(|c| looks::styled(c, first).map(String::from))
}

fn mixed_case(rng: &mut Rng, word: &Word) -> Option<String> {
    word.has_case().then(|| word.each(|_, piece| (rng.below(2) == 0).then(|| piece.to_uppercase())))
}

fn masked(rng: &mut Rng, word: &Word, mask: &str, most: usize) -> Option<String> {
    let mut open = word.inner();
    if open.len() < most + 1 {
        return None;
    }
    let vowels: Vec<usize> = open.iter().copied().filter(|at| word.letter(*at).is_some_and(|c| "aeiouаеиоуыэюяαεηιοω".contains(c))).collect();
    if most == 1 && !vowels.is_empty() {
        open = vowels.into_iter().take(1).collect();
    }
    let chosen = rng.places(open, most);
    Some(word.each(|at, _| chosen.contains(&at).then(|| mask.to_owned())))
}

fn entity(piece: &str, hexadecimal: bool) -> String {
    piece.chars().map(|c| if hexadecimal { format!("&#x{:X};", u32::from(c)) } else { format!("&#{};", u32::from(c)) }).collect()
}

fn entities(rng: &mut Rng, word: &Word, most: usize) -> Option<String> {
    let chosen = rng.places(word.letters(), most);
    let hexadecimal = rng.below(2) == 0;
    (!chosen.is_empty()).then(|| word.each(|at, piece| chosen.contains(&at).then(|| entity(piece, hexadecimal))))
}

fn split(rng: &mut Rng, word: &Word, separators: &[&str]) -> Option<String> {
    let at = *rng.pick(&word.joints())?;
    let separator = *rng.pick(separators)?;
    Some(word.each(|place, piece| (place == at).then(|| format!("{piece}{separator}"))))
}

fn accents(rng: &mut Rng, word: &Word, most: usize) -> Option<String> {
    word.has_case().then(|| {
        word.each(|at, piece| {
            let letter = word.letter(at)?;
            let count = 1 + rng.below(most);
            Some(piece.chars().chain((0..count).filter_map(|_| rng.pick(ZALGO).copied())).collect::<String>()).filter(|_| letter.is_alphabetic())
        })
    })
}

fn then(rng: &mut Rng, first: Option<String>, second: impl Fn(&mut Rng, &Word) -> Option<String>) -> Option<String> {
    second(rng, &Word::new(&first?))
}

fn between(rng: &mut Rng, word: &Word, separators: &[&str]) -> Option<String> {
    let separator = *rng.pick(separators)?;
    word.between(|| separator.to_owned())
}

fn hidden(rng: &mut Rng, word: &Word) -> Option<String> {
    word.between(|| rng.pick(INVISIBLE).map(|c| (*c).to_owned()).unwrap_or_default())
}

macro_rules! tactics {
    ($($name:literal, $what:literal, $combined:literal, $make:expr;)*) => {
        /// Every tactic.
        pub static TACTICS: &[Tactic] = &[$(Tactic { name: $name, what: $what, combined: $combined, make: $make }),*];
    };
}

tactics! {
    "leet-one", "a digit for one letter", false, |rng, word| word.swap(rng, 1, digits).and_then(readable);
    "leet-all", "digits for all letters that have one", false, leet_all;
    "leet-symbols", "symbols for all letters that have one", false, |rng, word| word.swap(rng, EVERY, symbols).and_then(readable);
    "leet-both", "digits and symbols for all letters that have one", false, |rng, word| word.swap(rng, EVERY, either).and_then(readable);
    "drawn", "one letter drawn with signs", false, |rng, word| word.swap(rng, 1, |c| looks::drawn(c).iter().map(|s| (*s).to_owned()).collect());
    "letter-pairs", "vv for w, ph for f", false, |rng, word| word.swap(rng, 1, |c| match c { 'w' => vec!["vv".to_owned()], 'f' => vec!["ph".to_owned()], _ => Vec::new() });
    "twin-letters", "rn for m, cl for d, and other ordinary letters of the same look or sound", false, |rng, word| word.swap(rng, 1, |c| match c { 'm' => vec!["rn".to_owned()], 'd' => vec!["cl".to_owned()], 'u' => vec!["v".to_owned()], _ => Vec::new() });
    "repeat-one", "one letter three to five times", false, repeat_one;
    "repeat-two", "two letters doubled", false, doubled_two;
    "repeat-end", "the last letter six times", false, |_, word| { let last = *word.letters().last()?; Some(word.each(|at, piece| (at == last).then(|| piece.repeat(6)))) };
    "repeat-all", "every letter three times", false, |_, word| Some(word.each(|at, piece| word.letter(at).map(|_| piece.repeat(3))));
    "spaces", "spaces between all letters", false, |_, word| word.between(|| " ".to_owned());
    "spaces-wide", "two spaces between all letters", false, |_, word| word.between(|| "  ".to_owned());
    "dots", "dots between all letters", false, |_, word| word.between(|| ".".to_owned());
    "dashes", "dashes between all letters", false, |_, word| word.between(|| "-".to_owned());
    "underscores", "underscores between all letters", false, |_, word| word.between(|| "_".to_owned());
    "stars", "stars between all letters", false, |_, word| word.between(|| "*".to_owned());
    "slashes", "slashes between all letters", false, |_, word| word.between(|| "/".to_owned());
    "emoji-between", "an emoji between all letters", false, |rng, word| between(rng, word, EMOJI);
    "mixed-separators", "different separators between all letters", false, |rng, word| word.between(|| rng.pick(SEPARATORS).map(|s| (*s).to_owned()).unwrap_or_default());
    "split", "one separator inside the word", false, |rng, word| split(rng, word, &[".", "-", "_", "*", "/", "·"]);
    "emoji-inside", "one emoji inside the word", false, |rng, word| split(rng, word, EMOJI);
    "zero-width", "zero-width spaces between all letters", false, |_, word| word.between(|| "\u{200b}".to_owned());
    "invisibles", "different invisible characters between all letters", false, hidden;
    "joiners", "zero-width joiners and non-joiners between letters", false, |rng, word| between(rng, word, &["\u{200c}", "\u{200d}"]);
    "homoglyph-one", "one letter of another alphabet with the same shape", false, |rng, word| homoglyphs(rng, word, 1);
    "homoglyph-all", "all letters that have one, of another alphabet with the same shape", false, |rng, word| homoglyphs(rng, word, EVERY);
    "greek-letters", "Greek letters for one or two Latin ones", false, |rng, word| word.swap(rng, 2, |c| looks::greek(c).map(String::from).into_iter().collect());
    "fullwidth", "full-width letters", false, |_, word| styled(word, 0xFF41);
    "mathematical", "mathematical bold letters", false, |_, word| styled(word, 0x1D41A);
    "script-letters", "mathematical script letters", false, |_, word| styled(word, 0x1D4EA);
    "circled", "letters in circles", false, |_, word| styled(word, 0x24D0);
    "squared", "white letters in black squares", false, |_, word| styled(word, 0x1F170);
    "small-capitals", "small capitals", false, |_, word| word.all(|c| looks::small_capital(c).map(String::from));
    "regional-indicators", "regional indicator letters, kept apart", false, |_, word| word.all(|c| looks::styled(c, 0x1F1E6).map(|c| format!("{c}\u{200b}")));
    "accents", "an accent on every letter", false, |rng, word| accents(rng, word, 1);
    "zalgo", "stacks of accents on every letter", false, |rng, word| accents(rng, word, 6);
    "strike-through", "every letter struck through", false, |_, word| Some(word.each(|at, piece| word.letter(at).map(|_| format!("{piece}\u{336}"))));
    "case-mix", "capitals and small letters mixed", false, mixed_case;
    "mask-one", "a star for the first vowel inside", false, |rng, word| masked(rng, word, "*", 1);
    "mask-two", "stars for two letters inside", false, |rng, word| masked(rng, word, "*", 2);
    "mask-bullet", "a bullet for one letter inside", false, |rng, word| masked(rng, word, "•", 1);
    "entity-one", "an HTML character reference for one letter", false, |rng, word| entities(rng, word, 1);
    "entity-all", "HTML character references for all letters", false, |rng, word| entities(rng, word, EVERY);
    "reversed", "written backwards under a right-to-left override", false, |_, word| word.is_latin().then(|| format!("\u{202e}{}\u{202c}", word.pieces.iter().rev().map(String::as_str).collect::<String>()));
    "tatweel", "a letter drawn out (Arabic)", false, |rng, word| if word.writing == Writing::Arabic { split(rng, word, &["\u{640}", "\u{640}\u{640}\u{640}"]) } else { None };
    "arabic-forms", "another form of a letter (Arabic)", false, |rng, word| if word.writing == Writing::Arabic { word.swap(rng, EVERY, |c| looks::arabic(c).map(String::from).into_iter().collect()) } else { None };
    "half-width", "half-width katakana", false, |_, word| word.all(looks::half_width);
    "jamo", "syllables as conjoining letters (Korean)", false, |_, word| word.all(|c| looks::jamo(c, true));
    "leet+repeat", "a digit for one letter, another three times", true, |rng, word| { let first = word.swap(rng, 1, digits).and_then(readable); then(rng, first, repeat_one) };
    "leet+spaces", "digits for letters, spaces between", true, |rng, word| { let first = leet_all(rng, word)?; Some(Word::new(&first).pieces.join(" ")) };
    "leet+dots", "digits for letters, dots between", true, |rng, word| { let first = leet_all(rng, word)?; Some(Word::new(&first).pieces.join(".")) };
    "leet+case", "a digit for one letter, capitals and small letters mixed", true, |rng, word| { let first = word.swap(rng, 1, digits).and_then(readable); then(rng, first, mixed_case) };
    "leet+zero-width", "a digit for one letter, invisible characters between", true, |rng, word| { let first = word.swap(rng, 1, digits).and_then(readable)?; Some(Word::new(&first).pieces.join("\u{200b}")) };
    "leet+accents", "a digit for one letter, accents on the others", true, |rng, word| { let first = word.swap(rng, 1, digits).and_then(readable); then(rng, first, |rng, word| accents(rng, word, 2)) };
    "homoglyph+leet", "a letter of another alphabet, a digit for another", true, |rng, word| { let first = word.swap(rng, 1, digits).and_then(readable); then(rng, first, |rng, word| homoglyphs(rng, word, 1)) };
    "homoglyph+dots", "a letter of another alphabet, dots between", true, |rng, word| { let first = homoglyphs(rng, word, 1); then(rng, first, |_, word| word.between(|| ".".to_owned())) };
    "homoglyph+repeat", "a letter of another alphabet, another three times", true, |rng, word| { let first = homoglyphs(rng, word, 1); then(rng, first, repeat_one) };
    "repeat+separators", "one letter three times, dashes between", true, |rng, word| { let first = repeat_one(rng, word); then(rng, first, |_, word| word.between(|| "-".to_owned())) };
    "fullwidth+spaces", "full-width letters with spaces between", true, |_, word| Some(Word::new(&styled(word, 0xFF41)?).pieces.join(" "));
    "mask+case", "a star for a letter, capitals and small letters mixed", true, |rng, word| { let first = masked(rng, word, "*", 1); then(rng, first, mixed_case) };
    "mask+repeat", "a star for a letter, the last three times", true, |rng, word| { let first = Word::new(&masked(rng, word, "*", 1)?); let last = *first.letters().last()?; Some(first.each(|at, piece| (at == last).then(|| piece.repeat(3)))) };
    "entity+leet", "a character reference for one letter, a digit for another", true, |rng, word| {
        let first = word.swap(rng, 1, digits).and_then(readable)?;
        let word = Word::new(&first);
        let at = *rng.pick(&word.letters())?;
        Some(word.each(|place, piece| (place == at).then(|| entity(piece, false))))
    };
    "zero-width+case", "invisible characters between, capitals and small letters mixed", true, |rng, word| { let first = mixed_case(rng, word); then(rng, first, hidden) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(tactic: &str, term: &str) -> Option<String> {
        Tactic::named(tactic).unwrap().disguise(term, 1)
    }

    #[test]
    fn what_they_make() {
        let of = |tactic: &str, term: &str| made(tactic, term).unwrap_or_default();
        assert_eq!(made("leet-all", "seggs"), None);
        assert_eq!(of("leet-all", "glock"), "910ck");
        assert_eq!(of("spaces", "glock"), "g l o c k");
        assert_eq!(of("dots", "kill you"), "k.i.l.l y.o.u");
        assert_eq!(of("reversed", "glock"), "\u{202e}kcolg\u{202c}");
        assert_eq!(of("mask-one", "badword"), "b*dword");
        assert_eq!(of("squared", "gun"), "🅶🆄🅽");
        assert_eq!(of("half-width", "ガン"), "ｶﾞﾝ");
        assert_eq!(of("jamo", "총"), "\u{110e}\u{1169}\u{11bc}");
        assert_eq!(of("tatweel", "سلاح").chars().filter(|c| *c != '\u{640}').collect::<String>(), "سلاح");
        assert_eq!(of("letter-pairs", "wig"), "vvig");
        assert_eq!(made("tatweel", "glock"), None);
        assert_eq!(made("leet-one", "hymn"), None);
    }

    #[test]
    fn there_are_enough_of_different_names_and_the_seed_decides() {
        let names: std::collections::BTreeSet<&str> = TACTICS.iter().map(|t| t.name).collect();
        assert_eq!(names.len(), TACTICS.len());
        assert!(TACTICS.len() >= 28 && TACTICS.iter().filter(|t| t.combined).count() >= 8, "{}", TACTICS.len());
        for tactic in TACTICS {
            assert_eq!(tactic.disguise("marketplace", 7), tactic.disguise("marketplace", 7));
            assert!(tactic.disguise("marketplace", 7).is_none_or(|text| text != "marketplace"), "{}", tactic.name);
        }
        let several: std::collections::BTreeSet<Option<String>> = (0..20).map(|seed| Tactic::named("repeat-one").unwrap().disguise("badword", seed)).collect();
        assert!(several.len() > 5);
    }
}
