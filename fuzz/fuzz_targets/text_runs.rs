//! Folding by runs is folding unit by unit, with whatever instructions.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::text_runs(data));
