//! The registry of diagnostics: one stable code for each kind of finding.
//!
//! A code's id is a slug that users quote, tools parse and tests pin; it never changes its meaning. To add one, add an
//! entry below in its group (groups and entries in alphabetical order): the list [`ALL`] is made from the same entries.

use crate::diagnostic::Severity;
use std::fmt;

/// One kind of finding.
///
/// ```
/// use tribunal_policy::{codes, diagnostic::Severity};
///
/// let code = &codes::UNKNOWN_LIST;
/// assert_eq!((code.id, code.severity, code.title), ("unknown-list", Severity::Error, "a term list does not exist"));
/// assert!(codes::ALL.iter().all(|code| !code.explanation.is_empty()));
/// ```
#[derive(PartialEq, Eq)]
pub struct Code {
    /// The stable slug, like `unknown-field`.
    pub id: &'static str,
    /// How bad it is, unless the user says otherwise.
    pub severity: Severity,
    /// One line, without place or names.
    pub title: &'static str,
    /// Why it matters and how to put it right, in a few sentences.
    pub explanation: &'static str,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// The code with this id.
///
/// ```
/// use tribunal_policy::codes;
///
/// assert_eq!(codes::find("unknown-field").map(|code| code.title), Some("a field does not exist"));
/// assert!(codes::find("no-such-code").is_none());
/// ```
pub fn find(id: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id == id)
}

