//! How much a sensor usually changes from one sample to the next: what is a step in one is noise in another.
//!
//! Smoothed sensors change by about one point, the worst raw one by five (white noise of 4.5 points). A new sensor is
//! taken for the worst until it has shown better, which takes it about a hundred samples.

use crate::math;

/// A sample's share in the mean.
const SHARE: f32 = 1.0 / 32.0;
/// A step is no jitter: what is larger than this many times the mean counts as that much.
const AT_MOST: f32 = 3.0;

/// The mean difference between neighbouring samples, those that repeat a number apart.
#[derive(Clone, Copy, Debug)]
pub struct Jitter {
    mean: f32,
}

impl Jitter {
    /// A sensor that is taken for as bad as `worst`.
    pub const fn new(worst: f32) -> Self {
        Self { mean: worst }
    }

    /// Takes the difference of a sample from the one before. A number that is held teaches nothing.
    pub fn push(&mut self, difference: f32) {
        let size = libm::fabsf(difference);
        if size > 0.0 {
            self.mean += SHARE * (math::min(size, AT_MOST * self.mean) - self.mean);
        }
    }

    /// The mean difference.
    pub const fn usual(&self) -> f32 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_sensor_is_known_after_a_hundred_samples_and_a_step_changes_little() {
        let mut jitter = Jitter::new(5.0);
        for _ in 0..100 {
            jitter.push(1.0);
            jitter.push(0.0);
        }
        assert!((1.0..1.2).contains(&jitter.usual()), "{}", jitter.usual());
        jitter.push(-25.0);
        assert!(jitter.usual() < 1.3);
    }
}
