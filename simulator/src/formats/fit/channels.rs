//! The muscle-oxygen sensors of a file: which developer fields belong together, which sensor is which, and what each
//! record says of each.

use super::names::{self, Name, Place, Quantity};
use super::{FitError, Labels, MAX_SITES, Remarks};
use crate::formats::{Channel, Item, Timed};
use rustyfit::profile::typedef::{FitBaseType, MesgNum};
use rustyfit::proto::{Message, Value as FitValue};
use sling_core::sensor::{Reading, Reason, Site, Value};
use sling_core::time::{Duration, Instant};
use sling_core::units::{Smo2, Thb, ThbScale};
use std::collections::BTreeMap;

/// Native field numbers of a record (FIT profile).
pub(super) const NATIVE_THB: u8 = 54;
/// Saturated haemoglobin percent.
pub(super) const NATIVE_SMO2: u8 = 57;

/// The most sensors that are followed while reading; more than that is no recording of a ride.
const MAX_SEEN: usize = 64;
/// A value that a 1 Hz record repeats is the same sample until it has stood for so long: the slowest sensors send every
/// two seconds.
const REPEAT_IS_NEWS_AFTER: Duration = Duration::from_ms(2_000);
/// Words in the name or unit of a field that has nothing to do with muscle oxygen, whatever number it claims.
const FOREIGN: [&str; 7] = ["temp", "core", "skin", "heat", "°", "celsius", "fahrenheit"];

/// A developer field's own description (message 206).
#[derive(Clone, Debug)]
struct Description {
    developer: u8,
    number: u8,
    base_type: FitBaseType,
    name: String,
    units: String,
    scale: Option<u8>,
    offset: i8,
    native: Option<u8>,
}

/// A description that concerns us.
#[derive(Clone, Copy)]
struct OxygenField {
    channel: usize,
    quantity: Quantity,
    base_type: FitBaseType,
    factor: f64,
    offset: f64,
    thb_scale: ThbScale,
}

#[derive(Clone, Copy)]
struct Described {
    base_type: FitBaseType,
    oxygen: Option<OxygenField>,
}

/// What makes two fields one sensor.
#[derive(Clone, PartialEq, Eq)]
enum Key {
    /// The native fields 54 and 57.
    Native,
    /// A sensor that its fields name.
    Named { sensor: String, ordinal: Option<u8>, site: Option<Site> },
    /// Fields of one developer that name no sensor.
    Plain { developer: u8, ordinal: Option<u8>, site: Option<Site> },
}

/// The field that fills one of a sensor's quantities: part of a chained file, developer, number.
type Slot = Option<(u32, u8, u8)>;

struct Sensor {
    key: Key,
    label: String,
    place: Option<Place>,
    smo2: Slot,
    thb: Slot,
    samples: usize,
    /// Records in which this sensor and the native field both gave SmO2, and those in which they agreed.
    with_native: usize,
    like_native: usize,
}

/// A sensor's part of a record.
#[derive(Clone, Copy, Default)]
struct Partial {
    smo2: Option<f64>,
    thb: Option<(f64, ThbScale)>,
}

/// Follows the sensors through a file.
#[derive(Default)]
pub(super) struct Channels {
    sensors: Vec<Sensor>,
    fields: BTreeMap<(u8, u8), Described>,
    part: u32,
    record: Vec<Partial>,
}

impl Channels {
    /// A chained file begins: its descriptions are its own.
    pub fn next_part(&mut self) {
        self.fields.clear();
        self.part += 1;
    }

    /// How many developer fields are described.
    pub fn descriptions(&self) -> usize {
        self.fields.len()
    }

    /// The base type of a described developer field.
    pub fn described(&self, developer: u8, number: u8) -> Option<FitBaseType> {
        self.fields.get(&(developer, number)).map(|described| described.base_type)
    }

