//! Texts for people, in one language or in several.

use std::collections::BTreeMap;
use std::ops::Deref;

/// A text for people: written once, or once in each of several languages. Read as a `str` it is its *own* text: the one in the
/// language of the policy, else the English one, else the first by tag.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1", lang: en}
/// rules:
///   - id: gun
///     title: {en: Firearms, pt: Armas de fogo}
///     rationale: Nobody sells firearms here.
///     when: any text has "glock"
///     effect: {routing: review}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let title = policy.rules[0].title.as_ref().ok_or("written")?;
/// assert_eq!((&**title, title.lang()), ("Firearms", Some("en")));
/// assert_eq!((title.find("pt-BR"), title.find("de")), (Some("Armas de fogo"), None));
/// // A text that is written once is in the language of the policy.
/// let rationale = policy.rules[0].rationale.as_ref().ok_or("written")?;
/// assert_eq!((rationale.lang(), rationale.lacks("en"), rationale.lacks("pt")), (Some("en"), false, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prose {
    /// By tag, as written; the empty one where no language is known.
    texts: BTreeMap<String, String>,
    /// The tag of the own text.
    own: String,
}

impl Prose {
    /// A text that is written once, in the language of the policy if that is known.
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// let text = Prose::plain("Firearms".to_owned(), None);
    /// assert_eq!((&*text, text.lang(), text.find("en")), ("Firearms", None, None));
    /// // Where no language is known, none is missing.
    /// assert!(!text.lacks("pt"));
    /// ```
    pub fn plain(text: String, lang: Option<&str>) -> Prose {
        let own = lang.unwrap_or_default().to_owned();
        Prose { texts: BTreeMap::from([(own.clone(), text)]), own }
    }

    /// Texts by the tags of their languages; `None` when there are none. `lang` is the language of the policy.
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// let texts = || [("de", "Waffen"), ("en", "Firearms")].map(|(lang, text)| (lang.to_owned(), text.to_owned())).into();
    /// let own = |lang| Prose::by_lang(texts(), lang).and_then(|prose| prose.lang().map(str::to_owned));
    /// assert_eq!((own(Some("de")).as_deref(), own(Some("fr")).as_deref(), own(None).as_deref()), (Some("de"), Some("en"), Some("en")));
    /// assert!(Prose::by_lang([].into(), None).is_none());
    /// ```
    pub fn by_lang(texts: BTreeMap<String, String>, lang: Option<&str>) -> Option<Prose> {
        let own = lang.and_then(|lang| text_in(&texts, lang)).or_else(|| text_in(&texts, "en")).map(|(tag, _)| tag);
        let own = own.or_else(|| texts.keys().next().map(String::as_str))?.to_owned();
        Some(Prose { texts, own })
    }

    /// The language of the own text; `None` where it is not known.
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// assert_eq!(Prose::plain("Firearms".to_owned(), Some("en")).lang(), Some("en"));
    /// ```
    pub fn lang(&self) -> Option<&str> {
        Some(self.own.as_str()).filter(|own| !own.is_empty())
    }

    /// Every text by its tag; the tag is empty where no language is known.
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// assert_eq!(Prose::plain("Firearms".to_owned(), Some("en")).texts().collect::<Vec<_>>(), [("en", "Firearms")]);
    /// ```
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(tag, text)| (tag.as_str(), text.as_str()))
    }

    /// The text in that language: see [`text_in`].
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// let text = Prose::plain("Firearms".to_owned(), Some("en"));
    /// assert_eq!((text.find("en-GB"), text.find("pt")), (Some("Firearms"), None));
    /// ```
    pub fn find(&self, lang: &str) -> Option<&str> {
        text_in(&self.texts, lang).map(|(_, text)| text)
    }

    /// The text in that language, else the own one.
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// let text = Prose::plain("Firearms".to_owned(), Some("en"));
    /// assert_eq!((text.or_own("en-GB"), text.or_own("pt")), ("Firearms", "Firearms"));
    /// ```
    pub fn or_own(&self, lang: &str) -> &str {
        self.find(lang).unwrap_or(self)
    }

    /// The text as a page in that language shows it: where there is none, the own one with its language behind it.
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// let text = Prose::plain("Firearms".to_owned(), Some("en"));
    /// assert_eq!((text.shown("en").as_str(), text.shown("pt").as_str()), ("Firearms", "Firearms (en)"));
    /// ```
    pub fn shown(&self, lang: &str) -> String {
        match self.lang().filter(|_| self.lacks(lang)) {
            Some(own) => format!("{} ({own})", self.trim_end()),
            None => self.or_own(lang).to_owned(),
        }
    }

    /// Whether a reader of that language finds no text: what is written is known to be in others.
    ///
    /// ```
    /// use tribunal_policy::model::Prose;
    ///
    /// let text = Prose::plain("Firearms".to_owned(), Some("en"));
    /// assert!(text.lacks("pt") && !text.lacks("en-GB"));
    /// ```
    pub fn lacks(&self, lang: &str) -> bool {
        self.lang().is_some() && self.find(lang).is_none()
    }
}

impl Deref for Prose {
    type Target = str;

    fn deref(&self) -> &str {
        self.texts.get(&self.own).map_or("", String::as_str)
    }
}

impl std::fmt::Display for Prose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

/// The text for readers of a language, with its tag: the text of that tag; else of the longest beginning of it (`pt` for
/// `pt-BR`, as the lookup of RFC 4647 goes); else, where only the language is asked for, the first of its texts (`pt-BR` for `pt`).
/// `_` is read as `-`, upper as lower case.
///
/// ```
/// use tribunal_policy::model::text_in;
///
/// let texts = [("pt", "Armas"), ("zh-Hant", "槍械")].map(|(lang, text)| (lang.to_owned(), text.to_owned())).into();
/// let found = |lang| text_in(&texts, lang).map(|(tag, _)| tag);
/// assert_eq!((found("PT"), found("pt_BR"), found("zh")), (Some("pt"), Some("pt"), Some("zh-Hant")));
/// // Other scripts and countries are other texts.
/// assert_eq!((found("zh-Hans"), found("p"), found("en")), (None, None, None));
/// ```
pub fn text_in<'t>(texts: &'t BTreeMap<String, String>, lang: &str) -> Option<(&'t str, &'t str)> {
    let by_tag = |wanted: &str| texts.iter().find(|(tag, _)| same_tag(tag, wanted));
    let mut asked = lang.trim();
    let found = loop {
        if let Some(found) = by_tag(asked) {
            break Some(found);
        }
        match asked.rfind(['-', '_']) {
            Some(at) => asked = asked.get(..at).unwrap_or_default(),
            None => break None,
        }
    };
    let only_language = !lang.trim().is_empty() && !lang.contains(['-', '_']);
    let found = found.or_else(|| texts.iter().find(|(tag, _)| only_language && super::lang_matches(tag, lang.trim())));
    found.map(|(tag, text)| (tag.as_str(), text.as_str()))
}

/// Whether two tags are of the same language, script and country.
pub(crate) fn same_tag(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| a.eq_ignore_ascii_case(&b) || matches!((a, b), (b'-' | b'_', b'-' | b'_')))
}

/// Whether a text has the form of a language tag (BCP 47): two or three letters, then parts of up to eight letters and digits.
///
/// ```
/// use tribunal_policy::model::is_lang;
///
/// assert!(["en", "pt-BR", "zh_Hant", "es-419", "fil", "de-DE-1996"].into_iter().all(is_lang));
/// assert!(!["", "english", "e", "pt-", "pt BR", "12", "рт", "en-toolongapart"].into_iter().any(is_lang));
/// ```
pub fn is_lang(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
