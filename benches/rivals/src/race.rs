//! One race: every entrant on the same rules and items in one process, its answers checked before its speed counts.

use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};

use crate::corpus::Item;
use crate::memory;
use crate::rivals::{Right, Rival, Scanner};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// CPU seconds of an entrant in a round.
    pub(crate) seconds: f64,
    /// Items on which answers are compared, at most.
    pub(crate) checked: usize,
}

/// A rival at the start line.
pub(crate) struct Entrant {
    pub(crate) name: String,
    built: Result<Rival, String>,
    wall: f64,
    cpu: f64,
    heap: i64,
}

/// Builds an entrant under the clock and the counter of memory.
pub(crate) fn enter(name: &str, build: impl FnOnce() -> Result<Rival, String>) -> Entrant {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let (built, heap, _) = memory::counted(build);
    let entrant = Entrant { name: name.to_owned(), built, wall: wall.elapsed().as_secs_f64(), cpu: cpu.elapsed().as_secs_f64(), heap };
    let note = entrant.built.as_ref().map_or_else(|error| format!("NOT BUILT: {error}"), |rival| rival.note.clone());
    eprintln!("  {name}: built in {:.2} s, {:.1} MB  {note}", entrant.wall, heap as f64 / 1e6);
    entrant
}

/// What is known of an entrant after the race.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Seconds of wall clock and of the CPU, all threads, from the text of the rules to a scanner.
    pub(crate) compile: (f64, f64),
    /// Bytes: what Rust allocated and kept, and what the library says of itself.
    pub(crate) memory: f64,
    pub(crate) outcome: Outcome,
}

/// Figures, or why there are none.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    NotBuilt(String),
    /// Its answers are not right: no figure is shown.
    Withheld(String),
    Measured(Figures),
}

/// Times of an entrant whose answers are right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// CPU nanoseconds a byte of caption, of each round, sorted.
    pub(crate) byte: Vec<f64>,
    /// CPU nanoseconds an item, of each round, sorted.
    pub(crate) item: Vec<f64>,
    /// Two threads' rate over one's.
    pub(crate) two: f64,
    /// Wall-clock nanoseconds of one item.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) allocations: f64,
    /// Items whose answers were compared.
    pub(crate) checked: usize,
    /// Of those, how many have a rule, and how many rules they have.
    pub(crate) hit: usize,
    pub(crate) rules: usize,
}

impl Figures {
    pub(crate) fn ns_byte(&self) -> f64 {
        median(&self.byte)
    }

    pub(crate) fn ns_item(&self) -> f64 {
        median(&self.item)
    }

    pub(crate) fn mb_s(&self) -> f64 {
        1e3 / self.ns_byte()
    }

    /// The best round.
    pub(crate) fn best_mb_s(&self) -> f64 {
        1e3 / self.byte.first().copied().unwrap_or(f64::NAN)
    }
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Row {
    pub(crate) fn figures(&self) -> Option<&Figures> {
        match &self.outcome {
            Outcome::Measured(figures) => Some(figures),
            _ => None,
        }
    }
}

/// Finds a row by name.
pub(crate) fn figures<'r>(rows: &'r [Row], name: &str) -> Option<&'r Figures> {
    rows.iter().find(|row| row.name == name)?.figures()
}

/// Checks, then measures. `right` gives the rules that hold for an item, or nothing when it has no more time.
pub(crate) fn run(entrants: Vec<Entrant>, items: &[Item], right: &dyn Fn(Right, &Item) -> Option<Vec<u32>>, plan: &Plan) -> Vec<Row> {
    let mut known: Vec<(Right, Vec<Vec<u32>>)> = Vec::new();
    let mut racing = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for entrant in entrants {
        let Entrant { name, built, wall, cpu, heap } = entrant;
        let outside = built.as_ref().map_or(0, |rival| rival.outside);
        let outcome = match built {
            Err(error) => Outcome::NotBuilt(error),
            Ok(rival) => {
                let mut scanner = (rival.make)();
                let answers = answers(&mut known, rival.right, items, right, plan.checked);
                match check(scanner.as_mut(), items, answers, rival.right != Right::Nothing) {
                    Err(difference) => {
                        eprintln!("  {name}: WITHHELD, {difference}");
                        Outcome::Withheld(difference)
                    }
                    Ok(figures) => {
                        racing.push((rows.len(), rival, scanner));
                        Outcome::Measured(figures)
                    }
                }
            }
        };
        rows.push(Row { name, compile: (wall, cpu), memory: heap as f64 + outside as f64, outcome });
    }
    for round in 0..plan.rounds {
        for (at, _, scanner) in &mut racing {
            let span = span(scanner.as_mut(), items, round * 7_919, plan.seconds);
            if let Some(Outcome::Measured(figures)) = rows.get_mut(*at).map(|row| &mut row.outcome) {
                figures.byte.push(span.seconds * 1e9 / span.bytes as f64);
                figures.item.push(span.seconds * 1e9 / span.items as f64);
            }
        }
    }
    for (at, rival, mut scanner) in racing {
        if let Some(Outcome::Measured(figures)) = rows.get_mut(at).map(|row| &mut row.outcome) {
            figures.byte.sort_by(f64::total_cmp);
            figures.item.sort_by(f64::total_cmp);
            figures.two = two_threads(&rival, items, plan.seconds) * figures.ns_byte();
            (figures.p50, figures.p99) = latency(scanner.as_mut(), items);
            figures.allocations = allocations(scanner.as_mut(), items);
        }
    }
    rows
}

