//! Rides written as files that other programs open.

pub mod fit;
