//! Charts over ride time: panels above each other on one time axis, lanes that name what is missing, marks with labels.
//!
//! A chart is written twice, for a wide page and for a phone; the style sheet shows one of the two. Lengths are in
//! units of the view box, about a pixel at full size.

use super::columns::{Column, runs};
use super::html::{Html, Path};
use super::ride::MarkKind;
use super::words;

/// Width of a character at the size of the small text, at most.
const CHARACTER: f32 = 7.0;
const LABEL_HEIGHT: f32 = 15.0;
const LANE_HEIGHT: f32 = 16.0;
const AXIS_HEIGHT: f32 = 22.0;
const TITLE_HEIGHT: f32 = 18.0;
/// Rows in which labels of marks may stand before the rest have a line only.
const LABEL_ROWS: usize = 3;
/// Markers on a line.
const MARKERS: usize = 9;

/// The proportions of a chart.
#[derive(Debug)]
pub(super) struct Layout {
    class: &'static str,
    width: f32,
    left: f32,
    right: f32,
    /// Height of a large panel; a small one has half.
    panel: f32,
    ticks: u32,
    /// Columns at the most.
    pub(super) columns: u32,
}

/// For a page at full width, and for print.
pub(super) const WIDE: Layout =
    Layout { class: "wide", width: 1000.0, left: 52.0, right: 14.0, panel: 240.0, ticks: 10, columns: 1200 };
/// For a phone.
pub(super) const NARROW: Layout =
    Layout { class: "narrow", width: 400.0, left: 44.0, right: 12.0, panel: 200.0, ticks: 4, columns: 500 };

/// A named moment, in seconds of ride time.
#[derive(Clone, Debug)]
pub(super) struct Flag {
    pub(super) second: u32,
    pub(super) kind: MarkKind,
    pub(super) label: String,
}

/// A part of the ride that is marked as a whole, in seconds of ride time.
#[derive(Clone, Debug)]
pub(super) struct Alerted {
    pub(super) from: u32,
    pub(super) told: u32,
    pub(super) to: u32,
    pub(super) label: String,
}

/// How a line looks: weight and marker first, colour last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    /// Thick, round markers.
    Calf,
    /// Thin, square markers.
    Thigh,
    /// Dashed, triangles.
    Third,
    /// Dotted, diamonds.
    Fourth,
    /// Plain ink, no markers.
    Plain,
}

impl Stroke {
    const fn line(self) -> &'static str {
        match self {
            Self::Calf => "<path class=\"line calf\" d=\"",
            Self::Thigh => "<path class=\"line thigh\" d=\"",
            Self::Third => "<path class=\"line third\" d=\"",
            Self::Fourth => "<path class=\"line fourth\" d=\"",
            Self::Plain => "<path class=\"line plain\" d=\"",
        }
    }

    const fn band(self) -> &'static str {
        match self {
            Self::Calf => "<path class=\"band calf\" d=\"",
            Self::Thigh => "<path class=\"band thigh\" d=\"",
            Self::Third => "<path class=\"band third\" d=\"",
            Self::Fourth => "<path class=\"band fourth\" d=\"",
            Self::Plain => "<path class=\"band plain\" d=\"",
        }
    }

    const fn marker(self) -> &'static str {
        match self {
            Self::Calf => "<path class=\"marker calf\" d=\"",
            Self::Thigh => "<path class=\"marker thigh\" d=\"",
            Self::Third => "<path class=\"marker third\" d=\"",
            Self::Fourth => "<path class=\"marker fourth\" d=\"",
            Self::Plain => "<path class=\"marker plain\" d=\"",
        }
    }

    /// Where between two markers of the first line this line's stand.
    const fn phase(self) -> f32 {
        match self {
            Self::Calf | Self::Plain => 0.25,
            Self::Thigh => 0.75,
            Self::Third => 0.0,
            Self::Fourth => 0.5,
        }
    }

    fn put_marker(self, path: &mut Path, x: f32, y: f32) {
        match self {
            Self::Calf => {
                // Sixteen sides are round enough at this size.
                const R: f32 = 5.0;
                const SIDES: [(f32, f32); 16] = [
                    (1.0, 0.0),
                    (0.92, 0.38),
                    (0.71, 0.71),
                    (0.38, 0.92),
                    (0.0, 1.0),
                    (-0.38, 0.92),
                    (-0.71, 0.71),
                    (-0.92, 0.38),
                    (-1.0, 0.0),
                    (-0.92, -0.38),
                    (-0.71, -0.71),
                    (-0.38, -0.92),
                    (0.0, -1.0),
                    (0.38, -0.92),
                    (0.71, -0.71),
                    (0.92, -0.38),
                ];
                polygon(path, SIDES.iter().map(|(dx, dy)| (x + R * dx, y + R * dy)));
            }
            Self::Thigh => {
                path.rectangle(x - 4.0, y - 4.0, 8.0, 8.0);
            }
            Self::Third => polygon(path, [(x, y - 5.5), (x + 5.0, y + 4.0), (x - 5.0, y + 4.0)]),
            Self::Fourth => polygon(path, [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)]),
            Self::Plain => {}
        }
    }
}

