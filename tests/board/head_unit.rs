//! The head unit's own firmware on the emulated board: paired over its ANT module, ridden, cut from its power, asked over its
//! cable. What it recorded, showed and played is held against the same inputs, ridden here.

use super::emulator::{Board, alone};
use super::replica::{self, Wires};
use super::rig::{Around, Bench, Powered};
use super::{STACK_LIMIT, fit_table, note};
use sling_core::alert::Cue;
use sling_core::head_unit::{Button, Config, Event, PatternKind, Press, RideAct};
use sling_core::log::fit;
use sling_core::log::ride::{Entry, Life};
use sling_core::sensor::Side;
use sling_core::service::{Answer, Ask, Refusal, Restart};
use sling_core::time::{Duration, Instant};
use sling_simulator::cable::CableError;
use sling_simulator::formats::RideLog;
use sling_simulator::scenario::{Scenario, builtin};
use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;

const KEY: [u8; 8] = sling_simulator::air::DUMMY_KEY;
pub const FLASH: usize = 4 << 20;
/// How many times as fast as a wall clock a ride goes. The peers run on wall time: faster than this, a busy machine makes
/// sensors late.
const SPEED: u32 = 10;
/// When the power is cut, and when the ride ends.
const CUT_S: u64 = 23 * 60;
const END_S: u64 = 25 * 60;

/// What a head unit did, by its own log and wires, and what it has to have done by its input log.
pub struct Compared {
    /// One for each time that its power was on.
    pub boots: Vec<replica::Ridden>,
    pub entries: Vec<(Instant, Entry)>,
    pub wires: Wires,
}

/// Compares what was recorded and shown with the same inputs ridden here.
pub fn compare(log: &[u8], wires: &[u8]) -> Compared {
    let read = RideLog::read(log).unwrap();
    assert!(read.remarks.is_empty(), "{:?}", read.remarks);
    let [ride] = &read.rides[..] else { panic!("{} rides", read.rides.len()) };
    let (boots, wires) = (replica::ride(log), Wires::read(wires));
    let mut at = 0;
    for (n, boot) in boots.iter().enumerate() {
        // Of a boot whose power was cut the last piece of the input log is missing: what is recorded may go on after it.
        let of_boot: Vec<_> =
            boot.entries.iter().filter(|(at, _)| *at < boot.until.before(Duration::from_s(1))).collect();
        for expected in &of_boot {
            let found = &ride.entries[at];
            assert_eq!(found, *expected, "boot {n}, entry {at}");
            at += 1;
        }
        if n + 1 < boots.len() {
            at = ride.entries.iter().skip(at).position(|(_, it)| *it == Entry::Life(Life::PowerOn)).unwrap() + at;
        }
    }
    assert_eq!(boots.len(), wires.shown.len());
    for (n, (boot, shown)) in boots.iter().zip(&wires.shown).enumerate() {
        // It goes on showing when nothing is recorded any more.
        for (i, expected) in boot.shown.iter().enumerate() {
            assert!(shown[i] == *expected, "boot {n}, picture {i} of {}", boot.shown.len());
        }
    }
    Compared { boots, entries: ride.entries.clone(), wires }
}

