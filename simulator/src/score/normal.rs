//! Normal rides: whatever is told is false.

use super::metrics::{COUNTED_FROM_S, armed_s, is_pair};
use super::ride::{Alert, Conditions, ride};
use super::rules::RULES;
use super::sets::{CALF, CORRELATIONS, MAIN_ROSTERS, Normal, OTHER_ROSTERS, Roster, THIGH};
use super::{Plan, each_rounded, in_parallel, per_10h, rounded};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// One set: what is worn, one correlation.
#[derive(Clone, Debug, Serialize)]
pub struct NormalSet {
    /// What is worn.
    pub worn: &'static str,
    /// How many sites that is.
    pub sites: usize,
    /// Correlation of the slow variation between muscles.
    pub correlation: f64,
    /// By kind of ride.
    pub kinds: Vec<NormalFigures>,
    /// All of them.
    pub all: NormalFigures,
}

/// Figures of some rides.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NormalFigures {
    /// Which.
    pub name: &'static str,
    /// How many.
    pub rides: usize,
    /// Hours ridden.
    #[serde(serialize_with = "rounded")]
    pub ridden_h: f64,
    /// Hours after minute ten in which a pair was armed.
    #[serde(serialize_with = "rounded")]
    pub armed_h: f64,
    /// Share of the time after minute ten in which the right calf and thigh, or where they are not both worn any pair,
    /// were not judged.
    #[serde(serialize_with = "rounded")]
    pub without_verdict: f64,
    /// How often something was told.
    pub false_alerts: usize,
    /// In ten armed hours.
    #[serde(serialize_with = "rounded")]
    pub false_per_10h: f64,
    /// How often what was told.
    pub by_pattern: BTreeMap<&'static str, usize>,
    /// The same in ten armed hours.
    #[serde(serialize_with = "each_rounded")]
    pub by_pattern_per_10h: BTreeMap<&'static str, f64>,
    /// How often a cue was given, in ten armed hours.
    #[serde(serialize_with = "rounded")]
    pub cues_per_10h: f64,
    /// States of less than five seconds, in an hour of riding.
    #[serde(serialize_with = "rounded")]
    pub flickers_per_h: f64,
    /// What the plain rules told, in ten hours after minute ten; they judge right calf and thigh only.
    pub rules_per_10h: Option<[f64; RULES]>,
}

/// A ride to be ridden.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    roster: Roster,
    correlation: f64,
    seed: u64,
    conditions: Conditions,
}

/// What came of it.
struct Ridden {
    length_s: f64,
    armed_s: f64,
    judged_s: f64,
    alerts: Vec<Alert>,
    cues: usize,
    flickers: usize,
    rules: [usize; RULES],
}

/// Every ride, set by set.
pub(super) fn jobs(plan: &Plan, rosters: &[Roster], conditions: Conditions) -> Vec<Job> {
    let mut jobs = Vec::new();
    for &roster in rosters {
        for correlation in CORRELATIONS {
            let seeds = plan.first_seed..plan.first_seed + u64::from(plan.hours);
            let wanted = |seed: &u64| plan.wants(roster.name) || plan.wants(Normal::of_seed(*seed).name());
            jobs.extend(seeds.filter(wanted).map(|seed| Job { roster, correlation, seed, conditions }));
        }
    }
    jobs
}

fn ridden(job: &Job) -> io::Result<Ridden> {
    let scenario = Normal::of_seed(job.seed).ride(job.seed, job.correlation, job.roster.sites);
    let said = ride(&scenario, job.seed, job.conditions)?;
    let counted =
        |of: &dyn Fn(sling_core::head_unit::Place) -> bool| armed_s(&said.armings, COUNTED_FROM_S, said.length_s, of);
    let has_main_pair = [CALF, THIGH].iter().all(|site| job.roster.sites.contains(site));
    Ok(Ridden {
        length_s: said.length_s,
        armed_s: counted(&|_| true),
        judged_s: counted(&|place| !has_main_pair || is_pair(place, CALF, THIGH)),
        cues: said.cues_s.len(),
        flickers: said.flickers(),
        rules: said.rules_s.as_ref().map_or([0; RULES], |rules| core::array::from_fn(|rule| rules[rule].len())),
        alerts: said.alerts,
    })
}

