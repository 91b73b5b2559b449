//! Deciding, reading, explaining and compiling. Wall time on a shared machine informs; it gates nothing.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "benchmarks")]

use benches::{Workload, example, fires, terms};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tribunal::{Moderator, Scratch};

fn checked(workload: Workload) -> Workload {
    let found = workload.count().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found, workload.hit, "{}: items with a rule", workload.name);
    workload
}

/// Verdicts of items that are read already, one thread, one scratch.
fn classify(c: &mut Criterion) {
    let mut group = c.benchmark_group("classify");
    let many = [100, 1_000, 10_000].map(|count| terms(count).unwrap_or_else(|error| panic!("{error}")));
    for workload in std::iter::once(example().unwrap()).chain(many).map(checked) {
        let items = workload.items().unwrap();
        let mut scratch = Scratch::new();
        group.throughput(Throughput::Elements(items.len() as u64));
        group.bench_function(&workload.name, |b| {
            b.iter(|| items.iter().filter(|item| fires(&workload.moderator, item, &mut scratch)).count());
        });
    }
    group.finish();
}

/// Decisions with names, from lines of JSON and back to it: what a pipeline of files pays.
fn lines(c: &mut Criterion) {
    let workload = checked(example().unwrap());
    let mut group = c.benchmark_group("lines");
    group.throughput(Throughput::Bytes(workload.bytes()));
    group.bench_function("decide", |b| {
        b.iter(|| workload.lines.iter().filter_map(|line| workload.moderator.decide_json(line).ok()).count());
    });
    group.bench_function("read", |b| b.iter(|| workload.lines.iter().filter_map(|line| workload.moderator.read_json(line).ok()).count()));
    group.bench_function("read by serde_json", |b| {
        b.iter(|| workload.lines.iter().filter_map(|line| workload.moderator.read_json_slowly(line).ok()).count());
    });
    let (mut scratch, mut out) = (Scratch::new(), Vec::new());
    group.bench_function("decide and write", |b| {
        b.iter(|| {
            for item in workload.lines.iter().filter_map(|line| workload.moderator.read_json(line).ok()) {
                out.clear();
                workload.moderator.decide_into(&item, &mut scratch, &mut out);
            }
            out.len()
        });
    });
    group.sample_size(10);
    group.bench_function("explain", |b| {
        b.iter(|| workload.lines.iter().filter_map(|line| workload.moderator.explain_json(line).ok()).count());
    });
    group.finish();
}

/// From files to a moderator.
fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    group.sample_size(10);
    let folder = benches::examples().join("community-guidelines");
    group.bench_function("example", |b| b.iter(|| black_box(Moderator::from_path(&folder).is_ok())));
    group.bench_function("terms/10000", |b| b.iter(|| black_box(terms(10_000).is_ok())));
    group.finish();
}

criterion_group!(benchmarks, classify, lines, compile);
criterion_main!(benchmarks);
