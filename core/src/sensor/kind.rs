//! What a sensor measures, apart from who it is.

use super::Identity;
use serde::{Deserialize, Serialize};

/// The kinds of sensors that a head unit listens to. The order is the input log's format: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SensorKind {
    /// NIRS: muscle oxygen.
    MuscleOxygen,
    /// Power, often with cadence.
    Power,
    /// Heart rate.
    HeartRate,
    /// Wheel revolutions.
    Speed,
    /// Crank revolutions.
    Cadence,
    /// Wheel and crank revolutions in one sensor.
    SpeedCadence,
}

impl SensorKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::MuscleOxygen, Self::Power, Self::HeartRate, Self::Speed, Self::Cadence, Self::SpeedCadence];

    /// The name in files, flags and events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MuscleOxygen => "muscle_oxygen",
            Self::Power => "power",
            Self::HeartRate => "heart_rate",
            Self::Speed => "speed",
            Self::Cadence => "cadence",
            Self::SpeedCadence => "speed_cadence",
        }
    }
}

/// One sensor: on ANT a number is unique only among those of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sensor {
    /// What it measures.
    pub kind: SensorKind,
    /// Who it is.
    pub identity: Identity,
}
