//! Somebody else's head unit: it has a framebuffer of its own and adds a data field to ours. It uses nothing but what
//! `sling-core` publishes; if this stops building, so does theirs.

use core::convert::Infallible;
use core::fmt;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::{Rgb565, RgbColor};
use sling_core::draw::{Area, Canvas, Ink, OnTarget, Theme};
use sling_core::field::{Field, Snapshot};
use sling_core::language::Language;

/// How far apart calf and thigh are: two columns side by side, as high as their SmO2, and the difference in words.
pub struct Columns;

impl Field for Columns {
    fn id(&self) -> &'static str {
        "columns"
    }

    fn title(&self, _language: Language) -> &'static str {
        "Columns"
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (20, 30)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let (left, right) = area.split_left(area.w / 2);
        for (half, view, ink) in [(left, &snapshot.calf, Ink::Calf), (right, &snapshot.thigh, Ink::Thigh)] {
            let smo2 = view.as_ref().and_then(|view| view.smo2.ok());
            match smo2 {
                Some(percent) => {
                    let h = (f32::from(half.h) * percent.clamp(0.0, 100.0) / 100.0) as i16;
                    canvas.fill(Area::new(half.x + 1, half.bottom() - h, half.w - 2, h), ink);
                }
                // No reading is no column of height nought: it looks like something else.
                None => canvas.fill(half, Ink::Grid),
            }
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let smo2 = [&snapshot.calf, &snapshot.thigh].map(|view| view.as_ref().and_then(|view| view.smo2.ok()));
        for (name, smo2) in ["calf", "thigh"].into_iter().zip(smo2) {
            match smo2 {
                Some(percent) => write!(out, "{name} {percent:.0} % ")?,
                None => write!(out, "{name} not known ")?,
            }
        }
        Ok(())
    }
}

/// A framebuffer that nobody has heard of: 16-bit colours, a byte order of its own, and a border that is not to be touched.
pub struct Framebuffer {
    width: u32,
    bytes: Vec<u8>,
}

impl Framebuffer {
    /// All of it in one colour that no theme has.
    pub fn new(width: u32, height: u32) -> Self {
        let blank = Self::BLANK.to_be_bytes();
        Self { width, bytes: blank.into_iter().cycle().take((width * height * 2) as usize).collect() }
    }

    const BLANK: u16 = 0x0821;

    /// Whether anything was drawn on a pixel.
    pub fn is_drawn(&self, x: u32, y: u32) -> bool {
        self.pixel(x, y) != Self::BLANK
    }

    /// What is in the memory of a pixel.
    pub fn pixel(&self, x: u32, y: u32) -> u16 {
        let at = ((y * self.width + x) * 2) as usize;
        u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]])
    }

    /// Draws a field as this head unit would.
    pub fn show(&mut self, field: &dyn Field, snapshot: &Snapshot<'_>, area: Area) {
        let mut canvas = OnTarget::new(self, Theme::Night);
        canvas.fill(area, Ink::Paper);
        field.draw(snapshot, &mut canvas, area);
        let Ok(()) = canvas.finish();
    }
}

impl OriginDimensions for Framebuffer {
    fn size(&self) -> Size {
        Size::new(self.width, self.bytes.len() as u32 / 2 / self.width)
    }
}

impl DrawTarget for Framebuffer {
    type Color = Rgb565;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb565>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        let size = self.size();
        for Pixel(point, colour) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(point.x), u32::try_from(point.y))
                && x < size.width
                && y < size.height
            {
                let word = u16::from(colour.r()) << 11 | u16::from(colour.g()) << 5 | u16::from(colour.b());
                let at = ((y * size.width + x) * 2) as usize;
                self.bytes[at..at + 2].copy_from_slice(&word.to_be_bytes());
            }
        }
        Ok(())
    }
}
