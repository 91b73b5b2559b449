//! Loading arbitrary files never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::policy_load(data));
