//! How much of their noise two muscles share.
//!
//! What moves both at once (a breath, a bend of the road, the heart) is common to them: in recordings of pairs the
//! correlation lies between 0 and 0.5. Where it is known, the partner says how much of a muscle's excursion is noise.
//! Learned from the innovations of the same five seconds, over 20 minutes.

use crate::math;
use crate::sensor::MAX_SITES;

/// Before anything is known.
const USUAL: f32 = 0.15;
/// Weight of one step.
const RATE: f32 = 1.0 / 240.0;
/// What is relied upon at most.
const MOST: f32 = 0.6;

/// Pairs of muscles.
const PAIRS: usize = MAX_SITES * (MAX_SITES - 1) / 2;

/// The correlations between the muscles of a roster, by their places in it.
#[derive(Clone, Copy, Debug)]
pub struct SharedNoise([f32; PAIRS]);

impl SharedNoise {
    /// Nothing is known.
    pub const fn new() -> Self {
        Self([USUAL; PAIRS])
    }

    /// The innovations of one step in standard deviations, `None` where there is none.
    pub fn take(&mut self, innovations: &[Option<f32>]) {
        for (j, second) in innovations.iter().enumerate() {
            for (i, first) in innovations.iter().enumerate().take(j) {
                if let (Some(first), Some(second), Some(pair)) = (first, second, self.0.get_mut(place(i, j))) {
                    *pair += (first * second - *pair) * RATE;
                }
            }
        }
    }

    /// The correlation of two muscles.
    pub fn of(&self, one: usize, other: usize) -> f32 {
        let pair = self.0.get(place(one.min(other), one.max(other)));
        math::clamp(pair.copied().unwrap_or(0.0), 0.0, MOST)
    }
}

impl Default for SharedNoise {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a pair is kept; `first` comes before `second`.
const fn place(first: usize, second: usize) -> usize {
    second * second.saturating_sub(1) / 2 + first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::testing::Source;

    #[test]
    fn every_pair_has_a_place_of_its_own() {
        let mut places = [false; PAIRS];
        for j in 0..MAX_SITES {
            for i in 0..j {
                assert!(!core::mem::replace(&mut places[place(i, j)], true), "{i} {j}");
            }
        }
        assert!(places.iter().all(|&taken| taken));
    }

    #[test]
    fn what_is_common_is_found_and_what_is_not_is_not() {
        let mut sources = [1, 2, 3].map(|seed| Source::new(seed, 0.0, 1.0));
        let mut noise = SharedNoise::new();
        for _ in 0..1000 {
            let [common, first, second] = &mut sources;
            let (common, first, second) = (common.normal(), first.normal(), second.normal());
            let half = core::f32::consts::FRAC_1_SQRT_2;
            noise.take(&[Some(half * (common + first)), Some(half * (common + second)), Some(first), None]);
        }
        assert!((noise.of(0, 1) - 0.5).abs() < 0.15, "{}", noise.of(0, 1));
        assert!(noise.of(1, 2) < 0.15, "{}", noise.of(1, 2));
        assert_eq!((noise.of(0, 1), noise.of(3, 0)), (noise.of(1, 0), USUAL));
    }

    #[test]
    fn opposite_muscles_share_no_noise_and_no_correlation_is_trusted_too_far() {
        let mut noise = SharedNoise::new();
        (0..2000).for_each(|_| noise.take(&[Some(1.0), Some(-1.0), Some(1.0)]));
        assert_eq!((noise.of(0, 1), noise.of(0, 2)), (0.0, MOST));
    }
}
