//! The rider's sensors of power, cadence, speed and heart rate: their pages become context.
//!
//! A packet is not a measurement: a page counts when its event count or event time has moved. One that stands still
//! while packets go on arriving is a rider who has stopped pedalling or a wheel that has stopped: zero, after three
//! seconds. A heart does not stop: its rate is then unknown, like every value that is not renewed.

use crate::input::Context;
use crate::link::ble::BleProfile;
use crate::sensor::{Sensor, SensorKind};
use crate::time::{Duration, Instant};
use crate::units::{CmPerS, Rpm, Watts};
use crate::wire::Revolutions;
use crate::wire::ant::pages::{CommonPage, CrankTorque, HeartRate, Page, Power, SpeedCadence, decode_revolutions};
use crate::wire::gatt;

/// Standing still for this long is a stop.
const STOPPED: Duration = Duration::from_s(3);
/// Packets further apart are no neighbours: what is between them cannot be told.
const NEIGHBOURS: Duration = Duration::from_s(10);
/// More than any rider: a restarted sensor, a damaged packet.
const MAX_POWER: Watts = Watts(3000);
const MAX_CADENCE: Rpm = Rpm(250);
const MAX_SPEED: CmPerS = CmPerS(4000);

/// One sensor and what it said last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Companion {
    pub(super) sensor: Sensor,
    power: Moving<u8>,
    torque: Moving<CrankTorque>,
    wheel: Moving<Revolutions>,
    crank: Moving<Revolutions>,
    beat: Moving<u8>,
}

/// Something that moves on with each measurement.
#[derive(Clone, Copy, Debug)]
struct Moving<T> {
    last: Option<T>,
    heard_at: Instant,
    moved_at: Instant,
}

/// What became of it.
enum Motion<T> {
    /// Heard for the first time, or after a gap.
    First,
    /// It moved on from this.
    From(T),
    /// It has not moved for a moment.
    Still,
    /// It has not moved for so long that it stands.
    Stopped,
}

impl<T: Copy + PartialEq> Moving<T> {
    const NEW: Self = Self { last: None, heard_at: Instant::ZERO, moved_at: Instant::ZERO };

    fn hear(&mut self, now: Instant, new: T) -> Motion<T> {
        let last = self.last.filter(|_| now.since(self.heard_at) < NEIGHBOURS);
        (self.last, self.heard_at) = (Some(new), now);
        let moved_at = core::mem::replace(&mut self.moved_at, now);
        match last {
            None => Motion::First,
            Some(last) if last != new => Motion::From(last),
            Some(_) => {
                self.moved_at = moved_at;
                if now.since(moved_at) >= STOPPED { Motion::Stopped } else { Motion::Still }
            }
        }
    }
}

impl Companion {
    pub(super) const fn new(sensor: Sensor) -> Self {
        Self {
            sensor,
            power: Moving::NEW,
            torque: Moving::NEW,
            wheel: Moving::NEW,
            crank: Moving::NEW,
            beat: Moving::NEW,
        }
    }

    /// What an ANT+ page of this sensor says.
    pub(super) fn page(&mut self, now: Instant, page: &Page, wheel_mm: u16) -> Context {
        match self.sensor.kind {
            SensorKind::MuscleOxygen => Context::default(),
            SensorKind::Power => self.power_page(now, page),
            SensorKind::HeartRate => {
                let rate = HeartRate::decode(page).filter(|heart| self.moves(now, heart.beat_count));
                Context { heart_rate: rate.and_then(|heart| heart.rate), ..Context::default() }
            }
            SensorKind::Speed | SensorKind::Cadence if CommonPage::decode(page).is_some() => Context::default(),
            SensorKind::Speed => self.speed(now, decode_revolutions(page), wheel_mm),
            SensorKind::Cadence => self.cadence(now, decode_revolutions(page)),
            SensorKind::SpeedCadence => {
                let both = SpeedCadence::decode(page);
                let cadence = self.cadence(now, Some(both.crank)).cadence;
                Context { cadence, ..self.speed(now, Some(both.wheel), wheel_mm) }
            }
        }
    }

