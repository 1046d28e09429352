//! The layout of Moxy's on-board recording, as csv and as xlsx.
//!
//! `mm-dd, hh:mm:ss, SmO2 Live, SmO2 Averaged, THb, Lap, Session Ct`, below some lines about the firmware; further
//! sensors put beside the first are numbered, `SmO2 Live(2)`. The clock shows the time of day.
//!
//! *Live* is read, not *Averaged*: it is what the sensor sent, and smoothing of unstated delay would be smoothed again
//! in core. A row is a sample where rows are two seconds apart, as the sensor writes them; a file with closer rows was
//! put together by a program that holds the last value in between (see [`Rule::Held`]).

use super::builder::{Builder, Clock, DayClock, Rule, reading};
use super::error::FormatError;
use super::table::{Cell, Header, Row, Rows, clock_s};
use super::{Item, Recording};
use sling_core::units::ThbScale;

const LIVE: &str = "SmO2 Live";
const THB: &str = "THb";
const CLOCK: &str = "hh:mm:ss";

/// Rows that are closer together than this hold values: half of it is still more than the 0.55 s of the exports seen.
const NATIVE_INTERVAL_MS: u64 = 1500;

/// Whether `row` is the header of this layout.
pub fn is_header(row: &Row) -> bool {
    row.find(CLOCK).is_some() && (row.find("mm-dd").is_some() || row.find(LIVE).is_some())
}

/// Reads the rows below `header`.
pub fn read(header: &Header, rows: &mut dyn Rows) -> Result<Recording, FormatError> {
    let mut builder = Builder::default();
    let clock_column = header.need(CLOCK)?;
    let date_column = header.row.find("mm-dd");
    let lap_column = header.row.find("Lap");
    let sensors = sensors(header, &mut builder)?;

    let mut day_clock = DayClock::default();
    let mut clock = Clock::default();
    let mut laps = Laps::default();
    let mut times_ms = Vec::new();
    while let Some(row) = builder.next_row(header, rows)? {
        let of_day_s = clock_s(row.cell(clock_column))
            .ok_or_else(|| header.wrong(&row, clock_column, "a time of day such as 13:17:13"))?;
        let date = date_column.map_or(&Cell::Blank, |column| row.cell(column));
        let at = clock.at(day_clock.seconds(date, of_day_s), row.place, &mut builder);
        times_ms.push(at.as_ms());
        if laps.begins(row.cell(lap_column.unwrap_or(usize::MAX))) {
            builder.push(at, Item::Lap, row.place)?;
        }
        for (channel, sensor) in (0..).zip(&sensors) {
            if let Some(smo2) = header.number(&row, sensor.smo2, SMO2_WANTED)? {
                let thb = builder.thb(header, &row, sensor.thb, ThbScale::GramsPerDecilitre)?;
                builder.sample(at, channel, reading(smo2, thb), row.place)?;
            }
        }
    }
    let rule = if median_interval_ms(&times_ms).is_some_and(|ms| ms < NATIVE_INTERVAL_MS) {
        Rule::Held
    } else {
        Rule::EachRow
    };
    builder.finish(rule, header)
}

/// What a cell of SmO2 holds.
pub const SMO2_WANTED: &str = "a number of percent such as 65.5, or nothing";

/// The columns of one sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// SmO2 in percent.
    pub smo2: usize,
    /// tHb.
    pub thb: Option<usize>,
}

fn sensors(header: &Header, builder: &mut Builder) -> Result<Vec<Columns>, FormatError> {
    let mut sensors = Vec::new();
    for (smo2, name) in header.row.texts() {
        if let Some(number) = name.strip_prefix(LIVE) {
            builder.channel(name, None, header.row.place)?;
            sensors.push(Columns { smo2, thb: header.row.find(&format!("{THB}{number}")) });
        }
    }
    if sensors.is_empty() { Err(header.missing(LIVE)) } else { Ok(sensors) }
}

/// A column of lap numbers.
#[derive(Debug, Default)]
pub struct Laps {
    last: Option<Cell>,
}

impl Laps {
    /// Whether a new lap begins with this cell: its number differs from the last one; blanks are nothing new.
    pub fn begins(&mut self, cell: &Cell) -> bool {
        !cell.is_blank() && self.last.replace(cell.clone()).is_some_and(|last| last != *cell)
    }
}

/// The median step between rows.
fn median_interval_ms(times_ms: &[u64]) -> Option<u64> {
    let mut steps: Vec<u64> = times_ms.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied()
}
