//! Literals that a regular expression cannot match without.

use regex_syntax::hir::{Class, Hir, HirKind, Literal, Repetition};

/// The shortest literal worth looking for, in bytes.
const LEAST: usize = 3;
/// The longest that is spelled out where an expression leaves a choice.
const LONGEST: usize = 5;
/// The most literals for one expression, as long as they are written there.
const MOST: usize = 64;
/// The most of what choices begin with: white space of any kind between three letters.
const MOST_SPELLED: usize = 128;
/// The most characters of a class that are tried one by one; white space has 25.
const CHOICES: usize = 32;
/// More than so many are not tried behind what is long enough already.
const FEW: usize = 8;
/// Steps of spelling out the beginnings of one expression.
const STEPS: usize = 800;

/// What one of which stands in every text that an expression matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Required {
    /// In lower case, sorted; those that are written are ASCII.
    pub(crate) literals: Vec<Vec<u8>>,
    /// They stand in the expression as they are; otherwise they are what its classes and repetitions can begin with.
    pub(crate) written: bool,
}

/// ASCII literals, in lower case, one of which stands in every text that the expression matches; `None` when there is no
/// such set. Case is ignored by whoever searches for them; the two letters outside ASCII that fold into it (`ſ` and the
/// Kelvin sign) are the caller's to look out for.
pub(crate) fn required(pattern: &str) -> Option<Required> {
    // Without the flag for case, letters are literals and not classes of two.
    let hir = regex_syntax::ParserBuilder::new().nest_limit(50).build().parse(pattern).ok()?;
    let written = best(&hir, false);
    let mut literals = written.clone().or_else(|| best(&hir, true))?;
    for literal in &mut literals {
        literal.make_ascii_lowercase();
    }
    literals.sort();
    literals.dedup();
    Some(Required { literals, written: written.is_some() })
}

fn usable(set: &[Vec<u8>], most: usize) -> bool {
    !set.is_empty() && set.len() <= most && set.iter().all(|literal| literal.len() >= LEAST)
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

/// The rarest set; `spelled`: also of what choices can begin with.
fn best(hir: &Hir, spelled: bool) -> Option<Vec<Vec<u8>>> {
    let inside = match hir.kind() {
        HirKind::Literal(literal) => {
            // A stretch of ASCII: other characters have forms that a byte automaton would not see as equal.
            let longest = literal.0.split(|byte| !byte.is_ascii()).max_by_key(|part| part.len())?;
            Some(vec![longest.to_vec()]).filter(|set| usable(set, 1))
        }
        HirKind::Capture(capture) => best(&capture.sub, spelled),
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub, spelled),
        HirKind::Concat(parts) => parts.iter().filter_map(|part| best(part, spelled)).min_by(|a, b| cost(a).total_cmp(&cost(b))),
        HirKind::Alternation(parts) => {
            let sets: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(|part| best(part, spelled)).collect();
            sets.map(|sets| sets.concat()).filter(|set| usable(set, if spelled { MOST_SPELLED } else { MOST }))
        }
        _ => None,
    };
    let begun = if spelled { beginnings(hir) } else { None };
    inside.into_iter().chain(begun).min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

/// The rarest set of what can stand where some part of a sequence begins.
fn beginnings(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        HirKind::Repetition(_) => std::slice::from_ref(hir),
        _ => return None,
    };
    let begins = |from: &usize| parts.get(*from).is_some_and(|part| !matches!(part.kind(), HirKind::Look(_)));
    let sets = (0..parts.len()).filter(begins).flat_map(|from| (LEAST..=LONGEST).map(move |length| (from, length))).filter_map(|(from, length)| {
        let mut spell = Spell { length, found: Vec::new(), steps: 0 };
        let rest: Vec<Part<'_>> = parts.get(from..)?.iter().rev().map(Part::Whole).collect();
        spell.out(Vec::new(), rest)?;
        spell.found.sort();
        spell.found.dedup();
        Some(spell.found).filter(|set| usable(set, MOST_SPELLED))
    });
    sets.min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

/// Something that is still to be matched.
#[derive(Clone, Copy)]
enum Part<'h> {
    Whole(&'h Hir),
    /// So many more of it, at least and at most.
    More(&'h Repetition, u32, Option<u32>),
}

struct Spell {
    length: usize,
    found: Vec<Vec<u8>>,
    steps: usize,
}

impl Spell {
    /// Every way in which `rest` (the next part last) can go on from `begun`, up to the length; `None` when one of them is too short, or
    /// there are too many.
    fn out(&mut self, begun: Vec<u8>, mut rest: Vec<Part<'_>>) -> Option<()> {
        self.steps += 1;
        if self.steps > STEPS || self.found.len() > 8 * MOST_SPELLED {
            return None;
        }
        if begun.len() >= self.length {
            return self.end(begun);
        }
        let Some(next) = rest.pop() else { return self.end(begun) };
        match next {
            Part::Whole(hir) => self.whole(hir, begun, rest),
            Part::More(repetition, least, most) => {
                if most == Some(0) {
                    return self.out(begun, rest);
                }
                if least == 0 {
                    self.out(begun.clone(), rest.clone())?;
                }
                rest.push(Part::More(repetition, least.saturating_sub(1), most.map(|most| most - 1)));
                rest.push(Part::Whole(&repetition.sub));
                self.out(begun, rest)
            }
        }
    }

    fn whole<'h>(&mut self, hir: &'h Hir, mut begun: Vec<u8>, mut rest: Vec<Part<'h>>) -> Option<()> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => self.out(begun, rest),
            HirKind::Literal(Literal(bytes)) => {
                let ascii = bytes.iter().take_while(|byte| byte.is_ascii()).count();
                begun.extend(bytes.iter().take(ascii).map(u8::to_ascii_lowercase));
                if ascii < bytes.len() { self.end(begun) } else { self.out(begun, rest) }
            }
            HirKind::Class(class) => match choices(class) {
                None => self.end(begun),
                Some(choices) if choices.len() > FEW && begun.len() >= LEAST => self.end(begun),
                Some(choices) => choices.into_iter().try_for_each(|choice| {
                    let mut begun = begun.clone();
                    begun.extend(choice);
                    self.out(begun, rest.clone())
                }),
            },
            HirKind::Capture(capture) => {
                rest.push(Part::Whole(&capture.sub));
                self.out(begun, rest)
            }
            HirKind::Concat(parts) => {
                rest.extend(parts.iter().rev().map(Part::Whole));
                self.out(begun, rest)
            }
            HirKind::Alternation(parts) => parts.iter().try_for_each(|part| {
                let mut rest = rest.clone();
                rest.push(Part::Whole(part));
                self.out(begun.clone(), rest)
            }),
            HirKind::Repetition(repetition) => {
                rest.push(Part::More(repetition, repetition.min, repetition.max));
                self.out(begun, rest)
            }
        }
    }

    /// Whatever comes now, the text goes on from here as `begun`.
    fn end(&mut self, mut begun: Vec<u8>) -> Option<()> {
        begun.truncate(self.length);
        (begun.len() >= LEAST).then(|| self.found.push(begun))
    }
}