fn polygon(path: &mut Path, corners: impl IntoIterator<Item = (f32, f32)>) {
    for (i, (x, y)) in corners.into_iter().enumerate() {
        if i == 0 {
            path.move_to(x, y)
        } else {
            path.line_to(x, y)
        };
    }
    path.close();
}

/// A sample of a line, for a legend.
pub(super) fn legend_sample(html: &mut Html, stroke: Stroke) {
    let (mut line, mut marker) = (Path::new(), Path::new());
    line.move_to(1.0, 8.0).line_to(35.0, 8.0);
    stroke.put_marker(&mut marker, 18.0, 8.0);
    html.raw("<svg viewBox=\"0 0 36 16\" width=\"36\" height=\"16\" aria-hidden=\"true\">");
    html.raw(stroke.line()).path(&line).raw("\"/>");
    if !marker.is_empty() {
        html.raw(stroke.marker()).path(&marker).raw("\"/>");
    }
    html.raw("</svg>");
}

/// The vertical axis of a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f32,
    pub(super) high: f32,
    pub(super) step: f32,
    /// Ticks carry their sign.
    pub(super) is_signed: bool,
}

impl Axis {
    /// An axis in whole steps of 1, 2 or 5 times a power of ten over `low..=high`, with about `ticks` ticks.
    pub(super) fn over(low: f32, high: f32, ticks: f32, is_signed: bool) -> Self {
        let wanted = ((high - low) / ticks).max(f32::EPSILON);
        let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0];
        let step = steps.into_iter().find(|&step| step >= wanted).unwrap_or(50_000.0);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step, is_signed }
    }
}

/// A panel that has been drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    top: f32,
    height: f32,
    axis: Axis,
}

impl Panel {
    fn y(&self, value: f32) -> f32 {
        let share = (value.clamp(self.axis.low, self.axis.high) - self.axis.low) / (self.axis.high - self.axis.low);
        self.top + self.height * (1.0 - share)
    }
}

/// A chart in the making, from the top down.
pub(super) struct Chart<'a> {
    layout: &'a Layout,
    duration_s: u32,
    width_s: u32,
    flags: &'a [Flag],
    body: Html,
    y: f32,
}

impl<'a> Chart<'a> {
    /// A chart of a ride of `duration_s` in columns of `width_s`, with lines where `flags` are.
    pub(super) fn new(layout: &'a Layout, duration_s: u32, width_s: u32, flags: &'a [Flag]) -> Self {
        Self { layout, duration_s: duration_s.max(1), width_s, flags, body: Html::new(), y: 2.0 }
    }

    fn plot_width(&self) -> f32 {
        self.layout.width - self.layout.left - self.layout.right
    }

    fn right(&self) -> f32 {
        self.layout.width - self.layout.right
    }

    fn x(&self, second: f32) -> f32 {
        self.layout.left + self.plot_width() * (second / self.duration_s as f32).clamp(0.0, 1.0)
    }

    /// Left and right edge of column `i`.
    fn edges(&self, i: usize) -> (f32, f32) {
        let first = i as f32 * self.width_s as f32;
        (self.x(first), self.x(first + self.width_s as f32))
    }

    fn middle(&self, i: usize) -> f32 {
        let (left, right) = self.edges(i);
        f32::midpoint(left, right)
    }

    /// A shape, if there is any of it; `open` is the element up to its `d`.
    fn shape(&mut self, open: &'static str, path: &Path) {
        if !path.is_empty() {
            self.body.raw(open).path(path).raw("\"/>\n");
        }
    }

