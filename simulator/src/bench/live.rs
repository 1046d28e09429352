//! A ride with real sensors on the bench's page: [`crate::live::Live`] between the pages and the machine's radios.
//!
//! The same news as of a simulated ride, without the truth, which nobody knows here. What a page presses, touches and marks
//! goes to the head unit at once. Time passes by itself: what asks for another time, another seed or a fault is refused in
//! one line. Radios that are in trouble, and files that can no longer be written, are told for as long as it is so.

use super::clock::Command;
use super::message::{self, Request, Shown, Speed, Standing, Wish};
use super::publish::Publisher;
use super::session::{Asked, Choices, Done, Refusal, input_of, seconds};
use super::watch::{MemoryLog, WatchSink, Watched};
use crate::commands::{quoted, radio_line};
use crate::display::rgb;
use crate::error::CommandError;
use crate::live::{Live, Setup};
use serde_json::{Value, json};
use sling_core::head_unit::Config;
use sling_core::link::{Radio, RadioState};
use sling_core::sensor::Site;
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::cell::{Ref, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

/// A request waits so long at most.
const LOOK: Duration = Duration::from_millis(25);

/// What a ride on the bench begins with.
pub struct Ridden {
    /// Its screen.
    pub choices: Choices,
    /// Where sensors are worn.
    pub sites: Vec<Site>,
    /// The radios that they speak on.
    pub needed: Vec<Radio>,
    /// Where its log is kept.
    pub kept: Option<PathBuf>,
}

/// A ride as pages see it.
struct Shows {
    live: Live,
    ridden: Ridden,
    watched: Rc<RefCell<Watched>>,
    log: Rc<RefCell<Vec<u8>>>,
    done: Vec<Done>,
}

/// A ride with real sensors, and its pages.
pub struct LiveBench {
    shows: Shows,
    commands: Receiver<Command>,
    page: Publisher,
}

impl LiveBench {
    /// Starts the radios.
    pub fn start(mut setup: Setup<'_>, ridden: Ridden, commands: Receiver<Command>) -> Result<Self, CommandError> {
        let watched = Watched::new(ridden.sites.clone());
        let (sink, log) = MemoryLog::new();
        setup.sinks.push(Box::new(WatchSink(Rc::clone(&watched))));
        setup.sinks.push(Box::new(sink));
        let live = Live::start(setup)?;
        let shows = Shows { live, ridden, watched, log, done: Vec::new() };
        Ok(Self { shows, commands, page: Publisher::new() })
    }

    /// Until it is stopped. The head unit, and what went wrong with those who watched.
    pub fn run(mut self) -> Result<(Box<HeadUnit>, Vec<String>), CommandError> {
        let mut second = None;
        let mut notes = Vec::new();
        while self.shows.live.turn(LOOK)? {
            loop {
                match self.commands.try_recv() {
                    Ok(Command::End) | Err(TryRecvError::Disconnected) => return self.shows.live.finish(),
                    Ok(command) => self.take(command)?,
                    Err(TryRecvError::Empty) => break,
                }
            }
            self.give_cues()?;
            let now = (self.shows.now().as_ms() / 1000, self.shows.notes());
            if second != Some(now.0) || notes != now.1 {
                (second, notes) = (Some(now.0), now.1);
                self.page.tell.pending = true;
            }
            self.publish(&notes);
        }
        self.shows.live.finish()
    }

    fn take(&mut self, command: Command) -> Result<(), CommandError> {
        match command {
            // Who asks may be gone already.
            Command::Join(reply) => {
                self.page.news(&self.shows);
                let _ = reply.send(self.page.join(&self.shows));
            }
            Command::Toml(reply) => {
                let why = "only a simulated ride is a scenario: save the log of inputs, which replays";
                let _ = reply.send(Err(why.to_owned()));
            }
            Command::Log(reply) => drop(reply.send(Ok(self.shows.log.borrow().clone()))),
            Command::Build(text, lasts) => self.page.build(text, lasts),
            Command::End => {}
            Command::Ask { request: Request { id, wish }, errors } => {
                self.page.tell.pending = true;
                if let Err(Refusal(why)) = self.grant(wish)? {
                    // A client that does not read its errors has had enough of them.
                    let _ = errors.try_send(message::error(id, &why));
                }
            }
        }
        Ok(())
    }

    fn grant(&mut self, wish: Wish) -> Result<Result<(), Refusal>, CommandError> {
        let no = |why: &str| Ok(Err(Refusal(why.to_owned())));
        match wish {
            Wish::Seek(_) | Wish::Undo => no("a live ride cannot go back: it is what happens"),
            Wish::Play | Wish::Pause | Wish::Step(_) | Wish::Speed(_) => {
                no("a live ride goes on by itself, at the speed of life, and cannot go back")
            }
            Wish::Seed(_) | Wish::Via(_) | Wish::Open(_) => {
                no("a live ride is what the sensors say, and cannot go back: nothing is drawn or chosen")
            }
            Wish::Happen(Asked::Fault(_)) => {
                no("a live ride takes no fault, for it cannot go back: what happens to its sensors is real")
            }
            Wish::Happen(asked) => self.happen(&asked),
            Wish::Display(display) => {
                self.shows.ridden.choices.display = display;
                self.configure(|config| config.screen = display.size())
            }
            Wish::Theme(theme) => self.configure(|config| config.theme = theme),
            Wish::Language(language) => self.configure(|config| config.language = language),
        }
    }

    fn happen(&mut self, asked: &Asked) -> Result<Result<(), Refusal>, CommandError> {
        let input = match input_of(asked) {
            Ok(input) => input,
            Err(why) => return Ok(Err(why)),
        };
        let mut done = Done::new(self.shows.now(), asked, None);
        done.landed = 1;
        self.shows.live.give(&input)?;
        self.shows.done.push(done);
        Ok(Ok(()))
    }

    fn configure(&mut self, change: impl FnOnce(&mut Config)) -> Result<Result<(), Refusal>, CommandError> {
        let mut config = self.shows.live.unit().config().clone();
        change(&mut config);
        self.shows.live.give(&Input::Configure(config))?;
        self.shows.watched.borrow_mut().redraw();
        Ok(Ok(()))
    }

    /// A page sounds them; without one, nobody heard.
    fn give_cues(&mut self) -> Result<(), CommandError> {
        let cues = self.shows.watched.borrow_mut().take_cues();
        self.page.cues(&cues);
        for cue in self.shows.live.take_cues() {
            let beep = self.page.is_seen() && cue.beep.is_on();
            self.shows.live.give(&Input::CueDelivery { id: cue.id, haptic: false, beep })?;
        }
        Ok(())
    }

    fn publish(&mut self, notes: &[String]) {
        self.page.news(&self.shows);
        if self.shows.watched.borrow_mut().take_redraw() {
            self.page.draw.pending = true;
        }
        self.page.frame(&self.shows);
        let notes = notes.to_vec();
        let standing = Standing { playing: true, speed: Speed::Times(1.0), ran_x: 0.0, busy: false, notes };
        self.page.state(&self.shows, &standing);
    }
}

impl Shows {
    /// Radios in trouble, and what could not be written.
    fn notes(&self) -> Vec<String> {
        let is_trouble = |state: RadioState| matches!(state, RadioState::Trouble(_) | RadioState::NothingHeard);
        let radios = self.ridden.needed.iter().map(|radio| (*radio, self.live.unit().radio(*radio)));
        let radios = radios.filter(|(_, state)| is_trouble(*state)).map(|(radio, state)| radio_line(radio, state));
        radios.chain(self.live.remarks()).collect()
    }
}

impl Shown for Shows {
    fn name(&self) -> String {
        "live".to_owned()
    }

    fn kind(&self) -> &'static str {
        "live"
    }

    fn choices(&self) -> Choices {
        self.ridden.choices
    }

    fn watched(&self) -> Ref<'_, Watched> {
        self.watched.borrow()
    }

    fn written(&self) -> Value {
        json!([])
    }

    fn done(&self) -> &[Done] {
        &self.done
    }

    fn now(&self) -> Instant {
        self.live.now()
    }

    fn end(&self) -> Option<Instant> {
        None
    }

    fn known(&self) -> Instant {
        self.live.now()
    }

    fn unit(&self) -> &HeadUnit {
        self.live.unit()
    }

    fn words(&self) -> String {
        let (w, h) = self.ridden.choices.display.size();
        let mut words = String::new();
        // Writing to memory does not fail.
        let _ = self.unit().describe(w as i16, h as i16, &mut words);
        words
    }

    fn frame(&self) -> Vec<u8> {
        rgb(self.ridden.choices.display, self.unit())
    }

    fn line(&self) -> String {
        let log = self.ridden.kept.as_ref().map_or_else(|| "session.slinglog".into(), |path| path.to_string_lossy());
        format!("sling replay {} --until {}", quoted(&log), seconds(self.now()))
    }
}
