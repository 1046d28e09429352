//! Events as JSON lines, with the names and units of the design.

use super::{Sink, Target};
use crate::settings::identity_text;
use serde_json::{Map, Value, json};
use sling_core::head_unit::{Event, News, Place, StorageResult};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Output};
use std::io::{self, Write};

/// Writes each event as one line.
pub struct EventsSink(Target);

impl EventsSink {
    /// To `target`; to a stream as they happen.
    pub const fn new(target: Target) -> Self {
        Self(target)
    }
}

impl Sink for EventsSink {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        if let Output::Event(event) = output {
            writeln!(self.0, "{}", event_json(at, event))?;
            // Who reads along sees each as it happens.
            if let Target::Stream(stream) = &mut self.0 {
                stream.flush()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        self.0.keep()
    }
}

/// Seconds with the milliseconds that they have.
fn seconds(at: Instant) -> Value {
    json!(at.as_ms() as f64 / 1000.0)
}

/// An event as one line of JSON, without the line's end.
pub fn event_json(at: Instant, event: &Event) -> String {
    event_value(at, event).to_string()
}

/// An event as an object of JSON.
pub fn event_value(at: Instant, event: &Event) -> Value {
    let (name, fields) = event_fields(event);
    let mut line = Map::new();
    line.insert("t_s".into(), seconds(at));
    line.insert("event".into(), name.into());
    if let Value::Object(fields) = fields {
        line.extend(fields);
    }
    Value::Object(line)
}

/// An event's name and what else its line says.
pub(crate) fn event_fields(event: &Event) -> (&'static str, Value) {
    match event {
        Event::Alert { pattern, place, level, strength_tenths, since } => {
            let mut fields = Map::new();
            fields.insert("pattern".into(), pattern.code().into());
            fields.extend(at_place(place));
            fields.insert("level".into(), level.code().into());
            fields.insert("strength_pct".into(), json!(f64::from(*strength_tenths) / 10.0));
            fields.insert("since_s".into(), seconds(*since));
            ("alert", fields.into())
        }
        Event::AlertLevel { pattern, site, level } => {
            ("alert_level", json!({"pattern": pattern.code(), "site": site.to_string(), "level": level.code()}))
        }
        Event::AlertCleared { pattern, site } => {
            ("alert_cleared", json!({"pattern": pattern.code(), "site": site.to_string()}))
        }
        Event::Acknowledged { pattern } => ("acknowledged", json!({"pattern": pattern.code()})),
        Event::Cue(cue) => (
            "cue",
            json!({"cue": cue.cue.code(), "level": cue.level.code(), "haptic": cue.haptic.is_on(), "beep": cue.beep.is_on()}),
        ),
        Event::CueDelivery { id, haptic, beep } => ("cue_delivery", json!({"id": id, "haptic": haptic, "beep": beep})),
        Event::Notice { reason, site } => ("notice", json!({"reason": reason.code(), "site": site.to_string()})),
        Event::NoticeCleared { reason, site } => {
            ("notice_cleared", json!({"reason": reason.code(), "site": site.to_string()}))
        }
        Event::Sensor { identity, kind, site, change } => {
            let site = site.map(|site| site.to_string());
            let (change, kind) = (change.code(), kind.code());
            ("sensor", json!({"change": change, "sensor": identity_text(identity), "kind": kind, "site": site}))
        }
        Event::Armed { place } => ("armed", at_place(place).into()),
        Event::Disarmed { place, reason } => {
            let mut fields = at_place(place);
            fields.insert("reason".into(), reason.code().into());
            ("disarmed", fields.into())
        }
        Event::Lap { number } => ("lap", json!({"number": number})),
        Event::Marker { label } => ("marker", json!({"label": label.as_str()})),
        Event::Position { label } => ("position", json!({"label": label.as_str()})),
        Event::ClockBack { by_ms } => ("clock_back", json!({"by_s": f64::from(*by_ms) / 1000.0})),
        Event::WallTime { unix_s, offset_min } => ("wall_time", json!({"unix_s": unix_s, "offset_min": offset_min})),
        Event::Storage(result) => (
            "storage",
            json!({"result": match result {
                StorageResult::Written => "written",
                StorageResult::Full => "full",
                StorageResult::Failed => "failed",
            }}),
        ),
        Event::Radio { radio, state } => ("radio", json!({"radio": radio.code(), "state": state.code()})),
        Event::Nudge { cue } => ("nudge", json!({"cue": cue.code()})),
        Event::Snoozed { length } => ("snoozed", json!({"for_s": length.as_s()})),
        Event::SnoozeOver => ("snooze_over", json!({})),
        Event::Settings => ("settings", json!({})),
        Event::AlertLeftOut { pattern, site } => {
            ("alert_left_out", json!({"pattern": pattern.code(), "site": site.to_string()}))
        }
        Event::Session(news) => of_session(news),
        Event::Ride(life) => ("ride", json!({"state": life.code()})),
        Event::Crashed { label } => ("crashed", json!({"at": label.as_str()})),
        Event::OutputsDropped { count } => ("outputs_dropped", json!({"count": count})),
    }
}

/// What blocks, surveys and trials have for the record; percent and points of SmO2.
fn of_session(news: &News) -> (&'static str, Value) {
    let points = |tenths: i16| f64::from(tenths) / 10.0;
    match news {
        News::BlockBegan { number, position, label } => {
            ("block", json!({"number": number, "position": position, "label": label.as_str()}))
        }
        News::BlockEnded { number, position, counted_s, power_w, cadence_rpm } => {
            let block = json!({"number": number, "position": position, "counted_s": counted_s, "power_w": power_w,
                "cadence_rpm": cadence_rpm});
            ("block_ended", block)
        }
        News::BlockLeg { number, side, calf, thigh, d } => {
            let [calf, thigh, d] = [calf, thigh, d].map(|it| it.map(points));
            let leg = json!({"number": number, "side": side.code(), "calf_pct": calf, "thigh_pct": thigh, "d_pct": d});
            ("block_leg", leg)
        }
        News::Compared { side, what, from, to, pairs, shows, difference, half_width } => {
            let compared = json!({"side": side.code(), "of": what.code(), "from": from, "to": to, "pairs": pairs,
                "shows": shows.code(), "difference_pct": points(*difference), "half_width_pct": points(*half_width)});
            ("blocks_compared", compared)
        }
        News::BlockUndone { number } => ("block_undone", json!({"number": number})),
        News::BlockRefused => ("block_refused", json!({})),
        News::SurveyCell { site, smo2_tenths, spread_tenths, seconds } => {
            let cell = json!({"site": site.to_string(), "smo2_pct": points(*smo2_tenths),
                "spread_pct": points(*spread_tenths), "seconds": seconds});
            ("survey_cell", cell)
        }
        News::SurveySpoiled { why } => ("survey_spoiled", json!({"reason": why.code()})),
        News::CueGiven => ("cue_given", json!({})),
        News::Reassessed { side, what, seen, difference, half_width } => {
            let effect = json!({"side": side.code(), "of": what.code(), "seen": seen, "difference_pct": points(*difference),
                "half_width_pct": points(*half_width)});
            ("reassessed", effect)
        }
        News::ReassessSpoiled { why } => ("reassess_spoiled", json!({"reason": why.code()})),
    }
}

/// A pattern of a pair says what it compares with.
fn at_place(place: &Place) -> Map<String, Value> {
    let against = place.against.map(|site| ("against".into(), site.to_string().into()));
    [("site".into(), place.site.to_string().into())].into_iter().chain(against).collect()
}
