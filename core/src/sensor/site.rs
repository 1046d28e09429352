//! Where a sensor is worn: a muscle and a side, written `mg.right`.

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

macro_rules! muscles {
    ($($(#[$doc:meta])* $name:ident $code:literal $short:literal $long:literal,)*) => {
        /// The muscles that Sling names. Heads of a muscle are never pooled.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Muscle { $($(#[$doc])* $name,)* }

        impl Muscle {
            /// Every muscle, in the order of the codes of the design.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code used in files, flags and configuration.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// A name that fits a label on the screen.
            pub const fn short_name(self) -> &'static str {
                match self { $(Self::$name => $short,)* }
            }

            /// The anatomical name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $long,)* }
            }
        }
    };
}

muscles! {
    /// Vastus lateralis.
    VastusLateralis "vl" "VL" "vastus lateralis",
    /// Vastus medialis.
    VastusMedialis "vm" "VM" "vastus medialis",
    /// Rectus femoris.
    RectusFemoris "rf" "RF" "rectus femoris",
    /// Gastrocnemius, medial head.
    GastrocnemiusMedialis "mg" "med" "gastrocnemius medialis",
    /// Gastrocnemius, lateral head.
    GastrocnemiusLateralis "lg" "lat" "gastrocnemius lateralis",
    /// Soleus.
    Soleus "sol" "soleus" "soleus",
    /// Biceps femoris.
    BicepsFemoris "bf" "BF" "biceps femoris",
    /// Semitendinosus.
    Semitendinosus "st" "ST" "semitendinosus",
    /// Gluteus maximus.
    GluteusMaximus "gmax" "G max" "gluteus maximus",
    /// Gluteus medius.
    GluteusMedius "gmed" "G med" "gluteus medius",
    /// Tibialis anterior.
    TibialisAnterior "ta" "shin" "tibialis anterior",
    /// Erector spinae.
    ErectorSpinae "es" "back" "erector spinae",
    /// Deltoid: a non-working reference.
    Deltoid "del" "shoulder" "deltoid",
}

impl Muscle {
    /// Preference among the muscles that count as "calf" on the Balance page: mg, then lg, then sol.
    pub const CALF: [Self; 3] = [Self::GastrocnemiusMedialis, Self::GastrocnemiusLateralis, Self::Soleus];
    /// Preference among the muscles that count as "thigh": vl, then vm, then rf.
    pub const THIGH: [Self; 3] = [Self::VastusLateralis, Self::VastusMedialis, Self::RectusFemoris];

    /// Whether this is a calf muscle.
    pub fn is_calf(self) -> bool {
        Self::CALF.contains(&self)
    }
}

/// Left or right, the rider's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The left side.
    Left,
    /// The right side.
    #[default]
    Right,
}

impl Side {
    /// `left` or `right`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    /// The initial, for labels.
    pub const fn letter(self) -> char {
        match self {
            Self::Left => 'L',
            Self::Right => 'R',
        }
    }

    /// The other side.
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// A place on the body: muscle and side. Displays and parses as `mg.right`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Site {
    /// The muscle.
    pub muscle: Muscle,
    /// The side.
    pub side: Side,
}

impl Site {
    /// A site from its two parts.
    pub const fn new(muscle: Muscle, side: Side) -> Self {
        Self { muscle, side }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.muscle.code(), self.side.code())
    }
}

/// A text that names no site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteError {
    /// There is no dot between muscle and side.
    NoDot,
    /// The part before the dot is no muscle code.
    UnknownMuscle,
    /// The part after the dot is neither `left` nor `right`.
    UnknownSide,
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDot => "a site is a muscle and a side with a dot between, such as mg.right",
            Self::UnknownMuscle => "unknown muscle code; known are vl vm rf mg lg sol bf st gmax gmed ta es del",
            Self::UnknownSide => "the side is left or right, such as mg.right",
        })
    }
}

impl core::error::Error for SiteError {}

impl FromStr for Site {
    type Err = SiteError;

    fn from_str(text: &str) -> Result<Self, SiteError> {
        let (muscle, side) = text.split_once('.').ok_or(SiteError::NoDot)?;
        let muscle = Muscle::ALL.iter().find(|m| m.code() == muscle).ok_or(SiteError::UnknownMuscle)?;
        let side = match side {
            "left" => Side::Left,
            "right" => Side::Right,
            _ => return Err(SiteError::UnknownSide),
        };
        Ok(Self::new(*muscle, side))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn every_site_survives_being_written_and_read() {
        for &muscle in Muscle::ALL {
            for side in [Side::Left, Side::Right] {
                let site = Site::new(muscle, side);
                assert_eq!(site.to_string().parse(), Ok(site));
            }
        }
    }

    #[test]
    fn what_is_no_site_says_which_part_is_wrong() {
        for (text, error) in [
            ("mg", SiteError::NoDot),
            ("calf.right", SiteError::UnknownMuscle),
            ("mg.Right", SiteError::UnknownSide),
            ("", SiteError::NoDot),
        ] {
            assert_eq!(text.parse::<Site>(), Err(error), "{text}");
        }
    }
}
