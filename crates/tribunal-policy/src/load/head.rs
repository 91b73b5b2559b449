//! The parts of a policy that stand alone: identity, fields, taxonomy, surfaces.

use std::collections::BTreeMap;

use crate::codes;
use crate::cond::Literal;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::fields::{self, Field, FieldType, Missing};
use crate::ids::{FieldId, MarketId};
use crate::keys;
use crate::load::reader::{self, Map};
use crate::model::{Allowed, Category, Prose};
use crate::num::Decimal;
use crate::source::Span;
use crate::suggest;
use crate::time;
use crate::yaml::{Node, Value};

/// What to do about a field that does not exist.
pub(crate) const NO_FIELD: &str = "declare it under `fields:` with its type, or use a built-in field";

fn unknown_field(name: &str, span: Span, all: &[Field]) -> Diagnostic {
    let help = suggest::did_you_mean(name, all.iter().map(|field| field.name.as_str())).unwrap_or_else(|| NO_FIELD.to_owned());
    Diagnostic::new(&codes::UNKNOWN_FIELD, span, format!("there is no field `{name}`")).help(help)
}

/// Who the policy is.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) title: Option<Prose>,
    pub(crate) lang: Option<String>,
}

pub(crate) fn head(node: &Node, out: &mut Diagnostics) -> Head {
    let Some(map) = Map::new(node, &keys::POLICY, out) else { return Head::default() };
    let id = map.text("id", out).unwrap_or_default();
    if let Some(node) = map.get("id") {
        reader::checked_name(&id, node.span, "policy", out);
    }
    if let (Some(node), Some(language)) = (map.get("language"), map.text("language", out))
        && language != "1"
    {
        out.push(
            Diagnostic::new(&codes::WRONG_VALUE, node.span, format!("language version `{language}` is not known here"))
                .help("this version of tribunal reads language 1"),
        );
    }
    let lang = map.text("lang", out);
    if let (Some(node), Some(tag)) = (map.get("lang"), &lang) {
        reader::checked_lang(tag, node.span, out);
    }
    map.prose("description", lang.as_deref(), out);
    let title = map.prose("title", lang.as_deref(), out);
    Head { id, version: map.text("version", out).unwrap_or_default(), title, lang }
}

/// `fields:`: further fields, and what a missing built-in field means.
pub(crate) fn declare_fields(node: &Node, all: &mut Vec<Field>, out: &mut Diagnostics) {
    let entries = match &node.value {
        Value::Map(entries) => entries,
        Value::Invalid => return,
        _ => {
            out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span, "expected a map from field names to their types")
                    .help("for example `fields: {author.verified_dealer: {type: bool, missing: false}}`"),
            );
            return;
        }
    };
    for entry in entries {
        let name = entry.key.text.as_str();
        let Some(map) = Map::new(&entry.value, &keys::FIELD, out) else { continue };
        let written = map.choice("type", keys::TYPES, out).and_then(|word| FieldType::ALL.into_iter().find(|ty| ty.name() == word));
        if name == "pending" || fields::UNREADABLE.iter().any(|key| *key == name || name.starts_with(&format!("{key}."))) {
            out.push(
                Diagnostic::new(&codes::BAD_NAME, entry.key.span, format!("`{name}` cannot be declared: it is not read by conditions"))
                    .help("labels and weights are for measuring; give a field that conditions read another name"),
            );
            continue;
        }
        if let Some(at) = fields::find(all, name) {
            let Some(field) = all.get_mut(at.index()) else { continue };
            if let Some(first) = field.declared {
                out.push(
                    Diagnostic::new(&codes::DUPLICATE_NAME, entry.key.span, format!("the field `{name}` is declared twice"))
                        .secondary(first, "first here")
                        .help("keep one of the two"),
                );
                continue;
            }
            if let Some(ty) = written
                && ty != field.ty
            {
                out.push(
                    Diagnostic::new(&codes::WRONG_TYPE, map.span_of(&["type"]), format!("`{name}` is a built-in field of type {}", field.ty.name()))
                        .help("leave `type` out; only `missing` can be set for it"),
                );
            }
            field.declared = Some(entry.key.span);
            if let Some(missing) = missing(&map, field.ty, out) {
                field.missing = missing;
            }
            continue;
        }
        if !name.split('.').all(reader::is_name) || crate::cond::is_keyword(name) {
            out.push(
                Diagnostic::new(&codes::BAD_NAME, entry.key.span, format!("`{name}` cannot name a field"))
                    .help("parts joined by dots, each a lower-case letter, then lower-case letters, digits, `_` or `-`; no keyword"),
            );
        }
        let Some(ty) = written else {
            if map.get("type").is_none() {
                out.push(
                    Diagnostic::new(&codes::MISSING_KEY, entry.key.span, format!("the field `{name}` has no `type`"))
                        .help(format!("the types are {}", keys::TYPES.join(", "))),
                );
            }
            continue;
        };
        let missing = missing(&map, ty, out).unwrap_or_else(|| fields::default_missing(ty));
        all.push(Field {
            name: name.to_owned(),
            ty,
            content: ty.is_text(),
            missing,
            alias: None,
            declared: Some(entry.key.span),
            doc: map.text("description", out).unwrap_or_default(),
        });
    }
}

