//! Tells every page what is new: rows and events in their order, the last state, the last frame.
//!
//! Rows, events and cues are never left out: they go through one bounded queue, and a client that cannot keep up with it is
//! let go; when it comes back it is told everything. State and frames are only ever the last ones; a frame is drawn only
//! when it is due, and sent only if its pixels changed.

use super::message::{self, Shown, Standing};
use crate::display::encode;
use axum::body::Bytes;
use sling_core::head_unit::CueRequest;
use sling_core::time::Instant;
use std::sync::Arc;
use std::time::{Duration, Instant as WallInstant};
use tokio::sync::{broadcast, watch};

/// The most frames a second.
const FRAMES_PER_S: u32 = 20;
/// The most states a second.
const STATES_PER_S: u32 = 10;
/// News that wait for a slow client.
pub(super) const QUEUE: usize = 1024;
/// That a build was made is told to those who come within this time.
const BUILT: Duration = Duration::from_secs(5);

/// A text that goes to every client.
pub type Text = Arc<str>;

/// What comes to every client, in its order.
#[derive(Clone, Debug)]
pub enum News {
    /// To be told as it is.
    Text(Text),
    /// It has become another ride: the client is told everything anew, once it has come to this. A whole ride never waits
    /// in the queue.
    Anew,
}

/// What a new client gets.
pub struct Joined {
    /// Everything up to now.
    pub hello: String,
    /// What else holds.
    pub build: Option<Text>,
    /// Everything from now on.
    pub news: broadcast::Receiver<News>,
    /// The last state.
    pub state: watch::Receiver<Text>,
    /// The last frame.
    pub frame: watch::Receiver<Bytes>,
}

/// Something that is done when it has to be, but not too often.
pub(super) struct Due {
    /// It has to be.
    pub(super) pending: bool,
    last: Option<WallInstant>,
    pause: Duration,
}

impl Due {
    pub(super) fn at_most(a_second: u32) -> Self {
        Self { pending: true, last: None, pause: Duration::from_secs(1) / a_second }
    }

    /// How long until it is to be done; `None` if there is nothing to do.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.pending.then(|| self.last.map_or(Duration::ZERO, |last| self.pause.saturating_sub(last.elapsed())))
    }

    /// Whether it is to be done now: then it is taken as done.
    pub(super) fn take(&mut self) -> bool {
        let now = self.wait() == Some(Duration::ZERO);
        if now {
            (self.pending, self.last) = (false, Some(WallInstant::now()));
        }
        now
    }
}

/// Where the pages hear what is new.
pub(super) struct Publisher {
    news: broadcast::Sender<News>,
    state: watch::Sender<Text>,
    frame: watch::Sender<Bytes>,
    build: Option<(WallInstant, Text, bool)>,
    rows_sent: usize,
    events_sent: usize,
    pixels: Vec<u8>,
    /// A frame.
    pub(super) draw: Due,
    /// The state.
    pub(super) tell: Due,
}

impl Publisher {
    pub(super) fn new() -> Self {
        Self {
            news: broadcast::Sender::new(QUEUE),
            state: watch::Sender::new(Arc::from("")),
            frame: watch::Sender::new(Bytes::new()),
            build: None,
            rows_sent: 0,
            events_sent: 0,
            pixels: Vec::new(),
            draw: Due::at_most(FRAMES_PER_S),
            tell: Due::at_most(STATES_PER_S),
        }
    }

    /// How long neither frame nor state is due.
    pub(super) fn wait(&self, longest: Duration) -> Duration {
        [self.draw.wait(), self.tell.wait()].into_iter().flatten().fold(longest, Duration::min)
    }

    /// Whether a page is open.
    pub(super) fn is_seen(&self) -> bool {
        self.news.receiver_count() > 0
    }

    /// A page comes: what is new must have been told to the others.
    pub(super) fn join(&self, shown: &impl Shown) -> Joined {
        let build = self.build.as_ref().filter(|(at, _, lasts)| *lasts || at.elapsed() < BUILT);
        Joined {
            hello: message::hello(shown),
            build: build.map(|(_, text, _)| Arc::clone(text)),
            news: self.news.subscribe(),
            state: self.state.subscribe(),
            frame: self.frame.subscribe(),
        }
    }

    /// How it stands with the next build of Sling, as a message; `lasts` if those who come later are to know.
    pub(super) fn build(&mut self, text: String, lasts: bool) {
        let text: Text = text.into();
        self.build = Some((WallInstant::now(), Arc::clone(&text), lasts));
        self.say(News::Text(text));
    }

    /// It has become another ride: everything is told anew.
    pub(super) fn renewed(&mut self, shown: &impl Shown) {
        (self.rows_sent, self.events_sent) = (shown.watched().rows().len(), shown.watched().events().len());
        self.say(News::Anew);
        self.draw.pending = true;
    }

    /// What was at or after `from` is no longer true.
    pub(super) fn cut(&mut self, shown: &impl Shown, from: Instant) {
        let watched = shown.watched();
        self.rows_sent = self.rows_sent.min(watched.rows().partition_point(|row| row.t * 1000 < from.as_ms()));
        self.events_sent = self.events_sent.min(watched.events().partition_point(|(at, _)| *at < from));
        drop(watched);
        self.say_text(message::rows(&[], from, false));
    }

    /// Rows and events that have not been told yet.
    pub(super) fn news(&mut self, shown: &impl Shown) {
        let watched = shown.watched();
        for rows in watched.rows().get(self.rows_sent..).unwrap_or_default().chunks(message::ROWS_AT_ONCE) {
            let from = rows.first().map_or(Instant::ZERO, |row| Instant::from_ms(row.t * 1000));
            self.say_text(message::rows(rows, from, true));
        }
        for (_, event) in watched.events().get(self.events_sent..).unwrap_or_default() {
            self.say_text(message::event(event));
        }
        (self.rows_sent, self.events_sent) = (watched.rows().len(), watched.events().len());
    }

    /// Cues, to be felt and heard.
    pub(super) fn cues(&self, cues: &[(Instant, CueRequest)]) {
        for (at, cue) in cues {
            self.say_text(message::cue(*at, cue));
        }
    }

    /// The frame, if one is due.
    pub(super) fn frame(&mut self, shown: &impl Shown) {
        if !self.draw.take() {
            return;
        }
        let pixels = shown.frame();
        let (w, h) = shown.choices().display.size();
        if pixels != self.pixels {
            let png = encode(u32::from(w), u32::from(h), &pixels);
            self.pixels = pixels;
            self.frame.send_replace(message::frame_message(shown.now(), &png).into());
        }
    }

    /// The state, if it is due.
    pub(super) fn state(&mut self, shown: &impl Shown, standing: &Standing) {
        if !self.tell.take() {
            return;
        }
        let state = message::state(shown, standing);
        self.state.send_if_modified(|last| {
            let differs = **last != *state;
            if differs {
                *last = state.into();
            }
            differs
        });
    }

    fn say_text(&self, text: String) {
        self.say(News::Text(text.into()));
    }

    fn say(&self, news: News) {
        // Nobody may be there to hear it.
        let _ = self.news.send(news);
    }
}
