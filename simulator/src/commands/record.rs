//! `sling record`: a session on the bench becomes a scenario.

use super::bench::Bench;
use crate::error::CommandError;
use clap::Args;
use std::path::PathBuf;

/// The bench, which keeps what is done on it as a scenario.
///
/// The file is written whenever something is done or an alert or notice comes, and once more at the end, as a whole. It
/// expects what came, so that it is a test: `sling run` of it passes. The flags are those of `sling bench`.
#[derive(Debug, Args)]
#[command(about, long_about)]
pub struct Record {
    /// The scenario to write
    #[arg(short, long, value_name = "SCENARIO.toml")]
    output: PathBuf,
    /// Replace a file that is no recorded session
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    bench: Bench,
}

impl Record {
    pub(super) fn run(self) -> Result<(), CommandError> {
        self.bench.record(&self.output, self.force)
    }
}
