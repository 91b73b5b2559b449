//! Rules that read no text: market, length, followers.

use std::fmt::Write as _;

use crate::corpus::{Item, REGIONS};
use crate::policies::{Folder, regions};
use crate::race::{Entrant, enter};
use crate::rivals::{Right, Rival, Scanner, leak, tribunal};
use crate::rng::Rng;

/// A market among some, a length in a range, at least so many followers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    regions: u16,
    least: i64,
    most: i64,
    followers: Option<i64>,
}

impl Rule {
    /// A missing number of followers is unknown: the rule does not fire.
    fn holds(&self, item: &Item) -> bool {
        (self.regions >> item.region) & 1 == 1
            && (self.least..=self.most).contains(&item.duration)
            && self.followers.is_none_or(|least| item.followers.is_some_and(|followers| followers >= least))
    }
}

/// So many rules of which at most one in a hundred holds for an item.
pub(crate) fn selective(count: usize) -> Vec<Rule> {
    let mut rng = Rng::new(23);
    let rule = |rng: &mut Rng| {
        let least = 3 + rng.below(140) as i64;
        Rule { regions: 1 << rng.below(REGIONS.len()), least, most: least + 20, followers: Some(10f64.powf(1.0 + rng.unit() * 5.0) as i64) }
    };
    (0..count).map(|_| rule(&mut rng)).collect()
}

/// So many rules of which about half hold for an item.
pub(crate) fn broad(count: usize) -> Vec<Rule> {
    let mut rng = Rng::new(29);
    let rule = |rng: &mut Rng| Rule { regions: u16::MAX >> 4, least: 3 + rng.below(178) as i64, most: i64::MAX, followers: None };
    (0..count).map(|_| rule(&mut rng)).collect()
}

/// The rules that hold.
pub(crate) fn right(rules: &[Rule], item: &Item) -> Vec<u32> {
    (0u32..).zip(rules).filter(|(_, rule)| rule.holds(item)).map(|(at, _)| at).collect()
}

/// Everybody who can judge such rules.
pub(crate) fn entrants(rules: &'static [Rule]) -> Vec<Entrant> {
    let ours = enter("tribunal whole", || tribunal::of_engine(tribunal::compile(folder(rules))?, Right::Ascii));
    let by_hand = enter("loop by hand", || Ok(by_hand(rules)));
    #[cfg(feature = "yara")]
    let yara = Some(enter("yara-x", || crate::rivals::yara::of_sources(std::iter::once(source(rules)))));
    #[cfg(not(feature = "yara"))]
    let yara = None;
    [ours, by_hand].into_iter().chain(yara).collect()
}

/// A loop over all rules, compared without branches on what they say.
fn by_hand(rules: &'static [Rule]) -> Rival {
    let flat: &'static [(u16, i64, i64, i64)] =
        leak(rules.iter().map(|rule| (rule.regions, rule.least, rule.most, rule.followers.unwrap_or(i64::MIN))).collect::<Vec<_>>());
    let make = move || -> Box<dyn Scanner> {
        Box::new(move |item: &Item, out: &mut Vec<u32>| {
            let followers = item.followers.unwrap_or(i64::MIN);
            for (at, (regions, least, most, fewest)) in (0u32..).zip(flat) {
                let holds = ((regions >> item.region) & 1 == 1) & (item.duration >= *least) & (item.duration <= *most) & (followers >= *fewest);
                if holds {
                    out.push(at);
                }
            }
        })
    };
    Rival { right: Right::Ascii, make: Box::new(make), outside: std::mem::size_of_val(flat), note: String::new() }
}

fn folder(rules: &[Rule]) -> Folder {
    let mut files = Folder::from([("policy.yaml".to_owned(), b"policy: {id: metadata, version: \"1\"}\n".to_vec())]);
    for (part, rules) in rules.chunks(2_000).enumerate() {
        let mut text = "rules:\n".to_owned();
        for (at, rule) in rules.iter().enumerate() {
            let mut when = format!("market in ({}) and video.duration_s >= {}", regions(rule.regions), rule.least);
            if rule.most < i64::MAX {
                when = format!("market in ({}) and video.duration_s in {}..{}", regions(rule.regions), rule.least, rule.most);
            }
            if let Some(least) = rule.followers {
                let _ = write!(when, " and author.followers >= {least}");
            }
            let _ = writeln!(text, "  - {{id: r{:06}, stage: live, when: \"{when}\", effect: {{routing: review}}}}", part * 2_000 + at);
        }
        files.insert(format!("rules/r{part:03}.yaml"), text.into_bytes());
    }
    files
}

#[cfg(feature = "yara")]
fn source(rules: &[Rule]) -> String {
    let mut text = String::new();
    for (at, rule) in rules.iter().enumerate() {
        let names = regions(rule.regions);
        let regions = names.split(", ").map(|name| format!("region == \"{name}\"")).collect::<Vec<_>>().join(" or ");
        let most = if rule.most < i64::MAX { format!(" and duration <= {}", rule.most) } else { String::new() };
        let followers = rule.followers.map_or_else(String::new, |least| format!(" and followers >= {least}"));
        let _ = writeln!(text, "rule r{at:06} {{ condition: ({regions}) and duration >= {}{most}{followers} }}", rule.least);
    }
    text
}
