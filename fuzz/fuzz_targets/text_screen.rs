//! The first look for disguises passes over nothing that verifies.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::text_screen(data));
