//! Small FIT files, put together byte by byte: the fixtures in `tests/fixtures/formats/fit-*.fit` and the ground for the
//! reader's tests. Written from the protocol, without the library that reads them.

/// A value as it stands in a message.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// enum, uint8, byte.
    U8(u8),
    /// sint8.
    I8(i8),
    /// uint16.
    U16(u16),
    /// sint16.
    I16(i16),
    /// uint32.
    U32(u32),
    /// float32.
    F32(f32),
    /// A string with its closing zero, in so many bytes.
    Text(&'a str, u8),
}

use Value::{F32, I8, I16, Text, U8, U16, U32};

impl Value<'_> {
    fn size(self) -> u8 {
        match self {
            U8(_) | I8(_) => 1,
            U16(_) | I16(_) => 2,
            U32(_) | F32(_) => 4,
            Text(_, size) => size,
        }
    }

    /// The base type's number in a definition.
    fn base_type(self) -> u8 {
        match self {
            U8(_) => 0x02,
            I8(_) => 0x01,
            U16(_) => 0x84,
            I16(_) => 0x83,
            U32(_) => 0x86,
            F32(_) => 0x88,
            Text(..) => 0x07,
        }
    }

    fn big_endian_bytes(self) -> Vec<u8> {
        match self {
            U8(v) => vec![v],
            I8(v) => v.to_be_bytes().into(),
            U16(v) => v.to_be_bytes().into(),
            I16(v) => v.to_be_bytes().into(),
            U32(v) => v.to_be_bytes().into(),
            F32(v) => v.to_be_bytes().into(),
            Text(text, size) => text.bytes().chain(std::iter::repeat(0)).take(size.into()).collect(),
        }
    }
}

/// An invalid float32: all bits set.
pub const NO_FLOAT: f32 = f32::from_bits(u32::MAX);

/// A developer field in a definition or a message: developer data index, number, value.
pub type Developer<'a> = (u8, u8, Value<'a>);

/// A FIT file in the making.
#[derive(Default)]
pub struct Raw {
    data: Vec<u8>,
    is_big_endian: bool,
    /// Developers that are introduced.
    developers: Vec<u8>,
}

impl Raw {
    /// A file with a `file_id` message (an activity).
    pub fn new(is_big_endian: bool) -> Self {
        let mut raw = Self { is_big_endian, ..Self::default() };
        raw.message(0, 0, &[(0, U8(4)), (1, U16(255)), (2, U16(0))], &[]);
        raw
    }

    /// A definition and one message of it.
    pub fn message(&mut self, local: u8, number: u16, fields: &[(u8, Value<'_>)], developer: &[Developer<'_>]) {
        self.define(local, number, fields, developer);
        self.data(local, fields, developer);
    }

    /// A definition, with the types of these values.
    pub fn define(&mut self, local: u8, number: u16, fields: &[(u8, Value<'_>)], developer: &[Developer<'_>]) {
        let developer_flag = if developer.is_empty() { 0 } else { 0x20 };
        self.data.extend([0x40 | developer_flag | local, 0, u8::from(self.is_big_endian)]);
        self.put(U16(number));
        self.data.push(fields.len() as u8);
        for (number, value) in fields {
            self.data.extend([*number, value.size(), value.base_type()]);
        }
        if !developer.is_empty() {
            self.data.push(developer.len() as u8);
        }
        for (index, number, value) in developer {
            self.data.extend([*number, value.size(), *index]);
        }
    }

    /// A message with a normal header.
    pub fn data(&mut self, local: u8, fields: &[(u8, Value<'_>)], developer: &[Developer<'_>]) {
        self.data.push(local);
        let developer = developer.iter().map(|(_, _, value)| value);
        for value in fields.iter().map(|(_, value)| value).chain(developer) {
            self.put(*value);
        }
    }

    /// A message whose header holds the last five bits of its time.
    pub fn compressed(&mut self, local: u8, stamp_s: u32, fields: &[(u8, Value<'_>)]) {
        self.data.push(0x80 | local << 5 | (stamp_s & 0x1f) as u8);
        for (_, value) in fields {
            self.put(*value);
        }
    }

    /// A `field_description`, and before a developer's first one its `developer_data_id`.
    pub fn describe(&mut self, index: u8, number: u8, base_type: u8, name: &str, units: &str, native: Option<u8>) {
        if !self.developers.contains(&index) {
            self.developers.push(index);
            self.message(14, 207, &[(3, U8(index))], &[]);
        }
        let mut fields = vec![
            (0, U8(index)),
            (1, U8(number)),
            (2, U8(base_type)),
            (3, Text(name, name.len() as u8 + 1)),
            (8, Text(units, units.len() as u8 + 1)),
        ];
        if let Some(native) = native {
            fields.extend([(14, U16(20)), (15, U8(native))]);
        }
        self.message(15, 206, &fields, &[]);
    }

    fn put(&mut self, value: Value<'_>) {
        let mut bytes = value.big_endian_bytes();
        if !self.is_big_endian && !matches!(value, Text(..)) {
            bytes.reverse();
        }
        self.data.extend(bytes);
    }

    /// The file: header with its checksum, data, checksum.
    pub fn finish(self) -> Vec<u8> {
        let mut file = vec![14, 0x20, 0x54, 0x08];
        file.extend((self.data.len() as u32).to_le_bytes());
        file.extend(b".FIT");
        file.extend(crc(&file).to_le_bytes());
        file.extend(&self.data);
        file.extend(crc(&self.data).to_le_bytes());
        file
    }
}

/// CRC-16/ARC, bit by bit.
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xa001 })
    })
}

