//! A ride as a FIT activity file, for the programs that riders already use.
//!
//! The layout is the one that opens in the most of them. One record a second. The primary muscle (the first thigh of the
//! roster: VL, else VM, else RF, else the first sensor) stands in the native fields 57 (SmO2, 0.1 %) and 54 (tHb,
//! 0.01 g/dL); every muscle, the primary too, stands in float32 developer fields with Moxy-style names
//! (`1st SmO2 Sensor 1234 on R. Quad (vl)`: the code in parentheses says which quad, which FIT's own list of body
//! locations cannot). Only the first sensor's developer fields name a native field, because a second mapping confuses
//! readers. `Sling D` (points of SmO2) and `Sling calf share` (percent of the bar on the screen) are those of the leg that was
//! shown. Alerts, nudges, markers and positions are events with a text of ours. The application id is ours.
//!
//! What is not known is FIT's *invalid* (all bits set), never a zero: a sensor's value holds for seven seconds after its
//! sample and ends at once with a sample that has a reason instead; power, cadence, D and the like hold for five. Seconds in
//! which nothing was heard for that long get no record, nor do those in which the ride rests. A FIT file at 1 Hz is a view
//! of the ride for others: sample times and reasons are in the ride log.
//!
//! The file is made in passes over the entries, without memory for the ride: the first finds what there is, the second
//! how long the file becomes, the third writes it from its first byte to its last. The same entries give the same bytes.
//! The format: Garmin's FIT SDK, 21.158; its protocol version 2.0, which developer fields need.

use super::ride::{Entry, Life};
use crate::field::calf_percent;
use crate::head_unit::{Context, Event};
use crate::sensor::{Identity, Muscle, Side, Site, Value};
use crate::time::{Duration, Instant};
use crate::units::{Thb, ThbScale};
use core::convert::Infallible;
use core::fmt::{self, Write as _};
use crc::{CRC_16_ARC, Crc, Digest, NoTable};

/// The application id of Sling's developer fields: a random UUID of our own, `79f3f2b2-85e4-47f6-81c5-c7b96d415a71`.
pub const APPLICATION_ID: [u8; 16] =
    [0x79, 0xf3, 0xf2, 0xb2, 0x85, 0xe4, 0x47, 0xf6, 0x81, 0xc5, 0xc7, 0xb9, 0x6d, 0x41, 0x5a, 0x71];
/// When a ride began whose wall time nobody told: 2020-01-01 00:00 UTC, which no reader takes for today.
pub const UNKNOWN_START_UNIX_S: u64 = 1_577_836_800;
/// A sensor's value stands for this long after its sample: the limit after which Sling calls a reading stale.
const READING_HOLDS: Duration = Duration::from_ms(7_000);
/// Power, cadence and the like stand for this long.
const CONTEXT_HOLDS: Duration = Duration::from_ms(5_000);
/// FIT's seconds begin on 1989-12-31.
const EPOCH_UNIX_S: u64 = 631_065_600;
/// Smaller numbers are times of clocks that were never set.
const EARLIEST: u64 = 0x1000_0000;
/// ANT+ device type of muscle oxygen sensors.
const MUSCLE_OXYGEN: u8 = 31;
/// The only developer data index that we use.
const DEVELOPER: u8 = 0;
/// Developer fields that are not of a muscle.
const D: u8 = 250;
const SHARE: u8 = 251;
const TEXT: u8 = 252;
/// Bytes of texts, with the zero at their end.
const NAME: u8 = 52;
const SAID: u8 = 48;

const CRC: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_ARC);
static FILE_CRC: Crc<u16, NoTable> = CRC;

/// Why no FIT file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitError<E> {
    /// There is nothing to record.
    Empty,
    /// FIT counts seconds from 1989-12-31 in 32 bits and keeps its first 8.5 years for clocks that were never set.
    Time {
        /// Seconds since 1970-01-01 00:00 UTC.
        unix_s: u64,
    },
    /// The entries were others when they were gone through again. What was put is no file.
    Changed,
    /// The bytes could not be put where they belong.
    Put(E),
}

impl<E: fmt::Display> fmt::Display for FitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                f.write_str("nothing to write: the ride holds no sample and no power, cadence, heart rate or speed")
            }
            Self::Time { unix_s } => write!(
                f,
                "a ride at {unix_s} s since 1970-01-01 UTC has no FIT time stamp: write one between 899501056 and 4926032894"
            ),
            Self::Changed => f.write_str("the ride changed while it was read"),
            Self::Put(error) => error.fmt(f),
        }
    }
}

/// Where the bytes of a file go.
pub type Put<'a, E> = dyn FnMut(&[u8]) -> Result<(), E> + 'a;

