//! A Bluetooth event that owns its name or value, to be kept until its time has come.

use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleEvent, BleProfile, Profiles};

/// [`BleEvent`] with everything in it its own.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants and fields are those of BleEvent")]
pub enum OwnedBleEvent {
    Connected { address: Address },
    Notification { address: Address, profile: BleProfile, value: Vec<u8> },
    BatteryLevel { address: Address, percent: u8 },
    Disconnected { address: Address },
    Adapter(Result<(), Trouble>),
    Seen { address: Address, name: Option<String>, profiles: Profiles, rssi_dbm: Option<i8> },
    Discovered { address: Address, profiles: Profiles },
    Subscribed { address: Address, profile: BleProfile },
    Failed { address: Address },
}

impl OwnedBleEvent {
    /// The event as core takes it.
    pub fn as_event(&self) -> BleEvent<'_> {
        match *self {
            Self::Connected { address } => BleEvent::Connected { address },
            Self::Notification { address, profile, ref value } => BleEvent::Notification { address, profile, value },
            Self::BatteryLevel { address, percent } => BleEvent::BatteryLevel { address, percent },
            Self::Disconnected { address } => BleEvent::Disconnected { address },
            Self::Adapter(adapter) => BleEvent::Adapter(adapter),
            Self::Seen { address, ref name, profiles, rssi_dbm } => {
                BleEvent::Seen { address, name: name.as_deref(), profiles, rssi_dbm }
            }
            Self::Discovered { address, profiles } => BleEvent::Discovered { address, profiles },
            Self::Subscribed { address, profile } => BleEvent::Subscribed { address, profile },
            Self::Failed { address } => BleEvent::Failed { address },
        }
    }
}

impl From<&BleEvent<'_>> for OwnedBleEvent {
    fn from(event: &BleEvent<'_>) -> Self {
        match *event {
            BleEvent::Connected { address } => Self::Connected { address },
            BleEvent::Notification { address, profile, value } => {
                Self::Notification { address, profile, value: value.to_vec() }
            }
            BleEvent::BatteryLevel { address, percent } => Self::BatteryLevel { address, percent },
            BleEvent::Disconnected { address } => Self::Disconnected { address },
            BleEvent::Adapter(adapter) => Self::Adapter(adapter),
            BleEvent::Seen { address, name, profiles, rssi_dbm } => {
                Self::Seen { address, name: name.map(str::to_owned), profiles, rssi_dbm }
            }
            BleEvent::Discovered { address, profiles } => Self::Discovered { address, profiles },
            BleEvent::Subscribed { address, profile } => Self::Subscribed { address, profile },
            BleEvent::Failed { address } => Self::Failed { address },
        }
    }
}
