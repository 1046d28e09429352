//! A ride as a whole: it begins with the first thing that is heard, rests when the rider says so or when the wheel stands, and is
//! over when the rider says so.
//!
//! Whether the wheel stands is known only from a speed sensor. Who rolls down a hill does not pedal either, so power and
//! cadence alone begin no rest; but whoever pedals does not rest, as on a trainer whose wheel nobody counts. What is unknown
//! changes nothing.

use super::{Event, HeadUnit, Output};
use crate::field::RideState;
use crate::input::RideAct;
use crate::session::Act;
use crate::time::{Duration, Instant};
use crate::units::{CmPerS, Rpm, Watts};
use serde::{Deserialize, Serialize};

/// The wheel stands below this.
const STANDS_BELOW: CmPerS = CmPerS(50);
/// For so long, beyond what its sensor takes to say so.
const STANDS_FOR: Duration = Duration::from_s(3);

/// What becomes of a ride. The order of the variants is the ride log's format: append, never reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// It begins.
    Begun,
    /// The head unit had no power and goes on.
    PowerOn,
    /// The rider has it rest.
    Paused,
    /// It goes on.
    Resumed,
    /// It is over.
    Ended,
    /// It rests because the wheel stands.
    Stood,
}

impl Life {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::PowerOn => "power_on",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Ended => "ended",
            Self::Stood => "stood",
        }
    }
}

/// The ride's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    state: RideState,
    /// Since when it rests, if it does.
    since: Instant,
    /// Rests that are over.
    rested: Duration,
    /// What was ridden before the head unit had no power.
    before: Duration,
    /// Since when the wheel stands.
    stands_since: Option<Instant>,
}

impl Clock {
    pub(super) const fn new() -> Self {
        Self {
            state: RideState::Riding,
            since: Instant::ZERO,
            rested: Duration::ZERO,
            before: Duration::ZERO,
            stands_since: None,
        }
    }

    pub(super) const fn state(&self) -> RideState {
        self.state
    }

    /// What was ridden by now of a ride that the head unit has been part of since `started`.
    pub(super) fn ridden(&self, started: Instant, now: Instant) -> Duration {
        let runs_until = if self.state == RideState::Riding { now } else { self.since };
        let ms = runs_until.since(started).as_ms().saturating_sub(self.rested.as_ms());
        Duration::from_ms(ms.saturating_add(self.before.as_ms()))
    }

    /// The same with all rests.
    pub(super) fn since_begun(&self, started: Instant, now: Instant) -> Duration {
        Duration::from_ms(now.since(started).as_ms().saturating_add(self.before.as_ms()))
    }

    fn become_at(&mut self, now: Instant, state: RideState) {
        match (self.state, state) {
            (RideState::Riding, RideState::Riding) => {}
            (RideState::Riding, _) => self.since = now,
            (_, RideState::Riding) => {
                let rest = now.since(self.since);
                self.rested = Duration::from_ms(self.rested.as_ms().saturating_add(rest.as_ms()));
            }
            // One rest goes over into another.
            _ => {}
        }
        (self.state, self.stands_since) = (state, None);
    }

    fn act(&mut self, now: Instant, act: RideAct) -> Option<Life> {
        let (state, life) = match (self.state, act) {
            (RideState::Riding | RideState::Standing, RideAct::Pause) => (RideState::Paused, Life::Paused),
            (RideState::Paused | RideState::Standing, RideAct::Resume) => (RideState::Riding, Life::Resumed),
            (RideState::Riding | RideState::Standing | RideState::Paused, RideAct::End) => {
                (RideState::Over, Life::Ended)
            }
            (_, RideAct::GoOn { ridden }) => {
                self.before = ridden;
                return None;
            }
            _ => return None,
        };
        self.become_at(now, state);
        Some(life)
    }

