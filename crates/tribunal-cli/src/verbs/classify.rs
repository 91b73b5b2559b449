//! `tribunal classify`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context as _, bail};
use rayon::prelude::*;
use tribunal::policy::model::AxisKind;
use tribunal::policy::{Policy, render::neutral_line, time};
use tribunal::{AxisValue, Builder, Decision, Moderator, Scratch, Tally};

use crate::Ended;
use crate::input::{self, Batch, Event, Inputs, Line};
use crate::output::{OutputFile, apart};
use crate::progress::Progress;
use crate::ui::{Format, Ui, count, safe_line};

/// Decide items: one decision a line, in the order of the input
#[derive(Debug, clap::Args)]
#[command(after_help = "Items are JSON objects, one a line (NDJSON), plain, gzip or Zstandard; `-` is standard input. Blank lines are skipped. \
    A line that is no item is counted, told with its place, and does not stop the run.\n\n\
    Exit status: 1 with `--strict` when there were broken lines, 2 when the policy or an input cannot be used.\n\n\
    Example:\n  tribunal classify community-guidelines items.jsonl.zst -o decisions.jsonl --rejects broken.jsonl\n  \
    zcat items.jsonl.gz | tribunal classify community-guidelines - --format human")]
pub(crate) struct Args {
    /// A policy's folder or single file, or a compiled policy
    policy: PathBuf,
    /// Files of items; `-` is standard input
    #[arg(required = true)]
    items: Vec<PathBuf>,
    /// Write decisions to this file, whole or not at all; `.gz` and `.zst` are compressed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add the hits behind each rule
    #[arg(long)]
    evidence: bool,
    /// Write broken lines to this file, as they were
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// The moment for items that do not say it: ISO 8601 or seconds since 1970
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Threads; all cores by default. The output is the same for any number
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Exit with 1 when there were broken lines
    #[arg(long)]
    strict: bool,
    /// A JSON object or a short line an item
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
}

/// The most broken lines that are told one by one.
const TOLD: u64 = 20;
/// Lines that a thread takes at once.
const CHUNK: usize = 128;

/// Reads `--as-of`.
pub(crate) fn as_of(builder: Builder, text: Option<&str>) -> anyhow::Result<Builder> {
    let Some(text) = text else { return Ok(builder) };
    let Some(moment) = time::parse(text) else {
        bail!("--as-of: `{text}` is no moment; write `2026-11-01`, `2026-11-01T10:00:00Z` or seconds since 1970");
    };
    Ok(builder.as_of(moment.seconds))
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    if let (Some(output), Some(rejects)) = (&args.output, &args.rejects)
        && output == rejects
    {
        bail!("decisions and broken lines cannot go to the same file");
    }
    for written in args.output.iter().chain(&args.rejects) {
        apart(written, args.items.iter().chain([&args.policy]).map(PathBuf::as_path))?;
    }
    let builder = as_of(Moderator::builder().evidence(args.evidence), args.as_of.as_deref())?;
    let inputs = Inputs::open(&args.items)?;
    let moderator = ui.moderator(builder, &args.policy)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build().context("threads cannot be started")?;
    let mut sinks = Sinks {
        decisions: match &args.output {
            Some(path) => Sink::File(OutputFile::create(path)?),
            None => Sink::Stdout(io::BufWriter::with_capacity(1 << 16, io::stdout().lock())),
        },
        rejects: args.rejects.as_deref().map(OutputFile::create).transpose()?,
    };
    let progress = Progress::new(ui, inputs.read.clone(), inputs.total);
    let run = Run { moderator: &moderator, pool, format: args.format, scratches: Mutex::default() };
    let tally = run.all(inputs, &mut sinks, &progress, ui);
    progress.finish();
    let tally = tally?;
    sinks.finish()?;
    ui.remark(&summary(&tally));
    Ok(if args.strict && tally.broken > 0 { Ended::Findings } else { Ended::Fine })
}

enum Sink {
    File(OutputFile),
    Stdout(io::BufWriter<io::StdoutLock<'static>>),
}

struct Sinks {
    decisions: Sink,
    rejects: Option<OutputFile>,
}

impl Sinks {
    fn decide(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.decisions {
            Sink::File(file) => file.write_all(bytes),
            Sink::Stdout(out) => out.write_all(bytes),
        }
    }

    /// Whoever reads the decisions as they come need not wait for the next ones.
    fn pass_on(&mut self) -> io::Result<()> {
        match &mut self.decisions {
            Sink::File(_) => Ok(()),
            Sink::Stdout(out) => out.flush(),
        }
    }

    fn reject(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.rejects.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }

    fn finish(self) -> anyhow::Result<()> {
        match self.decisions {
            Sink::File(file) => file.finish()?,
            Sink::Stdout(mut out) => out.flush()?,
        }
        self.rejects.map_or(Ok(()), OutputFile::finish)
    }
}

/// What a thread made of some lines.
#[derive(Default)]
struct Done {
    decisions: Vec<u8>,
    broken: Vec<(Line, String)>,
    tally: Tally,
}

struct Run<'m> {
    moderator: &'m Moderator,
    pool: rayon::ThreadPool,
    format: Format,
    scratches: Mutex<Vec<Scratch>>,
}

