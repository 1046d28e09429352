//! What all readers do alike: keep the clock going forward, say each remark once, turn numbers into core's units and
//! decide which rows are new samples.

use super::error::{FormatError, Place};
use super::limits::{CHANNELS, CLOCK_S, ITEMS};
use super::table::{Cell, Header, Row, Rows};
use super::{Channel, Item, Recording, Timed};
use sling_core::head_unit::{Context, Label};
use sling_core::sensor::{Reading, Reason, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, CelsiusTenths, CmPerS, GradeTenths, Rpm, Smo2, Thb, ThbScale, Watts};
use std::collections::HashSet;

/// A recording in the making.
#[derive(Debug, Default)]
pub struct Builder {
    recording: Recording,
    said: HashSet<String>,
}

impl Builder {
    /// A new sensor; its index.
    pub fn channel(&mut self, label: &str, site: Option<Site>, place: Place) -> Result<u8, FormatError> {
        if self.recording.channels.len() == CHANNELS {
            return Err(FormatError::TooMany { what: "sensors", place, limit: CHANNELS });
        }
        self.recording.channels.push(Channel { label: label.to_string(), site });
        Ok(self.recording.channels.len() as u8 - 1)
    }

    /// Tells the user something, once for each `key`.
    pub fn remark(&mut self, key: &str, text: impl FnOnce() -> String) {
        if self.said.insert(key.to_string()) {
            self.recording.remarks.push(text());
        }
    }

