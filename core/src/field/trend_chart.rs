//! Thirty minutes, drawn as a sweep as the strip chart is: the newest column moves to the right and starts over at the left,
//! with a gap before the oldest. [`TrendChart`] is SmO2 of both muscles with the alerts that rose, [`PowerChart`] power.
//!
//! Axes never jump: 0 to 100 %, 0 to 500 W (more is cut off). A column is the mean of the whole bins of 4.5 s that fall on it,
//! and changes no more; one without a reading is a gap. Calf is the thick line with round markers, thigh the thin one with
//! square markers. Dotted verticals stand every 5 min.

use super::{Field, Part, Snapshot, ThirtyMinutes, Which};
use crate::draw::{Area, Canvas, Ink, arrow, disc};
use crate::language::{Language, Say};
use crate::math;
use crate::sensor::{Muscle, Side};
use crate::time::Instant;
use core::fmt;

/// Thirty minutes of two muscles.
pub struct TrendChart {
    id: &'static str,
    /// The thick line and the thin one.
    lines: [Which; 2],
}

impl TrendChart {
    /// Calf and thigh of the leg that is shown.
    pub const LEG: Self = Self { id: "trend_chart", lines: [Which::Calf, Which::Thigh] };
    /// The inner and the outer head of its calf.
    pub const HEADS: Self = Self {
        id: "heads_chart",
        lines: [Which::Head(Muscle::GastrocnemiusMedialis), Which::Head(Muscle::GastrocnemiusLateralis)],
    };
}

/// Thirty minutes of power.
pub struct PowerChart;

/// Bins across a chart.
const SPAN: u64 = 400;
/// Of them, those before the newest that are kept clear, so that new and old are not read as one.
const CLEAR: u64 = 12;
/// Stretches of 5 min.
const STRETCHES: i16 = 6;
/// Rows above and below the lines, for markers.
const MARGIN: i16 = 5;
/// Power at the top, W.
const FULL_W: f32 = 500.0;

/// A chart's area with what the sweep has reached.
struct Sweep {
    area: Area,
    /// The newest bin that is whole.
    newest: u64,
}

impl Sweep {
    /// Of a ring, once it has a whole bin. All rings of a ride fill theirs together.
    fn of(bins: &ThirtyMinutes, area: Area) -> Option<Self> {
        Some(Self { area, newest: bins.newest()?.checked_sub(1)? })
    }

    /// Whether a bin is shown.
    const fn holds(&self, number: u64) -> bool {
        number <= self.newest && self.newest - number < SPAN - CLEAR
    }

    /// The newest bin that there is at a place of the sweep.
    const fn number_at(&self, place: u64) -> Option<u64> {
        let back = (self.newest % SPAN + SPAN - place % SPAN) % SPAN;
        self.newest.checked_sub(back)
    }

    /// The mean of the bins that fall on a column, counted from the left.
    fn value(&self, bins: &ThirtyMinutes, column: i16) -> Option<f32> {
        let place =
            |column: i16| u64::from(column.unsigned_abs()) * SPAN / u64::from(self.area.w.unsigned_abs().max(1));
        let first = place(column);
        let last = place(column + 1).max(first + 1) - 1;
        let (sum, n) = (first..=last)
            .filter_map(|place| self.number_at(place).filter(|&number| self.holds(number)))
            .filter_map(|number| bins.get(number))
            .fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
        math::mean(sum, n)
    }

    /// The column where a moment stands, if it is shown.
    fn column_of(&self, at: Instant, bins: &ThirtyMinutes) -> Option<i16> {
        let number = at.as_ms().checked_div(u64::from(bins.width().as_ms()))?;
        let place = (number % SPAN) as i32;
        self.holds(number).then_some(self.area.x + (place * i32::from(self.area.w) / SPAN as i32) as i16)
    }
}

