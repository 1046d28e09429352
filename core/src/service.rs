//! What a computer on a head unit's cable asks, and what it is answered.
//!
//! A frame is COBS-encoded and ends with a zero. In it stand, after each other: postcard of ([`PROTOCOL`], a running number, the
//! [`Ask`] or [`Answer`]), and a CRC-16/IBM-3740 of that (LE). An answer has the number of what it answers. A frame that
//! cannot be read is passed over; who asks asks again.
//!
//! The order of the variants is the protocol: append, never reorder.

use crate::config::Config;
use crate::input::{Button, Press, RideAct};
use core::fmt;
use crc::{CRC_16_IBM_3740, Crc, NoTable};
use serde::{Deserialize, Serialize};

/// The version of the protocol, the first byte of a frame. Another one is answered by [`Refusal::Protocol`].
pub const PROTOCOL: u8 = 1;
/// The longest frame with its zero: settings with every list full.
pub const MAX_FRAME: usize = 1024;
/// Bytes that are handed out in one answer.
pub const PIECE: usize = 480;
/// Rides that are listed in one answer.
pub const RIDES: usize = 16;
/// The longest report of a crash.
pub const MAX_CRASH: usize = 160;

const CRC: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_IBM_3740);
const CHECK: usize = 2;

/// A question, or something to do.
#[expect(clippy::large_enum_variant, reason = "there is no heap to put settings on, and there is one at a time")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// Who is there, and how things stand.
    Status,
    /// The settings.
    Settings,
    /// Take these settings.
    Configure(Config),
    /// Use this ANT+ network key, or none. It is never told again.
    Key(Option<[u8; 8]>),
    /// The time of day.
    WallTime {
        /// Seconds since 1970-01-01 00:00 UTC.
        unix_s: u64,
        /// Minutes that local time is ahead of UTC.
        offset_min: i16,
    },
    /// The rides that are stored, from this number on.
    Rides {
        /// The first that is wanted.
        from: u16,
    },
    /// A piece of a ride's log.
    Log {
        /// The ride.
        ride: u16,
        /// The first byte that is wanted.
        offset: u32,
    },
    /// Free the flash of this ride and all before it.
    Release {
        /// The newest that is no longer needed.
        ride: u16,
    },
    /// As if a button were pressed.
    Press(Button, Press),
    /// A piece of what is shown: rows from above, a bit a pixel, the leftmost the highest, set is dark.
    Screen {
        /// The first byte that is wanted.
        from: u16,
    },
    /// The last crash.
    Crash,
    /// Forget it.
    ForgetCrash,
    /// Something with the ride as a whole.
    Ride(RideAct),
    /// Start anew.
    Restart(Restart),
    /// A ride as a FIT file, which the head unit makes: it comes as many [`Answer::Bytes`], the last of them empty. Not while a
    /// ride is ridden.
    Fit {
        /// The ride.
        ride: u16,
    },
}

/// How to start anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restart {
    /// The same firmware.
    Same,
    /// Into the bootloader, which takes another firmware. Settings and rides stay.
    Update,
    /// Not at all: off.
    Off,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// It is not done.
    Refused(Refusal),
    /// How things stand.
    Status(Status),
    /// The settings.
    Settings(Config),
    /// Rides, oldest first; empty after the last.
    Rides(heapless::Vec<Ride, RIDES>),
    /// Bytes from the one that was asked for on; empty after the last.
    Bytes(heapless::Vec<u8, PIECE>),
    /// The last crash, if there was one.
    Crash(Option<heapless::String<MAX_CRASH>>),
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The frame is of another version of the protocol.
    Protocol,
    /// There is no ride of this number.
    NoSuchRide,
    /// The ride is being ridden.
    StillRidden,
    /// The flash failed.
    Flash,
    /// This board cannot do that.
    NotHere,
    /// There is nothing of the ride that a file could be made of.
    Empty,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protocol => "the head unit speaks another version of the protocol: update it or this program",
            Self::NoSuchRide => "the head unit has no ride of this number",
            Self::StillRidden => "the ride is being ridden: end it first",
            Self::Flash => "the head unit's flash failed",
            Self::NotHere => "this board cannot do that",
            Self::Empty => "nothing was measured on that ride",
        })
    }
}

/// How a head unit is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The board.
    pub board: heapless::String<16>,
    /// The firmware's version.
    pub version: heapless::String<16>,
    /// Time on its own clock, which goes on from a ride that was cut, ms.
    pub now_ms: u64,
    /// The time of day is known.
    pub knows_time: bool,
    /// There is an ANT+ network key.
    pub has_key: bool,
    /// The number of the ride, while one is ridden.
    pub ride: Option<u16>,
    /// Bytes of flash that hold nothing.
    pub room: u32,
    /// Bytes of flash for rides.
    pub capacity: u32,
    /// Bytes of the stack that were used at most, and that there are.
    pub stack: (u32, u32),
    /// Of the time since it was switched on, how much it slept, per mille.
    pub asleep_permille: u16,
    /// There is a report of a crash.
    pub crashed: bool,
    /// The longest that an input took to be dealt with, to the pixels on the wire, ms.
    pub slowest_ms: u32,
}

/// A ride that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ride {
    /// Its number.
    pub number: u16,
    /// Bytes of its log.
    pub bytes: u32,
}

