//! Replay of items against Tribunal policies: mergeable counts, intervals, reports.
