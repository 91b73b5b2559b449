//! HTML character references.

/// Named references that stand for what a disguise needs, those of scraped text first: letters with accents fold to ASCII
/// afterwards.
static NAMED: [(&str, char); 50] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("nbsp", '\u{a0}'),
    ("apos", '\''),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("aring", 'å'),
    ("ast", '*'),
    ("atilde", 'ã'),
    ("auml", 'ä'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("cent", '¢'),
    ("commat", '@'),
    ("dollar", '$'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("euml", 'ë'),
    ("euro", '€'),
    ("excl", '!'),
    ("iacute", 'í'),
    ("igrave", 'ì'),
    ("iuml", 'ï'),
    ("lowbar", '_'),
    ("middot", '·'),
    ("ntilde", 'ñ'),
    ("num", '#'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("ograve", 'ò'),
    ("ouml", 'ö'),
    ("oslash", 'ø'),
    ("period", '.'),
    ("pound", '£'),
    ("shy", '\u{ad}'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("szlig", 'ß'),
    ("uacute", 'ú'),
    ("uuml", 'ü'),
    ("yen", '¥'),
];

/// The most bytes a reference takes.
pub(crate) const LONGEST: usize = 11;

/// The character reference at the start of `text`, with its `;`: the character and the length in bytes.
pub(crate) fn parse(text: &str) -> Option<(char, usize)> {
    parse_bytes(text.as_bytes())
}

/// As [`parse`].
pub(crate) fn parse_bytes(text: &[u8]) -> Option<(char, usize)> {
    let (b'&', rest) = text.split_first()? else { return None };
    let end = rest.iter().take(LONGEST - 1).position(|b| *b == b';')?;
    let body = rest.get(..end)?;
    let length = end + 2;
    let c = match body.split_first() {
        Some((b'#', [b'x' | b'X', digits @ ..])) => number(digits, 16)?,
        Some((b'#', digits)) => number(digits, 10)?,
        _ => NAMED.iter().find(|(name, _)| name.as_bytes() == body).map(|(_, c)| *c)?,
    };
    Some((c, length))
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let mut value = 0u32;
    for digit in digits {
        // Eight digits at most: nothing overflows.
        value = value * radix + char::from(*digit).to_digit(radix)?;
    }
    char::from_u32(value).filter(|_| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        assert_eq!(parse("&#107;x"), Some(('k', 6)));
        assert_eq!(parse("&#x6B;"), Some(('k', 6)));
        assert_eq!(parse("&eacute;"), Some(('é', 8)));
        assert_eq!(parse("&#xD800;"), None);
        assert_eq!(parse("&#+7;"), None);
        assert_eq!(parse("& b;"), None);
    }
}
