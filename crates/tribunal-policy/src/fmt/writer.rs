//! Writes the tree, with the comments where they stood.

use super::WIDTH;
use super::comments::{self, Comment};
use super::scalar::{self, Context};
use crate::yaml::{BLANK, Entry, Node, Scalar, ScalarStyle, Value};

/// The canonical text of a tree that was read from `text` without errors.
pub(super) fn write(text: &str, root: &Node) -> String {
    let comments = comments::collect(text, root);
    let mut writer = Writer { text, out: String::with_capacity(text.len()), comments, next: 0, done: 0, first: true, kept: false };
    writer.comments_before(writer.anchor(root, 0), 0);
    match (writer.form(root, 0), &root.value) {
        (Form::Block, _) => writer.collection(root, 0, None, false),
        (Form::Line(line), _) if line.is_empty() => {}
        _ => {
            writer.blank_line(root.span.start as usize);
            writer.leaf(root, 0, 0);
        }
    }
    writer.comments_before(usize::MAX, 0);
    writer.out
}

struct Writer<'a> {
    text: &'a str,
    out: String,
    comments: Vec<Comment<'a>>,
    /// The first comment that is not written yet.
    next: usize,
    /// The end of what was written, in the source.
    done: usize,
    /// Nothing was written yet in this collection: no blank line here.
    first: bool,
    /// The last scalar keeps the line ends below it: a blank line would become text.
    kept: bool,
}

/// How a value is written.
enum Form {
    /// On the line of its key or dash.
    Line(String),
    /// A scalar over several lines that begins on that line.
    Lines,
    /// A collection below it.
    Block,
}

impl<'a> Writer<'a> {
    /// How a value is written that begins at `column`.
    fn form(&self, node: &Node, column: usize) -> Form {
        match &node.value {
            Value::Scalar(scalar) if self.keeps_lines(scalar) => Form::Lines,
            Value::Scalar(scalar) => Form::Line(scalar::one_line(scalar, self.text, Context::Block)),
            Value::Seq(nodes) if nodes.is_empty() => Form::Line("[]".to_owned()),
            Value::Map(entries) if entries.is_empty() => Form::Line("{}".to_owned()),
            Value::Invalid => Form::Line(String::new()),
            _ if !node.flow || self.has_comments(node) => Form::Block,
            _ => {
                let mut line = String::new();
                let room = WIDTH.saturating_sub(column);
                if self.flow(node, room, &mut line) { Form::Line(line) } else { Form::Block }
            }
        }
    }

    fn keeps_lines(&self, scalar: &Scalar) -> bool {
        match scalar.style {
            ScalarStyle::Literal | ScalarStyle::Folded => !scalar.text.trim_matches(BLANK).is_empty(),
            ScalarStyle::Plain => self.text.get(scalar.span.range()).is_some_and(|written| written.contains('\n')),
            _ => false,
        }
    }

    fn has_comments(&self, node: &Node) -> bool {
        let range = node.span.range();
        let after = self.comments.partition_point(|comment| comment.range.start < range.start);
        self.comments.get(after).is_some_and(|comment| comment.range.start < range.end)
    }

    /// In brackets on one line; false where that takes more than `room` characters.
    fn flow(&self, node: &Node, room: usize, line: &mut String) -> bool {
        match &node.value {
            Value::Scalar(scalar) => line.push_str(&scalar::one_line(scalar, self.text, Context::Flow)),
            Value::Seq(nodes) => {
                line.push('[');
                for (at, node) in nodes.iter().enumerate() {
                    line.push_str(if at == 0 { "" } else { ", " });
                    if !self.flow(node, room, line) {
                        return false;
                    }
                }
                line.push(']');
            }
            Value::Map(entries) => {
                line.push('{');
                for (at, entry) in entries.iter().enumerate() {
                    line.push_str(if at == 0 { "" } else { ", " });
                    line.push_str(&scalar::one_line(&entry.key, self.text, Context::Flow));
                    line.push_str(": ");
                    if !self.flow(&entry.value, room, line) {
                        return false;
                    }
                }
                line.push('}');
            }
            Value::Invalid => {}
        }
        // A line of bytes is never shorter than one of characters.
        line.len() <= room || line.chars().count() <= room
    }

