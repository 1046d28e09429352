//! Front and back of the thigh part (the practitioners' *dysbalance*): a hamstring falls against the front of the thigh, or
//! the front falls against a hamstring.
//!
//! **Claim.** One has left its own baseline at this load, the other has not. Biceps femoris never settles at 75 % of maximal
//! power (Rasdal 2013), so a slow loss in hard riding may be just that.
//!
//! **Method.** [`super::contest`]: one test of a fall for each muscle ([`crate::signal::shift`]), then the question whether the
//! other fell as well.
//! A thigh that falls against a worn calf is [thigh fatigue](super::vl_fatigue) first.
//!
//! **Delay and blind spots.** As for the calf.

use super::{Against, PatternKind, Sharing};
use crate::sensor::Muscle;

const HAMSTRINGS: &[Muscle] = &[Muscle::BicepsFemoris, Muscle::Semitendinosus];

/// The back falls.
pub const BACK: Sharing =
    Sharing { kind: PatternKind::AntagonistImbalance, falls: HAMSTRINGS, against: Against::SameLeg(&Muscle::THIGH) };

/// The front falls.
pub const FRONT: Sharing =
    Sharing { kind: PatternKind::AntagonistImbalance, falls: &Muscle::THIGH, against: Against::SameLeg(HAMSTRINGS) };