/// Writes the ride that `entries` tell, in the order of time, as a FIT activity file. They are gone through three times.
pub fn write<I: Iterator<Item = (Instant, Entry)>, E>(
    entries: impl Fn() -> I,
    put: &mut Put<'_, E>,
) -> Result<(), FitError<E>> {
    let found = Found::of(entries());
    let measured = pass(&found, &Measured::default(), entries(), &mut |_: &[u8]| Ok::<(), Infallible>(()));
    let measured = match measured {
        Ok(measured) => measured,
        Err(FitError::Empty) => return Err(FitError::Empty),
        Err(FitError::Time { unix_s }) => return Err(FitError::Time { unix_s }),
        Err(FitError::Changed) => return Err(FitError::Changed),
        Err(FitError::Put(never)) => match never {},
    };
    let Some((_, last)) = measured.span else { return Err(FitError::Empty) };
    for second in [0, last] {
        let unix_s = found.start_unix_s.saturating_add(second);
        let date = unix_s.saturating_sub(EPOCH_UNIX_S);
        if date < EARLIEST || date >= u64::from(u32::MAX) {
            return Err(FitError::Time { unix_s });
        }
    }
    let written = pass(&found, &measured, entries(), put)?;
    if written == measured { Ok(()) } else { Err(FitError::Changed) }
}

/// One muscle of the ride.
#[derive(Clone, Copy, Debug)]
struct Track {
    site: Site,
    identity: Option<Identity>,
    scale: ThbScale,
}

/// Every muscle there is, on both sides.
const SITES: usize = Muscle::ALL.len() * 2;
type Tracks = heapless::Vec<Track, SITES>;

/// What the first pass finds: the muscles, the primary first, and when the ride was.
struct Found {
    tracks: Tracks,
    origin: Instant,
    start_unix_s: u64,
}

impl Found {
    fn of(entries: impl Iterator<Item = (Instant, Entry)>) -> Self {
        let mut tracks = Tracks::new();
        let (mut origin, mut wall) = (None, None);
        for (at, entry) in entries {
            origin = origin.or(Some(at));
            let (site, identity, scale) = match entry {
                Entry::Worn(worn) => (worn.site, Some(worn.identity), None),
                Entry::Sample { site, reading } => {
                    (site, None, reading.ok().and_then(|value| value.thb).map(|thb| thb.scale))
                }
                Entry::Event(Event::WallTime { unix_s, .. }) => {
                    wall = wall.or(Some((at, unix_s)));
                    continue;
                }
                _ => continue,
            };
            if !tracks.iter().any(|track| track.site == site) {
                let track = Track { site, identity: None, scale: ThbScale::GramsPerDecilitre };
                // There is a place for every site.
                let _ = tracks.push(track);
            }
            if let Some(track) = tracks.iter_mut().find(|track| track.site == site) {
                track.identity = identity.or(track.identity);
                track.scale = scale.unwrap_or(track.scale);
            }
        }
        let worn = |muscle: &Muscle| tracks.iter().position(|track| track.site.muscle == *muscle);
        if let Some(before) = Muscle::THIGH.iter().find_map(worn).and_then(|primary| tracks.get_mut(..=primary)) {
            before.rotate_right(1);
        }
        let origin = origin.unwrap_or(Instant::ZERO);
        let start = |(at, unix_s): (Instant, u64)| unix_s.saturating_sub(u64::from(at.since(origin).as_s()));
        Self { tracks, origin, start_unix_s: wall.map_or(UNKNOWN_START_UNIX_S, start) }
    }

    /// A second of the ride in FIT's time.
    fn date(&self, second: u64) -> u32 {
        let date = self.start_unix_s.saturating_sub(EPOCH_UNIX_S).saturating_add(second);
        u32::try_from(date).unwrap_or(u32::MAX)
    }
}

/// What the second pass finds: how long the file is, and the seconds of its first and last record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Measured {
    bytes: u32,
    span: Option<(u64, u64)>,
}

/// Mean, least and greatest of what was known.
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    sum: u64,
    count: u64,
    range: Option<(u16, u16)>,
}

impl Spread {
    fn take(&mut self, value: Option<u16>) {
        if let Some(value) = value {
            self.sum += u64::from(value);
            self.count += 1;
            self.range = Some(self.range.map_or((value, value), |(min, max)| (min.min(value), max.max(value))));
        }
    }

    /// The mean, rounded to the nearest.
    fn mean(&self) -> Option<u16> {
        (self.sum + self.count / 2).checked_div(self.count).map(|mean| mean as u16)
    }

    fn min(&self) -> Option<u16> {
        self.range.map(|(min, _)| min)
    }

    fn max(&self) -> Option<u16> {
        self.range.map(|(_, max)| max)
    }
}

/// What laps and the session say of their records.
#[derive(Clone, Copy, Debug, Default)]
struct Summary {
    start: u64,
    /// Seconds without those in which the ride rested.
    rested_s: u64,
    power: Spread,
    cadence: Spread,
    heart_rate: Spread,
    smo2: Spread,
    thb: Spread,
}

/// The context with the time at which each part was heard.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    context: Context,
    at: [Instant; 6],
}

impl Held {
    fn hear(&mut self, at: Instant, news: &Context) {
        let Context { power, cadence, heart_rate, speed, grade, temperature } = news;
        let is_news = [
            power.is_some(),
            cadence.is_some(),
            heart_rate.is_some(),
            speed.is_some(),
            grade.is_some(),
            temperature.is_some(),
        ];
        for (heard, is_news) in self.at.iter_mut().zip(is_news) {
            *heard = if is_news { at } else { *heard };
        }
        self.context = self.context.renewed(*news);
    }

