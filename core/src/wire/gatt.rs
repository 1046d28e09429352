//! Bluetooth LE: the values of GATT characteristics, and the UUIDs they are found by.
//!
//! UUIDs are `u128` in the order in which they are written, most significant byte first. On the air they go least
//! significant byte first: [`u128::to_le_bytes`].
//!
//! A value may be cut at the link's MTU. Fields that stand whole before the cut are given, the others are `None`; a
//! value too short for what it is about is `None` altogether. Bytes after the known ones are ignored.

use core::fmt::Write as _;

use crate::sensor::{Reading, Reason, Value};
use crate::units::{Bpm, Smo2, Thb, ThbScale};
use crate::wire::bytes::{Reader, Writer, joined};
use crate::wire::{
    Revolutions, TICKS_PER_S, WHEEL_POWER_TICKS_PER_S, reading_from_fields, reading_to_fields, smo2_from_field,
    smo2_to_field,
};

/// Moxy 5: the SmO2 service, which is advertised.
pub const MOXY_SERVICE: u128 = 0x6404_D801_4CB9_11E8_B566_0800_200C_9A66;
/// Moxy 5: sensor data, notified.
pub const MOXY_DATA: u128 = 0x6404_D804_4CB9_11E8_B566_0800_200C_9A66;
/// Train.Red FYER: the service.
pub const TRAIN_RED_SERVICE: u128 = 0x0000_2200_D578_4741_9B5B_7C64_E958_CFC6;
/// Train.Red FYER: sensor data, notified.
pub const TRAIN_RED_DATA: u128 = 0x0000_2201_D578_4741_9B5B_7C64_E958_CFC6;
/// Cycling Power service.
pub const CYCLING_POWER_SERVICE: u128 = standard(0x1818);
/// Cycling Power Measurement.
pub const CYCLING_POWER_MEASUREMENT: u128 = standard(0x2A63);
/// Cycling Speed and Cadence service.
pub const SPEED_CADENCE_SERVICE: u128 = standard(0x1816);
/// CSC Measurement.
pub const SPEED_CADENCE_MEASUREMENT: u128 = standard(0x2A5B);
/// Heart Rate service.
pub const HEART_RATE_SERVICE: u128 = standard(0x180D);
/// Heart Rate Measurement.
pub const HEART_RATE_MEASUREMENT: u128 = standard(0x2A37);
/// Battery service.
pub const BATTERY_SERVICE: u128 = standard(0x180F);
/// Battery Level.
pub const BATTERY_LEVEL: u128 = standard(0x2A19);

/// The full form of a 16-bit UUID of the Bluetooth SIG.
pub const fn standard(short: u16) -> u128 {
    0x0000_0000_0000_1000_8000_0080_5F9B_34FB | (short as u128) << 96
}

// --- Muscle oxygen -------------------------------------------------------------------------------------------------

/// Moxy 5 sensor data (Moxy 5 GATT, characteristic 6404D804).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moxy {
    /// Sample count, 15 bits, wrapping; unchanged means the same sample again.
    pub count: u16,
    /// The measurement, by the rules of the ANT+ page: no sentinel is documented for Bluetooth, but 0x3FE and 0x3FF,
    /// which no SmO2 can be, are taken for the same firmware's `AmbientLight` and `Invalid`. Every other SmO2 above
    /// 100.0 % is `Implausible`, a tHb above 40.00 g/dL is missing.
    pub reading: Reading,
    /// SmO2 over the interval before. Good for filling in one missed sample, and nothing else.
    pub previous: Result<Smo2, Reason>,
    /// The sensor asks for the time; it measures without.
    pub time_wanted: bool,
}

impl Moxy {
    const COUNT_MASK: u16 = 0x7FFF;

    /// The value's meaning. Eight bytes are enough, as for the vendor's own reader: the ninth is the request for the
    /// time.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut reader = Reader(value);
        let count = reader.u16()? & Self::COUNT_MASK;
        let (smo2, previous, thb) = (reader.u16()?, reader.u16()?, reader.u16()?);
        Some(Self {
            count,
            reading: reading_from_fields(smo2, thb),
            previous: smo2_from_field(previous),
            time_wanted: reader.u8().is_some_and(|byte| byte & 1 != 0),
        })
    }

    /// The value. Reasons without a code are sent as invalid, so is a tHb that the field cannot hold.
    pub fn encode(&self) -> [u8; 9] {
        let (smo2, thb) = reading_to_fields(self.reading);
        joined(&[
            &(self.count & Self::COUNT_MASK).to_le_bytes(),
            &smo2.to_le_bytes(),
            &smo2_to_field(self.previous).to_le_bytes(),
            &thb.to_le_bytes(),
            &[self.time_wanted.into()],
        ])
    }

    /// How many samples `self` is newer than `earlier`; 0 is the same sample again.
    pub const fn samples_since(&self, earlier: &Self) -> u16 {
        self.count.wrapping_sub(earlier.count) & Self::COUNT_MASK
    }
}

