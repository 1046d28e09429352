//! Whole rides through the one core: what must be told, what must not, and the same twice.

use sling_core::config::LEAST_POINTS;
use sling_core::head_unit::{Assignment, Config, Event, Level, Place, ReferenceFrame, RideDigest, Volume};
use sling_core::sensor::{Identity, Reason, Sample, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Smo2, Thb, ThbScale};
use sling_core::{HeadUnit, Input};
use sling_simulator::airwaves::{Airwaves, Over};
use sling_simulator::formats::{Options, parse_site};
use sling_simulator::player::{Player, Ticks};
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::{Scenario, builtin};
use sling_simulator::sink::{CollectSink, Collected, DigestSink, LogSink, Sink, WholeFile, event_json};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

fn scenario(name: &str) -> Scenario {
    Scenario::parse(name, builtin(name).unwrap()).unwrap()
}

/// Rides to the end, watched by `more`; the events.
fn ride(of: Ride, more: Vec<Box<dyn Sink>>) -> Collected {
    ride_with(&Config::DEFAULT, of, more)
}

fn ride_with(config: &Config, mut ride: Ride, more: Vec<Box<dyn Sink>>) -> Collected {
    let (sink, events) = CollectSink::new();
    let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(sink)];
    sinks.extend(more);
    let mut player = Player::of(&mut ride, sinks);
    ride.play(config, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })
    .unwrap();
    player.finish().unwrap();
    events.take()
}

fn digests(of: Ride) -> RideDigest {
    let (sink, digest) = DigestSink::new();
    ride(of, vec![Box::new(sink)]);
    digest.replace(RideDigest::new())
}

fn count(events: &Collected, wanted: impl Fn(&Event) -> bool) -> usize {
    events.iter().filter(|(_, event)| wanted(event)).count()
}

fn is_alert(event: &Event) -> bool {
    matches!(event, Event::Alert { .. })
}

#[test]
fn a_ride_with_calf_overload_raises_exactly_one_alert_with_its_cue() {
    let scenario = scenario("demo");
    for seed in [scenario.seed, 1, 2, 3] {
        let events = ride(Ride::simulated(&scenario, seed), Vec::new());
        assert_eq!(count(&events, is_alert), 1, "seed {seed}");
        let raised = events.iter().find(|(_, event)| is_alert(event)).map(|(at, _)| at.as_ms() / 1000).unwrap();
        assert!((1200..=1380).contains(&raised), "seed {seed}: {raised} s");
        let cued = count(&events, |e| matches!(e, Event::Cue(c) if c.cue.code() == "calf_overload"));
        assert!(cued >= 1, "seed {seed}");
    }
}

#[test]
fn the_settings_of_alerts_only_ever_leave_out() {
    let raised = |events: &Collected| -> Vec<(u64, Place, u16)> {
        let alert = |(at, event): &(Instant, Event)| match event {
            Event::Alert { place, strength_tenths, .. } => Some((at.as_ms(), *place, *strength_tenths)),
            _ => None,
        };
        events.iter().filter_map(alert).collect()
    };
    let cues = |events: &Collected, from: Level| {
        count(events, |e| matches!(e, Event::Cue(c) if c.cue.code() == "calf_overload" && c.level >= from))
    };
    let mut left_out = 0;
    for seed in 1..=4 {
        let with = |config: Config| ride_with(&config, Ride::simulated(&scenario("demo"), seed), Vec::new());
        let usual = with(Config::DEFAULT);
        let told = raised(&usual);
        for least_points in LEAST_POINTS {
            let fewer = raised(&with(Config { least_points, ..Config::DEFAULT }));
            assert!(fewer.len() <= told.len(), "seed {seed}, {least_points} points: {fewer:?}");
            for &(at, place, tenths) in &fewer {
                assert!(tenths >= 10 * u16::from(least_points), "seed {seed}, {least_points} points: {tenths}");
                assert!(told.iter().any(|(first, of, _)| *first <= at && *of == place), "seed {seed}: {place:?}");
            }
            left_out += told.len() - fewer.len();
        }
        let warnings = with(Config { cues_from: Level::Warning, ..Config::DEFAULT });
        assert_eq!(raised(&warnings), told);
        assert!(cues(&usual, Level::Caution) > cues(&usual, Level::Warning), "seed {seed}");
        assert_eq!(cues(&warnings, Level::Caution), cues(&usual, Level::Warning), "seed {seed}");
        // A volume changes nothing but the cues' own.
        let quiet = with(Config { haptic: Volume::Low, beep: Volume::Off, ..Config::DEFAULT });
        assert_eq!(quiet.len(), usual.len());
        for ((at, event), (then, other)) in quiet.iter().zip(&usual) {
            assert_eq!(at, then);
            match (event, other) {
                (Event::Cue(cue), Event::Cue(usual)) => {
                    assert_eq!((cue.haptic, cue.beep), (Volume::Low, Volume::Off));
                    assert_eq!((cue.id, cue.cue, cue.level), (usual.id, usual.cue, usual.level));
                }
                _ => assert_eq!(event, other),
            }
        }
    }
    assert!(left_out > 0, "no ride had a shift that is too small");
}

