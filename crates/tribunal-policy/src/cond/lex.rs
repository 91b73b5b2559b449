//! Tokens of the condition language.

use std::ops::Range;

/// A token with its bytes in the condition's text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: Range<usize>,
}

/// Kinds of tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// `[A-Za-z_][A-Za-z0-9_-]*`
    Word,
    /// `-?[0-9]+(\.[0-9]+)?`
    Number,
    /// A string with its escapes resolved.
    Str(String),
    /// What stands between the slashes, `\/` resolved.
    Regex(String),
    /// Punctuation.
    Punct(&'static str),
    /// The end of the text.
    End,
}

/// A mistake in the characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LexError {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

const PUNCTUATION: &[&str] = &["..", "!=", "<=", ">=", "(", ")", ",", ".", "=", "<", ">", "%"];

/// All tokens of a condition, an [`TokenKind::End`] last, and the mistakes on the way (their characters are skipped).
pub(crate) fn tokens(text: &str) -> (Vec<Token>, Vec<LexError>) {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), errors: Vec::new() };
    while lexer.step() {}
    // What is missing at the end is missing behind the last token, not behind a comment or a line end.
    let end = lexer.tokens.last().map_or(0, |token| token.range.end);
    lexer.tokens.push(Token { kind: TokenKind::End, range: end..end });
    (lexer.tokens, lexer.errors)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    errors: Vec<LexError>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let start = self.at;
        self.at += length;
        self.tokens.push(Token { kind, range: start..self.at });
    }

    fn error(&mut self, length: usize, message: impl Into<String>, help: Option<&str>) {
        let start = self.at;
        self.at += length;
        let help = help.map(str::to_owned);
        self.errors.push(LexError { range: start..self.at, message: message.into(), help });
    }

    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return false };
        if first.is_whitespace() {
            self.at += first.len_utf8();
        } else if first == '#' {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if first == '"' {
            self.string(rest);
        } else if first == '/' {
            self.regex(rest);
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
            self.push(TokenKind::Word, length);
        } else if first.is_ascii_digit() || (first == '-' && rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit())) {
            self.push(TokenKind::Number, number_length(rest));
        } else if let Some(symbol) = PUNCTUATION.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.push(TokenKind::Punct(symbol), symbol.len());
        } else {
            self.unexpected(first);
        }
        true
    }

    fn unexpected(&mut self, first: char) {
        if let Some(closing) = quote(first)
            && let Some(length) = quoted(self.rest(), first, closing)
        {
            return self.error(length, "a text stands between straight double quotes", Some("write it as \"…\""));
        }
        let doubled = matches!(first, '&' | '|') && self.rest().chars().nth(1) == Some(first);
        let help = match first {
            '&' => Some("write `and`"),
            '|' => Some("write `or`"),
            '!' => Some("write `not`, or `!=` for a comparison"),
            '\'' | '“' | '”' | '„' | '«' | '»' | '‘' | '’' => Some("texts stand between straight double quotes: \"…\""),
            '≥' => Some("write `>=`"),
            '≤' => Some("write `<=`"),
            '≠' => Some("write `!=`"),
            '[' | ']' | '{' | '}' => Some("groups stand between parentheses: (a, b)"),
            c if c.is_control() || tribunal_text::props::is_default_ignorable(c) => {
                Some("remove this invisible character; in a text it is written as `\\u{…}`")
            }
            _ => Some("a text stands between straight double quotes: \"…\""),
        };
        let written: String = if doubled { [first, first].iter().collect() } else { first.to_string() };
        self.error(written.len(), format!("`{written}` has no meaning in a condition"), help);
    }

    fn string(&mut self, rest: &str) {
        let mut value = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return self.push(TokenKind::Str(value), at + 1),
                '\n' | '\r' => break,
                '\\' => match chars.next().map(|(_, escaped)| escaped) {
                    Some('\\') => value.push('\\'),
                    Some('"') => value.push('"'),
                    Some('n') => value.push('\n'),
                    Some('t') => value.push('\t'),
                    Some('u') => match unicode_escape(rest.get(at + 2..).unwrap_or("")) {
                        Some((c, length)) => {
                            value.push(c);
                            for _ in 0..length {
                                chars.next();
                            }
                        }
                        None => return self.error(string_end(rest), "`\\u` needs a code point in braces", Some("write it as `\\u{1F52B}`")),
                    },
                    _ => {
                        return self.error(
                            string_end(rest),
                            "this escape is not known",
                            Some("the escapes are `\\\\` `\\\"` `\\n` `\\t` `\\u{…}`; a backslash is written twice"),
                        );
                    }
                },
                c => value.push(c),
            }
        }
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.error(length, "this text has no closing `\"` on its line", Some("close it with `\"`"));
    }

    fn regex(&mut self, rest: &str) {
        let mut value = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '/' if value.is_empty() => return self.error(at + 1, "this regular expression is empty", None),
                '/' => return self.push(TokenKind::Regex(value), at + 1),
                '\n' | '\r' => break,
                '\\' => match chars.next() {
                    Some((_, '/')) => value.push('/'),
                    Some((_, escaped)) if escaped != '\n' && escaped != '\r' => {
                        value.push('\\');
                        value.push(escaped);
                    }
                    _ => break,
                },
                c => value.push(c),
            }
        }
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.error(length, "this regular expression has no closing `/` on its line", Some("close it with `/`; a slash inside is written `\\/`"));
    }
}

