//! What the parser's errors mean to somebody who writes policies.

use super::report::Report;
use super::{BLANK, YamlLimits};
use crate::codes::{self, Code};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use granit_parser::ErrorKind;
use std::ops::Range;

/// Where the parser stopped.
pub(super) struct Place<'a> {
    /// What was parsed.
    pub(super) text: &'a str,
    /// Where it begins in the file.
    pub(super) base: usize,
    /// The parser's place in `text`.
    pub(super) at: usize,
    /// The last scalar that was read, in `text`.
    pub(super) last: Option<Range<usize>>,
}

/// Reports an error. True if it makes sense to look for further ones.
pub(super) fn report(kind: &ErrorKind, place: &Place<'_>, limits: &YamlLimits, report: &mut Report<'_>) -> bool {
    let span = |range: Range<usize>| report.span(range.start + place.base..range.end + place.base);
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        report.push(too_deep(span(place.char_at(place.at)), limits.depth));
        return false;
    }
    // Characters that cannot stand in a policy were reported before.
    let line = place.line_start(place.at)..place.line_from(place.at).end;
    let mut chars = place.slice(line).chars();
    if report.has_errors() && chars.any(|c| c == '\u{FEFF}' || (c.is_control() && c != '\t')) {
        return true;
    }
    if is_about_tabs(kind) {
        tabs(place, report);
        return true;
    }
    let told = tell(kind, place);
    let mut diagnostic = Diagnostic::new(told.code, span(told.range), told.message).help(told.help);
    if let Some((range, message)) = told.other {
        diagnostic = diagnostic.secondary(span(range), message);
    }
    report.push(diagnostic);
    true
}

pub(super) fn too_deep(span: Span, depth: usize) -> Diagnostic {
    let message = format!("maps and lists are nested more than {depth} levels deep");
    Diagnostic::new(&codes::YAML_TOO_DEEP, span, message).help("a policy needs a handful of levels: flatten this part")
}

struct Told {
    code: &'static Code,
    range: Range<usize>,
    message: String,
    help: String,
    other: Option<(Range<usize>, &'static str)>,
}

impl Told {
    fn new(range: Range<usize>, message: impl Into<String>, help: &str) -> Self {
        Told { code: &codes::YAML_SYNTAX, range, message: message.into(), help: help.to_owned(), other: None }
    }

    fn code(mut self, code: &'static Code) -> Self {
        self.code = code;
        self
    }
}

impl Place<'_> {
    fn char_at(&self, at: usize) -> Range<usize> {
        let len = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        at..at + len
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
    }

    /// From `at` to the end of its line, blanks at the end aside.
    fn line_from(&self, at: usize) -> Range<usize> {
        let rest = self.text.get(at..).unwrap_or("");
        let line = rest.get(..rest.find('\n').unwrap_or(rest.len())).unwrap_or("");
        at..at + line.trim_end_matches(BLANK).len()
    }

    /// The line that holds `at`, without its indentation.
    fn line(&self, at: usize) -> Range<usize> {
        let start = self.line_start(at);
        let all = self.line_from(start);
        let line = self.text.get(all.clone()).unwrap_or("");
        start + line.len() - line.trim_start_matches(BLANK).len()..all.end
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or("")
    }
}

const QUOTE: &str = "put the whole value in quotes, or write it on the next line after `|`";

