//! What a character of the text may stand for.

use crate::props;
use crate::tables::{disguises as t, look_up};

/// How strongly a character looks like a letter.
///
/// ```
/// use tribunal_text::{Strength, resemblance};
///
/// // The Cyrillic о passes for the Latin one anywhere.
/// assert_eq!(resemblance('\u{43e}', 'o'), Some(Strength::Strong));
/// assert!(Strength::Strong < Strength::Weak && Strength::Weak < Strength::Beside);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// In any word.
    Strong,
    /// In a word that mixes scripts.
    Weak,
    /// Beside a letter.
    Beside,
}

/// How strongly a character of a text looks like a letter, both as `case` folds them; `None` when the table does not say so.
///
/// ```
/// use tribunal_text::{Strength, resemblance};
///
/// assert_eq!(resemblance('\u{455}', 's'), Some(Strength::Strong));
/// assert_eq!(resemblance('\u{455}', 'g'), None);
/// ```
#[must_use]
pub fn resemblance(text: char, letter: char) -> Option<Strength> {
    look_alikes(text).find(|(l, _)| *l == letter).map(|(_, strength)| strength)
}

/// The letters that `c` looks like, folded.
pub(crate) fn look_alikes(c: char) -> impl Iterator<Item = (char, Strength)> {
    look_alikes_under(c, true)
}

/// The letters that `c` looks like: folded, or, where `case` is not folded, capitals of ASCII as capitals.
fn look_alikes_under(c: char, case: bool) -> impl Iterator<Item = (char, Strength)> {
    let number = if c.is_ascii() { 0 } else { usize::from(look_up(&t::LOOK_INDEX, &t::LOOK_BLOCKS, c)) };
    let rows = if number == 0 { &[] } else { t::LOOK_ROWS.get(number - 1..).unwrap_or_default() };
    let count = if rows.is_empty() { 0 } else { rows.iter().position(|(_, _, last)| *last).map_or(0, |i| i + 1) };
    rows.iter().take(count).map(move |(letter, strength, _)| {
        let letter = if case || strength & CAPITAL == 0 { *letter } else { letter.to_ascii_uppercase() };
        let strength = match strength & (CAPITAL - 1) {
            0 => Strength::Strong,
            1 => Strength::Weak,
            _ => Strength::Beside,
        };
        (letter, strength)
    })
}

/// Bit of the strength in a table row whose letter is a capital.
const CAPITAL: u8 = 4;

/// The letter by which two look-alikes are compared: the first that `c` looks like, or `c` itself.
fn skeleton(c: char, case: bool) -> char {
    look_alikes_under(c, case).next().map_or(c, |(letter, _)| letter)
}

/// How strongly a character of the text, in its original and its folded form, looks like the letter `term`. Where `case`
/// is not folded, a look-alike of a capital stands for the capital alone.
pub(crate) fn resembles(original: char, folded: char, term: char, case: bool) -> Option<Strength> {
    // Two ASCII letters are never alike, styled ones neither: a bold I is no l.
    let styled = folded.is_ascii_alphabetic() && original.is_uppercase();
    if folded == term || (folded.is_ascii() && (original.is_ascii() || styled) && term.is_ascii()) {
        return None;
    }
    let goal = skeleton(term, case);
    // Between letters of one script only the table's own direction counts: what looks like the same third letter (`ο` and
    // `σ` like `o`) is as distinct as two ASCII letters are.
    let script = props::script(term);
    let shared = script == props::Script::LATIN || script == props::Script::COMMON || script == props::Script::INHERITED;
    let distinct = !shared && props::script(folded) == script;
    // Plain ASCII never stands for a Latin letter beyond it (`ilik` for `ılık`): nobody disguises a word so.
    let plainer = folded.is_ascii() && script == props::Script::LATIN;
    // An ideograph that is drawn for a letter (`千` for f) is not written by that letter in turn.
    let distinct = distinct || (props::is_spaceless(term) && !props::is_spaceless(folded));
    if goal == folded && term != folded && !plainer && !distinct {
        return Some(Strength::Strong);
    }
    let fits = |(letter, strength)| (letter == term || (letter == goal && !distinct)).then_some(strength);
    let by_fold = look_alikes_under(folded, case).filter_map(fits).min();
    let by_shape = if original == folded { None } else { look_alikes_under(original, case).filter_map(fits).min() };
    match (by_fold, by_shape) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Letters that an ASCII digit or symbol stands for, in lower case.
pub(crate) fn leet(c: char) -> &'static str {
    t::LEET.get(c as usize).copied().unwrap_or_default()
}

/// Whether an ASCII digit or symbol stands for `letter`, small or capital.
pub(crate) fn is_leet_for(c: char, letter: char) -> bool {
    let letter = if letter.is_ascii() { letter.to_ascii_lowercase() } else { drawn_like(letter) };
    leet(c).contains(letter)
}

