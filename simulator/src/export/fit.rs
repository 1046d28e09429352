//! A ride as a FIT activity file, for the programs that riders already use.
//!
//! The layout is the one that opens in the most of them. One record a second. The primary muscle (the first thigh of the
//! roster: VL, else VM, else RF, else the first sensor) stands in the native fields 57 (SmO2, 0.1 %) and 54 (tHb,
//! 0.01 g/dL); every muscle, the primary too, stands in float32 developer fields with Moxy-style names
//! (`1st SmO2 Sensor 1234 on R. Quad (vl)`: the code in parentheses says which quad, which FIT's own list of body
//! locations cannot). Only the first sensor's developer fields name a native field, because a second mapping confuses
//! readers. The application id is ours.
//!
//! What is not known is FIT's *invalid* (all bits set), never a zero: a sensor's value holds for seven seconds after its
//! sample and ends at once with a sample that has a reason instead; power, cadence and the like hold for five. Seconds in
//! which nothing was heard for that long get no record. A FIT file at 1 Hz is a view of the ride for others: sample
//! times and reasons are in Sling's own log.
//!
//! The same inputs give the same bytes. The file is put together in memory and handed over whole, so an error leaves
//! nothing half-written.

use embedded_io::{ErrorType, Seek, SeekFrom, Write};
use rustyfit::profile::mesgdef;
use rustyfit::profile::typedef::{self, BodyLocation, DateTime, FitBaseType, MesgNum};
use rustyfit::proto::{DeveloperField, Field, Message, ProtocolVersion, Value as FitValue};
use rustyfit::{Encoder, EncoderError, MessageValidationError, StreamEncoder};
use sling_core::head_unit::{Assignment, Button, Context, Input, Press, Touch};
use sling_core::sensor::{Identity, Muscle, Side, Site, Value};
use sling_core::time::{Duration, Instant};
use sling_core::units::{Thb, ThbScale};
use std::convert::Infallible;

/// The application id of Sling's developer fields: a random UUID of our own, `79f3f2b2-85e4-47f6-81c5-c7b96d415a71`.
pub const APPLICATION_ID: [u8; 16] =
    [0x79, 0xf3, 0xf2, 0xb2, 0x85, 0xe4, 0x47, 0xf6, 0x81, 0xc5, 0xc7, 0xb9, 0x6d, 0x41, 0x5a, 0x71];

/// A sensor's value stands for this long after its sample: the limit after which Sling calls a reading stale.
const READING_HOLDS: Duration = Duration::from_ms(7_000);
/// Power, cadence and the like stand for this long.
const CONTEXT_HOLDS: Duration = Duration::from_ms(5_000);
/// ANT+ device type of muscle oxygen sensors.
const MUSCLE_OXYGEN: u8 = 31;
/// The only developer data index that we use.
const DEVELOPER: u8 = 0;

/// Why no FIT file was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is nothing to record.
    #[error("nothing to write: the ride holds no sample and no power, cadence, heart rate or speed")]
    Empty,
    /// FIT counts seconds from 1989-12-31 in 32 bits and keeps its first 8.5 years for clocks that were never set.
    #[error(
        "a ride at {unix_s} s since 1970-01-01 UTC has no FIT time stamp: write one between 899501056 and 4926032894"
    )]
    Time {
        /// Seconds since 1970-01-01 00:00 UTC.
        unix_s: u64,
    },
    /// More muscles or laps than a FIT file can number.
    #[error("{count} {what} are too many for a FIT file: write at most {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there can be.
        limit: usize,
    },
    /// The encoder refused a message.
    #[error("the FIT encoder refused message {index}")]
    Encode {
        /// Which message, from zero.
        index: usize,
        /// Why.
        source: MessageValidationError,
    },
    /// The file could not be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Writes the ride that `inputs` tell, in the order of time, as a FIT activity file. See [`Ride`].
pub fn write<'a>(
    inputs: impl IntoIterator<Item = (Instant, Input<'a>)>,
    roster: &[Assignment],
    start_unix_s: u64,
    out: &mut impl std::io::Write,
) -> Result<(), WriteError> {
    let mut ride = Ride::new(roster);
    for (at, input) in inputs {
        ride.hear(at, &input);
    }
    ride.write(start_unix_s, out)
}

/// Something heard, and when.
#[derive(Clone, Copy)]
struct Heard<T> {
    at: Instant,
    what: T,
}

/// One muscle through the ride.
struct Track {
    site: Site,
    identity: Identity,
    scale: ThbScale,
    last_count: Option<u16>,
    latest: Option<Heard<Value>>,
}

