//! "Did you mean": the nearest of some names.

/// The candidate nearest to `name` by edits (insert, delete, replace, swap of neighbours; ASCII case and `-`/`_` are
/// free), if it is near enough to be what was meant: at most a third of the longer length. Of equals, the first.
///
/// ```
/// use tribunal_policy::suggest::closest;
///
/// let fields = ["caption", "hashtags", "ocr"];
/// assert_eq!(closest("captoin", fields.into_iter()), Some("caption"));
/// assert_eq!(closest("Hash-Tags", fields.into_iter()), Some("hashtags"));
/// assert_eq!(closest("bio", fields.into_iter()), None);
/// ```
pub fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = normal(name);
    if wanted.is_empty() || wanted.len() > MAX_CHARS {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let found = normal(candidate);
        if found.len() > MAX_CHARS || candidate == name {
            continue;
        }
        let allowed = (wanted.len().max(found.len()) / 3).max(1);
        let allowed = best.map_or(allowed, |(distance, _)| allowed.min(distance.saturating_sub(1)));
        if wanted.len().abs_diff(found.len()) > allowed {
            continue;
        }
        let distance = edits(&wanted, &found);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", if there is an `x`.
///
/// ```
/// use tribunal_policy::suggest::did_you_mean;
///
/// assert_eq!(did_you_mean("routng", ["routing", "account"].into_iter()).as_deref(), Some("did you mean `routing`?"));
/// assert_eq!(did_you_mean("colour", ["routing", "account"].into_iter()), None);
/// ```
pub fn did_you_mean<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    closest(name, candidates).map(|found| format!("did you mean `{found}`?"))
}

/// Longer names are not compared: the table is quadratic and the text may be hostile.
const MAX_CHARS: usize = 80;

fn normal(name: &str) -> Vec<char> {
    name.chars().take(MAX_CHARS + 1).map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Damerau–Levenshtein distance, optimal string alignment (no character is edited twice).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX);
    for (i, x) in a.iter().enumerate() {
        let mut current = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = get(&previous, j) + usize::from(x != y);
            least = least.min(get(&previous, j + 1) + 1).min(get(&current, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(get(&before, j - 1) + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut previous, current);
    }
    get(&previous, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["caption", "transcript", "hashtags", "author.followers", "firearms", "id", "on_unknown"];

    #[test]
    fn near_names_are_found() {
        for (typed, meant) in [
            ("captoin", "caption"),
            ("Caption", "caption"),
            ("hastags", "hashtags"),
            ("author.folowers", "author.followers"),
            ("on-unknown", "on_unknown"),
            ("firearm", "firearms"),
        ] {
            assert_eq!(closest(typed, NAMES.iter().copied()), Some(meant), "{typed}");
        }
    }

    #[test]
    fn far_names_are_not() {
        for typed in ["", "sound", "zzzzzz", "x", "caption"] {
            let found = closest(typed, NAMES.iter().copied().filter(|name| *name != "caption"));
            assert_eq!(found, None, "{typed}");
        }
        assert_eq!(closest(&"a".repeat(100_000), NAMES.iter().copied()), None);
    }

    #[test]
    fn nearest_wins_and_first_of_equals() {
        assert_eq!(closest("slurz", ["slur_list", "slurs", "slur"].into_iter()), Some("slurs"));
        assert_eq!(closest("ab", ["ac", "ad"].into_iter()), Some("ac"));
        assert_eq!(edits(&['a', 'b', 'c'], &['b', 'a', 'c']), 1);
        assert_eq!(edits(&['a'], &[]), 1);
    }
}
