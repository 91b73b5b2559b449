//! Text that cannot act: control characters, bidirectional controls and invisible characters made visible.

/// Makes text safe to print, keeping its line ends: C0 controls as their pictures (`␛`), other controls, bidirectional
/// controls and invisible characters as `<U+202E>`. A tab becomes four spaces.
///
/// ```
/// use tribunal_policy::render::neutral;
///
/// assert_eq!(neutral("red\u{1b}[31m\ngl\u{202e}kcolg"), "red␛[31m\ngl<U+202E>kcolg");
/// ```
pub fn neutral(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        push(c, &mut safe);
    }
    safe
}

/// As [`neutral`], and on one line: a line end becomes `␊`.
///
/// ```
/// use tribunal_policy::render::neutral_line;
///
/// assert_eq!(neutral_line("a caption\nof two lines"), "a caption␊of two lines");
/// ```
pub fn neutral_line(text: &str) -> String {
    neutral(text).replace('\n', "␊")
}

/// Whether a character could act on a terminal or mislead a reader.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control() || is_bidi_control(c) || is_invisible(c)
}

pub(super) fn push(c: char, safe: &mut String) {
    match c {
        '\n' => safe.push('\n'),
        '\t' => safe.push_str("    "),
        '\0'..='\x1F' => safe.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}')),
        '\x7F' => safe.push('␡'),
        c if is_unsafe(c) => safe.push_str(&format!("<U+{:04X}>", u32::from(c))),
        c => safe.push(c),
    }
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Default-ignorable characters without a use inside words or emoji; the joiners and variation selectors, which Persian,
/// Indic scripts and emoji need, are left as they are.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{180E}'
            | '\u{200B}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206A}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E00FF}'
    )
}

/// The first character and the length: how a text leaves that must not be read.
///
/// ```
/// use tribunal_policy::render::mask;
///
/// assert_eq!(mask("slurone"), "s••••••");
/// assert_eq!(mask("two words"), "t•• •••••");
/// ```
pub fn mask(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next();
    first.into_iter().chain(chars.map(|c| if c.is_whitespace() { c } else { '•' })).collect()
}
