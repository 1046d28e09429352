//! Five calls for a head unit written in C: the same contract of fields, and the same values, as for one written in
//! Rust.
//!
//! `sling.h` is the reference: shapes, units, errors. This file takes the calls and hands back errors as numbers;
//! whatever a host can get wrong without lying about a pointer is an error and not a crash. `unsafe` is here and in
//! `field`, where pointers come in; `frame` and `text` are given them as slices of cells, since a host may look at its
//! own memory at any time.
#![cfg_attr(all(target_arch = "arm", target_os = "none"), no_std)]

mod field;
mod frame;
mod shapes;
mod text;

pub use shapes::{About, Area, CanvasCalls, Error, Frame, NewField, NewSample, NewSensor, Smo2, View};

use core::cell::Cell;
use core::ffi::{c_char, c_void};
use core::slice;
use field::OwnField;
use sling_core::draw::{Area as Place, Canvas, Clipped, Ink, OnTarget, Theme};
use sling_core::field::{Field, Snapshot, by_id};
use sling_core::head_unit::{Assignment, Config, HeadUnit, Input, MAX_SITES};
use sling_core::sensor::{Identity, Reason, Sample, Site, Value};
use sling_core::time::Instant;
use sling_core::units;
use text::{Cursor, letters};

/// Bytes that a host sets aside for a unit: `SLING_BYTES`.
const BYTES: usize = 56 * 1024;
/// Fields of a host's own: `SLING_MOST_FIELDS`.
const MOST_FIELDS: usize = 4;
/// Letters of an id: `SLING_LONGEST_ID`.
const LONGEST_ID: usize = 20;
/// Letters of a site's name: more than the longest has.
const LONGEST_SITE: usize = 16;
/// What a unit has and other memory most likely has not.
const MARK: u32 = 0x51_1e_b1_0d;

/// To be copied. It takes as much flash as a unit takes RAM; made at run time it would pass through a stack that a head
/// unit of 47 KB does not fit, unless the optimiser is in the mood.
static NEW: HeadUnit = HeadUnit::new();

/// What stands in a host's `struct sling` once it is started.
#[repr(C)]
pub struct Unit {
    mark: u32,
    /// How many callbacks are on the stack.
    calling: Cell<u32>,
    head: HeadUnit,
    own: [Option<OwnField>; MOST_FIELDS],
    heard_ms: u64,
}

const _: () = assert!(size_of::<Unit>() <= BYTES && align_of::<Unit>() <= align_of::<u64>());

impl Unit {
    /// Makes a unit in its place, of which nothing passes through the stack.
    ///
    /// # Safety
    ///
    /// `place` may be written, is aligned, and nothing else uses it.
    unsafe fn start<'a>(place: *mut Self) -> &'a mut Self {
        // SAFETY: as this function's; all parts are written before it is taken for a unit. A head unit owns nothing
        // outside itself, there being no heap, so the bytes of a new one are another new one.
        unsafe {
            (&raw mut (*place).head).copy_from_nonoverlapping(&raw const NEW, 1);
            (&raw mut (*place).own).write([const { None }; MOST_FIELDS]);
            (&raw mut (*place).calling).write(Cell::new(0));
            (&raw mut (*place).heard_ms).write(0);
            (&raw mut (*place).mark).write(MARK);
            &mut *place
        }
    }

