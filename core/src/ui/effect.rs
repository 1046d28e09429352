//! A difference that was measured, with the interval that it lies in, and in plain words what it shows: never that it is
//! better or worse. Points of SmO2, in tenths.

use super::layout::{self, row};
use super::{Cells, Field, put};
use crate::draw::{Align, Area, Canvas, Ink, Words, text, text_large, text_wrapped};
use crate::field::{Choices, Snapshot, forms};
use crate::language::{Capitals, Language, Say};
use crate::math;
use crate::session::{Interval, Spoil, What};
use core::fmt;
use sling_fonts::{Font, LABEL_17, NUMBER_28, NUMERAL_44, SMALL_13, TEXT_22};

/// What is known of a difference.
pub(super) struct Finding {
    /// The difference, once there is one.
    pub interval: Option<Interval>,
    /// What it shows, or what it still needs.
    pub verdict: Choices,
}

/// A difference as a field.
pub(super) struct Effect {
    pub id: &'static str,
    /// Of what.
    pub what: What,
    /// Where it comes from.
    pub find: fn(&Snapshot<'_>, What) -> Finding,
}

static NUMERALS: [&Font; 4] = [&NUMERAL_44, &NUMBER_28, &TEXT_22, &LABEL_17];
static WORDS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
static LABELS: [&Font; 2] = [&LABEL_17, &SMALL_13];
/// What most differences and their intervals have room in: fields side by side have numbers of one size.
const USUAL: (&str, &str) = ("−9.9", "9.9");
const TITLE_H: i16 = 29;
const SMALL_TITLE_H: i16 = 22;
/// A lower field has its title in small print.
const ROOMY_H: i16 = 104;
/// Rows of a verdict in the largest letters, and in a column where it takes two lines.
const VERDICT_H: i16 = 31;
const NARROW_VERDICT_H: i16 = 59;
const NARROW_W: i16 = 150;
/// Between the number and its interval.
const GAP: i16 = 6;
/// Around the number's rows.
const AIR_H: i16 = 6;

/// Rows below which a column has no room for a number and two lines.
const COLUMN_H: i16 = 88;

/// D above, calf and thigh below it side by side; D alone where that is too low.
pub(super) fn lay_out_effects(cells: &mut Cells, area: Area, [d, calf, thigh]: [&'static dyn Field; 3]) {
    let (upper, lower) = area.split_top(area.h / 2);
    if lower.h < COLUMN_H {
        return put(cells, area, d);
    }
    put(cells, upper, d);
    row(cells, lower.split_top(layout::GAP).1, &[calf, thigh], 2 * layout::GAP);
}

impl Effect {
    const fn say(&self) -> Say {
        match self.what {
            What::Calf => Say::Calf,
            What::Thigh => Say::Thigh,
            What::D => Say::CalfLessThigh,
        }
    }
}

impl Field for Effect {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, language: Language) -> &'static str {
        self.say().long(language)
    }

