//! True effects: how soon they are told, and by which pattern.

use super::metrics::{ARL_S, COUNTED_FROM_S, armed_s, median, pair_variance, quantile, ramp_bound_s, shaped_bound_s};
use super::ride::{Conditions, Said, ride};
use super::rules::{NAMES, RULES};
use super::sets::{CALF, CORRELATIONS, THIGH, TRUE_ROWS, TrueRow, WATCHED_S};
use super::{Plan, in_parallel, per_10h, rounded};
use crate::scenario::{Course, Scenario};
use crate::world::World;
use serde::Serialize;
use std::io;

/// Told within this, in seconds, it was told in time to be of use.
const IN_TIME_S: f64 = 360.0;

/// Figures of a row.
#[derive(Clone, Debug, Serialize)]
pub struct TrueFigures {
    /// The row.
    pub name: &'static str,
    /// The patterns that are right.
    pub right: &'static [&'static str],
    /// Whether it is only looked at: ridden less, and no mark is on it.
    pub extra: bool,
    /// Correlation of the slow variation between muscles; `None` for both together.
    pub correlation: Option<f64>,
    /// How many rides.
    pub rides: usize,
    /// Share told within six minutes by a right pattern.
    #[serde(serialize_with = "rounded")]
    pub told_in_6_min: f64,
    /// From the effect's beginning to the alert, in seconds, in the middle.
    #[serde(serialize_with = "rounded")]
    pub median_s: f64,
    /// The same, not exceeded by nine in ten.
    #[serde(serialize_with = "rounded")]
    pub p90_s: f64,
    /// From the effect's beginning to the first cue, in the middle.
    #[serde(serialize_with = "rounded")]
    pub cue_median_s: f64,
    /// Share of rides on which the first alert within twelve minutes was of another pattern.
    #[serde(serialize_with = "rounded")]
    pub wrong_kind: f64,
    /// Share of rides on which calf overload was told within twelve minutes, right or wrong.
    #[serde(serialize_with = "rounded")]
    pub calf_told: f64,
    /// What was told before anything had begun, in ten armed hours.
    #[serde(serialize_with = "rounded")]
    pub false_before_per_10h: f64,
    /// The best delay that theory allows with these rides' noise, in the middle; infinite if nothing is to be told.
    #[serde(serialize_with = "rounded")]
    pub bound_s: f64,
    /// Delay over bound, in the middle.
    #[serde(serialize_with = "rounded")]
    pub ratio: f64,
    /// The plain rules, where they judge; they tell no pattern.
    pub rules: Option<[RuleFigures; RULES]>,
}

/// Figures of a plain rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RuleFigures {
    /// The rule.
    pub name: &'static str,
    /// From the effect's beginning to its alert, in seconds, in the middle.
    #[serde(serialize_with = "rounded")]
    pub median_s: f64,
    /// Share told within six minutes.
    #[serde(serialize_with = "rounded")]
    pub told_in_6_min: f64,
}

/// A ride to be ridden.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    row: &'static TrueRow,
    correlation: f64,
    seed: u64,
    conditions: Conditions,
}

