//! The functional range: the lowest and the highest SmO2 that this muscle has shown on this ride.
//!
//! Absolute SmO2 says little across riders and placements (fat alone can shrink the scale to a few points), so a
//! muscle is read within its own range. Ends are 15-s means, so that no single sample sets them; delay 15 s.
//! Under 10 points nothing is shown as a share of it. Falls are judged in points, so only a sensor that hardly moves at all
//! (under 2 points) keeps detection from being ready, as `range_too_small`.

use crate::math;

/// The smallest span that means anything, in points of SmO2.
pub const SMALLEST_SPAN: f32 = 10.0;

/// A sensor whose 15-s means span less than this does not look at a muscle: natural variation alone spans more.
pub const FLAT_SPAN: f32 = 2.0;

/// The running range of one muscle.
#[derive(Clone, Copy, Debug, Default)]
pub struct RangeTracker {
    last_three: [Option<f32>; 3],
    ends: Option<(f32, f32)>,
}

/// A range that is wide enough to read in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FunctionalRange {
    /// Lowest 15-s mean, percent.
    pub low: f32,
    /// Highest 15-s mean, percent.
    pub high: f32,
}

impl RangeTracker {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self { last_three: [None; 3], ends: None }
    }

    /// Takes a 5-s mean, or the lack of one.
    pub fn push(&mut self, five_second_mean: Option<f32>) {
        let [_, b, c] = self.last_three;
        self.last_three = [b, c, five_second_mean];
        if let [Some(a), Some(b), Some(c)] = self.last_three {
            let mean = (a + b + c) / 3.0;
            let (low, high) = self.ends.unwrap_or((mean, mean));
            self.ends = Some((math::min(low, mean), math::max(high, mean)));
        }
    }

    /// The sensor's level has changed by `points`: what was seen before counts as if seen on the new level.
    pub fn shift(&mut self, points: f32) {
        self.last_three = [None; 3];
        self.ends = self.ends.map(|(low, high)| (low + points, high + points));
    }

    /// Whether the muscle has hardly moved at all.
    pub fn is_flat(&self) -> bool {
        self.ends.is_none_or(|(low, high)| high - low < FLAT_SPAN)
    }

    /// The range, once it is wide enough.
    pub fn range(&self) -> Option<FunctionalRange> {
        let (low, high) = self.ends?;
        (high - low >= SMALLEST_SPAN).then_some(FunctionalRange { low, high })
    }
}

impl FunctionalRange {
    /// Where `percent` lies in the range: 0 at its low end, 1 at its high end, held to that.
    pub fn normalise(&self, percent: f32) -> f32 {
        math::clamp((percent - self.low) / (self.high - self.low), 0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_opens_with_what_is_seen_and_single_means_do_not_set_it() {
        let mut tracker = RangeTracker::new();
        for mean in [60.0, 60.0, 60.0, 20.0, 60.0, 60.0, 60.0] {
            tracker.push(Some(mean));
        }
        let range = tracker.range().unwrap();
        assert!(range.low > 45.0, "{range:?}");
        assert_eq!(range.high, 60.0);
        assert_eq!(range.normalise(60.0), 1.0);
        assert_eq!(range.normalise(0.0), 0.0);
    }

    #[test]
    fn a_small_range_is_none() {
        let mut tracker = RangeTracker::new();
        for i in 0..100 {
            tracker.push(Some(60.0 + (i % 10) as f32 * 0.5));
        }
        assert_eq!(tracker.range(), None);
    }

    #[test]
    fn means_are_not_taken_across_a_hole() {
        let mut tracker = RangeTracker::new();
        for mean in [Some(60.0), Some(60.0), None, Some(20.0), Some(20.0), None] {
            tracker.push(mean);
        }
        assert!(tracker.ends.is_none());
    }
}