    /// A second has passed in which this was known.
    fn second(
        &mut self,
        now: Instant,
        speed: Option<CmPerS>,
        power: Option<Watts>,
        cadence: Option<Rpm>,
    ) -> Option<Life> {
        let works = power.is_some_and(|power| power > Watts(0)) || cadence.is_some_and(|cadence| cadence > Rpm(0));
        let stands = if works { Some(false) } else { speed.map(|speed| speed < STANDS_BELOW) };
        match (self.state, stands) {
            (RideState::Riding, Some(true)) => {
                let since = *self.stands_since.get_or_insert(now);
                if now.since(since) < STANDS_FOR {
                    return None;
                }
                self.become_at(now, RideState::Standing);
                Some(Life::Stood)
            }
            (RideState::Standing, Some(false)) => {
                self.become_at(now, RideState::Riding);
                Some(Life::Resumed)
            }
            (_, Some(false)) => {
                self.stands_since = None;
                None
            }
            _ => None,
        }
    }
}

impl HeadUnit {
    /// Whether the ride's time runs.
    pub const fn ride_state(&self) -> RideState {
        self.clock.state()
    }

    /// The rider does something with the ride as a whole. What does not suit it does nothing.
    pub(super) fn ride(&mut self, now: Instant, act: RideAct) {
        if act == RideAct::Begin {
            if self.clock.state() == RideState::Over {
                self.outbox.push(Output::NewRide);
            }
            return;
        }
        if let Some(life) = self.clock.act(now, act) {
            self.live(now, life);
        }
    }

    /// A second of the ride's time.
    pub(super) fn ride_second(&mut self, now: Instant) {
        let riding = &self.riding;
        if let Some(life) = self.clock.second(now, riding.speed(), riding.power(), riding.cadence()) {
            self.live(now, life);
        }
    }