/// 2025-06-01 06:00 UTC in FIT's time.
pub const START: u32 = 1_117_692_000;

const FLOAT32: u8 = 0x88;
const UINT16: u8 = 0x84;
const LAP: u16 = 19;
const RECORD: u16 = 20;
const EVENT: u16 = 21;

/// Every fixture: its name and its bytes.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("fit-native.fit", native()),
        ("fit-moxy-ciq.fit", moxy_ciq()),
        ("fit-karoo.fit", karoo()),
        ("fit-core-temperature.fit", core_temperature()),
        ("fit-integers.fit", integers()),
        ("fit-compressed-big-endian.fit", compressed_big_endian()),
        ("fit-chained-clock-back.fit", chained_clock_back()),
    ]
}

/// One sensor in the native fields, with context, an invalid value, a zero, a change of posture and two laps.
pub fn native() -> Vec<u8> {
    let mut raw = Raw::new(false);
    for second in 0..10_u32 {
        let smo2 = [600, 600, 600, 598, u16::MAX, 0, 590, 589, 588, 587][second as usize];
        let thb = if smo2 == u16::MAX { u16::MAX } else { 1234 };
        raw.message(
            1,
            RECORD,
            &[
                (253, U32(START + second)),
                (3, U8(140)),
                (4, U8(if second == 2 { 0xff } else { 90 })),
                (6, U16(8333)),
                (7, U16(200 + second as u16)),
                (9, I16(-250)),
                (13, I8(21)),
                (54, U16(thb)),
                (57, U16(smo2)),
            ],
            &[],
        );
        if second == 3 {
            raw.message(2, EVENT, &[(253, U32(START + 3)), (0, U8(44)), (1, U8(3)), (3, U32(1))], &[]);
        }
        if second == 5 {
            raw.message(3, LAP, &[(253, U32(START + 5)), (2, U32(START))], &[]);
        }
    }
    raw.message(3, LAP, &[(253, U32(START + 9)), (2, U32(START + 6))], &[]);
    raw.finish()
}

/// Two sensors of the Moxy data field, each from its own copy of the app, float32, with native numbers; a message of the
/// app's own in the session.
pub fn moxy_ciq() -> Vec<u8> {
    let mut raw = Raw::new(false);
    raw.describe(0, 0, FLOAT32, "1st SmO2 Sensor 1234 on R. Quad", "%", Some(57));
    raw.describe(0, 1, FLOAT32, "1st THb Sensor 1234 on R. Quad", "THb", Some(54));
    raw.describe(0, 2, 0x02, "CIQ_device_info", "", None);
    raw.describe(1, 0, FLOAT32, "2nd SmO2 Sensor 5678.000000 on R. Calf", "%", Some(57));
    raw.describe(1, 1, FLOAT32, "2nd THb Sensor 5678.000000 on R. Calf", "THb", Some(54));
    for second in 0..6_u32 {
        let quad = if second == 3 { NO_FLOAT } else { 61.0 - second as f32 };
        let calf = 70.5 - second as f32;
        let developer = [(0, 0, F32(quad)), (0, 1, F32(12.34)), (1, 0, F32(calf)), (1, 1, F32(11.5))];
        raw.message(1, RECORD, &[(253, U32(START + second)), (7, U16(210))], &developer);
    }
    raw.message(2, 18, &[(253, U32(START + 6))], &[(0, 2, U8(31))]);
    raw.finish()
}

