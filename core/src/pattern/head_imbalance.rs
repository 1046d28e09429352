//! The two heads of gastrocnemius part: one falls, the other does not.
//!
//! **Claim.** One head has left its own baseline at this load. Heads are never pooled. Where the thigh is worn as well, a fall
//! of the head that stands for the calf (medial, if both are worn) is [calf overload](super::calf_overload) first.
//!
//! **Method.** [`super::contest`]: one test of a fall for each muscle ([`crate::signal::shift`]), then the question whether the
//! other fell as well.
//!
//! **Delay and blind spots.** As for the calf.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

const HEADS: &[Muscle] = &[Muscle::GastrocnemiusMedialis, Muscle::GastrocnemiusLateralis];

/// The pattern.
pub const SHARING: Sharing =
    Sharing { kind: PatternKind::HeadImbalance, falls: HEADS, against: Against::SameLeg(HEADS) };
