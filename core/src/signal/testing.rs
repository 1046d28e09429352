//! Riding as tests need it: the slow noise v of a muscle with the white rest of its 5-s means, from a seed, and one
//! muscle that is ridden at one load.

use super::baseline::{Baseline, Means};
use super::load::{Load, LoadLags};
use crate::time::{Duration, Instant};
use crate::units::{Rpm, Watts};

/// SmO2, percent, and tHb, g/dL, of a muscle at its usual level.
const SMO2: f32 = 60.0;
const THB: f32 = 12.0;
/// What tHb does by itself, g/dL.
const THB_SD: f32 = 0.03;

/// Noise of one muscle.
pub(crate) struct Source {
    random: u32,
    /// Standard deviations of v and of the white rest of a 5-s mean, points.
    sd: f32,
    white: f32,
    v: f32,
    rate: f32,
}

impl Source {
    pub(crate) fn new(seed: u32, sd: f32, white: f32) -> Self {
        let mut new = Self { random: seed.wrapping_mul(2_654_435_761), sd, white, v: 0.0, rate: 0.0 };
        (0..20).for_each(|_| {
            new.mean();
        });
        new
    }

    /// Normal enough: of twelve even ones, variance 1.
    pub(crate) fn normal(&mut self) -> f32 {
        let even = |random: &mut u32| {
            *random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*random >> 8) as f32 / (1 << 24) as f32
        };
        (0..12).map(|_| even(&mut self.random)).sum::<f32>() - 6.0
    }

    /// The next 5-s mean: v is critically damped with 6.5 s and moves every second.
    pub(crate) fn mean(&mut self) -> f32 {
        let h = 1.0 / 6.5;
        let decay = libm::expf(-h);
        let (a, b, c, d) = (decay * (1.0 + h), decay * h, -decay * h, decay * (1.0 - h));
        // Noise that keeps both of variance 1: the root of I - V V'.
        let first = libm::sqrtf(1.0 - a * a - b * b);
        let cross = -(a * c + b * d) / first;
        let second = libm::sqrtf(1.0 - c * c - d * d - cross * cross);
        let mut sum = 0.0;
        for _ in 0..5 {
            let (x, y) = (self.normal(), self.normal());
            let (v, rate) = (self.v, self.rate);
            self.v = a * v + b * rate + first * x;
            self.rate = c * v + d * rate + cross * x + second * y;
            sum += self.v;
        }
        self.sd * sum / 5.0 + self.white * self.normal()
    }
}

/// 200 W at 85 rpm, for long enough.
pub(crate) fn steady() -> Option<Load> {
    let mut lags = LoadLags::new();
    let now = |s: u64| Instant::from_ms(s * 1000);
    (0..=60).for_each(|s| lags.step(now(s), Some(Watts(200)), Some(Rpm(85))));
    lags.load(now(60))
}

/// How much of a shift with a time constant of 20 s has come in the step that ends `s` seconds after its onset.
pub(crate) fn come(s: u32) -> f32 {
    1.0 - libm::expf(-(s as f32 - 2.5) / 20.0)
}

/// A muscle that is ridden at a steady load.
pub(crate) struct Ridden {
    pub(crate) baseline: Baseline,
    pub(crate) now: Instant,
    source: Source,
    load: Option<Load>,
}

impl Ridden {
    pub(crate) fn new(seed: u32, sd: f32) -> Self {
        Self { baseline: Baseline::new(), now: Instant::ZERO, source: Source::new(seed, sd, 0.4), load: steady() }
    }

    /// Five seconds so far from the usual levels; `None`: the sensor is not heard.
    pub(crate) fn step(&mut self, off: Option<(f32, f32)>) {
        self.now = self.now + Duration::from_s(5);
        let noise = (self.source.mean(), THB_SD * self.source.normal());
        let means = Means {
            now: self.now,
            load: self.load.as_ref(),
            smo2: off.map(|(smo2, _)| SMO2 + smo2 + noise.0),
            thb: off.map(|(_, thb)| THB + thb + noise.1),
        };
        self.baseline.step(&means, true);
    }

    /// Steps for so long at levels that are so many points away.
    pub(crate) fn ride(&mut self, s: u32, points: f32) {
        (0..s / 5).for_each(|_| self.step(Some((points, 0.0))));
    }

    /// SmO2 and tHb shift by so much, for so long. Returns the onset.
    pub(crate) fn shift(&mut self, s: u32, points: f32, thb: f32) -> Instant {
        let onset = self.now;
        (1..=s / 5).for_each(|i| self.step(Some((points * come(i * 5), thb * come(i * 5)))));
        onset
    }
}