/// `missing:` is `unknown`, `empty` or a value of the field's type.
fn missing(map: &Map<'_>, ty: FieldType, out: &mut Diagnostics) -> Option<Missing> {
    let node = map.get("missing")?;
    let text = reader::text(node, out)?;
    let literal = match (text, ty) {
        ("unknown", _) => return Some(Missing::Unknown),
        ("empty", ty) if !ty.is_scalar() => return Some(Missing::Empty),
        ("empty", _) => None,
        (text, FieldType::Number) => Decimal::parse(text).map(Literal::Number),
        ("true", FieldType::Bool) => Some(Literal::Bool(true)),
        ("false", FieldType::Bool) => Some(Literal::Bool(false)),
        (_, FieldType::Bool) => None,
        (text, FieldType::Time) => time::parse(text).map(|instant| Literal::Time(instant.seconds)),
        (text, FieldType::Text | FieldType::Id | FieldType::TextList | FieldType::IdList) => Some(Literal::Text(text.to_owned())),
    };
    if literal.is_none() {
        let help = if ty.is_scalar() { "write `unknown`, or a value of the field's type" } else { "write `unknown`, `empty` or a text" };
        out.push(Diagnostic::new(&codes::WRONG_VALUE, node.span, format!("`{text}` cannot stand for a missing field of type {}", ty.name())).help(help));
    }
    literal.map(Missing::Value)
}

/// `taxonomy:`: a list of names, or a map from names to where each is in scope.
pub(crate) fn taxonomy(node: &Node, all: &[Field], markets: &BTreeMap<String, MarketId>, lang: Option<&str>, out: &mut Diagnostics) -> Vec<Category> {
    match &node.value {
        Value::Seq(_) => reader::texts(node, out).into_iter().map(|(name, _)| Category { name, ..Category::default() }).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|entry| {
                let mut category = Category { name: entry.key.text.clone(), ..Category::default() };
                if let Value::Scalar(_) = &entry.value.value {
                    category.title = reader::text(&entry.value, out).map(|text| Prose::plain(text.to_owned(), lang));
                } else if let Some(map) = Map::new(&entry.value, &keys::CATEGORY, out) {
                    let known = |name: &str| fields::find(all, name).is_some();
                    category.markets = map
                        .texts("markets", out)
                        .into_iter()
                        .map(|(name, span)| {
                            if !markets.contains_key(&name) {
                                out.push(super::markets::unknown(&name, span, markets));
                            }
                            name
                        })
                        .collect();
                    category.languages = map.langs("languages", out);
                    category.fields = map
                        .texts("fields", out)
                        .into_iter()
                        .map(|(name, span)| {
                            if !known(&name) {
                                out.push(unknown_field(&name, span, all));
                            }
                            name
                        })
                        .collect();
                    category.title = map.prose("title", lang, out);
                    map.prose("description", lang, out);
                    category.harm = map.get("harm").and_then(|node| {
                        let text = reader::text(node, out)?;
                        let rank = Decimal::parse(text);
                        if rank.is_none() {
                            let message = format!("`{text}` is no rank of a harm");
                            out.push(Diagnostic::new(&codes::WRONG_VALUE, node.span, message).help("write a number, the greater the worse"));
                        }
                        rank
                    });
                }
                category
            })
            .collect(),
        Value::Invalid => Vec::new(),
        Value::Scalar(_) => {
            out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span, "expected a list or a map of categories")
                    .help("for example `taxonomy: [regulated-goods, regulated-goods/firearms]`"),
            );
            Vec::new()
        }
    }
}

/// `surfaces:`: which fields a deployment scans.
pub(crate) fn surfaces(node: &Node, all: &[Field], out: &mut Diagnostics) -> BTreeMap<String, Vec<FieldId>> {
    let Value::Map(entries) = &node.value else {
        if !node.is_invalid() {
            out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span, "expected a map from surfaces to lists of fields")
                    .help("for example `surfaces: {upload: [caption, hashtags]}`"),
            );
        }
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let mut ids = Vec::new();
        for (name, span) in reader::texts(&entry.value, out) {
            match fields::find(all, &name) {
                Some(id) => ids.push(id),
                None => out.push(unknown_field(&name, span, all)),
            }
        }
        found.insert(entry.key.text.clone(), ids);
    }
    found
}

/// `allow:` of a file, a market or a rule: findings that are accepted. `about` is what they are about where they do not say.
pub(crate) fn allowed(node: &Node, about: Option<&str>, market: Option<&str>, out: &mut Diagnostics) -> Vec<Allowed> {
    let mut found = Vec::new();
    for node in reader::items(node, "allow", false, out) {
        let Some(map) = Map::new(node, &keys::ALLOWED, out) else { continue };
        let (Some(code), Some(reason)) = (map.text("code", out), map.text("reason", out)) else { continue };
        let said = map.text("about", out);
        let until = map.date("until", out);
        let owner = map.text("owner", out);
        if said.is_none() && about.is_none() && market.is_none() {
            out.push(
                Diagnostic::new(&codes::MISSING_KEY, node.span.at_start(), "this accepted finding does not say what it is about")
                    .help("write `about:` with the name of the rule, list, category or market"),
            );
            continue;
        }
        let about = said.or_else(|| about.map(str::to_owned));
        found.push(Allowed { code, about, market: market.map(str::to_owned), reason, until, owner, span: node.span });
    }
    found
}
