//! Tribunal itself, with a struct of the program's own as the item.

use std::sync::Arc;

use cpu_time::ProcessTime;
use tribunal_core::{Call, Engine, Options, Present, Scratch, Simd, Value};
use tribunal_policy::{FieldId, Policy};

use super::{Right, Rival, Scanner, leak};
use crate::corpus::{Item, REGIONS};
use crate::policies::{Folder, Reading, folder};
use crate::rules::RuleSet;

/// The fields that the rules read.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    caption: FieldId,
    market: FieldId,
    duration: FieldId,
    followers: FieldId,
    present: Present,
}

impl Places {
    pub(crate) fn of(policy: &Policy) -> Result<Places, String> {
        let field = |name: &str| policy.field(name).ok_or_else(|| format!("no field {name}"));
        let [caption, market, duration, followers] = [field("caption")?, field("market")?, field("video.duration_s")?, field("author.followers")?];
        let present = [caption, market, duration, followers].into_iter().fold(Present::NONE, Present::with);
        Ok(Places { caption, market, duration, followers, present })
    }
}

/// An item as the engine sees it.
pub(crate) struct Bound<'a> {
    pub(crate) item: &'a Item,
    pub(crate) places: Places,
}

impl tribunal_core::Item for Bound<'_> {
    fn value(&self, field: FieldId) -> Value<'_> {
        if field == self.places.caption {
            Value::Text(&self.item.caption)
        } else if field == self.places.market {
            REGIONS.get(usize::from(self.item.region)).map_or(Value::Missing, |region| Value::Text(region))
        } else if field == self.places.duration {
            Value::Int(self.item.duration)
        } else if field == self.places.followers {
            self.item.followers.map_or(Value::Missing, Value::Int)
        } else {
            Value::Missing
        }
    }

    fn present(&self) -> Present {
        self.places.present
    }
}

/// Loads and compiles a folder; tells the CPU seconds of each, since a policy is loaded where it is written and compiled where it runs.
pub(crate) fn compile(files: Folder) -> Result<Engine, String> {
    compile_with(files, &Options::default())
}

fn compile_with(files: Folder, options: &Options) -> Result<Engine, String> {
    let begin = ProcessTime::now();
    let loaded = tribunal_policy::load_files(files);
    let load = begin.elapsed();
    let Some(policy) = loaded.policy else {
        let first = loaded.diagnostics.first().map_or_else(String::new, |diagnostic| format!("{diagnostic:?}"));
        return Err(format!("the policy has mistakes: {first}"));
    };
    let engine = Engine::with_options(Arc::new(policy), options).map_err(|error| error.to_string());
    eprintln!("  load {:.2} s, compile {:.2} s", load.as_secs_f64(), (begin.elapsed() - load).as_secs_f64());
    engine
}

pub(crate) fn build(set: &RuleSet, reading: Reading) -> Result<Rival, String> {
    let right = match reading {
        Reading::Like => Right::Ascii,
        Reading::Whole => Right::Folded,
        Reading::Evasive => Right::Oracle,
    };
    of_engine(compile(folder(set, reading))?, right)
}

/// The sets of instructions that this machine has, the best one first, by name.
pub(crate) fn sets() -> Vec<(&'static str, Simd)> {
    let name = |simd| match simd {
        Simd::Scalar => "scalar",
        Simd::Neon => "NEON",
        Simd::Sse2 => "SSE2",
        Simd::Avx2 => "AVX2",
        Simd::Avx512 => "AVX-512",
    };
    Simd::available().into_iter().rev().map(|simd| (name(simd), simd)).collect()
}

/// Everything that *whole* does, with one set of instructions.
pub(crate) fn forced(set: &RuleSet, name: &str) -> Result<Rival, String> {
    let Some((_, simd)) = sets().into_iter().find(|(known, _)| *known == name) else { return Err("not on this machine".to_owned()) };
    of_engine(compile_with(folder(set, Reading::Whole), &Options { simd, ..Options::default() })?, Right::Folded)
}

/// Everything that *whole* does, from a compiled file: what a program that starts has.
pub(crate) fn loaded(set: &RuleSet) -> Result<Rival, String> {
    let engine = compile(folder(set, Reading::Whole))?;
    let (places, bytes) = (Places::of(engine.policy())?, engine.to_bytes());
    drop(engine);
    let begin = ProcessTime::now();
    let engine = Engine::from_bytes(&bytes).map_err(|error| error.to_string())?;
    eprintln!("  loaded from {:.1} MB in {:.3} s", bytes.len() as f64 / 1e6, begin.elapsed().as_secs_f64());
    Ok(judged(leak(engine), places, Right::Folded))
}

struct Judge {
    engine: &'static Engine,
    places: Places,
    scratch: Scratch,
}

impl Scanner for Judge {
    fn scan(&mut self, item: &Item, out: &mut Vec<u32>) {
        let verdict = self.engine.classify(&Bound { item, places: self.places }, Call::default(), &mut self.scratch);
        out.extend(verdict.rules.iter().map(|rule| rule.0));
        std::hint::black_box(&verdict.levels);
    }

    fn counted(&mut self) -> Option<String> {
        let work = self.scratch.take_work();
        let an_item = |(name, count): (&str, u64)| format!("{name} {:.3}", count as f64 / work.items.max(1) as f64);
        Some(work.named().map(an_item).join(", "))
    }
}

/// Rule names are `r` and a number, so that ids and numbers are the same.
pub(crate) fn of_engine(engine: Engine, right: Right) -> Result<Rival, String> {
    let engine: &'static Engine = leak(engine);
    Ok(judged(engine, Places::of(engine.policy())?, right))
}

fn judged(engine: &'static Engine, places: Places, right: Right) -> Rival {
    let mut rival = Rival::new(right, move || Judge { engine, places, scratch: Scratch::new() });
    rival.note = format!("{:?}", engine.size());
    rival
}
