//! Minutes drawn as a sweep: the newest column moves to the right and starts over at the left, with a gap before the oldest.
//! A scroll would repaint every line of the panel; a sweep repaints a few columns. [`LineChart`] is SmO2 of calf and thigh over
//! five minutes or thirty, with the alerts that rose, [`PowerChart`] power over thirty.
//!
//! Axes never jump: 0 to 100 %, 0 to 500 W (more is cut off). A bin is drawn when it is whole and changes no more; where the
//! area is narrower than the ring is long, a column is the mean of its bins. One without a reading is a gap, which a line crosses
//! only where a slow sensor leaves it. Calf is the thick line with round markers, thigh the thin line with square ones; a filled
//! triangle marks where an alert rose. Dotted verticals part the minutes, and stretches of five. Where the display has pale
//! hues, the area between calf and thigh is tinted while one of them works more than is normal.

use super::{Field, Part, SiteView, Snapshot, Which};
use crate::digest::Digest;
use crate::draw::{Area, Canvas, Ink, arrow, disc};
use crate::language::{Language, Say};
use crate::math;
use crate::sensor::{Muscle, Side};
use crate::signal::history::{Leanings, Ring};
use crate::time::Instant;
use core::fmt;
use core::ops::Range;

/// SmO2 of both muscles over some minutes.
pub struct LineChart {
    id: &'static str,
    title: Say,
    span: Span,
    /// The thick line and the thin one.
    lines: [Which; 2],
}

/// How much a sweep shows.
#[derive(Clone, Copy)]
struct Span {
    /// Parts of it between two verticals.
    stretches: u32,
    /// Bins before the newest that are kept clear, so that new and old are not read as one.
    clear: u32,
    /// So many steps without a value part a line.
    bridge: i32,
}

impl Span {
    /// Part of the area between two verticals.
    fn stretch(&self, area: Area, number: u32) -> Option<Area> {
        let x = |n: u32| area.x + (n * u32::from(area.w.unsigned_abs()) / self.stretches.max(1)) as i16;
        (number < self.stretches).then(|| Area::new(x(number), area.y, x(number + 1) - x(number), area.h))
    }

    /// Dotted verticals, and a line below.
    fn draw_grid(&self, canvas: &mut dyn Canvas, area: Area) {
        for stretch in (1..self.stretches).filter_map(|n| self.stretch(area, n)) {
            canvas.fill(Area::new(stretch.x, area.y, 1, area.h), Ink::Grid);
        }
        canvas.fill(Area::new(area.x, area.bottom() - 1, area.w, 1), Ink::Ink);
    }
}

/// Of bins of 1.25 s. A sensor that measures every 2 s leaves every other one empty, and one sample may be missed.
const FIVE: Span = Span { stretches: 5, clear: 8, bridge: 3 };
/// Of bins of 4.5 s.
const THIRTY: Span = Span { stretches: 6, clear: 12, bridge: 1 };

impl LineChart {
    /// Five minutes of calf and thigh of the leg that is shown.
    pub const FIVE_MINUTES: Self =
        Self { id: "strip_chart", title: Say::FiveMinutes, span: FIVE, lines: [Which::Calf, Which::Thigh] };
    /// Thirty minutes of them.
    pub const THIRTY_MINUTES: Self =
        Self { id: "trend_chart", title: Say::ThirtyMinutes, span: THIRTY, ..Self::FIVE_MINUTES };
    /// Thirty minutes of the inner and the outer head of the calf.
    pub const HEADS: Self = Self {
        id: "heads_chart",
        title: Say::Heads,
        lines: [Which::Head(Muscle::GastrocnemiusMedialis), Which::Head(Muscle::GastrocnemiusLateralis)],
        ..Self::THIRTY_MINUTES
    };