    /// A field of either house, and what it shows now.
    fn show<R>(&self, id: &str, with: impl FnOnce(&dyn Field, &Snapshot<'_>) -> Result<R, Error>) -> Result<R, Error> {
        let snapshot = self.head.snapshot();
        match self.own.iter().flatten().find(|own| own.id() == id) {
            None => with(by_id(id).ok_or(Error::Id)?, &snapshot),
            Some(own) => {
                self.calling.set(self.calling.get().wrapping_add(1));
                let shown = with(own, &snapshot);
                self.calling.set(self.calling.get().wrapping_sub(1));
                shown
            }
        }
    }

    fn feed(&mut self, now_ms: u64, sample: Option<&NewSample>) -> Result<u64, Error> {
        if now_ms < self.heard_ms {
            return Err(Error::Clock);
        }
        let sample = sample.map(|sample| self.sample(sample)).transpose()?;
        self.heard_ms = now_ms;
        self.head.handle(&sample.map_or(Input::Tick, Input::Sample), Instant::from_ms(now_ms));
        self.drain();
        Ok(self.head.next_deadline().map_or(u64::MAX, Instant::as_ms))
    }

    fn sample(&self, sample: &NewSample) -> Result<Sample, Error> {
        let identity = Identity::Channel(sample.channel);
        if self.head.config().roster.iter().all(|it| it.identity != identity) {
            return Err(Error::Channel);
        }
        let reading = match sample.reason.checked_sub(1) {
            None => Ok(Value { smo2: units::Smo2::from_tenths(sample.smo2_tenths).ok_or(Error::Value)?, thb: None }),
            Some(number) => Err(*Reason::ALL.get(usize::from(number)).ok_or(Error::Reason)?),
        };
        Ok(Sample { identity, count: sample.count, reading })
    }

    /// What else there is to do or to know is not in these five calls.
    fn drain(&mut self) {
        while self.head.poll_output().is_some() {}
    }

    fn add(&mut self, field: OwnField) -> Result<(), Error> {
        if by_id(field.id()).is_some() || self.own.iter().flatten().any(|own| own.id() == field.id()) {
            return Err(Error::Twice);
        }
        *self.own.iter_mut().find(|place| place.is_none()).ok_or(Error::Full)? = Some(field);
        Ok(())
    }
}

/// The unit that a host names.
///
/// # Safety
///
/// `unit` is null, not aligned, or names memory that may be read as a `struct sling` for as long as the answer is used.
unsafe fn started<'a>(unit: *const Unit) -> Result<&'a Unit, Error> {
    if unit.is_null() {
        return Err(Error::Null);
    }
    // SAFETY: it is not null and aligned, so the caller says that it may be read; any bytes are a number.
    if !unit.is_aligned() || unsafe { (&raw const (*unit).mark).read() } != MARK {
        return Err(Error::NotStarted);
    }
    // SAFETY: as above, and with the mark a unit stands there, which `sling_start` has made.
    Ok(unsafe { &*unit })
}

/// The same, to be changed.
///
/// # Safety
///
/// As for [`started`], and the memory may be written. Nothing else refers to the unit but callbacks' callers, which are
/// told.
unsafe fn changing<'a>(unit: *mut Unit) -> Result<&'a mut Unit, Error> {
    // SAFETY: as this function's.
    if unsafe { started(unit) }?.calling.get() != 0 {
        return Err(Error::Busy);
    }
    // SAFETY: a unit stands there, as was just seen. Whoever refers to it is in a call of `sling_draw` or
    // `sling_describe`, of which none is under way, as one thread makes all calls and no callback is on the stack.
    Ok(unsafe { &mut *unit })
}

/// Makes a head unit; see `sling.h`.
///
/// # Safety
///
/// `unit` is null, or names `bytes` bytes of memory that nothing else uses; `sensors` is null, or names `count` sensors
/// whose sites are null or texts that end in a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sling_start(unit: *mut Unit, bytes: usize, sensors: *const NewSensor, count: usize) -> i32 {
    Error::number((|| {
        if unit.is_null() || (sensors.is_null() && count > 0) {
            return Err(Error::Null);
        }
        if bytes < size_of::<Unit>() || !unit.is_aligned() {
            return Err(Error::Memory);
        }
        if count > MAX_SITES {
            return Err(Error::Full);
        }
        let mut config = Config::DEFAULT;
        for i in 0..count {
            // SAFETY: not null, as there are any, and the caller says that there are so many.
            let sensor = unsafe { &*sensors.add(i) };
            // SAFETY: the caller says that it is null or a text.
            let site: Site = unsafe { letters(sensor.site, LONGEST_SITE) }
                .map_err(|error| if error == Error::Null { error } else { Error::Site })?
                .parse()
                .map_err(|_| Error::Site)?;
            let identity = Identity::Channel(sensor.channel);
            if config.roster.iter().any(|it| it.identity == identity || it.site == site) {
                return Err(Error::Twice);
            }
            config.roster.push(Assignment { identity, site }).map_err(|_| Error::Full)?;
        }
        // SAFETY: not null, aligned, large enough, and the caller says that nothing else uses it.
        let unit = unsafe { Unit::start(unit) };
        unit.head.handle(&Input::Configure(config), Instant::ZERO);
        unit.drain();
        Ok(())
    })())
}

/// Lets time pass and takes a sample; see `sling.h`.
///
/// # Safety
///
/// `unit` is null or names a `struct sling`; `sample` and `due_ms` are null or name what they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sling_feed(unit: *mut Unit, now_ms: u64, sample: *const NewSample, due_ms: *mut u64) -> i32 {
    // SAFETY: the caller says so of all three.
    let (unit, sample, due) = unsafe { (changing(unit), sample.as_ref(), due_ms.as_mut()) };
    Error::number(unit.and_then(|unit| unit.feed(now_ms, sample)).map(|at| {
        if let Some(due) = due {
            *due = at;
        }
    }))
}