impl Track {
    fn new(assignment: Assignment) -> Self {
        let Assignment { site, identity } = assignment;
        Self { site, identity, scale: ThbScale::GramsPerDecilitre, last_count: None, latest: None }
    }

    fn value_at(&self, now: Instant) -> Option<Value> {
        self.latest.filter(|heard| now.since(heard.at) < READING_HOLDS).map(|heard| heard.what)
    }
}

/// The state of the ride at a whole second.
struct Row {
    second: u64,
    context: Context,
    /// By track; tracks that came later are not in it.
    values: Vec<Option<Value>>,
}

/// A ride at one row a second, as it comes in.
///
/// Samples, context and laps (also by the button) are recorded; other inputs only move time.
#[derive(Default)]
pub struct Ride {
    tracks: Vec<Track>,
    bindings: Vec<Assignment>,
    rows: Vec<Row>,
    /// The seconds at which laps after the first begin.
    lap_starts: Vec<u64>,
    context: ContextHeld,
    alive_until: Option<Instant>,
    next_second: u64,
    /// The time of the first input.
    origin: Option<Instant>,
    /// The time of the latest input since the first.
    now: Instant,
}

/// Each part of the context with the time it was heard.
#[derive(Default)]
struct ContextHeld(Vec<Heard<Context>>);

impl ContextHeld {
    fn hear(&mut self, at: Instant, context: Context) {
        self.0.retain(|old| at.since(old.at) <= CONTEXT_HOLDS);
        if self.0.last().is_some_and(|last| last.at == at) {
            let last = self.0.pop().map_or(context, |old| newer(old.what, context));
            self.0.push(Heard { at, what: last });
        } else {
            self.0.push(Heard { at, what: context });
        }
    }

    fn at(&self, now: Instant) -> Context {
        let fresh = self.0.iter().filter(|heard| now.since(heard.at) <= CONTEXT_HOLDS);
        fresh.fold(Context::default(), |so_far, heard| newer(so_far, heard.what))
    }
}

/// `old`, with whatever `new` knows put in its place.
fn newer(old: Context, new: Context) -> Context {
    Context {
        power: new.power.or(old.power),
        cadence: new.cadence.or(old.cadence),
        heart_rate: new.heart_rate.or(old.heart_rate),
        speed: new.speed.or(old.speed),
        grade: new.grade.or(old.grade),
        temperature: new.temperature.or(old.temperature),
    }
}

impl Ride {
    /// `roster` says where each sensor is worn; [`Input::Configure`] on the way replaces it.
    pub fn new(roster: &[Assignment]) -> Self {
        let mut ride = Self::default();
        ride.bind(roster);
        ride
    }

    /// Takes in what happened at `at`. A time before that of the input before counts as that one.
    pub fn hear(&mut self, at: Instant, input: &Input<'_>) {
        let origin = *self.origin.get_or_insert(at);
        self.now = self.now.max(Instant::from_ms(at.as_ms().saturating_sub(origin.as_ms())));
        self.advance_to(self.now);
        self.take(self.now, input);
    }

    /// Ends the ride and writes it. `start_unix_s` is the time of the first input in seconds since 1970-01-01 00:00 UTC.
    pub fn write(mut self, start_unix_s: u64, out: &mut impl std::io::Write) -> Result<(), WriteError> {
        // The last inputs, if they came inside a second, belong to the row at its end.
        let end = self.now.as_ms().div_ceil(1000);
        self.advance_to(Instant::from_ms(end.saturating_mul(1000).saturating_add(1)));
        let image = self.encode(start_unix_s)?;
        out.write_all(&image)?;
        out.flush()?;
        Ok(())
    }

    /// Writes the rows of all whole seconds before `now`, skipping the silent ones without counting through them.
    fn advance_to(&mut self, now: Instant) {
        while self.next_second.saturating_mul(1000) < now.as_ms() {
            let at = Instant::from_ms(self.next_second * 1000);
            if self.alive_until.is_none_or(|until| at >= until) {
                self.next_second = now.as_ms().div_ceil(1000);
                return;
            }
            let values = self.tracks.iter().map(|track| track.value_at(at)).collect();
            self.rows.push(Row { second: self.next_second, context: self.context.at(at), values });
            self.next_second += 1;
        }
    }

