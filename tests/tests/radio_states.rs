//! What the rider sees when a radio cannot be used, and that it ends by itself when it is mended.

use sling_core::head_unit::{BleCommand, BleEvent, Config, Event};
use sling_core::link::ble::Profiles;
use sling_core::link::{Radio, RadioState, Trouble};
use sling_core::sensor::{Identity, Reason, Sample, Sensor, SensorKind};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use sling_simulator::airwaves::{Airwaves, Mishap, Over};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::Scenario;
use sling_simulator::sink::{CollectSink, Collected, Sink};
use std::io;

const RIDE: &str = r#"
version = 1
name = "Two sensors, and radios that fail"
seed = 5
duration = "12 min"

[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"
number = 1234

[[sensor]]
site = "vl.right"
kind = "moxy"
radio = "ant"
number = 1235

[[load]]
kind = "steady"
from = "0 min"
to = "12 min"
power_w = 180
"#;

/// The words of the page, as often as they change.
struct Words(std::rc::Rc<std::cell::RefCell<Vec<(Instant, String)>>>);

impl Sink for Words {
    fn after(&mut self, at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        let mut words = String::new();
        unit.describe(240, 400, &mut words).expect("a string takes everything");
        let mut all = self.0.borrow_mut();
        if all.last().is_none_or(|(_, last)| *last != words) {
            all.push((at, words));
        }
        Ok(())
    }
}

/// Rides with these mishaps at these seconds; events, and the page's words over time.
fn ride(over: Over, key: Option<[u8; 8]>, mishaps: &[(u64, Mishap)]) -> (Collected, Vec<(Instant, String)>) {
    let scenario = Scenario::parse("radios.toml", RIDE).unwrap();
    let mut airwaves = Airwaves::new(&scenario, 2, over);
    if let Some(key) = key {
        airwaves.set_key(key);
    }
    for &(second, mishap) in mishaps {
        airwaves.plan(Instant::from_ms(second * 1000), mishap);
    }
    let (collect, events) = CollectSink::new();
    let words = std::rc::Rc::default();
    let sinks: Vec<Box<dyn Sink>> = vec![Box::new(collect), Box::new(Words(std::rc::Rc::clone(&words)))];
    let mut ride = Ride::simulated(&scenario, scenario.seed).on_air(airwaves);
    let mut player = Player::of(&mut ride, sinks);
    ride.play(&Config::DEFAULT, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })
    .unwrap();
    let (events, words) = (events.borrow().clone(), words.borrow().clone());
    (events, words)
}

fn state_at(events: &Collected, radio: Radio, second: u64) -> Option<RadioState> {
    let until = Instant::from_ms(second * 1000);
    let states = events.iter().take_while(|(at, _)| *at <= until).filter_map(|(_, event)| match event {
        Event::Radio { radio: of, state } if *of == radio => Some(*state),
        _ => None,
    });
    states.last()
}

fn words_at(words: &[(Instant, String)], second: u64) -> &str {
    let until = Instant::from_ms(second * 1000);
    words.iter().take_while(|(at, _)| *at <= until).last().map_or("", |(_, words)| words)
}

#[test]
fn a_stick_that_is_pulled_out_is_named_and_back_by_itself() {
    let (events, words) = ride(Over::Ant, None, &[(300, Mishap::Unplug), (400, Mishap::Plug)]);
    assert_eq!(state_at(&events, Radio::Ant, 299), Some(RadioState::Ready));
    assert_eq!(state_at(&events, Radio::Ant, 310), Some(RadioState::Trouble(Trouble::NoDevice)));
    assert!(words_at(&words, 310).contains("no ANT stick"), "{}", words_at(&words, 310));
    assert!(words_at(&words, 310).contains("no signal"), "{}", words_at(&words, 310));
    assert_eq!(state_at(&events, Radio::Ant, 405), Some(RadioState::Ready));
    assert!(words_at(&words, 412).contains("right leg") && !words_at(&words, 412).contains("no signal"));
}

#[test]
fn a_key_that_lets_nothing_be_heard_is_named() {
    let (events, words) = ride(Over::Ant, Some([7; 8]), &[]);
    assert_eq!(state_at(&events, Radio::Ant, 20), Some(RadioState::Ready));
    assert_eq!(state_at(&events, Radio::Ant, 60), Some(RadioState::NothingHeard));
    assert!(words_at(&words, 60).contains("ANT silent"), "{}", words_at(&words, 60));
    assert!(words_at(&words, 60).contains("searching"), "{}", words_at(&words, 60));
}

