//! The ride in a few sentences: what was seen, what could not be judged and why. Observations, never a diagnosis.

use super::columns::NOT_RECORDED;
use super::ride::{Episode, Judged, LegTrack, Ride, leg_index};
use super::words;
use sling_core::head_unit::PatternKind;
use sling_core::language::Language;
use sling_core::sensor::Side;

/// Alerts that are told one by one; the table has the rest.
const MOST_ALERTS: usize = 5;
/// A largest D that exceeds the told strength by less than this adds nothing, points of SmO2.
const WORTH_ADDING: f32 = 1.0;

/// What was seen.
pub(super) fn findings(ride: &Ride) -> Vec<String> {
    if ride.episodes.is_empty() {
        return vec![nothing_seen(ride)];
    }
    if let [only] = ride.episodes.as_slice() {
        return vec![format!("One alert, {}: {}", words::pattern(only.pattern), told(ride, only))];
    }
    let mut sentences = vec![format!("{} alerts were given.", ride.episodes.len())];
    sentences.extend(ride.episodes.iter().take(MOST_ALERTS).map(|episode| {
        let mut name = words::pattern(episode.pattern).to_owned();
        if let Some(first) = name.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        format!("{name}: {}", told(ride, episode))
    }));
    if ride.episodes.len() > MOST_ALERTS {
        sentences.push(format!("The other {} are in the table of alerts.", ride.episodes.len() - MOST_ALERTS));
    }
    sentences
}

fn nothing_seen(ride: &Ride) -> String {
    if ride.sites.is_empty() {
        return "No muscle oxygen sensor was assigned, so nothing is said about muscles.".into();
    }
    let is_paired = ride.legs.iter().any(|leg| leg.pair.is_some());
    let was_ready = !ride.armed.is_empty() || ride.legs.iter().any(|leg| ready_s(ride, leg) > 0);
    let not_compared = "Calf and thigh were not compared: no leg carried both a calf and a thigh sensor.";
    let nothing = "No alert was given: nothing that Sling looks for was seen while detection was ready.";
    match (is_paired, was_ready) {
        (true, true) => nothing.into(),
        (true, false) => {
            "Whether the muscles shared the work as they usually do cannot be said: detection was never ready.".into()
        }
        (false, true) => format!("{not_compared} {nothing}"),
        (false, false) => format!("{not_compared} Nothing was judged."),
    }
}

/// The alert as the second half of a sentence.
fn told(ride: &Ride, episode: &Episode) -> String {
    let from = ride.second(episode.since);
    let lasted = words::span(ride.second_or_end(episode.cleared).saturating_sub(from));
    let until = if episode.cleared.is_some() { "" } else { " to the end of the ride" };
    format!("from {}, for {lasted}{until}, {}.", words::clock(from), seen(ride, episode))
}

/// What was seen, as a clause.
fn seen(ride: &Ride, episode: &Episode) -> String {
    let site = words::site(ride, episode.place.site);
    let other = episode.place.against.map(|site| words::site(ride, site));
    let against = other.as_ref().map(|other| format!(" against the {other}")).unwrap_or_default();
    let both = other.as_ref().map_or_else(|| format!("the {site}"), |other| format!("the {site} and the {other}"));
    let strength = words::strength(episode.pattern, episode.strength, 0);
    match episode.pattern {
        PatternKind::CalfOverload | PatternKind::VlFatigue | PatternKind::TibialisOverload => {
            let largest = ride
                .largest_d(episode)
                .map(f32::abs)
                .filter(|d| *d >= episode.strength + WORTH_ADDING)
                .map_or_else(String::new, |d| format!(", by {} at the most", words::number(d, 0)));
            format!(
                "the {site} was lower{against} than expected at this power and cadence: by about {strength} when it was \
                 told{largest}"
            )
        }
        PatternKind::AntagonistImbalance | PatternKind::HeadImbalance | PatternKind::SideImbalance => format!(
            "{both} were further apart, or nearer, than they usually are at this power and cadence: by about {strength} \
             when it was told"
        ),
        PatternKind::LoadShift => format!(
            "{both} shared efforts of equal power differently than before: their ratio had changed by about {strength} \
             when it was told"
        ),
        PatternKind::OutflowRestriction | PatternKind::Compression => {
            let blood = if episode.pattern == PatternKind::Compression { "fallen" } else { "risen" };
            format!(
                "SmO2 of the {site} was lower than expected at steady load while tHb had {blood}: by about {strength} when \
                 it was told"
            )
        }
        PatternKind::SlowRecovery => format!(
            "the {site} took longer than before to recover after efforts: its half-time was about {strength} longer when \
             it was told"
        ),
    }
}

