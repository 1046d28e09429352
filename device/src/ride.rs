//! Rides an input log through the head unit, and counts what that says, shows and costs.
//!
//! The log comes from a [`Source`] in whatever portions it likes and passes through a buffer of fixed size; nothing is
//! kept of it. The frame is kept over the ride as a body with a panel keeps it: what changed is drawn into it, the lines
//! that are others for it are counted as sent. Then it is drawn whole over the same frame, for the digest and to see that
//! not a pixel differs. Costs are differences of a counter that the caller owns, in that counter's unit: on the emulated board
//! instructions. What is digested is [`RideDigest`]'s business, and digesting is not part of any cost.

use core::fmt;
use sling_core::digest::Digest;
use sling_core::draw::{Area, Canvas, Ink, Lines};
use sling_core::field::{Field, LineChart};
use sling_core::head_unit::{ReferenceFrame, RideDigest};
use sling_core::log::{self, HEADER_LEN, LogError, MAX_RECORD, Reader, Record};
use sling_core::time::Instant;
use sling_core::ui::{self, Shown};
use sling_core::{HeadUnit, Input, Output};

/// The longest record with its length and checksum.
const LONGEST: usize = MAX_RECORD + 4;
/// Room for two of the longest records: few reads, little memory.
const BUFFER: usize = 2 * LONGEST;
/// Between two steps of the detectors.
const STEP_MS: u64 = 5000;
/// Outputs that are drained before they are digested; a busier input takes several turns.
const DRAINED_AT_ONCE: usize = 16;

/// Lines of the reference display.
const ROWS: usize = 400;
/// Cells, and the whole screen.
type Areas = heapless::Vec<Area, { ui::MAX_CELLS + 1 }>;

/// Where a log's bytes come from.
pub trait Source {
    /// Why they don't.
    type Error;

    /// Fills the beginning of `buffer`, which is not empty, and returns how many bytes that were; 0 is the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error>;
}

/// Where a log passes through.
pub struct Buffer([u8; BUFFER]);

impl Buffer {
    /// An empty one.
    pub const fn new() -> Self {
        Self([0; BUFFER])
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::new()
    }
}

/// What the panel has, and how many lines it was sent how often.
pub struct Panel {
    lines: Lines<ROWS>,
    /// Times that so many lines were sent in an update.
    times: [u16; ROWS + 1],
}

impl Panel {
    /// One that has been sent nothing.
    pub const fn new() -> Self {
        Self { lines: Lines::new(), times: [0; ROWS + 1] }
    }

    /// Sends what of `areas` it does not have.
    fn send(&mut self, frame: &ReferenceFrame, areas: &[Area]) -> usize {
        let mut sent = 0;
        self.lines.changed(frame, areas, |_, _| sent += 1);
        sent
    }

    /// How many lines an update sent.
    fn sent(&self) -> Sent {
        let at_most = |per_cent: u64| {
            let updates: u64 = self.times.iter().map(|&n| u64::from(n)).sum();
            let mut passed = 0;
            let is_there = |&n: &u16| {
                passed += u64::from(n);
                passed * 100 >= updates * per_cent
            };
            self.times.iter().position(is_there).unwrap_or(0)
        };
        let lines = self.times.iter().zip(0_u64..).map(|(&n, lines)| u64::from(n) * lines).sum();
        Sent { lines, median: at_most(50), p90: at_most(90), most: at_most(100) }
    }
}

impl Default for Panel {
    fn default() -> Self {
        Self::new()
    }
}

/// Lines that were sent to the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// All of them.
    pub lines: u64,
    /// In half of the updates it was at most so many.
    pub median: usize,
    /// In nine of ten.
    pub p90: usize,
    /// The most.
    pub most: usize,
}

/// What a ride needs besides its log: large things, which on a board are statics.
pub struct Parts<'a> {
    /// The head unit, told nothing yet.
    pub unit: &'a mut HeadUnit,
    /// What it draws on.
    pub frame: &'a mut ReferenceFrame,
    /// Where that is sent to.
    pub panel: &'a mut Panel,
    /// Where the log passes through.
    pub buffer: &'a mut Buffer,
}

/// Why a ride could not be ridden to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RideError<E> {
    /// The source failed.
    Read {
        /// Bytes that it had given.
        offset: u64,
        /// What it said.
        error: E,
    },
    /// The log is broken.
    Log {
        /// Where the record that is broken begins.
        offset: u64,
        /// What is wrong with it.
        error: LogError,
    },
    /// The log goes on with another head unit, after a power cut; this rides with one.
    PowerCut,
}

