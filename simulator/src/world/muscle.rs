//! What truly happens on the ride, second by second: load, heart, and every worn muscle before its sensor.
//!
//! SmO2 = clip(B - g Peff + v + d - cadence - posture - effects), where Peff is the power through a delay of 5 s and a
//! time constant (thigh 15 s, calf 20 to 30 s). Desaturation of vastus lateralis in recordings begins after 4 to 7 s
//! and the lag of SmO2 behind power is 15 to 20 s; the calf's time constant is an assumption from published recovery.

use super::course::{Moment, moments};
use super::noise::{SecondOrder, TIME_CONSTANT_S, drift, variation};
use super::random::{Purpose, Random};
use super::rider::{Common, Profile, common, profile, site_index};
use crate::scenario::{Course, Effect, EffectKind, Scenario, SensorKind};
use sling_core::head_unit::Posture;
use sling_core::sensor::Site;
use sling_core::time::Instant;

/// From a change of power to the first answer of the muscle.
const DELAY_S: usize = 5;
/// The cadence at which the calf's cadence effect is zero.
const CADENCE_ZERO_RPM: f64 = 85.0;
/// A rider's power varies by this share from second to second.
const POWER_SPREAD: f64 = 0.05;
/// A rider's cadence wanders by this much, with this time constant.
const CADENCE_SPREAD_RPM: f64 = 1.5;
const CADENCE_TAU_S: f64 = 5.0;
/// Heart rate follows power with this time constant and wanders by this much.
const HEART_TAU_S: f64 = 35.0;
const HEART_SPREAD_BPM: f64 = 1.5;
const HEART_RANGE_BPM: (f64, f64) = (40.0, 198.0);
/// SD of tHb's slow variation, which goes like v: in g/dL of a Moxy.
const THB_VARIATION_GDL: f64 = 0.03;

/// The true ride.
#[derive(Clone, Debug)]
pub(super) struct Ride {
    /// What is asked, with the power and cadence that the rider makes of it.
    pub(super) moments: Vec<Moment>,
    pub(super) heart_rate_bpm: Vec<f64>,
    /// In the order of the scenario's sensors.
    pub(super) muscles: Vec<MuscleRide>,
}

/// The true ride of one muscle.
#[derive(Clone, Debug)]
pub(super) struct MuscleRide {
    pub(super) profile: Profile,
    /// At every whole second, with one more for the end.
    pub(super) smo2_pct: Vec<f64>,
    /// Away from the base, in g/dL.
    pub(super) thb_change: Vec<f64>,
}

/// A first-order lag stepped exactly by one second.
struct Lag {
    keep: f64,
    value: f64,
}

impl Lag {
    fn new(tau_s: f64, value: f64) -> Self {
        Self { keep: libm::exp(-1.0 / tau_s), value }
    }

    fn step(&mut self, input: f64) {
        self.value = input + (self.value - input) * self.keep;
    }
}

/// The input through the delay and the lag, at the beginning of each second and at the end of the last.
fn lagged(tau_s: f64, inputs: impl Iterator<Item = f64>) -> Vec<f64> {
    lagged_unevenly(tau_s, inputs, |_| 1.0)
}

/// The same for a muscle that recovers more slowly than it desaturates: at each second so many times.
fn lagged_unevenly(tau_s: f64, inputs: impl Iterator<Item = f64>, slower: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut lag = Lag::new(tau_s, 0.0);
    let delayed = core::iter::repeat_n(0.0, DELAY_S).chain(inputs);
    let mut values: Vec<f64> = delayed
        .enumerate()
        .map(|(second, input)| {
            let value = lag.value;
            let times = slower(second);
            if times > 1.0 && input < value {
                lag = Lag::new(tau_s * times, value);
                lag.step(input);
                lag = Lag::new(tau_s, lag.value);
            } else {
                lag.step(input);
            }
            value
        })
        .collect();
    values.truncate(values.len() - DELAY_S);
    values.push(values.last().copied().unwrap_or(0.0));
    values
}

