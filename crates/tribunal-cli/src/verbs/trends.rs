//! `tribunal trends`.

use std::path::{Path, PathBuf};

use tribunal::Moderator;
use tribunal_replay::input::Inputs;
use tribunal_replay::input::columns::Columns;
use tribunal_replay::trends::{Corpus, MIN_AUTHORS, Options, Trends, trends};

use super::replay::{maps, told};
use super::sheet::turned_down;
use crate::Ended;
use crate::output::OutputFile;
use crate::rows::{Row, each_row, passed_over};
use crate::ui::{Format, Ui, thousands};

/// What rises in content, and disguises of listed terms that nothing hits
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without a baseline, items with an effect are set against those without. Candidates are for people to look at: nothing goes into a policy.\n\n\
    Example:\n  tribunal trends this-week.jsonl --baseline last-month/ --policy main --sheet candidates.xlsx\n  \
    tribunal sheet import main candidates.xlsx"
)]
pub(crate) struct Args {
    /// Files, folders or globs of items
    #[arg(required = true)]
    items: Vec<PathBuf>,
    /// The policy
    #[arg(long, value_name = "POLICY")]
    policy: PathBuf,
    /// Items to compare with
    #[arg(long, value_name = "ITEMS")]
    baseline: Vec<PathBuf>,
    /// Labels that mean a violation, for what nothing catches
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    positive: Vec<String>,
    /// Labels that mean none; all but --positive where only that is given
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    negative: Vec<String>,
    /// A field stands in another column: caption=desc; or a file of such lines
    #[arg(long, value_name = "FIELD=COLUMN|FILE", value_delimiter = ',')]
    map: Vec<String>,
    /// Fewest different authors behind a candidate
    #[arg(long, value_name = "N", default_value_t = MIN_AUTHORS)]
    min_authors: usize,
    /// The most rows of each table
    #[arg(long, value_name = "N", default_value_t = 500)]
    most: usize,
    /// Write disguises as a sheet to tick, which `tribunal sheet import` takes up; what was turned down there is not proposed again
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
    /// Write disguises as entries of term lists, to be looked at
    #[arg(long, value_name = "FILE")]
    proposals: Option<PathBuf>,
    /// For people or programs
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<Ended> {
    let moderator = ui.moderator(Moderator::builder(), &args.policy)?;
    let options = Options {
        positive: args.positive.clone(),
        negative: args.negative.clone(),
        most: args.most,
        min_authors: args.min_authors,
        rejected: turned_down(&args.policy)?.into_iter().map(|row| row.key).collect(),
    };
    let items = corpus(&args.items, args, &moderator, &options, ui)?;
    let baseline = if args.baseline.is_empty() { None } else { Some(corpus(&args.baseline, args, &moderator, &options, ui)?) };
    let found = trends(&moderator, &items, baseline.as_ref(), &options)?;
    if let Some(path) = &args.sheet {
        OutputFile::with(path, &found.sheet()?)?.finish()?;
    }
    if let Some(path) = &args.proposals {
        write(path, &found)?;
    }
    told(ui, args.format, &found, &human(&found))?;
    Ok(Ended::Fine)
}

fn write(path: &Path, found: &Trends) -> anyhow::Result<()> {
    OutputFile::with(path, found.proposals().as_bytes())?.finish()
}

fn corpus(paths: &[PathBuf], args: &Args, moderator: &Moderator, options: &Options, ui: &Ui) -> anyhow::Result<Corpus> {
    let columns = Columns::new([moderator.policy().as_ref()], &maps(&args.map)?)?;
    let mut corpus = Corpus::default();
    let broken =
        each_row(ui, Inputs::open_all(paths, columns)?, &mut |text| Ok(if corpus.add(moderator, text, options).is_ok() { Row::Taken } else { Row::Broken }))?;
    passed_over(ui, broken);
    Ok(corpus)
}

fn human(found: &Trends) -> String {
    let mut text = format!(
        "{} items against {}",
        thousands(found.items.0),
        if found.items.1 > 0 { format!("a baseline of {}", thousands(found.items.1)) } else { found.against.clone() }
    );
    text.push_str(&format!("; {} candidates tested, false discovery rate 0.05\n", thousands(found.family)));
    text.push_str("\nStands out\n");
    for row in found.rising.iter().take(20) {
        let mut more = Vec::new();
        if row.listed {
            more.push("listed");
        }
        if row.burst {
            more.push("in a burst");
        }
        let market = if row.market.is_empty() { String::new() } else { format!(" in {}", row.market) };
        text.push_str(&format!(
            "  {:>6.1}  {} {}{market}  {} against {} items, {} authors  {}\n",
            row.z,
            row.kind,
            row.text,
            row.count.0,
            row.count.1,
            row.authors,
            more.join(", ")
        ));
    }
    text.push_str("\nNear a listed term, and hit by nothing\n");
    for row in found.variants.iter().take(20) {
        text.push_str(&format!("  {:>6.2}  {} near {} ({}): {}, {} items\n", row.score, row.text, row.term, row.list, row.transformation, row.count));
    }
    if !found.gaps.is_empty() {
        text.push_str("\nLabelled violations that nothing catches, by a word they share\n");
        for row in found.gaps.iter().take(20) {
            text.push_str(&format!("  {}  {} of {} labelled items without effect ({:.0} %)\n", row.condition, row.missed, row.items, row.precision * 100.0));
        }
    }
    text
}