macro_rules! codes {
    ($($name:ident = $severity:ident $id:literal: $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $title, ".")]
            pub static $name: Code = Code {
                id: $id,
                severity: Severity::$severity,
                title: $title,
                explanation: $explanation,
            };
        )*

        /// Every code, in the order of the source.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    // Files.
    FILE_ENCODING = Error "file-encoding": "a file is not UTF-8",
        "Policies, term lists and tests are read as UTF-8. Save the file as UTF-8 without a byte-order mark.";
    FILE_NOT_FORMATTABLE = Error "file-not-formattable": "the formatter left a file as it is",
        "After formatting, a file is read again and must hold the same keys and texts. Here it did not, which is a mistake of the formatter: the file is left untouched.";
    FILE_TOO_LARGE = Error "file-too-large": "a file is over the limit",
        "Every file has a limit in bytes, so that a damaged or hostile file cannot exhaust memory. Split the file; long term lists are better kept as CSV or TXT.";

    // Files of a policy.
    FILE_UNREADABLE = Error "file-unreadable": "a file or folder cannot be read",
        "The operating system refused to read it. The message says why.";
    COMPILED_POLICY = Error "compiled-policy": "a compiled policy cannot be used here",
        "A file that `tribunal compile` wrote decides and explains wherever the program that reads it lays out files, folds texts and reads policies as the program that wrote it. What works on the text of a policy needs the policy's own files.";
    NO_POLICY = Error "no-policy": "no file says which policy this is",
        "One file of a policy holds its identity: `policy: {id: …, version: \"1\"}`. In a folder that is `policy.yaml`.";
    NO_SUCH_FILE = Error "no-such-file": "a file that is named is not there",
        "Paths under `include:` and `file:` are relative to the policy's folder and stay inside it.";
    UNREAD_FILE = Warning "unread-file": "a file in a standard folder is not read",
        "Files in subfolders, and files of other kinds, are read only when `include:` or `file:` names them.";

    // Shapes and names.
    BAD_LANGUAGE = Error "bad-language": "a text is no tag of a language",
        "Languages are written as tags (BCP 47): two or three letters, then a script or country where it matters: `en`, `pt-BR`, `zh-Hant`. A text under a tag that nobody asks for would never be read.";
    BAD_NAME = Error "bad-name": "a text cannot be a name",
        "Names are a lower-case letter, then lower-case letters, digits, `_` or `-`; markets are written in upper case; field names are such parts joined by dots. Keywords of conditions cannot be names.";
    DUPLICATE_NAME = Error "duplicate-name": "something is defined twice",
        "A list, rule, score, field, exception or market has one definition, and a market overrides a rule or list once. Otherwise it would depend on the order of files which one counts.";
    EMPTY_VALUE = Error "empty-value": "a value is missing or empty",
        "A key without a value says nothing. Write the value, or remove the key.";
    MISSING_KEY = Error "missing-key": "a key that has to be there is not",
        "Some keys have no sensible default. The message names the one that is missing.";
    MISSING_REASON = Error "missing-reason": "an override has no reason",
        "Markets differ for a reason. The reason is shown in every explanation that the override touches.";
    MISSING_STAGE = Error "missing-stage": "a rule of a folder does not say its stage",
        "In a folder every rule says `stage:` off, draft, shadow or live, so that nothing goes live unseen. In a single file a rule is live by default.";
    UNKNOWN_KEY = Error "unknown-key": "a key has no meaning here",
        "A key that is not known is most often misspelt; ignoring it would change what the policy means.";
    WRONG_SHAPE = Error "wrong-shape": "a value has the wrong shape",
        "A text, a list or a map stands where another of them is expected.";
    WRONG_VALUE = Error "wrong-value": "a value is not one of those allowed",
        "The message says what is allowed at this place.";

    // Names that have to exist.
    UNKNOWN_AXIS = Error "unknown-axis": "an effect names an axis that does not exist",
        "The axes are the default ones, or those under `axes:`, which replace the defaults as a whole.";
    UNKNOWN_AXIS_VALUE = Error "unknown-axis-value": "an axis does not have this value",
        "Values of an ordered axis, and labels of a closed set, are declared with the axis.";
    UNKNOWN_CATEGORY = Error "unknown-category": "a category does not exist",
        "Where a policy declares a taxonomy, categories are taken from it.";
    UNKNOWN_FIELD = Error "unknown-field": "a field does not exist",
        "Fields are the built-in ones and those under `fields:`. Labels and weights cannot be read by conditions.";
    UNKNOWN_LIST = Error "unknown-list": "a term list does not exist",
        "Term lists are declared under `terms:` or as files of the folder `terms`.";
    UNKNOWN_MARKET = Error "unknown-market": "a market does not exist",
        "Markets are declared as files of the folder `markets`, or under `markets:` in a single file.";
    UNKNOWN_RULE = Error "unknown-rule": "a rule does not exist",
        "Rules are referred to by their `id`.";
    UNKNOWN_SCORE = Error "unknown-score": "a score does not exist",
        "A score exists when a rule gives points to it.";

    // Conditions.
    CONDITION_COMMENT = Error "condition-comment": "a comment stands after a one-line condition",
        "After a one-line condition `#` would be read by YAML, inside a block by the condition language. Put the comment on a line of its own, or use a block after `|`.";
    CONDITION_SYNTAX = Error "condition-syntax": "a condition cannot be read",
        "The message says what was expected at this place.";
    MIXED_AND_OR = Warning "mixed-and-or": "`and` and `or` are mixed without parentheses",
        "`and` binds tighter than `or`. Parentheses make plain what was meant.";
    WRONG_TYPE = Error "wrong-type": "a value has the wrong type for this use",
        "Texts are asked with `has`, numbers and times are compared, lists are counted; only values of one type can be compared.";

    // Terms.
    BAD_REGEX = Error "bad-regex": "a regular expression cannot be used",
        "The syntax is that of the Rust `regex` crate. One that matches the empty text would hit everywhere.";
    BAD_SHEET = Error "bad-sheet": "a sheet or one of its cells cannot be read",
        "A list as CSV or XLSX has a header with a column `term`. Cells hold text; a spreadsheet may have turned a term into a date, a number or a formula.";
    EMPTY_LIST = Error "empty-list": "a list has no terms",
        "A list is given its terms under `terms:`, or by a `file:`.";
    EMPTY_TERM = Error "empty-term": "a term has nothing to match",
        "Nothing is left of the term after folding, so it would match everywhere or nowhere.";
    EMPTY_WINDOW = Error "empty-window": "a window of time is never open",
        "The end comes before the beginning.";
    REMOVE_MISSING = Error "remove-missing": "an overlay removes what is not there",
        "An entry is removed as the list writes it, and only where it is in force.";
    UNKNOWN_COLUMN = Warning "unknown-column": "a column of a sheet is not known",
        "Columns are named as the keys of a term. Columns whose name begins with `~` are for reading only.";
    UNUSED_LIST = Warning "unused-list": "no condition reads a list",
        "A list that nothing reads does nothing.";

    // Rules, exceptions, markets.
    BELOW_FLOOR = Error "below-floor": "a market loosens what is under a floor",
        "A floor says that no market may be milder: no narrower condition, no exception, no milder stage, share, effect, points or dates, and no fewer terms.";
    EXCEPTION_NEVER = Error "exception-never": "an exception names a rule that its `never` covers",
        "`never` is a floor of the exception.";
    FLOOR_ON_UNKNOWN = Error "floor-on-unknown": "a rule under a floor does not say `on_unknown`",
        "Where no market may be milder, it has to be said what happens when a field is missing.";
    MARKET_CYCLE = Error "market-cycle": "a market inherits from itself",
        "`inherits:` leads from a market to the one above it and has to end at a root.";
    NO_EXAMPLES = Warning "no-examples": "a rule has no examples",
        "Examples are run as tests and are what moderators read: at least one item that violates and one that is allowed.";
    NO_REVIEW_ROUTE = Warning "no-review-route": "the axes have no `routing: review`",
        "Items over a limit, and rules with `on_unknown: review`, go to review. Declare an axis `routing` with the value `review`, or say `on_incomplete:`.";
    REFERENCE_NOT_LIVE = Warning "reference-not-live": "a live rule refers to a rule that is not live",
        "A live rule sees only live rules; any other counts as false.";
    RULE_CYCLE = Error "rule-cycle": "rules refer to each other in a circle",
        "`rule()` and `score()` are decided in order; a circle has no order. Cycles are sought through conditions, exceptions and scores, in every market.";

    // YAML.
    BIDI_CONTROL = Warning "bidi-control": "an invisible character that reorders the text stands in the file",
        "Bidirectional overrides, embeddings and isolates (U+202A to U+202E, U+2066 to U+2069) make an editor show a line in another order than the one it is read in, so that a review approves something else. Write the character as an escape in double quotes, like \"\\u202e\".";
    YAML_ALIAS = Error "yaml-alias": "an alias (`*name`) is used",
        "Aliases repeat another part of the file by reference. A reviewer cannot see in a diff what they change, and nested ones explode, so they are not part of the policy language. Write the text out, name a term list, or use `rule(…)`. A value that begins with a literal `*` stands in quotes.";
    YAML_ANCHOR = Error "yaml-anchor": "an anchor (`&name`) is used",
        "Anchors mark a part of the file for repetition by an alias; neither is part of the policy language. A value that begins with a literal `&` stands in quotes.";
    YAML_BOM = Error "yaml-bom": "a file begins with a byte-order mark, or holds one",
        "The invisible character U+FEFF at the start of a file is left by some editors. Save the file as UTF-8 without a byte-order mark.";
    YAML_COMPLEX_KEY = Error "yaml-complex-key": "a key is not a plain piece of text",
        "Keys are short texts on one line. Lists and maps as keys, and the `? ` form, are not part of the policy language.";
    YAML_CONTROL_CHARACTER = Error "yaml-control-character": "a control character stands in the file",
        "YAML allows no control characters except tab and line ends. Write such a character as an escape in double quotes, like \"\\u0007\".";
    YAML_CONTINUED_LINE = Warning "yaml-continued-line": "a line that looks like a list entry continues the text above",
        "A value without quotes goes on over deeper lines, so `- b` below `a` is read as the text `a - b`. Align the `-` with its neighbours, or put the value into a block after `|`.";
    YAML_DIRECTIVE = Error "yaml-directive": "a directive (`%YAML`, `%TAG`) is used",
        "Directives are not part of the policy language. Remove the line.";
    YAML_DUPLICATE_KEY = Error "yaml-duplicate-key": "a key stands twice in one map",
        "Only one of the two values could count, and readers would disagree which. Remove or rename one of them.";
    YAML_MERGE_KEY = Error "yaml-merge-key": "a merge key (`<<`) is used",
        "Merge keys copy entries from elsewhere in the file. They are not part of the policy language: write the entries out.";
    YAML_SEVERAL_DOCUMENTS = Error "yaml-several-documents": "a file holds more than one document",
        "A line `---` begins another document. A policy file is one document: put the second into a file of its own.";
    YAML_SYNTAX = Error "yaml-syntax": "a file is not well-formed YAML",
        "The file cannot be read. The message says what was expected; most often a value has to be quoted, or its indentation differs from that of its neighbours.";
    YAML_TAB = Error "yaml-tab": "a line is indented by a tab",
        "YAML indents by spaces; a tab has no defined width. Replace it by spaces.";
    YAML_TAG = Error "yaml-tag": "a tag (`!name`) is used",
        "Tags give a value another type. In a policy the place gives the type, and a scalar is the text as written. A value that begins with a literal `!` stands in quotes.";
    YAML_TOO_DEEP = Error "yaml-too-deep": "maps and lists are nested too deeply",
        "A policy needs a handful of levels. The limit keeps a hostile file from exhausting the stack.";
    YAML_TOO_MANY_NODES = Error "yaml-too-many-nodes": "a file holds too many values",
        "The number of keys, values and list elements of a file is limited. Keep long term lists as CSV or TXT, or split the file.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_slugs() {
        let mut seen = BTreeSet::new();
        for code in ALL {
            assert!(seen.insert(code.id), "{} stands twice", code.id);
            assert!(!code.id.is_empty() && code.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", code.id);
            assert_eq!(find(code.id), Some(*code));
        }
        assert_eq!(find("no-such-code"), None);
    }

    #[test]
    fn texts_follow_the_style() {
        for code in ALL {
            assert!(!code.title.is_empty() && !code.title.ends_with('.'), "{}: a title has no full stop", code.id);
            let first = code.title.chars().next().unwrap();
            assert!(!first.is_uppercase(), "{}: a title begins in lower case", code.id);
            assert!(code.explanation.ends_with('.'), "{}: an explanation is made of sentences", code.id);
        }
    }
}
