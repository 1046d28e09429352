//! Writes a short ride as FIT, and as CSV what other readers must find in each record (`tests/peers/fit/verify.py`).
//!
//! Two muscles, power, cadence, heart rate, speed, grade and temperature, D, a lap, a rest, an alert and a marker, a sensor
//! that reports ambient light, one that falls silent, and context that stops: everything that a file can hold or leave out.
//!
//! `cargo run -p sling-simulator --example fit_peer_ride -- RIDE.fit EXPECTED.csv EVENTS.csv`

use sling_core::head_unit::{Assignment, Context, Event, Level, PatternKind, Place};
use sling_core::log::fit;
use sling_core::log::ride::{Entry, Life};
use sling_core::sensor::{Identity, Muscle, Reason, Side, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, CelsiusTenths, CmPerS, GradeTenths, Rpm, Smo2, Thb, ThbScale, Watts};
use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write;

/// 2025-06-01 06:00 UTC.
const START_UNIX_S: u64 = 1_748_757_600;
const SECONDS: u16 = 120;

const THIGH: Assignment = Assignment {
    identity: Identity::Ant { number: 1234, transmission: 5 },
    site: Site::new(Muscle::VastusLateralis, Side::Right),
};
const CALF: Assignment = Assignment {
    identity: Identity::Ble { address: [0xd0, 0x11, 0x22, 0x33, 0x16, 0x2e] },
    site: Site::new(Muscle::GastrocnemiusMedialis, Side::Right),
};
/// The ride rests from 1:30 to 1:40.
const REST: std::ops::Range<u16> = 90..100;

const HEADER: &str = "timestamp,power,cadence,heart_rate,enhanced_speed,grade,temperature,saturated_hemoglobin_percent,\
                      total_hemoglobin_conc,1st SmO2 Sensor 1234 on R. Quad (vl),1st THb Sensor 1234 on R. Quad (vl),\
                      2nd SmO2 Sensor 5678 on R. Calf (mg),2nd THb Sensor 5678 on R. Calf (mg),Sling D,Sling calf share";

/// What the events must be: time, event, kind, and the text of ours.
const EVENTS: [(u16, &str, &str, &str); 8] = [
    (0, "timer", "start", ""),
    (33, "user_marker", "marker", "calf_overload mg.right info"),
    (43, "user_marker", "marker", "calf_overload mg.right caution"),
    (62, "user_marker", "marker", "marker: cramp"),
    (73, "user_marker", "marker", "calf_overload mg.right cleared"),
    (90, "timer", "stop_all", ""),
    (100, "timer", "start", ""),
    (119, "timer", "stop_all", ""),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(table), Some(events)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("name three files: fit_peer_ride RIDE.fit EXPECTED.csv EVENTS.csv".into());
    };
    let start = Event::WallTime { unix_s: START_UNIX_S, offset_min: 120 };
    let mut ride: Vec<_> =
        [Entry::Worn(CALF), Entry::Worn(THIGH), Entry::Event(start)].map(|it| (Instant::ZERO, it)).into();
    ride.extend((0..SECONDS).flat_map(at_second));
    let mut file = Vec::new();
    fit::write(|| ride.iter().cloned(), &mut |bytes: &[u8]| -> Result<(), Infallible> {
        file.extend_from_slice(bytes);
        Ok(())
    })
    .map_err(|error| error.to_string())?;
    std::fs::write(path, file)?;
    let mut expected = format!("{HEADER}\n");
    for second in (0..SECONDS).filter(|second| !REST.contains(second)) {
        writeln!(expected, "{}", row(second))?;
    }
    std::fs::write(table, expected)?;
    let mut expected = "timestamp,event,event_type,text\n".to_owned();
    for (second, event, kind, text) in EVENTS {
        writeln!(expected, "{},{event},{kind},{text}", START_UNIX_S + u64::from(second))?;
    }
    std::fs::write(events, expected)?;
    Ok(())
}

/// Context stops after 0:50 and comes back at 1:10.
fn has_context(second: u16) -> bool {
    !(51..70).contains(&second)
}

/// The thigh sees ambient light at 0:20; tHb is missing at 0:25.
fn thigh(second: u16) -> Option<(u16, Option<i16>)> {
    (second != 20).then_some((600 - second, (second != 25).then_some(1234)))
}

/// The calf is silent from 0:30 to 0:59.
fn calf(second: u16) -> Option<(u16, i16)> {
    (!(30..60).contains(&second)).then_some((700 - 2 * second, 1150 + second as i16))
}

