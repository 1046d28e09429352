//! What a head unit asks of its body, and what it says happened.

use crate::head_unit::Label;
use crate::sensor::{Identity, Reason, Site};
use crate::time::Instant;
use crate::ui::Area;
use serde::{Deserialize, Serialize};

/// One thing to do or to know. Drain them after every [`crate::HeadUnit::handle`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// Give the rider a cue.
    Cue(CueRequest),
    /// This part of the screen shows something new; draw it.
    Redraw(Area),
    /// Something happened.
    Event(Event),
}

/// A cue to be felt and heard. Say whether it could be, by [`crate::Input::CueDelivery`] with the same `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CueRequest {
    /// Running number.
    pub id: u16,
    /// What it means; the body knows the waveform.
    pub cue: Cue,
    /// How strongly.
    pub level: Level,
    /// Felt.
    pub haptic: bool,
    /// Heard.
    pub beep: bool,
}

/// What a cue means. The rhythm names the pattern, the level changes only the strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cue {
    /// The calf is taking over.
    CalfOverload,
    /// A sensor that gave values gives none.
    SensorLost,
    /// It gives values again.
    SensorBack,
    /// A press was understood.
    Acknowledged,
    /// A lap began.
    Lap,
}

impl Cue {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CalfOverload => "calf_overload",
            Self::SensorLost => "sensor_lost",
            Self::SensorBack => "sensor_back",
            Self::Acknowledged => "acknowledged",
            Self::Lap => "lap",
        }
    }
}

/// How much an alert wants of the rider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// On the screen only.
    Info,
    /// A cue.
    Caution,
    /// A stronger cue.
    Warning,
}

impl Level {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Caution => "caution",
            Self::Warning => "warning",
        }
    }
}

/// The patterns that alerts speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PatternKind {
    /// The calf desaturates against the thigh, beyond the rider's own baseline.
    CalfOverload,
}

impl PatternKind {
    /// The name in events and files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CalfOverload => "calf_overload",
        }
    }
}

/// Why detection is not ready for a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisarmReason {
    /// The rider's own baseline is not yet learned.
    Learning,
    /// There is no power reading to match efforts by.
    NoPower,
    /// A sensor of the pair gives no value.
    NoReading,
    /// A muscle's readings span too little to judge (fat layer, placement).
    RangeTooSmall,
    /// The rider stands.
    Standing,
    /// The rider does not pedal.
    Coasting,
    /// Cadence is far from what was learned.
    Cadence,
}

impl DisarmReason {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::NoPower => "no_power",
            Self::NoReading => "no_reading",
            Self::RangeTooSmall => "range_too_small",
            Self::Standing => "standing",
            Self::Coasting => "coasting",
            Self::Cadence => "cadence",
        }
    }

    /// Words for the screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::NoPower => "no power",
            Self::NoReading => "no reading",
            Self::RangeTooSmall => "range small",
            Self::Standing => "standing",
            Self::Coasting => "coasting",
            Self::Cadence => "new cadence",
        }
    }
}

/// What became of a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SensorChange {
    /// Heard for the first time.
    Found,
    /// Bound to its site.
    Paired,
    /// No longer heard.
    Lost,
    /// Heard again.
    Back,
}

impl SensorChange {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Paired => "paired",
            Self::Lost => "lost",
            Self::Back => "back",
        }
    }
}

/// Something that happened, at the `now` of the input that caused it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// An episode of a pattern begins. One an episode.
    Alert {
        /// Which pattern.
        pattern: PatternKind,
        /// Where it was seen.
        site: Site,
        /// What it was compared with.
        against: Site,
        /// The level at first entry.
        level: Level,
        /// Tenths of a point of SmO2 away from what was expected.
        strength_tenths: u16,
        /// Estimated onset.
        since: Instant,
    },
    /// The episode's level changes.
    AlertLevel {
        /// Which pattern.
        pattern: PatternKind,
        /// Where it was seen.
        site: Site,
        /// The new level.
        level: Level,
    },
    /// The episode is over.
    AlertCleared {
        /// Which pattern.
        pattern: PatternKind,
        /// Where it was seen.
        site: Site,
    },
    /// The rider acknowledged what was shown; the pattern is mute for a while.
    Acknowledged {
        /// Which pattern.
        pattern: PatternKind,
    },
    /// A cue was asked for.
    Cue(CueRequest),
    /// A cue was, or was not, delivered.
    CueDelivery {
        /// The cue's running number.
        id: u16,
        /// It was felt.
        haptic: bool,
        /// It was heard.
        beep: bool,
    },
    /// A technical condition begins at a site.
    Notice {
        /// What is wrong.
        reason: Reason,
        /// Where.
        site: Site,
    },
    /// It is over.
    NoticeCleared {
        /// What was wrong.
        reason: Reason,
        /// Where.
        site: Site,
    },
    /// A sensor came, went or was bound.
    Sensor {
        /// Which sensor.
        identity: Identity,
        /// Where it is worn, if that is known.
        site: Option<Site>,
        /// What happened.
        change: SensorChange,
    },
    /// Detection is ready for a pair.
    Armed {
        /// Where it looks.
        site: Site,
        /// What it compares with.
        against: Site,
    },
    /// Detection is not, or no longer, ready.
    Disarmed {
        /// Where it would look.
        site: Site,
        /// What it would compare with.
        against: Site,
        /// Why not.
        reason: DisarmReason,
    },
    /// A lap began.
    Lap {
        /// Its number; the ride starts in lap 1.
        number: u16,
    },
    /// A moment to find again.
    Marker {
        /// The marker's text.
        label: Label,
    },
    /// The bike's set-up from here on.
    Position {
        /// The fitter's label.
        label: Label,
    },
    /// The caller's clock went back; time stood still until it caught up.
    ClockBack {
        /// By how much, in milliseconds.
        by_ms: u32,
    },
    /// The ride record could not be written.
    Storage(crate::head_unit::StorageResult),
    /// Outputs were not drained in time and this many were dropped.
    OutputsDropped {
        /// How many.
        count: u16,
    },
}
