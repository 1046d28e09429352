//! The displays that Sling is drawn for, and frames as PNG.

use clap::ValueEnum;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::{BinaryColor, Rgb565, Rgb888, RgbColor};
use sling_core::HeadUnit;
use sling_core::draw::{Colour8, OnTarget, Palette, Theme};
use sling_core::field::Snapshot;
use sling_core::ui::{self, Page};
use std::convert::Infallible;

/// A display by the name that the command line gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Display {
    /// Sharp memory LCD, 240×400, 1 bit: the reference.
    #[default]
    SharpPortrait,
    /// The same, mounted 400×240.
    SharpLandscape,
    /// 176×176 with eight colours and round corners.
    #[value(name = "small-8colour")]
    Small8Colour,
    /// 282×470, 16-bit colour.
    TftPortrait,
    /// 470×282, 16-bit colour.
    TftLandscape,
}

impl Display {
    /// Every display.
    pub const ALL: [Self; 5] =
        [Self::SharpPortrait, Self::SharpLandscape, Self::Small8Colour, Self::TftPortrait, Self::TftLandscape];

    /// Width and height, pixels.
    pub const fn size(self) -> (u16, u16) {
        match self {
            Self::SharpPortrait => (240, 400),
            Self::SharpLandscape => (400, 240),
            Self::Small8Colour => (176, 176),
            Self::TftPortrait => (282, 470),
            Self::TftLandscape => (470, 282),
        }
    }
}

/// What the head unit shows on a display, as the bytes of a PNG file with 8 bits a channel.
pub fn png(display: Display, unit: &HeadUnit) -> Vec<u8> {
    let (w, h) = display.size();
    encode(u32::from(w), u32::from(h), &rgb(display, unit))
}

/// The same as red, green and blue of each pixel, row by row.
pub fn rgb(display: Display, unit: &HeadUnit) -> Vec<u8> {
    pixels_of(display, &Scene::Unit(unit))
}

/// The same of a head unit that may be off: then it is dark.
pub fn shown(display: Display, unit: &HeadUnit, is_off: bool) -> Vec<u8> {
    if is_off {
        let (w, h) = display.size();
        return vec![0; 3 * usize::from(w) * usize::from(h)];
    }
    rgb(display, unit)
}

/// What a page shows of a moment by day, as red, green and blue of each pixel: for lists of fields and sheets of alerts.
pub fn page_rgb(display: Display, page: &dyn Page, moment: &Snapshot<'_>) -> Vec<u8> {
    page_rgb_in(display, Theme::Day, page, moment)
}

/// The same in the colours of a theme.
pub fn page_rgb_in(display: Display, theme: Theme, page: &dyn Page, moment: &Snapshot<'_>) -> Vec<u8> {
    pixels_of(display, &Scene::Page(page, moment, theme))
}

/// What is drawn.
enum Scene<'a> {
    Unit(&'a HeadUnit),
    Page(&'a dyn Page, &'a Snapshot<'a>, Theme),
}

impl Scene<'_> {
    fn draw<C: Palette>(&self, frame: &mut Frame<C>) -> Result<(), Infallible> {
        match self {
            Self::Unit(unit) => unit.draw(frame),
            Self::Page(page, moment, theme) => {
                let mut canvas = OnTarget::new(frame, *theme);
                ui::draw(*page, moment, &mut canvas);
                canvas.finish()
            }
        }
    }
}

fn pixels_of(display: Display, scene: &Scene<'_>) -> Vec<u8> {
    let (w, h) = display.size();
    match display {
        Display::SharpPortrait | Display::SharpLandscape => {
            pixels(scene, w, h, BinaryColor::Off, |c| if c.is_on() { Rgb888::BLACK } else { Rgb888::WHITE })
        }
        Display::Small8Colour => {
            let full = |on| if on { 0xff } else { 0 };
            pixels(scene, w, h, Colour8 { red: true, green: true, blue: true }, |c| {
                Rgb888::new(full(c.red), full(c.green), full(c.blue))
            })
        }
        Display::TftPortrait | Display::TftLandscape => pixels(scene, w, h, Rgb565::WHITE, Rgb888::from),
    }
}

fn pixels<C: Palette>(scene: &Scene<'_>, w: u16, h: u16, blank: C, to_rgb: impl Fn(C) -> Rgb888) -> Vec<u8> {
    let mut frame = Frame { w, h, pixels: vec![blank; usize::from(w) * usize::from(h)] };
    let Ok(()) = scene.draw(&mut frame);
    frame.pixels.into_iter().map(to_rgb).flat_map(|c| [c.r(), c.g(), c.b()]).collect()
}

/// Red, green and blue of each pixel, row by row, as the bytes of a PNG file.
pub fn encode(w: u32, h: u32, rgb: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, w, h);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Writing to memory fails only on a wrong size, and the size is the frame's own.
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(rgb));
    debug_assert!(written.is_ok());
    bytes
}

/// A plain framebuffer.
struct Frame<C> {
    w: u16,
    h: u16,
    pixels: Vec<C>,
}

impl<C> OriginDimensions for Frame<C> {
    fn size(&self) -> Size {
        Size::new(u32::from(self.w), u32::from(self.h))
    }
}

impl<C: Palette> DrawTarget for Frame<C> {
    type Color = C;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<C>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            let (Ok(x), Ok(y)) = (u16::try_from(point.x), u16::try_from(point.y)) else { continue };
            if x < self.w && y < self.h {
                self.pixels[usize::from(y) * usize::from(self.w) + usize::from(x)] = colour;
            }
        }
        Ok(())
    }
}
