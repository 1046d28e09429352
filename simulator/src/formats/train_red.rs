//! Train.Red's export of a session: one or two FYER sensors at a nominal 10 Hz.
//!
//! Blocks about the session, its laps and each sensor (`Sensor ID`, `Sensor Position`), then a row of sensor names and
//! the header: `Timestamp (seconds passed), Lap/Event`, and for each sensor a group of columns that begins with `SmO2`.
//! The groups of newer files also hold `HBDiff`, `Muscle state`, `Muscle trend` and `THb unfiltered`.
//!
//! - `SmO2 unfiltered` is read where there is one: the delay of the other's filter is not stated, and smoothing is core's.
//! - tHb is O2Hb + HHb, in Train.Red's own scale: changes from the start of the session, often negative. `THb unfiltered`
//!   is the same plus a constant (the initial values of the sensor's block) and only in some files, so it is not read.
//! - The export writes a row whenever either sensor speaks and repeats what the other one said last, through gaps of
//!   12 s too. All three numbers exactly alike, at hundredths of noise, is such a repeat: it is not a new sample, whatever
//!   its time stamp. Several rows with one time stamp keep their order.
//! - A number in `Lap/Event` is the lap's; anything else there is a marker.

use super::builder::{Builder, Clock, Rule, cut_label, reading, seconds, thb};
use super::error::{FormatError, printable};
use super::moxy::{Laps, SMO2_WANTED};
use super::sites::named;
use super::table::{Cell, Header, Row, Rows};
use super::{Item, Options, Recording};
use sling_core::sensor::Site;
use sling_core::units::ThbScale;

const TIME: &str = "Timestamp (seconds passed)";
const FILTERED: &str = "SmO2";
const UNFILTERED: &str = "SmO2 unfiltered";

/// Whether `row` is the header of this layout.
pub fn is_header(row: &Row) -> bool {
    row.find(TIME).is_some()
}

/// Reads the rows below `header`; `above` are the blocks about the session.
pub fn read(above: &[Row], header: &Header, rows: &mut dyn Rows, options: &Options) -> Result<Recording, FormatError> {
    let mut builder = Builder::default();
    let clock_column = header.need(TIME)?;
    let event_column = header.row.find("Lap/Event");
    let groups = groups(header)?;
    let sensors = sensors(above);
    for (index, group) in groups.iter().enumerate() {
        let sensor = sensor_of(group, index, above, &sensors);
        let label = sensor.map_or_else(|| format!("sensor {}", index + 1), Sensor::label);
        let site = sensor.and_then(|sensor| site_of(sensor, options, &mut builder));
        builder.channel(&label, site, header.row.place)?;
        if !group.is_unfiltered {
            builder.remark("filtered", || {
                format!("the file has no column {UNFILTERED}: {FILTERED} is read, which Train.Red has smoothed")
            });
        }
    }

    let mut clock = Clock::default();
    let mut laps = Laps::default();
    let mut held: Vec<Held> = vec![Held::default(); groups.len()];
    while let Some(row) = builder.next_row(header, rows)? {
        let at = clock.at(seconds(header, &row, clock_column)?, row.place, &mut builder);
        let event = row.cell(event_column.unwrap_or(usize::MAX));
        match event {
            Cell::Text(text) if event.number().is_none() => {
                builder.push(at, Item::Marker(cut_label(text)), row.place)?;
            }
            lap if laps.begins(lap) => builder.push(at, Item::Lap, row.place)?,
            _ => {}
        }
        for ((channel, group), held) in (0..).zip(&groups).zip(&mut held) {
            let Some(smo2) = header.number(&row, group.smo2, SMO2_WANTED)? else { continue };
            let part = |column: Option<usize>| match column {
                Some(column) => header.number(&row, column, "a number such as -6.96, or nothing"),
                None => Ok(None),
            };
            let numbers = Numbers { smo2, o2hb: part(group.o2hb)?, hhb: part(group.hhb)? };
            let item = Item::Sample { channel, count: held.count(numbers), reading: reading(smo2, numbers.thb()) };
            builder.push(at, item, row.place)?;
        }
    }
    builder.finish(Rule::Given, header)
}

