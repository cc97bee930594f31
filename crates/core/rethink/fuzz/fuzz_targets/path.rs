//! Any bytes as a path: no panic, and what was promised holds.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| confab_rethink::exercise::path(data));
