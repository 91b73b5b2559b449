//! Engine and oracle agree.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::engine_oracle(data));