    /// Takes in a field description.
    pub fn describe(&mut self, message: &Message, remarks: &mut Remarks) {
        let Some(description) = Description::from_message(message) else {
            return remarks.say("a developer field's description has no number: passed over");
        };
        let oxygen = self.oxygen_field(&description, remarks);
        let described = Described { base_type: description.base_type, oxygen };
        self.fields.insert((description.developer, description.number), described);
    }

    fn oxygen_field(&mut self, description: &Description, remarks: &mut Remarks) -> Option<OxygenField> {
        let name = names::parse(&description.name);
        let claimed = match description.native {
            Some(NATIVE_SMO2) => Some(Quantity::Smo2),
            Some(NATIVE_THB) => Some(Quantity::Thb),
            _ => None,
        };
        let quantity = match (name.quantity, claimed) {
            (Some(quantity), _) => quantity,
            (None, Some(claimed)) if description.may_be(claimed) => claimed,
            (None, Some(claimed)) => {
                remarks.say(&description.foreign(claimed));
                return None;
            }
            (None, None) => return None,
        };
        if description.base_type == FitBaseType::STRING {
            remarks.say(&format!("developer field {} holds text, not numbers: passed over", description.quoted()));
            return None;
        }
        let (factor, offset) = description.conversion(claimed, remarks);
        let channel = self.sensor_of(description, &name, quantity);
        if channel.is_none() {
            remarks.say(&format!("more than {MAX_SEEN} muscle-oxygen sensors: the others are passed over"));
        }
        let thb_scale = description.thb_scale();
        Some(OxygenField { channel: channel?, quantity, base_type: description.base_type, factor, offset, thb_scale })
    }

    /// The sensor that a field belongs to, a new one if need be.
    fn sensor_of(&mut self, description: &Description, name: &Name, quantity: Quantity) -> Option<usize> {
        let site = name.place.map(|place| place.site);
        let ordinal = name.ordinal;
        let key = match &name.sensor {
            Some(sensor) => Key::Named { sensor: sensor.clone(), ordinal, site },
            None => Key::Plain { developer: description.developer, ordinal, site },
        };
        let field = (self.part, description.developer, description.number);
        let has_room = |slot: Slot| slot.is_none_or(|taken| taken == field || taken.0 != field.0);
        let found =
            self.sensors.iter().position(|sensor| sensor.key == key && has_room(sensor.slot(quantity))).or_else(
                || {
                    let label = description.name.clone();
                    self.add(Sensor::new(key, label, name.place))
                },
            )?;
        let sensor = &mut self.sensors[found];
        if quantity == Quantity::Smo2 {
            sensor.label.clone_from(&description.name);
        }
        *sensor.slot_mut(quantity) = Some(field);
        Some(found)
    }

    fn add(&mut self, sensor: Sensor) -> Option<usize> {
        (self.sensors.len() < MAX_SEEN).then(|| {
            self.sensors.push(sensor);
            self.record.push(Partial::default());
            self.sensors.len() - 1
        })
    }

    /// A native field of a record: SmO2 in 0.1 %, tHb in 0.01 g/dL.
    pub fn native(&mut self, number: u8, raw: u16) {
        if raw == u16::MAX {
            return;
        }
        let native = self.sensors.iter().position(|sensor| sensor.key == Key::Native);
        let label = || format!("native fields {NATIVE_SMO2} (SmO2) and {NATIVE_THB} (tHb)");
        let Some(native) = native.or_else(|| self.add(Sensor::new(Key::Native, label(), None))) else { return };
        let (quantity, value) = match number {
            NATIVE_SMO2 => (Quantity::Smo2, f64::from(raw) / 10.0),
            _ => (Quantity::Thb, f64::from(raw) / 100.0),
        };
        *self.sensors[native].slot_mut(quantity) = Some((self.part, u8::MAX, number));
        self.put(native, quantity, value, ThbScale::GramsPerDecilitre);
    }

    /// A developer field of a record.
    pub fn developer(&mut self, developer: u8, number: u8, value: &FitValue) {
        let Some(field) = self.fields.get(&(developer, number)).and_then(|described| described.oxygen) else { return };
        if let Some(number) = number_in(value, field.base_type) {
            self.put(field.channel, field.quantity, number * field.factor - field.offset, field.thb_scale);
        }
    }

