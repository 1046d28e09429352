//! The central of Bluetooth LE sensors: what is said between it and the body's Bluetooth stack, and in [`BleCentral`]
//! what it does with that.

mod central;

pub use central::{BleCentral, MAX_WANTED, PeerState, Phase, Wanted};

use super::Trouble;
use crate::wire::gatt;
use serde::{Deserialize, Serialize};

/// A peer's address, most significant byte first.
pub type Address = [u8; 6];

/// The GATT data characteristics that are subscribed to. The order is the input log's format: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BleProfile {
    /// Moxy 5, characteristic `6404D804-4CB9-11E8-B566-0800200C9A66`.
    Moxy,
    /// Train.Red FYER, characteristic `00002201-D578-4741-9B5B-7C64E958CFC6`.
    TrainRed,
    /// Cycling Power Measurement, 2A63.
    CyclingPower,
    /// CSC Measurement, 2A5B.
    SpeedCadence,
    /// Heart Rate Measurement, 2A37.
    HeartRate,
}

impl BleProfile {
    /// Every profile.
    pub const ALL: [Self; 5] = [Self::Moxy, Self::TrainRed, Self::CyclingPower, Self::SpeedCadence, Self::HeartRate];

    /// The service that is advertised.
    pub const fn service(self) -> u128 {
        match self {
            Self::Moxy => gatt::MOXY_SERVICE,
            Self::TrainRed => gatt::TRAIN_RED_SERVICE,
            Self::CyclingPower => gatt::CYCLING_POWER_SERVICE,
            Self::SpeedCadence => gatt::SPEED_CADENCE_SERVICE,
            Self::HeartRate => gatt::HEART_RATE_SERVICE,
        }
    }

    /// The characteristic that notifies.
    pub const fn data(self) -> u128 {
        match self {
            Self::Moxy => gatt::MOXY_DATA,
            Self::TrainRed => gatt::TRAIN_RED_DATA,
            Self::CyclingPower => gatt::CYCLING_POWER_MEASUREMENT,
            Self::SpeedCadence => gatt::SPEED_CADENCE_MEASUREMENT,
            Self::HeartRate => gatt::HEART_RATE_MEASUREMENT,
        }
    }
}

/// A set of profiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profiles(u8);

impl Profiles {
    /// None.
    pub const NONE: Self = Self(0);

    /// The set with `profile` in it too.
    pub const fn with(self, profile: BleProfile) -> Self {
        Self(self.0 | 1 << profile as u8)
    }

    /// The set with `profile` not in it.
    pub const fn without(self, profile: BleProfile) -> Self {
        Self(self.0 & !(1 << profile as u8))
    }

    /// Those that are in one of the two sets or in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both sets.
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `profile` is in it.
    pub const fn has(self, profile: BleProfile) -> bool {
        self.0 & 1 << profile as u8 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = BleProfile> {
        BleProfile::ALL.into_iter().filter(move |&profile| self.has(profile))
    }
}

/// What the body's Bluetooth stack reports. The order is the input log's format: append only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BleEvent<'a> {
    /// The link to a peer is up.
    Connected {
        /// Which peer.
        address: Address,
    },
    /// A value arrived from a data characteristic.
    Notification {
        /// Which peer.
        address: Address,
        /// Which profile's data characteristic it came from.
        profile: BleProfile,
        /// The value's bytes.
        value: &'a [u8],
    },
    /// The peer's battery level was read.
    BatteryLevel {
        /// Which peer.
        address: Address,
        /// Charge, 0 to 100 %.
        percent: u8,
    },
    /// The link is down.
    Disconnected {
        /// Which peer.
        address: Address,
    },
    /// The adapter can be used (again), or why not. Nothing else is asked of it before this has been said once.
    Adapter(Result<(), Trouble>),
    /// A peer advertises.
    Seen {
        /// Which peer.
        address: Address,
        /// Its local name, if it sends one.
        name: Option<&'a str>,
        /// The known services among those that it advertises.
        profiles: Profiles,
        /// How well it is heard, in dBm.
        rssi_dbm: Option<i8>,
    },
    /// The peer's services are known.
    Discovered {
        /// Which peer.
        address: Address,
        /// The data characteristics that it has.
        profiles: Profiles,
    },
    /// Notifications of a data characteristic are switched on.
    Subscribed {
        /// Which peer.
        address: Address,
        /// Which profile's.
        profile: BleProfile,
    },
    /// The last command for this peer failed.
    Failed {
        /// Which peer.
        address: Address,
    },
}

/// What the body must ask of its Bluetooth stack. Each of those with an address is answered by an event with that address:
/// what it asked for, [`BleEvent::Failed`] or [`BleEvent::Disconnected`]; an answer that never comes is given up after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BleCommand {
    /// Report peers that advertise one of the known services, again and again.
    StartScan,
    /// No longer.
    StopScan,
    /// Bring up the link: `Connected`.
    Connect {
        /// Which peer.
        address: Address,
    },
    /// Look which data characteristics the peer has: `Discovered`.
    Discover {
        /// Which peer.
        address: Address,
    },
    /// Switch on notifications: `Subscribed`.
    Subscribe {
        /// Which peer.
        address: Address,
        /// Which profile's data characteristic.
        profile: BleProfile,
    },
    /// Read the battery level: `BatteryLevel`. A peer without one answers `Failed`, which is not held against it.
    ReadBattery {
        /// Which peer.
        address: Address,
    },
    /// Take down the link, or give up bringing it up: `Disconnected`.
    Disconnect {
        /// Which peer.
        address: Address,
    },
}
