//! Sling CSV, the plain recording format: ours, so it is read strictly.
//!
//! A header row, `#` comments, `t_s` strictly increasing and kept as the file's own time. An empty cell is nothing new.
//! A number in a site's `smo2_pct` is a new sample even if it repeats; `ambient` or `invalid` in either cell of a site is
//! what the sensor said. `lap` holds the number of the lap: a lap begins where it changes, and where it appears after
//! rows without one. `posture` and `position` are passed on where they change.
//!
//! An unknown column is a remark; a malformed site column, a clock that does not advance and a number that cannot be
//! carried are errors. SmO2 outside of 0 to 100 % is carried as implausible: detecting it is core's. A last line that
//! broke off (no line end, and cells missing) is passed over with a remark: that is how a power cut looks.

use super::builder::{Builder, Rule, bpm, celsius, grade_pct, reading, rpm, seconds, speed_mps, thb, watts};
use super::error::{FormatError, SiteColumnError};
use super::table::{Cell, Header, Row, Rows};
use super::{Item, Recording};
use sling_core::head_unit::{Context, Label, Posture};
use sling_core::sensor::{Muscle, Reading, Reason, Site};
use sling_core::time::Instant;
use sling_core::units::{Thb, ThbScale};

const TIME: &str = "t_s";
const ASIDE: [&str; 10] = [
    "power_w",
    "cadence_rpm",
    "heart_rate_bpm",
    "speed_mps",
    "grade_pct",
    "temperature_c",
    "posture",
    "position",
    "lap",
    "marker",
];

/// Whether `row` is the header of this format, possibly with its `t_s` forgotten.
pub fn is_header(row: &Row) -> bool {
    row.texts().any(|(_, name)| name == TIME || ASIDE[..6].contains(&name) || speaks_of_site(name))
}

/// Reads the rows below `header`.
pub fn read(header: &Header, rows: &mut dyn Rows) -> Result<Recording, FormatError> {
    let mut builder = Builder::default();
    let columns = Columns::new(header, &mut builder)?;
    let mut state = State::default();
    while let Some(row) = builder.next_row(header, rows)? {
        let (found, want) = (row.cells.len(), header.row.cells.len());
        if found != want {
            return Err(FormatError::CellCount { place: row.place, found, want });
        }
        read_row(header, &columns, &row, &mut state, &mut builder)?;
    }
    builder.finish(Rule::EachRow, header)
}

/// What must be remembered from row to row.
#[derive(Debug, Default)]
struct State {
    time_s: Option<f64>,
    posture: Option<Posture>,
    position: Option<Label>,
    lap: Option<Cell>,
}

fn read_row(
    header: &Header,
    columns: &Columns,
    row: &Row,
    state: &mut State,
    builder: &mut Builder,
) -> Result<(), FormatError> {
    let place = row.place;
    let time_s = seconds(header, row, columns.time)?;
    if time_s < 0.0 {
        return Err(header.wrong(row, columns.time, "a time of 0 s or later"));
    }
    let is_first = state.time_s.is_none();
    match state.time_s.replace(time_s) {
        Some(previous) if time_s <= previous => {
            return Err(FormatError::ClockBack { place, found: time_s, previous });
        }
        _ => {}
    }
    let at = Instant::from_ms((time_s * 1000.0).round() as u64);
    let [power, cadence, heart, speed, grade, temperature, posture, position, lap, marker] = columns.aside;

    if let Some(posture) = cell_posture(header, row, posture)?
        && state.posture.replace(posture) != Some(posture)
    {
        builder.push(at, Item::Posture(posture), place)?;
    }
    if let Some(position) = cell_label(header, row, position)?
        && state.position.as_ref() != Some(&position)
    {
        state.position = Some(position.clone());
        builder.push(at, Item::Position(position), place)?;
    }
    if let Some(lap) = lap.map(|column| row.cell(column)).filter(|cell| !cell.is_blank()) {
        let last = state.lap.replace(lap.clone());
        if last.map_or(!is_first, |last| last != *lap) {
            builder.push(at, Item::Lap, place)?;
        }
    }
    if let Some(marker) = cell_label(header, row, marker)? {
        builder.push(at, Item::Marker(marker), place)?;
    }
    let context = Context {
        power: quantity(header, row, power, watts, "a number of watts from 0 to 65535, or nothing")?,
        cadence: quantity(header, row, cadence, rpm, "a number of rpm from 0 to 65535, or nothing")?,
        heart_rate: quantity(header, row, heart, bpm, "a number of beats per minute from 0 to 65535, or nothing")?,
        speed: quantity(header, row, speed, speed_mps, "a number of m/s from 0 to 655.35, or nothing")?,
        grade: quantity(header, row, grade, grade_pct, "a number of percent from -3276.8 to 3276.7, or nothing")?,
        temperature: quantity(
            header,
            row,
            temperature,
            celsius,
            "a number of degrees Celsius from -3276.8 to 3276.7, or nothing",
        )?,
    };
    builder.context(at, context, place)?;
    for (channel, site) in (0..).zip(&columns.sites) {
        if let Some(reading) = site.reading(header, row, builder)? {
            builder.sample(at, channel, reading, place)?;
        }
    }
    Ok(())
}

fn quantity<T>(
    header: &Header,
    row: &Row,
    column: Option<usize>,
    convert: impl Fn(f64) -> Option<T>,
    want: &'static str,
) -> Result<Option<T>, FormatError> {
    let Some(column) = column else { return Ok(None) };
    let Some(value) = header.number(row, column, want)? else { return Ok(None) };
    convert(value).map(Some).ok_or_else(|| header.wrong(row, column, want))
}