    /// Comments up to here stand above the line on which the value begins.
    fn anchor(&self, node: &Node, column: usize) -> usize {
        let form = self.form(node, column);
        let first = match (&form, &node.value) {
            (Form::Block, Value::Seq(nodes)) => nodes.first().map(|node| self.anchor(node, column + 2)),
            (Form::Block, Value::Map(entries)) => entries.first().map(|entry| self.entry_anchor(entry, column)),
            (Form::Line(_), Value::Seq(_) | Value::Map(_)) if self.has_comments(node) => Some(node.span.end as usize),
            _ => None,
        };
        first.unwrap_or(node.span.start as usize)
    }

    fn entry_anchor(&self, entry: &Entry, column: usize) -> usize {
        let column = column + self.key(entry).chars().count() + 2;
        match self.form(&entry.value, column) {
            Form::Block => entry.key.span.start as usize,
            _ => self.anchor(&entry.value, column),
        }
    }

    fn key(&self, entry: &Entry) -> String {
        scalar::one_line(&entry.key, self.text, Context::Block)
    }

    /// The entries of a collection; the first one goes on the line that was begun, if one was.
    fn collection(&mut self, node: &Node, indent: usize, parent: Option<usize>, begun: bool) {
        let column = self.column(first_offset(node));
        match &node.value {
            Value::Seq(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    self.item(node, indent, column, begun && at == 0);
                }
            }
            Value::Map(entries) => {
                for (at, entry) in entries.iter().enumerate() {
                    self.entry(entry, indent, column, begun && at == 0);
                }
            }
            _ => {}
        }
        if node.flow {
            self.closed(node, indent);
        } else {
            self.comments_at_end(indent, column, parent);
        }
    }

    /// The comments up to a bracket that is not written any more, and the one behind it.
    fn closed(&mut self, node: &Node, indent: usize) {
        self.comments_before(node.span.end as usize, indent);
        self.done = self.done.max(node.span.end as usize);
        if let Some(comment) = self.comments.get(self.next)
            && !comment.own_line
            && let Some(between) = self.text.get(self.done..comment.range.start)
            && between.chars().all(|c| " \t,]}".contains(c))
        {
            self.comment(indent);
        }
    }

    fn item(&mut self, node: &Node, indent: usize, column: usize, begun: bool) {
        if !begun {
            self.comments_before(self.anchor(node, indent + 2), indent);
            self.blank_line(first_offset(node));
            self.indent(indent);
        }
        self.out.push('-');
        match self.form(node, indent + 2) {
            Form::Block => {
                self.out.push(' ');
                self.collection(node, indent + 2, Some(column), true);
            }
            _ => self.leaf(node, indent, indent + 2),
        }
    }

    fn entry(&mut self, entry: &Entry, indent: usize, column: usize, begun: bool) {
        if !begun {
            self.comments_before(self.entry_anchor(entry, indent), indent);
            self.blank_line(entry.key.span.start as usize);
            self.indent(indent);
        }
        let key = self.key(entry);
        self.out.push_str(&key);
        self.out.push(':');
        let value_column = indent + key.chars().count() + 2;
        match self.form(&entry.value, value_column) {
            Form::Block => {
                self.done = self.done.max(entry.key.span.end as usize);
                self.end_line(" \t:[{");
                self.first = true;
                self.collection(&entry.value, indent + 2, Some(column), false);
            }
            _ => self.leaf(&entry.value, indent, value_column),
        }
    }

    /// A value that begins on the line of its key or dash, with its comment and line end.
    fn leaf(&mut self, node: &Node, indent: usize, column: usize) {
        match (self.form(node, column), &node.value) {
            (Form::Line(line), value) => {
                if !line.is_empty() {
                    self.space();
                    self.out.push_str(&line);
                }
                // A block without text that is written in quotes.
                if let Value::Scalar(scalar) = value
                    && scalar.trailing_comment.is_some_and(|comment| comment.end <= scalar.span.end)
                {
                    self.header_comment(scalar);
                }
            }
            (_, Value::Scalar(scalar)) if scalar.style == ScalarStyle::Plain => self.plain_lines(scalar, indent),
            (_, Value::Scalar(scalar)) => return self.block_scalar(scalar, indent),
            _ => {}
        }
        self.done = self.done.max(node.span.end as usize);
        self.end_line(" \t,]}");
    }

    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push(' ');
        }
    }

    fn plain_lines(&mut self, scalar: &Scalar, indent: usize) {
        let written = self.text.get(scalar.span.range()).unwrap_or("");
        self.space();
        for (at, line) in written.lines().enumerate() {
            if at > 0 {
                self.out.push('\n');
                self.out.push_str(&" ".repeat(if line.trim_matches(BLANK).is_empty() { 0 } else { indent + 2 }));
            }
            self.out.push_str(line.trim_matches(BLANK));
        }
    }

    fn block_scalar(&mut self, scalar: &Scalar, indent: usize) {
        let text = scalar.text.as_str();
        let content = text.trim_end_matches('\n');
        let ends = text.len() - content.len();
        self.space();
        self.out.push(if scalar.style == ScalarStyle::Folded { '>' } else { '|' });
        // The first line with text tells the indentation, unless it begins with a blank.
        let spaced = content.lines().take_while(|line| line.trim_matches(BLANK).is_empty()).any(|line| !line.is_empty());
        let first = content.lines().find(|line| !line.trim_matches(BLANK).is_empty()).unwrap_or("");
        if spaced || first.starts_with([' ', '\t']) {
            self.out.push('2');
        }
        match ends {
            0 => self.out.push('-'),
            1 => {}
            _ => self.out.push('+'),
        }
        self.header_comment(scalar);
        self.out.push('\n');
        let folded = scalar.style == ScalarStyle::Folded;
        let lines = if folded { self.folded_lines(scalar) } else { content.split('\n').collect() };
        let indentation = " ".repeat(indent + 2);
        for line in lines {
            if !line.is_empty() {
                self.out.push_str(&indentation);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        self.out.push_str(&"\n".repeat(ends.saturating_sub(1)));
        self.kept = ends > 1;
        self.done = self.done.max(scalar.span.end as usize);
        self.first = false;
    }

    /// The comment after `|` or `>`.
    fn header_comment(&mut self, scalar: &Scalar) {
        if let Some(comment) = scalar.trailing_comment {
            self.out.push_str("  ");
            self.out.push_str(self.text.get(comment.range()).unwrap_or("").trim_end_matches(BLANK));
        }
    }

    /// The lines of a folded block as written, without their indentation.
    fn folded_lines(&self, scalar: &Scalar) -> Vec<&'a str> {
        let written = self.text.get(scalar.span.range()).unwrap_or("");
        let first = scalar.text.find(|c| c != '\n').unwrap_or(0);
        let start = scalar.source_span(first..first + 1).start as usize;
        let column = self.column(start);
        let without = |line: &'_ str| line.bytes().take(column).take_while(|&b| b == b' ').count();
        written.lines().skip(1).map(|line| line.get(without(line)..).unwrap_or("")).collect()
    }

    fn indent(&mut self, indent: usize) {
        self.out.push_str(&" ".repeat(indent));
    }

    fn column(&self, at: usize) -> usize {
        let line = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
        at.saturating_sub(line)
    }

    /// Ends a line, with the comment that stands behind it: between the two there is only `punctuation`.
    fn end_line(&mut self, punctuation: &str) {
        if let Some(comment) = self.comments.get(self.next)
            && !comment.own_line
            && let Some(between) = self.text.get(self.done..comment.range.start)
            && between.chars().all(|c| punctuation.contains(c))
        {
            self.out.push_str("  ");
            self.out.push_str(comment.text);
            self.done = comment.range.end;
            self.next += 1;
        }
        self.out.push('\n');
        self.first = false;
        self.kept = false;
    }

    /// One blank line, if there is one before `at` in the source.
    fn blank_line(&mut self, at: usize) {
        let blank = comments::has_blank_line(self.text, self.done..at.max(self.done));
        if blank && !self.first && !self.kept {
            self.out.push('\n');
        }
        self.first = false;
    }

    fn comments_before(&mut self, limit: usize, indent: usize) {
        while let Some(comment) = self.comments.get(self.next) {
            if comment.range.start >= limit {
                return;
            }
            self.comment(indent);
        }
    }

    /// Comments below the last entry that are indented like it belong to the collection.
    fn comments_at_end(&mut self, indent: usize, column: usize, parent: Option<usize>) {
        let end = comments::gap_end(self.text, self.done);
        while let Some(comment) = self.comments.get(self.next) {
            let inside = comment.column >= column && parent.is_none_or(|parent| comment.column > parent);
            if comment.range.start >= end || !comment.own_line || !inside {
                return;
            }
            self.comment(indent);
        }
    }

    fn comment(&mut self, indent: usize) {
        let Some(comment) = self.comments.get(self.next) else { return };
        let (text, range) = (comment.text, comment.range.clone());
        self.blank_line(range.start);
        self.indent(indent);
        self.out.push_str(text);
        self.out.push('\n');
        self.done = self.done.max(range.end);
        self.next += 1;
        self.kept = false;
    }
}

/// Where the first key, dash or scalar of a node begins.
fn first_offset(node: &Node) -> usize {
    node.span.start as usize
}
