//! Recordings made by other programs and by Sling, read into one shape.
//!
//! A reader turns a file into a [`Recording`]: channels (sensors) and a list of items in the order of time. Readers
//! invent nothing: a blank is no sample, a zero stays a zero for core to judge, a repeat of a held value keeps its
//! event count so that core does not take it for a new sample.

pub mod fit;

use sling_core::head_unit::{Context, Label, Posture};
use sling_core::sensor::{Reading, Site};
use sling_core::time::Instant;

/// A recording, whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// The NIRS sensors in the file, in the order of its columns or definitions.
    pub channels: Vec<Channel>,
    /// What happened, in the order of time.
    pub items: Vec<Timed>,
    /// What the reader had to assume or pass over, in words for the user; each said once.
    pub remarks: Vec<String>,
}

/// One NIRS sensor in a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    /// What the file calls it, for messages.
    pub label: String,
    /// Where it is worn, if the file says so.
    pub site: Option<Site>,
}

/// Something at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// When: the file's own time for Sling CSV, rebased to zero for other formats.
    pub at: Instant,
    /// What.
    pub item: Item,
}

/// What a recording can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A sensor's sample.
    Sample {
        /// Index into [`Recording::channels`].
        channel: u8,
        /// Running number; equal to the previous one when a held value is repeated.
        count: u16,
        /// What was measured, or why not.
        reading: Reading,
    },
    /// Power, cadence and the like.
    Context(Context),
    /// The rider sits or stands.
    Posture(Posture),
    /// The bike's set-up from here on.
    Position(Label),
    /// A moment to find again.
    Marker(Label),
    /// A new lap begins.
    Lap,
}
