//! Shin overload: tibialis anterior desaturates against the front of the thigh.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing = Sharing {
    kind: PatternKind::TibialisOverload,
    falls: &[Muscle::TibialisAnterior],
    against: Against::SameLeg(&Muscle::THIGH),
};
