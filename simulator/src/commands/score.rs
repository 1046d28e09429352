//! `sling score`: the detection benchmark.

use crate::error::CommandError;
use crate::score::{Plan, Score as Scored, score, tables};
use crate::talk::Stdout;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;

/// Score detection: false alerts on normal rides, delays of true effects.
///
/// Tables go to standard output. Exit code 1 says that a mark is missed.
#[derive(Debug, Args)]
pub struct Score {
    /// Hours of each normal set: two and four sites, each for two correlations
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    hours: u32,
    /// Seeds of each row of the other sets
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    seeds: u32,
    /// The first seed; those after it follow
    #[arg(long, value_name = "S", default_value_t = 1)]
    first_seed: u64,
    /// Only this part; more than once for several
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
    /// Only kinds of ride and rows whose names contain this
    #[arg(long, value_name = "TEXT")]
    row: Option<String>,
    /// Name every false alert and every miss, with the flags that ride it again
    #[arg(long)]
    list: bool,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Rides on which nothing is to be told
    Normal,
    /// Rides with something to tell
    True,
}

impl Score {
    pub(super) fn run(self) -> Result<(), CommandError> {
        let wants = |part| self.only.is_empty() || self.only.contains(&part);
        let plan = Plan {
            hours: self.hours,
            seeds: self.seeds,
            first_seed: self.first_seed,
            normal: wants(Part::Normal),
            truth: wants(Part::True),
            row: self.row.clone(),
        };
        if plan.rides() == 0 {
            return Err(CommandError::Usage("no kind of ride and no row has such a name: see the tables' rows".into()));
        }
        let bar = progress(plan.rides());
        let scored = score(&plan, &|| bar.inc(1))?;
        bar.finish_and_clear();
        self.print(&scored)?;
        let missed = scored.marks.iter().filter(|mark| !mark.held).count();
        if missed == 0 { Ok(()) } else { Err(CommandError::Expectations { failed: missed, count: scored.marks.len() }) }
    }

    fn print(&self, scored: &Scored) -> Result<(), CommandError> {
        let mut stdout = Stdout::new();
        for table in tables::tables(scored) {
            writeln!(stdout, "{table}")?;
        }
        writeln!(stdout, "Marks")?;
        for mark in &scored.marks {
            writeln!(stdout, "  {}  {}: {}", if mark.held { "ok    " } else { "MISSED" }, mark.what, mark.seen)?;
        }
        if self.list {
            writeln!(stdout, "\nOne by one")?;
            for line in &scored.list {
                writeln!(stdout, "  {line}")?;
            }
        }
        stdout.flush()?;
        Ok(())
    }
}

/// Rides. Shown when stderr is a terminal.
fn progress(rides: usize) -> ProgressBar {
    let bar = ProgressBar::new(rides as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {pos} of {len} rides  {eta} left") {
        bar.set_style(style);
    }
    bar
}
