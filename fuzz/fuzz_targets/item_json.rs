//! An arbitrary line is decided or refused, and explained as it is decided.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::item_json(data));
