//! One ride of the benchmark: the simulated world into a head unit, in process, and what was said on the way.

use super::metrics::Arming;
use super::rules::{RULES, Rules};
use crate::player::{Player, Ticks};
use crate::scenario::Scenario;
use crate::sink::Sink;
use crate::world::World;
use sling_core::head_unit::{Cue, Event, Output, PatternKind, Place};
use sling_core::sensor::{Reason, Site};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// An alert, from its beginning to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// When, in seconds.
    pub at_s: f64,
    /// Which pattern.
    pub pattern: PatternKind,
    /// Where, and against what.
    pub place: Place,
    /// When it was over; `None` if it went on to the ride's end.
    pub cleared_s: Option<f64>,
}

/// A notice, from its beginning to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Notice {
    /// When, in seconds.
    pub at_s: f64,
    /// What was wrong.
    pub reason: Reason,
    /// Where.
    pub site: Site,
    /// When it was over; `None` if it went on to the ride's end.
    pub cleared_s: Option<f64>,
}

/// What was said on a ride.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// In the order of time.
    pub alerts: Vec<Alert>,
    /// When the rider was given a cue for a pattern, in seconds.
    pub cues_s: Vec<f64>,
    /// In the order of time.
    pub armings: Vec<Arming>,
    /// In the order of time.
    pub notices: Vec<Notice>,
    /// When each plain rule spoke; `None` if they do not know what is worn.
    pub rules_s: Option<[Vec<f64>; RULES]>,
    /// How long the ride was, in seconds.
    pub length_s: f64,
    /// How many samples each fault changed or took away.
    pub landed: Vec<u64>,
}

impl Said {
    fn event(&mut self, at: Instant, event: &Event) {
        let at_s = seconds(at);
        match event {
            Event::Alert { pattern, place, .. } => {
                self.alerts.push(Alert { at_s, pattern: *pattern, place: *place, cleared_s: None });
            }
            Event::AlertCleared { pattern, site } => {
                let open = |it: &&mut Alert| it.cleared_s.is_none() && it.pattern == *pattern && it.place.site == *site;
                if let Some(alert) = self.alerts.iter_mut().rev().find(open) {
                    alert.cleared_s = Some(at_s);
                }
            }
            Event::Notice { reason, site } => {
                self.notices.push(Notice { at_s, reason: *reason, site: *site, cleared_s: None });
            }
            Event::NoticeCleared { reason, site } => {
                let open = |it: &&mut Notice| it.cleared_s.is_none() && it.reason == *reason && it.site == *site;
                if let Some(notice) = self.notices.iter_mut().rev().find(open) {
                    notice.cleared_s = Some(at_s);
                }
            }
            Event::Cue(request) if is_of_pattern(request.cue) => self.cues_s.push(at_s),
            Event::Armed { place } => self.armings.push(Arming { at_s, place: *place, armed: true }),
            Event::Disarmed { place, .. } => self.armings.push(Arming { at_s, place: *place, armed: false }),
            _ => {}
        }
    }

    /// How many states lasted less than five seconds: of alerts, and of being ready.
    pub fn flickers(&self) -> usize {
        let alerts = self.alerts.iter().filter_map(|alert| Some((alert.at_s, alert.cleared_s?)));
        super::metrics::flickers(alerts.chain(super::metrics::arming_spans(&self.armings)))
    }
}

/// Whether a cue names a pattern, and not a sensor, a lap or a press.
fn is_of_pattern(cue: Cue) -> bool {
    !matches!(cue, Cue::SensorLost | Cue::SensorBack | Cue::Acknowledged | Cue::Lap | Cue::VaryPosition)
}

/// Seconds since the ride began.
pub fn seconds(at: Instant) -> f64 {
    at.as_ms() as f64 / 1000.0
}

/// Keeps what is said.
struct Listener(Rc<RefCell<(Said, Option<Rules>)>>);

impl Sink for Listener {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        if let Some(rules) = &mut self.0.borrow_mut().1 {
            rules.hear(at, input);
        }
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        if let Output::Event(event) = output {
            self.0.borrow_mut().0.event(at, event);
        }
        Ok(())
    }

    fn finish(&mut self, _: &HeadUnit) -> io::Result<()> {
        Ok(())
    }
}

/// Rides it.
pub fn ride(scenario: &Scenario, seed: u64) -> io::Result<Said> {
    let mut world = World::new(scenario, seed);
    let worn: Vec<_> = scenario.sensors.iter().map(|sensor| (sensor.site, sensor.identity)).collect();
    let said = Rc::new(RefCell::new((Said::default(), Rules::new(&worn))));
    let mut player = Player::new(vec![Box::new(Listener(Rc::clone(&said)))], Ticks::Deadlines);
    for (at, input) in world.by_ref() {
        player.play(&input, at)?;
    }
    player.pass_time(world.end())?;
    player.finish()?;
    let (mut said, rules) = said.take();
    said.rules_s = rules.map(|rules| rules.alerts_s);
    said.length_s = seconds(world.end());
    said.landed = world.faults_landed();
    Ok(said)
}
