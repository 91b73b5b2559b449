//! Ordinary words with how often they occur.

use std::collections::BTreeMap;

use tribunal_text::{ViewKind, fold_to_string};

/// A word list with frequencies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    list: Vec<(String, f64)>,
    weighted: bool,
}

/// A line of a word list that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl std::fmt::Display for WordsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for WordsError {}

impl Words {
    /// Reads a list: a word a line, after a tab how often it occurs. Without a number it counts once. A line that begins with
    /// `# ` is a comment; words that are equal under the plain folds are added up.
    ///
    /// # Errors
    ///
    /// [`WordsError`] at the first line whose second cell is no number.
    pub fn parse(text: &str) -> Result<Words, WordsError> {
        let mut known: BTreeMap<String, (String, f64)> = BTreeMap::new();
        let mut weighted = false;
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.starts_with("# ") {
                continue;
            }
            let mut cells = line.split('\t').map(str::trim);
            let Some(word) = cells.next().filter(|word| !word.is_empty()) else { continue };
            let frequency = match cells.next().filter(|cell| !cell.is_empty()) {
                None => 1.0,
                Some(cell) => {
                    weighted = true;
                    let number = cell.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
                    number.ok_or_else(|| WordsError { line: at + 1, message: "the second cell is no frequency".to_owned() })?
                }
            };
            known.entry(fold_to_string(ViewKind::PLAIN, word)).or_insert_with(|| (word.to_owned(), 0.0)).1 += frequency;
        }
        let mut list: Vec<(String, f64)> = known.into_values().collect();
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(Words { list, weighted })
    }

    /// The words with their frequencies, the most frequent first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.list.iter().map(|(word, frequency)| (word.as_str(), *frequency))
    }

    /// Whether some word has a frequency of its own.
    #[must_use]
    pub fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// How many words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The sum of all frequencies.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.list.iter().map(|(_, frequency)| frequency).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let words = Words::parse("\u{feff}# a comment\ngood\t10\nGood\t5\nbad\n\nworse\t20\n").unwrap();
        assert_eq!(words.iter().collect::<Vec<_>>(), [("worse", 20.0), ("good", 15.0), ("bad", 1.0)]);
        assert!(words.is_weighted() && words.len() == 3 && words.mass() == 36.0);
        assert_eq!(Words::parse("a\nb\tmany").unwrap_err().line, 2);
    }
}