/// Twenty-five minutes of the demo with its overload at 20 min, a sensor that goes away and comes back, and a power cut.
#[test]
fn it_rides_the_demo_through_a_drop_and_a_power_cut() {
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let bench = Bench::new(&board.image, FLASH, SPEED);
    let drop = "\n[[fault]]\nkind = \"hole\"\nsite = \"mg.right\"\nat = \"5 min\"\nduration = \"20 s\"\n";
    let scenario = Scenario::parse("demo", &[builtin("demo").unwrap(), drop].concat()).unwrap();
    let mut around = Around::new(&scenario, SPEED);
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::Configure(around.wear())).unwrap_or_else(|e| panic!("{e}: {}", bench.said()));
    unit.cable.order(&Ask::Key(Some(KEY))).unwrap();
    unit.cable.order(&Ask::WallTime { unix_s: 1_795_000_000, offset_min: 60 }).unwrap();
    let mut statuses = Vec::new();
    let mut is_cut = false;
    let began = std::time::Instant::now();
    around.ride(&mut unit, Instant::from_ms(END_S * 1000), |at, unit| {
        if !is_cut && at.as_ms() >= CUT_S * 1000 {
            is_cut = true;
            statuses.push(unit.cable.status().unwrap());
            unit.cut();
            *unit = bench.power_on();
        }
    });
    note(&format!("ridden in {:.1} s", began.elapsed().as_secs_f32()));
    statuses.push(unit.cable.status().unwrap());
    unit.cable.order(&Ask::Ride(RideAct::End)).unwrap();
    let rides = unit.cable.rides().unwrap();
    let [ride] = rides[..] else { panic!("{rides:?}") };
    let began = std::time::Instant::now();
    let log = unit.cable.log(ride, |_| {}).unwrap();
    note(&format!("{} bytes of log in {:.1} s", log.len(), began.elapsed().as_secs_f32()));
    let began = std::time::Instant::now();
    let fit = unit.cable.fit(ride.number, |_| {}).unwrap();
    note(&format!("{} bytes of FIT in {:.1} s", fit.len(), began.elapsed().as_secs_f32()));
    statuses.push(unit.cable.status().unwrap());
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());

    let began = std::time::Instant::now();
    let compared = compare(&log, &bench.wires());
    note(&format!("compared in {:.1} s", began.elapsed().as_secs_f32()));
    let [before, after] = &compared.boots[..] else { panic!("{} boots", compared.boots.len()) };
    note(&format!("the demo at {SPEED} times the speed of a wall clock, with a power cut at {CUT_S} s:"));
    for (what, boot, status) in [("before", before, &statuses[0]), ("after", after, &statuses[1])] {
        note(&format!(
            "  {what} the cut {} inputs, {} radio bytes, {} entries, {} pictures: all the same here",
            boot.inputs,
            boot.radio_bytes,
            boot.entries.len(),
            boot.shown.len()
        ));
        note(&format!("  {status:?}"));
    }
    // The file that it made is the one that is made here of its log.
    let mut here = Vec::new();
    fit::write(|| compared.entries.iter().cloned(), &mut |bytes: &[u8]| -> Result<(), Infallible> {
        here.extend_from_slice(bytes);
        Ok(())
    })
    .unwrap();
    assert!(fit == here, "{} bytes of FIT, here {}", fit.len(), here.len());
    if let Some(folder) = std::env::var_os("SLING_KEEP_RIDE").map(PathBuf::from) {
        let (records, events) = fit_table::tables(&compared.entries);
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in
            [("ride.sling", &log[..]), ("records.csv", records.as_bytes()), ("events.csv", events.as_bytes())]
        {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    for status in &statuses {
        assert!(u64::from(status.stack.0) <= STACK_LIMIT, "{} bytes of stack", status.stack.0);
    }
    // The ride goes on in the same file, under the same number, and time does not go back.
    assert_eq!((statuses[0].ride, statuses[1].ride), (Some(1), Some(1)));
    assert!(compared.entries.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let power_on = compared.entries.iter().position(|(_, it)| *it == Entry::Life(Life::PowerOn)).unwrap();
    let lost = compared.entries[power_on].0.since(compared.entries[power_on - 1].0);
    assert!(lost <= Duration::from_s(3), "{lost:?}");
    let heard = |from: usize, to: usize| {
        compared.entries[from..to].iter().filter(|(_, it)| matches!(it, Entry::Sample { .. })).count()
    };
    assert!(heard(0, power_on) > 1000, "{}", heard(0, power_on));
    let goes_on = compared.entries[power_on..].iter().find(|(_, it)| matches!(it, Entry::Sample { .. })).unwrap().0;
    note(&format!("  the first sample after the cut {} ms later", goes_on.since(compared.entries[power_on].0).as_ms()));
    // What happened on the ride.
    let events =
        || compared.entries.iter().filter_map(|(at, it)| if let Entry::Event(it) = it { Some((at, it)) } else { None });
    let overload = events().find(|(_, it)| matches!(it, Event::Alert { pattern: PatternKind::CalfOverload, .. }));
    let (at, _) = overload.expect("the calf's overload is seen");
    assert!((1_200_000..1_320_000).contains(&at.as_ms()), "{at:?}");
    let alerts = events().filter(|(_, it)| matches!(it, Event::Alert { .. })).count();
    assert_eq!(alerts, 1);
    let cue =
        events().find(|(_, it)| matches!(it, Event::Cue(cue) if cue.cue == Cue::CalfOverload)).expect("and felt").0;
    assert!(events().any(|(_, it)| matches!(it, Event::CueDelivery { haptic: true, beep: true, .. })));
    let about = |ms: u32| u64::from(ms).abs_diff(cue.as_ms()) < 10_000;
    let pulses = compared.wires.pulses.iter().filter(|(from, ..)| about(*from)).count();
    let beeps = compared.wires.beeps.iter().filter(|(from, ..)| about(*from)).count();
    let rhythm = Cue::CalfOverload.rhythm();
    assert_eq!((pulses, beeps), (rhythm.pulses.len(), rhythm.beeps.len()), "{:?}", compared.wires.pulses);
    // The hole is long enough to be told and over before it is lost.
    assert!(events().any(|(at, it)| matches!(it, Event::Notice { .. }) && (300_000..340_000).contains(&at.as_ms())));
    assert!(compared.wires.longest_polarity_ms < 3000, "{} ms", compared.wires.longest_polarity_ms);
}

/// What a rider does with three buttons.
#[test]
fn a_ride_rests_goes_on_and_ends_on_its_screen_and_the_next_begins() {
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let bench = Bench::new(&board.image, FLASH, 1);
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::WallTime { unix_s: 1_795_000_000, offset_min: 60 }).unwrap();
    let press = |unit: &mut Powered, buttons: &[Button]| {
        for &button in buttons {
            unit.cable.order(&Ask::Press(button, Press::Short)).unwrap();
        }
    };
    let [go_in, choose, next] = [Button::Select, Button::Select, Button::Down];
    // The page stands before the first. It pauses, goes on, and is ended, which is asked.
    press(&mut unit, &[Button::Up, go_in, choose, go_in, choose, go_in, next, choose]);
    assert_eq!(unit.cable.status().unwrap().ride, Some(1), "not before the second press");
    press(&mut unit, &[choose]);
    assert_eq!(unit.cable.status().unwrap().ride, None);
    press(&mut unit, &[go_in, choose]);
    // It answers what it was asked before it starts anew.
    let status = (0..10).map(|_| unit.cable.status().unwrap()).find(|status| status.ride.is_some()).unwrap();
    assert!(status.ride == Some(2) && status.knows_time && !status.crashed, "{status:?}");
    unit.cable.order(&Ask::Ride(RideAct::End)).unwrap();
    let rides = unit.cable.rides().unwrap();
    assert_eq!(rides.iter().map(|ride| ride.number).collect::<Vec<_>>(), [1, 2]);
    let log = unit.cable.log(rides[0], |_| {}).unwrap();
    let read = RideLog::read(&log).unwrap();
    let lives: Vec<_> = read.rides[0]
        .entries
        .iter()
        .filter_map(|(_, entry)| if let Entry::Life(life) = entry { Some(*life) } else { None })
        .collect();
    assert_eq!(lives, [Life::Begun, Life::Paused, Life::Resumed, Life::Ended]);
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());
}