#[test]
fn the_same_ride_without_overload_raises_none() {
    for name in ["demo-without-overload", "steady"] {
        let scenario = scenario(name);
        for seed in [scenario.seed, 1, 2, 3, 4, 5, 6, 7] {
            let events = ride(Ride::simulated(&scenario, seed), Vec::new());
            assert_eq!(count(&events, is_alert), 0, "{name}, seed {seed}");
            assert!(count(&events, |e| matches!(e, Event::Armed { .. })) > 0, "{name}, seed {seed}: never armed");
        }
    }
}

#[test]
fn what_the_built_in_scenarios_expect_happens() {
    for name in ["demo", "demo-without-overload", "steady", "six-hours", "faults", "head-unit-faults", "swap"] {
        let scenario = scenario(name);
        let events = ride(Ride::simulated(&scenario, scenario.seed), Vec::new());
        let failed: Vec<_> = scenario.judge(&events).into_iter().filter(|outcome| !outcome.held).collect();
        assert!(failed.is_empty(), "{name}: {failed:?}");
    }
}

#[test]
fn the_same_happens_when_every_sample_goes_over_the_air() {
    for name in ["demo", "demo-without-overload", "faults", "head-unit-faults", "radio-faults"] {
        for over in [Over::Ant, Over::Ble, Over::AsWritten] {
            let scenario = scenario(name);
            let on_air =
                Ride::simulated(&scenario, scenario.seed).on_air(Airwaves::new(&scenario, scenario.seed, over));
            let events = ride(on_air, Vec::new());
            let failed: Vec<_> = scenario.judge(&events).into_iter().filter(|outcome| !outcome.held).collect();
            assert!(failed.is_empty(), "{name} over {over:?}: {failed:?}");
        }
    }
}

#[test]
fn a_log_of_a_ride_over_the_air_is_that_ride() {
    let scenario = scenario("radio-faults");
    let on_air = || Ride::simulated(&scenario, 9).on_air(Airwaves::new(&scenario, 9, Over::AsWritten));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("air.slinglog");
    let log = LogSink::new(WholeFile::create(&path).unwrap()).unwrap();
    let events = ride(on_air(), vec![Box::new(log)]);
    assert_eq!(ride(Ride::open(&path, &Options::default()).unwrap(), Vec::new()), events);
    assert_eq!(digests(Ride::open(&path, &Options::default()).unwrap()), digests(on_air()));
}

#[test]
fn sensors_that_go_and_come_together_are_one_cue_each_way() {
    let scenario = scenario("radio-faults");
    for over in [Over::Ant, Over::Ble] {
        let on_air = Ride::simulated(&scenario, scenario.seed).on_air(Airwaves::new(&scenario, scenario.seed, over));
        let events = ride(on_air, Vec::new());
        let cued = |code: &str| count(&events, |e| matches!(e, Event::Cue(c) if c.cue.code() == code));
        // The stick or the adapter, then one sensor, then the other.
        assert_eq!((cued("sensor_lost"), cued("sensor_back")), (3, 3), "{over:?}");
    }
}

#[test]
fn the_same_ride_twice_is_the_same_and_so_is_its_log() {
    let scenario = scenario("demo");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ride.slinglog");
    let log = LogSink::new(WholeFile::create(&path).unwrap()).unwrap();
    let (digest_sink, first) = DigestSink::new();
    let events = ride(Ride::simulated(&scenario, scenario.seed), vec![Box::new(log), Box::new(digest_sink)]);
    assert_eq!(*first.borrow(), digests(Ride::simulated(&scenario, scenario.seed)));
    let again = ride(Ride::open(&path, &Options::default()).unwrap(), Vec::new());
    assert_eq!(again, events);
    let from_log = digests(Ride::open(&path, &Options::default()).unwrap());
    assert_eq!(from_log, digests(Ride::simulated(&scenario, scenario.seed)));
}

