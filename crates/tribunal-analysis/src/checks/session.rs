//! A policy that is being edited: after an edit of some rules only what hangs on it is asked again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::{CompileError, Engine};
use tribunal_policy::model::Rule;
use tribunal_policy::source::{FileId, Sources, Span};
use tribunal_policy::{ListId, Policy, RuleId};

use super::rules::Decided;
use super::{Context, Form, Options, forms, overlays};
use crate::beside::{self, Edited};
use crate::findings::{self, Analysis, CoverageCell, Finding};
use crate::lab::{Beside, Judge, Part};
use crate::theory::logic::Lit;
use crate::theory::side::Side;

/// What an edit may change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// Rules that were edited, or ask about one that was.
    pub(crate) rules: BTreeSet<RuleId>,
    /// Rules of which it is asked again what they decide.
    pub(crate) decided: BTreeSet<RuleId>,
    /// Forms of other rules on whose items an edited rule fires.
    pub(crate) fires_on: BTreeSet<usize>,
    /// Rules that have an exception in common with an edited one.
    pub(crate) exempted: BTreeSet<RuleId>,
    /// Rules whose conflict was shown with an edited one.
    pub(crate) conflicts: BTreeSet<RuleId>,
    /// Pairs of lists whose clash was shown with an edited rule.
    pub(crate) clashes: BTreeSet<(String, String)>,
    /// Lists that an edited rule reads or read.
    pub(crate) lists: BTreeSet<ListId>,
    /// Categories that an edited rule stands under, or stood under.
    pub(crate) categories: BTreeSet<String>,
}

/// An analysis that goes along with the edits of a policy, for editors.
///
/// After an edit of rules (their text, what markets change of them) the findings about the edited rules and about what they have to do
/// with all others are looked for again, by the engine of the policy that was opened and a small one of the edited rules. What is told
/// of other rules alone (overrides of theirs, attributes they lack) is told as it was. Any other edit (lists, markets, fields, categories,
/// floors of the policy, rules that come or go) opens the policy anew.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_analysis::{Options, Session};
///
/// let policy = |age: u32| {
///     let text = format!(
///         "policy: {{id: demo, version: '1'}}\nrules:\n  - {{id: young, when: author.age < 13, effect: {{distribution: removed}}}}\n  \
///          - {{id: minor, when: author.age < {age}, effect: {{distribution: removed}}}}\n"
///     );
///     Ok::<_, Box<dyn std::error::Error>>(Arc::new(tribunal_policy::load_str("demo.yaml", &text).policy.ok_or("no errors")?))
/// };
/// let mut session = Session::open(&policy(12)?, &Options::default())?;
/// let covered = |analysis: &tribunal_analysis::Analysis| {
///     analysis.findings.iter().find(|finding| finding.code == "redundant-rule").map(|finding| finding.subjects[0].clone())
/// };
/// assert_eq!(covered(session.analysis()).as_deref(), Some("minor"));
/// // Somebody types 18 for 12.
/// assert_eq!(covered(session.edit(&policy(18)?)?).as_deref(), Some("young"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    context: Context,
    base: Base,
    analysis: Analysis,
}

/// The policy as it was opened, and what was found then.
#[derive(Debug)]
struct Base {
    policy: Arc<Policy>,
    engine: Arc<Engine>,
    sides: Vec<Side>,
    forms: Vec<Form>,
    findings: Vec<Finding>,
    refuted: BTreeSet<(String, Vec<String>)>,
    coverage: Vec<CoverageCell>,
    decided: BTreeMap<RuleId, Decided>,
    /// What the budget did not reach.
    open: BTreeSet<(String, Vec<String>)>,
}

/// More edited rules than this, and the policy is opened anew.
const MOST: usize = 64;