fn tell(kind: &ErrorKind, place: &Place<'_>) -> Told {
    let at = place.at;
    let here = place.char_at(at);
    match kind {
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => colon(place),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            let help = "close the quote; inside '…' write ' twice, inside \"…\" write \\\"";
            Told::new(here, "the quote that opens here is not closed", help)
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            let message = "there is more text after the closing quote";
            let help = "quote the value as a whole, or put it on the next line after `|`; list entries are separated by commas";
            let mut told = Told::new(place.line_from(at), message, help);
            told.other = place.last.clone().filter(|last| last.end <= at && same_line(place, last.end)).map(|last| (last, "after this"));
            told
        }
        ErrorKind::UnexpectedCharacter { character } => Told::new(here, format!("a value cannot begin with `{character}`"), "put the value in quotes"),
        ErrorKind::UnclosedFlowCollection { open } => {
            let close = if *open == '[' { ']' } else { '}' };
            Told::new(here, format!("the `{open}` that opens here is not closed"), &format!("add the missing `{close}`"))
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            Told::new(here, "the file ends inside brackets", "add the missing `]` or `}`")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{open}` is closed by `{close}`");
            Told::new(here, message, "brackets close in pairs: `[…]` is a list, `{…}` a map")
        }
        ErrorKind::MisplacedFlowCollectionEnd => Told::new(here, "this bracket was not opened", "remove it, or put a value that holds brackets in quotes"),
        ErrorKind::ExpectedFlowSequenceSeparator => Told::new(place.line_from(at), "expected `,` or `]` here", "separate the entries of a list by commas"),
        ErrorKind::ExpectedFlowMappingSeparator => Told::new(place.line_from(at), "expected `,` or `}` here", "separate the entries of a map by commas"),
        ErrorKind::DirectiveDisallowed => {
            let message = "directives are not part of the policy language";
            let help = "remove the line, or put a value that begins with `%` in quotes";
            Told::new(place.line_from(at), message, help).code(&codes::YAML_DIRECTIVE)
        }
        ErrorKind::BomInsideDocument => {
            let message = "the invisible character U+FEFF stands inside the file";
            Told::new(here, message, "remove it, or write it as `\\ufeff` in double quotes").code(&codes::YAML_BOM)
        }
        _ => tell_more(kind, place),
    }
}

/// The second half of [`tell`]: indentation, escapes, comments, and what is rare.
fn tell_more(kind: &ErrorKind, place: &Place<'_>) -> Told {
    let at = place.at;
    let here = place.char_at(at);
    match kind {
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            let message = "a list entry `- ` cannot begin here";
            Told::new(place.line_from(at), message, "begin the list on the line below its key, or write `[a, b]`")
        }
        ErrorKind::ExpectedBlockMappingKey => key_expected(place),
        ErrorKind::ExpectedBlockSequenceEntry => {
            let message = "expected a list entry `- ` here";
            Told::new(place.line(at), message, "begin the line with `- `, or indent it as the line it belongs to")
        }
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent | ErrorKind::InvalidBlockScalarIndent => {
            let message = "the indentation of this line fits no line above";
            Told::new(place.line(at), message, "indent it like its neighbours, by spaces")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => no_colon(place),
        ErrorKind::UnknownQuotedScalarEscape => {
            let help = "write `\\\\` for a backslash, or use single quotes: in '…' a backslash is itself";
            Told::new(escape_at(place), "this escape is not known in double quotes", help)
        }
        ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => {
            let help = "write `\\u` with four hexadecimal digits, or `\\U` with eight";
            Told::new(escape_at(place), "this escape names no character", help)
        }
        ErrorKind::CommentInterceptedScalar => {
            let message = "a comment stands inside a value of several lines";
            Told::new(place.line_from(at), message, "move the comment, or put the value into a block after `|`")
        }
        ErrorKind::CommentNotSeparated => Told::new(here, "expected a space before this `#`", "a comment begins with ` #`; a value with `#` stands in quotes"),
        ErrorKind::MissingAnchorOrAliasName => {
            let mark = place.slice(at.saturating_sub(1)..at);
            let at = if matches!(mark, "*" | "&") { at - 1 } else { at };
            let first = place.slice(place.char_at(at)).to_owned();
            Told::new(place.char_at(at), format!("a value cannot begin with `{first}`"), "put the value in quotes")
        }
        ErrorKind::InvalidBlockScalarHeader => {
            let help = "the text of a block begins on the line below `|`; a value that begins with `|` or `>` stands in quotes";
            Told::new(place.line_from(at), "there is text after `|` or `>`", help)
        }
        ErrorKind::PlainScalarStartsWithDashFlowIndicator | ErrorKind::InvalidMappingValueWhitespace => {
            Told::new(place.line_from(at), "this value has to be quoted", "put the value in quotes")
        }
        kind if is_about_tags(kind) => {
            let help = "put a value that begins with `!` in quotes";
            Told::new(here, "tags are not part of the policy language", help).code(&codes::YAML_TAG)
        }
        other => Told::new(place.line(at), format!("this is not well-formed YAML: {other}"), QUOTE),
    }
}

/// A `:` where none can be: usually one inside a value without quotes, or a line that is indented too deeply.
fn colon(place: &Place<'_>) -> Told {
    let at = place.at;
    let line_start = place.line_start(at);
    if let Some(last) = place.last.clone() {
        if last.start < line_start && last.end > line_start {
            let line = place.line(at);
            let message = "this line is indented more deeply than the entry above";
            let mut told = Told::new(line, message, "give entries of one map the same indentation");
            told.other = Some((place.line(last.start), "this entry has a value of its own"));
            return told;
        }
        if last.start >= line_start && last.end <= at {
            let range = last.start..place.line_from(at).end;
            return Told::new(range, "`: ` inside a value without quotes", QUOTE);
        }
    }
    let help = "check brackets and quotes above, or put the value in quotes";
    let mut told = Told::new(place.line(at), "a `:` cannot stand here", help);
    if let Some(open) = open_bracket(place) {
        told.help = "close the bracket".to_owned();
        told.other = Some((open, "this bracket is still open"));
    }
    told
}

