//! The report as one page that needs nothing else: no request leaves it, it prints, it works without a mouse.

use std::fmt::Write as _;

use tribunal_analysis::document::escape_html as text;

use super::flips::{Content, Flip};
use super::human::{changed, direction, fit, heading};
use super::rate::Rate;
use super::{Report, RuleRates};
use crate::cube::Side;

const STYLE: &str = include_str!("../../assets/page.css");
const SCRIPT: &str = include_str!("../../assets/page.js");
/// Flips that the page carries; all kept ones stand in `flips.jsonl`.
const FLIPS: usize = 2_000;
/// Bars of a chart.
const BARS: usize = 20;

/// JSON that cannot end its script element.
fn data(flips: &[Flip]) -> String {
    let mut shown = flips.to_vec();
    shown.truncate(FLIPS);
    for piece in shown.iter_mut().flat_map(|flip| flip.texts.values_mut()).flatten() {
        piece.text = piece.text.chars().map(|c| if matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') { '\u{FFFD}' } else { c }).collect();
    }
    serde_json::to_string(&shown).unwrap_or_else(|_| "[]".to_owned()).replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// The page.
pub(super) fn page(report: &Report, flips: &[Flip], content: Content) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(report, flips, content, &mut out);
    out
}

fn write_page(report: &Report, flips: &[Flip], content: Content, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>Replay: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>",
        text(&heading(report))
    )?;
    writeln!(out, "<h1>Replay</h1>\n<p class=\"code\">{}</p>", text(&heading(report)))?;
    summary(report, out)?;
    for caveat in &report.caveats {
        writeln!(out, "<p class=\"note\">{}</p>", text(caveat))?;
    }
    gates(report, out)?;
    decisions(report, out)?;
    rules(report, out)?;
    markets(report, out)?;
    quality(report, out)?;
    unknowns(report, out)?;
    flip_list(report, flips, content, out)?;
    sample(report, out)?;
    writeln!(out, "</main>")?;
    if report.changes.is_some() {
        writeln!(out, "<script type=\"application/json\" id=\"flips-data\">{}</script>\n<script>\n{SCRIPT}</script>", data(flips))?;
    }
    writeln!(out, "</body>\n</html>")
}

fn tile(out: &mut String, name: &str, rate: &Rate) -> std::fmt::Result {
    let figure = rate.estimate.map_or_else(|| "–".to_owned(), |share| format!("{:.2} %", share * 100.0));
    writeln!(out, "<div class=\"tile\"><span>{}</span><b>{figure}</b><span class=\"mute\">{}</span></div>", text(name), text(&rate.words()))
}

fn summary(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<div class=\"tiles\">")?;
    if let Some(changes) = &report.changes {
        tile(out, "decision changes", &changes.changed)?;
        tile(out, "stricter", &changes.stricter)?;
        tile(out, "milder", &changes.milder)?;
    }
    if let Some(quality) = &report.quality {
        tile(out, "precision, new policy", &quality.new_precision)?;
        tile(out, "recall, new policy", &quality.new_recall)?;
    }
    if let Some(review) = &report.review {
        tile(out, "to review, new policy", &review.new)?;
    }
    writeln!(out, "</div>")
}

fn gates(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.gates.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Gates</h2>\n<div class=\"scroll\"><table><thead><tr><th>gate</th><th>ended</th><th>found</th><th class=\"n\">items that would do</th></tr></thead><tbody>"
    )?;
    for gate in &report.gates {
        let style = gate.outcome.words().replace(' ', "_");
        let would = gate.would_do.map(|n| n.to_string()).unwrap_or_default();
        writeln!(
            out,
            "<tr><td class=\"code\">{}</td><td class=\"{style}\">{}</td><td>{}</td><td class=\"n\">{would}</td></tr>",
            text(&gate.gate),
            gate.outcome.words(),
            text(&gate.found)
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// One bar of a chart: a name, an old and a new share.
struct Bar<'a> {
    name: &'a str,
    old: Option<&'a Rate>,
    new: &'a Rate,
}

/// As much of a name as fits into so many pixels of 12-px type.
fn fitting(name: &str, pixels: f64) -> String {
    let wide = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '|' | '!' | '-' | '\'' | '(' | ')' => 5.0,
        'a'..='l' | 'n'..='v' | 'x'..='z' | '0'..='9' | '_' => 8.0,
        c if c.is_ascii() => 12.0,
        _ => 14.0,
    };
    let mut used = 0.0;
    let all: f64 = name.chars().map(wide).sum();
    if all <= pixels {
        return name.to_owned();
    }
    let kept = name.chars().take_while(|c| {
        used += wide(*c);
        used <= pixels - 14.0
    });
    format!("{}…", kept.collect::<String>())
}

