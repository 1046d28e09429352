//! The body of a simulated head unit: its battery, its clock, its storage, its motor and beeper, its power, and what goes
//! wrong with them ([`crate::scenario::UnitFault`]).
//!
//! What a fault does, the head unit is told as a real body would tell it:
//!
//! - **battery**: [`Input::Battery`] at every percent on the way down; at the end it is on a cable.
//! - **clock**: [`Input::WallTime`] at the start of the ride (an invented morning), at the jump, and when it is put right.
//! - **storage**: [`Input::Storage`], full, and written when there is room again.
//! - **muted**: every cue is answered with [`Input::CueDelivery`] from the first such fault on: as delivered while
//!   nothing is wrong, as neither felt nor heard while the fault lasts. Without such a fault nothing is answered.
//! - **power cut**: from its beginning the head unit hears nothing, says nothing and draws nothing; the radios that hang on
//!   it lose their power; sensors keep on sending. At its end a new head unit is told [`Input::PowerOn`], then the
//!   settings and the state that the old one had at the cut (a body that keeps them at every change has these), then
//!   what the body knows by itself: posture, battery, time of day. So the log of inputs goes on in the same file, and it
//!   is still a complete bug report.
//!
//! On a ride whose samples are finished, the body also says what a sensor's radio would have said of its battery.
//! Everything that was told is counted in [`Landings`].

use crate::landings::Landings;
use crate::scenario::{FaultKind, Layer, Scenario, UnitFaultKind};
use sling_core::Input;
use sling_core::head_unit::{BleEvent, CueRequest, StorageResult};
use sling_core::sensor::Identity;
use sling_core::time::{Duration, Instant};
use sling_core::wire::ant::message::{ChannelId, Data, Extended};
use sling_core::wire::ant::pages::{Battery, BatteryStatus, CommonPage, Page, Profile};

/// The time of day at the start of a ride whose clock jumps: 2026-05-16 07:00 UTC.
const START_UNIX_S: u64 = 1_778_914_800;
/// Local time is two hours ahead.
const OFFSET_MIN: i16 = 120;
/// A sensor on ANT+ says how its battery is about this often: every 65th page at 4 Hz.
const BATTERY_PAGE_EVERY: Duration = Duration::from_ms(16_250);
/// The charge that a sensor on Bluetooth tells when it is low, and when it is not.
pub const LOW_PERCENT: u8 = 5;
/// See [`LOW_PERCENT`].
pub const GOOD_PERCENT: u8 = 80;

/// What the body does at a time.
#[derive(Clone, Debug)]
enum Deed {
    /// Tells the head unit something.
    Tell(Box<Input<'static>>),
    /// Tells it how a sensor's battery is.
    SensorBattery { identity: Identity, low: bool },
    /// Loses its power.
    Off,
    /// Has power again.
    On,
}

fn telling(input: Input<'static>) -> Deed {
    Deed::Tell(Box::new(input))
}

/// A deed, and the place of the fault that counts it if it is one.
type Planned = (Instant, Option<usize>, Deed);

/// What the player is to do for the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Nothing: all is said.
    Stays,
    /// The head unit goes off.
    Goes,
    /// A new head unit boots.
    Comes,
}

/// A span of muteness, and the place of its fault.
type Muted = (Instant, Instant, usize);

/// A simulated head unit's body.
#[derive(Clone, Debug)]
pub struct Body {
    /// In the order of time.
    planned: Vec<Planned>,
    done: usize,
    muted: Vec<Muted>,
    /// Cuts of power that are on.
    cuts: u32,
    landings: Landings,
    posture: Option<Input<'static>>,
    battery: Option<Input<'static>>,
    /// When it was told, and what.
    clock: Option<(Instant, u64, i16)>,
}