/// What came of it. Delays are infinite if nothing was told.
struct Ridden {
    delay_s: f64,
    cue_s: f64,
    /// The first pattern within twelve minutes if it was not right, and when.
    wrong: Option<(&'static str, f64)>,
    /// Calf overload was told within twelve minutes.
    calf: bool,
    before: usize,
    armed_before_s: f64,
    bound_s: f64,
    rules_s: Option<[f64; RULES]>,
}

/// Every ride of the rows that are wanted, row by row.
pub(super) fn jobs(plan: &Plan, wanted: impl Fn(&str) -> bool, conditions: Conditions) -> Vec<Job> {
    let mut jobs = Vec::new();
    for row in TRUE_ROWS.iter().filter(|row| wanted(row.name)) {
        for correlation in CORRELATIONS {
            jobs.extend(plan.of_seeds(row.extra).map(|seed| Job { row, correlation, seed, conditions }));
        }
    }
    jobs
}

fn ridden(job: &Job) -> io::Result<Ridden> {
    let (scenario, onset_s) = job.row.ride(job.seed, job.correlation);
    let said = ride(&scenario, job.seed, job.conditions)?;
    Ok(Ridden { bound_s: bound_s(job, &scenario).unwrap_or(f64::INFINITY), ..judged(job.row, &said, onset_s) })
}

fn judged(row: &TrueRow, said: &Said, onset_s: f64) -> Ridden {
    let delay = |at_s: f64| at_s - onset_s;
    let after = || said.alerts.iter().filter(|alert| alert.at_s >= onset_s);
    let is_right = |code: &str| row.right.contains(&code);
    let told = after().find(|alert| is_right(alert.pattern.code()));
    let cue = said.cues_s.iter().copied().find(|at_s| *at_s >= onset_s);
    let first = after().find(|alert| delay(alert.at_s) <= WATCHED_S);
    let first = first.map(|alert| (alert.pattern.code(), delay(alert.at_s)));
    Ridden {
        delay_s: told.map_or(f64::INFINITY, |alert| delay(alert.at_s)),
        cue_s: cue.map_or(f64::INFINITY, delay),
        wrong: first.filter(|(code, _)| !is_right(code)),
        calf: after().any(|alert| alert.pattern.code() == "calf_overload" && delay(alert.at_s) <= WATCHED_S),
        before: said.alerts.iter().filter(|alert| alert.at_s < onset_s).count(),
        armed_before_s: armed_s(&said.armings, COUNTED_FROM_S, onset_s, |_| true),
        bound_s: f64::INFINITY,
        rules_s: said.rules_s.as_ref().map(|rules| {
            core::array::from_fn(|rule| {
                let told = rules[rule].iter().copied().find(|at_s| *at_s >= onset_s);
                told.map_or(f64::INFINITY, delay)
            })
        }),
    }
}

/// The best delay for this row with the noise of this ride.
fn bound_s(job: &Job, scenario: &Scenario) -> Option<f64> {
    let (one, other) = job.row.pair?;
    // What is drawn does not depend on how long it is ridden.
    let world = World::new(scenario, job.seed);
    let variance = pair_variance(world.variation_pct(one)?, world.variation_pct(other)?, job.correlation);
    Some(match job.row.course {
        Course::Step { size_pct, tau_s } => shaped_bound_s(variance, size_pct, tau_s, ARL_S),
        Course::Ramp { slope_pct_per_min, .. } => ramp_bound_s(variance, slope_pct_per_min),
    })
}

/// Rides them all.
pub(super) fn score(jobs: &[Job], done: &(dyn Fn() + Sync), list: &mut Vec<String>) -> io::Result<Vec<TrueFigures>> {
    let rides = in_parallel(jobs, done, ridden)?;
    let all: Vec<(&Job, &Ridden)> = jobs.iter().zip(&rides).collect();
    for (job, ride) in &all {
        list.extend(remarks(job, ride));
    }
    let mut rows = Vec::new();
    for row in TRUE_ROWS.iter().filter(|row| jobs.iter().any(|job| job.row.name == row.name)) {
        for correlation in CORRELATIONS.into_iter().map(Some).chain([None]) {
            let wanted = |job: &Job| job.row.name == row.name && correlation.is_none_or(|it| it == job.correlation);
            let rides: Vec<&Ridden> = all.iter().filter(|(job, _)| wanted(job)).map(|(_, ride)| *ride).collect();
            rows.push(figures(row, correlation, &rides));
        }
    }
    Ok(rows)
}

fn remarks(job: &Job, ride: &Ridden) -> Vec<String> {
    let again =
        format!("rho {}: --only true --row '{}' --seeds 1 --first-seed {}", job.correlation, job.row.name, job.seed);
    let mut lines = Vec::new();
    if !job.row.right.is_empty() && ride.delay_s > IN_TIME_S {
        let told =
            if ride.delay_s.is_finite() { format!("told after {:.0} s", ride.delay_s) } else { "never told".into() };
        lines.push(format!("miss {}, {told}, {again}", job.row.name));
    }
    if let Some((code, at_s)) = ride.wrong {
        lines.push(format!("wrong kind {}: {code} after {at_s:.0} s, {again}", job.row.name));
    }
    if ride.before > 0 {
        lines.push(format!("{} false before the onset of {}, {again}", ride.before, job.row.name));
    }
    lines
}

fn figures(row: &TrueRow, correlation: Option<f64>, rides: &[&Ridden]) -> TrueFigures {
    let of = |value: &dyn Fn(&Ridden) -> f64| rides.iter().map(|ride| value(ride)).collect::<Vec<f64>>();
    let share = |counts: &dyn Fn(&Ridden) -> bool| {
        rides.iter().filter(|ride| counts(ride)).count() as f64 / rides.len().max(1) as f64
    };
    let delays = of(&|ride| ride.delay_s);
    let in_time =
        |delays: &[f64]| delays.iter().filter(|s| **s <= IN_TIME_S).count() as f64 / delays.len().max(1) as f64;
    let of_rule = |rule: usize| {
        let delays = of(&|ride| ride.rules_s.map_or(f64::INFINITY, |rules| rules[rule]));
        let median_s = median(&delays).unwrap_or(f64::INFINITY);
        RuleFigures { name: NAMES[rule], median_s, told_in_6_min: in_time(&delays) }
    };
    let middle = |values: &[f64]| median(values).unwrap_or(f64::INFINITY);
    let armed_h = rides.iter().map(|ride| ride.armed_before_s).sum::<f64>() / 3600.0;
    TrueFigures {
        name: row.name,
        right: row.right,
        extra: row.extra,
        correlation,
        rides: rides.len(),
        told_in_6_min: in_time(&delays),
        median_s: middle(&delays),
        p90_s: quantile(&delays, 0.9).unwrap_or(f64::INFINITY),
        cue_median_s: middle(&of(&|ride| ride.cue_s)),
        wrong_kind: share(&|ride| ride.wrong.is_some()),
        calf_told: share(&|ride| ride.calf),
        false_before_per_10h: per_10h(rides.iter().map(|ride| ride.before).sum(), armed_h),
        bound_s: middle(&of(&|ride| ride.bound_s)),
        ratio: middle(&of(&|ride| ride.delay_s / ride.bound_s)),
        rules: (row.pair == Some((CALF, THIGH)) && rides.iter().all(|ride| ride.rules_s.is_some()))
            .then(|| core::array::from_fn(of_rule)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::metrics::Arming;
    use super::super::ride::Alert;
    use super::*;
    use sling_core::head_unit::{PatternKind, Place};

    fn row(name: &str) -> &'static TrueRow {
        TRUE_ROWS.iter().find(|row| row.name == name).unwrap()
    }

    fn said(alerts: &[(f64, PatternKind)]) -> Said {
        let place = Place { site: CALF, against: Some(THIGH) };
        let alert = |&(at_s, pattern)| Alert { at_s, pattern, place, cleared_s: None };
        Said {
            alerts: alerts.iter().map(alert).collect(),
            armings: vec![Arming { at_s: 300.0, place, armed: true }],
            cues_s: vec![900.0, 1540.0],
            length_s: 2220.0,
            ..Said::default()
        }
    }

    #[test]
    fn the_right_pattern_counts_from_the_onset_and_another_before_it_is_wrong() {
        use PatternKind::{CalfOverload, SideImbalance, VlFatigue};
        let onset_s = 1500.0;
        let ridden = judged(row("calf -10"), &said(&[(1200.0, CalfOverload), (1560.0, CalfOverload)]), onset_s);
        assert_eq!((ridden.delay_s, ridden.cue_s, ridden.before), (60.0, 40.0, 1));
        assert_eq!((ridden.wrong, ridden.calf, ridden.armed_before_s), (None, true, 900.0));
        let ridden = judged(row("calf -10"), &said(&[(1530.0, VlFatigue), (1560.0, CalfOverload)]), onset_s);
        assert_eq!((ridden.delay_s, ridden.wrong), (60.0, Some(("vl_fatigue", 30.0))));
        // Another pattern after the right one is no confusion; nothing at all is a miss.
        let ridden = judged(row("calf -10"), &said(&[(1560.0, CalfOverload), (1570.0, VlFatigue)]), onset_s);
        assert_eq!(ridden.wrong, None);
        let ridden = judged(row("calf -10"), &said(&[(1499.0, CalfOverload)]), onset_s);
        assert_eq!((ridden.delay_s, ridden.wrong), (f64::INFINITY, None));
        // With both legs worn, either observation is right.
        assert_eq!(judged(row("calf -10, both legs"), &said(&[(1600.0, SideImbalance)]), onset_s).wrong, None);
    }

    #[test]
    fn when_both_fall_nothing_is_right() {
        let ridden = judged(row("both -8"), &said(&[(1560.0, PatternKind::CalfOverload)]), 1500.0);
        assert_eq!((ridden.delay_s, ridden.calf), (f64::INFINITY, true));
        assert_eq!(ridden.wrong, Some(("calf_overload", 60.0)));
        let late = judged(row("both -8"), &said(&[(1500.0 + WATCHED_S + 1.0, PatternKind::CalfOverload)]), 1500.0);
        assert_eq!((late.wrong, late.calf), (None, false));
    }

    #[test]
    fn figures_are_of_all_rides_missed_ones_included() {
        let ride = |delay_s, bound_s| Ridden {
            delay_s,
            cue_s: delay_s + 30.0,
            wrong: None,
            calf: false,
            before: 1,
            armed_before_s: 1800.0,
            bound_s,
            rules_s: Some([delay_s, 5.0, f64::INFINITY]),
        };
        let rides = [ride(50.0, 25.0), ride(f64::INFINITY, 25.0), ride(400.0, 50.0)];
        let all = figures(row("calf -10"), None, &rides.iter().collect::<Vec<_>>());
        assert_eq!((all.rides, all.median_s, all.cue_median_s), (3, 400.0, 430.0));
        assert!((all.told_in_6_min - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!((all.p90_s, all.bound_s, all.ratio), (f64::INFINITY, 25.0, 8.0));
        assert_eq!(all.false_before_per_10h, 20.0);
        assert_eq!(all.rules.map(|rules| rules.map(|rule| rule.median_s)), Some([400.0, 5.0, f64::INFINITY]));
        let json = serde_json::to_value(&all).unwrap();
        assert!(json["p90_s"].is_null() && json["rules"][2]["median_s"].is_null(), "{json}");
        assert_eq!(json["told_in_6_min"], 0.333);
    }
}
