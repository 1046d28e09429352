//! The user's configuration: which sensor is worn where, how the ANT stick is reached, how cues are given.
//!
//! One TOML file, `$XDG_CONFIG_HOME/sling/config.toml` or the one of `--config`. A key that is not known is an error: a
//! typo that is passed over would be a sensor that is never heard. Every error is one line with file, line, and what
//! would be right. What Sling changes in it (`sling pair`, and what the rider sets on the screen of `sling ride`) leaves the
//! user's comments and order alone ([`Store`]).
//!
//! **The ANT+ network key stays here.** It is in no log, no capture, no report and no message: [`Key`] does not print.

mod identity;
mod keep;
mod parse;
mod store;
mod words;

pub use identity::{address_text, identity_text, parse_identity};
pub use keep::KeepSink;
pub use parse::SettingsError;
pub use store::{Place, Store};

use sling_core::config::Id;
use sling_core::draw::Theme;
use sling_core::head_unit::{Assignment, Config, Level, Volume};
use sling_core::language::Language;
use sling_core::sensor::{Identity, Sensor, SensorKind, Side, Site};
use std::fmt;
use std::path::PathBuf;

/// Where a person gets a network key, and why none comes with Sling.
pub const KEY_HELP: &str = "the ANT+ network key is bound to a licence, so Sling does not bring one: look for \"ANT+ network \
    key\" at https://www.thisisant.com/developer (ANT+ Adopter), and write its eight bytes into the configuration, under \
    [ant]: network_key = \"..\"";

/// An ANT+ network key. It cannot be printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 8]);

impl Key {
    /// Eight bytes as pairs of hexadecimal digits, with any spaces, colons, commas or dashes between.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let mut digits = Vec::new();
        for c in text.chars().filter(|c| !c.is_whitespace() && !",:-".contains(*c)) {
            digits.push(c.to_digit(16).ok_or(KeyError::NotHex)? as u8);
        }
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        if digits.len() != 16 {
            return Err(KeyError::Length { digits: digits.len() });
        }
        bytes.try_into().map(Self).map_err(|_| KeyError::Length { digits: digits.len() })
    }

    /// The bytes, for the stick and for nobody else.
    pub const fn bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// What makes it plain that this is no ANT+ key: zeros, one byte again and again, the dummy of examples.
    pub fn oddity(&self) -> Option<&'static str> {
        if self.0 == [0; 8] {
            Some("is all zeros, which is the public network: ANT+ sensors are not on it")
        } else if self.0.iter().all(|byte| *byte == self.0[0]) {
            Some("is one byte eight times, which is no ANT+ key")
        } else if self.0 == crate::air::DUMMY_KEY {
            Some("is the dummy of examples, with which no real sensor is heard")
        } else {
            None
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(not shown)")
    }
}

/// Why a text is no key. The text itself is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A character that is no hexadecimal digit.
    #[error("holds something that is no hexadecimal digit; right are 8 bytes such as \"00 11 22 33 44 55 66 77\"")]
    NotHex,
    /// Too short or too long.
    #[error("has {digits} hexadecimal digits; right are 16, 8 bytes such as \"00 11 22 33 44 55 66 77\"")]
    Length {
        /// How many it has.
        digits: usize,
    },
}

/// How the ANT stick is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AntSettings {
    /// The network key, if there is one.
    pub key: Option<Key>,
    /// A serial line; otherwise USB.
    pub port: Option<PathBuf>,
    /// The serial line's speed.
    pub baud: Option<u32>,
    /// The stick on USB with this serial number; otherwise any.
    pub usb_serial: Option<String>,
}

/// A NIRS sensor and where it is worn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worn {
    /// Where.
    pub site: Site,
    /// Which.
    pub identity: Identity,
    /// What its owner calls it.
    pub name: Option<String>,
}

/// One of the rider's own sensors of power, cadence, speed or heart rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// What and which.
    pub sensor: Sensor,
    /// What its owner calls it.
    pub name: Option<String>,
}

