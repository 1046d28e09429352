//! A simulated ride's sensors on the air: every sample of the world becomes the bytes that a real sensor sends, and the
//! head unit hears them through a stick or a Bluetooth stack, with commands, slots, losses and all.
//!
//! [`Airwaves`] takes samples and context from the world and the head unit's commands, and gives back what stick and stack
//! would. What can happen to radios on a ride can be made to happen: [`Airwaves::plan`]. What was really sent is kept
//! ([`Airwaves::sent`]), so that a test can tell whether what was heard is true.

use crate::air::stick::Options;
use crate::air::{Air, DUMMY_KEY, Master, MasterId, Path, StickId};
use crate::ble_air::{BleAir, PeerSetup};
use crate::body::{GOOD_PERCENT, LOW_PERCENT, battery_page};
use crate::landings::Landings;
use crate::player::Radios;
use crate::radio::OwnedBleEvent;
use crate::scenario::{FaultKind, Layer, RadioFaultKind, Scenario, SensorKind as Model};
use sling_core::head_unit::{AntCommand, Assignment, Config, Context};
use sling_core::link::Trouble;
use sling_core::link::ant::network_key_frame;
use sling_core::link::ble::{Address, BleProfile, Profiles};
use sling_core::sensor::{Identity, Reading, Reason, Sample, Sensor, SensorKind, Site, Value};
use sling_core::time::{Duration, Instant};
use sling_core::units::Smo2;
use sling_core::wire::ant::message::ChannelId;
use sling_core::wire::ant::pages::{HeartRate, Interval, MuscleOxygen, Page, Power, Profile};
use sling_core::wire::{Revolutions, TICKS_PER_S, gatt};
use sling_core::{Input, Output};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// A sensor is carried out of range. It goes on measuring, so what is heard first when it is back is its next sample.
    Leave(usize),
    /// The Bluetooth adapter is switched off.
    BleOff,
    /// And on.
    BleOn,
    /// The system's Bluetooth service dies without a word.
    BleDies,
    /// And is there again.
    BleRevives,
    /// So many of 1000 packets are lost from now on.
    Loss(u16),
    /// A sensor's battery is low, by its place in the scenario.
    BatteryLow(usize),
    /// And good again.
    BatteryGood(usize),
    /// A double of a sensor appears, by its place among the doubles.
    DoubleComes(usize),
    /// And goes.
    DoubleGoes(usize),
}

/// What happens at a time.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// The port to the stick is open.
    Port,
    /// A head unit that boots is told whether it is.
    Boot,
    Mishap(Mishap),
    /// A fault of the scenario begins, by its place there.
    Fault(usize, Mishap),
}

/// A stick that is asked to be opened anew is open after this.
const REOPEN: Duration = Duration::from_ms(100);
/// Every so many pages, one says something about the sensor itself (ANT+ Muscle Oxygen profile).
const BACKGROUND_EVERY: u32 = 65;
/// Numbers of sensors to which the scenario gives none.
const FIRST_NUMBER: u16 = 1001;
/// The shortest interval between measurements that the ANT+ Muscle Oxygen profile knows.
const ANT_INTERVAL: Duration = Duration::from_ms(250);
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
    /// On ANT+, where the shortest interval is four times a second: its newest measurement there, and that one's count.
    measured: Option<(Instant, u16)>,
    model: Model,
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
    low: bool,
    /// How often a low battery was told.
    told_low: u64,
}

