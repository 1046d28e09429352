//! Every fault that a scenario can name beside those of samples: that it landed, what the head unit made of it, and that
//! all is well again after it.

use sling_core::head_unit::{Config, Event, RideDigest, SensorChange, State, StorageResult};
use sling_core::sensor::{Reason, Site};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use sling_simulator::airwaves::{Airwaves, Over};
use sling_simulator::formats::Options;
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::{FAULTS, Needs, Scenario};
use sling_simulator::sink::{CollectSink, Collected, DigestSink, LogSink, Sink, WholeFile};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io;
use std::rc::Rc;

const RIDE: &str = r#"
version = 1
name = "faults"
duration = "12 min"
seed = 2

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

/// What was shown, in words, whenever that changed, and whether the calf had a value.
struct Watch(Rc<RefCell<Vec<(Instant, String)>>>);

impl Sink for Watch {
    fn after(&mut self, at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        let mut words = String::new();
        unit.describe(240, 400, &mut words).map_err(io::Error::other)?;
        if let Some(minute) = unit.snapshot().minute_of_day() {
            writeln!(words, "clock {:02}:{:02}", minute / 60, minute % 60).map_err(io::Error::other)?;
        }
        self.0.borrow_mut().push((at, words));
        Ok(())
    }
}

/// What became of a ride.
struct Ridden {
    landed: Vec<u64>,
    events: Collected,
    words: Vec<(Instant, String)>,
    digest: RideDigest,
    log: tempfile::TempDir,
}

fn scenario(more: &str) -> Scenario {
    Scenario::parse("faults.toml", &format!("{RIDE}{more}")).unwrap_or_else(|error| panic!("{error}"))
}

fn play(mut ride: Ride, mut sinks: Vec<Box<dyn Sink>>) -> (Vec<u64>, Collected, RideDigest) {
    let ((collect, events), (digests, digest)) = (CollectSink::new(), DigestSink::new());
    sinks.push(Box::new(collect));
    sinks.push(Box::new(digests));
    let landings = ride.landings();
    let mut player = Player::of(&mut ride, sinks);
    ride.play(&Config::DEFAULT, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })
    .unwrap();
    player.finish().unwrap();
    let landed = landings.map(|landings| landings.counts()).unwrap_or_default();
    (landed, events.take(), digest.replace(RideDigest::new()))
}

fn ride(more: &str, over: Option<Over>) -> Ridden {
    let scenario = scenario(more);
    let mut ride = Ride::simulated(&scenario, scenario.seed);
    if let Some(over) = over {
        ride = ride.on_air(Airwaves::new(&scenario, scenario.seed, over));
    }
    let log = tempfile::tempdir().unwrap();
    let words = Rc::default();
    let sink = LogSink::new(WholeFile::create(&log.path().join("ride.slinglog")).unwrap()).unwrap();
    let (landed, events, digest) = play(ride, vec![Box::new(Watch(Rc::clone(&words))), Box::new(sink)]);
    Ridden { landed, events, words: words.take(), digest, log }
}

impl Ridden {
    /// Seconds at which such an event happened.
    fn when(&self, wanted: impl Fn(&Event) -> bool) -> Vec<u64> {
        self.events.iter().filter(|(_, event)| wanted(event)).map(|(at, _)| at.as_ms() / 1000).collect()
    }

    fn notices(&self, wanted: Reason, place: &str) -> Vec<u64> {
        let place: Site = place.parse().unwrap();
        self.when(|event| matches!(event, Event::Notice { reason, site } if *reason == wanted && *site == place))
    }

    fn cleared(&self, wanted: Reason) -> Vec<u64> {
        self.when(|event| matches!(event, Event::NoticeCleared { reason, .. } if *reason == wanted))
    }

    /// The page's words at a second.
    fn says(&self, second: u64, text: &str) -> bool {
        let until = Instant::from_ms(second * 1000);
        let words = &self.words[self.words.partition_point(|(at, _)| *at <= until) - 1].1;
        let says = words.contains(text);
        println!("{second} s, {text}: {says}\n{words}");
        says
    }
}

const WAYS: [Option<Over>; 3] = [None, Some(Over::Ant), Some(Over::Ble)];

