//! What is raced, and the page that comes out.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::corpus::{self, Corpus, Item, REGIONS};
use crate::naive::Naive;
use crate::policies::{Reading, folder};
use crate::race::{Entrant, Outcome, Plan, Row, enter, figures, run};
use crate::rivals::{FORCED, PASS, Right, Rules, build, leak, tribunal};
use crate::rules::{self, Generator, Rule, RuleSet};
use crate::{lines, markets, metadata, tables};

/// The data, and what is asked for.
pub(crate) struct Bench {
    data: Option<PathBuf>,
    only: Vec<String>,
    short: Corpus,
}

type Races = Vec<(String, Vec<Row>)>;

impl Bench {
    pub(crate) fn new(synthetic: bool, only: Vec<String>) -> Bench {
        let data = if synthetic { None } else { corpus::data() };
        let short = corpus::short(data.as_deref());
        Bench { data, only, short }
    }

    fn asked(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    fn generator(&self) -> Generator {
        Generator::new(&self.short, self.data.as_deref())
    }

    /// All races.
    pub(crate) fn tables(&self) {
        let plan = Plan { rounds: 7, seconds: 0.2, checked: 4_000 };
        self.all(&[100, 1_000, 10_000, 100_000], &[100, 1_000, 10_000], &plan);
    }

    /// The two small sizes, three rounds.
    pub(crate) fn quick(&self) {
        let plan = Plan { rounds: 3, seconds: 0.1, checked: 1_000 };
        self.all(&[100, 1_000], &[100], &plan);
    }

    fn all(&self, sizes: &[usize], regex_sizes: &[usize], plan: &Plan) {
        self.head();
        let mut generator = self.generator();
        let most = sizes.iter().chain(regex_sizes).copied().max().unwrap_or(100);
        let terms = generator.terms(most);
        let sized = |count: usize| terms.prefix(&name(count), count);
        if self.asked("terms") {
            self.terms(sizes, &sized, plan);
        }
        if self.asked("regexes") {
            let races = regex_sizes.iter().map(|count| {
                let set = generator.with_regexes(&sized(*count), *count);
                self.race(set, &self.short, &regex_entrants(*count), plan)
            });
            section("A tenth of the rules as regular expressions", &races.collect(), plan);
        }
        if self.asked("sets") {
            let names: Vec<String> = tribunal::sets().iter().map(|(name, _)| format!("{FORCED}{name}")).collect();
            let names: Vec<&str> = std::iter::once(PASS).chain(names.iter().map(String::as_str)).collect();
            let races = sizes.iter().map(|size| self.race(sized(*size), &self.short, &names, plan));
            section("Sets of instructions", &races.collect(), plan);
        }
        if self.asked("long") {
            let long = corpus::long(&self.short);
            println!("\n{}", long.describe());
            let races = sizes.iter().filter(|size| **size <= 10_000).map(|size| self.race(sized(*size), &long, &few(), plan));
            section("Long items", &races.collect(), plan);
        }
        if self.asked("other") {
            self.other(plan);
        }
        if self.asked("scripts") {
            self.scripts(&sized(1_000.min(most)), plan);
        }
        if self.asked("metadata") {
            self.metadata(plan);
        }
        if self.asked("markets") {
            self.markets(&sized(1_000.min(most)), plan);
        }
        if self.asked("start") {
            self.start(sizes, &sized);
        }
        if self.asked("lines") {
            println!("\n## Lines of JSON\n");
            let sets: Vec<RuleSet> = sizes.iter().filter(|size| **size <= 10_000).map(|size| sized(*size)).collect();
            println!("{}", lines::report(&self.short, &sets, plan.rounds));
        }
        println!("\nLoad at the end: {}", load());
    }

    fn head(&self) {
        println!("## Machine and data\n");
        println!("{}; load average {}", processor(), load());
        println!("\nMB/s are bytes of captions over CPU time of the thread: the median round, in brackets the best.");
        println!("\n{}", self.short.describe());
    }

    /// The four sizes, everybody.
    fn terms(&self, sizes: &[usize], sized: &dyn Fn(usize) -> RuleSet, plan: &Plan) {
        let races: Races = sizes.iter().map(|size| self.race(sized(*size), &self.short, &entrants(*size), plan)).collect();
        section("Terms", &races, plan);
        println!("\n### How far ahead\n\nTime of the other over ours, *like* / *whole*; for the pass, ours over its.\n");
        println!("{}", ahead(&races));
    }

    /// Sets that favour others than the main ones.
    fn other(&self, plan: &Plan) {
        let chinese = corpus::chinese(self.data.as_deref());
        println!("\n{}", chinese.describe());
        let set = rules::chinese(&chinese, self.data.as_deref());
        let races = vec![
            self.race(self.generator().substrings(1_000), &self.short, &entrants(1_000), plan),
            self.race(set, &chinese, &few(), plan),
            self.race(self.generator().frequent(), &self.short, &few(), plan),
        ];
        section("Substrings, Chinese, frequent words", &races, plan);
    }

    fn scripts(&self, set: &RuleSet, plan: &Plan) {
        let both = corpus::scripts();
        let names = [PASS, "tribunal whole", "tribunal evasive", "hyperscan literals", "daachorse bytes"];
        let races: Races = both
            .iter()
            .map(|(corpus, terms)| {
                println!("\n{}", corpus.describe());
                let mut set = set.clone();
                set.rules.extend(terms.iter().map(|term| Rule { any: vec![term.clone()], ..Rule::default() }));
                let (_, rows) = self.race(set, corpus, &names, plan);
                (corpus.name.to_owned(), rows)
            })
            .collect();
        section("Five scripts", &races, plan);
    }

    fn metadata(&self, plan: &Plan) {
        let items = &self.short.items;
        let without: Vec<Item> = items.iter().cloned().map(|item| Item { followers: None, ..item }).collect();
        let (selective, broad) = (leak(metadata::selective(10_000)), leak(metadata::broad(10_000)));
        let mut races = Races::new();
        for (name, rules, items) in [("at most 1 % hold", selective, items), ("followers missing", selective, &without), ("half hold", broad, items)] {
            eprintln!("metadata, {name}");
            let mut entrants = metadata::entrants(rules);
            // yara-x has no missing value.
            entrants.retain(|entrant| name != "followers missing" || entrant.name != "yara-x");
            let right = |_: Right, item: &Item| Some(metadata::right(rules, item));
            races.push((name.to_owned(), run(entrants, items, &right, plan)));
        }
        println!("\n## 10,000 rules over metadata alone\n\nMicroseconds an item (rules that hold an item):\n");
        let cell = |row: &Row| match &row.outcome {
            Outcome::Measured(figures) => format!("{} ({:.0})", tables::three(figures.ns_item() / 1e3), figures.rules as f64 / figures.checked as f64),
            _ => tables::speed(row),
        };
        println!("{}\nload {}", tables::by_race("µs an item", &races, &cell), load());
        println!("\n{}", tables::by_race("agreement", &races, &tables::agreement));
    }

    fn markets(&self, set: &RuleSet, plan: &Plan) {
        let rules = Rules::new(set.clone());
        let thirty = || tribunal::of_engine(tribunal::compile(markets::thirty(rules.set))?, Right::Folded);
        let entrants = vec![enter("one market", || build("tribunal whole", rules)), enter("thirty markets", thirty)];
        let rows = run(entrants, &self.short.items, &self.reading(rules), plan);
        println!("\n## Thirty markets\n");
        let races = vec![(set.name.clone(), rows)];
        println!("{}", tables::by_race("MB/s", &races, &tables::speed));
        println!("{}", tables::by_race("compile s / MB", &races, &tables::build));
        println!("{}", tables::by_race("agreement", &races, &tables::agreement));
    }

    /// The first thousand items of a scanner that was just built.
    fn start(&self, sizes: &[usize], sized: &dyn Fn(usize) -> RuleSet) {
        println!("\n## The first thousand items after loading\n\nCPU microseconds an item, the first thousand and the second.\n");
        let mut rows = Vec::new();
        for name in ["tribunal loaded", "tribunal whole", "hyperscan literals", "daachorse bytes"] {
            let mut row = vec![name.to_owned()];
            for size in sizes.iter().filter(|size| name != "hyperscan literals" || **size <= 10_000) {
                let Ok(rival) = build(name, Rules::new(sized(*size))) else {
                    row.push("not built".to_owned());
                    continue;
                };
                let (mut scanner, mut out) = ((rival.make)(), Vec::new());
                let mut thousand = |from: usize| {
                    let begin = ThreadTime::now();
                    for item in self.short.items.iter().skip(from).take(1_000) {
                        out.clear();
                        scanner.scan(item, &mut out);
                    }
                    tables::three(begin.elapsed().as_secs_f64() * 1e3)
                };
                row.push(format!("{} / {}", thousand(0), thousand(1_000)));
            }
            rows.push(row);
        }
        let names: Vec<String> = sizes.iter().map(|size| name(*size)).collect();
        let head: Vec<&str> = std::iter::once("µs an item").chain(names.iter().map(String::as_str)).collect();
        rows.iter_mut().for_each(|row| row.resize(head.len(), "–".to_owned()));
        println!("{}", tables::table(&head, &rows));
    }

    /// One race over a corpus.
    fn race(&self, set: RuleSet, corpus: &Corpus, names: &[&str], plan: &Plan) -> (String, Vec<Row>) {
        let rules = Rules::new(set);
        let name = rules.set.name.clone();
        eprintln!(
            "{name} on {}: {} rules, {} terms, {} regular expressions",
            corpus.name,
            rules.set.rules.len(),
            rules.program.terms.len(),
            rules.program.regexes.len()
        );
        let entrants: Vec<Entrant> = names.iter().map(|name| enter(name, || build(name, rules))).collect();
        let rows = run(entrants, &corpus.items, &self.reading(rules), plan);
        // A run that is broken off has told what it knew.
        rows.iter().for_each(|row| eprintln!("  {}: {} MB/s; {}", row.name, tables::speed(row), tables::agreement(row)));
        eprintln!("  load {}", load());
        (name, rows)
    }

    /// The right answers for a rule set: naive readings, and for disguises the oracle, for twenty seconds.
    fn reading(&self, rules: Rules) -> impl Fn(Right, &Item) -> Option<Vec<u32>> + use<> {
        let naive = Naive::new(rules.set);
        let differing = self.short.items.iter().take(20).filter(|item| !naive.agrees_with_search(item)).count();
        assert_eq!(differing, 0, "the naive reading differs from a search for each term");
        let begun = RefCell::new(None::<(Instant, Option<tribunal_policy::Policy>)>);
        move |right, item| match right {
            Right::Ascii => Some(naive.ascii(item)),
            Right::Folded => Some(naive.folded(item)),
            Right::Nothing => None,
            Right::Oracle => {
                let mut begun = begun.borrow_mut();
                let (begin, policy) = begun.get_or_insert_with(|| (Instant::now(), tribunal_policy::load_files(folder(rules.set, Reading::Evasive)).policy));
                let policy = policy.as_ref().filter(|_| begin.elapsed() < Duration::from_secs(20))?;
                let json = serde_json::json!({"caption": item.caption, "market": REGIONS[usize::from(item.region)], "video": {"duration_s": item.duration}});
                let outcome = tribunal_oracle::judge(policy, &json, None);
                outcome.rules.iter().map(|rule| rule.get(1..)?.parse().ok()).collect()
            }
        }
    }

    /// One rival round and round, for a profiler.
    pub(crate) fn scan_only(&self, rival: &str, rules: &str, seconds: f64, items: Option<&str>) -> Result<(), String> {
        let mut generator = self.generator();
        let mut terms = |count| generator.terms(count);
        let with_regexes = |count| {
            let mut generator = self.generator();
            let terms = generator.terms(count);
            generator.with_regexes(&terms, count)
        };
        let chinese = corpus::chinese(self.data.as_deref());
        let (set, corpus) = match rules {
            "R100" => (terms(100), &self.short),
            "R1k" => (terms(1_000), &self.short),
            "R10k" => (terms(10_000), &self.short),
            "R100k" => (terms(100_000), &self.short),
            "R100re" => (with_regexes(100), &self.short),
            "R1kre" => (with_regexes(1_000), &self.short),
            "R10kre" => (with_regexes(10_000), &self.short),
            "Rsub" => (self.generator().substrings(1_000), &self.short),
            "Rzh" => (rules::chinese(&chinese, self.data.as_deref()), &chinese),
            "Roften" => (self.generator().frequent(), &self.short),
            _ => return Err("rules are R100, R1k, R10k, R100k, R100re, R1kre, R10kre, Rsub, Rzh or Roften".to_owned()),
        };
        let rival = build(rival, Rules::new(set))?;
        let (mut scanner, mut out, mut scanned) = ((rival.make)(), Vec::new(), 0u64);
        let wanted = |item: &&Item| items.is_none_or(|which| item.caption.is_ascii() == (which == "ascii"));
        let items: Vec<Item> = corpus.items.iter().filter(wanted).cloned().collect();
        let begin = ThreadTime::now();
        while begin.elapsed().as_secs_f64() < seconds {
            for item in &items {
                out.clear();
                scanner.scan(item, &mut out);
                scanned += 1;
            }
        }
        let nanos = begin.elapsed().as_secs_f64() * 1e9 / scanned as f64;
        let bytes = items.iter().map(|item| item.caption.len()).sum::<usize>() as f64 / items.len() as f64;
        if let Some(counted) = scanner.counted() {
            println!("an item: {counted}");
        }
        println!("{nanos:.0} ns an item, {:.0} MB/s", bytes * 1e3 / nanos);
        Ok(())
    }
}

fn name(count: usize) -> String {
    if count >= 1_000 { format!("R{}k", count / 1_000) } else { format!("R{count}") }
}

/// Who runs at which size: what takes minutes to compile or seconds an item is left out from there on.
fn entrants(size: usize) -> Vec<&'static str> {
    let mut names = vec![PASS];
    names.extend(["tribunal like", "tribunal whole"]);
    // The oracle, which says what is right there, takes minutes an item at the largest size.
    if size <= 10_000 {
        names.push("tribunal evasive");
    }
    names.extend(["hyperscan literals", "aho-corasick nfa", "daachorse bytes", "daachorse chars"]);
    if size <= 10_000 {
        names.extend(["aho-corasick dfa", "regex-filtered"]);
    }
    if size <= 1_000 {
        names.extend(["hyperscan regexes", "RegexSet"]);
    }
    names.push("yara-x");
    names
}

