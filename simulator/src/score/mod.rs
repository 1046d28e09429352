//! The detection benchmark: how seldom a head unit cries wolf, and how soon it sees what is there.
//!
//! Rides are built in code from a row and a seed ([`sets`]), ridden in the simulated world into a head unit in process
//! ([`ride`]), and judged by events alone: what is scored is what a rider would have been told. The plain rules that
//! others use hear the same samples ([`rules`]). Figures and the best that theory allows are in [`metrics`]. Rides are
//! shared among threads; what comes out depends on the plan alone, not on who rode what.
//!
//! Times are seconds from the start of a ride, SmO2 is points of percent, shares are from 0 to 1.

pub mod faults;
pub mod marks;
pub mod metrics;
pub mod normal;
pub mod page;
pub mod ride;
pub mod rules;
pub mod sets;
pub mod sweep;
pub mod tables;
pub mod truth;

use clap::ValueEnum;
use ride::Conditions;
use serde::{Serialize, Serializer};
use sets::{MAIN_ROSTERS, OTHER_ROSTERS};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// There are many sets of other sites and many extra rows: each has this part of the hours or of the seeds.
const EXTRA_PART: u32 = 5;

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Rides on which nothing is to be told
    Normal,
    /// The same with sensors at other sites
    Sites,
    /// Rides with something to tell
    True,
    /// Rides on which a sensor goes wrong
    Faults,
    /// The main figures over lost packets and noise
    Sweep,
}

impl Part {
    /// What is ridden unless something else is asked for.
    pub const USUAL: [Self; 4] = [Self::Normal, Self::Sites, Self::True, Self::Faults];
}

/// What is to be scored.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Hours of each normal set; with other sites a fifth.
    pub hours: u32,
    /// Seeds of each row of the others; of an extra one a fifth.
    pub seeds: u32,
    /// The first seed.
    pub first_seed: u64,
    /// What is ridden.
    pub parts: Vec<Part>,
    /// Only rows whose names contain this.
    pub row: Option<String>,
}

impl Plan {
    /// Whether a row is wanted.
    fn wants(&self, name: &str) -> bool {
        self.row.as_ref().is_none_or(|part| name.contains(part.as_str()))
    }

    fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Hours of each normal set with other sites.
    const fn other_hours(&self) -> u32 {
        self.hours.div_ceil(EXTRA_PART)
    }

    /// How many seeds a row has.
    const fn seeds_of(&self, extra: bool) -> u32 {
        if extra { self.seeds.div_ceil(EXTRA_PART) } else { self.seeds }
    }

    /// The seeds of a row; an extra one has a fifth of them.
    fn of_seeds(&self, extra: bool) -> impl Iterator<Item = u64> {
        self.first_seed..self.first_seed + u64::from(self.seeds_of(extra))
    }

    fn normal_jobs(&self) -> Vec<normal::Job> {
        if self.has(Part::Normal) { normal::jobs(self, &MAIN_ROSTERS, Conditions::default()) } else { Vec::new() }
    }

    /// Normal rides with other sites: a fifth of the hours for each.
    fn other_jobs(&self) -> Vec<normal::Job> {
        if self.has(Part::Sites) {
            let plan = Self { hours: self.other_hours(), ..self.clone() };
            normal::jobs(&plan, &OTHER_ROSTERS, Conditions::default())
        } else {
            Vec::new()
        }
    }

    fn true_jobs(&self) -> Vec<truth::Job> {
        if self.has(Part::True) {
            truth::jobs(self, |name| self.wants(name), Conditions::default())
        } else {
            Vec::new()
        }
    }

    /// How many rides it is.
    pub fn rides(&self) -> usize {
        let faults = if self.has(Part::Faults) { faults::rides(self) } else { 0 };
        let sweep = if self.has(Part::Sweep) { sweep::rides(self) } else { 0 };
        self.normal_jobs().len() + self.other_jobs().len() + self.true_jobs().len() + faults + sweep
    }
}

/// What came out. A time that is `null` in JSON was missed more often than not.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Score {
    /// Normal rides, by what is worn and by correlation.
    pub normal: Vec<normal::NormalSet>,
    /// The same with other sites: to be looked at, no mark is on them.
    pub sites: Vec<normal::NormalSet>,
    /// True effects, a row for each correlation and one for both.
    #[serde(rename = "true")]
    pub truth: Vec<truth::TrueFigures>,
    /// Faults of sensors, both correlations together.
    pub faults: Vec<faults::FaultFigures>,
    /// The main figures over loss and noise.
    pub sweep: Vec<sweep::Cell>,
    /// What was asked for and whether it holds.
    pub marks: Vec<marks::Mark>,
    /// Every false alert and every miss, with what rides it again.
    #[serde(skip)]
    pub list: Vec<String>,
}

