//! Character properties: one record of flags a code point, its script and its combining class.

#![expect(deprecated, reason = "the numeric value of a script is only used as a compact number inside one table")]

use crate::{Outcome, emit};
use icu_normalizer::properties::{CanonicalCombiningClassMapBorrowed, CanonicalCompositionBorrowed, CanonicalDecompositionBorrowed, Decomposed};
use icu_properties::props::{
    Alphabetic, DefaultIgnorableCodePoint, Emoji, EmojiModifier, EmojiPresentation, ExtendedPictographic, GeneralCategory, GeneralCategoryGroup,
    GraphemeClusterBreak, IndicConjunctBreak, JoinControl, Script, WhiteSpace, WordBreak,
};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData, PropertyNamesLong};
use std::fmt::Write as _;
use std::path::Path;

/// Version of the Unicode Character Database the tables are made from.
pub(crate) const UNICODE_VERSION: &str = "17.0";

const SPACELESS: [Script; 7] = [Script::Han, Script::Hiragana, Script::Katakana, Script::Thai, Script::Lao, Script::Khmer, Script::Myanmar];

/// Names of the flag bits, from bit 0. Bits 16.. hold the break classes.
const FLAGS: [&str; 16] = [
    "LETTER",
    "MARK",
    "DIGIT",
    "SPACELESS",
    "IGNORABLE",
    "WHITE_SPACE",
    "UPPER",
    "LOWER",
    "EMOJI",
    "EMOJI_PRESENTATION",
    "PICTOGRAPHIC",
    "MODIFIER",
    "JOINS",
    "WORD_CHAR",
    "DROPPABLE",
    "DROPS_MARKS",
];

/// Every `char`, with its code point's place left empty for surrogates.
pub(crate) fn code_points() -> impl Iterator<Item = Option<char>> {
    (0..0x11_0000u32).map(char::from_u32)
}

/// Characters that may compose with the one before them, or are reordered with it (NFC_Quick_Check=Maybe or ccc > 0).
fn joining() -> std::collections::HashSet<char> {
    let decomposition = CanonicalDecompositionBorrowed::new();
    let composition = CanonicalCompositionBorrowed::new();
    let mut set = std::collections::HashSet::new();
    for c in code_points().flatten() {
        if let Decomposed::Expansion(first, second) = decomposition.decompose(c)
            && composition.compose(first, second) == Some(c)
        {
            set.insert(second);
        }
    }
    set
}

/// The tables of `props.rs`.
pub(crate) fn generate(data: &Path) -> Outcome<String> {
    let joining = joining();
    let scripts = ScriptWithExtensions::new();
    let classes = CanonicalCombiningClassMapBorrowed::new();
    let mut records = vec![0u32; 0x11_0000];
    let mut script_values = vec![0u32; 0x11_0000];
    let mut class_values = vec![0u32; 0x11_0000];
    for (i, c) in code_points().enumerate() {
        let Some(c) = c else { continue };
        let script = scripts.get_script_val(c);
        let class = classes.get_u8(c);
        let joins = class != 0 || joining.contains(&c);
        let slots = [records.get_mut(i), script_values.get_mut(i), class_values.get_mut(i)];
        if let [Some(record), Some(script_value), Some(class_value)] = slots {
            *record = flags(c, script, scripts.get_script_extensions_val(c).iter().collect(), joins);
            *script_value = u32::from(script.to_icu4c_value());
            *class_value = u32::from(class);
        }
    }
    let mut out = emit::header("Character properties.");
    constants(&mut out);
    let mut distinct: Vec<u32> = records.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() > 256 {
        return Err(format!("{} property records do not fit a byte", distinct.len()).into());
    }
    let numbers: Vec<u32> = records.iter().map(|r| u32::try_from(distinct.binary_search(r).unwrap_or(0)).unwrap_or(0)).collect();
    emit::array(&mut out, "Distinct property records.", "RECORDS", "u32", &distinct);
    emit::trie(&mut out, "Number of the record of a code point", "PROPS", "u8", &numbers);
    emit::trie(&mut out, "Script of a code point", "SCRIPT", "u8", &script_values);
    emit::trie(&mut out, "Canonical combining class of a code point", "CCC", "u8", &class_values);
    let ascii: Vec<u32> = records.iter().take(128).copied().collect();
    emit::array(&mut out, "Records of ASCII.", "ASCII", "u32", &ascii);
    let names = PropertyNamesLong::<Script>::new();
    let list: Vec<String> = (0..=script_values.iter().copied().max().unwrap_or(0))
        .map(|v| emit::string(names.get(Script::from_icu4c_value(u16::try_from(v).unwrap_or(0))).unwrap_or("Unknown")))
        .collect();
    emit::array(&mut out, "Long names of the scripts, by number.", "SCRIPT_NAMES", "&str", &list);
    emit::array(&mut out, "Flags: of each first letter from A, the second letters as bits.", "FLAGS", "u32", &flags_by_letter(data)?);
    Ok(out)
}

/// The pairs of letters that are flags.
fn flags_by_letter(data: &Path) -> Outcome<Vec<u32>> {
    let mut seconds = vec![0u32; 26];
    for pair in std::fs::read_to_string(data.join("flags.txt"))?.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace) {
        let [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = pair.as_bytes() else { return Err(format!("`{pair}` is no flag").into()) };
        if let Some(bits) = seconds.get_mut(usize::from(first - b'A')) {
            *bits |= 1 << (second - b'A');
        }
    }
    Ok(seconds)
}

