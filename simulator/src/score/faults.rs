//! Faults of sensors: the right notice in time, no physiology made of them, and normal again soon after.
//!
//! Each fault strikes one sensor of a steady ride, the calf's or the thigh's in turn, at a drawn moment between minute
//! 20 and 30. The same ride without the fault is ridden too: an alert that comes there as well is not the fault's doing.
//! A notice's time counts from the first sample that can tell, and a sample is at most [`GRACE_S`] away.

use super::metrics::is_pair;
use super::ride::{Alert, Conditions, Said, ride};
use super::sets::{CALF, CORRELATIONS, STEADY_W, THIGH, TWO_SITES, at, blank, steady};
use super::{Plan, in_parallel, rounded};
use crate::scenario::{Fault, FaultKind, Scenario};
use crate::world::random::{Purpose, Random};
use serde::Serialize;
use sling_core::sensor::{Reason, Site};
use std::io;

/// The longest that a Moxy lets one wait for its next sample (2.011 s and four standard deviations of 0.18 s), and a
/// little for the head unit's second.
const GRACE_S: f64 = 3.0;
/// A fault strikes between these, in seconds.
const STRIKES_S: (f64, f64) = (1200.0, 1800.0);
/// What is told up to this long after a fault may be its doing, in seconds.
const AFTERWARDS_S: f64 = 600.0;
/// After this everything must be as before, in seconds.
const OVER_S: f64 = 60.0;

/// What goes wrong, and what must be said of it.
#[derive(Clone, Copy, Debug)]
pub struct FaultRow {
    /// The name in tables.
    pub name: &'static str,
    kind: FaultKind,
    lasts_s: f64,
    /// It strikes the calf's sensor only.
    calf_only: bool,
    /// Notices that are right; without any, whatever is said is wrong.
    right: &'static [Reason],
    /// Within this, in seconds.
    within_s: f64,
    /// Notices that may be said too.
    also: &'static [Reason],
}

const fn row(
    name: &'static str,
    kind: FaultKind,
    lasts_s: f64,
    right: &'static [Reason],
    within_s: f64,
    also: &'static [Reason],
) -> FaultRow {
    FaultRow { name, kind, lasts_s, calf_only: false, right, within_s, also }
}

/// Every row of the fault set. Reasons and times are those of the design's table of faults.
pub const FAULT_ROWS: &[FaultRow] = &[
    row("0.7 % missed, 20 min", FaultKind::Miss { fraction: 0.007 }, 1200.0, &[], 0.0, &[]),
    row("hole of 12 s", FaultKind::Hole, 12.0, &[Reason::Stale, Reason::Lost], 7.0, &[]),
    row("hole of 2 min", FaultKind::Hole, 120.0, &[Reason::Stale, Reason::Lost], 7.0, &[Reason::NoData]),
    row("count stands, 167 s", FaultKind::Stale, 167.0, &[Reason::Stale], 7.0, &[Reason::NoData, Reason::Lost]),
    row("value stands, 167 s", FaultKind::Frozen, 167.0, &[Reason::Stale], 30.0, &[Reason::NoData]),
    row("zeros, 20 s", FaultKind::Zero, 20.0, &[Reason::Implausible], 5.0, &[]),
    row("says ambient, 20 s", FaultKind::Ambient, 20.0, &[Reason::AmbientLight], 0.0, &[]),
    row("says invalid, 20 s", FaultKind::Invalid, 20.0, &[Reason::Invalid], 0.0, &[]),
    row("slip, 3 min", FaultKind::Slip { smo2_pct: None, thb: None }, 180.0, &[Reason::Moved], 15.0, &[]),
    row(
        "light leak, 1 min",
        FaultKind::LightLeak { smo2_pct: None, thb: None },
        60.0,
        &[Reason::AmbientLight],
        7.0,
        &[],
    ),
    FaultRow {
        calf_only: true,
        ..row("swap, 3 min", FaultKind::Swap { with: THIGH }, 180.0, &[Reason::Swapped], 120.0, &[Reason::Moved])
    },
    FaultRow {
        calf_only: true,
        ..row(
            "another sensor, 3 min",
            FaultKind::Replaced { smo2_pct: None, thb: None },
            180.0,
            &[Reason::Swapped, Reason::Moved],
            120.0,
            &[],
        )
    },
    row(
        "constant 37.7, 3 min",
        FaultKind::Constant { value: 37.7 },
        180.0,
        &[Reason::Stale, Reason::Implausible],
        30.0,
        &[Reason::NoData],
    ),
    row("a tenth, 20 s", FaultKind::Tenfold, 20.0, &[Reason::Implausible], 5.0, &[]),
];