/// Dotted verticals every 5 min, fixed to the sweep, and a line below.
fn draw_grid(canvas: &mut dyn Canvas, area: Area) {
    for stretch in 1..STRETCHES {
        canvas.fill(Area::new(middle_of(area, 2 * stretch), area.y, 1, area.h), Ink::Grid);
    }
    canvas.fill(Area::new(area.x, area.bottom() - 1, area.w, 1), Ink::Ink);
}

/// The column so many half stretches from the left.
fn middle_of(area: Area, halves: i16) -> i16 {
    area.x + (i32::from(area.w) * i32::from(halves) / i32::from(2 * STRETCHES)) as i16
}

/// The row of a percentage.
fn row(area: Area, percent: f32) -> i16 {
    let span = f32::from(area.h - 1 - 2 * MARGIN);
    area.bottom() - 1 - MARGIN - math::round_i32(math::clamp(percent, 0.0, 100.0) / 100.0 * span) as i16
}

impl Field for TrendChart {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, language: Language) -> &'static str {
        Say::ThirtyMinutes.long(language)
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (120, 60)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        draw_grid(canvas, area);
        canvas.fill(Area::new(area.x, area.y, area.w, 1), Ink::Ink);
        for percent in [25.0, 50.0, 75.0] {
            canvas.fill(Area::new(area.x, row(area, percent), area.w, 1), Ink::Grid);
        }
        // The thick one over the thin one.
        for (which, is_thick) in self.lines.into_iter().zip([true, false]).rev() {
            if let Some(view) = snapshot.at(which) {
                let ink = if which.part() == Part::Calf { Ink::Calf } else { Ink::Thigh };
                draw_line(canvas, area, view.thirty_minutes, is_thick, ink);
            }
        }
        for x in alert_columns(snapshot, area) {
            let left = (x - 6).min(area.right() - 13).max(area.x);
            arrow(canvas, Area::new(left, area.bottom() - 14, 13, 12), true, Ink::Ink);
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}:", self.title(snapshot.language))?;
        for which in self.lines {
            let view = snapshot.at(which);
            let name = view.map_or("", |view| view.site.muscle.code());
            write!(out, " {} {name}: ", which.part().say().long(snapshot.language))?;
            match view {
                Some(view) => say_range(view.thirty_minutes, "%", snapshot.language, out)?,
                None => write!(out, "{};", Say::NotWorn.long(snapshot.language))?,
            }
        }
        let alerts = alert_columns(snapshot, Area::new(0, 0, 1, 1)).count();
        write!(out, " {}: {alerts}", Say::AlertsTold.long(snapshot.language))
    }
}

/// Where alerts of the leg that is shown rose, as columns.
fn alert_columns<'a>(snapshot: &'a Snapshot<'_>, area: Area) -> impl Iterator<Item = i16> + 'a {
    let bins = snapshot.calf.or(snapshot.thigh).map(|view| view.thirty_minutes);
    let sweep = bins.and_then(|bins| Sweep::of(bins, area).zip(Some(bins)));
    let is_of = |side: Side| side == snapshot.leg;
    let all = snapshot.alerts.episodes().iter().chain(snapshot.alerts.ended().map(|(episode, _)| episode));
    all.filter(move |episode| {
        let place = episode.verdict.place;
        is_of(place.site.side) || place.against.is_some_and(|against| is_of(against.side))
    })
    .filter_map(move |episode| sweep.as_ref().and_then(|(sweep, bins)| sweep.column_of(episode.told_at, bins)))
}