    /// The labels of the flags, as many as there is room for.
    pub(super) fn labels(&mut self) {
        let mut free_from = [0.0_f32; LABEL_ROWS];
        let mut placed = Vec::new();
        for flag in self.flags {
            let width = flag.label.chars().count() as f32 * CHARACTER;
            let x = (self.x(flag.second as f32) + 3.0).min(self.right() - width).max(self.layout.left);
            if let Some(row) = free_from.iter().position(|&free| free <= x) {
                free_from[row] = x + width + 8.0;
                placed.push((x, row, flag));
            }
        }
        let rows = placed.iter().map(|(_, row, _)| row + 1).max().unwrap_or(0);
        let bottom = self.y + rows as f32 * LABEL_HEIGHT + TITLE_HEIGHT - 4.0;
        // The first row stands lowest, next to the panel.
        let y = |row: usize| bottom - TITLE_HEIGHT + 1.0 - row as f32 * LABEL_HEIGHT;
        let mut leaders = Path::new();
        for &(_, row, flag) in &placed {
            let x = self.x(flag.second as f32);
            leaders.move_to(x, y(row) - 10.0).line_to(x, bottom);
        }
        self.shape("<path class=\"leader\" d=\"", &leaders);
        for (x, row, flag) in placed {
            self.body.raw("<text class=\"flag\" x=\"").number(x).raw("\" y=\"").number(y(row)).raw("\">");
            self.body.text(&flag.label).raw("</text>\n");
        }
        self.y += rows as f32 * LABEL_HEIGHT;
    }

    /// A panel of a large or a small height, with its grid and the lines of the flags.
    pub(super) fn panel(&mut self, title: &str, axis: Axis, is_large: bool) -> Panel {
        let left = self.layout.left;
        self.body.raw("<text class=\"title\" x=\"").number(left).raw("\" y=\"").number(self.y + TITLE_HEIGHT - 5.0);
        self.body.raw("\">").text(title).raw("</text>\n");
        let height = if is_large { self.layout.panel } else { self.layout.panel / 2.0 };
        let panel = Panel { top: self.y + TITLE_HEIGHT, height, axis };
        let mut grid = Path::new();
        let ticks = ((axis.high - axis.low) / axis.step).round() as u32;
        for i in 0..=ticks {
            let value = axis.low + i as f32 * axis.step;
            let y = panel.y(value);
            grid.move_to(left, y).line_to(self.right(), y);
            self.body.raw("<text class=\"tick end\" x=\"").number(left - 5.0).raw("\" y=\"").number(y + 4.0).raw("\">");
            let label = if axis.is_signed { words::signed(value, 0) } else { words::number(value, 0) };
            self.body.text(label).raw("</text>\n");
        }
        self.shape("<path class=\"grid\" d=\"", &grid);
        for (kind, class) in [
            (MarkKind::Lap, "<path class=\"flag-line lap\" d=\""),
            (MarkKind::Position, "<path class=\"flag-line position\" d=\""),
            (MarkKind::Marker, "<path class=\"flag-line marker\" d=\""),
        ] {
            self.flag_lines(&panel, kind, class);
        }
        self.y = panel.top + height + 4.0;
        panel
    }

    fn flag_lines(&mut self, panel: &Panel, kind: MarkKind, class: &'static str) {
        let (mut path, mut last) = (Path::new(), f32::NEG_INFINITY);
        for flag in self.flags.iter().filter(|flag| flag.kind == kind) {
            let x = self.x(flag.second as f32);
            // Lines closer than this are one line: their number stays bounded.
            if x - last >= 0.75 {
                path.move_to(x, panel.top - 4.0).line_to(x, panel.top + panel.height);
                last = x;
            }
        }
        self.shape(class, &path);
    }

    /// Alerts across a panel: tinted from onset to end, a triangle where they were told, a label where there is room.
    pub(super) fn alerts(&mut self, panel: &Panel, alerts: &[Alerted]) {
        let (mut tint, mut edges, mut told) = (Path::new(), Path::new(), Path::new());
        let mut labels = Html::new();
        let (mut label_free_from, mut drawn_to) = (0.0_f32, 0.0_f32);
        for alert in alerts {
            let (from, to) = (self.x(alert.from as f32), self.x(alert.to as f32).max(self.x(alert.from as f32) + 1.0));
            // What would lie within a pixel of the last one adds nothing to see.
            if to <= drawn_to + 0.75 {
                continue;
            }
            drawn_to = to;
            tint.rectangle(from, panel.top, to - from, panel.height);
            edges.move_to(from, panel.top).line_to(from, panel.top + panel.height);
            edges.move_to(to, panel.top).line_to(to, panel.top + panel.height);
            let x = self.x(alert.told as f32);
            polygon(&mut told, [(x - 6.0, panel.top), (x + 6.0, panel.top), (x, panel.top + 10.0)]);
            let width = alert.label.chars().count() as f32 * CHARACTER;
            let label_x = (from + 5.0).min(self.right() - width).max(self.layout.left + 3.0);
            if label_x >= label_free_from {
                label_free_from = label_x + width + 8.0;
                labels.raw("<text class=\"alert-label\" x=\"").number(label_x).raw("\" y=\"");
                labels.number(panel.top + 24.0).raw("\">").text(&alert.label).raw("</text>\n");
            }
        }
        self.shape("<path class=\"alert-tint\" d=\"", &tint);
        self.shape("<path class=\"alert-edge\" d=\"", &edges);
        self.shape("<path class=\"alert-told\" d=\"", &told);
        self.body.add(&labels);
    }

