//! Every kind of fault that a scenario can name: its name, what the head unit comes to hear, and what has to be said
//! of it. One table for the reader of files, its messages, and whoever offers faults for choice.

use super::{FaultKind, RadioFaultKind, UnitFaultKind};

/// What a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing that is worn: a radio, or the head unit itself.
    Nothing,
    /// The sensor of a site.
    Site,
    /// The sensors of two sites: `site` and `with`.
    TwoSites,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultSort {
    /// The name in `kind`.
    pub name: &'static str,
    /// What happens, in a few words.
    pub words: &'static str,
    /// What it is about.
    pub needs: Needs,
    /// Whether it goes on for a `duration`; what does not has happened at once.
    pub lasts: bool,
    /// Whether it is on the air: nothing for `--via model`.
    pub radio: bool,
    /// The keys that it takes besides.
    pub keys: &'static [&'static str],
}

const fn sensor(name: &'static str, words: &'static str, keys: &'static [&'static str]) -> FaultSort {
    FaultSort { name, words, needs: Needs::Site, lasts: true, radio: false, keys }
}

const fn radio(name: &'static str, words: &'static str, keys: &'static [&'static str]) -> FaultSort {
    FaultSort { name, words, needs: Needs::Nothing, lasts: true, radio: true, keys }
}

const fn unit(name: &'static str, words: &'static str, keys: &'static [&'static str]) -> FaultSort {
    FaultSort { name, words, needs: Needs::Nothing, lasts: true, radio: false, keys }
}

/// Every kind, in the order of the kinds that the reader of files knows.
pub const FAULTS: [FaultSort; 26] = [
    sensor("hole", "nothing is heard", &[]),
    sensor("ambient", "the sensor says that it sees light", &[]),
    sensor("invalid", "the sensor calls its samples invalid", &[]),
    sensor("zero", "zeros", &[]),
    sensor("hundred", "100 %", &[]),
    sensor("stale", "the last sample again and again", &[]),
    sensor("frozen", "the last value, as if it were new", &[]),
    sensor("miss", "a share of the samples is lost", &["fraction"]),
    sensor("slip", "the contact moves", &["step_pct", "thb_step_gdl"]),
    sensor("light_leak", "light reaches the detector", &["smo2_pct", "thb_step_gdl"]),
    sensor("replaced", "another sensor in its place", &["step_pct", "thb_step_gdl"]),
    sensor("constant", "another quantity in SmO2's place", &["value"]),
    FaultSort { needs: Needs::TwoSites, ..sensor("swap", "two sensors are exchanged", &["with"]) },
    sensor("tenfold", "a tenth of the value", &[]),
    sensor("out_of_range", "the sensor is carried away", &[]),
    FaultSort { lasts: false, ..sensor("reboot", "the sensor restarts", &[]) },
    sensor("battery_low", "the sensor's battery is low", &[]),
    radio("unplug", "the ANT stick is pulled out", &[]),
    radio("bluetooth_off", "the Bluetooth adapter is off", &[]),
    radio("loss", "a share of all packets is lost", &["fraction"]),
    FaultSort { needs: Needs::Site, ..radio("duplicate", "a second sensor under the same number", &[]) },
    unit("head_unit_battery", "the head unit's battery runs down", &["percent"]),
    unit("clock_jump", "the time of day jumps", &["by_s"]),
    unit("storage_full", "no room for the record", &[]),
    unit("power_cut", "the head unit is off for a moment", &[]),
    unit("muted", "cues are neither felt nor heard", &[]),
];

impl FaultKind {
    /// The name in `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hole => "hole",
            Self::Ambient => "ambient",
            Self::Invalid => "invalid",
            Self::Zero => "zero",
            Self::Hundred => "hundred",
            Self::Stale => "stale",
            Self::Frozen => "frozen",
            Self::Miss { .. } => "miss",
            Self::Slip { .. } => "slip",
            Self::LightLeak { .. } => "light_leak",
            Self::Replaced { .. } => "replaced",
            Self::Constant { .. } => "constant",
            Self::Swap { .. } => "swap",
            Self::OutOfRange => "out_of_range",
            Self::Reboot => "reboot",
            Self::LowBattery => "battery_low",
            Self::Tenfold => "tenfold",
        }
    }
}

impl RadioFaultKind {
    /// The name in `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unplug => "unplug",
            Self::BluetoothOff => "bluetooth_off",
            Self::Loss { .. } => "loss",
            Self::Duplicate { .. } => "duplicate",
        }
    }
}

impl UnitFaultKind {
    /// The name in `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Battery { .. } => "head_unit_battery",
            Self::ClockJump { .. } => "clock_jump",
            Self::StorageFull => "storage_full",
            Self::PowerCut => "power_cut",
            Self::Muted => "muted",
        }
    }
}

/// What happens in a fault of this name, in a few words.
pub fn fault_words(name: &str) -> &'static str {
    FAULTS.iter().find(|fault| fault.name == name).map_or("", |fault| fault.words)
}
