//! The input log of a ride, to replay it.

use super::{Sink, WholeFile};
use sling_core::log::{self, MAX_RECORD, Writer};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::io::{self, Write};

/// Writes every input.
pub struct LogSink {
    file: WholeFile,
    writer: Writer,
}

impl LogSink {
    /// Begins a log.
    pub fn new(mut file: WholeFile) -> io::Result<Self> {
        file.write_all(&log::header())?;
        Ok(Self { file, writer: Writer::new() })
    }
}

impl Sink for LogSink {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        let mut buffer = [0; MAX_RECORD + 4];
        let n = self.writer.encode(at, input, &mut buffer).map_err(io::Error::other)?;
        self.file.write_all(&buffer[..n])
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        self.file.keep()
    }
}
