//! A test that goes on from day to day and may be looked at each time: old against new, with no more false alarms for the looking.

use serde::{Deserialize, Serialize};

use crate::axes::Direction;
use crate::cube::Cube;
use crate::error::Error;
use crate::plan::Plan;
use crate::report::DataFile;
use crate::stats::paired::EProcess;

/// Version of the form of [`Anytime`].
pub const FORMAT: &str = "tribunal-anytime/1";
const ALPHA: f64 = 0.05;

/// The state of the test: all that is kept from day to day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anytime {
    /// Version of this form.
    pub format: String,
    /// Digest of the old policy, or `logged:COLUMN`.
    pub old: Option<String>,
    /// Digest of the new policy.
    pub new: String,
    /// Labels that mean a violation, and labels that mean none.
    pub labels: (Vec<String>, Vec<String>),
    /// Runs so far.
    pub days: Vec<Day>,
    /// Labelled items that one policy gets right and the other wrong: first way, the new one is right.
    pub quality: EProcess,
    /// Items whose decision changes to one side only: first way, to the strict side. Looked at once a run.
    pub direction: EProcess,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Digests of its files.
    pub data: Vec<String>,
    /// Its items.
    pub items: u64,
    /// Items the new policy gets right and the old one wrong, and the reverse.
    pub quality: (u64, u64),
    /// Items that become stricter, and milder.
    pub direction: (u64, u64),
}

impl Anytime {
    /// Nothing seen yet.
    pub fn new(plan: &Plan) -> Anytime {
        Anytime {
            format: FORMAT.to_owned(),
            old: plan.header().old.clone(),
            new: plan.header().new.clone(),
            labels: (plan.options.positive.clone(), plan.options.negative.clone()),
            days: Vec::new(),
            quality: EProcess::new(ALPHA),
            direction: EProcess::new(ALPHA),
        }
    }

    /// Reads a state.
    ///
    /// # Errors
    ///
    /// When it is none, or of another version.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Anytime, Error> {
        let state: Anytime = serde_json::from_slice(bytes).map_err(|error| Error::Form(name.to_owned(), error))?;
        if state.format != FORMAT {
            return Err(Error::Usage(format!("{name}: is a `{}`, this program knows `{FORMAT}`", state.format)));
        }
        Ok(state)
    }

    /// Whether another run of these files can go on with it: asked before the first item is read.
    ///
    /// # Errors
    ///
    /// When the state is of other policies or labels, has no old policy, or has one of the files already.
    pub fn check(&self, plan: &Plan, data: &[DataFile]) -> Result<(), Error> {
        let fresh = Anytime::new(plan);
        if fresh.old.is_none() {
            return Err(Error::Usage("--continue compares two policies: there is no old one (--old)".to_owned()));
        }
        if (&self.old, &self.new, &self.labels) != (&fresh.old, &fresh.new, &fresh.labels) {
            return Err(Error::Usage("--continue: the state is of other policies or labels; a test that changes its question begins anew".to_owned()));
        }
        let known = |file: &&DataFile| file.is_known() && self.days.iter().any(|day| day.data.contains(&file.digest));
        match data.iter().find(known) {
            Some(DataFile { name, digest, .. }) => Err(Error::Usage(format!("--continue: {name} ({digest}) was taken up already; no item counts twice"))),
            None => Ok(()),
        }
    }

    /// Goes on with another run, of these files.
    ///
    /// # Errors
    ///
    /// As [`Anytime::check`].
    pub fn go_on(mut self, plan: &Plan, cube: &Cube, data: &[DataFile]) -> Result<Anytime, Error> {
        self.check(plan, data)?;
        let before = (self.quality.b, self.quality.c);
        // In the order of the items' hash, which no result can have chosen.
        cube.discordant.values().for_each(|new_is_right| self.quality.add(*new_is_right));
        let towards = |wanted: Direction| -> u64 {
            let groups = cube.groups.iter().filter(|(group, _)| group.old.as_ref().is_some_and(|old| cube.header.axes.direction(old, &group.new) == wanted));
            groups.map(|(_, count)| count.n).sum()
        };
        let direction = (towards(Direction::Stricter), towards(Direction::Milder));
        self.direction.add_many(direction.0, direction.1);
        self.days.push(Day {
            data: data.iter().map(|file| file.digest.clone()).collect(),
            items: cube.items.n,
            quality: (self.quality.b - before.0, self.quality.c - before.1),
            direction,
        });
        Ok(self)
    }

    /// In words, one sentence a question.
    pub fn words(&self) -> Vec<String> {
        let runs = format!("{} runs, {} items", self.days.len(), self.days.iter().map(|day| day.items).sum::<u64>());
        let one = |what: &str, first: &str, second: &str, test: &EProcess| {
            let verdict = match test.stopped_at {
                Some(at) => format!("told apart after {at}, at a chance of {} of a false alarm over all looks", test.alpha),
                None => "not told apart so far; looking again costs nothing".to_owned(),
            };
            format!("{what} over {runs}: {first} {}, {second} {}; e-value {:.3}: {verdict}", test.b, test.c, test.e())
        };
        vec![one("quality", "only the new policy right", "only the old one right", &self.quality), one("direction", "stricter", "milder", &self.direction)]
    }
}
