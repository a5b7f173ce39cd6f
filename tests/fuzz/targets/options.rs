#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| delivery_url::fuzzing::options(bytes));
