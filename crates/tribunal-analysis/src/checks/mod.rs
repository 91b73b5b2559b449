//! The catalogue of checks.

mod accepted;
mod divergence;
mod exceptions;
mod gaps;
mod hygiene;
mod ladders;
mod lookup;
mod overlays;
mod price;
mod rules;
pub(crate) mod session;
mod texts;
mod variants;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::CompileError;
use tribunal_policy::codes::Code;
use tribunal_policy::cond::{CondKind, Subject, SubjectForm, Test, Value};
use tribunal_policy::diagnostic::Severity;
use tribunal_policy::model::{AxisKind, Entry, List, Stage};
use tribunal_policy::source::Span;
use tribunal_policy::{ListId, MarketId, Policy, RuleId};

use crate::evade::Words;
use crate::findings::{Analysis, CoverageCell, Effort, FORMAT, Finding, LeftOpen, Shown, Why};
use crate::item::{Draft, Val};
use crate::lab::{Lab, Outcome};
use crate::theory::logic::Lit;
use crate::theory::samples;
use crate::theory::side::{Demand, RuleModel, Side};
use crate::theory::vars::Kind;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Codes (or their short ids) that are left out.
    pub disabled: Vec<String>,
    /// The moment for dates of review, in seconds since 1970; without it they are not looked at.
    pub today: Option<i64>,
    /// Only these rules are looked at; empty: all.
    pub only: Vec<String>,
    /// Ordinary words, that terms should not hit.
    pub words: Vec<WordList>,
    /// How many steps the solver may take in all, before questions are left open; `None`: as many as it needs. A step is a choice of
    /// the solver or a node of a question: on one core of 2025 about ten million pass in a second.
    pub budget: Option<u64>,
}

/// Words of a language with how often they occur.
#[derive(Clone, Debug)]
pub struct WordList {
    /// The language, as a tag (`en`); `None`: not said.
    pub lang: Option<String>,
    /// The words; without frequencies they are not used.
    pub words: Words,
}

/// Looks a policy through.
///
/// # Errors
///
/// [`CompileError`] when no engine can be built of it.
pub fn analyze(policy: &Arc<Policy>, options: &Options) -> Result<Analysis, CompileError> {
    let mut context = Context::new(policy, options)?;
    context.check();
    Ok(context.finish())
}

impl Context {
    fn check(&mut self) {
        let context = self;
        rules::check(context);
        exceptions::check(context);
        ladders::check(context);
        overlays::check(context);
        divergence::check(context);
        gaps::check(context);
        texts::check(context);
        hygiene::check(context);
        words::check(context);
        variants::check(context);
    }
}

/// One form of a rule and the markets in which it has it, as indices of [`Context::sides`].
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) model: Arc<RuleModel>,
    pub(crate) sides: Vec<usize>,
    /// An item that it fires on, minimised.
    pub(crate) witness: Option<Draft>,
    /// Whether it can fire is not known.
    pub(crate) open: bool,
    /// Looked at before an edit that does not touch it.
    pub(crate) settled: bool,
}

impl Form {
    /// It fires on some item, as far as is known.
    pub(crate) fn may_fire(&self) -> bool {
        self.witness.is_some() || self.open
    }
}

/// Everything a check works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) policy: Arc<Policy>,
    pub(crate) options: Options,
    pub(crate) lab: Lab,
    /// Items without a market first, then each market.
    pub(crate) sides: Vec<Side>,
    pub(crate) forms: Vec<Form>,
    pub(crate) findings: Vec<Finding>,
    refuted: BTreeSet<(String, Vec<String>)>,
    coverage: Vec<CoverageCell>,
    lookup: Option<lookup::Lookup>,
    /// How it was found out what each rule decides.
    pub(crate) decided: BTreeMap<RuleId, rules::Decided>,
    /// Only what an edit may change is looked at.
    pub(crate) edit: Option<session::Scope>,
}

impl Context {
    fn new(policy: &Arc<Policy>, options: &Options) -> Result<Context, CompileError> {
        let mut lab = Lab::new(std::slice::from_ref(policy), options.budget)?;
        let count = u32::try_from(policy.markets.len()).unwrap_or(u32::MAX);
        let markets = std::iter::once(None).chain((0..count).map(|at| Some(MarketId(at))));
        let sides: Vec<Side> = markets.filter_map(|market| lab.side(0, market)).collect();
        lab.learn()?;
        let forms = forms(&sides, &|_| true);
        Ok(Context {
            policy: Arc::clone(policy),
            options: options.clone(),
            lab,
            sides,
            forms,
            findings: Vec::new(),
            refuted: BTreeSet::new(),
            coverage: Vec::new(),
            lookup: None,
            decided: BTreeMap::new(),
            edit: None,
        })
    }

