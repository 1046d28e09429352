//! A 1-bit framebuffer with byte-wide fills and glyphs: rows padded to bytes, most significant bit leftmost, set is On.
//!
//! The stock framebuffer of `embedded_graphics` sets pixels one by one, which costs 24 instructions each.

use super::canvas::{Area, Canvas, bitmap_by_runs, strokes_by_fills};
use super::palette::{Ink, Theme, Tone, binary_tone, is_dot};
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Dimensions, Point, Size};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;
use sling_fonts::Strokes;

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

    /// The bytes of a row; none outside.
    pub fn row(&self, y: i16) -> &[u8] {
        let start = usize::from(y.unsigned_abs()) * Self::STRIDE;
        self.bytes.get(start..start + Self::STRIDE).filter(|_| y >= 0).unwrap_or_default()
    }

    /// Fills an area with one byte in even rows and another in odd ones. Most of what is drawn goes through here, a few
    /// pixels at a time: what it takes before the first of them counts as much as a row does.
    fn fill_with(&mut self, area: Area, [even, odd]: [u8; 2]) {
        let (left, right) = (i32::from(area.x), i32::from(area.x) + i32::from(area.w));
        let (top, bottom) = (i32::from(area.y), i32::from(area.y) + i32::from(area.h));
        if left >= right || top >= bottom {
            return;
        }
        if left < 0 || top < 0 || right > i32::from(W) || bottom > i32::from(H) {
            let inside = area.intersection(&Area::new(0, 0, W, H));
            if inside != area {
                self.fill_with(inside, [even, odd]);
            }
            return;
        }
        let (left, right, top, bottom) = (left as usize, right as usize, top as usize, bottom as usize);
        let (mut bits, mut next) = if top % 2 == 0 { (even, odd) } else { (odd, even) };
        let (first, last) = (left / 8, (right - 1) / 8);
        let left_mask = 0xff_u8 >> (left % 8);
        let right_mask = 0xff_u8 << (7 - (right - 1) % 8);
        let (mut start, end) = (top * Self::STRIDE, bottom * Self::STRIDE);
        if first == last {
            let mask = left_mask & right_mask;
            (bits, next) = (bits & mask, next & mask);
            start += first;
            while start < end {
                if let Some(byte) = self.bytes.get_mut(start) {
                    *byte = (*byte & !mask) | bits;
                }
                (bits, next) = (next, bits);
                start += Self::STRIDE;
            }
            return;
        }
        let span = left % 8 + right - left;
        if span <= 32 && end - Self::STRIDE + first + 4 <= BYTES {
            // Four bytes are no slower than two: all of a row at once.
            let mask = ((u32::MAX << (32 - span)) & (u32::MAX >> (left % 8))).to_be();
            let [mut bits, mut next] = [bits, next].map(|bits| (u32::from(bits) * 0x0101_0101) & mask);
            while start < end {
                if let Some(four) = self.bytes.get_mut(start + first..).and_then(<[u8]>::first_chunk_mut::<4>) {
                    *four = ((u32::from_ne_bytes(*four) & !mask) | bits).to_ne_bytes();
                }
                (bits, next) = (next, bits);
                start += Self::STRIDE;
            }
            return;
        }
        if even == odd && left == 0 && right == Self::STRIDE * 8 {
            fill_bytes(self.bytes.get_mut(start..end).unwrap_or_default(), even);
            return;
        }
        while start < end {
            if let Some([head, middle @ .., tail]) = self.bytes.get_mut(start + first..=start + last) {
                *head = (*head & !left_mask) | (bits & left_mask);
                fill_bytes(middle, bits);
                *tail = (*tail & !right_mask) | (bits & right_mask);
            }
            (bits, next) = (next, bits);
            start += Self::STRIDE;
        }
    }
}

/// As `fill` does, which for so few bytes takes longer to begin than to do.
fn fill_bytes(bytes: &mut [u8], bits: u8) {
    let four = (u32::from(bits) * 0x0101_0101).to_le_bytes();
    let (sixteens, rest) = bytes.as_chunks_mut::<16>();
    for bytes in sixteens {
        let [a, b, c, d] = bytes.as_chunks_mut::<4>().0 else { continue };
        (*a, *b, *c, *d) = (four, four, four, four);
    }
    let (fours, rest) = rest.as_chunks_mut::<4>();
    for bytes in fours {
        *bytes = four;
    }
    for byte in rest {
        *byte = bits;
    }
}

/// An ink's pixels in an even row and in an odd one, eight at a time: all patterns repeat every two rows and four columns.
const fn rows_of(ink: Ink, theme: Theme) -> [u8; 2] {
    match binary_tone(ink, theme) {
        Tone::Solid(colour) => [byte_of(colour); 2],
        Tone::Dither(dither) => {
            let ground = !byte_of(dither.dot);
            [dots(dither.sparse, 0) ^ ground, dots(dither.sparse, 1) ^ ground]
        }
    }
}

