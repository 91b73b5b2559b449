//! What is replayed: two policies, the options, and everything prepared once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tribunal::{Builder, Moderator};
use tribunal_core::{Engine, Limits};
use tribunal_policy::cond::CondKind;
use tribunal_policy::diagnostic::Severity;
use tribunal_policy::{FieldId, Policy, RuleId, load_files, load_str};

use crate::axes::{Axes, Mapping};
use crate::cube::{Header, Keep};
use crate::error::Error;
use crate::labels::Labels;
use crate::launch::{self, Launched, Reading};

/// What the new policy is compared with.
#[derive(Debug)]
pub enum Old {
    /// Nothing.
    None,
    /// Another policy.
    Policy(Box<Moderator>),
    /// Decisions that the items carry in this column.
    Logged(String),
}

/// What to do, as the user says it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How stage, rollout and dates are read.
    pub reading: Reading,
    /// The moment for items that do not say it.
    pub as_of: Option<i64>,
    /// Fields that counts are sliced by.
    pub by: Vec<String>,
    /// Only items on which this condition of the policy's language holds.
    pub only: Option<String>,
    /// Labels that mean a violation.
    pub positive: Vec<String>,
    /// Labels that mean none; where one of the two is empty, all others belong to it.
    pub negative: Vec<String>,
    /// The field or column that names an item's stratum.
    pub stratum: Option<String>,
    /// Take each item with this chance, by the hash of its id: the same items in every run with the same seed.
    pub sample: Option<f64>,
    /// Seed of all hashes.
    pub seed: u64,
    /// How many examples are kept.
    pub keep: Keep,
}

/// A replay that can run.
#[derive(Debug)]
pub struct Plan {
    /// The new policy.
    pub new: Moderator,
    /// What it is compared with.
    pub old: Old,
    /// What to do.
    pub options: Options,
    /// What was put in force.
    pub launched: Launched,
    /// Labels in a file of their own.
    pub labels: Option<Labels>,
    pub(crate) only: Option<(Engine, RuleId)>,
    pub(crate) header: Header,
    pub(crate) new_map: Mapping,
    pub(crate) old_map: Option<Mapping>,
    /// For each rule of the new policy the one of that name in the old policy, and the other way round.
    pub(crate) namesakes: [Vec<Option<RuleId>>; 2],
    /// Whether both policies read items in the same way.
    pub(crate) same_schema: bool,
    /// Fields that are sliced by: of the policy, or a path in the item.
    pub(crate) by: Vec<Column>,
    pub(crate) stratum: Option<Column>,
    pub(crate) views: Option<FieldId>,
    pub(crate) made: Option<FieldId>,
    /// Fields that some rule of either policy reads, with their id in the new one.
    pub(crate) read: Vec<(String, FieldId)>,
}

/// A policy as it would be once what differs from `old` is in force, or as it is written.
///
/// # Errors
///
/// When the policy cannot be used.
pub fn launched(path: &Path, old: Option<&Policy>, reading: Reading, builder: Builder) -> Result<(Moderator, Launched), Error> {
    let mut loaded = tribunal::load(path);
    let launched = match (&mut loaded.policy, reading) {
        (Some(policy), Reading::AsLaunched) => launch::launch(old, policy),
        (Some(policy), Reading::AsWritten) => Launched { changed_rules: launch::changed_rules(old, policy).into_iter().collect(), ..Launched::default() },
        (None, _) => Launched::default(),
    };
    Ok((builder.build(loaded)?, launched))
}

/// A value of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Field(FieldId),
    Path(String),
}

impl Options {
    /// Whether anybody said which labels are violations, or which are none.
    pub fn judges_labels(&self) -> bool {
        !(self.positive.is_empty() && self.negative.is_empty())
    }
}

impl Plan {
    /// Prepares a replay; `old` is a path, `logged:COLUMN`, or absent.
    ///
    /// # Errors
    ///
    /// When a policy cannot be used, or the options make no sense.
    pub fn new(old: Option<&str>, new: &Path, options: Options) -> Result<Plan, Error> {
        let builder = |as_of: Option<i64>| as_of.map_or_else(Builder::default, |seconds| Builder::default().as_of(seconds));
        let old = match old {
            None => Old::None,
            Some(text) => match text.strip_prefix("logged:") {
                Some(column) => Old::Logged(column.to_owned()),
                None => Old::Policy(Box::new(builder(options.as_of).from_path(text)?)),
            },
        };
        let before = match &old {
            Old::Policy(moderator) => Some(Arc::clone(moderator.policy())),
            _ => None,
        };
        let (new, launched) = launched(new, before.as_deref(), options.reading, builder(options.as_of))?;
        Plan::of(old, new, launched, options)
    }

