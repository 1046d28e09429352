//! ANT+ data pages: the eight bytes of a broadcast, by device profile.
//!
//! Which profile a page belongs to is the channel's device type ([`Profile`]), not in the page. Common pages (0x40 to
//! 0x5D) mean the same in every profile except speed-and-cadence (121), which has no page number at all: test for
//! them first, with bit 7 cleared for the profiles that toggle it (120, 122, 123).
//!
//! A packet is not a sample: sensors repeat a page until there is news, and only its count or event time tells. The
//! helpers that compare two pages therefore say "no new information": `None` for a rate, 0 for a count.

use crate::sensor::{Charge, Reading, Reason};
use crate::time::Duration;
use crate::units::{Bpm, Rpm, Smo2, Watts};
use crate::wire::{Revolutions, TICKS_PER_S, reading_from_fields, reading_to_fields, smo2_from_field, smo2_to_field};

/// The eight bytes of a data page.
pub type Page = [u8; 8];

/// The radio frequency of all ANT+ profiles, in MHz above 2400.
pub const FREQUENCY: u8 = 57;

/// How a device profile is found on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The device type in the channel id.
    pub device_type: u8,
    /// The channel period, in 1/32768 s.
    pub period: u16,
}

impl Profile {
    /// Muscle oxygen, 4.00 Hz.
    pub const MUSCLE_OXYGEN: Self = Self { device_type: 31, period: 8192 };
    /// Bicycle power, 4.005 Hz.
    pub const POWER: Self = Self { device_type: 11, period: 8182 };
    /// Heart rate, 4.06 Hz.
    pub const HEART_RATE: Self = Self { device_type: 120, period: 8070 };
    /// Bicycle speed and cadence in one sensor, 4.05 Hz.
    pub const SPEED_CADENCE: Self = Self { device_type: 121, period: 8086 };
    /// Bicycle cadence, 4.04 Hz.
    pub const CADENCE: Self = Self { device_type: 122, period: 8102 };
    /// Bicycle speed, 4.04 Hz.
    pub const SPEED: Self = Self { device_type: 123, period: 8118 };
}

/// "Nothing here" in one-byte fields.
const NONE: u8 = 0xFF;
/// Bit 7 of byte 0 in the heart rate, cadence and speed profiles: changes every fourth page, is no page number.
const TOGGLE: u8 = 0x80;
const COMMON_FIRST: u8 = 0x40;
const COMMON_LAST: u8 = 0x5D;

const fn u16_of(low: u8, high: u8) -> u16 {
    u16::from_le_bytes([low, high])
}

fn present(byte: u8) -> Option<u8> {
    (byte != NONE).then_some(byte)
}

// --- Muscle oxygen -------------------------------------------------------------------------------------------------

/// ANT+ Muscle Oxygen profile, page 0x01: the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MuscleOxygen {
    /// Event count, wrapping; unchanged means the same sample again.
    pub count: u8,
    /// The sensor asks for the time ([`set_time`]); it measures without.
    pub utc_wanted: bool,
    /// The sensor can hand over its log by ANT-FS.
    pub ant_fs: bool,
    /// Time between measurements, if the sensor says one of the known ones.
    pub interval: Option<Interval>,
    /// The measurement. The sensor's sentinels are `AmbientLight` and `Invalid`; any other SmO2 above 100.0 % is
    /// `Implausible`. SmO2 decides: if only tHb is a sentinel or above 40.00 g/dL, there is a value without tHb, and
    /// a good tHb does not save a bad SmO2. Zero is passed on: that it cannot be is judged over time.
    pub reading: Reading,
    /// SmO2 over the interval before. Good for filling in one missed event count, and nothing else.
    pub previous: Result<Smo2, Reason>,
}

/// The measurement intervals of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// 0.25 s.
    Ms250,
    /// 0.5 s.
    Ms500,
    /// 1 s.
    Ms1000,
    /// 2 s.
    Ms2000,
}

impl Interval {
    /// As a span of time.
    pub const fn duration(self) -> Duration {
        Duration::from_ms(match self {
            Self::Ms250 => 250,
            Self::Ms500 => 500,
            Self::Ms1000 => 1000,
            Self::Ms2000 => 2000,
        })
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Ms250),
            2 => Some(Self::Ms500),
            3 => Some(Self::Ms1000),
            4 => Some(Self::Ms2000),
            _ => None,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Ms250 => 1,
            Self::Ms500 => 2,
            Self::Ms1000 => 3,
            Self::Ms2000 => 4,
        }
    }
}

impl MuscleOxygen {
    /// The page number.
    pub const PAGE: u8 = 0x01;

    /// The page's meaning; `None` if it is another page.
    pub fn decode(page: &Page) -> Option<Self> {
        let [Self::PAGE, count, notifications, capabilities, thb, mixed, previous, current] = *page else {
            return None;
        };
        // tHb 12 bits, previous SmO2 10 bits, current SmO2 10 bits, packed from the low end.
        let thb = u16_of(thb, mixed & 0x0F);
        let smo2 = u16::from(previous >> 6) | u16::from(current) << 2;
        let previous = u16::from(mixed >> 4) | u16::from(previous & 0x3F) << 4;
        Some(Self {
            count,
            utc_wanted: notifications & 1 != 0,
            ant_fs: capabilities & 1 != 0,
            interval: Interval::from_code(capabilities >> 1 & 0x07),
            reading: reading_from_fields(smo2, thb),
            previous: smo2_from_field(previous),
        })
    }

