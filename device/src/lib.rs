//! What a head unit's firmware does apart from the hardware. It is built and tested on a desktop as well.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "ble")]
pub mod ble;
pub mod body;
pub mod driver;
pub mod journal;
pub mod ride;
pub mod settings;
