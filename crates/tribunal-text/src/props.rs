//! Properties of characters, from the Unicode Character Database.

use crate::tables::{look_up, props as t};

/// Letter case of a character.
///
/// ```
/// use tribunal_text::props::{Case, case_of};
///
/// assert_eq!("gLǅ".chars().filter(|c| case_of(*c) == Some(Case::Upper)).count(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Upper or title case (General_Category Lu or Lt).
    Upper,
    /// Lower case (Ll).
    Lower,
}

/// Script of a character (the Script property of UAX #24).
///
/// ```
/// use tribunal_text::props::{Script, script};
///
/// assert_eq!(script('g'), Script::LATIN);
/// assert_eq!(script('7'), Script::COMMON);
/// assert_ne!(script('\u{43e}'), script('o'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Script(u8);

impl Script {
    /// Characters shared by scripts: digits, punctuation, symbols.
    ///
    /// ```
    /// use tribunal_text::props::{Script, script};
    ///
    /// assert_eq!(script('!'), Script::COMMON);
    /// ```
    pub const COMMON: Script = Script(t::SCRIPT_COMMON);
    /// Marks that take the script of their base.
    ///
    /// ```
    /// use tribunal_text::props::{Script, script};
    ///
    /// assert_eq!(script('\u{301}'), Script::INHERITED);
    /// ```
    pub const INHERITED: Script = Script(t::SCRIPT_INHERITED);
    /// Latin.
    ///
    /// ```
    /// use tribunal_text::props::{Script, script};
    ///
    /// assert_eq!(script('g'), Script::LATIN);
    /// ```
    pub const LATIN: Script = Script(t::SCRIPT_LATIN);
    /// Greek.
    ///
    /// ```
    /// use tribunal_text::props::{Script, script};
    ///
    /// assert_eq!(script('λ'), Script::GREEK);
    /// ```
    pub const GREEK: Script = Script(t::SCRIPT_GREEK);
    /// Cyrillic.
    ///
    /// ```
    /// use tribunal_text::props::{Script, script};
    ///
    /// assert_eq!(script('ж'), Script::CYRILLIC);
    /// ```
    pub const CYRILLIC: Script = Script(t::SCRIPT_CYRILLIC);

    /// Long name, such as `Latin`.
    ///
    /// ```
    /// assert_eq!(tribunal_text::props::script('買').name(), "Han");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        t::SCRIPT_NAMES.get(usize::from(self.0)).copied().unwrap_or("Unknown")
    }

    /// Number of the script in the tables, below 256.
    ///
    /// ```
    /// use tribunal_text::props::{Script, script};
    ///
    /// assert_eq!(script('g').number(), Script::LATIN.number());
    /// ```
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// The property record of a character.
#[inline]
pub(crate) fn record(c: char) -> u32 {
    if let Some(record) = t::ASCII.get(c as usize) {
        return *record;
    }
    let number = look_up(&t::PROPS_INDEX, &t::PROPS_BLOCKS, c);
    t::RECORDS.get(usize::from(number)).copied().unwrap_or_default()
}

#[inline]
fn has(c: char, flags: u32) -> bool {
    record(c) & flags != 0
}

/// Letter (Alphabetic, or General_Category L*), mark (M*) or decimal digit (Nd).
///
/// ```
/// use tribunal_text::props::is_lmd;
///
/// assert!(is_lmd('g') && is_lmd('\u{301}') && is_lmd('7') && is_lmd('買'));
/// assert!(!is_lmd('_') && !is_lmd('👍'));
/// ```
#[inline]
#[must_use]
pub fn is_lmd(c: char) -> bool {
    has(c, t::LETTER | t::MARK | t::DIGIT)
}

/// Letter, mark or digit of a script written without spaces: Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar.
/// A character of script Common or Inherited (U+30FC, U+3099) counts when all its Script_Extensions are among these.
///
/// ```
/// use tribunal_text::props::is_spaceless;
///
/// assert!(is_spaceless('買') && is_spaceless('ก') && is_spaceless('ー'));
/// assert!(!is_spaceless('g') && !is_spaceless('가'));
/// ```
#[inline]
#[must_use]
pub fn is_spaceless(c: char) -> bool {
    has(c, t::SPACELESS)
}

/// Letter, mark or digit that is not [spaceless](is_spaceless): what the edge test looks for.
///
/// ```
/// use tribunal_text::props::is_edge;
///
/// assert!(is_edge('g') && is_edge('7') && is_edge('\u{301}'));
/// assert!(!is_edge('買') && !is_edge('-'));
/// ```
#[inline]
#[must_use]
pub fn is_edge(c: char) -> bool {
    let r = record(c);
    r & (t::LETTER | t::MARK | t::DIGIT) != 0 && r & t::SPACELESS == 0
}

