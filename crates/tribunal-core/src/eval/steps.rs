//! An item decided step by step: for those who measure what each rule costs.

use tribunal_policy::RuleId;

use super::Eval;
use crate::engine::{Call, Engine};
use crate::item::Item;
use crate::scratch::Scratch;
use crate::work::Work;

/// What a step of a decision was.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, DecisionStep, Engine, Limits, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\" and length(caption) > 99, effect: {routing: review}}";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("my glock", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits::default())?;
/// let (mut found, mut judged) = (0, 0);
/// engine.steps(&post, Call::default(), &mut Scratch::new(), &mut |step, work| match step {
///     DecisionStep::Shared => found += work.verifications,
///     DecisionStep::Waited { places, .. } => found += places,
///     DecisionStep::Judged(_) => judged += work.rules_evaluated,
/// });
/// // Its word was found, so it was judged; it did not fire.
/// assert_eq!((found > 0, judged), (true, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionStep {
    /// What no rule does alone: reading fields, the first look for terms, and rules whose columns are decided together.
    Shared,
    /// A rule waits for lists, and terms of these were found at so many places by the first look: no work of its own.
    Waited {
        /// The rule.
        rule: RuleId,
        /// Places; a place that several rules wait for counts for each of them.
        places: u64,
    },
    /// A rule that was woken was judged. What it is the first one to ask for, as the places of a list, counts as its own.
    Judged(RuleId),
}

/// Decides an item into the scratch's verdict; after each step it is told with its work.
pub(crate) fn steps(engine: &Engine, item: &dyn Item, call: Call, scratch: &mut Scratch, tell: &mut dyn FnMut(DecisionStep, Work)) {
    scratch.texts.over_limit.clear();
    scratch.texts.incomplete = None;
    scratch.take_work();
    let mut eval = Eval::new(engine, item, scratch);
    eval.begin(call);
    eval.wake();
    let work = eval.scratch.take_work();
    tell(DecisionStep::Shared, work);
    for at in 0..eval.scratch.texts.raw.len() {
        let Some(list) = eval.scratch.texts.raw.get(at).and_then(|hit| engine.patterns.list(hit.pattern)) else { continue };
        for variant in engine.wake.of_list(list) {
            if let Some(rule) = eval.rule_here(*variant) {
                tell(DecisionStep::Waited { rule, places: 1 }, Work::default());
            }
        }
    }
    eval.decide(&mut |scratch, rule| tell(DecisionStep::Judged(rule), scratch.take_work()));
    let work = eval.scratch.take_work();
    tell(DecisionStep::Shared, work);
}
