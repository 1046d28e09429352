//! `sling swarm`: seeded random rides in which anything may go wrong.

use super::quoted;
use crate::error::CommandError;
use crate::live::stop_flag;
use crate::ride::Via;
use crate::swarm::{Finding, Plan, Plant, Ridden, moment, name_of, swarm};
use crate::talk::{Stdout, tell};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sling_core::digest::Digest;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Ride many short rides in which anything may go wrong, and check that nothing ever does.
///
/// Each seed draws a rider, one to eight sensors, loads, faults of every kind, presses and touches. While things go wrong no
/// rule of safety may be broken; then faults stop, and all must recover in the stated times. What fails is shrunk to the
/// fewest faults that still fail, with the line that rides it again. Exit code 1 says that a ride failed.
#[derive(Debug, Args)]
pub struct Swarm {
    /// How many rides, in all shards together
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// The first seed; those after it follow
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=1_000_000_000_000))]
    seed: u64,
    /// Only this part of the seeds, for one of several machines: 1/4 to 4/4
    #[arg(long, value_name = "I/N", default_value = "1/1", value_parser = shard)]
    shard: (u64, u64),
    /// How long a ride is; nothing goes wrong in its last two fifths
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(10..=600))]
    minutes: u32,
    /// How samples reach the head unit [default: drawn from the seed]
    #[arg(long, value_enum)]
    via: Option<Via>,
    /// Rides at once [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Only these faults and deeds of a ride, by their numbers; none, if nothing is named
    #[arg(long, value_name = "I,J,…", value_delimiter = ',', num_args = 0..)]
    only: Option<Vec<usize>>,
    /// Write what fails into this folder, as scenarios for `sling run`
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Break something on purpose
    #[arg(long, value_enum, hide = true)]
    plant: Option<Plant>,
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let parts = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    parts.filter(|&(part, of): &(u64, u64)| (1..=of).contains(&part)).ok_or_else(|| "1/4 to 4/4, say".into())
}

impl Swarm {
    pub(super) fn run(self) -> Result<(), CommandError> {
        if self.only.is_some() && self.count != 1 {
            return Err(CommandError::Usage("--only is about one ride: give --count 1".into()));
        }
        if let Some(folder) = &self.keep {
            fs::create_dir_all(folder).map_err(|error| CommandError::Read { path: folder.clone(), error })?;
        }
        let jobs = self.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        let (first_seed, only, plant) = (self.seed, self.only.clone(), self.plant);
        let plan = Plan {
            first_seed,
            count: self.count,
            shard: self.shard,
            minutes: self.minutes,
            via: self.via,
            jobs,
            only,
            plant,
        };
        let (stop, rides) = (stop_flag()?, plan.seeds().len());
        let bar = progress(rides);
        let ridden = swarm(&plan, &stop, &|it| {
            if let Some(finding) = it.finding() {
                bar.suspend(|| tell(format_args!("sling: seed {}: {}", it.drawn.seed, line_of(finding))));
            }
            bar.inc(1);
        });
        bar.finish_and_clear();
        let mut stdout = Stdout::new();
        for it in ridden.iter().filter(|it| it.finding().is_some()) {
            self.tell_failed(it, &mut stdout)?;
        }
        write!(stdout, "{}", summary(&ridden, self.minutes))?;
        if stop.load(Ordering::Relaxed) && ridden.len() < rides {
            writeln!(stdout, "Stopped: {} of {rides} rides were made.", ridden.len())?;
        }
        stdout.flush()?;
        let failed = ridden.iter().filter(|it| it.finding().is_some()).count() + (rides - ridden.len());
        if failed == 0 { Ok(()) } else { Err(CommandError::Rides { failed, count: rides }) }
    }

