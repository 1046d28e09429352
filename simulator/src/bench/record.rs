//! A session of the bench as a scenario's file, kept up while the session goes on: `sling record`.
//!
//! The file is the scenario with what was done at its end, the session's seed, and an `[[expect]]` for every alert and
//! notice that came, five seconds before and after it: so it is a test, and `sling run` of it passes. An expectation of the
//! scenario's own that does not hold with what was done, or that the session has not come to, becomes a comment; when the
//! session ends, the ride is played on to its end to know which.
//!
//! The file is replaced as a whole, so it is never half written. When it cannot be, that is told, and the session goes on.

use super::publish::Due;
use super::session::{Refusal, Session};
use crate::commands::quoted;
use crate::error::CommandError;
use crate::scenario::{Count, Entry, Expected, Pattern, append, fits};
use crate::sink::WholeFile;
use crate::talk::tell;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as NameError;
use sling_core::head_unit::Event;
use sling_core::time::{Duration as Span, Instant};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml_edit::{DocumentMut, Item};

/// The first line of a file of ours.
const OWN: &str = "# Recorded by sling record; this passes:\n";
/// An event is expected so long before and after it came.
const AROUND_S: u32 = 5;

/// The file of a session.
pub struct Recorder {
    path: PathBuf,
    written: String,
    due: Due,
    /// What the session was when it was last looked at.
    looked_at: (usize, Option<Instant>, String, usize),
    trouble: Option<String>,
}

impl Recorder {
    /// Of a session that begins. What stands under this name and is not of our making is replaced only by `force`.
    pub fn new(path: &Path, force: bool, session: &Session) -> Result<Self, CommandError> {
        if !force && path.is_file() && !is_own(path)? {
            return Err(CommandError::Usage(format!(
                "{} is there already, and no recorded session: --force replaces it",
                path.display()
            )));
        }
        let mut recorder = Self {
            path: path.to_owned(),
            written: String::new(),
            due: Due::at_most(1),
            looked_at: (0, None, String::new(), 0),
            trouble: None,
        };
        let text = recorder.text(session, session.known()).map_err(|Refusal(why)| CommandError::Usage(why))?;
        match recorder.write(text) {
            // There may be room again later.
            Err(error) if error.kind() == io::ErrorKind::StorageFull => recorder.say(&error),
            done => done?,
        }
        Ok(recorder)
    }

    /// When it is to be written next.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.due.wait()
    }

    /// Why the file is not what it should be.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Writes the file if something was done or came, once a second at most. True if there is other trouble than before.
    pub(super) fn keep_up(&mut self, session: &Session) -> bool {
        let done = session.done();
        let now =
            (done.len(), done.last().map(|it| it.at), session.flags(), expected(session, session.known()).count());
        if now != self.looked_at {
            self.looked_at = now;
            self.due.pending = true;
        }
        if !self.due.take() {
            return false;
        }
        let before = self.trouble.clone();
        match self.text(session, session.known()) {
            Ok(text) => {
                if let Err(error) = self.write(text) {
                    self.say(&error);
                    // There may be room soon.
                    self.due.pending = true;
                }
            }
            Err(Refusal(why)) => self.trouble = Some(why),
        }
        self.trouble != before
    }

    /// The session is over: what the ride expects further on is judged, too.
    pub(super) fn complete(&mut self, session: &mut Session) -> Result<(), CommandError> {
        let known = session.known();
        let end = session.end();
        session.advance_to(end)?;
        let text = self.text(session, known).map_err(|Refusal(why)| CommandError::Usage(why))?;
        self.write(text)?;
        tell(format_args!("Recorded: {} (sling run it)", self.path.display()));
        Ok(())
    }

    fn say(&mut self, error: &io::Error) {
        let words = error.to_string();
        if self.trouble.as_ref() != Some(&words) {
            tell(format_args!("sling: {words}; the session goes on"));
            self.trouble = Some(words);
        }
    }

    fn write(&mut self, text: String) -> io::Result<()> {
        if text != self.written || self.trouble.is_some() {
            let mut file = WholeFile::create(&self.path)?;
            file.write_all(text.as_bytes())?;
            file.keep()?;
            self.written = text;
        }
        self.trouble = None;
        Ok(())
    }

    /// The session as a scenario. What came up to `heard` is expected.
    fn text(&self, session: &Session, heard: Instant) -> Result<String, Refusal> {
        let line = format!("sling run {}{}", quoted(&self.path.to_string_lossy()), session.flags());
        Ok(format!("{OWN}#   {line}\n{}", scenario_of(session, heard)?))
    }
}