    fn sweep<'a>(&self, view: &SiteView<'a>, area: Area) -> Sweep<'a> {
        let is_short = self.span.stretches == FIVE.stretches;
        let ring = if is_short { view.five_minutes.ring() } else { view.thirty_minutes.ring() };
        Sweep::new(ring, self.span, area)
    }

    /// Where alerts of the leg that is shown rose, as shares of the sweep.
    fn alerts<'a>(&self, snapshot: &'a Snapshot<'_>) -> impl Iterator<Item = f32> + 'a {
        let sweep = snapshot.calf.as_ref().or(snapshot.thigh.as_ref()).map(|view| self.sweep(view, Area::default()));
        let is_of = |side: Side| side == snapshot.leg;
        let all = snapshot.alerts.episodes().iter().chain(snapshot.alerts.ended().map(|(episode, _)| episode));
        all.filter(move |episode| {
            let place = episode.verdict.place;
            is_of(place.site.side) || place.against.is_some_and(|against| is_of(against.side))
        })
        .filter_map(move |episode| sweep.as_ref()?.place_of(episode.told_at))
    }
}

/// Thirty minutes of power.
pub struct PowerChart;

/// Power at the top, W.
const FULL_W: i32 = 500;
/// Rows above and below the lines, for markers.
const MARGIN: i16 = 5;
/// Columns beyond those of a bin that a marker may reach.
const AROUND: i16 = 6;
/// Bins before the newest and after the gap whose columns may change with it: those of a bridge, and those that share a
/// column on a narrow chart.
const BEHIND: u32 = 10;
const AHEAD: u32 = 4;

#[derive(Clone, Copy)]
struct Line {
    thick: i16,
    ink: Ink,
    round: bool,
}

/// A ring's bins, swept across an area: bin number `n` stands where its slot of the ring is.
struct Sweep<'a> {
    ring: Ring<'a>,
    span: Span,
    /// Slots of the ring; never 0.
    slots: u32,
    /// The slot of the bin that is being filled.
    open: u32,
    area: Area,
    /// Steps from left to right: bins, or columns where there are fewer of them; never 0.
    steps: i32,
}

impl<'a> Sweep<'a> {
    fn new(ring: Ring<'a>, span: Span, area: Area) -> Self {
        let slots = ring.len().max(1);
        // 2^32 bins are longer than any ride.
        let open = ring.open().unwrap_or(0) as u32 % slots;
        let steps = i32::from(area.w.max(1)).min(slots as i32);
        Self { ring, span, slots, open, area, steps }
    }

    /// The first column of a step.
    fn column(&self, step: i32) -> i16 {
        self.area.x + (step * i32::from(self.area.w) / self.steps.max(1)) as i16
    }

    /// The steps that are drawn on these columns.
    fn steps_on(&self, columns: Area) -> Range<i32> {
        let step = |column: i16| i32::from(column - self.area.x) * self.steps / i32::from(self.area.w.max(1));
        step(columns.x).max(0)..(step(columns.right()) + 1).min(self.steps)
    }

    /// The mean of a step's bins, tenths.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for every column of a chart")]
    fn value(&self, step: i32) -> Option<i16> {
        if self.steps as u32 == self.slots { self.at(step as u32) } else { self.mean(step) }
    }

    fn mean(&self, step: i32) -> Option<i16> {
        let slot = |step: u32| step * self.slots / (self.steps as u32).max(1);
        let (first, end) = (slot(step as u32), slot(step as u32 + 1));
        let (mut sum, mut n) = (0, 0);
        for slot in first..end {
            if let Some(tenths) = self.at(slot) {
                (sum, n) = (sum + i32::from(tenths), n + 1);
            }
        }
        sum.checked_div(n).map(|mean| mean as i16)
    }

    /// A slot's bin, if it is shown.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for every column of a chart")]
    fn at(&self, slot: u32) -> Option<i16> {
        let ahead = if slot < self.open { slot + self.slots - self.open } else { slot - self.open };
        self.ring.at(slot).filter(|_| ahead > self.span.clear)
    }

    /// Where a moment stands, if it is shown, as a share of the sweep.
    fn place_of(&self, at: Instant) -> Option<f32> {
        let number = self.ring.number(at);
        let ago = self.ring.open()?.checked_sub(number)?;
        let is_shown = (1..u64::from(self.slots - self.span.clear)).contains(&ago);
        is_shown.then(|| (number as u32 % self.slots.max(1)) as f32 / self.slots as f32)
    }

