//! What a muscle is expected to show at this power and cadence, and how much of what it shows is its own slow noise.
//!
//! A Kalman filter on 5-s means of one muscle's SmO2. Its state: the slow noise v of riding (critically damped, 6.5 s;
//! fitted to 36 h of steady riding), the level with its drift, and the gains of lags of power and of cadence
//! ([`super::load`]). So the coloured noise is whitened, natural drift is followed and not taken for news, missing means
//! only let the uncertainty grow, and the variance of each innovation says how much it can tell: little while the
//! rider's answer to this load is not yet known.
//!
//! Delay: none; an innovation speaks of its own five seconds. The filter gives itself two to five minutes to believe that
//! a level has changed; what happens until then is the business of [`super::shift`].

use super::load::{LOADS, Load};
use super::noise::Noise;
use crate::math;

/// State: v, its scaled rate of change, level, drift per step, gains.
pub(super) const N: usize = 4 + LOADS;
/// A state, or one row of its covariance.
pub(super) type State = [f32; N];

/// exp(-h) and h for steps of 5 s. The time constant of 5-s means is a little longer than v's own: 6.9 s.
const DECAY: f32 = 0.484_497;
const H: f32 = 0.724_638;
/// One step of v and its rate.
const V: [[f32; 2]; 2] = [[DECAY * (1.0 + H), DECAY * H], [-DECAY * H, DECAY * (1.0 - H)]];
/// Noise of a step of v, for v of variance 1: I - V V'.
const V_NOISE: [[f32; 2]; 2] = {
    let [[a, b], [c, d]] = V;
    let cross = -(a * c + b * d);
    [[1.0 - a * a - b * b, cross], [cross, 1.0 - c * c - d * d]]
};
/// Drift of a level, points in 5 s: standard deviation (9 points an hour in recordings; pairs reach 0.57 a minute) and
/// what is left of it after a step (15 min).
const DRIFT_SD: f32 = 0.008;
const DRIFT_KEEPS: f32 = 0.998;
/// Wandering of a level besides its drift, points squared in 5 s.
const WANDER: f32 = 0.0005;
/// A level that is new to us, points squared.
const UNKNOWN_LEVEL: f32 = 100.0;
/// How unsure a level is after the contact has moved, points squared.
const SHIFTED_VARIANCE: f32 = 100.0;
/// And each gain of power, (points per 100 W)²: another place on the muscle answers a little differently.
const SHIFTED_GAIN: f32 = 16.0;
/// An innovation beyond this many standard deviations is bounded: no one moment decides.
const LARGEST: f32 = 3.5;
/// What the lags may miss of a muscle's own while load changes (no muscle is quite as they are, nor as straight): variance
/// for each (100 W)² between the fast and the slow one.
const MISFIT: f32 = 12.0;

/// What one muscle is expected to show.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    x: State,
    p: [State; N],
    started: bool,
}

/// What one measurement said beyond what was expected, and what the filter made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Innovation {
    /// How the state shows in the measurement.
    pub(super) h: State,
    /// Gain of the filter.
    pub(super) k: State,
    /// Above what was expected, points, bounded.
    pub(super) points: f32,
    /// Its variance, points squared.
    pub(super) variance: f32,
}

impl Expectation {
    /// Before the rider is known: gains as found across riders (VL −18.6 ± 5.8, calf −10.3 ± 4.7 points per 100 W),
    /// split between the lags, and any level.
    pub const fn new() -> Self {
        Self::with_gains([-5.0, -5.0, -4.0, -3.0, -0.3], 36.0, 1.0)
    }

    /// A muscle whose gains were learned on earlier rides; the level is new every time.
    pub const fn restored(gains: [f32; LOADS]) -> Self {
        Self::with_gains(gains, 9.0, 0.5)
    }

    /// Of the lags of power the sum is better known than each.
    const fn with_gains([fast, middle, slow, late, cadence]: [f32; LOADS], power: f32, of_cadence: f32) -> Self {
        let mut p = [[0.0; N]; N];
        p[2][2] = UNKNOWN_LEVEL;
        p[3][3] = DRIFT_SD * DRIFT_SD;
        let shared = -power / 4.0;
        (p[4][4], p[4][5], p[4][6]) = (power, shared, shared);
        (p[5][4], p[5][5], p[5][6]) = (shared, power, shared);
        (p[6][4], p[6][5], p[6][6]) = (shared, shared, power);
        p[7][7] = power;
        p[8][8] = of_cadence;
        Self { x: [0.0, 0.0, 0.0, 0.0, fast, middle, slow, late, cadence], p, started: false }
    }

