//! The canonical form of a policy file.
//!
//! Two spaces a level, lists indented below their key, LF line ends, at most one blank line between entries, quotes
//! only where they are needed, comments kept. A list or map in brackets stays on one line of up to 100 columns and is
//! else written as a block. Block scalars and values over several lines keep their lines. Keys keep their order, and no
//! key or text changes: what is written is read again and compared before it is returned.

mod comments;
mod scalar;
mod writer;

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};
use crate::yaml::{YamlLimits, parse};

/// The longest line of a list or map in brackets, in characters.
pub const WIDTH: usize = 100;

/// Formats the text of a YAML policy file.
///
/// ```
/// use tribunal_policy::fmt;
///
/// let text = fmt::format("rules:\n- id:   gun # handguns\n  when: any text has firearms\n").unwrap_or_default();
/// assert_eq!(text, "rules:\n  - id: gun  # handguns\n    when: any text has firearms\n");
/// assert!(fmt::format("rules: [").is_err());
/// ```
///
/// # Errors
/// What [`parse`] reports, with spans in `FileId(0)`: a file with errors is not formatted.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let mut sources = Sources::new();
    let file = sources.add("", text);
    format_file(file, &sources, &YamlLimits::default())
}

/// A text as it can stand inside brackets or after a dash: plain where every reader takes it for that text, else in quotes.
///
/// ```
/// use tribunal_policy::fmt::inline;
///
/// assert_eq!(inline("ghost gun"), "ghost gun");
/// // These would be a number, a boolean and two texts.
/// assert_eq!(["45", "no", "a, b"].map(inline), [r#""45""#, r#""no""#, r#""a, b""#]);
/// ```
pub fn inline(text: &str) -> String {
    scalar::inline(text)
}

/// Formats a YAML policy file.
///
/// ```
/// use tribunal_policy::{fmt, source::Sources, yaml::YamlLimits};
///
/// let mut sources = Sources::new();
/// let file = sources.add("terms/firearms.yaml", "terms:\n    firearms: [ glock,revolver ]\n");
/// let text = fmt::format_file(file, &sources, &YamlLimits::default()).unwrap_or_default();
/// assert_eq!(text, "terms:\n  firearms: [glock, revolver]\n");
/// ```
///
/// # Errors
/// What [`parse`] reports: a file with errors is not formatted.
pub fn format_file(file: FileId, sources: &Sources, limits: &YamlLimits) -> Result<String, Diagnostics> {
    let mut out = Diagnostics::new();
    let parsed = parse(file, sources, limits, &mut out);
    let root = match parsed {
        Some(root) if !out.has_errors() => root,
        _ => return Err(out),
    };
    let formatted = writer::write(sources.text(file), &root);
    let mut again = Sources::new();
    let copy = again.add(sources.path(file), formatted.as_str());
    let limits = YamlLimits { bytes: usize::MAX, ..*limits };
    let same = parse(copy, &again, &limits, &mut Diagnostics::new()).is_some_and(|copy| copy.same_content(&root));
    if same {
        return Ok(formatted);
    }
    let message = "the canonical form of this file would not hold the same texts";
    let found = Diagnostic::new(&codes::FILE_NOT_FORMATTABLE, Span::new(file, 0, 0), message);
    out.push(found.help("format it by hand, and report this file"));
    Err(out)
}
