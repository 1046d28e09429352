//! Hours of riding on the emulated board, with sensors that go away, cuts of the power, restarts and crashes: nothing grows,
//! nothing is lost but what has to be.

use super::emulator::{Board, alone};
use super::rig::{Around, Bench};
use super::{STACK_LIMIT, note};
use sling_core::log::ride::{Entry, Life};
use sling_core::sensor::Site;
use sling_core::service::{Ask, Restart, Status};
use sling_core::time::{Duration, Instant};
use sling_simulator::formats::RideLog;
use sling_simulator::scenario::Scenario;
use std::collections::BTreeMap;
use std::fmt::Write;

/// As fast as the peers, which run on wall time, keep up with on a machine that does nothing else.
const SPEED: u32 = 20;
/// More than a day of four sensors and the input log.
const FLASH: usize = 16 << 20;
const SITES: [&str; 4] = ["mg.right", "vl.right", "mg.left", "vl.left"];
/// Something happens to the head unit this often.
const DISTURBED_EVERY_S: u64 = 20 * 60;
/// A sensor goes away this long after, for so long.
const HOLE_AFTER_S: u64 = 7 * 60;
const HOLE_S: u64 = 30;
/// A ride goes on within this after whatever happened.
const GOES_ON_WITHIN: Duration = Duration::from_ms(3000 + STALL_MS);
/// A sensor is heard again within this, in the head unit's time, which goes faster than the machine's.
const HEARD_WITHIN: Duration = Duration::from_s(15);
/// The machine below the emulator may stand still for 0.2 s; who answers in time in the board's own time is another test's.
const STALL_MS: u32 = 200 * SPEED;
/// A second is recorded when the next begins.
const BETWEEN_SECONDS_MS: u32 = 2500;
/// How much deeper the stack may be in one start than in another.
const STACK_ALIKE: u32 = 256;

/// Four sensors for so many hours of hills.
fn scenario(hours: u64) -> Scenario {
    let mut text = format!("version = 1\nname = \"soak\"\nduration = \"{hours} h\"\n");
    for site in SITES {
        write!(text, "[[sensor]]\nsite = \"{site}\"\nkind = \"moxy\"\nradio = \"ant\"\n").unwrap();
    }
    write!(
        text,
        "[[load]]\nkind = \"hills\"\nfrom = \"0 min\"\nto = \"{hours} h\"\npower_w = 200\nswing_w = 60\nperiod = \"5 min\"\n"
    )
    .unwrap();
    for (n, at) in (HOLE_AFTER_S..hours * 3600).step_by(DISTURBED_EVERY_S as usize).enumerate() {
        let site = SITES[n % SITES.len()];
        write!(text, "[[fault]]\nkind = \"hole\"\nsite = \"{site}\"\nat = \"{at} s\"\nduration = \"{HOLE_S} s\"\n")
            .unwrap();
    }
    Scenario::parse("soak", &text).unwrap()
}

#[test]
#[ignore = "four minutes, or with SLING_SLOW=1 an hour and a quarter, of a machine that does nothing else"]
fn it_rides_for_hours_through_losses_cuts_and_crashes() {
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let hours = if std::env::var_os("SLING_SLOW").is_some() { 24 } else { 1 };
    let bench = Bench::new(&board.image, FLASH, SPEED);
    let mut around = Around::new(&scenario(hours), SPEED);
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::Configure(around.wear())).unwrap();
    unit.cable.order(&Ask::Key(Some(sling_simulator::air::DUMMY_KEY))).unwrap();
    // What was seen before each disturbance, and at the end.
    let mut seen: Vec<Status> = Vec::new();
    let mut next_s = DISTURBED_EVERY_S;
    let end = Instant::from_ms(hours * 3_600_000);
    around.ride(&mut unit, end, |at, unit| {
        if at.as_ms() < next_s * 1000 || at >= end {
            return;
        }
        next_s += DISTURBED_EVERY_S;
        seen.push(unit.cable.status().unwrap());
        match seen.len() % 3 {
            1 => {
                unit.cut();
                *unit = bench.power_on();
            }
            2 => unit.crash(),
            _ => unit.cable.send(&Ask::Restart(Restart::Same)).unwrap(),
        }
    });
    seen.push(unit.cable.status().unwrap());
    unit.cable.order(&Ask::Ride(sling_core::head_unit::RideAct::End)).unwrap();
    let rides = unit.cable.rides().unwrap();
    let [stored] = rides[..] else { panic!("{rides:?}") };
    let log = unit.cable.log(stored, |_| {}).unwrap();
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());

    let stacks: Vec<_> = seen.iter().map(|status| status.stack.0).collect();
    // The first start was given its settings, which takes most.
    let (most, later) = (stacks[0], &stacks[1..]);
    let alike = later.iter().all(|it| it.abs_diff(later[0]) <= STACK_ALIKE && *it <= most);
    assert!(u64::from(most) <= STACK_LIMIT && alike, "stack: {stacks:?}");
    assert!(seen.iter().all(|status| status.ride == Some(1)), "{seen:?}");
    let read = RideLog::read(&log).unwrap();
    assert!(read.remarks.is_empty(), "{:?}", read.remarks);
    let entries = &read.rides[0].entries;
    // Where it was disturbed it goes on; everywhere else a second is followed by the next.
    let restarts: Vec<_> =
        entries.iter().filter(|(_, it)| *it == Entry::Life(Life::PowerOn)).map(|(at, _)| *at).collect();
    assert_eq!(restarts.len(), seen.len() - 1);
    for pair in entries.windows(2) {
        let gap = pair[1].0.since(pair[0].0);
        let allowed = if restarts.contains(&pair[1].0) {
            GOES_ON_WITHIN
        } else {
            Duration::from_ms(BETWEEN_SECONDS_MS + STALL_MS)
        };
        assert!(gap <= allowed, "{gap:?} before {} s", pair[1].0.as_ms() / 1000);
    }
    // A sensor is silent only where it was away, or where it is looked for after a start.
    let mut heard: BTreeMap<Site, (u64, Instant)> = BTreeMap::new();
    let mut holes = 0;
    for (at, entry) in entries {
        let Entry::Sample { site, reading: Ok(_) } = entry else { continue };
        let (count, last) = heard.entry(*site).or_insert((0, *at));
        let gap = at.since(*last);
        if gap > Duration::from_s(7) {
            let was_restarted = restarts.iter().any(|restart| (*last..=*at).contains(restart));
            let is_hole = gap >= Duration::from_s(HOLE_S as u32 - 2) && gap <= Duration::from_s(HOLE_S as u32 + 15);
            holes += u32::from(is_hole);
            assert!(is_hole || was_restarted && gap <= HEARD_WITHIN, "{site}: {gap:?} before {} s", at.as_ms() / 1000);
        }
        (*count, *last) = (*count + 1, *at);
    }
    assert_eq!(u64::from(holes), hours * 3600 / DISTURBED_EVERY_S, "each hole is seen, and no other");
    note(&format!(
        "{hours} h at {SPEED} times the speed of a wall clock, {} restarts, {holes} holes: {} entries, {} bytes of log with the \
         input log; stack {stacks:?} bytes; samples {:?}",
        restarts.len(),
        entries.len(),
        stored.bytes,
        heard.values().map(|(count, _)| count).collect::<Vec<_>>()
    ));
}