    pub(crate) fn wants(&self, code: &Code) -> bool {
        !self.options.disabled.iter().any(|name| crate::findings::code(name).is_some_and(|disabled| disabled.id == code.id))
    }

    pub(crate) fn wants_rule(&self, rule: RuleId) -> bool {
        if self.edit.as_ref().is_some_and(|edit| !edit.rules.contains(&rule)) {
            return false;
        }
        self.options.only.is_empty() || self.policy.rules.get(rule.index()).is_some_and(|rule| self.options.only.contains(&rule.name))
    }

    /// A category that an edited rule stands under, or stood under.
    pub(crate) fn wants_category(&self, name: &str) -> bool {
        self.edit.as_ref().is_none_or(|edit| edit.categories.contains(name))
    }

    /// A list of which the terms are looked at: all, or those that the rules asked for read. No edit of a rule changes them.
    pub(crate) fn wants_list(&self, list: ListId) -> bool {
        if self.edit.is_some() {
            return false;
        }
        let reads = |rule: RuleId| self.wants_rule(rule) && crate::beside::lists_of(&self.policy, rule).contains(&list);
        self.options.only.is_empty() || crate::beside::ids(&self.policy).any(|(id, _)| reads(id))
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The engine did not confirm what was found about these.
    pub(crate) fn suspect(&mut self, code: &Code, about: impl IntoIterator<Item = String>) {
        self.refuted.insert((code.id.to_owned(), about.into_iter().collect()));
    }

    /// From here on it is asked about this: what is told when the budget does not reach.
    pub(crate) fn begin(&mut self, code: &Code, about: impl IntoIterator<Item = String>) {
        self.lab.theory.budget.begin(code.id, about.into_iter().collect());
    }

    pub(crate) fn rule_name(&self, rule: RuleId) -> String {
        self.policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone())
    }

    pub(crate) fn rule_span(&self, rule: RuleId) -> Span {
        self.policy.rules.get(rule.index()).map(|rule| rule.span.at_start()).unwrap_or_default()
    }

    pub(crate) fn list_name(&self, list: ListId) -> String {
        self.policy.list_name(list).to_owned()
    }

    /// The market of a side, as items name it.
    pub(crate) fn market(&self, side: usize) -> Option<String> {
        let market = self.sides.get(side)?.setting.market?;
        self.policy.markets.get(market.index()).map(|market| market.name.clone())
    }

    /// Names of the markets of sides, `*` for none; empty where they are all.
    pub(crate) fn market_names(&self, sides: &[usize]) -> Vec<String> {
        if sides.len() == self.sides.len() {
            return Vec::new();
        }
        sides.iter().map(|side| self.market(*side).unwrap_or_else(|| "*".to_owned())).collect()
    }

    /// An item as it is shown.
    pub(crate) fn shown(&mut self, what: &str, draft: &Draft) -> Shown {
        let outcome = self.lab.bench.decide(0, draft);
        shown(&self.policy, what, draft, &outcome)
    }

    /// Whether the engine finds a term of a list in a text (or in a tag, where the term is one).
    pub(crate) fn hits(&mut self, list: &List, text: &str, entry: &Entry) -> bool {
        if self.lookup.is_none() {
            self.lookup = lookup::Lookup::new(&self.policy);
        }
        self.lookup.as_mut().is_some_and(|lookup| lookup.hits(list, text, entry))
    }

    /// Whether the engine finds any term of a list in a text.
    pub(crate) fn list_hits(&mut self, list: &List, text: &str) -> bool {
        if self.lookup.is_none() {
            self.lookup = lookup::Lookup::new(&self.policy);
        }
        self.lookup.as_mut().is_some_and(|lookup| lookup.list_hits(list, text))
    }

