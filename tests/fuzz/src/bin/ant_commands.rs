//! What a host may send to a stick: every command is written so that it is read again, under its own id.
#![no_main]

use sling_core::wire::ant::command::Command;
use sling_core::wire::ant::frame::{Frame, MAX_FRAME};
use sling_fuzz::{Bytes, frame_of};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut supply = Bytes(bytes);
    while let (Some(id), Some(payload)) = (supply.u8(), supply.portion()) {
        let Some(frame) = Frame::new(id, payload) else {
            assert!(payload.is_empty() || payload.len() > 38);
            continue;
        };
        let command = Command::decode(&frame);
        assert_eq!(command.id(), id);
        let mut out = [0; MAX_FRAME];
        match command.encode(&mut out) {
            Some(size) => assert_eq!(Command::decode(&frame_of(&out[..size])), command),
            None => assert_eq!(command, Command::Unknown { id }),
        }
    }
});