/// What one sensor said.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Numbers {
    smo2: f64,
    o2hb: Option<f64>,
    hhb: Option<f64>,
}

impl Numbers {
    fn thb(&self) -> Option<sling_core::units::Thb> {
        thb(self.o2hb? + self.hhb?, ThbScale::Arbitrary)
    }
}

/// What a sensor said last, and how many samples that makes.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    last: Option<Numbers>,
    count: u16,
}

impl Held {
    fn count(&mut self, numbers: Numbers) -> u16 {
        if self.last.replace(numbers) != Some(numbers) {
            self.count = self.count.wrapping_add(1);
        }
        self.count
    }
}

/// The columns of one sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    /// The first column, over which the sensor's name stands.
    start: usize,
    smo2: usize,
    is_unfiltered: bool,
    o2hb: Option<usize>,
    hhb: Option<usize>,
}

fn groups(header: &Header) -> Result<Vec<Group>, FormatError> {
    let starts: Vec<usize> = header.row.texts().filter(|(_, name)| *name == FILTERED).map(|(i, _)| i).collect();
    let groups: Vec<Group> = starts
        .iter()
        .enumerate()
        .map(|(index, &start)| {
            let end = starts.get(index + 1).copied().unwrap_or(usize::MAX);
            let column = |wanted: &str| {
                header.row.texts().find(|(i, name)| (start..end).contains(i) && *name == wanted).map(|(i, _)| i)
            };
            let unfiltered = column(UNFILTERED);
            Group {
                start,
                smo2: unfiltered.unwrap_or(start),
                is_unfiltered: unfiltered.is_some(),
                o2hb: column("O2HB unfiltered"),
                hhb: column("HHb unfiltered"),
            }
        })
        .collect();
    if groups.is_empty() { Err(header.missing(FILTERED)) } else { Ok(groups) }
}

/// A sensor's block above the header.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sensor {
    id: Option<String>,
    position: Option<String>,
}

impl Sensor {
    fn label(&self) -> String {
        match (&self.id, &self.position) {
            (Some(id), Some(position)) => format!("{id} at {position}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => "unnamed".into(),
        }
    }
}

fn sensors(above: &[Row]) -> Vec<Sensor> {
    let mut sensors: Vec<Sensor> = Vec::new();
    for row in above {
        let value = || row.cell(1).as_text().map(printable);
        match row.cell(0).as_text() {
            Some("Sensor ID") => sensors.push(Sensor { id: value(), position: None }),
            Some("Sensor Position") => {
                if let Some(sensor) = sensors.last_mut() {
                    sensor.position = value();
                }
            }
            _ => {}
        }
    }
    sensors
}

/// The sensor whose name stands above a group of columns; else the one whose block comes at the same place.
fn sensor_of<'s>(group: &Group, index: usize, above: &[Row], sensors: &'s [Sensor]) -> Option<&'s Sensor> {
    let name = above.last().and_then(|row| row.cell(group.start).as_text()).map(printable);
    name.and_then(|name| sensors.iter().find(|sensor| sensor.id.as_ref() == Some(&name))).or_else(|| sensors.get(index))
}

/// The site of a sensor's position, said aloud where something is assumed and the user has not said better.
fn site_of(sensor: &Sensor, options: &Options, builder: &mut Builder) -> Option<Site> {
    let position = sensor.position.as_ref()?;
    let found = named(position)?;
    if found.assumed && options.sites.is_empty() {
        builder.remark(&format!("site {position}"), || {
            format!("sensor position {position} is taken for {}; --sites says otherwise", found.site)
        });
    }
    Some(found.site)
}
