//! What crosses crates: the arrows between them, whole rides, golden screens, the emulated board, and peers.
//!
//! The tests stand in `tests/`. This library holds what those of them share that ask whether a rider can read the screen:
//! [`panel`] says how large a pixel is, [`picture`] finds what is inked on a frame, [`moments`] are what is shown, and
//! [`glance`] looks at it for half a second.

pub mod glance;
pub mod moments;
pub mod panel;
pub mod picture;
