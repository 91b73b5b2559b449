//! From the parser's events to the tree.

use super::report::Report;
use super::{BLANK, Entry, Node, OffsetMap, Scalar, ScalarStyle, Value, YamlLimits};
use super::{decode, empty_root, problem, recover, scan};
use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};
use granit_parser::{Event, Parser, StrInput, StructureStyle};
use std::collections::HashMap;
use std::ops::Range;

/// Parses a file.
///
/// An empty file is a null scalar. `None` where the file is no well-formed YAML, over a limit or not UTF-8: then at
/// least one error was added to `out`. A tree may come with errors too (an alias, a key that stands twice); what they
/// speak of is [`Value::Invalid`] in the tree, or left out.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{YamlLimits, parse}};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "rules: &all [gun]\nmore: *all\n");
/// let mut findings = Diagnostics::new();
/// let root = parse(file, &sources, &YamlLimits::default(), &mut findings).ok_or("well-formed, with an alias")?;
/// // The alias is a finding; what it stands for is not looked at again.
/// assert!(findings.has_errors());
/// assert!(root.get("more").is_some_and(|node| node.is_invalid()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(file: FileId, sources: &Sources, limits: &YamlLimits, out: &mut Diagnostics) -> Option<Node> {
    let source = sources.file(file)?;
    let mut report = Report::new(file, out);
    if !scan::check(source, limits, &mut report) {
        return None;
    }
    let text = source.text();
    let mut builder = Builder { text, file, limits, report: &mut report, stack: Vec::new(), root: None, cursor: 0, last: None, documents: 0, nodes: 0 };
    for event in events(text, limits) {
        let stop = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => Some(builder.syntax_error(&error)),
        };
        match stop {
            None => {}
            Some(Stop::Keep) => break,
            Some(Stop::Discard) => return None,
        }
    }
    Some(builder.root.unwrap_or_else(|| empty_root(file)))
}

/// The parser, with every extra syntax visible that is an error here.
pub(super) fn events<'a>(text: &'a str, limits: &YamlLimits) -> Parser<'a, StrInput<'a>> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        disallow_directives: true,
        flow_nesting_limit: limits.depth + 1,
        block_nesting_limit: limits.depth + 1,
    };
    Parser::new_from_str_with_options(text, options)
}

enum Stop {
    /// What was read so far stands.
    Keep,
    Discard,
}

struct Builder<'a, 'b> {
    text: &'a str,
    file: FileId,
    limits: &'b YamlLimits,
    report: &'b mut Report<'a>,
    stack: Vec<Frame>,
    root: Option<Node>,
    /// The end of the last scalar or bracket: what follows up to the next token is a gap without text.
    cursor: usize,
    /// The last scalar.
    last: Option<Range<usize>>,
    documents: usize,
    nodes: usize,
}

struct Frame {
    start: usize,
    flow: bool,
    items: Items,
}

enum Items {
    Seq(Vec<Node>),
    Map(Vec<Entry>, Key),
}

/// The key that waits for its value.
enum Key {
    None,
    Good(Scalar),
    /// Reported; its value is dropped.
    Bad,
}

impl Builder<'_, '_> {
    fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Option<Stop> {
        let range = span.byte_range().unwrap_or(0..0);
        if let Some(tag) = span.tag_span().and_then(|tag| tag.byte_range()) {
            let help = "remove the tag, or put a value that begins with `!` in quotes";
            self.error(&codes::YAML_TAG, tag, "tags are not part of the policy language", help);
        }
        match event {
            Event::DocumentStart(explicit, _) => return self.document(explicit, range),
            Event::Anchor(..) => {
                let help = "remove the anchor, or put a value that begins with `&` in quotes";
                self.error(&codes::YAML_ANCHOR, range, "anchors are not part of the policy language", help);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let help = "write the text out, or put a value that begins with `*` in quotes";
                self.error(&codes::YAML_ALIAS, range.clone(), "aliases are not part of the policy language", help);
                self.cursor = range.end;
                let span = self.report.span(range);
                self.add(Node { span, flow: false, value: Value::Invalid });
                return self.count(span);
            }
            Event::Scalar(text, style, _, _) => {
                self.question_mark(range.start);
                let range = if range.is_empty() { self.nothing(range) } else { range };
                let scalar = self.scalar(&text, style, range, span.indent);
                let span = scalar.span;
                self.add(Node { span, flow: false, value: Value::Scalar(scalar) });
                return self.count(span);
            }
            Event::SequenceStart(style, ..) => return self.open(Items::Seq(Vec::new()), style, range),
            Event::MappingStart(style, ..) => return self.open(Items::Map(Vec::new(), Key::None), style, range),
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            _ => {}
        }
        None
    }

