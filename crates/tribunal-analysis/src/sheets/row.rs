//! One term as a sheet and the text files have it.

use std::collections::BTreeMap;

use tribunal_policy::yaml::{Node, Value};

/// How the values of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One line.
    Line,
    /// A text that may have several lines.
    Text,
    /// Several values: lines or `;`.
    Several,
    /// Several codes: lines, `;` or `,`.
    Codes,
    /// Several values by line only.
    Lines,
    /// A date.
    Date,
    /// One of these words, the first one the default.
    Word(&'static [&'static str]),
    /// A yes or no, in one of several ways to write it; blank is no.
    YesNo,
}

/// Whether a cell says yes, in any of the ways to say it.
pub(crate) fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "yes" | "true" | "x")
}

/// What a cell of yes or no may hold.
pub(crate) const YES_NO: &[&str] = &["yes", "no", "true", "false", "x"];

/// The columns of a term beside `key`, in their order.
pub(crate) const COLUMNS: &[(&str, Kind, u16)] = &[
    ("term", Kind::Line, 28),
    ("kind", Kind::Word(&["term", "allow"]), 8),
    ("status", Kind::Word(&["active", "retired"]), 9),
    ("match", Kind::Several, 12),
    ("folds", Kind::Several, 18),
    ("lang", Kind::Codes, 7),
    ("only_lang", Kind::Line, 9),
    ("markets", Kind::Codes, 12),
    ("sense", Kind::Line, 20),
    ("since", Kind::Date, 12),
    ("until", Kind::Date, 12),
    ("evasions", Kind::Lines, 16),
    ("source", Kind::Line, 18),
    ("note", Kind::Text, 30),
];

/// A term with everything a sheet says of it. Values are canonical: several ones are joined by line ends, what is blank or the
/// default is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TermRow(BTreeMap<&'static str, String>);

