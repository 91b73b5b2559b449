//! `tribunal bench`.

use std::path::PathBuf;
use std::time::Instant;

use tribunal::Moderator;
use tribunal_replay::bench::{Bench, Engine, Options, bench};
use tribunal_replay::input::Inputs;
use tribunal_replay::input::columns::Columns;
use tribunal_replay::launch::Reading;
use tribunal_replay::launched;

use super::replay::{maps, told, usable};
use crate::Ended;
use crate::rows::{Row, each_row, passed_over};
use crate::ui::{Format, Ui, require, thousands};

/// How fast a policy decides, and what each rule costs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Both policies decide the same items in turns, the new one as if what it changes were in force. Gates on sizes and work are the same on every machine; one on `time` holds for this one only.\n\n\
    Exit status: 1 when a gate does not hold.\n\n\
    Example:\n  tribunal bench --old main --new draft items.jsonl --gate work --gate 'always_awake <= old'"
)]
pub(crate) struct Args {
    /// Files, folders or globs of items
    #[arg(required = true)]
    items: Vec<PathBuf>,
    /// The policy as it is today
    #[arg(long, value_name = "POLICY")]
    old: Option<PathBuf>,
    /// The policy as it would be
    #[arg(long, value_name = "POLICY")]
    new: PathBuf,
    /// Take stage, rollout and dates of the new policy as written; otherwise what differs from the old one counts as live, at 100 % and in force
    #[arg(long)]
    as_written: bool,
    /// A field stands in another column: caption=desc; or a file of such lines
    #[arg(long, value_name = "FIELD=COLUMN|FILE", value_delimiter = ',')]
    map: Vec<String>,
    /// Rounds over the items
    #[arg(long, value_name = "N", default_value_t = 15)]
    rounds: usize,
    /// The most items that are kept in memory
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    most: usize,
    /// For so many rules, the costliest first, measure what would be saved without them
    #[arg(long, value_name = "N", default_value_t = 10)]
    saves: usize,
    /// A condition: `verifications <= old * 1.1`; `work` is such a one for every count of work and the size of the compiled policy
    #[arg(long, value_name = "GATE")]
    gate: Vec<String>,
    /// For people or programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let compiled = |make: &dyn Fn() -> anyhow::Result<Moderator>| -> anyhow::Result<(Moderator, f64)> {
        let begun = Instant::now();
        let moderator = make()?;
        Ok((moderator, begun.elapsed().as_secs_f64() * 1e3))
    };
    let old = args.old.as_deref().map(|old| compiled(&|| ui.moderator(Moderator::builder(), old))).transpose()?;
    let before = old.as_ref().map(|(old, _)| old.policy().as_ref());
    let reading = if args.as_written { Reading::AsWritten } else { Reading::AsLaunched };
    require(&args.new)?;
    let new = compiled(&|| Ok(usable(launched(&args.new, before, reading, Moderator::builder()), &args.new, ui)?.0))?;
    let items = read(args, &new.0, ui)?;
    let options = Options { rounds: args.rounds, saves: args.saves, gates: args.gate.clone() };
    let found = bench(old.as_ref().map(|(old, ms)| (old, *ms)), (&new.0, new.1), &items, &options)?;
    told(ui, args.format, &found, &human(&found))?;
    Ok(if found.gates.iter().all(|(_, holds)| *holds) { Ended::Fine } else { Ended::Findings })
}

fn read(args: &Args, moderator: &Moderator, ui: &Ui) -> anyhow::Result<Vec<String>> {
    let columns = Columns::new([moderator.policy().as_ref()], &maps(&args.map)?)?;
    let mut items = Vec::new();
    let broken = each_row(ui, Inputs::open_all(&args.items, columns)?, &mut |text| {
        if moderator.read_json(text).is_err() {
            return Ok(Row::Broken);
        }
        items.push(text.to_owned());
        Ok(if items.len() < args.most { Row::Taken } else { Row::Last })
    })?;
    passed_over(ui, broken);
    Ok(items)
}

