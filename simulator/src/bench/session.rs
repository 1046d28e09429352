//! A session of the bench, without clock and sockets: a ride and a time.
//!
//! Whatever is made to happen on the bench is written into the ride: as another section of the scenario's own text, which
//! the scenario's own parser reads, or, for a recording, as one more of its inputs. So the session *is* a scenario, what it
//! shows is what `sling run` of that text shows, and there is one way to go back in time: play it again from its beginning.
//! Everything that happens gets a millisecond of its own, one after what has been played: then the order of two presses at
//! one second is the order in which they were made.
//!
//! Played again, the same ride brings the same rows and events: what is known reaches up to [`Session::known`], and going
//! back keeps it. A change takes away what lies after it.
//!
//! Units: milliseconds of the ride, inside; seconds in texts.

use super::handover::Handed;
use super::message::{Shown, Speed, display_name, theme_name};
use super::watch::{MemoryLog, WatchSink, Watched};
use crate::commands::quoted;
use crate::display::{Display, shown};
use crate::error::CommandError;
use crate::formats::{self, FormatError, Recording};
use crate::landings::Landings;
use crate::player::Player;
use crate::ride::{Flow, Inputs, Ride, Via};
use crate::scenario::{self, AppendError, Entry, FaultKind, Layer, Scenario, ScenarioError, fault_words};
use crate::sink::Sink;
use serde_json::{Map, Value, json};
use sling_core::draw::Theme;
use sling_core::head_unit::{Button, Config, Label, Press, Touch};
use sling_core::language::Language;
use sling_core::sensor::Site;
use sling_core::time::{Duration, Instant};
use sling_core::{HeadUnit, Input};
use std::cell::{Ref, RefCell, RefMut};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What is made to happen takes so long.
const MOMENT: Duration = Duration::from_ms(1);
/// The most that is made to happen in a session.
const MOST_DONE: usize = 2000;

/// Seconds of the ride, for texts and messages.
pub fn seconds(at: Instant) -> f64 {
    at.as_ms() as f64 / 1000.0
}

/// How a session is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choices {
    /// The seed; `None` where nothing is drawn: recordings and logs.
    pub seed: Option<u64>,
    /// The way from sensor to head unit.
    pub via: Via,
    /// The display.
    pub display: Display,
    /// The colours.
    pub theme: Theme,
    /// The language of the screen.
    pub language: Language,
}

impl Choices {
    fn config(&self) -> Config {
        Config { screen: self.display.size(), theme: self.theme, language: self.language, ..Config::DEFAULT }
    }
}

/// What can be made to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A button is pressed.
    Press(Button, Press),
    /// The display is touched.
    Touch(Touch),
    /// A lap begins.
    Lap,
    /// A moment is marked.
    Marker(String),
    /// The bike is set up anew.
    Position(String),
    /// A fault begins: the keys of a scenario's `[[fault]]`, without `at`, and `duration_s` for its duration.
    Fault(Map<String, Value>),
}

/// Why something was not done: one clear line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl From<CommandError> for Refusal {
    fn from(error: CommandError) -> Self {
        Self(error.to_string())
    }
}

impl From<ScenarioError> for Refusal {
    fn from(error: ScenarioError) -> Self {
        // Where it stands is no news to who did not write it.
        Self(in_one_line(&error.problem.to_string()))
    }
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        Self(in_one_line(&error.to_string()))
    }
}

/// What is quoted may be on several lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

/// Something that was made to happen, as the page shows it.
#[derive(Clone, Debug)]
pub struct Done {
    /// When.
    pub at: Instant,
    /// What, in words.
    pub words: String,
    /// `fault`, `press`, `touch`, `lap`, `marker` or `position`.
    pub kind: &'static str,
    /// How many samples it has changed, or 1 once its moment has come; 0: not yet.
    pub landed: u64,
    /// Of a fault, its place among the scenario's.
    fault: Option<usize>,
    /// As a scenario says it; a recording is given inputs instead.
    entry: Option<Entry>,
    asked: Asked,
}

impl Done {
    pub(super) fn new(at: Instant, asked: &Asked, entry: Option<Entry>) -> Self {
        Self { at, words: words(asked), kind: kind(asked), landed: 0, fault: None, entry, asked: asked.clone() }
    }

    /// What was asked for.
    pub(super) const fn asked(&self) -> &Asked {
        &self.asked
    }
}

/// What is ridden.
enum Source {
    Scenario { name: String, text: String, scenario: Box<Scenario> },
    Recording { path: PathBuf, sites: Option<String>, recording: Box<Recording>, added: Vec<(Instant, Input<'static>)> },
    Log { path: PathBuf },
}

/// A ride that is being played, and can be changed.
pub struct Session {
    source: Source,
    choices: Choices,
    done: Vec<Done>,
    playing: Playing,
    watched: Rc<RefCell<Watched>>,
    now: Instant,
    end: Instant,
    known: Instant,
    goal: Instant,
    cut: Option<Instant>,
    renewed: bool,
}

/// A ride that has been played up to some time.
struct Playing {
    player: Player,
    inputs: Inputs,
    /// What faults of radios and of the head unit's body have changed.
    landings: Option<Landings>,
    /// How many of the inputs that a recording was given are played.
    added: usize,
}

impl Playing {
    /// From the beginning.
    fn new(mut ride: Ride, choices: &Choices, sinks: Vec<Box<dyn Sink>>) -> Self {
        let landings = ride.landings();
        let player = Player::of(&mut ride, sinks);
        Self { player, inputs: ride.inputs(&choices.config(), None), landings, added: 0 }
    }

    /// Up to `until`, that time included.
    fn advance_to(&mut self, source: &Source, until: Instant) -> Result<(), CommandError> {
        let Self { player, inputs, added: next, .. } = self;
        let mut play = |input: &Input<'_>, at| {
            player.play(input, at)?;
            Ok(Flow::Continue)
        };
        if let Source::Recording { added, .. } = source {
            while let Some((at, input)) = added.get(*next).filter(|(at, _)| *at <= until) {
                inputs.play_until(*at, &mut play)?;
                play(input, *at)?;
                *next += 1;
            }
        }
        inputs.play_until(until, &mut play)?;
        Ok(player.pass_time(until)?)
    }
}

impl Session {
    /// A session of a scenario by its path or built-in name, of a recording or of a log.
    pub fn open(
        ride: &Path,
        options: &formats::Options,
        sites: Option<String>,
        choices: Choices,
    ) -> Result<Self, CommandError> {
        let is_scenario = ride.extension().is_some_and(|e| e == "toml") || !ride.exists();
        if is_scenario {
            let text = crate::commands::scenario_text(ride)?;
            return Self::scenario(&ride.to_string_lossy(), text, choices);
        }
        let source = match formats::open(ride, options) {
            Ok(recording) => {
                Source::Recording { path: ride.to_owned(), sites, recording: Box::new(recording), added: Vec::new() }
            }
            Err(FormatError::IsLog) => Source::Log { path: ride.to_owned() },
            Err(error) => return Err(error.into()),
        };
        let what = if matches!(source, Source::Log { .. }) { "a log" } else { "a recording" };
        if choices.seed.is_some() || choices.via != Via::Model {
            return Err(CommandError::Usage(format!("{}: {what} takes neither --seed nor --via", ride.display())));
        }
        Self::of(source, choices)
    }