/// Default_Ignorable_Code_Point: soft hyphen, zero-width characters, variation selectors, bidi controls, tags.
///
/// ```
/// use tribunal_text::props::is_default_ignorable;
///
/// assert!(is_default_ignorable('\u{ad}') && is_default_ignorable('\u{200b}') && is_default_ignorable('\u{fe0f}'));
/// assert!(!is_default_ignorable('g') && !is_default_ignorable(' '));
/// ```
#[inline]
#[must_use]
pub fn is_default_ignorable(c: char) -> bool {
    has(c, t::IGNORABLE)
}

/// Alphabetic, or General_Category L*.
///
/// ```
/// use tribunal_text::props::is_letter;
///
/// assert!(is_letter('g') && is_letter('買') && is_letter('ⅷ'));
/// assert!(!is_letter('7') && !is_letter('\u{301}'));
/// ```
#[inline]
#[must_use]
pub fn is_letter(c: char) -> bool {
    has(c, t::LETTER)
}

/// General_Category M*.
///
/// ```
/// use tribunal_text::props::is_mark;
///
/// assert!(is_mark('\u{301}') && is_mark('\u{fe0f}'));
/// assert!(!is_mark('é'));
/// ```
#[inline]
#[must_use]
pub fn is_mark(c: char) -> bool {
    has(c, t::MARK)
}

/// General_Category Nd.
///
/// ```
/// use tribunal_text::props::is_digit;
///
/// assert!(is_digit('7') && is_digit('٧'));
/// assert!(!is_digit('½') && !is_digit('g'));
/// ```
#[inline]
#[must_use]
pub fn is_digit(c: char) -> bool {
    has(c, t::DIGIT)
}

/// Common or Inherited: shared by scripts.
pub(crate) fn is_neutral(script: Script) -> bool {
    script == Script::COMMON || script == Script::INHERITED
}

/// A letter of a script of its own, not Latin, Common or Inherited.
pub(crate) fn has_own_script(c: char) -> bool {
    let script = script(c);
    is_letter(c) && !is_neutral(script) && script != Script::LATIN
}

/// Signs of currencies that stand before or behind a number. A dollar is written for an s too often to be among them.
pub(crate) fn is_currency(c: char) -> bool {
    matches!(c, '£' | '€' | '¥' | '₹' | '₩')
}

/// White_Space.
///
/// ```
/// use tribunal_text::props::is_white_space;
///
/// assert!(is_white_space(' ') && is_white_space('\n') && is_white_space('\u{3000}'));
/// assert!(!is_white_space('\u{200b}'));
/// ```
#[inline]
#[must_use]
pub fn is_white_space(c: char) -> bool {
    has(c, t::WHITE_SPACE)
}

/// Upper (Lu, Lt) or lower (Ll) case, if the character has one.
///
/// ```
/// use tribunal_text::props::{Case, case_of};
///
/// assert_eq!((case_of('G'), case_of('g'), case_of('買')), (Some(Case::Upper), Some(Case::Lower), None));
/// ```
#[inline]
#[must_use]
pub fn case_of(c: char) -> Option<Case> {
    let r = record(c);
    if r & t::UPPER != 0 {
        Some(Case::Upper)
    } else if r & t::LOWER != 0 {
        Some(Case::Lower)
    } else {
        None
    }
}

/// The Script property.
///
/// ```
/// assert_eq!(tribunal_text::props::script('ж').name(), "Cyrillic");
/// ```
#[inline]
#[must_use]
pub fn script(c: char) -> Script {
    Script(look_up(&t::SCRIPT_INDEX, &t::SCRIPT_BLOCKS, c))
}

/// Emoji property (digits and `#` included).
///
/// ```
/// use tribunal_text::props::is_emoji;
///
/// assert!(is_emoji('👍') && is_emoji('#') && is_emoji('7'));
/// assert!(!is_emoji('g'));
/// ```
#[inline]
#[must_use]
pub fn is_emoji(c: char) -> bool {
    has(c, t::EMOJI)
}

/// Emoji_Presentation.
///
/// ```
/// use tribunal_text::props::is_emoji_presentation;
///
/// assert!(is_emoji_presentation('👍'));
/// assert!(!is_emoji_presentation('❤') && !is_emoji_presentation('#'));
/// ```
#[inline]
#[must_use]
pub fn is_emoji_presentation(c: char) -> bool {
    has(c, t::EMOJI_PRESENTATION)
}

/// Extended_Pictographic.
///
/// ```
/// use tribunal_text::props::is_pictographic;
///
/// assert!(is_pictographic('❤') && is_pictographic('👍'));
/// assert!(!is_pictographic('#'));
/// ```
#[inline]
#[must_use]
pub fn is_pictographic(c: char) -> bool {
    has(c, t::PICTOGRAPHIC)
}

