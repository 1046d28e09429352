//! A ride as a FIT activity file.

use super::{Sink, WholeFile};
use crate::export::fit::{self, WriteError};
use sling_core::head_unit::Assignment;
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::io;

/// When a ride began whose wall time nobody told: 2020-01-01 00:00 UTC, which no reader takes for today.
const UNKNOWN_START_UNIX_S: u64 = 1_577_836_800;

/// Collects what a FIT file holds and writes it when the ride is over.
pub struct FitSink {
    file: WholeFile,
    inputs: Vec<(Instant, Input<'static>)>,
    roster: Vec<Assignment>,
    /// Wall time and the ride's own time at one moment.
    wall: Option<(Instant, u64)>,
}

impl FitSink {
    /// Into `file`.
    pub const fn new(file: WholeFile) -> Self {
        Self { file, inputs: Vec::new(), roster: Vec::new(), wall: None }
    }

    fn start_unix_s(&self) -> u64 {
        let first = self.inputs.first().map_or(Instant::ZERO, |(at, _)| *at);
        self.wall.map_or(UNKNOWN_START_UNIX_S, |(at, unix_s)| unix_s.saturating_sub(u64::from(at.since(first).as_s())))
    }
}

impl Sink for FitSink {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        let kept = match input {
            Input::Sample(sample) => Input::Sample(*sample),
            Input::Context(context) => Input::Context(*context),
            Input::Lap => Input::Lap,
            Input::Button(button, press) => Input::Button(*button, *press),
            Input::Touch(touch) => Input::Touch(*touch),
            Input::Configure(config) => {
                self.roster = config.roster.to_vec();
                return Ok(());
            }
            Input::WallTime { unix_s, .. } => {
                self.wall = self.wall.or(Some((at, *unix_s)));
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.inputs.push((at, kept));
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        match output {
            Output::Sample(sample) => self.input(at, &Input::Sample(*sample)),
            Output::Context(context) => self.input(at, &Input::Context(*context)),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        let start = self.start_unix_s();
        let inputs = std::mem::take(&mut self.inputs);
        fit::write(inputs, &self.roster, start, &mut self.file).map_err(|error| match error {
            WriteError::Io(error) => error,
            error => io::Error::other(format!("cannot write {}: {error}", self.file.path().display())),
        })?;
        self.file.keep()
    }
}
