//! The page: head, summary, charts, tables, and how it was made.

use super::chart::{Alerted, Axis, Chart, Flag, Layout, NARROW, Stroke, WIDE, legend_sample};
use super::columns::{Column, columns, width_s};
use super::html::Html;
use super::ride::{Judged, LegTrack, MarkKind, Ride, SiteTrack, leg_index};
use super::summary::NOT_ASSIGNED;
use super::{About, summary, tables, words};
use sling_core::language::Language;
use sling_core::sensor::{Side, Site};

/// Characters of a title, a source or a command line that are shown.
const LONGEST_TEXT: usize = 1000;
/// The least height of the SmO2 axis, points: noise must not look like a story.
const LEAST_SMO2_SPAN: f32 = 40.0;
/// The least half height of the axis of D, points.
const LEAST_D: f32 = 10.0;
/// D beyond this is drawn at the edge, points.
const LARGEST_D: f32 = 40.0;

/// The whole page.
pub(super) fn page(about: &About, ride: &Ride) -> String {
    let mut html = Html::new();
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    html.text(words::clip(&about.title, LONGEST_TEXT)).raw(" \u{2013} Sling ride report</title>\n<style>\n");
    html.raw(include_str!("report.css")).raw("</style>\n</head>\n<body>\n");
    html.raw("<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>");
    html.raw("<pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" ");
    html.raw("patternTransform=\"rotate(45)\"><path class=\"hatch-line\" d=\"M0 0V5\"/></pattern></defs></svg>\n");
    head(&mut html, about, ride);
    html.raw("<main>\n");
    summarise(&mut html, ride);
    let flags = flags(ride);
    legs(&mut html, ride, &flags);
    work(&mut html, ride, &flags);
    html.raw("<section>\n<h2>What was said</h2>\n");
    tables::alerts(&mut html, ride);
    tables::notices(&mut html, ride);
    html.raw("</section>\n<section>\n<h2>Part by part</h2>\n");
    parts(&mut html, ride);
    html.raw("</section>\n<section>\n<h2>Data quality</h2>\n");
    tables::sensors(&mut html, about, ride);
    html.raw("</section>\n");
    not_shown(&mut html);
    made(&mut html, about, ride);
    html.raw("</main>\n</body>\n</html>\n");
    html.into_string()
}

fn head(html: &mut Html, about: &About, ride: &Ride) {
    html.raw("<header>\n<h1>").text(words::clip(&about.title, LONGEST_TEXT)).raw("</h1>\n<dl class=\"about\">\n");
    entry(html, "Source", &words::clip(&about.source, LONGEST_TEXT));
    if let Some(wall) = &ride.wall {
        entry(html, "Began", &words::began(ride, wall));
    }
    entry(html, "Duration", &words::clock(ride.duration_s));
    let sites: Vec<_> = ride.sites.iter().map(|track| words::site_in_full(track.site)).collect();
    entry(html, "Muscles", &if sites.is_empty() { "none".into() } else { sites.join(", ") });
    let mut sensors: Vec<String> = Vec::new();
    for identity in ride.sites.iter().flat_map(|track| &track.sensors) {
        let name = words::sensor(*identity, about.sensor_numbers);
        if !sensors.contains(&name) {
            sensors.push(name);
        }
    }
    let worn: usize = ride.sites.iter().map(|track| track.sensors.len()).sum();
    entry(html, "Sensors", &if worn == 0 { "none".into() } else { format!("{worn}, heard by {}", sensors.join(", ")) });
    entry(html, "Made by", concat!("Sling ", env!("CARGO_PKG_VERSION")));
    html.raw("</dl>\n</header>\n");
}

fn entry(html: &mut Html, name: &'static str, value: &str) {
    html.raw("<dt>").raw(name).raw("</dt><dd>").text(value).raw("</dd>\n");
}

fn summarise(html: &mut Html, ride: &Ride) {
    html.raw("<section class=\"summary\">\n<h2>Summary</h2>\n");
    for finding in summary::findings(ride) {
        html.raw("<p class=\"finding\">").text(finding).raw("</p>\n");
    }
    let more: Vec<_> = summary::judged(ride).into_iter().chain(summary::sensors(ride)).collect();
    if !more.is_empty() {
        html.raw("<ul>\n");
        for sentence in more {
            html.raw("<li>").text(sentence).raw("</li>\n");
        }
        html.raw("</ul>\n");
    }
    html.raw("<p class=\"soft\">What the sensors showed, not why: this report is no diagnosis.</p>\n</section>\n");
}

/// Laps, markers and positions in the order of time.
fn flags(ride: &Ride) -> Vec<Flag> {
    let flag = |mark: &super::ride::Mark| {
        let label = match mark.kind {
            MarkKind::Lap => format!("lap {}", mark.label),
            MarkKind::Position => format!("position: {}", mark.label),
            MarkKind::Marker => mark.label.clone(),
        };
        Flag { second: ride.second(mark.at), kind: mark.kind, label }
    };
    ride.marks.iter().map(flag).collect()
}

/// The muscles of a side with the look of each: the pair's calf and thigh, then the others.
fn strokes(ride: &Ride, side: Side) -> Vec<(usize, Stroke)> {
    let pair = ride.legs[leg_index(side)].pair;
    let (mut calf, mut thigh, mut others) = (false, false, 0);
    let mut list = Vec::new();
    for (i, track) in ride.sites.iter().enumerate().filter(|(_, track)| track.site.side == side) {
        let role = words::role(track.site.muscle);
        let paired = pair.is_none_or(|pair| pair.site == track.site || pair.against == Some(track.site));
        let stroke = if role == "calf" && paired && !std::mem::replace(&mut calf, true) {
            Stroke::Calf
        } else if role == "thigh" && paired && !std::mem::replace(&mut thigh, true) {
            Stroke::Thigh
        } else {
            others += 1;
            if others % 2 == 1 { Stroke::Third } else { Stroke::Fourth }
        };
        list.push((i, stroke));
    }
    list
}

fn smo2_of(track: &SiteTrack, row: usize) -> Result<f32, &'static str> {
    match track.points.get(row).copied().flatten() {
        Some(point) => point.smo2.map_err(|reason| reason.say().long(Language::English)),
        None => Err(NOT_ASSIGNED),
    }
}

