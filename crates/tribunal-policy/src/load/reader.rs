//! Reading the YAML tree against the key tables: unknown keys, missing keys, wrong shapes.

use std::collections::BTreeMap;

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::keys::MapSpec;
use crate::model::{Prose, is_lang, same_tag};
use crate::num::Decimal;
use crate::source::Span;
use crate::suggest;
use crate::time::{self, Instant};
use crate::yaml::{Entry, Node, Scalar, Value};

/// A map whose keys are checked against a table.
pub(crate) struct Map<'a> {
    pub(crate) entries: &'a [Entry],
    pub(crate) span: Span,
}

impl<'a> Map<'a> {
    /// The node as a map of that kind; complains otherwise.
    pub(crate) fn new(node: &'a Node, spec: &'static MapSpec, out: &mut Diagnostics) -> Option<Map<'a>> {
        let Value::Map(entries) = &node.value else {
            if !node.is_invalid() {
                let message = format!("expected a map for {}, found {}", with_article(spec.name), node.kind_name());
                out.push(Diagnostic::new(&codes::WRONG_SHAPE, node.span, message).help(format!("its keys are {}", names(spec))));
            }
            return None;
        };
        for entry in entries {
            if !spec.keys.iter().any(|key| key.name == entry.key.text) {
                let known = suggest::did_you_mean(&entry.key.text, spec.keys.iter().map(|key| key.name));
                let help = known.unwrap_or_else(|| format!("its keys are {}", names(spec)));
                let message = format!("`{}` is no key of {}", entry.key.text, with_article(spec.name));
                out.push(Diagnostic::new(&codes::UNKNOWN_KEY, entry.key.span, message).help(help));
            }
        }
        for key in spec.keys.iter().filter(|key| key.required) {
            if !entries.iter().any(|entry| entry.key.text == key.name) {
                let message = format!("this {} has no `{}`", spec.name, key.name);
                let place = entries.first().map_or(node.span, |entry| entry.key.span);
                let what = key.doc.trim_end_matches('.');
                out.push(Diagnostic::new(&codes::MISSING_KEY, place, message).help(format!("write `{}:` ({})", key.name, lower_first(what))));
            }
        }
        Some(Map { entries, span: node.span })
    }

    /// The value at a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    pub(crate) fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|entry| entry.key.text == key).map(|entry| entry.key.span)
    }

    pub(crate) fn text(&self, key: &str, out: &mut Diagnostics) -> Option<String> {
        self.get(key).and_then(|node| text(node, out)).map(str::to_owned)
    }

    pub(crate) fn boolean(&self, key: &str, out: &mut Diagnostics) -> Option<bool> {
        let node = self.get(key)?;
        let value = text(node, out)?;
        match value {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                let message = format!("`{key}` is `true` or `false`, not `{value}`");
                out.push(Diagnostic::new(&codes::WRONG_VALUE, node.span, message).help("other words, such as `yes` and `no`, are texts here"));
                None
            }
        }
    }

    pub(crate) fn date(&self, key: &str, out: &mut Diagnostics) -> Option<Instant> {
        let node = self.get(key)?;
        let value = text(node, out)?;
        let instant = time::parse(value);
        if instant.is_none() {
            let message = format!("`{key}` is no date: `{value}`");
            out.push(Diagnostic::new(&codes::WRONG_VALUE, node.span, message).help("write it as 2026-11-01, or 2026-11-01T10:00:00Z"));
        }
        instant
    }

    /// One of the words of the key's table.
    pub(crate) fn choice(&self, key: &str, words: &'static [&'static str], out: &mut Diagnostics) -> Option<&'static str> {
        let node = self.get(key)?;
        let value = text(node, out)?;
        let found = words.iter().copied().find(|word| *word == value);
        if found.is_none() {
            out.push(not_a_choice(key, value, node.span, words));
        }
        found
    }

    /// A text, or texts by language. `lang` is the language of the policy.
    pub(crate) fn prose(&self, key: &str, lang: Option<&str>, out: &mut Diagnostics) -> Option<Prose> {
        let node = self.get(key)?;
        match &node.value {
            Value::Map(_) => Prose::by_lang(by_lang(node, out), lang),
            Value::Seq(_) => {
                let message = format!("`{key}` is a text, or a map from languages to texts, not {}", node.kind_name());
                out.push(Diagnostic::new(&codes::WRONG_SHAPE, node.span, message).help(format!("for example `{key}: {{en: …, de: …}}`")));
                None
            }
            _ => text(node, out).map(|text| Prose::plain(text.to_owned(), lang)),
        }
    }

    /// Tags of languages; complains about what is none.
    pub(crate) fn langs(&self, key: &str, out: &mut Diagnostics) -> Vec<String> {
        let written = self.texts(key, out);
        written.iter().for_each(|(tag, span)| checked_lang(tag, *span, out));
        written.into_iter().map(|(tag, _)| tag).collect()
    }

    /// A text or a list of texts.
    pub(crate) fn texts(&self, key: &str, out: &mut Diagnostics) -> Vec<(String, Span)> {
        self.get(key).map(|node| texts(node, out)).unwrap_or_default()
    }
}

