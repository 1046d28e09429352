//! The slow variation of SmO2 that no detector may take for news: v(t) and the drift d(t), at 1 Hz.
//!
//! v is a critically damped second-order process. Its autocorrelation (1 + t/T) exp(-t/T) with T = 6.5 s was fitted to
//! 145 segments of 15 minutes (36 h) of riding at constant power; there the residual after a linear trend has SD 1.93
//! (5 to 95 %: 0.96 to 3.8) and the trend is -2.3 %/h (5 to 95 %: -19.8 to +14.2). Between two muscles v has a common
//! part; recordings with two sensors give a correlation between 0 and 0.5. Drifts of two muscles are independent, which
//! is the hard case for a detector.

use super::random::Random;

/// The time constant of v.
pub(super) const TIME_CONSTANT_S: f64 = 6.5;
/// How long one slope of the drift lasts.
pub(super) const DRIFT_SEGMENT_S: usize = 900;
/// The drift's slope: mean and standard deviation.
const DRIFT_PCT_PER_H: (f64, f64) = (-2.3, 9.0);

/// A critically damped second-order process of unit variance, stepped exactly.
///
/// With x scaled to unit variance and y = T dx/dt, the pair has the identity as stationary covariance and steps by
/// `F = exp(-h) [[1 + h, h], [-h, 1 - h]]` with h = dt/T. The noise of a step has covariance `I - F F'`, here as its
/// Cholesky factor. So the autocorrelation is right at every step length, and the first value is already stationary.
#[derive(Clone, Copy, Debug)]
pub(super) struct SecondOrder {
    step: [[f64; 2]; 2],
    noise: [[f64; 2]; 2],
}

impl SecondOrder {
    /// The process with time constant `tau_s`, in steps of `dt_s`.
    pub(super) fn new(tau_s: f64, dt_s: f64) -> Self {
        let h = dt_s / tau_s;
        let decay = libm::exp(-h);
        let step = [[decay * (1.0 + h), decay * h], [-decay * h, decay * (1.0 - h)]];
        let xx = 1.0 - step[0][0] * step[0][0] - step[0][1] * step[0][1];
        let xy = -step[0][0] * step[1][0] - step[0][1] * step[1][1];
        let yy = 1.0 - step[1][0] * step[1][0] - step[1][1] * step[1][1];
        let root = xx.sqrt();
        let noise = [[root, 0.0], [xy / root, (yy - xy * xy / xx).sqrt()]];
        Self { step, noise }
    }

    /// So many values.
    pub(super) fn draw(&self, random: &mut Random, count: usize) -> Vec<f64> {
        let (mut x, mut y) = (random.normal(), random.normal());
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(x);
            let fresh = [random.normal(), random.normal()];
            let next_x = self.step[0][0] * x + self.step[0][1] * y + self.noise[0][0] * fresh[0];
            let next_y =
                self.step[1][0] * x + self.step[1][1] * y + self.noise[1][0] * fresh[0] + self.noise[1][1] * fresh[1];
            (x, y) = (next_x, next_y);
        }
        values
    }
}

/// Unit-variance values at 1 Hz whose correlation with every other muscle's is `correlation`.
pub(super) fn variation(random: &mut Random, common: &[f64], correlation: f64) -> Vec<f64> {
    let own = SecondOrder::new(TIME_CONSTANT_S, 1.0).draw(random, common.len());
    let (shared, alone) = (correlation.sqrt(), (1.0 - correlation).sqrt());
    own.into_iter().zip(common).map(|(own, common)| shared * common + alone * own).collect()
}

/// `n` seconds of drift in percent, from 0: one slope for the whole ride, or a drawn one for every 15 minutes.
pub(super) fn drift(random: &mut Random, slope_pct_per_h: Option<f64>, n: usize) -> Vec<f64> {
    let mut values = Vec::with_capacity(n);
    let mut level = 0.0;
    let mut per_s = 0.0;
    for second in 0..n {
        if second % DRIFT_SEGMENT_S == 0 {
            let drawn = DRIFT_PCT_PER_H.0 + DRIFT_PCT_PER_H.1 * random.normal();
            per_s = slope_pct_per_h.unwrap_or(drawn) / 3600.0;
        }
        values.push(level);
        level += per_s;
    }
    values
}