/// What a Moxy 5 is called on the air, before the text that begins with its number.
const MOXY_NAME: &[u8; 5] = b"Moxy5";

/// The ANT device number in the local name that a Moxy 5 advertises, such as `Moxy5 1234` or `Moxy5 1234:…`: from the
/// seventh character to a colon or the end. With it the same sensor, heard on both radios, is known as one. Any other
/// name is `None`, and so is 0, which is nobody's number.
pub fn moxy_ant_number(name: &str) -> Option<u16> {
    let (model, rest) = name.as_bytes().split_first_chunk::<5>()?;
    let (separator, rest) = rest.split_first()?;
    // A letter or digit there would make it another model's name, or another place for the number.
    if model != MOXY_NAME || separator.is_ascii_alphanumeric() {
        return None;
    }
    let digits = rest.split(|byte| *byte == b':').next()?;
    if digits.is_empty() {
        return None;
    }
    let number = digits.iter().try_fold(0u16, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(digit.into())
    });
    number.filter(|number| *number != 0)
}

/// The name that a Moxy 5 with this ANT device number advertises.
pub fn moxy_name(number: u16) -> heapless::String<11> {
    let mut name = heapless::String::new();
    // Five letters, a space and five digits are room enough.
    let _ = write!(name, "Moxy5 {number}");
    name
}

/// Train.Red FYER sensor data (Train.Red GATT, characteristic 00002201), 10 a second. It carries no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainRed {
    /// SmO2 is the sensor's TSI, to the nearest 0.1 %. TSI that is no number is `Invalid`, outside 0 to 100 %
    /// `Implausible`. tHb is O2Hb + HHb, which is how it is derived: signed, in the vendor's scale, and missing if
    /// that is no number or beyond ± 327.67.
    pub reading: Reading,
    /// Measurement state, as it comes: its values are not public.
    pub state: u8,
    /// Quality bits, as they come: their meaning is not public.
    pub quality: u32,
}

impl TrainRed {
    /// A quiet NaN by its bits, so that what is sent does not depend on who computed it.
    const NOT_A_NUMBER: u32 = 0x7FC0_0000;

    /// The value's meaning; `None` below 17 bytes.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut reader = Reader(value);
        let mut float = || reader.u32().map(f32::from_bits);
        let (tsi, o2hb, hhb) = (float()?, float()?, float()?);
        let (state, quality) = (reader.u8()?, reader.u32()?);
        let reading = smo2_from_percent(tsi).map(|smo2| Value { smo2, thb: thb_from_arbitrary(o2hb + hhb) });
        Some(Self { reading, state, quality })
    }

    /// The value, with tHb shared between O2Hb and HHb by SmO2. `Implausible` is sent as 200 %, every other reason
    /// as not a number; so is a tHb that is missing or in another scale.
    pub fn encode(&self) -> [u8; 17] {
        let (tsi, o2hb, hhb) = match self.reading {
            Ok(Value { smo2, thb: Some(thb @ Thb { scale: ThbScale::Arbitrary, .. }) }) => {
                let o2hb = thb.value() * smo2.percent() / 100.0;
                (smo2.percent().to_bits(), o2hb.to_bits(), (thb.value() - o2hb).to_bits())
            }
            Ok(Value { smo2, .. }) => (smo2.percent().to_bits(), Self::NOT_A_NUMBER, Self::NOT_A_NUMBER),
            Err(Reason::Implausible) => (200f32.to_bits(), Self::NOT_A_NUMBER, Self::NOT_A_NUMBER),
            Err(_) => (Self::NOT_A_NUMBER, Self::NOT_A_NUMBER, Self::NOT_A_NUMBER),
        };
        joined(&[
            &tsi.to_le_bytes(),
            &o2hb.to_le_bytes(),
            &hhb.to_le_bytes(),
            &[self.state],
            &self.quality.to_le_bytes(),
        ])
    }
}

