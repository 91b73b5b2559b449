//! Engines that say which sets a text hits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::{Call, Engine, Limits, Scratch};
use tribunal_policy::cond::{Cond, CondKind, Subject, SubjectForm, Test};
use tribunal_policy::model::{Effect, Entry, Force, List, Rule};
use tribunal_policy::source::Span;
use tribunal_policy::{FieldId, ListId, Policy};

use super::super::vars::Kind;
use super::{Sample, TermSet};
use crate::item::{Draft, Val};

/// An engine whose rules say which sets a text hits.
#[derive(Debug)]
pub(super) struct Probe {
    engine: Engine,
    /// What it was made for.
    pub(super) keys: Vec<(Kind, u32)>,
    text: String,
    tags: String,
    ids: String,
}

impl Probe {
    pub(super) fn new(base: &Policy, mut lists: Vec<List>, keys: &[(Kind, u32)]) -> Result<Probe, tribunal_core::CompileError> {
        let fields = tribunal_policy::fields::builtin();
        let field = |name: &str| tribunal_policy::fields::find(&fields, name).unwrap_or(FieldId::ID);
        let (caption, hashtags, effects) = (field("caption"), field("hashtags"), field("effects"));
        let rules = keys.iter().enumerate().map(|(at, (kind, set))| {
            let (field, form) = match kind {
                Kind::Text => (caption, SubjectForm::Field),
                Kind::List => (hashtags, SubjectForm::Field),
                Kind::Hosts => (caption, SubjectForm::Domains),
                Kind::Ids => (effects, SubjectForm::Field),
            };
            let kind = CondKind::Has(Subject { fields: vec![field], form }, Test::Any(vec![ListId(*set)]));
            Rule::bare(format!("probe-{at:08}"), Cond { span: Span::default(), kind })
        });
        let ordinary = base.ordinary_words.and_then(|id| base.lists.get(id.index())).cloned();
        let ordinary_words = ordinary.map(|list| {
            lists.push(list);
            ListId(u32::try_from(lists.len() - 1).unwrap_or(u32::MAX))
        });
        let policy = policy_of(fields, lists, rules.collect(), ordinary_words);
        let engine = Engine::new(Arc::new(policy), Limits { hits: 1 << 20, ..Limits::default() })?;
        Ok(Probe { engine, keys: keys.to_vec(), text: "caption".to_owned(), tags: "hashtags".to_owned(), ids: "effects".to_owned() })
    }

    pub(super) fn hits(&self, kind: Kind, sample: &Sample, scratch: &mut Scratch) -> Vec<u32> {
        let mut draft = Draft::default();
        match kind {
            Kind::Text | Kind::Hosts => draft.set(&self.text, Val::Text(sample.text.clone())),
            Kind::List => draft.set(&self.tags, Val::List(vec![sample.text.clone()])),
            Kind::Ids => draft.set(&self.ids, Val::List(vec![sample.text.clone()])),
        }
        if let Some(lang) = &sample.lang {
            draft.set("lang", Val::Text(lang.clone()));
        }
        if let Some(as_of) = sample.as_of {
            draft.set("as_of", Val::Int(as_of));
        }
        let verdict = self.engine.classify(&draft.bind(self.engine.policy()), Call::default(), scratch);
        verdict.without_effect.iter().filter_map(|rule| self.keys.get(rule.index())).filter(|(of, _)| *of == kind).map(|(_, set)| *set).collect()
    }
}

/// A set as a list, with these entries or all.
pub(super) fn list(set: &TermSet, kept: Option<&BTreeSet<usize>>) -> List {
    let everywhere = |entry: &Entry| Entry {
        text: entry.text.clone(),
        modes: entry.modes.clone(),
        markets: Vec::new(),
        force: Force { global: true, markets: Vec::new() },
        only_lang: entry.only_lang.clone(),
        sense: None,
        source: None,
        note: None,
        evasions: Vec::new(),
        lang: entry.lang.clone(),
        place: String::new(),
        ..*entry
    };
    List {
        name: set.name.clone(),
        span: Span::default(),
        inline: false,
        sensitive: set.sensitive,
        description: None,
        owner: None,
        entries: set.entries.iter().enumerate().filter(|(at, _)| kept.is_none_or(|kept| kept.contains(at))).map(|(_, entry)| everywhere(entry)).collect(),
        terms: set.terms,
        scope: None,
    }
}

fn policy_of(fields: Vec<tribunal_policy::fields::Field>, lists: Vec<List>, rules: Vec<Rule>, ordinary_words: Option<ListId>) -> Policy {
    Policy {
        id: "probe".to_owned(),
        version: "0".to_owned(),
        title: None,
        lang: None,
        language: 1,
        digest: String::new(),
        fields,
        axes: Vec::new(),
        lists,
        rules,
        scores: Vec::new(),
        exceptions: Vec::new(),
        markets: Vec::new(),
        floors: Vec::new(),
        on_incomplete: Effect::default(),
        ordinary_words,
        taxonomy: Vec::new(),
        surfaces: BTreeMap::new(),
        allowed: Vec::new(),
        tests: Vec::new(),
        sources: Arc::default(),
    }
}