/// The quote that closes one that conditions do not know.
fn quote(open: char) -> Option<char> {
    Some(match open {
        '\'' => '\'',
        '‘' | '’' => '’',
        '“' | '”' | '„' => '”',
        '«' => '»',
        _ => return None,
    })
}

/// The length of a text in such quotes, if it ends on its line.
fn quoted(rest: &str, open: char, closing: char) -> Option<usize> {
    let line = rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len()))?;
    let body = line.get(open.len_utf8()..)?;
    let (at, found) = body.char_indices().find(|(_, c)| *c == closing || (open == '„' && *c == '“'))?;
    Some(open.len_utf8() + at + found.len_utf8())
}

fn number_length(rest: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(rest.starts_with('-'));
    let whole = sign + digits(rest.get(sign..).unwrap_or(""));
    let tail = rest.get(whole..).unwrap_or("");
    let fraction = tail.strip_prefix('.').map_or(0, digits);
    if fraction > 0 { whole + 1 + fraction } else { whole }
}

/// The character of `{1F52B}` at the start of `rest` and how many characters that takes.
fn unicode_escape(rest: &str) -> Option<(char, usize)> {
    let digits = rest.strip_prefix('{')?.split_once('}')?.0;
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, digits.len() + 2))
}

/// Where a broken string ends for recovery: behind its closing quote, else at the end of its line.
fn string_end(rest: &str) -> usize {
    let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let body = rest.get(1..line).unwrap_or("");
    body.find('"').map_or(line, |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let (tokens, errors) = tokens(text);
        assert_eq!(errors, [], "{text}");
        tokens.into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn longest_token_first() {
        use TokenKind::{End, Number, Punct, Word};
        assert_eq!(kinds("15..60"), [Number, Punct(".."), Number, End]);
        assert_eq!(kinds("-1.5%"), [Number, Punct("%"), End]);
        assert_eq!(kinds("a.b-c<=1 # x"), [Word, Punct("."), Word, Punct("<="), Number, End]);
    }

    #[test]
    fn strings_and_regexes() {
        assert_eq!(kinds(r#""a\"\\\n\u{41}#""#)[0], TokenKind::Str("a\"\\\nA#".to_owned()));
        assert_eq!(kinds(r"/a\/b\d#/")[0], TokenKind::Regex(r"a/b\d#".to_owned()));
    }

    #[test]
    fn mistakes_are_skipped_and_reported() {
        let (found, errors) = tokens("a && \"x\nb \"\\q\" c 'two words' “x” | ' '");
        let wrong: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(wrong.len(), 7, "{wrong:?}");
        assert_eq!(found.len(), 4);
    }
}