    /// A session of a scenario's text; `name` is what the command line calls it.
    pub fn scenario(name: &str, text: String, choices: Choices) -> Result<Self, CommandError> {
        let scenario = Box::new(Scenario::parse(name, &text)?);
        let choices = Choices { seed: Some(choices.seed.unwrap_or(scenario.seed)), ..choices };
        Self::of(Source::Scenario { name: name.to_owned(), text, scenario }, choices)
    }

    fn of(source: Source, choices: Choices) -> Result<Self, CommandError> {
        let ride = ride_of(&source, &choices)?;
        let watched = Watched::new(ride.sites.clone());
        let end = ride.end.unwrap_or(Instant::ZERO);
        let playing = Playing::new(ride, &choices, vec![Box::new(WatchSink(Rc::clone(&watched)))]);
        let mut session = Self {
            source,
            choices,
            done: Vec::new(),
            playing,
            watched,
            now: Instant::ZERO,
            end,
            known: Instant::ZERO,
            goal: Instant::ZERO,
            cut: None,
            renewed: false,
        };
        session.begin()?;
        Ok(session)
    }

    /// What the first inputs say is known from the start.
    fn begin(&mut self) -> Result<(), CommandError> {
        let first = self.playing.inputs.next_at()?.unwrap_or(Instant::ZERO).min(self.end);
        self.advance_to(first)
    }

    /// Plays the ride from its beginning again.
    fn restart(&mut self) -> Result<(), CommandError> {
        let ride = ride_of(&self.source, &self.choices)?;
        self.playing = Playing::new(ride, &self.choices, vec![Box::new(WatchSink(Rc::clone(&self.watched)))]);
        self.watched.borrow_mut().again();
        self.now = Instant::ZERO;
        self.begin()
    }

    /// Lets time pass up to `until`, that time included.
    pub fn advance_to(&mut self, until: Instant) -> Result<(), CommandError> {
        let until = until.min(self.end);
        let was_off = self.playing.player.is_off();
        self.playing.advance_to(&self.source, until)?;
        if self.playing.player.is_off() != was_off {
            self.watched.borrow_mut().redraw();
        }
        if matches!(self.source, Source::Scenario { .. }) {
            let inputs = &self.playing.inputs;
            self.watched.borrow_mut().tell_truth(|site, second| inputs.truth_pct(site, second));
        }
        self.now = self.now.max(until);
        self.known = self.known.max(self.now);
        self.goal = self.goal.max(self.now);
        self.tell_landed();
        Ok(())
    }

    fn tell_landed(&mut self) {
        let Self { source, done, playing, now, .. } = self;
        let scenario = match source {
            Source::Scenario { scenario, .. } => Some(&*scenario),
            Source::Recording { .. } | Source::Log { .. } => None,
        };
        let counts = playing.landings.as_ref().map(Landings::counts).unwrap_or_default();
        for done in done {
            done.landed = match done.fault.zip(scenario) {
                // The world is a sample ahead: its faults are counted as they are handed over.
                Some((place, scenario)) => match sensor_fault(scenario, place) {
                    Some(fault) => playing.inputs.faults_landed().get(fault).copied().unwrap_or(0),
                    None => counts.get(place).copied().unwrap_or(0),
                },
                None => u64::from(done.at <= *now),
            };
        }
    }

    /// Sets out for another time. [`Self::advance_to`] it, in as many steps as one likes.
    pub fn seek(&mut self, to: Instant) -> Result<(), Refusal> {
        if to > self.end {
            return refuse(format!("the ride ends at {} s", seconds(self.end)));
        }
        if to < self.now {
            self.restart()?;
        }
        self.goal = to.max(self.now);
        Ok(())
    }

    /// The time that the session is on its way to, if it is.
    pub fn goal(&self) -> Option<Instant> {
        (self.goal > self.now).then_some(self.goal)
    }

    /// Makes something happen now: a millisecond after what has been played.
    pub fn happen(&mut self, asked: &Asked) -> Result<(), Refusal> {
        let at = self.now + MOMENT;
        if matches!(self.source, Source::Log { .. }) {
            return refuse("a log takes nothing more: it is what happened");
        }
        if at > self.end {
            return refuse("the ride is over: go back in time first");
        }
        if self.done.len() >= MOST_DONE {
            return refuse(format!("{MOST_DONE} things were made to happen in this session, which is enough"));
        }
        let before: Vec<Done> = self.done.iter().filter(|done| done.at < at).cloned().collect();
        match &mut self.source {
            Source::Log { .. } => {}
            Source::Scenario { .. } => self.write(before, at, asked)?,
            Source::Recording { added, .. } => {
                let input = input_of(asked)?;
                added.retain(|(other, _)| *other < at);
                added.push((at, input));
                self.done = before;
                self.done.push(Done::new(at, asked, None));
            }
        }
        self.forget_from(at);
        Ok(self.advance_to(at)?)
    }