    fn put(&mut self, channel: usize, quantity: Quantity, value: f64, scale: ThbScale) {
        let Some(partial) = self.record.get_mut(channel) else { return };
        match quantity {
            Quantity::Smo2 => partial.smo2 = Some(value),
            Quantity::Thb => partial.thb = Some((value, scale)),
        }
    }

    /// The record is complete: its samples go to `items`, with this struct's numbering of the channels.
    pub fn finish_record(&mut self, at: Instant, items: &mut Vec<Timed>) {
        let native = self.sensors.iter().position(|sensor| sensor.key == Key::Native);
        let native_smo2 = native.and_then(|native| self.record[native].smo2);
        for (channel, (sensor, partial)) in self.sensors.iter_mut().zip(&mut self.record).enumerate() {
            let Partial { smo2, thb } = std::mem::take(partial);
            let Some(smo2) = smo2 else { continue };
            if let Some(native_smo2) = native_smo2 {
                sensor.with_native += 1;
                // Half a tenth is the native field's own rounding.
                sensor.like_native += usize::from((smo2 - native_smo2).abs() < 0.051);
            }
            sensor.samples += 1;
            let reading = reading(smo2, thb);
            items.push(Timed { at, item: Item::Sample { channel: channel as u8, count: 0, reading } });
        }
    }

    /// Settles which sensors there are and where their names put them, and renumbers `items` to match.
    pub fn settle(
        self,
        has_sites: bool,
        items: &mut Vec<Timed>,
        remarks: &mut Remarks,
    ) -> Result<Vec<Channel>, FitError> {
        let repeated = self.repeated_by_native();
        if let Some(original) = repeated {
            let original = quoted(&self.sensors[original].label);
            remarks.say(&format!("the native fields repeat {original}: they are one sensor"));
        }
        let mut kept = Vec::new();
        let mut new_index = Vec::new();
        for sensor in &self.sensors {
            let keep = sensor.samples > 0 && !(sensor.key == Key::Native && repeated.is_some());
            if sensor.samples == 0 {
                let what = if sensor.smo2.is_none() { "has tHb but no SmO2" } else { "never gives a value" };
                remarks.say(&format!("{} {what}: passed over", quoted(&sensor.label)));
            }
            new_index.push(keep.then_some(kept.len() as u8));
            if keep {
                kept.push(sensor);
            }
        }
        if kept.len() > MAX_SITES {
            let labels = kept.iter().map(|sensor| quoted(&sensor.label)).collect();
            return Err(FitError::TooManySensors { count: kept.len(), channels: Labels(labels) });
        }
        renumber(items, &new_index);
        if !has_sites {
            for sensor in &kept {
                sensor.say_assumption(remarks);
            }
        }
        Ok(kept.iter().map(|sensor| sensor.channel()).collect())
    }

    /// The developer sensor whose values the native fields hold, if there is one.
    fn repeated_by_native(&self) -> Option<usize> {
        self.sensors.iter().position(|sensor| {
            sensor.key != Key::Native && sensor.with_native > 0 && sensor.like_native * 10 >= sensor.with_native * 9
        })
    }
}

impl Sensor {
    fn new(key: Key, label: String, place: Option<Place>) -> Self {
        Self { key, label, place, smo2: None, thb: None, samples: 0, with_native: 0, like_native: 0 }
    }

    fn channel(&self) -> Channel {
        Channel { label: self.label.clone(), site: self.place.map(|place| place.site) }
    }

    /// Says which muscle was taken for a region.
    fn say_assumption(&self, remarks: &mut Remarks) {
        if let Some(Place { site, assumed_from: Some(word) }) = self.place {
            let (label, muscle) = (quoted(&self.label), site.muscle.name());
            remarks.say(&format!("{label}: {word} is taken for the {muscle}, {site}; --sites says otherwise"));
        }
    }

