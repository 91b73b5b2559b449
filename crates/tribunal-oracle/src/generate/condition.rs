//! Conditions of every form.

use super::Rng;
use super::words::{IDS, REGEXES, TERMS};

/// What a condition may name.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Lists of terms.
    pub(super) lists: Vec<String>,
    /// Rules that may be named here without a cycle.
    pub(super) rules: Vec<String>,
    /// Scores that may be read here without a cycle.
    pub(super) scores: Vec<String>,
    /// Market names.
    pub(super) markets: Vec<String>,
}

const TEXTS: &[&str] = &["caption", "transcript", "ocr", "sound.title", "hashtags", "author.bio", "author.name", "note", "comments"];
const NUMBERS: &[&str] = &["author.age", "author.followers", "author.following", "video.duration_s", "stats.plays", "risk"];
const BOOLS: &[&str] = &["author.verified", "video.is_ad", "author.dealer"];
const TIMES: &[&str] = &["author.created_at", "video.created_at", "as_of"];
const ALL: &[&str] = &["caption", "hashtags", "author.age", "author.verified", "lang", "market", "as_of", "author.created_at", "effects", "note", "id", "risk"];
const OPS: &[&str] = &["=", "!=", "<", "<=", ">", ">="];

impl Scope {
    /// A condition of at most that depth.
    pub(super) fn condition(&self, rng: &mut Rng, depth: usize) -> String {
        if depth == 0 || rng.chance(35) {
            return self.predicate(rng);
        }
        match rng.below(5) {
            0 => format!("not ({})", self.condition(rng, depth - 1)),
            1 => format!("not {}", self.predicate(rng)),
            n => {
                let word = if n == 2 { " or " } else { " and " };
                let parts: Vec<String> = (0..rng.between(2, 3)).map(|_| format!("({})", self.condition(rng, depth - 1))).collect();
                parts.join(word)
            }
        }
    }

    fn predicate(&self, rng: &mut Rng) -> String {
        match rng.below(20) {
            0..=7 => self.has(rng),
            8 | 9 => self.hits(rng),
            10 => Self::derived(rng),
            11 => Self::number(rng),
            12 => Self::id(rng),
            13 => self.place(rng),
            14 => rng.word(BOOLS).to_owned(),
            15 => format!("{} {} {}", rng.word(BOOLS), rng.word(&["=", "!="]), rng.word(&["true", "false"])),
            16 => Self::time(rng),
            17 => format!("is_missing({})", rng.word(ALL)),
            18 if !self.scores.is_empty() => self.score(rng),
            _ if !self.rules.is_empty() => format!("rule({})", rng.name(&self.rules)),
            _ => self.has(rng),
        }
    }

    fn operand(&self, rng: &mut Rng) -> String {
        match rng.below(12) {
            0 => format!("\"{}\"", rng.word(TERMS).replace('\\', "\\\\")),
            1 => format!("/{}/", rng.word(REGEXES).replace('/', "\\/")),
            _ => rng.name(&self.lists),
        }
    }

    fn group(&self, rng: &mut Rng, least: usize) -> String {
        let all: Vec<String> = (0..rng.between(least, 3)).map(|_| self.operand(rng)).collect();
        let comma = if rng.chance(10) { "," } else { "" };
        format!("({}{comma})", all.join(", "))
    }

    fn side(&self, rng: &mut Rng) -> String {
        if rng.chance(20) { format!("any of {}", self.group(rng, 1)) } else { self.operand(rng) }
    }

    fn subject(rng: &mut Rng) -> String {
        match rng.below(10) {
            0..=3 => "any text".to_owned(),
            4 => format!("any ({})", rng.some(TEXTS, 1, 3).join(", ")),
            5..=7 => "caption".to_owned(),
            _ => rng.word(TEXTS).to_owned(),
        }
    }

    fn has(&self, rng: &mut Rng) -> String {
        if rng.chance(6) {
            return format!("domains({}) has hosts", rng.word(&["caption", "ocr", "hashtags"]));
        }
        if rng.chance(5) {
            return format!("effects has {}", rng.word(&["ids", "any of (ids, \"fx.blur\")", "all of (ids, ids)"]));
        }
        let subject = Self::subject(rng);
        let test = match rng.below(12) {
            0 => format!("any of {}", self.group(rng, 1)),
            1 | 2 => format!("all of {}", self.group(rng, 1)),
            3 => format!("at least 2 of {}", self.group(rng, 2)),
            4..=6 => {
                let word = rng.word(&["near", "before"]);
                let within = rng.below(5);
                let unit = if within == 1 { "word" } else { "words" };
                format!("{} {word} {} within {within} {unit}", self.side(rng), self.side(rng))
            }
            _ => self.operand(rng),
        };
        format!("{subject} has {test}")
    }

