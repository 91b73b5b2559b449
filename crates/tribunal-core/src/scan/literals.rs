//! Literals that a regular expression cannot match without.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

/// The shortest literal worth looking for, in bytes.
const LEAST: usize = 3;
/// The most literals for one expression.
const MOST: usize = 64;

/// What one of which stands in every text that an expression matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Required {
    /// Stretches of ASCII that are written in the expression, in lower case.
    Written(Vec<Vec<u8>>),
    /// What is left of such stretches in a text that was [squeezed](CLASSES).
    Squeezed(Vec<Vec<u8>>),
    /// No stretch, but bytes that are rare: a phone number holds a digit.
    Byte(ByteSet),
}

/// What stands in every text that the expression matches; `None` when there is nothing that is worth looking for. Case is ignored
/// by whoever searches for them; the two letters outside ASCII that fold into it (`ſ` and the Kelvin sign) are the caller's to look out for.
pub(crate) fn required(pattern: &str) -> Option<Required> {
    // Without the flag for case, letters are literals and not classes of two. With it, whatever of the expression folds into
    // another letter is a class with that letter, as it runs: a text is squeezed without folding.
    let parse = |case| regex_syntax::ParserBuilder::new().nest_limit(50).case_insensitive(case).build().parse(pattern).ok();
    let sorted = |mut literals: Vec<Vec<u8>>| {
        literals.iter_mut().for_each(|literal| literal.make_ascii_lowercase());
        literals.sort();
        literals.dedup();
        literals
    };
    if let Some(set) = written(&parse(false)?) {
        return Some(Required::Written(sorted(set)));
    }
    let folded = parse(true)?;
    let squeezed = squeezed(&folded).filter(|set| usable(set)).map(|set| Required::Squeezed(sorted(set)));
    squeezed.or_else(|| rarest(&folded).filter(|(_, share)| *share <= RARE).map(|(set, _)| Required::Byte(set)))
}

fn usable(set: &[Vec<u8>]) -> bool {
    !set.is_empty() && set.len() <= MOST && set.iter().all(|literal| literal.len() >= LEAST)
}

/// How often one of a set is expected in a text, for comparing sets.
fn cost(set: &[Vec<u8>]) -> f64 {
    set.iter().map(|literal| literal.iter().map(|byte| frequency(*byte)).product::<f64>() + 1e-9).sum()
}

/// The share of a byte, in lower case, in texts that people write: English and what resembles it.
pub(crate) fn frequency(byte: u8) -> f64 {
    let per_mille = match byte.to_ascii_lowercase() {
        b' ' => 165.0,
        b'e' => 95.0,
        b't' | b'a' | b'o' => 65.0,
        b'i' | b'n' | b's' | b'r' => 53.0,
        b'h' | b'l' => 40.0,
        b'd' | b'u' | b'm' | b'c' | b'y' | b'g' | b'w' => 23.0,
        b'f' | b'p' | b'b' | b'k' | b'v' => 13.0,
        b'.' | b',' | b'\'' | b'#' | b'@' | b'/' => 10.0,
        b'0'..=b'9' | b'-' | b'!' | b':' => 5.0,
        _ => 2.0,
    };
    per_mille / 1_000.0
}

/// The rarest set of what is written.
fn written(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            // A stretch of ASCII: other characters have forms that a search by bytes would not see as equal.
            let longest = literal.0.split(|byte| !byte.is_ascii()).max_by_key(|part| part.len())?;
            Some(vec![longest.to_vec()]).filter(|set| usable(set))
        }
        HirKind::Capture(capture) => written(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => written(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(written).min_by(|a, b| cost(a).total_cmp(&cost(b))),
        HirKind::Alternation(parts) => {
            let sets: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(written).collect();
            sets.map(|sets| sets.concat()).filter(|set| usable(set))
        }
        _ => None,
    }
}

