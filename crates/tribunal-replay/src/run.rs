//! Running a replay on several threads.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use crate::cube::Cube;
use crate::error::Error;
use crate::input::{Event, Inputs, trimmed};
use crate::part::Part;
use crate::plan::Plan;

/// How many broken rows are written aside at most.
const ASIDE: usize = 1_000_000;

type Aside = BTreeMap<(String, u64), Vec<u8>>;

/// Replays everything; `watch` is told the number of items now and then, broken rows go to `rejects` in the order of the input.
///
/// # Errors
///
/// When an input cannot be read to its end, or too few labels have an item.
pub fn run(plan: &Plan, inputs: Inputs, threads: usize, watch: &(dyn Fn(u64) + Sync), rejects: Option<&mut dyn Write>) -> Result<Cube, Error> {
    let threads = if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
    let events = Mutex::new(inputs.readers(threads).events());
    let (items, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let aside = rejects.is_some().then(Mutex::<Aside>::default);
    let parts: Vec<Result<Cube, Error>> = std::thread::scope(|scope| {
        let work = || {
            scope.spawn(|| {
                let done = worker(plan, &events, &items, &stop, watch, aside.as_ref());
                stop.fetch_or(done.is_err(), Ordering::Relaxed);
                done
            })
        };
        let workers: Vec<_> = (0..threads).map(|_| work()).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(Error::Usage("a thread stopped unexpectedly".to_owned())))).collect()
    });
    let mut cube = plan.part().finish();
    for part in parts {
        cube.merge(part?)?;
    }
    if let (Some(out), Some(aside)) = (rejects, aside) {
        for (_, mut raw) in aside.into_inner().unwrap_or_else(PoisonError::into_inner) {
            if !raw.ends_with(b"\n") {
                raw.push(b'\n');
            }
            out.write_all(&raw).map_err(|error| Error::File("broken rows".to_owned(), error))?;
        }
    }
    if let crate::plan::Old::Logged(column) = &plan.old
        && cube.items.n > 0
        && cube.bad_logged == cube.items.n
    {
        return Err(Error::Input(format!("--old logged:{column}: none of {} items has a decision there that the new policy could give", cube.items.n)));
    }
    if let Some(joined) = plan.labels.as_ref().map(crate::labels::Labels::joined) {
        let all = joined.matched + joined.unmatched;
        if joined.matched * 100 < all * 95 {
            return Err(Error::Input(format!(
                "only {} of {all} labels have an item ({} rows doubled, {} blank); below 95 % the replay stops: compare the ids of both files",
                joined.matched, joined.doubled, joined.unlabelled
            )));
        }
    }
    Ok(cube)
}

fn worker(
    plan: &Plan,
    events: &Mutex<Receiver<Event>>,
    items: &AtomicU64,
    stop: &AtomicBool,
    watch: &(dyn Fn(u64) + Sync),
    aside: Option<&Mutex<Aside>>,
) -> Result<Cube, Error> {
    let mut part = plan.part();
    while !stop.load(Ordering::Relaxed) {
        let next = events.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Err(_) => break,
            Ok(Event::Failed(error)) => return Err(error),
            Ok(Event::Long { name, number }) => part.broken(&name, number, "the line is longer than 16 MiB"),
            Ok(Event::LongPart(_) | Event::LongEnd) => {}
            Ok(Event::Broken { name, number, why, raw }) => {
                part.broken(&name, number, &why);
                keep_aside(aside, &name, number, raw.as_bytes());
            }
            Ok(Event::Lines(batch)) => {
                for line in &batch.lines {
                    let raw = batch.raw(*line);
                    if let Err(()) = one(&mut part, &batch.name, line.number, trimmed(raw)) {
                        keep_aside(aside, &batch.name, line.number, raw);
                    }
                }
                watch(items.fetch_add(batch.lines.len() as u64, Ordering::Relaxed) + batch.lines.len() as u64);
            }
        }
    }
    Ok(part.finish())
}

fn one(part: &mut Part<'_>, file: &str, line: u64, bytes: &[u8]) -> Result<(), ()> {
    match std::str::from_utf8(bytes) {
        Ok(text) => part.add(file, line, text).map_err(|_| ()),
        Err(error) => {
            part.broken(file, line, &format!("the line is not UTF-8: byte {} begins no character", error.valid_up_to() + 1));
            Err(())
        }
    }
}

fn keep_aside(aside: Option<&Mutex<Aside>>, file: &str, line: u64, raw: &[u8]) {
    let Some(aside) = aside else { return };
    let mut aside = aside.lock().unwrap_or_else(PoisonError::into_inner);
    if aside.len() < ASIDE {
        aside.insert((file.to_owned(), line), raw.to_vec());
    }
}
