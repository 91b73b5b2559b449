//! What is formatted stays as it is.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::fmt_idempotent(data));
