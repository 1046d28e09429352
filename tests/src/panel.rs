//! The panels behind the displays: how large a pixel is and how dark ink is, so that a rule in millimetres can be held on
//! a frame in pixels. One panel is the reference; the others are assumptions, and this table is the only place of them.

use sling_simulator::display::Display;

/// One arcminute at 70 cm, mm.
pub const MM_PER_ARCMIN: f32 = 0.204;

/// A display as a thing that one can buy.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// Which of Sling's displays it stands for.
    pub display: Display,
    /// The name in tables.
    pub name: &'static str,
    /// From one pixel to the next, mm.
    pub pitch_mm: f32,
    /// Luminance of white over black, in daylight.
    pub contrast: f32,
}

/// Contrast of a reflective memory LCD: what Sharp announced for its first (ECN magazine, 15 June 2009).
const REFLECTIVE: f32 = 10.0;
/// Of a backlit one: black reflects a twentieth of white's luminance, as the web's contrast formula (WCAG 2) has it.
const BACKLIT: f32 = 21.0;
/// Sharp LS027B7DH01: 58.8 × 35.3 mm for 400 × 240.
const SHARP_MM: f32 = 58.8 / 400.0;
/// Assumed: JDI LPM013M126A, 8 colours, 1.28 inch: 23.04 mm for 176.
const SMALL_MM: f32 = 23.04 / 176.0;
/// Assumed: a bike computer of 3.5 inches across, 88.9 mm for the 548.1 pixels of the diagonal of 282 × 470.
const TFT_MM: f32 = 88.9 / 548.1;

/// Every display's panel.
pub const PANELS: [Panel; 5] = [
    Panel { display: Display::SharpPortrait, name: "240x400", pitch_mm: SHARP_MM, contrast: REFLECTIVE },
    Panel { display: Display::SharpLandscape, name: "400x240", pitch_mm: SHARP_MM, contrast: REFLECTIVE },
    Panel { display: Display::Small8Colour, name: "176x176", pitch_mm: SMALL_MM, contrast: REFLECTIVE },
    Panel { display: Display::TftPortrait, name: "282x470", pitch_mm: TFT_MM, contrast: BACKLIT },
    Panel { display: Display::TftLandscape, name: "470x282", pitch_mm: TFT_MM, contrast: BACKLIT },
];

impl Panel {
    /// Width and height, pixels.
    pub const fn size(&self) -> (i16, i16) {
        let (w, h) = self.display.size();
        (w.cast_signed(), h.cast_signed())
    }

    /// A length on the panel, mm.
    pub const fn mm(&self, px: f32) -> f32 {
        px * self.pitch_mm
    }

    /// The angle that a length is seen under at 70 cm, arcminutes.
    pub const fn arcmin(&self, px: f32) -> f32 {
        self.mm(px) / MM_PER_ARCMIN
    }

    /// Pixels that an angle at 70 cm spans.
    pub const fn px(&self, arcmin: f32) -> f32 {
        arcmin * MM_PER_ARCMIN / self.pitch_mm
    }

    /// Luminance of the lighter over that of the darker of two colours, linear 0 to 1 without what black reflects.
    pub fn ratio(&self, a: f32, b: f32) -> f32 {
        let black = 1.0 / (self.contrast - 1.0);
        (a.max(b) + black) / (a.min(b) + black)
    }
}
