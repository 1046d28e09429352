//! A 1-bit framebuffer with byte-wide fills: rows padded to bytes, most significant bit leftmost, set is On.
//!
//! The stock framebuffer of `embedded_graphics` sets pixels one by one, which costs 24 instructions each.

use super::canvas::{Area, Canvas};
use super::palette::{Ink, Palette, Theme, Tone, is_dot};
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Dimensions, Point, Size};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;

/// A frame of `W` by `H` pixels; `BYTES` is `W / 8` (rounded up) times `H`.
#[derive(Clone)]
pub struct MonoFrame<const W: i16, const H: i16, const BYTES: usize> {
    bytes: [u8; BYTES],
    theme: Theme,
}

impl<const W: i16, const H: i16, const BYTES: usize> MonoFrame<W, H, BYTES> {
    const STRIDE: usize = (W as usize).div_ceil(8);
    const FITS: () = assert!(W > 0 && H > 0 && BYTES == Self::STRIDE * H as usize, "BYTES is W/8 rounded up, times H");

    /// An empty frame, all pixels off.
    pub const fn new(theme: Theme) -> Self {
        let () = Self::FITS;
        Self { bytes: [0; BYTES], theme }
    }

    /// The rows, one after the other.
    pub const fn bytes(&self) -> &[u8; BYTES] {
        &self.bytes
    }

    /// Whether a pixel is on; outside, none is.
    pub fn pixel(&self, x: i16, y: i16) -> bool {
        if x < 0 || y < 0 || x >= W || y >= H {
            return false;
        }
        let byte = usize::from(y.unsigned_abs()) * Self::STRIDE + usize::from(x.unsigned_abs()) / 8;
        self.bytes.get(byte).is_some_and(|b| b & (0x80 >> (x & 7)) != 0)
    }

    fn fill_with(&mut self, area: Area, pattern: impl Fn(i16) -> u8) {
        let area = area.intersection(&Area::new(0, 0, W, H));
        if area.is_empty() {
            return;
        }
        let (left, right) = (usize::from(area.x.unsigned_abs()), usize::from(area.right().unsigned_abs()));
        let (first, last) = (left / 8, (right - 1) / 8);
        let left_mask = 0xff_u8 >> (left % 8);
        let right_mask = 0xff_u8 << (7 - (right - 1) % 8);
        for y in area.y..area.bottom() {
            let bits = pattern(y);
            let start = usize::from(y.unsigned_abs()) * Self::STRIDE;
            let Some(row) = self.bytes.get_mut(start + first..=start + last) else { continue };
            let n = row.len();
            for (i, byte) in row.iter_mut().enumerate() {
                let mut mask = 0xff;
                if i == 0 {
                    mask &= left_mask;
                }
                if i + 1 == n {
                    mask &= right_mask;
                }
                *byte = (*byte & !mask) | (bits & mask);
            }
        }
    }

    fn fill_tone(&mut self, area: Area, tone: Tone<BinaryColor>) {
        match tone {
            Tone::Solid(colour) => self.fill_with(area, |_| if colour.is_on() { 0xff } else { 0 }),
            Tone::Dither(dither) => self.fill_with(area, |y| {
                // Both patterns repeat every four columns, so one byte serves the whole row.
                let dots = (0..8).fold(0, |bits, x| (bits << 1) | u8::from(is_dot(dither.sparse, x, y)));
                if dither.dot.is_on() { dots } else { !dots }
            }),
        }
    }
}

impl<const W: i16, const H: i16, const BYTES: usize> Canvas for MonoFrame<W, H, BYTES> {
    fn size(&self) -> (i16, i16) {
        (W, H)
    }

    fn fill(&mut self, area: Area, ink: Ink) {
        self.fill_tone(area, BinaryColor::tone(ink, self.theme));
    }

