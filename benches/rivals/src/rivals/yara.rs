//! yara-x in its fast scan: everything in its own language, market and length as globals.

use std::fmt::Write as _;

use super::{Right, Rival, leak};
use crate::corpus::{Item, REGIONS};
use crate::rules::{Matching, Rule, RuleSet};

pub(crate) fn build(set: &'static RuleSet) -> Result<Rival, String> {
    let sources = set.rules.chunks(2_000).enumerate().map(|(part, rules)| source(rules, part * 2_000, set.matching));
    of_sources(sources)
}

/// Compiles sources whose rules are called `r` and their number.
pub(crate) fn of_sources(sources: impl Iterator<Item = String>) -> Result<Rival, String> {
    let mut compiler = yara_x::Compiler::new();
    compiler.switch_all_warnings(false);
    compiler.define_global("region", "US").map_err(|error| error.to_string())?;
    compiler.define_global("duration", 0i64).map_err(|error| error.to_string())?;
    compiler.define_global("followers", 0i64).map_err(|error| error.to_string())?;
    for source in sources {
        compiler.add_source(source.as_str()).map_err(|error| error.to_string().chars().take(300).collect::<String>())?;
    }
    let rules: &'static yara_x::Rules = leak(compiler.build());
    Ok(Rival::new(Right::Ascii, move || {
        let mut scanner = yara_x::Scanner::new(rules);
        scanner.fast_scan(true);
        move |item: &Item, out: &mut Vec<u32>| {
            let region = REGIONS[usize::from(item.region)];
            let ready = scanner.set_global("region", region).and_then(|scanner| scanner.set_global("duration", item.duration));
            // Every item of the races with this field has it.
            let ready = ready.and_then(|scanner| scanner.set_global("followers", item.followers.unwrap_or(-1)));
            if let Ok(found) = ready.map_err(drop).and_then(|scanner| scanner.scan(item.caption.as_bytes()).map_err(drop)) {
                out.extend(found.matching_rules().filter_map(|rule| rule.identifier().get(1..)?.parse::<u32>().ok()));
            }
        }
    }))
}

fn source(rules: &[Rule], first: usize, matching: Matching) -> String {
    let fullword = if matching == Matching::Words { " fullword" } else { "" };
    let mut text = String::new();
    for (at, rule) in rules.iter().enumerate() {
        let _ = write!(text, "rule r{:06} {{ strings:", first + at);
        let mut parts = Vec::new();
        for (name, terms) in [('a', &rule.any), ('b', &rule.context), ('n', &rule.except)] {
            let regexes = rule.regexes.iter().filter(|_| name == 'a');
            if terms.is_empty() && regexes.clone().next().is_none() {
                continue;
            }
            for (at, term) in terms.iter().enumerate() {
                let _ = write!(text, " ${name}{at} = \"{term}\" nocase{fullword}");
            }
            for (at, regex) in regexes.enumerate() {
                let _ = write!(text, " ${name}{} = /{}/ nocase", 100 + at, regex.replace('/', "\\/"));
            }
            parts.push(format!("{}any of (${name}*)", if name == 'n' { "not " } else { "" }));
        }
        if rule.regions != 0 {
            let names = REGIONS.iter().enumerate().filter(|(at, _)| (rule.regions >> at) & 1 == 1).map(|(_, name)| format!("region == \"{name}\""));
            parts.push(format!("({})", names.collect::<Vec<_>>().join(" or ")));
        }
        if let Some(over) = rule.over {
            parts.push(format!("duration > {over}"));
        }
        let _ = writeln!(text, " condition: {} }}", parts.join(" and "));
    }
    text
}
