//! What a difference of two means is worth: levels over minutes of coloured noise.
//!
//! **D here is calf less thigh as measured**, not against what is expected: what is expected follows drift, and would
//! swallow within minutes what a position or a cue does. So compare at one power.
//!
//! **Noise.** Riding's noise has an integrated time of 27 s: of T seconds, T/27 count. That much is seen in the windows
//! themselves. What is not seen there is how levels wander from one window to the next: at steady load, means of adjacent
//! windows of 2, 3 and 5 min differ by SD 1.8, 1.7 and 1.5 points, times 1.41 for D (two muscles that wander apart). A
//! difference of two is taken to have the larger of both. A calm rider's interval is wider than need be for it.

use super::moment::{LegNow, Seen, What};
use super::tally::{self, Spread};
use crate::math;
use core::num::NonZeroU16;

/// Seconds of riding that are worth one independent value.
const MEMORY_S: f32 = 27.0;
/// No window with fewer seconds is compared: the noise of less than two minutes is not known, and ten seconds may be missing.
pub(super) const LEAST_S: u16 = 110;
/// Standard deviation of the difference of adjacent windows: seconds, points.
const ADJACENT: [(f32, f32); 3] = [(120.0, 1.8), (180.0, 1.7), (300.0, 1.5)];
/// Of one muscle against two.
const OF_TWO: f32 = 1.41;
/// 95 % of a normal distribution lie within.
pub(super) const Z: f32 = 1.96;

/// A difference with the half width of its 95 % interval, points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The difference.
    pub difference: f32,
    /// It lies within so much of it.
    pub half_width: f32,
}

impl Interval {
    /// Whether zero is outside.
    pub fn excludes_zero(&self) -> bool {
        libm::fabsf(self.difference) > self.half_width
    }

    /// Whether all of it is within so many points of zero.
    pub fn is_within(&self, points: f32) -> bool {
        libm::fabsf(self.difference) + self.half_width <= points
    }
}

/// What a leg gives in a window: calf, thigh and D.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window([Spread; 3]);

impl Window {
    pub(super) const fn new() -> Self {
        Self([Spread::new(); 3])
    }

    /// A second of the leg. False: neither calf nor thigh gave a value.
    #[inline(never)]
    pub(super) fn second(&mut self, leg: &LegNow) -> bool {
        let value = |seen: Option<Seen>| seen.and_then(|seen| tally::tenths(seen.smo2.ok()?));
        let (calf, thigh) = (value(leg.calf), value(leg.thigh));
        let d = calf.zip(thigh).map(|(calf, thigh)| calf.saturating_sub(thigh));
        for (spread, value) in self.0.iter_mut().zip([calf, thigh, d]) {
            if let Some(value) = value {
                spread.add(value);
            }
        }
        calf.is_some() || thigh.is_some()
    }

    #[inline(never)]
    pub(super) fn join(&mut self, other: &Self) {
        for (one, other) in self.0.iter_mut().zip(&other.0) {
            one.join(other);
        }
    }

    #[inline(never)]
    pub(super) fn means(&self) -> [Option<WindowMean>; 3] {
        self.0.map(|spread| WindowMean::of(&spread))
    }
}

/// The mean of a window, in hundredths of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowMean {
    mean: i16,
    sd: u16,
    seconds: NonZeroU16,
}

impl WindowMean {
    #[inline(never)]
    fn of(spread: &Spread) -> Option<Self> {
        let ((mean, sd), seconds) = spread.mean_and_sd().zip(NonZeroU16::new(spread.seconds()))?;
        let hundredths = |points: f32| math::round_i32(100.0 * points);
        Some(Self { mean: hundredths(mean) as i16, sd: hundredths(sd) as u16, seconds })
    }

    /// The mean, points.
    pub fn mean(&self) -> f32 {
        f32::from(self.mean) / 100.0
    }

    /// How much single seconds scatter, points.
    pub fn sd(&self) -> f32 {
        f32::from(self.sd) / 100.0
    }

    /// Over so many seconds.
    pub const fn seconds(&self) -> u16 {
        self.seconds.get()
    }

    /// How many independent values that is worth.
    pub fn effective_n(&self) -> f32 {
        f32::from(self.seconds()) / MEMORY_S
    }

    pub(super) const fn is_long_enough(&self) -> bool {
        self.seconds() >= LEAST_S
    }

    /// Variance of the mean, as far as the window itself shows it. Coloured noise scatters less within a window than it
    /// does at large: by one of its independent values.
    fn own_variance(&self) -> f32 {
        let n = math::max(self.effective_n(), 2.0);
        self.sd() * self.sd() / (n - 1.0)
    }
}

/// Variance of the difference of two windows' means, points squared.
#[inline(never)]
pub(super) fn variance(one: &WindowMean, other: &WindowMean, what: What) -> f32 {
    let wander = adjacent_sd(one.seconds().min(other.seconds()).into()) * if what == What::D { OF_TWO } else { 1.0 };
    math::max(one.own_variance() + other.own_variance(), wander * wander)
}

/// By how much means of two adjacent windows of so many seconds differ (SD, points).
fn adjacent_sd(seconds: f32) -> f32 {
    let [(first_s, mut sd), ..] = ADJACENT;
    let mut from_s = first_s;
    for (to_s, to_sd) in ADJACENT {
        if seconds > from_s && to_s > from_s {
            sd += (to_sd - sd) * math::min((seconds - from_s) / (to_s - from_s), 1.0);
        }
        from_s = to_s;
    }
    sd
}

/// The difference between two windows, later less earlier; `None` if one is too short.
#[inline(never)]
pub(super) fn difference(before: &WindowMean, after: &WindowMean, what: What) -> Option<Interval> {
    (before.is_long_enough() && after.is_long_enough()).then(|| Interval {
        difference: after.mean() - before.mean(),
        half_width: Z * libm::sqrtf(variance(before, after, what)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_of_adjacent_windows_goes_from_two_minutes_to_five() {
        let known = [(0.0, 1.8), (120.0, 1.8), (150.0, 1.75), (180.0, 1.7), (240.0, 1.6), (300.0, 1.5), (3000.0, 1.5)];
        for (seconds, sd) in known {
            assert!(libm::fabsf(adjacent_sd(seconds) - sd) < 1e-5, "{seconds} s: {}", adjacent_sd(seconds));
        }
    }

    #[test]
    fn the_noise_that_is_seen_counts_where_it_is_the_larger() {
        let window = |sd, seconds| WindowMean { mean: 6000, sd, seconds: NonZeroU16::new(seconds).unwrap() };
        let calm = variance(&window(100, 180), &window(100, 180), What::Calf);
        assert!(libm::fabsf(calm - 1.7 * 1.7) < 1e-4, "{calm}");
        let noisy = variance(&window(600, 180), &window(600, 180), What::Calf);
        assert!(libm::fabsf(noisy - 2.0 * 36.0 / (180.0 / 27.0 - 1.0)) < 1e-3, "{noisy}");
        assert!(libm::fabsf(variance(&window(100, 180), &window(100, 180), What::D) / calm - 1.9881) < 1e-3);
        assert_eq!(difference(&window(100, 109), &window(100, 180), What::D), None);
    }

    #[test]
    fn an_interval_knows_zero_and_a_margin() {
        let interval = |difference, half_width| Interval { difference, half_width };
        assert!(interval(-5.0, 3.0).excludes_zero() && !interval(-2.0, 3.0).excludes_zero());
        assert!(interval(-1.0, 2.0).is_within(3.0) && !interval(-1.0, 2.1).is_within(3.0));
    }
}
