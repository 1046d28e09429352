//! Inks by meaning, and what each becomes on a display: a colour, or a pattern of dots where there are none.
//!
//! Calf and thigh differ by weight and marker first. Their hues, on displays that have any, are the vermilion and blue
//! of Okabe and Ito (2008), which survive the common colour-vision deficiencies.

use embedded_graphics::pixelcolor::raw::RawU4;
use embedded_graphics::pixelcolor::{BinaryColor, PixelColor, Rgb565, Rgb888, RgbColor};
use serde::{Deserialize, Serialize};

/// What a stroke means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The background.
    Paper,
    /// Text and lines.
    Ink,
    /// The calf's.
    Calf,
    /// The thigh's.
    Thigh,
    /// A tint behind other things: the rider's normal band.
    Shade,
    /// Lines that only help to read.
    Grid,
    /// A tint behind lines: the calf works more. As the next one no more than paper on a display that has no pale hues.
    CalfMore,
    /// The thigh works more.
    ThighMore,
}

/// Day or night colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// Dark on light.
    #[default]
    Day,
    /// Light on dark.
    Night,
}

/// An ink on a display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone<C> {
    /// One colour.
    Solid(C),
    /// Dots.
    Dither(Dither<C>),
}

/// A regular pattern of dots, fixed to the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dither<C> {
    /// One dot in how many pixels: 2 or 4.
    pub sparse: u8,
    /// The dots' colour.
    pub dot: C,
    /// The colour between them.
    pub ground: C,
}

impl<C: Copy> Dither<C> {
    /// The colour of a pixel.
    pub const fn at(&self, x: i16, y: i16) -> C {
        if is_dot(self.sparse, x, y) { self.dot } else { self.ground }
    }
}

/// Whether a pixel carries a dot: a checkerboard for 2, every fourth pixel, staggered, for 4.
pub(super) const fn is_dot(sparse: u8, x: i16, y: i16) -> bool {
    if sparse <= 2 { (x ^ y) & 1 == 0 } else { x.wrapping_add(y.wrapping_mul(2)).trailing_zeros() >= 2 }
}

/// A kind of pixel that has all inks.
pub trait Palette: PixelColor {
    /// Whether [`Ink::CalfMore`] and [`Ink::ThighMore`] are more than paper on it.
    const HAS_TINTS: bool = false;

    /// What `ink` is on this display.
    fn tone(ink: Ink, theme: Theme) -> Tone<Self>;
}

impl Palette for BinaryColor {
    fn tone(ink: Ink, theme: Theme) -> Tone<Self> {
        binary_tone(ink, theme)
    }
}

/// On is dark by day (ink on a reflective panel) and light by night.
pub(super) const fn binary_tone(ink: Ink, theme: Theme) -> Tone<BinaryColor> {
    let (dark, light) = match theme {
        Theme::Day => (BinaryColor::On, BinaryColor::Off),
        Theme::Night => (BinaryColor::Off, BinaryColor::On),
    };
    match ink {
        Ink::Paper | Ink::CalfMore | Ink::ThighMore => Tone::Solid(light),
        Ink::Ink | Ink::Calf | Ink::Thigh => Tone::Solid(dark),
        Ink::Shade => Tone::Dither(Dither { sparse: 4, dot: dark, ground: light }),
        Ink::Grid => Tone::Dither(Dither { sparse: 2, dot: dark, ground: light }),
    }
}

/// The colours of panels with one bit for each of red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour8 {
    /// Red is on.
    pub red: bool,
    /// Green is on.
    pub green: bool,
    /// Blue is on.
    pub blue: bool,
}

impl Colour8 {
    const fn new(red: bool, green: bool, blue: bool) -> Self {
        Self { red, green, blue }
    }
    const BLACK: Self = Self::new(false, false, false);
    const WHITE: Self = Self::new(true, true, true);
}

impl PixelColor for Colour8 {
    type Raw = RawU4;
}

impl Palette for Colour8 {
    fn tone(ink: Ink, theme: Theme) -> Tone<Self> {
        let (dark, light) = match theme {
            Theme::Day => (Self::BLACK, Self::WHITE),
            Theme::Night => (Self::WHITE, Self::BLACK),
        };
        let day = matches!(theme, Theme::Day);
        match ink {
            Ink::Paper | Ink::CalfMore | Ink::ThighMore => Tone::Solid(light),
            Ink::Ink => Tone::Solid(dark),
            Ink::Calf => Tone::Solid(Self::new(true, !day, false)),
            Ink::Thigh => Tone::Solid(Self::new(false, !day, true)),
            Ink::Shade => Tone::Dither(Dither { sparse: 4, dot: dark, ground: light }),
            Ink::Grid => Tone::Dither(Dither { sparse: 2, dot: dark, ground: light }),
        }
    }
}

impl Palette for Rgb565 {
    const HAS_TINTS: bool = true;

    fn tone(ink: Ink, theme: Theme) -> Tone<Self> {
        Tone::Solid(Self::from(rgb(ink, theme)))
    }
}

impl Palette for Rgb888 {
    const HAS_TINTS: bool = true;

    fn tone(ink: Ink, theme: Theme) -> Tone<Self> {
        Tone::Solid(rgb(ink, theme))
    }
}

fn rgb(ink: Ink, theme: Theme) -> Rgb888 {
    match (ink, theme) {
        (Ink::Paper, Theme::Day) | (Ink::Ink, Theme::Night) => Rgb888::WHITE,
        (Ink::Ink, Theme::Day) | (Ink::Paper, Theme::Night) => Rgb888::BLACK,
        (Ink::Calf, Theme::Day) => Rgb888::new(0xd5, 0x5e, 0x00),
        (Ink::Calf, Theme::Night) => Rgb888::new(0xff, 0x9a, 0x3c),
        (Ink::Thigh, Theme::Day) => Rgb888::new(0x00, 0x72, 0xb2),
        (Ink::Thigh, Theme::Night) => Rgb888::new(0x6c, 0xc0, 0xf5),
        (Ink::Shade, Theme::Day) => Rgb888::new(0xd8, 0xd8, 0xd0),
        (Ink::Shade, Theme::Night) => Rgb888::new(0x38, 0x38, 0x40),
        (Ink::Grid, Theme::Day) => Rgb888::new(0xb0, 0xb0, 0xb0),
        (Ink::Grid, Theme::Night) => Rgb888::new(0x58, 0x58, 0x60),
        (Ink::CalfMore, Theme::Day) => Rgb888::new(0xff, 0xea, 0xc8),
        (Ink::CalfMore, Theme::Night) => Rgb888::new(0x48, 0x28, 0x08),
        (Ink::ThighMore, Theme::Day) => Rgb888::new(0xd4, 0xec, 0xff),
        (Ink::ThighMore, Theme::Night) => Rgb888::new(0x08, 0x30, 0x48),
    }
}
