//! A ride of forty minutes that holds every kind of input at least once, from a seed.
//!
//! Right leg: two sensors whose samples are finished. Left leg: calf over ANT, thigh over Bluetooth. Shin: Bluetooth of
//! another vendor. Power swings in hills; from minute 20 the right calf takes over; sensors fail in all the ways that
//! they have. It is no physiology, only something for every branch of the head unit.

use sling_core::Input;
use sling_core::head_unit::{
    Act, Assignment, BleEvent, BleProfile, Button, Config, Context, Gains, Listing, Posture, Press, State,
    StorageResult, Touch,
};
use sling_core::link::Trouble;
use sling_core::link::ble::Profiles;
use sling_core::sensor::{Identity, Muscle, Reading, Reason, Sample, Sensor, SensorKind, Side, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, CelsiusTenths, CmPerS, GradeTenths, Rpm, Smo2, Thb, ThbScale, Watts};
use sling_core::wire::ant::message::{ChannelId, Data, Extended, Rssi};
use sling_core::wire::ant::pages::{
    Battery, BatteryStatus, CommonPage, HeartRate, Interval, MuscleOxygen, Page, Power, Profile,
};
use sling_core::wire::gatt::{Moxy, TrainRed};

/// How long it is.
pub const SECONDS: u32 = 40 * 60;
/// When the right calf takes over.
pub const OVERLOAD_S: u32 = 20 * 60;

/// When the rider looks at every page, and when that is done.
const ROUND_S: u32 = 1500;
const ROUND_END_S: u32 = ROUND_S + 3 * PAGES_SHOWN;
/// Of the pages those that suit what is worn.
const PAGES_SHOWN: u32 = 14;

const CALF: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);
const THIGH: Site = Site::new(Muscle::VastusLateralis, Side::Right);
const LEFT_CALF: Site = Site::new(Muscle::GastrocnemiusLateralis, Side::Left);
const LEFT_THIGH: Site = Site::new(Muscle::VastusMedialis, Side::Left);
const SHIN: Site = Site::new(Muscle::TibialisAnterior, Side::Right);
/// As many as a head unit takes: for each leg a whole sling.
pub const EIGHT: [Site; 8] = [
    CALF,
    Site::new(Muscle::GastrocnemiusMedialis, Side::Left),
    THIGH,
    Site::new(Muscle::VastusLateralis, Side::Left),
    SHIN,
    Site::new(Muscle::TibialisAnterior, Side::Left),
    Site::new(Muscle::BicepsFemoris, Side::Right),
    Site::new(Muscle::BicepsFemoris, Side::Left),
];
const ANT_NUMBER: u16 = 1234;
const ANT_TRANSMISSION: u8 = 0x05;
const MOXY: [u8; 6] = [0xc0, 1, 2, 3, 4, 5];
const TRAIN_RED: [u8; 6] = [0xd0, 5, 4, 3, 2, 1];

/// Plays the ride, in the order of time.
pub fn ride(seed: u64, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    let mut noise = Noise(seed);
    let mut muscles = [
        Model::new(66.0, -7.0),
        Model::new(70.0, -12.0),
        Model::new(64.0, -8.0),
        Model::new(69.0, -11.0),
        Model::new(72.0, -3.0),
    ];
    begin(play);
    for second in 0..SECONDS {
        let at = |ms: u64| Instant::from_ms(u64::from(second) * 1000 + ms);
        let (power, cadence) = load(second, &mut noise);
        // In half a minute: a level that jumps is a sensor that has moved.
        let takes_over = (second.saturating_sub(OVERLOAD_S) as f32 / 30.0).min(1.0) * 11.0;
        let percent: [f32; 5] = std::array::from_fn(|i| {
            muscles[i].second(power) - if i == 0 { takes_over } else { 0.0 } + noise.about(0.8)
        });
        context(second, power, cadence, at(40), play);
        ant(second, percent[2], power, at(130), play);
        train_red(percent[4], at(210), play);
        let count = second / 2;
        if second.is_multiple_of(2) {
            sample(0, count, failing(second, value(percent[0], Some(12.3))), at(300), play);
            moxy(count, percent[3], second, at(450), play);
        } else {
            sample(1, count, failing(second + 300, value(percent[1], None)), at(300), play);
        }
        rider(second, at(600), play);
        radios(second, at(650), play);
        train_red(percent[4], at(710), play);
    }
}