/// The characters of a class as bytes, in lower case, when they are few, and ASCII or without case.
fn choices(class: &Class) -> Option<Vec<Vec<u8>>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut take = |low: u32, high: u32| {
        if found.len() + (high - low) as usize > 2 * CHOICES {
            return None;
        }
        for c in (low..=high).filter_map(char::from_u32) {
            match c {
                // Texts with these two are looked at whole.
                '\u{17F}' | '\u{212A}' => {}
                c if c.is_ascii() => found.push(vec![u8::try_from(c).ok()?.to_ascii_lowercase()]),
                c if c.is_alphanumeric() || !c.to_lowercase().eq([c]) || !c.to_uppercase().eq([c]) => return None,
                c => found.push(c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()),
            }
        }
        Some(())
    };
    match class {
        Class::Unicode(class) => class.iter().try_for_each(|range| take(range.start().into(), range.end().into()))?,
        // Bytes beyond ASCII are no characters.
        Class::Bytes(class) if class.is_ascii() => class.iter().try_for_each(|range| take(range.start().into(), range.end().into()))?,
        Class::Bytes(_) => return None,
    }
    found.sort_unstable();
    found.dedup();
    (found.len() <= CHOICES).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pattern: &str) -> Option<(Vec<String>, bool)> {
        let required = required(pattern)?;
        Some((required.literals.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect(), required.written))
    }

    fn written(literals: &[&str]) -> Option<(Vec<String>, bool)> {
        Some((literals.iter().map(|text| (*text).to_owned()).collect(), true))
    }

    #[test]
    fn what_a_match_cannot_do_without() {
        assert_eq!(texts(r"Glock\s*\d+"), written(&["glock"]));
        assert_eq!(texts(r"t\.me/\w+"), written(&["t.me/"]));
        assert_eq!(texts(r"\d{3}-\d{4}"), None);
        assert_eq!(texts(r"(?:abc)?x"), None);
        assert_eq!(texts("straße"), written(&["stra"]));
    }

    #[test]
    fn what_choices_begin_with() {
        let spelled = |pattern: &str| texts(pattern).map(|(texts, written)| (texts.len(), written));
        assert_eq!(texts("[a4@]b[ck]"), Some((["4bc", "4bk", "@bc", "@bk", "abc", "abk"].map(str::to_owned).to_vec(), false)));
        assert!(matches!(spelled(r"\bg+u+n+\b"), Some((2..=64, false))));
        assert!(matches!(spelled(r"\bg[ .*-]u[ .*-]n\b"), Some((4..=64, false))));
        // Even with white space of any kind between.
        assert!(matches!(spelled(r"\bg\s*u\s*n\b"), Some((4..=128, false))));
        assert_eq!(spelled(r"[^a]b[^c]"), None);
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
        ];
        let mut matched = 0;
        for pattern in patterns {
            let Some(required) = required(pattern) else { continue };
            let regex = regex::RegexBuilder::new(pattern).case_insensitive(true).build().unwrap();
            for found in texts.iter().filter_map(|text| regex.find(text)) {
                matched += 1;
                let found = found.as_str().to_ascii_lowercase();
                assert!(required.literals.iter().any(|literal| found.as_bytes().windows(literal.len()).any(|part| part == literal)), "{pattern} {found}");
            }
        }
        assert!(matched > 10, "{matched}");
    }
}
