//! Writes the pages of `docs/reference` from the code, so that neither can say what the other does not.
//!
//! `cargo run -p xtask -- docs [--check]` runs this. It is no part of that crate, which has to build before the tables
//! of `tribunal-text` are there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tribunal_policy::codes;
use tribunal_policy::fields::{self, Field, FieldType, Missing};
use tribunal_policy::keys::{self, KeyKind, KeySpec, MapSpec};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => docs(false),
        ["--check"] => docs(true),
        _ => Err("usage: reference [--check]".into()),
    }
}

/// Writes every page, or with `check` names the first that is not as the code gives it.
fn docs(check: bool) -> Outcome<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("docs/reference");
    let pages = [
        ("policy-keys.md", policy_keys()),
        ("fields.md", item_fields()),
        ("diagnostics.md", diagnostics(&root.join("tests/diagnostics"))?),
        ("schema.json", format!("{:#}\n", tribunal_policy::schema::schema())),
    ];
    for (name, content) in pages {
        let path: PathBuf = folder.join(name);
        if check {
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            if committed != content {
                return Err(format!("docs/reference/{name} differs from what the code gives; run `xtask docs`").into());
            }
        } else {
            std::fs::create_dir_all(&folder)?;
            std::fs::write(&path, content)?;
            println!("wrote docs/reference/{name}");
        }
    }
    Ok(())
}

const GENERATED: &str = "<!-- Written by `cargo run -p xtask -- docs`. Change the code, not this page. -->\n";

/// Text that may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn anchor(name: &str) -> String {
    name.replace(' ', "-")
}

fn link(spec: &MapSpec) -> String {
    format!("[{}](#{})", spec.name, anchor(spec.name))
}

fn kind(key: &KeySpec) -> String {
    match key.kind {
        KeyKind::Text => "text".to_owned(),
        KeyKind::Prose => "text, or [texts by language](../language.md#texts-for-people)".to_owned(),
        KeyKind::ByLang => "[texts by language](../language.md#texts-for-people)".to_owned(),
        KeyKind::Name => "name".to_owned(),
        KeyKind::Market => "market name".to_owned(),
        KeyKind::Bool => "`true` or `false`".to_owned(),
        KeyKind::Number => "number".to_owned(),
        KeyKind::Date => "date or time".to_owned(),
        KeyKind::Condition => "[condition](../language.md#conditions)".to_owned(),
        KeyKind::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        KeyKind::Texts => "text, or list of texts".to_owned(),
        KeyKind::Lang => "language tag".to_owned(),
        KeyKind::Langs => "language tag, or list of them".to_owned(),
        KeyKind::List => "list, or one value".to_owned(),
        KeyKind::MapOf(spec) => format!("map from names to {}", link(spec)),
        KeyKind::ListOf(spec) => format!("list of {}", link(spec)),
        KeyKind::One(spec) => format!("map: {}", link(spec)),
        KeyKind::Effect => "[effect](../language.md#effects)".to_owned(),
        KeyKind::Free => "see the sentence".to_owned(),
    }
}

fn policy_keys() -> String {
    let mut out = format!(
        "{GENERATED}\n# Keys of a policy\n\nEvery key that a policy may hold. Any other key is the error `unknown-key`. What the parts mean is told in the [language reference](../language.md).\n\n"
    );
    out.push_str("- *text*: a YAML scalar exactly as written; `no`, `007` and `5.10` stay so.\n");
    out.push_str("- *name*: a lower-case letter, then lower-case letters, digits, `_` or `-`. *Market names* are upper case.\n");
    out.push_str("- *date or time*: `2026-11-01`, `2026-11-01T10:00:00Z` or epoch seconds; without a zone it is UTC.\n\n");
    for spec in keys::ALL {
        let _ = writeln!(out, "## {}\n\n{}\n", spec.name, spec.doc);
        out.push_str("| key | value | meaning |\n|---|---|---|\n");
        for key in spec.keys {
            let required = if key.required { " **(required)**" } else { "" };
            let _ = writeln!(out, "| `{}`{required} | {} | {} |", key.name, cell(&kind(key)), cell(key.doc));
        }
        out.push('\n');
    }
    trimmed(out)
}

fn item_fields() -> String {
    let mut out = format!(
        "{GENERATED}\n# Fields of an item\n\nThe built-in fields of a short video, as conditions name them. A policy declares further ones under `fields:`, and says there what a missing built-in field means.\n\n"
    );
    type Pick = fn(&Field) -> bool;
    let groups: [(&str, &str, Pick); 6] = [
        ("Content text", "Read by `any text`, and by name. Absent is empty.", |field| field.content),
        ("Profile text", "Matched only when it is named. Absent is empty.", |field| field.ty.is_text() && !field.content),
        ("Ids", "Compared exactly, with `=`, `in`, and a list of them with `has`. An absent id is unknown, an absent list empty.", |field| {
            matches!(field.ty, FieldType::Id | FieldType::IdList)
        }),
        ("Numbers", "Absent is unknown.", |field| field.ty == FieldType::Number),
        ("True or false", "Absent is unknown.", |field| field.ty == FieldType::Bool),
        ("Times", "Epoch seconds or ISO 8601; without a zone UTC, a bare date its first second. Absent is unknown.", |field| field.ty == FieldType::Time),
    ];
    let all = fields::builtin();
    for (title, sentence, pick) in groups {
        let _ = writeln!(out, "## {title}\n\n{sentence}\n");
        out.push_str("| field | type | also read as | missing | meaning |\n|---|---|---|---|---|\n");
        for field in all.iter().filter(|field| pick(field)) {
            let missing = match &field.missing {
                Missing::Unknown => "unknown",
                Missing::Empty => "empty",
                Missing::Value(_) => "a value",
            };
            let alias = field.alias.map(|alias| format!("`{alias}`")).unwrap_or_default();
            let _ = writeln!(out, "| `{}` | {} | {alias} | {missing} | {} |", field.name, field.ty.name(), cell(&field.doc));
        }
        out.push('\n');
    }
    let unreadable: Vec<String> = fields::UNREADABLE.iter().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(
        out,
        "## Keys that conditions cannot read\n\n{}. They are for measuring, or say how an item came to be: a decision that read them would judge itself.",
        unreadable.join(", ")
    );
    trimmed(out)
}

fn diagnostics(goldens: &Path) -> Outcome<String> {
    let mut out = format!(
        "{GENERATED}\n# Diagnostics\n\nEvery finding has a stable code, which stands in brackets at the end of its line. An *error* keeps a policy from being used; a *warning* does not, unless warnings are denied. All findings are reported in one run.\n\n"
    );
    out.push_str("| code | | finding |\n|---|---|---|\n");
    let mut sorted: Vec<_> = codes::ALL.to_vec();
    sorted.sort_by_key(|code| code.id);
    for code in &sorted {
        let _ = writeln!(out, "| [`{0}`](#{0}) | {1} | {2} |", code.id, code.severity.name(), cell(code.title));
    }
    out.push('\n');
    for code in &sorted {
        let _ = writeln!(out, "## {}\n\n{}: {}.\n\n{}\n", code.id, capital(code.severity.name()), code.title, code.explanation);
        let path = goldens.join(format!("{}.txt", code.id));
        if path.exists() {
            let text = std::fs::read_to_string(&path)?;
            let _ = writeln!(out, "```text\n{}\n```\n", text.trim_end());
        }
    }
    Ok(trimmed(out))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// One line end at the end.
fn trimmed(mut page: String) -> String {
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}
