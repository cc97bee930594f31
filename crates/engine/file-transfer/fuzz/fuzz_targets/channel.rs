//! Any message of the channel: no panic, and what is read is written the same.
//!
//! Input: one message.

#![no_main]

use confab_file_transfer::wire::{self, Frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| match Frame::parse(message) {
    Ok(Frame::Control(control)) => {
        let again = control.to_message();
        assert_eq!(Frame::parse(&again), Ok(Frame::Control(control)));
    }
    Ok(Frame::Data { stream, offset, bytes }) => assert_eq!(wire::data(stream, offset, bytes), message),
    Err(_) => {}
});
