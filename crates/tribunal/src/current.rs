//! The policy in force while a program runs.

use std::sync::{Arc, PoisonError, RwLock};

use crate::Moderator;

/// The moderator in force: threads take it up for a batch of items, and another takes its place while they decide. A batch that has
/// begun ends with the moderator that it began with; that one's memory is given back when the last such batch is done.
///
/// What cannot be loaded does not come into force: only a [`Moderator`] that was made can be put in the place of one, and
/// [`Current::reload`] tells what is wrong with any other.
///
/// ```
/// use tribunal::{Current, Moderator};
///
/// let policy = |version: &str, term: &str| {
///     format!("policy: {{id: demo, version: '{version}'}}\nrules:\n  - {{id: gun, when: caption has \"{term}\", effect: {{routing: review}}}}")
/// };
/// let current = Current::new(Moderator::from_text(&policy("1", "glock"))?);
/// let batch = current.get();
/// assert!(current.reload(|| Moderator::from_text("policy: {id: demo")).is_err());
/// current.reload(|| Moderator::from_text(&policy("2", "revolver")))?;
/// // The batch that had begun still has version 1; the next has version 2.
/// let rules = |moderator: &Moderator| Ok::<_, tribunal::Error>(moderator.decide_json(r#"{"caption": "my glock"}"#)?.into_decision_looking_at_incomplete().rules.len());
/// assert_eq!((rules(&batch)?, rules(&current.get())?), (1, 0));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Debug)]
pub struct Current(RwLock<Arc<Moderator>>);

impl Current {
    /// Puts the first moderator in force.
    pub fn new(moderator: Moderator) -> Current {
        Current(RwLock::new(Arc::new(moderator)))
    }

    /// The moderator in force. It takes a lock for some nanoseconds, so ask once a batch rather than once an item.
    pub fn get(&self) -> Arc<Moderator> {
        // Nothing is done under the lock that could leave a half-written moderator.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in its place and gives back the one before. Nobody waits for batches that have begun.
    pub fn replace(&self, moderator: Moderator) -> Arc<Moderator> {
        std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), Arc::new(moderator))
    }

    /// Loads another and puts it in force; where it cannot be loaded, what is in force stays. Nobody waits while it loads.
    ///
    /// # Errors
    ///
    /// What `load` says.
    pub fn reload<E>(&self, load: impl FnOnce() -> Result<Moderator, E>) -> Result<Arc<Moderator>, E> {
        Ok(self.replace(load()?))
    }
}
