//! ANT serial frames: `A4 | LEN | id | payload (LEN bytes) | XOR of every byte before`.
//!
//! [`Deframer`] takes the bytes of a stick in any portions and gives back whole frames; [`encode`] writes one. After
//! damage it looks for the next frame from the very next byte, so garbage never swallows a good frame that follows:
//! the worst it can do is to hold it back until the frame that the garbage pretends to be would have been complete,
//! 42 bytes at most, or until [`Deframer::flush`]. A false frame gets through once in 256 tries: that is what
//! an XOR of eight bits is worth, and good frames that it overlaps are lost with it. What that costs among random
//! bytes is counted in `tests/tests/deframer.rs`: four frames at most, after less than one end of garbage in a thousand.

/// The first byte of every frame. (0xA5, of the serial read/write mode, is not used over USB.)
pub const SYNC: u8 = 0xA4;
/// The longest payload of ANT's messages. Larger figures are quoted too; a longer frame is taken for garbage.
pub const MAX_PAYLOAD: usize = 38;
/// The longest frame: sync, length, id, payload, check.
pub const MAX_FRAME: usize = MAX_PAYLOAD + 4;

/// One frame whose check was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The message id.
    pub id: u8,
    len: u8,
    payload: [u8; MAX_PAYLOAD],
}

impl Frame {
    /// A frame from its parts; `None` if the payload is empty or longer than [`MAX_PAYLOAD`].
    pub fn new(id: u8, payload: &[u8]) -> Option<Self> {
        let len = payload_len(payload)?;
        let mut frame = Self { id, len, payload: [0; MAX_PAYLOAD] };
        for (to, from) in frame.payload.iter_mut().zip(payload) {
            *to = *from;
        }
        Some(frame)
    }

    /// The payload, 1 to 38 bytes. For a message of a channel the first is the channel.
    pub fn payload(&self) -> &[u8] {
        self.payload.get(..usize::from(self.len)).unwrap_or(&self.payload)
    }
}

/// Every ANT message has at least one byte of payload; that a frame with none is refused keeps `A4 00` noise out.
fn payload_len(payload: &[u8]) -> Option<u8> {
    let len = u8::try_from(payload.len()).ok()?;
    (len > 0 && payload.len() <= MAX_PAYLOAD).then_some(len)
}

/// Writes the frame of a message into `out` and returns its length, 5 to 42 bytes; `None`, and nothing written, if
/// the payload is empty or too long or `out` too short.
pub fn encode(id: u8, payload: &[u8], out: &mut [u8]) -> Option<usize> {
    let header = [SYNC, payload_len(payload)?, id];
    let size = payload.len().saturating_add(4);
    let (check, body) = out.get_mut(..size)?.split_last_mut()?;
    *check = 0;
    for (to, from) in body.iter_mut().zip(header.iter().chain(payload)) {
        *to = *from;
        *check ^= *from;
    }
    Some(size)
}

