//! The input log: everything that a head unit was told and when, which is a complete bug report.
//!
//! A log opens with [`MAGIC`] and the format's version, then holds records, each checked on its own:
//!
//! ```text
//! length u16 LE | CRC-16/IBM-3740 of the payload u16 LE | payload: postcard of (milliseconds since the last record, signed, Input)
//! ```
//!
//! The first records are the configuration and the restored state. A log that ends inside a record (a power cut) is
//! whole up to there. A head unit that lost its power goes on in the same log: [`Input::PowerOn`], then again configuration and
//! restored state, for a new head unit. The writer and the reader keep no buffer: the caller owns the bytes.

use crate::input::Input;
use crate::time::Instant;
use core::fmt;
use crc::{CRC_16_IBM_3740, Crc, NoTable};

/// The first bytes of a log.
pub const MAGIC: [u8; 8] = *b"SLINGLOG";
/// The version that is written, and the only one that is read: older ones hold other settings, another state, or no
/// sessions with radios.
pub const VERSION: u16 = 6;
/// Bytes before the first record.
pub const HEADER_LEN: usize = MAGIC.len() + 2;
/// No record is longer.
pub const MAX_RECORD: usize = 1024;

const PREFIX: usize = 4;
const CRC: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_IBM_3740);

/// The header of a log.
pub const fn header() -> [u8; HEADER_LEN] {
    let [a, b, c, d, e, f, g, h] = MAGIC;
    let [low, high] = VERSION.to_le_bytes();
    [a, b, c, d, e, f, g, h, low, high]
}

/// Why bytes are no log, or a record could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogError {
    /// The bytes do not begin with [`MAGIC`].
    NotALog,
    /// The format's version is not [`VERSION`].
    Version(u16),
    /// A record claims to be empty or longer than [`MAX_RECORD`].
    Length(u16),
    /// A record's checksum is wrong.
    Checksum,
    /// A record's bytes are no input.
    Content,
    /// The input is too long for a record, or for the buffer given.
    TooLong,
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALog => f.write_str("does not begin with SLINGLOG"),
            Self::Version(v) => write!(f, "is a log of version {v}; this build reads version {VERSION}"),
            Self::Length(n) => write!(f, "a record claims {n} bytes; 1 to {MAX_RECORD} is right"),
            Self::Checksum => f.write_str("a record's checksum is wrong"),
            Self::Content => f.write_str("a record holds no input that this build knows"),
            Self::TooLong => write!(f, "an input needs more than {MAX_RECORD} bytes"),
        }
    }
}

impl core::error::Error for LogError {}

/// Checks a log's first [`HEADER_LEN`] bytes.
pub fn check_header(bytes: &[u8]) -> Result<(), LogError> {
    let Some((magic, rest)) = bytes.split_first_chunk::<8>() else { return Err(LogError::NotALog) };
    if *magic != MAGIC {
        return Err(LogError::NotALog);
    }
    match rest.first_chunk::<2>().map(|v| u16::from_le_bytes(*v)) {
        Some(VERSION) => Ok(()),
        Some(other) => Err(LogError::Version(other)),
        None => Err(LogError::NotALog),
    }
}

/// Turns inputs into records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Writer {
    last: Instant,
}

impl Writer {
    /// At the beginning of a log.
    pub const fn new() -> Self {
        Self { last: Instant::ZERO }
    }

    /// Writes one record into `buffer` (of [`MAX_RECORD`] bytes and 4 more); returns its length.
    pub fn encode(&mut self, now: Instant, input: &Input<'_>, buffer: &mut [u8]) -> Result<usize, LogError> {
        let (prefix, body) = buffer.split_first_chunk_mut::<PREFIX>().ok_or(LogError::TooLong)?;
        // Wrapping: whatever the caller's clock does, the reader takes the same step.
        let passed = now.as_ms().wrapping_sub(self.last.as_ms()).cast_signed();
        let payload = postcard::to_slice(&(passed, input), body).map_err(|_| LogError::TooLong)?;
        let length = u16::try_from(payload.len()).ok().filter(|&n| usize::from(n) <= MAX_RECORD);
        let [l0, l1] = length.ok_or(LogError::TooLong)?.to_le_bytes();
        let [c0, c1] = CRC.checksum(payload).to_le_bytes();
        *prefix = [l0, l1, c0, c1];
        let n = payload.len();
        self.last = now;
        Ok(n + PREFIX)
    }
}

