//! From samples to what a rider can act on. Every filter here states its delay.

pub mod baseline;
pub mod despike;
pub mod efforts;
pub mod exchange;
pub mod expectation;
pub mod history;
pub mod load;
pub mod noise;
pub mod range;
pub mod shared;
pub mod shift;
pub mod trend;
pub mod usual;

#[cfg(test)]
pub(crate) mod testing;