    /// The page. Reasons that the profile has no code for are sent as invalid, so is a tHb that it cannot hold.
    pub fn encode(&self) -> Page {
        let (smo2, thb) = reading_to_fields(self.reading);
        let previous = smo2_to_field(self.previous);
        let [thb_low, thb_high] = thb.to_le_bytes();
        [
            Self::PAGE,
            self.count,
            u8::from(self.utc_wanted),
            u8::from(self.ant_fs) | self.interval.map_or(0, Interval::code) << 1,
            thb_low,
            thb_high & 0x0F | (previous << 4) as u8,
            (previous >> 4) as u8 & 0x3F | (smo2 << 6) as u8,
            (smo2 >> 2) as u8,
        ]
    }

    /// How many samples `self` is newer than `earlier`; 0 is the same sample again.
    pub const fn samples_since(&self, earlier: &Self) -> u8 {
        self.count.wrapping_sub(earlier.count)
    }
}

/// ANT+ Muscle Oxygen profile, page 0x10: what a display tells a sensor, as an acknowledged message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MuscleOxygenCommand {
    /// What to do.
    pub action: Action,
    /// How far local time is ahead of UTC, in quarters of an hour.
    pub offset_quarters: i8,
    /// When, in seconds from 1989-12-31 00:00 UTC.
    pub time_s: u32,
}

/// The commands of the Muscle Oxygen profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Set the sensor's clock.
    SetTime,
    /// Start a session of the sensor's log.
    StartSession,
    /// End it.
    StopSession,
    /// A lap.
    Lap,
    /// Another code.
    Other(u8),
}

impl Action {
    const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::SetTime,
            1 => Self::StartSession,
            2 => Self::StopSession,
            3 => Self::Lap,
            other => Self::Other(other),
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::SetTime => 0,
            Self::StartSession => 1,
            Self::StopSession => 2,
            Self::Lap => 3,
            Self::Other(code) => code,
        }
    }
}

impl MuscleOxygenCommand {
    /// The page number.
    pub const PAGE: u8 = 0x10;
    const EPOCH_UNIX_S: u64 = 631_065_600;

    /// A command at a time of day. `unix_s` counts seconds from 1970-01-01 UTC, `offset_min` is how far local time is
    /// ahead (sent in quarters of an hour). `None` if the profile cannot hold the time (before 1989-12-31 or after
    /// 2126) or the offset (± 32 h).
    pub fn at(action: Action, unix_s: u64, offset_min: i16) -> Option<Self> {
        let time_s = u32::try_from(unix_s.checked_sub(Self::EPOCH_UNIX_S)?).ok()?;
        Some(Self { action, offset_quarters: i8::try_from(offset_min / 15).ok()?, time_s })
    }

    /// The page's meaning; `None` if it is another page.
    pub fn decode(page: &Page) -> Option<Self> {
        let [Self::PAGE, action, _, offset, a, b, c, d] = *page else { return None };
        let time_s = u32::from_le_bytes([a, b, c, d]);
        Some(Self { action: Action::from_code(action), offset_quarters: offset as i8, time_s })
    }

    /// The page.
    pub fn encode(&self) -> Page {
        let [a, b, c, d] = self.time_s.to_le_bytes();
        [Self::PAGE, self.action.code(), NONE, self.offset_quarters as u8, a, b, c, d]
    }

    /// The command's time in seconds from 1970-01-01 UTC.
    pub fn unix_s(&self) -> u64 {
        Self::EPOCH_UNIX_S.saturating_add(self.time_s.into())
    }
}

/// ANT+ Muscle Oxygen profile, page 0x10, command 0: tells a sensor the time, as an acknowledged message.
/// [`MuscleOxygenCommand::at`] says what the arguments are and when there is no page.
pub fn set_time(unix_s: u64, offset_min: i16) -> Option<Page> {
    MuscleOxygenCommand::at(Action::SetTime, unix_s, offset_min).map(|command| command.encode())
}

// --- Common pages --------------------------------------------------------------------------------------------------

/// Common pages of all ANT+ profiles (ANT+ Common Pages).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonPage {
    /// Page 0x50: who made the sensor.
    Manufacturer {
        /// Revision of the hardware.
        hardware: u8,
        /// Manufacturer: 76 is Moxy.
        manufacturer: u16,
        /// The manufacturer's model number.
        model: u16,
    },
    /// Page 0x51: which one it is.
    Product {
        /// Software version, main part. Makers differ in how they write the two parts as one number: show both.
        software: u8,
        /// Software version, supplement.
        supplement: Option<u8>,
        /// Serial number.
        serial: Option<u32>,
    },
    /// Page 0x52: the battery.
    Battery(Battery),
    /// Page 0x46, to a sensor: send a page.
    Request {
        /// How often, and how: as it comes.
        response: u8,
        /// The page that is wanted.
        page: u8,
    },
    /// Another page of the common range.
    Other(u8),
}

