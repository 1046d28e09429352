//! Text in the bitmap fonts.

use super::canvas::{Area, Canvas};
use super::palette::Ink;
use core::fmt;
use sling_fonts::{Font, Shape};

/// Where text stands in its area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// In the middle.
    Centre,
    /// At the right edge.
    Right,
}

/// A short text being put together; what does not fit is cut off at a character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(heapless::String<48>);

impl Words {
    /// The text of `arguments`.
    pub fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut words = Self::default();
        let _ = fmt::write(&mut words, arguments);
        words
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.push_str(text).is_ok() {
            return Ok(());
        }
        text.chars().try_for_each(|c| self.write_char(c))
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        self.0.push(c).map_err(|_| fmt::Error)
    }
}

/// No letter reaches further out of its line.
const MARGIN: i16 = 16;

/// Draws one line, its digits about the middle of `area` and all of it inside. Returns the columns it took.
pub fn text(canvas: &mut dyn Canvas, area: Area, align: Align, font: &Font, words: &str, ink: Ink) -> Area {
    let mut width = font.width(words) as i16;
    // A line that is too long stands closer rather than in its neighbour's place.
    let mut closer = 0;
    if width > area.w {
        let gaps = (words.chars().count() as i16 - 1).max(1);
        closer = (width - area.w + gaps - 1) / gaps;
        width -= closer * gaps;
    }
    let x = match align {
        Align::Left => area.x,
        Align::Centre => area.x.saturating_add((area.w - width) / 2),
        Align::Right => area.right().saturating_sub(width),
    };
    let line = Area::new(x, area.y, width, area.h);
    // Letters reach out of their line a little at most.
    if canvas.clip().intersection(&line.inset(-MARGIN)).is_empty() {
        return line;
    }
    let top = line_top(area, font);
    let mut pen = x;
    for c in words.chars() {
        let glyph = font.glyph_or_replacement(c);
        let (left, width) = (pen.saturating_add(i16::from(glyph.left)), i16::from(glyph.width));
        let glyph_top = top.saturating_add(i16::from(glyph.top));
        match glyph.shape {
            Shape::Strokes(strokes) => {
                let whole = Area::new(left, glyph_top, width, i16::from(glyph.height));
                canvas.strokes(whole, strokes, ink);
            }
            Shape::Bits(bits) if font.is_tall() => {
                for (row, bits) in (glyph.top..).zip(bits.chunks(usize::from(glyph.width.div_ceil(8).max(1)))) {
                    let (down, times) = font.place(row);
                    for again in 0..times {
                        canvas.bitmap(left, top.saturating_add(down + again), width, bits, ink);
                    }
                }
            }
            Shape::Bits(bits) => canvas.bitmap(left, glyph_top, width, bits, ink),
        }
        pen = pen.saturating_add(i16::from(glyph.advance) - closer);
    }
    line
}

