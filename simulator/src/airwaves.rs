//! A simulated ride's sensors on the air: every sample of the world becomes the bytes that a real sensor sends, and the
//! head unit hears them through a stick, with commands, slots, losses and all.
//!
//! [`Airwaves`] takes samples and context from the world and the head unit's commands, and gives back what a stick
//! would. What can happen to radios on a ride can be made to happen: [`Airwaves::plan`].

use crate::air::stick::Options;
use crate::air::{Air, DUMMY_KEY, Master, MasterId, Path, StickId};
use crate::player::Radios;
use crate::scenario::Scenario;
use sling_core::head_unit::{AntCommand, Assignment, Config, Context};
use sling_core::link::Trouble;
use sling_core::link::ant::network_key_frame;
use sling_core::sensor::{Identity, Reading, Reason, Sample, Sensor, SensorKind, Site};
use sling_core::time::{Duration, Instant};
use sling_core::units::Smo2;
use sling_core::wire::ant::message::ChannelId;
use sling_core::wire::ant::pages::{
    Battery, BatteryStatus, CommonPage, HeartRate, Interval, MuscleOxygen, Page, Power, Profile,
};
use sling_core::{Input, Output};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Which radio the sensors of a ride speak on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// All on ANT+.
    Ant,
    /// All on Bluetooth LE.
    Ble,
    /// Each as the scenario says.
    AsWritten,
}

/// What can happen to the radios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The stick is pulled out.
    Unplug,
    /// And put back.
    Plug,
    /// A sensor, by its place in the scenario, is switched off and on again at once: its count starts anew.
    Reboot(usize),
    /// A sensor is carried out of range.
    Leave(usize),
    /// And back.
    Return(usize),
    /// The Bluetooth adapter is switched off.
    BleOff,
    /// And on.
    BleOn,
    /// The system's Bluetooth service dies without a word.
    BleDies,
    /// And is there again.
    BleRevives,
}

/// What happens at a time.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// The port to the stick is open.
    Port,
    Mishap(Mishap),
}

/// A stick that is asked to be opened anew is open after this.
const REOPEN: Duration = Duration::from_ms(100);
/// Every so many pages, one says something about the sensor itself (ANT+ Muscle Oxygen profile).
const BACKGROUND_EVERY: u32 = 65;
/// Numbers of sensors to which the scenario gives none.
const FIRST_NUMBER: u16 = 1001;
const POWER_NUMBER: u16 = 2001;
const HEART_RATE_NUMBER: u16 = 2002;
/// A packet is lost on the way from leg to handlebar this often, unless the caller says otherwise.
const LOSS: f64 = 0.02;

/// One NIRS sensor on the air.
struct Worn {
    site: Site,
    /// As the scenario calls it.
    scenario_identity: Identity,
    /// As the head unit hears it.
    identity: Identity,
    master: MasterId,
    pages: Arc<Mutex<Pages>>,
    in_range: bool,
    on: bool,
    count_offset: u8,
}

/// What a NIRS sensor sends, slot after slot.
struct Pages {
    page: Page,
    sent: u32,
    previous: Result<Smo2, Reason>,
}

impl Pages {
    fn next(&mut self) -> Page {
        self.sent = self.sent.wrapping_add(1);
        if self.sent % BACKGROUND_EVERY != 0 {
            return self.page;
        }
        let battery = Battery {
            id: 0xFF,
            operating_ticks: self.sent / 64,
            fine_ticks: false,
            voltage_256ths: Some(3 * 256 + 200),
            status: BatteryStatus::Good,
        };
        CommonPage::Battery(battery).encode().unwrap_or(self.page)
    }
}

/// Power and heart rate on the air.
struct Bike {
    power: MasterId,
    heart_rate: MasterId,
    power_count: u8,
    power_sum: u16,
    beats: f64,
}

/// The radios of a simulated ride.
pub struct Airwaves {
    air: Air,
    stick: StickId,
    key: [u8; 8],
    plugged: bool,
    worn: Vec<Worn>,
    bike: Option<Bike>,
    planned: VecDeque<(Instant, Happening)>,
    loss: f64,
    /// Samples that were put on the air, by the sensor's place.
    sent: Vec<u64>,
}

