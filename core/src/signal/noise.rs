//! How noisy a muscle's 5-s means are in this rider, on this ride: the slow noise v and the white rest.
//!
//! From the differences of deviations 5 and 30 s apart: v's autocorrelation is known (fitted to 36 h of riding), white
//! noise has none, and neither a slow drift nor an old shift makes a difference. What is found across riders (SD 1.9,
//! spread by a factor of 1.55) counts as two minutes of riding; the last half hour counts most. Until much is seen the
//! estimate leans to the noisy side: an alert that was wrong costs more than one that came late.

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
/// Of v's variance, what comes anew within 10 s: half of a deviation is still there.
const SUDDEN: f32 = 0.75;

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

    /// Another place, or another sensor: as noisy as was seen, or as the typical rider, until more is seen.
    pub fn doubt(&mut self) {
        *self = Self::like(math::max(self.variance, TYPICAL.0), math::max(self.white, TYPICAL.1));
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

    /// Variance of what comes within 10 s, points squared.
    pub const fn sudden(&self) -> f32 {
        SUDDEN * self.variance + self.white
    }

    /// Standard deviation of a mean of 30 s, points.
    pub fn of_half_a_minute(&self) -> f32 {
        libm::sqrtf(self.long_run() / 30.0)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::testing::Source;

    const MINUTE: usize = 12;

    /// What is found of one rider's noise, with what a test makes of each deviation.
    fn found(seed: u32, (sd, white): (f32, f32), steps: usize, made: impl Fn(usize, f32) -> Option<f32>) -> Noise {
        let (mut source, mut noise) = (Source::new(seed, sd, white), Noise::new());
        for i in 0..steps {
            match made(i, source.mean()) {
                Some(deviation) => noise.take(deviation),
                None => noise.miss(),
            }
        }
        noise
    }

    /// Standard deviations of v and of the white rest, found on a middling one of some rides.
    fn usual(truth: (f32, f32), minutes: usize, made: impl Fn(usize, f32) -> Option<f32>) -> (f32, f32) {
        const RIDES: usize = 25;
        let rides: [Noise; RIDES] = core::array::from_fn(|seed| found(seed as u32, truth, minutes * MINUTE, &made));
        let middle = |of: fn(&Noise) -> f32| {
            let mut all = rides.map(|noise| of(&noise));
            all.sort_unstable_by(f32::total_cmp);
            libm::sqrtf(all[RIDES / 2])
        };
        (middle(Noise::variance), middle(Noise::white))
    }

    fn is_near(found: (f32, f32), truth: (f32, f32), context: &str) {
        let off = (found.0 / truth.0 - 1.0, found.1 / truth.1 - 1.0);
        assert!(off.0.abs() < 0.25 && off.1.abs() < 0.25, "{context}: {found:?} for {truth:?}");
    }

    const RIDERS: [(f32, f32); 4] = [(1.0, 0.4), (2.0, 0.6), (4.0, 0.6), (2.0, 2.0)];

    #[test]
    fn slow_and_white_noise_are_told_apart_after_twenty_minutes() {
        for truth in RIDERS {
            is_near(usual(truth, 20, |_, x| Some(x)), truth, "the middling ride");
            for seed in 0..12 {
                let sd = libm::sqrtf(found(seed, truth, 20 * MINUTE, |_, x| Some(x)).variance());
                assert!((0.6..1.6).contains(&(sd / truth.0)), "ride {seed} of {truth:?}: {sd}");
            }
        }
    }

    #[test]
    fn an_unknown_rider_is_a_typical_one_and_a_known_one_is_as_before() {
        assert_eq!((Noise::new().variance(), Noise::new().white()), TYPICAL);
        let known = Noise::like(9.0, 0.2);
        assert_eq!((known.variance(), known.white()), (9.0, 0.2));
        assert!(known.long_run() > 9.0 * 26.0);
    }

    #[test]
    fn another_contact_is_as_noisy_as_the_typical_one_or_as_was_seen() {
        for (v, white) in [(1.0, 0.1), (9.0, 2.0)] {
            let mut noise = Noise::like(v, white);
            noise.doubt();
            assert_eq!((noise.variance(), noise.white()), (v.max(TYPICAL.0), white.max(TYPICAL.1)));
        }
        // And in ten minutes much of what it is has been learned.
        let quiet = found(3, (1.0, 0.4), 20 * MINUTE, |_, x| Some(x));
        let (mut source, mut noise) = (Source::new(5, 4.0, 0.6), quiet);
        noise.doubt();
        (0..10 * MINUTE).for_each(|_| noise.take(source.mean()));
        let (mut source, mut sure) = (Source::new(5, 4.0, 0.6), quiet);
        (0..10 * MINUTE).for_each(|_| sure.take(source.mean()));
        assert!(noise.variance() > 2.0 * sure.variance(), "{noise:?} {sure:?}");
    }

    #[test]
    fn a_step_of_the_level_does_not_double_the_noise() {
        for truth in RIDERS {
            let step = |i: usize, x: f32| Some(if i < 10 * MINUTE { x } else { x - 15.0 });
            let (without, with) = (usual(truth, 20, |_, x| Some(x)), usual(truth, 20, step));
            assert!(with.0 < 1.4 * without.0, "{truth:?}: {with:?}, without {without:?}");
            assert!(with.1 < 1.4 * without.1, "{truth:?}: {with:?}, without {without:?}");
        }
    }

    #[test]
    fn a_level_far_away_makes_no_noise() {
        let near = found(3, (2.0, 0.6), 20 * MINUTE, |_, x| Some(x));
        let far = found(3, (2.0, 0.6), 20 * MINUTE, |_, x| Some(x - 15.0));
        assert!((near.variance() - far.variance()).abs() < 0.01, "{near:?} {far:?}");
    }

    #[test]
    fn holes_only_make_it_take_longer() {
        // A sensor that is not heard for 15 s in a minute, which leaves 5 of 12 means to compare, and one that is gone
        // for five minutes.
        for truth in RIDERS {
            is_near(usual(truth, 48, |i, x| (i % MINUTE > 2).then_some(x)), truth, "short holes");
            is_near(usual(truth, 25, |i, x| (!(60..120).contains(&i)).then_some(x)), truth, "a long hole");
        }
    }

    #[test]
    fn what_is_missing_leaves_the_noise_as_it_was() {
        let mut noise = found(5, (2.0, 0.6), 20 * MINUTE, |_, x| Some(x));
        let before = (noise.variance(), noise.white());
        (0..1000).for_each(|_| noise.miss());
        noise.take(40.0);
        assert_eq!((noise.variance(), noise.white()), before);
    }

    #[test]
    fn a_frozen_sensor_is_not_without_noise() {
        let noise = found(1, (0.0, 0.0), 600 * MINUTE, |_, x| Some(x));
        assert_eq!((noise.variance(), noise.white()), QUIETEST);
    }
}