    fn live(&mut self, now: Instant, life: Life) {
        if life == Life::Ended {
            // What it shows belongs to the ride.
            self.act(Act::EndBlock);
        }
        self.session.time_runs(now, life == Life::Resumed);
        self.outbox.is_over = life == Life::Ended;
        self.outbox.event(Event::Ride(life));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head_unit::{Context, Input};
    extern crate std;
    use std::vec::Vec;

    /// A ride, and what becomes of it.
    struct Rider {
        unit: HeadUnit,
        s: u64,
        lives: Vec<(u64, Life)>,
        wants_new: bool,
    }

    impl Rider {
        fn new() -> Self {
            Self { unit: HeadUnit::new(), s: 0, lives: Vec::new(), wants_new: false }
        }

        fn give(&mut self, input: &Input<'_>) {
            self.unit.handle(input, Instant::from_ms(self.s * 1000));
            while let Some(output) = self.unit.poll_output() {
                match output {
                    Output::Event(Event::Ride(life)) => self.lives.push((self.s, life)),
                    Output::NewRide => self.wants_new = true,
                    _ => {}
                }
            }
        }

        fn ride(&mut self, seconds: u32, speed: Option<u16>, power: Option<u16>) {
            for _ in 0..seconds {
                self.s += 1;
                let context = Context { speed: speed.map(CmPerS), power: power.map(Watts), ..Context::default() };
                self.give(&Input::Context(context));
            }
        }

        fn act(&mut self, act: RideAct) {
            self.give(&Input::Ride(act));
        }

        fn ridden_s(&self) -> u32 {
            self.unit.snapshot().ride_time.as_s()
        }

        fn lap_s(&self) -> u32 {
            self.unit.session().laps().current().duration.as_s()
        }
    }

    #[test]
    fn a_wheel_that_stands_stops_the_time_until_it_turns() {
        let mut rider = Rider::new();
        rider.ride(60, Some(800), Some(200));
        rider.ride(40, Some(0), Some(0));
        assert_eq!(rider.lives, [(65, Life::Stood)]);
        rider.ride(20, Some(800), Some(200));
        assert_eq!(rider.lives[1..], [(102, Life::Resumed)]);
        // What began at 1 s and stood from 65 to 102 s.
        assert_eq!((rider.ridden_s(), rider.lap_s()), (119 - 37, 119 - 37));
    }

    #[test]
    fn who_rolls_without_a_speed_sensor_or_pedals_on_a_trainer_does_not_stand() {
        for (speed, power) in [(None, Some(0)), (None, None), (Some(0), Some(150)), (Some(600), Some(0))] {
            let mut rider = Rider::new();
            rider.ride(60, Some(800), Some(200));
            rider.ride(600, speed, power);
            assert_eq!(rider.lives, [], "{speed:?} {power:?}");
        }
        // What is not known any more leaves it as it was.
        let mut rider = Rider::new();
        rider.ride(60, Some(0), None);
        rider.ride(60, None, None);
        assert_eq!((rider.lives.len(), rider.unit.ride_state()), (1, RideState::Standing));
    }

    #[test]
    fn a_rest_of_the_rider_s_own_lasts_until_the_rider_ends_it() {
        let mut rider = Rider::new();
        rider.ride(10, Some(800), Some(200));
        rider.act(RideAct::Pause);
        rider.act(RideAct::Pause);
        rider.ride(30, Some(800), Some(200));
        assert_eq!((rider.ridden_s(), rider.unit.ride_state()), (9, RideState::Paused));
        rider.act(RideAct::Resume);
        rider.ride(10, Some(800), Some(200));
        assert_eq!(rider.lives, [(10, Life::Paused), (40, Life::Resumed)]);
        assert_eq!(rider.ridden_s(), 19);
    }

    #[test]
    fn a_lap_that_begins_in_a_rest_has_no_time_before_it_is_over() {
        let mut rider = Rider::new();
        rider.ride(10, Some(800), Some(200));
        rider.act(RideAct::Pause);
        rider.ride(10, Some(800), Some(200));
        rider.give(&Input::Lap);
        rider.ride(10, Some(800), Some(200));
        assert_eq!(rider.lap_s(), 0);
        rider.act(RideAct::Resume);
        rider.ride(5, Some(800), Some(200));
        assert_eq!(rider.lap_s(), 5);
        let lap = rider.unit.session().laps().last().next_back().expect("a lap before");
        assert_eq!((lap.duration.as_s(), lap.power.seconds()), (9, 9));
    }

    #[test]
    fn a_ride_that_is_over_stays_so_and_gives_no_cue_but_answers_until_another_begins() {
        let mut rider = Rider::new();
        rider.act(RideAct::Begin);
        assert!(!rider.wants_new, "one that goes on");
        rider.ride(10, Some(800), Some(200));
        rider.act(RideAct::End);
        for act in [RideAct::Pause, RideAct::Resume, RideAct::End] {
            rider.act(act);
        }
        rider.ride(60, Some(0), Some(0));
        rider.ride(60, Some(800), Some(200));
        assert_eq!((rider.lives.as_slice(), rider.ridden_s()), ([(10, Life::Ended)].as_slice(), 10));
        rider.unit.outbox.cue(crate::alert::Cue::SensorLost, crate::alert::Level::Caution);
        rider.unit.outbox.cue(crate::alert::Cue::Acknowledged, crate::alert::Level::Info);
        let cues: Vec<_> = core::iter::from_fn(|| rider.unit.poll_output())
            .filter_map(|output| if let Output::Cue(request) = output { Some(request.cue) } else { None })
            .collect();
        assert_eq!(cues, [crate::alert::Cue::Acknowledged]);
        rider.act(RideAct::Begin);
        assert!(rider.wants_new);
    }

    #[test]
    fn a_ride_that_goes_on_after_a_cut_counts_what_was_ridden_before() {
        let mut rider = Rider::new();
        rider.act(RideAct::GoOn { ridden: Duration::from_s(4000) });
        rider.ride(10, None, Some(200));
        assert_eq!(rider.ridden_s(), 4010);
    }

    #[test]
    fn a_clock_that_jumps_leaves_the_time_of_a_ride_in_its_bounds() {
        let mut rider = Rider::new();
        rider.ride(10, Some(800), None);
        rider.act(RideAct::Pause);
        rider.s = 100_000;
        rider.act(RideAct::Resume);
        rider.s = 50;
        rider.ride(10, Some(800), None);
        assert_eq!(rider.ridden_s(), 9);
    }
}
