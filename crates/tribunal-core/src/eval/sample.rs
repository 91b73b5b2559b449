//! What stands in an item, for a [profile](crate::Sampler): its lists and its values, whatever the rules make of them.

use tribunal_policy::FieldId;
use tribunal_policy::num::Num;

use super::Eval;
use super::fields::{self, Seen};
use crate::engine::{Call, Engine};
use crate::item::Item;
use crate::profile::Counts;
use crate::scratch::Scratch;

/// Counts an item; the engine has all its lists in the first tier.
pub(crate) fn count(engine: &Engine, item: &dyn Item, scratch: &mut Scratch, counts: &mut Counts) {
    scratch.texts.over_limit.clear();
    scratch.texts.incomplete = None;
    let mut eval = Eval::new(engine, item, scratch);
    eval.begin(Call::default());
    eval.scan(0);
    counts.items += 1;
    for at in 0..eval.scratch.texts.raw.len() {
        if let Some(list) = eval.mark(at)
            && let Some(count) = counts.lists.get_mut(list.index())
        {
            *count += 1;
        }
    }
    for (at, of_field) in counts.fields.iter_mut().enumerate() {
        let field = FieldId(u32::try_from(at).unwrap_or(u32::MAX));
        of_field.missing += u64::from(fields::is_missing(engine, item, field));
        match eval.see(field) {
            Seen::Unknown => of_field.unknown += 1,
            Seen::Number(number) => of_field.numbers.push(number),
            Seen::Time(seconds) => of_field.numbers.push(Num::Int(seconds)),
            Seen::Bool(true) => of_field.yes += 1,
            Seen::Bool(false) => of_field.no += 1,
            Seen::Text(text) => eval.each_name(field, text, &mut |_, name| of_field.name(name)),
            Seen::List(elements) => {
                for text in (0..elements.len()).filter_map(|at| elements.get(at)) {
                    of_field.name(text);
                }
            }
        }
    }
}
