//! The fields of an item: the built-in schema of a short video and what a policy declares beside it.

use crate::cond::Literal;
use crate::ids::FieldId;
use crate::source::Span;

/// The type of a field.
///
/// ```
/// use tribunal_policy::fields::FieldType;
///
/// assert_eq!(FieldType::ALL.map(FieldType::name), ["text", "text_list", "id", "id_list", "number", "bool", "time"]);
/// // Terms are matched in texts; ids are compared.
/// assert!(FieldType::TextList.is_text() && FieldType::TextList.is_list() && !FieldType::Id.is_text());
/// assert!(FieldType::Number.is_scalar() && !FieldType::Text.is_scalar());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum FieldType {
    /// A text that terms are matched in.
    Text,
    /// A list of texts; nothing crosses its elements.
    TextList,
    /// A text compared exactly.
    Id,
    /// A list of texts compared exactly.
    IdList,
    /// An integer or a double.
    Number,
    /// True or false.
    Bool,
    /// Seconds since 1970-01-01 UTC.
    Time,
}

impl FieldType {
    /// All of them.
    pub const ALL: [FieldType; 7] =
        [FieldType::Text, FieldType::TextList, FieldType::Id, FieldType::IdList, FieldType::Number, FieldType::Bool, FieldType::Time];

    /// As written in a policy.
    pub fn name(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::TextList => "text_list",
            FieldType::Id => "id",
            FieldType::IdList => "id_list",
            FieldType::Number => "number",
            FieldType::Bool => "bool",
            FieldType::Time => "time",
        }
    }

    /// Terms are matched in it.
    pub fn is_text(self) -> bool {
        matches!(self, FieldType::Text | FieldType::TextList)
    }

    /// It has elements.
    pub fn is_list(self) -> bool {
        matches!(self, FieldType::TextList | FieldType::IdList)
    }

    /// Absent means unknown unless the policy says otherwise (texts and lists are empty then).
    pub fn is_scalar(self) -> bool {
        !(self.is_text() || self.is_list())
    }
}

/// What an absent field means.
///
/// ```
/// use tribunal_policy::{cond::Literal, fields::Missing};
///
/// let text = "policy: {id: demo, version: '1'}\nfields: {author.verified: {missing: false}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let missing = |name: &str| policy.fields.iter().find(|field| field.name == name).map(|field| &field.missing);
/// assert_eq!(missing("author.verified"), Some(&Missing::Value(Literal::Bool(false))));
/// assert_eq!((missing("author.age"), missing("caption")), (Some(&Missing::Unknown), Some(&Missing::Empty)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Missing {
    /// Unknown: the default of scalars.
    Unknown,
    /// Empty: the default of texts and lists.
    Empty,
    /// This value stands in.
    Value(Literal),
}

/// A field.
///
/// ```
/// use tribunal_policy::fields::{FieldType, Missing};
///
/// let text = "policy: {id: demo, version: '1'}\nfields: {product.title: {type: text}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let field = &policy.fields[policy.field("product.title").ok_or("declared")?.index()];
/// assert_eq!((field.ty, &field.missing), (FieldType::Text, &Missing::Empty));
/// assert!(field.declared.is_some_and(|span| policy.sources.line(span) == 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Field {
    /// Its dotted name.
    pub name: String,
    /// Its type.
    pub ty: FieldType,
    /// Part of `any text`.
    pub content: bool,
    /// What absence means.
    pub missing: Missing,
    /// Another name it is read by; the field's own name wins where an item has both.
    #[serde(skip)]
    pub alias: Option<&'static str>,
    /// Where a policy declares it; `None` for the built-in schema as it is.
    pub declared: Option<Span>,
    /// One sentence for the reference.
    pub doc: String,
}

/// The other name of a built-in field.
///
/// ```
/// assert_eq!(tribunal_policy::fields::alias_of("market"), Some("region"));
/// assert_eq!(tribunal_policy::fields::alias_of("caption"), None);
/// ```
pub fn alias_of(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|builtin| builtin.0 == name).and_then(|builtin| builtin.3)
}

/// A row of the built-in schema: name, type, content, alias, sentence.
///
/// ```
/// use tribunal_policy::fields::BUILTIN;
///
/// let names: Vec<_> = BUILTIN.iter().map(|field| field.name()).collect();
/// assert_eq!(names[..5], ["id", "market", "lang", "as_of", "caption"]);
/// ```
pub struct Builtin(&'static str, FieldType, bool, Option<&'static str>, &'static str);

impl Builtin {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0
    }
}

use FieldType::{Bool, Id, IdList, Number, Text, TextList, Time};

