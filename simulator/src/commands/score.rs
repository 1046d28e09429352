//! `sling score`: the detection benchmark.

use super::outputs::command_line;
use crate::error::CommandError;
use crate::score::page::page as score_page;
use crate::score::{Part, Plan, Score as Scored, score, tables};
use crate::sink::WholeFile;
use crate::talk::Stdout;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;

/// Score detection: false alerts on normal rides, delays of true effects, notices of faults.
///
/// Tables go to standard output. Exit code 1 says that a mark is missed.
#[derive(Debug, Args)]
pub struct Score {
    /// Hours of each normal set: two and four sites, each for two correlations; with other sites a fifth
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    hours: u32,
    /// Seeds of each row of the other sets; of rows without a mark a fifth
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
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
    /// Ride the main figures over lost packets and noise too
    #[arg(long)]
    sweep: bool,
    /// Write every figure as JSON
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Write a page with the marks, a chart and the tables
    #[arg(long, value_name = "PATH")]
    page: Option<PathBuf>,
    /// Name every false alert and every miss, with the flags that ride it again
    #[arg(long)]
    list: bool,
}

impl Score {
    pub(super) fn run(self) -> Result<(), CommandError> {
        let mut parts = if self.only.is_empty() { Part::USUAL.to_vec() } else { self.only.clone() };
        if self.sweep && !parts.contains(&Part::Sweep) {
            parts.push(Part::Sweep);
        }
        let plan =
            Plan { hours: self.hours, seeds: self.seeds, first_seed: self.first_seed, parts, row: self.row.clone() };
        if plan.rides() == 0 {
            return Err(CommandError::Usage("no kind of ride and no row has such a name: see the tables' rows".into()));
        }
        // Before an hour's work: can the results be written at all?
        let json = self.json.as_deref().map(WholeFile::create).transpose()?;
        let page = self.page.as_deref().map(WholeFile::create).transpose()?;
        let bar = progress(plan.rides());
        let scored = score(&plan, &|| bar.inc(1))?;
        bar.finish_and_clear();
        self.print(&scored)?;
        if let Some(file) = json {
            write(file, &json_text(&plan, &scored))?;
        }
        if let Some(file) = page {
            write(file, &score_page(&scored, &plan, &command_line()))?;
        }
        let failed = scored.marks.iter().filter(|mark| mark.is_missed()).count();
        let count = scored.marks.iter().filter(|mark| mark.binds).count();
        if failed == 0 { Ok(()) } else { Err(CommandError::Expectations { failed, count }) }
    }

    fn print(&self, scored: &Scored) -> Result<(), CommandError> {
        let mut stdout = Stdout::new();
        for table in tables::tables(scored) {
            writeln!(stdout, "{table}")?;
        }
        if !scored.marks.is_empty() {
            writeln!(stdout, "Marks")?;
        }
        for mark in &scored.marks {
            writeln!(stdout, "  {:<6}  {}: {}", mark.word(), mark.what, mark.seen)?;
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

fn write(mut file: WholeFile, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.keep()
}

/// Plan and score, with the version that made them.
fn json_text(plan: &Plan, scored: &Scored) -> String {
    let whole = json!({ "sling": env!("CARGO_PKG_VERSION"), "plan": plan, "score": scored });
    format!("{whole:#}\n")
}

/// Rides. Shown when stderr is a terminal.
fn progress(rides: usize) -> ProgressBar {
    let bar = ProgressBar::new(rides as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {pos} of {len} rides  {eta} left") {
        bar.set_style(style);
    }
    bar
}
