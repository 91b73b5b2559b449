//! Every key a policy may hold, in one place: the loader refuses others, the JSON Schema and the language reference are
//! written from the same tables.

/// What stands at a key.
///
/// ```
/// use tribunal_policy::keys::{KeyKind, RULE};
///
/// let kind = |name: &str| RULE.keys.iter().find(|key| key.name == name).map(|key| key.kind);
/// assert_eq!((kind("when"), kind("effect"), kind("colour")), (Some(KeyKind::Condition), Some(KeyKind::Effect), None));
/// assert!(matches!(kind("stage"), Some(KeyKind::Choice(words)) if words.contains(&"shadow")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A text, as written.
    Text,
    /// A text for people, or a map from languages to texts.
    Prose,
    /// A map from languages to texts.
    ByLang,
    /// A name: `[a-z][a-z0-9_-]*`.
    Name,
    /// An upper-case market name.
    Market,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A date or a point in time.
    Date,
    /// A condition.
    Condition,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A text or a list of texts.
    Texts,
    /// A language tag.
    Lang,
    /// A language tag or a list of them.
    Langs,
    /// A list of values, or one value: see the sentence.
    List,
    /// A map from names to values.
    MapOf(&'static MapSpec),
    /// A list of maps.
    ListOf(&'static MapSpec),
    /// A map with these keys.
    One(&'static MapSpec),
    /// Axis names to values.
    Effect,
    /// Several forms: see the sentence.
    Free,
}

/// A key of a map.
///
/// ```
/// use tribunal_policy::keys::POLICY;
///
/// let required: Vec<_> = POLICY.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
/// assert_eq!(required, ["id", "version"]);
/// assert!(POLICY.keys.iter().all(|key| key.doc.ends_with('.')));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// The key.
    pub name: &'static str,
    /// What stands there.
    pub kind: KeyKind,
    /// It has to be there.
    pub required: bool,
    /// One sentence.
    pub doc: &'static str,
}

/// A map with fixed keys.
///
/// ```
/// use tribunal_policy::keys;
///
/// // A reference page with one table for each kind of map.
/// for map in keys::ALL {
///     println!("## {}\n\n{}\n", map.name, map.doc);
///     map.keys.iter().for_each(|key| println!("- `{}`: {}", key.name, key.doc));
/// }
/// assert!(keys::ALL.iter().any(|map| map.name == "rule"));
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct MapSpec {
    /// What it describes.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Its keys.
    pub keys: &'static [KeySpec],
}

const fn key(name: &'static str, kind: KeyKind, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, doc }
}

const fn need(name: &'static str, kind: KeyKind, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: true, doc }
}

use KeyKind::{Bool, ByLang, Choice, Condition, Date, Effect, Free, Lang, Langs, List, ListOf, MapOf, Market, Name, Number, One, Prose, Text, Texts};

/// Ways to match.
pub const MATCHES: &[&str] = &["word", "phrase", "prefix", "suffix", "substring", "tag", "whole", "regex"];
/// Life cycle of a rule.
pub const STAGES: &[&str] = &["off", "draft", "shadow", "live"];
/// When a rule cannot be judged.
pub const ON_UNKNOWN: &[&str] = &["ignore", "review", "apply"];
/// Types of fields.
pub const TYPES: &[&str] = &["text", "text_list", "id", "id_list", "number", "bool", "time"];
/// Kinds of axes.
pub const AXIS_KINDS: &[&str] = &["ordered", "set"];
/// Intentions of an override.
pub const INTENTS: &[&str] = &["tighten", "loosen", "disable", "add"];

/// The head of a policy.
pub static POLICY: MapSpec = MapSpec {
    name: "policy",
    doc: "The policy's identity.",
    keys: &[
        need("id", Name, "Name of the policy."),
        need("version", Text, "Version, as written."),
        key("title", Prose, "Title for people."),
        key("lang", Lang, "Language of its texts for people, where they do not say another."),
        key("language", Choice(&["1"]), "Version of the policy language; 1."),
        key("owner", Text, "Who answers for the policy."),
        key("description", Prose, "What the policy is about."),
    ],
};

/// A policy file that is not a market.
pub static DOCUMENT: MapSpec = MapSpec {
    name: "policy file",
    doc: "A policy file. A small policy is one such file; a folder spreads it over several.",
    keys: &[
        key("policy", One(&POLICY), "Identity; once in a policy."),
        key("fields", MapOf(&FIELD), "Further fields of an item, or what a missing built-in field means."),
        key("axes", MapOf(&AXIS), "The axes of effects in place of the default ones, as a whole."),
        key("taxonomy", Free, "Categories: a list of names, or a map from names to where each is in scope."),
        key("surfaces", Free, "Which fields a deployment scans: a map from surfaces to lists of fields."),
        key("ordinary_words", Name, "A list of ordinary words: a disguised reading that is one of them is refused."),
        key("on_incomplete", Effect, "What an item over a limit contributes; `routing: review` by default."),
        key("floors", Texts, "Categories (`x/*`) or rules that no market may loosen."),
        key("include", Texts, "Further files of the folder: paths and globs."),
        key("terms", MapOf(&LIST), "Term lists by name."),
        key("rules", ListOf(&RULE), "Rules."),
        key("exceptions", ListOf(&EXCEPTION), "Exceptions that serve several rules."),
        key("markets", ListOf(&MARKET), "Markets with their overlays."),
        key("allow", ListOf(&ALLOWED), "Findings of `tribunal analyze` that are accepted, each with `about:`."),
    ],
};

/// A market.
pub static MARKET: MapSpec = MapSpec {
    name: "market",
    doc: "A market: what it tightens, loosens, disables or adds.",
    keys: &[
        need("market", Market, "Upper-case name."),
        key("inherits", Market, "The market above it."),
        key("title", Prose, "Name for people."),
        key("languages", Langs, "Languages spoken in it."),
        key("overrides", ListOf(&OVERRIDE), "Changes of rules and lists, each with a reason."),
        key("floors", Texts, "Categories or rules that no market below may loosen."),
        key("terms", MapOf(&LIST), "Lists in force here and below."),
        key("rules", ListOf(&RULE), "Rules in force here and below."),
        key("exceptions", ListOf(&EXCEPTION), "Exceptions in force here and below."),
        key("allow", ListOf(&ALLOWED), "Findings about this market that are accepted."),
    ],
};

/// A finding of an analysis that its owner accepts.
pub static ALLOWED: MapSpec = MapSpec {
    name: "accepted finding",
    doc: "A finding of `tribunal analyze` that is accepted. Past its `until` it is told again.",
    keys: &[
        need("code", Text, "Its code (`exception-bypass`) or short id (`C10`)."),
        key("about", Text, "The rule, list, category or market it is about; at a rule or in a market's file it may be left out."),
        need("reason", Text, "Why it is accepted."),
        key("until", Date, "Last day on which it is."),
        key("owner", Text, "Who accepted it."),
    ],
};

/// A field declaration.
pub static FIELD: MapSpec = MapSpec {
    name: "field",
    doc: "A field of an item.",
    keys: &[
        key("type", Choice(TYPES), "Its type; not given for a built-in field."),
        key("missing", Text, "What absence means: `unknown`, `empty` or a value."),
        key("title", Text, "Name for people."),
        key("description", Text, "What it holds."),
    ],
};

/// An axis.
pub static AXIS: MapSpec = MapSpec {
    name: "axis",
    doc: "An axis of effects.",
    keys: &[
        need("kind", Choice(AXIS_KINDS), "`ordered`: the strictest contribution holds; `set`: the union of labels."),
        key("values", Texts, "Values, mildest first; of a set the labels allowed, any without it."),
        key("description", Text, "What it controls."),
    ],
};

/// A term list.
pub static LIST: MapSpec = MapSpec {
    name: "term list",
    doc: "A term list.",
    keys: &[
        key("match", Texts, "Ways to match: one or several of word (default), phrase, prefix, suffix, substring, tag, whole, regex."),
        key("folds", Texts, "What is undone before comparing: plain, evasive, none, single folds; `-name` subtracts."),
        key("terms", List, "Terms: texts, or maps with the keys of a term."),
        key("allow", List, "Entries that hide the hits inside their span."),
        key("file", Text, "A CSV, TXT or XLSX file with the terms, relative to the policy's folder."),
        key("sensitive", Bool, "Leaves the house only by name."),
        key("lang", Text, "Language of its terms, unless a term says otherwise."),
        key("owner", Text, "Who answers for it."),
        key("description", Text, "What it holds."),
        key("source", Text, "Where its terms come from."),
        key("note", Text, "For people."),
    ],
};

/// A term.
pub static TERM: MapSpec = MapSpec {
    name: "term",
    doc: "A term of a list.",
    keys: &[
        need("term", Text, "The term, exactly as written."),
        key("match", Texts, "Ways to match, in place of the list's."),
        key("folds", Texts, "Folds, in place of the list's."),
        key("lang", Text, "Its language; limits nothing."),
        key("only_lang", Text, "Only items of this language, or of an unknown one."),
        key("markets", Texts, "Only in these markets and below."),
        key("since", Date, "First day in force."),
        key("until", Date, "Last day in force."),
        key("sense", Text, "What it means."),
        key("source", Text, "Where it was found."),
        key("note", Text, "For people."),
        key("evasions", Texts, "Disguises that have to be caught."),
        key("allow", Bool, "In a sheet: `yes` makes it an allow entry."),
    ],
};

/// A rule.
pub static RULE: MapSpec = MapSpec {
    name: "rule",
    doc: "A rule.",
    keys: &[
        need("id", Name, "Its name."),
        key("title", Prose, "Title for people."),
        key("category", Text, "Node of the taxonomy."),
        key("clause", Text, "The public clause a statement of reasons cites."),
        key("stage", Choice(STAGES), "off, draft, shadow or live; said by every rule of a folder."),
        key("rollout", Free, "A share (`10%`), or `{share: 10%, by: author.id}`; sticky."),
        need("when", Condition, "What has to hold."),
        key("unless", Free, "Its exception: a condition, or `{when: …, becomes: …}`."),
        key("on_unknown", Choice(ON_UNKNOWN), "When it cannot be judged: ignore (default), review or apply."),
        key("effect", Effect, "What it does: axis names to values."),
        key("points", Free, "Points it gives: score names to numbers."),
        key("severity", Text, "For people and reports."),
        key("rationale", Prose, "Why the rule exists."),
        key("owner", Text, "Who answers for it."),
        key("reason", Prose, "Why it is as it is."),
        key("legal_basis", Text, "Law it rests on."),
        key("effective_from", Date, "First day in force."),
        key("effective_until", Date, "Last day in force; `until` is the same."),
        key("until", Date, "Last day in force."),
        key("review_by", Date, "When somebody has to look again."),
        key("floor", Bool, "No market may be milder."),
        key("notice", ByLang, "Texts for those concerned, by language."),
        key("examples", One(&EXAMPLES), "Items it must fire on, and must not."),
        key("allow", ListOf(&ALLOWED), "Findings about this rule that are accepted."),
    ],
};

/// Examples of a rule.
pub static EXAMPLES: MapSpec = MapSpec {
    name: "examples",
    doc: "Examples of a rule; a bare text is a caption.",
    keys: &[key("violates", List, "The rule fires on these."), key("allowed", List, "The rule does not fire on these.")],
};

/// A rule's exception in its long form.
pub static UNLESS: MapSpec = MapSpec {
    name: "unless",
    doc: "An exception that may soften.",
    keys: &[need("when", Condition, "What has to hold."), key("becomes", Effect, "The effect in place of the rule's own."), key("reason", Prose, "Why.")],
};

/// A shared exception.
pub static EXCEPTION: MapSpec = MapSpec {
    name: "exception",
    doc: "An exception that serves several rules.",
    keys: &[
        need("id", Name, "Its name."),
        key("title", Prose, "Title for people."),
        need("applies_to", Texts, "Rules by name, or categories (`x/*`)."),
        need("when", Condition, "What has to hold."),
        key("becomes", Effect, "The effect in place of the rules' own; without it they do not fire."),
        key("never", Texts, "Rules or categories it must never serve."),
        key("reason", Prose, "Why."),
        key("owner", Text, "Who answers for it."),
    ],
};

/// An override of a market.
pub static OVERRIDE: MapSpec = MapSpec {
    name: "override",
    doc: "A change of one rule or one list in a market.",
    keys: &[
        key("rule", Name, "The rule it changes."),
        key("terms", Name, "The list it changes."),
        key("reason", Prose, "Why; has to be there."),
        key("legal_basis", Text, "Law it rests on."),
        key("approved_by", Text, "Who approved it."),
        key("review_by", Date, "When somebody has to look again."),
        key("intent", Choice(INTENTS), "What it means to do."),
        key("stage", Choice(STAGES), "Stage here."),
        key("rollout", Free, "Share here."),
        key("effect", Effect, "Axes it names are replaced; on a set axis `{add: […], remove: […]}` edits."),
        key("when", Condition, "In place of the condition."),
        key("tighten", Condition, "The rule fires on this too: (P) or (T)."),
        key("loosen", Condition, "The rule needs this too: (P) and (L)."),
        key("unless", Free, "In place of its exception; `none` removes it."),
        key("points", Free, "In place of its points."),
        key("effective_from", Date, "First day in force here."),
        key("effective_until", Date, "Last day in force here; `until` is the same."),
        key("until", Date, "Last day in force here."),
        key("add", List, "Terms put into the list here."),
        key("remove", Texts, "Terms taken out of the list here."),
        key("allow", List, "Allow entries put in here."),
        key("disallow", Texts, "Allow entries taken out here."),
    ],
};

/// A category of the taxonomy.
pub static CATEGORY: MapSpec = MapSpec {
    name: "category",
    doc: "Where a category is in scope.",
    keys: &[
        key("title", Prose, "Title for people."),
        key("description", Prose, "What it covers."),
        key("markets", Texts, "Markets in which it is in scope; all without it."),
        key("languages", Langs, "Languages in which it is in scope."),
        key("fields", Texts, "Fields in which it is in scope."),
        key("harm", Number, "Rank of the harm, the greater the worse."),
    ],
};

/// A rollout in its long form.
pub static ROLLOUT: MapSpec = MapSpec {
    name: "rollout",
    doc: "A sticky share of the items.",
    keys: &[need("share", Text, "A percentage with at most four decimals: `10%`."), key("by", Text, "The field that decides who is in; `id` by default.")],
};

/// Every map with fixed keys.
pub static ALL: &[&MapSpec] =
    &[&DOCUMENT, &POLICY, &FIELD, &AXIS, &LIST, &TERM, &RULE, &EXAMPLES, &UNLESS, &EXCEPTION, &MARKET, &OVERRIDE, &CATEGORY, &ROLLOUT, &ALLOWED];
