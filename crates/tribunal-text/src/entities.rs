//! HTML character references.

/// Named references that stand for what a disguise needs: letters with accents fold to ASCII afterwards.
static NAMED: [(&str, char); 46] = [
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
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
    ("gt", '>'),
    ("iacute", 'í'),
    ("igrave", 'ì'),
    ("iuml", 'ï'),
    ("lowbar", '_'),
    ("lt", '<'),
    ("middot", '·'),
    ("nbsp", '\u{a0}'),
    ("ntilde", 'ñ'),
    ("num", '#'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("ograve", 'ò'),
    ("ouml", 'ö'),
    ("oslash", 'ø'),
    ("period", '.'),
    ("pound", '£'),
    ("quot", '"'),
    ("shy", '\u{ad}'),
    ("szlig", 'ß'),
    ("uacute", 'ú'),
    ("uuml", 'ü'),
    ("yen", '¥'),
];

/// The most bytes a reference takes.
pub(crate) const LONGEST: usize = 11;

/// The character reference at the start of `text`, with its `;`: the character and the length in bytes.
pub(crate) fn parse(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('&')?;
    let end = rest.bytes().take(10).position(|b| b == b';')?;
    let body = rest.get(..end)?;
    let length = end + 2;
    let c = match body.strip_prefix('#') {
        Some(number) => {
            let (digits, radix) = match number.strip_prefix(['x', 'X']) {
                Some(hex) => (hex, 16),
                None => (number, 10),
            };
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)?
        }
        None => NAMED.iter().find(|(name, _)| *name == body).map(|(_, c)| *c)?,
    };
    Some((c, length))
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
