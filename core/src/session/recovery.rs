//! The last recovery of each muscle: how fast SmO2 came back after an effort.
//!
//! Measured where slow recovery is judged ([`crate::pattern::slow_recovery`]), and only there: after a rest of 40 s or more
//! that followed a sharp end of power. Half-times are those of the exponential, without the delay before it.

use crate::math;
use crate::pattern::slow_recovery::Measured;
use crate::time::Instant;

/// 95 % of a normal distribution lie within.
const Z: f32 = 1.96;
/// Beyond this a bound says nothing any more, s.
const LONGEST_S: f32 = 3600.0;

/// A half-time of reoxygenation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recovery {
    /// The half-time, s.
    pub half_time_s: f32,
    /// Its 95 % interval: the short end, s.
    pub low_s: f32,
    /// And the long one. The half-time is in their geometric middle.
    pub high_s: f32,
    /// Points of SmO2 that would come back in the end.
    pub depth: f32,
    /// When it was measured: the end of the rest, or of what of it is looked at.
    pub at: Instant,
}

impl Recovery {
    /// What was measured, at a time.
    pub fn of(measured: &Measured, at: Instant) -> Self {
        let half_time = |log_tau| math::min(core::f32::consts::LN_2 * libm::expf(log_tau), LONGEST_S);
        let wide = Z * libm::sqrtf(math::max(measured.variance, 0.0));
        Self {
            half_time_s: half_time(measured.log_tau),
            low_s: half_time(measured.log_tau - wide),
            high_s: half_time(measured.log_tau + wide),
            depth: measured.depth,
            at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_time_is_ln_2_of_the_time_constant_and_knows_how_sure_it_is() {
        let measured = |variance| Measured { log_tau: libm::logf(30.0), variance, depth: 25.0 };
        let recovery = Recovery::of(&measured(0.04), Instant::from_ms(5000));
        assert!((recovery.half_time_s - 20.79).abs() < 0.01, "{recovery:?}");
        assert!((recovery.low_s - 14.05).abs() < 0.02 && (recovery.high_s - 30.77).abs() < 0.02, "{recovery:?}");
        assert_eq!((recovery.depth, recovery.at), (25.0, Instant::from_ms(5000)));
        let unsure = Recovery::of(&measured(1e9), Instant::ZERO);
        assert!(unsure.high_s <= LONGEST_S && unsure.low_s >= 0.0);
    }
}
