//! How much may be asked before a question is left open. Steps of the solver are counted and no clock is looked at, so that the
//! same policy gives the same answers on any machine.

use std::cell::Cell;
use std::collections::BTreeSet;

/// Steps that all questions together may take, and those that one may take. A step is a choice of the solver, or a node of the
/// question that it is given.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    left: u64,
    each: u64,
    /// What is being asked about: a code and its subjects.
    about: (String, Vec<String>),
    /// What was left open.
    open: BTreeSet<(String, Vec<String>)>,
    spent: u64,
}

/// The share of the whole that one question may take at most.
const EACH: u64 = 200;

impl Budget {
    /// Of so many steps; `None`: without an end.
    pub(crate) fn new(steps: Option<u64>) -> Budget {
        let left = steps.unwrap_or(u64::MAX);
        let each = if steps.is_some() { (left / EACH).max(1) } else { u64::MAX };
        Budget { left, each, about: (String::new(), Vec::new()), open: BTreeSet::new(), spent: 0 }
    }

    /// So many steps again, where this is left open from before; what was spent is not forgotten.
    pub(crate) fn renew(&mut self, steps: Option<u64>, open: BTreeSet<(String, Vec<String>)>) {
        *self = Budget { open, spent: self.spent, ..Budget::new(steps) };
    }

    /// From here on it is asked about this.
    pub(crate) fn begin(&mut self, code: &str, subjects: Vec<String>) {
        self.about = (code.to_owned(), subjects);
    }

    /// Steps that the next question may take.
    pub(crate) fn allowed(&self) -> u64 {
        self.left.min(self.each)
    }

    pub(crate) fn spend(&mut self, steps: u64) {
        self.left = self.left.saturating_sub(steps);
        self.spent = self.spent.saturating_add(steps);
    }

    pub(crate) fn leave_open(&mut self) {
        self.open.insert(self.about.clone());
    }

    /// What was left open: code and subjects.
    pub(crate) fn open(&self) -> &BTreeSet<(String, Vec<String>)> {
        &self.open
    }

    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }
}

/// Stops the solver.
#[derive(Debug)]
pub(crate) struct Steps {
    left: Cell<u64>,
}

impl Steps {
    pub(crate) fn new(allowed: u64) -> Steps {
        Steps { left: Cell::new(allowed) }
    }

    /// Takes so many; false when there are not as many left.
    pub(crate) fn take(&self, steps: u64) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(steps));
        left >= steps
    }

    pub(crate) fn left(&self) -> u64 {
        self.left.get()
    }
}

impl batsat::Callbacks for Steps {
    /// The solver asks before each of its choices.
    fn stop(&self) -> bool {
        !self.take(1)
    }
}