#[test]
fn an_adapter_that_is_switched_off_mid_ride_is_named_and_back_by_itself() {
    let (events, words) = ride(Over::Ble, None, &[(300, Mishap::BleOff), (400, Mishap::BleOn)]);
    assert_eq!(state_at(&events, Radio::Ble, 310), Some(RadioState::Trouble(Trouble::Off)));
    assert!(words_at(&words, 310).contains("BLE off"), "{}", words_at(&words, 310));
    assert_eq!(state_at(&events, Radio::Ble, 410), Some(RadioState::Ready));
    assert!(words_at(&words, 412).contains("right leg"), "{}", words_at(&words, 412));
}

#[test]
fn a_service_that_dies_without_a_word_is_noticed_by_its_silence() {
    let (events, words) = ride(Over::Ble, None, &[(300, Mishap::BleDies), (400, Mishap::BleRevives)]);
    assert!(matches!(state_at(&events, Radio::Ble, 330), Some(RadioState::Trouble(_) | RadioState::NothingHeard)));
    assert!(words_at(&words, 330).contains("no signal"), "{}", words_at(&words, 330));
    assert_eq!(state_at(&events, Radio::Ble, 415), Some(RadioState::Ready));
}

// --- By hand, an input at a time -------------------------------------------------------------------------------------

fn unit(roster: &[(Identity, &str)]) -> HeadUnit {
    let mut unit = HeadUnit::new();
    let roster = roster
        .iter()
        .map(|&(identity, site)| sling_core::head_unit::Assignment { identity, site: site.parse().unwrap() });
    let power = Sensor { kind: SensorKind::Power, identity: Identity::Ant { number: 9, transmission: 5 } };
    let config = Config { roster: roster.collect(), companions: [power].into_iter().collect(), ..Config::DEFAULT };
    unit.handle(&Input::Configure(config), Instant::ZERO);
    unit
}

fn drain(unit: &mut HeadUnit) -> Vec<Output> {
    std::iter::from_fn(|| unit.poll_output()).collect()
}

fn ant_page(number: u16, transmission: u8, device_type: u8, page: [u8; 8]) -> Vec<u8> {
    let [low, high] = number.to_le_bytes();
    let mut frame = vec![0xA4, 14, 0x4E, 0];
    frame.extend(page);
    frame.extend([0x80, low, high, device_type, transmission]);
    frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
    frame
}

/// SmO2 in tenths, tHb 12.00.
fn muscle_page(count: u8, tenths: u16) -> [u8; 8] {
    [1, count, 0, 4, 0xB0, 0x04, (tenths << 6) as u8, (tenths >> 2) as u8]
}

fn smo2(unit: &HeadUnit, at: usize) -> Result<f32, Reason> {
    unit.views().nth(at).unwrap().smo2
}

const MOXY: Identity = Identity::Ant { number: 1234, transmission: 5 };
const PEER: [u8; 6] = [0xC0, 1, 2, 3, 4, 5];

#[test]
fn every_trouble_has_words_of_its_own_on_the_page() {
    let mut seen = std::collections::BTreeSet::new();
    for trouble in [
        Trouble::NoDevice,
        Trouble::NoPermission,
        Trouble::Busy,
        Trouble::NoKey,
        Trouble::KeyRefused,
        Trouble::NotAnswering,
    ] {
        let mut unit = unit(&[(MOXY, "mg.right"), (Identity::Channel(0), "vl.right")]);
        unit.handle(&Input::AntPort(Err(trouble)), Instant::from_ms(1000));
        assert_eq!(unit.radio(Radio::Ant), RadioState::Trouble(trouble));
        let mut words = String::new();
        unit.describe(240, 400, &mut words).unwrap();
        assert!(seen.insert(words.lines().next().unwrap().to_owned()), "{words}");
        assert!(!words.contains("right leg"), "{words}");
    }
    for trouble in [Trouble::NoDevice, Trouble::NoPermission, Trouble::Off, Trouble::NoService] {
        let mut unit = unit(&[(Identity::Ble { address: PEER }, "mg.right"), (Identity::Channel(0), "vl.right")]);
        unit.handle(&Input::Ble(BleEvent::Adapter(Err(trouble))), Instant::from_ms(1000));
        let mut words = String::new();
        unit.describe(240, 400, &mut words).unwrap();
        assert!(words.contains("BLE"), "{words}");
    }
}

#[test]
fn a_radio_that_nobody_needs_is_no_trouble_to_the_rider() {
    let mut unit = unit(&[(MOXY, "mg.right")]);
    unit.handle(&Input::Ble(BleEvent::Adapter(Err(Trouble::NoDevice))), Instant::from_ms(1000));
    assert_eq!(unit.snapshot().radio, None);
}