impl Session {
    /// Looks a policy through.
    ///
    /// # Errors
    ///
    /// [`CompileError`] when no engine can be built of it.
    pub fn open(policy: &Arc<Policy>, options: &Options) -> Result<Session, CompileError> {
        let mut context = Context::new(policy, options)?;
        context.check();
        let analysis = context.finish();
        let engine = match context.lab.bench.parts.first().map(|part| &part.judge) {
            Some(Judge::Whole(engine)) => Arc::clone(engine),
            _ => Arc::new(Engine::new(Arc::clone(policy), tribunal_core::Limits::default())?),
        };
        let base = Base {
            policy: Arc::clone(policy),
            engine,
            sides: context.sides.clone(),
            forms: context.forms.iter().map(|form| Form { settled: true, ..form.clone() }).collect(),
            findings: std::mem::take(&mut context.findings),
            refuted: context.refuted.clone(),
            coverage: context.coverage.clone(),
            decided: context.decided.clone(),
            open: context.lab.theory.budget.open().clone(),
        };
        Ok(Session { context, base, analysis })
    }

    /// What is found in the policy as it is now.
    pub fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// Goes on with an edited policy.
    ///
    /// # Errors
    ///
    /// [`CompileError`] when no engine can be built of it.
    pub fn edit(&mut self, policy: &Arc<Policy>) -> Result<&Analysis, CompileError> {
        let mut edited = Edited::between(&self.base.policy, policy).filter(|edited| edited.same_numbers);
        if let Some(of) = &mut edited {
            match beside::written_otherwise(&self.base.policy, policy) {
                Some(rules) => {
                    of.old.extend(&rules);
                    of.new.extend(rules);
                }
                None => edited = None,
            }
        }
        // A language that nothing named before is part of what is written down of others.
        let spoken = beside::langs(policy).is_subset(&self.context.lab.theory.langs);
        let Some(edited) = edited.filter(|edited| spoken && edited.lists.is_empty() && edited.new.len() <= MOST) else {
            let options = self.context.options.clone();
            *self = Session::open(policy, &options)?;
            return Ok(&self.analysis);
        };
        self.enter(policy, &edited)?;
        let scope = self.scope(policy, &edited);
        let context = &mut self.context;
        context.decided.clone_from(&self.base.decided);
        context.findings = self.base.findings.iter().filter(|finding| stays(&self.base.policy, finding, &scope)).cloned().collect();
        let moved = Moved::between(&self.base.policy, policy);
        for finding in &mut context.findings {
            finding.span = finding.span.map(|span| moved.span(span));
        }
        let mut names: BTreeSet<String> = scope.rules.iter().map(|rule| context.rule_name(*rule)).collect();
        names.extend(scope.lists.iter().map(|list| overlays::list_subject(policy.list_name(*list))));
        let others = |(_, about): &&(String, Vec<String>)| !about.iter().any(|name| names.contains(name));
        context.refuted = self.base.refuted.iter().filter(others).cloned().collect();
        context.lab.theory.budget.renew(context.options.budget, self.base.open.iter().filter(others).cloned().collect());
        context.coverage.clone_from(&self.base.coverage);
        context.edit = Some(scope);
        context.check();
        self.analysis = context.finish();
        context.edit = None;
        let note = "of rules other than the edited ones only how they stand to those: other findings about them are those of the policy as it was opened";
        self.analysis.not_checked.push(note.to_owned());
        Ok(&self.analysis)
    }

    /// Puts the edited rules in the place of the old ones.
    fn enter(&mut self, policy: &Arc<Policy>, edited: &Edited) -> Result<(), CompileError> {
        let context = &mut self.context;
        let beside = Beside::new((&self.base.policy, &self.base.engine), policy, edited.clone())?;
        context.lab.bench.parts = vec![Part { policy: Arc::clone(policy), judge: Judge::Beside(Box::new(beside)) }];
        context.policy = Arc::clone(policy);
        context.lab.forget();
        let sides: Vec<Side> = self.base.sides.iter().filter_map(|from| context.lab.side_beside(from, policy, edited)).collect();
        let models = sides.iter().flat_map(|side| edited.new.iter().filter_map(|rule| side.rules.get(rule)));
        let lits: BTreeSet<Lit> = models.flat_map(|model| [model.fires, model.unknown]).collect();
        context.lab.learn_anew(&lits.into_iter().collect::<Vec<_>>())?;
        let mut all: Vec<Form> = self.base.forms.iter().filter(|form| !edited.old.contains(&form.model.rule())).cloned().collect();
        all.extend(forms(&sides, &|rule| edited.new.contains(&rule)));
        all.sort_by_key(|form| (form.sides.first().copied(), form.model.rule()));
        context.forms = all;
        context.sides = sides;
        Ok(())
    }

