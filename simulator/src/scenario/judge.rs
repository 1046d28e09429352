//! Whether what a scenario expects has happened.

use super::{Count, Expectation, Expected, Pattern, Scenario};
use crate::sink::event_fields;
use sling_core::head_unit::Event;
use sling_core::sensor::Site;
use sling_core::time::Instant;

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it held.
    pub held: bool,
    /// What was expected and what was seen.
    pub words: String,
}

impl Scenario {
    /// Judges every expectation by the events of a ride.
    pub fn judge(&self, events: &[(Instant, Event)]) -> Vec<Outcome> {
        self.expectations.iter().map(|expectation| outcome(expectation, events)).collect()
    }
}

fn outcome(expectation: &Expectation, events: &[(Instant, Event)]) -> Outcome {
    let seen = events.iter().filter(|(at, event)| fits(expectation, *at, event)).count();
    let seen = u32::try_from(seen).unwrap_or(u32::MAX);
    let wanted = match expectation.count {
        Count::Some => "at least 1".to_owned(),
        Count::Exactly(n) => n.to_string(),
    };
    let what = match expectation.what {
        Expected::Alert(pattern) => format!("alert {}", pattern.code()),
        Expected::Notice(reason) => format!("notice {}", reason.code()),
        Expected::AnyNotice => "notice of any kind".to_owned(),
        Expected::Cue(cue) => format!("cue {cue}"),
        Expected::AnyCue => "cue of any kind".to_owned(),
        Expected::Event(name) => format!("event {name}"),
    };
    let place = expectation.site.map_or_else(String::new, |site| format!(" at {site}"));
    let (from, until) = (expectation.from.as_ms() / 1000, expectation.until.as_ms() / 1000);
    Outcome {
        held: expectation.count.allows(seen),
        words: format!("{what}{place} between {from} s and {until} s: wanted {wanted}, seen {seen}"),
    }
}

/// Whether an event is one that is expected.
pub(crate) fn fits(expectation: &Expectation, at: Instant, event: &Event) -> bool {
    let in_time = at >= expectation.from && at <= expectation.until;
    let here = |site: Site| expectation.site.is_none_or(|wanted| wanted == site);
    let is_it = match (expectation.what, event) {
        (Expected::Alert(wanted), Event::Alert { pattern, place, .. }) => {
            (wanted == Pattern::Any || wanted.code() == pattern.code()) && here(place.site)
        }
        (Expected::Notice(wanted), Event::Notice { reason, site }) => wanted == *reason && here(*site),
        (Expected::AnyNotice, Event::Notice { site, .. }) => here(*site),
        (Expected::Cue(wanted), Event::Cue(cue)) => wanted == cue.cue.code(),
        (Expected::AnyCue, Event::Cue(_)) => true,
        (Expected::Event(wanted), event) if in_time => is_named(wanted, event, expectation.site),
        _ => false,
    };
    in_time && is_it
}

/// Whether an event's line has this name, or the name begins it and one of the line's texts ends it; and this site.
fn is_named(wanted: &str, event: &Event, site: Option<Site>) -> bool {
    let (name, fields) = event_fields(event);
    let Some(rest) = wanted.strip_prefix(name) else { return false };
    let texts = || fields.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key, value.as_str()?)));
    let named = rest.is_empty() || rest.strip_prefix('_').is_some_and(|text| texts().any(|(_, it)| it == text));
    named && site.is_none_or(|site| texts().any(|(key, it)| key == "site" && it == site.to_string()))
}