fn constants(out: &mut String) {
    let _ = writeln!(out, "/// Version of the Unicode Character Database.\npub(crate) const UNICODE_VERSION: &str = \"{UNICODE_VERSION}\";");
    for (i, name) in FLAGS.iter().enumerate() {
        let _ = writeln!(out, "/// Flag bit {i} of a record.\npub(crate) const {name}: u32 = 1 << {i};");
    }
    for (i, (name, _)) in GRAPHEME.iter().enumerate() {
        let _ = writeln!(out, "/// Grapheme cluster break class.\npub(crate) const GCB_{name}: u32 = {};", i + 1);
    }
    for (i, (name, _)) in WORD.iter().enumerate() {
        let _ = writeln!(out, "/// Word break class.\npub(crate) const WB_{name}: u32 = {};", i + 1);
    }
    for (i, name) in ["CONSONANT", "EXTEND", "LINKER"].iter().enumerate() {
        let _ = writeln!(out, "/// Indic conjunct break class.\npub(crate) const INCB_{name}: u32 = {};", i + 1);
    }
    for (name, script) in
        [("COMMON", Script::Common), ("INHERITED", Script::Inherited), ("LATIN", Script::Latin), ("GREEK", Script::Greek), ("CYRILLIC", Script::Cyrillic)]
    {
        let _ = writeln!(out, "/// Number of a script.\npub(crate) const SCRIPT_{name}: u8 = {};", script.to_icu4c_value());
    }
    out.push('\n');
}

const GRAPHEME: [(&str, GraphemeClusterBreak); 13] = [
    ("CR", GraphemeClusterBreak::CR),
    ("LF", GraphemeClusterBreak::LF),
    ("CONTROL", GraphemeClusterBreak::Control),
    ("EXTEND", GraphemeClusterBreak::Extend),
    ("ZWJ", GraphemeClusterBreak::ZWJ),
    ("RI", GraphemeClusterBreak::RegionalIndicator),
    ("PREPEND", GraphemeClusterBreak::Prepend),
    ("SPACING", GraphemeClusterBreak::SpacingMark),
    ("L", GraphemeClusterBreak::L),
    ("V", GraphemeClusterBreak::V),
    ("T", GraphemeClusterBreak::T),
    ("LV", GraphemeClusterBreak::LV),
    ("LVT", GraphemeClusterBreak::LVT),
];

const WORD: [(&str, WordBreak); 9] = [
    ("EXTEND", WordBreak::Extend),
    ("FORMAT", WordBreak::Format),
    ("ZWJ", WordBreak::ZWJ),
    ("KATAKANA", WordBreak::Katakana),
    ("HEBREW", WordBreak::HebrewLetter),
    ("LETTER", WordBreak::ALetter),
    ("NUMERIC", WordBreak::Numeric),
    ("SINGLE_QUOTE", WordBreak::SingleQuote),
    ("CONNECTOR", WordBreak::ExtendNumLet),
];

/// The record of one character; see [`FLAGS`].
fn flags(c: char, script: Script, extensions: Vec<Script>, joins: bool) -> u32 {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let alphabetic = CodePointSetData::new::<Alphabetic>().contains(c);
    let letter = alphabetic || GeneralCategoryGroup::Letter.contains(category);
    let mark = GeneralCategoryGroup::Mark.contains(category);
    let digit = category == GeneralCategory::DecimalNumber;
    // Marks such as U+0303 list Thai among many scripts; only what belongs to spaceless scripts alone is spaceless.
    let shared = script == Script::Common || script == Script::Inherited;
    let own = SPACELESS.contains(&script) || (shared && !extensions.is_empty() && extensions.iter().all(|s| SPACELESS.contains(s)));
    let base = !mark && [Script::Inherited, Script::Latin, Script::Greek, Script::Common].contains(&script);
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
    // Default-ignorable marks (U+034F, variation selectors) are no diacritics.
    let droppable = mark && !ignorable && [Script::Inherited, Script::Latin, Script::Greek].contains(&script);
    let word_char = alphabetic || mark || digit || category == GeneralCategory::ConnectorPunctuation || CodePointSetData::new::<JoinControl>().contains(c);
    let bits = [
        letter,
        mark,
        digit,
        own && (letter || mark || digit),
        ignorable,
        CodePointSetData::new::<WhiteSpace>().contains(c),
        matches!(category, GeneralCategory::UppercaseLetter | GeneralCategory::TitlecaseLetter),
        category == GeneralCategory::LowercaseLetter,
        CodePointSetData::new::<Emoji>().contains(c),
        CodePointSetData::new::<EmojiPresentation>().contains(c),
        CodePointSetData::new::<ExtendedPictographic>().contains(c),
        CodePointSetData::new::<EmojiModifier>().contains(c),
        joins,
        word_char,
        droppable,
        base,
    ];
    let mut record = bits.iter().enumerate().fold(0u32, |r, (i, bit)| r | (u32::from(*bit) << i));
    let grapheme = CodePointMapData::<GraphemeClusterBreak>::new().get(c);
    let word = CodePointMapData::<WordBreak>::new().get(c);
    record |= number(&GRAPHEME, grapheme) << 16;
    record |= number(&WORD, word) << 20;
    let conjunct = CodePointMapData::<IndicConjunctBreak>::new().get(c);
    record |= match conjunct {
        IndicConjunctBreak::Consonant => 1,
        IndicConjunctBreak::Extend => 2,
        IndicConjunctBreak::Linker => 3,
        _ => 0,
    } << 25;
    record
}

fn number<T: PartialEq + Copy>(list: &[(&str, T)], value: T) -> u32 {
    list.iter().position(|(_, v)| *v == value).map_or(0, |i| u32::try_from(i + 1).unwrap_or(0))
}
