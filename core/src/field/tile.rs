//! What most fields look like: a title, below it a number as large as there is room for, its unit, an arrow; or, in the
//! number's place, words for why there is none. In a low cell the number stands alone with its unit.

use super::alert_words::{side_letter, site_names};
use super::{Choices, filled};
use crate::draw::{Align, Area, Canvas, Ink, Words, arrow, text, text_large, text_wrapped};
use crate::language::{Capitals, Language, Say};
use crate::sensor::{Side, Site};
use crate::signal::trend::Direction;
use sling_fonts::{Font, LABEL_17, NUMBER_28, NUMERAL_44, NUMERAL_50, NUMERAL_70, NUMERAL_84, SMALL_13, TEXT_22};

/// A number in its cell.
pub(super) struct Tile<'a> {
    /// It is read first: its title is large.
    pub is_primary: bool,
    /// What it is.
    pub title: Say,
    /// Which of several that are called so.
    pub which: Namesake,
    /// Which one of several it is; behind the title, where there is room.
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

fn capitals(form: &str) -> Words {
    Words::of(format_args!("{}", Capitals(form)))
}

/// What tells a cell from another with the same title.
#[derive(Clone, Copy)]
pub(super) enum Namesake {
    /// There is no other.
    None,
    /// It is of this leg.
    Side(Side),
    /// It is of this one of a muscle's heads.
    Head(Say),
    /// It is of this muscle.
    Site(Site),
}

/// Rows of a title, from its capitals' top to the number's place.
const TITLE_H: i16 = 25;
/// The same of a title in large letters, and where there are few rows.
pub(super) const LARGE_TITLE_H: i16 = 27;
const TIGHT_TITLE_H: i16 = 22;
/// By so much an accent stands above the title's rows.
const ACCENT_H: i16 = 5;
/// A lower cell has no title.
const TITLED_H: i16 = 50;
/// From here on a number that stands alone is large.
const LARGE_ALONE_H: i16 = 46;
/// In a cell as wide as a small display a title is large with fewer rows.
const WIDE_W: i16 = 160;
const WIDE_ROOMY_H: i16 = 72;
/// From here on a title has air, and large letters where it may.
pub(super) const ROOMY_H: i16 = 76;
/// An arrow is this part of its number's height wide: so that in the narrowest column it keeps away from the next number.
const ARROW_PART: u32 = 4;
/// Between a number and what stands beside it.
const GAP: i16 = 4;
/// Rows that a unit's letters reach below its number.
const DESCENT_H: i16 = 4;
/// Between a title and its note.
const NOTE_GAP: i16 = 6;

static NUMERALS: [&Font; 5] = [&NUMERAL_84, &NUMERAL_70, &NUMERAL_50, &NUMERAL_44, &NUMBER_28];
static REASON_FONTS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];