    fn now(&self, now: Instant) -> Context {
        let [power, cadence, heart_rate, speed, grade, temperature] =
            self.at.map(|heard| now.since(heard) <= CONTEXT_HOLDS);
        let known = self.context;
        Context {
            power: known.power.filter(|_| power),
            cadence: known.cadence.filter(|_| cadence),
            heart_rate: known.heart_rate.filter(|_| heart_rate),
            speed: known.speed.filter(|_| speed),
            grade: known.grade.filter(|_| grade),
            temperature: known.temperature.filter(|_| temperature),
        }
    }
}

/// FIT's base types.
mod base {
    pub const ENUM: u8 = 0x00;
    pub const SINT8: u8 = 0x01;
    pub const UINT8: u8 = 0x02;
    pub const STRING: u8 = 0x07;
    pub const UINT8Z: u8 = 0x0a;
    pub const BYTE: u8 = 0x0d;
    pub const SINT16: u8 = 0x83;
    pub const UINT16: u8 = 0x84;
    pub const UINT32: u8 = 0x86;
    pub const FLOAT32: u8 = 0x88;
    pub const UINT16Z: u8 = 0x8b;
    pub const UINT32Z: u8 = 0x8c;
}

/// A kind of message: its number in this file, its number in FIT, and its fields by number, bytes and base type.
struct Kind {
    local: u8,
    global: u16,
    fields: &'static [(u8, u8, u8)],
}

const TIMESTAMP: (u8, u8, u8) = (253, 4, base::UINT32);
const MESSAGE_INDEX: (u8, u8, u8) = (254, 2, base::UINT16);

/// type, manufacturer, product, time created, product name
static FILE_ID: Kind = Kind {
    local: 0,
    global: 0,
    fields: &[
        (0, 1, base::ENUM),
        (1, 2, base::UINT16),
        (2, 2, base::UINT16),
        (4, 4, base::UINT32),
        (8, 6, base::STRING),
    ],
};
/// device index and type, manufacturer, serial number, sensor position, descriptor, ANT's transmission type, number and
/// network, source type
static DEVICE_INFO: Kind = Kind {
    local: 1,
    global: 23,
    fields: &[
        TIMESTAMP,
        (0, 1, base::UINT8),
        (1, 1, base::UINT8),
        (2, 2, base::UINT16),
        (3, 4, base::UINT32Z),
        (18, 1, base::ENUM),
        (19, 12, base::STRING),
        (20, 1, base::UINT8Z),
        (21, 2, base::UINT16Z),
        (22, 1, base::ENUM),
        (25, 1, base::ENUM),
        (27, 6, base::STRING),
    ],
};
/// application id, developer data index, application version
static DEVELOPER_DATA_ID: Kind =
    Kind { local: 2, global: 207, fields: &[(1, 16, base::BYTE), (3, 1, base::UINT8), (4, 4, base::UINT32)] };
/// developer data index, number, base type, name, unit, and the native field that it stands for
static FIELD_DESCRIPTION: Kind = Kind {
    local: 3,
    global: 206,
    fields: &[
        (0, 1, base::UINT8),
        (1, 1, base::UINT8),
        (2, 1, base::UINT8),
        (3, NAME, base::STRING),
        (8, 5, base::STRING),
        (14, 2, base::UINT16),
        (15, 1, base::UINT8),
    ],
};
const EVENT_FIELDS: &[(u8, u8, u8)] =
    &[TIMESTAMP, (0, 1, base::ENUM), (1, 1, base::ENUM), (3, 4, base::UINT32), (4, 1, base::UINT8)];
/// event, type, data, group
static TIMER: Kind = Kind { local: 4, global: 21, fields: EVENT_FIELDS };
/// The same with a text of ours.
static SAYING: Kind = Kind { local: 5, global: 21, fields: EVENT_FIELDS };
/// heart rate, cadence, power, speed, gradient, temperature, tHb, SmO2
static RECORD: Kind = Kind {
    local: 6,
    global: 20,
    fields: &[
        TIMESTAMP,
        (3, 1, base::UINT8),
        (4, 1, base::UINT8),
        (7, 2, base::UINT16),
        (73, 4, base::UINT32),
        (9, 2, base::SINT16),
        (13, 1, base::SINT8),
        (54, 2, base::UINT16),
        (57, 2, base::UINT16),
    ],
};
/// event, type, start, elapsed and timer time, heart rate, cadence, power, trigger, sport, tHb, SmO2
static LAP: Kind = Kind {
    local: 7,
    global: 19,
    fields: &[
        MESSAGE_INDEX,
        TIMESTAMP,
        (0, 1, base::ENUM),
        (1, 1, base::ENUM),
        (2, 4, base::UINT32),
        (7, 4, base::UINT32),
        (8, 4, base::UINT32),
        (15, 1, base::UINT8),
        (16, 1, base::UINT8),
        (17, 1, base::UINT8),
        (18, 1, base::UINT8),
        (19, 2, base::UINT16),
        (20, 2, base::UINT16),
        (84, 2, base::UINT16),
        (85, 2, base::UINT16),
        (86, 2, base::UINT16),
        (87, 2, base::UINT16),
        (88, 2, base::UINT16),
        (89, 2, base::UINT16),
        (24, 1, base::ENUM),
        (25, 1, base::ENUM),
    ],
};
/// As a lap, then sport and sub-sport, trigger, first lap and how many there are.
static SESSION: Kind = Kind {
    local: 8,
    global: 18,
    fields: &[
        MESSAGE_INDEX,
        TIMESTAMP,
        (0, 1, base::ENUM),
        (1, 1, base::ENUM),
        (2, 4, base::UINT32),
        (7, 4, base::UINT32),
        (8, 4, base::UINT32),
        (16, 1, base::UINT8),
        (17, 1, base::UINT8),
        (18, 1, base::UINT8),
        (19, 1, base::UINT8),
        (20, 2, base::UINT16),
        (21, 2, base::UINT16),
        (95, 2, base::UINT16),
        (96, 2, base::UINT16),
        (97, 2, base::UINT16),
        (98, 2, base::UINT16),
        (99, 2, base::UINT16),
        (100, 2, base::UINT16),
        (5, 1, base::ENUM),
        (6, 1, base::ENUM),
        (28, 1, base::ENUM),
        (25, 2, base::UINT16),
        (26, 2, base::UINT16),
    ],
};
/// timer time, sessions, type, event, event type
static ACTIVITY: Kind = Kind {
    local: 9,
    global: 34,
    fields: &[
        TIMESTAMP,
        (0, 4, base::UINT32),
        (1, 2, base::UINT16),
        (2, 1, base::ENUM),
        (3, 1, base::ENUM),
        (4, 1, base::ENUM),
    ],
};

