//! FIT activity files, with muscle oxygen as head units and data fields record it.
//!
//! The bytes are decoded by `rustyfit`: of six hours at 1 Hz in about 6 ms where `fitparser`, the other crate looked at,
//! takes ten times as long and would not be 50 times faster than the Python readers (`tests/peers/fit`). Here is what it
//! leaves open: the shape of the file (both checksums, chained files, a length that is not there), which
//! fields are muscle oxygen, which of them are one sensor, and where it is worn.
//!
//! Promises: any bytes give a [`Recording`] or a [`FitError`] that names an offset, never a panic; memory is bounded by
//! the size of the file; what is *invalid* in the file is no sample. A 1 Hz record holds a sensor's latest value, so a
//! repeated value is the same sample (same count) until it has stood for two seconds. Anything assumed or passed over is
//! in the remarks.
//!
//! Units: SmO2 in 0.1 %, tHb in 0.01 of its vendor's unit, time in ms from the first record.

mod channels;
mod clock;
mod names;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use crate::formats::{Item, Options, Recording, Timed};
use channels::{Channels, NATIVE_SMO2, NATIVE_THB};
use clock::{Clock, Jump};
use embedded_io::{ErrorType, Read, ReadExactError};
use rustyfit::profile::typedef::{FitBaseType, MesgNum};
use rustyfit::proto::{Message, MessageDefinition, Value as FitValue};
use rustyfit::{Decoder, DecoderError, DecoderEvent, StreamingIterator};
use sling_core::head_unit::{Context, MAX_SITES, Posture};
use sling_core::time::Instant;
use sling_core::units::{Bpm, CelsiusTenths, CmPerS, GradeTenths, Rpm, Watts};
use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;

/// What is wrong with a FIT file; the caller names the file. Offsets are in bytes from its start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// There is no FIT header where one should be.
    #[error(
        "offset {offset}: found {found:02x?}, not a FIT header: one begins with 0c or 0e and has .FIT at its 9th byte"
    )]
    NotFit {
        /// Where the header should begin.
        offset: usize,
        /// The first bytes there, at most twelve.
        found: Vec<u8>,
    },
    /// The file ends too early.
    #[error(
        "offset {offset}: the file ends here, {missing} bytes short of what its header at {header} promises; copy it again from the device"
    )]
    Truncated {
        /// Where it ends.
        offset: usize,
        /// How many bytes are not there.
        missing: usize,
        /// Where the header stands.
        header: usize,
    },
    /// The recorder never came to fill in the length.
    #[error(
        "offset {offset}: the header promises 0 bytes of data, so the recording was never finished; a FIT repair tool may save it"
    )]
    Unfinished {
        /// Where the length stands.
        offset: usize,
    },
    /// A checksum does not match its bytes.
    #[error(
        "offset {offset}: the checksum is {found:#06x} where the bytes give {calculated:#06x}: the file is damaged; copy it again"
    )]
    Checksum {
        /// Where the checksum stands.
        offset: usize,
        /// What stands there.
        found: u16,
        /// What would be right.
        calculated: u16,
    },
    /// A message of a type that was never defined.
    #[error(
        "offset {offset}: a message of local type {local}, which no definition before it explains: the file is damaged"
    )]
    Undefined {
        /// Where the message begins.
        offset: usize,
        /// The local message type, 0 to 15.
        local: u8,
    },
    /// A message that does not fit in what is left.
    #[error(
        "offset {offset}: the message that begins here runs over the end of the data at {end}: the file is damaged"
    )]
    Overrun {
        /// Where the message begins.
        offset: usize,
        /// Where the data ends.
        end: usize,
    },
    /// Something that no recorder writes and that would cost more time than the file's size warrants.
    #[error("offset {offset}: {what}: no recorder writes that")]
    Absurd {
        /// Where the message begins.
        offset: usize,
        /// What it is.
        what: &'static str,
    },
    /// There is no record in the file.
    #[error(
        "offset {offset}: the file ends without a single record: an activity (not a course, workout or settings file) is needed"
    )]
    NoRecords {
        /// Where the file ends.
        offset: usize,
    },
    /// More sensors than Sling carries.
    #[error("{count} sensors, and at most {MAX_SITES} can be replayed: {channels}")]
    TooManySensors {
        /// How many there are.
        count: usize,
        /// The file's names for them.
        channels: Labels,
    },
}

