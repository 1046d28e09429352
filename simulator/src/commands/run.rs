//! `sling run`: a simulated ride, headless.

use super::outputs::Outputs;
use super::read_small;
use crate::airwaves::{Airwaves, Over};
use crate::error::CommandError;
use crate::ride::Ride;
use crate::scenario::{self, Scenario};
use crate::sink::{CollectSink, Collected, PaceSink, Sink};
use crate::talk::tell;
use clap::{Args, ValueEnum};
use std::io;
use std::path::{Path, PathBuf};

/// Ride a scenario in the simulated world.
///
/// Without an output flag, events go to standard output. Exit code 1 says that something the scenario expects did not
/// happen.
#[derive(Debug, Args)]
pub struct Run {
    /// A scenario file, or one that is built in: demo, demo-without-overload, steady, six-hours, faults,
    /// radio-faults, swap
    scenario: PathBuf,
    /// Draw the rider and the noise from this seed instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How samples reach the head unit
    #[arg(long, value_enum, default_value_t)]
    via: Via,
    /// How fast: as fast as it goes (max), or so many times as fast as it is ridden (1x, 20x)
    #[arg(long, value_name = "max|Nx", default_value = "max", value_parser = speed)]
    speed: Speed,
    #[command(flatten)]
    outputs: Outputs,
}

/// The way from sensor to head unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Via {
    /// As finished samples
    #[default]
    Model,
    /// As an ANT+ sensor's bytes, through a stick
    Ant,
    /// As a Bluetooth sensor's values, through GATT
    Ble,
}

/// How fast a ride goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Speed {
    Max,
    Times(f64),
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times = text.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
    times
        .filter(|times| times.is_finite() && *times > 0.0)
        .map(Speed::Times)
        .ok_or_else(|| "max, or a number above zero with an x, such as 1x or 20x".into())
}

impl Run {
    pub(super) fn run(mut self) -> Result<(), CommandError> {
        self.outputs.events_by_default();
        let scenario = load(&self.scenario)?;
        let (sink, collected) = CollectSink::new();
        let seed = self.seed.unwrap_or(scenario.seed);
        let ride = Ride::simulated(&scenario, seed);
        let ride = match self.via {
            Via::Model if !scenario.radio_faults.is_empty() => {
                return Err(CommandError::Usage(format!(
                    "{}: a fault of this scenario is about a radio: ride it with --via ant or --via ble",
                    self.scenario.display()
                )));
            }
            Via::Model => ride,
            Via::Ant => ride.on_air(Airwaves::new(&scenario, seed, Over::Ant)),
            Via::Ble => ride.on_air(Airwaves::new(&scenario, seed, Over::Ble)),
        };
        let mut watchers: Vec<Box<dyn Sink>> = vec![Box::new(sink)];
        if let Speed::Times(times) = self.speed {
            watchers.push(Box::new(PaceSink::new(times)));
        }
        self.outputs.play(ride, None, watchers)?;
        judge(&scenario, &collected.borrow())
    }
}

/// A scenario by its path, or by its name if it is built in.
pub fn load(path: &Path) -> Result<Scenario, CommandError> {
    let name = path.to_string_lossy();
    if !path.exists()
        && let Some(text) = scenario::builtin(&name)
    {
        return Ok(Scenario::parse(&name, text)?);
    }
    if !path.exists() {
        let names = scenario::BUILTIN.map(|(name, _)| name).join(", ");
        return Err(CommandError::Usage(format!("{name}: no such file, nor a scenario that is built in: {names}")));
    }
    let text = String::from_utf8(read_small(path)?).map_err(|_| {
        let error = io::Error::new(io::ErrorKind::InvalidData, "a scenario is UTF-8 text, and this is not");
        CommandError::Read { path: path.to_owned(), error }
    })?;
    Ok(Scenario::parse(&name, &text)?)
}

/// Says which expectations held.
fn judge(scenario: &Scenario, events: &Collected) -> Result<(), CommandError> {
    let outcomes = scenario.judge(events);
    for outcome in &outcomes {
        tell(format_args!("sling: {} {}", if outcome.held { "ok    " } else { "FAILED" }, outcome.words));
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.held).count();
    if failed == 0 { Ok(()) } else { Err(CommandError::Expectations { failed, count: outcomes.len() }) }
}
