//! Who works more, in one line: a bar that calf and thigh divide between them. The calf's part is full and grows from the
//! left as D falls, the thigh's is shaded; they meet in the middle when both are where they are expected to be. It is D in
//! another shape, not a share of the rider's work: no sensor measures that.

use super::balance_bar::{FULL_SCALE, remark};
use super::{Balance, Field, Snapshot, forms};
use crate::draw::{Align, Area, Canvas, Ink, Words, frame, text_large};
use crate::language::{Language, Say};
use crate::math;
use core::fmt;
use sling_fonts::{Font, LABEL_17, SMALL_13};

/// The bar's field.
pub struct ShareBar;

/// Rows of the names below the bar, where there is room for them.
const NAMES_H: i16 = 24;
/// A lower cell has no names.
const NAMED_H: i16 = 44;
/// Rows at the middle's mark above and below the bar.
const MARK_H: i16 = 3;

static FONTS: [&Font; 2] = [&LABEL_17, &SMALL_13];

impl Field for ShareBar {
    fn id(&self) -> &'static str {
        "share_bar"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Share.long(language)
    }

    fn titles(&self, language: Language) -> &'static str {
        Say::Share.text(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (140, 34)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let Some(calf) = shown_percent(snapshot) else {
            text_large(canvas, area, Align::Centre, &FONTS, &remark(snapshot), Ink::Ink);
            frame(canvas, area, 1, Ink::Grid);
            return;
        };
        let (bar, names) = area.split_top(if area.h < NAMED_H { area.h } else { area.h - NAMES_H });
        let inner = Area::new(bar.x, bar.y + MARK_H, bar.w, bar.h - 2 * MARK_H);
        let (left, right) = inner.split_left((i32::from(inner.w) * calf / 100) as i16);
        canvas.fill(right, Ink::Shade);
        canvas.fill(left, Ink::Calf);
        frame(canvas, inner, 1, Ink::Ink);
        for mark in [bar.split_top(MARK_H).0, bar.split_top(bar.h - MARK_H).1] {
            canvas.fill(Area::new(bar.centre_x() - 1, mark.y, 3, mark.h), Ink::Ink);
        }
        if !names.is_empty() {
            let (calf, thigh) = names.split_left(names.w / 2);
            text_large(canvas, calf, Align::Left, &FONTS, &forms(Say::Calf, snapshot.language, &[]), Ink::Ink);
            text_large(canvas, thigh, Align::Right, &FONTS, &forms(Say::Thigh, snapshot.language, &[]), Ink::Ink);
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let title = self.title(snapshot.language);
        match shown_percent(snapshot) {
            Some(calf) => {
                let [left, right] = [Say::Calf, Say::Thigh].map(|say| say.long(snapshot.language));
                write!(out, "{title}: {left} {calf}, {right} {}", 100 - calf)
            }
            None => write!(out, "{title}: {}", remark(snapshot).first().map_or("", Words::as_str)),
        }
    }
}

/// How much of the bar is the calf's at this D, percent.
pub fn calf_percent(d: f32) -> i32 {
    math::round_i32(50.0 - 50.0 * math::clamp(d / FULL_SCALE, -1.0, 1.0))
}

fn shown_percent(snapshot: &Snapshot<'_>) -> Option<i32> {
    let Balance::Ready { d, .. } = snapshot.balance else { return None };
    Some(calf_percent(d))
}
