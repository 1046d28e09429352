//! Data fields: the contract, and the registry.
//!
//! A field turns a [`Snapshot`] into strokes in an area, and into words. It keeps nothing: what it shows follows from
//! the snapshot alone, so a field can be drawn anywhere, any number of times, by any head unit. To add one, write a
//! file with an `impl Field` and add a line to [`FIELDS`]; a number needs only a row in the file of numbers.
//! docs/newcomer.md does it in ten minutes, docs/fields.md is the guide.
//!
//! A field of another crate's own, drawn beside one of ours on any `embedded_graphics` target:
//!
//! ```
//! use core::fmt;
//! use embedded_graphics::mock_display::MockDisplay;
//! use embedded_graphics::pixelcolor::BinaryColor;
//! use sling_core::draw::{Area, Canvas, Ink, OnTarget, Theme};
//! use sling_core::field::{Field, Snapshot, by_id, with_preview};
//! use sling_core::language::Language;
//!
//! /// A square that is full while the rider pedals.
//! struct Pedals;
//!
//! impl Field for Pedals {
//!     fn id(&self) -> &'static str {
//!         "pedals"
//!     }
//!
//!     fn title(&self, _: Language) -> &'static str {
//!         "Pedals"
//!     }
//!
//!     fn unit(&self) -> &'static str {
//!         ""
//!     }
//!
//!     fn smallest(&self) -> (i16, i16) {
//!         (8, 8)
//!     }
//!
//!     fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
//!         let is_turning = snapshot.cadence.is_some_and(|cadence| cadence.0 > 0);
//!         canvas.fill(area, if is_turning { Ink::Ink } else { Ink::Grid });
//!     }
//!
//!     fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
//!         match snapshot.cadence {
//!             Some(cadence) if cadence.0 > 0 => out.write_str("pedalling"),
//!             Some(_) => out.write_str("coasting"),
//!             None => out.write_str("cadence unknown"),
//!         }
//!     }
//! }
//!
//! let mut display = MockDisplay::<BinaryColor>::new();
//! // It would refuse pixels that are drawn twice.
//! display.set_allow_overdraw(true);
//! let mut canvas = OnTarget::new(&mut display, Theme::Day);
//! with_preview(|snapshot| {
//!     Pedals.draw(snapshot, &mut canvas, Area::new(0, 0, 8, 8));
//!     let cadence = by_id("cadence").expect("it is in FIELDS");
//!     let (w, h) = cadence.smallest();
//!     // This display is too small for it: what is outside is cut off.
//!     cadence.draw(snapshot, &mut canvas, Area::new(0, 16, w, h));
//! });
//! canvas.finish()?;
//! assert_eq!(display.affected_area().top_left.y, 0);
//! # Ok::<(), core::convert::Infallible>(())
//! ```

mod alert_words;
mod balance_bar;
mod charts;
mod numbers;
mod preview;
mod share_bar;
mod smo2;
mod snapshot;
mod tile;

pub(crate) use alert_words::{Choices, alert_line, cues_off, filled, forms, site_names};
pub use alert_words::{Part, part};
pub(crate) use balance_bar::SMALL_ALERT_H;
pub use balance_bar::{AlertPanel, BalanceBar};
pub use charts::{LineChart, PowerChart};
pub(crate) use numbers::clock_of;
pub use numbers::{
    BATTERY, CADENCE, CLOCK, D, DROP_CALF, DROP_THIGH, HALF_TIME_CALF, HALF_TIME_THIGH, HEART_RATE, LAP, LAP_D,
    LAP_POWER, LAP_TIME, LARGE_LAP_TIME, LARGE_MIN_CALF, LARGE_MIN_THIGH, LOW_CALF, LOW_THIGH, MAX_CALF, MAX_THIGH,
    MIN_CALF, MIN_THIGH, Number, POWER, RANGE_CALF, RANGE_THIGH, RIDE_TIME, SENSOR_CALF, SENSOR_THIGH, SLOPE_CALF,
    SLOPE_THIGH, SPEED, THB_CALF, THB_THIGH, W_PER_CALF, W_PER_THIGH, ride_time,
};
pub use preview::with_preview;
pub use share_bar::{ShareBar, calf_percent};
pub use smo2::Smo2Field;
pub use snapshot::{AlertView, Balance, DisarmReason, FiveMinutes, Screen, SiteView, Snapshot, ThirtyMinutes, Which};
pub use snapshot::{Mark, Pick, RideState, Spot};

