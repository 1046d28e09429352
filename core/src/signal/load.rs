//! What a muscle is expected to show at this power and cadence, learned from this rider on this ride.
//!
//! SmO2 falls with power through a short dead time and a lag that differs by muscle (VL about 15 s, calf 20 to 30 s),
//! and the calf falls with cadence at fixed power (Skovereng 2017). Two lags of power and one of cadence span both;
//! their gains and the level are learned by recursive least squares on 5-s means (a Kalman filter whose level may
//! wander with a time constant of about 160 s, so that slow natural drift is followed). The noise of a 5-s mean is
//! taken as its long-run variance, since neighbouring means are far from independent.

use crate::math;
use crate::time::{Duration, Instant};
use crate::units::{Rpm, Watts};

/// Parameters: level, fast power lag, slow power lag, cadence lag.
const N: usize = 4;
/// Dead time between power and SmO2.
const DEAD_TIME_S: usize = 5;
const FAST_S: f32 = 10.0;
const SLOW_S: f32 = 30.0;
const CADENCE_S: f32 = 20.0;
const TYPICAL_POWER_W: f32 = 200.0;
const TYPICAL_CADENCE_RPM: f32 = 85.0;
/// Long-run variance of one muscle over the step: 65 %²·s in 5 s.
const NOISE_VARIANCE: f32 = 13.0;
/// Wandering of the level, %² in a step of 5 s: a time constant of 160 s against the noise. Natural drift of a pair
/// reaches 0.57 % a minute; slower following than this leaves more of it to be taken for a shift.
const LEVEL_WANDER: f32 = 0.012;
/// How unsure a level is after the contact has moved, %².
const SHIFTED_VARIANCE: f32 = 25.0;
/// A mean this far from what was expected is no reading of load; its pull is bounded to this.
const LARGEST_PULL: f32 = 10.0;
/// After a gap in power the lags need this long to mean something again.
const SETTLE: Duration = Duration::from_s(60);

/// Lagged power and cadence, stepped once a second.
#[derive(Clone, Copy, Debug)]
pub struct LoadLags {
    delayed_w: [f32; DEAD_TIME_S],
    state: Option<[f32; 3]>,
    known_since: Option<Instant>,
}

/// The lagged load at one moment, scaled so that the parameters are of order one to ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load([f32; N]);

impl LoadLags {
    /// Nothing known yet.
    pub const fn new() -> Self {
        Self { delayed_w: [0.0; DEAD_TIME_S], state: None, known_since: None }
    }

    /// One second passes at this power and cadence. Without power the lags start anew; without cadence it is
    /// taken as typical.
    pub fn step(&mut self, now: Instant, power: Option<Watts>, cadence: Option<Rpm>) {
        let Some(Watts(power)) = power else {
            *self = Self::new();
            return;
        };
        let power = f32::from(power);
        let cadence = match cadence {
            Some(Rpm(rpm)) if rpm > 0 => f32::from(rpm),
            _ => TYPICAL_CADENCE_RPM,
        };
        let Some([fast, slow, lagged_cadence]) = self.state else {
            self.delayed_w = [power; DEAD_TIME_S];
            self.state = Some([power, power, cadence]);
            self.known_since = Some(now);
            return;
        };
        let [oldest, rest @ ..] = self.delayed_w;
        let [b, c, d, e] = rest;
        self.delayed_w = [b, c, d, e, power];
        self.state = Some([
            fast + (oldest - fast) / FAST_S,
            slow + (oldest - slow) / SLOW_S,
            lagged_cadence + (cadence - lagged_cadence) / CADENCE_S,
        ]);
    }

    /// The lagged load, once power has been known long enough.
    pub fn load(&self, now: Instant) -> Option<Load> {
        let since = self.known_since?;
        let [fast, slow, cadence] = self.state?;
        (now.since(since) >= SETTLE).then_some(Load([
            1.0,
            (fast - TYPICAL_POWER_W) / 100.0,
            (slow - TYPICAL_POWER_W) / 100.0,
            (cadence - TYPICAL_CADENCE_RPM) / 10.0,
        ]))
    }

    /// Lagged cadence, rpm.
    pub fn cadence_rpm(&self) -> Option<f32> {
        self.state.map(|[_, _, cadence]| cadence)
    }
}

impl Default for LoadLags {
    fn default() -> Self {
        Self::new()
    }
}

/// How one muscle answers to load.
#[derive(Clone, Copy, Debug)]
pub struct LoadModel {
    parameters: [f32; N],
    covariance: [[f32; N]; N],
    started: bool,
}

impl LoadModel {
    /// Before the rider is known: gains as found across riders (VL −18.6 ± 5.8, calf −10.3 ± 4.7 points per 100 W),
    /// split between the lags, and any level.
    pub const fn new() -> Self {
        Self::with_gains([-7.0, -7.0, 0.0], [36.0, 36.0, 2.0])
    }

    /// A muscle whose gains were learned on earlier rides; the level is new every time.
    pub const fn restored(gains: [f32; 3]) -> Self {
        Self::with_gains(gains, [9.0, 9.0, 0.5])
    }

    const fn with_gains([fast, slow, cadence]: [f32; 3], [vf, vs, vc]: [f32; 3]) -> Self {
        Self {
            parameters: [0.0, fast, slow, cadence],
            covariance: [[100.0, 0.0, 0.0, 0.0], [0.0, vf, 0.0, 0.0], [0.0, 0.0, vs, 0.0], [0.0, 0.0, 0.0, vc]],
            started: false,
        }
    }