/// The names of a file's sensors, numbered when displayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels(Vec<String>);

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no muscle-oxygen sensor");
        }
        for (index, label) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} {label}", index + 1)?;
        }
        Ok(())
    }
}

/// Reads the FIT activity in `bytes`.
///
/// Sensors that do not say where they are worn are left without a site; `--sites` is for the caller to apply, here it
/// only spares the user remarks on what the names of fields leave open.
pub fn read(bytes: &[u8], options: &Options) -> Result<Recording, FitError> {
    let mut ride = Ride::default();
    let mut offset = 0;
    loop {
        let end = end_of_part(bytes, offset)?;
        ride.read_part(bytes, offset, end)?;
        offset = end;
        if offset == bytes.len() {
            return ride.finish(offset, !options.sites.is_empty());
        }
        ride.channels.next_part();
    }
}

/// Length of a FIT header without its checksum, and of the checksum after the data.
const SHORT_HEADER: usize = 12;
const CHECKSUM: usize = 2;

/// Descriptions of developer fields in one file. The decoder looks through them for every value.
const MOST_DESCRIPTIONS: usize = 1024;

/// Where the FIT file that begins at `offset` ends, its checksum included.
fn end_of_part(bytes: &[u8], offset: usize) -> Result<usize, FitError> {
    let rest = &bytes[offset..];
    let starts_well = |header: &[u8]| {
        let magic = header.get(8..).unwrap_or_default();
        header.first().is_none_or(|size| [12, 14].contains(size)) && b".FIT".starts_with(magic)
    };
    let head = &rest[..rest.len().min(SHORT_HEADER)];
    if bytes.is_empty() || !starts_well(head) {
        return Err(FitError::NotFit { offset, found: head.to_vec() });
    }
    let truncated =
        |length: usize| FitError::Truncated { offset: bytes.len(), missing: length - rest.len(), header: offset };
    let &[size, _, _, _, a, b, c, d, ..] = head else { return Err(truncated(SHORT_HEADER)) };
    let size = usize::from(size);
    if rest.len() < size {
        return Err(truncated(size));
    }
    let data = u32::from_le_bytes([a, b, c, d]) as usize;
    if data == 0 {
        return Err(FitError::Unfinished { offset: offset + 4 });
    }
    let length = size.saturating_add(data).saturating_add(CHECKSUM);
    if rest.len() < length { Err(truncated(length)) } else { Ok(offset + length) }
}

/// What a reader says once to the user; a hostile file cannot make it say much.
#[derive(Default)]
pub(crate) struct Remarks(Vec<String>);

impl Remarks {
    const MOST: usize = 50;

    pub(crate) fn say(&mut self, remark: &str) {
        if self.0.len() < Self::MOST && !self.0.iter().any(|said| said == remark) {
            self.0.push(remark.to_owned());
            if self.0.len() == Self::MOST {
                self.0.push("and more of the kind".to_owned());
            }
        }
    }
}

/// Bytes with a position that can be seen while the decoder holds them.
struct Window<'a> {
    bytes: &'a [u8],
    at: &'a Cell<usize>,
}

impl ErrorType for Window<'_> {
    type Error = Infallible;
}

impl Read for Window<'_> {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let rest = self.bytes.get(self.at.get()..).unwrap_or_default();
        let length = buf.len().min(rest.len());
        buf[..length].copy_from_slice(&rest[..length]);
        self.at.set(self.at.get() + length);
        Ok(length)
    }

    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> Result<(), ReadExactError<Infallible>> {
        let start = self.at.get();
        let wanted = self.bytes.get(start..start + buf.len()).ok_or(ReadExactError::UnexpectedEof)?;
        buf.copy_from_slice(wanted);
        self.at.set(start + buf.len());
        Ok(())
    }
}

