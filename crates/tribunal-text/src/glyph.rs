//! What a character of the text may stand for.

use crate::tables::{disguises as t, look_up};

/// How strongly a character looks like a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// In any word.
    Strong,
    /// In a word that mixes scripts.
    Weak,
    /// Beside a letter.
    Beside,
}

/// The letters that `c` looks like.
pub(crate) fn look_alikes(c: char) -> impl Iterator<Item = (char, Strength)> {
    let number = if c.is_ascii() { 0 } else { usize::from(look_up(&t::LOOK_INDEX, &t::LOOK_BLOCKS, c)) };
    let rows = if number == 0 { &[] } else { t::LOOK_ROWS.get(number - 1..).unwrap_or_default() };
    let count = if rows.is_empty() { 0 } else { rows.iter().position(|(_, _, last)| *last).map_or(0, |i| i + 1) };
    rows.iter().take(count).map(|(letter, strength, _)| {
        let strength = match strength {
            0 => Strength::Strong,
            1 => Strength::Weak,
            _ => Strength::Beside,
        };
        (*letter, strength)
    })
}

/// The letter by which two look-alikes are compared: the first that `c` looks like, or `c` itself.
pub(crate) fn skeleton(c: char) -> char {
    look_alikes(c).next().map_or(c, |(letter, _)| letter)
}

/// How strongly a character of the text, in its original and its folded form, looks like the letter `term`.
pub(crate) fn resembles(original: char, folded: char, term: char) -> Option<Strength> {
    if folded == term || (folded.is_ascii() && original.is_ascii() && term.is_ascii()) {
        return None;
    }
    let goal = skeleton(term);
    if goal == folded && term != folded {
        return Some(Strength::Strong);
    }
    let fits = |(letter, strength)| (letter == term || letter == goal).then_some(strength);
    let by_fold = look_alikes(folded).filter_map(fits).min();
    let by_shape = if original == folded { None } else { look_alikes(original).filter_map(fits).min() };
    match (by_fold, by_shape) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Letters that an ASCII digit or symbol stands for.
pub(crate) fn leet(c: char) -> &'static str {
    t::LEET.get(c as usize).copied().unwrap_or_default()
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

/// Coarse class of a folded character: whatever letter it may stand for, by its first look-alike, is in its class.
pub(crate) fn class(c: char) -> u32 {
    let letter = skeleton(c);
    t::CLASS.get(letter as usize).map_or(letter as u32, |class| *class as u32)
}

/// A character that masks a letter.
pub(crate) fn is_mask(c: char) -> bool {
    matches!(c, '*' | '•' | '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings() {
        assert_eq!(resembles('а', 'а', 'a'), Some(Strength::Strong));
        assert_eq!(resembles('В', 'в', 'b'), Some(Strength::Strong));
        assert_eq!(resembles('в', 'в', 'b'), Some(Strength::Weak));
        assert_eq!(resembles('a', 'a', 'а'), Some(Strength::Strong));
        assert_eq!(resembles('l', 'l', 'i'), None);
        assert_eq!(resembles('€', '€', 'e'), Some(Strength::Strong));
        assert_eq!(resembles('❌', '❌', 'x'), Some(Strength::Beside));
        assert!(sequences().iter().all(|(s, _)| s.chars().next().is_some_and(starts_sequence)));
        assert_eq!(leet('1'), "il");
        assert!(class('1') == class('l') && class('i') == class('|') && class('6') == class('g') && class('а') == class('4'));
    }
}
