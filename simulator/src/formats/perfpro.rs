//! `PerfPRO` Studio's worksheet of a ride.
//!
//! Two lines about the program, then `Time, MS, MSDiff, Watts, …, HR, Cadence, Speed, Distance, Grade%, Lap, …,
//! SmO2 (<sensor>), ThB (<sensor>)`. `MS` counts milliseconds and is the clock. Rows come about every 0.56 s and hold
//! the last value of a sensor that sends every 2 s. The first row, at `MS` 0, holds zeros for sensors that have not yet
//! spoken: these are no samples. `Speed` follows the units of the user's settings, which the file does not name, so it
//! is not read.

use super::builder::{Builder, Clock, Rule, bpm, grade_pct, reading, rpm, seconds, watts};
use super::error::FormatError;
use super::moxy::{Columns, Laps, SMO2_WANTED};
use super::table::{Header, Row, Rows};
use super::{Item, Recording};
use sling_core::head_unit::Context;
use sling_core::units::{Bpm, ThbScale};

const SMO2: &str = "SmO2 (";

/// Whether `row` is the header of this layout.
pub fn is_header(row: &Row) -> bool {
    ["Time", "MS", "MSDiff"].iter().all(|name| row.find(name).is_some())
}

/// Reads the rows below `header`.
pub fn read(header: &Header, rows: &mut dyn Rows) -> Result<Recording, FormatError> {
    let mut builder = Builder::default();
    let clock_column = header.need("MS")?;
    let column = |name| header.row.find(name);
    let (power, heart, cadence) = (column("Watts"), column("HR"), column("Cadence"));
    let (speed, grade, lap) = (column("Speed"), column("Grade%"), column("Lap"));
    let sensors = sensors(header, &mut builder)?;

    let mut clock = Clock::default();
    let mut laps = Laps::default();
    let mut first = true;
    while let Some(row) = builder.next_row(header, rows)? {
        let clock_ms = seconds(header, &row, clock_column)?;
        let at = clock.at(clock_ms / 1000.0, row.place, &mut builder);
        if laps.begins(row.cell(lap.unwrap_or(usize::MAX))) {
            builder.push(at, Item::Lap, row.place)?;
        }
        let context = Context {
            power: builder.aside(header, &row, power, watts),
            cadence: builder.aside(header, &row, cadence, rpm),
            heart_rate: builder.aside(header, &row, heart, bpm).filter(|&rate| rate != Bpm(0)),
            grade: builder.aside(header, &row, grade, grade_pct),
            ..Context::default()
        };
        builder.context(at, context, row.place)?;
        if builder.aside(header, &row, speed, Some).is_some_and(|speed| speed != 0.0) {
            builder.remark("speed", || "column Speed is passed over: the file does not say its unit".into());
        }
        for (channel, sensor) in (0..).zip(&sensors) {
            let Some(smo2) = header.number(&row, sensor.smo2, SMO2_WANTED)? else { continue };
            let thb = builder.thb(header, &row, sensor.thb, ThbScale::GramsPerDecilitre)?;
            let unspoken = first && smo2 == 0.0 && thb.is_none_or(|thb| thb.hundredths == 0);
            if !unspoken {
                builder.sample(at, channel, reading(smo2, thb), row.place)?;
            }
        }
        first = false;
    }
    builder.drop_silent_context();
    builder.finish(Rule::Held, header)
}

fn sensors(header: &Header, builder: &mut Builder) -> Result<Vec<Columns>, FormatError> {
    let mut sensors = Vec::new();
    for (smo2, name) in header.row.texts() {
        if let Some(sensor) = name.strip_prefix(SMO2) {
            builder.channel(name, None, header.row.place)?;
            sensors.push(Columns { smo2, thb: header.row.find(&format!("ThB ({sensor}")) });
        }
    }
    if sensors.is_empty() { Err(header.missing("SmO2 (<sensor>)")) } else { Ok(sensors) }
}
