//! What goes over the bench's socket: the page's only contract.
//!
//! From the page: one JSON object a message, `{"do": …}`, at most [`MAX_MESSAGE_BYTES`] long, with an `id` if its sender
//! wants to know which request an error answers. To the page: `{"is": …}` as text, and frames of the display as bytes
//! ([`frame_message`]). Times are seconds from the start of the ride with at most three decimals; what there is none of
//! is `null`.

use super::session::{Asked, Choices, Done, seconds};
use super::watch::{Row, Watched};
use crate::display::Display;
use crate::ride::Via;
use crate::scenario::{self, FaultSort, Needs};
use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sling_core::HeadUnit;
use sling_core::draw::Theme;
use sling_core::head_unit::{Button, CueRequest, Press, Touch};
use sling_core::language::Language;
use sling_core::sensor::{Muscle, Site};
use sling_core::time::Instant;
use std::cell::Ref;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

/// The longest message that a page sends.
pub const MAX_MESSAGE_BYTES: usize = 4096;
/// Rows in one message.
pub const ROWS_AT_ONCE: usize = 600;

/// What a page asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The page's own number for it.
    pub id: Option<i64>,
    /// What is to be done.
    pub wish: Wish,
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Time passes.
    Play,
    /// It stands still.
    Pause,
    /// How fast it passes.
    Speed(Speed),
    /// On by so many milliseconds, while it stands still.
    Step(u32),
    /// To this time.
    Seek(Instant),
    /// Something happens now.
    Happen(Asked),
    /// The last thing that was made to happen never did.
    Undo,
    /// Another display.
    Display(Display),
    /// Other colours.
    Theme(Theme),
    /// Another language of the screen.
    Language(Language),
    /// Another rider, other noise.
    Seed(u64),
    /// Another way from sensor to head unit.
    Via(Via),
    /// Another scenario that is built in.
    Open(String),
}

/// How fast time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast as it is ridden.
    Times(f64),
    /// As fast as it goes.
    Max,
}

/// Why a message cannot be understood: who sends such a thing is no page of ours.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MessageError {
    /// It is no JSON object, or its keys or values are not those of a request.
    #[error("not understood: {0}")]
    Malformed(String),
    /// A number is outside of what it can be.
    #[error("`{key}` is {value}; right would be {right}")]
    Range {
        /// The key.
        key: &'static str,
        /// What was said.
        value: f64,
        /// What can be.
        right: &'static str,
    },
}

