//! Collects findings of one file, so that a file full of one mistake does not drown the others.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::{FileId, Span};
use std::ops::Range;

/// So many findings of one code are listed for one file.
pub(super) const PER_CODE: usize = 20;

pub(super) struct Report<'a> {
    file: FileId,
    out: &'a mut Diagnostics,
    counts: Vec<(&'static str, usize)>,
    errors: bool,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: FileId, out: &'a mut Diagnostics) -> Self {
        Report { file, out, counts: Vec::new(), errors: false }
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.errors |= diagnostic.severity == Severity::Error;
        let id = diagnostic.code.id;
        let count = match self.counts.iter_mut().find(|(known, _)| *known == id) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                self.counts.push((id, 1));
                1
            }
        };
        match count.cmp(&PER_CODE) {
            std::cmp::Ordering::Less => self.out.push(diagnostic),
            std::cmp::Ordering::Equal => {
                self.out.push(diagnostic.note("further places of this kind in this file are not listed"));
            }
            std::cmp::Ordering::Greater => {}
        }
    }

    /// Whether an error was reported for this file.
    pub(super) fn has_errors(&self) -> bool {
        self.errors
    }
}