/// The manufacturer of those who have no number of their own.
const DEVELOPMENT: u16 = 255;
const CYCLING: u8 = 2;
const EVENT_TIMER: u8 = 0;
const EVENT_SESSION: u8 = 8;
const EVENT_LAP: u8 = 9;
const EVENT_ACTIVITY: u8 = 26;
const EVENT_USER_MARKER: u8 = 32;
const TYPE_START: u8 = 0;
const TYPE_STOP: u8 = 1;
const TYPE_MARKER: u8 = 3;
const TYPE_STOP_ALL: u8 = 4;

/// A message that is put together: the longest, a record of every muscle, has 238 bytes.
#[derive(Default)]
struct Message(heapless::Vec<u8, 256>);

impl Message {
    fn of(kind: &Kind) -> Self {
        let mut message = Self::default();
        message.u8(kind.local);
        message
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // The tables above say how long it becomes: there is room.
        let _ = self.0.extend_from_slice(bytes);
    }

    fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    /// A value, or *invalid*.
    fn word(&mut self, value: Option<u16>) {
        self.u16(value.unwrap_or(u16::MAX));
    }

    /// A value that fits, or *invalid*.
    fn byte(&mut self, value: Option<u16>) {
        self.u8(value.and_then(|value| u8::try_from(value).ok()).unwrap_or(u8::MAX));
    }

    fn float(&mut self, value: Option<f32>) {
        self.u32(value.map_or(u32::MAX, f32::to_bits));
    }

