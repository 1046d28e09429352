//! Thigh fatigue: the front of the thigh desaturates against the calf.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::VlFatigue, falls: &Muscle::THIGH, against: Against::FirstOfLeg(&Muscle::CALF) };