/// Rides them all.
pub(super) fn score(jobs: &[Job], done: &(dyn Fn() + Sync), list: &mut Vec<String>) -> io::Result<Vec<NormalSet>> {
    let rides = in_parallel(jobs, done, ridden)?;
    let all: Vec<(&Job, &Ridden)> = jobs.iter().zip(&rides).collect();
    for (job, ride) in &all {
        list.extend(ride.alerts.iter().map(|alert| said_falsely(job, alert)));
    }
    let mut sets = Vec::new();
    for roster in MAIN_ROSTERS.into_iter().chain(OTHER_ROSTERS) {
        for correlation in CORRELATIONS {
            let of_set = |job: &Job| job.roster == roster && job.correlation == correlation;
            let set: Vec<_> = all.iter().copied().filter(|(job, _)| of_set(job)).collect();
            if set.is_empty() {
                continue;
            }
            let of_kind = |kind: Normal| {
                let rides: Vec<_> = set.iter().filter(|(job, _)| Normal::of_seed(job.seed) == kind).collect();
                figures(kind.name(), rides.into_iter().map(|(_, ride)| *ride))
            };
            let kinds = Normal::ALL.into_iter().map(of_kind).filter(|kind| kind.rides > 0).collect();
            let all = figures("all", set.iter().map(|(_, ride)| *ride));
            sets.push(NormalSet { worn: roster.name, sites: roster.sites.len(), correlation, kinds, all });
        }
    }
    Ok(sets)
}

fn said_falsely(job: &Job, alert: &Alert) -> String {
    let part = if MAIN_ROSTERS.contains(&job.roster) { "normal" } else { "sites" };
    let against = alert.place.against.map_or_else(String::new, |site| format!(" against {site}"));
    format!(
        "false alert {} at {}{against}, {:.0} s, {}, rho {}, {}: --only {part} --hours 1 --first-seed {}",
        alert.pattern.code(),
        alert.place.site,
        alert.at_s,
        job.roster.name,
        job.correlation,
        Normal::of_seed(job.seed).name(),
        job.seed
    )
}

fn figures<'r>(name: &'static str, rides: impl Iterator<Item = &'r Ridden>) -> NormalFigures {
    let mut figures = NormalFigures { name, ..NormalFigures::default() };
    let (mut counted_s, mut judged_s, mut cues, mut flickers) = (0.0, 0.0, 0, 0);
    let mut rules = [0; RULES];
    for ride in rides {
        figures.rides += 1;
        figures.ridden_h += ride.length_s / 3600.0;
        figures.armed_h += ride.armed_s / 3600.0;
        figures.false_alerts += ride.alerts.len();
        for alert in &ride.alerts {
            *figures.by_pattern.entry(alert.pattern.code()).or_default() += 1;
        }
        counted_s += ride.length_s - COUNTED_FROM_S;
        judged_s += ride.judged_s;
        cues += ride.cues;
        flickers += ride.flickers;
        for (sum, n) in rules.iter_mut().zip(ride.rules) {
            *sum += n;
        }
    }
    if figures.rides > 0 {
        figures.without_verdict = 1.0 - judged_s / counted_s;
        figures.flickers_per_h = flickers as f64 / figures.ridden_h;
    }
    figures.false_per_10h = per_10h(figures.false_alerts, figures.armed_h);
    for (code, n) in &figures.by_pattern {
        figures.by_pattern_per_10h.insert(code, per_10h(*n, figures.armed_h));
    }
    figures.cues_per_10h = per_10h(cues, figures.armed_h);
    figures.rules_per_10h = Some(rules.map(|n| per_10h(n, counted_s / 3600.0)));
    figures
}