    /// The place of a value that is not there: right after its `:` or `-`, where the parser may name another place.
    fn nothing(&self, range: Range<usize>) -> Range<usize> {
        let after = match self.stack.last() {
            Some(Frame { items: Items::Map(_, Key::Good(_) | Key::Bad), .. }) => {
                let rest = self.text.get(self.cursor..).unwrap_or("");
                let blank = rest.len() - rest.trim_start_matches(BLANK).len();
                rest.get(blank..).filter(|rest| rest.starts_with(':')).map(|_| self.cursor + blank + 1)
            }
            Some(Frame { items: Items::Seq(_), flow: false, .. }) => scan::find_in_gap(self.text, self.cursor..range.start, b"-").map(|at| at + 1),
            _ => None,
        };
        after.map_or(range, |after| after..after)
    }

    /// Reports a key that is written `? key`; it is clear what is meant, so the entry is kept.
    fn question_mark(&mut self, start: usize) {
        let Some(Frame { items: Items::Map(_, Key::None), .. }) = self.stack.last() else { return };
        let Some(mark) = scan::find_in_gap(self.text, self.cursor..start, b"?") else { return };
        let message = "the `? ` form is not part of the policy language";
        self.error(&codes::YAML_COMPLEX_KEY, mark..mark + 1, message, "write `key: value`");
    }

    fn error(&mut self, code: &'static codes::Code, at: Range<usize>, message: &str, help: &str) {
        let diagnostic = Diagnostic::new(code, self.report.span(at), message);
        self.report.push(diagnostic.help(help));
    }

    fn document(&mut self, explicit: bool, range: Range<usize>) -> Option<Stop> {
        self.documents += 1;
        if self.documents > 1 {
            let message = "a second document begins here";
            let help = "put it into a file of its own";
            self.error(&codes::YAML_SEVERAL_DOCUMENTS, range, message, help);
            return Some(Stop::Keep);
        }
        if explicit {
            self.cursor = range.end;
        }
        None
    }