impl<E: fmt::Display> fmt::Display for RideError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { offset, error } => write!(f, "reading at byte {offset}: {error}"),
            Self::Log { offset, error } => write!(f, "the log at byte {offset}: {error}"),
            Self::PowerCut => f.write_str("the log has a power cut: it is replayed on a desktop"),
        }
    }
}

/// What one kind of work cost, each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How often it was done.
    pub times: u64,
    /// All of it together.
    pub total: u64,
    /// The dearest.
    pub worst: u64,
}

impl Cost {
    fn add(&mut self, cost: u64) {
        self.times += 1;
        self.total += cost;
        self.worst = self.worst.max(cost);
    }

    /// The mean, rounded down; 0 if it was never done.
    pub const fn mean(&self) -> u64 {
        match self.total.checked_div(self.times) {
            Some(mean) => mean,
            None => 0,
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mean {} worst {} times {}", self.mean(), self.worst, self.times)
    }
}

/// What a ride cost. An input's cost is that of handling it and draining its outputs. The first input of a second, of
/// whatever kind, also pays for what falls due in that second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Finished samples.
    pub sample: Cost,
    /// Portions of radio bytes and events of the radios.
    pub radio: Cost,
    /// Ticks.
    pub tick: Cost,
    /// Those of them at a whole multiple of five seconds, where the detectors step in a log that begins at 0.
    pub step: Cost,
    /// Power, cadence and the like.
    pub context: Cost,
    /// All other inputs.
    pub other: Cost,
    /// Updates of the panel: finding out what shows something new, drawing that, finding the lines that changed.
    pub update: Cost,
    /// The chart, drawn alone on paper.
    pub chart: Cost,
    /// Whole frames drawn.
    pub frame: Cost,
}

impl Costs {
    fn of(&mut self, input: &Input<'_>) -> &mut Cost {
        match input {
            Input::Sample(_) => &mut self.sample,
            Input::AntBytes(_) | Input::Ble(_) => &mut self.radio,
            Input::Tick => &mut self.tick,
            Input::Context(_) => &mut self.context,
            _ => &mut self.other,
        }
    }

    /// Everything that a ride with whole frames takes.
    pub const fn total(&self) -> u64 {
        self.sample.total
            + self.radio.total
            + self.tick.total
            + self.context.total
            + self.other.total
            + self.frame.total
    }
}

/// A ride that was ridden to the end of its log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ridden {
    /// What was said and shown.
    pub digest: RideDigest,
    /// What it cost.
    pub costs: Costs,
    /// What the panel was sent.
    pub sent: Sent,
    /// Updates after which the frame was not as if drawn whole.
    pub unequal: u64,
    /// Bytes after the last whole record: not 0 if the log was cut.
    pub cut_bytes: usize,
}

/// Rides the log that `source` gives. `count` reads a counter that only rises.
pub fn ride<S: Source>(
    source: &mut S,
    parts: Parts<'_>,
    mut count: impl FnMut() -> u64,
) -> Result<Ridden, RideError<S::Error>> {
    let Parts { unit, frame, panel, buffer } = parts;
    let mut records = Records::open(source, &mut buffer.0)?;
    let mut ridden = Ridden::default();
    let mut shown = Shown::new();
    while let Some(Record { at, input, .. }) = records.next()? {
        if matches!(input, Input::PowerOn) {
            return Err(RideError::PowerCut);
        }
        let (cost, areas) = handle(unit, &input, at, &mut ridden.digest, &mut count);
        ridden.costs.of(&input).add(cost);
        if input == Input::Tick && at.as_ms().is_multiple_of(STEP_MS) {
            ridden.costs.step.add(cost);
        }
        if ridden.digest.input() {
            draw(unit, frame, &areas, panel, &mut shown, &mut ridden, &mut count);
        }
    }
    ridden.cut_bytes = records.left();
    ridden.sent = panel.sent();
    Ok(ridden)
}

/// Hands an input in and drains what it brings; what that cost, and what is to be redrawn.
fn handle(
    unit: &mut HeadUnit,
    input: &Input<'_>,
    at: Instant,
    digest: &mut RideDigest,
    count: &mut impl FnMut() -> u64,
) -> (u64, Areas) {
    let (mut drained, mut areas) = (heapless::Vec::<Output, DRAINED_AT_ONCE>::new(), Areas::new());
    let mut cost = cost_of(count, || {
        unit.handle(input, at);
        drain(unit, &mut drained);
    });
    while !drained.is_empty() {
        for output in &drained {
            digest.output(at, output);
            if let Output::Redraw(area) = output {
                // An input asks once for a cell: there is room.
                let _ = areas.push(*area);
            }
        }
        drained.clear();
        cost += cost_of(count, || drain(unit, &mut drained));
    }
    (cost, areas)
}

