//! Writes a short ride as FIT, and as CSV what other readers must find in each record (`tests/peers/fit/verify.py`).
//!
//! Two muscles, power, cadence, heart rate, speed, grade and temperature, a lap, a sensor that reports ambient light, one
//! that falls silent, and context that stops: everything that a record can hold or leave out.
//!
//! `cargo run -p sling-simulator --example fit_peer_ride -- RIDE.fit EXPECTED.csv`

use sling_core::head_unit::{Assignment, Context, Input};
use sling_core::sensor::{Identity, Muscle, Reason, Sample, Side, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, CelsiusTenths, CmPerS, GradeTenths, Rpm, Smo2, Thb, ThbScale, Watts};
use sling_simulator::export::fit;
use std::error::Error;
use std::fmt::Write;

/// 2025-06-01 06:00 UTC.
const START_UNIX_S: u64 = 1_748_757_600;
const SECONDS: u16 = 120;

const THIGH: Identity = Identity::Ant { number: 1234, transmission: 5 };
const CALF: Identity = Identity::Ble { address: [0xd0, 0x11, 0x22, 0x33, 0x16, 0x2e] };

const HEADER: &str = "timestamp,power,cadence,heart_rate,enhanced_speed,grade,temperature,saturated_hemoglobin_percent,\
                      total_hemoglobin_conc,1st SmO2 Sensor 1234 on R. Quad (vl),1st THb Sensor 1234 on R. Quad (vl),\
                      2nd SmO2 Sensor 5678 on R. Calf (mg),2nd THb Sensor 5678 on R. Calf (mg)";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(ride), Some(table)) = (arguments.next(), arguments.next()) else {
        return Err("name both files: fit_peer_ride RIDE.fit EXPECTED.csv".into());
    };
    let roster = [
        Assignment { identity: CALF, site: Site::new(Muscle::GastrocnemiusMedialis, Side::Right) },
        Assignment { identity: THIGH, site: Site::new(Muscle::VastusLateralis, Side::Right) },
    ];
    let mut file = Vec::new();
    fit::write((0..SECONDS).flat_map(at_second), &roster, START_UNIX_S, &mut file)?;
    std::fs::write(ride, file)?;
    let mut expected = format!("{HEADER}\n");
    for second in 0..SECONDS {
        writeln!(expected, "{}", row(second))?;
    }
    std::fs::write(table, expected)?;
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

fn at_second(second: u16) -> Vec<(Instant, Input<'static>)> {
    let at = Instant::from_ms(u64::from(second) * 1000);
    let mut inputs = Vec::new();
    if second == 60 {
        inputs.push((at, Input::Lap));
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
        inputs.push((at, Input::Context(context)));
    }
    inputs.push((at, sample(THIGH, second, thigh(second))));
    if let Some((tenths, hundredths)) = calf(second) {
        inputs.push((at, sample(CALF, second, Some((tenths, Some(hundredths))))));
    }
    inputs
}

fn sample(identity: Identity, count: u16, value: Option<(u16, Option<i16>)>) -> Input<'static> {
    let reading = value.ok_or(Reason::AmbientLight).and_then(|(tenths, hundredths)| {
        let smo2 = Smo2::from_tenths(tenths).ok_or(Reason::Implausible)?;
        let thb = hundredths.map(|hundredths| Thb { hundredths, scale: ThbScale::GramsPerDecilitre });
        Ok(Value { smo2, thb })
    });
    Input::Sample(Sample { identity, count, reading })
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
    format!("{stamp},{context},{thigh_smo2},{thigh_thb},{thigh_smo2},{thigh_thb},{calf_smo2},{calf_thb}")
}

fn decimal(value: u16, places: u32) -> String {
    let unit = 10_u16.pow(places);
    format!("{}.{:0width$}", value / unit, value % unit, width = places as usize)
}