    /// The zero of a panel, drawn heavier.
    pub(super) fn zero(&mut self, panel: &Panel) {
        let mut path = Path::new();
        path.move_to(self.layout.left, panel.y(0.0)).line_to(self.right(), panel.y(0.0));
        self.shape("<path class=\"zero\" d=\"", &path);
    }

    /// The tint of the normal band: `half_width` either side of zero where there is one.
    pub(super) fn normal_band(&mut self, panel: &Panel, half_width: &[Column]) {
        let mut path = Path::new();
        for (i, column) in half_width.iter().enumerate() {
            let Some(half) = column.mean() else { continue };
            let (left, right) = self.edges(i);
            // Equal neighbours are one rectangle: the band changes seldom.
            let same = |at: usize| half_width.get(at).and_then(Column::mean).is_some_and(|other| other == half);
            if i > 0 && same(i - 1) {
                continue;
            }
            let last = (i + 1..half_width.len()).take_while(|&at| same(at)).last();
            let right = last.map_or(right, |last| self.edges(last).1);
            path.rectangle(left, panel.y(half), right - left, panel.y(-half) - panel.y(half));
        }
        self.shape("<path class=\"normal\" d=\"", &path);
    }

    /// A line of means over a tint from lowest to highest. Columns that are not whole stand alone.
    pub(super) fn line(&mut self, panel: &Panel, columns: &[Column], stroke: Stroke) {
        let (mut line, mut band) = (Path::new(), Path::new());
        for (start, end, ()) in runs(columns, |column| column.is_whole().then_some(())) {
            for (i, column) in columns.iter().enumerate().take(end).skip(start) {
                let (x, y) = (self.middle(i), panel.y(column.mean().unwrap_or(column.low)));
                if i == start {
                    line.move_to(x, y)
                } else {
                    line.line_to(x, y)
                };
            }
            if end == start + 1 {
                let y = panel.y(columns[start].mean().unwrap_or(columns[start].low));
                line.line_to(self.middle(start), y);
            }
            if self.width_s > 1 {
                let forth = (start..end).map(|i| (self.middle(i), panel.y(columns[i].high)));
                let back = (start..end).rev().map(|i| (self.middle(i), panel.y(columns[i].low)));
                polygon(&mut band, forth.chain(back));
            }
        }
        for (i, column) in columns.iter().enumerate().filter(|(_, column)| !column.is_whole()) {
            let Some(mean) = column.mean() else { continue };
            let (x, y) = (self.middle(i), panel.y(mean));
            line.move_to(x, y).line_to(x, y);
        }
        self.shape(stroke.band(), &band);
        self.shape(stroke.line(), &line);
        self.markers(panel, columns, stroke);
    }

    fn markers(&mut self, panel: &Panel, columns: &[Column], stroke: Stroke) {
        let mut path = Path::new();
        for k in 0..MARKERS {
            let at = (k as f32 + stroke.phase()) / MARKERS as f32 * columns.len() as f32;
            let column = columns.get(at as usize);
            if let Some(mean) = column.filter(|column| column.is_whole()).and_then(Column::mean) {
                stroke.put_marker(&mut path, self.middle(at as usize), panel.y(mean));
            }
        }
        self.shape(stroke.marker(), &path);
    }

