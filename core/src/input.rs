//! Everything that can happen to a head unit. A log of these is a complete bug report.

use crate::config::{Config, State};
use crate::link::Trouble;
use crate::link::ant::Listing;
pub use crate::link::ble::{BleEvent, BleProfile};
use crate::sensor::Sample;
use crate::session::Act;
use crate::time::Duration;
use crate::units::{Bpm, CelsiusTenths, CmPerS, GradeTenths, Rpm, Watts};
use serde::{Deserialize, Serialize};

/// A short text of the rider's or fitter's: a position label, a marker. At most 24 bytes of UTF-8.
pub type Label = heapless::String<24>;

/// One change to the head unit.
///
/// The order of the variants is the input log's format: append, never reorder (see [`crate::log`]).
#[expect(clippy::large_enum_variant, reason = "there is no heap to put settings on, and inputs go by reference")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input<'a> {
    /// Settings: which sensor is worn where, which leg is shown, how cues are given.
    Configure(Config),
    /// What was learned on earlier rides and kept: gains, never levels.
    Restore(State),
    /// Time has passed; nothing else happened.
    Tick,
    /// Bytes from an ANT stick or module, in any portions.
    AntBytes(&'a [u8]),
    /// Something that a BLE central saw.
    Ble(BleEvent<'a>),
    /// A finished sample, from a recording or a host that owns the radio.
    Sample(Sample),
    /// Power, cadence and the like: what is `None` is not news.
    Context(Context),
    /// The rider sits or stands.
    Posture(Posture),
    /// The fitter's label for the bike's set-up from here on.
    Position(Label),
    /// A moment to find again.
    Marker(Label),
    /// A new lap begins.
    Lap,
    /// A button was pressed.
    Button(Button, Press),
    /// The head unit's own battery.
    Battery {
        /// Charge, 0 to 100 %.
        percent: u8,
        /// Whether it is being charged.
        charging: bool,
    },
    /// The time of day became known or was corrected.
    WallTime {
        /// Seconds since 1970-01-01 00:00 UTC.
        unix_s: u64,
        /// Minutes that local time is ahead of UTC.
        offset_min: i16,
    },
    /// What became of record bytes that were handed out.
    Storage(StorageResult),
    /// Whether a cue reached the rider.
    CueDelivery {
        /// The number that the cue was given out with.
        id: u16,
        /// The motor ran.
        haptic: bool,
        /// The beeper sounded.
        beep: bool,
    },
    /// The port to an ANT stick was opened, or why there is none. Before this has been said, bytes are only listened to.
    AntPort(Result<(), Trouble>),
    /// Look for sensors that nobody wears yet, or no longer.
    Search(Listing),
    /// The rider or fitter does something that takes time: a block, a survey, a trial of a cue.
    Session(Act),
    /// The display was touched.
    Touch(Touch),
    /// The head unit was off and is switched on again: what follows is told to a new one, beginning with what was kept. To a
    /// head unit itself this says nothing; whoever replays a log builds the new one here.
    PowerOn,
    /// The rider does something with the ride as a whole.
    Ride(RideAct),
    /// The head unit's firmware failed and was started anew: where, in as many words as there is room for.
    Crashed(Label),
}

/// What a rider does with the ride as a whole. The order of the variants is the input log's format: append, never reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RideAct {
    /// Its time stops.
    Pause,
    /// Its time runs on.
    Resume,
    /// It is over.
    End,
    /// After one that is over, another.
    Begin,
    /// It was cut, and goes on: so long was ridden before. Told to a new head unit after [`Input::PowerOn`].
    GoOn {
        /// As far as that is known.
        ridden: Duration,
    },
}

/// What the bike and the heart are doing. A value holds for five seconds, then it is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Power at the crank.
    pub power: Option<Watts>,
    /// Pedalling cadence.
    pub cadence: Option<Rpm>,
    /// Heart rate.
    pub heart_rate: Option<Bpm>,
    /// Road speed.
    pub speed: Option<CmPerS>,
    /// Road gradient.
    pub grade: Option<GradeTenths>,
    /// Air temperature.
    pub temperature: Option<CelsiusTenths>,
}

impl Context {
    /// Itself, with whatever `news` knows put in its place.
    pub fn renewed(self, news: Self) -> Self {
        Self {
            power: news.power.or(self.power),
            cadence: news.cadence.or(self.cadence),
            heart_rate: news.heart_rate.or(self.heart_rate),
            speed: news.speed.or(self.speed),
            grade: news.grade.or(self.grade),
            temperature: news.temperature.or(self.temperature),
        }
    }
}

/// How the rider sits. Holds until it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Posture {
    /// In the saddle.
    Seated,
    /// Out of the saddle.
    Standing,
}

/// The three buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Button {
    /// Long: switch the leg that Balance shows.
    Up,
    /// Long: keep the cues of all patterns back for a while, or give them again.
    Down,
    /// Short: acknowledge what is shown. Long: lap.
    Select,
}

/// How long a button was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Press {
    /// Pressed and let go.
    Short,
    /// Held for at least 0.8 s.
    Long,
}

/// What a finger did on a display that feels it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Touch {
    /// Touched and let go, at this pixel of [`Config::screen`]: what is marked is chosen, what is not is marked.
    Tap {
        /// Columns from the left.
        x: i16,
        /// Rows from the top.
        y: i16,
    },
    /// Held for at least 0.8 s, wherever: lap.
    Hold,
    /// Moved up, as what is shown would with it: further down a list. On a page without items, the other leg.
    SwipeUp,
    /// Moved down: further up a list. On a page without items, the other leg.
    SwipeDown,
    /// Moved to the left: the next page.
    SwipeLeft,
    /// Moved to the right: the page before.
    SwipeRight,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StorageResult {
    /// Written and durable.
    Written,
    /// There is no more room.
    Full,
    /// The write failed.
    Failed,
}
