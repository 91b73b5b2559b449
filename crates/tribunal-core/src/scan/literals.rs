//! Literals that a regular expression cannot match without.

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

use super::squeezed::squeezed;

/// The shortest literal worth looking for, in bytes.
pub(crate) const LEAST: usize = 3;
/// The most literals for one expression.
const MOST: usize = 64;

/// What one of which stands in every text that an expression matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Required {
    /// Stretches of ASCII that are written in the expression, in lower case.
    Written(Vec<Literal>),
    /// What is left of such stretches in a text that was [squeezed](super::squeezed::CLASSES).
    Squeezed(Vec<Literal>),
    /// No stretch, but bytes that are rare: a phone number holds a digit.
    Byte(ByteSet),
}

/// A stretch that stands in a match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) stands: Stands,
}

impl Literal {
    /// The same, of a part of something larger.
    pub(crate) fn inside(self) -> Literal {
        Literal { stands: self.stands.without(Stands::AT_BEGIN), ..self }
    }
}

/// How a stretch stands in a text, or in every match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stands(u8);

impl Stands {
    pub(crate) const ANYHOW: Stands = Stands(0);
    /// Its first character stands where a word begins or ends.
    pub(crate) const FIRST_AT_EDGE: Stands = Stands(1);
    /// So does its last one.
    pub(crate) const LAST_AT_EDGE: Stands = Stands(2);
    /// The match begins with it.
    pub(crate) const AT_BEGIN: Stands = Stands(4);
    /// Bits of a number that it takes.
    const BITS: u32 = 3;

    /// With others, if `holds`.
    pub(crate) fn with(self, others: Stands, holds: bool) -> Stands {
        Stands(self.0 | if holds { others.0 } else { 0 })
    }

    pub(crate) fn without(self, others: Stands) -> Stands {
        Stands(self.0 & !others.0)
    }

    /// Whether all of `wanted` is so.
    pub(crate) fn hold(self, wanted: Stands) -> bool {
        wanted.0 & !self.0 == 0
    }

    /// A number with it in the lowest bits.
    pub(crate) fn beside(self, number: u32) -> u32 {
        number << Stands::BITS | u32::from(self.0)
    }

    /// The number, and what is beside it.
    pub(crate) fn split(both: u32) -> (u32, Stands) {
        (both >> Stands::BITS, Stands((both & ((1 << Stands::BITS) - 1)) as u8))
    }
}

/// Whether a word may begin or end before a byte: beside a character beyond ASCII it is not looked into.
pub(crate) fn is_edge(text: &[u8], at: usize) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let beyond = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii());
    let (before, here) = (at.checked_sub(1).and_then(|at| text.get(at)), text.get(at));
    beyond(before) || beyond(here) || word(before) != word(here)
}

/// Whether a look holds only where a word begins or ends.
pub(crate) fn is_word_edge(look: Look) -> bool {
    matches!(look, Look::WordAscii | Look::WordUnicode | Look::WordStartAscii | Look::WordEndAscii | Look::WordStartUnicode | Look::WordEndUnicode)
}

/// What stands in every text that the expression matches; `None` when there is nothing that is worth looking for. Case is ignored
/// by whoever searches for them; the two letters outside ASCII that fold into it (`ſ` and the Kelvin sign) are the caller's to look out for.
pub(crate) fn required(pattern: &str) -> Option<Required> {
    // Without the flag for case, letters are literals and not classes of two. With it, whatever of the expression folds into
    // another letter is a class with that letter, as it runs: a text is squeezed without folding.
    let parse = |case| regex_syntax::ParserBuilder::new().nest_limit(50).case_insensitive(case).build().parse(pattern).ok();
    let sorted = |mut literals: Vec<Literal>| {
        literals.iter_mut().for_each(|literal| literal.bytes.make_ascii_lowercase());
        // Where one does not, matches have to be sought.
        if !literals.iter().all(|literal| literal.stands.hold(Stands::AT_BEGIN)) {
            literals.iter_mut().for_each(|literal| literal.stands = literal.stands.without(Stands::AT_BEGIN));
        }
        literals.sort();
        literals.dedup();
        literals
    };
    if let Some(set) = written(&parse(false)?) {
        let begins = |Written { literal, is_first, .. }| Literal { stands: literal.stands.with(Stands::AT_BEGIN, is_first), ..literal };
        return Some(Required::Written(sorted(set.into_iter().map(begins).collect())));
    }
    let folded = parse(true)?;
    let squeezed = squeezed(&folded).filter(|set| usable(set)).map(|set| Required::Squeezed(sorted(set)));
    squeezed.or_else(|| rarest(&folded).filter(|(_, share)| *share <= RARE).map(|(set, _)| Required::Byte(set)))
}