/// Figures of a row, both correlations together.
#[derive(Clone, Debug, Serialize)]
pub struct FaultFigures {
    /// The row.
    pub name: &'static str,
    /// Notices that are right.
    pub right: Vec<&'static str>,
    /// How many rides.
    pub rides: usize,
    /// Share with a right notice in time; where none is right, share without any. An exchange that the head unit itself
    /// called not detectable just before counts as told.
    #[serde(serialize_with = "rounded")]
    pub told_in_time: f64,
    /// Share of rides on which an exchange was not detectable.
    #[serde(serialize_with = "rounded")]
    pub not_detectable: f64,
    /// Share of rides on which another notice came, up to a minute after the fault.
    #[serde(serialize_with = "rounded")]
    pub wrong_notice: f64,
    /// Alerts from the fault's beginning to ten minutes after its end.
    pub alerts: usize,
    /// Those that the same ride without the fault does not have.
    pub alerts_due: usize,
    /// Share of rides on which the pair was armed again a minute after the fault, if it was armed before.
    #[serde(serialize_with = "rounded")]
    pub armed_again: f64,
}

/// A ride to be ridden.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    row: &'static FaultRow,
    correlation: f64,
    seed: u64,
}

/// What came of it.
struct Ridden {
    told_in_time: bool,
    not_detectable: bool,
    wrong: Option<&'static str>,
    alerts: usize,
    due: Vec<Alert>,
    armed_again: bool,
}

/// Every ride, row by row.
pub(super) fn jobs(plan: &Plan) -> Vec<Job> {
    let mut jobs = Vec::new();
    for row in FAULT_ROWS.iter().filter(|row| plan.wants(row.name)) {
        for correlation in CORRELATIONS {
            jobs.extend(plan.of_seeds().map(|seed| Job { row, correlation, seed }));
        }
    }
    jobs
}

/// The ride and its fault.
fn built(job: &Job) -> (Scenario, Fault) {
    let mut random = Random::stream(job.seed, Purpose::Score, 200);
    let at_s = random.between(STRIKES_S.0, STRIKES_S.1);
    let end_s = (at_s + job.row.lasts_s + AFTERWARDS_S).ceil();
    let site = if job.row.calf_only || job.seed.is_multiple_of(2) { CALF } else { THIGH };
    let fault = Fault { kind: job.row.kind, site, at: at(at_s), until: at(at_s + job.row.lasts_s) };
    let mut ride = blank(job.row.name, end_s, job.correlation, TWO_SITES);
    ride.loads = vec![steady(300.0, end_s, random.between(STEADY_W.0, STEADY_W.1).round())];
    ride.faults = vec![fault];
    (ride, fault)
}

fn ridden(job: &Job) -> io::Result<Ridden> {
    let (scenario, fault) = built(job);
    let said = ride(&scenario, job.seed, Conditions::default())?;
    let unharmed = Scenario { faults: Vec::new(), ..scenario };
    let unharmed = ride(&unharmed, job.seed, Conditions::default())?;
    Ok(judged(job.row, &fault, &said, &unharmed))
}