/// Plays a ride of the same length with as many sensors as a head unit takes, all with tHb and all heard to the end, so
/// that every pattern is looked for on every muscle: efforts and rests, from the middle on with a right calf that has
/// fallen, a left thigh that comes back slowly and a right shin that fills up.
pub fn eight_sites(seed: u64, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    const EFFORT_S: u32 = 120;
    const ROUND_S: u32 = 220;
    let mut noise = Noise(seed);
    let mut muscles: [Model; EIGHT.len()] =
        std::array::from_fn(|i| Model::new(72.0, if i == 3 { -16.0 } else { -4.0 - i as f32 }));
    let worn: Vec<_> = EIGHT.iter().enumerate().map(|(i, &site)| (Identity::Channel(i as u8), site)).collect();
    play(&Input::Configure(roster(&worn)), Instant::ZERO);
    for second in 0..SECONDS {
        let at = |ms: u64| Instant::from_ms(u64::from(second) * 1000 + ms);
        let power = if second % ROUND_S < EFFORT_S { 250.0 } else { 110.0 } + noise.about(8.0);
        // Slowly: a level that jumps is a sensor that has moved.
        let changed = (second.saturating_sub(OVERLOAD_S) as f32 / 90.0).min(1.0);
        let context = Context {
            power: Some(Watts(power as u16)),
            cadence: Some(Rpm((88.0 + noise.about(2.0)) as u16)),
            ..Context::default()
        };
        // From 0 on, so that the detectors step at whole multiples of five seconds.
        play(&Input::Context(context), at(0));
        for (i, muscle) in muscles.iter_mut().enumerate() {
            muscle.follows_s = if i == 3 && power < 180.0 { 15.0 + 25.0 * changed } else { 15.0 };
            let fallen = [12.0, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 0.0][i] * changed;
            let percent = muscle.second(power) - fallen + noise.about(0.8);
            let thb = 12.0 + f32::from(i == 4) * changed * 0.6 + noise.about(0.02);
            if (second as usize + i).is_multiple_of(2) {
                sample(i as u8, second / 2, value(percent, Some(thb)), at(300 + i as u64), play);
            }
        }
    }
}

fn roster(worn: &[(Identity, Site)]) -> Config {
    let roster = worn.iter().map(|&(identity, site)| Assignment { identity, site }).collect();
    let identity = Identity::Ant { number: ANT_NUMBER, transmission: 0 };
    let companions = [SensorKind::Power, SensorKind::HeartRate].map(|kind| Sensor { kind, identity });
    Config { roster, companions: companions.into_iter().collect(), ..Config::DEFAULT }
}