/// Everything that the configuration says. What it does not say is as [`Config::DEFAULT`] has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The ANT stick.
    pub ant: AntSettings,
    /// NIRS sensors.
    pub worn: Vec<Worn>,
    /// Other sensors.
    pub companions: Vec<Companion>,
    /// The wheel's circumference.
    pub wheel_mm: Option<u16>,
    /// The leg to show first.
    pub leg: Option<Side>,
    /// The language of the screen.
    pub language: Option<Language>,
    /// Its colours.
    pub theme: Option<Theme>,
    /// Larger words and numbers.
    pub large_text: Option<bool>,
    /// The pages that are left out while riding.
    pub hidden_pages: Vec<Id>,
    /// The fields of the page of numbers; empty is the usual choice.
    pub numbers: Vec<Id>,
    /// How strongly cues are felt.
    pub haptic: Option<Volume>,
    /// How loudly cues are heard.
    pub beep: Option<Volume>,
    /// The level from which an alert gives a cue.
    pub cues_from: Option<Level>,
    /// The least shift that an alert is told of, points; 0 leaves it to the detectors.
    pub least_points: Option<u8>,
    /// Minutes without a change of posture until the nudge; 0: never.
    pub still_min: Option<u8>,
}

impl Settings {
    /// As a head unit with a screen of this size takes it.
    pub fn config(&self, screen: (u16, u16)) -> Config {
        let standard = Config::DEFAULT;
        let legs = |side| self.worn.iter().filter(|worn| worn.site.side == side).count();
        let most = if legs(Side::Left) > legs(Side::Right) { Side::Left } else { standard.leg };
        Config {
            roster: self.worn.iter().map(|w| Assignment { identity: w.identity, site: w.site }).collect(),
            companions: self.companions.iter().map(|companion| companion.sensor).collect(),
            wheel_mm: self.wheel_mm.unwrap_or(standard.wheel_mm),
            leg: self.leg.unwrap_or(most),
            language: self.language.unwrap_or(standard.language),
            theme: self.theme.unwrap_or(standard.theme),
            large_text: self.large_text.unwrap_or(standard.large_text),
            hidden_pages: self.hidden_pages.iter().cloned().collect(),
            numbers: self.numbers.iter().cloned().collect(),
            haptic: self.haptic.unwrap_or(standard.haptic),
            beep: self.beep.unwrap_or(standard.beep),
            cues_from: self.cues_from.unwrap_or(standard.cues_from),
            least_points: self.least_points.unwrap_or(standard.least_points),
            still_min: self.still_min.unwrap_or(standard.still_min),
            screen,
        }
    }

    /// Every sensor that is named, with the words for what it is there for.
    pub fn sensors(&self) -> impl Iterator<Item = (Sensor, String, Option<&str>)> {
        let worn = self.worn.iter().map(|w| {
            let sensor = Sensor { kind: SensorKind::MuscleOxygen, identity: w.identity };
            (sensor, w.site.to_string(), w.name.as_deref())
        });
        worn.chain(self.companions.iter().map(|c| (c.sensor, c.sensor.kind.code().to_owned(), c.name.as_deref())))
    }

    /// What a sensor is there for, if it is named here.
    pub fn place_of(&self, sensor: Sensor) -> Option<(String, Option<&str>)> {
        let is_it = |other: &Sensor| other.kind == sensor.kind && other.identity.is_same(sensor.identity);
        self.sensors().find(|(other, ..)| is_it(other)).map(|(_, place, name)| (place, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_however_it_is_spaced() {
        for text in
            ["00 11 22 33 44 55 66 77", "0011223344556677", "00:11:22:33:44:55:66:77", " 00,11,22,33-44-55 6677\n"]
        {
            assert_eq!(Key::parse(text).unwrap().bytes(), &crate::air::DUMMY_KEY, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_telling_it() {
        for (text, error) in [
            ("", KeyError::Length { digits: 0 }),
            ("00 11 22 33 44 55 66", KeyError::Length { digits: 14 }),
            ("00 11 22 33 44 55 66 77 88", KeyError::Length { digits: 18 }),
            ("00 11 22 33 44 55 66 7", KeyError::Length { digits: 15 }),
            ("secret!!", KeyError::NotHex),
        ] {
            assert_eq!(Key::parse(text), Err(error), "{text}");
            assert!(text.is_empty() || !error.to_string().contains(&format!("\"{text}\"")));
        }
        assert_eq!(format!("{:?}", Key::parse("00 11 22 33 44 55 66 77").unwrap()), "Key(not shown)");
    }

    #[test]
    fn keys_that_cannot_work_are_known() {
        for (text, odd) in [
            ("0000000000000000", true),
            ("ffffffffffffffff", true),
            ("0011223344556677", true),
            ("0102030405060708", false),
        ] {
            assert_eq!(Key::parse(text).unwrap().oddity().is_some(), odd, "{text}");
        }
    }
}