impl Body {
    /// The body of the head unit that rides a scenario. `on_air` says that sensors tell of their batteries themselves.
    pub fn new(scenario: &Scenario, landings: Landings, on_air: bool) -> Self {
        let end = Instant::ZERO + scenario.duration;
        let mut body = Self {
            planned: Vec::new(),
            done: 0,
            muted: Vec::new(),
            cuts: 0,
            landings,
            posture: None,
            battery: None,
            clock: None,
        };
        body.plan_clock(scenario);
        for (fault, place) in scenario.unit_faults.iter().zip(body.landings.places(Layer::HeadUnit)) {
            let ends = Some(fault.until).filter(|&until| until < end);
            let mut plan = |at, place, deed| body.planned.push((at, place, deed));
            match fault.kind {
                UnitFaultKind::Battery { percent } => {
                    let (span_ms, steps) = (fault.until.since(fault.at).as_ms(), u32::from(100 - percent.min(99)));
                    for step in 1..=steps {
                        let at = fault.at
                            + Duration::from_ms((f64::from(span_ms) / f64::from(steps) * f64::from(step)) as u32);
                        let input = Input::Battery { percent: 100 - step as u8, charging: false };
                        plan(at.min(fault.until), Some(place), telling(input));
                    }
                    if let Some(until) = ends {
                        plan(until, None, telling(Input::Battery { percent, charging: true }));
                    }
                }
                UnitFaultKind::ClockJump { .. } => {}
                UnitFaultKind::StorageFull => {
                    plan(fault.at, Some(place), telling(Input::Storage(StorageResult::Full)));
                    if let Some(until) = ends {
                        plan(until, None, telling(Input::Storage(StorageResult::Written)));
                    }
                }
                UnitFaultKind::PowerCut => {
                    plan(fault.at, Some(place), Deed::Off);
                    plan(fault.until, None, Deed::On);
                }
                UnitFaultKind::Muted => body.muted.push((fault.at, fault.until, place)),
            }
        }
        if !on_air {
            body.plan_sensor_batteries(scenario, end);
        }
        // Stable: what is planned for one time happens in the order of the scenario.
        body.planned.sort_by_key(|(at, ..)| *at);
        body
    }

    /// The time of day, told whenever it is another than the one that goes on from the last telling.
    fn plan_clock(&mut self, scenario: &Scenario) {
        let jumps =
            scenario.unit_faults.iter().zip(self.landings.places(Layer::HeadUnit)).filter_map(|(fault, place)| {
                let UnitFaultKind::ClockJump { by_s } = fault.kind else { return None };
                Some([(fault.at, by_s, Some(place)), (fault.until, -by_s, None)])
            });
        let mut steps: Vec<_> = jumps.flatten().filter(|(at, ..)| *at < Instant::ZERO + scenario.duration).collect();
        if steps.is_empty() {
            return;
        }
        steps.push((Instant::ZERO, 0, None));
        steps.sort_by_key(|(at, by_s, _)| (*at, *by_s != 0));
        let mut off_s = 0;
        for (at, by_s, place) in steps {
            off_s += by_s;
            let unix_s = (START_UNIX_S + at.as_ms() / 1000).saturating_add_signed(off_s);
            self.planned.push((at, place, telling(Input::WallTime { unix_s, offset_min: OFFSET_MIN })));
        }
    }

    fn plan_sensor_batteries(&mut self, scenario: &Scenario, end: Instant) {
        for (fault, place) in scenario.faults.iter().zip(self.landings.places(Layer::Sensor)) {
            let Some(sensor) = scenario.sensors.iter().find(|sensor| sensor.site == fault.site) else { continue };
            if fault.kind != FaultKind::LowBattery {
                continue;
            }
            let mut at = fault.at;
            while at < fault.until {
                self.planned.push((at, Some(place), Deed::SensorBattery { identity: sensor.identity, low: true }));
                at = at + BATTERY_PAGE_EVERY;
            }
            if fault.until < end {
                self.planned.push((fault.until, None, Deed::SensorBattery { identity: sensor.identity, low: false }));
            }
        }
    }

    /// When it does something next.
    pub fn next_event(&self) -> Option<Instant> {
        self.planned.get(self.done).map(|(at, ..)| *at)
    }

