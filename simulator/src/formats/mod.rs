//! Recordings made by other programs and by Sling, read into one shape.
//!
//! A reader turns a file into a [`Recording`]: channels (sensors) and a list of items in the order of time. Readers
//! invent nothing: a blank is no sample, a zero stays a zero for core to judge, a repeat of a held value keeps its
//! event count so that core does not take it for a new sample.
//!
//! The format is told from the content, never from the name. Text is read line by line and bounded (see the limits in
//! this module), so that endless input ends at once in one error. Adding a format of rows and columns takes one module
//! with `is_header` and `read`, and one line in `Layout`.

mod builder;
mod error;
pub mod fit;
mod limits;
mod moxy;
mod perfpro;
mod ride_log;
mod sites;
mod sling_csv;
mod table;
mod text;
mod train_red;
mod vo2master;
mod xlsx;

pub use error::{FormatError, Place, SiteColumnError};
pub use ride_log::{RideLog, StoredRide};

use limits::{FILE_BYTES, MIB, PREAMBLE_ROWS, SNIFF_BYTES};
use sling_core::head_unit::{Context, Label, Posture};
use sling_core::sensor::{Reading, Site, SiteError};
use sling_core::time::Instant;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use table::{Header, Row, Rows};
use text::TextRows;
use xlsx::Workbook;

/// A recording, whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// The NIRS sensors in the file, in the order of its columns or definitions.
    pub channels: Vec<Channel>,
    /// What happened, in the order of time.
    pub items: Vec<Timed>,
    /// What the reader had to assume or pass over, in words for the user; each said once.
    pub remarks: Vec<String>,
}

/// One NIRS sensor in a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    /// What the file calls it, for messages.
    pub label: String,
    /// Where it is worn, if the file says so. [`open()`] returns only channels that have a site.
    pub site: Option<Site>,
}

/// Something at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// When: the file's own time for Sling CSV, rebased to zero for other formats.
    pub at: Instant,
    /// What.
    pub item: Item,
}

/// What a recording can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A sensor's sample.
    Sample {
        /// Index into [`Recording::channels`].
        channel: u8,
        /// Running number, wrapping; equal to the previous one when a held value is repeated.
        count: u16,
        /// What was measured, or why not.
        reading: Reading,
    },
    /// Power, cadence and the like.
    Context(Context),
    /// The rider sits or stands.
    Posture(Posture),
    /// The bike's set-up from here on.
    Position(Label),
    /// A moment to find again.
    Marker(Label),
    /// A new lap begins.
    Lap,
}

/// What the user says about a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `--sites`: where the sensors are worn, in the order of the file; none passes a sensor over. Empty: as the file
    /// says.
    pub sites: Vec<Option<Site>>,
}

/// One entry of `--sites`: a site, or `-` for a sensor to be passed over.
pub fn parse_site(text: &str) -> Result<Option<Site>, SiteError> {
    if text == "-" { Ok(None) } else { text.parse().map(Some) }
}

/// The first bytes of our own input log.
pub const LOG_MAGIC: &[u8] = b"SLINGLOG";

/// Reads the recording at `path`; `-` is standard input.
///
/// # Errors
/// Everything comes wrapped in [`FormatError::In`] with the file's name, except [`FormatError::IsLog`]: the bytes are an
/// input log, for the caller to open as such.
pub fn open(path: &Path, options: &Options) -> Result<Recording, FormatError> {
    let (file, read) = if path == Path::new("-") {
        ("standard input".to_string(), read(io::stdin().lock(), options))
    } else {
        let opened = File::open(path).map_err(FormatError::Io);
        (path.display().to_string(), opened.and_then(|file| read(file, options)))
    };
    read.map_err(|error| match error {
        FormatError::IsLog => FormatError::IsLog,
        error => FormatError::In { file, error: Box::new(error) },
    })
}

/// Reads a recording from any source of bytes. Errors do not name the file.
pub fn read(mut source: impl Read, options: &Options) -> Result<Recording, FormatError> {
    let mut start = Vec::new();
    source.by_ref().take(SNIFF_BYTES).read_to_end(&mut start)?;
    let container = Container::of(&start)?;
    let rest = start.as_slice().chain(source);
    let recording = match container {
        Container::Text => read_rows(&mut TextRows::new(BufReader::new(rest)), options)?
            .map_err(|seen| FormatError::Unknown { found: seen })?,
        Container::Workbook => read_workbook(whole(rest)?, options)?,
        Container::Fit => fit::read(&whole(rest)?, options)?,
        Container::RideLog => read_ride(&whole(rest)?)?,
    };
    sites::resolve(recording, options)
}

/// What the first bytes show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Text,
    Workbook,
    Fit,
    RideLog,
}