    fn scope(&mut self, policy: &Policy, edited: &Edited) -> Scope {
        let (context, old) = (&mut self.context, &self.base.policy);
        let mut scope = Scope { rules: edited.new.clone(), decided: edited.new.clone(), exempted: edited.new.clone(), ..Scope::default() };
        // What an edited rule gives newly on the items that showed that another one decides something, and what it no longer covers.
        for (rule, decided) in &self.base.decided {
            let again = match decided {
                Decided::Alone(demand, draft) => context.lab.bench.shares_of_edited(0, draft).iter().any(|share| share.gives(demand)),
                Decided::Covered(cover) => !cover.is_disjoint(&edited.old),
            };
            if again {
                scope.decided.insert(*rule);
            }
        }
        let asked = |policy: &Policy, rules: &BTreeSet<RuleId>| -> BTreeSet<RuleId> { rules.iter().flat_map(|rule| beside::asked(policy, *rule)).collect() };
        scope.decided.extend(asked(old, &edited.old).symmetric_difference(&asked(policy, &edited.new)));
        for (at, form) in context.forms.iter().enumerate().filter(|(_, form)| !edited.new.contains(&form.model.rule())) {
            if form.witness.as_ref().is_some_and(|witness| context.lab.bench.edited_fires(0, witness)) {
                scope.fires_on.insert(at);
            }
        }
        for policy in [old.as_ref(), policy] {
            for rule in &edited.new {
                scope.lists.extend(beside::lists_of(policy, *rule));
                let Some(rule) = policy.rules.get(rule.index()) else { continue };
                let under = policy.taxonomy.iter().filter(|category| super::gaps::under(&category.name, rule));
                scope.categories.extend(under.map(|category| category.name.clone()));
            }
            for exception in &policy.exceptions {
                let picks = |(id, rule): &(RuleId, &Rule)| exception.applies_to.iter().any(|of| of.picks(*id, rule));
                let picked: BTreeSet<RuleId> = beside::ids(policy).filter(picks).map(|(id, _)| id).collect();
                if !edited.new.is_disjoint(&picked) {
                    scope.exempted.extend(picked);
                }
            }
        }
        let names: BTreeSet<&str> = edited.new.iter().filter_map(|rule| policy.rules.get(rule.index())).map(|rule| rule.name.as_str()).collect();
        for finding in self.base.findings.iter().filter(|finding| finding.subjects.iter().any(|subject| names.contains(subject.as_str()))) {
            match finding.subjects.as_slice() {
                [first, ..] if finding.code == findings::CONFLICTING_EFFECTS.id => scope.conflicts.extend(policy.rule(first)),
                [_, block, exempt] if finding.code == findings::ALLOW_CLASH.id => {
                    scope.clashes.insert((block.clone(), exempt.clone()));
                }
                _ => {}
            }
        }
        let only = &context.options.only;
        if !only.is_empty() {
            let wanted = |rule: &RuleId| policy.rules.get(rule.index()).is_some_and(|rule| only.contains(&rule.name));
            [&mut scope.decided, &mut scope.exempted, &mut scope.conflicts].into_iter().for_each(|rules| rules.retain(wanted));
        }
        scope
    }
}

