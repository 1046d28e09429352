//! Sensors as the rider knows them: where each is worn and what it last said.

mod contact;
mod kind;
mod reading;
mod site;
mod track;

pub use contact::Contact;
pub use kind::{Sensor, SensorKind};
pub use reading::{Identity, Reading, Reason, Sample, Value};
pub use site::{Muscle, Side, Site, SiteError};
pub use track::{BLE_LOST_AFTER, NO_DATA_AFTER, STALE_AFTER, Status, Track};
