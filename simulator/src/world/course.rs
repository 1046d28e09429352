//! The ride itself, second by second: nominal power, cadence and posture from the scenario's loads.

use crate::scenario::{Load, Scenario, Shape};
use sling_core::head_unit::Posture;
use sling_core::time::Instant;

/// Before the first load the rider warms up from this share of its first power.
const WARM_UP_FROM: f64 = 0.4;
/// Cadence lost at the top of a hill's power, gained at its bottom.
const HILL_CADENCE_RPM: f64 = 4.0;
/// Cadence out of the saddle.
const STANDING_CADENCE_RPM: f64 = 66.0;
/// Cadence above the rider's own in a sprint.
const SPRINT_CADENCE_RPM: f64 = 20.0;

/// What is asked of the rider during one second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) power_w: f64,
    /// 0 when the rider does not pedal.
    pub(super) cadence_rpm: f64,
    pub(super) posture: Posture,
}

/// What is asked in every second of the ride, for a rider who likes to pedal at `cadence_rpm`.
pub(super) fn moments(scenario: &Scenario, cadence_rpm: f64) -> Vec<Moment> {
    let seconds = scenario.duration.as_ms().div_ceil(1000);
    (0..u64::from(seconds)).map(|s| moment(scenario, Instant::from_ms(s * 1000), cadence_rpm)).collect()
}

fn moment(scenario: &Scenario, at: Instant, own_cadence_rpm: f64) -> Moment {
    let below = main_load(&scenario.loads, at, own_cadence_rpm);
    let inside = begun(&scenario.interruptions, at).filter(|load| at < load.to);
    let moment = match inside {
        None => below,
        Some(load) => match load.shape {
            Shape::Coast => Moment { power_w: 0.0, cadence_rpm: 0.0, posture: Posture::Seated },
            Shape::Sprint { power_w } => {
                let cadence_rpm = load.cadence_rpm.unwrap_or(own_cadence_rpm + SPRINT_CADENCE_RPM);
                Moment { power_w, cadence_rpm, posture: load.posture }
            }
            _ => {
                let cadence_rpm = load.cadence_rpm.unwrap_or(STANDING_CADENCE_RPM);
                Moment { cadence_rpm, posture: load.posture, ..below }
            }
        },
    };
    if moment.power_w > 0.0 { moment } else { Moment { power_w: 0.0, cadence_rpm: 0.0, ..moment } }
}

/// The last load that has begun; loads are in order.
fn begun(loads: &[Load], at: Instant) -> Option<&Load> {
    let begun = loads.partition_point(|load| load.from <= at);
    loads[..begun].last()
}

/// The load at a time: the one that runs, the end of the one before, or the warm-up to the first.
fn main_load(loads: &[Load], at: Instant, own_cadence_rpm: f64) -> Moment {
    let Some(first) = loads.first() else {
        return Moment { power_w: 0.0, cadence_rpm: 0.0, posture: Posture::Seated };
    };
    match begun(loads, at) {
        None => {
            let end = of_load(first, first.from, own_cadence_rpm);
            let share = at.as_ms() as f64 / first.from.as_ms() as f64;
            Moment { power_w: end.power_w * (WARM_UP_FROM + (1.0 - WARM_UP_FROM) * share), ..end }
        }
        Some(load) => of_load(load, at.min(last_instant(load)), own_cadence_rpm),
    }
}

/// The last second of a load, whose value holds until the next one.
const fn last_instant(load: &Load) -> Instant {
    Instant::from_ms(load.to.as_ms().saturating_sub(1))
}

fn of_load(load: &Load, at: Instant, own_cadence_rpm: f64) -> Moment {
    let into_s = f64::from(at.since(load.from).as_ms()) / 1000.0;
    let length_s = f64::from(load.to.since(load.from).as_ms()) / 1000.0;
    let (power_w, cadence_change_rpm) = match load.shape {
        Shape::Steady { power_w } | Shape::Sprint { power_w } => (power_w, 0.0),
        Shape::Ramp { power_w, end_power_w } => (power_w + (end_power_w - power_w) * into_s / length_s, 0.0),
        Shape::Hills { power_w, swing_w, period } => {
            let turns = into_s * 1000.0 / f64::from(period.as_ms());
            let height = libm::sin(2.0 * core::f64::consts::PI * turns);
            ((power_w + swing_w * height).max(0.0), -HILL_CADENCE_RPM * height)
        }
        Shape::Intervals { power_w, rest_power_w, work, rest } => {
            let round_ms = at.since(load.from).as_ms() % (work.as_ms() + rest.as_ms());
            (if round_ms < work.as_ms() { power_w } else { rest_power_w }, 0.0)
        }
        Shape::Coast | Shape::Stand => (0.0, 0.0),
    };
    let free_rpm = match load.posture {
        Posture::Seated => own_cadence_rpm,
        Posture::Standing => STANDING_CADENCE_RPM,
    };
    let cadence_rpm = load.cadence_rpm.unwrap_or(free_rpm + cadence_change_rpm);
    Moment { power_w, cadence_rpm, posture: load.posture }
}
