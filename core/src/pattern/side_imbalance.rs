//! Left and right part: a muscle falls from its own baseline, the same muscle of the other leg does not.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::SideImbalance, falls: Muscle::ALL, against: Against::OtherLeg };