/// Whether a finding is not looked for again.
fn stays(policy: &Policy, finding: &Finding, scope: &Scope) -> bool {
    let code = finding.code.as_str();
    let rule = |subject: &String| policy.rule(subject);
    let edited = finding.subjects.iter().filter_map(rule).any(|rule| scope.rules.contains(&rule));
    let first = |rules: &BTreeSet<RuleId>| finding.subjects.first().and_then(rule).is_some_and(|rule| rules.contains(&rule));
    let overlay = [&findings::OVERLAY_NO_EFFECT, &findings::DISABLE_LEAK, &findings::OVERLAY_DIRECTION, &findings::STALE_OVERLAY, &findings::OPEN_ENDED]
        .iter()
        .any(|of| of.id == code);
    let of_list = |subject: &String| scope.lists.iter().any(|list| overlays::list_subject(policy.list_name(*list)) == *subject);
    let again = match code {
        _ if edited => true,
        _ if overlay => finding.subjects.iter().any(of_list),
        _ if [&findings::DUPLICATE_RULE, &findings::REDUNDANT_RULE, &findings::SHADOWED_RULE].iter().any(|of| of.id == code) => first(&scope.decided),
        _ if code == findings::EXCEPTION_BYPASS.id => finding.subjects.iter().filter_map(rule).any(|rule| scope.exempted.contains(&rule)),
        _ if code == findings::CONFLICTING_EFFECTS.id => first(&scope.conflicts),
        _ if code == findings::COVERAGE_GAP.id || code == findings::LANGUAGE_GAP.id => {
            finding.subjects.first().is_some_and(|name| scope.categories.contains(name))
        }
        _ => [&findings::THRESHOLD_GAP, &findings::TITLE_COLLISION].iter().any(|of| of.id == code),
    };
    !again
}

/// Where the text of files stands after edits.
struct Moved {
    /// What is written as one and was not edited inside: from where to where.
    blocks: Vec<(Span, Span)>,
    /// By file: up to where it is the same, from where again, and where that is now.
    files: Vec<(FileId, usize, usize, usize)>,
}

impl Moved {
    fn between(before: &Policy, after: &Policy) -> Moved {
        let (old, new): (&Sources, &Sources) = (&before.sources, &after.sources);
        let rules = before.rules.iter().zip(&after.rules).map(|(one, other)| (one.span, other.span));
        let overrides = before.markets.iter().zip(&after.markets).filter(|(one, other)| one.overrides.len() == other.overrides.len());
        let overrides = overrides.flat_map(|(one, other)| one.overrides.iter().zip(&other.overrides)).map(|(one, other)| (one.span, other.span));
        let blocks = rules.chain(overrides).filter(|(one, other)| one.file == other.file).collect();
        let mut files = Vec::new();
        for (file, source) in old.files() {
            let Some((_, now)) = new.files().find(|(other, _)| *other == file) else { continue };
            let (before, after) = (source.text().as_bytes(), now.text().as_bytes());
            let head = before.iter().zip(after).take_while(|(one, other)| one == other).count();
            let most = before.len().min(after.len()) - head;
            let tail = before.iter().rev().zip(after.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
            if head + tail < before.len().max(after.len()) {
                files.push((file, head, before.len() - tail, after.len() - tail));
            }
        }
        Moved { blocks, files }
    }

    fn span(&self, span: Span) -> Span {
        let inside = |(block, _): &&(Span, Span)| block.file == span.file && block.start <= span.start && span.end <= block.end;
        if let Some((block, now)) = self.blocks.iter().find(inside) {
            let moved = |at: u32| (at - block.start + now.start) as usize;
            return Span::new(span.file, moved(span.start), moved(span.end));
        }
        let Some((_, head, was, now)) = self.files.iter().find(|(file, ..)| *file == span.file) else { return span };
        let moved = |at: u32| {
            let at = at as usize;
            if at < *was || at <= *head { at } else { at - was + now }
        };
        Span::new(span.file, moved(span.start), moved(span.end))
    }
}