fn smo2_from_percent(percent: f32) -> Result<Smo2, Reason> {
    if !percent.is_finite() {
        return Err(Reason::Invalid);
    }
    if !(0.0..=100.0).contains(&percent) {
        return Err(Reason::Implausible);
    }
    Smo2::from_tenths(libm::roundf(percent * 10.0) as u16).ok_or(Reason::Implausible)
}

fn thb_from_arbitrary(value: f32) -> Option<Thb> {
    let hundredths = libm::roundf(value * 100.0);
    let limit = f32::from(i16::MAX);
    // A comparison with NaN is false, so this refuses it too.
    (-limit..=limit).contains(&hundredths).then_some(Thb { hundredths: hundredths as i16, scale: ThbScale::Arbitrary })
}

// --- Standard services ---------------------------------------------------------------------------------------------

/// Cycling Power Measurement (characteristic 2A63), as far as a head unit needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CyclingPower {
    /// Power, in W; negative when the rider is driven.
    pub power_w: i16,
    /// Turns of the wheel, at 2048 ticks a second.
    pub wheel: Option<Revolutions>,
    /// Turns of the crank, at 1024 ticks a second.
    pub crank: Option<Revolutions>,
}

impl CyclingPower {
    /// The value's meaning; `None` without flags and power.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut reader = Reader(value);
        let flags = reader.u16()?;
        let mut power = Self { power_w: reader.u16()? as i16, wheel: None, crank: None };
        // The result only says where reading stopped.
        let _ = power.decode_fields(flags, &mut reader);
        Some(power)
    }

    /// The value with the fields that are there. The time of the wheel must be in 1/2048 s, of the crank in 1/1024 s.
    pub fn encode(&self) -> heapless::Vec<u8, 14> {
        let mut flags = 0;
        if self.wheel.is_some() {
            flags |= Self::WHEEL;
        }
        if self.crank.is_some() {
            flags |= Self::CRANK;
        }
        written(|writer| {
            writer.put(flags.to_le_bytes())?;
            writer.put(self.power_w.to_le_bytes())?;
            put_wheel(writer, self.wheel)?;
            put_crank(writer, self.crank)
        })
    }

    const BALANCE: u16 = 1 << 0;
    const TORQUE: u16 = 1 << 2;
    const WHEEL: u16 = 1 << 4;
    const CRANK: u16 = 1 << 5;

    fn decode_fields(&mut self, flags: u16, reader: &mut Reader) -> Option<()> {
        if flags & Self::BALANCE != 0 {
            reader.u8()?;
        }
        if flags & Self::TORQUE != 0 {
            reader.u16()?;
        }
        if flags & Self::WHEEL != 0 {
            self.wheel = Some(wheel(reader, WHEEL_POWER_TICKS_PER_S)?);
        }
        if flags & Self::CRANK != 0 {
            self.crank = Some(crank(reader)?);
        }
        Some(())
    }
}

/// CSC Measurement (characteristic 2A5B). Many sensors send one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedCadence {
    /// Turns of the wheel, at 1024 ticks a second.
    pub wheel: Option<Revolutions>,
    /// Turns of the crank, at 1024 ticks a second.
    pub crank: Option<Revolutions>,
}

impl SpeedCadence {
    /// The value's meaning; `None` if it is empty.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut reader = Reader(value);
        let flags = reader.u8()?;
        let mut both = Self { wheel: None, crank: None };
        // The result only says where reading stopped.
        let _ = both.decode_fields(flags, &mut reader);
        Some(both)
    }

    /// The value with the fields that are there. Times must be in 1/1024 s.
    pub fn encode(&self) -> heapless::Vec<u8, 11> {
        let mut flags = 0;
        if self.wheel.is_some() {
            flags |= Self::WHEEL;
        }
        if self.crank.is_some() {
            flags |= Self::CRANK;
        }
        written(|writer| {
            writer.put([flags])?;
            put_wheel(writer, self.wheel)?;
            put_crank(writer, self.crank)
        })
    }

    const WHEEL: u8 = 1 << 0;
    const CRANK: u8 = 1 << 1;

    fn decode_fields(&mut self, flags: u8, reader: &mut Reader) -> Option<()> {
        if flags & Self::WHEEL != 0 {
            self.wheel = Some(wheel(reader, TICKS_PER_S)?);
        }
        if flags & Self::CRANK != 0 {
            self.crank = Some(crank(reader)?);
        }
        Some(())
    }
}

