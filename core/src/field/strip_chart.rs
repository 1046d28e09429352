//! Five minutes of calf and thigh, drawn as a sweep: the newest column moves to the right and starts over at the left,
//! with a gap before the oldest. A scroll would repaint every line of the panel; a sweep repaints a few columns.
//!
//! The axis is 0 to 100 % and never jumps. Calf is the thick line with round markers, thigh the thin line with square
//! ones. A bin without a reading is a gap, and no line crosses it. A filled triangle marks where an alert rose.

use super::{Field, FiveMinutes, Snapshot};
use crate::digest::Digest;
use crate::draw::{Area, Canvas, Ink, arrow, disc};
use crate::language::{Language, Say};
use crate::math;
use core::fmt;

/// The chart's field.
pub struct StripChart;

/// Bins across the chart.
const SPAN: u32 = 240;
/// Bins before the newest that are kept clear, so that new and old are not read as one.
const GAP: u32 = 8;
/// Bins that are shown.
const SHOWN: u32 = SPAN - GAP;
/// Bins in a minute.
const MINUTE: u32 = 48;
/// The longest stretch without a bin that a line may cross: a sensor that measures every 2 s leaves every other bin
/// empty, and one sample may be missed.
const BRIDGE: u32 = 3;
/// Bins before the newest and after the gap whose columns may change with it: those of a bridge, and those that share a column
/// on a narrow chart.
const BEHIND: u32 = BRIDGE + 2;
const AHEAD: u32 = 3;
const MARGIN: i16 = 5;
/// Columns beyond those of a bin that it may reach: a marker, or a line over a bridge on a wide chart.
const AROUND: i16 = 16;

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
        draw_alert_mark(canvas, area, snapshot);
    }

    /// A minute, at most one of which changes with the newest bin, and one with what gives way to it.
    fn part(&self, area: Area, part: usize) -> Option<Area> {
        let from = part as u32 * MINUTE;
        (from < SPAN).then(|| {
            let x = column(area, from);
            Area::new(x, area.y, column(area, from + MINUTE) - x, area.h)
        })
    }

    fn fingerprint(&self, snapshot: &Snapshot<'_>, _area: Area, part: usize, digest: &mut Digest) {
        for view in [&snapshot.calf, &snapshot.thigh].into_iter().flatten() {
            digest.number((view.site.muscle as u32) << 8 | view.site.side as u32);
            // A bin that is not the newest stays as it is until it gives way: where neither happens, nothing does.
            let newest = view.five_minutes.newest().unwrap_or(0);
            let is_live = (0..=BEHIND + GAP + AHEAD)
                .any(|ahead| place(newest + u64::from(SPAN - BEHIND + ahead)) / MINUTE == part as u32);
            if is_live {
                digest.number(newest as u32);
                digest.number(view.five_minutes.last(1).next().flatten().map_or(u32::MAX, |tenths| tenths as u32));
            }
        }
        digest.number(alert_place(snapshot).unwrap_or(u32::MAX));
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let language = snapshot.language;
        write!(out, "{}:", self.title(language))?;
        for (name, view) in [(Say::Calf, &snapshot.calf), (Say::Thigh, &snapshot.thigh)] {
            write!(out, " {} ", name.long(language))?;
            let Some(bins) = view.as_ref().map(|view| view.five_minutes) else {
                write!(out, "{};", Say::NotWorn.long(language))?;
                continue;
            };
            let (low, high) = held(bins)
                .filter_map(|i| bins.get(i))
                .fold((101.0, -1.0), |(low, high), y| (math::min(low, y), math::max(high, y)));
            if high < low {
                write!(out, "{};", Say::NoData.long(language))?;
            } else {
                let newest = bins.newest().unwrap_or(0);
                let last = bins.get(newest).map_or(-1, |y| math::round_i32(y * 10.0));
                write!(out, "{}–{} % ({newest}: {last});", math::round_i32(low), math::round_i32(high))?;
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
    newest.saturating_sub(u64::from(SHOWN - 1))..=newest
}

/// Where in the sweep bin `number` stands.
const fn place(number: u64) -> u32 {
    (number % SPAN as u64) as u32
}

/// The first column of a place in the sweep.
const fn column(area: Area, place: u32) -> i16 {
    area.x + (place * area.w.unsigned_abs() as u32 / SPAN) as i16
}

fn row(area: Area, tenths: i16) -> i16 {
    let span = f32::from(area.h - 1 - 2 * MARGIN);
    // Not negative: so this rounds as the library's function does.
    let up = f32::from(tenths.clamp(0, 1000)) / 10.0 / 100.0 * span + 0.5;
    area.bottom() - 1 - MARGIN - up as i32 as i16
}

/// The columns of a place, half open: up to the next one's, at least one, as bins may share a column; the last place of the
/// sweep reaches the edge.
const fn columns(area: Area, place: u32) -> (i16, i16) {
    let from = column(area, place);
    let next = column(area, place + 1);
    (from, if next > from { next } else { from + 1 })
}

/// Minutes as dotted verticals (fixed to the sweep), quarters as dotted horizontals.
fn draw_grid(canvas: &mut dyn Canvas, area: Area) {
    for minute in 1..SPAN / MINUTE {
        canvas.fill(Area::new(column(area, minute * MINUTE), area.y, 1, area.h), Ink::Grid);
    }
    for tenths in [250, 500, 750] {
        canvas.fill(Area::new(area.x, row(area, tenths), area.w, 1), Ink::Grid);
    }
    canvas.fill(Area::new(area.x, area.y, area.w, 1), Ink::Ink);
    canvas.fill(Area::new(area.x, area.bottom() - 1, area.w, 1), Ink::Ink);
}

/// A level stretch of a line, as far as it was followed and not yet drawn.
struct Level {
    /// Its columns, half open.
    from: i16,
    to: i16,
    y: i16,
    /// Empty bins since its last value; with [`BRIDGE`] of them it is over.
    empty: u32,
}

impl Level {
    /// Draws it; what follows begins after it.
    fn draw(&mut self, canvas: &mut dyn Canvas, line: Line) {
        if self.from < self.to {
            canvas.fill(Area::new(self.from, self.y - line.thick / 2, self.to - self.from, line.thick), line.ink);
        }
        self.from = self.to;
    }

    /// Follows it over the columns of one more bin.
    fn follow(&mut self, canvas: &mut dyn Canvas, (from, to): (i16, i16), line: Line) {
        if from < self.from {
            // Over the sweep's end, or in a column that a vertical run has taken already.
            self.draw(canvas, line);
            (self.from, self.to) = (from, to);
        }
        self.to = self.to.max(to);
    }
}

/// The line goes level, and with a vertical run from value to value: no slanted strokes. A level stretch is one fill.
fn draw_line(canvas: &mut dyn Canvas, area: Area, bins: &FiveMinutes, line: Line) {
    let half = line.thick / 2;
    // Markers reach out of their columns, and lines over a bridge: so far around what is drawn on, bins are looked at.
    let clip = canvas.clip();
    let near = clip.x - AROUND..clip.right() + AROUND;
    let mut level = Level { from: 0, to: 0, y: 0, empty: BRIDGE };
    let first = place(bins.newest().unwrap_or(0)) + SPAN - (SHOWN - 1);
    for (place, mean) in (first..).zip(bins.last(SHOWN as usize)) {
        let Some(tenths) = mean else {
            level.empty += 1;
            continue;
        };
        let place = place % SPAN;
        let (from, to) = columns(area, place);
        // The sweep's last bins stand before its first.
        if !near.contains(&from) && place < SPAN - BRIDGE {
            level.draw(canvas, line);
            level.empty = BRIDGE;
            continue;
        }
        let y = row(area, tenths);
        if level.empty < BRIDGE {
            for back in (1..=level.empty).rev() {
                level.follow(canvas, columns(area, (place + SPAN - back) % SPAN), line);
            }
            level.empty = 0;
            if y == level.y {
                level.follow(canvas, (from, to), line);
            } else {
                level.draw(canvas, line);
                let (top, bottom) = if y < level.y { (y, level.y) } else { (level.y, y) };
                canvas.fill(Area::new(from, top - half, to - from, bottom - top + line.thick), line.ink);
                level = Level { from: to, to, y, empty: 0 };
            }
        } else {
            level.draw(canvas, line);
            level = Level { from, to, y, empty: 0 };
        }
        // A marker in the middle of each minute, on what is there so far.
        if place % MINUTE == MINUTE / 2 {
            level.draw(canvas, line);
            if line.round {
                disc(canvas, from, y, 4, line.ink);
            } else {
                canvas.fill(Area::new(from - 3, y - 3, 7, 7), line.ink);
                canvas.fill(Area::new(from - 1, y - 1, 3, 3), Ink::Paper);
            }
        }
    }
    level.draw(canvas, line);
}

/// The place in the sweep of the alert that is on, while it is shown.
fn alert_place(snapshot: &Snapshot<'_>) -> Option<u32> {
    // An alert of the other leg has no place among these lines.
    let alert = snapshot.alert.filter(|alert| alert.speaks_of(snapshot.leg))?;
    let bins = snapshot.calf.as_ref()?.five_minutes;
    let number = alert.told_at.as_ms().checked_div(u64::from(bins.width().as_ms()))?;
    held(bins).contains(&number).then(|| place(number))
}

fn draw_alert_mark(canvas: &mut dyn Canvas, area: Area, snapshot: &Snapshot<'_>) {
    if let Some(place) = alert_place(snapshot) {
        let x = column(area, place);
        let left = (x - 6).min(area.right() - 13).max(area.x);
        arrow(canvas, Area::new(left, area.bottom() - 14, 13, 12), true, Ink::Ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_rounded_as_the_library_rounds() {
        for h in 20..500 {
            let area = Area::new(0, 7, 100, h);
            for tenths in -10..=1010 {
                let share = math::clamp(f32::from(tenths) / 10.0, 0.0, 100.0) / 100.0;
                let up = math::round_i32(share * f32::from(h - 1 - 2 * MARGIN)) as i16;
                assert_eq!(row(area, tenths), area.bottom() - 1 - MARGIN - up, "{tenths} of {h}");
            }
        }
    }
}
