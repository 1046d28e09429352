//! The two heads of gastrocnemius part: one falls, the other does not.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

const HEADS: &[Muscle] = &[Muscle::GastrocnemiusMedialis, Muscle::GastrocnemiusLateralis];

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::HeadImbalance, falls: HEADS, against: Against::SameLeg(HEADS) };