    fn take(&mut self, now: Instant, input: &Input<'_>) {
        match input {
            Input::Configure(config) => self.bind(&config.roster),
            Input::Sample(sample) => {
                self.alive_until = Some(now + READING_HOLDS);
                let Some(binding) = self.bindings.iter().find(|b| b.identity == sample.identity) else { return };
                let Some(track) = self.tracks.iter_mut().find(|t| t.site == binding.site) else { return };
                if track.last_count == Some(sample.count) && track.identity == sample.identity {
                    return;
                }
                track.identity = sample.identity;
                track.last_count = Some(sample.count);
                track.latest = sample.reading.ok().map(|what| Heard { at: now, what });
                if let Some(thb) = sample.reading.ok().and_then(|value| value.thb) {
                    track.scale = thb.scale;
                }
            }
            Input::Context(context) => {
                self.alive_until = Some(now + READING_HOLDS);
                self.context.hear(now, *context);
            }
            Input::Lap | Input::Button(Button::Select, Press::Long) | Input::Touch(Touch::Hold) => {
                self.lap_starts.push(now.as_ms().div_ceil(1000));
            }
            _ => {}
        }
    }

    fn bind(&mut self, roster: &[Assignment]) {
        self.bindings = roster.to_vec();
        for assignment in roster {
            if !self.tracks.iter().any(|track| track.site == assignment.site) {
                self.tracks.push(Track::new(*assignment));
            }
        }
    }

    /// The track for the native fields.
    fn primary(&self) -> Option<usize> {
        let worn = |muscle: &Muscle| self.tracks.iter().position(|track| track.site.muscle == *muscle);
        Muscle::THIGH.iter().find_map(worn).or(if self.tracks.is_empty() { None } else { Some(0) })
    }

    /// The track's place in the names: the primary is first, the others follow in the order of the roster.
    fn places(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.tracks.len()).collect();
        if let Some(primary) = self.primary() {
            order.retain(|&track| track != primary);
            order.insert(0, primary);
        }
        order
    }

    fn encode(&self, start_unix_s: u64) -> Result<Vec<u8>, WriteError> {
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return Err(WriteError::Empty) };
        at_most("muscles", self.tracks.len(), 100)?;
        at_most("laps", self.lap_starts.len() + 1, usize::from(u16::MAX) - 1)?;
        let clock = Clock::new(start_unix_s, last.second)?;
        let mut encoder = Encoder::builder().protocol_version(ProtocolVersion::V2).build();
        let mut image = Image::default();
        self.encode_messages(&mut File { stream: encoder.stream(&mut image) }, &clock, first.second, last.second)?;
        Ok(image.bytes)
    }

    fn encode_messages(&self, file: &mut File<'_>, clock: &Clock, first: u64, last: u64) -> Result<(), WriteError> {
        let places = self.places();
        file.put(file_id(clock, first))?;
        file.put(creator(clock, first))?;
        for (place, &track) in places.iter().enumerate() {
            file.put(sensor_info(clock, first, place, &self.tracks[track]))?;
        }
        file.put(developer_data_id())?;
        for (place, &track) in places.iter().enumerate() {
            let track = &self.tracks[track];
            file.put(field_description(place, Quantity::Smo2, track))?;
            file.put(field_description(place, Quantity::Thb, track))?;
        }
        file.put(timer(clock, first, typedef::EventType::START))?;
        self.encode_rows(file, clock, &places)?;
        file.put(timer(clock, last, typedef::EventType::STOP_ALL))?;
        self.encode_summaries(file, clock)?;
        file.finish()
    }

    fn encode_rows(&self, file: &mut File<'_>, clock: &Clock, places: &[usize]) -> Result<(), WriteError> {
        let primary = places.first().copied();
        for row in &self.rows {
            let value = |track: usize| row.values.get(track).copied().flatten();
            let mut fields = context_fields(clock.at(row.second), &row.context);
            if let Some(primary) = primary {
                fields.extend(native_fields(value(primary)));
            }
            let developer_fields = places
                .iter()
                .enumerate()
                .flat_map(|(place, &track)| developer_fields(place, value(track), self.tracks[track].scale))
                .collect();
            file.put(Message { num: MesgNum::RECORD, fields, developer_fields, ..Message::default() })?;
        }
        Ok(())
    }

    /// Lap messages, then the session and the activity, each over the rows it covers.
    fn encode_summaries(&self, file: &mut File<'_>, clock: &Clock) -> Result<(), WriteError> {
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return Ok(()) };
        let mut starts = vec![first.second];
        starts.extend(self.lap_starts.iter().map(|&start| start.clamp(first.second, last.second)));
        let ends = starts.iter().skip(1).copied().chain([last.second]);
        let mut from = 0;
        for (index, (start, end)) in starts.iter().copied().zip(ends).enumerate() {
            let is_last = index + 1 == starts.len();
            let to =
                if is_last { self.rows.len() } else { self.rows.partition_point(|row| row.second < end).max(from) };
            let summary = Summary::of(&self.rows[from..to], self.primary());
            file.put(lap(clock, index as u16, Span { start, end }, is_last, &summary))?;
            from = to;
        }
        let span = Span { start: first.second, end: last.second };
        file.put(session(clock, span, starts.len() as u16, &Summary::of(&self.rows, self.primary())))?;
        file.put(activity(clock, span))
    }
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), WriteError> {
    if count > limit { Err(WriteError::TooMany { what, count, limit }) } else { Ok(()) }
}

