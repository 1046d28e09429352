//! Left and right part: a muscle falls from its own baseline, the same muscle of the other leg does not.
//!
//! **Claim.** A change from this rider's own baseline, nothing else: there is no norm for left against right (pedal force
//! differs by -34 to +43 % without a link to performance, Bini 2016).
//!
//! **Method.** [`super::contest`]: one test of a fall for each muscle ([`crate::signal::shift`]), then the question whether the
//! other fell as well.
//! A fall that the leg explains, because its calf or thigh is worn and has not fallen, is the leg's story.
//!
//! **Delay and blind spots.** As for the calf. Two sides that were different from the start are not told of.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::SideImbalance, falls: Muscle::ALL, against: Against::OtherLeg };
