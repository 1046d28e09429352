//! One ride of the benchmark: the simulated world into a head unit, in process, and what was said on the way.

use super::metrics::Arming;
use super::rules::{RULES, Rules};
use crate::player::{Player, Ticks};
use crate::scenario::{Rider, Scenario};
use crate::sink::Sink;
use crate::world::World;
use sling_core::head_unit::{Cue, Event, Output, PatternKind, Place, SwapView};
use sling_core::sensor::{Reason, Side, Site};
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

/// What differs from an ordinary ride; `None` is as the world draws it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Share of packets that is lost.
    pub loss: Option<f64>,
    /// White noise of a sample, points.
    pub noise_pct: Option<f64>,
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
    /// Just before the first fault: would an exchange of right calf and thigh be seen?
    pub swap_detectable: bool,
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
struct Listener {
    heard: Rc<RefCell<(Said, Option<Rules>)>>,
    /// When the first fault begins.
    fault_at: Option<Instant>,
}

impl Sink for Listener {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        if let Some(rules) = &mut self.heard.borrow_mut().1 {
            rules.hear(at, input);
        }
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        if let Output::Event(event) = output {
            self.heard.borrow_mut().0.event(at, event);
        }
        Ok(())
    }

    fn after(&mut self, at: Instant, _: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        if self.fault_at.is_some_and(|fault_at| at < fault_at) {
            self.heard.borrow_mut().0.swap_detectable = unit.swap(Side::Right) == SwapView::Fine;
        }
        Ok(())
    }
}

/// Rides it.
pub fn ride(scenario: &Scenario, seed: u64, conditions: Conditions) -> io::Result<Said> {
    let mut world = match conditions.noise_pct {
        Some(noise) => {
            let rider = Rider { sample_noise_pct: Some(noise), ..scenario.rider };
            World::new(&Scenario { rider, ..scenario.clone() }, seed)
        }
        None => World::new(scenario, seed),
    };
    if let Some(share) = conditions.loss {
        world.lose(share);
    }
    let worn: Vec<_> = scenario.sensors.iter().map(|sensor| (sensor.site, sensor.identity)).collect();
    let heard = Rc::new(RefCell::new((Said::default(), Rules::new(&worn))));
    let fault_at = scenario.faults.first().map(|fault| fault.at);
    let listener = Listener { heard: Rc::clone(&heard), fault_at };
    let mut player = Player::new(vec![Box::new(listener)], Ticks::Deadlines);
    for (at, input) in world.by_ref() {
        player.play(&input, at)?;
    }
    player.pass_time(world.end())?;
    player.finish()?;
    let (mut said, rules) = heard.take();
    said.rules_s = rules.map(|rules| rules.alerts_s);
    said.length_s = seconds(world.end());
    Ok(said)
}
