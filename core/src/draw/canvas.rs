//! Areas, and the surface they are filled on.

use super::palette::{Ink, Palette, Theme, Tone};
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::primitives::Rectangle;
use serde::{Deserialize, Serialize};
use sling_fonts::Strokes;

/// A rectangle on the screen, in pixels from the top left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Left edge.
    pub x: i16,
    /// Top edge.
    pub y: i16,
    /// Width; nothing is drawn if it is not positive.
    pub w: i16,
    /// Height; nothing is drawn if it is not positive.
    pub h: i16,
}

impl Area {
    /// An area from its left top corner and its size.
    pub const fn new(x: i16, y: i16, w: i16, h: i16) -> Self {
        Self { x, y, w, h }
    }

    /// The first column to the right of it.
    pub const fn right(&self) -> i16 {
        self.x.saturating_add(self.w)
    }

    /// The first row below it.
    pub const fn bottom(&self) -> i16 {
        self.y.saturating_add(self.h)
    }

    /// The horizontal centre.
    pub const fn centre_x(&self) -> i16 {
        self.x.saturating_add(self.w / 2)
    }

    /// The vertical centre.
    pub const fn centre_y(&self) -> i16 {
        self.y.saturating_add(self.h / 2)
    }

    /// The area made smaller by `by` on every side.
    pub const fn inset(&self, by: i16) -> Self {
        Self::new(
            self.x.saturating_add(by),
            self.y.saturating_add(by),
            self.w.saturating_sub(by * 2),
            self.h.saturating_sub(by * 2),
        )
    }

    /// Cuts `h` rows from the top: that strip, and the rest.
    pub const fn split_top(&self, h: i16) -> (Self, Self) {
        (
            Self::new(self.x, self.y, self.w, h),
            Self::new(self.x, self.y.saturating_add(h), self.w, self.h.saturating_sub(h)),
        )
    }

    /// Cuts `w` columns from the left: that strip, and the rest.
    pub const fn split_left(&self, w: i16) -> (Self, Self) {
        (
            Self::new(self.x, self.y, w, self.h),
            Self::new(self.x.saturating_add(w), self.y, self.w.saturating_sub(w), self.h),
        )
    }

    /// Whether nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.w <= 0 || self.h <= 0
    }

    /// What both areas cover.
    pub fn intersection(&self, other: &Self) -> Self {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        let right = self.right().min(other.right());
        let bottom = self.bottom().min(other.bottom());
        Self::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
    }

    /// Whether `other` lies wholly inside.
    pub const fn contains(&self, other: &Self) -> bool {
        other.x >= self.x && other.y >= self.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }
}

/// A surface to draw on. Whatever falls outside is cut off.
pub trait Canvas {
    /// Width and height, pixels.
    fn size(&self) -> (i16, i16);

    /// What of it is drawn on; strokes elsewhere are lost.
    fn clip(&self) -> Area {
        let (w, h) = self.size();
        Area::new(0, 0, w, h)
    }

    /// Whether tints that only colour displays have are seen on it: where they are not, nobody needs to draw them.
    fn has_tints(&self) -> bool {
        false
    }

    /// Fills an area.
    fn fill(&mut self, area: Area, ink: Ink);

    /// Inks the set bits of a bitmap in a solid ink. Its rows are padded to bytes by clear bits, most significant bit first.
    fn bitmap(&mut self, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink);

    /// Fills the rectangles of a glyph that takes `whole`, in a solid ink.
    fn strokes(&mut self, whole: Area, strokes: Strokes<'_>, ink: Ink);
}

/// A part of a canvas.
pub struct Clipped<'a> {
    canvas: &'a mut dyn Canvas,
    clip: Area,
}

impl<'a> Clipped<'a> {
    /// What of `canvas` lies in an area.
    pub fn new(canvas: &'a mut dyn Canvas, area: Area) -> Self {
        let clip = canvas.clip().intersection(&area);
        Self { canvas, clip }
    }
}

impl Canvas for Clipped<'_> {
    fn size(&self) -> (i16, i16) {
        self.canvas.size()
    }

    fn clip(&self) -> Area {
        self.clip
    }

    fn has_tints(&self) -> bool {
        self.canvas.has_tints()
    }

    fn fill(&mut self, area: Area, ink: Ink) {
        self.canvas.fill(area.intersection(&self.clip), ink);
    }

    fn bitmap(&mut self, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink) {
        let rows = bits.len() / usize::from(width.unsigned_abs().div_ceil(8)).max(1);
        let whole = Area::new(x, y, width, i16::try_from(rows).unwrap_or(i16::MAX));
        if self.clip.contains(&whole) {
            self.canvas.bitmap(x, y, width, bits, ink);
        } else if !self.clip.intersection(&whole).is_empty() {
            bitmap_by_runs(self, x, y, width, bits, ink);
        }
    }

    fn strokes(&mut self, whole: Area, strokes: Strokes<'_>, ink: Ink) {
        if self.clip.contains(&whole) {
            self.canvas.strokes(whole, strokes, ink);
        } else if !self.clip.intersection(&whole).is_empty() {
            strokes_by_fills(self, whole, strokes, ink);
        }
    }
}