    /// Learned gains: of the lags of power and of coming back late (points per 100 W), of cadence (points per 10 rpm).
    pub const fn gains(&self) -> [f32; LOADS] {
        let [_, _, _, _, gains @ ..] = self.x;
        gains
    }

    /// The level at a typical load, percent.
    pub const fn level(&self) -> f32 {
        self.x[2]
    }

    /// Whether anything was observed.
    pub const fn is_started(&self) -> bool {
        self.started
    }

    /// The mean that is expected at `load`, percent, whatever v does just now; `None` before the first observation.
    pub fn at(&self, load: &Load) -> Option<f32> {
        self.started.then(|| dot(&self.x, &seen_without_v(load)))
    }

    /// How unsure that is: its variance, points squared.
    pub fn variance(&self, load: &Load) -> f32 {
        let h = seen_without_v(load);
        dot(&self.p.map(|row| dot(&row, &h)), &h)
    }

    /// The sensor's level has changed by `points`: the level moves with it and is unsure again, the gains a little.
    pub fn shift(&mut self, points: f32) {
        self.x[2] += points;
        self.p[2][2] += SHIFTED_VARIANCE;
        for i in 4..N - 1 {
            if let Some(cell) = self.p.get_mut(i).and_then(|row| row.get_mut(i)) {
                *cell += SHIFTED_GAIN;
            }
        }
    }

    /// The level is less sure than was thought: its variance grows, points squared.
    pub(super) fn doubt_level(&mut self, variance: f32) {
        self.p[2][2] += variance;
    }

    /// The state was wrong by so much.
    pub(super) fn correct(&mut self, by: &State, points: f32) {
        for (x, by) in self.x.iter_mut().zip(by) {
            *x += by * points;
        }
    }

    /// Five seconds pass.
    pub(super) fn pass(&mut self, noise: &Noise) {
        step(&mut self.x);
        // F P F', column by column and then row by row.
        for row in &mut self.p {
            step(row);
        }
        self.p = transposed(&self.p);
        for row in &mut self.p {
            step(row);
        }
        let v = noise.variance();
        self.p[0][0] += v * V_NOISE[0][0];
        self.p[0][1] += v * V_NOISE[0][1];
        self.p[1][0] += v * V_NOISE[1][0];
        self.p[1][1] += v * V_NOISE[1][1];
        self.p[2][2] += WANDER;
        self.p[3][3] += DRIFT_SD * DRIFT_SD * (1.0 - DRIFT_KEEPS * DRIFT_KEEPS);
    }

    /// A 5-s mean is measured. Nothing is learned of it yet: see [`Expectation::learn`].
    pub(super) fn innovation(&mut self, load: &Load, mean_percent: f32, noise: &Noise) -> Innovation {
        if !self.started {
            self.x[2] = mean_percent - (dot(&self.x, &seen_without_v(load)) - self.x[2]);
            self.p[0][0] = noise.variance();
            self.p[1][1] = noise.variance();
            self.started = true;
        }
        let h = seen(load);
        let ph = self.p.map(|row| dot(&row, &h));
        let variance = dot(&ph, &h) + noise.white() + MISFIT * load.misfit();
        let bound = LARGEST * libm::sqrtf(variance);
        let points = math::clamp(mean_percent - dot(&self.x, &h), -bound, bound);
        Innovation { h, k: ph.map(|p| p / variance), points, variance }
    }

    /// Takes an innovation in.
    pub(super) fn learn(&mut self, seen: &Innovation) {
        for (x, k) in self.x.iter_mut().zip(&seen.k) {
            *x += k * seen.points;
        }
        // The covariance loses K S K'; symmetric by construction, kept positive on its diagonal.
        for (row, &k) in self.p.iter_mut().zip(&seen.k) {
            for (cell, &kj) in row.iter_mut().zip(&seen.k) {
                *cell -= k * kj * seen.variance;
            }
        }
        for (i, row) in self.p.iter_mut().enumerate() {
            if let Some(cell) = row.get_mut(i) {
                *cell = math::max(*cell, 1e-7);
            }
        }
    }
}

impl Default for Expectation {
    fn default() -> Self {
        Self::new()
    }
}