/// Emoji_Modifier: the skin tones U+1F3FB to U+1F3FF.
///
/// ```
/// use tribunal_text::props::is_emoji_modifier;
///
/// assert!(is_emoji_modifier('\u{1f3fd}'));
/// assert!(!is_emoji_modifier('👍'));
/// ```
#[inline]
#[must_use]
pub fn is_emoji_modifier(c: char) -> bool {
    has(c, t::MODIFIER)
}

/// A regional indicator, two of which are a flag.
///
/// ```
/// use tribunal_text::props::is_regional_indicator;
///
/// assert!(is_regional_indicator('🇩'));
/// assert!(!is_regional_indicator('D'));
/// ```
#[inline]
#[must_use]
pub fn is_regional_indicator(c: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&c)
}

/// Longest run of regional indicators that may be letters.
const LONGEST_REGIONAL: usize = 64;

/// Length in bytes of the run of regional indicators at the start of `text`.
pub(crate) fn regional_run(text: &str) -> usize {
    text.find(|c| !is_regional_indicator(c)).unwrap_or(text.len())
}

/// Whether a whole run of regional indicators is read as letters: it does not consist of flags, pair by pair.
pub(crate) fn are_regional_letters(run: &str) -> bool {
    let offset = |c: char| (c as usize).wrapping_sub(0x1f1e6);
    let mut chars = run.chars().map(offset);
    let mut count = 0;
    let mut flags = true;
    while let Some(first) = chars.next().filter(|_| count <= LONGEST_REGIONAL) {
        count += 2;
        flags &= chars.next().is_some_and(|second| t::FLAGS.get(first).is_some_and(|bits| bits & (1 << second) != 0));
    }
    count > 0 && count <= LONGEST_REGIONAL && !flags
}

/// The capital letter of a regional indicator.
pub(crate) fn regional_letter(c: char) -> char {
    char::from_u32((c as u32).wrapping_sub(0x1f1e6) + u32::from(b'A')).unwrap_or(c)
}

/// `\w` of UTS #18, as the `regex` crate has it: Alphabetic, M*, Nd, Pc, Join_Control.
///
/// ```
/// use tribunal_text::props::is_word_char;
///
/// assert!(is_word_char('g') && is_word_char('_') && is_word_char('\u{200d}'));
/// assert!(!is_word_char('-'));
/// ```
#[inline]
#[must_use]
pub fn is_word_char(c: char) -> bool {
    has(c, t::WORD_CHAR)
}

/// Canonical_Combining_Class.
#[inline]
pub(crate) fn combining_class(c: char) -> u8 {
    look_up(&t::CCC_INDEX, &t::CCC_BLOCKS, c)
}

/// Reordered or composed with the character before it: NFC_Quick_Check=Maybe, or a combining class above 0.
#[inline]
pub(crate) fn joins(c: char) -> bool {
    has(c, t::JOINS)
}

/// A mark of script Inherited, Latin or Greek: dropped by `diacritics` after a base that [loses its marks](loses_marks).
#[inline]
pub(crate) fn is_droppable_mark(c: char) -> bool {
    has(c, t::DROPPABLE)
}

/// A base of script Latin, Greek, Common or Inherited.
#[inline]
pub(crate) fn loses_marks(c: char) -> bool {
    let r = record(c);
    r & t::DROPS_MARKS != 0 && r & t::SPACELESS == 0
}

/// Grapheme_Cluster_Break Extend, SpacingMark or ZWJ.
#[inline]
pub(crate) fn extends_grapheme(c: char) -> bool {
    matches!((record(c) >> 16) & 15, t::GCB_EXTEND | t::GCB_SPACING | t::GCB_ZWJ)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        assert!(is_edge('a') && is_edge('7') && is_edge('ж') && is_edge('가') && is_edge('\u{301}'));
        assert!(!is_edge('買') && is_lmd('買') && is_spaceless('ー') && is_spaceless('ก') && is_spaceless('ァ'));
        assert!(!is_spaceless('\u{303}') && !is_lmd('_') && !is_lmd('😀'));
        assert!(is_default_ignorable('\u{200b}') && is_default_ignorable('\u{ad}') && is_default_ignorable('\u{fe0f}'));
        assert_eq!(script('ж').name(), "Cyrillic");
        assert_eq!(case_of('ǅ'), Some(Case::Upper));
        assert_eq!(case_of('ª'), None);
        assert!(are_regional_letters("🇬🇱🇴") && are_regional_letters("🇬") && are_regional_letters("🇽🇿"));
        assert!(!are_regional_letters("🇩🇪🇫🇷") && !are_regional_letters("") && !are_regional_letters(&"🇽".repeat(100)));
        assert!(is_word_char('_') && is_word_char('\u{200d}') && !is_word_char('-'));
    }
}
