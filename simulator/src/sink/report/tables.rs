//! The tables: alerts, notices, laps and positions, muscles, sensors.

use super::html::Html;
use super::ride::{Episode, LegTrack, MarkKind, Mean, Ride, SiteTrack, Stretch, leg_index};
use super::{About, summary, words};
use sling_core::sensor::Side;
use sling_core::signal::trend::Direction;
use sling_core::units::{Thb, ThbScale};

/// Rows of a table; what is beyond them is counted, not shown.
pub(super) const MOST_ROWS: usize = 200;
/// A table of so few rows is printed on one page.
const SHORT: usize = 15;
/// A mean that rests on less than this share of its stretch says so, percent.
const MOSTLY: u32 = 90;

/// A table whose first column heads its rows.
struct Table {
    caption: &'static str,
    heads: Vec<String>,
    /// Columns from this one on hold numbers.
    numbers_from: usize,
    rows: Vec<Vec<String>>,
    left_out: usize,
}

impl Table {
    fn new(caption: &'static str, heads: &[&str], numbers_from: usize) -> Self {
        let heads = heads.iter().map(|&head| head.to_owned()).collect();
        Self { caption, heads, numbers_from, rows: Vec::new(), left_out: 0 }
    }

    fn fill<T>(mut self, items: &[T], row: impl Fn(&T) -> Vec<String>) -> Self {
        self.left_out = items.len().saturating_sub(MOST_ROWS);
        self.rows = items.iter().take(MOST_ROWS).map(row).collect();
        self
    }

    fn write(&self, html: &mut Html) {
        html.raw(if self.rows.len() <= SHORT { "<div class=\"table short\"" } else { "<div class=\"table\"" });
        html.raw(" tabindex=\"0\" role=\"region\" aria-label=\"").text(self.caption);
        html.raw("\"><table><caption>").text(self.caption).raw("</caption><thead><tr>");
        for (i, head) in self.heads.iter().enumerate() {
            html.raw(if i < self.numbers_from { "<th scope=\"col\">" } else { "<th scope=\"col\" class=\"n\">" });
            html.text(head).raw("</th>");
        }
        html.raw("</tr></thead><tbody>\n");
        for row in &self.rows {
            html.raw("<tr>");
            for (i, cell) in row.iter().enumerate() {
                html.raw(match (i, i < self.numbers_from) {
                    (0, _) => "<th scope=\"row\">",
                    (_, true) => "<td>",
                    (_, false) => "<td class=\"n\">",
                });
                html.text(cell).raw(if i == 0 { "</th>" } else { "</td>" });
            }
            html.raw("</tr>\n");
        }
        html.raw("</tbody></table></div>\n");
        if self.left_out > 0 {
            html.raw("<p>And ")
                .text(self.left_out)
                .raw(" more, which are not shown here; the event list has all.</p>\n");
        }
    }
}

const NONE: &str = "none";

/// Every alert.
pub(super) fn alerts(html: &mut Html, ride: &Ride) {
    if ride.episodes.is_empty() {
        html.raw("<p>No alert was given.</p>\n");
        return;
    }
    let heads =
        ["Onset", "Pattern", "Seen at", "Against", "Told", "Levels", "Cleared", "When told", "Largest D, points"];
    let row = |episode: &Episode| {
        let mut levels: Vec<_> = episode
            .levels
            .iter()
            .map(|&(at, level)| format!("{} {}", level.code(), words::clock(ride.second(at))))
            .collect();
        levels.extend(episode.acknowledged.map(|at| format!("acknowledged {}", words::clock(ride.second(at)))));
        vec![
            words::clock(ride.second(episode.since)),
            words::pattern(episode.pattern).to_owned(),
            words::site(ride, episode.place.site),
            episode.place.against.map_or_else(|| NONE.into(), |site| words::site(ride, site)),
            words::clock(ride.second(episode.told())),
            levels.join(", "),
            episode.cleared.map_or_else(|| "on at the end".into(), |at| words::clock(ride.second(at))),
            words::strength(episode.pattern, episode.strength, 1),
            ride.largest_d(episode).map_or_else(|| NONE.into(), |d| words::signed(d, 1)),
        ]
    };
    Table::new("Alerts", &heads, 7).fill(&ride.episodes, row).write(html);
}

