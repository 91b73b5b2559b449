//! Where a key of a rule or an override is written.

use std::collections::HashMap;

use tribunal_policy::diagnostic::Diagnostics;
use tribunal_policy::source::{FileId, Sources, Span};
use tribunal_policy::yaml::{Node, Value, YamlLimits, parse};

/// The files of a policy as trees, read when they are first asked for.
#[derive(Default)]
pub(super) struct Places {
    roots: HashMap<FileId, Option<Node>>,
}

impl Places {
    /// `file:line` of a key in the map at `span`; a dotted key stands in a map below its first part. `None` where it is not written.
    pub(super) fn key(&mut self, sources: &Sources, span: Span, key: &str) -> Option<String> {
        let root = self.roots.entry(span.file).or_insert_with(|| parse(span.file, sources, &YamlLimits::default(), &mut Diagnostics::new()));
        let map = find(root.as_ref()?, span)?;
        let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
        let entry = map.as_map()?.iter().find(|entry| entry.key.text == first || (first == "until" && entry.key.text == "effective_until"))?;
        let inner = rest.and_then(|rest| entry.value.as_map()?.iter().find(|entry| entry.key.text == rest));
        let at = inner.map_or(entry.key.span, |entry| entry.key.span);
        Some(format!("{}:{}", sources.path(at.file), sources.line(at)))
    }
}

/// The map written at exactly that place.
fn find(node: &Node, span: Span) -> Option<&Node> {
    if node.span == span && node.as_map().is_some() {
        return Some(node);
    }
    if span.start < node.span.start || span.end > node.span.end {
        return None;
    }
    match &node.value {
        Value::Seq(nodes) => nodes.iter().find_map(|node| find(node, span)),
        Value::Map(entries) => entries.iter().find_map(|entry| find(&entry.value, span)),
        _ => None,
    }
}