/// A 32-bit count, kept in its low half, and a time.
fn wheel(reader: &mut Reader, ticks_per_s: u16) -> Option<Revolutions> {
    let [a, b, _, _, low, high] = reader.take()?;
    Some(Revolutions { count: u16::from_le_bytes([a, b]), time: u16::from_le_bytes([low, high]), ticks_per_s })
}

fn crank(reader: &mut Reader) -> Option<Revolutions> {
    let [a, b, low, high] = reader.take()?;
    let (count, time) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([low, high]));
    Some(Revolutions { count, time, ticks_per_s: TICKS_PER_S })
}

/// The count goes into the low half of its 32 bits.
fn put_wheel(writer: &mut Writer, wheel: Option<Revolutions>) -> Option<()> {
    let Some(wheel) = wheel else { return Some(()) };
    writer.put(u32::from(wheel.count).to_le_bytes())?;
    writer.put(wheel.time.to_le_bytes())
}

fn put_crank(writer: &mut Writer, crank: Option<Revolutions>) -> Option<()> {
    let Some(crank) = crank else { return Some(()) };
    writer.put(crank.count.to_le_bytes())?;
    writer.put(crank.time.to_le_bytes())
}

/// What `write` puts, whose length depends on what is there. `N` is the most it can be.
fn written<const N: usize>(write: impl FnOnce(&mut Writer) -> Option<()>) -> heapless::Vec<u8, N> {
    let mut bytes = [0; N];
    let mut writer = Writer::new(&mut bytes);
    // There is room for everything, so nothing is ever left out.
    let _ = write(&mut writer);
    let length = writer.written();
    bytes.into_iter().take(length).collect()
}

/// Heart Rate Measurement (characteristic 2A37), as far as a head unit needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartRate {
    /// Heart rate; `None` if the sensor sends 0.
    pub rate: Option<Bpm>,
    /// Whether the sensor feels the skin, if it can tell.
    pub contact: Option<bool>,
}

impl HeartRate {
    /// The value's meaning; `None` if it is too short for the rate.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let mut reader = Reader(value);
        let flags = reader.u8()?;
        let rate = if flags & Self::WIDE != 0 { reader.u16()? } else { reader.u8()?.into() };
        Some(Self {
            rate: (rate != 0).then_some(Bpm(rate)),
            contact: (flags & Self::CONTACT_KNOWN != 0).then_some(flags & Self::CONTACT != 0),
        })
    }

    /// The value, in the narrow form where the rate fits.
    pub fn encode(&self) -> heapless::Vec<u8, 3> {
        let rate = self.rate.map_or(0, |rate| rate.0);
        let contact = match self.contact {
            None => 0,
            Some(false) => Self::CONTACT_KNOWN,
            Some(true) => Self::CONTACT_KNOWN | Self::CONTACT,
        };
        written(|writer| match u8::try_from(rate) {
            Ok(narrow) => writer.put([contact, narrow]),
            Err(_) => {
                writer.put([contact | Self::WIDE])?;
                writer.put(rate.to_le_bytes())
            }
        })
    }

    const WIDE: u8 = 1 << 0;
    const CONTACT: u8 = 1 << 1;
    const CONTACT_KNOWN: u8 = 1 << 2;
}

/// Battery Level (characteristic 2A19), in percent; `None` if it is empty or above 100.
pub fn battery_level(value: &[u8]) -> Option<u8> {
    value.first().copied().filter(|percent| *percent <= 100)
}

