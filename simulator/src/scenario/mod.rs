//! Scenarios: a simulated ride as a TOML file that people write and read.
//!
//! A scenario says who rides ([`Rider`]), what is worn ([`Sensor`]), what is ridden ([`Load`]), what truly happens in
//! the muscles ([`Effect`]), what goes wrong with sensors ([`Fault`]), on the air ([`RadioFault`]) and in the head unit
//! ([`UnitFault`]), what the rider presses and what must come of it ([`Expectation`]). What it leaves out is drawn from the
//! seed. Every key, with an example, is in `scenarios/README.md` beside this crate's sources; `scenario.schema.json`
//! there is the same for editors. [`append()`] puts what is done on the bench into a file.
//!
//! [`Scenario::parse`] promises that a scenario it returns is consistent: sites are worn once, times lie inside the
//! ride, loads are in order, every number is in its range. An unknown key is an error. Errors name file, line and
//! column, quote the line and say what would be right; no text makes it panic. Times are [`Instant`]s from the start
//! of the ride, SmO2 is in points of percent, a fall is positive.

mod append;
mod error;
mod fault_sorts;
mod judge;
mod parse;
#[cfg(test)]
mod schema;
mod spot;
#[cfg(test)]
mod tests;
mod time_text;

pub use append::{AppendError, Entry, append, fault_from};
pub use error::{Problem, ScenarioError};
pub use fault_sorts::{FAULTS, FaultSort, Needs, fault_words};
pub use judge::Outcome;
pub(crate) use judge::fits;
pub use time_text::{TimeError, parse_time};

use serde::Deserialize;
use sling_core::head_unit::{Button, Label, Posture, Press, Touch};
use sling_core::sensor::{Identity, Reason, Site};
use sling_core::time::{Duration, Instant};

/// The longest ride that a scenario may describe.
pub const MAX_DURATION: Duration = Duration::from_s(48 * 3600);

/// The scenarios that are part of the program: name and text.
pub const BUILTIN: [(&str, &str); 8] = [
    ("demo", include_str!("../../scenarios/demo.toml")),
    ("demo-without-overload", include_str!("../../scenarios/demo-without-overload.toml")),
    ("faults", include_str!("../../scenarios/faults.toml")),
    ("head-unit-faults", include_str!("../../scenarios/head-unit-faults.toml")),
    ("radio-faults", include_str!("../../scenarios/radio-faults.toml")),
    ("six-hours", include_str!("../../scenarios/six-hours.toml")),
    ("steady", include_str!("../../scenarios/steady.toml")),
    ("swap", include_str!("../../scenarios/swap.toml")),
];

/// The text of a scenario that is part of the program; `None` if there is none of that name. A test parses them all.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A simulated ride, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is about.
    pub name: String,
    /// The seed that is used unless the caller has another.
    pub seed: u64,
    /// How long the ride is.
    pub duration: Duration,
    /// Who rides.
    pub rider: Rider,
    /// What is worn, at most [`sling_core::head_unit::MAX_SITES`].
    pub sensors: Vec<Sensor>,
    /// Steady, ramp, hills and intervals, in order, without overlap. Between two of them the earlier one's last value
    /// holds; before the first the rider warms up to it.
    pub loads: Vec<Load>,
    /// Coast, sprint and stand, in order, without overlap; each takes the place of whatever load it lies in.
    pub interruptions: Vec<Load>,
    /// What happens in the muscles.
    pub effects: Vec<Effect>,
    /// What goes wrong with the sensors.
    pub faults: Vec<Fault>,
    /// What goes wrong on the air and with the head unit's radios: heard of only by a ride whose sensors are on the air.
    pub radio_faults: Vec<RadioFault>,
    /// What goes wrong with the head unit itself.
    pub unit_faults: Vec<UnitFault>,
    /// In which of the three lists each fault of the file is: the order in which [`crate::landings::Landings`] counts.
    pub layers: Vec<Layer>,
    /// What the rider and the fitter do, in the order of time.
    pub actions: Vec<(Instant, Action)>,
    /// What must come of it.
    pub expectations: Vec<Expectation>,
}