/// Adds a field of the host's own; see `sling.h`.
///
/// # Safety
///
/// `unit` is null or names a `struct sling`; `field` is null or names a field whose texts and callbacks, unless null,
/// are what `sling.h` says and stay so for as long as the unit is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sling_add_field(unit: *mut Unit, field: *const NewField) -> i32 {
    // SAFETY: the caller says so of both.
    let (unit, field) = unsafe { (changing(unit), field.as_ref()) };
    Error::number(unit.and_then(|unit| {
        // SAFETY: the caller says so of its texts and callbacks.
        unit.add(unsafe { OwnField::new(field.ok_or(Error::Null)?) }?)
    }))
}

/// Draws a field; see `sling.h`.
///
/// # Safety
///
/// `unit` is null or names a `struct sling`, `id` is null or a text; `frame` is null or names a frame whose bytes are
/// null or `size` bytes that may be written, and lie outside the unit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sling_draw(unit: *const Unit, id: *const c_char, frame: *const Frame, area: Area) -> i32 {
    // SAFETY: the caller says so of all three.
    let (unit, id, frame) = unsafe { (started(unit), letters(id, LONGEST_ID), frame.as_ref()) };
    Error::number((|| {
        let (unit, id, frame) = (unit?, id.map_err(not_an_id)?, frame.ok_or(Error::Null)?);
        if frame.bytes.is_null() {
            return Err(Error::Null);
        }
        if isize::try_from(frame.size).is_err() {
            return Err(Error::Frame);
        }
        // SAFETY: the caller says that these are so many bytes which may be written. As cells they may be looked at and
        // changed by the host meanwhile, in a callback.
        let bytes = unsafe { slice::from_raw_parts(frame.bytes.cast::<Cell<u8>>(), frame.size) };
        let mut picture = frame::Picture::new(bytes, frame.stride, frame.width, frame.height)?;
        let area = Place::new(area.x, area.y, area.w, area.h);
        unit.show(id, |field, snapshot| {
            let (w, h) = field.smallest();
            let mut canvas = OnTarget::new(&mut picture, Theme::Day);
            let (frame_w, frame_h) = canvas.size();
            // In numbers that cannot come round: the corner may be anywhere.
            let is_inside = |at: i16, len: i16, all: i16| at >= 0 && i32::from(at) + i32::from(len) <= i32::from(all);
            if area.w < w || area.h < h || !is_inside(area.x, area.w, frame_w) || !is_inside(area.y, area.h, frame_h) {
                return Err(Error::Area);
            }
            canvas.fill(area, Ink::Paper);
            field.draw(snapshot, &mut Clipped::new(&mut canvas, area), area);
            let Ok(()) = canvas.finish();
            Ok(())
        })
    })())
}

/// Says a field in words; see `sling.h`.
///
/// # Safety
///
/// `unit` is null or names a `struct sling`, `id` is null or a text; `text` is null or names `size` bytes that may be
/// written; `about` is null or names what it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sling_describe(
    unit: *const Unit,
    id: *const c_char,
    text: *mut c_char,
    size: usize,
    about: *mut About,
) -> i32 {
    // SAFETY: the caller says so of all three.
    let (unit, id, about) = unsafe { (started(unit), letters(id, LONGEST_ID), about.as_mut()) };
    Error::number((|| {
        let (unit, id) = (unit?, id.map_err(not_an_id)?);
        if text.is_null() && size > 0 {
            return Err(Error::Null);
        }
        let room: &[Cell<u8>] = if text.is_null() {
            &[]
        } else {
            // SAFETY: not null, and the caller says that it is so many bytes which may be written; no memory is larger
            // than an isize can tell.
            unsafe { slice::from_raw_parts(text.cast(), size.min(isize::MAX as usize)) }
        };
        unit.show(id, |field, snapshot| {
            let mut out = Cursor::new(room);
            let said = field.describe(snapshot, &mut out);
            let (length, fitted) = out.finish();
            said.map_err(|_| Error::Text)?;
            if let Some(about) = about {
                let ((smallest_w, smallest_h), (preferred_w, preferred_h)) = (field.smallest(), field.preferred());
                *about = About { length, smallest_w, smallest_h, preferred_w, preferred_h };
            }
            if fitted { Ok(()) } else { Err(Error::Room) }
        })
    })())
}

/// A text that cannot be an id names no field.
const fn not_an_id(error: Error) -> Error {
    match error {
        Error::Null => Error::Null,
        _ => Error::Id,
    }
}

/// What a callback is handed of its host's own.
type Own = *mut c_void;

/// There is nobody to tell: the processor's own fault handler, which is the host's, takes over.
#[cfg(all(target_arch = "arm", target_os = "none"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        // SAFETY: an instruction that is defined to fault touches nothing.
        unsafe { core::arch::asm!("udf #0", options(nomem, nostack)) };
    }
}

#[cfg(test)]
mod tests;