impl Airwaves {
    /// The sensors of a scenario, over these radios.
    pub fn new(scenario: &Scenario, seed: u64, _over: Over) -> Self {
        let mut air = Air::new(seed);
        let stick = air.add_stick(Options::default());
        let mut number = FIRST_NUMBER;
        let worn = scenario.sensors.iter().map(|sensor| {
            let own = match sensor.identity {
                Identity::Ant { number, .. } => number,
                Identity::Ble { .. } | Identity::Channel(_) => {
                    number += 1;
                    number - 1
                }
            };
            let master = air.add_master(Master::new(Profile::MUSCLE_OXYGEN, own));
            air.switch_off(master);
            let pages = Arc::new(Mutex::new(Pages { page: [0; 8], sent: 0, previous: Err(Reason::Invalid) }));
            let source = Arc::clone(&pages);
            air.set_page_source(master, move |_| lock(&source).next());
            let ChannelId { number, transmission, .. } = Master::new(Profile::MUSCLE_OXYGEN, own).id;
            Worn {
                site: sensor.site,
                scenario_identity: sensor.identity,
                identity: Identity::Ant { number, transmission },
                master,
                pages,
                in_range: true,
                on: false,
                count_offset: 0,
            }
        });
        let worn: Vec<_> = worn.collect();
        let bike = Bike {
            power: air.add_master(Master::new(Profile::POWER, POWER_NUMBER)),
            heart_rate: air.add_master(Master::new(Profile::HEART_RATE, HEART_RATE_NUMBER)),
            power_count: 0,
            power_sum: 0,
            beats: 0.0,
        };
        air.switch_off(bike.power);
        air.switch_off(bike.heart_rate);
        let sent = vec![0; worn.len()];
        let mut airwaves = Self {
            air,
            stick,
            key: DUMMY_KEY,
            plugged: true,
            worn,
            bike: Some(bike),
            planned: VecDeque::new(),
            loss: LOSS,
            sent,
        };
        airwaves.set_loss(LOSS);
        airwaves
    }

    /// How likely a packet is lost, 0 to 1.
    pub fn set_loss(&mut self, loss: f64) {
        self.loss = loss;
        for worn in 0..self.worn.len() {
            self.set_path(worn);
        }
        let path = Path { loss, ..Path::default() };
        if let Some(bike) = &self.bike {
            self.air.set_path(bike.power, self.stick, path);
            self.air.set_path(bike.heart_rate, self.stick, path);
        }
    }

    /// The user's network key; the dummy is the right one on this air.
    pub const fn set_key(&mut self, key: [u8; 8]) {
        self.key = key;
    }

    /// Lets something happen at a time.
    pub fn plan(&mut self, at: Instant, mishap: Mishap) {
        self.happen(at, Happening::Mishap(mishap));
    }

    fn happen(&mut self, at: Instant, what: Happening) {
        let place = self.planned.partition_point(|(other, _)| *other <= at);
        self.planned.insert(place, (at, what));
    }

    /// Samples that a sensor put on the air.
    pub fn sent(&self, sensor: usize) -> u64 {
        self.sent.get(sensor).copied().unwrap_or_default()
    }

    /// The configuration of a head unit that wears these sensors.
    pub fn wear(&self, config: &Config) -> Config {
        let on_air = |a: &Assignment| {
            let worn = self.worn.iter().find(|worn| worn.site == a.site);
            Assignment { identity: worn.map_or(a.identity, |worn| worn.identity), ..*a }
        };
        let companion = |kind, number| Sensor { kind, identity: Identity::Ant { number, transmission: 0x05 } };
        let companions =
            [companion(SensorKind::Power, POWER_NUMBER), companion(SensorKind::HeartRate, HEART_RATE_NUMBER)];
        Config {
            roster: config.roster.iter().map(on_air).collect(),
            companions: companions.into_iter().collect(),
            ..config.clone()
        }
    }

    fn set_path(&mut self, worn: usize) {
        let Some(it) = self.worn.get(worn) else { return };
        let path = if it.in_range { Path { loss: self.loss, ..Path::default() } } else { Path::OUT_OF_RANGE };
        self.air.set_path(it.master, self.stick, path);
    }

    fn sample(&mut self, at: Instant, sample: &Sample) {
        let Some(index) = self.worn.iter().position(|worn| worn.scenario_identity == sample.identity) else { return };
        self.sent[index] += 1;
        let worn = &mut self.worn[index];
        let count = (sample.count as u8).wrapping_add(worn.count_offset);
        {
            let mut pages = lock(&worn.pages);
            let previous = std::mem::replace(&mut pages.previous, smo2_of(sample.reading));
            let page = MuscleOxygen {
                count,
                utc_wanted: false,
                ant_fs: false,
                interval: Some(Interval::Ms2000),
                reading: sample.reading,
                previous,
            };
            pages.page = page.encode();
        }
        if !worn.on {
            worn.on = true;
            self.air.switch_on(worn.master, at);
        }
    }