/// The shape of a request. Every variant is one with fields, for only those refuse keys that they do not know.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Raw {
    Play {},
    Pause {},
    Speed {
        x: RawSpeed,
    },
    Step {
        s: f64,
    },
    Seek {
        t_s: f64,
    },
    Press {
        button: RawButton,
        #[serde(default)]
        long: bool,
    },
    Touch {
        kind: RawTouch,
        x: Option<i16>,
        y: Option<i16>,
    },
    Lap {},
    Marker {
        text: String,
    },
    Position {
        text: String,
    },
    Undo {},
    Display {
        display: String,
    },
    Theme {
        theme: RawTheme,
    },
    Lang {
        lang: String,
    },
    Seed {
        seed: u64,
    },
    Via {
        via: RawVia,
    },
    Open {
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawSpeed {
    Times(f64),
    Word(RawMax),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawMax {
    Max,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawButton {
    Up,
    Down,
    Select,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawTouch {
    Tap,
    Hold,
    SwipeUp,
    SwipeDown,
    SwipeLeft,
    SwipeRight,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawTheme {
    Day,
    Night,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawVia {
    Model,
    Ant,
    Ble,
    #[serde(rename = "as-written")]
    AsWritten,
}

impl Request {
    /// The request in a message's text.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let malformed = |error: &dyn std::fmt::Display| MessageError::Malformed(error.to_string());
        let mut map: Map<String, Value> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        let id = match map.remove("id") {
            None | Some(Value::Null) => None,
            Some(id) => Some(id.as_i64().ok_or_else(|| malformed(&"`id` is a whole number"))?),
        };
        if map.get("do").is_some_and(|what| what == "fault") {
            map.remove("do");
            return Ok(Self { id, wish: Wish::Happen(Asked::Fault(map)) });
        }
        let raw: Raw = serde_json::from_value(Value::Object(map)).map_err(|error| malformed(&error))?;
        Ok(Self { id, wish: wish(raw)? })
    }
}

/// What was asked for, as a page asks for it.
pub fn request_of(asked: &Asked) -> Value {
    match asked {
        Asked::Press(button, press) => {
            let button = match button {
                Button::Up => "up",
                Button::Down => "down",
                Button::Select => "select",
            };
            json!({"do": "press", "button": button, "long": *press == Press::Long})
        }
        Asked::Touch(touch) => {
            let kind = match touch {
                Touch::Tap { x, y } => return json!({"do": "touch", "kind": "tap", "x": x, "y": y}),
                Touch::Hold => "hold",
                Touch::SwipeUp => "swipe_up",
                Touch::SwipeDown => "swipe_down",
                Touch::SwipeLeft => "swipe_left",
                Touch::SwipeRight => "swipe_right",
            };
            json!({"do": "touch", "kind": kind})
        }
        Asked::Lap => json!({"do": "lap"}),
        Asked::Marker(text) => json!({"do": "marker", "text": text}),
        Asked::Position(text) => json!({"do": "position", "text": text}),
        Asked::Fault(keys) => {
            let mut request = keys.clone();
            request.insert("do".into(), "fault".into());
            request.into()
        }
    }
}

/// How it stands with the next build: `building`, `failed` or `ok`, and a line or some.
pub fn build_news(state: &str, words: &str) -> String {
    json!({"is": "build", "state": state, "words": words}).to_string()
}

fn wish(raw: Raw) -> Result<Wish, MessageError> {
    Ok(match raw {
        Raw::Play {} => Wish::Play,
        Raw::Pause {} => Wish::Pause,
        Raw::Speed { x: RawSpeed::Word(RawMax::Max) } => Wish::Speed(Speed::Max),
        Raw::Speed { x: RawSpeed::Times(x) } => Wish::Speed(Speed::Times(within("x", x, 0.1, 1000.0, "0.1 to 1000")?)),
        Raw::Step { s } => Wish::Step((within("s", s, 0.05, 600.0, "0.05 to 600")? * 1000.0).round() as u32),
        Raw::Seek { t_s } => {
            let t_s = within("t_s", t_s, 0.0, 10_000_000.0, "a second of the ride")?;
            Wish::Seek(Instant::from_ms((t_s * 1000.0).round() as u64))
        }
        Raw::Press { button, long } => {
            let button = match button {
                RawButton::Up => Button::Up,
                RawButton::Down => Button::Down,
                RawButton::Select => Button::Select,
            };
            Wish::Happen(Asked::Press(button, if long { Press::Long } else { Press::Short }))
        }
        Raw::Touch { kind, x, y } => Wish::Happen(Asked::Touch(touch(kind, x, y)?)),
        Raw::Lap {} => Wish::Happen(Asked::Lap),
        Raw::Marker { text } => Wish::Happen(Asked::Marker(text)),
        Raw::Position { text } => Wish::Happen(Asked::Position(text)),
        Raw::Undo {} => Wish::Undo,
        Raw::Display { display } => Wish::Display(
            Display::from_str(&display, false)
                .map_err(|_| MessageError::Malformed(format!("no display `{display}`")))?,
        ),
        Raw::Theme { theme: RawTheme::Day } => Wish::Theme(Theme::Day),
        Raw::Theme { theme: RawTheme::Night } => Wish::Theme(Theme::Night),
        Raw::Lang { lang } => {
            Wish::Language(lang.parse().map_err(|_| MessageError::Malformed(format!("no language `{lang}`")))?)
        }
        Raw::Seed { seed } => Wish::Seed(seed),
        Raw::Via { via } => Wish::Via(match via {
            RawVia::Model => Via::Model,
            RawVia::Ant => Via::Ant,
            RawVia::Ble => Via::Ble,
            RawVia::AsWritten => Via::AsWritten,
        }),
        Raw::Open { name } => Wish::Open(name),
    })
}

fn within(key: &'static str, value: f64, low: f64, high: f64, right: &'static str) -> Result<f64, MessageError> {
    if (low..=high).contains(&value) { Ok(value) } else { Err(MessageError::Range { key, value, right }) }
}

fn touch(kind: RawTouch, x: Option<i16>, y: Option<i16>) -> Result<Touch, MessageError> {
    let malformed = |what: &str| Err(MessageError::Malformed(what.to_owned()));
    Ok(match (kind, x, y) {
        (RawTouch::Tap, Some(x), Some(y)) if x >= 0 && y >= 0 => Touch::Tap { x, y },
        (RawTouch::Tap, ..) => return malformed("a tap has `x` and `y`, pixels from the left and from the top"),
        (_, Some(_), _) | (_, _, Some(_)) => return malformed("only a tap has `x` and `y`"),
        (RawTouch::Hold, ..) => Touch::Hold,
        (RawTouch::SwipeUp, ..) => Touch::SwipeUp,
        (RawTouch::SwipeDown, ..) => Touch::SwipeDown,
        (RawTouch::SwipeLeft, ..) => Touch::SwipeLeft,
        (RawTouch::SwipeRight, ..) => Touch::SwipeRight,
    })
}

/// The name of a display on the command line and in messages.
pub fn display_name(display: Display) -> String {
    display.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The name of a theme.
pub const fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::Day => "day",
        Theme::Night => "night",
    }
}

/// What a page shows: a session, or a ride with real sensors.
pub trait Shown {
    /// What it is about.
    fn name(&self) -> String;
    /// `scenario`, `recording`, `log` or `live`.
    fn kind(&self) -> &'static str;
    /// How it is played.
    fn choices(&self) -> Choices;
    /// What was gathered of it.
    fn watched(&self) -> Ref<'_, Watched>;
    /// Faults and effects that it has in store.
    fn written(&self) -> Value;
    /// What was made to happen.
    fn done(&self) -> &[Done];
    /// The present time.
    fn now(&self) -> Instant;
    /// When it is over, if that is known.
    fn end(&self) -> Option<Instant>;
    /// How far it is known.
    fn known(&self) -> Instant;
    /// The head unit.
    fn unit(&self) -> &HeadUnit;
    /// What it shows, in words.
    fn words(&self) -> String;
    /// What it shows, as red, green and blue of each pixel.
    fn frame(&self) -> Vec<u8>;
    /// The command that shows this again.
    fn line(&self) -> String;
}

/// Everything that a page has to know of a ride before it is told what is new.
pub fn hello(session: &impl Shown) -> String {
    let watched = session.watched();
    let displays: Vec<Value> = Display::ALL
        .into_iter()
        .map(|display| {
            let (w, h) = display.size();
            json!({"name": display_name(display), "w": w, "h": h})
        })
        .collect();
    let events: Vec<&Value> = watched.events().iter().map(|(_, event)| event).collect();
    json!({
        "is": "hello",
        "version": env!("CARGO_PKG_VERSION"),
        "build": build(),
        "name": session.name(),
        "kind": session.kind(),
        "end_s": session.end().map(seconds),
        "seed": session.choices().seed,
        "via": via(session),
        "sites": watched.sites().iter().map(site).collect::<Vec<_>>(),
        "displays": displays,
        "scenarios": scenario::BUILTIN.map(|(name, _)| name),
        "faults": scenario::FAULTS.map(|fault| fault_offer(&fault)),
        "langs": Language::ALL.into_iter().filter(|it| it.is_built_in()).map(Language::code).collect::<Vec<_>>(),
        "written": session.written(),
        "series": rows_value(watched.rows(), Instant::ZERO, false),
        "events": events,
        "injected": injected(session.done()),
    })
    .to_string()
}

/// How samples reach the head unit; real ones come as they come.
fn via(session: &impl Shown) -> Option<&'static str> {
    (session.kind() != "live").then(|| session.choices().via.code())
}

/// Which build of Sling this is: pages of another one are loaded anew. Asked first before the program can be replaced.
pub fn build() -> &'static str {
    static BUILD: OnceLock<String> = OnceLock::new();
    BUILD.get_or_init(|| {
        let program = std::env::current_exe().and_then(std::fs::metadata);
        let made = program.as_ref().ok().and_then(|it| it.modified().ok());
        let made = made.and_then(|it| it.duration_since(std::time::UNIX_EPOCH).ok());
        let mut hash = DefaultHasher::new();
        (made, program.map_or(0, |it| it.len())).hash(&mut hash);
        format!("{:016x}", hash.finish())
    })
}

fn site(site: &Site) -> Value {
    let side = site.side.letter();
    let code = site.muscle.code().to_uppercase();
    let (role, words) = if site.muscle.is_calf() {
        ("calf", format!("{side} calf {code}"))
    } else if Muscle::THIGH.contains(&site.muscle) {
        ("thigh", format!("{side} thigh {code}"))
    } else {
        ("other", format!("{side} {}", site.muscle.short_name()))
    };
    json!({"site": site.to_string(), "words": words, "role": role})
}

/// A fault as the page offers it.
fn fault_offer(fault: &FaultSort) -> Value {
    let needs = match fault.needs {
        Needs::Nothing => "none",
        Needs::Site => "site",
        Needs::TwoSites => "two_sites",
    };
    json!({"kind": fault.name, "words": fault.words, "needs": needs, "lasts": fault.lasts, "radio": fault.radio,
        "keys": fault.keys})
}

fn injected(done: &[Done]) -> Value {
    let one =
        |done: &Done| json!({"t_s": seconds(done.at), "words": done.words, "landed": done.landed, "kind": done.kind});
    done.iter().map(one).collect()
}

/// What is new of the series. `keep` false: what is at or after `from` is forgotten first, events too.
pub fn rows(rows: &[Row], from: Instant, keep: bool) -> String {
    rows_value(rows, from, keep).to_string()
}

fn rows_value(rows: &[Row], from: Instant, keep: bool) -> Value {
    json!({"is": "rows", "from_s": seconds(from), "keep": keep, "rows": rows})
}

/// An event.
pub fn event(event: &Value) -> String {
    json!({"is": "event", "event": event}).to_string()
}

/// A cue, with how it feels and sounds.
pub fn cue(at: Instant, cue: &CueRequest) -> String {
    use sling_core::alert::GAP_MS;
    let rhythm = cue.cue.rhythm();
    let haptic: Vec<_> = if cue.haptic.is_on() {
        rhythm.pulses.iter().map(|pulse| (pulse.ms(), cue.pulse_percent(*pulse), GAP_MS)).collect()
    } else {
        Vec::new()
    };
    let beep: Vec<_> = if cue.beep.is_on() {
        rhythm.beeps.iter().map(|beep| (beep.pitch.hz(), beep.ms, cue.beep_percent(), GAP_MS)).collect()
    } else {
        Vec::new()
    };
    json!({
        "is": "cue",
        "t_s": seconds(at),
        "id": cue.id,
        "cue": cue.cue.code(),
        "level": cue.level.code(),
        "muted": haptic.is_empty() && beep.is_empty(),
        "haptic": haptic,
        "beep": beep,
    })
    .to_string()
}

/// Why a request was not done.
pub fn error(id: Option<i64>, message: &str) -> String {
    json!({"is": "error", "id": id, "message": message}).to_string()
}

/// How the session stands.
pub struct Standing {
    /// Time passes.
    pub playing: bool,
    /// How fast it is to pass.
    pub speed: Speed,
    /// How fast it does.
    pub ran_x: f64,
    /// The session is on its way to another time.
    pub busy: bool,
    /// What is to be put right: shown for as long as it holds.
    pub notes: Vec<String>,
}

/// The session's state.
pub fn state(session: &impl Shown, standing: &Standing) -> String {
    let choices = session.choices();
    let config = session.unit().config();
    json!({
        "is": "state",
        "t_s": seconds(session.now()),
        "known_s": seconds(session.known()),
        "playing": standing.playing,
        "speed": match standing.speed {
            Speed::Times(x) => json!(x),
            Speed::Max => json!("max"),
        },
        "ran_x": standing.ran_x,
        "ended": session.end().is_some_and(|end| session.now() >= end),
        "busy": standing.busy,
        "display": display_name(choices.display),
        "theme": theme_name(config.theme),
        "lang": config.language.code(),
        "seed": choices.seed,
        "via": via(session),
        "notes": standing.notes,
        "page": session.unit().page().id(),
        "words": session.words(),
        "line": session.line(),
        "injected": injected(session.done()),
    })
    .to_string()
}

/// A frame as it goes over the socket: its time, then a PNG.
pub fn frame_message(at: Instant, png: &[u8]) -> Vec<u8> {
    let t_s = at.as_ms() as f64 / 1000.0;
    [&t_s.to_le_bytes()[..], png].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_can_be_asked_for_again() {
        for asked in [
            Asked::Press(Button::Select, Press::Long),
            Asked::Press(Button::Up, Press::Short),
            Asked::Touch(Touch::Tap { x: 10, y: 20 }),
            Asked::Touch(Touch::Hold),
            Asked::Touch(Touch::SwipeUp),
            Asked::Touch(Touch::SwipeDown),
            Asked::Touch(Touch::SwipeLeft),
            Asked::Touch(Touch::SwipeRight),
            Asked::Lap,
            Asked::Marker("a \"b\"".into()),
            Asked::Position("c".into()),
            Asked::Fault(json!({"kind": "hole", "site": "mg.right", "duration_s": 1.5}).as_object().unwrap().clone()),
        ] {
            let request = Request::parse(&request_of(&asked).to_string()).unwrap();
            assert_eq!(request, Request { id: None, wish: Wish::Happen(asked) });
        }
    }

    #[test]
    fn every_request_of_the_page_is_understood() {
        let at = |ms| Instant::from_ms(ms);
        for (text, wish) in [
            (r#"{"do":"play"}"#, Wish::Play),
            (r#"{"do":"pause"}"#, Wish::Pause),
            (r#"{"do":"speed","x":10}"#, Wish::Speed(Speed::Times(10.0))),
            (r#"{"do":"speed","x":"max"}"#, Wish::Speed(Speed::Max)),
            (r#"{"do":"step","s":1}"#, Wish::Step(1000)),
            (r#"{"do":"seek","t_s":1170.25}"#, Wish::Seek(at(1_170_250))),
            (r#"{"do":"press","button":"up"}"#, Wish::Happen(Asked::Press(Button::Up, Press::Short))),
            (
                r#"{"do":"press","button":"select","long":true}"#,
                Wish::Happen(Asked::Press(Button::Select, Press::Long)),
            ),
            (r#"{"do":"touch","kind":"tap","x":10,"y":20}"#, Wish::Happen(Asked::Touch(Touch::Tap { x: 10, y: 20 }))),
            (r#"{"do":"touch","kind":"swipe_left"}"#, Wish::Happen(Asked::Touch(Touch::SwipeLeft))),
            (r#"{"do":"lap"}"#, Wish::Happen(Asked::Lap)),
            (r#"{"do":"marker","text":"here"}"#, Wish::Happen(Asked::Marker("here".into()))),
            (r#"{"do":"position","text":"up 4"}"#, Wish::Happen(Asked::Position("up 4".into()))),
            (r#"{"do":"undo"}"#, Wish::Undo),
            (r#"{"do":"display","display":"small-8colour"}"#, Wish::Display(Display::Small8Colour)),
            (r#"{"do":"theme","theme":"night"}"#, Wish::Theme(Theme::Night)),
            (r#"{"do":"lang","lang":"de"}"#, Wish::Language(Language::German)),
            (r#"{"do":"seed","seed":8}"#, Wish::Seed(8)),
            (r#"{"do":"via","via":"ant"}"#, Wish::Via(Via::Ant)),
            (r#"{"do":"open","name":"demo"}"#, Wish::Open("demo".into())),
        ] {
            assert_eq!(Request::parse(text), Ok(Request { id: None, wish }), "{text}");
        }
        let fault = Request::parse(r#"{"do":"fault","kind":"hole","site":"mg.right","duration_s":12,"id":3}"#).unwrap();
        assert_eq!(fault.id, Some(3));
        assert!(matches!(fault.wish, Wish::Happen(Asked::Fault(map)) if map.len() == 3 && map["kind"] == "hole"));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "",
            "play",
            "[]",
            "{}",
            r#"{"do":"dance"}"#,
            r#"{"do":"play","now":true}"#,
            r#"{"do":"lap","number":2}"#,
            r#"{"do":"speed"}"#,
            r#"{"do":"speed","x":0}"#,
            r#"{"do":"speed","x":1e9}"#,
            r#"{"do":"speed","x":"fast"}"#,
            r#"{"do":"step","s":0.01}"#,
            r#"{"do":"seek","t_s":-1}"#,
            r#"{"do":"press","button":"left"}"#,
            r#"{"do":"press","button":"up","long":1}"#,
            r#"{"do":"touch","kind":"tap"}"#,
            r#"{"do":"touch","kind":"tap","x":-1,"y":0}"#,
            r#"{"do":"touch","kind":"hold","x":1,"y":1}"#,
            r#"{"do":"display","display":"cinema"}"#,
            r#"{"do":"lang","lang":"tlh"}"#,
            r#"{"do":"seed","seed":-1}"#,
            r#"{"do":"play","id":"one"}"#,
            r#"{"do":"play"} {"do":"play"}"#,
        ] {
            assert!(Request::parse(text).is_err(), "{text}");
        }
    }
}
