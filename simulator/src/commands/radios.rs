//! The state of a radio in words, and what a person can do about it.

use sling_core::link::{Radio, RadioState, Trouble};
use sling_core::sensor::Identity;

/// Both, in the order in which they are told.
pub const BOTH: [Radio; 2] = [Radio::Ant, Radio::Ble];

/// The name that people know.
pub const fn name(radio: Radio) -> &'static str {
    match radio {
        Radio::Ant => "ANT+",
        Radio::Ble => "Bluetooth",
    }
}

/// What a radio is doing.
pub const fn words(radio: Radio, state: RadioState) -> &'static str {
    use Radio::{Ant, Ble};
    match (radio, state) {
        (_, RadioState::Unused) => "not in use",
        (_, RadioState::Starting) => "being made ready",
        (_, RadioState::Ready) => "listening",
        (_, RadioState::NothingHeard) => "listening, and none of your sensors was ever heard",
        (Ant, RadioState::Trouble(trouble)) => match trouble {
            Trouble::NoDevice => "no ANT stick is plugged in",
            Trouble::NoPermission => "there is an ANT stick, and you may not open it",
            Trouble::Busy => "another program uses the ANT stick",
            Trouble::Off => "the ANT stick is switched off",
            Trouble::NoService => "there is no service for the ANT stick",
            Trouble::NoKey => "no ANT+ network key is configured",
            Trouble::KeyRefused => "the ANT stick refuses the network key",
            Trouble::NotAnswering => "the ANT stick does not answer",
        },
        (Ble, RadioState::Trouble(trouble)) => match trouble {
            Trouble::NoDevice => "this machine has no Bluetooth adapter",
            Trouble::NoPermission => "you may not use the Bluetooth adapter",
            Trouble::Busy => "another program uses the Bluetooth adapter",
            Trouble::Off => "the Bluetooth adapter is switched off",
            Trouble::NoService => "the system's Bluetooth service does not run",
            Trouble::NoKey | Trouble::KeyRefused => "there is no key for Bluetooth",
            Trouble::NotAnswering => "the system's Bluetooth service does not answer",
        },
    }
}

/// What helps, where something does.
pub const fn fix(radio: Radio, state: RadioState) -> Option<&'static str> {
    use Radio::{Ant, Ble};
    Some(match (radio, state) {
        (Ant, RadioState::NothingHeard) => {
            "hold a sensor close; a wrong network key sounds the same as no sensor at all"
        }
        (Ble, RadioState::NothingHeard) => {
            "hold a sensor close; a phone that is connected to it keeps it from being heard"
        }
        (Ant, RadioState::Trouble(trouble)) => match trouble {
            Trouble::NoDevice => "plug in an ANT stick, or name its serial line as port under [ant]",
            Trouble::NoPermission => "sling doctor shows the rule that is missing",
            Trouble::Busy => "end the program that has it: a training app, a second sling",
            Trouble::NoKey => "sling doctor says where a person gets one",
            Trouble::KeyRefused => "look at network_key under [ant]",
            Trouble::NotAnswering | Trouble::Off | Trouble::NoService => "pull the stick out and plug it in again",
        },
        (Ble, RadioState::Trouble(trouble)) => match trouble {
            Trouble::NoDevice => "plug in a Bluetooth adapter",
            Trouble::NoPermission => "sling doctor shows what is missing",
            Trouble::Busy => "end the program that has it",
            Trouble::Off => "switch it on: bluetoothctl power on",
            Trouble::NoService | Trouble::NotAnswering => "start it: sudo systemctl restart bluetooth",
            Trouble::NoKey | Trouble::KeyRefused => return None,
        },
        _ => return None,
    })
}

/// The radio of a sensor.
pub const fn of(identity: Identity) -> Option<Radio> {
    match identity {
        Identity::Ant { .. } => Some(Radio::Ant),
        Identity::Ble { .. } => Some(Radio::Ble),
        Identity::Channel(_) => None,
    }
}
