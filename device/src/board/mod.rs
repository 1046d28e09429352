//! The boards: a module each, which owns everything that is the board's own.

pub mod mps2_an386;