fn legs(html: &mut Html, ride: &Ride, flags: &[Flag]) {
    html.raw("<section>\n<h2>Muscle oxygen</h2>\n");
    if ride.sites.is_empty() {
        html.raw("<p>No muscle oxygen sensor was assigned.</p>\n");
    }
    for side in [Side::Left, Side::Right] {
        let strokes = strokes(ride, side);
        if strokes.is_empty() {
            continue;
        }
        let name = if side == Side::Left { "Left" } else { "Right" };
        html.raw("<h3>").raw(name).raw(" side: SmO2</h3>\n");
        smo2_figure(html, ride, flags, side, &strokes);
        if ride.legs[leg_index(side)].pair.is_some() {
            html.raw("<h3>").raw(name).raw(" leg: calf against thigh</h3>\n");
            d_figure(html, ride, flags, side);
        }
    }
    if !ride.sites.is_empty() {
        tables::muscles(html, ride);
        html.raw("<p class=\"soft\">Falling and rising count the time in which the two-minute trend differed from ");
        html.raw("level by more than its 95 % interval; otherwise no direction is shown. tHb is in its vendor's own ");
        html.raw("scale.</p>\n");
    }
    html.raw("</section>\n");
}

/// Alerts on a side, as spans with words.
fn alerted(ride: &Ride, side: Side) -> Vec<Alerted> {
    let on_side = ride.episodes.iter().filter(|episode| episode.place.site.side == side);
    on_side
        .map(|episode| Alerted {
            from: ride.second(episode.since),
            told: ride.second(episode.told()),
            to: ride.second_or_end(episode.cleared),
            label: words::pattern(episode.pattern).to_owned(),
        })
        .collect()
}