fn is_own(path: &Path) -> Result<bool, CommandError> {
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(OWN.len() as u64).read_to_end(&mut begin));
    read.map_err(|error| CommandError::Read { path: path.to_owned(), error })?;
    Ok(begin == OWN.as_bytes())
}

/// The alerts and notices that came.
fn expected(session: &Session, heard: Instant) -> impl Iterator<Item = (Instant, Event)> {
    let watched = session.watched();
    let is_one = |event: &Event| matches!(event, Event::Alert { .. } | Event::Notice { .. });
    let came = watched.events_of_core().iter().filter(|(at, event)| *at <= heard && is_one(event));
    came.cloned().collect::<Vec<_>>().into_iter()
}

/// The session's text, with what came up to `heard` as expectations. Those of its own are judged by what is known.
fn scenario_of(session: &Session, heard: Instant) -> Result<String, Refusal> {
    let text = session.toml()?;
    let ridden = session.ridden().ok_or_else(|| Refusal("only a simulated ride is a scenario".into()))?;
    // The head of an earlier recording.
    let text = text.strip_prefix(OWN).and_then(|rest| rest.split_once('\n')).map_or(&*text, |(_, rest)| rest);
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| Refusal(error.to_string()))?;
    if let Some(seed) = session.choices().seed.and_then(|seed| i64::try_from(seed).ok()) {
        set_seed(&mut document, seed);
    }
    let mut kept = Vec::new();
    let mut doubted = Vec::new();
    let outcomes = ridden.judge(session.watched().events_of_core());
    for (place, (expectation, outcome)) in ridden.expectations.iter().zip(&outcomes).enumerate() {
        if outcome.held && expectation.until <= session.known() {
            kept.push(*expectation);
        } else {
            doubted.push(place);
        }
    }
    let comments: Vec<String> = doubted.iter().rev().filter_map(|place| take_out(&mut document, *place)).collect();
    let mut entries = Vec::new();
    for (at, event) in expected(session, heard) {
        let (what, name, site) = match &event {
            Event::Alert { pattern, place, .. } => ("alert", pattern.code(), place.site),
            Event::Notice { reason, site } => ("notice", reason.code(), *site),
            _ => continue,
        };
        if what == "alert" && !is_known(name) {
            continue;
        }
        let is_said = kept.iter().any(|own| {
            let general = matches!(own.what, Expected::Alert(Pattern::Any) | Expected::AnyNotice);
            own.count != Count::Exactly(0) && !general && fits(own, at, &event)
        });
        if !is_said {
            let second = Instant::from_ms(at.as_ms() / 1000 * 1000);
            let until = (second + Span::from_s(AROUND_S)).min(session.end());
            entries.push(Entry::expect(what, name, site, second.before(Span::from_s(AROUND_S)), until));
        }
    }
    let mut text = append(&document.to_string(), &entries)?;
    if !comments.is_empty() {
        text.push_str("\n# Expected before, and not so, or not yet, with what was done here:\n");
        for comment in comments.iter().rev() {
            text.push_str(comment);
        }
    }
    Ok(text)
}

fn is_known(pattern: &str) -> bool {
    Pattern::deserialize(IntoDeserializer::<NameError>::into_deserializer(pattern)).is_ok()
}

/// The seed, with the comment that it may have.
fn set_seed(document: &mut DocumentMut, seed: i64) {
    match document.get_mut("seed").and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = seed.into();
            *value.decor_mut() = decor;
        }
        None => drop(document.insert("seed", toml_edit::value(seed))),
    }
}