    /// What a value of one of this sensor's characteristics says.
    pub(super) fn value(&mut self, now: Instant, profile: BleProfile, value: &[u8], wheel_mm: u16) -> Context {
        match profile {
            BleProfile::Moxy | BleProfile::TrainRed => Context::default(),
            BleProfile::CyclingPower => {
                let Some(both) = gatt::CyclingPower::decode(value) else { return Context::default() };
                // A rider who is driven does no work.
                let power = Watts(both.power_w.max(0).unsigned_abs());
                Context { power: Some(power).filter(|&power| power <= MAX_POWER), ..self.cadence(now, both.crank) }
            }
            BleProfile::SpeedCadence => {
                let Some(both) = gatt::SpeedCadence::decode(value) else { return Context::default() };
                let cadence = self.cadence(now, both.crank).cadence;
                Context { cadence, ..self.speed(now, both.wheel, wheel_mm) }
            }
            BleProfile::HeartRate => {
                let heart = gatt::HeartRate::decode(value).filter(|heart| heart.contact != Some(false));
                Context { heart_rate: heart.and_then(|heart| heart.rate), ..Context::default() }
            }
        }
    }

    fn power_page(&mut self, now: Instant, page: &Page) -> Context {
        if let Some(power) = Power::decode(page) {
            return match self.power.hear(now, power.count) {
                Motion::First | Motion::From(_) => Context {
                    power: Some(power.power).filter(|&power| power <= MAX_POWER),
                    cadence: power.cadence.filter(|&cadence| cadence <= MAX_CADENCE),
                    ..Context::default()
                },
                Motion::Still => Context::default(),
                Motion::Stopped => {
                    Context { power: Some(Watts(0)), cadence: power.cadence.map(|_| Rpm(0)), ..Context::default() }
                }
            };
        }
        let Some(torque) = CrankTorque::decode(page) else { return Context::default() };
        match self.torque.hear(now, torque) {
            Motion::From(last) => Context {
                power: torque.power_since(&last).filter(|&power| power <= MAX_POWER),
                cadence: torque.cadence.filter(|&cadence| cadence <= MAX_CADENCE),
                ..Context::default()
            },
            Motion::First | Motion::Still => Context::default(),
            Motion::Stopped => Context { power: Some(Watts(0)), cadence: Some(Rpm(0)), ..Context::default() },
        }
    }

    fn moves(&mut self, now: Instant, beat: u8) -> bool {
        matches!(self.beat.hear(now, beat), Motion::First | Motion::From(_))
    }

    fn cadence(&mut self, now: Instant, crank: Option<Revolutions>) -> Context {
        let cadence = crank.and_then(|crank| match self.crank.hear(now, crank) {
            Motion::From(last) => crank.rpm_since(last).filter(|&cadence| cadence <= MAX_CADENCE),
            Motion::First | Motion::Still => None,
            Motion::Stopped => Some(Rpm(0)),
        });
        Context { cadence, ..Context::default() }
    }

