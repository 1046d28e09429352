//! Sensors as the rider knows them: where each is worn and what it last said.

mod belief;
mod charge;
mod contact;
mod jitter;
mod kind;
mod neighbours;
mod reading;
mod reception;
mod site;
mod track;
mod twins;

/// The most sites that are carried at once.
pub const MAX_SITES: usize = 8;

pub use charge::Charge;
pub use contact::Contact;
pub use kind::{Sensor, SensorKind};
pub use neighbours::{MAX_NEIGHBOURS, Neighbour, Neighbours};
pub use reading::{Identity, Reading, Reason, Sample, Value};
pub use reception::Reception;
pub use site::{Muscle, Side, Site, SiteError};
pub use track::{BLE_LOST_AFTER, NO_DATA_AFTER, STALE_AFTER, Status, Track};
pub use twins::Twins;