    fn bitmap(&mut self, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink) {
        let Tone::Solid(colour) = BinaryColor::tone(ink, self.theme) else { return };
        let stride = usize::from(width.unsigned_abs().div_ceil(8)).max(1);
        for (row, source) in (0_i16..).zip(bits.chunks(stride)) {
            let y = y.saturating_add(row);
            if y < 0 || y >= H {
                continue;
            }
            let start = usize::from(y.unsigned_abs()) * Self::STRIDE;
            let Some(target) = self.bytes.get_mut(start..start + Self::STRIDE) else { continue };
            for (i, &byte) in (0_i16..).zip(source) {
                let column = x.saturating_add(i * 8);
                // Bits past the bitmap's width are padding.
                let spare = (i * 8 + 8 - width).clamp(0, 8);
                let byte = byte & (0xff_u16 << spare) as u8;
                let shifted = (u16::from(byte) << 8) >> (column & 7);
                for (offset, part) in [(0, (shifted >> 8) as u8), (1, shifted as u8)] {
                    let at = (column >> 3) + offset;
                    if at < 0 || at.saturating_mul(8) >= W {
                        continue;
                    }
                    let inside = W - at * 8;
                    let part = if inside < 8 { part & (0xff_u16 << (8 - inside)) as u8 } else { part };
                    if let Some(b) = target.get_mut(usize::from(at.unsigned_abs())) {
                        *b = if colour.is_on() { *b | part } else { *b & !part };
                    }
                }
            }
        }
    }
}

impl<const W: i16, const H: i16, const BYTES: usize> Dimensions for MonoFrame<W, H, BYTES> {
    fn bounding_box(&self) -> Rectangle {
        Rectangle::new(Point::zero(), Size::new(u32::from(W.unsigned_abs()), u32::from(H.unsigned_abs())))
    }
}

impl<const W: i16, const H: i16, const BYTES: usize> DrawTarget for MonoFrame<W, H, BYTES> {
    type Color = BinaryColor;
    type Error = core::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        for Pixel(point, colour) in pixels {
            if let (Ok(x), Ok(y)) = (i16::try_from(point.x), i16::try_from(point.y)) {
                self.fill_tone(Area::new(x, y, 1, 1), Tone::Solid(colour));
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: BinaryColor) -> Result<(), Self::Error> {
        let area = area.intersection(&self.bounding_box());
        // Inside the frame everything fits an i16.
        let area =
            Area::new(area.top_left.x as i16, area.top_left.y as i16, area.size.width as i16, area.size.height as i16);
        self.fill_tone(area, Tone::Solid(colour));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::OnTarget;
    use super::*;

    type Frame = MonoFrame<21, 9, 27>;

    /// A small generator of test geometry; any sequence will do.
    fn numbers() -> impl FnMut(i16) -> i16 {
        let mut state = 0x2545_f491_u32;
        move |below| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state % below as u32) as i16
        }
    }

    #[test]
    fn fills_and_bitmaps_equal_the_pixel_by_pixel_drawing() {
        let mut next = numbers();
        let (mut fast, mut slow) = (Frame::new(Theme::Day), Frame::new(Theme::Day));
        for _ in 0..2000 {
            let ink = [Ink::Paper, Ink::Ink, Ink::Shade, Ink::Grid][next(4) as usize];
            let (x, y) = (next(40) - 10, next(20) - 5);
            if next(2) == 0 {
                let area = Area::new(x, y, next(30), next(12));
                fast.fill(area, ink);
                let mut target = OnTarget::new(&mut slow, Theme::Day);
                target.fill(area, ink);
            } else {
                let bits: [u8; 12] = core::array::from_fn(|_| next(256) as u8);
                let ink = [Ink::Paper, Ink::Ink][next(2) as usize];
                let width = 1 + next(20);
                fast.bitmap(x, y, width, &bits, ink);
                let mut target = OnTarget::new(&mut slow, Theme::Day);
                target.bitmap(x, y, width, &bits, ink);
            }
            assert_eq!(fast.bytes(), slow.bytes());
        }
    }

    #[test]
    fn nothing_is_drawn_past_the_right_edge() {
        let mut frame = Frame::new(Theme::Day);
        frame.fill(Area::new(-5, -5, 100, 100), Ink::Ink);
        frame.bitmap(17, 0, 8, &[0xff], Ink::Ink);
        assert!(frame.bytes().chunks(3).all(|row| row == [0xff, 0xff, 0xf8]));
    }
}
