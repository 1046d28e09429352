//! Shin overload: tibialis anterior desaturates against the front of the thigh.
//!
//! **Claim.** The practitioners' opposite of calf overload, seen by the same machine; no published oxygenation of tibialis
//! anterior against position is known to us. Its load differs little between low and high intensity (Rasdal 2013).
//!
//! **Method.** [`super::contest`]: one test of a fall for each muscle ([`crate::signal::shift`]), then the question whether the
//! other fell as well.
//!
//! **Delay and blind spots.** As for the calf. Screen only.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

/// The pattern.
pub const SHARING: Sharing = Sharing {
    kind: PatternKind::TibialisOverload,
    falls: &[Muscle::TibialisAnterior],
    against: Against::SameLeg(&Muscle::THIGH),
};
