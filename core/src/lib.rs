//! Sling's brain: muscle oxygen in, pixels and cues out, the same on every body.
//!
//! No `std`, no allocation, no clock, no unsafe code, and no panic that an input can reach. Time is an argument.
//! The way in is [`HeadUnit`].
#![no_std]
#![forbid(unsafe_code)]

pub mod head_unit;
pub mod sensor;
pub mod time;
pub mod ui;
pub mod units;
pub mod wire;

pub use head_unit::Input;
