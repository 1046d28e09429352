//! The board's image under emulation says and shows what the desktop does, and keeps to its room.
//!
//! `SLING_REPLAY_IMAGE=$(device/build.sh replay) cargo test -p sling-tests --test board` runs it. Without an image these tests
//! say `SKIP` and pass; with `SLING_REQUIRE_BOARD=1` a missing image or emulator is a failure. `SLING_HEAD_UNIT_IMAGE` is the
//! same for the head unit, and for its sensors over Bluetooth `SLING_BUMBLE_PYTHON` names a Python with Bumble. Each ride is ridden here,
//! by the simulator's own replay of its input log, and on the board from the same file; one line of text tells whether
//! they were the same.

mod bluetooth;
mod budget;
mod c_host;
mod emulator;
mod fit_table;
mod head_unit;
mod replica;
mod ride;
mod rig;
mod soak;

use budget::Budget;
use emulator::{Board, Run};
use sling_core::head_unit::{Config, Event, PatternKind, Place, RideDigest};
use sling_core::link::{Radio, RadioState, Trouble};
use sling_core::log::HEADER_LEN;
use sling_core::sensor::Reason;
use sling_core::time::Instant;
use sling_core::ui::PAGES;
use sling_core::{HeadUnit, Input};
use sling_simulator::error::CommandError;
use sling_simulator::formats::Options;
use sling_simulator::player::{Player, Ticks};
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::{Scenario, builtin};
use sling_simulator::sink::{CollectSink, Collected, DigestSink, LogSink, WholeFile};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a ride may take of the stack, in bytes. Of flash and RAM, `budget.txt` says it.
const CORE_STACK_LIMIT: u64 = 8 * 1024;
const STACK_LIMIT: u64 = 20 * 1024;
/// What the design allows an image with one language, in bytes of flash.
const FLASH_LIMIT: u64 = 224 * 1024;
/// What the dearest second may take with eight sensors, instructions. Measured: 470 400, one with a step of the detectors:
/// eight baselines with 24 onsets each, their contest, and the trends of two. At 1.5 cycles each it is 11 ms at 64 MHz, of
/// 250 ms from a radio byte to a cue; a second without a step takes 120 000.
const SECOND_LIMIT: u64 = 520_000;
/// What drawing may take on the reference display in the demo, instructions: the page whole, at worst; what changed in a
/// second, with finding it out, on average; the chart, five minutes of two muscles, on average.
const FRAME_LIMIT: u64 = 300_000;
const UPDATE_LIMIT: u64 = 200_000;
const CHART_LIMIT: u64 = 130_000;
/// Of the lines of that display, the share that may be sent a second.
const LINES_LIMIT_PER_CENT: u64 = 40;
const LINES: u64 = 400;
/// A reading of the counter is off by less than a step at either end.
const COUNTER_STEP: u64 = 40;

/// A ride, its log, and what it was when it was first ridden.
struct Ridden {
    log: PathBuf,
    digest: RideDigest,
    events: Collected,
    _folder: TempDir,
}

/// Rides what `inputs` hands over, with a tick at each deadline in between, and keeps its log.
fn record(inputs: impl FnOnce(&mut dyn FnMut(&Input<'_>, Instant))) -> Ridden {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("ride.slinglog");
    let (digest_sink, digest) = DigestSink::new();
    let (collect_sink, events) = CollectSink::new();
    let log_sink = LogSink::new(WholeFile::create(&log).unwrap()).unwrap();
    let mut player =
        Player::new(vec![Box::new(digest_sink), Box::new(collect_sink), Box::new(log_sink)], Ticks::Deadlines);
    inputs(&mut |input, at| player.play(input, at).unwrap());
    player.finish().unwrap();
    let (digest, events) = (*digest.borrow(), events.borrow().clone());
    Ridden { log, digest, events, _folder: folder }
}

fn demo() -> Ridden {
    let scenario = Scenario::parse("demo", builtin("demo").unwrap()).unwrap();
    record(|play| {
        Ride::simulated(&scenario, scenario.seed)
            .play(&Config::DEFAULT, None, |input, at| {
                play(input, at);
                Ok(Flow::Continue)
            })
            .unwrap();
    })
}

fn everything() -> Ridden {
    record(|play| ride::ride(20_261_121, play))
}

/// Rides a log here.
fn ride_here(log: &Path) -> Result<RideDigest, CommandError> {
    let mut ride = Ride::open(log, &Options::default())?;
    let (sink, digest) = DigestSink::new();
    let mut player = Player::of(&mut ride, vec![Box::new(sink)]);
    ride.play(&Config::DEFAULT, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })?;
    player.finish()?;
    let digest = *digest.borrow();
    Ok(digest)
}

/// A changed copy of a log, beside it.
fn changed(ridden: &Ridden, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = fs::read(&ridden.log).unwrap();
    change(&mut bytes);
    let path = ridden.log.with_file_name(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// What stands after `key` on the line that begins with it.
fn said<'a>(run: &'a Run, key: &str) -> &'a str {
    let line = run.text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("the board said nothing of {key}:\n{}", run.text))
}

