//! Faults of sensors: the right notice in time, no physiology made of them, and normal again soon after.
//!
//! Each fault strikes one sensor of a steady ride, the calf's or the thigh's in turn, at a drawn moment between minute
//! 20 and 30. The same ride without the fault is ridden too: an alert that comes there as well is not the fault's doing.
//! A notice's time counts from the first sample that can tell, and a sample is at most three seconds away.

use super::metrics::is_pair;
use super::ride::{Alert, Conditions, Said, ride};
use super::sets::{CALF, CORRELATIONS, STEADY_W, THIGH, TWO_SITES, at, blank, steady};
use super::{Plan, in_parallel, rounded};
use crate::scenario::{Fault, FaultKind, Scenario};
use crate::world::World;
use crate::world::random::{Purpose, Random};
use serde::Serialize;
use sling_core::sensor::{Reason, Site};
use std::io;

/// The longest that a Moxy lets one wait for its next sample (2.011 s and four standard deviations of 0.18 s), and a
/// little for the head unit's second.
const GRACE_S: f64 = 3.0;
/// A fault strikes between these, in seconds.
const STRIKES_S: (f64, f64) = (1200.0, 1800.0);
/// Steps of a moved contact and of another sensor, in points, and where they may lead.
const SLIP_PCT: (f64, f64) = (10.0, 27.0);
const REPLACED_PCT: (f64, f64) = (8.0, 25.0);
const ROOM_PCT: (f64, f64) = (4.0, 90.0);
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
struct Job {
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

/// How many rides it is.
pub(super) fn rides(plan: &Plan) -> usize {
    let jobs = jobs(plan);
    jobs.len() + unharmed(&jobs).len()
}

/// One ride for each seed and correlation, as long as the longest of its jobs.
fn unharmed(jobs: &[Job]) -> Vec<Job> {
    let Some(longest) = jobs.iter().map(|job| job.row).max_by(|a, b| a.lasts_s.total_cmp(&b.lasts_s)) else {
        return Vec::new();
    };
    jobs.iter().filter(|job| job.row.name == longest.name).copied().collect()
}

/// Every ride, row by row.
fn jobs(plan: &Plan) -> Vec<Job> {
    let mut jobs = Vec::new();
    for row in FAULT_ROWS.iter().filter(|row| plan.wants(row.name)) {
        for correlation in CORRELATIONS {
            jobs.extend(plan.of_seeds(false).map(|seed| Job { row, correlation, seed }));
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
    let mut ride = blank(job.row.name, end_s, job.correlation, TWO_SITES);
    ride.loads = vec![steady(300.0, end_s, random.between(STEADY_W.0, STEADY_W.1).round())];
    let mut step =
        |sizes_pct| either_way_with_room(&mut random, sizes_pct, &ride, job.seed, site, at_s, job.row.lasts_s);
    let kind = match job.row.kind {
        FaultKind::Slip { thb, .. } => FaultKind::Slip { smo2_pct: Some(step(SLIP_PCT)), thb },
        FaultKind::Replaced { thb, .. } => FaultKind::Replaced { smo2_pct: Some(step(REPLACED_PCT)), thb },
        kind => kind,
    };
    let fault = Fault { kind, site, at: at(at_s), until: at(at_s + job.row.lasts_s) };
    ride.faults = vec![fault];
    (ride, fault)
}

/// A step of a drawn size, up or down: the other way if there is no room for it, for 0 % or 100 % would be another fault.
fn either_way_with_room(
    random: &mut Random,
    sizes_pct: (f64, f64),
    ride: &Scenario,
    seed: u64,
    site: Site,
    at_s: f64,
    lasts_s: f64,
) -> f64 {
    let size = random.between(sizes_pct.0, sizes_pct.1);
    let size = if random.happens(0.5) { size } else { -size };
    let world = World::new(ride, seed);
    let during = at_s as usize..(at_s + lasts_s) as usize;
    let levels = during.filter_map(|second| world.truth_pct(site, second)).map(|level| level + size);
    let (low, high) = levels.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), it| (l.min(it), h.max(it)));
    if low < ROOM_PCT.0 || high > ROOM_PCT.1 { -size } else { size }
}

fn ridden_unharmed(job: &Job) -> io::Result<Said> {
    let (scenario, _) = built(job);
    ride(&Scenario { faults: Vec::new(), ..scenario }, job.seed, Conditions::default())
}

fn ridden(job: &Job, unharmed: &Said) -> io::Result<Ridden> {
    let (scenario, fault) = built(job);
    let said = ride(&scenario, job.seed, Conditions::default())?;
    Ok(judged(job.row, &fault, &said, unharmed))
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
    let without = unharmed(&jobs);
    let without_said = in_parallel(&without, done, ridden_unharmed)?;
    let rides = in_parallel(&jobs, done, |job| {
        let same = |other: &Job| other.seed == job.seed && other.correlation == job.correlation;
        let unharmed = without.iter().zip(&without_said).find(|(other, _)| same(other)).map(|(_, said)| said);
        ridden(job, unharmed.unwrap_or(&Said::default()))
    })?;
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

#[cfg(test)]
mod tests {
    use super::super::metrics::Arming;
    use super::super::ride::Notice;
    use super::*;
    use sling_core::head_unit::{PatternKind, Place};

    fn row(name: &str) -> &'static FaultRow {
        FAULT_ROWS.iter().find(|row| row.name == name).unwrap()
    }

    /// A fault from 1300 to 1400 s, the calf's.
    fn fault(kind: FaultKind) -> Fault {
        Fault { kind, site: CALF, at: at(1300.0), until: at(1400.0) }
    }

    fn said(notices: &[(f64, Reason)], armings: &[(f64, bool)]) -> Said {
        let place = Place { site: CALF, against: Some(THIGH) };
        Said {
            notices: notices
                .iter()
                .map(|&(at_s, reason)| Notice { at_s, reason, site: CALF, cleared_s: None })
                .collect(),
            armings: armings.iter().map(|&(at_s, armed)| Arming { at_s, place, armed }).collect(),
            swap_detectable: true,
            length_s: 2000.0,
            ..Said::default()
        }
    }

    const ARMED: (f64, bool) = (500.0, true);

    #[test]
    fn a_notice_counts_if_it_is_right_and_in_time_and_others_are_confusion() {
        let judge = |name, notices: &[(f64, Reason)]| {
            let row = row(name);
            let ridden = judged(row, &fault(row.kind), &said(notices, &[ARMED]), &Said::default());
            (ridden.told_in_time, ridden.wrong)
        };
        assert_eq!(judge("zeros, 20 s", &[(1304.0, Reason::Implausible)]), (true, None));
        assert_eq!(judge("zeros, 20 s", &[(1309.0, Reason::Implausible)]), (false, None));
        assert_eq!(judge("zeros, 20 s", &[(1290.0, Reason::Implausible)]), (false, None));
        assert_eq!(judge("zeros, 20 s", &[(1304.0, Reason::Moved)]), (false, Some("moved")));
        assert_eq!(
            judge("hole of 2 min", &[(1307.0, Reason::Stale), (1330.0, Reason::NoData)]),
            (true, None),
            "what follows from it is no confusion"
        );
        assert_eq!(judge("0.7 % missed, 20 min", &[]), (true, None));
        assert_eq!(judge("0.7 % missed, 20 min", &[(1310.0, Reason::Stale)]), (false, Some("stale")));
        // A minute after its end a notice is somebody else's.
        assert_eq!(judge("0.7 % missed, 20 min", &[(1461.0, Reason::Stale)]), (true, None));
    }

    #[test]
    fn an_exchange_that_cannot_be_seen_need_not_be_told() {
        let row = row("swap, 3 min");
        let blind = Said { swap_detectable: false, ..said(&[], &[ARMED]) };
        let ridden = judged(row, &fault(row.kind), &blind, &Said::default());
        assert!(ridden.told_in_time && ridden.not_detectable);
        let ridden = judged(row, &fault(row.kind), &said(&[], &[ARMED]), &Said::default());
        assert!(!ridden.told_in_time && !ridden.not_detectable);
    }

    #[test]
    fn an_alert_is_the_faults_doing_unless_it_comes_without_it() {
        let row = row("slip, 3 min");
        let place = Place { site: CALF, against: Some(THIGH) };
        let alerted = |at_s| {
            let alert = Alert { at_s, pattern: PatternKind::CalfOverload, place, cleared_s: None };
            Said { alerts: vec![alert], ..said(&[], &[ARMED]) }
        };
        let count = |harmed: Said, unharmed: Said| {
            let ridden = judged(row, &fault(row.kind), &harmed, &unharmed);
            (ridden.alerts, ridden.due.len())
        };
        assert_eq!(count(alerted(1500.0), said(&[], &[])), (1, 1));
        assert_eq!(count(alerted(1500.0), alerted(1510.0)), (1, 0));
        assert_eq!(count(alerted(1500.0), alerted(1200.0)), (1, 1));
        assert_eq!(count(alerted(1299.0), said(&[], &[])), (0, 0));
        assert_eq!(count(alerted(2001.0), said(&[], &[])), (0, 0));
    }

    #[test]
    fn armed_again_is_looked_at_a_minute_after_the_end() {
        let row = row("slip, 3 min");
        let again =
            |armings: &[(f64, bool)]| judged(row, &fault(row.kind), &said(&[], armings), &Said::default()).armed_again;
        assert!(again(&[ARMED, (1302.0, false), (1459.0, true)]));
        assert!(!again(&[ARMED, (1302.0, false), (1461.0, true)]));
        assert!(again(&[]), "what was not armed before need not be");
    }

    #[test]
    fn every_fault_lands_on_its_ride_with_room_for_its_step() {
        for row in FAULT_ROWS {
            for seed in 1..=6 {
                let job = Job { row, correlation: 0.0, seed };
                let (scenario, fault) = built(&job);
                let mut world = World::new(&scenario, seed);
                let mut samples = Vec::new();
                for (heard_at, input) in world.by_ref() {
                    if let sling_core::Input::Sample(sample) = input
                        && sample.identity == scenario.sensors[usize::from(fault.site == THIGH)].identity
                        && (fault.at..fault.until).contains(&heard_at)
                    {
                        samples.push(sample);
                    }
                }
                assert!(world.faults_landed()[0] > 0, "{} seed {seed}", row.name);
                if matches!(fault.kind, FaultKind::Slip { .. } | FaultKind::Replaced { .. }) {
                    let inside = |percent: f32| percent > 0.0 && percent < 95.0;
                    assert!(samples.iter().all(|it| it.reading.is_ok_and(|value| inside(value.smo2.percent()))));
                }
            }
        }
    }
}
