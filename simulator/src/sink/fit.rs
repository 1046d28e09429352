//! A ride as a FIT activity file.

use super::ride_log::Blocks;
use super::{Sink, Target};
use sling_core::log::fit::{self, FitError};
use sling_core::log::ride::{Entry, Piece, Pieces};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::io::{self, Write};

/// Keeps the ride log of a ride, and makes a FIT file of it when the ride is over; of the newest, if there was more than one.
pub struct FitSink {
    file: Target,
    blocks: Blocks<Vec<u8>>,
}

impl FitSink {
    /// Into `file`.
    pub fn new(file: impl Into<Target>) -> Self {
        Self { file: file.into(), blocks: Blocks::new(Vec::new()) }
    }
}

impl Sink for FitSink {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        self.blocks.input(at, input)
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        self.blocks.output(at, output)
    }

    fn after(&mut self, at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        self.blocks.after(at, input, unit)
    }

    fn finish(&mut self, unit: &HeadUnit) -> io::Result<()> {
        self.blocks.finish(unit)?;
        let (blocks, newest) = (&self.blocks.out, self.blocks.ride());
        let entries = || {
            Pieces::new(blocks).flat_map(|piece| match piece {
                Piece::Block(block) if block.ride == newest => Some(block.entries()).into_iter().flatten(),
                Piece::Block(_) | Piece::Damage(_) => None.into_iter().flatten(),
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