/// Field numbers of messages (FIT profile).
mod field {
    pub const TIMESTAMP: u8 = 253;
    pub const HEART_RATE: u8 = 3;
    pub const CADENCE: u8 = 4;
    pub const SPEED: u8 = 6;
    pub const POWER: u8 = 7;
    pub const GRADE: u8 = 9;
    pub const TEMPERATURE: u8 = 13;
    pub const ENHANCED_SPEED: u8 = 73;
    pub const LAP_START_TIME: u8 = 2;
    pub const EVENT: u8 = 0;
    pub const EVENT_DATA: u8 = 3;
}

/// Event 44: the rider's position changes; its data is 0 seated, 1 standing (2 and 3: on the way there).
const RIDER_POSITION_CHANGE: u8 = 44;

/// The fields that are read, with the type that the profile gives them.
const USED: [(MesgNum, u8, FitBaseType); 15] = [
    (MesgNum::RECORD, field::TIMESTAMP, FitBaseType::UINT32),
    (MesgNum::RECORD, field::HEART_RATE, FitBaseType::UINT8),
    (MesgNum::RECORD, field::CADENCE, FitBaseType::UINT8),
    (MesgNum::RECORD, field::SPEED, FitBaseType::UINT16),
    (MesgNum::RECORD, field::POWER, FitBaseType::UINT16),
    (MesgNum::RECORD, field::GRADE, FitBaseType::SINT16),
    (MesgNum::RECORD, field::TEMPERATURE, FitBaseType::SINT8),
    (MesgNum::RECORD, field::ENHANCED_SPEED, FitBaseType::UINT32),
    (MesgNum::RECORD, NATIVE_THB, FitBaseType::UINT16),
    (MesgNum::RECORD, NATIVE_SMO2, FitBaseType::UINT16),
    (MesgNum::LAP, field::TIMESTAMP, FitBaseType::UINT32),
    (MesgNum::LAP, field::LAP_START_TIME, FitBaseType::UINT32),
    (MesgNum::EVENT, field::TIMESTAMP, FitBaseType::UINT32),
    (MesgNum::EVENT, field::EVENT, FitBaseType::ENUM),
    (MesgNum::EVENT, field::EVENT_DATA, FitBaseType::UINT32),
];

/// Fields of a local message type that are defined otherwise than the profile or their description says; the decoder
/// would read them as something that they are not.
#[derive(Clone, Default)]
struct Misfits {
    native: Vec<u8>,
    developer: Vec<(u8, u8)>,
}

/// A file being read.
#[derive(Default)]
struct Ride {
    channels: Channels,
    clock: Clock,
    items: Vec<Timed>,
    laps: Vec<Instant>,
    remarks: Remarks,
    misfits: [Misfits; 16],
    has_records: bool,
}

impl Ride {
    /// Reads one FIT file of a chain, from its header at `start` to after its checksum at `end`.
    fn read_part(&mut self, bytes: &[u8], start: usize, end: usize) -> Result<(), FitError> {
        self.misfits = Default::default();
        let at = Cell::new(start);
        let mut decoder = Decoder::builder().expand_components(false).build();
        let mut stream = decoder.stream(Window { bytes: &bytes[..end], at: &at });
        while at.get() < end {
            let offset = at.get();
            match stream.next() {
                Some(Ok(DecoderEvent::MessageDefinition(definition))) => {
                    if definition.developer_field_definitions.iter().any(|defined| defined.size == 0) {
                        let what = "a developer field of 0 bytes";
                        return Err(FitError::Absurd { offset, what });
                    }
                    self.define(definition);
                }
                Some(Ok(DecoderEvent::Message(message))) => {
                    self.take(message, offset);
                    if self.channels.descriptions() > MOST_DESCRIPTIONS {
                        let what = "more than 1024 developer fields";
                        return Err(FitError::Absurd { offset, what });
                    }
                }
                Some(Ok(DecoderEvent::FileHeader(_) | DecoderEvent::Crc(_))) => {}
                Some(Err(error)) => return Err(decoding_error(&error, offset, start, end)),
                None => break,
            }
        }
        Ok(())
    }