    /// A text of `size` bytes with at least one zero at its end.
    fn text(&mut self, text: &str, size: u8) {
        let mut end = text.len().min(usize::from(size) - 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.as_bytes().get(..end).unwrap_or_default();
        self.bytes(text);
        for _ in text.len()..usize::from(size) {
            self.u8(0);
        }
    }
}

/// Counts and checks what goes to the file.
struct File<'a, 'b, E> {
    put: &'a mut Put<'b, E>,
    /// None while it is only counted.
    crc: Option<Digest<'static, u16, NoTable>>,
    bytes: u32,
}

impl<E> File<'_, '_, E> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), FitError<E>> {
        if let Some(crc) = &mut self.crc {
            crc.update(bytes);
        }
        self.bytes = self.bytes.saturating_add(bytes.len() as u32);
        (self.put)(bytes).map_err(FitError::Put)
    }

    fn message(&mut self, message: &Message) -> Result<(), FitError<E>> {
        self.bytes(&message.0)
    }

    /// The header, for a file of `bytes` after it.
    fn header(&mut self, bytes: u32) -> Result<(), FitError<E>> {
        const HEADER: u8 = 14;
        const PROTOCOL_2_0: u8 = 0x20;
        const PROFILE: u16 = 21_158;
        let mut header = Message::default();
        header.bytes(&[HEADER, PROTOCOL_2_0]);
        header.u16(PROFILE);
        header.u32(bytes);
        header.bytes(b".FIT");
        header.u16(CRC.checksum(&header.0));
        self.message(&header)?;
        self.bytes = 0;
        Ok(())
    }

    /// Says how messages of a kind look. `own` are its developer fields, by number and bytes.
    fn define(&mut self, kind: &Kind, own: impl Iterator<Item = (u8, u8)> + Clone) -> Result<(), FitError<E>> {
        const DEFINITION: u8 = 0x40;
        const WITH_DEVELOPER_FIELDS: u8 = 0x20;
        let owns = own.clone().count() as u8;
        let mut message = Message::default();
        message.u8(DEFINITION | if owns > 0 { WITH_DEVELOPER_FIELDS } else { 0 } | kind.local);
        message.bytes(&[0, 0]);
        message.u16(kind.global);
        message.u8(kind.fields.len() as u8);
        for (number, bytes, base) in kind.fields {
            message.bytes(&[*number, *bytes, *base]);
        }
        if owns > 0 {
            message.u8(owns);
            for (number, bytes) in own {
                message.bytes(&[number, bytes, DEVELOPER]);
            }
        }
        self.message(&message)
    }

    /// Kinds of messages that are all FIT's own.
    fn define_plain(&mut self) -> Result<(), FitError<E>> {
        for kind in [&FILE_ID, &DEVICE_INFO, &DEVELOPER_DATA_ID, &FIELD_DESCRIPTION, &TIMER, &LAP, &SESSION, &ACTIVITY]
        {
            self.define(kind, core::iter::empty())?;
        }
        Ok(())
    }

    /// Kinds with developer fields, which must have been described before.
    fn define_ours(&mut self, tracks: &[Track]) -> Result<(), FitError<E>> {
        self.define(&SAYING, core::iter::once((TEXT, SAID)))?;
        let muscles = (0..tracks.len() as u8).flat_map(|place| [(place * 2, 4), (place * 2 + 1, 4)]);
        self.define(&RECORD, muscles.chain([(D, 4), (SHARE, 4)]))
    }

    /// Our developer fields, each described.
    fn describe_all(&mut self, tracks: &[Track]) -> Result<(), FitError<E>> {
        let mut id = Message::of(&DEVELOPER_DATA_ID);
        id.bytes(&APPLICATION_ID);
        id.u8(DEVELOPER);
        id.u32(1);
        self.message(&id)?;
        for (place, track) in (0..).zip(tracks) {
            let is_absolute = track.scale == ThbScale::GramsPerDecilitre;
            let mut name = heapless::String::<{ NAME as usize }>::new();
            // A name has room for the longest that there is.
            let _ = name_field(&mut name, place, "SmO2", track);
            self.describe(place * 2, base::FLOAT32, &name, "%", Some(57).filter(|_| place == 0))?;
            name.clear();
            let _ = name_field(&mut name, place, "THb", track);
            let unit = if is_absolute { "THb" } else { "a.u." };
            self.describe(place * 2 + 1, base::FLOAT32, &name, unit, Some(54).filter(|_| place == 0 && is_absolute))?;
        }
        self.describe(D, base::FLOAT32, "Sling D", "%", None)?;
        self.describe(SHARE, base::FLOAT32, "Sling calf share", "%", None)?;
        self.describe(TEXT, base::STRING, "Sling", "", None)
    }

    fn describe(
        &mut self,
        number: u8,
        base: u8,
        name: &str,
        unit: &str,
        native: Option<u8>,
    ) -> Result<(), FitError<E>> {
        let mut message = Message::of(&FIELD_DESCRIPTION);
        message.bytes(&[DEVELOPER, number, base]);
        message.text(name, NAME);
        message.text(unit, 5);
        message.word(native.map(|_| RECORD.global));
        message.byte(native.map(u16::from));
        self.message(&message)
    }

    fn file_id(&mut self, date: u32) -> Result<(), FitError<E>> {
        const ACTIVITY_FILE: u8 = 4;
        let mut message = Message::of(&FILE_ID);
        message.u8(ACTIVITY_FILE);
        message.u16(DEVELOPMENT);
        message.u16(0);
        message.u32(date);
        message.text("Sling", 6);
        self.message(&message)
    }

    /// A device: ourselves without a track, or a sensor with its place from 1.
    fn device(&mut self, date: u32, index: u8, track: Option<&Track>) -> Result<(), FitError<E>> {
        const ANT_PLUS: u8 = 1;
        const BLUETOOTH_LOW_ENERGY: u8 = 3;
        const LOCAL: u8 = 5;
        let (mut serial, mut transmission, mut number, mut network, mut source) = (0, 0, 0, u8::MAX, LOCAL);
        match track.and_then(|track| track.identity) {
            Some(Identity::Ant { number: it, transmission: how }) => {
                serial = u32::from(it) | u32::from(how >> 4) << 16;
                (transmission, number, network, source) = (how, it, ANT_PLUS, ANT_PLUS);
            }
            Some(Identity::Ble { address: [_, _, a, b, c, d] }) => {
                serial = u32::from_be_bytes([a, b, c, d]);
                source = BLUETOOTH_LOW_ENERGY;
            }
            Some(Identity::Channel(_)) | None => {}
        }
        let mut site = heapless::String::<12>::new();
        // The longest is `gmax.right`.
        let _ = track.map(|track| write!(site, "{}", track.site));
        let mut message = Message::of(&DEVICE_INFO);
        message.u32(date);
        message.u8(index);
        message.u8(if track.is_some() { MUSCLE_OXYGEN } else { u8::MAX });
        message.u16(if track.is_some() { u16::MAX } else { DEVELOPMENT });
        message.u32(serial);
        message.u8(track.map_or(u8::MAX, |track| body_location(track.site)));
        message.text(&site, 12);
        message.u8(transmission);
        message.u16(number);
        message.bytes(&[network, source]);
        message.text(if track.is_some() { "" } else { "Sling" }, 6);
        self.message(&message)
    }

    fn timer(&mut self, date: u32, what: u8) -> Result<(), FitError<E>> {
        let mut message = Message::of(&TIMER);
        message.u32(date);
        message.bytes(&[EVENT_TIMER, what]);
        message.u32(0);
        message.u8(u8::MAX);
        self.message(&message)
    }

    /// An event that says something in our own words.
    fn say(&mut self, date: u32, text: fmt::Arguments<'_>) -> Result<(), FitError<E>> {
        let mut said = heapless::String::<{ SAID as usize }>::new();
        // The longest is a label of 24 bytes with a word before it.
        let _ = said.write_fmt(text);
        let mut message = Message::of(&SAYING);
        message.u32(date);
        message.bytes(&[EVENT_USER_MARKER, TYPE_MARKER]);
        message.u32(u32::MAX);
        message.u8(u8::MAX);
        message.text(&said, SAID);
        self.message(&message)
    }
}

