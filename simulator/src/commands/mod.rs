//! The commands of `sling`, a file each.

mod bench;
mod device;
mod doctor;
mod export;
mod fit;
mod outputs;
mod pair;
mod radios;
mod record;
mod render;
mod replay;
mod ride;
mod run;
mod scan;
mod score;
mod swarm;
#[cfg(feature = "window")]
mod window;

pub use outputs::{ThemeName, quoted};
pub use run::read as scenario_text;
pub use scan::radio_line;

use crate::error::CommandError;
use crate::settings::Store;
use clap::{Parser, Subcommand};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A bike head unit for muscle oxygen, on the desk.
///
/// Without a command, opens the bench on the demo ride, thirty seconds before its overload: a head unit in the browser.
#[derive(Debug, Parser)]
#[command(name = "sling", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where rides are kept [default: `$XDG_DATA_HOME/sling`]
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Which sensors are worn where, and the ANT+ network key [default: `$XDG_CONFIG_HOME/sling/config.toml`]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(bench::Bench),
    Record(record::Record),
    Replay(replay::Replay),
    Run(run::Run),
    Score(score::Score),
    #[cfg(feature = "window")]
    Window(window::Window),
    Swarm(swarm::Swarm),
    Render(render::Render),
    Scan(scan::Scan),
    Pair(pair::Pair),
    Ride(ride::RideLive),
    Doctor(doctor::Doctor),
    Fit(fit::Fit),
    Export(export::Export),
    Device(device::Device),
}

impl Cli {
    /// Does what was asked.
    pub fn run(self) -> Result<(), CommandError> {
        let store = || Store::find(self.config.as_deref());
        match self.command {
            None => bench::Bench::demo().run(store, None),
            Some(Command::Bench(bench)) => bench.run(store, self.data.as_deref()),
            Some(Command::Record(record)) => record.run(),
            Some(Command::Replay(replay)) => replay.run(),
            Some(Command::Run(run)) => run.run(),
            Some(Command::Score(score)) => score.run(),
            Some(Command::Swarm(swarm)) => swarm.run(),
            Some(Command::Render(render)) => render.run(),
            #[cfg(feature = "window")]
            Some(Command::Window(window)) => window.run(),
            Some(Command::Scan(scan)) => scan.run(&store()?),
            Some(Command::Pair(pair)) => pair.run(&store()?),
            Some(Command::Ride(ride)) => ride.run(&store()?, self.data.as_deref()),
            Some(Command::Doctor(doctor)) => doctor.run(&store()?),
            Some(Command::Fit(fit)) => fit.run(self.data.as_deref()),
            Some(Command::Export(export)) => export.run(),
            Some(Command::Device(device)) => device.run(&store()?),
        }
    }
}

/// The bytes of a file that is small if it is what it should be: a scenario, a learned state.
fn read_small(path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(SMALL_FILE_BYTES + 1).read_to_end(&mut bytes));
    let checked = read.and_then(|n| {
        if n as u64 > SMALL_FILE_BYTES {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than 1 MiB; right would be some kilobytes"))
        } else {
            Ok(bytes)
        }
    });
    checked.map_err(|error| CommandError::Read { path: path.to_owned(), error })
}

/// A scenario of a thousand lines has 30 KB.
const SMALL_FILE_BYTES: u64 = 1 << 20;