fn draw_line(canvas: &mut dyn Canvas, area: Area, bins: &ThirtyMinutes, is_thick: bool, ink: Ink) {
    let Some(sweep) = Sweep::of(bins, area) else { return };
    let thick = if is_thick { 3 } else { 1 };
    let mut previous = None;
    for column in 0..area.w {
        let Some(percent) = sweep.value(bins, column) else {
            previous = None;
            continue;
        };
        let (x, y) = (area.x + column, row(area, percent));
        // A vertical run from the last column's value: no slanted strokes.
        let from = previous.unwrap_or(y);
        canvas.fill(Area::new(x, y.min(from) - thick / 2, 1, (y - from).abs() + thick), ink);
        previous = Some(y);
        // A marker in the middle of each 5 min.
        let is_marked = (0..STRETCHES).any(|stretch| middle_of(area, 2 * stretch + 1) == x);
        match (is_marked, is_thick) {
            (true, true) => disc(canvas, x, y, 4, ink),
            (true, false) => {
                canvas.fill(Area::new(x - 3, y - 3, 7, 7), ink);
                canvas.fill(Area::new(x - 1, y - 1, 3, 3), Ink::Paper);
            }
            (false, _) => {}
        }
    }
}

impl Field for PowerChart {
    fn id(&self) -> &'static str {
        "power_chart"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::PowerThirty.long(language)
    }

    fn unit(&self) -> &'static str {
        "W"
    }

    fn smallest(&self) -> (i16, i16) {
        (120, 30)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        draw_grid(canvas, area);
        let Some(sweep) = Sweep::of(snapshot.power_history, area) else { return };
        for column in 0..area.w {
            let Some(watts) = sweep.value(snapshot.power_history, column) else { continue };
            let share = math::clamp(watts / FULL_W, 0.0, 1.0);
            let h = math::round_i32(share * f32::from(area.h - 1)) as i16;
            let bar = Area::new(area.x + column, area.bottom() - 1 - h, 1, h);
            canvas.fill(bar, Ink::Shade);
            canvas.fill(bar.split_top(2.min(h)).0, Ink::Ink);
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}: ", self.title(snapshot.language))?;
        say_range(snapshot.power_history, self.unit(), snapshot.language, out)
    }
}