/// D is known from 0:40 on, and goes from 4 points with the thigh to beyond the end of the bar with the calf.
fn d_tenths(second: u16) -> Option<i16> {
    (second >= 40).then_some(40 - 28 * (second as i16 % 10))
}

fn happens(second: u16) -> Option<Entry> {
    let (pattern, site) = (PatternKind::CalfOverload, CALF.site);
    let place = Place { site, against: Some(THIGH.site) };
    let event = match second {
        33 => {
            let since = Instant::from_ms(20_000);
            Event::Alert { pattern, place, level: Level::Info, strength_tenths: 91, since }
        }
        43 => Event::AlertLevel { pattern, site, level: Level::Caution },
        60 => Event::Lap { number: 2 },
        62 => Event::Marker { label: "cramp".parse().ok()? },
        73 => Event::AlertCleared { pattern, site },
        _ => {
            return if second == REST.start {
                Some(Entry::Life(Life::Paused))
            } else if second == REST.end {
                Some(Entry::Life(Life::Resumed))
            } else {
                None
            };
        }
    };
    Some(Entry::Event(event))
}

fn at_second(second: u16) -> Vec<(Instant, Entry)> {
    let at = Instant::from_ms(u64::from(second) * 1000);
    let mut inputs = Vec::new();
    inputs.extend(happens(second).map(|entry| (at, entry)));
    if let Some(d_tenths) = d_tenths(second) {
        inputs.push((at, Entry::Balance { side: Side::Right, d_tenths }));
    }
    if has_context(second) {
        let context = Context {
            power: Some(Watts(200 + second)),
            cadence: Some(Rpm(90)),
            heart_rate: Some(Bpm(140)),
            speed: Some(CmPerS(833)),
            grade: Some(GradeTenths(-25)),
            temperature: Some(CelsiusTenths(214)),
        };
        inputs.push((at, Entry::Context(context)));
    }
    inputs.push((at, sample(THIGH, thigh(second))));
    if let Some((tenths, hundredths)) = calf(second) {
        inputs.push((at, sample(CALF, Some((tenths, Some(hundredths))))));
    }
    inputs
}

fn sample(sensor: Assignment, value: Option<(u16, Option<i16>)>) -> Entry {
    let reading = value.ok_or(Reason::AmbientLight).and_then(|(tenths, hundredths)| {
        let smo2 = Smo2::from_tenths(tenths).ok_or(Reason::Implausible)?;
        let thb = hundredths.map(|hundredths| Thb { hundredths, scale: ThbScale::GramsPerDecilitre });
        Ok(Value { smo2, thb })
    });
    Entry::Sample { site: sensor.site, reading }
}

/// The row that readers must find, worked out from the rules and not from the file: context holds for five seconds, a
/// reading for less than seven.
fn row(second: u16) -> String {
    let held =
        |known: &dyn Fn(u16) -> bool, for_s: u16| (0..=for_s.min(second)).map(|ago| second - ago).find(|s| known(*s));
    let context =
        held(&has_context, 5).map_or_else(|| ",,,,,".to_owned(), |s| format!("{},90,140,8.33,-2.5,21", 200 + s));
    let thigh = thigh(second);
    let thigh_smo2 = thigh.map_or(String::new(), |(tenths, _)| decimal(tenths, 1));
    let thigh_thb = thigh.and_then(|(_, thb)| thb).map_or(String::new(), |thb| decimal(thb as u16, 2));
    let calf = held(&|s| calf(s).is_some(), 6).and_then(calf);
    let calf_smo2 = calf.map_or(String::new(), |(tenths, _)| decimal(tenths, 1));
    let calf_thb = calf.map_or(String::new(), |(_, thb)| decimal(thb as u16, 2));
    let stamp = START_UNIX_S + u64::from(second);
    let d = d_tenths(second);
    // The bar is full at 20 points.
    let share = d.map_or(String::new(), |d| (50 - d.clamp(-200, 200) / 4).to_string());
    let d = d.map_or(String::new(), |d| format!("{:.1}", f32::from(d) / 10.0));
    format!("{stamp},{context},{thigh_smo2},{thigh_thb},{thigh_smo2},{thigh_thb},{calf_smo2},{calf_thb},{d},{share}")
}

fn decimal(value: u16, places: u32) -> String {
    let unit = 10_u16.pow(places);
    format!("{}.{:0width$}", value / unit, value % unit, width = places as usize)
}