/// Brings the frame and the panel up to date, and counts what that and drawing it whole cost.
#[inline(never)]
fn draw(
    unit: &HeadUnit,
    frame: &mut ReferenceFrame,
    areas: &[Area],
    panel: &mut Panel,
    shown: &mut Shown,
    ridden: &mut Ridden,
    count: &mut impl FnMut() -> u64,
) {
    let (w, h) = frame.size();
    // The head unit has found out what shows something new while it handled the input; here that is counted apart.
    let find = cost_of(count, || shown.update(&unit.snapshot(), (w, h), &mut |_| {}));
    let mut sent = 0;
    let update = cost_of(count, || {
        unit.draw_areas(frame, areas);
        sent = panel.send(frame, areas);
    });
    ridden.costs.update.add(find + update);
    if let Some(times) = panel.times.get_mut(sent) {
        *times = times.saturating_add(1);
    }
    let updated = digest_of(frame);

    let snapshot = unit.snapshot();
    for cell in
        ui::cells(unit.page(), &snapshot, w, h).iter().filter(|cell| cell.field.id() == LineChart::FIVE_MINUTES.id())
    {
        ridden.costs.chart.add(cost_of(count, || {
            frame.fill(cell.area, Ink::Paper);
            cell.field.draw(&snapshot, frame, cell.area);
        }));
    }
    ridden.costs.frame.add(cost_of(count, || unit.draw_on(frame)));
    ridden.unequal += u64::from(digest_of(frame) != updated);
    ridden.digest.frame(frame);
}

fn digest_of(frame: &ReferenceFrame) -> Digest {
    let mut digest = Digest::new();
    digest.coarse(frame.bytes());
    digest
}

fn cost_of(count: &mut impl FnMut() -> u64, work: impl FnOnce()) -> u64 {
    let before = count();
    work();
    count() - before
}

fn drain(unit: &mut HeadUnit, drained: &mut heapless::Vec<Output, DRAINED_AT_ONCE>) {
    while !drained.is_full() {
        let Some(output) = unit.poll_output() else { return };
        // There is room: it is not full.
        let _ = drained.push(output);
    }
}

/// The records of a log, one after the other.
struct Records<'a, S> {
    source: &'a mut S,
    reader: Reader,
    buffer: &'a mut [u8; BUFFER],
    /// What of the buffer is read and not yet used.
    start: usize,
    end: usize,
    at_end: bool,
    /// Where in the log the buffer's `start` is.
    offset: u64,
}

impl<'a, S: Source> Records<'a, S> {
    /// At a log's beginning; takes its header.
    fn open(source: &'a mut S, buffer: &'a mut [u8; BUFFER]) -> Result<Self, RideError<S::Error>> {
        let reader = Reader::new();
        let mut records = Self { source, reader, buffer, start: 0, end: 0, at_end: false, offset: 0 };
        records.fill()?;
        log::check_header(records.unused()).map_err(|error| RideError::Log { offset: 0, error })?;
        records.take(HEADER_LEN);
        Ok(records)
    }

    fn unused(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Bytes that no record was made of.
    const fn left(&self) -> usize {
        self.end - self.start
    }

    fn take(&mut self, n: usize) {
        self.start += n;
        self.offset += n as u64;
    }

    /// Reads on until the longest record would be in the buffer, or the source is at its end.
    fn fill(&mut self) -> Result<(), RideError<S::Error>> {
        if self.left() >= LONGEST {
            return Ok(());
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.left());
        while !self.at_end && self.left() < LONGEST {
            let Some(room) = self.buffer.get_mut(self.end..) else { break };
            let offset = self.offset + self.end as u64;
            let n = self.source.read(room).map_err(|error| RideError::Read { offset, error })?;
            self.at_end = n == 0;
            self.end += n.min(room.len());
        }
        Ok(())
    }

    /// The next whole record; `None` after the last.
    fn next(&mut self) -> Result<Option<Record<'_>>, RideError<S::Error>> {
        self.fill()?;
        let unused = self.buffer.get(self.start..self.end).unwrap_or_default();
        let offset = self.offset;
        let record = self.reader.decode(unused).map_err(|error| RideError::Log { offset, error })?;
        let taken = record.as_ref().map_or(0, |record| record.length);
        self.start += taken;
        self.offset += taken as u64;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sling_core::head_unit::{Config, Label};
    extern crate std;
    use std::boxed::Box;
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// Bytes in portions of one size; the source breaks when it has given `breaks_at` of them.
    struct Portions<'a> {
        bytes: &'a [u8],
        given: usize,
        size: usize,
        breaks_at: Option<usize>,
    }