/// Who rides; `None` is drawn from the seed, for each muscle by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rider {
    /// SmO2 of the front of the thigh (vl, vm, rf) without load, in percent.
    pub vl_base_pct: Option<f64>,
    /// SmO2 of the calf (mg, lg, sol) without load, in percent.
    pub calf_base_pct: Option<f64>,
    /// Fall of the front of the thigh, in points for each 100 W.
    pub vl_gain_pct_per_100w: Option<f64>,
    /// Fall of the calf, in points for each 100 W.
    pub calf_gain_pct_per_100w: Option<f64>,
    /// Time constant with which the front of the thigh follows the load.
    pub vl_tau_s: Option<f64>,
    /// Time constant with which the calf follows the load.
    pub calf_tau_s: Option<f64>,
    /// Fall of the calf, in points for each 10 rpm more at the same power.
    pub calf_cadence_pct_per_10rpm: Option<f64>,
    /// Correlation of the slow variation between muscles.
    pub correlation: Option<f64>,
    /// Standard deviation of the slow variation, for every muscle.
    pub variation_pct: Option<f64>,
    /// Drift, for every muscle and the whole ride; otherwise a slope is drawn for every 15 minutes.
    pub drift_pct_per_h: Option<f64>,
    /// White noise of a sample under load, for every sensor.
    pub sample_noise_pct: Option<f64>,
    /// The cadence that the rider chooses when the load does not say.
    pub cadence_rpm: Option<f64>,
}

/// A sensor model, which decides how samples come and in which scale tHb is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SensorKind {
    /// A sample about every two seconds, tHb in g/dL.
    Moxy,
    /// Ten samples a second in bursts, tHb in its own signed scale.
    TrainRed,
}

/// A sensor that is worn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensor {
    /// Where.
    pub site: Site,
    /// The model.
    pub kind: SensorKind,
    /// Who it says it is.
    pub identity: Identity,
}

/// What is ridden for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// When it begins.
    pub from: Instant,
    /// When it is over.
    pub to: Instant,
    /// How power goes.
    pub shape: Shape,
    /// Cadence, if the rider is not free to choose.
    pub cadence_rpm: Option<f64>,
    /// How the rider sits.
    pub posture: Posture,
}

/// How power goes during a load, in watts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// One power.
    Steady {
        /// The power.
        power_w: f64,
    },
    /// A straight line from one power to another.
    Ramp {
        /// At the beginning.
        power_w: f64,
        /// At the end.
        end_power_w: f64,
    },
    /// A sine: rolling hills. Cadence falls a little on the way up.
    Hills {
        /// The middle.
        power_w: f64,
        /// From the middle to the top.
        swing_w: f64,
        /// From one top to the next.
        period: Duration,
    },
    /// Work and rest in turn, work first.
    Intervals {
        /// During work.
        power_w: f64,
        /// During rest.
        rest_power_w: f64,
        /// Length of the work.
        work: Duration,
        /// Length of the rest.
        rest: Duration,
    },
    /// No pedalling.
    Coast,
    /// A short hard effort.
    Sprint {
        /// The power.
        power_w: f64,
    },
    /// Out of the saddle, at the power of the load it lies in.
    Stand,
}

impl Shape {
    /// Whether it may lie inside another load.
    pub const fn interrupts(self) -> bool {
        matches!(self, Self::Coast | Self::Sprint { .. } | Self::Stand)
    }
}

/// The patterns that alerts can name, by their names in events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Calf against thigh.
    CalfOverload,
    /// Thigh against calf.
    VlFatigue,
    /// Tibialis anterior against thigh.
    TibialisOverload,
    /// Hamstring against thigh.
    AntagonistImbalance,
    /// The two heads of gastrocnemius.
    HeadImbalance,
    /// One muscle, left against right.
    SideImbalance,
    /// Gains change between efforts of equal power.
    LoadShift,
    /// SmO2 falls while tHb rises.
    OutflowRestriction,
    /// SmO2 and tHb fall.
    Compression,
    /// Reoxygenation takes longer.
    SlowRecovery,
    /// Any of them.
    Any,
}

impl Pattern {
    /// The name in events; `any` for all of them.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CalfOverload => "calf_overload",
            Self::VlFatigue => "vl_fatigue",
            Self::TibialisOverload => "tibialis_overload",
            Self::AntagonistImbalance => "antagonist_imbalance",
            Self::HeadImbalance => "head_imbalance",
            Self::SideImbalance => "side_imbalance",
            Self::LoadShift => "load_shift",
            Self::OutflowRestriction => "outflow_restriction",
            Self::Compression => "compression",
            Self::SlowRecovery => "slow_recovery",
            Self::Any => "any",
        }
    }
}