fn smo2_figure(html: &mut Html, ride: &Ride, flags: &[Flag], side: Side, strokes: &[(usize, Stroke)]) {
    html.raw("<figure>\n<figcaption>SmO2 in percent over ride time. ");
    resolution(html, ride);
    html.raw(" A line stops where a value is missing; the hatching below says why, outlined where the rider was told.");
    if !alerted(ride, side).is_empty() {
        html.raw(" Tinted: from the estimated onset of an alert to its end; the triangle is when it was told.");
    }
    html.raw(" The axis is the same on both sides and does not start at zero.</figcaption>\n<ul class=\"legend\">");
    for &(i, stroke) in strokes {
        html.raw("<li>");
        legend_sample(html, stroke);
        html.text(words::site_in_full(ride.sites[i].site)).raw("</li>");
    }
    html.raw("</ul>\n");
    let axis = smo2_axis(ride);
    let alerts = alerted(ride, side);
    let summary = smo2_summary(ride, side, strokes);
    for layout in [&WIDE, &NARROW] {
        let width_s = width_s(ride.duration_s, layout.columns);
        let data: Vec<(&SiteTrack, Stroke, Vec<Column>)> = strokes
            .iter()
            .map(|&(i, stroke)| (&ride.sites[i], stroke, columns(ride, width_s, |row| smo2_of(&ride.sites[i], row))))
            .collect();
        let mut chart = Chart::new(layout, ride.duration_s, width_s, flags);
        chart.labels();
        let panel = chart.panel("SmO2, %", axis, true);
        chart.alerts(&panel, &alerts);
        for (_, stroke, columns) in &data {
            chart.line(&panel, columns, *stroke);
        }
        for (track, _, columns) in &data {
            chart.lane(words::lane(ride, track.site), columns, &notices_at(ride, track.site));
        }
        html.add(&chart.finish(&summary));
    }
    html.raw("</figure>\n");
}

fn notices_at(ride: &Ride, site: Site) -> Vec<(u32, u32)> {
    let at_site = ride.notices.iter().filter(|notice| notice.site == site);
    at_site.map(|notice| (ride.second(notice.from), ride.second_or_end(notice.to))).collect()
}

/// One axis for both sides: in tens over all values, at least [`LEAST_SMO2_SPAN`] high.
fn smo2_axis(ride: &Ride) -> Axis {
    let values = ride.sites.iter().flat_map(|track| (0..ride.rows.len()).filter_map(|row| track.smo2(row)));
    let (low, high) = values.fold((100.0_f32, 0.0_f32), |(low, high), x| (low.min(x), high.max(x)));
    let (low, high) = if low > high { (0.0, 100.0) } else { (low, high) };
    let (mut low, mut high) = ((low / 10.0).floor() * 10.0, (high / 10.0).ceil() * 10.0);
    while high - low < LEAST_SMO2_SPAN {
        if high < 100.0 {
            high += 10.0;
        }
        if high - low < LEAST_SMO2_SPAN && low > 0.0 {
            low -= 10.0;
        }
    }
    Axis { low, high, step: 10.0, is_signed: false }
}

fn smo2_summary(ride: &Ride, side: Side, strokes: &[(usize, Stroke)]) -> String {
    let muscle = |&(i, _): &(usize, Stroke)| {
        let track = &ride.sites[i];
        let mean = ride.mean(&ride.all(), |row| track.smo2(row));
        let value = mean.value().map_or_else(|| "no value".into(), |mean| format!("mean {} %", words::number(mean, 0)));
        let known = words::percent(mean.seconds, ride.duration_s);
        format!(" {}: {value}, known for {known} of the time.", words::site(ride, track.site))
    };
    let muscles: String = strokes.iter().map(muscle).collect();
    format!("SmO2 over {}.{muscles}{}", words::clock(ride.duration_s), alerts_summary(ride, side))
}

fn alerts_summary(ride: &Ride, side: Side) -> String {
    let alerts = alerted(ride, side);
    if alerts.is_empty() {
        return " No alert.".into();
    }
    let mut list: Vec<_> = alerts
        .iter()
        .take(3)
        .map(|alert| format!("{} from {} to {}", alert.label, words::clock(alert.from), words::clock(alert.to)))
        .collect();
    if alerts.len() > list.len() {
        list.push(format!("{} more", alerts.len() - list.len()));
    }
    format!(" Alerts: {}.", list.join(", "))
}

fn d_of(leg: &LegTrack, row: usize) -> Result<f32, &'static str> {
    match leg.states.get(row) {
        Some(Judged::Ready { d, .. }) => Ok(*d),
        Some(Judged::Not(reason)) => Err(reason.say().long(Language::English)),
        Some(Judged::NoPair) | None => Err("no pair"),
    }
}

fn normal_of(leg: &LegTrack, row: usize) -> Result<f32, &'static str> {
    match leg.states.get(row) {
        Some(Judged::Ready { normal, .. }) => Ok(*normal),
        _ => Err("not ready"),
    }
}

