//! A stick's bytes, in portions, through frames and messages to pages: the fuzzer's bytes as they are, and as payloads
//! of whole frames, so that it need not look for the check of each. What is found is what a reader finds that has
//! all the bytes before it, and every message is written so that it is read again.
#![no_main]

use sling_core::wire::ant::frame::{Deframer, Frame, MAX_FRAME, encode};
use sling_core::wire::ant::message::Message;
use sling_fuzz::{Bytes, frame_of, page_survives};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (mut supply, mut stream, mut found) = (Bytes(bytes), Vec::new(), Vec::new());
    let mut deframer = Deframer::new();
    while let (Some(id), Some(raw)) = (supply.u8(), supply.portion()) {
        // No message has the id 0: that stands for bytes as they are.
        let mut out = [0; MAX_FRAME];
        let framed = if id == 0 { None } else { encode(id, raw, &mut out) };
        let mut portion = framed.map_or(raw, |size| &out[..size]);
        stream.extend_from_slice(portion);
        while let Some(frame) = deframer.next_frame(&mut portion) {
            found.push(frame);
        }
        assert!(portion.is_empty());
    }
    while let Some(frame) = deframer.flush() {
        found.push(frame);
    }
    assert_eq!(found, slowly(&stream));
    for frame in found {
        let message = Message::decode(&frame);
        let mut out = [0; MAX_FRAME];
        match message.encode(&mut out) {
            Some(size) => assert_eq!(Message::decode(&frame_of(&out[..size])), message),
            None => assert!(matches!(message, Message::Unknown { .. })),
        }
        if let Message::Data(data) = message {
            page_survives(&data.page);
        }
    }
});

fn slowly(mut rest: &[u8]) -> Vec<Frame> {
    let mut found = Vec::new();
    while let [first, after @ ..] = rest {
        let size = 4 + after.first().map_or(0, |length| usize::from(*length));
        let frame = rest.get(..size).filter(|_| *first == 0xA4).and_then(|whole| {
            let mut out = [0; MAX_FRAME];
            let (id, payload) = (whole[2], &whole[3..size - 1]);
            // Written anew, it must be these bytes, check and all.
            let written = encode(id, payload, &mut out)?;
            (out[..written] == *whole).then(|| Frame::new(id, payload)).flatten()
        });
        rest = if frame.is_some() { &rest[size..] } else { after };
        found.extend(frame);
    }
    found
}