/// The Latin letter of the same shape as one of Cyrillic or Greek that digits and signs are written for as well; itself
/// for others.
fn drawn_like(letter: char) -> char {
    match letter {
        'а' | 'А' | 'α' | 'Α' => 'a',
        'б' | 'Б' | 'в' | 'В' => 'b',
        'с' | 'С' => 'c',
        'е' | 'Е' | 'з' | 'З' | 'э' | 'Э' | 'ε' | 'Ε' => 'e',
        'і' | 'І' | 'ι' | 'Ι' => 'i',
        'о' | 'О' | 'ο' | 'Ο' => 'o',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        _ => letter,
    }
}

/// Whether a text may have this character inside a word, or leave it out, and still mean the word: tatweel, the vowel
/// signs of Arabic and Hebrew, hamza on its bearer, nukta.
pub(crate) fn is_optional(c: char) -> bool {
    if (c as u32) < 0x590 {
        return false;
    }
    let place = t::OPTIONAL.partition_point(|(_, last)| *last < c);
    t::OPTIONAL.get(place).is_some_and(|(first, _)| *first <= c)
}

/// Whether a base and a mark are a letter of their own in an alphabet that the plain folds keep apart (й, ї, ў, ѓ, が).
pub(crate) fn is_letter_with(base: char, mark: char) -> bool {
    let bases = match mark {
        '\u{300}' => "еи",
        '\u{301}' => "гк",
        '\u{304}' => "иу",
        '\u{306}' => "аежзиу",
        '\u{308}' => "аежзиоучыэіөә",
        '\u{30b}' => "у",
        '\u{30f}' => "ѵ",
        // Voiced and half-voiced kana: また is no まだ.
        '\u{3099}' => "うかきくけこさしすせそたちつてとはひふへほゝウカキクケコサシスセソタチツテトハヒフヘホワヰヱヲヽ",
        '\u{309a}' => "はひふへほハヒフヘホ",
        _ => "",
    };
    bases.contains(base)
}

/// Sequences that stand for one letter.
pub(crate) fn sequences() -> &'static [(&'static str, char)] {
    &t::SEQUENCES
}

/// Whether some sequence begins with `c`.
#[inline]
pub(crate) fn starts_sequence(c: char) -> bool {
    matches!(c, '|' | '\\' | '/' | '(' | '[' | '>' | '}' | 'v' | 'p')
}

/// Coarse class of a character: whatever letter it may stand for, by its first look-alike, is in its class, and so is the
/// letter that its look-alike looks like in turn.
pub(crate) fn class(c: char) -> u32 {
    let mut letter = c;
    for _ in 0..LONGEST_CHAIN {
        if letter.is_ascii() {
            break;
        }
        let next = skeleton(letter, true);
        // Two letters that stand for each other share the class of the first.
        if next > letter && skeleton(next, true) == letter {
            break;
        }
        letter = next;
    }
    t::CLASS.get(letter.to_ascii_lowercase() as usize).map_or(letter as u32, |class| *class as u32)
}

/// Steps after which following look-alikes of look-alikes ends.
const LONGEST_CHAIN: usize = 4;

/// A character that masks a letter.
pub(crate) fn is_mask(c: char) -> bool {
    matches!(c, '*' | '•' | '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings() {
        assert_eq!(resembles('а', 'а', 'a', true), Some(Strength::Strong));
        assert_eq!(resembles('В', 'в', 'b', true), Some(Strength::Strong));
        assert_eq!(resembles('в', 'в', 'b', true), Some(Strength::Weak));
        assert_eq!(resembles('a', 'a', 'а', true), Some(Strength::Strong));
        assert_eq!(resembles('l', 'l', 'i', true), None);
        assert_eq!(resembles('I', 'i', 'ı', true), None);
        assert_eq!(resembles('ο', 'ο', 'σ', true), None);
        assert_eq!(resembles('€', '€', 'e', true), Some(Strength::Strong));
        assert_eq!(resembles('❌', '❌', 'x', true), Some(Strength::Beside));
        assert_eq!(resembles('Р', 'Р', 'p', false), None);
        assert_eq!(resembles('Р', 'Р', 'P', false), Some(Strength::Strong));
        assert_eq!(resembles('р', 'р', 'p', false), Some(Strength::Strong));
        assert_eq!(resembles('ʙ', 'ʙ', 'b', false), Some(Strength::Strong));
        assert_eq!(resembles('P', 'P', 'Р', false), Some(Strength::Strong));
        assert!(sequences().iter().all(|(s, _)| s.chars().next().is_some_and(starts_sequence)));
        assert_eq!(leet('1'), "il");
        assert!(is_leet_for('0', 'O') && is_leet_for('0', 'o') && !is_leet_for('0', 'a'));
        for letter in "абвсезэіоѕтαειοτ".chars() {
            assert_eq!(class(letter), class(drawn_like(letter)), "{letter}");
        }
        assert!(is_optional('ـ') && is_optional('\u{650}') && is_optional('\u{5b8}') && !is_optional('ي') && !is_optional('\u{301}'));
        assert!(class('ي') == class('ى') && class('ك') == class('ک') && class('ה') != class('ח'));
        assert!((0x80..0x11_0000).filter_map(char::from_u32).all(|c| look_alikes(c).all(|(l, _)| class(l) == class(c)) || look_alikes(c).count() > 1));
        assert!(class('1') == class('l') && class('i') == class('|') && class('6') == class('g') && class('а') == class('4'));
    }
}
