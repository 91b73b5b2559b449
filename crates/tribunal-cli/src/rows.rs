//! Rows of items one after another, for verbs that go on where a row is none.

use tribunal_replay::input::{Event, Inputs, trimmed};

use crate::progress::Progress;
use crate::ui::{Ui, count};

/// What came of a row.
pub(crate) enum Row {
    Taken,
    /// It is no item.
    Broken,
    /// It was the last that is wanted.
    Last,
}

/// Goes over all rows, or until no more is wanted; gives how many were broken.
pub(crate) fn each_row(ui: &Ui, inputs: Inputs, take: &mut dyn FnMut(&str) -> anyhow::Result<Row>) -> anyhow::Result<u64> {
    let progress = Progress::new(ui, inputs.read.clone(), inputs.total);
    let (mut rows, mut broken) = (0_u64, 0_u64);
    'reading: for event in inputs.events() {
        match event {
            Event::Lines(batch) => {
                for line in &batch.lines {
                    rows += 1;
                    let text = std::str::from_utf8(trimmed(batch.raw(*line)));
                    match text.map_or(Ok(Row::Broken), &mut *take)? {
                        Row::Taken => {}
                        Row::Broken => broken += 1,
                        Row::Last => break 'reading,
                    }
                }
                progress.items(rows);
            }
            Event::Failed(error) => return Err(error.into()),
            Event::Long { .. } | Event::Broken { .. } => broken += 1,
            Event::LongPart(_) | Event::LongEnd => {}
        }
    }
    progress.finish();
    Ok(broken)
}

/// Says how many rows were passed over.
pub(crate) fn passed_over(ui: &Ui, broken: u64) {
    if broken > 0 {
        ui.remark(&format!("{} passed over", count(broken, "broken line")));
    }
}
