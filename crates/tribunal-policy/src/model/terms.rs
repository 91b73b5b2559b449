//! Term lists.

use crate::ids::MarketId;
use crate::source::Span;
use crate::time::Instant;
use tribunal_text::Folds;

/// A term list.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: {sensitive: true, terms: [glock, revolver], allow: [toy glock]}}
/// rules: [{id: sale, when: caption has "for sale", effect: {routing: review}}]
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let [firearms, inline] = &policy.lists[..] else { return Err("two lists".into()) };
/// assert_eq!((firearms.name.as_str(), firearms.sensitive, firearms.entries.len(), firearms.terms), ("firearms", true, 3, 2));
/// assert_eq!((inline.name.as_str(), inline.inline), ("\"for sale\"", true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct List {
    /// Its name; for an inline term its text as written, quotes included.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Written in a condition instead of a list.
    pub inline: bool,
    /// Leaves the house only by name.
    pub sensitive: bool,
    /// For people.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Terms and allow entries, in the order written; additions of markets behind them.
    pub entries: Vec<Entry>,
    /// How many different terms [`Entry::term`] tells apart.
    pub terms: u32,
    /// The market whose file declares it; it is empty elsewhere.
    pub scope: Option<MarketId>,
}

/// How a term is matched.
///
/// ```
/// use tribunal_policy::model::Match;
///
/// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock, {term: pistol, match: prefix}]}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let modes: Vec<_> = policy.lists[0].entries.iter().map(|entry| entry.modes[0].0).collect();
/// assert_eq!((modes[1], modes[1].name()), (Match::Prefix, "prefix"));
/// assert_eq!(Match::ALL.len(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Match {
    /// A word, white space inside being any run of it.
    Word,
    /// Words with any separators between.
    Phrase,
    /// The beginning of a word.
    Prefix,
    /// The end of a word.
    Suffix,
    /// Anywhere.
    Substring,
    /// A whole hashtag.
    Tag,
    /// A whole field or element.
    Whole,
    /// A regular expression on the original text.
    Regex,
}

impl Match {
    /// All of them, in the order of the specification.
    pub const ALL: [Match; 8] = [Match::Word, Match::Phrase, Match::Prefix, Match::Suffix, Match::Substring, Match::Tag, Match::Whole, Match::Regex];

    /// As written in a policy.
    ///
    /// ```
    /// use tribunal_policy::model::Match;
    ///
    /// assert_eq!(Match::Substring.name(), "substring");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Match::Word => "word",
            Match::Phrase => "phrase",
            Match::Prefix => "prefix",
            Match::Suffix => "suffix",
            Match::Substring => "substring",
            Match::Tag => "tag",
            Match::Whole => "whole",
            Match::Regex => "regex",
        }
    }

    /// The folds of a term that says none (Exact meaning 6).
    ///
    /// ```
    /// use tribunal_policy::model::Match;
    /// use tribunal_text::Folds;
    ///
    /// // `gl0ck` is read as `glock` where whole words are looked for.
    /// assert!(Match::Word.default_folds().contains(Folds::LEET));
    /// assert_eq!(Match::Regex.default_folds(), Folds::CASE);
    /// ```
    pub fn default_folds(self) -> Folds {
        match self {
            Match::Word | Match::Phrase | Match::Tag => Folds::EVASIVE,
            Match::Prefix | Match::Suffix | Match::Substring | Match::Whole => Folds::PLAIN,
            Match::Regex => Folds::CASE,
        }
    }

    /// The same in a language: tones and vowel marks of Vietnamese make other words, and are folded where a list asks for it.
    ///
    /// ```
    /// use tribunal_policy::model::Match;
    /// use tribunal_text::Folds;
    ///
    /// assert!(!Match::Word.default_folds_in(Some("vi")).contains(Folds::DIACRITICS));
    /// assert_eq!(Match::Word.default_folds_in(Some("fr")), Match::Word.default_folds());
    /// ```
    pub fn default_folds_in(self, lang: Option<&str>) -> Folds {
        let is_vietnamese = lang.is_some_and(|lang| crate::primary(lang).eq_ignore_ascii_case("vi"));
        self.default_folds().minus(if is_vietnamese { Folds::DIACRITICS } else { Folds::NONE })
    }

    /// The mode of the text crate; `None` for a regular expression.
    ///
    /// ```
    /// use tribunal_policy::model::Match;
    ///
    /// assert_eq!(Match::Prefix.mode(), Some(tribunal_text::Mode::Prefix));
    /// assert_eq!(Match::Regex.mode(), None);
    /// ```
    pub fn mode(self) -> Option<tribunal_text::Mode> {
        Some(match self {
            Match::Word => tribunal_text::Mode::Word,
            Match::Phrase => tribunal_text::Mode::Phrase,
            Match::Prefix => tribunal_text::Mode::Prefix,
            Match::Suffix => tribunal_text::Mode::Suffix,
            Match::Substring => tribunal_text::Mode::Substring,
            Match::Tag => tribunal_text::Mode::Tag,
            Match::Whole => tribunal_text::Mode::Whole,
            Match::Regex => return None,
        })
    }
}

