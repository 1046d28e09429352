//! A simulated ride's sensors on the air: every sample of the world becomes the bytes that a real sensor sends, and the
//! head unit hears them through a stick or a Bluetooth stack, with commands, slots, losses and all.
//!
//! [`Airwaves`] takes samples and context from the world and the head unit's commands, and gives back what stick and stack
//! would. What can happen to radios on a ride can be made to happen: [`Airwaves::plan`]. What was really sent is kept
//! ([`Airwaves::sent`]), so that a test can tell whether what was heard is true.

use crate::air::stick::Options;
use crate::air::{Air, DUMMY_KEY, Master, MasterId, Path, StickId};
use crate::ble_air::{BleAir, PeerSetup};
use crate::player::Radios;
use crate::scenario::{Scenario, SensorKind as Model};
use sling_core::head_unit::{AntCommand, Assignment, Config, Context};
use sling_core::link::Trouble;
use sling_core::link::ant::network_key_frame;
use sling_core::link::ble::{Address, BleProfile, Profiles};
use sling_core::sensor::{Identity, Reading, Reason, Sample, Sensor, SensorKind, Site};
use sling_core::time::{Duration, Instant};
use sling_core::units::Smo2;
use sling_core::wire::ant::message::ChannelId;
use sling_core::wire::ant::pages::{
    Battery, BatteryStatus, CommonPage, HeartRate, Interval, MuscleOxygen, Page, Power, Profile,
};
use sling_core::wire::{Revolutions, TICKS_PER_S, gatt};
use sling_core::{Input, Output};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// A sensor's way to the head unit.
enum Way {
    Ant { master: MasterId },
    Ble { address: Address, profile: BleProfile },
}

/// One NIRS sensor on the air.
struct Worn {
    site: Site,
    /// As the scenario calls it.
    scenario_identity: Identity,
    /// As the head unit hears it.
    identity: Identity,
    way: Way,
    pages: Arc<Mutex<Pages>>,
    previous: Result<Smo2, Reason>,
    in_range: bool,
    on: bool,
    count_offset: u16,
}

/// A sample that a sensor put on the air.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// Under the name that the head unit has for it.
    pub sample: Sample,
}

/// What a NIRS sensor sends, slot after slot.
struct Pages {
    page: Page,
    sent: u32,
}

