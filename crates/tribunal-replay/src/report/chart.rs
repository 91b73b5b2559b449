//! Charts of the page, as SVG with a text alternative: bars before and now with their intervals, and which way decisions go.

use std::fmt::Write as _;

use tribunal_analysis::document::escape_html as text;

use super::rate::Rate;

/// One row of a chart: a name, an old and a new share.
pub(super) struct Bar<'a> {
    pub(super) name: &'a str,
    pub(super) old: Option<&'a Rate>,
    pub(super) new: &'a Rate,
}

const WIDTH: f64 = 760.0;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 220.0;
const LONGEST: f64 = 420.0;
const ROW: usize = 30;

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

/// A round step of an axis that ends at `most`: 1, 2 or 5 times a power of ten, four or five of them.
fn step(most: f64) -> f64 {
    let rough = most / 4.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= rough).unwrap_or(rough)
}

fn percent(share: f64) -> String {
    let number = share * 100.0;
    if number >= 10.0 { format!("{number:.1} %") } else { format!("{number:.2} %") }
}

fn open(out: &mut String, title: &str, description: &str, height: usize) -> std::fmt::Result {
    let id: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><svg viewBox=\"0 0 {WIDTH:.0} {height}\" role=\"img\" aria-labelledby=\"t-{id} d-{id}\"><title id=\"t-{id}\">{}</title><desc id=\"d-{id}\">{}</desc>",
        text(title),
        text(description)
    )
}

/// Horizontal bars, old above new, with the ends of the intervals.
pub(super) fn bars(out: &mut String, title: &str, bars: &[Bar<'_>]) -> std::fmt::Result {
    let most = bars.iter().flat_map(|bar| [Some(bar.new), bar.old]).flatten().filter_map(|rate| rate.hi.or(rate.estimate)).fold(0.0_f64, f64::max);
    if bars.is_empty() || most <= 0.0 {
        return Ok(());
    }
    let description: Vec<String> = bars
        .iter()
        .map(|bar| match bar.old {
            Some(old) => format!("{}: {} before, {} now", bar.name, old.words(), bar.new.words()),
            None => format!("{}: {}", bar.name, bar.new.words()),
        })
        .collect();
    let has_old = bars.iter().any(|bar| bar.old.is_some());
    let bottom = ROW * bars.len() + 26;
    open(out, title, &description.join(". "), bottom + 18)?;
    let x = |share: f64| LEFT + share / most * LONGEST;
    if has_old {
        writeln!(out, "<rect class=\"old\" x=\"{LEFT}\" y=\"4\" width=\"10\" height=\"10\"/><text x=\"{}\" y=\"13\">before</text>", LEFT + 16.0)?;
        writeln!(out, "<rect class=\"new\" x=\"{}\" y=\"4\" width=\"10\" height=\"10\"/><text x=\"{}\" y=\"13\">now</text>", LEFT + 80.0, LEFT + 96.0)?;
    }
    let step = step(most);
    let mut tick = 0.0;
    while tick <= most {
        writeln!(out, "<line class=\"axis\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"22\" y2=\"{bottom}\"/>", x(tick))?;
        let digits = if step >= 0.01 { 0 } else { 2 };
        writeln!(out, "<text class=\"tick\" x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{:.digits$} %</text>", x(tick), bottom + 14, tick * 100.0)?;
        tick += step;
    }
    for (at, bar) in bars.iter().enumerate() {
        let top = ROW * at + 26;
        writeln!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", LEFT - 10.0, top + 14, text(&fitting(bar.name, LEFT - 14.0)))?;
        for (rate, style, y) in bar.old.map(|old| (old, "old", top)).into_iter().chain([(bar.new, "new", top + 11)]) {
            let Some(share) = rate.estimate else { continue };
            writeln!(out, "<rect class=\"{style}\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"9\"/>", x(share) - LEFT)?;
            if let (Some(lo), Some(hi)) = (rate.lo, rate.hi)
                && hi > lo
            {
                writeln!(out, "<line class=\"whisker\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{2:.1}\" y2=\"{2:.1}\"/>", x(lo), x(hi), y as f64 + 4.5)?;
            }
        }
        let now = bar.new.estimate.map(percent).unwrap_or_default();
        let figure = match bar.old.and_then(|old| old.estimate) {
            Some(old) if percent(old) != now => format!("{} → {now}", percent(old)),
            _ => now,
        };
        writeln!(out, "<text x=\"{}\" y=\"{}\">{figure}</text>", LEFT + LONGEST + 8.0, top + 14)?;
    }
    writeln!(out, "</svg></div>")
}

/// One bar of what changes: to the strict side, both ways, to the mild side.
pub(super) fn directions(out: &mut String, stricter: u64, other: u64, milder: u64) -> std::fmt::Result {
    let all = stricter + other + milder;
    if all == 0 {
        return Ok(());
    }
    let parts = [("strict", "stricter", stricter), ("both", "both ways", other), ("mild", "milder", milder)];
    let said: Vec<String> = parts.iter().map(|(_, name, count)| format!("{name} {count}")).collect();
    open(out, "Which way decisions change", &said.join(", "), 46)?;
    let mut x = 0.0;
    for (style, _, count) in parts {
        let width = crate::stats::real(count) / crate::stats::real(all) * (WIDTH - 2.0);
        if count > 0 {
            writeln!(out, "<rect class=\"{style}\" x=\"{x:.1}\" y=\"2\" width=\"{width:.1}\" height=\"16\"/>")?;
        }
        x += width;
    }
    for ((style, name, count), x) in parts.into_iter().zip([0.0, 250.0, 500.0]) {
        writeln!(out, "<rect class=\"{style}\" x=\"{x}\" y=\"30\" width=\"10\" height=\"10\"/><text x=\"{}\" y=\"39\">{name}: {count}</text>", x + 16.0)?;
    }
    writeln!(out, "</svg></div>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_what_fits() {
        assert_eq!(fitting("audience: adults", 206.0), "audience: adults");
        let cut = fitting(&"W".repeat(80), 206.0);
        assert!(cut.ends_with('…') && cut.chars().count() < 18, "{cut}");
    }

    #[test]
    fn axes_have_round_steps() {
        for (most, wanted) in [(0.26, 0.1), (1.0, 0.5), (0.0123, 0.005), (0.9, 0.5)] {
            assert!((step(most) - wanted).abs() < 1e-12, "{most}: {}", step(most));
        }
    }
}
