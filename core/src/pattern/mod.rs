//! Coordination patterns, a file each: what it claims, from which source, its delay and its blind spots.

pub mod calf_overload;

use crate::sensor::Site;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// The patterns that alerts speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PatternKind {
    /// The calf desaturates against the thigh, beyond the rider's own baseline.
    CalfOverload,
}

impl PatternKind {
    /// The name in events and files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CalfOverload => "calf_overload",
        }
    }
}

/// The two muscles that a pattern compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Where the pattern is seen.
    pub site: Site,
    /// What it is compared with.
    pub against: Site,
}

/// What each muscle of a pair showed above what had been expected, points of SmO2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairResidual {
    /// The calf's.
    pub calf: f32,
    /// The thigh's.
    pub thigh: f32,
}

/// A pattern that is being seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Which pattern.
    pub kind: PatternKind,
    /// Points of SmO2 away from what was expected.
    pub strength: f32,
    /// Estimated onset.
    pub since: Instant,
    /// What it rests on: how far each muscle lay from what was expected.
    pub evidence: PairResidual,
}