/// One pass over the ride that makes the file.
fn pass<E>(
    found: &Found,
    measured: &Measured,
    entries: impl Iterator<Item = (Instant, Entry)>,
    put: &mut Put<'_, E>,
) -> Result<Measured, FitError<E>> {
    let mut file = File { put, crc: measured.span.map(|_| FILE_CRC.digest()), bytes: 0 };
    file.header(measured.bytes)?;
    file.define_plain()?;
    let (first, last) = measured.span.unwrap_or_default();
    let date = found.date(first);
    file.file_id(date)?;
    file.device(date, 0, None)?;
    for (place, track) in (1..).zip(&found.tracks) {
        file.device(date, place, Some(track))?;
    }
    file.describe_all(&found.tracks)?;
    file.define_ours(&found.tracks)?;
    file.timer(date, TYPE_START)?;
    let mut rider = Rider {
        found,
        file,
        first,
        last,
        now: Instant::ZERO,
        latest: [None; SITES],
        held: Held::default(),
        d: None,
        alive_until: None,
        next_second: 0,
        rests_since: None,
        span: None,
        laps: 0,
        lap: Summary { start: first, ..Summary::default() },
        ride: Summary { start: first, ..Summary::default() },
    };
    for (at, entry) in entries {
        rider.take(at, &entry)?;
    }
    rider.finish()
}

/// Goes through a ride a second at a time.
struct Rider<'a, 'b, 'c, E> {
    found: &'a Found,
    file: File<'b, 'c, E>,
    first: u64,
    last: u64,
    /// Since the first entry.
    now: Instant,
    latest: [Option<(Instant, Value)>; SITES],
    held: Held,
    d: Option<(Instant, i16)>,
    alive_until: Option<Instant>,
    next_second: u64,
    rests_since: Option<u64>,
    span: Option<(u64, u64)>,
    laps: u16,
    lap: Summary,
    ride: Summary,
}