/// A set of bytes, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    /// The bytes of a text.
    pub(crate) fn of(text: &str) -> ByteSet {
        text.bytes().fold(ByteSet::default(), ByteSet::with)
    }

    #[inline]
    fn with(self, byte: u8) -> ByteSet {
        let ByteSet(mut words) = self;
        if let Some(word) = words.get_mut(usize::from(byte / 64)) {
            *word |= 1 << (byte % 64);
        }
        ByteSet(words)
    }

    fn and(self, others: ByteSet) -> ByteSet {
        let ByteSet([a, b, c, d]) = self;
        let ByteSet([e, f, g, h]) = others;
        ByteSet([a | e, b | f, c | g, d | h])
    }

    /// Whether some byte is in both.
    pub(crate) fn meets(self, others: ByteSet) -> bool {
        self.0.iter().zip(others.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// How often a byte of a text is among them: of English, and what resembles it.
    fn share(self) -> f64 {
        let bytes = (0..=u8::MAX).filter(|byte| self.meets(ByteSet::default().with(*byte)));
        let (ascii, beyond): (Vec<u8>, Vec<u8>) = bytes.partition(u8::is_ascii);
        ascii.into_iter().map(frequency).sum::<f64>() + if beyond.is_empty() { 0.0 } else { BEYOND_ASCII }
    }
}

/// The share of bytes that are of no ASCII character.
const BEYOND_ASCII: f64 = 0.03;
/// At most so many bytes of a text may be among those that every match holds: else it is not worth looking.
const RARE: f64 = 0.1;

/// The rarest set of bytes one of which stands in every match, with its share.
fn rarest(hir: &Hir) -> Option<(ByteSet, f64)> {
    let shared = |set: ByteSet| Some((set, set.share()));
    match hir.kind() {
        HirKind::Literal(literal) => {
            let share = |byte: u8| if byte.is_ascii() { frequency(byte) } else { BEYOND_ASCII };
            let byte = literal.0.iter().copied().min_by(|a, b| share(*a).total_cmp(&share(*b)))?;
            Some((ByteSet::default().with(byte), share(byte)))
        }
        HirKind::Class(Class::Unicode(class)) => {
            // Of a character beyond ASCII its first byte.
            let first = |c: char| c.encode_utf8(&mut [0; 4]).bytes().next().unwrap_or(0);
            let ranges = class.iter().map(|range| first(range.start())..=first(range.end()));
            shared(ranges.flatten().fold(ByteSet::default(), ByteSet::with))
        }
        HirKind::Capture(capture) => rarest(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => rarest(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(rarest).min_by(|a, b| a.1.total_cmp(&b.1)),
        HirKind::Alternation(parts) => parts.iter().map(rarest).try_fold(ByteSet::default(), |all, part| Some(all.and(part?.0))).and_then(shared),
        _ => None,
    }
}

/// The letter that stands for each byte of ASCII in a squeezed text, in which a row of one letter is written once; 0 for what is dropped, as everything beyond ASCII is.
///
/// `S.h-1 ttt` becomes `shit`: whatever an expression allows between and in place of its letters (`s+h+i+t+`, `s[ .-]h[ .-]i[ .-]t`,
/// `[s5$]h[i1!]t`) is gone, so that one literal stands for all of it.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub(crate) const CLASSES: [u8; 128] = {
    let mut classes = [0; 128];
    let mut letter = b'a';
    while letter <= b'z' {
        classes[letter as usize] = letter;
        classes[letter.to_ascii_uppercase() as usize] = letter;
        letter += 1;
    }
    let alike: [(u8, &[u8]); 9] =
        [(b'a', b"4@"), (b'b', b"689"), (b'c', b"(<"), (b'e', b"3"), (b'i', b"lL1!|"), (b'o', b"0"), (b's', b"5$"), (b't', b"7+"), (b'z', b"2")];
    let mut at = 0;
    while at < alike.len() {
        let (letter, others) = alike[at];
        let mut other = 0;
        while other < others.len() {
            classes[others[other] as usize] = letter;
            other += 1;
        }
        at += 1;
    }
    classes
};

/// What one of which has to stand in a squeezed text: the rarest such set.
fn squeezed(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Capture(capture) => squeezed(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().map(squeezed).collect::<Option<Vec<_>>>().map(|sets| sets.concat()),
        kind => {
            let mut stretches = Stretches::default();
            stretches.walk(hir);
            stretches.end();
            let stretch = (!stretches.best.is_empty()).then(|| vec![stretches.best]);
            let parts = if let HirKind::Concat(parts) = kind { parts.as_slice() } else { &[] };
            parts.iter().filter_map(squeezed).chain(stretch).filter(|set| usable(set)).min_by(|a, b| cost(a).total_cmp(&cost(b)))
        }
    }
}

/// The stretches of letters that are there in every match, from left to right.
#[derive(Default)]
struct Stretches {
    here: Vec<u8>,
    /// The rarest that has ended.
    best: Vec<u8>,
    /// Some part may be one thing or another.
    broken: bool,
}

impl Stretches {
    fn push(&mut self, letter: u8) {
        if letter != 0 && self.here.last() != Some(&letter) {
            self.here.push(letter);
        }
    }

    fn end(&mut self) {
        let here = std::mem::take(&mut self.here);
        self.keep(here);
    }

    /// The rarer of a stretch and the best.
    fn keep(&mut self, stretch: Vec<u8>) {
        if stretch.len() >= LEAST && (self.best.is_empty() || cost(std::slice::from_ref(&stretch)) < cost(std::slice::from_ref(&self.best))) {
            self.best = stretch;
        }
    }

    fn unsure(&mut self) {
        self.end();
        self.broken = true;
    }

    fn walk(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => literal.0.iter().for_each(|byte| self.push(letter(*byte))),
            HirKind::Class(class) => match one_letter(class) {
                Some(letter) => self.push(letter),
                None => self.unsure(),
            },
            HirKind::Capture(capture) => self.walk(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.walk(part)),
            HirKind::Repetition(repetition) => {
                // Walked once, however deep repetitions nest.
                let mut inside = Stretches::default();
                inside.walk(&repetition.sub);
                match inside.here.as_slice() {
                    _ if inside.broken => {
                        self.unsure();
                        if repetition.min > 0 {
                            inside.end();
                            self.keep(inside.best);
                        }
                    }
                    [] => {}
                    // More of the letter before it is no more.
                    [letter] if repetition.min > 0 || self.here.last() == Some(letter) => self.push(*letter),
                    letters => {
                        if repetition.min > 0 {
                            letters.iter().for_each(|letter| self.push(*letter));
                        }
                        self.unsure();
                    }
                }
            }
            HirKind::Alternation(parts) => {
                let mut images = parts.iter().map(exact);
                match images.next().flatten() {
                    Some(first) if images.all(|image| image.as_ref() == Some(&first)) => first.iter().for_each(|letter| self.push(*letter)),
                    _ => self.unsure(),
                }
            }
        }
    }
}

/// What is left of every match, squeezed, where that is the same for all.
fn exact(hir: &Hir) -> Option<Vec<u8>> {
    let mut stretches = Stretches::default();
    stretches.walk(hir);
    (!stretches.broken).then_some(stretches.here)
}

fn letter(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The letter that all characters of a class are, or 0 where all are dropped.
fn one_letter(class: &Class) -> Option<u8> {
    let mut found = None;
    let mut take = |low: u32, high: u32| {
        let ascii = (low..=high.min(0x7f)).map(|code| letter(u8::try_from(code).unwrap_or(0)));
        // The two that fold into ASCII stand beside the letter they fold into; texts with them are looked at whole.
        let beyond = (high > 0x7f && !(low == high && matches!(low, 0x17f | 0x212a))).then_some(0);
        ascii.chain(beyond).all(|letter| *found.get_or_insert(letter) == letter)
    };
    let same = match class {
        Class::Unicode(class) => class.iter().all(|range| take(range.start().into(), range.end().into())),
        Class::Bytes(class) => class.iter().all(|range| take(range.start().into(), range.end().into())),
    };
    found.filter(|_| same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Kernel, Simd};

    fn texts(pattern: &str) -> Option<(Vec<String>, bool)> {
        let (literals, written) = match required(pattern)? {
            Required::Written(literals) => (literals, true),
            Required::Squeezed(literals) => (literals, false),
            Required::Byte(_) => return None,
        };
        Some((literals.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect(), written))
    }

    fn these(literals: &[&str], written: bool) -> Option<(Vec<String>, bool)> {
        Some((literals.iter().map(|text| (*text).to_owned()).collect(), written))
    }

    #[test]
    fn every_match_holds_one_of_its_bytes() {
        let set = |pattern: &str| match required(pattern) {
            Some(Required::Byte(set)) => Some(set),
            _ => None,
        };
        let meets = |set: ByteSet, text: &str| set.meets(ByteSet::of(text));
        let digits = set(r"\bi'?m (?:only )?(?:[89]|1[0-2])(?: years? old|$)").expect("digits");
        assert!(meets(digits, "i am 9") && !meets(digits, "i am nine") && !meets(digits, "ñ"));
        // Digits of all scripts, and what folds into a letter of ASCII.
        let digits = set(r"\d{3}").expect("digits of all scripts");
        assert!(meets(digits, "٣") && meets(digits, "3") && !meets(digits, "three cafés…"));
        assert!(set("k{2}").is_none_or(|set| meets(set, "\u{212a}")));
        for without in ["a*", "(?:7|)", "the|a", "[a-z]+", "^$", "(?:9)?e", "7{0}", r"\b"] {
            assert_eq!(set(without), None, "{without}");
        }
        let mut state = 7u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let parts = ["7", "[89]", "(?:1|2x)", "z?", "q+", "é", r"\d", "(?:a|b)", "[^a]", "j*", "%", "(?:k|9)", r"\b", "^", "$", "(?-i:Q)", "x{0}", r"(?-u:\d)"];
        let chars = ["7", "8", "9", "1", "2x", "z", "q", "É", "a", "b", "J", "%", "\u{212a}", "k", "٣", " "];
        let mut held = 0;
        for _ in 0..20_000 {
            let pattern: String = (0..1 + next(4)).map(|_| parts[next(parts.len())]).collect();
            let text: String = (0..next(8)).map(|_| chars[next(chars.len())]).collect();
            let matches = regex::RegexBuilder::new(&pattern).case_insensitive(true).build().is_ok_and(|regex| regex.is_match(&text));
            if let (true, Some(set)) = (matches, set(&pattern)) {
                held += 1;
                assert!(meets(set, &text), "{pattern} in {text}");
            }
        }
        assert!(held > 500, "{held}");
    }

    #[test]
    fn what_a_match_cannot_do_without() {
        assert_eq!(texts(r"Glock\s*\d+"), these(&["glock"], true));
        assert_eq!(texts(r"t\.me/\w+"), these(&["t.me/"], true));
        assert_eq!(texts(r"\d{3}-\d{4}"), None);
        assert_eq!(texts(r"(?:abc)?x"), None);
        assert_eq!(texts("straße"), these(&["stra"], true));
    }

    #[test]
    fn one_literal_for_a_family() {
        for family in [r"\bg+u+n+s*\b", r"\bg[ .*-]u[ .*-]n\b", r"\bg\s*u\s*n\b", "[gG]u(?:n|N)", "gg?u{2,}(n)"] {
            assert_eq!(texts(family), these(&["gun"], false), "{family}");
        }
        assert_eq!(texts("[a4@]b[ck]"), None);
        assert_eq!(texts("[a4@]bu[s5$]e?"), these(&["abus"], false));
        assert_eq!(texts(r"\bg+u+n+\b|\bk+n+i+f+e+"), these(&["gun", "knife"], false));
        // Of two stretches the rarer one; letters that look alike are one letter, here `l` and `i`.
        assert_eq!(texts("t+h+e.*b[il1]a+d+e"), these(&["biade"], false));
        assert_eq!(texts(r"[^a]b[^c]"), None);
        assert_eq!(texts(r"(?:ab)+c+d"), None);
        assert_eq!(texts(r"(?:ab){2,3}c"), None);
    }

    #[test]
    fn repetitions_of_repetitions_are_walked_once() {
        // Walked twice at each of them, this would not end.
        assert_eq!(texts(&format!("(?:ab|c){}g+u+n", "+".repeat(40))), these(&["gun"], false));
        assert_eq!(texts(&format!("(?:[ab]k+n+i+f+e){}", "+".repeat(40))), these(&["knife"], false));
    }

    #[test]
    fn every_match_holds_one() {
        let texts = [
            "gun",
            "ggguuunn",
            "g u n",
            "g  u\u{2003}n",
            "G\u{a0} un",
            "g-u.n",
            "6un",
            "xx g*u-n",
            "my GGUN now",
            "b33r",
            "beer",
            "BEEER 12oz",
            "ab",
            "abab",
            "ababab",
            "cab",
            "a1b2c3",
            "8ul1eeet",
            "knife é knife",
            "asbc",
            "fsck",
            "milk",
        ];
        let patterns = [
            r"\bg+u+n+\b",
            r"g[ .*-]u[ .*-]n",
            r"\bg\s*u\s*n\b",
            "[g6]u[nm]",
            "b[e3]+r",
            "(?:ab)+",
            "(?:ab){2,3}",
            "(ab|cab)(ab)?",
            "(?i)B[E3]{2,}R",
            "a[0-9]b[0-9]",
            "c?a.b",
            "[b8]u[l1]+[e3]+[t7]",
            "k+n+i+f+[eé]",
            // What folds into ASCII stands in the expression.
            "a\u{17f}bc",
            "f[\u{c0}-\u{24f}*]ck",
            "[mM]+i+l+\u{212a}",
        ];
        let mut matched = 0;
        for pattern in patterns {
            let Some(required) = required(pattern) else { continue };
            let regex = regex::RegexBuilder::new(pattern).case_insensitive(true).build().unwrap();
            for text in texts {
                let Some(found) = regex.find(text) else { continue };
                matched += 1;
                let (literals, within) = match &required {
                    Required::Written(literals) => (literals, found.as_str().to_ascii_lowercase().into_bytes()),
                    Required::Squeezed(literals) => {
                        let mut out = Vec::new();
                        Kernel::new(Simd::best()).squeeze(&CLASSES, text.as_bytes(), &mut out);
                        (literals, out)
                    }
                    Required::Byte(bytes) => {
                        assert!(bytes.meets(ByteSet::of(text)), "{pattern} {text}");
                        continue;
                    }
                };
                assert!(literals.iter().any(|literal| within.windows(literal.len()).any(|part| part == literal)), "{pattern} {text}");
            }
        }
        assert!(matched > 10, "{matched}");
    }
}