    /// Does the next thing: `tell` gets what the head unit is told, unless it is off.
    pub fn act(&mut self, tell: &mut dyn FnMut(&Input<'_>)) -> Power {
        let Some((at, place, deed)) = self.planned.get(self.done).cloned() else { return Power::Stays };
        self.done += 1;
        let was_on = self.cuts == 0;
        match &deed {
            Deed::Off => self.cuts += 1,
            Deed::On => self.cuts = self.cuts.saturating_sub(1),
            Deed::Tell(input) => {
                self.note(at, input);
                if was_on {
                    tell(input);
                }
            }
            Deed::SensorBattery { identity, low } if was_on => tell_sensor_battery(*identity, *low, tell),
            Deed::SensorBattery { .. } => {}
        }
        if let Some(place) = place.filter(|_| was_on) {
            self.landings.add(place);
        }
        match (was_on, self.cuts == 0) {
            (true, false) => Power::Goes,
            (false, true) => Power::Comes,
            _ => Power::Stays,
        }
    }

    /// Takes note of what the body knows by itself.
    pub fn note(&mut self, at: Instant, input: &Input<'_>) {
        match input {
            Input::Posture(posture) => self.posture = Some(Input::Posture(*posture)),
            &Input::Battery { percent, charging } => self.battery = Some(Input::Battery { percent, charging }),
            &Input::WallTime { unix_s, offset_min } => self.clock = Some((at, unix_s, offset_min)),
            _ => {}
        }
    }

    /// What it tells a head unit that has just booted.
    pub fn known(&self, at: Instant) -> Vec<Input<'static>> {
        let clock = self.clock.map(|(told, unix_s, offset_min)| Input::WallTime {
            unix_s: unix_s + u64::from(at.since(told).as_s()),
            offset_min,
        });
        [clock, self.battery.clone(), self.posture.clone()].into_iter().flatten().collect()
    }

    /// What becomes of a cue; `None` if nobody says.
    pub fn deliver(&self, at: Instant, cue: &CueRequest) -> Option<Input<'static>> {
        let first = self.muted.iter().map(|(from, ..)| *from).min()?;
        if at < first {
            return None;
        }
        let (id, mut haptic, mut beep) = (cue.id, cue.haptic.is_on(), cue.beep.is_on());
        if let Some((.., place)) = self.muted.iter().find(|(from, until, _)| (*from..*until).contains(&at)) {
            self.landings.add(*place);
            (haptic, beep) = (false, false);
        }
        Some(Input::CueDelivery { id, haptic, beep })
    }
}

/// The page in which a sensor on ANT+ says how its battery is (common page 82).
pub fn battery_page(low: bool, operating_ticks: u32) -> Option<Page> {
    let (volts_256ths, status) =
        if low { (2 * 256 + 150, BatteryStatus::Low) } else { (3 * 256 + 200, BatteryStatus::Good) };
    let voltage_256ths = Some(volts_256ths);
    CommonPage::Battery(Battery { id: 0xFF, operating_ticks, fine_ticks: false, voltage_256ths, status }).encode()
}

/// What the sensor's own radio would say of its battery.
fn tell_sensor_battery(identity: Identity, low: bool, tell: &mut dyn FnMut(&Input<'_>)) {
    match identity {
        Identity::Ant { number, transmission } => {
            let device_type = Profile::MUSCLE_OXYGEN.device_type;
            let channel_id = Some(ChannelId { number, device_type, pairing: false, transmission });
            let Some(page) = battery_page(low, 90_000) else { return };
            let extended = Extended { channel_id, rssi: None, timestamp: None };
            let mut bytes = [0; 64];
            if let Some(n) = (Data { channel: 0, acknowledged: false, page, extended }).encode(&mut bytes) {
                tell(&Input::AntBytes(&bytes[..n]));
            }
        }
        Identity::Ble { address } => {
            let percent = if low { LOW_PERCENT } else { GOOD_PERCENT };
            tell(&Input::Ble(BleEvent::BatteryLevel { address, percent }));
        }
        Identity::Channel(_) => {}
    }
}