/// Finds frames in a stream of bytes.
#[derive(Clone, Debug)]
pub struct Deframer {
    /// The start of what may become a frame, or nothing: never more than one frame's bytes.
    buffer: [u8; MAX_FRAME],
    len: usize,
    discarded: u32,
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframer {
    /// An empty one.
    pub const fn new() -> Self {
        Self { buffer: [0; MAX_FRAME], len: 0, discarded: 0 }
    }

    /// The next frame, taking no more of `bytes` than it needs. Call it until it returns `None`; by then `bytes` is
    /// empty, and the start of an incomplete frame is kept for the next portion.
    ///
    /// ```
    /// use sling_core::wire::ant::frame::Deframer;
    /// let mut deframer = Deframer::new();
    /// let mut portion: &[u8] = &[0x00, 0xA4, 0x01, 0x6F, 0x20, 0xEA, 0xA4, 0x03];
    /// let frame = deframer.next_frame(&mut portion).unwrap();
    /// assert_eq!((frame.id, frame.payload()), (0x6F, &[0x20][..]));
    /// assert_eq!(deframer.next_frame(&mut portion), None);
    /// ```
    pub fn next_frame(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        loop {
            if let Some(frame) = self.scan(false) {
                return Some(frame);
            }
            let (&byte, rest) = bytes.split_first()?;
            *bytes = rest;
            self.append(byte);
        }
    }

    /// The next frame among the bytes kept, taking it as certain that no more will come to complete what stands
    /// before it. Call it until it returns `None`, when the stick has been silent for longer than a frame takes
    /// (one may span two USB packets) or was opened anew; then nothing is kept.
    pub fn flush(&mut self) -> Option<Frame> {
        self.scan(true)
    }

    /// Bytes thrown away because they belonged to no frame, saturating. 0x00 is not counted: some sticks pad with it.
    pub const fn discarded(&self) -> u32 {
        self.discarded
    }

    fn scan(&mut self, at_end: bool) -> Option<Frame> {
        loop {
            match look(self.buffer.get(..self.len)?) {
                Look::Nothing => return None,
                Look::Incomplete if !at_end => return None,
                Look::Frame(frame) => {
                    self.drop_front(usize::from(frame.len).saturating_add(4));
                    return Some(frame);
                }
                Look::Incomplete | Look::Garbage => {
                    if self.buffer.first() != Some(&0) {
                        self.discarded = self.discarded.saturating_add(1);
                    }
                    self.drop_front(1);
                }
            }
        }
    }

    fn append(&mut self, byte: u8) {
        // There is always room: `scan` leaves at most an incomplete frame.
        if let Some(slot) = self.buffer.get_mut(self.len) {
            *slot = byte;
            self.len = self.len.saturating_add(1);
        }
    }

    /// Moved by hand, because `copy_within` carries a panic.
    fn drop_front(&mut self, count: usize) {
        let old = self.buffer;
        for (to, from) in self.buffer.iter_mut().zip(old.iter().skip(count)) {
            *to = *from;
        }
        self.len = self.len.saturating_sub(count);
    }
}

/// What the front of the kept bytes is.
enum Look {
    Nothing,
    Incomplete,
    Garbage,
    Frame(Frame),
}

fn look(kept: &[u8]) -> Look {
    match kept {
        [] => Look::Nothing,
        [SYNC] => Look::Incomplete,
        [SYNC, len, rest @ ..] if (1..=MAX_PAYLOAD).contains(&usize::from(*len)) => {
            let Some((body, [check, ..])) = rest.split_at_checked(usize::from(*len).saturating_add(1)) else {
                return Look::Incomplete;
            };
            let sum = body.iter().fold(SYNC ^ len, |sum, byte| sum ^ byte);
            match body {
                [id, payload @ ..] if sum == *check => Frame::new(*id, payload).map_or(Look::Garbage, Look::Frame),
                _ => Look::Garbage,
            }
        }
        _ => Look::Garbage,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::wire::tests::Xorshift;
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    /// Frames that real sticks sent or were sent, and the host's frames for a wildcard muscle oxygen search.
    pub const CAPTURED: &[&[u8]] = &[
        &[0xA4, 0x01, 0x4A, 0x00, 0xEF],
        &[0xA4, 0x01, 0x6F, 0x20, 0xEA],
        &[0xA4, 0x02, 0x4D, 0x00, 0x54, 0xBF],
        &[0xA4, 0x06, 0x54, 0x08, 0x03, 0x00, 0xBA, 0x36, 0x00, 0x71],
        &[0xA4, 0x03, 0x40, 0x00, 0x46, 0x00, 0xA1],
        &[0xA4, 0x03, 0x40, 0x01, 0x42, 0x00, 0xA4],
        &[0xA4, 0x03, 0x40, 0x01, 0x51, 0x00, 0xB7],
        &[0xA4, 0x01, 0xAE, 0x03, 0x08],
        &[0xA4, 0x06, 0x59, 0x02, 0x44, 0x33, 0x78, 0x22, 0x02, 0xD6],
        &[0xA4, 0x09, 0x4E, 0x00, 0x85, 0x01, 0x80, 0x17, 0xF0, 0x3D, 0xAC, 0x03, 0x92],
        &[0xA4, 0x0E, 0x4E, 0x00, 0x86, 0, 0x9D, 0, 0x0B, 0x02, 0xAC, 0x03, 0x80, 0x62, 0x36, 0x56, 0x01, 0xDA],
        &[0xA4, 0x0E, 0x4E, 0x00, 0x02, 0x02, 0, 0, 0, 0, 0xB0, 0x03, 0x40, 0x10, 0x00, 0x68, 0x00, 0x6F],
        &[0xA4, 0x0C, 0x4E, 0x00, 0x05, 0x01, 0x80, 0x17, 0xF0, 0x3D, 0x90, 0x03, 0x20, 0x95, 0x92, 0x0C],
        &[
            0xA4, 0x14, 0x4E, 0x00, 0x84, 0x7E, 0xB6, 0x03, 0xA6, 0x03, 0x98, 0x03, 0xE0, 0x62, 0x36, 0x56, 0x01, 0x10,
            0x00, 0x68, 0x00, 0x34, 0xF0, 0xD0,
        ],
        &[0xA4, 0x03, 0x42, 0x00, 0x00, 0x00, 0xE5],
        &[0xA4, 0x05, 0x51, 0x00, 0x00, 0x00, 0x1F, 0x00, 0xEF],
        &[0xA4, 0x03, 0x43, 0x00, 0x00, 0x20, 0xC4],
        &[0xA4, 0x02, 0x45, 0x00, 0x39, 0xDA],
        &[0xA4, 0x02, 0x44, 0x00, 0x00, 0xE2],
        &[0xA4, 0x02, 0x63, 0x00, 0x0A, 0xCF],
        &[0xA4, 0x02, 0x6E, 0x00, 0xE0, 0x28],
        &[0xA4, 0x01, 0x4B, 0x00, 0xEE],
        &[0xA4, 0x01, 0x4C, 0x00, 0xE9],
        &[0xA4, 0x01, 0x41, 0x00, 0xE4],
        &[0xA4, 0x02, 0x4D, 0x00, 0x51, 0xBA],
    ];

    const GOOD: &[u8] = &[0xA4, 0x09, 0x4E, 0x00, 0x01, 0x01, 0x00, 0x04, 0xC0, 0x64, 0x61, 0x85, 0xA7];

    /// The frame of a vector, whole and alone.
    pub fn frame_of(bytes: &[u8]) -> Frame {
        let mut deframer = Deframer::new();
        let mut rest = bytes;
        let frame = deframer.next_frame(&mut rest).expect("a frame");
        assert_eq!((rest.len(), deframer.discarded(), deframer.flush()), (0, 0, None));
        frame
    }

    fn written(frame: &Frame) -> Vec<u8> {
        let mut out = [0; MAX_FRAME];
        let size = encode(frame.id, frame.payload(), &mut out).expect("room");
        out[..size].to_vec()
    }

    /// Everything in `bytes`, with the stick silent afterwards.
    fn all(deframer: &mut Deframer, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut frames: Vec<_> = core::iter::from_fn(|| deframer.next_frame(&mut bytes)).collect();
        frames.extend(core::iter::from_fn(|| deframer.flush()));
        frames.iter().map(written).collect()
    }

    #[test]
    fn captured_frames_are_read_and_written_unchanged() {
        for bytes in CAPTURED {
            assert_eq!(written(&frame_of(bytes)), *bytes);
        }
    }

    #[test]
    fn portions_do_not_matter() {
        let stream = CAPTURED.concat();
        for portion in 1..=stream.len() {
            let mut deframer = Deframer::new();
            let mut frames = Vec::new();
            for mut part in stream.chunks(portion) {
                while let Some(frame) = deframer.next_frame(&mut part) {
                    frames.push(written(&frame));
                }
                assert!(part.is_empty());
            }
            assert_eq!(frames.concat(), stream, "portions of {portion}");
            assert_eq!(deframer.discarded(), 0);
        }
    }

    #[test]
    fn padding_is_skipped_and_not_counted() {
        let mut stream = Vec::new();
        for bytes in CAPTURED {
            stream.extend_from_slice(bytes);
            stream.resize(stream.len().next_multiple_of(64), 0);
        }
        let mut deframer = Deframer::new();
        assert_eq!(all(&mut deframer, &stream).concat(), CAPTURED.concat());
        assert_eq!(deframer.discarded(), 0);
    }

    #[test]
    fn every_payload_length_survives_and_no_other_is_accepted() {
        let payload: Vec<u8> = (0..=255).collect();
        for len in 0..=255 {
            let mut out = [0xEE; MAX_FRAME];
            let size = encode(0x4E, &payload[..len], &mut out);
            if (1..=MAX_PAYLOAD).contains(&len) {
                assert_eq!(size, Some(len + 4));
                assert_eq!(frame_of(&out[..len + 4]).payload(), &payload[..len]);
                for room in 0..len + 4 {
                    assert_eq!(encode(0x4E, &payload[..len], &mut out[..room]), None);
                }
            } else {
                assert_eq!((size, out), (None, [0xEE; MAX_FRAME]));
                assert_eq!(Frame::new(0x4E, &payload[..len]), None);
            }
        }
    }

    /// Feeds garbage and then the good frame. Garbage may by accident make a frame whose check is right, with some of
    /// the good frame's bytes in it: no receiver can tell. Returns whether that happened, and otherwise insists on
    /// exactly the good frame.
    fn survives(garbage: &[u8], bytewise: bool) -> bool {
        let stream = [garbage, GOOD].concat();
        let mut deframer = Deframer::new();
        let mut frames = Vec::new();
        for mut part in stream.chunks(if bytewise { 1 } else { stream.len() }) {
            frames.extend(core::iter::from_fn(|| deframer.next_frame(&mut part)));
        }
        frames.extend(core::iter::from_fn(|| deframer.flush()));
        let frames: Vec<_> = frames.iter().map(written).collect();
        let counted = garbage.split(|byte| *byte == 0).map(<[u8]>::len).sum::<usize>();
        if frames == [GOOD] {
            assert_eq!(deframer.discarded() as usize, counted, "{garbage:02X?}");
            return true;
        }
        assert!(frames.iter().any(|frame| frame != GOOD), "swallowed after {garbage:02X?}");
        false
    }

    #[test]
    fn garbage_of_every_length_swallows_no_good_frame() {
        let mut accidents = 0;
        let mut tries = 0;
        let mut random = Xorshift(0x5EED_0001);
        for len in 0..=2 * MAX_FRAME {
            assert!(survives(&vec![SYNC; len], true), "{len} sync bytes");
            assert!(survives(&vec![0x00; len], true), "{len} zeros");
            // A pretended header with every length byte at every place, in quiet and in noise.
            for at in 0..len.saturating_sub(1) {
                for claimed in 0..=255 {
                    for fill in [0x00, 0xFF, SYNC] {
                        let mut garbage = vec![fill; len];
                        garbage[at] = SYNC;
                        garbage[at + 1] = claimed;
                        tries += 1;
                        accidents += usize::from(!survives(&garbage, false));
                    }
                }
            }
            // Noise that is full of sync bytes and short lengths.
            for _ in 0..500 {
                let garbage: Vec<u8> = (0..len)
                    .map(|_| match random.next() % 4 {
                        0 => SYNC,
                        1 => (random.next() % 40) as u8,
                        _ => random.next() as u8,
                    })
                    .collect();
                tries += 1;
                accidents += usize::from(!survives(&garbage, true));
            }
        }
        assert!(accidents * 1000 < tries, "{accidents} of {tries}");
    }

    #[test]
    fn a_damaged_frame_costs_only_itself() {
        for at in 0..GOOD.len() {
            for flip in 1..=255u8 {
                let mut damaged = GOOD.to_vec();
                damaged[at] ^= flip;
                let stream = [&damaged, CAPTURED[1], GOOD].concat();
                let frames = all(&mut Deframer::new(), &stream);
                // A flipped length may by accident frame other bytes rightly; the last frame is out of its reach.
                assert!(frames.ends_with(&[GOOD.to_vec()]) || at == 1, "byte {at} ^ {flip:02X}: {frames:02X?}");
                assert!(!frames.contains(&damaged));
            }
        }
    }

    #[test]
    fn a_frame_cut_short_costs_only_itself() {
        let mut accidents = Vec::new();
        for cut in CAPTURED.iter().chain([&GOOD]).flat_map(|frame| (0..frame.len()).map(|len| &frame[..len])) {
            if !survives(cut, true) {
                accidents.push(cut);
            }
        }
        // What an XOR of eight bits cannot tell: a sync byte that is also the check of the frame before it, a chance
        // hit, and a start that came twice, because the same bytes cancel out.
        assert_eq!(accidents, [&CAPTURED[5][..6], &CAPTURED[17][..3], &GOOD[..6], &GOOD[..7]]);
    }

    #[test]
    fn silence_releases_what_a_false_header_held_back() {
        let mut deframer = Deframer::new();
        let mut bytes = &[&[SYNC, 38], CAPTURED[1]].concat()[..];
        assert_eq!(deframer.next_frame(&mut bytes), None);
        assert_eq!(deframer.flush().map(|frame| written(&frame)).as_deref(), Some(CAPTURED[1]));
        assert_eq!((deframer.flush(), deframer.discarded()), (None, 2));
    }
}