impl Pages {
    fn next(&mut self) -> Page {
        self.sent = self.sent.wrapping_add(1);
        if !self.sent.is_multiple_of(BACKGROUND_EVERY) {
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
    power: (Identity, Way),
    heart_rate: (Identity, Way),
    power_count: u8,
    power_sum: u16,
    crank: f64,
    beats: f64,
}

/// The radios of a simulated ride.
pub struct Airwaves {
    air: Air,
    stick: StickId,
    key: [u8; 8],
    plugged: bool,
    ble: BleAir,
    worn: Vec<Worn>,
    bike: Bike,
    planned: VecDeque<(Instant, Happening)>,
    loss: f64,
    sent: Rc<RefCell<Vec<Sent>>>,
    /// What was sent is kept.
    keeps: bool,
    /// There is a Bluetooth stack, and the head unit knows what it wears.
    with_ble: bool,
}

impl Airwaves {
    /// The sensors of a scenario, over these radios.
    pub fn new(scenario: &Scenario, seed: u64, over: Over) -> Self {
        let mut air = Air::new(seed);
        let stick = air.add_stick(Options::default());
        let mut ble = BleAir::new(seed);
        let mut worn = Vec::new();
        for (n, sensor) in (0_u16..).zip(&scenario.sensors) {
            let number = match sensor.identity {
                Identity::Ant { number, .. } => number,
                Identity::Ble { .. } | Identity::Channel(_) => FIRST_NUMBER + n,
            };
            let by_ble = match over {
                Over::Ant => false,
                Over::Ble => true,
                Over::AsWritten => matches!(sensor.identity, Identity::Ble { .. }),
            };
            let pages = Arc::new(Mutex::new(Pages { page: [0; 8], sent: 0 }));
            let (identity, way) = if by_ble {
                let (profile, name) = match sensor.kind {
                    Model::Moxy => (BleProfile::Moxy, gatt::moxy_name(number).to_string()),
                    Model::TrainRed => (BleProfile::TrainRed, format!("Train.Red FYER {number:04}")),
                };
                peer(&mut ble, number, Some(name), profile)
            } else {
                let source = Arc::clone(&pages);
                let sensor = master(&mut air, Profile::MUSCLE_OXYGEN, number);
                if let Way::Ant { master } = sensor.1 {
                    air.set_page_source(master, move |_| lock(&source).next());
                }
                sensor
            };
            worn.push(Worn {
                site: sensor.site,
                scenario_identity: sensor.identity,
                identity,
                way,
                pages,
                previous: Err(Reason::Invalid),
                in_range: true,
                on: false,
                count_offset: 0,
            });
        }
        let (power, heart_rate) = if over == Over::Ble {
            let power = peer(&mut ble, POWER_NUMBER, None, BleProfile::CyclingPower);
            (power, peer(&mut ble, HEART_RATE_NUMBER, None, BleProfile::HeartRate))
        } else {
            let power = master(&mut air, Profile::POWER, POWER_NUMBER);
            (power, master(&mut air, Profile::HEART_RATE, HEART_RATE_NUMBER))
        };
        let bike = Bike { power, heart_rate, power_count: 0, power_sum: 0, crank: 0.0, beats: 0.0 };
        let mut airwaves = Self {
            air,
            stick,
            key: DUMMY_KEY,
            plugged: true,
            ble,
            worn,
            bike,
            planned: VecDeque::new(),
            loss: LOSS,
            sent: Rc::default(),
            keeps: false,
            with_ble: false,
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
        for (identity, way) in [&self.bike.power, &self.bike.heart_rate] {
            match (way, identity) {
                (Way::Ant { master }, _) => {
                    self.air.set_path(*master, self.stick, Path { loss, ..Path::default() });
                }
                (Way::Ble { address, .. }, _) => self.ble.set_loss(*address, of_256(loss)),
            }
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

    /// Everything that NIRS sensors put on the air from now on, in the order of time.
    pub fn sent(&mut self) -> Rc<RefCell<Vec<Sent>>> {
        self.keeps = true;
        Rc::clone(&self.sent)
    }

    /// The configuration of a head unit that wears these sensors.
    pub fn wear(&self, config: &Config) -> Config {
        let on_air = |a: &Assignment| {
            let worn = self.worn.iter().find(|worn| worn.site == a.site);
            Assignment { identity: worn.map_or(a.identity, |worn| worn.identity), ..*a }
        };
        let power = Sensor { kind: SensorKind::Power, identity: self.bike.power.0 };
        let heart_rate = Sensor { kind: SensorKind::HeartRate, identity: self.bike.heart_rate.0 };
        Config {
            roster: config.roster.iter().map(on_air).collect(),
            companions: [power, heart_rate].into_iter().collect(),
            ..config.clone()
        }
    }

    fn ways(&self) -> impl Iterator<Item = &Way> {
        self.worn.iter().map(|worn| &worn.way).chain([&self.bike.power.1, &self.bike.heart_rate.1])
    }

    fn set_path(&mut self, worn: usize) {
        let now = self.air.now();
        let Some(it) = self.worn.get(worn) else { return };
        match it.way {
            Way::Ant { master } => {
                let path = if it.in_range { Path { loss: self.loss, ..Path::default() } } else { Path::OUT_OF_RANGE };
                self.air.set_path(master, self.stick, path);
            }
            Way::Ble { address, .. } => {
                self.ble.set_loss(address, of_256(self.loss));
                self.ble.set_in_range(now, address, it.in_range && it.on);
            }
        }
    }

    fn sample(&mut self, at: Instant, sample: &Sample) {
        let Some(index) = self.worn.iter().position(|worn| worn.scenario_identity == sample.identity) else { return };
        let worn = &mut self.worn[index];
        let count = sample.count.wrapping_add(worn.count_offset);
        let smo2 = sample.reading.map(|value| value.smo2);
        let previous = std::mem::replace(&mut worn.previous, smo2);
        let (reading, first) = (sample.reading, !worn.on);
        worn.on = true;
        match worn.way {
            Way::Ant { master } => {
                lock(&worn.pages).page = muscle_page(count as u8, reading, previous);
                if first {
                    self.air.switch_on(master, at);
                }
            }
            Way::Ble { address, profile } => {
                if first {
                    self.set_path(index);
                }
                let value = match profile {
                    BleProfile::TrainRed => gatt::TrainRed { reading, state: 1, quality: 0 }.encode().to_vec(),
                    _ => gatt::Moxy { count, reading, previous, time_wanted: false }.encode().to_vec(),
                };
                self.ble.notify(at, address, profile, &value);
            }
        }
        if self.keeps {
            let identity = self.worn[index].identity;
            self.sent.borrow_mut().push(Sent { at, sample: Sample { identity, count, reading } });
        }
    }

    fn context(&mut self, at: Instant, context: &Context) {
        let bike = &mut self.bike;
        bike.power_count = bike.power_count.wrapping_add(1);
        bike.power_sum = bike.power_sum.wrapping_add(context.power.map_or(0, |power| power.0));
        bike.crank += context.cadence.map_or(0.0, |rpm| f64::from(rpm.0) / 60.0);
        bike.beats += context.heart_rate.map_or(0.0, |bpm| f64::from(bpm.0) / 60.0);
        let power_page = context.power.map(|power| {
            let (count, accumulated_w) = (bike.power_count, bike.power_sum);
            Power { count, balance: None, cadence: context.cadence, accumulated_w, power }.encode()
        });
        let heart_page = context.heart_rate.map(|rate| {
            let beats = bike.beats as u64;
            let beat_time = (at.as_ms() * 1024 / 1000) as u16;
            HeartRate { page: 0, toggle: beats % 8 < 4, beat_time, beat_count: beats as u8, rate: Some(rate) }.encode()
        });
        let turns = bike.crank.floor();
        let at_s = at.as_ms() as f64 / 1000.0;
        let cadence_per_s = context.cadence.map_or(0.0, |rpm| f64::from(rpm.0) / 60.0);
        // The last whole turn was so long ago.
        let ago_s = if cadence_per_s > 0.0 { (bike.crank - turns) / cadence_per_s } else { 0.0 };
        let crank = context.cadence.map(|_| Revolutions {
            count: turns as u64 as u16,
            time: ((at_s - ago_s).max(0.0) * f64::from(TICKS_PER_S)) as u64 as u16,
            ticks_per_s: TICKS_PER_S,
        });
        let power_value = context
            .power
            .map(|power| gatt::CyclingPower { power_w: power.0 as i16, wheel: None, crank }.encode().to_vec());
        let heart_value = context.heart_rate.map(|rate| gatt::HeartRate { rate: Some(rate), contact: None }.encode());
        for ((_, way), page, value) in [
            (&self.bike.power, power_page, power_value),
            (&self.bike.heart_rate, heart_page, heart_value.map(|value| value.to_vec())),
        ] {
            match *way {
                Way::Ant { master } => match page {
                    Some(page) => {
                        self.air.set_page(master, page);
                        if !self.air.is_on(master) {
                            self.air.switch_on(master, at);
                        }
                    }
                    None => self.air.switch_off(master),
                },
                Way::Ble { address, profile } => {
                    if let Some(value) = value {
                        self.ble.notify(at, address, profile, &value);
                    }
                }
            }
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
                match worn.way {
                    Way::Ant { master } => self.air.switch_on(master, at),
                    Way::Ble { address, .. } => self.ble.drop_link(at, address),
                }
            }
            Mishap::Leave(index) | Mishap::Return(index) => {
                let Some(worn) = self.worn.get_mut(index) else { return };
                worn.in_range = matches!(mishap, Mishap::Return(_));
                self.set_path(index);
            }
            Mishap::BleOff => self.ble.set_adapter(at, Err(Trouble::Off)),
            Mishap::BleOn => self.ble.set_adapter(at, Ok(())),
            Mishap::BleDies => self.ble.set_service(at, false),
            Mishap::BleRevives => self.ble.set_service(at, true),
        }
    }
}

/// A sensor on ANT, not switched on yet.
fn master(air: &mut Air, profile: Profile, number: u16) -> (Identity, Way) {
    let setup = Master::new(profile, number);
    let ChannelId { number, transmission, .. } = setup.id;
    let master = air.add_master(setup);
    air.switch_off(master);
    (Identity::Ant { number, transmission }, Way::Ant { master })
}

/// A sensor on Bluetooth; its address is of the kind that is random and stays.
fn peer(ble: &mut BleAir, number: u16, name: Option<String>, profile: BleProfile) -> (Identity, Way) {
    let [high, low] = number.to_be_bytes();
    let address = [0xC0, 0x51, 0x19, 0x60, high, low];
    ble.add(
        Instant::ZERO,
        PeerSetup {
            address,
            name,
            profiles: Profiles::NONE.with(profile),
            battery: Some(80),
            advert_interval: Duration::from_ms(1000),
        },
    );
    (Identity::Ble { address }, Way::Ble { address, profile })
}

fn muscle_page(count: u8, reading: Reading, previous: Result<Smo2, Reason>) -> Page {
    let interval = Some(Interval::Ms2000);
    MuscleOxygen { count, utc_wanted: false, ant_fs: false, interval, reading, previous }.encode()
}

fn of_256(share: f64) -> u8 {
    (share * 256.0).clamp(0.0, 255.0) as u8
}

impl Radios for Airwaves {
    fn command(&mut self, at: Instant, command: &Output) {
        match command {
            Output::Ant(AntCommand::Send(bytes)) if self.plugged => self.air.host_bytes(self.stick, at, bytes),
            Output::Ant(AntCommand::SendKey) if self.plugged => {
                self.air.host_bytes(self.stick, at, &network_key_frame(&self.key));
            }
            Output::Ant(AntCommand::Reopen) if self.plugged => self.happen(at + REOPEN, Happening::Port),
            Output::Ble(command) => self.ble.command(at, *command),
            _ => {}
        }
    }

    fn next_event(&self) -> Option<Instant> {
        let planned = self.planned.front().map(|(at, _)| *at);
        [planned, self.air.next_event(), self.ble.next_event().filter(|_| self.with_ble)].into_iter().flatten().min()
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
        if self.with_ble {
            while let Some((_, event)) = self.ble.poll(at) {
                hear(&Input::Ble(event.as_event()));
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
                if self.ways().any(|way| matches!(way, Way::Ant { .. })) {
                    self.happen(at, Happening::Port);
                }
                let with_ble = self.ways().any(|way| matches!(way, Way::Ble { .. }));
                self.with_ble = with_ble;
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

fn lock(pages: &Mutex<Pages>) -> MutexGuard<'_, Pages> {
    // Nothing in here panics half-way.
    pages.lock().unwrap_or_else(PoisonError::into_inner)
}