/// Two sensors as the Karoo records them: one developer, numbers 32 apart, no native numbers, sides in full.
pub fn karoo() -> Vec<u8> {
    let mut raw = Raw::new(false);
    raw.describe(0, 0, FLOAT32, "1st SmO2 Sensor 77 on Left calf", "%", None);
    raw.describe(0, 1, FLOAT32, "1st THb Sensor 77 on Left calf", "g/dl", None);
    raw.describe(0, 32, FLOAT32, "2nd SmO2 Sensor 88 on Left quad", "%", None);
    raw.describe(0, 33, FLOAT32, "2nd THb Sensor 88 on Left quad", "g/dl", None);
    for second in 0..6_u32 {
        let developer = [(0, 0, F32(55.5)), (0, 1, F32(12.0)), (0, 32, F32(44.4)), (0, 33, F32(12.5))];
        // The second sensor is heard later: until then its fields are absent.
        let heard = if second < 2 { 2 } else { 4 };
        raw.message(1, RECORD, &[(253, U32(START + second))], &developer[..heard]);
    }
    raw.finish()
}

/// The body-temperature sensor CORE claims both native numbers; a Moxy is there too, and a field that nothing describes.
pub fn core_temperature() -> Vec<u8> {
    let mut raw = Raw::new(false);
    raw.describe(0, 0, FLOAT32, "Core Body Temperature", "°C", Some(57));
    raw.describe(0, 1, FLOAT32, "Skin Temperature", "°C", Some(54));
    raw.describe(1, 0, FLOAT32, "SmO2 Sensor 9 on L. Ham", "%", Some(57));
    for second in 0..4_u32 {
        let developer = [(0, 0, F32(37.7)), (0, 1, F32(37.74)), (1, 0, F32(50.0 + second as f32)), (7, 7, U8(1))];
        raw.message(1, RECORD, &[(253, U32(START + second))], &developer);
    }
    raw.finish()
}

/// Whole numbers in developer fields: without a scale (taken in the native field's) and with one.
pub fn integers() -> Vec<u8> {
    let mut raw = Raw::new(false);
    raw.describe(0, 0, UINT16, "SmO2 Sensor 1 on R. Calf", "%", Some(57));
    raw.describe(0, 1, UINT16, "THb Sensor 1 on R. Calf", "THb", Some(54));
    raw.message(14, 207, &[(3, U8(1))], &[]);
    let name = "SmO2 Sensor 2 on R. Quad (rf)";
    let scaled = [(0, U8(1)), (1, U8(0)), (2, U8(UINT16)), (3, Text(name, 30)), (6, U8(100)), (7, I8(0))];
    raw.message(15, 206, &scaled, &[]);
    for second in 0..4_u32 {
        let calf = if second == 1 { u16::MAX } else { 655 };
        let developer = [(0, 0, U16(calf)), (0, 1, U16(1234)), (1, 0, U16(5432))];
        raw.message(1, RECORD, &[(253, U32(START + second))], &developer);
    }
    raw.finish()
}

/// Big-endian definitions, compressed time stamps that wrap, a local type that is defined anew, and a message and
/// fields that no profile knows.
pub fn compressed_big_endian() -> Vec<u8> {
    let mut raw = Raw::new(true);
    raw.message(0, RECORD, &[(253, U32(START)), (57, U16(500)), (200, U32(7))], &[]);
    raw.message(1, 0xff01, &[(0, U16(1)), (1, Text("whatever", 9))], &[]);
    let fields = |power: u16| [(7, U16(power)), (57, U16(power + 300)), (54, U16(1200))];
    raw.define(1, RECORD, &fields(0), &[]);
    for step in 1..=5_u32 {
        raw.compressed(1, START + step * 9, &fields(200 + step as u16));
    }
    raw.finish()
}

/// Two files in one: the second goes on with the same sensor, other field numbers, and its clock set back.
pub fn chained_clock_back() -> Vec<u8> {
    let part = |index: u8, start: u32, from: f32| {
        let mut raw = Raw::new(false);
        raw.describe(index, 4, FLOAT32, "SmO2 Sensor 3 on L. Shin", "%", None);
        for second in 0..3_u32 {
            let developer = [(index, 4, F32(from + second as f32))];
            raw.message(1, RECORD, &[(253, U32(start + second))], &developer);
        }
        raw.finish()
    };
    [part(0, START, 40.0), part(1, START - 3600, 50.0)].concat()
}
