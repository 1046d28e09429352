//! [`BleEvent`] with its own name and bytes, to cross threads and to wait in a queue.

use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleEvent, BleProfile, Profiles};

/// A [`BleEvent`] that borrows nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnedBleEvent {
    /// [`BleEvent::Connected`].
    Connected {
        /// Which peer.
        address: Address,
    },
    /// [`BleEvent::Notification`].
    Notification {
        /// Which peer.
        address: Address,
        /// Which profile's data characteristic it came from.
        profile: BleProfile,
        /// The value's bytes.
        value: Vec<u8>,
    },
    /// [`BleEvent::BatteryLevel`].
    BatteryLevel {
        /// Which peer.
        address: Address,
        /// Charge, 0 to 100 %.
        percent: u8,
    },
    /// [`BleEvent::Disconnected`].
    Disconnected {
        /// Which peer.
        address: Address,
    },
    /// [`BleEvent::Adapter`].
    Adapter(Result<(), Trouble>),
    /// [`BleEvent::Seen`].
    Seen {
        /// Which peer.
        address: Address,
        /// Its local name, if it sends one.
        name: Option<String>,
        /// The known services among those that it advertises.
        profiles: Profiles,
        /// How well it is heard, in dBm.
        rssi_dbm: Option<i8>,
    },
    /// [`BleEvent::Discovered`].
    Discovered {
        /// Which peer.
        address: Address,
        /// The data characteristics that it has.
        profiles: Profiles,
    },
    /// [`BleEvent::Subscribed`].
    Subscribed {
        /// Which peer.
        address: Address,
        /// Which profile's.
        profile: BleProfile,
    },
    /// [`BleEvent::Failed`].
    Failed {
        /// Which peer.
        address: Address,
    },
}

impl OwnedBleEvent {
    /// The event as core takes it.
    pub fn as_event(&self) -> BleEvent<'_> {
        match *self {
            Self::Connected { address } => BleEvent::Connected { address },
            Self::Notification { address, profile, ref value } => BleEvent::Notification { address, profile, value },
            Self::BatteryLevel { address, percent } => BleEvent::BatteryLevel { address, percent },
            Self::Disconnected { address } => BleEvent::Disconnected { address },
            Self::Adapter(state) => BleEvent::Adapter(state),
            Self::Seen { address, ref name, profiles, rssi_dbm } => {
                BleEvent::Seen { address, name: name.as_deref(), profiles, rssi_dbm }
            }
            Self::Discovered { address, profiles } => BleEvent::Discovered { address, profiles },
            Self::Subscribed { address, profile } => BleEvent::Subscribed { address, profile },
            Self::Failed { address } => BleEvent::Failed { address },
        }
    }

    /// Which peer it is about; `None` for the adapter.
    pub const fn address(&self) -> Option<Address> {
        match *self {
            Self::Connected { address }
            | Self::Notification { address, .. }
            | Self::BatteryLevel { address, .. }
            | Self::Disconnected { address }
            | Self::Seen { address, .. }
            | Self::Discovered { address, .. }
            | Self::Subscribed { address, .. }
            | Self::Failed { address } => Some(address),
            Self::Adapter(_) => None,
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
            BleEvent::Adapter(state) => Self::Adapter(state),
            BleEvent::Seen { address, name, profiles, rssi_dbm } => {
                Self::Seen { address, name: name.map(str::to_owned), profiles, rssi_dbm }
            }
            BleEvent::Discovered { address, profiles } => Self::Discovered { address, profiles },
            BleEvent::Subscribed { address, profile } => Self::Subscribed { address, profile },
            BleEvent::Failed { address } => Self::Failed { address },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_comes_back_as_it_went_in() {
        let address = [1, 2, 3, 4, 5, 6];
        let profile = BleProfile::TrainRed;
        let profiles = Profiles::NONE.with(profile).with(BleProfile::HeartRate);
        for event in [
            BleEvent::Connected { address },
            BleEvent::Notification { address, profile, value: &[7, 8, 9] },
            BleEvent::BatteryLevel { address, percent: 42 },
            BleEvent::Disconnected { address },
            BleEvent::Adapter(Ok(())),
            BleEvent::Adapter(Err(Trouble::Off)),
            BleEvent::Seen { address, name: Some("Moxy5 1234"), profiles, rssi_dbm: Some(-60) },
            BleEvent::Seen { address, name: None, profiles: Profiles::NONE, rssi_dbm: None },
            BleEvent::Discovered { address, profiles },
            BleEvent::Subscribed { address, profile },
            BleEvent::Failed { address },
        ] {
            let owned = OwnedBleEvent::from(&event);
            assert_eq!(owned.as_event(), event);
            assert_eq!(owned.address(), Some(address).filter(|_| !matches!(event, BleEvent::Adapter(_))));
        }
    }
}
