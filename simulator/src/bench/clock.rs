//! The thread that makes time pass on the bench: takes requests, plays the session on, publishes what is new.
//!
//! It sleeps until the next input or deadline of the ride is due at the chosen speed, or a request comes. On the way to
//! another time nothing is drawn and no cue is sounded. How news reach the pages is [`super::publish`]'s matter.

use super::handover::{Handed, Handover};
use super::message::{self, Request, Speed, Standing, Wish};
use super::publish::{Joined, Publisher};
use super::record::Recorder;
use super::session::{Choices, Refusal, Session};
use crate::error::CommandError;
use sling_core::time::{Duration as Span, Instant};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant as WallInstant};
use tokio::sync::{mpsc, oneshot};

/// How often the loop looks whether it is to end.
const LOOK: Duration = Duration::from_millis(250);
/// How long the session is played before requests have their turn.
const SLICE: Duration = Duration::from_millis(20);
/// The ride goes on in steps of this at most, between two looks at the clock.
const STEP: Span = Span::from_s(1);
/// Requests that wait until the session has come to another time.
const WAITING: usize = 1024;
/// The speed that is reached is measured over this.
const MEASURE: Duration = Duration::from_secs(1);

/// What comes to the thread.
pub enum Command {
    /// A client has come.
    Join(oneshot::Sender<Joined>),
    /// A client asks for something; errors go to `errors`.
    Ask {
        /// What.
        request: Request,
        /// Where an error goes.
        errors: mpsc::Sender<String>,
    },
    /// The session as a scenario.
    Toml(oneshot::Sender<Result<String, String>>),
    /// The log of the inputs up to now.
    Log(oneshot::Sender<Result<Vec<u8>, String>>),
    /// How it stands with the next build: a message for the pages, and whether it is to stay.
    Build(String, bool),
    /// The bench ends.
    End,
}

/// A session in time.
pub struct Clock {
    session: Session,
    commands: Receiver<Command>,
    waiting: VecDeque<(Request, mpsc::Sender<String>)>,
    playing: bool,
    speed: Speed,
    /// Wall time and ride time that belong together while time passes.
    anchor: (WallInstant, Instant),
    measured: (WallInstant, Instant),
    ran_x: f64,
    /// On the way to another time cues are not sounded.
    silent: bool,
    page: Publisher,
    recorder: Option<Recorder>,
    ends: bool,
}

impl Clock {
    /// A session that stands still.
    pub fn new(session: Session, commands: Receiver<Command>) -> Self {
        let now = WallInstant::now();
        let at = session.now();
        Self {
            session,
            commands,
            waiting: VecDeque::new(),
            playing: false,
            speed: Speed::Times(1.0),
            anchor: (now, at),
            measured: (now, at),
            ran_x: 0.0,
            silent: true,
            page: Publisher::new(),
            recorder: None,
            ends: false,
        }
    }

    /// Writes the session into a scenario's file whenever something is done on it.
    pub fn recording(mut self, recorder: Option<Recorder>) -> Self {
        self.recorder = recorder;
        self
    }

    /// As the build before left it.
    pub fn taking_up(mut self, handed: &Handed) -> Self {
        self.speed = handed.speed();
        self.play(handed.playing && !self.session.is_over());
        self
    }

    /// Lets time pass from the beginning on.
    pub fn playing(mut self) -> Self {
        self.play(true);
        self
    }

    /// Until `stop` is raised or nobody can ask for anything any more. What is left behind for the next build is left even
    /// if this one fails.
    pub fn run(mut self, stop: &AtomicBool, handover: Option<&Handover>) -> Result<(), CommandError> {
        let ended = catch_unwind(AssertUnwindSafe(|| self.pass(stop)));
        if let Some(handover) = handover {
            handover.leave(&self.session.handed(self.playing, self.speed))?;
        }
        match ended {
            Ok(ended) => ended?,
            Err(panic) => resume_unwind(panic),
        }
        // What the next build takes up is not over.
        if let Some(recorder) = self.recorder.as_mut().filter(|_| !self.ends) {
            recorder.complete(&mut self.session)?;
        }
        Ok(())
    }

