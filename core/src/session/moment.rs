//! One second of riding as a session sees it, and why a second or a whole capture is no good.

use crate::sensor::{Identity, Reason, Side, Site};
use crate::units::{Bpm, Rpm, Watts};
use serde::{Deserialize, Serialize};

/// One muscle, now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Where.
    pub site: Site,
    /// By which sensor.
    pub identity: Identity,
    /// Which contact of the sensor with the skin it is: levels of two of them are not to be compared.
    pub contact: u16,
    /// SmO2 in percent, or why there is none.
    pub smo2: Result<f32, Reason>,
}

/// The calf and the thigh that stand for a leg, if they are worn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LegNow {
    /// Its calf.
    pub calf: Option<Seen>,
    /// Its thigh.
    pub thigh: Option<Seen>,
    /// Calf less thigh against what is expected of them at this load, points, while that can be said.
    pub d: Option<f32>,
}

/// One second of riding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment<'a> {
    /// Every muscle that is worn.
    pub muscles: &'a [Seen],
    /// The legs, left and right.
    pub legs: [LegNow; 2],
    /// Power, if known.
    pub power: Option<Watts>,
    /// Cadence, if known.
    pub cadence: Option<Rpm>,
    /// Heart rate, if known.
    pub heart_rate: Option<Bpm>,
    /// The rider stands or coasts ([`Spoil::Standing`], [`Spoil::Coasting`]), or did so a moment ago and the muscles
    /// have not come back from it.
    pub disturbed: Option<Spoil>,
}

/// Why seconds that were being measured are no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spoil {
    /// No calf and no thigh is worn.
    NoSensor,
    /// A reading was missing for too long.
    Reading(Reason),
    /// A sensor has moved, or another was put in its place.
    Changed,
    /// The rider pedals, and was to rest.
    Pedalling,
    /// The rider stands.
    Standing,
    /// The rider does not pedal, and was to ride.
    Coasting,
    /// Power has moved by more than 10 %.
    PowerMoved,
    /// Nothing was seen for a while: the head unit was asleep.
    Gap,
}

impl Spoil {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoSensor => "no_sensor",
            Self::Reading(reason) => reason.code(),
            Self::Changed => "changed",
            Self::Pedalling => "pedalling",
            Self::Standing => "standing",
            Self::Coasting => "coasting",
            Self::PowerMoved => "power_moved",
            Self::Gap => "gap",
        }
    }
}

/// What is compared on a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The calf's SmO2.
    Calf,
    /// The thigh's SmO2.
    Thigh,
    /// Calf less thigh.
    D,
}

impl What {
    /// All three, in the order in which they are kept.
    pub const ALL: [Self; 3] = [Self::Calf, Self::Thigh, Self::D];

    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Calf => "calf",
            Self::Thigh => "thigh",
            Self::D => "d",
        }
    }
}

/// Left and right, in the order in which legs are kept.
pub(super) const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// Where a side is kept.
pub(super) const fn leg_index(side: Side) -> usize {
    match side {
        Side::Left => 0,
        Side::Right => 1,
    }
}

/// Which sensors sat where, and in which contact with the skin: of each leg the calf and the thigh.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Contacts([[Option<(Site, Identity, u16)>; 2]; 2]);

impl Contacts {
    pub(super) const fn new() -> Self {
        Self([[None; 2]; 2])
    }

    /// Takes who is worn now. For each leg, whether that is another than before.
    pub(super) fn follow(&mut self, moment: &Moment<'_>) -> [bool; 2] {
        let mut changed = [false; 2];
        for ((kept, leg), changed) in self.0.iter_mut().zip(&moment.legs).zip(&mut changed) {
            let now = [leg.calf, leg.thigh].map(|seen| seen.map(|seen| (seen.site, seen.identity, seen.contact)));
            *changed = core::mem::replace(kept, now) != now;
        }
        changed
    }
}