    impl Source for Portions<'_> {
        type Error = &'static str;

        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, &'static str> {
            if self.breaks_at.is_some_and(|at| self.given >= at) {
                return Err("the cable is out");
            }
            let rest = &self.bytes[self.given..];
            let n = self.size.min(rest.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&rest[..n]);
            self.given += n;
            Ok(n)
        }
    }

    fn inputs() -> Vec<Input<'static>> {
        static LONG: [u8; 1000] = [0xa4; 1000];
        let mut inputs = std::vec![Input::Configure(Config::DEFAULT), Input::Lap];
        for i in 0..40 {
            inputs.push(Input::Tick);
            inputs.push(Input::AntBytes(&LONG[..25 * i]));
            inputs.push(Input::Marker(Label::try_from("here").unwrap()));
        }
        inputs
    }

    fn written() -> Vec<u8> {
        let (mut writer, mut bytes, mut buffer) = (log::Writer::new(), log::header().to_vec(), [0; LONGEST]);
        for (i, input) in inputs().iter().enumerate() {
            let n = writer.encode(Instant::from_ms(i as u64 * 400), input, &mut buffer).unwrap();
            bytes.extend_from_slice(&buffer[..n]);
        }
        bytes
    }

    fn ridden(bytes: &[u8], size: usize, breaks_at: Option<usize>) -> Result<Ridden, RideError<&'static str>> {
        let (mut unit, mut buffer) = (Box::new(HeadUnit::new()), Buffer::new());
        let mut frame = ReferenceFrame::new(RideDigest::THEME);
        let mut panel = Panel::new();
        let parts = Parts { unit: &mut unit, frame: &mut frame, panel: &mut panel, buffer: &mut buffer };
        let mut calls = 0;
        ride(&mut Portions { bytes, given: 0, size, breaks_at }, parts, || {
            calls += 1;
            calls
        })
    }

    #[test]
    fn the_portions_that_a_log_is_read_in_make_no_difference() {
        let bytes = written();
        let whole = ridden(&bytes, usize::MAX, None).unwrap();
        assert_eq!(whole.digest.inputs, inputs().len() as u64);
        assert!(whole.digest.frames > 0);
        assert_eq!(whole.cut_bytes, 0);
        for size in [1, 7, LONGEST, 1999] {
            assert_eq!(ridden(&bytes, size, None), Ok(whole), "{size}");
        }
    }

    #[test]
    fn every_input_is_counted_under_its_kind() {
        let Ridden { digest, costs, .. } = ridden(&written(), 100, None).unwrap();
        let times = [costs.sample, costs.radio, costs.tick, costs.context, costs.other].map(|cost| cost.times);
        assert_eq!(times, [0, 40, 40, 0, 42]);
        // Every third input is a tick, an input every 400 ms: at 5 s lies none, at 20 s one.
        assert_eq!(costs.step.times, (2..122).step_by(3).filter(|i| i * 400 % 5000 == 0).count() as u64);
        assert!(costs.step.times > 0 && costs.step.total < costs.tick.total);
        assert_eq!([costs.frame.times, costs.update.times, costs.chart.times], [digest.frames; 3]);
        // A reading of the counter is one: an input costs at least one, a frame exactly one.
        assert_eq!((costs.frame.mean(), costs.frame.worst), (1, 1));
        assert!(costs.tick.mean() >= 1 && costs.total() >= 162);
    }

    #[test]
    fn what_is_updated_is_as_if_drawn_whole_and_a_panel_is_sent_a_part_of_it() {
        let Ridden { digest, sent, unequal, .. } = ridden(&written(), 100, None).unwrap();
        assert_eq!(unequal, 0);
        assert_eq!(sent.most, ROWS, "first all of it");
        assert!(sent.median > 0 && sent.median <= sent.p90 && sent.p90 < ROWS, "{sent:?}");
        assert!(sent.lines < digest.frames * ROWS as u64 / 2, "{sent:?}");
    }

    #[test]
    fn a_cut_log_is_ridden_up_to_the_cut() {
        let bytes = written();
        let cut = ridden(&bytes[..bytes.len() - 3], 64, None).unwrap();
        assert_eq!(cut.digest.inputs, inputs().len() as u64 - 1);
        assert!(cut.cut_bytes > 0);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let mut broken = written();
        let last = broken.len() - 1;
        broken[last] ^= 1;
        let said = |result: Result<Ridden, RideError<&'static str>>| -> String { result.unwrap_err().to_string() };
        let start = written().len() - 12;
        assert_eq!(
            said(ridden(&broken, 64, None)),
            std::format!("the log at byte {start}: a record's checksum is wrong")
        );
        assert_eq!(said(ridden(b"SLINGLO", 64, None)), "the log at byte 0: does not begin with SLINGLOG");
        assert_eq!(said(ridden(&written(), 64, Some(640))), "reading at byte 640: the cable is out");
    }
}
