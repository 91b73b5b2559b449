//! Tribunal against its rivals: the same rules, the same items, one process, agreement before figures.
//!
//! `METHODOLOGY.md` says what each workload shows and `BIAS.md` whom it favours.

mod conditions;
mod corpus;
mod hyperscan;
mod lines;
mod markets;
mod memory;
mod metadata;
mod naive;
mod policies;
mod race;
mod report;
mod rivals;
mod rng;
mod rules;
mod tables;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

const USAGE: &str = "usage: rivals [tables | quick | loop RIVAL RULES SECONDS [ascii | other]] [--synthetic] [--only PART,…]
  tables    all races, as Markdown on standard output
  quick     fewer sizes and rounds
  loop      one rival alone, for a profiler; on items of ASCII characters, on the others, or on all; RULES are R100 to R100k,
            R100re to R10kre, Rsub, Rzh or Roften
  --only    terms, regexes, sets, long, other, scripts, metadata, markets, lines, start";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let synthetic = arguments.iter().any(|argument| argument == "--synthetic");
    let only = arguments.iter().position(|argument| argument == "--only").and_then(|at| arguments.get(at + 1));
    let only: Vec<String> = only.map(|parts| parts.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let bench = report::Bench::new(synthetic, only);
    match arguments.first().map_or("tables", String::as_str) {
        "quick" => bench.quick(),
        "loop" => {
            let (Some(rival), Some(rules), Some(seconds)) = (arguments.get(1), arguments.get(2), arguments.get(3).and_then(|text| text.parse().ok())) else {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            };
            if let Err(error) = bench.scan_only(rival, rules, seconds, arguments.get(4).map(String::as_str)) {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        }
        "tables" | "--synthetic" | "--only" => bench.tables(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