/// The number that follows `word` on the line that begins with `key`.
fn figure(run: &Run, key: &str, word: &str) -> u64 {
    let mut words = said(run, key).split(' ');
    words.find(|it| *it == word);
    words.next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {word} of {key}:\n{}", run.text))
}

/// Says on the terminal itself, which the test harness does not capture.
fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "NOTE {text}");
}

fn note_costs(name: &str, run: &Run) {
    note(&format!("{name} on the board, {:.1} s, instructions (mean/worst, times):", run.took.as_secs_f32()));
    for kind in ["sample", "radio", "tick", "context", "other", "update", "chart", "frame"] {
        let key = format!("instructions {kind}");
        let [mean, worst, times] = ["mean", "worst", "times"].map(|word| figure(run, &key, word));
        note(&format!("  {kind:8} {mean:8} {worst:8} {times:6}"));
    }
}

/// Rides a log on the board and here; both come to the same, and the board keeps to its stack.
fn ride_on_both(board: &Board, log: &Path) -> Run {
    let here = ride_here(log).unwrap();
    let run = board.run(Some(log));
    assert_eq!(run.code, Some(0), "{}", run.text);
    assert_eq!(said(&run, "digest"), here.to_string());
    let [counted, known] = ["counted", "known"].map(|word| figure(&run, "counter", word));
    assert!(counted.abs_diff(known) <= COUNTER_STEP, "{counted} instructions counted, {known} executed");
    let [peak, outside] = ["peak", "outside_core"].map(|word| figure(&run, "stack", word));
    assert!(peak <= STACK_LIMIT, "{peak} bytes of stack");
    assert!(peak - outside <= CORE_STACK_LIMIT, "{} bytes of stack for core", peak - outside);
    assert_eq!(figure(&run, "lines", "unequal"), 0, "updates that were not as if drawn whole");
    run
}

#[test]
fn the_ride_of_this_test_holds_every_kind_of_input_and_what_it_provokes() {
    let mut kinds = [0_u32; POWER_ON];
    let ridden = record(|play| {
        ride::ride(20_261_121, &mut |input, at| {
            kinds[kind(input)] += 1;
            play(input, at);
        });
    });
    // Ticks are the player's.
    kinds[kind(&Input::Tick)] += 1;
    assert!(kinds.iter().all(|&n| n > 0), "{kinds:?}");
    let happened = |what: fn(&Event) -> bool| ridden.events.iter().any(|(_, event)| what(event));
    let overload = Instant::from_ms(u64::from(ride::OVERLOAD_S) * 1000);
    assert!(ridden.events.iter().any(|(at, event)| matches!(event, Event::Alert { .. }) && *at > overload));
    assert!(happened(|e| matches!(e, Event::AlertLevel { .. })));
    assert!(happened(|e| matches!(e, Event::Acknowledged { .. })));
    assert!(happened(|e| matches!(e, Event::Armed { .. })));
    assert!(happened(|e| matches!(e, Event::Disarmed { .. })));
    for state in [RadioState::Starting, RadioState::Ready, RadioState::Trouble(Trouble::NoDevice)] {
        assert!(ridden.events.iter().any(|(_, e)| *e == Event::Radio { radio: Radio::Ant, state }), "{state:?}");
    }
    for reason in [
        Reason::Lost,
        Reason::Stale,
        Reason::NoData,
        Reason::AmbientLight,
        Reason::Invalid,
        Reason::Implausible,
        Reason::LowBattery,
    ] {
        let told = |event: &Event| matches!(event, Event::Notice { reason: it, .. } if *it == reason);
        assert!(ridden.events.iter().any(|(_, event)| told(event)), "{reason:?}");
    }
    assert_eq!(ride_here(&ridden.log).unwrap(), ridden.digest, "the log is the ride");
}

#[test]
fn the_ride_of_this_test_looks_at_every_page_that_suits_and_at_its_items() {
    let mut unit = Box::new(HeadUnit::new());
    let mut seen: BTreeSet<(&str, bool)> = BTreeSet::new();
    let mut last = "";
    ride::ride(20_261_121, &mut |input, at| {
        unit.handle(input, at);
        while unit.poll_output().is_some() {}
        let snapshot = unit.snapshot();
        seen.insert((unit.page().id(), snapshot.screen.item.is_some()));
        last = unit.page().id();
    });
    for page in PAGES.iter().filter(|page| page.id() != "heads") {
        assert!(seen.contains(&(page.id(), page.items().is_some())), "{}: {seen:?}", page.id());
    }
    assert_eq!(last, "balance", "the rest of the ride is looked at on its page");
}

