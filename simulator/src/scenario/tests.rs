//! What a scenario file may say, and what it is told when it may not.

use super::{BUILTIN, Count, Course, EffectKind, Expected, Pattern, Problem, Scenario, Shape, builtin};
use proptest::prelude::*;
use sling_core::head_unit::{Event, SensorChange, StorageResult};
use sling_core::sensor::{Identity, Reason};
use sling_core::time::{Duration, Instant};

/// A small right scenario, a line each.
const RIGHT: &str = r#"version = 1
name = "small"
duration = "10 min"
[rider]
correlation = 0.3
[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"
number = 1234
[[sensor]]
site = "vl.right"
kind = "train_red"
radio = "ble"
[[load]]
kind = "steady"
from = "0 s"
to = "5 min"
power_w = 200
[[load]]
kind = "hills"
from = "5 min"
duration = "5 min"
power_w = 200
swing_w = 50
period = "1 min"
[[effect]]
pattern = "calf_overload"
at = "4 min"
size_pct = 10
[[fault]]
kind = "hole"
site = "mg.right"
at = "8 min"
duration = "12 s"
[[press]]
at = "3 min"
button = "select"
[[expect]]
alert = "calf_overload"
of = "4 min"
within = "2:00"
[[touch]]
at = "2 min"
kind = "tap"
x = 120
y = 77
"#;

fn parse(text: &str) -> Result<Scenario, super::ScenarioError> {
    Scenario::parse("ride.toml", text)
}

#[test]
fn the_scenarios_of_the_program_are_right() {
    for (name, text) in BUILTIN {
        let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
        assert!(!scenario.expectations.is_empty(), "{name} expects nothing");
        assert_eq!(builtin(name), Some(text));
    }
    assert_eq!(builtin("nothing"), None);
}

#[test]
fn the_example_of_the_documentation_is_right() {
    let readme = include_str!("../../scenarios/README.md");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    Scenario::parse("README.md", example).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_right_scenario_means_what_it_says() {
    let scenario = parse(RIGHT).unwrap();
    assert_eq!(scenario.seed, 1);
    assert_eq!(scenario.duration, Duration::from_s(600));
    assert_eq!(scenario.rider.correlation, Some(0.3));
    assert_eq!(scenario.sensors[0].identity, Identity::Ant { number: 1234, transmission: 5 });
    assert!(matches!(scenario.sensors[1].identity, Identity::Ble { address: [first, ..] } if first >> 6 == 3));
    assert_eq!(scenario.loads[0].shape, Shape::Steady { power_w: 200.0 });
    assert_eq!(scenario.loads[1].to, Instant::from_ms(600_000));
    let effect = &scenario.effects[0];
    assert_eq!((effect.kind, effect.until), (EffectKind::CalfOverload, None));
    assert_eq!(effect.sites, [scenario.sensors[0].site]);
    assert_eq!(effect.course, Course::Step { size_pct: 10.0, tau_s: 20.0 });
    let expectation = scenario.expectations[0];
    assert_eq!(expectation.what, Expected::Alert(Pattern::CalfOverload));
    assert_eq!((expectation.from, expectation.until), (Instant::from_ms(240_000), Instant::from_ms(360_000)));
    assert_eq!(expectation.count, Count::Some);
}

#[test]
fn expectations_count_and_forbid() {
    for (lines, what, count) in [
        ("alert = \"any\"\ncount = 2", Expected::Alert(Pattern::Any), Count::Exactly(2)),
        ("no_alert = \"vl_fatigue\"", Expected::Alert(Pattern::VlFatigue), Count::Exactly(0)),
        ("notice = \"ambient_light\"", Expected::Notice(Reason::AmbientLight), Count::Some),
        ("no_notice = \"any\"", Expected::AnyNotice, Count::Exactly(0)),
        ("notice = \"ambiguous\"", Expected::Notice(Reason::Ambiguous), Count::Some),
        ("cue = \"sensor_lost\"", Expected::Cue("sensor_lost"), Count::Some),
        ("no_cue = \"any\"", Expected::AnyCue, Count::Exactly(0)),
        ("event = \"lap\"\ncount = 3", Expected::Event("lap"), Count::Exactly(3)),
        ("no_event = \"sensor_lost\"", Expected::Event("sensor_lost"), Count::Exactly(0)),
    ] {
        let scenario = parse(&format!("{RIGHT}[[expect]]\n{lines}\n")).unwrap();
        let expectation = scenario.expectations[1];
        assert_eq!((expectation.what, expectation.count), (what, count), "{lines}");
        assert_eq!((expectation.from, expectation.until), (Instant::ZERO, Instant::from_ms(600_000)));
    }
    assert!(Count::Some.allows(3) && !Count::Some.allows(0));
    assert!(Count::Exactly(0).allows(0) && !Count::Exactly(1).allows(2));
}

/// Each event here happens at its second; the expectation looks at 100 to 200 s.
#[test]
fn what_was_expected_is_judged_by_the_events_of_its_time() {
    let scenario = parse(RIGHT).unwrap();
    let site = scenario.sensors[0].site;
    let sensor = |change| Event::Sensor {
        identity: scenario.sensors[0].identity,
        kind: sling_core::sensor::SensorKind::MuscleOxygen,
        site: Some(site),
        change,
    };
    let events: Vec<(Instant, Event)> = [
        (50, Event::Lap { number: 2 }),
        (150, Event::Lap { number: 3 }),
        (160, sensor(SensorChange::Lost)),
        (170, Event::Storage(StorageResult::Full)),
        (250, sensor(SensorChange::Back)),
    ]
    .map(|(s, event)| (Instant::from_ms(s * 1000), event))
    .into();
    for (expects, held) in [
        ("event = \"lap\"\ncount = 1", true),
        ("event = \"lap\"\ncount = 2", false),
        ("event = \"sensor_lost\"", true),
        ("event = \"sensor\"\ncount = 1", true),
        ("event = \"sensor_lost\"\nsite = \"mg.right\"", true),
        ("event = \"sensor_lost\"\nsite = \"vl.right\"", false),
        ("event = \"sensor_back\"", false),
        ("no_event = \"sensor_back\"", true),
        ("event = \"storage_full\"", true),
        ("no_event = \"storage\"", false),
        ("no_event = \"armed\"", true),
        ("no_cue = \"any\"", true),
        ("cue = \"sensor_lost\"", false),
    ] {
        let text = format!("{RIGHT}[[expect]]\n{expects}\nof = \"100 s\"\nwithin = \"100 s\"\n");
        let outcome = parse(&text).unwrap().judge(&events).pop().unwrap();
        assert_eq!(outcome.held, held, "{expects}: {}", outcome.words);
        assert!(outcome.words.contains("between 100 s and 200 s: wanted"), "{}", outcome.words);
    }
}

/// Each case: a line of [`RIGHT`], what takes its place, the line where the error is, and words that it has.
#[test]
fn errors_name_the_line_the_value_and_what_would_be_right() {
    let cases: &[(&str, &str, usize, &[&str])] = &[
        ("version = 1", "version = 2", 1, &["version 2", "version 1"]),
        ("version = 1", "version = \"1\"", 1, &["version", "string"]),
        ("name = \"small\"", "nmae = \"small\"", 2, &["unknown field `nmae`", "`name`"]),
        ("duration = \"10 min\"", "duration = \"10 mins\"", 3, &["`10 mins` is no time", "40 min"]),
        ("duration = \"10 min\"", "duration = 600", 3, &["duration = 600", "string"]),
        ("duration = \"10 min\"", "duration = \"49 h\"", 3, &["48 h"]),
        ("duration = \"10 min\"", "duration = \"0 s\"", 3, &["longer than nothing"]),
        ("correlation = 0.3", "correlation = 1.5", 5, &["`correlation` is 1.5", "from 0 to 1"]),
        ("correlation = 0.3", "correlation = nan", 5, &["`correlation` is NaN"]),
        ("correlation = 0.3", "corelation = 0.3", 5, &["unknown field `corelation`", "`correlation`"]),
        ("site = \"vl.right\"", "site = \"mg.right\"", 12, &["`mg.right` is worn already, since line 7"]),
        ("site = \"vl.right\"", "site = \"calf.right\"", 12, &["`calf.right`", "unknown muscle code", "mg"]),
        ("kind = \"train_red\"", "kind = \"trainred\"", 13, &["`trainred`", "`moxy`", "`train_red`"]),
        ("radio = \"ble\"", "radio = \"ant\"\nnumber = 1234", 15, &["ant number is taken already, since line 7"]),
        ("number = 1234", "number = 70000", 10, &["`number` is 70000", "65535"]),
        ("number = 1234", "number = -1", 10, &["-1"]),
        ("to = \"5 min\"", "to = \"6 min\"", 22, &["begins before the one of line 16 ends"]),
        ("to = \"5 min\"", "to = \"0 s\"", 18, &["`to` must lie after `from`"]),
        ("to = \"5 min\"", "to = \"11 min\"", 18, &["`to` lies after the end"]),
        ("to = \"5 min\"", "to = \"5 min\"\nduration = \"5 min\"", 19, &["`duration` and `to` exclude"]),
        ("to = \"5 min\"", "", 16, &["`steady` needs `to` or `duration`"]),
        ("power_w = 200", "power_w = 200\nswing_w = 10", 20, &["`steady` does not take `swing_w`", "power_w"]),
        ("power_w = 200", "", 16, &["`steady` needs `power_w`"]),
        ("power_w = 200", "power_w = 9000", 19, &["`power_w` is 9000"]),
        ("kind = \"steady\"", "kind = \"stedy\"", 16, &["`stedy`", "`steady`"]),
        ("period = \"1 min\"", "", 21, &["`hills` needs `period`"]),
        ("pattern = \"calf_overload\"", "pattern = \"calf_overlaod\"", 28, &["`calf_overlaod`", "`calf_overload`"]),
        ("pattern = \"calf_overload\"", "pattern = \"tibialis_overload\"", 28, &["seen at ta", "worn are mg.right"]),
        ("pattern = \"calf_overload\"", "pattern = \"drift\"", 28, &["`drift` needs `site`"]),
        ("size_pct = 10", "", 28, &["`size_pct` or `slope_pct_per_min`"]),
        ("size_pct = 10", "size_pct = -10", 30, &["`size_pct` is -10"]),
        ("size_pct = 10", "slope_pct_per_min = 1\nonset = \"5 s\"", 31, &["exclude"]),
        ("kind = \"hole\"", "kind = \"miss\"", 32, &["`miss` needs `fraction`"]),
        ("kind = \"hole\"", "kind = \"hole\"\nfraction = 0.5", 33, &["`hole` does not take `fraction`"]),
        ("kind = \"hole\"", "kind = \"swap\"\nwith = \"mg.right\"", 33, &["own site", "vl.right"]),
        ("at = \"8 min\"", "at = \"18 min\"", 34, &["`at` lies after the end"]),
        ("duration = \"12 s\"", "duration = \"12 min\"", 35, &["`duration` lies after the end"]),
        ("button = \"select\"", "button = \"left\"", 38, &["`left`", "`select`"]),
        ("kind = \"tap\"", "kind = \"pinch\"", 45, &["`pinch`", "`swipe_left`"]),
        ("kind = \"tap\"", "kind = \"hold\"", 46, &["`hold` does not take `x`", "takes at"]),
        ("x = 120", "", 45, &["`tap` needs `x` and `y`"]),
        ("y = 77", "y = 40000", 47, &["`y` is 40000", "from 0 to 32767"]),
        ("y = 77", "y = -1", 47, &["`y` is -1"]),
        ("y = 77", "y = 77\nbutton = \"up\"", 48, &["unknown field `button`", "`kind`"]),
        ("alert = \"calf_overload\"", "alert = \"sore\"", 40, &["`sore`", "`calf_overload`"]),
        ("alert = \"calf_overload\"", "notice = \"sore\"", 40, &["`sore` is no notice", "ambient_light"]),
        ("alert = \"calf_overload\"", "cue = \"applause\"", 40, &["`applause` is no cue", "calf_overload"]),
        ("alert = \"calf_overload\"", "event = \"lunch\"", 40, &["`lunch` is no event", "sensor_lost"]),
        ("alert = \"calf_overload\"", "event = \"lap\"\nno_cue = \"any\"", 39, &["exactly one of `alert`"]),
        ("kind = \"hole\"", "kind = \"unplug\"", 33, &["`unplug` does not take `site`", "at, duration"]),
        ("kind = \"hole\"", "kind = \"muted\"", 33, &["`muted` does not take `site`"]),
        ("kind = \"hole\"\nsite = \"mg.right\"", "kind = \"duplicate\"", 32, &["`duplicate` needs `site`"]),
        ("kind = \"hole\"\nsite = \"mg.right\"", "kind = \"clock_jump\"", 32, &["`clock_jump` needs `by_s`"]),
        ("kind = \"hole\"\nsite = \"mg.right\"", "kind = \"loss\"\nfraction = 1.1", 33, &["`fraction` is 1.1"]),
        ("alert = \"calf_overload\"", "", 39, &["exactly one of `alert`"]),
        ("within = \"2:00\"", "within = \"20 min\"", 42, &["`within` lies after the end"]),
        ("within = \"2:00\"", "site = \"bf.left\"", 42, &["no sensor is worn at `bf.left`"]),
    ];
    for (old, new, line, words) in cases {
        assert!(RIGHT.contains(old), "{old}");
        let text = RIGHT.replacen(old, new, 1);
        let error = parse(&text).expect_err(new);
        let message = error.to_string();
        assert!(message.starts_with(&format!("ride.toml:{line}:")), "{new}: {message}");
        assert_eq!(message.lines().count(), 1, "one line: {message}");
        for word in *words {
            assert!(message.contains(word), "{word} in: {message}");
        }
    }
}

#[test]
fn a_ride_without_sensors_is_refused() {
    let error = parse("version = 1\nname = \"x\"\nduration = \"1 s\"\n").unwrap_err();
    assert_eq!(*error.problem, Problem::NoSensor);
    let error = parse("name = \"x\"").unwrap_err();
    assert!(error.to_string().contains("version"), "{error}");
    assert!(parse("").is_err());
}

#[test]
fn interruptions_may_lie_inside_a_load_but_not_inside_one_another() {
    let coast = |from: &str| format!("[[load]]\nkind = \"coast\"\nfrom = \"{from}\"\nduration = \"30 s\"\n");
    let scenario = parse(&format!("{RIGHT}{}{}", coast("1 min"), coast("2 min"))).unwrap();
    assert_eq!((scenario.loads.len(), scenario.interruptions.len()), (2, 2));
    let error = parse(&format!("{RIGHT}{}{}", coast("1 min"), coast("80 s"))).unwrap_err();
    assert!(matches!(*error.problem, Problem::Overlap { .. }), "{error}");
}

proptest! {
    #[test]
    fn garbage_is_refused_without_a_panic(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn a_damaged_scenario_never_panics(at in 0..RIGHT.len(), cut in 0..40usize, put in "[\"=\\[\\]{}#.a-z0-9 \\n-]{0,8}") {
        let end = (at + cut).min(RIGHT.len());
        let _ = parse(&format!("{}{put}{}", &RIGHT[..at], &RIGHT[end..]));
    }
}
