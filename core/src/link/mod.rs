//! Sessions with radios, sans IO: what to send to a stick or ask of a Bluetooth central so that every wanted sensor is
//! heard, and heard again after a loss, without the rider's doing.
//!
//! [`ant::AntHost`] speaks to an ANT stick over any transport of bytes. [`ble::BleCentral`] drives an abstract GATT
//! client. Both take events with their time, hand out commands to be drained, and name the time at which they want to
//! be called again. Neither has a clock, neither panics whatever the other side says, and both go on for ever: a
//! sensor that is away is looked for until it is back.
//!
//! **How often.** In scanning mode every sensor in the air is heard, so there is nothing to retry. Elsewhere the gap
//! between two tries is at most 4 s in the first five minutes of a loss and grows to 60 s later ([`Retry`]): a
//! rider who rode out of range is found at once, a sensor that lies at home does not eat the radio.
//!
//! Glossary: *port* the way to a stick (USB, UART); *channel* one of a stick's listeners; *scanning mode* one channel
//! that hears every sensor; *central* the side of a Bluetooth link that connects; *peer* the sensor at the other end.

pub mod ant;
pub mod ble;
mod retry;

pub use retry::Retry;

use crate::language::Say;
use serde::{Deserialize, Serialize};

/// The two radios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Radio {
    /// ANT+.
    Ant,
    /// Bluetooth LE.
    Ble,
}

impl Radio {
    /// The name in events and files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ant => "ant",
            Self::Ble => "ble",
        }
    }
}

/// Why a radio cannot be used. Each is shown to the rider and ends by itself when its cause is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Trouble {
    /// No stick, no adapter.
    NoDevice,
    /// It is there and may not be used.
    NoPermission,
    /// Another program holds it.
    Busy,
    /// The adapter is switched off.
    Off,
    /// The system's Bluetooth service does not run.
    NoService,
    /// No ANT+ network key is configured.
    NoKey,
    /// The stick refused the ANT+ network key.
    KeyRefused,
    /// It is there and does not answer.
    NotAnswering,
}

impl Trouble {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoDevice => "no_device",
            Self::NoPermission => "no_permission",
            Self::Busy => "busy",
            Self::Off => "off",
            Self::NoService => "no_service",
            Self::NoKey => "no_key",
            Self::KeyRefused => "key_refused",
            Self::NotAnswering => "not_answering",
        }
    }
}

/// What a radio is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RadioState {
    /// Nobody has said a word about it: recordings, hosts that own the radio.
    Unused,
    /// Being made ready.
    Starting,
    /// Listening.
    Ready,
    /// Listening, sensors are wanted, and not one was ever heard since it is: they are all away, or the network key is
    /// the wrong one, which a stick cannot tell.
    NothingHeard,
    /// It cannot be used.
    Trouble(Trouble),
}

impl RadioState {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::NothingHeard => "nothing_heard",
            Self::Trouble(trouble) => trouble.code(),
        }
    }

    /// Words for the rider, where a radio keeps wanted sensors from being heard.
    pub const fn say(self, radio: Radio) -> Say {
        match (radio, self) {
            (Radio::Ant, Self::Trouble(Trouble::NoDevice | Trouble::Off)) => Say::NoStick,
            (Radio::Ant, Self::Trouble(Trouble::NoPermission)) => Say::AntLocked,
            (Radio::Ant, Self::Trouble(Trouble::Busy)) => Say::AntBusy,
            (Radio::Ant, Self::Trouble(Trouble::NoKey)) => Say::NoAntKey,
            (Radio::Ant, Self::Trouble(Trouble::KeyRefused)) => Say::BadAntKey,
            (Radio::Ant, Self::Trouble(Trouble::NotAnswering | Trouble::NoService)) => Say::AntHangs,
            (Radio::Ant, Self::NothingHeard) => Say::AntSilent,
            (Radio::Ant, Self::Unused | Self::Starting | Self::Ready) => Say::Ant,
            (Radio::Ble, Self::Trouble(Trouble::Off)) => Say::BleOff,
            (Radio::Ble, Self::Trouble(Trouble::NoPermission)) => Say::BleLocked,
            (Radio::Ble, Self::Trouble(Trouble::NotAnswering)) => Say::BleHangs,
            (Radio::Ble, Self::Trouble(_)) => Say::NoBle,
            (Radio::Ble, Self::NothingHeard) => Say::BleSilent,
            (Radio::Ble, Self::Unused | Self::Starting | Self::Ready) => Say::Ble,
        }
    }
}