    fn unit(&self) -> &'static str {
        "points"
    }

    fn smallest(&self) -> (i16, i16) {
        (110, 60)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let found = (self.find)(snapshot, self.what);
        let is_roomy = area.h >= ROOMY_H;
        let (title, rest) = area.split_top(if is_roomy { TITLE_H } else { SMALL_TITLE_H });
        let titles: Choices =
            self.say().forms(snapshot.language).map(|form| Words::of(format_args!("{}", Capitals(form)))).collect();
        let is_large = snapshot.config.large_text && is_roomy && titles.iter().all(|title| title.as_str().is_ascii());
        line(canvas, title, Align::Left, if is_large { &WORDS } else { &LABELS }, &titles, Ink::Ink);
        let Some(interval) = found.interval else {
            text_wrapped(canvas, rest, &WORDS, &found.verdict, Ink::Ink);
            return;
        };
        let verdict_h = if area.w < NARROW_W { NARROW_VERDICT_H } else { VERDICT_H };
        let number = in_tenths(interval.difference, true);
        let half_width = in_tenths(interval.half_width, false);
        let width = |font: &'static Font| {
            let of = |text: &str, usual: &str| font.width(text).max(font.width(usual)) as i16;
            of(number.as_str(), USUAL.0) + of(half_width.as_str(), USUAL.1) + sign_font(font).width("±") as i16 + GAP
        };
        let height = |font: &Font| font.digit_height() as i16 + AIR_H;
        let has_room =
            |font: &Font| height(font) + verdict_h <= rest.h || font.digit_height() <= TEXT_22.digit_height();
        let fits = |font: &&&'static Font| width(font) <= area.w && has_room(font);
        let font = NUMERALS.iter().find(fits).copied().unwrap_or(&SMALL_13);
        // The verdict says it; the numbers below it say how sure that is.
        let (words, row) = rest.split_top(rest.h - height(font));
        text_wrapped(canvas, words, &WORDS, &found.verdict, Ink::Ink);
        let sign = sign_font(font);
        let [number_w, sign_w, half_w] =
            [font.width(number.as_str()), sign.width("±"), font.width(half_width.as_str())].map(|w| w as i16);
        let mut x = area.x + (area.w - number_w - GAP - sign_w - half_w).max(0) / 2;
        for (font, words, w, gap) in
            [(font, number.as_str(), number_w, GAP), (sign, "±", sign_w, 0), (font, half_width.as_str(), half_w, 0)]
        {
            text(canvas, Area::new(x, row.y, w, row.h), Align::Left, font, words, Ink::Ink);
            x += w + gap;
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let found = (self.find)(snapshot, self.what);
        write!(out, "{}", self.say().long(snapshot.language))?;
        if let Some(Interval { difference, half_width }) = found.interval {
            write!(out, " {} ±{}", in_tenths(difference, true), in_tenths(half_width, false))?;
        }
        write!(out, ": {}", found.verdict.first().map_or("", Words::as_str))
    }
}

/// The font that has a ± for numbers in `font`.
fn sign_font(font: &'static Font) -> &'static Font {
    if font.digit_height() > NUMBER_28.digit_height() { &NUMBER_28 } else { font }
}

/// Points in tenths, with a sign if it is asked for and there is one.
pub(super) fn in_tenths(points: f32, signed: bool) -> Words {
    let tenths = math::round_i32(math::clamp(points, -99.9, 99.9) * 10.0);
    let sign = match tenths.signum() {
        1 if signed => "+",
        -1 => "−",
        _ => "",
    };
    Words::of(format_args!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10))
}

/// One line that stays within its rows whatever its letters: in the first of `fonts` that is low enough and has a choice that fits.
pub(super) fn line(
    canvas: &mut dyn Canvas,
    area: Area,
    align: Align,
    fonts: &[&'static Font],
    choices: &[Words],
    ink: Ink,
) {
    let low = fonts.iter().position(|font| font.line_height() as i16 <= area.h).unwrap_or(fonts.len());
    text_large(canvas, area, align, fonts.get(low..).unwrap_or_default(), choices, ink);
}

/// Why seconds that were being measured are no good, in words.
pub(super) const fn spoil_words(why: Spoil) -> Say {
    match why {
        Spoil::NoSensor => Say::NoSensor,
        Spoil::Reading(reason) => reason.say(),
        Spoil::Changed => Say::Moved,
        Spoil::Pedalling => Say::Pedalling,
        Spoil::Standing => Say::Standing,
        Spoil::Coasting => Say::Coasting,
        Spoil::PowerMoved => Say::PowerMoved,
        Spoil::Gap => Say::TimeGap,
    }
}

/// A text with a reason in it: each of its forms with the reason at its longest and at its shortest.
pub(super) fn with_reason(say: Say, why: Spoil, language: Language) -> Choices {
    let reason = spoil_words(why);
    let mut choices = forms(say, language, &[reason.long(language)]);
    choices.extend(forms(say, language, &[reason.short(language)]).into_iter().take(6));
    choices
}

/// A text with seconds in it.
pub(super) fn with_seconds(say: Say, seconds: u16, language: Language) -> Choices {
    forms(say, language, &[Words::of(format_args!("{seconds}")).as_str()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_said_in_tenths_and_nothing_has_no_sign() {
        for (points, said) in [(1.44, "+1.4"), (-0.26, "−0.3"), (0.04, "0.0"), (-0.04, "0.0"), (1e9, "+99.9")] {
            assert_eq!(in_tenths(points, true).as_str(), said);
        }
        assert_eq!(in_tenths(3.25, false).as_str(), "3.3");
    }
}