/// The name of a kind of map in a sentence: `a rule`, `an axis`, `examples`.
fn with_article(name: &str) -> String {
    match name {
        "examples" => name.to_owned(),
        _ if name.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

pub(crate) fn not_a_choice(key: &str, value: &str, span: Span, words: &[&str]) -> Diagnostic {
    let help = suggest::did_you_mean(value, words.iter().copied()).unwrap_or_else(|| format!("it is one of {}", words.join(", ")));
    Diagnostic::new(&codes::WRONG_VALUE, span, format!("`{value}` is no value of `{key}`")).help(help)
}

fn names(spec: &MapSpec) -> String {
    spec.keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

/// A scalar with a text in it; null and empty ones are errors.
pub(crate) fn scalar<'a>(node: &'a Node, out: &mut Diagnostics) -> Option<&'a Scalar> {
    match &node.value {
        Value::Invalid => None,
        Value::Scalar(scalar) if scalar.is_null() || scalar.text.is_empty() => {
            let message = if scalar.is_null() { "there is no value here" } else { "this text is empty" };
            out.push(Diagnostic::new(&codes::EMPTY_VALUE, node.span, message).help("write a value, or remove the key"));
            None
        }
        Value::Scalar(scalar) => Some(scalar),
        _ => {
            out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span, format!("expected a text, found {}", node.kind_name()))
                    .help("one text stands here; a text that begins with a bracket stands in quotes"),
            );
            None
        }
    }
}

/// The text of a scalar.
pub(crate) fn text<'a>(node: &'a Node, out: &mut Diagnostics) -> Option<&'a str> {
    scalar(node, out).map(|scalar| scalar.text.as_str())
}

/// A text or a list of texts.
pub(crate) fn texts(node: &Node, out: &mut Diagnostics) -> Vec<(String, Span)> {
    match &node.value {
        Value::Seq(items) => items.iter().filter_map(|item| Some((text(item, out)?.to_owned(), item.span))).collect(),
        _ => text(node, out).map(|value| vec![(value.to_owned(), node.span)]).unwrap_or_default(),
    }
}

/// A map from languages to texts.
pub(crate) fn by_lang(node: &Node, out: &mut Diagnostics) -> BTreeMap<String, String> {
    let entries = match &node.value {
        Value::Map(entries) if !entries.is_empty() => entries,
        Value::Invalid => return BTreeMap::new(),
        _ => {
            out.push(Diagnostic::new(&codes::WRONG_SHAPE, node.span, "expected a map from languages to texts").help("for example `{en: …, de: …}`"));
            return BTreeMap::new();
        }
    };
    let mut found = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let tag = &entry.key.text;
        checked_lang(tag, entry.key.span, out);
        if let Some(first) = entries.iter().take(at).find(|first| same_tag(&first.key.text, tag)) {
            let message = format!("`{}` and `{tag}` are one language", first.key.text);
            out.push(
                Diagnostic::new(&codes::DUPLICATE_NAME, entry.key.span, message).secondary(first.key.span, "first here").help("keep one of the two texts"),
            );
        }
        if let Some(text) = text(&entry.value, out) {
            found.insert(tag.clone(), text.to_owned());
        }
    }
    found
}

/// Complains about a text that is no tag of a language.
pub(crate) fn checked_lang(tag: &str, span: Span, out: &mut Diagnostics) {
    if !is_lang(tag) {
        let help = "two or three letters, then a script or country where it matters: `en`, `pt-BR`, `zh-Hant`";
        out.push(Diagnostic::new(&codes::BAD_LANGUAGE, span, format!("`{tag}` is no tag of a language")).help(help));
    }
}

/// A list of nodes; a single node is a list of one where `single` allows it.
pub(crate) fn items<'a>(node: &'a Node, what: &str, single: bool, out: &mut Diagnostics) -> &'a [Node] {
    match &node.value {
        Value::Seq(items) => items,
        Value::Invalid => &[],
        Value::Scalar(scalar) if single && !scalar.is_null() => std::slice::from_ref(node),
        _ => {
            out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span, format!("expected a list of {what}, found {}", node.kind_name()))
                    .help("begin each entry on a line of its own with `- `, or write `[a, b]`"),
            );
            &[]
        }
    }
}

/// `[a-z][a-z0-9_-]*`
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// `[A-Z][A-Z0-9_-]*`
pub(crate) fn is_market_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// Complains about a text that is no name; still returns it, so that what refers to it can be checked.
pub(crate) fn checked_name(text: &str, span: Span, what: &str, out: &mut Diagnostics) {
    if !is_name(text) {
        let message = format!("`{text}` cannot name {}", with_article(what));
        let proposal = text.trim().to_lowercase().replace([' ', '.', '/'], "-");
        let example = if is_name(&proposal) { format!(", for example `{proposal}`") } else { String::new() };
        out.push(
            Diagnostic::new(&codes::BAD_NAME, span, message)
                .help(format!("a name is a lower-case letter, then lower-case letters, digits, `_` or `-`{example}")),
        );
    }
}

/// A percentage of at most four decimals, in ten-thousandths of a percent.
pub(crate) fn share(text: &str) -> Option<u32> {
    let number = Decimal::parse(text.strip_suffix('%')?.trim_end())?;
    if number.mantissa < 0 || number.scale > 4 {
        return None;
    }
    let scaled = number.mantissa.checked_mul(10i64.pow(u32::from(4 - number.scale)))?;
    u32::try_from(scaled).ok().filter(|share| *share <= 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_shares() {
        assert!(is_name("a-b_9") && !is_name("A") && !is_name("9a") && !is_name(""));
        assert!(is_market_name("LATAM") && is_market_name("B2") && !is_market_name("br"));
        assert_eq!(share("10%"), Some(100_000));
        assert_eq!(share("0.0001%"), Some(1));
        assert_eq!(share("100 %"), Some(1_000_000));
        for bad in ["10", "101%", "-1%", "0.00001%", "%"] {
            assert_eq!(share(bad), None, "{bad}");
        }
    }
}