/// Settings, what an earlier ride learned, the time of day.
fn begin(play: &mut dyn FnMut(&Input<'_>, Instant)) {
    let config = roster(&[
        (Identity::Channel(0), CALF),
        (Identity::Channel(1), THIGH),
        (Identity::Ant { number: ANT_NUMBER, transmission: 0 }, LEFT_CALF),
        (Identity::Ble { address: MOXY }, LEFT_THIGH),
        (Identity::Ble { address: TRAIN_RED }, SHIN),
    ]);
    let gains = |site, fast, slow| Gains {
        site,
        fast,
        middle: -3.0,
        slow,
        late: -2.0,
        cadence: 0.1,
        variation: 4.0,
        white: 0.4,
    };
    let state = State { gains: [gains(CALF, -2.0, -4.5), gains(THIGH, -3.7, -7.9)].into_iter().collect() };
    play(&Input::Configure(config), Instant::ZERO);
    play(&Input::Restore(state), Instant::ZERO);
    play(&Input::WallTime { unix_s: 1_790_000_000, offset_min: 120 }, Instant::ZERO);
    play(&Input::Ble(BleEvent::Connected { address: MOXY }), Instant::ZERO);
    play(&Input::Ble(BleEvent::Connected { address: [9; 6] }), Instant::ZERO);
}

/// Warming up, then hills, with a descent in them.
fn load(second: u32, noise: &mut Noise) -> (f32, f32) {
    let t = second as f32;
    let hills = 220.0 + 80.0 * (t * std::f32::consts::TAU / 300.0).sin();
    let power = if t < 360.0 { 120.0 + t / 3.6 } else { hills } + noise.about(12.0);
    let cadence = 86.0 + (power - 220.0) / 20.0 + noise.about(2.0);
    if (810..830).contains(&second) { (0.0, 0.0) } else { (power.max(0.0), cadence.max(0.0)) }
}

fn context(second: u32, power: f32, cadence: f32, at: Instant, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    // The meter is silent for a while: what it said holds for 5 s, then it is unknown.
    if (1500..1512).contains(&second) {
        return;
    }
    let mut context =
        Context { power: Some(Watts(power as u16)), cadence: Some(Rpm(cadence as u16)), ..Context::default() };
    if second.is_multiple_of(7) {
        context.speed = Some(CmPerS(830));
        context.grade = Some(GradeTenths(-35));
        context.temperature = Some(CelsiusTenths(-12));
    }
    play(&Input::Context(context), at);
}

/// The stick's bytes: the left calf, a heart rate belt, a power meter, in portions that end anywhere, with noise.
fn ant(second: u32, percent: f32, power: f32, at: Instant, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    // The sensor is out of hearing for a minute.
    let mut bytes = Vec::new();
    if !(1000..1060).contains(&second) {
        let page = MuscleOxygen {
            count: (second / 2) as u8,
            utc_wanted: false,
            ant_fs: false,
            interval: Some(Interval::Ms2000),
            reading: failing(second + 600, value(percent, Some(11.0))),
            previous: Err(Reason::Invalid),
        };
        bytes.extend(broadcast(Profile::MUSCLE_OXYGEN, page.encode()));
    }
    if second == 1800 || second == 1900 {
        let status = if second == 1800 { BatteryStatus::Low } else { BatteryStatus::Good };
        bytes.extend(broadcast(Profile::MUSCLE_OXYGEN, battery_page(status)));
    }
    let beats = HeartRate {
        page: 4,
        toggle: second % 8 < 4,
        beat_time: (second * 1024) as u16,
        beat_count: (second * 2) as u8,
        rate: Some(Bpm(110 + (power / 5.0) as u16)),
    };
    bytes.extend(broadcast(Profile::HEART_RATE, beats.encode()));
    if second % 60 == 59 {
        bytes.extend([0xa4, 0x09, 0x4e, 0x00, 0xff, 0xa4, 0xa4]);
    }
    if second > 2000 {
        let cadence = Some(Rpm(88));
        let page = Power { count: second as u8, balance: None, cadence, accumulated_w: 0, power: Watts(power as u16) };
        bytes.extend(broadcast(Profile::POWER, page.encode()));
    }
    let (first, rest) = bytes.split_at(bytes.len().min(second as usize % 23));
    play(&Input::AntBytes(first), at);
    play(&Input::AntBytes(rest), at);
}

fn broadcast(profile: Profile, page: Page) -> Vec<u8> {
    let channel_id = Some(ChannelId {
        number: ANT_NUMBER,
        device_type: profile.device_type,
        pairing: false,
        transmission: ANT_TRANSMISSION,
    });
    let rssi = Some(Rssi::Dbm { value: -60, threshold: -90 });
    let data = Data { channel: 0, acknowledged: false, page, extended: Extended { channel_id, rssi, timestamp: None } };
    let mut bytes = [0; 64];
    let n = data.encode(&mut bytes).unwrap();
    bytes[..n].to_vec()
}

fn battery_page(status: BatteryStatus) -> Page {
    let battery = Battery { id: 0xff, operating_ticks: 9000, fine_ticks: true, voltage_256ths: Some(700), status };
    CommonPage::Battery(battery).encode().unwrap()
}

/// The left thigh: its link breaks once, its battery runs down, one value is cut short.
fn moxy(count: u32, percent: f32, second: u32, at: Instant, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    let address = MOXY;
    match second {
        1400 => return play(&Input::Ble(BleEvent::Disconnected { address }), at),
        1401..1430 => return,
        1430 => play(&Input::Ble(BleEvent::Connected { address }), at),
        1700 => play(&Input::Ble(BleEvent::BatteryLevel { address, percent: 9 }), at),
        1720 => play(&Input::Ble(BleEvent::BatteryLevel { address, percent: 80 }), at),
        _ => {}
    }
    let reading = failing(second + 900, value(percent, Some(12.9)));
    let content = Moxy { count: count as u16, reading, previous: Err(Reason::Invalid), time_wanted: true }.encode();
    let content = if second == 1750 { &content[..5] } else { &content[..] };
    play(&Input::Ble(BleEvent::Notification { address, profile: BleProfile::Moxy, value: content }), at);
}

fn train_red(percent: f32, at: Instant, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    let thb = Some(Thb { hundredths: -(percent as i16) * 3, scale: ThbScale::Arbitrary });
    let reading = value(percent, None).map(|value| Value { thb, ..value });
    let content = TrainRed { reading, state: 1, quality: 7 }.encode();
    let (address, profile) = (TRAIN_RED, BleProfile::TrainRed);
    play(&Input::Ble(BleEvent::Notification { address, profile, value: &content }), at);
}

fn sample(channel: u8, count: u32, reading: Reading, at: Instant, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    // The right calf has a hole of 12 s, the thigh one of 44 s.
    if (channel == 0 && (960..966).contains(&count)) || (channel == 1 && (320..342).contains(&count)) {
        return;
    }
    let identity = Identity::Channel(channel);
    play(&Input::Sample(Sample { identity, count: count as u16, reading }), at);
}

fn value(percent: f32, thb: Option<f32>) -> Reading {
    let thb = thb.map(|thb| Thb { hundredths: (thb * 100.0) as i16, scale: ThbScale::GramsPerDecilitre });
    Smo2::from_tenths((percent.clamp(0.0, 100.0) * 10.0) as u16).map(|smo2| Value { smo2, thb }).ok_or(Reason::Invalid)
}

/// Sentinels of the sensor itself, an implausible stretch, a number that stands still: late in the ride, each for long
/// enough to be told.
fn failing(second: u32, reading: Reading) -> Reading {
    match second {
        2200..2225 => Err(Reason::AmbientLight),
        2240..2255 => Err(Reason::Invalid),
        2270..2285 => Err(Reason::Implausible),
        2290..2310 => value(0.0, None),
        2315..2390 => value(55.5, None),
        _ => reading,
    }
}

/// What the rider and the head unit's own parts do.
fn rider(second: u32, at: Instant, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    let mut input = |input: Input<'_>| play(&input, at);
    match second {
        60 => input(Input::Position("saddle 72.5".parse().unwrap())),
        300 | 900 => input(Input::Lap),
        400 => input(Input::Posture(Posture::Standing)),
        430 => input(Input::Posture(Posture::Seated)),
        500 => input(Input::Button(Button::Up, Press::Short)),
        502 => input(Input::Button(Button::Down, Press::Short)),
        504 | 508 => input(Input::Button(Button::Up, Press::Long)),
        506 => input(Input::Button(Button::Down, Press::Long)),
        // By finger to the settings and in among them, large text marked, chosen and given back, out beside the list, and home.
        510..=511 => input(Input::Touch(Touch::SwipeRight)),
        514 => input(Input::Touch(Touch::SwipeUp)),
        516..=518 => input(Input::Touch(Touch::Tap { x: 120, y: 174 })),
        520 => input(Input::Touch(Touch::SwipeDown)),
        522 => input(Input::Touch(Touch::Tap { x: 0, y: 0 })),
        526..=527 => input(Input::Touch(Touch::SwipeLeft)),
        600 => input(Input::Button(Button::Select, Press::Long)),
        610 => input(Input::Touch(Touch::Hold)),
        620 | 1000 => input(Input::Session(Act::NextBlock)),
        622 => input(Input::Session(Act::UndoBlock)),
        700 => input(Input::Session(Act::StartReassess)),
        850 => input(Input::Session(Act::CueGiven)),
        1060 => input(Input::Session(Act::StopReassess)),
        1300 => input(Input::Session(Act::EndBlock)),
        1310 => input(Input::Session(Act::ClearBlocks)),
        1700 => input(Input::Session(Act::StartSurvey)),
        1705 => input(Input::Session(Act::Capture)),
        1780 => input(Input::Session(Act::StopSurvey)),
        OVERLOAD_S => input(Input::Marker("Krampf é".parse().unwrap())),
        1210 => input(Input::CueDelivery { id: 1, haptic: true, beep: false }),
        1230 => input(Input::CueDelivery { id: 2, haptic: false, beep: false }),
        1450 => input(Input::Button(Button::Select, Press::Short)),
        // Once round the pages: in among the items of each, and out again.
        ROUND_S..ROUND_END_S => input(Input::Touch(match (second - ROUND_S) % 3 {
            0 => Touch::SwipeLeft,
            1 => Touch::SwipeUp,
            _ => Touch::Tap { x: 0, y: 0 },
        })),
        1600 => input(Input::Battery { percent: 17, charging: false }),
        1601 => input(Input::Storage(StorageResult::Full)),
        1602 => input(Input::Storage(StorageResult::Written)),
        // Another order, one sensor less, another thigh.
        2350 => input(Input::Configure(roster(&[
            (Identity::Ble { address: MOXY }, LEFT_THIGH),
            (Identity::Channel(1), Site::new(Muscle::RectusFemoris, Side::Right)),
            (Identity::Channel(0), CALF),
            (Identity::Ant { number: ANT_NUMBER, transmission: 0 }, LEFT_CALF),
        ]))),
        _ => {}
    }
}

/// Late in the ride, sessions with a stick and a Bluetooth stack that is asked and does not answer.
fn radios(second: u32, at: Instant, play: &mut dyn FnMut(&Input<'_>, Instant)) {
    let mut input = |input: Input<'_>| play(&input, at);
    let profiles = Profiles::NONE.with(BleProfile::Moxy);
    match second {
        2050 => input(Input::AntPort(Err(Trouble::NoPermission))),
        2060 => input(Input::AntPort(Ok(()))),
        // The stick has started, has eight channels, and takes everything that it is told.
        2061 => input(Input::AntBytes(&[0xa4, 0x01, 0x6f, 0x20, 0xea])),
        2062 => input(Input::AntBytes(&[0xa4, 0x06, 0x54, 0x08, 0x03, 0x00, 0xba, 0x36, 0x00, 0x71])),
        2063..=2068 => {
            let to = [0x46, 0x6e, 0x42, 0x51, 0x45, 0x5b][(second - 2063) as usize];
            input(Input::AntBytes(&[0xa4, 3, 0x40, 0, to, 0, 0xa4 ^ 3 ^ 0x40 ^ to]));
        }
        2070 => input(Input::Search(Listing::All)),
        2080 => input(Input::Ble(BleEvent::Adapter(Ok(())))),
        2081 => {
            input(Input::Ble(BleEvent::Seen { address: MOXY, name: Some("Moxy5 77"), profiles, rssi_dbm: Some(-61) }));
        }
        2083 => input(Input::Ble(BleEvent::Failed { address: MOXY })),
        2085 => input(Input::Ble(BleEvent::Discovered { address: MOXY, profiles })),
        2090 => input(Input::Search(Listing::Off)),
        2150 => input(Input::Ble(BleEvent::Adapter(Err(Trouble::Off)))),
        2160 => input(Input::AntPort(Err(Trouble::NoDevice))),
        _ => {}
    }
}

/// A muscle that follows load slowly.
struct Model {
    rest: f32,
    per_100_w: f32,
    follows_s: f32,
    now: f32,
}

impl Model {
    const fn new(rest: f32, per_100_w: f32) -> Self {
        Self { rest, per_100_w, follows_s: 25.0, now: rest }
    }

    fn second(&mut self, power: f32) -> f32 {
        self.now += (self.rest + self.per_100_w * power / 100.0 - self.now) / self.follows_s;
        self.now
    }
}

/// Noise from a seed (splitmix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Something about zero, mostly less than twice `spread` away: the sum of four even numbers.
    fn about(&mut self, spread: f32) -> f32 {
        let even = |bits: u64| (bits & 0xffff) as f32 / 65536.0 - 0.5;
        let bits = self.next();
        (0..4).map(|i| even(bits >> (16 * i))).sum::<f32>() * spread * 1.73
    }
}