/// The digests of the demo as committed: debug, release and every later build must agree, or say that they don't.
#[test]
fn the_demo_is_the_one_that_was_committed() {
    let scenario = scenario("demo");
    let seen = digests(Ride::simulated(&scenario, scenario.seed)).to_string() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/demo-digest.txt");
    if std::env::var_os("SLING_ACCEPT").is_some() {
        std::fs::write(&path, &seen).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(seen, committed, "if this change is meant: SLING_ACCEPT=1 cargo test -p sling-tests");
}

#[test]
fn an_input_that_nobody_drains_loses_outputs_aloud() {
    let mut unit = HeadUnit::new();
    for i in 0..200 {
        unit.handle(&Input::Lap, Instant::from_ms(i));
    }
    let mut dropped = 0;
    while let Some(output) = unit.poll_output() {
        if let sling_core::Output::Event(Event::OutputsDropped { count }) = output {
            dropped += count;
        }
    }
    assert!(dropped > 0);
}

#[test]
fn a_clock_that_jumps_forward_costs_no_time_and_backward_stands_still() {
    let mut unit = HeadUnit::new();
    unit.handle(&Input::Tick, Instant::from_ms(0));
    for at in [1_u64 << 40, (1 << 40) - 5000, u64::MAX - 1, u64::MAX, 7] {
        unit.handle(&Input::Tick, Instant::from_ms(at));
        while unit.poll_output().is_some() {}
    }
}

/// Inputs of every kind with whatever content postcard can make of noise, at times that jump both ways.
#[test]
fn no_input_makes_the_head_unit_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut handled = 0;
    for _ in 0..60 {
        let mut unit = Box::new(HeadUnit::new());
        let mut now = next() % 1_000_000;
        let mut config = Config::DEFAULT;
        for (channel, site) in (0..).zip(["mg.right", "vl.right", "mg.left", "vl.left"]) {
            let assignment = Assignment { identity: Identity::Channel(channel), site: site.parse().unwrap() };
            config.roster.push(assignment).unwrap();
        }
        unit.handle(&Input::Configure(config), Instant::from_ms(now));
        for _ in 0..3000 {
            let noise: Vec<u8> = (0..8).flat_map(|_| next().to_le_bytes()).collect();
            // The first byte is the kind of input; the others are its content.
            let mut bytes = noise;
            bytes[0] %= 17;
            for byte in bytes.iter_mut().skip(1).step_by(3) {
                *byte %= 4;
            }
            now = match next() % 50 {
                0 => next(),
                1 => now.saturating_sub(next() % 100_000),
                _ => now.saturating_add(next() % 3000),
            };
            if next() % 3 == 0 {
                // A sample of a sensor that is worn, often an odd one.
                let smo2 = Smo2::from_tenths((next() % 1001) as u16).unwrap();
                let thb = Some(Thb { hundredths: next() as i16, scale: ThbScale::GramsPerDecilitre });
                let identity = Identity::Channel((next() % 4) as u8);
                let sample = Sample { identity, count: next() as u16, reading: Ok(Value { smo2, thb }) };
                unit.handle(&Input::Sample(sample), Instant::from_ms(now));
            }
            let Ok((input, _)) = postcard::take_from_bytes::<Input<'_>>(&bytes) else { continue };
            unit.handle(&input, Instant::from_ms(now));
            handled += 1;
            if handled % 40 == 0 {
                let mut frame = ReferenceFrame::new(RideDigest::THEME);
                unit.draw_on(&mut frame);
            }
            while unit.poll_output().is_some() {}
        }
    }
    assert!(handled > 50_000, "{handled}");
}

// ---- recordings of real sensors -------------------------------------------------------------------------------------

/// The shared recordings, or `None` said aloud; a failure where they are required.
fn recordings() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("SLING_DATA").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("SLING_REQUIRE_DATA").is_none_or(|v| v != "1"), "no recordings at {}", folder.display());
    // On the terminal itself, which the test harness does not capture.
    let words = "SKIP recordings of real sensors";
    let _ = writeln!(io::stderr(), "{words}: no folder {}; SLING_DATA names another", folder.display());
    None
}

fn recording(folder: &Path, name: &str, sites: &str) -> Ride {
    let sites = sites.split(',').filter(|s| !s.is_empty()).map(|s| parse_site(s).unwrap()).collect();
    Ride::open(&folder.join(name), &Options { sites }).unwrap()
}

/// SmO2 by second; `None` where the chart has a gap.
type Chart = Vec<(u64, Option<f32>)>;

/// SmO2 as each trend's chart holds it: every value that a site's five minutes ever held.
struct Charted {
    site: Site,
    values: Rc<RefCell<Chart>>,
}

impl Sink for Charted {
    fn after(&mut self, at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        if matches!(input, Input::Tick) {
            let snapshot = unit.snapshot();
            let view = [snapshot.calf, snapshot.thigh].into_iter().flatten().find(|view| view.site == self.site);
            if let Some((bins, newest)) = view.map(|v| v.five_minutes).and_then(|bins| Some((bins, bins.newest()?))) {
                self.values.borrow_mut().push((at.as_ms() / 1000, bins.get(newest)));
            }
        }
        Ok(())
    }
}