    /// The next row of data below `header`. Blank rows are left out; so is, with a remark, a last line that broke off (no
    /// line end, and cells missing): that is how a power cut looks.
    pub fn next_row(&mut self, header: &Header, rows: &mut dyn Rows) -> Result<Option<Row>, FormatError> {
        while let Some(row) = rows.next_row()? {
            if row.is_cut(&header.row) {
                self.remark("cut", || format!("{} broke off and is passed over: the file was cut short", row.place));
            } else if !row.is_blank() {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Something happened.
    pub fn push(&mut self, at: Instant, item: Item, place: Place) -> Result<(), FormatError> {
        if self.recording.items.len() == ITEMS {
            return Err(FormatError::TooMany { what: "samples and events", place, limit: ITEMS });
        }
        self.recording.items.push(Timed { at, item });
        Ok(())
    }

    /// A sample whose count is decided later, by [`Self::finish`].
    pub fn sample(&mut self, at: Instant, channel: u8, reading: Reading, place: Place) -> Result<(), FormatError> {
        self.push(at, Item::Sample { channel, count: 0, reading }, place)
    }

    /// Power and the like, unless there is no news in it.
    pub fn context(&mut self, at: Instant, context: Context, place: Place) -> Result<(), FormatError> {
        if context == Context::default() { Ok(()) } else { self.push(at, Item::Context(context), place) }
    }

    /// The tHb in a cell of an export, in its vendor's unit. What cannot be carried is said and passed over.
    pub fn thb(
        &mut self,
        header: &Header,
        row: &Row,
        column: Option<usize>,
        scale: ThbScale,
    ) -> Result<Option<Thb>, FormatError> {
        let Some(column) = column else { return Ok(None) };
        let Some(value) = header.number(row, column, "a number of tHb such as 12.5, or nothing")? else {
            return Ok(None);
        };
        let thb = thb(value, scale);
        if thb.is_none() {
            self.passed_over(header, row, column);
        }
        Ok(thb)
    }

    /// A number beside the sensors in an export, converted; what is no such number is said and passed over.
    pub fn aside<T>(
        &mut self,
        header: &Header,
        row: &Row,
        column: Option<usize>,
        convert: impl Fn(f64) -> Option<T>,
    ) -> Option<T> {
        let column = column.filter(|&column| !row.cell(column).is_blank())?;
        let value = row.cell(column).number().and_then(convert);
        if value.is_none() {
            self.passed_over(header, row, column);
        }
        value
    }

    fn passed_over(&mut self, header: &Header, row: &Row, column: usize) {
        let name = header.row.cell(column).shown();
        self.remark(&format!("odd {name}"), || {
            format!(
                "column {name} holds what cannot be used, first \"{}\" in {}; such cells are passed over",
                row.cell(column).shown(),
                row.place
            )
        });
    }

    /// The recording, whole: samples counted by `rule`, columns of zeros taken out, silent sensors named.
    pub fn finish(self, rule: Rule, header: &Header) -> Result<Recording, FormatError> {
        let mut recording = self.recording;
        if recording.items.is_empty() {
            return Err(FormatError::NoRows { place: header.row.place, format: header.format });
        }
        count_samples(&mut recording.items, recording.channels.len(), rule);
        for (index, channel) in recording.channels.iter().enumerate() {
            let heard =
                |timed: &Timed| matches!(timed.item, Item::Sample { channel, .. } if usize::from(channel) == index);
            if !recording.items.iter().any(heard) {
                recording.remarks.push(format!("the sensor \"{}\" never says anything in this file", channel.label));
            }
        }
        Ok(recording)
    }

    /// Takes out of the context what is zero from the first row to the last: programs write such a column for a
    /// sensor that was not there.
    pub fn drop_silent_context(&mut self) {
        let mut heard = Context::default();
        for timed in &self.recording.items {
            if let Item::Context(context) = &timed.item {
                keep(&mut heard.power, context.power, |v| v.0 != 0);
                keep(&mut heard.cadence, context.cadence, |v| v.0 != 0);
                keep(&mut heard.speed, context.speed, |v| v.0 != 0);
                keep(&mut heard.grade, context.grade, |v| v.0 != 0);
            }
        }
        for timed in &mut self.recording.items {
            if let Item::Context(context) = &mut timed.item {
                context.power = context.power.filter(|_| heard.power.is_some());
                context.cadence = context.cadence.filter(|_| heard.cadence.is_some());
                context.speed = context.speed.filter(|_| heard.speed.is_some());
                context.grade = context.grade.filter(|_| heard.grade.is_some());
            }
        }
        self.recording.items.retain(|timed| timed.item != Item::Context(Context::default()));
    }
}

fn keep<T>(heard: &mut Option<T>, value: Option<T>, counts: impl Fn(&T) -> bool) {
    if heard.is_none() {
        *heard = value.filter(counts);
    }
}

/// When a row with a number is a new sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Always: the file has a row for each sample.
    EachRow,
    /// The file repeats the last value between the samples of a sensor that sends every two seconds.
    Held,
    /// As the reader of the format has counted.
    Given,
}

/// The interval at which Moxy sends: a held value that is older has been sent anew.
const SENSOR_INTERVAL_MS: u32 = 2000;

/// What is remembered of a channel while its samples are counted.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    count: u16,
    /// The last new sample.
    last: Option<(Instant, Reading)>,
    /// The last new sample that was not an extreme.
    ordinary: Option<(Instant, Reading)>,
}

impl Counter {
    /// The count of a sample in a file that repeats held values.
    ///
    /// An extreme (0, 100 or more) in the middle of a held run is an artefact of the export: the value that returns
    /// behind it is still the held one, not a new sample. So an ordinary value is compared with the last ordinary one.
    fn held(&mut self, at: Instant, reading: Reading) -> u16 {
        let before = if is_extreme(reading) { self.last } else { self.ordinary };
        let repeated =
            before.is_some_and(|(then, held)| held == reading && at.since(then).as_ms() < SENSOR_INTERVAL_MS);
        if repeated { self.count } else { self.new_sample(at, reading) }
    }

