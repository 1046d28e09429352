//! Plays inputs into a head unit and shows everything that happens to those who want to know.

use crate::sink::Sink;
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::io;

/// A head unit with its audience.
pub struct Player {
    unit: Box<HeadUnit>,
    sinks: Vec<Box<dyn Sink>>,
    ticks: Ticks,
}

/// Who makes time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticks {
    /// The player: a tick at every deadline of the head unit, as firmware would.
    Deadlines,
    /// The inputs themselves: a log holds the ticks of its ride.
    InInputs,
}

impl Player {
    /// A fresh head unit.
    pub fn new(sinks: Vec<Box<dyn Sink>>, ticks: Ticks) -> Self {
        Self { unit: Box::new(HeadUnit::new()), sinks, ticks }
    }

    /// Plays one input at `at`, after the deadlines that are due by then.
    pub fn play(&mut self, input: &Input<'_>, at: Instant) -> io::Result<()> {
        self.pass_time(at)?;
        self.step(input, at)
    }

    /// Lets time pass up to `until`: every deadline that is due by then, that of `until` itself included.
    pub fn pass_time(&mut self, until: Instant) -> io::Result<()> {
        while let Some(due) = self.unit.next_deadline().filter(|&due| self.ticks == Ticks::Deadlines && due <= until) {
            self.step(&Input::Tick, due)?;
        }
        Ok(())
    }

    fn step(&mut self, input: &Input<'_>, at: Instant) -> io::Result<()> {
        for sink in &mut self.sinks {
            sink.input(at, input)?;
        }
        self.unit.handle(input, at);
        while let Some(output) = self.unit.poll_output() {
            for sink in &mut self.sinks {
                sink.output(at, &output)?;
            }
        }
        for sink in &mut self.sinks {
            sink.after(at, input, &self.unit)?;
        }
        Ok(())
    }

    /// The head unit as it is now.
    pub fn unit(&self) -> &HeadUnit {
        &self.unit
    }

    /// Ends the ride: files are completed and take their names.
    pub fn finish(mut self) -> io::Result<Box<HeadUnit>> {
        for sink in &mut self.sinks {
            sink.finish(&self.unit)?;
        }
        Ok(self.unit)
    }
}