impl TermRow {
    pub(crate) fn get(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    /// Sets a column; a value that is blank or the default leaves it out.
    pub(crate) fn set(&mut self, column: &str, value: &str) {
        let Some((name, kind, _)) = COLUMNS.iter().find(|(name, ..)| *name == column) else { return };
        let value = canonical(*kind, value);
        if value.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name, value);
        }
    }

    /// Sets a column to a text that is kept to the letter.
    pub(crate) fn set_exact(&mut self, column: &str, value: &str) {
        if let Some((name, ..)) = COLUMNS.iter().find(|(name, ..)| *name == column)
            && !value.is_empty()
        {
            self.0.insert(name, value.to_owned());
        }
    }

    pub(crate) fn is_allow(&self) -> bool {
        self.get("kind") == "allow"
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.get("status") == "retired"
    }

    pub(crate) fn term(&self) -> &str {
        self.get("term")
    }

    /// What makes two rows the same entry.
    pub(crate) fn identity(&self) -> (bool, String, String, String, Vec<String>) {
        let mut markets: Vec<String> = self.get("markets").split('\n').map(str::to_owned).collect();
        markets.sort();
        (self.is_allow(), self.term().to_owned(), self.get("match").to_owned(), self.get("lang").to_owned(), markets)
    }

    /// The value as a cell shows it.
    pub(crate) fn cell(&self, column: &str, kind: Kind) -> String {
        match kind {
            Kind::Several | Kind::Codes => self.get(column).replace('\n', "; "),
            Kind::Word(words) if self.get(column).is_empty() => words.first().map_or(String::new(), |word| (*word).to_owned()),
            _ => self.get(column).to_owned(),
        }
    }

    /// A digest of the row as it stands in its list; `nth` tells equal rows apart.
    pub(crate) fn key(&self, list: &str, nth: usize) -> String {
        let text = serde_json::to_string(&(list, &self.0, nth)).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
    }

    /// As text that [`TermRow::from_json`] reads again.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    pub(crate) fn from_json(text: &str) -> Option<TermRow> {
        let values: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let mut row = TermRow::default();
        for (name, value) in values {
            row.set_exact(&name, &value);
        }
        Some(row)
    }

    /// From an element of a YAML list.
    pub(crate) fn from_yaml(node: &Node, allow: bool) -> Option<TermRow> {
        let mut row = TermRow::default();
        match &node.value {
            Value::Scalar(_) => row.set_exact("term", node.as_text()?),
            Value::Map(entries) => {
                for entry in entries {
                    let texts = texts(&entry.value);
                    match entry.key.text.as_str() {
                        "term" => row.set_exact("term", texts.first()?),
                        "allow" if texts.first().is_some_and(|text| text == "true") => row.set("kind", "allow"),
                        key @ ("match" | "folds" | "markets" | "evasions") => row.set_exact(key, &texts.join("\n")),
                        key => row.set_exact(key, texts.first().map_or("", String::as_str)),
                    }
                }
            }
            _ => return None,
        }
        if allow {
            row.set("kind", "allow");
        }
        if row.term().is_empty() { None } else { Some(row) }
    }

    /// As an element of a YAML list; `says_allow`: it stands among terms.
    pub(crate) fn to_yaml(&self, says_allow: bool) -> String {
        let quoted = |text: &str| tribunal_policy::fmt::inline(text);
        let plain = self.0.keys().all(|key| matches!(*key, "term" | "kind" | "status"));
        if plain && !(says_allow && self.is_allow()) {
            return quoted(self.term());
        }
        let mut parts = Vec::new();
        for (name, kind, _) in COLUMNS {
            let value = self.get(name);
            match (*name, kind) {
                ("kind", _) if says_allow && self.is_allow() => parts.push("allow: true".to_owned()),
                ("kind" | "status", _) => {}
                _ if value.is_empty() => {}
                ("match" | "folds" | "markets" | "evasions", _) if value.contains('\n') => {
                    let values: Vec<String> = value.split('\n').map(quoted).collect();
                    parts.push(format!("{name}: [{}]", values.join(", ")));
                }
                _ => parts.push(format!("{name}: {}", quoted(value))),
            }
        }
        format!("{{{}}}", parts.join(", "))
    }
}

fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Seq(items) => items.iter().filter_map(Node::as_text).map(str::to_owned).collect(),
        _ => node.as_text().map(str::to_owned).into_iter().collect(),
    }
}

/// Values without blanks around them, joined by line ends; a default word is nothing.
pub(crate) fn canonical(kind: Kind, value: &str) -> String {
    let split = |separators: &[char]| -> String {
        let parts: Vec<&str> = value.split(separators).map(str::trim).filter(|part| !part.is_empty()).collect();
        parts.join("\n")
    };
    match kind {
        Kind::Line | Kind::Text | Kind::Date | Kind::YesNo => value.to_owned(),
        Kind::Several => split(&[';', '\n']),
        Kind::Codes => split(&[';', ',', '\n']),
        Kind::Lines => split(&['\n']),
        Kind::Word(words) => {
            let word = value.to_ascii_lowercase();
            if words.first() == Some(&word.as_str()) { String::new() } else { word }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_values_are_the_same_row() {
        let mut a = TermRow::default();
        a.set("term", "glock");
        a.set("kind", "Term");
        a.set("match", "word ; tag");
        a.set("markets", "BR, MX");
        let mut b = TermRow::default();
        b.set("markets", "BR\nMX");
        b.set("match", "word\ntag");
        b.set("term", "glock");
        b.set("status", "active");
        assert_eq!(a, b);
        assert_eq!(a.key("x", 0), b.key("x", 0));
        assert_ne!(a.key("x", 0), a.key("y", 0));
        assert_eq!(TermRow::from_json(&a.to_json()), Some(a.clone()));
        assert_eq!(a.to_yaml(false), "{term: glock, match: [word, tag], markets: [BR, MX]}");
    }
}