/// What a person does at the cable, and what of it outlives the power.
#[test]
fn it_is_asked_and_set_over_its_cable() {
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let bench = Bench::new(&board.image, FLASH, 1);
    let mut unit = bench.power_on();
    let status = unit.cable.status().unwrap();
    assert_eq!(
        (status.board.as_str(), status.ride, status.has_key, status.knows_time),
        ("mps2-an386", Some(1), false, false)
    );
    let config = Config { leg: Side::Left, least_points: 10, ..Config::DEFAULT };
    unit.cable.order(&Ask::Configure(config.clone())).unwrap();
    unit.cable.order(&Ask::Key(Some(KEY))).unwrap();
    unit.cable.order(&Ask::WallTime { unix_s: 1_795_000_000, offset_min: 60 }).unwrap();
    let first = unit.cable.screen().unwrap();
    unit.cable.order(&Ask::Press(Button::Down, Press::Short)).unwrap();
    let second = unit.cable.screen().unwrap();
    assert!(first.len() == 12_000 && second.len() == 12_000 && first != second, "another page");
    assert!(matches!(unit.cable.ask(&Ask::Log { ride: 9, offset: 0 }), Err(CableError::Refused(Refusal::NoSuchRide))));
    assert!(matches!(unit.cable.order(&Ask::Release { ride: 1 }), Err(CableError::Refused(Refusal::StillRidden))));
    let status = unit.cable.status().unwrap();
    assert!(status.has_key && status.knows_time && !status.crashed);
    // Another firmware: settings and rides stay.
    unit.cable.send(&Ask::Restart(Restart::Update)).unwrap();
    assert_eq!(unit.ended(), Some(3), "{}", bench.said());
    let mut unit = bench.power_on();
    assert_eq!(unit.cable.ask(&Ask::Settings).unwrap(), Answer::Settings(config));
    let status = unit.cable.status().unwrap();
    assert!(status.has_key && !status.knows_time && status.ride == Some(1), "{status:?}");
    unit.cable.order(&Ask::Ride(RideAct::End)).unwrap();
    assert_eq!(unit.cable.status().unwrap().ride, None);
    unit.cable.order(&Ask::Release { ride: 1 }).unwrap();
    assert!(unit.cable.rides().unwrap().is_empty());
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());
}

