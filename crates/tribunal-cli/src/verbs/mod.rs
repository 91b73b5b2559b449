//! One verb a file.

pub(crate) mod analyze;
pub(crate) mod bench;
pub(crate) mod brief;
pub(crate) mod check;
pub(crate) mod classify;
pub(crate) mod compile;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod due;
pub(crate) mod evade;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod inspect;
pub(crate) mod man;
pub(crate) mod matrix_book;
pub(crate) mod register;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod sheet;
pub(crate) mod show;
pub(crate) mod show_users;
pub(crate) mod signoff;
pub(crate) mod test;
pub(crate) mod trends;
pub(crate) mod watch;
pub(crate) mod where_;

/// The moment of this run, in seconds since 1970.
pub(crate) fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
