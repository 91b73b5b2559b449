//! Literals that a regular expression cannot match without.

use regex_syntax::hir::{Hir, HirKind};

/// The shortest literal worth looking for, in bytes.
const LEAST: usize = 3;
/// The most literals for one expression.
const MOST: usize = 64;

/// ASCII literals, in lower case, one of which stands in every text that the expression matches; `None` when there is no
/// such set. Case is ignored by whoever searches for them; the two letters outside ASCII that fold into it (`ſ` and the
/// Kelvin sign) are the caller's to look out for.
pub(crate) fn required(pattern: &str) -> Option<Vec<Vec<u8>>> {
    // Without the flag for case, letters are literals and not classes of two.
    let hir = regex_syntax::ParserBuilder::new().nest_limit(50).build().parse(pattern).ok()?;
    let mut found = best(&hir)?;
    for literal in &mut found {
        literal.make_ascii_lowercase();
    }
    found.sort();
    found.dedup();
    Some(found)
}

fn usable(set: &[Vec<u8>]) -> bool {
    !set.is_empty() && set.len() <= MOST && set.iter().all(|literal| literal.len() >= LEAST)
}

/// The longer its shortest literal and the fewer they are, the better a set.
fn worth(set: &[Vec<u8>]) -> (usize, usize) {
    (set.iter().map(Vec::len).min().unwrap_or(0).min(8), MOST - set.len())
}

fn best(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            // A stretch of ASCII: other characters have forms that a byte automaton would not see as equal.
            let longest = literal.0.split(|byte| !byte.is_ascii()).max_by_key(|part| part.len())?;
            Some(vec![longest.to_vec()]).filter(|set| usable(set))
        }
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(best).max_by_key(|set| worth(set)),
        HirKind::Alternation(parts) => {
            let sets: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(best).collect();
            Some(sets?.concat()).filter(|set| usable(set))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pattern: &str) -> Option<Vec<String>> {
        Some(required(pattern)?.into_iter().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
    }

    #[test]
    fn what_a_match_cannot_do_without() {
        assert_eq!(texts(r"Glock\s*\d+"), Some(vec!["glock".to_owned()]));
        assert_eq!(texts(r"t\.me/\w+"), Some(vec!["t.me/".to_owned()]));
        assert_eq!(texts(r"\d{3}-\d{4}"), None);
        assert_eq!(texts(r"(?:abc)?x"), None);
        assert_eq!(texts("straße"), Some(vec!["stra".to_owned()]));
    }
}