    /// Takes what the pixels of a stretch follow from: how often the newest bin has come by, and how far it has come while
    /// it is near. Far from it bins stay as they are.
    fn fingerprint(&self, number: u32, digest: &mut Digest) {
        let first = |number: u32| (number * self.slots).div_ceil(self.span.stretches.max(1));
        let before = self.span.clear + AHEAD;
        let near = before + (first(number + 1) - first(number)) + BEHIND;
        // 2^32 bins are longer than any ride.
        let open = self.ring.open().unwrap_or(0) as u32;
        let way = open.wrapping_add(self.slots + before - first(number));
        digest.number(way.checked_div(self.slots).unwrap_or(0));
        digest.number(way.checked_rem(self.slots).unwrap_or(0).min(near));
    }

    /// Tints what is between its values and another muscle's, where it is known that one of the two works more.
    fn tint(&self, other: &Self, leanings: &Leanings, canvas: &mut dyn Canvas) {
        for step in self.steps_on(canvas.clip()) {
            let slot = (step as u32 * self.slots).checked_div(self.steps as u32).unwrap_or(0);
            let ink = match self.ring.began(slot).map_or(0, |at| leanings.before(at)) {
                0 => continue,
                ..0 => Ink::CalfMore,
                _ => Ink::ThighMore,
            };
            let Some((a, b)) = self.mean(step).zip(other.mean(step)) else { continue };
            let (a, b, x) = (row(self.area, a), row(self.area, b), self.column(step));
            canvas.fill(Area::new(x, a.min(b), self.column(step + 1) - x, (a - b).abs()), ink);
        }
    }

    /// A column goes from the last value to its own: no slanted strokes. Columns that are the same are one fill.
    fn draw_line(&self, canvas: &mut dyn Canvas, line: Line) {
        let clip = canvas.clip();
        let (area, steps, bridge, half) = (self.area, self.steps, self.span.bridge, i32::from(line.thick / 2));
        let shown = self.steps_on(clip);
        let mut fill = |from: i32, to: i32, top: i32, bottom: i32| {
            let (y, h) = (top - half, bottom - top + i32::from(line.thick));
            canvas.fill(Area::new(from as i16, y as i16, (to - from) as i16, h as i16), line.ink);
        };
        // Where the last value stood, and since how many steps that was.
        let (mut last, mut empty) = (0, bridge);
        let mut from = i32::from(self.column(shown.start - bridge));
        // Columns that are not drawn yet, half open, and their rows.
        let (mut start, mut end, mut top, mut bottom) = (from, from, 0, 0);
        // The sweep's last steps stand before its first, and its first after its last.
        for step in shown.start - bridge..shown.end + bridge {
            let to = i32::from(self.column(step + 1));
            let around = if step < 0 { step + steps } else { step };
            let Some(tenths) = self.value(if around >= steps { around - steps } else { around }) else {
                empty += 1;
                from = to;
                continue;
            };
            let y = i32::from(row(area, tenths));
            if empty >= bridge {
                last = y;
            } else if empty > 0 {
                let left = self.column(step - empty).max(area.x);
                fill(i32::from(left), from.min(i32::from(area.right())), last, last);
            }
            let (high, low) = if y < last { (y, last) } else { (last, y) };
            (last, empty) = (y, 0);
            if step == around && step < steps {
                if from != end || high != top || low != bottom {
                    fill(start, end, top, bottom);
                    (start, top, bottom) = (from, high, low);
                }
                end = to;
            }
            from = to;
        }
        fill(start, end, top, bottom);
        // A marker in the middle of each stretch.
        for number in 0..self.span.stretches as i32 {
            let step = (number * steps + steps / 2).checked_div(self.span.stretches as i32).unwrap_or(0);
            let x = self.column(step);
            if x < clip.x - AROUND || x > clip.right() + AROUND {
                continue;
            }
            let Some(y) = self.value(step).map(|tenths| row(area, tenths)) else { continue };
            if line.round {
                disc(canvas, x, y, 4, line.ink);
            } else {
                canvas.fill(Area::new(x - 3, y - 3, 7, 7), line.ink);
                canvas.fill(Area::new(x - 1, y - 1, 3, 3), Ink::Paper);
            }
        }
    }