fn human(found: &Bench) -> String {
    let mut text = format!("{} items, {} bytes, {} rounds in turns\n", thousands(found.items), thousands(found.bytes), found.rounds);
    let mut engine = |name: &str, engine: &Engine| {
        text.push_str(&format!(
            "{name}  {:.0} items/s; an item {:.1} µs (half), {:.1} (99 in 100), {:.1} (999 in 1,000); compiled in {:.0} ms\n     {} bytes compiled, {} in memory, {} of them tables; {} patterns, {} atoms\n",
            engine.items_per_s,
            engine.p50_us,
            engine.p99_us,
            engine.p999_us,
            engine.compile_ms,
            thousands(engine.artefact_bytes),
            thousands(engine.memory_bytes),
            thousands(engine.table_bytes),
            thousands(engine.patterns),
            thousands(engine.atoms)
        ));
        let work: Vec<String> =
            engine.work.iter().filter(|(name, _)| *name != "items").map(|(name, count)| format!("{} {}", thousands(*count), name.replace('_', " "))).collect();
        text.push_str(&format!("     work: {}\n", work.join(", ")));
        if !engine.always_awake.is_empty() {
            text.push_str(&format!("     evaluated for every item: {}\n", engine.always_awake.join(", ")));
        }
    };
    if let Some(old) = &found.old {
        engine("old", old);
    }
    engine("new", &found.new);
    if let Some(ratio) = found.ratio {
        let ends = found.ratio_interval.map(|ends| format!(" ({:.3}–{:.3})", ends.lo, ends.hi)).unwrap_or_default();
        text.push_str(&format!("time of new over old: {ratio:.3}{ends}\n"));
    }
    text.push_str(&rules(&found.new));
    for (gate, holds) in &found.gates {
        text.push_str(&format!("{}: {gate}\n", if *holds { "passed" } else { "failed" }));
    }
    text
}

/// The costliest rules, and what would be saved without them.
fn rules(engine: &Engine) -> String {
    let mut text = format!(
        "\nRules of the new policy, by the time of judging them; reading and looking for terms is shared: {:.0} ns an item\n\
         {:>9}{:>9}{:>12}{:>12}{:>12}{:>9}{:>9}{:>12}  rule\n",
        engine.shared_ns, "ns", "share", "candidates", "evaluated", "verified", "places", "fired", "not judged"
    );
    for cost in engine.rules.iter().filter(|cost| cost.candidates > 0).take(15) {
        let counts = [cost.candidates, cost.evaluations, cost.verifications].map(|count| format!("{:>12}", thousands(count))).concat();
        let ends = [cost.places, cost.fired].map(|count| format!("{:>9}", thousands(count))).concat();
        text.push_str(&format!("{:>9.0}{:>7.1} %{counts}{ends}{:>12}  {}\n", cost.ns, cost.share * 100.0, thousands(cost.not_judged), cost.rule));
    }
    let mut saved = String::new();
    for (rule, saves) in engine.rules.iter().filter_map(|cost| Some((&cost.rule, cost.saves.as_ref()?))) {
        let sizes = [(saves.artefact_bytes, "bytes compiled"), (saves.memory_bytes, "bytes in memory"), (saves.patterns, "patterns")];
        let work = saves.work.iter().map(|(name, count)| (*count, name.replace('_', " ")));
        let all = sizes.map(|(count, name)| (count, name.to_owned())).into_iter().chain(work).filter(|(count, _)| *count != 0);
        let all: Vec<String> = all.map(|(count, name)| format!("{}{} {name}", if count < 0 { "-" } else { "" }, thousands(count.unsigned_abs()))).collect();
        saved.push_str(&format!("  {rule}: {}\n", if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }));
    }
    if !saved.is_empty() {
        text.push_str(&format!("\nSaved without the rule\n{saved}"));
    }
    text
}
