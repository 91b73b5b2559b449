//! A policy is replaced while threads decide: each batch is of one version, and what cannot be loaded changes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tribunal::{Current, Engine, Moderator};

const VERSIONS: usize = 40;

/// Its one rule is named after its version and fires for every item of the test.
fn policy(version: usize) -> String {
    format!("policy: {{id: demo, version: '{version}'}}\nrules:\n  - {{id: rule-{version}, when: caption has \"glock\", effect: {{routing: review}}}}")
}

struct Done<'d>(&'d AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn policies_change_while_threads_decide() {
    let current = Current::new(Moderator::from_text(&policy(0)).unwrap());
    let (done, batches) = (AtomicBool::new(false), AtomicUsize::new(0));
    let decide = || {
        let (mut seen, mut last) = (0, usize::MAX);
        while !done.load(Ordering::Acquire) {
            let moderator = current.get();
            for _ in 0..8 {
                let decision = moderator.decide_json(r#"{"caption": "my glock"}"#).unwrap().into_decision_looking_at_incomplete();
                assert_eq!(decision.rules, [format!("rule-{}", decision.policy.version)], "a rule of another version");
                let version: usize = decision.policy.version.parse().unwrap();
                assert!(last == usize::MAX || version >= last, "version {version} after {last}");
                seen += usize::from(version != last);
                last = version;
            }
            batches.fetch_add(1, Ordering::Release);
        }
        (seen, last)
    };
    std::thread::scope(|scope| {
        // However this ends, the threads are told.
        let _end = Done(&done);
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(decide)).collect();
        for version in 1..=VERSIONS {
            let compiled = Moderator::from_text(&policy(version)).unwrap().engine().to_bytes();
            let load = |bytes: &[u8]| -> Result<Moderator, Box<dyn std::error::Error>> { Ok(Moderator::builder().engine(Engine::from_bytes(bytes)?)?) };
            let before = current.get();
            // Cut off, damaged, with a mistake: each is refused, and the one in force stays.
            let mut damaged = compiled.clone();
            damaged[compiled.len() / 2] ^= 4;
            assert!(current.reload(|| load(&compiled[..compiled.len() - 9])).is_err());
            assert!(current.reload(|| load(&damaged)).is_err());
            assert!(current.reload(|| Moderator::from_text(&policy(version).replace("caption has", "caption hass"))).is_err());
            assert!(std::sync::Arc::ptr_eq(&before, &current.get()));
            let replaced = current.reload(|| load(&compiled)).unwrap();
            assert_eq!(replaced.policy().version, (version - 1).to_string());
            let begun = batches.load(Ordering::Acquire);
            while batches.load(Ordering::Acquire) < begun + 2 {
                assert!(threads.iter().all(|thread| !thread.is_finished()), "a thread has failed");
                std::thread::yield_now();
            }
        }
        done.store(true, Ordering::Release);
        let (seen, last): (Vec<usize>, Vec<usize>) = threads.into_iter().map(|thread| thread.join().unwrap()).unzip();
        // Between two versions at least one thread finishes a batch; the threads together see most of them.
        assert!(seen.iter().sum::<usize>() >= VERSIONS / 2 && last.iter().max() == Some(&VERSIONS), "{seen:?} {last:?}");
    });
}
