//! Outflow restriction: SmO2 falls while tHb rises.

use super::{BloodShift, PatternKind};

/// The pattern.
pub const BLOOD: BloodShift = BloodShift { kind: PatternKind::OutflowRestriction, rises: true };