/// What can happen in the muscles, by the name of the pattern that should find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// The calf falls.
    CalfOverload,
    /// The front of the thigh falls.
    VlFatigue,
    /// Calf and front of the thigh fall alike: none of the patterns.
    BothFall,
    /// Tibialis anterior falls.
    TibialisOverload,
    /// A hamstring falls.
    AntagonistImbalance,
    /// The medial head of gastrocnemius falls.
    HeadImbalance,
    /// One site falls, its other side does not.
    SideImbalance,
    /// SmO2 falls while tHb rises.
    OutflowRestriction,
    /// SmO2 and tHb fall.
    Compression,
    /// The calf falls by so many percent more for each watt.
    LoadShift,
    /// The muscle comes back more slowly when power falls, its time constant so many percent longer.
    SlowRecovery,
    /// A slow change without meaning, up or down: none of the patterns.
    Drift,
}

/// What truly happens in the muscles: what the detectors should find, or should leave alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What.
    pub kind: EffectKind,
    /// When it begins.
    pub at: Instant,
    /// When it begins to go, if it does.
    pub until: Option<Instant>,
    /// The sites that fall.
    pub sites: Vec<Site>,
    /// How it comes.
    pub course: Course,
    /// Change of tHb at full size, in g/dL (in tenths of their unit for sensors with another scale).
    pub thb: f64,
}

/// How an effect comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// Towards `size_pct` with a time constant; goes in the same way.
    Step {
        /// Points of SmO2; percent for a load shift and a slow recovery.
        size_pct: f64,
        /// The time constant.
        tau_s: f64,
    },
    /// Along a line, as far as `size_pct`; what has come stays until the effect's end and then goes at once.
    Ramp {
        /// Points of SmO2 a minute; percent a minute for a load shift and a slow recovery.
        slope_pct_per_min: f64,
        /// Where the line ends.
        size_pct: f64,
    },
}

/// What goes wrong with a sensor, between the skin and the head unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// The sensor's site.
    pub site: Site,
    /// From when.
    pub at: Instant,
    /// Until when, exclusive.
    pub until: Instant,
}

/// Where a fault is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Between skin and head unit: [`Scenario::faults`].
    Sensor,
    /// On the air: [`Scenario::radio_faults`].
    Radio,
    /// In the head unit: [`Scenario::unit_faults`].
    HeadUnit,
}

/// What goes wrong with the head unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitFault {
    /// What.
    pub kind: UnitFaultKind,
    /// From when.
    pub at: Instant,
    /// Until when, exclusive.
    pub until: Instant,
}

/// What can go wrong with a head unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFaultKind {
    /// Its own battery falls from full along a line; at the end it is on a cable.
    Battery {
        /// Charge at the end.
        percent: u8,
    },
    /// The time of day is corrected, and corrected back at the end.
    ClockJump {
        /// Seconds, forwards or backwards.
        by_s: i64,
    },
    /// There is no room for the record.
    StorageFull,
    /// It is off, boots at the end and is told what was kept.
    PowerCut,
    /// Neither motor nor beeper gives a cue.
    Muted,
}

/// What goes wrong on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RadioFault {
    /// What.
    pub kind: RadioFaultKind,
    /// From when.
    pub at: Instant,
    /// Until when, exclusive.
    pub until: Instant,
}

/// What can go wrong with a radio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RadioFaultKind {
    /// The ANT stick is pulled out, and put back at the end.
    Unplug,
    /// The Bluetooth adapter is switched off, and on at the end.
    BluetoothOff,
    /// So many of 1000 packets of every sensor are lost, instead of what is lost on any ride.
    Loss {
        /// From 0 to 1000.
        of_1000: u16,
    },
    /// Another sensor is near that says it is the one of this site.
    Duplicate {
        /// The site.
        site: Site,
    },
}

