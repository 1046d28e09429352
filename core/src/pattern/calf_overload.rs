//! Calf overload: the calf desaturates against VL, beyond the rider's own baseline, at matched power and cadence.
//!
//! **Claim.** An observation, not a diagnosis: the calf's SmO2 has fallen below what this rider's calf shows at this
//! power and cadence, and VL's has not. Practitioners read it as the calf working past its share; published EMG does
//! not show that every rider does this (Dorel 2009), which is why nothing more is claimed.
//!
//! **Method.** [`super::contest`]: one test of a fall for each muscle ([`crate::signal::shift`]), then the question whether the
//! other fell as well.
//!
//! **Delay.** In the simulated world half a minute for 15 points, three quarters for 10, one for 8, some two and a half for 5, three
//! and a half for a ramp of 2 points a minute: docs/alerts.md has the figures, `sling score` measures them.
//! **Blind spots.** Shifts under some 4 points; ramps under about 1 point a minute, which natural drift comes near (the
//! report after the ride shows them); an overload that was there before the baseline was learned; a calf and a thigh that
//! fall together; load that power and cadence do not tell, such as standing. Without power nothing is matched or said.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::CalfOverload, falls: &Muscle::CALF, against: Against::FirstOfLeg(&Muscle::THIGH) };
