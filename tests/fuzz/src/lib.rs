//! What the targets share. A target is one file in `src/bin`:
//!
//! ```ignore
//! #![no_main]
//! libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
//!     let mut bytes = sling_fuzz::Bytes(bytes);
//!     let mut machine = Machine::new();
//!     while let Some(event) = bytes.u8() {
//!         // Feed it; assert what must hold whatever comes.
//!     }
//! });
//! ```
//!
//! A panic is a finding, so is an overflow, a wrong memory access or an input that takes longer than ten seconds.
//! `run.sh` finds the file by itself.

use sling_core::wire::ant::frame::{Deframer, Frame};
use sling_core::wire::ant::pages::{
    CommonPage, CrankTorque, HeartRate, MuscleOxygen, MuscleOxygenCommand, Page, Power, SpeedCadence,
    decode_revolutions, encode_revolutions,
};

/// The fuzzer's bytes as a supply of choices.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `N` bytes.
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// The next two bytes, little-endian.
    pub fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    /// As many bytes as the next one says, or what is left.
    pub fn portion(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.u8()?).min(self.0.len());
        let (portion, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(portion)
    }
}

/// The one frame that these bytes are.
pub fn frame_of(bytes: &[u8]) -> Frame {
    let mut rest = bytes;
    let frame = Deframer::new().next_frame(&mut rest).expect("what was encoded is a frame");
    assert!(rest.is_empty());
    frame
}

/// A page in every profile: what was read is written so that it is read again. Where nothing is lost on the way, the
/// page itself comes back.
pub fn page_survives(page: &Page) {
    if let Some(it) = MuscleOxygen::decode(page) {
        // A tHb that is out of range or a sentinel comes back as missing, the meaning stays.
        assert_eq!(MuscleOxygen::decode(&it.encode()), Some(it));
    }
    if let Some(it) = MuscleOxygenCommand::decode(page) {
        assert_eq!(MuscleOxygenCommand::decode(&it.encode()), Some(it));
        assert_eq!(it.unix_s().checked_sub(631_065_600), Some(it.time_s.into()));
    }
    if let Some(it) = CommonPage::decode(page)
        && let Some(written) = it.encode()
    {
        assert_eq!(CommonPage::decode(&written), Some(it));
    }
    if let Some(it) = Power::decode(page) {
        assert_eq!(it.encode(), *page);
    }
    if let Some(it) = CrankTorque::decode(page) {
        assert_eq!(it.encode(), *page);
    }
    if let Some(it) = HeartRate::decode(page) {
        assert_eq!(HeartRate::decode(&it.encode()), Some(it));
    }
    if let Some(it) = decode_revolutions(page) {
        assert_eq!(decode_revolutions(&encode_revolutions(it)), Some(it));
    }
    assert_eq!(SpeedCadence::decode(page).encode(), *page);
}