/// Common page 0x52: battery status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Battery {
    /// Which battery, as it comes.
    pub id: u8,
    /// Operating time in ticks, 24 bits.
    pub operating_ticks: u32,
    /// A tick is 2 s; otherwise it is 16 s.
    pub fine_ticks: bool,
    /// Voltage in 1/256 V, 12 bits, below 15 V.
    pub voltage_256ths: Option<u16>,
    /// How the sensor judges it.
    pub status: BatteryStatus,
}

/// The sensor's judgement of its battery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatteryStatus {
    /// New.
    New,
    /// Good.
    Good,
    /// Ok.
    Ok,
    /// Low.
    Low,
    /// Critical.
    Critical,
    /// Being charged.
    Charging,
    /// Another code, 0 or 7: the sensor does not say.
    Unknown(u8),
}

impl BatteryStatus {
    /// What it says, if it says anything.
    pub const fn charge(self) -> Option<Charge> {
        Some(match self {
            Self::New => Charge::New,
            Self::Good => Charge::Good,
            Self::Ok => Charge::Ok,
            Self::Low => Charge::Low,
            Self::Critical => Charge::Critical,
            Self::Charging => Charge::Charging,
            Self::Unknown(_) => return None,
        })
    }

    const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::New,
            2 => Self::Good,
            3 => Self::Ok,
            4 => Self::Low,
            5 => Self::Critical,
            6 => Self::Charging,
            other => Self::Unknown(other),
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::New => 1,
            Self::Good => 2,
            Self::Ok => 3,
            Self::Low => 4,
            Self::Critical => 5,
            Self::Charging => 6,
            Self::Unknown(code) => code,
        }
    }
}

impl CommonPage {
    const REQUEST: u8 = 0x46;
    /// What is requested is a page; other requests are not read.
    const REQUEST_PAGE: u8 = 0x01;
    const MANUFACTURER: u8 = 0x50;
    const PRODUCT: u8 = 0x51;
    const BATTERY: u8 = 0x52;

    /// The page's meaning; `None` if it is not of the common range.
    pub fn decode(page: &Page) -> Option<Self> {
        let [number, _, b2, b3, b4, b5, b6, b7] = *page;
        Some(match number {
            Self::MANUFACTURER => {
                Self::Manufacturer { hardware: b3, manufacturer: u16_of(b4, b5), model: u16_of(b6, b7) }
            }
            Self::PRODUCT => {
                let serial = u32::from_le_bytes([b4, b5, b6, b7]);
                let serial = (serial != u32::MAX).then_some(serial);
                Self::Product { software: b3, supplement: present(b2), serial }
            }
            Self::BATTERY => Self::Battery(Battery {
                id: b2,
                operating_ticks: u32::from_le_bytes([b3, b4, b5, 0]),
                fine_ticks: b7 & 0x80 != 0,
                voltage_256ths: (b7 & 0x0F != 0x0F).then_some(u16_of(b6, b7 & 0x0F)),
                status: BatteryStatus::from_code(b7 >> 4 & 0x07),
            }),
            Self::REQUEST if b7 == Self::REQUEST_PAGE => Self::Request { response: b5, page: b6 },
            COMMON_FIRST..=COMMON_LAST => Self::Other(number),
            _ => return None,
        })
    }

    /// The page; `None` for [`CommonPage::Other`].
    pub fn encode(&self) -> Option<Page> {
        match *self {
            Self::Manufacturer { hardware, manufacturer, model } => {
                let ([b4, b5], [b6, b7]) = (manufacturer.to_le_bytes(), model.to_le_bytes());
                Some([Self::MANUFACTURER, NONE, NONE, hardware, b4, b5, b6, b7])
            }
            Self::Product { software, supplement, serial } => {
                let [b4, b5, b6, b7] = serial.unwrap_or(u32::MAX).to_le_bytes();
                Some([Self::PRODUCT, NONE, supplement.unwrap_or(NONE), software, b4, b5, b6, b7])
            }
            Self::Battery(battery) => {
                let [b3, b4, b5, _] = battery.operating_ticks.to_le_bytes();
                let [b6, coarse] = battery.voltage_256ths.unwrap_or(0x0F00).to_le_bytes();
                let resolution = if battery.fine_ticks { 0x80 } else { 0 };
                let b7 = coarse & 0x0F | (battery.status.code() & 0x07) << 4 | resolution;
                Some([Self::BATTERY, NONE, battery.id, b3, b4, b5, b6, b7])
            }
            Self::Request { response, page } => {
                Some([Self::REQUEST, NONE, NONE, NONE, NONE, response, page, Self::REQUEST_PAGE])
            }
            Self::Other(_) => None,
        }
    }
}

impl Battery {
    /// How long this battery has been in use, in seconds.
    pub const fn operating_s(&self) -> u32 {
        self.operating_ticks.saturating_mul(if self.fine_ticks { 2 } else { 16 })
    }
}

// --- Power ---------------------------------------------------------------------------------------------------------

/// ANT+ Bicycle Power profile, page 0x10: power only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Power {
    /// Event count, wrapping; unchanged means the same measurement again.
    pub count: u8,
    /// How the pedals share the power, if the sensor says.
    pub balance: Option<Balance>,
    /// Cadence, if the sensor says.
    pub cadence: Option<Rpm>,
    /// Power summed over events, in W, wrapping.
    pub accumulated_w: u16,
    /// Power now.
    pub power: Watts,
}