/// Every technical notice.
pub(super) fn notices(html: &mut Html, ride: &Ride) {
    if ride.notices.is_empty() {
        html.raw("<p>No technical notice was given.</p>\n");
        return;
    }
    Table::new("Technical notices", &["From", "To", "Seen at", "Reason", "Lasted"], 4)
        .fill(&ride.notices, |notice| {
            let (from, to) = (ride.second(notice.from), ride.second_or_end(notice.to));
            vec![
                words::clock(from),
                notice.to.map_or_else(|| "on at the end".into(), |_| words::clock(to)),
                words::site(ride, notice.site),
                words::reason(notice.reason).into(),
                words::span(to.saturating_sub(from)),
            ]
        })
        .write(html);
}

/// Markers, which have no other table.
pub(super) fn markers(html: &mut Html, ride: &Ride) {
    let markers: Vec<_> = ride.marks.iter().filter(|mark| mark.kind == MarkKind::Marker).collect();
    if markers.is_empty() {
        return;
    }
    Table::new("Markers", &["At", "Label"], 2)
        .fill(&markers, |mark| vec![words::clock(ride.second(mark.at)), words::clip(&mark.label, 80)])
        .write(html);
}

/// Means for each lap.
pub(super) fn laps(html: &mut Html, ride: &Ride) {
    stretches(html, ride, "Laps", "Lap", &ride.laps());
}

/// Means for each position of the bike.
pub(super) fn positions(html: &mut Html, ride: &Ride) {
    stretches(html, ride, "Positions", "Position", &ride.positions());
}

fn stretches(html: &mut Html, ride: &Ride, caption: &'static str, name: &str, stretches: &[Stretch]) {
    let mut heads: Vec<String> =
        [name, "From", "Duration", "Power, W", "Cadence, rpm", "Heart rate, bpm"].map(String::from).into();
    heads.extend(ride.sites.iter().map(|track| format!("SmO2 {}, %", words::site(ride, track.site))));
    let legs: Vec<Side> = paired_legs(ride).collect();
    heads.extend(legs.iter().map(|side| format!("D {} leg", side.code())));
    let row = |stretch: &Stretch| {
        let whole = |value: Mean, digits| mean(value, stretch, |x| words::number(x, digits));
        let context = |pick: fn(&super::ride::Row) -> Option<u16>| {
            whole(ride.mean(stretch, |i| ride.rows.get(i).and_then(pick).map(f32::from)), 0)
        };
        let mut cells = vec![
            words::clip(&stretch.name, 80),
            words::clock(stretch.from),
            words::clock(stretch.to.saturating_sub(stretch.from)),
            context(|row| row.power),
            context(|row| row.cadence),
            context(|row| row.heart_rate),
        ];
        cells.extend(ride.sites.iter().map(|track| whole(ride.mean(stretch, |i| track.smo2(i)), 1)));
        cells.extend(legs.iter().map(|&side| {
            let leg = &ride.legs[leg_index(side)];
            mean(ride.mean(stretch, |i| leg.d(i)), stretch, |x| words::signed(x, 1))
        }));
        cells
    };
    let mut table = Table::new(caption, &[], 1).fill(stretches, row);
    table.heads = heads;
    table.write(html);
}

/// A mean, with the share of the stretch that it rests on where that is not most of it.
fn mean(mean: Mean, stretch: &Stretch, write: impl Fn(f32) -> String) -> String {
    let whole = stretch.to.saturating_sub(stretch.from);
    match mean.value() {
        None => NONE.into(),
        Some(x) if u64::from(mean.seconds) * 100 >= u64::from(whole) * u64::from(MOSTLY) => write(x),
        Some(x) => format!("{}\u{a0}({})", write(x), words::percent(mean.seconds, whole)),
    }
}