/// Takes an expectation out of the scenario; what it was, as a comment.
fn take_out(document: &mut DocumentMut, place: usize) -> Option<String> {
    let expect = document.get_mut("expect")?;
    let keys = if let Some(tables) = expect.as_array_of_tables_mut() {
        let table = tables.get(place)?.clone();
        tables.remove(place);
        table
    } else {
        expect.as_array_mut().filter(|list| place < list.len())?.remove(place).as_inline_table()?.clone().into_table()
    };
    let keys = keys.iter().map(|(key, item)| format!("# {key} = {}\n", item.to_string().trim()));
    Some(format!("# [[expect]]\n{}", keys.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::session::{Asked, Choices};
    use crate::display::Display;
    use crate::player::Player;
    use crate::ride::{Flow, Ride, Via};
    use crate::scenario::{self, Scenario};
    use crate::sink::CollectSink;
    use serde_json::json;
    use sling_core::Input;
    use sling_core::draw::Theme;
    use sling_core::head_unit::{Button, Config, Press};
    use sling_core::language::Language;
    use std::fs;

    fn demo(seed: Option<u64>) -> Session {
        let choices = Choices {
            seed,
            via: Via::Model,
            display: Display::SharpPortrait,
            theme: Theme::Day,
            language: Language::English,
        };
        Session::scenario("demo", scenario::builtin("demo").unwrap().into(), choices).unwrap()
    }

    fn hole() -> Asked {
        let keys = json!({"kind": "hole", "site": "mg.right", "duration_s": 300});
        Asked::Fault(keys.as_object().unwrap().clone())
    }

    /// What `sling run` would say of each expectation.
    fn judged(text: &str) -> Vec<scenario::Outcome> {
        let scenario = Scenario::parse("recorded", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let (sink, collected) = CollectSink::new();
        let mut ride = Ride::simulated(&scenario, scenario.seed);
        let mut player = Player::of(&mut ride, vec![Box::new(sink)]);
        let mut play = |input: &Input<'_>, at| {
            player.play(input, at)?;
            Ok(Flow::Continue)
        };
        ride.play(&Config::DEFAULT, None, &mut play).unwrap();
        let events = collected.borrow();
        scenario.judge(&events)
    }

    #[test]
    fn what_is_recorded_passes_with_what_came_as_expectations() {
        let mut session = demo(Some(11));
        session.advance_to(Instant::from_ms(1_180_000)).unwrap();
        session.happen(&Asked::Press(Button::Down, Press::Short)).unwrap();
        session.happen(&hole()).unwrap();
        session.advance_to(Instant::from_ms(1_600_000)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ride.toml");
        let mut recorder = Recorder::new(&path, false, &session).unwrap();
        let early = fs::read_to_string(&path).unwrap();
        recorder.complete(&mut session).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for text in [&early, &text] {
            assert!(text.contains("seed = 11\n") && text.contains("kind = \"hole\"") && text.contains("# warming up"));
            let outcomes = judged(text);
            assert!(outcomes.iter().all(|outcome| outcome.held), "{outcomes:#?}");
            assert!(
                outcomes.iter().any(|it| it.words.starts_with("notice") && it.words.contains("1182 s")),
                "{outcomes:#?}"
            );
        }
        // The calf cannot be told of while nothing is heard of it.
        assert!(text.contains("# alert = \"calf_overload\""), "{text}");
        // Recorded again without a change, it is the same.
        let mut again =
            Session::scenario("ride.toml", text.clone(), Choices { seed: None, ..session.choices() }).unwrap();
        let end = again.end();
        again.advance_to(end).unwrap();
        assert_eq!(recorder.text(&again, Instant::ZERO).unwrap(), text);
    }

    #[test]
    fn a_file_of_somebody_else_is_replaced_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ride.toml");
        fs::write(&path, "mine").unwrap();
        let refused = Recorder::new(&path, false, &demo(None)).err().unwrap().to_string();
        assert!(refused.contains("ride.toml") && refused.contains("--force"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        Recorder::new(&path, true, &demo(None)).unwrap();
        Recorder::new(&path, false, &demo(None)).unwrap();
        let nowhere = Recorder::new(&folder.path().join("no/ride.toml"), false, &demo(None)).err().unwrap();
        assert!(nowhere.to_string().contains("no/ride.toml"), "{nowhere}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn on_a_full_disk_the_session_goes_on_and_it_is_told() {
        let mut session = demo(None);
        let mut recorder = Recorder::new(Path::new("/dev/full"), false, &session).unwrap();
        assert!(recorder.trouble().unwrap().contains("/dev/full"));
        session.happen(&hole()).unwrap();
        recorder.keep_up(&session);
        assert!(recorder.trouble().unwrap().contains("No space left"), "{:?}", recorder.trouble());
        // There is room again.
        let folder = tempfile::tempdir().unwrap();
        recorder.path = folder.path().join("ride.toml");
        recorder.due = Due::at_most(1);
        assert!(recorder.keep_up(&session) && recorder.trouble().is_none());
        assert!(fs::read_to_string(&recorder.path).unwrap().contains("kind = \"hole\""));
    }
}
