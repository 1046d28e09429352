//! The ride log of a ride, as a head unit keeps it in its flash.

use super::{Sink, Target};
use sling_core::log::ride::{self, Recorder};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::io::{self, Write};

/// Writes the blocks of a ride as they are done.
pub(super) struct Blocks<W> {
    pub(super) out: W,
    recorder: Recorder,
    now: Instant,
}

impl<W: Write> Blocks<W> {
    /// Of ride 1.
    pub(super) const fn new(out: W) -> Self {
        Self { out, recorder: Recorder::new(1, 0), now: Instant::ZERO }
    }

    /// The ride that is recorded.
    pub(super) const fn ride(&self) -> u16 {
        self.recorder.ride()
    }

    /// Lets the recorder do something, and writes what blocks come of it.
    fn record(&mut self, work: impl FnOnce(&mut Recorder, &mut ride::Store<'_>)) -> io::Result<()> {
        let (out, mut written) = (&mut self.out, Ok(()));
        work(&mut self.recorder, &mut |block| {
            if written.is_ok() {
                written = out.write_all(block.bytes);
            }
        });
        written
    }
}

impl<W: Write> Sink for Blocks<W> {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        self.now = at;
        self.record(|recorder, store| recorder.input(at, input, store))
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        self.record(|recorder, store| recorder.output(at, output, store))
    }

    fn after(&mut self, at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        self.record(|recorder, store| recorder.after(at, unit, store))
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        let now = self.now;
        self.record(|recorder, store| recorder.finish(now, store))
    }
}

/// Writes the ride log into a file.
pub struct RideLogSink(Blocks<Target>);

impl RideLogSink {
    /// Begins a file.
    pub fn new(file: impl Into<Target>) -> io::Result<Self> {
        let mut file = file.into();
        file.write_all(&ride::header())?;
        Ok(Self(Blocks::new(file)))
    }
}

impl Sink for RideLogSink {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        self.0.input(at, input)
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        self.0.output(at, output)
    }

    fn after(&mut self, at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        self.0.after(at, input, unit)
    }

    fn finish(&mut self, unit: &HeadUnit) -> io::Result<()> {
        self.0.finish(unit)?;
        self.0.out.keep()
    }
}
