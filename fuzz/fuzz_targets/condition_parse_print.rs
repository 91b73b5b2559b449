//! What is printed reads back as the same condition.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::condition_parse_print(data));