#[test]
fn two_sensors_under_one_number_give_no_reading_and_are_said() {
    let mut unit = unit(&[(MOXY, "mg.right")]);
    let mut said = false;
    for i in 0..80_u64 {
        let (count, tenths) = if i % 2 == 0 { (i / 8, 500) } else { (90 + i / 8, 700) };
        let bytes = ant_page(1234, 5, 31, muscle_page(count as u8, tenths));
        unit.handle(&Input::AntBytes(&bytes), Instant::from_ms(i * 250));
        for output in drain(&mut unit) {
            if let Output::Sample(Sample { reading, .. }) = output {
                assert!(
                    reading.is_err() || reading.is_ok_and(|value| value.smo2.tenths() == 500),
                    "the other's sample"
                );
            } else if let Output::Event(Event::Notice { reason: Reason::Ambiguous, .. }) = output {
                said = true;
            }
        }
    }
    assert!(said);
    assert_eq!(smo2(&unit, 0), Err(Reason::Ambiguous));
}

#[test]
fn numbers_that_differ_in_transmission_type_are_two_sensors() {
    let other = Identity::Ant { number: 1234, transmission: 0x15 };
    let mut unit = unit(&[(MOXY, "mg.right"), (other, "vl.right")]);
    for i in 0..40_u64 {
        let (transmission, tenths) = if i % 2 == 0 { (5, 500) } else { (0x15, 700) };
        let bytes = ant_page(1234, transmission, 31, muscle_page((i / 8) as u8, tenths));
        unit.handle(&Input::AntBytes(&bytes), Instant::from_ms(i * 250));
    }
    assert_eq!((smo2(&unit, 0).unwrap().round(), smo2(&unit, 1).unwrap().round()), (50.0, 70.0));
}

#[test]
fn a_neighbours_power_meter_is_not_the_riders() {
    let mut unit = unit(&[(MOXY, "mg.right")]);
    let power = |count: u8, watts: u8| [0x10, count, 0xFF, 90, 0, 0, watts, 0];
    for i in 0..8_u8 {
        let now = Instant::from_ms(u64::from(i) * 250);
        unit.handle(&Input::AntBytes(&ant_page(77, 5, 11, power(i, 250))), now);
        assert_eq!(unit.snapshot().power, None);
    }
    unit.handle(&Input::AntBytes(&ant_page(9, 5, 11, power(1, 180))), Instant::from_ms(3000));
    assert_eq!(unit.snapshot().power.map(|power| power.0), Some(180));
}

/// A Moxy that speaks on both radios: silent on ANT, it is called by Bluetooth, and its samples stay on its muscle.
#[test]
fn one_sensor_on_two_radios_is_one_sensor_and_the_other_radio_steps_in() {
    let mut unit = unit(&[(MOXY, "mg.right")]);
    let profiles = Profiles::NONE.with(sling_core::head_unit::BleProfile::Moxy);
    let seen = Input::Ble(BleEvent::Seen { address: PEER, name: Some("Moxy5 1234"), profiles, rssi_dbm: None });
    unit.handle(&Input::Ble(BleEvent::Adapter(Ok(()))), Instant::ZERO);
    let mut connects = Vec::new();
    for s in 0..60_u64 {
        let now = Instant::from_ms(s * 1000);
        if s < 20 {
            unit.handle(&Input::AntBytes(&ant_page(1234, 5, 31, muscle_page(s as u8, 600))), now);
        }
        unit.handle(&seen, now);
        let connect = drain(&mut unit).iter().any(|o| *o == Output::Ble(BleCommand::Connect { address: PEER }));
        if connect {
            connects.push(s);
        }
    }
    assert!(connects.first().is_some_and(|&s| (26..35).contains(&s)), "{connects:?}");
    let value = [0x10, 0, 0xF4, 0x01, 0xF4, 0x01, 0xB0, 0x04, 0];
    let profile = sling_core::head_unit::BleProfile::Moxy;
    let event = Input::Ble(BleEvent::Notification { address: PEER, profile, value: &value });
    unit.handle(&event, Instant::from_ms(61_000));
    let samples: Vec<_> = drain(&mut unit)
        .into_iter()
        .filter_map(|output| if let Output::Sample(sample) = output { Some(sample.identity) } else { None })
        .collect();
    assert_eq!(samples, [MOXY]);
    assert!(smo2(&unit, 0).is_ok());
}

