//! The commands of `sling`, a file each.

mod demo;
mod outputs;
mod render;
mod replay;
mod run;

use crate::error::CommandError;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// A bike head unit for muscle oxygen, on the desk.
///
/// Without a command, plays the demo ride and leaves a report and screenshots where it says.
#[derive(Debug, Parser)]
#[command(name = "sling", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where rides are kept [default: `$XDG_DATA_HOME/sling`]
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a recording, or an input log of ours, through the head unit
    Replay(replay::Replay),
    /// Ride a scenario in the simulated world
    Run(run::Run),
    /// Draw one frame of a ride as PNG
    Render(render::Render),
}

impl Cli {
    /// Does what was asked.
    pub fn run(self) -> Result<(), CommandError> {
        match self.command {
            None => demo::demo(self.data.as_deref()),
            Some(Command::Replay(replay)) => replay.run(),
            Some(Command::Run(run)) => run.run(),
            Some(Command::Render(render)) => render.run(),
        }
    }
}