/// With four sensors, in the time of its own clock: 62.5 million instructions a second, which at 1.5 cycles each are a part with
/// 94 MHz. What goes over the display's wire takes no time here; on a panel it is 208 microseconds a line.
#[test]
fn it_answers_in_time_and_sleeps_in_between() {
    const LIMIT_MS: u64 = 250;
    const WHOLE_PICTURE_MS: u64 = 50;
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let mut bench = Bench::new(&board.image, FLASH, 1);
    bench.counts = true;
    let text = include_str!("../fixtures/scenarios/four-sensors.toml");
    let scenario = Scenario::parse("four sensors", text).unwrap();
    let mut around = Around::new(&scenario, 1);
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::Configure(around.wear())).unwrap_or_else(|e| panic!("{e}: {}", bench.said()));
    unit.cable.order(&Ask::Key(Some(KEY))).unwrap();
    around.ride(&mut unit, Instant::from_ms(45_000), |at, unit| {
        if at.as_ms() % 10_000 < 1000 {
            unit.cable.order(&Ask::Press(Button::Down, Press::Short)).unwrap();
        }
    });
    let status = unit.cable.status().unwrap();
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());
    let slowest = u64::from(status.slowest_ms) * 625 * 3 / 2 / 640 + WHOLE_PICTURE_MS;
    note(&format!(
        "four sensors for {} s: {} ms at most from an input to the pixels, so {slowest} ms at 64 MHz with a whole picture on the \
         wire; asleep {} of 1000, stack {} bytes",
        status.now_ms / 1000,
        status.slowest_ms,
        status.asleep_permille,
        status.stack.0
    ));
    assert!(slowest <= LIMIT_MS, "{slowest} ms");
    assert!(u64::from(status.stack.0) <= STACK_LIMIT, "{} bytes of stack", status.stack.0);
    assert!(status.asleep_permille >= 900, "asleep {} of 1000", status.asleep_permille);
}