/// Seconds of the ride to FIT's time.
struct Clock {
    start: u32,
}

impl Clock {
    /// Fails unless the whole ride, `seconds` long, lies where FIT can say the date.
    fn new(start_unix_s: u64, seconds: u64) -> Result<Self, WriteError> {
        let date = |unix_s: u64| {
            let date = DateTime::from_unix_timestamp(i64::try_from(unix_s).unwrap_or(i64::MAX));
            if date.0 == u32::MAX || date.0 < DateTime::MIN.0 { Err(WriteError::Time { unix_s }) } else { Ok(date.0) }
        };
        date(start_unix_s.saturating_add(seconds))?;
        Ok(Self { start: date(start_unix_s)? })
    }

    fn at(&self, second: u64) -> DateTime {
        DateTime(self.start.saturating_add(second as u32))
    }
}

/// The seconds that a summary covers.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

impl Span {
    /// In FIT's milliseconds.
    fn elapsed_ms(self) -> u32 {
        u32::try_from(self.end.saturating_sub(self.start).saturating_mul(1000)).unwrap_or(u32::MAX)
    }
}

/// Mean, least and greatest of what was known.
#[derive(Default)]
struct Spread {
    sum: u64,
    count: u64,
    min: Option<u16>,
    max: Option<u16>,
}

impl Spread {
    fn of(values: impl Iterator<Item = u16>) -> Self {
        values.fold(Self::default(), |spread, value| Self {
            sum: spread.sum + u64::from(value),
            count: spread.count + 1,
            min: Some(spread.min.map_or(value, |min| min.min(value))),
            max: Some(spread.max.map_or(value, |max| max.max(value))),
        })
    }

    /// The mean, rounded to the nearest.
    fn mean(&self) -> Option<u16> {
        (self.count > 0).then(|| ((self.sum + self.count / 2) / self.count) as u16)
    }
}

/// What laps and the session say of their rows.
struct Summary {
    power: Spread,
    cadence: Spread,
    heart_rate: Spread,
    smo2: Spread,
    thb: Spread,
}

impl Summary {
    fn of(rows: &[Row], primary: Option<usize>) -> Self {
        let value = |row: &Row| primary.and_then(|primary| row.values.get(primary).copied().flatten());
        Self {
            power: Spread::of(rows.iter().filter_map(|row| Some(row.context.power?.0))),
            cadence: Spread::of(rows.iter().filter_map(|row| Some(row.context.cadence?.0))),
            heart_rate: Spread::of(rows.iter().filter_map(|row| Some(row.context.heart_rate?.0))),
            smo2: Spread::of(rows.iter().filter_map(|row| Some(value(row)?.smo2.tenths()))),
            thb: Spread::of(rows.iter().filter_map(|row| native_thb(value(row)?.thb?))),
        }
    }
}

/// tHb for a native field: only g/dL, and only what u16 hundredths can say.
fn native_thb(thb: Thb) -> Option<u16> {
    (thb.scale == ThbScale::GramsPerDecilitre).then(|| u16::try_from(thb.hundredths).ok()).flatten()
}

/// A value that fits in FIT's u8, or its *invalid*.
fn byte(value: Option<u16>) -> u8 {
    value.and_then(|value| u8::try_from(value).ok()).unwrap_or(u8::MAX)
}

fn word(value: Option<u16>) -> u16 {
    value.unwrap_or(u16::MAX)
}

/// A summary array of one muscle: empty, which leaves the field out, when nothing is known.
fn one(value: Option<u16>) -> Box<[u16]> {
    value.into_iter().collect()
}

fn field(num: u8, base_type: FitBaseType, value: FitValue) -> Field {
    Field { num, base_type, value, is_expanded: false }
}