impl Pages {
    fn next(&mut self) -> Page {
        self.sent = self.sent.wrapping_add(1);
        if !self.sent.is_multiple_of(BACKGROUND_EVERY) {
            return self.page;
        }
        self.told_low += u64::from(self.low);
        battery_page(self.low, self.sent / 64).unwrap_or(self.page)
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

/// A sensor that says that it is another one.
struct Double {
    /// Its fault's place in the scenario.
    place: usize,
    way: DoubleWay,
    /// What was heard, or sent in a slot.
    pages: Arc<AtomicU64>,
}

enum DoubleWay {
    Ant(MasterId),
    /// On Bluetooth addresses differ: only the name is the same.
    Ble(Box<PeerSetup>),
}

/// A double's count is elsewhere, and so is its muscle, percent.
const DOUBLE_COUNT: u64 = 128;
const DOUBLE_TENTHS: u16 = 400;
/// From one of its samples to the next, milliseconds.
const DOUBLE_SAMPLE_MS: u64 = 2000;

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
    doubles: Vec<Double>,
    /// Sensors whose battery gets low, and their faults' places.
    low: Vec<(usize, usize)>,
    landings: Landings,
    sent: Rc<RefCell<Vec<Sent>>>,
    collided: Rc<RefCell<Vec<(Identity, Instant)>>>,
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
            let pages = Arc::new(Mutex::new(Pages { page: [0; 8], sent: 0, low: false, told_low: 0 }));
            let (identity, way) = if by_ble {
                let profile = match sensor.kind {
                    Model::Moxy => BleProfile::Moxy,
                    Model::TrainRed => BleProfile::TrainRed,
                };
                peer(&mut ble, number, peer_name(profile, number), profile)
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
                measured: None,
                model: sensor.kind,
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
            doubles: Vec::new(),
            low: Vec::new(),
            landings: Landings::of(scenario),
            sent: Rc::default(),
            collided: Rc::default(),
            keeps: false,
            with_ble: false,
        };
        airwaves.set_loss(LOSS);
        airwaves.plan_faults(scenario);
        airwaves
    }

    /// The scenario's faults that are about radios.
    fn plan_faults(&mut self, scenario: &Scenario) {
        for (fault, place) in scenario.faults.iter().zip(self.landings.places(Layer::Sensor)) {
            let Some(sensor) = self.worn.iter().position(|worn| worn.site == fault.site) else { continue };
            match fault.kind {
                // The world keeps its samples back until it is back.
                FaultKind::OutOfRange => self.plan(fault.at, Mishap::Leave(sensor)),
                FaultKind::Reboot => self.plan(fault.at, Mishap::Reboot(sensor)),
                FaultKind::LowBattery => {
                    self.low.push((sensor, place));
                    self.plan(fault.at, Mishap::BatteryLow(sensor));
                    self.plan(fault.until, Mishap::BatteryGood(sensor));
                }
                _ => {}
            }
        }
        for (fault, place) in scenario.radio_faults.iter().zip(self.landings.places(Layer::Radio)) {
            let (begins, ends) = match fault.kind {
                RadioFaultKind::Unplug => (Mishap::Unplug, Mishap::Plug),
                RadioFaultKind::BluetoothOff => (Mishap::BleOff, Mishap::BleOn),
                RadioFaultKind::Loss { of_1000 } => (Mishap::Loss(of_1000), Mishap::Loss((LOSS * 1000.0) as u16)),
                RadioFaultKind::Duplicate { site } => {
                    let Some(sensor) = self.worn.iter().position(|worn| worn.site == site) else { continue };
                    let double = self.double(sensor, place);
                    self.doubles.push(double);
                    (Mishap::DoubleComes(self.doubles.len() - 1), Mishap::DoubleGoes(self.doubles.len() - 1))
                }
            };
            self.happen(fault.at, Happening::Fault(place, begins));
            self.plan(fault.until, ends);
        }
    }

