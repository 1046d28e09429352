//! What can be wrong with a recording. Every message names the place, what was found and what would be right.

use sling_core::sensor::{Site, SiteError};
use std::fmt;
use std::io;
use thiserror::Error;

/// Where in a file something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of a text file, from 1.
    Line(u32),
    /// A row of a worksheet, from 1, as the spreadsheet program numbers it.
    SheetRow(u32),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::SheetRow(row) => write!(f, "sheet row {row}"),
        }
    }
}

/// Why a column of Sling CSV that speaks of a site is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SiteColumnError {
    /// The part before the quantity names no site.
    #[error("{0}")]
    Site(#[from] SiteError),
    /// The quantity is unknown.
    #[error("a site's column ends in .smo2_pct, .thb_gdl or .thb_au")]
    Quantity,
    /// tHb without SmO2.
    #[error("a column of tHb needs the site's .smo2_pct beside it")]
    ThbAlone,
    /// tHb in two scales.
    #[error("a site's tHb is in g/dL (.thb_gdl) or in another scale (.thb_au), not in both")]
    TwoScales,
}

/// Why a recording cannot be read.
#[derive(Debug, Error)]
pub enum FormatError {
    /// Any of the others, with the file that it is about.
    #[error("{file}: {error}")]
    In {
        /// The file as it was named, or `standard input`.
        file: String,
        /// What is wrong with it.
        #[source]
        error: Box<FormatError>,
    },
    /// The bytes are an input log of Sling: for the log's own reader.
    #[error("this is an input log of Sling, not a recording")]
    IsLog,
    /// A ride log of a version that is not read.
    #[error(transparent)]
    RideLog(#[from] sling_core::log::ride::BlockError),
    /// Neither of our logs.
    #[error(
        "no log of Sling: right would be the ride log of a head unit, or an input log as --log and `sling ride` write it"
    )]
    NoLog,
    /// A ride log without a whole block.
    #[error("the ride log holds no ride: not one whole block is in it")]
    NoRide,
    /// A ride log with several rides, of which one is wanted.
    #[error("the ride log holds rides {numbers}: `sling export LOG --ride N` takes out one")]
    WhichRide {
        /// Which there are.
        numbers: String,
    },
    /// A ride that is not there.
    #[error("the ride log holds no ride {number}; there are {numbers}")]
    NoSuchRide {
        /// Which was asked for.
        number: u16,
        /// Which there are.
        numbers: String,
    },
    /// The operating system gives no bytes.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A FIT file is not as it should be.
    #[error(transparent)]
    Fit(#[from] super::fit::FitError),
    /// There is not one byte.
    #[error("the file is empty; a recording has a header row and rows of numbers below it")]
    Empty,
    /// Nothing that Sling knows.
    #[error(
        "not a recording that Sling reads: it begins with {found}; known are Sling CSV (its header holds t_s), Moxy csv and \
         xlsx, PerfPRO xlsx, VO2 Master csv and xlsx, Train.Red csv, FIT and ride logs of Sling"
    )]
    Unknown {
        /// The first bytes, printable.
        found: String,
    },
    /// More bytes than any ride has.
    #[error("more than {limit_mib} MiB; a recording of a ride is smaller")]
    FileTooLarge {
        /// The limit.
        limit_mib: u64,
    },
    /// A line without end.
    #[error("{place}: longer than {limit} bytes without a line end; is this a text file?")]
    LineTooLong {
        /// Which line.
        place: Place,
        /// The limit in bytes.
        limit: usize,
    },
    /// A byte that text has not.
    #[error("{place}, byte {offset} of the file: found 0x{found:02x}, which is not UTF-8 text")]
    NotText {
        /// Which line.
        place: Place,
        /// Offset from the start of the file, from 0.
        offset: u64,
        /// The byte.
        found: u8,
    },
    /// A quotation mark that is never closed.
    #[error("{place}: a quoted cell is not closed; right would be another \" before the line ends")]
    OpenQuote {
        /// Which line.
        place: Place,
    },
    /// A bound of this reader is passed.
    #[error("{place}: more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// Where the bound was passed.
        place: Place,
        /// The bound.
        limit: usize,
    },
    /// A row that is shorter or longer than the header.
    #[error("{place}: found {found} cells; right would be {want}, as in the header")]
    CellCount {
        /// Which row.
        place: Place,
        /// Cells found.
        found: usize,
        /// Cells in the header.
        want: usize,
    },
    /// A cell that cannot be understood.
    #[error("{place}, column {column}: found \"{found}\"; right would be {want}")]
    Cell {
        /// Which row.
        place: Place,
        /// The column's name in the header.
        column: String,
        /// What stands there.
        found: String,
        /// What would be right.
        want: &'static str,
    },
    /// A clock that does not advance where it must.
    #[error("{place}, column t_s: found {found} after {previous}; right would be a later time in every row")]
    ClockBack {
        /// Which row.
        place: Place,
        /// The time, in seconds.
        found: f64,
        /// The time of the row before, in seconds.
        previous: f64,
    },
    /// A site column that is none.
    #[error("{place}: column \"{column}\" is no site's column: {why}")]
    SiteColumn {
        /// Where the header stands.
        place: Place,
        /// The column's name.
        column: String,
        /// What is wrong with it.
        why: SiteColumnError,
    },
    /// The same column twice.
    #[error("{place}: column \"{column}\" stands twice in the header")]
    DuplicateColumn {
        /// Where the header stands.
        place: Place,
        /// The column's name.
        column: String,
    },
    /// A column that the format needs.
    #[error("{place}: the header looks like {format} but has no column {column}")]
    NoColumn {
        /// Where the header stands.
        place: Place,
        /// Which format it looks like.
        format: &'static str,
        /// The missing column.
        column: &'static str,
    },
    /// A header and nothing below.
    #[error("{place}: the {format} header has no row of data below it")]
    NoRows {
        /// Where the header stands.
        place: Place,
        /// Which format it is.
        format: &'static str,
    },
    /// A zip container that cannot be opened.
    #[error("the xlsx container is damaged or cut short (it ends at byte {bytes}): {source}; export it again")]
    Container {
        /// The size of the file.
        bytes: u64,
        /// What the zip reader says.
        source: zip::result::ZipError,
    },
    /// A part of the container is not there.
    #[error("the zip container holds no {part}; right would be an xlsx workbook")]
    NoPart {
        /// The missing part.
        part: String,
    },
    /// A part of the container that is not well-formed.
    #[error("{part}, byte {offset}: not well-formed ({source}); export it again")]
    Xml {
        /// Which part.
        part: String,
        /// Offset in the inflated part.
        offset: u64,
        /// What the XML reader says.
        source: quick_xml::Error,
    },
    /// A part of the container that ends too early, or holds what no spreadsheet holds.
    #[error("{part}, byte {offset}: found {found}; right would be {want}")]
    Sheet {
        /// Which part.
        part: String,
        /// Offset in the inflated part.
        offset: u64,
        /// What stands there.
        found: String,
        /// What would be right.
        want: &'static str,
    },
    /// A zip bomb.
    #[error("{part} inflates to more than {limit_mib} MiB; a workbook with a ride in it is smaller")]
    Inflates {
        /// Which part.
        part: String,
        /// The limit for all parts together.
        limit_mib: u64,
    },
    /// Sensors whose muscles the file does not name.
    #[error(
        "the file does not say where its {} worn: {}; name them in this order, for example --sites {example} (- passes one \
         over)",
        if channels.len() == 1 { "sensor is".to_string() } else { format!("{} sensors are", channels.len()) },
        listed(channels)
    )]
    NeedSites {
        /// The labels of all sensors in the file, in order.
        channels: Vec<String>,
        /// What could stand behind `--sites`.
        example: String,
    },
    /// `--sites` with another number of entries than the file has sensors.
    #[error("--sites names {found}, the file has {}: {}; write - for one to be passed over", channels.len(), listed(channels))]
    SiteCount {
        /// The labels of all sensors in the file, in order.
        channels: Vec<String>,
        /// How many were named.
        found: usize,
    },
    /// Two sensors at one place.
    #[error("{site} is named for two sensors; each is worn at its own place, give --sites in the order of the file")]
    DuplicateSite {
        /// The place.
        site: Site,
    },
}

/// `1 "SmO2 (1614)", 2 "SmO2 (1615)"`.
fn listed(labels: &[String]) -> String {
    labels.iter().enumerate().map(|(i, label)| format!("{} \"{label}\"", i + 1)).collect::<Vec<_>>().join(", ")
}

/// `text` with what a terminal could not show escaped, cut to a length that fits in a message.
pub fn printable(text: &str) -> String {
    const CHARS: usize = 40;
    let mut shown: String = text.chars().take(CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(CHARS).is_some() {
        shown.push('…');
    }
    shown
}