    fn slot(&self, quantity: Quantity) -> Slot {
        match quantity {
            Quantity::Smo2 => self.smo2,
            Quantity::Thb => self.thb,
        }
    }

    fn slot_mut(&mut self, quantity: Quantity) -> &mut Slot {
        match quantity {
            Quantity::Smo2 => &mut self.smo2,
            Quantity::Thb => &mut self.thb,
        }
    }
}

impl Description {
    fn from_message(message: &Message) -> Option<Self> {
        let byte = |number: u8| {
            message.fields.iter().find(|field| field.num == number).and_then(|field| match field.value {
                FitValue::Uint8(byte) if byte != u8::MAX => Some(byte),
                _ => None,
            })
        };
        let text = |number: u8| {
            message.fields.iter().find(|field| field.num == number).map_or(String::new(), |field| match &field.value {
                FitValue::String(text) => text.to_string(),
                FitValue::ArrayString(texts) => texts.join(" "),
                _ => String::new(),
            })
        };
        let native_message = message.fields.iter().find(|field| field.num == 14).map(|field| &field.value);
        let of_records = match native_message {
            Some(FitValue::Uint16(number)) => *number == MesgNum::RECORD.0 || *number == u16::MAX,
            _ => true,
        };
        Some(Self {
            developer: byte(0)?,
            number: byte(1)?,
            base_type: FitBaseType(byte(2)?),
            name: text(3),
            units: text(8),
            scale: byte(6).filter(|scale| *scale > 1),
            offset: message.fields.iter().find(|field| field.num == 7).map_or(0, |field| match field.value {
                FitValue::Int8(offset) if offset != i8::MAX => offset,
                _ => 0,
            }),
            native: byte(15).filter(|_| of_records),
        })
    }

    /// Whether a field that claims to be muscle oxygen by number, and not by name, may be: the body-temperature sensor
    /// CORE claims both numbers for temperatures.
    fn may_be(&self, claimed: Quantity) -> bool {
        let (name, units) = (self.name.to_lowercase(), self.units.trim().to_lowercase());
        if FOREIGN.iter().any(|word| name.contains(word) || units.contains(word)) {
            return false;
        }
        match claimed {
            Quantity::Smo2 => ["", "%", "percent"].contains(&units.as_str()),
            Quantity::Thb => ["", "thb", "g/dl"].contains(&units.as_str()),
        }
    }

    fn foreign(&self, claimed: Quantity) -> String {
        let (claims, number) = match claimed {
            Quantity::Smo2 => ("SmO2", NATIVE_SMO2),
            Quantity::Thb => ("tHb", NATIVE_THB),
        };
        let (name, units) = (self.quoted(), quoted(&self.units));
        format!(
            "developer field {name} (unit {units}) claims native field {number} ({claims}) but is none: passed over"
        )
    }

    fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Factor and offset from the number in the file to percent or grams per decilitre.
    fn conversion(&self, claimed: Option<Quantity>, remarks: &mut Remarks) -> (f64, f64) {
        let offset = f64::from(self.offset);
        if let Some(scale) = self.scale {
            return (1.0 / f64::from(scale), offset);
        }
        let is_wide =
            !matches!(self.base_type, FitBaseType::FLOAT32 | FitBaseType::FLOAT64) && self.base_type.size() > 1;
        let Some(claimed) = claimed.filter(|_| is_wide) else { return (1.0, offset) };
        let scale = match claimed {
            Quantity::Smo2 => 10.0,
            Quantity::Thb => 100.0,
        };
        remarks.say(&format!(
            "developer field {} holds whole numbers without a scale: taken in the native field's scale, 1/{scale}",
            self.quoted()
        ));
        (1.0 / scale, offset)
    }

    fn thb_scale(&self) -> ThbScale {
        let units = self.units.trim().to_lowercase();
        if ["a.u.", "a.u", "au", "arbitrary"].contains(&units.as_str()) {
            ThbScale::Arbitrary
        } else {
            ThbScale::GramsPerDecilitre
        }
    }
}

