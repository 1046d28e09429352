//! What a head unit asks of its body, and what it says happened.

use super::life::Life;
use crate::alert::{Cue, Level, Pulse, Volume};
use crate::draw::Area;
use crate::field::DisarmReason;
use crate::input::{Context, Label, StorageResult};
use crate::link::ant::AntCommand;
use crate::link::ble::BleCommand;
use crate::link::{Radio, RadioState};
use crate::pattern::{PatternKind, Place};
use crate::sensor::{Identity, Reason, Sample, SensorKind, Site};
use crate::session::News;
use crate::time::{Duration, Instant};
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
    /// Do this with the ANT stick.
    Ant(AntCommand),
    /// Ask this of the Bluetooth stack.
    Ble(BleCommand),
    /// A new sample came by radio, under the name of the roster: for records.
    Sample(Sample),
    /// The bike's or the heart's sensors said this by radio: for records.
    Context(Context),
    /// The ride is over and the rider wants another: the head unit is to be switched off and on again.
    NewRide,
}

/// A cue to be felt and heard. Say whether it could be, by [`crate::Input::CueDelivery`] with the same `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CueRequest {
    /// Running number.
    pub id: u16,
    /// What it means; [`Cue::rhythm`] says how it feels and sounds.
    pub cue: Cue,
    /// How much it wants of the rider.
    pub level: Level,
    /// How strongly it is to be felt.
    pub haptic: Volume,
    /// How loudly it is to be heard; off for a cue that has no sound.
    pub beep: Volume,
}

impl CueRequest {
    /// How strongly a pulse of its rhythm is given, percent of what the motor can.
    pub const fn pulse_percent(&self, pulse: Pulse) -> u8 {
        self.haptic.of(pulse.strength_percent(self.level))
    }

    /// How loudly its beeps are given, percent of what the beeper can.
    pub const fn beep_percent(&self) -> u8 {
        self.beep.of(self.level.strength_percent())
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
    /// The ANT stick has no channel left for it.
    LeftOut,
    /// Another sensor claims to be the same one on the other radio: neither is taken for it.
    Ambiguous,
}

impl SensorChange {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Paired => "paired",
            Self::Lost => "lost",
            Self::Back => "back",
            Self::LeftOut => "left_out",
            Self::Ambiguous => "ambiguous",
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
        /// Where it was seen, and against what.
        place: Place,
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
        /// What it measures.
        kind: SensorKind,
        /// Where it is worn, if that is known.
        site: Option<Site>,
        /// What happened.
        change: SensorChange,
    },
    /// Detection is ready for a muscle, or for a pair of them.
    Armed {
        /// Where it looks, and against what.
        place: Place,
    },
    /// Detection is not, or no longer, ready.
    Disarmed {
        /// Where it would look, and against what.
        place: Place,
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
    /// The time of day became known or was corrected.
    WallTime {
        /// Seconds since 1970-01-01 00:00 UTC.
        unix_s: u64,
        /// Minutes that local time is ahead of UTC.
        offset_min: i16,
    },
    /// The ride record could not be written.
    Storage(StorageResult),
    /// A radio's state changed.
    Radio {
        /// Which radio.
        radio: Radio,
        /// What it is doing now.
        state: RadioState,
    },
    /// The cues of every pattern are kept back from now on.
    Snoozed {
        /// For how long.
        length: Duration,
    },
    /// They are given again.
    SnoozeOver,
    /// A pattern is seen and there is no room left to follow it as an episode.
    AlertLeftOut {
        /// Which pattern.
        pattern: PatternKind,
        /// Where it was seen.
        site: Site,
    },
    /// Outputs were not drained in time and this many were dropped.
    OutputsDropped {
        /// How many.
        count: u16,
    },
    /// The rider is asked softly to do something; no alert.
    Nudge {
        /// What.
        cue: Cue,
    },
    /// The rider changed the settings on the head unit: [`crate::HeadUnit::config`] is what to keep.
    Settings,
    /// A position block, a resting survey or a trial of a cue has something for the record.
    Session(News),
    /// The ride rests, goes on or is over.
    Ride(Life),
    /// The head unit's firmware failed and was started anew.
    Crashed {
        /// Where it failed.
        label: Label,
    },
}