impl Ride {
    pub(super) fn new(scenario: &Scenario, seed: u64) -> Self {
        let common = common(&scenario.rider, seed);
        let asked = moments(scenario, common.cadence_rpm);
        let peak_w = |tau_s| {
            let power = lagged(tau_s, asked.iter().map(|moment| moment.power_w));
            power.into_iter().fold(0.0, f64::max)
        };
        let ridden = ridden(&asked, seed);
        let shared = shared_variation(seed, ridden.len() + 1);
        let muscles = scenario
            .sensors
            .iter()
            .map(|sensor| {
                let profile = profile(&scenario.rider, seed, sensor.site, sensor.kind, peak_w);
                muscle(scenario, seed, sensor.site, profile, &common, &ridden, &shared)
            })
            .collect();
        let heart_rate_bpm = heart_rate(&common, &ridden, seed);
        Self { moments: ridden, heart_rate_bpm, muscles }
    }
}

/// How many of a sensor's own units make a g/dL: Train.Red's scale varies about ten times as much.
pub(super) const fn thb_per_gdl(kind: SensorKind) -> f64 {
    match kind {
        SensorKind::Moxy => 1.0,
        SensorKind::TrainRed => 10.0,
    }
}

/// The part of v that all muscles share.
fn shared_variation(seed: u64, n: usize) -> Vec<f64> {
    SecondOrder::new(TIME_CONSTANT_S, 1.0).draw(&mut Random::stream(seed, Purpose::CommonVariation, 0), n)
}

/// v + d of one muscle, in points of SmO2.
pub(super) fn slow_noise(
    seed: u64,
    site: Site,
    variation_pct: f64,
    correlation: f64,
    drift_pct_per_h: Option<f64>,
    shared: &[f64],
) -> Vec<f64> {
    let index = site_index(site);
    let v = variation(&mut Random::stream(seed, Purpose::Variation, index), shared, correlation);
    let d = drift(&mut Random::stream(seed, Purpose::Drift, index), drift_pct_per_h, shared.len());
    v.into_iter().zip(d).map(|(v, d)| variation_pct * v + d).collect()
}

/// What the rider makes of what is asked.
fn ridden(asked: &[Moment], seed: u64) -> Vec<Moment> {
    let mut power = Random::stream(seed, Purpose::Power, 0);
    let mut cadence = Random::stream(seed, Purpose::Cadence, 0);
    let keep = libm::exp(-1.0 / CADENCE_TAU_S);
    let fresh = (1.0 - keep * keep).sqrt();
    let mut wander = cadence.normal();
    asked
        .iter()
        .map(|moment| {
            wander = keep * wander + fresh * cadence.normal();
            // Drawn in any case, so that a coast does not shift what follows.
            let power_w = (moment.power_w * (1.0 + POWER_SPREAD * power.normal())).max(0.0);
            let rpm = moment.cadence_rpm + CADENCE_SPREAD_RPM * wander;
            Moment { power_w, cadence_rpm: if moment.cadence_rpm > 0.0 { rpm } else { 0.0 }, ..*moment }
        })
        .collect()
}

fn heart_rate(common: &Common, ridden: &[Moment], seed: u64) -> Vec<f64> {
    let mut random = Random::stream(seed, Purpose::HeartRate, 0);
    let wander = SecondOrder::new(TIME_CONSTANT_S, 1.0).draw(&mut random, ridden.len());
    let power = lagged(HEART_TAU_S, ridden.iter().map(|moment| moment.power_w));
    let rate = |(power_w, wander): (f64, f64)| {
        let bpm = common.rest_heart_rate_bpm + common.heart_rate_bpm_per_w * power_w + HEART_SPREAD_BPM * wander;
        bpm.clamp(HEART_RANGE_BPM.0, HEART_RANGE_BPM.1)
    };
    power.into_iter().zip(wander).map(rate).collect()
}

