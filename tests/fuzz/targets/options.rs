#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tintype_delivery::fuzzing::options(bytes));