fn d_figure(html: &mut Html, ride: &Ride, flags: &[Flag], side: Side) {
    let leg = &ride.legs[leg_index(side)];
    html.raw("<figure>\n<figcaption>D: calf less thigh, each against what is expected of it at this power and ");
    html.raw("cadence, points of SmO2, over the last 30 s. Below zero the calf is lower than expected against the ");
    html.raw("thigh. Shaded: this rider's own normal band. D is shown only while detection is ready; the hatching ");
    html.raw("says why it was not.</figcaption>\n");
    let axis = d_axis(ride);
    let alerts = alerted(ride, side);
    let summary = d_summary(ride, side);
    for layout in [&WIDE, &NARROW] {
        let width_s = width_s(ride.duration_s, layout.columns);
        let d = columns(ride, width_s, |row| d_of(leg, row));
        let mut chart = Chart::new(layout, ride.duration_s, width_s, flags);
        let panel = chart.panel("D, points (below 0: calf lower)", axis, true);
        chart.normal_band(&panel, &columns(ride, width_s, |row| normal_of(leg, row)));
        chart.zero(&panel);
        chart.alerts(&panel, &alerts);
        chart.line(&panel, &d, Stroke::Plain);
        chart.lane("gaps", &d, &[]);
        html.add(&chart.finish(&summary));
    }
    html.raw("</figure>\n");
}

/// One axis for both legs, the same up as down.
fn d_axis(ride: &Ride) -> Axis {
    let largest = ride
        .legs
        .iter()
        .flat_map(|leg| &leg.states)
        .filter_map(|state| match state {
            Judged::Ready { d, normal } => Some(d.abs().max(*normal)),
            _ => None,
        })
        .fold(LEAST_D, f32::max)
        .min(LARGEST_D);
    let step = if largest > 20.0 { 10.0 } else { 5.0 };
    let end = (largest / step).ceil() * step;
    Axis { low: -end, high: end, step, is_signed: true }
}

fn d_summary(ride: &Ride, side: Side) -> String {
    let leg = &ride.legs[leg_index(side)];
    let known = ride.mean(&ride.all(), |row| leg.d(row));
    let Some(mean) = known.value() else { return "D is not shown: detection was never ready.".into() };
    let (low, high) = (0..ride.rows.len())
        .filter_map(|row| leg.d(row))
        .fold((f32::MAX, f32::MIN), |(low, high), d| (low.min(d), high.max(d)));
    format!(
        "D of the {} leg over {}: mean {}, from {} to {} points, known for {} of the time.{}",
        side.code(),
        words::clock(ride.duration_s),
        words::signed(mean, 1),
        words::signed(low, 1),
        words::signed(high, 1),
        words::percent(known.seconds, ride.duration_s),
        alerts_summary(ride, side)
    )
}

fn work(html: &mut Html, ride: &Ride, flags: &[Flag]) {
    html.raw("<section>\n<h2>Power and cadence</h2>\n<figure>\n<figcaption>Power in watts and cadence in revolutions ");
    html.raw("a minute over ride time. ");
    resolution(html, ride);
    html.raw("</figcaption>\n");
    let power = |row: usize| ride.rows[row].power.map(f32::from);
    let cadence = |row: usize| ride.rows[row].cadence.map(f32::from);
    let summary = format!(
        "Power: {}. Cadence: {}.",
        mean_in_words(ride, power, "W"),
        mean_in_words(ride, cadence, "revolutions a minute")
    );
    let (power_axis, cadence_axis) = (axis_from_zero(ride, power, 200.0), axis_from_zero(ride, cadence, 100.0));
    for layout in [&WIDE, &NARROW] {
        let mut chart = context_chart(ride, flags, layout);
        let width_s = width_s(ride.duration_s, layout.columns);
        let watts = columns(ride, width_s, |row| power(row).ok_or("no power"));
        let rpm = columns(ride, width_s, |row| cadence(row).ok_or("no cadence"));
        let panel = chart.panel("Power, W", power_axis, false);
        chart.line(&panel, &watts, Stroke::Plain);
        chart.lane("gaps", &watts, &[]);
        let panel = chart.panel("Cadence, rpm", cadence_axis, false);
        chart.line(&panel, &rpm, Stroke::Plain);
        chart.lane("gaps", &rpm, &[]);
        html.add(&chart.finish(&summary));
    }
    html.raw("</figure>\n</section>\n");
}

/// The flags are labelled here only if no chart above has done it.
fn context_chart<'a>(ride: &Ride, flags: &'a [Flag], layout: &'a Layout) -> Chart<'a> {
    let mut chart = Chart::new(layout, ride.duration_s, width_s(ride.duration_s, layout.columns), flags);
    if ride.sites.is_empty() {
        chart.labels();
    }
    chart
}