fn regex_entrants(size: usize) -> Vec<&'static str> {
    let mut names = vec![PASS, "tribunal like", "tribunal whole", "hyperscan literals", "aho-corasick + RegexSet", "yara-x"];
    if size <= 1_000 {
        names.extend(["hyperscan regexes", "regex-filtered"]);
    }
    names
}

fn few() -> Vec<&'static str> {
    vec![PASS, "tribunal like", "tribunal whole", "hyperscan literals", "aho-corasick nfa", "daachorse bytes", "daachorse chars", "yara-x"]
}

/// The tables of some races.
fn section(title: &str, races: &Races, plan: &Plan) {
    println!("\n## {title}\n\n{} rounds of {} s, load {}\n", plan.rounds, plan.seconds, load());
    println!("{}", tables::by_race("MB/s", races, &tables::speed));
    println!("{}", tables::by_race("µs p50 / p99", races, &tables::latency));
    println!("{}", tables::by_race("compile CPU s / MB", races, &tables::build));
    println!("{}", tables::by_race("2 threads / allocations an item", races, &tables::threads));
    println!("{}", tables::by_race("agreement", races, &tables::agreement));
}

/// The goals of the project, *like* and *whole*, at R100, R1k, R10k, R100k. The first is a most, the others are leasts.
const GOALS: [(&str, [&str; 4]); 5] = [
    (PASS, ["≤ 3.5 / 5", "≤ 5 / 6.5", "≤ 7 / 9", "≤ 18 / 22"]),
    ("hyperscan literals", ["≥ 1.4 / 1.0", "≥ 3.5 / 2.7", "≥ 10 / 8", "≥ 9.5 / 8"]),
    ("aho-corasick", ["≥ 3.2 / 2.4", "≥ 7 / 5.5", "≥ 12 / 9", "≥ 9.5 / 8"]),
    ("daachorse", ["≥ 5 / 3.8", "≥ 5.3 / 4", "≥ 9 / 7", "≥ 6.5 / 5.5"]),
    ("yara-x", ["whole ≥ 18", "whole ≥ 115", "whole ≥ 1,200", "whole ≥ 5,000"]),
];

