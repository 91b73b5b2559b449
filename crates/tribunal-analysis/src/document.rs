//! A page of headings, paragraphs, lists and tables, written as Markdown or as one self-contained HTML file.
//!
//! Texts may be hostile: everything is escaped, nothing is loaded from elsewhere, and each text stands in its own direction.

use std::fmt::Write as _;

use tribunal_policy::render::neutral_line;

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// Language of its frame, for readers aloud.
    pub lang: String,
    /// Its content.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading; the title is level 1.
    Heading(u8, String),
    /// A paragraph.
    Text(Vec<Span>),
    /// A list.
    Items(Vec<Item>),
    /// A diagram in the language of Mermaid, drawn where Markdown is; a page that loads nothing leaves it out.
    Mermaid(String),
    /// A table.
    Table(Vec<String>, Vec<Vec<Vec<Span>>>),
}

/// An element of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Its text.
    pub spans: Vec<Span>,
    /// Elements below it.
    pub items: Vec<Item>,
}

impl Item {
    /// An element with nothing below it.
    pub fn new(spans: Vec<Span>) -> Item {
        Item { spans, items: Vec::new() }
    }
}

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Plain(String),
    /// Stands out.
    Strong(String),
    /// A name or a value of the policy.
    Code(String),
    /// The text of an item, in its own direction.
    Quote(String),
    /// Changed.
    Changed(String),
}

/// A plain run.
pub fn plain(text: impl Into<String>) -> Span {
    Span::Plain(text.into())
}

/// A sentence in which names stand between backticks; a part that is left open is plain.
pub fn sentence(text: &str) -> Vec<Span> {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![plain(text)];
    }
    let spans = parts.iter().enumerate().map(|(at, part)| if at % 2 == 0 { plain(*part) } else { Span::Code((*part).to_owned()) });
    spans.filter(|span| !matches!(span, Span::Plain(text) if text.is_empty())).collect()
}

impl Document {
    /// As Markdown (CommonMark with tables).
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n", escape_markdown(&self.title));
        for block in &self.blocks {
            out.push('\n');
            match block {
                Block::Heading(level, text) => {
                    let _ = writeln!(out, "{} {}", "#".repeat(usize::from(*level)), escape_markdown(text));
                }
                Block::Text(spans) => {
                    let _ = writeln!(out, "{}", markdown_spans(spans));
                }
                Block::Items(items) => items.iter().for_each(|item| markdown_item(&mut out, item, 0)),
                Block::Mermaid(text) => {
                    let _ = write!(out, "```mermaid\n{text}```\n");
                }
                Block::Table(head, rows) => {
                    let head: Vec<String> = head.iter().map(|cell| escape_markdown(cell)).collect();
                    let _ = writeln!(out, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
                    for row in rows {
                        let cells: Vec<String> = row.iter().map(|cell| markdown_spans(cell)).collect();
                        let _ = writeln!(out, "| {} |", cells.join(" | "));
                    }
                }
            }
        }
        out
    }

    /// As one HTML file that loads nothing.
    pub fn html(&self) -> String {
        let mut body = format!("<h1>{}</h1>\n", escape_html(&self.title));
        let contents: Vec<(usize, &String)> =
            self.blocks.iter().enumerate().filter_map(|(at, block)| if let Block::Heading(2, text) = block { Some((at, text)) } else { None }).collect();
        if contents.len() > 2 {
            body.push_str("<nav><ul>\n");
            for (at, text) in &contents {
                let _ = writeln!(body, "<li><a href=\"#s{at}\">{}</a></li>", escape_html(text));
            }
            body.push_str("</ul></nav>\n");
        }
        for (at, block) in self.blocks.iter().enumerate() {
            match block {
                Block::Heading(level, text) => {
                    let _ = writeln!(body, "<h{level} id=\"s{at}\">{}</h{level}>", escape_html(text));
                }
                Block::Text(spans) => {
                    let _ = writeln!(body, "<p>{}</p>", html_spans(spans));
                }
                Block::Items(items) => html_items(&mut body, items),
                Block::Mermaid(_) => {}
                Block::Table(head, rows) => html_table(&mut body, head, rows),
            }
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n\
             <body>\n{body}</body>\n</html>\n",
            escape_html(&self.lang),
            escape_html(&self.title)
        )
    }
}

