//! Items from files and standard input: read by the replay crate, for all verbs alike.

pub(crate) use tribunal_replay::input::{Batch, Event, Inputs, Line, trimmed};
