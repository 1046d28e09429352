//! A field of the host's own behind the contract of every other: [`Field`] on the outside, two callbacks inside.

use super::shapes::{DescribeCall, DrawCall};
use super::text::letters;
use super::{Area, CanvasCalls, Error, LONGEST_ID, NewField, Own, Smo2, View};
use core::ffi::c_char;
use core::{fmt, str};
use sling_core::draw::{Area as Place, Canvas, Clipped, Ink};
use sling_core::field::{Field, SiteView, Snapshot};
use sling_core::language::Language;
use sling_core::sensor::Reason;

/// Letters of a title or a unit: `SLING_LONGEST_TITLE`.
pub const LONGEST_TITLE: usize = 47;
/// Bytes of a field's words: `SLING_LONGEST_WORDS`, and the zero byte.
pub const WORDS: usize = 160;
/// `SLING_NOT_WORN`.
pub const NOT_WORN: u8 = Reason::ALL.len() as u8 + 1;
/// By their numbers in `sling.h`.
pub const INKS: [Ink; 6] = [Ink::Paper, Ink::Ink, Ink::Calf, Ink::Thigh, Ink::Shade, Ink::Grid];

/// What a host has added.
pub struct OwnField {
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    smallest: (i16, i16),
    own: Own,
    draw: DrawCall,
    describe: DescribeCall,
}

// SAFETY: a field is `Sync` so that one may stand in a `static`; this one stands in a unit, which belongs to one
// thread. The pointer is only handed back to its host, on the thread that calls.
unsafe impl Sync for OwnField {}

impl OwnField {
    /// Looks at what a host adds.
    ///
    /// # Safety
    ///
    /// Its texts are null or end in a zero byte, and with its callbacks stay as they are for as long as this is used.
    pub unsafe fn new(field: &NewField) -> Result<Self, Error> {
        let (Some(draw), Some(describe)) = (field.draw, field.describe) else { return Err(Error::Null) };
        // SAFETY: as this function's.
        let (id, title, unit) = unsafe {
            (
                letters(field.id, LONGEST_ID).map_err(super::not_an_id)?,
                letters(field.title, LONGEST_TITLE)?,
                letters(field.unit, LONGEST_TITLE)?,
            )
        };
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(Error::Id);
        }
        let smallest = (field.smallest_w, field.smallest_h);
        if smallest.0 <= 0 || smallest.1 <= 0 {
            return Err(Error::Area);
        }
        Ok(Self { id, title, unit, smallest, own: field.own, draw, describe })
    }
}

fn view_of(snapshot: &Snapshot<'_>) -> View {
    View {
        now_ms: snapshot.now.as_ms(),
        calf: smo2_of(snapshot.calf.as_ref()),
        thigh: smo2_of(snapshot.thigh.as_ref()),
    }
}

fn smo2_of(view: Option<&SiteView<'_>>) -> Smo2 {
    match view.map(|view| view.smo2) {
        // To the nearest tenth; percents are 0 to 100.
        Some(Ok(percent)) => Smo2 { tenths: (percent * 10.0 + 0.5) as u16, reason: 0 },
        Some(Err(reason)) => Smo2 { tenths: 0, reason: number_of(reason) },
        None => Smo2 { tenths: 0, reason: NOT_WORN },
    }
}

/// The number of a reason in `sling.h`.
fn number_of(reason: Reason) -> u8 {
    (1..).zip(Reason::ALL).find(|(_, it)| *it == reason).map_or(NOT_WORN, |(number, _)| number)
}

/// What a `struct sling_canvas` is the beginning of.
#[repr(C)]
struct Surface<'a> {
    calls: CanvasCalls,
    canvas: Clipped<'a>,
}

/// `fill` of a `struct sling_canvas`.
///
/// # Safety
///
/// `surface` is null, or what [`OwnField::draw`] hands out, while it does.
unsafe extern "C" fn fill(surface: *mut CanvasCalls, area: Area, ink: u8) -> i32 {
    // SAFETY: the calls stand at the beginning of a surface, of which nobody else makes use while it is handed out.
    let Some(surface) = (unsafe { surface.cast::<Surface<'_>>().as_mut() }) else { return Error::Null as i32 };
    let Some(&ink) = INKS.get(usize::from(ink)) else { return Error::Ink as i32 };
    surface.canvas.fill(Place::new(area.x, area.y, area.w, area.h), ink);
    0
}

impl Field for OwnField {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, _: Language) -> &'static str {
        self.title
    }

    fn unit(&self) -> &'static str {
        self.unit
    }

    fn smallest(&self) -> (i16, i16) {
        self.smallest
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Place) {
        let view = view_of(snapshot);
        let mut surface = Surface { calls: CanvasCalls { fill }, canvas: Clipped::new(canvas, area) };
        let Place { x, y, w, h } = area;
        // SAFETY: whoever added the field says that this is its callback, and what is handed over lives until it
        // returns.
        unsafe { (self.draw)(self.own, &raw const view, (&raw mut surface).cast(), Area { x, y, w, h }) };
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let (view, mut words) = (view_of(snapshot), [0_u8; WORDS]);
        // SAFETY: as in `draw`; the callback is told how many bytes there are.
        unsafe { (self.describe)(self.own, &raw const view, words.as_mut_ptr().cast::<c_char>(), WORDS) };
        // What is there counts, not what the callback says of it: words that were cut have no end.
        let words = words.split(|&byte| byte == 0).next().filter(|words| words.len() < WORDS).ok_or(fmt::Error)?;
        out.write_str(str::from_utf8(words).map_err(|_| fmt::Error)?)
    }
}
