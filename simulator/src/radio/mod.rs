//! Real radios on the desktop. They bring bytes and troubles, nothing more: what to send and what it means is core's.

pub mod ant;