/// Fills a glyph's rectangles one by one, on a canvas that has no better way.
pub fn strokes_by_fills(canvas: &mut dyn Canvas, whole: Area, strokes: Strokes<'_>, ink: Ink) {
    strokes.each(whole.x.into(), whole.y.into(), |it| {
        canvas.fill(Area::new(it.left as i16, it.top as i16, it.width as i16, it.height as i16), ink);
    });
}

/// Inks a bitmap run by run, on a canvas that has no better way.
pub(super) fn bitmap_by_runs(canvas: &mut dyn Canvas, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink) {
    let stride = usize::from(width.unsigned_abs().div_ceil(8)).max(1);
    for (row, bytes) in (0_i16..).zip(bits.chunks(stride)) {
        for (start, end) in runs(bytes, width) {
            canvas.fill(Area::new(x.saturating_add(start), y.saturating_add(row), end - start, 1), ink);
        }
    }
}

/// The runs of set bits in a row, as half-open column ranges.
fn runs(bytes: &[u8], width: i16) -> impl Iterator<Item = (i16, i16)> + '_ {
    let is_set = move |column: i16| {
        let column = usize::from(column.unsigned_abs());
        bytes.get(column / 8).is_some_and(|byte| byte & (0x80 >> (column % 8)) != 0)
    };
    let mut from = 0;
    core::iter::from_fn(move || {
        let start = (from..width).find(|&c| is_set(c))?;
        let end = (start..width).find(|&c| !is_set(c)).unwrap_or(width);
        from = end;
        Some((start, end))
    })
}

/// A canvas on any `embedded_graphics` draw target, in the colours of a theme.
pub struct OnTarget<'a, D: DrawTarget> {
    target: &'a mut D,
    theme: Theme,
    error: Option<D::Error>,
}

impl<'a, D: DrawTarget> OnTarget<'a, D> {
    /// Wraps a target.
    pub const fn new(target: &'a mut D, theme: Theme) -> Self {
        Self { target, theme, error: None }
    }

    /// The first error that the target gave, if any did.
    pub fn finish(self) -> Result<(), D::Error> {
        self.error.map_or(Ok(()), Err)
    }
}

impl<D: DrawTarget> Canvas for OnTarget<'_, D>
where
    D::Color: Palette,
{
    fn size(&self) -> (i16, i16) {
        let size = self.target.bounding_box().size;
        let side = |n: u32| i16::try_from(n).unwrap_or(i16::MAX);
        (side(size.width), side(size.height))
    }

    fn has_tints(&self) -> bool {
        D::Color::HAS_TINTS
    }

    fn fill(&mut self, area: Area, ink: Ink) {
        let (w, h) = self.size();
        let area = area.intersection(&Area::new(0, 0, w, h));
        if area.is_empty() || self.error.is_some() {
            return;
        }
        let result = match D::Color::tone(ink, self.theme) {
            Tone::Solid(colour) => {
                let corner = Point::new(i32::from(area.x), i32::from(area.y));
                let size = Size::new(u32::from(area.w.unsigned_abs()), u32::from(area.h.unsigned_abs()));
                self.target.fill_solid(&Rectangle::new(corner, size), colour)
            }
            Tone::Dither(dither) => {
                let points = (area.y..area.bottom()).flat_map(|y| (area.x..area.right()).map(move |x| (x, y)));
                self.target
                    .draw_iter(points.map(|(x, y)| Pixel(Point::new(i32::from(x), i32::from(y)), dither.at(x, y))))
            }
        };
        self.error = result.err();
    }

    fn bitmap(&mut self, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink) {
        bitmap_by_runs(self, x, y, width, bits, ink);
    }

    fn strokes(&mut self, whole: Area, strokes: Strokes<'_>, ink: Ink) {
        strokes_by_fills(self, whole, strokes, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_across_bytes_and_stop_at_the_width() {
        let found: heapless::Vec<_, 8> = runs(&[0b0110_0001, 0b1000_1111], 14).collect();
        assert_eq!(found.as_slice(), [(1, 3), (7, 9), (12, 14)]);
    }

    #[test]
    fn areas_split_without_losing_a_pixel() {
        let (top, rest) = Area::new(2, 3, 10, 20).split_top(5);
        assert_eq!((top, rest), (Area::new(2, 3, 10, 5), Area::new(2, 8, 10, 15)));
        let (left, right) = rest.split_left(4);
        assert_eq!((left, right), (Area::new(2, 8, 4, 15), Area::new(6, 8, 6, 15)));
        assert!(rest.contains(&left) && rest.contains(&right));
    }
}