/// One line: the first of `choices` that fits, in the first of `fonts` in which it does; nothing if none does.
pub fn text_in(
    canvas: &mut dyn Canvas,
    area: Area,
    align: Align,
    fonts: &[&'static Font],
    choices: &[Words],
    ink: Ink,
) {
    let fits = |font: &Font, words: &str| font.width(words) as i16 <= area.w && font.digit_height() as i16 <= area.h;
    for words in choices.iter().map(Words::as_str) {
        if let Some(font) = fonts.iter().find(|font| fits(font, words)) {
            text(canvas, area, align, font, words, ink);
            return;
        }
    }
    #[cfg(test)]
    dropped::note(area, choices);
}

/// One line as large as it can be said: the first of `choices` that fits, in the first of `fonts` in which any does.
/// Returns whether one did.
pub fn text_large(
    canvas: &mut dyn Canvas,
    area: Area,
    align: Align,
    fonts: &[&'static Font],
    choices: &[Words],
    ink: Ink,
) -> bool {
    for font in fonts {
        let fits = |words: &&Words| font.width(words.as_str()) as i16 <= area.w;
        if let Some(words) = choices.iter().find(fits).filter(|_| font.digit_height() as i16 <= area.h) {
            text(canvas, area, align, font, words.as_str(), ink);
            return true;
        }
    }
    #[cfg(test)]
    dropped::note(area, choices);
    false
}

/// The line's top row: digits in the middle, or as far up from there as descenders need and digits allow.
fn line_top(area: Area, font: &Font) -> i16 {
    let digit = font.digit_height() as i16;
    let above_digit = font.baseline() as i16 - digit;
    let centred = area.y.saturating_add((area.h - digit) / 2);
    let for_descenders = area.bottom().saturating_sub(font.line_height() as i16 - above_digit);
    centred.min(for_descenders).max(area.y).saturating_sub(above_digit)
}

/// Draws words over as many lines as they need, centred in `area` both ways: the first of `choices` that fits, in the first
/// of `fonts` in which any does; the last in the last if none does.
pub fn text_wrapped(canvas: &mut dyn Canvas, area: Area, fonts: &[&'static Font], choices: &[Words], ink: Ink) {
    let fits = |font: &Font, words: &str| {
        let lines = wrap(font, words, area.w);
        pitch(font) * lines.len() as i16 + ASCENT_H <= area.h
            && lines.iter().all(|line| font.width(line) as i16 <= area.w)
    };
    let all = fonts.iter().flat_map(|font| choices.iter().map(move |words| (*font, words.as_str())));
    let last = fonts.last().copied().zip(choices.last().map(Words::as_str));
    let Some((font, words)) = all.into_iter().find(|(font, words)| fits(font, words)).or(last) else { return };
    let lines = wrap(font, words, area.w);
    let height = pitch(font);
    let mut y = area.y.saturating_add((area.h + ASCENT_H - height.saturating_mul(lines.len() as i16)) / 2);
    for line in &lines {
        text(canvas, Area::new(area.x, y, area.w, height), Align::Centre, font, line, ink);
        y = y.saturating_add(height);
    }
}

/// By so much a letter may be higher than a digit.
const ASCENT_H: i16 = 2;

/// From one line to the next: nothing that is wrapped has accents on capitals.
const fn pitch(font: &Font) -> i16 {
    (font.line_height() + font.digit_height() - font.baseline()) as i16
}

/// Breaks words at spaces so that lines fit `width`, if they can. Not behind a digit: a number stays with its unit.
fn wrap<'a>(font: &Font, words: &'a str, width: i16) -> heapless::Vec<&'a str, 4> {
    let mut lines = heapless::Vec::new();
    let mut rest = words.trim_ascii();
    while !rest.is_empty() && !lines.is_full() {
        let mut end = rest.len();
        while font.width(rest.get(..end).unwrap_or(rest)) as i16 > width {
            match rest.get(..end).and_then(last_break) {
                Some(space) => end = space,
                None => break,
            }
        }
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let _ = lines.push(line);
        rest = after.trim_ascii_start();
    }
    lines
}

/// The last space of a line that does not stand behind a digit.
fn last_break(line: &str) -> Option<usize> {
    // Byte by byte: searching text from its end brings half a kilobyte of the library's code with it.
    let is = |at: Option<usize>, what: fn(&u8) -> bool| at.and_then(|at| line.as_bytes().get(at)).is_some_and(what);
    let is_break = |at: usize| is(Some(at), |c| *c == b' ') && !is(at.checked_sub(1), u8::is_ascii_digit);
    (0..line.len()).rev().find(|&at| is_break(at))
}

/// What had no room and was not drawn: a test asks that there be nothing.
#[cfg(test)]
pub(crate) mod dropped {
    extern crate std;
    use super::{Area, Words};
    use std::{cell::RefCell, format, string::String, thread_local, vec::Vec};

    thread_local!(static DROPPED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

    pub(super) fn note(area: Area, choices: &[Words]) {
        if let Some(shortest) = choices.last() {
            DROPPED.with_borrow_mut(|all| all.push(format!("{shortest} in {}x{}", area.w, area.h)));
        }
    }

    /// What was dropped on this thread since this was last asked.
    pub(crate) fn take() -> Vec<String> {
        DROPPED.take()
    }
}
