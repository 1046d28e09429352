//! Bytes and meaning: ANT serial frames and messages, ANT+ data pages, GATT payloads.
//!
//! Every decoder is a pure function from bytes to a small plain struct, every encoder the way back. **Nothing here
//! panics, whatever the bytes**: what is too short or of another kind is `None`, what a sensor itself calls bad is
//! an `Err` with its [`Reason`]. Whether a value makes sense over time (a zero that stays, a number that never
//! changes) is judged by the modules above.
//!
//! Units are those of the radio, as in [`crate::units`]: SmO2 in 0.1 %, tHb in 0.01 of its scale. Times that a
//! sensor stamps are in ticks, and the field says how many of them make a second. Multi-byte numbers are
//! little-endian on both radios.
//!
//! Nothing here knows sessions, sensors in a roster or where they are worn.

pub mod ant;
mod bytes;
pub mod gatt;
mod revolutions;

pub use revolutions::{Revolutions, TICKS_PER_S, WHEEL_POWER_TICKS_PER_S};

use crate::sensor::{Reading, Reason, Value};
use crate::units::{Smo2, Thb, ThbScale};

/// SmO2 field: ambient light too high (ANT+ Muscle Oxygen profile, page 0x01).
const SMO2_AMBIENT: u16 = 0x3FE;
/// SmO2 field: invalid.
const SMO2_INVALID: u16 = 0x3FF;
/// SmO2 field: a number that is neither a value nor a sentinel, written where `Implausible` is to be sent.
const SMO2_IMPLAUSIBLE: u16 = 1001;
/// tHb field: ambient light too high.
const THB_AMBIENT: u16 = 0xFFE;
/// tHb field: invalid.
const THB_INVALID: u16 = 0xFFF;
/// The highest tHb of the profile, 40.00 g/dL.
const THB_MAX: u16 = 4000;

/// SmO2 from tenths of a percent or a sentinel.
fn smo2_from_field(field: u16) -> Result<Smo2, Reason> {
    match field {
        SMO2_AMBIENT => Err(Reason::AmbientLight),
        SMO2_INVALID => Err(Reason::Invalid),
        tenths => Smo2::from_tenths(tenths).ok_or(Reason::Implausible),
    }
}

/// The way back. A reason that the field has no code for is sent as invalid.
fn smo2_to_field(smo2: Result<Smo2, Reason>) -> u16 {
    match smo2 {
        Ok(smo2) => smo2.tenths(),
        Err(Reason::AmbientLight) => SMO2_AMBIENT,
        Err(Reason::Implausible) => SMO2_IMPLAUSIBLE,
        Err(_) => SMO2_INVALID,
    }
}

/// tHb from hundredths of g/dL; `None` for the sentinels and for everything above 40.00.
fn thb_from_field(field: u16) -> Option<Thb> {
    let hundredths = i16::try_from(field).ok()?;
    (field <= THB_MAX).then_some(Thb { hundredths, scale: ThbScale::GramsPerDecilitre })
}

/// The way back. What the field cannot hold (another scale, out of range) is sent as invalid.
fn thb_to_field(thb: Option<Thb>) -> u16 {
    match thb {
        Some(Thb { hundredths, scale: ThbScale::GramsPerDecilitre }) => {
            u16::try_from(hundredths).ok().filter(|field| *field <= THB_MAX).unwrap_or(THB_INVALID)
        }
        _ => THB_INVALID,
    }
}

/// The two fields of a reading, (SmO2, tHb). A reading that failed sends the same reason in both.
fn reading_to_fields(reading: Reading) -> (u16, u16) {
    match reading {
        Ok(value) => (smo2_to_field(Ok(value.smo2)), thb_to_field(value.thb)),
        Err(reason) => {
            (smo2_to_field(Err(reason)), if reason == Reason::AmbientLight { THB_AMBIENT } else { THB_INVALID })
        }
    }
}

/// The reading in two fields. SmO2 decides: without it there is no reading, whatever tHb says; with it a tHb that
/// is a sentinel or out of range is only missing, because the balance of two muscles needs SmO2 alone.
fn reading_from_fields(smo2: u16, thb: u16) -> Reading {
    smo2_from_field(smo2).map(|smo2| Value { smo2, thb: thb_from_field(thb) })
}

#[cfg(test)]
mod tests {
    /// A small seeded generator of noise.
    pub struct Xorshift(pub u32);

    impl Xorshift {
        pub fn next(&mut self) -> u32 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 17;
            self.0 ^= self.0 << 5;
            self.0
        }
    }
}
