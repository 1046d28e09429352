//! Plain numbers of the ride: power, cadence, heart rate, time.

use super::tile::Tile;
use super::{Choices, Field, Snapshot, forms};
use crate::draw::{Area, Canvas, Ink, Words};
use crate::language::{Language, Say};
use crate::signal::trend::Direction;
use core::fmt;

/// A number with its unit.
pub struct Number {
    id: &'static str,
    title: Say,
    unit: &'static str,
    smallest: (i16, i16),
    /// What stands there while the value is unknown: the rider who never had it is not told.
    missing: Option<Say>,
    value: fn(&Snapshot<'_>) -> Option<Words>,
}

/// Power at the crank.
pub static POWER: Number = Number {
    id: "power",
    title: Say::Power,
    unit: "W",
    smallest: (76, 34),
    missing: Some(Say::NoWatts),
    value: |s| s.power.map(|w| Words::of(format_args!("{}", w.0))),
};

/// Cadence.
pub static CADENCE: Number = Number {
    id: "cadence",
    title: Say::Cadence,
    unit: "rpm",
    smallest: (76, 34),
    missing: Some(Say::NoRpm),
    value: |s| s.cadence.map(|c| Words::of(format_args!("{}", c.0))),
};

/// Heart rate.
pub static HEART_RATE: Number = Number {
    id: "heart_rate",
    title: Say::HeartRate,
    unit: "♥",
    smallest: (76, 34),
    missing: None,
    value: |s| s.heart_rate.map(|h| Words::of(format_args!("{}", h.0))),
};

/// Time since the ride began.
pub static RIDE_TIME: Number = Number {
    id: "ride_time",
    title: Say::RideTime,
    unit: "",
    smallest: (120, 34),
    missing: None,
    value: |s| Some(ride_time(s)),
};

/// Hours, minutes and seconds since the ride began.
pub fn ride_time(snapshot: &Snapshot<'_>) -> Words {
    let s = snapshot.ride_time.as_s();
    Words::of(format_args!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60))
}

impl Field for Number {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, language: Language) -> &'static str {
        self.title.long(language)
    }

    fn unit(&self) -> &'static str {
        self.unit
    }

    fn smallest(&self) -> (i16, i16) {
        self.smallest
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let value = (self.value)(snapshot);
        let missing = self.missing.map_or_else(Choices::new, |say| forms(say, snapshot.language, &[]));
        let value = value.as_ref().map(Words::as_str).ok_or(&missing);
        let (title, unit) = (self.title, self.unit);
        Tile { title, note: "", value, unit, direction: Direction::Steady, ink: Ink::Ink }.draw(
            canvas,
            area,
            snapshot.language,
        );
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match (self.value)(snapshot) {
            Some(words) => write!(out, "{} {} {}", self.title.long(snapshot.language), words.as_str(), self.unit),
            None => write!(out, "{} unknown", self.title.long(snapshot.language)),
        }
    }
}