/// A record's time and context. Every field is always there, as *invalid* if need be, so that one definition serves the
/// whole ride.
fn context_fields(at: DateTime, context: &Context) -> Vec<Field> {
    use mesgdef::Record;
    let speed = context.speed.map_or(u32::MAX, |speed| u32::from(speed.0) * 10);
    let grade = context.grade.and_then(|grade| grade.0.checked_mul(10)).unwrap_or(i16::MAX);
    let celsius = |tenths: i16| i8::try_from((f32::from(tenths) / 10.0).round() as i16).ok();
    let temperature = context.temperature.and_then(|t| celsius(t.0)).unwrap_or(i8::MAX);
    vec![
        field(Record::TIMESTAMP, FitBaseType::UINT32, FitValue::Uint32(at.0)),
        field(Record::HEART_RATE, FitBaseType::UINT8, FitValue::Uint8(byte(context.heart_rate.map(|v| v.0)))),
        field(Record::CADENCE, FitBaseType::UINT8, FitValue::Uint8(byte(context.cadence.map(|v| v.0)))),
        field(Record::POWER, FitBaseType::UINT16, FitValue::Uint16(word(context.power.map(|v| v.0)))),
        field(Record::ENHANCED_SPEED, FitBaseType::UINT32, FitValue::Uint32(speed)),
        field(Record::GRADE, FitBaseType::SINT16, FitValue::Int16(grade)),
        field(Record::TEMPERATURE, FitBaseType::SINT8, FitValue::Int8(temperature)),
    ]
}

fn native_fields(value: Option<Value>) -> [Field; 2] {
    use mesgdef::Record;
    let thb = value.and_then(|value| native_thb(value.thb?));
    let smo2 = value.map(|value| value.smo2.tenths());
    [
        field(Record::TOTAL_HEMOGLOBIN_CONC, FitBaseType::UINT16, FitValue::Uint16(word(thb))),
        field(Record::SATURATED_HEMOGLOBIN_PERCENT, FitBaseType::UINT16, FitValue::Uint16(word(smo2))),
    ]
}

/// What a developer field holds.
#[derive(Clone, Copy)]
enum Quantity {
    Smo2,
    Thb,
}

impl Quantity {
    /// Developer fields are numbered in pairs, by the sensor's place.
    fn number(self, place: usize) -> u8 {
        (place * 2) as u8 + u8::from(matches!(self, Self::Thb))
    }
}

fn developer_fields(place: usize, value: Option<Value>, scale: ThbScale) -> [DeveloperField; 2] {
    let float = |value: Option<f32>| FitValue::Float32(value.unwrap_or(f32::from_bits(u32::MAX)));
    let developer_field = |quantity: Quantity, value: Option<f32>| DeveloperField {
        num: quantity.number(place),
        developer_data_index: DEVELOPER,
        value: float(value),
    };
    let thb = value.and_then(|value| value.thb).filter(|thb| thb.scale == scale);
    [
        developer_field(Quantity::Smo2, value.map(|value| value.smo2.percent())),
        developer_field(Quantity::Thb, thb.map(Thb::value)),
    ]
}

fn field_description(place: usize, quantity: Quantity, track: &Track) -> Message {
    let mut description = mesgdef::FieldDescription::new();
    description.developer_data_index = DEVELOPER;
    description.field_definition_number = quantity.number(place);
    description.fit_base_type_id = FitBaseType::FLOAT32;
    let (name, units, native) = match quantity {
        Quantity::Smo2 => ("SmO2", "%", Some(mesgdef::Record::SATURATED_HEMOGLOBIN_PERCENT)),
        Quantity::Thb if track.scale == ThbScale::GramsPerDecilitre => {
            ("THb", "THb", Some(mesgdef::Record::TOTAL_HEMOGLOBIN_CONC))
        }
        Quantity::Thb => ("THb", "a.u.", None),
    };
    description.field_name = Box::new([field_name(place, name, track).into()]);
    description.units = Box::new([units.into()]);
    if let Some(native) = native.filter(|_| place == 0) {
        description.native_mesg_num = MesgNum::RECORD;
        description.native_field_num = native;
    }
    description.into()
}

/// `1st SmO2 Sensor 1234 on R. Quad (vl)`.
fn field_name(place: usize, quantity: &str, track: &Track) -> String {
    let Site { muscle, side } = track.site;
    let number = sensor_number(track.identity);
    let region = region(muscle);
    format!("{} {quantity} Sensor {number} on {}. {region} ({})", ordinal(place + 1), side.letter(), muscle.code())
}

/// `1st`, `2nd`, `3rd`, `4th`...
fn ordinal(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// The number that names the sensor: ANT+ device number, the last two bytes of a Bluetooth address, the channel from 1.
fn sensor_number(identity: Identity) -> u16 {
    match identity {
        Identity::Ant { number, .. } => number,
        Identity::Ble { address } => u16::from_be_bytes([address[4], address[5]]),
        Identity::Channel(channel) => u16::from(channel) + 1,
    }
}

/// The region in the words of Moxy's fields.
fn region(muscle: Muscle) -> &'static str {
    match muscle {
        Muscle::VastusLateralis | Muscle::VastusMedialis | Muscle::RectusFemoris => "Quad",
        Muscle::GastrocnemiusMedialis | Muscle::GastrocnemiusLateralis | Muscle::Soleus => "Calf",
        Muscle::BicepsFemoris | Muscle::Semitendinosus => "Ham",
        Muscle::GluteusMaximus | Muscle::GluteusMedius => "Glute",
        Muscle::TibialisAnterior => "Shin",
        Muscle::ErectorSpinae => "Back",
        Muscle::Deltoid => "Shoulder",
    }
}