    /// Notes which fields of a local message type cannot be trusted.
    fn define(&mut self, definition: &MessageDefinition) {
        let mut misfits = Misfits::default();
        for defined in &definition.field_definitions {
            let used =
                USED.iter().find(|(message, number, _)| *message == definition.mesg_num && *number == defined.num);
            let Some((_, number, base_type)) = used else { continue };
            let right = base_type.size();
            if defined.size != right || defined.base_type.size() != right {
                misfits.native.push(*number);
                self.remarks.say(&format!(
                    "field {number} of message {} has {} bytes of type {:#04x} where the FIT profile has {right} of type {:#04x}: passed over",
                    definition.mesg_num.0, defined.size, defined.base_type.0, base_type.0
                ));
            }
        }
        if definition.mesg_num == MesgNum::RECORD {
            for defined in &definition.developer_field_definitions {
                let (developer, number) = (defined.developer_data_index, defined.num);
                let complaint = match self.channels.described(developer, number) {
                    None => "has no description".to_owned(),
                    Some(FitBaseType::STRING) => continue,
                    Some(base_type) if base_type.size() == defined.size => continue,
                    Some(base_type) => {
                        format!(
                            "has {} bytes where its type {:#04x} has {}",
                            defined.size,
                            base_type.0,
                            base_type.size()
                        )
                    }
                };
                misfits.developer.push((developer, number));
                self.remarks
                    .say(&format!("developer field {number} of developer {developer} {complaint}: passed over"));
            }
        }
        self.misfits[usize::from(definition.header & 0x0f)] = misfits;
    }

    fn take(&mut self, message: &Message, offset: usize) {
        // A compressed time stamp leaves two bits for the local type (FIT protocol, record header).
        let local = if message.header & 0x80 == 0 { message.header & 0x0f } else { message.header >> 5 & 0x03 };
        match message.num {
            MesgNum::FIELD_DESCRIPTION => self.channels.describe(message, &mut self.remarks),
            MesgNum::RECORD => self.record(message, usize::from(local), offset),
            MesgNum::LAP => self.lap(message, usize::from(local)),
            MesgNum::EVENT => self.event(message, usize::from(local)),
            _ => {}
        }
    }

    fn record(&mut self, message: &Message, local: usize, offset: usize) {
        self.has_records = true;
        let misfits = &self.misfits[local];
        let mut stamp_s = None;
        let mut context = Context::default();
        let mut enhanced_speed = None;
        for found in &message.fields {
            if misfits.native.contains(&found.num) {
                continue;
            }
            match (found.num, &found.value) {
                (field::TIMESTAMP, FitValue::Uint32(stamp)) if *stamp != u32::MAX => stamp_s = Some(*stamp),
                (field::ENHANCED_SPEED, FitValue::Uint32(mm_per_s)) if *mm_per_s != u32::MAX => {
                    enhanced_speed = Some(CmPerS(u16::try_from((mm_per_s.saturating_add(5)) / 10).unwrap_or(u16::MAX)));
                }
                (NATIVE_THB | NATIVE_SMO2, FitValue::Uint16(raw)) => self.channels.native(found.num, *raw),
                (number, value) => set_context(&mut context, number, value),
            }
        }
        context.speed = enhanced_speed.or(context.speed);
        for found in &message.developer_fields {
            let (developer, number) = (found.developer_data_index, found.num);
            if !misfits.developer.contains(&(developer, number)) {
                self.channels.developer(developer, number, &found.value);
            }
        }
        let (at, jump) = self.clock.record(stamp_s);
        if let Some(jump) = jump {
            self.say_jump(jump, offset);
        }
        if context != Context::default() {
            self.items.push(Timed { at, item: Item::Context(context) });
        }
        self.channels.finish_record(at, &mut self.items);
    }

    fn say_jump(&mut self, jump: Jump, offset: usize) {
        let how = match jump {
            Jump::Back(by_s) => format!("back by {by_s} s"),
            Jump::Forward(by_s) => format!("forward by {by_s} s"),
        };
        self.remarks
            .say(&format!("offset {offset}: the recorder's clock was set {how}; the ride goes on without a step"));
    }

    /// A lap message tells of a lap that ended; what counts here is where it began. Without its start, the next lap is
    /// taken to begin at its end.
    fn lap(&mut self, message: &Message, local: usize) {
        let start = self.stamp(message, local, field::LAP_START_TIME);
        let Some(stamp_s) = start.or_else(|| self.stamp(message, local, field::TIMESTAMP)) else { return };
        self.laps.extend(self.clock.first_record_from(stamp_s));
    }