#[test]
fn a_sensors_low_battery_is_told_with_the_next_page_or_read_and_cleared_again() {
    let fault = "[[fault]]\nkind = \"battery_low\"\nsite = \"mg.right\"\nat = \"60 s\"\nduration = \"5 min 20 s\"\n";
    // One page of a battery may be lost on the way.
    for (over, within_s) in [(None, 0), (Some(Over::Ant), 36), (Some(Over::Ble), 305)] {
        let ridden = ride(fault, over);
        assert!(ridden.landed[0] > 0, "{over:?}");
        let [told] = ridden.notices(Reason::LowBattery, "mg.right")[..] else {
            panic!("{over:?}: told otherwise than once")
        };
        assert!((60..=60 + within_s).contains(&told), "{over:?}: {told} s");
        assert!(ridden.says(told + 2, "calf batt low"), "{over:?}");
        let [cleared] = ridden.cleared(Reason::LowBattery)[..] else { panic!("{over:?}: not cleared once") };
        assert!((380..=380 + within_s).contains(&cleared), "{over:?}: {cleared} s");
        assert!(!ridden.says(cleared + 2, "batt low"), "{over:?}");
        // It still measures, as it did.
        assert!(ridden.notices(Reason::Lost, "mg.right").is_empty(), "{over:?}");
    }
}

#[test]
fn the_head_units_own_battery_is_seen_to_run_down() {
    let ridden =
        ride("[[fault]]\nkind = \"head_unit_battery\"\nat = \"1 min\"\nduration = \"10 min\"\npercent = 20\n", None);
    assert_eq!(ridden.landed, [80]);
    assert!(!ridden.says(59, " %\n") || !ridden.says(59, "battery"));
    assert!(ridden.says(360, "60 %"));
    assert!(ridden.says(700, "20 %"));
}

#[test]
fn a_double_takes_a_sensors_value_away_on_ant_and_is_another_address_on_bluetooth() {
    let fault = "[[fault]]\nkind = \"duplicate\"\nsite = \"mg.right\"\nat = \"3 min\"\nduration = \"1 min\"\n";
    let ridden = ride(fault, Some(Over::Ant));
    assert!((200..=280).contains(&ridden.landed[0]), "{} pages", ridden.landed[0]);
    let told = ridden.notices(Reason::Ambiguous, "mg.right");
    assert!(told.first().is_some_and(|told| (180..=200).contains(told)), "{told:?}");
    assert!(ridden.says(told[0] + 5, "two sensors"));
    let cleared = ridden.cleared(Reason::Ambiguous);
    assert!(cleared.last().is_some_and(|cleared| (240..=280).contains(cleared)), "{cleared:?}");
    assert!(!ridden.says(300, "two sensors"));
    let ridden = ride(fault, Some(Over::Ble));
    assert!(ridden.notices(Reason::Ambiguous, "mg.right").is_empty() && !ridden.says(200, "two sensors"));
}

#[test]
fn the_time_of_day_jumps_and_is_put_right() {
    for (by_s, clock) in [(-3600, "08:03"), (5400, "10:33")] {
        let fault = format!("[[fault]]\nkind = \"clock_jump\"\nat = \"3 min\"\nduration = \"2 min\"\nby_s = {by_s}\n");
        let ridden = ride(&fault, None);
        assert_eq!(ridden.landed, [1]);
        assert_eq!(ridden.when(|event| matches!(event, Event::WallTime { .. })), [0, 180, 300]);
        assert!(ridden.says(179, "clock 09:02") && ridden.says(185, &format!("clock {clock}")));
        assert!(ridden.says(305, "clock 09:05"));
        // The ride's own time goes on.
        assert!(ridden.when(|event| matches!(event, Event::ClockBack { .. })).is_empty());
        assert!(ridden.says(185, "0:03:05") || ridden.says(185, "3:05"));
    }
}

#[test]
fn a_record_without_room_is_told() {
    let ridden = ride("[[fault]]\nkind = \"storage_full\"\nat = \"3 min\"\nduration = \"1 min\"\n", None);
    assert_eq!(ridden.landed, [1]);
    assert_eq!(ridden.when(|event| *event == Event::Storage(StorageResult::Full)), [180]);
    assert_eq!(ridden.when(|event| matches!(event, Event::Storage(_))).len(), 1);
}

#[test]
fn a_muted_cue_is_said_on_the_screen_until_one_is_delivered_again() {
    let laps = "[[lap]]\nat = \"1 min\"\n[[lap]]\nat = \"3 min\"\n[[lap]]\nat = \"6 min\"\n";
    let ridden = ride(&format!("{laps}[[fault]]\nkind = \"muted\"\nat = \"2 min\"\nduration = \"2 min\"\n"), None);
    assert_eq!(ridden.landed, [1]);
    let delivered = |event: &Event| matches!(event, Event::CueDelivery { haptic: true, .. });
    assert_eq!(ridden.when(|event| matches!(event, Event::CueDelivery { haptic: false, beep: false, .. })), [180]);
    assert_eq!(ridden.when(delivered), [360]);
    assert!(ridden.says(185, "cues off") && !ridden.says(365, "cues off") && !ridden.says(119, "cues off"));
    // Who has no such fault is not told what became of cues.
    assert!(ride(laps, None).when(|event| matches!(event, Event::CueDelivery { .. })).is_empty());
}