    /// Writes one more section into the scenario, and has the world play it.
    fn write(&mut self, mut done: Vec<Done>, at: Instant, asked: &Asked) -> Result<(), Refusal> {
        let Source::Scenario { name, text, .. } = &self.source else { return Ok(()) };
        done.push(Done::new(at, asked, Some(entry(at, asked)?)));
        let changed = Box::new(Scenario::parse(name, &with_entries(text, &done)?)?);
        let is_fault = matches!(asked, Asked::Fault(_));
        let mut from_now = true;
        if is_fault && let Some(new) = done.last_mut() {
            // Faults are in the order of the text, whatever they are about.
            let place = changed.layers.len().saturating_sub(1);
            new.fault = Some(place);
            // Radios and body have what goes wrong with them in their plan from the beginning of the ride.
            from_now = self.choices.via == Via::Model && sensor_fault(&changed, place).is_some();
        }
        let changed = Source::Scenario { name: name.clone(), text: text.clone(), scenario: changed };
        let ride = match ride_of(&changed, &self.choices) {
            Err(_) if self.choices.via == Via::Model => {
                return refuse("this is about a radio: choose the way via ant or ble first");
            }
            ride => ride?,
        };
        self.source = changed;
        self.done = done;
        if from_now {
            self.playing.inputs = inputs_from(ride, &self.choices, self.now)?;
        } else {
            let now = self.now;
            self.restart()?;
            self.advance_to(now)?;
        }
        Ok(())
    }

    /// Does what was done on a session of the same ride before; then it is at its beginning.
    pub fn redo(&mut self, list: Vec<(Instant, Asked)>) -> Result<(), Refusal> {
        for (at, asked) in list {
            let entry = match &mut self.source {
                Source::Log { .. } => return refuse("a log takes nothing more: it is what happened"),
                Source::Recording { added, .. } => {
                    added.push((at, input_of(&asked)?));
                    None
                }
                Source::Scenario { .. } => Some(entry(at, &asked)?),
            };
            self.done.push(Done::new(at, &asked, entry));
        }
        if let Source::Scenario { name, text, scenario } = &mut self.source {
            **scenario = Scenario::parse(name, &with_entries(text, &self.done)?)?;
            let is_fault = |done: &&mut Done| matches!(done.asked, Asked::Fault(_));
            let faults: Vec<&mut Done> = self.done.iter_mut().filter(is_fault).collect();
            let first = scenario.layers.len().saturating_sub(faults.len());
            for (place, done) in (first..).zip(faults) {
                done.fault = Some(place);
            }
        }
        Ok(self.restart()?)
    }

    /// The session for the next build of Sling.
    pub fn handed(&self, playing: bool, speed: Speed) -> Handed {
        let ride = match &self.source {
            Source::Scenario { name, text, .. } => (name.as_str(), Some(text.as_str())),
            Source::Recording { .. } | Source::Log { .. } => ("", None),
        };
        Handed::new(ride, self.choices, &self.done, (self.goal.max(self.now), playing, speed))
    }

    /// The scenario with what was done, if it is one.
    pub(super) fn ridden(&self) -> Option<&Scenario> {
        match &self.source {
            Source::Scenario { scenario, .. } => Some(scenario),
            Source::Recording { .. } | Source::Log { .. } => None,
        }
    }

    /// Takes back the last thing that was made to happen.
    pub fn undo(&mut self) -> Result<(), Refusal> {
        let Some(last) = self.done.pop() else { return refuse("nothing was done that could be taken back") };
        let to = self.goal.max(self.now);
        match &mut self.source {
            Source::Recording { added, .. } => drop(added.pop()),
            Source::Scenario { name, text, scenario } => {
                **scenario = Scenario::parse(name, &with_entries(text, &self.done)?)?;
            }
            Source::Log { .. } => {}
        }
        self.forget_from(last.at);
        self.restart()?;
        self.goal = to;
        Ok(())
    }

    /// What lies at or after `at` is no longer known.
    fn forget_from(&mut self, at: Instant) {
        self.watched.borrow_mut().cut(at);
        self.known = self.known.min(at.before(MOMENT));
        self.cut = Some(self.cut.map_or(at, |cut| cut.min(at)));
    }

    /// Plays the same ride in another way.
    pub fn choose(&mut self, choices: Choices) -> Result<(), Refusal> {
        let old = self.choices;
        if choices == old {
            return Ok(());
        }
        match self.source {
            Source::Scenario { .. } => {}
            _ if choices.seed != old.seed || choices.via != old.via => {
                return refuse("nothing is drawn or sent here: only a scenario has a seed and a way");
            }
            Source::Log { .. } if choices.theme != old.theme || choices.language != old.language => {
                return refuse("a log has its own settings");
            }
            Source::Log { .. } | Source::Recording { .. } => {}
        }
        let to = self.goal.max(self.now);
        let ride = ride_of(&self.source, &choices);
        if ride.is_err() && choices.via == Via::Model {
            return refuse("a fault of this ride is about a radio: it needs the way via ant or ble");
        }
        let sites = ride?.sites;
        self.choices = choices;
        self.watched = Watched::new(sites);
        self.known = Instant::ZERO;
        (self.cut, self.renewed) = (None, true);
        self.restart()?;
        self.goal = to.max(self.now);
        Ok(())
    }

    /// Another ride that is built in, from its beginning.
    pub fn open_builtin(&mut self, name: &str) -> Result<(), Refusal> {
        let Some(text) = scenario::builtin(name) else {
            let names = scenario::BUILTIN.map(|(name, _)| name).join(", ");
            return refuse(format!("no scenario of this name is built in; there are {names}"));
        };
        let parsed = Scenario::parse(name, text)?;
        // One with faults of radios needs some.
        let via = if !parsed.needs_air() || self.choices.via != Via::Model { self.choices.via } else { Via::Ant };
        *self = Self::scenario(name, text.to_owned(), Choices { seed: None, via, ..self.choices })?;
        self.renewed = true;
        Ok(())
    }

    /// From when on what was known was forgotten since the last time that this was asked.
    pub fn take_cut(&mut self) -> Option<Instant> {
        self.cut.take()
    }

    /// Whether the session has become another one since the last time that this was asked.
    pub fn take_renewed(&mut self) -> bool {
        std::mem::take(&mut self.renewed)
    }

    /// What it is about.
    pub fn name(&self) -> String {
        match &self.source {
            Source::Scenario { scenario, .. } => scenario.name.clone(),
            Source::Recording { path, .. } | Source::Log { path } => {
                path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
            }
        }
    }