/// The value of Battery Level; `None` above 100 %.
pub fn encode_battery_level(percent: u8) -> Option<[u8; 1]> {
    (percent <= 100).then_some([percent])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{CmPerS, Rpm};
    use crate::wire::tests::Xorshift;
    extern crate std;
    use std::format;

    fn tenths(tenths: u16) -> Smo2 {
        Smo2::from_tenths(tenths).unwrap()
    }

    fn valued(smo2: u16, hundredths: i16, scale: ThbScale) -> Value {
        Value { smo2: tenths(smo2), thb: Some(Thb { hundredths, scale }) }
    }

    fn moxy(count: u16, smo2: u16, previous: u16, thb: i16) -> Moxy {
        let reading = Ok(valued(smo2, thb, ThbScale::GramsPerDecilitre));
        Moxy { count, reading, previous: Ok(tenths(previous)), time_wanted: false }
    }

    #[test]
    fn uuids_are_written_most_significant_byte_first() {
        assert_eq!(format!("{MOXY_DATA:032X}"), "6404D8044CB911E8B5660800200C9A66");
        assert_eq!(format!("{TRAIN_RED_DATA:032X}"), "00002201D57847419B5B7C64E958CFC6");
        assert_eq!(format!("{CYCLING_POWER_MEASUREMENT:032X}"), "00002A6300001000800000805F9B34FB");
        assert_eq!(MOXY_SERVICE ^ MOXY_DATA, 5 << 96);
        assert_eq!(TRAIN_RED_SERVICE ^ TRAIN_RED_DATA, 1 << 96);
        assert_eq!(MOXY_SERVICE.to_le_bytes()[..2], [0x66, 0x9A]);
    }

    #[test]
    fn captured_moxy_values_read_and_write() {
        for (bytes, meaning) in [
            ([0xCB, 0x06, 0x15, 0x02, 0x16, 0x02, 0xC0, 0x04, 0x00], moxy(1739, 533, 534, 1216)),
            ([0xCC, 0x06, 0x12, 0x02, 0x12, 0x02, 0xC1, 0x04, 0x00], moxy(1740, 530, 530, 1217)),
            ([0xCD, 0x06, 0x12, 0x02, 0x12, 0x02, 0xC1, 0x04, 0x00], moxy(1741, 530, 530, 1217)),
            ([0xCE, 0x06, 0x13, 0x02, 0x12, 0x02, 0xC1, 0x04, 0x00], moxy(1742, 531, 530, 1217)),
            ([0xCF, 0x06, 0x14, 0x02, 0x13, 0x02, 0xC1, 0x04, 0x00], moxy(1743, 532, 531, 1217)),
        ] {
            assert_eq!(Moxy::decode(&bytes), Some(meaning));
            assert_eq!(meaning.encode(), bytes);
            for len in 0..bytes.len() {
                assert_eq!(Moxy::decode(&bytes[..len]), Some(meaning).filter(|_| len >= 8), "{len}");
            }
            let longer = [&bytes[..], &[0xFF; 11]].concat();
            assert_eq!(Moxy::decode(&longer), Some(meaning));
        }
    }

    #[test]
    fn every_moxy_smo2_and_thb_is_a_value_or_a_reason() {
        for raw in 0..=u16::MAX {
            let [low, high] = raw.to_le_bytes();
            let expected = match raw {
                0..=1000 => Ok(tenths(raw)),
                0x3FE => Err(Reason::AmbientLight),
                0x3FF => Err(Reason::Invalid),
                _ => Err(Reason::Implausible),
            };
            let smo2 = Moxy::decode(&[0, 0, low, high, 0, 0, 0xC0, 0x04, 0]).unwrap();
            assert_eq!(smo2.reading.map(|value| value.smo2), expected, "{raw}");
            let previous = Moxy::decode(&[0, 0, 0, 0, low, high, 0xC0, 0x04, 0]).unwrap();
            assert_eq!(previous.previous, expected, "{raw}");
            let thb = Moxy::decode(&[0, 0, 0, 2, 0, 0, low, high, 0]).unwrap().reading.unwrap().thb;
            assert_eq!(thb.map(|thb| thb.hundredths), (raw <= 4000).then_some(raw as i16), "{raw}");
        }
    }

    #[test]
    fn moxy_counts_have_fifteen_bits() {
        let (a, b) = (moxy(0x7FFE, 1, 1, 1), moxy(1, 1, 1, 1));
        assert_eq!((b.samples_since(&a), a.samples_since(&a)), (3, 0));
        assert_eq!(Moxy::decode(&[0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0]).unwrap().count, 0x7FFF);
    }

    #[test]
    fn what_a_moxy_writes_is_read_back() {
        for smo2 in 0..=1000 {
            let good = moxy(smo2 * 32, smo2, 1000 - smo2, smo2 as i16 * 4);
            let wanting = Moxy { time_wanted: true, ..good };
            let no_thb = Moxy { reading: good.reading.map(|value| Value { thb: None, ..value }), ..good };
            for meaning in [good, wanting, no_thb] {
                assert_eq!(Moxy::decode(&meaning.encode()), Some(meaning));
            }
            for reason in [Reason::AmbientLight, Reason::Invalid, Reason::Implausible] {
                let bad = Moxy { reading: Err(reason), previous: Err(reason), ..good };
                assert_eq!(Moxy::decode(&bad.encode()), Some(bad));
            }
        }
    }

    #[test]
    fn a_moxys_name_holds_its_ant_number_and_no_other_name_does() {
        for (name, number) in [
            ("Moxy5 1234", 1234),
            ("Moxy5 1234:5", 1234),
            ("Moxy5 1234:", 1234),
            ("Moxy5_65535:L. Quad", 65535),
            ("Moxy5 007", 7),
        ] {
            assert_eq!(moxy_ant_number(name), Some(number), "{name}");
        }
        for name in [
            "",
            "Moxy5",
            "Moxy5 ",
            "Moxy5 :1234",
            "Moxy5 0",
            "Moxy5 65536",
            "Moxy5 99999999999999999999",
            "Moxy5 12 34",
            "Moxy5 +12",
            "Moxy5 -12",
            "Moxy5 12a",
            "Moxy5  12",
            "Moxy5 １２",
            "Moxy51234",
            "Moxy55 123",
            "moxy5 1234",
            "MOXY6 1234",
            "Train.Red FYER 0047",
            " Moxy5 1234",
        ] {
            assert_eq!(moxy_ant_number(name), None, "{name}");
        }
        for number in 0..=u16::MAX {
            assert_eq!(moxy_ant_number(&moxy_name(number)), (number != 0).then_some(number));
        }
        assert_eq!(moxy_name(1234), "Moxy5 1234");
        assert_eq!(moxy_name(u16::MAX), "Moxy5 65535");
    }

    /// TSI 65.5 %, O2Hb 40.25, HHb 21.25, state 1.
    const TRAIN_RED: [u8; 17] =
        [0x00, 0x00, 0x83, 0x42, 0x00, 0x00, 0x21, 0x42, 0x00, 0x00, 0xAA, 0x41, 0x01, 0x00, 0x00, 0x00, 0x00];

    fn train_red(tsi: f32, o2hb: f32, hhb: f32) -> Reading {
        let mut bytes = TRAIN_RED;
        bytes[..4].copy_from_slice(&tsi.to_le_bytes());
        bytes[4..8].copy_from_slice(&o2hb.to_le_bytes());
        bytes[8..12].copy_from_slice(&hhb.to_le_bytes());
        TrainRed::decode(&bytes).unwrap().reading
    }

    #[test]
    fn the_train_red_vector_reads() {
        let meaning = TrainRed { reading: Ok(valued(655, 6150, ThbScale::Arbitrary)), state: 1, quality: 0 };
        assert_eq!(TrainRed::decode(&TRAIN_RED), Some(meaning));
        for len in 0..TRAIN_RED.len() {
            assert_eq!(TrainRed::decode(&TRAIN_RED[..len]), None);
        }
        let longer = [&TRAIN_RED[..], &[0xFF; 3]].concat();
        assert_eq!(TrainRed::decode(&longer), Some(meaning));
        let mut flagged = TRAIN_RED;
        flagged[12..].copy_from_slice(&[7, 1, 2, 3, 4]);
        assert_eq!(TrainRed::decode(&flagged), Some(TrainRed { state: 7, quality: 0x0403_0201, ..meaning }));
    }

    #[test]
    fn train_red_numbers_are_guarded() {
        for (tsi, reason) in [
            (f32::NAN, Reason::Invalid),
            (f32::INFINITY, Reason::Invalid),
            (f32::NEG_INFINITY, Reason::Invalid),
            (-0.01, Reason::Implausible),
            (100.01, Reason::Implausible),
            (1e30, Reason::Implausible),
        ] {
            assert_eq!(train_red(tsi, 40.0, 20.0), Err(reason), "{tsi}");
        }
        for (tsi, expected) in [(0.0, 0), (-0.0, 0), (0.05, 1), (99.96, 1000), (100.0, 1000)] {
            assert_eq!(train_red(tsi, 40.0, 20.0), Ok(valued(expected, 6000, ThbScale::Arbitrary)), "{tsi}");
        }
        let none = Ok(Value { smo2: tenths(655), thb: None });
        for (o2hb, hhb, expected) in [
            (-40.25, 2.0, Ok(valued(655, -3825, ThbScale::Arbitrary))),
            (327.67, 0.0, Ok(valued(655, 32767, ThbScale::Arbitrary))),
            (-327.67, 0.0, Ok(valued(655, -32767, ThbScale::Arbitrary))),
            (327.68, 0.0, none),
            (-327.68, 0.0, none),
            (f32::NAN, 1.0, none),
            (f32::INFINITY, f32::NEG_INFINITY, none),
            (f32::MAX, f32::MAX, none),
        ] {
            assert_eq!(train_red(65.5, o2hb, hhb), expected, "{o2hb} {hhb}");
        }
    }

    #[test]
    fn what_a_train_red_writes_is_read_back() {
        for smo2 in 0..=1000 {
            for hundredths in [-32767, -12345, -1, 0, 1, 6150, 9999, 32767] {
                let reading = Ok(valued(smo2, hundredths, ThbScale::Arbitrary));
                let meaning = TrainRed { reading, state: smo2 as u8, quality: u32::from(smo2) << 20 };
                assert_eq!(TrainRed::decode(&meaning.encode()), Some(meaning));
            }
            let no_thb = TrainRed { reading: Ok(Value { smo2: tenths(smo2), thb: None }), state: 0, quality: 0 };
            assert_eq!(TrainRed::decode(&no_thb.encode()), Some(no_thb));
        }
        for reason in [Reason::Invalid, Reason::Implausible] {
            let bad = TrainRed { reading: Err(reason), state: 0, quality: u32::MAX };
            assert_eq!(TrainRed::decode(&bad.encode()), Some(bad));
        }
    }

    fn turns(count: u16, time: u16, ticks_per_s: u16) -> Revolutions {
        Revolutions { count, time, ticks_per_s }
    }

    #[test]
    fn cycling_power_reads_to_where_it_is_cut() {
        let bytes = [0x30, 0x00, 0x21, 0x00, 0x2A, 0x00, 0x00, 0x00, 0xC4, 0x60, 0x12, 0x00, 0xF7, 0x04];
        let meaning =
            CyclingPower { power_w: 33, wheel: Some(turns(42, 0x60C4, 2048)), crank: Some(turns(18, 0x04F7, 1024)) };
        for len in 0..=bytes.len() {
            let expected = CyclingPower {
                wheel: meaning.wheel.filter(|_| len >= 10),
                crank: meaning.crank.filter(|_| len >= 14),
                ..meaning
            };
            assert_eq!(CyclingPower::decode(&bytes[..len]), Some(expected).filter(|_| len >= 4), "{len}");
        }
        assert_eq!(meaning.encode(), bytes);
    }

    #[test]
    fn what_bike_sensors_write_is_read_back() {
        let mut random = Xorshift(0x5EED_0007);
        for _ in 0..1000 {
            let mut next = || random.next() as u16;
            let (power_w, count, time) = (next() as i16, next(), next());
            let crank = turns(next(), next(), 1024);
            for (there, crank) in [(false, None), (true, None), (false, Some(crank)), (true, Some(crank))] {
                let wheel = there.then_some(turns(count, time, 2048));
                let power = CyclingPower { power_w, wheel, crank };
                assert_eq!(CyclingPower::decode(&power.encode()), Some(power));
                let both = SpeedCadence { wheel: there.then_some(turns(count, time, 1024)), crank };
                assert_eq!(SpeedCadence::decode(&both.encode()), Some(both));
            }
        }
        for rate in 0..=u16::MAX {
            for contact in [None, Some(false), Some(true)] {
                let heart = HeartRate { rate: (rate != 0).then_some(Bpm(rate)), contact };
                let value = heart.encode();
                assert_eq!((HeartRate::decode(&value), value.len()), (Some(heart), if rate > 255 { 3 } else { 2 }));
            }
        }
    }

    /// The same bytes, a wheel that has turned once in a second: the power service counts time twice as fast.
    #[test]
    fn a_wheels_second_is_not_the_same_in_both_services() {
        let wheel = |count, time| [count, 0, 0, 0, 0, time];
        let power = |count, time| CyclingPower::decode(&[&[0x10, 0, 0, 0][..], &wheel(count, time)].concat()).unwrap();
        let speed = |count, time| SpeedCadence::decode(&[&[0x01][..], &wheel(count, time)].concat()).unwrap();
        let mm = 2100;
        let by_power = power(2, 8).wheel.unwrap().speed_since(power(1, 0).wheel.unwrap(), mm);
        let by_speed = speed(2, 8).wheel.unwrap().speed_since(speed(1, 0).wheel.unwrap(), mm);
        assert_eq!((by_power, by_speed), (Some(CmPerS(210)), Some(CmPerS(105))));
        // Both halves of a delta wrap at 16 bits.
        let late = SpeedCadence { wheel: Some(turns(1, 1023, 1024)), crank: Some(turns(0, 511, 1024)) };
        let early = SpeedCadence { wheel: Some(turns(65535, 65535, 1024)), crank: Some(turns(65535, 65535, 1024)) };
        assert_eq!(late.wheel.unwrap().speed_since(early.wheel.unwrap(), mm), Some(CmPerS(420)));
        assert_eq!(late.crank.unwrap().rpm_since(early.crank.unwrap()), Some(Rpm(120)));
    }

    #[test]
    fn cycling_power_skips_what_stands_between() {
        // Balance and accumulated torque before the crank; angles, which are not read, after it.
        let bytes = [0x25, 0x01, 0xF6, 0xFF, 100, 0x11, 0x22, 0x12, 0x00, 0xF7, 0x04, 1, 2, 3];
        let meaning = CyclingPower { power_w: -10, wheel: None, crank: Some(turns(18, 0x04F7, 1024)) };
        for len in 4..=bytes.len() {
            let expected = CyclingPower { crank: meaning.crank.filter(|_| len >= 11), ..meaning };
            assert_eq!(CyclingPower::decode(&bytes[..len]), Some(expected), "{len}");
        }
    }

    #[test]
    fn speed_and_cadence_may_come_alone() {
        let both = [3, 0x2A, 0, 1, 0, 0xC4, 0x60, 0x12, 0x00, 0xF7, 0x04];
        for len in 0..=both.len() {
            let expected = SpeedCadence {
                wheel: Some(turns(42, 0x60C4, 1024)).filter(|_| len >= 7),
                crank: Some(turns(18, 0x04F7, 1024)).filter(|_| len >= 11),
            };
            assert_eq!(SpeedCadence::decode(&both[..len]), Some(expected).filter(|_| len >= 1), "{len}");
        }
        let crank = SpeedCadence { wheel: None, crank: Some(turns(18, 0x04F7, 1024)) };
        assert_eq!(SpeedCadence::decode(&[2, 0x12, 0x00, 0xF7, 0x04]), Some(crank));
        assert_eq!(SpeedCadence::decode(&[0]), Some(SpeedCadence { wheel: None, crank: None }));
    }

    #[test]
    fn heart_rate_has_two_widths_and_may_know_the_skin() {
        for (bytes, rate, contact) in [
            (&[0x00, 150][..], Some(150), None),
            (&[0x01, 0x2C, 0x01], Some(300), None),
            (&[0x06, 150], Some(150), Some(true)),
            (&[0x04, 150], Some(150), Some(false)),
            (&[0x02, 150], Some(150), None),
            (&[0x18, 0, 1, 2, 3, 4], None, None),
        ] {
            assert_eq!(HeartRate::decode(bytes), Some(HeartRate { rate: rate.map(Bpm), contact }), "{bytes:?}");
        }
        for bytes in [&[][..], &[0], &[1], &[1, 150]] {
            assert_eq!(HeartRate::decode(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn battery_level_is_a_percentage_or_nothing() {
        for percent in 0..=255 {
            assert_eq!(battery_level(&[percent]), (percent <= 100).then_some(percent));
            let value = encode_battery_level(percent);
            assert_eq!(value.is_some(), percent <= 100);
            assert!(value.is_none_or(|value| battery_level(&value) == Some(percent)));
        }
        assert_eq!(battery_level(&[]), None);
    }

    #[test]
    fn no_value_can_break_a_decoder() {
        let mut random = Xorshift(0x5EED_0004);
        for round in 0..200_000 {
            let mut bytes = [0; 32];
            bytes.fill_with(|| random.next() as u8);
            let value = &bytes[..round % 33];
            if let Some(meaning) = Moxy::decode(value) {
                assert_eq!(Moxy::decode(&meaning.encode()), Some(meaning));
            }
            if let Some(meaning) = TrainRed::decode(value) {
                assert_eq!(TrainRed::decode(&meaning.encode()), Some(meaning));
            }
            if let Some(meaning) = CyclingPower::decode(value) {
                assert_eq!(CyclingPower::decode(&meaning.encode()), Some(meaning));
            }
            if let Some(meaning) = SpeedCadence::decode(value) {
                assert_eq!(SpeedCadence::decode(&meaning.encode()), Some(meaning));
            }
            if let Some(meaning) = HeartRate::decode(value) {
                assert_eq!(HeartRate::decode(&meaning.encode()), Some(meaning));
            }
            battery_level(value);
        }
    }
}
