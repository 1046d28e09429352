//! A ride as a FIT activity file.

use super::{Sink, Target};
use sling_core::log::fit::{self, FitError};
use sling_core::log::ride::{self, Entry, Life, Piece, Pieces, Recorder};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::io::{self, Write};

/// Keeps the ride log of a ride, and makes a FIT file of it when the ride is over.
pub struct FitSink {
    file: Target,
    recorder: Recorder,
    blocks: Vec<u8>,
    now: Instant,
}

impl FitSink {
    /// Into `file`.
    pub fn new(file: impl Into<Target>) -> Self {
        Self { file: file.into(), recorder: Recorder::new(1, 0), blocks: Vec::new(), now: Instant::ZERO }
    }

    fn record(&mut self, work: impl FnOnce(&mut Recorder, &mut ride::Store<'_>)) {
        let blocks = &mut self.blocks;
        work(&mut self.recorder, &mut |block| blocks.extend_from_slice(block.bytes));
    }
}

impl Sink for FitSink {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        self.now = at;
        self.record(|recorder, store| recorder.input(at, input, store));
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        self.record(|recorder, store| recorder.output(at, output, store));
        Ok(())
    }

    fn after(&mut self, at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        self.record(|recorder, store| recorder.after(at, unit, store));
        Ok(())
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        let now = self.now;
        self.record(|recorder, store| recorder.finish(now, Life::Ended, store));
        let blocks = &self.blocks;
        let entries = || {
            Pieces::new(blocks).flat_map(|piece| match piece {
                Piece::Block(block) => Some(block.entries()).into_iter().flatten(),
                Piece::Damage(_) => None.into_iter().flatten(),
            })
        };
        write_fit(entries, &mut self.file)
    }
}

/// Writes the ride that `entries` tell into `file`, whole.
pub fn write_fit<I: Iterator<Item = (Instant, Entry)>>(entries: impl Fn() -> I, file: &mut Target) -> io::Result<()> {
    let written = fit::write(entries, &mut |bytes: &[u8]| file.write_all(bytes));
    match written {
        Ok(()) => file.keep(),
        Err(FitError::Put(error)) => Err(error),
        Err(error) => Err(io::Error::other(format!("cannot write {}: {error}", file.name()))),
    }
}