    fn event(&mut self, message: &Message, local: usize) {
        if !self.misfits[local].native.is_empty() {
            return;
        }
        let value = |number: u8| message.fields.iter().find(|found| found.num == number).map(|found| &found.value);
        let Some(FitValue::Uint8(RIDER_POSITION_CHANGE)) = value(field::EVENT) else { return };
        let posture = match value(field::EVENT_DATA) {
            Some(FitValue::Uint32(0)) => Posture::Seated,
            Some(FitValue::Uint32(1)) => Posture::Standing,
            _ => return,
        };
        let Some(stamp_s) = self.stamp(message, local, field::TIMESTAMP) else { return };
        self.items.push(Timed { at: self.clock.between_records(stamp_s), item: Item::Posture(posture) });
    }

    /// A time stamp of a message.
    fn stamp(&self, message: &Message, local: usize, number: u8) -> Option<u32> {
        let found = message.fields.iter().find(|found| found.num == number)?;
        match found.value {
            FitValue::Uint32(stamp_s) if stamp_s != u32::MAX && !self.misfits[local].native.contains(&number) => {
                Some(stamp_s)
            }
            _ => None,
        }
    }

    fn finish(mut self, offset: usize, has_sites: bool) -> Result<Recording, FitError> {
        if !self.has_records {
            return Err(FitError::NoRecords { offset });
        }
        let end = self.clock.now().unwrap_or_default();
        let channels = self.channels.settle(has_sites, &mut self.items, &mut self.remarks)?;
        if channels.is_empty() {
            self.remarks.say("there is no muscle oxygen in this file");
        }
        self.laps.retain(|at| *at > Instant::ZERO && *at < end);
        self.laps.sort_unstable();
        self.laps.dedup();
        let mut items = self.items;
        items.extend(self.laps.iter().map(|at| Timed { at: *at, item: Item::Lap }));
        // At the same time the lap goes first: the record that opens it is part of it.
        items.sort_by_key(|timed| (timed.at, !matches!(timed.item, Item::Lap)));
        Ok(Recording { channels, items, remarks: self.remarks.0 })
    }
}

/// Our words for what the decoder found at `offset`, in the FIT file from `start` to `end`.
fn decoding_error(error: &DecoderError<Infallible>, offset: usize, start: usize, end: usize) -> FitError {
    match *error {
        DecoderError::Io { err } => match err {},
        DecoderError::UnexpectedEof => FitError::Overrun { offset, end: end - CHECKSUM },
        DecoderError::NotFITFile => FitError::NotFit { offset: start, found: Vec::new() },
        DecoderError::ChecksumMismatch { found, calculated } => {
            let stands_at = if offset == start { start + SHORT_HEADER } else { offset };
            FitError::Checksum { offset: stands_at, found, calculated }
        }
        DecoderError::MissingMessageDefinition { local_mesg_num: local } => FitError::Undefined { offset, local },
    }
}

/// Takes in a field of a record that is context; anything else, and *invalid*, changes nothing.
fn set_context(context: &mut Context, number: u8, value: &FitValue) {
    match (number, value) {
        (field::HEART_RATE, FitValue::Uint8(bpm)) if *bpm != u8::MAX => context.heart_rate = Some(Bpm((*bpm).into())),
        (field::CADENCE, FitValue::Uint8(rpm)) if *rpm != u8::MAX => context.cadence = Some(Rpm((*rpm).into())),
        (field::POWER, FitValue::Uint16(watts)) if *watts != u16::MAX => context.power = Some(Watts(*watts)),
        (field::SPEED, FitValue::Uint16(mm_per_s)) if *mm_per_s != u16::MAX => {
            context.speed = Some(CmPerS(mm_per_s.saturating_add(5) / 10));
        }
        (field::GRADE, FitValue::Int16(hundredths)) if *hundredths != i16::MAX => {
            context.grade = Some(GradeTenths(hundredths / 10));
        }
        (field::TEMPERATURE, FitValue::Int8(celsius)) if *celsius != i8::MAX => {
            context.temperature = Some(CelsiusTenths(i16::from(*celsius) * 10));
        }
        _ => {}
    }
}
