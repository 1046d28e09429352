//! Coordination patterns, a file each: what it claims, from which source, its delay and its blind spots.

pub mod antagonist_imbalance;
pub mod calf_overload;
pub mod compression;
pub mod contest;
pub mod head_imbalance;
pub mod load_shift;
pub mod outflow_restriction;
pub mod side_imbalance;
pub mod slow_recovery;
pub mod tibialis_overload;
pub mod vary_position;
pub mod vl_fatigue;

use crate::sensor::{Muscle, Site};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $code:literal,)*) => {
        /// The patterns that alerts speak of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum PatternKind { $($(#[$doc])* $name,)* }

        impl PatternKind {
            /// Every pattern.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name in events and files.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

kinds! {
    /// The calf desaturates against the thigh, beyond the rider's own baseline.
    CalfOverload "calf_overload",
    /// The front of the thigh desaturates against the calf.
    VlFatigue "vl_fatigue",
    /// Tibialis anterior desaturates against the thigh.
    TibialisOverload "tibialis_overload",
    /// A hamstring against the front of the thigh moves off its baseline.
    AntagonistImbalance "antagonist_imbalance",
    /// The two heads of gastrocnemius part.
    HeadImbalance "head_imbalance",
    /// One muscle, left against right, parts from its own baseline.
    SideImbalance "side_imbalance",
    /// Partners of the sling share efforts of equal power differently than before.
    LoadShift "load_shift",
    /// SmO2 falls while tHb rises, at steady load.
    OutflowRestriction "outflow_restriction",
    /// SmO2 falls while tHb falls, at steady load.
    Compression "compression",
    /// Reoxygenation after efforts takes longer than before.
    SlowRecovery "slow_recovery",
}

/// Where a pattern is seen, and for patterns of a pair what the muscle is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where it is seen.
    pub site: Site,
    /// What it is compared with.
    pub against: Option<Site>,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// How far SmO2 lies from what was expected at this load, points: here, and where it is compared with.
    Smo2 {
        /// At the site.
        site: f32,
        /// At the one it is compared with.
        against: Option<f32>,
    },
    /// Changes of SmO2 (points) and tHb (in the sensor's own unit) since the onset.
    Blood {
        /// Of SmO2.
        smo2: f32,
        /// Of tHb.
        thb: f32,
    },
    /// A number of this rider's that has changed, and what it used to be: a half-time in seconds, a ratio of gains.
    Usual {
        /// Now.
        now: f32,
        /// Before.
        usual: f32,
    },
}

/// A pattern that is being seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Which pattern.
    pub kind: PatternKind,
    /// Where.
    pub place: Place,
    /// How strongly, points of SmO2 away from what was expected. (`load_shift`: percent of the usual ratio;
    /// `slow_recovery`: percent of the usual half-time.)
    pub strength: f32,
    /// Estimated onset.
    pub since: Instant,
    /// What it rests on.
    pub evidence: Evidence,
}

/// A pattern of two muscles: one falls from its own baseline, the other does not.
#[derive(Clone, Copy, Debug)]
pub struct Sharing {
    /// Which pattern it is.
    pub kind: PatternKind,
    /// The muscles that may fall.
    pub falls: &'static [Muscle],
    /// What each is compared with.
    pub against: Against,
}

/// What a muscle is compared with.
#[derive(Clone, Copy, Debug)]
pub enum Against {
    /// The first of these that is worn on the same leg, the muscle itself left out.
    SameLeg(&'static [Muscle]),
    /// The same, and only the first worn of those that may fall speaks for all of them.
    FirstOfLeg(&'static [Muscle]),
    /// The same muscle of the other leg.
    OtherLeg,
}

/// A pattern of one muscle: SmO2 falls from its baseline while tHb changes.
#[derive(Clone, Copy, Debug)]
pub struct BloodShift {
    /// Which pattern it is.
    pub kind: PatternKind,
    /// Whether tHb rises.
    pub rises: bool,
}