/// Rides the plan. `ridden` is called after every ride.
pub fn score(plan: &Plan, ridden: &(dyn Fn() + Sync)) -> io::Result<Score> {
    let mut score = Score::default();
    score.normal = normal::score(&plan.normal_jobs(), ridden, &mut score.list)?;
    score.sites = normal::score(&plan.other_jobs(), ridden, &mut score.list)?;
    score.truth = truth::score(&plan.true_jobs(), ridden, &mut score.list)?;
    if plan.has(Part::Faults) {
        score.faults = faults::score(plan, ridden, &mut score.list)?;
    }
    if plan.has(Part::Sweep) {
        score.sweep = sweep::score(plan, ridden)?;
    }
    score.marks = marks::judge(&score);
    Ok(score)
}

/// Does every job, on as many threads as the machine has; results are in the order of the jobs.
pub(crate) fn in_parallel<J: Sync, R: Send>(
    jobs: &[J],
    done: &(dyn Fn() + Sync),
    work: impl Fn(&J) -> io::Result<R> + Sync,
) -> io::Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut results = Vec::new();
        while let Some((i, job)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, jobs.get(i)?))) {
            results.push((i, work(job)?));
            done();
        }
        Ok(results)
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<io::Result<Vec<(usize, R)>>> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let joined = handles.into_iter().map(thread::ScopedJoinHandle::join);
        joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let mut results = Vec::with_capacity(jobs.len());
    for part in parts {
        results.extend(part?);
    }
    results.sort_by_key(|(i, _)| *i);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// So many in ten hours.
fn per_10h(count: usize, hours: f64) -> f64 {
    if hours > 0.0 { 10.0 * count as f64 / hours } else { 0.0 }
}

/// A figure as JSON has it: with three decimals, and what is infinite (missed) as `null`.
fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f64((value * 1000.0).round() / 1000.0)
    } else {
        serializer.serialize_none()
    }
}

/// The same for figures by name.
fn each_rounded<S: Serializer>(values: &BTreeMap<&'static str, f64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(name, value)| (name, (value * 1000.0).round() / 1000.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_are_in_the_order_of_the_jobs_whoever_did_them() {
        let jobs: Vec<u64> = (0..40).collect();
        let done = AtomicUsize::new(0);
        let count = || {
            done.fetch_add(1, Ordering::Relaxed);
        };
        // The first jobs take longest.
        let results = in_parallel(&jobs, &count, |job| {
            thread::sleep(Duration::from_micros(40 - job) * 50);
            Ok(job * job)
        });
        assert_eq!(results.unwrap(), jobs.iter().map(|job| job * job).collect::<Vec<_>>());
        assert_eq!(done.into_inner(), 40);
    }

    #[test]
    fn a_ride_that_fails_is_an_error_and_no_figure() {
        let failed =
            in_parallel(&[1, 2, 3], &|| {}, |job| if *job == 2 { Err(io::Error::other("no")) } else { Ok(()) });
        assert!(failed.is_err());
    }

    #[test]
    fn a_plan_is_scored_alike_every_time_and_rides_what_it_says() {
        let plan = Plan {
            hours: 2,
            seeds: 1,
            first_seed: 5,
            parts: vec![Part::Normal, Part::True, Part::Faults],
            row: Some("15".into()),
        };
        let ridden = AtomicUsize::new(0);
        let count = || {
            ridden.fetch_add(1, Ordering::Relaxed);
        };
        let (one, other) = (score(&plan, &count).unwrap(), score(&plan, &|| {}).unwrap());
        assert_eq!(ridden.into_inner(), plan.rides());
        assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&other).unwrap());
        let both = one.truth.iter().filter(|row| row.correlation.is_none());
        let names: Vec<&str> = both.map(|row| row.name).collect();
        let others =
            ["left thigh -15", "left calf -15", "medial head -15", "lateral head -15", "shin -15", "hamstring -15"];
        let blood = ["calf -15, tHb +", "calf -15, tHb -"];
        let wanted = [&["calf -15", "thigh -15"][..], &others, &["thigh/hamstring -15"], &blood].concat();
        assert_eq!(names, wanted);
        assert_eq!(one.truth.len(), 3 * names.len());
        assert!(one.normal.is_empty() && one.sites.is_empty() && one.faults.is_empty());
    }

    #[test]
    fn what_is_only_looked_at_is_ridden_a_fifth_as_long() {
        let plan = |parts, row: &str| Plan { hours: 300, seeds: 200, first_seed: 5, parts, row: Some(row.into()) };
        assert_eq!(plan(vec![Part::True], "hamstring -10").rides(), 2 * (200 + 40));
        assert_eq!(plan(vec![Part::True], "thigh/hamstring -10").rides(), 2 * 40);
        assert_eq!(plan(vec![Part::Normal], "").rides(), 2 * 2 * 300);
        assert_eq!(plan(vec![Part::Sites], "").rides(), 6 * 2 * 60);
        // By what is worn, and by kind of ride, which take turns.
        assert_eq!(plan(vec![Part::Sites], "bf and vl").rides(), 2 * 60);
        assert_eq!(plan(vec![Part::Sites], "hills").rides(), 6 * 2 * 6);
    }
}