/// Turns records into inputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader {
    last: Instant,
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<'a> {
    /// When.
    pub at: Instant,
    /// What.
    pub input: Input<'a>,
    /// How many bytes it took.
    pub length: usize,
}

impl Reader {
    /// After the header.
    pub const fn new() -> Self {
        Self { last: Instant::ZERO }
    }

    /// The record that `bytes` begin with; `None` if they end before it does.
    pub fn decode<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<Record<'a>>, LogError> {
        let Some((&[l0, l1, c0, c1], rest)) = bytes.split_first_chunk::<PREFIX>() else { return Ok(None) };
        let claimed = u16::from_le_bytes([l0, l1]);
        let length = usize::from(claimed);
        if length == 0 || length > MAX_RECORD {
            return Err(LogError::Length(claimed));
        }
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        if CRC.checksum(payload) != u16::from_le_bytes([c0, c1]) {
            return Err(LogError::Checksum);
        }
        let (passed, input): (i64, Input<'a>) = postcard::from_bytes(payload).map_err(|_| LogError::Content)?;
        self.last = Instant::from_ms(self.last.as_ms().wrapping_add_signed(passed));
        Ok(Some(Record { at: self.last, input, length: length + PREFIX }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::input::{BleEvent, BleProfile, Button, Context, Press, Touch};
    use crate::units::Watts;
    extern crate std;
    use std::vec::Vec;

    fn inputs() -> [Input<'static>; 8] {
        [
            Input::Configure(Config::DEFAULT),
            Input::Tick,
            Input::AntBytes(&[0xa4, 1, 0x6f, 0x20, 0xea]),
            Input::Ble(BleEvent::Notification { address: [1; 6], profile: BleProfile::Moxy, value: &[1, 2, 3] }),
            Input::Context(Context { power: Some(Watts(250)), ..Context::default() }),
            Input::Button(Button::Select, Press::Long),
            Input::Marker("cramp".parse().unwrap()),
            Input::Touch(Touch::Tap { x: 120, y: 77 }),
        ]
    }

    fn written() -> Vec<u8> {
        let (mut writer, mut buffer, mut bytes) = (Writer::new(), [0; MAX_RECORD + 4], header().to_vec());
        for (i, input) in inputs().iter().enumerate() {
            let n = writer.encode(Instant::from_ms(i as u64 * 1000), input, &mut buffer).unwrap();
            bytes.extend_from_slice(&buffer[..n]);
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Result<usize, LogError> {
        check_header(bytes)?;
        let (mut reader, mut rest, mut n) = (Reader::new(), &bytes[HEADER_LEN..], 0);
        while let Some(record) = reader.decode(rest)? {
            assert_eq!(record.input, inputs()[n]);
            assert_eq!(record.at, Instant::from_ms(n as u64 * 1000));
            rest = &rest[record.length..];
            n += 1;
        }
        Ok(n)
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(read(&written()), Ok(inputs().len()));
    }

    #[test]
    fn a_log_cut_at_any_byte_is_whole_up_to_there() {
        let bytes = written();
        for cut in HEADER_LEN..bytes.len() {
            assert!(read(&bytes[..cut]).unwrap() < inputs().len());
        }
        for cut in 0..HEADER_LEN {
            assert_eq!(read(&bytes[..cut]), Err(LogError::NotALog));
        }
    }

    #[test]
    fn a_flipped_bit_is_found_wherever_it_is() {
        let bytes = written();
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(read(&broken), Ok(inputs().len()), "bit {bit}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_is_kept_as_it_was() {
        let times = [0, 5000, 4000, u64::MAX, 7].map(Instant::from_ms);
        let (mut writer, mut reader, mut buffer) = (Writer::new(), Reader::new(), [0; 64]);
        for at in times {
            let n = writer.encode(at, &Input::Tick, &mut buffer).unwrap();
            assert_eq!(reader.decode(&buffer[..n]).unwrap().unwrap().at, at);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let long = [0; 2000];
        let mut buffer = [0; MAX_RECORD + 4];
        let result = Writer::new().encode(Instant::ZERO, &Input::AntBytes(&long), &mut buffer);
        assert_eq!(result, Err(LogError::TooLong));
    }
}