/// A text of the file's, safe to print.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

/// A FIT number, unless it is its type's *invalid* (FIT protocol, base types).
fn number_in(value: &FitValue, base_type: FitBaseType) -> Option<f64> {
    let zero_is_invalid =
        matches!(base_type, FitBaseType::UINT8Z | FitBaseType::UINT16Z | FitBaseType::UINT32Z | FitBaseType::UINT64Z);
    let unsigned = |value: u64, highest: u64| {
        let invalid = if zero_is_invalid { 0 } else { highest };
        (value != invalid).then_some(value as f64)
    };
    let signed = |value: i64, highest: i64| (value != highest).then_some(value as f64);
    match *value {
        FitValue::Uint8(v) => unsigned(v.into(), u8::MAX.into()),
        FitValue::Uint16(v) => unsigned(v.into(), u16::MAX.into()),
        FitValue::Uint32(v) => unsigned(v.into(), u32::MAX.into()),
        FitValue::Uint64(v) => unsigned(v, u64::MAX),
        FitValue::Int8(v) => signed(v.into(), i8::MAX.into()),
        FitValue::Int16(v) => signed(v.into(), i16::MAX.into()),
        FitValue::Int32(v) => signed(v.into(), i32::MAX.into()),
        FitValue::Int64(v) => signed(v, i64::MAX),
        FitValue::Float32(v) => (!v.is_nan()).then_some(v.into()),
        FitValue::Float64(v) => (!v.is_nan()).then_some(v),
        _ => None,
    }
}

/// A reading from percent and the vendor's tHb. The ANT+ sentinels 102.2 (ambient light) and 102.3 (invalid), which some
/// recorders write as if they were values, keep their meaning; a zero stays a zero.
fn reading(smo2_pct: f64, thb: Option<(f64, ThbScale)>) -> Reading {
    let tenths = (smo2_pct * 10.0).round();
    if tenths == 1022.0 {
        return Err(Reason::AmbientLight);
    }
    if tenths == 1023.0 {
        return Err(Reason::Invalid);
    }
    if !(0.0..=1000.0).contains(&tenths) {
        return Err(Reason::Implausible);
    }
    let smo2 = Smo2::from_tenths(tenths as u16).ok_or(Reason::Implausible)?;
    Ok(Value { smo2, thb: thb.and_then(|(value, scale)| thb_in(value, scale)) })
}

/// tHb, unless it is one of the ANT+ sentinels 40.94 and 40.95 or beyond what core can hold.
fn thb_in(value: f64, scale: ThbScale) -> Option<Thb> {
    let hundredths = (value * 100.0).round();
    let is_sentinel = scale == ThbScale::GramsPerDecilitre && (hundredths == 4094.0 || hundredths == 4095.0);
    let fits = (f64::from(i16::MIN)..=f64::from(i16::MAX)).contains(&hundredths);
    (fits && !is_sentinel).then_some(Thb { hundredths: hundredths as i16, scale })
}

/// Gives samples their final channel numbers and their running counts, and drops those of dropped sensors.
fn renumber(items: &mut Vec<Timed>, new_index: &[Option<u8>]) {
    let mut latest: [Option<(u16, Reading, Instant)>; MAX_SEEN] = [None; MAX_SEEN];
    items.retain_mut(|timed| {
        let Item::Sample { channel, count, reading } = &mut timed.item else { return true };
        let Some(index) = new_index.get(usize::from(*channel)).copied().flatten() else { return false };
        let latest = &mut latest[usize::from(index)];
        let (number, counted_at) = match *latest {
            None => (0, timed.at),
            Some((number, before, at)) if before == *reading && timed.at.since(at) < REPEAT_IS_NEWS_AFTER => {
                (number, at)
            }
            Some((number, ..)) => (number.wrapping_add(1), timed.at),
        };
        *latest = Some((number, *reading, counted_at));
        *channel = index;
        *count = number;
        true
    });
}