    /// Another sensor that says that it is this one; not in the air yet. Its slots, its path and what it measures are its own.
    fn double(&mut self, sensor: usize, place: usize) -> Double {
        let (identity, way) = (self.worn[sensor].identity, &self.worn[sensor].way);
        let pages = Arc::new(AtomicU64::new(0));
        let way = match (identity, way) {
            (Identity::Ble { address }, Way::Ble { profile, .. }) => {
                let [.., high, low] = address;
                let setup = PeerSetup {
                    address: [0xC0, 0x51, 0x19, 0x61, place as u8, self.doubles.len() as u8],
                    name: peer_name(*profile, u16::from_be_bytes([high, low])),
                    profiles: Profiles::NONE.with(*profile),
                    battery: Some(GOOD_PERCENT),
                    advert_interval: Duration::from_ms(1000),
                };
                DoubleWay::Ble(Box::new(setup))
            }
            (identity, _) => {
                let number = match identity {
                    Identity::Ant { number, .. } => number,
                    _ => FIRST_NUMBER,
                };
                let master = self.air.add_master(Master::new(Profile::MUSCLE_OXYGEN, number));
                self.air.switch_off(master);
                let sent = Arc::clone(&pages);
                self.air.set_page_source(master, move |at| {
                    sent.fetch_add(1, Ordering::Relaxed);
                    let count = DOUBLE_COUNT.wrapping_add(at.as_ms() / DOUBLE_SAMPLE_MS) as u8;
                    let value = Smo2::from_tenths(DOUBLE_TENTHS).map(|smo2| Value { smo2, thb: None });
                    muscle_page(count, value.ok_or(Reason::Invalid), Err(Reason::Invalid))
                });
                DoubleWay::Ant(master)
            }
        };
        Double { place, way, pages }
    }

    /// Counts the faults that land there, from now on.
    pub fn count_into(&mut self, landings: Landings) {
        self.landings = landings;
    }

