//! Outflow restriction: SmO2 falls while tHb rises, at a load that explains neither.
//!
//! **Claim.** What was seen, no cause. An occlusion shows both: SmO2 falls by up to 18 points a minute and tHb rises by
//! 0.26 g/dL (recorded). Saddle edges, tight straps and a held position are what practitioners look for.
//!
//! **Method.** The fall as in [`super::contest`]; tHb's last 10 s against the minute before the onset, by 0.10 g/dL and three
//! standard deviations of what it does by itself. tHb in a vendor's own scale is judged by those alone.
//!
//! **Delay.** As for the calf. **Blind spots.** Sensors without tHb; tHb that rises without a fall. Screen only.

use super::{BloodShift, PatternKind};

/// The pattern.
pub const BLOOD: BloodShift = BloodShift { kind: PatternKind::OutflowRestriction, rises: true };
