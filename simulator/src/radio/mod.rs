//! The desktop's radios: what the machine's own hardware hears, brought to core's sessions ([`sling_core::link`]).
//!
//! A radio here decides nothing. It does what a session asks, says what happened, and says why it cannot be used when it
//! cannot. Each has a thread of its own, so nothing that a driver or a system service does can hold up the ride.

pub mod ant;
pub mod ble;
mod ble_event;

pub use ble_event::OwnedBleEvent;
