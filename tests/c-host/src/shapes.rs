//! The shapes of `sling.h`, field by field.

use super::Own;
use core::ffi::c_char;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// What a call has to say but that all is well.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(i32)]
        pub enum Error { $($(#[$doc])* $name = $number,)* }

        #[cfg(test)]
        impl Error {
            /// The names and numbers of `sling.h`.
            pub const ALL: &[(&str, i32)] = &[$((stringify!($name), $number),)*];
        }
    };
}

errors! {
    /// A pointer is null that must not be.
    Null = -1,
    /// Memory too small, or not aligned.
    Memory = -2,
    /// There is no unit.
    NotStarted = -3,
    /// A callback asks for what only the host may.
    Busy = -4,
    /// A name is no site's.
    Site = -5,
    /// It is there already.
    Twice = -6,
    /// No room for one more.
    Full = -7,
    /// Time goes back.
    Clock = -8,
    /// No sensor has this channel.
    Channel = -9,
    /// More than all.
    Value = -10,
    /// No sensor can say so.
    Reason = -11,
    /// No field's id.
    Id = -12,
    /// No UTF-8, or too long.
    Text = -13,
    /// Not inside the frame, or too small for the field.
    Area = -14,
    /// A frame that cannot be.
    Frame = -15,
    /// Words longer than their room.
    Room = -16,
    /// No ink.
    Ink = -17,
}

impl Error {
    /// What a call returns: 0 if all is well.
    pub fn number(result: Result<(), Self>) -> i32 {
        result.map_or_else(|error| error as i32, |()| 0)
    }
}

/// `struct sling_sensor`.
#[repr(C)]
pub struct NewSensor {
    /// Its channel.
    pub channel: u8,
    /// Its site's name.
    pub site: *const c_char,
}

/// `struct sling_sample`.
#[repr(C)]
pub struct NewSample {
    /// Whose.
    pub channel: u8,
    /// 0, or the number of a reason.
    pub reason: u8,
    /// The event count.
    pub count: u16,
    /// SmO2, tenths of a percent.
    pub smo2_tenths: u16,
}

/// `struct sling_area`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Area {
    /// Left edge.
    pub x: i16,
    /// Top edge.
    pub y: i16,
    /// Width.
    pub w: i16,
    /// Height.
    pub h: i16,
}

/// `struct sling_frame`.
#[repr(C)]
pub struct Frame {
    /// Its memory.
    pub bytes: *mut u8,
    /// Bytes of it.
    pub size: usize,
    /// Bytes from row to row.
    pub stride: usize,
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// `struct sling_smo2`.
#[repr(C)]
pub struct Smo2 {
    /// Tenths of a percent.
    pub tenths: u16,
    /// 0, or the number of a reason.
    pub reason: u8,
}

/// `struct sling_view`.
#[repr(C)]
pub struct View {
    /// The time.
    pub now_ms: u64,
    /// Of the calf that is shown.
    pub calf: Smo2,
    /// Of the thigh that is shown.
    pub thigh: Smo2,
}

/// `struct sling_canvas`.
#[repr(C)]
pub struct CanvasCalls {
    /// Fills an area.
    pub fill: unsafe extern "C" fn(*mut CanvasCalls, Area, u8) -> i32,
}

/// `draw` of `struct sling_field`.
pub type DrawCall = unsafe extern "C" fn(Own, *const View, *mut CanvasCalls, Area);
/// `describe` of `struct sling_field`.
pub type DescribeCall = unsafe extern "C" fn(Own, *const View, *mut c_char, usize);

/// `struct sling_field`.
#[repr(C)]
pub struct NewField {
    /// Its id.
    pub id: *const c_char,
    /// Its title.
    pub title: *const c_char,
    /// Its unit.
    pub unit: *const c_char,
    /// The least width, pixels.
    pub smallest_w: i16,
    /// The least height, pixels.
    pub smallest_h: i16,
    /// What the callbacks are handed.
    pub own: Own,
    /// Draws.
    pub draw: Option<DrawCall>,
    /// Says.
    pub describe: Option<DescribeCall>,
}

/// `struct sling_about`.
#[repr(C)]
pub struct About {
    /// Bytes of the words.
    pub length: usize,
    /// The least width, pixels.
    pub smallest_w: i16,
    /// The least height, pixels.
    pub smallest_h: i16,
    /// The best width, pixels.
    pub preferred_w: i16,
    /// The best height, pixels.
    pub preferred_h: i16,
}