    fn scalar(&mut self, text: &str, style: granit_parser::ScalarStyle, range: Range<usize>, indent: Option<usize>) -> Scalar {
        let style = match style {
            granit_parser::ScalarStyle::SingleQuoted => ScalarStyle::SingleQuoted,
            granit_parser::ScalarStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
            granit_parser::ScalarStyle::Literal => ScalarStyle::Literal,
            granit_parser::ScalarStyle::Folded => ScalarStyle::Folded,
            _ => ScalarStyle::Plain,
        };
        let scalar = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.block(text, style, range.clone(), indent),
            _ => self.inline(text, style, range.clone()),
        };
        self.cursor = range.end.max(self.cursor);
        self.last = Some(scalar.span.range());
        scalar
    }

    fn inline(&mut self, text: &str, style: ScalarStyle, range: Range<usize>) -> Scalar {
        // The parser writes `~` for a value that is not there.
        let text = if range.is_empty() && style == ScalarStyle::Plain { "" } else { text };
        let offsets = match text {
            "" => OffsetMap::default(),
            _ => decode::flow_scalar(self.text, range.clone(), style, text),
        };
        if style == ScalarStyle::Plain {
            self.continued_lines(&range);
        }
        let comment = scan::comment_after(self.text, range.end);
        Scalar { span: self.report.span(range), text: text.to_owned(), style, trailing_comment: comment.map(|comment| self.report.span(comment)), offsets }
    }

    /// `- b` below a deeper-lying `a` is silently the text `a - b`.
    fn continued_lines(&mut self, range: &Range<usize>) {
        let written = self.text.get(range.clone()).unwrap_or("");
        let mut at = range.start;
        for (number, line) in written.split_inclusive('\n').enumerate() {
            let trimmed = line.trim_start_matches(BLANK);
            let from = at + line.len() - trimmed.len();
            at += line.len();
            if number > 0 && (trimmed.starts_with("- ") || trimmed.trim_end_matches(BLANK) == "-") {
                let message = "this line continues the text above, it is not a list entry";
                let help = "align the `-` with its neighbours, or put the text into a block after `|`";
                let span = self.report.span(from..from + trimmed.trim_end_matches(BLANK).len());
                let found = Diagnostic::new(&codes::YAML_CONTINUED_LINE, span, message).help(help);
                self.report.push(found.secondary(self.report.span(range.start..range.start), "the text begins here"));
            }
        }
    }

    fn block(&mut self, text: &str, style: ScalarStyle, range: Range<usize>, indent: Option<usize>) -> Scalar {
        let header = scan::find_in_gap(self.text, self.cursor..range.start, b"|>").unwrap_or(range.start);
        let bytes = self.text.as_bytes();
        let line_end = bytes.iter().skip(header).position(|&b| b == b'\n').map_or(bytes.len(), |len| header + len);
        let lines = (line_end + 1).min(range.end.max(header))..range.end.max(header);
        let folded = style == ScalarStyle::Folded;
        let offsets = decode::block_scalar(self.text, lines.clone(), indent.unwrap_or(0), folded, text);
        let header_text = self.text.get(header..line_end).unwrap_or("");
        let indicator = header_text.find([' ', '\t', '\r']).unwrap_or(header_text.len());
        let whole = self.report.span(lines);
        let content = text.trim_end_matches('\n').len();
        let end = match content {
            0 => header + indicator,
            _ => offsets.source_span(whole, text.len(), 0..content).end as usize,
        };
        let comment = scan::comment_after(self.text, header + indicator);
        Scalar {
            span: self.report.span(header..end),
            text: text.to_owned(),
            style,
            trailing_comment: comment.map(|comment| self.report.span(comment)),
            offsets,
        }
    }

    fn open(&mut self, items: Items, style: StructureStyle, range: Range<usize>) -> Option<Stop> {
        if self.stack.len() >= self.limits.depth {
            self.report.push(problem::too_deep(self.report.span(range), self.limits.depth));
            return Some(Stop::Discard);
        }
        let flow = style == StructureStyle::Flow;
        let mut start = range.start;
        if let (Items::Seq(_), false, Some(Frame { items: Items::Map(..), .. })) = (&items, flow, self.stack.last()) {
            // A list as deep as its key begins, for the parser, after its first dash.
            start = scan::find_in_gap(self.text, self.cursor..range.start, b"-").unwrap_or(start);
        }
        if flow && self.text.get(range.clone()).is_some_and(|open| open.starts_with(['[', '{'])) {
            self.cursor = range.end;
        }
        if !flow {
            self.tab_before(start);
            self.cursor = self.cursor.max(start);
        }
        self.stack.push(Frame { start, flow, items });
        self.count(self.report.span(range))
    }

    /// The parser lets a tab pass before the first entry of a collection.
    fn tab_before(&mut self, start: usize) {
        let before = self.text.get(..start).unwrap_or("");
        let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
        if before.get(start - blanks..).is_some_and(|blanks| blanks.contains('\t')) {
            let message = "a tab cannot be used as indentation";
            self.error(&codes::YAML_TAB, start - blanks..start, message, "indent by spaces: two a level");
        }
    }

    fn close(&mut self, range: Range<usize>) {
        let Some(frame) = self.stack.pop() else { return };
        let (value, last) = match frame.items {
            Items::Seq(nodes) => {
                let last = nodes.last().map(|node| node.span.end);
                (Value::Seq(nodes), last)
            }
            Items::Map(entries, _) => {
                let last = entries.last().map(|entry| entry.value.span.end.max(entry.key.span.end));
                (Value::Map(self.unique(entries)), last)
            }
        };
        let end = if frame.flow { range.end } else { last.map_or(range.start, |end| end as usize) };
        if frame.flow {
            self.cursor = range.end.max(self.cursor);
        }
        let span = Span::new(self.file, frame.start, end);
        self.add(Node { span, flow: frame.flow, value });
    }

    fn count(&mut self, span: Span) -> Option<Stop> {
        self.nodes += 1;
        if self.nodes <= self.limits.nodes {
            return None;
        }
        let message = format!("the file holds more than {} values", self.limits.nodes);
        let found = Diagnostic::new(&codes::YAML_TOO_MANY_NODES, span, message);
        self.report.push(found.help("split the file, or keep long term lists as CSV or TXT"));
        Some(Stop::Discard)
    }

    fn add(&mut self, node: Node) {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut frame.items {
            Items::Seq(nodes) => nodes.push(node),
            Items::Map(entries, key) => match std::mem::replace(key, Key::None) {
                Key::Good(key) => entries.push(Entry { key, value: node }),
                Key::Bad => {}
                Key::None => {
                    let good = self.key(node);
                    if let Some(Frame { items: Items::Map(_, key), .. }) = self.stack.last_mut() {
                        *key = good.map_or(Key::Bad, Key::Good);
                    }
                }
            },
        }
    }

    fn key(&mut self, node: Node) -> Option<Scalar> {
        let span = node.span;
        let mut scalar = match node.value {
            Value::Scalar(scalar) => scalar,
            Value::Invalid => return None,
            Value::Seq(_) | Value::Map(_) => {
                let help = "a key is a short text; a value that begins with `[` or `{` stands in quotes";
                self.error(&codes::YAML_COMPLEX_KEY, span.range(), "a list or map cannot be a key", help);
                return None;
            }
        };
        scalar.trailing_comment = None;
        let written = self.text.get(span.range()).unwrap_or("");
        if scalar.style == ScalarStyle::Plain && written == "<<" {
            let help = "write the entries out";
            self.error(&codes::YAML_MERGE_KEY, span.range(), "merge keys are not part of the policy language", help);
            return None;
        }
        if written.is_empty() {
            let help = "write `key: value`, or put a value that begins with `:` in quotes";
            self.error(&codes::YAML_COMPLEX_KEY, span.range(), "there is no key before this `:`", help);
            return None;
        }
        if written.contains('\n') {
            self.error(&codes::YAML_COMPLEX_KEY, span.range(), "a key stands on one line", "shorten the key");
            return None;
        }
        Some(scalar)
    }

    /// Reports keys that stand twice and keeps the first of each.
    fn unique(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut seen: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
        let mut again = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match seen.get(entry.key.text.as_str()) {
                Some(first) => again.push((index, *first)),
                None => {
                    seen.insert(&entry.key.text, entry.key.span);
                }
            }
        }
        if again.is_empty() {
            return entries;
        }
        for &(index, first) in &again {
            let Some(entry) = entries.get(index) else { continue };
            let message = format!("the key `{}` stands twice in this map", entry.key.text);
            let found = Diagnostic::new(&codes::YAML_DUPLICATE_KEY, entry.key.span, message).label("again here");
            self.report.push(found.secondary(first, "first here").help("remove or rename one of them"));
        }
        let twice: Vec<usize> = again.iter().map(|&(index, _)| index).collect();
        let kept = entries.into_iter().enumerate();
        kept.filter(|(index, _)| twice.binary_search(index).is_err()).map(|(_, entry)| entry).collect()
    }

    fn syntax_error(&mut self, error: &granit_parser::ScanError) -> Stop {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let place = problem::Place { text: self.text, base: 0, at, last: self.last.clone() };
        let recoverable = problem::report(error.kind(), &place, self.limits, self.report);
        if recoverable {
            let columns = self.stack.iter().filter(|frame| !frame.flow);
            let columns = columns.map(|frame| recover::column(self.text, frame.start)).collect();
            let from = recover::resume_after(self.text, at, error.kind());
            recover::further_errors(self.text, from, columns, self.limits, self.report);
        }
        Stop::Discard
    }
}