/// FIT's body location nearest to the site.
fn body_location(site: Site) -> BodyLocation {
    let (left, right) = match region(site.muscle) {
        "Quad" => (BodyLocation::LEFT_QUAD, BodyLocation::RIGHT_QUAD),
        "Calf" => (BodyLocation::LEFT_CALF, BodyLocation::RIGHT_CALF),
        "Ham" => (BodyLocation::LEFT_HAMSTRING, BodyLocation::RIGHT_HAMSTRING),
        "Glute" => (BodyLocation::LEFT_GLUTE, BodyLocation::RIGHT_GLUTE),
        "Shin" => (BodyLocation::LEFT_SHIN, BodyLocation::RIGHT_SHIN),
        "Back" => (BodyLocation::LEFT_LOWER_BACK, BodyLocation::RIGHT_LOWER_BACK),
        _ => (BodyLocation::LEFT_SHOULDER, BodyLocation::RIGHT_SHOULDER),
    };
    match site.side {
        Side::Left => left,
        Side::Right => right,
    }
}

fn file_id(clock: &Clock, start: u64) -> Message {
    let mut id = mesgdef::FileId::new();
    id.r#type = typedef::File::ACTIVITY;
    id.manufacturer = typedef::Manufacturer::DEVELOPMENT;
    id.product = 0;
    id.time_created = clock.at(start);
    id.product_name = "Sling".into();
    id.into()
}

fn creator(clock: &Clock, start: u64) -> Message {
    let mut info = mesgdef::DeviceInfo::new();
    info.timestamp = clock.at(start);
    info.device_index = typedef::DeviceIndex::CREATOR;
    info.manufacturer = typedef::Manufacturer::DEVELOPMENT;
    info.product_name = "Sling".into();
    info.source_type = typedef::SourceType::LOCAL;
    info.into()
}

fn sensor_info(clock: &Clock, start: u64, place: usize, track: &Track) -> Message {
    let mut info = mesgdef::DeviceInfo::new();
    info.timestamp = clock.at(start);
    info.device_index = typedef::DeviceIndex((place + 1) as u8);
    info.device_type = MUSCLE_OXYGEN;
    info.sensor_position = body_location(track.site);
    info.descriptor = track.site.to_string().into();
    match track.identity {
        Identity::Ant { number, transmission } => {
            info.source_type = typedef::SourceType::ANTPLUS;
            info.ant_network = typedef::AntNetwork::ANTPLUS;
            info.ant_device_number = number;
            info.ant_transmission_type = transmission;
            info.serial_number = u32::from(number) | u32::from(transmission >> 4) << 16;
        }
        Identity::Ble { address } => {
            info.source_type = typedef::SourceType::BLUETOOTH_LOW_ENERGY;
            info.serial_number = u32::from_be_bytes([address[2], address[3], address[4], address[5]]);
        }
        Identity::Channel(_) => info.source_type = typedef::SourceType::LOCAL,
    }
    info.into()
}

fn developer_data_id() -> Message {
    let mut id = mesgdef::DeveloperDataId::new();
    id.application_id = Box::new(APPLICATION_ID);
    id.developer_data_index = DEVELOPER;
    id.application_version = 1;
    id.into()
}

fn timer(clock: &Clock, second: u64, what: typedef::EventType) -> Message {
    let mut event = mesgdef::Event::new();
    event.timestamp = clock.at(second);
    event.event = typedef::Event::TIMER;
    event.event_type = what;
    event.data = 0;
    event.into()
}