    /// What failed, the fewest things that make it fail, and the lines that ride it again.
    fn tell_failed(&self, it: &Ridden, stdout: &mut Stdout) -> Result<(), CommandError> {
        let (Some(finding), Some(shrunk)) = (it.finding(), &it.shrunk) else { return Ok(()) };
        let drawn = &it.drawn;
        writeln!(stdout, "FAILED  seed {}: {}", drawn.seed, line_of(finding))?;
        writeln!(
            stdout,
            "  {} of {} faults and deeds are enough, found in {} rides: {}",
            shrunk.kept.len(),
            it.kept.len(),
            shrunk.rides,
            line_of(&shrunk.finding)
        )?;
        for &at in &shrunk.kept {
            writeln!(stdout, "    {at}: {}", drawn.pieces.get(at).map_or("", |piece| piece.words.as_str()))?;
        }
        let numbers: Vec<String> = shrunk.kept.iter().map(ToString::to_string).collect();
        let only = if numbers.is_empty() { "--only".to_owned() } else { format!("--only {}", numbers.join(",")) };
        let plant = self.plant.map(|plant| format!(" --plant {}", name_of(&plant))).unwrap_or_default();
        let line = |more: &str| {
            let (seed, minutes, via) = (drawn.seed, self.minutes, drawn.via.code());
            format!("  sling swarm --seed {seed} --count 1 --minutes {minutes} --via {via}{plant}{more}")
        };
        writeln!(stdout, "{}\n{}", line(""), line(&format!(" {only}")))?;
        let Some(folder) = &self.keep else { return Ok(()) };
        for (name, kept) in [("whole", &it.kept), ("shrunk", &shrunk.kept)] {
            let path = folder.join(format!("swarm-{}-{name}.toml", drawn.seed));
            fs::write(&path, drawn.text(kept)).map_err(|error| CommandError::Read { path: path.clone(), error })?;
            writeln!(stdout, "  {}", run_line(it, &path))?;
        }
        Ok(())
    }
}

/// The line that rides a kept scenario in the same way.
fn run_line(it: &Ridden, path: &Path) -> String {
    let drawn = &it.drawn;
    format!(
        "sling run {} --via {} --display {} --theme {} --lang {}",
        quoted(&path.to_string_lossy()),
        drawn.via.code(),
        name_of(&drawn.display),
        name_of(&drawn.theme),
        drawn.language
    )
}

fn line_of(finding: &Finding) -> String {
    format!("{} at {}: {}", finding.rule, moment(finding.at), finding.words)
}

/// What was ridden, and that it was not for nothing.
fn summary(ridden: &[Ridden], minutes: u32) -> String {
    let sum = |of: fn(&Ridden) -> u64| ridden.iter().map(of).sum::<u64>();
    let failed = ridden.iter().filter(|it| it.finding().is_some()).count();
    let armed = ridden.iter().filter(|it| it.seen.armed).count();
    let mut ways: BTreeMap<&str, u64> = BTreeMap::new();
    let mut landed: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut digest = Digest::new();
    for it in ridden {
        *ways.entry(it.drawn.via.code()).or_default() += 1;
        digest.update(it.seen.digest.to_string().as_bytes());
        for (kind, count) in &it.landed {
            let (rides, of) = landed.entry(kind).or_default();
            (*rides, *of) = (*rides + u64::from(*count > 0), *of + 1);
        }
    }
    let ways: Vec<String> = ways.iter().map(|(way, n)| format!("{n} via {way}")).collect();
    let landed: Vec<String> = landed.iter().map(|(kind, (n, of))| format!("{kind} {n}/{of}")).collect();
    format!(
        "{} rides of {minutes} min ({}), {failed} failed\n{} samples, {} faults and deeds, {} alerts, ready at the end {armed}\n\
         rides in which a fault landed: {}\ndigest {:016x}\n",
        ridden.len(),
        ways.join(", "),
        sum(|it| it.seen.samples),
        sum(|it| it.kept.len() as u64),
        sum(|it| it.seen.alerts),
        landed.join(", "),
        digest.value()
    )
}

/// Rides. Shown when stderr is a terminal.
fn progress(rides: usize) -> ProgressBar {
    let bar = ProgressBar::new(rides as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {pos} of {len} rides  {eta} left") {
        bar.set_style(style);
    }
    bar
}
