//! VO2 Master Manager's exports, csv and xlsx.
//!
//! `Time[s], Time[hh:mm:ss], HR[bpm], SmO2[%], SmO2 -  2[%], …, THb[THb], THb -  2[THb], …, RPM[rpm], Speed[km/h]`, in csv
//! with decimal commas inside quotation marks. Two kinds of export share it: averages at 1 Hz, which hold the last
//! value of a sensor that sends every 2 s, and the data of single units, told by their `Time[utc]`, which have a row for
//! each packet and blanks for the other sensors.

use super::Recording;
use super::builder::{Builder, Clock, Rule, bpm, reading, rpm, seconds, speed_mps, watts};
use super::error::FormatError;
use super::moxy::{Columns, SMO2_WANTED};
use super::table::{Header, Row, Rows};
use sling_core::head_unit::Context;
use sling_core::units::{Bpm, ThbScale};

const TIME: &str = "Time[s]";

/// Whether `row` is the header of this layout.
pub fn is_header(row: &Row) -> bool {
    row.find(TIME).is_some()
}

/// Reads the rows below `header`.
pub fn read(header: &Header, rows: &mut dyn Rows) -> Result<Recording, FormatError> {
    let mut builder = Builder::default();
    let clock_column = header.need(TIME)?;
    let column = |name| header.row.find(name);
    let (heart, cadence) = (column("HR[bpm]"), column("RPM[rpm]"));
    let (speed, power) = (column("Speed[km/h]"), column("Power[watts]").or(column("Power[W]")));
    let sensors = sensors(header, &mut builder)?;

    let mut clock = Clock::default();
    while let Some(row) = builder.next_row(header, rows)? {
        let at = clock.at(seconds(header, &row, clock_column)?, row.place, &mut builder);
        let context = Context {
            power: builder.aside(header, &row, power, watts),
            cadence: builder.aside(header, &row, cadence, rpm),
            heart_rate: builder.aside(header, &row, heart, bpm).filter(|&rate| rate != Bpm(0)),
            speed: builder.aside(header, &row, speed, |kmh| speed_mps(kmh / 3.6)),
            ..Context::default()
        };
        builder.context(at, context, row.place)?;
        for (channel, sensor) in (0..).zip(&sensors) {
            if let Some(smo2) = header.number(&row, sensor.smo2, SMO2_WANTED)? {
                let thb = builder.thb(header, &row, sensor.thb, ThbScale::GramsPerDecilitre)?;
                builder.sample(at, channel, reading(smo2, thb), row.place)?;
            }
        }
    }
    builder.drop_silent_context();
    let rule = if column("Time[utc]").is_some() { Rule::EachRow } else { Rule::Held };
    builder.finish(rule, header)
}

fn sensors(header: &Header, builder: &mut Builder) -> Result<Vec<Columns>, FormatError> {
    let mut sensors = Vec::new();
    for (smo2, name) in header.row.texts() {
        if let Some(number) = numbered(name, "SmO2", "[%]") {
            let same = |(_, name): &(usize, &str)| numbered(name, "THb", "[THb]") == Some(number);
            builder.channel(name, None, header.row.place)?;
            sensors.push(Columns { smo2, thb: header.row.texts().find(same).map(|(column, _)| column) });
        }
    }
    if sensors.is_empty() { Err(header.missing("SmO2[%]")) } else { Ok(sensors) }
}

/// The number in `SmO2 -  2[%]`: 2; in `SmO2[%]`: 1.
fn numbered(name: &str, quantity: &str, unit: &str) -> Option<u32> {
    match name.strip_prefix(quantity)?.strip_suffix(unit)?.trim() {
        "" => Some(1),
        number => number.strip_prefix('-')?.trim().parse().ok(),
    }
}