#[test]
fn two_peers_that_claim_one_number_are_said_and_neither_is_taken() {
    let mut unit = unit(&[(MOXY, "mg.right")]);
    let profiles = Profiles::NONE.with(sling_core::head_unit::BleProfile::Moxy);
    unit.handle(&Input::Ble(BleEvent::Adapter(Ok(()))), Instant::ZERO);
    let mut ambiguous = 0;
    for s in 0..40_u64 {
        for last in [1, 2] {
            let address = [0xC0, 0, 0, 0, 0, last];
            let seen = BleEvent::Seen { address, name: Some("Moxy5 1234"), profiles, rssi_dbm: None };
            unit.handle(&Input::Ble(seen), Instant::from_ms(s * 1000));
            for output in drain(&mut unit) {
                assert!(!matches!(output, Output::Ble(BleCommand::Connect { .. })), "{output:?}");
                let said = Event::Sensor {
                    identity: Identity::Ble { address },
                    kind: SensorKind::MuscleOxygen,
                    site: Some("mg.right".parse().unwrap()),
                    change: sling_core::head_unit::SensorChange::Ambiguous,
                };
                ambiguous += u32::from(output == Output::Event(said));
            }
        }
    }
    assert_eq!(ambiguous, 1);
}

/// A sensor that asks for the time gets it once a minute at most, and not before the head unit knows it.
#[test]
fn the_time_is_told_to_a_sensor_that_asks() {
    let mut unit = unit(&[(MOXY, "mg.right")]);
    let mut now = Instant::ZERO;
    unit.handle(&Input::AntPort(Ok(())), now);
    // A stick that takes everything: start-up, capabilities, then an answer to each command.
    let frame = |id: u8, payload: &[u8]| {
        let mut frame = vec![0xA4, payload.len() as u8, id];
        frame.extend(payload);
        frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
        frame
    };
    let answers = [0x46, 0x6E, 0x42, 0x51, 0x45, 0x5B].map(|to| frame(0x40, &[0, to, 0]));
    let start = [frame(0x6F, &[0x20]), frame(0x54, &[8, 3, 0, 0xBA, 0x36, 0])];
    for bytes in start.into_iter().chain(answers) {
        now = now + sling_core::time::Duration::from_ms(10);
        unit.handle(&Input::AntBytes(&bytes), now);
        drain(&mut unit);
    }
    assert_eq!(unit.radio(Radio::Ant), RadioState::Ready);
    let mut told = Vec::new();
    for second in 1..150_u64 {
        let now = Instant::from_ms(second * 1000);
        if second == 20 {
            unit.handle(&Input::WallTime { unix_s: 1_700_000_000, offset_min: 60 }, now);
        }
        let mut page = muscle_page(second as u8, 500 + second as u16);
        page[2] |= 1;
        unit.handle(&Input::AntBytes(&ant_page(1234, 5, 31, page)), now);
        for output in drain(&mut unit) {
            if let Output::Ant(sling_core::head_unit::AntCommand::Send(bytes)) = output
                && bytes[2] == 0x4F
            {
                assert_eq!((bytes[4], bytes[5], bytes[7]), (0x10, 0, 4), "set time, an hour ahead");
                told.push((second, u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]])));
                // It arrived.
                unit.handle(&Input::AntBytes(&frame(0x40, &[0, 1, 5])), now);
            }
        }
    }
    let expected = [20, 80, 140].map(|second| (second, (1_700_000_000 - 631_065_600 + second - 20) as u32));
    assert_eq!(told, expected);
}

/// A stick without scanning mode and with one channel: the sensor that gets none is said.
#[test]
fn a_sensor_for_which_the_stick_has_no_channel_is_said() {
    let other = Identity::Ant { number: 1235, transmission: 5 };
    let mut unit = unit(&[(MOXY, "mg.right"), (other, "vl.right")]);
    let frame = |id: u8, payload: &[u8]| {
        let mut frame = vec![0xA4, payload.len() as u8, id];
        frame.extend(payload);
        frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
        frame
    };
    unit.handle(&Input::AntPort(Ok(())), Instant::ZERO);
    let mut said = Vec::new();
    // Scanning mode is an invalid message to it.
    let answers = [(0x46, 0), (0x6E, 0), (0x42, 0), (0x51, 0), (0x45, 0), (0x5B, 0x28), (0x41, 0)];
    let start = [frame(0x6F, &[0x20]), frame(0x54, &[1, 3, 0, 0xBA, 0x36, 0])];
    for bytes in start.into_iter().chain(answers.map(|(to, code)| frame(0x40, &[0, to, code]))) {
        unit.handle(&Input::AntBytes(&bytes), Instant::from_ms(10));
        for output in drain(&mut unit) {
            if let Output::Event(Event::Sensor { identity, change, .. }) = output {
                said.push((identity, change.code()));
            }
        }
    }
    let power = Identity::Ant { number: 9, transmission: 5 };
    assert!(said.ends_with(&[(other, "left_out"), (power, "left_out")]), "{said:?}");
}
