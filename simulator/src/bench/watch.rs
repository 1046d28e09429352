//! What a page of the bench shows of a ride, gathered as it is played: a row a second, events, cues.
//!
//! Rows and events stay known when the session goes back in time: the same ride brings the same ones, so what is played
//! again is not gathered again. [`Watched::cut`] forgets what is no longer true after a change.
//!
//! Units: seconds from the start of the ride, watts, rpm, beats a minute, SmO2 in percent with one decimal.

use crate::sink::{Sink, event_value};
use serde::Serialize;
use serde_json::Value;
use sling_core::field::SiteView;
#[cfg(test)]
use sling_core::head_unit::RideDigest;
use sling_core::head_unit::{CueRequest, Event};
use sling_core::sensor::{Identity, Reading, Reason, Sample, Site};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// What is known at a whole second. `None` where there is nothing, never 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The second.
    pub t: u64,
    /// Power, W.
    pub p: Option<u16>,
    /// Cadence, rpm.
    pub c: Option<u16>,
    /// Heart rate, beats a minute.
    pub h: Option<u16>,
    /// The muscles, in the order of the session's sites.
    pub s: Vec<Muscle>,
}

/// SmO2 of one muscle at a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Muscle {
    /// What it is, in the simulated world.
    pub truth: Option<f64>,
    /// What its sensor said last in this second.
    pub said: Option<f64>,
    /// Why Sling shows no value.
    pub reason: Option<&'static str>,
    /// What Sling shows.
    pub belief: Option<f64>,
    /// What Sling expects at this load.
    pub expected: Option<f64>,
}

/// One decimal, as precise as a sensor is.
pub(super) fn tenths(percent: f64) -> f64 {
    (percent * 10.0).round() / 10.0
}

/// What was gathered.
#[derive(Debug, Default)]
pub struct Watched {
    sites: Vec<Site>,
    rows: Vec<Row>,
    events: Vec<(Instant, Value)>,
    /// The same, as core says them.
    said_events: Vec<(Instant, Event)>,
    cues: Vec<(Instant, CueRequest)>,
    redraw: bool,
    /// How many of the events have happened by now: the others lie ahead.
    happened: usize,
    /// The second after the last one that was looked at in this playing.
    next_second: u64,
    /// The samples since then.
    said: Vec<(Identity, Reading)>,
    /// Of what was played since the beginning.
    #[cfg(test)]
    digest: RideDigest,
}