    fn speed(&mut self, now: Instant, wheel: Option<Revolutions>, wheel_mm: u16) -> Context {
        let speed = wheel.and_then(|wheel| match self.wheel.hear(now, wheel) {
            Motion::From(last) => wheel.speed_since(last, wheel_mm).filter(|&speed| speed <= MAX_SPEED),
            Motion::First | Motion::Still => None,
            Motion::Stopped => Some(CmPerS(0)),
        });
        Context { speed, ..Context::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensor::Identity;
    use crate::units::Bpm;
    use crate::wire::TICKS_PER_S;
    use crate::wire::ant::pages::encode_revolutions;

    fn companion(kind: SensorKind) -> Companion {
        Companion::new(Sensor { kind, identity: Identity::Ant { number: 1, transmission: 5 } })
    }

    /// Context from pages at 4 Hz.
    fn pages(kind: SensorKind, page_at: impl Fn(u64) -> Page) -> [Context; 40] {
        let mut it = companion(kind);
        core::array::from_fn(|i| it.page(Instant::from_ms(i as u64 * 250), &page_at(i as u64), 2105))
    }

    #[test]
    fn power_holds_while_it_counts_and_is_zero_when_it_stands() {
        let page = |i: u64| {
            let count = if i < 10 { i as u8 } else { 9 };
            let (cadence, power) = (Some(Rpm(88)), Watts(214));
            Power { count, balance: None, cadence, accumulated_w: 0, power }.encode()
        };
        let context = pages(SensorKind::Power, page);
        assert!(context[..10].iter().all(|c| (c.power, c.cadence) == (Some(Watts(214)), Some(Rpm(88)))));
        assert!(context[10..21].iter().all(|c| *c == Context::default()));
        assert!(context[21..].iter().all(|c| (c.power, c.cadence) == (Some(Watts(0)), Some(Rpm(0)))));
    }

    #[test]
    fn torque_becomes_power_by_difference() {
        // 25 Nm at 90 rpm: 2/3 s a turn.
        let page = |i: u64| {
            let turns = i as u16;
            let (period, torque) = (turns.wrapping_mul(1365), turns.wrapping_mul(800));
            CrankTorque { count: i as u8, crank_ticks: i as u8, cadence: Some(Rpm(90)), period, torque }.encode()
        };
        let context = pages(SensorKind::Power, page);
        assert_eq!(context[0].power, None);
        assert!(context[1..].iter().all(|c| c.power == Some(Watts(236))), "{:?}", context[1]);
    }

    #[test]
    fn a_heart_rate_that_does_not_beat_is_no_news() {
        let page = |i: u64| {
            let beat_count = if i < 20 { i as u8 } else { 19 };
            HeartRate { page: 0, toggle: false, beat_time: 0, beat_count, rate: Some(Bpm(142)) }.encode()
        };
        let context = pages(SensorKind::HeartRate, page);
        assert!(context[..20].iter().all(|c| c.heart_rate == Some(Bpm(142))));
        assert!(context[20..].iter().all(|c| c.heart_rate.is_none()));
    }

    #[test]
    fn turns_become_speed_and_cadence_and_stop() {
        // Four turns a second up to the 20th page, then none.
        let page = |i: u64| {
            let turns = i.min(20) as u16;
            encode_revolutions(Revolutions { count: turns, time: turns.wrapping_mul(256), ticks_per_s: TICKS_PER_S })
        };
        let cadence = pages(SensorKind::Cadence, page);
        assert_eq!((cadence[0].cadence, cadence[5].cadence), (None, Some(Rpm(240))));
        assert_eq!((cadence[25].cadence, cadence[35].cadence), (None, Some(Rpm(0))));
        let speed = pages(SensorKind::Speed, page);
        assert_eq!((speed[5].speed, speed[35].speed), (Some(CmPerS(842)), Some(CmPerS(0))));
    }

    #[test]
    fn bluetooth_values_say_the_same() {
        let mut it = companion(SensorKind::Power);
        let first = [0x30, 0, 0x21, 0, 0x2A, 0, 0, 0, 0xC4, 0x60, 0x12, 0, 0xF7, 4];
        let context = it.value(Instant::ZERO, BleProfile::CyclingPower, &first, 2105);
        assert_eq!((context.power, context.cadence), (Some(Watts(33)), None));
        let mut second = first;
        // One turn of the crank in half a second.
        (second[10], second[12], second[13]) = (0x13, 0xF7, 6);
        let context = it.value(Instant::from_ms(500), BleProfile::CyclingPower, &second, 2105);
        assert_eq!(context.cadence, Some(Rpm(120)));
        let no_contact = [0x04, 0x50];
        let context = companion(SensorKind::HeartRate).value(Instant::ZERO, BleProfile::HeartRate, &no_contact, 0);
        assert_eq!(context.heart_rate, None);
    }
}
