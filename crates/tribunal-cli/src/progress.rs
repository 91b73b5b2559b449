//! How far a long run is, for whoever watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ui::{Ui, thousands};

/// A bar on standard error; nothing where nobody watches.
pub(crate) struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
    begun: Instant,
}

impl Progress {
    /// A bar over `total` bytes of input, of which `read` counts those that were read; a spinner where there is no total.
    pub(crate) fn new(ui: &Ui, read: Arc<AtomicU64>, total: Option<u64>) -> Progress {
        let bar = if ui.is_watched() {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            // What may be left out in a narrow window stands last.
            let template = match total {
                Some(_) => "{bar:12} {percent:>3} %  {eta} left  {wide_msg}",
                None => "{spinner} {bytes}  {wide_msg}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        } else {
            ProgressBar::hidden()
        };
        Progress { bar, read, begun: Instant::now() }
    }

    /// A bar over parts of work that are counted, `markets` and their kind.
    pub(crate) fn parts(ui: &Ui, total: u64, what: &str) -> ProgressBar {
        if !ui.is_watched() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}} of {{len}} {what}, {{eta}} left")) {
            bar.set_style(style);
        }
        bar
    }

    /// Says how many items are done.
    pub(crate) fn items(&self, items: u64) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_position(self.read.load(Ordering::Relaxed));
        let millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        self.bar.set_message(format!("{} items, {}/s", thousands(items), thousands(items.saturating_mul(1_000) / millis)));
    }

    /// Prints a line without tearing the bar.
    pub(crate) fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