fn judged(row: &FaultRow, fault: &Fault, said: &Said, unharmed: &Said) -> Ridden {
    let (from_s, to_s) = (super::ride::seconds(fault.at), super::ride::seconds(fault.until));
    let during = |at_s: f64| (from_s..=to_s + OVER_S).contains(&at_s);
    let notices = || said.notices.iter().filter(|notice| during(notice.at_s));
    let wrong = notices().find(|notice| !row.right.contains(&notice.reason) && !row.also.contains(&notice.reason));
    let concerned = |site: Site| site == fault.site || matches!(row.kind, FaultKind::Swap { with } if with == site);
    let told = notices().any(|notice| {
        let in_time = notice.at_s <= from_s + row.within_s + GRACE_S;
        row.right.contains(&notice.reason) && concerned(notice.site) && in_time
    });
    let not_detectable = matches!(row.kind, FaultKind::Swap { .. }) && !said.swap_detectable;
    let told_in_time = if row.right.is_empty() { notices().next().is_none() } else { told || not_detectable };
    let late = |alert: &&Alert| (from_s..=to_s + AFTERWARDS_S).contains(&alert.at_s);
    let is_due = |alert: &&Alert| !unharmed.alerts.iter().filter(late).any(|other| other.pattern == alert.pattern);
    let armed_at = |s: f64| {
        let pair = said.armings.iter().filter(|arming| is_pair(arming.place, CALF, THIGH));
        pair.take_while(|arming| arming.at_s <= s).last().is_some_and(|arming| arming.armed)
    };
    Ridden {
        told_in_time,
        not_detectable,
        wrong: wrong.map(|notice| notice.reason.code()),
        alerts: said.alerts.iter().filter(late).count(),
        due: said.alerts.iter().filter(late).filter(is_due).copied().collect(),
        armed_again: armed_at(to_s + OVER_S) || !armed_at(from_s),
    }
}

/// Rides them all.
pub(super) fn score(plan: &Plan, done: &(dyn Fn() + Sync), list: &mut Vec<String>) -> io::Result<Vec<FaultFigures>> {
    let jobs = jobs(plan);
    let rides = in_parallel(&jobs, done, ridden)?;
    let all: Vec<(&Job, &Ridden)> = jobs.iter().zip(&rides).collect();
    for (job, ride) in &all {
        list.extend(remarks(job, ride));
    }
    let rows = FAULT_ROWS.iter().filter(|row| plan.wants(row.name));
    Ok(rows
        .map(|row| {
            let rides: Vec<&Ridden> =
                all.iter().filter(|(job, _)| job.row.name == row.name).map(|(_, ride)| *ride).collect();
            figures(row, &rides)
        })
        .collect())
}

fn remarks(job: &Job, ride: &Ridden) -> Vec<String> {
    let again = format!(
        "{}, rho {}: --only faults --row '{}' --seeds 1 --first-seed {}",
        job.row.name, job.correlation, job.row.name, job.seed
    );
    let mut lines = Vec::new();
    if !ride.told_in_time {
        lines.push(format!("no right notice in time, {again}"));
    }
    if let Some(code) = ride.wrong {
        lines.push(format!("wrong notice {code}, {again}"));
    }
    for alert in &ride.due {
        lines.push(format!("alert {} at {:.0} s due to the fault, {again}", alert.pattern.code(), alert.at_s));
    }
    if !ride.armed_again {
        lines.push(format!("not armed again, {again}"));
    }
    lines
}

fn figures(row: &FaultRow, rides: &[&Ridden]) -> FaultFigures {
    let share = |counts: &dyn Fn(&Ridden) -> bool| {
        rides.iter().filter(|ride| counts(ride)).count() as f64 / rides.len().max(1) as f64
    };
    FaultFigures {
        name: row.name,
        right: row.right.iter().map(|reason| reason.code()).collect(),
        rides: rides.len(),
        told_in_time: share(&|ride| ride.told_in_time),
        not_detectable: share(&|ride| ride.not_detectable),
        wrong_notice: share(&|ride| ride.wrong.is_some()),
        alerts: rides.iter().map(|ride| ride.alerts).sum(),
        alerts_due: rides.iter().map(|ride| ride.due.len()).sum(),
        armed_again: share(&|ride| ride.armed_again),
    }
}
