//! Policies.

use super::Rng;
use super::condition::Scope;
use super::words::{HOSTS, IDS, REGEXES, TERMS};

const CATEGORIES: &[&str] = &["safety/weapons", "safety", "spam/sale", "spam"];
const DATES: &[&str] = &["2026-10-30", "2026-11-01", "2026-11-01T12:00:00Z", "2026-11-02"];
const LATER: &[&str] = &["2026-11-02", "2026-11-03", "2026-11-04T00:00:00Z", "2027-01-01"];
const FOLDS: &[&str] = &["case", "width", "diacritics", "invisibles", "confusables", "leet", "repeats", "separators", "mask", "entities"];
const MODES: &[&str] = &["word", "phrase", "prefix", "suffix", "substring", "tag", "whole"];

/// A valid policy in one file. Its rules name each other without cycles, its markets have overlays, its lists every mode.
pub fn generate_policy(seed: u64) -> String {
    let mut rng = Rng::new(seed);
    let mut maker = Maker::new(&mut rng);
    let mut out = String::from("policy: {id: generated, version: \"1\"}\n");
    out.push_str(&maker.fields());
    out.push_str(&maker.axes());
    if maker.rng.chance(15) {
        out.push_str("ordinary_words: plainwords\n");
    }
    out.push_str(&maker.terms());
    out.push_str(&maker.rules());
    out.push_str(&maker.exceptions());
    out.push_str(&maker.markets());
    out
}

/// A rule as far as others have to know it.
struct Known {
    name: String,
    has_unless: bool,
}