impl<E> Rider<'_, '_, '_, E> {
    fn take(&mut self, at: Instant, entry: &Entry) -> Result<(), FitError<E>> {
        let since = Instant::from_ms(at.as_ms().saturating_sub(self.found.origin.as_ms()));
        self.now = self.now.max(since);
        let now = self.now;
        self.advance_to(now)?;
        let alive = Some(now + READING_HOLDS);
        match entry {
            Entry::Sample { site, reading } => {
                self.alive_until = alive;
                let place = self.found.tracks.iter().position(|track| track.site == *site);
                if let Some(latest) = place.and_then(|place| self.latest.get_mut(place)) {
                    *latest = reading.ok().map(|value| (now, value));
                }
            }
            Entry::Context(context) => {
                self.alive_until = alive;
                self.held.hear(now, context);
            }
            Entry::Balance { d_tenths, .. } => self.d = Some((now, *d_tenths)),
            Entry::Event(event) => self.event(event)?,
            Entry::Life(Life::Paused | Life::Stood) => self.rest()?,
            Entry::Life(Life::Ended) => self.end()?,
            Entry::Life(Life::Resumed | Life::Begun | Life::PowerOn) => self.go_on()?,
            Entry::Worn(_) | Entry::Posture(_) | Entry::Button(..) | Entry::Touch(_) => {}
        }
        Ok(())
    }

    /// The whole second at or after now.
    fn second(&self) -> u64 {
        self.now.as_ms().div_ceil(1000)
    }

    /// That in FIT's time, between the first record and the last.
    fn date(&self) -> u32 {
        self.found.date(self.second().min(self.last).max(self.first))
    }

    fn event(&mut self, event: &Event) -> Result<(), FitError<E>> {
        let date = self.date();
        match event {
            Event::Lap { .. } => self.end_lap(self.second(), false),
            Event::Alert { pattern, place, level, .. } => {
                self.file.say(date, format_args!("{} {} {}", pattern.code(), place.site, level.code()))
            }
            Event::AlertLevel { pattern, site, level } => {
                self.file.say(date, format_args!("{} {site} {}", pattern.code(), level.code()))
            }
            Event::AlertCleared { pattern, site } => {
                self.file.say(date, format_args!("{} {site} cleared", pattern.code()))
            }
            Event::Nudge { cue } => self.file.say(date, format_args!("{}", cue.code())),
            Event::Marker { label } => self.file.say(date, format_args!("marker: {label}")),
            Event::Position { label } => self.file.say(date, format_args!("position: {label}")),
            Event::Crashed { label } => self.file.say(date, format_args!("restart: {label}")),
            _ => Ok(()),
        }
    }

    /// The ride is over. The last entries, if they came inside a second, belong to the record at its end.
    fn end(&mut self) -> Result<(), FitError<E>> {
        self.advance_to(Instant::from_ms(self.second().saturating_mul(1000).saturating_add(1)))?;
        self.rest()
    }

    /// The ride rests from this second on.
    fn rest(&mut self) -> Result<(), FitError<E>> {
        if self.rests_since.is_some() {
            return Ok(());
        }
        self.rests_since = Some(self.second());
        // Before the first record the timer does not run.
        if self.span.is_some() { self.file.timer(self.date(), TYPE_STOP_ALL) } else { Ok(()) }
    }

    fn go_on(&mut self) -> Result<(), FitError<E>> {
        if self.rests_since.is_none() || self.span.is_none() {
            self.rests_since = None;
            return Ok(());
        }
        self.book_rest();
        self.rests_since = None;
        self.file.timer(self.date(), TYPE_START)
    }

    /// What the ride has rested so far is no time of its own.
    fn book_rest(&mut self) {
        let second = self.second();
        if let Some(since) = self.rests_since.as_mut().filter(|_| self.span.is_some()) {
            let rested = second.saturating_sub(*since);
            *since = second;
            self.lap.rested_s = self.lap.rested_s.saturating_add(rested);
            self.ride.rested_s = self.ride.rested_s.saturating_add(rested);
        }
    }

    /// Writes the records of all whole seconds before `now`, skipping the silent ones without counting through them.
    fn advance_to(&mut self, now: Instant) -> Result<(), FitError<E>> {
        while self.next_second.saturating_mul(1000) < now.as_ms() {
            let at = Instant::from_ms(self.next_second * 1000);
            if self.rests_since.is_some() || self.alive_until.is_none_or(|until| at >= until) {
                self.next_second = now.as_ms().div_ceil(1000);
                return Ok(());
            }
            self.record(at)?;
            self.next_second += 1;
        }
        Ok(())
    }

    fn record(&mut self, at: Instant) -> Result<(), FitError<E>> {
        let second = self.next_second;
        self.span = Some(self.span.map_or((second, second), |(first, _)| (first, second)));
        let value = |latest: &Option<(Instant, Value)>| {
            latest.filter(|(heard, _)| at.since(*heard) < READING_HOLDS).map(|(_, value)| value)
        };
        let context = self.held.now(at);
        let primary = self.latest.first().and_then(value).filter(|_| !self.found.tracks.is_empty());
        let (power, cadence) = (context.power.map(|it| it.0), context.cadence.map(|it| it.0));
        let heart_rate = context.heart_rate.map(|it| it.0);
        let (thb, smo2) = (primary.and_then(native_thb), primary.map(|value| value.smo2.tenths()));
        let tenths_to_whole = |tenths: i16| (tenths + if tenths < 0 { -5 } else { 5 }) / 10;
        let celsius = context.temperature.and_then(|it| i8::try_from(tenths_to_whole(it.0.clamp(-2000, 2000))).ok());
        let mut message = Message::of(&RECORD);
        message.u32(self.found.date(second));
        message.byte(heart_rate);
        message.byte(cadence);
        message.word(power);
        message.u32(context.speed.map_or(u32::MAX, |speed| u32::from(speed.0) * 10));
        message.u16(context.grade.and_then(|grade| grade.0.checked_mul(10)).unwrap_or(i16::MAX).cast_unsigned());
        message.u8(celsius.unwrap_or(i8::MAX).cast_unsigned());
        message.word(thb);
        message.word(smo2);
        for (track, latest) in self.found.tracks.iter().zip(&self.latest) {
            let value = value(latest);
            message.float(value.map(|value| value.smo2.percent()));
            let thb = value.and_then(|value| value.thb).filter(|thb| thb.scale == track.scale);
            message.float(thb.map(Thb::value));
        }
        let d = self.d.filter(|(heard, _)| at.since(*heard) <= CONTEXT_HOLDS).map(|(_, d)| f32::from(d) / 10.0);
        message.float(d);
        message.float(d.map(|d| calf_percent(d) as f32));
        for summary in [&mut self.lap, &mut self.ride] {
            summary.power.take(power);
            summary.cadence.take(cadence);
            summary.heart_rate.take(heart_rate);
            summary.smo2.take(smo2);
            summary.thb.take(thb);
        }
        self.file.message(&message)
    }

    /// Ends the lap before the record of `end`, or with the ride.
    fn end_lap(&mut self, end: u64, is_last: bool) -> Result<(), FitError<E>> {
        const MANUAL: u8 = 0;
        const SESSION_END: u8 = 7;
        if !is_last {
            self.book_rest();
        }
        let end = end.min(self.last).max(self.first);
        let lap = self.lap;
        let mut message = Message::of(&LAP);
        // An index has twelve bits.
        self.summarise(&mut message, self.laps.min(0x0fff), EVENT_LAP, &lap, end);
        message.bytes(&[if is_last { SESSION_END } else { MANUAL }, CYCLING]);
        self.file.message(&message)?;
        self.laps = self.laps.saturating_add(1);
        self.lap = Summary { start: end, ..Summary::default() };
        Ok(())
    }

    fn summarise(&self, message: &mut Message, index: u16, event: u8, summary: &Summary, end: u64) {
        let Summary { start, rested_s, power, cadence, heart_rate, smo2, thb } = summary;
        let ms = |seconds: u64| u32::try_from(seconds.saturating_mul(1000)).unwrap_or(u32::MAX);
        let elapsed = end.saturating_sub(*start);
        message.u16(index);
        message.u32(self.found.date(end));
        message.bytes(&[event, TYPE_STOP]);
        message.u32(self.found.date(*start));
        message.u32(ms(elapsed));
        message.u32(ms(elapsed.saturating_sub(*rested_s)));
        for spread in [heart_rate, cadence] {
            message.byte(spread.mean());
            message.byte(spread.max());
        }
        message.word(power.mean());
        message.word(power.max());
        for spread in [thb, smo2] {
            message.word(spread.mean());
            message.word(spread.min());
            message.word(spread.max());
        }
    }

    /// The last records, the last lap, the session, and the checksum.
    fn finish(mut self) -> Result<Measured, FitError<E>> {
        const GENERIC: u8 = 0;
        const ACTIVITY_END: u8 = 0;
        const MANUAL: u8 = 0;
        self.end()?;
        let Some(span) = self.span else { return Err(FitError::Empty) };
        let end = self.last.max(self.first);
        self.end_lap(end, true)?;
        let ride = self.ride;
        let mut message = Message::of(&SESSION);
        self.summarise(&mut message, 0, EVENT_SESSION, &ride, end);
        message.bytes(&[CYCLING, GENERIC, ACTIVITY_END]);
        message.u16(0);
        message.u16(self.laps);
        self.file.message(&message)?;
        let timer_s = end.saturating_sub(ride.start).saturating_sub(ride.rested_s);
        let mut message = Message::of(&ACTIVITY);
        message.u32(self.found.date(end));
        message.u32(u32::try_from(timer_s.saturating_mul(1000)).unwrap_or(u32::MAX));
        message.u16(1);
        message.bytes(&[MANUAL, EVENT_ACTIVITY, TYPE_STOP]);
        self.file.message(&message)?;
        let bytes = self.file.bytes;
        if let Some(crc) = self.file.crc.take() {
            self.file.bytes(&crc.finalize().to_le_bytes())?;
        }
        Ok(Measured { bytes, span: Some(span) })
    }
}