    /// Learned gains: fast and slow (points per 100 W), cadence (points per 10 rpm).
    pub const fn gains(&self) -> [f32; 3] {
        let [_, fast, slow, cadence] = self.parameters;
        [fast, slow, cadence]
    }

    /// The sensor's level has changed by `points`: the level moves with it and is unsure again, the gains stay.
    pub fn shift(&mut self, points: f32) {
        self.parameters[0] += points;
        self.covariance[0][0] += SHIFTED_VARIANCE;
    }

    /// Whether anything was observed.
    pub const fn is_started(&self) -> bool {
        self.started
    }

    /// How unsure the expectation at `load` is: its variance, points squared.
    pub fn variance(&self, load: &Load) -> f32 {
        dot(&self.covariance.map(|row| dot(&row, &load.0)), &load.0)
    }

    /// The expected 5-s mean at `load`, percent; `None` before the first observation.
    pub fn expected(&self, load: &Load) -> Option<f32> {
        self.started.then(|| dot(&self.parameters, &load.0))
    }

    /// Learns from a 5-s mean. Returns what the mean was above what had been expected.
    pub fn observe(&mut self, load: &Load, mean_percent: f32) -> f32 {
        if !self.started {
            let without_level = dot(&self.parameters, &load.0) - self.parameters[0];
            self.parameters[0] = mean_percent - without_level;
            self.started = true;
        }
        let innovation = mean_percent - dot(&self.parameters, &load.0);
        self.covariance[0][0] += LEVEL_WANDER;
        let ph = self.covariance.map(|row| dot(&row, &load.0));
        let variance = dot(&ph, &load.0) + NOISE_VARIANCE;
        let pull = math::clamp(innovation, -LARGEST_PULL, LARGEST_PULL);
        for (parameter, p) in self.parameters.iter_mut().zip(ph) {
            *parameter += p / variance * pull;
        }
        self.reduce_covariance(&ph, variance);
        innovation
    }

    /// Joseph's form, then symmetry enforced: stays positive through a day of riding.
    fn reduce_covariance(&mut self, ph: &[f32; N], variance: f32) {
        let gain = ph.map(|p| p / variance);
        let mut new = self.covariance;
        for ((row, &k), &p) in new.iter_mut().zip(&gain).zip(ph) {
            // The covariance is symmetric, so h'P is Ph lying down.
            for ((cell, &hp), &kj) in row.iter_mut().zip(ph).zip(&gain) {
                *cell += -k * hp - p * kj + k * kj * variance;
            }
        }
        let mut symmetric = new;
        for (i, row) in symmetric.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                let mirrored = new.get(j).and_then(|r| r.get(i)).copied().unwrap_or(*cell);
                *cell = (*cell + mirrored) / 2.0;
                if i == j {
                    *cell = math::max(*cell, 1e-6);
                }
            }
        }
        self.covariance = symmetric;
    }
}

impl Default for LoadModel {
    fn default() -> Self {
        Self::new()
    }
}

fn dot(a: &[f32; N], b: &[f32; N]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A muscle that follows the facts: dead time 5 s, one lag of 20 s, 12 points per 100 W, 1.5 points per 10 rpm.
    fn learn(seconds: u64) -> (LoadLags, LoadModel, f32) {
        let (mut lags, mut model) = (LoadLags::new(), LoadModel::new());
        let (mut past, mut lagged, mut lagged_cadence) = ([200.0; 5], 200.0, 85.0);
        let (mut worst, mut sum) = (0.0_f32, 0.0);
        for s in 0..seconds {
            let power = if (s / 120) % 2 == 0 { 260 } else { 150 };
            let cadence = if (s / 300) % 2 == 0 { 95 } else { 75 };
            lags.step(Instant::from_ms(s * 1000), Some(Watts(power)), Some(Rpm(cadence)));
            lagged += (past[0] - lagged) / 20.0;
            lagged_cadence += (f32::from(cadence) - lagged_cadence) / 20.0;
            past.rotate_left(1);
            past[4] = f32::from(power);
            sum += 70.0 - 0.12 * (lagged - 200.0) - 0.15 * (lagged_cadence - 85.0);
            if s % 5 == 4 {
                if let Some(load) = lags.load(Instant::from_ms(s * 1000)) {
                    let off = model.observe(&load, sum / 5.0);
                    if s > 1200 {
                        worst = math::max(worst, libm::fabsf(off));
                    }
                }
                sum = 0.0;
            }
        }
        (lags, model, worst)
    }

    #[test]
    fn load_and_cadence_are_explained_after_twenty_minutes() {
        let (_, model, worst) = learn(2400);
        assert!(worst < 1.5, "left unexplained: {worst}");
        let [fast, slow, cadence] = model.gains();
        assert!((fast + slow + 12.0).abs() < 1.5, "{fast} {slow}");
        assert!((cadence + 1.5).abs() < 0.7, "{cadence}");
    }

    #[test]
    fn the_covariance_stays_symmetric_and_positive_for_a_day() {
        let (_, model, _) = learn(24 * 3600);
        for i in 0..N {
            assert!(model.covariance[i][i] > 0.0);
            for j in 0..N {
                assert_eq!(model.covariance[i][j], model.covariance[j][i]);
                let bound = model.covariance[i][i] * model.covariance[j][j];
                assert!(model.covariance[i][j] * model.covariance[i][j] <= bound * 1.001);
            }
        }
    }

    #[test]
    fn without_power_nothing_is_expected() {
        let mut lags = LoadLags::new();
        for s in 0..200 {
            lags.step(Instant::from_ms(s * 1000), None, Some(Rpm(90)));
        }
        assert_eq!(lags.load(Instant::from_ms(200_000)), None);
    }
}
