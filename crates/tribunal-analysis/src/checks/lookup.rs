//! Which terms the engine finds in a text, whatever rules there are.

use std::collections::HashMap;
use std::sync::Arc;

use tribunal_core::{Call, Engine, Limits, Scratch};
use tribunal_policy::model::{Entry, Force, List, Match};
use tribunal_policy::{ListId, Policy};

use crate::finding_way::probe;
use crate::item::{Draft, Val};

/// An engine with a rule for each list.
pub(crate) struct Lookup {
    engine: Engine,
    scratch: Scratch,
    lists: HashMap<String, ListId>,
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}

impl Lookup {
    /// All entries are in force; `None` where the lists cannot be compiled.
    pub(crate) fn new(policy: &Policy) -> Option<Lookup> {
        let mut asked = probe(policy);
        asked.markets.clear();
        for list in &mut asked.lists {
            list.scope = None;
            for entry in &mut list.entries {
                entry.markets.clear();
                entry.force = Force { global: true, markets: Vec::new() };
            }
        }
        for rule in &mut asked.rules {
            rule.scope = None;
        }
        let lists = (0_u32..).zip(&asked.lists).map(|(at, list)| (list.name.clone(), ListId(at))).collect();
        Some(Lookup { engine: Engine::new(Arc::new(asked), Limits::default()).ok()?, scratch: Scratch::new(), lists })
    }

    pub(crate) fn hits(&mut self, list: &List, text: &str, entry: &Entry) -> bool {
        let Some(id) = self.lists.get(&list.name).copied() else { return false };
        let mut draft = Draft::default();
        draft.set("caption", Val::Text(text.to_owned()));
        if entry.modes.iter().any(|(mode, _)| *mode == Match::Tag) {
            draft.set("hashtags", Val::List(vec![text.trim_start_matches('#').to_owned()]));
        }
        let policy = Arc::clone(self.engine.policy());
        let item = draft.bind(&policy);
        self.engine.classify(&item, Call::default(), &mut self.scratch);
        let terms = policy.lists.get(id.index()).map(|list| list.entries.as_slice()).unwrap_or_default();
        let found = self.engine.evidence(&item, Call::default(), &mut self.scratch);
        found.iter().flat_map(|(_, hits)| hits).any(|hit| hit.list == id && terms.get(hit.entry as usize).is_some_and(|found| found.term == entry.term))
    }

    /// The list alone, without asking which term it is.
    pub(crate) fn list_hits(&mut self, list: &List, text: &str) -> bool {
        let Some(id) = self.lists.get(&list.name).copied() else { return false };
        let mut draft = Draft::default();
        draft.set("caption", Val::Text(text.to_owned()));
        draft.set("hashtags", Val::List(vec![text.trim_start_matches('#').to_owned()]));
        let policy = Arc::clone(self.engine.policy());
        let verdict = self.engine.classify(&draft.bind(&policy), Call::default(), &mut self.scratch);
        // Of every list there is a rule, in the same order.
        verdict.without_effect.iter().any(|rule| rule.index() == id.index())
    }
}