/// Horizontal bars, old above new, with the ends of the intervals.
fn chart(out: &mut String, title: &str, bars: &[Bar<'_>]) -> std::fmt::Result {
    let most = bars.iter().flat_map(|bar| [Some(bar.new), bar.old]).flatten().filter_map(|rate| rate.hi.or(rate.estimate)).fold(0.0_f64, f64::max);
    if bars.is_empty() || most <= 0.0 {
        return Ok(());
    }
    const LEFT: f64 = 240.0;
    const WIDTH: f64 = 420.0;
    let height = 34 * bars.len() + 10;
    let description: Vec<String> = bars
        .iter()
        .map(|bar| match bar.old {
            Some(old) => format!("{}: {} before, {} now", bar.name, old.words(), bar.new.words()),
            None => format!("{}: {}", bar.name, bar.new.words()),
        })
        .collect();
    let id: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
    writeln!(
        out,
        "<svg viewBox=\"0 0 760 {height}\" role=\"img\" aria-labelledby=\"t-{id} d-{id}\"><title id=\"t-{id}\">{}</title><desc id=\"d-{id}\">{}</desc>",
        text(title),
        text(&description.join(". "))
    )?;
    for (at, bar) in bars.iter().enumerate() {
        let top = 34 * at + 6;
        let name = fitting(bar.name, LEFT - 12.0);
        writeln!(out, "<text x=\"232\" y=\"{}\" text-anchor=\"end\">{}</text>", top + 16, text(&name))?;
        for (rate, style, y) in bar.old.map(|old| (old, "old", top)).into_iter().chain([(bar.new, "new", top + 12)]) {
            let Some(share) = rate.estimate else { continue };
            let x = |share: f64| share / most * WIDTH;
            writeln!(out, "<rect class=\"{style}\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"10\"/>", x(share))?;
            if let (Some(lo), Some(hi)) = (rate.lo, rate.hi)
                && hi > lo
            {
                writeln!(out, "<line class=\"whisker\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{2}\" y2=\"{2}\"/>", LEFT + x(lo), LEFT + x(hi), y + 5)?;
            }
        }
        let figure = bar.new.estimate.map(|share| format!("{:.2} %", share * 100.0)).unwrap_or_default();
        writeln!(out, "<text x=\"672\" y=\"{}\">{figure}</text>", top + 16)?;
    }
    writeln!(out, "</svg>")
}

fn decisions(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>Decisions</h2>")?;
    let values: Vec<_> = report.decisions.iter().filter(|value| value.new.k > 0 || value.old.as_ref().is_some_and(|old| old.k > 0)).collect();
    let names: Vec<String> = values.iter().map(|value| format!("{}: {}", value.axis, value.value)).collect();
    // The mildest value of an axis covers nearly all items and would flatten the others.
    let bars: Vec<Bar<'_>> = values
        .iter()
        .zip(&names)
        .filter(|(value, _)| value.new.estimate.is_some_and(|share| share < 0.5))
        .take(BARS)
        .map(|(value, name)| Bar { name, old: value.old.as_ref(), new: &value.new })
        .collect();
    chart(out, "Decisions before (grey) and now (blue)", &bars)?;
    writeln!(
        out,
        "<div class=\"scroll\"><table><thead><tr><th>decision</th><th class=\"n\">before</th><th class=\"n\">now</th><th>now, of all items</th></tr></thead><tbody>"
    )?;
    for (value, name) in values.iter().zip(&names) {
        let before = value.old.as_ref().map(|old| old.k.to_string()).unwrap_or_default();
        writeln!(
            out,
            "<tr><td>{}</td><td class=\"n\">{before}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            text(name),
            value.new.k,
            text(&value.new.words())
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if report.changes.is_some() {
        writeln!(
            out,
            "<h2>What changes</h2><div class=\"scroll\"><table><thead><tr><th>before</th><th>now</th><th>which way</th><th class=\"n\">items</th></tr></thead><tbody>"
        )?;
        for transition in changed(report).take(200) {
            writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>",
                text(&transition.old),
                text(&transition.new),
                direction(transition.direction),
                transition.rate.k
            )?;
        }
        writeln!(out, "</tbody></table></div>")?;
    }
    Ok(())
}

fn rules(report: &Report, out: &mut String) -> std::fmt::Result {
    let old = |name: &str| report.rules.iter().find(|rule| rule.side == Side::Old && rule.rule == name);
    let mut rows: Vec<&RuleRates> = report.rules.iter().filter(|rule| rule.side == Side::New).collect();
    rows.sort_by(|a, b| b.changed.cmp(&a.changed).then(b.fired.k.cmp(&a.fired.k)).then_with(|| a.rule.cmp(&b.rule)));
    writeln!(out, "<h2>Rules</h2><p class=\"mute\">Changed rules first. {} intervals are shown: of so many, some miss by chance.</p>", report.family)?;
    let bars: Vec<Bar<'_>> = rows
        .iter()
        .filter(|rule| rule.fired.k > 0)
        .take(BARS)
        .map(|rule| Bar { name: &rule.rule, old: old(&rule.rule).map(|rule| &rule.fired), new: &rule.fired })
        .collect();
    chart(out, "How often rules fire, before (grey) and now (blue)", &bars)?;
    writeln!(
        out,
        "<div class=\"scroll\"><table><thead><tr><th>rule</th><th>changed</th><th class=\"n\">before</th><th class=\"n\">now</th><th>now, of all items</th><th class=\"n\">alone</th>\
         <th class=\"n\">decisive</th><th class=\"n\">in shadow</th><th class=\"n\">not judged</th><th>precision</th></tr></thead><tbody>"
    )?;
    for rule in rows {
        let before = old(&rule.rule).map(|rule| rule.fired.k.to_string()).unwrap_or_default();
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{before}</td><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            text(&rule.rule),
            if rule.changed { "yes" } else { "" },
            rule.fired.k,
            text(&rule.fired.words()),
            rule.sole,
            rule.pivotal,
            rule.shadow,
            rule.not_judged,
            text(&rule.precision.percent())
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn markets(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>By market and other slices</h2>")?;
    let slices = || report.slices.iter().filter(|slice| slice.by == "market" && !slice.value.is_empty());
    let bars: Vec<Bar<'_>> = slices().take(BARS).map(|slice| Bar { name: &slice.value, old: slice.old_acts.as_ref(), new: &slice.new_acts }).collect();
    chart(out, "Share of items acted on by market, before (grey) and now (blue)", &bars)?;
    writeln!(
        out,
        "<div class=\"scroll\"><table><thead><tr><th>by</th><th>value</th><th class=\"n\">items</th><th>acted on now</th><th>changes</th><th class=\"n\">stricter</th><th class=\"n\">milder</th></tr></thead><tbody>"
    )?;
    for slice in report.slices.iter().take(500) {
        let value = if slice.value.is_empty() { "(none)" } else { &slice.value };
        let changes = slice.changed.as_ref().map(Rate::words).unwrap_or_default();
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            text(&slice.by),
            text(value),
            slice.items,
            text(&slice.new_acts.words()),
            text(&changes),
            slice.stricter,
            slice.milder
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn quality(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(quality) = &report.quality else { return Ok(()) };
    writeln!(
        out,
        "<h2>Against labels</h2><p>{} labelled items, {} violations. Precision: of the labelled items acted on, the share of violations. Recall: of the violations, the share acted on. \
         Acted on means: the decision is not the mildest.</p><ul>",
        quality.labelled, quality.positive
    )?;
    for (name, rate) in [
        ("precision before", quality.old_precision.as_ref()),
        ("precision now", Some(&quality.new_precision)),
        ("recall before", quality.old_recall.as_ref()),
        ("recall now", Some(&quality.new_recall)),
        ("prevalence by items", Some(&quality.prevalence)),
    ] {
        if let Some(rate) = rate {
            writeln!(out, "<li>{name}: {}</li>", text(&rate.percent()))?;
        }
    }
    if let Some(share) = quality.prevalence_by_views {
        writeln!(out, "<li>violative view rate (share of views on violations): {:.2} %</li>", share * 100.0)?;
    }
    if let Some(paired) = &quality.paired {
        writeln!(
            out,
            "<li>new right and old wrong on {}, the reverse on {}: exact McNemar p = {:.4}, e-value {:.2}</li>",
            paired.mended, paired.spoilt, paired.p, paired.e
        )?;
    }
    writeln!(out, "</ul>")
}

fn unknowns(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.unknowns.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Not judged</h2><div class=\"scroll\"><table><thead><tr><th>rule</th><th>policy</th><th>for want of</th><th class=\"n\">items</th></tr></thead><tbody>"
    )?;
    for row in report.unknowns.iter().take(500) {
        let side = if row.side == Side::Old { "old" } else { "new" };
        writeln!(out, "<tr><td>{}</td><td>{side}</td><td>{}</td><td class=\"n\">{}</td></tr>", text(&row.rule), text(&row.field), row.items)?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn flip_list(report: &Report, flips: &[Flip], content: Content, out: &mut String) -> std::fmt::Result {
    if report.changes.is_none() {
        return Ok(());
    }
    let kept = report.kept;
    let masked = match content {
        Content::Masked => "Hits are masked: first letter and length.",
        Content::Full => "Texts are shown as they are: this page holds content.",
        Content::None => "Texts are left out.",
    };
    writeln!(
        out,
        "<h2>Items whose decision changes</h2><p class=\"mute\">{} items change, {} are kept, those that hang by one rule first, then by hash{}. {masked}</p>",
        kept.changed,
        kept.kept,
        if flips.len() > FLIPS { format!("; this page has {FLIPS}, flips.jsonl all kept ones") } else { String::new() }
    )?;
    writeln!(out, "<div class=\"filters\">")?;
    for (id, name) in [("rule", "Rule"), ("market", "Market"), ("direction", "Which way")] {
        writeln!(out, "<label for=\"{id}\">{name}<select id=\"{id}\"><option value=\"\">all</option></select></label>")?;
    }
    writeln!(out, "<label for=\"search\">Id holds<input id=\"search\" type=\"search\"></label></div>")?;
    writeln!(
        out,
        "<p id=\"found\" role=\"status\"></p><div id=\"flips\"></div><button id=\"more\" type=\"button\" hidden>Show more</button><noscript>The list needs JavaScript; flips.jsonl has the same items.</noscript>"
    )
}

fn sample(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>Sample and manifest</h2><ul>")?;
    for line in fit(report) {
        writeln!(out, "<li>{}</li>", text(&line))?;
    }
    let manifest = &report.manifest;
    writeln!(out, "<li>design: {}</li><li>seed {}, intervals at {} %</li>", manifest.design.words(), manifest.seed, manifest.level * 100.0)?;
    for file in &manifest.data {
        writeln!(out, "<li class=\"code\">{} · {} bytes · {}</li>", text(&file.name), file.bytes, text(&file.digest))?;
    }
    for (name, policy) in [("old", manifest.old.as_ref()), ("new", Some(&manifest.new))] {
        if let Some(policy) = policy {
            writeln!(out, "<li class=\"code\">{name}: {} v{} {}</li>", text(&policy.id), text(&policy.version), text(&policy.digest))?;
        }
    }
    writeln!(out, "<li>program {}</li></ul><p class=\"mute\">Not checked: {}</p>", text(&manifest.program), text(&report.not_checked.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(text("<b onload='x'>\u{202E}&"), "&lt;b onload=&#39;x&#39;&gt;&lt;U+202E&gt;&amp;");
        let piece = super::super::flips::Piece { text: "</script><script>alert(1)</script>\u{202E}".to_owned(), hit: false };
        let flip = Flip {
            id: "</script>".to_owned(),
            place: String::new(),
            market: String::new(),
            lang: String::new(),
            label: String::new(),
            direction: crate::axes::Direction::Other,
            boundary: false,
            old: Default::default(),
            new: Default::default(),
            old_only: vec![],
            new_only: vec![],
            both: vec![],
            not_judged: vec![],
            texts: [("caption".to_owned(), vec![piece])].into(),
        };
        let json = data(&[flip]);
        assert!(!json.contains('<') && !json.contains('\u{202E}'), "{json}");
    }
}
