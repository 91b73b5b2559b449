//! Folding is closed and its places lie on character boundaries.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::text_fold(data));
