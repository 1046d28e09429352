//! The one door: inputs in, outputs out, and the next time something is due.

mod config;
mod input;
mod output;

pub use config::{Assignment, Config, Gains, MAX_SITES, State, Theme};
pub use input::{BleEvent, BleProfile, Button, Context, Input, Label, Posture, Press, StorageResult};
pub use output::{Cue, CueRequest, DisarmReason, Event, Level, Output, PatternKind, SensorChange};