pub(crate) fn usable(set: &[Literal]) -> bool {
    !set.is_empty() && set.len() <= MOST && set.iter().all(|literal| literal.bytes.len() >= LEAST)
}

/// How often one of a set is expected in a text, for comparing sets.
pub(crate) fn cost(set: &[Literal]) -> f64 {
    set.iter().map(chance).sum()
}

fn chance(literal: &Literal) -> f64 {
    let bytes = literal.bytes.iter().map(|byte| frequency(*byte)).product::<f64>() + 1e-9;
    // Words are about five letters long; a match that can begin at a few places alone costs less than one that has to be sought.
    let less = [(Stands::FIRST_AT_EDGE, 5.0), (Stands::LAST_AT_EDGE, 5.0), (Stands::AT_BEGIN, 3.0)];
    less.into_iter().filter(|(stands, _)| literal.stands.hold(*stands)).fold(bytes, |chance, (_, times)| chance / times)
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

/// A literal of a part of an expression.
#[derive(Clone)]
struct Written {
    literal: Literal,
    /// The part begins with it, and so does every match of the part.
    is_first: bool,
    is_last: bool,
}

/// The rarest set of what is written.
fn written(hir: &Hir) -> Option<Vec<Written>> {
    let usable = |set: &[Written]| !set.is_empty() && set.len() <= MOST && set.iter().all(|written| written.literal.bytes.len() >= LEAST);
    match hir.kind() {
        HirKind::Literal(literal) => {
            // A stretch of ASCII: other characters have forms that a search by bytes would not see as equal.
            let longest = literal.0.split(|byte| !byte.is_ascii()).max_by_key(|part| part.len())?;
            let whole = longest.len() == literal.0.len();
            let literal = Literal { bytes: longest.to_vec(), stands: Stands::ANYHOW };
            Some(vec![Written { literal, is_first: whole, is_last: whole }]).filter(|set| usable(set))
        }
        HirKind::Capture(capture) => written(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            let mut set = written(&repetition.sub)?;
            // What is first in one round need not be what is last in another.
            for written in &mut set {
                (written.is_first, written.is_last) = (false, false);
            }
            Some(set)
        }
        HirKind::Concat(parts) => {
            let cost = |set: &[Written]| set.iter().map(|written| chance(&written.literal)).sum::<f64>();
            let sets = parts.iter().enumerate().filter_map(|(at, part)| Some(between(written(part)?, parts.get(..at)?, parts.get(at + 1..)?)));
            sets.min_by(|a, b| cost(a).total_cmp(&cost(b)))
        }
        HirKind::Alternation(parts) => {
            let sets: Option<Vec<Vec<Written>>> = parts.iter().map(written).collect();
            sets.map(|sets| sets.concat()).filter(|set| usable(set))
        }
        _ => None,
    }
}

/// The literals of a part between others.
fn between(mut set: Vec<Written>, before: &[Hir], behind: &[Hir]) -> Vec<Written> {
    let look = |part: &Hir| if let HirKind::Look(look) = part.kind() { Some(*look) } else { None };
    let begins = before.iter().rev().map_while(look).any(is_word_edge);
    let ends = behind.iter().map_while(look).any(is_word_edge);
    for Written { literal, is_first, is_last } in &mut set {
        literal.stands = literal.stands.with(Stands::FIRST_AT_EDGE, *is_first && begins).with(Stands::LAST_AT_EDGE, *is_last && ends);
        *is_first &= before.iter().all(|part| look(part).is_some());
        *is_last &= behind.iter().all(|part| look(part).is_some());
    }
    set
}

/// A set of bytes, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    /// Whether a byte is in it.
    pub(crate) fn has(self, byte: u8) -> bool {
        self.0.get(usize::from(byte / 64)).is_some_and(|word| word >> (byte % 64) & 1 != 0)
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

    /// How often a byte of a text is among them: of English, and what resembles it.
    fn share(self) -> f64 {
        let bytes = (0..=u8::MAX).filter(|byte| self.has(*byte));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Kernel, Simd};
    use crate::scan::squeezed::{CLASSES, Row};

    fn meets(set: ByteSet, text: &str) -> bool {
        text.bytes().any(|byte| set.has(byte))
    }

    fn texts(pattern: &str) -> Option<(Vec<String>, bool)> {
        let (literals, written) = match required(pattern)? {
            Required::Written(literals) => (literals, true),
            Required::Squeezed(literals) => (literals, false),
            Required::Byte(_) => return None,
        };
        Some((literals.iter().map(|literal| String::from_utf8_lossy(&literal.bytes).into_owned()).collect(), written))
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

    /// Whether a match holds what its expression cannot do without, ends included.
    fn wakes(required: &Required, text: &str, found: std::ops::Range<usize>) -> bool {
        let within = text[found.clone()].as_bytes();
        let holds = |squeezed: &[u8], literal: &Literal, here: &dyn Fn(usize) -> Stands| {
            let starts = (0..squeezed.len()).filter(|at| squeezed[*at..].starts_with(&literal.bytes));
            let stands = starts.map(|start| {
                let (first, last) = (here(start), here(start + literal.bytes.len() - 1));
                first.without(Stands::LAST_AT_EDGE).with(Stands::LAST_AT_EDGE, last.hold(Stands::LAST_AT_EDGE))
            });
            stands.into_iter().any(|stands| stands.hold(literal.stands))
        };
        match required {
            Required::Written(literals) => {
                let lower = within.to_ascii_lowercase();
                let here = |at: usize| {
                    let edges = [is_edge(text.as_bytes(), found.start + at), is_edge(text.as_bytes(), found.start + at + 1)];
                    Stands::ANYHOW.with(Stands::FIRST_AT_EDGE, edges[0]).with(Stands::LAST_AT_EDGE, edges[1]).with(Stands::AT_BEGIN, at == 0)
                };
                literals.iter().any(|literal| holds(&lower, literal, &here))
            }
            Required::Squeezed(literals) => {
                let (mut out, mut begins) = (Vec::new(), Vec::new());
                Kernel::new(Simd::best()).squeeze(&CLASSES, text.as_bytes(), &mut out, &mut begins);
                let here = |at: usize| {
                    let row = Row::of(text.as_bytes(), &begins, at).unwrap();
                    row.stands.with(Stands::AT_BEGIN, row.places(text.as_bytes(), false).any(|place| place as usize == found.start))
                };
                literals.iter().any(|literal| holds(&out, literal, &here))
            }
            Required::Byte(bytes) => meets(*bytes, &text[found]),
        }
    }

    #[test]
    fn how_literals_stand() {
        let ends = |pattern: &str| {
            let (Required::Written(literals) | Required::Squeezed(literals)) = required(pattern)? else { return None };
            let [literal] = literals.as_slice() else { return None };
            let holds = [Stands::FIRST_AT_EDGE, Stands::LAST_AT_EDGE, Stands::AT_BEGIN].map(|stands| literal.stands.hold(stands));
            Some((String::from_utf8_lossy(&literal.bytes).into_owned(), holds))
        };
        let these = |text: &str, first: bool, last: bool, begins: bool| Some((text.to_owned(), [first, last, begins]));
        for (pattern, wanted) in [
            (r"\bword\b", these("word", true, true, true)),
            (r"\bword\s+\d", these("word", true, false, true)),
            (r"\d+ (mg|g) (of )?word\b", these("word", false, true, false)),
            (r"\b(?:word)+\b", these("word", false, false, false)),
            (r"\b(\bword)\b", these("word", true, true, true)),
            (r"\bwörd|\bcafé\b", None),
            (r"\bg+u+n+\b", these("gun", true, true, true)),
            (r"\bg+u+n+s*\b", these("gun", true, false, true)),
            (r"\bg[ .*-]u[ .*-]n\b", these("gun", true, true, true)),
            (r"\b[ .]*g+u+n[!.]*\b", these("gun", false, false, false)),
            (r"\b(?: g|g)u+n(?:n|n )\b", these("gun", false, false, false)),
            (r"\bs?g+u+nn*\b", these("gun", false, true, false)),
            (r"[ab]\bg+u+n\b.", these("gun", true, true, false)),
            (r"g+u+n n*\b", these("gun", false, false, true)),
        ] {
            assert_eq!(ends(pattern), wanted, "{pattern}");
        }
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
                assert!(wakes(&required, text, found.range()), "{pattern} {text}");
            }
        }
        assert!(matched > 10, "{matched}");
    }
}