/// Writes a frame; how long it is, or `None` if it has no room.
pub fn encode<T: Serialize>(number: u8, message: &T, frame: &mut [u8]) -> Option<usize> {
    let mut plain = [0; MAX_FRAME - 8];
    let room = plain.len() - CHECK;
    let length = postcard::to_slice(&(PROTOCOL, number, message), plain.get_mut(..room)?).ok()?.len();
    let check = CRC.checksum(plain.get(..length)?).to_le_bytes();
    plain.get_mut(length..length + CHECK)?.copy_from_slice(&check);
    let encoded = cobs::try_encode(plain.get(..length + CHECK)?, frame).ok()?;
    *frame.get_mut(encoded)? = 0;
    Some(encoded + 1)
}

/// Reads a frame, without its zero, which is decoded in its place. The number is that of the frame.
pub fn decode<'a, T: Deserialize<'a>>(frame: &'a mut [u8]) -> Option<(u8, Result<T, Refusal>)> {
    let length = cobs::decode_in_place(frame).ok()?;
    let (plain, check) = frame.get(..length)?.split_last_chunk::<CHECK>()?;
    if CRC.checksum(plain).to_le_bytes() != *check {
        return None;
    }
    let (&protocol, rest) = plain.split_first()?;
    let (&number, rest) = rest.split_first()?;
    if protocol != PROTOCOL {
        return Some((number, Err(Refusal::Protocol)));
    }
    Some((number, Ok(postcard::from_bytes(rest).ok()?)))
}

/// Collects bytes to frames.
#[derive(Clone, Debug)]
pub struct Frames {
    bytes: [u8; MAX_FRAME],
    filled: usize,
    is_too_long: bool,
}

impl Frames {
    /// Nothing collected.
    pub const fn new() -> Self {
        Self { bytes: [0; MAX_FRAME], filled: 0, is_too_long: false }
    }

    /// Takes a byte; a whole frame, without its zero, if that was its last. One that is too long is passed over.
    pub fn push(&mut self, byte: u8) -> Option<&mut [u8]> {
        if byte != 0 {
            match self.bytes.get_mut(self.filled) {
                Some(place) => *place = byte,
                None => self.is_too_long = true,
            }
            self.filled = (self.filled + 1).min(MAX_FRAME);
            return None;
        }
        let length = core::mem::take(&mut self.filled);
        if core::mem::take(&mut self.is_too_long) || length == 0 {
            return None;
        }
        self.bytes.get_mut(..length)
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    fn framed(number: u8, ask: &Ask) -> Vec<u8> {
        let mut frame = [0; MAX_FRAME];
        let length = encode(number, ask, &mut frame).expect("it has room");
        frame[..length].to_vec()
    }

    fn fullest() -> Config {
        let mut config = Config::DEFAULT;
        let id = || crate::config::Id::try_from("abcdefghijklmnopqrst").expect("20 bytes");
        while config.hidden_pages.push(id()).is_ok() {}
        while config.numbers.push(id()).is_ok() {}
        let identity = crate::sensor::Identity::Ble { address: [0xFF; 6] };
        for muscle in crate::sensor::Muscle::ALL {
            let site = crate::sensor::Site::new(*muscle, crate::sensor::Side::Left);
            let _ = config.roster.push(crate::config::Assignment { identity, site });
        }
        let kind = crate::sensor::SensorKind::Power;
        while config.companions.push(crate::sensor::Sensor { kind, identity }).is_ok() {}
        config
    }

    #[test]
    fn what_is_asked_is_understood_among_other_bytes() {
        let asks = [Ask::Status, Ask::Configure(fullest()), Ask::Log { ride: 7, offset: 0x0100_0000 }];
        let mut stream = std::vec![7, 7, 0, 0, 3, 0];
        for (number, ask) in (250..).zip(&asks) {
            stream.extend(framed(number, ask));
            stream.extend(std::vec![9; 3000]);
            stream.push(0);
        }
        let (mut frames, mut heard) = (Frames::new(), Vec::new());
        for byte in stream {
            if let Some(frame) = frames.push(byte) {
                heard.extend(decode::<Ask>(frame));
            }
        }
        let expected: Vec<_> = (250..).zip(asks.map(Ok)).collect();
        assert_eq!(heard, expected);
    }

    #[test]
    fn each_flipped_bit_is_noticed() {
        let whole = framed(1, &Ask::Key(Some([0, 1, 2, 3, 4, 5, 6, 0])));
        let frame = &whole[..whole.len() - 1];
        for bit in 0..frame.len() * 8 {
            let mut bytes = frame.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode::<Ask>(&mut bytes), None, "bit {bit}");
        }
    }

    #[test]
    fn another_version_is_refused_by_its_number() {
        let mut plain = postcard::to_slice(&(PROTOCOL + 1, 9_u8, 3_u8), &mut [0; 8]).expect("it has room").to_vec();
        plain.extend(CRC.checksum(&plain).to_le_bytes());
        let mut frame = [0; 16];
        let length = cobs::try_encode(&plain, &mut frame).expect("it has room");
        assert_eq!(decode::<Ask>(&mut frame[..length]), Some((9, Err(Refusal::Protocol))));
    }

    #[test]
    fn whatever_comes_there_is_no_panic() {
        let (mut frames, mut state, mut read) = (Frames::new(), 1_u32, 0);
        for _ in 0..200_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if let Some(frame) = frames.push((state >> 24) as u8) {
                read += usize::from(decode::<Answer>(frame).is_some());
            }
        }
        assert!(read < 5, "noise passed for {read} answers");
    }
}