#[test]
fn a_power_cut_costs_the_time_that_it_lasts_and_the_log_goes_through_it() {
    // The settings are those of the moment of the cut: Up, held, shows the other leg, which is none here; the page stays
    // where a boot begins.
    let faults = "[[fault]]\nkind = \"power_cut\"\nat = \"5 min 0.3 s\"\n[[marker]]\nat = \"5 min 1 s\"\ntext = \"in the dark\"\n\
                  [[marker]]\nat = \"6 min\"\ntext = \"in the light\"\n";
    for over in WAYS {
        let ridden = ride(faults, over);
        assert_eq!(ridden.landed, [1], "{over:?}");
        let dark = |at: &Instant| (300_301..302_300).contains(&at.as_ms());
        assert!(!ridden.events.iter().any(|(at, _)| dark(at)), "{over:?}");
        assert!(!ridden.words.iter().any(|(at, _)| dark(at)), "{over:?}");
        assert_eq!(ridden.when(|event| matches!(event, Event::Marker { .. })), [360], "{over:?}");
        // A new ride, with the sensors of the old one, heard again within seconds.
        let paired = |event: &Event| matches!(event, Event::Sensor { change: SensorChange::Paired, .. });
        assert_eq!(ridden.when(paired), [0, 0, 302, 302], "{over:?}");
        let found = |event: &Event| matches!(event, Event::Sensor { change: SensorChange::Found, site: Some(_), .. });
        let found = ridden.when(found);
        assert_eq!(found.len(), 4, "{over:?}: {found:?}");
        assert!(found[2..].iter().all(|at| (302..=315).contains(at)), "{over:?}: {found:?}");
        assert!(ridden.says(310, "5:08") || ridden.says(310, "5:07"), "{over:?}");
        // A log of the ride is the ride.
        let log = Ride::open(&ridden.log.path().join("ride.slinglog"), &Options::default()).unwrap();
        assert_eq!(play(log, Vec::new()).2, ridden.digest, "{over:?}");
    }
}

#[test]
fn a_head_unit_that_boots_without_its_stick_or_adapter_says_so_until_it_is_back() {
    for (over, kind, words) in [(Over::Ant, "unplug", "no ANT stick"), (Over::Ble, "bluetooth_off", "BLE")] {
        let radio = format!("[[fault]]\nkind = \"{kind}\"\nat = \"4 min\"\nduration = \"2 min\"\n");
        let cut = "[[fault]]\nkind = \"power_cut\"\nat = \"5 min\"\n";
        let ridden = ride(&(radio + cut), Some(over));
        assert_eq!(ridden.landed, [1, 1], "{over:?}");
        assert!(ridden.says(250, words) && ridden.says(310, words), "{over:?}");
        let lost = ridden.notices(Reason::Lost, "mg.right");
        assert!(lost.iter().all(|at| (240..300).contains(at)), "{over:?}: {lost:?}");
        assert!(ridden.says(309, "searching") && !ridden.says(380, "searching"), "{over:?}");
        assert!(!ridden.says(380, words) || over == Over::Ble && ridden.says(380, "ble "), "{over:?}");
    }
}

/// Found by `sling swarm --seed 464`: the boot saw the stick missing that was put back at the same moment, and it stayed so.
#[test]
fn a_stick_that_is_put_back_at_the_very_moment_of_the_boot_is_there() {
    let faults = "[[fault]]\nkind = \"unplug\"\nat = \"4 min\"\nduration = \"2 min\"\n\
                  [[fault]]\nkind = \"power_cut\"\nat = \"5 min\"\nduration = \"1 min\"\n";
    let ridden = ride(faults, Some(Over::Ant));
    assert_eq!(ridden.landed, [1, 1]);
    assert!(!ridden.says(375, "no ANT stick") && !ridden.says(375, "searching"));
}