/// One step of the model: v decays, the drift moves the level.
pub(super) fn step(x: &mut State) {
    let [v, rate, level, drift, ..] = *x;
    x[0] = V[0][0] * v + V[0][1] * rate;
    x[1] = V[1][0] * v + V[1][1] * rate;
    x[2] = level + drift;
    x[3] = drift * DRIFT_KEEPS;
}

pub(super) fn dot(a: &State, b: &State) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

/// How the state shows in a mean at `load`.
fn seen(load: &Load) -> State {
    let mut seen = seen_without_v(load);
    seen[0] = 1.0;
    seen
}

fn seen_without_v(load: &Load) -> State {
    let [fast, middle, slow, late, cadence] = load.values();
    [0.0, 0.0, 1.0, 0.0, fast, middle, slow, late, cadence]
}

fn transposed(p: &[State; N]) -> [State; N] {
    let mut new = *p;
    for (i, row) in p.iter().enumerate() {
        for (&cell, new_row) in row.iter().zip(&mut new) {
            if let Some(there) = new_row.get_mut(i) {
                *there = cell;
            }
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::load::LoadLags;
    use crate::signal::testing::{Source, steady};
    use crate::time::Instant;
    use crate::units::{Rpm, Watts};

    /// A muscle that follows the facts: dead time 5 s, one lag of 20 s, 12 points per 100 W, 1.5 points per 10 rpm.
    struct Ride {
        expectation: Expectation,
        lags: LoadLags,
        /// The farthest that a mean lay from what was expected after 20 min, points.
        worst: f32,
    }

    fn ride(seconds: u64, noise: &Noise, mut v: impl FnMut() -> f32, heard: impl Fn(u64) -> bool) -> Ride {
        let mut ride = Ride { expectation: Expectation::new(), lags: LoadLags::new(), worst: 0.0 };
        let (mut past, mut lagged, mut lagged_cadence, mut sum) = ([200.0; 5], 200.0, 85.0, 0.0);
        for s in 0..seconds {
            let now = Instant::from_ms(s * 1000);
            let power = if (s / 120).is_multiple_of(2) { 260 } else { 150 };
            let cadence = if (s / 300).is_multiple_of(2) { 95 } else { 75 };
            ride.lags.step(now, Some(Watts(power)), Some(Rpm(cadence)));
            lagged += (past[0] - lagged) / 20.0;
            lagged_cadence += (f32::from(cadence) - lagged_cadence) / 20.0;
            past.rotate_left(1);
            past[4] = f32::from(power);
            sum += 70.0 - 0.12 * (lagged - 200.0) - 0.15 * (lagged_cadence - 85.0);
            if s % 5 < 4 {
                continue;
            }
            let mean = core::mem::take(&mut sum) / 5.0 + v();
            ride.expectation.pass(noise);
            let Some(load) = ride.lags.load(now).filter(|_| heard(s)) else { continue };
            if s > 1200 {
                let off = mean - ride.expectation.at(&load).unwrap();
                ride.worst = math::max(ride.worst, off.abs());
            }
            let seen = ride.expectation.innovation(&load, mean, noise);
            ride.expectation.learn(&seen);
        }
        ride
    }

    #[test]
    fn the_constants_of_a_step_are_those_of_their_time_constant() {
        assert!((DECAY - libm::expf(-H)).abs() < 1e-5);
        assert!((H - 5.0 / 6.9).abs() < 1e-6);
    }

    #[test]
    fn v_keeps_its_variance_from_step_to_step() {
        for i in 0..2 {
            for j in 0..2 {
                let kept = V[i][0] * V[j][0] + V[i][1] * V[j][1] + V_NOISE[i][j];
                let wanted = if i == j { 1.0 } else { 0.0 };
                assert!((kept - wanted).abs() < 1e-6, "{i} {j}: {kept}");
            }
        }
        assert!(V_NOISE[0][0] > 0.0 && V_NOISE[0][0] * V_NOISE[1][1] > V_NOISE[0][1] * V_NOISE[1][0]);
    }

    #[test]
    fn without_an_observation_nothing_is_expected() {
        let mut expectation = Expectation::new();
        (0..100).for_each(|_| expectation.pass(&Noise::new()));
        assert!(!expectation.is_started());
        assert_eq!(expectation.at(&steady().unwrap()), None);
    }

    #[test]
    fn the_first_mean_is_the_level() {
        let (mut expectation, load) = (Expectation::new(), steady().unwrap());
        let seen = expectation.innovation(&load, 57.0, &Noise::new());
        assert!(seen.points.abs() < 1e-4);
        assert!((expectation.at(&load).unwrap() - 57.0).abs() < 1e-4);
    }

    #[test]
    fn load_and_cadence_are_explained_after_twenty_minutes() {
        let quiet = ride(2400, &Noise::new(), || 0.0, |_| true);
        assert!(quiet.worst < 1.5, "left unexplained: {}", quiet.worst);
        let [fast, middle, slow, _, cadence] = quiet.expectation.gains();
        assert!((fast + middle + slow + 12.0).abs() < 1.5, "{fast} {middle} {slow}");
        assert!((cadence + 1.5).abs() < 0.7, "{cadence}");
    }

    #[test]
    fn gains_are_found_in_noise_too() {
        let mut source = Source::new(1, 2.0, 0.6);
        let noisy = ride(3600, &Noise::like(4.0, 0.36), || source.mean(), |_| true);
        let [fast, middle, slow, ..] = noisy.expectation.gains();
        assert!((fast + middle + slow + 12.0).abs() < 2.5, "{fast} {middle} {slow}");
    }

    #[test]
    fn the_covariance_stays_symmetric_and_positive_for_a_day_with_holes() {
        let mut source = Source::new(2, 2.0, 0.6);
        // Ten minutes in each hour are missing, and ten seconds in each minute.
        let heard = |s: u64| s % 3600 >= 600 && s % 60 >= 10;
        let Ride { expectation, lags, .. } = ride(24 * 3600, &Noise::new(), || source.mean(), heard);
        let p = expectation.p;
        let scale: State = core::array::from_fn(|i| libm::sqrtf(p[i][i]));
        let mut root = [[0.0_f32; N]; N];
        for i in 0..N {
            assert!(p[i][i] > 0.0 && p[i][i] < 200.0, "{i}: {}", p[i][i]);
            for j in 0..=i {
                let (cell, mirrored) = (p[i][j] / scale[i] / scale[j], p[j][i] / scale[i] / scale[j]);
                assert!((cell - mirrored).abs() < 1e-3, "{i} {j}: {cell} {mirrored}");
                assert!(cell.abs() < 1.001, "{i} {j}: {cell}");
                // Cholesky's root of the correlations, with a grain of rounding on the diagonal.
                let rest = cell - (0..j).fold(0.0, |sum, k| sum + root[i][k] * root[j][k]);
                if i == j {
                    assert!(rest + 1e-3 > 0.0, "{i}: {rest}");
                    root[i][i] = libm::sqrtf(rest + 1e-3);
                } else {
                    root[i][j] = rest / root[j][j];
                }
            }
        }
        let load = lags.load(Instant::from_ms(24 * 3600 * 1000)).unwrap();
        assert!((0.0..100.0).contains(&expectation.variance(&load)));
    }

    #[test]
    fn a_missing_reading_makes_the_expectation_less_sure_and_does_not_move_it() {
        let Ride { mut expectation, lags, .. } = ride(1800, &Noise::new(), || 0.0, |_| true);
        let load = lags.load(Instant::from_ms(1_800_000)).unwrap();
        let (level, variance) = (expectation.at(&load).unwrap(), expectation.variance(&load));
        (0..60).for_each(|_| expectation.pass(&Noise::new()));
        assert!(expectation.variance(&load) > variance);
        assert!((expectation.at(&load).unwrap() - level).abs() < 1.0);
    }

    #[test]
    fn a_moved_sensor_moves_the_level_and_leaves_the_gains() {
        let Ride { mut expectation, lags, .. } = ride(1800, &Noise::new(), || 0.0, |_| true);
        let load = lags.load(Instant::from_ms(1_800_000)).unwrap();
        let (level, gains, variance) =
            (expectation.at(&load).unwrap(), expectation.gains(), expectation.variance(&load));
        expectation.shift(-15.0);
        assert!((expectation.at(&load).unwrap() - level + 15.0).abs() < 1e-3);
        assert_eq!(expectation.gains(), gains);
        let grown = expectation.variance(&load) - variance;
        assert!((SHIFTED_VARIANCE..SHIFTED_VARIANCE + 9.0 * SHIFTED_GAIN).contains(&grown), "{grown}");
    }
}
