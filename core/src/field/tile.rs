//! What most fields look like: a title, below it a number as large as there is room for, its unit, an arrow; or, in the
//! number's place, words for why there is none. In a low cell the number stands alone with its unit.

use super::Choices;
use crate::draw::{Align, Area, Canvas, Ink, Words, arrow, text, text_large, text_wrapped};
use crate::language::{Capitals, Language, Say};
use crate::signal::trend::Direction;
use sling_fonts::{Font, LABEL_17, NUMBER_28, NUMERAL_44, NUMERAL_56, NUMERAL_70, NUMERAL_84, SMALL_13, TEXT_22};

/// A number in its cell.
pub(super) struct Tile<'a> {
    /// What it is.
    pub title: Say,
    /// Which one of several it is; at the title's right, where there is room.
    pub note: &'a str,
    /// The number, or why there is none.
    pub value: Result<&'a str, &'a Choices>,
    /// Its unit.
    pub unit: &'a str,
    /// Where it goes.
    pub direction: Direction,
    /// The arrow's ink.
    pub ink: Ink,
}

/// Rows of the title.
const TITLE_H: i16 = 25;
/// The same in small cells, in small print.
const SMALL_TITLE_H: i16 = 20;
/// A lower cell has no title.
const TITLED_H: i16 = 48;
/// A lower cell has a title in small print.
pub(super) const ROOMY_H: i16 = 70;
/// Between a number and what stands beside it.
const GAP: i16 = 4;

static NUMERALS: [&Font; 5] = [&NUMERAL_84, &NUMERAL_70, &NUMERAL_56, &NUMERAL_44, &NUMBER_28];
static REASON_FONTS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];

/// No number that is true is too long for the smallest numerals; one that is not stays in its place.
fn narrow(value: &str, w: i16) -> &'static Font {
    if NUMBER_28.width(value) as i16 <= w { &NUMBER_28 } else { &SMALL_13 }
}

impl Tile<'_> {
    /// Draws it.
    pub fn draw(&self, canvas: &mut dyn Canvas, area: Area, language: Language) {
        let (title_h, font): (i16, &'static Font) = match area.h {
            h if h >= ROOMY_H => (TITLE_H, &LABEL_17),
            h if h >= TITLED_H => (SMALL_TITLE_H, &SMALL_13),
            _ => (0, &SMALL_13),
        };
        let (title, rest) = area.split_top(title_h);
        if title_h > 0 {
            // Letters are higher than digits.
            let (_, title) = title.split_top(if title_h < TITLE_H { 3 } else { 0 });
            self.draw_title(canvas, title, font, language);
        }
        match self.value {
            Ok(value) if title_h > 0 => self.draw_value(canvas, rest, value),
            Ok(value) => self.draw_alone(canvas, rest, value),
            Err(choices) if title_h > 0 => text_wrapped(canvas, rest, &REASON_FONTS, choices, Ink::Ink),
            Err(choices) => {
                text_large(canvas, rest, Align::Centre, &[&LABEL_17, &SMALL_13], choices, Ink::Ink);
            }
        }
    }

    fn draw_title(&self, canvas: &mut dyn Canvas, area: Area, font: &'static Font, language: Language) {
        let capitals = |form| Words::of(format_args!("{}", Capitals(form)));
        let fits = |words: &Words| font.width(words.as_str()) as i16 <= area.w;
        let Some(title) = self.title.forms(language).map(capitals).find(fits) else { return };
        let taken = text(canvas, area, Align::Left, font, title.as_str(), Ink::Ink);
        let room = area.right() - taken.right() - GAP;
        let font = [&LABEL_17, &SMALL_13]
            .into_iter()
            .find(|it| it.width(self.note) as i16 <= room && it.digit_height() <= font.digit_height());
        if let Some(font) = font {
            text(canvas, area, Align::Right, font, self.note, Ink::Ink);
        }
    }

    /// In the largest font in which it and its arrow fit, and its unit where that has room too.
    fn draw_value(&self, canvas: &mut dyn Canvas, area: Area, value: &str) {
        let font = NUMERALS.iter().find(|font| {
            let arrow_w = (font.digit_height() / 3) as i16;
            font.width(value) as i16 + arrow_w + GAP <= area.w && font.digit_height() as i16 <= area.h
        });
        let font = font.copied().unwrap_or_else(|| narrow(value, area.w));
        let (arrow_w, arrow_h) = ((font.digit_height() / 3) as i16, (font.digit_height() / 2) as i16);
        let number = text(canvas, area, Align::Left, font, value, Ink::Ink);
        let beside = Area::new(number.right() + GAP, area.centre_y() - arrow_h / 2, arrow_w, arrow_h);
        match self.direction {
            Direction::Rising => arrow(canvas, beside, true, self.ink),
            Direction::Falling => arrow(canvas, beside, false, self.ink),
            Direction::Steady => self.draw_unit(canvas, area, number.right(), font),
        }
    }

    /// A number of the secondary row, with its unit unless a large number takes its room.
    fn draw_alone(&self, canvas: &mut dyn Canvas, area: Area, value: &str) {
        let font = narrow(value, area.w);
        let number_w = font.width(value) as i16;
        let unit_w = SMALL_13.width(self.unit) as i16 + GAP;
        let unit_w = if number_w + unit_w > area.w { 0 } else { unit_w };
        let left = area.x + (area.w - number_w - unit_w).max(0) / 2;
        text(canvas, Area::new(left, area.y, number_w, area.h), Align::Left, font, value, Ink::Ink);
        self.draw_unit(canvas, area, left + number_w, &NUMBER_28);
    }

    /// On the baseline of a number that ends at `x`, if there is room.
    fn draw_unit(&self, canvas: &mut dyn Canvas, area: Area, x: i16, number: &Font) {
        let lower = ((number.digit_height() - SMALL_13.digit_height()) / 2) as i16;
        let room = Area::new(x + GAP, area.y + lower, area.right() - x - GAP, area.h - lower);
        if SMALL_13.width(self.unit) as i16 <= room.w {
            text(canvas, room, Align::Left, &SMALL_13, self.unit, Ink::Ink);
        }
    }
}
