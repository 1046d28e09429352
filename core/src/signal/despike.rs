//! A running median of three samples: one wild sample never reaches a trend.
//!
//! Delay: one sample interval (0.1 s to 2 s) for a step; none for a level. After a hole the filter starts anew, so
//! nothing is carried over a gap.

use crate::time::{Duration, Instant};

/// The median of the last three samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Despike {
    last: Option<(Instant, f32)>,
    last_but_one: Option<f32>,
}

impl Despike {
    /// Samples further apart than this have nothing to say about each other.
    const RESTART_AFTER: Duration = Duration::from_s(7);

    /// A filter that has seen nothing.
    pub const fn new() -> Self {
        Self { last: None, last_but_one: None }
    }

    /// Takes a sample and returns the despiked value: the sample itself until there are three.
    pub fn push(&mut self, now: Instant, x: f32) -> f32 {
        if self.last.is_some_and(|(at, _)| now.since(at) >= Self::RESTART_AFTER) {
            *self = Self::new();
        }
        let median = match (self.last_but_one, self.last) {
            (Some(a), Some((_, b))) => median_of_three(a, b, x),
            _ => x,
        };
        self.last_but_one = self.last.map(|(_, b)| b);
        self.last = Some((now, x));
        median
    }
}

fn median_of_three(a: f32, b: f32, c: f32) -> f32 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    crate::math::clamp(c, low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_spikes_vanish_and_a_step_passes_one_sample_late() {
        let mut filter = Despike::new();
        let out: heapless::Vec<f32, 8> = [50.0, 51.0, 99.0, 50.0, 50.0, 40.0, 40.0, 40.0]
            .iter()
            .enumerate()
            .map(|(i, &x)| filter.push(Instant::from_ms(i as u64 * 2000), x))
            .collect();
        assert_eq!(out.as_slice(), [50.0, 51.0, 51.0, 51.0, 50.0, 50.0, 40.0, 40.0]);
    }

    #[test]
    fn nothing_is_carried_over_a_hole() {
        let mut filter = Despike::new();
        for i in 0..3 {
            filter.push(Instant::from_ms(i * 1000), 80.0);
        }
        assert_eq!(filter.push(Instant::from_ms(20_000), 40.0), 40.0);
    }
}
