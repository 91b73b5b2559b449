//! Standard output and standard error: formats, colours, and nothing that hostile text could do to a terminal.

use std::io::{self, IsTerminal as _, Write};

use clap::ValueEnum;
use serde::Serialize;
use tribunal::policy::diagnostic::{Diagnostic, Severity};
use tribunal::policy::render::{neutral, neutral_line};
use tribunal::policy::source::Sources;
use tribunal::{Builder, Error, Moderator};

/// `--color`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--format` of most verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// For programs: a versioned form
    Json,
}

/// What counts as an error beside errors.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Deny {
    /// Warnings too
    Warnings,
}

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Human,
    /// For programs: a versioned form
    Json,
    /// SARIF 2.1.0, for code review tools
    Sarif,
}

/// How to talk.
#[derive(Debug)]
pub(crate) struct Ui {
    pub(crate) quiet: bool,
}

impl Ui {
    pub(crate) fn new(color: Color, quiet: bool) -> Ui {
        let choice = match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        Ui { quiet }
    }

    /// Prints a text for people. Control sequences in it are colours of our own; they are taken out where there is no terminal.
    pub(crate) fn print(&self, text: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Prints a value as indented JSON.
    pub(crate) fn print_json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        safe_json(&mut text);
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()?;
        Ok(())
    }

    /// Says something beside the result, on standard error.
    pub(crate) fn say(&self, text: &str) {
        // Nobody is left to be told when this fails.
        let _ = writeln!(anstream::stderr(), "{}", neutral(text));
    }

    /// As [`Ui::say`], unless `--quiet`.
    pub(crate) fn remark(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Whether somebody watches the progress.
    pub(crate) fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A moderator of a policy; what is wrong with the policy is told at once.
    pub(crate) fn moderator(&self, builder: Builder, policy: &std::path::Path) -> anyhow::Result<Moderator> {
        require(policy)?;
        match builder.from_path(policy) {
            Ok(moderator) => Ok(moderator),
            Err(Error::Policy { diagnostics, sources }) => {
                let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
                let errors: Vec<_> = errors.cloned().collect();
                self.refuse(policy, &errors, &sources)
            }
            Err(error) => anyhow::bail!("{error}"),
        }
    }
}

impl Ui {
    /// Says on standard error what is wrong with a policy that cannot be used.
    pub(crate) fn refuse<T>(&self, policy: &std::path::Path, errors: &[Diagnostic], sources: &Sources) -> anyhow::Result<T> {
        let _ = writeln!(anstream::stderr(), "{}", tribunal::policy::render::human(errors, sources, true));
        anyhow::bail!("the policy {} cannot be used: {}", neutral_line(&policy.display().to_string()), count(errors.len() as u64, "error"))
    }
}

/// Refuses a path where nothing is, before anything else is said about it.
pub(crate) fn require(path: &std::path::Path) -> anyhow::Result<()> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) => anyhow::bail!("{}: {error}", path.display()),
    }
}

/// A JSON text in which nothing acts on a terminal; the data is the same. JSON itself escapes only the controls below U+0020.
pub(crate) fn safe_json(text: &mut String) {
    if !text.chars().any(may_act) {
        return;
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut one = [0; 4];
    for c in text.chars() {
        if may_act(c) && neutral(c.encode_utf8(&mut one)).as_str() != c.encode_utf8(&mut [0; 4]) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    *text = safe;
}

/// The same for a line at the end of what is to be written.
pub(crate) fn safe_line(out: &mut Vec<u8>, from: usize) {
    let line = out.get(from..).unwrap_or_default();
    // Most lines are plain, and this is a test of bytes.
    if line.iter().all(|byte| (0x20..0x7F).contains(byte)) {
        return;
    }
    let mut text = String::from_utf8_lossy(line).into_owned();
    safe_json(&mut text);
    out.truncate(from);
    out.extend_from_slice(text.as_bytes());
}

/// A cheap test that holds for every character that [`neutral`] changes.
fn may_act(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{2000}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FFFF}' | '\u{E0000}'..)
}

/// `1 error`, `2 errors`, `no errors`, with commas in thousands.
pub(crate) fn count(number: u64, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", thousands(number)),
    }
}

/// A number with commas.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Whether somebody closed the pipe we write to.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe))
}

/// The last word of a verb that could not do its work.
pub(crate) fn complain(error: &anyhow::Error) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let _ = writeln!(anstream::stderr(), "{style}error{style:#}: {}", neutral(&format!("{error:#}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(123), "123");
        assert_eq!(count(0, "error"), "no errors");
        assert_eq!(count(1_000, "item"), "1,000 items");
    }

    #[test]
    fn whatever_is_made_neutral_may_act() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| *c != '\n') {
            let text = c.to_string();
            assert!(may_act(c) || neutral(&text) == text, "{:04X}", u32::from(c));
        }
    }

    #[test]
    fn json_keeps_its_data() {
        let mut text = serde_json::to_string("a\u{9b}31m\u{202e}\u{7f}é🎰\u{200d}").unwrap_or_default();
        let before: Option<String> = serde_json::from_str(&text).ok();
        safe_json(&mut text);
        assert!(text.contains("\\u009b") && text.contains("\\u202e") && text.contains("\\u007f"));
        assert_eq!(serde_json::from_str(&text).ok(), before);
    }
}