    fn pass(&mut self, stop: &AtomicBool) -> Result<(), CommandError> {
        self.publish();
        while !stop.load(Ordering::Relaxed) && !self.ends {
            let wait = self.wait()?;
            match self.commands.recv_timeout(wait) {
                Ok(command) => self.take(command),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Ok(command) = self.commands.try_recv() {
                self.take(command);
            }
            self.pass_time()?;
            while self.session.goal().is_none()
                && let Some((request, errors)) = self.waiting.pop_front()
            {
                self.answer(&request, &errors);
            }
            self.publish();
        }
        Ok(())
    }

    /// How long nothing is due.
    fn wait(&mut self) -> Result<Duration, CommandError> {
        let mut wait = LOOK;
        if self.session.goal().is_some() {
            return Ok(Duration::ZERO);
        }
        if self.playing {
            wait = match (self.speed, self.session.next_due()?) {
                (Speed::Max, _) => Duration::ZERO,
                (Speed::Times(x), Some(due)) => {
                    let ridden_s = f64::from(due.since(self.anchor.1).as_ms()) / 1000.0;
                    let due = Duration::try_from_secs_f64(ridden_s / x).unwrap_or(LOOK);
                    // A millisecond more, so that it is due when we wake up.
                    wait.min((due + Duration::from_millis(1)).saturating_sub(self.anchor.0.elapsed()))
                }
                (Speed::Times(_), None) => wait,
            };
        }
        wait = self.recorder.as_ref().and_then(Recorder::wait).map_or(wait, |due| due.min(wait));
        Ok(self.page.wait(wait))
    }

    fn take(&mut self, command: Command) {
        match command {
            // Who asks may be gone already.
            Command::Join(reply) => drop(reply.send(self.join())),
            Command::Toml(reply) => drop(reply.send(self.session.toml().map_err(|why| why.0))),
            Command::Log(reply) => drop(reply.send(self.session.log().map_err(|error| error.to_string()))),
            Command::Build(text, lasts) => self.page.build(text, lasts),
            Command::End => self.ends = true,
            Command::Ask { request, errors } if self.session.goal().is_none() => self.answer(&request, &errors),
            // Another aim, before anything else that waits for the old one.
            Command::Ask { request: request @ Request { wish: Wish::Seek(_), .. }, errors }
                if self.waiting.is_empty() =>
            {
                self.answer(&request, &errors);
            }
            Command::Ask { request, errors } if self.waiting.len() < WAITING => {
                self.waiting.push_back((request, errors));
            }
            Command::Ask { request, errors } => {
                drop(errors.try_send(message::error(request.id, "too much is asked for at once")));
            }
        }
    }

    fn join(&mut self) -> Joined {
        // What is known and not yet sent goes to the others now, and into the newcomer's hello.
        self.publish_news();
        self.page.join(&self.session)
    }

    fn answer(&mut self, request: &Request, errors: &mpsc::Sender<String>) {
        self.page.tell.pending = true;
        if let Err(Refusal(why)) = self.grant(&request.wish) {
            // A client that does not read its errors has had enough of them.
            let _ = errors.try_send(message::error(request.id, &why));
        }
        self.anchor_now();
    }

    fn grant(&mut self, wish: &Wish) -> Result<(), Refusal> {
        let choices = self.session.choices();
        match wish {
            Wish::Play if self.session.is_over() => {
                return Err(Refusal("the ride is over: go back in time first".into()));
            }
            Wish::Play => self.play(true),
            Wish::Pause => self.play(false),
            Wish::Speed(speed) => self.speed = *speed,
            Wish::Step(_) if self.playing => return Err(Refusal("time passes: pause first".into())),
            Wish::Step(ms) => {
                let to = (self.session.now() + Span::from_ms(*ms)).min(self.session.end());
                self.session.seek(to)?;
                self.silent = false;
            }
            Wish::Seek(to) => {
                self.session.seek(*to)?;
                self.silent = true;
                self.page.draw.pending = true;
            }
            Wish::Happen(asked) => {
                self.silent = false;
                self.session.happen(asked)?;
                // What waits to be sounded was played just now.
            }
            Wish::Undo => {
                self.session.undo()?;
                self.silent = true;
            }
            Wish::Display(display) => self.choose(Choices { display: *display, ..choices })?,
            Wish::Theme(theme) => self.choose(Choices { theme: *theme, ..choices })?,
            Wish::Language(language) => self.choose(Choices { language: *language, ..choices })?,
            Wish::Seed(seed) => self.choose(Choices { seed: Some(*seed), ..choices })?,
            Wish::Via(via) => self.choose(Choices { via: *via, ..choices })?,
            Wish::Open(name) => {
                self.session.open_builtin(name)?;
                self.silent = true;
            }
        }
        Ok(())
    }

    fn choose(&mut self, choices: Choices) -> Result<(), Refusal> {
        self.silent = true;
        self.page.draw.pending = true;
        self.session.choose(choices)
    }

    fn play(&mut self, playing: bool) {
        self.playing = playing;
        self.anchor_now();
    }

    fn anchor_now(&mut self) {
        self.anchor = (WallInstant::now(), self.session.now());
        self.measured = self.anchor;
        if !self.playing {
            self.ran_x = 0.0;
        }
    }

    fn pass_time(&mut self) -> Result<(), CommandError> {
        let began = WallInstant::now();
        if let Some(goal) = self.session.goal() {
            self.page.tell.pending = true;
            self.ride_on(goal, began)?;
            if self.session.goal().is_none() {
                // Cues of the way there are old.
                if self.silent {
                    let _ = self.session.watched_mut().take_cues();
                }
                self.page.draw.pending = true;
                self.anchor_now();
            }
            return Ok(());
        }
        if !self.playing {
            return Ok(());
        }
        self.silent = false;
        let (wall, at) = self.anchor;
        let target = match self.speed {
            Speed::Times(x) => {
                at + Span::from_ms((wall.elapsed().as_secs_f64() * x * 1000.0).min(f64::from(u32::MAX)) as u32)
            }
            Speed::Max => self.session.end(),
        };
        let before = self.session.now();
        self.ride_on(target.min(self.session.end()), began)?;
        self.page.tell.pending |= self.session.now() != before;
        self.measure();
        if self.session.is_over() {
            self.play(false);
            self.page.tell.pending = true;
        } else if self.speed != Speed::Max && self.session.now() < target {
            // It does not go as fast as that: what was lost is not made up for.
            let ran = self.ran_x;
            let measured = self.measured;
            self.anchor = (WallInstant::now(), self.session.now());
            (self.ran_x, self.measured) = (ran, measured);
        }
        Ok(())
    }

    /// Towards `target`, for one slice of time.
    fn ride_on(&mut self, target: Instant, began: WallInstant) -> Result<(), CommandError> {
        while self.session.now() < target && began.elapsed() < SLICE {
            let next = (self.session.now() + STEP).min(target);
            self.session.advance_to(next)?;
        }
        Ok(())
    }

    fn measure(&mut self) {
        let (wall, at) = self.measured;
        let elapsed = wall.elapsed();
        if elapsed >= MEASURE {
            let ridden_ms = self.session.now().since(at).as_ms();
            self.ran_x = (f64::from(ridden_ms) / elapsed.as_secs_f64() / 100.0).round() / 10.0;
            self.measured = (WallInstant::now(), self.session.now());
        }
    }

    fn publish(&mut self) {
        self.publish_news();
        if self.session.watched_mut().take_redraw() {
            self.page.draw.pending = true;
        }
        let on_the_way = self.session.goal().is_some();
        if !on_the_way {
            self.page.frame(&self.session);
            if let Some(recorder) = &mut self.recorder {
                self.page.tell.pending |= recorder.keep_up(&self.session);
            }
        }
        let standing = Standing {
            playing: self.playing,
            speed: self.speed,
            ran_x: self.ran_x,
            busy: on_the_way,
            notes: self.recorder.iter().filter_map(Recorder::trouble).map(str::to_owned).collect(),
        };
        self.page.state(&self.session, &standing);
    }

    fn publish_news(&mut self) {
        if self.session.take_renewed() {
            let _ = self.session.take_cut();
            self.page.renewed(&self.session);
        }
        if let Some(from) = self.session.take_cut() {
            self.page.cut(&self.session, from);
        }
        self.page.news(&self.session);
        // Cues of the way to another time are dropped when it is reached.
        if !self.silent {
            let cues = self.session.watched_mut().take_cues();
            self.page.cues(&cues);
        } else if self.session.goal().is_none() {
            let _ = self.session.watched_mut().take_cues();
        }
    }
}
