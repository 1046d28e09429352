//! How noisy a muscle's 5-s means are in this rider, on this ride: the slow noise v and the white rest.
//!
//! From the differences of deviations 5 and 30 s apart: v's autocorrelation is known (fitted to 36 h of riding), white
//! noise has none, and neither a slow drift nor an old shift makes a difference. What is found across riders (SD 1.9, spread by a factor of 1.55) counts as two minutes of riding; the last
//! half hour counts most. Until much is seen the estimate leans to the noisy side: an alert that was wrong costs more
//! than one that came late.

use crate::math;

/// Lags at which neighbouring deviations are compared, steps.
const NEAR: usize = 1;
const FAR: usize = 6;
/// How far 5-s means of v are from each other at those lags, as half their mean square, for v of variance 1.
const OF_NEAR: f32 = 0.149;
const OF_FAR: f32 = 0.906;
/// Mean variance of v across riders, and of the white rest of a 5-s mean of a two-second sensor, points squared.
const TYPICAL: (f32, f32) = (5.3, 0.4);
/// Steps that the typical rider counts for, and the most that are remembered.
const PRIOR_STEPS: f32 = 24.0;
const MEMORY_STEPS: f32 = 400.0;
/// Independent looks at the variance in a step.
const LOOKS: f32 = 5.0 / 16.0;
/// Standard errors that the estimate leans to the noisy side.
const LEAN: f32 = 0.5;
/// A difference beyond this many standard deviations is bounded.
const LARGEST: f32 = 3.5;
/// No muscle is quieter than this: variances, points squared.
const QUIETEST: (f32, f32) = (0.3, 0.02);
/// Long-run variance for each point squared of v: 4 times its time constant, in seconds.
const LONG_RUN_S: f32 = 26.0;

/// The noise of one muscle.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    steps: f32,
    /// Sums of half the squared differences at the two lags.
    near: f32,
    far: f32,
    before: [Option<f32>; FAR],
    variance: f32,
    white: f32,
}

impl Noise {
    /// Of a rider who is not known.
    pub const fn new() -> Self {
        let (v, white) = TYPICAL;
        Self::like(v, white)
    }

    /// As it was seen before: variance of v and of the white rest.
    pub const fn like(v: f32, white: f32) -> Self {
        Self {
            steps: PRIOR_STEPS,
            near: PRIOR_STEPS * (OF_NEAR * v + white),
            far: PRIOR_STEPS * (OF_FAR * v + white),
            before: [None; FAR],
            variance: v,
            white,
        }
    }

    /// Variance of v, points squared.
    pub const fn variance(&self) -> f32 {
        self.variance
    }

    /// Variance of the white rest of a 5-s mean, points squared.
    pub const fn white(&self) -> f32 {
        self.white
    }

    /// Long-run variance, %²·s: the variance of a long mean times its length.
    pub const fn long_run(&self) -> f32 {
        self.variance * LONG_RUN_S + self.white * 5.0
    }

    /// No mean in these five seconds, or none that can be compared.
    pub fn miss(&mut self) {
        self.remember(None);
    }

    /// How far a mean lay from what was expected of it without v.
    pub fn take(&mut self, deviation: f32) {
        if let (Some(near), Some(far)) = (self.before[NEAR - 1], self.before[FAR - 1]) {
            let fades = if self.steps >= MEMORY_STEPS { 1.0 - 1.0 / MEMORY_STEPS } else { 1.0 };
            self.steps = self.steps * fades + 1.0;
            let half_square = |other: f32, of_v: f32| {
                let bound = LARGEST * LARGEST * (of_v * self.variance + self.white);
                let off = deviation - other;
                math::min(off * off / 2.0, bound)
            };
            let (near, far) = (half_square(near, OF_NEAR), half_square(far, OF_FAR));
            self.near = self.near * fades + near;
            self.far = self.far * fades + far;
            self.estimate();
        }
        self.remember(Some(deviation));
    }

    fn remember(&mut self, deviation: Option<f32>) {
        self.before.rotate_right(1);
        self.before[0] = deviation;
    }

    fn estimate(&mut self) {
        let (near, far) = (self.near / self.steps, self.far / self.steps);
        let v = (far - near) / (OF_FAR - OF_NEAR);
        let lean = 1.0 + LEAN * libm::sqrtf(2.0 / (self.steps * LOOKS));
        self.variance = math::max(v * lean, QUIETEST.0);
        self.white = math::max(near - OF_NEAR * v, QUIETEST.1);
    }
}

impl Default for Noise {
    fn default() -> Self {
        Self::new()
    }
}
