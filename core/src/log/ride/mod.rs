//! The ride log: what was measured, seen and done on a ride, a block a second.
//!
//! A file opens with [`MAGIC`] and the format's version, then holds blocks. A flash holds the same blocks, and pages of
//! them instead of the header. A block is checked on its own and says its ride, its number and its time, so that one that is
//! lost costs what it held and no more:
//!
//! ```text
//! 'S' 'B' | version u8 | kind u8 | length of the payload u16 LE | ride u16 LE | number u32 LE | CRC-32/ISO-HDLC u32 LE | payload
//! ```
//!
//! The checksum is of the twelve bytes before it and of the payload. All lengths are multiples of four, as flash is written.
//! The payload is the time of the block in milliseconds and the number of its entries, both as postcard's `varint`, then
//! the entries, then zeros. An entry is a code, milliseconds since the entry before (`varint`), and:
//!
//! - code below 0x80: a sample at a site. The code is 8 × muscle + 4 × side + form, where the form is a value with tHb (0: in the
//!   scale of the site's last; 1: in a scale that follows), a value without (2), or a reason (3: a byte). SmO2 and tHb are
//!   differences from the site's last value in the block (`varint`, zigzag), the first from zero.
//! - code 0x80: an [`Entry`] as postcard.
//!
//! Of this form are blocks of kind 0. Kind 1 is a piece of the input log ([`InputBlock`]), which a head unit keeps in between while
//! there is room; kind 2 is what it keeps besides rides. A number is given to a block of whatever kind.
//!
//! Four sensors at two samples a second take about seventy bytes a second.

mod block;
mod carried;
mod recorder;

pub use crate::head_unit::Life;
pub use block::{Block, BlockError, Cursor, Damage, Entries, Full, HEAD, Kind, MAX_BLOCK, Piece, Pieces, Sealed, open};
pub use carried::{Carried, InputBlock};
pub use recorder::{Recorder, Store};

use crate::head_unit::{Assignment, Button, Context, Event, Posture, Press, Touch};
use crate::sensor::{Reason, Side, Site, Value};
use serde::{Deserialize, Serialize};

/// The first bytes of a file.
pub const MAGIC: [u8; 8] = *b"SLINGRID";
/// The version that is written. Every version up to it is read.
pub const VERSION: u8 = 1;
/// Bytes of a file before its first block.
pub const HEADER_LEN: usize = MAGIC.len() + 2;

/// The header of a file.
pub const fn header() -> [u8; HEADER_LEN] {
    let [a, b, c, d, e, f, g, h] = MAGIC;
    [a, b, c, d, e, f, g, h, VERSION, 0]
}

/// Something that a ride log keeps.
///
/// The order of the variants, and of those inside them, is the format: append, never reorder. A file of every version is kept
/// with the tests and must open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// A new sample. It has a form of its own in a block, see [the module](self).
    Sample {
        /// Where.
        site: Site,
        /// The value, or the sensor's own reason for none.
        reading: Result<Value, Reason>,
    },
    /// Where a sensor is worn. Said at the beginning, when it changes, and again from time to time.
    Worn(Assignment),
    /// Power, cadence and the like: the newest of the second.
    Context(Context),
    /// D of the leg that is shown, once a second while it is known.
    Balance {
        /// The leg.
        side: Side,
        /// Tenths of a point of SmO2, the last 30 s; negative: the calf works more.
        d_tenths: i16,
    },
    /// The rider sits or stands.
    Posture(Posture),
    /// A button was pressed.
    Button(Button, Press),
    /// The display was touched.
    Touch(Touch),
    /// Something happened: laps, markers, positions, alerts, notices, sensors, the time of day.
    Event(Event),
    /// The ride begins, rests or ends.
    Life(Life),
}
