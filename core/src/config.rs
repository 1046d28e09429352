//! Settings, and what is kept from ride to ride.

use crate::alert::{Level, Volume};
use crate::draw::Theme;
use crate::language::Language;
use crate::sensor::{Identity, Sensor, Side, Site};
use serde::{Deserialize, Serialize};

pub use crate::sensor::MAX_SITES;

/// The most sensors of power, cadence, speed and heart rate: one of each.
pub const MAX_COMPANIONS: usize = 4;

/// The most fields on the page of numbers.
pub const MAX_NUMBERS: usize = 8;

/// The most pages that can be left out.
pub const MAX_HIDDEN: usize = 8;

/// What [`Config::least_points`] can be chosen to be.
pub const LEAST_POINTS: [u8; 4] = [0, 8, 10, 15];

/// What [`Config::still_min`] can be chosen to be.
pub const STILL_MIN: [u8; 4] = [0, 10, 20, 30];

/// The id of a field or a page. A longer one names nothing.
pub type Id = heapless::String<20>;

/// Which sensor is worn where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The sensor.
    pub identity: Identity,
    /// Its muscle and side.
    pub site: Site,
}

/// The head unit's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Sensors and their sites; a site appears once.
    pub roster: heapless::Vec<Assignment, MAX_SITES>,
    /// The rider's own sensors of power, cadence, speed and heart rate. Others in the air are somebody else's.
    pub companions: heapless::Vec<Sensor, MAX_COMPANIONS>,
    /// The circumference of the wheel, mm, for sensors that count its revolutions.
    pub wheel_mm: u16,
    /// The leg that the Balance page shows first.
    pub leg: Side,
    /// Colours.
    pub theme: Theme,
    /// The language of the screen.
    pub language: Language,
    /// Larger words and numbers, fewer of them.
    pub large_text: bool,
    /// The pages that are left out while riding, by their ids.
    pub hidden_pages: heapless::Vec<Id, MAX_HIDDEN>,
    /// The fields of the page of numbers, by their ids, in reading order; empty is the usual choice.
    pub numbers: heapless::Vec<Id, MAX_NUMBERS>,
    /// Width and height of the screen whose regions are asked to be redrawn, pixels.
    pub screen: (u16, u16),
    /// How strongly cues are felt.
    pub haptic: Volume,
    /// How loudly cues are heard.
    pub beep: Volume,
    /// The least shift that an alert is told of, points of SmO2; 0 leaves that to the detectors. Only ever fewer alerts.
    pub least_points: u8,
    /// The level from which an alert gives a cue.
    pub cues_from: Level,
    /// After so many minutes without a change of posture the rider may be nudged to move; 0: never.
    pub still_min: u8,
}

impl Config {
    /// No sensors, a 700 x 25C wheel, right leg, day colours, English, the reference display, cues felt and heard, told
    /// what the detectors see.
    pub const DEFAULT: Self = Self {
        roster: heapless::Vec::new(),
        companions: heapless::Vec::new(),
        wheel_mm: 2105,
        leg: Side::Right,
        theme: Theme::Day,
        language: Language::English,
        large_text: false,
        hidden_pages: heapless::Vec::new(),
        numbers: heapless::Vec::new(),
        screen: (240, 400),
        haptic: Volume::Normal,
        beep: Volume::Normal,
        least_points: 0,
        cues_from: Level::Caution,
        still_min: 20,
    };
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How one muscle of this rider answers to load, and how noisy it is, as learned. Levels are not kept: a sensor put on again is a new level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gains {
    /// The muscle.
    pub site: Site,
    /// Points of SmO2 per 100 W through the fast lag.
    pub fast: f32,
    /// Points of SmO2 per 100 W through the middle lag.
    pub middle: f32,
    /// Points of SmO2 per 100 W through the slow lag.
    pub slow: f32,
    /// Points of SmO2 per 100 W by which it comes back late.
    pub late: f32,
    /// Points of SmO2 per 10 rpm.
    pub cadence: f32,
    /// Variance of the slow noise, points squared.
    pub variation: f32,
    /// Variance of the white rest of a 5-s mean, points squared.
    pub white: f32,
}

/// What is kept from ride to ride.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Gains of each muscle that was learned.
    pub gains: heapless::Vec<Gains, MAX_SITES>,
}
