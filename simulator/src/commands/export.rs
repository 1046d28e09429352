//! `sling export`: a ride log becomes a file that other programs open.

use super::outputs::play;
use crate::error::CommandError;
use crate::formats::{self, FormatError, StoredRide};
use crate::ride::Ride;
use crate::sink::{CsvSink, FitSink, Sink, Target, write_fit};
use crate::talk::tell;
use clap::{Args, ValueEnum};
use sling_core::head_unit::Config;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Make FIT or CSV of a ride log.
///
/// LOG is the ride log of a head unit, or an input log, which is played through the same core. FIT opens in the programs that
/// riders use, with alerts as events and every muscle as a developer field; CSV is Sling's own plain format, which
/// `sling replay` reads. What is damaged in a ride log is left out and said.
#[derive(Debug, Args)]
pub struct Export {
    /// The ride log or input log
    log: PathBuf,
    /// What to make of it
    #[arg(long, value_enum)]
    to: Format,
    /// Which ride, if the log holds several
    #[arg(long, value_name = "N")]
    ride: Option<u16>,
    /// Where to; `-` is standard output
    #[arg(short, long, value_name = "PATH|-", default_value = "-")]
    output: PathBuf,
}

/// What can be made of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A FIT activity file
    Fit,
    /// Sling CSV
    Csv,
}

impl Export {
    pub(super) fn run(self) -> Result<(), CommandError> {
        if self.to == Format::Fit && self.output == Path::new("-") && io::stdout().is_terminal() {
            return Err(CommandError::Usage("FIT is no text for a terminal: name a file with --output".into()));
        }
        if fs::canonicalize(&self.log)
            .ok()
            .zip(fs::canonicalize(&self.output).ok())
            .is_some_and(|(log, out)| log == out)
        {
            return Err(CommandError::Usage(format!("{}: the log itself would be replaced", self.output.display())));
        }
        let stored = self.stored()?;
        let ride = match &stored {
            Some(stored) => Ride::recorded(self.log.display().to_string(), stored.recording()),
            None => Ride::open(&self.log, &formats::Options::default())?,
        };
        let mut target = Target::open(&self.output)?;
        let sink: Box<dyn Sink> = match (self.to, &stored) {
            (Format::Fit, Some(stored)) => return Ok(write_fit(|| stored.entries.iter().cloned(), &mut target)?),
            (Format::Fit, None) => Box::new(FitSink::new(target)),
            (Format::Csv, _) => Box::new(CsvSink::new(target)),
        };
        self.tell(&ride.remarks);
        play(ride, &Config::DEFAULT, None, None, vec![sink])?.finish()?;
        Ok(())
    }

    /// The ride, if the file is a ride log.
    fn stored(&self) -> Result<Option<StoredRide>, CommandError> {
        let Some(log) = formats::open_ride_log(&self.log)? else {
            return match self.ride {
                None => Ok(None),
                Some(_) => {
                    let file = self.log.display();
                    Err(CommandError::Usage(format!("{file} is an input log of one ride: leave --ride away")))
                }
            };
        };
        self.tell(&log.remarks);
        let in_file = |error| FormatError::In { file: self.log.display().to_string(), error: Box::new(error) };
        Ok(Some(log.ride(self.ride).cloned().map_err(in_file)?))
    }

    fn tell(&self, remarks: &[String]) {
        for remark in remarks {
            tell(format_args!("sling: {}: {remark}", self.log.display()));
        }
    }
}
