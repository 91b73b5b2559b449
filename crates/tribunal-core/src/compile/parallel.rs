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

/// Parts are not smaller than this: a thread costs some tens of microseconds.
const LEAST: usize = 256;

/// How many threads there may be; one where there are none.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
