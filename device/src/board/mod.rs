//! The boards, which only wire: registers, interrupts, statics. What a head unit does stands in the library.

pub mod mps2_an386;
