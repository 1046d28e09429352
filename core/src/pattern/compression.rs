//! Compression: SmO2 falls while tHb falls, at a load that explains neither.
//!
//! **Claim.** What was seen, no cause: less blood under the sensor, and less oxygen in it. A strap that was pulled tighter looks
//! the same.
//!
//! **Method, delay and blind spots.** As for [outflow restriction](super::outflow_restriction). Screen only.

use super::{BloodShift, PatternKind};

/// The pattern.
pub const BLOOD: BloodShift = BloodShift { kind: PatternKind::Compression, rises: false };