/// The least and the most of what is shown, and the newest bin with its value: whatever is drawn changes with that.
fn say_range(bins: &ThirtyMinutes, unit: &str, language: Language, out: &mut dyn fmt::Write) -> fmt::Result {
    let nothing = Say::NoData.long(language);
    let Some(newest) = bins.newest().and_then(|open| open.checked_sub(1)) else { return write!(out, "{nothing};") };
    let held = newest.saturating_sub(SPAN - CLEAR - 1)..=newest;
    let ends = held.filter_map(|number| bins.get(number)).fold(None, |ends, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((math::min(low, value), math::max(high, value)))
    });
    let Some((low, high)) = ends else { return write!(out, "{nothing} ({newest});") };
    let last = bins.get(newest).map_or(-1, |value| math::round_i32(value * 10.0));
    write!(out, "{}–{} {unit} ({newest}: {last});", math::round_i32(low), math::round_i32(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{MonoFrame, Theme};
    use crate::field::{SiteView, with_preview};
    use crate::time::Duration;

    type Frame = MonoFrame<400, 120, 6000>;
    const AREA: Area = Area::new(0, 0, 400, 120);

    fn bins(value: impl Fn(u64) -> Option<f32>, seconds: u64) -> ThirtyMinutes {
        let mut bins = ThirtyMinutes::new(Duration::from_ms(4500));
        for s in 0..=seconds {
            let at = Instant::from_ms(s * 1000);
            match value(s) {
                Some(value) => bins.put(at, value),
                None => bins.advance(at),
            }
        }
        bins
    }

    #[test]
    fn the_newest_column_moves_right_and_starts_over_with_a_gap_before_the_oldest() {
        let early = bins(|_| Some(50.0), 900);
        let sweep = Sweep::of(&early, AREA).unwrap();
        assert_eq!(sweep.newest, 199);
        let shown = |sweep: &Sweep, bins| [0, 199, 200, 399].map(|column| sweep.value(bins, column).is_some());
        assert_eq!(shown(&sweep, &early), [true, true, false, false]);
        let late = bins(|s| Some(if s < 1800 { 20.0 } else { 70.0 }), 2250);
        let sweep = Sweep::of(&late, AREA).unwrap();
        let at = |column| sweep.value(&late, column);
        assert_eq!([0, 99, 100, 111, 112, 399].map(at), [Some(70.0), Some(70.0), None, None, Some(20.0), Some(20.0)]);
    }

    #[test]
    fn a_hole_stays_a_hole_on_any_width() {
        let bins = bins(|s| (!(300..345).contains(&s)).then_some(40.0), 1200);
        for w in [120, 236, 400, 470] {
            let sweep = Sweep::of(&bins, Area::new(0, 0, w, 60)).unwrap();
            let middle = (i32::from(w) * 322 / 1800) as i16;
            assert_eq!(sweep.value(&bins, middle), None, "{w}");
            assert_eq!(sweep.value(&bins, middle / 2), Some(40.0), "{w}");
        }
    }

    #[test]
    fn the_calf_is_thick_the_thigh_thin_and_nothing_joins_over_a_hole() {
        with_preview(|preview| {
            let calf = bins(|s| (!(300..345).contains(&s)).then_some(30.0), 1200);
            let thigh = bins(|_| Some(70.0), 1200);
            let calf = preview.calf.map(|view| SiteView { thirty_minutes: &calf, ..view });
            let thigh = preview.thigh.map(|view| SiteView { thirty_minutes: &thigh, ..view });
            let mut frame = Frame::new(Theme::Day);
            TrendChart::LEG.draw(&Snapshot { calf, thigh, ..preview.clone() }, &mut frame, AREA);
            // Away from grid and markers.
            let rows = |x| {
                [30.0, 70.0].map(|percent| {
                    let y = row(AREA, percent);
                    (y - 2..=y + 2).filter(|&y| frame.pixel(x, y)).count()
                })
            };
            assert_eq!(rows(20), [3, 1]);
            assert_eq!(rows(71), [0, 1]);
        });
    }

    #[test]
    fn an_alert_is_marked_where_it_rose_while_that_is_shown() {
        use crate::alert::Alerts;
        use crate::pattern::{Evidence, PatternKind, Place, Verdict};
        with_preview(|preview| {
            let place = Place { site: preview.calf.unwrap().site, against: None };
            let evidence = Evidence::Smo2 { site: -9.0, against: None };
            let told_at = |ago_s| {
                let at = preview.now.before(Duration::from_s(ago_s));
                let mut alerts = Alerts::new();
                let kind = PatternKind::CalfOverload;
                let verdict = Verdict { kind, place, strength: 9.0, since: at, evidence };
                alerts.report(at, kind, place, Some(verdict), &mut |_| {});
                alerts
            };
            let columns = |alerts: &Alerts| {
                let moment = Snapshot { alerts, ..preview.clone() };
                alert_columns(&moment, AREA).collect::<heapless::Vec<i16, 4>>()
            };
            let place_of = |ago_s: u64| ((preview.now.as_ms() / 1000 - ago_s) * 10 / 45 % SPAN) as i16;
            assert_eq!(columns(&told_at(600)).as_slice(), [place_of(600)]);
            assert!(columns(&told_at(1790)).is_empty());
            let other_leg = Snapshot { leg: preview.leg.other(), ..preview.clone() };
            let alerts = told_at(600);
            assert_eq!(alert_columns(&Snapshot { alerts: &alerts, ..other_leg }, AREA).count(), 0);
        });
    }

    #[test]
    fn power_stands_on_the_ground_and_stops_at_the_top() {
        with_preview(|preview| {
            let watts = bins(|s| Some(if s < 600 { 250.0 } else { 1500.0 }), 1200);
            let mut frame = Frame::new(Theme::Day);
            PowerChart.draw(&Snapshot { power_history: &watts, ..preview.clone() }, &mut frame, AREA);
            let top = |x| (0..120).find(|&y| frame.pixel(x, y));
            assert_eq!(top(50), Some(119 - 60));
            assert_eq!(top(180), Some(0));
            assert_eq!(top(300), Some(119));
        });
    }
}