    fn new_sample(&mut self, at: Instant, reading: Reading) -> u16 {
        self.count = self.count.wrapping_add(1);
        self.last = Some((at, reading));
        if !is_extreme(reading) {
            self.ordinary = self.last;
        }
        self.count
    }
}

/// Whether muscle cannot show this: what an export makes of a blank or of an overflow.
fn is_extreme(reading: Reading) -> bool {
    reading.map_or(true, |value| matches!(value.smo2.tenths(), 0 | 1000))
}

fn count_samples(items: &mut [Timed], channels: usize, rule: Rule) {
    if rule == Rule::Given {
        return;
    }
    let mut counters = vec![Counter::default(); channels];
    for Timed { at, item } in items {
        if let Item::Sample { channel, count, reading } = item {
            let counter = &mut counters[usize::from(*channel)];
            *count = match rule {
                Rule::EachRow => counter.new_sample(*at, *reading),
                Rule::Held => counter.held(*at, *reading),
                Rule::Given => *count,
            };
        }
    }
}

/// The clock of an export: rebased to zero, never running back.
///
/// A step back of up to [`CLOCK_JITTER_S`] is rows in disorder: time stands until the clock has caught up. A larger
/// one is a clock that was set: time goes on from there, one interval later. Either is said once.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "the unit stands last in names")]
pub struct Clock {
    /// Seconds to add to the file's clock.
    shift_s: Option<f64>,
    last_s: f64,
    interval_s: f64,
}

/// The largest step back that is taken for rows in disorder.
const CLOCK_JITTER_S: f64 = 2.0;

impl Clock {
    /// The time of a row whose clock shows `clock_s`.
    pub fn at(&mut self, clock_s: f64, place: Place, builder: &mut Builder) -> Instant {
        let shift_s = *self.shift_s.get_or_insert(-clock_s);
        let mut at_s = clock_s + shift_s;
        if at_s < self.last_s {
            let back_s = self.last_s - at_s;
            builder.remark("clock", || {
                format!("the clock goes back by {back_s:.2} s in {place}; time is carried on from the row before")
            });
            if back_s > CLOCK_JITTER_S {
                self.shift_s = Some(shift_s + back_s + self.interval_s);
                at_s += back_s + self.interval_s;
            }
        } else if at_s > self.last_s {
            self.interval_s = at_s - self.last_s;
        }
        self.last_s = at_s.max(self.last_s);
        Instant::from_ms((self.last_s * 1000.0).round() as u64)
    }
}

/// A clock of hours, minutes and seconds, with or without a date beside it, made to count seconds through midnight.
#[derive(Debug, Default)]
pub struct DayClock {
    last: Option<(Cell, f64)>,
    days: f64,
}

impl DayClock {
    /// Seconds since the first midnight. `date` is only compared with the row before: its year is often missing.
    pub fn seconds(&mut self, date: &Cell, of_day_s: f64) -> f64 {
        const HALF_A_DAY_S: f64 = 43_200.0;
        if let Some((last_date, last_s)) = self.last.replace((date.clone(), of_day_s)) {
            self.days += match (&last_date, date) {
                (Cell::Number(from), Cell::Number(to)) if to > from => (to.floor() - from.floor()).min(366.0),
                (Cell::Text(from), Cell::Text(to)) if from != to => 1.0,
                _ if last_s - of_day_s > HALF_A_DAY_S => 1.0,
                _ => 0.0,
            };
        }
        self.days * 86_400.0 + of_day_s
    }
}

/// The seconds in a cell that must hold some.
pub fn seconds(header: &Header, row: &Row, column: usize) -> Result<f64, FormatError> {
    let want = "a time in seconds such as 12.5";
    row.cell(column).number().filter(|s| s.abs() <= CLOCK_S).ok_or_else(|| header.wrong(row, column, want))
}

/// A reading of `smo2` percent. What lies outside 0.0 to 100.0 % is carried as implausible; 0 and 100 are values, for
/// core to judge.
pub fn reading(smo2_pct: f64, thb: Option<Thb>) -> Reading {
    let smo2 = to_u16(smo2_pct * 10.0).and_then(Smo2::from_tenths).ok_or(Reason::Implausible)?;
    Ok(Value { smo2, thb })
}

/// tHb in its vendor's unit, where it can be carried (-327.68 to 327.67).
pub fn thb(value: f64, scale: ThbScale) -> Option<Thb> {
    Some(Thb { hundredths: to_i16(value * 100.0)?, scale })
}

/// Watts, 0 to 65 535.
pub fn watts(value: f64) -> Option<Watts> {
    to_u16(value).map(Watts)
}

/// Revolutions per minute, 0 to 65 535.
pub fn rpm(value: f64) -> Option<Rpm> {
    to_u16(value).map(Rpm)
}

/// Beats per minute, 0 to 65 535.
pub fn bpm(value: f64) -> Option<Bpm> {
    to_u16(value).map(Bpm)
}

/// Metres per second, 0 to 655.35.
pub fn speed_mps(value: f64) -> Option<CmPerS> {
    to_u16(value * 100.0).map(CmPerS)
}

/// Percent of gradient, -3276.8 to 3276.7.
pub fn grade_pct(value: f64) -> Option<GradeTenths> {
    to_i16(value * 10.0).map(GradeTenths)
}

/// Degrees Celsius, -3276.8 to 3276.7.
pub fn celsius(value: f64) -> Option<CelsiusTenths> {
    to_i16(value * 10.0).map(CelsiusTenths)
}

fn to_u16(value: f64) -> Option<u16> {
    let rounded = value.round();
    (rounded >= 0.0 && rounded <= f64::from(u16::MAX)).then_some(rounded as u16)
}

fn to_i16(value: f64) -> Option<i16> {
    let rounded = value.round();
    (rounded >= f64::from(i16::MIN) && rounded <= f64::from(i16::MAX)).then_some(rounded as i16)
}

/// `text` as a label, cut at a character if it is too long for one.
pub fn cut_label(text: &str) -> Label {
    let mut label = Label::new();
    for char in text.chars() {
        if label.push(char).is_err() {
            break;
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(samples: &[(u64, f64)]) -> Vec<u16> {
        let mut counter = Counter::default();
        samples.iter().map(|&(ms, smo2)| counter.held(Instant::from_ms(ms), reading(smo2, None))).collect()
    }

    #[test]
    fn a_held_value_counts_once_until_it_changes_or_two_seconds_pass() {
        let rows = [(0, 54.0), (550, 54.0), (1100, 54.0), (1650, 54.0), (2200, 54.0), (2750, 55.0), (3300, 55.0)];
        assert_eq!(counts(&rows), [1, 1, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn an_extreme_in_a_held_run_does_not_make_the_held_value_new() {
        assert_eq!(counts(&[(0, 54.0), (550, 0.0), (1100, 54.0), (1650, 100.0), (2000, 54.0)]), [1, 2, 2, 3, 4]);
        assert_eq!(counts(&[(0, 0.0), (550, 0.0), (2000, 0.0)]), [1, 1, 2]);
    }

    #[test]
    fn readings_outside_of_the_scale_are_implausible_and_its_ends_are_values() {
        for (pct, want) in [(0.0, Ok(0)), (100.0, Ok(1000)), (100.04, Ok(1000)), (67.15, Ok(672)), (-0.04, Ok(0))] {
            assert_eq!(reading(pct, None).map(|value| value.smo2.tenths()), want, "{pct}");
        }
        for pct in [-0.1, 100.1, 655.0, 1e300, f64::NAN] {
            assert_eq!(reading(pct, None), Err(Reason::Implausible), "{pct}");
        }
    }

    #[test]
    fn time_never_runs_back() {
        let mut clock = Clock::default();
        let mut builder = Builder::default();
        let times: Vec<u64> = [100.0, 102.0, 101.5, 104.0, 10.0, 12.0]
            .map(|s| clock.at(s, Place::Line(1), &mut builder).as_ms())
            .to_vec();
        assert_eq!(times, [0, 2000, 2000, 4000, 6000, 8000]);
        assert_eq!(builder.recording.remarks.len(), 1);
    }

    #[test]
    fn days_follow_one_another() {
        let (first, second) = (Cell::text("06-Feb"), Cell::text("07-Feb"));
        let mut clock = DayClock::default();
        assert_eq!(clock.seconds(&first, 86_398.0), 86_398.0);
        assert_eq!(clock.seconds(&second, 0.0), 86_400.0);
        assert_eq!(clock.seconds(&second, 2.0), 86_402.0);
        let mut dateless = DayClock::default();
        dateless.seconds(&Cell::Blank, 86_398.0);
        assert_eq!(dateless.seconds(&Cell::Blank, 0.0), 86_400.0);
        let mut spreadsheet = DayClock::default();
        spreadsheet.seconds(&Cell::Number(45_694.0), 86_398.0);
        assert_eq!(spreadsheet.seconds(&Cell::Number(45_695.0), 0.0), 86_400.0);
    }
}