/// Pedal power balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// One pedal's share, in percent.
    pub percent: u8,
    /// Whether it is known to be the right pedal's; otherwise the sensor cannot tell which.
    pub right: bool,
}

impl Power {
    /// The page number.
    pub const PAGE: u8 = 0x10;

    /// The page's meaning; `None` if it is another page.
    pub fn decode(page: &Page) -> Option<Self> {
        let [Self::PAGE, count, pedals, cadence, sum_low, sum_high, low, high] = *page else { return None };
        Some(Self {
            count,
            balance: present(pedals).map(|byte| Balance { percent: byte & 0x7F, right: byte & 0x80 != 0 }),
            cadence: present(cadence).map(|rpm| Rpm(rpm.into())),
            accumulated_w: u16_of(sum_low, sum_high),
            power: Watts(u16_of(low, high)),
        })
    }

    /// The page. A cadence above 254 rpm is sent as none.
    pub fn encode(&self) -> Page {
        let pedals = self.balance.map_or(NONE, |it| it.percent & 0x7F | if it.right { 0x80 } else { 0 });
        let ([sum_low, sum_high], [low, high]) = (self.accumulated_w.to_le_bytes(), self.power.0.to_le_bytes());
        [Self::PAGE, self.count, pedals, rpm_to_byte(self.cadence), sum_low, sum_high, low, high]
    }

    /// Mean power over the events since `earlier`, rounded down, so that lost packets lose no energy. `None` if there
    /// was no event. Both counters wrap (the power sum after 65 535 W, so at 2000 W after 32 events): compare
    /// neighbours only.
    pub fn mean_since(&self, earlier: &Self) -> Option<Watts> {
        let events = self.count.wrapping_sub(earlier.count);
        self.accumulated_w.wrapping_sub(earlier.accumulated_w).checked_div(events.into()).map(Watts)
    }
}

/// ANT+ Bicycle Power profile, page 0x12: torque at the crank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrankTorque {
    /// Event count, wrapping; unchanged means the same measurement again.
    pub count: u8,
    /// Crank revolutions, wrapping.
    pub crank_ticks: u8,
    /// Cadence, if the sensor says.
    pub cadence: Option<Rpm>,
    /// Time under way, summed, in 1/2048 s, wrapping.
    pub period: u16,
    /// Torque, summed over revolutions, in 1/32 Nm, wrapping.
    pub torque: u16,
}

impl CrankTorque {
    /// The page number.
    pub const PAGE: u8 = 0x12;

    /// The page's meaning; `None` if it is another page.
    pub fn decode(page: &Page) -> Option<Self> {
        let [Self::PAGE, count, crank_ticks, cadence, time_low, time_high, low, high] = *page else { return None };
        Some(Self {
            count,
            crank_ticks,
            cadence: present(cadence).map(|rpm| Rpm(rpm.into())),
            period: u16_of(time_low, time_high),
            torque: u16_of(low, high),
        })
    }

    /// The page. A cadence above 254 rpm is sent as none.
    pub fn encode(&self) -> Page {
        let ([time_low, time_high], [low, high]) = (self.period.to_le_bytes(), self.torque.to_le_bytes());
        [Self::PAGE, self.count, self.crank_ticks, rpm_to_byte(self.cadence), time_low, time_high, low, high]
    }

    /// Mean power since `earlier`, to the nearest watt: torque × 128 π / period, both as differences. `None` if the
    /// period has not changed (no new information; standing for longer is a stop). Compare neighbours only: the
    /// period wraps after 32 s.
    pub fn power_since(&self, earlier: &Self) -> Option<Watts> {
        let period = self.period.wrapping_sub(earlier.period);
        if period == 0 {
            return None;
        }
        let torque = self.torque.wrapping_sub(earlier.torque);
        let watts = f32::from(torque) * (128.0 * core::f32::consts::PI) / f32::from(period);
        Some(Watts(libm::roundf(watts) as u16))
    }
}

fn rpm_to_byte(cadence: Option<Rpm>) -> u8 {
    cadence.and_then(|rpm| u8::try_from(rpm.0).ok()).unwrap_or(NONE)
}

// --- Heart rate, speed, cadence ------------------------------------------------------------------------------------

/// ANT+ Heart Rate profile: what bytes 4 to 7 say in each of its own pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartRate {
    /// The page number, without the toggle bit; it says what bytes 1 to 3 are, which is not read here.
    pub page: u8,
    /// Bit 7 of byte 0: changes every fourth page. A sensor that never toggles it is of the oldest kind, whose
    /// byte 0 is not a page number.
    pub toggle: bool,
    /// Time of the last beat, in 1/1024 s, wrapping after 64 s.
    pub beat_time: u16,
    /// Beats, wrapping; unchanged means no new beat.
    pub beat_count: u8,
    /// Heart rate; `None` if the sensor has none.
    pub rate: Option<Bpm>,
}

impl HeartRate {
    /// The page's meaning; `None` if it is a common page.
    pub fn decode(page: &Page) -> Option<Self> {
        let [first, _, _, _, time_low, time_high, beat_count, rate] = *page;
        let number = own_page(first)?;
        Some(Self {
            page: number,
            toggle: first & TOGGLE != 0,
            beat_time: u16_of(time_low, time_high),
            beat_count,
            rate: (rate != 0).then_some(Bpm(rate.into())),
        })
    }

