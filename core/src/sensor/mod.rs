//! Sensors as the rider knows them: where each is worn and what it last said.

mod reading;
mod site;

pub use reading::{Identity, Reading, Reason, Sample, Value};
pub use site::{Muscle, Side, Site, SiteError};