/// An entry of a list.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms:
///   firearms:
///     - {term: fierro, lang: es, only_lang: es, until: 2027-01-01, note: slang}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let entry = &policy.lists[0].entries[0];
/// assert_eq!((entry.text.as_str(), entry.place.as_str(), entry.allow), ("fierro", "demo.yaml:5", false));
/// assert_eq!((entry.only_lang.as_deref(), entry.note.as_deref()), (Some("es"), Some("slang")));
/// assert!(entry.until.is_some_and(|until| until.date_only));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Entry {
    /// The term exactly as written.
    pub text: String,
    /// A term, or a span that hides the hits inside it.
    pub allow: bool,
    /// Which term of the list it is: entries that are equal under `plain` share the number. Meaningless for allow entries.
    pub term: u32,
    /// Ways to match, each with its folds.
    pub modes: Vec<(Match, Folds)>,
    /// `lang` is tr or az: `i ı I İ` are one letter.
    pub turkish: bool,
    /// Its language; limits nothing.
    pub lang: Option<String>,
    /// In force in these markets and below; empty: everywhere. Additions and removals of overlays are in [`Entry::force`].
    pub markets: Vec<MarketId>,
    /// The overlays that touched it, in the order of [`Policy::markets`](super::Policy::markets).
    pub force: Force,
    /// First second in force.
    pub since: Option<Instant>,
    /// Last moment in force.
    pub until: Option<Instant>,
    /// Only for items whose language has this primary subtag or is unknown.
    pub only_lang: Option<String>,
    /// For people.
    pub sense: Option<String>,
    /// Where the term was found.
    pub source: Option<String>,
    /// For people.
    pub note: Option<String>,
    /// Disguises the author wants caught.
    pub evasions: Vec<String>,
    /// Where it is written; for a workbook the file as a whole.
    pub span: Span,
    /// `terms/firearms.yaml:4`, or the cell of a workbook.
    pub place: String,
}

/// In which markets an entry is in force, overlays applied: `global` for items without a market, then one bit a market.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock, revolver]}
/// markets:
///   - {market: MX, overrides: [{terms: firearms, add: [fierro], remove: [revolver], reason: Words of the region.}]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let words = |market| policy.lists[0].entries.iter().filter(move |entry| entry.force.in_market(market)).map(|entry| entry.text.as_str()).collect::<Vec<_>>();
/// assert_eq!(words(None), ["glock", "revolver"]);
/// assert_eq!(words(policy.market("MX")), ["glock", "fierro"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Force {
    /// For items without a (known) market.
    pub global: bool,
    /// By [`MarketId`].
    pub markets: Vec<bool>,
}

impl Force {
    /// Whether the entry is in force there.
    ///
    /// ```
    /// use tribunal_policy::{MarketId, model::Force};
    ///
    /// let force = Force { global: false, markets: vec![false, true] };
    /// assert_eq!([None, Some(MarketId(0)), Some(MarketId(1))].map(|market| force.in_market(market)), [false, false, true]);
    /// ```
    pub fn in_market(&self, market: Option<MarketId>) -> bool {
        match market {
            None => self.global,
            Some(id) => self.markets.get(id.index()).copied().unwrap_or(false),
        }
    }
}