/// Nothing moves any more: the watchdog says so, and the ride goes on. It watches in the emulator's time.
#[test]
fn a_hang_ends_with_the_watchdog_and_the_ride_goes_on() {
    const LIMIT_S: u64 = 30;
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let bench = Bench::new(&board.image, FLASH, 1);
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::WallTime { unix_s: 1_795_000_000, offset_min: 60 }).unwrap();
    // Longer than it waits for life: who lives is left alone.
    std::thread::sleep(std::time::Duration::from_secs(12));
    assert!(!unit.cable.status().unwrap().crashed);
    unit.hang();
    let began = std::time::Instant::now();
    let status = loop {
        match unit.cable.status() {
            Ok(status) => break status,
            Err(CableError::Silence) => assert!(began.elapsed().as_secs() < LIMIT_S, "{}", bench.said()),
            Err(error) => panic!("{error}"),
        }
    };
    note(&format!("back {:.1} s after it hung", began.elapsed().as_secs_f32()));
    assert!(status.crashed && status.ride == Some(1) && status.knows_time, "{status:?}");
    let Answer::Crash(Some(text)) = unit.cable.ask(&Ask::Crash).unwrap() else { panic!("no report") };
    assert!(text.starts_with("watchdog"), "{text}");
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());
}

/// A crash is a reset: the ride goes on in the same file, and what happened can be read.
#[test]
fn a_crash_leaves_a_report_and_the_ride_goes_on() {
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let bench = Bench::new(&board.image, FLASH, 1);
    let scenario = Scenario::parse("demo", builtin("demo").unwrap()).unwrap();
    let mut around = Around::new(&scenario, 1);
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::Configure(around.wear())).unwrap();
    unit.cable.order(&Ask::Key(Some(KEY))).unwrap();
    let (mut crashed, mut back) = (None, None);
    around.ride(&mut unit, Instant::from_ms(12_000), |at, unit| {
        if crashed.is_none() && at.as_ms() >= 5000 {
            unit.crash();
            crashed = Some(std::time::Instant::now());
            // It answers as soon as it is there again.
            let status = unit.cable.status().unwrap();
            back = crashed.map(|then| (then.elapsed(), status));
        }
    });
    let (took, status) = back.unwrap();
    assert!(status.crashed && status.ride == Some(1), "{status:?}");
    let Answer::Crash(Some(text)) = unit.cable.ask(&Ask::Crash).unwrap() else { panic!("no report") };
    note(&format!("back {} ms after a crash, which it reports as: {text}", took.as_millis()));
    assert!(text.starts_with("hard fault at 0xb000000") && took.as_secs() < 3, "{text}, {took:?}");
    unit.cable.order(&Ask::ForgetCrash).unwrap();
    assert_eq!(unit.cable.ask(&Ask::Crash).unwrap(), Answer::Crash(None));
    unit.cable.order(&Ask::Ride(RideAct::End)).unwrap();
    let rides = unit.cable.rides().unwrap();
    let [ride] = rides[..] else { panic!("{rides:?}") };
    let log = unit.cable.log(ride, |_| {}).unwrap();
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());
    let compared = compare(&log, &bench.wires());
    assert_eq!(compared.boots.len(), 2);
    let power_on = compared.entries.iter().position(|(_, it)| *it == Entry::Life(Life::PowerOn)).unwrap();
    let lost = compared.entries[power_on].0.since(compared.entries[power_on - 1].0);
    assert!(lost <= Duration::from_s(3), "{lost:?}");
    let says = |(_, it): &(Instant, Entry)| matches!(it, Entry::Event(Event::Crashed { label }) if text.starts_with(label.as_str()));
    assert!(compared.entries[power_on..].iter().any(says), "the log says where");
    let samples = |it: &[(Instant, Entry)]| it.iter().filter(|(_, it)| matches!(it, Entry::Sample { .. })).count();
    assert!(samples(&compared.entries[..power_on]) > 0 && samples(&compared.entries[power_on..]) > 0);
}