/// The built-in schema. The first four have fixed ids.
pub static BUILTIN: &[Builtin] = &[
    Builtin("id", Id, false, None, "The item's own id; an integer is its digits."),
    Builtin("market", Id, false, Some("region"), "The market whose overlay decides."),
    Builtin("lang", Id, false, Some("language"), "Language tag such as `pt-BR`."),
    Builtin("as_of", Time, false, None, "The moment the item is judged for."),
    Builtin("caption", Text, true, None, "What the author wrote under the video."),
    Builtin("transcript", Text, true, None, "Speech recognised in the video."),
    Builtin("ocr", Text, true, None, "Text recognised on the screen."),
    Builtin("sound.title", Text, true, Some("video.music_title"), "Title of the sound."),
    Builtin("hashtags", TextList, true, None, "Tags without `#`."),
    Builtin("author.name", Text, false, None, "Profile text: display name."),
    Builtin("author.bio", Text, false, None, "Profile text: biography."),
    Builtin("author.id", Id, false, None, "The author's id."),
    Builtin("sound.id", Id, false, None, "The sound's id."),
    Builtin("effects", IdList, false, None, "Ids of the effects used."),
    Builtin("author.age", Number, false, None, "Age in years."),
    Builtin("author.followers", Number, false, None, "Followers."),
    Builtin("author.following", Number, false, None, "Accounts the author follows."),
    Builtin("author.hearts", Number, false, None, "Likes the author has had."),
    Builtin("author.videos", Number, false, None, "Videos of the author."),
    Builtin("author.verified", Bool, false, None, "Verified account."),
    Builtin("author.private", Bool, false, None, "Private account."),
    Builtin("author.seller", Bool, false, None, "Seller account."),
    Builtin("author.created_at", Time, false, None, "When the account was made."),
    Builtin("video.duration_s", Number, false, None, "Length in seconds."),
    Builtin("video.width", Number, false, None, "Width in pixels."),
    Builtin("video.height", Number, false, None, "Height in pixels."),
    Builtin("video.is_ad", Bool, false, None, "Placed as an advertisement."),
    Builtin("video.is_sponsored", Bool, false, None, "Sponsored content."),
    Builtin("video.created_at", Time, false, None, "When the video was made."),
    Builtin("stats.plays", Number, false, None, "Views."),
    Builtin("stats.likes", Number, false, None, "Likes."),
    Builtin("stats.shares", Number, false, None, "Shares."),
    Builtin("stats.comments", Number, false, None, "Comments."),
    Builtin("stats.saves", Number, false, None, "Saves."),
    Builtin("stats.downloads", Number, false, None, "Downloads."),
];

/// Keys of an item that a policy cannot read or declare.
pub static UNREADABLE: &[&str] = &["label", "labels", "spans", "weight", "derived", "source", "pending"];

/// The built-in fields.
///
/// ```
/// use tribunal_policy::fields::{builtin, find};
///
/// let fields = builtin();
/// let sound = find(&fields, "video.music_title").ok_or("another name of it")?;
/// assert_eq!(fields[sound.index()].name, "sound.title");
/// // What `any text` looks at.
/// let content: Vec<_> = fields.iter().filter(|field| field.content).map(|field| field.name.as_str()).collect();
/// assert_eq!(content, ["caption", "transcript", "ocr", "sound.title", "hashtags"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn builtin() -> Vec<Field> {
    BUILTIN
        .iter()
        .map(|Builtin(name, ty, content, alias, doc)| Field {
            name: (*name).to_owned(),
            ty: *ty,
            content: *content,
            missing: default_missing(*ty),
            alias: *alias,
            declared: None,
            doc: (*doc).to_owned(),
        })
        .collect()
}

/// What absence means unless a policy says otherwise.
///
/// ```
/// use tribunal_policy::fields::{FieldType, Missing, default_missing};
///
/// assert_eq!([FieldType::Text, FieldType::Number].map(default_missing), [Missing::Empty, Missing::Unknown]);
/// ```
pub fn default_missing(ty: FieldType) -> Missing {
    if ty.is_scalar() { Missing::Unknown } else { Missing::Empty }
}

/// The field read by that name.
///
/// ```
/// use tribunal_policy::{FieldId, fields};
///
/// assert_eq!(fields::find(&fields::builtin(), "region"), Some(FieldId::MARKET));
/// assert_eq!(fields::find(&fields::builtin(), "colour"), None);
/// ```
pub fn find(fields: &[Field], name: &str) -> Option<FieldId> {
    let at = fields.iter().position(|field| field.name == name).or_else(|| fields.iter().position(|field| field.alias == Some(name)))?;
    Some(FieldId(u32::try_from(at).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_ids_are_where_they_are_said_to_be() {
        let fields = builtin();
        for (id, name) in [(FieldId::ID, "id"), (FieldId::MARKET, "market"), (FieldId::LANG, "lang"), (FieldId::AS_OF, "as_of")] {
            assert_eq!(find(&fields, name), Some(id));
        }
        assert_eq!(find(&fields, "region"), Some(FieldId::MARKET));
        assert_eq!(find(&fields, "nothing"), None);
    }
}
