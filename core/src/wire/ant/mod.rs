//! ANT: the serial protocol of sticks and modules, and the ANT+ data pages.

pub mod frame;
pub mod message;
