//! A host's framebuffer of one bit a pixel, as a target to draw on.

use super::Error;
use core::cell::Cell;
use core::convert::Infallible;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::BinaryColor;

/// Rows of bytes, the most significant bit leftmost, a set bit dark.
pub struct Picture<'a> {
    bytes: &'a [Cell<u8>],
    stride: usize,
    width: u16,
    height: u16,
}

impl<'a> Picture<'a> {
    /// A picture in memory that holds all of it; what lies behind the pixels of a row is not touched.
    pub fn new(bytes: &'a [Cell<u8>], stride: usize, width: u16, height: u16) -> Result<Self, Error> {
        const MOST: u16 = i16::MAX.unsigned_abs();
        let row = usize::from(width).div_ceil(8);
        let needed = usize::from(height).checked_sub(1).and_then(|rows| rows.checked_mul(stride)?.checked_add(row));
        let fits = needed.is_some_and(|needed| needed <= bytes.len());
        if width == 0 || width > MOST || height > MOST || stride < row || !fits {
            return Err(Error::Frame);
        }
        Ok(Self { bytes, stride, width, height })
    }
}

impl OriginDimensions for Picture<'_> {
    fn size(&self) -> Size {
        Size::new(self.width.into(), self.height.into())
    }
}

impl DrawTarget for Picture<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            let (Ok(x), Ok(y)) = (u16::try_from(point.x), u16::try_from(point.y)) else { continue };
            if x >= self.width || y >= self.height {
                continue;
            }
            // Inside the picture, so inside the memory that holds it.
            let Some(byte) = self.bytes.get(usize::from(y) * self.stride + usize::from(x / 8)) else { continue };
            let bit = 0x80 >> (x % 8);
            byte.set(if colour.is_on() { byte.get() | bit } else { byte.get() & !bit });
        }
        Ok(())
    }
}