fn ahead(races: &Races) -> String {
    let head: Vec<&str> = std::iter::once("against").chain(races.iter().map(|(name, _)| name.as_str())).collect();
    let mut rows = Vec::new();
    for (rival, goals) in GOALS {
        let mut row = vec![rival.to_owned()];
        for ((_, rows), goal) in races.iter().zip(goals) {
            // Of two kinds the better.
            let of_kind = rows.iter().filter(|row| row.name.starts_with(rival)).filter_map(Row::figures).map(crate::race::Figures::ns_byte);
            let theirs = of_kind.fold(f64::INFINITY, f64::min);
            let [like, whole] = ["tribunal like", "tribunal whole"].map(|ours| {
                let ours = figures(rows, ours).map_or(f64::NAN, crate::race::Figures::ns_byte);
                tables::three(if rival == PASS { ours / theirs } else { theirs / ours })
            });
            row.push(format!("{like} / {whole} ({goal})"));
        }
        rows.push(row);
    }
    tables::table(&head, &rows)
}

fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").map_or_else(|_| "unknown".to_owned(), |text| text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1)).unwrap_or("unknown processor").to_owned();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let flags: Vec<&str> = ["avx2", "avx512_vbmi2"].into_iter().filter(|flag| text.contains(flag)).collect();
    format!("{model}, {cores} cores, {}", flags.join(", "))
}