impl Tile<'_> {
    /// Draws it.
    pub fn draw(&self, canvas: &mut dyn Canvas, area: Area, language: Language) {
        let (title_h, fonts): (i16, &[&'static Font]) = match area.h {
            h if h < TITLED_H => (0, &[]),
            h if h < if area.w < WIDE_W { ROOMY_H } else { WIDE_ROOMY_H } => (TIGHT_TITLE_H, &[&LABEL_17, &SMALL_13]),
            _ if self.is_primary => (LARGE_TITLE_H, &[&TEXT_22, &LABEL_17, &SMALL_13]),
            _ => (TITLE_H, &[&LABEL_17, &SMALL_13]),
        };
        let title_h = if self.needs_title_rows(area, title_h) { 0 } else { title_h };
        let (title, rest) = area.split_top(title_h);
        if title_h > 0 && !canvas.clip().intersection(&title).is_empty() {
            self.draw_title(canvas, title, fonts, language);
        }
        match self.value {
            Ok(value) if title_h > 0 => self.draw_value(canvas, rest, value),
            Ok(value) => self.draw_alone(canvas, rest, value),
            Err(choices) if area.h >= TITLED_H => text_wrapped(canvas, rest, &REASON_FONTS, choices, Ink::Ink),
            Err(choices) => {
                let fonts = if rest.h < LARGE_ALONE_H { REASON_FONTS.get(1..) } else { REASON_FONTS.get(..) };
                text_large(canvas, rest, Align::Centre, fonts.unwrap_or_default(), choices, Ink::Ink);
            }
        }
    }

    /// Words that need two lines, where there is one below the title, take the title's.
    fn needs_title_rows(&self, area: Area, title_h: i16) -> bool {
        let Err(choices) = self.value else { return false };
        let fits = |words: &Words| SMALL_13.width(words.as_str()) as i16 <= area.w;
        area.h - title_h < 2 * SMALL_13.line_height() as i16 && !choices.iter().any(fits)
    }

    fn draw_title(&self, canvas: &mut dyn Canvas, area: Area, fonts: &[&'static Font], language: Language) {
        let whole = |form| match self.which {
            Namesake::None | Namesake::Site(_) => capitals(form),
            Namesake::Side(side) => Words::of(format_args!("{} {}", side_letter(side).long(language), Capitals(form))),
            Namesake::Head(head) => capitals(filled(Say::HeadOf, language, &[head.long(language), form]).as_str()),
        };
        let found = self.site_title(area, fonts, language);
        let found = found.or_else(|| {
            fonts.iter().copied().find_map(|font| {
                let fits = |words: &Words| font.width(words.as_str()) as i16 <= area.w;
                let head = match self.which {
                    Namesake::Head(head) => Some(capitals(head.short(language))),
                    _ => None,
                };
                // At the least what it is; of which muscle a neighbour says.
                let is_told = matches!(self.which, Namesake::None) && font.digit_height() < TEXT_22.digit_height();
                let brief = self.title.short(language).split(' ').next().filter(|_| is_told).map(capitals);
                let mut titles = self.title.forms(language).map(whole).chain(head).chain(brief);
                titles.find(fits).map(|title| (font, title))
            })
        });
        let Some((font, title)) = found else { return };
        // Capitals have no descenders, whose room is kept: those with accents move into it.
        let is_accented = !title.as_str().is_ascii();
        let line = if is_accented { Area::new(area.x, area.y + ACCENT_H, area.w, area.h) } else { area };
        let taken = text(canvas, line, Align::Left, font, title.as_str(), Ink::Ink);
        // It stands closer to its own title than to the next one.
        let beside = Area::new(taken.right() + NOTE_GAP, area.y, area.right() - taken.right() - NOTE_GAP, area.h);
        if LABEL_17.width(self.note) as i16 + 2 * NOTE_GAP <= beside.w {
            text(canvas, beside, Align::Left, &LABEL_17, self.note, Ink::Ink);
        }
    }

    /// The muscle and its side, in full before large: a code says less than a name. In small print only what has no room else.
    #[inline(never)]
    fn site_title(&self, area: Area, fonts: &[&'static Font], language: Language) -> Option<(&'static Font, Words)> {
        let Namesake::Site(site) = self.which else { return None };
        let (small, large) = fonts.split_last()?;
        let names = site_names(site, language);
        for name in names.iter().map(|name| capitals(name.as_str())) {
            // Accents on the largest capitals have no room.
            let is_low = |font: &Font| name.as_str().is_ascii() || font.digit_height() < TEXT_22.digit_height();
            let fits = |font: &&&Font| font.width(name.as_str()) as i16 <= area.w && is_low(font);
            if let Some(font) = large.iter().find(fits) {
                return Some((font, name));
            }
        }
        names.last().map(|name| (*small, capitals(name.as_str())))
    }

    /// In the largest font in which it and its arrow fit, and its unit where that has room too.
    fn draw_value(&self, canvas: &mut dyn Canvas, area: Area, value: &str) {
        // Round digits overshoot.
        let below = if self.unit.is_empty() { 1 } else { DESCENT_H };
        let font = NUMERALS.iter().find(|font| {
            // One that comes does not make the number smaller; beside three digits there is seldom one.
            let is_whole = self.is_primary && self.direction == Direction::Steady && value.len() == 3;
            let arrow_w = if is_whole { 0 } else { (font.digit_height() / ARROW_PART) as i16 + GAP };
            // Nor does a single digit make it larger.
            let number_w = font.width(if self.is_primary && value.len() == 1 { "00" } else { value }) as i16;
            number_w + arrow_w <= area.w && font.digit_height() as i16 + below <= area.h
        });
        let font = font.copied().unwrap_or_else(|| in_low_cell(area, value));
        let (arrow_w, arrow_h) = ((font.digit_height() / ARROW_PART) as i16, (font.digit_height() / 2) as i16);
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
        let font = in_low_cell(area, value);
        let number_w = font.width(value) as i16;
        let unit_w = SMALL_13.width(self.unit) as i16 + GAP;
        let unit_w = if number_w + unit_w > area.w { 0 } else { unit_w };
        let left = area.x + (area.w - number_w - unit_w).max(0) / 2;
        // Round digits of a large one overshoot.
        let air = i16::from(area.h >= LARGE_ALONE_H);
        text(canvas, Area::new(left, area.y + air, number_w, area.h - air), Align::Left, font, value, Ink::Ink);
        self.draw_unit(canvas, area, left + number_w, font);
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

/// The font of secondary numbers; a long number in a narrow cell is smaller.
fn in_low_cell(area: Area, value: &str) -> &'static Font {
    let fonts: [&'static Font; 3] = [&NUMERAL_44, &NUMBER_28, &LABEL_17];
    let mut fonts = fonts.into_iter().skip(usize::from(area.h < LARGE_ALONE_H));
    fonts.find(|font| font.width(value) as i16 <= area.w).unwrap_or(&SMALL_13)
}
