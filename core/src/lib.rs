//! Sling's brain: muscle oxygen in, pixels and cues out, the same on every body.
//!
//! No `std`, no allocation, no clock, no unsafe code, and no panic that an input can reach. Time is an argument.
//! The way in is [`HeadUnit`].
#![no_std]
#![forbid(unsafe_code)]

pub mod time;
pub mod units;
pub mod wire;

pub mod digest;
mod math;

pub mod alert;
pub mod config;
pub mod draw;
pub mod field;
pub mod head_unit;
pub mod input;
pub mod language;
pub mod link;
pub mod log;
pub mod pattern;
pub mod sensor;
pub mod service;
pub mod session;
pub mod signal;
pub mod ui;

pub use head_unit::{HeadUnit, Input, Output};
