//! Quantities as the sensors send them, each with its unit in its name.
//!
//! Integers in the resolution of the radio (0.1 % for SmO2, 0.01 for tHb): what came in can be written out again
//! unchanged, and two bodies of Sling cannot round differently.

use serde::{Deserialize, Serialize};

/// Muscle oxygen saturation, 0.0 to 100.0 %, in tenths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16")]
pub struct Smo2(u16);

impl TryFrom<u16> for Smo2 {
    type Error = &'static str;

    fn try_from(tenths: u16) -> Result<Self, Self::Error> {
        Self::from_tenths(tenths).ok_or("more than 100 %")
    }
}

impl Smo2 {
    /// `tenths` of a percent; `None` above 100.0 %.
    pub const fn from_tenths(tenths: u16) -> Option<Self> {
        if tenths <= 1000 { Some(Self(tenths)) } else { None }
    }

    /// Tenths of a percent, 0 to 1000.
    pub const fn tenths(self) -> u16 {
        self.0
    }

    /// Percent, 0.0 to 100.0.
    pub fn percent(self) -> f32 {
        f32::from(self.0) / 10.0
    }
}

/// The scale in which a vendor reports tHb. Values of different scales are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThbScale {
    /// Grams per decilitre (Moxy and the ANT+ profile).
    GramsPerDecilitre,
    /// A vendor's own units, signed (Train.Red).
    Arbitrary,
}

/// Total haemoglobin, in hundredths of its vendor's unit. Signed: some vendors report change from a zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thb {
    /// Hundredths of the unit.
    pub hundredths: i16,
    /// The vendor's scale.
    pub scale: ThbScale,
}

impl Thb {
    /// The value in its vendor's unit.
    pub fn value(self) -> f32 {
        f32::from(self.hundredths) / 100.0
    }
}

/// Mechanical power at the crank, in watts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Watts(pub u16);

/// Pedalling cadence, in revolutions per minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rpm(pub u16);

/// Heart rate, in beats per minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bpm(pub u16);

/// Road speed, in centimetres per second (655 m/s at most).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CmPerS(pub u16);

/// Road gradient, in tenths of a percent; uphill is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GradeTenths(pub i16);

/// Air temperature, in tenths of a degree Celsius.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CelsiusTenths(pub i16);