    /// The page, with nothing in bytes 1 to 3. A rate above 255 is sent as none.
    pub fn encode(&self) -> Page {
        let [time_low, time_high] = self.beat_time.to_le_bytes();
        let rate = self.rate.and_then(|rate| u8::try_from(rate.0).ok()).unwrap_or(0);
        let toggle = if self.toggle { TOGGLE } else { 0 };
        [self.page & !TOGGLE | toggle, NONE, NONE, NONE, time_low, time_high, self.beat_count, rate]
    }

    /// Beats since `earlier`; 0 is no new information.
    pub const fn beats_since(&self, earlier: &Self) -> u8 {
        self.beat_count.wrapping_sub(earlier.beat_count)
    }
}

/// The number of a page of the profile's own; `None` for the common range.
fn own_page(first: u8) -> Option<u8> {
    let number = first & !TOGGLE;
    (!(COMMON_FIRST..=COMMON_LAST).contains(&number)).then_some(number)
}

fn revolutions_of(time_low: u8, time_high: u8, low: u8, high: u8) -> Revolutions {
    Revolutions { count: u16_of(low, high), time: u16_of(time_low, time_high), ticks_per_s: TICKS_PER_S }
}

/// ANT+ Bicycle Cadence (122) and Bicycle Speed (123) profiles: bytes 4 to 7 of their own pages, turns of the crank
/// or of the wheel. `None` if it is a common page.
pub fn decode_revolutions(page: &Page) -> Option<Revolutions> {
    let [first, _, _, _, time_low, time_high, low, high] = *page;
    own_page(first)?;
    Some(revolutions_of(time_low, time_high, low, high))
}

/// Page 0 of the Bicycle Cadence or Bicycle Speed profile. The time must be in 1/1024 s.
pub fn encode_revolutions(revolutions: Revolutions) -> Page {
    let ([time_low, time_high], [low, high]) = (revolutions.time.to_le_bytes(), revolutions.count.to_le_bytes());
    [0, NONE, NONE, NONE, time_low, time_high, low, high]
}

/// ANT+ combined Bicycle Speed and Cadence profile (121): its only page, which has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedCadence {
    /// Turns of the crank.
    pub crank: Revolutions,
    /// Turns of the wheel.
    pub wheel: Revolutions,
}

impl SpeedCadence {
    /// The page's meaning. Every page of this profile is this one.
    pub fn decode(page: &Page) -> Self {
        let [b0, b1, b2, b3, b4, b5, b6, b7] = *page;
        Self { crank: revolutions_of(b0, b1, b2, b3), wheel: revolutions_of(b4, b5, b6, b7) }
    }