    fn counted(&self, rng: &mut Rng) -> String {
        let per_field = if rng.chance(25) { " per field" } else { "" };
        format!("{}({} has {}{per_field})", rng.word(&["count", "count", "distinct", "evasion"]), Self::subject(rng), self.side(rng))
    }

    fn hits(&self, rng: &mut Rng) -> String {
        let left = self.counted(rng);
        match rng.below(10) {
            0 => format!("{left} {} {}", rng.word(OPS), self.counted(rng)),
            1 => format!("{left} {} in {}..{}", rng.word(&["", "not"]), rng.below(2), rng.between(1, 3)),
            2 => format!("{left} in (0, 2)"),
            _ => format!("{left} {} {}", rng.word(OPS), rng.below(4)),
        }
    }

    fn derived(rng: &mut Rng) -> String {
        let (function, bound) = match rng.below(6) {
            0 => ("length", rng.between(0, 60).to_string()),
            1 => ("words", rng.between(0, 10).to_string()),
            2 => ("uppercase_ratio", rng.word(&["30%", "0.5", "0", "100%", "0.25"]).to_owned()),
            3 => ("emoji_count", rng.below(4).to_string()),
            4 => ("link_count", rng.below(3).to_string()),
            _ => return format!("count({}) {} {}", rng.word(&["hashtags", "effects", "comments"]), rng.word(OPS), rng.below(4)),
        };
        format!("{function}({}) {} {bound}", rng.word(TEXTS), rng.word(OPS))
    }

    fn number(rng: &mut Rng) -> String {
        let field = rng.word(NUMBERS);
        match rng.below(6) {
            0 => format!("{field} {}in 13..{}", rng.word(&["", "not "]), rng.between(13, 2000)),
            1 => format!("{field} {}in (13, 17.5, 1000)", rng.word(&["", "not "])),
            2 => format!("{field} {} {}", rng.word(OPS), rng.word(NUMBERS)),
            _ => format!("{field} {} {}", rng.word(OPS), rng.word(&["13", "18", "0", "-1", "0.5", "1000", "30%", "900719925474099300", "17.50"])),
        }
    }

    fn id(rng: &mut Rng) -> String {
        match rng.below(6) {
            0 => "author.id = parent.author.id".to_owned(),
            1 => format!("sound.id {}in ids", rng.word(&["", "not "])),
            2 => format!("author.id in (\"{}\", {})", rng.word(IDS), rng.word(&["u1", "U1", "x_y"])),
            3 => format!("caption {} \"{}\"", rng.word(&["=", "!="]), rng.word(&["", "glock", "heck"])),
            _ => format!("{} {} \"{}\"", rng.word(&["author.id", "id", "sound.id"]), rng.word(&["=", "!="]), rng.word(IDS)),
        }
    }

    fn place(&self, rng: &mut Rng) -> String {
        let market = if self.markets.is_empty() { "US".to_owned() } else { rng.name(&self.markets) };
        match rng.below(7) {
            0 => format!("market {} {market}", rng.word(&["=", "!="])),
            1 => format!("market {}in ({market}, ZZ)", rng.word(&["", "not "])),
            2 => "market in places".to_owned(),
            3 => format!("lang {}in (en, \"pt-br\")", rng.word(&["", "not "])),
            4 => "lang in tongues".to_owned(),
            _ => format!("lang {} {}", rng.word(&["=", "!="]), rng.word(&["en", "\"pt\"", "\"EN-US\"", "de", "zh"])),
        }
    }

    fn time(rng: &mut Rng) -> String {
        match rng.below(4) {
            0 | 1 => {
                let field = rng.word(&["author.created_at", "video.created_at"]);
                format!("age({field}) {} {}", rng.word(OPS), rng.word(&["7 days", "1 hour", "0 seconds", "2 weeks", "1.5 days"]))
            }
            2 => format!("{} {} {}", rng.word(TIMES), rng.word(OPS), rng.word(TIMES)),
            _ => format!("{} {} \"{}\"", rng.word(TIMES), rng.word(OPS), rng.word(&["2026-11-01", "2026-10-31T23:59:59Z"])),
        }
    }

    fn score(&self, rng: &mut Rng) -> String {
        let score = format!("score({})", rng.name(&self.scores));
        match rng.below(5) {
            0 => format!("{score} in -1..2.5"),
            1 => format!("{score} > score({})", rng.name(&self.scores)),
            2 => format!("{score} {} author.age", rng.word(OPS)),
            _ => format!("{score} {} {}", rng.word(OPS), rng.word(&["0", "1", "2.5", "3.125", "-0.5"])),
        }
    }
}