fn lap(clock: &Clock, index: u16, span: Span, is_last: bool, summary: &Summary) -> Message {
    let mut lap = mesgdef::Lap::new();
    lap.message_index = typedef::MessageIndex(index);
    lap.timestamp = clock.at(span.end);
    lap.start_time = clock.at(span.start);
    lap.event = typedef::Event::LAP;
    lap.event_type = typedef::EventType::STOP;
    lap.lap_trigger = if is_last { typedef::LapTrigger::SESSION_END } else { typedef::LapTrigger::MANUAL };
    lap.sport = typedef::Sport::CYCLING;
    lap.total_elapsed_time = span.elapsed_ms();
    lap.total_timer_time = span.elapsed_ms();
    lap.avg_power = word(summary.power.mean());
    lap.max_power = word(summary.power.max);
    lap.avg_cadence = byte(summary.cadence.mean());
    lap.max_cadence = byte(summary.cadence.max);
    lap.avg_heart_rate = byte(summary.heart_rate.mean());
    lap.max_heart_rate = byte(summary.heart_rate.max);
    lap.avg_total_hemoglobin_conc = one(summary.thb.mean());
    lap.min_total_hemoglobin_conc = one(summary.thb.min);
    lap.max_total_hemoglobin_conc = one(summary.thb.max);
    lap.avg_saturated_hemoglobin_percent = one(summary.smo2.mean());
    lap.min_saturated_hemoglobin_percent = one(summary.smo2.min);
    lap.max_saturated_hemoglobin_percent = one(summary.smo2.max);
    lap.into()
}

fn session(clock: &Clock, span: Span, laps: u16, summary: &Summary) -> Message {
    let mut session = mesgdef::Session::new();
    session.message_index = typedef::MessageIndex(0);
    session.timestamp = clock.at(span.end);
    session.start_time = clock.at(span.start);
    session.event = typedef::Event::SESSION;
    session.event_type = typedef::EventType::STOP;
    session.trigger = typedef::SessionTrigger::ACTIVITY_END;
    session.sport = typedef::Sport::CYCLING;
    session.sub_sport = typedef::SubSport::GENERIC;
    session.first_lap_index = 0;
    session.num_laps = laps;
    session.total_elapsed_time = span.elapsed_ms();
    session.total_timer_time = span.elapsed_ms();
    session.avg_power = word(summary.power.mean());
    session.max_power = word(summary.power.max);
    session.avg_cadence = byte(summary.cadence.mean());
    session.max_cadence = byte(summary.cadence.max);
    session.avg_heart_rate = byte(summary.heart_rate.mean());
    session.max_heart_rate = byte(summary.heart_rate.max);
    session.avg_total_hemoglobin_conc = one(summary.thb.mean());
    session.min_total_hemoglobin_conc = one(summary.thb.min);
    session.max_total_hemoglobin_conc = one(summary.thb.max);
    session.avg_saturated_hemoglobin_percent = one(summary.smo2.mean());
    session.min_saturated_hemoglobin_percent = one(summary.smo2.min);
    session.max_saturated_hemoglobin_percent = one(summary.smo2.max);
    session.into()
}

fn activity(clock: &Clock, span: Span) -> Message {
    let mut activity = mesgdef::Activity::new();
    activity.timestamp = clock.at(span.end);
    activity.total_timer_time = span.elapsed_ms();
    activity.num_sessions = 1;
    activity.r#type = typedef::Activity::MANUAL;
    activity.event = typedef::Event::ACTIVITY;
    activity.event_type = typedef::EventType::STOP;
    activity.into()
}

/// The encoder with our errors.
struct File<'a> {
    stream: StreamEncoder<'a, &'a mut Image>,
}

impl File<'_> {
    fn put(&mut self, mut message: Message) -> Result<(), WriteError> {
        self.stream.write_message(&mut message).map_err(refused)
    }

    fn finish(&mut self) -> Result<(), WriteError> {
        self.stream.finish().map_err(refused)
    }
}

fn refused(error: EncoderError<Infallible>) -> WriteError {
    match error {
        EncoderError::Io { err } => match err {},
        EncoderError::EmptyMessages => WriteError::Empty,
        EncoderError::MessageValidation { mesg_index, err } => WriteError::Encode { index: mesg_index, source: err },
    }
}

/// A file in memory. The encoder goes back to write the header when it knows the size.
#[derive(Default)]
struct Image {
    bytes: Vec<u8>,
    at: usize,
}

impl ErrorType for Image {
    type Error = Infallible;
}

