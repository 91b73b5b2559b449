//! Where a key of a rule or an override is written.

use std::collections::HashMap;

use tribunal_policy::diagnostic::Diagnostics;
use tribunal_policy::source::{FileId, Sources, Span};
use tribunal_policy::yaml::{Node, Value, YamlLimits, parse};

/// A key of a map.
struct Key {
    name: String,
    at: Span,
    /// Keys of the map that is its value.
    inner: Vec<(String, Span)>,
}

/// The keys of a file's maps, by the maps' places.
type Maps = HashMap<Span, Vec<Key>>;

/// The keys of a policy's files, read when they are first asked for.
#[derive(Default)]
pub(super) struct Places {
    files: HashMap<FileId, Maps>,
}

impl Places {
    /// `file:line` of a key in the map at `span`; a dotted key stands in a map below its first part. `None` where it is not written.
    pub(super) fn key(&mut self, sources: &Sources, span: Span, key: &str) -> Option<String> {
        let maps = self.files.entry(span.file).or_insert_with(|| read(sources, span.file));
        let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
        let found = maps.get(&span)?.iter().find(|known| known.name == first || (first == "until" && known.name == "effective_until"))?;
        let inner = rest.and_then(|rest| found.inner.iter().find(|(name, _)| name == rest));
        let at = inner.map_or(found.at, |(_, at)| *at);
        Some(format!("{}:{}", sources.path(at.file), sources.line(at)))
    }
}

fn read(sources: &Sources, file: FileId) -> Maps {
    let mut maps = Maps::new();
    if let Some(root) = parse(file, sources, &YamlLimits::default(), &mut Diagnostics::new()) {
        collect(&root, &mut maps);
    }
    maps
}

fn collect(node: &Node, maps: &mut Maps) {
    match &node.value {
        Value::Seq(nodes) => nodes.iter().for_each(|node| collect(node, maps)),
        Value::Map(entries) => {
            let inner = |node: &Node| node.as_map().unwrap_or_default().iter().map(|entry| (entry.key.text.clone(), entry.key.span)).collect();
            let keys = entries.iter().map(|entry| Key { name: entry.key.text.clone(), at: entry.key.span, inner: inner(&entry.value) });
            maps.insert(node.span, keys.collect());
            entries.iter().for_each(|entry| collect(&entry.value, maps));
        }
        _ => {}
    }
}
