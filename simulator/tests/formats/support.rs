//! Fixtures, and recordings in words.

use sling_core::head_unit::{Context, Posture};
use sling_core::sensor::{Reading, Value};
use sling_core::units::ThbScale;
use sling_simulator::formats::{FormatError, Item, Options, Recording, parse_site, read};
use std::path::{Path, PathBuf};

/// Every fixture that is a whole recording, with the sites that it needs.
pub const FIXTURES: [(&str, &str); 11] = [
    ("sling.csv", ""),
    ("moxy_onboard.csv", "vl.right"),
    ("moxy_onboard.xlsx", "vl.right"),
    ("moxy_two_channels.xlsx", "vl.left,vl.right"),
    ("perfpro.xlsx", "mg.right,vl.right"),
    ("vo2master.csv", "mg.right,vl.right,ta.right"),
    ("vo2master_average.xlsx", "mg.right,vl.right"),
    ("vo2master_units.xlsx", "mg.right,vl.right"),
    ("train_red_two.csv", ""),
    ("train_red_one.csv", ""),
    ("train_red_wide.csv", ""),
];

/// Where a fixture lies.
pub fn path(file: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/formats")).join(file)
}

/// Whether a fixture is text: a part of it can be a recording, a part of a container cannot.
pub fn is_text(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "csv")
}

/// The bytes of a fixture.
pub fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(path(file)).unwrap()
}

/// Options from what would stand behind `--sites`.
pub fn options(sites: &str) -> Options {
    let sites = sites.split(',').filter(|site| !site.is_empty());
    Options { sites: sites.map(|site| parse_site(site).unwrap()).collect() }
}

/// A text read as a recording.
pub fn read_text(text: &str) -> Result<Recording, FormatError> {
    read(text.as_bytes(), &Options::default())
}

/// A recording, a line for each item: time in seconds, then what happened.
pub fn words(recording: &Recording) -> Vec<String> {
    let line = |timed: &sling_simulator::formats::Timed| {
        let what = match &timed.item {
            Item::Sample { channel, count, reading } => {
                let site = recording.channels[usize::from(*channel)].site.unwrap();
                format!("{site} #{count} {}", reading_words(*reading))
            }
            Item::Context(context) => context_words(context),
            Item::Posture(Posture::Seated) => "seated".into(),
            Item::Posture(Posture::Standing) => "standing".into(),
            Item::Position(label) => format!("position {label}"),
            Item::Marker(label) => format!("marker {label}"),
            Item::Lap => "lap".into(),
        };
        format!("{:.3} {what}", timed.at.as_ms() as f64 / 1000.0)
    };
    recording.items.iter().map(line).collect()
}

fn reading_words(reading: Reading) -> String {
    match reading {
        Err(reason) => reason.code().into(),
        Ok(Value { smo2, thb: None }) => format!("{:.1}", smo2.percent()),
        Ok(Value { smo2, thb: Some(thb) }) => {
            let unit = if thb.scale == ThbScale::GramsPerDecilitre { "g/dL" } else { "au" };
            format!("{:.1} {:.2} {unit}", smo2.percent(), thb.value())
        }
    }
}

fn context_words(context: &Context) -> String {
    let mut parts = Vec::new();
    parts.extend(context.power.map(|v| format!("{} W", v.0)));
    parts.extend(context.cadence.map(|v| format!("{} rpm", v.0)));
    parts.extend(context.heart_rate.map(|v| format!("{} bpm", v.0)));
    parts.extend(context.speed.map(|v| format!("{} cm/s", v.0)));
    parts.extend(context.grade.map(|v| format!("{} per mille", v.0)));
    parts.extend(context.temperature.map(|v| format!("{} d°C", v.0)));
    parts.join(", ")
}