const fn byte_of(colour: BinaryColor) -> u8 {
    match colour {
        BinaryColor::On => 0xff,
        BinaryColor::Off => 0,
    }
}

/// The dots of a pattern in eight pixels of a row.
const fn dots(sparse: u8, y: i16) -> u8 {
    let (mut bits, mut x) = (0, 0);
    while x < 8 {
        bits = (bits << 1) | is_dot(sparse, x, y) as u8;
        x += 1;
    }
    bits
}

/// Every ink's by day; by night all are the other way round. Those that are left out are paper.
static ROWS: [[u8; 2]; 6] = {
    let mut rows = [[0; 2]; 6];
    let inks = [Ink::Paper, Ink::Ink, Ink::Calf, Ink::Thigh, Ink::Shade, Ink::Grid];
    let mut i = 0;
    while i < inks.len() {
        rows[inks[i] as usize] = rows_of(inks[i], Theme::Day);
        i += 1;
    }
    rows
};

fn rows(ink: Ink, theme: Theme) -> [u8; 2] {
    let [even, odd] = ROWS.get(ink as usize).copied().unwrap_or_default();
    match theme {
        Theme::Day => [even, odd],
        Theme::Night => [!even, !odd],
    }
}

impl<const W: i16, const H: i16, const BYTES: usize> Canvas for MonoFrame<W, H, BYTES> {
    fn size(&self) -> (i16, i16) {
        (W, H)
    }

    fn fill(&mut self, area: Area, ink: Ink) {
        self.fill_with(area, rows(ink, self.theme));
    }

    fn bitmap(&mut self, x: i16, y: i16, width: i16, bits: &[u8], ink: Ink) {
        let [colour, other] = rows(ink, self.theme);
        let stride = usize::from(width.unsigned_abs().div_ceil(8));
        let height = bits.len().checked_div(stride).unwrap_or(0);
        if width <= 0 || height == 0 || colour != other {
            return;
        }
        let area = Area::new(x, y, width, height as i16);
        let (left, shift) = (usize::from(x.unsigned_abs()), x & 7);
        let mut start = usize::from(y.unsigned_abs()) * Self::STRIDE + left / 8;
        // Four bytes are taken at a time, in the end some that are not touched: they must be there.
        let fours = stride / 4 + 1;
        let end = start + (height - 1) * Self::STRIDE + fours * 4;
        if !Area::new(0, 0, W, H).contains(&area) || end > BYTES {
            bitmap_by_runs(self, x, y, width, bits, ink);
            return;
        }
        // Of the last four bytes of a row these are its own, none to three.
        let keep = !(u32::MAX >> (stride % 4 * 8));
        // Where the ink is off, bits that are set by the first step are cleared again by the second.
        let off = u32::from(!colour) * 0x0101_0101;
        let mut source = bits;
        // Small letters, of which there are most: all of a row at once.
        while fours == 1 && !source.is_empty() {
            if let Some(four) = self.bytes.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<4>) {
                let part = (four_of(source).0 & keep) >> shift;
                *four = ((u32::from_be_bytes(*four) | part) ^ (part & off)).to_be_bytes();
            }
            start += Self::STRIDE;
            source = source.get(stride..).unwrap_or_default();
        }
        while !source.is_empty() {
            // A place of the frame takes its bits from two of the bitmap; what is left of the last goes on.
            let (mut before, mut to, mut from) = (0, start, source);
            for left in (0..fours).rev() {
                let (now, rest) = four_of(from);
                let now = if left == 0 { now & keep } else { now };
                if let Some(four) = self.bytes.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<4>) {
                    let part = (before << 1 << (31 - shift)) | (now >> shift);
                    *four = ((u32::from_be_bytes(*four) | part) ^ (part & off)).to_be_bytes();
                }
                (before, to, from) = (now, to + 4, rest);
            }
            start += Self::STRIDE;
            source = source.get(stride..).unwrap_or_default();
        }
    }

    fn strokes(&mut self, whole: Area, strokes: Strokes<'_>, ink: Ink) {
        let [colour, other] = rows(ink, self.theme);
        // Four bytes are taken at a time, in the end some that are not touched: they must be there.
        let last = 3_usize.div_ceil(Self::STRIDE) as i16;
        if colour != other || !Area::new(0, 0, W, H - last).contains(&whole) {
            strokes_by_fills(self, whole, strokes, ink);
            return;
        }
        let colours = u32::from(colour) * 0x0101_0101;
        strokes.each(whole.x.into(), whole.y.into(), |it| {
            let (left, width) = (it.left as usize, it.width as usize);
            let shift = left % 8;
            // Most are narrow: all of a row at once.
            if shift + width <= 32 {
                let mask = ((u32::MAX << ((32 - width) & 31)) >> shift).to_be();
                let bits = colours & mask;
                let (mut start, mut rows) = (it.top as usize * Self::STRIDE + left / 8, it.height);
                loop {
                    if let Some(four) = self.bytes.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<4>) {
                        *four = ((u32::from_ne_bytes(*four) & !mask) | bits).to_ne_bytes();
                    }
                    start += Self::STRIDE;
                    rows -= 1;
                    if rows <= 0 {
                        break;
                    }
                }
            } else {
                let area = Area::new(it.left as i16, it.top as i16, it.width as i16, it.height as i16);
                self.fill_with(area, [colour, other]);
            }
        });
    }
}

