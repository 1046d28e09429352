//! The bounds within which every reader stays, whatever the bytes say.
//!
//! A day of eight sensors at 10 Hz is 6.9 million samples and about 100 MiB of Sling CSV: all bounds lie above that.

/// One mebibyte.
pub const MIB: u64 = 1 << 20;
/// Bytes in a file.
pub const FILE_BYTES: u64 = 256 * MIB;
/// Bytes that the parts of a workbook inflate to, together.
pub const INFLATED_BYTES: u64 = 128 * MIB;
/// Bytes in a line of text.
pub const LINE_BYTES: usize = 64 * 1024;
/// Columns in a row.
pub const COLUMNS: usize = 256;
/// Rows above the header. Train.Red lists every lap there, thirteen rows each, for each sensor.
pub const PREAMBLE_ROWS: usize = 20_000;
/// Items in a recording.
pub const ITEMS: usize = 8_000_000;
/// Sensors in a recording: as many as core carries.
pub const CHANNELS: usize = 8;
/// Bytes that are looked at to tell a format.
pub const SNIFF_BYTES: u64 = 16 * 1024;
/// Seconds on a clock that are still a time: more than a Unix time stamp.
pub const CLOCK_S: f64 = 1e10;
