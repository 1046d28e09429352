//! What the stack reports, kept: [`BleEvent`] borrows, and an event has to wait until the head unit has time for it.

use heapless::{String, Vec};
use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleEvent, BleProfile, Profiles};
use trouble_host::config::GATT_CLIENT_NOTIFICATION_MTU;

/// The longest value that is passed on: what one packet of the stack's pool holds, 57 bytes. The longest that is known
/// (Cycling Power Measurement with every field) has 34.
pub const MAX_VALUE: usize = GATT_CLIENT_NOTIFICATION_MTU;

/// The longest local name: what a legacy advertisement of 31 bytes has room for.
pub const MAX_NAME: usize = 29;

/// A [`BleEvent`] with what it borrows.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// As [`BleEvent::Connected`].
    Connected(Address),
    /// As [`BleEvent::Notification`].
    Notification(Address, BleProfile, Vec<u8, MAX_VALUE>),
    /// As [`BleEvent::BatteryLevel`].
    BatteryLevel(Address, u8),
    /// As [`BleEvent::Disconnected`].
    Disconnected(Address),
    /// As [`BleEvent::Adapter`].
    Adapter(Result<(), Trouble>),
    /// As [`BleEvent::Seen`].
    Seen(Seen),
    /// As [`BleEvent::Discovered`].
    Discovered(Address, Profiles),
    /// As [`BleEvent::Subscribed`].
    Subscribed(Address, BleProfile),
    /// As [`BleEvent::Failed`].
    Failed(Address),
}

/// A peer that advertises.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Which peer.
    pub address: Address,
    /// Its local name, if this advertisement has one; what is not whole UTF-8 is none.
    pub name: Option<String<MAX_NAME>>,
    /// The known services that it has advertised so far.
    pub profiles: Profiles,
    /// How well it is heard, in dBm.
    pub rssi_dbm: Option<i8>,
}

impl Report {
    /// What to tell the head unit.
    pub fn event(&self) -> BleEvent<'_> {
        match self {
            &Self::Connected(address) => BleEvent::Connected { address },
            Self::Notification(address, profile, value) => {
                BleEvent::Notification { address: *address, profile: *profile, value }
            }
            &Self::BatteryLevel(address, percent) => BleEvent::BatteryLevel { address, percent },
            &Self::Disconnected(address) => BleEvent::Disconnected { address },
            &Self::Adapter(state) => BleEvent::Adapter(state),
            Self::Seen(Seen { address, name, profiles, rssi_dbm }) => {
                BleEvent::Seen { address: *address, name: name.as_deref(), profiles: *profiles, rssi_dbm: *rssi_dbm }
            }
            &Self::Discovered(address, profiles) => BleEvent::Discovered { address, profiles },
            &Self::Subscribed(address, profile) => BleEvent::Subscribed { address, profile },
            &Self::Failed(address) => BleEvent::Failed { address },
        }
    }
}
