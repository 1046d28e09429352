//! The input log of a ride, to replay it; and the capture, which is an input log of what came by radio and no more.

use super::{Sink, WholeFile};
use sling_core::log::{self, MAX_RECORD, Writer};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::io::{self, Write};

/// Writes every input, or those of the radios.
pub struct LogSink {
    file: WholeFile,
    writer: Writer,
    takes: fn(&Input<'_>) -> bool,
}

impl LogSink {
    /// Begins a log.
    pub fn new(file: WholeFile) -> io::Result<Self> {
        Self::begin(file, |_| true)
    }

    /// Begins a capture: settings, what the radios said, and time.
    pub fn capture(file: WholeFile) -> io::Result<Self> {
        Self::begin(file, |input| {
            matches!(
                input,
                Input::Configure(_)
                    | Input::PowerOn
                    | Input::Tick
                    | Input::AntPort(_)
                    | Input::AntBytes(_)
                    | Input::Ble(_)
                    | Input::Search(_)
            )
        })
    }

    fn begin(mut file: WholeFile, takes: fn(&Input<'_>) -> bool) -> io::Result<Self> {
        file.write_all(&log::header())?;
        Ok(Self { file, writer: Writer::new(), takes })
    }
}

impl Sink for LogSink {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        if !(self.takes)(input) {
            return Ok(());
        }
        let mut buffer = [0; MAX_RECORD + 4];
        let n = self.writer.encode(at, input, &mut buffer).map_err(io::Error::other)?;
        self.file.write_all(&buffer[..n])?;
        // A ride that ends without notice loses a second of its log.
        if matches!(input, Input::Tick) { self.file.flush() } else { Ok(()) }
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        self.file.keep()
    }
}
