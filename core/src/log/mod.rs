//! What is kept of a ride, in two formats: the input log, which replays it to the byte, and the ride log, which a head unit
//! keeps in its flash and other programs' files are made of.

pub mod fit;
mod inputs;
pub mod ride;

pub use inputs::*;
