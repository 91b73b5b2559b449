//! The filter of ordinary words.

use crate::tables::ordinary::ORDINARY;
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
        self.own.as_ref().is_some_and(|own| own.binary_search_by(|w| w.as_str().cmp(word)).is_ok())
            || ORDINARY.binary_search_by(|(w, _)| (*w).cmp(word)).is_ok()
    }

    /// The languages in whose shipped list a folded word is.
    pub fn languages(word: &str) -> impl Iterator<Item = &'static str> {
        let first = ORDINARY.partition_point(|(w, _)| *w < word);
        let rows = ORDINARY.get(first..).unwrap_or_default();
        let count = rows.partition_point(|(w, _)| *w == word);
        rows.iter().take(count).map(|(_, language)| *language)
    }
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
    }
}
