//! SmO2 of calf or thigh: a large number with its trend arrow and its place in the muscle's own range; or, in words,
//! why there is none.

use super::{Field, SiteView, Snapshot};
use crate::digest::Digest;
use crate::draw::{Align, Area, Canvas, Ink, Words, arrow, text, text_wrapped};
use crate::math;
use crate::sensor::Reason;
use crate::signal::trend::Direction;
use core::fmt;
use sling_fonts::{Font, LABEL_17, NUMBER_28, NUMERAL_44, NUMERAL_56, NUMERAL_70, NUMERAL_84, SMALL_13, TEXT_22};

/// Which of the two muscles.
pub struct Smo2Field {
    calf: bool,
}

impl Smo2Field {
    /// The calf of the leg that is shown.
    pub const CALF: Self = Self { calf: true };
    /// The thigh of the leg that is shown.
    pub const THIGH: Self = Self { calf: false };

    const fn view<'s, 'a>(&self, snapshot: &'s Snapshot<'a>) -> Option<&'s SiteView<'a>> {
        if self.calf { snapshot.calf.as_ref() } else { snapshot.thigh.as_ref() }
    }

    const fn ink(&self) -> Ink {
        if self.calf { Ink::Calf } else { Ink::Thigh }
    }
}

/// Rows of the label line above the number and of the line below it.
const LABEL_H: i16 = 25;
const RANGE_H: i16 = 6;
const BLOCK_W: i16 = 10;
/// Columns that the rail leaves free at the right.
const RAIL_AIR_W: i16 = 4;
static REASON_FONTS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];

impl Field for Smo2Field {
    fn id(&self) -> &'static str {
        if self.calf { "smo2_calf" } else { "smo2_thigh" }
    }

    fn title(&self) -> &'static str {
        if self.calf { "CALF" } else { "THIGH" }
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (80, 80)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let (label, rest) = area.split_top(LABEL_H);
        let Some(view) = self.view(snapshot) else {
            text(canvas, label, Align::Left, &LABEL_17, self.title(), Ink::Ink);
            text_wrapped(canvas, rest, &REASON_FONTS, "not worn", Ink::Ink);
            return;
        };
        draw_label(canvas, label, self.title(), view);
        let (middle, range) = rest.split_top(rest.h - RANGE_H);
        match view.smo2 {
            Ok(percent) => draw_value(canvas, middle, math::round_i32(percent), direction(view), self.ink()),
            Err(reason) => text_wrapped(canvas, middle, &REASON_FONTS, reason_words(reason, view).as_str(), Ink::Ink),
        }
        draw_range(canvas, range, view, self.ink());
    }

    fn fingerprint(&self, snapshot: &Snapshot<'_>, area: Area, digest: &mut Digest) {
        let Some(view) = self.view(snapshot) else { return };
        digest.number(view.site.muscle as u32);
        match view.smo2 {
            Ok(percent) => {
                digest.number(math::round_i32(percent) as u32);
                digest.number(direction(view) as u32);
            }
            Err(reason) => digest.update(reason_words(reason, view).as_str().as_bytes()),
        }
        digest.number(block(area, view).map_or(u32::MAX, |x| x as u32));
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let Some(view) = self.view(snapshot) else {
            return write!(out, "{}: not worn", self.title());
        };
        write!(out, "{} {}: ", self.title(), view.site)?;
        match view.smo2 {
            Ok(percent) => {
                write!(out, "{} %", math::round_i32(percent))?;
                out.write_str(match direction(view) {
                    Direction::Rising => ", rising",
                    Direction::Falling => ", falling",
                    Direction::Steady => "",
                })?;
            }
            Err(reason) => out.write_str(reason_words(reason, view).as_str())?,
        }
        match (view.range, view.smo2) {
            (Some(range), Ok(percent)) => {
                write!(out, ", at {} % of its range", math::round_i32(range.normalise(percent) * 100.0))
            }
            _ => Ok(()),
        }
    }
}

fn direction(view: &SiteView<'_>) -> Direction {
    view.trend.map_or(Direction::Steady, |trend| trend.direction())
}

/// The reason, and for how long, where that is news.
fn reason_words(reason: Reason, view: &SiteView<'_>) -> Words {
    match (reason, view.age) {
        (Reason::Lost | Reason::Stale | Reason::NoData, Some(age)) if age.as_s() < 60 => {
            Words::of(format_args!("{} {} s", reason.words(), age.as_s()))
        }
        (Reason::Lost | Reason::Stale | Reason::NoData, Some(age)) => {
            Words::of(format_args!("{} {} min", reason.words(), age.as_s() / 60))
        }
        _ => Words::of(format_args!("{}", reason.words())),
    }
}

/// "CALF" at the left, which head at the right where there is room. The side is the page's, in its status line.
fn draw_label(canvas: &mut dyn Canvas, area: Area, title: &str, view: &SiteView<'_>) {
    let taken = text(canvas, area, Align::Left, &LABEL_17, title, Ink::Ink);
    let muscle = view.site.muscle.short_name();
    let room = area.right() - taken.right() - 4;
    let font = [&LABEL_17, &SMALL_13].into_iter().find(|f| f.width(muscle) as i16 <= room);
    if let Some(font) = font {
        text(canvas, area, Align::Right, font, muscle, Ink::Ink);
    }
}

/// The largest numeral font in which two digits and an arrow fit; 100 may be smaller.
fn numeral_font(words: &str, area: Area) -> (&'static Font, i16) {
    for font in [&NUMERAL_84, &NUMERAL_70, &NUMERAL_56, &NUMERAL_44, &NUMBER_28] {
        let arrow_w = (font.digit_height() / 3) as i16;
        let fits = font.width(words) as i16 + arrow_w + 4 <= area.w && font.digit_height() as i16 <= area.h;
        if fits {
            return (font, arrow_w);
        }
    }
    (&NUMBER_28, 0)
}

fn draw_value(canvas: &mut dyn Canvas, area: Area, percent: i32, direction: Direction, ink: Ink) {
    let words = Words::of(format_args!("{percent}"));
    let (font, arrow_w) = numeral_font(words.as_str(), area);
    let number = text(canvas, area, Align::Left, font, words.as_str(), Ink::Ink);
    let arrow_h = (font.digit_height() / 2) as i16;
    let beside = Area::new(number.right() + 4, area.centre_y() - arrow_h / 2, arrow_w, arrow_h);
    match direction {
        Direction::Rising => arrow(canvas, beside, true, ink),
        Direction::Falling => arrow(canvas, beside, false, ink),
        Direction::Steady => {}
    }
}

/// A thin rail for the muscle's own range with a block where the value stands; nothing until there is a range.
fn draw_range(canvas: &mut dyn Canvas, area: Area, view: &SiteView<'_>, ink: Ink) {
    let Some(x) = block(area, view) else { return };
    canvas.fill(Area::new(area.x, area.centre_y(), area.w - RAIL_AIR_W, 1), Ink::Grid);
    canvas.fill(Area::new(area.x + x, area.y, BLOCK_W, RANGE_H), ink);
}

/// Columns from the rail's left end to the block, in a cell as wide as `area`.
fn block(area: Area, view: &SiteView<'_>) -> Option<i16> {
    let (range, percent) = view.range.zip(view.smo2.ok())?;
    let place = range.normalise(percent) * f32::from((area.w - RAIL_AIR_W - BLOCK_W).max(0));
    Some(math::round_i32(place) as i16)
}