    /// `scenario`, `recording` or `log`.
    pub const fn kind(&self) -> &'static str {
        match self.source {
            Source::Scenario { .. } => "scenario",
            Source::Recording { .. } => "recording",
            Source::Log { .. } => "log",
        }
    }

    /// How it is played.
    pub const fn choices(&self) -> Choices {
        self.choices
    }

    /// The present time of the ride.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// When the ride is over.
    pub const fn end(&self) -> Instant {
        self.end
    }

    /// Whether it is.
    pub fn is_over(&self) -> bool {
        self.now >= self.end
    }

    /// How far the ride is known: the furthest time that was played since the last change.
    pub const fn known(&self) -> Instant {
        self.known
    }

    /// When something happens next, if the ride is not over.
    pub fn next_due(&mut self) -> Result<Option<Instant>, CommandError> {
        let input = self.playing.inputs.next_at()?;
        let due = [input, self.playing.player.next_due()].into_iter().flatten().min();
        Ok(due.filter(|_| !self.is_over()))
    }

    /// The head unit as it is now.
    pub fn unit(&self) -> &HeadUnit {
        self.playing.player.unit()
    }

    /// What was gathered of the ride.
    pub fn watched(&self) -> Ref<'_, Watched> {
        self.watched.borrow()
    }

    /// The same, to take what is new from it.
    pub fn watched_mut(&self) -> RefMut<'_, Watched> {
        self.watched.borrow_mut()
    }

    /// What was made to happen, in the order of time.
    pub fn done(&self) -> &[Done] {
        &self.done
    }

    /// What the head unit shows, as red, green and blue of each pixel; without power it is dark.
    pub fn frame(&self) -> Vec<u8> {
        shown(self.choices.display, self.unit(), self.playing.player.is_off())
    }

    /// What the head unit shows, in words.
    pub fn words(&self) -> String {
        if self.playing.player.is_off() {
            return "The head unit is off.".to_owned();
        }
        let (w, h) = self.choices.display.size();
        let mut words = String::new();
        // Writing to memory does not fail.
        let _ = self.unit().describe(w as i16, h as i16, &mut words);
        words
    }

    /// What the scenario itself has in store: faults and effects, with their times.
    pub fn written(&self) -> Value {
        let Source::Scenario { scenario, .. } = &self.source else { return json!([]) };
        let done = self.done.iter().filter(|done| done.fault.is_some()).count();
        let own = &scenario.layers[..scenario.layers.len().saturating_sub(done)];
        let of = |layer| own.iter().filter(|it| **it == layer).count();
        let entry = |at, until: Option<Instant>, kind, words: String| {
            let until = until.filter(|until| *until < Instant::ZERO + scenario.duration).map(seconds);
            json!({"t_s": seconds(at), "until_s": until, "kind": kind, "words": words})
        };
        let sensors = scenario.faults.iter().take(of(Layer::Sensor));
        let sensors = sensors.map(|it| (it.at, it.until, format!("{}, {}", fault_words(it.kind.name()), it.site)));
        let radios = scenario.radio_faults.iter().take(of(Layer::Radio));
        let radios = radios.map(|it| (it.at, it.until, fault_words(it.kind.name()).to_owned()));
        let unit = scenario.unit_faults.iter().take(of(Layer::HeadUnit));
        let unit = unit.map(|it| (it.at, it.until, fault_words(it.kind.name()).to_owned()));
        let faults = sensors.chain(radios).chain(unit);
        let faults = faults.map(|(at, until, words)| entry(at, Some(until), "fault", words));
        let effects = scenario.effects.iter().map(|it| {
            let sites: Vec<String> = it.sites.iter().map(Site::to_string).collect();
            entry(it.at, it.until, "effect", format!("{} {}", name_of(&it.kind), sites.join(" ")))
        });
        faults.chain(effects).collect()
    }

    /// The session as a scenario.
    pub fn toml(&self) -> Result<String, Refusal> {
        match &self.source {
            Source::Scenario { text, .. } => with_entries(text, &self.done),
            Source::Recording { .. } | Source::Log { .. } => {
                refuse("only a simulated ride is a scenario: save the log of inputs, which replays")
            }
        }
    }

    /// The input log of the ride up to now.
    pub fn log(&self) -> Result<Vec<u8>, CommandError> {
        let (sink, bytes) = MemoryLog::new();
        let ride = ride_of(&self.source, &self.choices)?;
        let mut again = Playing::new(ride, &self.choices, vec![Box::new(sink)]);
        again.advance_to(&self.source, self.now)?;
        Ok(bytes.take())
    }

    /// The command that shows exactly this again, once what was done is saved beside it.
    pub fn line(&self) -> String {
        let mut line = match &self.source {
            Source::Scenario { name, .. } if self.done.is_empty() => format!("sling run {}", quoted(name)),
            Source::Scenario { .. } => "sling run session.toml".to_owned(),
            Source::Recording { path, sites, .. } if self.done.is_empty() => {
                let sites = sites.as_ref().map_or_else(String::new, |sites| format!(" --sites {}", quoted(sites)));
                format!("sling replay {}{sites}", quoted(&path.to_string_lossy()))
            }
            Source::Recording { .. } => "sling replay session.slinglog".to_owned(),
            Source::Log { path } => format!("sling replay {}", quoted(&path.to_string_lossy())),
        };
        line.push_str(&self.flags());
        // Writing to memory does not fail.
        let _ = write!(line, " --until {}", seconds(self.now));
        line
    }

    /// The flags of the command line that play the session as it is played here.
    pub(super) fn flags(&self) -> String {
        let Choices { seed, via, display, theme, language } = self.choices;
        let mut line = String::new();
        // Writing to memory does not fail.
        if let Some(seed) = seed {
            let _ = write!(line, " --seed {seed}");
        }
        if via != Via::Model {
            let _ = write!(line, " --via {}", via.code());
        }
        if display != Display::default() {
            let _ = write!(line, " --display {}", display_name(display));
        }
        if theme != Theme::default() {
            let _ = write!(line, " --theme {}", theme_name(theme));
        }
        if language != Language::default() {
            let _ = write!(line, " --lang {}", language.code());
        }
        line
    }
}

impl Shown for Session {
    fn name(&self) -> String {
        self.name()
    }