fn cell_posture(header: &Header, row: &Row, column: Option<usize>) -> Result<Option<Posture>, FormatError> {
    let Some(column) = column else { return Ok(None) };
    match row.cell(column) {
        Cell::Blank => Ok(None),
        Cell::Text(text) if text == "seated" => Ok(Some(Posture::Seated)),
        Cell::Text(text) if text == "standing" => Ok(Some(Posture::Standing)),
        _ => Err(header.wrong(row, column, "seated, standing or nothing")),
    }
}

fn cell_label(header: &Header, row: &Row, column: Option<usize>) -> Result<Option<Label>, FormatError> {
    let Some(column) = column else { return Ok(None) };
    let text = match row.cell(column) {
        Cell::Blank => return Ok(None),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
    };
    let label = Label::try_from(text.as_str());
    label.map(Some).map_err(|_| header.wrong(row, column, "a label of at most 24 bytes"))
}

/// The columns of a file.
#[derive(Debug)]
struct Columns {
    time: usize,
    /// In the order of [`ASIDE`].
    aside: [Option<usize>; ASIDE.len()],
    sites: Vec<SiteColumns>,
}

/// The columns of one site.
#[derive(Clone, Copy, Debug)]
struct SiteColumns {
    site: Site,
    smo2: usize,
    thb: Option<(usize, ThbScale)>,
}

/// The quantities that a site's columns hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Smo2,
    Thb(ThbScale),
}

const QUANTITIES: [(&str, Quantity); 3] = [
    ("smo2_pct", Quantity::Smo2),
    ("thb_gdl", Quantity::Thb(ThbScale::GramsPerDecilitre)),
    ("thb_au", Quantity::Thb(ThbScale::Arbitrary)),
];

/// Whether a column's name means a site: it holds one of a site's quantities, or begins with a muscle.
fn speaks_of_site(name: &str) -> bool {
    let (head, tail) = (name.split('.').next(), name.rsplit('.').next());
    QUANTITIES.iter().any(|(quantity, _)| tail == Some(quantity))
        || (name.contains('.') && Muscle::ALL.iter().any(|muscle| head == Some(muscle.code())))
}

fn site_column(name: &str) -> Result<(Site, Quantity), SiteColumnError> {
    let (site, quantity) = name.rsplit_once('.').unwrap_or(("", name));
    match QUANTITIES.iter().find(|(known, _)| *known == quantity) {
        Some((_, quantity)) => Ok((site.parse()?, *quantity)),
        None => Err(SiteColumnError::Quantity),
    }
}

impl Columns {
    fn new(header: &Header, builder: &mut Builder) -> Result<Self, FormatError> {
        let place = header.row.place;
        let mut columns = Self { time: header.need(TIME)?, aside: [None; ASIDE.len()], sites: Vec::new() };
        let mut thbs: Vec<(Site, usize, ThbScale, &str)> = Vec::new();
        let refuse =
            |name: &str, why: SiteColumnError| FormatError::SiteColumn { place, column: name.to_string(), why };
        for (index, name) in header.row.texts() {
            if header.row.find(name) != Some(index) {
                return Err(FormatError::DuplicateColumn { place, column: name.to_string() });
            }
            if let Some(aside) = ASIDE.iter().position(|known| *known == name) {
                columns.aside[aside] = Some(index);
            } else if speaks_of_site(name) {
                match site_column(name).map_err(|why| refuse(name, why))? {
                    (site, Quantity::Smo2) => {
                        builder.channel(&site.to_string(), Some(site), place)?;
                        columns.sites.push(SiteColumns { site, smo2: index, thb: None });
                    }
                    (site, Quantity::Thb(scale)) => thbs.push((site, index, scale, name)),
                }
            } else if name != TIME {
                builder.remark(&format!("column {name}"), || format!("unknown column \"{name}\" is passed over"));
            }
        }
        for (site, index, scale, name) in thbs {
            let beside = columns.sites.iter_mut().find(|columns| columns.site == site);
            let beside = beside.ok_or_else(|| refuse(name, SiteColumnError::ThbAlone))?;
            if beside.thb.replace((index, scale)).is_some() {
                return Err(refuse(name, SiteColumnError::TwoScales));
            }
        }
        Ok(columns)
    }
}

impl SiteColumns {
    fn reading(&self, header: &Header, row: &Row, builder: &mut Builder) -> Result<Option<Reading>, FormatError> {
        let said = |column: usize| match row.cell(column).as_text() {
            Some("ambient") => Some(Reason::AmbientLight),
            Some("invalid") => Some(Reason::Invalid),
            _ => None,
        };
        if let Some(reason) = said(self.smo2).or(self.thb.and_then(|(column, _)| said(column))) {
            return Ok(Some(Err(reason)));
        }
        let smo2 = header.number(row, self.smo2, "a number of percent, ambient, invalid or nothing")?;
        let thb = self.thb(header, row)?;
        if smo2.is_none() && thb.is_some() {
            builder.remark(&format!("thb alone {}", self.site), || {
                format!("{} has tHb without SmO2, first in {}; such cells are passed over", self.site, row.place)
            });
        }
        Ok(smo2.map(|smo2| reading(smo2, thb)))
    }

    fn thb(&self, header: &Header, row: &Row) -> Result<Option<Thb>, FormatError> {
        let Some((column, scale)) = self.thb else { return Ok(None) };
        let want = "a number from -327.68 to 327.67, ambient, invalid or nothing";
        quantity(header, row, Some(column), |value| thb(value, scale), want)
    }
}