impl Write for Image {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        let over = buf.len().min(self.bytes.len() - self.at);
        self.bytes[self.at..self.at + over].copy_from_slice(&buf[..over]);
        self.bytes.extend_from_slice(&buf[over..]);
        self.at += buf.len();
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Seek for Image {
    /// Stays inside what is written: the encoder goes nowhere else.
    fn seek(&mut self, to: SeekFrom) -> Result<u64, Infallible> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.bytes.len() as u64, by),
            SeekFrom::Current(by) => (self.at as u64, by),
        };
        self.at = (base.saturating_add_signed(by) as usize).min(self.bytes.len());
        Ok(self.at as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustyfit::{Decoder, DecoderEvent, StreamingIterator};
    use sling_core::sensor::{Reason, Sample};
    use sling_core::units::{Smo2, Watts};

    const THIGH: Assignment = Assignment {
        identity: Identity::Ant { number: 1234, transmission: 0x15 },
        site: Site::new(Muscle::VastusLateralis, Side::Left),
    };

    fn at(ms: u64, input: Input<'_>) -> (Instant, Input<'_>) {
        (Instant::from_ms(ms), input)
    }

    fn power(watts: u16) -> Input<'static> {
        Input::Context(Context { power: Some(Watts(watts)), ..Context::default() })
    }

    fn thigh(count: u16, tenths: u16) -> Input<'static> {
        let smo2 = Smo2::from_tenths(tenths).ok_or(Reason::Implausible);
        let reading = smo2.map(|smo2| Value { smo2, thb: None });
        Input::Sample(Sample { identity: THIGH.identity, count, reading })
    }

    fn messages(inputs: Vec<(Instant, Input<'static>)>) -> Vec<Message> {
        let mut bytes = Vec::new();
        write(inputs, &[THIGH], 1_748_757_600, &mut bytes).expect("a FIT file");
        let mut decoder = Decoder::new();
        let mut stream = decoder.stream(bytes.as_slice());
        let mut messages = Vec::new();
        while let Some(event) = stream.next() {
            if let DecoderEvent::Message(message) = event.expect("well-formed") {
                messages.push(message.clone());
            }
        }
        messages
    }

    fn of(messages: &[Message], number: MesgNum) -> Vec<&Message> {
        messages.iter().filter(|message| message.num == number).collect()
    }

    #[test]
    fn laps_and_session_sum_up_their_own_rows() {
        let mut inputs = Vec::new();
        for second in 0..10_u16 {
            if second == 4 {
                inputs.push(at(4_000, Input::Button(Button::Select, Press::Long)));
            }
            if second == 7 {
                // No lap.
                inputs.push(at(7_000, Input::Touch(Touch::SwipeLeft)));
            }
            inputs.push(at(u64::from(second) * 1000, power(200 + 10 * second)));
            inputs.push(at(u64::from(second) * 1000, thigh(second, 600 - 10 * second)));
        }
        let messages = messages(inputs);
        let laps: Vec<_> = of(&messages, MesgNum::LAP).into_iter().map(mesgdef::Lap::from).collect();
        let spread = |lap: &mesgdef::Lap| {
            let smo2 = [
                &lap.avg_saturated_hemoglobin_percent,
                &lap.min_saturated_hemoglobin_percent,
                &lap.max_saturated_hemoglobin_percent,
            ];
            (lap.total_elapsed_time, lap.avg_power, lap.max_power, smo2.map(|values| values.to_vec()))
        };
        assert_eq!(
            laps.iter().map(spread).collect::<Vec<_>>(),
            [
                (4_000, 215, 230, [vec![585], vec![570], vec![600]]),
                (5_000, 265, 290, [vec![535], vec![510], vec![560]]),
            ]
        );
        assert!(laps.iter().all(|lap| lap.avg_total_hemoglobin_conc.is_empty()), "no tHb was sent");
        let session = mesgdef::Session::from(of(&messages, MesgNum::SESSION)[0]);
        assert_eq!((session.num_laps, session.total_elapsed_time, session.avg_power), (2, 9_000, 245));
        assert_eq!(*session.avg_saturated_hemoglobin_percent, [555]);
    }

    #[test]
    fn a_sensor_is_described_with_its_place() {
        let messages = messages(vec![at(0, thigh(0, 600))]);
        let infos = of(&messages, MesgNum::DEVICE_INFO);
        let info = mesgdef::DeviceInfo::from(infos[1]);
        assert_eq!((info.device_type, info.sensor_position), (MUSCLE_OXYGEN, BodyLocation::LEFT_QUAD));
        assert_eq!((info.ant_device_number, info.serial_number), (1234, 0x1_04d2));
        assert_eq!(&*info.descriptor, "vl.left");
    }

    #[test]
    fn a_repeated_count_does_not_keep_a_value_alive() {
        let inputs = (0..12).map(|second| at(second * 1000, thigh(7, 600))).collect();
        let messages = messages(inputs);
        let values: Vec<_> = of(&messages, MesgNum::RECORD).into_iter().map(mesgdef::Record::from).collect();
        let known = values.iter().map(|record| record.saturated_hemoglobin_percent != u16::MAX).collect::<Vec<_>>();
        assert_eq!(known, [[true; 7].as_slice(), &[false; 5]].concat());
    }

    #[test]
    fn ordinals_are_english() {
        let ordinals: Vec<_> = [1, 2, 3, 4, 11, 12, 13, 21, 22].into_iter().map(ordinal).collect();
        assert_eq!(ordinals, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd"]);
    }
}