struct Maker<'a> {
    rng: &'a mut Rng,
    /// Axis and its values; labels of a set last.
    axes: Vec<(&'static str, Vec<&'static str>)>,
    own_axes: bool,
    lists: Vec<(String, Vec<String>)>,
    markets: Vec<(String, Option<String>)>,
    rules: Vec<Known>,
    /// Rules before this one give points, those from it on read scores.
    readers: usize,
    scores: Vec<String>,
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{200b}'..='\u{200f}' | '\u{fe0f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A condition as a YAML scalar.
fn scalar(condition: &str) -> String {
    format!("'{}'", condition.replace('\'', "''"))
}

impl<'a> Maker<'a> {
    fn new(rng: &'a mut Rng) -> Maker<'a> {
        let own_axes = rng.chance(25);
        let axes = if own_axes {
            vec![("routing", vec!["none", "queue", "review"]), ("reach", vec!["full", "limited", "zero"]), ("tags", vec!["a", "b", "c"])]
        } else {
            vec![
                ("distribution", vec!["normal", "search_limited", "feed_ineligible", "removed"]),
                ("audience", vec!["everyone", "adults"]),
                ("routing", vec!["none", "review", "escalate"]),
                ("account", vec!["none", "warn", "strike"]),
                ("annotation", vec!["warning_screen", "disclosure", "ai_generated"]),
            ]
        };
        let mut markets = Vec::new();
        if rng.chance(60) {
            let tree = [("LATAM", None), ("BR", Some("LATAM")), ("MX", Some("LATAM")), ("US", None), ("US-CA", Some("US"))];
            markets = tree.iter().map(|(name, up): &(&str, Option<&str>)| ((*name).to_owned(), up.map(str::to_owned))).collect();
            markets.truncate(rng.between(1, tree.len()));
        }
        let rules = (0..rng.between(2, 9)).map(|nth| Known { name: format!("r{nth}"), has_unless: false }).collect::<Vec<_>>();
        let readers = rng.below(rules.len() + 1);
        let scores = if readers > 0 { vec!["spam".to_owned(), "harm".to_owned()] } else { Vec::new() };
        Maker { rng, axes, own_axes, lists: Vec::new(), markets, rules, readers, scores }
    }

    /// What a condition of the rule with that number may name. Every score gets points from the first rule.
    fn scope(&self, nth: usize) -> Scope {
        Scope {
            lists: self.lists.iter().map(|(name, _)| name.clone()).collect(),
            rules: self.rules.iter().take(nth).map(|rule| rule.name.clone()).collect(),
            scores: if nth >= self.readers { self.scores.clone() } else { Vec::new() },
            markets: self.markets.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    fn fields(&mut self) -> String {
        let mut out = String::from("fields:\n  note: {type: text}\n  comments: {type: text_list}\n  parent.author.id: {type: id}\n");
        let rng = &mut *self.rng;
        out.push_str(rng.word(&["  risk: {type: number}\n", "  risk: {type: number, missing: 0.5}\n"]));
        out.push_str(rng.word(&["  author.dealer: {type: bool}\n", "  author.dealer: {type: bool, missing: false}\n"]));
        for (line, percent) in [
            ("  author.age: {missing: 18}\n", 20),
            ("  transcript: {missing: unknown}\n", 25),
            ("  hashtags: {missing: unknown}\n", 10),
            ("  ocr: {missing: \"heck\"}\n", 10),
            ("  market: {missing: BR}\n", 10),
            ("  lang: {missing: en}\n", 10),
            ("  author.verified: {missing: true}\n", 15),
            ("  author.created_at: {missing: \"2026-10-31\"}\n", 15),
            ("  as_of: {missing: \"2026-11-02\"}\n", 5),
        ] {
            if rng.chance(percent) {
                out.push_str(line);
            }
        }
        out
    }

    fn axes(&mut self) -> String {
        if !self.own_axes {
            return String::new();
        }
        let labels = self.rng.word(&["", ", values: [a, b, c]"]);
        let ordered = |name: &str, values: &str| format!("  {name}: {{kind: ordered, values: [{values}]}}\n");
        let (routing, reach) = (ordered("routing", "none, queue, review"), ordered("reach", "full, limited, zero"));
        format!("axes:\n{routing}{reach}  tags: {{kind: set{labels}}}\n")
    }

    /// An effect, or nothing.
    fn effect(&mut self) -> String {
        let last = self.axes.len() - 1;
        let mut parts = Vec::new();
        for (nth, (axis, values)) in self.axes.clone().into_iter().enumerate() {
            if self.rng.chance(40) {
                let value = if nth == last { format!("[{}]", self.rng.some(&values, 0, 2).join(", ")) } else { self.rng.word(&values).to_owned() };
                parts.push(format!("{axis}: {value}"));
            }
        }
        if parts.is_empty() {
            parts.push("routing: review".to_owned());
        }
        format!("{{{}}}", parts.join(", "))
    }

    fn folds(&mut self) -> String {
        match self.rng.below(9) {
            0 => "plain".to_owned(),
            1..=4 => "evasive".to_owned(),
            5 => "none".to_owned(),
            6 => format!("[evasive, -{}]", self.rng.word(FOLDS)),
            7 => format!("-{}", self.rng.word(FOLDS)),
            _ => format!("[{}]", self.rng.some(FOLDS, 1, 5).join(", ")),
        }
    }

    fn modes(&mut self) -> String {
        if self.rng.chance(30) {
            return self.rng.word(&["word", "phrase"]).to_owned();
        }
        if self.rng.chance(25) { format!("[{}]", self.rng.some(MODES, 1, 2).join(", ")) } else { self.rng.word(MODES).to_owned() }
    }

    /// An entry, and its text when it is a plain one that an overlay may take out.
    fn entry(&mut self) -> (String, Option<String>) {
        if self.rng.chance(6) {
            return (format!("{{term: {}, match: regex}}", quoted(self.rng.word(REGEXES))), None);
        }
        let mut term = self.rng.word(TERMS).to_owned();
        match self.rng.below(12) {
            0 => term = term.to_uppercase(),
            1 => term.push_str(self.rng.word(TERMS)),
            _ => {}
        }
        if self.rng.chance(65) {
            return (quoted(&term), Some(term));
        }
        let mut keys = vec![format!("term: {}", quoted(&term))];
        for nth in 0..7 {
            if !self.rng.chance(18) {
                continue;
            }
            keys.push(match nth {
                0 => format!("match: {}", self.modes()),
                1 => format!("folds: {}", self.folds()),
                2 => format!("since: \"{}\"", self.rng.word(DATES)),
                3 => format!("until: \"{}\"", self.rng.word(LATER)),
                4 => format!("only_lang: {}", self.rng.word(&["en", "pt", "tr"])),
                5 => format!("lang: {}", self.rng.word(&["tr", "az", "en"])),
                _ if self.markets.is_empty() => "note: none".to_owned(),
                _ => format!("markets: [{}]", self.rng.pick(&self.markets).map(|(name, _)| name.clone()).unwrap_or_default()),
            });
        }
        (format!("{{{}}}", keys.join(", ")), None)
    }

    fn list(&mut self, name: &str, indent: &str) -> (String, Vec<String>) {
        let mut out = format!("{indent}{name}:\n");
        if self.rng.chance(70) {
            out.push_str(&format!("{indent}  match: {}\n", self.modes()));
        }
        if self.rng.chance(50) {
            out.push_str(&format!("{indent}  folds: {}\n", self.folds()));
        }
        out.push_str(&format!("{indent}  terms:\n"));
        let mut plain: Vec<String> = Vec::new();
        for _ in 0..self.rng.between(1, 5) {
            let (entry, text) = self.entry();
            out.push_str(&format!("{indent}    - {entry}\n"));
            plain.extend(text);
        }
        if self.rng.chance(30) {
            let allowed = [self.rng.word(&["glock deal", "glockenspiel", "hell", "heck yes", "x"]), self.rng.word(TERMS)];
            out.push_str(&format!("{indent}  allow: [{}, {}]\n", quoted(allowed.first().unwrap_or(&"")), quoted(allowed.last().unwrap_or(&""))));
        }
        // Only texts that stand there once: an overlay takes out all entries of a text.
        plain.sort();
        plain.dedup();
        (out, plain)
    }

    fn terms(&mut self) -> String {
        let mut out = String::from("terms:\n");
        for nth in 0..self.rng.between(2, 5) {
            let name = format!("l{nth}");
            let (text, plain) = self.list(&name, "  ");
            out.push_str(&text);
            self.lists.push((name, plain));
        }
        let row = |rng: &mut Rng, from: &[&str]| rng.some(from, 1, 3).iter().map(|term| quoted(term)).collect::<Vec<_>>().join(", ");
        out.push_str(&format!("  hosts: {{match: whole, terms: [{}]}}\n", row(self.rng, HOSTS)));
        out.push_str(&format!("  ids: {{match: whole, terms: [{}]}}\n", row(self.rng, IDS)));
        out.push_str("  places: {match: whole, terms: [US, latam]}\n  tongues: {match: whole, terms: [pt, en]}\n");
        out.push_str("  plainwords: {terms: [glocks, hecks, deals]}\n");
        out
    }

    fn unless(&mut self, scope: &Scope) -> String {
        let condition = scalar(&scope.condition(self.rng, 1));
        match self.rng.below(3) {
            0 => format!("{{when: {condition}, becomes: {}}}", self.effect()),
            1 => format!("{{when: {condition}}}"),
            _ => condition,
        }
    }

    fn points(&mut self) -> String {
        let amount = |rng: &mut Rng| rng.word(&["1", "2.5", "-0.5", "0.125", "0", "3"]);
        format!("{{spam: {}, harm: {}}}", amount(self.rng), amount(self.rng))
    }

    fn rollout(&mut self) -> String {
        let share = self.rng.word(&["10%", "50%", "0%", "100%", "33.3333%"]);
        if self.rng.chance(30) { format!("{{share: {share}, by: author.id}}") } else { share.to_owned() }
    }

    /// The keys of a rule; `nth` bounds what it may name.
    fn rule(&mut self, nth: usize, name: &str, indent: &str, with_points: bool) -> (String, bool) {
        let scope = self.scope(nth);
        let depth = self.rng.below(4);
        let mut lines = vec![format!("id: {name}"), format!("when: {}", scalar(&scope.condition(self.rng, depth)))];
        let has_unless = self.rng.chance(30);
        if has_unless {
            lines.push(format!("unless: {}", self.unless(&scope)));
        }
        if self.rng.chance(80) {
            lines.push(format!("effect: {}", self.effect()));
        }
        if with_points {
            lines.push(format!("points: {}", self.points()));
        }
        if self.rng.chance(25) {
            lines.push(format!("stage: {}", self.rng.word(&["off", "draft", "shadow", "shadow", "live"])));
        }
        if self.rng.chance(12) {
            lines.push(format!("rollout: {}", self.rollout()));
        }
        if self.rng.chance(35) {
            lines.push(format!("on_unknown: {}", self.rng.word(&["ignore", "review", "apply"])));
        }
        if self.rng.chance(10) {
            lines.push(format!("effective_from: \"{}\"", self.rng.word(DATES)));
        }
        if self.rng.chance(10) {
            lines.push(format!("until: \"{}\"", self.rng.word(LATER)));
        }
        if self.rng.chance(50) {
            lines.push(format!("category: {}", self.rng.word(CATEGORIES)));
        }
        (format!("{indent}- {}\n", lines.join(&format!("\n{indent}  "))), has_unless)
    }

    fn rules(&mut self) -> String {
        // One rule is always there in the category that exceptions name; mostly its evidence is every hit in the content.
        let all: Vec<String> = self.lists.iter().map(|(name, _)| name.clone()).collect();
        let when = if self.rng.chance(70) { format!("any text has any of ({})", all.join(", ")) } else { "caption has l0".to_owned() };
        let mut texts = vec![format!("  - {{id: anchor, when: '{when}', category: safety/weapons, points: {{spam: 1, harm: 0.5}}}}\n")];
        for nth in 0..self.rules.len() {
            let name = self.rules.get(nth).map(|rule| rule.name.clone()).unwrap_or_default();
            let with_points = nth < self.readers && (nth == 0 || self.rng.chance(50));
            let (text, has_unless) = self.rule(nth, &name, "  ", with_points);
            if let Some(rule) = self.rules.get_mut(nth) {
                rule.has_unless = has_unless;
            }
            // The order in files changes nothing.
            texts.insert(self.rng.below(texts.len() + 1), text);
        }
        format!("rules:\n{}", texts.concat())
    }

    fn exception(&mut self, name: &str, indent: &str) -> String {
        let first = self.rng.below(self.rules.len());
        let (target, scope) = if self.rng.chance(60) {
            // It may name what every rule that it serves may name.
            let name = self.rules.get(first).map(|rule| rule.name.clone()).unwrap_or_default();
            (name, self.scope(first))
        } else {
            let scope = Scope { scores: Vec::new(), ..self.scope(0) };
            (self.rng.word(&["\"safety/*\"", "safety/weapons", "\"*\""]).to_owned(), scope)
        };
        let mut lines = vec![
            format!("id: {name}"),
            format!("applies_to: [{target}]"),
            format!("when: {}", scalar(&scope.condition(self.rng, 1))),
            "reason: generated".to_owned(),
        ];
        if self.rng.chance(50) {
            lines.push(format!("becomes: {}", self.effect()));
        }
        format!("{indent}- {}\n", lines.join(&format!("\n{indent}  ")))
    }

    fn exceptions(&mut self) -> String {
        let mut out = String::new();
        for nth in 0..self.rng.below(3) {
            out.push_str(&self.exception(&format!("e{nth}"), "  "));
        }
        if out.is_empty() { out } else { format!("exceptions:\n{out}") }
    }

    fn rule_override(&mut self, nth: usize) -> String {
        let scope = self.scope(nth);
        let Some(rule) = self.rules.get(nth) else { return String::new() };
        let has_unless = rule.has_unless;
        let mut lines = vec![format!("rule: {}", rule.name), "reason: generated".to_owned()];
        if self.rng.chance(50) {
            lines.push(format!("{}: {}", self.rng.word(&["when", "tighten", "loosen"]), scalar(&scope.condition(self.rng, 1))));
        }
        if self.rng.chance(30) {
            lines.push(format!("stage: {}", self.rng.word(&["off", "draft", "shadow", "live"])));
        }
        if self.rng.chance(30) {
            let (set, labels) = self.axes.last().cloned().unwrap_or_default();
            let edit = format!("{{{set}: {{add: [{}]}}}}", self.rng.word(&labels));
            lines.push(format!("effect: {}", if self.rng.chance(40) { edit } else { self.effect() }));
        }
        if self.rng.chance(20) {
            lines.push(format!("unless: {}", if has_unless && self.rng.chance(50) { "none".to_owned() } else { self.unless(&scope) }));
        }
        if nth < self.readers && self.rng.chance(20) {
            lines.push(format!("points: {}", self.points()));
        }
        if self.rng.chance(15) {
            lines.push(format!("rollout: {}", self.rollout()));
        }
        if self.rng.chance(15) {
            lines.push(format!("effective_from: \"{}\"", self.rng.word(DATES)));
        }
        if lines.len() == 2 {
            lines.push("stage: shadow".to_owned());
        }
        format!("      - {}\n", lines.join("\n        "))
    }

    /// Takes out and puts in; what one market took out, no other does.
    fn list_override(&mut self, nth: usize) -> String {
        let added = self.entry().0;
        let Some((name, plain)) = self.lists.get_mut(nth) else { return String::new() };
        let mut lines = vec![format!("terms: {name}"), "reason: generated".to_owned(), format!("add: [{added}]")];
        if let Some(gone) = plain.pop() {
            lines.push(format!("remove: [{}]", quoted(&gone)));
        }
        if self.rng.chance(30) {
            lines.push(format!("allow: [{}]", quoted(self.rng.word(TERMS))));
        }
        format!("      - {}\n", lines.join("\n        "))
    }

    fn markets(&mut self) -> String {
        let mut out = String::new();
        for (at, (name, up)) in self.markets.clone().into_iter().enumerate() {
            out.push_str(&format!("  - market: {name}\n"));
            if let Some(up) = up {
                out.push_str(&format!("    inherits: {up}\n"));
            }
            let mut overrides = String::new();
            for nth in 0..self.rules.len() {
                if self.rng.chance(25) {
                    overrides.push_str(&self.rule_override(nth));
                }
            }
            for nth in 0..self.lists.len() {
                if self.rng.chance(25) {
                    overrides.push_str(&self.list_override(nth));
                }
            }
            if !overrides.is_empty() {
                out.push_str(&format!("    overrides:\n{overrides}"));
            }
            if self.rng.chance(25) {
                let list = format!("m{at}");
                let (text, _) = self.list(&list, "      ");
                let (rule, _) = self.rule(0, &format!("rm{at}"), "      ", false);
                let own = format!("      - {{id: ro{at}, when: any text has {list}, effect: {}}}\n", self.effect());
                out.push_str(&format!("    terms:\n{text}    rules:\n{rule}{own}"));
            }
            if self.rng.chance(20) {
                out.push_str(&format!("    exceptions:\n{}", self.exception(&format!("em{at}"), "      ")));
            }
        }
        if out.is_empty() { out } else { format!("markets:\n{out}") }
    }
}