/// So far back is looked for a bracket that was not closed, in bytes.
const BRACKET_REACH: usize = 4096;

/// The nearest bracket before the place that is not closed. Quotes are not understood: it is a hint.
fn open_bracket(place: &Place<'_>) -> Option<Range<usize>> {
    let from = place.at.saturating_sub(BRACKET_REACH);
    let before = place.text.as_bytes().get(from..place.at)?;
    let mut closed = 0_usize;
    for (at, byte) in before.iter().enumerate().rev() {
        match byte {
            b']' | b'}' => closed += 1,
            b'[' | b'{' if closed == 0 => return Some(from + at..from + at + 1),
            b'[' | b'{' => closed -= 1,
            _ => {}
        }
    }
    None
}

/// Whether the line of an error may be read again as the start of an entry: where a bracket above was left open.
pub(super) fn may_be_entry(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidColonPlacement
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::InvalidFlowScalarIndent
            | ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::BlockSequenceEntryNotAllowed
    )
}

fn key_expected(place: &Place<'_>) -> Told {
    let line = place.line(place.at);
    let text = place.slice(line.clone());
    if text.starts_with("- ") || text.starts_with("-\t") || text == "-" {
        let help = "indent the list below the key it belongs to";
        return Told::new(line, "a list entry among the entries of a map", help);
    }
    if place.at > line.start {
        return Told::new(place.line_from(place.at), "there is text after the value", QUOTE);
    }
    let help = "indent it like its neighbours; a line that belongs to the block above is indented like the block";
    Told::new(line, "the indentation of this line fits no line above", help)
}

fn no_colon(place: &Place<'_>) -> Told {
    // The parser notices a line later, at the next key.
    let last = place.last.clone().map_or(place.at, |last| last.start);
    let line = place.line(if place.slice(place.line(place.at)).contains(": ") { last } else { place.at });
    let at = if line.is_empty() { place.line(place.at) } else { line };
    Told::new(at, "expected `key: value` here", "add the `:`, or indent the line as part of the value above")
}

fn escape_at(place: &Place<'_>) -> Range<usize> {
    let line = place.line_start(place.at);
    let before = place.slice(line..place.at.min(place.text.len()));
    let here = place.slice(place.at..place.text.len());
    if here.starts_with('\\') {
        return place.at..place.at + 1 + here.chars().nth(1).map_or(0, char::len_utf8);
    }
    match before.rfind('\\') {
        Some(found) => line + found..place.char_at(place.at).end,
        None => place.char_at(place.at),
    }
}

fn same_line(place: &Place<'_>, at: usize) -> bool {
    at >= place.line_start(place.at)
}

fn is_about_tags(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UndeclaredTagHandle
            | ErrorKind::ExpectedTagBang
            | ErrorKind::InvalidGlobalTagCharacter
            | ErrorKind::InvalidTagTerminator
            | ErrorKind::MissingTagUri
            | ErrorKind::UnclosedVerbatimTag
            | ErrorKind::InvalidTagEscape
            | ErrorKind::InvalidTagUtf8LeadingByte
            | ErrorKind::InvalidTagUtf8TrailingByte
            | ErrorKind::InvalidTagUtf8
    )
}

fn is_about_tabs(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    )
}

/// Reports the tab that the parser met: it may name the start of the value before it.
fn tabs(place: &Place<'_>, report: &mut Report<'_>) {
    let mut at = place.line_start(place.at);
    let mut found = None;
    for line in place.text.get(at..).unwrap_or("").split_inclusive('\n') {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        let indentation = line.get(..blank).unwrap_or("");
        if let Some(tab) = indentation.find('\t')
            && !line.trim_matches(BLANK).is_empty()
        {
            found = Some(at + tab..at + blank);
            break;
        }
        at += line.len();
    }
    let range = found.unwrap_or_else(|| place.char_at(place.at));
    let span = report.span(range.start + place.base..range.end + place.base);
    let message = "a tab cannot be used as indentation";
    report.push(Diagnostic::new(&codes::YAML_TAB, span, message).help("indent by spaces: two a level"));
}