impl Run<'_> {
    fn all(&self, inputs: Inputs, sinks: &mut Sinks, progress: &Progress, ui: &Ui) -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        let mut ends_line = true;
        for event in inputs.events() {
            match event {
                Event::Lines(batch) => self.batch(&batch, sinks, &mut tally, &|text| progress.suspend(|| ui.say(text)))?,
                Event::Long { name, number } => {
                    tell(&mut tally, &name, number, "the line is longer than 16 MiB", &|text| progress.suspend(|| ui.say(text)));
                }
                Event::LongPart(part) => {
                    ends_line = part.ends_with(b"\n");
                    sinks.reject(&part)?;
                }
                Event::LongEnd if !ends_line => sinks.reject(b"\n")?,
                Event::LongEnd => {}
                Event::Broken { name, number, why, .. } => tell(&mut tally, &name, number, &why, &|text| progress.suspend(|| ui.say(text))),
                Event::Failed(error) => return Err(error.into()),
            }
            progress.items(tally.items);
        }
        Ok(tally)
    }

    fn batch(&self, batch: &Batch, sinks: &mut Sinks, tally: &mut Tally, say: &dyn Fn(&str)) -> anyhow::Result<()> {
        let chunks: Vec<Done> = self.pool.install(|| batch.lines.par_chunks(CHUNK).map(|lines| self.chunk(batch, lines)).collect());
        for done in chunks {
            sinks.decide(&done.decisions)?;
            for (line, why) in done.broken {
                tell(tally, &batch.name, line.number, &why, say);
                let raw = batch.raw(line);
                sinks.reject(raw)?;
                if !raw.ends_with(b"\n") {
                    sinks.reject(b"\n")?;
                }
            }
            tally.add(&done.tally);
        }
        sinks.pass_on()?;
        Ok(())
    }

    fn chunk(&self, batch: &Batch, lines: &[Line]) -> Done {
        let pooled = self.scratches.lock().ok().and_then(|mut pool| pool.pop());
        let mut scratch = pooled.unwrap_or_default();
        let mut done = Done::default();
        for line in lines {
            if let Err(why) = self.line(input::trimmed(batch.raw(*line)), &mut scratch, &mut done) {
                done.broken.push((*line, why));
            }
        }
        if let Ok(mut pool) = self.scratches.lock() {
            pool.push(scratch);
        }
        done
    }

    fn line(&self, bytes: &[u8], scratch: &mut Scratch, done: &mut Done) -> Result<(), String> {
        let text = std::str::from_utf8(bytes).map_err(|error| format!("the line is not UTF-8: byte {} begins no character", error.valid_up_to() + 1))?;
        let item = self.moderator.read_json(text).map_err(|error| error.to_string())?;
        match self.format {
            Format::Json => {
                let from = done.decisions.len();
                let verdict = self.moderator.decide_into(&item, scratch, &mut done.decisions);
                done.tally.judged(self.moderator.policy(), &item, verdict);
                safe_line(&mut done.decisions, from);
            }
            Format::Human => {
                let decision = self.moderator.decide_with(&item, scratch).into_decision_looking_at_incomplete();
                done.tally.decided(&decision, item.unknown_keys());
                done.decisions.extend_from_slice(short(self.moderator.policy(), &decision).as_bytes());
            }
        }
        done.decisions.push(b'\n');
        Ok(())
    }
}

/// Counts a broken line, and says so while there are not too many.
fn tell(tally: &mut Tally, name: &str, number: u64, why: &str, say: &dyn Fn(&str)) {
    tally.broken();
    if tally.broken <= TOLD {
        say(&format!("{}:{number}: {}", neutral_line(name), neutral_line(why)));
    } else if tally.broken == TOLD + 1 {
        say("further broken lines are only counted");
    }
}

/// One line about a decision: what is stricter than the mildest, and why.
fn short(policy: &Policy, decision: &Decision) -> String {
    let mut text = neutral_line(decision.id.as_deref().unwrap_or("(no id)"));
    let mut add = |part: &str| {
        text.push_str("  ");
        text.push_str(part);
    };
    if let Some(market) = &decision.market {
        add(market);
    }
    let mut mildest = true;
    for axis in &policy.axes {
        let value = match (&axis.kind, decision.decision.get(&axis.name)) {
            (AxisKind::Ordered(values), Some(AxisValue::Level(level))) if values.first() != Some(level) => level.clone(),
            (_, Some(AxisValue::Labels(labels))) if !labels.is_empty() => labels.join(" + "),
            _ => continue,
        };
        mildest = false;
        add(&format!("{}: {value}", axis.name));
    }
    if mildest {
        add("no effect");
    }
    let lists = [("rules", &decision.rules), ("in shadow", &decision.shadow)];
    for (what, rules) in lists.into_iter().filter(|(_, rules)| !rules.is_empty()) {
        add(&format!("{what}: {}", rules.join(", ")));
    }
    if !decision.unknown.is_empty() {
        add(&format!("not judged: {}", count(decision.unknown.len() as u64, "rule")));
    }
    if !decision.pending.is_empty() {
        add(&format!("waiting: {}", count(decision.pending.len() as u64, "rule")));
    }
    if let Some(why) = &decision.incomplete {
        add(&format!("item over a limit: {why}"));
    }
    text
}

fn summary(tally: &Tally) -> String {
    let mut text = format!("{}, {}", count(tally.items, "item"), count(tally.broken, "broken line"));
    text.push_str(&format!("\n  a rule fired on {}; {} with a rule that was not judged", count(tally.matched, "item"), count(tally.not_judged, "item")));
    if tally.unknown_market > 0 {
        text.push_str(&format!("\n  {} of a market that the policy does not have", count(tally.unknown_market, "item")));
    }
    for (why, number) in &tally.over_limit {
        text.push_str(&format!("\n  {} over a limit: {why}", count(*number, "item")));
    }
    for (field, number) in &tally.wrong_type {
        text.push_str(&format!("\n  {} where {field} has a wrong type", count(*number, "item")));
    }
    if tally.unknown_keys > 0 {
        text.push_str(&format!("\n  {} with keys that the policy does not know", count(tally.unknown_keys, "item")));
    }
    text
}
