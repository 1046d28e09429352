//! Pieces of the input log as blocks between those of a ride: what the head unit was told, to replay it to the byte.
//!
//! The payload is the time of its first record in milliseconds (u64 LE), its place among the pieces since the head unit was
//! switched on (u16 LE, 0 is the first), the number of bytes that follow (u16 LE), and records as in [`crate::log`]. A record
//! does not cross blocks. Without a piece those before it are whole and those after it cannot be used: their times are
//! differences, and who replays needs all.

use super::{HEAD, Kind, MAX_BLOCK, Sealed};
use crate::input::Input;
use crate::log::Writer;
use crate::time::Instant;

/// Bytes of a payload before its records.
const START: usize = 12;

/// A piece that is being filled. After [`InputBlock::new`] it is the first since the head unit was switched on.
#[derive(Clone, Debug)]
pub struct InputBlock {
    bytes: [u8; MAX_BLOCK],
    filled: usize,
    first: Instant,
    place: u16,
    writer: Writer,
    is_over: bool,
}

impl InputBlock {
    const RECORDS: usize = HEAD + START;

    /// The first piece, empty.
    pub const fn new() -> Self {
        Self { bytes: [0; MAX_BLOCK], filled: 0, first: Instant::ZERO, place: 0, writer: Writer::new(), is_over: false }
    }

    /// Adds an input; `false` if there is no room left: seal it, then there is. One that is too long for any piece, or comes
    /// after the last piece that can be numbered, ends the log for good: a log with a hole is none.
    pub fn push(&mut self, at: Instant, input: &Input<'_>) -> bool {
        if self.is_over {
            return true;
        }
        let room = self.bytes.get_mut(Self::RECORDS + self.filled..).unwrap_or_default();
        match self.writer.encode(at, input, room) {
            Ok(length) => {
                if self.filled == 0 {
                    self.first = at;
                }
                self.filled += length;
                true
            }
            Err(_) => {
                self.is_over = self.filled == 0;
                self.is_over
            }
        }
    }

    /// Nothing more is taken: what was to be stored could not be.
    pub const fn end(&mut self) {
        self.is_over = true;
        self.filled = 0;
    }

    /// The piece as it is stored, if there is anything in it. Filling goes on with the next.
    pub fn seal(&mut self, ride: u16, number: u32) -> Option<Sealed<'_>> {
        if self.filled == 0 {
            return None;
        }
        let length = self.filled;
        let start = self.bytes.get_mut(HEAD..).and_then(|bytes| bytes.first_chunk_mut::<START>())?;
        let [a, b, c, d, e, f, g, h] = self.first.as_ms().to_le_bytes();
        let [p0, p1] = self.place.to_le_bytes();
        let [l0, l1] = (length as u16).to_le_bytes();
        *start = [a, b, c, d, e, f, g, h, p0, p1, l0, l1];
        self.filled = 0;
        match self.place.checked_add(1) {
            Some(next) => self.place = next,
            None => self.is_over = true,
        }
        Sealed::of(Kind::Inputs, &mut self.bytes, START + length, ride, number)
    }

    /// It holds nothing.
    pub const fn is_empty(&self) -> bool {
        self.filled == 0
    }
}

impl Default for InputBlock {
    fn default() -> Self {
        Self::new()
    }
}

/// A piece of the input log, as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried<'a> {
    /// The time of its first record.
    pub first: Instant,
    /// Its place among the pieces since the head unit was switched on.
    pub place: u16,
    /// Records, as in [`crate::log`].
    pub records: &'a [u8],
}

impl<'a> Carried<'a> {
    /// What a block carries, if it is a piece of the input log.
    pub fn read(block: &Sealed<'a>) -> Option<Self> {
        let (start, rest) = block.payload(Kind::Inputs)?.split_first_chunk::<START>()?;
        let &[a, b, c, d, e, f, g, h, p0, p1, l0, l1] = start;
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        Some(Self {
            first: Instant::from_ms(u64::from_le_bytes([a, b, c, d, e, f, g, h])),
            place: u16::from_le_bytes([p0, p1]),
            records: rest.get(..length)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::log::{Reader, Record};
    extern crate std;
    use std::vec::Vec;

    #[test]
    fn what_was_told_is_read_from_the_pieces_in_order() {
        let bytes: Vec<u8> = (0..60).collect();
        let mut inputs = std::vec![Input::Configure(Config::DEFAULT)];
        inputs.extend((0..100).map(|_| Input::AntBytes(&bytes)));
        let (mut piece, mut stored) = (InputBlock::new(), Vec::new());
        for (i, input) in (0..).zip(&inputs) {
            let at = Instant::from_ms(70_000 + i * 10);
            if !piece.push(at, input) {
                stored.push(piece.seal(3, 9).expect("it is full").bytes.to_vec());
                assert!(piece.push(at, input), "an empty one takes it");
            }
        }
        stored.push(piece.seal(3, 9).expect("there is a rest").bytes.to_vec());
        assert!(piece.is_empty() && piece.seal(3, 9).is_none());
        let (mut reader, mut read) = (Reader::new(), 0);
        for (place, bytes) in (0..).zip(&stored) {
            let block = Sealed::read(bytes).expect("a block");
            assert_eq!(block.entries().count(), 0, "no entries of a ride");
            let carried = Carried::read(&block).expect("a piece");
            assert_eq!(carried.place, place);
            let (mut rest, mut first) = (carried.records, None);
            while let Some(Record { at, input, length }) = reader.decode(rest).expect("it is whole") {
                first = first.or(Some(at));
                assert_eq!((at.as_ms(), &input), (70_000 + read as u64 * 10, &inputs[read]));
                read += 1;
                rest = &rest[length..];
            }
            assert_eq!(first, Some(carried.first));
        }
        assert_eq!(read, inputs.len());
    }

    #[test]
    fn what_no_piece_can_hold_ends_the_log() {
        let (long, mut piece) = ([0; 1100], InputBlock::new());
        assert!(piece.push(Instant::ZERO, &Input::Tick));
        assert!(!piece.push(Instant::ZERO, &Input::AntBytes(&long)), "seal it first");
        assert!(piece.seal(0, 0).is_some());
        assert!(piece.push(Instant::ZERO, &Input::AntBytes(&long)), "given up");
        assert!(piece.push(Instant::ZERO, &Input::Tick) && piece.is_empty(), "and nothing after it");
    }
}