const STYLE: &str = ":root{color-scheme:light dark;--fg:#1a1a1a;--bg:#fff;--line:#ccc;--code:#f2f2f2;--quote:#f7f4e9;--mark:#ffe9a8;--head:#e7ecf3;--link:#0b57a4}\n\
@media (prefers-color-scheme:dark){:root{--fg:#e4e6ea;--bg:#16181c;--line:#3f454e;--code:#272b32;--quote:#2d2a1e;--mark:#5c4b12;--head:#232b37;--link:#8ab4f8}}\n\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--fg);background:var(--bg);overflow-wrap:break-word}a{color:var(--link)}\n\
h1,h2,h3,h4{line-height:1.25;margin:1.6em 0 .5em}h1{margin-top:0}h2{border-bottom:1px solid var(--line);padding-bottom:.2em}\n\
code{font:.9em ui-monospace,monospace;background:var(--code);padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}\n\
q{quotes:none;background:var(--quote);padding:.1em .3em;border-radius:3px}mark{background:var(--mark);color:inherit;padding:0 .2em}\n\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9em}th,td{border:1px solid var(--line);padding:.3em .6em;text-align:start;vertical-align:top;min-width:4em;overflow-wrap:normal}\n\
th{background:var(--head)}.wide td:first-child,.wide th:first-child{position:sticky;inset-inline-start:0;background:var(--head)}\n\
nav ul{columns:2 16em;padding-inline-start:1.2em}nav li{break-inside:avoid}li ul{padding-inline-start:.7em;border-inline-start:1px solid var(--line);list-style:none}@media print{nav{display:none}body{margin:0;max-width:none}}\n";

/// A table of more columns scrolls sideways, its first column stays.
const WIDE: usize = 7;

fn html_table(body: &mut String, head: &[String], rows: &[Vec<Vec<Span>>]) {
    let class = if head.len() > WIDE { "scroll wide" } else { "scroll" };
    let _ = write!(body, "<div class=\"{class}\" tabindex=\"0\"><table>\n<thead><tr>");
    for cell in head {
        let _ = write!(body, "<th scope=\"col\">{}</th>", escape_html(cell));
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        body.push_str("<tr>");
        for cell in row {
            let _ = write!(body, "<td>{}</td>", html_spans(cell));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody></table></div>\n");
}

fn html_items(body: &mut String, items: &[Item]) {
    body.push_str("<ul>\n");
    for item in items {
        let _ = write!(body, "<li>{}", html_spans(&item.spans));
        if !item.items.is_empty() {
            body.push('\n');
            html_items(body, &item.items);
        }
        body.push_str("</li>\n");
    }
    body.push_str("</ul>\n");
}

fn html_spans(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Plain(text) => format!("<bdi>{}</bdi>", escape_html(text)),
            Span::Strong(text) => format!("<strong>{}</strong>", escape_html(text)),
            Span::Code(text) => format!("<code>{}</code>", escape_html(text)),
            Span::Quote(text) => format!("<q dir=\"auto\">{}</q>", escape_html(text)),
            Span::Changed(text) => format!("<mark>{}</mark>", escape_html(text)),
        })
        .collect()
}

fn markdown_item(out: &mut String, item: &Item, depth: usize) {
    let _ = writeln!(out, "{}- {}", "  ".repeat(depth), markdown_spans(&item.spans));
    item.items.iter().for_each(|item| markdown_item(out, item, depth + 1));
}

fn markdown_spans(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Plain(text) => escape_markdown(text),
            Span::Strong(text) | Span::Changed(text) if !text.trim().is_empty() => {
                // Stars beside a blank are stars.
                let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
                let blank = |range: std::ops::Range<usize>| text.get(range).unwrap_or("");
                format!("{}**{}**{}", blank(0..start), escape_markdown(text.trim()), blank(end..text.len()))
            }
            Span::Strong(text) | Span::Changed(text) => escape_markdown(text),
            Span::Code(text) if text.contains('`') => escape_markdown(text),
            // In a table a bar ends the cell even inside code.
            Span::Code(text) => format!("`{}`", neutral_line(text).replace('|', "\\|")),
            Span::Quote(text) => format!("“{}”", escape_markdown(text)),
        })
        .collect()
}

fn escape_markdown(text: &str) -> String {
    let text = neutral_line(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // Between letters an underscore is only that: `feed_ineligible` stays readable.
        let inside = c == '_' && before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!') && !inside {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// Text into HTML; characters that could turn or hide text are shown by their code.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in neutral_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_only_text() {
        let text = "<script>alert(1)</script> | **x** `y` \u{202e}abc [a](javascript:b)";
        let spans = vec![Span::Plain(text.to_owned()), Span::Quote(text.to_owned()), Span::Code(text.to_owned())];
        let blocks = vec![Block::Heading(2, text.to_owned()), Block::Text(spans.clone()), Block::Table(vec![text.to_owned()], vec![vec![spans]])];
        let page = Document { title: text.to_owned(), lang: "en".to_owned(), blocks };
        let (html, markdown) = (page.html(), page.markdown());
        assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{html}");
        assert!(
            !markdown.contains("\n<script") && !markdown.contains(" <script") && !markdown.contains("[a](") && !markdown.contains('\u{202e}'),
            "{markdown}"
        );
    }
}
