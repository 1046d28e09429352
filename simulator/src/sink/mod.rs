//! What is made of a ride: events, frames, logs, reports. Every file appears whole or not at all.

mod collect;
mod csv;
mod digest;
mod events;
mod file;
mod fit;
mod frames;
mod log;
mod pace;
mod report;
mod ride_log;

pub use self::csv::CsvSink;
pub use self::log::LogSink;
pub use collect::{CollectSink, Collected};
pub use digest::DigestSink;
pub(crate) use events::event_fields;
pub use events::{EventsSink, event_json, event_value};
pub use file::{Target, WholeFile};
pub use fit::{FitSink, write_fit};
pub use frames::FramesSink;
pub use pace::PaceSink;
pub use report::ReportSink;
pub(crate) use report::html;
pub use ride_log::RideLogSink;

use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::io;

/// Somebody who watches a ride.
pub trait Sink {
    /// An input is about to be handled.
    fn input(&mut self, _at: Instant, _input: &Input<'_>) -> io::Result<()> {
        Ok(())
    }

    /// The head unit asked for or said something.
    fn output(&mut self, _at: Instant, _output: &Output) -> io::Result<()> {
        Ok(())
    }

    /// An input has been handled and all outputs are drained.
    fn after(&mut self, _at: Instant, _input: &Input<'_>, _unit: &HeadUnit) -> io::Result<()> {
        Ok(())
    }

    /// The ride is over.
    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        Ok(())
    }
}