/// The first four bytes, as many as there are, and those after them.
#[inline(always)]
#[expect(clippy::inline_always, reason = "for every row of every glyph")]
fn four_of(bytes: &[u8]) -> (u32, &[u8]) {
    match bytes.split_first_chunk::<4>() {
        Some((&four, rest)) => (u32::from_be_bytes(four), rest),
        None => {
            let mut four = [0; 4];
            for (to, from) in four.iter_mut().zip(bytes) {
                *to = *from;
            }
            (u32::from_be_bytes(four), &[])
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
                self.fill_with(Area::new(x, y, 1, 1), [byte_of(colour); 2]);
            }
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: BinaryColor) -> Result<(), Self::Error> {
        let area = area.intersection(&self.bounding_box());
        // Inside the frame everything fits an i16.
        let area =
            Area::new(area.top_left.x as i16, area.top_left.y as i16, area.size.width as i16, area.size.height as i16);
        self.fill_with(area, [byte_of(colour); 2]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::OnTarget;
    use super::*;

    type Frame = MonoFrame<61, 9, 72>;

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
        for theme in [Theme::Day, Theme::Night] {
            let (mut fast, mut slow) = (Frame::new(theme), Frame::new(theme));
            for _ in 0..2000 {
                let ink = [Ink::Paper, Ink::Ink, Ink::Calf, Ink::Thigh, Ink::Shade, Ink::Grid][next(6) as usize];
                let (x, y) = (next(80) - 10, next(20) - 5);
                if next(2) == 0 {
                    let area = Area::new(x, y, next(70), next(12));
                    fast.fill(area, ink);
                    let mut target = OnTarget::new(&mut slow, theme);
                    target.fill(area, ink);
                } else {
                    let ink = [Ink::Paper, Ink::Ink][next(2) as usize];
                    let width = 1 + next(50);
                    let stride = usize::from(width.unsigned_abs().div_ceil(8));
                    let mut bits: [u8; 42] = core::array::from_fn(|_| next(256) as u8);
                    let bits = &mut bits[..stride * (1 + next(6) as usize)];
                    for last in bits.iter_mut().skip(stride - 1).step_by(stride) {
                        *last &= 0xff << (stride as i16 * 8 - width);
                    }
                    fast.bitmap(x, y, width, bits, ink);
                    let mut target = OnTarget::new(&mut slow, theme);
                    target.bitmap(x, y, width, bits, ink);
                }
                assert_eq!(fast.bytes(), slow.bytes());
            }
        }
    }

    #[test]
    fn numerals_equal_the_pixel_by_pixel_drawing() {
        type Frame = MonoFrame<93, 100, 1200>;
        let mut next = numbers();
        for theme in [Theme::Day, Theme::Night] {
            let (mut fast, mut slow) = (Frame::new(theme), Frame::new(theme));
            for _ in 0..500 {
                let ink = [Ink::Paper, Ink::Ink, Ink::Ink, Ink::Shade][next(4) as usize];
                let font = sling_fonts::FONTS[4 + next(4) as usize];
                let glyph = font.glyph(font.characters().nth(next(19) as usize).unwrap()).unwrap();
                let sling_fonts::Shape::Strokes(strokes) = glyph.shape else { panic!("bits") };
                let (x, y) = (next(110) - 10, next(110) - 50);
                let whole = Area::new(x, y, glyph.width.into(), glyph.height.into());
                fast.strokes(whole, strokes, ink);
                OnTarget::new(&mut slow, theme).strokes(whole, strokes, ink);
                assert_eq!(fast.bytes(), slow.bytes());
                if next(8) == 0 {
                    fast.fill(Area::new(0, 0, 93, 100), Ink::Paper);
                    slow.fill(Area::new(0, 0, 93, 100), Ink::Paper);
                }
            }
        }
    }

    #[test]
    fn nothing_is_drawn_past_the_right_edge() {
        let mut frame = Frame::new(Theme::Day);
        frame.fill(Area::new(-5, -5, 100, 100), Ink::Ink);
        frame.bitmap(57, 0, 8, &[0xff], Ink::Ink);
        let row = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf8];
        assert!(frame.bytes().chunks(8).all(|it| it == row));
        assert!((0..9).all(|y| frame.row(y) == row));
        assert!([-1, 9, i16::MIN, i16::MAX].iter().all(|&y| frame.row(y).is_empty()));
    }
}