    /// Lists whose terms are looked for in texts: not those of ids and of hosts, nor the ordinary words.
    pub(crate) fn text_lists(&self) -> BTreeSet<ListId> {
        let mut found = BTreeSet::new();
        for cond in self.forms.iter().flat_map(|form| form.model.effective.conditions()) {
            cond.walk(&mut |part| match &part.kind {
                CondKind::Has(subject, test) if self.reads_text(subject) => match test {
                    Test::Any(lists) | Test::All(lists) | Test::AtLeast(_, lists) => found.extend(lists.iter().copied()),
                    Test::Near(near) => found.extend(near.left.iter().chain(&near.right).copied()),
                },
                CondKind::Compare(Value::Count(counted) | Value::Distinct(counted) | Value::Evasion(counted), ..)
                | CondKind::In(Value::Count(counted) | Value::Distinct(counted) | Value::Evasion(counted), ..)
                    if self.reads_text(&counted.subject) =>
                {
                    found.extend(counted.lists.iter().copied());
                }
                _ => {}
            });
        }
        found.retain(|list| {
            self.wants_list(*list) && Some(*list) != self.policy.ordinary_words && self.policy.lists.get(list.index()).is_some_and(|list| !list.inline)
        });
        found
    }

    fn reads_text(&self, subject: &Subject) -> bool {
        subject.form != SubjectForm::Domains && subject.fields.iter().any(|field| self.policy.fields.get(field.index()).is_some_and(|field| field.ty.is_text()))
    }

    fn finish(&mut self) -> Analysis {
        let mut findings = self.findings.clone();
        findings.retain(|finding| crate::findings::code(&finding.code).is_none_or(|code| self.wants(code)));
        for finding in &mut findings {
            if let Some(span) = finding.span {
                finding.place = crate::findings::place(&self.policy.sources, span);
            }
        }
        let accepted = accepted::apply(self, &mut findings);
        let rank = |finding: &Finding| match finding.severity.as_str() {
            "error" => 0,
            "warning" => 1,
            _ => 2,
        };
        findings.sort_by(|a, b| (rank(a), &a.place, &a.code, &a.subjects, &a.markets).cmp(&(rank(b), &b.place, &b.code, &b.subjects, &b.markets)));
        let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity.name()).count() as u64;
        let budget = &self.lab.theory.budget;
        let open = |why: Why| move |(code, about): &(String, Vec<String>)| LeftOpen { code: code.clone(), about: about.clone(), why };
        let left_open = budget.open().iter().map(open(Why::Budget)).chain(self.refuted.iter().map(open(Why::Refuted)));
        let mut left_open: Vec<LeftOpen> = left_open.filter(|open| crate::findings::code(&open.code).is_none_or(|code| self.wants(code))).collect();
        left_open.sort();
        let mut suspected: BTreeMap<String, u64> = BTreeMap::new();
        for open in left_open.iter().filter(|open| open.why == Why::Refuted) {
            *suspected.entry(open.code.clone()).or_default() += 1;
        }
        Analysis {
            format: FORMAT,
            policy: crate::PolicyName::of(&self.policy),
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            suspected: suspected.into_iter().collect(),
            left_open,
            not_checked: not_checked(&self.policy, &self.options),
            accepted,
            coverage: self.coverage.clone(),
            effort: Effort { forms: self.forms.len() as u64, solver_calls: self.lab.theory.calls, items_run: self.lab.bench.runs, steps: budget.spent() },
            findings,
        }
    }
}

/// The forms that these rules have on the sides.
fn forms(sides: &[Side], wanted: &dyn Fn(RuleId) -> bool) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut known: BTreeMap<(RuleId, *const RuleModel), usize> = BTreeMap::new();
    let mut alike: BTreeMap<(RuleId, Lit, Lit, Lit), Vec<usize>> = BTreeMap::new();
    for (at, side) in sides.iter().enumerate() {
        for (id, model) in side.rules.iter().filter(|(id, _)| wanted(*id)) {
            let same = alike.entry((id, model.fires, model.unknown, model.live)).or_default();
            let found = known.get(&(id, Arc::as_ptr(model))).copied();
            let found = found.or_else(|| same.iter().copied().find(|form| forms.get(*form).is_some_and(|form| form.model.effective == model.effective)));
            let form = found.unwrap_or_else(|| {
                forms.push(Form { model: Arc::clone(model), sides: Vec::new(), witness: None, open: false, settled: false });
                same.push(forms.len() - 1);
                forms.len() - 1
            });
            known.insert((id, Arc::as_ptr(model)), form);
            if let Some(form) = forms.get_mut(form) {
                form.sides.push(at);
            }
        }
    }
    forms
}

