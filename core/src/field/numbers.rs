//! Plain numbers of the ride: power, cadence, heart rate, time.

use super::{Field, Snapshot};
use crate::digest::Digest;
use crate::draw::{Align, Area, Canvas, Ink, Words, text};
use core::fmt;
use sling_fonts::{LABEL_17, NUMBER_28, SMALL_13};

/// A number with its unit.
pub struct Number {
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    smallest: (i16, i16),
    /// What stands there while the value is unknown: the rider who never had it is not told.
    missing: &'static str,
    value: fn(&Snapshot<'_>) -> Option<Words>,
}

/// Power at the crank.
pub static POWER: Number = Number {
    id: "power",
    title: "Power",
    unit: "W",
    smallest: (76, 34),
    missing: "no W",
    value: |s| s.power.map(|w| Words::of(format_args!("{}", w.0))),
};

/// Cadence.
pub static CADENCE: Number = Number {
    id: "cadence",
    title: "Cadence",
    unit: "rpm",
    smallest: (76, 34),
    missing: "no rpm",
    value: |s| s.cadence.map(|c| Words::of(format_args!("{}", c.0))),
};

/// Heart rate.
pub static HEART_RATE: Number = Number {
    id: "heart_rate",
    title: "Heart rate",
    unit: "♥",
    smallest: (76, 34),
    missing: "",
    value: |s| s.heart_rate.map(|h| Words::of(format_args!("{}", h.0))),
};

/// Time since the ride began.
pub static RIDE_TIME: Number = Number {
    id: "ride_time",
    title: "Ride time",
    unit: "",
    smallest: (120, 34),
    missing: "",
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

    fn title(&self) -> &'static str {
        self.title
    }

    fn unit(&self) -> &'static str {
        self.unit
    }

    fn smallest(&self) -> (i16, i16) {
        self.smallest
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        const GAP: i16 = 4;
        let Some(words) = (self.value)(snapshot) else {
            let fits = LABEL_17.width(self.missing) as i16 <= area.w;
            let font = if fits { &LABEL_17 } else { &SMALL_13 };
            text(canvas, area, Align::Centre, font, self.missing, Ink::Ink);
            return;
        };
        // No number that is true is so long; one that is not stays in its place.
        let fits = NUMBER_28.width(words.as_str()) as i16 <= area.w;
        let font = if fits { &NUMBER_28 } else { &SMALL_13 };
        let number_w = font.width(words.as_str()) as i16;
        // A large number has no room for its unit, which is the same every day.
        let unit_w = SMALL_13.width(self.unit) as i16 + GAP;
        let unit_w = if number_w + unit_w > area.w { 0 } else { unit_w };
        let left = area.x + (area.w - number_w - unit_w).max(0) / 2;
        let number = Area::new(left, area.y, number_w, area.h);
        text(canvas, number, Align::Left, font, words.as_str(), Ink::Ink);
        // On the number's baseline.
        let lower = ((NUMBER_28.digit_height() - SMALL_13.digit_height()) / 2) as i16;
        let unit = Area::new(number.right() + GAP, area.y + lower, unit_w, area.h - lower);
        if unit_w > 0 {
            text(canvas, unit, Align::Left, &SMALL_13, self.unit, Ink::Ink);
        }
    }

    fn fingerprint(&self, snapshot: &Snapshot<'_>, _area: Area, digest: &mut Digest) {
        match (self.value)(snapshot) {
            Some(words) => digest.update(words.as_str().as_bytes()),
            None => digest.number(0),
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        match (self.value)(snapshot) {
            Some(words) => write!(out, "{} {} {}", self.title, words.as_str(), self.unit),
            None => write!(out, "{} unknown", self.title),
        }
    }
}
