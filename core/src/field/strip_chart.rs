//! Five minutes of calf and thigh, drawn as a sweep: the newest column moves to the right and starts over at the left,
//! with a gap before the oldest. A scroll would repaint every line of the panel; a sweep repaints a few columns.
//!
//! The axis is 0 to 100 % and never jumps. Calf is the thick line with round markers, thigh the thin line with square
//! ones. A bin without a reading is a gap, and no line crosses it. A filled triangle marks where an alert rose.

use super::{Field, FiveMinutes, Snapshot};
use crate::draw::{Area, Canvas, Ink, arrow, disc};
use crate::language::{Language, Say};
use crate::math;
use core::fmt;

/// The chart's field.
pub struct StripChart;

/// Bins across the chart.
const SPAN: u64 = 240;
/// Bins before the newest that are kept clear, so that new and old are not read as one.
const GAP: u64 = 8;
/// Bins in a minute.
const MINUTE: u64 = 48;
/// The longest stretch without a bin that a line may cross: a sensor that measures every 2 s leaves every other bin
/// empty, and one sample may be missed.
const BRIDGE: u64 = 3;
const MARGIN: i16 = 5;

impl Field for StripChart {
    fn id(&self) -> &'static str {
        "strip_chart"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::FiveMinutes.long(language)
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (120, 60)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        draw_grid(canvas, area);
        let series = [
            (snapshot.thigh.as_ref(), Line { thick: 1, ink: Ink::Thigh, round: false }),
            (snapshot.calf.as_ref(), Line { thick: 3, ink: Ink::Calf, round: true }),
        ];
        for (view, line) in series {
            if let Some(view) = view {
                draw_line(canvas, area, view.five_minutes, line);
            }
        }
        // An alert of the other leg has no place among these lines.
        if let Some(alert) = snapshot.alert.filter(|alert| alert.speaks_of(snapshot.leg)) {
            draw_alert_mark(canvas, area, snapshot, alert.told_at.as_ms());
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str("Five minutes:")?;
        for (name, view) in [("calf", &snapshot.calf), ("thigh", &snapshot.thigh)] {
            let Some(bins) = view.as_ref().map(|view| view.five_minutes) else {
                write!(out, " {name} not worn;")?;
                continue;
            };
            let (low, high) = held(bins)
                .filter_map(|i| bins.get(i))
                .fold((101.0, -1.0), |(low, high), y| (math::min(low, y), math::max(high, y)));
            if high < low {
                write!(out, " {name} nothing;")?;
            } else {
                let newest = bins.newest().unwrap_or(0);
                let last = bins.get(newest).map_or(-1, |y| math::round_i32(y * 10.0));
                write!(out, " {name} {} to {} % ({newest}: {last});", math::round_i32(low), math::round_i32(high))?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Line {
    thick: i16,
    ink: Ink,
    round: bool,
}

/// The numbers of the bins that are shown, oldest first.
fn held(bins: &FiveMinutes) -> core::ops::RangeInclusive<u64> {
    let newest = bins.newest().unwrap_or(0);
    newest.saturating_sub(SPAN - 1 - GAP)..=newest
}

/// The first column of bin `number`, wherever the sweep is.
fn column(area: Area, number: u64) -> i16 {
    area.x + (number % SPAN * u64::from(area.w.unsigned_abs()) / SPAN) as i16
}

fn row(area: Area, percent: f32) -> i16 {
    let span = f32::from(area.h - 1 - 2 * MARGIN);
    area.bottom() - 1 - MARGIN - math::round_i32(math::clamp(percent, 0.0, 100.0) / 100.0 * span) as i16
}

/// Minutes as dotted verticals (fixed to the sweep), quarters as dotted horizontals.
fn draw_grid(canvas: &mut dyn Canvas, area: Area) {
    for minute in 1..SPAN / MINUTE {
        canvas.fill(Area::new(column(area, minute * MINUTE), area.y, 1, area.h), Ink::Grid);
    }
    for percent in [25.0, 50.0, 75.0] {
        canvas.fill(Area::new(area.x, row(area, percent), area.w, 1), Ink::Grid);
    }
    canvas.fill(Area::new(area.x, area.y, area.w, 1), Ink::Ink);
    canvas.fill(Area::new(area.x, area.bottom() - 1, area.w, 1), Ink::Ink);
}

fn draw_line(canvas: &mut dyn Canvas, area: Area, bins: &FiveMinutes, line: Line) {
    let mut previous: Option<(u64, i16)> = None;
    for number in held(bins) {
        let Some(percent) = bins.get(number) else { continue };
        let y = row(area, percent);
        let joined = previous.filter(|&(last, _)| number - last <= BRIDGE);
        let from_number = joined.map_or(number, |(last, _)| last + 1);
        let from_y = joined.map_or(y, |(_, y)| y);
        // A vertical run from the last value to this one, then level: no slanted strokes.
        for passed in from_number..=number {
            let x = column(area, passed);
            // Up to the next bin's column; the last bin of the sweep reaches the edge, and bins may share a column.
            let next = column(area, passed + 1);
            let w = if next < x { area.right() - x } else { (next - x).max(1) };
            let (top, bottom) = if passed == number { (y.min(from_y), y.max(from_y)) } else { (from_y, from_y) };
            let half = line.thick / 2;
            canvas.fill(Area::new(x, top - half, w, bottom - top + line.thick), line.ink);
        }
        // A marker in the middle of each minute.
        if number % MINUTE == MINUTE / 2 {
            let x = column(area, number);
            if line.round {
                disc(canvas, x, y, 4, line.ink);
            } else {
                canvas.fill(Area::new(x - 3, y - 3, 7, 7), line.ink);
                canvas.fill(Area::new(x - 1, y - 1, 3, 3), Ink::Paper);
            }
        }
        previous = Some((number, y));
    }
}

fn draw_alert_mark(canvas: &mut dyn Canvas, area: Area, snapshot: &Snapshot<'_>, told_ms: u64) {
    let Some(bins) = snapshot.calf.as_ref().map(|view| view.five_minutes) else { return };
    let number = told_ms.checked_div(u64::from(bins.width().as_ms())).unwrap_or(0);
    if held(bins).contains(&number) {
        let x = column(area, number);
        let left = (x - 6).clamp(area.x, (area.right() - 13).max(area.x));
        arrow(canvas, Area::new(left, area.bottom() - 14, 13, 12), true, Ink::Ink);
    }
}