    /// A lane that hatches where values are missing and says why where there is room for the word.
    /// `notices` are outlined: from, to, in seconds.
    pub(super) fn lane(&mut self, name: &str, columns: &[Column], notices: &[(u32, u32)]) {
        let gaps = runs(columns, Column::gap);
        if gaps.is_empty() && notices.is_empty() {
            return;
        }
        let (top, height) = (self.y + 2.0, LANE_HEIGHT - 4.0);
        self.body.raw("<text class=\"tick end\" x=\"").number(self.layout.left - 5.0).raw("\" y=\"");
        self.body.number(top + height - 1.0).raw("\">").text(name).raw("</text>\n");
        let mut hatch = Path::new();
        for &(start, end, _) in &gaps {
            let (left, right) = (self.edges(start).0, self.edges(end - 1).1);
            hatch.rectangle(left, top, (right - left).max(1.5), height);
        }
        self.shape("<path class=\"gap\" d=\"", &hatch);
        let (mut outline, mut last) = (Path::new(), f32::NEG_INFINITY);
        for &(from, to) in notices {
            let (left, right) = (self.x(from as f32), self.x(to as f32));
            if right - last >= 0.75 {
                outline.rectangle(left, top, (right - left).max(1.5), height);
                last = right;
            }
        }
        self.shape("<path class=\"notice\" d=\"", &outline);
        self.gap_words(&gaps, top + height - 2.0);
        self.y += LANE_HEIGHT;
    }

    /// A reason stands in its gap, else behind it, else before it, else only in the tables.
    fn gap_words(&mut self, gaps: &[(usize, usize, &'static str)], y: f32) {
        let mut free_from = self.layout.left;
        for (k, &(start, end, cause)) in gaps.iter().enumerate() {
            let (left, right) = (self.edges(start).0, self.edges(end - 1).1);
            let width = cause.chars().count() as f32 * CHARACTER;
            let next = gaps.get(k + 1).map_or(self.right(), |&(next, ..)| self.edges(next).0);
            let x = if right - left >= width + 6.0 {
                f32::midpoint(left, right) - width / 2.0
            } else if next - right >= width + 6.0 {
                right + 4.0
            } else if left - free_from >= width + 6.0 {
                left - width - 2.0
            } else {
                free_from = free_from.max(right);
                continue;
            };
            free_from = right.max(x + width);
            self.body.raw("<text class=\"cause\" x=\"").number(x).raw("\" y=\"").number(y).raw("\">");
            self.body.text(cause).raw("</text>\n");
        }
    }

    /// The time axis, and the end of the chart, which says `summary` to those who do not see it.
    pub(super) fn finish(mut self, summary: &str) -> Html {
        let step = time_step_s(self.duration_s, self.layout.ticks);
        let y = self.y + 15.0;
        let mut ticks = Path::new();
        for second in (0..=self.duration_s).step_by(step as usize) {
            let x = self.x(second as f32);
            ticks.move_to(x, self.y).line_to(x, self.y + 4.0);
            let label = words::clock(second);
            let half = label.len() as f32 * CHARACTER / 2.0;
            let x = x.min(self.layout.width - half).max(half);
            self.body.raw("<text class=\"tick middle\" x=\"").number(x).raw("\" y=\"").number(y).raw("\">");
            self.body.text(label).raw("</text>\n");
        }
        self.shape("<path class=\"zero\" d=\"", &ticks);
        let height = self.y + AXIS_HEIGHT;
        let mut svg = Html::new();
        svg.raw("<svg role=\"img\" class=\"")
            .text(self.layout.class)
            .raw("\" viewBox=\"0 0 ")
            .number(self.layout.width);
        svg.raw(" ").number(height).raw("\" aria-label=\"").text(summary).raw("\">\n").add(&self.body).raw("</svg>\n");
        svg
    }
}

/// Seconds between ticks of time, so that there are at most `most` steps.
fn time_step_s(duration_s: u32, most: u32) -> u32 {
    let steps = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
    steps.into_iter().find(|step| duration_s / step <= most).unwrap_or(duration_s.div_ceil(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_steps_that_hold_all_values() {
        for (low, high) in [(0.0, 250.0), (23.0, 71.0), (-12.0, 12.0), (0.0, 3000.0)] {
            let axis = Axis::over(low, high, 5.0, false);
            assert!(axis.low <= low && axis.high >= high, "{axis:?}");
            assert!(((axis.high - axis.low) / axis.step) <= 7.0, "{axis:?}");
        }
    }

    #[test]
    fn time_has_few_ticks_at_any_length() {
        for duration in [1, 59, 600, 2400, 43_200, 4_000_000] {
            let step = time_step_s(duration, 10);
            assert!(step > 0 && duration / step <= 10, "{duration} {step}");
        }
    }
}
