//! One verb a file.

pub(crate) mod check;
pub(crate) mod classify;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod man;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod test;
