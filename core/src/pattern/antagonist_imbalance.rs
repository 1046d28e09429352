//! Front and back of the thigh part: a hamstring falls against the front of the thigh, or the other way round.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

const HAMSTRINGS: &[Muscle] = &[Muscle::BicepsFemoris, Muscle::Semitendinosus];

/// The back falls.
pub const BACK: Sharing =
    Sharing { kind: PatternKind::AntagonistImbalance, falls: HAMSTRINGS, against: Against::SameLeg(&Muscle::THIGH) };

/// The front falls.
pub const FRONT: Sharing =
    Sharing { kind: PatternKind::AntagonistImbalance, falls: &Muscle::THIGH, against: Against::SameLeg(HAMSTRINGS) };