/// For each leg with a pair: how long it was judged, and why it was not for the rest.
pub(super) fn judged(ride: &Ride) -> Vec<String> {
    [Side::Left, Side::Right].into_iter().filter_map(|side| judged_leg(ride, side)).collect()
}

fn judged_leg(ride: &Ride, side: Side) -> Option<String> {
    let leg = &ride.legs[leg_index(side)];
    leg.pair?;
    let ready = ready_s(ride, leg);
    let reasons = not_judged(ride, leg);
    let mut sentence = if ready == 0 {
        format!("The {} leg was never judged.", side.code())
    } else {
        format!("The {} leg was judged for {}.", side.code(), words::span_of(ready, ride.duration_s))
    };
    if !reasons.is_empty() {
        let list: Vec<_> = reasons.iter().map(|(why, s)| format!("{why} ({})", words::span(*s))).collect();
        sentence.push_str(" Not judged, because: ");
        sentence.push_str(&list.join("; "));
        sentence.push('.');
    }
    Some(sentence)
}

/// Seconds for which detection was ready.
pub(super) fn ready_s(ride: &Ride, leg: &LegTrack) -> u32 {
    ride.seconds_where(|i| matches!(leg.states.get(i), Some(Judged::Ready { .. })))
}

/// Seconds for which it was not, by reason, the longest first.
fn not_judged(ride: &Ride, leg: &LegTrack) -> Vec<(&'static str, u32)> {
    let mut reasons = Vec::new();
    for (state, row) in leg.states.iter().zip(&ride.rows) {
        match state {
            Judged::Not(reason) => add(&mut reasons, words::disarm(*reason), row.span),
            Judged::NoPair => add(&mut reasons, "no pair of sensors was assigned", row.span),
            Judged::Ready { .. } => {}
        }
    }
    add_unrecorded(ride, &mut reasons);
    longest_first(reasons)
}

/// For each muscle that missed a value: how long, and why.
pub(super) fn sensors(ride: &Ride) -> Vec<String> {
    let sentence = |i: usize, site| {
        let missing = missing(ride, i);
        let total: u32 = missing.iter().map(|(_, s)| s).sum();
        let list: Vec<_> = match missing.as_slice() {
            [(only, _)] => vec![(*only).to_owned()],
            several => several.iter().map(|(why, s)| format!("{why} {}", words::span(*s))).collect(),
        };
        (total > 0).then(|| {
            format!("The {} gave no value for {}: {}.", words::site(ride, site), words::span(total), list.join(", "))
        })
    };
    ride.sites.iter().enumerate().filter_map(|(i, track)| sentence(i, track.site)).collect()
}

/// Seconds without a value at a site, by reason, the longest first.
pub(super) fn missing(ride: &Ride, site: usize) -> Vec<(&'static str, u32)> {
    let mut reasons = Vec::new();
    let Some(track) = ride.sites.get(site) else { return reasons };
    for (point, row) in track.points.iter().zip(&ride.rows) {
        match point {
            Some(point) => {
                if let Err(reason) = point.smo2 {
                    add(&mut reasons, reason.say().long(Language::English), row.span);
                }
            }
            None => add(&mut reasons, NOT_ASSIGNED, row.span),
        }
    }
    add_unrecorded(ride, &mut reasons);
    longest_first(reasons)
}

/// Why a site has no value while no sensor is assigned to it.
pub(super) const NOT_ASSIGNED: &str = "no sensor";

fn add_unrecorded(ride: &Ride, reasons: &mut Vec<(&'static str, u32)>) {
    let recorded = ride.seconds_where(|_| true);
    if recorded < ride.duration_s {
        add(reasons, NOT_RECORDED, ride.duration_s - recorded);
    }
}

fn add(reasons: &mut Vec<(&'static str, u32)>, reason: &'static str, seconds: u32) {
    match reasons.iter_mut().find(|(known, _)| *known == reason) {
        Some((_, total)) => *total += seconds,
        None => reasons.push((reason, seconds)),
    }
}

fn longest_first(mut reasons: Vec<(&'static str, u32)>) -> Vec<(&'static str, u32)> {
    reasons.sort_by_key(|&(_, seconds)| std::cmp::Reverse(seconds));
    reasons
}