    /// The least and the most of what is shown.
    fn say_range(&self, unit: &str, language: Language, out: &mut dyn fmt::Write) -> fmt::Result {
        let ends = (0..self.slots).filter_map(|slot| self.at(slot)).fold(None, |ends, value| {
            let (low, high) = ends.unwrap_or((value, value));
            Some((value.min(low), value.max(high)))
        });
        let Some((low, high)) = ends else { return write!(out, "{};", Say::NoData.long(language)) };
        let whole = |tenths: i16| math::round_i32(f32::from(tenths) / 10.0);
        write!(out, "{}–{} {unit};", whole(low), whole(high))
    }
}

/// The row of a percentage, rounded.
fn row(area: Area, tenths: i16) -> i16 {
    let span = i32::from(area.h - 1 - 2 * MARGIN);
    let up = (i32::from(tenths.clamp(0, 1000)) * span + 500) / 1000;
    area.bottom() - 1 - MARGIN - up as i16
}

impl Field for LineChart {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, language: Language) -> &'static str {
        self.title.long(language)
    }

    fn titles(&self, language: Language) -> &'static str {
        self.title.text(language)
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (120, 60)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        if canvas.has_tints()
            && self.lines == Self::FIVE_MINUTES.lines
            && let Some((calf, thigh)) = snapshot.calf.as_ref().zip(snapshot.thigh.as_ref())
        {
            self.sweep(calf, area).tint(&self.sweep(thigh, area), snapshot.leanings, canvas);
        }
        self.span.draw_grid(canvas, area);
        for tenths in [250, 500, 750] {
            canvas.fill(Area::new(area.x, row(area, tenths), area.w, 1), Ink::Grid);
        }
        canvas.fill(Area::new(area.x, area.y, area.w, 1), Ink::Ink);
        // The thick one over the thin one.
        for (which, (thick, round)) in self.lines.into_iter().zip([(3, true), (1, false)]).rev() {
            if let Some(view) = snapshot.at(which) {
                let ink = if which.part() == Part::Calf { Ink::Calf } else { Ink::Thigh };
                self.sweep(view, area).draw_line(canvas, Line { thick, ink, round });
            }
        }
        for share in self.alerts(snapshot) {
            let x = area.x + (share * f32::from(area.w)) as i16;
            let left = (x - 6).min(area.right() - 13).max(area.x);
            let mark = Area::new(left, area.bottom() - 14, 13, 12);
            if !canvas.clip().intersection(&mark).is_empty() {
                arrow(canvas, mark, true, Ink::Ink);
            }
        }
    }

    fn part(&self, area: Area, part: usize) -> Option<Area> {
        self.span.stretch(area, part as u32)
    }

    fn fingerprint(&self, snapshot: &Snapshot<'_>, area: Area, part: usize, digest: &mut Digest) {
        for view in self.lines.into_iter().filter_map(|which| snapshot.at(which)) {
            digest.number((view.site.muscle as u32) << 8 | view.site.side as u32);
            self.sweep(view, area).fingerprint(part as u32, digest);
        }
        for share in self.alerts(snapshot) {
            digest.number(share.to_bits());
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let language = snapshot.language;
        write!(out, "{}:", self.title(language))?;
        for which in self.lines {
            let view = snapshot.at(which);
            let name = view.map_or("", |view| view.site.muscle.code());
            write!(out, " {} {name}: ", which.part().say().long(language))?;
            match view {
                Some(view) => self.sweep(view, Area::default()).say_range("%", language, out)?,
                None => write!(out, "{};", Say::NotWorn.long(language))?,
            }
        }
        write!(out, " {}: {}", Say::AlertsTold.long(language), self.alerts(snapshot).count())
    }
}

