//! What crosses crates: the arrows between them, whole rides, golden screens, the emulated board, and peers.
//!
//! The tests stand in `tests/`. This library holds what those of them share that look at the screen. Whether a rider can
//! read it: [`panel`] says how large a pixel is, [`picture`] finds what is inked on a frame, [`moments`] are what is shown,
//! and [`glance`] looks at it for half a second. Whether it is what it was: [`states`] are rides to look at ([`heard`] what
//! radios hear on some), [`screens`] every page in them, and [`image`] keeps pictures in files.

pub mod glance;
pub mod heard;
pub mod image;
pub mod moments;
pub mod panel;
pub mod picture;
pub mod screens;
pub mod states;
