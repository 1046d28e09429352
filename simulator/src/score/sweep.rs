//! The main figures over worse and worse radio and worse and worse sensors.
//!
//! Every cell rides the same rides: what differs is the share of packets that is lost and the white noise of a sample.
//! Each cell has a sixth of the hours and half of the seeds that were asked for, for there are sixteen cells.

use super::ride::Conditions;
use super::sets::MAIN_ROSTERS;
use super::{Plan, normal, per_10h, rounded, truth};
use serde::Serialize;
use std::io;

/// Shares of packets that are lost. Recordings: 0.7 %.
const LOSS: [f64; 4] = [0.0, 0.007, 0.05, 0.2];
/// White noise of a sample, points: at rest, under load, doubled, and the worst of the recordings.
const NOISE_PCT: [f64; 4] = [0.4, 0.9, 2.0, 4.5];
/// The rows that are swept.
const ROWS: [&str; 2] = ["calf -8", "calf -10"];

/// One cell, both correlations together.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// Share of packets that is lost.
    pub loss: f64,
    /// White noise of a sample, points.
    pub noise_pct: f64,
    /// Armed hours of normal rides.
    #[serde(serialize_with = "rounded")]
    pub armed_h: f64,
    /// In ten armed hours.
    #[serde(serialize_with = "rounded")]
    pub false_per_10h: f64,
    /// Share of the time without a verdict, all normal rides.
    #[serde(serialize_with = "rounded")]
    pub without_verdict: f64,
    /// By row.
    pub rows: Vec<CellRow>,
}

/// A true effect in a cell.
#[derive(Clone, Debug, Serialize)]
pub struct CellRow {
    /// The row.
    pub name: &'static str,
    /// Median delay, seconds.
    #[serde(serialize_with = "rounded")]
    pub median_s: f64,
    /// Share told within six minutes.
    #[serde(serialize_with = "rounded")]
    pub told_in_6_min: f64,
}

fn cells() -> impl Iterator<Item = Conditions> {
    LOSS.into_iter().flat_map(|loss| {
        NOISE_PCT.into_iter().map(move |noise| Conditions { loss: Some(loss), noise_pct: Some(noise) })
    })
}

/// A cell's share of the plan.
fn of_cell(plan: &Plan) -> Plan {
    Plan { hours: plan.hours.div_ceil(6), seeds: plan.seeds.div_ceil(2), row: None, ..plan.clone() }
}

/// How many rides it is.
pub(super) fn rides(plan: &Plan) -> usize {
    let plan = of_cell(plan);
    let of_one = |conditions| {
        normal::jobs(&plan, &MAIN_ROSTERS[..1], conditions).len() + truth::jobs(&plan, wanted, conditions).len()
    };
    cells().map(of_one).sum()
}

fn wanted(name: &str) -> bool {
    ROWS.contains(&name)
}

/// Rides every cell.
pub(super) fn score(plan: &Plan, done: &(dyn Fn() + Sync)) -> io::Result<Vec<Cell>> {
    let plan = of_cell(plan);
    let mut scored = Vec::new();
    for conditions in cells() {
        let mut unlisted = Vec::new();
        let sets = normal::score(&normal::jobs(&plan, &MAIN_ROSTERS[..1], conditions), done, &mut unlisted)?;
        let rows = truth::score(&truth::jobs(&plan, wanted, conditions), done, &mut unlisted)?;
        let armed_h: f64 = sets.iter().map(|set| set.all.armed_h).sum();
        let both = rows.iter().filter(|row| row.correlation.is_none());
        scored.push(Cell {
            loss: conditions.loss.unwrap_or_default(),
            noise_pct: conditions.noise_pct.unwrap_or_default(),
            armed_h,
            false_per_10h: per_10h(sets.iter().map(|set| set.all.false_alerts).sum(), armed_h),
            without_verdict: sets.iter().map(|set| set.all.without_verdict).sum::<f64>() / sets.len().max(1) as f64,
            rows: both
                .map(|row| CellRow { name: row.name, median_s: row.median_s, told_in_6_min: row.told_in_6_min })
                .collect(),
        });
    }
    Ok(scored)
}