/// Found by `sling swarm --seed 419`: ten counts a second are two sensors under one number.
#[test]
fn a_train_red_on_ant_counts_no_faster_than_the_profile_can() {
    let text = RIDE.replacen("moxy", "train_red", 1);
    let scenario = Scenario::parse("faults.toml", &text).unwrap();
    for seed in 1..5 {
        let airwaves = Airwaves::new(&scenario, seed, Over::Ant);
        let (_, events, _) = play(Ride::simulated(&scenario, seed).on_air(airwaves), Vec::new());
        let ambiguous = |event: &Event| matches!(event, Event::Notice { reason: Reason::Ambiguous, .. });
        assert!(!events.iter().any(|(_, event)| ambiguous(event)), "{events:?}");
        let found = |event: &Event| matches!(event, Event::Sensor { change: SensorChange::Found, site: Some(_), .. });
        assert_eq!(events.iter().filter(|(_, event)| found(event)).count(), 2);
    }
}

/// What a head unit is told of earlier rides.
struct Restored(Rc<RefCell<Vec<(Instant, State)>>>);

impl Sink for Restored {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        if let Input::Restore(state) = input {
            self.0.borrow_mut().push((at, state.clone()));
        }
        Ok(())
    }
}

#[test]
fn what_was_learned_outlives_one_power_cut_and_another_soon_after_it() {
    let cut = |at: &str| format!("[[fault]]\nkind = \"power_cut\"\nat = \"{at}\"\n");
    let scenario = scenario(&(cut("11 min") + &cut("11 min 10 s")));
    let told = Rc::default();
    let ride = Ride::simulated(&scenario, scenario.seed);
    assert_eq!(play(ride, vec![Box::new(Restored(Rc::clone(&told)))]).0, [1, 1]);
    let told = told.borrow();
    let [(first, learned), (second, kept)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((first.as_ms(), second.as_ms()), (662_000, 672_000));
    assert_eq!(learned.gains.len(), 2);
    assert_eq!(learned, kept);
}

#[test]
fn packets_that_are_all_lost_are_a_sensor_that_is_lost() {
    let fault = "[[fault]]\nkind = \"loss\"\nfraction = 1.0\nat = \"3 min\"\nduration = \"40 s\"\n";
    for over in [Over::Ant, Over::Ble] {
        let ridden = ride(fault, Some(over));
        assert_eq!(ridden.landed, [1], "{over:?}");
        let told = ridden.notices(Reason::Lost, "mg.right");
        assert!(told.first().is_some_and(|told| (183..=190).contains(told)), "{over:?}: {told:?}");
        assert!(ridden.says(210, "no signal") && !ridden.says(240, "no signal"), "{over:?}");
    }
}

#[test]
fn every_fault_is_counted_at_its_place_in_the_file() {
    let fault = |kind: &str, more: &str, from_s: u32| {
        format!("[[fault]]\nkind = \"{kind}\"\nat = \"{from_s} s\"\nduration = \"10 s\"\n{more}\n")
    };
    let site = "site = \"vl.right\"";
    let faults = [
        fault("storage_full", "", 30),
        fault("unplug", "", 60),
        fault("hole", site, 120),
        fault("bluetooth_off", "", 120),
        fault("muted", "", 150),
        fault("swap", "site = \"vl.right\"\nwith = \"mg.right\"", 180),
        fault("power_cut", "", 240),
    ];
    let ridden = ride(&faults.concat(), Some(Over::Ant));
    let landed: Vec<bool> = ridden.landed.iter().map(|&n| n > 0).collect();
    // Nothing is on Bluetooth here, and nobody was told anything while cues were muted.
    assert_eq!(landed, [true, true, true, false, false, true, true], "{:?}", ridden.landed);
}

#[test]
fn every_kind_of_fault_can_be_written_and_says_what_it_needs() {
    for sort in &FAULTS {
        let keys = |needs: Needs| match needs {
            Needs::Nothing => "",
            Needs::Site => "site = \"mg.right\"\n",
            Needs::TwoSites => "site = \"mg.right\"\nwith = \"vl.right\"\n",
        };
        let half = |key: &&&str| (**key != "with").then(|| format!("{key} = 0.5"));
        let more = sort.keys.iter().filter_map(|key| half(&key)).collect::<Vec<_>>().join("\n");
        let fault = |keys: &str| format!("{RIDE}[[fault]]\nkind = \"{}\"\nat = \"1 min\"\n{keys}{more}", sort.name);
        let scenario = Scenario::parse("x", &fault(keys(sort.needs))).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.needs_air(), sort.radio, "{}", sort.name);
        let wrong = if sort.needs == Needs::Nothing { keys(Needs::Site) } else { "" };
        let error = Scenario::parse("x", &fault(wrong)).expect_err(sort.name).to_string();
        assert!(error.contains(&format!("`{}`", sort.name)) && error.contains("site"), "{error}");
    }
}
