//! Any bytes as a message: no panic, and what was promised holds.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| confab_rethink::exercise::message(data));
