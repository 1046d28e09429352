//! `sling replay`: a recording or a log through the same core.

use super::outputs::{Look, Outputs, time_argument};
use crate::error::CommandError;
use crate::formats::{Options, parse_site};
use crate::ride::Ride;
use clap::Args;
use sling_core::sensor::Site;
use sling_core::time::Instant;
use std::path::PathBuf;

/// Play a recording, or an input log of ours, through the head unit.
///
/// Reads Sling CSV, ride logs, FIT, the Moxy on-board layout (csv and xlsx), PerfPRO xlsx, VO2 Master (csv and xlsx)
/// and Train.Red csv; what a file is, is told from its content. Events go to standard output unless another output is
/// asked for.
#[derive(Debug, Args)]
pub struct Replay {
    /// The recording or log; `-` reads a recording from standard input
    file: PathBuf,
    /// Where the sensors are worn, in the order of the file, such as mg.right,vl.right; `-` passes one over
    #[arg(long, value_delimiter = ',', value_parser = parse_site, allow_hyphen_values = true, value_name = "SITES")]
    sites: Vec<Option<Site>>,
    /// Stop at this time of the file: 20 min, 1:12:33, or seconds
    #[arg(long, value_name = "T", value_parser = time_argument)]
    until: Option<Instant>,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    outputs: Outputs,
}

impl Replay {
    pub(super) fn run(mut self) -> Result<(), CommandError> {
        self.outputs.events_by_default();
        let ride = Ride::open(&self.file, &Options { sites: self.sites })?;
        self.outputs.play(ride, &self.look, self.until, Vec::new())?;
        Ok(())
    }
}