use crate::digest::Digest;
use crate::draw::{Area, Canvas};
use crate::input::Touch;
use crate::language::Language;
use core::fmt;

/// One thing that can be shown in a part of the screen.
pub trait Field: Sync {
    /// A name for configuration, unique and never changed.
    fn id(&self) -> &'static str;

    /// A title for a label or a list.
    fn title(&self, language: Language) -> &'static str;

    /// The title's forms as the table of words has them: the longest first, parted by `|`.
    fn titles(&self, language: Language) -> &'static str {
        self.title(language)
    }

    /// The unit of what is shown, empty if it has none.
    fn unit(&self) -> &'static str;

    /// The smallest area in which the field is legible at 70 cm, width and height in pixels of 0.147 mm.
    fn smallest(&self) -> (i16, i16);

    /// The size at which the field is at its best: what a head unit gives it where it may choose.
    fn preferred(&self) -> (i16, i16) {
        let (w, h) = self.smallest();
        (w.saturating_mul(2), h.saturating_mul(2))
    }

    /// Draws the field; the area is already cleared to paper. From [`Field::smallest`] up to a whole screen any area will
    /// do, in any language, and nothing is drawn outside it.
    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area);

    /// Takes everything into `digest` that the field's pixels in an area of this size follow from: what has to be redrawn is
    /// found by comparing digests. That is its words, unless they round more coarsely than its pixels, or are dear.
    fn fingerprint(&self, snapshot: &Snapshot<'_>, _area: Area, _part: usize, digest: &mut Digest) {
        let _ = self.describe(snapshot, digest);
    }

    /// The parts of an area that change on their own, each with a fingerprint of its own; together they are the area.
    fn part(&self, area: Area, part: usize) -> Option<Area> {
        (part == 0).then_some(area)
    }

    /// What a tap within the area marks, or a swipe up or down; `None` if nothing there can be marked.
    fn mark(&self, _snapshot: &Snapshot<'_>, _area: Area, _touch: Touch) -> Option<Mark> {
        None
    }

    /// Says what the field shows, in the snapshot's language. Two snapshots with the same words draw the same pixels, and the
    /// other way round, as far as an eye can tell; of a chart, which says more than words can, they are the ends.
    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result;
}

/// Every field there is.
pub static FIELDS: &[&dyn Field] = &[
    &Smo2Field::CALF,
    &Smo2Field::THIGH,
    &Smo2Field::LEFT_CALF,
    &Smo2Field::RIGHT_CALF,
    &Smo2Field::LEFT_THIGH,
    &Smo2Field::RIGHT_THIGH,
    &Smo2Field::INNER_CALF,
    &Smo2Field::OUTER_CALF,
    &BalanceBar,
    &LineChart::FIVE_MINUTES,
    &POWER,
    &CADENCE,
    &HEART_RATE,
    &RIDE_TIME,
    &SPEED,
    &THB_CALF,
    &THB_THIGH,
    &RANGE_CALF,
    &RANGE_THIGH,
    &SLOPE_CALF,
    &SLOPE_THIGH,
    &D,
    &ShareBar,
    &LAP,
    &LAP_TIME,
    &LAP_POWER,
    &LAP_D,
    &MIN_CALF,
    &MIN_THIGH,
    &MAX_CALF,
    &MAX_THIGH,
    &DROP_CALF,
    &DROP_THIGH,
    &LOW_CALF,
    &LOW_THIGH,
    &HALF_TIME_CALF,
    &HALF_TIME_THIGH,
    &W_PER_CALF,
    &W_PER_THIGH,
    &SENSOR_CALF,
    &SENSOR_THIGH,
    &LineChart::THIRTY_MINUTES,
    &LineChart::HEADS,
    &PowerChart,
    &CLOCK,
    &BATTERY,
];

