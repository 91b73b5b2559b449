//! The filter of ordinary words.

use crate::tables::ordinary as t;
use crate::view::{ViewKind, fold_to_string};

/// Ordinary words: those shipped, by language, and those a policy names itself. All are compared under the plain folds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordinary {
    /// The policy's own words, folded and sorted; `None` when it names no list.
    own: Option<Vec<String>>,
}

impl Ordinary {
    /// The shipped words alone.
    #[must_use]
    pub fn shipped() -> Ordinary {
        Ordinary { own: None }
    }

    /// The shipped words and a policy's own list (`ordinary_words`).
    #[must_use]
    pub fn with_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Ordinary {
        let mut own: Vec<String> = words.into_iter().map(|w| fold_to_string(ViewKind::PLAIN, w)).collect();
        own.sort_unstable();
        own.dedup();
        Ordinary { own: Some(own) }
    }

    /// Whether the policy names a list of its own, so that one doubled letter alone may count.
    #[must_use]
    pub fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// Whether a folded word is ordinary.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.own.as_ref().is_some_and(|own| own.binary_search_by(|w| w.as_str().cmp(word)).is_ok()) || find(word).is_some()
    }

    /// The languages in whose shipped list a folded word is.
    pub fn languages(word: &str) -> impl Iterator<Item = &'static str> {
        let bits = find(word).and_then(|i| t::LANGUAGE_BITS.get(i)).copied().unwrap_or(0);
        t::LANGUAGES.iter().enumerate().filter(move |(i, _)| bits & (1 << i) != 0).map(|(_, language)| *language)
    }
}

/// Place of a word in the shipped table.
fn find(word: &str) -> Option<usize> {
    let letter = usize::from(word.bytes().next()?.checked_sub(b'a')?);
    let (mut low, mut high) = (usize::from(*t::FIRSTS.get(letter)?), usize::from(*t::FIRSTS.get(letter + 1)?));
    while low < high {
        let middle = usize::midpoint(low, high);
        let (start, end) = (*t::ENDS.get(middle)?, *t::ENDS.get(middle + 1)?);
        match t::WORDS.get(start as usize..end as usize)?.cmp(word) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_and_shipped() {
        let own = Ordinary::with_words(["Knott", "Café"]);
        assert!(own.contains("knott") && own.contains("cafe") && own.contains("good") && own.has_own());
        assert!(!Ordinary::shipped().contains("knott") && !Ordinary::shipped().has_own());
        assert_eq!(Ordinary::languages("good").collect::<Vec<_>>(), ["en"]);
        assert_eq!(Ordinary::languages("a").collect::<Vec<_>>(), ["en", "es", "fr", "pt"]);
        assert_eq!(Ordinary::languages("").count() + Ordinary::languages("zzzz").count() + Ordinary::languages("éa").count(), 0);
    }

    #[test]
    fn every_shipped_word_is_found() {
        let ordinary = Ordinary::shipped();
        let mut last = "";
        for (start, end) in t::ENDS.iter().zip(t::ENDS.iter().skip(1)) {
            let word = t::WORDS.get(*start as usize..*end as usize).unwrap_or_default();
            assert!(last < word && ordinary.contains(word), "{word}");
            last = word;
        }
        assert_eq!(t::ENDS.len(), t::LANGUAGE_BITS.len() + 1);
        for word in ["chillin", "gonna", "rave", "bath", "skin"] {
            assert!(ordinary.contains(word), "{word}");
        }
    }
}
