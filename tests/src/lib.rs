//! What crosses crates: the arrows between them, whole rides, golden screens, the emulated board, and peers.
//!
//! The tests stand in `tests/`; this library holds nothing.
