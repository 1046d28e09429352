//! From samples to what a rider can act on. Every filter here states its delay.

pub mod despike;
pub mod efforts;
pub mod exchange;
pub mod history;
pub mod load;
pub mod range;
pub mod trend;
pub mod usual;