/// What the reader should know was left out.
pub(crate) fn not_checked(policy: &Policy, options: &Options) -> Vec<String> {
    let mut out = vec!["items with fields that are pending, of a wrong type or over a limit".to_owned()];
    let resting: Vec<&str> = policy.rules.iter().filter(|rule| rule.stage <= Stage::Draft).map(|rule| rule.name.as_str()).collect();
    if !resting.is_empty() {
        out.push(format!("rules that are off or drafts, where no market says otherwise: {}", resting.join(", ")));
    }
    if options.today.is_none() {
        out.push("dates of review and of acceptance, as no day was given".to_owned());
    }
    if options.words.is_empty() {
        out.push("ordinary words that terms hit, as no list of words was given (`--words`)".to_owned());
    } else if options.words.iter().any(|list| !list.words.is_weighted()) {
        out.push("ordinary words of lists that do not say how often they occur".to_owned());
    }
    if !options.disabled.is_empty() {
        out.push(format!("what was disabled: {}", options.disabled.join(", ")));
    }
    out
}

/// An item and what the engine decided about it.
pub(crate) fn shown(policy: &Policy, what: &str, draft: &Draft, outcome: &Outcome) -> Shown {
    let name = |rule: &RuleId| policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone());
    Shown { what: what.to_owned(), item: masked(policy, draft).to_json(), decision: decision(policy, outcome), rules: outcome.fired.iter().map(name).collect() }
}

/// The item without the terms of sensitive lists. Texts of made-up items are made of forms of terms, so that looking for those is enough.
fn masked(policy: &Policy, draft: &Draft) -> Draft {
    let mut secrets = BTreeSet::new();
    for entry in policy.lists.iter().filter(|list| list.sensitive).flat_map(|list| &list.entries) {
        let forms = [Kind::Text, Kind::List].into_iter().flat_map(|kind| samples::forms(entry, kind));
        secrets.extend(forms.chain(samples::disguises(entry)).chain([entry.text.clone()]).map(|form| form.to_lowercase()));
    }
    let hide = |text: &String| {
        let lower = text.to_lowercase();
        if secrets.iter().any(|secret| lower.contains(secret.as_str())) { crate::mask(text) } else { text.clone() }
    };
    let mut out = draft.clone();
    if secrets.is_empty() {
        return out;
    }
    for value in out.values.values_mut() {
        match value {
            Val::Text(text) => *text = hide(text),
            Val::List(list) => list.iter_mut().for_each(|text| *text = hide(text)),
            _ => {}
        }
    }
    out
}

/// A term as it may be told: masked where its list is sensitive.
pub(crate) fn term(list: &List, text: &str) -> String {
    if list.sensitive { crate::mask(text) } else { text.to_owned() }
}

/// The values of a decision that are not the mildest.
pub(crate) fn decision(policy: &Policy, outcome: &Outcome) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (at, axis) in policy.axes.iter().enumerate() {
        match &axis.kind {
            AxisKind::Ordered(values) => {
                if let Some(level) = outcome.levels.get(at).filter(|level| **level > 0) {
                    out.push((axis.name.clone(), values.get(usize::from(*level)).cloned().unwrap_or_default()));
                }
            }
            AxisKind::Set(_) => {
                let labels: BTreeSet<&str> = outcome.labels.iter().filter(|(of, _)| of.index() == at).map(|(_, label)| label.as_str()).collect();
                if !labels.is_empty() {
                    out.push((axis.name.clone(), labels.into_iter().collect::<Vec<_>>().join(", ")));
                }
            }
        }
    }
    out
}

/// A demand in words: `distribution: removed`.
pub(crate) fn demand_text(policy: &Policy, demand: &Demand) -> String {
    match demand {
        Demand::Level(axis, level) => match policy.axes.get(axis.index()) {
            Some(axis) => match &axis.kind {
                AxisKind::Ordered(values) => format!("{}: {}", axis.name, values.get(usize::from(*level)).map_or("", String::as_str)),
                AxisKind::Set(_) => axis.name.clone(),
            },
            None => String::new(),
        },
        Demand::Label(axis, label) => format!("{}: {label}", policy.axes.get(axis.index()).map_or("", |axis| axis.name.as_str())),
    }
}