/// The field of this id.
pub fn by_id(id: &str) -> Option<&'static dyn Field> {
    FIELDS.iter().copied().find(|field| field.id() == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Ink, MonoFrame, Theme};

    type Frame = MonoFrame<240, 400, 12000>;

    #[test]
    fn ids_are_unique_and_plain() {
        for (i, field) in FIELDS.iter().enumerate() {
            assert!(field.id().bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()));
            assert!(FIELDS.iter().skip(i + 1).all(|other| other.id() != field.id()));
        }
    }

    #[test]
    fn every_field_draws_its_preview_inside_its_smallest_area_and_says_it() {
        with_preview(|snapshot| {
            for field in FIELDS {
                let (w, h) = field.smallest();
                let area = Area::new(20, 30, w, h);
                let mut frame = Frame::new(Theme::Day);
                field.draw(snapshot, &mut frame, area);
                let mut inside = 0;
                for y in 0..400 {
                    for x in 0..240 {
                        if frame.pixel(x, y) {
                            assert!(area.contains(&Area::new(x, y, 1, 1)), "{} drew at {x},{y}", field.id());
                            inside += 1;
                        }
                    }
                }
                assert!(inside > 20, "{} drew {inside} pixels", field.id());
                let mut words = heapless::String::<160>::new();
                field.describe(snapshot, &mut words).unwrap();
                assert!(!words.is_empty(), "{}", field.id());
            }
        });
    }

    /// Areas from the smallest up to a whole screen.
    fn areas(field: &dyn Field) -> impl Iterator<Item = Area> {
        let (least_w, least_h) = field.smallest();
        let widths = [least_w, least_w + 13, 114, 160, 236, 392];
        let heights = [least_h, least_h + 11, 48, 70, 116, 208, 370];
        widths
            .into_iter()
            .flat_map(move |w| heights.map(|h| Area::new(40, 50, w, h)))
            .filter(move |area| area.w >= least_w && area.h >= least_h)
    }

    #[test]
    fn every_field_fits_every_area_in_every_language_with_and_without_values() {
        type Sheet = MonoFrame<480, 480, 28800>;
        extern crate std;
        let mut outside = std::collections::BTreeSet::new();
        with_preview(|preview| {
            let searching = preview.calf.map(|view| SiteView { smo2: Err(crate::sensor::Reason::Searching), ..view });
            let standing = Balance::NotReady { reason: DisarmReason::Standing, left: None };
            let silent = Snapshot {
                calf: searching,
                thigh: searching,
                power: None,
                speed: None,
                balance: standing,
                ..preview.clone()
            };
            let bare = Snapshot {
                calf: None,
                thigh: None,
                sites: heapless::Vec::new(),
                balance: Balance::NoPair,
                power: None,
                cadence: None,
                speed: None,
                wall_time: None,
                battery_percent: None,
                ..preview.clone()
            };
            for moment in [preview, &silent, &bare] {
                for (language, field) in Language::ALL.into_iter().flat_map(|it| FIELDS.iter().map(move |f| (it, f))) {
                    let moment = Snapshot { language, ..moment.clone() };
                    let mut words = std::string::String::new();
                    field.describe(&moment, &mut words).unwrap();
                    assert!(words.len() > 2, "{} in {language}: {words}", field.id());
                    for area in areas(*field) {
                        let mut sheet = Sheet::new(Theme::Day);
                        field.draw(&moment, &mut sheet, area);
                        let inked = sheet.bytes().iter().any(|&b| b != 0);
                        if !inked {
                            outside.insert(std::format!("nothing in {}x{}, {language}: {words}", area.w, area.h));
                        }
                        sheet.fill(area, Ink::Paper);
                        if sheet.bytes().iter().any(|&b| b != 0) {
                            outside.insert(std::format!("{}x{}, {language}: {words}", area.w, area.h));
                        }
                    }
                }
            }
        });
        let first: std::vec::Vec<_> = outside.iter().take(90).collect();
        assert!(outside.is_empty(), "{} cases, such as {first:#?}", outside.len());
    }

    #[test]
    fn ids_fit_the_settings() {
        for field in FIELDS {
            assert!(crate::config::Id::try_from(field.id()).is_ok(), "{}", field.id());
        }
        assert!(FIELDS.len() >= 24);
    }

    #[test]
    fn paper_is_the_only_ink_that_draws_nothing_by_day() {
        let mut frame = Frame::new(Theme::Day);
        frame.fill(Area::new(0, 0, 240, 400), Ink::Paper);
        assert!(frame.bytes().iter().all(|&b| b == 0));
    }
}
