//! Any session description: no panic, nobody without a fingerprint, no numbers but the offer's.
//!
//! Input: one description.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    confab_rtc::exercise::sdp(data);
});