/// The sides on which a calf and a thigh are compared.
pub(super) fn paired_legs(ride: &Ride) -> impl Iterator<Item = Side> {
    let is_paired = |leg: &LegTrack| leg.pair.is_some();
    [Side::Left, Side::Right].into_iter().filter(move |&side| is_paired(&ride.legs[leg_index(side)]))
}

/// Each muscle over the whole ride.
pub(super) fn muscles(html: &mut Html, ride: &Ride) {
    let heads = ["Muscle", "SmO2 mean, %", "Lowest", "Highest", "tHb mean", "Falling", "Rising", "No direction"];
    let row = |track: &SiteTrack| {
        let all = ride.all();
        let smo2 = ride.mean(&all, |i| track.smo2(i));
        let ends = (0..ride.rows.len()).filter_map(|i| track.smo2(i)).fold(None, |ends: Option<(f32, f32)>, x| {
            Some(ends.map_or((x, x), |(low, high)| (low.min(x), high.max(x))))
        });
        let end = |pick: fn((f32, f32)) -> f32| ends.map_or_else(|| NONE.into(), |ends| words::number(pick(ends), 0));
        let trend = |direction: Direction| {
            words::span(
                ride.seconds_where(|i| track.points.get(i).copied().flatten().and_then(|p| p.trend) == Some(direction)),
            )
        };
        vec![
            words::site_in_full(track.site),
            smo2.value().map_or_else(|| NONE.into(), |x| words::number(x, 1)),
            end(|(low, _)| low),
            end(|(_, high)| high),
            thb(ride, track),
            trend(Direction::Falling),
            trend(Direction::Rising),
            trend(Direction::Steady),
        ]
    };
    Table::new("Muscles over the ride", &heads, 1).fill(&ride.sites, row).write(html);
}

/// The mean tHb in the scale of the newest sensor.
fn thb(ride: &Ride, track: &SiteTrack) -> String {
    let point = |i: usize| track.points.get(i).copied().flatten().and_then(|point| point.thb);
    let Some(scale) = (0..ride.rows.len()).rev().find_map(|i| point(i).map(|thb| thb.scale)) else {
        return NONE.into();
    };
    let mean = ride.mean(&ride.all(), |i| point(i).filter(|thb| thb.scale == scale).map(Thb::value));
    let unit = if scale == ThbScale::GramsPerDecilitre { "g/dL" } else { "vendor's units" };
    mean.value().map_or_else(|| NONE.into(), |x| format!("{} {unit}", words::number(x, 2)))
}

/// How well each sensor was heard.
pub(super) fn sensors(html: &mut Html, about: &About, ride: &Ride) {
    let heads = ["Site", "Sensor", "No value, by reason", "With a value", "New samples"];
    let indices: Vec<usize> = (0..ride.sites.len()).collect();
    let row = |&i: &usize| {
        let track = &ride.sites[i];
        let names: Vec<_> = track.sensors.iter().map(|&id| words::sensor(id, about.sensor_numbers)).collect();
        let missing: Vec<_> =
            summary::missing(ride, i).into_iter().map(|(why, seconds)| format!("{why} {seconds} s")).collect();
        let with_value = ride.seconds_where(|row| track.smo2(row).is_some());
        vec![
            words::site_in_full(track.site),
            names.join(", then "),
            if missing.is_empty() { NONE.into() } else { missing.join(", ") },
            words::percent(with_value, ride.duration_s),
            track.samples().to_string(),
        ]
    };
    Table::new("Muscle oxygen sensors", &heads, 3).fill(&indices, row).write(html);
    let context = [
        ("power", ride.seconds_where(|i| ride.rows[i].power.is_some())),
        ("cadence", ride.seconds_where(|i| ride.rows[i].cadence.is_some())),
        ("heart rate", ride.seconds_where(|i| ride.rows[i].heart_rate.is_some())),
    ];
    Table::new("Other readings", &["Reading", "With a value"], 1)
        .fill(&context, |(name, seconds)| vec![(*name).to_owned(), words::percent(*seconds, ride.duration_s)])
        .write(html);
}
