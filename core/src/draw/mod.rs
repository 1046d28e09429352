//! The few strokes that everything on the screen is made of, on any display.
//!
//! Fields and pages draw through [`Canvas`], object-safe methods in named inks. [`OnTarget`] puts a canvas on any
//! `embedded_graphics` draw target; [`MonoFrame`] is one of our own, for 1-bit panels, with byte-wide fills; [`Lines`]
//! says which of its lines a panel does not have yet.

mod canvas;
mod lines;
mod mono;
mod palette;
mod shapes;
mod text;

pub use canvas::{Area, Canvas, Clipped, OnTarget, strokes_by_fills};
pub use lines::Lines;
pub use mono::MonoFrame;
pub use palette::{Colour8, Ink, Palette, Theme, Tone};
pub use shapes::{arrow, disc, frame, needle};
pub use sling_fonts::Strokes;
#[cfg(test)]
pub(crate) use text::dropped;
pub use text::{Align, Words, text, text_in, text_large, text_wrapped};
