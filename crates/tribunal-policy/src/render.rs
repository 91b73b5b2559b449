//! Diagnostics as text for people, and as JSON and SARIF for tools.
//!
//! A moderation tool quotes hostile text all day. In the human form nothing that comes from a policy can move the
//! cursor, hide or reorder text; the machine forms keep the data exact, see [`to_text`].

mod excerpt;
mod neutral;

use crate::codes;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{Sources, Span};
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use excerpt::Excerpt;
use serde::Serialize;
use serde_json::Value;

pub use neutral::{mask, neutral, neutral_line};

/// The version of the JSON form: changed when a reader of the last one could misread it.
pub const JSON_VERSION: u32 = 1;

/// For a terminal: the sentence, the code at the end of its line, the quoted source with labels, notes and help.
///
/// ```
/// use tribunal_policy::{load_str, render};
///
/// let loaded = load_str("demo.yaml", "policy: {id: demo, versoin: '1'}\n");
/// let page = render::human(&loaded.diagnostics, &loaded.sources, false);
/// assert!(page.contains("demo.yaml:1:"));
/// assert!(page.contains("did you mean `version`?"));
/// assert!(!page.contains('\u{1b}'), "no colour was asked for");
/// ```
pub fn human(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&renderer.render(&[group(diagnostic, sources)]));
        text.push('\n');
    }
    text
}

fn group<'a>(diagnostic: &Diagnostic, sources: &Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = format!("{} [{}]", neutral_line(&diagnostic.message), diagnostic.code.id);
    let mut group = Group::with_title(level.primary_title(title));
    for element in places(diagnostic, sources) {
        group = group.element(element);
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(neutral(note)));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(neutral(help)));
    }
    group
}

/// One excerpt for each file, that of the primary label first.
fn places<'a>(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Element<'a>> {
    let mut elements: Vec<Element<'a>> = Vec::new();
    if let Some(place) = &diagnostic.place {
        elements.push(Origin::path(neutral_line(place)).into());
    }
    let mut files = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    for (nth, file) in files.into_iter().enumerate() {
        let labels: Vec<&Label> = diagnostic.labels.iter().filter(|label| label.span.file == file).collect();
        let Some(first) = labels.first() else { continue };
        let path = neutral_line(sources.path(file));
        let Some(excerpt) = Excerpt::new(sources, &labels) else {
            let (line, column) = sources.line_col(first.span);
            elements.push(Origin::path(path).line(line as usize).char_column(column as usize).into());
            continue;
        };
        let mut snippet = Snippet::source(excerpt.text.clone()).line_start(excerpt.first_line as usize);
        if excerpt.cut {
            // The renderer would count columns from the cut.
            let (line, column) = sources.line_col(first.span);
            elements.push(Origin::path(path).line(line as usize).char_column(column as usize).into());
        } else {
            snippet = snippet.path(path);
        }
        for (at, (label, range)) in labels.iter().zip(&excerpt.ranges).enumerate() {
            let primary = nth == 0 && at == 0;
            let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(range.clone());
            let message = neutral_line(&label.message);
            let annotation = if message.is_empty() { annotation } else { annotation.label(message) };
            snippet = snippet.annotation(annotation);
        }
        elements.push(snippet.into());
    }
    elements
}

#[derive(Serialize)]
struct JsonReport<'a> {
    version: u32,
    errors: usize,
    warnings: usize,
    diagnostics: Vec<JsonDiagnostic<'a>>,
}

#[derive(Serialize)]
struct JsonDiagnostic<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
    labels: Vec<JsonLabel<'a>>,
    notes: &'a [String],
    help: &'a [String],
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    path: &'a str,
    /// Bytes.
    start: u32,
    end: u32,
    /// From 1; columns in characters, the end exclusive.
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'a str,
}

