//! The ride report: one HTML page for the rider and the fitter, made while a ride is played.
//!
//! The page needs nothing but itself: no script, no network (its own content policy forbids both), charts as inline
//! SVG, style inline. The same ride gives the same bytes. Its size is bounded whatever the ride's length: charts are
//! binned into columns, tables end after [`tables::MOST_ROWS`] rows and say how much they leave out. A gap is never
//! bridged: a column in which any second lacks a value is joined to neither neighbour.
//!
//! The charts are written by hand rather than by a plotting crate: this page needs colours that follow the reader's
//! light, dark or printed scheme, hatched gaps with their reasons, a second layout for phones, and one accessible name a
//! chart. Those are most of the code either way.
//!
//! Units: seconds of ride time, percent and points of SmO2, watts, rpm. Glossary: a *column* is the seconds that
//! share one horizontal place; a *lane* is the strip under a chart that says why there is no value; a *stretch* is a
//! lap or a position.

mod chart;
mod columns;
pub(crate) mod html;
mod page;
mod ride;
mod summary;
mod tables;
mod words;

#[cfg(test)]
mod tests;

use super::{Sink, WholeFile};
use ride::Ride;
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::io::{self, Write};

/// What the page says about itself, as given.
#[derive(Clone, Debug)]
struct About {
    title: String,
    source: String,
    command: String,
    sensor_numbers: bool,
}

/// Watches a ride and writes its report at the end.
pub struct ReportSink {
    file: WholeFile,
    about: About,
    ride: Ride,
}

impl ReportSink {
    /// A report into `file`. `title` heads the page, `source` names the file or the scenario, `command` is the line
    /// that makes the report again. All three are shown as they are, so they may hold what the reader should not see.
    pub fn new(file: WholeFile, title: String, source: String, command: String) -> Self {
        Self { file, about: About { title, source, command, sensor_numbers: false }, ride: Ride::default() }
    }

    /// Names the sensors by their radio numbers, which are left out otherwise: they tell whose sensors these are.
    pub fn with_sensor_numbers(mut self) -> Self {
        self.about.sensor_numbers = true;
        self
    }
}

impl Sink for ReportSink {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        if let Output::Event(event) = output {
            self.ride.event(at, event);
        }
        Ok(())
    }

    /// Any input may end a second: one that comes when a second is due leaves nothing for a tick to do.
    fn after(&mut self, _at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        self.ride.look(unit);
        Ok(())
    }

    fn finish(&mut self, unit: &HeadUnit) -> io::Result<()> {
        self.ride.end(unit);
        self.file.write_all(page::page(&self.about, &self.ride).as_bytes())?;
        self.file.keep()
    }
}
