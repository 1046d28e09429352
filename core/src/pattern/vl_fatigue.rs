//! Thigh fatigue: the front of the thigh desaturates against the calf, at matched power and cadence.
//!
//! **Claim.** VL's SmO2 has fallen below what this rider's VL shows at this load, and the calf's has not. That the quadriceps
//! loses extension power when it is tired is shown (O'Bryan 2022), with wide differences between people; that a fall of SmO2
//! means fatigue is practice, not proof.
//!
//! **Method.** [`super::contest`]: one test of a fall for each muscle ([`crate::signal::shift`]), then the question whether the
//! other fell as well.
//!
//! **Delay.** As for the calf. **Blind spots.** As for the calf; and heat or altitude, which take the whole leg down, are
//! told of as nothing.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::VlFatigue, falls: &Muscle::THIGH, against: Against::FirstOfLeg(&Muscle::CALF) };