/// tHb for a native field: only g/dL, and only what u16 hundredths can say.
fn native_thb(value: Value) -> Option<u16> {
    let thb = value.thb.filter(|thb| thb.scale == ThbScale::GramsPerDecilitre)?;
    u16::try_from(thb.hundredths).ok()
}

/// `1st SmO2 Sensor 1234 on R. Quad (vl)`.
fn name_field(out: &mut dyn fmt::Write, place: u8, quantity: &str, track: &Track) -> fmt::Result {
    let Site { muscle, side } = track.site;
    let ending = match place {
        0 => "st",
        1 => "nd",
        2 => "rd",
        _ => "th",
    };
    write!(out, "{}{ending} {quantity} Sensor ", place + 1)?;
    // ANT+ device number, the last two bytes of a Bluetooth address, the channel from 1.
    let number = match track.identity {
        Some(Identity::Ant { number, .. }) => Some(number),
        Some(Identity::Ble { address: [_, _, _, _, a, b] }) => Some(u16::from_be_bytes([a, b])),
        Some(Identity::Channel(channel)) => Some(u16::from(channel) + 1),
        None => None,
    };
    if let Some(number) = number {
        write!(out, "{number} ")?;
    }
    write!(out, "on {}. {} ({})", side.letter(), region(muscle).0, muscle.code())
}

/// The region in the words of Moxy's fields, and FIT's body locations for it on the left and the right.
const fn region(muscle: Muscle) -> (&'static str, u8, u8) {
    match muscle {
        Muscle::VastusLateralis | Muscle::VastusMedialis | Muscle::RectusFemoris => ("Quad", 4, 10),
        Muscle::GastrocnemiusMedialis | Muscle::GastrocnemiusLateralis | Muscle::Soleus => ("Calf", 1, 7),
        Muscle::BicepsFemoris | Muscle::Semitendinosus => ("Ham", 3, 9),
        Muscle::GluteusMaximus | Muscle::GluteusMedius => ("Glute", 5, 11),
        Muscle::TibialisAnterior => ("Shin", 2, 8),
        Muscle::ErectorSpinae => ("Back", 13, 15),
        Muscle::Deltoid => ("Shoulder", 23, 29),
    }
}

/// FIT's body location nearest to the site.
const fn body_location(site: Site) -> u8 {
    let (_, left, right) = region(site.muscle);
    match site.side {
        Side::Left => left,
        Side::Right => right,
    }
}