fn mean_in_words(ride: &Ride, value: impl Fn(usize) -> Option<f32>, unit: &str) -> String {
    let mean = ride.mean(&ride.all(), value);
    mean.value().map_or_else(
        || "not known".into(),
        |x| {
            let share = words::percent(mean.seconds, ride.duration_s);
            format!("mean {} {unit}, known for {share} of the time", words::number(x, 0))
        },
    )
}

fn axis_from_zero(ride: &Ride, value: impl Fn(usize) -> Option<f32>, least: f32) -> Axis {
    let high = (0..ride.rows.len()).filter_map(value).fold(least, f32::max);
    Axis::over(0.0, high, 4.0, false)
}

/// What a point of a line is, for the layout that is shown.
fn resolution(html: &mut Html, ride: &Ride) {
    let words = |layout: &Layout| match width_s(ride.duration_s, layout.columns) {
        1 => "Every second is drawn.".to_owned(),
        n => format!("Each point is the mean of {n} s, tinted from the lowest to the highest second."),
    };
    html.raw("<span class=\"when-wide\">").text(words(&WIDE)).raw("</span>");
    html.raw("<span class=\"when-narrow\">").text(words(&NARROW)).raw("</span>");
}

fn parts(html: &mut Html, ride: &Ride) {
    tables::laps(html, ride);
    if ride.marks.iter().any(|mark| mark.kind == MarkKind::Position) {
        tables::positions(html, ride);
        html.raw("<p class=\"soft\">These are plain means. Whether one position differs from another is a question ");
        html.raw("for a planned comparison, <code>sling fit</code>, which says how sure it is.</p>\n");
    }
    tables::markers(html, ride);
    html.raw("<p class=\"soft\">A share behind a mean is the share of the part that it rests on, where that is less than 90 %.</p>\n");
}

fn not_shown(html: &mut Html) {
    html.raw("<section>\n<h2>What was not shown</h2>\n<ul>\n");
    for item in [
        "Shifts under 4 points, and drifts slower than about 1.5 points a minute: they are followed as this rider's \
         baseline.",
        "Anything at a time when detection was not ready: without power there is nothing to compare efforts by, and \
         while the rider stands, coasts or is still being learned nothing is judged.",
        "What lay behind a missing value. A value stands for at most 7 s after its last sample; then there is a gap. A \
         number that stands still is taken for live for 30 s, or for 150 s from a sensor that sends whole percents.",
        "Differences between riders, between legs or between days. Absolute SmO2 depends on the skin, the fat and the \
         exact place below a sensor; the same place on another day can differ by 14 points and more without meaning.",
        "Causes. A falling calf is an observation; it may be posture, cadence, temperature, a strap or the effort \
         itself.",
    ] {
        html.raw("<li>").raw(item).raw("</li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

fn made(html: &mut Html, about: &About, ride: &Ride) {
    html.raw("<section>\n<h2>How this was made</h2>\n<p>This line makes the report again:</p>\n<pre><code>");
    html.text(words::clip(&about.command, LONGEST_TEXT)).raw("</code></pre>\n<p>Made by Sling ");
    html.raw(env!("CARGO_PKG_VERSION")).raw(", by the same code that runs on the head unit. Times are ride time");
    if ride.start_s() > 0 {
        html.raw("; its zero is at ").text(ride.start_s()).raw(" s in the time of the source");
    }
    html.raw(".</p>\n<p>This file holds personal data: muscle oxygen");
    for (name, is_there) in [
        (", power", ride.rows.iter().any(|row| row.power.is_some())),
        (", cadence", ride.rows.iter().any(|row| row.cadence.is_some())),
        (", heart rate (means)", ride.rows.iter().any(|row| row.heart_rate.is_some())),
        (", the date", ride.wall.is_some()),
        (", the labels of markers and positions", ride.marks.iter().any(|mark| mark.kind != MarkKind::Lap)),
    ] {
        if is_there {
            html.raw(name);
        }
    }
    html.raw(", the title, the name of the source and the line above. ");
    html.raw(if about.sensor_numbers {
        "It names the sensors by their numbers, as was asked."
    } else {
        "It does not hold the sensors' numbers."
    });
    html.raw(" It holds no place. It loads nothing from anywhere and runs no script.</p>\n</section>\n");
}
