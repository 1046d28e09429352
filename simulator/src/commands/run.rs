//! `sling run`: a simulated ride, headless.

use super::outputs::{Look, Outputs, time_argument};
use super::read_small;
use crate::error::CommandError;
use crate::ride::{Ride, Via};
use crate::scenario::{self, Scenario};
use crate::sink::{CollectSink, Collected, PaceSink, Sink};
use crate::talk::tell;
use clap::Args;
use sling_core::time::Instant;
use std::io;
use std::path::{Path, PathBuf};

/// Ride a scenario in the simulated world.
///
/// Without an output flag, events go to standard output. Exit code 1 says that something the scenario expects did not
/// happen.
#[derive(Debug, Args)]
pub struct Run {
    /// A scenario file, or one that is built in: demo, demo-without-overload, steady, six-hours, faults, head-unit-faults,
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
    /// Stop at this time of the ride: 20 min, 1:12:33, or seconds. What is expected later is not judged
    #[arg(long, value_name = "T", value_parser = time_argument)]
    until: Option<Instant>,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    outputs: Outputs,
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
    times(text).map(Speed::Times).map_err(|right| format!("max, or {right}"))
}

/// How many times as fast as a ride is ridden: `20x`.
pub fn times(text: &str) -> Result<f64, String> {
    let times = text.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
    times
        .filter(|times| times.is_finite() && *times > 0.0)
        .ok_or_else(|| "a number above zero with an x, such as 1x or 20x".into())
}

impl Run {
    pub(super) fn run(mut self) -> Result<(), CommandError> {
        self.outputs.events_by_default();
        let mut scenario = load(&self.scenario)?;
        let (sink, collected) = CollectSink::new();
        let seed = self.seed.unwrap_or(scenario.seed);
        let ride = Ride::simulated_via(&self.scenario.to_string_lossy(), &scenario, seed, self.via)?;
        let mut watchers: Vec<Box<dyn Sink>> = vec![Box::new(sink)];
        if let Speed::Times(times) = self.speed {
            watchers.push(Box::new(PaceSink::new(times)));
        }
        let landings = ride.landings();
        self.outputs.play(ride, &self.look, self.until, watchers)?;
        if let Some(until) = self.until {
            // What was to come later was not given the time to.
            scenario.expectations.retain(|expectation| expectation.until <= until);
            return judge(&scenario, &collected.borrow());
        }
        // Who tests with faults should know of one that was none.
        let landed = landings.map(|landings| landings.counts()).unwrap_or_default();
        for (i, _) in landed.iter().enumerate().filter(|(_, landed)| **landed == 0) {
            tell(format_args!("sling: [[fault]] {} of {} changed nothing", i + 1, landed.len()));
        }
        judge(&scenario, &collected.borrow())
    }
}

/// A scenario by its path, or by its name if it is built in.
pub fn load(path: &Path) -> Result<Scenario, CommandError> {
    Ok(Scenario::parse(&path.to_string_lossy(), &read(path)?)?)
}

/// The text of a scenario by its path, or by its name if it is built in.
pub fn read(path: &Path) -> Result<String, CommandError> {
    let name = path.to_string_lossy();
    if !path.exists()
        && let Some(text) = scenario::builtin(&name)
    {
        return Ok(text.to_owned());
    }
    if !path.exists() {
        let names = scenario::BUILTIN.map(|(name, _)| name).join(", ");
        return Err(CommandError::Usage(format!("{name}: no such file, nor a scenario that is built in: {names}")));
    }
    String::from_utf8(read_small(path)?).map_err(|_| {
        let error = io::Error::new(io::ErrorKind::InvalidData, "a scenario is UTF-8 text, and this is not");
        CommandError::Read { path: path.to_owned(), error }
    })
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