impl Watched {
    /// Nothing yet, of a ride with these sites.
    pub fn new(sites: Vec<Site>) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self { sites, ..Self::default() }))
    }

    /// The muscles of a row, in its order.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Every row that is known, a later one after an earlier one.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Every event that is known, with its time.
    pub fn events(&self) -> &[(Instant, Value)] {
        &self.events
    }

    /// The same as core says them, to judge what is expected of a ride.
    pub(super) fn events_of_core(&self) -> &[(Instant, Event)] {
        &self.said_events
    }

    /// The cues since the last time that this was asked.
    pub fn take_cues(&mut self) -> Vec<(Instant, CueRequest)> {
        std::mem::take(&mut self.cues)
    }

    /// Whether anything was to be drawn anew since the last time that this was asked.
    pub fn take_redraw(&mut self) -> bool {
        std::mem::take(&mut self.redraw)
    }

    /// Something is to be drawn anew, though the head unit did not say so.
    pub(super) const fn redraw(&mut self) {
        self.redraw = true;
    }

    /// The ride is played from its beginning again.
    pub fn again(&mut self) {
        self.happened = 0;
        self.next_second = 0;
        self.said.clear();
        self.cues.clear();
        self.redraw = true;
        #[cfg(test)]
        {
            self.digest = RideDigest::new();
        }
    }

    /// What lies at or after `from` is no longer known.
    pub fn cut(&mut self, from: Instant) {
        let rows = self.rows.partition_point(|row| row.t * 1000 < from.as_ms());
        self.rows.truncate(rows);
        let events = self.events.partition_point(|(at, _)| *at < from);
        self.events.truncate(events);
        self.said_events.truncate(events);
        self.happened = self.happened.min(events);
    }

    /// Says what was true at the seconds that have been ridden since the last time.
    pub(super) fn tell_truth(&mut self, truth_pct: impl Fn(Site, usize) -> Option<f64>) {
        let untold = |row: &&mut Row| row.s.first().is_some_and(|muscle| muscle.truth.is_none());
        for row in self.rows.iter_mut().rev().take_while(untold) {
            for (muscle, site) in row.s.iter_mut().zip(&self.sites) {
                muscle.truth = truth_pct(*site, row.t as usize).map(tenths);
            }
        }
    }

    #[cfg(test)]
    pub(super) const fn digest(&self) -> RideDigest {
        self.digest
    }

    fn hear(&mut self, sample: &Sample) {
        match self.said.iter_mut().find(|(identity, _)| *identity == sample.identity) {
            Some((_, said)) => *said = sample.reading,
            None => self.said.push((sample.identity, sample.reading)),
        }
    }

    fn row(&self, t: u64, unit: &HeadUnit) -> Row {
        let now = unit.snapshot();
        let muscle = |site: &Site| {
            now.sites
                .iter()
                .find(|view| view.site == *site)
                .map_or_else(Muscle::default, |view| self.muscle(view, unit))
        };
        Row {
            t,
            p: now.power.map(|power| power.0),
            c: now.cadence.map(|cadence| cadence.0),
            h: now.heart_rate.map(|rate| rate.0),
            s: self.sites.iter().map(muscle).collect(),
        }
    }

    fn muscle(&self, view: &SiteView<'_>, unit: &HeadUnit) -> Muscle {
        let said = self.said.iter().find(|(identity, _)| *identity == view.identity);
        let percent = |value: f32| tenths(f64::from(value));
        Muscle {
            truth: None,
            said: said.and_then(|(_, said)| said.ok()).map(|value| f64::from(value.smo2.tenths()) / 10.0),
            reason: view.smo2.err().map(Reason::code),
            belief: view.smo2.ok().map(percent),
            expected: unit.expected(view.site).map(percent),
        }
    }
}

/// Watches a ride.
pub(super) struct WatchSink(pub(super) Rc<RefCell<Watched>>);

impl Sink for WatchSink {
    fn input(&mut self, _at: Instant, input: &Input<'_>) -> io::Result<()> {
        if let Input::Sample(sample) = input {
            self.0.borrow_mut().hear(sample);
        }
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        let mut watched = self.0.borrow_mut();
        #[cfg(test)]
        watched.digest.output(at, output);
        match output {
            Output::Event(event) => {
                if watched.happened == watched.events.len() {
                    watched.events.push((at, event_value(at, event)));
                    watched.said_events.push((at, event.clone()));
                }
                watched.happened += 1;
            }
            Output::Cue(cue) => watched.cues.push((at, *cue)),
            Output::Redraw(_) => watched.redraw = true,
            // What came by radio, under the name of the roster.
            Output::Sample(sample) => watched.hear(sample),
            Output::Ant(_) | Output::Ble(_) | Output::Context(_) | Output::NewRide => {}
        }
        Ok(())
    }

    fn after(&mut self, at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        let mut watched = self.0.borrow_mut();
        #[cfg(test)]
        watched.digest.input();
        let second = at.as_ms() / 1000;
        if second >= watched.next_second {
            watched.next_second = second + 1;
            if watched.rows.last().is_none_or(|row| row.t < second) {
                let row = watched.row(second, unit);
                watched.rows.push(row);
            }
            watched.said.clear();
        }
        Ok(())
    }
}

/// Keeps every input, as the bytes of a log.
pub(super) struct MemoryLog {
    bytes: Rc<RefCell<Vec<u8>>>,
    writer: sling_core::log::Writer,
}

impl MemoryLog {
    /// A sink, and where the log's bytes are.
    pub(super) fn new() -> (Self, Rc<RefCell<Vec<u8>>>) {
        let bytes = Rc::new(RefCell::new(sling_core::log::header().to_vec()));
        (Self { bytes: Rc::clone(&bytes), writer: sling_core::log::Writer::new() }, bytes)
    }
}

impl Sink for MemoryLog {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        let mut buffer = [0; sling_core::log::MAX_RECORD + 4];
        let n = self.writer.encode(at, input, &mut buffer).map_err(io::Error::other)?;
        self.bytes.borrow_mut().extend_from_slice(&buffer[..n]);
        Ok(())
    }
}