fn muscle(
    scenario: &Scenario,
    seed: u64,
    site: Site,
    profile: Profile,
    common: &Common,
    ridden: &[Moment],
    shared: &[f64],
) -> MuscleRide {
    let rider = &scenario.rider;
    let slow = slow_noise(seed, site, profile.variation_pct, common.correlation, rider.drift_pct_per_h, shared);
    let effects: Vec<&Effect> = scenario.effects.iter().filter(|effect| effect.sites.contains(&site)).collect();
    let slower = |second: usize| times(&effects, EffectKind::SlowRecovery, second);
    let power_w = lagged_unevenly(profile.tau_s, ridden.iter().map(|moment| moment.power_w), slower);
    let cadence_rpm = lagged(profile.tau_s, ridden.iter().map(cadence_above_zero_point));
    let standing = lagged(profile.tau_s, ridden.iter().map(|m| f64::from(u8::from(m.posture == Posture::Standing))));
    let mut thb = Random::stream(seed, Purpose::ThbVariation, site_index(site));
    let thb_slow = SecondOrder::new(TIME_CONSTANT_S, 1.0).draw(&mut thb, shared.len());

    let mut smo2_pct = Vec::with_capacity(shared.len());
    let mut thb_change = Vec::with_capacity(shared.len());
    for second in 0..shared.len() {
        let at = Instant::from_ms(second as u64 * 1000);
        let falls = effects.iter().filter(|effect| !is_factor(effect.kind));
        let sums = falls.fold((0.0, 0.0), |(smo2, thb), effect| {
            let (fall, share) = size_at(effect, at);
            (smo2 + fall, thb + share * effect.thb)
        });
        let gain = profile.gain_pct_per_100w * times(&effects, EffectKind::LoadShift, second);
        let fall = gain * power_w[second] / 100.0
            + profile.cadence_pct_per_10rpm * cadence_rpm[second] / 10.0
            + profile.standing_pct * standing[second]
            + sums.0;
        smo2_pct.push((profile.base_pct - fall + slow[second]).clamp(0.0, 100.0));
        thb_change.push(THB_VARIATION_GDL * thb_slow[second] + sums.1);
    }
    MuscleRide { profile, smo2_pct, thb_change }
}

/// Cadence above the point of no effect; a rider who does not pedal has no effect of cadence.
fn cadence_above_zero_point(moment: &Moment) -> f64 {
    if moment.cadence_rpm > 0.0 { moment.cadence_rpm - CADENCE_ZERO_RPM } else { 0.0 }
}

/// Whether an effect changes how the muscle answers, and takes no points of its own.
const fn is_factor(kind: EffectKind) -> bool {
    matches!(kind, EffectKind::SlowRecovery | EffectKind::LoadShift)
}

/// By how many times the effects of a kind change something in a second.
fn times(effects: &[&Effect], kind: EffectKind, second: usize) -> f64 {
    let at = Instant::from_ms(second as u64 * 1000);
    let of_kind = effects.iter().filter(|effect| effect.kind == kind);
    of_kind.fold(1.0, |times, effect| times * (1.0 + size_at(effect, at).0 / 100.0))
}

/// How many points an effect takes at a time, and that as a share of its full size.
fn size_at(effect: &Effect, at: Instant) -> (f64, f64) {
    if at < effect.at {
        return (0.0, 0.0);
    }
    let seconds = |from: Instant| f64::from(at.since(from).as_ms()) / 1000.0;
    let gone = effect.until.filter(|until| at >= *until);
    match effect.course {
        Course::Step { size_pct, tau_s } => {
            let rise = |s: f64| if tau_s > 0.0 { 1.0 - libm::exp(-s / tau_s) } else { 1.0 };
            let share = match gone {
                None => rise(seconds(effect.at)),
                Some(until) => rise(f64::from(until.since(effect.at).as_ms()) / 1000.0) * (1.0 - rise(seconds(until))),
            };
            (size_pct * share, share)
        }
        Course::Ramp { .. } if gone.is_some() => (0.0, 0.0),
        Course::Ramp { slope_pct_per_min, size_pct } => {
            let line = slope_pct_per_min * seconds(effect.at) / 60.0;
            let fall = if size_pct < 0.0 { line.max(size_pct) } else { line.min(size_pct) };
            (fall, if size_pct == 0.0 { 0.0 } else { fall / size_pct })
        }
    }
}
