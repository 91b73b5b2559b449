//! Work on several threads, results in order.

/// Calls `work` on so many parts of `items`, each on a thread of its own, and gives what they return in order. One thread: no
/// other is made.
pub(crate) fn chunks<'i, T: Sync, R: Send>(items: &'i [T], threads: usize, work: impl Fn(&'i [T]) -> R + Sync) -> Vec<R> {
    let parts: Vec<&[T]> = items.chunks(items.len().div_ceil(threads.max(1)).max(LEAST)).collect();
    let Some((first, others)) = parts.split_first() else { return Vec::new() };
    if others.is_empty() {
        return vec![work(first)];
    }
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> = others.iter().map(|part| scope.spawn(move || work(part))).collect();
        let mut results = vec![work(first)];
        for (part, thread) in others.iter().zip(running) {
            // A part whose thread could not finish is done here.
            results.push(thread.join().unwrap_or_else(|_| work(part)));
        }
        results
    })
}

/// Does two things, the second on a thread of its own where there may be two.
pub(crate) fn both<A, B: Send>(threads: usize, first: impl FnOnce() -> A, second: impl Fn() -> B + Sync) -> (A, B) {
    if threads < 2 {
        return (first(), second());
    }
    let work = &second;
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let one = first();
        (one, other.join().unwrap_or_else(|_| work()))
    })
}

/// Does all of these, each told with its weight, on so many threads; whether all went well.
pub(crate) fn by_weight<T: Send>(mut things: Vec<(usize, T)>, threads: usize, work: impl Fn(T) -> bool + Sync) -> bool {
    things.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let mut groups: Vec<(usize, Vec<T>)> = (0..threads.max(1)).map(|_| (0, Vec::new())).collect();
    for (weight, thing) in things {
        if let Some((load, group)) = groups.iter_mut().min_by_key(|(load, _)| *load) {
            *load += weight;
            group.push(thing);
        }
    }
    groups.retain(|(load, _)| *load > 0);
    let Some((_, first)) = groups.pop() else { return true };
    let work = &work;
    let all = |group: Vec<T>| group.into_iter().all(work);
    std::thread::scope(|scope| {
        let others: Vec<_> = groups.into_iter().map(|(_, group)| scope.spawn(move || group.into_iter().all(work))).collect();
        let mine = all(first);
        others.into_iter().all(|thread| thread.join().unwrap_or(false)) && mine
    })
}

/// Parts are not smaller than this: a thread costs some tens of microseconds.
const LEAST: usize = 256;

/// How many threads there may be; one where there are none.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
