//! The filter of ordinary words.

use crate::tables::ordinary as t;
use crate::view::{ViewKind, fold_to_string};

/// Ordinary words: those shipped, by language, and those a policy names itself. All are compared under the plain folds.
///
/// ```
/// use tribunal_text::Ordinary;
///
/// let ordinary = Ordinary::with_words(["Glockner"]);
/// assert!(ordinary.contains("good") && ordinary.contains("glockner"));
/// assert!(!Ordinary::shipped().contains("glockner"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordinary {
    /// The policy's own words, folded and sorted; `None` when it names no list.
    own: Option<Vec<String>>,
}

impl Ordinary {
    /// The shipped words alone.
    ///
    /// ```
    /// use tribunal_text::Ordinary;
    ///
    /// assert!(Ordinary::shipped().contains("good") && !Ordinary::shipped().has_own());
    /// ```
    #[must_use]
    pub fn shipped() -> Ordinary {
        Ordinary { own: None }
    }

    /// The shipped words and a policy's own list (`ordinary_words`).
    ///
    /// ```
    /// use tribunal_text::Ordinary;
    ///
    /// assert!(Ordinary::with_words(["Café"]).contains("cafe"), "kept under the plain folds");
    /// ```
    #[must_use]
    pub fn with_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Ordinary {
        let mut own: Vec<String> = words.into_iter().map(|w| fold_to_string(ViewKind::PLAIN, w)).collect();
        own.sort_unstable();
        own.dedup();
        Ordinary { own: Some(own) }
    }

    /// A number that changes with the shipped words.
    ///
    /// ```
    /// assert_ne!(tribunal_text::Ordinary::fingerprint(), 0);
    /// ```
    #[must_use]
    pub fn fingerprint() -> u32 {
        // FNV-1a: once for each policy that is loaded.
        t::WORDS
            .bytes()
            .chain(t::LANGUAGE_BITS.iter().flat_map(|bits| bits.to_le_bytes()))
            .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// The policy's own words, folded and sorted; `None` when it has none.
    ///
    /// ```
    /// use tribunal_text::Ordinary;
    ///
    /// assert_eq!(Ordinary::with_words(["Knott"]).own().expect("given"), ["knott"]);
    /// assert_eq!(Ordinary::shipped().own(), None);
    /// ```
    #[must_use]
    pub fn own(&self) -> Option<&[String]> {
        self.own.as_deref()
    }

    /// Whether the policy names a list of its own, so that one doubled letter alone may count.
    ///
    /// ```
    /// use tribunal_text::Ordinary;
    ///
    /// assert!(Ordinary::with_words([]).has_own() && !Ordinary::shipped().has_own());
    /// ```
    #[must_use]
    pub fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// Whether a folded word is ordinary.
    ///
    /// ```
    /// use tribunal_text::Ordinary;
    ///
    /// let ordinary = Ordinary::shipped();
    /// assert!(ordinary.contains("good"));
    /// assert!(!ordinary.contains("Good"), "the word has to be folded");
    /// ```
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.own.as_ref().is_some_and(|own| own.binary_search_by(|w| w.as_str().cmp(word)).is_ok()) || find(word).is_some()
    }

    /// Whether some ordinary word fits, of those shipped that begin with the first letter of `like` and of the policy's own.
    pub(crate) fn fits_some(&self, like: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.own.iter().flatten().any(|word| fits(word)) || shipped_with(like).is_some_and(|mut words| words.any(fits))
    }

    /// The languages in which a folded word is ordinary, as bits, names not among them; a word of the policy's own list in all.
    pub(crate) fn languages_of(&self, word: &str) -> u16 {
        let own = self.own.as_ref().is_some_and(|own| own.binary_search_by(|w| w.as_str().cmp(word)).is_ok());
        if own { u16::MAX } else { find(word).and_then(|i| t::LANGUAGE_BITS.get(i)).map_or(0, |bits| bits & !t::NAMES) }
    }

    /// The languages in whose shipped list a folded word is; `names` for names of people and cities.
    ///
    /// ```
    /// use tribunal_text::Ordinary;
    ///
    /// assert!(Ordinary::languages("good").eq(["en"]));
    /// assert_eq!(Ordinary::languages("glock").count(), 0);
    /// ```
    pub fn languages(word: &str) -> impl Iterator<Item = &'static str> {
        let bits = find(word).and_then(|i| t::LANGUAGE_BITS.get(i)).copied().unwrap_or(0);
        t::LANGUAGES.iter().enumerate().filter(move |(i, _)| bits & (1 << i) != 0).map(|(_, language)| *language)
    }
}

/// The shipped words that begin with the first letter of a word, names not among them.
fn shipped_with(word: &str) -> Option<impl Iterator<Item = &'static str>> {
    let letter = usize::from(word.bytes().next()?.checked_sub(b'a')?);
    let (from, to) = (usize::from(*t::FIRSTS.get(letter)?), usize::from(*t::FIRSTS.get(letter + 1)?));
    let ends = t::ENDS.get(from..=to)?;
    let words = ends.iter().zip(ends.iter().skip(1)).zip(t::LANGUAGE_BITS.get(from..to)?).filter(|(_, bits)| **bits & !t::NAMES != 0);
    Some(words.filter_map(|((start, end), _)| t::WORDS.get(*start as usize..*end as usize)))
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