/// The last kind of input: it is not for a head unit, and the board's rides are of one.
const POWER_ON: usize = 20;

/// The place of an input's kind among all.
const fn kind(input: &Input<'_>) -> usize {
    match input {
        Input::Configure(_) => 0,
        Input::Restore(_) => 1,
        Input::Tick => 2,
        Input::AntBytes(_) => 3,
        Input::Ble(_) => 4,
        Input::Sample(_) => 5,
        Input::Context(_) => 6,
        Input::Posture(_) => 7,
        Input::Position(_) => 8,
        Input::Marker(_) => 9,
        Input::Lap => 10,
        Input::Button(..) => 11,
        Input::Battery { .. } => 12,
        Input::WallTime { .. } => 13,
        Input::Storage(_) => 14,
        Input::CueDelivery { .. } => 15,
        Input::AntPort(_) => 16,
        Input::Search(_) => 17,
        Input::Session(_) => 18,
        Input::Touch(_) => 19,
        Input::PowerOn => POWER_ON,
        Input::Ride(_) => 21,
        Input::Crashed(_) => 22,
    }
}

#[test]
fn the_demo_is_the_same_on_the_board_and_costs_the_same_each_time() {
    let Some(board) = Board::replay() else { return };
    let ridden = demo();
    let run = ride_on_both(&board, &ridden.log);
    assert_eq!(said(&run, "digest"), ridden.digest.to_string(), "the log is the ride");
    assert!(ridden.digest.frames >= 2400, "{} frames", ridden.digest.frames);
    assert_eq!(board.run(Some(&ridden.log)).text, run.text);
    note_costs("the demo", &run);
    for (kind, which, limit) in
        [("frame", "worst", FRAME_LIMIT), ("update", "mean", UPDATE_LIMIT), ("chart", "mean", CHART_LIMIT)]
    {
        let cost = figure(&run, &format!("instructions {kind}"), which);
        assert!((1..=limit).contains(&cost), "{cost} instructions for a {kind}, {which}");
    }
    let [sent, median, p90, most] = ["sent", "median", "p90", "most"].map(|word| figure(&run, "lines", word));
    let mean = sent / ridden.digest.frames;
    note(&format!("lines sent a second: mean {mean} of {LINES}, median {median}, 90 % {p90}, most {most}"));
    assert!((1..=LINES * LINES_LIMIT_PER_CENT / 100).contains(&mean), "{mean} lines a second");
}

#[test]
fn a_ride_with_every_kind_of_input_is_the_same_on_the_board() {
    let Some(board) = Board::replay() else { return };
    let run = ride_on_both(&board, &everything().log);
    assert!(
        ["sample", "radio", "tick", "context", "other"]
            .iter()
            .all(|kind| { figure(&run, &format!("instructions {kind}"), "times") > 0 })
    );
    note_costs("a ride of every kind of input", &run);
}

#[test]
fn eight_sensors_with_every_pattern_keep_to_their_time() {
    let Some(board) = Board::replay() else { return };
    let ridden = record(|play| ride::eight_sites(20_261_122, play));
    for site in ride::EIGHT {
        let is_of = |place: &Place| place.site == site || place.against == Some(site);
        let armed = |event: &Event| matches!(event, Event::Armed { place } if is_of(place));
        assert!(ridden.events.iter().any(|(_, event)| armed(event)), "{site:?} was never judged");
    }
    let told: Vec<PatternKind> = ridden
        .events
        .iter()
        .filter_map(|(_, event)| if let Event::Alert { pattern, .. } = event { Some(*pattern) } else { None })
        .collect();
    for kind in [PatternKind::CalfOverload, PatternKind::OutflowRestriction, PatternKind::SlowRecovery] {
        assert!(told.contains(&kind), "{kind:?} is not among {told:?}");
    }
    let run = ride_on_both(&board, &ridden.log);
    let [step, tick] = ["step", "tick"].map(|kind| {
        let key = format!("instructions {kind}");
        ["mean", "worst", "times"].map(|word| figure(&run, &key, word))
    });
    let other = (tick[0] * tick[2] - step[0] * step[2]) / (tick[2] - step[2]);
    let bytes = figure(&run, "bytes", "detector");
    note(&format!(
        "detector: {bytes} bytes a muscle, {} instructions a 5-s step with 8 sites, all patterns on",
        step[0] - other
    ));
    note(&format!("  a second takes {other}, one with a step {}, the dearest {}", step[0], tick[1]));
    note_costs("eight sensors", &run);
    assert!(step[0] > other, "a step takes no longer than another second");
    assert!(tick[1] <= SECOND_LIMIT, "{} instructions in the dearest second", tick[1]);
}

