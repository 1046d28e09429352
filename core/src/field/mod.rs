//! Data fields: the contract, and the registry.
//!
//! A field turns a [`Snapshot`] into strokes in an area, and into words. It keeps nothing: what it shows follows from
//! the snapshot alone, so a field can be drawn anywhere, any number of times, by any head unit. To add one, write a
//! file with an `impl Field` and add a line to [`FIELDS`].

mod alert_words;
mod balance_bar;
mod numbers;
mod preview;
mod smo2;
mod snapshot;
mod strip_chart;
mod tile;

pub(crate) use alert_words::{Choices, alert_line, cues_off, filled, forms, site_names};
pub use alert_words::{Part, part};
pub use balance_bar::{AlertPanel, BalanceBar};
pub use numbers::{CADENCE, HEART_RATE, Number, POWER, RIDE_TIME, ride_time};
pub use preview::with_preview;
pub use smo2::Smo2Field;
pub use snapshot::{AlertView, Balance, DisarmReason, FiveMinutes, Screen, SiteView, Snapshot, ThirtyMinutes, Which};
pub use snapshot::{Pick, Spot};
pub use strip_chart::StripChart;

use crate::draw::{Area, Canvas};
use crate::language::Language;
use core::fmt;

/// One thing that can be shown in a part of the screen.
pub trait Field: Sync {
    /// A name for configuration, unique and never changed.
    fn id(&self) -> &'static str;

    /// A title for a label or a list.
    fn title(&self, language: Language) -> &'static str;

    /// The unit of what is shown, empty if it has none.
    fn unit(&self) -> &'static str;

    /// The smallest area in which the field is legible at 70 cm, width and height in pixels of 0.147 mm.
    fn smallest(&self) -> (i16, i16);

    /// Draws the field; the area is already cleared to paper.
    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area);

    /// Says what the field shows. Two snapshots with the same words draw the same pixels, and the other way round, as
    /// far as an eye can tell: what has to be redrawn is found by comparing words.
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
    &StripChart,
    &POWER,
    &CADENCE,
    &HEART_RATE,
    &RIDE_TIME,
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

    #[test]
    fn paper_is_the_only_ink_that_draws_nothing_by_day() {
        let mut frame = Frame::new(Theme::Day);
        frame.fill(Area::new(0, 0, 240, 400), Ink::Paper);
        assert!(frame.bytes().iter().all(|&b| b == 0));
    }
}