impl Field for PowerChart {
    fn id(&self) -> &'static str {
        "power_chart"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::PowerThirty.long(language)
    }

    fn titles(&self, language: Language) -> &'static str {
        Say::PowerThirty.text(language)
    }

    fn unit(&self) -> &'static str {
        "W"
    }

    fn smallest(&self) -> (i16, i16) {
        (120, 30)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        THIRTY.draw_grid(canvas, area);
        let sweep = Sweep::new(snapshot.power_history.ring(), THIRTY, area);
        for step in sweep.steps_on(canvas.clip()) {
            let Some(tenths) = sweep.value(step) else { continue };
            let (x, end) = (sweep.column(step), sweep.column(step + 1));
            let up = i32::from(tenths.max(0)) * i32::from(area.h - 1) / (FULL_W * 10);
            let h = up.min(i32::from(area.h - 1)) as i16;
            let bar = Area::new(x, area.bottom() - 1 - h, end - x, h);
            canvas.fill(bar, Ink::Shade);
            canvas.fill(bar.split_top(h.min(2)).0, Ink::Ink);
        }
    }

    fn part(&self, area: Area, part: usize) -> Option<Area> {
        THIRTY.stretch(area, part as u32)
    }

    fn fingerprint(&self, snapshot: &Snapshot<'_>, area: Area, part: usize, digest: &mut Digest) {
        Sweep::new(snapshot.power_history.ring(), THIRTY, area).fingerprint(part as u32, digest);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}: ", self.title(snapshot.language))?;
        let sweep = Sweep::new(snapshot.power_history.ring(), THIRTY, Area::default());
        sweep.say_range(self.unit(), snapshot.language, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{MonoFrame, Strokes, Theme};
    use crate::field::{SiteView, ThirtyMinutes, with_preview};
    extern crate std;
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

    fn sweep(bins: &ThirtyMinutes, w: i16) -> Sweep<'_> {
        Sweep::new(bins.ring(), THIRTY, Area::new(0, 0, w, 120))
    }

    #[test]
    fn the_newest_column_moves_right_and_starts_over_with_a_gap_before_the_oldest() {
        let early = bins(|_| Some(50.0), 900);
        let shown = |bins| [0, 199, 200, 399].map(|step| sweep(bins, 400).value(step).is_some());
        assert_eq!(shown(&early), [true, true, false, false]);
        let late = bins(|s| Some(if s < 1800 { 20.0 } else { 70.0 }), 2250);
        let at = |step| sweep(&late, 400).value(step);
        let gap_and_open = [100, 112].map(at);
        assert_eq!([0, 99, 113, 399].map(at), [Some(700), Some(700), Some(200), Some(200)]);
        assert_eq!(gap_and_open, [None; 2]);
    }

    /// Found by `sling swarm --seed 20292`: the first bin of a head unit that booted in the last bin of a sweep.
    #[test]
    fn a_stretch_is_another_whenever_its_bins_are_however_far_time_has_gone() {
        use crate::field::FiveMinutes;
        let state = |upto: Option<u64>, then: Option<u64>| {
            let mut bins = FiveMinutes::new(Duration::from_ms(1250));
            for number in upto.map_or(0..0, |last| last.saturating_sub(300)..last + 1).chain(then) {
                bins.put(Instant::from_ms(number * 1250), (number % 89) as f32);
            }
            let sweep = Sweep::new(bins.ring(), FIVE, Area::new(0, 0, 240, 120));
            [0, 1, 2, 3, 4].map(|stretch| {
                let mut digest = Digest::new();
                sweep.fingerprint(stretch, &mut digest);
                let values: std::vec::Vec<_> = (stretch * 48..stretch * 48 + 48).map(|slot| sweep.at(slot)).collect();
                (digest, values)
            })
        };
        let check = |early: [(Digest, std::vec::Vec<Option<i16>>); 5], late, what: &dyn std::fmt::Debug| {
            for ((was, before), (is, after)) in early.into_iter().zip(late) {
                assert!(before == after || was != is, "{what:?}");
            }
        };
        for late in 0..500 {
            check(state(None, None), state(None, Some(late)), &late);
            // One bin further, and after a silence, up to a whole sweep and more.
            for by in [1, 2, 30, 48, 60, 100, 239, 240, 241, 480] {
                check(state(Some(late), None), state(Some(late), Some(late + by)), &(late, by));
            }
        }
    }

    #[test]
    fn a_hole_stays_a_hole_on_any_width() {
        let bins = bins(|s| (!(300..345).contains(&s)).then_some(40.0), 1200);
        for w in [120, 236, 400, 470] {
            let sweep = sweep(&bins, w);
            let middle = sweep.steps * 322 / 1800;
            assert_eq!(sweep.value(middle), None, "{w}");
            assert_eq!(sweep.value(middle / 2), Some(400), "{w}");
        }
    }

    #[test]
    fn each_step_has_columns_of_its_own_and_each_slot_a_step() {
        let bins = bins(|s| Some((s % 97) as f32), 3000);
        for w in 1..500 {
            let sweep = sweep(&bins, w);
            let ends = (0..sweep.steps).map(|step| (sweep.column(step), sweep.column(step + 1)));
            let mut at = 0;
            for (from, to) in ends {
                assert!(from == at && to > from, "{w}");
                at = to;
            }
            assert_eq!(at, w);
            // The mean over all steps is that of all bins, as each is in one.
            if w < 400 && 400 % w == 0 {
                let steps: i32 = (0..sweep.steps).filter_map(|step| sweep.value(step)).map(i32::from).sum();
                let all: i32 = (0..400).filter_map(|slot| sweep.at(slot)).map(i32::from).sum();
                assert!((steps / sweep.steps - all / 387).abs() < 30, "{w}: {steps} {all}");
            }
        }
    }

    #[test]
    fn a_line_crosses_what_a_slow_sensor_leaves_empty_and_nothing_more() {
        use crate::field::FiveMinutes;
        let values = [Some(50.0), None, None, Some(50.0), None, None, None, Some(50.0), Some(20.0), None];
        let mut bins = FiveMinutes::new(Duration::from_ms(1250));
        for (number, value) in (0..).zip(values) {
            let at = Instant::from_ms(number * 1250);
            bins.advance(at);
            if let Some(value) = value {
                bins.put(at, value);
            }
        }
        for (w, thick) in [(240, 1), (240, 3), (480, 3)] {
            let area = Area::new(0, 0, w, 120);
            let mut frame = MonoFrame::<480, 120, 7200>::new(Theme::Day);
            let line = Line { thick, ink: Ink::Ink, round: false };
            Sweep::new(bins.ring(), FIVE, area).draw_line(&mut frame, line);
            let y = row(area, 500);
            let inked: std::vec::Vec<bool> = (0..10).map(|bin| frame.pixel(bin * w / 240, y)).collect();
            let expected = [true, true, true, true, false, false, false, true, true, false];
            assert_eq!(inked, expected, "{w}");
            // From 50 down to 20 in the column of the 20.
            assert!((y..=row(area, 200)).all(|y| frame.pixel(8 * w / 240, y)), "{w}");
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
            LineChart::THIRTY_MINUTES.draw(&Snapshot { calf, thigh, ..preview.clone() }, &mut frame, AREA);
            // Away from grid and markers.
            let rows = |x| {
                [300, 700].map(|tenths| {
                    let y = row(AREA, tenths);
                    (y - 2..=y + 2).filter(|&y| frame.pixel(x, y)).count()
                })
            };
            assert_eq!(rows(20), [3, 1]);
            assert_eq!(rows(71), [0, 1]);
        });
    }

    /// What is filled in which ink, on a display with tints.
    struct Tints(std::vec::Vec<(Ink, Area)>);

    impl Canvas for Tints {
        fn size(&self) -> (i16, i16) {
            (AREA.w, AREA.h)
        }

        fn has_tints(&self) -> bool {
            true
        }

        fn fill(&mut self, area: Area, ink: Ink) {
            if matches!(ink, Ink::CalfMore | Ink::ThighMore) && !area.is_empty() {
                self.0.push((ink, area));
            }
        }

        fn bitmap(&mut self, _: i16, _: i16, _: i16, _: &[u8], _: Ink) {}

        fn strokes(&mut self, _: Area, _: Strokes<'_>, _: Ink) {}
    }

    #[test]
    fn between_the_lines_it_is_tinted_by_who_works_more_where_both_are_known_and_nowhere_else() {
        with_preview(|preview| {
            let calf = bins(|s| (!(300..345).contains(&s)).then_some(30.0), 1200);
            let thigh = bins(|_| Some(70.0), 1200);
            let mut leanings = Leanings::new();
            for s in (2..=1200).step_by(5) {
                leanings.put(Instant::from_ms(s * 1000), [-1, 0, 1][(s / 400).min(2) as usize]);
            }
            let calf = preview.calf.map(|view| SiteView { thirty_minutes: &calf, ..view });
            let thigh = preview.thigh.map(|view| SiteView { thirty_minutes: &thigh, ..view });
            let moment = Snapshot { calf, thigh, leanings: &leanings, ..preview.clone() };
            let mut tints = Tints(std::vec::Vec::new());
            LineChart::THIRTY_MINUTES.draw(&moment, &mut tints, AREA);
            let at = |x: i16| {
                let mut on = tints.0.iter().filter(|(_, area)| (area.x..area.right()).contains(&x));
                let it = on.next().map(|(ink, area)| (*ink, area.y, area.bottom()));
                assert!(on.next().is_none(), "{x}");
                it
            };
            let whole = |ink| Some((ink, row(AREA, 700), row(AREA, 300)));
            // A column is 4.5 s, and a leaning is told for up to 10 s after it was.
            assert_eq!([5, 60, 80, 88].map(at), [whole(Ink::CalfMore); 4]);
            assert_eq!([67, 71, 75].map(at), [None; 3], "the calf is not known");
            assert_eq!([92, 150, 177].map(at), [None; 3], "as usual");
            assert_eq!([181, 220, 265].map(at), [whole(Ink::ThighMore); 3]);
            assert_eq!([267, 300, 399].map(at), [None; 3], "not ridden yet");
            // Of two heads nobody knows that, and alone a muscle has no other.
            for alone in [Snapshot { calf: None, ..moment.clone() }, Snapshot { thigh: None, ..moment.clone() }] {
                tints.0.clear();
                LineChart::THIRTY_MINUTES.draw(&alone, &mut tints, AREA);
                LineChart::HEADS.draw(&moment, &mut tints, AREA);
                assert_eq!(tints.0, []);
            }
            // Without tints it is the same chart as without leanings.
            let draw = |moment: &Snapshot<'_>| {
                let mut frame = Frame::new(Theme::Night);
                LineChart::THIRTY_MINUTES.draw(moment, &mut frame, AREA);
                frame
            };
            let without = Snapshot { leanings: preview.leanings, ..moment.clone() };
            assert!(draw(&moment).bytes() == draw(&without).bytes());
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
                let columns = LineChart::THIRTY_MINUTES.alerts(&moment).map(|share| (share * 400.0) as u64);
                columns.collect::<std::vec::Vec<_>>()
            };
            let place_of = |ago_s: u64| (preview.now.as_ms() / 1000 - ago_s) * 10 / 45 % 400;
            assert_eq!(columns(&told_at(600)), [place_of(600)]);
            assert!(columns(&told_at(1790)).is_empty());
            let other_leg = Snapshot { leg: preview.leg.other(), ..preview.clone() };
            let alerts = told_at(600);
            let moment = Snapshot { alerts: &alerts, ..other_leg };
            assert_eq!(LineChart::THIRTY_MINUTES.alerts(&moment).count(), 0);
        });
    }

    #[test]
    fn power_stands_on_the_ground_and_stops_at_the_top() {
        with_preview(|preview| {
            let watts = bins(|s| Some(if s < 600 { 250.0 } else { 1500.0 }), 1200);
            let mut frame = Frame::new(Theme::Day);
            PowerChart.draw(&Snapshot { power_history: &watts, ..preview.clone() }, &mut frame, AREA);
            let top = |x| (0..120).find(|&y| frame.pixel(x, y));
            assert_eq!(top(50), Some(119 - 59));
            assert_eq!(top(180), Some(0));
            assert_eq!(top(300), Some(119));
        });
    }
}
