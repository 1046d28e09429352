//! Calf overload: the calf desaturates against VL, beyond the rider's own baseline, at matched power and cadence.
//!
//! **Claim.** An observation, not a diagnosis: the calf's SmO2 has fallen below what this rider's calf shows at this
//! power and cadence, and VL's has not. Practitioners read it as the calf working past its share; published EMG does
//! not show that every rider does this (Dorel 2009), which is why nothing more is claimed.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::CalfOverload, falls: &Muscle::CALF, against: Against::FirstOfLeg(&Muscle::THIGH) };