/// What can go wrong with a sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// Nothing is heard.
    Hole,
    /// The sensor says that it sees ambient light.
    Ambient,
    /// The sensor calls its sample invalid.
    Invalid,
    /// SmO2 and tHb are 0.
    Zero,
    /// SmO2 is 100 %.
    Hundred,
    /// The last sample again and again, its count standing still.
    Stale,
    /// The last value again and again, with counts that advance.
    Frozen,
    /// A share of the samples is lost.
    Miss {
        /// From 0 to 1.
        fraction: f64,
    },
    /// The contact moved: a step in SmO2 and tHb. What is `None` is drawn from the seed.
    Slip {
        /// Points of SmO2, up or down.
        smo2_pct: Option<f64>,
        /// g/dL (tenths of the unit in another scale), up or down.
        thb: Option<f64>,
    },
    /// Ambient light reaches the detector: SmO2 is high and restless, tHb low. What is `None` is drawn from the seed.
    LightLeak {
        /// SmO2 about which it moves.
        smo2_pct: Option<f64>,
        /// g/dL (tenths of the unit in another scale), down if negative.
        thb: Option<f64>,
    },
    /// Another sensor in its place: another level, its own count. What is `None` is drawn from the seed.
    Replaced {
        /// Points of SmO2, up or down.
        smo2_pct: Option<f64>,
        /// g/dL (tenths of the unit in another scale), up or down.
        thb: Option<f64>,
    },
    /// One number for SmO2 and tHb for ever, its count advancing: another quantity in SmO2's place.
    Constant {
        /// The number; 37.7 unless said.
        value: f64,
    },
    /// The sensors of two sites are exchanged.
    Swap {
        /// The other site.
        with: Site,
    },
    /// The sensor is carried out of range.
    OutOfRange,
    /// The sensor is restarted: its count begins elsewhere.
    Reboot,
    /// The sensor says that its battery is low.
    LowBattery,
    /// A whole-percent number read as tenths: a tenth of the value. (Ten times the value would be over 100 %, which a
    /// finished sample cannot hold; that mistake belongs to a test of the radio's bytes.)
    Tenfold,
}

/// What a rider or fitter does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Presses a button.
    Press(Button, Press),
    /// Touches the display.
    Touch(Touch),
    /// Begins a lap, by a remote or a lap button of the host.
    Lap,
    /// Marks a moment.
    Marker(Label),
    /// Labels the bike's set-up from here on.
    Position(Label),
}

/// What must come of the ride: so many events of a kind in a window of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// Which event.
    pub what: Expected,
    /// Where; `None` is anywhere.
    pub site: Option<Site>,
    /// The window's beginning.
    pub from: Instant,
    /// The window's end, inclusive.
    pub until: Instant,
    /// How many.
    pub count: Count,
}

/// The event that an expectation speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// An alert.
    Alert(Pattern),
    /// A notice.
    Notice(Reason),
    /// A notice of whatever reason.
    AnyNotice,
    /// A cue, by its name.
    Cue(&'static str),
    /// A cue of whatever meaning.
    AnyCue,
    /// An event of another kind, by one of [`EVENTS`].
    Event(&'static str),
}

/// The events that an expectation can name besides: an event's own name, or that name and one of its texts.
pub const EVENTS: [&str; 42] = [
    "acknowledged",
    "alert_cleared",
    "alert_left_out",
    "alert_level",
    "alert_level_caution",
    "alert_level_info",
    "alert_level_warning",
    "armed",
    "block",
    "block_ended",
    "crashed",
    "cue_delivery",
    "disarmed",
    "lap",
    "marker",
    "notice_cleared",
    "nudge",
    "outputs_dropped",
    "position",
    "radio",
    "reassessed",
    "ride",
    "ride_ended",
    "ride_paused",
    "ride_resumed",
    "ride_stood",
    "sensor",
    "sensor_ambiguous",
    "sensor_back",
    "sensor_found",
    "sensor_left_out",
    "sensor_lost",
    "sensor_paired",
    "settings",
    "snooze_over",
    "snoozed",
    "storage",
    "storage_failed",
    "storage_full",
    "survey_cell",
    "survey_spoiled",
    "wall_time",
];

/// How many events are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// One or more.
    Some,
    /// Exactly so many; `no_alert` and `no_notice` are `Exactly(0)`.
    Exactly(u32),
}

impl Scenario {
    /// Whether something in it is heard of only by a ride whose sensors are on the air.
    pub const fn needs_air(&self) -> bool {
        !self.radio_faults.is_empty()
    }
}

impl Count {
    /// Whether `n` events are right.
    pub const fn allows(self, n: u32) -> bool {
        match self {
            Self::Some => n > 0,
            Self::Exactly(count) => n == count,
        }
    }
}