    fn kind(&self) -> &'static str {
        self.kind()
    }

    fn choices(&self) -> Choices {
        self.choices
    }

    fn watched(&self) -> Ref<'_, Watched> {
        self.watched()
    }

    fn written(&self) -> Value {
        self.written()
    }

    fn done(&self) -> &[Done] {
        &self.done
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn end(&self) -> Option<Instant> {
        Some(self.end)
    }

    fn known(&self) -> Instant {
        self.known
    }

    fn unit(&self) -> &HeadUnit {
        self.unit()
    }

    fn words(&self) -> String {
        self.words()
    }

    fn frame(&self) -> Vec<u8> {
        self.frame()
    }

    fn line(&self) -> String {
        self.line()
    }
}

/// `CalfOverload` as words: so a new kind needs no line here.
fn name_of(kind: &impl std::fmt::Debug) -> String {
    let name = format!("{kind:?}");
    let mut words = String::new();
    for letter in name.chars().take_while(char::is_ascii_alphanumeric) {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn ride_of(source: &Source, choices: &Choices) -> Result<Ride, CommandError> {
    match source {
        Source::Scenario { name, scenario, .. } => {
            Ride::simulated_via(name, scenario, choices.seed.unwrap_or(scenario.seed), choices.via)
        }
        Source::Recording { path, recording, .. } => {
            Ok(Ride::recorded(path.display().to_string(), recording.as_ref().clone()))
        }
        Source::Log { path } => Ride::open(path, &formats::Options::default()),
    }
}

/// The inputs of a ride after `now`: those before it have been played, and are the same.
fn inputs_from(mut ride: Ride, choices: &Choices, now: Instant) -> Result<Inputs, CommandError> {
    // Those who are on the air wear other names.
    drop(ride.radios());
    let mut inputs = ride.inputs(&choices.config(), None);
    inputs.play_until(now, &mut |_, _| Ok(Flow::Continue))?;
    Ok(inputs)
}

/// The text of a scenario with what was done at its end.
fn with_entries(text: &str, done: &[Done]) -> Result<String, Refusal> {
    let entries: Vec<Entry> = done.iter().filter_map(|done| done.entry.clone()).collect();
    Ok(scenario::append(text, &entries)?)
}

/// The place of a fault among those of sensors, if the world alone makes it.
fn sensor_fault(scenario: &Scenario, place: usize) -> Option<usize> {
    if scenario.layers.get(place) != Some(&Layer::Sensor) {
        return None;
    }
    let among = scenario.layers.iter().take(place).filter(|layer| **layer == Layer::Sensor).count();
    // Of a battery, the sensor's radio speaks.
    scenario.faults.get(among).filter(|fault| fault.kind != FaultKind::LowBattery).map(|_| among)
}

/// What was asked for as a scenario says it.
fn entry(at: Instant, asked: &Asked) -> Result<Entry, Refusal> {
    Ok(match asked {
        Asked::Press(button, press) => Entry::press(at, *button, *press),
        Asked::Touch(touch) => Entry::touch(at, *touch),
        Asked::Lap => Entry::lap(at),
        Asked::Marker(text) => Entry::marker(at, &label(text)?),
        Asked::Position(text) => Entry::position(at, &label(text)?),
        Asked::Fault(keys) => {
            // What is null is not said.
            let said = keys.iter().filter(|(_, value)| !value.is_null());
            let said: Map<String, Value> = said.map(|(key, value)| (key.clone(), value.clone())).collect();
            scenario::fault_from(at, &Value::Object(said))?
        }
    })
}

fn label(text: &str) -> Result<Label, Refusal> {
    Label::try_from(text).map_err(|_| Refusal("a text has at most 24 bytes".into()))
}

/// What was asked for as an input of a recording.
pub(super) fn input_of(asked: &Asked) -> Result<Input<'static>, Refusal> {
    Ok(match asked {
        Asked::Press(button, press) => Input::Button(*button, *press),
        Asked::Touch(touch) => Input::Touch(*touch),
        Asked::Lap => Input::Lap,
        Asked::Marker(text) => Input::Marker(label(text)?),
        Asked::Position(text) => Input::Position(label(text)?),
        Asked::Fault(_) => return refuse("a recording takes no fault: it is what the sensors said"),
    })
}

const fn button_name(button: Button) -> &'static str {
    match button {
        Button::Up => "up",
        Button::Down => "down",
        Button::Select => "select",
    }
}

const fn touch_name(touch: Touch) -> (&'static str, Option<(i16, i16)>) {
    match touch {
        Touch::Tap { x, y } => ("tap", Some((x, y))),
        Touch::Hold => ("hold", None),
        Touch::SwipeUp => ("swipe_up", None),
        Touch::SwipeDown => ("swipe_down", None),
        Touch::SwipeLeft => ("swipe_left", None),
        Touch::SwipeRight => ("swipe_right", None),
    }
}

const fn kind(asked: &Asked) -> &'static str {
    match asked {
        Asked::Press(..) => "press",
        Asked::Touch(_) => "touch",
        Asked::Lap => "lap",
        Asked::Marker(_) => "marker",
        Asked::Position(_) => "position",
        Asked::Fault(_) => "fault",
    }
}

