//! What a compiled policy costs: processor time, memory, bytes of the file. Prints; judges nothing.
//!
//! `cargo bench -p benches --bench compiled -- [RULES] [FOLDS] [MARKETS]`

#![allow(clippy::unwrap_used, missing_docs, reason = "benchmarks")]

use std::sync::Arc;

use tribunal::{Engine, Limits};

/// Nanoseconds on the processor, all threads of the process so far, those that have ended too.
fn busy() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()))
        .sum()
}

fn measured<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (mut out, wall, before) = (None, std::time::Instant::now(), busy());
    let info = allocation_counter::measure(|| out = Some(work()));
    let (after, wall) = (busy(), wall.elapsed());
    println!(
        "{what:24} {:>8.1} ms busy {:>8.1} ms wall {:>8.2} MB kept {:>8.2} MB at most {:>9} allocations",
        (after.saturating_sub(before)) as f64 / 1e6,
        wall.as_secs_f64() * 1e3,
        info.bytes_current as f64 / 1e6,
        info.bytes_max as f64 / 1e6,
        info.count_total
    );
    out.unwrap()
}

/// Megabytes in memory, and by part.
fn parts(engine: &Engine) -> (f64, String) {
    let parts = engine.parts();
    let all = parts.iter().map(|(_, bytes)| *bytes).sum::<usize>() as f64 / 1e6;
    (all, parts.iter().map(|(part, bytes)| format!("{} {:.2}", part.name(), *bytes as f64 / 1e6)).collect::<Vec<_>>().join(", "))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let number = |at: usize, otherwise: usize| args.get(at).and_then(|arg| arg.parse().ok()).unwrap_or(otherwise);
    let (rules, folds, markets) = (number(0, 100_000), args.get(1).map_or("plain", String::as_str), number(2, 0));
    let files = benches::many_rules(rules, folds, markets);
    println!("{rules} rules, folds {folds}, {markets} markets: {} files, {:.1} MB", files.len(), files.values().map(Vec::len).sum::<usize>() as f64 / 1e6);
    let policy = measured("read and check", || tribunal::policy::load_files(files)).policy.ok_or("the policy has errors")?;
    let policy = Arc::new(policy);
    println!("{} entries", policy.lists.iter().map(|list| list.entries.len()).sum::<usize>());
    let engine = measured("compile", || Engine::new(Arc::clone(&policy), Limits::default()))?;
    println!("{:?}", engine.size());
    println!("in memory {:.2} MB: {}", parts(&engine).0, parts(&engine).1);
    let bytes = measured("save", || engine.to_bytes());
    println!("file {:.2} MB", bytes.len() as f64 / 1e6);
    let path = std::env::temp_dir().join(format!("tribunal-compiled-{}", std::process::id()));
    std::fs::write(&path, &bytes)?;
    drop(engine);
    for _ in 0..3 {
        let mut file = std::fs::File::open(&path)?;
        let loaded = measured("load", || Engine::from_reader(&mut file, bytes.len()))?;
        drop(loaded);
    }
    std::fs::remove_file(&path)?;
    Ok(())
}