/// The versioned JSON form: `{"version": 1, "errors", "warnings", "diagnostics": [{"code", "severity", "message",
/// "place"?, "labels": [{"path", "start", "end", "line", "column", "end_line", "end_column", "message"}], "notes",
/// "help"}]}`. The first label is the primary one.
///
/// ```
/// use tribunal_policy::{load_str, render};
///
/// let loaded = load_str("demo.yaml", "policy: {id: demo, versoin: '1'}\n");
/// let report = render::json(&loaded.diagnostics, &loaded.sources);
/// assert_eq!(report["version"], render::JSON_VERSION);
/// let found = &report["diagnostics"][0];
/// assert_eq!((&found["severity"], &found["labels"][0]["path"], &found["labels"][0]["line"]), (&"error".into(), &"demo.yaml".into(), &1.into()));
/// ```
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let label = |label: &'_ Label| -> (u32, u32, u32, u32) {
        let (line, column) = sources.line_col(label.span);
        let (end_line, end_column) = sources.end_line_col(label.span);
        (line, column, end_line, end_column)
    };
    let list = diagnostics.iter().map(|diagnostic| JsonDiagnostic {
        code: diagnostic.code.id,
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        place: diagnostic.place.as_deref(),
        labels: diagnostic
            .labels
            .iter()
            .map(|found| {
                let (line, column, end_line, end_column) = label(found);
                let (path, message) = (sources.path(found.span.file), found.message.as_str());
                JsonLabel { path, start: found.span.start, end: found.span.end, line, column, end_line, end_column, message }
            })
            .collect(),
        notes: &diagnostic.notes,
        help: &diagnostic.help,
    });
    let report = JsonReport { version: JSON_VERSION, errors: count(Severity::Error), warnings: count(Severity::Warning), diagnostics: list.collect() };
    serde_json::to_value(report).unwrap_or(Value::Null)
}

/// SARIF 2.1.0 (OASIS), for code review tools. Columns count code points.
///
/// ```
/// use tribunal_policy::{load_str, render};
///
/// let loaded = load_str("demo.yaml", "policy: {id: demo, versoin: '1'}\n");
/// let log = render::sarif(&loaded.diagnostics, &loaded.sources);
/// assert_eq!(log["version"], "2.1.0");
/// assert_eq!(log["runs"][0]["results"][0]["ruleId"], loaded.diagnostics[0].code.id);
/// ```
pub fn sarif(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let mut used: Vec<&'static codes::Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    used.sort_by_key(|code| code.id);
    used.dedup_by_key(|code| code.id);
    let rules: Vec<Value> = used.iter().map(|code| sarif_rule(code)).collect();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| {
            let index = used.binary_search_by_key(&diagnostic.code.id, |code| code.id).unwrap_or(0);
            sarif_result(diagnostic, index, sources)
        })
        .collect();
    serde_json::json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tribunal",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn sarif_rule(code: &codes::Code) -> Value {
    serde_json::json!({
        "id": code.id,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.explanation},
        "defaultConfiguration": {"level": code.severity.name()},
    })
}

fn sarif_result(diagnostic: &Diagnostic, rule: usize, sources: &Sources) -> Value {
    let mut message = diagnostic.message.clone();
    for more in diagnostic.notes.iter().chain(&diagnostic.help) {
        message.push('\n');
        message.push_str(more);
    }
    let mut locations: Vec<Value> = diagnostic.labels.iter().map(|label| sarif_location(label, sources)).collect();
    if let Some(place) = &diagnostic.place {
        locations.insert(
            0,
            serde_json::json!({
                "physicalLocation": {"artifactLocation": {"uri": uri(diagnostic.path(sources))}},
                "logicalLocations": [{"fullyQualifiedName": place}],
            }),
        );
    }
    let related = if locations.len() > 1 { locations.split_off(1) } else { Vec::new() };
    serde_json::json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": rule,
        "level": diagnostic.severity.name(),
        "message": {"text": message},
        "locations": locations,
        "relatedLocations": related,
    })
}

fn sarif_location(label: &Label, sources: &Sources) -> Value {
    let Span { file, .. } = label.span;
    let (line, column) = sources.line_col(label.span);
    let (end_line, end_column) = sources.end_line_col(label.span);
    let mut location = serde_json::json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(sources.path(file))},
            "region": {
                "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
                "byteOffset": label.span.start, "byteLength": label.span.len(),
            },
        },
    });
    if !label.message.is_empty()
        && let Some(object) = location.as_object_mut()
    {
        object.insert("message".to_owned(), serde_json::json!({"text": label.message}));
    }
    location
}

/// A relative path as a URI reference: everything but unreserved characters and `/` in percent form (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// JSON as indented text that is safe to print: what could act on a terminal is escaped, the data is the same.
///
/// ```
/// use serde_json::{Value, json};
/// use tribunal_policy::render::to_text;
///
/// let value = json!({"message": "a\u{202e}b"});
/// let text = to_text(&value);
/// assert!(text.contains(r"\u202e") && !text.contains('\u{202e}'));
/// assert_eq!(serde_json::from_str::<Value>(&text)?, value);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn to_text(value: &Value) -> String {
    let plain = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut text = String::with_capacity(plain.len());
    for c in plain.chars() {
        // Outside strings, JSON holds none of these but the line ends of the indentation.
        if c != '\n' && neutral::is_unsafe(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text
}
