//! Writes the ride that the FIT reader is timed on: six hours at 1 Hz, two muscle-oxygen sensors, power, cadence, heart
//! rate and speed. The same bytes every time.
//!
//! `cargo run --release -p sling-simulator --example fit_six_hours -- RIDE.fit`

use sling_core::head_unit::{Assignment, Context, Event};
use sling_core::log::fit;
use sling_core::log::ride::Entry;
use sling_core::sensor::{Identity, Muscle, Side, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, CmPerS, Rpm, Smo2, Thb, ThbScale, Watts};
use std::convert::Infallible;
use std::error::Error;
use std::f32::consts::TAU;

const SECONDS: u64 = 6 * 3600;
/// 2025-06-01 06:00 UTC.
const START_UNIX_S: u64 = 1_748_757_600;

const CALF: Assignment = Assignment {
    identity: Identity::Ant { number: 5678, transmission: 5 },
    site: Site::new(Muscle::GastrocnemiusMedialis, Side::Right),
};
const THIGH: Assignment = Assignment {
    identity: Identity::Ant { number: 1234, transmission: 5 },
    site: Site::new(Muscle::VastusLateralis, Side::Right),
};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to write: fit_six_hours RIDE.fit")?;
    let mut noise = Noise(1);
    let start = Event::WallTime { unix_s: START_UNIX_S, offset_min: 0 };
    let mut ride: Vec<_> =
        [Entry::Worn(THIGH), Entry::Worn(CALF), Entry::Event(start)].map(|it| (Instant::ZERO, it)).into();
    ride.extend((0..SECONDS).flat_map(|second| at_second(second, &mut noise)));
    let mut file = Vec::new();
    fit::write(|| ride.iter().cloned(), &mut |bytes: &[u8]| -> Result<(), Infallible> {
        file.extend_from_slice(bytes);
        Ok(())
    })
    .map_err(|error| error.to_string())?;
    std::fs::write(&path, &file)?;
    eprintln!("{path}: {} bytes, {SECONDS} s", file.len());
    Ok(())
}

/// What comes in at a second: hills of five minutes, muscles that follow the load, a lap every half hour.
fn at_second(second: u64, noise: &mut Noise) -> Vec<(Instant, Entry)> {
    let at = Instant::from_ms(second * 1000);
    let hill = (TAU * (second % 300) as f32 / 300.0).sin();
    let hours = second as f32 / 3600.0;
    let power = 200.0 + 70.0 * hill + 12.0 * noise.next();
    let context = Context {
        power: Some(Watts(power as u16)),
        cadence: Some(Rpm((86.0 - 6.0 * hill + 2.0 * noise.next()) as u16)),
        heart_rate: Some(Bpm((138.0 + 12.0 * hill + 2.0 * hours) as u16)),
        speed: Some(CmPerS((830.0 - 250.0 * hill + 10.0 * noise.next()) as u16)),
        ..Context::default()
    };
    let thigh = sample(THIGH, 58.0 - 0.07 * (power - 200.0) - 0.8 * hours + noise.next(), 12.4 + 0.1 * hill);
    let calf = sample(CALF, 64.0 - 0.04 * (power - 200.0) - 0.3 * hours + noise.next(), 11.8 - 0.1 * hill);
    let lap = (second > 0 && second.is_multiple_of(1800))
        .then_some((at, Entry::Event(Event::Lap { number: (second / 1800 + 1) as u16 })));
    lap.into_iter().chain([(at, Entry::Context(context)), (at, thigh), (at, calf)]).collect()
}

fn sample(sensor: Assignment, smo2: f32, thb: f32) -> Entry {
    let smo2 = Smo2::from_tenths((smo2.clamp(1.0, 99.0) * 10.0) as u16);
    let thb = Thb { hundredths: (thb * 100.0) as i16, scale: ThbScale::GramsPerDecilitre };
    let reading = smo2.map(|smo2| Value { smo2, thb: Some(thb) }).ok_or(sling_core::sensor::Reason::Implausible);
    Entry::Sample { site: sensor.site, reading }
}

/// Uniform noise from -1 to 1, by Knuth's MMIX generator.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}