fn charted(of: Ride, site: &str) -> Chart {
    let values = Rc::default();
    ride(of, vec![Box::new(Charted { site: site.parse().unwrap(), values: Rc::clone(&values) })]);
    values.take()
}

fn notices(events: &Collected, wanted: Reason, site: &str) -> Vec<u64> {
    let site: Site = site.parse().unwrap();
    let is_it = |event: &Event| matches!(event, Event::Notice { reason, site: at } if *reason == wanted && *at == site);
    events.iter().filter(|(_, event)| is_it(event)).map(|(at, _)| at.as_ms() / 1000).collect()
}

#[test]
fn every_recording_replays_to_its_end_without_an_alert() {
    let Some(folder) = recordings() else { return };
    for (name, sites) in [
        ("mnirs/moxy_intervals.csv", "mg.right"),
        ("mnirs/moxy-occlusion.xlsx", "mg.right"),
        ("mnirs/moxy_ramp.xlsx", "mg.right,vl.right"),
        ("mnirs/perfpro-mre.xlsx", "mg.right,vl.right"),
        ("mnirs/train.red-mre.csv", ""),
        ("mnirs/train.red_intervals.csv", "mg.right,vl.right"),
        ("mnirs/vo2master.csv", "mg.right,vl.right,rf.right"),
        ("mnirs_dev/moxy_ramp_example.xlsx", "mg.right,vl.right"),
        ("mnirs_dev/train.red_interval_example.csv", ""),
        ("mnirs_dev/vo2master_dataaverage_example.xlsx", "mg.right,vl.right"),
        ("mnirs_dev/vo2master_moxyunit_example.xlsx", "mg.right,vl.right"),
    ] {
        let of = recording(&folder, name, sites);
        let end = of.end.unwrap();
        assert!(end.as_ms() > 0, "{name}");
        let events = ride(of, Vec::new());
        assert_eq!(count(&events, is_alert), 0, "{name}");
        assert!(count(&events, |e| matches!(e, Event::Sensor { .. })) >= 2, "{name}");
    }
}

#[test]
fn injected_zeros_and_hundreds_never_reach_a_trend() {
    let Some(folder) = recordings() else { return };
    let values = charted(recording(&folder, "mnirs/moxy_ramp.xlsx", "mg.right,vl.right"), "mg.right");
    let held: Vec<f32> = values.iter().filter_map(|(_, value)| *value).collect();
    assert!(held.len() > 900, "{}", held.len());
    let (low, high) = held.iter().fold((101.0_f32, -1.0_f32), |(low, high), &y| (low.min(y), high.max(y)));
    // Without the injected values the left sensor stays between 14 % and 80 %.
    assert!(low > 5.0 && high < 90.0, "{low} to {high}");
}

#[test]
fn the_long_holes_of_train_red_break_the_line_and_are_stale() {
    let Some(folder) = recordings() else { return };
    let of = || recording(&folder, "mnirs/train.red_intervals.csv", "mg.right,vl.right");
    let events = ride(of(), Vec::new());
    for site in ["mg.right", "vl.right"] {
        let stale = notices(&events, Reason::Stale, site);
        // Holes of 11.7 s from 967.0 s and of 10.7 s from 1089.0 s of the file's own clock.
        assert!(stale.iter().any(|s| (973..976).contains(s)), "{site} {stale:?}");
        assert!(stale.iter().any(|s| (1095..1098).contains(s)), "{site} {stale:?}");
        let values = charted(of(), site);
        for hole in [974..978, 1096..1099] {
            let inside = values.iter().filter(|(s, _)| hole.contains(s));
            assert!(inside.clone().count() > 0 && inside.clone().all(|(_, value)| value.is_none()), "{site} {hole:?}");
        }
    }
}

#[test]
fn a_description_in_words_goes_with_every_page() {
    let scenario = scenario("demo");
    let mut player = Player::new(Vec::new(), Ticks::Deadlines);
    Ride::simulated(&scenario, scenario.seed)
        .play(&Config::DEFAULT, None, |input, at| {
            player.play(input, at)?;
            Ok(if at.as_ms() < 1_500_000 { Flow::Continue } else { Flow::Stop })
        })
        .unwrap();
    let mut words = String::new();
    player.unit().describe(240, 400, &mut words).unwrap();
    assert!(words.contains("calf falling 4 min") && words.contains("CALF mg.right: "), "{words}");
    let mut line = String::new();
    write!(line, "{}", event_json(Instant::from_ms(1500), &Event::Lap { number: 2 })).unwrap();
    assert_eq!(line, r#"{"t_s":1.5,"event":"lap","number":2}"#);
}