    /// The page. Times must be in 1/1024 s.
    pub fn encode(&self) -> Page {
        let ([b0, b1], [b2, b3]) = (self.crank.time.to_le_bytes(), self.crank.count.to_le_bytes());
        let ([b4, b5], [b6, b7]) = (self.wheel.time.to_le_bytes(), self.wheel.count.to_le_bytes());
        [b0, b1, b2, b3, b4, b5, b6, b7]
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::{MAX_FRAME, encode};
    use super::super::message::id;
    use super::*;
    use crate::sensor::Value;
    use crate::units::{Thb, ThbScale};
    use crate::wire::tests::Xorshift;

    fn valued(smo2: u16, thb: Option<i16>) -> Value {
        let thb = thb.map(|hundredths| Thb { hundredths, scale: ThbScale::GramsPerDecilitre });
        Value { smo2: Smo2::from_tenths(smo2).unwrap(), thb }
    }

    fn sample(count: u8, reading: Reading, previous: Result<u16, Reason>) -> MuscleOxygen {
        MuscleOxygen {
            count,
            utc_wanted: false,
            ant_fs: false,
            interval: Some(Interval::Ms500),
            reading,
            previous: previous.map(|tenths| Smo2::from_tenths(tenths).unwrap()),
        }
    }

    #[test]
    fn muscle_oxygen_vectors_read_and_write() {
        let light = Err(Reason::AmbientLight);
        let invalid = Err(Reason::Invalid);
        let greeting =
            MuscleOxygen { utc_wanted: true, ant_fs: true, ..sample(255, Ok(valued(1000, Some(4000))), Ok(0)) };
        for (page, check, meaning) in [
            ([0x01, 0x01, 0x00, 0x04, 0xC0, 0x64, 0x61, 0x85], 0xA7, sample(1, Ok(valued(533, Some(1216))), Ok(534))),
            ([0x01, 0x02, 0x00, 0x04, 0xFE, 0xEF, 0xBF, 0xFF], 0xB5, sample(2, light, Err(Reason::AmbientLight))),
            ([0x01, 0x03, 0x00, 0x04, 0xFF, 0xFF, 0xFF, 0xFF], 0xE5, sample(3, invalid, Err(Reason::Invalid))),
            ([0x01, 0xFF, 0x01, 0x05, 0xA0, 0x0F, 0x00, 0xFA], 0x4C, greeting),
        ] {
            assert_eq!(MuscleOxygen::decode(&page), Some(meaning));
            assert_eq!(meaning.encode(), page);
            let mut payload = [0; 9];
            payload[1..].copy_from_slice(&page);
            let mut out = [0; MAX_FRAME];
            assert_eq!(encode(id::BROADCAST, &payload, &mut out), Some(13));
            assert_eq!(out[12], check);
        }
    }

    #[test]
    fn set_time_is_the_vector_and_knows_its_range() {
        let page = [0x10, 0x00, 0xFF, 0x04, 0x00, 0xA5, 0xB6, 0x3F];
        assert_eq!(set_time(1_700_000_000, 60), Some(page));
        let mut out = [0; MAX_FRAME];
        let size = encode(id::ACKNOWLEDGED, &[0, 0x10, 0x00, 0xFF, 0x04, 0x00, 0xA5, 0xB6, 0x3F], &mut out);
        assert_eq!((size, out[12]), (Some(13), 0x25));
        assert_eq!(set_time(1_700_000_000, -210).map(|page| page[3]), Some((-14i8) as u8));
        for (unix_s, offset_min) in
            [(631_065_599, 0), (u64::MAX, 0), (1_700_000_000, i16::MAX), (1_700_000_000, i16::MIN)]
        {
            assert_eq!(set_time(unix_s, offset_min), None);
        }
    }

    #[test]
    fn every_command_to_a_sensor_reads_and_writes() {
        for (code, action) in [
            (0, Action::SetTime),
            (1, Action::StartSession),
            (2, Action::StopSession),
            (3, Action::Lap),
            (4, Action::Other(4)),
            (255, Action::Other(255)),
        ] {
            let page = [0x10, code, 0xFF, 0xF2, 0x00, 0xA5, 0xB6, 0x3F];
            let command = MuscleOxygenCommand { action, offset_quarters: -14, time_s: 1_068_934_400 };
            assert_eq!(MuscleOxygenCommand::decode(&page), Some(command));
            assert_eq!(command.encode(), page);
            assert_eq!(command.unix_s(), 1_700_000_000);
            assert_eq!(MuscleOxygenCommand::at(action, 1_700_000_000, -210), Some(command));
        }
        let last = MuscleOxygenCommand { action: Action::Lap, offset_quarters: i8::MIN, time_s: u32::MAX };
        assert_eq!(MuscleOxygenCommand::at(Action::Lap, last.unix_s(), -1920), Some(last));
        assert_eq!(MuscleOxygenCommand::at(Action::Lap, last.unix_s() + 1, 0), None);
        assert_eq!(MuscleOxygenCommand::decode(&[0x01, 0, 0, 0, 0, 0, 0, 0]), None);
    }

    /// A page with these raw fields.
    fn page_of(smo2: u16, previous: u16, thb: u16) -> Page {
        let packed = u32::from(thb) | u32::from(previous) << 12 | u32::from(smo2) << 22;
        let [a, b, c, d] = packed.to_le_bytes();
        [0x01, 9, 0, 0, a, b, c, d]
    }

    #[test]
    fn every_raw_smo2_is_a_value_or_a_reason() {
        for raw in 0..1024 {
            let expected = match raw {
                0..=1000 => Ok(Smo2::from_tenths(raw).unwrap()),
                0x3FE => Err(Reason::AmbientLight),
                0x3FF => Err(Reason::Invalid),
                _ => Err(Reason::Implausible),
            };
            let current = MuscleOxygen::decode(&page_of(raw, 0, 1216)).unwrap();
            assert_eq!(current.reading.map(|value| value.smo2), expected, "{raw}");
            assert_eq!(current.previous, Ok(Smo2::from_tenths(0).unwrap()));
            let previous = MuscleOxygen::decode(&page_of(500, raw, 1216)).unwrap();
            assert_eq!((previous.previous, previous.reading), (expected, Ok(valued(500, Some(1216)))), "{raw}");
        }
    }

    #[test]
    fn a_bad_thb_leaves_the_smo2_and_a_good_one_saves_nothing() {
        for raw in 0..4096u16 {
            let thb = (raw <= 4000).then_some(raw as i16);
            let good = MuscleOxygen::decode(&page_of(533, 0, raw)).unwrap();
            assert_eq!(good.reading, Ok(valued(533, thb)), "{raw}");
            let bad = MuscleOxygen::decode(&page_of(0x3FE, 0, raw)).unwrap();
            assert_eq!(bad.reading, Err(Reason::AmbientLight), "{raw}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let readings = (0..=1000).map(|smo2| Ok(valued(smo2, Some(smo2 as i16 * 4)))).chain([
            Ok(valued(533, None)),
            Err(Reason::AmbientLight),
            Err(Reason::Invalid),
            Err(Reason::Implausible),
        ]);
        let intervals = [None, Some(Interval::Ms250), Some(Interval::Ms500), Some(Interval::Ms1000)];
        for (index, reading) in readings.enumerate() {
            for interval in intervals.into_iter().chain([Some(Interval::Ms2000)]) {
                for previous in [Ok(1000), Ok(341), Err(Reason::AmbientLight), Err(Reason::Implausible)] {
                    for flags in 0..4 {
                        let page = MuscleOxygen {
                            utc_wanted: flags & 1 != 0,
                            ant_fs: flags & 2 != 0,
                            interval,
                            ..sample(index as u8, reading, previous)
                        };
                        assert_eq!(MuscleOxygen::decode(&page.encode()), Some(page));
                    }
                }
            }
        }
    }

    #[test]
    fn what_the_profile_cannot_say_is_sent_as_invalid() {
        for reason in [Reason::Searching, Reason::Stale, Reason::Moved, Reason::LowBattery] {
            let page = sample(1, Err(reason), Ok(0)).encode();
            assert_eq!(MuscleOxygen::decode(&page).unwrap().reading, Err(Reason::Invalid));
        }
        for (hundredths, scale) in
            [(-1, ThbScale::GramsPerDecilitre), (4001, ThbScale::GramsPerDecilitre), (1216, ThbScale::Arbitrary)]
        {
            let thb = Some(Thb { hundredths, scale });
            let reading = Ok(Value { smo2: Smo2::from_tenths(533).unwrap(), thb });
            let page = sample(1, reading, Ok(0)).encode();
            assert_eq!(MuscleOxygen::decode(&page).unwrap().reading, Ok(valued(533, None)));
        }
    }

    #[test]
    fn counts_wrap() {
        let (a, b) = (sample(254, Ok(valued(1, None)), Ok(0)), sample(1, Ok(valued(1, None)), Ok(0)));
        assert_eq!((b.samples_since(&a), a.samples_since(&a)), (3, 0));
    }

    #[test]
    fn common_pages_read_and_write() {
        let battery = Battery {
            id: 0,
            operating_ticks: 0x03_0201,
            fine_ticks: true,
            voltage_256ths: Some(0x0380),
            status: BatteryStatus::Low,
        };
        for (page, meaning) in [
            (
                [0x50, 0xFF, 0xFF, 2, 76, 0, 0x05, 0x01],
                CommonPage::Manufacturer { hardware: 2, manufacturer: 76, model: 0x0105 },
            ),
            (
                [0x51, 0xFF, 0xFF, 3, 0xFF, 0xFF, 0xFF, 0xFF],
                CommonPage::Product { software: 3, supplement: None, serial: None },
            ),
            (
                [0x51, 0xFF, 7, 3, 0xD2, 0x04, 0, 0],
                CommonPage::Product { software: 3, supplement: Some(7), serial: Some(1234) },
            ),
            ([0x52, 0xFF, 0, 1, 2, 3, 0x80, 0xC3], CommonPage::Battery(battery)),
            ([0x46, 0xFF, 0xFF, 0xFF, 0xFF, 0x04, 0x52, 0x01], CommonPage::Request { response: 4, page: 0x52 }),
            (
                [0x52, 0xFF, 0, 1, 2, 3, 0x00, 0x7F],
                CommonPage::Battery(Battery {
                    fine_ticks: false,
                    voltage_256ths: None,
                    status: BatteryStatus::Unknown(7),
                    ..battery
                }),
            ),
        ] {
            assert_eq!(CommonPage::decode(&page), Some(meaning));
            assert_eq!(meaning.encode(), Some(page));
        }
        assert_eq!(battery.operating_s(), 0x03_0201 * 2);
        assert_eq!(Battery { fine_ticks: false, ..battery }.operating_s(), 0x03_0201 * 16);
        let codes = (0..=7).map(|code| BatteryStatus::from_code(code).charge());
        let words = [Charge::New, Charge::Good, Charge::Ok, Charge::Low, Charge::Critical, Charge::Charging].map(Some);
        assert!(codes.eq([None].into_iter().chain(words).chain([None])));
        for number in 0..=255 {
            let common = CommonPage::decode(&[number, 0, 0, 0, 0, 0, 0, 0]);
            assert_eq!(common.is_some(), (0x40..=0x5D).contains(&number), "{number:02X}");
        }
        // A request, but not for a page.
        let other = [0x46, 0xFF, 0xFF, 0xFF, 0xFF, 0x04, 0x52, 0x02];
        assert_eq!(CommonPage::decode(&other), Some(CommonPage::Other(0x46)));
        assert_eq!(CommonPage::Other(0x46).encode(), None);
    }

    #[test]
    fn power_pages_read_write_and_average() {
        let page = [0x10, 5, 0xB2, 90, 0xF0, 0xFF, 0xFA, 0x00];
        let first = Power {
            count: 5,
            balance: Some(Balance { percent: 50, right: true }),
            cadence: Some(Rpm(90)),
            accumulated_w: 0xFFF0,
            power: Watts(250),
        };
        assert_eq!(Power::decode(&page), Some(first));
        assert_eq!(first.encode(), page);
        let silent = [0x10, 6, 0xFF, 0xFF, 0xEA, 0, 0xFA, 0];
        let second = Power { count: 6, balance: None, cadence: None, accumulated_w: 0x00EA, ..first };
        assert_eq!(Power::decode(&silent), Some(second));
        assert_eq!(second.encode(), silent);
        assert_eq!(second.mean_since(&first), Some(Watts(250)));
        assert_eq!(first.mean_since(&first), None);
        // The event count wraps too, and packets in between were lost: 4 events, 803 W together.
        let late = Power { count: 2, accumulated_w: 787, ..first };
        let before = Power { count: 254, ..first };
        assert_eq!(late.mean_since(&before), Some(Watts(200)));
        assert_eq!(Power::decode(&[0x12, 5, 0, 90, 0, 0, 0, 0]), None);
    }

    #[test]
    fn other_pages_of_a_power_meter_are_neither_power_nor_torque() {
        for number in 0..=255 {
            // 0x11 is torque at the wheel, 0x20 counts big-endian: no head unit should read them by mistake.
            let page = [number, 1, 2, 3, 4, 5, 6, 7];
            assert_eq!(Power::decode(&page).is_some(), number == Power::PAGE, "{number:02X}");
            assert_eq!(CrankTorque::decode(&page).is_some(), number == CrankTorque::PAGE, "{number:02X}");
        }
    }

    #[test]
    fn crank_torque_gives_power() {
        let first = CrankTorque { count: 255, crank_ticks: 255, cadence: Some(Rpm(60)), period: 64512, torque: 65000 };
        // One revolution a second at 32 Nm: 2π × 32 = 201 W.
        let second =
            CrankTorque { count: 0, crank_ticks: 0, period: 1024, torque: 65000u16.wrapping_add(1024), ..first };
        for page in [first, second] {
            assert_eq!(CrankTorque::decode(&page.encode()), Some(page));
        }
        assert_eq!(
            CrankTorque::decode(&[0x12, 1, 2, 0xFF, 0x00, 0x08, 0x20, 0x00]),
            Some(CrankTorque { count: 1, crank_ticks: 2, cadence: None, period: 2048, torque: 32 })
        );
        assert_eq!(second.power_since(&first), Some(Watts(201)));
        assert_eq!(second.power_since(&second), None);
        let absurd = CrankTorque { period: 1025, torque: second.torque.wrapping_sub(1), ..second };
        assert_eq!(absurd.power_since(&second), Some(Watts(u16::MAX)));
        assert_eq!(CrankTorque::decode(&[0x10, 5, 0, 90, 0, 0, 0, 0]), None);
    }

    #[test]
    fn heart_rate_ignores_the_toggle_and_common_pages() {
        for (first, page, toggle) in [(0x04, 4, false), (0x84, 4, true), (0x85, 5, true), (0x00, 0, false)] {
            let bytes = [first, 0xFF, 0xFF, 0xFF, 0x00, 0x04, 0xAC, 150];
            let meaning = HeartRate { page, toggle, beat_time: 1024, beat_count: 0xAC, rate: Some(Bpm(150)) };
            assert_eq!(HeartRate::decode(&bytes), Some(meaning));
            assert_eq!(meaning.encode(), bytes);
            assert_eq!(HeartRate { beat_count: 2, ..meaning }.beats_since(&meaning), 86);
            let none = HeartRate { rate: None, ..meaning };
            assert_eq!(HeartRate::decode(&none.encode()), Some(none));
        }
        for number in [0x40, 0x50, 0x52, 0x5D, 0xD0, 0xD2] {
            assert_eq!(HeartRate::decode(&[number, 0, 0, 0, 0, 0, 0, 150]), None);
        }
        // A frame captured from a stick: page 5, toggled.
        let captured = HeartRate::decode(&[0x85, 0x01, 0x80, 0x17, 0xF0, 0x3D, 0xAC, 0x03]).unwrap();
        assert_eq!((captured.page, captured.toggle, captured.beat_time), (5, true, 0x3DF0));
    }

    #[test]
    fn speed_and_cadence_pages_hold_revolutions() {
        let crank = Revolutions { count: 0x0403, time: 0x0201, ticks_per_s: 1024 };
        let wheel = Revolutions { count: 0x0807, time: 0x0605, ticks_per_s: 1024 };
        let both = SpeedCadence { crank, wheel };
        let page = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(SpeedCadence::decode(&page), both);
        assert_eq!(both.encode(), page);
        assert_eq!(decode_revolutions(&[0x80, 0, 0, 0, 5, 6, 7, 8]), Some(wheel));
        assert_eq!(decode_revolutions(&encode_revolutions(crank)), Some(crank));
        assert_eq!(decode_revolutions(&[0xD2, 0, 0, 0, 5, 6, 7, 8]), None);
    }

    #[test]
    fn no_page_can_break_a_decoder() {
        let mut random = Xorshift(0x5EED_0003);
        for _ in 0..200_000 {
            let mut page = [0; 8];
            page.fill_with(|| random.next() as u8);
            for number in [page[0], 0x01, 0x10, 0x12, 0x46, 0x50, 0x51, 0x52] {
                page[0] = number;
                if let Some(meaning) = MuscleOxygen::decode(&page) {
                    assert_eq!(MuscleOxygen::decode(&meaning.encode()).map(|it| it.previous), Some(meaning.previous));
                }
                if let Some(meaning) = MuscleOxygenCommand::decode(&page) {
                    assert_eq!(MuscleOxygenCommand::decode(&meaning.encode()), Some(meaning));
                }
                if let Some(meaning) = CommonPage::decode(&page)
                    && let Some(written) = meaning.encode()
                {
                    assert_eq!(CommonPage::decode(&written), Some(meaning));
                }
                if let Some(meaning) = Power::decode(&page) {
                    assert_eq!(meaning.encode(), page);
                }
                if let Some(meaning) = CrankTorque::decode(&page) {
                    assert_eq!(meaning.encode(), page);
                }
                if let Some(meaning) = HeartRate::decode(&page) {
                    assert_eq!(HeartRate::decode(&meaning.encode()), Some(meaning));
                }
                assert_eq!(SpeedCadence::decode(&page).encode(), page);
            }
        }
    }
}
