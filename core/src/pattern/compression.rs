//! Compression: SmO2 falls while tHb falls.

use super::{BloodShift, PatternKind};

/// The pattern.
pub const BLOOD: BloodShift = BloodShift { kind: PatternKind::Compression, rises: false };
