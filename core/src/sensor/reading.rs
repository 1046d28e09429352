//! A reading is a value or a named reason, never an invented zero and never a frozen number.

use crate::language::Say;
use crate::units::{Smo2, Thb};
use serde::{Deserialize, Serialize};

/// What a NIRS sensor measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Muscle oxygen saturation.
    pub smo2: Smo2,
    /// Total haemoglobin, where the sensor sends it.
    pub thb: Option<Thb>,
}

/// Why there is no value, or what is wrong with the sensor. One enum serves reading, notice, field text and record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// Being looked for, not yet heard.
    Searching,
    /// Was heard before, is not heard now.
    Lost,
    /// A hole in the data, or the same sample again and again.
    Stale,
    /// A hole that has lasted.
    NoData,
    /// The sensor says, or the data show, that ambient light reaches the detector.
    AmbientLight,
    /// The sensor itself calls its sample invalid.
    Invalid,
    /// Zero, over 100 %, or another number that muscle cannot have.
    Implausible,
    /// The sensor's contact with the skin has moved.
    Moved,
    /// The sensors of two sites seem exchanged, or another sensor is in place.
    Swapped,
    /// The sensor's battery is low.
    LowBattery,
    /// Two sensors are heard under this one's number.
    Ambiguous,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Searching,
        Self::Lost,
        Self::Stale,
        Self::NoData,
        Self::AmbientLight,
        Self::Invalid,
        Self::Implausible,
        Self::Moved,
        Self::Swapped,
        Self::LowBattery,
        Self::Ambiguous,
    ];

    /// The name in events and files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Searching => "searching",
            Self::Lost => "lost",
            Self::Stale => "stale",
            Self::NoData => "no_data",
            Self::AmbientLight => "ambient_light",
            Self::Invalid => "invalid",
            Self::Implausible => "implausible",
            Self::Moved => "moved",
            Self::Swapped => "swapped",
            Self::LowBattery => "low_battery",
            Self::Ambiguous => "ambiguous",
        }
    }

    /// Words for the place where the number stood.
    pub const fn say(self) -> Say {
        match self {
            Self::Searching => Say::Searching,
            Self::Lost => Say::NoSignal,
            Self::Stale => Say::NoNews,
            Self::NoData => Say::NoData,
            Self::AmbientLight => Say::LightLeak,
            Self::Invalid => Say::NoReading,
            Self::Implausible => Say::OddValue,
            Self::Moved => Say::Moved,
            Self::Swapped => Say::Swapped,
            Self::LowBattery => Say::LowBattery,
            Self::Ambiguous => Say::TwoSensors,
        }
    }
}

impl Identity {
    /// Whether both name the same sensor. A transmission type of 0 is any: a number typed by hand, or from a name.
    pub fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Ant { number: a, transmission: t }, Self::Ant { number: b, transmission: u }) => {
                a == b && (t == u || t == 0 || u == 0)
            }
            (one, other) => one == other,
        }
    }
}

/// A finished sample's content: what was measured, or why not.
pub type Reading = Result<Value, Reason>;

/// Who sent it. A sensor is its identity, not its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Identity {
    /// An ANT+ sensor: device number and transmission type (its upper nibble extends the number).
    Ant {
        /// The 16-bit device number.
        number: u16,
        /// The transmission type.
        transmission: u8,
    },
    /// A Bluetooth LE sensor, by address.
    Ble {
        /// The address, most significant byte first.
        address: [u8; 6],
    },
    /// The n-th channel of a recording, or of a host that owns the radio.
    Channel(u8),
}

/// A finished sample, for replays and for hosts that own the radio.
///
/// `count` is the sensor's event count (or a running number that the source keeps): a sample whose count equals the
/// previous one's is the same sample heard again, not a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Who measured.
    pub identity: Identity,
    /// The event count, wrapping.
    pub count: u16,
    /// What was measured, or why not.
    pub reading: Reading,
}