#[test]
fn a_log_that_was_cut_is_ridden_up_to_the_cut() {
    let Some(board) = Board::replay() else { return };
    let ridden = demo();
    let half = changed(&ridden, "half.slinglog", |bytes| bytes.truncate(bytes.len() / 2));
    ride_on_both(&board, &half);
    let inputs = ride_here(&half).unwrap().inputs;
    assert!(inputs > ridden.digest.inputs / 3 && inputs < ridden.digest.inputs * 2 / 3, "{inputs}");

    let short = changed(&ridden, "short.slinglog", |bytes| bytes.truncate(bytes.len() - 1));
    let run = ride_on_both(&board, &short);
    assert_eq!(ride_here(&short).unwrap().inputs, ridden.digest.inputs - 1);
    assert_ne!(said(&run, "cut_bytes"), "0");
}

#[test]
fn a_log_that_is_broken_is_refused_with_its_place() {
    let Some(board) = Board::replay() else { return };
    let ridden = demo();
    let broken = changed(&ridden, "broken.slinglog", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
    });
    let Err(CommandError::Log { offset, error, .. }) = ride_here(&broken) else { panic!("the break is not seen here") };
    assert!(offset > HEADER_LEN as u64);
    let run = board.run(Some(&broken));
    assert_eq!(run.code, Some(1), "{}", run.text);
    assert_eq!(said(&run, "error"), format!("the log at byte {offset}: {error}"));
    assert!(!run.text.contains("digest"), "{}", run.text);
}

#[test]
fn what_is_no_log_is_refused_in_words() {
    let Some(board) = Board::replay() else { return };
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.csv");
    fs::write(&other, "t_s,power_w\n0,200\n").unwrap();
    for (log, words) in [
        (Some(other.as_path()), "the log at byte 0: does not begin with SLINGLOG"),
        (Some(&*folder.path().join("missing.slinglog")), "opening missing.slinglog: "),
        (None, "no log is named: "),
    ] {
        let run = board.run(log);
        assert_eq!(run.code, Some(1), "{}", run.text);
        assert!(said(&run, "error").starts_with(words), "{words}: {}", run.text);
    }
}

#[test]
fn the_image_keeps_to_its_flash_and_its_ram() {
    let Some(board) = Board::head_unit() else { return };
    let image = board.made_of();
    let mut budget = Budget::read();
    if std::env::var_os("SLING_ACCEPT").is_some() {
        budget = budget.accept(&image);
        fs::write(Budget::path(), budget.to_string()).unwrap();
    }

    let sections = board.sections();
    let sum = |names: &[&str]| -> u64 {
        sections.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, size)| size).sum()
    };
    // What is initialised takes its place in RAM, and in flash what it is initialised with.
    let flash = sum(&[".vector_table", ".text", ".rodata", ".data"]);
    let ram = sum(&[".data", ".bss", ".uninit"]);
    note(&format!("the image takes {flash} bytes of flash and {ram} of static RAM"));
    for (title, lines) in budget.tables(&image) {
        note(&format!("  {title}, bytes of what budget.txt allows:"));
        for line in lines {
            note(&format!("  {line}"));
        }
    }

    let changed = budget.changed(&image);
    let mut wrong = budget.beyond_design(&image);
    if budget.is_of(&image) {
        wrong.extend(changed);
    } else {
        note("  the limits of parts are another compiler's, and are not held");
        for line in changed {
            note(&format!("  {line}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "the image is not within tests/board/budget.txt:\n  {}\nIf a part is worth it: SLING_ACCEPT=1 and this test again",
        wrong.join("\n  ")
    );
    // Two readers agree, and no byte is lost.
    assert_eq!((image.flash.values().sum(), image.ram.values().sum()), (flash, ram), "flash, RAM: rows, sections");
}

/// With core, screen and fonts and little else, the design's limit for one language holds. With everything around them it does
/// not yet: `budget.txt` says what the head unit takes.
#[test]
fn core_alone_keeps_to_the_flash_of_one_language() {
    let Some(board) = Board::replay() else { return };
    let flash: u64 = board.made_of().flash.values().sum();
    note(&format!("the image that rides logs takes {flash} bytes of flash"));
    assert!(flash <= FLASH_LIMIT, "{flash} bytes");
}

#[test]
fn no_place_of_a_panic_in_core_is_linked_in() {
    let Some(board) = Board::head_unit() else { return };
    assert_eq!(board.places(&["core", "fonts"]), [] as [String; 0]);
    // The same image with checks for overflow has many: they would be found.
    match Board::planted() {
        Some(planted) => assert!(!planted.places(&["core"]).is_empty(), "the checks for overflow are not found"),
        None => note("no image with planted panics: SLING_PLANTED_IMAGE=$(device/build.sh planted) names one"),
    }
}
