//! Kinds of items that a change may or may not reach.

use std::collections::BTreeSet;

use tribunal_policy::Policy;
use tribunal_policy::fields::Missing;

use crate::item::{Draft, Val};
use crate::theory::Theory;
use crate::theory::logic::Lit;
use crate::theory::vars::{Measure, Quantity, UNIT, Var};

/// A kind of items.
pub(crate) struct Slice {
    pub(crate) name: String,
    pub(crate) lits: Vec<Lit>,
    pub(crate) holds: Box<dyn Fn(&Draft) -> bool>,
}

/// The kinds that say something about the policies.
pub(crate) fn all(theory: &mut Theory, policy: &Policy) -> Vec<Slice> {
    let mut out = ages(theory, policy);
    out.extend(surfaces(theory, policy));
    out.extend(languages(theory, policy));
    out
}

/// Items that say a language which the rules or terms ask about, or that the taxonomy has in scope.
fn languages(theory: &mut Theory, policy: &Policy) -> Vec<Slice> {
    let field = policy.field(LANG).and_then(|field| policy.fields.get(field.index()));
    if field.is_none_or(|field| field.missing != Missing::Unknown) {
        return Vec::new();
    }
    let asked = theory.vars.vars.list.iter().filter_map(|var| match var {
        Var::Value { field, text } if field == LANG => Some(text.clone()),
        _ => None,
    });
    let mut names: BTreeSet<String> = asked.collect();
    names.extend(policy.lists.iter().flat_map(|list| &list.entries).filter_map(|entry| entry.only_lang.clone()));
    names.extend(policy.taxonomy.iter().flat_map(|category| category.languages.iter().cloned()));
    let slice = |name: String| {
        let lits = vec![theory.vars.lit(Var::Value { field: LANG.to_owned(), text: name.clone() })];
        let wanted = name.clone();
        let holds = move |draft: &Draft| matches!(draft.values.get(LANG), Some(Val::Text(text)) if *text == wanted);
        Slice { name: format!("language {name}"), lits, holds: Box::new(holds) }
    };
    names.into_iter().map(slice).collect()
}

const LANG: &str = "lang";

const AGE: &str = "author.age";

fn ages(theory: &mut Theory, policy: &Policy) -> Vec<Slice> {
    let field = policy.field(AGE).and_then(|field| policy.fields.get(field.index()));
    if field.is_none_or(|field| field.missing != Missing::Unknown) {
        return Vec::new();
    }
    let missing = theory.vars.lit(Var::Missing { field: AGE.to_owned() });
    let minor = theory.vars.below(Quantity { measure: Measure::Number, field: AGE.to_owned() }, 18 * UNIT, false);
    let age = |draft: &Draft| match draft.values.get(AGE) {
        #[expect(clippy::cast_precision_loss, reason = "an age")]
        Some(Val::Int(age)) => Some(*age as f64),
        Some(Val::Float(age)) => Some(*age),
        _ => None,
    };
    vec![
        Slice { name: "minors".to_owned(), lits: vec![!missing, minor], holds: Box::new(move |draft| age(draft).is_some_and(|age| age < 18.0)) },
        Slice { name: "adults".to_owned(), lits: vec![!missing, !minor], holds: Box::new(move |draft| age(draft).is_some_and(|age| age >= 18.0)) },
        Slice { name: "age unknown".to_owned(), lits: vec![missing], holds: Box::new(move |draft| age(draft).is_none()) },
    ]
}

/// Items whose texts stand only in the fields of one surface.
fn surfaces(theory: &mut Theory, policy: &Policy) -> Vec<Slice> {
    let texts: Vec<String> = policy.fields.iter().filter(|field| field.ty.is_text()).map(|field| field.name.clone()).collect();
    let mut out = Vec::new();
    for (surface, fields) in &policy.surfaces {
        let inside: Vec<String> = fields.iter().map(|field| policy.field_name(*field).to_owned()).collect();
        let outside: Vec<String> = texts.iter().filter(|text| !inside.contains(text)).cloned().collect();
        let vars: Vec<u32> = (0u32..)
            .zip(&theory.vars.vars.list)
            .filter(|(_, var)| match var {
                Var::Hit { place, .. } | Var::Near { place, .. } => {
                    theory.vars.places.get(*place).is_some_and(|place| outside.iter().any(|field| place.field.split(' ').next_back() == Some(field.as_str())))
                }
                _ => false,
            })
            .map(|(id, _)| id)
            .collect();
        let lits = vars.into_iter().map(|id| !theory.vars.graph.var(id)).collect();
        let holds = move |draft: &Draft| !outside.iter().any(|field| draft.values.contains_key(field));
        out.push(Slice { name: format!("surface {surface}"), lits, holds: Box::new(holds) });
    }
    out
}