/// The right answers, asked for once.
fn answers<'k>(
    known: &'k mut Vec<(Right, Vec<Vec<u32>>)>,
    kind: Right,
    items: &[Item],
    right: &dyn Fn(Right, &Item) -> Option<Vec<u32>>,
    most: usize,
) -> &'k [Vec<u32>] {
    let at = known.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
        let answers = if kind == Right::Nothing { Vec::new() } else { items.iter().take(most).map_while(|item| right(kind, item)).collect() };
        known.push((kind, answers));
        known.len() - 1
    });
    &known[at].1
}

/// Compares answers, for at most ten seconds.
fn check(scanner: &mut dyn Scanner, items: &[Item], answers: &[Vec<u32>], rival_answers: bool) -> Result<Figures, String> {
    let begin = Instant::now();
    if rival_answers && answers.is_empty() {
        return Err("nothing to compare with".to_owned());
    }
    let (mut figures, mut wrong, mut first) = (Figures::default(), 0, String::new());
    let mut out = Vec::new();
    for (at, (item, want)) in items.iter().zip(answers).enumerate() {
        if begin.elapsed() > Duration::from_secs(10) {
            break;
        }
        out.clear();
        scanner.scan(item, &mut out);
        out.sort_unstable();
        if &out != want {
            wrong += 1;
            if first.is_empty() {
                // Numbers only: the texts are not for reports.
                let more: Vec<_> = out.iter().filter(|rule| !want.contains(rule)).take(5).collect();
                let less: Vec<_> = want.iter().filter(|rule| !out.contains(rule)).take(5).collect();
                first = format!("item {at}: too many {more:?}, missing {less:?}");
            }
        }
        figures.checked += 1;
        figures.hit += usize::from(!want.is_empty());
        figures.rules += want.len();
    }
    if wrong == 0 { Ok(figures) } else { Err(format!("{wrong} of {} items differ; {first}", figures.checked)) }
}

struct Span {
    items: usize,
    bytes: usize,
    seconds: f64,
}

/// Scans round and round from `from` for about so many CPU seconds of this thread.
fn span(scanner: &mut dyn Scanner, items: &[Item], from: usize, seconds: f64) -> Span {
    let mut out = Vec::with_capacity(1 << 14);
    let mut at = from % items.len();
    let mut done = Span { items: 0, bytes: 0, seconds: 0.0 };
    let mut block = 1;
    let begin = ThreadTime::now();
    while done.seconds < seconds {
        for _ in 0..block {
            let item = &items[at];
            out.clear();
            scanner.scan(item, &mut out);
            std::hint::black_box(&out);
            done.bytes += item.caption.len();
            at += 1;
            if at == items.len() {
                at = 0;
            }
        }
        done.items += block;
        done.seconds = begin.elapsed().as_secs_f64();
        // The clock is read about fifty times in a span, whatever an item costs.
        let each = done.seconds / done.items as f64;
        block = ((seconds / 50.0 / each.max(1e-9)) as usize).clamp(1, 1 << 16);
    }
    done
}

/// Bytes a nanosecond of two threads together, over their CPU time; the better of two tries.
fn two_threads(rival: &Rival, items: &[Item], seconds: f64) -> f64 {
    let half = items.len() / 2;
    let run = |thread: usize| {
        let mut scanner = (rival.make)();
        span(scanner.as_mut(), items, thread * half, seconds * 0.2);
        let span = span(scanner.as_mut(), items, thread * half, seconds);
        span.bytes as f64 / span.seconds / 1e9
    };
    let once = || {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| run(1));
            run(0) + other.join().unwrap_or(f64::NAN)
        })
    };
    once().max(once())
}

/// Median and 99th percentile of the wall clock of one item.
fn latency(scanner: &mut dyn Scanner, items: &[Item]) -> (f64, f64) {
    let (mut out, mut times, begin) = (Vec::with_capacity(1 << 14), Vec::with_capacity(20_000), Instant::now());
    for item in items.iter().take(20_000) {
        out.clear();
        let start = Instant::now();
        scanner.scan(item, &mut out);
        times.push(start.elapsed().as_nanos() as f64);
        if begin.elapsed() > Duration::from_millis(1_500) {
            break;
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    (at(0.5), at(0.99))
}

/// Allocations an item, warm.
fn allocations(scanner: &mut dyn Scanner, items: &[Item]) -> f64 {
    let (mut out, begin, mut done) = (Vec::with_capacity(1 << 14), Instant::now(), 0);
    let (_, _, count) = memory::counted(|| {
        for item in items.iter().take(2_000) {
            out.clear();
            scanner.scan(item, &mut out);
            done += 1;
            if begin.elapsed() > Duration::from_secs(1) {
                break;
            }
        }
    });
    count as f64 / f64::from(done)
}
