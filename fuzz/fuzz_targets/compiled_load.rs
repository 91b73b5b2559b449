//! Loading an arbitrary compiled policy never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::compiled_load(data));