fn words(asked: &Asked) -> String {
    match asked {
        Asked::Press(button, Press::Short) => button_name(*button).to_owned(),
        Asked::Press(button, Press::Long) => format!("{} long", button_name(*button)),
        Asked::Touch(touch) => match touch_name(*touch) {
            (kind, Some((x, y))) => format!("{kind} {x} {y}"),
            (kind, None) => kind.to_owned(),
        },
        Asked::Lap => "lap".to_owned(),
        Asked::Marker(text) | Asked::Position(text) => text.clone(),
        Asked::Fault(keys) => {
            let text = |key: &str| keys.get(key).and_then(Value::as_str);
            let others = keys.iter().filter(|(key, value)| {
                !matches!(key.as_str(), "kind" | "site" | "with" | "duration_s") && !value.is_null()
            });
            let others = others.map(|(key, value)| format!("{key} {value}"));
            let duration = keys.get("duration_s").and_then(Value::as_f64).map(|seconds| format!("{seconds} s"));
            let named = [text("kind"), text("site"), text("with")].into_iter().flatten().map(str::to_owned);
            named.chain(others).chain(duration).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::rgb;
    use crate::sink::{CollectSink, DigestSink, event_value};

    const PLAIN: Choices = Choices {
        seed: None,
        via: Via::Model,
        display: Display::SharpPortrait,
        theme: Theme::Day,
        language: Language::English,
    };

    /// Ten minutes, so that a test is short: the load steps up after a warm-up.
    const SHORT: &str = r#"# A comment that stays.
version = 1
name = "short"
seed = 3
duration = "10 min"
[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"
number = 1234
[[sensor]]
site = "vl.right"
kind = "moxy"
radio = "ble"
[[load]]
kind = "hills"
from = "1 min"
to = "10 min"
power_w = 200
swing_w = 60
period = "3 min"
[[fault]] # its own
kind = "miss"
site = "vl.right"
at = "2 min"
fraction = 0.2"#;

    const fn at(s: u64) -> Instant {
        Instant::from_ms(s * 1000)
    }

    fn short(choices: Choices) -> Session {
        Session::scenario("short.toml", SHORT.into(), choices).unwrap()
    }

    fn arrive(session: &mut Session) {
        while let Some(goal) = session.goal() {
            session.advance_to(goal).unwrap();
        }
    }

    fn go(session: &mut Session, s: u64) {
        session.seek(at(s)).unwrap();
        arrive(session);
    }

    fn press(button: Button) -> Asked {
        Asked::Press(button, Press::Short)
    }

    fn fault(json: &Value) -> Asked {
        Asked::Fault(json.as_object().unwrap().clone())
    }

    fn events(session: &Session) -> Vec<String> {
        session.watched().events().iter().map(|(_, event)| event.to_string()).collect()
    }

    /// What `sling run` would say and show of the session's scenario up to its present time: events, digest, frame.
    fn ridden_afresh(session: &Session) -> (Vec<String>, RideDigests, Vec<u8>) {
        let Choices { seed, via, display, .. } = session.choices();
        let scenario = Scenario::parse("session.toml", &session.toml().unwrap()).unwrap();
        let mut ride = Ride::simulated_via("session.toml", &scenario, seed.unwrap(), via).unwrap();
        let (events, collected) = CollectSink::new();
        let (digest, digests) = DigestSink::new();
        let mut player = Player::of(&mut ride, vec![Box::new(events), Box::new(digest)]);
        let until = session.now();
        ride.play(&session.choices().config(), None, |input, at| {
            if at > until {
                return Ok(Flow::Stop);
            }
            player.play(input, at)?;
            Ok(Flow::Continue)
        })
        .unwrap();
        player.pass_time(until).unwrap();
        let events = collected.borrow().iter().map(|(at, event)| event_value(*at, event).to_string()).collect();
        let digest = *digests.borrow();
        let said = (digest.inputs, digest.outputs, format!("{:?}", digest.outputs_digest));
        (events, said, rgb(display, player.unit()))
    }

    type RideDigests = (u64, u64, String);

    fn digest(session: &Session) -> RideDigests {
        let digest = session.watched().digest();
        (digest.inputs, digest.outputs, format!("{:?}", digest.outputs_digest))
    }

    #[test]
    fn the_next_build_takes_up_the_session_as_it_was_left() {
        let look = Choices { theme: Theme::Night, display: Display::TftPortrait, seed: Some(9), ..PLAIN };
        for via in [Via::Model, Via::Ant] {
            let mut session = short(Choices { via, ..look });
            go(&mut session, 130);
            let hole = json!({"kind": "hole", "site": "mg.right", "duration_s": 30}).as_object().unwrap().clone();
            session.happen(&Asked::Fault(hole)).unwrap();
            session.happen(&Asked::Press(Button::Down, Press::Short)).unwrap();
            session.happen(&Asked::Marker("here".into())).unwrap();
            go(&mut session, 200);
            // By way of its file.
            let folder = tempfile::tempdir().unwrap();
            let handover = crate::bench::handover::Handover::of(folder.path());
            handover.leave(&session.handed(true, Speed::Times(10.0))).unwrap();
            let handed = handover.taken().unwrap().unwrap();
            assert_eq!((handed.playing, handed.speed()), (true, Speed::Times(10.0)));
            let text = handed.text.clone().unwrap();
            let mut next = Session::scenario(&handed.name, text, handed.choices().unwrap()).unwrap();
            handed.take_up(&mut next).unwrap();
            assert_eq!((next.now(), next.line(), next.words()), (session.now(), session.line(), session.words()));
            assert_eq!((next.toml().unwrap(), next.frame()), (session.toml().unwrap(), session.frame()));
            assert_eq!(next.watched().digest(), session.watched().digest());
            let done = |session: &Session| -> Vec<_> {
                session.done().iter().map(|it| (it.at, it.words.clone(), it.landed)).collect()
            };
            assert_eq!(done(&next), done(&session));
            // And what was done can be taken back.
            for session in [&mut session, &mut next] {
                session.undo().unwrap();
                arrive(session);
            }
            assert_eq!(next.toml().unwrap(), session.toml().unwrap());
        }
    }

    #[test]
    fn what_a_scenario_has_in_store_is_said_in_words() {
        let written = short(PLAIN).written();
        assert_eq!(written[0]["words"], "a share of the samples is lost, vl.right");
        // Every kind of fault has words of its own.
        for (name, text) in scenario::BUILTIN {
            let parsed = Scenario::parse(name, text).unwrap();
            let sensors = parsed.faults.iter().map(|fault| fault.kind.name());
            let radios = parsed.radio_faults.iter().map(|fault| fault.kind.name());
            let unit = parsed.unit_faults.iter().map(|fault| fault.kind.name());
            for kind in sensors.chain(radios).chain(unit) {
                assert!(!fault_words(kind).is_empty() && text.contains(&format!("\"{kind}\"")), "{name}: {kind}");
            }
        }
    }

    #[test]
    fn what_is_done_on_the_bench_is_what_the_same_scenario_does() {
        for via in [Via::Model, Via::Ant, Via::Ble] {
            let mut session = short(Choices { via, ..PLAIN });
            go(&mut session, 150);
            session.happen(&press(Button::Down)).unwrap();
            session.happen(&Asked::Lap).unwrap();
            session.happen(&press(Button::Down)).unwrap();
            session.happen(&Asked::Touch(Touch::Tap { x: 20, y: 30 })).unwrap();
            go(&mut session, 200);
            session.happen(&fault(&json!({"kind": "hole", "site": "mg.right", "duration_s": 40}))).unwrap();
            session.happen(&Asked::Marker("a \"quoted\" \\ one".into())).unwrap();
            session.happen(&Asked::Position("up 4 mm".into())).unwrap();
            go(&mut session, 300);
            let (events_afresh, digest_afresh, frame_afresh) = ridden_afresh(&session);
            assert_eq!(events(&session), events_afresh, "{via:?}");
            assert_eq!(digest(&session), digest_afresh, "{via:?}");
            assert_eq!(session.frame(), frame_afresh, "{via:?}");
            assert!(session.toml().unwrap().starts_with(SHORT), "comments stay");
        }
    }

    #[test]
    fn back_and_forth_shows_the_same_frame_and_keeps_what_is_known() {
        let mut session = short(PLAIN);
        go(&mut session, 120);
        let (frame, words) = (session.frame(), session.words());
        go(&mut session, 400);
        let (rows, known) = (session.watched().rows().to_vec(), events(&session));
        assert_eq!(rows.iter().map(|row| row.t).collect::<Vec<_>>(), (0..=400).collect::<Vec<_>>());
        go(&mut session, 120);
        assert_eq!((session.now(), session.known()), (at(120), at(400)));
        assert_eq!((session.frame(), session.words()), (frame, words));
        assert_eq!((session.watched().rows().to_vec(), events(&session)), (rows.clone(), known.clone()));
        go(&mut session, 400);
        assert_eq!((session.watched().rows().to_vec(), events(&session)), (rows, known));
        assert_eq!(session.take_cut(), None);
    }

    #[test]
    fn a_row_has_what_is_true_what_was_said_and_what_is_believed() {
        let mut session = short(PLAIN);
        go(&mut session, 600);
        assert!(session.is_over());
        let watched = session.watched();
        let row = &watched.rows()[300];
        let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 5.0;
        assert!(row.p.unwrap() > 100 && row.c.is_some() && row.h.is_some(), "{row:?}");
        assert!(row.s.len() == 2 && row.s.iter().all(|it| near(it.truth, it.belief) && it.reason.is_none()), "{row:?}");
        let said = watched.rows().iter().filter(|row| row.s[0].said.is_some()).count();
        assert!((200..=450).contains(&said), "a sample about every two seconds: {said}");
        assert_eq!((watched.rows()[0].s[0].belief, watched.rows()[0].s[0].reason), (None, Some("searching")));
        assert!(watched.rows().iter().all(|row| row.t == 600 || row.s[0].truth.is_some()));
    }

    #[test]
    fn a_fault_lands_and_takes_away_what_lay_ahead() {
        let mut session = short(PLAIN);
        go(&mut session, 300);
        go(&mut session, 200);
        session.happen(&fault(&json!({"kind": "hole", "site": "mg.right", "duration_s": 30}))).unwrap();
        assert_eq!(session.take_cut(), Some(Instant::from_ms(200_001)));
        assert_eq!(session.known(), Instant::from_ms(200_001));
        assert_eq!(session.watched().rows().last().map(|row| row.t), Some(200));
        assert_eq!(session.done()[0].landed, 0, "not yet");
        go(&mut session, 240);
        let done = &session.done()[0];
        assert!((10..=16).contains(&done.landed), "{done:?}");
        assert_eq!((done.words.as_str(), done.kind), ("hole mg.right 30 s", "fault"));
        assert!(session.watched().rows()[215].s[0].said.is_none());
        assert!(events(&session).iter().any(|it| it.contains("\"notice\"") && it.contains("mg.right")));
    }

    #[test]
    fn undo_takes_the_last_thing_back_and_leaves_the_ride_that_it_was() {
        let mut untouched = short(PLAIN);
        go(&mut untouched, 250);
        let mut session = short(PLAIN);
        go(&mut session, 200);
        session.happen(&press(Button::Up)).unwrap();
        session.happen(&fault(&json!({"kind": "zero", "site": "vl.right"}))).unwrap();
        go(&mut session, 250);
        assert_ne!(events(&session), events(&untouched));
        session.undo().unwrap();
        session.undo().unwrap();
        arrive(&mut session);
        assert_eq!(session.now(), at(250));
        assert_eq!(events(&session), events(&untouched));
        assert_eq!(session.watched().rows(), untouched.watched().rows());
        assert_eq!(session.toml().unwrap(), SHORT);
        assert!(session.undo().is_err(), "there is nothing left");
    }

    #[test]
    fn what_lies_after_a_change_in_the_past_is_gone() {
        let mut session = short(PLAIN);
        go(&mut session, 100);
        session.happen(&press(Button::Up)).unwrap();
        go(&mut session, 50);
        assert_eq!(session.done()[0].landed, 0, "it lies ahead");
        session.happen(&Asked::Lap).unwrap();
        let words: Vec<_> = session.done().iter().map(|done| done.words.as_str()).collect();
        assert_eq!(words, ["lap"]);
        go(&mut session, 150);
        assert_eq!(events(&session), ridden_afresh(&session).0);
    }

    #[test]
    fn what_cannot_be_is_refused_and_nothing_changes() {
        let mut session = short(PLAIN);
        go(&mut session, 100);
        let before = session.toml().unwrap();
        for (asked, why) in [
            (fault(&json!({"kind": "hole", "site": "ta.left"})), "ta.left"),
            (fault(&json!({"kind": "hole", "site": "mg.right", "depth": 3})), "depth"),
            (fault(&json!({"kind": "hole"})), "site"),
            (fault(&json!({"kind": "gremlins", "site": "mg.right"})), "gremlins"),
            (fault(&json!({"kind": "hole", "site": "mg.right", "at": "1 s"})), "`at`"),
            (fault(&json!({"kind": "hole", "site": "mg.right", "duration_s": 0})), "duration"),
            (fault(&json!({"kind": "hole", "site": "mg.right", "duration_s": 1e9})), "duration_s"),
            (fault(&json!({"kind": "hole", "site": "mg.right", "duration_s": 5000})), "end of the ride"),
            (fault(&json!({"kind": "hole\"\n[[lap]]\nat = \"1 s\"\n", "site": "mg.right"})), "hole"),
            (fault(&json!({"kind": "hole", "site = 1\n[[lap]]\n#": "mg.right"})), "lap"),
            (fault(&json!({"kind": "hole", "site": ["mg.right"]})), "site"),
            (fault(&json!({"kind": "unplug"})), "radio"),
            (Asked::Marker("more than twenty-four bytes of text".into()), "24"),
        ] {
            let refusal = session.happen(&asked).unwrap_err();
            assert!(refusal.0.contains(why) && !refusal.0.contains('\n'), "{asked:?}: {refusal}");
        }
        assert!(session.seek(at(601)).is_err());
        assert_eq!((session.toml().unwrap(), session.now(), session.known()), (before, at(100), at(100)));
        go(&mut session, 600);
        assert!(session.happen(&Asked::Lap).unwrap_err().0.contains("over"));
    }

    #[test]
    fn a_fault_of_a_radio_happens_where_there_is_one() {
        let mut session = short(Choices { via: Via::Ant, ..PLAIN });
        go(&mut session, 60);
        session.happen(&fault(&json!({"kind": "unplug", "duration_s": 20}))).unwrap();
        go(&mut session, 120);
        assert!(events(&session).iter().any(|it| it.contains("\"radio\"")), "{:?}", events(&session));
        assert!(session.choose(Choices { via: Via::Model, ..session.choices() }).is_err());
        assert_eq!(events(&session), ridden_afresh(&session).0);
    }

    #[test]
    fn a_fault_of_the_head_unit_itself_lands_and_is_the_scenarios() {
        let mut session = short(PLAIN);
        go(&mut session, 60);
        session.happen(&fault(&json!({"kind": "power_cut", "duration_s": 5}))).unwrap();
        session.happen(&press(Button::Up)).unwrap();
        session.happen(&fault(&json!({"kind": "muted", "duration_s": 30}))).unwrap();
        go(&mut session, 63);
        assert_eq!(session.words(), "The head unit is off.");
        assert!(session.frame().iter().all(|byte| *byte == 0));
        assert!(session.watched_mut().take_redraw());
        go(&mut session, 80);
        session.happen(&press(Button::Up)).unwrap();
        go(&mut session, 90);
        assert_eq!(session.done().iter().map(|done| done.landed).collect::<Vec<_>>(), [1, 1, 1, 1]);
        let (events_afresh, digest_afresh, frame_afresh) = ridden_afresh(&session);
        assert_eq!((events(&session), digest(&session), session.frame()), (events_afresh, digest_afresh, frame_afresh));
    }

    #[test]
    fn another_display_theme_language_seed_or_way_is_the_same_session() {
        let mut session = short(PLAIN);
        go(&mut session, 100);
        session.happen(&press(Button::Down)).unwrap();
        let now = session.now();
        let seed = Some(8);
        let (display, theme, language, via) = (Display::TftLandscape, Theme::Night, Language::German, Via::Ant);
        for choices in [
            Choices { display, ..session.choices() },
            Choices { display, theme, ..session.choices() },
            Choices { seed, via, display, theme, language },
        ] {
            session.choose(choices).unwrap();
            arrive(&mut session);
            assert!(session.take_renewed());
            assert_eq!((session.now(), session.choices(), session.done().len()), (now, choices, 1));
            assert_eq!(session.frame(), ridden_afresh(&session).2);
        }
        assert_eq!(
            session.line(),
            "sling run session.toml --seed 8 --via ant --display tft-landscape --theme night --lang de --until 100.001"
        );
    }

    #[test]
    fn a_recording_takes_presses_and_a_log_takes_none() {
        let folder = tempfile::tempdir().unwrap();
        let csv = folder.path().join("ride.csv");
        let row = |t| format!("{t},{},60.{},50", 150 + t % 7, t % 10);
        let rows = (0..200).map(row).collect::<Vec<_>>().join("\n");
        std::fs::write(&csv, format!("t_s,power_w,mg.right.smo2_pct,vl.right.smo2_pct\n{rows}")).unwrap();
        let mut session = Session::open(&csv, &formats::Options::default(), None, PLAIN).unwrap();
        assert_eq!((session.kind(), session.end()), ("recording", at(199)));
        go(&mut session, 60);
        assert!(session.line().ends_with("ride.csv --until 60"), "{}", session.line());
        session.happen(&press(Button::Down)).unwrap();
        session.happen(&Asked::Marker("here".into())).unwrap();
        assert!(session.happen(&fault(&json!({"kind": "hole", "site": "mg.right"}))).is_err());
        go(&mut session, 120);
        let (frame, said) = (session.frame(), events(&session));
        assert!(said.iter().any(|it| it.contains("here")));
        go(&mut session, 10);
        go(&mut session, 120);
        assert_eq!((session.frame(), events(&session)), (frame.clone(), said.clone()));
        assert!(session.toml().is_err());

        let log = folder.path().join("session.slinglog");
        std::fs::write(&log, session.log().unwrap()).unwrap();
        let mut replayed = Session::open(&log, &formats::Options::default(), None, PLAIN).unwrap();
        assert_eq!((replayed.kind(), replayed.end()), ("log", at(120)));
        go(&mut replayed, 120);
        assert_eq!((replayed.frame(), events(&replayed)), (frame, said));
        go(&mut replayed, 30);
        go(&mut replayed, 120);
        assert_eq!(events(&replayed), events(&session));
        assert!(replayed.happen(&Asked::Lap).unwrap_err().0.contains("log"));
        assert!(Session::open(&log, &formats::Options::default(), None, Choices { seed: Some(1), ..PLAIN }).is_err());
    }

    #[test]
    fn every_scenario_that_is_built_in_opens() {
        let mut session = short(PLAIN);
        for (name, _) in scenario::BUILTIN {
            session.open_builtin(name).unwrap();
            assert!(session.take_renewed());
            go(&mut session, 5);
            assert_eq!(
                session.written().as_array().map(Vec::is_empty),
                Some(matches!(name, "steady" | "six-hours")),
                "{name}"
            );
        }
        assert!(session.open_builtin("../demo").is_err());
    }
}
