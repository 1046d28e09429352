//! `sling record`: a session on the bench becomes a scenario.

use super::bench::Bench;
use crate::error::CommandError;
use clap::Args;
use std::path::PathBuf;

const RIDE: &str = "What is ridden: a scenario's file, or a scenario that is built in (demo, steady, faults, others as `sling run` \
                    lists them)";

/// The bench, which keeps what you do on it as a scenario.
///
/// The file is written whenever you do something or an alert or notice comes, and once more when you end the session with
/// Ctrl-C. It has the ride, what you did, and each alert and notice as something that is expected: so it is a test, and
/// `sling run` of it passes. Only a simulated ride can be recorded, no recording and no log. The other flags are those of
/// `sling bench`.
#[derive(Debug, Args)]
#[command(about, long_about, mut_arg("live", |it| it.hide(true)), mut_arg("no_log", |it| it.hide(true)))]
#[command(mut_arg("ride", |it| it.help(RIDE).long_help(RIDE)), mut_arg("sites", |it| it.hide(true)))]
pub struct Record {
    /// The scenario to write
    #[arg(short, long, value_name = "SCENARIO.toml")]
    output: PathBuf,
    /// Replace the file even if it is not an earlier recorded session
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