impl Container {
    fn of(start: &[u8]) -> Result<Self, FormatError> {
        if start.is_empty() {
            Err(FormatError::Empty)
        } else if start.starts_with(LOG_MAGIC) {
            Err(FormatError::IsLog)
        } else if RideLog::is(start) {
            Ok(Self::RideLog)
        } else if start.starts_with(b"PK\x03\x04") {
            Ok(Self::Workbook)
        } else if start.get(8..12) == Some(b".FIT") {
            Ok(Self::Fit)
        } else if start.iter().any(|&byte| byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n')) {
            let bytes: Vec<String> = start.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            Err(FormatError::Unknown { found: format!("the bytes {}", bytes.join(" ")) })
        } else {
            Ok(Self::Text)
        }
    }
}

/// Reads the ride log at `path`; `None` if it is an input log, for the caller to open as such.
///
/// # Errors
/// As those of [`open()`], and that the file is neither.
pub fn open_ride_log(path: &Path) -> Result<Option<RideLog>, FormatError> {
    let read = || {
        let (mut start, mut file) = (Vec::new(), File::open(path)?);
        file.by_ref().take(SNIFF_BYTES).read_to_end(&mut start)?;
        if start.starts_with(LOG_MAGIC) {
            Ok(None)
        } else if RideLog::is(&start) {
            RideLog::read(&whole(start.as_slice().chain(file))?).map(Some)
        } else {
            Err(FormatError::NoLog)
        }
    };
    read().map_err(|error| FormatError::In { file: path.display().to_string(), error: Box::new(error) })
}

/// All bytes, up to the limit.
fn whole(source: impl Read) -> Result<Vec<u8>, FormatError> {
    let mut bytes = Vec::new();
    source.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(FormatError::FileTooLarge { limit_mib: FILE_BYTES / MIB });
    }
    Ok(bytes)
}

/// The ride of a ride log.
fn read_ride(bytes: &[u8]) -> Result<Recording, FormatError> {
    let log = RideLog::read(bytes)?;
    let mut recording = log.ride(None)?.recording();
    recording.remarks = log.remarks;
    Ok(recording)
}

/// The first worksheet that holds a header that is known.
fn read_workbook(bytes: Vec<u8>, options: &Options) -> Result<Recording, FormatError> {
    let mut workbook = Workbook::open(bytes)?;
    let mut found = "a workbook without sheets".to_string();
    for sheet in 0..workbook.sheets() {
        match read_rows(&mut workbook.rows(sheet)?, options)? {
            Ok(recording) => return Ok(recording),
            Err(seen) if sheet == 0 => found = format!("a worksheet with {seen}"),
            Err(_) => {}
        }
    }
    Err(FormatError::Unknown { found })
}

/// The layouts of rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    SlingCsv,
    Moxy,
    PerfPro,
    Vo2Master,
    TrainRed,
}

impl Layout {
    /// The layout of which `row` is the header; `first` if nothing but blanks and comments stands above it.
    fn of(row: &Row, first: bool) -> Option<Self> {
        if first && sling_csv::is_header(row) {
            Some(Self::SlingCsv)
        } else if moxy::is_header(row) {
            Some(Self::Moxy)
        } else if perfpro::is_header(row) {
            Some(Self::PerfPro)
        } else if vo2master::is_header(row) {
            Some(Self::Vo2Master)
        } else if train_red::is_header(row) {
            Some(Self::TrainRed)
        } else {
            None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SlingCsv => "Sling CSV",
            Self::Moxy => "Moxy",
            Self::PerfPro => "PerfPRO",
            Self::Vo2Master => "VO2 Master",
            Self::TrainRed => "Train.Red",
        }
    }
}

/// Looks for a known header and reads what is below it. The inner error is what stood in place of one.
fn read_rows(rows: &mut dyn Rows, options: &Options) -> Result<Result<Recording, String>, FormatError> {
    let mut above: Vec<Row> = Vec::new();
    while let Some(row) = rows.next_row()? {
        if row.is_blank() {
            continue;
        }
        if let Some(layout) = Layout::of(&row, above.is_empty()) {
            let header = Header { row, format: layout.name() };
            return match layout {
                Layout::SlingCsv => sling_csv::read(&header, rows),
                Layout::Moxy => moxy::read(&header, rows),
                Layout::PerfPro => perfpro::read(&header, rows),
                Layout::Vo2Master => vo2master::read(&header, rows),
                Layout::TrainRed => train_red::read(&above, &header, rows, options),
            }
            .map(Ok);
        }
        if above.len() == PREAMBLE_ROWS {
            break;
        }
        above.push(row);
    }
    Ok(Err(above.first().map_or("nothing but blanks".into(), |row| {
        format!("\"{}\"", row.texts().next().map_or_else(|| row.cell(0).shown(), |(_, text)| error::printable(text)))
    })))
}