    fn of(old: Old, new: Moderator, launched: Launched, options: Options) -> Result<Plan, Error> {
        let old_engine = match &old {
            Old::Policy(moderator) => Some(moderator.engine()),
            _ => None,
        };
        let policy = Arc::clone(new.policy());
        let axes = Axes::new(new.engine(), old_engine);
        let (new_map, old_map) = (axes.mapping(new.engine()), old_engine.map(|engine| axes.mapping(engine)));
        if let Some(share) = options.sample.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            return Err(Error::Usage(format!("--sample {share}: write a share above 0, up to 1")));
        }
        let header = Header {
            format: crate::cube::FORMAT,
            old: match &old {
                Old::None => None,
                Old::Policy(moderator) => Some(format!("b3:{}", moderator.policy().digest)),
                Old::Logged(column) => Some(format!("logged:{column}")),
            },
            new: format!("b3:{}", policy.digest),
            axes,
            by: options.by.clone(),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "saturates at all hashes")]
            sample: options.sample.map(|share| (share * u64::MAX as f64) as u64),
            seed: options.seed,
            keep: options.keep,
        };
        let only = options.only.as_deref().map(|condition| only(&policy, condition)).transpose()?;
        let same_schema = old_engine.is_none_or(|engine| {
            let form = |policy: &Policy| -> Vec<_> { policy.fields.iter().map(|field| (field.name.clone(), field.ty)).collect() };
            form(engine.policy()) == form(&policy)
        });
        let column = |name: &String| policy.field(name).map_or_else(|| Column::Path(name.clone()), Column::Field);
        Ok(Plan {
            by: options.by.iter().map(column).collect(),
            stratum: options.stratum.as_ref().map(column),
            views: policy.field("stats.plays"),
            made: policy.field("video.created_at"),
            read: fields_read(&policy),
            namesakes: {
                let named = |of: Option<&Policy>, among: Option<&Policy>| -> Vec<Option<RuleId>> {
                    of.map(|of| of.rules.iter().map(|rule| among?.rule(&rule.name)).collect()).unwrap_or_default()
                };
                let before = old_engine.map(|engine| engine.policy().as_ref());
                [named(Some(&policy), before), named(before, Some(&policy))]
            },
            only,
            header,
            new_map,
            old_map,
            same_schema,
            labels: None,
            new,
            old,
            options,
            launched,
        })
    }

    /// Takes labels from a file of their own.
    #[must_use]
    pub fn with_labels(mut self, labels: Labels) -> Plan {
        self.labels = Some(labels);
        self
    }

    /// The old policy, if there is one.
    pub fn old_policy(&self) -> Option<&Moderator> {
        match &self.old {
            Old::Policy(moderator) => Some(moderator),
            _ => None,
        }
    }

    /// An empty part of the result.
    pub fn part(&self) -> crate::part::Part<'_> {
        crate::part::Part::new(self)
    }

    /// What the result is a result of.
    pub fn header(&self) -> &Header {
        &self.header
    }
}

/// Fields that some rule reads, `any text` as the texts it stands for.
fn fields_read(policy: &Policy) -> Vec<(String, FieldId)> {
    let mut found: BTreeMap<String, FieldId> = BTreeMap::new();
    let mut read = |field: FieldId| {
        found.insert(policy.field_name(field).to_owned(), field);
    };
    let markets = (0..policy.markets.len()).filter_map(|at| u32::try_from(at).ok()).map(|at| Some(tribunal_policy::MarketId(at)));
    for rule in std::iter::once(None).chain(markets).flat_map(|market| policy.effective(market)) {
        rule.conditions().for_each(|cond| {
            cond.walk(&mut |part| {
                if !matches!(part.kind, CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_)) {
                    part.fields(&mut read);
                }
            });
        });
    }
    found.into_iter().collect()
}

/// An engine that answers a condition in the words of a policy: the policy's own files and one rule more.
pub(crate) fn only(policy: &Policy, condition: &str) -> Result<(Engine, RuleId), Error> {
    const NAME: &str = "replay-where";
    let quoted = serde_json::to_string(condition).map_err(|error| Error::Form("--where".to_owned(), error))?;
    let rule = format!("- {{id: {NAME}, stage: draft, when: {quoted}, effect: {{}}}}\n");
    let mut files: BTreeMap<String, Vec<u8>> = policy.sources.files().map(|(_, file)| (file.path.clone(), file.bytes().to_vec())).collect();
    let loaded = match policy.sources.files().next() {
        // A single file may leave out what a folder has to say: it stays one.
        Some((_, file)) if files.len() == 1 => load_str(&file.path, &with_rule(file.text(), &rule)?),
        _ => {
            files.insert(format!("rules/{NAME}.yaml"), format!("rules:\n  {rule}").into_bytes());
            load_files(files)
        }
    };
    let Some(policy) = loaded.policy else {
        let errors = loaded.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let messages: Vec<String> =
            errors.map(|found| std::iter::once(found.message.clone()).chain(found.help.iter().map(|help| format!(" ({help})"))).collect()).collect();
        return Err(Error::Usage(format!("--where: {}", messages.join("; "))));
    };
    let rule = policy.rule(NAME).ok_or_else(|| Error::Usage("--where: the condition is no rule".to_owned()))?;
    let engine = Engine::rehearsal(Arc::new(policy), Limits::default()).map_err(|error| Error::Usage(format!("--where: {error}")))?;
    Ok((engine, rule))
}

/// The text of a single-file policy with one rule more.
fn with_rule(text: &str, rule: &str) -> Result<String, Error> {
    let Some(at) = text.find("\nrules:").map(|at| at + 1).or_else(|| text.starts_with("rules:").then_some(0)) else {
        return Ok(format!("{text}\nrules:\n  {rule}"));
    };
    let (head, tail) = text.split_at(at);
    let (key, rest) = tail.split_once('\n').unwrap_or((tail, ""));
    if !key.trim_start_matches("rules:").split('#').next().unwrap_or_default().trim().is_empty() {
        return Err(Error::Usage("--where: write the rules of a single-file policy as a list, one below the other".to_owned()));
    }
    let indent: String =
        rest.lines().find(|line| line.trim_start().starts_with("- ")).map(|line| line.chars().take_while(|c| *c == ' ').collect()).unwrap_or_default();
    Ok(format!("{head}{key}\n{indent}{rule}{rest}"))
}