    fn context(&mut self, at: Instant, context: &Context) {
        let Some(bike) = &mut self.bike else { return };
        match context.power {
            Some(power) => {
                bike.power_count = bike.power_count.wrapping_add(1);
                bike.power_sum = bike.power_sum.wrapping_add(power.0);
                let page = Power {
                    count: bike.power_count,
                    balance: None,
                    cadence: context.cadence,
                    accumulated_w: bike.power_sum,
                    power,
                };
                self.air.set_page(bike.power, page.encode());
                if !self.air.is_on(bike.power) {
                    self.air.switch_on(bike.power, at);
                }
            }
            None => self.air.switch_off(bike.power),
        }
        match context.heart_rate {
            Some(rate) => {
                bike.beats += f64::from(rate.0) / 60.0;
                let page = HeartRate {
                    page: 0,
                    toggle: bike.beats as u64 % 8 < 4,
                    beat_time: (at.as_ms() * 1024 / 1000) as u16,
                    beat_count: bike.beats as u64 as u8,
                    rate: Some(rate),
                };
                self.air.set_page(bike.heart_rate, page.encode());
                if !self.air.is_on(bike.heart_rate) {
                    self.air.switch_on(bike.heart_rate, at);
                }
            }
            None => self.air.switch_off(bike.heart_rate),
        }
    }

    fn mishap(&mut self, at: Instant, mishap: Mishap, hear: &mut dyn FnMut(&Input<'_>)) {
        match mishap {
            Mishap::Unplug => {
                self.plugged = false;
                hear(&Input::AntPort(Err(Trouble::NoDevice)));
            }
            Mishap::Plug => {
                self.plugged = true;
                self.air.replug(self.stick, at);
                hear(&Input::AntPort(Ok(())));
            }
            Mishap::Reboot(index) => {
                let Some(worn) = self.worn.get_mut(index) else { return };
                // Somewhere else in its count, as after any restart.
                worn.count_offset = worn.count_offset.wrapping_add(101);
                self.air.switch_on(worn.master, at);
            }
            Mishap::Leave(index) | Mishap::Return(index) => {
                let Some(worn) = self.worn.get_mut(index) else { return };
                worn.in_range = matches!(mishap, Mishap::Return(_));
                self.set_path(index);
            }
            Mishap::BleOff | Mishap::BleOn | Mishap::BleDies | Mishap::BleRevives => {}
        }
    }
}

impl Radios for Airwaves {
    fn command(&mut self, at: Instant, command: &Output) {
        match command {
            Output::Ant(AntCommand::Send(bytes)) if self.plugged => self.air.host_bytes(self.stick, at, bytes),
            Output::Ant(AntCommand::SendKey) if self.plugged => {
                self.air.host_bytes(self.stick, at, &network_key_frame(&self.key));
            }
            Output::Ant(AntCommand::Reopen) if self.plugged => self.happen(at + REOPEN, Happening::Port),
            _ => {}
        }
    }

    fn next_event(&self) -> Option<Instant> {
        let planned = self.planned.front().map(|(at, _)| *at);
        [planned, self.air.next_event()].into_iter().flatten().min()
    }

    fn hear(&mut self, at: Instant, hear: &mut dyn FnMut(&Input<'_>)) {
        self.air.advance(at);
        while self.planned.front().is_some_and(|(due, _)| *due <= at) {
            match self.planned.pop_front() {
                Some((_, Happening::Port)) if self.plugged => hear(&Input::AntPort(Ok(()))),
                Some((_, Happening::Mishap(mishap))) => self.mishap(at, mishap, hear),
                _ => {}
            }
        }
        let bytes = self.air.take_bytes(self.stick);
        if self.plugged && !bytes.is_empty() {
            hear(&Input::AntBytes(&bytes));
        }
    }

    fn send(&mut self, at: Instant, input: &Input<'_>) -> bool {
        match input {
            Input::Configure(_) => {
                self.happen(at, Happening::Port);
                false
            }
            Input::Sample(sample) => {
                self.sample(at, sample);
                true
            }
            Input::Context(context) => {
                self.context(at, context);
                true
            }
            _ => false,
        }
    }
}

fn smo2_of(reading: Reading) -> Result<Smo2, Reason> {
    reading.map(|value| value.smo2)
}

fn lock(pages: &Mutex<Pages>) -> std::sync::MutexGuard<'_, Pages> {
    // Nothing in here panics half-way.
    pages.lock().unwrap_or_else(PoisonError::into_inner)
}
