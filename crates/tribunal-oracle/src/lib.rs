//! A slow, obvious second implementation of the language, for tests and fuzzers.
//!
//! [`judge`] is written from the specification alone and shares nothing with the engine but the parsed policy and the scalar
//! meaning of text: no automata, no keys, every span of every field is tried against every term. Where both agree on what the
//! generators of [`generate`] and the cases of [`corpus`] make, both are believed.
//!
//! # Readings chosen
//!
//! Where the specification leaves a choice, this is what is done here; the numbers are those of its "Exact meaning".
//!
//! - (2) An item's `as_of` that is there but unreadable or pending is unknown; the caller's stands in only for an absent one, and
//!   before a policy's own `missing:` value does.
//! - (2) `is_missing` is true whenever the item has no value to read: absent, `null`, pending, of a wrong type.
//! - (2) A key that should hold an object and holds something else makes every field below it a wrong type.
//! - (2) The item's own `id` may be an integer; no other field of type `id` and no element of an `id_list`.
//! - (3) An alias is read when the field's own key is absent or `null`; an own key of a wrong type wins and is unknown.
//! - (6, 30) A regular expression that matches the span only because case is ignored was undone `case`.
//! - (11) A hit names the entry that explains its span with the smallest set of folds; among equals the first of the list.
//! - (11, 16, 18) Where a list is compared with whole elements or hosts, an allow entry equal to the element (for a host: equal
//!   or above it) hides it. After `in` allow entries are not members.
//! - (14) A term is told apart within its list; the same text in two lists counts twice. Over unknown fields `count`
//!   has no upper end and `distinct` the number of terms in force; `count(f)` of an unknown list is unknown.
//! - (16) The rules for `lang` and `market` hold for literals and for lists after `in`, not between two fields.
//! - (18) `evasion` counts like `count` (the largest number in one field for each term), but is unknown when any field is.
//!   A hit needed a fold beyond `plain` when no entry of its term reads that span plainly.
//! - (20) The unknown parts of a rule are its dates, its `when` and every exception, softening ones included.
//! - (20) `on_unknown: apply` contributes the rule's own effect: softening speaks of rules that fire.
//! - (20) A rule that fires past an exception unknown for want of pending fields alone is listed under `pending`.
//! - (29) `shadow` and `unknown` list rules without an effect too; `rules` only rules that contribute something.
//! - (29) Hits are ordered by the name of the field, then by the number of the element.
//! - (30) Evidence is that of every rule that fired, live or in shadow, and of every true part of its `when`, those below a false
//!   `and` included. `not in` is an operator, no `not`. `evasion` is evidence as `count` is.
//! - (31) No limits here: `incomplete` is always empty.

pub mod corpus;
pub mod generate;

mod data;
mod eval;
mod hits;
mod item;
mod judge;

pub use data::{data, data_folder, skipped};
pub use judge::{Hit, Outcome, Unjudged, fires, judge};