    /// What is counted elsewhere.
    fn count(&self) {
        for double in &self.doubles {
            self.landings.set(double.place, double.pages.load(Ordering::Relaxed));
        }
        for &(sensor, place) in &self.low {
            if let Some(worn) = self.worn.get(sensor) {
                self.landings.set(place, lock(&worn.pages).told_low);
            }
        }
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

    /// When a packet of another sensor was in the way of one of each NIRS sensor's last, as of now; kept with
    /// [`Self::sent`].
    pub fn collided(&self) -> Rc<RefCell<Vec<(Identity, Instant)>>> {
        Rc::clone(&self.collided)
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
        let mut own = sample.count;
        if let (Model::TrainRed, Way::Ant { .. }) = (worn.model, &worn.way) {
            // Ten samples a second are more than the profile's count can tell of.
            match worn.measured {
                Some((last, _)) if at.since(last) < ANT_INTERVAL => return,
                Some((_, count)) => own = count.wrapping_add(1),
                None => {}
            }
            worn.measured = Some((at, own));
        }
        let count = own.wrapping_add(worn.count_offset);
        let smo2 = sample.reading.map(|value| value.smo2);
        let previous = std::mem::replace(&mut worn.previous, smo2);
        let (reading, first) = (sample.reading, !worn.on);
        let is_back = !std::mem::replace(&mut worn.in_range, true);
        worn.on = true;
        match worn.way {
            Way::Ant { master } => {
                lock(&worn.pages).page = muscle_page(count as u8, reading, previous);
                if first {
                    self.air.switch_on(master, at);
                }
                if is_back {
                    self.set_path(index);
                }
            }
            Way::Ble { address, profile } => {
                if first || is_back {
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

    /// Whether a fault makes a difference to the radios that are used.
    fn concerns(&self, mishap: Mishap) -> bool {
        match mishap {
            Mishap::Unplug => self.ways().any(|way| matches!(way, Way::Ant { .. })),
            Mishap::BleOff => self.ways().any(|way| matches!(way, Way::Ble { .. })),
            // Doubles are counted by their pages.
            Mishap::DoubleComes(_) => false,
            _ => true,
        }
    }

    /// Counts what a fault makes the Bluetooth stack say.
    fn look_at(&self, event: &OwnedBleEvent) {
        match event {
            OwnedBleEvent::Seen { address, .. } => {
                let seen = |it: &&Double| matches!(&it.way, DoubleWay::Ble(setup) if setup.address == *address);
                if let Some(double) = self.doubles.iter().find(seen) {
                    double.pages.fetch_add(1, Ordering::Relaxed);
                }
            }
            OwnedBleEvent::BatteryLevel { address, percent: LOW_PERCENT } => {
                let of = |it: &&Worn| matches!(it.way, Way::Ble { address: of, .. } if of == *address);
                if let Some(worn) = self.worn.iter().find(of) {
                    lock(&worn.pages).told_low += 1;
                }
            }
            _ => {}
        }
    }

    fn mishap(&mut self, at: Instant, mishap: Mishap, hear: &mut dyn FnMut(&Input<'_>)) {
        let with_ant = self.ways().any(|way| matches!(way, Way::Ant { .. }));
        match mishap {
            Mishap::Unplug | Mishap::Plug if !with_ant => {}
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
            Mishap::Leave(index) => {
                let Some(worn) = self.worn.get_mut(index) else { return };
                worn.in_range = false;
                self.set_path(index);
            }
            Mishap::BleOff => self.ble.set_adapter(at, Err(Trouble::Off)),
            Mishap::BleOn => self.ble.set_adapter(at, Ok(())),
            Mishap::Loss(of_1000) => self.set_loss(f64::from(of_1000) / 1000.0),
            Mishap::BatteryLow(index) | Mishap::BatteryGood(index) => {
                let Some(worn) = self.worn.get(index) else { return };
                let low = matches!(mishap, Mishap::BatteryLow(_));
                lock(&worn.pages).low = low;
                if let Way::Ble { address, .. } = worn.way {
                    self.ble.set_battery(address, if low { LOW_PERCENT } else { GOOD_PERCENT });
                }
            }
            Mishap::DoubleComes(index) | Mishap::DoubleGoes(index) => {
                let Some(double) = self.doubles.get(index) else { return };
                match (&double.way, matches!(mishap, Mishap::DoubleComes(_))) {
                    (DoubleWay::Ant(master), true) => self.air.switch_on(*master, at),
                    (DoubleWay::Ant(master), false) => self.air.switch_off(*master),
                    (DoubleWay::Ble(setup), true) => self.ble.add(at, PeerSetup::clone(setup)),
                    (DoubleWay::Ble(setup), false) => self.ble.set_in_range(at, setup.address, false),
                }
            }
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
            battery: Some(GOOD_PERCENT),
            advert_interval: Duration::from_ms(1000),
        },
    );
    (Identity::Ble { address }, Way::Ble { address, profile })
}

/// The name in the adverts of a sensor with this number.
fn peer_name(profile: BleProfile, number: u16) -> Option<String> {
    match profile {
        BleProfile::Moxy => Some(gatt::moxy_name(number).to_string()),
        BleProfile::TrainRed => Some(format!("Train.Red FYER {number:04}")),
        _ => None,
    }
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
                // As it is by now: the stick may have been put back at the same moment.
                Some((_, Happening::Boot)) => {
                    hear(&Input::AntPort(if self.plugged { Ok(()) } else { Err(Trouble::NoDevice) }));
                }
                Some((_, Happening::Mishap(mishap))) => self.mishap(at, mishap, hear),
                Some((_, Happening::Fault(place, mishap))) => {
                    if self.concerns(mishap) {
                        self.landings.add(place);
                    }
                    self.mishap(at, mishap, hear);
                }
                _ => {}
            }
        }
        if self.with_ble {
            while let Some((_, event)) = self.ble.poll(at) {
                self.look_at(&event);
                hear(&Input::Ble(event.as_event()));
            }
        }
        let bytes = self.air.take_bytes(self.stick);
        if self.plugged && !bytes.is_empty() {
            hear(&Input::AntBytes(&bytes));
        }
        self.count();
        if self.keeps {
            let of = |worn: &Worn| match worn.way {
                Way::Ant { master } => Some((worn.identity, self.air.collided_at(master)?)),
                Way::Ble { .. } => None,
            };
            let mut collided = self.collided.borrow_mut();
            collided.clear();
            collided.extend(self.worn.iter().filter_map(of));
        }
    }

    fn power(&mut self, at: Instant, _on: bool) {
        // What was to be opened again is not opened any more.
        self.planned.retain(|(_, what)| !matches!(what, Happening::Port | Happening::Boot));
        self.air.replug(self.stick, at);
        self.ble.boot(at);
    }

    fn send(&mut self, at: Instant, input: &Input<'_>) -> bool {
        match input {
            Input::Configure(_) => {
                if self.ways().any(|way| matches!(way, Way::Ant { .. })) {
                    self.happen(at, Happening::Boot);
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
